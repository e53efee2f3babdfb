"""Small timetables made by hand, walks given as a table: what the transit tests share."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd
from connection_scan import INFINITY, Call, Run, arrivals_by_rides, connections, earliest_arrivals, mirrored

from geo_integration.travel.transit.engine import HORIZON, NEVER
from geo_integration.travel.transit.links import Links, Points
from geo_integration.travel.transit.timetable import DayTimetable
from geo_integration.vocabulary import Engine

TUESDAY = date(2025, 2, 4)


def clock(text: str) -> int:
    """Return the seconds of ``8:05``, ``25:10`` or ``8:05:30``."""
    hours, minutes, *seconds = (int(part) for part in text.split(":"))
    return hours * 3600 + minutes * 60 + sum(seconds)


def day_of(runs: Sequence[Run], stops: Sequence[str], day: date = TUESDAY) -> DayTimetable:
    """Return runs as a day timetable; stops lie a degree apart, far from any walk."""
    calls = [(number, call) for number, run in enumerate(runs) for call in run]
    position = {stop: row for row, stop in enumerate(stops)}
    names = [f"Ligne {number}" for number in range(len(runs))]
    return DayTimetable(
        day=day,
        stops=pd.DataFrame(
            {
                "stop_id": pd.Series(list(stops), dtype="str"),
                "name": pd.Series([f"Arrêt {stop}" for stop in stops], dtype="str"),
                "lon": np.arange(len(stops), dtype=np.float64),
                "lat": np.full(len(stops), 50.0),
                "station": pd.Series(list(stops), dtype="str"),
            }
        ),
        trips=pd.DataFrame(
            {
                "trip_id": pd.Series([f"f:t{number}" for number in range(len(runs))], dtype="str"),
                "feed": pd.Series(["f"] * len(runs), dtype="str"),
                "route_id": pd.Series([f"r{number}" for number in range(len(runs))], dtype="str"),
                "route_name": pd.Series(names, dtype="str"),
                "route_type": np.full(len(runs), 3, dtype=np.int64),
                "headsign": pd.Series([f"vers {run[-1].stop}" for run in runs], dtype="str"),
                "agency": pd.Series(["Réseau"] * len(runs), dtype="str"),
            }
        ),
        trip=np.array([number for number, _ in calls], dtype=np.int32),
        stop=np.array([position[call.stop] for _, call in calls], dtype=np.int32),
        arrival=np.array([call.arrival for _, call in calls], dtype=np.int32),
        departure=np.array([call.departure for _, call in calls], dtype=np.int32),
        boards=np.array([call.boards for _, call in calls], dtype=np.bool_),
        alights=np.array([call.alights for _, call in calls], dtype=np.bool_),
    )


def runs_of(timetable: DayTimetable) -> list[Run]:
    """Return the runs of a day timetable, for the oracle."""
    runs: list[Run] = [[] for _ in range(len(timetable.trips))]
    names = timetable.stops["stop_id"].tolist()
    columns = (
        timetable.trip,
        timetable.stop,
        timetable.arrival,
        timetable.departure,
        timetable.boards,
        timetable.alights,
    )
    for trip, stop, arrival, departure, boards, alights in zip(*(one.tolist() for one in columns), strict=True):
        runs[trip].append(Call(names[stop], arrival, departure, boards, alights))
    return runs


@dataclass(frozen=True, eq=False)
class TableWalking:
    """Walks looked up in a table, by the longitude of both ends: no street, no straight line."""

    seconds: Mapping[tuple[float, float], int]
    label: Engine = Engine.TIMETABLE_OUTLINE
    asked: list[int] = field(default_factory=list)

    def links(self, starts: Points, ends: Points, *, limit_seconds: int) -> Links:
        """Return the walks of the table within the limit."""
        found = [
            (i, j, walk)
            for i, start in enumerate(starts.lon.tolist())
            for j, end in enumerate(ends.lon.tolist())
            if (walk := self.seconds.get((start, end))) is not None and walk <= limit_seconds
        ]
        start, end, seconds = np.array(found, dtype=np.int64).reshape(-1, 3).T
        return Links.sorted(start, end, seconds, np.full(len(found), np.nan))


@dataclass(frozen=True)
class Oracle:
    """Answers one pair at a time, by plain connection scans.

    Attributes
    ----------
    runs : of the day.
    changes : seconds from stop to stop, itself included.
    """

    runs: Sequence[Run]
    changes: Mapping[str, Sequence[tuple[str, int]]]

    def back(self, to_stops: Mapping[str, int], from_stops: Mapping[str, int], walk: int, at: int) -> int:
        """Return the seconds until the earliest arrival of one who leaves from ``at`` on."""
        total = min(walk, self._earliest(to_stops, from_stops, at))
        return total if total <= HORIZON - at else NEVER

    def there(self, to_stops: Mapping[str, int], from_stops: Mapping[str, int], walk: int, by: int) -> int:
        """Return the seconds from the latest departure of one who arrives by ``by``."""
        total = min(walk, self.mirrored()._earliest(from_stops, to_stops, HORIZON - by))
        return total if total <= HORIZON else NEVER

    def mirrored(self) -> "Oracle":
        """Return the oracle of the day run backwards."""
        return Oracle(mirrored(self.runs, HORIZON), _turned(self.changes))

    def _earliest(self, first: Mapping[str, int], last: Mapping[str, int], at: int) -> int:
        """Return the seconds from ``at`` to the earliest arrival by riding."""
        scan = connections(self.runs)
        ridden = earliest_arrivals(scan, {stop: at + walk for stop, walk in first.items()}, self.changes)
        return min((ridden[stop] + walk for stop, walk in last.items() if stop in ridden), default=INFINITY) - at

    def shortest(self, first: Mapping[str, int], last: Mapping[str, int], at: int, by: int) -> int:
        """Return the seconds of the journey that leaves at ``at``, arrives by ``by``: fewest rides, then shortest."""
        stands = {stop: at + walk for stop, walk in first.items()}
        for ridden in arrivals_by_rides(connections(self.runs), stands, self.changes, 12):
            arrival = min((ridden[stop] + walk for stop, walk in last.items() if stop in ridden), default=INFINITY)
            if arrival <= by:
                return arrival - at
        raise AssertionError("a journey that exists was not found again")


def _turned(links: Mapping[str, Sequence[tuple[str, int]]]) -> dict[str, list[tuple[str, int]]]:
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for start, ends in links.items():
        for end, walk in ends:
            found[end].append((start, walk))
    return found
