"""Small tables for the tests of the store."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo_integration.layers import LAYERS, OFFERS, SESSIONS

if TYPE_CHECKING:
    from geo_integration.schema import Column, Layer
    from geo_integration.store import Store

NOW = datetime(2026, 11, 3, 8, 30, tzinfo=UTC)
META: dict[str, Any] = {"sources": [{"source": "lheo", "file": "offres.xml"}], "synthetic": True, "covers": ["62"]}

_TEXTS = ('é; "L\'été"\n', "", "ሰላም", "a" * 500)


def later(hours: int) -> datetime:
    """Return an instant that many hours after NOW."""
    return NOW + timedelta(hours=hours)


def _value(column: "Column", row: int) -> Any:  # noqa: ANN401 -- one value of any column
    if column.terms is not None:
        return list(column.terms)[row % len(column.terms)].value
    values: dict[str, Any] = {
        "text": _TEXTS[row % len(_TEXTS)],
        "list": "un;deux",
        "date": "2026-02-28",
        "integer": int(column.minimum or 0) + row,
        "number": min((column.minimum or 0) + row / 3, column.maximum or np.inf),
        "boolean": row % 2 == 0,
    }
    return values[column.type]


def sample(layer: "Layer", rows: int = 4) -> pd.DataFrame:
    """Return rows fit for ``layer``: in every second one, all that may be null is null."""
    table = pd.DataFrame(
        {
            c.name: [
                None
                if row % 2 and c.null
                else f"clé-{row}"
                if c.name in layer.key and c.terms is None
                else _value(c, row)
                for row in range(rows)
            ]
            for c in layer.columns
        }
    )
    if layer.geometry:
        points = [None if row % 2 else shapely.Point(2 + row / 7, 50) for row in range(rows)]
        table = gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(points, crs="EPSG:4326"), crs="EPSG:4326")
    return table


ALL = {name: sample(layer) for name, layer in LAYERS.items()}
DUO = ("ctai", "schools")
_OFFERS, _SESSIONS = sample(OFFERS), sample(SESSIONS)


def bpi(persons: int, rows: int = 3) -> pd.DataFrame:
    """Return a small table told apart by its number of persons."""
    codes = [f"620{row:02}" for row in range(rows)]
    return pd.DataFrame({"commune_code": codes, "persons": persons, "source": "DIAN", "synthetic": True})


def ctai(year: int) -> pd.DataFrame:
    """Return a one-row table told apart by its year."""
    row = {"contract_id": "CTAI:62041:x", "commune_code": "62041", "name": "Arras", "kind": "CTAI"}
    return pd.DataFrame([row | {"signed_year": year, "source": "annexe", "synthetic": False}]).astype(
        {"signed_year": "Int64"}
    )


def pair(number: int) -> dict[str, pd.DataFrame]:
    """Return offers and sessions that both say ``number``: they must never be seen apart."""
    return {
        "offers": _OFFERS.assign(title=f"version {number}"),
        "sessions": _SESSIONS.assign(schedule_text=f"version {number}"),
    }


def duo(number: int) -> dict[str, pd.DataFrame]:
    """Return two narrower layers that both say ``number``, to be published a hundred times."""
    return {name: ALL[name].assign(name=f"version {number}") for name in DUO}


def numbers(tables: dict[str, pd.DataFrame]) -> set[str]:
    """Return what ``duo`` wrote in these tables: one value when they belong together."""
    return {value for table in tables.values() for value in table["name"]}


def publish(store: "Store", tables: dict[str, pd.DataFrame], hours: int = 0) -> str:
    """Publish and return the id of the snapshot."""
    return store.publish(tables, meta=META, report=None, now=later(hours)).id
