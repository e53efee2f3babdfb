"""Minutes from one point to many places, and back, by car, by bike or on foot: the places' side prepared once.

The minutes are those of the reach tables (:mod:`geo_integration.travel.reach`, :mod:`geo_integration.travel.straight`,
:mod:`geo_integration.travel.streets.reach`), to rounding: the same parts, searched from the point instead of from the
places. The outline network is symmetric, so one search gives both ways; on streets there are two, by the router of
the reach table.

An origin that stands for a commune (:attr:`Origin.commune_code`) takes at least the intra-commune time to the places of
that commune, as in those tables; a point stands for itself.
"""

from dataclasses import dataclass
from functools import cache, cached_property
from threading import Lock
from typing import Protocol, Self

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geo_integration.errors import OptionError
from geo_integration.exports import Source
from geo_integration.jobs.means import (
    OUTLINE_NOTE,
    OUTLINE_SOURCE,
    STRAIGHT_NOTE,
    Means,
    network_source,
    street_network,
    street_notes,
)
from geo_integration.search.origin import Origin
from geo_integration.travel.outline import OutlineNetwork
from geo_integration.travel.pairs import leg_minutes, on_sphere, slowness_at
from geo_integration.travel.snapping import Access, Floats
from geo_integration.travel.straight import straight_minutes
from geo_integration.travel.streets.ends import MINUTE, joined_place
from geo_integration.travel.streets.network import RoadNetwork
from geo_integration.travel.streets.reach import intra_commune_minutes, pairs_within
from geo_integration.travel.streets.router import NO_PATH, Router, open_router, shorten_along
from geo_integration.travel.streets.snap import Entries, Snapped, arriving, leaving, snap
from geo_integration.vocabulary import Engine, Mode


@dataclass(frozen=True)
class Places:
    """Places to go to.

    Attributes
    ----------
    lon, lat : WGS84 degrees, shape (places,); NaN where a place has no position.
    commune_codes : commune each lies in, "" where unknown or where that must play no part, shape (places,).
    """

    lon: Floats
    lat: Floats
    commune_codes: npt.NDArray[np.object_]

    @cached_property
    def sphere(self) -> Floats:
        """Points on a sphere, metres, shape (places, 3)."""
        return on_sphere(self.lon, self.lat)

    def metres_from(self, lon: float, lat: float) -> Floats:
        """Return straight-line metres, shape (places,); NaN where a place has no position."""
        metres: Floats = np.linalg.norm(self.sphere - on_sphere(np.array([lon]), np.array([lat])), axis=1)
        return metres

    def of(self, origin: Origin) -> npt.NDArray[np.bool_]:
        """Say which lie in the commune an origin stands for."""
        if origin.commune_code is None:
            return np.zeros(len(self.lon), dtype=np.bool_)
        return np.asarray(self.commune_codes == origin.commune_code, dtype=np.bool_)


@dataclass(frozen=True)
class Ways:
    """Minutes there and back, shape (places,) each: ``inf`` beyond what was looked for, NaN not known."""

    out: Floats
    back: Floats

    @property
    def longer(self) -> Floats:
        """Return the longer of the two; NaN where one is not known."""
        return np.maximum(self.out, self.back)


class Side(Protocol):
    """Places joined to a network."""

    @property
    def sources(self) -> tuple[Source, ...]:
        """What to cite."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What must be known of the minutes."""
        ...

    def ways(self, origin: Origin, limit_minutes: float) -> Ways:
        """Return the minutes from an origin to the places and back."""
        ...


def prepare(means: Means, places: Places) -> Side:
    """Join places to the network of some means of travel, once for many origins.

    Raises
    ------
    OptionError
        By timetable, or the OSRM server: neither is searched from a point.
    NetworkUnavailableError
        The street network named is not there.
    """
    if means.mode is Mode.TRANSIT:
        raise OptionError("les transports en commun ne se préparent pas ainsi", where="mode")
    if means.engine is not Engine.OUTLINE:
        return StreetSide.of(street_network(means), places)
    return OutlineSide.of(outline(), places) if means.mode is Mode.CAR else StraightSide(means.mode, places)


@cache
def outline() -> OutlineNetwork:
    """Return the outline network, read once per process."""
    return OutlineNetwork.load()


@dataclass(frozen=True)
class StraightSide:
    """Places on foot or by bike, where no street network is asked for."""

    mode: Mode
    places: Places
    sources: tuple[Source, ...] = ()
    notes: tuple[str, ...] = (STRAIGHT_NOTE,)

    def ways(self, origin: Origin, limit_minutes: float) -> Ways:
        """Return the minutes; NaN only where a place has no position."""
        minutes = straight_minutes(self.places.metres_from(origin.lon, origin.lat), self.mode)
        home = self.places.of(origin)
        if home.any() and origin.radius_metres is not None:
            inside = straight_minutes(np.array([origin.radius_metres * (2 / 3)]), self.mode)[0]
            minutes[home] = np.fmax(minutes[home], inside)
        minutes[minutes > limit_minutes] = np.inf
        return Ways(minutes, minutes)


@dataclass(frozen=True)
class OutlineSide:
    """Places joined to the outline network, by car."""

    network: OutlineNetwork
    places: Places
    access: Access
    minutes: Floats
    slowness: Floats
    sources: tuple[Source, ...] = (OUTLINE_SOURCE,)
    notes: tuple[str, ...] = (OUTLINE_NOTE,)

    @classmethod
    def of(cls, network: OutlineNetwork, places: Places) -> Self:
        """Join them."""
        access = network.access(places.lon, places.lat)
        return cls(network, places, access, leg_minutes(access, network), slowness_at(access, network))

    def ways(self, origin: Origin, limit_minutes: float) -> Ways:
        """Return the minutes; NaN where the network reaches neither, save inside the origin's own commune."""
        start = self.network.access(np.array([origin.lon]), np.array([origin.lat]))
        minutes = np.full(len(self.places.lon), np.nan)
        if start.routable[0]:
            minutes[self.access.routable] = self._found(start, limit_minutes)
        self._settle_at_home(minutes, origin, start)
        minutes[minutes > limit_minutes] = np.inf
        return Ways(minutes, minutes)

    def _found(self, start: Access, limit_minutes: float) -> Floats:
        """Return the minutes to the routable places."""
        overhead = self.network.parameters.overhead_minutes
        rows = self.access.routable
        nodes = self._node_minutes(start, limit_minutes - overhead)
        best: Floats = (nodes[self.access.nodes[rows]] + self.minutes[rows]).min(axis=1)
        return np.minimum(best, self._direct(start)[rows]) + overhead

    def _node_minutes(self, start: Access, limit: float) -> Floats:
        """Return minutes from the origin, added to the graph as a node of one-way legs, to each node."""
        graph, legs = self.network.graph, leg_minutes(start, self.network)[0]
        size = graph.shape[0]
        if limit <= 0:
            return np.full(size, np.inf)
        there = np.isfinite(legs)
        extended = csr_array(
            (
                np.concatenate([graph.data, legs[there]]),
                np.concatenate([graph.indices, start.nodes[0][there].astype(graph.indices.dtype)]),
                np.append(graph.indptr, graph.indptr[-1] + there.sum()).astype(graph.indptr.dtype),
            ),
            shape=(size + 1, size + 1),
        )
        found: Floats = dijkstra(extended, indices=size, limit=limit)
        return found[:size]

    def _direct(self, start: Access) -> Floats:
        """Return minutes straight to places near enough, ``inf`` to the others, shape (places,)."""
        metres = np.linalg.norm(self.access.points - start.points[0], axis=1)
        near = (metres <= self.network.parameters.direct_limit_metres) & (self.access.component == start.component[0])
        slowness = (self.slowness + slowness_at(start, self.network)[0]) / 2
        return np.where(near, self.network.parameters.local_minutes(metres) * slowness, np.inf)

    def _settle_at_home(self, minutes: Floats, origin: Origin, start: Access) -> None:
        home = self.places.of(origin)
        if not home.any() or origin.radius_metres is None:
            return
        radius = np.array([origin.radius_metres])
        inside = self.network.parameters.intra_commune_minutes(radius, slowness_at(start, self.network))[0]
        joined = home & start.routable[0] & (self.access.component == start.component[0])
        minutes[home & ~joined] = inside
        minutes[joined] = np.maximum(minutes[joined], inside)


@dataclass(frozen=True)
class StreetSide:
    """Places joined to the streets of one mode; ``leave`` and ``arrive`` are their entries."""

    router: Router
    places: Places
    snapped: Snapped
    leave: Entries
    arrive: Entries

    @classmethod
    def of(cls, network: RoadNetwork, places: Places) -> Self:
        """Join them."""
        snapped = snap(network, places.lon, places.lat)
        return cls(_router(network), places, snapped, leaving(network, snapped), arriving(network, snapped))

    @property
    def network(self) -> RoadNetwork:
        """Return the streets."""
        return self.router.network

    @property
    def sources(self) -> tuple[Source, ...]:
        """Return the streets, to cite."""
        return (network_source(self.network),)

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what must be known of them."""
        return street_notes(self.network)

    def ways(self, origin: Origin, limit_minutes: float) -> Ways:
        """Return the minutes; NaN where a place has no street. NetworkUnavailableError where the origin has none."""
        network = self.network
        point = joined_place(network, origin.lon, origin.lat)
        out = shorten_along(self.router.table(leaving(network, point), self.arrive), network, point, self.snapped)[0]
        back = shorten_along(self.router.table(self.leave, arriving(network, point)), network, self.snapped, point)
        ways = self._settled_at_home(Ways(_minutes(out), _minutes(back[:, 0])), origin)
        lost = ~self.snapped.routable & ~np.isfinite(ways.out)
        return Ways(*(_bounded(way, lost, limit_minutes) for way in (ways.out, ways.back)))

    def _settled_at_home(self, ways: Ways, origin: Origin) -> Ways:
        """Give trips inside the commune an origin stands for at least its intra-commune time, as the reach table."""
        home = self.places.of(origin)
        if not home.any() or origin.radius_metres is None:
            return ways
        near = self.places.metres_from(origin.lon, origin.lat)
        pairs = pairs_within(
            ways.out[:, None],
            ways.back[:, None],
            np.where(home, 0, -1).astype(np.int64),
            intra_commune_minutes(np.array([origin.radius_metres]), self.network.mode),
            inside=home & ~(near > origin.radius_metres),
            cutoff_minutes=np.inf,
        )
        return Ways(pairs.out_minutes, pairs.back_minutes)  # without a cutoff, every place is there, in order


def _minutes(milliseconds: npt.NDArray[np.uint32]) -> Floats:
    """Return minutes, ``inf`` where there is no way."""
    return np.where(milliseconds == NO_PATH, np.inf, milliseconds / MINUTE)


def _bounded(minutes: Floats, lost: npt.NDArray[np.bool_], limit: float) -> Floats:
    """Return minutes with NaN for what is not known, ``inf`` beyond a limit."""
    return np.where(lost, np.nan, np.where(minutes <= limit, minutes, np.inf))


_ROUTERS: list[Router] = []
_MOST_ROUTERS = 4
_OPENING = Lock()


def _router(network: RoadNetwork) -> Router:
    """Return the router of a network; the last ones are kept, for opening one takes longer than most searches."""
    with _OPENING:
        for router in _ROUTERS:
            if router.network is network:
                return router
        opened = open_router(network)
        _ROUTERS[:] = [opened, *_ROUTERS][:_MOST_ROUTERS]
        return opened
