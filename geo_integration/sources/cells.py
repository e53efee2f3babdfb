"""Columns of a file matched to fields, and rows read through them: a bad value is noted and left out."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NoReturn, cast

from rapidfuzz import process

from geo_integration.errors import InputRefusedError
from geo_integration.sources import fields
from geo_integration.sources.fields import BadValueError, Repaired
from geo_integration.sources.imports import ProblemLog
from geo_integration.sources.rows import Cell, Row, TableRows, normalise

type Parser[T] = Callable[[Cell], T | Repaired[T]]
type Names = Mapping[str, Sequence[str]]
"""Field → names its column may have, best first; compared without case, accents or punctuation."""

_SUGGESTION_SCORE = 60

SYNTHETIC_NAMES = ("synthetic", "synthétique", "fictif", "donnée fictive", "données fictives")


def match_columns(columns: Sequence[str], names: Names) -> dict[str, str]:
    """Return field → column, for the fields whose column is there."""
    present = {normalise(column): column for column in reversed(columns)}
    found: dict[str, str] = {}
    for field_name, alternatives in names.items():
        column = next((present[normalise(n)] for n in alternatives if normalise(n) in present), None)
        if column is not None:
            found[field_name] = column
    return found


def expected_names(names: Names) -> list[str]:
    """Return every column name a reader knows: it helps to find the header."""
    return [name for alternatives in names.values() for name in alternatives]


def nearest(name: str, among: Sequence[str]) -> str:
    """Return the name most like another, empty when none is."""
    scored = process.extractOne(normalise(name), [normalise(n) for n in among], score_cutoff=_SUGGESTION_SCORE)
    return among[scored[2]] if scored else ""


def require(columns: Mapping[str, str], required: Sequence[str], table: TableRows, names: Names) -> None:
    """Raise InputRefusedError when the column of a required field is absent."""
    missing = [names[name][0] for name in required if name not in columns]
    if missing:
        raise InputRefusedError(
            f"colonne absente : {', '.join(missing)}",
            where=table.file,
            way_out=f"colonnes lues ({table.detail}) : {', '.join(table.columns)} ; "
            "vérifier le format annoncé, ou décrire ces colonnes dans un fichier de correspondance",
        )


@dataclass(frozen=True)
class View:
    """How rows are read: which column holds which field, what is constant, what values become."""

    columns: Mapping[str, str]
    log: ProblemLog
    constants: Mapping[str, Cell] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, Cell]] = field(default_factory=dict)
    """Field → value of the file (normalised) → value wanted."""

    def __call__(self, rows: Iterator[Row]) -> Iterator["Cells"]:
        """Give each row as cells by field."""
        return (Cells(row, self) for row in rows)


class Cells:
    """One row, by field."""

    def __init__(self, row: Row, view: View) -> None:
        self.where = row.where
        self._row = row
        self._view = view

    def has(self, name: str) -> bool:
        """Tell whether the file says anything of this field, in some row."""
        return name in self._view.columns or name in self._view.constants

    def raw(self, name: str) -> Cell:
        """Return the cell as it is, its constant where it is blank; None when there is neither."""
        column = self._view.columns.get(name)
        value = self._row.cells.get(column) if column else None
        if value is None:
            return self._view.constants.get(name)
        table = self._view.values.get(name)
        return table.get(normalise(fields.text(value)), value) if table else value

    def get[T](self, name: str, parser: Parser[T]) -> T | None:
        """Return the value of a field; None when it is blank, or bad: then it is noted and left out."""
        value = self.raw(name)
        if value is None:
            return None
        try:
            return self.kept(name, value, parser(value))
        except BadValueError as error:
            self.drop(name, str(error))
            return None

    def need[T](self, name: str, parser: Parser[T]) -> T:
        """Return a value the row cannot do without; RejectedRowError when it is blank or bad."""
        value = self.raw(name)
        if value is None:
            self.refuse(name, "valeur absente")
        try:
            return self.kept(name, value, parser(value))
        except BadValueError as error:
            self.refuse(name, str(error))

    def text(self, name: str) -> str | None:
        """Return a field as text."""
        return self.get(name, fields.text) or None

    def kept[T](self, name: str, value: Cell, found: T | Repaired[T]) -> T:
        """Return a value, noting what was put right in it."""
        if isinstance(found, Repaired):
            self._view.log.repair(self.where, self.label(name), value, found.reason)
            return cast("T", found.value)
        return found

    def drop(self, name: str, reason: str, value: Cell = None) -> None:
        """Note that a value (that of the field, unless another is given) is left out."""
        shown = self.raw(name) if value is None else value
        self._view.log.drop(self.where, self.label(name), shown, reason)

    def repair(self, name: str, reason: str) -> None:
        """Note that a value is put right."""
        self._view.log.repair(self.where, self.label(name), self.raw(name), reason)

    def refuse(self, name: str, reason: str) -> NoReturn:
        """Give the row up."""
        raise RejectedRowError(self.label(name), self.raw(name), reason)

    def leave(self, name: str, reason: str) -> NoReturn:
        """Leave a sound row out: it is not a French course for learners."""
        raise RejectedRowError(self.label(name), self.raw(name), reason, out_of_scope=True)

    def reject(self, error: "RejectedRowError") -> None:
        """Note that the row is left out."""
        note = self._view.log.leave if error.out_of_scope else self._view.log.reject
        note(self.where, error.column, error.value, str(error))

    def label(self, name: str) -> str:
        """Return the column's name in the file, for the report."""
        return self._view.columns.get(name, name)


class RejectedRowError(ValueError):
    """A row that is not kept; caught by the reader, never seen by users."""

    def __init__(self, column: str, value: Cell, reason: str, *, out_of_scope: bool = False) -> None:
        super().__init__(reason)
        self.column = column
        self.value = value
        self.out_of_scope = out_of_scope


def accepted[T](rows: Iterator[Cells], shape: Callable[[Cells], T | None]) -> Iterator[tuple[Cells, T]]:
    """Shape each row; a row that cannot be kept is noted, None is passed over (already noted)."""
    for cells in rows:
        try:
            shaped = shape(cells)
        except RejectedRowError as error:
            cells.reject(error)
        else:
            if shaped is not None:
                yield cells, shaped
