"""Any table, any encoding: read back equal; damaged rows cost themselves and nothing else."""

import datetime as dt
import gzip
import json
import zipfile
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
from shapely import Point, Polygon
from table_samples import problems, shared, write, write_xlsx

from geo_integration.errors import InputRefusedError
from geo_integration.settings import settings as project_settings
from geo_integration.sources import tables_sheet
from geo_integration.sources.imports import ProblemLog
from geo_integration.sources.tables import find_format, read_rows

LOG = "essai"


def rows_of(path: Path, **options: object) -> tuple[list[tuple[str, dict]], ProblemLog]:
    log = ProblemLog(path.name)
    table = read_rows(path, log=log, **options)
    return [(row.where, dict(row.cells)) for row in table], log


def test_csv_by_hand(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", 'Commune;Cours\nArras;"Français\nlangue étrangère"\nLens;Alpha\n')
    found, log = rows_of(path)
    assert found == [
        ("ligne 2", {"Commune": "Arras", "Cours": "Français\nlangue étrangère"}),
        ("ligne 4", {"Commune": "Lens", "Cours": "Alpha"}),
    ]
    assert not log.problems


def test_title_and_blank_lines_above_the_header(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "Cours de français, Pas-de-Calais;;\n\n;;\nVille;Cours;Tel\nArras;FLE;\n")
    assert rows_of(path)[0] == [("ligne 5", {"Ville": "Arras", "Cours": "FLE", "Tel": None})]


def test_ragged_rows_are_rejected_and_extra_blanks_are_not(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "a;b;c\n1;2\n1;2;3;;\n1;2;3;4\n7;8;9\n")
    found, log = rows_of(path)
    assert [where for where, _ in found] == ["ligne 3", "ligne 5"]
    assert [p[:2] for p in problems(log)] == [("row_rejected", "ligne 2"), ("row_rejected", "ligne 4")]


def test_a_quote_never_closed_costs_one_row(tmp_path: Path) -> None:
    body = "".join(f"{n};ville {n};{n}\n" for n in range(3, 400))
    path = write(tmp_path / "a.csv", 'a;b;c\n0;x;0\n1;"jamais fermé;2\n2;y;3\n' + body)
    found, log = rows_of(path)
    assert [p[:2] for p in problems(log)] == [("row_rejected", "ligne 3")]
    assert len(found) == 399
    assert found[1] == ("ligne 4", {"a": "2", "b": "y", "c": "3"})


def test_two_open_quotes_do_not_merge_two_rows(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", 'a;b;c\n0;x;0\n1;"b;2\n4;y;"5\n6;7;8\n')
    found, log = rows_of(path)
    assert [cells["a"] for _, cells in found] == ["0", "6"]
    assert {p[1] for p in problems(log)} == {"ligne 3", "ligne 4"}


def test_nul_and_broken_bytes_cost_one_row_each(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("ville;cours\nBéthune;é\nLi\0lle;b\n".encode() + b"Cal\xffais;c\n" + "Sète;ù\n".encode())
    found, log = rows_of(path)
    assert [cells["ville"] for _, cells in found] == ["Béthune", "Sète"]
    assert [p[1] for p in problems(log)] == ["ligne 3", "ligne 4"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "latin-1", "utf-16", "utf-16-le", "mac_roman"])
@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_encodings_and_separators(tmp_path: Path, encoding: str, separator: str) -> None:
    lines = [["Intitulé", "Où ?"], ["Français à l'école", "Béthune"], ["Élève œuvre", "Hénin"]]
    text = "\r\n".join(separator.join(line) for line in lines)
    text = text.replace("œ", "oe") if encoding == "latin-1" else text
    path = write(tmp_path / "a.csv", text, encoding)
    found, log = rows_of(path)
    assert [tuple(cells.values()) for _, cells in found] == [
        ("Français à l'école", "Béthune"),
        ("Élève oeuvre" if encoding == "latin-1" else "Élève œuvre", "Hénin"),
    ]
    assert not log.problems


def test_gzip_excel_directive_and_column_names(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"sep=|\nville||ville|\nArras|x|Lens|\n"))
    found, log = rows_of(path)
    assert found == [("ligne 3", {"ville": "Arras", "colonne 2": "x", "ville (2)": "Lens"})]
    assert [p[0] for p in problems(log)] == ["repaired", "repaired"]


def test_texts_are_read_as_a_stream(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "a;b\n" + "1;2\n" * 50_000 + "1\n")
    log = ProblemLog(LOG)
    table = read_rows(path, log=log)
    assert next(iter(table)).where == "ligne 2"
    assert table.read == 1
    assert not log.problems


def test_cells_too_long_are_rejected(tmp_path: Path) -> None:
    long = "x" * (project_settings().max_cell_characters + 1)
    path = write(tmp_path / "a.csv", f"a;b\n1;{long}\n2;y\n")
    found, log = rows_of(path)
    assert [cells["a"] for _, cells in found] == ["2"]
    assert "caractères" in log.problems[0].reason


def test_workbook_cells_and_positions(tmp_path: Path) -> None:
    data = [
        ["Suivi 2026"],
        [],
        ["INSEE", "Début", "Heure"],
        [2041, dt.date(2026, 1, 5), dt.time(9, 30)],
        [62041.0, "x", None],
    ]
    path = write_xlsx(tmp_path / "a.xlsx", data, "Offres")
    found, _ = rows_of(path)
    assert found == [
        ("feuille Offres, ligne 4", {"INSEE": 2041, "Début": dt.date(2026, 1, 5), "Heure": dt.time(9, 30)}),
        ("feuille Offres, ligne 5", {"INSEE": 62041, "Début": "x", "Heure": None}),
    ]


def test_other_sheets_are_noted_and_named_ones_found(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Lisez-moi"
    book.active.append(["a", "b"])
    book.create_sheet("Données").append(["c", "d"])
    book.save(tmp_path / "a.xlsx")
    assert problems(rows_of(tmp_path / "a.xlsx")[1]) == [("field_dropped", "feuille Données", "", "")]
    assert read_rows(tmp_path / "a.xlsx", sheet="donnees", log=ProblemLog(LOG)).columns == ("c", "d")
    with pytest.raises(InputRefusedError, match="Lisez-moi, Données"):
        read_rows(tmp_path / "a.xlsx", sheet="Cours", log=ProblemLog(LOG))


def test_hostile_workbooks_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD1048576"] = "a", "b"
    book.save(tmp_path / "far.xlsx")
    with pytest.raises(InputRefusedError, match="démesuré"):
        rows_of(tmp_path / "far.xlsx")
    write_xlsx(tmp_path / "big.xlsx", [["a"], ["b" * 5000]])
    monkeypatch.setattr(tables_sheet, "MAX_UNPACKED_BYTES", 5000)
    with pytest.raises(InputRefusedError, match="démesuré"):
        rows_of(tmp_path / "big.xlsx")


def test_json_shapes(tmp_path: Path) -> None:
    rows = [{"id": "1", "x": [1, 2]}, {"id": "2"}, 3]
    for name, text in {
        "a.json": json.dumps(rows),
        "b.json": json.dumps({"services": rows}, indent=1),
        "c.jsonl": "\n".join(map(json.dumps, rows)),
    }.items():
        found, log = rows_of(write(tmp_path / name, text))
        assert [cells["id"] for _, cells in found] == ["1", "2"]
        assert log.problems[0].reason == "objet JSON attendu"


def test_parquet(tmp_path: Path) -> None:
    pd.DataFrame({"a": ["x", None], "b": [1, 2]}).to_parquet(tmp_path / "a.parquet")
    assert rows_of(tmp_path / "a.parquet")[0] == [("ligne 1", {"a": "x", "b": 1}), ("ligne 2", {"a": None, "b": 2})]


@pytest.mark.parametrize(
    ("name", "driver"), [("a.geojson", "GeoJSON"), ("a.gpkg", "GPKG"), ("a.shp", "ESRI Shapefile")]
)
def test_geography_is_reprojected(tmp_path: Path, name: str, driver: str) -> None:
    frame = gpd.GeoDataFrame({"nom": ["Lille"]}, geometry=[Point(704_000, 7_059_000)], crs=2154)
    frame = frame.to_crs(4326) if driver == "GeoJSON" else frame
    frame.to_file(tmp_path / name, driver=driver)
    ((where, cells),), _ = rows_of(tmp_path / name)
    assert (where, cells["nom"]) == ("entité 1", "Lille")
    assert cells["longitude"] == pytest.approx(3.056, abs=0.01)
    assert cells["latitude"] == pytest.approx(50.63, abs=0.01)


def test_polygons_give_a_point_inside_and_no_crs_is_refused(tmp_path: Path) -> None:
    horseshoe = Polygon([(0, 0), (3, 0), (3, 3), (2, 3), (2, 1), (1, 1), (1, 3), (0, 3)])
    gpd.GeoDataFrame({"n": [1]}, geometry=[horseshoe], crs=4326).to_file(tmp_path / "a.gpkg")
    ((_, cells),), _ = rows_of(tmp_path / "a.gpkg")
    assert horseshoe.contains(Point(cells["longitude"], cells["latitude"]))
    gpd.GeoDataFrame({"n": [1]}, geometry=[horseshoe]).to_file(tmp_path / "b.shp")
    with pytest.raises(InputRefusedError, match="projection"):
        rows_of(tmp_path / "b.shp")


@pytest.mark.parametrize(
    "content",
    [b"", b"  \n", b"%PDF-1.7", b"<html><table></table></html>", b"PK\x03\x04xx", b"PAR1xx", b"\x1f\x8b\x08xx", b"[{"],
)
@pytest.mark.parametrize("name", ["a.csv", "a.xlsx", "a.json"])
def test_what_is_no_table_is_refused_with_a_way_out(tmp_path: Path, content: bytes, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputRefusedError) as error:
        rows_of(path)
    assert error.value.where
    assert error.value.way_out


def test_missing_file_folder_and_archive(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.csv", "a;b\n1;2\n")
    for path in (tmp_path / "absent.csv", tmp_path, tmp_path / "a.zip"):
        with pytest.raises(InputRefusedError):
            rows_of(path)


@pytest.mark.parametrize(
    ("name", "kind", "count"),
    [
        ("formations/carif_dian/exemple_export_dian.csv", "text", 5),
        ("formations/data_inclusion/services_carif_oref_exemples.jsonl", "jsonl", 7),
        ("ecoles/annuaire_education_hdf.csv.gz", "text", 6661),
        ("ecoles/colleges_lycees_rep_academie_lille_2021.geojson", "geography", 637),
        ("logement/rpls_logements_sociaux_communes_hdf_2024-01.csv", "text", 1748),
        ("osm/compiegne_lille_riate/Compiegne.gpkg", "geography", 50),
        ("reseau/rail_hdf_aretes.parquet", "parquet", 3972),
    ],
)
def test_real_samples(name: str, kind: str, count: int) -> None:
    path = shared(name)
    assert find_format(path) == kind
    assert len(rows_of(path)[0]) == count
