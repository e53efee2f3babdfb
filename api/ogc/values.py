"""Columns, values and warnings of a collection as a French reader sees them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from api.ogc.words import label_of_column
from geo_integration.exports.meta import french_date
from geo_integration.maps.text import ABSENT, typeset
from geo_integration.maps.text import whole as whole_number
from geo_integration.schema import SEPARATOR

if TYPE_CHECKING:
    from geo_integration.features import Collection
    from geo_integration.schema import Column
    from geo_integration.vocabulary import Term

_KINDS = {
    "text": "texte",
    "list": "liste",
    "date": "date",
    "integer": "nombre entier",
    "number": "nombre",
    "boolean": "oui ou non",
}
_DAY = 10
"""Characters of an ISO date."""


@dataclass(frozen=True)
class Shown:
    """A column: its name in the data, its French heading and meaning, and the labels of its codes."""

    name: str
    label: str
    meaning: str
    type: str
    labels: Mapping[str, str]

    @property
    def numeric(self) -> bool:
        """Say whether its values are numbers, to be aligned as such."""
        return self.type in {"integer", "number"}

    @property
    def kind(self) -> str:
        """Return its type in French."""
        return _KINDS.get(self.type, self.type)


@dataclass(frozen=True)
class About:
    """What must be known of a collection, put for reading: warnings first."""

    warnings: tuple[str, ...]
    sources: tuple[Mapping[str, Any], ...]
    method: str
    bounds: tuple[str, ...]
    notes: tuple[str, ...]
    as_of: str
    published_at: str
    snapshots: Mapping[str, str]


def columns_of(collection: "Collection") -> list[Shown]:
    """Return the columns of a collection, in their order."""
    of_coverage = collection.name.startswith("gaps")
    return [_shown(column, of_coverage=of_coverage) for column in collection.columns]


def cells(columns: list[Shown], properties: Mapping[str, Any]) -> list[str]:
    """Return the values of a feature in the order of the columns, as text to read."""
    return [cell(column, properties.get(column.name)) for column in columns]


def cell(column: Shown, value: Any) -> str:  # noqa: ANN401 -- any JSON value
    """Return one value as text: a dash where nothing is known, labels for codes, decimals with a comma."""
    if value is None or value == "":
        return ABSENT
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, int | float):
        return number(value)
    codes = [str(code) for code in value] if isinstance(value, list) else str(value).split(SEPARATOR)
    if column.labels:
        return ", ".join(column.labels.get(code, code) for code in codes)
    if column.type == "date":
        return day(str(value))
    return ", ".join(codes) if column.type == "list" else str(value)


def number(value: float) -> str:
    """Return a number with a comma and at most two decimals, its thousands parted."""
    rounded = round(value, 2)
    if float(rounded).is_integer():
        return whole_number(rounded)
    units, _, decimals = f"{abs(rounded):.2f}".rstrip("0").partition(".")
    return f"{'-' if rounded < 0 else ''}{whole_number(float(units))},{decimals}"


def whole(value: float | None) -> str:
    """Return a whole number with its thousands parted."""
    return whole_number(value)


def day(iso: str | None) -> str:
    """Return an ISO date or instant as a French date; a dash where there is none, the text where it is no date."""
    if not iso:
        return ABSENT
    try:
        return french_date(iso[:_DAY])
    except (ValueError, IndexError, KeyError):
        return iso


def plural(count: int, one: str, many: str) -> str:
    """Return a count with its noun; in French 0 and 1 are singular."""
    return f"{whole_number(count)} {one if count < 2 else many}"  # noqa: PLR2004 -- the French plural


def about_of(collection: "Collection") -> About:
    """Return what must be known of a collection before its figures are used."""
    said = collection.about
    return About(
        warnings=tuple(_warnings(said)),
        sources=tuple(said.get("sources", ())),
        method=typeset(str(said.get("method", ""))),
        bounds=tuple(typeset(one) for one in said.get("bounds", ())),
        notes=tuple(typeset(one) for one in said.get("notes", ())),
        as_of=str(said.get("as_of", "")),
        published_at=str(said.get("published_at") or ""),
        snapshots=collection.snapshots,
    )


def _warnings(said: Mapping[str, Any]) -> list[str]:
    found = []
    if said.get("synthetic"):
        found.append(
            "Données fictives : des lignes sont inventées pour la démonstration. Ne rien décider d'après elles."
        )
    if said.get("estimated"):
        found.append("Estimations : des valeurs sont estimées et non observées.")
    if said.get("outline"):
        found.append("Réseau simplifié : des temps de trajet sont approchés, sans les vraies routes.")
    return [typeset(one) for one in found]


def _shown(column: "Column", *, of_coverage: bool) -> Shown:
    label = label_of_column(column.name, of_coverage=of_coverage)
    meaning = typeset(". ".join(part.rstrip(".") for part in (column.meaning, column.null) if part))
    terms: type[Term] | None = column.terms
    labels = {term.value: term.label for term in terms} if terms is not None else {}
    return Shown(column.name, label, meaning, column.type, labels)
