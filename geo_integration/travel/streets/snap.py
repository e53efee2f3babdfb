"""Joining places to the streets of a network.

A place is joined to the nearest point of the nearest street it may be joined to, in a straight line timed at
the profile's access speed. It leaves in every direction the street may be travelled, and is reached from
every direction: on a one-way street there is only one.

    leave at a fraction f of an arc that takes T       T - round(f * T) to its head
    arrive at a fraction f of an arc that takes T      round(f * T) from its tail

with f counted from the arc's tail; against the shape of the edge the two are exchanged. Both are whole
milliseconds, and their sum is T: nothing is gained or lost by cutting a street in two, and turning
every arc round exchanges leaving and arriving exactly.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Transformer

from geo_integration.errors import LayerError, OptionError
from geo_integration.travel.snapping import Booleans, Floats, Integers
from geo_integration.travel.streets.network import RoadNetwork
from geo_integration.travel.streets.router_cache import kept

METRES_PER_SECOND = 1 / 3.6
"""Of one kilometre per hour."""


@dataclass(frozen=True, eq=False)
class Snapped:
    """Places joined to a network, in the order they were given.

    Attributes
    ----------
    edge : the street, -1 where no street is near enough (not routable), int64, shape (places,).
    fraction : where on the edge's shape, 0 at its start and 1 at its end; NaN where not routable.
    metres : straight line to the street; NaN where not routable.
    access_milliseconds : time of that line, int64; 0 where not routable (where it means nothing).
    lon, lat : the point of the street, WGS84 degrees; NaN where not routable.
    """

    edge: Integers
    fraction: Floats
    metres: Floats
    access_milliseconds: Integers
    lon: Floats
    lat: Floats

    def __len__(self) -> int:
        """Return the number of places."""
        return len(self.edge)

    @property
    def routable(self) -> Booleans:
        """Whether each place has a street, shape (places,)."""
        return self.edge >= 0

    def take(self, rows: ArrayLike) -> Self:
        """Return some of the places, by position, in the order asked for."""
        rows = np.asarray(rows, dtype=np.int64)
        return type(self)(
            self.edge[rows],
            self.fraction[rows],
            self.metres[rows],
            self.access_milliseconds[rows],
            self.lon[rows],
            self.lat[rows],
        )


@dataclass(frozen=True, eq=False)
class Entries:
    """How places reach the nodes of a network, or are reached from them.

    Attributes
    ----------
    places : number of places; those without entry are not routable.
    place : ascending, int64, shape (entries,).
    node : int64; ascending within a place, each once.
    milliseconds : access included, int64.
    arc : the arc of which a part is travelled, int64.
    """

    places: int
    place: Integers
    node: Integers
    milliseconds: Integers
    arc: Integers

    def take(self, rows: ArrayLike) -> "Entries":
        """Return the entries of some of the places, by position; the n-th one becomes place n."""
        rows = np.asarray(rows, dtype=np.int64)
        first = np.searchsorted(self.place, rows)
        count = np.searchsorted(self.place, rows, side="right") - first
        place = np.repeat(np.arange(len(rows), dtype=np.int64), count)
        at = np.arange(len(place)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)
        return Entries(len(rows), place, self.node[at], self.milliseconds[at], self.arc[at])


@dataclass(frozen=True, eq=False)
class Direct:
    """Pairs of places on the same street, one straight ahead of the other.

    Attributes
    ----------
    source, target : positions of the places, int64, shape (pairs,); each pair once, sorted.
    milliseconds : both accesses included, int64.
    arc : the arc they share, int64.
    """

    source: Integers
    target: Integers
    milliseconds: Integers
    arc: Integers


class Snapper:
    """The streets of a network that places may be joined to, ready to be searched.

    The plane is an azimuthal equidistant projection around the middle of the network: 300 km from there,
    lengths across are 0.04 % too long, far below what a place's position is worth.
    """

    def __init__(self, network: RoadNetwork) -> None:
        self.edges = np.flatnonzero(network.edge_snaps).astype(np.int64)
        self._from_degrees, self._to_degrees = _plane(network)
        starts, ends = network.shape_offsets[self.edges], network.shape_offsets[self.edges + 1]
        counts = ends - starts
        line = np.repeat(np.arange(len(self.edges)), counts)
        at = np.arange(len(line)) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(starts, counts)
        points = self._project(network.shape_lon[at], network.shape_lat[at])
        self._lines = shapely.linestrings(points, indices=line) if len(line) else np.empty(0, dtype=object)
        self._tree = shapely.STRtree(self._lines)

    def _project(self, lon: Floats, lat: Floats) -> Floats:
        x, y = self._from_degrees.transform(lon, lat)
        return np.column_stack([np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)])

    def nearest(self, lon: Floats, lat: Floats, limit_metres: float) -> tuple[Integers, Floats, Floats, Floats]:
        """Return edge (-1: none), fraction, metres and the point in degrees, shape (places, 2)."""
        edge = np.full(len(lon), -1, dtype=np.int64)
        fraction, metres = np.full(len(lon), np.nan), np.full(len(lon), np.nan)
        where = np.full((len(lon), 2), np.nan)
        points = self._project(lon, lat)
        known = np.flatnonzero(np.isfinite(points).all(axis=1))
        if not len(known) or not len(self.edges):
            return edge, fraction, metres, where
        places = shapely.points(points[known])
        (place, line), distance = self._tree.query_nearest(places, max_distance=limit_metres, return_distance=True)
        # Of streets equally near, always the same one: the first.
        order = np.lexsort((line, place))
        place, first = np.unique(place[order], return_index=True)
        line, distance = line[order][first], distance[order][first]
        lines, found = self._lines[line], known[place]
        along = shapely.line_locate_point(lines, places[place])
        length = shapely.length(lines)
        edge[found], metres[found] = self.edges[line], distance
        fraction[found] = np.clip(np.divide(along, length, out=np.zeros(len(along)), where=length > 0), 0.0, 1.0)
        on_street = shapely.get_coordinates(shapely.line_interpolate_point(lines, along))
        where[found] = np.column_stack(self._to_degrees.transform(on_street[:, 0], on_street[:, 1]))
        return edge, fraction, metres, where


def _plane(network: RoadNetwork) -> tuple[Transformer, Transformer]:
    """Return the way to a metric plane around the network, and the way back."""
    lon, lat = network.shape_lon, network.shape_lat
    middle = ((lon.min() + lon.max()) / 2, (lat.min() + lat.max()) / 2) if len(lon) else (0.0, 0.0)
    plane = CRS.from_dict({"proj": "aeqd", "lon_0": middle[0], "lat_0": middle[1], "datum": "WGS84"})
    return Transformer.from_crs(4326, plane, always_xy=True), Transformer.from_crs(plane, 4326, always_xy=True)


def snap(network: RoadNetwork, lon: ArrayLike, lat: ArrayLike, *, limit_metres: float | None = None) -> Snapped:
    """Join places to the nearest street they may be joined to.

    Parameters
    ----------
    network : the streets; only edges with ``edge_snaps`` take part.
    lon, lat : WGS84 degrees, shape (places,); NaN where a place has no position.
    limit_metres : a place farther than this from every street is not routable;
        ``meta["snap_limit_metres"]`` by default.

    Raises
    ------
    LayerError
        As many longitudes as latitudes are needed.
    OptionError
        A limit that is not positive and finite.
    """
    lon, lat = np.atleast_1d(np.asarray(lon, np.float64)), np.atleast_1d(np.asarray(lat, np.float64))
    if lon.shape != lat.shape or lon.ndim != 1:
        raise LayerError(f"{lon.size} longitudes et {lat.size} latitudes", where="lieux à rattacher aux rues")
    limit = float(network.meta["snap_limit_metres"] if limit_metres is None else limit_metres)
    if not 0 < limit < np.inf:
        raise OptionError(
            f"une distance limite de {limit} m n'a pas de sens",
            where="limit_metres",
            way_out="donner un nombre de mètres supérieur à 0, par exemple 1000",
        )
    edge, fraction, metres, where = kept(network, "snapper", Snapper).nearest(lon, lat, limit)
    speed = float(network.meta["access_speed_kmh"]) * METRES_PER_SECOND
    access = np.rint(np.nan_to_num(metres) / speed * 1000).astype(np.int64)
    return Snapped(edge, fraction, metres, access, where[:, 0], where[:, 1])


def leaving(network: RoadNetwork, snapped: Snapped) -> Entries:
    """Return the nodes each place reaches first, by every arc of its street, and how long that takes."""
    place, arc = _arcs_of(network, snapped)
    start, end = _parts(network, snapped, place, arc)
    along = np.where(network.forward[arc], end, start)
    return _entries(len(snapped), place, network.head[arc], along + snapped.access_milliseconds[place], arc)


def arriving(network: RoadNetwork, snapped: Snapped) -> Entries:
    """Return the nodes each place is reached from last, by every arc of its street, and how long that takes."""
    place, arc = _arcs_of(network, snapped)
    start, end = _parts(network, snapped, place, arc)
    along = np.where(network.forward[arc], start, end)
    return _entries(len(snapped), place, network.tail[arc], along + snapped.access_milliseconds[place], arc)


def direct(network: RoadNetwork, sources: Snapped, targets: Snapped) -> Direct:
    """Return the pairs of places on the same street, of which one lies ahead of the other or beside it."""
    source, target = _same_edge(sources.edge, targets.edge)
    pair, arc = _arcs_of_edges(network, sources.edge[source])
    source, target = source[pair], target[pair]
    start, _ = _parts(network, sources, source, arc)
    end, _ = _parts(network, targets, target, arc)
    signed = np.where(network.forward[arc], 1.0, -1.0)
    ahead = signed * (targets.fraction[target] - sources.fraction[source]) >= 0
    access = sources.access_milliseconds[source] + targets.access_milliseconds[target]
    total = np.abs(end - start) + access
    source, target, total, arc = source[ahead], target[ahead], total[ahead], arc[ahead]
    order = np.lexsort((arc, total, target, source))
    source, target, total, arc = source[order], target[order], total[order], arc[order]
    first = _first_of_runs(source, target)
    return Direct(source[first], target[first], total[first], arc[first])


def _arcs_of(network: RoadNetwork, snapped: Snapped) -> tuple[Integers, Integers]:
    """Return every (place, arc of its street)."""
    places = np.flatnonzero(snapped.routable)
    at, arc = _arcs_of_edges(network, snapped.edge[places])
    return places[at], arc


def _arcs_of_edges(network: RoadNetwork, edges: Integers) -> tuple[Integers, Integers]:
    """Return every (position in ``edges``, arc of that edge)."""
    first = network.arcs_of_edge[edges]
    count = network.arcs_of_edge[edges + 1] - first
    at = np.repeat(np.arange(len(edges), dtype=np.int64), count)
    return at, np.arange(len(at), dtype=np.int64) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)


def _parts(network: RoadNetwork, snapped: Snapped, place: Integers, arc: Integers) -> tuple[Integers, Integers]:
    """Return what an arc's time is from the start of the shape to the place, and from there to its end."""
    whole = network.milliseconds[arc].astype(np.int64)
    start = np.rint(snapped.fraction[place] * whole).astype(np.int64)
    return start, whole - start


def _entries(places: int, place: Integers, node: NDArray[np.int32], milliseconds: Integers, arc: Integers) -> Entries:
    """Sort, and keep the quickest entry of each place by each node."""
    order = np.lexsort((arc, milliseconds, node, place))
    place, nodes = place[order], node[order].astype(np.int64)
    first = _first_of_runs(place, nodes)
    return Entries(places, place[first], nodes[first], milliseconds[order][first], arc[order][first])


def _first_of_runs(major: Integers, minor: Integers) -> Booleans:
    """Say where a new (major, minor) begins in sorted arrays."""
    first = np.ones(len(major), dtype=np.bool_)
    first[1:] = (np.diff(major) != 0) | (np.diff(minor) != 0)
    return first


def _same_edge(sources: Integers, targets: Integers) -> tuple[Integers, Integers]:
    """Return the positions of every source and target on the same edge."""
    by_edge = np.argsort(targets, kind="stable")
    edges = targets[by_edge]
    first = np.searchsorted(edges, sources)
    count = np.where(sources >= 0, np.searchsorted(edges, sources, side="right") - first, 0)
    source = np.repeat(np.arange(len(sources), dtype=np.int64), count)
    at = np.arange(len(source)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)
    return source, by_edge[at].astype(np.int64)
