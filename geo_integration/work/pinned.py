"""A store held still: every layer as it was at one instant, whatever is published meanwhile."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NoReturn

import pandas as pd

from geo_integration.errors import SnapshotNotFoundError, StoreError
from geo_integration.store import Diff, HistoryEntry, Rollback, SnapshotInfo, Store, StoreProblem
from geo_integration.store.contract import JSON, Content

PUBLIC_LAYERS = frozenset({"offers", "sessions", "schools", "ctai", "qpv", "coverage"})
"""Layers anyone may know the versions of; the others are about people, or about how this store is kept."""


def is_public(layer: str) -> bool:
    """Say whether anyone may know the versions of a layer, or of what one source gives of it.

    The version of another is made from its content: told to the public, in itself or as part of what another version
    is made from, it would let anyone check a guess of the counts (docs/disclosure.md).
    """
    return layer.partition(".")[0] in PUBLIC_LAYERS


@dataclass(frozen=True)
class Pinned:
    """A :class:`geo_integration.store.contract.Store` for reading, as of the instant it was made.

    A computation reads layers one after the other: all of them must be of one instant, and its answer says which
    snapshots it was computed from.

    Attributes
    ----------
    store : the store.
    told : history of each layer at that instant.
    read_from : layer → snapshot, of what was read so far.
    """

    store: Store
    told: Mapping[str, tuple[HistoryEntry, ...]]
    read_from: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, store: Store) -> "Pinned":
        """Hold a store still now."""
        return cls(store, store.histories())

    @property
    def location(self) -> str:
        """Where the store is."""
        return self.store.location

    def current(self, layer: str) -> str:
        """Return the snapshot a layer was at; SnapshotNotFoundError where it was not there."""
        if not self.told.get(layer):
            raise SnapshotNotFoundError(
                f"couche « {layer} » absente", where=self.location, way_out="voir geo-integration layers"
            )
        return self.told[layer][-1].snapshot

    def read(self, layer: str, snapshot: str | None = None) -> pd.DataFrame:
        """Return a layer, as of that instant unless ``snapshot`` says which."""
        if snapshot in {None, "current"}:
            snapshot = self.read_from[layer] = self.current(layer)
        return self.store.read(layer, snapshot)

    def read_together(self, layers: Iterable[str]) -> dict[str, pd.DataFrame]:
        """Return several layers, as of that instant."""
        return {layer: self.read(layer) for layer in layers}

    def info(self, layer: str, snapshot: str | None = None) -> SnapshotInfo:
        """Return what is known about a snapshot, that of that instant by default."""
        return self.store.info(layer, self.current(layer) if snapshot in {None, "current"} else snapshot)

    def layers(self) -> list[str]:
        """Return the layers there were."""
        return sorted(self.told)

    def history(self, layer: str) -> list[HistoryEntry]:
        """Return the history of a layer up to that instant."""
        self.current(layer)
        return list(self.told[layer])

    def histories(self) -> Mapping[str, tuple[HistoryEntry, ...]]:
        """Return the history of every layer up to that instant."""
        return self.told

    def report(self, snapshot: str) -> pd.DataFrame:
        """Return the import report of a snapshot."""
        return self.store.report(snapshot)

    def diff(self, layer: str, before: str, after: str) -> Diff:
        """Compare two snapshots of a layer."""
        return self.store.diff(layer, before, after)

    def verify(self) -> list[StoreProblem]:
        """Check the store."""
        return self.store.verify()

    def version(self) -> str:
        """Return the version of the store now."""
        return self.store.version()

    def content(self, snapshot: str) -> Content:
        """Return everything a snapshot holds."""
        return self.store.content(snapshot)

    def published_at(self) -> datetime | None:
        """Return when the latest of what was read became current; None where nothing was."""
        return max((self.told[layer][-1].at for layer in self.read_from), default=None)

    def publish(
        self,
        tables: Mapping[str, pd.DataFrame],  # noqa: ARG002 -- as the contract has it
        *,
        meta: Mapping[str, JSON],  # noqa: ARG002
        report: pd.DataFrame | None,  # noqa: ARG002
        now: datetime,  # noqa: ARG002
    ) -> SnapshotInfo:
        """Refuse: it is for reading."""
        self._refuse()

    def rollback(self, layer: str, snapshot: str, *, now: datetime) -> Rollback:  # noqa: ARG002
        """Refuse: it is for reading."""
        self._refuse()

    def keep(self, content: Content) -> str:  # noqa: ARG002
        """Refuse: it is for reading."""
        self._refuse()

    def adopt(self, histories: Mapping[str, tuple[HistoryEntry, ...]]) -> None:  # noqa: ARG002
        """Refuse: it is for reading."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise StoreError(
            "un entrepôt tenu à un instant ne s'écrit pas", where=self.location, way_out="ouvrir l'entrepôt"
        )
