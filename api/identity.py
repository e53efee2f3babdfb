"""Who a request comes from, found out before anything else; and the note of what a professional read.

Tokens come in ``Authorization: Bearer`` only: no cookie, so no page of another site can speak for anybody.
"""

from typing import TYPE_CHECKING, Any

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from api.caller import Caller
from api.observe import route_of
from api.problems import problem
from api.service import Service
from geo_integration.disclosure import Viewer
from geo_integration.errors import GeoIntegrationError, SignInError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


class IdentityMiddleware:
    """Set ``request.state.caller``: the public without token, an account with a good one; 401 with a bad one.

    A token that is not accepted is never taken for the public: its holder would read suppressed figures without
    knowing it.
    """

    def __init__(self, app: "ASGIApp") -> None:
        """Wrap an application whose ``state.service`` has the ledger."""
        self.app = app

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Find out who asks, then let them through or answer the problem."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        request = Request(scope)
        # A keyed hash of the address where :mod:`api.limits` comes first, as it does in the application.
        client = request.client.host if request.client else ""
        state["caller"] = Caller(Viewer.PUBLIC, client=client)
        try:
            token = _bearer(request)
            if token is not None:
                state["caller"] = await _signed_in(scope["app"].state.service, token, client)
        except GeoIntegrationError as error:
            await problem(request, error)(scope, receive, send)
            return
        await self.app(scope, receive, send)


def audited(service: Service, caller: Caller, request: Request, action: str, **what: Any) -> None:  # noqa: ANN401 -- JSON
    """Note that a professional reads figures the public does not see; the public's reads are not noted.

    To be called before the answer leaves, in a route that is ``def`` or through ``run_in_threadpool``: it writes to
    disk. LedgerError where it cannot be written: the read is refused then.

    Parameters
    ----------
    action : what is done, e.g. ``coverage.read``.
    what : which territory, kind, collection…; the route is added. Never positions, never figures (ValueError for
        the usual names of such parameters, see :data:`geo_integration.ledger.audit.NEVER`).
    """
    if caller.is_public:
        return
    told = {key: value for key, value in what.items() if value is not None}
    service.ledger.audit.record(
        viewer=caller.viewer,
        name=caller.name,
        action=action,
        what={"route": route_of(request.scope), **told},
        request_id=str(getattr(request.state, "request_id", "")),
        now=service.clock(),
    )


async def _signed_in(service: Service, token: str, client: str) -> Caller:
    account = await run_in_threadpool(service.ledger.tokens.verify, token, now=service.clock())
    return Caller(account.viewer, account.name, client)


def _bearer(request: Request) -> str | None:
    """Return the token of a request, None without one; SignInError for anything else in that header, or elsewhere."""
    if b"access_token=" in request.scope["query_string"]:  # ignored, its holder would be taken for the public
        raise SignInError(
            "un jeton ne se donne pas dans l'adresse, qui se garde partout",
            where="access_token",
            way_out="« Authorization: Bearer JETON » ; révoquer celui-ci, d'autres ont pu le lire",
        )
    said = request.headers.getlist("authorization")
    if not said:
        return None
    scheme, _, token = said[0].strip().partition(" ")
    if len(said) > 1 or scheme.lower() != "bearer" or not token.strip():
        raise SignInError(
            "en-tête d'autorisation illisible",
            where="Authorization",
            way_out="« Authorization: Bearer JETON », une fois",
        )
    return token.strip()
