"""Walking links: straight lines and streets by hand, then what must hold of all; changing vehicles."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hand_made import day_of
from hypothesis import given
from hypothesis import strategies as st

from geo_integration.errors import OptionError
from geo_integration.travel.streets.router import open_router, pair_milliseconds
from geo_integration.travel.streets.snap import snap
from geo_integration.travel.transit.changes import change_links, qualified_transfers
from geo_integration.travel.transit.links import (
    EARTH_RADIUS_METRES,
    Links,
    OutlineWalking,
    Points,
    StreetWalking,
    outline_links,
    street_links,
)
from geo_integration.travel.transit.timetable import DayTimetable
from geo_integration.vocabulary import Engine, Mode
from tests.travel.streets.drawn_network import both_ways, draw, grid_town, place

DEGREE = EARTH_RADIUS_METRES * np.pi / 180  # 111,195 m of latitude


def at(*lat: float, lon: float = 3.0) -> Points:
    return Points(np.full(len(lat), lon), np.array(lat))


def table(links: Links) -> dict[tuple[int, int], int]:
    return dict(zip(zip(links.start.tolist(), links.end.tolist(), strict=True), links.seconds.tolist(), strict=True))


def test_a_straight_line_is_lengthened_and_walked() -> None:
    # 1,000 m: 1,300 m to walk, at 1.25 m/s: 1,040 s.
    found = outline_links(at(50.0), at(50.0 + 1000 / DEGREE), limit_seconds=1040)
    assert table(found) == {(0, 0): 1040}
    assert found.metres == pytest.approx([1300])
    assert table(outline_links(at(50.0), at(50.0 + 1000 / DEGREE), limit_seconds=1039)) == {}
    # 1,001 m: 1,041.04 s, rounded up.
    assert table(outline_links(at(50.0), at(50.0 + 1001 / DEGREE), limit_seconds=2000)) == {(0, 0): 1042}
    assert table(outline_links(at(50.0), at(50.0 + 1000 / DEGREE), limit_seconds=2000, detour=1, speed_kmh=3.6)) == {
        (0, 0): 1000
    }


def test_places_without_position_have_no_link_and_same_places_take_no_time() -> None:
    found = outline_links(at(50.0, np.nan), at(np.nan, 50.0, 52.0), limit_seconds=600)
    assert table(found) == {(0, 1): 0}
    assert len(outline_links(at(), at(50.0), limit_seconds=600)) == 0


def test_lines_cross_the_antimeridian_and_are_right_overseas() -> None:
    a, b = Points(np.array([179.999]), np.array([-17.0])), Points(np.array([-179.999]), np.array([-17.0]))
    metres = 0.002 * DEGREE * np.cos(np.radians(17.0))
    assert outline_links(a, b, limit_seconds=600, detour=1.0).metres == pytest.approx([metres], abs=0.01)


@pytest.mark.parametrize("wrong", [{"detour": 0.9}, {"speed_kmh": 0.0}, {"limit_seconds": -1}, {"detour": np.nan}])
def test_impossible_walks_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(OptionError):
        outline_links(at(50.0), at(50.0), **{"limit_seconds": 60, **wrong})  # type: ignore[arg-type]


COORDINATES = st.tuples(st.floats(2.99, 3.01), st.floats(49.99, 50.01))


@given(st.lists(COORDINATES, min_size=1, max_size=6), st.lists(COORDINATES, min_size=1, max_size=6))
def test_links_are_those_of_every_pair_and_turn_with_it(
    starts: list[tuple[float, float]], ends: list[tuple[float, float]]
) -> None:
    a, b = (Points(*np.array(one).T) for one in (starts, ends))
    found = outline_links(a, b, limit_seconds=900)
    haversine = {}
    for i, (lon, lat) in enumerate(np.radians(starts)):
        for j, (other_lon, other_lat) in enumerate(np.radians(ends)):
            x = np.sin((other_lat - lat) / 2) ** 2
            x += np.cos(lat) * np.cos(other_lat) * np.sin((other_lon - lon) / 2) ** 2
            haversine[i, j] = 2 * EARTH_RADIUS_METRES * np.arcsin(np.sqrt(x)) * 1.3 / 1.25
    for pair, seconds in haversine.items():
        if pair in table(found):
            assert seconds - 0.01 <= table(found)[pair] <= seconds + 1.01
        else:
            assert seconds > 899.98
    assert table(found.turned()) == table(outline_links(b, a, limit_seconds=900))


# Streets: one of 300 s and 300 m, one way for the second half, and a dead end.
NODES = {"a": (0.0, 0.0), "b": (300.0, 0.0), "c": (600.0, 0.0), "d": (300.0, 400.0)}
STREETS = [both_ways("a", "b", 300), both_ways("b", "c", 300), both_ways("b", "d", 400)]


def where(*east_north: tuple[float, float]) -> Points:
    return Points(*np.array([place(*one) for one in east_north]).T)


def test_streets_are_followed_and_the_way_to_them_is_timed() -> None:
    network = draw(NODES, STREETS)
    # From 10 m beside a: 10 s and 300 s to b, 200 s up the dead end and 20 s off it.
    starts, ends = where((0.0, 10.0)), where((320.0, 200.0), (600.0, 0.0), (150.0, 0.0), (5000.0, 0.0))
    found = street_links(starts, ends, network=network, limit_seconds=1000)
    assert table(found) == {(0, 0): 530, (0, 1): 610, (0, 2): 160}
    assert np.isnan(found.metres).all()
    assert table(street_links(starts, ends, network=network, limit_seconds=529)) == {(0, 2): 160}
    # More starts than ends: the search goes the other way round, to the same seconds.
    assert table(street_links(ends, starts, network=network, limit_seconds=1000)) == {
        (0, 0): 530,
        (1, 0): 610,
        (2, 0): 160,
    }


def test_another_modes_streets_do_not_say_how_long_walking_takes() -> None:
    with pytest.raises(OptionError, match="marche"):
        street_links(where((0, 0)), where((1, 1)), network=draw(NODES, STREETS, mode=Mode.CAR), limit_seconds=60)


@pytest.mark.parametrize("sizes", [(3, 9), (9, 3)])
def test_street_links_are_the_routers_pairs_rounded_up(sizes: tuple[int, int]) -> None:
    network = grid_town(6, seed=3)
    random = np.random.default_rng(1)
    starts, ends = (where(*random.uniform(-100, 1100, (size, 2))) for size in sizes)
    found = street_links(starts, ends, network=network, limit_seconds=600)
    expected = pair_milliseconds(
        open_router(network, "scipy"), *(snap(network, one.lon, one.lat) for one in (starts, ends))
    )
    near = {
        (int(i), int(j)): int(-(-int(expected[i, j]) // 1000))
        for i, j in zip(*np.nonzero(expected <= 600_000), strict=True)
    }
    assert near
    assert table(found) == near


def test_walking_says_what_its_minutes_are_called() -> None:
    network = draw(NODES, STREETS)
    assert OutlineWalking().label is Engine.TIMETABLE_OUTLINE
    assert StreetWalking(network).label is Engine.TIMETABLE
    pair = where((0.0, 0.0)), where((600.0, 0.0))
    assert table(StreetWalking(network).links(*pair, limit_seconds=600)) == {(0, 0): 600}
    # 600 m of the ellipsoid, 1.3 times, at 1.25 m/s: 624 s.
    assert table(OutlineWalking().links(*pair, limit_seconds=700)) == {(0, 0): pytest.approx(624, abs=3)}


# Changing vehicles: three stops 250 m apart (260 s of walking), a fourth far away, two of them one station.
def four_stops() -> DayTimetable:
    day = day_of([], "ABCD", date(2025, 2, 4))
    lat = [50.0, 50.0 + 250 / DEGREE, 50.0 + 500 / DEGREE, 51.0]
    stops = day.stops.assign(
        stop_id=["f:A", "f:B", "f:C", "f:D"], station=["f:A", "f:B", "f:S", "f:S"], lon=3.0, lat=lat
    )
    return DayTimetable(**{**day.__dict__, "stops": stops})


def rules(*rows: tuple[str, str, int, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["from_stop", "to_stop", "transfer_type", "min_seconds"])


def test_stops_are_joined_by_walks_within_the_limit_and_stations_whatever_it_is() -> None:
    found = table(change_links(four_stops(), OutlineWalking(), limit_seconds=300))
    far = round((1 - 500 / DEGREE) * DEGREE * 1.3 / 1.25)
    assert found.pop((2, 3)) == pytest.approx(far, abs=1)
    assert found.pop((3, 2)) == pytest.approx(far, abs=1)
    assert found == {(0, 1): 260, (1, 0): 260, (1, 2): 260, (2, 1): 260}


def test_two_stops_of_one_station_are_at_least_the_least_time_apart() -> None:
    day = four_stops()
    day = DayTimetable(**{**day.__dict__, "stops": day.stops.assign(lat=50.0, station="f:S")})
    assert set(table(change_links(day, OutlineWalking())).values()) == {60}
    assert set(table(change_links(day, OutlineWalking(), change_seconds=0)).values()) == {0}
    with pytest.raises(OptionError):
        change_links(day, OutlineWalking(), change_seconds=-1)


def test_the_operators_word_counts_more_than_the_walk() -> None:
    told = rules(
        ("f:A", "f:B", 2, 500.0),  # a least time, beyond the limit
        ("f:B", "f:A", 3, np.nan),  # no change
        ("f:B", "f:S", 2, 90.0),  # from B to both stops of the station…
        ("f:B", "f:D", 2, 95.0),  # …but for this one
        ("f:A", "f:A", 2, 999.0),  # at one stop: not heard
        ("f:C", "f:B", 0, np.nan),  # a recommended place to change: nothing new
        ("g:C", "f:B", 2, 1.0),  # nobody's stop
    )
    found = table(change_links(four_stops(), OutlineWalking(), transfers=told, limit_seconds=300))
    found = {pair: seconds for pair, seconds in found.items() if pair not in {(2, 3), (3, 2)}}
    assert found == {(0, 1): 500, (1, 2): 90, (1, 3): 95, (2, 1): 260}


def test_rules_of_several_feeds_carry_their_feed() -> None:
    found = qualified_transfers({"b": rules(("x", "y", 2, 60.0)), "a": rules(("x", "x", 3, np.nan)), "c": rules()})
    assert found[["from_stop", "to_stop"]].to_numpy().tolist() == [["a:x", "a:x"], ["b:x", "b:y"]]
    assert qualified_transfers({}).empty
