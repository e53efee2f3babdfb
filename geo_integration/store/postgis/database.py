"""The database a store is in: address, transactions, and the state of its schema."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL, Engine

from geo_integration.database import address, engine_of, migrate
from geo_integration.errors import StoreError
from geo_integration.store.postgis.spoken import speaking, state_of

SCRIPTS = Path(__file__).resolve().parent / "migrations"
REVISION = "0001"
"""Newest of the scripts; a test says so."""
VERSION_TABLE = "store_version"
DEFAULT_SCHEMA = "geo"
_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_NO_EXTENSION = {"42501", "58P01", "0A000"}
"""SQLSTATE where an extension may not be made, or is not on the server."""
_WRITERS = 0x67656F
"""First half of the advisory lock of writers; the second is the schema."""


class Database:
    """One schema of one PostgreSQL database.

    Parameters
    ----------
    location : ``postgresql://name:password@host/base?schema=geo``.
    lock_timeout_seconds : how long a writer waits for another before StoreError.
    """

    def __init__(self, location: str, *, lock_timeout_seconds: float = 60) -> None:
        url = address(location)
        self.schema = _schema_of(url)
        self.url = url.difference_update_query(["schema"])
        self.lock_timeout_seconds = lock_timeout_seconds

    @property
    def location(self) -> str:
        """The address without its password nor any option that could hold one."""
        host = self.url.query.get("host")
        shown = {"schema": self.schema} | ({"host": host} if host else {})
        bare = URL.create("postgresql", self.url.username, None, self.url.host, self.url.port, self.url.database, shown)
        return bare.render_as_string()

    @cached_property
    def engine(self) -> Engine:
        """The connections, made at the first need."""
        return engine_of(self.url.render_as_string(hide_password=False))

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Give a transaction that sees one instant, waits for nobody and may not write."""
        with speaking(self.location), self.engine.connect() as connection:
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
            with connection.execution_options(**options).begin():
                yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Give a transaction that no other writer of this schema runs beside: all of it or nothing."""
        with speaking(self.location, lock_timeout_seconds=self.lock_timeout_seconds), self.engine.begin() as connection:
            milliseconds = max(1, round(self.lock_timeout_seconds * 1000))
            connection.execute(sa.text(f"SET LOCAL lock_timeout = {milliseconds}"))
            lock = sa.text("SELECT pg_advisory_xact_lock(:writers, hashtext(:schema))")
            connection.execute(lock, {"writers": _WRITERS, "schema": self.schema})
            yield connection

    def revision(self, connection: sa.Connection) -> str:
        """Return which of the scripts the fixed tables are at; empty where nothing was ever written."""
        table = f'"{self.schema}".{VERSION_TABLE}'
        if connection.scalar(sa.text("SELECT to_regclass(:name)"), {"name": table}) is None:
            return ""
        return str(connection.scalar(sa.text(f"SELECT version_num FROM {table}")) or "")  # noqa: S608 -- a checked name

    def is_made(self, connection: sa.Connection) -> bool:
        """Say whether the store was ever written to; StoreError where its tables are not those of this program."""
        revision = self.revision(connection)
        if revision in {"", REVISION}:
            return bool(revision)
        if revision < REVISION:
            what, way_out = "d'une version plus ancienne", "geo-integration store migrate"
        else:
            what, way_out = "d'une version plus récente", "mettre à jour geo-integration"
        raise StoreError(f"le schéma de cette base est {what} du programme", where=self.location, way_out=way_out)

    def make(self) -> None:
        """Bring the fixed tables of the store to this program's version."""
        with speaking(self.location):
            with self.engine.begin() as connection:
                self._check_encoding(connection)
                self._install_postgis(connection)
            migrate(self.engine, SCRIPTS, version_table=VERSION_TABLE, schema=self.schema)

    def _check_encoding(self, connection: sa.Connection) -> None:
        encoding = connection.scalar(sa.text("SHOW server_encoding"))
        if encoding != "UTF8":
            way_out = "la recréer : CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
            raise StoreError(f"base en {encoding} : il la faut en UTF8", where=self.location, way_out=way_out)

    def _install_postgis(self, connection: sa.Connection) -> None:
        if connection.scalar(sa.text("SELECT 1 FROM pg_extension WHERE extname = 'postgis'")):
            return
        try:
            connection.execute(sa.text("CREATE EXTENSION IF NOT EXISTS postgis"))
        except sa.exc.DBAPIError as error:
            if state_of(error) not in _NO_EXTENSION:
                raise
            what = "PostGIS n'est pas installé dans cette base"
            way_out = "demander à son administrateur : CREATE EXTENSION postgis (paquet postgis du serveur)"
            raise StoreError(what, where=self.location, way_out=way_out) from error


def _schema_of(url: URL) -> str:
    schema = url.query.get("schema", DEFAULT_SCHEMA)
    if not isinstance(schema, str) or _SCHEMA.fullmatch(schema) is None:
        way_out = "minuscules, chiffres et « _ » : ?schema=geo"
        raise StoreError(f"nom de schéma refusé : {schema}", where="adresse", way_out=way_out)
    return schema
