"""Schools: rows by hand, REP joined by UAI, the whole real directory."""

from pathlib import Path

import pandas as pd
import pytest
from table_samples import problems, shared, write

from geo_integration.sources.imports import ProblemLog
from geo_integration.sources.schools import read, read_networks

DIRECTORY = "uai,nom_etablissement,type_etablissement,statut_public_prive,code_commune,nombre_d_eleves,lon,lat\n"


def as_stated(places: pd.DataFrame, _log: ProblemLog) -> pd.DataFrame:
    quality = places["longitude"].notna().map({True: "point", False: "none"})
    return places[["commune_code", "longitude", "latitude"]].assign(
        departement_code=places["commune_code"].str[:2], location_quality=quality
    )


def test_rows_by_hand(tmp_path: Path) -> None:
    body = (
        "0020002S,Collège Sandras,Collège,Public,02018,508.0,3.452699,49.51233\n"
        "0020004U,,Collège,Public,02057,-1,,\n"
        "0020004U,Double,Collège,Public,02057,1,,\n"
        "0020007A,Lettre fausse,Collège,Public,02095,1,,\n"
    )
    rep = write(tmp_path / "rep.csv", "uai;classement_rep\n0020002S;REP+\n0590002G;REP\n0020004U;\n")
    result = read(write(tmp_path / "a.csv", DIRECTORY + body), rep=rep, locate=as_stated)
    table = result.tables["schools"]
    found = table[["uai", "name", "pupils", "rep", "site_id", "location_quality"]]
    assert found.astype(object).where(found.notna(), None).to_numpy().tolist() == [
        ["0020002S", "Collège Sandras", 508, "REP+", "3.45270,49.51233", "point"],
        ["0020004U", "Collège", None, "none", None, "none"],
    ]
    assert table.geometry.iloc[0].x == pytest.approx(3.452699)
    assert table.geometry.iloc[1] is None
    assert [p[:3] for p in problems(result.log)] == [
        ("repaired", "ligne 3", "nom_etablissement"),
        ("field_dropped", "ligne 3", "nombre_d_eleves"),
        ("row_rejected", "ligne 4", "uai"),
        ("row_rejected", "ligne 5", "uai"),
        ("field_dropped", "réseaux REP", "uai"),
    ]


def test_the_real_directory_with_its_networks() -> None:
    path = shared("ecoles/annuaire_education_hdf.csv.gz")
    rep = shared("ecoles/colleges_lycees_rep_academie_lille_2021.geojson")
    result = read(path, rep=rep, locate=as_stated)
    assert (result.read, result.accepted, result.rejected) == (6661, 6661, 0)
    assert result.tables["schools"]["rep"].value_counts().to_dict() == {"none": 514, "REP": 77, "REP+": 41}
    assert len(result.log.problems) == 5  # schools of 2021 that the directory does not hold any more


def test_the_real_networks() -> None:
    path = shared("ecoles/colleges_lycees_rep_academie_lille_2021.geojson")
    networks = pd.Series(read_networks(path, ProblemLog(path.name)))
    assert networks.value_counts().to_dict() == {"none": 518, "REP": 78, "REP+": 41}
    result = read(path, locate=as_stated)
    assert (result.read, result.accepted) == (637, 637)
