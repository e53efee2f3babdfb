"""The main job end to end, as a newcomer to the repository runs it."""

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geo_integration.disclosure import Viewer
from geo_integration.jobs.demo import as_of
from geo_integration.jobs.gaps import Request, compute
from geo_integration.jobs.outputs import describe
from geo_integration.store import open_store
from geo_integration.vocabulary import Cause, Kind, TerritoryLevel
from tests.jobs.conftest import run

COMMUNES_HDF = 3782  # COG 2026: 797 + 647 + 680 + 887 + 771


@pytest.fixture(scope="session")
def features(demo: Path) -> dict[str, object]:
    return json.loads((demo / "gaps.geojson").read_text(encoding="utf-8"))


def test_everything_promised_is_written(demo: Path) -> None:
    for name in ("gaps.geojson", "gaps.gpkg", "gaps.csv", "gaps.xlsx", "map.html"):
        assert (demo / name).stat().st_size > 10_000, name
    assert (demo / "map.html").stat().st_size < 6_000_000


@pytest.mark.gdal
def test_ogrinfo_lists_one_polygon_per_current_commune(demo: Path) -> None:
    if shutil.which("ogrinfo") is None:
        pytest.skip("Debian's gdal-bin is not installed")
    said = subprocess.run(  # noqa: S603 -- a fixed command on a file of this test
        ["ogrinfo", "-so", "-al", str(demo / "gaps.gpkg"), "gaps"],  # noqa: S607 -- the client a user has
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert f"Feature Count: {COMMUNES_HDF}" in said
    assert "Polygon" in said
    assert "WGS 84" in said


def test_one_valid_polygon_per_commune_of_the_five_departements(demo: Path) -> None:
    gaps = gpd.read_file(demo / "gaps.gpkg", layer="gaps")
    assert gaps["commune_code"].is_unique
    counts = gaps["departement_code"].value_counts().to_dict()
    assert counts == {"02": 797, "59": 647, "60": 680, "62": 887, "80": 771}
    assert gaps.geometry.is_valid.all()
    assert not gaps.geometry.is_empty.any()


def test_the_geojson_is_rfc_7946(features: dict[str, object]) -> None:
    assert features["type"] == "FeatureCollection"
    assert "crs" not in features
    shapes = features["features"]
    assert isinstance(shapes, list)
    assert len(shapes) == COMMUNES_HDF
    for feature in shapes[:300]:
        shape = shapely.geometry.shape(feature["geometry"])
        for part in getattr(shape, "geoms", [shape]):
            assert part.exterior.is_ccw
            assert all(not ring.is_ccw for ring in part.interiors)


def test_every_feature_says_what_is_made_up_and_outlined(features: dict[str, object]) -> None:
    for feature in features["features"]:  # type: ignore[union-attr]
        properties = feature["properties"]
        assert properties["synthetic"] is True
        assert properties["engine"] == "outline"
        assert properties["need_basis"] == "synthetic"
    assert "DONNÉES FICTIVES" in json.dumps(features["geo_integration"], ensure_ascii=False)


def test_need_adds_up_at_every_level(demo: Path) -> None:
    store = open_store(demo / "store")
    gaps = compute(store, Request("R32", Kind.ALPHABETISATION, 45, as_of()))
    for column in ("need", "need_uncovered", "population"):
        total = gaps.coverage[column].sum()
        assert total > 0
        for level, table in gaps.rollups.items():
            assert table[column].sum() == pytest.approx(total), (level, column)
    for table in gaps.rollups.values():
        assert table["communes"].sum() == COMMUNES_HDF
        assert table[[f"communes_{cause.value}" for cause in Cause]].sum().sum() == COMMUNES_HDF


def test_the_demonstration_shows_every_cause_a_road_network_can_give(demo: Path) -> None:
    table = pd.read_csv(demo / "gaps.csv", sep=";", decimal=",", encoding="utf-8-sig", dtype="str")
    seen = set(table.iloc[:, list(table.columns).index("Situation")])
    assert {Cause.COVERED.label, Cause.FULL.label, Cause.WRONG_FIT.label, Cause.TOO_FAR.label} <= seen


def test_same_inputs_same_bytes(demo: Path, tmp_path: Path) -> None:
    assert run("demo", "--out", tmp_path).exit_code == 0
    for name in ("gaps.geojson", "gaps.gpkg", "gaps.csv", "gaps.xlsx", "map.html"):
        assert _digest(demo / name) == _digest(tmp_path / name), name
    first, second = open_store(demo / "store"), open_store(tmp_path / "store")
    assert first.layers() == second.layers()
    for layer in first.layers():
        assert first.info(layer).id == second.info(layer).id
        assert first.info(layer).sha256 == second.info(layer).sha256


def test_the_store_is_sound_and_nothing_true_is_lost(demo: Path) -> None:
    store = open_store(demo / "store")
    assert store.verify() == []
    records = {record for cell in store.read("offers")["source_records"] for record in cell.split(";")}
    parts = {name for layer in store.layers() if layer.startswith("offers.") for name in store.read(layer)["offer_id"]}
    assert records == parts


def test_merges_against_the_truth_of_the_generator(demo: Path) -> None:
    """The generator wrote down which records are the same course: one in ten may be missed, one in fifty wrong."""
    truth = pd.read_csv(Path(__file__).parents[2] / "data" / "demo" / "truth.csv", dtype="str")
    merges = open_store(demo / "store").read("merges")
    kept = dict(zip(merges["merged_record"], merges["kept_record"], strict=True))
    right = wrong = missed = invented = 0
    for file, source in (("dian_demo.csv", "dian"), ("data_inclusion_demo.jsonl", "data-inclusion")):
        records = [record for record in kept if record.startswith(source)]
        for row in truth[truth["file"] == file].itertuples():
            found = [kept[record] for record in records if str(row.record) in record]
            if pd.isna(row.same_as):
                invented += bool(found)
            elif not found:
                missed += 1
            else:
                right += any(str(row.same_as) in other for other in found)
                wrong += not any(str(row.same_as) in other for other in found)
    # What is left of the wrong ones has the same title, provider and place as the right one.
    assert invented + wrong <= 0.02 * right, (invented, wrong, right)
    assert right >= 0.9 * (right + wrong + missed), (right, wrong, missed)


def test_a_public_release_of_official_counts_keeps_communes_back(demo: Path) -> None:
    store = open_store(demo / "store")
    gaps = compute(store, Request("62", Kind.ALPHABETISATION, 45, as_of(), viewer=Viewer.PUBLIC))
    assert not gaps.coverage["withheld"].any()  # made-up counts describe nobody
    assert describe(gaps.studied)["synthetic"]


def test_rollups_are_those_of_the_table(demo: Path) -> None:
    gaps = compute(open_store(demo / "store"), Request("62", Kind.ALPHABETISATION, 45, as_of()))
    (row,) = gaps.rollups[TerritoryLevel.DEPARTEMENT].to_dict("records")
    assert row["name"] == "Pas-de-Calais"
    assert row["communes"] == 887


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
