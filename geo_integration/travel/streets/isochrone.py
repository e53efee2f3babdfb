"""Isochrones: the ground that can be reached in so many minutes, or from which a place can be reached.

One definition. *The isochrone of T minutes is everywhere a person can stand T minutes after leaving the
place*: the access leg from the place to its street, the streets, then a straight line off the nearest street
at the access speed, no longer than the off-street limit. ``towards=True``: everywhere from which a person
who leaves now is at the place T minutes later. It is the reach table's own rule, applied to the centre of each
cell of a grid, so a place well inside has at most T minutes in the reach table, and one well outside more.
What is nearest to a motorway, a tunnel or a ferry is reached from another street: nobody stands there.

Method: a bounded shortest-path search gives the times of nodes; each cell is joined to its nearest street
(:mod:`cells`) and takes its time there, one-way streets and parts of streets included; contours
(:mod:`contours`; marching squares, Lorensen and Cline 1987, by ``contourpy``) give polygons that are valid,
nested and rounded to a millionth of a degree. ``docs/isochrones.md`` measures the error.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import shapely

from geo_integration.errors import MissingDataError, OptionError
from geo_integration.travel.snapping import Booleans, Floats
from geo_integration.travel.streets.cells import Cells, Window, place_milliseconds
from geo_integration.travel.streets.contours import METRES_PER_DEGREE, polygon_below
from geo_integration.travel.streets.ends import MINUTE, joined_place, seconds_per_metre
from geo_integration.travel.streets.network import RoadNetwork
from geo_integration.travel.streets.router import node_milliseconds
from geo_integration.travel.streets.snap import Snapped, arriving, leaving, snap
from geo_integration.vocabulary import Mode

LONGEST_MINUTES = 600.0

CELL_METRES = {
    Mode.FOOT: ((30.0, 25.0), (60.0, 50.0), (LONGEST_MINUTES, 100.0)),
    Mode.BIKE: ((30.0, 50.0), (60.0, 100.0), (LONGEST_MINUTES, 200.0)),
    Mode.CAR: ((10.0, 50.0), (45.0, 100.0), (90.0, 200.0), (LONGEST_MINUTES, 400.0)),
}
"""By mode: cells as large as the second number for times up to the first, the longest time asked for."""

OFF_STREET_METRES = {Mode.FOOT: 150.0, Mode.BIKE: 200.0, Mode.CAR: 300.0}
"""How far off the nearest street ground still counts as reached; at least one cell."""

EQUAL_AREA = 6933
"""EPSG code of a projection that keeps areas, on the WGS84 ellipsoid."""

SMALLEST_CELL_METRES, LARGEST_CELL_METRES = 5.0, 2_000.0


@dataclass(frozen=True)
class _Reached:
    """What one search found.

    Attributes
    ----------
    origin : the place, joined to its street.
    node_times : milliseconds, inf beyond ``limit``, shape (nodes,).
    limit : milliseconds.
    """

    origin: Snapped
    node_times: Floats
    limit: float


def isochrones(
    network: RoadNetwork,
    lon: float,
    lat: float,
    minutes: Sequence[float],
    *,
    towards: bool = False,
    cell_metres: float | None = None,
) -> gpd.GeoDataFrame:
    """Return the ground within so many minutes of a place.

    Parameters
    ----------
    network : the streets, and through them the mode.
    lon, lat : the place, WGS84 degrees.
    minutes : one or more times, each over 0 and up to 600, none twice.
    towards : from where the place is reached, rather than where one gets from it.
    cell_metres : side of the cells; by default as the mode and the longest time ask. The place stands in a
        square of cells, so the shortest time must be enough to walk across one.

    Returns
    -------
    One row per time, shortest first: ``minutes``, ``mode``, ``towards``, ``area_km2`` (on the ellipsoid),
    ``geometry`` (MultiPolygon, WGS84, exterior rings anticlockwise, 6 decimals), each inside the next.
    ``attrs`` keeps ``lon``, ``lat``, ``towards``, ``cell_metres`` and ``off_street_metres``.

    Raises
    ------
    OptionError
        A time or a cell size out of range, or a time asked for twice.
    NetworkUnavailableError
        The place is farther from every street than the network's snapping limit.
    """
    levels = checked_minutes(minutes)
    cell = _cell_metres(network, levels, cell_metres)
    limit = levels[-1] * MINUTE + _band(network, cell)
    reached = _search(network, lon, lat, limit, towards=towards)
    return _drawn(network, reached, (lon, lat), levels, cell, towards=towards)


def isochrones_from(
    network: RoadNetwork,
    place: tuple[float, float],
    lon: Floats,
    lat: Floats,
    milliseconds: Floats,
    levels: list[float],
    *,
    towards: bool = False,
) -> gpd.GeoDataFrame:
    """Return the ground within so many minutes, walking on from several points that are reached at different times.

    Parameters
    ----------
    network : the streets.
    place : longitude and latitude all times are counted from.
    lon, lat, milliseconds : the points, and when each is reached (``towards``: how long before one leaves it), shape
        (points,). Those off the streets lead nowhere.
    levels : what :func:`checked_minutes` gives.
    towards : from where the place is reached.

    Returns and raises what :func:`isochrones` does.
    """
    cell = _cell_metres(network, levels, None)
    limit = levels[-1] * MINUTE + _band(network, cell)
    joined = snap(network, lon, lat)
    entries = arriving(network, joined) if towards else leaving(network, joined)
    started = np.rint(milliseconds[entries.place]).astype(np.int64)
    later = replace(entries, milliseconds=entries.milliseconds + started)
    times = node_milliseconds(network, later, limit_milliseconds=limit, towards=towards)
    reached = _Reached(joined_place(network, *place), times, limit)
    return _drawn(network, reached, place, levels, cell, towards=towards)


def _band(network: RoadNetwork, cell: float) -> float:
    """Return the milliseconds it takes to cross a cell off the streets."""
    return cell * seconds_per_metre(network) * 1000


def _drawn(
    network: RoadNetwork,
    reached: "_Reached",
    place: tuple[float, float],
    levels: list[float],
    cell: float,
    *,
    towards: bool,
) -> gpd.GeoDataFrame:
    """Draw what a search reached."""
    off_street = max(OFF_STREET_METRES[network.mode], cell)
    cells = Cells.of(network, cell, off_street)
    window, times = _cell_times(network, reached, cells, place, towards=towards)
    shapes = [
        polygon_below(
            times,
            level * MINUTE,
            band=_band(network, cell),
            grid=cells.grid,
            first_column=window.first_column,
            first_row=window.first_row,
        )
        for level in levels
    ]
    table = gpd.GeoDataFrame(
        {
            "minutes": np.array(levels, dtype=np.float64),
            "mode": [network.mode.value] * len(levels),
            "towards": [towards] * len(levels),
            "area_km2": gpd.GeoSeries(shapes, crs=4326).to_crs(EQUAL_AREA).area.to_numpy() / 1e6,
        },
        geometry=shapes,
        crs="EPSG:4326",
    )
    table.attrs = {
        "lon": float(place[0]),
        "lat": float(place[1]),
        "towards": towards,
        "cell_metres": cell,
        "off_street_metres": off_street,
    }
    return table


def area_error(
    network: RoadNetwork, isochrones: gpd.GeoDataFrame, *, tolerance_minutes: float = 0.0
) -> dict[float, dict[str, float]]:
    """Compare isochrones with the truth at the nodes of the network, whose times are exact.

    Parameters
    ----------
    network : the network they were made from.
    isochrones : as returned by :func:`isochrones`.
    tolerance_minutes : nodes this close to the time, or closer, are neither missed nor wrongly inside.

    Returns
    -------
    By minutes: ``nodes_within`` (time at most T minus the tolerance), ``missed_share`` (of these, outside the
    polygon), ``nodes_inside`` (in the polygon), ``overreached_share`` (of these, those whose time exceeds T
    plus the tolerance), ``area_km2``. Shares of nothing are 0. Only nodes of streets one can stand on count.

    Raises
    ------
    MissingDataError
        The table has lost the place it was made for (``attrs``).
    """
    try:
        lon, lat, towards = (isochrones.attrs[name] for name in ("lon", "lat", "towards"))
    except KeyError as error:
        raise MissingDataError(
            "ces isochrones ne disent plus de quel lieu elles partent",
            where=f"attrs, {error.args[0]}",
            way_out="mesurer l'erreur sur la table rendue par isochrones(), sans la recalculer",
        ) from error
    tolerance = tolerance_minutes * MINUTE
    longest = float(isochrones["minutes"].max()) * MINUTE
    times = _search(network, lon, lat, longest + tolerance, towards=towards).node_times
    standing = standing_nodes(network)
    times, node_lon, node_lat = times[standing], network.lon[standing], network.lat[standing]
    errors = {}
    for level, shape, area in zip(isochrones["minutes"], isochrones.geometry, isochrones["area_km2"], strict=True):
        shapely.prepare(shape)
        inside = shapely.intersects_xy(shape, node_lon, node_lat)
        within = times <= level * MINUTE - tolerance
        beyond = times > level * MINUTE + tolerance
        errors[float(level)] = {
            "nodes_within": float(within.sum()),
            "missed_share": _share(within & ~inside, within),
            "nodes_inside": float(inside.sum()),
            "overreached_share": _share(beyond & inside, inside),
            "area_km2": float(area),
        }
    return errors


def standing_nodes(network: RoadNetwork) -> Booleans:
    """Return the nodes that end a street one can stand on, shape (nodes,)."""
    standing = np.zeros(network.nodes, dtype=np.bool_)
    arcs = network.edge_snaps[network.edge]
    standing[network.tail[arcs]] = True
    standing[network.head[arcs]] = True
    return standing


def _search(network: RoadNetwork, lon: float, lat: float, limit: float, *, towards: bool) -> _Reached:
    """Search the streets around a place up to a number of milliseconds."""
    origin = joined_place(network, lon, lat)
    entries = arriving(network, origin) if towards else leaving(network, origin)
    return _Reached(origin, node_milliseconds(network, entries, limit_milliseconds=limit, towards=towards), limit)


def _cell_times(
    network: RoadNetwork, reached: _Reached, cells: Cells, place: tuple[float, float], *, towards: bool
) -> tuple[Window, Floats]:
    """Return milliseconds of the cells around a place, inf where there is no way, and where these cells are."""
    near = _touched_points(network, reached, towards=towards)
    grid = cells.grid
    margin = 2 + math.ceil(cells.limit_metres / METRES_PER_DEGREE * 1e6 / grid.lat_step)
    lon = np.append(network.shape_lon[near], place[0])
    lat = np.append(network.shape_lat[near], place[1])
    window = Window.around(lon, lat, grid, margin=margin)
    at, joined = cells.joined(network, window)
    times = np.full((window.rows, window.columns), np.inf)
    times.flat[at] = place_milliseconds(network, reached.origin, reached.node_times, joined, towards=towards)
    # Whoever stands at the place walks straight to the corners of their own square.
    column, row = grid.columns(place[0]), grid.rows(place[1])
    for corner_column in (math.floor(column), math.floor(column) + 1):
        for corner_row in (math.floor(row), math.floor(row) + 1):
            east = (corner_column - column) * grid.lon_step * np.cos(np.radians(place[1]))
            north = (corner_row - row) * grid.lat_step
            walk = math.hypot(east, north) / 1e6 * METRES_PER_DEGREE * seconds_per_metre(network) * 1000
            where = corner_row - window.first_row, corner_column - window.first_column
            times[where] = min(times[where], walk)
    return window, times


def _touched_points(network: RoadNetwork, reached: _Reached, *, towards: bool) -> Booleans:
    """Return the points of the shapes of streets travelled at least in part, shape (points,)."""
    ends = network.head if towards else network.tail
    touched = np.zeros(network.edges, dtype=np.bool_)
    touched[network.edge[reached.node_times[ends] <= reached.limit]] = True
    touched[reached.origin.edge] = True
    touched &= network.edge_snaps
    points: Booleans = np.repeat(touched, np.diff(network.shape_offsets))
    return points


def checked_minutes(minutes: Sequence[float]) -> list[float]:
    """Return the times, shortest first, or say which one is wrong."""
    levels = sorted(float(value) for value in minutes)
    way_out = f"donner des durées différentes, supérieures à 0 et d'au plus {LONGEST_MINUTES:.0f} minutes"
    if not levels:
        raise OptionError("aucune durée demandée", where="minutes", way_out=way_out)
    for value in levels:
        if not 0 < value <= LONGEST_MINUTES:
            raise OptionError(f"une durée de {value:g} minutes", where="minutes", way_out=way_out)
    if len(set(levels)) < len(levels):
        twice = next(value for value in levels if levels.count(value) > 1)
        raise OptionError(f"la durée de {twice:g} minutes est demandée deux fois", where="minutes", way_out=way_out)
    return levels


def _cell_metres(network: RoadNetwork, levels: list[float], asked: float | None) -> float:
    """Return the side of a cell: the one asked for, or the mode's, if the shortest time can show on it."""
    # A square is crossed along its diagonal.
    largest = levels[0] * 60 / seconds_per_metre(network) / math.sqrt(2)
    if asked is None:
        usual = next(cell for up_to, cell in CELL_METRES[network.mode] if levels[-1] <= up_to)
        cell = min(usual, float(math.floor(largest)))
        if cell < max(usual / 4, SMALLEST_CELL_METRES):
            raise OptionError(
                f"{levels[0]:g} minutes ne se voient pas sur la même carte que {levels[-1]:g}"
                if len(levels) > 1
                else f"{levels[0]:g} minutes sont trop peu pour une carte",
                where="minutes",
                way_out="demander les durées courtes à part, ou donner la taille des cellules (cell_metres)",
            )
        return cell
    if not SMALLEST_CELL_METRES <= asked <= min(LARGEST_CELL_METRES, largest):
        raise OptionError(
            f"des cellules de {asked:g} m",
            where="cell_metres",
            way_out=f"donner de {SMALLEST_CELL_METRES:g} à {min(LARGEST_CELL_METRES, math.floor(largest)):g} m "
            f"pour {levels[0]:g} minutes",
        )
    return float(asked)


def _share(part: Booleans, whole: Booleans) -> float:
    """Return how much of a whole a part is, 0 where there is none."""
    return float(part.sum()) / float(whole.sum()) if whole.any() else 0.0
