"""Words for what a source says of a course, case by case, in French and in a language written the other way."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.finder import words
from geo_integration.messages import LANGUAGES, speech
from geo_integration.vocabulary import Audience, Criterion, Kind, Level

FR = speech("fr")
TODAY = date(2026, 10, 1)
EMPTY = {
    "days": [],
    "start_time": None,
    "end_time": None,
    "schedule_text": None,
    "start_date": None,
    "entry_mode": "unknown",
    "recruitment": "unknown",
    "weekly_hours": None,
}


@pytest.mark.parametrize(
    ("said", "shown", "called"),
    [
        ("0353010031", "03 53 01 00 31", "tel:+33353010031"),
        ("03 53 01 00 31", "03 53 01 00 31", "tel:+33353010031"),
        ("03.53.01.00.31", "03 53 01 00 31", "tel:+33353010031"),
        ("+33 3 53 01 00 31", "03 53 01 00 31", "tel:+33353010031"),
        ("+33 (0)3 53 01 00 31", "03 53 01 00 31", "tel:+33353010031"),
        ("0033353010031", "03 53 01 00 31", "tel:+33353010031"),
        ("Tél : 03-53-01-00-31 (accueil)", "03 53 01 00 31", "tel:+33353010031"),
        ("0353010031 ; 0639980001", "03 53 01 00 31", "tel:+33353010031"),
        ("0639980001/0353010031", "06 39 98 00 01", "tel:+33639980001"),
        ("3949", "3949", None),
        ("03 53 01 00", "03 53 01 00", None),
        ("03530100312", "03530100312", None),
        ("+32 2 555 12 12", "+32 2 555 12 12", None),
        ("voir le site", "voir le site", None),
        ("  ", None, None),
        (None, None, None),
    ],
)
def test_a_telephone_number(said: str | None, shown: str | None, called: str | None) -> None:
    assert words.telephone(said) == (shown, called)


@given(st.text())
def test_no_text_makes_a_link_that_is_no_french_number(text: str) -> None:
    shown, called = words.telephone(text)
    if called is not None:
        assert called.startswith("tel:+33")
        assert called[7:].isascii()
        assert called[7:].isdigit()
        assert len(called) == 16
        assert shown is not None
        assert shown.replace(" ", "") == f"0{called[7:]}"


@given(st.integers(min_value=100_000_000, max_value=999_999_999), st.sampled_from(["", " ", ".", "-"]))
def test_every_way_of_writing_a_number_is_the_same_call(number: int, between: str) -> None:
    digits = f"0{number}"
    written = between.join(digits[at : at + 2] for at in range(0, 10, 2))
    assert words.telephone(written)[1] == f"tel:+33{number}"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("https://example.org/a?b=c", "https://example.org/a?b=c"),
        (" http://example.org ", "http://example.org"),
        ("javascript:alert(1)", None),
        ("JavaScript://example.org/%0aalert(1)", None),
        ("data:text/html,x", None),
        ("//example.org", None),
        ("example.org", None),
        ("http://[", None),
        ("http:///etc", None),
        ("", None),
        (None, None),
    ],
)
def test_only_addresses_of_the_web_are_links(text: str | None, kept: str | None) -> None:
    assert words.web(text) == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("accueil@example.org", "accueil@example.org"),
        ("a@example.org?bcc=b@example.org", None),
        ("a@example.org, b@example.org", None),
        ("pas d'adresse", None),
        (None, None),
    ],
)
def test_an_email_address(text: str | None, kept: str | None) -> None:
    assert words.mail(text) == kept


def test_every_kind_level_audience_and_criterion_is_worded_in_every_language() -> None:
    assert set(words.KINDS) == set(Kind)
    assert set(words.LEVELS) == set(Level) - {Level.UNKNOWN}
    assert set(words.AUDIENCES) == set(Audience) - {Audience.ANY}
    assert set(words.QUESTIONS) == set(Criterion)
    for language in LANGUAGES:
        spoken = speech(language.code)
        for kind in Kind:
            assert all(words.kind_words(spoken, kind.value))
        for level in Level:
            assert words.level_words(spoken, [level.value])
        assert len(words.questions(spoken, Criterion)) == len(Criterion)


def test_alphabetisation_and_french_for_beginners_are_never_worded_alike() -> None:
    said = {words.kind_words(FR, kind.value)[1:] for kind in Kind}
    assert len(said) == len(Kind)


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        (["A1.1"], "Je commence le français (A1.1)"),
        (["alpha"], "Je ne lis et je n'écris dans aucune langue"),
        (["B1", "A1", "A2"], "Du niveau : Je parle un peu français (A1). Au niveau : Je parle bien français (B1)."),
        (["unknown"], "Niveau non précisé : demandez."),
        ([], "Niveau non précisé : demandez."),
        (["unknown", "A2"], "Je parle français tous les jours (A2)"),
    ],
)
def test_levels(codes: list[str], said: str) -> None:
    assert words.level_words(FR, codes) == said


@pytest.mark.parametrize(
    ("session", "said"),
    [
        (
            {"days": ["thu", "mon"], "start_time": "18:00", "end_time": "20:00"},
            "lundi et jeudi, de 18:00 à 20:00",
        ),
        ({"start_time": "09:00", "end_time": "12:00"}, "de 09:00 à 12:00 (jours non précisés)"),
        ({"days": ["wed"]}, "mercredi (heures non précisées)"),
        ({"days": ["wed"], "start_time": "09:00"}, "mercredi, à 09:00"),
        ({}, None),
    ],
)
def test_hours_of_a_session(session: dict[str, object], said: str | None) -> None:
    assert words.hours_words(FR, EMPTY | session) == said


def test_hours_are_never_silent() -> None:
    told, quoted = words.when_words(FR, [])
    assert told == ("Jours et heures non précisés : demandez.",)
    assert quoted == ()


def test_hours_only_the_source_words_are_quoted_and_not_translated() -> None:
    told, quoted = words.when_words(speech("ar"), [EMPTY | {"schedule_text": "2 soirs par semaine"}])
    assert (told, quoted) == ((), ("2 soirs par semaine",))


def test_many_groups_are_counted_not_listed() -> None:
    days = ("mon", "tue", "wed", "thu", "fri")
    told, _ = words.when_words(FR, [EMPTY | {"days": [day]} for day in (*days, "mon")])
    assert told == (
        "lundi (heures non précisées)",
        "mardi (heures non précisées)",
        "mercredi (heures non précisées)",
        "et 2 autres groupes",
    )


@pytest.mark.parametrize(
    ("session", "said"),
    [
        ({"start_date": "2026-10-05"}, "Commence le 5 octobre 2026."),
        ({"start_date": "2026-10-01"}, "Commence le 1er octobre 2026."),
        ({"start_date": "2026-09-07"}, "A commencé le 7 septembre 2026 : demandez si on peut encore entrer."),
        ({"start_date": "2026-09-07", "recruitment": "open"}, "A commencé le 7 septembre 2026. On peut encore entrer."),
        ({"start_date": "2026-09-07", "entry_mode": "permanent"}, "On peut commencer toute l'année."),
        ({"start_date": "2026-10-05", "entry_mode": "permanent"}, "Commence le 5 octobre 2026."),
        ({}, None),
    ],
)
def test_when_one_may_begin(session: dict[str, object], said: str | None) -> None:
    assert words.start_words(FR, EMPTY | session, TODAY) == said


@pytest.mark.parametrize(
    ("updated_on", "said"),
    [
        ("2026-03-28", "Mis à jour en mars 2026"),
        ("2025-10-01", "Mis à jour en octobre 2025"),
        ("2025-09-30", "Mis à jour en septembre 2025 : c'est ancien, téléphonez avant de partir"),
        (None, "Date de mise à jour non connue"),
    ],
)
def test_freshness(updated_on: str | None, said: str) -> None:
    assert words.fresh_words(FR, updated_on, TODAY) == said


@pytest.mark.parametrize(
    ("free", "text", "said"),
    [
        (True, "gratuit", "Gratuit"),
        (False, "30 euros", "Payant"),
        (None, "120 € TTC", "Prix : voir avec le cours."),
        (None, None, "Prix non précisé : demandez."),
    ],
)
def test_cost(*, free: bool | None, text: str | None, said: str) -> None:
    assert words.cost_words(FR, {"free_of_charge": free, "cost_text": text}) == said


def test_audience() -> None:
    assert words.audience_words(FR, ["parent", "women"]) == "parents d'élèves et femmes"
    assert words.audience_words(FR, ["any"]) is None
    assert words.audience_words(FR, []) is None
