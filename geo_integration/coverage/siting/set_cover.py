"""Fewest columns that serve every row: set covering, reduced, greedy, then exact (Toregas et al., 1971)."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint
from scipy.sparse import csr_array

from geo_integration.coverage.siting.exact import run
from geo_integration.coverage.siting.problem import Booleans, Integers, Running

_ROUND = 1e-6
_MOST_COMPARED = 6_000


@dataclass(frozen=True)
class Fewest:
    """The columns chosen, and how many any answer must have; ``found_by`` as in ``siting_problem.Plan``."""

    chosen: list[int]
    bound: int
    found_by: str


def fewest(row: Integers, column: Integers, shape: tuple[int, int], clock: Running) -> Fewest:
    """Choose the fewest columns so that every row that has a pair has one chosen.

    Of two answers of the same size one exchange apart, the columns first in order are given.
    """
    serves = _table(row, column, shape)
    small, names = _reduced(serves)
    chosen = _pruned(small, _greedy(small))
    bound, found_by = _apart(small), "greedy"
    if bound < len(chosen) and clock.left > 0:
        columns = small.shape[1]
        found = run(
            np.ones(columns),
            LinearConstraint(small, 1.0, np.inf),
            integrality=np.ones(columns),
            bounds=Bounds(0, 1),
            clock=clock,
        )
        if np.isfinite(found.bound):
            bound = max(bound, int(np.ceil(found.bound - _ROUND)))
        if found.x is not None:
            better = _pruned(small, [int(at) for at in np.flatnonzero(found.x > 0.5)])  # noqa: PLR2004 -- 0 or 1
            if len(better) < len(chosen):
                chosen, found_by = better, "solver"
    return Fewest(_preferred(serves, [int(names[at]) for at in chosen]), bound, found_by)


def _table(row: Integers, column: Integers, shape: tuple[int, int]) -> csr_array:
    return csr_array((np.ones(len(row), dtype=np.float32), (row, column)), shape=shape)


def _reduced(serves: csr_array) -> tuple[csr_array, Integers]:
    """Leave out rows that are served whenever another one is, and columns that serve no more than another one.

    Toregas and ReVelle's reductions (1973), until nothing more goes.
    """
    names = np.arange(serves.shape[1])
    serves = serves[np.diff(serves.indptr) > 0]
    while max(serves.shape) <= _MOST_COMPARED:
        rows = ~_implied(serves)
        serves = serves[rows]
        columns = ~_inside(csr_array(serves.T))
        columns &= np.bincount(serves.indices, minlength=serves.shape[1]) > 0
        serves, names = serves[:, columns], names[columns]
        if rows.all() and columns.all():
            break
    return serves, names


def _inside(sets: csr_array) -> Booleans:
    """Say which rows of a table are inside another one (of two that are the same, the first stays)."""
    size = np.diff(sets.indptr)
    both = (sets @ sets.T).tocoo()
    one, other = both.coords
    inside = (both.data == size[one]) & (one != other) & ((size[other] > size[one]) | (other < one))
    found = np.zeros(sets.shape[0], dtype=np.bool_)
    found[one[inside]] = True
    return found


def _implied(sets: csr_array) -> Booleans:
    """Say which rows of a table hold another one: whoever serves that one serves them."""
    size = np.diff(sets.indptr)
    both = (sets @ sets.T).tocoo()
    one, other = both.coords
    holds = (both.data == size[other]) & (one != other) & ((size[other] < size[one]) | (other < one))
    found = np.zeros(sets.shape[0], dtype=np.bool_)
    found[one[holds]] = True
    return found


def _greedy(serves: csr_array) -> list[int]:
    """Choose the column that serves most rows left, until none is (Chvátal, 1979)."""
    by_column = csr_array(serves.T)
    left, chosen = np.ones(serves.shape[0]), list[int]()
    while left.any():
        column = int(np.argmax(by_column @ left))
        chosen.append(column)
        left[by_column.indices[by_column.indptr[column] : by_column.indptr[column + 1]]] = 0
    return chosen


def _pruned(serves: csr_array, chosen: list[int]) -> list[int]:
    """Leave out columns that the others make useless, the last in order first."""
    kept = sorted(chosen)
    for column in sorted(chosen, reverse=True):
        others = [other for other in kept if other != column]
        if others and (serves[:, others].sum(axis=1) > 0).all():
            kept = others
    return kept


def _apart(serves: csr_array) -> int:
    """Return a number of rows no two of which one column serves: each needs a column of its own."""
    used, count = np.zeros(serves.shape[1], dtype=np.bool_), 0
    for row in np.argsort(np.diff(serves.indptr), kind="stable").tolist():
        its = serves.indices[serves.indptr[row] : serves.indptr[row + 1]]
        if not used[its].any():
            used[its] = True
            count += 1
    return count


def _preferred(serves: csr_array, chosen: list[int]) -> list[int]:
    """Put an earlier column in the place of a chosen one, where every row stays served."""
    chosen = sorted(chosen)
    changed = True
    while changed:
        changed = False
        for column in reversed(chosen):
            others = [other for other in chosen if other != column]
            served = np.asarray(serves[:, others].sum(axis=1)).ravel() > 0
            left = np.diff(serves.indptr).astype(bool) & ~served
            able = np.asarray(serves[left].sum(axis=0)).ravel() == left.sum()
            able[others] = False
            first = int(np.flatnonzero(able)[0])
            if first < column:
                chosen, changed = sorted([*others, first]), True
                break
    return chosen
