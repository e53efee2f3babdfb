"""Housing and language on the demonstration: modes told apart, nobody's address, nothing for the public."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from geo_integration.disclosure import Viewer
from geo_integration.errors import DisclosureError, MissingDataError
from geo_integration.exports.result import Result
from geo_integration.exports.result_files import write_result
from geo_integration.jobs import demo as demonstration
from geo_integration.jobs.housing import compute
from geo_integration.jobs.means import Means
from geo_integration.jobs.request import Request
from geo_integration.jobs.timetables import add_feeds, first_week
from geo_integration.store import Store, open_store
from geo_integration.vocabulary import Kind, Mode

DAY = demonstration.as_of()
TER = Path(__file__).resolve().parents[3] / "shared" / "data" / "gtfs" / "ter_hdf"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    made = open_store(tmp_path_factory.mktemp("store"))
    for _ in demonstration.load(made):
        pass
    return made


@pytest.fixture(scope="module")
def request_02(tmp_path_factory: pytest.TempPathFactory) -> Request:
    """Ask about the Aisne, whose contracts the reference tables hold, with a folder that has no timetable."""
    means = Means(folder=tmp_path_factory.mktemp("networks"))
    return Request("02", Kind.ALPHABETISATION, 60, DAY, means=means)


@pytest.fixture(scope="module")
def result(store: Store, request_02: Request) -> Result:
    return compute(store, request_02)


def test_the_public_is_not_told(store: Store, request_02: Request) -> None:
    with pytest.raises(DisclosureError, match="public"):
        compute(store, replace(request_02, viewer=Viewer.PUBLIC))


def test_without_timetable_transit_is_unknown_and_said_so(result: Result) -> None:
    table = result.table
    assert table["transit_courses"].isna().all()
    assert set(table["transit_centre"]) == {"unknown"}
    assert any(note.startswith("En transports en commun : inconnu") for note in result.meta["notes"])
    assert not table["placement"].eq("bad").any()  # nobody knows that no bus goes there
    assert table["course"].isin(["yes", "unknown"]).all()


def test_figures_agree_with_one_another(result: Result) -> None:
    table = result.table
    assert (table["criteria_low"] <= table["criteria_high"]).all()
    assert (table["foot_courses"] <= table["bike_courses"]).all()  # the outline is slower on foot
    assert (table["bike_courses"].dropna() <= table["bike_courses_high"].dropna()).all()
    within = table[["foot_out_minutes", "bike_out_minutes"]].min(axis=1).le(60)
    assert (table.loc[within & table["minutes"].le(60), "course"] == "yes").all()
    assert table["rank"].is_monotonic_increasing
    assert table["why"].str.len().gt(0).all()


def test_captured_dwellings_are_told_by_commune_only(result: Result, store: Store) -> None:
    told = result.beside["logements"].table
    housing = store.read("housing")
    mine = housing[housing["commune_code"].isin(set(result.table["commune_code"])) & housing["kind"].ne("social")]
    assert int(told["dwellings"].sum()) == int(mine["dwellings"].sum())
    assert int(told["places"].sum()) == int(mine["places"].sum())
    names = " ".join([*told.columns, *result.table.columns])
    assert "address" not in names
    assert "operator" not in names


def test_contracts_stand_against_need_and_gap(result: Result) -> None:
    ctai = result.beside["ctai"].table.set_index("commune_code")
    assert {"02408", "02722"} <= set(ctai.index)  # Laon and Soissons, contracts of the reference table
    assert "Apprentissage du français" in ctai.loc["02408", "axes_fr"]
    assert bool(ctai.loc["02408", "language_axis"])
    assert ctai.loc["02408", "signed_year"] == 2019
    assert pd.isna(ctai.loc["02408", "end_year"])  # the document does not say
    assert pd.isna(ctai.loc["02408", "over"])
    coverage = result.table.set_index("commune_code")
    assert ctai.loc["02722", "cause"] == coverage.loc["02722", "cause"]


def test_a_referent_sees_the_dwellings_of_their_departement_only(store: Store, request_02: Request) -> None:
    other = replace(request_02, viewer=Viewer.referent(["62"]))
    found = compute(store, other, modes=[Mode.FOOT])
    assert "logements" not in found.beside  # not told: an empty table would read as no dwelling
    assert found.table["dwellings"].isna().all()  # not shown, and not zero


def test_modes_not_asked_are_unknown_and_modes_asked_must_be_there(store: Store, request_02: Request) -> None:
    found = compute(store, request_02, modes=[Mode.BIKE])
    assert found.table["foot_courses"].isna().all()
    assert found.table["bike_courses"].notna().all()
    with pytest.raises(MissingDataError):
        compute(store, request_02, modes=[Mode.TRANSIT])


def test_every_column_has_a_heading_and_the_same_request_the_same_bytes(
    store: Store, request_02: Request, result: Result, tmp_path: Path
) -> None:
    assert set(result.table.columns) - {"geometry"} == set(result.headings)
    for beside in result.beside.values():
        assert set(beside.table.columns) == set(beside.headings)
    again = compute(store, request_02)
    for name, answer in (("a", result), ("b", again)):
        write_result(answer, tmp_path / name / "housing.csv")
        write_result(answer, tmp_path / name / "housing.geojson")
    for path in sorted((tmp_path / "a").iterdir()):
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name


def test_with_the_trains_of_the_region(store: Store, tmp_path: Path) -> None:
    """Real TER timetables (SNCF, 2025): Soissons and Laon reach a course, and a commune far from any stop does not."""
    feeds = sorted(TER.glob("ter_hauts_de_france_*.gtfs.zip"))
    if not feeds:
        pytest.skip("real sample not on this machine: ../shared/data/gtfs/ter_hdf")
    names = add_feeds(feeds[:1], tmp_path, now=pd.Timestamp(DAY, tz="UTC").to_pydatetime())
    means = Means(folder=tmp_path, feeds=names, week_of=first_week(names, tmp_path))
    found = compute(store, Request("02", Kind.ALPHABETISATION, 60, DAY, means=means)).table.set_index("commune_code")
    assert found["transit_courses"].notna().any()
    assert found["placement"].isin(["bad"]).any()  # now it is known of some
    assert (found.loc[found["placement"].eq("bad"), "course"] == "no").all()
    assert found.loc["02408", "prefecture"] == "yes"  # Laon is the préfecture
    trains = found["transit_prefecture"].eq("yes") & found["foot_prefecture"].eq("no")
    assert trains.any()


def test_totals_of_a_part_of_the_territory_are_said_to_be_partial(store: Store, request_02: Request) -> None:
    both = replace(request_02, territory="dep:02,dep:80", viewer=Viewer.referent(["02"]))
    found = compute(store, both, modes=[Mode.FOOT])
    totals = [text for value, text in found.figures if "logement" in value or "place" in value]
    assert totals
    assert all("sans les départements non montrés à ce destinataire" in text for text in totals)
    (note,) = [one for one in found.meta["notes"] if "partiels" in one]
    assert "Somme non montré" in note
    assert "Aisne" not in note
    whole = compute(store, replace(both, territory="02"), modes=[Mode.FOOT])
    assert "partiels" not in " ".join(whole.meta["notes"])


def test_housing_loaded_elsewhere_only_is_not_zero_out_of_zero(store: Store, request_02: Request) -> None:
    elsewhere = compute(store, replace(request_02, territory="29"), modes=[Mode.FOOT])
    assert elsewhere.beside["logements"].table.empty
    assert elsewhere.figures[-1] == (
        "Aucune ligne",
        "de logement capté ni de place n'est chargée pour ce territoire",
    )
