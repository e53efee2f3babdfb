"""Files sent to the service, kept in pieces until they are published or dropped."""

import hashlib
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from geo_integration.errors import ConflictError, InputRefusedError, NotFoundError, TooLargeError
from geo_integration.ledger.engine import speaking, writing
from geo_integration.ledger.tables import UPLOAD_CHUNKS, UPLOADS

_LONGEST_NAME = 255
_WHERE = "fichier envoyé"


class UploadStatus(StrEnum):
    """Where an upload is."""

    RECEIVING = "receiving"
    RECEIVED = "received"
    CHECKED = "checked"
    REFUSED = "refused"
    PUBLISHED = "published"


@dataclass(frozen=True)
class Upload:
    """One file.

    Attributes
    ----------
    format : what it is said to be (``jobs.imports.Format``, or ``funded``).
    options : what it does not say about itself (``work.staged.UploadOptions``).
    size, sha256 : bytes, and their hash once all are there.
    summary : what the check or the publication found.
    problem : why it was refused.
    task_id : the latest check or publication.
    """

    id: str
    owner: str
    format: str
    options: Mapping[str, Any]
    file_name: str
    size: int
    sha256: str
    status: UploadStatus
    created_at: datetime
    updated_at: datetime
    summary: Mapping[str, Any] | None = None
    problem: Mapping[str, Any] | None = None
    task_id: str | None = None


@dataclass(frozen=True)
class Uploads:
    """The uploads of one ledger; every method raises LedgerError where the database does not answer."""

    engine: Engine

    @speaking()
    def begin(
        self, *, owner: str, file_format: str, options: Mapping[str, Any], file_name: str, now: datetime
    ) -> Upload:
        """Open an upload; its name keeps no folder."""
        row = {
            "id": str(uuid.uuid4()),
            "owner": owner,
            "format": file_format,
            "options": dict(options),
            "file_name": plain_name(file_name),
            "size": 0,
            "sha256": "",
            "status": UploadStatus.RECEIVING.value,
            "created_at": now,
            "updated_at": now,
        }
        with writing(self.engine) as connection:
            return _upload(connection.execute(sa.insert(UPLOADS).values(row).returning(UPLOADS)).one())

    @speaking()
    def append(self, upload_id: str, chunk: bytes, *, most_bytes: int | None = None) -> int:
        """Add bytes at the end; return the size so far.

        Raises
        ------
        TooLargeError
            More bytes than ``most_bytes`` in all; the upload keeps what it had.
        ConflictError
            It is complete already.
        """
        with writing(self.engine) as connection:
            found = self._locked(connection, upload_id, UploadStatus.RECEIVING)
            size = found.size + len(chunk)
            if most_bytes is not None and size > most_bytes:
                raise TooLargeError(
                    f"plus de {most_bytes} octets", where=_WHERE, way_out="découper le fichier, ou relever la limite"
                )
            last = sa.select(sa.func.coalesce(sa.func.max(UPLOAD_CHUNKS.c.number), -1))
            number = connection.execute(last.where(UPLOAD_CHUNKS.c.upload_id == upload_id)).scalar_one() + 1
            connection.execute(sa.insert(UPLOAD_CHUNKS).values(upload_id=upload_id, number=number, body=chunk))
            connection.execute(sa.update(UPLOADS).where(UPLOADS.c.id == upload_id).values(size=size))
        return size

    @speaking()
    def finish(self, upload_id: str, sha256: str, *, now: datetime) -> Upload:
        """Close an upload whose bytes have this hash.

        Raises
        ------
        InputRefusedError
            No byte, or other bytes than were sent: the hash is computed from what is kept.
        ConflictError
            It is closed already.
        """
        found = self.get(upload_id)
        if found.size == 0:
            raise InputRefusedError("fichier vide", where=found.file_name, way_out="envoyer le fichier entier")
        digest = hashlib.sha256()
        for body in self._bodies(upload_id):
            digest.update(body)
        if digest.hexdigest() != sha256.lower():
            raise _damaged(found)
        with writing(self.engine) as connection:
            self._locked(connection, upload_id, UploadStatus.RECEIVING)
            values = {"sha256": digest.hexdigest(), "status": UploadStatus.RECEIVED.value, "updated_at": now}
            change = sa.update(UPLOADS).where(UPLOADS.c.id == upload_id).values(values)
            return _upload(connection.execute(change.returning(UPLOADS)).one())

    @speaking()
    def get(self, upload_id: str) -> Upload:
        """Return an upload; NotFoundError where there is none of that id."""
        with self.engine.connect() as connection:
            row = connection.execute(sa.select(UPLOADS).where(UPLOADS.c.id == upload_id)).one_or_none()
        if row is None:
            raise _unknown(upload_id)
        return _upload(row)

    @speaking()
    def list(self, owner: str | None = None, limit: int = 100) -> "list[Upload]":
        """Return uploads, latest first; only those of an owner where one is given."""
        wanted = sa.select(UPLOADS).order_by(UPLOADS.c.created_at.desc(), UPLOADS.c.id).limit(limit)
        if owner is not None:
            wanted = wanted.where(UPLOADS.c.owner == owner)
        with self.engine.connect() as connection:
            return [_upload(row) for row in connection.execute(wanted)]

    @speaking()
    def mark(
        self,
        upload_id: str,
        status: UploadStatus,
        summary: Mapping[str, Any] | None = None,
        problem: Mapping[str, Any] | None = None,
        *,
        now: datetime,
        task_id: str | None = None,
    ) -> Upload:
        """Note what became of an upload; ``summary`` and ``task_id`` stay where they are not given."""
        values: dict[str, Any] = {"status": UploadStatus(status).value, "problem": problem, "updated_at": now}
        values |= {"summary": dict(summary)} if summary is not None else {}
        values |= {"task_id": task_id} if task_id is not None else {}
        change = sa.update(UPLOADS).where(UPLOADS.c.id == upload_id).values(values).returning(UPLOADS)
        with writing(self.engine) as connection:
            row = connection.execute(change).one_or_none()
        if row is None:
            raise _unknown(upload_id)
        return _upload(row)

    @speaking()
    def attach(self, upload_id: str, task_id: str, *, now: datetime) -> Upload:
        """Note which task looks at an upload; NotFoundError where there is no such upload."""
        change = sa.update(UPLOADS).where(UPLOADS.c.id == upload_id).values(task_id=task_id, updated_at=now)
        with writing(self.engine) as connection:
            row = connection.execute(change.returning(UPLOADS)).one_or_none()
        if row is None:
            raise _unknown(upload_id)
        return _upload(row)

    @speaking()
    def write_to(self, upload_id: str, path: Path) -> Upload:
        """Write a closed upload to a file, piece by piece, and check its hash.

        Raises
        ------
        ConflictError
            It is not complete yet.
        InputRefusedError
            The bytes are not those that were sent.
        """
        found = self.get(upload_id)
        if found.status is UploadStatus.RECEIVING:
            raise _wrong_state(found.status)
        digest = hashlib.sha256()
        with path.open("wb") as file:
            for body in self._bodies(upload_id):
                digest.update(body)
                file.write(body)
        if digest.hexdigest() != found.sha256:
            path.unlink()
            raise _damaged(found)
        return found

    @speaking()
    def remove(self, upload_id: str) -> None:
        """Drop an upload and its bytes; NotFoundError where there is none."""
        with writing(self.engine) as connection:
            gone = connection.execute(sa.delete(UPLOADS).where(UPLOADS.c.id == upload_id)).rowcount
        if not gone:
            raise _unknown(upload_id)

    @speaking()
    def expire(self, now: datetime, *, receiving_seconds: float = 86_400, keep_seconds: float = 30 * 86_400) -> int:
        """Drop what was never finished and what nobody touched for long; return how many."""
        unfinished = UPLOADS.c.status == UploadStatus.RECEIVING.value
        old = unfinished & (UPLOADS.c.updated_at < now - timedelta(seconds=receiving_seconds))
        old |= UPLOADS.c.updated_at < now - timedelta(seconds=keep_seconds)
        with writing(self.engine) as connection:
            return connection.execute(sa.delete(UPLOADS).where(old)).rowcount

    def _bodies(self, upload_id: str) -> Iterator[bytes]:
        """Give the pieces in order, one in memory at a time."""
        mine = UPLOAD_CHUNKS.c.upload_id == upload_id
        with self.engine.connect() as connection:
            numbers = list(
                connection.execute(
                    sa.select(UPLOAD_CHUNKS.c.number).where(mine).order_by(UPLOAD_CHUNKS.c.number)
                ).scalars()
            )
            for number in numbers:
                wanted = sa.select(UPLOAD_CHUNKS.c.body).where(mine & (UPLOAD_CHUNKS.c.number == number))
                yield bytes(connection.execute(wanted).scalar_one())

    @staticmethod
    def _locked(connection: sa.Connection, upload_id: str, status: UploadStatus) -> Upload:
        """Return an upload, kept from others until the transaction ends; ConflictError in another state."""
        row = connection.execute(sa.select(UPLOADS).where(UPLOADS.c.id == upload_id).with_for_update()).one_or_none()
        if row is None:
            raise _unknown(upload_id)
        found = _upload(row)
        if found.status is not status:
            raise _wrong_state(found.status)
        return found


def plain_name(name: str) -> str:
    """Return a file name without folder or control character, never empty, short enough for any disk."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(sign for sign in last if sign.isprintable()).strip().lstrip(".")
    while len(kept.encode()) > _LONGEST_NAME - 55:
        kept = kept[1:]  # the end says the format
    return kept or "fichier"


_SAID = {
    UploadStatus.RECEIVING: "il n'est pas encore arrivé en entier",
    UploadStatus.RECEIVED: "il est déjà arrivé en entier",
    UploadStatus.CHECKED: "il est déjà contrôlé",
    UploadStatus.REFUSED: "il a été refusé",
    UploadStatus.PUBLISHED: "il est déjà publié",
}


def _wrong_state(status: UploadStatus) -> ConflictError:
    return ConflictError(_SAID[status], where=_WHERE, way_out="voir l'état de l'envoi")


def _damaged(found: Upload) -> InputRefusedError:
    return InputRefusedError(
        "les octets gardés n'ont pas l'empreinte annoncée",
        where=found.file_name,
        way_out="envoyer le fichier de nouveau",
    )


def _upload(row: "sa.Row[Any]") -> Upload:
    named = dict(row._mapping)  # noqa: SLF001 -- the public name of SQLAlchemy
    return Upload(**named | {"status": UploadStatus(named["status"])})


def _unknown(upload_id: str) -> NotFoundError:
    return NotFoundError(
        "cet envoi n'existe pas, ou plus", where=f"envoi {upload_id[:64]}", way_out="envoyer le fichier"
    )
