"""Made-up counts by commune: refugees (BPI) and housing, their totals bounded by the published figures."""

import csv
import io
import random
from collections.abc import Sequence

from demo_model import Commune, Defects, stream
from demo_places import kilometres

BPI_FILE, HOUSING_FILE = "bpi_demo.csv", "housing_demo.csv"
BPI_TOTAL = 4_850
"""Under three years of CIR signatories of humanitarian status (1,679 in 2019, data/reference/cir_figures.csv), whatever
the masked counts hide. No stock is published; people stay years, and some leave the région."""
_MASK_BELOW = 5
_SOURCE = "Fichier inventé pour la démonstration"

IML_PLACES, CAPTURED_NORD = 1_295, 527
"""Published for October 2020 and January 2021 (data/reference/housing_figures.csv); the tables below add up to: 447 CPH
places (created in 2019), 91 of pensions de famille (December 2020), 550 HUDA (725 in 2016), 640 CADA (unpublished)."""

_CPH = {
    "59350": 90,
    "59512": 45,
    "62498": 40,
    "62193": 42,
    "80021": 60,
    "60175": 50,
    "02691": 40,
    "60057": 45,
    "59606": 35,
}
_CADA = {
    "59350": 110,
    "59183": 60,
    "62041": 70,
    "62160": 50,
    "80021": 80,
    "60159": 60,
    "60057": 50,
    "02691": 60,
    "02408": 40,
    "02381": 60,
}
_HUDA = {"59350": 120, "62193": 90, "62041": 60, "80021": 80, "60175": 70, "02722": 40, "59392": 50, "80001": 40}
_PENSION = {"59350": 21, "62498": 20, "80021": 16, "60057": 24, "02691": 10}
_OPERATORS = ("Association Exemple logement (fictive)", "Entraide Spécimen (fictive)", "Coopérative Modèle (fictive)")
_BPI_HEADER = ("code_commune", "commune", "nb_bpi", "date_observation", "source", "donnee_fictive")
_HOUSING_HEADER = (
    "code_commune",
    "commune",
    "type",
    "logements",
    "places",
    "periode",
    "gestionnaire",
    "source",
    "donnee_fictive",
)


def csv_bytes(header: Sequence[str], rows: list[list[str]], *, separator: str) -> bytes:
    """Write a CSV file in UTF-8 with plain line ends."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()


def write_bpi(communes: dict[str, Commune], defects: Defects) -> bytes:
    """Return the counts of refugees: towns with reception places first, small numbers masked."""
    rng = stream("bpi")
    centres = set(_CPH) | set(_CADA) | set(_HUDA)
    large = [c for c in communes.values() if c.population >= 15_000 or c.code in centres]  # noqa: PLR2004
    small = [c for c in communes.values() if 2_500 <= c.population < 15_000]  # noqa: PLR2004
    chosen = large + rng.sample(small, 60)
    weights = {c.code: _bpi_weight(c, rng) for c in chosen}
    counts = share_out(BPI_TOTAL, weights)
    rows = []
    for commune in sorted(chosen, key=lambda c: c.code):
        count = counts[commune.code]
        text = f"<{_MASK_BELOW}" if count < _MASK_BELOW else str(count)
        rows.append([commune.code, commune.name, text, "2026-06-30", _SOURCE, "oui"])
    _spoil_bpi(rows, defects)
    return csv_bytes(_BPI_HEADER, rows, separator=";")


def _bpi_weight(commune: Commune, rng: random.Random) -> float:
    places = sum(kind.get(commune.code, 0) for kind in (_CPH, _CADA, _HUDA))
    if commune.population < 15_000 and not places:  # noqa: PLR2004
        return rng.choice((0.6, 1.2, 3, 8))
    return 1.2 * places + commune.population / 900 * rng.uniform(0.5, 1.5)


def _spoil_bpi(rows: list[list[str]], defects: Defects) -> None:
    largest = max((row for row in rows if row[2].isdigit()), key=lambda row: int(row[2]))
    largest[2] = f"{int(largest[2]):,}".replace(",", " ") if len(largest[2]) > 3 else f"{largest[2]},0"  # noqa: PLR2004
    defects.note(BPI_FILE, "number_as_text", largest[0])
    for code, name, count, defect in (
        ("59999", "Commune inconnue", "7", "unknown_commune"),
        ("59355", "Lomme", "12", "former_commune_code"),
        ("62765", "Saint-Omer", "-3", "negative_count"),
    ):
        rows[:] = [row for row in rows if row[0] != code]
        rows.append([code, name, count, "2026-06-30", _SOURCE, "oui"])
        defects.note(BPI_FILE, defect, code)


def share_out(total: int, weights: dict[str, float]) -> dict[str, int]:
    """Share a whole number out by weights: largest remainders, ties by code."""
    whole = sum(weights.values())
    exact = {code: total * weight / whole for code, weight in weights.items()}
    counts = {code: int(value) for code, value in exact.items()}
    by_remainder = sorted(exact, key=lambda code: (counts[code] - exact[code], code))
    for code in by_remainder[: total - sum(counts.values())]:
        counts[code] += 1
    return counts


def write_housing(communes: dict[str, Commune], defects: Defects) -> bytes:
    """Return dwellings and places by commune; never an address."""
    rng = stream("housing")
    rows = []
    for label, table in (("CPH", _CPH), ("CADA", _CADA), ("HUDA", _HUDA), ("Pension de famille", _PENSION)):
        rows += [_housing(communes[code], label, rng, places=count) for code, count in sorted(table.items())]
    towns = {c.code: float(c.population) for c in communes.values() if c.population >= 18_000}  # noqa: PLR2004
    rows += [
        _housing(communes[code], "Intermédiation locative", rng, places=count, dwellings=(count + 2) // 3)
        for code, count in share_out(IML_PLACES, towns).items()
        if count
    ]
    rows += _captured(communes, rng)
    _spoil_housing(rows, defects)
    return csv_bytes(_HOUSING_HEADER, rows, separator=";")


def _captured(communes: dict[str, Commune], rng: random.Random) -> list[list[str]]:
    """Spread captured dwellings around the five centres: AVDL-R in the Nord, fewer elsewhere."""
    rows = []
    others = {"62041": 130, "80021": 120, "60057": 160, "02691": 90}
    for centre, total in {"59350": CAPTURED_NORD, **others}.items():
        middle = communes[centre]
        near = {
            c.code: c.population**0.8 / (4 + kilometres(c, middle))
            for c in communes.values()
            if c.departement == middle.departement and c.population >= 6_000  # noqa: PLR2004
        }
        operator = "AVDL-R, opérateur Exemple (fictif)" if centre == "59350" else ""
        rows += [
            _housing(communes[code], "Logement capté", rng, dwellings=count, operator=operator)
            for code, count in share_out(total, near).items()
            if count
        ]
    return rows


def _housing(
    commune: Commune,
    label: str,
    rng: random.Random,
    *,
    places: int | None = None,
    dwellings: int | None = None,
    operator: str = "",
) -> list[str]:
    counts = ["" if count is None else str(count) for count in (dwellings, places)]
    return [commune.code, commune.name, label, *counts, "2026", operator or rng.choice(_OPERATORS), _SOURCE, "oui"]


def _spoil_housing(rows: list[list[str]], defects: Defects) -> None:
    """Add rows with defects: none of them counts in the totals once it is read rightly."""
    iml = next(row for row in rows if row[2] == "Intermédiation locative")
    iml[4] = f"{iml[4]},0"
    defects.note(HOUSING_FILE, "comma_decimals", iml[0])
    for code, name, label, places, defect in (
        ("59355", "Lomme", "Résidence sociale", "0", "former_commune_code"),
        ("59999", "Commune inconnue", "CADA", "15", "unknown_commune"),
        ("62498", "Lens", "Yourte", "4", "unknown_kind"),
        ("80021", "Amiens", "CPH", "-6", "negative_places"),
    ):
        rows.append([code, name, label, "", places, "2026", _OPERATORS[0], _SOURCE, "oui"])
        defects.note(HOUSING_FILE, defect, code)
