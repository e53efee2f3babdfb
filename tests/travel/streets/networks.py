"""Hand-made street networks, and random ones.

The town, in metres around a point of the Oise; times in seconds are written beside each street:

       y
    1000   n3 ------- B 100 s (both ways) ------- n2
            |                                      |
        D 100 s (both ways)                  C 100 s (n1 -> n2 only)
            |                                      |
       0   n0 ------- A 100 s (both ways) ------- n1 ---- E 60 s (both ways, no place joins it) ---- n4
       x    0                                    1000                                              1600

So from n1 one drives to n2 in 100 s, but from n2 to n1 in 300 s, round by n3 and n0.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st
from pyproj import Transformer

from geo_integration.travel.streets.network import RoadNetwork
from geo_integration.vocabulary import Mode

WEST_METRES, SOUTH_METRES = 680_000, 6_920_000
_DEGREES = Transformer.from_crs(2154, 4326, always_xy=True)

META = {
    "extract": "hand-made.osm.pbf",
    "extract_date": "2026-11-01",
    "extract_sha256": "0" * 64,
    "profile": "hand",
    "profile_sha256": "0" * 64,
    "country": "FR",
    "margin_metres": 0,
    "bounds": [2.0, 49.0, 3.0, 50.0],
    "licence": "ODbL",
    "snap_limit_metres": 500.0,
    "access_speed_kmh": 3.6,  # one metre a second
}


@dataclass(frozen=True)
class Street:
    """A straight street; ``there`` and ``back`` in seconds along and against it, None where it may not be."""

    start: int
    end: int
    there: float | None
    back: float | None = None
    snaps: bool = True
    name: str = ""


def degrees(x: float, y: float) -> tuple[float, float]:
    """Return lon and lat of a point given in metres."""
    lon, lat = _DEGREES.transform(WEST_METRES + x, SOUTH_METRES + y)
    return float(lon), float(lat)


def make(
    nodes: Sequence[tuple[float, float]],
    streets: Sequence[Street],
    *,
    mode: Mode = Mode.CAR,
    order: Sequence[int] = (),
    meta: Mapping[str, object] = META,
) -> RoadNetwork:
    """Make a network of nodes in metres and straight streets between them."""
    points = np.array([degrees(*node) for node in nodes], dtype=np.float64).reshape(-1, 2)
    arcs = sorted(
        (edge, not forward, *((street.start, street.end) if forward else (street.end, street.start)), seconds)
        for edge, street in enumerate(streets)
        for forward, seconds in ((True, street.there), (False, street.back))
        if seconds is not None
    )
    names = ["", *sorted({street.name for street in streets} - {""})]
    ends = np.array([(street.start, street.end) for street in streets], dtype=np.int64).reshape(-1)
    lengths = [np.hypot(*np.subtract(nodes[street.end], nodes[street.start])) for street in streets]
    return RoadNetwork(
        area="hand",
        mode=mode,
        meta=dict(meta),
        lon=points[:, 0],
        lat=points[:, 1],
        tail=np.array([arc[2] for arc in arcs], dtype=np.int32),
        head=np.array([arc[3] for arc in arcs], dtype=np.int32),
        milliseconds=np.array([round(1000 * arc[4]) for arc in arcs], dtype=np.uint32),
        edge=np.array([arc[0] for arc in arcs], dtype=np.int32),
        forward=np.array([not arc[1] for arc in arcs], dtype=np.bool_),
        edge_metres=np.array(lengths, dtype=np.float32),
        edge_name=np.array([names.index(street.name) for street in streets], dtype=np.int32),
        edge_class=np.zeros(len(streets), dtype=np.uint8),
        edge_snaps=np.array([street.snaps for street in streets], dtype=np.bool_),
        shape_offsets=np.arange(0, 2 * len(streets) + 1, 2, dtype=np.int64),
        shape_lon=points[ends, 0],
        shape_lat=points[ends, 1],
        names=np.array(names, dtype=np.str_),
        classes=np.array(["residential"], dtype=np.str_),
        order=np.array(order, dtype=np.uint32),
    )


def town() -> RoadNetwork:
    """Return the network of the picture."""
    return make(
        [(0, 0), (1000, 0), (1000, 1000), (0, 1000), (1600, 0)],
        [
            Street(0, 1, 100, 100, name="A"),
            Street(3, 2, 100, 100, name="B"),
            Street(1, 2, 100, name="C"),
            Street(0, 3, 100, 100, name="D"),
            Street(1, 4, 60, 60, snaps=False, name="E"),
        ],
    )


def turned(network: RoadNetwork) -> RoadNetwork:
    """Return the network with every arc turned round, its shapes as they were."""
    # Forward arcs come first, which are those that ran against the shape.
    order = np.lexsort((network.tail, network.head, network.forward, network.edge))
    return dataclasses.replace(
        network,
        tail=network.head[order],
        head=network.tail[order],
        milliseconds=network.milliseconds[order],
        edge=network.edge[order],
        forward=~network.forward[order],
    )


spots = st.tuples(st.integers(0, 20), st.integers(0, 20)).map(lambda spot: (spot[0] * 100.0, spot[1] * 100.0))
seconds = st.integers(0, 5_000).map(lambda milliseconds: milliseconds / 1000)


@st.composite
def street_lists(draw: st.DrawFn, nodes: int, *, most: int = 14) -> list[Street]:
    """Streets between so many nodes: one-way, parallel, of no time, from a node to itself, closed to places."""
    node = st.integers(0, nodes - 1)
    ways = st.sampled_from([(True, True), (True, False), (False, True)])
    found = []
    for _ in range(draw(st.integers(0, most))):
        there, back = draw(ways)
        found.append(
            Street(
                draw(node),
                draw(node),
                draw(seconds) if there else None,
                draw(seconds) if back else None,
                snaps=draw(st.booleans()) or draw(st.booleans()),
            )
        )
    return found


@st.composite
def networks(draw: st.DrawFn) -> RoadNetwork:
    """Networks of up to 8 nodes in a square of 2 km, not all of whose nodes can be reached."""
    nodes = draw(st.lists(spots, min_size=1, max_size=8))
    streets = draw(street_lists(len(nodes)))
    order = draw(st.permutations(range(len(nodes)))) if draw(st.booleans()) else []
    return with_copies(draw, make(nodes, streets, order=order))


def with_copies(draw: st.DrawFn, network: RoadNetwork) -> RoadNetwork:
    """Give some arcs a twin on the same edge, as slow, from or to another node: a copy of a junction."""
    if not network.arcs:
        return network
    arc, node = st.integers(0, network.arcs - 1), st.integers(0, network.nodes - 1)
    twins = draw(st.lists(st.tuples(arc, node, node), max_size=3))
    of = np.array([*range(network.arcs), *(twin[0] for twin in twins)], dtype=np.int64)
    tail = np.array([*network.tail, *(twin[1] for twin in twins)], dtype=np.int32)
    head = np.array([*network.head, *(twin[2] for twin in twins)], dtype=np.int32)
    order = np.lexsort((head, tail, ~network.forward[of], network.edge[of]))
    of = of[order]
    return dataclasses.replace(
        network,
        tail=tail[order],
        head=head[order],
        milliseconds=network.milliseconds[of],
        edge=network.edge[of],
        forward=network.forward[of],
    )


places = st.tuples(st.floats(-300, 2300), st.floats(-300, 2300))


@st.composite
def place_lists(draw: st.DrawFn, *, least: int = 0, most: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Longitudes and latitudes, of which some may be unknown, at sea or on top of each other."""
    found = [degrees(*where) for where in draw(st.lists(places | spots, min_size=least, max_size=most))]
    found = [(np.nan, np.nan) if draw(st.integers(0, 9)) == 0 else where for where in found]
    pairs = np.array(found, dtype=np.float64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]
