"""The ledger's database: made, brought to date, filled to the brim, gone; and a living ledger after each."""

import os
import socket
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from geo_integration.disclosure import Viewer
from geo_integration.errors import LedgerError, OptionError
from geo_integration.ledger import Ledger, ledger_location, open_ledger
from geo_integration.ledger.tables import METADATA, SCHEMA
from geo_integration.settings import ServiceSettings
from tests.ledger.conftest import NOON, SETTINGS, WORDS, opened
from tests.postgres import Server

REFERENT = Viewer.referent(["62"])


def test_the_migrations_make_what_the_tables_say(ledger: Ledger) -> None:
    with ledger.engine.connect() as connection:
        options = {"compare_type": True, "version_table": "ledger_version"}
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text(f"SET search_path TO {SCHEMA}"))
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, METADATA) == []


def test_opening_again_changes_nothing(ledger_url: str) -> None:
    first = opened(ledger_url)
    first.accounts.add("anne", WORDS, REFERENT, now=NOON)
    first.close()
    second = opened(ledger_url)
    second.ping()
    assert second.accounts.authenticate("anne", WORDS, now=NOON).viewer == REFERENT
    second.close()


def test_a_ledger_of_a_newer_version_is_not_touched(ledger_url: str) -> None:
    ledger = opened(ledger_url)
    version = sa.Table("ledger_version", sa.MetaData(), sa.Column("version_num", sa.String))
    with ledger.engine.begin() as connection:
        connection.execute(sa.update(version).values(version_num="9999"))
    ledger.close()
    with pytest.raises(LedgerError, match="plus récente"):
        opened(ledger_url)


def test_a_database_stopped_and_started_again_is_found_again(lone_postgres: Server) -> None:
    ledger = opened(lone_postgres.url())
    pair = ledger.tokens.issue(ledger.accounts.add("anne", WORDS, REFERENT, now=NOON), now=NOON)
    lone_postgres.stop(kill=True)
    for gone in (ledger.ping, lambda: ledger.tokens.verify(pair.access, now=NOON), ledger.accounts.list):
        with pytest.raises(LedgerError):
            gone()
    lone_postgres.start()
    ledger.ping()
    assert ledger.tokens.verify(pair.access, now=NOON).name == "anne"
    ledger.close()


def test_several_open_the_same_empty_database_at_once(ledger_url: str) -> None:
    failed: list[Exception] = []
    ready = threading.Barrier(4)

    def go(number: int) -> None:
        try:
            ready.wait()
            ledger = opened(ledger_url)
            ledger.accounts.add(f"user-{number}", WORDS, REFERENT, now=NOON)
            ledger.close()
        except Exception as error:  # noqa: BLE001 -- shown by the assertion
            failed.append(error)

    threads = [threading.Thread(target=go, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    ledger = opened(ledger_url)
    assert len(ledger.accounts.list()) == 4
    ledger.close()


def test_on_postgresql_everything_is_in_its_own_schema(postgres_url: str) -> None:
    ledger = opened(postgres_url + "?schema=geo")  # the address of a store, as ledger_location gives it
    names = sa.inspect(ledger.engine).get_table_names(schema=SCHEMA)
    assert set(METADATA.tables) | {"ledger_version"} == set(names)
    assert not set(METADATA.tables) & set(sa.inspect(ledger.engine).get_table_names(schema="public"))
    ledger.close()


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_the_file_is_for_its_owner_only(sqlite_url: str, tmp_path: Path) -> None:
    ledger = opened(sqlite_url)
    ledger.accounts.add("anne", WORDS, REFERENT, now=NOON)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("ledger.sqlite3*")}
    assert len(modes) >= 2  # the file and its log
    assert set(modes.values()) == {0o600}
    ledger.close()


def test_a_full_disk_is_said_and_survived(sqlite_url: str) -> None:
    ledger = opened(sqlite_url)
    account = ledger.accounts.add("anne", WORDS, REFERENT, now=NOON)
    pair = ledger.tokens.issue(account, now=NOON)

    def fill() -> None:
        for _ in range(10_000):
            ledger.audit.record(
                viewer=REFERENT, name="anne", action="a", what={"territory": "6" * 2000}, request_id="", now=NOON
            )

    limit = _limit_pages(ledger)
    with pytest.raises(LedgerError, match="disque est plein") as full:
        fill()
    assert "6666" not in str(full.value)
    kept = len(ledger.audit.entries(100_000))
    # Reading goes on, and what could not be written left nothing half-done.
    assert ledger.tokens.verify(pair.access, now=NOON).name == "anne"
    with pytest.raises(LedgerError, match="disque est plein"):
        fill()
    assert len(ledger.audit.entries(100_000)) == kept
    limit(10_000_000)
    ledger.audit.record(viewer=REFERENT, name="anne", action="after", what={}, request_id="", now=NOON)
    assert ledger.audit.entries(1)[0].action == "after"
    assert ledger.tokens.refresh(pair.refresh, now=NOON).expires_in == 900
    ledger.close()


def _limit_pages(ledger: Ledger) -> Callable[[int], None]:
    """Leave no room in the file: SQLite answers as on a full disk. Returns a way to give room back."""
    room = {"pages": 0}

    def limit(connection: sa.engine.interfaces.DBAPIConnection, *_: object) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA max_page_count={room['pages']}")
        cursor.close()

    with ledger.engine.connect() as connection:
        room["pages"] = int(connection.exec_driver_sql("PRAGMA page_count").scalar_one()) + 3
    sa.event.listen(ledger.engine, "checkout", limit)

    def give(pages: int) -> None:
        room["pages"] = pages

    return give


def test_a_damaged_file_is_said(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    path.write_bytes(b"this is no database, and never was one. " * 200)
    with pytest.raises(LedgerError, match="abîmé"):
        open_ledger(f"sqlite:///{path}", settings=SETTINGS)


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(LedgerError):
        open_ledger(f"sqlite:///{tmp_path / 'absent' / 'ledger.sqlite3'}", settings=SETTINGS)


def test_a_database_that_does_not_answer_is_said_without_its_password() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(LedgerError) as gone:
        open_ledger(f"postgresql://anne:sesame-sesame@127.0.0.1:{port}/geo", settings=SETTINGS)
    assert "sesame" not in str(gone.value)


@pytest.mark.parametrize("location", ["", "not an address", "mysql://a:sesame@b/c", "postgresql://[::1/a"])
def test_what_is_no_address_is_refused(location: str) -> None:
    with pytest.raises(LedgerError) as refused:
        open_ledger(location, settings=SETTINGS)
    assert "sesame" not in str(refused.value)


def test_an_error_of_the_database_never_quotes_what_was_written(ledger: Ledger) -> None:
    with ledger.engine.begin() as connection:
        connection.execute(
            sa.text("DROP TABLE refresh_tokens" if _sqlite(ledger) else f"DROP TABLE {SCHEMA}.refresh_tokens")
        )
    account = ledger.accounts.add("anne", WORDS, REFERENT, now=NOON)
    with pytest.raises(LedgerError) as broken:
        ledger.tokens.issue(account, now=NOON)
    chain: BaseException | None = broken.value
    while chain is not None:
        assert "anne" not in str(chain)
        chain = chain.__cause__ or chain.__context__


def _sqlite(ledger: Ledger) -> bool:
    return ledger.engine.dialect.name == "sqlite"


def test_where_the_ledger_is(tmp_path: Path) -> None:
    beside = ledger_location(str(tmp_path / "store"), ServiceSettings())
    assert beside == f"sqlite:///{tmp_path / 'store' / 'service' / 'ledger.sqlite3'}"
    assert (tmp_path / "store" / "service").is_dir()
    assert ledger_location("postgresql://a@b/c", ServiceSettings()) == "postgresql://a@b/c"
    assert ledger_location("postgresql://a@b/c", ServiceSettings(ledger="sqlite:///x")) == "sqlite:///x"


def test_a_store_that_cannot_hold_a_ledger_is_said(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file")
    with pytest.raises(LedgerError, match="impossible à créer"):
        ledger_location(str(tmp_path / "store"), ServiceSettings())


def test_a_signing_key_too_short_is_refused_without_showing_it(sqlite_url: str) -> None:
    with pytest.raises(OptionError) as refused:
        open_ledger(sqlite_url, settings=ServiceSettings(secret="x" * 31))  # type: ignore[arg-type]
    assert "xxx" not in str(refused.value)
