"""Tables and views of the layers: one table for each layer, one view for each that has a current snapshot.

They follow :data:`geo_integration.layers.LAYERS`, not the migration scripts: what is missing (a table, a column that
a layer gained, a view) is made just before something is published, in a transaction of its own. Columns are only
ever added, so that every snapshot stays readable; a column whose type changed needs a script, and is refused.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Literal

import psycopg
from psycopg import sql

from geo_integration.errors import StoreError
from geo_integration.layers import LAYERS
from geo_integration.store.manifest import REPORT

type Kind = Literal["text", "integer", "number", "boolean", "geometry"]

PART, ROW = "part_id", "row_id"
GEOMETRY = "geometry(Geometry,4326)"
_TYPES: dict[str, str] = {
    "text": "text",
    "date": "text",
    "list": "text",
    "integer": "bigint",
    "number": "double precision",
    "boolean": "boolean",
    "geometry": GEOMETRY,
}
_DTYPES: dict[str, Kind] = {"int": "integer", "float": "number", "bool": "boolean", "geometry": "geometry"}
_LONGEST = 63
_COLUMNS = """
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""


def kind_of(dtype: str) -> Kind:
    """Return what a column of this pandas type (``Int64``, ``str``…) is kept as."""
    return next((kind for start, kind in _DTYPES.items() if dtype.lower().startswith(start)), "text")


def table_of(layer: str) -> str:
    """Return the table that keeps a layer: ``offers`` for ``offers.lheo``."""
    return layer.partition(".")[0]


def view_of(layer: str) -> str:
    """Return the view of the current rows of a layer: ``current_offers``, ``current_offers__lheo``."""
    name = f"current_{layer.replace('.', '__')}"
    if len(name) <= _LONGEST:
        return name
    return f"{name[: _LONGEST - 9]}_{hashlib.sha256(layer.encode()).hexdigest()[:8]}"


def plan(connection: psycopg.Connection[Any], schema: str, given: Mapping[str, list[list[str]]]) -> list[sql.Composed]:
    """Return the statements without which these layers cannot be published; none most of the time.

    Parameters
    ----------
    given : layer (or ``report``) → name and pandas type of each column, beside those its schema has.
    """
    wanted: dict[str, dict[str, str]] = {}
    for layer, columns in given.items():
        asked = {name: _TYPES[kind_of(dtype)] for name, dtype in columns}
        known = wanted.setdefault(table_of(layer), _of_schema(table_of(layer)))
        known |= {name: kept for name, kept in asked.items() if name not in known}
    statements: list[sql.Composed] = []
    after: dict[str, list[str]] = {}
    for table, kept in wanted.items():
        there = _columns(connection, schema, table)
        statements += _altered(schema, table, kept, there) if there else _created(schema, table, kept)
        after[table] = [*(there or (PART, ROW)), *(name for name in kept if name not in there)]
    for layer in given:
        if layer != REPORT:
            names = [name for name in after[table_of(layer)] if name != PART]
            if not set(_columns(connection, schema, view_of(layer))) >= {ROW, *names}:
                statements.append(_view(schema, layer, names))
    return statements


def _of_schema(table: str) -> dict[str, str]:
    if table == REPORT:
        return {}
    layer = LAYERS[table]
    return {c.name: _TYPES[c.type] for c in layer.columns} | ({"geometry": GEOMETRY} if layer.geometry else {})


def _columns(connection: psycopg.Connection[Any], schema: str, relation: str) -> dict[str, str]:
    found = connection.execute(_COLUMNS, [sql.Identifier(schema, relation).as_string(connection)])
    return {name: kept.rpartition(".")[2] for name, kept in found}


def _created(schema: str, table: str, columns: Mapping[str, str]) -> list[sql.Composed]:
    place = sql.Identifier(schema, table)
    kept = [sql.SQL("{} {}").format(_name(name), sql.SQL(kind)) for name, kind in columns.items()]
    numbered = [sql.SQL("{} integer NOT NULL").format(sql.Identifier(name)) for name in (PART, ROW)]
    key = sql.SQL("PRIMARY KEY ({}, {})").format(sql.Identifier(PART), sql.Identifier(ROW))
    statements = [sql.SQL("CREATE TABLE {} ({})").format(place, sql.SQL(", ").join([*numbered, *kept, key]))]
    if "geometry" in columns:
        statements.append(sql.SQL("CREATE INDEX ON {} USING gist (geometry)").format(place))
    return [*statements, *_comments(schema, table, columns)]


def _altered(schema: str, table: str, columns: Mapping[str, str], there: Mapping[str, str]) -> list[sql.Composed]:
    for name, kind in columns.items():
        if there.get(name, kind) != kind:
            what = f"la colonne {name} y est de type {there[name]} au lieu de {kind}"
            way_out = "mettre à jour geo-integration, puis geo-integration store migrate"
            raise StoreError(what, where=f"table {schema}.{table}", way_out=way_out)
    missing = {name: kind for name, kind in columns.items() if name not in there}
    place = sql.Identifier(schema, table)
    statements = [
        sql.SQL("ALTER TABLE {} ADD COLUMN {} {}").format(place, _name(name), sql.SQL(kind))
        for name, kind in missing.items()
    ]
    return [*statements, *_comments(schema, table, missing)]


def _view(schema: str, layer: str, names: list[str]) -> sql.Composed:
    query = """
CREATE OR REPLACE VIEW {view} AS SELECT {columns} FROM {table} WHERE {part} = (
    SELECT p.id FROM {history} h JOIN {parts} p ON p.snapshot = h.snapshot AND p.layer = h.layer
    WHERE h.layer = {layer} ORDER BY h.id DESC LIMIT 1)
"""
    return sql.SQL(query).format(
        view=sql.Identifier(schema, view_of(layer)),
        columns=sql.SQL(", ").join(map(sql.Identifier, names)),
        table=sql.Identifier(schema, table_of(layer)),
        part=sql.Identifier(PART),
        history=sql.Identifier(schema, "history"),
        parts=sql.Identifier(schema, "part"),
        layer=sql.Literal(layer),
    )


def _comments(schema: str, table: str, columns: Mapping[str, str]) -> list[sql.Composed]:
    """Tell whoever opens the table what each column means, as docs/layers.md does."""
    if table == REPORT:
        return []
    query = sql.SQL("COMMENT ON COLUMN {} IS {}")
    meant = {c.name: f"{c.meaning}; null: {c.null}" if c.null else c.meaning for c in LAYERS[table].columns}
    return [
        query.format(sql.Identifier(schema, table, name), sql.Literal(meant[name])) for name in columns if name in meant
    ]


def _name(name: str) -> sql.Identifier:
    if name in {PART, ROW} or len(name.encode()) > _LONGEST or "\0" in name:
        way_out = f"au plus {_LONGEST} octets, ni {PART} ni {ROW}"
        raise StoreError(f"nom de colonne refusé : {name}", way_out=way_out)
    return sql.Identifier(name)
