"""What is not among somebody's statuses may be so, or not: only what they exclude is known not to be."""

import pytest

from geo_integration.coverage.fit.criteria import judge_audience
from geo_integration.coverage.learner.profile import EXCLUDED, Profile
from geo_integration.coverage.learner.text import profile_text
from geo_integration.vocabulary import Audience, Fit

REFUGEE = frozenset({Audience.BPI})


def audience(who: Profile, exclusive: str) -> Fit:
    return judge_audience(*who.known_statuses, exclusive, None)[0]


@pytest.mark.parametrize(
    ("exclusive", "said", "unsaid"),
    [
        ("bpi", Fit.FITS, Fit.FITS),
        ("foreigner", Fit.FITS, Fit.FITS),
        ("women", Fit.DOES_NOT_FIT, Fit.UNKNOWN),
        ("parent", Fit.DOES_NOT_FIT, Fit.UNKNOWN),
        ("asylum_seeker", Fit.DOES_NOT_FIT, Fit.DOES_NOT_FIT),
        ("asylum_seeker;women", Fit.DOES_NOT_FIT, Fit.UNKNOWN),
        ("cir", Fit.DOES_NOT_FIT, Fit.UNKNOWN),
    ],
)
def test_a_refugee(exclusive: str, said: Fit, unsaid: Fit) -> None:
    assert audience(Profile(statuses=REFUGEE), exclusive) is said
    assert audience(Profile(statuses=REFUGEE, others_unknown=True), exclusive) is unsaid


def test_an_asylum_seeker_is_neither() -> None:
    who = Profile(statuses=frozenset({Audience.ASYLUM_SEEKER}), others_unknown=True)
    assert [audience(who, code) for code in ("bpi", "cir", "women", "asylum_seeker")] == [
        Fit.DOES_NOT_FIT,
        Fit.DOES_NOT_FIT,
        Fit.UNKNOWN,
        Fit.FITS,
    ]


def test_an_age_still_decides_on_ages() -> None:
    who = Profile(statuses=REFUGEE, others_unknown=True, age=40)
    assert audience(who, "under_25;women") is Fit.UNKNOWN
    assert Audience.UNDER_25 in who.known_statuses[1]


def test_who_says_nothing_is_known_for_nothing() -> None:
    for who in (Profile(others_unknown=True), Profile(others_unknown=True, statuses=frozenset())):
        assert who.known_statuses == (frozenset(), frozenset())
    assert not Profile(others_unknown=True).described


def test_exclusion_goes_both_ways() -> None:
    assert all(one in EXCLUDED[other] for one, others in EXCLUDED.items() for other in others)


def test_it_is_said() -> None:
    who = Profile(statuses=REFUGEE, others_unknown=True)
    assert profile_text(who) == "bénéficiaire de la protection internationale, autres situations non connues"
