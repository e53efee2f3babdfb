"""Covering by groups of limited size: a group of twelve takes twelve learners of a need of forty, and no more."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog
from scipy.sparse import csr_array

from geo_integration.coverage.siting.exact import best_choice, run
from geo_integration.coverage.siting.problem import Floats, Integers, Running, same
from geo_integration.coverage.siting.search import Gains

_TIE = 1e-9
_SLACK = 1e-7
_FREE_SHARE = 0.4
"""Part of the time given to the problem without limits."""


@dataclass(frozen=True)
class Groups:
    """Who can go where, and how many a group takes.

    Attributes
    ----------
    row, column, minutes : pairs, shape (pairs,).
    need : learners of each row, shape (rows,).
    capacity : learners a group of each candidate takes, ``inf`` for no limit; shape (columns,).
    copies : most groups of one candidate.
    """

    row: Integers
    column: Integers
    minutes: Floats
    need: Floats
    capacity: Floats
    copies: int

    @property
    def useful(self) -> Floats:
        """Return the learners a first group of each candidate would take were it alone; shape (columns,)."""
        near = np.bincount(self.column, weights=self.need[self.row], minlength=len(self.capacity))
        return np.minimum(near, self.capacity)


@dataclass(frozen=True)
class Opened:
    """Groups to open (a candidate once per group), the learners they take, and a proved bound of that."""

    chosen: list[int]
    value: float
    bound: float
    found_by: str


def open_groups(groups: Groups, p: int, clock: Running) -> Opened:
    """Open at most p groups that take most learners.

    One by one first, each taking whoever is left, or where sites without limit would open, whichever takes more; then
    HiGHS, with a whole number of groups per candidate and learners that can be divided between groups (Current and
    Storbeck, 1988: capacitated maximal covering). Sites without limit bound it: they take at least as many.
    """
    chosen = _one_by_one(groups, p)
    value, bound, found_by = _taken(groups, chosen), _ceiling(groups, p), "greedy"
    if not same(value, bound) and clock.left > 0 and len(groups.row):
        free = best_choice(_unlimited(groups), min(p, len(groups.capacity)), clock.part(_FREE_SHARE))
        bound, taken = min(bound, max(free.bound, value)), _taken(groups, free.chosen)
        if taken > value + _TIE * max(1.0, value):
            chosen, value = free.chosen, taken
    if not same(value, bound) and clock.left > 0 and len(groups.row):
        better, ceiling = _solve(groups, p, clock)
        bound = min(bound, max(ceiling, value))
        if better is not None:
            taken = _taken(groups, better)
            if taken > value + _TIE * max(1.0, value):
                chosen, value, found_by = better, taken, "solver"
    return Opened(_without_idle(groups, chosen, value), value, max(bound, value), found_by)


def _unlimited(groups: Groups) -> Gains:
    """Return the same problem without limits: what each candidate would take of each row."""
    order = np.lexsort((groups.row, groups.column))
    row, column = groups.row[order], groups.column[order]
    return Gains(row, column, groups.need[row], len(groups.need), len(groups.capacity), np.zeros(len(groups.capacity)))


def _one_by_one(groups: Groups, p: int) -> list[int]:
    """Open the group that takes most of those left, the first in order of several, until none takes anybody.

    A group fills with the rows that fewest candidates can serve, so that the others stay for other groups.
    """
    left, chosen = groups.need.copy(), list[int]()
    choices = np.bincount(groups.row, minlength=len(left))
    room = np.full(len(groups.capacity), groups.copies)
    while len(chosen) < p:
        near = np.bincount(groups.column, weights=left[groups.row], minlength=len(room))
        takes = np.where(room > 0, np.minimum(near, groups.capacity), -1.0)
        column = int(np.flatnonzero(takes >= takes.max() - _TIE)[0])
        if takes[column] <= _TIE:
            break
        chosen.append(column)
        room[column] -= 1
        seats = groups.capacity[column]
        its = groups.row[groups.column == column]
        for row in its[np.lexsort((its, choices[its]))].tolist():
            seated = min(seats, left[row])
            left[row] -= seated
            seats -= seated
    return chosen


def _ceiling(groups: Groups, p: int) -> float:
    """Return a bound: nobody beyond reach is taken, and no group takes more than it would alone."""
    reached = np.unique(groups.row)
    best = np.sort(np.repeat(groups.useful, groups.copies))[::-1][:p]
    return min(float(groups.need[reached].sum()), float(best.sum()))


def _taken(groups: Groups, chosen: list[int]) -> float:
    return float(sum(learners for _, _, learners in flows(groups, chosen)))


def flows(groups: Groups, chosen: list[int]) -> list[tuple[int, int, float]]:
    """Return who goes where once groups are open: most learners first, then fewest minutes in all.

    Row, candidate and learners, sorted, where there are any.
    """
    opened = np.bincount(np.array(chosen, dtype=np.int64), minlength=len(groups.capacity)).astype(np.float64)
    pairs = np.flatnonzero(opened[groups.column] > 0)
    if not len(pairs):
        return []
    row, column = groups.row[pairs], groups.column[pairs]
    seats = opened * np.minimum(groups.capacity, groups.need.sum() + 1)
    table, limits = _limits(row, column, groups.need, seats)
    most = linprog(-np.ones(len(pairs)), A_ub=table, b_ub=limits, bounds=(0, None), method="highs")
    everyone = csr_array(-np.ones((1, len(pairs))))
    again = linprog(
        groups.minutes[pairs],
        A_ub=_stacked(table, everyone),
        b_ub=np.r_[limits, most.fun + _SLACK],
        bounds=(0, None),
        method="highs",
    )
    learners = again.x if again.x is not None else most.x
    found = zip(row.tolist(), column.tolist(), learners.tolist(), strict=True)
    return sorted((i, j, float(round(n, 6))) for i, j, n in found if n > 1e-6)  # noqa: PLR2004 -- a millionth is none


def _limits(row: Integers, column: Integers, need: Floats, seats: Floats) -> tuple[csr_array, Floats]:
    """Return the constraints of a transport: no row sends more than it has, no candidate takes more than its seats."""
    count = len(row)
    at = np.arange(count)
    rows, columns = len(need), len(seats)
    table = csr_array((np.ones(2 * count), (np.r_[row, rows + column], np.r_[at, at])), shape=(rows + columns, count))
    return table, np.r_[need, seats]


def _stacked(upper: csr_array, lower: csr_array) -> csr_array:
    from scipy.sparse import vstack  # noqa: PLC0415 -- used here only

    return csr_array(vstack([upper, lower]))


def _solve(groups: Groups, p: int, clock: Running) -> tuple[list[int] | None, float]:
    """Open groups with HiGHS; the choice (None: none found in time) and a bound (``inf``: none)."""
    columns, pairs, rows = len(groups.capacity), len(groups.row), len(groups.need)
    most = np.minimum(groups.capacity, groups.need.sum())
    at = columns + np.arange(pairs)
    together = np.minimum(groups.need[groups.row], most[groups.column])
    # Rows: no row sends more than it has; no candidate takes more than its groups; no pair flows to a closed one.
    entries = [
        (groups.row, at, np.ones(pairs)),
        (rows + groups.column, at, np.ones(pairs)),
        (rows + np.arange(columns), np.arange(columns), -most),
        (rows + columns + np.arange(pairs), at, np.ones(pairs)),
        (rows + columns + np.arange(pairs), groups.column, -together),
        (np.full(columns, rows + columns + pairs), np.arange(columns), np.ones(columns)),
    ]
    row, column, value = (np.concatenate([entry[part] for entry in entries]) for part in range(3))
    table = csr_array((value, (row, column)), shape=(rows + columns + pairs + 1, columns + pairs))
    limits = np.r_[groups.need, np.zeros(columns + pairs), float(p)]
    found = run(
        np.r_[np.zeros(columns), -np.ones(pairs)],
        LinearConstraint(table, -np.inf, limits),
        integrality=np.r_[np.ones(columns), np.zeros(pairs)],
        bounds=Bounds(0, np.r_[np.full(columns, float(groups.copies)), groups.need[groups.row]]),
        clock=clock,
    )
    bound = -found.bound if np.isfinite(found.bound) else np.inf
    if found.x is None:
        return None, bound
    times = np.round(found.x[:columns]).astype(int)
    return [int(at) for at in np.repeat(np.arange(columns), times)], bound


def _without_idle(groups: Groups, chosen: list[int], value: float) -> list[int]:
    """Leave out groups without which as many learners are taken."""
    kept = sorted(chosen)
    for column in sorted(chosen, reverse=True):
        others = kept.copy()
        others.remove(column)
        if _taken(groups, others) >= value - _SLACK * max(1.0, value):
            kept = others
    return kept
