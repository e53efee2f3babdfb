"""Cells as plain Python values, texts a spreadsheet cannot run, and files written beside then renamed."""

import math
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geo_integration.layers import COVERAGE, OFFERS, SESSIONS
from geo_integration.schema import SEPARATOR
from geo_integration.vocabulary import Term, TerritoryLevel

if TYPE_CHECKING:
    import pandas as pd

type Cell = str | int | float | bool | None

DECIMALS = {"number": 6, "minutes": 2}
# The last four are the full-width forms, which spreadsheets of some locales run too.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")

TERMS: dict[str, type[Term]] = {column.name: column.terms for column in COVERAGE.columns if column.terms is not None}
"""Closed lists of the coverage table, by column."""

_OTHER_TERMS: dict[str, type[Term]] = {
    column.name: column.terms for layer in (SESSIONS, OFFERS) for column in layer.columns if column.terms is not None
}
"""Those of the layers beside, for the tables made from them."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a path to write to in the same folder; on success it takes the place of ``path`` at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".partial-") as folder:
        partial = Path(folder) / path.name
        yield partial
        partial.chmod(0o644)
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        partial.replace(path)


def cells(column: "pd.Series[Any]") -> list[Cell]:
    """Return a column as str, int, float, bool or None: never NaN, never infinity.

    Minutes keep 2 decimals, other numbers 6.
    """
    decimals = DECIMALS["minutes" if str(column.name).endswith("_minutes") else "number"]
    missing = column.isna().tolist()
    return [None if absent else _cell(value, decimals) for value, absent in zip(column.tolist(), missing, strict=True)]


def _cell(value: object, decimals: int) -> Cell:
    if isinstance(value, np.generic):  # a column of mixed types holds numpy's own numbers
        value = value.item()
    if isinstance(value, float):
        return round(value, decimals) if math.isfinite(value) else None
    if isinstance(value, str | bool | int):
        return value
    return str(value)


def guarded(text: str) -> str:
    """Return a text that a spreadsheet shows and never runs (CSV injection): a quote goes before it."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def in_french(name: str, values: list[Cell], terms: type[Term] | None = None) -> list[Cell]:
    """Return the values of a column of a closed list, or of booleans, in French.

    The list is ``terms``, else the one a layer gives a column of that name. Codes joined by ``+`` (a roll-up of
    several bases of need) or by ``;`` (a list of a layer) are translated one by one.
    """
    labels = {term.value: term.label for term in closed_list(name, values, terms) or ()}
    return [_french(value, labels) for value in values]


def closed_list(name: str, values: list[Cell], terms: type[Term] | None = None) -> type[Term] | None:
    """Return the closed list of a column: ``terms``, else the one of the layers; None for free text."""
    if terms is not None:
        return terms
    if name == "level" and _are_territories(values):
        return TerritoryLevel
    return TERMS.get(name) or _OTHER_TERMS.get(name)


def _french(value: Cell, labels: dict[str, str]) -> Cell:
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, str) and labels:
        separator, shown = (SEPARATOR, ", ") if SEPARATOR in value else ("+", " + ")
        return shown.join(labels.get(code, code) for code in value.split(separator))
    return value


def _are_territories(values: list[Cell]) -> bool:
    """Tell a roll-up's ``level`` (territory) from a coverage table's (level of French)."""
    return any(value in set(TerritoryLevel) for value in values)
