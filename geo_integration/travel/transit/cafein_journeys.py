"""cafein's legs in our words: true hours, names of lines and stops, waits."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from geo_integration.travel.transit.cafein_day import LATER, LEAD, MIRROR
from geo_integration.travel.transit.engine import Joined, Journey, Ride, Walk
from geo_integration.travel.transit.links import Links
from geo_integration.travel.transit.timetable import DayTimetable


class Decoder:
    """Turns raw journeys of the stretched day into journeys of the true one."""

    def __init__(self, timetable: DayTimetable, changes: Links) -> None:
        self._trips = timetable.trips
        self._names: list[str] = timetable.stops["name"].tolist()
        self._changes = changes

    def forwards(self, raw: dict[str, Any], joined: Joined) -> Journey:
        """Read a journey of the day as it runs."""
        rides = [
            (
                int(leg["trip_id"]),
                _stop(leg["board_stop"]),
                _stop(leg["alight_stop"]),
                leg["departure_s"],
                leg["arrival_s"],
            )
            for leg in raw["legs"]
            if leg["type"] == "transit"
        ]
        rides = [(*ride[:3], ride[3] - LATER, ride[4] - LATER) for ride in rides]
        return self._journey(rides, _walked_seconds(raw), joined)

    def mirrored(self, raw: dict[str, Any], joined: Joined) -> Journey:
        """Read a journey of the mirror, last leg first."""
        rides = [
            (
                int(leg["trip_id"]),
                _stop(leg["alight_stop"]),
                _stop(leg["board_stop"]),
                leg["arrival_s"],
                leg["departure_s"],
            )
            for leg in reversed(raw["legs"])
            if leg["type"] == "transit"
        ]
        start = MIRROR - LATER
        rides = [(*ride[:3], start - ride[3], start - ride[4]) for ride in rides]
        return self._journey(rides, _walked_seconds(raw)[::-1], joined)

    def _journey(self, rides: list[tuple[int, int, int, int, int]], walks: list[int], joined: Joined) -> Journey:
        """Put rides and walks together: a first walk, one between rides wherever stops differ, a last one."""
        place = len(joined.sites)  # the one origin counts after the one site
        at = rides[0][3] - walks[0]
        first = rides[0][1]
        legs: list[Walk | Ride] = [
            Walk(at, rides[0][3], "", self._names[first], _metres(joined.to_stops, place, first))
        ]
        for number, (trip, board, alight, start, end) in enumerate(rides):
            ready = start if number == 0 else rides[number - 1][4]
            if number and (before := rides[number - 1][2]) != board:
                ready += walks[number]
                names = self._names[before], self._names[board]
                legs.append(Walk(ready - walks[number], ready, *names, _metres(self._changes, before, board)))
            legs.append(self._ride(trip, board, alight, start, end, start - ready))
        last, end = rides[-1][2], rides[-1][4]
        legs.append(Walk(end, end + walks[-1], self._names[last], "", _metres(joined.from_stops, last, 0)))
        return Journey(at, end + walks[-1], tuple(legs))

    def _ride(self, trip: int, board: int, alight: int, start: int, end: int, wait: int) -> Ride:
        row = self._trips.iloc[trip]
        return Ride(
            trip_id=str(row["trip_id"]),
            feed=str(row["feed"]),
            route_id=str(row["route_id"]),
            route_name=str(row["route_name"]),
            route_type=int(row["route_type"]),
            headsign=str(row["headsign"]),
            agency=str(row["agency"]),
            board=self._names[board],
            alight=self._names[alight],
            start=start,
            end=end,
            wait=wait,
        )


def direct_walks(links: Links, *, arrive_by: int | None = None, depart_at: int | None = None) -> list[Journey]:
    """Return the journey on foot from the one origin to the one site, if it is short enough."""
    found = []
    for seconds, metres in zip(links.seconds.tolist(), links.metres.tolist(), strict=True):
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


def _stop(name: str) -> int:
    """Return the stop a platform or an exit belongs to."""
    return int(name) // 2


def _walked_seconds(raw: dict[str, Any]) -> list[int]:
    """Return the seconds of each walk: the first, those between rides, the last."""
    return [
        leg["arrival_s"] - leg["departure_s"] - (LEAD if leg["type"] != "transfer" else 0)
        for leg in raw["legs"]
        if leg["type"] != "transit"
    ]


def _metres(links: Links, start: int, end: int) -> float | None:
    """Return the length of a link, None where it is not known."""
    found = links.metres[(links.start == start) & (links.end == end)]
    return float(found[0]) if len(found) and not np.isnan(found[0]) else None
