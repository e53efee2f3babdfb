"""The files any analysis leaves with: CSV, GeoJSON, GeoPackage, XLSX and the map, by the suffix of the name."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from geo_integration.errors import LayerError, OptionError
from geo_integration.exports.delimited import write_csv
from geo_integration.exports.geojson import write_geojson
from geo_integration.exports.geopackage import Described, write_layers
from geo_integration.exports.headings import Heading, heading
from geo_integration.exports.meta import EMPTY, told, warnings
from geo_integration.exports.result import Result
from geo_integration.exports.values import cells, closed_list, replacing
from geo_integration.exports.workbook import Sheets, workbook
from geo_integration.schema import WGS84

METHOD_SHEET = "Méthode et sources"
_POINT_HEADINGS = {
    "point_id": Heading("N°", "Rang du lieu.", 6),
    "label": Heading("Lieu", "Nom du lieu.", 32),
    "text": Heading("Détail", "Ce qu'on en sait.", 60),
    "mark": Heading("Nature", "Ce que le lieu est dans la réponse : existant, possible, choisi…", 14),
    "lon": Heading("Longitude", "Degrés, WGS84. Vide : lieu inconnu.", 11),
    "lat": Heading("Latitude", "Degrés, WGS84. Vide : lieu inconnu.", 11),
}
_METHOD_HEADINGS = {
    "rubrique": Heading("Rubrique", "Question, méthode, source, borne, limite…", 30),
    "texte": Heading("Texte", "Ce qu'il faut en savoir.", 100),
}
_LONGEST_SHEET_NAME = 31
_REFUSED_IN_SHEET_NAMES = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


def check_result(paths: Iterable[Path]) -> None:
    """Refuse names whose suffix no writer knows (OptionError), before any work."""
    for path in paths:
        if path.suffix.lower() not in _WRITERS:
            raise OptionError(
                f"format « {path.suffix or path.name} » inconnu",
                where="--out",
                way_out=f"terminer le nom du fichier par {', '.join(_WRITERS)}",
            )


def write_result(result: Result, path: Path) -> list[Path]:
    """Write an answer in the format its suffix names; return every file written.

    Files appear together once all are whole. Same result, same bytes.

    Raises
    ------
    OptionError
        A suffix that no writer knows.
    LayerError
        A table without projection, or a key that is absent, empty or repeated.
    """
    check_result([path])
    whole = tidied(result)
    names = written_names(whole, path)
    with ExitStack() as all_or_none:
        partials = {name: all_or_none.enter_context(replacing(name)) for name in names}
        _WRITERS[path.suffix.lower()](whole, [partials[name] for name in names])
    return names


def written_names(result: Result, path: Path) -> list[Path]:
    """Return every file that :func:`write_result` makes for that name, the one asked for first."""
    suffix = path.suffix.lower()
    points = ["points"] if _has_points(result) else []
    beside = {".csv": [*points, *_beside_names(result)], ".geojson": points}.get(suffix, [])
    read_me = [path.with_name(f"{path.stem}-lisezmoi.txt")] if suffix == ".csv" else []
    return [path, *(path.with_name(f"{path.stem}-{name}{path.suffix}") for name in beside), *read_me]


def tidied(result: Result) -> Result:
    """Return the answer with its geometries in WGS84 under the name ``geometry``, its key checked (LayerError)."""
    key, table = result.key, result.table
    if key not in table.columns:
        raise LayerError(f"colonne clé absente : {key}", where=result.name, way_out="nommer une colonne de la table")
    wrong = table[key].isna() | table[key].duplicated()
    if wrong.any():
        value = table.loc[wrong, key].iloc[0]
        what = f"clé {key} vide" if pd.isna(value) else f"clé {key} répétée : {value}"
        raise LayerError(what, where=result.name, way_out="donner à chaque ligne une clé à elle")
    points = None if result.points is None else _placed(result.points, f"{result.name}, lieux")
    lacking = [] if points is None else [name for name in ("label", "text", "mark") if name not in points.columns]
    if lacking:
        raise LayerError(f"lieux sans colonne {', '.join(lacking)}", where=result.name, way_out="l'ajouter")
    return replace(result, table=_placed(table, result.name), points=points)


def _placed(table: pd.DataFrame, where: str) -> gpd.GeoDataFrame:
    """Return a copy with a geometry column of that name, in WGS84, empty where the table never had one."""
    if not isinstance(table, gpd.GeoDataFrame) or table._geometry_column_name not in table.columns:  # noqa: SLF001 -- asking for .geometry raises
        return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries([None] * len(table), index=table.index, crs=WGS84))
    if table.crs is None:
        raise LayerError("géométrie sans projection (CRS)", where=where, way_out="préciser la projection")
    named = table if table.geometry.name == "geometry" else table.rename_geometry("geometry")
    return gpd.GeoDataFrame(named).to_crs(WGS84)


def _has_points(result: Result) -> bool:
    return result.points is not None and len(result.points) > 0


def _points(result: Result) -> gpd.GeoDataFrame:
    """Return the places to mark, numbered, each text on one line."""
    found = gpd.GeoDataFrame(result.points).reset_index(drop=True)
    table = found.assign(point_id=range(1, len(found) + 1), text=[one_line(text) for text in found["text"]])
    return gpd.GeoDataFrame(table)[["point_id", "label", "text", "mark", "geometry"]]


def lines_of(text: object) -> list[str]:
    """Return the lines of a point's text, given as one text or as a list."""
    if isinstance(text, str):
        return [line for line in text.splitlines() if line.strip()]
    return [str(line) for line in text if line] if isinstance(text, list | tuple) else []


def one_line(text: object) -> str:
    """Return the lines of a point's text as one."""
    return " · ".join(lines_of(text))


def _beside_names(result: Result) -> list[str]:
    """Return the name of each table beside, with nothing a file name refuses, each its own."""
    found: dict[str, None] = {"points": None, "lisezmoi": None}
    for name in result.beside:
        found[_free("".join(sign if sign.isalnum() or sign in "-_ ." else "_" for sign in name), found)] = None
    return list(found)[2:]


def _csv(result: Result, paths: list[Path]) -> None:
    main, *others, read_me = paths
    write_csv(result.table, main, headings=result.headings, order=None)
    if _has_points(result):
        first, *others = others
        points = _points(result)
        there = points.geometry.geom_type == "Point"
        flat = points.assign(lon=points.geometry[there].x, lat=points.geometry[there].y)
        write_csv(flat, first, headings=_POINT_HEADINGS, order=None)
    for path, beside in zip(others, result.beside.values(), strict=True):
        write_csv(beside.table, path, headings=beside.headings, order=None)
    _write_text(_read_me(result), read_me)


def _read_me(result: Result) -> str:
    """Return what a CSV has no room for, as a text to open with anything."""
    lines = [result.meta["title"], "", *warnings(result.meta)]
    lines += [f"{label} : {text}" for label, text in told(result.meta, result.figures) if text]
    lines += [f"Cellule vide : {EMPTY}", "", "Colonnes"]
    lines += _columns(result.table, result.headings)
    for name, beside in zip(_beside_names(result), result.beside.values(), strict=True):
        lines += ["", f"{beside.title} ({name})", *_columns(beside.table, beside.headings)]
    return "\r\n".join([*lines, ""])


def _columns(table: pd.DataFrame, headings: Mapping[str, Heading]) -> list[str]:
    return [f"- {label} ({name}) : {meaning}" for label, name, meaning in _meanings(table, headings)]


def _write_text(text: str, path: Path) -> None:
    path.write_text(text, encoding="utf-8-sig", newline="", errors="replace")


def _geojson(result: Result, paths: list[Path]) -> None:
    members = {
        "key": result.key,
        "headings": {name: {"label": found.label, "meaning": found.meaning} for name, found in result.headings.items()},
        "figures": [{"value": value, "text": text} for value, text in result.figures],
        "beside": {
            name: {
                "title": beside.title,
                "columns": {name: found.label for name, found in beside.headings.items()},
                "rows": _records(beside.table),
            }
            for name, beside in result.beside.items()
        },
    }
    write_geojson(result.table, paths[0], meta=result.meta, key=result.key, headings=result.headings, members=members)
    if _has_points(result):
        write_geojson(_points(result), paths[1], meta=result.meta, key="point_id", headings=_POINT_HEADINGS)


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    plain = pd.DataFrame(table).drop(columns="geometry", errors="ignore")
    columns = {str(name): cells(plain[name]) for name in plain.columns}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _gpkg(result: Result, paths: list[Path]) -> None:
    layers: dict[str, Described] = {result.name: (_typed(result.table), result.headings)}
    if _has_points(result):
        layers[_free("points", layers)] = (_points(result), _POINT_HEADINGS)
    for name, beside in result.beside.items():
        layers[_free(name, layers)] = (_typed(beside.table), beside.headings)
    lines = [*(("Attention", text) for text in warnings(result.meta)), *told(result.meta, result.figures)]
    method = pd.DataFrame([line for line in lines if line[1]], columns=["rubrique", "texte"], dtype="str")
    layers[_free("methode", layers)] = (method, _METHOD_HEADINGS)
    write_layers(layers, paths[0], meta=result.meta)


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose every column has one plain type: infinite becomes null, anything odd becomes text."""
    typed = table.copy()
    for name in typed.columns:
        if name == "geometry":
            continue
        values = cells(typed[name])
        kinds = {type(value) for value in values if value is not None}
        dtype = "boolean" if kinds == {bool} else "Int64" if kinds == {int} else "Float64"
        if not kinds or not kinds <= {int, float, bool} or (bool in kinds and len(kinds) > 1):
            values = [None if value is None else str(value) for value in values]
            dtype = "str"
        typed[name] = pd.Series(values, index=typed.index, dtype=dtype)
    return typed


def _free(name: str, taken: Mapping[str, object]) -> str:
    """Return the name, numbered if another layer has it (SQLite does not tell capitals apart)."""
    lower = {used.lower() for used in taken}
    return next(found for found in (name, *(f"{name}_{n}" for n in range(2, 99))) if found.lower() not in lower)


def _xlsx(result: Result, paths: list[Path]) -> None:
    with workbook(paths[0], result.meta) as sheets:
        sheets.read_me(result.meta, name=METHOD_SHEET, figures=result.figures)
        taken: dict[str, object] = dict.fromkeys((METHOD_SHEET, "Légende", "History"))
        _sheet(sheets, taken, result.name, result.table, result.headings)
        for name, beside in result.beside.items():
            _sheet(sheets, taken, name, beside.table, beside.headings, title=beside.title)
        if _has_points(result):
            points = _points(result)
            _sheet(sheets, taken, "lieux", points, _POINT_HEADINGS)
        meanings = _meanings(result.table, result.headings)
        for beside in result.beside.values():
            meanings += [line for line in _meanings(beside.table, beside.headings) if line not in meanings]
        sheets.legend(meanings)


def _sheet(
    sheets: Sheets,
    taken: dict[str, object],
    name: str,
    table: pd.DataFrame,
    headings: Mapping[str, Heading],
    *,
    title: str = "",
) -> None:
    cut = name.translate(_REFUSED_IN_SHEET_NAMES).strip()[: _LONGEST_SHEET_NAME - 3] or "feuille"
    free = _free(cut[:1].upper() + cut[1:], taken)
    taken[free] = None
    sheets.table(free, table, headings, frozen=min(2, len(table.columns)), title=title)


def _meanings(table: pd.DataFrame, headings: Mapping[str, Heading]) -> list[tuple[str, str, str]]:
    """Return (label, machine name, meaning) of each column and of each value of its closed list."""
    found = []
    for name in (str(column) for column in table.columns if column != "geometry"):
        told_of = heading(name, headings)
        found.append((told_of.label, name, told_of.meaning))
        terms = closed_list(name, cells(table[name]), told_of.terms)
        found += [(term.label, term.value, f"valeur de « {told_of.label} »") for term in terms or ()]
    return found


def _html(result: Result, paths: list[Path]) -> None:
    from geo_integration.maps.result import result_map  # noqa: PLC0415 -- maps stand on exports, and no table needs them

    paths[0].write_text(result_map(result), encoding="utf-8", newline="\n", errors="replace")


_WRITERS: dict[str, Callable[[Result, list[Path]], None]] = {
    ".csv": _csv,
    ".geojson": _geojson,
    ".gpkg": _gpkg,
    ".xlsx": _xlsx,
    ".html": _html,
}
