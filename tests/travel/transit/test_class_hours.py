"""When classes meet: what sessions say, what is supposed, and the date looked up."""

from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_integration.errors import OptionError
from geo_integration.travel.transit.class_hours import (
    DEFAULT_SLOT,
    HoursBasis,
    Slot,
    hour_text,
    service_date,
    slots_of,
    weekday_of,
)

COLUMNS = ["session_id", "offer_id", "days", "start_time", "end_time"]
SITES = {"o1": "3.0,50.0"}


def slots(*rows: tuple[str | None, str | None, str | None]) -> list[tuple[str, ...]]:
    """Return weekday, start, end, basis and note of sessions of one offer."""
    sessions = pd.DataFrame([(f"s{n}", "o1", *row) for n, row in enumerate(rows)], columns=COLUMNS)
    found = slots_of(sessions, SITES)
    return list(found[["weekday", "start_time", "end_time", "hours_basis", "note"]].itertuples(index=False, name=None))


def test_a_session_that_says_all_is_taken_at_its_word() -> None:
    assert slots(("thu", "18:00", "20:00")) == [("thu", "18:00", "20:00", "stated", "")]


def test_a_session_gives_one_slot_for_each_of_its_days_in_the_order_of_the_week() -> None:
    assert [row[0] for row in slots(("fri;mon;fri", "9:00", "11:30"))] == ["mon", "fri"]
    assert slots(("fri;mon", "9:00", "11:30"))[0][1:3] == ("09:00", "11:30")


def test_what_a_session_does_not_say_is_supposed_and_said_to_be() -> None:
    assert slots((None, None, None)) == [("tue", "09:00", "11:30", "default", "")]
    assert slots(("mon;wed", None, "")) == [
        ("mon", "09:00", "11:30", "default_times", ""),
        ("wed", "09:00", "11:30", "default_times", ""),
    ]
    assert slots((None, "14:00", "16:00")) == [("tue", "14:00", "16:00", "default_day", "")]


@pytest.mark.parametrize(
    ("start", "end", "why"),
    [
        ("11:30", "09:00", "la fin n'est pas après le début"),
        ("09:00", "09:00", "la fin n'est pas après le début"),
        ("25:00", "26:00", "heure absente ou impossible"),
        ("09:60", "11:00", "heure absente ou impossible"),
        ("09:00", "midi", "heure absente ou impossible"),
        (None, "11:00", "heure absente ou impossible"),
        ("neuf heures", "11:00", "heure absente ou impossible"),
    ],
)
def test_impossible_hours_give_the_default_and_a_note(start: str | None, end: str | None, why: str) -> None:
    ((day, first, last, basis, note),) = slots(("wed", start, end))
    assert (day, first, last, basis) == ("wed", "09:00", "11:30", "default_times")
    assert note.endswith(why)
    assert (start or "?") in note


def test_a_class_that_does_not_say_when_it_ends_lasts_two_hours_and_a_half() -> None:
    told = "fin du cours non précisée : 150 minutes supposées"
    assert slots(("wed", "14:00", None)) == [("wed", "14:00", "16:30", "stated", told)]
    assert slots(("wed", "22:00", ""))[0][2] == "23:59"


def test_an_unreadable_day_is_noted_and_the_others_kept() -> None:
    assert slots(("wed;mercredi", "09:00", "11:00")) == [
        ("wed", "09:00", "11:00", "stated", "jour illisible : mercredi")
    ]
    assert slots(("lundi", "09:00", "11:00"))[0][::3] == ("tue", "default_day")


def test_sessions_of_offers_without_a_place_are_left_out() -> None:
    sessions = pd.DataFrame([("s1", "elsewhere", "mon", "09:00", "10:00")], columns=COLUMNS)
    found = slots_of(sessions, SITES)
    assert found.empty
    assert list(found.columns)[:3] == ["site_id", "offer_id", "session_id"]


@pytest.mark.parametrize(
    ("weekday", "expected"),
    [("mon", date(2025, 2, 3)), ("tue", date(2025, 2, 4)), ("wed", date(2025, 2, 5)), ("sun", date(2025, 2, 9))],
)
def test_a_slot_is_looked_up_on_its_own_weekday_of_the_iso_week(weekday: str, expected: date) -> None:
    slot = Slot.parse(weekday, "09:00", "11:30")
    for day in (date(2025, 2, 3), date(2025, 2, 6), date(2025, 2, 9)):
        assert service_date(slot, day) == expected


@given(st.integers(0, 6), st.dates(date(2000, 1, 3), date(2100, 1, 1)))
def test_the_date_has_the_weekday_and_the_week(weekday: int, week_of: date) -> None:
    found = service_date(Slot(weekday, 0, 60), week_of)
    assert found.weekday() == weekday
    assert found.isocalendar()[:2] == week_of.isocalendar()[:2]


def test_a_slot_is_said_in_french() -> None:
    assert DEFAULT_SLOT.label(HoursBasis.DEFAULT) == "mardi 9 h – 11 h 30 (horaire supposé)"  # noqa: RUF001
    assert Slot.parse("sat", "14:05", "16:00").label() == "samedi 14 h 05 – 16 h"  # noqa: RUF001
    assert hour_text(25 * 3600 + 300) == "1 h 05 (le lendemain)"
    assert hour_text(-60) == "23 h 59 (la veille)"


def test_days_are_read_in_french_or_by_code() -> None:
    assert [weekday_of(text) for text in ("mardi", " Dimanche ", "wed")] == ["tue", "sun", "wed"]
    with pytest.raises(OptionError, match="jour inconnu"):
        weekday_of("mardy")


@pytest.mark.parametrize("given_", [("tue", "9:00", "8:00"), ("tue", "9h", "10h"), ("mardi", "9:00", "10:00")])
def test_what_is_no_slot_is_refused(given_: tuple[str, str, str]) -> None:
    with pytest.raises(OptionError):
        Slot.parse(*given_)


def test_impossible_slots_are_refused() -> None:
    for wrong in ((7, 0, 60), (0, 60, 60), (0, 0, 90_000)):
        with pytest.raises(OptionError):
            Slot(*wrong)
