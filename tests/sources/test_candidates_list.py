"""A user's list of places: what is read, and every bad row told with its line, column, value and way out."""

import json
from pathlib import Path

import pandas as pd
import pytest

from geo_integration import territories
from geo_integration.errors import InputRefusedError
from geo_integration.sources.candidates import read

ARRAS = "62041"


def mairie(code: str = ARRAS) -> tuple[float, float]:
    row = territories.communes(geometry=False).set_index("code").loc[code]
    return float(row["mairie_lon"]), float(row["mairie_lat"])


def write(folder: Path, *lines: str) -> Path:
    path = folder / "lieux.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_places_hours_and_seats(tmp_path: Path) -> None:
    lon, lat = mairie()
    found = read(
        write(
            tmp_path,
            "Nom de la structure;Code INSEE;Longitude;Latitude;Places;Jours;Horaires;Type de cours",
            "France Services;62041;;;12;;mardi 18h30-20h30;alphabetisation",
            f"Salle des fêtes;;{lon};{lat};;lundi, jeudi;9h-11h;",
            "Mairie annexe;62041;;;;;;",
        )
    ).table
    assert found["commune_code"].tolist() == [ARRAS] * 3
    assert found[["lon", "lat"]].round(5).drop_duplicates().shape == (1, 2)  # the mairie where only the commune is told
    assert found["capacity"].isna().tolist() == [False, True, True]
    assert found.loc[0, ["days", "start_time", "end_time", "kind"]].tolist() == [
        "tue", "18:30", "20:30", "alphabetisation",
    ]  # fmt: skip
    assert found.loc[1, ["days", "start_time", "end_time"]].tolist() == ["mon;thu", "09:00", "11:00"]
    assert found.loc[2, ["days", "start_time", "end_time", "kind"]].isna().all()
    assert found["where"].tolist() == ["ligne 2", "ligne 3", "ligne 4"]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("Salle;62999;;;;", "ligne 2, colonne insee, « 62999 » : code commune inconnu du COG"),
        ("Salle;62041;;;-3;", "ligne 2, colonne places, « -3 » : nombre de places nul ou négatif"),
        ("Salle;62041;;;0;", "« 0 » : nombre de places nul ou négatif"),
        ("Salle;62041;;;douze;", "ligne 2, colonne places, « douze »"),
        ("Salle;62041;5.0;45.0;;", "ligne 2, colonne lon, lat, « 5, 45 » : point à 60"),
        ("Salle;;-30;40;;", "ligne 2, colonne lon, lat, « -30, 40 » : point hors de France"),
        ("Salle;;700000;6600000;;", "coordonnées projetées"),
        ("Salle;62041;2.7;;;", "ligne 2, colonne lat : coordonnée seule"),
        ("Salle;;;;;", "ligne 2, colonne insee : ni code commune, ni longitude et latitude"),
        (";62041;;;12;", "ligne 2, colonne nom : valeur absente"),
        ("Salle;62041;;;;20h-18h", "ligne 2, colonne horaires, « 20h-18h » : horaires impossibles"),
    ],
)
def test_a_bad_row_is_told_and_nothing_is_kept(tmp_path: Path, row: str, told: str) -> None:
    path = write(tmp_path, "nom;insee;lon;lat;places;horaires", row, "Bonne;62041;;;12;")
    with pytest.raises(InputRefusedError) as error:
        read(path)
    assert told in error.value.what
    assert error.value.where == "lieux.csv"
    assert "rien n'est calculé sur une liste incomplète" in error.value.way_out


def test_many_bad_rows_are_counted(tmp_path: Path) -> None:
    path = write(tmp_path, "nom;insee", *(f"Salle {number};629{number:02d}" for number in range(90, 98)))
    with pytest.raises(InputRefusedError, match="8 ligne") as error:
        read(path)
    assert "et 3 autre(s)" in error.value.what


def test_geojson_and_workbook(tmp_path: Path) -> None:
    lon, lat = mairie()
    point = {"type": "Feature", "properties": {"nom": "Salle", "places": 10}}
    point["geometry"] = {"type": "Point", "coordinates": [lon, lat]}
    path = tmp_path / "lieux.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [point]}), encoding="utf-8")
    (row,) = read(path).table.to_dict("records")
    assert (row["name"], row["commune_code"], row["capacity"]) == ("Salle", ARRAS, 10)
    book = tmp_path / "lieux.xlsx"
    pd.DataFrame({"Nom": ["Salle"], "INSEE": ["62041"], "Places": [10]}).to_excel(book, index=False)
    assert read(book).table["commune_code"].tolist() == [ARRAS]


def test_exchanged_coordinates_are_put_back_and_told(tmp_path: Path) -> None:
    lon, lat = mairie()
    found = read(write(tmp_path, "nom;insee;lon;lat", f"Salle;62041;{lat};{lon}"))
    assert found.table.loc[0, ["lon", "lat"]].tolist() == [lon, lat]
    assert "échangées" in found.log.problems[0].reason


def test_a_former_commune_is_its_successor(tmp_path: Path) -> None:
    former = territories.former_codes()
    gone = former[former["code"].str.startswith("62") & former["code"].ne(former["current_code"])].iloc[0]
    found = read(write(tmp_path, "nom;insee", f"Salle;{gone['code']}"))
    assert found.table["commune_code"].tolist() == [gone["current_code"]]


def test_a_file_without_a_name_column_or_a_row_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefusedError, match="colonne absente : nom"):
        read(write(tmp_path, "insee;places", "62041;12"))
    with pytest.raises(InputRefusedError):
        read(write(tmp_path, "nom;insee"))
