"""The attackers: they see what is published and public data, they know the method, and they look for small counts.

None of them imports the method. A release is described to them as what it says: the people of some communes together
lie between two numbers.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched, product

import numpy as np
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import coo_matrix, csr_matrix, identity, kron, vstack
from scipy.sparse.csgraph import connected_components

type World = tuple[int, ...]


@dataclass(frozen=True)
class Said:
    """What one published figure says: ``low`` to ``high`` people live in these communes, all together."""

    communes: frozenset[str]
    low: float
    high: float


def said_by(released: pd.DataFrame) -> list[Said]:
    """Return what a released vector says of its protected communes: by block, by commune, and what is not negative."""
    protected = released[released["need_basis"].eq("protected")]
    said = [
        Said(frozenset(rows["commune_code"]), float(rows["block_low"].iloc[0]), _high(rows["block_high"].iloc[0]))
        for _, rows in protected.groupby("block")
    ]
    said += [
        Said(frozenset({row.commune_code}), float(row.persons_low), _high(row.persons_high))
        for row in protected.itertuples()
    ]
    exact = released[released["persons_class"].eq("exact")]
    said += [Said(frozenset({row.commune_code}), row.persons, row.persons) for row in exact.itertuples()]
    return said


def _high(value: float) -> float:
    return np.inf if np.isnan(value) else float(value)


def feasible(
    said: Sequence[Said], wanted: Iterable[frozenset[str]], populations: Mapping[str, float]
) -> dict[frozenset[str], tuple[float, float]]:
    """Return the least and most people each wanted set of communes can hold (HiGHS); nobody outnumbers inhabitants.

    ``wanted`` sets may be differences: communes of a published territory left when another is taken away.
    """
    names = sorted({name for one in said for name in one.communes})
    place = {name: index for index, name in enumerate(names)}
    pairs = [(row, place[name]) for row, one in enumerate(said) for name in one.communes]
    rows, columns = zip(*pairs, strict=True)
    matrix = coo_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(said), len(names))).tocsr()
    _, part = connected_components(matrix.T @ matrix, directed=False)  # figures that share no commune: apart
    low, high = np.array([one.low for one in said]), np.array([one.high for one in said])
    top = np.array([min(populations.get(name, _CROWD), _CROWD) for name in names])
    sets = list(dict.fromkeys(wanted))
    asked: dict[int, dict[frozenset[int], list[int]]] = defaultdict(lambda: defaultdict(list))
    for number, one in enumerate(sets):
        indexes = np.array(sorted(place[name] for name in one))
        for label in np.unique(part[indexes]):
            asked[label][frozenset(indexes[part[indexes] == label].tolist())].append(number)
    found = np.zeros((len(sets), 2))
    for label, subsets in asked.items():
        members = np.flatnonzero(part == label)
        used = np.flatnonzero(matrix[:, members].getnnz(axis=1))
        system = matrix[used][:, members]
        for chunk in batched(subsets.items(), 60):
            goals = np.array([np.isin(members, list(subset)) for subset, _ in chunk], dtype="float64")
            extremes = _extremes(system, low[used], high[used], top[members], goals)
            for (_, numbers), extreme in zip(chunk, extremes, strict=True):
                found[numbers] += extreme
    return {one: (float(least), float(most)) for one, (least, most) in zip(sets, found, strict=True)}


_CROWD = 1e6
"""More people than any commune holds: stands for « no upper bound »."""


def _extremes(
    system: csr_matrix, low: np.ndarray, high: np.ndarray, top: np.ndarray, goals: np.ndarray
) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    """Return the least and most of each goal: as many copies of the system as goals, in one programme."""
    bounded = high < np.inf
    one = vstack([system[bounded], -system])
    limits = np.tile(np.concatenate([high[bounded], -low]), len(goals))
    copies = kron(identity(len(goals)), one, format="csr")
    box = np.column_stack([np.zeros(goals.size), np.tile(top, len(goals))])
    values = []
    for sign in (1, -1):
        solved = linprog(sign * goals.ravel(), A_ub=copies, b_ub=limits, bounds=box, method="highs")
        assert solved.status == 0, solved.message
        values.append((solved.x.reshape(goals.shape) * goals).sum(axis=1))
    return np.column_stack(values)


def narrowed(
    said: Sequence[Said], truth: Mapping[str, float], populations: Mapping[str, float], *, threshold: int = 11
) -> list[str]:
    """Return the communes below the threshold that the figures do not leave free from 0 to threshold-1."""
    small = [frozenset({name}) for name, count in truth.items() if count < threshold]
    found = feasible(said, small, populations)
    return sorted(
        name
        for one, (low, high) in found.items()
        for name in one
        if low > 1e-6 or high < min(threshold - 1, populations[name]) - 1e-6
    )


def every_world(communes: int, most: int) -> Iterator[World]:
    """Yield every way to put 0 to ``most`` people in each commune."""
    return product(range(most + 1), repeat=communes)


def alike(worlds: Iterable[World], publish: Callable[[World], Hashable]) -> dict[World, list[World]]:
    """Return for each world those whose publication is the same to the byte."""
    by_output: dict[Hashable, list[World]] = defaultdict(list)
    for world in worlds:
        by_output[publish(world)].append(world)
    return {world: group for group in by_output.values() for world in group}


def told_apart(
    same: Mapping[World, Sequence[World]], *, threshold: int, checked: Callable[[World], bool]
) -> list[tuple[World, int]]:
    """Return each (world, commune) whose small count somebody who can try every world would narrow down."""
    wanted = set(range(threshold))
    return [
        (world, commune)
        for world, group in same.items()
        if checked(world)
        for commune, count in enumerate(world)
        if count < threshold and not wanted <= {other[commune] for other in group}
    ]


def told_apart_twice(
    same: Mapping[World, Sequence[World]], *, threshold: int, checked: Callable[[World], bool]
) -> list[tuple[World, World, int]]:
    """Return what two publications tell somebody who knows that one commune at most changed in between, not which.

    A (first, second, commune) is a fault when the commune was or became small and not every small count remains
    possible then, or when the one change that remains possible is not « none ».
    """
    groups = {id(group): group for group in same.values()}
    pairs: dict[tuple[int, int], list[tuple[World, World]]] = defaultdict(list)
    most = max(max(world) for world in same)
    for world in same:
        for other in _neighbours(world, most):
            pairs[id(same[world]), id(same[other])].append((world, other))
    assert len(groups) > 1
    faults = []
    wanted = set(range(threshold))
    for possible in pairs.values():
        communes = range(len(possible[0][0]))
        before = [{first[commune] for first, _ in possible} for commune in communes]
        after = [{second[commune] for _, second in possible} for commune in communes]
        change = [{second[commune] - first[commune] for first, second in possible} for commune in communes]
        for first, second in possible:
            if not (checked(first) and checked(second)):
                continue
            faults += [
                (first, second, commune)
                for commune in communes
                if (first[commune] < threshold and not wanted <= before[commune])
                or (second[commune] < threshold and not wanted <= after[commune])
                or (len(change[commune]) == 1 and change[commune] != {0})
            ]
    return faults


def _neighbours(world: World, most: int) -> Iterator[World]:
    yield world
    for commune, count in enumerate(world):
        for other in range(most + 1):
            if other != count:
                yield (*world[:commune], other, *world[commune + 1 :])
