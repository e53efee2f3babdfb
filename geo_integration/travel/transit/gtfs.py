"""GTFS feeds, read and checked whole: a feed is sound, or it is refused with every fault and its place.

The rules are those of the GTFS Schedule reference (gtfs.org). What can be put right without touching
a given minute is put right and noted; anything that could make a minute wrong is refused.
"""

import re
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo_integration.text import fold
from geo_integration.travel.transit import calendar as calendars
from geo_integration.travel.transit import gtfs_checks as checks
from geo_integration.travel.transit.gtfs_archive import Archive, open_archive
from geo_integration.travel.transit.gtfs_calls import read_calls
from geo_integration.travel.transit.gtfs_feed import Feed, in_order, without_short
from geo_integration.travel.transit.gtfs_files import FETCH, read_tables
from geo_integration.travel.transit.gtfs_flex import (
    FlexTables,
    flex_calls,
    flexible,
    read_groups,
    read_zones,
)
from geo_integration.travel.transit.gtfs_problems import Integers, Log, Note
from geo_integration.travel.transit.gtfs_tables import Table

__all__ = ["Feed", "Note", "feed_name", "inspect_feed", "read_feed"]


def feed_name(path: Path) -> str:
    """Return a short name made of the name of a file.

    >>> feed_name(Path("Réseau TAM (2025).gtfs.zip"))
    'reseau-tam-2025'
    """
    stem = Path(path).name
    for ending in (".zip", ".gtfs"):
        stem = stem.removesuffix(ending)
    return re.sub(r"[^a-z0-9]+", "-", fold(stem)).strip("-") or "gtfs"


def read_feed(path: Path, *, name: str | None = None, licence: str | None = None, content: bytes | None = None) -> Feed:
    """Read a feed and check all of it.

    Parameters
    ----------
    path : a zip, with its files at the top or in one folder, or a folder.
    name : short name; made of the file's name by default.
    licence : as its publisher states it; else what the feed says, if anything.
    content : the bytes of the zip, where they are already read; ``path`` is then only a name.

    Raises
    ------
    TimetableRefusedError
        Unreadable, incomplete, or with faults; ``problems`` lists them all, one line each.
    """
    feed, log, source = inspect_feed(path, name=name, licence=licence, content=content)
    log.raise_if_refused(source)
    if feed is None:  # no fault, no feed: cannot be
        raise AssertionError(source)
    return feed


def inspect_feed(
    path: Path, *, name: str | None = None, licence: str | None = None, content: bytes | None = None
) -> tuple[Feed | None, Log, str]:
    """Read a feed and return it (None when it has faults), with every fault and note, and the file's name."""
    archive = open_archive(path, content)
    log = Log()
    tables = read_tables(archive, log)
    if log.problems:
        return None, log, archive.source
    feed = _feed(archive, tables, log, name or feed_name(Path(archive.source)))
    if log.problems:
        return None, log, archive.source
    info = tables["feed_info.txt"]
    stated = _first_value(info, ("feed_license", "license", "licence"))
    return replace(feed, licence=licence or stated, notes=tuple(log.notes)), log, archive.source


def _feed(archive: Archive, tables: dict[str, Table], log: Log, name: str) -> Feed:
    agencies = checks.read_agencies(tables["agency.txt"], log)
    routes = checks.read_routes(tables["routes.txt"], agencies, log)
    calendar = checks.read_calendar(tables["calendar.txt"], log)
    exceptions = checks.read_exceptions(tables["calendar_dates.txt"], log)
    route = _check_trips(tables["trips.txt"], routes, {*calendar["service_id"], *exceptions["service_id"]}, log)
    flex, flex_rows = _flex(archive, tables, log)
    calls = _calls(tables, flex_rows, log)
    called = np.zeros(len(tables["stops.txt"]), dtype=np.bool_)
    called[calls["stop"]] = True
    stops = checks.read_stops(tables["stops.txt"], called, log)
    table = tables["trips.txt"]
    trip_ids = pd.Index(table["trip_id"])
    frequencies = tables["frequencies.txt"]
    repeated = checks.codes(frequencies, "trip_id", trip_ids, "course inconnue de trips.txt", log)
    feed = Feed(
        name=name,
        source=archive.source,
        sha256=archive.sha256,
        licence=None,
        publisher=_publisher(tables),
        agencies=agencies,
        stops=stops,
        routes=routes,
        trips=pd.DataFrame(
            {
                "trip_id": table["trip_id"],
                "route": route.astype(np.int32),
                "service_id": table["service_id"],
                "headsign": table["trip_headsign"],
            }
        ),
        calls=calls,
        calendar=calendar,
        calendar_dates=exceptions,
        frequencies=checks.read_frequencies(frequencies, repeated, log),
        transfers=checks.read_transfers(tables["transfers.txt"], pd.Index(stops["stop_id"]), log),
        flex=flex,
        first_day=None,
        last_day=None,
        languages=_distinct(tables["feed_info.txt"]["feed_lang"], agencies["language"]),
        timezones=_distinct(agencies["timezone"]),
        notes=(),
    )
    return feed if log.problems else _dated(in_order(without_short(feed, log)), log)


def _check_trips(table: Table, routes: pd.DataFrame, services: Collection[str], log: Log) -> Integers:
    """Refuse ids that are repeated or lead nowhere; return the position of each trip's route."""
    checks.refuse_repeated_ids(table, "trip_id", log)
    reason = "service inconnu de calendar.txt et de calendar_dates.txt"
    unknown = ~table["service_id"].isin(list(services)).to_numpy(dtype=np.bool_)
    log.refuse(table, unknown, "service_id", reason, FETCH)
    return checks.codes(table, "route_id", pd.Index(routes["route_id"]), "ligne inconnue de routes.txt", log)


def _flex(archive: Archive, tables: dict[str, Table], log: Log) -> tuple[FlexTables, NDArray[np.bool_]]:
    """Set aside the trips that have a window or a zone anywhere: they have no timetable."""
    zones = read_zones(archive.contents.get("locations.geojson"), log)
    groups = read_groups(tables["location_groups.txt"], tables["location_group_stops.txt"])
    stop_times = tables["stop_times.txt"]
    rows = flexible(stop_times, zones, groups)
    if rows.any():
        rows = stop_times["trip_id"].isin(stop_times["trip_id"][rows].unique()).to_numpy(dtype=np.bool_)
    flex = FlexTables(
        calls=flex_calls(stop_times, rows, tables["trips.txt"]),
        rules=tables["booking_rules.txt"].frame,
        zones=zones,
        groups=groups,
    )
    if flex.lines:
        message = (
            f"{flex.lines} lignes à la demande, sans horaire : montrées (« existe, appeler »), jamais chronométrées"
        )
        log.note("flex", message, "stop_times.txt", flex.lines)
    return flex, rows


def _calls(tables: dict[str, Table], flex_rows: NDArray[np.bool_], log: Log) -> pd.DataFrame:
    stop_times = tables["stop_times.txt"]
    trip = checks.codes(
        stop_times, "trip_id", pd.Index(tables["trips.txt"]["trip_id"]), "course inconnue de trips.txt", log
    )
    stops = pd.Index(tables["stops.txt"]["stop_id"]).drop_duplicates()
    stop = stops.get_indexer(pd.Index(stop_times["stop_id"])).astype(np.int64)
    log.refuse(stop_times, (stop < 0) & ~flex_rows, "stop_id", "arrêt inconnu de stops.txt", FETCH)
    return read_calls(stop_times, np.where(flex_rows, -1, trip), stop, log)


def _dated(feed: Feed, log: Log) -> Feed:
    services = pd.concat([feed.trips["service_id"], feed.flex.calls["service_id"]])
    found = calendars.window(feed, services)
    if found is None:
        log.note("never_runs", "aucune course ne circule aucun jour", "calendar_dates.txt")
        return feed
    return replace(feed, first_day=found[0], last_day=found[1])


def _first_value(table: Table, columns: Collection[str]) -> str | None:
    for column in columns:
        for value in table[column]:
            if value:
                return str(value)
    return None


def _publisher(tables: dict[str, Table]) -> str:
    names = [*tables["feed_info.txt"]["feed_publisher_name"], *tables["attributions.txt"]["organization_name"]]
    return ", ".join(dict.fromkeys(name for name in names if name))


def _distinct(*columns: "pd.Series[str]") -> tuple[str, ...]:
    return tuple(sorted({str(value) for column in columns for value in column if value}))
