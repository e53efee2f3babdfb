"""Real communes of Hauts-de-France, and made-up places, schools and organisations inside them."""

import math
import random
import unicodedata
from pathlib import Path

import geopandas as gpd
from demo_model import DEPARTEMENTS, Commune, Place, Provider
from shapely import Point

_STREETS = (
    "rue de l'Exemple",
    "avenue du Spécimen",
    "place du Modèle",
    "boulevard de la Démonstration",
    "rue du Témoin",
    "allée de l'Échantillon",
    "chemin de l'Essai",
    "rue de la Maquette",
)
_HOSTS = (
    "Maison de quartier Exemple",
    "Centre social Spécimen",
    "Salle polyvalente Modèle",
    "Médiathèque Témoin",
    "Maison des associations Exemple",
    "Espace France services Spécimen",
    "Bâtiment Échantillon",
    "Foyer Modèle",
)
_ORGANISATIONS = (
    ("Association Exemple", "fictive"),
    ("Centre social Spécimen", "fictif"),
    ("Maison de quartier Modèle", "fictive"),
    ("GRETA Exemple", "fictif"),
    ("Organisme Témoin Formation", "fictif"),
    ("Atelier Échantillon des langues", "fictif"),
    ("CCAS Exemple", "fictif"),
    ("Entraide Spécimen", "fictive"),
    ("Institut Modèle de formation", "fictif"),
    ("Collectif Témoin d'accueil", "fictif"),
)
_SAME_NAME = 0.8
"""Share of organisations whose legal name is their usual one."""
_KILOMETRES_PER_DEGREE = 111.2


def load_communes(path: Path) -> dict[str, Commune]:
    """Read the communes of the five départements, by INSEE code, in code order."""
    table = gpd.read_parquet(path)
    table = table[table["departement_code"].isin(DEPARTEMENTS)].sort_values("code")
    communes = {}
    for row in table.itertuples(index=False):
        if not (row.population > 0 and row.postcodes and math.isfinite(row.mairie_lon)):
            continue
        communes[row.code] = Commune(
            code=row.code,
            name=row.name,
            population=int(row.population),
            departement=row.departement_code,
            postcode=_main_postcode(row.postcodes),
            longitude=float(row.mairie_lon),
            latitude=float(row.mairie_lat),
            polygon=row.geometry,
        )
    return communes


def _main_postcode(postcodes: str) -> str:
    """Choose the ordinary one (59000, not 59777) where a commune has several."""
    codes = sorted(postcodes.split(";"))
    return next((code for code in codes if code.endswith("00")), codes[0])


def kilometres(a: Commune, b: Commune) -> float:
    """Return the distance between two mairies on a flat map: good enough to choose towns."""
    x = (a.longitude - b.longitude) * math.cos(math.radians((a.latitude + b.latitude) / 2))
    return _KILOMETRES_PER_DEGREE * math.hypot(x, a.latitude - b.latitude)


def point_in(commune: Commune, rng: random.Random) -> tuple[float, float]:
    """Draw a point around the mairie, inside the commune: nearer each time it falls outside."""
    reach = min(2.5, 0.2 + math.sqrt(commune.population) / 150) / _KILOMETRES_PER_DEGREE
    angle, share = rng.uniform(0, 2 * math.pi), math.sqrt(rng.random())
    for _ in range(12):
        longitude = commune.longitude + reach * share * math.cos(angle) / math.cos(math.radians(commune.latitude))
        latitude = commune.latitude + reach * share * math.sin(angle)
        if commune.polygon is None or commune.polygon.contains(Point(longitude, latitude)):
            return round(longitude, 6), round(latitude, 6)
        share /= 2
    return round(commune.longitude, 6), round(commune.latitude, 6)


def make_place(commune: Commune, rng: random.Random) -> Place:
    """Make up a place open to the public."""
    longitude, latitude = point_in(commune, rng)
    return Place(
        commune=commune,
        name=f"{rng.choice(_HOSTS)} (lieu fictif)",
        street=f"{rng.randint(1, 90)} {rng.choice(_STREETS)}",
        longitude=longitude,
        latitude=latitude,
    )


def make_providers(commune: Commune, count: int, first: int, rng: random.Random) -> list[Provider]:
    """Make up the organisations of a town, numbered from ``first``."""
    chosen = rng.sample(_ORGANISATIONS, min(count, len(_ORGANISATIONS)))
    providers = []
    for offset, (name, fictional) in enumerate(chosen):
        number = first + offset
        full = f"{name} – {commune.name} ({fictional})"  # noqa: RUF001 -- a dash, as in French
        legal = full if rng.random() < _SAME_NAME else f"{name} du pays de {commune.name} ({fictional})"
        providers.append(
            Provider(
                number=f"99_OF_{number:06d}",
                name=full,
                legal_name=legal,
                siret=fictional_siret(number),
                phone=f"035301{number:04d}",
                mobile=f"063998{number:04d}",
                email=f"accueil.{slug(name)}.{slug(commune.name)}@example.org",
            )
        )
    return providers


def fictional_siret(number: int) -> str:
    """Make a SIRET with right Luhn keys whose SIREN starts with 00000.

    Such numbers lie below the lowest ones of the Sirene register (000 199 968, 000 325 175): nobody has them.
    """
    siren = _with_luhn_key(f"{number:08d}")
    return _with_luhn_key(f"{siren}0001")


def _with_luhn_key(digits: str) -> str:
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if position % 2 == 0 else 1)
        total += value - 9 if value > 9 else value  # noqa: PLR2004 -- Luhn: sum of the digits of the double
    return f"{digits}{-total % 10}"


def slug(text: str) -> str:
    """Write a name in small ASCII letters and hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "-".join("".join(letter if letter.isalnum() else " " for letter in plain).split())
