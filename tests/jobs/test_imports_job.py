"""What imports promise: a refusal leaves no trace, silence is read for what it is, the public sees little."""

from datetime import date
from pathlib import Path

import pytest

from geo_integration.disclosure import Viewer
from geo_integration.errors import GeoIntegrationError, NothingAcceptedError
from geo_integration.jobs.gaps import Request, compute
from geo_integration.jobs.outputs import describe
from geo_integration.store import open_store
from geo_integration.vocabulary import Kind, TerritoryLevel
from tests.jobs.conftest import run
from tests.jobs.test_cli import dian, line
from tests.jobs.test_cli import store as store  # noqa: PLC0414 -- the fixture, used by name

DAY = date(2026, 10, 1)


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def gaps(store: Path, territory: str = "62", viewer: Viewer = Viewer.ADMINISTRATOR):  # noqa: ANN201 -- Gaps
    return compute(open_store(store), Request(territory, Kind.ALPHABETISATION, 45, DAY, viewer=viewer))


def test_a_file_that_speaks_of_a_known_row_is_refused_whole(tmp_path: Path, store: Path) -> None:
    run("import", "bpi", written(tmp_path / "a.csv", "insee;bpi\n62041;12\n"), "--store", store)
    layers = open_store(store).layers()
    result = run("import", "bpi", written(tmp_path / "b.csv", "insee;bpi\n62041;13\n"), "--name", "b", "--store", store)
    assert isinstance(result.exception, GeoIntegrationError)
    assert open_store(store).layers() == layers
    again = run("import", "bpi", written(tmp_path / "c.csv", "insee;bpi\n62041;14\n"), "--store", store)
    assert again.exit_code == 0, again.output
    assert "remplace a.csv" in again.output
    assert open_store(store).read("bpi")["persons"].tolist() == [14]


def test_the_report_of_a_file_without_a_good_row_is_written(tmp_path: Path, store: Path) -> None:
    report = tmp_path / "rapport.csv"
    result = run("import", "dian", dian(tmp_path, line(1, title="")), "--report", report, "--store", store)
    assert isinstance(result.exception, NothingAcceptedError)
    assert "ligne 2" in report.read_text(encoding="utf-8-sig")
    assert open_store(store).layers() == []


@pytest.mark.parametrize("name", ["DIAN 62", "a/b", "a;b", "", "a.b"])
def test_a_name_that_names_nothing(name: str, tmp_path: Path, store: Path) -> None:
    result = run("import", "dian", dian(tmp_path, line(1)), "--name", name, "--store", store)
    assert isinstance(result.exception, GeoIntegrationError)
    assert result.exception.where == "--name"


def test_silence_of_an_oepre_list_says_nothing_of_alphabetisation(tmp_path: Path, store: Path) -> None:
    schools = written(
        tmp_path / "s.csv", "uai,nom_etablissement,code_commune,lon,lat\n0590002G,Collège,62041,2.777,50.291\n"
    )
    run("import", "schools", schools, "--store", store)
    result = run("import", "oepre", written(tmp_path / "o.csv", "uai;niveau\n0590002G;A1\n"), "--store", store)
    assert result.exit_code == 0, result.output
    assert set(gaps(store).coverage["cause"]) == {"no_data"}
    oepre = compute(open_store(store), Request("62", Kind.OEPRE, 45, DAY)).coverage
    assert {"covered", "too_far"} == set(oepre["cause"])


def test_counts_speak_for_what_they_cover(tmp_path: Path, store: Path) -> None:
    run("import", "dian", dian(tmp_path, line(1)), "--store", store)
    counts = written(tmp_path / "a.csv", "insee;bpi\n62041;40\n62498;abc\n59350;100\n")
    assert run("import", "bpi", counts, "--covers", "62", "--store", store).exit_code == 0
    table = gaps(store, "62,59").coverage.set_index("commune_code")
    assert table.loc["62041", ["need", "need_basis", "need_share"]].tolist() == [6.0, "official", 0.15]
    assert table["need"].isna()["62498"]  # unreadable: unknown, not nobody
    assert table.loc["62160", "need"] == 0.0  # covered, and not in the file
    assert table["need"].isna()["59512"]  # the Nord was not said to be covered
    assert table.loc["59512", "need_basis"] == "unknown"


def test_the_public_gets_no_official_figure(tmp_path: Path, store: Path) -> None:
    run("import", "dian", dian(tmp_path, line(1)), "--store", store)
    counts = written(tmp_path / "a.csv", "insee;bpi\n62041;400\n62498;3\n")
    run("import", "bpi", counts, "--covers", "62", "--store", store)
    released, seen = gaps(store, "62", Viewer.PUBLIC), gaps(store, "62")
    assert set(released.coverage["need_basis"]) == {"protected"}
    shown = released.coverage.set_index("commune_code")["need"]
    assert shown["62041"] != 60.0  # 15 % of 400
    assert shown["62498"] != 0.45  # 15 % of 3
    for table in released.rollups.values():
        assert set(table["need_basis"]) == {"protected"}
    assert "protégés" in " ".join(describe(released.studied)["notes"])
    of_all = seen.rollups[TerritoryLevel.DEPARTEMENT].iloc[0]
    assert (of_all["name"], of_all["need"]) == ("Pas-de-Calais", 60.45)
    part = gaps(store, "62041").rollups[TerritoryLevel.DEPARTEMENT].iloc[0]
    assert (part["name"], part["need"]) == ("Pas-de-Calais (partie : 1 sur 887 communes)", 60.0)


def test_sources_cited_are_those_of_the_snapshot_read(tmp_path: Path, store: Path) -> None:
    run("import", "dian", dian(tmp_path, line(1), name="hi.csv"), "--store", store)
    run("import", "dian", dian(tmp_path, line(2), name="lo.csv"), "--store", store)
    run("rollback", "offers", "previous", "--store", store)
    found = gaps(store)
    cited = " ".join(source.get("note", "") for source in describe(found.studied)["sources"])
    assert "hi.csv" in cited
    assert "lo.csv" not in cited


def test_made_up_social_housing_marks_the_estimate(tmp_path: Path, store: Path) -> None:
    run("import", "dian", dian(tmp_path, line(1)), "--store", store)
    path = written(tmp_path / "h.csv", "insee;dispositif;logements\n62041;logement social;1000\n")
    result = run("import", "housing", path, "--synthetic", "--store", store)
    assert result.exit_code == 0, result.output
    assert gaps(store).coverage["synthetic"].all()
