"""One judgement for a learner says what the tables of verdicts, status and sessions say; and what row by row says."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from geo_integration.coverage.fit.criteria import Asked, offer_rules
from geo_integration.coverage.fit.judgement import Subjects, fit, fitting_sessions, judge, summary, verdicts
from geo_integration.coverage.fit.judges import RANK, Rows, Rule
from geo_integration.coverage.fit.sessions import session_rules
from geo_integration.coverage.learner.profile import Profile
from geo_integration.layers import SESSIONS
from geo_integration.vocabulary import Criterion, Fit, Kind, Level
from tests.coverage.test_fit_properties import PROFILES, TODAY, courses

FITS = list(RANK)


def by_hand(rule: Rule, row: Mapping[str, Any]) -> tuple[Fit, str]:
    """Ask the judge about one row."""
    values = [row.get(name) for name in rule.columns]
    return rule.judge(*(None if value is None or pd.isna(value) else value for value in values))


@given(courses(), PROFILES, st.randoms(use_true_random=False))
def test_one_judgement_says_what_the_tables_say(
    given_courses: tuple[pd.DataFrame, pd.DataFrame],
    who: Profile,
    random: Any,  # noqa: ANN401
) -> None:
    offers, sessions = given_courses
    order = list(offers.index)
    random.shuffle(order)
    offers = offers.loc[order].reset_index(drop=True)
    found = judge(Subjects(offers, sessions), who, as_of=TODAY)
    every = verdicts(offers, sessions, who, as_of=TODAY)
    told = summary(every)
    assert [FITS[rank].value for rank in found.fits] == told["fit"].tolist()
    for position, row in enumerate(told.to_dict("records")):
        one = found.told(position)
        assert (one.fit, one.reasons) == (row["fit"], row["reasons"])
        assert (one.sessions_fit, one.sessions_may_fit) == (row["sessions_fit"], row["sessions_may_fit"])
        own = every[every["offer_id"].eq(row["offer_id"])]
        for fits in (Fit.UNKNOWN, Fit.DOES_NOT_FIT):
            criteria = one.criteria(fits)
            assert {c.value for c in criteria} <= set(own.loc[own["verdict"].eq(fits.value), "criterion"])
            assert list(criteria) == [c for c in Criterion if c in criteria]
        assert bool(one.criteria(Fit.DOES_NOT_FIT)) == (one.fit is Fit.DOES_NOT_FIT)
        assert one.criteria(Fit.UNKNOWN) or one.fit is not Fit.UNKNOWN
    pd.testing.assert_series_equal(found.status, fit(offers, sessions, profile=who, as_of=TODAY))
    pd.testing.assert_frame_equal(found.sessions, fitting_sessions(offers, sessions, who, as_of=TODAY))


@given(courses(), st.lists(PROFILES, min_size=2, max_size=4))
def test_learners_who_share_a_table_are_judged_as_if_alone(
    given_courses: tuple[pd.DataFrame, pd.DataFrame], learners: list[Profile]
) -> None:
    offers, sessions = given_courses
    shared = Subjects(offers, sessions)
    for who in learners:
        together, alone = (judge(one, who, as_of=TODAY) for one in (shared, Subjects(offers, sessions)))
        np.testing.assert_array_equal(together.fits, alone.fits)
        assert [together.told(n) for n in range(len(offers))] == [alone.told(n) for n in range(len(offers))]
        rules = [
            (shared.offers, list(offer_rules(Asked(who.kinds, who.level, who)))),
            (shared.sessions, list(session_rules(who, as_of=TODAY))),
        ]
        for rows, its in rules:
            for rule in its:
                judged = rows.judged(rule)
                for number, row in enumerate(rows.table.to_dict("records")):
                    fits, reason = by_hand(rule, row)
                    assert (RANK[fits], reason) == (judged.rank[number], judged.reason(number))


def test_rows_alike_are_judged_once_and_a_rule_is_asked_once() -> None:
    asked: list[str | None] = []

    def judging(value: str | None) -> tuple[Fit, str]:
        asked.append(value)
        return Fit.FITS, f"{value}"

    rows = Rows(pd.DataFrame({"a": pd.Series(["x", None, "x", "y"], dtype="str")}))
    rule = Rule(Criterion.KIND, ("a",), None, judging)
    assert rows.judged(rule).reasons == ["x", "None", "x", "y"]
    assert rows.judged(Rule(Criterion.KIND, ("a",), None, judging)).told == ["x", "None", "y"]
    assert asked == ["x", None, "y"]
    assert rows.judged(Rule(Criterion.KIND, ("missing",), None, judging)).reasons == ["None"] * 4
    assert rows.judged(Rule(Criterion.KIND, ("a",), "other", judging)).rank.tolist() == [0, 0, 0, 0]
    assert len(asked) == 7


def test_the_best_session_tells_what_is_not_known() -> None:
    """One session is full, one says nothing of recruitment: the second is the one to ask about, and only it."""
    offers = pd.DataFrame(
        [{"offer_id": "o", "title": "Cours", "kind": "fle", "level_entry": "unknown", "location_quality": "point"}]
    ).assign(
        modality="in_person", schooling="unknown", audience_exclusive=None, audience_priority=None, conditions=None
    )
    sessions = SESSIONS.conform(
        pd.DataFrame(
            [
                {"session_id": "1", "offer_id": "o", "recruitment": "closed"},
                {"session_id": "2", "offer_id": "o", "recruitment": "unknown"},
            ]
        ).assign(entry_mode="fixed", synthetic=False, start_date="2026-10-05")
    )
    who = Profile(kind=Kind.FLE, level=Level.A1, silence_is_open=False)
    told = judge(Subjects(offers, sessions), who, as_of=TODAY).told(0)
    assert told.fit is Fit.UNKNOWN
    assert told.criteria(Fit.UNKNOWN) == (Criterion.LEVEL, Criterion.RECRUITMENT)
    assert told.criteria(Fit.DOES_NOT_FIT) == ()
    full = judge(Subjects(offers, sessions[:1]), Profile(kind=Kind.FLE), as_of=TODAY).told(0)
    assert full.criteria(Fit.DOES_NOT_FIT) == (Criterion.RECRUITMENT,)
