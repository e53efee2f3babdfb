"""GeoJSON, GeoPackage, CSV and XLSX of a three-commune table, by hand first."""

import io
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_integration.errors import LayerError
from geo_integration.exports import write_csv, write_geojson, write_gpkg, write_xlsx
from geo_integration.exports.geojson import published
from geo_integration.exports.headings import COVERAGE_HEADINGS, ROLLUP_HEADINGS
from geo_integration.layers import COVERAGE
from tests.coverage_samples import META, rollups, three_communes

DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1"]  # noqa: RUF001 -- full-width form


def written(tmp_path: Path, table: gpd.GeoDataFrame | None = None) -> Any:  # noqa: ANN401 -- JSON
    path = tmp_path / "gaps.geojson"
    write_geojson(three_communes() if table is None else table, path, meta=META)
    return json.loads(path.read_text("utf-8"), parse_constant=pytest.fail)


def test_geojson_values_by_hand(tmp_path: Path) -> None:
    collection = written(tmp_path)
    assert list(collection) == ["type", "geo_integration", "bbox", "features"]
    assert collection["bbox"] == [2.0, 50.0, 2.3, 50.1]
    assert [feature["id"] for feature in collection["features"]] == ["62001", "62002", "62003"]
    first, second, third = collection["features"]
    assert first["geometry"]["coordinates"] == [[[2.1, 50], [2.1, 50.1], [2, 50.1], [2, 50], [2.1, 50]]]
    assert first["properties"]["out_minutes"] == 12.34
    assert second["properties"]["cause_label"] == "Trop loin"
    assert second["properties"]["population"] is None
    assert third["properties"]["out_minutes"] is None
    assert third["properties"]["need"] is None
    for feature in collection["features"]:
        assert feature["properties"]["synthetic"] is True
        assert feature["properties"]["engine"] == "outline"
        assert feature["properties"]["need_basis"] in {"estimate", "unknown"}
    member = collection["geo_integration"]
    assert member["warning"].startswith("DONNÉES FICTIVES")
    assert member["sources"] == META["sources"]
    assert member["labels"]["engine"]["outline"] == "Réseau simplifié (estimation)"


def check_rfc7946(collection: dict[str, Any]) -> None:
    assert "crs" not in collection
    for feature in collection["features"]:
        shape = shapely.from_geojson(json.dumps(feature["geometry"]))
        assert shape.is_valid
        for part in shapely.get_parts(shape):
            assert part.exterior.is_ccw
            assert not any(ring.is_ccw for ring in part.interiors)
        for ring in shapely.get_rings(shape):
            points = shapely.get_coordinates(ring)
            assert (points[0] == points[-1]).all()
            assert np.abs(points - np.round(points, 6)).max() == 0


def test_geojson_is_rfc7946_whatever_the_input_winding_and_projection(tmp_path: Path) -> None:
    ring = shapely.Polygon([(2, 50), (2, 51), (3, 51), (3, 50)], [[(2.2, 50.2), (2.8, 50.2), (2.8, 50.8), (2.2, 50.8)]])
    two = shapely.MultiPolygon([shapely.box(4, 50, 4.1, 50.1, ccw=False), shapely.box(5, 50, 5.1, 50.1)])
    table = three_communes()
    table = table.set_geometry(gpd.GeoSeries([ring, two, table.geometry[2]], crs=4326)).to_crs(2154)
    check_rfc7946(written(tmp_path, table))


@settings(max_examples=40, deadline=None)
@given(names=st.lists(st.text(max_size=40), min_size=3, max_size=3))
def test_any_text_survives_geojson(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    collection = written(tmp_path_factory.mktemp("geojson"), three_communes(commune_name=names))
    kept = [feature["properties"]["commune_name"] for feature in collection["features"]]
    assert kept == [names[1], names[2], names[0]]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(-5, 9), st.floats(41, 51)), min_size=3, max_size=12, unique=True))
def test_rounding_never_breaks_a_polygon(corners: list[tuple[float, float]]) -> None:
    hull = shapely.MultiPoint(corners).buffer(1e-5).union(shapely.MultiPoint(corners).convex_hull)
    assert shapely.is_valid(published(np.array([hull], dtype=object))).all()


def test_polygon_smaller_than_the_grid_stays(tmp_path: Path) -> None:
    table = three_communes()
    tiny = gpd.GeoSeries([shapely.box(2, 50, 2 + 1e-6, 50 + 1e-6), None, table.geometry[2]], crs=4326)
    collection = written(tmp_path, table.set_geometry(tiny))
    assert collection["features"][0]["geometry"]["type"] == "Polygon"
    assert collection["features"][1]["geometry"] is None


def test_infinity_becomes_null(tmp_path: Path) -> None:
    collection = written(tmp_path, three_communes(full_minutes=[np.inf, np.nan, 3.0]))
    assert [feature["properties"]["full_minutes"] for feature in collection["features"]] == [None, 3.0, None]


def test_table_without_crs_is_refused(tmp_path: Path) -> None:
    table = three_communes().set_crs(None, allow_override=True)
    with pytest.raises(LayerError, match="sans projection"):
        write_geojson(table, tmp_path / "a.geojson", meta=META)
    with pytest.raises(LayerError, match="sans projection"):
        write_gpkg(table, tmp_path / "a.gpkg", meta=META)
    assert list(tmp_path.iterdir()) == []


def test_same_table_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_geojson(three_communes(), tmp_path / name / "gaps.geojson", meta=META)
        write_gpkg(three_communes(), tmp_path / name / "gaps.gpkg", meta=META, rollups=rollups())
        write_csv(three_communes(), tmp_path / name / "gaps.csv")
        write_xlsx(three_communes(), tmp_path / name / "gaps.xlsx", meta=META, rollups=rollups())
    files = sorted((tmp_path / "one").iterdir())
    assert [file.name for file in files] == ["gaps.csv", "gaps.geojson", "gaps.gpkg", "gaps.xlsx"]
    for file in files:
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes(), file.name
    properties = openpyxl.load_workbook(files[3]).properties
    assert properties.created.isoformat() == "2026-11-22T00:00:00"


def test_failure_leaves_the_previous_file(tmp_path: Path) -> None:
    path = tmp_path / "gaps.xlsx"
    path.write_bytes(b"before")
    with pytest.raises(ValueError, match="isoformat"):
        write_xlsx(three_communes(), path, rollups={}, meta={**META, "as_of": "hier"})
    assert path.read_bytes() == b"before"
    assert [file.name for file in tmp_path.iterdir()] == ["gaps.xlsx"]


def test_csv_opens_in_french_excel(tmp_path: Path) -> None:
    path = tmp_path / "gaps.csv"
    write_csv(three_communes(), path)
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbfCode commune;Commune;")
    table = pd.read_csv(io.BytesIO(raw), sep=";", decimal=",", dtype={"Code commune": "str"})
    assert table["Code commune"].tolist() == ["62001", "62002", "62003"]
    assert table["Situation"].tolist() == ["Couverte", "Trop loin", "Aucune donnée"]
    assert table["Besoin"].tolist()[:2] == [2.5, 1.25]
    assert table["Besoin"].isna().tolist() == [False, False, True]
    assert ";45,2;46;" in raw.decode("utf-8-sig")
    assert table["Donnée fictive"].tolist() == ["oui"] * 3


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_formula_in_csv_nor_xlsx(tmp_path: Path, text: str) -> None:
    table = three_communes(offer_title=[text] * 3)
    write_csv(table, tmp_path / "gaps.csv")
    lines = pd.read_csv(tmp_path / "gaps.csv", sep=";", lineterminator="\n" if text == "\rx" else None)
    assert all(str(value).startswith("'") for value in lines["Cours le plus proche"].dropna())
    write_xlsx(table, tmp_path / "gaps.xlsx", rollups={}, meta=META)
    sheet = openpyxl.load_workbook(tmp_path / "gaps.xlsx")["Communes"]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} <= {"s", "n"}


def test_negative_numbers_are_not_quoted(tmp_path: Path) -> None:
    write_csv(pd.DataFrame({"x": [-1.5]}), tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_text("utf-8-sig").split() == ["x", "-1,5"]


def test_workbook_sheets_and_values(tmp_path: Path) -> None:
    path = tmp_path / "gaps.xlsx"
    write_xlsx(three_communes(), path, rollups=rollups(), meta=META)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Lisez-moi", "Communes", "Intercommunalités", "Départements", "Légende"]
    told = [cell.value for row in book["Lisez-moi"].iter_rows() for cell in row if cell.value]
    assert told[0] == META["title"]
    assert "DONNÉES FICTIVES — démonstration" in told
    assert META["method"] in told
    sheet = book["Communes"]
    assert sheet["A1"].value == "DONNÉES FICTIVES — démonstration"
    assert [cell.value for cell in sheet[2]][:2] == ["Code commune", "Commune"]
    assert [cell.value for cell in sheet[3]][:2] == ["62001", "Abbé-Saint-Éloi"]
    assert sheet.freeze_panes == "C3"
    last = openpyxl.utils.get_column_letter(len(COVERAGE.columns))
    assert sheet.auto_filter.ref == f"A2:{last}5"
    assert book["Départements"]["D3"].value == 3


def test_workbook_of_real_data_says_nothing_fictitious(tmp_path: Path) -> None:
    path = tmp_path / "gaps.xlsx"
    write_xlsx(three_communes(synthetic=False), path, rollups={}, meta={**META, "synthetic": False})
    book = openpyxl.load_workbook(path)
    assert not any("FICTIVES" in str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row)


def test_every_column_has_a_french_heading() -> None:
    assert {column.name for column in COVERAGE.columns} == set(COVERAGE_HEADINGS)
    labels = [heading.label for heading in COVERAGE_HEADINGS.values()]
    assert len(set(labels)) == len(labels)
    assert set(rollups()["epci"].columns) <= set(ROLLUP_HEADINGS)


def test_geopackage_layers(tmp_path: Path) -> None:
    path = tmp_path / "gaps.gpkg"
    write_gpkg(three_communes(), path, meta=META, rollups=rollups())
    assert [name for name, _ in pyogrio.list_layers(path)] == ["gaps", "epci", "departement"]
    info = pyogrio.read_info(path, layer="gaps")
    assert info["geometry_type"] == "MultiPolygon"
    assert info["layer_metadata"]["DESCRIPTION"].startswith("DONNÉES FICTIVES")
    read = gpd.read_file(path, layer="gaps")
    assert read.crs == "EPSG:4326"
    assert read["commune_code"].tolist() == ["62001", "62002", "62003"]
    assert read["need"].sum() == 3.75
    assert pyogrio.read_dataframe(path, layer="departement")["need"].sum() == 3.75


@pytest.mark.gdal
@pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="gdal-bin absent : apt-get install gdal-bin")
def test_debian_gdal_reads_both(tmp_path: Path) -> None:
    write_geojson(three_communes(), tmp_path / "gaps.geojson", meta=META)
    write_gpkg(three_communes(), tmp_path / "gaps.gpkg", meta=META, rollups=rollups())
    for name, layer in (("gaps.gpkg", "gaps"), ("gaps.geojson", "gaps")):
        command = ["ogrinfo", "-ro", "-so", str(tmp_path / name), layer]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 -- our own files
        assert "Feature Count: 3" in told
        assert "Polygon" in told
        assert "WGS 84" in told
