"""Tokens for programs: long-lived, one per use, told apart by a label and revoked one by one.

They are random words kept as hashes, not signed: rotating the signing key never ends them, and a key that leaks
makes none.
"""

import hashlib
import hmac
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from geo_integration.errors import NotFoundError, OptionError, SignInError
from geo_integration.ledger.accounts import Account, account_of, unknown
from geo_integration.ledger.engine import writing
from geo_integration.ledger.passwords import is_name
from geo_integration.ledger.sessions import locked_user
from geo_integration.ledger.tables import API_TOKENS, USERS

PREFIX: Final = "gia_"
"""So that tools that look for leaked secrets can know one."""
LONGEST_DAYS: Final = 366
_LONGEST_LABEL: Final = 200
_SHAPE: Final = re.compile(rf"{PREFIX}([0-9a-f]{{24}})_([A-Za-z0-9_-]{{43}})")
_JTI: Final = re.compile(r"[0-9a-f]{24}")


@dataclass(frozen=True)
class ApiToken:
    """What is kept of one token: everything but the token.

    Attributes
    ----------
    jti : its name, to revoke it.
    user_name : account it opens.
    label : what it is for.
    issued_at, expires_at, revoked_at : instants, UTC; the last is None while it is good.
    last_used_on : day, UTC; None if never.
    """

    jti: str
    user_name: str
    label: str
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_on: date | None


def make(connection: sa.Connection, name: str, *, label: str, days: int, now: datetime) -> str:
    """Return a new token, which is kept nowhere; in a transaction that writes.

    OptionError for a label or a life refused, NotFoundError for an unknown account, SignInError for a disabled one.
    """
    if not 1 <= days <= LONGEST_DAYS:
        raise OptionError(f"durée de {days} jours", where="days", way_out=f"de 1 à {LONGEST_DAYS} jours")
    if not 1 <= len(label.strip()) <= _LONGEST_LABEL or not label.isprintable():
        raise OptionError("libellé absent, illisible ou trop long", where="label", way_out="dire à quoi sert ce jeton")
    row = locked_user(connection, name) if is_name(name) else None
    if row is None:
        raise unknown(name)
    if row.disabled:
        raise SignInError("compte désactivé", where="name", way_out="le réactiver d'abord")
    jti, secret = secrets.token_hex(12), secrets.token_urlsafe(32)
    values = {"jti": jti, "hash": _hash(secret), "user_name": name, "label": label.strip(), "issued_at": now}
    connection.execute(sa.insert(API_TOKENS).values(values | {"expires_at": now + timedelta(days=days)}))
    return f"{PREFIX}{jti}_{secret}"


def revoke(connection: sa.Connection, jti: str, *, now: datetime) -> None:
    """Refuse a token from now on; NotFoundError where there is none. Doing it twice changes nothing."""
    table = API_TOKENS
    one(connection, jti)
    connection.execute(sa.update(table).where(table.c.jti == jti, table.c.revoked_at.is_(None)).values(revoked_at=now))


def verify(engine: Engine, token: str, *, now: datetime) -> Account:
    """Return the account a token opens; SignInError if it is wrong, over, revoked, or its account disabled."""
    shape = _SHAPE.fullmatch(token)
    if shape is None:
        raise refused()
    jti, secret = shape.groups()
    with engine.connect() as connection:
        row = connection.execute(_opened(jti)).one_or_none()
    if row is None or not hmac.compare_digest(row.hash, _hash(secret)):
        raise refused()
    if row.revoked_at is not None or row.disabled or now >= row.expires_at:
        raise refused()
    if row.last_used_on != now.date():
        _note_use(engine, jti, now.date())
    return account_of(row)


def listed(connection: sa.Connection, name: str | None) -> tuple[ApiToken, ...]:
    """Return the tokens of an account, or all, the latest first; also those that are over."""
    return tuple(_token(row) for row in connection.execute(_kept(name)))


def one(connection: sa.Connection, jti: str, name: str | None = None) -> ApiToken:
    """Return a token, of an account where one is named; NotFoundError where there is none."""
    if _JTI.fullmatch(jti):
        row = connection.execute(_kept(name).where(API_TOKENS.c.jti == jti)).one_or_none()
        if row is not None:
            return _token(row)
    raise NotFoundError("aucun jeton de ce nom", where="jti", way_out="voir la liste des jetons")


def refused() -> SignInError:
    """Return the one error of a token that is not accepted, whatever is wrong with it."""
    return SignInError("jeton refusé", where="Authorization", way_out="se reconnecter, ou demander un autre jeton")


def _kept(name: str | None) -> sa.Select[Any]:
    """Ask for everything but the hash."""
    table = API_TOKENS
    kept = [column for column in table.c if column is not table.c.hash]
    query = sa.select(*kept).order_by(table.c.issued_at.desc(), table.c.jti)
    return query if name is None else query.where(table.c.user_name == name)


def _opened(jti: str) -> sa.Select[Any]:
    told = (API_TOKENS.c[name] for name in ("hash", "revoked_at", "expires_at", "last_used_on"))
    return sa.select(*told, *USERS.c).join(USERS, USERS.c.name == API_TOKENS.c.user_name).where(API_TOKENS.c.jti == jti)


def _note_use(engine: Engine, jti: str, day: date) -> None:
    """Note the day a token was used; one that cannot be noted (disk full) stays good."""
    with suppress(sa.exc.OperationalError), writing(engine) as connection:
        connection.execute(sa.update(API_TOKENS).where(API_TOKENS.c.jti == jti).values(last_used_on=day))


def _token(row: sa.Row[Any]) -> ApiToken:
    moments = (row.issued_at, row.expires_at, row.revoked_at)
    return ApiToken(row.jti, row.user_name, row.label, *moments, row.last_used_on)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
