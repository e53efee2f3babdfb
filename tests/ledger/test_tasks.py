"""The queue of tasks: who takes what, and what becomes of it, by hand and then by many processes at once."""

import multiprocessing
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from geo_integration.disclosure import Viewer
from geo_integration.errors import ConflictError, NotFoundError
from geo_integration.ledger import Ledger, open_ledger
from geo_integration.ledger.tasks import LEASE_SECONDS, MOST_ATTEMPTS, SERVICE, Output, Status, Task

NOON = datetime(2026, 10, 1, 12, 0, tzinfo=UTC)
PROBLEM = {"title": "Option refusée", "detail": "non", "where": "kind", "way_out": "oui"}


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def submit(ledger: Ledger, process: str = "gaps", *, owner: str = "", client: str = "192.0.2.1", at: float = 0) -> Task:
    inputs = {"territory": "62"}
    return ledger.tasks.submit(process, inputs, viewer=Viewer.PUBLIC, owner=owner, client=client, now=after(at))


def claim(ledger: Ledger, runner: str = "a", at: float = 0) -> Task | None:
    return ledger.tasks.claim(runner, now=after(at))


def claimed(ledger: Ledger, runner: str = "a", at: float = 0) -> Task:
    task = claim(ledger, runner, at)
    assert task is not None
    return task


def test_a_task_is_asked_for_claimed_followed_and_answered(ledger: Ledger) -> None:
    viewer = Viewer.contractor("AGIR 62", ["62", "59"])
    asked = ledger.tasks.submit("gaps", {"territory": "62"}, viewer=viewer, owner="ada", client="x", now=NOON)
    assert (asked.status, asked.progress, asked.viewer) == (Status.ACCEPTED, 0, viewer)
    assert ledger.tasks.get(asked.id) == asked
    with pytest.raises(ConflictError, match="en attente"):
        ledger.tasks.output(asked.id, "result")
    begun = claimed(ledger, at=1)
    assert (begun.id, begun.status, begun.started_at, begun.attempts) == (asked.id, Status.RUNNING, after(1), 1)
    assert claim(ledger, "b", at=1) is None
    assert ledger.tasks.heartbeat(asked.id, "a", 40, "Trajets : 2 sur 5", now=after(2))
    assert not ledger.tasks.heartbeat(asked.id, "b", 90, "intrus", now=after(2))
    told = ledger.tasks.get(asked.id)
    assert (told.progress, told.message) == (40, "Trajets : 2 sur 5")
    outputs = [Output("result", "application/geo+json", b"{}"), Output("csv", "application/zip", b"\x00\xff")]
    assert not ledger.tasks.succeed(asked.id, "b", outputs, now=after(3))
    assert ledger.tasks.outputs(asked.id) == []
    assert ledger.tasks.succeed(asked.id, "a", outputs, now=after(3), keep_seconds=10)
    done = ledger.tasks.get(asked.id)
    assert (done.status, done.progress, done.finished_at, done.expires_at) == (
        Status.SUCCESSFUL,
        100,
        after(3),
        after(13),
    )
    assert ledger.tasks.outputs(asked.id) == [("csv", "application/zip", 2), ("result", "application/geo+json", 2)]
    assert ledger.tasks.output(asked.id, "csv").body == b"\x00\xff"
    with pytest.raises(NotFoundError, match="pas de sortie"):
        ledger.tasks.output(asked.id, "xlsx")
    assert ledger.tasks.expire(after(12)) == 0
    assert ledger.tasks.expire(after(13)) == 1
    with pytest.raises(NotFoundError):
        ledger.tasks.get(asked.id)
    with pytest.raises(NotFoundError):
        ledger.tasks.output(asked.id, "csv")


def test_a_failure_keeps_its_problem_and_no_output(ledger: Ledger) -> None:
    task = submit(ledger)
    claimed(ledger)
    assert not ledger.tasks.fail(task.id, "b", PROBLEM, now=NOON)
    assert ledger.tasks.fail(task.id, "a", PROBLEM, now=after(1))
    assert (ledger.tasks.get(task.id).status, ledger.tasks.get(task.id).problem) == (Status.FAILED, PROBLEM)
    with pytest.raises(ConflictError, match="en échec"):
        ledger.tasks.output(task.id, "result")


def test_people_go_before_the_service_and_the_first_come_first(ledger: Ledger) -> None:
    own = submit(ledger, "publish-results", owner=SERVICE, client="", at=0)
    second, first = submit(ledger, at=2), submit(ledger, at=1)
    assert [claimed(ledger, at=3).id for _ in range(3)] == [first.id, second.id, own.id]


def test_somebody_waits_until_begun_and_the_service_is_nobody(ledger: Ledger) -> None:
    submit(ledger, "publish-results", owner=SERVICE, client="", at=0)
    assert not ledger.tasks.people_wait()
    submit(ledger, owner="", at=1)
    assert ledger.tasks.people_wait()
    claimed(ledger, at=2)
    assert not ledger.tasks.people_wait()
    submit(ledger, owner="ada", client="", at=3)
    assert ledger.tasks.people_wait()


def test_accounts_do_not_wait_for_anonymous_jobs(ledger: Ledger) -> None:
    crowd = [submit(ledger, client=f"192.0.2.{number}", at=number) for number in range(3)]
    mine = submit(ledger, "check-import", owner="ada", client="", at=9)
    assert [claimed(ledger, at=10).id for _ in range(2)] == [mine.id, crowd[0].id]


def test_a_silent_runner_loses_its_task_and_can_say_nothing_more_of_it(ledger: Ledger) -> None:
    task = submit(ledger)
    claimed(ledger, "a")
    assert claim(ledger, "b", at=LEASE_SECONDS - 1) is None
    assert ledger.tasks.heartbeat(task.id, "a", 1, "", now=after(LEASE_SECONDS - 1))
    assert claim(ledger, "b", at=LEASE_SECONDS + 1) is None
    late = 3 * LEASE_SECONDS
    taken = claimed(ledger, "b", at=late)
    assert (taken.id, taken.attempts, taken.started_at) == (task.id, 2, NOON)
    assert not ledger.tasks.heartbeat(task.id, "a", 99, "", now=after(late))
    assert not ledger.tasks.succeed(task.id, "a", [Output("result", "x", b"old")], now=after(late))
    assert not ledger.tasks.give_back(task.id, "a", now=after(late), died=True)
    assert ledger.tasks.succeed(task.id, "b", [Output("result", "x", b"new")], now=after(late))
    assert ledger.tasks.output(task.id, "result").body == b"new"


def test_what_dies_three_times_fails_saying_so(ledger: Ledger) -> None:
    silent, dying = submit(ledger, at=0), submit(ledger, at=1)
    for attempt in range(MOST_ATTEMPTS):
        assert claimed(ledger, f"r{attempt}", at=100 * attempt).id == silent.id
        assert claimed(ledger, f"d{attempt}", at=100 * attempt).id == dying.id
        assert ledger.tasks.give_back(dying.id, f"d{attempt}", now=after(100 * attempt), died=True)
    assert claim(ledger, "z", at=1000) is None
    for task in (silent, dying):
        found = ledger.tasks.get(task.id)
        assert (found.status, found.attempts) == (Status.FAILED, MOST_ATTEMPTS)
        assert found.problem is not None
        assert "brutalement" in found.problem["detail"]


def test_a_runner_that_stops_gives_back_without_counting(ledger: Ledger) -> None:
    task = submit(ledger)
    for attempt in range(MOST_ATTEMPTS + 2):
        claimed(ledger, f"r{attempt}")
        assert ledger.tasks.give_back(task.id, f"r{attempt}", now=NOON, died=False)
    assert (ledger.tasks.get(task.id).status, ledger.tasks.get(task.id).attempts) == (Status.ACCEPTED, 0)


def test_dismissing(ledger: Ledger) -> None:
    waiting, running = submit(ledger, at=0), submit(ledger, at=1)
    assert ledger.tasks.dismiss(waiting.id, now=NOON).status is Status.DISMISSED
    assert claimed(ledger).id == running.id
    assert not ledger.tasks.cancelled(running.id)
    assert ledger.tasks.dismiss(running.id, now=after(1)).cancel_requested
    assert ledger.tasks.cancelled(running.id)
    assert not ledger.tasks.heartbeat(running.id, "a", 50, "", now=after(1))
    assert not ledger.tasks.succeed(running.id, "a", [], now=after(1))
    done = submit(ledger)
    claimed(ledger)
    ledger.tasks.succeed(done.id, "a", [Output("result", "x", b"1")], now=after(1))
    ledger.tasks.dismiss(done.id, now=after(2))
    assert ledger.tasks.outputs(done.id) == []
    with pytest.raises(ConflictError, match="annulée"):
        ledger.tasks.output(done.id, "result")
    assert ledger.tasks.cancelled("nothing")
    with pytest.raises(NotFoundError):
        ledger.tasks.dismiss("nothing", now=NOON)


def test_a_publication_under_way_is_not_stopped_and_only_one_runs(ledger: Ledger) -> None:
    first, second = submit(ledger, "publish-import", at=0), submit(ledger, "publish-import", at=1)
    other = submit(ledger, at=2)
    assert claimed(ledger, "a").id == first.id
    assert claimed(ledger, "b").id == other.id
    assert claim(ledger, "c") is None
    with pytest.raises(ConflictError, match="publication"):
        ledger.tasks.dismiss(first.id, now=NOON)
    assert ledger.tasks.get(first.id).status is Status.RUNNING
    ledger.tasks.succeed(first.id, "a", [], now=NOON)
    assert claimed(ledger, "c").id == second.id


def test_clients_are_counted_while_they_wait_and_then_forgotten(ledger: Ledger) -> None:
    task = submit(ledger, client="203.0.113.7")
    submit(ledger, client="198.51.100.2", at=1)
    assert "203.0.113.7" not in repr(ledger.tasks.get(task.id))
    assert ledger.tasks.waiting("203.0.113.7") == 1
    claimed(ledger)
    assert ledger.tasks.waiting("203.0.113.7") == 1
    ledger.tasks.succeed(task.id, "a", [], now=NOON)
    assert (ledger.tasks.waiting("203.0.113.7"), ledger.tasks.get(task.id).client) == (0, "")
    assert ledger.tasks.counts()[Status.SUCCESSFUL] == 1
    assert ledger.tasks.counts()[Status.FAILED] == 0


def test_lists_are_by_owner_latest_first(ledger: Ledger) -> None:
    old, new = submit(ledger, owner="ada", at=0), submit(ledger, owner="ada", at=1)
    submit(ledger, owner="bob", at=2)
    assert [task.id for task in ledger.tasks.list("ada")] == [new.id, old.id]
    assert [task.id for task in ledger.tasks.list("ada", 1, offset=1)] == [old.id]
    assert len(ledger.tasks.list()) == 3
    assert ledger.tasks.list("nobody") == []


RUNNERS, TASKS = 4, 24


def _take_all(location: str, name: str, results: "multiprocessing.Queue[tuple[str, list[str], int]]") -> None:
    """Claim and finish until nothing is left; say what was taken and how many successes were accepted."""
    ledger = open_ledger(location)
    mine, accepted = [], 0
    while (task := ledger.tasks.claim(name, now=datetime.now(tz=UTC))) is not None:
        mine.append(task.id)
        ledger.tasks.heartbeat(task.id, name, 50, "…", now=datetime.now(tz=UTC))
        accepted += ledger.tasks.succeed(task.id, name, [Output("by", "text/plain", name.encode())], now=NOON)
    results.put((name, mine, accepted))
    ledger.close()


def test_many_processes_share_the_tasks_and_none_is_done_twice(ledger: Ledger, ledger_url: str) -> None:
    wanted = {submit(ledger, at=number).id for number in range(TASKS)}
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    children = [
        context.Process(target=_take_all, args=(ledger_url, f"r{number}", results)) for number in range(RUNNERS)
    ]
    for child in children:
        child.start()
    told = [results.get(timeout=120) for _ in children]
    for child in children:
        child.join()
    assert Counter(one for _, mine, _ in told for one in mine) == Counter(wanted)
    assert sum(accepted for _, _, accepted in told) == TASKS
    for name, mine, _ in told:
        assert all(ledger.tasks.output(one, "by").body.decode() == name for one in mine)


class Queue(RuleBasedStateMachine):
    """Two runners, any order of events, a clock that may jump past leases: a task is never done twice nor lost."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger = open_ledger("sqlite://")
        self.at = 0.0
        self.asked: set[str] = set()
        self.holds: dict[str, list[str]] = {"a": [], "b": []}
        self.done: Counter[str] = Counter()

    @rule()
    def submit(self) -> None:
        self.asked.add(submit(self.ledger, at=self.at).id)

    @rule(runner=st.sampled_from(["a", "b"]))
    def claim(self, runner: str) -> None:
        task = claim(self.ledger, runner, self.at)
        if task is not None:
            assert self.done[task.id] == 0
            self.holds[runner].append(task.id)

    @rule(seconds=st.sampled_from([1.0, LEASE_SECONDS + 1]))
    def wait(self, seconds: float) -> None:
        self.at += seconds

    @precondition(lambda self: self.holds["a"] or self.holds["b"])
    @rule(data=st.data(), way=st.sampled_from(["succeed", "beat", "died", "stopped", "dismiss"]))
    def act(self, data: st.DataObject, way: str) -> None:
        runner = data.draw(st.sampled_from([name for name, held in self.holds.items() if held]))
        task, tasks = data.draw(st.sampled_from(self.holds[runner])), self.ledger.tasks
        if way == "succeed":
            self.done[task] += tasks.succeed(task, runner, [], now=after(self.at))
        elif way == "beat":
            tasks.heartbeat(task, runner, 1, "", now=after(self.at))
        elif way == "dismiss":
            self.done[task] += not tasks.get(task).done
            tasks.dismiss(task, now=after(self.at))
        else:
            tasks.give_back(task, runner, now=after(self.at), died=way == "died")

    @invariant()
    def nothing_is_lost_and_nothing_done_twice(self) -> None:
        found = {task.id: task for task in self.ledger.tasks.list(limit=1000)}
        assert set(found) == self.asked
        assert all(count <= 1 for count in self.done.values())
        for task in found.values():
            held = task.status is Status.RUNNING
            assert held == (task.lease_until is not None)
            assert task.attempts <= MOST_ATTEMPTS

    def teardown(self) -> None:
        self.ledger.close()


Queue.TestCase.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
TestQueue = Queue.TestCase
