"""What every source gives back: validated tables, and everything that was wrong with the file."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from geo_integration.errors import InputRefusedError
from geo_integration.settings import settings
from geo_integration.vocabulary import Outcome

_VALUE_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one value of a file, and what became of it."""

    file: str
    where: str
    """Line (``ligne 12``), cell (``feuille Offres, ligne 12``) or element path (``lheo/offres/formation[2]/…``)."""
    field: str
    value: str
    reason: str
    outcome: Outcome


@dataclass
class ProblemLog:
    """Collects the problems of one file; keeps the first ones whole and counts the rest."""

    file: str
    problems: list[Problem] = field(default_factory=list)
    counts: Counter[Outcome] = field(default_factory=Counter)

    def reject(self, where: str, field_name: str, value: object, reason: str) -> None:
        """Note a row that is left out."""
        self._add(where, field_name, value, reason, Outcome.ROW_REJECTED)

    def leave(self, where: str, field_name: str, value: object, reason: str) -> None:
        """Note a sound row that is not a French course for learners."""
        self._add(where, field_name, value, reason, Outcome.OUT_OF_SCOPE)

    def drop(self, where: str, field_name: str, value: object, reason: str) -> None:
        """Note a value that is left out of a row that is kept."""
        self._add(where, field_name, value, reason, Outcome.FIELD_DROPPED)

    def repair(self, where: str, field_name: str, value: object, reason: str) -> None:
        """Note a value put right, as the reason says."""
        self._add(where, field_name, value, reason, Outcome.REPAIRED)

    def _add(self, where: str, field_name: str, value: object, reason: str, outcome: Outcome) -> None:
        self.counts[outcome] += 1
        if len(self.problems) < settings().max_rejections_kept:
            text = "" if value is None else str(value)[:_VALUE_CHARACTERS]
            self.problems.append(Problem(self.file, where, field_name, text, reason, outcome))


@dataclass(frozen=True)
class Import:
    """One file read: its tables (layer name → rows that conform to the layer) and its report."""

    source: str
    """Name of the source in the store, e.g. ``lheo``."""
    file: str
    """Name of the file, without its folder."""
    sha256: str
    tables: Mapping[str, pd.DataFrame]
    log: ProblemLog
    read: int
    """Records met in the file: rows or offers, good and bad."""
    synthetic: bool = False
    covers: tuple[str, ...] = ()
    """Codes of the départements this source reports on; elsewhere its silence means nothing."""

    @property
    def accepted(self) -> int:
        """Rows of the main (first) table."""
        return len(next(iter(self.tables.values()))) if self.tables else 0

    @property
    def rejected(self) -> int:
        """Rows left out because something is wrong with them."""
        return self.log.counts[Outcome.ROW_REJECTED]

    @property
    def out_of_scope(self) -> int:
        """Sound rows that are not French courses for learners."""
        return self.log.counts[Outcome.OUT_OF_SCOPE]

    def report(self) -> pd.DataFrame:
        """Return the problems as a table: file, where, field, value, reason, outcome."""
        columns = ["file", "where", "field", "value", "reason", "outcome"]
        rows = [(p.file, p.where, p.field, p.value, p.reason, p.outcome.value) for p in self.log.problems]
        return pd.DataFrame(rows, columns=columns, dtype="str")


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file, read in blocks; InputRefusedError when it cannot be read."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise InputRefusedError(
            f"lecture impossible ({error.strerror or error})",
            where=str(path),
            way_out="vérifier le chemin et les droits du fichier",
        ) from error
