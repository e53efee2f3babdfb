"""Made-up schools at real communes, in the columns of the national directory, and the OEPRE list."""

from dataclasses import dataclass

from demo_model import MARK, Commune, Defects, Place, stream
from demo_places import point_in
from demo_tables import csv_bytes

SCHOOLS_FILE, OEPRE_FILE = "schools_demo.csv", "oepre_demo.csv"
SCHOOLS = 120
OEPRE_SCHOOLS, OEPRE_GROUPS, OEPRE_WORKSHOPS = 31, 42, 653
"""Hauts-de-France, 2018-2019: bilan_hdf_2021, priorité 3, objectif n°11 (data/reference/oepre_figures.csv)."""
_UAI_KEYS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_FIRST_UAI = 9801
"""Real numbers of the five départements stop at 7400, but for a few at 99xx."""
_ACADEMIES = {"02": "20", "60": "20", "80": "20", "59": "09", "62": "09"}
_TYPES = (("École élémentaire", "Ecole"), ("École primaire", "Ecole"), ("Collège", "Collège"), ("Lycée", "Lycée"))
_NAMES = ("de l'Exemple", "du Spécimen", "du Modèle", "de la Démonstration", "du Témoin", "de l'Échantillon")
_HEADER = (
    "uai",
    "nom_etablissement",
    "type_etablissement",
    "statut_public_prive",
    "code_commune",
    "nom_commune",
    "code_academie",
    "ecole_maternelle",
    "ecole_elementaire",
    "voie_generale",
    "nombre_d_eleves",
    "lon",
    "lat",
    "donnee_fictive",
)
_OEPRE_HEADER = (
    "uai",
    "nom_etablissement",
    "commune",
    "groupe",
    "ateliers",
    "jours",
    "horaires",
    "niveau",
    "annee_scolaire",
    "donnee_fictive",
)
_DAYS = ("lundi et jeudi", "mardi", "mardi et vendredi", "jeudi", "lundi", "mercredi matin", "vendredi")
_HOURS = ("8h45-10h45", "9h-11h", "13h45-15h45", "14h-16h", "17h30-19h")
_LEVELS = ("A1.1", "A1", "A1.1", "A2", "", "", "débutants")


@dataclass(frozen=True)
class School:
    """A made-up school and its row of the directory."""

    place: Place
    row: dict[str, str]


def make_schools(communes: dict[str, Commune]) -> list[School]:
    """Make up schools, more where more people live, at least one by chosen commune."""
    rng = stream("schools")
    towns = sorted(communes.values(), key=lambda town: (-town.population, town.code))[:90]
    rural = rng.sample([town for town in communes.values() if 800 < town.population < 4_000], 20)  # noqa: PLR2004
    chosen = sorted([*towns, *towns[:10], *rural], key=lambda town: town.code)
    numbers = dict.fromkeys(_ACADEMIES, _FIRST_UAI)
    schools = []
    for town in chosen[:SCHOOLS]:
        label, kind = rng.choice(_TYPES if town.population > 10_000 else _TYPES[:2])  # noqa: PLR2004
        uai = with_key(f"{town.departement:0>3}{numbers[town.departement]}")
        numbers[town.departement] += 1
        name = f"{label} {rng.choice(_NAMES)} (fictif) {MARK}"
        longitude, latitude = point_in(town, rng)
        pupils = rng.randint(60, 300) if kind == "Ecole" else rng.randint(280, 1100)
        values = (
            uai,
            name,
            kind,
            "Public" if rng.random() < 0.85 else "Privé",  # noqa: PLR2004 -- a share
            town.code,
            town.name,
            _ACADEMIES[town.departement],
            {"École primaire": "1.0", "École élémentaire": "0.0"}.get(label, ""),
            "1.0" if kind == "Ecole" else "",
            {"Lycée": "1", "Collège": "0"}.get(kind, ""),
            f"{pupils}.0",
            str(longitude),
            str(latitude),
            "oui",
        )
        place = Place(town, name.removesuffix(MARK).strip(), "1 rue de l'École (fictive)", longitude, latitude, uai)
        schools.append(School(place, dict(zip(_HEADER, values, strict=True))))
    return schools


def with_key(digits: str) -> str:
    """Add to a UAI its control letter: the remainder of its seven digits by 23."""
    return f"{digits}{_UAI_KEYS[int(digits) % len(_UAI_KEYS)]}"


def hosts(schools: list[School]) -> list[School]:
    """Choose the schools that hold OEPRE groups: public, in towns, in the directory's order."""
    public = [s for s in schools if s.row["statut_public_prive"] == "Public"]
    towns = sorted(public, key=lambda s: (-s.place.commune.population, s.row["uai"]))
    return sorted(towns[: OEPRE_SCHOOLS - 1], key=lambda s: s.row["uai"])


def write_schools(schools: list[School], oepre: list[School], defects: Defects) -> bytes:
    """Return the directory; three schools that hold no group have a defect."""
    used = {school.row["uai"] for school in oepre}
    free = [dict(school.row) for school in schools if school.row["uai"] not in used][:3]
    free[0] |= {"lon": free[0]["lat"], "lat": free[0]["lon"]}
    free[1] |= {"lon": "", "lat": ""}
    free[2] |= {"nombre_d_eleves": "-1"}
    for row, defect in zip(free, ("swapped_coordinates", "missing_coordinates", "negative_pupils"), strict=True):
        defects.note(SCHOOLS_FILE, defect, row["uai"])
    changed = {row["uai"]: row for row in free}
    rows = [changed.get(school.row["uai"], school.row) for school in schools]
    return csv_bytes(_HEADER, [list(row.values()) for row in rows], separator=",")


def write_oepre(oepre: list[School], defects: Defects) -> bytes:
    """Return the list keyed by UAI, a row per group: published totals of schools, groups and workshops."""
    rng = stream("oepre")
    unknown = with_key("0599899")
    defects.note(OEPRE_FILE, "unknown_uai", unknown)
    sites = [(s.row["uai"], s.row["nom_etablissement"], s.place.commune.name) for s in oepre]
    sites.append((unknown, f"Collège absent de l'annuaire (fictif) {MARK}", "Lille"))
    several = set(rng.sample(range(OEPRE_SCHOOLS), OEPRE_GROUPS - OEPRE_SCHOOLS))
    groups = [(site, group) for index, site in enumerate(sites) for group in range(1, 3 if index in several else 2)]
    workshops = _split(OEPRE_WORKSHOPS, OEPRE_GROUPS, minimum=8)
    rng.shuffle(workshops)
    rows = [
        [*site, str(group), str(count), rng.choice(_DAYS), rng.choice(_HOURS), rng.choice(_LEVELS), "2026-2027", "oui"]
        for (site, group), count in zip(groups, workshops, strict=True)
    ]
    rows[3][4] = f"{rows[3][4]},0"
    defects.note(OEPRE_FILE, "comma_decimals", f"{rows[3][0]}-{rows[3][3]}")
    return csv_bytes(_OEPRE_HEADER, rows, separator=";")


def _split(total: int, parts: int, *, minimum: int) -> list[int]:
    """Share a total out, the first parts having most."""
    weights = [1 / (index + 4) for index in range(parts)]
    rest = total - minimum * parts
    shares = [minimum + int(rest * weight / sum(weights)) for weight in weights]
    for index in range(total - sum(shares)):
        shares[index % parts] += 1
    return shares
