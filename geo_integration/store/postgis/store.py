"""The store as tables of PostgreSQL with PostGIS: see docs/store.md for what each holds."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import pandas as pd
import sqlalchemy as sa
from psycopg import sql

from geo_integration.errors import StoreError
from geo_integration.layers import LAYERS
from geo_integration.store import tables
from geo_integration.store.contract import (
    JSON,
    REPORT_COLUMNS,
    Content,
    Diff,
    HistoryEntry,
    Rollback,
    SnapshotInfo,
    StoreProblem,
)
from geo_integration.store.diff import compare
from geo_integration.store.head import Head
from geo_integration.store.manifest import REPORT, Manifest, checked
from geo_integration.store.postgis import rows, shape, verify
from geo_integration.store.postgis.book import REPAIR, Book
from geo_integration.store.postgis.database import REVISION, Database
from geo_integration.store.postgis.verify import driver


class PostgisStore:
    """A :class:`geo_integration.store.contract.Store` in one schema of a PostgreSQL database.

    Readers see one instant and wait for nobody; writers take turns, from whatever machine.

    Parameters
    ----------
    location : ``postgresql://name:password@host/base?schema=geo``; nothing is created before the first publish.
    lock_timeout_seconds : how long a writer waits for another before StoreError.
    """

    def __init__(self, location: str, *, lock_timeout_seconds: float = 60) -> None:
        self.database = Database(location, lock_timeout_seconds=lock_timeout_seconds)
        self._book = Book(self.database.schema)

    def __repr__(self) -> str:
        """Name the database, never the password."""
        return f"PostgisStore({self.location!r})"

    @property
    def location(self) -> str:
        """The address, without its password."""
        return self.database.location

    def publish(
        self,
        tables: Mapping[str, pd.DataFrame],
        *,
        meta: Mapping[str, JSON],
        report: pd.DataFrame | None,
        now: datetime,
    ) -> SnapshotInfo:
        """Publish layers together, in one transaction; see :meth:`Store.publish`."""
        content = checked(tables, meta, report)
        manifest = self._prepared(content)
        with self.database.writing() as connection:
            head = self._book.head(connection)
            moved = head.moved(manifest.id, manifest.layers, at=now, reason="publish")
            self._place(connection, content, manifest)
            self._book.append(connection, head, moved)
            return self._book.manifest(connection, manifest.id).info(moved)

    def read(self, layer: str, snapshot: str | None = None) -> pd.DataFrame:
        """Return a layer; see :meth:`Store.read`. Its rows are checked against their hash every time."""
        with self.database.reading() as connection:
            return self._read(connection, layer, self._head(connection).resolve(layer, snapshot))

    def read_together(self, layers: Iterable[str]) -> dict[str, pd.DataFrame]:
        """Return several layers as of one instant; see :meth:`Store.read_together`."""
        with self.database.reading() as connection:
            head = self._head(connection)
            wanted = {layer: head.current(layer) for layer in layers}
            return {layer: self._read(connection, layer, snapshot) for layer, snapshot in wanted.items()}

    def info(self, layer: str, snapshot: str | None = None) -> SnapshotInfo:
        """Return what is known about a snapshot; see :meth:`Store.info`."""
        with self.database.reading() as connection:
            head = self._head(connection)
            return self._book.manifest(connection, head.resolve(layer, snapshot)).info(head)

    def layers(self) -> list[str]:
        """Return the names of the layers, sorted."""
        return sorted(self.histories())

    def history(self, layer: str) -> list[HistoryEntry]:
        """Return when which snapshot became current, oldest first."""
        with self.database.reading() as connection:
            return list(self._head(connection).history(layer))

    def report(self, snapshot: str) -> pd.DataFrame:
        """Return the import report of a snapshot (id or unique prefix)."""
        with self.database.reading() as connection:
            manifest = self._book.manifest(connection, self._head(connection).resolve_any(snapshot))
            return self._stored(connection, manifest, REPORT) if manifest.report else tables.report_table(None)

    def rollback(self, layer: str, snapshot: str, *, now: datetime) -> Rollback:
        """Make an earlier snapshot current again; see :meth:`Store.rollback`.

        StoreError when that snapshot is damaged: nothing moves then.
        """
        self.history(layer)  # an unknown layer must wait for no writer
        with self.database.writing() as connection:
            head = self._book.head(connection)
            target = head.resolve(layer, snapshot)
            for problem in verify.snapshot(connection, self._book, target):
                raise StoreError(problem.what, where=problem.where, way_out=problem.way_out)
            manifest = self._book.manifest(connection, target)
            before = {name: head.current(name) for name in manifest.layers if head.current(name) != target}
            left = [name for name in head.beside(layer) if before and name not in manifest.layers]
            moved = head.moved(target, manifest.layers, at=now, reason="rollback")
            self._book.append(connection, head, moved)
        return Rollback(layer, manifest.info(moved), before, tuple(left))

    def diff(self, layer: str, before: str, after: str) -> Diff:
        """Compare two snapshots of a layer; see :meth:`Store.diff`."""
        with self.database.reading() as connection:
            head = self._head(connection)
            old, new = head.resolve(layer, before), head.resolve(layer, after)
            was, now = self._read(connection, layer, old), self._read(connection, layer, new)
        return compare(layer, tables.layer_of(layer), (old, was), (new, now))

    def verify(self) -> list[StoreProblem]:
        """Check every row of every snapshot against the hashes, and that no row belongs to none."""
        with self.database.reading() as connection:
            if not self.database.is_made(connection):
                return []
            names = self._book.snapshots(connection)
            found = [one for name in names for one in verify.snapshot(connection, self._book, name)]
            return [*found, *verify.strays(connection, self._book)]

    def version(self) -> str:
        """Name the last thing that happened in any history: one row."""
        with self.database.reading() as connection:
            return self._book.version(connection) if self.database.is_made(connection) else ""

    def histories(self) -> Mapping[str, tuple[HistoryEntry, ...]]:
        """Return the history of every layer."""
        with self.database.reading() as connection:
            return self._head(connection).histories

    def content(self, snapshot: str) -> Content:
        """Return everything a snapshot holds; see :meth:`Store.content`."""
        with self.database.reading() as connection:
            self.database.is_made(connection)
            manifest = self._book.manifest(connection, snapshot)
            layers = {layer: self._stored(connection, manifest, layer) for layer in manifest.layers}
            report = self._stored(connection, manifest, REPORT) if manifest.report else None
        return Content(layers, report, manifest.meta, manifest.library_version)

    def keep(self, content: Content) -> str:
        """Store a snapshot without making it current; see :meth:`Store.keep`."""
        manifest = self._prepared(content)
        with self.database.writing() as connection:
            self._place(connection, content, manifest)
        return manifest.id

    def adopt(self, histories: Mapping[str, tuple[HistoryEntry, ...]]) -> None:
        """Take over histories; see :meth:`Store.adopt`."""
        self._make()
        with self.database.writing() as connection:
            head = self._book.head(connection)
            moved = head.adopting(histories)
            kept = {name: self._book.parts(connection, name) for name in self._book.snapshots(connection)}
            for layer, entries in moved.histories.items():
                for snapshot in {entry.snapshot for entry in entries if layer not in kept.get(entry.snapshot, {})}:
                    raise StoreError("cette version est absente", where=f"version {snapshot}", way_out=REPAIR)
            self._book.append(connection, head, moved)

    def migrate(self) -> None:
        """Make, or bring to this program's version, every table and view; may be run at any time, any number of times.

        Publishing does it too, where its account may: this is for whoever keeps that right for themselves.
        """
        self._make()
        report = [[column, "str"] for column in REPORT_COLUMNS]
        self._shape({layer: [] for layer in sorted({*LAYERS, *self.layers()})} | {REPORT: report})

    def close(self) -> None:
        """Close the connections; the next use opens new ones."""
        self.database.engine.dispose()

    def _make(self) -> None:
        with self.database.reading() as connection:
            revision = self.database.revision(connection)
            made = revision >= REVISION and self.database.is_made(connection)
        if not made:
            self.database.make()

    def _prepared(self, content: Content) -> Manifest:
        """Refuse what PostGIS cannot hold, make the tables that are missing, and describe the content."""
        given = dict(content.layers) | ({} if content.report is None else {REPORT: content.report})
        for name, table in given.items():
            rows.refuse_unstorable(name, table)
        self._make()
        self._shape({name: tables.columns_of(table) for name, table in given.items()})
        return Manifest.of(content)

    def _shape(self, given: Mapping[str, list[list[str]]]) -> None:
        """Make the tables, columns and views that are missing, apart: a publication holds none of their locks."""
        with self.database.reading() as connection:
            needed = shape.plan(driver(connection), self.database.schema, given)
        if needed:
            with self.database.writing() as connection:
                for statement in shape.plan(driver(connection), self.database.schema, given):
                    driver(connection).execute(statement)

    def _place(self, connection: sa.Connection, content: Content, manifest: Manifest) -> None:
        """Write the snapshot, unless it is there; one that is there and damaged is written anew."""
        there = manifest.id in self._book.snapshots(connection)
        if there and not verify.snapshot(connection, self._book, manifest.id):
            return
        numbers = self._book.write(connection, manifest)
        for layer in manifest.parts:
            place = sql.Identifier(self.database.schema, shape.table_of(layer))
            table = content.report if layer == REPORT else content.layers[layer]
            if there:
                rows.remove(driver(connection), place, numbers[layer])
            if table is not None:
                rows.send(driver(connection), place, numbers[layer], table)

    def _head(self, connection: sa.Connection) -> Head:
        return self._book.head(connection) if self.database.is_made(connection) else Head()

    def _read(self, connection: sa.Connection, layer: str, snapshot: str) -> pd.DataFrame:
        schema = tables.layer_of(layer)
        table = self._stored(connection, self._book.manifest(connection, snapshot), layer)
        # A snapshot written before the layer gained a column still reads.
        return table if tuple(table.columns) == schema.names else schema.conform(table)

    def _stored(self, connection: sa.Connection, manifest: Manifest, layer: str) -> pd.DataFrame:
        number = self._book.parts(connection, manifest.id).get(layer)
        return verify.sound(connection, self._book, manifest, layer, number)
