"""The files of any answer: what each holds, by hand, read back by other programs than ours."""

import csv
import json
import math
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_integration.errors import LayerError, OptionError
from geo_integration.exports.colours import (
    CAUSE_COLOURS,
    causes,
    class_of_each,
    diverging,
    of_terms,
    of_texts,
    sequential,
)
from geo_integration.exports.headings import Heading
from geo_integration.exports.result import Beside
from geo_integration.exports.result_files import check_result, write_result, written_names
from geo_integration.vocabulary import Cause, Fit, OfferStatus
from tests.result_samples import FORMULA, HOSTILE, courses, sample

SUFFIXES = (".csv", ".geojson", ".gpkg", ".xlsx", ".html")


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, delimiter=";"))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_files_are_those_announced_and_the_same_twice(tmp_path: Path, suffix: str) -> None:
    for folder in ("one", "two"):
        path = tmp_path / folder / f"essai{suffix}"
        told = written_names(sample(), path)
        assert write_result(sample(), path) == told
        assert told[0] == path
        assert sorted(path.parent.iterdir()) == sorted(told)
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes(), file.name


def test_names(tmp_path: Path) -> None:
    beside = sample().beside
    result = sample(beside={"a/b": beside["raisons"], "points": beside["lorenz"]})
    names = [path.name for path in written_names(result, tmp_path / "x.csv")]
    assert names == ["x.csv", "x-points.csv", "x-a_b.csv", "x-points_2.csv", "x-lisezmoi.txt"]
    write_result(result, tmp_path / "x.csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)
    assert [path.name for path in written_names(sample(points=None), Path("y.geojson"))] == ["y.geojson"]


def test_unknown_suffix_is_refused_before_any_work() -> None:
    with pytest.raises(OptionError, match=r"« \.shp » inconnu") as caught:
        check_result([Path("a.csv"), Path("b.shp")])
    assert ".geojson" in caught.value.way_out
    with pytest.raises(OptionError, match="inconnu"):
        write_result(sample(), Path("sans-suffixe"))


def test_csv_by_hand(tmp_path: Path) -> None:
    write_result(sample(), tmp_path / "essai.csv")
    header, *lines = rows(tmp_path / "essai.csv")
    assert header[:4] == ["Code commune", "Commune", "Département", "Situation"]
    # the order of the answer, codes with their zeros, decimal commas, empty where unknown or infinite
    assert lines[0] == ["01005", "Œuf-en-Ternois", "01", "Aucune donnée", *[""] * 5, "Inconnu", "", "non", "oui"]
    assert lines[1][4:10] == ["12,34", "0", "0", "0", "0", "Convient"]
    assert lines[2][:2] == ["01004", HOSTILE]
    assert lines[2][-4:] == ["Ne convient pas", "'@SUM(A1)", "oui", "oui"]
    assert lines[3][1] == f"'{FORMULA}"
    assert lines[3][4] == ""
    assert lines[3][-3] == "'-1"
    assert rows(tmp_path / "essai-courbe.csv")[1:3] == [["0", "0", ""], ["1", "40", "0"]]
    assert rows(tmp_path / "essai-raisons.csv") == [["Raison"]]
    points = rows(tmp_path / "essai-points.csv")
    assert points[0] == ["N°", "Lieu", "Détail", "Nature", "Longitude", "Latitude"]
    assert points[1] == ["1", "École Jules-Ferry", "Groupe du soir · réservé aux parents", "chosen", "2,05", "50,05"]
    assert points[4] == ["4", "Nulle part", "inconnu", "site", "", ""]
    told = (tmp_path / "essai-lisezmoi.txt").read_text("utf-8-sig")
    for words in ("DONNÉES FICTIVES", "réseau simplifié", "Méthode : ", "Bornes : Bas", "Licence Ouverte 2.0", "62 %"):
        assert words in told
    assert "- Adéquation (fit) : Ce que le cours est" in told
    assert "- Convient (fits) : valeur de « Adéquation »" in told


def test_geojson_by_hand(tmp_path: Path) -> None:
    write_result(sample(), tmp_path / "essai.geojson")
    collection = json.loads((tmp_path / "essai.geojson").read_text("utf-8"), parse_constant=pytest.fail)
    assert [feature["id"] for feature in collection["features"]] == ["01002", "01003", "01004", "01005", "01006"]
    assert collection["bbox"] == [2.0, 50.0, 2.4, 50.1]
    covered, stranded, withheld, silent, nowhere = collection["features"]
    assert covered["properties"]["need"] == 0.0
    assert covered["properties"]["cause_label"] == "Couverte"
    assert stranded["properties"]["out_minutes"] is None
    assert withheld["properties"] | {"need": None, "withheld": True} == withheld["properties"]
    assert silent["properties"]["hours"] is None
    assert nowhere["geometry"] is None
    member = collection["geo_integration"]
    assert member["headings"]["need"]["label"] == "Besoin"
    assert member["labels"]["fit"] == {"fits": "Convient", "unknown": "Inconnu", "does_not_fit": "Ne convient pas"}
    assert member["figures"][0] == {"value": "62 %", "text": "des apprenants « servis » par deux groupes"}
    assert member["beside"]["courbe"]["rows"][2] == {"sites": 2, "need": 65.5, "gap": 0.0}
    assert member["beside"]["raisons"]["rows"] == []
    assert member["bounds"] == sample().meta["bounds"]
    points = json.loads((tmp_path / "essai-points.geojson").read_text("utf-8"))
    assert points["features"][0]["geometry"] == {"type": "Point", "coordinates": [2.05, 50.05]}
    assert points["features"][3]["geometry"] is None


def test_geopackage_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "essai.gpkg"
    write_result(sample(), path)
    layers = dict(pyogrio.list_layers(path))
    assert layers == {
        "essai": "MultiPolygon",
        "points": "Point",
        "courbe": None,
        "lorenz": None,
        "raisons": None,
        "methode": None,
    }
    table = gpd.read_file(path, layer="essai")
    assert table["commune_code"].tolist() == ["01005", "01002", "01004", "01003", "01006"]
    assert table["need"].isna().tolist() == [True, False, True, False, False]
    assert table["out_minutes"].isna().tolist() == [True, False, False, True, False]  # infinite is no number to map
    assert table.geometry.isna().tolist() == [False] * 4 + [True]
    method = pyogrio.read_dataframe(path, layer="methode")
    assert method["rubrique"].tolist()[:2] == ["Attention", "Attention"]
    assert "Le cours ouvert le plus proche, à partir de la mairie." in method["texte"].tolist()
    titles = pyogrio.read_dataframe(path, sql="SELECT title FROM gpkg_data_columns WHERE column_name = 'hours'")
    assert "Heures par apprenant (h/an)" in titles["title"].tolist()


def test_workbook_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "essai.xlsx"
    write_result(sample(), path)
    book = openpyxl.load_workbook(path)
    names = ["Méthode et sources", "Essai", "Courbe", "Lorenz", "Raisons", "Lieux", "Légende"]
    assert book.sheetnames == names
    for sheet in book:
        assert sheet.page_setup.paperSize == 9
        assert sheet.page_setup.orientation == "landscape"
        kinds = {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None}
        assert kinds <= {"s", "n"}, sheet.title
    told = [str(cell.value) for row in book["Méthode et sources"].iter_rows() for cell in row if cell.value]
    for words in ("Bornes", "Méthode", "Chiffre clé", "Source", "Limite", "Bas : seuls les cours sûrs."):
        assert words in told
    assert any("réseau simplifié" in words for words in told)
    sheet = book["Essai"]
    assert [cell.value for cell in sheet[2]][:2] == ["Code commune", "Commune"]
    assert [cell.value for cell in sheet[3]][:6] == ["01005", "Œuf-en-Ternois", "01", "Aucune donnée", None, None]
    assert sheet["B6"].value == FORMULA
    assert sheet["B6"].data_type == "s"
    assert sheet["F4"].value == 0
    assert sheet.freeze_panes == "C3"
    assert sheet.print_title_rows == "$2:$2"
    assert book["Raisons"]["A2"].value == "Raisons : aucune"


def test_long_and_twin_names_make_sheets(tmp_path: Path) -> None:
    curve = sample().beside["courbe"]
    names = [
        "Un nom bien trop long pour une feuille de calcul",
        "Un nom bien trop long pour une feuille [2]",
        "légende",
    ]
    write_result(sample(beside=dict.fromkeys(names, curve)), tmp_path / "x.xlsx")
    sheets = openpyxl.load_workbook(tmp_path / "x.xlsx").sheetnames
    assert len({name.lower() for name in sheets}) == len(sheets) == 7
    assert max(len(name) for name in sheets) <= 31


@pytest.mark.gdal
@pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="gdal-bin absent : apt-get install gdal-bin")
def test_debian_gdal_reads_both(tmp_path: Path) -> None:
    for suffix in (".gpkg", ".geojson"):
        write_result(sample(), tmp_path / f"essai{suffix}")
        command = ["ogrinfo", "-ro", "-so", "-al", str(tmp_path / f"essai{suffix}")]
        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 -- our own files
        assert "Layer name: essai" in done.stdout
        assert "Feature Count: 5" in done.stdout
        assert "WARNING" not in done.stderr.upper()


def test_places_and_nothing_at_all(tmp_path: Path) -> None:
    write_result(courses(), tmp_path / "fit.gpkg")
    assert dict(pyogrio.list_layers(tmp_path / "fit.gpkg")) == {"fit": "Point", "methode": None}
    empty = replace(courses(), table=courses().table.iloc[:0], colourings=())
    for suffix in SUFFIXES:
        write_result(empty, tmp_path / f"vide{suffix}")
    assert len(rows(tmp_path / "vide.csv")) == 1
    assert json.loads((tmp_path / "vide.geojson").read_text("utf-8"))["features"] == []
    assert dict(pyogrio.list_layers(tmp_path / "vide.gpkg")) == {"fit": None, "methode": None}


def test_other_projections_leave_as_wgs84_and_none_is_refused(tmp_path: Path) -> None:
    write_result(sample(table=sample().table.to_crs(2154)), tmp_path / "a.geojson")
    collection = json.loads((tmp_path / "a.geojson").read_text("utf-8"))
    assert collection["bbox"] == pytest.approx([2.0, 50.0, 2.4, 50.1], abs=1e-4)
    bare = sample().table.set_crs(None, allow_override=True)
    with pytest.raises(LayerError, match="sans projection"):
        write_result(sample(table=bare), tmp_path / "b.csv")


@pytest.mark.parametrize(("code", "words"), [(None, "vide"), ("01002", "répétée : 01002")])
def test_a_key_identifies_a_row(tmp_path: Path, code: str | None, words: str) -> None:
    table = sample().table
    table.loc[0, "commune_code"] = code
    with pytest.raises(LayerError, match=words):
        write_result(sample(table=table), tmp_path / "a.csv")
    with pytest.raises(LayerError, match="clé absente : siren"):
        write_result(sample(key="siren"), tmp_path / "a.csv")
    assert list(tmp_path.iterdir()) == []


def test_a_failure_changes_no_file(tmp_path: Path) -> None:
    write_result(sample(), tmp_path / "essai.csv")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    class Broken:
        def __str__(self) -> str:
            raise RuntimeError("cassé")

    broken = Beside("cassé", pd.DataFrame({"x": [Broken()]}), {"x": Heading("x", "")})
    with pytest.raises(RuntimeError, match="cassé"):
        write_result(sample(beside={**sample().beside, "raisons": broken}, name="autre"), tmp_path / "essai.csv")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_the_answer_is_left_unchanged(tmp_path: Path) -> None:
    result, before = sample(), sample()
    for suffix in SUFFIXES:
        write_result(result, tmp_path / f"a{suffix}")
    pd.testing.assert_frame_equal(pd.DataFrame(result.table), pd.DataFrame(before.table))
    for name, beside in result.beside.items():
        pd.testing.assert_frame_equal(beside.table, before.beside[name].table)


def test_sequential_classes_by_hand() -> None:
    # Zero apart. Quantiles 20, 40, 60, 80 % of 1, 2, 3, 4, 9, 40, 120 (linear): 2.2, 3.4, 7, 33.8, made whole.
    found = sequential([0, 0, 0, 1, 2, 3, 4, 9, 40, 120], unit="h")
    assert [swatch.value for swatch in found] == [0, 2, 3, 7, 34, math.inf]
    labels = ["0", "1 à 2", "3", "4 à 7", "8 à 34", "35"]
    assert [swatch.label for swatch in found] == [f"{label}\u00a0h" for label in labels[:-1]] + ["35\u00a0h et plus"]
    assert found[0].colour == "#ffffcc"
    assert found[-1].colour == "#0c2c84"
    low = sequential([0, 0, 0, 1, 2, 3, 4, 9, 40, 120], unit="h", bad="low")
    assert [swatch.colour for swatch in low] == [swatch.colour for swatch in found][::-1]
    assert class_of_each(pd.Series([0, 2, 2.5, 121, None, np.inf]), found) == [0, 1, 2, 5, None, None]


def test_given_breaks_hold_their_bound() -> None:
    found = sequential([10.5, 45, 45.01, 100], unit="min", breaks=[15, 45])
    assert [swatch.label for swatch in found] == ["15\u00a0min ou moins", "15 à 45\u00a0min", "plus de 45\u00a0min"]
    assert class_of_each(pd.Series([15, 45, 45.01]), found) == [0, 1, 2]
    assert [swatch.value for swatch in sequential([1.5], breaks=[15, 45])] == [15, 45]
    with pytest.raises(OptionError, match="ne montent pas"):
        sequential([1], breaks=[3, 3])
    with pytest.raises(OptionError, match="sens"):
        sequential([1], bad="left")


def test_nothing_to_class() -> None:
    assert sequential([None, np.nan, np.inf]) == ()
    assert diverging([]) == ()
    assert [swatch.label for swatch in sequential([5, 5])] == ["5"]
    assert class_of_each(pd.Series([1.0, None]), ()) == [None, None]


def test_diverging_classes_are_the_same_on_both_sides() -> None:
    # Sizes 1, 2, 3, 15, 20: thirds at 2 + 1/3 = 2.33 and 3 + 2/3 of 12 = 11 (linear), made whole: 2 and 11.
    found = diverging([-20, -3, -1, 0, 0, 2, 15], unit="min")
    assert [swatch.label.replace("\u00a0", " ") for swatch in found] == [
        "baisse de plus de 11 min",
        "baisse de 3 à 11 min",
        "baisse de 2 min au plus",
        "aucun changement",
        "hausse de 2 min au plus",
        "hausse de 3 à 11 min",
        "hausse de plus de 11 min",
    ]
    column = pd.Series([-12, -11, -2, -0.1, 0, 0.1, 2, 11, 12])
    assert class_of_each(column, found) == [0, 1, 2, 2, 3, 4, 4, 5, 6]


numbers = st.lists(st.floats(-1e6, 1e6, allow_nan=False) | st.integers(-50, 50), min_size=1, max_size=60)


@given(numbers)
def test_every_number_has_one_class_and_classes_rise(values: list[float]) -> None:
    for found in (sequential(values), diverging(values)):
        limits = [float(swatch.value) for swatch in found]
        assert limits == sorted(set(limits))
        classes = class_of_each(pd.Series(values, dtype="float64"), found)
        assert None not in classes
        order = np.argsort(values, kind="stable")
        assert np.all(np.diff(np.array(classes)[order].astype(int)) >= 0)
        assert len({swatch.label for swatch in found}) == len(found)


@given(numbers)
def test_the_sign_of_a_difference_is_never_lost(values: list[float]) -> None:
    found = diverging(values)
    for value, number in zip(values, class_of_each(pd.Series(values, dtype="float64"), found), strict=True):
        assert number is not None
        word = "aucun" if value == 0 else "hausse" if value > 0 else "baisse"
        assert found[number].label.startswith(word)


def test_categories_differ_by_colour_and_hatching() -> None:
    for found in (of_terms(OfferStatus), of_texts({"a": "Un", "b": "Deux"}), of_terms(Fit)):
        assert len({(swatch.colour, swatch.hatch) for swatch in found}) == len(found)
        assert len({swatch.hatch for swatch in found if swatch.value != "unknown"}) >= len(found) - 1
    assert [swatch.value for swatch in of_terms(Fit)] == ["fits", "does_not_fit", "unknown"]
    assert of_terms(Fit, {"fits": "#123456"})[0].colour == "#123456"
    assert of_terms(Cause) == causes()
    assert {swatch.value for swatch in causes()} == {cause.value for cause in Cause}
    assert [swatch.colour for swatch in causes()] == list(CAUSE_COLOURS.values())


def test_mixed_columns_keep_their_texts(tmp_path: Path) -> None:
    odd: dict[str, Any] = {"x": [1, "a", None], "y": [np.int64(3), np.float64(1.5), None], "z": [None, None, None]}
    beside = Beside("mélange", pd.DataFrame(odd, dtype="object"), {})
    write_result(sample(beside={"odd": beside}), tmp_path / "a.gpkg")
    read = pyogrio.read_dataframe(tmp_path / "a.gpkg", layer="odd")
    assert read["x"].tolist()[:2] == ["1", "a"]
    assert read["y"].tolist()[:2] == [3.0, 1.5]
    assert read["z"].isna().all()
