"""Points: town halls of the current communes, and where the communes of former codes lie."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data.build.territory_shapes import from_hex, legal_zone

MAIRIE_TOLERANCE_METRES = 500.0  # the outlines themselves are generalised: see docs/territories.md


def town_halls(current: pd.DataFrame, earlier: pd.DataFrame) -> list[pd.Series]:
    """Return the candidates for the town hall (points in WGS84 by commune code), best source first.

    The commune's own in the current edition, in the earlier one, then the one of the delegated commune that has
    kept the commune's code, which often houses it.
    """
    found = []
    for kind in ("COM", "COMD"):
        for edition in (current, earlier):
            rows = edition[edition["type"] == kind].dropna(subset="mairie").set_index("code")["mairie"]
            points = pd.Series(from_hex(rows), index=rows.index, dtype=object)
            found.append(points[~shapely.is_empty(points.to_numpy())])
    return found


def place_town_halls(frame: gpd.GeoDataFrame, candidates: list[pd.Series]) -> tuple[gpd.GeoDataFrame, dict[str, float]]:
    """Add ``mairie_lon, mairie_lat, mairie_quality``; return also how far the kept points lie outside their outline.

    A candidate farther than ``MAIRIE_TOLERANCE_METRES`` from its commune is an error of geocoding at the source.
    Where all are, the commune gets a point inside its outline.
    """
    points = pd.Series(None, index=frame.index, dtype=object)
    away = pd.Series(np.nan, index=frame.index)
    for candidate in candidates:
        there = frame["code"].map(candidate)
        distance = distance_metres(frame, there)
        better = points.isna() & (distance <= MAIRIE_TOLERANCE_METRES)
        points, away = points.mask(better, there), away.mask(better, distance)
    official = points.notna()
    inside = frame.geometry.representative_point().where(frame.geometry.notna(), None)
    places = np.array(gpd.GeoSeries(points.where(official, inside)))
    result = frame.assign(
        mairie_lon=np.round(shapely.get_x(places), 6),
        mairie_lat=np.round(shapely.get_y(places), 6),
        mairie_quality=np.where(official, "official", "representative_point"),
    )
    result.loc[frame.geometry.isna(), "mairie_quality"] = None
    return result, dict(zip(frame.loc[away > 0, "code"], away[away > 0].round(1), strict=True))


def legal_zones(frame: gpd.GeoDataFrame) -> pd.Series:
    """Return the EPSG code of the legal projection of each row, null without an outline."""
    return frame["code"].map(legal_zone).where(frame.geometry.notna())


def metric_area(frame: gpd.GeoDataFrame) -> pd.Series:
    """Return areas in square metres, each in its legal projection."""
    pieces = [part.to_crs(int(zone)).area for zone, part in frame.geometry.groupby(legal_zones(frame))]
    return pd.concat(pieces).reindex(frame.index)


def distance_metres(frame: gpd.GeoDataFrame, points: pd.Series) -> pd.Series:
    """Return how far each point is from its row's outline (0 inside, NaN where either is missing)."""
    series = gpd.GeoSeries(points, crs=4326)
    pieces = [
        part.to_crs(int(zone)).distance(series.loc[part.index].to_crs(int(zone)))
        for zone, part in frame.geometry.groupby(legal_zones(frame))
    ]
    return pd.concat(pieces).reindex(frame.index)


def former_points(current: pd.DataFrame, earlier: pd.DataFrame) -> dict[tuple[str, str], tuple[float, float, str]]:
    """Return longitude, latitude and quality by (code, type): the town hall, else a point inside the outline."""
    points: dict[tuple[str, str], tuple[float, float, str]] = {}
    for column, quality in (("mairie", "official"), ("geometry", "representative_point")):
        for edition in (current, earlier):
            rows = edition.dropna(subset=column)
            places = shapely.point_on_surface(np.array(from_hex(rows[column]), dtype=object))
            for code, kind, place in zip(rows["code"], rows["type"], places, strict=True):
                if not place.is_empty:
                    points.setdefault((code, kind), (round(place.x, 6), round(place.y, 6), quality))
    return points


def without_misplaced(former: pd.DataFrame, communes: gpd.GeoDataFrame) -> pd.DataFrame:
    """Blank the points that lie outside the current commune: a wrong point is worse than none."""
    outlines = communes.set_index("code").geometry.reindex(former["current_code"]).to_numpy()
    points = gpd.points_from_xy(former["lon"], former["lat"]).to_numpy()
    points[former["lon"].isna()] = None
    # 0.005 degrees: a few hundred metres, as much as the outlines are generalised.
    outside = (shapely.distance(outlines, points) > 0.005).astype(bool)  # noqa: PLR2004
    result = former.copy()
    result.loc[outside, ["lon", "lat"]] = np.nan
    result.loc[outside, "point_quality"] = None
    return result
