"""The runner with real processes: killed, cancelled, too slow, wrong; nothing is lost and the next one takes over."""

import logging
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from geo_integration.disclosure import Viewer
from geo_integration.ledger.tables import TASKS
from geo_integration.ledger.tasks import Status
from geo_integration.work import child, processes
from geo_integration.work.child import Failed, Job
from geo_integration.work.outputs import Produced
from geo_integration.work.progress import Told
from tests.work.conftest import DAY, GAPS, SETTINGS, WAIT_SECONDS, Start, Workshop, now

LONG = {"territory": "R32", "outputs": ["gpkg", "xlsx"]}
"""A question that is under way long enough to be interrupted."""


def child_of(task_id: str) -> int:
    """Return the process that computes a task for a runner of this process."""
    found = [one for one in multiprocessing.active_children() if one.name == f"task-{task_id}"]
    assert len(found) == 1
    assert found[0].pid is not None
    return found[0].pid


def gone(pid: int) -> bool:
    """Say whether a process is no more, or is only waited for."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


def wait_for(pid: int) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while not gone(pid):
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_task_is_computed(workshop: Workshop, start: Start) -> None:
    task = workshop.ask("gaps", GAPS, Viewer.PUBLIC)
    start()
    done = workshop.finished(task)
    assert (done.status, done.progress, done.message, done.attempts) == (Status.SUCCESSFUL, 100, "Terminé", 1)
    assert [name for name, _, _ in workshop.ledger.tasks.outputs(task.id)] == ["result"]


def test_a_computation_killed_is_done_again(workshop: Workshop, start: Start) -> None:
    task = workshop.ask("gaps", LONG)
    start()
    workshop.running(task)
    os.kill(child_of(task.id), signal.SIGKILL)
    workshop.until(task, lambda found: found.attempts == 2)
    assert workshop.finished(task).status is Status.SUCCESSFUL


def test_cancelling_stops_the_computation(workshop: Workshop, start: Start) -> None:
    task = workshop.ask("gaps", LONG)
    after = workshop.ask("fit", GAPS)
    start()
    workshop.running(task)
    pid = child_of(task.id)
    workshop.ledger.tasks.dismiss(task.id, now=task.created_at)
    wait_for(pid)
    assert workshop.finished(after).status is Status.SUCCESSFUL
    assert workshop.ledger.tasks.get(task.id).status is Status.DISMISSED
    assert workshop.ledger.tasks.outputs(task.id) == []


def test_the_time_limit_is_told(workshop: Workshop, start: Start) -> None:
    task = workshop.ask("gaps", LONG)
    start(SETTINGS.model_copy(update={"job_seconds": 0.01}))
    failed = workshop.finished(task)
    assert failed.status is Status.FAILED
    assert failed.problem is not None
    assert failed.problem["title"] == "Calcul trop long"
    assert failed.problem["way_out"]


def test_a_domain_error_is_told_in_full(workshop: Workshop, start: Start) -> None:
    inputs = {**GAPS, "mode": "foot", "network": "absent"}
    task = workshop.ask("gaps", inputs)
    start()
    problem = workshop.finished(task).problem
    assert problem is not None
    assert problem["title"] == "Réseau indisponible"
    assert "absent" in problem["detail"]
    assert problem["where"] == "network"
    assert problem["way_out"]


def test_an_unexpected_error_is_told_without_a_trace(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    def broken(*_: object) -> list[Produced]:
        raise KeyError("12 personnes à Lens")

    wrong = {**processes.PROCESSES, "gaps": replace(processes.PROCESSES["gaps"], run=broken)}
    monkeypatch.setattr(processes, "PROCESSES", wrong)
    job = Job("t1", "gaps", GAPS, Viewer.PUBLIC, str(workshop.folder), workshop.location, SETTINGS, DAY, tmp_path)
    with caplog.at_level(logging.ERROR):
        said = child.do(job, Told(lambda *_: None))
    assert isinstance(said, Failed)
    assert said.problem["title"] == "Erreur interne"
    assert "Lens" not in str(said)
    assert "KeyError" in caplog.text
    assert "test_runner.py" in caplog.text
    assert "Lens" not in caplog.text


def test_a_runner_that_stops_gives_its_task_back(workshop: Workshop) -> None:
    task = workshop.ask("gaps", LONG)
    runner = subprocess_of(workshop)
    try:
        workshop.running(task)
        runner.send_signal(signal.SIGTERM)
        assert runner.wait(timeout=WAIT_SECONDS) == 0
    finally:
        runner.kill()
        runner.wait()
    found = workshop.ledger.tasks.get(task.id)
    assert (found.status, found.attempts) == (Status.ACCEPTED, 0)


def subprocess_of(workshop: Workshop) -> "subprocess.Popen[bytes]":
    """Start the command of the runner."""
    settings = {
        "GEO_INTEGRATION_STORE": str(workshop.folder),
        "GEO_INTEGRATION_LEDGER": workshop.location,
        "GEO_INTEGRATION_AS_OF": DAY.isoformat(),
    }
    return subprocess.Popen([sys.executable, "-m", "geo_integration.work.runner"], env={**os.environ, **settings})


def descendants(pid: int) -> list[int]:
    """Return the processes a process started, and theirs."""
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for one in path.read_text(encoding="ascii").split():
            found += [int(one), *descendants(int(one))]
    return found


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="processes are looked at in /proc")
def test_a_runner_killed_leaves_nothing_behind_and_another_takes_over(workshop: Workshop, start: Start) -> None:
    task = workshop.ask("gaps", LONG)
    runner = subprocess_of(workshop)
    try:
        first = workshop.running(task)
        orphans = descendants(runner.pid)
        assert orphans
    finally:
        runner.kill()
        runner.wait()
    for pid in orphans:
        wait_for(pid)
    assert workshop.ledger.tasks.get(task.id).status is Status.RUNNING
    with workshop.ledger.engine.begin() as connection:  # as if its lease were over
        connection.execute(sa.update(TASKS).values(lease_until=now()))
    start()
    taken = workshop.until(task, lambda found: found.runner not in {first.runner, None})
    assert taken.attempts == 2
    assert workshop.finished(task).status is Status.SUCCESSFUL
