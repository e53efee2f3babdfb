"""The question as it travels in addresses, and the learner each answer means."""

from dataclasses import replace
from itertools import product
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from api.finder import needs
from api.finder.asked import GOAL_DROPPED, GOAL_NOT_FOR_WHO, HERE, Asked
from geo_integration.coverage.learner.profile import Profile
from geo_integration.errors import ProfileError
from geo_integration.vocabulary import Audience, Goal, HalfDay, Kind, Level, Mode, Schooling

FULL = "?place=commune%3A62041&need=alpha&goal=work&who=refugee&mode=bike&when=morning&when=weekend&minutes=60&care=1&free=1&remote=1&page=3"  # noqa: E501 -- as it stands in an address


def read(query: str) -> Asked:
    return Asked.of(QueryParams(query.removeprefix("?")))


def test_an_address_is_read_and_written_again() -> None:
    asked = read(FULL)
    assert asked == Asked(
        place="commune:62041",
        need="alpha",
        goal="work",
        who="refugee",
        mode="bike",
        when=("morning", "weekend"),
        minutes=60,
        care=True,
        free=True,
        remote=True,
        page=3,
    )
    assert asked.query() == FULL
    assert asked.commune == "62041"
    assert not asked.here
    assert Asked().query() == ""
    assert Asked().fields() == []


def test_only_what_is_said_goes_along() -> None:
    asked = read("place=arras&said=aras&minutes=45&page=1&care=0&need=&when=evening&when=morning")
    assert asked.fields() == [("place", "arras"), ("when", "morning"), ("when", "evening")]
    assert asked.fields("place", "when") == []
    assert asked.query() == "?place=arras&said=aras&when=morning&when=evening"
    assert asked.query(said="", when=(), place=HERE) == "?place=ici"
    assert asked.query(said="", offer="a b&c", when=()) == "?offer=a+b%26c&place=arras"


@pytest.mark.parametrize(
    "query",
    [
        "need=ALPHA&goal=fun&who=king&mode=plane&when=night",
        "minutes=14&page=0",
        "minutes=121&page=1001",
        "minutes=45.5&page=-1",
        "minutes=४५&page=²",
        "minutes=" + "9" * 5000,
        "care=true&free=yes&remote=on",
        "unknown=1&lon=2&lat=50",
        "place=%00%20%0a",
        "&&==&=x",
    ],
)
def test_what_is_strange_is_as_if_it_were_not_there(query: str) -> None:
    assert read(query) == Asked()


def test_a_place_is_cleaned_and_cut() -> None:
    assert read("place=%20%20saint%0a%0d%09omer%00%E2%80%A8%20").place == "saint omer"
    assert len(read("place=" + "a" * 100_000).place) == 120
    assert Asked.of({"place": ["arras", "lens"]}).place == "arras"
    assert Asked.of({"place": 3, "when": ["evening", 4]}) == Asked(when=("evening",))


@given(
    st.dictionaries(
        st.sampled_from([*"place said need goal who mode when minutes care free remote page x".split()]),  # noqa: SIM905
        st.lists(st.text() | st.sampled_from(["1", "alpha", "work", "asylum", "weekend", "60", "ici"]), max_size=3),
    )
)
def test_whatever_is_asked_is_read_kept_and_meant(given_: dict[str, list[str]]) -> None:
    asked = Asked.of(given_)
    assert read(asked.query()) == asked
    assert Asked.of(parse_qs(asked.query()[1:])) == asked
    again = read("&".join(f"{name}={value}" for name, value in asked.fields("place")))
    assert again == replace(asked, place="", said="", page=1)
    asked.profile()


# Need → schooling, level, goal meant where none is said; goal → goal; who → statuses: by hand, from the issue.
NEED = {
    "": (None, None, None),
    "alpha": (Schooling.NONE, Level.ALPHA, None),
    "reading": (Schooling.FRENCH, None, Goal.LITERACY),
    "beginner": (Schooling.ELSEWHERE, Level.A1_1, None),
    "little": (Schooling.ELSEWHERE, Level.A1, None),
    "everyday": (Schooling.ELSEWHERE, Level.A2, None),
    "good": (Schooling.ELSEWHERE, Level.B1, None),
}
GOAL = {
    "": None,
    "daily": Goal.DAILY_LIFE,
    "work": Goal.WORK,
    "parent": Goal.PARENT,
    "diploma": Goal.DIPLOMA,
    "contract": Goal.CIR,
}
WHO = {
    "": None,
    "refugee": frozenset({Audience.BPI}),
    "asylum": frozenset({Audience.ASYLUM_SEEKER}),
    "contract": frozenset({Audience.CIR}),
    "other": None,
}
# No kind of course is both for who went to school in French and for these; who reads nothing learns to read first.
IMPOSSIBLE = {("reading", "daily"), ("reading", "work"), ("reading", "contract"), ("alpha", "diploma")}


def test_the_table_is_of_every_answer() -> None:
    assert {one.code for one in needs.NEEDS} | {""} == set(NEED)
    assert {one.code for one in needs.GOALS} | {""} == set(GOAL)
    assert {one.code for one in needs.WHO} | {""} == set(WHO)


@pytest.mark.parametrize(("need", "goal", "who"), [*product(NEED, GOAL, WHO)])
def test_every_answer_means_one_learner(need: str, goal: str, who: str) -> None:
    schooling, level, meant = NEED[need]
    found, notes = Asked(need=need, goal=goal, who=who).profile()
    assert (found.schooling, found.level, found.statuses) == (schooling, level, WHO[who])
    assert found.others_unknown == (WHO[who] is not None)
    if (need, goal) in IMPOSSIBLE:
        assert (found.goal, notes) == (meant, (GOAL_DROPPED,))
    elif (goal, who) == ("contract", "asylum"):
        assert (found.goal, notes) == (meant, (GOAL_NOT_FOR_WHO,))
    else:
        assert (found.goal, notes) == (GOAL[goal] or meant, ())
    assert found.kinds or not need


def test_alphabetisation_and_fle_never_stand_in_for_each_other() -> None:
    for goal in GOAL:
        assert Kind.FLE not in Asked(need="alpha", goal=goal).profile()[0].kinds
        for need in ("beginner", "little", "everyday", "good"):
            assert Kind.ALPHABETISATION not in Asked(need=need, goal=goal).profile()[0].kinds
    assert Kind.ALPHABETISATION in Asked(need="alpha", goal="diploma").profile()[0].kinds
    assert Asked(need="reading").profile()[0].kinds == {Kind.ILLETTRISME}


def test_what_is_not_said_is_not_known() -> None:
    found, notes = Asked().profile()
    assert found == Profile(minutes=45.0)
    assert notes == ()


def test_a_refugee_is_no_asylum_seeker_and_nothing_else_is_known() -> None:
    yes, no = Asked(who="refugee").profile()[0].known_statuses
    assert yes == {Audience.BPI, Audience.FOREIGNER}
    assert no == {Audience.ASYLUM_SEEKER}


def test_half_days() -> None:
    week = ("mon", "tue", "wed", "thu", "fri")
    assert needs.half_days(()) is None
    assert needs.half_days(("evening",)) == {(day, HalfDay.EVENING) for day in week}
    assert needs.half_days(("weekend",)) == {(day, half) for day in ("sat", "sun") for half in HalfDay}
    assert len(needs.half_days(("morning", "afternoon", "evening", "weekend")) or ()) == 7 * 3


def test_wishes_reach_the_profile() -> None:
    found, _ = Asked(care=True, free=True, remote=True, minutes=90, when=("evening",)).profile()
    assert (found.child_care, found.free_of_charge, found.remote, found.minutes) == (True, True, True, 90.0)
    assert found.free == needs.half_days(("evening",))


def test_a_contradiction_is_really_one() -> None:
    for need, goal in IMPOSSIBLE:
        with pytest.raises(ProfileError):
            needs.profile_of(need, goal, "")
    with pytest.raises(ProfileError):
        needs.profile_of("", "contract", "asylum")


class _Timetables:
    """A service whose finder has timetables or none: the only thing asked of it here."""

    today = None

    def __init__(self, week: str | None) -> None:
        self.week, self.finder = week, self

    def timetable_week(self, _today: None) -> str | None:
        return self.week


@pytest.mark.parametrize(
    ("code", "week", "mode"),
    [
        ("", None, Mode.FOOT),
        ("", "2026-10-01", Mode.TRANSIT),
        ("car", "2026-10-01", Mode.CAR),
        ("bike", None, Mode.BIKE),
        ("foot", "2026-10-01", Mode.FOOT),
    ],
)
def test_means_of_travel_where_none_is_said(code: str, week: str | None, mode: Mode) -> None:
    assert needs.mode_of(code, _Timetables(week)) is mode  # type: ignore[arg-type]
