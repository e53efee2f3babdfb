"""A feed as a bag of files: a zip, a zip with everything in one folder, or a folder. Hostile ones are refused."""

import hashlib
import io
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from geo_integration.travel.transit.gtfs_problems import whole

FILES = (
    "agency.txt",
    "stops.txt",
    "routes.txt",
    "trips.txt",
    "stop_times.txt",
    "calendar.txt",
    "calendar_dates.txt",
    "frequencies.txt",
    "transfers.txt",
    "feed_info.txt",
    "attributions.txt",
    "booking_rules.txt",
    "location_groups.txt",
    "location_group_stops.txt",
    "locations.geojson",
)
"""What is read; everything else in a feed is left alone (shapes, fares, translations…)."""

MAX_UNPACKED_BYTES = 3_000_000_000
"""Most bytes the files read may unpack to: the largest French feed (Île-de-France) takes about 1 GB."""
MAX_MEMBERS = 10_000
"""Most files in a zip."""
_ENCRYPTED = 0x1
_AGAIN = "télécharger de nouveau le fichier auprès du transporteur ou de transport.data.gouv.fr"


@dataclass(frozen=True)
class Archive:
    """The files of a feed.

    Attributes
    ----------
    source : name of the zip or folder, without its path.
    sha256 : of the zip's bytes; for a folder, of the names and bytes of its files in order of name.
    contents : name inside the feed (lower case, without folder) → bytes, for the files of :data:`FILES`.
    others : names of files that are not read.
    """

    source: str
    sha256: str
    contents: Mapping[str, bytes]
    others: tuple[str, ...]


def open_archive(path: Path, content: bytes | None = None) -> Archive:
    """Read the files of a feed.

    Parameters
    ----------
    path : zip or folder.
    content : the bytes of the zip, where they are already read; ``path`` is then only a name.

    Raises
    ------
    TimetableRefusedError
        Absent, unreadable, cut, encrypted, or out of proportion.
    """
    path = Path(path)
    try:
        if content is not None:
            return _zip(path.name, content)
        return _folder(path) if path.is_dir() else _zip(path.name, path.read_bytes())
    except FileNotFoundError as error:
        raise whole(str(path), "fichier ou dossier absent", "vérifier le chemin donné") from error
    except OSError as error:
        raise whole(str(path), f"lecture impossible ({error.strerror or error})", "vérifier les droits") from error


def _folder(path: Path) -> Archive:
    files = {entry.relative_to(path).as_posix(): entry for entry in sorted(path.rglob("*")) if entry.is_file()}
    base = _base(list(files), path.name)
    inside = {name: entry for name, entry in files.items() if _in_base(name, base)}
    total = sum(entry.stat().st_size for name, entry in inside.items() if _plain(name) in FILES)
    _refuse_bomb(total, path.name)
    digest = hashlib.sha256()
    contents: dict[str, bytes] = {}
    for name, entry in inside.items():
        if not name.lower().endswith((".txt", ".geojson")):
            continue
        content = entry.read_bytes()
        digest.update(f"{PurePosixPath(name).name}\0{len(content)}\0".encode())
        digest.update(content)
        if _plain(name) in FILES:
            _add(contents, _plain(name), content, path.name)
    others = tuple(name for name in inside if _plain(name) not in FILES)
    return Archive(path.name, digest.hexdigest(), contents, others)


def _zip(source: str, content: bytes) -> Archive:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            contents, others = _members(package, source)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError) as error:
        raise whole(source, f"zip illisible, coupé ou abîmé ({error})", _AGAIN) from error
    return Archive(source, hashlib.sha256(content).hexdigest(), contents, others)


def _members(package: zipfile.ZipFile, source: str) -> tuple[dict[str, bytes], tuple[str, ...]]:
    infos = [info for info in package.infolist() if not info.is_dir()]
    if len(infos) > MAX_MEMBERS:
        raise whole(source, f"{len(infos)} fichiers dans le zip, au plus {MAX_MEMBERS}", _AGAIN)
    base = _base([info.filename for info in infos], source)
    inside = [info for info in infos if _in_base(info.filename, base)]
    read = [info for info in inside if _plain(info.filename) in FILES]
    _refuse_bomb(sum(info.file_size for info in read), source)
    contents: dict[str, bytes] = {}
    for info in read:
        if info.flag_bits & _ENCRYPTED:
            way = "demander au transporteur un fichier sans mot de passe : le GTFS est une donnée ouverte"
            raise whole(source, f"zip protégé par un mot de passe ({info.filename})", way)
        # zipfile never gives more than the size announced, and checks the checksum at the end.
        _add(contents, _plain(info.filename), package.read(info), source)
    others = tuple(sorted(info.filename for info in inside if _plain(info.filename) not in FILES))
    return contents, others


def _add(contents: dict[str, bytes], name: str, content: bytes, source: str) -> None:
    if name in contents:
        raise whole(source, f"deux fichiers {name}", "n'en garder qu'un : rien ne dit lequel est le bon")
    contents[name] = content


def _refuse_bomb(total: int, source: str) -> None:
    if total > MAX_UNPACKED_BYTES:
        what = f"{total / 1e9:.1f} Go une fois décompressé, au plus {MAX_UNPACKED_BYTES / 1e9:.1f} Go"
        raise whole(source, what, "donner un GTFS découpé à la région")


def _base(names: list[str], source: str) -> str:
    """Return the folder inside the feed that holds its files, "" for its top."""
    folders = {str(PurePosixPath(name).parent) for name in names if _plain(name) == "stops.txt" and not _hidden(name)}
    if not folders or "." in folders:
        return ""
    if len(folders) > 1:
        what = f"plusieurs GTFS dans le même fichier ({', '.join(sorted(folders))})"
        raise whole(source, what, "les donner un par un")
    return folders.pop()


def _in_base(name: str, base: str) -> bool:
    return str(PurePosixPath(name).parent) == (base or ".") and not _hidden(name)


def _hidden(name: str) -> bool:
    """Whether a file is what macOS or an editor leaves beside the true ones."""
    return name.startswith("__MACOSX/") or PurePosixPath(name).name.startswith(".")


def _plain(name: str) -> str:
    return PurePosixPath(name).name.lower()
