"""The store as a folder of GeoParquet: ``snapshots/<id>/``, never changed, and ``HEAD.json``, which names them."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

import pandas as pd

from geo_integration.errors import StoreError
from geo_integration.files import replace_file
from geo_integration.store import disk, tables, verify
from geo_integration.store.contract import JSON, Content, Diff, HistoryEntry, Rollback, SnapshotInfo, StoreProblem
from geo_integration.store.diff import compare
from geo_integration.store.head import Head
from geo_integration.store.manifest import MANIFEST, REPORT, Draft, Manifest, checked, layer_file, seal, unseal

HEAD = "HEAD.json"
_REPAIR = "voir geo-integration doctor ; republier les mêmes fichiers répare la version, rollback en change"


class FolderStore:
    """A :class:`geo_integration.store.contract.Store` in a folder.

    Readers take no lock and need no right to write. Writers take turns.

    Parameters
    ----------
    root : the folder; made by the first publish.
    lock_timeout_seconds : how long a writer waits for another before StoreError.
    """

    def __init__(self, root: Path, *, lock_timeout_seconds: float = 60) -> None:
        self.root = Path(root)
        self.lock_timeout_seconds = lock_timeout_seconds

    def __repr__(self) -> str:
        """Name the folder."""
        return f"FolderStore({str(self.root)!r})"

    @property
    def location(self) -> str:
        """The folder."""
        return str(self.root)

    def publish(
        self,
        tables: Mapping[str, pd.DataFrame],
        *,
        meta: Mapping[str, JSON],
        report: pd.DataFrame | None,
        now: datetime,
    ) -> SnapshotInfo:
        """Publish layers together; see :meth:`Store.publish`."""
        draft = Draft.of(checked(tables, meta, report))
        snapshot = draft.manifest.id
        with disk.writing(self.root, timeout_seconds=self.lock_timeout_seconds):
            head = self._head()
            moved = head.moved(snapshot, draft.manifest.layers, at=now, reason="publish")
            self._place(draft)
            self._commit(head, moved)
        return self._manifest(snapshot).info(moved)

    def read(self, layer: str, snapshot: str | None = None) -> pd.DataFrame:
        """Return a layer; see :meth:`Store.read`. Its bytes are checked against their hash every time."""
        return self._read(layer, self._head().resolve(layer, snapshot))

    def read_together(self, layers: Iterable[str]) -> dict[str, pd.DataFrame]:
        """Return several layers as of one instant; see :meth:`Store.read_together`."""
        head = self._head()
        wanted = {layer: head.current(layer) for layer in layers}
        return {layer: self._read(layer, snapshot) for layer, snapshot in wanted.items()}

    def info(self, layer: str, snapshot: str | None = None) -> SnapshotInfo:
        """Return what is known about a snapshot; see :meth:`Store.info`."""
        head = self._head()
        return self._manifest(head.resolve(layer, snapshot)).info(head)

    def layers(self) -> list[str]:
        """Return the names of the layers, sorted."""
        return sorted(self._head().histories)

    def history(self, layer: str) -> list[HistoryEntry]:
        """Return when which snapshot became current, oldest first."""
        return list(self._head().history(layer))

    def report(self, snapshot: str) -> pd.DataFrame:
        """Return the import report of a snapshot (id or unique prefix)."""
        found = self._head().resolve_any(snapshot)
        if self._manifest(found).report is None:
            return tables.report_table(None)
        return self._stored(found, REPORT)

    def rollback(self, layer: str, snapshot: str, *, now: datetime) -> Rollback:
        """Make an earlier snapshot current again; see :meth:`Store.rollback`.

        StoreError when that snapshot is damaged: nothing moves then.
        """
        self._head().history(layer)  # an unknown layer must not make the folder
        with disk.writing(self.root, timeout_seconds=self.lock_timeout_seconds):
            head = self._head()
            target = head.resolve(layer, snapshot)
            layers = self._manifest(target).layers
            self._refuse_damaged(target)
            before = {name: head.current(name) for name in layers if head.current(name) != target}
            left = [name for name in head.beside(layer) if before and name not in layers]
            moved = head.moved(target, layers, at=now, reason="rollback")
            self._commit(head, moved)
        return Rollback(layer, self._manifest(target).info(moved), before, tuple(left))

    def diff(self, layer: str, before: str, after: str) -> Diff:
        """Compare two snapshots of a layer; see :meth:`Store.diff`."""
        head = self._head()
        old, new = head.resolve(layer, before), head.resolve(layer, after)
        return compare(layer, tables.layer_of(layer), (old, self._read(layer, old)), (new, self._read(layer, new)))

    def verify(self) -> list[StoreProblem]:
        """Check every file of every snapshot, and that HEAD points at them."""
        try:
            head = self._head()
        except StoreError as error:
            problem = StoreProblem(HEAD, error.what, error.way_out)
            return [problem, *verify.snapshots(self._snapshots)]
        found = [*verify.pointers(head, self._snapshots), *verify.snapshots(self._snapshots)]
        return list({problem.where: problem for problem in reversed(found)}.values())[::-1]

    def version(self) -> str:
        """Name the state of HEAD, which is replaced by a longer one whenever something moves: one stat."""
        try:
            said = (self.root / HEAD).stat()
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise _unreadable(self.root / HEAD, error) from error
        return f"{said.st_mtime_ns}-{said.st_size}-{said.st_ino}"

    def histories(self) -> Mapping[str, tuple[HistoryEntry, ...]]:
        """Return the history of every layer."""
        return self._head().histories

    def content(self, snapshot: str) -> Content:
        """Return everything a snapshot holds; see :meth:`Store.content`."""
        manifest = self._manifest(snapshot)
        layers = {layer: self._stored(snapshot, layer) for layer in manifest.layers}
        report = self._stored(snapshot, REPORT) if manifest.report else None
        return Content(layers, report, manifest.meta, manifest.library_version)

    def keep(self, content: Content) -> str:
        """Store a snapshot without making it current; see :meth:`Store.keep`."""
        draft = Draft.of(content)
        with disk.writing(self.root, timeout_seconds=self.lock_timeout_seconds):
            self._place(draft)
        return draft.manifest.id

    def adopt(self, histories: Mapping[str, tuple[HistoryEntry, ...]]) -> None:
        """Take over histories; see :meth:`Store.adopt`."""
        with disk.writing(self.root, timeout_seconds=self.lock_timeout_seconds):
            head = self._head()
            moved = head.adopting(histories)
            for problem in verify.pointers(moved, self._snapshots):
                raise StoreError(problem.what, where=str(self.root / problem.where), way_out=problem.way_out)
            self._commit(head, moved)

    @property
    def _snapshots(self) -> Path:
        return self.root / verify.SNAPSHOTS

    def _head(self) -> Head:
        path = self.root / HEAD
        try:
            return Head.from_json(unseal(path.read_bytes()))
        except FileNotFoundError:
            return Head()
        except NotADirectoryError as error:
            raise StoreError(
                "ce chemin n'est pas un dossier", where=str(self.root), way_out="choisir un dossier (--store)"
            ) from error
        except OSError as error:
            raise _unreadable(path, error) from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            way_out = f"remettre {HEAD} depuis une sauvegarde, ou l'écarter et republier : les versions sont intactes"
            raise StoreError(f"fichier abîmé ({error})", where=str(path), way_out=way_out) from error

    def _commit(self, head: Head, moved: Head) -> None:
        if moved is not head:
            replace_file(self.root / HEAD, seal(moved.to_json()))

    def _place(self, draft: Draft) -> None:
        """Write the snapshot, unless it is there; one that is there and damaged is put right, file by file."""
        target = self._snapshots / draft.manifest.id
        if not target.is_dir():
            disk.place_folder(self.root, draft.files, target)
        elif verify.snapshot(target):
            for name, content in draft.files.items():
                replace_file(target / name, content)

    def _refuse_damaged(self, snapshot: str) -> None:
        for problem in verify.snapshot(self._snapshots / snapshot):
            raise StoreError(problem.what, where=str(self.root / problem.where), way_out=problem.way_out)

    def _read(self, layer: str, snapshot: str) -> pd.DataFrame:
        schema = tables.layer_of(layer)
        table = self._stored(snapshot, layer)
        # A snapshot written before the layer gained a column still reads.
        return table if tuple(table.columns) == schema.names else schema.conform(table)

    def _stored(self, snapshot: str, layer: str) -> pd.DataFrame:
        """Return a layer, or the report, as it was written."""
        geometry = layer != REPORT and tables.layer_of(layer).geometry is not None
        return tables.from_bytes(self._bytes_of(snapshot, layer_file(layer)), geometry=geometry)

    def _bytes_of(self, snapshot: str, name: str) -> bytes:
        part = self._manifest(snapshot).files.get(name)
        path = self._snapshots / snapshot / name
        content = self._bytes(path)
        if part is None or hashlib.sha256(content).hexdigest() != part.file_sha256:
            what = "le contenu du fichier ne correspond pas à son empreinte"
            raise StoreError(what, where=str(path), way_out=_REPAIR)
        return content

    def _manifest(self, snapshot: str) -> Manifest:
        path = self._snapshots / snapshot / MANIFEST
        try:
            return Manifest.from_bytes(self._bytes(path))
        except ValueError as error:
            raise StoreError(f"manifeste abîmé ({error})", where=str(path), way_out=_REPAIR) from error

    def _bytes(self, path: Path) -> bytes:
        try:
            return path.read_bytes()
        except OSError as error:
            what = f"lecture impossible ({error.strerror or error})"
            raise StoreError(what, where=str(path), way_out=_REPAIR) from error


def _unreadable(path: Path, error: OSError) -> StoreError:
    what = f"lecture impossible ({error.strerror or error})"
    return StoreError(what, where=str(path), way_out="vérifier les droits et le disque")
