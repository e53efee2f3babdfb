"""Itineraries: turns and times computed on paper, then what must hold for any pair, then Monaco.

A second a metre, along the streets and off them, unless the drawing says otherwise.
"""

import json
import math

import drawn_network as drawn
import numpy as np
import pytest
import shapely
from drawn_network import Street, both_ways
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geo_integration.errors import NetworkUnavailableError, OptionError
from geo_integration.travel.streets import wording
from geo_integration.travel.streets.itinerary import Itinerary, itinerary
from geo_integration.travel.streets.itinerary_steps import turn
from geo_integration.travel.streets.network import RoadNetwork
from geo_integration.travel.streets.router import open_router, pair_milliseconds
from geo_integration.travel.streets.snap import snap
from geo_integration.vocabulary import Mode

WGS84 = Geod(ellps="WGS84")


def corner() -> RoadNetwork:
    """Return a street eastwards, then an avenue northwards that bends, and a dead end to make a junction.

    north 300 |          c
              |          |  Avenue Haute
            0 | a ------ b ------ d     Rue Basse, Impasse du Lac
              0         400      600 east
    """
    nodes = {"a": (0.0, 0.0), "b": (400.0, 0.0), "c": (400.0, 300.0), "d": (600.0, 0.0)}
    streets = [
        both_ways("a", "b", 400, name="Rue Basse"),
        both_ways("c", "b", 300, name="Avenue Haute"),
        both_ways("b", "d", 200, name="Impasse du Lac"),
    ]
    return drawn.draw(nodes, streets)


def ask(network: RoadNetwork, start: tuple[float, float], end: tuple[float, float]) -> Itinerary:
    found = itinerary(network, drawn.place(*start), drawn.place(*end))
    assert found is not None
    return found


def test_a_corner_by_hand() -> None:
    # 20 m to the street, 300 east, left, 200 north, 30 m off to the right: 550 s.
    found = ask(corner(), (100, -20), (430, 200))
    assert [leg.instruction for leg in found.legs] == ["access", "depart", "left", "arrival"]
    assert [leg.milliseconds / 1000 for leg in found.legs] == pytest.approx([20, 300, 200, 30], abs=0.1)
    assert [leg.metres for leg in found.legs] == pytest.approx([20, 300, 200, 30], abs=0.1)
    assert found.minutes == pytest.approx(550 / 60, abs=0.01)
    assert found.to_text().splitlines() == [
        "À pied : 10 min, 550 m.",
        "1. Rejoignez la rue : 20 m, en ligne droite.",
        "2. Partez vers l'est dans la rue Basse : 300 m, 5 min.",
        "3. Tournez à gauche sur l'avenue Haute : 200 m, 3 min.",
        "4. Quittez la rue : vous arrivez à 30 m sur votre droite, en ligne droite.",
    ]


def test_the_way_back_turns_the_other_way() -> None:
    found = ask(corner(), (400, 200), (100, 0))
    assert [leg.instruction for leg in found.legs] == ["access", "depart", "right", "arrival_here"]
    assert found.to_text().splitlines()[1:] == [
        "1. Partez vers le sud sur l'avenue Haute : 200 m, 3 min.",
        "2. Tournez à droite dans la rue Basse : 300 m, 5 min.",
        "3. Vous êtes arrivé.",
    ]


@pytest.mark.parametrize(
    ("degrees", "expected"),
    [
        (0, "straight"),
        (20, "straight"),
        (45, "slight_right"),
        (90, "right"),
        (140, "sharp_right"),
        (180, "uturn"),
        (-20, "straight"),
        (-45, "slight_left"),
        (-90, "left"),
        (-140, "sharp_left"),
    ],
)
def test_turns_at_a_star_of_streets(degrees: int, expected: str) -> None:
    # Northwards to the middle, then out at so many degrees to the right; 180 is a second street beside the first.
    angle = math.radians(degrees if degrees != 180 else 177)
    nodes = {"south": (0.0, -300.0), "middle": (0.0, 0.0), "out": (300 * math.sin(angle), 300 * math.cos(angle))}
    streets = [both_ways("south", "middle", 300, name="Rue A"), both_ways("middle", "out", 300, name="Rue B")]
    found = ask(drawn.draw(nodes, streets), (0, -200), (nodes["out"][0] * 0.9, nodes["out"][1] * 0.9))
    assert found.legs[2].instruction == expected
    for north in (0.0, 123.0, 350.0):
        assert turn(north, (north + degrees) % 360) == expected


def test_on_one_street_there_is_one_step() -> None:
    found = ask(corner(), (300, 0), (50, 10))
    assert [leg.kind for leg in found.legs] == ["access", "street", "arrival"]
    assert found.minutes == pytest.approx(260 / 60, abs=0.01)
    assert found.legs[1].bearing_degrees == pytest.approx(270, abs=0.1)
    assert found.legs[2].side == "right"


def test_the_same_point_is_out_to_the_street_and_back() -> None:
    found = ask(corner(), (200, 40), (200, 40))
    assert [leg.kind for leg in found.legs] == ["access", "arrival"]
    assert found.minutes == pytest.approx(80 / 60, abs=0.01)
    assert found.metres == pytest.approx(80, abs=0.1)
    assert found.geometry.is_valid
    on_street = ask(corner(), (200, 0), (200, 0))
    assert on_street.minutes == pytest.approx(0, abs=0.001)
    assert on_street.to_text().splitlines()[1:] == ["1. Vous êtes arrivé."]


def test_behind_on_a_one_way_street_one_goes_round() -> None:
    corners = {"a": (0.0, 0.0), "b": (1000.0, 0.0), "c": (1000.0, 1000.0), "d": (0.0, 1000.0)}
    names = {"ab": "Rue Sud", "bc": "Rue Est", "cd": "Rue Nord", "da": "Rue Ouest"}
    ring = drawn.draw(corners, [Street(pair[0], pair[1], 1000, name=name) for pair, name in names.items()])
    found = ask(ring, (500, 0), (300, 0))
    # 500 to the corner, three whole sides, 300 more.
    assert found.minutes == pytest.approx(3800 / 60, abs=0.01)
    assert [leg.street for leg in found.legs[1:-1]] == ["Rue Sud", "Rue Est", "Rue Nord", "Rue Ouest", "Rue Sud"]
    assert [leg.instruction for leg in found.legs[2:-1]] == ["left"] * 4


def test_bends_are_followed_and_are_no_turns() -> None:
    # 100 m east, 100 m north, 100 m east, in one edge, or in two with nothing else at the node between.
    nodes = {"a": (0.0, 0.0), "m": (100.0, 100.0), "b": (200.0, 100.0)}
    whole = [both_ways("a", "b", 300, name="Rue Tordue", bends=[(100, 0), (100, 100)])]
    halves = [
        both_ways("a", "m", 200, name="Rue Tordue", bends=[(100, 0)]),
        both_ways("m", "b", 100, name="Rue Tordue"),
    ]
    for streets in (whole, halves):
        used = {name: nodes[name] for name in nodes if name != "m" or streets is halves}
        found = ask(drawn.draw(used, streets), (50, 0), (150, 100))
        assert [leg.kind for leg in found.legs] == ["access", "street", "arrival"]
        expected = [drawn.place(*point) for point in ((50, 0), (100, 0), (100, 100), (150, 100))]
        line = shapely.LineString(expected)
        assert shapely.hausdorff_distance(found.geometry, line) < 1e-6
        assert found.metres == pytest.approx(200, abs=0.1)


def test_turning_off_within_a_street_of_one_name_is_told_where_there_is_a_choice() -> None:
    nodes = {"a": (0.0, 0.0), "b": (200.0, 0.0), "c": (200.0, 200.0), "d": (400.0, 0.0)}
    streets = [
        both_ways("a", "b", 200, name="Cité Verte"),
        both_ways("b", "c", 200, name="Cité Verte"),
        both_ways("b", "d", 200, name="Cité Verte"),
    ]
    network = drawn.draw(nodes, streets)
    assert [leg.instruction for leg in ask(network, (50, 0), (200, 150)).legs[1:-1]] == ["depart", "left"]
    assert [leg.instruction for leg in ask(network, (50, 0), (350, 0)).legs[1:-1]] == ["depart"]


def test_a_few_metres_without_a_name_are_told_with_the_street_that_follows() -> None:
    nodes = {"a": (0.0, 0.0), "b": (200.0, 0.0), "c": (200.0, 8.0), "d": (400.0, 8.0), "e": (0.0, 8.0)}
    streets = [
        both_ways("a", "b", 200, name="Rue A"),
        both_ways("b", "c", 8, kind="footway"),
        both_ways("c", "d", 200, name="Rue B"),
        both_ways("c", "e", 200, name="Rue C"),
    ]
    found = ask(drawn.draw(nodes, streets), (50, 0), (350, 8))
    assert [leg.street for leg in found.legs[1:-1]] == ["Rue A", "Rue B"]
    # One crosses and goes on eastwards: told as straight on, though the crossing itself turns left then right.
    assert [leg.instruction for leg in found.legs[1:-1]] == ["depart", "straight"]
    assert [leg.metres for leg in found.legs[1:-1]] == pytest.approx([150, 158], abs=0.1)
    assert found.minutes == pytest.approx(308 / 60, abs=0.01)


def test_stairs_and_ferries_are_steps_of_their_own() -> None:
    nodes = {name: (100.0 * number, 0.0) for number, name in enumerate("abcde")}
    streets = [
        both_ways("a", "b", 100, name="Rue A"),
        both_ways("b", "c", 200, name="Rue A", kind="steps"),
        both_ways("c", "d", 600, kind="ferry", name="Bac du Sud", snaps=False),
        both_ways("d", "e", 100, kind="residential"),
    ]
    lines = ask(drawn.draw(nodes, streets), (0, 0), (400, 0)).to_text().splitlines()
    assert lines[2:5] == [
        "2. Continuez tout droit dans la rue A (escalier) : 100 m, 3 min.",
        "3. Prenez le bac Bac du Sud : 100 m, 10 min.",
        "4. Continuez tout droit dans une rue sans nom : 100 m, 2 min.",
    ]


def test_geojson_has_one_line_per_leg() -> None:
    found = ask(corner(), (100, -20), (430, 200)).to_geojson()
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert [feature["properties"]["kind"] for feature in found["features"]] == ["access", "street", "street", "arrival"]
    assert found["features"][0]["properties"]["street"] is None
    assert found["features"][2]["properties"]["street"] == "Avenue Haute"
    for before, after in zip(found["features"][:-1], found["features"][1:], strict=True):
        assert before["geometry"]["coordinates"][-1] == after["geometry"]["coordinates"][0]


def test_no_way_is_none_and_too_far_says_which_end() -> None:
    nodes = {"a": (0.0, 0.0), "b": (100.0, 0.0), "c": (2000.0, 0.0), "d": (2100.0, 0.0)}
    split = drawn.draw(nodes, [both_ways("a", "b", 100), both_ways("c", "d", 100)])
    assert itinerary(split, drawn.place(0, 0), drawn.place(2050, 0)) is None
    with pytest.raises(NetworkUnavailableError) as caught:
        itinerary(split, drawn.place(0, 0), drawn.place(0, 9000))
    assert caught.value.where.startswith("arrivée")
    with pytest.raises(OptionError, match="autre réseau"):
        itinerary(split, drawn.place(0, 0), drawn.place(10, 0), router=open_router(corner(), "scipy"))


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("Rue de l'Église", "residential", "dans la rue de l'Église"),
        ("Avenue d'Ostende", "primary", "sur l'avenue d'Ostende"),
        ("Impasse Foch", "residential", "dans l'impasse Foch"),
        ("Boulevard Albert 1er", "primary", "sur le boulevard Albert 1er"),
        ("Rond-Point Sainte-Dévote", "primary", "dans le rond-point Sainte-Dévote"),
        ("Escalier Sainte-Barbe", "steps", "dans l'escalier Sainte-Barbe"),
        ("Rampe Major", "steps", "dans la rampe Major (escalier)"),
        ("Rua das Flores", "residential", "sur Rua das Flores"),
        ("", "footway", "sur un chemin piéton"),
        ("", "primary_link", "sur une bretelle"),
        ("", "proposed", "sur une voie sans nom"),
    ],
)
def test_streets_have_their_preposition(name: str, kind: str, expected: str) -> None:
    assert wording.street(name, kind) == expected


def test_winds_lengths_and_times_in_words() -> None:
    assert [wording.wind(bearing) for bearing in (0, 22, 23, 90, 200, 359)] == [
        "le nord",
        "le nord",
        "le nord-est",
        "l'est",
        "le sud",
        "le nord",
    ]
    lengths = [wording.distance(metres) for metres in (4.4, 19.4, 254, 994, 996, 12_340)]
    assert lengths == ["4 m", "19 m", "250 m", "990 m", "1,0 km", "12,3 km"]
    assert [wording.minutes(ms) for ms in (1, 60_000, 60_001, 3_600_000, 3_900_000)] == [
        "1 min",
        "1 min",
        "2 min",
        "1 h 00",
        "1 h 05",
    ]
    assert [wording.spent(ms) for ms in (29_000, 31_000, 149_000)] == ["", ", 1 min", ", 2 min"]


def _sound(network: RoadNetwork, found: Itinerary) -> None:
    """Check what holds for every itinerary."""
    source, target = snap(network, *found.from_lonlat), snap(network, *found.to_lonlat)
    table = pair_milliseconds(open_router(network, "scipy"), source, target)
    assert found.milliseconds == int(table[0, 0])
    assert all(leg.milliseconds >= 0 for leg in found.legs)
    for before, after in zip(found.legs[:-1], found.legs[1:], strict=True):
        assert before.geometry.coords[-1] == pytest.approx(after.geometry.coords[0], abs=1e-9)
    assert found.legs[0].geometry.coords[0] == found.from_lonlat
    assert found.legs[-1].geometry.coords[-1] == found.to_lonlat
    assert WGS84.geometry_length(found.geometry) == pytest.approx(found.metres, rel=0.005, abs=0.5)
    # Every point of the way, ends and bends included, is on a street.
    line = np.repeat(np.arange(network.edges), np.diff(network.shape_offsets))
    streets = shapely.STRtree(
        shapely.linestrings(np.column_stack([network.shape_lon, network.shape_lat]), indices=line)
    )
    for leg in found.legs[1:-1]:
        points = shapely.points(shapely.get_coordinates(shapely.segmentize(leg.geometry, 5e-5)))
        _, distance = streets.query_nearest(points, return_distance=True)
        assert distance.max() < 1e-7
    assert len(found.to_text().splitlines()) >= 2


@given(st.integers(0, 10_000))
def test_any_pair_of_a_town(seed: int) -> None:
    network, random = drawn.grid_town(5, seed=seed), np.random.default_rng(seed)
    found = itinerary(network, *(drawn.place(*random.uniform(-100, 900, 2)) for _ in range(2)))
    assert found is not None
    _sound(network, found)
    assert found == itinerary(network, found.from_lonlat, found.to_lonlat)


@pytest.mark.parametrize("mode", [Mode.FOOT, Mode.CAR, Mode.BIKE])
def test_pairs_of_monaco(mode: Mode) -> None:
    network, random = drawn.monaco(mode), np.random.default_rng(3)
    for _ in range(8):
        ends = random.choice(network.nodes, 2, replace=False)
        places = [
            (float(network.lon[end] + random.normal(0, 2e-4)), float(network.lat[end] + random.normal(0, 2e-4)))
            for end in ends
        ]
        found = itinerary(network, *places)
        assert found is not None
        _sound(network, found)


def test_from_the_palace_to_the_casino_on_foot() -> None:
    found = itinerary(drawn.monaco(Mode.FOOT), (7.4209, 43.7314), (7.4280, 43.7393))
    assert found is not None
    # About 1.5 km as one walks: down from the Rock and along the harbour.
    assert 1_300 < found.metres < 2_200
    assert 15 < found.minutes < 35
    assert "dans la rampe Major" in found.to_text()
    assert "sur l'avenue de Monte-Carlo" in found.to_text()
