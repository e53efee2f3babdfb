"""CSV as a double-click in French Excel expects it: UTF-8 with BOM, « ; », decimal comma."""

import csv
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from geo_integration.exports.headings import COVERAGE_HEADINGS, Heading, heading
from geo_integration.exports.values import Cell, cells, guarded, in_french, replacing


def write_csv(
    table: pd.DataFrame,
    path: Path,
    *,
    headings: Mapping[str, Heading] | None = None,
    order: str | None = "commune_code",
) -> None:
    """Write a coverage table (or any other, with its headings) for a spreadsheet.

    Headers and closed lists are in French, numbers take a decimal comma, a text that begins like a
    formula is preceded by a quote. A geometry is left out. For programs, write GeoJSON or GeoPackage.
    Rows are sorted by the column ``order`` where there is one, and keep their order where it is None.
    """
    known = COVERAGE_HEADINGS if headings is None else headings
    plain = pd.DataFrame(table).drop(columns="geometry", errors="ignore")
    if order is not None and order in plain.columns:
        plain = plain.sort_values(order, kind="stable")
    columns = [in_french(name, cells(plain[name]), heading(str(name), known).terms) for name in plain.columns]
    with replacing(path) as partial, partial.open("w", encoding="utf-8-sig", newline="", errors="replace") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
        writer.writerow([guarded(heading(str(name), known).label) for name in plain.columns])
        writer.writerows([_text(value) for value in row] for row in zip(*columns, strict=True))


def _text(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".").replace(".", ",")
    return guarded(value) if isinstance(value, str) else str(value)
