"""GeoJSON (RFC 7946): WGS84, right-hand rule, ids, null for missing, one feature a line."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geo_integration.errors import LayerError
from geo_integration.exports.headings import COVERAGE_HEADINGS, Heading
from geo_integration.exports.meta import FICTITIOUS, Meta
from geo_integration.exports.values import TERMS, Cell, cells, replacing
from geo_integration.schema import WGS84

POLYGON_DECIMALS = 5
"""About one metre: finer than any simplified boundary."""
POINT_DECIMALS = 6

type Geometries = npt.NDArray[np.object_]


def write_geojson(
    table: gpd.GeoDataFrame,
    path: Path,
    *,
    meta: Meta,
    key: str = "commune_code",
    headings: Mapping[str, Heading] | None = None,
    members: Mapping[str, Any] | None = None,
) -> None:
    """Write a table of polygons or points as an RFC 7946 feature collection.

    Parameters
    ----------
    table : one row per feature, in any CRS; reprojected to WGS84.
    path : file to write or replace.
    meta : goes to the foreign member ``geo_integration``, with the labels of every code.
    key : column whose value becomes the feature's id; rows are written in its order.
    headings : French titles of the columns, the coverage table's where not given.
    members : what else goes to the foreign member: plain values only.

    Raises
    ------
    LayerError
        The table says no CRS.
    """
    if table.crs is None:
        raise LayerError("géométrie sans projection (CRS)", where=str(path), way_out="préciser la projection")
    ordered = table.to_crs(WGS84).sort_values(key, kind="stable")
    shapes = published(np.asarray(ordered.geometry.array, dtype=object))
    with replacing(path) as partial, partial.open("w", encoding="utf-8", newline="\n", errors="replace") as file:
        file.write('{"type":"FeatureCollection",\n')
        member = _foreign_member(meta, COVERAGE_HEADINGS if headings is None else headings)
        file.write(f'"geo_integration":{_json({**member, **(members or {})})},\n')
        if len(shapes) and np.isfinite(bounds := shapely.total_bounds(shapes)).all():
            file.write(f'"bbox":{_json([round(float(value), POINT_DECIMALS) for value in bounds])},\n')
        file.write('"features":[')
        for number, feature in enumerate(_features(ordered, shapes, key)):
            file.write(("," if number else "") + "\n" + feature)
        file.write("\n]}\n")


def published(shapes: Geometries) -> Geometries:
    """Return the shapes in 2D on a 5-decimal grid (points: 6), still valid, exterior rings counter-clockwise.

    A polygon smaller than the grid keeps its own coordinates rather than vanish.
    """
    flat = shapely.force_2d(shapes)
    points = shapely.get_type_id(flat) == shapely.GeometryType.POINT
    rounded = np.where(points, _rounded(flat, POINT_DECIMALS), _snapped(flat))
    return np.asarray(shapely.orient_polygons(rounded, exterior_cw=False), dtype=object)


def _rounded(shapes: Geometries, decimals: int) -> Geometries:
    return np.asarray(shapely.transform(shapes, lambda xy: np.round(xy, decimals)), dtype=object)


def _snapped(shapes: Geometries) -> Geometries:
    """Round; where that breaks a polygon, let GEOS snap it to the grid; where that loses it, leave it."""
    snapped = _rounded(shapes, POLYGON_DECIMALS)
    there = ~shapely.is_missing(shapes)
    broken = there & ~shapely.is_valid(snapped)
    snapped[there & ~broken] = shapely.remove_repeated_points(snapped[there & ~broken])
    if broken.any():
        sound = shapely.make_valid(shapes[broken], method="structure")
        again = _rounded(shapely.set_precision(sound, 10.0**-POLYGON_DECIMALS), POLYGON_DECIMALS)
        kept = shapely.is_valid(again) & (shapely.get_dimensions(again) == shapely.get_dimensions(sound))
        snapped[broken] = np.where(kept, again, sound)
    return np.asarray(snapped, dtype=object)


def _features(table: gpd.GeoDataFrame, shapes: Geometries, key: str) -> Iterator[str]:
    names = [str(name) for name in table.columns if name != table.geometry.name]
    columns = [cells(table[name]) for name in names]
    causes = {term.value: term.label for term in TERMS["cause"]}
    ids = cells(table[key])
    geometries = shapely.to_geojson(shapes)
    for number, row in enumerate(zip(*columns, strict=True)):
        properties: dict[str, Cell] = dict(zip(names, row, strict=True))
        if "cause" in properties:
            properties["cause_label"] = causes.get(str(properties["cause"]))
        geometry = geometries[number] or "null"
        yield (f'{{"type":"Feature","id":{_json(ids[number])},"geometry":{geometry},"properties":{_json(properties)}}}')


def _foreign_member(meta: Meta, headings: Mapping[str, Heading]) -> dict[str, Any]:
    lists = TERMS | {name: found.terms for name, found in headings.items() if found.terms is not None}
    return {
        **meta,
        "warning": FICTITIOUS if meta["synthetic"] else None,
        "columns": {name: found.label for name, found in headings.items()},
        "labels": {name: {term.value: term.label for term in terms} for name, terms in lists.items()},
    }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
