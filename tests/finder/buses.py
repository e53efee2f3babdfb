"""A bus line on paper between two town halls, kept as timetables of the service."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from geo_integration.jobs.timetables import add_feeds

NOW = datetime(2026, 9, 1, tzinfo=UTC)

type Bus = tuple[str, str, str, str, str]
"""Name, from, at, to, at; Monday to Friday from 1 September to 18 December 2026."""


def buses(folder: Path, runs: Sequence[Bus], stops: Mapping[str, tuple[float, float]], *, route_type: int = 3) -> Path:
    """Keep these buses, and return the folder of the timetables."""
    calls = [
        f"{name},{time}:00,{time}:00,{stop},{number}"
        for name, start, leaves, end, arrives in runs
        for number, (stop, time) in enumerate(((start, leaves), (end, arrives)))
    ]
    files = {
        "agency": [
            "agency_id,agency_name,agency_url,agency_timezone",
            "a,Cars du Nord,http://example.org,Europe/Paris",
        ],
        "stops": [
            "stop_id,stop_name,stop_lat,stop_lon",
            *(f"{stop},{stop},{lat},{lon}" for stop, (lon, lat) in stops.items()),
        ],
        "routes": ["route_id,agency_id,route_short_name,route_type", f"r,a,12,{route_type}"],
        "trips": ["route_id,service_id,trip_id,trip_headsign", *(f"r,all,{name},{end}" for name, _, _, end, _ in runs)],
        "stop_times": ["trip_id,arrival_time,departure_time,stop_id,stop_sequence", *calls],
        "calendar": [
            "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date",
            "all,1,1,1,1,1,0,0,20260901,20261218",
        ],
    }
    feed = folder / "cars-du-nord"
    feed.mkdir(parents=True, exist_ok=True)
    for name, rows in files.items():
        (feed / f"{name}.txt").write_text("\n".join(rows) + "\n", encoding="utf-8")
    add_feeds([feed], folder / "networks", now=NOW)
    return folder / "networks"
