"""One computation, in a process of its own: what the runner can stop at any instant without losing anything."""

import logging
import os
import signal
import sys
import threading
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from multiprocessing import connection, parent_process
from pathlib import Path
from typing import Any

from geo_integration.disclosure import Viewer
from geo_integration.errors import GeoIntegrationError
from geo_integration.logs import set_up
from geo_integration.settings import ServiceSettings
from geo_integration.store import open_store
from geo_integration.work.context import Context
from geo_integration.work.problems import DISK_FULL, TOO_BIG, UNEXPECTED, is_disk_full, problem_of
from geo_integration.work.processes import find
from geo_integration.work.progress import Told

LOG = logging.getLogger("geo_integration.work")


@dataclass(frozen=True)
class Job:
    """What a child is told to do."""

    task_id: str
    process: str
    inputs: Mapping[str, Any]
    viewer: Viewer
    store: str
    ledger: str
    settings: ServiceSettings
    today: date
    folder: Path


@dataclass(frozen=True)
class Progressed:
    """How far it is."""

    percent: int
    message: str


@dataclass(frozen=True)
class Done:
    """Its outputs: name, media type and file of each."""

    outputs: tuple[tuple[str, str, Path], ...]


@dataclass(frozen=True)
class Failed:
    """What went wrong, as the task tells it."""

    problem: Mapping[str, Any]


type Said = Progressed | Done | Failed


def main(sender: "connection.Connection[Said, Any]", job: Job) -> None:
    """Do one job and say how it goes; the last thing said is :class:`Done` or :class:`Failed`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the runner decides, not the keyboard
    set_up()
    _die_with_parent()
    sender.send(do(job, Told(lambda percent, message: sender.send(Progressed(percent, message)))))
    sender.close()


def do(job: Job, progress: Told) -> Done | Failed:
    """Run the process of a job; every error becomes what is told of it."""
    try:
        process = find(job.process)
        context = Context(
            store=open_store(job.store),
            ledger=job.ledger,
            viewer=job.viewer,
            settings=job.settings,
            today=job.today,
            clock=lambda: datetime.now(tz=UTC),
            progress=progress,
            folder=job.folder,
            task_id=job.task_id,
        )
        produced = process.run(context, process.read(job.inputs))
    except GeoIntegrationError as error:
        return Failed(problem_of(error))
    except MemoryError:
        return Failed(TOO_BIG)
    except Exception as error:  # noqa: BLE001 -- whatever it is, the service lives and the client is told
        if is_disk_full(error):
            return Failed(DISK_FULL)
        LOG.error(  # noqa: TRY400 -- the message of an error may quote figures about people: only where it was is kept
            "unexpected %s in %s, task %s: %s",
            type(error).__name__,
            job.process,
            job.task_id,
            " < ".join(
                f"{Path(at.filename).name}:{at.lineno}" for at in reversed(traceback.extract_tb(error.__traceback__))
            ),
        )
        return Failed(UNEXPECTED)
    return Done(tuple((one.name, one.media_type, one.path) for one in produced))


def _die_with_parent() -> None:
    """End this process when the runner does, however it ends: nobody would take its answer."""
    parent = parent_process()
    if parent is None:
        return

    def watch() -> None:
        connection.wait([parent.sentinel])
        sys.stderr.flush()
        os._exit(1)

    threading.Thread(target=watch, name="parent", daemon=True).start()
