"""What ships in ``data/territories``: complete, consistent, and a true coverage."""

import importlib
import os
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import box

from geo_integration import territories
from geo_integration.settings import settings

FOLDER = settings().data / "territories"
ROOT = Path(__file__).resolve().parents[2]
OVERSEAS = ("971", "972", "973", "974", "976")
PARENTS = {
    "departements": "departement_code",
    "regions": "region_code",
    "epci": "epci_code",
    "arrondissements": "arrondissement_code",
}


@pytest.fixture(scope="session")
def communes() -> gpd.GeoDataFrame:
    return territories.communes()


@pytest.fixture(scope="session")
def metropole(communes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return communes[communes.geometry.notna() & ~communes["departement_code"].isin(OVERSEAS)]


def test_every_current_commune_is_there_once(communes: gpd.GeoDataFrame) -> None:
    assert len(communes) == 34_969
    assert communes["code"].is_unique
    assert communes["code"].is_monotonic_increasing
    assert communes.crs.to_epsg() == 4326
    assert territories.meta()["communes"] == 34_969


def test_parents_exist(communes: gpd.GeoDataFrame) -> None:
    for level, column in PARENTS.items():
        units = getattr(territories, level)(["code"], geometry=False)["code"]
        assert set(communes[column].dropna()) == set(units)
    assert communes[["departement_code", "region_code"]].notna().all(axis=None)
    inhabited = communes[communes["geometry_quality"] != "missing"]
    # The four islands that the law leaves out of every EPCI.
    assert inhabited.loc[inhabited["epci_code"].isna(), "code"].tolist() == ["22016", "29083", "29155", "85113"]
    assert set(inhabited.loc[inhabited["arrondissement_code"].isna(), "departement_code"]) == {"976"}


def test_populations_add_up(communes: gpd.GeoDataFrame) -> None:
    total = communes["population"].sum()
    assert total == 68_952_941
    assert communes["population"].isna().sum() == 6
    for level in ("departements", "regions"):
        assert getattr(territories, level)(geometry=False)["population"].sum() == total
    for level in ("epci", "arrondissements"):
        covered = communes.loc[communes[PARENTS[level]].notna(), "population"].sum()
        assert getattr(territories, level)(geometry=False)["population"].sum() == covered


def test_repairs_are_marked(communes: gpd.GeoDataFrame) -> None:
    by_code = communes.set_index("code")["geometry_quality"]
    assert by_code[["12218", "14581", "49126", "69114"]].eq("earlier_edition").all()
    assert by_code[["15031", "15035", "15047", "15171", "15141"]].eq("delegated_outline").all()
    assert by_code[["62447", "59006", "80155", "93066", "79307"]].eq("hole_filled").all()
    assert by_code.value_counts().to_dict() == territories.meta()["geometry_quality"]
    assert (by_code == "missing").sum() == 94
    assert communes.geometry.isna().equals(by_code.reset_index(drop=True) == "missing")
    assert set(communes.loc[communes.geometry.isna(), "departement_code"]) == {
        "975", "977", "978", "984", "986", "987", "988", "989",
    }  # fmt: skip


def test_outlines_are_valid(communes: gpd.GeoDataFrame) -> None:
    shapes = communes.geometry.dropna()
    assert shapes.is_valid.all()
    assert not shapes.is_empty.any()
    assert (shapes.geom_type == "MultiPolygon").all()


def test_metropole_is_a_coverage(metropole: gpd.GeoDataFrame) -> None:
    assert shapely.coverage_is_valid(metropole.geometry.to_numpy())


@pytest.mark.parametrize("departement", OVERSEAS)
def test_overseas_is_a_coverage(communes: gpd.GeoDataFrame, departement: str) -> None:
    part = communes[communes["departement_code"] == departement]
    assert shapely.coverage_is_valid(part.geometry.to_numpy())


def _edges(shapes: np.ndarray) -> pd.Series:
    """Count how often each undirected edge occurs in the rings of polygons."""
    points, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(shapes)), return_index=True)
    same = ring[1:] == ring[:-1]
    ends = np.stack([points[:-1][same], points[1:][same]], axis=1)
    swap = (ends[:, 0, 0] > ends[:, 1, 0]) | ((ends[:, 0, 0] == ends[:, 1, 0]) & (ends[:, 0, 1] > ends[:, 1, 1]))
    ends[swap] = ends[swap, ::-1]
    return pd.Series(list(map(tuple, ends.reshape(-1, 4).tolist()))).value_counts()


def test_neighbours_share_their_edges_and_levels_coincide(communes: gpd.GeoDataFrame) -> None:
    """Every edge inside the région belongs to two communes; the others are exactly the région's outline."""
    inside = communes[communes["region_code"] == "32"]
    edges = _edges(inside.geometry.to_numpy())
    assert edges.max() == 2
    region = territories.regions().query("code == '32'")
    assert set(edges.index[edges == 1]) == set(_edges(region.geometry.to_numpy()).index)
    shared = set(edges.index)
    for level in ("departements", "arrondissements", "epci"):
        units = getattr(territories, level)()
        units = units[units["code"].isin(inside[PARENTS[level]])]
        whole = units[units["communes"] == units["code"].map(inside[PARENTS[level]].value_counts())]
        assert set(_edges(whole.geometry.to_numpy()).index) <= shared


def test_no_hole_but_the_known_ones() -> None:
    """Llívia, and the five patches of water and sea of meta.json, all under 0.1 km²."""
    departements = territories.departements().query("zone == 'metro'")
    union = shapely.coverage_union_all(departements.geometry.to_numpy())
    holes = [shapely.Polygon(ring) for part in union.geoms for ring in part.interiors]
    area = gpd.GeoSeries(holes, crs=4326).to_crs(2154).area.sort_values() / 1e6
    assert len(area) == 6
    assert area.iloc[-1] == pytest.approx(12.98, abs=0.01)
    assert area.iloc[-2] < 0.1


def test_areas_are_those_of_the_country(communes: gpd.GeoDataFrame) -> None:
    by_departement = communes.groupby("departement_code")["area_km2"].sum()
    metro = by_departement[~by_departement.index.isin(OVERSEAS)].sum()
    assert 543_940 < metro < 551_500
    known = {"62": 6_671, "59": 5_743, "02": 7_369, "60": 5_860, "80": 6_170, "974": 2_504, "971": 1_628, "973": 83_534}
    for code, area in known.items():
        assert by_departement[code] == pytest.approx(area, rel=0.01)
    assert np.allclose(communes["radius_metres"] ** 2 * np.pi / 1e6, communes["area_km2"], rtol=0.01, equal_nan=True)


def test_repair_and_simplification_stay_small() -> None:
    for figures in territories.meta()["zones"].values():
        assert figures["invalid_borders"] == 0
        assert figures["displacement_median_metres"] < 1
        assert figures["displacement_max_metres"] < 100
        assert figures["area_error_max_percent"] < 0.5


def test_the_folder_is_light_and_says_nothing_of_the_machine() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 11e6
    text = (FOLDER / "meta.json").read_text(encoding="utf-8")
    for trace in (os.sep + "home", os.sep + "tmp", "http", str(ROOT)):
        assert trace not in text


def test_former_codes_point_to_current_ones(communes: gpd.GeoDataFrame) -> None:
    former = territories.former_codes()
    assert set(former["current_code"]) <= set(communes["code"])
    assert not former.duplicated(["code", "kind"]).any()
    counts = former["kind"].value_counts().to_dict()
    assert counts == {"ancienne": 2248, "deleguee": 2105, "associee": 471, "arrondissement_municipal": 45}
    assert former.loc[former["kind"] != "ancienne", "name"].notna().all()


# The builder's own rules, on four squares.


@pytest.fixture
def shapes(monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.syspath_prepend(str(ROOT))
    return importlib.import_module("data.build.territory_shapes")


def _edition(rows: list[tuple[str, str, object]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["code", "type", "geometry"])
    table["geometry"] = [None if shape is None else shapely.to_wkb(shape, hex=True) for shape in table["geometry"]]
    return table


def test_a_hole_goes_to_the_commune_that_absorbed_it(shapes: object) -> None:
    kept, absorbed = box(2, 48, 2.1, 48.1), box(2.1, 48, 2.2, 48.1)
    delegated = [(code, "COMD", box(3, 48, 3.1, 48.1)) for code in shapes.REESTABLISHED]
    earlier = _edition([("10001", "COM", kept), ("10002", "COM", absorbed), ("10003", "COM", kept), *delegated])
    current = _edition([("10001", "COM", kept), ("10003", "COM", None)])
    codes = {"10001", "10003", *shapes.REESTABLISHED}
    parts, quality = shapes.assemble(codes, {"10002": "10001"}, current, earlier)
    assert shapely.union_all(parts["10001"]).equals(box(2, 48, 2.2, 48.1))
    assert (quality["10001"], quality["10003"]) == ("hole_filled", "earlier_edition")
    assert quality["15031"] == "delegated_outline"


def test_building_twice_gives_the_same_bytes(shapes: object) -> None:
    parts = {
        "10001": [box(2, 48, 2.1, 48.1)],
        "10002": [box(2.1, 48, 2.2, 48.1)],
        "10003": [box(2.0999, 48.1, 2.2, 48.2)],
        "97401": [box(55.4, -21, 55.5, -20.9)],
    }
    first, second = (shapes.build(parts, dict.fromkeys(parts, "source")) for _ in range(2))
    assert [shapely.to_wkb(shape) for shape in first.geometry.values()] == [
        shapely.to_wkb(shape) for shape in second.geometry.values()
    ]
    inland = np.array([first.geometry[code] for code in ("10001", "10002", "10003")])
    assert shapely.coverage_is_valid(inland)
    grid = shapely.get_coordinates(inland) / shapes.GRID_DEGREES
    assert (grid == np.round(grid)).all()
