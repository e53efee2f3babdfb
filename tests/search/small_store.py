"""Stores of a few courses, small enough to check by hand."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo_integration.layers import OFFERS, SESSIONS
from geo_integration.search import Finder, Origin, Search
from geo_integration.store import FolderStore

DAY = date(2026, 10, 1)
NOW = datetime(2026, 10, 1, tzinfo=UTC)
HERE = Origin(3.06, 50.63, "point donné")
"""In Lille."""

METRES_PER_DEGREE = 6_371_008.8 * np.pi / 180
"""Of latitude, on the sphere straight lines are measured on."""

_OFFER: dict[str, Any] = {
    "kind_confidence": 1.0,
    "level_confidence": 1.0,
    "schooling_confidence": 1.0,
    "sources": "s",
    "kind": "fle",
    "level_entry": "A1",
    "level_target": "A2",
    "schooling": "unknown",
    "modality": "in_person",
    "location_quality": "point",
    "commune_code": "59350",
    "commune_name": "Lille",
    "departement_code": "59",
    "synthetic": False,
}


def north(metres: float) -> tuple[float, float]:
    """Return the point so many metres north of :data:`HERE`, on the sphere."""
    return HERE.lon, HERE.lat + metres / METRES_PER_DEGREE


def offer(number: int, at: tuple[float, float] | None, **more: Any) -> dict[str, Any]:  # noqa: ANN401 -- any column
    """Return an offer; ``at`` is its place, None for none."""
    row = {"offer_id": f"s:{number}", "source_records": f"s:{number}", "title": f"Cours {number}", **_OFFER, **more}
    site = None if at is None else f"{at[0]:.5f},{at[1]:.5f}"
    if at is None and "location_quality" not in more:
        row["location_quality"] = "none"
    return row | {"site_id": site, "lon": at[0] if at else np.nan, "lat": at[1] if at else np.nan}


def session(number: int, recruitment: str = "open", **more: Any) -> dict[str, Any]:  # noqa: ANN401 -- any column
    """Return a session of an offer."""
    row = {"session_id": f"s:{number}#1", "offer_id": f"s:{number}", "recruitment": recruitment, "entry_mode": "fixed"}
    return row | {"start_date": "2026-10-05", "end_date": "2027-06-30", "synthetic": False} | more


def store_of(
    folder: Path,
    offers: Sequence[dict[str, Any]],
    sessions: Sequence[dict[str, Any]] = (),
    *,
    covers: Sequence[str] = ("59", "62"),
    kinds: Sequence[str] | None = None,
    now: datetime = NOW,
) -> FolderStore:
    """Return a store that holds these courses and no others; publishing twice replaces them."""
    store = FolderStore(folder)
    table = pd.DataFrame(list(offers))
    points = gpd.points_from_xy(table.pop("lon"), table.pop("lat"))
    known = [None if np.isnan(point.x) else point for point in points]
    frame = OFFERS.conform(gpd.GeoDataFrame(table, geometry=known, crs="EPSG:4326"))
    rows = pd.DataFrame(list(sessions), columns=None if sessions else ["session_id", "offer_id"])
    source = {"source": "s", "file": "s.csv", "sha256": "0" * 64, "covers": list(covers), "synthetic": False}
    meta: Any = {
        "sources": [source | {"kinds": None if kinds is None else list(kinds)}],
        "synthetic": False,
        "covers": list(covers),
    }
    tables = {"offers": frame, "sessions": SESSIONS.conform(rows)}
    store.publish(tables, meta=meta, report=None, now=now)
    return store


def finder_of(store: FolderStore) -> Finder:
    """Return a finder that has read a store."""
    finder = Finder(store, refresh_seconds=0)
    finder.warm()
    return finder


def ask(finder: Finder, **more: Any) -> Any:  # noqa: ANN401 -- any part of a question
    """Ask from :data:`HERE` on :data:`DAY`, everything else as given."""
    return finder.offers(Search(**{"origin": HERE, "as_of": DAY} | more))


__all__ = ["DAY", "HERE", "ask", "finder_of", "north", "offer", "session", "store_of"]
