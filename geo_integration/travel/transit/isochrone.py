"""Isochrones by timetable: the ground within so many minutes, leaving or arriving at one hour of one day.

The definition of :mod:`geo_integration.travel.streets.isochrone`, with vehicles in between: everywhere a person
can stand T minutes after setting out at that hour, having walked, ridden and walked on. On a street network the last
walk follows the streets; without one it is the straight line, lengthened, as the minutes of the outline walk are.

Every stop is a place of the engine; its time is the earliest arrival there. From the place and from every stop
reached, people walk on. Two approximations, both towards longer times: a stop half-way along a street is left
by either of its ends, and a cell takes the time of its own centre.
"""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from geo_integration.travel.snapping import Floats
from geo_integration.travel.straight import DETOUR
from geo_integration.travel.streets.contours import METRES_PER_DEGREE, Grid, polygon_below
from geo_integration.travel.streets.isochrone import (
    CELL_METRES,
    EQUAL_AREA,
    checked_minutes,
    isochrones_from,
)
from geo_integration.travel.streets.network import RoadNetwork
from geo_integration.travel.transit.engine import NEVER, TransitEngine
from geo_integration.travel.transit.links import WALKING_KMH, Points
from geo_integration.vocabulary import Mode

MINUTE = 60.0
"""Seconds in one."""


def transit_isochrones(
    engine: TransitEngine,
    stops: pd.DataFrame,
    lon: float,
    lat: float,
    minutes: Sequence[float],
    *,
    at: int,
    towards: bool = False,
    network: RoadNetwork | None = None,
) -> gpd.GeoDataFrame:
    """Return the ground within so many minutes of a place by timetable.

    Parameters
    ----------
    engine : of the day.
    stops : the stops of the day timetable: ``lon``, ``lat``.
    lon, lat : the place, WGS84 degrees.
    minutes : one or more times, each over 0 and up to 600, none twice.
    at : second from midnight of setting out, or with ``towards`` of being there.
    towards : from where the place is reached by then, rather than where one gets from it.
    network : streets people walk on; straight lines, lengthened, without it.

    Returns
    -------
    As :func:`geo_integration.travel.streets.isochrone.isochrones`: one row per time, each inside the next.

    Raises
    ------
    OptionError
        A time or an hour out of range.
    NetworkUnavailableError
        With ``network``: no street near the place.
    """
    levels = checked_minutes(minutes)
    place = Points(np.array([lon], dtype=np.float64), np.array([lat], dtype=np.float64))
    every = Points.of(stops)
    joined = engine.join(place, every)
    row = np.zeros(1, dtype=np.int64)
    found = engine.there(joined, row, arrive_by=at) if towards else engine.back(joined, row, depart_at=at)
    seconds = np.where(found[0] == NEVER, np.inf, found[0].astype(np.float64))
    reached = np.flatnonzero(seconds <= levels[-1] * MINUTE)
    seeds = Points(np.append(every.lon[reached], lon), np.append(every.lat[reached], lat))
    times = np.append(seconds[reached], 0.0)
    if network is not None:
        return isochrones_from(network, (lon, lat), seeds.lon, seeds.lat, times * 1000, levels, towards=towards)
    return _outlined(seeds, times, levels, (lon, lat), towards=towards)


def _outlined(
    seeds: Points, seconds: Floats, levels: list[float], place: tuple[float, float], *, towards: bool
) -> gpd.GeoDataFrame:
    """Walk from every seed in a straight line, lengthened, on a grid."""
    pace = DETOUR * 3.6 / WALKING_KMH  # seconds per metre as the crow flies
    cell = next(size for up_to, size in CELL_METRES[Mode.BIKE] if levels[-1] <= up_to)
    cell = min(cell, levels[0] * MINUTE / pace / 2)
    grid = Grid.of(cell, float(np.round(place[1], 1)))
    metres = (levels[-1] * MINUTE - seconds) / pace
    first_column, first_row, shape = _window(seeds, metres, grid)
    times = np.full(shape, np.inf)
    lons = grid.lon(np.arange(shape[1]) + first_column)
    lats = grid.lat(np.arange(shape[0]) + first_row)
    for x, y, start, far in zip(seeds.lon, seeds.lat, seconds, metres, strict=True):
        _walk_on(times, lons, lats, (float(x), float(y)), start=start, far=far, pace=pace)
    shapes = [
        polygon_below(
            times, level * MINUTE, band=cell * pace, grid=grid, first_column=first_column, first_row=first_row
        )
        for level in levels
    ]
    return gpd.GeoDataFrame(
        {
            "minutes": np.array(levels, dtype=np.float64),
            "mode": [Mode.TRANSIT.value] * len(levels),
            "towards": [towards] * len(levels),
            "area_km2": gpd.GeoSeries(shapes, crs=4326).to_crs(EQUAL_AREA).area.to_numpy() / 1e6,
        },
        geometry=shapes,
        crs="EPSG:4326",
    )


def _window(seeds: Points, metres: Floats, grid: Grid) -> tuple[int, int, tuple[int, int]]:
    """Return the first column, the first row and the shape of the cells all walks stay inside."""
    high = metres / METRES_PER_DEGREE
    wide = high / np.cos(np.radians(seeds.lat))
    west, east = float((seeds.lon - wide).min()), float((seeds.lon + wide).max())
    south, north = float((seeds.lat - high).min()), float((seeds.lat + high).max())
    first_column, first_row = int(np.floor(grid.columns(west))) - 2, int(np.floor(grid.rows(south))) - 2
    columns = int(np.ceil(grid.columns(east))) + 2 - first_column
    rows = int(np.ceil(grid.rows(north))) + 2 - first_row
    return first_column, first_row, (rows + 1, columns + 1)


def _walk_on(
    times: Floats, lons: Floats, lats: Floats, seed: tuple[float, float], *, start: float, far: float, pace: float
) -> None:
    """Lower ``times`` in place around one seed."""
    flat = np.cos(np.radians(seed[1]))
    x, y = (lons - seed[0]) * flat * METRES_PER_DEGREE, (lats - seed[1]) * METRES_PER_DEGREE
    columns, rows = np.flatnonzero(np.abs(x) <= far), np.flatnonzero(np.abs(y) <= far)
    if not len(columns) or not len(rows):
        return
    part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    walked = start + np.hypot(x[columns][np.newaxis, :], y[rows][:, np.newaxis]) * pace
    times[part] = np.minimum(times[part], walked)
