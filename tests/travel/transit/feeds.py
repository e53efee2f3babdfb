"""Small GTFS feeds for the tests: written as zips or folders, whole or damaged."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
TER_HDF = "gtfs/ter_hdf/ter_hauts_de_france_2025-01-22_2025-04-22.gtfs.zip"
TER_NATIONAL = "gtfs/ter_hdf/ter_national_2025-01-22_export-ter-gtfs-last.zip"
TAM = "gtfs/tam_montpellier/TAM_MMM_GTFS.zip"
EPTC = "street_transit_pair_porto_alegre/poa_eptc.zip"
TRENSURB = "street_transit_pair_porto_alegre/poa_trensurb.zip"

# Two lines, three trips. Line 1: a1 at 8:00, and f1 every 20 min from 6:00 to 7:00 (6:00, 6:20, 6:40).
# Line N: n1 leaves at 23:50 and arrives at 0:30. Monday to Friday, from 3 to 14 February 2025, but not
# on Thursday 6; "sat" runs on Saturday 8 only (a2, like a1 an hour later).
SMALL: Mapping[str, str] = {
    "agency.txt": "agency_id,agency_name,agency_url,agency_timezone,agency_lang\n"
    "A,Réseau des Tilleuls,https://example.org,Europe/Paris,fr\n",
    "stops.txt": "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station\n"
    "S1,Mairie,50.10,3.00,0,\n"
    "S2,Gare quai 1,50.20,3.10,0,G\n"
    "S3,Lycée,50.30,3.20,,\n"
    "G,Gare,50.20,3.10,1,\n"
    "E,Entrée de la gare,,,2,G\n",
    "routes.txt": "route_id,agency_id,route_short_name,route_long_name,route_type\n"
    "R1,A,1,Mairie - Lycée,3\n"
    "RN,A,,Ligne de nuit,3\n",
    "trips.txt": "route_id,service_id,trip_id,trip_headsign\n"
    "R1,week,a1,Lycée\n"
    "R1,sat,a2,Lycée\n"
    "R1,week,f1,\n"
    "RN,week,n1,Mairie\n",
    "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type\n"
    "a1,08:00:00,08:00:00,S1,1,0,1\n"
    "a1,08:10:00,08:11:00,S2,2,0,0\n"
    "a1,08:20:00,08:20:00,S3,3,1,0\n"
    "a2,09:00:00,09:00:00,S1,1,,\n"
    "a2,09:20:00,09:20:00,S3,3,,\n"
    "f1,00:00:00,00:00:00,S1,1,,\n"
    "f1,00:15:00,00:15:00,S3,2,,\n"
    "n1,23:50:00,23:50:00,S3,1,,\n"
    "n1,24:10:00,24:12:00,S2,2,,\n"
    "n1,24:30:00,24:30:00,S1,3,,\n",
    "calendar.txt": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
    "week,1,1,1,1,1,0,0,20250203,20250214\n",
    "calendar_dates.txt": "service_id,date,exception_type\nweek,20250206,2\nsat,20250208,1\n",
    "frequencies.txt": "trip_id,start_time,end_time,headway_secs,exact_times\nf1,06:00:00,07:00:00,1200,1\n",
}


def shared(name: str) -> Path:
    path = SHARED / name
    if not path.is_file():
        pytest.skip(f"real feed not on this machine: ../shared/data/{name}")
    return path


def changed(changes: Mapping[str, str | None], base: Mapping[str, str] = SMALL) -> dict[str, str]:
    """Return a feed with some files replaced, or removed where None."""
    files = {**base, **changes}
    return {name: text for name, text in files.items() if text is not None}


def replaced(file: str, before: str, after: str, base: Mapping[str, str] = SMALL) -> dict[str, str]:
    """Return a feed with one piece of one file replaced; the piece must be there once."""
    assert base[file].count(before) == 1, (file, before)
    return {**base, file: base[file].replace(before, after)}


def write_zip(path: Path, files: Mapping[str, str | bytes] = SMALL, *, inside: str = "") -> Path:
    """Write a feed as a zip, its files in the folder ``inside`` if one is named."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in files.items():
            package.writestr(zipfile.ZipInfo(f"{inside}{name}", (2025, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return path


def write_folder(path: Path, files: Mapping[str, str | bytes] = SMALL) -> Path:
    """Write a feed as a folder."""
    path.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return path
