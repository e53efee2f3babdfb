"""The schema: what a layer refuses, and the documents that describe it."""

import importlib.util
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import Point

from geo_integration.errors import LayerError, UnknownTermError
from geo_integration.layers import BPI, LAYERS, SCHOOLS
from geo_integration.vocabulary import Kind, term

ROOT = Path(__file__).resolve().parents[1]


def counts(**change: object) -> pd.DataFrame:
    row = {"commune_code": "62041", "persons": 12, "source": "test", "synthetic": False} | change
    return pd.DataFrame([row])


def test_conform_adds_what_may_be_null_and_orders() -> None:
    table = BPI.conform(counts()[["synthetic", "persons", "source", "commune_code"]])
    assert tuple(table.columns) == BPI.names
    assert table["persons"].dtype == "Int64"
    assert table["observed_on"].isna().all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"persons": -1}, "au moins 0"),
        ({"persons": "douze"}, "persons"),
        ({"observed_on": "01/10/2026"}, "AAAA-MM-JJ"),
        ({"commune_code": None}, "commune_code"),
    ],
)
def test_what_a_layer_refuses(change: dict[str, object], said: str) -> None:
    with pytest.raises(LayerError, match=said) as error:
        BPI.conform(counts(**change))
    assert error.value.where == "couche bpi"


def test_a_key_is_unique() -> None:
    with pytest.raises(LayerError):
        BPI.conform(pd.concat([counts(), counts()]))


def school(crs: int | None) -> gpd.GeoDataFrame:
    row = {"uai": ["0620001A"], "name": ["École"], "location_quality": ["point"], "synthetic": [False]}
    return gpd.GeoDataFrame(row, geometry=[Point(2.77, 50.29)], crs=crs)


def test_a_geometry_without_crs_is_refused_and_another_crs_is_turned() -> None:
    with pytest.raises(LayerError, match="CRS"):
        SCHOOLS.conform(school(None))
    turned = SCHOOLS.conform(school(4326).to_crs(2154))
    assert turned.geometry.iloc[0].x == pytest.approx(2.77)


def test_a_term_outside_its_list_is_refused() -> None:
    with pytest.raises(LayerError, match="location_quality"):
        SCHOOLS.conform(school(4326).assign(location_quality="near"))
    with pytest.raises(UnknownTermError, match="alpha") as error:
        term(Kind, "alpha")
    assert "alphabetisation" in error.value.way_out


def test_every_layer_has_an_empty_table_that_conforms() -> None:
    for layer in LAYERS.values():
        assert tuple(layer.conform(layer.empty()).columns) == layer.names


def test_the_document_of_the_layers_is_up_to_date() -> None:
    path = ROOT / "data" / "build" / "layers_doc.py"
    spec = importlib.util.spec_from_file_location("layers_doc", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (ROOT / "docs" / "layers.md").read_text(encoding="utf-8") == module.page()
