"""The values of a collection as they are told, by column, ready to be compared."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo_integration.errors import OptionError
from geo_integration.schema import SEPARATOR, Column

type Mask = npt.NDArray[np.bool_]
type Days = npt.NDArray[np.datetime64]

_WORDS = {"true": True, "false": False}
_SHOWN = 12


class Columns:
    """Typed columns of a table whose values are those of the features (rounded alike), so that both agree.

    Parameters
    ----------
    columns : what the table holds.
    table : one row per feature; text, dates and lists as text, numbers, booleans, null where not known.
    """

    def __init__(self, columns: Sequence[Column], table: pd.DataFrame) -> None:
        self._columns: Mapping[str, Column] = {column.name: column for column in columns}
        self._table = table
        self._days: dict[str, Days] = {}

    def __len__(self) -> int:
        """Count the rows."""
        return len(self._table)

    def column(self, name: str, *, where: str) -> Column:
        """Return what is known of a column; OptionError, which lists them, for one that is not there."""
        if name not in self._columns:
            names = list(self._columns)
            shown = ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
            raise OptionError(f"propriété inconnue : {name}", where=where, way_out=f"propriétés : {shown}")
        return self._columns[name]

    def values(self, name: str) -> "pd.Series[Any]":
        """Return the values of a column that is there."""
        return self._table[name]

    def known(self, name: str) -> Mask:
        """Say where a value is known."""
        return np.asarray(self._table[name].notna(), dtype=np.bool_)

    def days(self, name: str) -> Days:
        """Return a column of dates as days; NaT where not known, or no day of the calendar."""
        found = self._days.get(name)
        if found is None:
            read = pd.to_datetime(self._table[name], format="%Y-%m-%d", errors="coerce")
            found = self._days[name] = read.to_numpy().astype("datetime64[D]")
        return found

    def holding(self, name: str, text: str) -> Mask:
        """Say where a list holds a value."""
        wrapped = SEPARATOR + self._table[name] + SEPARATOR
        found = wrapped.str.contains(f"{SEPARATOR}{text}{SEPARATOR}", regex=False)
        return np.asarray(found.fillna(value=False), dtype=np.bool_) & (SEPARATOR not in text)

    def equal(self, name: str, text: str) -> Mask:
        """Say where a property has the value of a query parameter; a list, where it holds it. Null equals nothing.

        Raises
        ------
        OptionError
            ``where`` is the name: no such property, or the text is no value of its type.
        """
        column = self.column(name, where=name)
        if column.type == "list":
            return self.holding(name, text)
        found = self._table[name].eq(_typed(column, text))
        return np.asarray(found.fillna(value=False), dtype=np.bool_)


def _typed(column: Column, text: str) -> str | float | bool:
    """Read a query parameter as its column wants it."""
    try:
        if column.type == "integer":
            return int(text)
        if column.type == "number":
            return float(text)
        if column.type == "boolean":
            return _WORDS[text]
    except (ValueError, KeyError) as error:
        expected = {"integer": "un nombre entier", "number": "un nombre", "boolean": "true ou false"}[column.type]
        raise OptionError(
            f"« {text} » n'est pas {expected}", where=column.name, way_out=f"donner {expected}"
        ) from error
    return text
