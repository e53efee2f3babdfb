"""Relational databases: addresses, engines and migrations, for whoever keeps tables in one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy import event
from sqlalchemy.engine import URL, Engine, make_url

from geo_integration.errors import StoreError

_POSTGRES = {"postgres", "postgresql", "postgis"}
_LOCK = 0x6765_6F69
"""Advisory lock of PostgreSQL under which migrations take turns."""


def is_postgres(location: str) -> bool:
    """Say whether a location is the address of a PostgreSQL database, whatever driver it names."""
    return location.partition(":")[0].split("+")[0].lower() in _POSTGRES and "://" in location


def address(location: str) -> URL:
    """Return an address as SQLAlchemy takes it, with the driver of this project; StoreError without the password."""
    try:
        url = make_url(location)
    except (sa.exc.ArgumentError, ValueError) as error:
        raise StoreError("adresse de base de données illisible", way_out="ex. postgresql://nom@hôte/base") from error
    return url.set(drivername="postgresql+psycopg") if is_postgres(location) else url


def engine_of(location: str, *, pool_size: int = 5) -> Engine:
    """Return an engine whose connections are checked before use, so that a database gone and back is found again.

    SQLite is opened with a write-ahead log, synced at every commit, foreign keys on, and waits for its turn.
    """
    url = address(location)
    if url.get_backend_name() == "sqlite":
        engine = sa.create_engine(url, connect_args={"timeout": 30})
        event.listen(engine, "connect", _prepare_sqlite)
        return engine
    return sa.create_engine(
        url, pool_pre_ping=True, pool_size=pool_size, max_overflow=5, connect_args={"connect_timeout": 5}
    )


def migrate(engine: Engine, scripts: Path, *, version_table: str, schema: str | None = None) -> None:
    """Bring a database to the newest schema of ``scripts`` (an Alembic folder); several may try at once.

    Parameters
    ----------
    engine : the database.
    scripts : folder with ``env.py`` and ``versions/``; ``env.py`` takes ``connection``, ``version_table`` and
        ``schema`` from ``config.attributes``.
    version_table : table in which Alembic notes what was done; one per set of scripts.
    schema : PostgreSQL schema of that table and of what the scripts make; made if absent. None on SQLite.
    """
    config = Config()
    config.set_main_option("script_location", str(scripts))
    config.set_main_option("path_separator", "os")
    with _locked(engine) as connection:
        if schema is not None:
            connection.execute(sa.schema.CreateSchema(schema, if_not_exists=True))
        config.attributes |= {"connection": connection, "version_table": version_table, "schema": schema}
        command.upgrade(config, "head")


@contextmanager
def _locked(engine: Engine) -> Iterator[sa.Connection]:
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        else:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield connection


def _prepare_sqlite(connection: sa.engine.interfaces.DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
