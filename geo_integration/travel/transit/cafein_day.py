"""A day of service in the form cafein searches it, so that a journey is exactly what ours is.

cafein walks from stop to stop after *any* ride, the last one too, and lets people on and off at every call, whatever
``pickup_type`` and ``drop_off_type`` say. Here every stop is two: vehicles are reached at its *platform* and left at
its *exit*; a call is one at each. Walks between rides lead from exits to platforms; people come to platforms and leave
from exits. So walks are never chained, and searching the mirrored day backwards finds the very same journeys. Where
one may only get on, or only off, the call has a platform or an exit to itself: no other vehicle stops there.

Changing vehicles at one stop takes no time: whoever gets off at the platform where another vehicle stops is on it.
(A least time would need a stop for each call, and walks between all of them.)

Cafein's walks are on an undirected street network, in metres. Ours is one of stars: each place is a vertex that is
left (joined to platforms) and one that is reached (joined to exits). Every walk is given LEAD seconds too many, more
than the longest walk, so that no path of two walks is ever short enough. Both LEADs of a journey are taken off
after the search. Vehicles run LATER, so that nobody sets out before midnight.

========  ==========================  ======================  ==============================
clock     a vehicle at t of the day   ``departure=`` asked    ``arrival=`` asked
========  ==========================  ======================  ==============================
forwards  t + LATER                   t + LEAD                t + LATER + LEAD
mirror    MIRROR - LATER - t          HORIZON + LEAD - t      HORIZON + LATER + LEAD - t
========  ==========================  ======================  ==============================
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import cafein
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from cafein.streets import Footpaths
from numpy.typing import NDArray

from geo_integration.errors import TimetableRefusedError
from geo_integration.travel.snapping import Integers
from geo_integration.travel.transit.engine import HORIZON
from geo_integration.travel.transit.gtfs_day import clock
from geo_integration.travel.transit.links import Links
from geo_integration.travel.transit.timetable import DayTimetable, mirror, write_gtfs

LEAD = 7200
"""Seconds added to every walk from or to a place; no such walk is longer."""

LATER = 2 * LEAD
"""Seconds by which vehicles are put off."""

MIRROR = HORIZON + 2 * LATER
"""Second of the stretched day that is 0 in the mirror."""

_ONE_METRE_PER_SECOND_KMH = 3.6
NOTHING = 2**32 - 1
"""cafein's seconds of a pair that no journey joins."""

_HALF = 0.5
"""cafein rounds seconds up: half a second less gives the whole number again."""

_PARKED = (0.0, -80.0)
"""Where walks are drawn, far from the places, so that no place snaps to one."""

_SPACING_DEGREES, _COLUMNS, _WEST = 0.01, 30_000, -170.0
"""Places are put on a grid near the equator, a kilometre apart: each snaps to itself, whatever lies at its door."""

_SNAP_METRES = 50.0


@dataclass(frozen=True, eq=False)
class Stretched:
    """A day with platforms and exits.

    Attributes
    ----------
    day : its stops are, in order, platform and exit of each stop in turn, then those that one call has to itself;
        ids of stops and trips are positions, as text (of trips: in the day as it was).
    base : for each of its stops, the platform (``2 * stop``) or exit (``2 * stop + 1``) it is one of.
    """

    day: DayTimetable
    base: Integers

    def mirrored(self) -> "Stretched":
        """Return the same day in the mirror: what was a platform is left there, what was an exit is boarded at."""
        return replace(self, day=mirror(self.day, MIRROR))


def stretched(timetable: DayTimetable) -> Stretched:
    """Return the day with platforms and exits, LATER seconds later.

    Trips that nobody can get on and off are dropped.
    """
    turn = timetable.trip[1:] != timetable.trip[:-1]
    ends = np.ones(min(len(timetable.trip), 1), dtype=np.bool_)
    first, last = np.concatenate([ends, turn]), np.concatenate([turn, ends])
    off, on = timetable.alights & ~first, timetable.boards & ~last
    kept = np.column_stack([off, on]).ravel()
    twice = np.repeat(timetable.trip, 2)
    enough = np.bincount(twice[kept], minlength=len(timetable.trips))[twice] > 1
    rows = np.flatnonzero(kept & enough)
    stop = np.column_stack([2 * timetable.stop + 1, 2 * timetable.stop]).ravel()[rows].astype(np.int64)
    alone = np.repeat((off != on) & ~first & ~last, 2)[rows]
    base = np.concatenate([np.arange(2 * len(timetable.stops)), stop[alone]])
    stop[alone] = np.arange(2 * len(timetable.stops), len(base))
    time = np.column_stack([timetable.arrival, timetable.departure]).ravel()[rows].astype(np.int32) + np.int32(LATER)
    used, renumbered = np.unique(twice[rows], return_inverse=True)
    return Stretched(
        replace(
            timetable,
            stops=_copies(timetable.stops, base),
            trips=timetable.trips.iloc[used]
            .assign(trip_id=used.astype(str), headsign="", feed="f")
            .reset_index(drop=True),
            trip=renumbered.astype(np.int32),
            stop=stop.astype(np.int32),
            arrival=time,
            departure=time,
            boards=np.ones(len(rows), dtype=np.bool_),
            alights=np.ones(len(rows), dtype=np.bool_),
        ),
        base,
    )


def _copies(stops: pd.DataFrame, base: Integers) -> pd.DataFrame:
    copies = stops.iloc[base // 2].reset_index(drop=True)
    names = pd.Series(np.arange(len(base)).astype(str), dtype="str")
    return copies.assign(stop_id=names, name=names, station=names)


type Door = tuple[float, float]
"""Latitude and longitude of a door, as cafein has it."""


@dataclass(frozen=True, eq=False)
class Doors:
    """Where cafein finds the places: at ``leave`` and ``reach``, points with an id, one per place."""

    leave: gpd.GeoDataFrame
    reach: gpd.GeoDataFrame

    @classmethod
    def of(cls, places: int) -> "Doors":
        """Return the doors of so many places."""
        number = np.arange(2 * places)
        lat, lon = _grid(number)
        # Numbers, and no CRS: cafein goes through the ids one by one, and projects what has one, at every question.
        frame = gpd.GeoDataFrame({"id": number}, geometry=shapely.points(lon, lat))
        return cls(frame.iloc[:places], frame.iloc[places:])

    def take(self, rows: Integers) -> "Doors":
        """Return the doors of some places, by position."""
        return Doors(self.leave.iloc[rows], self.reach.iloc[rows])


def left(place: int) -> Door:
    """Return the door a place is left by."""
    return float(_grid(place)[0]), float(_grid(place)[1])


def reached(place: int, places: int) -> Door:
    """Return the door a place is reached by, of so many places."""
    return left(places + place)


def _grid[N: (int, Integers)](number: N) -> tuple[Any, Any]:
    """Return latitude and longitude of a door, by number: those that are left, then those that are reached."""
    return (number // _COLUMNS) * _SPACING_DEGREES, _WEST + (number % _COLUMNS) * _SPACING_DEGREES


def star_network(places: int, base: Integers, to_stops: Links, from_stops: Links) -> tuple[Any, ...]:
    """Return the street network of stars that ``set_street_network`` takes; ``base`` is that of the stretched day.

    Vertices: doors left, doors reached, platforms and exits, then one more for each, at the end of a stub
    of no length: points snap to edges.
    """
    ends = 2 * places + int(base.max(initial=-1)) + 1
    doors = Doors.of(places)
    points = np.vstack([shapely.get_coordinates(frame.geometry) for frame in (doors.leave, doors.reach)])
    place = np.concatenate([to_stops.start, places + from_stops.end])
    stop = 2 * places + np.concatenate([2 * to_stops.end, 2 * from_stops.start + 1])
    seconds = np.concatenate([to_stops.seconds, from_stops.seconds]) + (LEAD - _HALF)
    stub = np.arange(ends)
    edges = list(
        zip(
            np.concatenate([stub, place]).tolist(),
            np.concatenate([ends + stub, stop]).tolist(),
            np.concatenate([np.zeros(ends), seconds]).tolist(),
            strict=True,
        )
    )
    shape = np.full((len(edges), 2), _PARKED)
    shape[: len(points)] = points
    shape = np.repeat(shape, 2, axis=0)
    offsets = list(range(0, 2 * len(edges) + 1, 2))
    stop_links = [(str(copy), 2 * places + one, 0.0, 0.0) for copy, one in enumerate(base.tolist())]
    return 2 * ends, edges, offsets, shape[:, 0].tolist(), shape[:, 1].tolist(), stop_links


def build_network(
    stretched_day: Stretched, folder: Path, changes: Links, *, mirrored: bool = False
) -> cafein.TransportNetwork | None:
    """Write a stretched day and let cafein read it; None if nothing runs.

    Parameters
    ----------
    stretched_day : the day, mirrored if it is to be.
    folder : for the files.
    changes : the walks between rides. In the mirror they are turned.
    mirrored : whether the day is.

    Raises
    ------
    TimetableRefusedError
        cafein leaves trips out.
    """
    day = stretched_day.day
    if not len(day.trip):
        return None
    write_gtfs(day, folder)
    network = cafein.TransportNetwork.from_gtfs([str(folder)], trip_distances=False, leg_geometries=False)
    if network.trip_count != len(day.trips):
        raise TimetableRefusedError(
            f"le moteur d'horaires écarte {len(day.trips) - network.trip_count} courses sur {len(day.trips)}",
            where=f"horaires du {day.day:%d/%m/%Y}",
            way_out="signaler ces horaires aux mainteneurs : les minutes seraient fausses sans ces courses",
        )
    exits, platforms, seconds = _between(stretched_day.base, changes)
    start, end = (platforms, exits) if mirrored else (exits, platforms)
    names = day.stops["stop_id"].tolist()
    network.set_transfers(Footpaths(names, start, end, seconds, seconds.astype(np.float64)))
    return network


def _between(base: Integers, changes: Links) -> tuple[Integers, Integers, Integers]:
    """Return every walk from an exit to a platform, and from the exit of each stop to its own platform."""
    stops = np.arange(int(base.max(initial=-1)) // 2 + 1)
    other = changes.start != changes.end
    start, end = (np.concatenate([one[other].astype(np.int64), stops]) for one in (changes.start, changes.end))
    seconds = np.concatenate([changes.seconds[other].astype(np.int64), np.zeros(len(stops), np.int64)])
    exits = np.flatnonzero(base % 2 == 1)
    platforms = np.flatnonzero(base % 2 == 0)
    left, first = _joined(start, base[exits] // 2)
    right, second = _joined(end[left], base[platforms] // 2)
    return exits[first[right]], platforms[second], seconds[left[right]]


def _joined(wanted: Integers, found: Integers) -> tuple[Integers, Integers]:
    """Return the positions of every pair of equal numbers of two arrays."""
    order = np.argsort(found, kind="stable")
    low, high = (np.searchsorted(found[order], wanted, side=side) for side in ("left", "right"))
    count = high - low
    left = np.repeat(np.arange(len(wanted)), count)
    at = np.arange(len(left)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(low, count)
    return left, order[at]


@dataclass(frozen=True)
class Asker:
    """Puts questions to one network of a day, at seconds from its midnight.

    Attributes
    ----------
    network : forwards or in mirror; None if nothing runs.
    day : the service day.
    walk_limit : longest walk to or from a stop, seconds.
    max_rides : most rides of a journey.
    """

    network: cafein.TransportNetwork | None
    day: date
    walk_limit: int
    max_rides: int

    def matrix(self, origins: gpd.GeoDataFrame, destinations: gpd.GeoDataFrame, **instant: int) -> NDArray[np.uint32]:
        """Return raw seconds, ``departure=`` or ``arrival=`` given, shape (origins, destinations)."""
        if self.network is None or origins.empty or destinations.empty:
            return np.full((len(origins), len(destinations)), NOTHING, dtype=np.uint32)
        found: NDArray[np.uint32] = self.network.travel_time_matrix(
            origins, destinations=destinations, **self._options(instant)
        )
        return found

    def journeys(self, origin: Door, destination: Door, **instant: int) -> list[dict[str, Any]]:
        """Return raw journeys from one door to one other; their seconds count from midnight."""
        if self.network is None:
            return []
        found: list[dict[str, Any]] = self.network.route_between_coordinates(
            origin, destination, geometries=False, **self._options(instant)
        )
        return found

    def _options(self, instant: dict[str, int]) -> dict[str, Any]:
        # Hours of 24 and more, as GTFS writes them: the date of the day after would not find this day's trips.
        when = {name: f"{self.day} {clock(int(second))}" for name, second in instant.items()}
        return {
            **when,
            "max_rides": self.max_rides,
            "walking_speed_kmph": _ONE_METRE_PER_SECOND_KMH,
            "max_walking_time": timedelta(seconds=LEAD + self.walk_limit + 1),
            "snap_distance": _SNAP_METRES,
        }
