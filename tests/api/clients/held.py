"""What a collection holds, compared with what a program read of it."""

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo_integration.disclosure import Viewer

if TYPE_CHECKING:
    from geo_integration.features import Catalogue, Collection

NAMES = (
    "communes",
    "arrondissements",
    "epci",
    "departements",
    "regions",
    "offers",
    "sessions",
    "oepre",
    "schools",
    "ctai",
    "gaps",
    "gaps_epci",
    "gaps_departements",
    "gaps_regions",
)
"""Every collection the public reads of the demonstration."""
_DEGREES = 1e-6


def collection_of(catalogue: "Catalogue", name: str) -> "Collection":
    """Return a collection as the public sees it."""
    return catalogue.get(name, Viewer.PUBLIC)


def check_same(read: gpd.GeoDataFrame, held: "Collection") -> None:
    """Check that a program read every feature of a collection, with its place, its bounds and a property."""
    assert len(read) == held.count
    read = read.sort_values("id", kind="stable").reset_index(drop=True)
    encoded = held._encoded
    order = np.argsort(np.asarray(encoded.ids, dtype=object), kind="stable")
    assert read["id"].tolist() == [encoded.ids[position] for position in order]
    expected, got = encoded.shapes[order], read.geometry.to_numpy()
    there = ~shapely.is_missing(expected)
    # QGIS 3.22 reads a feature without geometry as one with an empty geometry.
    assert (there == ~(shapely.is_missing(got) | shapely.is_empty(got))).all()
    assert shapely.is_valid(got[there]).all()
    # A program may begin a ring elsewhere, or turn the other way round.
    same = shapely.equals_exact(shapely.normalize(expected[there]), shapely.normalize(got[there]), _DEGREES)
    assert same.all()
    assert held.bbox is not None
    assert np.allclose(read.total_bounds, held.bbox, atol=_DEGREES)
    for column in [one.name for one in held.columns if one.type == "text"][:3]:
        told = encoded.table[column].iloc[order].reset_index(drop=True)
        assert _plain(read[column]) == _plain(told), column


def _plain(values: "pd.Series[Any]") -> list[str | None]:
    """Return texts; a program may read an absent one as an empty one."""
    return [None if pd.isna(value) or value == "" else str(value) for value in values]
