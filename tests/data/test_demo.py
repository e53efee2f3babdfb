"""The demo inputs: the same bytes each time, marked in every record, bounded by the published figures."""

import csv
import importlib
import io
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

ROOT = Path(__file__).resolve().parents[2]
DEMO, BUILD, REFERENCE = ROOT / "data" / "demo", ROOT / "data" / "build", ROOT / "data" / "reference"
SHARED = ROOT.parent / "shared" / "data"
MARK = "[DONNÉE FICTIVE]"
LHEO = "{http://lheo.gouv.fr/2.3}"
HEADER_OF_THE_REAL_DIAN_EXPORT = (
    '\ufeff"ID formation";"Intitulé";"Début";"Fin";"Adressse de la formation";"Région";"Code Postal";"Ville";'
    '"Organisme responsable";"Organisme formateur";"Financeurs";"Tel"'
)


@pytest.fixture(scope="module")
def built() -> Iterator[dict[str, bytes]]:
    sys.path.insert(0, str(BUILD))
    try:
        yield importlib.import_module("demo").build()
    finally:
        sys.path.remove(str(BUILD))


@pytest.fixture(scope="module")
def summary() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DEMO / "demo.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def formations() -> list[Any]:
    return list(etree.parse(DEMO / "lheo_demo.xml").iter(f"{LHEO}formation"))


def rows(name: str, delimiter: str = ";") -> list[dict[str, str]]:
    text = (DEMO / name).read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=delimiter))


def carriers(summary: dict[str, Any], file: str, *defects: str) -> set[str]:
    return {record for defect in defects for record in summary["defects"][file][defect]["records"]}


def published(table: str, indicator: str, period: str, category: str = "") -> int:
    with (REFERENCE / table).open(encoding="utf-8", newline="") as stream:
        table_rows = [r for r in csv.DictReader(stream) if r.get("territory_code") in {"32", "59"}]
    found = [r for r in table_rows if (r["indicator"], r["period"]) == (indicator, period)]
    return int(next(r["value"] for r in found if not category or r["category"] == category))


def test_building_again_gives_the_committed_bytes(built: dict[str, bytes]) -> None:
    assert {path.name for path in DEMO.iterdir()} == set(built)
    for name, content in built.items():
        assert (DEMO / name).read_bytes() == content, f"{name}: run data/build/demo.py"


def test_all_of_it_is_small(built: dict[str, bytes]) -> None:
    assert sum(map(len, built.values())) < 3_000_000


def test_no_machine_is_named(built: dict[str, bytes]) -> None:
    for content in built.values():
        assert not re.search(rb"/(?:work|home|root)/", content)
        assert set(re.findall(rb"https?://([^/\"<]+)", content)) <= {b"example.org", b"lheo.gouv.fr"}


def test_every_formation_is_marked(formations: list[Any], summary: dict[str, Any]) -> None:
    untitled = carriers(summary, "lheo_demo.xml", "empty_title")
    for formation in formations:
        action = formation.find(f"{LHEO}action")
        title = formation.findtext(f"{LHEO}intitule-formation") or ""
        assert title.endswith(MARK) or action.get("numero") in untitled
        assert [e.text for e in action.iter(f"{LHEO}extra") if e.get("info") == "synthetic"] == ["1"]
        assert "(ficti" in formation.findtext(f".//{LHEO}nom-organisme")


@pytest.mark.parametrize("name", ["dian_demo.csv", "oepre_demo.csv", "bpi_demo.csv", "housing_demo.csv"])
def test_every_row_is_marked(name: str) -> None:
    lines = (DEMO / name).read_text(encoding="utf-8-sig").splitlines()[1:]
    assert all(MARK in line or line.endswith(";oui") or "(ficti" in line for line in lines)


def test_every_school_and_service_is_marked() -> None:
    assert all(r["donnee_fictive"] == "oui" and MARK in r["nom_etablissement"] for r in rows("schools_demo.csv", ","))
    for line in (DEMO / "data_inclusion_demo.jsonl").read_text(encoding="utf-8").splitlines():
        assert MARK in line or '"donnee_fictive":true' in line


def test_contacts_are_those_of_fiction(formations: list[Any]) -> None:
    numbers = {e.text for f in formations for e in f.iter(f"{LHEO}numtel")}
    assert all(re.fullmatch(r"035301\d{4}|063998\d{4}", number) for number in numbers)
    mails = {e.text for f in formations for e in f.iter(f"{LHEO}courriel")}
    assert all(mail.endswith("@example.org") for mail in mails)


def test_sirets_have_right_keys_and_belong_to_nobody(formations: list[Any]) -> None:
    for siret in {e.text for f in formations for e in f.iter(f"{LHEO}SIRET")}:
        assert siret.startswith("00000")
        assert luhn(siret)
        assert luhn(siret[:9])


def luhn(digits: str) -> bool:
    doubled = [int(d) * (1 + i % 2) for i, d in enumerate(reversed(digits))]
    return sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0


def test_identifiers_cannot_meet_real_ones(formations: list[Any]) -> None:
    assert all(f.find(f"{LHEO}action").get("numero").startswith("99_") for f in formations)
    assert all(line.startswith("99_") for line in (DEMO / "dian_demo.csv").read_text("utf-8").splitlines()[1:])


def test_schools_are_in_no_directory() -> None:
    uais = [r["uai"] for r in rows("schools_demo.csv", ",")]
    assert len(uais) == len(set(uais)) == 120
    assert all("ABCDEFGHJKLMNPRSTUVWXYZ"[int(uai[:7]) % 23] == uai[7] and uai[3:5] == "98" for uai in uais)
    real = SHARED / "ecoles" / "annuaire_education_hdf.csv.gz"
    if not real.is_file():
        pytest.skip("the real directory is not in a clone: ../shared/data is absent")
    import gzip  # noqa: PLC0415 -- only where the real directory is there

    with gzip.open(real, "rt", encoding="utf-8") as stream:
        assert not set(uais) & {r["uai"] for r in csv.DictReader(stream)}


def test_oepre_repeats_the_published_totals() -> None:
    groups = rows("oepre_demo.csv")
    assert len({r["uai"] for r in groups}) == published("oepre_figures.csv", "oepre_etablissements", "2018-2019")
    assert len(groups) == published("oepre_figures.csv", "oepre_groupes", "2018-2019")
    workshops = sum(float(r["ateliers"].replace(",", ".")) for r in groups)
    assert workshops == published("oepre_figures.csv", "oepre_ateliers", "2018-2019")


def test_refugees_are_three_years_of_arrivals_at_most() -> None:
    humanitarian = 1_679  # bilan_hdf_2021, priorité 2: « Humanitaires 1679 33 % » of the CIR signatories of 2019
    assert humanitarian == published("cir_figures.csv", "cir_signatories", "2019", category="humanitarian")
    counts = [r["nb_bpi"].replace(" ", "").replace(",0", "") for r in rows("bpi_demo.csv")]
    told = sum(int(c) for c in counts if not c.startswith(("<", "-")))
    masked = sum(4 for c in counts if c == "<5")
    assert humanitarian < told < told + masked <= 3 * humanitarian
    assert masked
    assert not {"1", "2", "3", "4"} & set(counts)


def test_housing_keeps_to_the_published_totals(summary: dict[str, Any]) -> None:
    bad = carriers(summary, "housing_demo.csv", "unknown_commune")
    totals: Counter[str] = Counter()
    nord = 0
    for row in rows("housing_demo.csv"):
        if row["code_commune"] in bad or row["places"].startswith("-"):
            continue
        totals[row["type"]] += int(float((row["places"] or row["logements"]).replace(",", ".")))
        nord += int(row["logements"]) if row["gestionnaire"].startswith("AVDL-R") else 0
    assert totals["CPH"] == published("housing_figures.csv", "cph_places_created", "2019")
    assert totals["Intermédiation locative"] == published("housing_figures.csv", "iml_places_created", "2020-10-31")
    assert totals["Pension de famille"] == published("housing_figures.csv", "pension_famille_places_opened", "2020-12")
    assert nord == published("housing_figures.csv", "avdl_r_dwellings_captured", "2021-01")
    assert totals["Logement capté"] <= published("housing_figures.csv", "refugee_dwellings_mobilised", "2019")
    assert totals["CADA"] < totals["HUDA"] + 100 <= 825


def test_the_schema_finds_the_listed_defects_and_no_other(summary: dict[str, Any]) -> None:
    xmlschema = pytest.importorskip("xmlschema")
    xsd = SHARED / "formations" / "lheo" / "lheo-2.3.xsd"
    if not xsd.is_file():
        pytest.skip("the LHEO schema is not in a clone: ../shared/data is absent")
    tree = etree.parse(DEMO / "lheo_demo.xml")
    defects = ("empty_title", "impossible_date", "misplaced_element", "unknown_recruitment_state")
    allowed = carriers(summary, "lheo_demo.xml", *defects)
    found = set()
    for error in xmlschema.XMLSchema(str(xsd)).iter_errors(tree):
        formation = re.match(r"/(?:\w+:)?lheo/(?:\w+:)?offres/(?:\w+:)?formation\[(\d+)\]", error.path)
        assert formation is not None
        element = tree.findall(f".//{LHEO}formation")[int(formation[1]) - 1]
        found.add(element.find(f"{LHEO}action").get("numero"))
    assert found <= allowed
    for defect in ("empty_title", "misplaced_element", "unknown_recruitment_state"):
        assert carriers(summary, "lheo_demo.xml", defect) <= found
    assert found & carriers(summary, "lheo_demo.xml", "impossible_date")


def test_the_dian_header_is_the_real_one() -> None:
    assert (DEMO / "dian_demo.csv").read_text("utf-8").splitlines()[0] == HEADER_OF_THE_REAL_DIAN_EXPORT


def test_the_documentation_lists_every_defect_with_its_count(summary: dict[str, Any]) -> None:
    guide = (ROOT / "docs" / "demo.md").read_text(encoding="utf-8")
    for file, kinds in summary["defects"].items():
        for name, found in kinds.items():
            assert found["count"] == len(found["records"]) >= 1
            assert f"| `{file}` | `{name}` | {found['count']} |" in guide, (file, name, found["count"])


def test_defects_are_really_in_the_files(formations: list[Any], summary: dict[str, Any]) -> None:
    by_number = {f.find(f"{LHEO}action").get("numero"): f for f in formations}
    texts = {
        "impossible_date": {"202560212", "20270231", "20261345", "00000000", "20261301"},
        "unknown_formacode": {"00000"},
        "unknown_public_code": {"99999"},
        "unknown_insee": {"59999"},
        "far_away_point": {"21.57773"},
        "unknown_recruitment_state": {"9"},
        "former_commune_code": {"59298", "59355", "59540", "59248"},
    }
    for defect, values in texts.items():
        for number in carriers(summary, "lheo_demo.xml", defect):
            assert values & {e.text for e in by_number[number].iter()}, (defect, number)
    for number in carriers(summary, "lheo_demo.xml", "missing_insee"):
        assert by_number[number].find(f".//{LHEO}lieu-de-formation//{LHEO}code-INSEE-commune") is None
    for number in carriers(summary, "lheo_demo.xml", "cp1252_characters"):
        assert "\x92" in by_number[number].findtext(f"{LHEO}contenu-formation")
    repeats = Counter(f.find(f"{LHEO}action").get("numero") for f in formations)
    assert sum(count == 2 for count in repeats.values()) == 4 + 3  # repeated formations, shared numbers


def test_dian_rows_carry_their_defects(summary: dict[str, Any]) -> None:
    lines = (DEMO / "dian_demo.csv").read_text(encoding="utf-8").splitlines()[1:]
    ids = Counter(line.partition(";")[0] for line in lines)
    assert {record for record, count in ids.items() if count == 2} == carriers(
        summary, "dian_demo.csv", "duplicate_row"
    )
    short = {row[0] for row in csv.reader(lines, delimiter=";") if len(row) == 11}
    assert short == carriers(summary, "dian_demo.csv", "missing_separator")


def test_the_supply_is_uneven(summary: dict[str, Any]) -> None:
    kinds = summary["kinds"]
    assert 0.12 <= kinds["alphabetisation"] / summary["courses"] <= 0.15
    assert kinds["fle"] > 2 * kinds["alphabetisation"]
    assert min(kinds.values()) >= 3
    assert 350 <= summary["records"]["lheo_demo.xml"] <= 500
    assert 350 <= summary["records"]["dian_demo.csv"] <= 450
    assert 200 <= summary["records"]["data_inclusion_demo.jsonl"] <= 300


def test_some_alphabetisation_is_full_and_none_is_in_the_deserts(formations: list[Any]) -> None:
    towns: dict[str, set[str]] = {}
    for formation in formations:
        if "15043" in {e.text for e in formation.iter(f"{LHEO}code-FORMACODE")} and not is_for_trainers(formation):
            town = formation.findtext(f".//{LHEO}lieu-de-formation//{LHEO}ville") or ""
            towns.setdefault(town, set()).update(e.text for e in formation.iter(f"{LHEO}etat-recrutement"))
    assert {"Lille", "Roubaix", "Amiens", "Calais", "Lens"} <= {town for town, states in towns.items() if "1" in states}
    assert all("1" not in towns[town] for town in ("Beauvais", "Soissons", "Maubeuge"))
    assert not {"Hirson", "Vervins", "Château-Thierry", "Abbeville", "Péronne", "Fourmies"} & set(towns)


def is_for_trainers(formation: Any) -> bool:  # noqa: ANN401 -- an lxml element
    return "44501" in {e.text for e in formation.iter(f"{LHEO}code-FORMACODE")}


def test_sources_overlap_with_and_without_common_identifiers() -> None:
    truth = rows("truth.csv", ",")
    numbers = {r["record"] for r in truth if r["file"] == "lheo_demo.xml"}
    for file in ("dian_demo.csv", "data_inclusion_demo.jsonl"):
        links = Counter(r["link"] for r in truth if r["file"] == file)
        assert links["shared_id"] >= 100
        assert links["no_common_id"] >= 30
        assert links["only"] >= 30
    shared = {r["record"] for r in truth if r["link"] == "shared_id"}
    assert len(shared - numbers) <= 3  # the numbers another formation took
