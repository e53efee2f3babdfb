"""A table turned into GeoJSON features, as bytes, once."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd
import shapely

from geo_integration.exports.values import Cell, cells
from geo_integration.features.columns import Columns
from geo_integration.features.crs import Geometries
from geo_integration.features.index import Index
from geo_integration.features.packed import Pieces
from geo_integration.features.tables import Made
from geo_integration.schema import SEPARATOR, Column

type Value = Cell | list[str]

_NUMBERS = {"integer": "Int64", "number": "float64", "boolean": "boolean"}


@dataclass(frozen=True, eq=False)
class Encoded:
    """The features of a table, and what they say, in the same order.

    Attributes
    ----------
    ids : of the features, each once.
    table : their properties, typed: text, dates and ``;``-joined lists as text, null where not known.
    shapes : their geometries as they are published, in longitude and latitude; None where there is none.
    pieces : their bytes.
    columns, index : the same, ready to be searched.
    """

    ids: tuple[str, ...]
    table: pd.DataFrame
    shapes: Geometries
    pieces: Pieces
    columns: Columns
    index: Index

    @cached_property
    def position(self) -> Mapping[str, int]:
        """Where each id is."""
        return {one: position for position, one in enumerate(self.ids)}


def encode(made: Made, columns: Sequence[Column]) -> Encoded:
    """Turn rows into features.

    Parameters
    ----------
    made : rows in the order of their ids; the table has every column of ``columns``.
    columns : properties, in order; lists become arrays, values not known null.
    """
    table, ids = made.table, tuple(str(one) for one in made.table.index)
    told = {column.name: cells(table[column.name]) for column in columns}
    typed = pd.DataFrame({one.name: _typed(one, told[one.name]) for one in columns}, index=range(len(table)))
    pieces = Pieces.of(_features(ids, made.shapes, told, columns))
    return Encoded(ids, typed, made.shapes, pieces, Columns(columns, typed), Index(made.shapes))


def _features(
    ids: Sequence[str], shapes: Geometries, told: Mapping[str, list[Cell]], columns: Sequence[Column]
) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Give each feature as what is before its geometry, the geometry, and what is after."""
    lists = [column.type == "list" for column in columns]
    geometries = shapely.to_geojson(shapes)
    for number, row in enumerate(zip(*told.values(), strict=True)):
        values = [_split(value) if is_list else value for value, is_list in zip(row, lists, strict=True)]
        properties = _json(dict(zip(told, values, strict=True)))
        before = f'{{"type":"Feature","id":{_json(ids[number])},"geometry":'
        yield (
            before.encode(errors="replace"),
            (geometries[number] or "null").encode(),
            f',"properties":{properties}}}'.encode(errors="replace"),
        )


def _typed(column: Column, values: list[Cell]) -> "pd.Series[Any]":
    """Return the values told as a typed column: what is compared is what is shown."""
    return pd.Series(values, dtype=_NUMBERS.get(column.type, "str"))


def _split(value: Cell) -> Value:
    return value.split(SEPARATOR) if isinstance(value, str) else value


_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
