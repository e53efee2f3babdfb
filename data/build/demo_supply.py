"""Where the made-up courses are: rich cities, poor countryside, alphabétisation rarer than FLE.

The towns are chosen so that every cause of a gap shows at 45 minutes by car: see docs/demo.md.
"""

import random
from dataclasses import dataclass

from demo_model import Commune
from demo_places import kilometres

_OFFERS_BY_POPULATION = (
    (200_000, 46),
    (120_000, 24),
    (85_000, 15),
    (60_000, 11),
    (40_000, 8),
    (30_000, 6),
    (20_000, 4),
)
"""Courses of a town of at least this population."""
_BONUS = {"59512": 6, "62193": 4, "62498": 4, "60175": 3, "59271": 3, "80021": 4}
"""Roubaix, Calais, Lens, Creil, Grande-Synthe, Amiens: more than their size."""
_SMALL_TOWNS = ((12_000, 2, 0.80), (8_000, 1, 0.55), (3_500, 1, 0.10))
"""Population, courses, share of such towns that have any."""
_DESERTS = (
    ("02789", 38.0),  # Vervins: Thiérache
    ("02168", 27.0),  # Château-Thierry: south of the Aisne
    ("62767", 22.0),  # Saint-Pol-sur-Ternoise: Ternois
    ("59036", 17.0),  # Avesnes-sur-Helpe: Avesnois
    ("80620", 22.0),  # Péronne: east of the Somme
    ("60286", 24.0),  # Grandvilliers: Picardie verte, Poix
    ("80373", 20.0),  # Gamaches: Vimeu, Bresle
)
"""Commune in the middle, radius in kilometres: no course at all, but what _RURAL says."""
_RURAL = {"02408": 4, "80001": 3, "62588": 1, "60471": 2, "60395": 2}
"""Laon, Abbeville, Montreuil, Noyon, Méru: some courses, no alphabétisation that takes people."""


@dataclass(frozen=True)
class Alphabetisation:
    """How many alphabétisation courses a town has: that take people, that do not (full, suspended, over)."""

    open: int
    closed: int


ALPHABETISATION = {
    "59350": Alphabetisation(8, 2),  # Lille
    "59512": Alphabetisation(5, 1),  # Roubaix
    "59599": Alphabetisation(3, 1),  # Tourcoing
    "59009": Alphabetisation(1, 1),  # Villeneuve-d'Ascq
    "80021": Alphabetisation(6, 1),  # Amiens
    "62193": Alphabetisation(3, 1),  # Calais
    "62498": Alphabetisation(3, 1),  # Lens
    "62041": Alphabetisation(1, 1),  # Arras
    "59606": Alphabetisation(3, 0),  # Valenciennes
    "60175": Alphabetisation(3, 1),  # Creil
    "02691": Alphabetisation(2, 1),  # Saint-Quentin
    "59271": Alphabetisation(1, 1),  # Grande-Synthe
    "60057": Alphabetisation(0, 2),  # Beauvais: full
    "02722": Alphabetisation(0, 2),  # Soissons: full, suspended
    "59392": Alphabetisation(0, 2),  # Maubeuge: full, suspended
    "02408": Alphabetisation(0, 1),  # Laon: over
    "62160": Alphabetisation(0, 1),  # Boulogne-sur-Mer: full
}


def offers_by_town(communes: dict[str, Commune], rng: random.Random) -> dict[str, int]:
    """Return how many courses each town has (the others have none), in code order."""
    deserts = [(communes[code], radius) for code, radius in _DESERTS]
    counts = {}
    for code, commune in communes.items():
        draw = rng.random()
        count = _RURAL.get(code, 0)
        if not count and not any(kilometres(commune, middle) < radius for middle, radius in deserts):
            count = _offers(commune, draw)
        if count:
            counts[code] = count
    return counts


def _offers(commune: Commune, draw: float) -> int:
    bonus = _BONUS.get(commune.code, 0)
    for population, count in _OFFERS_BY_POPULATION:
        if commune.population >= population:
            return count + bonus
    for population, count, share in _SMALL_TOWNS:
        if commune.population >= population:
            return count if draw < share else 0
    return bonus
