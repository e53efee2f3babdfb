"""What ends sessions, and the lock under which everything about one account's tokens happens in turn."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from geo_integration.ledger.tables import API_TOKENS, REFRESH_TOKENS, USERS


def locked_user(connection: sa.Connection, name: str) -> sa.Row[Any] | None:
    """Return the row of an account, kept for this transaction: two of them never change its tokens at once.

    On PostgreSQL the row is locked; on SQLite the whole database is, by :func:`~.engine.writing`.
    """
    return connection.execute(sa.select(USERS).where(USERS.c.name == name).with_for_update()).one_or_none()


def end_sessions(connection: sa.Connection, name: str, *, now: datetime) -> None:
    """End every session of an account: access tokens by generation, refresh tokens one by one."""
    connection.execute(sa.update(USERS).where(USERS.c.name == name).values(generation=USERS.c.generation + 1))
    table = REFRESH_TOKENS
    connection.execute(
        sa.update(table).where(table.c.user_name == name, table.c.revoked_at.is_(None)).values(revoked_at=now)
    )


def end_family(connection: sa.Connection, family: str, *, now: datetime) -> None:
    """End one session: every refresh token that came of one sign-in, and the access tokens given with them."""
    table = REFRESH_TOKENS
    connection.execute(
        sa.update(table).where(table.c.family == family, table.c.revoked_at.is_(None)).values(revoked_at=now)
    )


def end_api_tokens(connection: sa.Connection, name: str, *, now: datetime) -> None:
    """End every API token of an account."""
    table = API_TOKENS
    connection.execute(
        sa.update(table).where(table.c.user_name == name, table.c.revoked_at.is_(None)).values(revoked_at=now)
    )
