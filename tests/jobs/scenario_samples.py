"""Courses of a made-up source at mairies of a real intercommunalité, for the tests of scenarios."""

import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo_integration import territories
from geo_integration.jobs.loaded import Loaded
from geo_integration.jobs.request import Request
from geo_integration.layers import LAYERS
from geo_integration.store import SnapshotInfo
from geo_integration.vocabulary import Kind

EPCI = "246200364"
"""Lens-Liévin: 36 communes."""
AS_OF = date(2026, 10, 1)
LENS, VILLERS = "62498", "62854"
STOPS = "stop_id,stop_name,stop_lat,stop_lon\n"
DAYS = "monday,tuesday,wednesday,thursday,friday,saturday,sunday"
STATED = {
    "sources": "t",
    "source_records": "t",
    "kind_confidence": 1.0,
    "level_entry": "unknown",
    "level_target": "unknown",
    "level_confidence": 0.0,
    "schooling": "unknown",
    "schooling_confidence": 0.0,
    "modality": "in_person",
    "location_quality": "mairie",
    "synthetic": False,
}


def communes() -> pd.DataFrame:
    """Return the communes of the EPCI, by code."""
    table = territories.communes(geometry=False)
    return pd.DataFrame(table[table["epci_code"].eq(EPCI)].sort_values("code").reset_index(drop=True))


def request(**changes: Any) -> Request:  # noqa: ANN401 -- any field
    """Return a question about the EPCI."""
    asked: dict[str, Any] = {"territory": EPCI, "kind": Kind.ALPHABETISATION, "minutes": 12.0, "as_of": AS_OF}
    return Request(**(asked | changes))


def offers(rows: Sequence[tuple[str, str, str]]) -> gpd.GeoDataFrame:
    """Return an offers layer from (offer_id, kind, commune code): each at its mairie."""
    known = territories.communes(geometry=False).set_index("code").loc[[code for _, _, code in rows]]
    lon, lat = known["mairie_lon"].to_numpy(), known["mairie_lat"].to_numpy()
    table = {
        "offer_id": [name for name, _, _ in rows],
        "title": [f"Cours {name}" for name, _, _ in rows],
        "provider_name": "Association des Tilleuls",
        "kind": [kind for _, kind, _ in rows],
        "commune_code": known.index.to_numpy(),
        "commune_name": known["name"].to_numpy(),
        "departement_code": known["departement_code"].to_numpy(),
        "site_id": [f"{x:.5f},{y:.5f}" for x, y in zip(lon, lat, strict=True)],
    }
    frame = pd.DataFrame(table).assign(**STATED)
    return LAYERS["offers"].conform(gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(lon, lat), crs=4326))


def sessions(*rows: dict[str, Any]) -> pd.DataFrame:
    """Return a sessions layer."""
    if not rows:
        return LAYERS["sessions"].empty()
    known = {"recruitment": "open", "entry_mode": "unknown", "synthetic": False}
    return LAYERS["sessions"].conform(pd.DataFrame([known | row for row in rows]))


def loaded(courses: gpd.GeoDataFrame, meetings: pd.DataFrame | None = None, **layers: pd.DataFrame) -> Loaded:
    """Return them as if read from a store, whose source reports on the whole région."""
    source = {"kinds": [], "covers": ["62", "59"], "file": "f", "sha256": "0" * 64, "synthetic": False, "source": "t"}
    info = SnapshotInfo("x", {}, {}, {"sources": [source]}, datetime(2026, 1, 1, tzinfo=UTC), "0", None)
    tables = {"offers": courses, "sessions": sessions() if meetings is None else meetings, **layers}
    return Loaded(tables, dict.fromkeys(tables, info))


def points(seed: int = 3) -> pd.DataFrame:
    """Return people around some of the mairies: three cells each, one of them empty of people."""
    random, rows = np.random.default_rng(seed), []
    for code, lon, lat in communes()[["code", "mairie_lon", "mairie_lat"]].iloc[::2].itertuples(index=False):
        for number, persons in enumerate((400.0, 300.0, 0.0)):
            away = random.normal(0, 0.01, 2)
            rows.append((f"{code}-{number}", code, lon + away[0], lat + away[1], 200.0, persons, "t", False))
    names = ["point_id", "commune_code", "lon", "lat", "cell_metres", "persons", "source", "synthetic"]
    return LAYERS["population_points"].conform(pd.DataFrame(rows, columns=names))


def gtfs(path: Path, trips: dict[str, tuple[str, str, str, str]]) -> Path:
    """Write a feed between the mairies of Lens and Villers-au-Bois: from, at, to, at."""
    known = communes().set_index("code")
    stops = [
        f"{code},{code},{known.loc[code, 'mairie_lat']},{known.loc[code, 'mairie_lon']}" for code in (LENS, VILLERS)
    ]
    calls = [
        f"{name},{at},{at},{stop},{number}"
        for name, (start, leave, end, arrive) in trips.items()
        for number, (stop, at) in enumerate(((start, leave), (end, arrive)))
    ]
    files = {
        "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\nA,Bus,https://example.org,Europe/Paris\n",
        "stops.txt": STOPS + "\n".join(stops) + "\n",
        "routes.txt": "route_id,agency_id,route_short_name,route_type\nR,A,1,3\n",
        "trips.txt": "route_id,service_id,trip_id\n" + "".join(f"R,all,{name}\n" for name in trips),
        "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n" + "\n".join(calls) + "\n",
        "calendar.txt": f"service_id,{DAYS},start_date,end_date\nall,1,1,1,1,1,1,1,20260901,20261231\n",
    }
    with zipfile.ZipFile(path, "w") as package:
        for name, text in files.items():
            package.writestr(name, text)
    return path
