"""Cards made by hand, and what is read back out of a PDF: by pikepdf, by poppler, by a reader of QR codes."""

import io
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pikepdf
import zxingcpp
from hypothesis import Phase
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image

from geo_integration.cards import CourseCard, Face, Line
from geo_integration.messages.languages import language

LINK = "https://cours.example.org/fr/fiche?offer=demo-62-0012&place=commune:62041&need=alpha"
DAY = date(2026, 10, 1)
POPPLER = shutil.which("pdftotext") is not None
MILLIMETRE = 72 / 25.4
NOTO = Path("/usr/share/fonts/truetype/noto")
FEW = hypothesis_settings(max_examples=12, phases=[Phase.explicit, Phase.generate])  # shrinking takes minutes
LONG = st.one_of(
    st.text(alphabet="WMQ@", min_size=200, max_size=600),
    st.lists(
        st.sampled_from(["alphabétisation", "de", "l'apprentissage", "W" * 40, "ምንባብ", "القراءة"]), min_size=60
    ).map(" ".join),
)
"""Texts no field has room for."""


def face(code: str = "fr", **changed: Any) -> Face:  # noqa: ANN401 -- any field
    """Return a page with everything on it."""
    words: dict[str, Any] = {
        "language": language(code),
        "title": "Apprendre à lire et à écrire",
        "name": "Alphabétisation adultes",
        "icon": "letters",
        "kind": "Pour qui ?",
        "time": "lundi et jeudi, de 18:00 à 20:00",
        "time_label": "Quand ?",
        "lines": (
            Line("pin", "Centre social, 12 rue des Écoles, 62000 Arras", big=True, foreign=True, label="l'adresse"),
            Line("bus", "35 minutes en bus", label="Aller"),
            Line("home", "Dernier bus : 20:10", label="Retour", big=True),
        ),
        "phone_label": "Appeler",
        "scan": "Photographiez ce code",
        "foot": "Mis à jour en mars 2026.",
    }
    return Face(**(words | changed))


def arabic(**changed: Any) -> Face:  # noqa: ANN401 -- any field
    """Return the same in Arabic."""
    words = {
        "title": "تعلم القراءة والكتابة",
        "time": "الاثنين والخميس، من 18:00 إلى 20:00",
        "lines": (
            Line("pin", "12 rue des Écoles, 62000 Arras", foreign=True, label="العنوان"),
            Line("home", "آخر حافلة: 20:10", label="العودة", big=True),
        ),
        "scan": "صوّر هذا الرمز",
        "foot": "تحديث مارس 2026",
    }
    return face("ar", **(words | changed))


def card(*faces: Face, **changed: Any) -> CourseCard:  # noqa: ANN401 -- any field
    """Return a card of these pages."""
    words: dict[str, Any] = {
        "faces": faces or (face(),),
        "time": "",
        "phone": "03 21 00 00 01",
        "tel": "tel:+33321000001",
        "link": LINK,
        "synthetic": None,
        "printed": "Imprimé le 1er octobre 2026.",
        "day": DAY,
    }
    return CourseCard(**(words | changed))


@dataclass(frozen=True)
class Element:
    """An element of the structure of a PDF: what a screen reader goes by."""

    role: str
    alt: str
    lang: str
    depth: int


def opened(content: bytes) -> pikepdf.Pdf:
    """Return a PDF, checked by qpdf: no broken stream, no broken table of objects."""
    document = pikepdf.open(io.BytesIO(content))
    assert document.check_pdf_syntax() == []
    return document


def elements(document: pikepdf.Pdf) -> list[Element]:
    """Return the structure of a PDF in its reading order."""
    return list(_below(document.Root.StructTreeRoot.K, 0))


def _below(node: pikepdf.Object, depth: int) -> Iterator[Element]:
    if isinstance(node, pikepdf.Array):
        for one in node:
            yield from _below(one, depth)
    elif isinstance(node, pikepdf.Dictionary) and "/S" in node:
        yield Element(str(node.S)[1:], str(node.get("/Alt", "")), str(node.get("/Lang", "")), depth)
        if "/K" in node:
            yield from _below(node.K, depth + 1)


def links_of(document: pikepdf.Pdf) -> set[str]:
    """Return where the links of a PDF lead."""
    return {str(one.A.URI) for page in document.pages for one in page.get("/Annots", ())}


def words_of(content: bytes, *options: str) -> str:
    """Return the text of a PDF as poppler gives it, in reading order."""
    return _poppler("pdftotext", content, *options, "-", "-")


def flat(text: str) -> str:
    """Return a text without what a line break, a broken word or a direction puts into it."""
    return re.sub(r"[\s\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]+", "", text)


def boxes(content: bytes) -> list[list[tuple[float, float, float, float]]]:
    """Return where each word of each page stands: left, top, right, bottom, in points."""
    pages = words_of(content, "-bbox").split("<page ")[1:]
    found = r'xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)"'
    return [[tuple(map(float, one)) for one in re.findall(found, page)] for page in pages]  # type: ignore[misc]


def fonts_of(content: bytes, folder: Path) -> list[str]:
    """Return the lines of pdffonts, one a font."""
    file = folder / "card.pdf"
    file.write_bytes(content)
    return subprocess.run(  # noqa: S603 -- Debian's poppler
        [shutil.which("pdffonts") or "pdffonts", str(file)], check=True, capture_output=True, text=True
    ).stdout.splitlines()[2:]


def decoded(picture: bytes) -> list[str]:
    """Return what the QR codes of a page say."""
    return [one.text for one in zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))]


def _poppler(tool: str, content: bytes, *arguments: str) -> str:
    return subprocess.run(  # noqa: S603 -- Debian's poppler
        [shutil.which(tool) or tool, *arguments], input=content, check=True, capture_output=True
    ).stdout.decode()
