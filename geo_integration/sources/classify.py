"""Say what a course is, at which level, for which schooling and for whom, by the rules of ``data/rules``.

The rules are data; this engine only applies them. One kind and one schooling win: the highest priority, then
the highest confidence, then the first line. Levels are the union of what the rules of the highest priority
read, entry and target apart. Audiences add up, exclusive before priority.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from geo_integration.sources.records import RawOffer
from geo_integration.sources.rules import CODE_FIELDS, NOT_A_COURSE, READ_LEVELS, Rule, load_rules, normalise
from geo_integration.vocabulary import Audience, Kind, Level, Schooling, Term, term

DECLARED: Final = "declared"
"""Rule that is named where the source itself states the term."""
_EDITION_NOT_STATED: Final = 0.6
"""What the confidence of a rule on a renumbered code is worth when the code comes without its edition."""

_DECLARABLE: Final[dict[str, type[Term]]] = {
    "kind": Kind,
    "level_entry": Level,
    "level_target": Level,
    "schooling": Schooling,
    "audience_exclusive": Audience,
    "audience_priority": Audience,
}
_LADDER: Final = tuple(level.value for level in Level if level is not Level.UNKNOWN)
_WRITTEN: Final = re.compile(r"(?<![\w.])([abc][12])([.,][1-9])?\+?(?!\w)")
_UPWARDS: Final = re.compile(r"\s*(?:-+>?|>|\ba\b|\bau\b|\bvers(?: le)?\b|\bjusqu (?:a|au)\b)\s*(?:(?:le )?niveau )?$")


@dataclass(frozen=True, slots=True)
class Classification:
    """What the rules say of one offer; a rule is empty and its confidence 0 where none applied."""

    kind: Kind = Kind.UNKNOWN
    kind_rule: str = ""
    kind_confidence: float = 0.0
    level_entry: tuple[Level, ...] = ()
    level_target: tuple[Level, ...] = ()
    level_rule: str = ""
    level_confidence: float = 0.0
    schooling: Schooling = Schooling.UNKNOWN
    schooling_rule: str = ""
    schooling_confidence: float = 0.0
    audience_exclusive: tuple[Audience, ...] = ()
    audience_priority: tuple[Audience, ...] = ()
    audience_rule: str = ""
    audience_confidence: float = 0.0
    is_course: bool = True
    exclusion_rule: str = ""
    """The rule that says it is no French course for learners; empty where it is one."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that fired: what it gives here, and how sure it is here."""

    rule: Rule
    gives: tuple[str, ...]
    confidence: float


type Fields = Mapping[str, tuple[str, ...]]


def fields_of(raw: RawOffer) -> dict[str, tuple[str, ...]]:
    """Return the fields that rules are tested on: texts normalised, codes as ``V14:15235``."""
    texts = {
        "title": raw.title,
        "objective": raw.objective,
        "content": raw.content,
        "results": raw.results,
        "conditions": raw.conditions,
        "registration": raw.registration,
        "rhythm": raw.rhythm,
        "public_text": " ; ".join(raw.public_texts),
        "programme": raw.programme,
        "market_reference": raw.market_reference,
        "funder": " ; ".join(raw.funders),
        "declared": " ; ".join(f"{name}={value}" for name, value in raw.declared.items()),
    }
    normal = {name: (normalise(text),) for name, text in texts.items() if text}
    return {**normal, "formacode": raw.formacodes, "public_code": raw.public_codes}


def hits(rules: Iterable[Rule], fields: Fields) -> Iterator[Hit]:
    """Give the rules that fire, best first."""
    for rule in rules:
        matched = [
            (match, confidence)
            for name in rule.fields
            for value in fields.get(name, ())
            for match, confidence in _matches(rule, name, value)
        ]
        if not matched:
            continue
        gives = rule.gives
        if gives == (READ_LEVELS,):
            gives = _ordered({level for match, _ in matched for level in levels_in(_told(match))}, _LADDER)
        if gives:
            yield Hit(rule, gives, max(confidence for _, confidence in matched))


def _matches(rule: Rule, name: str, value: str) -> Iterator[tuple[re.Match[str], float]]:
    if name in CODE_FIELDS:
        edition, _, code = value.rpartition(":")
        match = rule.pattern.fullmatch(code)
        if match and rule.edition in {"", edition}:
            yield match, rule.confidence
        elif match and not edition:
            yield match, round(rule.confidence * _EDITION_NOT_STATED, 2)
    elif rule.not_pattern is None or not rule.not_pattern.search(value):
        for match in rule.pattern.finditer(value):
            yield match, rule.confidence


def _told(match: re.Match[str]) -> str:
    """Return the part of a match that tells the levels: the group ``levels`` where the rule has one."""
    return (match["levels"] or "") if "levels" in match.re.groupindex else match[0]


def levels_in(text: str) -> set[str]:
    """Return the levels written in a normalised text; « a1 a b1 » and « a1-b1 » include what is between."""
    found: set[str] = set()
    before, end = -1, 0
    for match in _WRITTEN.finditer(text):
        base, part = match[1].upper(), (match[2] or "").replace(",", ".")
        level = "A1.1" if base + part == "A1.1" else base  # A2.2 or B1+ are within A2, B1
        rank = _LADDER.index(level)
        if 0 <= before < rank and _UPWARDS.fullmatch(text[end : match.start()]):
            found.update(_LADDER[before:rank])
        found.add(level)
        before, end = rank, match.end()
    return found


def _ordered(values: set[str], order: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(value for value in order if value in values)


def _terms[T: Term](kind: type[T], values: set[str]) -> tuple[T, ...]:
    return tuple(member for member in kind if member.value in values)


def _declared(raw: RawOffer, name: str) -> tuple[str, ...]:
    """Return the terms that the source states outright; UnknownTermError when one is in no closed list."""
    stated = (value.strip() for value in raw.declared.get(name, "").split(";"))
    return tuple(term(_DECLARABLE[name], value, where=raw.where).value for value in stated if value)


def _winners(rules: Iterable[Rule], fields: Fields) -> list[Hit]:
    """Return the hits of the highest priority that has any."""
    for _, group in groupby(rules, key=lambda rule: rule.priority):
        if found := list(hits(group, fields)):
            return found
    return []


def _one(name: str, fields: Fields, declared: str) -> tuple[str, str, float]:
    """Return the one term a table gives, its rule and confidence; empty where no rule fires."""
    if declared:
        return declared, DECLARED, 1.0
    found = _winners(load_rules(name), fields)
    if not found:
        return "", "", 0.0
    best = max(found, key=lambda hit: hit.confidence)
    return best.gives[0], best.rule.rule_id, best.confidence


def _levels(fields: Fields, declared: Fields) -> dict[str, object]:
    rules = load_rules("level")
    sides: dict[str, set[str]] = {}
    used: list[tuple[str, float]] = []
    for side in ("entry", "target"):
        if stated := declared[f"level_{side}"]:
            sides[side] = set(stated)
            used.append((DECLARED, 1.0))
            continue
        best = _winners((rule for rule in rules if rule.role in {side, "both"}), fields)
        if side == "entry":  # « also » adds a level whatever else was read: a group among others
            best += hits((rule for rule in rules if rule.role == "also"), fields)
        sides[side] = {level for hit in best for level in hit.gives}
        used += [(hit.rule.rule_id, hit.confidence) for hit in best]
    return {
        "level_entry": _terms(Level, sides["entry"]),
        "level_target": _terms(Level, sides["target"]),
        "level_rule": _joined(used),
        "level_confidence": min((confidence for _, confidence in used), default=0.0),
    }


def _audience(fields: Fields, declared: Fields) -> dict[str, object]:
    found: dict[str, set[str]] = {"exclusive": set(), "priority": set()}
    used: list[tuple[str, float]] = []
    for role, values in found.items():
        if stated := declared[f"audience_{role}"]:
            values.update(stated)
            used.append((DECLARED, 1.0))
    for hit in hits(load_rules("audience"), fields):
        found[hit.rule.role].update(hit.gives)
        used.append((hit.rule.rule_id, hit.confidence))
    first = found["priority"] - found["exclusive"]
    if len(first) > 1 or found["exclusive"]:
        first -= {Audience.ANY.value}  # « tout public » says nothing beside someone named
    return {
        "audience_exclusive": _terms(Audience, found["exclusive"]),
        "audience_priority": _terms(Audience, first),
        "audience_rule": _joined(used),
        "audience_confidence": min((confidence for _, confidence in used), default=0.0),
    }


def _joined(used: list[tuple[str, float]]) -> str:
    return "+".join(dict.fromkeys(rule_id for rule_id, _ in used))


def classify(raw: RawOffer) -> Classification:
    """Return what the rules say of an offer.

    Raises
    ------
    UnknownTermError
        A term that the source declares is in no closed list.
    """
    declared = {name: _declared(raw, name) for name in _DECLARABLE}
    fields = fields_of(raw)
    kind, kind_rule, kind_confidence = _one("kind", fields, "".join(declared["kind"]))
    if kind == NOT_A_COURSE:
        return Classification(
            kind_rule=kind_rule, kind_confidence=kind_confidence, is_course=False, exclusion_rule=kind_rule
        )
    fields["kind"] = (kind,) if kind else ()
    schooling, schooling_rule, schooling_confidence = _one("schooling", fields, "".join(declared["schooling"]))
    return Classification(
        kind=term(Kind, kind) if kind else Kind.UNKNOWN,
        kind_rule=kind_rule,
        kind_confidence=kind_confidence,
        schooling=term(Schooling, schooling) if schooling else Schooling.UNKNOWN,
        schooling_rule=schooling_rule,
        schooling_confidence=schooling_confidence,
        **_levels(fields, declared),  # type: ignore[arg-type]
        **_audience(fields, declared),  # type: ignore[arg-type]
    )
