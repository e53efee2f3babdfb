"""Coverage gaps: for each commune the nearest fitting course, and the cause where there is none in time."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo_integration.travel.transit.there_and_back import LONG_WAIT_MINUTES
from geo_integration.vocabulary import Basis, Cause, Engine, Kind, Level, Mode, OfferStatus

_COUNTED = (OfferStatus.OPEN, OfferStatus.UNKNOWN, OfferStatus.FULL, OfferStatus.OTHER)
"""What a place can hold, as far as travel time goes; over, remote and unplaced offers are nowhere."""

_NOWHERE = -1

type Holds = Mapping[OfferStatus, npt.NDArray[np.bool_]]
"""Which places hold each status, shape (places,) each."""


@dataclass(frozen=True)
class ReachPairs:
    """A part of the reach table, as positions in the lists of sites and communes it was asked for.

    Attributes
    ----------
    site, commune : positions, shape (pairs,).
    out_minutes, back_minutes : there and back; ``inf`` back where there is a way in and none home.
    out_wait_minutes, back_wait_minutes : of which waiting, where a timetable says so; else None.
    """

    site: npt.NDArray[np.int32]
    commune: npt.NDArray[np.int32]
    out_minutes: npt.NDArray[np.float32]
    back_minutes: npt.NDArray[np.float32]
    out_wait_minutes: npt.NDArray[np.float32] | None = None
    back_wait_minutes: npt.NDArray[np.float32] | None = None


@dataclass(frozen=True)
class Question:
    """What is asked: which course, how far, by what means, on which day."""

    kind: Kind
    cutoff_minutes: float
    as_of: date
    level: Level | None = None
    mode: Mode = Mode.CAR
    engine: Engine = Engine.OUTLINE


@dataclass(frozen=True)
class Nearest:
    """For one status, each commune's nearest site: position in the site list (-1: none), minutes both ways.

    ``one_way_site`` is the site with the shortest way in among those with no way home (-1: none), reached in
    ``one_way_minutes``.
    """

    site: npt.NDArray[np.int32]
    out_minutes: npt.NDArray[np.float32]
    back_minutes: npt.NDArray[np.float32]
    out_wait_minutes: npt.NDArray[np.float32]
    back_wait_minutes: npt.NDArray[np.float32]
    one_way_site: npt.NDArray[np.int32]
    one_way_minutes: npt.NDArray[np.float32]

    @property
    def minutes(self) -> npt.NDArray[np.float32]:
        """The longer of there and back, ``inf`` where there is none."""
        return np.maximum(self.out_minutes, self.back_minutes)


def site_offers(status: "pd.Series[str]", offers: pd.DataFrame) -> pd.DataFrame:
    """Return, per place, the first offer of each status.

    Returns
    -------
    Index ``site_id`` sorted; one column per counted status, holding an ``offer_id`` or null.
    """
    table = offers[["offer_id", "site_id"]].assign(status=offers["offer_id"].map(status))
    table = table[table["status"].isin([s.value for s in _COUNTED]) & table["site_id"].notna()]
    first = table.sort_values("offer_id").groupby(["site_id", "status"])["offer_id"].first().unstack()
    return first.reindex(columns=[s.value for s in _COUNTED]).sort_index()


def nearest(reach: Iterable[ReachPairs], sites: pd.DataFrame, communes: int) -> dict[OfferStatus, Nearest]:
    """Fold the reach table, in any number of parts, into each commune's nearest site per status.

    Parameters
    ----------
    reach : pairs whose ``site`` counts the rows of ``sites`` and ``commune`` from 0 to ``communes`` - 1;
        pairs whose minutes are NaN (not known) are ignored here.
    sites : what :func:`site_offers` gives.
    communes : number of communes.

    Notes
    -----
    Nearest is by the longer of there and back; of two equally near the first site in order wins, so
    that the answer does not depend on how the table was cut.
    """
    holds = holding(sites)
    best = nobody_near(communes)
    for part in reach:
        improve(best, part, holds)
    return best


def holding(sites: pd.DataFrame) -> Holds:
    """Say which places hold each counted status, shape (places,) each."""
    return {s: sites[s.value].notna().to_numpy() for s in _COUNTED}


def nobody_near(communes: int) -> dict[OfferStatus, Nearest]:
    """Return what :func:`nearest` starts from: no place is near any commune."""
    return {s: _none(communes) for s in _COUNTED}


def improve(best: dict[OfferStatus, Nearest], part: ReachPairs, holds: Holds) -> None:
    """Fold one more part of the reach table into the nearest places, in place: all of the table, or one new place.

    Parameters
    ----------
    best : what was found so far; its arrays are changed.
    part : pairs whose ``site`` counts the places of ``holds``.
    holds : what :func:`holding` gives.
    """
    longer = np.maximum(part.out_minutes, part.back_minutes)
    known = np.isfinite(longer)
    for status, of_status in best.items():
        chosen = np.flatnonzero(known & holds[status][part.site])
        if len(chosen):
            _improve(of_status, part, chosen, longer)
        stranded = np.flatnonzero(
            np.isfinite(part.out_minutes) & np.isposinf(part.back_minutes) & holds[status][part.site]
        )
        if len(stranded):
            _note_one_way(of_status, part, stranded)


def _none(communes: int) -> Nearest:
    def filled(value: float) -> npt.NDArray[np.float32]:
        return np.full(communes, value, dtype=np.float32)

    return Nearest(
        site=np.full(communes, _NOWHERE, dtype=np.int32),
        out_minutes=filled(np.inf),
        back_minutes=filled(np.inf),
        out_wait_minutes=filled(np.nan),
        back_wait_minutes=filled(np.nan),
        one_way_site=np.full(communes, _NOWHERE, dtype=np.int32),
        one_way_minutes=filled(np.inf),
    )


def _improve(best: Nearest, part: ReachPairs, chosen: npt.NDArray[np.intp], longer: npt.NDArray[np.float32]) -> None:
    """Replace the nearest of each commune by the best pair of this part, where it is nearer."""
    order = chosen[np.lexsort((part.site[chosen], longer[chosen], part.commune[chosen]))]
    commune, first = np.unique(part.commune[order], return_index=True)
    pair = order[first]
    now, before = longer[pair], best.minutes[commune]
    better = (now < before) | ((now == before) & (part.site[pair] < best.site[commune]))
    commune, pair = commune[better], pair[better]
    best.site[commune] = part.site[pair]
    best.out_minutes[commune] = part.out_minutes[pair]
    best.back_minutes[commune] = part.back_minutes[pair]
    for waits, of_part in (
        (best.out_wait_minutes, part.out_wait_minutes),
        (best.back_wait_minutes, part.back_wait_minutes),
    ):
        waits[commune] = np.nan if of_part is None else of_part[pair]


def _note_one_way(best: Nearest, part: ReachPairs, chosen: npt.NDArray[np.intp]) -> None:
    """Keep, for each commune, the site with the shortest way in among those of this part with no way home."""
    order = chosen[np.lexsort((part.site[chosen], part.out_minutes[chosen], part.commune[chosen]))]
    commune, first = np.unique(part.commune[order], return_index=True)
    pair = order[first]
    now, before = part.out_minutes[pair], best.one_way_minutes[commune]
    better = (now < before) | ((now == before) & (part.site[pair] < best.one_way_site[commune]))
    commune, pair = commune[better], pair[better]
    best.one_way_site[commune] = part.site[pair]
    best.one_way_minutes[commune] = part.out_minutes[pair]


def causes(
    near: dict[OfferStatus, Nearest],
    *,
    cutoff_minutes: float,
    reported: npt.NDArray[np.bool_],
    routable: npt.NDArray[np.bool_],
    unknown_fits: bool = False,
) -> npt.NDArray[np.str_]:
    """Give each commune one cause, the first that applies.

    In order: ``covered``; ``no_data`` where no source reports (silence there proves nothing);
    ``not_routable``; ``no_return`` where a fitting open course is within the time and nothing goes home from it;
    ``full``; ``wrong_fit``; ``too_far``. Only a timetable gives ``no_return``. With ``unknown_fits`` courses of
    unknown fit count as fitting: the optimistic bound.
    """
    # As shown: a trip that reads 45.0 is within 45.
    within = {s: np.round(near[s].minutes.astype(np.float64), 1) <= cutoff_minutes for s in _COUNTED}
    one_way = {s: np.round(near[s].one_way_minutes.astype(np.float64), 1) <= cutoff_minutes for s in _COUNTED}
    stranded = one_way[OfferStatus.OPEN]
    covered = within[OfferStatus.OPEN]
    near_but_other = within[OfferStatus.OTHER] | within[OfferStatus.UNKNOWN]
    if unknown_fits:
        covered = covered | within[OfferStatus.UNKNOWN]
        stranded = stranded | one_way[OfferStatus.UNKNOWN]
    rules = [
        (covered, Cause.COVERED),
        (~reported, Cause.NO_DATA),
        (~routable, Cause.NOT_ROUTABLE),
        (stranded, Cause.NO_RETURN),
        (within[OfferStatus.FULL], Cause.FULL),
        (near_but_other, Cause.WRONG_FIT),
    ]
    return np.select([rule for rule, _ in rules], [cause.value for _, cause in rules], Cause.TOO_FAR.value)


def coverage_table(
    communes: pd.DataFrame,
    near: dict[OfferStatus, Nearest],
    sites: pd.DataFrame,
    offers: pd.DataFrame,
    question: Question,
    *,
    reported_departements: Collection[str],
    routable: npt.NDArray[np.bool_],
    hours: "pd.Series[str] | None" = None,
) -> pd.DataFrame:
    """Return the coverage table without need: one row per commune, columns of ``layers.COVERAGE``.

    Parameters
    ----------
    communes : columns of the territories table, in the order the reach table counts them.
    near, sites : what :func:`nearest` and :func:`site_offers` gave.
    offers : the offers layer, for titles and communes of the courses named.
    reported_departements : départements some source reports on.
    routable : whether the network reaches each commune.
    hours : class hours each row of ``sites`` was timed for, where a timetable was asked; index as ``sites``.
    """
    reported = communes["departement_code"].isin(list(reported_departements)).to_numpy()
    told = offers.set_index("offer_id")
    nearest_open = near[OfferStatus.OPEN]
    named = _named(nearest_open.site, sites[OfferStatus.OPEN.value])
    possible = _named(near[OfferStatus.UNKNOWN].site, sites[OfferStatus.UNKNOWN.value])
    waits = [_minutes(w) for w in (nearest_open.out_wait_minutes, nearest_open.back_wait_minutes)]
    cause = partial(causes, near, cutoff_minutes=question.cutoff_minutes, reported=reported, routable=routable)
    return pd.DataFrame(
        {
            "commune_code": communes["code"].to_numpy(),
            "commune_name": communes["name"].to_numpy(),
            **{
                column: communes[column].to_numpy()
                for column in ("epci_code", "arrondissement_code", "departement_code", "region_code", "population")
            },
            "cause": cause(),
            "cause_if_unknown_fits": cause(unknown_fits=True),
            "basis": Basis.COMMUNE.value,
            "out_minutes": _minutes(nearest_open.out_minutes),
            "back_minutes": _minutes(nearest_open.back_minutes),
            "out_wait_minutes": waits[0],
            "back_wait_minutes": waits[1],
            "long_wait": _long(waits),
            "class_hours": None if hours is None else _named(nearest_open.site, hours),
            "offer_id": named,
            "offer_title": named.map(told["title"]),
            "offer_commune_name": named.map(told["commune_name"]),
            "one_way_minutes": _minutes(nearest_open.one_way_minutes),
            "one_way_offer_id": _named(nearest_open.one_way_site, sites[OfferStatus.OPEN.value]),
            "possible_minutes": _minutes(near[OfferStatus.UNKNOWN].minutes),
            "possible_offer_id": possible,
            "full_minutes": _minutes(near[OfferStatus.FULL].minutes),
            "other_minutes": _minutes(near[OfferStatus.OTHER].minutes),
            "mode": question.mode.value,
            "engine": question.engine.value,
            "kind": question.kind.value,
            "level": question.level.value if question.level else None,
            "cutoff_minutes": float(question.cutoff_minutes),
            "as_of": question.as_of.isoformat(),
        }
    )


def _named(site: npt.NDArray[np.int32], told: "pd.Series[str]") -> "pd.Series[str]":
    """Return what is told of each commune's site, null where there is none."""
    return pd.Series(told.reset_index(drop=True).reindex(site).array, dtype="str")


def _long(waits: list[npt.NDArray[np.float64]]) -> "pd.Series[bool]":
    """Say where one of the waits is long, null where no timetable gives them."""
    known = np.isfinite(waits[0]) | np.isfinite(waits[1])
    longest = np.fmax(waits[0], waits[1])
    return pd.Series(longest > LONG_WAIT_MINUTES, dtype="boolean").where(known)


def _minutes(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Round to a tenth of a minute, null where there is none."""
    finite = np.where(np.isfinite(values), values, np.nan).astype(np.float64)
    return np.round(finite, 1)
