"""Everything a store holds, moved to another, of whatever kind: snapshots, reports, histories with their instants."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from geo_integration.errors import StoreError
from geo_integration.store.contract import Content, Store
from geo_integration.store.head import Head
from geo_integration.store.manifest import Manifest

type Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Copied:
    """What a copy did."""

    snapshots: int
    """Snapshots the source holds, all of them now in the target and checked there."""
    added: int
    """Of which had to be written."""
    moved: int
    """Entries added to the histories of the target."""


def copy_store(source: Store, target: Store, *, progress: Progress | None = None) -> Copied:
    """Copy every snapshot some history of ``source`` names, then the histories, to ``target``.

    Each snapshot is read back from the target, and its id computed again from the rows: it must be the same.
    The histories come last, in one step, so that until then the target shows what it showed before. A copy that was
    interrupted may be started again, as often as wanted; one that is complete changes nothing.

    Raises
    ------
    StoreError
        When either store cannot be read or written, a snapshot is damaged, or something was published in the
        target that the source does not know: the target must be empty, or an earlier copy.
    """
    histories, before = source.histories(), target.histories()
    Head(before).adopting(histories)  # refused before anything is written
    wanted = list(dict.fromkeys(entry.snapshot for layer in sorted(histories) for entry in histories[layer]))
    added = 0
    for number, snapshot in enumerate(wanted):
        if progress:
            progress("versions", number, len(wanted))
        added += _copied(source, target, snapshot)
    if histories != before:
        target.adopt(histories)
    if progress and wanted:
        progress("versions", len(wanted), len(wanted))
    moved = sum(map(len, histories.values())) - sum(map(len, before.values()))
    return Copied(len(wanted), added, moved)


def _copied(source: Store, target: Store, snapshot: str) -> bool:
    """Copy one snapshot and check it; False where it was there already, whole."""
    with suppress(StoreError):  # absent, or damaged: then it is written
        if _id(target.content(snapshot)) == snapshot:
            return False
    content = source.content(snapshot)
    _same(snapshot, _id(content), source)
    target.keep(content)
    _same(snapshot, _id(target.content(snapshot)), target)
    return True


def _id(content: Content) -> str:
    return Manifest.of(content).id


def _same(wanted: str, found: str, store: Store) -> None:
    if found != wanted:
        what = f"la version {wanted} n'y a pas le contenu que dit son identifiant"
        way_out = "geo-integration store verify ; republier les mêmes fichiers la répare"
        raise StoreError(what, where=store.location, way_out=way_out)
