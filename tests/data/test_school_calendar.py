"""School holidays and zones as typed: whole, coherent, and true to days everyone can check."""

import csv
from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

from geo_integration import territories

REFERENCE = Path(__file__).resolve().parents[2] / "data" / "reference"
SATURDAY, THURSDAY = 5, 3
ASCENSION = {date(2026, 5, 14), date(2027, 5, 6), date(2028, 5, 25)}  # Easter (5 April, 28 March, 16 April) + 39 days


def read(name: str) -> list[dict[str, str]]:
    with (REFERENCE / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, strict=True))


HOLIDAYS = read("school_holidays.csv")


def days(row: dict[str, str]) -> tuple[date, date]:
    return date.fromisoformat(row["first_day_off"]), date.fromisoformat(row["classes_resume"])


def test_every_zone_has_every_holiday_of_every_year() -> None:
    found = {(row["school_year"], row["zone"]): [] for row in HOLIDAYS}
    for row in HOLIDAYS:
        found[row["school_year"], row["zone"]].append(row["holiday"])
    usual = ["Toussaint", "Noël", "Hiver", "Printemps", "Pont de l'Ascension"]
    for (year, _), names in found.items():
        # When classes resume after the summer of 2028 is not published.
        assert names == (usual if year == "2027-2028" else [*usual, "Été"])
    assert len(found) == 3 * 3


def test_holidays_begin_on_a_saturday_and_do_not_overlap() -> None:
    for zone in "ABC":
        mine = sorted(days(row) for row in HOLIDAYS if row["zone"] == zone)
        for (_, resumes), (after, _) in pairwise(mine):
            assert resumes < after
    for row in HOLIDAYS:
        first, resumes = days(row)
        if row["holiday"] == "Pont de l'Ascension":
            assert first in ASCENSION
            assert first.weekday() == THURSDAY
            assert resumes - first == timedelta(days=4)
            continue
        assert first.weekday() == SATURDAY, row
        if row["holiday"] != "Été":
            # Two weeks; one day more where the Monday classes would resume on is a public holiday (1 and 8 May 2028).
            assert (resumes - first).days in ({17} if resumes.isoformat() in {"2028-05-02", "2028-05-09"} else {16})


def test_zones_share_toussaint_and_noel_and_not_winter() -> None:
    for year in ("2025-2026", "2026-2027", "2027-2028"):
        for name, distinct in (("Toussaint", 1), ("Noël", 1), ("Hiver", 3), ("Printemps", 3)):
            starts = {row["first_day_off"] for row in HOLIDAYS if (row["school_year"], row["holiday"]) == (year, name)}
            assert len(starts) == distinct, (year, name)


def test_every_line_names_an_arrete() -> None:
    assert all(row["source"].startswith("arrêté du ") for row in HOLIDAYS)
    by_year = {row["school_year"]: row["source"][: len("arrêté du 22 octobre 2025")] for row in HOLIDAYS}
    assert by_year["2025-2026"].startswith("arrêté du 7 décembre 2022")
    assert by_year["2026-2027"] == "arrêté du 22 octobre 2025"
    assert by_year["2027-2028"].startswith("arrêté du 21 juillet 2026")


def test_every_departement_has_its_zone_and_regions_their_own() -> None:
    zones = {row["departement_code"]: row["zone"] for row in read("school_zones.csv")}
    table = territories.departements(geometry=False).set_index("code")
    metropole = set(table.index[table["zone"] == "metro"])
    assert metropole <= set(zones)
    assert {code for code, zone in zones.items() if not zone} == {"2A", "2B", "971", "972", "973", "974", "976"}
    # Départements of zone A: 4+5+4+4+5+3+3+4 (Besançon to Poitiers); B: 4+3+2+4+5+2+5+6+4+4+2; C: 3+5+1+8+4.
    assert Counter(zone for zone in zones.values() if zone) == {"A": 32, "B": 41, "C": 21}
    assert {zones[code] for code in ("02", "59", "60", "62", "80")} == {"B"}
    by_region: dict[str, set[str]] = {}
    for code, zone in zones.items():
        by_region.setdefault(str(table.loc[code, "region_code"]), set()).add(zone)
    # A région is in one zone since 2016, that is what the zones were drawn for.
    assert all(len(found) == 1 for found in by_region.values()), by_region
