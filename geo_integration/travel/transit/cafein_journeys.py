"""cafein's legs in our words: true hours, names of lines and stops, waits."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from geo_integration.travel.snapping import Integers
from geo_integration.travel.transit.cafein_day import LATER, LEAD, MIRROR
from geo_integration.travel.transit.engine import Joined, Journey, Ride, Walk
from geo_integration.travel.transit.links import Links
from geo_integration.travel.transit.timetable import DayTimetable


@dataclass(frozen=True)
class _RawRide:
    """A ride at true hours, between stops of the day timetable; ``walk`` is the seconds walked just before it."""

    trip: int
    board: int
    alight: int
    start: int
    end: int
    walk: int


class Decoder:
    """Turns raw journeys of the stretched day into journeys of the true one."""

    def __init__(self, timetable: DayTimetable, base: Integers, changes: Links) -> None:
        self._timetable, self._changes = timetable, changes
        self._stop: list[int] = (base // 2).tolist()
        self._names: list[str] = timetable.stops["name"].tolist()
        self._lon, self._lat = (timetable.stops[name].to_numpy(dtype=np.float64) for name in ("lon", "lat"))
        trips = timetable.trips
        self._trips = {str(name): trips[name].array for name in trips.columns}  # a row of a table takes far longer
        self._first_call = np.searchsorted(timetable.trip, np.arange(len(timetable.trips) + 1))

    def forwards(self, raw: dict[str, Any], joined: Joined, start: int, end: int) -> Journey:
        """Read a journey of the day as it runs, between two places (sites count first, then origins)."""
        walk, rides = 0, []
        for leg in raw["legs"]:
            if leg["type"] != "transit":
                walk = _walked(leg)
                continue
            rides.append(
                self._true_ride(
                    leg, "board_stop", "alight_stop", leg["departure_s"] - LATER, leg["arrival_s"] - LATER, walk
                )
            )
            walk = 0
        return self._journey(rides, walk, joined, (start, end))

    def mirrored(self, raw: dict[str, Any], joined: Joined, start: int, end: int) -> Journey:
        """Read a journey of the mirror, last leg first; ``start`` and ``end`` as it truly runs."""
        midnight = MIRROR - LATER
        walk, rides = 0, []
        for leg in reversed(raw["legs"]):
            if leg["type"] != "transit":
                walk = _walked(leg)
                continue
            rides.append(
                self._true_ride(
                    leg, "alight_stop", "board_stop", midnight - leg["arrival_s"], midnight - leg["departure_s"], walk
                )
            )
            walk = 0
        return self._journey(rides, walk, joined, (start, end))

    def _true_ride(self, leg: dict[str, Any], board: str, alight: str, start: int, end: int, walk: int) -> _RawRide:
        """Find the calls a ride is between: cafein may have it start when the vehicle arrives, end when it leaves."""
        trip = int(leg["trip_id"])
        on, off = self._stop[int(leg[board])], self._stop[int(leg[alight])]
        calls = slice(self._first_call[trip], self._first_call[trip + 1])
        day = self._timetable
        arrival, departure, stop = day.arrival[calls], day.departure[calls], day.stop[calls]
        starts = np.flatnonzero((stop == on) & (arrival <= start) & (start <= departure) & day.boards[calls])
        ends = np.flatnonzero((stop == off) & (arrival <= end) & (end <= departure) & day.alights[calls])
        # A vehicle that calls twice at the same stop at the same time: the shortest ride.
        last = ends[np.searchsorted(ends, starts[0], side="right")]
        first = starts[np.searchsorted(starts, last) - 1]
        return _RawRide(trip, on, off, int(departure[first]), int(arrival[last]), walk)

    def _journey(self, rides: list[_RawRide], last_walk: int, joined: Joined, places: tuple[int, int]) -> Journey:
        """Put rides and walks together: a first walk, one between rides wherever stops differ, a last one."""
        first, last = rides[0], rides[-1]
        at, end = first.start - first.walk, last.end + last_walk
        legs: list[Walk | Ride] = [
            Walk(at, first.start, "", self._names[first.board], _metres(joined.to_stops, places[0], first.board)),
            self._ride(first, 0),
        ]
        for before, ride in pairwise(rides):
            ready = before.end
            if before.alight != ride.board:
                ready += ride.walk
                names = self._names[before.alight], self._names[ride.board]
                legs.append(Walk(before.end, ready, *names, _metres(self._changes, before.alight, ride.board)))
            legs.append(self._ride(ride, ride.start - ready))
        legs.append(
            Walk(last.end, end, self._names[last.alight], "", _metres(joined.from_stops, last.alight, places[1]))
        )
        return Journey(at, end, tuple(legs))

    def _ride(self, ride: _RawRide, wait: int) -> Ride:
        row = {name: column[ride.trip] for name, column in self._trips.items()}
        return Ride(
            trip_id=str(row["trip_id"]),
            feed=str(row["feed"]),
            route_id=str(row["route_id"]),
            route_name=str(row["route_name"]),
            route_type=int(row["route_type"]),
            headsign=str(row["headsign"]),
            agency=str(row["agency"]),
            board=self._names[ride.board],
            alight=self._names[ride.alight],
            start=ride.start,
            end=ride.end,
            wait=wait,
            path=self._path(ride),
        )

    def _path(self, ride: _RawRide) -> tuple[tuple[float, float], ...]:
        """Return the positions of the stops a ride calls at."""
        day = self._timetable
        calls = slice(self._first_call[ride.trip], self._first_call[ride.trip + 1])
        during = (day.departure[calls] >= ride.start) & (day.arrival[calls] <= ride.end)
        stops = day.stop[calls][during]
        return tuple(zip(self._lon[stops].tolist(), self._lat[stops].tolist(), strict=True))


def direct_walks(
    joined: Joined, start: int, end: int, *, arrive_by: int | None = None, depart_at: int | None = None
) -> list[Journey]:
    """Return the journey on foot between an origin and a site, or back, if it is short enough."""
    found, sites = [], len(joined.sites)
    links, at = (joined.there, (start - sites, end)) if start >= sites else (joined.back, (start, end - sites))
    asked = (links.start == at[0]) & (links.end == at[1])
    for seconds, metres in zip(links.seconds[asked].tolist(), links.metres[asked].tolist(), strict=True):
        start = depart_at if depart_at is not None else (arrive_by or 0) - seconds
        walk = Walk(start, start + seconds, "", "", None if np.isnan(metres) else metres)
        found.append(Journey(start, start + seconds, (walk,)))
    return found


def best_first(
    journeys: Iterable[Journey], *, arrive_by: int | None = None, depart_at: int | None = None
) -> list[Journey]:
    """Sort, and keep a journey only if it has fewer rides than every better one."""

    def span(journey: Journey) -> int:
        return journey.end - depart_at if depart_at is not None else (arrive_by or 0) - journey.start

    kept: list[Journey] = []
    for journey in sorted(journeys, key=lambda one: (span(one), len(one.rides), one.end - one.start)):
        if not kept or len(journey.rides) < len(kept[-1].rides):
            kept.append(journey)
    return kept


def _walked(leg: dict[str, Any]) -> int:
    """Return the true seconds of a walk."""
    return int(leg["arrival_s"] - leg["departure_s"]) - (0 if leg["type"] == "transfer" else LEAD)


def _metres(links: Links, start: int, end: int) -> float | None:
    """Return the length of a link, None where it is not known."""
    found = links.metres[(links.start == start) & (links.end == end)]
    return float(found[0]) if len(found) and not np.isnan(found[0]) else None
