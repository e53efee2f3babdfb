"""Fit: what is true of any courses and any learner."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_integration.coverage.fit.judgement import bounds, fit, fitting_sessions, session_states, summary, verdicts
from geo_integration.coverage.learner.profile import WEEKDAYS, Profile
from geo_integration.layers import SESSIONS
from geo_integration.vocabulary import Audience, Fit, HalfDay, Kind, Level, Schooling

TODAY = date(2026, 10, 1)
RANK = {"fits": 0, "unknown": 1, "does_not_fit": 2}

DATES = [None, "2024-01-08", "2026-09-01", "2026-10-01", "2026-11-15", "2027-02-01"]
TIMES = [(None, None), ("09:00", "12:00"), ("13:30", "16:00"), ("18:30", "20:00"), ("12:00", None), (None, "12:00")]
OFFERS = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["fle", "asl", "alphabetisation", "unknown"]),
        "level_entry": st.sampled_from(["A1", "A1;A2", "B1", "unknown"]),
        "schooling": st.sampled_from(["none", "elsewhere", "any", "unknown"]),
        "audience_exclusive": st.sampled_from([None, "bpi", "parent", "under_25", "foreigner;women"]),
        "audience_priority": st.sampled_from([None, "women", "any"]),
        "modality": st.sampled_from(["in_person", "mixed", "remote", "unknown"]),
        "location_quality": st.sampled_from(["point", "mairie", "none"]),
        "cost_text": st.sampled_from([None, "Gratuit", "50 €", "Participation libre"]),
        "conditions": st.sampled_from([None, "Crèche", "Pas de garde d'enfants"]),
    }
)
SESSION = st.fixed_dictionaries(
    {
        "recruitment": st.sampled_from(["open", "closed", "suspended", "unknown"]),
        "entry_mode": st.sampled_from(["fixed", "permanent", "unknown"]),
        "start_date": st.sampled_from(DATES),
        "end_date": st.sampled_from(DATES),
        "registration_end": st.sampled_from(DATES),
        "places_available": st.sampled_from([None, 0, 3]),
        "days": st.sampled_from([None, "mon", "mon;thu", "sat"]),
        "times": st.sampled_from(TIMES),
    }
)
HALVES = list(product(WEEKDAYS, HalfDay))
PROFILES = st.builds(
    Profile,
    kind=st.sampled_from([Kind.FLE, Kind.ASL]),
    level=st.sampled_from([None, Level.A1, Level.B1]),
    schooling=st.sampled_from([None, Schooling.ELSEWHERE]),
    statuses=st.none()
    | st.frozensets(st.sampled_from([Audience.BPI, Audience.PARENT, Audience.WOMEN, Audience.UNDER_25])),
    age=st.sampled_from([None, 15, 20]),
    free=st.none() | st.frozensets(st.sampled_from(HALVES), min_size=1),
    child_care=st.booleans(),
    free_of_charge=st.booleans(),
    remote=st.booleans(),
    starts_by=st.sampled_from([None, date(2026, 10, 15), date(2027, 1, 1)]),
    silence_is_open=st.booleans(),
)


@st.composite
def courses(draw: st.DrawFn) -> tuple[pd.DataFrame, pd.DataFrame]:
    offers = draw(st.lists(OFFERS, min_size=1, max_size=4))
    rows: list[dict[str, Any]] = []
    for number in range(len(offers)):
        for rank, drawn in enumerate(draw(st.lists(SESSION, max_size=3))):
            start, end = drawn["times"]
            stated = {key: value for key, value in drawn.items() if key != "times"}
            key = {"session_id": f"{number}#{rank}", "offer_id": str(number), "synthetic": False}
            rows.append(key | stated | {"start_time": start, "end_time": end})
    table = pd.DataFrame([{"offer_id": str(number), "title": "Cours"} | one for number, one in enumerate(offers)])
    empty = SESSIONS.empty()  # what is drawn conforms; checking it each time would take most of the test's time
    return table, pd.DataFrame(rows, columns=empty.columns).astype(empty.dtypes.to_dict())


def ranks(offers: pd.DataFrame, sessions: pd.DataFrame, who: Profile) -> "pd.Series[int]":
    return summary(verdicts(offers, sessions, who, as_of=TODAY)).set_index("offer_id")["fit"].map(RANK)


@given(courses(), PROFILES)
def test_the_status_is_the_verdicts_summed_up(given_courses: tuple[pd.DataFrame, pd.DataFrame], who: Profile) -> None:
    offers, sessions = given_courses
    status, rank = fit(offers, sessions, profile=who, as_of=TODAY), ranks(offers, sessions, who)
    here = ~status.isin(["remote", "unplaced"])
    assert (status[here].eq("open") == rank[here].eq(0)).all()
    assert (status[here].eq("unknown") == rank[here].eq(1)).all()


@given(courses(), PROFILES)
def test_sure_fits_are_among_possible_ones(given_courses: tuple[pd.DataFrame, pd.DataFrame], who: Profile) -> None:
    offers, sessions = given_courses
    found = fitting_sessions(offers, sessions, who, as_of=TODAY)
    assert not (found["fits"] & ~found["may_fit"]).any()
    assert not (found["takes"] & ~found["live"]).any()
    told = summary(verdicts(offers, sessions, who, as_of=TODAY))
    assert (told["sessions_fit"] <= told["sessions_may_fit"]).all()
    both = bounds(told["fit"], by=offers["kind"])
    assert (both["low"] <= both["high"]).all()
    assert both["low"].sum() == told["fit"].eq("fits").sum()


@given(courses(), PROFILES)
def test_recruitment_refuses_where_and_only_where_the_session_takes_nobody(
    given_courses: tuple[pd.DataFrame, pd.DataFrame], who: Profile
) -> None:
    offers, sessions = given_courses
    found = verdicts(offers, sessions, who, as_of=TODAY)
    rows = found[found["criterion"].eq("recruitment") & found["session_id"].notna()].set_index("session_id")
    takes = session_states(sessions, as_of=TODAY)["takes"].set_axis(sessions["session_id"])
    assert (rows["verdict"].ne("does_not_fit") == takes.reindex(rows.index)).all()


@given(courses(), PROFILES)
def test_every_offer_that_counts_is_carried_by_a_session_or_has_none(
    given_courses: tuple[pd.DataFrame, pd.DataFrame], who: Profile
) -> None:
    offers, sessions = given_courses
    status = fit(offers, sessions, profile=who, as_of=TODAY)
    carried = fitting_sessions(offers, sessions, who, as_of=TODAY)["carries"].groupby(sessions["offer_id"]).any()
    expected = status[status.isin(["open", "unknown", "full", "other"]) & status.index.isin(sessions["offer_id"])]
    assert carried.reindex(expected.index).all()


NARROWER: list[Callable[[Profile], Profile]] = [
    lambda who: replace(who, level=who.level or Level.A1),
    lambda who: replace(who, schooling=Schooling.ELSEWHERE),
    lambda who: replace(who, child_care=True),
    lambda who: replace(who, free_of_charge=True),
    lambda who: replace(who, remote=False),
    lambda who: replace(who, silence_is_open=False),
    lambda who: replace(who, starts_by=date(2026, 10, 10)),
    lambda who: replace(who, free=frozenset(sorted(who.free or HALVES)[:3])),
    lambda who: replace(who, statuses=who.statuses and frozenset(sorted(who.statuses)[:1])),
]


@given(courses(), PROFILES, st.sampled_from(NARROWER))
def test_a_narrower_profile_never_gains_a_fit(
    given_courses: tuple[pd.DataFrame, pd.DataFrame], who: Profile, narrower: Callable[[Profile], Profile]
) -> None:
    offers, sessions = given_courses
    assert (ranks(offers, sessions, narrower(who)) >= ranks(offers, sessions, who)).all()


@given(
    courses(),
    PROFILES,
    st.sampled_from(["kind", "level_entry", "cost_text", "days", "times", "end_time", "start_date"]),
)
def test_a_value_made_unknown_never_turns_a_refusal_into_a_fit(
    given_courses: tuple[pd.DataFrame, pd.DataFrame], who: Profile, lost: str
) -> None:
    offers, sessions = given_courses
    criterion = {"kind": "kind", "level_entry": "level", "cost_text": "cost", "start_date": "start"}.get(lost, "hours")
    fewer, less = offers.copy(), sessions.copy()
    if lost in offers:
        fewer[lost] = None if lost == "cost_text" else "unknown"
    else:
        for name in ("start_time", "end_time") if lost == "times" else (lost,):
            less[name] = pd.Series(None, index=less.index, dtype="str")
    before, after = (verdicts(*tables, who, as_of=TODAY) for tables in ((offers, sessions), (fewer, less)))
    refused = before["criterion"].eq(criterion) & before["verdict"].eq("does_not_fit")
    keys = ["offer_id", "session_id", "criterion"]
    now = before[refused][keys].merge(after, on=keys, how="left", validate="one_to_one")
    assert now["verdict"].isin(["unknown", "does_not_fit"]).all()


def by_the_book(offers: pd.DataFrame, sessions: pd.DataFrame, kind: Kind, level: Level | None) -> dict[str, str]:
    """Tell the status of each offer as it always was, offer by offer."""
    states = session_states(sessions, as_of=TODAY)
    found = {}
    for row in offers.to_dict("records"):
        own = states[sessions["offer_id"].eq(row["offer_id"])]
        taking = "open" if own.empty or own["takes"].any() else "full" if own["live"].any() else "over"
        levels = row["level_entry"].split(";")
        fits = row["kind"] == kind and (level is None or level.value in levels)
        may = row["kind"] in {kind.value, "unknown"} and (
            level is None or level.value in levels or levels == ["unknown"]
        )
        status = taking if fits else "unknown" if may and taking == "open" else "other"
        status = "over" if taking == "over" else status
        status = "unplaced" if row["location_quality"] == "none" else status
        found[row["offer_id"]] = "remote" if row["modality"] == "remote" else status
    return found


@given(courses(), st.sampled_from(list(Kind)), st.sampled_from([None, *Level]))
def test_without_a_learner_nothing_changes(
    given_courses: tuple[pd.DataFrame, pd.DataFrame], kind: Kind, level: Level | None
) -> None:
    offers, sessions = given_courses
    expected = by_the_book(offers, sessions, kind, level)
    assert fit(offers, sessions, kind=kind, level=level, as_of=TODAY).to_dict() == expected
    if kind is Kind.UNKNOWN or level is Level.UNKNOWN:
        return  # nobody may ask for it by profile
    nobody = Profile(kind=kind, level=level, minutes=45)
    assert fit(offers, sessions, profile=nobody, as_of=TODAY).to_dict() == expected
    found = fitting_sessions(offers, sessions, nobody, as_of=TODAY)
    status = sessions["offer_id"].map(expected)
    usual = found["takes"].where(status.isin(["open", "unknown"]), found["live"])
    counted = status.isin(["open", "unknown", "full", "other"])
    np.testing.assert_array_equal(found["carries"].to_numpy(), (usual & counted).to_numpy())


@pytest.mark.parametrize("value", list(Fit))
def test_every_verdict_has_a_rank(value: Fit) -> None:
    assert value.value in RANK
