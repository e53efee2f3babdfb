"""The exit door: what was not protected where it entered does not leave."""

import pandas as pd
import pytest

from geo_integration.disclosure import Viewer, parse_viewer, release, release_beside, release_census, release_people
from geo_integration.errors import DisclosureError, OptionError
from geo_integration.vocabulary import TerritoryLevel
from tests.disclosure.samples import communes, persons

REFERENT = Viewer.referent(["62"])


def rows(**changes: object) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "commune_code": ["62041", "59350", "80021"],
            "departement_code": ["62", "59", "80"],
            "need_basis": ["official", "official", "protected"],
            "need": [4.0, 400.0, 12.5],
            "need_uncovered": [2.0, 200.0, 12.5],
            "minutes": [1.0, 2.0, 3.0],
        }
    )
    return table.assign(**changes)


def test_counts_leave_only_to_who_sees_their_departement() -> None:
    before = rows()
    assert release(before, Viewer.ADMINISTRATOR)["need"].tolist() == [4.0, 400.0, 12.5]
    public = release(before, Viewer.PUBLIC)
    assert public["need"].isna().tolist() == [True, True, False]
    assert public["need_uncovered"].isna().tolist() == [True, True, False]
    assert public["withheld"].tolist() == [True, True, False]
    assert public["minutes"].tolist() == [1.0, 2.0, 3.0]
    assert release(before, REFERENT)["withheld"].tolist() == [False, True, False]
    pd.testing.assert_frame_equal(before, rows())


def test_made_up_counts_are_protected_as_the_real_thing() -> None:
    bases = ["synthetic", "official+synthetic", "estimate"]
    assert release(rows(need_basis=bases), Viewer.PUBLIC)["withheld"].tolist() == [True, True, False]
    assert release(rows(need_basis=[None, "unknown", "estimate"]), Viewer.PUBLIC)["withheld"].tolist() == [
        True,
        False,
        False,
    ]


def test_what_was_withheld_stays_so() -> None:
    table = rows(withheld=[False, False, True], need_basis="protected")
    assert release(table, Viewer.PUBLIC)["withheld"].tolist() == [False, False, True]
    assert release(table, Viewer.PUBLIC)["need"].isna().tolist() == [False, False, True]


def test_other_figures_are_named() -> None:
    table = rows(palma=[1.0, 2.0, 3.0], learners_left=[1, 2, 3])
    assert release(table, Viewer.PUBLIC)["palma"].notna().all()
    shown = release(table, Viewer.PUBLIC, figures=["palma"])
    assert shown["palma"].isna().tolist() == [True, True, False]
    assert shown["learners_left"].isna().tolist() == [True, True, False]
    with pytest.raises(DisclosureError, match="absentes : gini"):
        release(table, Viewer.PUBLIC, figures=["gini"])
    with pytest.raises(DisclosureError, match="need_basis"):
        release(table.drop(columns="need_basis"), Viewer.PUBLIC)
    assert len(release(rows()[["commune_code", "minutes"]], Viewer.PUBLIC)) == 3  # no figure about people


def rollup(level: str, codes: list[str], basis: str = "official") -> pd.DataFrame:
    return pd.DataFrame({"level": level, "code": codes, "need_basis": basis, "need": 400.0})


@pytest.mark.parametrize(
    ("level", "codes"),
    [("departement", ["62", "59"]), ("arrondissement", ["621", "591"])],
)
def test_rollups_of_another_departement(level: str, codes: list[str]) -> None:
    assert release(rollup(level, codes), REFERENT)["withheld"].tolist() == [False, True]
    assert release(rollup(level, codes), Viewer.PUBLIC)["withheld"].all()
    plain = rollup(level, codes).drop(columns="level")
    assert release(plain, REFERENT, level=TerritoryLevel(level))["withheld"].tolist() == [False, True]
    assert release(plain, REFERENT)["withheld"].all()  # nobody says what its rows are about


def test_rollups_that_name_no_departement_need_the_vector_they_come_from() -> None:
    mixed = rollup("region", ["32"], "official+protected")
    assert release(mixed, REFERENT)["withheld"].all()
    table = communes([(f"{place}{n}", 100, "E", f"{place}1", place) for place in ("62", "59") for n in range(4)])
    counted = persons(table, [20] * 8)
    mine = release_people(counted, REFERENT, table)
    assert not release(mixed, REFERENT, people=mine)["withheld"].any()
    whole = release_people(counted, Viewer.ADMINISTRATOR, table)
    for viewer in (REFERENT, Viewer.PUBLIC):
        with pytest.raises(DisclosureError, match="départements que ce destinataire ne voit pas : 59"):
            release(mixed, viewer, people=whole)
    with pytest.raises(DisclosureError):
        release(mixed, Viewer.PUBLIC, people=mine)


def test_the_public_is_not_told_where_people_are_housed() -> None:
    housing = pd.DataFrame({"commune_code": ["62041", "59350"]})
    tables = {"housing": housing, "ctai": pd.DataFrame({"commune_code": ["62041"]}), "bpi": housing}
    assert list(release_beside(tables, Viewer.PUBLIC)) == ["ctai"]
    assert list(release_beside(tables, Viewer.ADMINISTRATOR)) == ["housing", "ctai", "bpi"]
    mine = release_beside(tables, REFERENT)
    assert list(mine) == ["housing", "ctai"]
    assert mine["housing"]["commune_code"].tolist() == ["62041"]


CENSUS = pd.DataFrame({"commune_code": ["62041", "62001", "99999"], "immigrants": [900, 3, 7], "Étrangers (part)": 0.1})


def test_census_figures_leave_for_communes_of_5000() -> None:
    released = release_census(CENSUS, {"62041": 5000, "62001": 4999})
    assert released["immigrants"].isna().tolist() == [False, True, True]
    assert released["Étrangers (part)"].isna().tolist() == [False, True, True]
    assert CENSUS["immigrants"].notna().all()
    with pytest.raises(DisclosureError, match="sans code de commune"):
        release_census(CENSUS.drop(columns="commune_code"), {})


@pytest.mark.parametrize("viewer", [Viewer.PUBLIC, REFERENT, Viewer.ADMINISTRATOR])
def test_the_door_refuses_them_for_smaller_ones_whoever_looks(viewer: Viewer) -> None:
    with pytest.raises(DisclosureError, match="moins de 5000 habitants"):
        release(CENSUS, viewer)
    fine = release_census(CENSUS, {"62041": 40_000})
    assert release(fine, viewer)["immigrants"].tolist()[0] == 900


def test_viewers() -> None:
    known = ["59", "62"]
    assert parse_viewer("public", known_departements=known) == Viewer.PUBLIC
    assert parse_viewer("administrator", known_departements=known).sees("62")
    assert parse_viewer("referent:62, 59", known_departements=known).departements == {"59", "62"}
    assert parse_viewer("contractor:AGIR 62:62", known_departements=known).study == "AGIR 62"
    for wrong in ("referent", "referent:", "contractor:62", "contractor::62", "anyone", "public:62", ""):
        with pytest.raises(OptionError):
            parse_viewer(wrong, known_departements=known)
    with pytest.raises(OptionError, match="inconnu : 99"):
        parse_viewer("referent:99", known_departements=known)
