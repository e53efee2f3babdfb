"""Days and hours read in a source's own words: what is plain, what is not, and what enters the columns."""

from typing import Any

import pandas as pd
import pytest

from geo_integration.sources.imports import ProblemLog
from geo_integration.sources.offers import finish
from geo_integration.sources.records import RawOffer, RawSession
from geo_integration.sources.schedule_words import DAYS_ONLY, PAUSE, WORDS, Hours, read_hours, read_schedule

HOUR = 3600


@pytest.mark.parametrize(
    ("text", "days", "times"),
    [
        ("Mercredi de 13h30 à 16h30, 3h par semaine — 30 heures en centre", "wed", [(13.5, 16.5)]),
        ("Lundi, mardi, jeudi et vendredi de 9h à 12h, hors vacances scolaires", "mon tue thu fri", [(9, 12)]),
        ("Du lundi au jeudi de 9h à 12h et de 14h à 16h", "mon tue wed thu", [(9, 12), (14, 16)]),
        ("Les lundis et jeudis, 18h-20h", "mon thu", [(18, 20)]),
        ("Mardi : 9h00 - 11h30", "tue", [(9, 11.5)]),
        ("Lundi au vendredi 9h – 12h.", "mon tue wed thu fri", [(9, 12)]),  # noqa: RUF001 -- a dash people type
        ("De 9 heures à 12 heures, du mardi au jeudi", "tue wed thu", [(9, 12)]),
        ("9h-12h le samedi", "sat", [(9, 12)]),
        ("Le mardi matin de 9h à 12h", "tue", [(9, 12)]),
        ("Lundi et jeudi après-midi de 14h à 16h", "mon thu", [(14, 16)]),
        ("Jeudi soir 18:30-20:30", "thu", [(18.5, 20.5)]),
    ],
)
def test_a_plain_schedule_is_read(text: str, days: str, times: list[tuple[float, float]]) -> None:
    found = read_schedule(text)
    assert found is not None
    assert found.days == tuple(days.split())
    assert found.times == tuple((int(start * HOUR), int(end * HOUR)) for start, end in times)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "24 heures/semaine — 720 heures en centre",
        "2026-2027",
        "Lundi ou mardi de 9h à 12h",
        "Lundi/mardi de 9h à 12h",  # both, or one of them
        "Lundi de 9h à 12h, mercredi de 14h à 16h",  # two meetings at other hours: more than it can hold
        "Lundi de 9h à 12h — jeudi de 14h à 16h",
        "Lundi de 9h à 12h (mardi une semaine sur deux)",
        "Lundi de 9h à 12h, une semaine sur deux",
        "Lundi de 9h à 12h, tous les 15 jours",
        "Lundi matin",
        "Lundi soir de 9h à 12h",  # it contradicts itself
        "Lundi et jeudi matin de 14h à 16h",
        "Lundi de 12h à 9h",
        "Lundi de 9h à 12h et de 10h à 13h",  # two groups
        "Lundi de 9h à 12h selon le groupe",
        "Lundi de 9h à 12h, selon groupe",
        "Lundi et mardi de 9h à 12h (groupe A)",
        "Du lundi au vendredi de 9h à 12h, matin ou soir",
        "Du lundi au vendredi de 9h à 12h, 2 jours par semaine",
        "Du lundi au vendredi de 9h à 12h sauf mercredi",
        "Du lundi au vendredi de 9h à 12h, hors mercredi",
        "Du lundi au vendredi de 9h à 12h (horaires variables)",
        "Du lundi au vendredi de 9h à 12h, à titre indicatif",
        "Du lundi au vendredi de 9h à 12h, à confirmer",
        "Du lundi au vendredi de 9h à 12h, rythme adapté à chacun",
        "Du lundi au vendredi de 9h à 12h, accueil et inscription",  # when the office is open
        "Du lundi au vendredi de 9h à 12h, sur rendez-vous",
        "Lundi de 9h à 12h, débutants à 14h",
        "Permanence le lundi de 9h à 12h",
        "Premier lundi du mois de 9h à 12h",
        "Lundi de 1h à 2h",  # how long, not when
        "Lundi et mardi de 6h à 8h par semaine",
        "Du vendredi au lundi de 9h à 12h",
        "Lundi de 22h à 24h",  # not an hour of that day
        "Mo-Fr 09:00-12:00",
    ],
)
def test_a_schedule_that_is_not_plain_is_not_read(text: str) -> None:
    assert read_schedule(text) is None
    assert read_hours(text) == Hours()


FOUR = ("mon", "tue", "wed", "thu")


@pytest.mark.parametrize(
    ("text", "weekly", "found"),
    [
        ("Lundi et jeudi de 9h à 12h", None, Hours(("mon", "thu"), "09:00", "12:00", WORDS)),
        ("Lundi et jeudi de 9h à 12h", 6.0, Hours(("mon", "thu"), "09:00", "12:00", WORDS)),  # 2 x 3 = 6
        ("Lundi et jeudi de 9h30 à 11h30", 3.5, Hours(("mon", "thu"), "09:30", "11:30", WORDS)),  # 4: not a meeting off
        ("Lundi et jeudi de 9h à 12h", 3.0, Hours()),  # 6: one of the two, and nobody knows which
        ("Lundi et jeudi de 9h à 12h", 9.0, Hours()),  # 6: there is a third meeting somewhere
        ("Lundi et jeudi de 9h à 12h, 3h par semaine", None, Hours()),  # the words themselves state them
        # 4 x (3 + 2) = 20: they come to both; 12 = 4 x 3 is the morning alone; unsaid, there may be two groups
        ("Du lundi au jeudi de 9h à 12h et de 14h à 16h", 20.0, Hours(FOUR, "09:00", "16:00", PAUSE)),
        ("Du lundi au jeudi de 9h à 12h et de 14h à 16h, 20h par semaine", None, Hours(FOUR, "09:00", "16:00", PAUSE)),
        ("Du lundi au jeudi de 9h à 12h et de 14h à 16h", 12.0, Hours()),
        ("Du lundi au jeudi de 9h à 12h et de 14h à 16h", None, Hours(FOUR, rule=DAYS_ONLY)),
        (None, 6.0, Hours()),
    ],
)
def test_the_columns_hold_what_the_words_say(text: str | None, weekly: float | None, found: Hours) -> None:
    assert read_hours(text, weekly) == found


def session(stated: dict[str, Any], source: str = "lheo") -> "pd.Series[str]":
    """Return the one session of an offer, as its layer holds it."""
    raw = RawSession("1", **{"schedule_text": "Lundi et jeudi de 9h à 12h", **stated})
    offer = RawOffer("1", "ligne 1", "Alphabétisation", commune_code="62041", sessions=[raw])
    return finish([offer], ProblemLog("test"), source=source)["sessions"].iloc[0]


HOURS = ["days", "start_time", "end_time", "hours_rule"]


def test_a_session_that_only_has_words_gets_its_days_and_hours_with_the_rule() -> None:
    found = session({})
    assert found[HOURS].tolist() == ["mon;thu", "09:00", "12:00", "h_words"]
    assert found["schedule_text"] == "Lundi et jeudi de 9h à 12h"


@pytest.mark.parametrize(
    "stated",
    [
        {"days": ("tue",), "start_time": "14:00", "end_time": "16:00"},
        {"days": ("tue",)},  # the words say other days: nothing of them is believed
        {"start_time": "14:00"},
    ],
)
def test_what_the_source_states_is_never_overwritten_nor_completed(stated: dict[str, Any]) -> None:
    found = session(stated)
    told = [";".join(stated.get("days", ())) or None, stated.get("start_time"), stated.get("end_time"), None]
    assert [None if pd.isna(value) else value for value in found[HOURS]] == told


def test_words_in_doubt_and_hours_of_an_office_leave_the_columns_empty() -> None:
    assert session({"schedule_text": "Lundi et jeudi de 9h à 12h selon le groupe"})[HOURS].isna().all()
    assert session({"weekly_hours": 3.0})[HOURS].isna().all()
    assert session({}, "data-inclusion")[HOURS].isna().all()
    assert session({}, "data-inclusion-demo")[HOURS].isna().all()
