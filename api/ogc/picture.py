"""A drawing of the features of a page: outlines only, SVG without script or style, so that any CSP lets it."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

_WIDTH = 720
_HEIGHT = 360
_MARGIN = 12
_DOT = 4
_NARROWEST = 0.02
"""Degrees a drawing spans at least: one point alone is not a whole."""

type Position = tuple[float, float]


@dataclass(frozen=True)
class Drawn:
    """Paths and dots in pixels, ready for the template; ``label`` is what a reader of screens hears."""

    width: int
    height: int
    paths: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]
    radius: int
    label: str


def drawn(features: list[dict[str, Any]], label: str) -> Drawn | None:
    """Return the drawing of GeoJSON features in longitude and latitude; None where none has a geometry."""
    shapes = [feature["geometry"] for feature in features if feature.get("geometry")]
    positions = [position for shape in shapes for ring in _rings(shape) for position in ring]
    if not positions:
        return None
    west, south, east, north = _widened(positions)
    squeeze = math.cos(math.radians((south + north) / 2))
    scale = min((_WIDTH - 2 * _MARGIN) / ((east - west) * squeeze), (_HEIGHT - 2 * _MARGIN) / (north - south))

    def pixels(position: Position) -> tuple[float, float]:
        x = _MARGIN + (position[0] - west) * squeeze * scale
        return round(x, 1), round(_MARGIN + (north - position[1]) * scale, 1)

    return Drawn(
        width=math.ceil((east - west) * squeeze * scale) + 2 * _MARGIN,
        height=math.ceil((north - south) * scale) + 2 * _MARGIN,
        paths=tuple(_path([pixels(p) for p in ring] for ring in _rings(s)) for s in shapes if not _is_point(s)),
        dots=tuple(pixels(p) for s in shapes if _is_point(s) for ring in _rings(s) for p in ring),
        radius=_DOT,
        label=label,
    )


def _is_point(shape: dict[str, Any]) -> bool:
    return str(shape["type"]).endswith("Point")


def _rings(shape: dict[str, Any]) -> Iterator[list[Position]]:
    """Give the lists of positions of a geometry of any kind."""
    if shape["type"] == "GeometryCollection":
        for part in shape["geometries"]:
            yield from _rings(part)
        return
    depth = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2}.get(shape["type"], 3)
    lists = [[shape["coordinates"]]] if depth == 0 else [shape["coordinates"]]
    for _ in range(depth - 1):
        lists = [inner for outer in lists for inner in outer]
    for one in lists:
        yield [(float(position[0]), float(position[1])) for position in one]


def _path(rings: Iterable[list[Position]]) -> str:
    return "".join("M" + "L".join(f"{x:g} {y:g}" for x, y in ring) + "Z" for ring in rings)


def _widened(positions: list[Position]) -> tuple[float, float, float, float]:
    west, east = min(x for x, _ in positions), max(x for x, _ in positions)
    south, north = min(y for _, y in positions), max(y for _, y in positions)
    across, up = max(0.0, _NARROWEST - (east - west)) / 2, max(0.0, _NARROWEST - (north - south)) / 2
    return west - across, south - up, east + across, north + up
