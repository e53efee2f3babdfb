"""The public results: as the job gives them to the public, up to date or said not to be, never two different ones."""

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from geo_integration.disclosure import Viewer
from geo_integration.jobs.imports import roll_back
from geo_integration.jobs.loaded import load
from geo_integration.jobs.request import Request
from geo_integration.jobs.studied import study
from geo_integration.ledger.tasks import SERVICE, Status
from geo_integration.store import FolderStore
from geo_integration.vocabulary import Cause, Kind, NeedBasis
from geo_integration.work import child
from geo_integration.work.progress import Told
from geo_integration.work.published import (
    MINUTES,
    covered,
    inputs_of,
    layer_name,
    publish_results,
    results_state,
)
from geo_integration.work.upkeep import Upkeep, today_of
from tests.work.conftest import DAY, GAPS, SETTINGS, Workshop, now

KINDS = (Kind.ALPHABETISATION, Kind.FLE, Kind.FLE_PRO, Kind.OEPRE, Kind.CERTIFICATION)
"""What the small store offers."""


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory, small_store_folder: Path) -> Path:
    """Return a store whose public results are published."""
    folder = tmp_path_factory.mktemp("published") / "store"
    shutil.copytree(small_store_folder, folder)
    publish_results(FolderStore(folder), today=DAY, now=now, seconds_each=1000)
    return folder


@pytest.fixture
def store(done: Path, tmp_path: Path) -> FolderStore:
    return FolderStore(Path(shutil.copytree(done, tmp_path / "copy")))


def test_an_empty_store_has_no_result_to_compute(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "none")
    state = results_state(store, DAY)
    assert (state.current, state.stale) == (True, ())
    assert publish_results(store, today=DAY, now=now, seconds_each=1).snapshots == {}
    assert store.layers() == []


def test_before_and_after(small_store_folder: Path, store: FolderStore) -> None:
    state = results_state(FolderStore(small_store_folder), DAY)
    assert not state.current
    assert set(state.stale) == set(KINDS)
    assert results_state(store, DAY).current
    assert {name for name in store.layers() if name.startswith("coverage.")} == {layer_name(kind) for kind in KINDS}


def test_they_are_what_the_job_gives_to_the_public(store: FolderStore) -> None:
    table = store.read("coverage.alphabetisation")
    territory = ",".join(covered(load(store)))
    asked = Request(territory, Kind.ALPHABETISATION, MINUTES, DAY, viewer=Viewer.PUBLIC)
    studied = study(store, asked, keep_ways=False)
    pd.testing.assert_frame_equal(table, studied.coverage)
    told = {part for basis in table["need_basis"].dropna() for part in str(basis).split("+")}
    assert told <= {NeedBasis.ESTIMATE.value, NeedBasis.PROTECTED.value}
    meta = store.info("coverage.alphabetisation").meta
    histories = store.histories()
    inputs = meta["inputs"]
    assert isinstance(inputs, dict)
    assert inputs == inputs_of(histories)
    assert inputs["offers"] == histories["offers"][-1].snapshot
    assert inputs["bpi"].startswith("@")
    assert (meta["as_of"], meta["minutes"], meta["mode"], meta["synthetic"]) == (DAY.isoformat(), 45.0, "car", True)
    assert meta["sources"]
    assert meta["method"]
    assert meta["bounds"]


def test_doing_it_again_changes_nothing(store: FolderStore) -> None:
    before = store.version()
    assert publish_results(store, today=DAY, now=now, seconds_each=1000).snapshots == {}
    assert store.version() == before


def test_killed_between_two_kinds_the_rest_is_done_and_nothing_differs(done: Path, store: FolderStore) -> None:
    """A kind that was published is not computed again, and one that was not comes out the same."""
    kinds = ["coverage.oepre", "coverage.fle"]
    wanted = {name: store.info(name).id for name in kinds}
    for name in kinds:
        info = store.info(name)
        store.publish({name: store.read(name)}, meta={**info.meta, "as_of": "2026-01-01"}, report=None, now=now())
    assert {layer_name(kind) for kind in results_state(store, DAY).stale} == set(kinds)
    again = publish_results(store, today=DAY, now=now, seconds_each=1000)
    assert again.snapshots == wanted
    assert results_state(FolderStore(done), DAY).current


def test_a_new_day_makes_them_out_of_date(store: FolderStore) -> None:
    tomorrow = results_state(store, DAY + timedelta(days=1))
    assert len(tomorrow.stale) == len(KINDS)
    assert tomorrow.key != results_state(store, DAY).key


def test_without_time_left_what_is_done_is_kept_and_the_rest_waits(store: FolderStore) -> None:
    moments = iter([0.0, 0.0, 100.0, 200.0])
    part = publish_results(store, today=DAY + timedelta(days=1), now=now, seconds_each=1, clock=lambda: next(moments))
    assert len(part.snapshots) == 1
    assert len(part.left) == len(results_state(store, DAY + timedelta(days=1)).stale)


def test_somebody_who_waits_goes_before_the_next_kind(workshop: Workshop, tmp_path: Path) -> None:
    told = (Viewer.ADMINISTRATOR, str(workshop.folder), workshop.location, SETTINGS, DAY, tmp_path)

    def left() -> list[str]:
        said = child.do(child.Job("t1", "publish-results", {}, *told), Told(lambda *_: None))
        assert isinstance(said, child.Done), said
        ((_, _, path),) = said.outputs
        return list(json.loads(path.read_bytes())["left"])

    asked = workshop.ask("gaps", GAPS)
    stale = [kind.value for kind in results_state(workshop.store, DAY).stale]
    assert left() == stale[1:]
    workshop.ledger.tasks.dismiss(asked.id, now=now())
    assert left() == []
    assert results_state(workshop.store, DAY).current


def test_a_kind_whose_last_course_went_is_said_to_have_none(store: FolderStore) -> None:
    offers, sessions = store.read("offers"), store.read("sessions")
    fewer = offers[offers["kind"] != Kind.CERTIFICATION.value]
    kept = sessions[sessions["offer_id"].isin(fewer["offer_id"])]
    meta = store.info("offers").meta
    store.publish({"offers": fewer, "sessions": kept}, meta=meta, report=None, now=now())
    assert Kind.CERTIFICATION in results_state(store, DAY).stale
    publish_results(store, today=DAY, now=now, seconds_each=1000)
    assert results_state(store, DAY).current
    assert not store.read("coverage.certification")["cause"].eq(Cause.COVERED.value).any()


def test_upkeep_asks_once_and_not_again_until_something_moves(workshop: Workshop) -> None:
    upkeep = Upkeep(workshop.store, workshop.ledger, SETTINGS)
    instant = now()
    upkeep.tick(instant)
    upkeep.tick(instant + timedelta(seconds=5))
    (task,) = workshop.ledger.tasks.list(SERVICE)
    assert (task.process, dict(task.inputs)) == ("publish-results", {"as_of": DAY.isoformat()})
    claimed = workshop.ledger.tasks.claim("a", now=instant)
    assert claimed is not None
    workshop.ledger.tasks.fail(task.id, "a", {"detail": "x"}, now=instant)
    upkeep.tick(instant + timedelta(minutes=5))
    assert len(workshop.ledger.tasks.list(SERVICE)) == 1
    upkeep.tick(instant + timedelta(minutes=11))
    statuses = [one.status for one in workshop.ledger.tasks.list(SERVICE)]
    assert statuses == [Status.ACCEPTED, Status.FAILED]


def test_upkeep_is_quiet_where_results_are_current(store: FolderStore, workshop: Workshop) -> None:
    upkeep = Upkeep(store, workshop.ledger, SETTINGS)
    upkeep.tick(now())
    assert workshop.ledger.tasks.list(SERVICE) == []
    roll_back(store, "offers", "current", now=now())
    upkeep.tick(now())
    assert workshop.ledger.tasks.list(SERVICE) == []


def test_the_day_is_that_of_the_settings_or_today() -> None:
    assert today_of(SETTINGS, now()) == DAY
    assert today_of(SETTINGS.model_copy(update={"as_of": ""}), now()) == now().astimezone().date()
