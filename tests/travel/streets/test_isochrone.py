"""Isochrones: areas computed on paper, then what must hold whatever the streets, then real ones.

In the drawings a metre off the streets takes a second, and so does a metre along them unless it says so.
"""

import itertools
import json
import math

import drawn_network as drawn
import geopandas as gpd
import numpy as np
import pytest
import shapely
from drawn_network import Street, both_ways
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from geo_integration.errors import MissingDataError, NetworkUnavailableError, OptionError
from geo_integration.travel.streets.cells import Cells, Window, place_milliseconds
from geo_integration.travel.streets.contours import Grid, polygon_below
from geo_integration.travel.streets.isochrone import area_error, isochrones
from geo_integration.travel.streets.network import RoadNetwork
from geo_integration.travel.streets.router import (
    NO_PATH,
    node_milliseconds,
    open_router,
    pair_milliseconds,
)
from geo_integration.travel.streets.snap import arriving, leaving, snap
from geo_integration.vocabulary import Mode


def straight(**more: object) -> RoadNetwork:
    """Return one street of 2 km from west to east."""
    ends = {"west": (-1000.0, 0.0), "east": (1000.0, 0.0)}
    return drawn.draw(ends, [both_ways("west", "east", 2000, name="Rue Droite", **more)])


def one_way_ring() -> RoadNetwork:
    """Return a square of 1 km driven anticlockwise: south side eastwards."""
    corners = {"a": (0.0, 0.0), "b": (1000.0, 0.0), "c": (1000.0, 1000.0), "d": (0.0, 1000.0)}
    sides = [Street(start, end, 1000) for start, end in ("ab", "bc", "cd", "da")]
    return drawn.draw(corners, sides)


def holds(shape: shapely.Geometry, east: float, north: float) -> bool:
    return bool(shapely.intersects_xy(shape, *drawn.place(east, north)))


def test_one_street_gives_a_lozenge_cut_off_150_metres_from_it() -> None:
    found = isochrones(straight(), *drawn.place(0, 0), [10])
    # |x| + |y| <= 600 m and |y| <= 150 m: twice the integral of 2 (600 - y) from 0 to 150 = 315,000 m2.
    assert found["area_km2"][0] == pytest.approx(0.315, rel=0.04)
    shape = found.geometry[0]
    assert holds(shape, 560, 0)
    assert holds(shape, -560, 0)
    assert holds(shape, 400, 130)
    assert not holds(shape, 640, 0)  # 640 s along the street
    assert not holds(shape, 500, 130)  # 500 s along it and 130 off it
    assert not holds(shape, 0, 190)  # too far off the street, however little time it would take


def test_the_leg_to_the_street_counts() -> None:
    # From 100 m off the street 500 s are left: twice the integral of 2 (500 - y) from 0 to 150 = 255,000 m2.
    found = isochrones(straight(), *drawn.place(0, 100), [10])
    assert found["area_km2"][0] == pytest.approx(0.255, rel=0.04)


def test_one_way_streets_are_respected_both_ways_round() -> None:
    # From the middle of the south side, 5 minutes: forward to 300 m further; backward only once round, 3,700 s later.
    away = isochrones(one_way_ring(), *drawn.place(500, 0), [5]).geometry[0]
    assert holds(away, 700, 0)
    assert not holds(away, 300, 0)
    towards = isochrones(one_way_ring(), *drawn.place(500, 0), [5], towards=True).geometry[0]
    assert holds(towards, 300, 0)
    assert not holds(towards, 700, 0)


def test_what_is_too_far_from_every_street_is_a_hole() -> None:
    shape = isochrones(one_way_ring(), *drawn.place(500, 0), [90]).geometry[0]
    (polygon,) = shape.geoms
    assert len(polygon.interiors) == 1
    assert not holds(shape, 500, 500)
    # The ring 150 m to either side: outside 4 x 1000 x 150 + pi x 150^2, inside 1000^2 - 700^2; 50 m cells would
    # round corners, so 25 m are asked for.
    fine = isochrones(one_way_ring(), *drawn.place(500, 0), [90], cell_metres=25)
    expected = (4 * 1000 * 150 + math.pi * 150**2 + 1000**2 - 700**2) / 1e6
    assert fine["area_km2"][0] == pytest.approx(expected, rel=0.02)


def test_nobody_stands_on_a_motorway_but_people_arrive_by_it() -> None:
    nodes = {"a": (0.0, 0.0), "b": (500.0, 0.0), "c": (4500.0, 0.0), "d": (5000.0, 0.0)}
    streets = [
        both_ways("a", "b", 50),
        both_ways("b", "c", 100, kind="motorway", snaps=False),
        both_ways("c", "d", 50),
    ]
    network = drawn.draw(nodes, streets, mode=Mode.CAR)
    shape = isochrones(network, *drawn.place(100, 0), [10]).geometry[0]
    assert holds(shape, 400, 0)
    assert holds(shape, 4700, 0)
    assert not holds(shape, 2500, 0)
    assert len(shape.geoms) == 2


def test_across_a_canal_the_other_bank_counts_by_its_own_streets() -> None:
    # Two quays 60 m apart, joined only by a bridge at the far east: the bank opposite is 2,060 s away, not 60.
    nodes = {"sw": (0.0, 0.0), "se": (1000.0, 0.0), "nw": (0.0, 60.0), "ne": (1000.0, 60.0)}
    quays = [both_ways("sw", "se", 1000), both_ways("se", "ne", 60), both_ways("nw", "ne", 1000)]
    shape = isochrones(drawn.draw(nodes, quays), *drawn.place(50, 0), [5], cell_metres=10).geometry[0]
    assert holds(shape, 50, 15)
    assert not holds(shape, 50, 45)
    assert not holds(shape, 50, 100)


def test_table_is_sorted_labelled_and_ready_for_geojson() -> None:
    found = isochrones(straight(), *drawn.place(0, 0), [10, 5.5], towards=True)
    assert found.columns.tolist() == ["minutes", "mode", "towards", "area_km2", "geometry"]
    assert found["minutes"].tolist() == [5.5, 10.0]
    assert found["mode"].tolist() == ["foot", "foot"]
    assert found["towards"].all()
    assert found.crs.to_epsg() == 4326
    assert (found.geom_type == "MultiPolygon").all()
    for shape in found.geometry:
        for polygon in shape.geoms:
            assert shapely.is_ccw(polygon.exterior)
            assert not any(shapely.is_ccw(ring) for ring in polygon.interiors)
    written = json.loads(found.to_json())
    assert len(written["features"]) == 2
    assert shapely.equals_exact(gpd.GeoDataFrame.from_features(written).geometry[0], found.geometry[0], 0)


def test_a_time_gives_the_same_polygon_alone_or_with_others() -> None:
    network = drawn.grid_town(9, seed=4)
    here = drawn.place(810, 790)
    alone = isochrones(network, *here, [10], cell_metres=30)
    among = isochrones(network, *here, [5, 10, 25], cell_metres=30)
    assert shapely.to_wkb(alone.geometry[0]) == shapely.to_wkb(among.geometry[1])


def test_the_same_question_always_gives_the_same_bytes() -> None:
    first, second = (
        isochrones(drawn.grid_town(7, seed=2), *drawn.place(610, 590), [5, 15]).to_json() for _ in range(2)
    )
    assert first == second


def test_a_place_in_the_sea_is_told_how_far_the_nearest_street_is() -> None:
    with pytest.raises(NetworkUnavailableError, match=r"à moins de 500 m ; la plus proche est à 7\.0 km") as caught:
        isochrones(straight(), *drawn.place(0, 7000), [10])
    assert "lieu demandé" in caught.value.where
    assert caught.value.way_out


@pytest.mark.parametrize("minutes", [[], [0], [-5], [601], [10, 10], [float("nan")], [10, float("inf")]])
def test_times_that_make_no_sense_are_refused(minutes: list[float]) -> None:
    with pytest.raises(OptionError) as caught:
        isochrones(straight(), *drawn.place(0, 0), minutes)
    assert caught.value.where == "minutes"
    assert "600" in caught.value.way_out


def test_positions_that_are_none_are_refused() -> None:
    for lon, lat in ((float("nan"), 48.0), (200.0, 48.0), (2.0, 91.0)):
        with pytest.raises(OptionError, match="position impossible"):
            isochrones(straight(), lon, lat, [10])


@pytest.mark.parametrize(("minutes", "cell"), [([10], 4.0), ([10], 3000.0), ([1], 50.0)])
def test_cells_too_small_or_too_large_for_the_time_are_refused(minutes: list[float], cell: float) -> None:
    # In 1 minute one walks 60 m: a square of 50 m is 71 m across.
    with pytest.raises(OptionError) as caught:
        isochrones(straight(), *drawn.place(0, 0), minutes, cell_metres=cell)
    assert caught.value.where == "cell_metres"


def test_a_short_time_shows_on_a_small_grid_and_not_beside_a_very_long_one() -> None:
    found = isochrones(straight(), *drawn.place(0, 0), [0.5])
    assert holds(found.geometry[0], 0, 0)
    assert found.attrs["cell_metres"] == 21
    with pytest.raises(OptionError, match=r"0\.1 minutes ne se voient pas sur la même carte que 600"):
        isochrones(straight(), *drawn.place(0, 0), [0.1, 600])


def test_node_truth_by_hand() -> None:
    network = drawn.grid_town(3)  # streets of 200 m and 160 s
    found = isochrones(network, *drawn.place(200, 200), [4])
    # 240 s from the middle node: it and its four neighbours (160 s); the corners take 320.
    error = area_error(network, found)[4.0]
    assert error["nodes_within"] == 5
    assert error["nodes_inside"] == 5
    assert error["missed_share"] == 0
    assert error["overreached_share"] == 0
    # Of a polygon shifted by 200 m east, three of five nodes are missed (west, north and south ones)...
    shifted = found.set_geometry(found.translate(drawn.place(400, 200)[0] - drawn.place(200, 200)[0]))
    shifted.attrs = found.attrs
    error = area_error(network, shifted)[4.0]
    assert error["missed_share"] == 3 / 5
    # ... and of the four it holds (middle, east, north-east, south-east), the last two are beyond the time.
    assert error["nodes_inside"] == 4
    assert error["overreached_share"] == 2 / 4
    assert area_error(network, shifted, tolerance_minutes=3)[4.0]["overreached_share"] == 0
    with pytest.raises(MissingDataError, match="de quel lieu"):
        area_error(network, _bare(found))


def _bare(found: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    bare = found.copy()
    bare.attrs = {}
    return bare


seeds = st.integers(0, 10_000)
inside_town = st.tuples(st.floats(0, 1200), st.floats(0, 1200))


@given(
    seed=seeds, where=inside_town, minutes=st.sets(st.integers(3, 40), min_size=2, max_size=5), towards=st.booleans()
)
def test_isochrones_are_valid_nested_and_hold_their_place(
    *, seed: int, where: tuple[float, float], minutes: set[int], towards: bool
) -> None:
    here = drawn.place(*where)
    found = isochrones(drawn.grid_town(7, seed=seed), *here, sorted(minutes), towards=towards, cell_metres=60)
    shapes = found.geometry.to_numpy()
    assert shapely.is_valid(shapes).all()
    assert all(shapely.covers(larger, smaller) for smaller, larger in itertools.pairwise(shapes))
    assert shapely.intersects_xy(shapes, *here).all()
    assert (np.diff(found["area_km2"]) >= 0).all()
    coordinates = shapely.get_coordinates(shapes)
    assert (np.round(coordinates, 6) == coordinates).all()


@given(seed=seeds, where=inside_town, minutes=st.integers(3, 30), towards=st.booleans())
def test_the_centre_of_a_cell_is_inside_exactly_when_the_reach_table_says_so(
    *, seed: int, where: tuple[float, float], minutes: int, towards: bool
) -> None:
    network, here = drawn.grid_town(7, seed=seed), drawn.place(*where)
    shape = isochrones(network, *here, [minutes], towards=towards, cell_metres=60).geometry[0]
    cells = Cells.of(network, 60.0, 150.0)
    window = Window.around(network.lon, network.lat, cells.grid, margin=4)
    rows, columns = np.divmod(np.arange(window.rows * window.columns), window.columns)
    lon, lat = cells.grid.lon(columns + window.first_column), cells.grid.lat(rows + window.first_row)
    place, ground = snap(network, *here), snap(network, lon, lat, limit_metres=150)
    router = open_router(network, "scipy")
    times = pair_milliseconds(router, ground, place)[:, 0] if towards else pair_milliseconds(router, place, ground)[0]
    reached = (times != NO_PATH) & (times <= minutes * 60_000)
    # The square the place stands in is told apart: one walks straight to its corners.
    own = (np.abs(cells.grid.columns(lon) - cells.grid.columns(here[0])) < 1) & (
        np.abs(cells.grid.rows(lat) - cells.grid.rows(here[1])) < 1
    )
    assert (shapely.intersects_xy(shape, lon, lat) == reached)[~own].all()


@given(seed=seeds, where=inside_town, towards=st.booleans())
def test_cells_take_the_time_of_the_reach_table(*, seed: int, where: tuple[float, float], towards: bool) -> None:
    network = drawn.grid_town(5, seed=seed)
    random = np.random.default_rng(seed)
    place = snap(network, *drawn.place(*where))
    points = np.array([drawn.place(*random.uniform(-200, 1000, 2)) for _ in range(40)])
    points[0] = drawn.place(*where)  # itself: there and back to its street
    ground = snap(network, points[:, 0], points[:, 1])
    entries = arriving(network, place) if towards else leaving(network, place)
    nodes = node_milliseconds(network, entries, limit_milliseconds=np.inf, towards=towards)
    found = place_milliseconds(network, place, nodes, ground, towards=towards)
    router = open_router(network, "scipy")
    table = pair_milliseconds(router, ground, place)[:, 0] if towards else pair_milliseconds(router, place, ground)[0]
    assert found.tolist() == np.where(table == NO_PATH, np.inf, table.astype(float)).tolist()


times = st.one_of(st.just(np.inf), st.integers(0, 20).map(float), st.floats(0, 20))


@given(arrays(np.float64, (6, 6), elements=times), st.sets(st.floats(0.5, 19), min_size=2, max_size=4))
def test_contours_of_any_field_are_valid_nested_and_right_at_every_point(field: np.ndarray, levels: set[float]) -> None:
    around = np.full((8, 8), np.inf)
    around[1:-1, 1:-1] = field
    grid = Grid(lon_step=7, lat_step=5)  # so coarse that most roundings would break something
    shapes = [
        polygon_below(around, level, band=3.0, grid=grid, first_column=-2, first_row=100) for level in sorted(levels)
    ]
    rows, columns = np.divmod(np.arange(64), 8)
    lon, lat = grid.lon(columns - 2), grid.lat(rows + 100)
    for level, shape in zip(sorted(levels), shapes, strict=True):
        assert shape.is_valid
        assert (shapely.intersects_xy(shape, lon, lat) == (around.ravel() <= level)).all()
    for smaller, larger in itertools.pairwise(shapes):
        assert shapely.covers(larger, smaller) or smaller.is_empty


@pytest.mark.parametrize("mode", [Mode.FOOT, Mode.CAR])
def test_monaco(mode: Mode) -> None:
    network = drawn.monaco(mode)
    casino = (7.4286, 43.7398)
    found = isochrones(network, *casino, [5, 10, 15, 20])
    shapes = found.geometry.to_numpy()
    assert shapely.is_valid(shapes).all()
    assert all(shapely.covers(larger, smaller) for smaller, larger in itertools.pairwise(shapes))
    for error in area_error(network, found, tolerance_minutes=1).values():
        assert error["nodes_within"] > 10
        assert error["missed_share"] <= 0.03
        assert error["overreached_share"] <= 0.03
    # A kilometre off the harbour there is only sea.
    assert not shapely.intersects_xy(shapes, 7.45, 43.725).any()
