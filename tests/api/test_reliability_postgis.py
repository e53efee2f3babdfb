"""Two web processes on PostGIS: publications seen whole by readers, and a database that goes and comes back."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import httpx
import pandas as pd
import pytest

from geo_integration.jobs import demo
from geo_integration.store import FolderStore, Store, copy_store, open_store
from tests.api.conftest import LiveServer, start_server
from tests.api.reliability_support import PROBLEM, family, gone, log_lines, told, until, words_of
from tests.postgres import Server, lone_postgres  # noqa: F401 -- a fixture

pytestmark = [pytest.mark.slow, pytest.mark.postgres]

SCHOOLS = "/ogc/collections/schools/items?limit=1000"
STORED = "/api/v1/layers"
"""Asks the database each time."""
_START = datetime(2026, 10, 2, tzinfo=UTC)


@dataclass
class Asked:
    """Answers to somebody who asks all the time."""

    url: str
    answers: list[httpx.Response] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        while not self._stop.is_set():
            self.answers.append(httpx.get(self.url, timeout=60))  # on a new line each time: any process may answer

    def __enter__(self) -> Self:
        """Begin."""
        self._thread = threading.Thread(target=self.run)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._stop.set()
        self._thread.join()


@dataclass
class Pair:
    """A service of two processes, its store, and the server of the store."""

    server: LiveServer
    store: Store
    postgres: Server
    schools: pd.DataFrame

    @property
    def workers(self) -> list[int]:
        children = family(self.server.process.pid)[self.server.process.pid]
        return [pid for pid in children if "spawn_main" in words_of(pid)]

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"{self.server.url}{path}", timeout=10)

    def publish(self, number: int) -> str:
        """Publish the schools, all with the same name, and so many of them."""
        table = self.schools.head(20 + number)
        info = self.store.publish(
            {"schools": table.assign(name=f"école {number}")},
            meta={"number": number},
            report=None,
            now=_START + timedelta(minutes=number),
        )
        return info.id


@pytest.fixture(scope="module")
def pair(
    lone_postgres: Server,  # noqa: F811
    demo_store_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Pair]:
    url = lone_postgres.url(lone_postgres.database(template="with_postgis"))
    store = open_store(url)
    copy_store(FolderStore(demo_store_folder), store)
    server = start_server(
        url,
        tmp_path_factory.mktemp("pair") / "log",
        "--workers",
        "2",
        "--no-jobs",
        "--as-of",
        demo.as_of().isoformat(),
        GEO_INTEGRATION_PUBLIC_REQUESTS_PER_MINUTE="0",
        GEO_INTEGRATION_REFRESH_SECONDS="0.3",
    )
    try:
        server.wait_ready()
        found = Pair(server, store, lone_postgres, store.read("schools"))
        each(found, lambda: found.get("/ready").status_code == httpx.codes.OK)
        yield found
    finally:
        server.stop()


def each(pair: Pair, good: Callable[[], object]) -> None:
    """Wait until each of the processes is as wanted: while one is held, only the other answers."""

    def alone(held: int) -> bool:
        os.kill(held, signal.SIGSTOP)  # for a moment only: a process that is silent for long is replaced
        try:
            return bool(good())
        except httpx.TimeoutException:
            return False
        finally:
            os.kill(held, signal.SIGCONT)
            time.sleep(0.2)

    assert len(pair.workers) == 2
    for held in pair.workers:
        until(lambda held=held: alone(held))  # type: ignore[misc]


def seen(answer: httpx.Response) -> tuple[int, set[str]]:
    features = answer.json()["features"]
    return len(features), {one["properties"]["name"] for one in features}


def test_readers_never_see_half_a_publication(pair: Pair) -> None:
    pair.publish(0)
    each(pair, lambda: seen(pair.get(SCHOOLS)) == (20, {"école 0"}))
    with Asked(f"{pair.server.url}{SCHOOLS}") as reader:
        for number in range(1, 6):
            pair.publish(number)
            time.sleep(0.5)
        each(pair, lambda: seen(pair.get(SCHOOLS)) == (25, {"école 5"}))
    assert {answer.status_code for answer in reader.answers} == {200}
    whole = {(20 + number, f"école {number}") for number in range(6)}
    found = [seen(answer) for answer in reader.answers]
    assert all(len(names) == 1 for _, names in found)
    assert {(count, *names) for count, names in found} <= whole
    assert len({count for count, _ in found}) > 1  # it was really asked meanwhile
    assert pair.store.verify() == []


def test_the_database_goes_and_comes_back(pair: Pair) -> None:
    before = [sorted(pair.workers)]
    with Asked(f"{pair.server.url}{SCHOOLS}") as memory, Asked(f"{pair.server.url}{STORED}") as stored:
        until(lambda: memory.answers and stored.answers)
        pair.postgres.stop(kill=True)
        try:
            answer = until(lambda: (one := pair.get(STORED)).status_code != httpx.codes.OK and one)
            told(answer, 503)
            assert int(answer.headers["retry-after"]) > 0
            told_unready(pair.server)
            each(pair, lambda: pair.get("/ready").status_code == httpx.codes.SERVICE_UNAVAILABLE)
            assert pair.get("/health").status_code == httpx.codes.OK
            assert pair.get("/metrics").status_code == httpx.codes.OK
            answer = pair.get("/api/v1/offers?lon=2.777&lat=50.291&minutes=45")
            assert answer.status_code == httpx.codes.OK, answer.text  # what was loaded before
            signing = httpx.post(
                f"{pair.server.url}/api/v1/tokens", json={"username": "ada", "password": "une phrase"}, timeout=60
            )
            told(signing, 503)
            assert signing.headers["retry-after"]
        finally:
            pair.postgres.start()
        each(pair, lambda: pair.get(STORED).status_code == httpx.codes.OK)
        each(pair, lambda: pair.get("/ready").status_code == httpx.codes.OK)
    assert {one.status_code for one in memory.answers} == {200}
    assert {one.status_code for one in stored.answers} == {200, 503}
    for one in stored.answers:
        if one.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            assert one.headers["content-type"] == PROBLEM
            assert one.headers["retry-after"]
    assert [sorted(pair.workers)] == before  # nobody was started again
    pair.publish(7)
    each(pair, lambda: seen(pair.get(SCHOOLS)) == (27, {"école 7"}))


def told_unready(server: LiveServer) -> None:
    answer = server.get("/ready")
    assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert answer.headers["content-type"] == PROBLEM


def test_killed_above_the_processes_below_end_too(pair: Pair) -> None:
    below = set(family(pair.server.process.pid)) - {pair.server.process.pid}
    assert len(below) >= 2
    os.kill(pair.server.process.pid, signal.SIGKILL)
    pair.server.process.wait()
    until(lambda: all(gone(pid) for pid in below))
    lines = log_lines(pair.server)
    assert all({"at", "level", "logger", "message"} <= line.keys() for line in lines)
    text = pair.server.log.read_text()
    assert [word for word in ("2.777", "50.291", "une phrase", "limit=", "Traceback", "école") if word in text] == []
