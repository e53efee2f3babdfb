"""Where a point is, and metres: the legal projections and the point-in-commune test."""

from functools import cache
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo_integration.errors import LayerError, UnknownTerritoryError
from geo_integration.territories.tables import attributes, outlines

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.object_]

METROPOLE_CRS = 2154
# Legal systems of overseas France (decree 2019-165 and its order).
OVERSEAS_CRS = {
    "971": 5490,
    "972": 5490,
    "973": 2972,
    "974": 2975,
    "975": 4467,
    "976": 4471,
    "977": 5490,
    "978": 5490,
    "986": 8903,
    "987": 3297,
    "988": 3163,
}
# Longitude and latitude bounds of each projection, to find it from the geometry alone.
_BOUNDS = {
    2154: (-6.0, 41.0, 10.0, 51.5),
    5490: (-63.5, 14.0, -60.5, 18.5),
    2972: (-55.0, 1.5, -51.0, 6.5),
    2975: (55.0, -21.6, 56.0, -20.7),
    4471: (44.5, -13.5, 45.7, -12.2),
    4467: (-56.7, 46.6, -56.0, 47.3),
}


def legal_crs(departement_code: str) -> int:
    """Return the EPSG code of the legal projection of a département or collectivity.

    Raises
    ------
    UnknownTerritoryError
        No such département, or one with no single legal projection (984, 989: no inhabitants).
    """
    clean = str(departement_code).strip().upper()
    if clean in OVERSEAS_CRS:
        return OVERSEAS_CRS[clean]
    table = attributes("departements")
    if clean in set(table.loc[table["zone"] == "metro", "code"]):
        return METROPOLE_CRS
    raise UnknownTerritoryError(
        f"pas de projection légale pour le département « {clean} »",
        way_out="Donnez un code de département : 01 à 95, 2A, 2B, 971 à 978, 986, 987 ou 988.",
    )


def to_metric(layer: gpd.GeoDataFrame, departement_code: str | None = None) -> gpd.GeoDataFrame:
    """Project a layer to the legal projection, in metres.

    Parameters
    ----------
    layer : any layer with a CRS.
    departement_code : whose projection; without it, the one whose zone holds the whole layer.

    Raises
    ------
    LayerError
        The layer has no CRS, or no single zone holds it (project each département apart).
    UnknownTerritoryError
        Unknown département.
    """
    if layer.crs is None:
        raise LayerError(
            "la couche n'a pas de système de coordonnées", way_out="Déclarez-le, par exemple set_crs(4326)."
        )
    if departement_code is not None:
        return layer.to_crs(legal_crs(departement_code))
    bounds = layer.to_crs(4326).total_bounds
    for epsg, (west, south, east, north) in _BOUNDS.items():
        if west <= bounds[0] and south <= bounds[1] and bounds[2] <= east and bounds[3] <= north:
            return layer.to_crs(epsg)
    raise LayerError(
        "la couche ne tient pas dans la zone d'une seule projection légale",
        where=f"emprise {np.round(bounds, 2).tolist()}",
        way_out="Projetez chaque département séparément : to_metric(couche, departement_code=…).",
    )


@cache
def _index() -> tuple[shapely.STRtree, Codes, dict[str, Any]]:
    """Return the spatial index of the communes' outlines, their codes, and outline by code."""
    frame = outlines("communes")
    frame = frame[frame.geometry.notna()]
    codes = frame["code"].to_numpy(dtype=object)
    shapes = frame.geometry.to_numpy()
    return shapely.STRtree(shapes), codes, dict(zip(codes, shapes, strict=True))


def communes_at(lons: npt.ArrayLike, lats: npt.ArrayLike) -> Codes:
    """Return the code of the commune in which each point lies.

    Parameters
    ----------
    lons, lats : longitudes and latitudes in degrees, shape ``(n,)``; NaN allowed.

    Returns
    -------
    Array of codes, shape ``(n,)``; ``None`` outside every commune. A point on a shared border takes the
    smallest code. Outlines are generalised: near a border, check with :func:`distance_to_commune_metres`.
    """
    x, y = np.atleast_1d(np.asarray(lons, dtype=float)), np.atleast_1d(np.asarray(lats, dtype=float))
    found: Codes = np.full(len(x), None, dtype=object)
    usable = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    tree, codes, _ = _index()
    point, commune = tree.query(shapely.points(x[usable], y[usable]), predicate="intersects")
    # Communes are sorted by code: writing the largest first leaves the smallest in place.
    order = np.argsort(-commune, kind="stable")
    found[usable[point[order]]] = codes[commune[order]]
    return found


def commune_at(lon: float, lat: float) -> str | None:
    """Return the code of the commune in which a point (degrees) lies, or ``None``."""
    found: str | None = communes_at([lon], [lat])[0]
    return found


def distance_to_commune_metres(codes: npt.ArrayLike, lons: npt.ArrayLike, lats: npt.ArrayLike) -> Floats:
    """Return how far each point is from the outline of its declared commune.

    Parameters
    ----------
    codes : current commune codes, shape ``(n,)``.
    lons, lats : degrees, shape ``(n,)``.

    Returns
    -------
    Metres in the legal projection, shape ``(n,)``: 0 inside; inf beyond what it can show; NaN where the point is
    missing, the code is not a current one, or the commune has no outline.
    """
    wanted = np.atleast_1d(np.asarray(codes, dtype=object))
    x, y = np.atleast_1d(np.asarray(lons, dtype=float)), np.atleast_1d(np.asarray(lats, dtype=float))
    _, _, by_code = _index()
    shapes = np.array([by_code.get(code) for code in wanted], dtype=object)
    known = (shapes != None) & np.isfinite(x) & np.isfinite(y)  # noqa: E711 - elementwise
    result: Floats = np.full(len(wanted), np.nan)
    result[known] = 0.0
    rows = np.flatnonzero(known)
    rows = rows[~shapely.intersects_xy(shapes[rows], x[rows], y[rows])]
    zones = np.array([OVERSEAS_CRS.get(str(wanted[row])[:3], METROPOLE_CRS) for row in rows], dtype=int)
    for zone in np.unique(zones):
        part = rows[zones == zone]
        areas = gpd.GeoSeries(shapes[part], crs=4326).to_crs(int(zone))
        points = gpd.GeoSeries(gpd.points_from_xy(x[part], y[part], crs=4326)).to_crs(int(zone))
        with np.errstate(invalid="ignore"):  # a point on the far side of the earth projects to infinity
            metres = areas.distance(points).to_numpy()
        result[part] = np.where(np.isnan(metres), np.inf, metres)
    return result


def mairie_points(codes: pd.Series) -> Floats:
    """Return longitude and latitude of the town halls of current codes, shape ``(n, 2)``; NaN if unknown."""
    table = attributes("communes").set_index("code")[["mairie_lon", "mairie_lat"]]
    return table.reindex(codes).to_numpy(dtype=float)
