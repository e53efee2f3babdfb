"""The command line on small files: exit codes, messages, and that a refusal loses nothing."""

from pathlib import Path

import pytest

from geo_integration.cli import main
from geo_integration.errors import GeoIntegrationError
from geo_integration.store import open_store
from tests.jobs.conftest import run

HEADER = (
    '"ID formation";"Intitulé";"Début";"Fin";"Adressse de la formation";"Région";"Code Postal";"Ville";'
    '"Organisme responsable";"Organisme formateur";"Financeurs";"Tel"\n'
)


def line(number: int, title: str = "Alphabétisation", postcode: str = "62000", town: str = "Arras") -> str:
    return (
        f"32_{number};{title};01/09/2026;30/06/2027;Centre;Hauts-de-France;{postcode};{town};Centre social;"
        "Centre social;;0353010001\n"
    )


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


def dian(tmp_path: Path, *lines: str, name: str = "dian.csv") -> Path:
    path = tmp_path / name
    path.write_text(HEADER + "".join(lines), encoding="utf-8-sig")
    return path


def test_a_clean_file_exits_0_and_is_published(tmp_path: Path, store: Path) -> None:
    result = run("import", "dian", dian(tmp_path, line(1), line(2, "FLE A1")), "--store", store)
    assert result.exit_code == 0, result.output
    offers = open_store(store).read("offers")
    assert offers["kind"].tolist() == ["alphabetisation", "fle"]
    assert offers["location_quality"].tolist() == ["mairie", "mairie"]
    assert open_store(store).info("offers").covers == ("62",)


def test_rejected_rows_exit_1_and_are_reported(tmp_path: Path, store: Path) -> None:
    report = tmp_path / "rapport.csv"
    path = dian(tmp_path, line(1), line(2, title=""), line(3, "FLE A2"))
    result = run("import", "dian", path, "--store", store, "--report", report)
    assert result.exit_code == 1, result.output
    said = report.read_text(encoding="utf-8-sig")
    assert "dian.csv" in said
    assert "ligne 3" in said
    assert len(open_store(store).read("offers")) == 2


def test_a_refused_file_publishes_nothing_and_loses_nothing(tmp_path: Path, store: Path) -> None:
    run("import", "dian", dian(tmp_path, line(1)), "--store", store)
    before = open_store(store).info("offers").id
    bad = tmp_path / "bad.csv"
    bad.write_text("a;b\n1;2\n", encoding="utf-8")
    result = run("import", "dian", bad, "--store", store)
    assert isinstance(result.exception, GeoIntegrationError)
    assert result.exception.way_out
    assert open_store(store).info("offers").id == before


def test_import_again_replaces_and_diff_and_rollback_follow(tmp_path: Path, store: Path) -> None:
    run("import", "dian", dian(tmp_path, line(1), line(2, "FLE A1")), "--store", store)
    run("import", "dian", dian(tmp_path, line(2, "FLE A2"), line(3)), "--store", store)
    result = run("diff", "offers", "previous", "current", "--store", store)
    assert "1 ajout(s), 1 suppression(s), 1 modification(s)" in result.output
    result = run("rollback", "offers.dian", "previous", "--store", store)
    assert result.exit_code == 0, result.output
    assert open_store(store).read("offers")["offer_id"].tolist() == ["dian:32_1", "dian:32_2"]


def test_merges_are_listed_undone_and_stay_undone(tmp_path: Path, store: Path) -> None:
    run("import", "dian", dian(tmp_path, line(1)), "--store", store)
    run("import", "dian", dian(tmp_path, line(9), name="b.csv"), "--name", "z-regional", "--store", store)
    merges = open_store(store).read("merges")
    assert len(merges) == 1
    identifier = merges["merge_id"].iloc[0]
    assert identifier in run("merges", "--store", store).output
    assert run("merges", "undo", identifier, "--store", store).exit_code == 0
    assert len(open_store(store).read("offers")) == 2
    run("import", "dian", dian(tmp_path, line(1), line(4, "FLE A1")), "--store", store)
    assert len(open_store(store).read("offers")) == 3
    assert isinstance(run("merges", "undo", "nope", "--store", store).exception, GeoIntegrationError)


def test_gaps_writes_each_format_and_refuses_others(tmp_path: Path, store: Path) -> None:
    run("import", "dian", dian(tmp_path, line(1)), "--store", store)
    wanted = [tmp_path / f"g.{suffix}" for suffix in ("csv", "geojson", "gpkg", "xlsx")]
    words = [word for path in wanted for word in ("--out", path)]
    result = run("gaps", "--territory", "62", "--as-of", "2026-10-01", *words, "--store", store)
    assert result.exit_code == 0, result.output
    assert all(path.stat().st_size > 0 for path in wanted)
    assert "Couverte" in result.output
    result = run("gaps", "--territory", "62", "--out", tmp_path / "g.pdf", "--store", store)
    assert ".geojson" in str(result.exception)


def test_a_commune_without_any_source_is_no_data(tmp_path: Path, store: Path) -> None:
    run("import", "dian", dian(tmp_path, line(1)), "--store", store)
    out = tmp_path / "g.csv"
    run("gaps", "--territory", "13", "--as-of", "2026-10-01", "--out", out, "--store", store)
    rows = out.read_text(encoding="utf-8-sig").splitlines()[1:]
    assert {row.split(";")[7] for row in rows} == {"Aucune donnée"}


def test_a_map_of_one_departement(tmp_path: Path, store: Path) -> None:
    run("import", "dian", dian(tmp_path, line(1)), "--store", store)
    out = tmp_path / "carte.html"
    result = run("map", "--territory", "62", "--as-of", "2026-10-01", "--out", out, "--store", store)
    assert result.exit_code == 0, result.output
    page = out.read_text(encoding="utf-8")
    assert "alphabétisation" in page
    assert "DONNÉES FICTIVES" not in page  # nothing made up entered it


def test_reach_is_published_and_written(tmp_path: Path, store: Path) -> None:
    run("import", "dian", dian(tmp_path, line(1)), "--store", store)
    out = tmp_path / "reach.csv"
    result = run("reach", "--territory", "62", "--minutes", "30", "--out", out, "--store", store)
    assert result.exit_code == 0, result.output
    table = open_store(store).read("reach")
    assert (table["out_minutes"] > 0).all()
    assert (table["out_minutes"] <= 30).all()
    assert set(table["engine"]) == {"outline"}
    assert len(out.read_text(encoding="utf-8").splitlines()) == len(table) + 1


@pytest.mark.parametrize(
    "words",
    [
        ["gaps", "--territory", "Atlantide"],
        ["gaps", "--territory", "62", "--mode", "transit"],
        ["gaps", "--territory", "62", "--mode", "bike", "--network", "nulle-part"],
        ["gaps", "--territory", "62", "--mode", "car", "--network", "osrm"],
        ["gaps", "--territory", "62", "--week-of", "2025-02-04"],
        ["import", "table", "PATH"],
        ["rollback", "offers", "previous"],
        ["diff", "offers", "previous", "current"],
        ["import", "dian", "PATH", "--covers", "999"],
    ],
)
def test_refusals_say_the_way_out(words: list[str], tmp_path: Path, store: Path) -> None:
    path = dian(tmp_path, line(1))
    if words[0] == "gaps":
        run("import", "dian", path, "--store", store)
    result = run(*[path if word == "PATH" else word for word in words], "--store", store)
    assert isinstance(result.exception, GeoIntegrationError), result.output
    assert result.exception.way_out


def test_gaps_without_offers_says_what_to_import(store: Path) -> None:
    result = run("gaps", "--territory", "62", "--store", store)
    assert "importer une source" in str(result.exception)


def test_doctor_names_what_is_missing(tmp_path: Path, store: Path) -> None:
    result = run("doctor", "--store", store)
    assert result.exit_code == 1
    assert "couche offers : pas encore importée" in result.output
    run("import", "dian", dian(tmp_path, line(1)), "--store", store)
    assert run("doctor", "--store", store).exit_code == 0


def test_every_command_has_help_with_its_options() -> None:
    for command in ("import", "layers", "diff", "rollback", "merges", "reach", "gaps", "map", "demo", "doctor"):
        result = run(command, "--help")
        assert result.exit_code == 0
        assert "--store" in result.output


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--version"], 0, ""),
        (["gaps"], 2, "il manque"),
        (["import", "zzz", "x"], 2, "n'est pas parmi"),
        (["gaps", "--territory", "62", "--zz"], 2, "option inconnue : --zz"),
        (["gaps", "--territory", "Atlantide", "--store", "STORE"], 2, "Territoire inconnu"),
        (["gaps", "--territory", "62", "--out", "STORE", "--store", "STORE"], 2, "--out"),
        (["doctor", "--store", "STORE"], 1, ""),
    ],
)
def test_the_program_speaks_french_and_exits_with_its_code(
    words: list[str],
    code: int,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = [str(tmp_path) if word == "STORE" else word for word in words]
    monkeypatch.setattr("sys.argv", ["geo-integration", *words])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == code
    told = capsys.readouterr().err
    assert said in told
    assert "Traceback" not in told
