"""JSON, JSONL, Parquet, GeoJSON, GeoPackage and Shapefile, read as rows."""

import json
import warnings
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio

from geo_integration.errors import InputRefusedError
from geo_integration.schema import WGS84
from geo_integration.settings import settings
from geo_integration.sources.imports import ProblemLog
from geo_integration.sources.rows import Cell, Row, TableRows, clean, name_columns, normalise, too_long
from geo_integration.sources.tables_text import find_encoding, lines_of, unreadable

_BATCH_ROWS = 10_000
_LISTS = ("services", "data", "items", "results", "records", "features")
"""Names under which JSON files usually keep their list of records."""


def read_json(path: Path, log: ProblemLog, name: str | None = None) -> TableRows:
    """Read a JSON array of objects, or an object that holds one (under ``name`` where it is given)."""
    encoding = find_encoding(path)
    try:
        content = json.loads("".join(lines_of(path, encoding)))
    except (ValueError, RecursionError) as error:
        raise InputRefusedError(
            f"JSON illisible ({error})", where=path.name, way_out="vérifier que le fichier est complet"
        ) from error
    found = content if isinstance(content, list) else _inner_list(content, name)
    if found is None:
        raise InputRefusedError(
            "aucune liste d'enregistrements dans ce JSON", where=path.name, way_out="donner un tableau JSON d'objets"
        )
    return _objects(((f"élément {n}", item, "") for n, item in enumerate(found, start=1)), path, log, "JSON")


def _inner_list(content: Any, name: str | None) -> list[Any] | None:  # noqa: ANN401 -- any JSON
    if not isinstance(content, dict):
        return None
    names = (name,) if name else _LISTS
    return next((content[key] for key in names if isinstance(content.get(key), list)), None)


def read_jsonl(path: Path, log: ProblemLog) -> TableRows:
    """Read one JSON object per line; a line that is none is rejected."""
    return _objects(_json_lines(path), path, log, "JSONL")


def _json_lines(path: Path) -> Iterator[tuple[str, Any, str]]:
    encoding = find_encoding(path)
    for number, line in enumerate(lines_of(path, encoding), start=1):
        where = f"ligne {number}"
        if unreadable(line):
            yield where, None, f"octets illisibles en {encoding}"
        elif line.strip():
            try:
                yield where, json.loads(line.lstrip("\ufeff")), ""
            except (ValueError, RecursionError) as error:
                yield where, None, f"JSON illisible ({error})"


def _objects(items: Iterable[tuple[str, Any, str]], path: Path, log: ProblemLog, detail: str) -> TableRows:
    """Shape JSON objects as rows; the columns are those of the objects met first."""
    table = TableRows(path.name, "records", (), iter(()), detail)

    def rows() -> Iterator[Row]:
        for where, item, fault in items:
            table.read += 1
            if fault or not isinstance(item, dict):
                log.reject(where, "", "", fault or "objet JSON attendu")
            elif too_long(item.values()):
                log.reject(where, "", "", f"valeur de plus de {settings().max_cell_characters} caractères")
            else:
                yield Row(where, {key: clean(value) for key, value in item.items()})

    stream = rows()
    first = [row for _, row in zip(range(_BATCH_ROWS), stream, strict=False)]
    table.columns = tuple(dict.fromkeys(key for row in first for key in row.cells))
    table.rows = _chain(first, stream)
    return table


def _chain(first: Sequence[Row], rest: Iterator[Row]) -> Iterator[Row]:
    yield from first
    yield from rest


def read_parquet(path: Path, log: ProblemLog) -> TableRows:
    """Read a Parquet file batch by batch; geometry columns are left to GeoPackage and GeoJSON."""
    try:
        file = pq.ParquetFile(path)
        columns = name_columns(file.schema_arrow.names, "schéma", log)
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(path, "Parquet", error) from error
    table = TableRows(path.name, "records", columns, iter(()), "Parquet")
    table.rows = _parquet_rows(file, table, path, log)
    return table


def _parquet_rows(file: pq.ParquetFile, table: TableRows, path: Path, log: ProblemLog) -> Iterator[Row]:
    try:
        for batch in file.iter_batches(batch_size=_BATCH_ROWS):
            for cells in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                table.read += 1
                row = _row(f"ligne {table.read}", table.columns, cells, log)
                if row:
                    yield row
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _unreadable(path, "Parquet", error) from error


def read_geography(path: Path, log: ProblemLog, layer: str | None = None) -> TableRows:
    """Read GeoJSON, GeoPackage or Shapefile; each entity gives ``longitude`` and ``latitude`` (WGS84).

    The point is the entity itself, or a point inside it. A layer without CRS is refused.
    """
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            layers = [str(name) for name, _ in pyogrio.list_layers(path)]
            chosen = _chosen_layer(layers, layer, log, path)
            frame = pyogrio.read_dataframe(path, layer=chosen)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError, OSError) as error:
        raise _unreadable(path, "géographique", error) from error
    detail = f"couche {chosen}"
    for message in dict.fromkeys(str(warning.message) for warning in said):
        log.drop(detail, "", "", f"GDAL signale : {message}")
    cells: dict[str, Sequence[Cell]] = {}
    if isinstance(frame, gpd.GeoDataFrame):
        cells |= _points(frame, path)
        frame = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    header = [*cells, *(str(name) for name in frame.columns)]
    columns = name_columns(header, detail, log)
    data = [*cells.values(), *(frame[name].astype(object).where(frame[name].notna(), None) for name in frame.columns)]
    table = TableRows(path.name, "geography", columns, iter(()), detail)
    table.rows = _entities(table, data, log)
    return table


def _chosen_layer(layers: Sequence[str], wanted: str | None, log: ProblemLog, path: Path) -> str:
    for name in layers:
        if wanted and normalise(name) == normalise(wanted):
            return name
    if wanted or not layers:
        present = ", ".join(layers) or "aucune"
        raise InputRefusedError(f"couche absente : {wanted or ''}", where=path.name, way_out=f"couches : {present}")
    for name in layers[1:]:
        log.drop(f"couche {name}", "", "", f"couche non lue (lue : {layers[0]}) ; la nommer pour la lire")
    return layers[0]


def _points(frame: gpd.GeoDataFrame, path: Path) -> dict[str, Sequence[Cell]]:
    if frame.crs is None:
        raise InputRefusedError(
            "couche sans projection (CRS)",
            where=path.name,
            way_out="l'enregistrer avec sa projection (EPSG:4326 ou EPSG:2154, par exemple depuis QGIS)",
        )
    geometry = frame.geometry.to_crs(WGS84)
    points = geometry.where(geometry.geom_type == "Point", geometry.representative_point())
    empty = (geometry.isna() | geometry.is_empty).to_numpy()
    return {
        "longitude": [None if e else x for e, x in zip(empty, points.x, strict=True)],
        "latitude": [None if e else y for e, y in zip(empty, points.y, strict=True)],
    }


def _entities(table: TableRows, data: Sequence[Sequence[Cell]], log: ProblemLog) -> Iterator[Row]:
    for cells in zip(*data, strict=True):
        table.read += 1
        row = _row(f"entité {table.read}", table.columns, cells, log)
        if row:
            yield row


def _row(where: str, columns: Sequence[str], cells: Sequence[Cell], log: ProblemLog) -> Row | None:
    if too_long(cells):
        log.reject(where, "", "", f"valeur de plus de {settings().max_cell_characters} caractères")
        return None
    return Row(where, {name: clean(cell) for name, cell in zip(columns, cells, strict=True)})


def _unreadable(path: Path, kind: str, error: Exception) -> InputRefusedError:
    return InputRefusedError(
        f"fichier {kind} illisible ({error})",
        where=path.name,
        way_out="vérifier qu'il est complet, ou l'exporter en CSV",
    )
