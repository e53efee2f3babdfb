"""The ground cut into cells, each joined to its street once and for all.

A cell is joined exactly as any place is (:func:`~geo_integration.travel.streets.snap.snap`), so that what is
said of a cell is what the reach table says of a place at its centre. That does not depend on where people
set out from: it is kept with the network, tile by tile, as maps ask for it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo_integration.travel.snapping import Booleans, Floats, Integers
from geo_integration.travel.streets.contours import Grid
from geo_integration.travel.streets.network import RoadNetwork
from geo_integration.travel.streets.router_cache import kept
from geo_integration.travel.streets.snap import Direct, Snapped, direct, snap

TILE = 64
"""Cells along the side of a tile."""


@dataclass(frozen=True)
class Window:
    """A rectangle of cells: ``columns`` by ``rows`` of them from the south-west one."""

    first_column: int
    first_row: int
    columns: int
    rows: int

    @classmethod
    def around(cls, lon: Floats, lat: Floats, grid: Grid, *, margin: int) -> "Window":
        """Return the rectangle that holds these points and a margin of cells."""
        columns, rows = grid.columns(lon), grid.rows(lat)
        west, south = int(np.floor(columns.min())) - margin, int(np.floor(rows.min())) - margin
        east, north = int(np.ceil(columns.max())) + margin, int(np.ceil(rows.max())) + margin
        return cls(west, south, east - west + 1, north - south + 1)


@dataclass(frozen=True, eq=False)
class _Tile:
    """Cells of one tile that have a street, by their position in it (row by row)."""

    cell: NDArray[np.int16]
    edge: NDArray[np.int32]
    fraction: Floats
    metres: NDArray[np.float32]
    access_milliseconds: NDArray[np.int32]


class Cells:
    """Cells of one size joined to a network, tile by tile."""

    def __init__(self, grid: Grid, limit_metres: float) -> None:
        self.grid = grid
        self.limit_metres = limit_metres
        self._tiles: dict[tuple[int, int], _Tile] = {}

    @classmethod
    def of(cls, network: RoadNetwork, cell_metres: float, limit_metres: float) -> "Cells":
        """Return the cells of a network, kept with it."""
        latitude = round(float(network.lat.min() + network.lat.max()) / 2, 1)
        made: Cells = kept(
            network,
            f"cells-{cell_metres!r}-{limit_metres!r}",
            lambda _: cls(Grid.of(cell_metres, latitude), limit_metres),
        )
        return made

    def joined(self, network: RoadNetwork, window: Window) -> tuple[Integers, Snapped]:
        """Return the cells of a window that have a street: position in it (row by row), and how they join it."""
        places, parts = [], []
        south, north = window.first_row // TILE, (window.first_row + window.rows - 1) // TILE
        west, east = window.first_column // TILE, (window.first_column + window.columns - 1) // TILE
        for row in range(south, north + 1):
            for column in range(west, east + 1):
                tile = self._tile(network, column, row)
                rows, columns = np.divmod(tile.cell.astype(np.int64), TILE)
                rows += row * TILE - window.first_row
                columns += column * TILE - window.first_column
                inside = (rows >= 0) & (rows < window.rows) & (columns >= 0) & (columns < window.columns)
                places.append((rows * window.columns + columns)[inside])
                parts.append((tile, inside))
        return np.concatenate(places), self._snapped(parts)

    def _tile(self, network: RoadNetwork, column: int, row: int) -> _Tile:
        if (column, row) not in self._tiles:
            rows, columns = np.divmod(np.arange(TILE * TILE, dtype=np.int64), TILE)
            lon, lat = self.grid.lon(columns + column * TILE), self.grid.lat(rows + row * TILE)
            snapped = snap(network, lon, lat, limit_metres=self.limit_metres)
            cell = np.flatnonzero(snapped.routable)
            self._tiles[column, row] = _Tile(
                cell.astype(np.int16),
                snapped.edge[cell].astype(np.int32),
                snapped.fraction[cell],
                snapped.metres[cell].astype(np.float32),
                snapped.access_milliseconds[cell].astype(np.int32),
            )
        return self._tiles[column, row]

    def _snapped(self, parts: list[tuple[_Tile, Booleans]]) -> Snapped:
        """Put the parts of tiles together; the point of the street is not kept."""
        edge = np.concatenate([tile.edge[inside] for tile, inside in parts]).astype(np.int64)
        nowhere = np.full(len(edge), np.nan)
        return Snapped(
            edge,
            np.concatenate([tile.fraction[inside] for tile, inside in parts]),
            np.concatenate([tile.metres[inside] for tile, inside in parts]).astype(np.float64),
            np.concatenate([tile.access_milliseconds[inside] for tile, inside in parts]).astype(np.int64),
            nowhere,
            nowhere,
        )


def place_milliseconds(
    network: RoadNetwork, origin: Snapped, node_times: Floats, places: Snapped, *, towards: bool
) -> Floats:
    """Return the time between one origin and places, from the times of the nodes; inf where there is none.

    It is the reach table's time to the millisecond, without an entry per place and arc: arcs of one street in one
    direction take as long, so the best of the nodes they come from (go to) is enough.

    Parameters
    ----------
    origin : one place.
    node_times : milliseconds from the origin to each node (``towards``: from each node to the origin),
        access at the origin included, inf beyond a limit.
    places : joined to the same network.
    towards : whether people travel from the places to the origin.
    """
    times = np.full(len(places), np.inf)
    there = np.flatnonzero(places.routable)
    edge, fraction = places.edge[there], places.fraction[there]
    ends = network.head if towards else network.tail
    for forward in (True, False):
        arcs = np.flatnonzero(network.forward == forward)
        best, whole = np.full(network.edges, np.inf), np.zeros(network.edges)
        np.minimum.at(best, network.edge[arcs], node_times[ends[arcs]])
        whole[network.edge[arcs]] = network.milliseconds[arcs]
        # Whole milliseconds, as snap counts them: from the start of the shape to the place, and the rest.
        start = np.rint(fraction * whole[edge])
        part = start if forward != towards else whole[edge] - start
        times[there] = np.minimum(times[there], best[edge] + part)
    times[there] += places.access_milliseconds[there]
    same: Direct = direct(network, places, origin) if towards else direct(network, origin, places)
    place = same.source if towards else same.target
    np.minimum.at(times, place, same.milliseconds.astype(np.float64))
    return times
