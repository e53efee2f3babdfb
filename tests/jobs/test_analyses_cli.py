"""Every analysis by the command line on the demonstration: its files, what viewers see, and each refusal."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from geo_integration.cli import main
from geo_integration.jobs import demo as demonstration
from geo_integration.store import open_store
from tests.jobs.conftest import run

EPCI = "246200364"
"""Lens-Liévin: 36 communes, five of them with a count of refugees."""
ASKED = ("--territory", EPCI, "--as-of", "2026-10-01", "--mode", "foot", "--minutes", "40")
COMMANDS: dict[str, tuple[str, ...]] = {
    "gaps": (),
    "fit": (),
    "change": ("--since", "2026-10-01", "--to", "2027-08-15"),
    "calendar": ("--months", "6"),
    "supply": (),
    "equity": (),
    "site": ("-p", "2", "--candidates", "schools", "--candidates", "mairies", "--seconds", "5"),
    "housing": ("--by", "foot", "--by", "bike"),
}
"""Options of each command that takes a question."""
WITH_BOUNDS = ("fit", "change", "calendar", "site", "housing", "scenario", "referencing")
QUESTION = {"territory": EPCI, "kind": "alphabetisation", "minutes": 40, "as_of": "2026-10-01", "mode": "foot"}
ADDED = {"action": "add_site", "name": "Groupe du soir", "kind": "alphabetisation", "commune_code": "62510"}
FUNDED = """Convention;Intitulé;Opérateur;Code INSEE;Places
C1;Alphabétisation;Association Exemple;62498;12
C2;FLE A1;Centre social Spécimen;62510;15
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a store that holds the demonstration."""
    folder = tmp_path_factory.mktemp("store")
    for _ in demonstration.load(open_store(folder)):
        pass
    return folder


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    return written(tmp_path / "scenario.json", ADDED)


@pytest.fixture
def funded(tmp_path: Path) -> Path:
    path = tmp_path / "actions.csv"
    path.write_text(FUNDED, encoding="utf-8")
    return path


def written(path: Path, *actions: dict[str, Any]) -> Path:
    said = {"version": 1, "name": "Essai", "question": QUESTION, "actions": actions}
    path.write_text(json.dumps(said), encoding="utf-8")
    return path


def words_of(name: str, scenario: Path, funded: Path) -> list[str | Path]:
    if name == "scenario":
        return [name, scenario]
    if name == "referencing":
        return [name, funded, "--as-of", "2026-10-01"]
    return [name, *ASKED, *COMMANDS[name]]


@pytest.mark.parametrize("name", [*COMMANDS, "scenario", "referencing"])
def test_a_command_writes_its_files_with_what_must_go_with_them(
    name: str, store: Path, scenario: Path, funded: Path, tmp_path: Path
) -> None:
    files = {suffix: tmp_path / f"{name}.{suffix}" for suffix in ("csv", "geojson", "html")}
    out = [word for path in files.values() for word in ("--out", path)]
    result = run(*words_of(name, scenario, funded), *out, "--store", store)
    assert result.exit_code == 0, result.output
    rows = files["csv"].read_text(encoding="utf-8-sig").splitlines()
    assert len(rows) > 1
    told = json.loads(files["geojson"].read_text(encoding="utf-8"))
    assert len(told["features"]) == len(rows) - 1
    meta = told["geo_integration"]
    assert meta["title"]
    assert meta["method"]
    assert meta["sources"]
    assert meta["synthetic"] is True
    if name in WITH_BOUNDS:
        assert len(meta["bounds"]) > 1
    page = files["html"].read_text(encoding="utf-8")
    assert "<title>" in page
    assert "<table" in page
    assert "Légende" in page
    assert "DONNÉES FICTIVES" in page
    assert meta["title"].replace("'", "&#39;").split(" « ")[0] in page
    # What the console said: French, no code of a closed list, no number of a machine.
    assert "True" not in result.output
    assert not re.search(r"\b(nan|None|NaT|inf)\b", result.output)
    assert "wrong_fit" not in result.output
    assert "if_unknown_fits" not in result.output


def features(path: Path) -> list[dict[str, Any]]:
    return [feature["properties"] for feature in json.loads(path.read_text(encoding="utf-8"))["features"]]


@pytest.mark.parametrize("name", ["gaps", "change", "calendar", "scenario"])
def test_another_departement_is_told_to_a_referent_as_it_is_to_the_public(
    name: str, store: Path, scenario: Path, funded: Path, tmp_path: Path
) -> None:
    told = {}
    for viewer in ("referent:59", "public"):
        out = tmp_path / f"{name}-{viewer[:3]}.geojson"
        words = words_of(name, scenario, funded)
        result = run(*words, "--viewer", viewer, "--out", out, "--store", store)
        assert result.exit_code == 0, result.output
        told[viewer] = features(out)
    about_people = [column for column in told["public"][0] if column.startswith("need")]
    assert about_people

    def people(viewer: str) -> list[dict[str, Any]]:
        return [{column: row[column] for column in about_people} for row in told[viewer]]

    assert people("referent:59") == people("public")
    assert {row["need_basis"] for row in told["referent:59"]} == {"protected"}


def test_housing_is_not_for_the_public_and_shows_a_referent_no_dwelling_elsewhere(store: Path, tmp_path: Path) -> None:
    words = ["housing", *ASKED, *COMMANDS["housing"], "--store", store]
    assert "public" in str(run(*words, "--viewer", "public").exception)
    out = tmp_path / "h.csv"
    assert run(*words, "--viewer", "referent:59", "--out", out).exit_code == 0
    assert not (tmp_path / "h-logements.csv").exists()
    assert "non montrés à ce destinataire" in (tmp_path / "h-lisezmoi.txt").read_text(encoding="utf-8-sig")
    assert run(*words, "--viewer", "referent:62", "--out", out).exit_code == 0
    assert len((tmp_path / "h-logements.csv").read_text(encoding="utf-8-sig").splitlines()) > 1


def test_the_same_question_gives_the_same_bytes(store: Path, scenario: Path, funded: Path, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        out = [word for suffix in ("csv", "geojson", "gpkg", "xlsx", "html") for word in ("--out", f"c.{suffix}")]
        out = [str(tmp_path / folder / word) if word.startswith("c.") else word for word in out]
        assert run(*words_of("change", scenario, funded), *out, "--store", store).exit_code == 0
    written_files = sorted((tmp_path / "a").iterdir())
    assert len(written_files) == 8  # five, the two tables beside the CSV, and what goes with it
    for path in written_files:
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name


def refused(
    words: list[str | Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str]:
    """Run the program itself; return its exit code and what it said, on one line."""
    monkeypatch.setattr("sys.argv", ["geo-integration", *map(str, words)])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert isinstance(stopped.value.code, int)
    said = capsys.readouterr().err
    assert "Traceback" not in said
    return stopped.value.code, " ".join(said.split())


PROFILE = "type: alphabetisation\nscolarite: french\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["gaps", *ASKED, "--profile", "PROFILE"], ["profil", "→"]),
        (["fit", *ASKED, "--age", "-3"], ["âge", "→"]),
        (["gaps", *ASKED, "--kind", "chinois"], ["--kind", "n'est pas parmi"]),
        (["gaps", *ASKED, "--viewer", "voisin"], ["« voisin » n'est pas un destinataire", "--viewer"]),
        (["supply", *ASKED, "--viewer", "referent:999"], ["département inconnu : 999", "--viewer"]),
        (["gaps", "--territory", "62999"], ["62999"]),
        (["calendar", *ASKED, "--months", "0"], ["--months", "donner au moins 1"]),
        (["referencing", "FUNDED", "--months", "0"], ["0 mois", "--months"]),
        (["supply", *ASKED, "--decay", "brusque"], ["décroissance « brusque » inconnue", "valeurs acceptées"]),
        (["equity", *ASKED, "--decay", "brusque"], ["décroissance « brusque » inconnue", "valeurs acceptées"]),
        (["site", *ASKED, "-p", "0"], ["-p", "donner au moins 1"]),
        (["site", *ASKED, "-p", "900"], ["900 lieux à choisir parmi", "-p", "en demander au plus"]),
        (["change", *ASKED], ["--since", "--since-version"]),
        (["change", *ASKED, "--since", "demain"], ["« demain » n'est pas un jour", "--since"]),
        (["change", *ASKED, "--since", "2027-01-01"], ["n'est pas avant", "--to"]),
        (["change", *ASKED, "--since-version", "current"], ["une seule version"]),
        (["scenario", "FUNDED"], ["JSON", "actions.csv"]),
        (["supply", *ASKED, "--out", "carte.pdf"], ["format « .pdf » inconnu", ".geojson"]),
    ],
)
def test_what_cannot_be_answered_is_refused_with_the_way_out(
    words: list[str],
    said: list[str],
    store: Path,
    funded: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    profile = tmp_path / "profil.yaml"
    profile.write_text(PROFILE, encoding="utf-8")
    files: dict[str, str | Path] = {"PROFILE": profile, "FUNDED": funded}
    code, told = refused([*(files.get(word, word) for word in words), "--store", store], monkeypatch, capsys)
    assert code == 2
    for part in said:
        assert part in told
    assert "→" in told


@pytest.mark.parametrize(
    ("action", "said"),
    [
        (ADDED | {"places": -4}, ["action n° 1 (add_site)", "places", "« -4 »", "au moins 0"]),
        (ADDED | {"commune_code": "62999"}, ["action n° 1", "commune_code", "« 62999 »"]),
        ({"action": "dig_tunnel"}, ["action n° 1", "« dig_tunnel »", "add_site"]),
        ({"action": "change_capacity", "offer_id": "x", "places": -1}, ["places", "« -1 »"]),
        ({"action": "close_site", "offer_id": "nulle-part"}, ["action n° 1", "nulle-part"]),
    ],
    ids=["negative places", "unknown INSEE code", "unknown action", "negative capacity", "unknown course"],
)
def test_a_scenario_that_cannot_be_is_refused_by_action_field_and_value(
    action: dict[str, Any],
    said: list[str],
    store: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = written(tmp_path / "essai.json", action)
    code, told = refused(["scenario", path, "--store", store], monkeypatch, capsys)
    assert code == 2
    for part in ("essai.json", "→", *said):
        assert part in told


@pytest.mark.parametrize(
    ("row", "said"),
    [("C3;FLE;Maison;62041;-4", "places négatif"), ("C3;FLE;Maison;62999;4", "code commune inconnu")],
    ids=["negative places", "unknown INSEE code"],
)
def test_a_bad_row_of_the_funded_list_is_left_out_and_said(
    row: str,
    said: str,
    store: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "liste.csv"
    path.write_text(FUNDED + row + "\n", encoding="utf-8")
    result = run("referencing", path, "--as-of", "2026-10-01", "--out", tmp_path / "r.csv", "--store", store)
    assert result.exit_code == 1, result.output  # done, but a row was left out
    report = (tmp_path / "r-lignes_en_defaut.csv").read_text(encoding="utf-8-sig")
    assert "ligne 4" in report
    assert said in report
    assert "Ligne rejetée" in report
    path.write_text(FUNDED.splitlines()[0] + "\n" + row + "\n", encoding="utf-8")
    code, told = refused(["referencing", path, "--store", store], monkeypatch, capsys)
    assert code == 2  # nothing is left of the list
    assert "liste.csv" in told


@pytest.mark.parametrize(
    ("row", "said"),
    [("Salle;62999;12", ["62999", "ligne 3"]), ("Salle;62041;-4", ["-4", "ligne 3"]), ("Salle;;12", ["ligne 3"])],
    ids=["unknown INSEE code", "negative places", "no place"],
)
def test_a_bad_row_of_a_list_of_places_refuses_the_list(
    row: str,
    said: list[str],
    store: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "lieux.csv"
    path.write_text(f"nom;code_insee;places\nMairie;62510;12\n{row}\n", encoding="utf-8")
    code, told = refused(["site", *ASKED, "--list", path, "--store", store], monkeypatch, capsys)
    assert code == 2
    for part in ("lieux.csv", "→", *said):
        assert part in told
