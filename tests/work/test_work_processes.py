"""What may be asked, by whom, and how it is refused; and that answers are the same bytes every time."""

import inspect
import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from geo_integration import cli_analyses
from geo_integration.cli_groups import DEFAULT_MINUTES
from geo_integration.disclosure import Viewer
from geo_integration.errors import (
    DisclosureError,
    ForbiddenError,
    GeoIntegrationError,
    NotFoundError,
    OptionError,
    ProfileError,
    ScenarioRefusedError,
    SignInError,
    StoreError,
    UnknownTerritoryError,
)
from geo_integration.jobs import gaps as gaps_job
from geo_integration.jobs import housing as housing_job
from geo_integration.store import FolderStore
from geo_integration.vocabulary import Kind, Mode, ViewerRole
from geo_integration.work import runs
from geo_integration.work.context import Context
from geo_integration.work.inputs import GapsInputs, HousingInputs, ScenarioInputs, SiteInputs
from geo_integration.work.pinned import Pinned
from geo_integration.work.problems import problem_of
from geo_integration.work.processes import PROCESSES, prepare
from geo_integration.work.progress import Told
from tests.work.conftest import DAY, GAPS, SETTINGS, now

REFERENT = Viewer.referent(["62"])
SCENARIO: dict[str, Any] = {
    "name": "Un groupe à Arras",
    "question": {"territory": "62041", "kind": "alphabetisation", "minutes": 30, "as_of": DAY.isoformat()},
    "actions": [{"action": "add_site", "name": "Arras", "kind": "alphabetisation", "commune_code": "62041"}],
}
UPLOAD = "0b8ef1a6-3f63-4c33-9a5c-6d9f0f2f6f11"


def asked(process: str, inputs: Mapping[str, Any], viewer: Viewer = Viewer.PUBLIC) -> dict[str, Any]:
    return prepare(process, inputs, viewer=viewer, today=DAY)


def test_every_process_describes_itself_in_french_and_its_inputs_as_json_schema() -> None:
    for process_id, process in PROCESSES.items():
        assert process.id == process_id
        assert process.title
        assert process.description.endswith(".")
        schema = process.inputs.model_json_schema()
        assert schema["additionalProperties"] is False
        assert "viewer" not in schema["properties"]
        for name, told in schema["properties"].items():
            assert told.get("description") or "$ref" in json.dumps(told), (process_id, name)


def test_what_is_prepared_is_whole_and_says_its_day() -> None:
    told = asked("gaps", {"territory": "62"})
    assert (told["as_of"], told["minutes"], told["mode"], told["outputs"]) == (DAY.isoformat(), 45.0, "car", [])
    assert asked("gaps", told) == told
    assert json.loads(json.dumps(told)) == told
    read = ScenarioInputs.model_validate(asked("scenario", {"scenario": SCENARIO}))
    assert read.scenario.name == "Un groupe à Arras"


def test_defaults_are_those_of_the_command_line() -> None:
    """An analysis asked for over HTTP and typed with no option answers the same question."""
    assert GapsInputs(territory="62").minutes == DEFAULT_MINUTES
    pairs = {"calendar": {"months"}, "supply": {"decay", "catchment", "order"}, "equity": {"decay", "by", "seed"}}
    pairs["site"] = {"count", "model", "by", "group_size", "groups_per_site", "priority", "evening", "seconds"}
    pairs["change"] = {"since", "since_version", "to", "as_published"}
    pairs["fit"] = {"level", "share", "network", "weekday", "arrive_by", "until", "latest_return", "mode"}
    for name, fields in pairs.items():
        typed = inspect.signature(getattr(cli_analyses, name)).parameters
        for field in fields:
            default = typed[field].default
            assert not isinstance(default, typer.models.OptionInfo)
            assert PROCESSES[name].inputs.model_fields[field].default == default, (name, field)


@pytest.mark.parametrize(
    ("process", "inputs", "viewer", "error", "where"),
    [
        ("nothing", {}, Viewer.PUBLIC, NotFoundError, "processes"),
        ("housing", GAPS, Viewer.PUBLIC, SignInError, "housing"),
        ("publish-results", {}, Viewer.PUBLIC, SignInError, "publish-results"),
        ("publish-results", {}, REFERENT, ForbiddenError, "publish-results"),
        ("check-import", {"upload": UPLOAD}, REFERENT, ForbiddenError, "check-import"),
        ("check-import", {"upload": "../x"}, Viewer.ADMINISTRATOR, OptionError, "upload"),
        ("gaps", {}, Viewer.PUBLIC, OptionError, "territory"),
        ("gaps", {"territory": "62", "viewer": "administrator"}, Viewer.PUBLIC, OptionError, "viewer"),
        ("gaps", {"territory": "99999"}, Viewer.PUBLIC, UnknownTerritoryError, "territory"),
        ("gaps", {"territory": "62", "minutes": 0}, Viewer.PUBLIC, OptionError, "minutes"),
        ("gaps", {"territory": "62", "minutes": "NaN"}, Viewer.PUBLIC, OptionError, "minutes"),
        ("gaps", {"territory": "62", "kind": "cours"}, Viewer.PUBLIC, OptionError, "kind"),
        ("gaps", {"territory": "62", "network": "../../etc"}, Viewer.PUBLIC, OptionError, "network"),
        ("gaps", {"territory": "62", "week_of": "2026-10-01"}, Viewer.PUBLIC, OptionError, "mode = car"),
        ("gaps", {"territory": "62", "outputs": ["exe"]}, Viewer.PUBLIC, OptionError, "outputs.0"),
        ("fit", {"territory": "62", "profile": {"free": ["jamais"]}}, Viewer.PUBLIC, ProfileError, "profile : --free"),
        ("fit", {"territory": "62", "profile": {"minutes": 3}}, Viewer.PUBLIC, OptionError, "profile.minutes"),
        ("equity", {"territory": "62", "by": "commune"}, Viewer.PUBLIC, OptionError, None),
        ("site", {"territory": "62", "candidates": ["list"]}, Viewer.PUBLIC, OptionError, "candidates, places"),
        ("site", {"territory": "62", "places": [{"name": "x"}]}, Viewer.PUBLIC, OptionError, "places.0"),
        ("site", {"territory": "62", "listed": "/etc/passwd"}, Viewer.PUBLIC, OptionError, "listed"),
        ("scenario", {"scenario": {}}, Viewer.PUBLIC, ScenarioRefusedError, None),
        ("scenario", {"scenario": []}, Viewer.PUBLIC, ScenarioRefusedError, None),
    ],
)
def test_what_is_refused_says_where_and_the_way_out(
    process: str, inputs: dict[str, Any], viewer: Viewer, error: type[GeoIntegrationError], where: str | None
) -> None:
    with pytest.raises(error) as raised:
        asked(process, inputs, viewer)
    assert raised.value.way_out
    if where is not None:
        assert raised.value.where == where


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"actions": [{"action": "open_line", "name": "x", "gtfs": "/etc/passwd"}]}, "action n° 1 (open_line)"),
        ({"question": {**SCENARIO["question"], "network": "../../x"}}, "scenario.question.network"),
        ({"question": {**SCENARIO["question"], "mode": "transit", "feeds": ["/x"]}}, "scenario.question.feeds"),
    ],
)
def test_a_scenario_opens_no_file_of_the_server(change: dict[str, Any], where: str) -> None:
    with pytest.raises(GeoIntegrationError) as raised:
        asked("scenario", {"scenario": SCENARIO | change})
    assert where in raised.value.where
    assert raised.value.way_out


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(sorted(PROCESSES)), st.data())
def test_nothing_but_a_domain_error_answers_nonsense(process: str, data: st.DataObject) -> None:
    names = st.sampled_from([*PROCESSES[process].inputs.model_fields, "x"])
    inputs = data.draw(st.dictionaries(names, JSONS, max_size=4)) | {"territory": "62041"}
    with suppress(GeoIntegrationError):
        told = asked(process, inputs, Viewer.ADMINISTRATOR)
        json.dumps(told, allow_nan=False)


def test_options_are_named_as_fields() -> None:
    told = problem_of(OptionError("x", where="--since-version, -p", way_out="--since 2026-09-01 ou --to"))
    assert (told["where"], told["way_out"]) == ("since_version, -p", "since 2026-09-01 ou to")
    command = "importer : geo-integration import lheo FICHIER --name x"
    assert problem_of(OptionError("x", way_out=command))["way_out"] == command


def test_progress_rises_never_ends_early_and_is_not_told_too_often() -> None:
    said: list[tuple[int, str]] = []
    moment = [0.0]
    told = Told(lambda percent, message: said.append((percent, message)), every_seconds=1, clock=lambda: moment[0])
    for label in ("Trajets", "Choix"):
        for done in range(101):
            moment[0] += 0.1
            told(label, done, 100)
    assert said[0] == (0, "Trajets : 0 sur 100")
    percents = [percent for percent, _ in said]
    assert percents == sorted(percents)
    assert max(percents) < 100
    assert percents[-1] >= 70
    assert len(said) <= 24


def context(folder: Path, store: Path, viewer: Viewer = Viewer.PUBLIC) -> Context:
    folder.mkdir()
    return Context(FolderStore(store), "sqlite://", viewer, SETTINGS, DAY, now, lambda *_: None, folder)


def test_same_question_same_bytes_in_every_format(demo_store_folder: Path, tmp_path: Path) -> None:
    inputs = GapsInputs.model_validate({**GAPS, "outputs": ["csv", "xlsx", "gpkg", "html"]})
    both = [runs.gaps(context(tmp_path / name, demo_store_folder), inputs) for name in ("a", "b")]
    assert [one.name for one in both[0]] == ["result", "csv", "xlsx", "gpkg", "html"]
    for first, second in zip(*both, strict=True):
        assert first.path.read_bytes() == second.path.read_bytes(), first.name


def test_the_answer_says_what_it_is_made_of(demo_store_folder: Path, tmp_path: Path) -> None:
    produced = runs.gaps(context(tmp_path / "a", demo_store_folder), GapsInputs.model_validate(GAPS))
    told = json.loads(produced[0].path.read_bytes())
    about = told["about"]
    histories = FolderStore(demo_store_folder).histories()
    assert about["snapshots"]["offers"] == histories["offers"][-1].snapshot
    assert set(about["snapshots"]) >= {"offers", "sessions"}
    assert not {"bpi", "housing"} & set(about["snapshots"])
    assert (about["as_of"], about["outline"], about["estimated"], about["synthetic"]) == (
        DAY.isoformat(),
        True,
        True,
        True,
    )
    assert about["sources"]
    assert about["bounds"]
    assert about["published_at"].endswith("+00:00")
    asked_for = gaps_job.Request("62041", Kind.ALPHABETISATION, 30, DAY, viewer=Viewer.PUBLIC)
    found = gaps_job.compute(FolderStore(demo_store_folder), asked_for)
    assert told["features"][0]["properties"]["cause"] == found.coverage["cause"].iloc[0]


def test_the_viewer_of_the_task_is_the_one_of_the_answer(demo_store_folder: Path, tmp_path: Path) -> None:
    inputs = GapsInputs.model_validate({"territory": "62", "minutes": 30})
    answers = [
        json.loads(runs.gaps(context(tmp_path / name, demo_store_folder, viewer), inputs)[0].path.read_bytes())
        for name, viewer in (("a", Viewer.PUBLIC), ("b", REFERENT))
    ]
    bases = [{one["properties"]["need_basis"] for one in answer["features"]} for answer in answers]
    assert not any("synthetic" in str(basis) for basis in bases[0])
    assert any("synthetic" in str(basis) for basis in bases[1])
    with pytest.raises(DisclosureError):
        runs.housing(context(tmp_path / "c", demo_store_folder), HousingInputs(territory="62"))
    assert housing_job  # the job itself refuses, whatever the roles say
    assert ViewerRole.PUBLIC not in PROCESSES["housing"].roles


def test_places_given_inline_are_candidates(demo_store_folder: Path, tmp_path: Path) -> None:
    places = [{"name": "Maison =1+1", "lon": 2.7775, "lat": 50.291}, {"name": "Mairie", "commune_code": "62041"}]
    inputs = SiteInputs.model_validate({**GAPS, "territory": "62041,62427", "places": places})
    produced = runs.site(context(tmp_path / "a", demo_store_folder), inputs)
    assert [one.name for one in produced] == ["result", "points"]
    points = json.loads(produced[1].path.read_bytes())
    assert {one["properties"]["label"].split(" (")[0] for one in points["features"]} & {"Maison =1+1", "Mairie"}


def test_a_store_held_still_does_not_move(demo_store_folder: Path, tmp_path: Path) -> None:
    import shutil  # noqa: PLC0415

    store = FolderStore(Path(shutil.copytree(demo_store_folder, tmp_path / "s")))
    pinned = Pinned.of(store)
    schools = store.read("schools")
    store.publish({"schools": schools.iloc[:-1]}, meta=store.info("schools").meta, report=None, now=now())
    assert len(pinned.read("schools")) == len(schools)
    assert pinned.info("schools").layers["schools"] == len(schools)
    assert pinned.read_from == {"schools": pinned.current("schools")}
    assert len(Pinned.of(store).read("schools")) == len(schools) - 1
    with pytest.raises(GeoIntegrationError, match="ne s'écrit pas"):
        pinned.publish({}, meta={}, report=None, now=now())


def test_modes_are_those_of_the_vocabulary() -> None:
    assert set(HousingInputs(territory="62", modes=tuple(Mode)).modes or ()) == set(Mode)


def test_a_database_that_is_gone_does_not_tell_where_it_was() -> None:
    gone = StoreError("la base de données ne répond pas (connection to 10.0.0.7 port 5432, user geo)", where="a/b")
    told = problem_of(gone)
    assert (told["detail"], told["where"]) == ("la base de données ne répond pas", "entrepôt")
    assert problem_of(OptionError("durée (minutes) hors bornes"))["detail"] == "durée (minutes) hors bornes"
