"""Tokens of people who signed in: a short access token (JWT, RFC 7519) and a refresh token that works once.

What a thief could do with a refresh token is what RFC 9700 (2025), section 4.14.2, answers: each use gives a new one,
and the second use of the same ends the session it belongs to, for who holds it legitimately and for who does not.
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final

import jwt
import sqlalchemy as sa
from jwt.types import Options
from sqlalchemy.engine import Engine

from geo_integration.errors import SignInError
from geo_integration.ledger import api_tokens
from geo_integration.ledger.accounts import Account, account_of
from geo_integration.ledger.api_tokens import ApiToken, refused
from geo_integration.ledger.engine import speaking, writing
from geo_integration.ledger.keys import Keys
from geo_integration.ledger.sessions import end_family, locked_user
from geo_integration.ledger.tables import REFRESH_TOKENS, USERS
from geo_integration.settings import ServiceSettings

_ALGORITHM: Final = "HS256"
_ISSUER: Final = "geo-integration"
_PREFIX: Final = "gir_"
_LONGEST: Final = 2048
_CHECKS: Final[Options] = {
    "require": ["iss", "sub", "sid", "gen", "iat", "exp"],
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
}
"""The clock is the caller's, so times are compared here and not by the library."""


@dataclass(frozen=True)
class Pair:
    """Two tokens, which show nowhere.

    Attributes
    ----------
    access : goes with every request.
    refresh : gives the next pair, once.
    expires_in : life of the access token, seconds.
    """

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_in: int


@dataclass(frozen=True)
class Tokens:
    """The tokens of one ledger.

    Everything that changes the tokens of one account takes its turn under a lock on that account, and every check
    reads the database: what is revoked by one process is refused by all from the next request on.
    """

    engine: Engine
    settings: ServiceSettings = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse a signing key of the settings that is too short (OptionError)."""
        _ = self._keys

    @cached_property
    def _keys(self) -> Keys:
        return Keys(self.settings)

    @speaking()
    def issue(self, account: Account, *, now: datetime) -> Pair:
        """Begin a session for who has just signed in; SignInError if the account changed since."""
        with writing(self.engine) as connection:
            user = locked_user(connection, account.name)
            if user is None or user.disabled or user.generation != account.generation:
                raise refused()
            self._forget(connection, account.name, now)
            return self._pair(connection, user, secrets.token_hex(12), now)

    @speaking()
    def refresh(self, token: str, *, now: datetime) -> Pair:
        """Give the next pair of a session; SignInError where the token is unknown, over, revoked, or used already.

        A token used already ends its session. So of two who show the same token at the same instant exactly one gets
        a pair, and that pair no longer works once the other has been refused: who asks again must sign in.
        """
        pair: Pair | None = None
        with writing(self.engine) as connection:
            found = _held(connection, token)
            user = locked_user(connection, found.user_name) if found is not None else None
            row = _held(connection, token)  # as it is now that it is this transaction's turn
            if row is not None and user is not None and not user.disabled and row.revoked_at is None:
                pair = self._next(connection, user, row, now)
        if pair is None:  # only now, so that the end of a session is kept
            raise refused()
        return pair

    @speaking()
    def revoke(self, refresh: str, *, now: datetime) -> None:
        """End the session of a refresh token, its access tokens too; an unknown one is no error (RFC 7009, 2.2)."""
        with writing(self.engine) as connection:
            found = _held(connection, refresh)
            if found is not None:
                locked_user(connection, found.user_name)
                end_family(connection, found.family, now=now)

    @speaking()
    def verify(self, access: str, *, now: datetime) -> Account:
        """Return the account an access token or an API token opens; SignInError otherwise, always the same."""
        if access.startswith(api_tokens.PREFIX):
            return api_tokens.verify(self.engine, access, now=now)
        if len(access) > _LONGEST:
            raise refused()
        with self.engine.connect() as connection:
            claims = self._claims(connection, access, now)
            row = connection.execute(_session(claims["sub"], claims["sid"])).one_or_none()
        if row is None or row.disabled or row.generation != claims["gen"] or row.tokens == 0 or row.revoked:
            raise refused()
        return account_of(row)

    @speaking()
    def make_api_token(self, name: str, *, label: str, days: int, now: datetime) -> str:
        """Return a new API token of an account, shown once (see :mod:`~geo_integration.ledger.api_tokens`)."""
        with writing(self.engine) as connection:
            return api_tokens.make(connection, name, label=label, days=days, now=now)

    @speaking()
    def revoke_api_token(self, jti: str, *, now: datetime) -> None:
        """Refuse an API token from now on; NotFoundError where there is none."""
        with writing(self.engine) as connection:
            api_tokens.revoke(connection, jti, now=now)

    @speaking()
    def list_api_tokens(self, name: str | None = None) -> tuple[ApiToken, ...]:
        """Return what is kept of the API tokens of an account, or of all."""
        with self.engine.connect() as connection:
            return api_tokens.listed(connection, name)

    @speaking()
    def get_api_token(self, jti: str, *, name: str | None = None) -> ApiToken:
        """Return what is kept of one API token, of an account where one is named; NotFoundError where there is none."""
        with self.engine.connect() as connection:
            return api_tokens.one(connection, jti, name)

    @speaking()
    def rotate_key(self, *, now: datetime) -> str:
        """Sign with a new key from now on; the old one verifies for one access life more. The new key's name."""
        with writing(self.engine) as connection:
            return self._keys.rotate(connection, now=now)

    def _next(self, connection: sa.Connection, user: sa.Row[Any], row: sa.Row[Any], now: datetime) -> Pair | None:
        """Use a refresh token up, or end its session if it was used already; None where it gives nothing."""
        if row.used_at is not None:
            end_family(connection, row.family, now=now)
            return None
        if now >= row.expires_at:
            return None
        table = REFRESH_TOKENS
        connection.execute(sa.update(table).where(table.c.hash == row.hash).values(used_at=now))
        return self._pair(connection, user, row.family, now)

    def _pair(self, connection: sa.Connection, user: sa.Row[Any], family: str, now: datetime) -> Pair:
        life = timedelta(seconds=self.settings.refresh_token_seconds)
        refresh = _PREFIX + secrets.token_urlsafe(32)
        row = {"hash": _hash(refresh), "family": family, "user_name": user.name, "issued_at": now}
        connection.execute(sa.insert(REFRESH_TOKENS).values(row | {"expires_at": now + life}))
        return Pair(self._access(connection, user, family, now), refresh, self.settings.access_token_seconds)

    def _access(self, connection: sa.Connection, user: sa.Row[Any], family: str, now: datetime) -> str:
        key = self._keys.signing(connection, now=now)
        since = int(now.timestamp())
        claims = {"iss": _ISSUER, "sub": user.name, "sid": family, "gen": user.generation, "iat": since}
        claims["exp"] = since + self.settings.access_token_seconds
        return jwt.encode(claims, key.secret, algorithm=_ALGORITHM, headers={"kid": key.kid})

    def _claims(self, connection: sa.Connection, access: str, now: datetime) -> dict[str, Any]:
        """Return what a signed token says; SignInError if it is not ours, or over."""
        try:
            kid = jwt.get_unverified_header(access).get("kid")
            key = self._keys.verifying(connection, kid, now=now) if isinstance(kid, str) else None
            if key is None:
                raise refused()
            claims: dict[str, Any] = jwt.decode(
                access, key.secret, algorithms=[_ALGORITHM], issuer=_ISSUER, options=_CHECKS
            )
        except (jwt.PyJWTError, ValueError):
            raise refused() from None
        if now.timestamp() >= claims["exp"]:
            raise SignInError("jeton expiré", where="Authorization", way_out="le renouveler, ou se reconnecter")
        return claims

    def _forget(self, connection: sa.Connection, name: str, now: datetime) -> None:
        """Remove refresh tokens over for longer than any access token given with them lives."""
        table, life = REFRESH_TOKENS, timedelta(seconds=self.settings.access_token_seconds)
        connection.execute(sa.delete(table).where(table.c.user_name == name, table.c.expires_at < now - life))


def _session(name: str, family: str) -> sa.Select[Any]:
    """Ask for an account, how many refresh tokens its session has, and how many of them are revoked."""
    table = REFRESH_TOKENS
    return (
        sa.select(
            *USERS.c, sa.func.count(table.c.hash).label("tokens"), sa.func.count(table.c.revoked_at).label("revoked")
        )
        .outerjoin(table, (table.c.user_name == USERS.c.name) & (table.c.family == family))
        .where(USERS.c.name == name)
        .group_by(USERS.c.name)
    )


def _held(connection: sa.Connection, token: str) -> sa.Row[Any] | None:
    table = REFRESH_TOKENS
    return connection.execute(sa.select(table).where(table.c.hash == _hash(token))).one_or_none()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
