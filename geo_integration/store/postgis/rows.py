"""Rows in and out of PostGIS by COPY, a whole table at a time: no value passes through Python one by one."""

from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from psycopg import sql
from pyarrow import csv

from geo_integration.errors import StoreError
from geo_integration.schema import WGS84
from geo_integration.store import tables
from geo_integration.store.postgis.shape import PART, ROW, kind_of

_SLICE = 32_768
"""Rows sent in one message."""
_BLOCK = 1 << 20
_TEXT = pa.large_string()
# COPY's text format, not CSV: before PostgreSQL 18, a line `\.` inside a quoted CSV value ends the data.
_ESCAPED = (("\\", "\\\\"), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"))
_ARROW = {"text": _TEXT, "integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_(), "geometry": _TEXT}
_PANDAS = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}


def refuse_unstorable(name: str, table: pd.DataFrame) -> None:
    """Raise StoreError for what PostGIS cannot hold and a file can: NUL in a text, a third dimension."""
    if isinstance(table, gpd.GeoDataFrame):
        values = table.geometry.to_numpy()
        if (shapely.has_z(values) | shapely.has_m(values)).any():
            what, way_out = "géométrie à trois dimensions", "retirer l'altitude et la mesure (shapely.force_2d)"
            raise StoreError(what, where=f"couche {name}", way_out=way_out)
    for column, values in tables.arrow(table).items():
        if _is_text(values.type) and pc.any(pc.match_substring(values, "\0")).as_py():
            what = "un texte contient le caractère NUL, que PostgreSQL ne sait pas garder"
            raise StoreError(what, where=f"couche {name}, colonne {column}", way_out="le retirer du fichier d'origine")


def send(connection: psycopg.Connection[Any], place: sql.Identifier, part: int, table: pd.DataFrame) -> None:
    """Write ``table`` to the table at ``place``, as the rows of ``part``."""
    columns = _fields(table)
    names = sql.SQL(", ").join(map(sql.Identifier, (PART, ROW, *columns)))
    query = sql.SQL("COPY {} ({}) FROM STDIN").format(place, names)
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        for lines in _lines(columns, part, len(table)):
            copy.write(lines)


def fetch(
    connection: psycopg.Connection[Any], place: sql.Identifier, part: int, columns: list[list[str]]
) -> pd.DataFrame:
    """Return the rows of ``part``, in their order, with these columns (name and pandas type)."""
    names = [name for name, _ in columns]
    query = sql.SQL("COPY (SELECT {} FROM {} WHERE {} = {} ORDER BY {}) TO STDOUT (FORMAT csv, FORCE_QUOTE *)").format(
        sql.SQL(", ").join(map(sql.Identifier, (ROW, *names))),
        place,
        sql.Identifier(PART),
        sql.Literal(part),
        sql.Identifier(ROW),
    )
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        rows = [bytes(row) for row in copy]
    kinds = {name: _ARROW[kind_of(dtype)] for name, dtype in columns}
    found = _parsed(rows, {ROW: pa.int64()} | kinds).drop_columns(ROW)
    frame: pd.DataFrame = found.to_pandas(types_mapper=_PANDAS.get)
    if "geometry" not in names:
        return frame
    values = shapely.set_srid(shapely.from_wkb(found["geometry"].to_numpy()), 0)
    whole: pd.DataFrame = gpd.GeoDataFrame(frame.assign(geometry=gpd.GeoSeries(values, crs=WGS84)), crs=WGS84)
    return whole


def remove(connection: psycopg.Connection[Any], place: sql.Identifier, part: int) -> None:
    """Remove the rows of ``part``."""
    connection.execute(sql.SQL("DELETE FROM {} WHERE {} = {}").format(place, sql.Identifier(PART), sql.Literal(part)))


def _parsed(rows: list[bytes], kinds: dict[str, pa.DataType]) -> pa.Table:
    """Read CSV, where an empty value is null and a quoted one is an empty text."""
    if not rows:
        return pa.schema(kinds.items()).empty_table()
    return csv.read_csv(
        pa.BufferReader(b"".join(rows)),
        read_options=csv.ReadOptions(column_names=[*kinds], block_size=max(_BLOCK, 2 * max(map(len, rows)))),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=kinds,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            true_values=["t"],
            false_values=["f"],
        ),
    )


def _fields(table: pd.DataFrame) -> dict[str, pa.Array]:
    """Return the columns as Arrow arrays; a geometry as hexadecimal EWKB."""
    columns = tables.arrow(table)
    if isinstance(table, gpd.GeoDataFrame):
        values = shapely.set_srid(table.geometry.to_numpy(), 4326)
        columns["geometry"] = pa.array(shapely.to_wkb(values, hex=True, include_srid=True), type=_TEXT)
    return columns


def _lines(columns: dict[str, pa.Array], part: int, rows: int) -> Iterator[bytes]:
    """Give the rows in COPY's text format, many at a time."""
    for first in range(0, rows, _SLICE):
        count = min(_SLICE, rows - first)
        numbers = pa.array(np.arange(first, first + count)).cast(_TEXT)
        fields = [_as_text(column.slice(first, count)) for column in columns.values()]
        line = pc.binary_join_element_wise(_constant(str(part)), numbers, *fields, _constant("\t"))
        ended = pc.binary_join_element_wise(line, _constant(""), _constant("\n"))
        offsets = np.frombuffer(ended.buffers()[1], dtype="<i8", count=count + 1)
        yield ended.buffers()[2].slice(int(offsets[0]), int(offsets[-1] - offsets[0])).to_pybytes()


def _as_text(values: pa.Array) -> pa.Array:
    """Write values as COPY wants them: the shortest digits that give the number back, a sign of its own for null."""
    text = values.cast(_TEXT)
    if _is_text(values.type):
        for sign, escaped in _ESCAPED:
            text = pc.replace_substring(text, sign, escaped)
    return pc.fill_null(text, "\\N")


def _constant(text: str) -> pa.Scalar:
    return pa.scalar(text, type=_TEXT)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))
