"""What a feed gets wrong (it is refused) and what was put right or must be known (it is noted)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from geo_integration.errors import TimetableRefusedError

Integers = NDArray[np.int64]

MAX_LISTED = 1000
"""Faults of one kind listed one by one; the rest are counted: a wrong column has as many faults as rows."""
_SHOWN = 5
_LONGEST_VALUE = 80


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault, with its place: file inside the feed, line (1 is the header; 0: the file), column, value."""

    file: str
    line: int
    column: str
    value: str
    reason: str
    way_out: str

    @property
    def where(self) -> str:
        """File, line and column, as far as they are known."""
        parts = [self.file]
        if self.line:
            parts.append(f"ligne {self.line}")
        if self.column:
            parts.append(f"colonne {self.column}")
        return ", ".join(parts)

    @property
    def what(self) -> str:
        """Reason and value."""
        return f"{self.reason} (« {self.value} »)" if self.value else self.reason

    def __str__(self) -> str:
        """Everything but the way out, on one line."""
        return f"{self.where} : {self.what}"


@dataclass(frozen=True, slots=True)
class Note:
    """Something repaired, left out or assumed, which whoever shows the minutes should know.

    Attributes
    ----------
    code : closed list, for programs: see ``docs/transit.md``.
    message : for people, in French.
    file : file inside the feed, "" if none.
    count : how many rows, trips, calls or stops; 0 where counting means nothing.
    feed : name of the feed, where several are used together.
    """

    code: str
    message: str
    file: str = ""
    count: int = 0
    feed: str = ""

    def __str__(self) -> str:
        """Message with where it belongs."""
        place = " : ".join(part for part in (self.feed, self.file) if part)
        return f"{place} : {self.message}" if place else self.message


class Located(Protocol):
    """A table that knows on which line of its file each row stands."""

    @property
    def file(self) -> str:
        """Name inside the feed."""
        ...

    def lines(self, rows: Integers) -> list[int]:
        """Return the line on which each row begins."""
        ...

    def values(self, column: str, rows: Integers) -> list[str]:
        """Return the values of a column, "" where the column is absent."""
        ...


@dataclass
class Log:
    """Collects faults and notes while a feed is read."""

    problems: list[Problem] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def refuse(self, table: Located, where: NDArray[np.bool_] | Integers, column: str, reason: str, way: str) -> None:
        """Note a fault on rows of a table, given by position or by mask."""
        rows = np.asarray(where)
        rows = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        if not len(rows):
            return
        kept = rows[:MAX_LISTED].astype(np.int64)
        pairs = zip(table.lines(kept), table.values(column, kept), strict=True)
        self.problems += [
            Problem(table.file, line, column, value[:_LONGEST_VALUE], reason, way) for line, value in pairs
        ]
        if len(rows) > MAX_LISTED:
            more = f"{reason} : {len(rows) - MAX_LISTED} autres lignes"
            self.problems.append(Problem(table.file, 0, column, "", more, way))

    def refuse_file(self, file: str, reason: str, way: str, *, column: str = "", line: int = 0) -> None:
        """Note a fault of a whole file or of one of its columns."""
        self.problems.append(Problem(file, line, column, "", reason, way))

    def note(self, code: str, message: str, file: str = "", count: int = 0) -> None:
        """Note what was repaired, left out or assumed."""
        self.notes.append(Note(code, message, file, int(count)))

    def raise_if_refused(self, source: str) -> None:
        """Raise TimetableRefusedError when a fault was found."""
        if self.problems:
            raise refusal(source, self.problems)


def refusal(source: str, problems: Iterable[Problem]) -> TimetableRefusedError:
    """Return the error that says the first faults, how many there are, and holds them all."""
    found = list(problems)
    first = found[0]
    what = first.what
    if len(found) > 1:
        others = [f"  - {problem}" for problem in found[1:_SHOWN]]
        others += [f"  - et {len(found) - _SHOWN} autres"] if len(found) > _SHOWN else []
        what = "\n".join([f"{what} ; {len(found)} défauts en tout, dont aussi :", *others])
    error = TimetableRefusedError(what, where=f"{source}, {first.where}", way_out=first.way_out)
    error.problems = tuple(str(problem) for problem in found)
    return error


def whole(source: str, reason: str, way: str) -> TimetableRefusedError:
    """Return the error for a feed that cannot even be opened."""
    error = TimetableRefusedError(reason, where=source, way_out=way)
    error.problems = (f"{source} : {reason}",)
    return error
