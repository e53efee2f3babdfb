"""Ledgers to test on, SQLite and PostgreSQL alike, with a cheap password hash: the real one is tested once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from geo_integration.ledger import Ledger, open_ledger
from geo_integration.ledger.accounts import Accounts
from geo_integration.settings import ServiceSettings
from tests.postgres import lone_postgres, postgres_server, postgres_url

__all__ = ["lone_postgres", "postgres_server", "postgres_url"]

NOON = datetime(2026, 10, 1, 12, 0, tzinfo=UTC)
WORDS = "cheval agrafe pile rivage"
OTHER_WORDS = "lampe girafe neige sentier"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
SETTINGS = ServiceSettings(access_token_seconds=900, refresh_token_seconds=86_400)


def opened(location: str, settings: ServiceSettings = SETTINGS) -> Ledger:
    """Return a ledger whose passwords cost little."""
    ledger = open_ledger(location, settings=settings)
    return replace(ledger, accounts=Accounts(ledger.engine, CHEAP))


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ledger.sqlite3'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest) -> str:
    """Return the address of an empty database, of each kind."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    """Give an empty ledger on each kind of database."""
    made = opened(ledger_url)
    yield made
    made.close()
