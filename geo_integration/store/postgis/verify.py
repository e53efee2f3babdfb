"""Checks of a PostGIS store: every row of every snapshot against the hash of its table."""

from collections.abc import Iterator

import pandas as pd
import psycopg
import sqlalchemy as sa
from psycopg import sql

from geo_integration.errors import StoreError
from geo_integration.store import tables
from geo_integration.store.contract import StoreProblem
from geo_integration.store.manifest import Manifest
from geo_integration.store.postgis import rows
from geo_integration.store.postgis.book import Book
from geo_integration.store.postgis.shape import PART, table_of
from geo_integration.store.postgis.spoken import speaking

_REPUBLISH = "republier les mêmes fichiers, ou revenir à une autre version (geo-integration rollback)"
_REMOVE = "les retirer : rien ne s'en sert"


def snapshot(connection: sa.Connection, book: Book, name: str) -> list[StoreProblem]:
    """Check the manifest of one snapshot and each of its tables, and that there is no other."""
    try:
        manifest = book.manifest(connection, name)
    except StoreError as error:
        return [StoreProblem(f"version {name}", error.what, _REPUBLISH)]
    numbers = book.parts(connection, name)
    extra = [StoreProblem(_where(layer, name), "table inattendue", _REMOVE) for layer in {*numbers} - {*manifest.parts}]
    return [*_damaged(connection, book, manifest, numbers), *extra]


def strays(connection: sa.Connection, book: Book) -> Iterator[StoreProblem]:
    """Find rows that belong to no snapshot: nothing of ours leaves any."""
    known = set(connection.scalars(sa.select(book.part.c.id)))
    layers = {table_of(layer) for layer in connection.scalars(sa.select(book.part.c.layer).distinct())}
    for table in sorted(layers):
        try:
            with speaking(table), connection.begin_nested():
                place = sa.table(table, sa.column(PART), schema=book.schema)
                found = set(connection.scalars(sa.select(place.c[PART]).distinct()))
        except StoreError:  # told with the snapshots that need it
            continue
        if found - known:
            yield StoreProblem(f"table {table}", "des lignes n'appartiennent à aucune version", _REMOVE)


def sound(connection: sa.Connection, book: Book, manifest: Manifest, layer: str, number: int | None) -> pd.DataFrame:
    """Return a table of a snapshot, or its report, as it was written; StoreError when it is not what was written."""
    part = manifest.parts.get(layer)
    if part is None or number is None:
        raise StoreError("cette table est absente", where=_where(layer, manifest.id), way_out=_REPUBLISH)
    place = sql.Identifier(book.schema, table_of(layer))
    table = rows.fetch(driver(connection), place, number, part.columns)
    if tables.content_sha256(table) != part.sha256:
        lost = f" ({len(table)} lignes au lieu de {part.rows})" if len(table) != part.rows else ""
        what = f"les lignes ne correspondent pas à leur empreinte{lost}"
        raise StoreError(what, where=_where(layer, manifest.id), way_out=_REPUBLISH)
    return table


def driver(connection: sa.Connection) -> psycopg.Connection[tuple[object, ...]]:
    """Return the psycopg connection below, in the same transaction: SQLAlchemy has no COPY."""
    found = connection.connection.driver_connection
    if not isinstance(found, psycopg.Connection):
        raise TypeError(found)
    return found


def _damaged(
    connection: sa.Connection, book: Book, manifest: Manifest, numbers: dict[str, int]
) -> Iterator[StoreProblem]:
    for layer in manifest.parts:
        where = _where(layer, manifest.id)
        try:
            with speaking(where), connection.begin_nested():
                sound(connection, book, manifest, layer, numbers.get(layer))
        except StoreError as error:
            yield StoreProblem(where, error.what, _REPUBLISH)


def _where(layer: str, snapshot: str) -> str:
    return f"couche {layer}, version {snapshot}"
