"""Which hours somebody must come, and what several days make of the minutes: by hand."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from geo_integration.errors import OptionError
from geo_integration.jobs.by_timetable import default_slot, latest_return, meetings, place_pairs
from geo_integration.jobs.means import Means
from geo_integration.jobs.timetables import clock
from geo_integration.layers import SESSIONS
from geo_integration.travel.transit.class_hours import Slot
from geo_integration.travel.transit.there_and_back import TransitChunk
from geo_integration.vocabulary import Engine

DAY = date(2026, 10, 1)
MONDAY, THURSDAY = Slot.parse("mon", "09:00", "11:00"), Slot.parse("thu", "09:00", "11:00")
SUPPOSED = Slot.parse("tue", "18:30", "20:30")
OFFERS = pd.DataFrame({"offer_id": ["a:1", "a:2", "a:3"], "site_id": ["s1", "s1", None]})


def sessions(*rows: tuple[str, str, str | None, str | None, str | None, str]) -> pd.DataFrame:
    names = ("session_id", "offer_id", "days", "start_time", "end_time", "recruitment")
    table = pd.DataFrame([dict(zip(names, row, strict=True)) for row in rows], columns=list(names))
    return SESSIONS.conform(table.assign(entry_mode="fixed", synthetic=False))


def chunk(slot: Slot, *rows: tuple[int, float, float, float, float]) -> TransitChunk:
    commune, out, back, out_wait, back_wait = np.array(rows, dtype=float).T
    return TransitChunk(
        sites=np.array([0]),
        site_index=np.zeros(len(rows), dtype=np.int32),
        commune_index=commune.astype(np.int32),
        out_minutes=out.astype(np.float32),
        back_minutes=back.astype(np.float32),
        out_wait_minutes=out_wait.astype(np.float32),
        back_wait_minutes=back_wait.astype(np.float32),
        slot=slot,
        day=DAY,
        label=Engine.TIMETABLE,
    )


def test_sessions_of_one_offer_are_places_to_choose_from() -> None:
    status = pd.Series({"a:1": "open", "a:2": "open", "a:3": "unplaced"})
    found = meetings(
        OFFERS,
        sessions(
            ("1", "a:1", "mon;thu", "09:00", "11:00", "open"),
            ("2", "a:1", None, None, None, "open"),
            ("3", "a:1", "wed", "14:00", "16:00", "closed"),  # takes nobody: not one to go to
        ),
        status,
        as_of=DAY,
        supposed=SUPPOSED,
    )
    twice, evening = "s1 mon 09:00-11:00;thu 09:00-11:00", "s1 tue 18:30-20:30 ?"
    assert found.slots == {twice: (MONDAY, THURSDAY), evening: (SUPPOSED,)}
    # a:2 says nothing at all: the hours asked for. a:3 has no place.
    assert sorted(zip(found.offers["offer_id"], found.offers["site_id"], strict=True)) == [
        ("a:1", twice),
        ("a:1", evening),
        ("a:2", evening),
    ]
    assert found.hours[evening].endswith("(horaire supposé)")
    assert "lundi 9 h" in found.hours[twice]
    assert "supposé" not in found.hours[twice]


def test_a_full_offer_is_timed_for_the_sessions_it_has() -> None:
    rows = sessions(("1", "a:1", "wed", "14:00", "16:00", "closed"))
    found = meetings(OFFERS[:1], rows, pd.Series({"a:1": "full"}), as_of=DAY, supposed=SUPPOSED)
    assert list(found.slots) == ["s1 wed 14:00-16:00"]


def test_hours_stated_in_part_keep_what_is_stated() -> None:
    rows = sessions(("1", "a:1", "wed", None, None, "open"), ("2", "a:2", None, "14:00", "16:00", "open"))
    found = meetings(OFFERS, rows, pd.Series({"a:1": "open", "a:2": "open"}), as_of=DAY, supposed=SUPPOSED)
    assert sorted(found.slots) == ["s1 tue 14:00-16:00 ?", "s1 wed 18:30-20:30 ?"]


def test_of_several_days_the_worse_counts() -> None:
    status = pd.Series({"a:1": "open"})
    rows = sessions(("1", "a:1", "mon;thu", "09:00", "11:00", "open"))
    found = meetings(OFFERS[:1], rows, status, as_of=DAY, supposed=SUPPOSED)
    chunks = [
        chunk(MONDAY, (0, 20, 30, 5, 10), (1, 20, np.inf, 0, np.nan), (2, 10, 10, 0, 0)),
        chunk(THURSDAY, (0, 25, 28, 0, 15), (1, 22, 40, 5, 0)),  # on Thursday nobody comes from 2
    ]
    places = pd.Index(found.slots, dtype="str")
    rows_of = np.array([7, 8, 9], dtype=np.int32)
    (pair,) = place_pairs(iter(chunks), pd.DataFrame({"site_id": ["s1"]}), found, places, rows_of)
    assert pair.commune.tolist() == [7, 8]
    assert pair.out_minutes.tolist() == [25, 22]
    assert pair.back_minutes.tolist() == [30, np.inf]
    assert pair.out_wait_minutes is not None
    assert pair.out_wait_minutes.tolist() == [5, 5]


def test_hours_that_are_none_are_refused() -> None:
    with pytest.raises(OptionError, match="la fin n'est pas après le début"):
        default_slot(Means(class_start="20:30", class_end="18:30"))
    for text in ("25h", "9", "12:60", "31:00", "-1:00"):
        with pytest.raises(OptionError):
            latest_return(Means(latest_return=text))
    assert latest_return(Means(latest_return="25:30")) == 25 * 3600 + 1800
    assert clock("8:05", where="--at") == 8 * 3600 + 300
