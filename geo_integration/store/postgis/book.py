"""The fixed tables of a PostGIS store: which snapshots there are, what is in them, which one is current."""

from datetime import UTC
from typing import Any, cast

import sqlalchemy as sa

from geo_integration.errors import StoreError
from geo_integration.store.contract import HistoryEntry
from geo_integration.store.head import Head
from geo_integration.store.manifest import Manifest

REPAIR = "voir geo-integration store verify ; republier les mêmes fichiers répare la version, rollback en change"


class Book:
    """Reads and writes the fixed tables of ``schema``, inside the transaction it is given."""

    def __init__(self, schema: str) -> None:
        self.schema = schema
        metadata = sa.MetaData(schema=schema)
        text, integer = sa.Text, sa.BigInteger
        self.snapshot = sa.Table("snapshot", metadata, sa.Column("id", text), sa.Column("manifest", sa.JSON))
        part = (sa.Column("id", integer, sa.Identity()), sa.Column("snapshot", text), sa.Column("layer", text))
        self.part = sa.Table("part", metadata, *part)
        at = sa.DateTime(timezone=True)
        columns = (
            sa.Column("layer", text),
            sa.Column("snapshot", text),
            sa.Column("at", at),
            sa.Column("reason", text),
        )
        self.history = sa.Table("history", metadata, sa.Column("id", integer, sa.Identity()), *columns)

    def head(self, connection: sa.Connection) -> Head:
        """Return the history of every layer."""
        table = self.history
        query = sa.select(table.c.layer, table.c.snapshot, table.c.at, table.c.reason).order_by(table.c.id)
        found: dict[str, list[HistoryEntry]] = {}
        for layer, snapshot, at, reason in connection.execute(query):
            found.setdefault(layer, []).append(HistoryEntry(snapshot, at.astimezone(UTC), reason))
        return Head({layer: tuple(entries) for layer, entries in found.items()})

    def version(self, connection: sa.Connection) -> str:
        """Return the last thing that happened: one row by its primary key."""
        table = self.history
        query = sa.select(table.c.id, table.c.snapshot).order_by(table.c.id.desc()).limit(1)
        return "-".join(map(str, connection.execute(query).one_or_none() or ()))

    def append(self, connection: sa.Connection, before: Head, after: Head) -> None:
        """Add to the histories what ``after`` has more than ``before``."""
        rows = [
            {"layer": layer, "snapshot": entry.snapshot, "at": entry.at, "reason": entry.reason}
            for layer, entries in sorted(after.histories.items())
            for entry in entries[len(before.histories.get(layer, ())) :]
        ]
        if rows:
            connection.execute(self.history.insert(), rows)

    def manifest(self, connection: sa.Connection, snapshot: str) -> Manifest:
        """Return the manifest of a snapshot; StoreError when it is absent or damaged."""
        where = f"version {snapshot}"
        query = sa.select(sa.cast(self.snapshot.c.manifest, sa.Text)).where(self.snapshot.c.id == snapshot)
        said = connection.scalar(query)
        if said is None:
            raise StoreError("cette version est absente", where=where, way_out=REPAIR)
        try:
            manifest = Manifest.from_bytes(said.encode())
        except ValueError as error:
            raise StoreError(f"manifeste abîmé ({error})", where=where, way_out=REPAIR) from error
        if manifest.id != snapshot:
            what = f"ce manifeste est celui d'une autre version ({manifest.id})"
            raise StoreError(what, where=where, way_out=REPAIR)
        return manifest

    def snapshots(self, connection: sa.Connection) -> list[str]:
        """Return every snapshot the store holds, in a history or not."""
        return list(connection.scalars(sa.select(self.snapshot.c.id).order_by(self.snapshot.c.id)))

    def parts(self, connection: sa.Connection, snapshot: str) -> dict[str, int]:
        """Return layer → number under which its rows are kept."""
        query = sa.select(self.part.c.layer, self.part.c.id).where(self.part.c.snapshot == snapshot)
        return {layer: number for layer, number in connection.execute(query)}  # noqa: C416 -- rows are not pairs to mypy

    def write(self, connection: sa.Connection, manifest: Manifest) -> dict[str, int]:
        """Write a manifest, over a damaged one if need be, and return layer → number of its rows."""
        said = sa.cast(sa.bindparam("said", type_=sa.Text), self.snapshot.c.manifest.type)
        values: dict[str, Any] = {"said": manifest.to_bytes().decode()}
        there = sa.select(self.snapshot.c.id).where(self.snapshot.c.id == manifest.id)
        if connection.scalar(there) is None:
            connection.execute(self.snapshot.insert().values(id=manifest.id, manifest=said), values)
        else:
            same = self.snapshot.c.id == manifest.id
            connection.execute(self.snapshot.update().where(same).values(manifest=said), values)
        numbers = self.parts(connection, manifest.id)
        for layer in manifest.parts:
            if layer not in numbers:
                made = self.part.insert().values(snapshot=manifest.id, layer=layer).returning(self.part.c.id)
                numbers[layer] = cast("int", connection.scalar(made))
        return numbers
