"""Files written so that a crash loses nothing: beside, fsync, rename."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

TEMPORARY = ".tmp-"
"""How the name of a file not yet in its place begins."""


def replace_file(path: Path, content: bytes) -> None:
    """Put ``content`` at ``path`` in one step: a reader sees the old bytes or the new ones."""
    temporary = temporary_beside(path.parent)
    try:
        write_synced(temporary, content)
        os.replace(temporary, path)  # noqa: PTH105 -- the system call by its name: this is the commit
    except OSError:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def temporary_beside(folder: Path) -> Path:
    """Return a name in ``folder`` that nobody else has."""
    return folder / f"{TEMPORARY}{os.getpid()}-{secrets.token_hex(6)}"


def write_synced(path: Path, content: bytes) -> None:
    """Write ``content`` and wait until the disk has it."""
    with path.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until the disk has the names in ``folder``."""
    if os.name == "nt":  # Windows cannot open a folder, and journals its renames itself
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
