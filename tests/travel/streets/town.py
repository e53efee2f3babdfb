r"""The town drawn by hand that the tests of networks share, and what is true of every network.

::

                D ————— Rue Haute ————— F           north
                |                       |
            Rue du Nord             Rue de l'Est
                |                       |
    A — Rue Longue — B — Rue Longue — — C (signal)
     \              ↑
      Rue Basse    Rue du Sud (one-way, northwards)
            \       |
              ————  E

A (0, 0), B (1, 0), C (3, 0), D (1, 1), E (1, -1), F (3, 1) in hundredths of a degree, on the equator.
Rue Longue is signed 50; from it one may not turn left into Rue du Nord when coming from A.
"""

import numpy as np
import osm_files
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, dijkstra

from geo_integration.travel.streets.network import RoadNetwork

A, B, C, D, E, F = range(1, 7)
PLACES = {A: (0, 0), B: (1, 0), C: (3, 0), D: (1, 1), E: (1, -1), F: (3, 1)}
TOWN: osm_files.Ways = (
    (10, [A, B], {"highway": "residential", "name": "Rue Longue", "maxspeed": "50"}),
    (11, [B, C], {"highway": "residential", "name": "Rue Longue", "maxspeed": "50"}),
    (12, [B, D], {"highway": "residential", "name": "Rue du Nord"}),
    (13, [D, F], {"highway": "residential", "name": "Rue Haute"}),
    (14, [C, F], {"highway": "residential", "name": "Rue de l'Est"}),
    (15, [E, B], {"highway": "residential", "name": "Rue du Sud", "oneway": "yes"}),
    (16, [A, E], {"highway": "residential", "name": "Rue Basse"}),
)
SIGNAL = {C: {"highway": "traffic_signals"}}
NO_LEFT = osm_files.turn(20, "no_left_turn", 10, B, 12)


class Town:
    """A network, and the nodes of the drawing in it."""

    def __init__(self, network: RoadNetwork) -> None:
        self.network = network

    def at(self, place: tuple[float, float]) -> np.ndarray:
        """Return the nodes at a place of the drawing, copies included."""
        east, north = (side * osm_files.UNIT for side in place)
        return np.flatnonzero((abs(self.network.lon - east) < 1e-9) & (abs(self.network.lat - north) < 1e-9))

    def seconds(self, start: tuple[float, float], end: tuple[float, float]) -> float:
        """Return the quickest time; from the junction itself, where one has not come from any street."""
        origins, ends = self.at(start), self.at(end)
        first = origins[:1]  # the junction comes before its copies
        return float(dijkstra(matrix(self.network), indices=first)[:, ends].min()) / 1000

    def arcs(self, start: tuple[float, float], end: tuple[float, float]) -> int:
        """Return how many arcs lead from one place to another."""
        tails, heads = self.at(start), self.at(end)
        return int((np.isin(self.network.tail, tails) & np.isin(self.network.head, heads)).sum())


def matrix(network: RoadNetwork) -> coo_array:
    """Return the milliseconds from node to node, the quickest of parallel arcs."""
    order = np.lexsort((network.milliseconds, network.head, network.tail))
    tail, head, time = network.tail[order], network.head[order], network.milliseconds[order]
    first = np.r_[True, (np.diff(tail) != 0) | (np.diff(head) != 0)]
    size = (network.nodes, network.nodes)
    return coo_array((time[first].astype(np.float64), (tail[first], head[first])), shape=size).tocsr()


def check(network: RoadNetwork) -> None:
    """Assert what is true of every network."""
    assert network.nodes > 0
    assert network.arcs > 0
    assert connected_components(matrix(network), directed=True, connection="strong")[0] == 1
    assert network.milliseconds.min() >= 1
    key = np.column_stack([network.edge, ~network.forward, network.tail, network.head])
    assert (np.lexsort(key.T[::-1]) == np.arange(network.arcs)).all()
    assert len(np.unique(key, axis=0)) == network.arcs
    assert np.array_equal(np.unique(network.edge), np.arange(network.edges))
    start, end = network.shape_offsets[network.edge], network.shape_offsets[network.edge + 1] - 1
    first, last = np.where(network.forward, start, end), np.where(network.forward, end, start)
    for node, point in ((network.tail, first), (network.head, last)):
        assert np.array_equal(network.lon[node], network.shape_lon[point])
        assert np.array_equal(network.lat[node], network.shape_lat[point])
    same = (np.diff(network.edge) == 0) & (np.diff(network.forward.astype(int)) == 0)
    assert (np.diff(network.milliseconds.astype(np.int64))[same] == 0).all()  # copies of an arc take as long
    assert (np.diff(network.shape_offsets) >= 2).all()
    assert network.shape_offsets[-1] == len(network.shape_lon)
    assert network.names[0] == ""
    assert network.edge_name.max() < len(network.names)
    assert network.edge_class.max() < len(network.classes)
    assert np.isfinite(network.edge_metres).all()
    if len(network.order):
        assert np.array_equal(np.sort(network.order), np.arange(network.nodes))
