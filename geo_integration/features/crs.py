"""Coordinate reference systems as OGC API - Features names them (Part 2), each in the axis order of its authority."""

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from geo_integration.errors import OptionError

type Geometries = npt.NDArray[np.object_]

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_EPSG = "http://www.opengis.net/def/crs/EPSG/0/"

SERVED = (CRS84, *(f"{_EPSG}{code}" for code in (4326, 2154, 2972, 2975, 5490, 4471, 3857)))
"""Longitude and latitude, latitude and longitude, the legal projections of France, and the web's Mercator."""

DEGREE_DECIMALS = 7
METRE_DECIMALS = 2
_ROUND_THE_WORLD_METRES = 4e7
_STEP_METRES = 1_000.0
_MOST_STEPS = 2_000
"""A side of a bbox in metres is a curve in degrees: it is followed every kilometre, 2 cm from the true line."""


def known(uri: str, *, where: str) -> str:
    """Return the URI of a system served; OptionError, which lists them, for any other."""
    if uri not in SERVED:
        raise OptionError(
            f"système de coordonnées inconnu : {uri}", where=where, way_out=f"choisir : {', '.join(SERVED)}"
        )
    return uri


def reprojected(shapes: Geometries, uri: str) -> Geometries:
    """Return shapes given in longitude and latitude as a system wants them: axes ordered, metres to the centimetre.

    A shape that has no coordinates there (too far from where the projection holds) becomes null.
    """
    if uri == CRS84:
        return shapes
    if _latitude_first(uri):
        moved = shapely.transform(shapes, lambda xy: np.round(xy[:, ::-1], DEGREE_DECIMALS))
        return np.asarray(moved, dtype=object)
    transformer = _transformer(CRS84, uri)

    def project(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.round(np.column_stack(transformer.transform(xy[:, 0], xy[:, 1])), METRE_DECIMALS)

    moved = np.asarray(shapely.transform(shapes, project), dtype=object)
    bounds = shapely.bounds(moved)
    # The bounds leave infinite coordinates out or not according to where they stand: each coordinate is looked at.
    suspect = ~shapely.is_missing(moved) & ~np.isfinite(bounds).all(axis=1)
    finite, owner = shapely.get_coordinates(moved, return_index=True)
    suspect[np.unique(owner[~np.isfinite(finite).all(axis=1)])] = True
    moved[suspect] = None
    return moved


def area_of(bounds: tuple[float, float, float, float], uri: str) -> shapely.Geometry:
    """Return in longitude and latitude the area between two corners, given in a system served.

    Parameters
    ----------
    bounds : lowest of the first and the second axis of the system, then the highest of both. In degrees, a western
        longitude greater than the eastern one crosses the antimeridian. In metres, what lies further from where the
        projection holds than that place is wide is left out.

    Raises
    ------
    OptionError
        ``where`` is ``bbox``: the highest is below the lowest, or nothing of it is where the projection holds.
    """
    if uri == CRS84 or _latitude_first(uri):
        first, second, third, fourth = bounds
        west, south, east, north = bounds if uri == CRS84 else (second, first, fourth, third)
        _refuse_unordered(south, north)
        if west <= east:
            return _box(west, south, east, north)
        return shapely.union(_box(west, south, 180.0, north), _box(-180.0, south, east, north))
    return _from_metres(bounds, uri)


def _from_metres(bounds: tuple[float, float, float, float], uri: str) -> shapely.Geometry:
    west, south, east, north = bounds
    _refuse_unordered(south, north)
    _refuse_unordered(west, east)
    left, bottom, right, top = _domain(uri)
    west, south, east, north = max(west, left), max(south, bottom), min(east, right), min(north, top)
    if west > east or south > north:
        raise OptionError("emprise hors du domaine de cette projection", where="bbox", way_out="vérifier bbox-crs")
    box = _box(west, south, east, north)
    longest = max(east - west, north - south)
    box = shapely.segmentize(box, max(_STEP_METRES, longest / _MOST_STEPS)) if longest > 0 else box
    transformer = _transformer(uri, CRS84)

    def back(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))

    area: shapely.Geometry = shapely.transform(box, back)
    if not np.isfinite(shapely.get_coordinates(area)).all():
        raise OptionError("emprise hors du domaine de cette projection", where="bbox", way_out="vérifier bbox-crs")
    return area


def _box(west: float, south: float, east: float, north: float) -> shapely.Geometry:
    """Return a box; a point or a line where it has no area, for such a polygon would be invalid."""
    if west == east and south == north:
        return shapely.Point(west, south)
    if west == east or south == north:
        return shapely.LineString([(west, south), (east, north)])
    return shapely.box(west, south, east, north)


def _refuse_unordered(low: float, high: float) -> None:
    if low > high:
        raise OptionError(
            f"le minimum {low:g} dépasse le maximum {high:g}",
            where="bbox",
            way_out="donner le coin le plus bas, puis le plus haut, dans l'ordre des axes de bbox-crs",
        )


@cache
def _crs(uri: str) -> pyproj.CRS:
    return pyproj.CRS("OGC:CRS84" if uri == CRS84 else f"EPSG:{uri.removeprefix(_EPSG)}")


@cache
def _latitude_first(uri: str) -> bool:
    return bool(_crs(uri).is_geographic) and str(_crs(uri).axis_info[0].direction) == "north"


@cache
def _transformer(source: str, target: str) -> Any:  # noqa: ANN401 -- pyproj is not typed here
    """Return the way from one system to the other; its axes are those of the authorities (safe between threads)."""
    return pyproj.Transformer.from_crs(_crs(source), _crs(target), always_xy=False)


@cache
def _domain(uri: str) -> tuple[float, float, float, float]:
    """Return the bounds of where a projection is meant to be used; of a local one, once more as wide on every side."""
    use = _crs(uri).area_of_use
    west, south, east, north = (-180.0, -90.0, 180.0, 90.0) if use is None else use.bounds
    west, south, east, north = _transformer(CRS84, uri).transform_bounds(west, south, east, north, densify_pts=21)
    if east - west > _ROUND_THE_WORLD_METRES:
        return west, south, east, north
    wide, high = east - west, north - south
    return west - wide, south - high, east + wide, north + high
