"""The mapping file: a référent's own spreadsheet read without code, and every slip named with its way out."""

import datetime as dt
from pathlib import Path

import pytest
from table_samples import problems, same, write, write_xlsx

from geo_integration.errors import MappingError
from geo_integration.settings import settings
from geo_integration.sources.generic import iter_offers, load, read_layer
from geo_integration.sources.imports import ProblemLog
from geo_integration.sources.records import RawOffer, RawSession
from geo_integration.vocabulary import Modality, Recruitment

EXAMPLES = settings().data / "mappings"
BASE = "layer: bpi\nsource: essai\ncolumns:\n  commune_code: INSEE\n  persons: Nombre\n"


def mapping(tmp_path: Path, text: str) -> Path:
    return write(tmp_path / "m.yaml", text)


def test_a_spreadsheet_by_hand(tmp_path: Path) -> None:
    rows = [
        ["Suivi des cours, mise à jour janvier"],
        ["INTITULE", "Association", "Type de cours", "Niveau", "Lieu", "Adresse", "CP", "Ville", "Jours", "Horaires",
         "Début", "Fin", "Heures par semaine", "Places restantes", "Inscriptions", "Téléphone", "Remarques"],
        ["Apprendre à lire", "AFP2i", "Alpha", "Débutant", "MJC", "3 rue Neuve", 2000, "Laon", "lun. et jeu.",
         "9h-11h30", dt.datetime(2026, 1, 5), "30/06/2026", "5", 0, "Complet", 323000000, "x"],  # noqa: DTZ001 -- as sheets
        ["Parler", None, "Théâtre", None, None, None, None, "Lens"] + [None] * 9,
    ]  # fmt: skip
    path = write_xlsx(tmp_path / "a.xlsx", rows, "Cours")
    log = ProblemLog(path.name)
    offers = list(iter_offers(path, log, load(EXAMPLES / "offres-tableur.yaml")))
    assert offers[0] == RawOffer(
        record_id="afp2i-mjc-laon-apprendre_a_lire-2026-01-05",
        where="feuille Cours, ligne 3",
        title="Apprendre à lire",
        declared={"kind": "alphabetisation", "level_entry": "A1.1"},
        modality=Modality.IN_PERSON,
        provider_name="AFP2i",
        place_name="MJC",
        address="3 rue Neuve",
        postcode="02000",
        commune_name="Laon",
        phone="03 23 00 00 00",
        sessions=[
            RawSession(
                "afp2i-mjc-laon-apprendre_a_lire-2026-01-05#1",
                start_date="2026-01-05",
                end_date="2026-06-30",
                recruitment=Recruitment.CLOSED,
                places_available=0,
                weekly_hours=5.0,
                days=("mon", "thu"),
                start_time="09:00",
                end_time="11:30",
            )
        ],
    )
    assert offers[1].declared == {}
    assert problems(log) == [
        ("field_dropped", "en-tête", "Remarques", ""),
        ("repaired", "feuille Cours, ligne 3", "CP", "2000"),
        ("repaired", "feuille Cours, ligne 3", "Téléphone", "323000000"),
        ("field_dropped", "feuille Cours, ligne 4", "Type de cours", "Théâtre"),
    ]


def test_made_identifiers_are_stable_and_unique(tmp_path: Path) -> None:
    text = "layer: offers\nsource: essai\ncolumns:\n  title: Titre\n  commune_name: Ville\n"
    found = load(mapping(tmp_path, text))
    one = write(tmp_path / "a.csv", "Titre;Ville\nFLE;Arras\nFLE;Arras\nFLE;Lens\n")
    two = write(tmp_path / "b.csv", "Titre;Ville\nFLE;Lens\nFLE;Arras\n")
    first = [o.record_id for o in iter_offers(one, ProblemLog("a"), found)]
    assert first == ["arras-fle", "arras-fle#2", "lens-fle"]
    assert [o.record_id for o in iter_offers(two, ProblemLog("b"), found)] == ["lens-fle", "arras-fle"]


def test_plain_layers(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", [["Code INSEE", "BPI"], ["62041", "<5"], ["62498", 12]])
    result = read_layer(path, load(EXAMPLES / "bpi.yaml"), resolve=same)
    assert (result.source, result.covers, result.accepted, result.synthetic) == ("bpi_prefecture", ("62",), 2, False)
    assert set(result.tables["bpi"]["observed_on"]) == {"2025-12-31"}
    header = "Code INSEE;Dispositif;Nombre de logements;Places;Année;Opérateur\n"
    path = write(tmp_path / "b.csv", header + "62041;Logement capté;2;;2025;Audasse\n62041;FJT;;30;2025;\n")
    table = read_layer(path, load(EXAMPLES / "logements.yaml"), resolve=same).tables["housing"]
    assert table["kind"].tolist() == ["captured", "residence_sociale"]
    assert table["housing_id"].str.startswith("logements_ddets:").all()


def test_constants_values_and_the_synthetic_mark(tmp_path: Path) -> None:
    text = (
        BASE + "constants: {observed_on: 2025-01-31, source: Test}\nvalues:\n  persons: {aucun: 0}\nsynthetic: true\n"
    )
    path = write(tmp_path / "a.csv", "INSEE;Nombre\n62041;aucun\n")
    result = read_layer(path, load(mapping(tmp_path, text)), resolve=same)
    row = result.tables["bpi"].iloc[0]
    assert (row["persons"], row["observed_on"], row["source"], row["synthetic"]) == (0, "2025-01-31", "Test", True)
    assert result.synthetic


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.name)
def test_examples_load(path: Path) -> None:
    assert load(path).columns


@pytest.mark.parametrize(
    ("text", "where", "said"),
    [
        ("", "m.yaml", "clés"),
        ("- a\n", "m.yaml", "clés"),
        ("layer: [", "m.yaml", "YAML illisible"),
        ("layer: bpi\n", "columns", "commune_code"),
        (BASE.replace("bpi", "bpis"), "layer", "valeurs acceptées : offers"),
        (BASE.replace("layer", "calque"), "calque", "clés acceptées"),
        (BASE.replace("  persons", "  person"), "columns.person", "vouliez-vous dire « persons »"),
        (BASE.replace("source: essai", "source:"), "source", "texte"),
        (BASE.replace("INSEE", "[]"), "columns.commune_code", "nom de colonne"),
        (BASE.replace("columns:", "columns: x\nautre:"), "autre", "clé inconnue"),
        (BASE + "covers: [pas-de-calais]\n", "covers", "illisible"),
        (BASE + "synthetic: peut-être\n", "synthetic", "true ou false"),
        (BASE + "values: {persons: 3}\n", "values.persons", "table"),
        ("layer: offers\nsource: a\ncolumns: {title: T, kind: K, postcode: P}\nvalues: {kind: {Alpha: alfa}}\n",
         "values.kind", "alphabetisation"),
        ("layer: offers\nsource: a\ncolumns: {title: T, postcode: P}\nconstants: {kind: alfa}\n", "constants.kind",
         "alfa"),
        ("layer: offers\nsource: a\ncolumns: {title: T}\n", "columns", "commune_code ou commune_name"),
    ],
)  # fmt: skip
def test_slips_are_named(tmp_path: Path, text: str, where: str, said: str) -> None:
    with pytest.raises(MappingError) as error:
        load(mapping(tmp_path, text))
    assert where in error.value.where
    assert said in f"{error.value.what} {error.value.way_out}"
    assert error.value.way_out


def test_an_absent_column_names_the_likely_one(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "Code INSEE;Nombres\n62041;1\n")
    with pytest.raises(MappingError) as error:
        read_layer(path, load(mapping(tmp_path, BASE.replace("INSEE", "Code insee"))), resolve=same)
    assert error.value.where == "m.yaml, columns.persons"
    assert "vouliez-vous dire « Nombres »" in error.value.way_out
    assert "Code INSEE, Nombres" in error.value.way_out


def test_a_mapping_of_another_layer_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "INSEE;Nombre\n62041;1\n")
    found = load(mapping(tmp_path, BASE))
    with pytest.raises(MappingError, match="couche bpi"):
        next(iter_offers(path, ProblemLog("a"), found))
