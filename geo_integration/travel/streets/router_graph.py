"""A street network as the sparse matrix that scipy searches, in both directions."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from geo_integration.travel.snapping import Floats, Integers
from geo_integration.travel.streets.network import RoadNetwork
from geo_integration.travel.streets.router_cache import kept
from geo_integration.travel.streets.snap import Entries


@dataclass(frozen=True, eq=False)
class SearchGraph:
    """Arcs by the node they leave; of parallel arcs the quickest, of equal ones the first.

    Attributes
    ----------
    pointers : first arc of each node, int32, shape (nodes + 1,).
    heads : node each arc leads to, int32, ascending for each node.
    milliseconds : float64, as scipy wants it: whole numbers, and exact.
    arc : position of each arc in the network, int64.
    """

    pointers: NDArray[np.int32]
    heads: NDArray[np.int32]
    milliseconds: Floats
    arc: Integers

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return len(self.pointers) - 1

    def entered(self, entries: Entries) -> csr_array:
        """Return the matrix with one more node per place, which leads to the place's entries.

        So a search starts at the place itself, from all its entries at once.
        """
        size = self.nodes + entries.places
        last = self.pointers[-1] + np.searchsorted(entries.place, np.arange(entries.places), side="right")
        return csr_array(
            (
                np.concatenate([self.milliseconds, entries.milliseconds.astype(np.float64)]),
                np.concatenate([self.heads, entries.node.astype(np.int32)]),
                np.concatenate([self.pointers, last.astype(np.int32)]),
            ),
            shape=(size, size),
        )


def graph(network: RoadNetwork, *, towards: bool = False) -> SearchGraph:
    """Return the arcs as they are travelled, or turned round: ``towards`` searches back from an arrival."""
    if towards:
        return kept(network, "graph towards", lambda made: _graph(made, made.head, made.tail))
    return kept(network, "graph", lambda made: _graph(made, made.tail, made.head))


def _graph(network: RoadNetwork, tail: NDArray[np.int32], head: NDArray[np.int32]) -> SearchGraph:
    order = np.lexsort((network.milliseconds, head, tail))
    tail, head = tail[order], head[order]
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = (np.diff(tail) != 0) | (np.diff(head) != 0)
    pointers = np.searchsorted(tail[first], np.arange(network.nodes + 1)).astype(np.int32)
    arc = order[first].astype(np.int64)
    return SearchGraph(pointers, head[first], network.milliseconds[arc].astype(np.float64), arc)
