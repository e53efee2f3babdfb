"""Keys access tokens are signed with: made and kept in the ledger, or given by the settings."""

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from geo_integration.errors import ConflictError, OptionError
from geo_integration.ledger.tables import SIGNING_KEYS
from geo_integration.settings import ServiceSettings

_KID: Final = re.compile(r"[a-z0-9]{1,32}")
_FEWEST_BYTES: Final = 32
"""RFC 7518, section 3.2: a key of HS256 is no shorter than its digest."""


@dataclass(frozen=True)
class Key:
    """One key; ``secret`` shows nowhere."""

    kid: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True)
class Keys:
    """The keys of one ledger, read at every use so that what is retired elsewhere is refused here.

    Where the settings give a key, it alone signs and verifies: those of the ledger may have leaked with it.
    """

    settings: ServiceSettings

    def __post_init__(self) -> None:
        """Refuse a key of the settings that is too short (OptionError)."""
        given = self._given()
        if given is not None and len(given.secret) < _FEWEST_BYTES:
            raise OptionError(
                f"clé de moins de {_FEWEST_BYTES} octets",
                where="GEO_INTEGRATION_SECRET",
                way_out="en tirer une au hasard, ex. openssl rand -hex 32",
            )

    def signing(self, connection: sa.Connection, *, now: datetime) -> Key:
        """Return the key to sign with, made if there is none yet; in a transaction that writes."""
        given = self._given()
        if given is not None:
            return given
        table = SIGNING_KEYS
        row = connection.execute(
            sa.select(table).where(table.c.retired_at.is_(None)).order_by(table.c.created_at.desc()).limit(1)
        ).one_or_none()
        return _key(row.kid, row.secret) if row is not None else _made(connection, now=now)

    def verifying(self, connection: sa.Connection, kid: str, *, now: datetime) -> Key | None:
        """Return the key of that name if it still verifies: in use, or retired less than one access life ago."""
        given = self._given()
        if given is not None:
            return given if given.kid == kid else None
        if not _KID.fullmatch(kid):
            return None
        row = connection.execute(sa.select(SIGNING_KEYS).where(SIGNING_KEYS.c.kid == kid)).one_or_none()
        if row is None or (row.retired_at is not None and now >= row.retired_at + self._life):
            return None
        return _key(row.kid, row.secret)

    def rotate(self, connection: sa.Connection, *, now: datetime) -> str:
        """Sign with a new key from now on, forget those nothing is signed with any more; the new key's name."""
        if self._given() is not None:
            raise ConflictError(
                "la clé est celle des réglages",
                where="GEO_INTEGRATION_SECRET",
                way_out="changer la variable, puis redémarrer : les jetons d'accès se renouvellent seuls",
            )
        table = SIGNING_KEYS
        connection.execute(sa.update(table).where(table.c.retired_at.is_(None)).values(retired_at=now))
        connection.execute(sa.delete(table).where(table.c.retired_at <= now - max(self._life, timedelta(days=1))))
        return _made(connection, now=now).kid

    @property
    def _life(self) -> timedelta:
        return timedelta(seconds=self.settings.access_token_seconds)

    def _given(self) -> Key | None:
        secret = self.settings.secret.get_secret_value().encode()
        if not secret:
            return None
        return Key("given" + hashlib.sha256(b"geo-integration kid\0" + secret).hexdigest()[:12], secret)


def _key(kid: str, secret: str) -> Key:
    return Key(kid, secret.encode())


def _made(connection: sa.Connection, *, now: datetime) -> Key:
    kid, secret = secrets.token_hex(8), secrets.token_urlsafe(48)
    connection.execute(sa.insert(SIGNING_KEYS).values(kid=kid, secret=secret, created_at=now))
    return _key(kid, secret)
