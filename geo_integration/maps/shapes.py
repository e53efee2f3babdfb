"""Polygons light enough for one file: simplified together, quantised, written as differences of integers."""

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

SCALE = 10_000
"""Units per degree in the file: about 11 m north-south, finer than a pixel at the closest zoom."""
MOST_VERTICES = 180_000
_TOLERANCES = (0.0, 0.001, 0.002, 0.003, 0.005, 0.008, 0.012, 0.02)
"""Degrees of latitude; 0.001 is about 110 m."""

_LEAST_VERTICES = 6
"""Of a commune as simple as it gets, on average."""
_METROPOLE = shapely.box(-6, 41, 10, 52)

type Geometries = npt.NDArray[np.object_]
type Ring = list[int]


class Place(NamedTuple):
    """Where the symbol of a commune stands."""

    lon: float
    lat: float
    name: str


def lightened(shapes: Geometries, *, most: int = MOST_VERTICES) -> Geometries:
    """Return the shapes simplified together, shared borders still shared, to at most ``most`` vertices.

    Display only: distances and areas are never computed from these. A missing shape stays missing.
    """
    drawn = ~shapely.is_missing(shapes)
    result = shapes.copy()
    if drawn.any():
        result[drawn] = _simplified(shapes[drawn], most)
    return result


def _simplified(shapes: Geometries, most: int) -> Geometries:
    squeeze = float(np.cos(np.radians(np.nanmean(shapely.get_y(shapely.centroid(shapes))))))
    factor = np.array([squeeze, 1.0])
    squeezed = shapely.transform(shapely.force_2d(shapes), lambda xy: xy * factor)
    light = squeezed
    # Whole countries take ten seconds a try: where no tolerance can do, only the coarsest is worth it.
    hopeless = len(shapes) * _LEAST_VERTICES > most
    for tolerance in _TOLERANCES[-1:] if hopeless else _TOLERANCES:
        if tolerance:
            light = shapely.coverage_simplify(squeezed, tolerance)
        if int(shapely.get_num_coordinates(light).sum()) <= most:
            break
    return np.asarray(shapely.transform(light, lambda xy: xy / factor), dtype=object)


def encoded(shape: BaseGeometry | None) -> list[list[Ring]]:
    """Return polygons > rings > ``[lon, lat, dlon, dlat, …]`` in 1/10,000 degree, closing vertex left out."""
    if shape is None or shape.is_empty:
        return []
    polygons = [part for part in shapely.get_parts(shape) if isinstance(part, shapely.Polygon)]
    found = [[_ring(ring) for ring in (part.exterior, *part.interiors)] for part in polygons if not part.is_empty]
    kept = [[ring for ring in rings if ring] for rings in found if rings[0]]
    return kept or [[_square(shape)]]


def _ring(ring: shapely.LinearRing) -> Ring:
    grid = np.rint(shapely.get_coordinates(ring) * SCALE).astype(np.int64)
    moved = np.any(np.diff(grid, axis=0) != 0, axis=1)
    distinct = grid[:-1][moved]
    if len(distinct) < 3:  # noqa: PLR2004 -- a ring has three corners
        return []
    steps = np.diff(distinct, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    return [int(value) for value in steps.ravel()]


def _square(shape: BaseGeometry) -> Ring:
    """Stand in for a commune smaller than the grid, so that it still can be pointed at."""
    x, y = (round(value * SCALE) for value in (shape.centroid.x, shape.centroid.y))
    return [x, y, 1, 0, 0, 1, -1, 0]


def outlines(shapes: Geometries, codes: "pd.Series[str]") -> dict[str, object]:
    """Return the borders between groups of shapes as one GeoJSON MultiLineString, each border once."""
    kept = codes.notna().to_numpy() & ~shapely.is_missing(shapes)
    groups = pd.Series(list(shapes[kept])).groupby(codes[kept].to_numpy())
    dissolved = [shapely.unary_union(list(group)) for _, group in groups]
    lines = shapely.line_merge(shapely.unary_union([shapely.boundary(shape) for shape in dissolved]))
    parts = [np.round(shapely.get_coordinates(line), 4).tolist() for line in shapely.get_parts(lines)]
    geometry = {"type": "MultiLineString", "coordinates": sorted(parts)}
    feature = {"type": "Feature", "id": "0", "properties": {}, "geometry": geometry}
    return {"type": "FeatureCollection", "features": [feature]}


def corners(shapes: Geometries) -> list[list[float]]:
    """Return the south-west and north-east corners of shapes; of those in metropolitan France where some are."""
    there = shapely.intersects(shapes, _METROPOLE)
    west, south, east, north = shapely.total_bounds(shapes[there] if there.any() else shapes)
    found = np.round([[south, west], [north, east]], 4)
    return [[float(value) for value in corner] for corner in found]


def inner_places(table: gpd.GeoDataFrame) -> dict[str, Place]:
    """Return a point inside each commune of a coverage table, and its name, by code."""
    table = table[table.geometry.notna() & ~table.geometry.is_empty]
    points = shapely.point_on_surface(np.asarray(table.geometry.array, dtype=object))
    xy = np.round(np.column_stack([shapely.get_x(points), shapely.get_y(points)]), 4).tolist()
    named = zip(table["commune_code"], table["commune_name"], xy, strict=True)
    return {code: Place(lon, lat, name) for code, name, (lon, lat) in named}
