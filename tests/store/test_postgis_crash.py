"""PostGIS gone, killed, full or back, and publishers killed: nothing is half done, and the same store works again.

On a cluster of its own that syncs to disk as a real one does.
"""

import os
import random
import shutil
import signal
import subprocess
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql
from store_children import CONTEXT, killed_at_some_instant, publish_half
from store_samples import DUO, duo, numbers, publish

from geo_integration.errors import StoreError
from geo_integration.store.postgis import PostgisStore
from tests.postgres import Server

ROOT = getattr(os, "geteuid", lambda: 1)() == 0

pytestmark = pytest.mark.usefixtures("fork_server", "unchecked")


@pytest.fixture
def store(lone_postgres: Server) -> Iterator[PostgisStore]:
    """Give an empty store in a database of the cluster that may be stopped."""
    name = lone_postgres.database(template="with_postgis")
    made = PostgisStore(lone_postgres.url(name))
    yield made
    made.close()
    lone_postgres.drop(name)


def test_killed_with_half_of_the_rows_sent(store: PostgisStore) -> None:
    publish(store, duo(0))
    version = store.version()
    ours, theirs = CONTEXT.Pipe(duplex=False)
    child = CONTEXT.Process(target=publish_half, args=(store.location, 1, theirs))
    child.start()
    assert ours.poll(60)
    assert numbers(store.read_together(DUO)) == {"version 0"}  # while it writes
    os.kill(child.pid or 0, signal.SIGKILL)
    child.join()
    assert numbers(store.read_together(DUO)) == {"version 0"}
    assert store.version() == version
    assert store.verify() == []
    publish(store, duo(2), 2)  # its lock fell with it
    assert numbers(store.read_together(DUO)) == {"version 2"}
    assert [len(entries) for entries in store.histories().values()] == [2, 2]
    assert store.verify() == []


def test_killed_at_any_instant_the_last_snapshot_is_readable(store: PostgisStore) -> None:
    dice = random.Random(62)  # noqa: S311 -- instants, not secrets
    done: dict[int, str] = {}
    number = 0
    publish(store, duo(0))
    for _ in range(10):
        done |= killed_at_some_instant(store.location, number + 1, 0.3, dice)
        publish(store, duo(-1 - number), 1000)  # waits until the server has seen that the child is gone
        entries = [entry.snapshot for entry in store.history("schools")]
        assert entries == [entry.snapshot for entry in store.history("ctai")]
        assert set(done.values()) <= set(entries)
        number = max(done) + 1  # the one it was publishing may be done too
    assert store.verify() == []


def test_stopped_and_started_again(store: PostgisStore, lone_postgres: Server) -> None:
    publish(store, duo(0))
    for kill in (False, True):
        lone_postgres.stop(kill=kill)
        for call in (store.version, lambda: store.read("ctai"), lambda: publish(store, duo(1)), store.verify):
            with pytest.raises(StoreError, match="ne répond pas") as caught:
                call()
            assert "rien de ce qui était publié n'est perdu" in caught.value.way_out
        lone_postgres.start()
        assert numbers(store.read_together(DUO)) == {"version 0"}
    publish(store, duo(2), 2)
    assert numbers(store.read_together(DUO)) == {"version 2"}
    assert store.verify() == []


def test_stopped_in_the_middle_of_a_transaction(store: PostgisStore, lone_postgres: Server) -> None:
    publish(store, duo(0))
    with pytest.raises(StoreError, match="ne répond pas"):
        _cut_off(store, lone_postgres)
    publish(store, duo(1))
    assert numbers(store.read_together(DUO)) == {"version 1"}


def _cut_off(store: PostgisStore, server: Server) -> None:
    """Lose the connection while writing."""
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = {}"
    with store.database.writing() as connection:
        server.execute(sql.SQL(end).format(store.database.url.database))
        connection.exec_driver_sql("SELECT 1")


@pytest.mark.skipif(not ROOT or shutil.which("mount") is None, reason="only root can mount a small disk")
def test_a_disk_that_is_really_full(lone_postgres: Server) -> None:
    small = lone_postgres.folder / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=32m", "none", str(small)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:  # noqa: S603
        pytest.skip("this machine forbids mounts")
    try:
        shutil.chown(small, "postgres", "postgres")
        lone_postgres.execute(sql.SQL("CREATE TABLESPACE small LOCATION {}").format(str(small)))
        store = PostgisStore(lone_postgres.url(lone_postgres.database(template="with_postgis")))
        store.migrate()
        with psycopg.connect(
            store.database.url.set(drivername="postgresql").render_as_string(), autocommit=True
        ) as link:
            for table in DUO:
                link.execute(sql.SQL("ALTER TABLE geo.{} SET TABLESPACE small").format(sql.Identifier(table)))
        publish(store, duo(0))
        wide = {name: table.assign(name="x" * 200).loc[table.index.repeat(60_000)] for name, table in duo(1).items()}
        with pytest.raises(StoreError, match="le disque est plein") as caught:
            publish(store, wide)
        assert "rien de ce qui était publié n'est perdu" in caught.value.way_out
        assert numbers(store.read_together(DUO)) == {"version 0"}
        assert store.verify() == []
        store.close()
    finally:
        lone_postgres.stop()
        subprocess.run(["umount", "-l", str(small)], check=False)  # noqa: S603, S607
        lone_postgres.start()
