"""Housing and language by hand: four communes, three modes, what each reaches and the order that follows.

Places, and minutes there / back (within 60 counts; — : no way found):

              course c1 (open)   c2 (unknown fit)   c3 (full)   centre e1 (open)   préfecture of 62
foot   A          10 / 10             —                —            20 / 20            30 / 30
       B             —                —              15 / 15           —                  —
       C             —              25 / 25            —               —                  —
       D        (no network)
bike   A           4 / 4              —                —             8 / 8             12 / 12
       B             —                —               6 / 6            —               40 / 61
       C             —              10 / 10            —             50 / 50              —
       D          50 / 50             —                —               —                  —

A: all three on foot: good. B: no course by foot nor bike. C: only a course of unknown fit, so unknown.
D: by bike a course at 50; on foot no network: centre and préfecture are not reached by bike, unknown on foot.
Transit: not loaded in the first tests; known and empty in the others.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_integration.coverage.gaps import ReachPairs
from geo_integration.coverage.housing import (
    Met,
    ModeWays,
    Placement,
    Targets,
    any_mode,
    housed,
    judged,
    ranked,
    reached,
)
from geo_integration.coverage.ways import Ways
from geo_integration.layers import HOUSING
from geo_integration.vocabulary import Mode

COMMUNES = pd.DataFrame({"code": ["62001", "62002", "62003", "62004"], "departement_code": ["62"] * 4})
PLACES = ("c1", "c2", "c3", "e1", "pref62", "pref59")
TARGETS = Targets(
    course=pd.DataFrame({"place": [0, 1, 2], "offer_id": ["c1", "c2", "c3"], "status": ["open", "unknown", "full"]}),
    centre=pd.DataFrame({"place": [3], "offer_id": ["e1"], "status": ["open"]}),
    prefecture=pd.DataFrame({"place": [4, 5], "departement_code": ["62", "59"]}),
)
FOOT = [
    (0, 0, 10, 10),
    (0, 3, 20, 20),
    (0, 4, 30, 30),
    (1, 2, 15, 15),
    (2, 1, 25, 25),
]
BIKE = [
    (0, 0, 4, 4),
    (0, 3, 8, 8),
    (0, 4, 12, 12),
    (1, 2, 6, 6),
    (1, 4, 40, 61),
    (2, 1, 10, 10),
    (2, 3, 50, 50),
    (3, 0, 50, 50),
]
YES, NO, UNKNOWN = Met.YES.value, Met.NO.value, Met.UNKNOWN.value
KNOWN = np.ones(4, dtype=bool)


def ways(pairs: list[tuple[int, int, float, float]], routable: tuple[bool, ...] = (True,) * 4) -> Ways:
    commune, place, out, back = (np.array(column) for column in zip(*pairs, strict=True)) if pairs else ([],) * 4
    part = ReachPairs(
        np.asarray(place, np.int32),
        np.asarray(commune, np.int32),
        np.asarray(out, np.float32),
        np.asarray(back, np.float32),
    )
    return Ways.of([part], communes=COMMUNES["code"], places=PLACES, routable=np.array(routable), horizon_minutes=90)


def modes(*, transit: Ways | None = None) -> list[ModeWays]:
    return [
        ModeWays(Mode.FOOT, ways(FOOT, (True, True, True, False)), TARGETS),
        ModeWays(Mode.BIKE, ways(BIKE), TARGETS),
        ModeWays(Mode.TRANSIT, transit, TARGETS if transit else None, reason="aucun horaire"),
    ]


def table(*, transit: Ways | None = None, told: np.ndarray = KNOWN) -> pd.DataFrame:
    found = reached(COMMUNES, modes(transit=transit), cutoff_minutes=60, told_course=told, told_centre=told)
    return judged(found).set_index("commune_code")


def test_each_mode_is_told_apart_and_what_is_not_loaded_is_unknown() -> None:
    found = table()
    assert found["foot_courses"].tolist()[:3] == [1, 0, 0]
    assert np.isnan(found.loc["62004", "foot_courses"])  # no network: not zero
    assert found["foot_courses_high"].tolist()[:3] == [1, 0, 1]
    assert found["foot_full"].tolist()[:3] == [0, 1, 0]
    assert found["bike_courses"].tolist() == [1, 0, 0, 1]
    assert found["transit_courses"].isna().all()
    assert (found["transit_course"] == UNKNOWN).all()
    assert found.loc["62001", ["foot_out_minutes", "foot_back_minutes", "foot_offer_id"]].tolist() == [10, 10, "c1"]
    # 40 there and 61 back is not there and back within 60
    assert found["bike_prefecture"].tolist() == [YES, NO, NO, NO]
    assert found["foot_prefecture"].tolist() == [YES, NO, NO, UNKNOWN]


def test_without_timetables_nobody_is_badly_placed_for_sure() -> None:
    found = table()
    assert found["course"].tolist() == [YES, UNKNOWN, UNKNOWN, YES]
    assert found["placement"].tolist() == [p.value for p in (
        Placement.GOOD, Placement.UNKNOWN, Placement.UNKNOWN, Placement.PARTLY)]  # fmt: skip
    assert found["criteria_low"].tolist() == [3, 0, 1, 1]  # C: the centre by bike; D: the course by bike
    assert found["criteria_high"].tolist() == [3, 3, 3, 3]
    assert found["courses_high"].isna().all()  # a mode is not known: no high bound


def test_with_a_timetable_that_takes_nobody_anywhere() -> None:
    found = table(transit=ways([]))
    assert found["course"].tolist() == [YES, NO, UNKNOWN, YES]
    assert found["centre"].tolist() == [YES, NO, YES, UNKNOWN]
    assert found["prefecture"].tolist() == [YES, NO, NO, UNKNOWN]
    assert found["placement"].tolist() == [p.value for p in (
        Placement.GOOD, Placement.BAD, Placement.UNKNOWN, Placement.PARTLY)]  # fmt: skip
    assert found["criteria_low"].tolist() == [3, 0, 1, 1]
    assert found["criteria_high"].tolist() == [3, 0, 2, 3]
    assert found["minutes"].tolist()[0] == 4
    assert found["by_mode"].tolist()[0] == "bike"
    assert found["minutes"].isna().tolist() == [False, True, True, False]


def test_a_way_in_and_none_home_is_not_reached() -> None:
    found = table(transit=ways([(1, 0, 20, np.inf)]))
    assert found.loc["62002", "transit_course"] == NO
    assert np.isnan(found.loc["62002", "transit_out_minutes"])


def test_where_no_source_reports_silence_is_not_no() -> None:
    found = table(transit=ways([]), told=np.zeros(4, dtype=bool))
    assert found.loc["62002", "course"] == UNKNOWN
    assert found.loc["62001", "course"] == YES
    assert found.loc["62002", "prefecture"] == NO  # where the préfecture is, everybody knows


def test_the_prefecture_of_another_departement_does_not_count() -> None:
    found = table(transit=ways([(1, 5, 10, 10)]))
    assert found.loc["62002", "transit_prefecture"] == NO


def test_an_offer_at_two_places_counts_once() -> None:
    twice = Targets(
        course=pd.DataFrame({"place": [0, 3], "offer_id": ["c1", "c1"], "status": ["open", "open"]}),
        centre=TARGETS.centre,
        prefecture=TARGETS.prefecture,
    )
    one = ModeWays(Mode.FOOT, ways(FOOT), twice)
    found = reached(COMMUNES, [one], cutoff_minutes=60, told_course=KNOWN, told_centre=KNOWN)
    assert found["foot_courses"].tolist() == [1, 0, 0, 0]


def test_the_order_course_first_then_criteria_then_minutes() -> None:
    found = ranked(table(transit=ways([])).reset_index())
    # A and D have a course; A meets 3 criteria surely, D 1. C may have one. B has none.
    assert found["commune_code"].tolist() == ["62001", "62004", "62003", "62002"]
    assert found["rank"].tolist() == [1, 2, 3, 4]


def test_equals_share_a_rank() -> None:
    rows = pd.DataFrame(
        {
            "commune_code": ["3", "1", "2"],
            "course": [NO, YES, YES],
            "criteria_low": [0, 1, 1],
            "criteria_high": [1, 2, 2],
            "courses_low": [0.0, 2.0, 2.0],
            "minutes": [np.nan, 12.0, 12.0],
        }
    )
    found = ranked(rows)
    assert found["commune_code"].tolist() == ["1", "2", "3"]
    assert found["rank"].tolist() == [1, 1, 3]


def test_dwellings_add_up_by_commune_and_kind_without_social_ones() -> None:
    rows = HOUSING.conform(
        pd.DataFrame(
            {
                "housing_id": list("abcde"),
                "commune_code": ["62001", "62001", "62001", "62002", "59350"],
                "kind": ["captured", "captured", "social", "cph", "captured"],
                "dwellings": pd.array([2, 3, 900, None, 7], dtype="Int64"),
                "places": pd.array([None, None, None, None, None], dtype="Int64"),
                "source": ["x"] * 5,
                "synthetic": [True] * 5,
            }
        )
    )
    found = housed(rows, {"62001": "A", "62002": "B"})
    assert found[["commune_code", "kind"]].to_numpy().tolist() == [["62001", "captured"], ["62002", "cph"]]
    assert found["dwellings"].tolist()[0] == 5  # 2 + 3; the 900 social ones are nobody's placement
    assert pd.isna(found["dwellings"].iloc[1])  # masked is not zero
    assert found["not_counted"].tolist() == [0, 1]
    assert "operator" not in found.columns


met = st.sampled_from([YES, NO, UNKNOWN])


@given(st.lists(st.tuples(met, met, met), min_size=1, max_size=8))
def test_learning_more_never_turns_yes_or_no_round(rows: list[tuple[str, str, str]]) -> None:
    columns = [pd.Series(column) for column in zip(*rows, strict=True)]
    now = any_mode(columns)
    later = any_mode([*columns[:2], columns[2].where(columns[2] != UNKNOWN, YES)])
    for before, after, told in zip(now, later, rows, strict=True):
        assert before in {after, UNKNOWN}
        assert (before == NO) == (set(told) == {NO})


@given(
    st.lists(
        st.tuples(
            met, st.integers(0, 3), st.integers(0, 3), st.integers(0, 5), st.one_of(st.none(), st.integers(1, 90))
        ),
        min_size=1,
        max_size=12,
    ),
)
def test_the_order_of_the_rows_given_does_not_matter(
    rows: list[tuple[str, int, int, int, int | None]],
) -> None:
    names = ["course", "criteria_low", "criteria_high", "courses_low", "minutes"]
    given_rows = pd.DataFrame(rows, columns=names).astype({"minutes": "float64", "courses_low": "float64"})
    given_rows["commune_code"] = [f"{n:05d}" for n in range(len(rows))]
    mixed = given_rows.sample(frac=1, random_state=len(rows)).reset_index(drop=True)
    pd.testing.assert_frame_equal(ranked(given_rows), ranked(mixed))
    assert ranked(given_rows)["rank"].is_monotonic_increasing


@pytest.mark.parametrize("cutoff", [9, 10, 30])
def test_minutes_are_compared_as_shown(cutoff: float) -> None:
    found = reached(COMMUNES, modes(), cutoff_minutes=cutoff, told_course=KNOWN, told_centre=KNOWN)
    assert (found["foot_course"].iloc[0] == YES) == (cutoff >= 10)
    assert (found["foot_prefecture"].iloc[0] == YES) == (cutoff >= 30)
