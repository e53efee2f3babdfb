"""Routing by scipy's Dijkstra: slow on a région, and everywhere."""

import numpy as np
from scipy.sparse.csgraph import dijkstra

from geo_integration.travel.snapping import Integers
from geo_integration.travel.streets.network import LARGEST_MILLISECONDS
from geo_integration.travel.streets.router_graph import graph
from geo_integration.travel.streets.router_table import NO_PATH, NOTHING, Path, TableRouter
from geo_integration.travel.streets.snap import Entries

AT_A_TIME = 32
"""Places searched at once: each takes 8 bytes a node."""

NO_PREDECESSOR = -9999
"""What scipy calls it."""


class ScipyRouter(TableRouter):
    """The :class:`~.router.Router` that is always installed."""

    name = "scipy"

    def distances(self, places: Entries, nodes: Integers, *, towards: bool) -> Integers:
        """Return milliseconds between places and nodes (:meth:`TableRouter.distances`)."""
        found = graph(self.network, towards=towards)
        table = np.empty((places.places, len(nodes)), dtype=np.int64)
        for start in range(0, places.places, AT_A_TIME):
            rows = np.arange(start, min(start + AT_A_TIME, places.places))
            searched = dijkstra(found.entered(places.take(rows)), indices=found.nodes + rows - start)
            table[rows] = np.minimum(searched[:, nodes], NO_PATH).astype(np.int64)
        return table

    def path(self, source: Entries, target: Entries) -> Path:
        """Return the quickest way (:meth:`Router.path`)."""
        if not len(source.node) or not len(target.node):
            return NOTHING
        found = graph(self.network)
        searched, before = dijkstra(found.entered(source), indices=found.nodes, return_predecessors=True)
        total = searched[target.node] + target.milliseconds
        end = int(np.argmin(total))
        if total[end] > LARGEST_MILLISECONDS:
            return NOTHING
        node, arcs = int(target.node[end]), []
        while before[node] != found.nodes:
            tail = int(before[node])
            first, last = found.pointers[tail], found.pointers[tail + 1]
            arcs.append(int(found.arc[first + np.searchsorted(found.heads[first:last], node)]))
            node = tail
        start = int(np.flatnonzero(source.node == node)[0])
        return Path(int(total[end]), np.array(arcs[::-1], dtype=np.int64), start, end)
