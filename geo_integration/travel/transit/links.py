"""Walking between places: how long on foot from one to another, within a limit.

Two makers, one shape. :func:`outline_links` lengthens the straight line: for want of streets, and labelled
as such. :func:`street_links` follows a street network. Seconds are rounded up: nobody misses a bus by a
rounding. A link says how long one walk takes; links are never chained.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Protocol, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from geo_integration.errors import OptionError
from geo_integration.travel.pairs import EARTH_RADIUS_METRES
from geo_integration.travel.snapping import Floats, Integers
from geo_integration.travel.straight import DETOUR, SPEED_KMH
from geo_integration.travel.streets.network import RoadNetwork
from geo_integration.travel.streets.router_graph import graph
from geo_integration.travel.streets.snap import Entries, Snapped, arriving, direct, leaving, snap
from geo_integration.vocabulary import Engine, Mode

WALKING_KMH = SPEED_KMH[Mode.FOOT]
"""Walking speed: also that of the walks around Compiègne station (RIATE, 2025; ``SOURCES.md``)."""

_TINY = 1e-6
"""A rounding error of the straight line is not one more second."""

_BATCH_NUMBERS = 8_000_000
"""Numbers held at a time while searching streets: one per node and place of the batch."""


@dataclass(frozen=True, eq=False)
class Points:
    """Places on Earth.

    Attributes
    ----------
    lon, lat : WGS84 degrees, float64, shape (places,); NaN where a place has no position.
    """

    lon: Floats
    lat: Floats

    def __len__(self) -> int:
        """Return the number of places."""
        return len(self.lon)

    @classmethod
    def of(cls, table: pd.DataFrame) -> Self:
        """Take the columns ``lon`` and ``lat`` of a table."""
        return cls(*(table[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in ("lon", "lat")))

    def take(self, rows: Integers) -> "Points":
        """Return some of the places, by position."""
        return Points(self.lon[rows], self.lat[rows])


@dataclass(frozen=True, eq=False)
class Links:
    """Walks from some places to others, each pair at most once, sorted by start then end.

    Attributes
    ----------
    start, end : positions of the places, int32, shape (links,).
    seconds : rounded up, int32.
    metres : length walked, float64; NaN where not known.
    """

    start: NDArray[np.int32]
    end: NDArray[np.int32]
    seconds: NDArray[np.int32]
    metres: Floats

    def __len__(self) -> int:
        """Return the number of links."""
        return len(self.start)

    @classmethod
    def sorted(cls, start: Integers, end: Integers, seconds: Integers, metres: Floats) -> Self:
        """Sort links, and keep the quickest of each pair."""
        order = np.lexsort((metres, seconds, end, start))
        start, end = start[order], end[order]
        first = np.ones(len(order), dtype=np.bool_)
        first[1:] = (np.diff(start) != 0) | (np.diff(end) != 0)
        kept = order[first]
        return cls(
            start[first].astype(np.int32),
            end[first].astype(np.int32),
            seconds[kept].astype(np.int32),
            metres[kept].astype(np.float64),
        )

    def where(self, kept: NDArray[np.bool_]) -> "Links":
        """Return some of the links."""
        return Links(self.start[kept], self.end[kept], self.seconds[kept], self.metres[kept])

    def turned(self) -> "Links":
        """Return the same walks, from end to start."""
        found: Links = Links.sorted(
            self.end.astype(np.int64), self.start.astype(np.int64), self.seconds.astype(np.int64), self.metres
        )
        return found


class Walking(Protocol):
    """A way to walk: an outline or a street network."""

    @property
    def label(self) -> Engine:
        """What a timetable's minutes are called with this walking."""
        ...

    def links(self, starts: Points, ends: Points, *, limit_seconds: int) -> Links:
        """Return the walks from starts to ends that take at most the limit."""
        ...


def outline_links(
    starts: Points, ends: Points, *, limit_seconds: int, detour: float = DETOUR, speed_kmh: float = WALKING_KMH
) -> Links:
    """Return walks along straight lines, lengthened.

    Lines are arcs of a sphere: valid anywhere, within 0.5 % of the ellipsoid.

    Parameters
    ----------
    starts, ends : places; those without position have no link.
    limit_seconds : longest walk.
    detour : length walked over straight line.
    speed_kmh : walking speed.

    Raises
    ------
    OptionError
        A limit, a detour or a speed that makes no sense.
    """
    _check(limit_seconds, detour, speed_kmh)
    pace = detour * 3.6 / speed_kmh  # seconds per metre as the crow flies
    start, end, metres = _near(starts, ends, limit_seconds / pace)
    seconds = np.ceil(metres * pace - _TINY).astype(np.int64)
    kept = seconds <= limit_seconds
    return Links.sorted(start[kept], end[kept], np.maximum(seconds[kept], 0), metres[kept] * detour)


def street_links(starts: Points, ends: Points, *, network: RoadNetwork, limit_seconds: int) -> Links:
    """Return walks along streets, from a start to an end.

    Parameters
    ----------
    starts, ends : places; those without position, or off the streets, have no link.
    network : streets for walking.
    limit_seconds : longest walk, the way to the street and from it included.

    Raises
    ------
    OptionError
        A limit that makes no sense, or a network that is not for walking.
    """
    _check(limit_seconds, 1.0, 1.0)
    if network.mode is not Mode.FOOT:
        raise OptionError(
            f"un réseau pour « {network.mode.label} » ne dit pas les temps de marche",
            where=f"réseau {network.area}",
            way_out="donner un réseau construit pour la marche : geo-integration network build --mode foot",
        )
    sources, targets = (snap(network, places.lon, places.lat) for places in (starts, ends))
    limit = limit_seconds * 1000
    parts = [_along(network, sources, targets, limit)]
    leave, arrive = leaving(network, sources), arriving(network, targets)
    if len(starts) <= len(ends):
        parts += _searched(network, leave, arrive, limit, towards=False)
    else:
        parts += [(end, start, time) for start, end, time in _searched(network, arrive, leave, limit, towards=True)]
    start, end, time = (np.concatenate(column) for column in zip(*parts, strict=True))
    seconds = -(-time // 1000)
    return Links.sorted(start, end, seconds, np.full(len(start), np.nan))


@dataclass(frozen=True)
class OutlineWalking:
    """Walking by :func:`outline_links`."""

    detour: float = DETOUR
    speed_kmh: float = WALKING_KMH
    label: Engine = Engine.TIMETABLE_OUTLINE

    def links(self, starts: Points, ends: Points, *, limit_seconds: int) -> Links:
        """Return the walks from starts to ends that take at most the limit."""
        find = partial(outline_links, detour=self.detour, speed_kmh=self.speed_kmh)
        return find(starts, ends, limit_seconds=limit_seconds)


@dataclass(frozen=True, eq=False)
class StreetWalking:
    """Walking by :func:`street_links`."""

    network: RoadNetwork
    label: Engine = Engine.TIMETABLE

    def links(self, starts: Points, ends: Points, *, limit_seconds: int) -> Links:
        """Return the walks from starts to ends that take at most the limit."""
        return street_links(starts, ends, network=self.network, limit_seconds=limit_seconds)


def _check(limit_seconds: int, detour: float, speed_kmh: float) -> None:
    if not (limit_seconds >= 0 and 1 <= detour < np.inf and 0 < speed_kmh < np.inf):
        raise OptionError(
            f"marche de {limit_seconds} s au plus, détour {detour}, {speed_kmh} km/h",
            where="marche",
            way_out="donner une limite de 0 s ou plus, un détour de 1 ou plus et une vitesse supérieure à 0",
        )


def unit_vectors(places: Points) -> Floats:
    """Return places on a sphere of radius 1, shape (places, 3)."""
    x, y = np.radians(places.lon), np.radians(places.lat)
    return np.column_stack([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)])


def _near(starts: Points, ends: Points, limit_metres: float) -> tuple[Integers, Integers, Floats]:
    """Return the pairs within a distance as the crow flies, and that distance."""
    known = [np.flatnonzero(np.isfinite(places.lon) & np.isfinite(places.lat)) for places in (starts, ends)]
    if not len(known[0]) or not len(known[1]):
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
    trees = [cKDTree(unit_vectors(places)[rows]) for places, rows in zip((starts, ends), known, strict=True)]
    angle = min((limit_metres + 1) / EARTH_RADIUS_METRES, np.pi)
    near = trees[0].sparse_distance_matrix(trees[1], 2 * np.sin(angle / 2), output_type="ndarray")
    metres = 2 * EARTH_RADIUS_METRES * np.arcsin(np.minimum(near["v"] / 2, 1.0))
    return known[0][near["i"]], known[1][near["j"]], metres


def _along(network: RoadNetwork, sources: Snapped, targets: Snapped, limit: int) -> tuple[Integers, Integers, Integers]:
    """Return the pairs on the same street."""
    found = direct(network, sources, targets)
    kept = found.milliseconds <= limit
    return found.source[kept], found.target[kept], found.milliseconds[kept]


def _searched(
    network: RoadNetwork, few: Entries, many: Entries, limit: int, *, towards: bool
) -> Iterator[tuple[Integers, Integers, Integers]]:
    """Search the streets around each of the few; yield the pairs within the limit, batch by batch."""
    streets = graph(network, towards=towards)
    batch = max(1, _BATCH_NUMBERS // (streets.nodes + 1))
    for first in range(0, few.places, batch):
        rows = np.arange(first, min(first + batch, few.places))
        matrix = streets.entered(few.take(rows))
        found = dijkstra(matrix, indices=streets.nodes + np.arange(len(rows)), limit=float(limit))
        total = found[:, many.node] + many.milliseconds
        near, entry = np.nonzero(total <= limit)
        yield rows[near], many.place[entry], total[near, entry].astype(np.int64)
