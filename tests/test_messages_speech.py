"""What is said in each language: the language chosen, numbers, times and days by hand, values in sentences."""
# ruff: noqa: RUF001 -- digits and letters of eight languages, on purpose

import json
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from hypothesis import example, given
from hypothesis import strategies as st

from geo_integration.errors import NotFoundError
from geo_integration.messages import LANGUAGES, N_, language, negotiated, speech
from geo_integration.messages.speech import WEEKDAYS
from tests.test_messages import OTHERS, french, messages, placeholders

_ROOT = Path(__file__).resolve().parents[1]
_FSI, _PDI = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"


def test_the_languages_and_their_directions() -> None:
    assert [one.code for one in LANGUAGES] == ["fr", "en", "ar", "ps", "fa", "ti", "ru", "uk"]
    assert {one.code for one in LANGUAGES if one.direction == "rtl"} == {"ar", "ps", "fa"}
    for one in LANGUAGES:
        assert one.direction == {"right-to-left": "rtl", "left-to-right": "ltr"}[one.locale.character_order]
        assert one.locale.language == one.code


@pytest.mark.parametrize("code", ["", "FR", "de", "../fr", "fr "])
def test_another_code_is_not_found(code: str) -> None:
    with pytest.raises(NotFoundError):
        language(code)
    with pytest.raises(NotFoundError):
        speech(code)


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "fr"),
        ("*", "fr"),
        ("de-DE,de;q=0.9", "fr"),
        ("ar", "ar"),
        ("ar-SY,ar;q=0.9,fr;q=0.8", "ar"),
        ("de,fr;q=0.5,uk;q=0.9", "uk"),
        ("prs-AF,en;q=0.5", "fa"),  # Dari
        ("ps;q=0,fr;q=0.1", "fr"),
        ("en;q=0.8,ru;q=0.8", "en"),
        ("EN-us", "en"),
        ("ti-ER;q=abc,en;q=0.2", "en"),
        ("en;q=nan,ru", "ru"),
        ("ru;q=5,uk;q=1.0", "uk"),
        (",;,;;q=,=", "fr"),
        ("fa ; q=0.7 , en;q=0.3", "fa"),
    ],
)
def test_the_language_a_browser_asks_for(header: str, code: str) -> None:
    assert negotiated(header).code == code


@given(st.text(max_size=400))
def test_no_header_breaks_the_choice_of_a_language(header: str) -> None:
    assert negotiated(header) in LANGUAGES


# -- numbers, times and days, by hand


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("fr", ("1\u202f234,5", "7", "12 mars 2026", "mars 2026")),
        ("en", ("1,234.5", "7", "12 March 2026", "March 2026")),
        ("ar", ("1,234.5", "7", "12 مارس 2026", "مارس 2026")),
        ("ps", ("۱٬۲۳۴٫۵", "۷", "۱۲ مارچ ۲۰۲۶", "مارچ ۲۰۲۶")),
        ("fa", ("۱٬۲۳۴٫۵", "۷", "۱۲ مارچ ۲۰۲۶", "مارچ ۲۰۲۶")),
        ("ti", ("1,234.5", "7", "12 መጋቢት 2026", "መጋቢት 2026")),
        ("ru", ("1\xa0234,5", "7", "12 марта 2026", "март 2026")),
        ("uk", ("1\xa0234,5", "7", "12 березня 2026", "березень 2026")),
    ],
)
def test_numbers_and_dates(code: str, said: tuple[str, ...]) -> None:
    spoken = speech(code)
    assert (spoken.number(1234.54, 1), spoken.number(6.6), spoken.day("2026-03-12"), spoken.month("2026-03")) == said


def test_the_first_of_a_month_in_french() -> None:
    assert speech("fr").day("2026-10-01") == "1er octobre 2026"
    assert speech("fr").day("2026-10-21T10:00:00+02:00") == "21 octobre 2026"
    assert speech("fr").month("2026-08-31") == "août 2026"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("fr", ("1 minute", "35 minutes", "1 h", "1 h 05", "2 h 10")),
        ("en", ("1 minute", "35 minutes", "1 hour", "1 hour 5 minutes", "2 hours 10 minutes")),
        ("ar", ("دقيقة واحدة", "35 دقيقة", "ساعة واحدة", "ساعة واحدة و5 دقائق", "ساعتان و10 دقائق")),
        ("ps", ("۱ دقیقه", "۳۵ دقیقې", "۱ ساعت", "۱ ساعت او ۵ دقیقې", "۲ ساعته او ۱۰ دقیقې")),
        ("fa", ("۱ دقیقه", "۳۵ دقیقه", "۱ ساعت", "۱ ساعت و ۵ دقیقه", "۲ ساعت و ۱۰ دقیقه")),
        ("ti", ("1 ደቒቕ", "35 ደቒቕ", "1 ሰዓት", "1 ሰዓትን 5 ደቒቕን", "2 ሰዓትን 10 ደቒቕን")),
        ("ru", ("1 минута", "35 минут", "1 час", "1 час 5 минут", "2 часа 10 минут")),
        ("uk", ("1 хвилина", "35 хвилин", "1 година", "1 година 5 хвилин", "2 години 10 хвилин")),
    ],
)
def test_minutes(code: str, said: tuple[str, ...]) -> None:
    assert tuple(speech(code).minutes(minutes) for minutes in (1, 34.2, 60, 64.01, 130)) == said


def test_the_plurals_of_arabic_russian_and_ukrainian() -> None:
    arabic = [speech("ar").minutes(count) for count in (2, 3, 10, 11, 42)]
    assert arabic == ["دقيقتان", "3 دقائق", "10 دقائق", "11 دقيقة", "42 دقيقة"]
    assert [speech("ru").minutes(count) for count in (2, 5, 21, 24, 12)] == [
        "2 минуты",
        "5 минут",
        "21 минута",
        "24 минуты",
        "12 минут",
    ]
    assert [speech("uk").minutes(count) for count in (3, 11, 41)] == ["3 хвилини", "11 хвилин", "41 хвилина"]


def test_minutes_are_rounded_up_never_down() -> None:
    said = speech("fr").minutes
    assert [said(minutes) for minutes in (0, 0.2, 34.0000000001, 34.001, 59.5)] == [
        "0 minute",
        "1 minute",
        "34 minutes",
        "35 minutes",
        "1 h",
    ]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("what", ["number", "minutes", "distance"])
def test_what_is_not_known_is_never_said_as_a_number(what: str, value: float) -> None:
    with pytest.raises(ValueError, match="not a number to say"):
        getattr(speech("fr"), what)(value)


def test_distances() -> None:
    french = [speech("fr").distance(metres) for metres in (0, 804, 994, 996, 3420, 9949, 9960, 23_400)]
    assert french == ["0 m", "800 m", "990 m", "1 km", "3,4 km", "9,9 km", "10 km", "23 km"]
    assert [speech(code).distance(3420) for code in ("en", "ps", "fa", "ti", "ru")] == [
        "3.4 km",
        "۳٫۴ کیلومتره",
        "۳٫۴ کیلومتر",
        "3.4 ኪ.ሜ",
        "3,4 км",
    ]


@pytest.mark.parametrize("code", [one.code for one in LANGUAGES])
def test_clocks_are_in_latin_digits_everywhere(code: str) -> None:
    clock = speech(code).clock
    assert [clock(time) for time in ("20:10", "8:05:30", "25:10", 72_600, 29_159, 90_600)] == [
        "20:10",
        "08:05",
        "01:10",
        "20:10",
        "08:05",
        "01:10",
    ]


@pytest.mark.parametrize("text", ["", "20h10", "20:60", "minuit", "20:1"])
def test_what_is_no_clock_time(text: str) -> None:
    with pytest.raises(ValueError, match="not a clock time"):
        speech("fr").clock(text)


@pytest.mark.parametrize("code", [one.code for one in LANGUAGES if one.code != "ps"])
def test_weekdays_are_those_of_cldr(code: str) -> None:
    """But Pashto's: CLDR has the days of few, our catalogue those of Kabul's and Peshawar's radios."""
    cldr = [language(code).locale.days["format"]["wide"][day] for day in range(7)]
    assert [speech(code).weekday(day).casefold() for day in WEEKDAYS] == [day.casefold() for day in cldr]


@pytest.mark.parametrize(
    ("code", "two", "three"),
    [
        ("fr", "lundi et jeudi", "lundi, jeudi et samedi"),
        ("en", "Monday and Thursday", "Monday, Thursday and Saturday"),
        ("ar", "الاثنين والخميس", "الاثنين والخميس والسبت"),
        ("ps", "دوشنبه او پنجشنبه", "دوشنبه، پنجشنبه، او شنبه"),
        ("fa", "دوشنبه و پنجشنبه", "دوشنبه،\u200f پنجشنبه، و شنبه"),
        ("ti", "ሰኑይን ሓሙስን", "ሰኑይ፣ ሓሙስን ቀዳምን"),
        ("ru", "понедельник и четверг", "понедельник, четверг и суббота"),
        ("uk", "понеділок і четвер", "понеділок, четвер і субота"),
    ],
)
def test_lists_of_days(code: str, two: str, three: str) -> None:
    spoken = speech(code)
    assert spoken.weekdays(["thu", "mon", "thu"]) == two
    assert spoken.weekdays(["sat", "thu", "mon"]) == three
    assert spoken.weekdays([]) == spoken.listed([]) == ""
    assert spoken.listed(["x"]).strip(_FSI + _PDI) == "x"


def test_the_order_in_which_languages_are_first_used_changes_nothing() -> None:
    """Babel 2.18 leaves Pashto's stand-alone weekdays in every language read after it: ours must not show it."""
    script = (
        "import json, sys; from geo_integration.messages import speech\n"
        "def said(code):\n"
        "    s = speech(code)\n"
        "    days = [s.weekday(d) for d in ('mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun')]\n"
        "    months = [f(f'2026-{m:02d}-09') for m in range(1, 13) for f in (s.day, s.month)]\n"
        "    return [days, months, s.number(1234.5, 1), s.minutes(70), s.listed(['a', 'b', 'c'])]\n"
        "print(json.dumps({code: said(code) for code in sys.argv[1:]}))\n"
    )
    codes = ["ps", "fa", "ti", "ar", "uk", "ru", "en", "fr"]
    first, second = (
        json.loads(
            subprocess.run(  # noqa: S603 -- our own interpreter and script
                [sys.executable, "-c", script, *order], check=True, capture_output=True, timeout=60, cwd=_ROOT
            ).stdout
        )
        for order in (codes, codes[::-1])
    )
    assert first == second


# -- values inside sentences


def test_a_telephone_number_keeps_its_order_in_arabic() -> None:
    said = speech("ar").say("Phrase %(phone)s", phone="06 12 34 56 78")
    assert said == f"Phrase {_FSI}06 12 34 56 78{_PDI}"
    assert speech("fr").say("Phrase %(phone)s", phone="06 12 34 56 78") == "Phrase 06 12 34 56 78"


@pytest.mark.parametrize("text", ["20:10", "۳٫۴", "الاثنين", "خط 12 Arras", "", f"{_FSI}Arras{_PDI}"])
def test_what_already_reads_right_in_arabic_is_left_alone(text: str) -> None:
    assert speech("ar").isolated(text) == text


_SAID = [(code, message) for code in OTHERS for message in messages(code)]


@given(
    st.sampled_from(_SAID or [("en", Message("lundi"))]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    st.integers(0, 3000),
)
@example(("ar", Message("lundi")), "50 % (x)s", 0)
def test_every_sentence_takes_any_value(one: tuple[str, Message], value: str, count: int) -> None:
    code, message = one
    spoken, ids = speech(code), french(message)
    names = {name for text in ids for name, _ in placeholders(text) if name and name != "count"}
    values: dict[str, object] = dict.fromkeys(sorted(names), value)
    if message.pluralizable:
        said = spoken.say_n(ids[0], ids[1], count, **values)
    else:
        said = spoken.say(ids[0], **values, **({"count": "7"} if "%(count)" in ids[0] else {}))
    assert said
    if names:
        assert value in said


def test_a_mark_changes_nothing() -> None:
    assert N_("lundi") == "lundi"
