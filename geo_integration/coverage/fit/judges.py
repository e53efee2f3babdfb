"""The engine of fit: a judge says what one value is to who asks; here judges meet tables."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo_integration.vocabulary import Criterion, Fit

type Verdict = tuple[Fit, str]
"""What a value is to who asks, and why, in French."""

type Judge = Callable[..., Verdict]
"""Takes one row's values of some columns (None where null)."""

RANK = {Fit.FITS: 0, Fit.UNKNOWN: 1, Fit.DOES_NOT_FIT: 2}
"""The worst of several verdicts is the highest."""

CODES = np.array([fit.value for fit in RANK], dtype=object)

_KEPT = 64
"""Rules whose verdicts a table keeps: learners share most of theirs."""


@dataclass(frozen=True)
class Rule:
    """What is judged, on which columns, by whom.

    Attributes
    ----------
    criterion : what is judged.
    columns : the columns the judge reads.
    asked : what is asked; two rules of one criterion and the same question judge alike.
    judge : takes the columns' values.
    """

    criterion: Criterion
    columns: tuple[str, ...]
    asked: Hashable
    judge: Judge = field(compare=False)


@dataclass(frozen=True, eq=False)
class Judged:
    """One criterion on every row of a table.

    Attributes
    ----------
    criterion : what was judged.
    rank : :data:`RANK` of the verdict, int8, shape (rows,).
    alike : which of ``told`` is each row's, shape (rows,).
    told : reasons, in French.
    """

    criterion: Criterion
    rank: npt.NDArray[np.int8]
    alike: npt.NDArray[np.intp]
    told: Sequence[str]

    @property
    def reasons(self) -> list[str]:
        """Return the reason of each row."""
        return [self.told[number] for number in self.alike.tolist()]

    def reason(self, row: int) -> str:
        """Return the reason of one row."""
        return self.told[int(self.alike[row])]


class Rows:
    """A table to judge: rows alike on the columns of a rule are judged once, and the latest rules' verdicts are kept.

    Threads may share it. A column that is absent is null.
    """

    def __init__(self, table: pd.DataFrame) -> None:
        self.table = table
        self._alike = lru_cache(maxsize=_KEPT)(self._same)
        self.judged = lru_cache(maxsize=_KEPT)(self._judged)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.table)

    def _judged(self, rule: Rule) -> Judged:
        """Judge every row."""
        alike, every = self._alike(rule.columns)
        verdicts = [rule.judge(*values) for values in every]
        rank = np.array([RANK[fits] for fits, _ in verdicts], dtype=np.int8)
        return Judged(rule.criterion, rank[alike], alike, [told for _, told in verdicts])

    def _same(self, columns: tuple[str, ...]) -> tuple[npt.NDArray[np.intp], list[tuple[Any, ...]]]:
        """Return the number of each row among the distinct values of some columns, and these values."""
        numbers: dict[tuple[Any, ...], int] = {}
        rows = zip(*(_values(self.table, name) for name in columns), strict=True)
        alike = np.array([numbers.setdefault(values, len(numbers)) for values in rows], dtype=np.intp)
        return alike, list(numbers)


def worst(every: Sequence[Judged], rows: int) -> npt.NDArray[np.int8]:
    """Return the worst verdict of each row; all fit where nothing was judged."""
    rank = np.zeros(rows, dtype=np.int8)
    for one in every:
        rank = np.maximum(rank, one.rank)
    return rank


def _values(table: pd.DataFrame, name: str) -> list[Any]:
    if name not in table:
        return [None] * len(table)
    column = table[name]
    return [None if null else value for value, null in zip(column.tolist(), column.isna().tolist(), strict=True)]
