"""From what a document says to its bytes. Words reach typst as JSON data: never as source, so never as markup."""

import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Literal

import typst

from geo_integration.cards.fonts import families, fonts, no_font_for
from geo_integration.cards.pictures import qr_code, symbols
from geo_integration.cards.shapes import CourseCard, Face, Line, Wall, WallCourse, WallGroup
from geo_integration.cards.texts import ELLIPSIS, breakable, cut, without_isolates
from geo_integration.errors import GeoIntegrationError
from geo_integration.settings import settings

if TYPE_CHECKING:
    from geo_integration.messages import Language

LONGEST = {
    "title": 90,
    "heading": 90,
    "name": 180,
    "line": 320,
    "time": 80,
    "phone": 40,
    "mail": 80,
    "foot": 260,
    "scan": 90,
    "label": 60,
}
"""Most characters of each kind of text; longer ones end in "…". The template shrinks, then drops the last lines."""

_LONGEST_WORD = 22
_LONGEST_WORD_OF = {"heading": 16, "phone": 12, "mail": 12}
_SESSIONS = 4
_HOURS = re.compile(r"[,،፣]\s+(?=[^,،፣]*\d:\d\d)")
"""Between the days and the hours of a session, in each of our languages."""
_UNDRAWN = re.compile(r'the text `"((?:[^"\\]|\\.)*)"` could not be displayed')
_ESCAPED = re.compile(r"\\u\{([0-9a-fA-F]+)\}")

type _Picture = Literal["pdf", "png"]
type _Data = dict[str, Any]


def course_pdf(card: CourseCard) -> bytes:
    """Return a card as PDF/UA-1, A5, one page per face.

    Raises
    ------
    UnavailableError
        A font is missing; says which Debian package brings it.
    MissingDataError
        The sheet of pictograms is not there.
    """
    return _set("card.typ", lambda lost: _card(card, lost), card.day, "pdf")[0]


def course_pictures(card: CourseCard) -> list[bytes]:
    """Return the pages of a card as PNG, 144 dots per inch: to look at."""
    return _set("card.typ", lambda lost: _card(card, lost), card.day, "png")


def wall_pdf(wall: Wall) -> bytes:
    """Return a list as PDF/UA-1, A4, as many pages as it takes; raises as :func:`course_pdf`."""
    return _set("wall.typ", lambda lost: _wall(wall, lost), wall.day, "pdf")[0]


def wall_pictures(wall: Wall) -> list[bytes]:
    """Return the pages of a list as PNG: to look at."""
    return _set("wall.typ", lambda lost: _wall(wall, lost), wall.day, "png")


def _set(template: str, data: Callable[[str], _Data], day: date, kind: _Picture) -> list[bytes]:
    try:
        return _typst(template, data(""), day, kind)
    except typst.TypstError as error:
        lost = _undrawn(error)
        return _typst(template, data(lost), day, kind)


def _typst(template: str, data: _Data, day: date, kind: _Picture) -> list[bytes]:
    folder = settings().static / "finder" / "typst"
    compiler = typst.Compiler(folder / template, root=folder, font_paths=fonts(), sys_inputs={"data": json.dumps(data)})
    made = compiler.compile(
        format=kind,
        pdf_standards=["ua-1"] if kind == "pdf" else [],
        timestamp=datetime(day.year, day.month, day.day, tzinfo=UTC),
    )
    if made is None:
        raise GeoIntegrationError("Le document n'a pas de page.", where=template)
    return [made] if isinstance(made, bytes) else made


def _undrawn(error: typst.TypstError) -> str:
    """Return the signs no font draws, to be left out; raise for letters and digits, and for any other error."""
    told = f"{error.message}\n{error.diagnostic}"
    lost = "".join(sorted(set("".join(_ESCAPED.sub(_character, text) for text in _UNDRAWN.findall(told)))))
    letters = "".join(sign for sign in lost if unicodedata.category(sign)[0] in "LMN")
    if letters:
        raise no_font_for(letters) from error
    if not lost:
        raise error
    return lost


def _character(escaped: re.Match[str]) -> str:
    return chr(int(escaped.group(1), 16))


def _card(card: CourseCard, lost: str) -> _Data:
    return {
        "families": families(face.language.code for face in card.faces),
        "faces": [_face(face, card, lost) for face in card.faces],
        "qr": qr_code(card.link),
        "link": card.link,
        "tel": card.tel,
        "icons": _icons([face.icon for face in card.faces], *(face.lines for face in card.faces)),
    }


def _face(face: Face, card: CourseCard, lost: str) -> _Data:
    return {
        **_language(face.language),
        **_texts(face, lost, title="title", name="name", kind="label", foot="foot", scan="scan", no_phone="mail"),
        **_texts(face, lost, time_label="label", phone_label="label"),
        "icon": face.icon,
        "times": [_HOURS.split(one, maxsplit=1) for one in _sessions(face.time or card.time, lost)],
        "phone": _said(card.phone or "", "phone", lost),
        "lines": [_line(line, lost) for line in face.lines],
        "synthetic": _said(face.synthetic or card.synthetic or "", "line", lost),
        "printed": _said(face.printed or card.printed, "scan", lost),
    }


def _wall(wall: Wall, lost: str) -> _Data:
    courses = [course for group in wall.groups for course in group.courses]
    return {
        "families": families([wall.language.code]),
        **_language(wall.language),
        **_texts(wall, lost, title="heading", subtitle="line", empty="line", notice="line", scan="scan", foot="foot"),
        **_texts(wall, lost, time_label="label", phone_label="label", printed="scan"),
        "synthetic": _said(wall.synthetic or "", "line", lost),
        "qr": qr_code(wall.link),
        "link": wall.link,
        "groups": [_group(group, lost) for group in wall.groups],
        "icons": _icons([group.icon for group in wall.groups], *(course.lines + course.aside for course in courses)),
    }


def _group(group: WallGroup, lost: str) -> _Data:
    return {
        **_texts(group, lost, title="title"),
        "icon": group.icon,
        "courses": [_wall_course(course, lost) for course in group.courses],
    }


def _wall_course(course: WallCourse, lost: str) -> _Data:
    return {
        **_texts(course, lost, name="name", no_phone="mail"),
        "times": _sessions(course.time, lost),
        "phone": _said(course.phone or "", "phone", lost),
        "tel": course.tel,
        "lines": [_line(line, lost) for line in course.lines],
        "aside": [_line(line, lost) for line in course.aside],
    }


def _line(line: Line, lost: str) -> _Data:
    text = without_isolates(line.text) if line.foreign else line.text
    flags = {"big": line.big, "foreign": line.foreign, "small": line.small, "alarm": line.alarm}
    return {
        "icon": line.icon,
        "text": _said(text, "line", lost),
        **_texts(line, lost, label="label", head="label"),
        **flags,
    }


def _language(language: "Language") -> _Data:
    return {"lang": language.code, "rtl": language.direction == "rtl"}


def _sessions(time: str, lost: str) -> list[str]:
    """Return the sessions to show, a line each; more are told by a last "…"."""
    said = [_said(one, "time", lost) for one in time.splitlines() if one.strip()]
    return said if len(said) <= _SESSIONS else [*said[:_SESSIONS], ELLIPSIS]


def _texts(shape: object, lost: str, **kinds: str) -> _Data:
    return {field: _said(getattr(shape, field), kind, lost) for field, kind in kinds.items()}


def _said(text: str, kind: str, lost: str) -> str:
    drawn = text.translate({ord(sign): None for sign in lost})
    return breakable(cut(drawn, LONGEST[kind]), _LONGEST_WORD_OF.get(kind, _LONGEST_WORD))


def _icons(names: Sequence[str], *lines: Sequence[Line]) -> dict[str, str]:
    """Return the pictograms a document shows, by name."""
    wanted = {*names, "clock", "phone", *(line.icon for some in lines for line in some)}
    return {name: symbol for name, symbol in symbols().items() if name in wanted}
