"""One day of service, with every question of calendars already answered.

Days are flattened: what the service of the day before still runs after midnight, what the day after runs
before noon, frequencies and exceptions are all trips of one day, in seconds from its midnight. Engines
then need no calendar of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo_integration.errors import OptionError, OutsideServiceError
from geo_integration.travel.transit.calendar import running
from geo_integration.travel.transit.gtfs import Feed, Note
from geo_integration.travel.transit.gtfs_calls import MUST_PHONE
from geo_integration.travel.transit.gtfs_day import Calls, Runs, calls_of, runs_of_day
from geo_integration.travel.transit.gtfs_write import mirror, write_gtfs

__all__ = ["FIRST_SECOND", "LAST_SECOND", "DayTimetable", "day_notes", "day_timetable", "mirror", "write_gtfs"]

FIRST_SECOND = 0
LAST_SECOND = 36 * 3600
"""A day timetable holds what happens from its midnight to noon of the day after."""


@dataclass(frozen=True)
class DayTimetable:
    """Every trip that can be ridden on one day.

    Attributes
    ----------
    day : the day; second 0 is its midnight (GTFS: noon minus 12 h).
    stops : one row per place where some trip of the feeds stops, in the order ``stop`` counts them: ``stop_id``
        (``feed:id``, unique), ``name``, ``lon``, ``lat`` (WGS84 degrees), ``station`` (``feed:id`` of the parent
        station, or of the stop itself).
    trips : one row per run, in the order ``trip`` counts them: ``trip_id`` (``feed:id``, with ``@HH:MM:SS`` for a
        run of a frequency and ``-1d`` or ``+1d`` for a run of the day before or after; unique), ``feed``,
        ``route_id``, ``route_name`` (short or else long), ``route_type`` (GTFS), ``headsign`` ("" if none), ``agency``.
    trip, stop : int32, shape (calls,). Sorted by trip, then along it; at least two calls per trip.
    arrival, departure : seconds from midnight, int32, shape (calls,). Never earlier than the call before;
        within 0 and 36 h (a trip that crosses either end is cut there).
    boards, alights : whether one may get on, and off, bool, shape (calls,).
    """

    day: date
    stops: pd.DataFrame
    trips: pd.DataFrame
    trip: NDArray[np.int32]
    stop: NDArray[np.int32]
    arrival: NDArray[np.int32]
    departure: NDArray[np.int32]
    boards: NDArray[np.bool_]
    alights: NDArray[np.bool_]


_NO_PICKUP = 1
_SHOWN_WITH_MINUTES = frozenset(
    {"interpolated", "approximate", "not_exact", "flex", "timezone", "short_trips", "one_hour"}
)
"""Notes of reading that bear on minutes or on what is offered."""


@dataclass(frozen=True)
class _Part:
    """One feed's share of a day, its stops and trips counted from 0."""

    feed: Feed
    runs: Runs
    calls: Calls


def day_timetable(
    feeds: Sequence[Feed],
    day: date,
    *,
    latest_second: int = LAST_SECOND,
    allow_partial: bool = False,
    allow_idle: bool = False,
) -> DayTimetable:
    """Return one day of several feeds, in the order of the feeds' names.

    Hours are local to each feed. A service day starts 24 h after the one before, clock changes or not: on
    the two Sundays a year when the clock changes, trips of the night between may be an hour off.

    Parameters
    ----------
    feeds : sound feeds, of different names.
    day : the day.
    latest_second : calls after it are left out, 1 to 36 h.
    allow_partial : accept a day that some feeds do not cover: they are left out, and :func:`day_notes` names them.
    allow_idle : accept a day that is covered and on which nothing runs: a timetable without trips, which is
        knowledge, not ignorance. :func:`day_notes` says it.

    Raises
    ------
    OutsideServiceError
        The day is outside the window of a feed, or nothing runs.
    OptionError
        No feed, two of the same name, or ``latest_second`` out of range.
    """
    if not 0 < latest_second <= LAST_SECOND:
        where, way_out = "latest_second", f"donner des secondes, de 1 à {LAST_SECOND}"
        raise OptionError(f"dernier instant : {latest_second}", where=where, way_out=way_out)
    parts = [
        _Part(feed, *calls_of(feed, runs_of_day(feed, day), latest_second))
        for feed in _covering(feeds, day, allow_partial=allow_partial, allow_idle=allow_idle)
    ]
    return _joined(parts, day)


def _covering(feeds: Sequence[Feed], day: date, *, allow_partial: bool, allow_idle: bool) -> list[Feed]:
    """Return the feeds whose window holds the day, by name; refuse silence about the others."""
    ordered = sorted(feeds, key=lambda feed: feed.name)
    names = [feed.name for feed in ordered]
    if not names or len(set(names)) < len(names):
        what = "deux réseaux du même nom" if names else "aucun réseau donné"
        raise OptionError(what, where="horaires", way_out="donner au moins un GTFS, chacun avec son nom (name=)")
    inside = [feed for feed in ordered if _covers(feed, day)]
    outside = [feed for feed in ordered if not _covers(feed, day)]
    if outside and (not inside or not allow_partial):
        raise _outside(outside, day, others=bool(inside))
    if not allow_idle and not any(_runs_on(feed, day) for feed in inside):
        windows = " ; ".join(_window(feed) for feed in inside)
        what = f"aucun véhicule ne circule le {day:%d/%m/%Y}, jour pourtant couvert par les horaires"
        raise OutsideServiceError(what, where=windows, way_out="choisir un autre jour : c'est un jour sans service")
    return inside


def _covers(feed: Feed, day: date) -> bool:
    return feed.first_day is not None and feed.last_day is not None and feed.first_day <= day <= feed.last_day


def _runs_on(feed: Feed, day: date) -> bool:
    return bool(feed.trips["service_id"].isin(list(running(feed, day))).any())


def _window(feed: Feed) -> str:
    if feed.first_day is None or feed.last_day is None:
        return f"{feed.name} ne circule aucun jour"
    return f"{feed.name} : du {feed.first_day:%d/%m/%Y} au {feed.last_day:%d/%m/%Y}"


def _outside(feeds: Sequence[Feed], day: date, *, others: bool) -> OutsideServiceError:
    what = f"le {day:%d/%m/%Y} est hors de la période de {', '.join(feed.name for feed in feeds)}"
    way_out = "choisir un jour de cette période, ou charger des horaires à jour"
    if others:
        way_out += " ; ou choisir les horaires qui couvrent ce jour (--feed)"
    return OutsideServiceError(what, where=" ; ".join(_window(feed) for feed in feeds), way_out=way_out)


def _joined(parts: Sequence[_Part], day: date) -> DayTimetable:
    stops: list[pd.DataFrame] = []
    trips: list[pd.DataFrame] = []
    columns = []
    for part in parts:
        used, place = np.unique(part.feed.calls["stop"], return_inverse=True)
        stop_base, trip_base = sum(len(one) for one in stops), sum(len(one) for one in trips)
        stops.append(_stops(part.feed, used))
        trips.append(_trips(part.feed, part.runs))
        calls, rows = part.calls, part.calls.row
        kinds = (part.feed.calls[name].to_numpy()[rows] != _NO_PICKUP for name in ("pickup", "drop_off"))
        columns.append((calls.run + trip_base, place[rows] + stop_base, calls.arrival, calls.departure, *kinds))
    trip, stop, arrival, departure = (
        np.concatenate([column[index] for column in columns]).astype(np.int32) for index in range(4)
    )
    boards, alights = (np.concatenate([column[index] for column in columns]).astype(np.bool_) for index in (4, 5))
    return DayTimetable(
        day=day,
        stops=pd.concat(stops, ignore_index=True),
        trips=pd.concat(trips, ignore_index=True),
        trip=trip,
        stop=stop,
        arrival=arrival,
        departure=departure,
        boards=boards,
        alights=alights,
    )


def _stops(feed: Feed, used: NDArray[np.int64]) -> pd.DataFrame:
    stops = feed.stops.iloc[used]
    prefix = feed.name + ":"
    return pd.DataFrame(
        {
            "stop_id": prefix + stops["stop_id"],
            "name": stops["name"],
            "lon": stops["lon"],
            "lat": stops["lat"],
            "station": prefix + stops["station"],
        }
    )


def _trips(feed: Feed, runs: Runs) -> pd.DataFrame:
    trips = feed.trips.iloc[runs.trip].reset_index(drop=True)
    routes = feed.routes.iloc[trips["route"]].reset_index(drop=True)
    return pd.DataFrame(
        {
            "trip_id": pd.Series([f"{feed.name}:{one}" for one in runs.trip_id], dtype="str"),
            "feed": pd.Series([feed.name] * len(trips), dtype="str"),
            "route_id": routes["route_id"],
            "route_name": routes["name"],
            "route_type": routes["route_type"],
            "headsign": trips["headsign"],
            "agency": routes["agency"],
        }
    )


def day_notes(
    feeds: Sequence[Feed], day: date, *, allow_partial: bool = False, allow_idle: bool = False
) -> tuple[Note, ...]:
    """Return what must be said with the minutes of a day: feeds left out, assumptions, calls to phone for.

    Takes what :func:`day_timetable` takes, and raises what it raises.
    """
    inside = _covering(feeds, day, allow_partial=allow_partial, allow_idle=allow_idle)
    notes = [
        Note("missing_feed", f"réseau absent ce jour-là, hors de sa période ({_window(feed)})", feed=feed.name)
        for feed in sorted(feeds, key=lambda feed: feed.name)
        if not _covers(feed, day)
    ]
    for feed in inside:
        notes += _feed_notes(feed, day)
    noon = datetime.combine(day, time(12), tzinfo=UTC)
    offsets = {ZoneInfo(zone).utcoffset(noon) for feed in inside for zone in feed.timezones if _is_zone(zone)}
    if len(offsets) > 1:
        notes.append(
            Note("timezones", "réseaux de fuseaux différents : chacun garde ses heures locales", count=len(offsets))
        )
    return tuple(notes)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _feed_notes(feed: Feed, day: date) -> list[Note]:
    found = [replace(note, feed=feed.name) for note in feed.notes if note.code in _SHOWN_WITH_MINUTES]
    today = feed.trips["service_id"].isin(list(running(feed, day))).to_numpy(dtype=np.bool_)
    if not today.any():
        found.append(
            Note("no_service", f"ne circule pas le {day:%d/%m/%Y}, jour couvert par ses horaires", feed=feed.name)
        )
    phone = feed.calls["pickup"].isin(MUST_PHONE) | feed.calls["drop_off"].isin(MUST_PHONE)
    calls = int((phone.to_numpy(dtype=np.bool_) & today[feed.calls["trip"]]).sum())
    if calls:
        message = "passages où il faut téléphoner ou prévenir le conducteur : comptés comme desservis"
        found.append(Note("phone_ahead", message, "stop_times.txt", calls, feed.name))
    for offset, when in ((-1, "de la veille"), (1, "du lendemain")):
        if not _covers(feed, day + timedelta(days=offset)):
            found.append(Note("edge", f"horaires {when} inconnus : la nuit peut manquer de courses", feed=feed.name))
    return found
