"""Street networks drawn by hand, in metres around a point, for the tests of what is asked of a network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from pyproj import Transformer

from geo_integration.travel.streets.build import build
from geo_integration.travel.streets.network import RoadNetwork
from geo_integration.vocabulary import Mode

MONACO = Path(__file__).resolve().parents[4] / "shared" / "data" / "osm" / "extracts" / "monaco.osm.pbf"
_DEGREES = Transformer.from_crs("+proj=aeqd +lon_0=2 +lat_0=48 +datum=WGS84", 4326, always_xy=True)


def place(east: float, north: float) -> tuple[float, float]:
    """Return lon and lat of a point given in metres east and north of the centre."""
    lon, lat = _DEGREES.transform(east, north)
    return float(lon), float(lat)


@dataclass(frozen=True)
class Street:
    """One edge: from a node to another, by way of bends (metres), in so many seconds there and back."""

    start: str
    end: str
    seconds: float
    back_seconds: float | None = None
    """None: one way."""
    name: str = ""
    kind: str = "residential"
    bends: Sequence[tuple[float, float]] = ()
    snaps: bool = True


def both_ways(start: str, end: str, seconds: float, **more: object) -> Street:
    """Return a street as quick in one direction as in the other."""
    return Street(start, end, seconds, seconds, **more)  # type: ignore[arg-type]


def draw(
    nodes: Mapping[str, tuple[float, float]],
    streets: Sequence[Street],
    *,
    mode: Mode = Mode.FOOT,
    access_speed_kmh: float = 3.6,
    snap_limit_metres: float = 500.0,
) -> RoadNetwork:
    """Return the network of the drawing. At 3.6 km/h a metre off the streets takes a second."""
    at = {name: number for number, name in enumerate(nodes)}
    names = ["", *dict.fromkeys(street.name for street in streets if street.name)]
    classes = list(dict.fromkeys(street.kind for street in streets))
    arcs = []
    shapes, metres = [], []
    for number, street in enumerate(streets):
        tail, head = at[street.start], at[street.end]
        arcs.append((number, 0, tail, head, round(street.seconds * 1000)))
        if street.back_seconds is not None:
            arcs.append((number, 1, head, tail, round(street.back_seconds * 1000)))
        drawn = np.array([nodes[street.start], *street.bends, nodes[street.end]], dtype=float)
        metres.append(np.hypot(*np.diff(drawn, axis=0).T).sum())
        shapes.append(np.array([place(*point) for point in drawn]))
    table = np.array(sorted(arcs), dtype=np.int64)
    where = np.array([place(*point) for point in nodes.values()])
    points = np.vstack(shapes)
    return RoadNetwork(
        area="dessin",
        mode=mode,
        meta={"snap_limit_metres": snap_limit_metres, "access_speed_kmh": access_speed_kmh},
        lon=where[:, 0],
        lat=where[:, 1],
        tail=table[:, 2].astype(np.int32),
        head=table[:, 3].astype(np.int32),
        milliseconds=table[:, 4].astype(np.uint32),
        edge=table[:, 0].astype(np.int32),
        forward=table[:, 1] == 0,
        edge_metres=np.array(metres, dtype=np.float32),
        edge_name=np.array([names.index(street.name) for street in streets], dtype=np.int32),
        edge_class=np.array([classes.index(street.kind) for street in streets], dtype=np.uint8),
        edge_snaps=np.array([street.snaps for street in streets], dtype=np.bool_),
        shape_offsets=np.cumsum([0, *(len(shape) for shape in shapes)]).astype(np.int64),
        shape_lon=points[:, 0].copy(),
        shape_lat=points[:, 1].copy(),
        names=np.array(names),
        classes=np.array(classes),
        order=np.empty(0, dtype=np.uint32),
    )


def grid_town(side: int, *, step_metres: float = 200.0, seconds: float = 160.0, seed: int | None = None) -> RoadNetwork:
    """Return a square town; with a seed, some streets are one way, slower, or missing.

    Every node keeps a two-way street to the next one of its row, and rows are joined on the west side: all is
    one strongly connected component.
    """
    random = np.random.default_rng(seed)
    nodes = {f"{x},{y}": (x * step_metres, y * step_metres) for x in range(side) for y in range(side)}
    streets = []
    for x in range(side):
        for y in range(side):
            if x + 1 < side:
                slow = 1.0 if seed is None else float(random.uniform(1, 3))
                streets.append(both_ways(f"{x},{y}", f"{x + 1},{y}", seconds * slow, name=f"Rue {y}"))
            if y + 1 < side:
                kind = 0.0 if seed is None or x == 0 else float(random.random())
                if kind < 0.4:
                    streets.append(both_ways(f"{x},{y}", f"{x},{y + 1}", seconds, name=f"Avenue {x}"))
                elif kind < 0.8:
                    streets.append(Street(f"{x},{y}", f"{x},{y + 1}", seconds * kind, name=f"Avenue {x}"))
    return draw(nodes, streets)


@cache
def _monaco(mode: Mode) -> RoadNetwork:
    return build(MONACO, mode=mode, area="Monaco", country="MC")


def monaco(mode: Mode) -> RoadNetwork:
    """Return the real streets of Monaco, or skip the test."""
    if not MONACO.is_file():
        pytest.skip("the real extract is not in a clone: ../shared/data is absent")
    return _monaco(mode)
