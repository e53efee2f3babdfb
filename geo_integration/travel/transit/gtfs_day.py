"""One feed, one day: which trips run, at which hours of that day, calls cut to its 36 hours."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo_integration.travel.transit.calendar import running
from geo_integration.travel.transit.gtfs import Feed
from geo_integration.travel.transit.gtfs_problems import Integers

DAY_SECONDS = 24 * 3600
NEIGHBOURS = (-1, 0, 1)
"""Days whose service can run during a day: the one before (past midnight), itself, the one after."""


@dataclass(frozen=True)
class Runs:
    """Trips as they run: a trip of a frequency runs many times.

    Attributes
    ----------
    trip : position of the feed's trip, shape (runs,).
    shift : seconds to add to the trip's hours, shape (runs,).
    trip_id : unique id of the run, without the feed's name, shape (runs,).
    """

    trip: Integers
    shift: Integers
    trip_id: NDArray[np.object_]


@dataclass(frozen=True)
class Calls:
    """Calls of runs, one after the other: ``run`` counts :class:`Runs`, ``row`` the feed's calls."""

    run: Integers
    row: Integers
    arrival: Integers
    departure: Integers


def runs_of_day(feed: Feed, day: date) -> Runs:
    """Return what runs on a day, services of the day before and after included, sorted by id."""
    parts = [_runs_of_service_day(feed, day + timedelta(days=offset), offset) for offset in NEIGHBOURS]
    trip = np.concatenate([part.trip for part in parts])
    shift = np.concatenate([part.shift for part in parts])
    trip_id = np.concatenate([part.trip_id for part in parts])
    _, first = np.unique(trip_id.astype(object), return_index=True)  # sorted; two overlapping frequencies give one run
    return Runs(trip[first], shift[first], trip_id[first])


def _runs_of_service_day(feed: Feed, service_day: date, offset: int) -> Runs:
    services = running(feed, service_day)
    today = feed.trips["service_id"].isin(list(services)).to_numpy(dtype=np.bool_)
    ids = feed.trips["trip_id"].to_numpy(dtype=object)
    suffix = f"{offset:+d}d" if offset else ""
    repeated = np.zeros(len(today), dtype=np.bool_)
    repeated[feed.frequencies["trip"]] = True
    plain = np.flatnonzero(today & ~repeated)
    frequencies = feed.frequencies[today[feed.frequencies["trip"]]]
    trip, start = _starts(frequencies)
    shift = start - _first_departures(feed)[trip]
    labels = [f"{ids[one]}@{clock(at)}{suffix}" for one, at in zip(trip, start, strict=True)]
    return Runs(
        trip=np.concatenate([plain, trip]),
        shift=np.concatenate([np.zeros(len(plain), dtype=np.int64), shift]) + offset * DAY_SECONDS,
        trip_id=np.array([*(f"{ids[one]}{suffix}" for one in plain), *labels], dtype=object),
    )


def _starts(frequencies: pd.DataFrame) -> tuple[Integers, Integers]:
    """Return trip and first departure of every run: from the start, every headway, before the end."""
    trips, starts = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    columns = (frequencies[name] for name in ("trip", "start", "end", "headway"))
    for trip, start, end, headway in zip(*columns, strict=True):
        departures = np.arange(start, end, headway, dtype=np.int64)
        starts.append(departures)
        trips.append(np.full(len(departures), trip, dtype=np.int64))
    return np.concatenate(trips), np.concatenate(starts)


def _first_departures(feed: Feed) -> Integers:
    """Return when each trip first leaves, as stop_times has it."""
    first, _ = _extents(feed)
    return feed.calls["departure"].to_numpy(dtype=np.int64)[first]


def _extents(feed: Feed) -> tuple[Integers, Integers]:
    """Return the row of each trip's first call, and how many calls it has."""
    counts = np.bincount(feed.calls["trip"], minlength=len(feed.trips))
    return np.cumsum(counts) - counts, counts


def calls_of(feed: Feed, runs: Runs, latest_second: int) -> tuple[Runs, Calls]:
    """Return the runs that have at least two calls between 0 and ``latest_second``, and these calls.

    A call is kept when the vehicle stands there at some instant between the two; its hours are brought within them.
    """
    first, counts = _extents(feed)
    lengths = counts[runs.trip]
    run = np.repeat(np.arange(len(runs.trip)), lengths)
    row = np.repeat(first[runs.trip], lengths) + np.arange(len(run)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    arrival = feed.calls["arrival"].to_numpy(dtype=np.int64)[row] + runs.shift[run]
    departure = feed.calls["departure"].to_numpy(dtype=np.int64)[row] + runs.shift[run]
    kept = within(run, arrival, departure, latest_second)
    used, run = np.unique(run[kept], return_inverse=True)
    calls = Calls(
        run=run.astype(np.int64),
        row=row[kept],
        arrival=np.maximum(arrival[kept], 0),
        departure=np.minimum(departure[kept], latest_second),
    )
    return Runs(runs.trip[used], runs.shift[used], runs.trip_id[used]), calls


def within(trip: Integers, arrival: Integers, departure: Integers, latest_second: int) -> NDArray[np.bool_]:
    """Return which calls a cut at 0 and ``latest_second`` keeps: never fewer than two of a trip."""
    kept = (departure >= 0) & (arrival <= latest_second)
    counts = np.bincount(trip[kept], minlength=int(trip.max(initial=-1)) + 1)
    enough: NDArray[np.bool_] = kept & (counts[trip] > 1)
    return enough


def clock(seconds: int) -> str:
    """Return ``HH:MM:SS``, past 24 where need be."""
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
