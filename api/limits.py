"""How often one client may ask: the public in general, and whoever tries a password.

Counted in the memory of each worker (the ``limits`` library), against the limit divided by the number of workers:
together they let through no more than the settings say, and a client that all its connections bring to one worker
gets that worker's share only.
"""

import hashlib
import hmac
import ipaddress
import math
import os
import secrets
import time
from http import HTTPStatus
from typing import Self

from fastapi import Request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems
from geo_integration.errors import TooManyRequestsError
from geo_integration.settings import ServiceSettings

CLIENT_KEY = "GEO_INTEGRATION_CLIENT_KEY"
"""Environment variable by which ``serve`` gives all its workers one key, so that they know a client alike."""

LOGIN = "/api/v1/tokens"
PASSWORD = "/api/v1/me/password"  # noqa: S105 -- an address
"""Asks for the password in force: whoever found a token may not guess it there without end."""
FREE = frozenset({"/health", "/ready", "/metrics"})
"""Asked by machines that watch the service, often: never counted."""
_IPV6_PREFIX = 64
"""One subscriber has that many bits to choose from: they are one client."""


class ClientKeys:
    """What tells clients apart without saying who they are: keyed hashes of addresses, with a key that dies with us.

    Parameters
    ----------
    key : shared by the workers of one service; random where none is given.
    """

    def __init__(self, key: str = "") -> None:
        self._key = key.encode() or secrets.token_bytes(32)

    @classmethod
    def shared(cls) -> Self:
        """Return those of all workers of this service; of this process alone where ``serve`` did not start it."""
        return cls(os.environ.get(CLIENT_KEY, ""))

    def of(self, scope: Scope) -> str:
        """Return the key of who sends a request (32 hexadecimal digits)."""
        address = (scope.get("client") or ("",))[0]
        return hmac.new(self._key, _network(address).encode(), hashlib.sha256).hexdigest()[:32]


class Rates:
    """The counters of one worker.

    Parameters
    ----------
    per_minute, logins_per_minute : for the whole service; 0: no limit.
    workers : how many share the work.
    """

    def __init__(self, *, per_minute: int, logins_per_minute: int, workers: int = 1) -> None:
        self._window = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._public = _share(per_minute, workers, "public")
        self._refused = _share(per_minute, workers, "refused")
        self._logins = _share(logins_per_minute, workers, "login")

    @classmethod
    def of(cls, chosen: ServiceSettings) -> Self:
        """Return the counters these settings ask for, for one of the workers of this service."""
        return cls(
            per_minute=chosen.public_requests_per_minute,
            logins_per_minute=chosen.login_attempts_per_minute,
            workers=workers_of(),
        )

    def hit_public(self, client: str) -> None:
        """Count a request; TooManyRequestsError past the limit."""
        self._hit(self._public, client, "trop de demandes en une minute depuis cette connexion")

    def hit_login(self, client: str) -> None:
        """Count an attempt at a password; TooManyRequestsError past the limit."""
        self._hit(self._logins, client, "trop d'essais de connexion en une minute")

    def check_refused(self, client: str) -> None:
        """Refuse who had too many tokens refused, without counting."""
        if self._refused is not None and not self._window.test(self._refused, client):
            raise self._refusal(self._refused, client, "trop de jetons refusés en une minute")

    def hit_refused(self, client: str) -> None:
        """Count a token that was refused."""
        if self._refused is not None:
            self._window.hit(self._refused, client)

    def _hit(self, item: RateLimitItemPerMinute | None, client: str, what: str) -> None:
        if item is not None and not self._window.hit(item, client):
            raise self._refusal(item, client, what)

    def _refusal(self, item: RateLimitItemPerMinute, client: str, what: str) -> TooManyRequestsError:
        wait = max(1, math.ceil(self._window.get_window_stats(item, client).reset_time - time.time()))
        error = TooManyRequestsError(what, way_out=f"attendre {wait} s, ou se connecter avec un compte")
        error.retry_after_seconds = wait
        return error


def workers_of(environment: str | None = None) -> int:
    """Return how many workers share the work (``WEB_CONCURRENCY``, as uvicorn reads it)."""
    said = os.environ.get("WEB_CONCURRENCY", "1") if environment is None else environment
    return max(1, int(said)) if said.isascii() and said.isdigit() else 1


class LimitsMiddleware:
    """Know the client (``request.state.client``), and refuse who asks too often.

    Who shows a token is counted only when it is refused (401), and apart from the public: a whole office may share
    one address.
    """

    def __init__(self, app: ASGIApp, *, rates: Rates, clients: ClientKeys) -> None:
        self.app = app
        self.rates = rates
        self.clients = clients

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        client = self.clients.of(scope)
        scope.setdefault("state", {})["client"] = client
        scope["client"] = (client, 0)  # so that nothing further in can store or log an address
        signed = "authorization" in Headers(scope=scope)
        try:
            self._count(scope, client, signed=signed)
        except TooManyRequestsError as error:
            await problems.problem(Request(scope), error)(scope, receive, send)
            return
        if not signed:
            await self.app(scope, receive, send)
            return

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == HTTPStatus.UNAUTHORIZED:
                self.rates.hit_refused(client)
            await send(message)

        await self.app(scope, receive, told)

    def _count(self, scope: Scope, client: str, *, signed: bool) -> None:
        path = scope["path"]
        if path in {LOGIN, PASSWORD} and scope["method"] == "POST":
            self.rates.hit_login(client)
        elif signed:
            self.rates.check_refused(client)
        elif path not in FREE:
            self.rates.hit_public(client)


def _share(per_minute: int, workers: int, name: str) -> RateLimitItemPerMinute | None:
    return RateLimitItemPerMinute(max(1, per_minute // workers), namespace=name) if per_minute else None


def _network(address: str) -> str:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, _IPV6_PREFIX), strict=False))
    return address
