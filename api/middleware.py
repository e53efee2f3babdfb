"""What every request passes: an identifier, the security headers, CORS, limits of time and size.

Plain ASGI, so that bodies stream through and no context is lost. Order, outermost first, in :func:`api.app.create`.
"""

import asyncio
import logging
import math
import re
import secrets
from http import HTTPStatus
from typing import Any, override

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems
from geo_integration.errors import TooLargeError
from geo_integration.logs import REQUEST_ID

UPLOADS = "/api/v1/imports"
"""Where files are sent: the only addresses with ``max_upload_bytes``."""

_COMMON = "object-src 'none'; base-uri 'none'; form-action 'self'; "
POLICY = f"default-src 'self'; img-src 'self' data:; {_COMMON}frame-ancestors 'none'"
"""Content-Security-Policy of every answer that does not set its own."""

INLINE_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    f"img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; {_COMMON}frame-ancestors 'self'"
)
"""For pages that carry their scripts and styles inside (maps): answer with
``headers={"Content-Security-Policy": INLINE_POLICY}``; what an answer sets is kept."""

_PLAIN = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_SANE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_EXPOSED = ("ETag", "Link", "Content-Crs", "X-Request-ID", "Server-Timing", "Retry-After", "Location")
_SENDABLE = ("Authorization", "If-None-Match", "If-Modified-Since", "X-Request-ID", "Range")


class RequestIdMiddleware:
    """Give each request an identifier: the client's where it is sane, else a new one; the answer carries it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with ``request.state.request_id``."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        name = given if _SANE_ID.fullmatch(given) else secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = name
        token = REQUEST_ID.set(name)

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Request-ID"] = name
            await send(message)

        try:
            await self.app(scope, receive, told)
        finally:
            REQUEST_ID.reset(token)


class SecurityHeadersMiddleware:
    """Add the headers browsers need; those an answer set itself are kept."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", POLICY)
                for name, value in _PLAIN.items():
                    headers.setdefault(name, value)
                if scope.get("scheme") == "https":
                    headers.setdefault("Strict-Transport-Security", "max-age=31536000")
            await send(message)

        await self.app(scope, receive, told)


class PublicReadsMiddleware(CORSMiddleware):
    """Let pages of any origin read, without credentials; nothing else is shared across origins."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(
            app, allow_origins=("*",), allow_methods=("GET", "HEAD"), allow_headers=_SENDABLE, expose_headers=_EXPOSED
        )

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] in {"GET", "HEAD", "OPTIONS"}:
            await super().__call__(scope, receive, send)
        else:
            await self.app(scope, receive, send)


class TimeLimitMiddleware:
    """Answer 503 when a request is computed for longer than the limit.

    The clock starts again at each part of a body received and stops when the answer starts: slow lines are not slow
    computations. A thread cannot be stopped: the computation goes on unheard and keeps its place among the threads,
    so that however many are too slow, they stay bounded.
    """

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self.app = app
        self.seconds = seconds
        self._unheard: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        turn = _Turn(receive, send, self.seconds)
        task = asyncio.create_task(self._run(scope, turn))
        try:
            while not task.done() and (left := turn.deadline - asyncio.get_running_loop().time()) > 0:
                await asyncio.wait({task}, timeout=None if math.isinf(left) else left)
        except asyncio.CancelledError:
            task.cancel()
            raise
        if task.done():
            task.result()
            return
        turn.over.set()
        self._unheard.add(task)
        task.add_done_callback(self._forget)
        answer = problems.answer(
            Request(scope),
            HTTPStatus.SERVICE_UNAVAILABLE,
            title="Calcul trop long",
            detail=f"la réponse n'est pas prête après {self.seconds:g} s",
            way_out="demander un territoire plus petit, ou lancer un calcul différé (/api/v1/processes)",
            headers={"Retry-After": "30"},
        )
        await answer(scope, receive, send)

    async def _run(self, scope: Scope, turn: "_Turn") -> None:
        await self.app(scope, turn.receive, turn.send)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._unheard.discard(task)
        if not task.cancelled() and (error := task.exception()):
            logging.getLogger("geo_integration.service").error("error after the time limit", exc_info=error)


class _Turn:
    """One request under a time limit."""

    def __init__(self, receive: Receive, send: Send, seconds: float) -> None:
        self._receive, self._send, self._seconds = receive, send, seconds
        self._loop = asyncio.get_running_loop()
        self.over = asyncio.Event()
        self.deadline = self._loop.time() + seconds

    async def receive(self) -> Message:
        if self.over.is_set():
            return {"type": "http.disconnect"}
        message = await self._receive()
        if not math.isinf(self.deadline):
            self.deadline = self._loop.time() + self._seconds
        return message

    async def send(self, message: Message) -> None:
        if not self.over.is_set():
            self.deadline = math.inf
            await self._send(message)


class BodyLimitMiddleware:
    """Refuse bodies larger than the limit of their address, as soon as it is known: announced, or counted."""

    def __init__(self, app: ASGIApp, *, most: int, most_upload: int) -> None:
        self.app = app
        self.most = most
        self.most_upload = most_upload

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        most = self.most_upload if path == UPLOADS or path.startswith(f"{UPLOADS}/") else self.most
        counted = _Counted(receive, send, most)
        if _announced(scope) > most:
            await self._refuse(scope, receive, send, most)
            return
        try:
            await self.app(scope, counted.receive, counted.send)
        except _TooLarge:
            if counted.started:
                raise
        if counted.exceeded and not counted.started:
            await self._refuse(scope, receive, send, most)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, most: int) -> None:
        error = TooLargeError(
            f"le corps de la demande dépasse {most} octets", way_out="envoyer moins à la fois, ou découper le fichier"
        )
        answer = problems.problem(Request(scope), error)
        answer.headers["Connection"] = "close"  # the rest of the body is not read
        await answer(scope, receive, send)


class _TooLarge(Exception):  # noqa: N818 -- never leaves this module
    """A body went past its limit."""


class _Counted:
    """One body being counted; what the application answers once it is too large is not what the client is told."""

    def __init__(self, receive: Receive, send: Send, most: int) -> None:
        self._receive, self._send, self._left = receive, send, most
        self.exceeded = self.started = False

    async def receive(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            self.exceeded = True
            raise _TooLarge
        return message

    async def send(self, message: Message) -> None:
        if self.exceeded and not self.started:
            return
        self.started = True
        await self._send(message)


def _announced(scope: Scope) -> int:
    length = Headers(scope=scope).get("content-length", "0")
    return int(length) if length.isascii() and length.isdigit() else 0


class HeadMiddleware:
    """Answer HEAD as GET, without the body: FastAPI's routes know only the methods they name."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return
        as_get: dict[str, Any] = {**scope, "method": "GET"}

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start" or not message.get("more_body", False):
                await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        try:
            await self.app(as_get, receive, told)
        finally:
            scope.update({key: as_get[key] for key in ("route", "fastapi", "endpoint") if key in as_get})
