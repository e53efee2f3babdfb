"""The page of any analysis: its map, key figures, legend, tables and method, in one file that needs no network."""

from typing import Any

import folium
import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo_integration.exports.headings import heading
from geo_integration.exports.result import Result
from geo_integration.exports.result_files import lines_of, tidied
from geo_integration.exports.values import Cell, cells
from geo_integration.maps.areas import MOST_COMMUNES
from geo_integration.maps.elements import (
    BORDERS,
    AreaLayer,
    add_borders,
    add_layer_control,
    add_symbols,
    base_map,
    named,
    rendered,
)
from geo_integration.maps.ground import Outlines, frame, outlines_around
from geo_integration.maps.legends import Legend, legends
from geo_integration.maps.points import Symbols
from geo_integration.maps.result_page import page
from geo_integration.maps.shapes import Geometries, corners, encoded, lightened
from geo_integration.maps.style import Swatch, ink_on
from geo_integration.maps.told import columns_of, label_and_unit, texts

MOST_COLUMNS = 12
"""Lines of a card."""
MOST_COLUMNS_OF_MANY = 8
"""The same above :data:`MOST_COMMUNES` rows: the page must stay light enough to send."""
_MANY_SYMBOLS = 60

_MARKS: dict[str, tuple[str, str, str, bool]] = {
    "site": ("Lieux de cours existants", "site", "C", True),
    "chosen": ("Lieux choisis", "chosen", "★", True),
    "added": ("Lieux ajoutés", "chosen", "★", True),
    "moved": ("Lieux déplacés", "chosen", "➔", True),
    "closed": ("Lieux fermés", "closed", "✕", True),
    "candidate": ("Lieux possibles", "candidate", "+", False),
    "origin": ("Point de départ", "origin", "●", True),
    "fits": ("Cours qui conviennent", "fit", "✓", True),
    "unknown": ("Cours dont on ne sait pas s'ils conviennent", "unsure", "?", True),
    "does_not_fit": ("Cours qui ne conviennent pas", "unfit", "✕", False),
}
"""By mark: switch of the layer, class of the symbol, sign in it, whether it shows at first."""


def result_map(result: Result, *, tiles: str | None = None, attribution: str = "") -> str:
    """Return the page of a result as one self-contained HTML text in French.

    Parameters
    ----------
    result : areas are coloured, places of its table are pins with the letter of their class; rows without a place are
        in the tables only. Above 6,000 areas the outlines are simplified further, cards are shorter, and the main
        table is left to the files.
    tiles : URL template of a tile layer; nothing is fetched unless one is given.
    attribution : credit the tile layer's licence asks for.

    Raises
    ------
    LayerError
        See :func:`geo_integration.exports.result_files.tidied`; a colouring whose column is absent or whose colour is
        not ``#rrggbb``.
    """
    whole = tidied(result)
    found = legends(whole)
    shapes = np.asarray(whole.table.geometry.array, dtype=object)
    areas, places = _areas(shapes), _places(shapes)
    symbols = _symbols(whole)
    drawn = bool((~shapely.is_missing(areas)).any() or (~shapely.is_missing(places)).any())
    parts: dict[str, Any] = {"tiles": bool(tiles), "areas": drawn, "element": "", "script": "", "data": {}, "lines": []}
    if drawn or any(layer.rows for layer in symbols):
        everything = np.concatenate([areas, places, _points_of(whole.points)])
        box = frame(everything[~shapely.is_missing(everything)])
        lines = outlines_around(box) if shapely.is_missing(areas).all() else _outlines(whole.table, areas)
        element, script = rendered(_drawn(areas, lines, symbols, tiles=tiles, attribution=attribution))
        data = _data(whole, found, areas, places, symbols)
        parts |= {"element": element, "script": script, "data": {**data, "bounds": _bounds(everything)}}
        parts["lines"] = list(lines)
    unplaced = int((shapely.is_missing(areas) & shapely.is_missing(places)).sum())
    pins = not (~shapely.is_missing(areas)).any()
    return page(whole, legends=found, symbols=symbols, parts={**parts, "unplaced": unplaced, "pins": pins})


def _areas(shapes: Geometries) -> Geometries:
    """Return the polygons of the rows, light enough to draw; missing where a row has none."""
    polygons = shapes.copy()
    polygons[~_polygonal(shapes) | shapely.is_empty(shapes)] = None
    return lightened(polygons)


def _places(shapes: Geometries) -> Geometries:
    """Return a point for each row that has a place and no area."""
    places = np.asarray(shapely.point_on_surface(shapes), dtype=object)
    places[_polygonal(shapes) | shapely.is_empty(shapes)] = None
    return places


def _polygonal(shapes: Geometries) -> npt.NDArray[np.bool_]:
    return np.isin(shapely.get_type_id(shapes), (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON))


def _outlines(table: pd.DataFrame, areas: Geometries) -> Outlines:
    """Return what to draw lines around: the EPCI and départements of the rows; of a country, départements alone."""
    levels = ("departement",) if len(table) > MOST_COMMUNES else ("epci", "departement")
    codes = {level: table[f"{level}_code"] for level in levels if f"{level}_code" in table.columns}
    return {level: (areas, column.reset_index(drop=True)) for level, column in codes.items() if column.notna().any()}


def _bounds(everything: Geometries) -> list[list[float]]:
    """Return the corners of what is drawn, with a margin where all of it is points."""
    there = everything[~shapely.is_missing(everything) & ~shapely.is_empty(everything)]
    if (shapely.get_dimensions(there) > 0).any():
        return corners(there)
    return corners(np.array([frame(there)], dtype=object))


def _drawn(
    areas: Geometries, lines: Outlines, symbols: list[Symbols], *, tiles: str | None, attribution: str
) -> folium.Map:
    drawn = base_map(tiles=tiles, attribution=attribution)
    named(AreaLayer(), "areas").add_to(drawn)
    for level, (shapes, codes) in lines.items():
        thin = {"weight": 1.2} if len(areas) > MOST_COMMUNES else {}
        add_borders(drawn, level, shapes, codes, {**BORDERS[level], **thin})
    add_symbols(drawn, symbols)
    add_layer_control(drawn)
    return drawn


def _data(
    result: Result, found: list[Legend], areas: Geometries, places: Geometries, symbols: list[Symbols]
) -> dict[str, Any]:
    """Return the arrays that the page's scripts read."""
    table = result.table
    xy = np.round(np.column_stack([shapely.get_x(places), shapely.get_y(places)]), 5).tolist()
    return {
        "areas": {
            "unit": "commune" if not shapely.is_missing(areas).all() else "place",
            "name": [str(value or "") for value in cells(table[result.name_column])],
            "code": [str(value) for value in cells(table[result.key])],
            "group": _column(table, "departement_code"),
            "population": _column(table, "population"),
            "shape": [encoded(shape) for shape in areas],
            "place": [point if there else None for point, there in zip(xy, ~shapely.is_missing(places), strict=True)],
            "first": found[0].classes,
            "synthetic": [int(value is True) for value in _column(table, "synthetic")],
        },
        "first": [{"label": swatch.label} for swatch in found[0].swatches],
        "colourings": {legend.key: _colouring(legend) for legend in found},
        "columns": _columns(result, found),
        "most": MOST_COLUMNS,
        "symbols": [{"mark": layer.mark, "rows": layer.rows} for layer in symbols],
    }


def _column(table: pd.DataFrame, name: str) -> list[Cell]:
    return cells(table[name]) if name in table.columns else [None] * len(table)


def _points_of(points: gpd.GeoDataFrame | None) -> Geometries:
    return np.asarray([] if points is None else points.geometry.array, dtype=object)


def _colouring(legend: Legend) -> dict[str, Any]:
    swatches = [_swatch(swatch, letter) for swatch, letter in zip(legend.swatches, legend.letters, strict=True)]
    return {"label": legend.label, "column": legend.column, "swatches": swatches, "classes": legend.classes}


def _swatch(swatch: Swatch, letter: str) -> dict[str, Any]:
    look = {"fill": swatch.fill, "hatch": swatch.hatch, "ink": swatch.ink, "width": swatch.width}
    look["on"] = ink_on(swatch.fill)
    return {"label": swatch.label, "letter": letter, **look}


def _columns(result: Result, found: list[Legend]) -> list[dict[str, Any]]:
    """Return what cards tell, most useful first, each distinct text once."""
    first = [legend.column for legend in found if legend.column]
    left_out = {result.key, result.name_column}
    names = [name for name in columns_of(result.table, result.headings, first=first) if name not in left_out]
    if len(result.table) > MOST_COMMUNES:
        names = names[:MOST_COLUMNS_OF_MANY]
    labels = {colouring.column: _labels(colouring.swatches) for colouring in result.colourings}
    columns = []
    for name in names:
        described = heading(name, result.headings)
        label, unit = label_and_unit(described)
        told = texts(result.table[name], described, labels.get(name))
        numbers: dict[str, int] = {}
        at = [None if text is None else numbers.setdefault(text, len(numbers)) for text in told]
        columns.append({"name": name, "label": label, "unit": unit, "texts": list(numbers), "at": at})
    return columns


def _labels(swatches: tuple[Any, ...]) -> dict[str, str]:
    """Return the words of classes that are values, not ranges."""
    return {swatch.value: swatch.label for swatch in swatches if isinstance(swatch.value, str)}


def _symbols(result: Result) -> list[Symbols]:
    """Return one switchable layer per mark: those of :data:`_MARKS`, then others, called as in the legends."""
    points = result.points
    if points is None:
        return []
    known = {value: label for one in result.colourings for value, label in _labels(one.swatches).items()}
    marks = [str(mark) for mark in points["mark"]]
    found = []
    for number, mark in enumerate(sorted(set(marks), key=lambda mark: ([*_MARKS, mark].index(mark), mark))):
        label, shape, sign, shown = _MARKS.get(mark, _unlisted(known.get(mark, mark)))
        group = points[[one == mark for one in marks]]
        there = group[group.geometry.notna() & ~group.geometry.is_empty]
        rows = [_symbol(row, sign) for row in there.to_dict("records")]
        crowd = len(rows) > _MANY_SYMBOLS
        lost = len(group) - len(rows)
        found.append(Symbols(f"points_{number}", label, shape, rows, shown=shown, clustered=crowd, unplaced=lost))
    return found


def _unlisted(label: str) -> tuple[str, str, str, bool]:
    return label, "place", label[:1].upper() or "?", True


def _symbol(row: dict[str, Any], sign: str) -> list[Any]:
    point = row["geometry"].representative_point()
    made_up = int(row.get("synthetic") is True)
    return [round(point.x, 5), round(point.y, 5), sign, str(row["label"]), lines_of(row["text"]), made_up, 0]
