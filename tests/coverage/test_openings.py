"""When a session can be joined and meets, day by day: each rule by hand on a calendar, then what must always hold."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_integration.coverage.openings import Openings, SchoolTerms, openings
from geo_integration.errors import OptionError

AS_OF = date(2026, 11, 23)  # a Monday
MONTHS = ("2026-11", "2026-12", "2027-01", "2027-02")
# Zone B: Noël and winter as published. Zone Z is known until the end of the year only.
TERMS = SchoolTerms(
    {
        "B": ((date(2026, 12, 19), date(2027, 1, 3)), (date(2027, 2, 1), date(2027, 2, 28))),
        "Z": ((date(2026, 12, 19), date(2026, 12, 31)),),
    },
    {"B": (date(2026, 9, 1), date(2027, 7, 2)), "Z": (date(2026, 9, 1), date(2026, 12, 31))},
)
PLAIN = {
    "start_date": None,
    "end_date": None,
    "recruitment": "open",
    "entry_mode": "fixed",
    "places_available": None,
    "days": None,
    "registration_start": None,
    "registration_end": None,
    "kind": "fle",
    "zone": "B",
}


def frame(*rows: dict[str, Any]) -> pd.DataFrame:
    table = pd.DataFrame([PLAIN | row for row in rows], columns=list(PLAIN))
    types = dict.fromkeys(PLAIN, "str") | {"places_available": "Int64"}
    return table.astype(types)


def opened(*rows: dict[str, Any], **options: Any) -> Openings:  # noqa: ANN401 -- any option
    return openings(frame(*rows), **({"as_of": AS_OF, "months": 4, "terms": TERMS} | options))


def one(**row: Any) -> tuple[str, str, str, str, str, str]:  # noqa: ANN401 -- any column
    """Return joins and meetings of one session, month by month (x: sure, ?: perhaps, .: no), and both first days."""
    found = opened(row)

    def told(low: np.ndarray, high: np.ndarray) -> str:
        return "".join("x" if sure else "?" if may else "." for sure, may in zip(low[0], high[0], strict=True))

    first = ["" if np.isnat(day[0]) else str(day[0]) for day in (found.first_low, found.first_high)]
    return told(found.join_low, found.join_high), told(found.meet_low, found.meet_high), *first


def test_months_and_days() -> None:
    found = opened({})
    assert found.months == MONTHS
    assert found.join_low.shape == (1, 4)


def test_a_fixed_entry_is_joined_at_its_first_class_and_closes() -> None:
    # Wednesday 6 January, meets on Mondays: the first class is on the 11th.
    found = one(start_date="2027-01-06", end_date="2027-03-31", days="mon")
    assert found == ("..x.", "..xx", "2027-01-11", "2027-01-11")
    # It has begun: nobody joins it any more, and it goes on.
    begun = {"start_date": "2026-11-16", "end_date": "2027-01-31"}
    assert one(**begun, recruitment="unknown") == ("....", "xxx.", "", "")
    # Unless its source says that it still recruits: perhaps, this month.
    assert one(**begun) == ("?...", "xxx.", "", "2026-11-23")


def test_a_fixed_entry_is_joined_late_until_the_end_of_registration_where_it_is_stated() -> None:
    found = one(start_date="2026-11-16", end_date="2027-01-31", registration_end="2026-12-04")
    assert found == ("xx..", "xxx.", "2026-11-23", "2026-11-23")
    # Registration ends before it begins: in time today, one day too late.
    soon = {"start_date": "2026-12-07", "end_date": "2026-12-18"}
    assert one(**soon, registration_end="2026-11-23")[0] == ".x.."
    assert one(**soon, registration_end="2026-11-22")[0] == "...."


def test_a_fixed_entry_whose_registration_opens_after_its_start_may_be_joined_late() -> None:
    # Late entries, or a wrong date: nothing sure, nothing excluded.
    odd = {"start_date": "2026-12-07", "end_date": "2027-01-31", "registration_start": "2026-12-20", "days": "mon"}
    assert one(**odd) == (".??.", ".xx.", "", "2026-12-21")


def test_permanent_entries_any_day_it_meets() -> None:
    found = one(entry_mode="permanent", start_date="2026-01-05", end_date="2027-01-15", days="tue;thu")
    assert found == ("xxx.", "xxx.", "2026-11-24", "2026-11-24")
    # Registration opens in December and closes with the year.
    window = {"registration_start": "2026-12-10", "registration_end": "2026-12-31"}
    found = one(entry_mode="permanent", start_date="2026-01-05", end_date="2027-01-15", **window)
    assert found == (".x..", "xxx.", "2026-12-10", "2026-12-10")


def test_entries_not_stated_are_fixed_for_sure_and_permanent_perhaps() -> None:
    dates = {"start_date": "2026-12-01", "end_date": "2027-01-31"}
    assert one(entry_mode="unknown", **dates) == (".x?.", ".xx.", "2026-12-01", "2026-12-01")
    assert one(entry_mode="unknown", start_date="2026-11-02", end_date="2026-12-31")[0] == "??.."


def test_dates_not_stated_are_never_sure() -> None:
    assert one() == ("????", "????", "", "2026-11-23")
    assert one(end_date="2026-12-11") == ("??..", "??..", "", "2026-11-23")
    # No end: sure for a week, perhaps after. It had begun, so a fixed entry is closed.
    assert one(start_date="2026-11-02", recruitment="unknown") == ("....", "x???", "", "")
    assert one(start_date="2026-11-02", entry_mode="permanent") == ("x???", "x???", "2026-11-23", "2026-11-23")
    # Open, permanent, no date at all: the source says that it takes people now.
    assert one(entry_mode="permanent")[0] == "x???"
    assert one(entry_mode="permanent", recruitment="unknown")[0] == "????"


def test_a_session_without_end_is_not_believed_beyond_eighteen_months() -> None:
    # 548 days from 15 June 2025 are 15 December 2026.
    assert one(start_date="2025-06-15", entry_mode="unknown")[1] == "x?.."
    assert one(start_date="2025-05-01", entry_mode="unknown")[1] == "...."
    assert one(start_date="2025-05-01", entry_mode="permanent")[1] == "x???"


def test_over_is_over() -> None:
    assert one(start_date="2026-09-01", end_date="2026-11-22", entry_mode="permanent") == ("....", "....", "", "")


def test_who_refuses_today() -> None:
    dates = {"start_date": "2026-12-01", "end_date": "2027-01-31"}
    # A fixed session that is closed or full stays so; one that is suspended may open again.
    assert one(recruitment="closed", **dates)[0] == "...."
    assert one(places_available=0, **dates)[0] == "...."
    assert one(recruitment="suspended", **dates)[0] == ".?.."
    # Places may come free in a permanent one, from next month on.
    running = {"start_date": "2026-10-01", "end_date": "2027-01-31", "entry_mode": "permanent"}
    assert one(recruitment="closed", **running) == (".??.", "xxx.", "", "2026-12-01")
    assert one(places_available=3, **running)[0] == "xxx."


def test_silence_on_recruitment_is_open_unless_one_says_otherwise() -> None:
    row = {"start_date": "2026-12-01", "end_date": "2026-12-31", "recruitment": "unknown"}
    assert one(**row)[0] == ".x.."
    strict = opened(row, silence_is_open=False)
    assert not strict.join_low.any()
    assert strict.join_high[0].tolist() == [False, True, False, False]


def test_oepre_stops_in_school_holidays() -> None:
    row = {"entry_mode": "permanent", "start_date": "2026-12-19", "end_date": "2027-02-28", "kind": "oepre"}
    # Zone B: off from 19 December to 3 January and all February: the first class is on Monday 4 January.
    assert one(**row) == ("..x.", "..x.", "2027-01-04", "2027-01-04")
    # Any other kind is supposed to meet: its holidays are not known. The 19th is a Saturday, its own weekday.
    assert one(**(row | {"kind": "fle"}))[:2] == (".xxx", ".xxx")


def test_oepre_where_the_calendar_is_not_known() -> None:
    row = {"entry_mode": "permanent", "start_date": "2026-11-02", "end_date": "2027-02-28", "kind": "oepre"}
    assert one(**row, zone=None) == ("????", "????", "", "2026-11-23")  # Corse, overseas
    assert one(**row, zone="Z") == ("xx??", "xx??", "2026-11-23", "2026-11-23")
    # The first class may be in the weeks nobody knows of: joining a fixed one later is not sure.
    fixed = {"entry_mode": "fixed", "start_date": "2027-01-04", "end_date": "2027-02-28", "kind": "oepre"}
    assert one(**fixed, zone="Z")[0] == "..?."
    assert one(**fixed, zone="B")[0] == "..x."


def test_no_session_at_all_and_too_many_months() -> None:
    assert openings(frame(), as_of=AS_OF, months=3, terms=TERMS).join_low.shape == (0, 3)
    for months in (0, 37):
        with pytest.raises(OptionError, match=str(months)):
            opened({}, months=months)


days = st.dates(date(2026, 9, 1), date(2027, 3, 31)).map(date.isoformat) | st.none()
rows = st.fixed_dictionaries(
    {
        "start_date": days,
        "end_date": days,
        "recruitment": st.sampled_from(["open", "closed", "suspended", "unknown"]),
        "entry_mode": st.sampled_from(["fixed", "permanent", "unknown"]),
        "places_available": st.sampled_from([None, 0, 4]),
        "days": st.sampled_from([None, "mon", "wed;sat"]),
        "registration_start": days,
        "registration_end": days,
        "kind": st.sampled_from(["fle", "oepre"]),
        "zone": st.sampled_from(["B", "Z", None]),
    }
)


@settings(max_examples=20)
@given(st.lists(rows, min_size=1, max_size=8))
def test_what_is_sure_may_be_and_whoever_joins_has_a_class(sessions: list[dict[str, Any]]) -> None:
    found = opened(*sessions)
    assert not (found.join_low & ~found.join_high).any()
    assert not (found.meet_low & ~found.meet_high).any()
    assert not (found.join_low & ~found.meet_low).any()
    assert not (found.join_high & ~found.meet_high).any()
    for first, flags in ((found.first_low, found.join_low), (found.first_high, found.join_high)):
        assert (~np.isnat(first) == flags.any(axis=1)).all()
        for day, own in zip(first, flags, strict=True):
            assert np.isnat(day) or MONTHS[int(np.argmax(own))] == str(day)[:7]
    assert not (found.first_high > found.first_low).any()


@settings(max_examples=20)
@given(st.lists(rows, min_size=2, max_size=6))
def test_a_session_does_not_depend_on_the_others(sessions: list[dict[str, Any]]) -> None:
    whole = opened(*sessions)
    for number, row in enumerate(sessions):
        alone = opened(row)
        np.testing.assert_array_equal(whole.join_high[number], alone.join_high[0])
        np.testing.assert_array_equal(whole.meet_low[number], alone.meet_low[0])


@settings(max_examples=20)
@given(rows, st.integers(1, 20))
def test_a_session_that_ends_later_takes_nothing_away(row: dict[str, Any], more: int) -> None:
    if row["end_date"] is None:
        return
    later = row | {"end_date": (date.fromisoformat(row["end_date"]) + timedelta(days=more)).isoformat()}
    short, longer = opened(row), opened(later)
    assert not (short.meet_low & ~longer.meet_low).any()
    assert not (short.join_low & ~longer.join_low).any()
    assert not (short.join_high & ~longer.join_high).any()
