"""Small siting problems: from a table of minutes, and every choice tried one by one."""

from itertools import combinations, combinations_with_replacement

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import linprog

from geo_integration.coverage.siting.models import Covering

NEVER = np.inf


def problem(
    minutes: list[list[float]],
    weight: list[float],
    *,
    covered: list[bool] | None = None,
    existing: list[float] | None = None,
) -> Covering:
    """Return a problem from minutes, a row per commune and a column per candidate; ``inf``: out of reach."""
    table = np.array(minutes, dtype=float).reshape(len(weight), -1)
    row, column = np.nonzero(np.isfinite(table))
    return Covering(
        weight=np.array(weight, dtype=float),
        candidates=table.shape[1],
        demand=row,
        candidate=column,
        minutes=table[row, column],
        covered=np.array(covered or [False] * len(weight)),
        existing_minutes=np.array(existing or [NEVER] * len(weight), dtype=float),
    )


def table_of(case: Covering) -> NDArray[np.float64]:
    """Return the minutes as a full table."""
    table = np.full((case.demands, case.candidates), np.inf)
    table[case.demand, case.candidate] = np.round(case.minutes, 1)
    return table


def most_covered(case: Covering, p: int, cutoff: float) -> float:
    """Try every choice of p candidates; return the most need newly covered."""
    within = table_of(case) <= cutoff
    weight = np.where(case.covered, 0, np.nan_to_num(case.weight))
    return max(float(weight[within[:, list(chosen)].any(axis=1)].sum()) for chosen in _choices(case, p))


def fewest_for_all(case: Covering, cutoff: float) -> int:
    """Try every choice; return how many cover all that can be covered."""
    within = table_of(case) <= cutoff
    needed = within.any(axis=1) & ~case.covered & (case.weight != 0)
    return next(
        size
        for size in range(case.candidates + 1)
        if any(within[needed][:, list(chosen)].any(axis=1).all() for chosen in _choices(case, size))
    )


def least_minutes(case: Covering, p: int, unreachable: float) -> float:
    """Try every choice; return the least learner-minutes."""
    table, today = table_of(case), np.minimum(np.round(case.existing_minutes, 1), unreachable)
    weight = np.nan_to_num(case.weight)
    return min(
        float((weight * np.minimum(today, table[:, list(chosen)].min(axis=1))).sum()) for chosen in _choices(case, p)
    )


def most_seated(case: Covering, p: int, cutoff: float, capacity: NDArray[np.float64], copies: int) -> float:
    """Try every choice of p groups; return the most learners seated (a transport problem for each choice)."""
    within = table_of(case) <= cutoff
    weight = np.where(case.covered, 0, np.nan_to_num(case.weight))
    best = 0.0
    for chosen in combinations_with_replacement(range(case.candidates), p):
        times = np.bincount(chosen, minlength=case.candidates)
        if times.max() > copies:
            continue
        pairs = [(i, j) for i, j in zip(*np.nonzero(within), strict=True) if times[j] and weight[i] > 0]
        if not pairs:
            continue
        rows = np.array([[pair[0] == i for pair in pairs] for i in range(case.demands)], dtype=float)
        columns = np.array([[pair[1] == j for pair in pairs] for j in range(case.candidates)], dtype=float)
        found = linprog(
            -np.ones(len(pairs)), A_ub=np.vstack([rows, columns]), b_ub=np.r_[weight, times * np.minimum(capacity, 1e6)]
        )
        best = max(best, -found.fun)
    return best


def _choices(case: Covering, size: int) -> list[tuple[int, ...]]:
    return list(combinations(range(case.candidates), size))


@st.composite
def cases(draw: st.DrawFn, *, rows: int = 7, columns: int = 6) -> Covering:
    """Draw a problem: needs known, unknown or zero, some rows covered already, ties likely."""
    demands, candidates = draw(st.integers(1, rows)), draw(st.integers(1, columns))
    minute = st.sampled_from([5.0, 15.0, 29.96, 30.0, 30.04, 30.06, 44.0, 60.0, NEVER])
    minutes = draw(
        st.lists(st.lists(minute, min_size=candidates, max_size=candidates), min_size=demands, max_size=demands)
    )
    weight = st.sampled_from([0.0, 0.25, 1.0, 2.0, 7.5, 40.0, np.nan])
    each = {"min_size": demands, "max_size": demands}
    return problem(
        minutes,
        draw(st.lists(weight, **each)),
        covered=draw(st.lists(st.booleans(), **each)),
        existing=draw(st.lists(st.sampled_from([10.0, 35.0, 80.0, NEVER]), **each)),
    )
