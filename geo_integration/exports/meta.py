"""What travels with every figure: date, question asked, sources, method, engine and warnings."""

from collections.abc import Sequence
from typing import Any, NotRequired, TypedDict

from geo_integration.vocabulary import Engine, Kind, Level, Mode, Term

FICTITIOUS = "DONNÉES FICTIVES — démonstration"
"""Shown wherever a made-up row enters a figure."""


class Source(TypedDict, total=False):
    """One source of the figures; every key is optional but ``name``."""

    name: str
    publisher: str
    date: str
    licence: str
    url: str
    note: str


class Meta(TypedDict):
    """The question a coverage table answers, and where its figures come from."""

    title: str
    as_of: str
    """Day the offers are looked at, ISO 8601."""
    kind: str
    level: str | None
    """``None`` for any level."""
    mode: str
    cutoff: float
    """Longest trip accepted, minutes; 0 where nothing is travelled."""
    engine: str
    sources: list[Source]
    method: str
    notes: list[str]
    synthetic: bool
    """True where made-up rows enter the figures."""
    disclaimer: list[str]
    territory: NotRequired[str]
    """What the table covers, in French, e.g. « Hauts-de-France »."""
    bounds: NotRequired[list[str]]
    """What the low and the high bound of the figures count, a French sentence each."""


_OUTLINES = {
    Engine.OUTLINE.value: "Temps estimés sur un réseau simplifié : ce ne sont pas des itinéraires.",
    Engine.TIMETABLE_OUTLINE.value: "Temps de marche estimés à vol d'oiseau allongé : ce ne sont pas des itinéraires.",
}
EMPTY = "Inconnu ou sans objet, jamais zéro."


def warnings(meta: Meta) -> list[str]:
    """Return what must be read before any figure: made-up rows, outline times."""
    fictitious = [FICTITIOUS] if meta["synthetic"] else []
    outline = _OUTLINES.get(meta["engine"])
    return [*fictitious, *([outline] if outline else [])]


def told(meta: Meta, figures: Sequence[tuple[str, str]] = ()) -> list[tuple[str, str]]:
    """Return all that goes with the figures as (French label, French text) pairs, warnings excepted."""
    return [
        *question(meta),
        *(("Chiffre clé", f"{value} {sentence}".strip()) for value, sentence in figures),
        ("Méthode", meta["method"]),
        *(("Source", source_line(source)) for source in meta["sources"]),
        *(("Bornes", text) for text in meta.get("bounds", [])),
        *(("À savoir", text) for text in meta["notes"]),
        *(("Limite", text) for text in meta["disclaimer"]),
    ]


def label_of(terms: type[Term], code: str | None, *, absent: str = "") -> str:
    """Return the French label of a code; a code outside the list is shown as it is."""
    if not code:
        return absent
    found = next((member for member in terms if member.value == code), None)
    return found.label if found is not None else code


def question(meta: Meta) -> list[tuple[str, str]]:
    """Return what was asked, as (French label, French value) pairs, in reading order.

    What asks for no kind of course (``referencing``) asks for no level and no trip either.
    """
    when = ("Offres observées au", french_date(meta["as_of"]))
    if not meta["kind"]:
        return [("Territoire", meta.get("territory", "")), when]
    return [
        ("Territoire", meta.get("territory", "")),
        ("Type de cours", label_of(Kind, meta["kind"])),
        ("Niveau", label_of(Level, meta["level"], absent="Tous niveaux")),
        ("Mode de déplacement", label_of(Mode, meta["mode"])),
        ("Durée maximale du trajet", f"{meta['cutoff']:g} minutes" if meta["cutoff"] else ""),
        ("Calcul des temps", label_of(Engine, meta["engine"])),
        when,
    ]


def french_date(iso: str) -> str:
    """Return ``2026-11-22`` as ``22/11/2026``; anything else unchanged."""
    parts = iso.split("-")
    return "/".join(reversed(parts)) if len(parts) == 3 else iso  # noqa: PLR2004 -- year, month, day


def source_line(source: Source) -> str:
    """Return one source as one French line: name, publisher, date, licence, note."""
    named: dict[str, Any] = dict(source)
    parts = [str(named[key]) for key in ("name", "publisher", "date", "licence", "note") if named.get(key)]
    return " · ".join(parts)
