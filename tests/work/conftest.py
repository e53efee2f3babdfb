"""A small store to write in, a ledger beside it, and a runner."""

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from geo_integration.disclosure import Viewer
from geo_integration.jobs import demo
from geo_integration.jobs.imports import Format, ImportOptions, import_file
from geo_integration.ledger import Ledger, ledger_location, open_ledger
from geo_integration.ledger.tasks import Task
from geo_integration.settings import ServiceSettings, settings
from geo_integration.store import FolderStore
from geo_integration.work.processes import prepare
from geo_integration.work.runner import run

DAY = demo.as_of()
SETTINGS = ServiceSettings(as_of=DAY.isoformat(), job_seconds=400)
DIAN = settings().data / "demo" / "dian_demo.csv"
BPI = settings().data / "demo" / "bpi_demo.csv"
SCHOOLS = settings().data / "demo" / "schools_demo.csv"
GAPS = {"territory": "62041", "minutes": 30}
"""A small question; loading the layers takes most of its time."""

WAIT_SECONDS = 300.0
"""How long a test waits for what must happen: a limit, not a measure."""


@dataclass
class Workshop:
    """A store, its ledger, and ways to ask for work and wait for it."""

    folder: Path
    location: str
    ledger: Ledger
    settings: ServiceSettings = SETTINGS

    @property
    def store(self) -> FolderStore:
        return FolderStore(self.folder)

    def ask(self, process: str, inputs: dict[str, Any], viewer: Viewer = Viewer.ADMINISTRATOR) -> Task:
        told = prepare(process, inputs, viewer=viewer, today=DAY)
        return self.ledger.tasks.submit(process, told, viewer=viewer, owner="ada", client="", now=now())

    def until(self, task: Task, good: Callable[[Task], bool]) -> Task:
        """Wait until a task is as wanted, or done otherwise."""
        end = time.monotonic() + WAIT_SECONDS
        while True:
            found = self.ledger.tasks.get(task.id)
            if good(found):
                return found
            assert not found.done, found
            assert time.monotonic() < end, found
            time.sleep(0.05)

    def finished(self, task: Task) -> Task:
        return self.until(task, lambda found: found.done)

    def running(self, task: Task) -> Task:
        """Wait until the computation itself has said something."""
        return self.until(task, lambda found: found.message not in {"En attente", "Commencé", "Sera recommencé"})


def now() -> datetime:
    return datetime.now(tz=UTC)


def few_rows() -> bytes:
    """Return the first courses of the demonstration's list."""
    return b"".join(DIAN.read_bytes().splitlines(keepends=True)[:13])


@pytest.fixture(scope="session")
def small_store_folder(shared_once: Callable[[str, Callable[[Path], None]], Path]) -> Path:
    """Return the folder of a store with a dozen courses, the schools and the counts: for reading only."""

    def fill(folder: Path) -> None:
        folder.mkdir()
        path = folder.with_name("dian_demo.csv")
        path.write_bytes(few_rows())
        for one, file in ((Format.SCHOOLS, SCHOOLS), (Format.DIAN, path), (Format.BPI, BPI)):
            covers = ("02",) if one is Format.BPI else ()
            options = ImportOptions(name=f"{one.value}-demo", synthetic=True, covers=covers)
            import_file(FolderStore(folder), one, file, options=options, now=now())

    return shared_once("small-store", fill)


def _workshop(source: Path, folder: Path) -> Iterator[Workshop]:
    shutil.copytree(source, folder)
    location = ledger_location(str(folder), SETTINGS)
    ledger = open_ledger(location)
    yield Workshop(folder, location, ledger)
    ledger.close()


@pytest.fixture
def workshop(tmp_path: Path, small_store_folder: Path) -> Iterator[Workshop]:
    yield from _workshop(small_store_folder, tmp_path / "store")


type Start = Callable[..., None]


@pytest.fixture
def start(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Start a runner in this process (its computations are processes of their own); stopped at the end."""
    monkeypatch.setattr("geo_integration.work.upkeep.Upkeep.tick", lambda *_: None)  # tested on its own
    stop, threads = Event(), list[Thread]()

    def begin(settings: ServiceSettings = SETTINGS) -> None:
        known = {"settings": settings, "stop": stop}
        thread = Thread(target=run, args=(str(workshop.folder), workshop.location), kwargs=known)
        thread.start()
        threads.append(thread)

    yield begin
    stop.set()
    for thread in threads:
        thread.join()
