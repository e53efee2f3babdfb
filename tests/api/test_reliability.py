"""A real service is killed, filled, damaged, told nonsense and stopped: nothing is lost, and every answer is one.

The tests share one service and are run in order: killing its jobs comes first, so that what takes over has time to.
"""

import os
import shutil
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from geo_integration.errors import NotFoundError
from geo_integration.jobs.imports import Format, ImportOptions, import_file
from geo_integration.ledger.tables import UPLOADS
from geo_integration.ledger.uploads import UploadStatus
from geo_integration.settings import settings
from geo_integration.store import FolderStore
from tests.api.reliability_cases import CASES, MALFORMED_FORMS
from tests.api.reliability_support import (
    Ground,
    computing,
    connect,
    family,
    gone,
    ground_at,
    half_an_upload,
    log_lines,
    raw,
    read_raw,
    runner_of,
    shorter_lheo,
    told,
    until,
)
from tests.conftest import SharedOnce

pytestmark = pytest.mark.slow

LON, LAT, PLACE = "2.7712345", "50.2912345", "Wimereux"
LONG = {"territory": "R32", "minutes": 30, "outputs": ["gpkg", "xlsx"]}
"""A question that is under way long enough to be interrupted."""
ITEMS = "/ogc/collections/offers/items?limit=5"
SEARCH = f"/api/v1/offers?lon={LON}&lat={LAT}&minutes=60"
COMPUTED = "/api/v1/gaps?territory=62041&minutes="
"""Computed from the store at each new question."""


@pytest.fixture(scope="module")
def little(shared_once: SharedOnce) -> Path:
    """Return the folder of a store with one source of courses, and the schools: for reading only."""

    def fill(folder: Path) -> None:
        for one, name in ((Format.SCHOOLS, "schools_demo.csv"), (Format.LHEO, "lheo_demo.xml")):
            options = ImportOptions(name=f"{one.value}-demo", synthetic=True)
            path = settings().data / "demo" / name
            import_file(FolderStore(folder), one, path, options=options, now=datetime(2026, 10, 1, tzinfo=UTC))

    return shared_once("little-store", fill)


@pytest.fixture(scope="module")
def ground(little: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with ground_at(tmp_path_factory.mktemp("ground"), little) as found:
        found.secrets |= {LON, LAT, PLACE}
        yield found


@pytest.fixture(scope="module")
def content() -> bytes:
    return shorter_lheo(4_000_000)


def test_killed_in_the_middle_of_an_upload(ground: Ground, content: bytes) -> None:
    before = ground.published()
    first = ground.start()
    ground.sign_in()
    runner = until(lambda: runner_of(first))
    line = half_an_upload(ground, content)
    with ground.ledger() as ledger:
        half = until(lambda: next((one for one in ledger.uploads.list() if one.size >= 2_000_000), None))
    os.kill(first.process.pid, signal.SIGKILL)
    first.process.wait()
    line.close()
    until(lambda: gone(runner))  # nobody would stop it

    with ground.ledger() as ledger:
        found = ledger.uploads.get(half.id)
        assert found.status is UploadStatus.RECEIVING
        assert 0 < found.size < len(content)
        old = datetime.now(tz=UTC) - timedelta(days=2)
        with ledger.engine.begin() as connection:
            connection.execute(sa.update(UPLOADS).values(updated_at=old))
    assert ground.published() == before
    assert ground.store.verify() == []

    ground.start()
    with ground.ledger() as ledger:
        until(lambda: not ledger.uploads.list())  # swept
        with pytest.raises(NotFoundError):
            ledger.uploads.get(half.id)
        with ledger.engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM upload_chunks").scalar_one() == 0
    sent = ground.send(content)
    assert sent.status_code == 201, sent.text
    ground.later["upload"] = sent.headers["location"].removeprefix(ground.server.url)
    checked = until(lambda: (now := ground.state(ground.later["upload"]))["status"] != "received" and now)
    assert (checked["status"], checked["size"]) == ("checked", len(content)), checked


def test_killed_in_the_middle_of_a_publication(ground: Ground) -> None:
    before = ground.published()
    asked = ground.post(f"{ground.later['upload']}/publication")
    assert asked.status_code == 201, asked.text
    job = asked.headers["location"].removeprefix(ground.server.url)
    root = Path(ground.store.location)
    until(lambda: next(root.glob(".tmp-*"), None) or ground.published() != before)
    pid = computing(ground.server)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    until(lambda: gone(pid))
    assert ground.store.verify() == []
    assert set(ground.store.read_together(ground.store.layers())) == set(before)
    ended = ground.ended(job)
    assert ended["status"] == "successful", ended
    with ground.ledger() as ledger:
        assert ledger.tasks.get(job.rpartition("/")[2]).attempts == 2
    after = ground.state(ground.later["upload"])
    assert (after["status"], after["snapshot"]) == ("published", ground.published()["offers.lheo-demo"])
    assert ground.published()["offers"] != before["offers"]
    assert ground.store.verify() == []
    assert not list(root.glob(".tmp-*"))
    ids = set(ground.store.read("offers")["offer_id"])
    assert set(ground.store.read("offers.lheo-demo")["offer_id"]) <= ids


def test_the_runner_killed_in_the_middle_of_a_job(ground: Ground) -> None:
    job = ground.job("gaps", **LONG)
    until(lambda: ground.state(job)["progress"] > 0 or ground.state(job)["status"] == "successful")
    runner, pid = runner_of(ground.server), computing(ground.server)
    assert pid is not None
    os.kill(runner, signal.SIGKILL)
    until(lambda: gone(runner))
    until(lambda: gone(pid))
    assert ground.state(job)["status"] == "running"
    ground.later["job"] = job  # done once the lease of the dead is over: looked at below
    ground.server.wait_ready()


@pytest.mark.parametrize("name", CASES)
def test_nonsense_is_told_as_a_problem(ground: Ground, name: str) -> None:
    case = CASES[name]
    answer = raw(ground.server, case.request)
    ground.answered.add(answer.headers["x-request-id"])
    if 200 in case.statuses and answer.status == 200:
        assert answer.body  # as if nothing had been said
    else:
        told(answer, *case.statuses)
    assert ground.lives()


@pytest.mark.parametrize("name", MALFORMED_FORMS)
def test_a_malformed_form_is_told_as_a_problem_and_leaves_nothing(ground: Ground, name: str) -> None:
    kind, body = MALFORMED_FORMS[name]
    with ground.ledger() as ledger:
        before = [one.id for one in ledger.uploads.list()]
        answer = ground.post("/api/v1/imports", headers=ground.headers | {"Content-Type": kind}, content=body)
        told(answer, 400, 413, 422)
        assert [one.id for one in ledger.uploads.list()] == before


def test_a_damaged_version(ground: Ground, tmp_path: Path) -> None:
    aside = FolderStore(Path(shutil.copytree(ground.store.location, tmp_path / "aside")))
    table = aside.read("schools")
    seen = ground.get("/ogc/collections/schools").json()
    info = aside.publish({"schools": table.iloc[1:]}, meta=aside.info("schools").meta, report=None,
                         now=datetime.now(tz=UTC))  # fmt: skip
    root, folder = Path(ground.store.location), f"snapshots/{info.id}"
    good = (Path(aside.location) / folder / "schools.parquet").read_bytes()
    shutil.copytree(Path(aside.location) / folder, root / folder)
    flipped = bytearray(good)
    flipped[len(good) // 2] ^= 1
    (root / folder / "schools.parquet").write_bytes(flipped)
    replace(root / "HEAD.json", (Path(aside.location) / "HEAD.json").read_bytes())

    until(lambda: "schools" in ground.get("/ready").text)
    assert ground.get("/health").status_code == 200
    asked = ground.get("/ogc/collections/schools/items?limit=1")
    assert asked.status_code == 200  # what is in memory
    assert asked.json()["numberMatched"] == len(table)
    assert ground.get("/ogc/collections/schools").json() == seen
    problem = told(ground.get("/api/v1/layers/schools/diff"), 503)
    assert "empreinte" in problem["detail"]
    assert [one.where for one in ground.store.verify()] == [f"{folder}/schools.parquet"]

    replace(root / folder / "schools.parquet", good)
    until(lambda: ground.get("/ogc/collections/schools/items?limit=1").json()["numberMatched"] == len(table) - 1)
    until(lambda: "schools" not in ground.get("/ready").text)
    assert ground.get("/api/v1/layers/schools/diff").status_code == 200
    assert ground.store.verify() == []


def test_a_head_cut_short(ground: Ground) -> None:
    path = Path(ground.store.location) / "HEAD.json"
    good = path.read_bytes()
    replace(path, good[: len(good) // 2])
    try:
        until(lambda: "abîmé" in ground.get("/ready").text)
        assert ground.get("/health").status_code == 200
        assert ground.get(ITEMS).status_code == 200
        assert ground.get(SEARCH).status_code == 200
        assert "abîmé" in told(ground.get("/api/v1/layers"), 503)["detail"]
        assert "abîmé" in told(ground.get(f"{COMPUTED}31"), 503)["detail"]
    finally:
        replace(path, good)
    until(lambda: "abîmé" not in ground.get("/ready").text)
    assert ground.get("/api/v1/layers").status_code == 200
    assert ground.get(f"{COMPUTED}32").status_code == 200


def replace(path: Path, content: bytes) -> None:
    beside = path.with_name("beside")
    beside.write_bytes(content)
    beside.replace(path)


def test_no_room_for_an_upload(ground: Ground, content: bytes) -> None:
    small(ground)
    ground.ledger_disk.fill()
    try:
        problem = told(ground.send(content), 503, 507)
        assert "plein" in problem["detail"]
        assert ground.get(ITEMS).status_code == 200
        assert ground.get(SEARCH).status_code in {200, 503}  # refused where the audit cannot be written
        assert ground.get("/health").status_code == 200
    finally:
        ground.ledger_disk.free()
    sent = ground.send(shorter_lheo(0, courses=2))
    assert sent.status_code == 201, sent.text
    ground.later["again"] = sent.headers["location"].removeprefix(ground.server.url)


def test_no_room_to_publish(ground: Ground) -> None:
    small(ground)
    upload = ground.later["again"]
    until(lambda: ground.state(upload)["status"] == "checked")
    before = ground.published()
    ground.store_disk.fill()
    try:
        asked = ground.post(f"{upload}/publication")
        assert asked.status_code == 201, asked.text
        job = asked.headers["location"].removeprefix(ground.server.url)
        ended = ground.ended(job)
        assert ended["status"] == "failed", ended
        assert "plein" in ended["problem"]["detail"]
        assert ended["problem"]["way_out"]
        assert ground.published() == before
    finally:
        ground.store_disk.free()
    assert ground.store.verify() == []
    asked = ground.post(f"{upload}/publication")
    assert asked.status_code == 201, asked.text
    ended = ground.ended(asked.headers["location"].removeprefix(ground.server.url))
    assert ended["status"] == "successful", ended
    assert ground.store.verify() == []


def test_no_room_for_a_job(ground: Ground) -> None:
    small(ground)
    ground.temporary.fill()
    try:
        ended = ground.ended(ground.job("fit", territory="62041", outputs=["gpkg"]))
        assert ended["status"] == "failed", ended
        assert "plein" in ended["problem"]["detail"], ended
        assert ended["problem"]["way_out"]
    finally:
        ground.temporary.free()
    ended = ground.ended(ground.job("fit", territory="62041", outputs=["gpkg"]))
    assert ended["status"] == "successful", ended


def small(ground: Ground) -> None:
    if not ground.ledger_disk.real:
        pytest.skip("only root can mount a small disk, where the machine allows mounts")


def test_the_job_of_a_dead_runner_is_done_by_the_next(ground: Ground) -> None:
    ended = ground.ended(ground.later["job"])
    assert ended["status"] == "successful", ended
    assert set(ground.state(f"{ground.later['job']}/results")) == {"result", "gpkg", "xlsx"}
    with ground.ledger() as ledger:
        assert ledger.tasks.get(ground.later["job"].rpartition("/")[2]).attempts >= 2


def test_a_stop_ends_what_was_asked_and_everything_else(ground: Ground) -> None:
    ground.get(f"/api/v1/places?q={PLACE}")
    job = ground.job("gaps", **LONG)
    until(lambda: ground.state(job)["status"] == "running" and computing(ground.server))
    everybody = set(family(ground.server.process.pid))
    with connect(ground.server) as line:
        line.sendall(b"POST /api/v1/tokens HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                     b"Content-Length: 10\r\nConnection: close\r\n\r\n{")  # fmt: skip
        until(lambda: ground.get("/health").status_code == 200)  # so that the beginning is read
        os.kill(ground.server.process.pid, signal.SIGTERM)
        until(lambda: "Shutting down" in ground.server.log.read_text())
        assert ground.server.process.poll() is None
        line.sendall(b" " * 9)
        told(read_raw(line), 400)
    assert ground.server.process.wait(60) == 0
    until(lambda: all(gone(pid) for pid in everybody))
    with ground.ledger() as ledger:
        left = ledger.tasks.get(job.rpartition("/")[2])
        assert (left.status.value, left.attempts) == ("accepted", 0)  # given back: a stop is no failure
    assert ground.store.verify() == []


def test_the_logs_are_json_and_hold_nothing_of_anybody(ground: Ground) -> None:
    refused = [PLACE, LON, LAT, "minutes=", "limit=5", "lheo_demo", "offres.xml", *ground.secrets]
    requests = set()
    for server in ground.servers:
        text = server.log.read_text()
        lines = log_lines(server)
        assert all({"at", "level", "logger", "message"} <= line.keys() for line in lines)
        assert [word for word in refused if word in text] == []
        assert "Traceback" not in text
        requests |= {line.get("request_id") for line in lines}
    assert len(requests) > len(CASES)
    assert ground.answered <= requests
