"""Fit: a small table of offers and sessions, each status by hand."""

from datetime import date

import pandas as pd
import pytest

from geo_integration.coverage.fit.judgement import fit
from geo_integration.layers import SESSIONS
from geo_integration.vocabulary import Kind, Level

TODAY = date(2026, 10, 1)


def offer(kind: str = "alphabetisation", level: str = "alpha", **more: str) -> dict[str, str]:
    return {"kind": kind, "level_entry": level, "modality": "in_person", "location_quality": "point"} | more


def session(offer_id: str, number: int = 1, **more: object) -> dict[str, object]:
    stated = {"session_id": f"{offer_id}#{number}", "offer_id": offer_id, "recruitment": "open"}
    return stated | {"entry_mode": "fixed", "synthetic": False} | more


def ask(
    offers: dict[str, dict[str, str]], sessions: list[dict[str, object]], level: Level | None = None
) -> dict[str, str]:
    table = pd.DataFrame.from_dict(offers, orient="index").rename_axis("offer_id").reset_index()
    times = SESSIONS.conform(pd.DataFrame(sessions)) if sessions else SESSIONS.empty()
    return fit(table, times, kind=Kind.ALPHABETISATION, level=level, as_of=TODAY).to_dict()


def test_a_kind_never_stands_in_for_another() -> None:
    found = ask({"a": offer(), "b": offer("fle", "A1.1"), "c": offer("unknown")}, [])
    assert found == {"a": "open", "b": "other", "c": "unknown"}


@pytest.mark.parametrize(
    ("stated", "status"),
    [
        ({"recruitment": "open"}, "open"),
        ({"recruitment": "unknown"}, "open"),
        ({"recruitment": "closed"}, "full"),
        ({"recruitment": "suspended"}, "full"),
        ({"places_available": 0}, "full"),
        ({"places_available": 3}, "open"),
        ({"registration_end": "2026-09-30"}, "full"),
        ({"registration_end": "2026-10-01"}, "open"),
        ({"end_date": "2026-09-30"}, "over"),
        ({"end_date": "2026-10-01"}, "open"),
        ({"start_date": "2027-01-01"}, "open"),
        ({"start_date": "2025-06-01"}, "open"),
        ({"start_date": "2012-09-07"}, "over"),
        ({"start_date": "2012-09-07", "entry_mode": "permanent"}, "open"),
        ({"start_date": "2012-09-07", "end_date": "2027-06-30"}, "open"),
    ],
)
def test_one_session(stated: dict[str, object], status: str) -> None:
    assert ask({"a": offer()}, [session("a", **stated)]) == {"a": status}


def test_one_open_session_is_enough() -> None:
    sessions = [session("a", 1, recruitment="closed"), session("a", 2), session("a", 3, end_date="2020-01-01")]
    assert ask({"a": offer()}, sessions) == {"a": "open"}


def test_over_beats_full_and_remote_beats_all() -> None:
    offers = {"a": offer(), "b": offer(modality="remote"), "c": offer(location_quality="none")}
    sessions = [session(name, end_date="2020-01-01", recruitment="closed") for name in "abc"]
    assert ask(offers, sessions) == {"a": "over", "b": "remote", "c": "unplaced"}


def test_level_unknown_may_fit_and_other_level_does_not() -> None:
    offers = {"a": offer(level="A1;A2"), "b": offer(level="B1"), "c": offer(level="unknown")}
    assert ask(offers, [], Level.A1) == {"a": "open", "b": "other", "c": "unknown"}


def test_full_of_unknown_fit_is_only_another_course() -> None:
    assert ask({"a": offer("unknown")}, [session("a", recruitment="closed")]) == {"a": "other"}
