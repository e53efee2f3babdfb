"""The ground of siting: the candidates of a territory, and the ways to them by the engine of the question."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo_integration.coverage.fit.hours import half_days
from geo_integration.coverage.gaps import ReachPairs
from geo_integration.coverage.learner.profile import WEEKDAYS
from geo_integration.coverage.siting.candidates import (
    FAVOURED,
    from_list,
    from_mairies,
    from_schools,
    slots_of,
    together,
    with_hours,
)
from geo_integration.coverage.siting.problem import Covering
from geo_integration.coverage.ways import Ways
from geo_integration.errors import MissingDataError, OptionError
from geo_integration.exports import Source
from geo_integration.jobs.by_timetable import (
    FASTEST_KMH,
    Meetings,
    Search,
    default_slot,
    not_known,
    place_pairs,
)
from geo_integration.jobs.counting import counted, number, plural
from geo_integration.jobs.ground import Progress, telling
from geo_integration.jobs.means import as_pairs, farthest_metres, timed, within_reach
from geo_integration.jobs.site_options import Asked, CandidateSource
from geo_integration.jobs.studied import Studied
from geo_integration.jobs.timetables import days
from geo_integration.jobs.travelled import Origins
from geo_integration.sources.candidates import read
from geo_integration.travel.transit.class_hours import Slot
from geo_integration.vocabulary import Cause, Kind, Mode


@dataclass(frozen=True)
class Reached:
    """Candidates and the ways to them: ``ways.places`` are the rows of ``table``, in its order."""

    table: pd.DataFrame
    ways: Ways
    notes: tuple[str, ...]
    sources: tuple[Source, ...]


def candidates(studied: Studied, asked: Asked) -> tuple[pd.DataFrame, tuple[str, ...], tuple[Source, ...]]:
    """Return the candidates of a territory, in the order of preference, notes on them, and what they come from.

    Raises MissingDataError without a layer of schools, InputRefusedError for a list with a bad row.
    """
    found, notes, sources = list[pd.DataFrame](), list[str](), list[Source]()
    if CandidateSource.LIST in asked.candidates and asked.listed is not None:
        listed = read(asked.listed, sheet=asked.sheet)
        table = from_list(listed.table, kind=studied.request.kind)
        found.append(table)
        notes += _repeated(table)
        sources.append({"name": "Lieux candidats", "note": f"fichier {listed.file}, empreinte {listed.sha256[:12]}"})
        apart = len(listed.table) - len(table)
        if apart:
            notes.append(
                f"{counted(apart, 'lieu de la liste, prévu', 'lieux de la liste, prévus')} pour un autre type de "
                f"cours, {plural(apart, 'est écarté', 'sont écartés')}."
            )
    if CandidateSource.SCHOOLS in asked.candidates:
        found.append(_schools(studied))
    if CandidateSource.MAIRIES in asked.candidates:
        found.append(from_mairies(studied.communes))
    table = together(found)
    transit = studied.request.means.mode is Mode.TRANSIT
    if transit or asked.hours:
        slots = asked.hours or (default_slot(studied.request.means),)
        every = with_hours(table, slots, supposed=not asked.hours)
        table = _when_free(every, studied)
        busy = len(every) - len(table)
        if busy:
            notes.append(
                f"{counted(busy, 'candidat')} sur {number(len(every))}, {plural(busy, 'écarté', 'écartés')} : le cours "
                "y aurait lieu quand l'apprenant n'est pas libre."
            )
    return table, tuple(notes), tuple(sources)


def _repeated(listed: pd.DataFrame) -> list[str]:
    """Say how many rows of a list are at the place and hours of another one: they are one candidate."""
    repeated = int(listed.assign(slots=listed["slots"].fillna("")).duplicated(["site_id", "slots"]).sum())
    if not repeated:
        return []
    told = (
        f"{counted(repeated, 'ligne de la liste donne', 'lignes de la liste donnent')} le même lieu et les mêmes "
        "horaires qu'une autre : un seul candidat, avec les places de l'une d'elles (pour plusieurs groupes par lieu : "
        "--groups-per-site)."
    )
    return [told]


def _schools(studied: Studied) -> pd.DataFrame:
    schools = studied.others.get("schools")
    if schools is None:
        raise MissingDataError(
            "aucun établissement scolaire dans l'entrepôt",
            where="--candidates schools",
            way_out="importer un annuaire (geo-integration import schools FICHIER), ou choisir mairies ou une liste",
        )
    offers = studied.offers
    hosts = set(offers.loc[offers["kind"].eq(Kind.OEPRE.value), "uai"].dropna())
    return from_schools(schools, studied.selection.commune_codes, hosts=hosts)


def _when_free(table: pd.DataFrame, studied: Studied) -> pd.DataFrame:
    """Leave out the hours at which who asks is not free."""
    free = studied.request.profile.free
    if free is None:
        return table

    def suits(slot: Slot) -> bool:
        return all((WEEKDAYS[slot.weekday], half) in free for half in half_days(slot.start, slot.end))

    kept = [all(suits(slot) for slot in slots_of(text)) for text in table["slots"]]
    if len(table) and not any(kept):
        raise OptionError(
            "aucun des horaires demandés n'est un moment libre de l'apprenant",
            where="--hours",
            way_out="demander d'autres horaires, ou d'autres demi-journées libres",
        )
    return table[kept].reset_index(drop=True)


def reached(studied: Studied, asked: Asked, *, progress: Progress | None = None) -> Reached:
    """Return the candidates and the ways to them, there and back, by the engine of the question."""
    table, notes, sources = candidates(studied, asked)
    sites = table.drop_duplicates("site_id")
    positions = sites[["site_id", "lon", "lat", "commune_code"]].reset_index(drop=True)
    origins = Origins.of_communes(studied.communes)
    if not len(positions):
        return Reached(table, _ways((), table, origins, origins.routable(()), studied), notes, sources)
    if studied.request.means.mode is Mode.TRANSIT:
        pairs, routable, told = _by_timetable(studied, table, positions, origins, progress)
    else:
        pairs, routable, told = _by_road(studied, table, positions, origins, progress)
    return Reached(table, _ways(pairs, table, origins, routable, studied), (*notes, *told), sources)


def _ways(
    pairs: "tuple[ReachPairs, ...]",
    table: pd.DataFrame,
    origins: Origins,
    routable: npt.NDArray[np.bool_],
    studied: Studied,
) -> Ways:
    return origins.ways(pairs, pd.Index(table["candidate_id"], dtype="str"), routable, studied.request.horizon)


type _Timed = tuple[tuple[ReachPairs, ...], npt.NDArray[np.bool_], tuple[str, ...]]


def _by_road(
    studied: Studied, table: pd.DataFrame, positions: pd.DataFrame, origins: Origins, progress: Progress | None
) -> _Timed:
    means, minutes = studied.request.means, studied.request.horizon
    near = within_reach(positions, origins.table, metres=farthest_metres(means, minutes))
    positions = positions[near].reset_index(drop=True)
    found = timed(means, origins.beside(positions), origins.table, minutes=minutes, progress=telling(progress))
    rows = table.reset_index(names="candidate").merge(
        pd.DataFrame({"site_id": positions["site_id"], "site": np.arange(len(positions))}), on="site_id"
    )
    pairs = tuple(_to_candidates(part, rows) for part in as_pairs(found.chunks, origins.rows))
    return pairs, origins.routable(found.unreached), ()


def _to_candidates(part: ReachPairs, rows: pd.DataFrame) -> ReachPairs:
    """Turn pairs of sites into pairs of candidates: groups at one place share its minutes."""
    pairs = pd.DataFrame({"site": part.site, "pair": np.arange(len(part.site))})
    both = pairs.merge(rows[["site", "candidate"]], on="site")
    at = both["pair"].to_numpy()
    return ReachPairs(
        both["candidate"].to_numpy(dtype=np.int32), part.commune[at], part.out_minutes[at], part.back_minutes[at]
    )


def _by_timetable(
    studied: Studied, table: pd.DataFrame, positions: pd.DataFrame, origins: Origins, progress: Progress | None
) -> _Timed:
    request = studied.request
    near = within_reach(positions, origins.table, metres=request.horizon / 60 * 1000 * FASTEST_KMH)
    positions = positions[near].reset_index(drop=True)
    places = pd.Index(table["candidate_id"], dtype="str")
    found = Meetings(
        offers=pd.DataFrame({"offer_id": pd.Series(dtype="str"), "site_id": pd.Series(dtype="str")}),
        slots={place: slots_of(text) for place, text in zip(places, table["slots"], strict=True)},
        site=dict(zip(places, table["site_id"], strict=True)),
        hours=pd.Series(dtype="str"),
    )
    with days(request.means) as opened:
        search = Search(opened, origins, request.means, request.as_of, request.horizon)
        chunks = search.chunks(positions, found.of_sites, waits=False, progress=telling(progress))
        pairs = tuple(place_pairs(chunks, positions, found, places, origins.rows))
        unreached, told = not_known(positions, origins.table, opened)
    return pairs, origins.routable(unreached), told


def covering(studied: Studied, ways: Ways, *, weight: "pd.Series[float]", cause: str = "cause") -> Covering:
    """Return the covering problem of a question; ``cause`` names the column that says who is covered today.

    A commune where no source reports is neither covered nor known not to be: its weight is not known, nor are its
    minutes today, for a nearer course than the one known may be there.
    """
    coverage = studied.coverage
    covered = coverage[cause].eq(Cause.COVERED.value).to_numpy()
    silent = coverage[cause].isin([Cause.NO_DATA.value, Cause.NOT_ROUTABLE.value]).to_numpy()
    today = coverage[["out_minutes", "back_minutes"]].max(axis=1, skipna=False).to_numpy(dtype=np.float64)
    longer = ways.longer_minutes.astype(np.float64)
    home = np.isfinite(longer)
    return Covering(
        weight=np.asarray(weight.to_numpy(na_value=np.nan), dtype=np.float64),
        candidates=len(ways.places),
        demand=ways.commune[home].astype(np.int64),
        candidate=ways.place[home].astype(np.int64),
        minutes=longer[home],
        covered=np.asarray(covered, dtype=np.bool_),
        existing_minutes=np.where(silent, np.nan, np.where(np.isnan(today), np.inf, today)),
    )


def favoured(table: pd.DataFrame, bonus: float) -> npt.NDArray[np.float64] | None:
    """Return the bonus of each candidate, None where none is asked."""
    if not bonus:
        return None
    return np.where(table["origin"].isin(list(FAVOURED)).to_numpy(), bonus, 0.0)
