"""Candidates: their order of preference, places given twice, and hours."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point

from geo_integration.coverage.siting.candidates import (
    COLUMNS,
    PRIORITY,
    from_list,
    from_mairies,
    from_schools,
    slot_text,
    slots_of,
    together,
    with_hours,
)
from geo_integration.errors import OptionError
from geo_integration.travel.transit.class_hours import Slot
from geo_integration.vocabulary import Kind

SCHOOLS = gpd.GeoDataFrame(
    {
        "uai": ["A", "B", "C", "D", "E", "F"],
        "name": ["École A", "École B", "École C", "École D", "École E", "École F"],
        "commune_code": ["62001", "62001", "62002", "62002", "62009", "62001"],
        "rep": ["none", "REP+", "REP", None, "REP+", "REP"],
        "site_id": ["1.00000,50.00000", "1.10000,50.00000", "1.20000,50.00000", "1.3,50", "1.4,50", None],
        "synthetic": [False, False, False, True, False, False],
    },
    geometry=[Point(1, 50), Point(1.1, 50), Point(1.2, 50), Point(1.3, 50), Point(1.4, 50), None],
    crs=4326,
)
COMMUNES = pd.DataFrame(
    {
        "code": ["62001", "62003"],
        "name": ["Amont", "Sans mairie"],
        "mairie_lon": [1.0, np.nan],
        "mairie_lat": [50.0, np.nan],
    }
)
TUESDAY, THURSDAY = Slot.parse("tue", "09:00", "11:30"), Slot.parse("thu", "18:30", "20:30")


def listed(**changes: object) -> pd.DataFrame:
    rows = {
        "name": ["Salle", "Autre"],
        "commune_code": ["62001", "62002"],
        "lon": [1.5, 1.6],
        "lat": [50.0, 50.0],
        "capacity": [12.0, np.nan],
        "days": ["mon;thu", None],
        "start_time": ["18:00", None],
        "end_time": ["20:00", None],
        "kind": [None, "fle"],
        "synthetic": [False, False],
        "where": ["ligne 2", "ligne 3"],
    }
    return pd.DataFrame(rows | changes)


def test_schools_in_the_stated_order() -> None:
    table = together([from_schools(SCHOOLS, ["62001", "62002"], hosts=["A"])])
    # A hosts an OEPRE group; then REP+, REP, and the school nobody says anything of. E is elsewhere, F has no place.
    assert table["candidate_id"].tolist() == ["uai:A", "uai:B", "uai:C", "uai:D"]
    assert table["origin"].tolist() == ["oepre", "rep_plus", "rep", "school"]
    assert table["synthetic"].tolist() == [False, False, False, True]
    assert tuple(table.columns) == COLUMNS
    assert PRIORITY[0] == "listed"
    assert PRIORITY[-1] == "mairie"


def test_a_place_given_twice_is_kept_once_where_it_is_preferred() -> None:
    # The mairie of Amont is where school A is; the commune without a mairie has no candidate.
    table = together([from_mairies(COMMUNES), from_schools(SCHOOLS, ["62001"], hosts=[])])
    assert table["candidate_id"].tolist() == ["uai:B", "uai:A"]


def test_a_list_comes_first_and_other_kinds_stay_out() -> None:
    table = together([from_mairies(COMMUNES), from_list(listed(), kind=Kind.ALPHABETISATION)])
    assert table["candidate_id"].tolist() == ["liste:ligne 2", "mairie:62001"]
    assert table["slots"].iloc[0] == "mon 18:00-20:00;thu 18:00-20:00"
    assert table["capacity"].iloc[0] == 12
    assert len(from_list(listed(), kind=Kind.FLE)) == 2


def test_groups_are_places_and_hours() -> None:
    table = with_hours(from_list(listed(), kind=Kind.FLE), [TUESDAY, THURSDAY], supposed=True)
    # The first states its hours; the second states none, and could meet at either of those asked for.
    assert table["candidate_id"].is_unique
    told = dict(zip(table["slots"], table["hours_supposed"], strict=True))
    assert told == {
        "mon 18:00-20:00;thu 18:00-20:00": False,
        "tue 09:00-11:30": True,
        "thu 18:30-20:30": True,
    }


def test_hours_without_a_day_take_that_asked_for_and_say_so() -> None:
    table = with_hours(from_list(listed(days=[None, None]), kind=Kind.FLE), [TUESDAY], supposed=False)
    assert table.set_index("name").loc["Salle", ["slots", "hours_supposed"]].tolist() == ["tue 18:00-20:00", True]
    assert table.set_index("name").loc["Autre", ["slots", "hours_supposed"]].tolist() == ["tue 09:00-11:30", False]


def test_hours_read_back() -> None:
    for slot in (TUESDAY, THURSDAY):
        assert slots_of(slot_text(slot)) == (slot,)
    assert slots_of("thu 18:30-20:30; tue 09:00-11:30") == (TUESDAY, THURSDAY)
    for text in ("tue", "tue 9-11", "tue 11:00-09:00", "octidi 09:00-11:00", ""):
        with pytest.raises(OptionError):
            slots_of(text)
    with pytest.raises(OptionError, match="aucun horaire"):
        with_hours(from_mairies(COMMUNES), [], supposed=True)


def test_no_candidate_at_all() -> None:
    table = together([])
    assert table.empty
    assert tuple(table.columns) == COLUMNS


def test_inputs_are_left_as_they_are() -> None:
    schools, rows = SCHOOLS.copy(), listed()
    with_hours(together([from_schools(SCHOOLS, ["62001"]), from_list(rows, kind=Kind.FLE)]), [TUESDAY], supposed=True)
    pd.testing.assert_frame_equal(pd.DataFrame(schools), pd.DataFrame(SCHOOLS))
    pd.testing.assert_frame_equal(rows, listed())
