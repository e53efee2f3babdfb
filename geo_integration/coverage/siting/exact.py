"""The exact answer: mixed-integer programmes for HiGHS, reduced first so that they stay small."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csc_array

from geo_integration.coverage.siting.bound import lagrangian, one_by_one
from geo_integration.coverage.siting.problem import Floats, Integers, Running, same
from geo_integration.coverage.siting.search import Gains, exchanged, greedy

_SCALE = 1e4
_LEAST_SECONDS = 0.05
_MOST_COMPARED = 6_000
_MOST_PAIRS = 400_000
"""Beyond, HiGHS does not finish its first linear programme in the time people wait, nor stop when told to."""

_SOLVED = 0
"""Status of scipy's ``milp`` for a proved optimum."""


@dataclass(frozen=True)
class Answer:
    """A choice, what it brings, what none can exceed (to the precision of the solver), and who found it."""

    chosen: list[int]
    value: float
    bound: float
    proven: bool
    found_by: str


def best_choice(gains: Gains, p: int, clock: Running, *, start: list[int] | None = None) -> Answer:
    """Choose at most p columns that bring most.

    Greedy and exchanges first; then a bound that often proves them best, and rules out most candidates; what is left
    goes to HiGHS. Stops when the clock does, with the best choice and the best bound known then.

    Parameters
    ----------
    start : a choice known already; the answer is never worse.
    """
    small, kept = _reduced(gains)
    own = exchanged(small, greedy(small, p))
    if start is not None:
        again = exchanged(gains, list(start))
        if gains.value(again) > small.value(own) + gains.tie:
            return _refined(gains, p, again, np.arange(gains.columns), clock)
    return _refined(small, p, own, kept, clock)


def _refined(gains: Gains, p: int, chosen: list[int], names: Integers, clock: Running) -> Answer:
    """Prove a choice best, or find a better one."""
    value, found_by, bound = gains.value(chosen), "greedy", one_by_one(gains, p, chosen)
    if not same(value, bound) and clock.left > 0:
        proved = lagrangian(gains, p, chosen, clock)
        chosen, bound = proved.chosen, min(bound, proved.value)
        value = gains.value(chosen)
        few, few_names = gains.only(proved.keep)
        if not same(value, bound) and clock.left > 0 and len(few.row) <= _MOST_PAIRS:
            better, ceiling = solve(few, p, clock)
            bound = min(bound, max(ceiling, value))
            if better is not None and few.value(better) > value + gains.tie:
                chosen, value, found_by = [int(few_names[at]) for at in better], few.value(better), "solver"
    proven = same(value, bound)
    return Answer([int(names[at]) for at in chosen], value, value if proven else max(bound, value), proven, found_by)


def _reduced(gains: Gains) -> tuple[Gains, Integers]:
    """Leave out what cannot matter: candidates that bring nothing, or no more than another one everywhere.

    Rows that the same candidates reach, all with one gain, are added together, before and after. The value of the best
    choice is the same (Toregas and ReVelle, 1973; Church and Meadows, 1979).
    """
    merged = _merged(gains)
    useful = np.bincount(merged.column, minlength=merged.columns) > 0
    few, names = merged.only(useful | (merged.bonus > 0))
    if few.columns <= _MOST_COMPARED and _flat(few):
        fewer, again = few.only(~_dominated(few))
        return _merged(fewer), names[again]
    return few, names


def _flat(gains: Gains) -> bool:
    """Say whether each row gains the same from whoever serves it: covering, not minutes."""
    most = np.zeros(gains.rows)
    most[gains.row] = gains.gain
    return bool((gains.gain == most[gains.row]).all())


def _merged(gains: Gains) -> Gains:
    """Add together the rows that the same candidates serve, where each row has one gain."""
    if not _flat(gains) or not len(gains.row):
        return gains
    order = np.lexsort((gains.column, gains.row))
    row, column, gain = gains.row[order], gains.column[order], gains.gain[order]
    starts = np.flatnonzero(np.r_[True, row[1:] != row[:-1]])
    ends = np.r_[starts[1:], len(row)]
    first: dict[bytes, int] = {}
    total: dict[int, float] = {}
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        at = first.setdefault(column[start:end].tobytes(), start)
        total[at] = total.get(at, 0.0) + float(gain[start])
    length = dict(zip(starts.tolist(), (ends - starts).tolist(), strict=True))
    new_row = np.repeat(np.arange(len(total)), [length[at] for at in total])
    new_column = np.concatenate([column[at : at + length[at]] for at in total])
    new_gain = np.repeat(list(total.values()), [length[at] for at in total])
    again = np.lexsort((new_row, new_column))
    return Gains(new_row[again], new_column[again], new_gain[again], len(total), gains.columns, gains.bonus)


def _dominated(gains: Gains) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Say which candidates serve only rows that another one serves too: the other is at least as good in any choice.

    Of two that serve the same, the first in order is kept.
    """
    serves = csc_array(
        (np.ones(len(gains.row), dtype=np.float32), (gains.row, gains.column)), shape=(gains.rows, gains.columns)
    )
    both = coo_array(serves.T @ serves)
    one, other = both.coords
    size = np.bincount(gains.column, minlength=gains.columns)
    inside = (both.data == size[one]) & (one != other) & (gains.bonus[one] <= gains.bonus[other])
    strictly = (size[other] > size[one]) | (gains.bonus[other] > gains.bonus[one]) | (other < one)
    found = np.zeros(gains.columns, dtype=np.bool_)
    found[one[inside & strictly]] = True
    return found


def solve(gains: Gains, p: int, clock: Running) -> tuple[list[int] | None, float]:
    """Choose at most p columns with HiGHS; return the choice (None: none found) and a bound (``inf``: none).

    Each row has a step for each distinct gain, the largest first; a step is climbed where a candidate of that gain is
    chosen or the step before is: as tight as one variable per pair, and far smaller (Cornuéjols, Nemhauser and Wolsey,
    1980; García, Labbé and Marín, 2011). Covering has one step a row.
    """
    order = np.lexsort((gains.column, -gains.gain, gains.row))
    row, column, gain = gains.row[order], gains.column[order], gains.gain[order]
    if not len(row):
        return [], float(np.sort(gains.bonus)[::-1][:p].sum())
    opens = np.r_[True, (row[1:] != row[:-1]) | (gain[1:] != gain[:-1])]
    step = np.cumsum(opens) - 1
    step_row, step_gain = row[opens], gain[opens]
    steps, columns = len(step_row), gains.columns
    follows = np.flatnonzero(np.r_[False, step_row[1:] == step_row[:-1]])
    height = step_gain.copy()
    height[follows - 1] -= step_gain[follows]
    # Columns: the candidates, then the steps. Rows: the steps, then the number chosen.
    entries = [
        (step, column, -np.ones(len(row))),
        (np.arange(steps), columns + np.arange(steps), np.ones(steps)),
        (follows, columns + follows - 1, -np.ones(len(follows))),
        (np.full(columns, steps), np.arange(columns), np.ones(columns)),
    ]
    table = _table(entries, (steps + 1, columns + steps))
    scale = _SCALE / max(gains.scale + float(gains.bonus.sum()), 1e-300)
    found = run(
        -scale * np.r_[gains.bonus, height],
        LinearConstraint(table, -np.inf, np.r_[np.zeros(steps), float(p)]),
        integrality=np.r_[np.ones(columns), np.zeros(steps)],
        bounds=Bounds(0, 1),
        clock=clock,
    )
    bound = -found.bound / scale if np.isfinite(found.bound) else np.inf
    if found.x is None:
        return None, bound
    return [int(at) for at in np.flatnonzero(found.x[:columns] > 0.5)], bound  # noqa: PLR2004 -- 0 or 1


@dataclass(frozen=True)
class Solved:
    """What HiGHS gave: values (None: none in time), a bound below the smallest objective, whether it is proved."""

    x: Floats | None
    bound: float
    proven: bool


def run(cost: Floats, *constraints: LinearConstraint, integrality: Floats, bounds: Bounds, clock: Running) -> Solved:
    """Minimise with HiGHS, within what is left of the time."""
    options: dict[str, Any] = {"time_limit": max(clock.left, _LEAST_SECONDS), "mip_rel_gap": 0.0}
    if clock.limit.nodes is not None:
        options["node_limit"] = clock.limit.nodes
    found = milp(cost, integrality=integrality, bounds=bounds, constraints=list(constraints), options=options)
    proven = found.status == _SOLVED
    bound = found.mip_dual_bound if found.mip_dual_bound is not None else -np.inf
    if proven and found.x is not None:
        bound = min(found.fun, bound) if np.isfinite(bound) else found.fun
    return Solved(found.x, float(bound), proven)


def _table(entries: list[tuple[Any, Any, Any]], shape: tuple[int, int]) -> csc_array:
    row, column, value = (np.concatenate([entry[at] for entry in entries]) for at in range(3))
    return csc_array((value, (row, column)), shape=shape)
