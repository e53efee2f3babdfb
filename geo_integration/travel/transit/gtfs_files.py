"""Which files and columns of a feed are read, and what must be there."""

from geo_integration.travel.transit.gtfs_archive import Archive
from geo_integration.travel.transit.gtfs_checks import WEEKDAYS
from geo_integration.travel.transit.gtfs_flex import CALL_COLUMNS, RULE_COLUMNS
from geo_integration.travel.transit.gtfs_problems import Log
from geo_integration.travel.transit.gtfs_tables import Table, no_table, read_table

FETCH = "demander au transporteur un GTFS complet, ou le reprendre sur transport.data.gouv.fr"
_NEEDED = ("stops.txt", "routes.txt", "trips.txt", "stop_times.txt")
_CALENDARS = ("calendar.txt", "calendar_dates.txt")

_ON_DEMAND = ("trip_id", "stop_sequence")
"""What stop_times.txt must have when it has windows: a zone has no stop and no hour."""

# file → (required columns, optional columns)
_COLUMNS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "agency.txt": (
        (),
        ("agency_id", "agency_name", "agency_timezone", "agency_lang", "agency_phone", "agency_url"),
    ),
    "stops.txt": (("stop_id", "stop_lat", "stop_lon"), ("stop_name", "location_type", "parent_station")),
    "routes.txt": (("route_id", "route_type"), ("agency_id", "route_short_name", "route_long_name")),
    "trips.txt": (("route_id", "service_id", "trip_id"), ("trip_headsign",)),
    "stop_times.txt": (
        ("trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence"),
        ("pickup_type", "drop_off_type", "shape_dist_traveled", "timepoint", *CALL_COLUMNS),
    ),
    "calendar.txt": (("service_id", *WEEKDAYS, "start_date", "end_date"), ()),
    "calendar_dates.txt": (("service_id", "date", "exception_type"), ()),
    "frequencies.txt": (("trip_id", "start_time", "end_time", "headway_secs"), ("exact_times",)),
    "transfers.txt": (
        ("from_stop_id", "to_stop_id"),
        ("transfer_type", "min_transfer_time", "from_route_id", "to_route_id", "from_trip_id", "to_trip_id"),
    ),
    "feed_info.txt": ((), ("feed_publisher_name", "feed_lang", "feed_license", "license", "licence")),
    "attributions.txt": ((), ("organization_name",)),
    "booking_rules.txt": (("booking_rule_id",), RULE_COLUMNS[1:]),
    "location_groups.txt": (("location_group_id",), ("location_group_name",)),
    "location_group_stops.txt": (("location_group_id", "stop_id"), ()),
}


def read_tables(archive: Archive, log: Log) -> dict[str, Table]:
    """Read every file; say which are missing."""
    contents = archive.contents
    missing = [file for file in _NEEDED if file not in contents]
    if not any(file in contents for file in _CALENDARS):
        missing.append(" ou ".join(_CALENDARS))
    for file in missing:
        hint = " ; il contient d'autres zips : les donner un par un" if _nested(archive) else ""
        log.refuse_file(file, f"fichier obligatoire absent{hint}", FETCH)
    tables = {}
    for file, (required, optional) in _COLUMNS.items():
        content = contents.get(file)
        if content is None or (file not in _NEEDED and not content.strip(b"\xef\xbb\xbf \r\n\t")):
            tables[file] = no_table(file, (*required, *optional))
            continue
        needed = _ON_DEMAND if file == "stop_times.txt" and _has_windows(content) else required
        others = [name for name in (*required, *optional) if name not in needed]
        tables[file] = read_table(file, content, required=needed, optional=others, log=log)
    return tables


def _nested(archive: Archive) -> bool:
    return any(name.lower().endswith(".zip") for name in archive.others)


def _has_windows(content: bytes) -> bool:
    """Whether stop_times has the columns of on-demand service, which make hours and stops optional."""
    header = content[:4096].split(b"\n", 1)[0]
    return b"start_pickup_drop_off_window" in header or b"location_id" in header
