"""The job behind ``geo-integration fit``: the demonstration's courses, judged for one learner."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from geo_integration.coverage.learner.file import read_free
from geo_integration.coverage.learner.profile import Profile
from geo_integration.errors import MissingDataError, UnknownTerritoryError
from geo_integration.exports.result import Result
from geo_integration.exports.result_files import write_result
from geo_integration.jobs.fit import compute
from geo_integration.jobs.request import Request
from geo_integration.store import FolderStore, Store
from geo_integration.vocabulary import Audience, Criterion, Fit, Kind, Schooling

TODAY = date(2026, 10, 1)
WHO = Profile(
    schooling=Schooling.NONE,
    statuses=frozenset({Audience.BPI, Audience.WOMEN}),
    age=32,
    free=read_free(["lundi-matin", "mardi", "jeudi", "vendredi-matin"]),
    child_care=True,
    starts_by=date(2026, 12, 1),
)
REQUEST = Request("R32", Kind.ALPHABETISATION, 45, TODAY, learner=WHO)


@pytest.fixture(scope="module")
def store(demo_store_folder: Path) -> Store:
    return FolderStore(demo_store_folder)


@pytest.fixture(scope="module")
def result(store: Store) -> Result:
    return compute(store, REQUEST)


def test_every_course_of_the_territory_is_told_once_with_why(store: Store, result: Result) -> None:
    offers = store.read("offers")
    here = offers[offers["departement_code"].isin(["02", "59", "60", "62", "80"])]
    table = result.table
    assert sorted(table["offer_id"]) == sorted(here["offer_id"])
    assert table.loc[table["fit"].ne(Fit.FITS.value), "reasons"].ne("").all()
    assert table["synthetic"].all()
    assert result.meta["synthetic"]
    assert table.crs == "EPSG:4326"
    assert set(table.columns) == {*result.headings, "geometry"}


def test_figures_are_the_bounds_of_the_table(result: Result) -> None:
    sure, possible = (int(result.table["fit"].isin(codes).sum()) for codes in (["fits"], ["fits", "unknown"]))
    assert [value for value, _ in result.figures] == [str(sure), str(possible), str(len(result.table))]
    assert 0 < sure < possible < len(result.table)  # the demonstration has all three


def test_the_legend_has_a_swatch_for_every_value(result: Result) -> None:
    colouring = result.colourings[0]
    assert colouring.column == "fit"
    assert {swatch.value for swatch in colouring.swatches} == {one.value for one in Fit}


def test_reasons_beside_tell_every_criterion_of_every_session(store: Store, result: Result) -> None:
    told = result.beside["raisons"].table
    sessions = store.read("sessions")
    here = sessions[sessions["offer_id"].isin(result.table["offer_id"])]
    asked = {"child_care", "hours", "start", "recruitment"}
    of_sessions = told[told["session_id"].notna()]
    assert len(of_sessions) == len(here) * len(asked)
    assert set(of_sessions["criterion"]) == asked
    assert told["reason"].ne("").all()
    assert set(told["criterion"]) <= {one.value for one in Criterion}


def test_who_pays_nothing_is_told_of_the_only_prices_there_are(store: Store) -> None:
    free = compute(store, replace(REQUEST, learner=replace(WHO, free_of_charge=True)))
    told = free.beside["raisons"].table
    paying = told[told["criterion"].eq("cost") & told["verdict"].eq("does_not_fit")]
    assert set(paying["reason"]) == {"payant : « 120 euros à la charge du candidat »"}
    assert free.figures[0][0] == "0"  # the source states no other price: no course is surely free


def test_criteria_count_what_they_refuse(result: Result) -> None:
    counts = result.beside["criteres"].table.set_index("criterion")
    kinds = result.table["kind"]
    assert counts.loc["kind", "refused"] == (~kinds.isin(["alphabetisation", "unknown"])).sum()
    assert counts.loc["kind", "unknown"] == kinds.eq("unknown").sum()
    assert (counts["alone"] <= counts["refused"]).all()
    assert "cost" not in counts.index  # not asked


def test_a_commune_has_only_its_own_courses_and_remote_ones_where_they_are_taken(store: Store) -> None:
    lille = replace(REQUEST, territory="59350")
    assert set(compute(store, lille).table["commune_name"]) == {"Lille"}
    offers = store.read("offers")
    remote = offers["modality"].eq("remote") & offers["commune_code"].isna()
    taken = compute(store, replace(lille, learner=replace(WHO, remote=True))).table
    assert taken["commune_name"].isna().sum() == remote.sum()


def test_a_place_without_courses_gives_an_empty_answer(store: Store) -> None:
    empty = compute(store, replace(REQUEST, territory="05061"))
    assert len(empty.table) == 0
    assert [value for value, _ in empty.figures] == ["0", "0", "0"]


def test_same_question_same_bytes(store: Store, result: Result, tmp_path: Path) -> None:
    again = compute(store, REQUEST)
    for suffix in ("csv", "geojson", "xlsx"):
        first = [path.read_bytes() for path in write_result(result, tmp_path / f"a.{suffix}")]
        second = [path.read_bytes() for path in write_result(again, tmp_path / f"a.{suffix}")]
        assert first == second


def test_errors(store: Store, tmp_path: Path) -> None:
    with pytest.raises(MissingDataError):
        compute(FolderStore(tmp_path / "empty"), REQUEST)
    with pytest.raises(UnknownTerritoryError):
        compute(store, replace(REQUEST, territory="99999"))
