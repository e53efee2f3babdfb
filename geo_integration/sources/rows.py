"""Rows of any table, whatever the file they come from: cells, position, header and column names."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from geo_integration.errors import InputRefusedError
from geo_integration.settings import settings
from geo_integration.sources.imports import ProblemLog
from geo_integration.text import fold

type Cell = Any
"""str, int, float, bool, date, datetime, time, list or dict as the format gives it; None when blank."""

type TableKind = Literal["text", "spreadsheet", "records", "geography"]

HEADER_SEARCH_ROWS = 30
_BLANKS = " \t\r\n\x0b\x0c\xa0\u2007\u202f\ufeff"
_INTEGRAL_LIMIT = 2**53


@dataclass(frozen=True, slots=True)
class Record:
    """One record before the header is known; ``fault`` says why it cannot be read."""

    where: str
    cells: Sequence[Cell] = ()
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One data row: its position and its cells by column name (None when blank)."""

    where: str
    cells: Mapping[str, Cell]


@dataclass
class TableRows:
    """A table being read: its columns, and its rows once, in file order, as they are asked for."""

    file: str
    kind: TableKind
    columns: tuple[str, ...]
    rows: Iterator[Row] = field(repr=False)
    detail: str = ""
    """How the file was read, in French: ``utf-8, séparateur « ; »``, ``feuille Offres``."""
    read: int = 0
    """Data rows met so far, good and bad."""

    def __iter__(self) -> Iterator[Row]:
        """Give the readable rows; the others have been noted in the log."""
        return self.rows


def clean(value: Cell) -> Cell:
    """Return a cell without the blanks around it; None when nothing is left; 59260.0 becomes 59260."""
    if isinstance(value, str):
        return value.strip(_BLANKS) or None
    if isinstance(value, float):
        if value != value:  # noqa: PLR0124 -- the NaN that stands for a blank
            return None
        return int(value) if value.is_integer() and abs(value) < _INTEGRAL_LIMIT else value
    return value


def normalise(name: str) -> str:
    """Return a name without case, accents or punctuation, to compare headers and terms."""
    return re.sub(r"[^a-z0-9+]+", " ", fold(name)).strip()


def too_long(cells: Iterable[Cell]) -> bool:
    """Tell whether one of the cells is longer than the settings accept."""
    limit = settings().max_cell_characters
    return any(isinstance(cell, str) and len(cell) > limit for cell in cells)


def name_columns(header: Sequence[Cell], where: str, log: ProblemLog) -> tuple[str, ...]:
    """Return one distinct name per column; blank and repeated names are put right and noted."""
    names: list[str] = []
    while header and clean(header[-1]) is None:
        header = header[:-1]
    for position, cell in enumerate(header, start=1):
        text = re.sub(r"\s+", " ", str(clean(cell) or ""))
        name = text or f"colonne {position}"
        if not text:
            log.repair(where, name, "", f"colonne sans nom, lue sous le nom « {name} »")
        elif name in names:
            name = next(f"{text} ({n})" for n in range(2, len(header) + 2) if f"{text} ({n})" not in names)
            log.repair(where, text, text, f"nom de colonne répété, lu sous le nom « {name} »")
        names.append(name)
    return tuple(names)


def find_header(first: Sequence[Record], expected: Collection[str] = ()) -> int | None:
    """Return the index of the header among the first records; None where there is nothing but blanks.

    The header is the record that holds most of the expected names (two at least, or the only one); failing
    that, the first one at least half as wide as the widest: titles above it have one or two cells.
    """
    wanted = {normalise(name) for name in expected}
    if wanted:
        hits = [len(wanted & {normalise(str(c)) for c in r.cells if c is not None}) for r in first]
        best = max(hits, default=0)
        if best >= min(2, len(wanted)):
            return hits.index(best)
    filled = [sum(clean(cell) is not None for cell in record.cells) for record in first]
    widest = max(filled, default=0)
    if not widest:
        return None
    return next(index for index, count in enumerate(filled) if count * 2 >= widest)


def with_header(
    records: Iterator[Record],
    *,
    file: str,
    kind: TableKind,
    detail: str,
    log: ProblemLog,
    expected: Collection[str] = (),
) -> TableRows:
    """Find the header among the first records and give the rest as rows.

    Raises InputRefusedError when there is no header at all.
    """
    first: list[Record] = []
    for record in records:
        first.append(record)
        if len(first) == HEADER_SEARCH_ROWS:
            break
    index = find_header(first, expected)
    if index is None:
        raise InputRefusedError(
            "aucune donnée : ni en-tête ni ligne", where=file, way_out="vérifier que le bon fichier a été donné"
        )
    columns = name_columns(first[index].cells, first[index].where, log)
    table = TableRows(file, kind, columns, iter(()), detail)
    table.rows = _data_rows(table, first, index, records, log)
    return table


def _data_rows(
    table: TableRows, first: Sequence[Record], index: int, rest: Iterable[Record], log: ProblemLog
) -> Iterator[Row]:
    for record in first[:index]:
        if record.fault:
            log.reject(record.where, "", "", record.fault)
            table.read += 1
    for source in (first[index + 1 :], rest):
        for record in source:
            row = _data_row(table, record, log)
            if row is not None:
                yield row


def _data_row(table: TableRows, record: Record, log: ProblemLog) -> Row | None:
    cells = [clean(cell) for cell in record.cells]
    if not record.fault and all(cell is None for cell in cells):
        return None
    table.read += 1
    width = len(table.columns)
    fault = record.fault or _shape_fault(table.kind, cells, len(record.cells), width)
    if fault:
        log.reject(record.where, "", "", fault)  # no cell of the row here: it may hold personal data
        return None
    for position in range(width, len(cells)):
        if cells[position] is not None:
            log.drop(record.where, f"colonne {position + 1}", "", "valeur hors des colonnes de l'en-tête")
    cells += [None] * (width - len(cells))
    return Row(record.where, dict(zip(table.columns, cells, strict=False)))


def _shape_fault(kind: TableKind, cells: Sequence[Cell], given: int, width: int) -> str:
    if too_long(cells):
        return f"cellule de plus de {settings().max_cell_characters} caractères"
    extra = any(cell is not None for cell in cells[width:])
    if kind == "text" and (given < width or extra):
        return f"{given} valeurs au lieu de {width} : ligne coupée, séparateur ou guillemet en trop"
    return ""
