"""A scenario from its file to the difference by commune and cause: by road, and with a line that brings people home."""

import json
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from scenario_samples import AS_OF, EPCI, LENS, VILLERS, communes, gtfs, loaded, offers, points, request, sessions

from geo_integration.coverage.learner.profile import Profile
from geo_integration.coverage.scenario.actions import AddSite, CloseSite
from geo_integration.coverage.scenario.model import Scenario, parse_scenario
from geo_integration.disclosure import Viewer
from geo_integration.errors import ScenarioRefusedError
from geo_integration.exports.result import Result
from geo_integration.jobs.loaded import Loaded, load
from geo_integration.jobs.means import Means
from geo_integration.jobs.networks import Wanted, construct
from geo_integration.jobs.request import Request
from geo_integration.jobs.scenario import compared, compute, told
from geo_integration.jobs.scenario_question import asked_of, drafted, request_of
from geo_integration.jobs.studied import study_layers
from geo_integration.jobs.timetables import add_feeds
from geo_integration.store import FolderStore, Store
from geo_integration.vocabulary import Audience, Goal, HalfDay, Kind, Level, Mode, Schooling

MONACO = Path(__file__).resolve().parents[3] / "shared" / "data" / "osm" / "extracts" / "monaco.osm.pbf"
NOW = datetime(2026, 10, 1, tzinfo=UTC)
TODAY = [("t:1", "alphabetisation", LENS), ("t:2", "fle", VILLERS)]
EVENING = {"session_id": "t:1#1", "offer_id": "t:1", "days": "tue", "start_time": "18:00", "end_time": "20:00"}


def scenario(*actions: dict[str, Any], **question: Any) -> Scenario:  # noqa: ANN401 -- any JSON
    asked = {"territory": EPCI, "kind": "alphabetisation", "minutes": 6, "as_of": AS_OF.isoformat(), **question}
    return parse_scenario(json.dumps({"version": 1, "name": "Essai", "question": asked, "actions": list(actions)}))


def opened(code: str) -> dict[str, Any]:
    return {"action": "add_site", "name": "Nouveau", "kind": "alphabetisation", "commune_code": code}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = FolderStore(tmp_path / "store")
    publish(made, offers(TODAY))
    return made


def publish(store: Store, courses: gpd.GeoDataFrame) -> None:
    meta = {"sources": loaded(courses).infos["offers"].meta["sources"]}
    store.publish({"offers": courses, "sessions": sessions()}, meta=meta, report=None, now=NOW)


def by_code(found: Result) -> pd.DataFrame:
    return pd.DataFrame(found.table.drop(columns="geometry")).set_index("commune_code")


def test_the_difference_by_road(store: Store) -> None:
    one = scenario(opened(VILLERS), {"action": "close_site", "offer_id": "t:1"})
    found = compute(store, request_of(one), one)
    table = by_code(found)
    assert len(table) == 36
    assert table.loc[VILLERS, ["cause_before", "cause_after", "change"]].tolist() == ["wrong_fit", "covered", "gained"]
    assert table.loc[LENS, ["cause_before", "change"]].tolist() == ["covered", "lost"]
    # A trip inside one's own commune: 2.3 minutes, and two thirds of the radius (1292.3 m) at 80 km/h over 1.16.
    inside = 2.3 + 1292.3 * 2 / 3 * 1.16 * 0.06 / 80
    assert table.loc[VILLERS, "minutes_after"] == pytest.approx(inside, abs=0.1)
    counts = found.beside["transitions"].table
    assert counts["communes"].sum() == 36
    gained = table["change"].eq("gained")
    need = table["need"].astype(float)
    assert table.loc[gained, "need_gained"].tolist() == need[gained].tolist()
    assert (table.loc[~gained, "need_gained"] == 0).all()
    uncovered = {side: need[table[f"cause_{side}"].ne("covered")].sum() for side in ("before", "after")}
    assert table["need_difference"].sum() == pytest.approx(uncovered["after"] - uncovered["before"], abs=0.5)
    assert found.points is not None
    assert found.points[["mark", "text"]].to_numpy().tolist() == [
        ["added", "Action 1 : ajouté"],
        ["closed", "Action 2 : fermé"],
    ]
    assert "Chemin rapide" in found.meta["method"]
    assert set(found.headings) == set(table.columns) | {"commune_code"}


EVERY_ACTION = [
    opened(VILLERS),
    {**opened("62771"), "levels": ["alpha"], "places": 0},
    {"action": "move_site", "offer_id": "t:2", "commune_code": "62186"},
    {"action": "change_capacity", "offer_id": "t:1", "places": 0},
    {"action": "change_hours", "offer_id": "t:2", "days": ["mon"], "start": "09:00", "end": "11:00"},
]


@pytest.mark.parametrize("mode", [Mode.CAR, Mode.FOOT])
def test_the_fast_way_and_the_full_one_agree(store: Store, mode: Mode) -> None:
    # On foot, crossing half of Sallaumines takes 12.8 minutes: 1103.7 m * 2/3 * 1.3 at 4.5 km/h.
    one = scenario(*EVERY_ACTION, mode=mode.value, minutes=6 if mode is Mode.CAR else 25)
    fast, full = (compute(store, request_of(one), one, fast=way) for way in (True, False))
    pd.testing.assert_frame_equal(fast.table, full.table)
    pd.testing.assert_frame_equal(fast.beside["transitions"].table, full.beside["transitions"].table)
    assert fast.figures == full.figures
    assert "Calcul complet" in full.meta["method"]
    # The course opened there has no place left.
    assert by_code(fast).loc["62771", "cause_after"] == "full"


def test_people_by_cells_are_computed_in_full() -> None:
    ground = loaded(offers(TODAY), population_points=points())
    one = scenario(opened(VILLERS))
    found = compared(ground, request_of(one), one)
    assert not found.fast
    assert told(found).table["change"].eq("gained").any()


def test_a_replay_says_that_the_data_changed(store: Store) -> None:
    asked = request()
    one = drafted("Essai", asked, load(store), [CloseSite(offer_id="t:1")])
    assert not any("ont changé" in note for note in compute(store, asked, one).meta["notes"])
    publish(store, offers([*TODAY, ("t:3", "fle", LENS)]))
    said = [note for note in compute(store, asked, one).meta["notes"] if "ont changé" in note]
    assert len(said) == 1
    assert "« offers » a changé depuis" in said[0]


def test_a_question_is_saved_whole() -> None:
    learner = Profile(
        schooling=Schooling.NONE,
        goal=Goal.DAILY_LIFE,
        statuses=frozenset({Audience.BPI, Audience.WOMEN}),
        age=34,
        free=frozenset({("tue", HalfDay.EVENING), ("mon", HalfDay.MORNING)}),
        child_care=True,
        free_of_charge=True,
        remote=True,
        starts_by=date(2026, 12, 1),
        silence_is_open=False,
        others_unknown=True,
    )
    means = Means(mode=Mode.TRANSIT, feeds=("ter",), week_of=AS_OF, class_start="18:00", class_end="20:00")
    asked = request(learner=learner, level=Level.ALPHA, means=means, share=0.2)
    saved = parse_scenario(Scenario(name="x", question=asked_of(asked), actions=(CloseSite(offer_id="t:1"),)).to_json())
    again = request_of(saved)
    assert again.profile == asked.profile
    assert (again.means, again.share, again.level) == (asked.means, 0.2, Level.ALPHA)
    # Every field of a learner is in the file, or would change what a replay answers.
    plain, said = Profile(), request_of(saved).learner
    assert said is not None
    assert {name for name in vars(plain) if getattr(said, name) == getattr(plain, name)} == {"kind", "level", "minutes"}


def test_a_half_day_that_is_none_is_refused() -> None:
    one = scenario(opened(LENS), learner={"free": ["monday-morning"]})
    with pytest.raises(ScenarioRefusedError, match="demi-journée"):
        request_of(one)


def test_figures_of_people_are_those_the_viewer_may_see(store: Store) -> None:
    codes = communes()["code"].tolist()
    counts = {"persons": 3, "observed_on": "2026-01-01", "source": "t", "synthetic": False}
    bpi = pd.DataFrame({"commune_code": codes, **counts})
    store.publish({"bpi": bpi}, meta={"sources": [], "covers": ["62"]}, report=None, now=NOW)
    one = scenario(opened(VILLERS))
    shown = {
        viewer: compute(store, request_of(one, viewer=viewer), one) for viewer in (Viewer.PUBLIC, Viewer.ADMINISTRATOR)
    }
    assert by_code(shown[Viewer.ADMINISTRATOR])["need_basis"].eq("official").all()
    assert not by_code(shown[Viewer.PUBLIC])["need_basis"].eq("official").any()


class TestByTimetable:
    @pytest.fixture
    def asked(self, tmp_path: Path) -> Request:
        """Ask by a timetable whose 17:00 brings people to class, and whose only way back leaves at noon."""
        folder = tmp_path / "networks"
        path = gtfs(
            tmp_path / "bus.zip",
            {"out": (VILLERS, "17:00:00", LENS, "17:30:00"), "back": (LENS, "12:00:00", VILLERS, "12:30:00")},
        )
        add_feeds([path], folder, now=NOW)
        return request(minutes=60.0, means=Means(mode=Mode.TRANSIT, folder=folder))

    @pytest.fixture
    def ground(self) -> Loaded:
        return loaded(offers(TODAY), sessions(EVENING))

    def test_a_line_home_covers_who_could_not_come_back(self, tmp_path: Path, asked: Request, ground: Loaded) -> None:
        """The class is on Tuesdays from 18:00 to 20:00 at the mairie of Lens, where the bus stops.

        There: at the door by 17:55, so the 17:00 it is: 55 minutes. Back today: nothing leaves Lens after 20:00.
        Back with the line that leaves at 20:15 and arrives at 20:45: home 45 minutes after the end.
        """
        gtfs(tmp_path / "soir.zip", {"evening": (LENS, "20:15:00", VILLERS, "20:45:00")})
        line = {"action": "open_line", "name": "Bus du soir", "gtfs": "soir.zip"}
        one = scenario(line, mode="transit", minutes=60)
        found = compared(ground, asked, one, path=tmp_path / "essai.json")
        row = found.changes.table.set_index("commune_code").loc[VILLERS]
        assert row[["cause_before", "cause_after", "change"]].tolist() == ["no_return", "covered", "gained"]
        after = found.after.set_index("commune_code").loc[VILLERS]
        assert (after["out_minutes"], after["back_minutes"]) == (pytest.approx(55, abs=0.1), pytest.approx(45, abs=0.1))
        others = found.changes.table[found.changes.table["commune_code"].ne(VILLERS)]
        assert (others["cause_before"] == others["cause_after"]).all()
        result = told(found)
        assert "Calcul complet" in result.meta["method"]
        assert any("scenario-1" in source["name"] for source in result.meta["sources"])
        # What is kept is as it was: the same question has the same answer again.
        pd.testing.assert_frame_equal(study_layers(ground, asked).coverage, found.before.coverage)

    def test_holding_the_class_at_noon_brings_people_home_too(self, asked: Request, ground: Loaded) -> None:
        """From 17:35 on the bus has come; but nothing goes home. From 10:00 to 11:30 nobody can come: too far."""
        hours = {"action": "change_hours", "offer_id": "t:1", "start": "10:00", "end": "11:30"}
        one = scenario(hours, mode="transit", minutes=60)
        row = compared(ground, asked, one).changes.table.set_index("commune_code").loc[VILLERS]
        assert row[["cause_before", "cause_after"]].tolist() == ["no_return", "wrong_fit"]

    def test_a_line_is_no_use_by_car_and_must_be_a_feed(self, tmp_path: Path, asked: Request, ground: Loaded) -> None:
        line = {"action": "open_line", "name": "Bus", "gtfs": "soir.zip"}
        by_car = scenario(opened(LENS), line)
        with pytest.raises(ScenarioRefusedError) as raised:
            compared(ground, request_of(by_car), by_car, path=tmp_path / "essai.json")
        assert raised.value.where == "essai.json, action n° 2 (open_line), champ gtfs, valeur « soir.zip »"
        assert "transit" in raised.value.way_out
        with pytest.raises(ScenarioRefusedError, match="n'existe pas"):
            compared(ground, asked, scenario(line, mode="transit"), path=tmp_path / "essai.json")
        (tmp_path / "soir.zip").write_bytes(b"nothing")
        with pytest.raises(ScenarioRefusedError, match=re.escape("essai.json, action n° 1")):
            compared(ground, asked, scenario(line, mode="transit"), path=tmp_path / "essai.json")

    def test_another_file_under_the_same_name_is_told(self, tmp_path: Path, asked: Request, ground: Loaded) -> None:
        gtfs(tmp_path / "soir.zip", {"evening": (LENS, "20:15:00", VILLERS, "20:45:00")})
        line = {"action": "open_line", "name": "Bus du soir", "gtfs": "soir.zip", "sha256": "0" * 64}
        found = compared(ground, asked, scenario(line, mode="transit"), path=tmp_path / "essai.json")
        assert any("n'est plus celui du scénario" in note for note in told(found).meta["notes"])


@pytest.mark.skipif(not MONACO.is_file(), reason="the shared test data is not beside the checkout")
def test_on_real_streets_the_fast_way_and_the_full_one_agree(tmp_path: Path) -> None:
    construct(Wanted(area="riviera", osm=MONACO, modes=(Mode.CAR,)), tmp_path)
    beausoleil, cap = "06012", "06032"
    ground = loaded(offers([("t:1", "alphabetisation", beausoleil), ("t:2", "fle", cap)]))
    ground.infos["offers"].meta["sources"][0]["covers"] = ["06"]  # type: ignore[index, call-overload]
    means = Means(network="riviera", folder=tmp_path)
    asked = request(territory=f"{beausoleil},{cap}", minutes=5.0, means=means)
    actions = (
        AddSite(name="N", kind=Kind.ALPHABETISATION, commune_code=cap),
        CloseSite(offer_id="t:1"),
        AddSite(name="N", kind=Kind.ALPHABETISATION, lon=7.4235, lat=43.7440),
    )
    one = Scenario(name="Essai", question=asked_of(asked), actions=actions)
    fast, full = (compared(ground, asked, one, fast=way) for way in (True, False))
    pd.testing.assert_frame_equal(fast.after, full.after)
    assert np.isfinite(fast.after["out_minutes"].astype(float)).all()
