"""The cells of any table as a reader meets them: French, with their unit, an empty one never shown as zero."""

import math
import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from geo_integration.exports.headings import Heading, heading
from geo_integration.exports.meta import french_date
from geo_integration.exports.values import Cell, cells, in_french
from geo_integration.maps import text

UNITS = ("min", "h", "heures", "h/an", "km", "m", "%", "€", "hab.")
"""Units a heading may end with, in brackets: they go after the number."""
CONTEXT = ("mode", "engine", "kind", "level", "cutoff_minutes", "as_of", "basis", "need_basis", "need_share")
"""Columns that repeat the question on every row: told once, above, where they never change."""
MARKS = ("synthetic", "withheld")
"""Columns a row shows as a mark, or not at all."""

_UNIT = re.compile(r"^(?P<label>.+?) \((?P<unit>[^()]+)\)$")
_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$")
_EMPTY = re.compile(r"\bVide : ?(?P<words>[^.]+)")
_SHARE = "(0 à 1)"
_HUNDRED, _TEN, _LEAST = 100, 10, 0.01


def label_and_unit(found: Heading) -> tuple[str, str]:
    """Return « Aller (min) » as « Aller » and « min »; brackets that hold no unit stay in the label."""
    match = _UNIT.match(found.label)
    if match and match["unit"] in UNITS:
        return match["label"], match["unit"]
    return found.label, ""


def empty_words(found: Heading) -> str:
    """Return what an empty cell of the column means, from its heading; « inconnu » where it does not say."""
    match = _EMPTY.search(found.meaning)
    return match["words"].strip() if match else "inconnu"


def texts(column: "pd.Series[Any]", found: Heading, labels: Mapping[str, str] | None = None) -> list[str | None]:
    """Return the cells of a column in French, without the unit; None where empty.

    Minutes are rounded up, shares (« 0 à 1 » in the heading) become per cent, and what would round to 0 without being
    0 says so. ``labels`` name the values of a column that is no closed list.
    """
    name, plain = str(column.name), cells(column)
    shown = [labels.get(str(value), value) if labels and value is not None else value for value in plain]
    return [_told(name, found, value) for value in in_french(name, shown, found.terms)]


def context(table: pd.DataFrame) -> list[str]:
    """Return the columns that only repeat the question: the same value on every row."""
    return [name for name in CONTEXT if name in table.columns and len(set(cells(table[name]))) <= 1]


def columns_of(table: pd.DataFrame, headings: Mapping[str, Heading], *, first: list[str]) -> list[str]:
    """Return the columns worth a reader's time, the ``first`` ones first, then in the order of the headings.

    Left out: codes and identifiers, what repeats the question, marks, geometry, and columns that are empty throughout.
    """
    left_out = {"geometry", *MARKS, *context(table)}
    rest = [name for name in headings if name in table.columns]
    rest += [str(name) for name in table.columns if name not in headings]
    kept = [name for name in rest if name not in left_out and not name.endswith(("_code", "_id"))]
    useful = [name for name in kept if table[name].notna().any()]
    return list(dict.fromkeys([*first, *useful]))


def rows(table: pd.DataFrame, columns: list[str], headings: Mapping[str, Heading]) -> list[list[str]]:
    """Return the rows of an HTML table; a dash where empty, « masqué » where the row's people are withheld."""
    withheld = cells(table["withheld"]) if "withheld" in table.columns else [False] * len(table)
    shown = []
    for name in columns:
        values = texts(table[name], heading(name, headings))
        masked = text.WITHHELD if is_about_people(name) else text.ABSENT
        shown.append(
            [value or (masked if hidden else text.ABSENT) for value, hidden in zip(values, withheld, strict=True)]
        )
    return [list(row) for row in zip(*shown, strict=True)]


def is_about_people(name: str) -> bool:
    """Tell the columns that the disclosure gate empties: an empty one of a withheld row is masked, not unknown."""
    return name.startswith("need") and name not in CONTEXT


def is_text(column: "pd.Series[Any]") -> bool:
    """Tell a column of words, read from the left, from one of numbers."""
    return any(isinstance(value, str) for value in cells(column))


def _told(name: str, found: Heading, value: Cell) -> str | None:
    if value is None or isinstance(value, str):
        return french_date(value) if value and _DATE.match(value) else value
    if name.endswith("_minutes"):
        return text.minutes(float(value))
    if _SHARE in found.meaning:
        return _number(100 * float(value)) + f"{text.NARROW_SPACE}%"
    if isinstance(value, int):
        return str(value) if name.endswith("year") else text.whole(value)
    return _number(value)


def _number(value: float) -> str:
    """Return a number with as many decimals as its size deserves: 1 234, 12,3, 1,23; never a misleading 0."""
    size = abs(value)
    if 0 < size < _LEAST:
        return f"moins de {_french(_LEAST, 2)}" if value > 0 else f"entre −{_french(_LEAST, 2)} et 0"  # noqa: RUF001 -- true minus
    decimals = 0 if size >= _HUNDRED else 1 if size >= _TEN else 2
    return _french(value, decimals)


def _french(value: float, decimals: int) -> str:
    number = f"{value:,.{decimals}f}"
    number = number.rstrip("0").rstrip(".") if decimals else number
    return number.replace(",", text.NARROW_SPACE).replace(".", ",").replace("-", "−")  # noqa: RUF001 -- true minus


def axis(value: float, step: float) -> str:
    """Return a number of an axis, with the decimals its step needs."""
    decimals = max(0, -math.floor(math.log10(step)))
    return f"{value:,.{decimals}f}".replace(",", text.NARROW_SPACE).replace(".", ",").replace("-", "−")  # noqa: RUF001 -- true minus
