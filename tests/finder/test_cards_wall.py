"""The list of a commune to pin on a wall, read back."""

import re
from dataclasses import replace

import pytest
from hypothesis import given

from geo_integration.cards import Line, Wall, WallCourse, WallGroup, wall_pdf, wall_pictures
from geo_integration.messages.languages import language
from tests.finder.card_samples import (
    DAY,
    FEW,
    LINK,
    LONG,
    MILLIMETRE,
    NOTO,
    POPPLER,
    boxes,
    decoded,
    elements,
    flat,
    links_of,
    opened,
    words_of,
)

pytestmark = pytest.mark.skipif(
    not POPPLER or not (NOTO / "NotoSansEthiopic-Regular.ttf").exists(),
    reason="apt-get install poppler-utils fonts-noto-core",
)


def wall(*groups: WallGroup, code: str = "fr", **changed: str) -> Wall:
    """Return a list of these groups."""
    said = Wall(
        language=language(code),
        title="Cours de français : Arras",
        subtitle="",
        groups=groups,
        empty="Nous ne connaissons pas de cours ouvert.",
        notice="",
        link=LINK,
        scan="Photographiez ce code",
        time_label="Quand ?",
        phone_label="Appeler",
        foot="Sources : essai.",
        synthetic=None,
        printed="Imprimé le 1er octobre 2026.",
        day=DAY,
    )
    return replace(said, **changed)  # type: ignore[arg-type]


def some(count: int) -> WallGroup:
    """Return a group of so many courses."""
    courses = [
        WallCourse(
            name=f"Cours numéro {number}",
            lines=(Line("pin", f"{number} rue des Écoles", foreign=True, label="l'adresse"),),
            aside=(Line("euro", "Gratuit", label="le prix"),),
            time="lundi, de 18:00 à 20:00",
            phone=f"03 21 00 {number // 100:02d} {number % 100:02d}",
            tel=f"tel:+3332100{number:04d}",
        )
        for number in range(1, count + 1)
    ]
    return WallGroup("Apprendre à lire et à écrire", "letters", tuple(courses))


def test_a_list_to_pin_on_a_wall() -> None:
    content = wall_pdf(wall(some(3), WallGroup("Apprendre le français", "speech-2", some(1).courses)))
    document = opened(content)
    width, height = (float(one) / MILLIMETRE for one in document.pages[0].MediaBox[2:])
    assert (round(width), round(height)) == (210, 297)
    assert str(document.Root.Lang) == "fr"
    roles = [one.role for one in elements(document) if re.fullmatch(r"H\d", one.role)]
    assert roles == ["H1", "H2", "H3", "H3", "H3", "H2", "H3"]
    assert all(one.alt for one in elements(document) if one.role == "Figure")
    said = words_of(content)
    for words in ("Cours numéro 3", "03 21 00 00 03", "3 rue des Écoles", "Gratuit", "1/1", "Apprendre le français"):
        assert words in said
    assert "Nous ne connaissons pas" not in said


def test_a_long_list_leaves_nothing_out() -> None:
    content = wall_pdf(wall(some(200), code="ar"))
    document = opened(content)
    said = flat(words_of(content))
    assert all(flat(f"Cours numéro {number}") in said for number in range(1, 201))
    # Western numbers on a page that runs to the left: whole, whichever way poppler turns their pairs.
    assert all(f"tel:+3332100{number:04d}" in links_of(document) for number in range(1, 201))
    for page in boxes(content):
        assert all(box[0] >= 0 and box[2] <= 210 * MILLIMETRE and box[3] <= 297 * MILLIMETRE for box in page)


def test_an_empty_list_says_so() -> None:
    said = words_of(wall_pdf(wall(notice="Aucune source ne couvre cet endroit.")))
    assert "Nous ne connaissons pas de cours ouvert." in said
    assert "Aucune source ne couvre cet endroit." in said


@FEW
@given(LONG)
def test_long_words_stay_on_the_wall(text: str) -> None:
    one = replace(some(1).courses[0], name=text, time=text, phone=text, lines=(Line("pin", text, foreign=True),))
    content = wall_pdf(wall(WallGroup(text, "letters", (one,)), title=text, subtitle=text))
    for page in boxes(content):
        assert all(box[0] >= 0 and box[2] <= 210 * MILLIMETRE + 0.5 for box in page)


def test_the_code_leads_to_the_page_of_the_commune() -> None:
    for code in ("fr", "ar"):
        assert decoded(wall_pictures(wall(some(2), code=code))[0]) == [LINK]


def test_every_page_of_made_up_data_says_so() -> None:
    banner = "DONNÉES FICTIVES"
    pages = words_of(wall_pdf(wall(some(30), synthetic=banner))).split("\f")[:-1]
    assert len(pages) > 2
    assert all(banner in page for page in pages)
