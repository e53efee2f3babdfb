"""Outlines of quartiers prioritaires: what is read, joined, put right and rejected."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from shapely import MultiPolygon, Polygon, box
from shapely.geometry import Point

from geo_integration.errors import InputRefusedError
from geo_integration.jobs.imports import Format, ImportOptions, import_file
from geo_integration.sources import qpv
from geo_integration.store import open_store

ARRAS = (2.775, 50.290)


def square(side: float = 0.004, *, east: float = 0.0) -> Polygon:
    lon, lat = ARRAS[0] + east, ARRAS[1]
    return box(lon, lat, lon + side, lat + side)


def written(folder: Path, rows: list[dict[str, Any]], *, name: str = "qpv.geojson", crs: Any = "EPSG:4326") -> Path:  # noqa: ANN401
    path = folder / name
    table = pd.DataFrame([{key: value for key, value in row.items() if key != "geometry"} for row in rows])
    gpd.GeoDataFrame(table, geometry=[row["geometry"] for row in rows], crs=crs).to_file(path)
    return path


def quarter(**change: Any) -> dict[str, Any]:  # noqa: ANN401 -- any column
    return {"code_qp": "QN06201M", "lib_qp": "Quartier Ouest", "insee_com": "62041", "geometry": square()} | change


def reasons(found: Any) -> list[str]:  # noqa: ANN401 -- an Import
    return found.report()["reason"].tolist()


def test_the_columns_of_2024_and_of_2015(tmp_path: Path) -> None:
    found = qpv.read(written(tmp_path, [quarter()]))
    table = found.tables["qpv"]
    row = table.iloc[0]
    assert row[["qpv_code", "name", "commune_codes", "departement_code", "observed_year"]].tolist() == [
        "QN06201M",
        "Quartier Ouest",
        "62041",
        "62",
        2024,
    ]
    assert table.geometry.iloc[0].equals_exact(square(), 1e-9)
    assert found.covers == ("62",)
    old = {"CODE_QP": "QP062001", "NOM_QP": "Ouest", "COMMUNE_QP": "Arras", "geometry": square()}
    found = qpv.read(written(tmp_path, [old], name="old.geojson"))
    # The file of 2015 names its communes and gives no code: the commune is that of a point of the quarter, and said.
    assert found.tables["qpv"].loc[0, ["name", "commune_codes", "observed_year"]].tolist() == ["Ouest", "62041", 2015]
    assert reasons(found) == ["commune absente, lue d'un point du quartier : 62041"]


def test_another_projection_and_a_geopackage(tmp_path: Path) -> None:
    flat = gpd.GeoSeries([square()], crs="EPSG:4326").to_crs(2154)
    path = written(tmp_path, [quarter(geometry=flat.iloc[0])], name="qpv.gpkg", crs=2154)
    table = qpv.read(path).tables["qpv"]
    assert table.crs == "EPSG:4326"
    assert table.geometry.iloc[0].equals_exact(square(), 1e-6)


def test_pieces_of_one_quarter_are_joined_and_a_piece_given_twice_is_noted(tmp_path: Path) -> None:
    other = quarter(insee_com="62498", geometry=square(east=0.004))
    found = qpv.read(written(tmp_path, [quarter(), other, quarter()]))
    table = found.tables["qpv"]
    assert table["commune_codes"].tolist() == ["62041;62498"]
    assert table.geometry.iloc[0].area == pytest.approx(2 * 0.004**2)
    assert reasons(found) == ["contour déjà lu (entité 1)", "joint à entité 2"]
    assert (found.read, found.accepted, found.rejected) == (3, 1, 1)


def test_several_communes_in_one_cell_and_former_ones(tmp_path: Path) -> None:
    found = qpv.read(written(tmp_path, [quarter(insee_com="62041, 75118 ; 62999")]))
    # The 18th arrondissement folds into Paris; 62999 is no commune.
    assert found.tables["qpv"]["commune_codes"].tolist() == ["62041;75056"]
    assert reasons(found) == ["code commune inconnu du COG"]
    assert found.rejected == 0


def test_what_is_rejected(tmp_path: Path) -> None:
    rows = [
        quarter(),
        quarter(code_qp="Ouest"),
        quarter(code_qp=None),
        quarter(code_qp="QN06202M", geometry=Point(*ARRAS)),
        quarter(code_qp="QN06203M", geometry=None),
        quarter(code_qp="QN06204M", insee_com=None, geometry=box(-30, 40, -29, 41)),
    ]
    found = qpv.read(written(tmp_path, rows, name="qpv.gpkg"))
    assert found.tables["qpv"]["qpv_code"].tolist() == ["QN06201M"]
    report = found.report()
    rejected = report[report["outcome"] == "row_rejected"].set_index("where")["reason"].to_dict()
    assert rejected == {
        "entité 2": "code de quartier illisible (QP ou QN, puis six caractères, par exemple QN06201M)",
        "entité 3": "valeur absente",
        "entité 4": "un contour est attendu, pas « Point »",
        "entité 5": "sans contour",
        "entité 6": "quartier hors de France",
    }


def test_an_outline_that_crosses_itself_is_put_right_and_noted(tmp_path: Path) -> None:
    lon, lat = ARRAS
    bow = Polygon([(lon, lat), (lon + 0.002, lat + 0.002), (lon + 0.002, lat), (lon, lat + 0.002)])
    found = qpv.read(written(tmp_path, [quarter(geometry=bow)]))
    shape = found.tables["qpv"].geometry.iloc[0]
    assert isinstance(shape, MultiPolygon)
    # Two triangles, each half of half the square: 2 x 0.002 x 0.001 / 2.
    assert shape.area == pytest.approx(0.002 * 0.001)
    assert reasons(found)[0].startswith("contour qui se croise, remis en ordre")


def test_a_table_without_outlines_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "qpv.csv"
    path.write_text("code_qp,nom_qp\nQP062001,Ouest\n", encoding="utf-8")
    with pytest.raises(InputRefusedError, match="pas de contours"):
        qpv.read(path)
    with pytest.raises(InputRefusedError, match="colonne absente"):
        qpv.read(written(tmp_path, [{"nom": "Ouest", "geometry": square()}]))


def test_it_is_published_and_read_again(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store")
    path = written(tmp_path, [quarter()])
    done = import_file(store, Format.QPV, path, options=ImportOptions(), now=datetime(2026, 11, 22, tzinfo=UTC))
    assert done.joined == ("qpv",)
    table = store.read("qpv")
    assert table["qpv_code"].tolist() == ["QN06201M"]
    assert table.geometry.iloc[0].equals_exact(square(), 1e-9)
