"""Store: publish, read, compare and roll back snapshots of layers; a folder of GeoParquet, or PostGIS."""

import re
from pathlib import Path

from geo_integration.errors import StoreError
from geo_integration.store.contract import Content, Diff, HistoryEntry, Rollback, SnapshotInfo, Store, StoreProblem
from geo_integration.store.copying import Copied, copy_store
from geo_integration.store.folder import FolderStore

__all__ = [
    "Content",
    "Copied",
    "Diff",
    "FolderStore",
    "HistoryEntry",
    "Rollback",
    "SnapshotInfo",
    "Store",
    "StoreProblem",
    "copy_store",
    "open_store",
]

# One slash is enough: a Path collapses the two of an address. Two letters at least: `C:/` is a folder.
_ADDRESS = re.compile(r"^(?P<scheme>[a-z][a-z0-9+.-]+):/+(?P<rest>.*)", re.IGNORECASE | re.DOTALL)


def open_store(location: str | Path) -> Store:
    """Return the store at ``location``; nothing is created before the first publish.

    Parameters
    ----------
    location : a folder, which need not exist yet, or ``postgresql://name:password@host/base?schema=geo``
        (schema ``geo`` by default); the database itself must exist.

    Raises
    ------
    StoreError
        For any other address. It is not repeated in the message, since it may hold a password.
    """
    found = _ADDRESS.match(str(location))
    if found is None:
        return FolderStore(Path(location).expanduser())
    scheme = found["scheme"].lower()
    if scheme.split("+")[0] not in {"postgres", "postgresql", "postgis"}:
        way_out = "donner le chemin d'un dossier, ou postgresql://nom@hôte/base"
        raise StoreError("ce type d'entrepôt n'existe pas", where=f"{scheme}://…", way_out=way_out)
    from geo_integration.store.postgis import PostgisStore  # noqa: PLC0415 -- SQLAlchemy and Alembic, for who needs them

    return PostgisStore(f"postgresql://{found['rest']}" if isinstance(location, Path) else str(location))
