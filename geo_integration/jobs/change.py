"""What changed between two days, or two versions of the courses: which communes gained or lost a course, and why."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

import geopandas as gpd
import numpy as np

from geo_integration.coverage.change import Changes, change
from geo_integration.errors import OptionError
from geo_integration.exports.result import Beside, Result
from geo_integration.jobs.change_words import (
    AS_PUBLISHED,
    FROM_COVERAGE,
    HEADINGS,
    METHOD,
    SAME_LAYERS,
    SUMS_HEADINGS,
    TRANSITION_HEADINGS,
    colourings,
    figures,
    shown_causes,
)
from geo_integration.jobs.counting import COVERAGE_BOUNDS, UNKNOWN_NEED
from geo_integration.jobs.ground import Progress
from geo_integration.jobs.loaded import Loaded, load
from geo_integration.jobs.outputs import describe
from geo_integration.jobs.request import Request
from geo_integration.jobs.studied import Studied, study_layers
from geo_integration.store import Store


@dataclass(frozen=True)
class Side:
    """One of the two looks: the layers, the question, and what it is called in French."""

    loaded: Loaded
    request: Request
    told: str


def compute(
    store: Store,
    request: Request,
    *,
    since: str | None = None,
    since_version: str | None = None,
    until: str | None = None,
    as_published: bool = False,
    progress: Progress | None = None,
) -> Result:
    """Compare the coverage of a territory at two times, the earlier one named by exactly one of two options.

    Parameters
    ----------
    store, request : the question.
    since : a day, ``YYYY-MM-DD``: the same layers looked at on that day and on another. Sessions begin and end, entries
        close: nothing else differs.
    since_version : a version of the offers (id, prefix, ``previous``, ``-1``…): other courses, on the same day.
    until : the later day (default: that of the request), or the later version (default: the current one).
    as_published : with ``since``: the layers as the store held them at the end of each of the two days, instead of
        those of now. Everything may differ then, counts of people too.
    progress : told what is being done.

    Raises
    ------
    OptionError
        Both or neither of ``since`` and ``since_version``; no day; a day after the other; ``as_published`` without
        ``since``.
    SnapshotNotFoundError
        No such version, or nothing published yet on that day.
    """
    if (since is None) == (since_version is None):
        raise OptionError(
            "donner soit un jour, soit une version des offres",
            where="--since, --since-version",
            way_out="--since 2026-09-01 (mêmes données, autre jour) ou --since-version previous (autres offres)",
        )
    if since is not None:
        before, after, what = _two_days(store, request, since, until, as_published=as_published)
    else:
        if as_published:
            raise OptionError(
                "--as-published compare deux jours", where="--as-published", way_out="le donner avec --since"
            )
        before, after, what = _two_versions(store, request, str(since_version), until)
    sides = [study_layers(one.loaded, one.request, progress=progress, keep_ways=False) for one in (before, after)]
    return result(sides[0], sides[1], before=before.told, after=after.told, what=what)


def result(earlier: Studied, later: Studied, *, before: str, after: str, what: str) -> Result:
    """Compare two grounds; ``before`` and ``after`` are what they are called, ``what`` says what differs, in French."""
    found = change(earlier.coverage, later.coverage)
    meta = describe(
        later,
        title=f"Ce qui a changé entre {before} et {after}",
        method=METHOD,
        notes=[what],
    )
    meta["synthetic"] = meta["synthetic"] or bool(earlier.coverage["synthetic"].any())
    meta["bounds"] = [*COVERAGE_BOUNDS, UNKNOWN_NEED]
    table = _table(earlier, later, found)
    return Result(
        name="change",
        key="commune_code",
        table=table,
        headings=HEADINGS,
        meta=meta,
        colourings=colourings(table),
        figures=figures(found, before=before, after=after),
        beside={
            "passages": Beside(
                f"Passages d'une situation à l'autre (avant : {before} ; après : {after})",
                shown_causes(found.transitions),
                TRANSITION_HEADINGS,
            ),
            "totaux": Beside("Totaux, selon que les cours non précisés comptent ou non", found.sums, SUMS_HEADINGS),
        },
        called="commune_name",
    )


def _two_days(
    store: Store, request: Request, since: str, until: str | None, *, as_published: bool
) -> tuple[Side, Side, str]:
    first = _day(since, "--since")
    last = request.as_of if until is None else _day(until, "--to")
    if first >= last:
        raise OptionError(
            f"le {first:%d/%m/%Y} n'est pas avant le {last:%d/%m/%Y}",
            where="--since, --to",
            way_out="donner le jour le plus ancien à --since",
        )
    loads = [load(store, at=_end_of(day)) for day in (first, last)] if as_published else [load(store)] * 2
    sides = [
        Side(loaded, replace(request, as_of=day), f"le {day:%d/%m/%Y}")
        for loaded, day in zip(loads, (first, last), strict=True)
    ]
    return sides[0], sides[1], AS_PUBLISHED if as_published else SAME_LAYERS


def _two_versions(store: Store, request: Request, since: str, until: str | None) -> tuple[Side, Side, str]:
    loads = [load(store, offers_snapshot=since), load(store, offers_snapshot=until)]
    ids = [loaded.infos["offers"].id for loaded in loads]
    if ids[0] == ids[1]:
        raise OptionError(
            f"une seule version : « {since} » est celle à laquelle on la compare",
            where="--since-version",
            way_out="donner une autre version : previous, -2 ou un identifiant (voir geo-integration layers)",
        )
    sides = [Side(loaded, request, f"la version {own[:12]} des offres") for loaded, own in zip(loads, ids, strict=True)]
    what = (
        "Deux versions des offres et de leurs sessions, regardées le même jour "
        f"({request.as_of:%d/%m/%Y}) ; toutes les autres données sont celles d'aujourd'hui."
    )
    return sides[0], sides[1], what


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise OptionError(
            f"« {text} » n'est pas un jour", where=option, way_out="écrire AAAA-MM-JJ, par exemple 2026-09-01"
        ) from None


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time.max, tzinfo=UTC)


def _table(earlier: Studied, later: Studied, found: Changes) -> gpd.GeoDataFrame:
    """Return one row per commune; minutes nobody can travel are null, as their change says."""
    coverage = later.polygons().set_index("commune_code")
    told = found.table.set_index("commune_code").reindex(coverage.index)
    table = coverage[[name for name in FROM_COVERAGE if name in coverage]].copy()
    for name in told.columns.astype(str):
        values = told[name]
        table[name] = values.mask(values.eq(np.inf)) if name.startswith("minutes_") else values
    before = earlier.coverage.set_index("commune_code").reindex(coverage.index)
    for name, side in (("offer_title_before", before), ("offer_title_after", coverage)):
        table[name] = side["offer_title"]
    table["need_basis"] = coverage["need_basis"]
    for name in ("withheld", "synthetic"):
        table[name] = coverage[name].astype(bool) | before[name].fillna(value=False).astype(bool)
    table = table.reset_index()[list(HEADINGS)]
    return gpd.GeoDataFrame(table, geometry=coverage.geometry.array, crs=coverage.crs)
