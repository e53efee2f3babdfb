"""Printed cards and lists, read back: one page a language, tagged, spoken, in letters that can be copied and a code."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import typst
from hypothesis import given
from hypothesis import strategies as st

from geo_integration.cards import (
    CourseCard,
    Face,
    Line,
    course_pdf,
    course_pictures,
    fonts,
)
from geo_integration.cards.pictures import qr_code, symbols
from geo_integration.errors import MissingDataError, OptionError, UnavailableError
from geo_integration.messages.languages import language
from tests.finder.card_samples import (
    DAY,
    FEW,
    LINK,
    LONG,
    MILLIMETRE,
    NOTO,
    POPPLER,
    arabic,
    boxes,
    card,
    decoded,
    elements,
    face,
    flat,
    fonts_of,
    links_of,
    opened,
    words_of,
)

MARKUP = st.text(alphabet="#$*_`@<>[](){}\\/=-+~'\"|&%;:,.!? aàé0\n", min_size=1, max_size=60)

pytestmark = pytest.mark.skipif(
    not POPPLER or not (NOTO / "NotoSansEthiopic-Regular.ttf").exists(),
    reason="apt-get install poppler-utils fonts-noto-core",
)


def test_a_card_in_french_by_hand() -> None:
    content = course_pdf(card())
    document = opened(content)
    (page,) = document.pages
    width, height = (float(one) / MILLIMETRE for one in page.MediaBox[2:])
    assert (round(width), round(height)) == (148, 210)
    said = " ".join(words_of(content).split())
    for words in (
        "Apprendre à lire et à écrire",
        "Alphabétisation adultes",
        "lundi et jeudi",
        "de 18:00 à 20:00",
        "12 rue des Écoles, 62000 Arras",
        "35 minutes en bus",
        "Dernier bus : 20:10",
        "03 21 00 00 01",
        "Mis à jour en mars 2026.",
        "Imprimé le 1er octobre 2026.",
    ):
        assert words in said
    assert "FICTIVES" not in said


def test_what_pdf_ua_asks_is_there() -> None:
    document = opened(course_pdf(card(arabic(), face())))
    with document.open_metadata() as metadata:
        assert metadata["pdfuaid:part"] == "1"
        assert metadata["dc:title"] == "تعلم القراءة والكتابة"
    assert document.Root.MarkInfo.Marked
    assert document.Root.ViewerPreferences.DisplayDocTitle
    assert str(document.Root.Lang) == "ar"
    assert [page.get("/Tabs") for page in document.pages] == ["/S", "/S"]
    found = elements(document)
    assert [one.role for one in found if one.role.startswith("H")] == ["H1", "H1"]
    pictures = [one.alt for one in found if one.role == "Figure"]
    assert pictures.count("Pour qui ?") == pictures.count("Quand ?") == pictures.count("Appeler") == 2
    assert all(pictures)
    assert {"العنوان", "العودة", "l'adresse", "Retour"} <= set(pictures)
    assert [one for one in pictures if LINK in one] == [f"صوّر هذا الرمز {LINK}", f"Photographiez ce code {LINK}"]
    assert "fr" in {one.lang for one in found}


def test_it_is_read_in_the_order_of_need() -> None:
    pictures = [one.alt for one in elements(opened(course_pdf(card()))) if one.role == "Figure"]
    asked = ["Pour qui ?", "Quand ?", "l'adresse", "Aller", "Retour", "Appeler", f"Photographiez ce code {LINK}"]
    assert pictures == asked
    said = words_of(course_pdf(card(synthetic="DONNÉES FICTIVES")))
    order = [
        "FICTIVES",
        "Apprendre",
        "Alphabétisation",
        "lundi",
        "18:00",
        "Centre social",
        "35 minutes",
        "20:10",
        "03 21",
    ]
    places = [said.index(words) for words in order]
    assert places == sorted(places)


def test_a_page_for_each_language_with_its_own_letters(tmp_path: Path) -> None:
    faces = (
        arabic(),
        face("ti", title="ምንባብን ምጽሓፍን ምምሃር", time="ሰሉስን ሓሙስን፣ ካብ 14:00 ክሳብ 16:00"),
        face("ru", title="Учиться читать и писать"),
        face("ps", title="د لوستلو او لیکلو زده کړه"),
        face("fa", title="آموختن خواندن و نوشتن"),
        face("uk", title="Вчитися читати й писати"),
        face(),
    )
    content = course_pdf(card(*faces))
    assert len(opened(content).pages) == len(faces)
    lines = fonts_of(content, tmp_path)
    assert len(lines) >= 4
    for line in lines:
        embedded, subset, unicode = line.split()[-5:-2]
        assert (embedded, subset, unicode) == ("yes", "yes", "yes"), line
    pages = words_of(content).split("\f")
    for one, page in zip(faces, pages, strict=False):
        assert flat(one.title) in flat(page)
        assert "18:00" in page or "14:00" in page
        assert "03 21 00 00 01" in page


def test_arabic_is_copied_in_the_order_it_is_spoken() -> None:
    page = flat(words_of(course_pdf(card(arabic()))))
    for words in ("تعلم القراءة والكتابة", "آخر حافلة", "تحديث مارس 2026"):
        assert flat(words) in page
    assert "12rue" in page
    assert "2100" in page


def test_the_time_has_its_days_and_hours_on_two_lines() -> None:
    for one, days, hours in (
        (face(), "lundi et jeudi", "de 18:00 à 20:00"),
        (face("ti", time="ሰሉስን ሓሙስን፣ ካብ 14:00 ክሳብ 16:00"), "ሰሉስን ሓሙስን", "ካብ 14:00 ክሳብ 16:00"),
        (face(time="lundi, mardi et jeudi, à 18:00"), "lundi, mardi et jeudi", "à 18:00"),
    ):
        lines = [line.strip() for line in words_of(course_pdf(card(one)), "-layout").splitlines()]
        assert days in lines
        assert hours in lines


def test_the_code_leads_to_the_page() -> None:
    for one in (card(), card(arabic(), face()), card(link="https://x.org/" + "e" * 400)):
        for picture in course_pictures(one):
            assert decoded(picture) == [one.link]
    with pytest.raises(OptionError, match="trop longue"):
        qr_code("https://x.org/" + "a" * 5000)


def test_a_telephone_may_be_tapped_in_a_card_that_is_sent() -> None:
    assert links_of(opened(course_pdf(card()))) == {"tel:+33321000001", LINK}
    silent = card(face(no_phone="Téléphone non connu"), phone=None, tel=None)
    assert links_of(opened(course_pdf(silent))) == {LINK}


def test_no_telephone_is_told() -> None:
    content = course_pdf(card(face(no_phone="Téléphone non connu"), phone=None, tel=None))
    assert "Téléphone non connu" in words_of(content)


@FEW
@given(MARKUP)
def test_words_are_never_markup(text: str) -> None:
    shown = face(title=f"T {text}", name=f"N {text}", lines=(Line("pin", f"L {text}", foreign=True, label=text),))
    content = course_pdf(card(shown, phone=f"P {text[:20]}", synthetic=f"S {text}"))
    said = flat(words_of(content)).replace("-", "")  # poppler drops a hyphen at the end of a line
    for start in "TNLS":
        assert flat(f"{start} {text}").replace("-", "") in said


def test_a_title_that_would_run_is_printed() -> None:
    title = '#panic("x") $sum$ *gras* #read("card.typ") \\ <a> @b https://x.org // /*'
    assert flat(title) in flat(words_of(course_pdf(card(face(title=title)))))


@FEW
@given(LONG, LONG, st.integers(0, 40), st.sampled_from(["fr", "ar", "ti"]))
def test_long_words_stay_on_one_page(title: str, text: str, count: int, code: str) -> None:
    lines = (Line("pin", text, big=True, foreign=True, label="l'adresse"), *(Line("euro", text) for _ in range(count)))
    full = face(code, title=title, name=text, time="\n".join([text] * 9), lines=lines, scan=text, foot=text)
    content = course_pdf(card(full, phone=text, synthetic=text, printed=text))
    (page,) = boxes(content)
    assert page
    for left, top, right, bottom in page:
        assert left >= 0
        assert top >= 0
        assert right <= 148 * MILLIMETRE + 0.5
        assert bottom <= 210 * MILLIMETRE + 0.5
    assert "…" in words_of(content)
    assert decoded(course_pictures(card(full))[0]) == [LINK]


def test_what_room_lacks_for_gives_way_from_the_end_and_says_so() -> None:
    lines = tuple(Line("euro", f"Ligne {number} " + "mot " * 30) for number in range(60))
    said = words_of(course_pdf(card(face(lines=lines))))
    assert "Ligne 0 " in said
    assert "Ligne 59" not in said
    assert re.search(r"^…$", said, re.MULTILINE)
    assert "03 21 00 00 01" in said
    assert "18:00" in said


def test_the_same_card_is_the_same_bytes_in_any_process() -> None:
    here = course_pdf(card(arabic(), face()))
    assert course_pdf(card(arabic(), face())) == here
    told = "import sys; from tests.finder.card_samples import *; from geo_integration.cards import course_pdf as f;"
    other = subprocess.run(  # noqa: S603 -- this Python
        [sys.executable, "-c", f"{told} sys.stdout.buffer.write(f(card(arabic(), face())))"],
        check=True,
        capture_output=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"},
    )
    assert other.stdout == here
    assert course_pdf(replace(card(arabic(), face()), day=DAY.replace(day=2))) != here


def test_made_up_data_say_so_on_every_page() -> None:
    banner = "DONNÉES FICTIVES"
    pages = words_of(course_pdf(card(face(), face("ru"), synthetic=banner))).split("\f")[:-1]
    assert [banner in page for page in pages] == [True, True]


@pytest.fixture
def only_latin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave only Noto Sans on this machine."""
    (tmp_path / "NotoSans-Regular.ttf").symlink_to(NOTO / "NotoSans-Regular.ttf")
    found = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[tmp_path])
    monkeypatch.setattr(fonts, "_found", lambda _: found)


@pytest.mark.usefixtures("only_latin")
@pytest.mark.parametrize("code", ["ar", "ps", "fa", "ti"])
def test_a_script_without_a_font_is_refused_and_says_what_to_install(code: str) -> None:
    with pytest.raises(UnavailableError) as raised:
        course_pdf(card(face(code), face()))
    assert "fonts-noto-core" in str(raised.value)
    assert "GEO_INTEGRATION_FONTS" in str(raised.value)


@pytest.mark.usefixtures("only_latin")
def test_letters_without_a_font_are_refused_and_signs_left_out() -> None:
    with pytest.raises(UnavailableError, match="fonts-noto-cjk"):
        course_pdf(card(face(name="Cours de français 中文")))
    with pytest.raises(UnavailableError, match="fonts-noto-core"):
        course_pdf(card(face(name="ምንባብ")))
    said = words_of(course_pdf(card(face(name="Cours \U0001f1eb\U0001f1f7 \U0001f600 gratuit \ue000\x07\ud800"))))
    assert "Cours gratuit" in " ".join(said.split())


def test_every_pictogram_of_the_sheet_is_a_picture_of_its_own() -> None:
    assert {"clock", "phone", "pin", "home", "no-home", "letters"} <= set(symbols())
    lines = tuple(Line(name, name, label=name) for name in symbols())
    for at in range(0, len(lines), 8):
        shown = elements(opened(course_pdf(card(face(lines=lines[at : at + 8])))))
        assert {line.label for line in lines[at : at + 8]} <= {one.alt for one in shown}
    assert not any("currentColor" in one for one in symbols().values())


def test_a_name_without_pictogram_is_told_in_words_alone() -> None:
    assert "Bonjour" in words_of(course_pdf(card(face(lines=(Line("no-such-sign", "Bonjour", label="x"),)))))


def test_no_sheet_of_pictograms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("geo_integration.cards.pictures.settings", lambda: type("S", (), {"static": tmp_path}))
    with pytest.raises(MissingDataError, match="illisible"):
        course_pdf(card())


def test_faces_without_words_of_their_own_take_those_of_the_card() -> None:
    bare = Face(language("fr"), "Titre", (), "")
    said = words_of(course_pdf(CourseCard((bare,), "lundi 18:00", "3949", LINK, "FICTIF", "Imprimé.", DAY)))
    for words in ("Titre", "lundi 18:00", "3949", "FICTIF", "Imprimé."):
        assert words in said
