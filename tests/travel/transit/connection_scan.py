"""A plain connection scan, the oracle of the transit tests: slow, short, and sharing no code with what it checks.

Dibbelt, Pajor, Strasser, Wagner, *Connection Scan Algorithm*, ACM Journal of Experimental Algorithmics 23, 2018.
It reads raw GTFS with the ``csv`` module. A journey is: a walk to a first stop, rides, at most one walk from
stop to stop between two rides, a walk from the last stop; or a walk all the way. Nobody needs time to change
vehicles at the same stop.
"""

import csv
import io
import zipfile
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

DAY = 86_400
INFINITY = 10**9

type Links = Mapping[str, Sequence[tuple[str, int]]]
"""Seconds on foot from a stop to others, by stop."""


@dataclass(frozen=True)
class Call:
    """A vehicle at a stop."""

    stop: str
    arrival: int
    departure: int
    boards: bool = True
    alights: bool = True


type Run = list[Call]


def read_day(paths: Mapping[str, Path], day: date) -> list[Run]:
    """Read every run one can ride on a day, in seconds from its midnight; stops are called ``feed:id``."""
    runs: list[Run] = []
    for feed, path in sorted(paths.items()):
        tables = {
            name: _rows(path, name) for name in ("calendar", "calendar_dates", "trips", "stop_times", "frequencies")
        }
        calls = defaultdict(list)
        for row in tables["stop_times"]:
            calls[row["trip_id"]].append(row)
        every = {row["trip_id"]: row for row in tables["frequencies"]}
        for offset in (-1, 0, 1):
            running = _running(tables, day + timedelta(days=offset))
            for trip in tables["trips"]:
                if trip["service_id"] in running and trip["trip_id"] in calls:
                    assert trip["trip_id"] not in every, "this oracle knows no frequencies"
                    run = _run(feed, sorted(calls[trip["trip_id"]], key=lambda row: int(row["stop_sequence"])))
                    shifted = [
                        Call(c.stop, c.arrival + offset * DAY, c.departure + offset * DAY, c.boards, c.alights)
                        for c in run
                    ]
                    runs.append([c for c in shifted if c.arrival >= 0 and c.departure <= 36 * 3600])
    return [run for run in runs if len(run) > 1]


def _rows(path: Path, name: str) -> list[dict[str, str]]:
    with zipfile.ZipFile(path) as archive:
        if f"{name}.txt" not in archive.namelist():
            return []
        text = archive.read(f"{name}.txt").decode("utf-8-sig")
    rows = csv.reader(io.StringIO(text))
    header = [column.strip() for column in next(rows)]
    return [dict(zip(header, (value.strip() for value in row), strict=False)) for row in rows if row]


def _running(tables: Mapping[str, list[dict[str, str]]], day: date) -> set[str]:
    told = day.strftime("%Y%m%d")
    weekday = day.strftime("%A").lower()
    running = {
        row["service_id"]
        for row in tables["calendar"]
        if row[weekday] == "1" and row["start_date"] <= told <= row["end_date"]
    }
    for row in tables["calendar_dates"]:
        if row["date"] == told:
            (running.add if row["exception_type"] == "1" else running.discard)(row["service_id"])
    return running


def _run(feed: str, rows: list[dict[str, str]]) -> Run:
    """Turn the rows of a trip into calls; times not given lie evenly between those that are."""
    given = [_seconds(row["arrival_time"]) for row in rows], [_seconds(row["departure_time"]) for row in rows]
    known = [position for position, time in enumerate(given[0]) if time is not None]
    calls = []
    for position, row in enumerate(rows):
        arrival, departure = given[0][position], given[1][position]
        if arrival is None or departure is None:
            after = known[bisect_left(known, position)]
            before = known[bisect_left(known, position) - 1]
            first, last = given[1][before], given[0][after]
            assert first is not None
            assert last is not None
            arrival = departure = round(first + Fraction((last - first) * (position - before), after - before))
        boards, alights = row.get("pickup_type", "0") != "1", row.get("drop_off_type", "0") != "1"
        calls.append(Call(f"{feed}:{row['stop_id']}", arrival, departure, boards, alights))
    return calls


def _seconds(text: str) -> int | None:
    if not text:
        return None
    hours, minutes, seconds = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds)


@dataclass(frozen=True)
class _Connection:
    departure: int
    arrival: int
    start: str
    end: str
    run: int
    boards: bool
    alights: bool


def connections(runs: Iterable[Run]) -> list[_Connection]:
    """Return the elementary connections, by departure then along each run."""
    found = [
        _Connection(a.departure, b.arrival, a.stop, b.stop, number, a.boards, b.alights)
        for number, run in enumerate(runs)
        for a, b in pairwise(run)
    ]
    return sorted(found, key=lambda c: (c.departure, c.arrival))  # stable: a run of no duration keeps its order


def earliest_arrivals(scan: Sequence[_Connection], at_stop: Mapping[str, int], links: Links) -> dict[str, int]:
    """Return when a vehicle first brings one to each stop, having been at stops since ``at_stop``.

    Parameters
    ----------
    scan : what :func:`connections` gives.
    at_stop : second from which one stands at each of the first stops.
    links : walks between rides; changing at one stop takes no time, and need not be given.
    """
    stands = dict(at_stop)
    ridden: dict[str, int] = {}
    on_board: set[int] = set()
    for c in scan:
        if c.run not in on_board and not (c.boards and stands.get(c.start, INFINITY) <= c.departure):
            continue
        on_board.add(c.run)
        if not c.alights or ridden.get(c.end, INFINITY) <= c.arrival:
            continue  # whoever got off there before walks on from there before
        ridden[c.end] = c.arrival
        for stop, walk in ((c.end, 0), *links.get(c.end, ())):
            stands[stop] = min(stands.get(stop, INFINITY), c.arrival + walk)
    return ridden


def arrivals_by_rides(
    scan: Sequence[_Connection], at_stop: Mapping[str, int], links: Links, most: int
) -> list[dict[str, int]]:
    """Return what :func:`earliest_arrivals` does for 1, 2 … ``most`` rides at the most."""
    stands, found = dict(at_stop), []
    for _ in range(most):
        ridden: dict[str, int] = dict(found[-1]) if found else {}
        on_board: set[int] = set()
        for c in scan:
            if c.run in on_board or (c.boards and stands.get(c.start, INFINITY) <= c.departure):
                on_board.add(c.run)
                if c.alights:
                    ridden[c.end] = min(ridden.get(c.end, INFINITY), c.arrival)
        found.append(ridden)
        for start, arrival in ridden.items():
            for stop, walk in ((start, 0), *links.get(start, ())):
                stands[stop] = min(stands.get(stop, INFINITY), arrival + walk)
    return found


def mirrored(runs: Iterable[Run], at: int) -> list[Run]:
    """Return the runs in mirror: time t becomes ``at`` - t. Forwards in the mirror is backwards in time."""
    return [
        [Call(c.stop, at - c.departure, at - c.arrival, c.alights, c.boards) for c in reversed(run)] for run in runs
    ]
