"""What every store promises, whatever it is made of: a folder of GeoParquet, or PostGIS."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

import pandas as pd

type JSON = bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None
type Reason = Literal["publish", "rollback"]

REPORT_COLUMNS = ("file", "where", "field", "value", "reason", "outcome")


@dataclass(frozen=True)
class SnapshotInfo:
    """One published, immutable version of the layers that were published together."""

    id: str
    """16 hexadecimal digits that depend on the content only: same tables, meta and report, same id."""
    layers: Mapping[str, int]
    """Layer → number of rows."""
    sha256: Mapping[str, str]
    """Layer → hash of its values, the same in every kind of store and with every version of the libraries."""
    meta: Mapping[str, JSON]
    """What the publisher said: by convention ``sources``, ``synthetic``, ``covers``."""
    published_at: datetime
    """When this content was first published here, in UTC."""
    library_version: str
    """Version of this library that wrote it."""
    report_rows: int | None
    """Problems in its import report; None where it was published without one."""

    @property
    def sources(self) -> tuple[JSON, ...]:
        """Sources named in the meta, as they were given (names, files, hashes)."""
        found = self.meta.get("sources")
        return tuple(found) if isinstance(found, Sequence) and not isinstance(found, str) else ()

    @property
    def synthetic(self) -> bool:
        """True where the publisher said that made-up rows are in it."""
        return bool(self.meta.get("synthetic"))

    @property
    def covers(self) -> tuple[str, ...]:
        """Codes of the départements its sources report on."""
        found = self.meta.get("covers")
        return tuple(map(str, found)) if isinstance(found, Sequence) and not isinstance(found, str) else ()

    def companions(self, layer: str) -> tuple[str, ...]:
        """Return the layers published together with ``layer``, which move with it."""
        return tuple(name for name in self.layers if name != layer)


@dataclass(frozen=True)
class Content:
    """Everything a snapshot holds, as it was written: what a publication stores and a copy moves."""

    layers: Mapping[str, pd.DataFrame]
    """Sorted by name. A layer may lack a column that its schema gained later."""
    report: pd.DataFrame | None
    meta: Mapping[str, JSON]
    library_version: str


@dataclass(frozen=True)
class HistoryEntry:
    """One moment at which a snapshot became the current one of a layer."""

    snapshot: str
    at: datetime
    reason: Reason


@dataclass(frozen=True)
class Rollback:
    """What a rollback did."""

    layer: str
    snapshot: SnapshotInfo
    moved: Mapping[str, str]
    """Layer → snapshot it was at before. Empty when everything was there already."""
    left: tuple[str, ...]
    """Layers published together with the one that was left behind, and unknown to the snapshot gone back to."""

    @property
    def message(self) -> str:
        """Say it in French, companions included."""
        if not self.moved:
            return f"{self.layer} est déjà à la version {self.snapshot.id} : rien n'a changé"
        verb = "revient" if len(self.moved) == 1 else "reviennent ensemble"
        said = f"{_enumerate(self.moved)} {verb} à la version {self.snapshot.id}"
        if self.left:
            said += f" ; inchangé, car absent de cette version : {_enumerate(self.left)}"
        return said


@dataclass(frozen=True)
class Diff:
    """What changed in a layer from one snapshot to another."""

    layer: str
    before: str
    after: str
    added: int
    removed: int
    changed: int
    unchanged: int
    table: pd.DataFrame
    """Sorted by key; all text. The key columns of the layer, then ``label`` (title or name of the row),
    ``change`` (added, removed, changed), ``column``, ``old``, ``new``. One row per added or removed row
    (``column``, ``old``, ``new`` null), one per changed value of a changed row. Geometries are WKT."""


@dataclass(frozen=True)
class StoreProblem:
    """One thing wrong in the store, found by ``verify``."""

    where: str
    """File, relative to the store; or table and version."""
    what: str
    way_out: str


class Store(Protocol):
    """Immutable snapshots of layers, and for each layer which one is current.

    A layer name is one of :data:`geo_integration.layers.LAYERS`, or one of them with a suffix
    (``offers.lheo``: that layer as one source gives it). A snapshot is named by its id, a prefix of it
    that no other snapshot of the layer has, ``current``, ``previous``, or ``-1``, ``-2``… (that many
    snapshots before the current one, each counted once, at its latest place in the history).

    Every method raises StoreError when the store cannot be read or written or holds something else than
    was published, and SnapshotNotFoundError (a StoreError) for a layer or snapshot that is not there.
    """

    @property
    def location(self) -> str:
        """Where the store is, in words fit for a message (never a password)."""
        ...

    def publish(
        self,
        tables: Mapping[str, pd.DataFrame],
        *,
        meta: Mapping[str, JSON],
        report: pd.DataFrame | None,
        now: datetime,
    ) -> SnapshotInfo:
        """Publish layers together, as one snapshot, and make it current: all of it or nothing.

        Each table first passes :meth:`geo_integration.schema.Layer.conform` (LayerError). Publishing what
        is current already changes nothing; publishing what is in the history makes it current again.
        """
        ...

    def read(self, layer: str, snapshot: str | None = None) -> pd.DataFrame:
        """Return a layer (a GeoDataFrame where it has a geometry), current unless ``snapshot`` says which."""
        ...

    def read_together(self, layers: Iterable[str]) -> dict[str, pd.DataFrame]:
        """Return several current layers as of one instant, whatever is published meanwhile."""
        ...

    def info(self, layer: str, snapshot: str | None = None) -> SnapshotInfo:
        """Return what is known about the current, or a given, snapshot of a layer."""
        ...

    def layers(self) -> list[str]:
        """Return the names of the layers that have a current snapshot, sorted."""
        ...

    def history(self, layer: str) -> list[HistoryEntry]:
        """Return when which snapshot became current, oldest first; the last one is current."""
        ...

    def report(self, snapshot: str) -> pd.DataFrame:
        """Return the import report of a snapshot (id or unique prefix); no row where it had none."""
        ...

    def rollback(self, layer: str, snapshot: str, *, now: datetime) -> Rollback:
        """Make an earlier snapshot current again, for every layer published in it."""
        ...

    def diff(self, layer: str, before: str, after: str) -> Diff:
        """Compare two snapshots of a layer, row by row and value by value."""
        ...

    def verify(self) -> list[StoreProblem]:
        """Check everything the store holds against its hashes; an empty list is good news."""
        ...

    def version(self) -> str:
        """Return a text that changes whenever the current snapshot of any layer does; costs next to nothing."""
        ...

    def histories(self) -> Mapping[str, tuple[HistoryEntry, ...]]:
        """Return the history of every layer as of one instant, oldest first."""
        ...

    def content(self, snapshot: str) -> Content:
        """Return everything a snapshot (its whole id) holds, checked against its hashes."""
        ...

    def keep(self, content: Content) -> str:
        """Store a snapshot without making it current, as it is; return its id.

        It is safe to keep the same content again: a sound one is left alone, a damaged one is put right.
        """
        ...

    def adopt(self, histories: Mapping[str, tuple[HistoryEntry, ...]]) -> None:
        """Take over histories, instants and all, whose snapshots are kept here already: all of them or nothing.

        StoreError unless what happened here is the beginning of what is taken over.
        """
        ...


def _enumerate(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} et {last}" if first else last
