"""Store: publish, read, compare and roll back snapshots of layers; a folder of GeoParquet today."""

import re
from pathlib import Path

from geo_integration.errors import StoreError
from geo_integration.store.contract import Diff, HistoryEntry, Rollback, SnapshotInfo, Store, StoreProblem
from geo_integration.store.folder import FolderStore

__all__ = [
    "Diff",
    "FolderStore",
    "HistoryEntry",
    "Rollback",
    "SnapshotInfo",
    "Store",
    "StoreProblem",
    "open_store",
]

# One slash is enough: a Path collapses the two of an address. Two letters at least: `C:/` is a folder.
_ADDRESS = re.compile(r"^(?P<scheme>[a-z][a-z0-9+.-]+):/", re.IGNORECASE)


def open_store(location: str | Path) -> Store:
    """Return the store at ``location``; nothing is created before the first publish.

    Parameters
    ----------
    location : a folder, which need not exist yet.

    Raises
    ------
    StoreError
        For an address (``postgresql://…``): PostGIS is planned behind the same contract, not there yet.
        The address is not repeated in the message, since it may hold a password.
    """
    address = _ADDRESS.match(str(location))
    if address is None:
        return FolderStore(Path(location).expanduser())
    scheme = address["scheme"].lower()
    way_out = "donner le chemin d'un dossier"
    if scheme.split("+")[0] in {"postgres", "postgresql", "postgis"}:
        what = "PostGIS n'est pas encore pris en charge : cette version ne sait ranger ses données que dans un dossier"
        raise StoreError(what, where=f"{scheme}://…", way_out=way_out)
    raise StoreError("ce type d'entrepôt n'existe pas", where=f"{scheme}://…", way_out=way_out)
