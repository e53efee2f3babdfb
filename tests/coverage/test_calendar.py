"""Four communes, three places, five sessions by hand; then a session more never makes anything worse."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_integration.coverage.calendar import Calendar, MonthState, by_month, calendar
from geo_integration.coverage.gaps import ReachPairs
from geo_integration.coverage.openings import SchoolTerms, openings
from geo_integration.coverage.ways import Ways
from geo_integration.errors import LayerError

AS_OF = date(2026, 11, 23)
COMMUNES = ("62001", "62002", "62003", "80001", "97601")
# Place 0 is near the first two, place 1 near 62002 and 62003, place 2 only beyond 45 minutes; nothing reaches the last.
PAIRS = [(0, 0, 10, 12), (0, 1, 20, 20), (1, 1, 30, 44), (1, 2, 5, 5), (2, 3, 40, 46), (1, 3, 20, np.inf)]
COLUMNS = ("start_date", "end_date", "entry_mode", "places_available", "days")
SESSIONS = {
    "s1": (0, True, "2026-11-02", "2026-12-18", "permanent", None),
    "s2": (0, True, "2027-01-04", "2027-02-28", "fixed", None),
    "s3": (1, True, "2026-11-02", "2027-02-28", "permanent", 0),
    "s4": (1, False, "2026-12-01", "2027-02-28", "fixed", None),
    "s5": (2, True, "2026-11-02", "2027-02-28", "permanent", None),
}


def ways(pairs: list[tuple[int, int, float, float]]) -> Ways:
    table = np.array(pairs, dtype=np.float32).reshape(-1, 4)
    part = ReachPairs(table[:, 0].astype(np.int32), table[:, 1].astype(np.int32), table[:, 2], table[:, 3])
    routable = np.array([True] * 4 + [False])
    return Ways.of([part], communes=COMMUNES, places=("p0", "p1", "p2"), routable=routable, horizon_minutes=90)


def dated(
    sessions: dict[str, tuple[Any, ...]],
    *,
    reported: tuple[bool, ...] = (True, True, True, True, True),
    cutoff_minutes: float = 45,
) -> Calendar:
    rows = [
        {
            "session_id": name,
            "start_date": start,
            "end_date": end,
            "entry_mode": entry,
            "places_available": places,
            "recruitment": "unknown",
            "days": None,
            "registration_start": None,
            "registration_end": None,
            "kind": "fle",
            "zone": "B",
        }
        for name, (_, _, start, end, entry, places) in sessions.items()
    ]
    table = pd.DataFrame(rows).astype({"places_available": "Int64"})
    fits = np.array([row[1] for row in sessions.values()])
    return calendar(
        ways(PAIRS),
        table["session_id"],
        openings(table, as_of=AS_OF, months=4, terms=SchoolTerms()),
        places=np.array([row[0] for row in sessions.values()], dtype=np.int32),
        fits=fits,
        may_fit=np.ones(len(fits), dtype=bool),
        cutoff_minutes=cutoff_minutes,
        reported=np.array(reported),
    )


def test_four_communes_by_hand() -> None:
    found = dated(SESSIONS)
    assert found.months == ("2026-11", "2026-12", "2027-01", "2027-02")
    # 62001 has s1 (any day to 18 December), then s2 (at its start on 4 January); in February s2 goes on.
    assert found.states[0].tolist() == ["start", "start", "start", "meets"]
    # 62002 has those, and place 1: s3 is full, and may have places from December on; s4 may fit, from December.
    assert found.states[1].tolist() == ["start", "start", "start", "may_start"]
    # 62003 has place 1 alone: in November s3 meets and takes nobody.
    assert found.states[2].tolist() == ["meets", "may_start", "may_start", "may_start"]
    # 80001: 46 minutes home from one, no way home from the other. 97601: no network.
    assert found.states[3].tolist() == ["none"] * 4
    assert found.states[4].tolist() == ["not_routable"] * 4
    table = found.table.set_index("commune_code")
    assert table["next_start"].tolist() == ["now", "now", "maybe", "none", "not_routable"]
    assert table["next_start_date"].fillna("").tolist() == ["2026-11-23", "2026-11-23", "", "", ""]
    assert table["next_start_session_id"].fillna("").tolist() == ["s1", "s1", "", "", ""]
    assert table["next_start_minutes"].fillna(0).tolist() == [12.0, 20.0, 0, 0, 0]
    # s3 and s4 may both begin on Tuesday 1 December, at one place: the first in order is named.
    assert table.loc["62003", ["may_start_date", "may_start_session_id"]].tolist() == ["2026-12-01", "s3"]
    assert table["months_low"].tolist() == [3, 3, 0, 0, 0]
    assert table["months_high"].tolist() == [3, 4, 3, 0, 0]
    assert table["meeting_low"].tolist() == [4, 4, 4, 0, 0]


def test_a_start_next_month_is_later_and_the_nearest_of_one_day_is_named() -> None:
    found = dated(
        {
            "far": (1, True, "2026-12-07", "2027-02-28", "fixed", None),
            "near": (0, True, "2026-12-07", "2027-02-28", "fixed", None),
        }
    ).table.set_index("commune_code")
    assert found["next_start"].tolist()[:3] == ["later"] * 3
    # Both begin on the 7th: 62002 is 20 minutes from place 0 and 44 from place 1.
    assert found.loc["62002", ["next_start_session_id", "next_start_minutes"]].tolist() == ["near", 20.0]


def test_where_no_source_reports_nothing_is_said_but_what_is_known() -> None:
    found = dated(SESSIONS, reported=(False,) * 5)
    assert found.states[0].tolist()[:3] == ["start"] * 3  # a course known to be there is there
    assert found.states[3].tolist() == ["no_data"] * 4
    assert found.table["next_start"].tolist()[3:] == ["no_data", "no_data"]


def test_months_by_hand_need_adds_up() -> None:
    need = pd.Series([10.0, np.nan, 4.0, 2.0, 1.0])
    table = by_month(dated(SESSIONS), need).set_index("month")
    # November: 62001 begins (10), 62003 meets (4) and 80001 has nothing (2): 6; 97601 is not known (1).
    assert table.loc["2026-11", ["need_start_low", "need_start_high", "need_none", "need_not_known"]].tolist() == [
        10.0,
        10.0,
        6.0,
        1.0,
    ]
    # December: 62003 perhaps: 10 to 14, and 2 without anything.
    assert table.loc["2026-12", ["need_start_low", "need_start_high", "need_none"]].tolist() == [10.0, 14.0, 2.0]
    states = [f"communes_{state.value}" for state in MonthState]
    assert table.loc["2027-02", states].tolist() == [0, 2, 1, 1, 0, 1]
    assert table["communes_need_unknown"].eq(1).all()
    assert by_month(dated(SESSIONS), pd.Series([np.nan] * 5))["need_start_low"].isna().all()


def test_tables_that_do_not_go_together_are_refused() -> None:
    with pytest.raises(LayerError, match="longueurs"):
        dated(SESSIONS, reported=(True,))
    with pytest.raises(LayerError, match="lieu"):
        dated({"s": (3, True, None, None, "fixed", None)})


def test_a_session_nowhere_counts_for_nobody() -> None:
    found = dated({"s": (-1, True, "2026-11-02", "2027-02-28", "permanent", None)})
    assert (found.states[:4] == "none").all()


days = st.dates(date(2026, 10, 1), date(2027, 3, 1)).map(date.isoformat) | st.none()
rows = st.tuples(
    st.integers(-1, 2),
    st.booleans(),
    days,
    days,
    st.sampled_from(["fixed", "permanent", "unknown"]),
    st.sampled_from([None, 0, 5]),
)


@settings(max_examples=20)
@given(st.lists(rows, min_size=1, max_size=6), rows)
def test_a_session_more_never_makes_anything_worse(sessions: list[tuple[Any, ...]], more: tuple[Any, ...]) -> None:
    before = dated({f"s{number}": row for number, row in enumerate(sessions)})
    after = dated({f"s{number}": row for number, row in enumerate([*sessions, more])})
    for name in ("months_low", "months_high", "meeting_low", "meeting_high"):
        assert (after.table[name] >= before.table[name]).all()
    assert (after.table["months_low"] <= after.table["months_high"]).all()
    for name in ("next_start_date", "may_start_date"):
        was, now = before.table[name].fillna("9999"), after.table[name].fillna("9999")
        assert (now <= was).all()
    assert (after.table["may_start_date"].fillna("9999") <= after.table["next_start_date"].fillna("9999")).all()
    rank = {"start": 3, "may_start": 2, "meets": 1}
    better = np.vectorize(lambda state: rank.get(state, 0))
    assert (better(after.states) >= better(before.states)).all()


@settings(max_examples=20)
@given(st.lists(rows, min_size=1, max_size=6), st.floats(1, 80), st.floats(0, 40))
def test_a_longer_trip_never_closes_a_month(sessions: list[tuple[Any, ...]], minutes: float, more: float) -> None:
    table = {f"s{number}": row for number, row in enumerate(sessions)}
    short, longer = dated(table, cutoff_minutes=minutes), dated(table, cutoff_minutes=minutes + more)
    assert (longer.table["months_high"] >= short.table["months_high"]).all()
    assert (longer.table["months_low"] >= short.table["months_low"]).all()


@settings(max_examples=20)
@given(st.lists(rows, min_size=1, max_size=5), st.lists(st.sampled_from([0.0, 2.5, np.nan]), min_size=5, max_size=5))
def test_every_learner_known_is_in_one_state_a_month(sessions: list[tuple[Any, ...]], need: list[float]) -> None:
    table = by_month(dated({f"s{number}": row for number, row in enumerate(sessions)}), pd.Series(need))
    known = pd.Series(need)
    if known.notna().any():
        summed = table["need_start_high"] + table["need_none"] + table["need_not_known"]
        np.testing.assert_allclose(summed, known.sum())
        assert (table["need_start_low"] <= table["need_start_high"]).all()
    assert table[[f"communes_{state.value}" for state in MonthState]].sum(axis=1).eq(5).all()
