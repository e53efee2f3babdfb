"""Collections made by hand: three squares, an island, one with a hole, and one that has no geometry."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import shapely

from geo_integration.exports.geojson import published
from geo_integration.features import Collection
from geo_integration.features.encode import encode
from geo_integration.features.tables import Made
from geo_integration.schema import Column
from geo_integration.vocabulary import Kind

COLUMNS = (
    Column("code", "text", "Code."),
    Column("name", "text", "Nom.", "Vide : inconnu"),
    Column("people", "integer", "Habitants.", "Vide : inconnu"),
    Column("minutes", "number", "Minutes.", "Vide : inconnu"),
    Column("open", "boolean", "Ouvert.", "Vide : inconnu"),
    Column("kinds", "list", "Types.", "Vide : inconnu", terms=Kind),
    Column("first_day", "date", "Premier jour.", "Vide : inconnu"),
    Column("last_day", "date", "Dernier jour.", "Vide : inconnu"),
)

HOLED = shapely.Polygon(shapely.box(10, 0, 14, 4).exterior, [shapely.box(11, 1, 13, 3).exterior])
ISLAND = shapely.MultiPolygon([shapely.box(20, 0, 21, 1), shapely.box(30, 0, 31, 1)])

SQUARES = pd.DataFrame(
    [
        ("a", "L'Île", 10, 1.0, True, "fle", "2026-01-01", "2026-03-31", shapely.box(0, 0, 1, 1)),
        ("b", "Été 100%", 20, 2.5, False, "fle;asl", "2026-04-01", None, shapely.box(1, 0, 2, 1)),
        ("c", "arras", None, None, None, None, None, None, HOLED),
        ("d", "Arras", 0, float("inf"), True, "alphabetisation", None, "2025-12-31", ISLAND),
        ("e", None, 5, 0.0, True, "", "2026-02-01", "2026-02-01", None),
    ],
    columns=[*(one.name for one in COLUMNS), "geometry"],
)
"""``a`` and ``b`` touch along an edge; ``c`` has a hole; ``d`` is in two parts; ``e`` is nowhere."""


def collection(
    table: pd.DataFrame = SQUARES,
    *,
    columns: Sequence[Column] = COLUMNS,
    key: str = "code",
    datetime_columns: tuple[str, ...] = ("first_day", "last_day"),
) -> Collection:
    """Return a collection of a table that has a ``geometry``."""
    ordered = table.sort_values(key).reset_index(drop=True)
    shapes = published(np.array(list(ordered["geometry"]), dtype=object))
    made = Made(ordered.drop(columns="geometry").set_axis(list(ordered[key].astype("str")), axis="index"), shapes)
    return Collection(
        "hand",
        "À la main",
        "Carrés.",
        key,
        tuple(columns),
        "MultiPolygon",
        datetime_columns,
        {},
        dict,
        encode(made, columns),
    ).prepared()


def ids(page: Any) -> list[str]:  # noqa: ANN401 -- a Page, kept short
    """Return the ids on a page, in order."""
    return [feature["id"] for feature in json.loads(b"[" + page.features + b"]")]


def table_of(shapes: Sequence[shapely.Geometry | None]) -> pd.DataFrame:
    """Return a table of nothing but shapes."""
    return pd.DataFrame({"code": [f"{number:05}" for number in range(len(shapes))], "geometry": list(shapes)})
