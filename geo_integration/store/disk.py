"""Writes that survive a crash: beside, fsync, rename; and one writer at a time."""

import errno
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from geo_integration.errors import StoreError
from geo_integration.files import TEMPORARY, sync_folder, temporary_beside, write_synced

_LOCK = ".lock"
_FULL = {errno.ENOSPC, errno.EDQUOT}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_NOTHING_LOST = "rien de ce qui était publié n'est perdu"


@contextmanager
def writing(root: Path, *, timeout_seconds: float) -> Iterator[None]:
    """Hold the writers' lock of the store at ``root``, made if need be; say in French what goes wrong.

    All writes happen under this lock, so whatever temporary file is found when it is taken was left by
    a writer that died: it is removed.
    """
    try:
        _make_root(root)
        with FileLock(root / _LOCK, timeout=timeout_seconds):
            _sweep(root)
            yield
    except Timeout as error:
        what = f"un autre programme y écrit depuis plus de {timeout_seconds:g} secondes"
        raise StoreError(what, where=str(root), way_out="attendre qu'il ait fini, puis recommencer") from error
    except OSError as error:
        raise _explained(root, error) from error


def place_folder(root: Path, files: Mapping[str, bytes], target: Path) -> None:
    """Make the folder ``target`` with ``files`` in one step: it is not there, or it is there whole."""
    temporary = temporary_beside(root)
    try:
        temporary.mkdir()
        for name, content in files.items():
            write_synced(temporary / name, content)
        sync_folder(temporary)
        if not target.parent.is_dir():
            target.parent.mkdir()
            sync_folder(root)
        os.rename(temporary, target)  # noqa: PTH104 -- as above
    except OSError:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    sync_folder(target.parent)


def _make_root(root: Path) -> None:
    if root.is_dir():
        return
    root.mkdir(parents=True, exist_ok=True)
    with suppress(PermissionError):  # a parent one may pass through but not list
        sync_folder(root.parent)


def _sweep(root: Path) -> None:
    for left in (*root.glob(f"{TEMPORARY}*"), *root.glob(f"snapshots/*/{TEMPORARY}*")):
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            with suppress(OSError):
                left.unlink(missing_ok=True)


def _explained(root: Path, error: OSError) -> StoreError:
    reason = error.strerror or str(error)
    if error.errno in _FULL:
        what, way_out = "le disque est plein", f"libérer de la place, puis recommencer ; {_NOTHING_LOST}"
    elif error.errno in _FORBIDDEN:
        what = f"écriture interdite ({reason})"
        way_out = "donner le droit d'écrire dans ce dossier, ou choisir un autre entrepôt (--store)"
    elif isinstance(error, FileExistsError | NotADirectoryError):
        what, way_out = "ce chemin n'est pas un dossier", "choisir un dossier comme entrepôt (--store)"
    else:
        what, way_out = f"écriture impossible ({reason})", f"vérifier le disque, puis recommencer ; {_NOTHING_LOST}"
    return StoreError(what, where=str(root), way_out=way_out)
