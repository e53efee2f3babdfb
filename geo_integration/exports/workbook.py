"""XLSX: read me, communes, one sheet per roll-up, legend. Nothing in it is ever a formula or a link."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import xlsxwriter  # type: ignore[import-untyped]
from xlsxwriter.format import Format  # type: ignore[import-untyped]
from xlsxwriter.workbook import Workbook  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from geo_integration.exports.headings import COVERAGE_HEADINGS, ROLLUP_HEADINGS, Heading, heading
from geo_integration.exports.meta import EMPTY, FICTITIOUS, Meta, label_of, told, warnings
from geo_integration.exports.values import TERMS, Cell, cells, in_french, replacing
from geo_integration.vocabulary import Cause, TerritoryLevel

_LONGEST_CELL = 32_767
_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_CAUSE_FILLS = {
    Cause.COVERED: "#DCEFE8",
    Cause.NO_DATA: "#EDEDED",
    Cause.NOT_ROUTABLE: "#C9C9C9",
    Cause.NO_RETURN: "#F0DCE8",
    Cause.FULL: "#CFE3F1",
    Cause.WRONG_FIT: "#FBEBC8",
    Cause.TOO_FAR: "#F6D5C0",
}


def write_xlsx(gaps: pd.DataFrame, path: Path, *, rollups: Mapping[str, pd.DataFrame], meta: Meta) -> None:
    """Write the workbook a référent opens; a geometry is left out, codes stay texts."""
    with workbook(path, meta) as sheets:
        sheets.read_me(meta)
        sheets.table("Communes", gaps.sort_values("commune_code", kind="stable"), COVERAGE_HEADINGS, frozen=2)
        for level, table in rollups.items():
            sheets.table(_sheet_name(level), table, ROLLUP_HEADINGS, frozen=3)
        sheets.legend(_legend_rows())


@contextmanager
def workbook(path: Path, meta: Meta) -> "Iterator[Sheets]":
    """Give the sheets of a new workbook, which takes the place of ``path`` once whole."""
    created = datetime.fromisoformat(meta["as_of"]).replace(tzinfo=UTC)
    with replacing(path) as partial:
        book = xlsxwriter.Workbook(str(partial), _OPTIONS)
        book.set_properties({"title": meta["title"], "created": created.replace(tzinfo=None)})
        yield Sheets(book, warning=FICTITIOUS if meta["synthetic"] else "")
        book.close()


class Sheets:
    """The sheets of one workbook and the formats they share."""

    def __init__(self, book: Workbook, *, warning: str) -> None:
        self._book = book
        self._warning = warning
        self._title = book.add_format({"bold": True, "font_size": 16})
        self._strong = book.add_format({"bold": True, "valign": "top"})
        self._wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self._alarm = book.add_format({"bold": True, "font_color": "#9C0006", "bg_color": "#FFE3E3"})
        self._header = book.add_format(
            {"bold": True, "text_wrap": True, "valign": "vcenter", "bg_color": "#E8ECF2", "bottom": 1}
        )
        self._whole = book.add_format({"num_format": "#,##0"})
        self._tenth = book.add_format({"num_format": "#,##0.0##"})
        self._fills = {cause.label: book.add_format({"bg_color": fill}) for cause, fill in _CAUSE_FILLS.items()}

    def read_me(self, meta: Meta, *, name: str = "Lisez-moi", figures: Sequence[tuple[str, str]] = ()) -> None:
        """Write what the file is, for whom, from what, and what it does not say."""
        sheet = self._sheet(name)
        sheet.set_column(0, 0, 30)
        sheet.set_column(1, 1, 100, self._wrapped)
        sheet.write_string(0, 0, meta["title"], self._title)
        alarms = [("Attention", text) for text in warnings(meta) if text != self._warning]
        empty = ("Cellule vide", f"{EMPTY} La feuille « Légende » le dit colonne par colonne.")
        rows = [*alarms, *told(meta, figures), empty]
        first = 1
        if self._warning:
            sheet.write_string(1, 0, self._warning, self._alarm)
            sheet.write_string(1, 1, "Des lignes inventées entrent dans ces chiffres.", self._alarm)
            first = 2
        for row, (label, value) in enumerate(((label, value) for label, value in rows if value), start=first):
            sheet.write_string(row, 0, label, self._strong)
            sheet.write_string(row, 1, _short(value), self._wrapped)

    def table(
        self, name: str, table: pd.DataFrame, headings: Mapping[str, Heading], *, frozen: int, title: str = ""
    ) -> None:
        """Write one table: French headers that stay in view and on every printed page, filters, numbers as numbers."""
        sheet = self._sheet(name)
        plain = pd.DataFrame(table).drop(columns="geometry", errors="ignore")
        above = [(text, style) for text, style in ((self._warning, self._alarm), (title, self._title)) if text]
        top = len(above)
        for row, (text, style) in enumerate(above):
            sheet.write_string(row, 0, _short(text), style)
        for number, column in enumerate(plain.columns):
            found = heading(str(column), headings)
            sheet.set_column(number, number, found.width)
            sheet.write_string(top, number, found.label, self._header)
            self._column(sheet, top + 1, number, in_french(str(column), cells(plain[column]), found.terms))
        sheet.set_row(top, 48)
        sheet.repeat_rows(top)
        sheet.freeze_panes(top + 1, frozen)
        sheet.autofilter(top, 0, top + len(plain), max(len(plain.columns) - 1, 0))

    def legend(self, meanings: Sequence[tuple[str, str, str]]) -> None:
        """Write what every column and every value of a closed list means, with its machine name."""
        sheet = self._sheet("Légende")
        for number, width in enumerate((44, 34, 90)):
            sheet.set_column(number, number, width)
        rows = [("En-tête ou valeur", "Nom technique", "Sens"), *meanings]
        for row, texts in enumerate(rows):
            for number, text in enumerate(texts):
                sheet.write_string(row, number, text, self._header if row == 0 else self._fills.get(text))
        sheet.freeze_panes(1, 0)

    def _sheet(self, name: str) -> Worksheet:
        sheet = self._book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        if self._warning:
            sheet.set_footer(f"&C{self._warning}")
        return sheet

    def _column(self, sheet: Worksheet, first: int, number: int, values: list[Cell]) -> None:
        for row, value in enumerate(values, start=first):
            if isinstance(value, str):
                sheet.write_string(row, number, _short(value), self._fills.get(value))
            elif value is not None:
                sheet.write_number(row, number, value, self._format(value))

    def _format(self, value: float) -> Format:
        return self._tenth if isinstance(value, float) else self._whole


def _legend_rows() -> list[tuple[str, str, str]]:
    columns = {**ROLLUP_HEADINGS, **COVERAGE_HEADINGS}
    rows = [(found.label, name, found.meaning) for name, found in columns.items()]
    for name, terms in TERMS.items():
        if name == "cause_if_unknown_fits":
            continue
        rows += [(term.label, term.value, f"valeur de « {COVERAGE_HEADINGS[name].label} »") for term in terms]
    return rows


def _sheet_name(level: str) -> str:
    label = label_of(TerritoryLevel, level)
    return label if level == TerritoryLevel.FRANCE.value else f"{label}s"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_CELL else text[: _LONGEST_CELL - 1] + "…"
