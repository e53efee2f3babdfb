"""data·inclusion v1: services by hand, every file format, the seven real services, the official template."""

import csv
import json
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from table_samples import problems, shared, write

from geo_integration.errors import InputRefusedError
from geo_integration.settings import settings
from geo_integration.sources.data_inclusion import iter_offers
from geo_integration.sources.imports import ProblemLog
from geo_integration.sources.offer_rows import DECLARED
from geo_integration.sources.records import RawOffer
from geo_integration.vocabulary import Modality

FRENCH = "lecture-ecriture-calcul--maitriser-le-francais"
SERVICE = {
    "source": "dora",
    "id": "dora--1",
    "structure_id": "dora--s",
    "nom": "Cours du soir",
    "thematiques": [FRENCH, "numerique--acquerir-un-equipement"],
    "publics": ["femmes", "jeunes"],
    "modes_accueil": ["en-presentiel", "a-distance"],
    "frais": "payant",
    "frais_precisions": "10 € par an",
    "commune": "Arras",
    "code_insee": "62041",
    "longitude": 2.77,
    "latitude": 50.29,
    "volume_horaire_hebdomadaire": 4.5,
    "lien_source": "https://exemple.fr/1",
}
STRUCTURE = {"id": "dora--s", "nom": "MJC", "siret": "77897285100068", "telephone": "0321000000", "commune": "Lens"}


def read(path: Path, structures: Path | None = None) -> tuple[list[RawOffer], ProblemLog]:
    log = ProblemLog(path.name)
    return list(iter_offers(path, log, structures=structures)), log


def check(offers: list[RawOffer]) -> None:
    (offer,) = offers
    assert (offer.record_id, offer.title) == ("dora--1", "Cours du soir")
    assert offer.declared == {"audience_priority": "women;under_25"}
    assert offer.modality is Modality.MIXED
    assert offer.cost_text == "Payant : 10 € par an"
    assert (offer.commune_name, offer.commune_code, offer.longitude, offer.latitude) == ("Arras", "62041", 2.77, 50.29)
    assert offer.url == "https://exemple.fr/1"
    assert offer.sessions[0].weekly_hours == 4.5


def test_every_format_says_the_same(tmp_path: Path) -> None:
    other = SERVICE | {"id": "dora--2", "thematiques": ["mobilite"]}
    advice = SERVICE | {"id": "dora--3", "type": "information"}
    rows = [SERVICE, other, advice]
    write(tmp_path / "a.json", json.dumps(rows))
    write(tmp_path / "a.jsonl", "\n".join(map(json.dumps, rows)))
    pd.DataFrame(rows).to_parquet(tmp_path / "a.parquet")
    flat = pd.DataFrame(rows).map(lambda v: ", ".join(v) if isinstance(v, list) else v)
    flat.to_csv(tmp_path / "a.csv", index=False)
    flat.to_excel(tmp_path / "a.xlsx", index=False, sheet_name="Services", engine="openpyxl")
    for name in ("a.json", "a.jsonl", "a.parquet", "a.csv", "a.xlsx"):
        offers, log = read(tmp_path / name)
        check(offers)
        assert [(p[0], p[2]) for p in problems(log)] == [("out_of_scope", "thematiques"), ("out_of_scope", "type")], (
            name
        )


def test_structures_in_the_same_file_or_another(tmp_path: Path) -> None:
    placeless = {k: v for k, v in SERVICE.items() if k not in {"commune", "code_insee", "longitude", "latitude"}}
    both = write(
        tmp_path / "a.json",
        json.dumps({"services": [SERVICE, placeless | {"id": "dora--4"}], "structures": [STRUCTURE]}),
    )
    services = write(tmp_path / "b.jsonl", json.dumps(SERVICE))
    structures = write(tmp_path / "c.jsonl", json.dumps(STRUCTURE))
    for offers in (read(both)[0], read(services, structures)[0]):
        first = offers[0]
        assert (first.provider_name, first.provider_siret, first.phone) == ("MJC", "77897285100068", "03 21 00 00 00")
        assert first.commune_name == "Arras"
    assert read(both)[0][1].commune_name == "Lens"


def test_traps(tmp_path: Path) -> None:
    carif = SERVICE | {"source": "carif-oref", "id": "carif-oref--14_SE_0001116947", "dispositif": "FLE"}
    offers, log = read(write(tmp_path / "a.jsonl", json.dumps(carif | {"publics": ["martiens"]})))
    assert offers[0].modality is Modality.UNKNOWN  # mixed and remote seem swapped there
    assert offers[0].declared == {}  # the theme merges FLE, alphabétisation and illettrisme
    assert offers[0].programme is None
    assert offers[0].alternate_ids == ("14_SE_0001116947", "SE_0001116947")
    assert [(p[0], p[2]) for p in problems(log)] == [("field_dropped", "modes_accueil"), ("field_dropped", "publics")]


def test_another_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefusedError, match="colonne absente : id"):
        read(write(tmp_path / "a.csv", "ville;nombre\nArras;2\n"))


def test_terms_are_ours() -> None:
    with (settings().data / "rules" / "data_inclusion_terms.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        if row["our_field"] in DECLARED and row["our_value"]:
            assert DECLARED[row["our_field"]](row["our_value"]) == row["our_value"]
    assert len({(r["field"], r["value"]) for r in rows}) == len(rows)
    assert sum(r["field"] == "publics" for r in rows) == 14  # the enumeration of data-inclusion-schema 1.0.10
    assert sum(r["field"] == "type" for r in rows) == 6


def test_the_seven_real_services() -> None:
    offers, log = read(shared("formations/data_inclusion/services_carif_oref_exemples.jsonl"))
    assert not log.problems
    assert [(o.alternate_ids[0], o.programme, o.declared.get("kind"), o.commune_code) for o in offers] == [
        ("01_GE2021586", "OEPRE", "oepre", "57537"),
        ("01_GE2030516", "ASL", None, "68224"),
        ("02_00437877", "OEPRE", "oepre", "33108"),
        ("07_763179S", None, None, "18033"),
        ("07_776575S", None, None, "41018"),
        ("14_SE_0001116947", "OEPRE", "oepre", "78440"),
        ("14_SE_0001597312", "ASL", None, "78361"),
    ]
    assert [o.funders for o in offers] == [(), ("19",), ("12", "19"), (), (), (), ()]
    assert offers[1].market_reference == "BOP 104"
    assert offers[1].provider_siret == "43751505900032"
    sessions = [
        (s.start_date, s.end_date, s.places_funded, s.total_hours, s.weekly_hours) for o in offers for s in o.sessions
    ]
    assert sessions == [
        ("2025-09-01", "2027-01-31", None, None, None),
        ("2025-09-15", "2026-06-30", 12, None, None),
        ("2023-09-04", "2026-01-31", None, 120.0, None),
        (None, None, None, None, 3.0),
        (None, None, None, None, 4.0),
    ]


def test_the_official_template_explains_and_holds_no_course() -> None:
    offers, log = read(shared("formations/data_inclusion/modele_import_v1_fixture.xlsx"))
    assert offers == []
    rejected = [p for p in problems(log) if p[0] == "out_of_scope"]
    assert [p[1] for p in rejected] == ["feuille Services, ligne 4", "feuille Services, ligne 5"]


def test_a_filled_template(tmp_path: Path) -> None:
    path = shared("formations/data_inclusion/modele_import_v1_fixture.xlsx")
    book = openpyxl.load_workbook(path)
    sheet = book["Services"]
    columns = {cell.value: cell.column for cell in sheet[1]}
    for name, value in {"thematiques": FRENCH, "type": "atelier", "code_insee": 2408, "nom": "Ateliers"}.items():
        sheet.cell(4, columns[name]).value = value
    book.save(tmp_path / "a.xlsx")
    (offer,), log = read(tmp_path / "a.xlsx")
    assert (offer.title, offer.commune_code, offer.provider_name) == ("Ateliers", "02408", "AGENCE ACTION LOGEMENT.")
    assert ("repaired", "feuille Services, ligne 4", "code_insee", "2408") in problems(log)
