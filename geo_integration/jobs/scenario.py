"""What a scenario would change: today and the scenario asked the same question, and the difference."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from geo_integration import territories
from geo_integration.coverage.change import Change, Changes, change
from geo_integration.coverage.fit.judgement import fit
from geo_integration.coverage.scenario.actions import AddSite
from geo_integration.coverage.scenario.apply import Applied, apply
from geo_integration.coverage.scenario.model import Scenario
from geo_integration.disclosure import release
from geo_integration.exports import Source
from geo_integration.exports.colours import causes, diverging, of_terms
from geo_integration.exports.result import Beside, Colouring, Result
from geo_integration.jobs.change_words import COLOURS
from geo_integration.jobs.counting import COVERAGE_BOUNDS, UNKNOWN_NEED
from geo_integration.jobs.ground import Progress
from geo_integration.jobs.loaded import Loaded, load
from geo_integration.jobs.outputs import describe
from geo_integration.jobs.request import Request
from geo_integration.jobs.scenario_lines import Line, check_lines, lines_of, with_lines
from geo_integration.jobs.scenario_question import provenance
from geo_integration.jobs.scenario_words import (
    DONE,
    DONE_HEADINGS,
    FAST,
    FROM_COVERAGE,
    FULL,
    HEADINGS,
    MARKS,
    METHOD,
    TRANSITION_HEADINGS,
    figures,
    notes,
)
from geo_integration.jobs.studied import Studied, study_layers
from geo_integration.jobs.what_if import Standing, courses_of
from geo_integration.schema import WGS84
from geo_integration.store import Store
from geo_integration.vocabulary import Mode


@dataclass(frozen=True)
class Compared:
    """The answer, before it is told.

    Attributes
    ----------
    scenario : what is changed.
    before : the question answered today.
    after : coverage of the scenario: columns of ``layers.COVERAGE``.
    applied : the courses of the scenario, and what was done to them.
    changes : the difference.
    fast : whether only new places were searched.
    stale : which data have changed since the scenario was made, in French.
    sources, said : what else to cite and to know: lines opened.
    """

    scenario: Scenario
    before: Studied
    after: pd.DataFrame
    applied: Applied
    changes: Changes
    fast: bool
    stale: list[str]
    sources: tuple[Source, ...] = ()
    said: tuple[str, ...] = ()


def compute(
    store: Store,
    request: Request,
    scenario: Scenario,
    *,
    progress: Progress | None = None,
    path: Path | None = None,
    fast: bool = True,
) -> Result:
    """Return what a scenario changes, by commune and cause.

    Parameters
    ----------
    store : what today is read from.
    request : the question (:func:`geo_integration.jobs.scenario_question.request_of` gives that of the file).
    scenario : what is changed.
    progress : told what is being done.
    path : the scenario file: named in messages, and where the paths of its lines start; the current folder without it.
    fast : by road, search only the places that are new (see :mod:`geo_integration.jobs.what_if`); the answer is
        the same. By timetable, and where people are known by cells, everything is computed twice.

    Raises
    ------
    ScenarioRefusedError
        An action that cannot be done.
    """
    return told(compared(load(store), request, scenario, progress=progress, path=path, fast=fast))


def compared(
    loaded: Loaded,
    request: Request,
    scenario: Scenario,
    *,
    progress: Progress | None = None,
    path: Path | None = None,
    fast: bool = True,
) -> Compared:
    """Answer both questions and compare; see :func:`compute`."""
    where, beside = (path.name, path.parent) if path is not None else ("scénario", Path())
    lines = lines_of(scenario.actions)
    check_lines(lines, request.means, beside=beside, where=where)
    applied = apply(loaded.layers, scenario.actions, communes=territories.communes(geometry=False), where=where)
    stale = scenario.changed_since(provenance(loaded, request))
    fast = fast and request.means.mode is not Mode.TRANSIT and "population_points" not in loaded.layers
    before = study_layers(loaded, request, progress=progress, keep_ways=fast)
    others = replace(loaded, layers=applied.layers)
    if fast:
        after = _fast(before, others)
        return Compared(scenario, before, after, applied, change(before.coverage, after), fast, stale)
    return _full(scenario, before, others, applied, lines, stale, (beside, where, progress))


def _fast(before: Studied, others: Loaded) -> pd.DataFrame:
    """Answer for the courses of the scenario from what today was answered with."""
    request, offers = before.request, others.layers["offers"]
    profile = request.profile
    status = fit(
        offers,
        others.layers["sessions"],
        kind=request.kind,
        level=profile.level,
        as_of=request.as_of,
        profile=profile,
    )
    return Standing.of(before).with_courses(courses_of(offers, status)).coverage


def _full(
    scenario: Scenario,
    before: Studied,
    others: Loaded,
    applied: Applied,
    lines: Sequence[Line],
    stale: list[str],
    asking: tuple[Path, str, Progress | None],
) -> Compared:
    beside, where, progress = asking
    with with_lines(before.request, lines, beside=beside, where=where) as (request, said):
        after = study_layers(others, request, progress=progress, keep_ways=False)
    known = [source["name"] for source in before.travelled.sources]
    sources = tuple(source for source in after.travelled.sources if source["name"] not in known)
    changes = change(before.coverage, after.coverage)
    return Compared(
        scenario, before, after.coverage, applied, changes, fast=False, stale=stale, sources=sources, said=tuple(said)
    )


def told(found: Compared) -> Result:
    """Tell an answer: tables, map, figures, method."""
    scenario, before = found.scenario, found.before
    table = _table(found)
    unknown_level = any(isinstance(action, AddSite) and not action.levels for action in scenario.actions)
    asks_level = before.request.profile.level is not None
    meta = describe(
        before,
        title=f"Que changerait « {scenario.name} » ?",
        method=METHOD.format(path=FAST if found.fast else FULL),
        notes=[*notes(scenario, found.stale, unknown_level=unknown_level and asks_level), *found.said],
    )
    meta["bounds"] = [*COVERAGE_BOUNDS, UNKNOWN_NEED]
    hypothesis: Source = {"name": f"Scénario « {scenario.name} »", "note": "hypothèse, pas une donnée"}
    meta["sources"] = [*meta["sources"], *found.sources, hypothesis]
    transitions = found.changes.transitions.rename(columns={"need_after": "need"})[list(TRANSITION_HEADINGS)]
    done = found.applied.touched.assign(what=found.applied.touched["what"].map(DONE))
    return Result(
        name="scenario",
        key="commune_code",
        table=table,
        headings=HEADINGS,
        meta=meta,
        colourings=(
            Colouring("change", "Ce que le scénario change", of_terms(Change, COLOURS)),
            Colouring("cause_after", "Situation dans le scénario", causes()),
            Colouring("cause_before", "Situation aujourd'hui", causes()),
            Colouring(
                "minutes_difference", "Minutes de différence", diverging(table["minutes_difference"], unit="min")
            ),
        ),
        figures=figures(found.changes.sums),
        beside={
            "transitions": Beside("De quelle situation à quelle autre", transitions, TRANSITION_HEADINGS),
            "actions": Beside("Ce que le scénario fait aux cours", done[list(DONE_HEADINGS)], DONE_HEADINGS),
        },
        points=_points(found.applied.touched),
        called="commune_name",
    )


def _table(found: Compared) -> gpd.GeoDataFrame:
    """Return the difference by commune, as this viewer may see it."""
    before, changes = found.before.polygons(), found.changes.table
    assert changes["commune_code"].equals(before["commune_code"])  # noqa: S101 -- one territory, one order
    beside = [name for name in changes.columns if name in HEADINGS and name != "commune_code"]
    table = pd.concat([before[list(FROM_COVERAGE)], changes[beside]], axis=1)
    for name in ("minutes_before", "minutes_after", "minutes_difference"):
        table[name] = table[name].replace([np.inf, -np.inf], np.nan)
    table["offer_title"] = found.after["offer_title"]
    table["need"], table["need_basis"] = before["need"], before["need_basis"]
    for name in ("withheld", "synthetic"):
        table[name] = before[name].astype(bool) | found.after[name].astype(bool)
    shown = release(table, found.before.request.viewer)[list(HEADINGS)]
    return gpd.GeoDataFrame(shown, geometry=before.geometry.array, crs=WGS84)


def _points(touched: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return where the scenario does something, to mark on the map."""
    placed = touched[touched["lon"].notna()]
    names = placed["title"] + " (" + placed["commune_name"].fillna("commune inconnue") + ")"
    text = [f"Action {number} : {DONE[what]}" for number, what in zip(placed["action"], placed["what"], strict=True)]
    table = pd.DataFrame({"label": names, "text": text, "mark": placed["what"].map(MARKS).fillna("site")})
    points = gpd.points_from_xy(placed["lon"], placed["lat"])
    return gpd.GeoDataFrame(table.reset_index(drop=True), geometry=points, crs=WGS84)
