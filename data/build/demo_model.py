"""What the steps of the demo generator pass to each other, and how they draw at random."""

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from shapely.geometry.base import BaseGeometry

SEED = 20261001
AS_OF = date(2026, 10, 1)
MARK = "[DONNÉE FICTIVE]"
"""Stands in every title and name: no word of it says anything about a course."""
CARIF = "99"
"""Made-up number of a Carif-Oref: real identifiers start with another, so they can never collide."""
DEPARTEMENTS = ("02", "59", "60", "62", "80")


def stream(name: str) -> random.Random:
    """Return a generator of its own for one step, so that changing a step leaves the others as they are."""
    return random.Random(f"{SEED}:{name}")  # noqa: S311 -- a reproducible draw, not a secret


@dataclass(frozen=True)
class Commune:
    """A real commune: where demo places stand."""

    code: str
    name: str
    population: int
    departement: str
    postcode: str
    longitude: float
    latitude: float
    polygon: BaseGeometry | None


@dataclass(frozen=True)
class Provider:
    """A made-up training organisation."""

    number: str
    name: str
    legal_name: str
    siret: str
    phone: str
    mobile: str
    email: str


@dataclass(frozen=True)
class Place:
    """A made-up address in a real commune."""

    commune: Commune
    name: str
    street: str
    longitude: float
    latitude: float
    uai: str | None = None


@dataclass(frozen=True)
class Session:
    """One session of a course; ``state`` is LHEO's etat-recrutement."""

    number: str
    start: date
    end: date
    state: str
    registration: tuple[date, date] | None
    note: str


@dataclass
class Course:
    """One action at one place, as its organisation would tell it."""

    kind: str
    formation: str
    action: str
    title: str
    objective: str
    results: str
    content: str
    conditions: str
    rhythm: str
    formacodes: tuple[str, ...]
    publics: tuple[str, ...]
    modality: str
    permanent: bool
    programme: str
    market: str
    funders: tuple[str, ...]
    places: int
    weekly_hours: int
    total_hours: int
    updated: date
    provider: Provider
    place: Place
    sessions: list[Session]
    lheo: dict[str, str | None] = field(default_factory=dict)
    """Values that the LHEO file states instead of the true ones: the defects. None leaves the element out."""


@dataclass
class Defects:
    """The deliberate defects: file → defect → records that carry it."""

    found: dict[str, dict[str, list[str]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))

    def note(self, file: str, defect: str, record: str) -> None:
        """Write down that a record of a file carries a defect."""
        self.found[file][defect].append(record)
