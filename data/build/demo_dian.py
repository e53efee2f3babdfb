"""Write courses as the DIAN export does: `;`, UTF-8 with BOM, quotes only where there is a space, one row a session."""

from collections.abc import Callable, Iterator
from datetime import date

from demo_model import MARK, Defects, stream
from demo_overlap import NO_COMMON_ID, Copy

DIAN_FILE = "dian_demo.csv"
_HEADER = (
    "ID formation",
    "Intitulé",
    "Début",
    "Fin",
    "Adressse de la formation",  # the typo is the real export's
    "Région",
    "Code Postal",
    "Ville",
    "Organisme responsable",
    "Organisme formateur",
    "Financeurs",
    "Tel",
)
_TITLE, _START, _END, _ADDRESS, _POSTCODE, _TOWN = 1, 2, 3, 4, 6, 7
_FUNDERS = {
    "2": "Conseil régional",
    "4": "Autre",
    "8": "Commune",
    "12": "Ministère de l'éducation nationale",
    "19": "Ministère de l'intérieur",
}

type Row = dict[int, str]
"""Cells by position."""


def write_dian(copies: list[Copy], defects: Defects) -> bytes:
    """Return the file, defects included."""
    rows = [_row(copy, rank) for copy in copies for rank in range(len(copy.course.sessions))]
    header = ";".join(f'"{name}"' for name in _HEADER)
    return ("\ufeff" + "\n".join([header, *_spoilt(rows, defects)]) + "\n").encode()


def _row(copy: Copy, rank: int) -> Row:
    course, session = copy.course, copy.course.sessions[rank]
    number = session.number if copy.link != NO_COMMON_ID else f"{copy.figures + rank}S"
    phone = " ".join(course.provider.phone[index : index + 2] for index in range(0, 10, 2))
    cells = (
        f"{copy.formation}{copy.action}{number}",
        copy.title,
        _day(session.start),
        _day(session.end),
        course.place.name,
        "Hauts-de-France",
        course.place.commune.postcode,
        course.place.commune.name,
        course.provider.legal_name,
        course.provider.name,
        ", ".join(_FUNDERS[code] for code in course.funders),
        phone if len(copy.title) % 2 else "",
    )
    return dict(enumerate(cells))


def _day(day: date) -> str:
    return day.strftime("%d/%m/%Y")


def _spoilt(rows: list[Row], defects: Defects) -> list[str]:
    """Give defects to some rows, then write them all."""
    rng = stream("dian-defects")
    order = rng.sample(range(len(rows)), len(rows))
    pool = iter(order)

    def spoil(count: int, defect: str, change: Callable[[Row], Row], among: Iterator[int] = pool) -> list[int]:
        chosen = [next(among) for _ in range(count)]
        for index in chosen:
            rows[index] |= change(rows[index])
            defects.note(DIAN_FILE, defect, rows[index][0])
        return chosen

    spoil(3, "impossible_date", lambda _: {_END: "31/02/2027"})
    spoil(2, "impossible_date", lambda _: {_START: "202560212"})
    spoil(3, "end_before_start", lambda _: {_END: "30/06/2025"})
    spoil(1, "empty_title", lambda _: {_TITLE: ""})
    spoil(10, "double_spaces", lambda row: {_TITLE: f"{row[_TITLE].removesuffix(MARK).replace(' ', '  ')} {MARK}"})
    spoil(4, "cp1252_characters", lambda row: {_ADDRESS: f"{row[_ADDRESS]} \x96 l\x92annexe"})
    spoil(6, "cedex_town", lambda row: {_TOWN: f"{row[_TOWN].upper()} CEDEX"})
    spoil(3, "missing_postcode", lambda _: {_POSTCODE: ""})
    repeated = spoil(4, "duplicate_row", lambda _: {})
    joined = spoil(2, "missing_separator", lambda _: {})
    aisne = (index for index in pool if rows[index][_POSTCODE].startswith("0"))
    spoil(4, "postcode_without_zero", lambda row: {_POSTCODE: row[_POSTCODE].removeprefix("0")}, aisne)
    lines = []
    for index, row in enumerate(rows):
        line = ";".join(map(_cell, row.values()))
        if index in joined:
            line = line.replace(f"{row[_START]};{row[_END]}", f"{row[_START]} {row[_END]}")
        lines += [line] * (2 if index in repeated else 1)
    return lines


def _cell(text: str) -> str:
    """Quote a cell as the real export does: where it holds a space, a quote or a separator."""
    needs_quotes = any(letter.isspace() or letter in '";' for letter in text)
    return '"' + text.replace('"', '""') + '"' if needs_quotes else text
