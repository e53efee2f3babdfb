"""Readers and writers at the same time: no reader fails or sees half a publication, no writer is lost."""

import threading
from typing import Any
from unittest import mock

import pytest
from store_children import CONTEXT, publish_many
from store_samples import DUO, META, duo, later, numbers, publish

from geo_integration.errors import StoreError
from geo_integration.schema import Layer
from geo_integration.store import FolderStore, Store, disk
from geo_integration.store.postgis import PostgisStore

pytestmark = pytest.mark.usefixtures("fork_server")


def test_readers_never_meet_half_a_publication(store: Store) -> None:
    publish(store, duo(0))
    stop, failures = threading.Event(), []
    reading = threading.Barrier(4)

    def read_once() -> None:
        try:
            assert len(numbers(store.read_together(DUO))) == 1
            assert store.info("schools").id in {entry.snapshot for entry in store.history("ctai")}
        except Exception as error:  # noqa: BLE001 -- whatever a reader can meet
            failures.append(error)

    def read() -> None:
        read_once()
        reading.wait(timeout=60)
        while not stop.is_set():
            read_once()

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    reading.wait(timeout=60)  # nothing is written before every reader reads: how much they read is the machine's affair
    writer = CONTEXT.Process(target=publish_many, args=(store.location, range(1, 13)))
    writer.start()
    writer.join()
    stop.set()
    for reader in readers:
        reader.join()
    assert failures == []
    assert writer.exitcode == 0


def test_two_publishers_lose_nothing(store: Store) -> None:
    writers = [CONTEXT.Process(target=publish_many, args=(store.location, range(n, n + 6))) for n in (100, 200)]
    for writer in writers:
        writer.start()
    with mock.patch.object(Layer, "validate"):
        threads = [threading.Thread(target=publish_many, args=(store.location, range(n, n + 3))) for n in (300, 400)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    history = store.history("schools")
    seen = {next(iter(numbers(_together(store, entry.snapshot)))) for entry in history}
    wanted = (*range(100, 106), *range(200, 206), *range(300, 303), *range(400, 403))
    assert seen == {f"version {number}" for number in wanted}
    assert len(history) == len(wanted)
    assert store.verify() == []


def _together(store: Store, snapshot: str) -> dict[str, Any]:
    """Return both layers of one snapshot."""
    return {layer: store.read(layer, snapshot) for layer in DUO}


def test_a_writer_that_never_ends_is_named(folder: FolderStore) -> None:
    hasty = FolderStore(folder.root, lock_timeout_seconds=0.2)
    with disk.writing(folder.root, timeout_seconds=1), pytest.raises(StoreError, match="un autre programme y écrit"):
        _publish_in_a_thread(hasty)


def test_the_same_in_postgis_while_readers_read_on(postgis: PostgisStore) -> None:
    publish(postgis, duo(0))
    hasty = PostgisStore(postgis.location, lock_timeout_seconds=0.2)
    with postgis.database.writing():
        with pytest.raises(StoreError, match=r"un autre programme y écrit depuis plus de 0\.2 secondes"):
            _publish_in_a_thread(hasty)
        assert numbers(hasty.read_together(DUO)) == {"version 0"}
    _publish_in_a_thread(hasty)
    assert numbers(postgis.read_together(DUO)) == {"version 1"}
    hasty.close()


def _publish_in_a_thread(store: Store) -> None:
    """Publish in another thread, as another program would, and raise here what it raised there."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            store.publish(duo(1), meta=META, report=None, now=later(0))
        except StoreError as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if raised:
        raise raised[0]
