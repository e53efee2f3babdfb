"""Greedy choice and exchanges: a good answer at once, and the same one every time.

Every uncapacitated model here is one problem: choose p columns of a table of gains so that the sum over the rows of
the best gain chosen is largest. Covering gives a row's need for each candidate that reaches it (Church and ReVelle,
1974); the p-median gives the learner-minutes each candidate would spare (Cornuéjols, Fisher and Nemhauser, 1977).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csc_array

from geo_integration.coverage.siting.problem import Booleans, Floats, Integers

_TIE = 1e-9
"""Part of all there is to gain under which two gains are the same."""


@dataclass(frozen=True)
class Gains:
    """What each candidate would bring to each row, were it alone.

    Attributes
    ----------
    row, column : positions, sorted by column then row; shape (pairs,).
    gain : above 0; shape (pairs,).
    rows, columns : numbers of each.
    bonus : what a candidate brings on its own, 0 or more; shape (columns,).
    """

    row: Integers
    column: Integers
    gain: Floats
    rows: int
    columns: int
    bonus: Floats

    @cached_property
    def scale(self) -> float:
        """Return all there is to gain, were every candidate chosen, bonuses aside."""
        most = np.zeros(self.rows)
        np.maximum.at(most, self.row, self.gain)
        return float(most.sum())

    @property
    def tie(self) -> float:
        """Return the difference under which two gains are the same."""
        return _TIE * max(self.scale, _TIE)

    @cached_property
    def table(self) -> csc_array:
        """Return the gains as a sparse table, rows by columns."""
        return csc_array((self.gain, (self.row, self.column)), shape=(self.rows, self.columns))

    def best(self, chosen: list[int]) -> Floats:
        """Return the best gain of each row among the chosen, 0 for none; shape (rows,)."""
        best = np.zeros(self.rows)
        for column in chosen:
            its = slice(self.table.indptr[column], self.table.indptr[column + 1])
            rows = self.table.indices[its]
            best[rows] = np.maximum(best[rows], self.table.data[its])
        return best

    def value(self, chosen: list[int]) -> float:
        """Return what a choice brings, bonuses included."""
        return float(self.best(chosen).sum() + self.bonus[chosen].sum())

    def beside(self, best: Floats) -> Floats:
        """Return what each candidate would bring beside what each row has already; shape (columns,)."""
        more = np.maximum(self.gain - best[self.row], 0)
        return np.bincount(self.column, weights=more, minlength=self.columns) + self.bonus

    def only(self, keep: Booleans) -> tuple["Gains", Integers]:
        """Return the gains of some candidates only, numbered anew in order, and their former numbers."""
        old = np.flatnonzero(keep)
        new = np.cumsum(keep) - 1
        pairs = keep[self.column]
        kept = Gains(self.row[pairs], new[self.column[pairs]], self.gain[pairs], self.rows, len(old), self.bonus[old])
        return kept, old


def greedy(gains: Gains, p: int) -> list[int]:
    """Choose one by one the candidate that brings most (Church and ReVelle's greedy adding, 1974).

    Of several that bring as much, the first in order. Stops early where nothing more would be brought.
    """
    best, chosen = np.zeros(gains.rows), list[int]()
    while len(chosen) < min(p, gains.columns):
        more = gains.beside(best)
        more[chosen] = -np.inf
        column = int(np.flatnonzero(more >= more.max() - gains.tie)[0])
        if more[column] <= gains.tie:
            break
        chosen.append(column)
        best = gains.best(chosen)
    return chosen


def exchanged(gains: Gains, chosen: list[int]) -> list[int]:
    """Exchange a chosen candidate for another, the best exchange first, until none brings more.

    Teitz and Bart's (1968) exchanges, all of them priced in one pass over the table (Resende and Werneck, 2007).
    """
    chosen = list(chosen)
    while chosen:
        profit = _profits(gains, chosen)
        if profit.max() <= gains.tie:
            break
        _apply(chosen, *np.argwhere(profit >= profit.max() - gains.tie)[0])
    return chosen


def preferred(gains: Gains, chosen: list[int]) -> list[int]:
    """Exchange a chosen candidate for one that comes before it in order, where that changes nothing else.

    So that of two choices that bring as much, one exchange apart, the preferred one is given.
    """
    chosen = list(chosen)
    while chosen:
        profit = _profits(gains, chosen)
        earlier = np.arange(gains.columns)[:, None] < np.array(chosen)[None, :]
        found = np.argwhere(earlier & (profit >= -gains.tie))
        if not len(found):
            break
        column = found[0, 0]
        slots = found[found[:, 0] == column, 1]
        _apply(chosen, column, max(slots, key=lambda slot: chosen[slot]))
    return chosen


def needed(gains: Gains, chosen: list[int]) -> list[int]:
    """Leave out the candidates without which the others bring as much, the last in order first."""
    kept = sorted(chosen)
    whole = gains.value(kept)
    for column in sorted(chosen, reverse=True):
        others = [other for other in kept if other != column]
        if gains.value(others) >= whole - gains.tie:
            kept = others
    return kept


def in_order(gains: Gains, chosen: list[int]) -> tuple[list[int], list[float]]:
    """Put a choice in order: the candidate that brings most, then the one that brings most beside it, and so on.

    Returns the candidates and what each brings beside those before it, bonuses aside.
    """
    left, done, brought = sorted(chosen), list[int](), list[float]()
    while left:
        best = gains.best(done)
        more = (gains.beside(best) - gains.bonus)[left]
        at = int(np.flatnonzero(more >= more.max() - gains.tie)[0])
        brought.append(float(more[at]))
        done.append(left.pop(at))
    return done, brought


def _apply(chosen: list[int], column: int, slot: int) -> None:
    chosen[int(slot)] = int(column)


def _profits(gains: Gains, chosen: list[int]) -> Floats:
    """Return what exchanging each chosen candidate for each other would bring; shape (columns, chosen).

    -inf for a candidate that is chosen already.
    """
    slot_of = np.full(gains.columns, -1, dtype=np.int64)
    slot_of[chosen] = np.arange(len(chosen))
    first, best, second = _two_best(gains, slot_of)
    entering = gains.beside(best)
    has = first >= 0
    leaving = np.bincount(first[has], weights=(best - second)[has], minlength=len(chosen)) + gains.bonus[chosen]
    # A row whose best leaves falls back on its second best, or on the one that enters.
    falls = (first[gains.row] >= 0) & (gains.gain > second[gains.row])
    row, column = gains.row[falls], gains.column[falls]
    caught = np.minimum(gains.gain[falls], best[row]) - second[row]
    extra = np.bincount(
        column * len(chosen) + first[row], weights=caught, minlength=gains.columns * len(chosen)
    ).reshape(gains.columns, len(chosen))
    profit = entering[:, None] - leaving[None, :] + extra
    profit[chosen, :] = -np.inf
    return np.asarray(profit, dtype=np.float64)


def _two_best(gains: Gains, slot_of: Integers) -> tuple[Integers, Floats, Floats]:
    """Return each row's best chosen candidate (its place in the choice, -1: none), its gain, and the second gain."""
    mine = np.flatnonzero(slot_of[gains.column] >= 0)
    order = mine[np.lexsort((slot_of[gains.column[mine]], -gains.gain[mine], gains.row[mine]))]
    row = gains.row[order]
    start = np.r_[True, row[1:] != row[:-1]] if len(row) else np.zeros(0, dtype=bool)
    first, best, second = np.full(gains.rows, -1, dtype=np.int64), np.zeros(gains.rows), np.zeros(gains.rows)
    first[row[start]] = slot_of[gains.column[order[start]]]
    best[row[start]] = gains.gain[order[start]]
    after = np.flatnonzero(start) + 1
    after = after[after < len(row)]
    after = after[~start[after]]
    second[row[after]] = gains.gain[order[after]]
    return first, best, second
