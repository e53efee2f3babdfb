"""HTTP itself: what cannot even be read as a request is told as every other error is, and heads are bounded.

uvicorn's own answer is plain English text, and it keeps a head of any size in memory.
"""

import json
import logging
import secrets
from http import HTTPStatus
from typing import override

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from api.problems import MEDIA_TYPE, Problem

MOST_URL_BYTES = 60_000
"""The parser's own limit is 65,535."""
MOST_HEAD_BYTES = 100_000
"""Of the line of the request and all its headers."""

_BAD = HTTPStatus.BAD_REQUEST, "Demande illisible", "ce n'est pas une demande HTTP bien formée", "voir /docs"
_LONG_URL = (
    HTTPStatus.REQUEST_URI_TOO_LONG,
    "Adresse trop longue",
    f"l'adresse dépasse {MOST_URL_BYTES} octets",
    "demander moins à la fois",
)
_LONG_HEAD = (
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    "En-têtes trop longs",
    f"les en-têtes dépassent {MOST_HEAD_BYTES} octets",
    "en envoyer moins",
)


class TooLongError(Exception):
    """A head went past its limit: stops the parser."""


class Protocol(HttpToolsProtocol):
    """uvicorn's, with problems (RFC 9457) and limits."""

    _told = _BAD
    _unread = 0
    """Bytes received since something came of them: a header without end gives nothing."""
    _head = 0

    @override
    def data_received(self, data: bytes) -> None:
        self._unread += len(data)
        super().data_received(data)
        if self._unread > MOST_HEAD_BYTES and not self.transport.is_closing():
            self._told = _LONG_HEAD
            self.send_400_response("")

    @override
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._told, self._head = _BAD, 0

    @override
    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > MOST_URL_BYTES:
            self._refuse(_LONG_URL)

    @override
    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._head += len(name) + len(value)
        if self._head > MOST_HEAD_BYTES:
            self._refuse(_LONG_HEAD)

    @override
    def on_headers_complete(self) -> None:
        self._unread = 0
        super().on_headers_complete()

    @override
    def on_body(self, body: bytes) -> None:
        self._unread = 0
        super().on_body(body)

    @override
    def on_message_complete(self) -> None:
        self._unread = 0
        super().on_message_complete()

    @override
    def send_400_response(self, msg: str) -> None:
        """Answer a problem and close; only close in the middle of another answer."""
        if self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete:
            self.transport.close()
            return
        status, title, detail, way_out = self._told
        name = secrets.token_hex(8)
        told = Problem(title=title, status=status.value, detail=detail, way_out=way_out, request_id=name)
        body = json.dumps(told.model_dump(), ensure_ascii=False).encode()
        headers = {
            "content-type": MEDIA_TYPE,
            "content-length": str(len(body)),
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
            "x-request-id": name,
            "connection": "close",
        }
        lines = "".join(f"{key}: {value}\r\n" for key, value in headers.items())
        self.transport.write(STATUS_LINE[status.value] + lines.encode() + b"\r\n" + body)
        self.transport.close()
        logging.getLogger("geo_integration.access").info(
            "unreadable request", extra={"status": status.value, "request_id": name}
        )

    def _refuse(self, told: tuple[HTTPStatus, str, str, str]) -> None:
        self._told = told
        raise TooLongError
