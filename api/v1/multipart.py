"""A multipart body as it arrives: small fields whole, one file in pieces, nothing of it kept in memory or on disk."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from geo_integration.errors import OptionError

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

_WHERE = "corps"


@dataclass(frozen=True)
class Field:
    """A field, whole."""

    name: str
    text: str
    file_name: str | None = None
    """Of a small file sent as a field."""


@dataclass(frozen=True)
class FileBegins:
    """The file begins."""

    file_name: str


@dataclass(frozen=True)
class FileEnds:
    """The file is whole."""


type Event = Field | FileBegins | FileEnds | bytes


async def events(request: Request, *, file: str, most_field_bytes: int) -> AsyncIterator[Event]:
    """Give what a multipart body holds, in order; bytes are pieces of the file.

    Parameters
    ----------
    file : name of the part that is given in pieces; every other part is a field, even one with a file name.
    most_field_bytes : longest field accepted.

    Raises
    ------
    OptionError
        Not a multipart body, a damaged or incomplete one, a field that is too long or not text.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise OptionError(
            "un formulaire est attendu", where="Content-Type", way_out="envoyer multipart/form-data (curl -F …)"
        )
    reader = _Reader(file, most_field_bytes)
    parser = MultipartParser(options[b"boundary"], reader.callbacks)
    try:
        async for chunk in request.stream():
            parser.write(chunk)
            for event in reader.take():
                yield event
        parser.finalize()
    except FormParserError as error:
        raise OptionError("formulaire illisible", where=_WHERE, way_out="envoyer le fichier de nouveau") from error
    if not reader.whole:
        raise OptionError("formulaire incomplet", where=_WHERE, way_out="envoyer le fichier de nouveau, en entier")


class _Reader:
    """What the parser calls, and what came of it since the last look."""

    def __init__(self, file: str, most_field_bytes: int) -> None:
        self.whole = False
        self._file, self._most = file, most_field_bytes
        self._found: list[Event] = []
        self._header = self._value = self._disposition = b""
        self._name = ""
        self._file_name: str | None = None
        self._text = bytearray()

    @property
    def callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_end": self._all,
        }

    def take(self) -> list[Event]:
        found, self._found = self._found, []
        return found

    def _begin(self) -> None:
        self._header = self._value = self._disposition = b""
        self._text = bytearray()

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header = self._value = b""

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        named = options.get(b"filename")
        self._file_name = None if named is None else named.decode("utf-8", "replace")
        if self._name == self._file:
            self._found.append(FileBegins(self._file_name or ""))

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._name == self._file:
            self._found.append(data[start:end])
            return
        self._text += data[start:end]
        if len(self._text) > self._most:
            raise OptionError(
                f"plus de {self._most} octets", where=self._name[:80], way_out="le fichier à importer va dans « file »"
            )

    def _end(self) -> None:
        if self._name == self._file:
            self._found.append(FileEnds())
            return
        try:
            text = self._text.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise OptionError("ce n'est pas du texte", where=self._name[:80], way_out="écrire en UTF-8") from error
        self._found.append(Field(self._name, text, self._file_name))

    def _all(self) -> None:
        self.whole = True
