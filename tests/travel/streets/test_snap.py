"""Joining places to streets: by hand, then whatever the network."""

import gc
import weakref

import networks
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_integration.errors import LayerError, OptionError
from geo_integration.travel.streets.network import RoadNetwork
from geo_integration.travel.streets.snap import Entries, Snapped, arriving, direct, leaving, snap


def at(network: RoadNetwork, *spots: tuple[float, float], limit_metres: float | None = None) -> Snapped:
    """Snap points given in metres."""
    pairs = np.array([networks.degrees(*spot) for spot in spots])
    return snap(network, pairs[:, 0], pairs[:, 1], limit_metres=limit_metres)


def told(entries: Entries) -> list[tuple[int, int, int]]:
    """Return (place, node, seconds, to the nearest one)."""
    rows = zip(entries.place.tolist(), entries.node.tolist(), entries.milliseconds.tolist(), strict=True)
    return [(place, node, round(milliseconds / 1000)) for place, node, milliseconds in rows]


def test_a_place_leaves_both_ways_and_on_a_one_way_street_only_ahead() -> None:
    town = networks.town()
    # P: 20 m north of A, 250 m from n0: access 20 s, then 25 s to n0, 75 s to n1.
    # Q: 10 m east of C, 300 m from n1: access 10 s, then 70 s to n2; it is reached from n1 in 30 s.
    snapped = at(town, (250, 20), (1010, 300))
    assert snapped.edge.tolist() == [0, 2]
    assert snapped.fraction == pytest.approx([0.25, 0.3], abs=1e-3)
    assert snapped.metres == pytest.approx([20, 10], abs=0.1)
    assert told(leaving(town, snapped)) == [(0, 0, 45), (0, 1, 95), (1, 2, 80)]
    assert told(arriving(town, snapped)) == [(0, 0, 45), (0, 1, 95), (1, 1, 40)]


def test_the_arc_says_which_way_the_street_is_travelled() -> None:
    town = networks.town()
    snapped = at(town, (250, 20))
    leave, arrive = leaving(town, snapped), arriving(town, snapped)
    assert town.head[leave.arc].tolist() == leave.node.tolist() == [0, 1]
    assert town.forward[leave.arc].tolist() == [False, True]
    assert town.tail[arrive.arc].tolist() == arrive.node.tolist() == [0, 1]
    assert town.forward[arrive.arc].tolist() == [True, False]


def test_both_parts_of_a_street_add_up_to_it() -> None:
    # 100.001 s cut at a third: whole milliseconds, none lost.
    town = networks.make([(0, 0), (900, 0)], [networks.Street(0, 1, 100.001, 100.001)])
    snapped = at(town, (300, 0))
    access = 2 * int(snapped.access_milliseconds[0])
    assert leaving(town, snapped).milliseconds.sum() == 100_001 + access
    assert (
        leaving(town, snapped).milliseconds.tolist() == arriving(town, snapped).milliseconds.tolist()
    )  # both ways as slow


def test_a_street_no_place_joins_is_passed_over() -> None:
    town = networks.town()
    # 300 m along E, which does not snap: the nearest street that does is C or A, 300 m away, at n1.
    snapped = at(town, (1300, 5))
    assert snapped.edge[0] in {0, 2}
    assert snapped.metres[0] == pytest.approx(300, abs=0.2)


@pytest.mark.parametrize(
    ("lon", "lat"), [(np.nan, np.nan), (-30.0, 45.0), (2.0, -49.0), (-177.0, -49.0), (np.inf, 49.0)]
)
def test_nowhere_near_a_street_is_not_routable_and_stays_in_its_row(lon: float, lat: float) -> None:
    town = networks.town()
    near = networks.degrees(250, 20)
    snapped = snap(town, [near[0], lon, near[0]], [near[1], lat, near[1]])
    assert snapped.routable.tolist() == [True, False, True]
    assert snapped.edge.tolist() == [0, -1, 0]
    for value in (snapped.fraction[1], snapped.metres[1], snapped.lon[1], snapped.lat[1]):
        assert np.isnan(value)
    entries = leaving(town, snapped)
    assert entries.places == 3
    assert set(entries.place.tolist()) == {0, 2}


def test_the_limit_is_that_of_the_network_unless_another_is_given() -> None:
    town = networks.town()  # 500 m
    assert at(town, (500, -499)).edge.tolist() == [0]
    assert at(town, (500, -501)).edge.tolist() == [-1]
    assert at(town, (500, -501), limit_metres=600).edge.tolist() == [0]
    assert at(town, (500, -101), limit_metres=100).edge.tolist() == [-1]


def test_the_snapped_point_lies_on_the_street() -> None:
    snapped = at(networks.town(), (250, 20))
    assert (snapped.lon[0], snapped.lat[0]) == pytest.approx(networks.degrees(250, 0), abs=1e-6)


def test_two_places_on_a_one_way_street_are_joined_along_it_one_way_only() -> None:
    town = networks.town()
    # On C (one-way north), 200 m and 600 m from n1, both 10 m off: 40 s ahead + 20 s of access. No way back along it.
    snapped = at(town, (1010, 200), (1010, 600))
    found = direct(town, snapped, snapped)
    pairs = dict(zip(zip(found.source.tolist(), found.target.tolist(), strict=True), found.milliseconds, strict=True))
    assert set(pairs) == {(0, 0), (0, 1), (1, 1)}
    assert pairs[0, 1] / 1000 == pytest.approx(60, abs=0.2)
    assert pairs[0, 0] / 1000 == pytest.approx(20, abs=0.2)


@pytest.mark.parametrize("limit", [0.0, -1.0, np.nan, np.inf])
def test_a_limit_that_makes_no_sense_is_refused(limit: float) -> None:
    with pytest.raises(OptionError, match="limite"):
        at(networks.town(), (0, 0), limit_metres=limit)


def test_longitudes_without_latitudes_are_refused() -> None:
    with pytest.raises(LayerError, match="2 longitudes"):
        snap(networks.town(), [2.0, 3.0], [49.0])


def test_what_is_kept_of_a_network_goes_with_it() -> None:
    town = networks.town()
    at(town, (0, 0))
    gone = weakref.ref(town)
    del town
    gc.collect()
    assert gone() is None


@given(networks.networks(), networks.place_lists())
def test_entries_are_sorted_whole_and_of_routable_places(
    network: RoadNetwork, where: tuple[np.ndarray, np.ndarray]
) -> None:
    snapped = snap(network, *where)
    assert len(snapped) == len(where[0])
    assert network.edge_snaps[snapped.edge[snapped.routable]].all()
    for entries in (leaving(network, snapped), arriving(network, snapped)):
        keys = list(zip(entries.place.tolist(), entries.node.tolist(), strict=True))
        assert keys == sorted(set(keys))
        assert set(entries.place.tolist()) == set(np.flatnonzero(snapped.routable).tolist())
        assert (entries.milliseconds >= snapped.access_milliseconds[entries.place]).all()


@given(networks.networks(), networks.place_lists())
def test_turning_every_arc_round_exchanges_leaving_and_arriving(
    network: RoadNetwork, where: tuple[np.ndarray, np.ndarray]
) -> None:
    turned, snapped = networks.turned(network), snap(network, *where)
    for one, other in ((leaving, arriving), (arriving, leaving)):
        here, there = one(network, snapped), other(turned, snapped)
        assert here.place.tolist() == there.place.tolist()
        assert here.node.tolist() == there.node.tolist()
        assert here.milliseconds.tolist() == there.milliseconds.tolist()


@given(networks.networks(), networks.place_lists(), st.data())
def test_taking_some_places_is_snapping_only_those(
    network: RoadNetwork, where: tuple[np.ndarray, np.ndarray], data: st.DataObject
) -> None:
    snapped = snap(network, *where)
    rows = data.draw(st.lists(st.integers(0, len(snapped) - 1), max_size=6)) if len(snapped) else []
    taken = leaving(network, snapped).take(rows)
    alone = leaving(network, snapped.take(rows))
    assert taken.places == alone.places == len(rows)
    for name in ("place", "node", "milliseconds", "arc"):
        assert getattr(taken, name).tolist() == getattr(alone, name).tolist()
