"""GeoPackage: one polygon per commune, the roll-ups beside it, column titles in French for QGIS."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio

from geo_integration.errors import LayerError
from geo_integration.exports.headings import COVERAGE_HEADINGS, ROLLUP_HEADINGS, Heading
from geo_integration.exports.meta import FICTITIOUS, Meta, question, source_line
from geo_integration.exports.values import replacing
from geo_integration.schema import WGS84

type Described = tuple[pd.DataFrame, Mapping[str, Heading]]
"""A table and the headings of its columns."""

_POLYGONS = "MultiPolygon"
_SCHEMA_EXTENSION = """
CREATE TABLE IF NOT EXISTS gpkg_data_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT,
  mime_type TEXT, constraint_name TEXT,
  CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name), CONSTRAINT gdc_tn UNIQUE (table_name, name)
);
CREATE TABLE IF NOT EXISTS gpkg_extensions (
  table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL,
  CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name)
);
INSERT INTO gpkg_extensions VALUES ('gpkg_data_columns', NULL, 'gpkg_schema', 'GeoPackage 1.2 Annex F.9', 'read-write');
"""


def write_gpkg(
    gaps: gpd.GeoDataFrame,
    path: Path,
    *,
    meta: Meta,
    rollups: Mapping[str, pd.DataFrame] | None = None,
) -> None:
    """Write layer ``gaps`` (MultiPolygon, EPSG:4326) and one layer per roll-up, named after its level.

    A roll-up with a geometry becomes a polygon layer, otherwise a plain table. Raises LayerError where
    a geometry says no CRS.
    """
    if gaps.crs is None:
        raise LayerError("géométrie sans projection (CRS)", where=str(path), way_out="préciser la projection")
    layers: dict[str, Described] = {"gaps": (gaps.sort_values("commune_code", kind="stable"), COVERAGE_HEADINGS)}
    layers |= {name: (table, ROLLUP_HEADINGS) for name, table in (rollups or {}).items()}
    write_layers(layers, path, meta=meta)


def write_layers(layers: Mapping[str, Described], path: Path, *, meta: Meta) -> None:
    """Write each table with its headings as one layer, by name: polygons, points, or no geometry at all."""
    with replacing(path) as partial, _dated(meta["as_of"]):
        for name, (table, _) in layers.items():
            _write_layer(table, partial, name=name, meta=meta)
        with closing(sqlite3.connect(partial)) as base, base:
            base.executescript(_SCHEMA_EXTENSION)
            base.executemany(
                "INSERT INTO gpkg_data_columns (table_name, column_name, name, title, description) VALUES (?,?,?,?,?)",
                list(_titles(layers)),
            )


def _write_layer(table: pd.DataFrame, path: Path, *, name: str, meta: Meta) -> None:
    shape = _shape(table)
    if isinstance(table, gpd.GeoDataFrame):
        table = gpd.GeoDataFrame(table).to_crs(WGS84) if shape else pd.DataFrame(table).drop(columns="geometry")
    pyogrio.write_dataframe(
        table,
        path,
        layer=name,
        driver="GPKG",
        geometry_type=shape,
        promote_to_multi=shape == _POLYGONS or None,
        append=path.exists(),
        dataset_options={} if path.exists() else {"VERSION": "1.3"},  # what GDAL and QGIS of Debian read without a word
        use_arrow=True,
        layer_options={"IDENTIFIER": f"{meta['title']} — {name}", "DESCRIPTION": _description(meta)},
        dataset_metadata={"geo_integration": json.dumps(meta, ensure_ascii=False, allow_nan=False)},
    )


def _description(meta: Meta) -> str:
    lines = [FICTITIOUS] if meta["synthetic"] else []
    lines += [f"{label} : {value}" for label, value in question(meta) if value]
    lines += ["Sources : " + " ; ".join(source_line(source) for source in meta["sources"])]
    return "\n".join([*lines, meta["method"], *meta["disclaimer"]])


def _shape(table: pd.DataFrame) -> str | None:
    """Return the geometry type of a layer, None for a table where no row has a place."""
    if not isinstance(table, gpd.GeoDataFrame):
        return None
    kinds = set(table.geometry.dropna().geom_type)
    if kinds <= {"Point"}:
        return "Point" if kinds else None
    return _POLYGONS if kinds <= {"Polygon", _POLYGONS} else "Unknown"


def _titles(layers: Mapping[str, Described]) -> Iterator[tuple[str, str, str, str, str]]:
    """Give (table, column, unique name, title, description) of every column that has a French heading."""
    for table, (content, headings) in layers.items():
        for column in content.columns:
            if column in headings:
                yield (table, column, column, headings[column].label, headings[column].meaning)


@contextmanager
def _dated(as_of: str) -> Iterator[None]:
    """Make GDAL write that day as the date of the file, so that the same tables give the same bytes."""
    option = "OGR_CURRENT_DATE"
    before = pyogrio.get_gdal_config_option(option)
    pyogrio.set_gdal_config_options({option: f"{as_of}T00:00:00.000Z"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({option: before})
