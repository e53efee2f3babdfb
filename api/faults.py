"""Errors that no route told: a library's own words, and what nobody expected."""

import logging
from http import HTTPStatus

from fastapi import Request
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems


class ErrorsMiddleware:
    """Tell every error the same way: what a library says in plain English, and what nobody expected at all.

    Of the latter the answer has no detail; the log has the kind of error and where it was.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._log = logging.getLogger("geo_integration.service")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        spoken = _Spoken(scope, receive, send)
        try:
            await self.app(scope, receive, spoken.send)
        except Exception:
            self._log.exception("unexpected error")
            if spoken.started:
                raise  # the server closes the connection: the client sees that the answer is not whole
            answer = problems.answer(
                Request(scope),
                HTTPStatus.INTERNAL_SERVER_ERROR,
                title="Erreur interne",
                detail="le service n'a pas su traiter cette demande",
                way_out="recommencer ; si cela dure, citer request_id à l'exploitant",
            )
            await answer(scope, receive, send)


class _Spoken:
    """One answer; an error in plain text is a library's own (a range it cannot read), and is told in our words."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self.started = self._replaced = False

    async def send(self, message: Message) -> None:
        if message["type"] != "http.response.start":
            if not self._replaced:
                await self._send(message)
            return
        self.started = True
        headers = Headers(raw=message.get("headers", []))
        plain = headers.get("content-type", "").startswith("text/plain")
        if message["status"] < HTTPStatus.BAD_REQUEST or not plain:
            await self._send(message)
            return
        self._replaced = True
        title, detail, way_out = _words(message["status"], ranged="range" in Headers(scope=self._scope))
        kept = {name: headers[name] for name in ("content-range", "allow", "retry-after") if name in headers}
        status = HTTPStatus(message["status"])
        answer = problems.answer(
            Request(self._scope), status, title=title, detail=detail, way_out=way_out, headers=kept
        )
        await answer(self._scope, self._receive, self._send)


def _words(status: int, *, ranged: bool) -> tuple[str, str, str]:
    if ranged and status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        return "Intervalle impossible", "l'en-tête Range sort du document", "Content-Range en dit la taille"
    if ranged and status == HTTPStatus.BAD_REQUEST:
        return "Intervalle illisible", "l'en-tête Range est mal formé", "ex. Range: bytes=0-1023"
    return "Demande refusée", f"code HTTP {status}", "voir /docs"
