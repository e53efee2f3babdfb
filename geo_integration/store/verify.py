"""Checks of a folder store: every file against its manifest, HEAD against the snapshots."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from geo_integration.files import TEMPORARY
from geo_integration.store.contract import StoreProblem
from geo_integration.store.head import Head
from geo_integration.store.manifest import MANIFEST, Manifest, Part, layer_file

SNAPSHOTS = "snapshots"
_REPUBLISH = "republier les mêmes fichiers, ou revenir à une autre version (geo-integration rollback)"
_REMOVE = "le retirer : rien ne s'en sert"


def snapshots(folder: Path) -> list[StoreProblem]:
    """Check every snapshot below ``folder``, current or not."""
    if not folder.is_dir():
        return []
    found: list[StoreProblem] = []
    for entry in sorted(folder.iterdir()):
        found += snapshot(entry) if entry.is_dir() else [StoreProblem(_relative(entry), "fichier inattendu", _REMOVE)]
    return found


def snapshot(folder: Path) -> list[StoreProblem]:
    """Check the manifest of one snapshot, each of its files, and that there is no other."""
    try:
        manifest = Manifest.from_bytes((folder / MANIFEST).read_bytes())
    except (OSError, ValueError) as error:
        what = f"manifeste absent ou abîmé ({getattr(error, 'strerror', None) or error})"
        return [_problem(folder / MANIFEST, what)]
    if manifest.id != folder.name:
        return [_problem(folder / MANIFEST, f"ce manifeste est celui d'une autre version ({manifest.id})")]
    return [*_damaged(folder, manifest), *_unexpected(folder, manifest)]


def pointers(head: Head, folder: Path) -> list[StoreProblem]:
    """Check that every snapshot in a history is there and holds the layer."""
    found = []
    for layer in sorted(head.histories):
        for position, wanted in enumerate(head.snapshots(layer)):
            if not (folder / wanted / layer_file(layer)).is_file():
                role = "la version courante" if position == 0 else "une version antérieure"
                what = f"{role} de la couche {layer} est absente"
                found.append(_problem(folder / wanted / layer_file(layer), what))
    return found


def _damaged(folder: Path, manifest: Manifest) -> Iterator[StoreProblem]:
    for name, part in manifest.files.items():
        what = _damage(folder / name, part)
        if what:
            yield _problem(folder / name, what)


def _damage(path: Path, part: Part) -> str:
    try:
        if path.stat().st_size != part.size_bytes:
            return f"taille de {path.stat().st_size} octets au lieu de {part.size_bytes}"
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        return "fichier absent"
    except OSError as error:
        return f"lecture impossible ({error.strerror or error})"
    return "" if digest == part.file_sha256 else "le contenu ne correspond pas à son empreinte"


def _unexpected(folder: Path, manifest: Manifest) -> Iterator[StoreProblem]:
    expected = {*manifest.files, MANIFEST}
    for entry in sorted(folder.iterdir()):
        if entry.name not in expected and not entry.name.startswith(TEMPORARY):
            yield StoreProblem(_relative(entry), "fichier inattendu", _REMOVE)


def _problem(path: Path, what: str) -> StoreProblem:
    return StoreProblem(_relative(path), what, _REPUBLISH)


def _relative(path: Path) -> str:
    """Path below the store: a problem is shown to people, who need not know where the store lies."""
    for parent in path.parents:
        if parent.name == SNAPSHOTS:
            return path.relative_to(parent.parent).as_posix()
    return path.name
