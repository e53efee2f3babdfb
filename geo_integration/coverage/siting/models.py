"""Where the next course should open: three models, exact where time allows, and their gap where it does not.

- :func:`mclp`: open p so that most uncovered need is covered (maximal covering, Church and ReVelle, 1974); with
  ``capacity``, groups that each take a limited number of learners (Current and Storbeck, 1988).
- :func:`lscp`: open the fewest that cover all that can be covered (location set covering, Toregas, Swain, ReVelle and
  Bergman, 1971); the rows nobody can cover are named.
- :func:`p_median`: open p so that the minutes of all learners add up to the least (Hakimi, 1964; ReVelle and Swain,
  1970).

What exists is fixed. A row whose need is not known weighs nothing in a sum and is told apart. Of two answers as good,
the one whose candidates come first in order is given, as far as one exchange can tell.
"""

import numpy as np

from geo_integration.coverage.siting.exact import best_choice
from geo_integration.coverage.siting.groups import Groups, flows, open_groups
from geo_integration.coverage.siting.problem import (
    NOBODY,
    Booleans,
    Covering,
    Floats,
    Integers,
    Limit,
    Plan,
    check_choice,
    nearest_chosen,
    same,
)
from geo_integration.coverage.siting.search import Gains, in_order, needed, preferred
from geo_integration.coverage.siting.set_cover import fewest
from geo_integration.errors import OptionError

__all__ = ["Covering", "Limit", "Plan", "covering_gains", "lscp", "mclp", "median_gains", "p_median"]


def mclp(
    problem: Covering,
    *,
    p: int,
    cutoff_minutes: float,
    bonus: Floats | None = None,
    capacity: Floats | None = None,
    copies: int = 1,
    limit: Limit | None = None,
    start: tuple[int, ...] | None = None,
) -> Plan:
    """Open p candidates so that most uncovered need is covered.

    Parameters
    ----------
    cutoff_minutes : longest trip, there and back alike.
    bonus : learners each candidate counts for on its own, to favour some; None changes the objective in nothing.
    capacity : learners a group of each candidate takes (``inf``: no limit); None: a site takes all who can come.
    copies : most groups of one candidate, with ``capacity``.
    limit : when to stop; one minute by default.
    start : a choice known already; the answer covers at least as much (without ``capacity``).

    Raises OptionError for p below 1 or above the candidates, or no candidate.
    """
    if capacity is not None:
        return _by_group(problem, p, cutoff_minutes, capacity, copies, limit or Limit())
    check_choice(problem, p)
    gains = covering_gains(problem, cutoff_minutes=cutoff_minutes, bonus=bonus)
    clock = (limit or Limit()).started()
    found = best_choice(gains, p, clock, start=None if start is None else list(start))
    chosen, brought = in_order(gains, preferred(gains, needed(gains, found.chosen)))
    rewarded = float(gains.bonus[chosen].sum())
    return _covering_plan(
        problem,
        "mclp",
        tuple(chosen),
        tuple(brought),
        value=gains.value(chosen) - rewarded,
        bound=found.bound - rewarded,
        proven=found.proven,
        found_by=found.found_by,
        cutoff_minutes=cutoff_minutes,
    )


def covering_gains(problem: Covering, *, cutoff_minutes: float, bonus: Floats | None = None) -> Gains:
    """Return what each candidate would newly cover: the known need of the uncovered rows within the time."""
    weight = np.where(problem.covered, 0.0, np.nan_to_num(problem.weight))
    kept = problem.within(cutoff_minutes) & (weight[problem.demand] > 0)
    row, column = problem.demand[kept], problem.candidate[kept]
    return _gains(problem, row, column, weight[row], bonus)


def lscp(
    problem: Covering, *, cutoff_minutes: float, required: Booleans | None = None, limit: Limit | None = None
) -> Plan:
    """Open the fewest candidates that cover every row that can be covered.

    Parameters
    ----------
    required : rows to cover; by default those not covered whose need is above zero or not known.

    The plan's ``impossible`` says which required rows no candidate covers. Raises OptionError without candidates.
    """
    check_choice(problem, 1 if problem.candidates else 0)
    wanted = ~problem.covered & ~(problem.weight == 0) if required is None else required & ~problem.covered
    kept = problem.within(cutoff_minutes) & wanted[problem.demand]
    found = fewest(
        problem.demand[kept],
        problem.candidate[kept],
        (problem.demands, problem.candidates),
        (limit or Limit()).started(),
    )
    chosen, brought = in_order(covering_gains(problem, cutoff_minutes=cutoff_minutes), found.chosen)
    return _covering_plan(
        problem,
        "lscp",
        tuple(chosen),
        tuple(brought),
        value=float(len(chosen)),
        bound=float(found.bound),
        proven=len(chosen) <= found.bound,
        found_by=found.found_by,
        cutoff_minutes=cutoff_minutes,
        wanted=wanted,
    )


def p_median(
    problem: Covering,
    *,
    p: int,
    unreachable_minutes: float,
    bonus: Floats | None = None,
    limit: Limit | None = None,
) -> Plan:
    """Open p candidates so that the minutes to the nearest course, added over all learners, are least.

    Parameters
    ----------
    unreachable_minutes : what a learner counts for whom nothing is within reach: a choice to be said, for it weighs
        on the answer. OptionError where a trip within reach is longer.
    bonus : learner-minutes each candidate counts for on its own.

    Rows whose need, or whose minutes to what exists, are not known are left out. ``assigned`` and ``served`` are
    those of rows for which a chosen candidate is nearer than what exists.
    """
    check_choice(problem, p)
    gains, today = median_gains(problem, unreachable_minutes=unreachable_minutes, bonus=bonus)
    found = best_choice(gains, p, (limit or Limit()).started())
    chosen, brought = in_order(gains, preferred(gains, needed(gains, found.chosen)))
    rewarded = float(gains.bonus[chosen].sum())
    value, bound = today - (gains.value(chosen) - rewarded), today - (found.bound - rewarded)
    shown = np.round(problem.minutes, 1)
    nearer = shown < _existing(problem, unreachable_minutes)[problem.demand]
    assigned, minutes = nearest_chosen(problem, tuple(chosen), nearer)
    return Plan(
        "p_median",
        tuple(chosen),
        tuple(brought),
        value,
        value if found.proven else bound,
        found.proven,
        found.found_by,
        assigned,
        minutes,
        _served(problem, assigned),
        np.zeros(problem.demands, dtype=np.bool_),
    )


def median_gains(problem: Covering, *, unreachable_minutes: float, bonus: Floats | None = None) -> tuple[Gains, float]:
    """Return the learner-minutes each candidate would spare, and those of today; minutes count to a tenth."""
    longest = np.concatenate([problem.minutes, problem.existing_minutes[np.isfinite(problem.existing_minutes)]])
    if not np.isfinite(unreachable_minutes) or (len(longest) and np.round(longest, 1).max() > unreachable_minutes):
        raise OptionError(
            f"hors de portée compté {unreachable_minutes:g} minutes, moins qu'un trajet possible",
            where="--unreachable",
            way_out=f"donner au moins {np.round(longest, 1).max() if len(longest) else 0:g} minutes",
        )
    existing = _existing(problem, unreachable_minutes)
    weight = np.where(np.isnan(existing), 0.0, np.nan_to_num(problem.weight))
    today = float((weight * np.nan_to_num(existing)).sum())
    spared = existing[problem.demand] - np.round(problem.minutes, 1)
    kept = (weight[problem.demand] > 0) & (spared > 0)
    row, column = problem.demand[kept], problem.candidate[kept]
    return _gains(problem, row, column, weight[row] * spared[kept], bonus), today


def _existing(problem: Covering, unreachable_minutes: float) -> Floats:
    """Return the minutes to what exists, the stated value where nothing is within reach, NaN where not known."""
    return np.minimum(np.round(problem.existing_minutes, 1), unreachable_minutes)


def _gains(problem: Covering, row: Integers, column: Integers, gain: Floats, bonus: Floats | None) -> Gains:
    given = np.zeros(problem.candidates) if bonus is None else np.asarray(bonus, dtype=np.float64)
    if len(given) != problem.candidates or not (np.isfinite(given) & (given >= 0)).all():
        raise OptionError("le bonus d'un lieu est négatif ou absent", where="--priority", way_out="0 ou plus")
    order = np.lexsort((row, column))
    return Gains(row[order], column[order], gain[order], problem.demands, problem.candidates, given)


def _covering_plan(  # noqa: PLR0913 -- the parts of a plan
    problem: Covering,
    model: str,
    chosen: tuple[int, ...],
    brought: tuple[float, ...],
    *,
    value: float,
    bound: float,
    proven: bool,
    found_by: str,
    cutoff_minutes: float,
    wanted: Booleans | None = None,
) -> Plan:
    among = problem.within(cutoff_minutes) & ~problem.covered[problem.demand]
    assigned, minutes = nearest_chosen(problem, chosen, among)
    return Plan(
        model,
        chosen,
        brought,
        value,
        value if proven else bound,
        proven,
        found_by,
        assigned,
        minutes,
        _served(problem, assigned),
        _impossible(problem, among, wanted),
    )


def _served(problem: Covering, assigned: Integers) -> Floats:
    return np.where(assigned == NOBODY, 0.0, problem.weight)


def _impossible(problem: Covering, among: Booleans, wanted: Booleans | None) -> Booleans:
    """Say which rows nothing covers and no candidate can."""
    able = np.zeros(problem.demands, dtype=np.bool_)
    able[problem.demand[among]] = True
    return ~able & (~problem.covered if wanted is None else wanted)


def _by_group(problem: Covering, p: int, cutoff_minutes: float, capacity: Floats, copies: int, limit: Limit) -> Plan:
    """Open p groups of limited size; a group is the candidate, which says the site and the hours."""
    _check_groups(problem, p, capacity, copies)
    weight = np.where(problem.covered, 0.0, np.nan_to_num(problem.weight))
    near = problem.within(cutoff_minutes) & ~problem.covered[problem.demand]
    kept = near & (weight[problem.demand] > 0)
    groups = Groups(
        problem.demand[kept], problem.candidate[kept], problem.minutes[kept], weight, capacity.astype(float), copies
    )
    found = open_groups(groups, p, limit.started())
    chosen, brought = _groups_in_order(groups, found.chosen)
    sent = flows(groups, chosen)
    served, assigned = np.zeros(problem.demands), np.full(problem.demands, NOBODY, dtype=np.int64)
    largest, minutes = np.zeros(problem.demands), np.full(problem.demands, np.nan)
    pairs = zip(groups.row.tolist(), groups.column.tolist(), strict=True)
    time = dict(zip(pairs, groups.minutes.tolist(), strict=True))
    for row, column, learners in sent:
        served[row] += learners
        if learners > largest[row]:
            largest[row], assigned[row], minutes[row] = learners, column, time[row, column]
    value = float(sum(brought))
    return Plan(
        "mclp_groups",
        tuple(chosen),
        tuple(brought),
        value,
        value if same(value, found.bound) else found.bound,
        same(value, found.bound),
        found.found_by,
        assigned,
        minutes,
        served,
        _impossible(problem, near, None),
        tuple(sent),
    )


def _groups_in_order(groups: Groups, chosen: list[int]) -> tuple[list[int], list[float]]:
    """Put groups in order: the one that takes most, then the one that takes most beside it, and so on."""
    left, done, brought, before = sorted(chosen), list[int](), list[float](), 0.0
    while left:
        totals = {column: sum(n for *_, n in flows(groups, [*done, column])) for column in dict.fromkeys(left)}
        most = max(totals.values())
        column = next(column for column in totals if totals[column] >= most - 1e-6)
        brought.append(totals[column] - before)
        before = totals[column]
        done.append(column)
        left.remove(column)
    return done, brought


def _check_groups(problem: Covering, p: int, capacity: Floats, copies: int) -> None:
    if copies < 1:
        raise OptionError(f"{copies} groupe par lieu", where="--groups-per-site", way_out="au moins un")
    if len(capacity) != problem.candidates or not (capacity > 0).all():
        raise OptionError(
            "un groupe sans place, ou dont la capacité n'est pas connue",
            where="--group-size",
            way_out="donner un nombre d'apprenants par groupe, 1 ou plus",
        )
    check_choice(problem, min(p, max(problem.candidates, 1)))
    if p > problem.candidates * copies:
        raise OptionError(
            f"{p} groupes à choisir parmi {problem.candidates} candidats, {copies} par candidat au plus",
            where="-p",
            way_out=f"en demander au plus {problem.candidates * copies}, ou ajouter des candidats",
        )
