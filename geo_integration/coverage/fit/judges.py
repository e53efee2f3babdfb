"""The engine of fit: a judge says what one value is to who asks; here judges meet tables."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo_integration.vocabulary import Criterion, Fit

type Verdict = tuple[Fit, str]
"""What a value is to who asks, and why, in French."""

type Judge = Callable[..., Verdict]
"""Takes one row's values of some columns (None where null)."""

type Rule = tuple[Criterion, Sequence[str], Judge]
"""What is judged, on which columns, by whom."""

RANK = {Fit.FITS: 0, Fit.UNKNOWN: 1, Fit.DOES_NOT_FIT: 2}
"""The worst of several verdicts is the highest."""

CODES = np.array([fit.value for fit in RANK], dtype=object)


@dataclass(frozen=True)
class Judged:
    """One criterion on every row of a table.

    Attributes
    ----------
    criterion : what was judged.
    rank : :data:`RANK` of the verdict, int8, shape (rows,).
    reasons : French, shape (rows,).
    """

    criterion: Criterion
    rank: npt.NDArray[np.int8]
    reasons: list[str]


def judged(table: pd.DataFrame, rule: Rule) -> Judged:
    """Judge every row of a table; rows alike are judged once. A column that is absent is null."""
    criterion, columns, judge = rule
    known: dict[tuple[Any, ...], Verdict] = {}
    rank, reasons = np.zeros(len(table), dtype=np.int8), []
    for row, values in enumerate(zip(*(_values(table, name) for name in columns), strict=True)):
        verdict = known.get(values)
        if verdict is None:
            verdict = known[values] = judge(*values)
        rank[row] = RANK[verdict[0]]
        reasons.append(verdict[1])
    return Judged(criterion, rank, reasons)


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
