"""The rule tables of ``data/rules``: read once, checked line by line.

A rule says: where this pattern is found in one of these fields (and not that other pattern), the offer is
this, with this confidence. ``docs/classification.md`` explains each column.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from geo_integration.errors import MappingError, MissingDataError
from geo_integration.settings import settings
from geo_integration.text import fold
from geo_integration.vocabulary import Audience, Kind, Level, Schooling, Term, term

COLUMNS: Final = (
    "rule_id",
    "priority",
    "fields",
    "edition",
    "pattern",
    "not_pattern",
    "role",
    "gives",
    "confidence",
    "note",
)
TEXT_FIELDS: Final = frozenset(
    {
        "title",
        "objective",
        "content",
        "results",
        "conditions",
        "registration",
        "rhythm",
        "public_text",
        "programme",
        "market_reference",
        "funder",
        "declared",
        "kind",
    }
)
CODE_FIELDS: Final = frozenset({"formacode", "public_code"})
NOT_A_COURSE: Final = "not_a_course"
READ_LEVELS: Final = "*"
"""What a level rule gives when the levels are those written in the text it matched."""

_WAY_OUT: Final = "corriger cette ligne (voir docs/classification.md)"
_TERMS: Final[dict[str, type[Term]]] = {"kind": Kind, "level": Level, "schooling": Schooling, "audience": Audience}
_ROLES: Final = {"level": {"entry", "target", "both", "also"}, "audience": {"exclusive", "priority"}}

_LEVEL: Final = r"(?<![\w.])[abc][12](?:[.,][1-9])?\+?(?!\w)"
_JOINT: Final = (
    r"\s*(?:,|/|;|&|\+|-+>?|>|\bet\b|\bou\b|\ba\b|\bau\b|\bpuis\b|\bvers(?: le)?\b|\bjusqu (?:a|au)\b)\s*"
    r"(?:(?:le |du )?niveaux? )?"
)
MACROS: Final = {
    "{LEVEL}": _LEVEL,
    "{LEVELS}": rf"{_LEVEL}(?:{_JOINT}{_LEVEL})*",
}
"""Short names that a pattern may use: one CEFR level, and a list of them."""

_DASHES = re.compile(r"[\u2010-\u2015\u2212]")
_NOT_LETTERS = re.compile("['\u2018\u2019`\u00b4\u02bc_\"\u00ab\u00bb\u201c\u201d]")


def normalise(text: str) -> str:
    """Return a text in lower case, without accents, apostrophes and quotes as spaces, spaces folded."""
    return " ".join(_NOT_LETTERS.sub(" ", fold(_DASHES.sub("-", text))).split())


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a rule table."""

    rule_id: str
    priority: int
    fields: tuple[str, ...]
    edition: str
    pattern: re.Pattern[str]
    not_pattern: re.Pattern[str] | None
    role: str
    gives: tuple[str, ...]
    confidence: float


@cache
def load_rules(name: str, folder: Path | None = None) -> tuple[Rule, ...]:
    """Return the rules of one table (``kind``, ``level``, ``schooling`` or ``audience``), best first.

    Raises
    ------
    MissingDataError
        The table is not there.
    MappingError, UnknownTermError
        A line contradicts itself or names a term that does not exist: file and line are named.
    """
    path = (folder or settings().data / "rules") / f"{name}_rules.csv"
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            rules = list(_rules(name, stream, path.name))
    except OSError as error:
        raise MissingDataError(
            "table de règles absente", where=str(path), way_out="réinstaller le projet avec son dossier data"
        ) from error
    # Stable: where priority and confidence are equal, the first line of the table wins.
    return tuple(sorted(rules, key=lambda rule: (-rule.priority, -rule.confidence)))


def _rules(name: str, lines: Iterator[str], file: str) -> Iterator[Rule]:
    reader = csv.DictReader(lines, strict=True)
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise MappingError(f"colonnes attendues : {', '.join(COLUMNS)}", where=f"{file}, ligne 1", way_out=_WAY_OUT)
    seen: set[str] = set()
    for row in reader:
        where = f"{file}, ligne {reader.line_num}"
        if None in row or None in row.values():
            raise MappingError(f"{len(COLUMNS)} colonnes attendues", where=where, way_out=_WAY_OUT)
        rule = _rule(name, row, where)
        if rule.rule_id in seen:
            raise MappingError(f"identifiant « {rule.rule_id} » en double", where=where, way_out=_WAY_OUT)
        seen.add(rule.rule_id)
        yield rule


def _rule(name: str, row: dict[str, str], where: str) -> Rule:
    def refuse(what: str) -> MappingError:
        return MappingError(what, where=where, way_out=_WAY_OUT)

    if not re.fullmatch(r"[a-z][a-z0-9_]*", row["rule_id"]):
        raise refuse(f"identifiant de règle « {row['rule_id']} » : lettres minuscules, chiffres et _ attendus")
    fields = tuple(row["fields"].split())
    if not fields or not (set(fields) <= TEXT_FIELDS or set(fields) <= CODE_FIELDS):
        raise refuse(f"champs « {row['fields']} » : {', '.join(sorted(TEXT_FIELDS | CODE_FIELDS))} attendus")
    if (row["role"] not in _ROLES[name]) if name in _ROLES else row["role"]:
        raise refuse(f"rôle « {row['role']} » inattendu : {', '.join(sorted(_ROLES.get(name, {'(vide)'})))}")
    if not row["note"]:
        raise refuse("note absente : dire pourquoi la règle existe")
    try:
        priority, confidence = int(row["priority"]), float(row["confidence"])
    except ValueError:
        raise refuse("priorité (entier) ou confiance (0 à 1) illisible") from None
    if not 0 < confidence <= 1:
        raise refuse(f"confiance {confidence} hors de 0-1")
    return Rule(
        rule_id=row["rule_id"],
        priority=priority,
        fields=fields,
        edition=row["edition"],
        pattern=_compiled(row["pattern"], where),
        not_pattern=_compiled(row["not_pattern"], where) if row["not_pattern"] else None,
        role=row["role"],
        gives=_gives(name, row["gives"], where),
        confidence=confidence,
    )


def _gives(name: str, written: str, where: str) -> tuple[str, ...]:
    if (name, written) in {("kind", NOT_A_COURSE), ("level", READ_LEVELS)}:
        return (written,)
    terms = tuple(term(_TERMS[name], value, where=where).value for value in written.split(";"))
    if name in {"kind", "schooling"} and len(terms) > 1:
        raise MappingError("une seule valeur attendue", where=where, way_out=_WAY_OUT)
    return terms


def _compiled(pattern: str, where: str) -> re.Pattern[str]:
    for macro, meaning in MACROS.items():
        pattern = pattern.replace(macro, meaning)
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise MappingError(f"motif illisible : {error}", where=where, way_out=_WAY_OUT) from None
    if compiled.search("") is not None:
        raise MappingError("ce motif est vrai de tout texte", where=where, way_out=_WAY_OUT)
    return compiled
