"""From times on a grid to polygons that are valid, nested and already rounded.

The grid is regular in degrees, and every line of it is a whole number of millionths of a degree. A contour
crosses the sides of its squares; a crossing is moved along its side to the nearest millionth, and never onto
a corner. So no rounding remains to be done afterwards, which is what usually breaks polygons:

- rings cannot touch or cross themselves: a square holds at most two pieces of contour, one round each
  of two opposite corners, and two such pieces do not meet;
- a longer time never loses ground: as the level rises each crossing stays or moves outwards, because
  times are clipped to a band around the level before interpolating.
"""

import itertools
from dataclasses import dataclass
from typing import cast

import contourpy
import numpy as np
import shapely

from geo_integration.travel.snapping import Floats, Integers

MICRODEGREES = 1_000_000
"""In one degree: the step of every coordinate, about 0.1 m."""

METRES_PER_DEGREE = 111_195.0
"""Of latitude, on a sphere of radius 6,371 km (ellipsoid: 110,574 to 111,694). It sizes cells, measures nothing."""

_NEAREST_TO_CORNER = 1e-3
"""Closest a crossing comes to a corner, as a share of the band; it keeps inside and outside apart."""


@dataclass(frozen=True)
class Grid:
    """Grid of points on which times are known: multiples, in degrees, of a step for each axis.

    Attributes
    ----------
    lon_step, lat_step : millionths of a degree.
    """

    lon_step: int
    lat_step: int

    @classmethod
    def of(cls, cell_metres: float, latitude: float) -> "Grid":
        """Return the grid whose squares measure so many metres around a latitude (degrees)."""
        lat_step = max(2, round(cell_metres / METRES_PER_DEGREE * MICRODEGREES))
        return cls(max(2, round(lat_step / np.cos(np.radians(latitude)))), lat_step)

    def columns[T: (float, Floats)](self, lon: T) -> T:
        """Return positions along the west-east axis, in cells."""
        return lon * (MICRODEGREES / self.lon_step)

    def rows[T: (float, Floats)](self, lat: T) -> T:
        """Return positions along the south-north axis, in cells."""
        return lat * (MICRODEGREES / self.lat_step)

    def lon(self, columns: Integers) -> Floats:
        """Return degrees of whole columns."""
        return columns * self.lon_step / MICRODEGREES

    def lat(self, rows: Integers) -> Floats:
        """Return degrees of whole rows."""
        return rows * self.lat_step / MICRODEGREES


def polygon_below(
    times: Floats, level: float, *, band: float, grid: Grid, first_column: int, first_row: int
) -> shapely.MultiPolygon:
    """Return where times are at most ``level``, as a polygon in degrees.

    Parameters
    ----------
    times : shape (rows, columns), any unit, inf where there is none; the outer rows and columns must be
        beyond the level.
    level : in the same unit.
    band : times farther than this from the level count as that far. Where time jumps (a river, the
        end of the streets), the contour then runs halfway, whatever lies behind.
    grid, first_column, first_row : where the times are.
    """
    depth = np.clip((times - level) / band, -1.0, 1.0)
    depth = np.where(depth <= 0, np.minimum(depth, -_NEAREST_TO_CORNER), np.maximum(depth, _NEAREST_TO_CORNER))
    generator = contourpy.contour_generator(z=depth, name="serial", fill_type=contourpy.FillType.OuterOffset)
    filled = cast("tuple[list[Floats], list[Integers]]", generator.filled(-np.inf, 0.0))
    polygons = []
    for points, starts in zip(*filled, strict=True):
        x = _on_grid(points[:, 0], first_column, grid.lon_step)
        y = _on_grid(points[:, 1], first_row, grid.lat_step)
        degrees = np.column_stack([x, y])
        rings = [degrees[start:end] for start, end in itertools.pairwise(starts)]
        polygons.append(shapely.Polygon(rings[0], rings[1:]))
    whole: shapely.MultiPolygon = shapely.orient_polygons(shapely.MultiPolygon(polygons), exterior_cw=False)
    return whole


def _on_grid(position: Floats, first: int, step: int) -> Floats:
    """Return degrees, rounded to millionths without leaving the side of the square a crossing is on.

    A crossing is on a line of the grid along one axis, and strictly between two along the other.
    """
    line = np.rint(position)
    on_line = np.abs(position - line) < _NEAREST_TO_CORNER / 10
    before = np.floor(position)
    inside = before * step + np.clip(np.rint((position - before) * step), 1, step - 1)
    micro: Floats = np.where(on_line, line * step, inside) + first * step
    return micro / MICRODEGREES
