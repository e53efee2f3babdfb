"""Networks built from drawings: times on paper, turns, one-ways, ferries, barriers, margins; then real extracts."""

from pathlib import Path

import numpy as np
import osm_files
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from town import NO_LEFT, PLACES, SIGNAL, TOWN, A, B, C, D, E, F, Town, check

from geo_integration.errors import NetworkRefusedError, OptionError, UnknownTermError
from geo_integration.travel.streets.build import build
from geo_integration.travel.streets.network import RoadNetwork
from geo_integration.travel.streets.osm import read_osm
from geo_integration.travel.streets.profiles import Profile

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"

# On the equator of the WGS84 ellipsoid (a = 6,378,137 m, e2 = 0.00669438), one hundredth of a degree is
#   east   a * 0.01 * pi / 180            = 1,113.195 m
#   north  a * (1 - e2) * 0.01 * pi / 180 = 1,105.743 m
# and the diagonal is sqrt(1113.195^2 + 1105.743^2) = 1,569.02 m.
# Residential streets are driven at 25 km/h, those signed 50 at 0.8 * 50 = 40 km/h. Four streets meet at B: entering
# it costs 0.3 s; the signal at C costs 2 s.
EAST, NORTH, SLANTED = 1113.195, 1105.743, 1569.02
AB = EAST / 40 * 3.6 + 0.3  # 100.488 s
BA = EAST / 40 * 3.6  # 100.188 s
BC = 2 * EAST / 40 * 3.6 + 2  # 202.375 s
BD = NORTH / 25 * 3.6  # 159.227 s
CF = BD
FD = 2 * EAST / 25 * 3.6  # 320.600 s
EB = NORTH / 25 * 3.6 + 0.3  # 159.527 s
AE = SLANTED / 25 * 3.6  # 225.939 s


def network(tmp_path: Path, ways: osm_files.Ways, mode: str = "car", **drawn: object) -> RoadNetwork:
    """Build the network of a drawing at the places of the town."""
    nodes = drawn.pop("nodes", PLACES)
    path = osm_files.write(tmp_path / "drawn.osm", nodes, ways, **drawn)
    built = build(path, mode=mode, area="dessin")
    check(built)
    return built


def test_times_of_the_town_computed_on_paper(town_file: Path) -> None:
    built = build(town_file, mode="car", area="ville")
    check(built)
    town = Town(built)
    assert built.nodes == 6 + 1  # B has a copy: coming from A one may not turn left
    assert built.edges == 7
    assert town.seconds(PLACES[A], PLACES[B]) == pytest.approx(AB, abs=0.01)
    assert town.seconds(PLACES[B], PLACES[A]) == pytest.approx(BA, abs=0.01)
    assert town.seconds(PLACES[B], PLACES[C]) == pytest.approx(BC, abs=0.01)
    assert town.seconds(PLACES[A], PLACES[C]) == pytest.approx(AB + BC, abs=0.01)
    assert town.seconds(PLACES[E], PLACES[D]) == pytest.approx(EB + BD, abs=0.01)
    # E to A: not down Rue du Sud the wrong way, but by Rue Basse.
    assert town.seconds(PLACES[B], PLACES[E]) == pytest.approx(BA + AE, abs=0.01)
    # A to D: not left at B. By Rue Basse and Rue du Sud 225.9 + 159.5 + 159.2 = 544.7 s; turning round at C would
    # take 100.5 + 202.4 + 200.7 + 159.2 = 662.8 s, and Rue Haute 100.5 + 202.4 + 159.2 + 320.6 = 782.7 s.
    assert town.seconds(PLACES[A], PLACES[D]) == pytest.approx(AE + EB + BD, abs=0.01)
    # D to A is not forbidden.
    assert town.seconds(PLACES[D], PLACES[A]) == pytest.approx(BD + 0.3 + BA, abs=0.01)


def test_without_the_restriction_one_turns_left(tmp_path: Path) -> None:
    built = network(tmp_path, TOWN, node_tags=SIGNAL)
    assert built.nodes == 6
    assert Town(built).seconds(PLACES[A], PLACES[D]) == pytest.approx(AB + BD, abs=0.01)
    assert built.meta["restrictions_applied"] == 0


def test_a_restriction_forbids_exactly_its_turn(town_file: Path) -> None:
    built = build(town_file, mode="car", area="ville")
    town = Town(built)
    junction, copy = town.at(PLACES[B])
    # Rue Longue from A leads to the copy only, and from there to A and C, not to D; every other way in leads to the
    # junction itself, from which A, C and D may be reached.
    assert set(built.head[np.isin(built.tail, town.at(PLACES[A]))]) == {copy, *town.at(PLACES[E])}
    for start in (C, D, E):
        assert junction in built.head[np.isin(built.tail, town.at(PLACES[start]))]
        assert copy not in built.head[np.isin(built.tail, town.at(PLACES[start]))]
    reached = {node: set(built.head[built.tail == node]) for node in (junction, copy)}
    at = {letter: int(town.at(PLACES[letter])[0]) for letter in (A, C, D)}
    assert reached[junction] == set(at.values())
    assert reached[copy] == {at[A], at[C]}
    assert (built.meta["restrictions_applied"], built.meta["restrictions_skipped"]) == (1, 0)


def test_only_one_turn_allowed(tmp_path: Path) -> None:
    built = network(tmp_path, TOWN, restrictions=[osm_files.turn(20, "only_straight_on", 10, B, 11)])
    town = Town(built)
    _, copy = town.at(PLACES[B])
    assert set(built.head[built.tail == copy]) == set(town.at(PLACES[C]))


@pytest.mark.parametrize(
    ("tags", "mode", "forbids"),
    [
        ({"restriction": "no_left_turn"}, "car", True),
        ({"restriction": "no_left_turn"}, "bike", True),
        ({"restriction": "no_left_turn"}, "foot", False),
        ({"restriction": "no_left_turn", "except": "bicycle;psv"}, "car", True),
        ({"restriction": "no_left_turn", "except": "bicycle;psv"}, "bike", False),
        ({"restriction": "no_left_turn", "except": "motorcar"}, "car", False),
        ({"restriction:hgv": "no_left_turn"}, "car", False),
        ({"restriction:motorcar": "no_left_turn"}, "car", True),
        ({"restriction:motorcar": "no_left_turn"}, "bike", False),
        ({"restriction:conditional": "no_left_turn @ (Mo-Fr 07:00-09:00)"}, "car", False),
    ],
)
def test_whom_a_restriction_concerns(tmp_path: Path, tags: dict[str, str], mode: str, forbids: bool) -> None:  # noqa: FBT001
    members = [("w", 10, "from"), ("n", B, "via"), ("w", 12, "to")]
    built = network(tmp_path, TOWN, mode=mode, restrictions=[(20, tags, members)])
    assert len(Town(built).at(PLACES[B])) == (2 if forbids else 1)


def test_restrictions_that_cannot_be_applied_are_counted(tmp_path: Path) -> None:
    via_way = (21, {"restriction": "no_u_turn"}, [("w", 10, "from"), ("w", 11, "via"), ("w", 14, "to")])
    towards_nothing = osm_files.turn(22, "only_left_turn", 10, B, 99)
    at_times = (23, {"restriction:conditional": "no_left_turn @ (07:00-09:00)"}, osm_files.turn(23, "", 14, C, 11)[2])
    built = network(tmp_path, TOWN, restrictions=[via_way, towards_nothing, at_times, NO_LEFT])
    assert (built.meta["restrictions_applied"], built.meta["restrictions_skipped"]) == (1, 3)


def test_a_way_through_the_junction_does_not_say_which_turn_is_meant(tmp_path: Path) -> None:
    ways = [(10, [A, B, C], {"highway": "residential"}), *TOWN[2:]]
    built = network(tmp_path, ways, restrictions=[osm_files.turn(20, "no_left_turn", 10, B, 12)])
    assert (built.meta["restrictions_applied"], built.meta["restrictions_skipped"]) == (0, 1)


def test_two_restrictions_at_one_junction_add_up(tmp_path: Path) -> None:
    more = osm_files.turn(21, "no_u_turn", 10, B, 10)
    built = network(tmp_path, TOWN, restrictions=[NO_LEFT, more])
    town = Town(built)
    _, copy = town.at(PLACES[B])
    assert set(built.head[built.tail == copy]) == set(town.at(PLACES[C]))
    assert built.meta["restrictions_applied"] == 2


def test_streets_are_joined_across_nodes_where_nothing_changes(tmp_path: Path) -> None:
    # A-B-C is one street in two ways, the second drawn the other way round; E, on it, is no junction either.
    nodes = {A: (0, 0), B: (1, 0), C: (2, 0), E: (0.5, 0)}
    street = {"highway": "residential", "name": "Rue", "oneway": "no"}
    built = network(tmp_path, [(1, [A, E, B], street), (2, [C, B], street)], nodes=nodes)
    assert (built.nodes, built.edges, built.arcs) == (2, 1, 2)
    assert len(built.shape_lon) == 4
    assert built.edge_metres[0] == pytest.approx(2 * EAST, abs=0.01)


@pytest.mark.parametrize(
    "other",
    [
        {"highway": "tertiary", "name": "Rue"},
        {"highway": "residential", "name": "Rue", "maxspeed": "30"},
        {"highway": "residential", "name": "Avenue"},
        {"highway": "residential", "name": "Rue", "tunnel": "yes"},
    ],
)
def test_streets_are_cut_where_something_changes(tmp_path: Path, other: dict[str, str]) -> None:
    nodes = {A: (0, 0), B: (1, 0), C: (2, 0)}
    built = network(tmp_path, [(1, [A, B], {"highway": "residential", "name": "Rue"}), (2, [B, C], other)], nodes=nodes)
    assert (built.nodes, built.edges) == (3, 2)


def test_one_ways_drawn_in_turn_are_one_edge(tmp_path: Path) -> None:
    # A → B → C, the second way drawn against its traffic (oneway=-1), and back from C to A by another street.
    nodes = {A: (0, 0), B: (1, 0), C: (2, 0)}
    there = {"highway": "residential", "name": "Aller"}
    ways = [
        (1, [A, B], {**there, "oneway": "yes"}),
        (2, [C, B], {**there, "oneway": "-1"}),
        (3, [A, C], {"highway": "residential", "name": "Retour", "oneway": "-1"}),
    ]
    built = network(tmp_path, ways, nodes=nodes)
    assert (built.nodes, built.edges, built.arcs) == (2, 2, 2)


def test_signals_on_a_street_cost_their_seconds_in_their_direction(tmp_path: Path) -> None:
    nodes = {A: (0, 0), B: (1, 0), C: (2, 0), D: (3, 0)}
    signals = {
        B: {"highway": "traffic_signals", "traffic_signals:direction": "forward"},
        C: {"highway": "traffic_signals"},
    }
    built = network(tmp_path, [(1, [A, B, C, D], {"highway": "residential"})], nodes=nodes, node_tags=signals)
    assert built.edges == 1
    town = Town(built)
    free = 3 * EAST / 25 * 3.6
    assert town.seconds(nodes[A], nodes[D]) == pytest.approx(free + 2 + 2, abs=0.01)
    assert town.seconds(nodes[D], nodes[A]) == pytest.approx(free + 2, abs=0.01)


def test_a_roundabout_turns_one_way(tmp_path: Path) -> None:
    # A, C and D hang on the ring E → F → G, which says roundabout and nothing else.
    nodes = {A: (0, 0), C: (3, 0), D: (1, 3), E: (1, 0), F: (2, 0), 7: (1, 1)}
    street = {"highway": "residential"}
    ring = (1, [E, F, 7, E], {**street, "junction": "roundabout"})
    built = network(tmp_path, [ring, (2, [A, E], street), (3, [C, F], street), (4, [D, 7], street)], nodes=nodes)
    town = Town(built)
    assert town.arcs(nodes[E], nodes[F]) == 1
    assert town.arcs(nodes[F], nodes[E]) == 0
    assert town.seconds(nodes[F], nodes[E]) > town.seconds(nodes[E], nodes[F])


def test_a_loop_and_parallel_streets_keep_their_edges(tmp_path: Path) -> None:
    nodes = {A: (0, 0), B: (1, 0), C: (2, 0), D: (2, 1), E: (0.5, 1)}
    street = {"highway": "residential"}
    ways = [(1, [A, B], street), (2, [B, C, D, B], street), (3, [A, E, B], street)]
    built = network(tmp_path, ways, nodes=nodes)
    # B is the only junction; A, where the two streets between A and B meet, is a plain bend of one long loop.
    assert (built.nodes, built.edges) == (1, 2)
    assert built.arcs == 4


def test_a_ring_without_junction_is_opened_once(tmp_path: Path) -> None:
    nodes = {A: (0, 0), B: (1, 0), C: (1, 1)}
    built = network(tmp_path, [(1, [A, B, C, A], {"highway": "residential"})], nodes=nodes)
    assert (built.nodes, built.edges, built.arcs) == (1, 1, 2)
    assert built.edge_metres[0] == pytest.approx(EAST + NORTH + SLANTED, rel=1e-4)


def test_only_the_largest_strongly_connected_component_is_kept(tmp_path: Path) -> None:
    # Beside the town: a street one may enter but not leave (D → 8), and an island 9 - 10.
    nodes = {**PLACES, 8: (1, 2), 9: (5, 5), 10: (6, 5)}
    ways = [
        *TOWN,
        (30, [D, 8], {"highway": "residential", "oneway": "yes"}),
        (31, [9, 10], {"highway": "residential"}),
    ]
    built = network(tmp_path, ways, nodes=nodes)
    assert built.nodes == 6
    assert built.meta["nodes_dropped_unconnected"] == 3


def test_private_streets_are_left_out_and_customers_are_let_in(tmp_path: Path) -> None:
    nodes = {**PLACES, 8: (1, 2), 9: (5, 0)}
    ways = [
        *TOWN,
        (30, [D, 8], {"highway": "service", "access": "private"}),
        (31, [C, 9], {"highway": "service", "access": "customers"}),
    ]
    town = Town(network(tmp_path, ways, nodes=nodes))
    assert len(town.at(nodes[8])) == 0
    assert len(town.at(nodes[9])) == 1


@pytest.mark.parametrize(
    ("mode", "barrier", "crosses"),
    [
        ("car", {"barrier": "bollard"}, False),
        ("bike", {"barrier": "bollard"}, True),
        ("foot", {"barrier": "bollard"}, True),
        ("car", {"barrier": "bollard", "motor_vehicle": "yes"}, True),
        ("foot", {"barrier": "wall"}, False),
        ("foot", {"barrier": "gate", "access": "private"}, False),
        ("car", {"barrier": "toll_booth"}, True),
    ],
)
def test_barriers(tmp_path: Path, mode: str, barrier: dict[str, str], crosses: bool) -> None:  # noqa: FBT001
    nodes = {A: (0, 0), B: (1, 0), C: (3, 0)}
    ways = [(1, [A, B, C], {"highway": "residential"})]
    town = Town(network(tmp_path, ways, mode=mode, nodes=nodes, node_tags={B: barrier}))
    reaches = len(town.at(nodes[A])) == 1 and len(town.at(nodes[C])) == 1
    assert reaches == crosses
    # Where the street is cut, both sides remain streets: the one drawn first is kept here, for both have two nodes.
    assert len(town.at(nodes[B])) == (0 if crosses else 1)


def test_a_gate_is_opened_in_a_minute(tmp_path: Path) -> None:
    nodes = {A: (0, 0), B: (1, 0), C: (2, 0)}
    town = Town(
        network(
            tmp_path, [(1, [A, B, C], {"highway": "service"})], nodes=nodes, node_tags={B: {"barrier": "lift_gate"}}
        )
    )
    assert town.seconds(nodes[A], nodes[C]) == pytest.approx(2 * EAST / 15 * 3.6 + 60, abs=0.01)


def test_ferries_take_their_own_time_and_the_boarding(tmp_path: Path) -> None:
    nodes = {A: (0, 0), B: (1, 0), C: (3, 0), D: (4, 0)}
    land = {"highway": "residential"}
    ways = [(1, [A, B], land), (2, [B, C], {"route": "ferry", "duration": "00:20"}), (3, [C, D], land)]
    built = network(tmp_path, ways, nodes=nodes)
    town = Town(built)
    walk = EAST / 25 * 3.6
    assert town.seconds(nodes[B], nodes[C]) == pytest.approx(20 * 60 + 300, abs=0.01)
    assert town.seconds(nodes[A], nodes[D]) == pytest.approx(2 * walk + 20 * 60 + 300, abs=0.01)
    ferry = built.edge_class == list(built.classes).index("ferry")
    assert built.edge_snaps[~ferry].all()
    assert not built.edge_snaps[ferry].any()


def test_a_ferry_drawn_in_two_parts_is_boarded_once(tmp_path: Path) -> None:
    # 2,226.39 m at 5 km/h, the speed of a line without duration: 1,603.0 s, and 300 s of boarding. The parts differ
    # by their name, so that they are two edges.
    nodes = {A: (0, 0), B: (1, 0), C: (2, 0), D: (3, 0), E: (4, 0)}
    land = {"highway": "residential"}
    sea = {"route": "ferry"}
    ways = [(1, [A, B], land), (2, [B, C], {**sea, "name": "1"}), (3, [C, D], {**sea, "name": "2"}), (4, [D, E], land)]
    town = Town(network(tmp_path, ways, nodes=nodes))
    assert town.seconds(nodes[B], nodes[D]) == pytest.approx(2 * EAST / 5 * 3.6 + 300, abs=0.01)


def test_bikes_are_pushed_where_they_may_not_be_ridden(tmp_path: Path) -> None:
    # Footway and dismount at 4 km/h; against the one-way street too; with the street at 15.
    nodes = {A: (0, 0), B: (1, 0), C: (2, 0), D: (3, 0), E: (4, 0)}
    ways = [
        (1, [A, B], {"highway": "footway"}),
        (2, [B, C], {"highway": "residential", "bicycle": "dismount"}),
        (3, [C, D], {"highway": "residential", "oneway": "yes"}),
        (4, [D, E], {"highway": "residential", "oneway": "yes", "oneway:bicycle": "no"}),
    ]
    town = Town(network(tmp_path, ways, mode="bike", nodes=nodes))
    push, ride = EAST / 4 * 3.6, EAST / 15 * 3.6
    assert town.seconds(nodes[A], nodes[B]) == pytest.approx(push, abs=0.01)
    assert town.seconds(nodes[B], nodes[C]) == pytest.approx(push, abs=0.01)
    assert town.seconds(nodes[C], nodes[D]) == pytest.approx(ride, abs=0.01)
    assert town.seconds(nodes[D], nodes[C]) == pytest.approx(push, abs=0.01)
    assert town.seconds(nodes[E], nodes[D]) == pytest.approx(ride, abs=0.01)


def test_stairs_are_slow_on_foot_and_closed_to_bikes(tmp_path: Path) -> None:
    nodes = {A: (0, 0), B: (1, 0), C: (2, 0), D: (1, 1)}
    street = {"highway": "residential"}
    ways = [(1, [A, B], street), (2, [B, C], {"highway": "steps"}), (3, [B, D], street)]
    foot = Town(network(tmp_path, ways, mode="foot", nodes=nodes))
    assert foot.seconds(nodes[A], nodes[C]) == pytest.approx(EAST / 4.5 * 3.6 + EAST / 2 * 3.6, abs=0.01)
    bike = Town(network(tmp_path, ways, mode="bike", nodes=nodes))
    assert len(bike.at(nodes[C])) == 0


def test_people_on_foot_take_one_ways_both_ways(town_file: Path) -> None:
    town = Town(build(town_file, mode="foot", area="ville"))
    check(town.network)
    assert town.seconds(PLACES[B], PLACES[E]) == pytest.approx(NORTH / 4.5 * 3.6, abs=0.01)
    assert len(town.at(PLACES[B])) == 1


def test_margin_cuts_at_its_metres(tmp_path: Path) -> None:
    # C lies at 0.03 degrees east, the area ends at 0.015: 0.015 * 111,319.5 m = 1,669.8 m between them.
    path = osm_files.write(tmp_path / "town.osm", PLACES, TOWN)
    within = shapely.box(-0.0005, -0.01, 0.015, 0.0099)
    for margin, reached in ((0, 0), (1_660, 0), (1_680, 1)):
        built = build(path, mode="car", area="centre", within=within, margin_metres=margin)
        check(built)
        assert len(Town(built).at(PLACES[C])) == reached
        assert built.meta["margin_metres"] == margin
        assert built.meta["bounds"] == [-0.0005, -0.01, 0.015, 0.0099]
    assert built.meta["covered_share"] < 1  # the margin goes beyond the extract, and the network says so


def test_meta_says_where_minutes_come_from(tmp_path: Path) -> None:
    meta = build(osm_files.write(tmp_path / "town.osm.pbf", PLACES, TOWN), mode="car", area="ville").meta
    assert meta["extract"] == "town.osm.pbf"
    assert meta["extract_date"] == osm_files.STAMP
    assert len(meta["extract_sha256"]) == len(meta["profile_sha256"]) == 64
    assert meta["profile_sha256"] == Profile.load("car").sha256
    assert (meta["profile"], meta["country"]) == ("voiture-1", "FR")
    assert "ODbL" in meta["licence"]
    assert (meta["snap_limit_metres"], meta["access_speed_kmh"]) == (1000, 10)


def test_same_extract_same_bytes(town_file: Path, tmp_path: Path) -> None:
    one, other = (build(town_file, mode="car", area="ville").to_bytes() for _ in range(2))
    assert one == other
    build(town_file, mode="car", area="ville").save(tmp_path / "a.network.npz")
    loaded = RoadNetwork.load(tmp_path / "a.network.npz")
    assert loaded.to_bytes() == one


def test_the_extract_read_once_serves_every_mode(town_file: Path) -> None:
    extract = read_osm(town_file)
    for mode in ("car", "bike", "foot"):
        assert (
            build(extract, mode=mode, area="ville").to_bytes() == build(town_file, mode=mode, area="ville").to_bytes()
        )


def test_unknown_mode_or_country(town_file: Path) -> None:
    with pytest.raises(UnknownTermError):
        build(town_file, mode="horse", area="ville")
    with pytest.raises(OptionError):
        build(town_file, mode="transit", area="ville")
    with pytest.raises(OptionError, match="XX"):
        build(town_file, mode="car", area="ville", country="XX")


def test_no_street_for_the_mode(tmp_path: Path) -> None:
    path = osm_files.write(tmp_path / "stairs.osm", PLACES, [(1, [A, B], {"highway": "steps"})])
    with pytest.raises(NetworkRefusedError, match="aucune rue praticable") as refused:
        build(path, mode="car", area="ville")
    assert refused.value.way_out


@given(
    st.lists(
        st.tuples(
            st.lists(st.sampled_from(sorted(PLACES)), min_size=2, max_size=5), st.sampled_from(["", "yes", "-1"])
        ),
        min_size=1,
        max_size=8,
    ),
    st.lists(
        st.tuples(st.integers(0, 7), st.sampled_from(sorted(PLACES)), st.integers(0, 7), st.booleans()), max_size=6
    ),
)
def test_any_drawing_gives_a_sound_network(
    tmp_path_factory: pytest.TempPathFactory,
    drawn: list[tuple[list[int], str]],
    turns: list[tuple[int, int, int, bool]],
) -> None:
    ways = [(10 + row, nodes, {"highway": "residential", "oneway": way}) for row, (nodes, way) in enumerate(drawn)]
    rules = [
        osm_files.turn(100 + row, "only_straight_on" if only else "no_left_turn", 10 + start, via, 10 + end)
        for row, (start, via, end, only) in enumerate(turns)
    ]
    path = tmp_path_factory.getbasetemp() / "any.osm"
    osm_files.write(path, PLACES, ways, restrictions=rules)
    try:
        built = build(path, mode="car", area="dessin")
    except NetworkRefusedError as refused:
        assert "aucune rue praticable" in str(refused)  # noqa: PT017 -- one of two outcomes allowed
        return
    check(built)
    try:
        free = build(osm_files.write(path, PLACES, ways), mode="car", area="dessin")
    except NetworkRefusedError:
        return  # a crossroads that a rule had split was all that held together: rare, and nothing to compare
    check(free)
    bound, unbound = Town(built), Town(free)
    common = [place for place in PLACES.values() if len(bound.at(place)) and len(unbound.at(place))]
    for start in common:
        for end in common:
            assert bound.seconds(start, end) >= unbound.seconds(start, end) - 0.002  # to a millisecond an arc


@pytest.mark.parametrize(
    ("name", "country", "modes"),
    [
        ("porto", "PT", ("car",)),
        ("monaco", "MC", ("car", "bike", "foot")),
        ("saint_barthelemy", "FR", ("car", "bike", "foot")),
    ],
)
def test_real_extracts(name: str, country: str, modes: tuple[str, ...]) -> None:
    path = SHARED / "osm" / "extracts" / f"{name}.osm.pbf"
    if not path.is_file():
        pytest.skip("the extracts are not in a clone: ../shared/data is absent")
    extract = read_osm(path)
    for mode in modes:
        built = build(extract, mode=mode, area=name, country=country)
        check(built)
        assert built.meta["country"] == country
        if name != "porto":  # a minute of a busy machine
            assert build(extract, mode=mode, area=name, country=country).to_bytes() == built.to_bytes()


def test_profile_given_is_the_profile_used(town_file: Path) -> None:
    slow = Profile.load("car").model_copy(update={"time_factor": 2.0})
    built = build(town_file, mode="car", area="ville", profile=slow)
    assert Town(built).seconds(PLACES[B], PLACES[A]) == pytest.approx(2 * BA, abs=0.01)
