"""How good any choice could be: bounds that are proved, and the candidates they rule out."""

from dataclasses import dataclass

import numpy as np

from geo_integration.coverage.siting.problem import Booleans, Floats, Integers, Running, same
from geo_integration.coverage.siting.search import Gains, exchanged

_ROUNDS = 2_000
_FEW_ROUNDS, _FEW_PAIRS = 400, 200_000
"""Rounds after which a problem of few pairs is left to the solver."""

_SHARE = 0.6
"""Part of the time the search may take; the rest is the solver's."""

_PATIENCE = 30
_FIRST_STEP, _SMALLEST_STEP = 1.5, 1e-4
_MEMORY = 0.7
"""Part of the last step kept in the next one (Camerini, Fratta and Maffioli, 1975)."""

_TRIED_EVERY = 100
_MARGIN = 1e-7
_WORTHWHILE = 0.9
"""Candidates are left out of the search once this part or less is left."""


@dataclass(frozen=True)
class Bound:
    """A proved bound.

    Attributes
    ----------
    value : no choice brings more.
    chosen : the best choice known by then.
    keep : candidates that a choice better than that one may hold; shape (columns,).
    """

    value: float
    chosen: list[int]
    keep: Booleans


def one_by_one(gains: Gains, p: int, chosen: list[int]) -> float:
    """Return the bound that a greedy choice proves (Nemhauser, Wolsey and Fisher, 1978).

    Whatever is chosen already, the best choice brings at most that and the p largest gains beside it.
    """
    bounds = []
    for taken in range(len(chosen) + 1):
        before = chosen[:taken]
        more = np.sort(gains.beside(gains.best(before)))[::-1][:p]
        bounds.append(gains.value(before) + float(more.sum()))
    return min([*bounds, gains.scale + float(np.sort(gains.bonus)[::-1][:p].sum())])


def lagrangian(gains: Gains, p: int, chosen: list[int], clock: Running) -> Bound:
    """Return the bound of the Lagrangian relaxation, and the candidates it does not rule out.

    Let each row ask u for being served: the best choice brings at most the sum of u and the p largest sums, per
    candidate, of what its gains exceed u by (Cornuéjols, Fisher and Nemhauser, 1977). The u that bound best are
    sought by subgradient steps (Held, Wolfe and Crowder, 1974); any of them proves a bound, and so a stop at any
    moment is safe. A candidate that, put in by force, makes the bound fall below the known choice is in no better
    one. The candidates the relaxation takes are now and then tried as a choice, exchanges included.
    """
    search, least = _Search(gains, p, list(chosen)), (1 - _SHARE) * clock.left
    for number in range(_ROUNDS):
        if search.done or clock.left <= least or (number >= _FEW_ROUNDS and len(search.gains.row) <= _FEW_PAIRS):
            break
        if number % _TRIED_EVERY == _TRIED_EVERY - 1:
            search.try_taken()
        search.step()
    keep = np.zeros(gains.columns, dtype=np.bool_)
    keep[search.names] = True
    keep[search.chosen] = True
    return Bound(max(min(search.bound, one_by_one(gains, p, chosen)), search.known), search.chosen, keep)


class _Search:
    """The state of the subgradient search; candidates ruled out are left out as it goes."""

    def __init__(self, gains: Gains, p: int, chosen: list[int]) -> None:
        self.whole, self.p, self.chosen = gains, p, chosen
        self.gains, self.names = gains, np.arange(gains.columns)
        self.known = gains.value(chosen)
        self.price = self.best_price = _second(gains, chosen)
        self.direction = np.zeros(gains.rows)
        self.bound, self.size, self.stale = np.inf, _FIRST_STEP, 0
        self.taken = np.zeros(0, dtype=np.int64)

    @property
    def done(self) -> bool:
        """Say whether nothing more can be proved."""
        return same(self.known, max(self.bound, self.known)) or self.size < _SMALLEST_STEP

    def try_taken(self) -> None:
        """Try the candidates the relaxation takes as a choice."""
        tried = exchanged(self.gains, self.taken.tolist())
        if len(tried) and self.gains.value(tried) > self.known + self.whole.tie:
            self.chosen = [int(self.names[at]) for at in tried]
            self.known = self.whole.value(self.chosen)

    def step(self) -> None:
        """Take one step: a bound, the candidates it rules out, new prices."""
        worth, self.taken = _worth(self.gains, self.price, self.p)
        bound = float(self.price.sum() + worth[self.taken].sum())
        margin = _MARGIN * max(1.0, abs(self.known))
        if bound < self.bound - margin:
            self.stale, self.best_price = 0, self.price
        else:
            self.stale += 1
        self.bound = min(self.bound, bound)
        self._rule_out(worth, bound, margin)
        if self.stale >= _PATIENCE:
            self.size, self.stale, self.price = self.size / 2, 0, self.best_price
            self.direction = np.zeros(self.whole.rows)
            return
        slope = _slope(self.gains, self.price, self.taken) + _MEMORY * self.direction
        norm = float((slope**2).sum())
        if norm > 0:
            length = self.size * max(bound - self.known, margin) / norm
            self.price, self.direction = np.maximum(self.price - length * slope, 0), slope

    def _rule_out(self, worth: Floats, bound: float, margin: float) -> None:
        last = float(worth[self.taken].min()) if len(self.taken) == self.p else 0.0
        forced = bound - last + worth
        forced[self.taken] = bound
        keep = forced > self.known - margin
        if keep.sum() <= _WORTHWHILE * len(keep):
            # What is left bounds every choice better than the known one: all of it is among the kept.
            renumbered = np.cumsum(keep) - 1
            self.gains, old = self.gains.only(keep)
            self.names = self.names[old]
            self.taken = renumbered[self.taken[keep[self.taken]]]


def _second(gains: Gains, chosen: list[int]) -> Floats:
    """Return the second best gain of each row among the chosen: where prices start."""
    best, second = np.zeros(gains.rows), np.zeros(gains.rows)
    for column in chosen:
        alone = gains.best([column])
        second = np.maximum(second, np.minimum(best, alone))
        best = np.maximum(best, alone)
    return second


def _worth(gains: Gains, price: Floats, p: int) -> tuple[Floats, Integers]:
    """Return what each candidate is worth at these prices, and the p worth most (those worth nothing left out)."""
    worth = gains.beside(price)
    order = np.argsort(-worth, kind="stable")[:p]
    return worth, order[worth[order] > 0]


def _slope(gains: Gains, price: Floats, taken: Integers) -> Floats:
    """Return how the bound moves with each price: up where nobody serves the row at it, down where several do."""
    is_taken = np.zeros(gains.columns, dtype=np.bool_)
    is_taken[taken] = True
    serves = is_taken[gains.column] & (gains.gain > price[gains.row])
    slope = 1.0 - np.bincount(gains.row[serves], minlength=gains.rows)
    slope[(price <= 0) & (slope > 0)] = 0
    return np.asarray(slope, dtype=np.float64)
