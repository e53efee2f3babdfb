"""The job behind ``geo-integration site``: against a course really opened there, and by hand in the evening."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geo_integration import territories
from geo_integration.coverage.learner.profile import Profile
from geo_integration.coverage.siting.models import Limit
from geo_integration.coverage.siting.problem import NOBODY
from geo_integration.errors import InputRefusedError, MissingDataError, OptionError
from geo_integration.exports.result_files import tidied
from geo_integration.jobs.counting import number
from geo_integration.jobs.means import Means
from geo_integration.jobs.site import Sited, sited, told
from geo_integration.jobs.site_evening import evening
from geo_integration.jobs.site_options import Asked, By, CandidateSource, Model
from geo_integration.jobs.site_words import figures
from geo_integration.jobs.studied import Studied, study_layers
from geo_integration.jobs.timetables import add_feeds
from geo_integration.travel.transit.class_hours import Slot
from geo_integration.vocabulary import Cause, HalfDay, Mode
from tests.jobs.scenario_samples import communes, loaded, offers, request, sessions

LENS, ARRAS = "62498", "62041"
MAIRIES = (CandidateSource.MAIRIES,)
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
TER = SHARED / "gtfs" / "ter_hdf" / "ter_hauts_de_france_2025-01-22_2025-04-22.gtfs.zip"


@pytest.fixture(scope="module")
def studied() -> Studied:
    """Lens-Liévin by car, with one course at Lens; one of unknown kind at Carvin's side of the EPCI."""
    return study_layers(loaded(offers([("t:1", "alphabetisation", LENS)])), request(minutes=9.0))


@pytest.fixture(scope="module")
def found(studied: Studied) -> Sited:
    return sited(studied, Asked(p=2, candidates=MAIRIES))


def uncovered_with(studied: Studied, *codes: str) -> float:
    """Return the need uncovered once courses are really opened at some mairies: the whole street again."""
    rows = [("t:1", "alphabetisation", LENS), *((f"t:new{code}", "alphabetisation", code) for code in codes)]
    again = study_layers(loaded(offers(rows)), studied.request, keep_ways=False)
    return float(again.coverage["need_uncovered"].sum())


def test_the_need_said_to_be_covered_is_covered_once_courses_open_there(studied: Studied, found: Sited) -> None:
    before = float(studied.coverage["need_uncovered"].sum())
    chosen = found.reached.table["commune_code"].iloc[list(found.plan.chosen)].tolist()
    assert found.plan.proven
    assert found.plan.value > 0
    assert before - uncovered_with(studied, *chosen) == pytest.approx(found.plan.value, abs=0.02)


def test_no_other_pair_of_mairies_does_better(studied: Studied, found: Sited) -> None:
    before = float(studied.coverage["need_uncovered"].sum())
    some = communes()["code"].tolist()
    for pair in [(some[0], some[20]), (some[5], some[30]), (some[11], some[17])]:
        assert before - uncovered_with(studied, *pair) <= found.plan.value + 0.02


def test_everything_is_told(studied: Studied, found: Sited) -> None:
    result = told(found)
    tidied(result)
    assert set(result.table.columns) == {*result.headings, "geometry"}
    for beside in result.beside.values():
        assert set(beside.table.columns) <= set(beside.headings)
    table, sites = result.table, result.beside["lieux"].table
    assert table["commune_code"].tolist() == studied.coverage["commune_code"].tolist()
    new = table["after"].eq("newly_covered")
    assert table.loc[new, "need_newly_covered"].sum() == pytest.approx(found.plan.value, abs=0.05)
    assert sites["gain"].sum() == pytest.approx(found.plan.value, abs=0.05)
    assert sites["communes"].sum() == new.sum()
    assert (table.loc[new, "site_minutes"] <= 9).all()
    assert table.loc[new, "site_name"].notna().all()
    assert table.loc[table["cause"].eq("covered"), "after"].eq("covered").all()
    curve = result.beside["courbe"].table
    assert curve["need_covered"].is_monotonic_increasing
    assert curve["need_covered"].iloc[-1] == pytest.approx(found.plan.value, abs=0.01)
    assert ("Optimum prouvé", "pour ces données : aucun choix de lieux ne fait mieux.") in result.figures
    assert result.points is not None
    assert set(result.points["mark"]) == {"site", "candidate", "chosen"}
    assert (result.points["mark"] == "chosen").sum() == 2


def test_the_same_question_has_the_same_answer(studied: Studied, found: Sited) -> None:
    again = told(sited(studied, Asked(p=2, candidates=MAIRIES)))
    pd.testing.assert_frame_equal(pd.DataFrame(again.table), pd.DataFrame(told(found).table))


def test_courses_of_unknown_fit_are_the_other_bound(studied: Studied) -> None:
    # A course of unknown kind in the commune where the first choice is: if it fits, that need is covered already.
    first = sited(studied, Asked(p=1, candidates=MAIRIES))
    (chosen,) = first.reached.table["commune_code"].iloc[list(first.plan.chosen)]
    rows = [("t:1", "alphabetisation", LENS), ("t:2", "unknown", chosen)]
    both = sited(study_layers(loaded(offers(rows)), studied.request), Asked(p=1, candidates=MAIRIES))
    assert both.plan.value == pytest.approx(first.plan.value)
    assert both.other is not None
    assert both.other.value < both.plan.value
    table = told(both).table
    assert table["need_newly_covered"].sum() == pytest.approx(both.plan.value, abs=0.05)
    assert table["need_newly_covered_if_unknown_fits"].sum() == 0


def test_every_model_answers(studied: Studied) -> None:
    few = sited(studied, Asked(model=Model.LSCP, candidates=MAIRIES))
    table = told(few).table
    left = table["after"].isin(["not_covered"]) & table["need"].ne(0)
    assert (left.to_numpy() == few.plan.impossible).all()
    median = told(sited(studied, Asked(p=2, model=Model.P_MEDIAN, candidates=MAIRIES)))
    assert "135 minutes" in " ".join(median.meta["notes"])
    groups = sited(studied, Asked(p=2, by=By.GROUP, group_size=5, candidates=MAIRIES))
    assert groups.plan.value <= 10 + 1e-6
    assert told(groups).beside["lieux"].table["capacity"].tolist() == [5, 5]


def test_a_list_of_places(studied: Studied, tmp_path: Path) -> None:
    path = tmp_path / "lieux.csv"
    path.write_text("nom;insee;places\nSalle A;62427;8\nSalle B;62510;\n", encoding="utf-8")
    groups = sited(studied, Asked(p=1, by=By.GROUP, candidates=(CandidateSource.LIST,), listed=path))
    assert groups.reached.table["name"].tolist() == ["Salle A", "Salle B"]
    assert any(source["name"] == "Lieux candidats" for source in told(groups).meta["sources"])
    path.write_text("nom;insee;places\nSalle A;62427;-8\n", encoding="utf-8")
    with pytest.raises(InputRefusedError, match="« -8 »"):
        sited(studied, Asked(candidates=(CandidateSource.LIST,), listed=path))


def test_with_a_bonus_the_optimum_is_said_to_count_it(studied: Studied) -> None:
    plain = sited(studied, Asked(p=1, candidates=MAIRIES))
    with_bonus = replace(plain, asked=Asked(p=1, candidates=MAIRIES, priority_bonus=5.0))
    (said, what), *_ = [one for one in told(with_bonus).figures if one[0].startswith("Optimum")]
    assert said == "Optimum prouvé"
    assert what.startswith("bonus demandé compris")
    assert "aucun choix" not in what  # without the bonus another one may cover more


def test_a_commune_where_no_source_reports_needs_no_course_of_the_fewest() -> None:
    # Douai is in a département nobody reports on. That a course is known at Lens, 22 minutes away, says nothing of it.
    layers = loaded(offers([("t:1", "alphabetisation", LENS)]))
    sources: Any = layers.infos["offers"].meta["sources"]
    source = {**sources[0], "covers": ["62"]}
    info = replace(layers.infos["offers"], meta={"sources": [source]})
    silent = study_layers(
        replace(layers, infos=dict.fromkeys(layers.infos, info)), request(territory=f"{LENS},59178", minutes=9.0)
    )
    table = silent.coverage.set_index("commune_code")
    assert table.at["59178", "cause"] == Cause.NO_DATA.value
    assert table["out_minutes"].astype(float)["59178"] > 9
    few = sited(silent, Asked(model=Model.LSCP, candidates=MAIRIES))
    assert (few.plan.chosen, few.plan.impossible.tolist()) == ((), [False, False])
    assert np.isnan(few.problem.existing_minutes[0])
    # Nor are its minutes today known for a p-median.
    median = sited(silent, Asked(p=1, model=Model.P_MEDIAN, candidates=MAIRIES))
    assert median.plan.assigned[0] == NOBODY


def test_candidates_left_out_are_said(studied: Studied, tmp_path: Path) -> None:
    path = tmp_path / "lieux.csv"
    path.write_text("nom;insee;places\nSalle A;62427;8\nSalle B;62427;12\nSalle C;62510;\n", encoding="utf-8")
    found = sited(studied, Asked(p=1, candidates=(CandidateSource.LIST,), listed=path))
    assert found.reached.table["name"].tolist() == ["Salle A", "Salle C"]
    assert any(note.startswith("1 ligne de la liste donne le même lieu") for note in told(found).meta["notes"])
    mornings = frozenset({("tue", HalfDay.MORNING)})
    busy = replace(studied, request=replace(studied.request, learner=Profile(free=mornings)))
    slots = (Slot.parse("tue", "09:00", "11:30"), Slot.parse("tue", "18:00", "20:00"))
    found = sited(busy, Asked(p=1, candidates=MAIRIES, hours=slots))
    assert len(found.reached.table) == 36
    assert any(note.startswith("36 candidats sur 72, écartés") for note in told(found).meta["notes"])


def test_what_cannot_be_is_refused(studied: Studied, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="37 lieux à choisir parmi 36 candidats"):
        sited(studied, Asked(p=37, candidates=MAIRIES))
    with pytest.raises(MissingDataError, match="aucun établissement scolaire"):
        sited(studied, Asked())
    for wrong in (
        {"p": 0},
        {"candidates": ()},
        {"candidates": (CandidateSource.LIST,)},
        {"listed": tmp_path / "x.csv"},
        {"by": By.GROUP, "model": Model.LSCP},
        {"group_size": 0},
        {"priority_bonus": -1.0},
        {"evening_minutes": -5},
        {"unreachable_minutes": 0.0},
        {"unreachable_minutes": -3.0},
    ):
        with pytest.raises(OptionError) as error:
            Asked(**wrong)
        assert error.value.way_out
    with pytest.raises(OptionError, match="limite"):
        Limit(seconds=-1)


def feed(folder: Path, trains: list[tuple[str, str, str, str, str]]) -> Path:
    """Write trains between mairies as GTFS: (trip, from, leaves, to, arrives), on weekdays of autumn 2026."""
    known = territories.communes(geometry=False).set_index("code")
    codes = sorted({code for _, start, _, end, _ in trains for code in (start, end)})
    files = {
        "agency": ["agency_id,agency_name,agency_url,agency_timezone", "a,TER,http://example.org,Europe/Paris"],
        "stops": [
            "stop_id,stop_name,stop_lat,stop_lon",
            *(f"{c},{known.at[c, 'name']},{known.at[c, 'mairie_lat']},{known.at[c, 'mairie_lon']}" for c in codes),
        ],
        "routes": ["route_id,agency_id,route_short_name,route_type", "r,a,K1,2"],
        "trips": ["route_id,service_id,trip_id", *(f"r,s,{trip}" for trip, *_ in trains)],
        "stop_times": [
            "trip_id,arrival_time,departure_time,stop_id,stop_sequence",
            *(
                f"{trip},{time}:00,{time}:00,{stop},{number}"
                for trip, start, leaves, end, arrives in trains
                for number, (stop, time) in enumerate(((start, leaves), (end, arrives)))
            ),
        ],
        "calendar": [
            "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date",
            "s,1,1,1,1,1,0,0,20260901,20261218",
        ],
    }
    gtfs = folder / "trains"
    gtfs.mkdir()
    for name, rows in files.items():
        (gtfs / f"{name}.txt").write_text("\n".join(rows) + "\n", encoding="utf-8")
    add_feeds([gtfs], folder, now=datetime(2026, 9, 1, tzinfo=UTC))
    return folder


def in_the_evening(folder: Path, minutes: float) -> Studied:
    """Ask, from Lens and Arras by train, about a class at the mairie of Arras on Tuesdays from 18:00 to 20:00."""
    meeting = {"session_id": "t:1/1", "offer_id": "t:1", "days": "tue", "start_time": "18:00", "end_time": "20:00"}
    means = Means(mode=Mode.TRANSIT, folder=folder, week_of=date(2026, 10, 6))
    asked = request(territory=f"{LENS},{ARRAS}", minutes=minutes, means=means)
    return study_layers(loaded(offers([("t:1", "alphabetisation", ARRAS)]), sessions(meeting)), asked)


def test_a_longer_evening_by_hand(tmp_path: Path) -> None:
    # In: leave Lens at 17:00, arrive at 17:20, wanted at 17:55: 55 minutes. Home: the only train leaves at 19:30, half
    # an hour before the class ends: no return. With 60 minutes more, somebody who leaves at 20:00 does as who leaves
    # at 19:00 today: 30 minutes of wait and 20 of train, home in 50.
    folder = feed(tmp_path, [("t1", LENS, "17:00", ARRAS, "17:20"), ("t2", ARRAS, "19:30", LENS, "19:50")])
    studied = in_the_evening(folder, 60)
    assert studied.coverage.set_index("commune_code").at[LENS, "cause"] == Cause.NO_RETURN.value
    (row,) = evening(studied, minutes=60).table.to_dict("records")
    assert (row["commune_code"], row["cause"], row["sure"]) == (LENS, Cause.NO_RETURN.value, True)
    assert row["out_minutes"] == 55.0
    assert row["back_minutes"] == np.inf
    assert row["extended_back_minutes"] == 50.0
    assert evening(studied, minutes=30).table["extended_back_minutes"].tolist() == [20.0]  # the 19:30, just caught
    assert evening(studied, minutes=29).table.empty  # it has just left
    assert evening(in_the_evening(folder, 52), minutes=60).table.empty  # the way in is too long


def test_candidates_by_timetable_are_timed_for_their_hours(tmp_path: Path) -> None:
    # A class at the mairie of Lens on Tuesday mornings: from Arras, 8:00 to 8:20, at the door at 8:55: 55 minutes; home
    # at 12:20 after 11:30, 50 minutes. In the evening no train comes from Arras.
    folder = feed(tmp_path, [("t1", ARRAS, "08:00", LENS, "08:20"), ("t2", LENS, "12:00", ARRAS, "12:20")])
    means = Means(mode=Mode.TRANSIT, folder=folder, week_of=date(2026, 10, 6))
    asked = request(territory=f"{LENS},{ARRAS}", minutes=60.0, means=means)
    studied = study_layers(loaded(offers([("t:1", "fle", ARRAS)])), asked)
    slots = (Slot.parse("tue", "09:00", "11:30"), Slot.parse("tue", "18:00", "20:00"))
    found = sited(studied, Asked(p=1, candidates=MAIRIES, hours=slots))
    table = found.reached.table
    assert len(table) == 4
    (chosen,) = table.iloc[list(found.plan.chosen)].to_dict("records")
    assert (chosen["commune_code"], chosen["slots"], chosen["hours_supposed"]) == (LENS, "tue 09:00-11:30", False)
    row = told(found).table.set_index("commune_code").loc[ARRAS]
    assert (row["after"], row["site_minutes"]) == ("newly_covered", 55.0)


@pytest.mark.skipif(not TER.is_file(), reason="real TER timetable not on this machine: ../shared/data/gtfs/ter_hdf")
def test_the_repeated_hour_is_the_way_home_of_a_class_that_ends_an_hour_earlier(tmp_path: Path) -> None:
    add_feeds([TER], tmp_path, now=datetime(2025, 2, 1, tzinfo=UTC))

    def classes(end: str) -> Studied:
        means = Means(mode=Mode.TRANSIT, folder=tmp_path, week_of=date(2025, 2, 4), class_start="18:00", class_end=end)
        asked = request(territory="246200364,62041,62178,62119", minutes=75.0, means=means)
        return study_layers(loaded(offers([("t:1", "alphabetisation", ARRAS), ("t:2", "unknown", LENS)])), asked)

    late, early = classes("21:00"), classes("20:00")
    table = evening(late, minutes=60).table
    assert len(table) > 0
    assert (table["out_minutes"] <= 75).all()
    assert (table["extended_back_minutes"] <= 75).all()
    assert (table["back_minutes"] > 75).all()
    position = {code: row for row, code in enumerate(early.ways.communes)}
    names = [place.replace("20:00", "21:00") for place in early.ways.places]
    home = {
        (names[place], commune): back
        for place, commune, back in zip(early.ways.place, early.ways.commune, early.ways.back_minutes, strict=True)
    }
    for row in table.to_dict("records"):
        an_hour_earlier = float(home[row["place"], position[row["commune_code"]]])
        assert row["extended_back_minutes"] == pytest.approx(min(an_hour_earlier, row["back_minutes"]), abs=0.051)


def test_geometry_is_that_of_the_communes(found: Sited) -> None:
    table = told(found).table
    assert isinstance(table, gpd.GeoDataFrame)
    assert table.crs == "EPSG:4326"
    assert set(table.geometry.geom_type) <= {"Polygon", "MultiPolygon"}


def test_words_agree_with_their_numbers(studied: Studied) -> None:
    result = told(sited(studied, Asked(p=1, candidates=MAIRIES)))
    assert result.figures[0][1].startswith("apprenants nouvellement couverts par 1 lieu sur ")
    said = " ".join([*(" ".join(one) for one in result.figures), *result.meta["notes"], *result.points["text"]])
    assert "(s)" not in said
    assert "(x)" not in said
    assert not re.search(r"\b[01](?:,\d)? (?:communes|apprenants|lieux|groupes)\b", said)
    assert not any(sentence.startswith(":") for _, sentence in result.figures)
    assert len(result.meta["bounds"]) == 2


def test_sites_that_serve_only_unknown_need_are_not_told_to_serve_nobody(found: Sited) -> None:
    table = told(found).table
    new = table["after"].eq("newly_covered")
    assert new.any()
    names = ["need_uncovered", "need_newly_covered", "need_newly_covered_if_unknown_fits"]
    silent = pd.DataFrame(table).assign(**dict.fromkeys(names, np.nan))
    (value, sentence), *_, (count, uncounted) = figures(found.plan, silent, found.asked, None)
    assert value == "Nombre inconnu"
    assert sentence == "d'apprenants nouvellement couverts par 2 lieux : aucun besoin n'y est connu."
    assert count == number(int(table["after"].ne("covered").sum()))
    assert f"{number(int(new.sum()))} d'entre elles seraient à portée" in uncounted
