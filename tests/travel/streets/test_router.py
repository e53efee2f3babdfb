"""Quickest times and ways: by hand, against the shortest program that finds them, and between engines."""

import dataclasses
import heapq
import itertools
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import networks
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_integration.errors import OptionError
from geo_integration.travel.streets.build import build
from geo_integration.travel.streets.network import LARGEST_MILLISECONDS, RoadNetwork
from geo_integration.travel.streets.router import (
    ENGINES,
    NO_PATH,
    Router,
    node_milliseconds,
    open_router,
    pair_milliseconds,
    quickest_way,
)
from geo_integration.travel.streets.snap import Snapped, arriving, leaving, snap
from geo_integration.vocabulary import Mode

Where = tuple[np.ndarray, np.ndarray]
engines = pytest.mark.parametrize("engine", ENGINES)


MONACO = Path(__file__).resolve().parents[4] / "shared" / "data" / "osm" / "extracts" / "monaco.osm.pbf"


def router_of(network: RoadNetwork, engine: str) -> Router:
    if engine != "scipy":
        pytest.importorskip(engine, reason=f"{engine} has no wheel for this machine")
    return open_router(network, engine)


def at(network: RoadNetwork, *spots: tuple[float, float]) -> Snapped:
    pairs = np.array([networks.degrees(*spot) for spot in spots])
    return snap(network, pairs[:, 0], pairs[:, 1])


def by_the_book(network: RoadNetwork, sources: Snapped, targets: Snapped) -> list[list[int]]:
    """Dijkstra's algorithm on a graph into which every place is put as a node of its street."""
    ahead = with_places(network, sources, targets)
    table = []
    for i in range(len(sources)):
        best: dict[int, int] = {}
        queue = [(int(sources.access_milliseconds[i]), network.nodes + i)]
        while queue:
            cost, node = heapq.heappop(queue)
            if node not in best:
                best[node] = cost
                # A place on the way is no junction: through it one would change from an arc to a copy of it, half-way.
                passed = node < network.nodes or node == network.nodes + i
                for head, more in ahead.get(node, []) if passed else []:
                    heapq.heappush(queue, (cost + more, head))
        reached = [best.get(network.nodes + len(sources) + j) for j in range(len(targets))]
        access = targets.access_milliseconds.tolist()
        table.append([NO_PATH if r is None else r + more for r, more in zip(reached, access, strict=True)])
    return table


def with_places(network: RoadNetwork, sources: Snapped, targets: Snapped) -> dict[int, list[tuple[int, int]]]:
    """Return where one may go from each node or place, and for how many milliseconds."""
    ahead: dict[int, list[tuple[int, int]]] = {}
    placed = [(snapped, row) for snapped in (sources, targets) for row in range(len(snapped))]
    for arc in range(network.arcs):
        whole, forward = int(network.milliseconds[arc]), bool(network.forward[arc])
        # What lies along the arc: share of it, milliseconds from its tail, node.
        along = [(0.0, 0, int(network.tail[arc])), (1.0, whole, int(network.head[arc]))]
        for node, (snapped, row) in enumerate(placed, start=network.nodes):
            if snapped.edge[row] == network.edge[arc]:
                part = float(snapped.fraction[row])
                start = round(part * whole)
                along.append((part, start, node) if forward else (1 - part, whole - start, node))
        for one, other in itertools.permutations(range(len(along)), 2):
            (here, before, tail), (there, after, head) = along[one], along[other]
            # Never back along an arc, out of its head, or into its tail.
            if here <= there and one != 1 and other != 0:
                ahead.setdefault(tail, []).append((head, after - before))
    return ahead


@engines
def test_the_town_by_hand(engine: str) -> None:
    town = networks.town()
    # P on A, 200 m from n0, on the street; Q and R on C (n1 -> n2), 300 and 600 m from n1; S beyond every street.
    places = at(town, (200, 0), (1000, 300), (1000, 600), (5000, 5000))
    table = pair_milliseconds(router_of(town, engine), places, places)
    expected = [
        # P to n1: 80 s, then 30 to Q, 60 to R
        [0, 110, 140, NO_PATH],
        # Q to n2: 70 s, B 100, D 100, then 20 along A to P; R is straight ahead
        [290, 0, 30, NO_PATH],
        # R to n2: 40 s; to Q all the way round: 40 + B 100 + D 100 + A 100 + 30
        [260, 370, 0, NO_PATH],
        [NO_PATH] * 4,
    ]
    for row, seconds in zip(table.tolist(), expected, strict=True):
        for found, second in zip(row, seconds, strict=True):
            # The places are on the streets to within a few centimetres of the projection.
            assert found == NO_PATH if second == NO_PATH else found / 1000 == pytest.approx(second, abs=0.5)


@engines
def test_the_way_by_hand(engine: str) -> None:
    town = networks.town()
    router = router_of(town, engine)
    p, q, r, away = (at(town, spot) for spot in ((200, 0), (1000, 300), (1000, 600), (5000, 5000)))
    # From Q: the rest of C, then B and D whole, then a part of A.
    way = quickest_way(router, q, p)
    assert way is not None
    streets = [town.names[town.edge_name[town.edge[arc]]] for arc in (way.first, *way.arcs, way.last)]
    assert streets == ["C", "B", "D", "A"]
    assert town.forward[[way.first, *way.arcs, way.last]].tolist() == [True, False, False, True]
    along = quickest_way(router, q, r)
    assert along is not None
    assert along.along
    assert along.first == along.last
    assert not len(along.arcs)
    assert quickest_way(router, p, away) is None
    assert quickest_way(router, away, p) is None


def test_the_first_engine_installed_is_taken_and_an_unknown_one_refused() -> None:
    assert open_router(networks.town()).name in ENGINES
    with pytest.raises(OptionError, match="« fast » n'existe pas"):
        open_router(networks.town(), "fast")


@engines
@pytest.mark.parametrize("many", [2, 30])
def test_beyond_what_32_bits_hold_there_is_no_way(engine: str, many: int) -> None:
    # Each street takes 2**31 / 20 ms, about a day and a quarter: 30 of them are more than any engine can tell.
    one = 2**31 // 20 / 1000
    streets = [networks.Street(node, node + 1, one) for node in range(many)]
    network = networks.make([(1000.0 * node, 0.0) for node in range(many + 1)], streets)
    table = pair_milliseconds(router_of(network, engine), at(network, (0, 0)), at(network, (1000.0 * many, 0)))
    whole = many * (2**31 // 20)
    assert table[0, 0] == (pytest.approx(whole, rel=1e-6) if whole <= LARGEST_MILLISECONDS else NO_PATH)


@given(networks.networks(), networks.place_lists(), networks.place_lists())
def test_every_engine_finds_what_the_book_finds(network: RoadNetwork, here: Where, there: Where) -> None:
    sources, targets = snap(network, *here), snap(network, *there)
    expected = np.array(by_the_book(network, sources, targets), dtype=np.uint32).reshape(len(sources), len(targets))
    for engine in ENGINES:
        found = pair_milliseconds(router_of(network, engine), sources, targets)
        assert found.dtype == np.uint32
        np.testing.assert_array_equal(found, expected, err_msg=engine)


@given(networks.networks(), networks.place_lists(least=1), networks.place_lists(least=1))
def test_ways_take_as_long_as_the_table_says(network: RoadNetwork, here: Where, there: Where) -> None:
    source, target = snap(network, *here).take([0]), snap(network, *there).take([0])
    leave, arrive = leaving(network, source), arriving(network, target)
    for engine in ENGINES:
        router = router_of(network, engine)
        path = router.path(leave, arrive)
        assert path.milliseconds == router.table(leave, arrive)[0, 0]
        way = quickest_way(router, source, target)
        total = int(pair_milliseconds(router, source, target)[0, 0])
        assert total == (NO_PATH if way is None else way.milliseconds)
        if path.milliseconds == NO_PATH:
            assert (path.source, path.target, len(path.arcs)) == (-1, -1, 0)
            continue
        # The arcs follow one another from the entry it starts by to the entry it ends by.
        nodes = [int(leave.node[path.source]), *network.head[path.arcs].tolist()]
        assert network.tail[path.arcs].tolist() == nodes[:-1]
        assert nodes[-1] == arrive.node[path.target]
        ends = int(leave.milliseconds[path.source]) + int(arrive.milliseconds[path.target])
        assert path.milliseconds == ends + int(network.milliseconds[path.arcs].sum())


@given(networks.networks(), networks.place_lists(), networks.place_lists())
def test_turning_every_arc_round_gives_the_same_times(network: RoadNetwork, here: Where, there: Where) -> None:
    sources, targets = snap(network, *here), snap(network, *there)
    turned = networks.turned(network)
    for engine in ENGINES:
        found = pair_milliseconds(router_of(network, engine), sources, targets)
        back = pair_milliseconds(router_of(turned, engine), targets, sources)
        np.testing.assert_array_equal(found, back.T, err_msg=engine)


@given(networks.networks(), networks.place_lists(), networks.place_lists(), st.data())
def test_an_arc_more_never_makes_a_time_longer(
    network: RoadNetwork, here: Where, there: Where, data: st.DataObject
) -> None:
    node = st.integers(0, network.nodes - 1)
    more = _with_arc(network, data.draw(node), data.draw(node), data.draw(st.integers(0, 3000)))
    sources, targets = snap(network, *here), snap(network, *there)
    assert sources.edge.tolist() == snap(more, *here).edge.tolist()
    for engine in ENGINES:
        before = pair_milliseconds(router_of(network, engine), sources, targets)
        after = pair_milliseconds(router_of(more, engine), sources, targets)
        assert (after <= before).all()


def _with_arc(network: RoadNetwork, tail: int, head: int, milliseconds: int) -> RoadNetwork:
    """Add a one-way street that places do not join, for them to stay where they are."""
    ends = np.array([tail, head])
    return dataclasses.replace(
        network,
        tail=np.append(network.tail, np.int32(tail)),
        head=np.append(network.head, np.int32(head)),
        milliseconds=np.append(network.milliseconds, np.uint32(milliseconds)),
        edge=np.append(network.edge, np.int32(network.edges)),
        forward=np.append(network.forward, True),
        edge_metres=np.append(network.edge_metres, np.float32(1)),
        edge_name=np.append(network.edge_name, np.int32(0)),
        edge_class=np.append(network.edge_class, np.uint8(0)),
        edge_snaps=np.append(network.edge_snaps, False),
        shape_offsets=np.append(network.shape_offsets, network.shape_offsets[-1] + 2),
        shape_lon=np.append(network.shape_lon, network.lon[ends]),
        shape_lat=np.append(network.shape_lat, network.lat[ends]),
    )


@given(networks.networks(), networks.place_lists(least=1), st.integers(0, 12_000))
def test_times_to_every_node_are_those_of_the_table(network: RoadNetwork, here: Where, limit: int) -> None:
    place = snap(network, *here).take([0])
    leave, arrive = leaving(network, place), arriving(network, place)
    every = np.arange(network.nodes)
    nodes = dataclasses.replace(
        leave, places=len(every), place=every, node=every, milliseconds=0 * every, arc=0 * every
    )
    router = router_of(network, "scipy")
    for towards in (False, True):
        entries = arrive if towards else leave
        found = node_milliseconds(network, entries, limit_milliseconds=limit, towards=towards)
        table = router.table(nodes, arrive)[:, 0] if towards else router.table(leave, nodes)[0]
        np.testing.assert_array_equal(found, np.where(table <= limit, table, np.inf))


@given(networks.networks(), networks.place_lists())
def test_from_several_places_the_nearest_counts(network: RoadNetwork, here: Where) -> None:
    places = snap(network, *here)
    together = node_milliseconds(network, leaving(network, places), limit_milliseconds=np.inf)
    alone = [
        node_milliseconds(network, leaving(network, places.take([row])), limit_milliseconds=np.inf)
        for row in range(len(places))
    ]
    np.testing.assert_array_equal(together, np.min([np.full(network.nodes, np.inf), *alone], axis=0))


@engines
def test_asking_again_or_the_other_way_round_changes_nothing(engine: str) -> None:
    town = networks.town()
    router = router_of(town, engine)
    few, many = at(town, (200, 0)), at(town, (1000, 300), (1000, 600), (500, 1000))
    first = pair_milliseconds(router, few, many)
    back = pair_milliseconds(router, many, few)
    np.testing.assert_array_equal(pair_milliseconds(router, few, many), first)
    np.testing.assert_array_equal(pair_milliseconds(router, many, few), back)
    assert (first != back.T).any()


@engines
def test_two_threads_may_ask_the_same_router(engine: str) -> None:
    town = networks.town()
    router, places = router_of(town, engine), at(town, (200, 0), (1000, 300), (1000, 600), (500, 1000))
    expected = pair_milliseconds(router, places, places).tolist()
    with ThreadPoolExecutor(2) as threads:
        found = list(threads.map(lambda _: pair_milliseconds(router, places, places).tolist(), range(40)))
    assert found == [expected] * 40


@pytest.mark.parametrize("mode", [Mode.CAR, Mode.FOOT])
def test_on_monaco_every_engine_finds_what_the_book_finds(mode: Mode) -> None:
    if not MONACO.is_file():
        pytest.skip("the extract of Monaco is not in ../shared/data")
    network = build(MONACO, mode=mode, area="Monaco")
    drawn = np.random.default_rng(20250204)
    west, south, east, north = network.lon.min(), network.lat.min(), network.lon.max(), network.lat.max()
    sources, targets = (snap(network, drawn.uniform(west, east, n), drawn.uniform(south, north, n)) for n in (30, 50))
    plain = router_of(network, "scipy")
    first, back = pair_milliseconds(plain, sources, targets), pair_milliseconds(plain, targets, sources)
    few = np.flatnonzero(sources.routable)[:4], np.flatnonzero(targets.routable)[:4]
    expected = by_the_book(network, sources.take(few[0]), targets.take(few[1]))
    assert first[np.ix_(*few)].tolist() == expected
    assert (first[np.ix_(sources.routable, targets.routable)] != NO_PATH).all()
    assert (first[~sources.routable] == NO_PATH).all()
    for engine in ENGINES:
        router = router_of(network, engine)
        np.testing.assert_array_equal(pair_milliseconds(router, sources, targets), first, err_msg=engine)
        np.testing.assert_array_equal(pair_milliseconds(router, targets, sources), back, err_msg=engine)
