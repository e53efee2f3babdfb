"""What every engine shares: times between nodes become times between places."""

from abc import ABC, abstractmethod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo_integration.travel.snapping import Integers
from geo_integration.travel.streets.network import LARGEST_MILLISECONDS, RoadNetwork
from geo_integration.travel.streets.snap import Entries

NO_PATH = 2**32 - 1
"""Milliseconds of a pair no way joins, or one that is not routable."""


class Path(NamedTuple):
    """The quickest way from an entry of one place to an entry of another."""

    milliseconds: int
    """In all, both entries included; NO_PATH where there is none."""
    arcs: Integers
    """Arcs travelled whole, in order; the parts travelled of the first and last street are not among them."""
    source: int
    """Which source entry it starts by; -1 where there is no way."""
    target: int
    """Which target entry it ends by; -1 where there is no way."""


NOTHING = Path(NO_PATH, np.empty(0, np.int64), -1, -1)
"""No way."""


class TableRouter(ABC):
    """What the engines share: the smaller side is the source, and every place counts by its best entry."""

    name: str

    def __init__(self, network: RoadNetwork) -> None:
        self.network = network

    @abstractmethod
    def distances(self, places: Entries, nodes: Integers, *, towards: bool) -> Integers:
        """Return milliseconds from each place to each node, or from the nodes to it; a huge number for no way.

        Shape (places.places, len(nodes)). ``nodes`` are distinct and ascending.
        """

    def table(self, sources: Entries, targets: Entries) -> NDArray[np.uint32]:
        """Return milliseconds from every source to every target (:meth:`Router.table`)."""
        if targets.places < sources.places:
            return np.ascontiguousarray(self._one_side(targets, sources, towards=True).T)
        return self._one_side(sources, targets, towards=False)

    def _one_side(self, few: Entries, many: Entries, *, towards: bool) -> NDArray[np.uint32]:
        table = np.full((few.places, many.places), NO_PATH, dtype=np.uint32)
        if not len(few.node) or not len(many.node):
            return table
        nodes, position = np.unique(many.node, return_inverse=True)
        total = self.distances(few, nodes, towards=towards)[:, position]
        total += many.milliseconds
        there, first = np.unique(many.place, return_index=True)
        best = np.minimum.reduceat(total, first, axis=1)
        table[:, there] = np.where(best <= LARGEST_MILLISECONDS, best, NO_PATH)
        return table
