"""A sound feed, as tables, and the order its rows are kept in."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from geo_integration.travel.transit.gtfs_flex import FlexTables
from geo_integration.travel.transit.gtfs_problems import Integers, Log, Note

_TWO_DAYS = 48 * 3600


@dataclass(frozen=True, eq=False)
class Feed:
    """A sound GTFS feed.

    Attributes
    ----------
    name : short name, lower case, in front of every id it gives (``name:id``).
    source : name of the zip or folder it was read from.
    sha256 : of that file; for a folder, of the names and bytes of its files.
    licence : as given, else as the feed says; None if nobody says.
    publisher : from feed_info.txt and attributions.txt, "" if none.
    agencies : ``agency_id``, ``name``, ``timezone``, ``language``, ``phone``, ``url``.
    stops : ``stop_id``, ``name``, ``lon``, ``lat`` (WGS84), ``location_type``, ``station``; sorted by id.
    routes : ``route_id``, ``name``, ``long_name``, ``route_type``, ``agency``; sorted by id.
    trips : timed trips of at least two calls: ``trip_id``, ``route`` (position), ``service_id``, ``headsign``;
        sorted by id.
    calls : ``trip``, ``stop`` (positions), ``arrival``, ``departure`` (seconds), ``pickup``, ``drop_off`` (0 to 3);
        sorted by trip, then along it.
    calendar, calendar_dates : see :mod:`geo_integration.travel.transit.calendar`.
    frequencies : ``trip`` (position), ``start``, ``end``, ``headway`` (seconds), ``exact``.
    transfers : ``from_stop``, ``to_stop``, ``transfer_type`` (3: not possible), ``min_seconds``.
    flex : on-demand service, shown and never timed.
    first_day, last_day : first and last day on which a trip really runs; None when none ever does.
    languages, timezones : as the feed says, sorted.
    notes : what was repaired, left out or assumed.
    """

    name: str
    source: str
    sha256: str
    licence: str | None
    publisher: str
    agencies: pd.DataFrame
    stops: pd.DataFrame
    routes: pd.DataFrame
    trips: pd.DataFrame
    calls: pd.DataFrame
    calendar: pd.DataFrame
    calendar_dates: pd.DataFrame
    frequencies: pd.DataFrame
    transfers: pd.DataFrame
    flex: FlexTables
    first_day: date | None
    last_day: date | None
    languages: tuple[str, ...]
    timezones: tuple[str, ...]
    notes: tuple[Note, ...]

    @property
    def agency_names(self) -> str:
        """The names of the agencies, joined."""
        return ", ".join(sorted({name for name in self.agencies["name"] if name}))

    @property
    def counts(self) -> dict[str, int]:
        """How many routes, trips, calls, stops with a call, and on-demand lines."""
        return {
            "routes": len(self.routes),
            "trips": len(self.trips),
            "calls": len(self.calls),
            "stops": int(self.calls["stop"].nunique()),
            "flex": self.flex.lines,
        }


def without_short(feed: Feed, log: Log) -> Feed:
    """Drop trips of fewer than two calls, and stops' positions stay as they are."""
    counts = np.bincount(feed.calls["trip"], minlength=len(feed.trips))
    if beyond := int((feed.calls["departure"] >= _TWO_DAYS).sum()):
        log.note("beyond", "passages à 48 h ou plus après le début du service : non lus", "stop_times.txt", beyond)
    flexible_trips = feed.trips["trip_id"].isin(feed.flex.calls["trip_id"]).to_numpy(dtype=np.bool_)
    kept = counts > 1
    if short := int((~kept & ~flexible_trips).sum()):
        log.note("short_trips", "courses de moins de deux passages : écartées", "stop_times.txt", short)
    return _with_trips(feed, np.flatnonzero(kept))


def _with_trips(feed: Feed, order: Integers) -> Feed:
    """Return the feed with the trips at these positions, in this order."""
    place = np.full(len(feed.trips), -1)
    place[order] = np.arange(len(order))
    calls = feed.calls.assign(trip=place[feed.calls["trip"]].astype(np.int32))
    calls = calls[calls["trip"] >= 0].sort_values("trip", kind="stable", ignore_index=True)
    frequencies = feed.frequencies.assign(trip=place[feed.frequencies["trip"]])
    frequencies = frequencies[frequencies["trip"] >= 0].sort_values(["trip", "start", "headway"], ignore_index=True)
    return replace(feed, trips=feed.trips.iloc[order].reset_index(drop=True), calls=calls, frequencies=frequencies)


def in_order(feed: Feed) -> Feed:
    """Put trips, stops and routes in the order of their ids, so that the order of the files does not matter."""
    feed = _with_trips(feed, _order(feed.trips["trip_id"]))
    by_stop, by_route = _order(feed.stops["stop_id"]), _order(feed.routes["route_id"])
    stop_place, route_place = np.argsort(by_stop), np.argsort(by_route)
    return replace(
        feed,
        stops=feed.stops.iloc[by_stop].reset_index(drop=True),
        routes=feed.routes.iloc[by_route].reset_index(drop=True),
        calls=feed.calls.assign(stop=stop_place[feed.calls["stop"]].astype(np.int32)),
        trips=feed.trips.assign(route=route_place[feed.trips["route"]].astype(np.int32)),
    )


def _order(ids: "pd.Series[str]") -> Integers:
    return np.argsort(ids.to_numpy(dtype=object), kind="stable").astype(np.int64)
