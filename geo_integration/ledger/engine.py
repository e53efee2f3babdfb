"""Open the ledger's database, read and write it in transactions, and say its faults in French."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic.util import CommandError
from sqlalchemy.engine import Engine

from geo_integration import database
from geo_integration.errors import LedgerError, StoreError
from geo_integration.ledger.tables import SCHEMA
from geo_integration.settings import ServiceSettings

_SCRIPTS = Path(__file__).resolve().parent / "migrations"
_WHERE = "registre du service"
_NO_SPACE = {errno.ENOSPC, errno.EDQUOT}
_FULL = {"53100"}
"""SQLSTATE disk_full."""
_READ_ONLY = {"25006", "42501"}
"""SQLSTATE read_only_sql_transaction, insufficient_privilege."""


def ledger_location(store: str, settings: ServiceSettings) -> str:
    """Return where the ledger of a store is: as the settings say, else in the store's database or beside its folder.

    The folder is made, for its owner only. LedgerError where it cannot be.
    """
    if settings.ledger:
        return settings.ledger
    if database.is_postgres(store):
        return store
    folder = Path(store).expanduser().resolve() / "service"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise LedgerError(
            f"dossier impossible à créer : {error.strerror}", where=str(folder), way_out="vérifier les droits"
        ) from error
    return f"sqlite:///{folder / 'ledger.sqlite3'}"


def open_engine(location: str) -> Engine:
    """Return the migrated database of a ledger; LedgerError where it cannot be reached or made.

    Parameters are left out of every message of SQLAlchemy: hashes and keys are among them.
    """
    try:
        url = database.address(location).difference_update_query(["schema"])
    except StoreError as error:
        raise LedgerError(error.what, where="GEO_INTEGRATION_LEDGER", way_out=error.way_out) from None
    if url.get_backend_name() not in {"sqlite", "postgresql"}:
        raise LedgerError(
            f"base « {url.get_backend_name()} » inconnue",
            where="GEO_INTEGRATION_LEDGER",
            way_out="sqlite ou postgresql",
        )
    engine = database.engine_of(url.render_as_string(hide_password=False))
    engine.hide_parameters = True
    on_postgres = engine.dialect.name == "postgresql"
    with speaking(), _known_schema():
        if not on_postgres:
            _private_file(url.database)
        database.migrate(engine, _SCRIPTS, version_table="ledger_version", schema=SCHEMA if on_postgres else None)
    return engine.execution_options(schema_translate_map={None: SCHEMA}) if on_postgres else engine


@contextmanager
def writing(engine: Engine) -> Iterator[sa.Connection]:
    """Give a connection in a transaction that writes: committed at the end, rolled back on an error.

    SQLite takes its write lock at once, for a transaction that reads first and writes later could not be given it
    (SQLITE_BUSY_SNAPSHOT) once another has written.
    """
    with engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield connection


@contextmanager
def speaking() -> Iterator[None]:
    """Turn the database's errors into LedgerError; also a decorator (``@speaking()``).

    The original is kept out of the chain's message only as far as its parameters go (see :func:`open_engine`).
    """
    try:
        yield
    except sa.exc.SQLAlchemyError as error:
        raise told(error) from error
    except OSError as error:
        if error.errno in _NO_SPACE:
            raise _full() from error
        raise LedgerError(
            f"fichier inaccessible : {error.strerror}", where=_WHERE, way_out="vérifier les droits"
        ) from (error)


def told(error: sa.exc.SQLAlchemyError) -> LedgerError:
    """Return what an error of the database means, without repeating what it says: it may quote values."""
    original = getattr(error, "orig", None)
    state = getattr(original, "sqlstate", None) or ""
    said = str(original).lower()
    if state in _FULL or "disk is full" in said or "no space left" in said:
        return _full()
    if state in _READ_ONLY or "readonly" in said:
        return LedgerError("écriture refusée par la base", where=_WHERE, way_out="vérifier les droits du compte")
    if "locked" in said or state in {"55P03", "40P01", "40001"}:
        return LedgerError("la base est occupée", where=_WHERE, way_out="recommencer dans un instant")
    if "malformed" in said or "not a database" in said:
        return LedgerError("le fichier est abîmé", where=_WHERE, way_out="restaurer une sauvegarde")
    return LedgerError(
        f"la base ne répond pas comme attendu ({type(original or error).__name__})",
        where=_WHERE,
        way_out="recommencer ; si cela dure, vérifier la base",
    )


def _full() -> LedgerError:
    return LedgerError(
        "le disque est plein : rien n'a été écrit", where=_WHERE, way_out="libérer de la place, puis recommencer"
    )


@contextmanager
def _known_schema() -> Iterator[None]:
    """Say that a ledger was brought further than this version knows."""
    try:
        yield
    except CommandError as error:
        raise LedgerError(
            "écrit par une version plus récente du service", where=_WHERE, way_out="mettre le service à jour"
        ) from error


def _private_file(name: str | None) -> None:
    """Make the file for its owner only, before SQLite makes it for everybody: it holds signing keys."""
    if name and name != ":memory:":
        os.close(os.open(name, os.O_CREAT | os.O_RDWR, 0o600))
