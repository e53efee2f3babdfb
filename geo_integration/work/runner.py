"""The runner: takes tasks one by one and has each computed in a process of its own.

Nothing is lost when it is killed: a task is somebody's only as long as its lease is renewed, outputs are kept in one
transaction with the success, and what is published is published whole. Its command is
``python -m geo_integration.work.runner``; any number may run, on any number of machines sharing the ledger.
"""

import contextlib
import logging
import multiprocessing
import os
import secrets
import signal
import socket
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing import connection
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, cast

from pydantic import SecretStr

from geo_integration.errors import LedgerError, StoreError
from geo_integration.ledger import Ledger, ledger_location, open_ledger
from geo_integration.ledger.tasks import LEASE_SECONDS, UNSTOPPABLE, Output, Task
from geo_integration.logs import set_up
from geo_integration.settings import ServiceSettings, service_settings, settings
from geo_integration.store import open_store
from geo_integration.work import child
from geo_integration.work.child import Done, Failed, Job, Progressed
from geo_integration.work.problems import TOO_BIG, too_long
from geo_integration.work.upkeep import Upkeep, today_of

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext, ForkServerProcess, SpawnContext, SpawnProcess

LOG = logging.getLogger("geo_integration.work")

PARENT = "--parent"
"""Argument of the command, before the number of the process that starts it: stop when that one is gone."""

_BEAT_SECONDS = 1.0
"""How often a task is kept, and its cancelling looked for."""

_IDLE_SECONDS = 0.5
_TROUBLE_SECONDS = 5.0
_LARGEST_OUTPUT = 500_000_000
"""Bytes of one output: as much as both databases keep in one value, with room to spare."""


@dataclass(frozen=True)
class Died:
    """The child ended without a word: killed, out of memory, or crashed in a library."""

    exit_code: int | None


@dataclass(frozen=True)
class TooLong:
    """The time limit was reached."""


@dataclass(frozen=True)
class Lost:
    """The task is no longer this runner's: cancelled, or taken over."""


@dataclass(frozen=True)
class Stopped:
    """The runner is asked to stop."""


type Ending = Done | Failed | Died | TooLong | Lost | Stopped


def run(
    store_location: str,
    ledger_location: str,
    *,
    settings: ServiceSettings,
    stop: Event,
    lease_seconds: float = LEASE_SECONDS,
) -> None:
    """Do tasks until asked to stop; returns once the task under way is given back.

    Parameters
    ----------
    store_location, ledger_location : where they are; a database that does not answer is waited for.
    settings : limits, and the day if it is fixed.
    stop : asks to stop.
    lease_seconds : how long a task is kept without news of this runner.
    """
    ledger = _opened(ledger_location, settings, stop)
    if ledger is None:
        return
    try:
        Runner(store_location, ledger_location, ledger, settings, stop, lease_seconds).run()
    finally:
        ledger.close()


@dataclass
class _Child:
    """A computation under way, and the latest it said."""

    process: "ForkServerProcess | SpawnProcess"
    receiver: "connection.Connection[Any, Any]"
    told: Progressed = field(default_factory=lambda: Progressed(0, "Commencé"))

    def listen(self) -> Done | Failed | Died | None:
        """Wait a little for what it says; return its last word, or that it died without one."""
        connection.wait([self.receiver, self.process.sentinel], timeout=_IDLE_SECONDS)
        gone = self.process.exitcode  # asked before: what it said before it ended is in the pipe
        with contextlib.suppress(EOFError, OSError):  # it has nothing more to say, or died in the middle of a word
            while self.receiver.poll():
                said = self.receiver.recv()
                if not isinstance(said, Progressed):
                    return cast("Done | Failed", said)
                self.told = said
        return None if gone is None else Died(gone)

    def end(self) -> None:
        """Stop it, whatever it does, and leave nothing of it."""
        self.process.kill()
        self.process.join()
        self.process.close()
        self.receiver.close()


@dataclass
class Runner:
    """One runner; see :func:`run`."""

    store_location: str
    ledger_location: str
    ledger: Ledger
    settings: ServiceSettings
    stop: Event
    lease_seconds: float = LEASE_SECONDS
    name: str = field(default_factory=lambda: f"{socket.gethostname()[:80]}-{os.getpid()}-{secrets.token_hex(4)}")

    def __post_init__(self) -> None:
        """Have children forked from a process that has already loaded what they need, and runs no thread."""
        self._processes: ForkServerContext | SpawnContext = (
            multiprocessing.get_context("spawn")
            if sys.platform == "win32"
            else multiprocessing.get_context("forkserver")
        )
        self._processes.set_forkserver_preload(["geo_integration.work.child"])
        self._upkeep = Upkeep(open_store(self.store_location), self.ledger, self.settings)

    def run(self) -> None:
        """Do tasks until asked to stop."""
        LOG.info("runner %s started", self.name)
        while not self.stop.is_set():
            try:
                worked = self.step()
            except (LedgerError, StoreError) as error:
                LOG.warning("waiting: %s", error.title)
                self.stop.wait(_TROUBLE_SECONDS)
                continue
            if not worked:
                self.stop.wait(_IDLE_SECONDS)
        LOG.info("runner %s stopped", self.name)

    def step(self) -> bool:
        """Do what is due, then one task; say whether there was one."""
        now = _now()
        with contextlib.suppress(StoreError):  # tasks that need no store are done all the same
            self._upkeep.tick(now)
        task = self.ledger.tasks.claim(self.name, now=now, lease_seconds=self.lease_seconds)
        if task is None:
            return False
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="geo-task-", ignore_cleanup_errors=True) as folder:
            ending = self._compute(task, Path(folder))
            self._conclude(task, ending)
        LOG.info("%s %s: %s, %.1f s", task.process, task.id, type(ending).__name__, time.monotonic() - started)
        return True

    def _compute(self, task: Task, folder: Path) -> Ending:
        job = Job(
            task_id=task.id,
            process=task.process,
            inputs=task.inputs,
            viewer=task.viewer,
            store=self.store_location,
            ledger=self.ledger_location,
            settings=self.settings.model_copy(update={"secret": SecretStr("")}),
            today=today_of(self.settings, _now()),
            folder=folder,
        )
        receiver, sender = self._processes.Pipe(duplex=False)
        process = self._processes.Process(target=child.main, args=(sender, job), name=f"task-{task.id}")
        process.start()
        sender.close()
        running = _Child(process, receiver)
        try:
            return self._watch(task, running)
        finally:
            running.end()

    def _watch(self, task: Task, running: _Child) -> Ending:
        """Follow a child until it ends or must; keep its task meanwhile."""
        started = kept = time.monotonic()
        beat = stopping = 0.0
        while True:
            ending = running.listen()
            if ending is not None:
                return ending
            moment = time.monotonic()
            if self.stop.is_set():
                stopping = stopping or moment
                if task.process not in UNSTOPPABLE or moment - stopping > self.settings.graceful_seconds:
                    return Stopped()
            if moment - started > self.settings.job_seconds:
                return TooLong()
            if moment - beat >= min(_BEAT_SECONDS, self.lease_seconds / 3):
                beat = moment
                mine = self._keep(task, running.told)
                kept = time.monotonic() if mine else kept
                if mine is False or moment - kept > self.lease_seconds:
                    return Lost()

    def _keep(self, task: Task, told: Progressed) -> bool | None:
        """Renew the lease; None where the ledger does not answer."""
        try:
            return self.ledger.tasks.heartbeat(
                task.id, self.name, told.percent, told.message, now=_now(), lease_seconds=self.lease_seconds
            )
        except LedgerError as error:
            LOG.warning("task %s: %s", task.id, error.title)
            return None

    def _conclude(self, task: Task, ending: Ending) -> None:
        """Note how a task ended; tried again as long as it is ours, then left to whoever takes it over."""
        end = time.monotonic() + self.lease_seconds
        while True:
            try:
                return self._note(task, ending)
            except LedgerError as error:
                LOG.warning("task %s: %s", task.id, error.title)
                if time.monotonic() > end or self.stop.wait(1):
                    return None

    def _note(self, task: Task, ending: Ending) -> None:
        tasks, now, keep = self.ledger.tasks, _now(), self.settings.job_keep_seconds
        match ending:
            case Done(outputs):
                if any(path.stat().st_size > _LARGEST_OUTPUT for _, _, path in outputs):
                    tasks.fail(task.id, self.name, TOO_BIG, now=now, keep_seconds=keep)
                    return
                bodies = (Output(name, media_type, path.read_bytes()) for name, media_type, path in outputs)
                tasks.succeed(task.id, self.name, bodies, now=now, keep_seconds=keep)
            case Failed(problem):
                tasks.fail(task.id, self.name, problem, now=now, keep_seconds=keep)
            case TooLong():
                tasks.fail(task.id, self.name, too_long(self.settings.job_seconds), now=now, keep_seconds=keep)
            case Died(exit_code):
                LOG.warning("task %s: its process died (%s)", task.id, exit_code)
                tasks.give_back(task.id, self.name, now=now, died=True)
            case Stopped():
                tasks.give_back(task.id, self.name, now=now, died=False)
            case Lost():
                pass


def _opened(location: str, settings: ServiceSettings, stop: Event) -> Ledger | None:
    """Open the ledger, waiting for it; None where asked to stop first."""
    while not stop.is_set():
        try:
            return open_ledger(location, settings=settings)
        except LedgerError as error:
            LOG.warning("waiting: %s", error.title)
            stop.wait(_TROUBLE_SECONDS)
    return None


def _now() -> datetime:
    return datetime.now(tz=UTC)


def _stop_with(parent: int, stop: Event) -> None:
    """Ask to stop when the parent is gone, however it went: killed, it could not say so."""
    while os.getppid() == parent and not stop.wait(_BEAT_SECONDS):
        pass
    stop.set()


def main() -> None:
    """Run with the settings of the environment until SIGTERM or SIGINT; see also :data:`PARENT`."""
    set_up()
    stop = Event()
    if sys.argv[1:2] == [PARENT]:
        Thread(target=_stop_with, args=(int(sys.argv[2]), stop), name="parent", daemon=True).start()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    chosen, store = service_settings(), settings().store
    run(store, ledger_location(store, chosen), settings=chosen, stop=stop)


if __name__ == "__main__":
    main()
