"""Places times hours: stated, bounded, supposed, never 0 for want of knowing. By hand."""

from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_integration.coverage.capacity import offer_capacity, place_capacity, session_capacity
from geo_integration.coverage.capacity_bounds import ENOUGH, Hypotheses, Range
from geo_integration.errors import LayerError, OptionError
from geo_integration.layers import SESSIONS

DAY = date(2026, 10, 1)
FROM = {"start_date": "2026-09-07", "end_date": "2026-12-13"}
"""14 weeks, both days included: 98 days."""


def offers(*rows: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["offer_id", "kind"])


def sessions(*rows: dict[str, Any]) -> pd.DataFrame:
    common = {"recruitment": "open", "entry_mode": "fixed", "synthetic": False}
    return SESSIONS.conform(
        pd.DataFrame([{"session_id": f"s{number:02d}", **common, **row} for number, row in enumerate(rows)])
    )


def one(kind: str = "alphabetisation", **facts: Any) -> pd.Series:  # noqa: ANN401 -- any column
    """Return the capacity of one session of one offer."""
    return session_capacity(offers(("o", kind)), sessions({"offer_id": "o", **facts})).iloc[0]


def test_what_is_stated_is_a_number() -> None:
    found = one(places_funded=12, total_hours=150)
    assert (found["places_low"], found["places_high"], found["places_basis"]) == (12, 12, "stated")
    assert (found["hours_low"], found["hours_high"], found["hours_basis"]) == (150, 150, "stated")


def test_weekly_hours_count_for_the_weeks_between_the_dates_capped_to_a_school_year() -> None:
    found = one(weekly_hours=6, **FROM)  # 14 weeks: 6 · 14 = 84
    assert (found["hours_low"], found["hours_high"], found["hours_basis"]) == (84, 84, "stated")
    found = one(weekly_hours=6, start_date="2026-09-01", end_date="2027-08-31")  # 52 weeks: 6 · 36 = 216
    assert (found["hours_low"], found["hours_high"]) == (216, 216)


def test_a_session_of_two_years_counts_for_one() -> None:
    found = one(total_hours=400, start_date="2026-01-01", end_date="2027-12-31")  # 730 days, two years of 365
    assert found["hours_low"] == pytest.approx(200)


def test_weekly_hours_without_dates_bound_the_weeks_only() -> None:
    found = one(weekly_hours=6)  # 12 to 36 weeks supposed: 72 to 216
    assert (found["hours_low"], found["hours_high"], found["hours_basis"]) == (72, 216, "hypothesis")


def test_what_nothing_says_is_a_labelled_hypothesis_and_never_zero() -> None:
    found = one()
    assert (found["places_low"], found["places_high"], found["places_basis"]) == (8, 20, "hypothesis")
    assert (found["hours_low"], found["hours_high"], found["hours_basis"]) == (60, 400, "hypothesis")
    found = one("oepre")
    assert (found["places_low"], found["places_high"]) == (8, 15)
    assert (found["hours_low"], found["hours_high"]) == (60, 120)


def test_places_left_are_a_low_bound() -> None:
    found = one(places_available=10)
    assert (found["places_low"], found["places_high"], found["places_basis"]) == (10, 20, "hypothesis")
    found = one(places_available=30)
    assert (found["places_low"], found["places_high"]) == (30, 30)
    assert one(places_available=3, places_funded=12)["places_low"] == 12
    assert one(places_available=15, places_funded=12)["places_low"] == 15  # more left than funded: at least those left


def test_zero_hours_are_not_stated_and_zero_places_are() -> None:
    assert one(total_hours=0, weekly_hours=0)["hours_basis"] == "hypothesis"
    found = one(places_funded=0)
    assert (found["places_low"], found["places_high"], found["places_basis"]) == (0, 0, "stated")


def test_enough_comparable_sessions_bound_the_others() -> None:
    """Ten stated places 1 to 10: the quantile 0.1 is at 0.9 of the way from 1 to 2, 1.9; the 0.9 at 9.1."""
    rows: list[dict[str, Any]] = [{"offer_id": "o", "places_funded": n} for n in range(1, ENOUGH + 1)]
    rows += [{"offer_id": "o"}, {"offer_id": "p"}, {"offer_id": "o", "places_funded": 0}]
    found = session_capacity(offers(("o", "alphabetisation"), ("p", "fle")), sessions(*rows))
    silent, other_kind = found.iloc[ENOUGH], found.iloc[ENOUGH + 1]
    assert (silent["places_low"], silent["places_high"]) == (pytest.approx(1.9), pytest.approx(9.1))
    assert (silent["places_basis"], silent["hours_basis"]) == ("bounded", "hypothesis")
    assert other_kind["places_basis"] == "hypothesis"  # what alphabétisation does says nothing of FLE
    fewer = session_capacity(offers(("o", "alphabetisation")), sessions(*rows[1:10], {"offer_id": "o"}))
    assert fewer.iloc[-1]["places_basis"] == "hypothesis"


def test_an_offer_adds_up_the_sessions_that_take_people_within_a_year() -> None:
    table = sessions(
        {"offer_id": "o", "places_funded": 10, "total_hours": 100},
        {"offer_id": "o", "places_funded": 5, "total_hours": 60},
        {"offer_id": "o", "places_funded": 99, "total_hours": 99, "recruitment": "closed"},
        {"offer_id": "o", "places_funded": 99, "total_hours": 99, "end_date": "2026-09-30"},
        {"offer_id": "o", "places_funded": 99, "total_hours": 99, "start_date": "2027-10-02"},
    )
    status = pd.Series({"o": "open"})
    found = offer_capacity(offers(("o", "fle")), table, status, as_of=DAY)
    row = found.loc["o"]
    assert (row["sessions"], row["sessions_stated"], row["basis"]) == (2, 2, "stated")
    assert (row["places_low"], row["places_high"]) == (15, 15)
    assert (row["learner_hours_low"], row["learner_hours_high"]) == (1300, 1300)  # 10 · 100 + 5 · 60


def test_only_open_offers_count_and_unknown_ones_in_the_high_bound() -> None:
    known = {"places_funded": 10, "total_hours": 100}
    names = ("open", "unknown", "full", "other", "over", "remote", "unplaced")
    table = sessions(*({"offer_id": name, **known} for name in names))
    found = offer_capacity(
        offers(*((name, "fle") for name in (*names, "silent"))),
        table,
        pd.Series({**{name: name for name in names}, "silent": "open"}),
        as_of=DAY,
    )
    assert list(found.index) == ["open", "silent", "unknown"]
    assert found.loc["open", "learner_hours_low"] == found.loc["open", "learner_hours_high"] == 1000
    assert found.loc["unknown", "learner_hours_low"] == 0  # not sure to fit: nothing sure
    assert found.loc["unknown", "learner_hours_high"] == 1000
    # An open offer with no session: one group of 8 to 20, 60 to 400 hours.
    assert found.loc["silent", "learner_hours_low"] == 480
    assert found.loc["silent", "learner_hours_high"] == 8000
    assert found.loc["silent", "basis"] == "hypothesis"


def test_a_session_that_may_fit_counts_in_the_high_bound_only() -> None:
    known = {"offer_id": "o", "places_funded": 10, "total_hours": 100}
    table = sessions(known, known, known)
    sure, possible = pd.Series([True, False, False]), pd.Series([True, True, False])
    found = offer_capacity(
        offers(("o", "fle")), table, pd.Series({"o": "open"}), as_of=DAY, sure=sure, possible=possible
    )
    assert (found.loc["o", "learner_hours_low"], found.loc["o", "learner_hours_high"]) == (1000, 2000)


def test_places_add_up_their_offers_and_keep_the_least_sure_basis() -> None:
    table = sessions({"offer_id": "a", "places_funded": 10, "total_hours": 100}, {"offer_id": "b"})
    status = pd.Series({"a": "open", "b": "open", "c": "open"})
    capacity = offer_capacity(offers(("a", "fle"), ("b", "fle"), ("c", "fle")), table, status, as_of=DAY)
    where = pd.DataFrame({"offer_id": ["a", "b", "c"], "place": ["x", "x", None]})
    found = place_capacity(capacity, where)
    assert list(found.index) == ["x"]
    row = found.loc["x"]
    assert (row["offers"], row["sessions"], row["sessions_stated"], row["basis"]) == (2, 2, 1, "hypothesis")
    assert (row["learner_hours_low"], row["learner_hours_high"]) == (1000 + 480, 1000 + 8000)
    twice = pd.concat([where, pd.DataFrame({"offer_id": ["a"], "place": ["y"]})])
    with pytest.raises(LayerError, match="plusieurs endroits"):
        place_capacity(capacity, twice)


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "places_funded": st.none() | st.integers(1, 40),
                "places_available": st.none() | st.integers(1, 40),
                "weekly_hours": st.none() | st.floats(0.5, 30),
                "total_hours": st.none() | st.floats(1, 900),
                "days": st.none() | st.integers(0, 900),
            }
        ),
        min_size=1,
        max_size=30,
    )
)
def test_bounds_hold_whatever_is_stated(facts: list[dict[str, Any]]) -> None:
    rows = []
    for one_session in facts:
        days = one_session.pop("days")
        ends = {} if days is None else {"start_date": "2026-09-01", "end_date": str(date(2026, 9, 1) + timedelta(days))}
        rows.append({"offer_id": "o", **one_session, **ends})
    table = sessions(*rows)
    before = table.copy()
    found = session_capacity(offers(("o", "fle")), table)
    pd.testing.assert_frame_equal(table, before)
    for name in ("places", "hours"):
        assert (found[f"{name}_low"] > 0).all()
        assert (found[f"{name}_low"] <= found[f"{name}_high"]).all()
        stated = found[f"{name}_basis"].eq("stated")
        assert (found[f"{name}_low"] == found[f"{name}_high"])[stated].all()


def test_wrong_tables_are_refused() -> None:
    good = sessions({"offer_id": "o", "places_funded": 3})
    for name in ("places_funded", "weekly_hours"):
        with pytest.raises(LayerError, match="négatif"):
            session_capacity(offers(("o", "fle")), good.assign(**{name: -3}))
    with pytest.raises(LayerError, match="sans offre"):
        session_capacity(offers(("p", "fle")), good)
    for low, high in ((0, 5), (5, 4), (1, float("inf"))):
        with pytest.raises(OptionError):
            Hypotheses(weeks=Range(low, high))
