"""Fit, criterion by criterion: one course that fits, and what flips one verdict and no other."""

from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import pytest

from geo_integration.coverage.fit.judgement import bounds, fit, fitting_sessions, summary, verdicts
from geo_integration.coverage.learner.profile import Profile
from geo_integration.errors import MissingDataError, OptionError, ProfileError
from geo_integration.layers import SESSIONS
from geo_integration.vocabulary import Audience, Goal, HalfDay, Kind, Level, Schooling

TODAY = date(2026, 10, 1)

WHO = Profile(
    kind=Kind.FLE,
    level=Level.A1,
    schooling=Schooling.ELSEWHERE,
    statuses=frozenset({Audience.BPI, Audience.WOMEN}),
    age=32,
    free=frozenset({("mon", HalfDay.MORNING), ("thu", HalfDay.MORNING)}),
    child_care=True,
    free_of_charge=True,
    starts_by=date(2026, 12, 1),
)

OFFER: dict[str, Any] = {
    "offer_id": "a",
    "title": "Français",
    "kind": "fle",
    "level_entry": "A1;A2",
    "schooling": "elsewhere",
    "audience_exclusive": None,
    "audience_priority": None,
    "modality": "in_person",
    "location_quality": "point",
    "cost_text": "Gratuit",
    "conditions": "Halte-garderie sur place",
    "registration": None,
}
SESSION: dict[str, Any] = {
    "session_id": "a#1",
    "offer_id": "a",
    "start_date": "2026-11-02",
    "end_date": "2027-06-30",
    "recruitment": "open",
    "entry_mode": "fixed",
    "days": "mon;thu",
    "start_time": "09:00",
    "end_time": "12:00",
    "synthetic": False,
}


def table(*sessions: dict[str, Any], **offer: object) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the fitting course with some values changed, and sessions changed from the fitting one."""
    rows = [SESSION | {"session_id": f"a#{n}"} | row for n, row in enumerate(sessions, 1)]
    return pd.DataFrame([OFFER | offer]), SESSIONS.conform(pd.DataFrame(rows)) if rows else SESSIONS.empty()


def judge(
    offer: dict[str, object], session: dict[str, object], who: Profile = WHO
) -> tuple[dict[str, tuple[str, str]], str]:
    """Return verdict and reason by criterion, and the status of the offer."""
    offers, sessions = table(session, **offer)
    found = verdicts(offers, sessions, who, as_of=TODAY)
    told = zip(found["criterion"], zip(found["verdict"], found["reason"], strict=True), strict=True)
    return dict(told), fit(offers, sessions, profile=who, as_of=TODAY)["a"]


def test_a_course_that_fits_on_every_criterion() -> None:
    found, status = judge({}, {})
    assert {verdict for verdict, _ in found.values()} == {"fits"}
    assert status == "open"
    assert list(found) == [
        "kind",
        "level",
        "schooling",
        "audience",
        "age",
        "modality",
        "cost",
        "place",
        "child_care",
        "hours",
        "start",
        "recruitment",
    ]


# Each line changes one thing of the course that fits: criterion flipped, verdict, reason, what the offer becomes.
FLIPS: list[tuple[dict[str, object], dict[str, object], str, str, str, str]] = [
    ({"kind": "asl"}, {}, "kind", "does_not_fit", "cours « Atelier sociolinguistique », et non", "other"),
    ({"kind": "unknown"}, {}, "kind", "unknown", "le type de cours n'est pas précisé", "unknown"),
    ({"level_entry": "B1;B2"}, {}, "level", "does_not_fit", "niveau d'entrée B1, B2, et non A1", "other"),
    ({"level_entry": "unknown"}, {}, "level", "unknown", "le niveau n'est pas précisé", "unknown"),
    ({"schooling": "none"}, {}, "schooling", "does_not_fit", "pour les personnes jamais scolarisées", "other"),
    ({"audience_exclusive": "parent"}, {}, "audience", "does_not_fit", "réservé aux parents d'élèves", "other"),
    (
        {"audience_exclusive": "cir;jobseeker", "audience_priority": "women"},
        {},
        "audience",
        "does_not_fit",
        "réservé aux signataires du CIR ou aux demandeurs d'emploi, priorité aux femmes",
        "other",
    ),
    ({"audience_exclusive": "under_25"}, {}, "age", "does_not_fit", "réservé aux jeunes de 16 à 25 ans", "other"),
    ({"modality": "remote"}, {}, "modality", "does_not_fit", "à distance seulement", "remote"),
    ({"cost_text": "150 €"}, {}, "cost", "does_not_fit", "payant : « 150 € »", "other"),
    ({"cost_text": None}, {}, "cost", "unknown", "le coût n'est pas précisé", "unknown"),
    ({"location_quality": "none"}, {}, "place", "unknown", "le lieu n'est pas connu", "unplaced"),
    ({"conditions": None}, {}, "child_care", "unknown", "la garde d'enfants n'est pas précisée", "unknown"),
    (
        {"conditions": "Prévoir un mode de garde"},
        {},
        "child_care",
        "does_not_fit",
        "pas de garde d'enfants : « Prévoir un mode de garde »",
        "other",
    ),
    (
        {},
        {"start_time": "18:30", "end_time": "20:30"},
        "hours",
        "does_not_fit",
        "cours le lundi soir (18 h 30 – 20 h 30) : demi-journée non libre",  # noqa: RUF001
        "other",
    ),
    ({}, {"days": None}, "hours", "unknown", "le jour n'est pas précisé", "unknown"),
    ({}, {"start_time": None, "end_time": None}, "hours", "unknown", "l'heure n'est pas précisée", "unknown"),
    (
        {},
        {"start_date": "2027-01-12"},
        "start",
        "does_not_fit",
        "commence le 12/01/2027, après le 01/12/2026 demandé",
        "other",
    ),
    ({}, {"start_date": None}, "start", "unknown", "la date de début n'est pas précisée", "unknown"),
    ({}, {"recruitment": "closed"}, "recruitment", "does_not_fit", "recrutement fermé", "full"),
    ({}, {"recruitment": "suspended"}, "recruitment", "does_not_fit", "recrutement suspendu", "full"),
    ({}, {"places_available": 0}, "recruitment", "does_not_fit", "plus de place", "full"),
    (
        {},
        {"registration_end": "2026-09-30"},
        "recruitment",
        "does_not_fit",
        "inscriptions closes depuis le 30/09/2026",
        "full",
    ),
    ({}, {"end_date": "2026-09-30"}, "recruitment", "does_not_fit", "terminé depuis le 30/09/2026", "over"),
]


@pytest.mark.parametrize(("offer", "session", "criterion", "verdict", "reason", "status"), FLIPS)
def test_one_thing_flips_one_verdict(
    offer: dict[str, object], session: dict[str, object], criterion: str, verdict: str, reason: str, status: str
) -> None:
    found, became = judge(offer, session)
    assert found[criterion][0] == verdict
    assert found[criterion][1].startswith(reason)
    assert {name for name, (one, _) in found.items() if one != "fits"} == {criterion}
    assert became == status


@pytest.mark.parametrize(
    ("who", "offer", "verdict"),
    [
        ({"statuses": None}, "bpi", "unknown"),
        ({"statuses": frozenset()}, "bpi", "does_not_fit"),
        ({"statuses": frozenset({Audience.BPI})}, "bpi", "fits"),
        ({"statuses": frozenset({Audience.BPI})}, "foreigner", "fits"),  # a refugee is a foreigner
        ({"statuses": frozenset({Audience.CIR})}, "foreigner", "fits"),
        ({"statuses": frozenset({Audience.ASYLUM_SEEKER})}, "foreigner", "fits"),
        ({"statuses": frozenset({Audience.FOREIGNER})}, "bpi", "does_not_fit"),  # and not the other way round
        ({"statuses": frozenset({Audience.PARENT})}, "foreigner;parent", "fits"),  # one of them is enough
        ({"statuses": None, "goal": Goal.PARENT}, "parent", "fits"),  # who follows the children's school has some
        ({"statuses": None, "goal": Goal.PARENT}, "cir", "unknown"),
        ({"statuses": None, "goal": Goal.CIR}, "cir;jobseeker", "fits"),
        ({"statuses": frozenset({Audience.WOMEN})}, "any", "fits"),
    ],
)
def test_who_a_reserved_course_takes(who: dict[str, Any], offer: str, verdict: str) -> None:
    found, _ = judge({"audience_exclusive": offer}, {}, replace(WHO, **who))
    assert found["audience"][0] == verdict


@pytest.mark.parametrize(
    ("age", "statuses", "offer", "verdict"),
    [
        (25, None, "under_25", "fits"),
        (26, None, "under_25", "does_not_fit"),
        (17, None, "under_18", "fits"),
        (17, None, "under_25", "fits"),  # a minor is under 25
        (18, None, "under_18", "does_not_fit"),
        (12, None, "under_25", "unknown"),  # « 16 to 25 » and « under 25 » are one code: nobody knows for a child
        (None, None, "under_25", "unknown"),
        (None, frozenset({Audience.UNDER_18}), "under_25", "fits"),
        (None, frozenset({Audience.WOMEN}), "under_25", "unknown"),  # nothing says her age
        (26, frozenset({Audience.WOMEN}), "under_25;women", "fits"),
        (26, None, "under_25;women", "unknown"),  # too old, but she may be a woman
    ],
)
def test_age_decides(age: int | None, statuses: frozenset[Audience] | None, offer: str, verdict: str) -> None:
    found, _ = judge({"audience_exclusive": offer}, {}, replace(WHO, age=age, statuses=statuses))
    worst = max((found[name][0] for name in ("audience", "age")), key=["fits", "unknown", "does_not_fit"].index)
    assert worst == verdict


def test_conditions_may_state_a_youngest_age() -> None:
    offer = {"conditions": "Personnes étrangères, 16 ans et plus. Garde d'enfants."}
    young, old = (judge(offer, {}, replace(WHO, age=age))[0]["age"] for age in (15, 16))
    assert young == ("does_not_fit", "à partir de 16 ans")
    assert old[0] == "fits"


@pytest.mark.parametrize(
    ("stated", "kind", "asked", "verdict"),
    [
        ("any", "fle", Schooling.ELSEWHERE, "fits"),
        ("unknown", "fle", Schooling.ELSEWHERE, "fits"),  # FLE is for who went to school in another language
        ("unknown", "alphabetisation", Schooling.NONE, "fits"),
        ("unknown", "asl", Schooling.NONE, "unknown"),  # an ASL may be for either
        ("unknown", "fle", Schooling.NONE, "does_not_fit"),
        ("unknown", "unknown", Schooling.NONE, "unknown"),
        ("none", "asl", Schooling.ELSEWHERE, "does_not_fit"),
    ],
)
def test_schooling(stated: str, kind: str, asked: Schooling, verdict: str) -> None:
    found, _ = judge({"schooling": stated, "kind": kind}, {}, replace(WHO, kind=None, schooling=asked))
    assert found["schooling"][0] == verdict


def test_several_kinds_answer_a_goal() -> None:
    who = Profile(goal=Goal.DAILY_LIFE)
    kinds = ("fle", "asl", "alphabetisation", "cir", "unknown")
    assert {kind: judge({"kind": kind}, {}, who)[0]["kind"][0] for kind in kinds} == {
        "fle": "fits",
        "asl": "fits",
        "alphabetisation": "fits",
        "cir": "does_not_fit",
        "unknown": "unknown",
    }


@pytest.mark.parametrize(
    ("session", "verdict", "reason"),
    [
        ({"entry_mode": "permanent", "start_date": "2025-09-01"}, "fits", "entrées possibles jusqu'au 30/06/2027"),
        ({"entry_mode": "permanent", "start_date": "2027-01-12"}, "does_not_fit", "commence le 12/01/2027"),
        (
            {"entry_mode": "permanent", "start_date": "2025-09-01", "registration_start": "2026-12-15"},
            "does_not_fit",
            "inscriptions à partir du 15/12/2026, après le 01/12/2026",
        ),
        ({"start_date": "2026-10-01"}, "fits", "commence le 01/10/2026"),
        ({"start_date": "2026-12-01"}, "fits", "commence le 01/12/2026"),
        ({"start_date": "2026-12-02"}, "does_not_fit", "commence le 02/12/2026"),
        ({"start_date": "2026-09-07"}, "fits", "a commencé le 07/09/2026, on peut encore y entrer"),
        ({"start_date": "2026-09-07", "recruitment": "unknown"}, "unknown", "a commencé le 07/09/2026, la source"),
        (
            {"start_date": "2026-09-07", "recruitment": "unknown", "registration_end": "2026-10-31"},
            "fits",
            "a commencé le 07/09/2026, on peut encore y entrer",
        ),
        ({"start_date": "2026-09-07", "recruitment": "closed"}, "fits", "a commencé le 07/09/2026"),
    ],
)
def test_when_one_could_start(session: dict[str, object], verdict: str, reason: str) -> None:
    found = judge({}, session)[0]["start"]
    assert (found[0], found[1][: len(reason)]) == (verdict, reason)


def test_a_start_wanted_in_the_past_is_met_by_nothing() -> None:
    found, status = judge({}, {"entry_mode": "permanent"}, replace(WHO, starts_by=date(2026, 9, 1)))
    assert found["start"] == ("does_not_fit", "au plus tôt le 01/10/2026, après le 01/09/2026 demandé")
    assert status == "other"


@pytest.mark.parametrize(
    ("session", "silent_is_open", "verdict"),
    [
        ({"recruitment": "unknown"}, True, "fits"),
        ({"recruitment": "unknown"}, False, "unknown"),
        ({"recruitment": "unknown", "places_available": 2}, False, "fits"),
        ({"recruitment": "unknown", "registration_end": "2026-10-15"}, False, "fits"),
        ({"recruitment": "open"}, False, "fits"),
    ],
)
def test_silence_on_recruitment(session: dict[str, object], silent_is_open: bool, verdict: str) -> None:  # noqa: FBT001
    found, status = judge({}, session, replace(WHO, silence_is_open=silent_is_open))
    assert found["recruitment"][0] == verdict
    assert status == {"fits": "open", "unknown": "unknown"}[verdict]


def test_remote_courses_for_who_takes_them() -> None:
    found, status = judge({"modality": "remote", "location_quality": "remote"}, {}, replace(WHO, remote=True))
    assert {verdict for verdict, _ in found.values()} == {"fits"}
    assert status == "remote"  # there is still no place to travel to


def test_one_session_that_fits_is_enough() -> None:
    evening = {"start_time": "18:30", "end_time": "20:30"}
    offers, sessions = table(evening, {"recruitment": "closed"}, {"start_date": None})
    assert fit(offers, sessions, profile=WHO, as_of=TODAY)["a"] == "unknown"
    found = fitting_sessions(offers, sessions, WHO, as_of=TODAY)
    assert found.to_dict("list") == {
        "live": [True, True, True],
        "takes": [True, False, True],
        "fits": [False, True, False],  # recruitment is told by live and takes
        "may_fit": [False, True, True],
        "carries": [False, False, True],  # the offer is unknown through the third
    }
    told = summary(verdicts(offers, sessions, WHO, as_of=TODAY)).iloc[0]
    assert (told["fit"], told["reasons"]) == ("unknown", "la date de début n'est pas précisée")
    assert (told["sessions_fit"], told["sessions_may_fit"]) == (0, 1)


def test_full_where_the_only_session_at_fitting_hours_is() -> None:
    evening = {"start_time": "18:30", "end_time": "20:30"}
    offers, sessions = table(evening, {"recruitment": "closed"})
    assert fit(offers, sessions, profile=WHO, as_of=TODAY)["a"] == "full"
    assert fitting_sessions(offers, sessions, WHO, as_of=TODAY)["carries"].tolist() == [False, True]


def test_an_offer_without_sessions_says_no_hours() -> None:
    offers, sessions = table()
    assert fit(offers, sessions, profile=WHO, as_of=TODAY)["a"] == "unknown"
    found = verdicts(offers, sessions, WHO, as_of=TODAY)
    assert found["session_id"].isna().all()
    told = summary(found).iloc[0]
    assert told["reasons"] == "ni le jour ni l'heure ne sont précisés ; la date de début n'est pas précisée"
    assert (told["sessions_fit"], told["sessions_may_fit"]) == (0, 1)
    anytime = replace(WHO, free=None, starts_by=None)
    assert fit(offers, sessions, profile=anytime, as_of=TODAY)["a"] == "open"


def test_reasons_put_refusals_first_then_unknowns_then_priorities() -> None:
    offers, sessions = table({"recruitment": "closed"}, cost_text=None, audience_priority="bpi;women")
    told = summary(verdicts(offers, sessions, WHO, as_of=TODAY)).iloc[0]
    assert told["fit"] == "does_not_fit"
    assert told["reasons"] == (
        "recrutement fermé ; le coût n'est pas précisé ; "
        "priorité aux bénéficiaires de la protection internationale ou aux femmes"
    )


def test_bounds_by_hand() -> None:
    fits = pd.Series(["fits", "unknown", "does_not_fit", "fits"])
    by = pd.Series(["62041", "62041", "62041", "59350"])
    assert bounds(fits).to_dict("list") == {"low": [2.0], "high": [3.0]}
    assert bounds(fits, by=by).to_dict("index") == {"59350": {"low": 1, "high": 1}, "62041": {"low": 1, "high": 2}}
    nowhere = bounds(fits, by=by.mask(by.eq("59350")))  # a course of no known commune is counted, and apart
    assert nowhere["low"].tolist() == [1.0, 1.0]
    places = pd.Series([10.0, None, 5.0, 8.0])  # 10 sure; of the unknown course nobody knows how many
    weighted = bounds(fits, by=by, weights=places)
    assert weighted["low"].to_dict() == {"59350": 8.0, "62041": 10.0}
    assert weighted["high"].isna().to_dict() == {"59350": False, "62041": True}


def test_what_is_not_asked_has_no_row_and_refuses_nothing() -> None:
    offers, sessions = table({}, audience_exclusive="bpi", cost_text="150 €")
    found = verdicts(offers, sessions, Profile(kind=Kind.FLE, minutes=45), as_of=TODAY)
    assert found["criterion"].tolist() == ["kind", "modality", "place", "recruitment"]
    assert set(found["verdict"]) == {"fits"}


def test_errors() -> None:
    offers, sessions = table({})
    with pytest.raises(OptionError, match="ni type de cours ni profil"):
        fit(offers, sessions, as_of=TODAY)
    with pytest.raises(ProfileError, match="type de cours « Français langue étrangère » dans le profil"):
        fit(offers, sessions, kind=Kind.OEPRE, profile=WHO, as_of=TODAY)
    with pytest.raises(MissingDataError):
        verdicts(offers.drop(columns="kind"), sessions, WHO, as_of=TODAY)


def test_inputs_are_not_changed_and_their_order_does_not_matter() -> None:
    offers, sessions = table({}, {"days": None}, {"recruitment": "closed"})
    more = pd.concat([offers, offers.assign(offer_id="b", kind="asl")], ignore_index=True)
    before = more.copy(), sessions.copy()
    found = verdicts(more, sessions, WHO, as_of=TODAY)
    pd.testing.assert_frame_equal(more, before[0])
    pd.testing.assert_frame_equal(sessions, before[1])
    turned = verdicts(more.iloc[::-1], sessions.iloc[::-1], WHO, as_of=TODAY)
    pd.testing.assert_frame_equal(found, turned)
    backwards = fitting_sessions(more, sessions.iloc[::-1], WHO, as_of=TODAY)
    pd.testing.assert_frame_equal(backwards.sort_index(), fitting_sessions(more, sessions, WHO, as_of=TODAY))
