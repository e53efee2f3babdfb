"""Where the next course should open: candidates, the best choice, the curve, and what an evening bus would do."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from geo_integration.coverage.siting.curve import curve
from geo_integration.coverage.siting.models import lscp, mclp, p_median
from geo_integration.coverage.siting.problem import Covering, Limit, Plan, check_choice
from geo_integration.exports.colours import causes, of_terms, sequential
from geo_integration.exports.result import Colouring, Result
from geo_integration.jobs.counting import UNKNOWN_NUMBER, amount, counted, plural, total
from geo_integration.jobs.ground import Progress
from geo_integration.jobs.outputs import describe
from geo_integration.jobs.request import Request
from geo_integration.jobs.site_evening import Evening, evening
from geo_integration.jobs.site_ground import Reached, covering, favoured, reached
from geo_integration.jobs.site_options import Asked, By, Model
from geo_integration.jobs.site_tables import beside, main_table, points
from geo_integration.jobs.site_words import AFTER_COLOURS, BOUNDS, HEADINGS, After, evening_note, figures, method, notes
from geo_integration.jobs.studied import Studied, study
from geo_integration.store import Store
from geo_integration.vocabulary import Mode

UNREACHABLE_FACTOR = 1.5
"""What a learner out of reach counts in a p-median, as a multiple of the longest trip looked for."""


@dataclass(frozen=True)
class Sited:
    """The answer, before it is told.

    Attributes
    ----------
    studied, reached, asked : the question.
    plan : the choice; positions count the rows of ``reached.table``.
    problem : what it was chosen on.
    curve : need covered by number of sites (``mclp`` only).
    other : the choice if courses of unknown fit did fit, where that leaves other people uncovered.
    evening : what a longer evening service would do, by timetable.
    unreachable_minutes : of a p-median.
    """

    studied: Studied
    reached: Reached
    asked: Asked
    plan: Plan
    problem: Covering
    curve: pd.DataFrame | None
    other: Plan | None
    evening: Evening | None
    unreachable_minutes: float


def compute(store: Store, request: Request, *, asked: Asked, progress: Progress | None = None) -> Result:
    """Return where to open, by commune and by site.

    Parameters
    ----------
    store, request : the question.
    asked : how many, by which rule, among which places.
    progress : told what is being done.

    Raises
    ------
    OptionError
        No candidate, more sites than candidates, options that contradict each other.
    MissingDataError
        Candidates from a layer the store does not have.
    InputRefusedError
        A list of candidates with a bad row.
    """
    transit = request.means.mode is Mode.TRANSIT
    return told(sited(study(store, request, progress=progress, keep_ways=transit), asked, progress=progress))


def sited(studied: Studied, asked: Asked, *, progress: Progress | None = None) -> Sited:
    """Choose, on one ground; see :func:`compute`."""
    found = reached(studied, asked, progress=progress)
    coverage = studied.coverage
    unreachable = asked.unreachable_minutes
    if unreachable is None:
        unreachable = UNREACHABLE_FACTOR * studied.request.horizon
    weight = "need" if asked.model is Model.P_MEDIAN else "need_uncovered"
    problem = covering(studied, found.ways, weight=coverage[weight])
    if progress is not None:
        progress("Choix des lieux", 0, 1)
    plan, table = _choose(problem, found, asked, studied, unreachable)
    other = None
    if asked.model is Model.MCLP and not coverage["cause"].equals(coverage["cause_if_unknown_fits"]):
        low = covering(
            studied, found.ways, weight=coverage["need_uncovered_if_unknown_fits"], cause="cause_if_unknown_fits"
        )
        other = _mclp(low, found, asked, studied.request.minutes)
    later = None
    if asked.evening_minutes and studied.request.means.mode is Mode.TRANSIT:
        later = evening(studied, minutes=asked.evening_minutes)
    if progress is not None:
        progress("Choix des lieux", 1, 1)
    return Sited(studied, found, asked, plan, problem, table, other, later, unreachable)


def _choose(
    problem: Covering, found: Reached, asked: Asked, studied: Studied, unreachable: float
) -> tuple[Plan, pd.DataFrame | None]:
    minutes = studied.request.minutes
    if asked.model is Model.LSCP:
        silent = np.isnan(problem.existing_minutes) & np.isnan(problem.weight)
        required = ~silent & ~(problem.weight == 0)
        return lscp(problem, cutoff_minutes=minutes, required=required, limit=asked.limit), None
    if asked.model is Model.P_MEDIAN:
        bonus = favoured(found.table, asked.priority_bonus)
        plan = p_median(problem, p=asked.p, unreachable_minutes=unreachable, bonus=bonus, limit=asked.limit)
        return plan, None
    if asked.by is By.SITE:
        check_choice(problem, asked.p)
    capacity = _capacity(found, asked)
    table, plans = curve(
        problem,
        p=asked.p,
        cutoff_minutes=minutes,
        capacity=capacity,
        copies=asked.groups_per_site,
        limit=asked.limit,
    )
    return (_mclp(problem, found, asked, minutes) if asked.priority_bonus else plans[-1]), table


def _mclp(problem: Covering, found: Reached, asked: Asked, minutes: float) -> Plan:
    limit = Limit(asked.limit.seconds / 2, asked.limit.nodes, asked.limit.clock)
    return mclp(
        problem,
        p=asked.p,
        cutoff_minutes=minutes,
        bonus=favoured(found.table, asked.priority_bonus),
        capacity=_capacity(found, asked),
        copies=asked.groups_per_site,
        limit=limit,
    )


def _capacity(found: Reached, asked: Asked) -> "np.ndarray[tuple[int], np.dtype[np.float64]] | None":
    if asked.by is By.SITE:
        return None
    return np.asarray(found.table["capacity"].fillna(asked.group_size), dtype=np.float64)


def told(found: Sited) -> Result:
    """Tell an answer: tables, map, figures, method."""
    studied, asked = found.studied, found.asked
    table = main_table(found)
    said = notes(asked, found.reached.table, found.plan, found.unreachable_minutes)
    if found.evening is not None:
        said.append(evening_note(found.evening.minutes))
    meta = describe(
        studied, title="Où ouvrir les prochains cours ?", method=method(asked), notes=[*said, *found.reached.notes]
    )
    meta["bounds"] = BOUNDS
    meta["sources"] = [*meta["sources"], *found.reached.sources]
    meta["synthetic"] = meta["synthetic"] or bool(found.reached.table["synthetic"].any())
    return Result(
        name="site",
        key="commune_code",
        table=table,
        headings=HEADINGS,
        meta=meta,
        colourings=(
            Colouring("after", "Avec les lieux choisis", of_terms(After, AFTER_COLOURS)),
            Colouring(
                "need_newly_covered",
                "Besoin nouvellement couvert (apprenants)",
                sequential(table["need_newly_covered"], unit="apprenants", bad="low"),
            ),
            Colouring("cause", "Situation aujourd'hui", causes()),
        ),
        figures=(*figures(found.plan, table, asked, found.other), *_evening_figure(found, table)),
        beside=beside(found, table),
        points=points(found),
        called="commune_name",
    )


def _evening_figure(found: Sited, table: gpd.GeoDataFrame) -> tuple[tuple[str, str], ...]:
    """Say what the longer evening service would do, to compare."""
    if found.evening is None:
        return ()
    home = found.evening.table
    need = table.set_index("commune_code")["need"].reindex(home["commune_code"])
    later = f"si le service du soir durait {counted(found.evening.minutes, 'minute')} de plus, sans ouvrir aucun lieu."
    if home.empty:
        return (("Personne", f"de plus ne rentrerait d'un cours qui existe, {later}"),)
    every, sure = total(need), total(need[home["sure"].to_numpy(dtype=bool)])
    where = f"dans {counted(len(home), 'commune')}"
    if pd.isna(every):
        return ((UNKNOWN_NUMBER, f"d'apprenants qui rentreraient d'un cours qui existe, {where}, {later}"),)
    unknown = f" (dont {int(need.isna().sum())} au besoin inconnu)" if need.isna().any() else ""
    who = plural(every, "apprenant rentrerait", "apprenants rentreraient")
    text = f"{who} d'un cours qui existe ({amount(sure)} d'un cours sûr de convenir), {where}{unknown}, {later}"
    return ((amount(every), text),)
