"""A file on its way in: said fields first, then its bytes, piece by piece into the ledger."""

import hashlib
from collections.abc import Mapping
from typing import Any

from fastapi import Request
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from api.caller import Caller
from api.service import Service
from api.v1.multipart import Event, Field, FileBegins, FileEnds, events
from geo_integration.errors import InputRefusedError, OptionError
from geo_integration.jobs.imports import departement_codes
from geo_integration.ledger.uploads import Upload, Uploads
from geo_integration.work.processes import refusal
from geo_integration.work.staged import FORMATS, UploadOptions

_PIECE = 1_048_576
"""Bytes written to the ledger at a time."""
_MOST_FIELD_BYTES = 200_000
_FIELDS = ("format", "name", "covers", "synthetic", "mapping", "sha256")
_WAY_OUT = "donner format, puis les autres champs, puis file en dernier"
_TRUE, _FALSE = ("true", "1", "on", "oui"), ("false", "0", "off", "non", "")


async def receive(request: Request, service: Service, caller: Caller) -> Upload:
    """Take a multipart body as it comes.

    What goes wrong on the way leaves nothing; a server killed meanwhile leaves a row that is swept later.

    Raises
    ------
    OptionError
        A form that cannot be read, or lacks its file or its format.
    TooLargeError
        More bytes than the settings allow.
    InputRefusedError
        An empty file, one cut short, or other bytes than the hash announced.
    """
    taking = _Taking(service, caller)
    try:
        async for event in events(request, file="file", most_field_bytes=_MOST_FIELD_BYTES):
            await taking.take(event)
        return await taking.finish()
    except ClientDisconnect as error:
        await taking.forget()
        raise InputRefusedError("envoi interrompu", where="file", way_out="envoyer de nouveau") from error
    except Exception:
        await taking.forget()
        raise


class _Taking:
    """One form being read."""

    def __init__(self, service: Service, caller: Caller) -> None:
        self._service, self._caller = service, caller
        self._fields: dict[str, str] = {}
        self._upload: Upload | None = None
        self._written: _Written | None = None

    async def take(self, event: Event) -> None:
        if isinstance(event, Field):
            self._say(event)
        elif isinstance(event, FileBegins):
            await self._begin(event.file_name)
        elif self._written is not None and not isinstance(event, FileEnds):
            await self._written.add(event)

    async def finish(self) -> Upload:
        if self._upload is None or self._written is None:
            raise OptionError("pas de fichier", where="file", way_out=_WAY_OUT)
        digest = await self._written.finish(self._fields.get("sha256", ""))
        uploads = self._service.ledger.uploads
        return await run_in_threadpool(uploads.finish, self._upload.id, digest, now=self._service.clock())

    async def forget(self) -> None:
        """Drop what came; an upload somebody closed or dropped already is left as it is."""
        if self._upload is not None:
            await run_in_threadpool(self._service.ledger.uploads.remove, self._upload.id)

    def _say(self, field: Field) -> None:
        if field.name not in _FIELDS:
            known = ", ".join((*_FIELDS, "file"))
            raise OptionError(f"champ inconnu : « {field.name[:40]} »", where="corps", way_out=f"champs : {known}")
        if field.name in self._fields:
            raise OptionError("champ donné deux fois", where=field.name, way_out="le donner une fois")
        if self._upload is not None:
            raise OptionError("champ donné après le fichier", where=field.name, way_out=_WAY_OUT)
        self._fields[field.name] = field.text

    async def _begin(self, file_name: str) -> None:
        if self._upload is not None:
            raise OptionError("plusieurs fichiers", where="file", way_out="un import par fichier")
        self._upload = await run_in_threadpool(_begin, self._service, self._caller, self._fields, file_name)
        self._written = _Written(self._service.ledger.uploads, self._upload.id, self._service.settings.max_upload_bytes)


class _Written:
    """The file on its way to the ledger, in pieces of one size."""

    def __init__(self, uploads: Uploads, upload_id: str, most_bytes: int) -> None:
        self._uploads, self._id, self._most = uploads, upload_id, most_bytes
        self._digest, self._waiting = hashlib.sha256(), bytearray()

    async def add(self, piece: bytes) -> None:
        self._digest.update(piece)
        self._waiting += piece
        if len(self._waiting) >= _PIECE:
            await self._write()

    async def finish(self, announced: str) -> str:
        """Return the hash of all that came; InputRefusedError where another was announced."""
        if self._waiting:
            await self._write()
        digest = self._digest.hexdigest()
        if announced and announced.strip().lower() != digest:
            raise InputRefusedError(
                "les octets reçus n'ont pas l'empreinte annoncée",
                where="sha256",
                way_out="envoyer le fichier de nouveau, ou corriger l'empreinte",
            )
        return digest

    async def _write(self) -> None:
        piece, self._waiting = bytes(self._waiting), bytearray()
        await run_in_threadpool(self._uploads.append, self._id, piece, most_bytes=self._most)


def _begin(service: Service, caller: Caller, fields: Mapping[str, str], file_name: str) -> Upload:
    """Open an upload once what is said of the file makes sense."""
    file_format = fields.get("format", "").strip()
    if file_format not in FORMATS:
        what = f"format inconnu : « {file_format[:40]} »" if file_format else "format non donné"
        raise OptionError(what, where="format", way_out=f"formats : {', '.join(FORMATS)} ; {_WAY_OUT}")
    told: dict[str, Any] = {name: fields[name].strip() for name in ("name",) if fields.get(name, "").strip()}
    told["covers"] = departement_codes(fields.get("covers", ""))
    told["synthetic"] = _flag(fields.get("synthetic", ""))
    if fields.get("mapping"):
        told["mapping"] = fields["mapping"]
    try:
        options = UploadOptions.model_validate(told)
    except ValidationError as error:
        raise refusal(error) from error
    return service.ledger.uploads.begin(
        owner=caller.name,
        file_format=file_format,
        options=options.model_dump(mode="json"),
        file_name=file_name,
        now=service.clock(),
    )


def _flag(text: str) -> bool:
    said = text.strip().lower()
    if said not in (*_TRUE, *_FALSE):
        raise OptionError(f"« {text[:20]} » n'est ni oui ni non", where="synthetic", way_out="true ou false")
    return said in _TRUE
