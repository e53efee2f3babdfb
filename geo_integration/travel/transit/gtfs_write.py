"""A day of service as a minimal GTFS folder, forwards or in mirror."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo_integration.errors import OptionError
from geo_integration.files import replace_file
from geo_integration.travel.transit.gtfs_day import clock, within

if TYPE_CHECKING:
    from geo_integration.travel.transit.timetable import DayTimetable

SERVICE = "day"
"""The one service of a written day."""


def mirror(timetable: "DayTimetable", at: int) -> "DayTimetable":
    """Return the day run backwards: every time ``t`` becomes ``at - t``.

    Calls are in reverse order, arrival and departure trade places, and so do boarding and alighting. A
    journey of the mirror that leaves at ``at - t`` is one of the true day, reversed, that arrives at ``t``:
    the *earliest arrival* of the mirror is the *latest departure* of the day. Trips are cut at 0 and ``at``
    (dropped under two calls), stops and the order of trips stay. Mirrored twice, a day that lies between 0
    and ``at`` is itself again.

    Parameters
    ----------
    timetable : any day.
    at : the second that becomes 0, 1 or more.

    Raises
    ------
    OptionError
        ``at`` is below 1.
    """
    if at < 1:
        raise OptionError(f"instant du miroir : {at}", where="mirrored_at", way_out="donner des secondes, 1 ou plus")
    trip = timetable.trip.astype(np.int64)
    order = np.lexsort((-np.arange(len(trip)), trip))
    arrival = at - timetable.departure.astype(np.int64)[order]
    departure = at - timetable.arrival.astype(np.int64)[order]
    kept = within(trip, arrival, departure, at)
    used, renumbered = np.unique(trip[kept], return_inverse=True)
    return replace(
        timetable,
        trips=timetable.trips.iloc[used].reset_index(drop=True),
        trip=renumbered.astype(np.int32),
        stop=timetable.stop[order][kept],
        arrival=np.maximum(arrival[kept], 0).astype(np.int32),
        departure=np.minimum(departure[kept], at).astype(np.int32),
        boards=timetable.alights[order][kept],
        alights=timetable.boards[order][kept],
    )


def write_gtfs(
    timetable: "DayTimetable",
    folder: Path,
    *,
    mirrored_at: int | None = None,
    extra_stops: pd.DataFrame | None = None,
    timezone: str = "Europe/Paris",
) -> Path:
    """Write a day as a GTFS folder, for engines that read nothing else.

    One service runs on that one day. Ids are those of the contract: ``stop_id``, ``trip_id`` as they are, ``route_id``
    with its feed in front. All stops of the timetable are written, called at or not, without stations.

    Parameters
    ----------
    timetable : the day.
    folder : made if absent; files of the same names are replaced.
    mirrored_at : write the day in mirror at this second, see :func:`mirror`.
    extra_stops : more stops, without calls: ``stop_id``, ``name``, ``lon``, ``lat``.
    timezone : of the one agency, IANA name.

    Returns
    -------
    The folder.
    """
    day = timetable if mirrored_at is None else mirror(timetable, mirrored_at)
    tables = _tables(day, extra_stops, timezone)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        replace_file(folder / name, table.to_csv(index=False, lineterminator="\n").encode())
    return folder


def _tables(day: "DayTimetable", extra_stops: pd.DataFrame | None, timezone: str) -> dict[str, pd.DataFrame]:
    trips = day.trips
    routes = trips["feed"] + ":" + trips["route_id"]
    stamp = f"{day.day:%Y%m%d}"
    agency = {"agency_id": ["all"], "agency_name": ["all"], "agency_url": ["https://example.org"]}
    return {
        "agency.txt": pd.DataFrame({**agency, "agency_timezone": [timezone]}),
        "stops.txt": _stops(day, extra_stops),
        "routes.txt": pd.DataFrame(
            {
                "route_id": routes,
                "agency_id": "all",
                "route_short_name": trips["route_name"].where(trips["route_name"] != "", "?"),
                "route_type": trips["route_type"],
            }
        ).drop_duplicates("route_id"),
        "trips.txt": pd.DataFrame(
            {"route_id": routes, "service_id": SERVICE, "trip_id": trips["trip_id"], "trip_headsign": trips["headsign"]}
        ),
        "stop_times.txt": _stop_times(day),
        "calendar_dates.txt": pd.DataFrame({"service_id": [SERVICE], "date": [stamp], "exception_type": [1]}),
    }


def _stops(day: "DayTimetable", extra_stops: pd.DataFrame | None) -> pd.DataFrame:
    columns = ["stop_id", "name", "lon", "lat"]
    parts = [day.stops[columns]]
    if extra_stops is not None:
        parts.append(extra_stops[columns])
    stops = pd.concat(parts, ignore_index=True)
    if repeated := sorted(set(stops.loc[stops["stop_id"].duplicated(), "stop_id"])):
        raise OptionError(
            f"arrêt donné deux fois : {repeated[0]}", where="extra_stops", way_out="un identifiant par arrêt"
        )
    return pd.DataFrame(
        {
            "stop_id": stops["stop_id"],
            "stop_name": stops["name"].where(stops["name"] != "", stops["stop_id"]),
            "stop_lat": stops["lat"],
            "stop_lon": stops["lon"],
        }
    )


def _stop_times(day: "DayTimetable") -> pd.DataFrame:
    trip = day.trip.astype(np.int64)
    counts = np.bincount(trip, minlength=len(day.trips))
    sequence = np.arange(len(trip)) - np.repeat(np.cumsum(counts) - counts, counts)
    return pd.DataFrame(
        {
            "trip_id": day.trips["trip_id"].to_numpy()[trip],
            "arrival_time": _clocks(day.arrival),
            "departure_time": _clocks(day.departure),
            "stop_id": day.stops["stop_id"].to_numpy()[day.stop],
            "stop_sequence": sequence,
            "pickup_type": np.where(day.boards, 0, 1),
            "drop_off_type": np.where(day.alights, 0, 1),
        }
    )


def _clocks(seconds: NDArray[np.int32]) -> NDArray[np.object_]:
    uniques, places = np.unique(seconds, return_inverse=True)
    texts = np.array([clock(int(second)) for second in uniques], dtype=object)
    return texts[places]
