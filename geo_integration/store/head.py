"""HEAD: which snapshot of each layer is current, and which were before; one small file, replaced whole."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from geo_integration.errors import OptionError, SnapshotNotFoundError, StoreError
from geo_integration.store.contract import HistoryEntry, Reason

_ORDINAL = re.compile(r"-(\d+)")
_SHOWN = 10


@dataclass(frozen=True)
class Head:
    """The history of every layer, oldest first; the last entry of each is current."""

    histories: Mapping[str, tuple[HistoryEntry, ...]] = field(default_factory=dict)

    def history(self, layer: str) -> tuple[HistoryEntry, ...]:
        """Return the history of ``layer``; SnapshotNotFoundError says which layers there are."""
        if layer in self.histories:
            return self.histories[layer]
        if not self.histories:
            way_out = "importer un fichier (geo-integration import …) ou essayer geo-integration demo"
            raise SnapshotNotFoundError("l'entrepôt est vide", where=f"couche {layer}", way_out=way_out)
        way_out = (
            f"couches présentes : {', '.join(sorted(self.histories))} ; pour en ajouter : geo-integration import …"
        )
        raise SnapshotNotFoundError("cette couche n'a pas encore été publiée", where=f"couche {layer}", way_out=way_out)

    def snapshots(self, layer: str) -> list[str]:
        """Return the snapshots of ``layer``, each once, the current one first, then the latest before it."""
        return list(dict.fromkeys(entry.snapshot for entry in reversed(self.history(layer))))

    def current(self, layer: str) -> str:
        """Return the id of the current snapshot of ``layer``."""
        return self.history(layer)[-1].snapshot

    def beside(self, layer: str) -> list[str]:
        """Return the layers that are at the same snapshot as ``layer``, itself included."""
        current = self.current(layer)
        return [name for name in sorted(self.histories) if self.current(name) == current]

    def resolve(self, layer: str, wanted: str | None) -> str:
        """Return the id that ``wanted`` (id, prefix, current, previous, -1…) means for ``layer``."""
        known = self.snapshots(layer)
        back = _steps_back(wanted)
        if back is None:
            return self._by_prefix(str(wanted), known, f"couche {layer}")
        if back < len(known):
            return known[back]
        what = f"pas de version « {wanted} » : la couche n'en a que {len(known)}"
        raise SnapshotNotFoundError(what, where=f"couche {layer}", way_out=self._listed(known))

    def resolve_any(self, wanted: str) -> str:
        """Return the id that a prefix means among the snapshots of all layers."""
        known = {snapshot for layer in self.histories for snapshot in self.snapshots(layer)}
        return self._by_prefix(wanted, sorted(known), "entrepôt")

    def published_at(self, snapshot: str) -> datetime:
        """Return when ``snapshot`` was first published."""
        return min(e.at for entries in self.histories.values() for e in entries if e.snapshot == snapshot)

    def moved(self, snapshot: str, layers: Iterable[str], *, at: datetime, reason: Reason) -> "Head":
        """Return the head in which ``snapshot`` is current for ``layers``; itself if it was already."""
        entry = HistoryEntry(snapshot, _utc(at), reason)
        histories = dict(self.histories)
        for layer in layers:
            before = histories.get(layer, ())
            if not before or before[-1].snapshot != snapshot:
                histories[layer] = (*before, entry)
        return self if histories == self.histories else Head(histories)

    def adopting(self, histories: Mapping[str, tuple[HistoryEntry, ...]]) -> "Head":
        """Return the head with ``histories``; StoreError unless each history here is the beginning of its own."""
        for layer, here in self.histories.items():
            if tuple(histories.get(layer, ()))[: len(here)] != here:
                what = f"la couche {layer} y a une histoire que la source ne connaît pas"
                raise StoreError(
                    what, way_out="copier vers un entrepôt vide, ou vers une copie antérieure de la source"
                )
        return self if self.histories == histories else Head(histories)

    def to_json(self) -> dict[str, Any]:
        """Return what HEAD.json holds."""
        layers = {
            layer: {"current": entries[-1].snapshot, "history": [_entry_to_json(entry) for entry in entries]}
            for layer, entries in self.histories.items()
        }
        return {"layers": layers}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Head":
        """Return the head that ``to_json`` wrote; KeyError, TypeError or ValueError for anything else."""
        layers = content["layers"].items()
        return cls({layer: tuple(_entry_from_json(e) for e in state["history"]) for layer, state in layers})

    def _by_prefix(self, wanted: str, known: list[str], where: str) -> str:
        found = [snapshot for snapshot in known if wanted and snapshot.startswith(wanted.lower())]
        if len(found) == 1:
            return found[0]
        what = f"plusieurs versions commencent par « {wanted} »" if found else f"pas de version « {wanted} »"
        raise SnapshotNotFoundError(what, where=where, way_out=self._listed(found or known))

    def _listed(self, snapshots: list[str]) -> str:
        shown = [f"{one} (du {self.published_at(one):%d/%m/%Y})" for one in snapshots[:_SHOWN]]
        more = f" et {len(snapshots) - _SHOWN} autres" if len(snapshots) > _SHOWN else ""
        return f"versions présentes : {', '.join(shown)}{more}" if shown else "l'entrepôt est vide"


def _steps_back(wanted: str | None) -> int | None:
    if wanted is None or wanted == "current":
        return 0
    if wanted == "previous":
        return 1
    ordinal = _ORDINAL.fullmatch(wanted)
    return int(ordinal[1]) if ordinal else None


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise OptionError("date de publication sans fuseau horaire", way_out="donner une date en UTC")
    return at.astimezone(UTC)


def _entry_to_json(entry: HistoryEntry) -> dict[str, str]:
    return {"snapshot": entry.snapshot, "at": entry.at.isoformat(), "reason": entry.reason}


def _entry_from_json(entry: Mapping[str, str]) -> HistoryEntry:
    return HistoryEntry(entry["snapshot"], datetime.fromisoformat(entry["at"]), cast("Reason", entry["reason"]))
