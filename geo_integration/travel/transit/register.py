"""A folder of checked GTFS feeds: ``register.json`` and, beside it, a copy of each feed named by its hash."""

import errno
import io
import json
import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from filelock import FileLock, Timeout

from geo_integration.errors import GeoIntegrationError, MissingDataError, OptionError, StoreError, TimetableRefusedError
from geo_integration.files import TEMPORARY, replace_file
from geo_integration.travel.transit.gtfs import Feed, inspect_feed, read_feed
from geo_integration.travel.transit.gtfs_archive import open_archive
from geo_integration.travel.transit.gtfs_problems import whole

REGISTER = "register.json"
COLUMNS = (
    "name",
    "agencies",
    "first_day",
    "last_day",
    "licence",
    "sha256",
    "added_on",
    "routes",
    "trips",
    "stops",
    "flex",
)
"""Columns of :meth:`TransitRegister.list`."""
REPORT_COLUMNS = ("severity", "file", "line", "column", "value", "message", "way_out", "count")
"""Columns of :func:`check`: ``severity`` is ``refused`` or ``note``."""
_LOCK = ".lock"
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_Feeds = list[Feed]  # inside the class, list is a method
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Added:
    """What :meth:`TransitRegister.add` did: the feed, and the hash of the one it replaced (None if none)."""

    feed: Feed
    replaced: str | None

    @property
    def message(self) -> str:
        """What was done, in French."""
        feed = self.feed
        window = "aucun jour de service"
        if feed.first_day is not None and feed.last_day is not None:
            window = f"du {feed.first_day:%d/%m/%Y} au {feed.last_day:%d/%m/%Y}"
        text = f"{feed.name} : {len(feed.trips)} courses, {window}"
        if self.replaced is None:
            return f"{text} ; ajouté"
        if self.replaced == feed.sha256:
            return f"{text} ; déjà là, inchangé"
        return f"{text} ; remplace la version {self.replaced[:12]}"


class TransitRegister:
    """Feeds kept in a folder. Readers take no lock; writers take turns.

    Parameters
    ----------
    folder : made by the first addition.
    lock_timeout_seconds : how long a writer waits for another.
    """

    def __init__(self, folder: Path, *, lock_timeout_seconds: float = 60) -> None:
        self.folder = Path(folder)
        self.lock_timeout_seconds = lock_timeout_seconds

    def add(self, path: Path, *, name: str, licence: str | None = None, now: datetime) -> Added:
        """Check a feed and keep a copy; one of the same name is replaced. Nothing is written if it is refused.

        Parameters
        ----------
        path : zip or folder; a folder is kept as a zip.
        name : letters a to z, digits and single hyphens.
        licence : as its publisher states it; else what the feed says.
        now : the instant noted, with its time zone.

        Raises
        ------
        TimetableRefusedError
            The feed has faults.
        OptionError
            The name is no slug.
        StoreError
            The folder cannot be written.
        """
        if not _SLUG.fullmatch(name):
            raise OptionError(
                f"nom « {name} »",
                where="name",
                way_out="lettres a à z, chiffres et tirets simples, par exemple ter-hdf",
            )
        content = _packed(Path(path))  # the bytes checked are the bytes kept: the source may change meanwhile
        feed = read_feed(path, name=name, licence=licence, content=content)
        kept = self.folder / f"{name}-{feed.sha256[:12]}.zip"
        with self._writing():
            entries = self._entries()
            before = entries.get(name)
            replace_file(kept, content)
            entries[name] = _entry(feed, kept.name, now)
            replace_file(self.folder / REGISTER, _json(entries))
            if before and before["file"] != kept.name:
                with suppress(OSError):
                    (self.folder / before["file"]).unlink(missing_ok=True)
        return Added(feed, before["sha256"] if before else None)

    def list(self) -> pd.DataFrame:
        """Return what is kept, one row per feed, by name; see :data:`COLUMNS` (days are ``date``, None if none)."""
        entries = self._entries()
        rows = [{"name": name, **entry} for name, entry in sorted(entries.items())]
        table = pd.DataFrame(rows, columns=[*COLUMNS])
        for column in ("first_day", "last_day"):
            table[column] = pd.Series(
                [date.fromisoformat(text) if text else None for text in table[column]], dtype=object
            )
        return table

    def open(self, names: Sequence[str] | None = None) -> _Feeds:
        """Read feeds, all of them by default, by name.

        Raises
        ------
        MissingDataError
            A name is not in the register, or there is no feed at all.
        StoreError
            A copy is gone or damaged.
        """
        entries = self._entries()
        wanted = sorted(entries) if names is None else sorted(set(names))
        if unknown := [name for name in wanted if name not in entries] or ([] if wanted else ["(aucun)"]):
            known = ", ".join(sorted(entries)) or "aucun"
            raise MissingDataError(
                f"réseau absent du registre : {', '.join(unknown)}",
                where=str(self.folder),
                way_out=f"réseaux connus : {known} ; en ajouter avec geo-integration transit add",
            )
        if any(not (self.folder / entries[name]["file"]).is_file() for name in wanted):
            entries |= self._entries()  # replaced between the two readings
        return [self._open(name, entries[name]) for name in wanted]

    def check(self, path: Path) -> pd.DataFrame:
        """Return what is wrong with a feed and what is noted, without keeping it; see :func:`check`."""
        return check(path)

    def _open(self, name: str, entry: dict[str, Any]) -> Feed:
        path = self.folder / entry["file"]
        try:
            feed = read_feed(path, name=name, licence=entry["licence"])
        except TimetableRefusedError as error:
            raise _damaged(path, error.what) from error
        if feed.sha256 != entry["sha256"]:
            raise _damaged(path, "son contenu ne correspond pas à son empreinte")
        return feed

    def _entries(self) -> dict[str, dict[str, Any]]:
        path = self.folder / REGISTER
        try:
            feeds = json.loads(path.read_bytes())["feeds"]
            return {str(name): dict(entry) for name, entry in feeds.items()}
        except FileNotFoundError:
            return {}
        except OSError as error:
            what = f"lecture impossible ({error.strerror or error})"
            raise StoreError(what, where=str(path), way_out="vérifier le chemin et les droits") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            way_out = "l'écarter et ajouter de nouveau les réseaux : les zips sont intacts"
            raise StoreError(f"registre abîmé ({error})", where=str(path), way_out=way_out) from error

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold the writers' lock; whatever temporary file is there then was left by a writer that died."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with FileLock(self.folder / _LOCK, timeout=self.lock_timeout_seconds):
                for left in self.folder.glob(f"{TEMPORARY}*"):
                    left.unlink(missing_ok=True)
                yield
        except Timeout as error:
            what = f"un autre programme y écrit depuis plus de {self.lock_timeout_seconds:g} secondes"
            way_out = "attendre qu'il ait fini, puis recommencer"
            raise StoreError(what, where=str(self.folder), way_out=way_out) from error
        except OSError as error:
            full = error.errno in {errno.ENOSPC, errno.EDQUOT}
            what = "le disque est plein" if full else f"écriture impossible ({error.strerror or error})"
            way_out = "libérer de la place ou vérifier les droits, puis recommencer ; le registre est intact"
            raise StoreError(what, where=str(self.folder), way_out=way_out) from error


def check(path: Path) -> pd.DataFrame:
    """Return everything wrong with a feed, and everything noted, one row each; see :data:`REPORT_COLUMNS`.

    A feed whose service is over is not refused; its window is the first note.
    """
    try:
        feed, log, source = inspect_feed(path)
    except TimetableRefusedError as error:
        row = ("refused", Path(path).name, 0, "", "", error.what, error.way_out, 1)
        return pd.DataFrame([row], columns=[*REPORT_COLUMNS])
    rows: list[tuple[str, str, int, str, str, str, str, int]] = [
        ("refused", one.file, one.line, one.column, one.value, one.reason, one.way_out, 1) for one in log.problems
    ]
    if feed is not None:
        window = "aucun jour de service"
        if feed.first_day is not None and feed.last_day is not None:
            window = f"service du {feed.first_day:%d/%m/%Y} au {feed.last_day:%d/%m/%Y}"
        rows.append(("note", source, 0, "", "", window, "", 0))
    rows += [("note", note.file, 0, "", "", note.message, "", note.count) for note in log.notes]
    return pd.DataFrame(rows, columns=[*REPORT_COLUMNS])


def _packed(path: Path) -> bytes:
    """Return the bytes to keep: the zip as it is; of a folder, a zip that is the same for the same files."""
    if not path.is_dir():
        try:
            return path.read_bytes()
        except OSError as error:
            what = f"lecture impossible ({error.strerror or error})"
            raise whole(str(path), what, "vérifier le chemin donné") from error
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as package:
        for name, content in sorted(open_archive(path).contents.items()):
            package.writestr(zipfile.ZipInfo(name, date_time=_EPOCH), content)
    return buffer.getvalue()


def _entry(feed: Feed, file: str, now: datetime) -> dict[str, Any]:
    counts = feed.counts
    return {
        "file": file,
        "source": feed.source,
        "sha256": feed.sha256,
        "licence": feed.licence,
        "publisher": feed.publisher,
        "agencies": feed.agency_names,
        "first_day": feed.first_day.isoformat() if feed.first_day else None,
        "last_day": feed.last_day.isoformat() if feed.last_day else None,
        "added_on": now.isoformat(timespec="seconds"),
        "timezones": [*feed.timezones],
        "languages": [*feed.languages],
        **counts,
    }


def _json(entries: dict[str, dict[str, Any]]) -> bytes:
    text = json.dumps({"version": 1, "feeds": entries}, ensure_ascii=False, indent=1, sort_keys=True)
    return f"{text}\n".encode()


def _damaged(path: Path, what: str) -> GeoIntegrationError:
    return StoreError(f"copie d'un réseau abîmée : {what}", where=str(path), way_out="ajouter de nouveau ce réseau")
