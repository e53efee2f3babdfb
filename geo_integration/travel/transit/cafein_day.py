"""A day of service in the form cafein searches it, so that a journey is exactly what ours is.

cafein walks from stop to stop after *any* ride, the last one too, and changes vehicles at one stop in no time.
Here every stop is two: vehicles are boarded at its *platform* and left at its *exit*. Walks between rides, and the
time to change at one stop, lead from exits to platforms; people reach platforms and leave from exits. So walks are
never chained, and searching the mirrored day backwards finds the very same journeys.

Cafein's walks are on an undirected street network, in metres. Ours is one of stars: each place is a vertex that is
left (joined to platforms) and one that is reached (joined to exits). Every walk is given LEAD seconds too many, more
than the longest walk, so that no path of two walks is ever short enough. Both LEADs of a journey are taken off
after the search. Vehicles run LATER, so that nobody sets out before midnight.

========  ==============================  =====================  ====================
clock     a vehicle at ``t`` of the day   ``departure=`` asked   ``arrival=`` asked
========  ==============================  =====================  ====================
forwards  ``t + LATER``                   ``t + LEAD``           ``t + LATER + LEAD``
mirror    ``MIRROR - LATER - t``          ``HORIZON + LEAD - t``  ``HORIZON + LATER + LEAD - t``
========  ==============================  =====================  ====================
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

from geo_integration.travel.snapping import Integers
from geo_integration.travel.transit.engine import HORIZON
from geo_integration.travel.transit.gtfs_day import clock
from geo_integration.travel.transit.links import Links
from geo_integration.travel.transit.timetable import DayTimetable, write_gtfs

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


def stretched(timetable: DayTimetable, later: int = LATER) -> DayTimetable:
    """Return the day with platforms and exits, ``later`` seconds later.

    Stop ``s`` becomes ``2 s`` (platform) and ``2 s + 1`` (exit); ids of stops and trips become their positions,
    as text. Trips that nobody can board and leave are dropped.
    """
    last = np.append(timetable.trip[1:] != timetable.trip[:-1], True)
    first = np.insert(timetable.trip[1:] != timetable.trip[:-1], 0, True)
    calls = len(timetable.trip)
    kept = np.column_stack([timetable.alights & ~first, timetable.boards & ~last]).ravel()
    trip = np.repeat(timetable.trip, 2)[kept]
    enough = np.bincount(trip, minlength=len(timetable.trips))[trip] > 1
    rows = np.flatnonzero(kept)[enough]
    used, renumbered = np.unique(np.repeat(timetable.trip, 2)[rows], return_inverse=True)
    time = np.column_stack([timetable.arrival, timetable.departure]).ravel() + later
    stop = np.column_stack([2 * timetable.stop + 1, 2 * timetable.stop]).ravel()
    boards = np.tile([False, True], calls)
    trips = timetable.trips.iloc[used].assign(trip_id=used.astype(str), headsign="", feed="f")
    return replace(
        timetable,
        stops=_twice(timetable.stops),
        trips=trips.reset_index(drop=True),
        trip=renumbered.astype(np.int32),
        stop=stop[rows].astype(np.int32),
        arrival=time[rows].astype(np.int32),
        departure=time[rows].astype(np.int32),
        boards=boards[rows],
        alights=~boards[rows],
    )


def _twice(stops: pd.DataFrame) -> pd.DataFrame:
    twice = stops.loc[np.repeat(stops.index.to_numpy(), 2)].reset_index(drop=True)
    names = pd.Series(np.arange(len(twice)).astype(str), dtype="str")
    return twice.assign(stop_id=names, name=names, station=names)


@dataclass(frozen=True, eq=False)
class Doors:
    """Where cafein finds the places: at ``leave`` and ``reach``, points with an id, one per place."""

    leave: gpd.GeoDataFrame
    reach: gpd.GeoDataFrame

    @classmethod
    def of(cls, places: int) -> "Doors":
        """Return the doors of so many places."""
        number = np.arange(2 * places)
        lon = _WEST + (number % _COLUMNS) * _SPACING_DEGREES
        lat = (number // _COLUMNS) * _SPACING_DEGREES
        frame = gpd.GeoDataFrame({"id": number.astype(str)}, geometry=shapely.points(lon, lat), crs="EPSG:4326")
        return cls(frame.iloc[:places], frame.iloc[places:])

    def take(self, rows: Integers) -> "Doors":
        """Return the doors of some places, by position."""
        return Doors(self.leave.iloc[rows], self.reach.iloc[rows])


def star_network(places: int, stops: int, to_stops: Links, from_stops: Links) -> tuple[Any, ...]:
    """Return the street network of stars that ``set_street_network`` takes.

    Vertices: doors left, doors reached, platforms and exits, then one more for each, at the end of a stub
    of no length: points snap to edges.
    """
    ends = 2 * places + 2 * stops
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
    stop_links = [(str(one), 2 * places + one, 0.0, 0.0) for one in range(2 * stops)]
    return 2 * ends, edges, offsets, shape[:, 0].tolist(), shape[:, 1].tolist(), stop_links


def build_network(
    day: DayTimetable, folder: Path, changes: Links, *, mirrored: bool = False
) -> cafein.TransportNetwork | None:
    """Write a stretched day and let cafein read it; None if nothing runs.

    Parameters
    ----------
    day : stretched; and then mirrored, if it is.
    folder : for the files.
    changes : the walks between rides. In the mirror, platforms and exits trade places: the walks are turned.
    mirrored : whether the day is.
    """
    if not len(day.trip):
        return None
    write_gtfs(day, folder)
    network = cafein.TransportNetwork.from_gtfs([str(folder)], trip_distances=False, leg_geometries=False)
    exits, platforms = 2 * changes.start.astype(np.int64) + 1, 2 * changes.end.astype(np.int64)
    start, end = (platforms, exits) if mirrored else (exits, platforms)
    names = day.stops["stop_id"].tolist()
    seconds = changes.seconds.astype(np.int64)
    network.set_transfers(Footpaths(names, start, end, seconds, seconds.astype(np.float64)))
    return network


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

    def journeys(self, origin: gpd.GeoDataFrame, destination: gpd.GeoDataFrame, **instant: int) -> list[dict[str, Any]]:
        """Return raw journeys from one door to one other; their seconds count from midnight."""
        if self.network is None:
            return []
        ends = [(float(one.geometry.iloc[0].y), float(one.geometry.iloc[0].x)) for one in (origin, destination)]
        found: list[dict[str, Any]] = self.network.route_between_coordinates(
            *ends, geometries=False, **self._options(instant)
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
