"""Courses of a made-up source at mairies of a real intercommunalité, for the tests of scenarios."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
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
