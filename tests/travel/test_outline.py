"""The outline network: minutes by hand, refusals, and the facts of the one that ships."""

import importlib.util
import json
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
import small_network as small
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from geo_integration.errors import LayerError, MissingDataError, OptionError
from geo_integration.settings import settings
from geo_integration.travel.outline import OutlineNetwork, OutlineParameters
from geo_integration.travel.snapping import Edges, cut_long_roads, project

ROOT = Path(__file__).resolve().parents[2]
ROADS = settings().data / "roads"
TOWN_HALLS = {"Lille": "59350", "Arras": "62041", "Amiens": "80021"}


def minutes_between(network: OutlineNetwork, one: int, other: int) -> float:
    return float(dijkstra(network.graph, indices=one)[other])


def test_minutes_of_the_network_computed_by_hand() -> None:
    network = small.network()
    assert minutes_between(network, 0, 1) == pytest.approx(12)  # 12 km at 60 km/h
    assert minutes_between(network, 3, 2) == pytest.approx(15)  # 5 km, 3 minutes each
    assert minutes_between(network, 0, 3) == pytest.approx(12 + 10 + 15)


def test_towns_slow_down_by_the_doubling_of_density() -> None:
    # Node 1 has 1,200 inhabitants per km2: two doublings above 300, so 20 % more; node 0 has 300.
    # Their road takes the mean of both: 12 minutes * 1.1.
    nodes = small.nodes().assign(inhabitants_per_km2=[300, 1200, 0, 0])
    network = OutlineNetwork.from_tables(nodes, small.edges(), parameters=small.PARAMETERS)
    assert minutes_between(network, 0, 1) == pytest.approx(12 * 1.1)
    assert minutes_between(network, 2, 3) == pytest.approx(15)


def test_of_parallel_roads_the_quickest_counts() -> None:
    longer = pd.DataFrame({"source": [1], "target": [0], "length_metres": [90_000.0], "is_local": [False]})
    both = pd.concat([small.edges(), longer])
    assert minutes_between(OutlineNetwork.from_tables(small.nodes(), both, parameters=small.PARAMETERS), 0, 1) == 12


def test_a_road_of_length_0_still_joins() -> None:
    edges = small.edges().assign(length_metres=[0.0, 10_000.0, 5_000.0])
    network = OutlineNetwork.from_tables(small.nodes(), edges, parameters=small.PARAMETERS)
    assert 0 < minutes_between(network, 0, 1) < 1e-3


def test_intra_commune_minutes_are_two_thirds_of_the_radius_and_never_0() -> None:
    # 1.5 km radius: 1 km in the mean, 3 minutes, and 2 of overhead. Twice as slow: 6 and 2.
    minutes = small.PARAMETERS.intra_commune_minutes(np.array([1500.0, 1500.0]), np.array([1.0, 2.0]))
    assert minutes == pytest.approx([5, 8])
    no_overhead = replace(small.PARAMETERS, overhead_minutes=0)
    assert no_overhead.intra_commune_minutes(np.array([0.0]), np.array([1.0])) > 0


def test_legs_lead_to_one_component_only() -> None:
    # Without the local link, C's own node is an island: C may not drive from node 2, however near.
    apart = OutlineNetwork.from_tables(
        small.nodes(), small.edges().iloc[:2], parameters=replace(small.PARAMETERS, leg_limit_metres=9_000)
    )
    lon, lat = small.place(20, 5)
    access = apart.access(np.array([lon]), np.array([lat]))
    assert access.nodes[0, 0] == 3
    assert np.isinf(access.metres[0, 1])


def test_a_place_too_far_or_without_position_has_no_network() -> None:
    lon, lat = small.place(0, 9)
    access = small.network().access(np.array([lon, np.nan, 55.45]), np.array([lat, np.nan, -20.88]))
    assert not access.routable.any()


def test_long_roads_are_cut_and_keep_their_length() -> None:
    points = np.array([[0.0, 0.0], [3000.0, 0.0], [3000.0, 4000.0]])
    edges = Edges(np.array([0, 1]), np.array([1, 2]), np.array([6000.0, 4000.0]), np.array([False, True]))
    cut_points, cut = cut_long_roads(points, edges, spacing_metres=2500)
    # 6 km in three parts of 2 km, whose ends are at 1 and 2 km of the straight line; the link stays whole.
    assert cut_points[3:].tolist() == [[1000, 0], [2000, 0]]
    assert list(zip(cut.source.tolist(), cut.target.tolist(), cut.metres.tolist(), strict=True)) == [
        (0, 3, 2000),
        (3, 4, 2000),
        (4, 1, 2000),
        (1, 2, 4000),
    ]
    assert len(points) == 3


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("nodes", "node_id", [0, 0, 2, 3]),
        ("nodes", "lon", [np.nan, 2.0, 2.0, 2.0]),
        ("nodes", "inhabitants_per_km2", [-1, 0, 0, 0]),
        ("edges", "source", [0, 1, 77]),
        ("edges", "length_metres", [1.0, -1.0, 1.0]),
        ("edges", "length_metres", [1.0, np.nan, 1.0]),
    ],
)
def test_tables_that_contradict_themselves_are_refused(table: str, column: str, value: list[float]) -> None:
    tables = {"nodes": small.nodes(), "edges": small.edges()}
    tables[table] = tables[table].assign(**{column: value})
    with pytest.raises(LayerError):
        OutlineNetwork.from_tables(tables["nodes"], tables["edges"])


def test_a_missing_column_is_named() -> None:
    with pytest.raises(LayerError, match="length_metres"):
        OutlineNetwork.from_tables(small.nodes(), small.edges().drop(columns="length_metres"))


@pytest.mark.parametrize(
    "wrong", [{"main_speed_kmh": 0}, {"detour": -1}, {"local_speed_kmh": np.inf}, {"overhead_minutes": -1}, {"legs": 0}]
)
def test_parameters_that_would_give_impossible_times_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(OptionError, match=next(iter(wrong))):
        replace(OutlineParameters(), **wrong)


def test_an_absent_network_says_how_to_rebuild_it(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match=r"data\.build\.roads"):
        OutlineNetwork.load(tmp_path)


def test_the_shipped_files_are_small_and_described() -> None:
    assert sum(path.stat().st_size for path in ROADS.glob("*.parquet")) < 3_000_000
    nodes, edges = (pd.read_parquet(ROADS / f"main_roads_{name}.parquet") for name in ("nodes", "edges"))
    meta = json.loads((ROADS / "meta.json").read_text("utf-8"))
    assert meta["nodes"] == len(nodes)
    assert meta["main_road_edges"] + meta["local_links_count"] == len(edges)
    assert "OpenStreetMap contributors" in meta["licence"]
    assert edges["length_metres"].loc[~edges["is_local"]].max() <= meta["spacing_metres"]
    assert (edges["source"] < edges["target"]).all()
    assert not nodes.duplicated(["lon", "lat"]).any()


def test_the_shipped_components_are_the_mainland_corsica_and_islands(shipped: OutlineNetwork) -> None:
    nodes = pd.read_parquet(ROADS / "main_roads_nodes.parquet")
    assert (nodes.groupby("component").size().sort_index().diff().iloc[1:] <= 0).all()
    corsica = nodes[nodes["component"] == 1]
    assert corsica["lon"].between(8.5, 9.6).all()
    assert corsica["lat"].between(41.3, 43.1).all()
    assert (nodes["component"] > 1).sum() < 30
    assert shipped.components.max() == nodes["component"].max()
    # The file's numbering and the graph's say the same.
    assert len(set(zip(shipped.components.tolist(), nodes["component"], strict=True))) == nodes["component"].nunique()


@pytest.mark.parametrize(
    ("ends", "kilometres", "tolerance"), [(("Lille", "Arras"), 51.6, 0.05), (("Lille", "Amiens"), 135.9, 0.07)]
)
def test_main_road_distances_are_those_of_the_source(
    ends: tuple[str, str], kilometres: float, tolerance: float
) -> None:
    nodes, edges = (pd.read_parquet(ROADS / f"main_roads_{name}.parquet") for name in ("nodes", "edges"))
    main = edges[~edges["is_local"]]
    metres = csr_array((main["length_metres"], (main["source"], main["target"])), shape=(len(nodes), len(nodes)))
    on_road = np.unique(main[["source", "target"]])
    points = project(nodes["lon"].to_numpy(), nodes["lat"].to_numpy())
    communes = pd.read_parquet(settings().data / "territories" / "communes.parquet", columns=_POINT_COLUMNS)
    halls = communes.set_index("code").loc[[TOWN_HALLS[end] for end in ends]]
    where = project(halls["mairie_lon"].to_numpy(), halls["mairie_lat"].to_numpy())
    one, other = on_road[cKDTree(points[on_road]).query(where)[1]]
    found = dijkstra(metres, directed=False, indices=one)[other] / 1000
    assert found == pytest.approx(kilometres, rel=tolerance)


_POINT_COLUMNS = ["code", "mairie_lon", "mairie_lat"]


@pytest.fixture(scope="module")
def calibration() -> ModuleType:
    spec = importlib.util.spec_from_file_location("calibrate_outline", ROOT / "benchmarks" / "calibrate_outline.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    if not module.PAIRS.is_dir():
        pytest.skip("../shared/data/references/osrm_gironde is absent: nothing to compare with")
    return module


def test_error_on_the_gironde_pairs_held_out_is_what_the_docs_say(calibration: ModuleType) -> None:
    pairs = calibration.read_pairs(calibration.PAIRS)
    held_out = pairs[~pairs["fits"]].reset_index(drop=True)
    minutes = calibration.outline_minutes(held_out, OutlineNetwork.from_tables(*calibration.clipped_network(pairs)))
    error = minutes - held_out["Dist_min"].to_numpy()
    short = (held_out["Dist_min"] < 45).to_numpy()
    assert len(held_out) > 600
    assert np.median(np.abs(error)) < 2.8
    assert np.median(np.abs(error[short])) < 2.1
    assert np.quantile(np.abs(error), 0.9) < 7.5
    assert abs(error.sum()) / held_out["Dist_min"].sum() < 0.02
