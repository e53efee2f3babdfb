"""``geo-integration serve``: what it serves where there is nothing, and a real process that starts, works and stops."""

import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from api.serve import RunnerKeeper, check_free
from geo_integration import cli_service
from geo_integration.errors import OptionError
from geo_integration.jobs import demo
from geo_integration.store import FolderStore
from tests.api.conftest import LiveServer, free_port, start_server
from tests.api.reliability_support import without_results


@pytest.fixture
def quick_demo(monkeypatch: pytest.MonkeyPatch, demo_store_folder: Path) -> None:
    """Load the demonstration by copying it: loading it is tested elsewhere."""

    def load(store: FolderStore) -> list[str]:
        shutil.copytree(demo_store_folder, store.location, dirs_exist_ok=True)
        return []

    monkeypatch.setattr(cli_service, "_load", load)


@pytest.mark.usefixtures("quick_demo")
def test_an_empty_store_that_was_named_takes_the_demonstration(tmp_path: Path) -> None:
    chosen = cli_service.choose(str(tmp_path / "a"), own=False, as_of="", demo=True)
    assert chosen.location == str(tmp_path / "a")
    assert chosen.as_of == demo.as_of().isoformat()
    assert "DONNÉES FICTIVES" in chosen.notes[0]


@pytest.mark.usefixtures("quick_demo")
def test_the_empty_store_of_a_user_is_left_alone(tmp_path: Path) -> None:
    for _ in range(2):  # the second time it is there already
        chosen = cli_service.choose(str(tmp_path / "a"), own=True, as_of="", demo=True)
        assert chosen.location == str(tmp_path / "a-demo")
        assert chosen.as_of == demo.as_of().isoformat()
        assert "DONNÉES FICTIVES" in chosen.notes[0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a-demo"]


def test_a_demonstration_half_loaded_is_not_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(store: FolderStore) -> list[str]:
        Path(store.location).mkdir()
        (Path(store.location) / "half").touch()
        raise OptionError("disque plein")

    monkeypatch.setattr(cli_service, "_load", broken)
    with pytest.raises(OptionError):
        cli_service.choose(str(tmp_path / "a"), own=True, as_of="", demo=True)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_loaded_where_it_is_not_wanted(tmp_path: Path) -> None:
    chosen = cli_service.choose(str(tmp_path / "a"), own=False, as_of="", demo=False)
    assert (chosen.as_of, chosen.notes) == ("", ())
    assert not (tmp_path / "a").exists()


def test_a_day_that_was_asked_for_is_kept(demo_store_folder: Path) -> None:
    chosen = cli_service.choose(str(demo_store_folder), own=False, as_of="2026-11-02", demo=True)
    assert (chosen.as_of, chosen.notes) == ("2026-11-02", ())


def test_the_demonstration_is_known_by_its_sources(demo_store_folder: Path, tmp_path: Path) -> None:
    assert cli_service.is_demo(FolderStore(demo_store_folder))
    assert not cli_service.is_demo(FolderStore(tmp_path))


def test_a_port_that_is_taken_is_said_at_once() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OptionError, match=f"port {port}"):
            check_free("127.0.0.1", port)
    check_free("127.0.0.1", free_port())
    with pytest.raises(OptionError):
        check_free("192.0.2.1", free_port())


def until(true: Callable[[], object], seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.05)
    return False


SLEEPER = (sys.executable, "-c", "import time; time.sleep(600)")
_IGNORE = "import pathlib, signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
STUBBORN = (sys.executable, "-c", f"{_IGNORE}; pathlib.Path(sys.argv[1]).touch(); time.sleep(600)")


def test_a_runner_that_dies_is_started_again() -> None:
    keeper = RunnerKeeper(SLEEPER, graceful_seconds=5, pause=0.05)
    keeper.start()
    try:
        assert until(lambda: keeper.pid)
        first = keeper.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        assert until(lambda: keeper.pid not in {None, first})
    finally:
        keeper.stop()
    assert keeper.pid is None


def test_a_runner_that_does_not_end_is_killed(tmp_path: Path) -> None:
    keeper = RunnerKeeper((*STUBBORN, str(tmp_path / "up")), graceful_seconds=0.5)
    keeper.start()
    assert until((tmp_path / "up").exists)
    keeper.stop()
    assert keeper.pid is None


def test_a_keeper_not_started_stops() -> None:
    RunnerKeeper(SLEEPER, graceful_seconds=1).stop()


def ask_slowly(server: LiveServer) -> socket.socket:
    """Begin a request whose body is still to come."""
    host, port = server.url.removeprefix("http://").split(":")
    line = socket.create_connection((host, int(port)), timeout=60)
    line.sendall(
        b"POST /api/v1/tokens HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{"
    )
    return line


def read_all(line: socket.socket) -> bytes:
    parts = []
    while part := line.recv(65536):
        parts.append(part)
    return b"".join(parts)


def test_a_stop_lets_the_request_under_way_end(demo_copy: Path, tmp_path: Path) -> None:
    server = start_server(demo_copy, tmp_path / "log", "--no-jobs", "--as-of", demo.as_of().isoformat())
    try:
        server.wait_ready()
        line = ask_slowly(server)
        time.sleep(0.5)
        server.process.send_signal(signal.SIGTERM)
        assert until(lambda: "Shutting down" in server.log.read_text())
        assert server.process.poll() is None
        line.sendall(b" " * 9)
        answer = read_all(line)
        assert b" 400 " in answer.splitlines()[0]
        assert b"application/problem+json" in answer
        assert server.stop() == 0
    finally:
        server.stop()


@pytest.fixture(scope="module")
def two_workers(demo_store_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    folder = tmp_path_factory.mktemp("two")
    store = Path(shutil.copytree(demo_store_folder, folder / "store"))
    without_results(store)
    day = demo.as_of().isoformat()
    server = start_server(store, folder / "log", "--workers", "2", "--as-of", day,
                          GEO_INTEGRATION_PUBLIC_REQUESTS_PER_MINUTE="0")  # fmt: skip
    try:
        server.wait_ready()
        yield server
    finally:
        server.stop()


@pytest.mark.slow
def test_two_workers_answer_and_their_counts_are_one(two_workers: LiveServer) -> None:
    for _ in range(20):
        assert two_workers.get("/health").status_code == 200
    lines = two_workers.get("/metrics").text.splitlines()
    (line,) = [one for one in lines if one.startswith("geo_requests_total") and 'route="/health"' in one]
    assert float(line.split()[-1]) == 20


@pytest.mark.slow
def test_a_worker_that_dies_is_replaced_and_the_runner_too(two_workers: LiveServer) -> None:
    children = descendants(two_workers.process.pid)
    workers = [pid for pid, words in children.items() if "spawn_main" in words]
    runners = [pid for pid, words in children.items() if "geo_integration.work.runner" in words]
    assert len(workers) == 2
    assert len(runners) == 1
    os.kill(workers[0], signal.SIGKILL)
    os.kill(runners[0], signal.SIGKILL)

    def whole() -> bool:
        now = descendants(two_workers.process.pid)
        return (
            sum("spawn_main" in words for words in now.values()) == 2
            and sum("geo_integration.work.runner" in words for words in now.values()) == 1
            and not {workers[0], runners[0]} & set(now)
        )

    assert until(whole)
    two_workers.wait_ready()


@pytest.mark.slow
def test_a_stop_leaves_no_process(two_workers: LiveServer) -> None:
    children = descendants(two_workers.process.pid)
    assert two_workers.stop() == 0
    assert until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children))


def descendants(parent: int) -> dict[int, str]:
    """Return the children of a process, and what each was started with."""
    found = {}
    for task in Path(f"/proc/{parent}/task").iterdir():
        for child in (task / "children").read_text().split():
            words = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            if "resource_tracker" not in words:
                found[int(child)] = words
    return found
