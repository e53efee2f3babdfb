"""Profiles: what each tag means, by hand; and files that are no profile."""

import hashlib
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from geo_integration.errors import MissingDataError, NetworkRefusedError, OptionError
from geo_integration.settings import settings
from geo_integration.travel.streets.profiles import STREET_MODES, Profile
from geo_integration.travel.streets.usage import (
    NODE_KEYS,
    WAY_KEYS,
    duration_seconds,
    maxspeed_kmh,
    node_use,
    way_use,
)
from geo_integration.vocabulary import Mode

FOLDER = settings().data / "profiles"
CAR, BIKE, FOOT = (Profile.load(mode) for mode in STREET_MODES)
BY_NAME = {"car": CAR, "bike": BIKE, "foot": FOOT}


def speeds(tags: dict[str, str], profile: Profile = CAR) -> tuple[float, float]:
    """Return the speeds forward and backward, (0, 0) where the way is closed."""
    use = way_use({"highway": "residential", **tags}, profile)
    return (0, 0) if use is None else (use.forward_kmh, use.backward_kmh)


@pytest.mark.parametrize(
    ("value", "kmh"),
    [
        ("50", 50),
        (" 50 ", 50),
        ("50 km/h", 50),
        ("30 mph", 30 * 1.609344),
        ("30mph", 30 * 1.609344),
        ("50;70", 50),
        ("FR:urban", 50),
        ("fr:rural", 80),
        ("FR:motorway", 130),
        ("FR:zone30", 30),
        ("FR:zone:30", 30),
        ("FR:30", 30),
        ("FR:living_street", 20),
        ("PT:rural", 90),
        ("DE:urban", 50),  # a country the profile does not know: the limits of its own
        ("none", 130),
        ("walk", 7),
        ("signals", None),
        ("variable", None),
        ("0", None),
        ("", None),
        ("fast", None),
        ("FR:unknown", None),
        ("1e9999", None),
    ],
)
def test_maxspeed(value: str, kmh: float | None) -> None:
    assert maxspeed_kmh(value, CAR) == (None if kmh is None else pytest.approx(kmh))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("20", 1200), ("00:20", 1200), ("1:30:05", 5405), ("PT1H30M", 5400), ("pt20m", 1200)]
    + [(value, None) for value in ("", "0", "00:00", "soon", "1:2:3:4", "-5", "PT")],
)
def test_duration(value: str, seconds: float | None) -> None:
    assert duration_seconds(value) == seconds


def test_limits_are_those_of_the_country() -> None:
    limits = {c: Profile.load("car", country=c).limits for c in ("FR", "PT", "MC", "BR")}
    assert (limits["FR"]["urban"], limits["FR"]["rural"], limits["FR"]["motorway"]) == (50, 80, 130)
    assert (limits["PT"]["rural"], limits["PT"]["motorway"]) == (90, 120)
    assert maxspeed_kmh("DE:rural", Profile.load("car", country="PT")) == 90
    # A class speed never exceeds the law: in Monaco 65 km/h on a primary road become 50.
    assert speeds({"highway": "primary"}, Profile.load("car", country="MC")) == (50, 50)
    assert speeds({"highway": "primary"}) == (65, 65)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({}, (25, 25)),
        ({"maxspeed": "50"}, (40, 40)),  # 0.8 * 50
        ({"maxspeed": "50", "maxspeed:backward": "30"}, (40, 24)),
        ({"maxspeed": "signals", "maxspeed:type": "FR:urban"}, (40, 40)),
        ({"zone:maxspeed": "FR:30"}, (24, 24)),
        ({"maxspeed": "90", "surface": "gravel"}, (40, 40)),
        ({"maxspeed": "90", "tracktype": "grade5"}, (20, 20)),
        ({"smoothness": "impassable"}, (0, 0)),
        ({"highway": "service"}, (15, 15)),
        ({"highway": "service", "service": "driveway"}, (10, 10)),
        ({"highway": "service", "service": "emergency_access"}, (0, 0)),
        ({"highway": "motorway"}, (90, 0)),
        ({"highway": "motorway", "oneway": "no"}, (90, 90)),
        ({"oneway": "yes"}, (25, 0)),
        ({"oneway": "1"}, (25, 0)),
        ({"oneway": "-1"}, (0, 25)),
        ({"oneway": "reversible"}, (0, 0)),
        ({"oneway": "yes", "oneway:motor_vehicle": "no"}, (25, 25)),
        ({"junction": "roundabout"}, (25, 0)),
        ({"junction": "circular"}, (25, 0)),
        ({"access": "no"}, (0, 0)),
        ({"access": "private"}, (0, 0)),
        ({"access": "destination"}, (25, 25)),
        ({"access": "customers"}, (25, 25)),
        ({"access": "no", "motor_vehicle": "destination"}, (25, 25)),
        ({"vehicle": "no", "motorcar": "yes"}, (25, 25)),
        ({"motor_vehicle": "private"}, (0, 0)),
        ({"motor_vehicle": "private;customers"}, (25, 25)),
        ({"motor_vehicle:backward": "no"}, (25, 0)),
        ({"bicycle": "no"}, (25, 25)),
        ({"highway": "track"}, (0, 0)),
        ({"highway": "track", "motor_vehicle": "yes"}, (10, 10)),
        ({"highway": "pedestrian", "access": "yes"}, (0, 0)),
        ({"highway": "steps", "motor_vehicle": "yes"}, (0, 0)),
        ({"highway": "footway"}, (0, 0)),
        ({"area": "yes"}, (0, 0)),
    ],
)
def test_cars(tags: dict[str, str], expected: tuple[float, float]) -> None:
    assert speeds(tags) == expected


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({}, (15, 15)),
        ({"maxspeed": "10"}, (10, 10)),  # not faster than signed
        ({"maxspeed": "50"}, (15, 15)),  # nor faster because of it
        ({"surface": "cobblestone"}, (7, 7)),
        ({"oneway": "yes"}, (15, 4)),  # pushed against the traffic
        ({"oneway": "yes", "foot": "no"}, (15, 0)),
        ({"oneway": "yes", "oneway:bicycle": "no"}, (15, 15)),
        ({"oneway": "yes", "cycleway": "opposite"}, (15, 15)),
        ({"oneway": "yes", "cycleway:left": "opposite_lane"}, (15, 15)),
        ({"oneway:bicycle": "yes"}, (15, 4)),
        ({"junction": "roundabout"}, (15, 0)),
        ({"highway": "footway"}, (4, 4)),
        ({"highway": "footway", "bicycle": "designated"}, (15, 15)),
        ({"highway": "footway", "access": "private"}, (0, 0)),
        ({"highway": "pedestrian", "bicycle": "no"}, (0, 0)),
        ({"bicycle": "dismount"}, (4, 4)),
        ({"bicycle": "no"}, (0, 0)),
        ({"highway": "steps"}, (0, 0)),
        ({"highway": "motorway", "bicycle": "yes"}, (0, 0)),
        ({"highway": "trunk"}, (0, 0)),
        ({"highway": "primary", "motorroad": "yes"}, (0, 0)),
        ({"motor_vehicle": "no"}, (15, 15)),
    ],
)
def test_bikes(tags: dict[str, str], expected: tuple[float, float]) -> None:
    assert speeds(tags, BIKE) == expected


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({}, (4.5, 4.5)),
        ({"oneway": "yes"}, (4.5, 4.5)),
        ({"oneway:foot": "yes"}, (4.5, 0)),
        ({"junction": "roundabout"}, (4.5, 4.5)),
        ({"maxspeed": "3"}, (4.5, 4.5)),
        ({"highway": "steps"}, (2, 2)),
        ({"highway": "steps", "conveying": "backward"}, (0, 2)),
        ({"highway": "footway", "surface": "gravel"}, (3.375, 3.375)),
        ({"highway": "footway", "surface": "mud"}, (2.25, 2.25)),
        ({"highway": "cycleway"}, (0, 0)),
        ({"highway": "cycleway", "foot": "yes"}, (4.5, 4.5)),
        ({"highway": "motorway"}, (0, 0)),
        ({"highway": "trunk"}, (0, 0)),
        ({"foot": "no"}, (0, 0)),
        ({"access": "private"}, (0, 0)),
        ({"access": "private", "foot": "yes"}, (4.5, 4.5)),
        ({"motor_vehicle": "no"}, (4.5, 4.5)),
    ],
)
def test_people_on_foot(tags: dict[str, str], expected: tuple[float, float]) -> None:
    assert speeds(tags, FOOT) == expected


@pytest.mark.parametrize(
    ("tags", "snaps"),
    [
        ({"highway": "residential"}, True),
        ({"highway": "trunk"}, True),
        ({"highway": "motorway"}, False),
        ({"highway": "trunk_link"}, False),
        ({"highway": "residential", "tunnel": "yes"}, False),
        ({"highway": "residential", "tunnel": "building_passage"}, True),
        ({"route": "ferry"}, False),
    ],
)
def test_where_a_place_may_be_joined(tags: dict[str, str], snaps: bool) -> None:  # noqa: FBT001
    use = way_use(tags, CAR)
    assert use is not None
    assert use.snaps == snaps


def test_ferries() -> None:
    use = way_use({"route": "ferry", "duration": "00:20", "motor_vehicle": "yes"}, CAR)
    assert use is not None
    assert (use.street_class, use.seconds, use.forward_kmh) == ("ferry", 1200, 5)
    assert way_use({"route": "ferry", "motor_vehicle": "no"}, CAR) is None
    assert way_use({"route": "ferry", "motor_vehicle": "no"}, FOOT) is not None


@pytest.mark.parametrize(
    ("tags", "mode", "expected"),
    [
        ({"highway": "traffic_signals"}, "car", (False, 2, 2)),
        ({"highway": "traffic_signals", "traffic_signals:direction": "backward"}, "car", (False, 0, 2)),
        ({"highway": "traffic_signals", "traffic_signals:direction": "backward"}, "foot", (False, 2, 2)),
        ({"highway": "stop", "direction": "forward"}, "car", (False, 2, 0)),
        ({"highway": "stop", "stop": "minor"}, "car", (False, 0, 0)),
        ({"highway": "give_way"}, "car", (False, 1, 1)),
        ({"highway": "give_way"}, "foot", (False, 0, 0)),
        ({"railway": "level_crossing"}, "car", (False, 2.5, 2.5)),
        ({"barrier": "bollard"}, "car", (True, 0, 0)),
        ({"barrier": "bollard", "bollard": "rising"}, "car", (False, 0, 0)),
        ({"barrier": "bollard"}, "bike", (False, 0, 0)),
        ({"barrier": "gate"}, "car", (False, 60, 60)),
        ({"barrier": "gate", "access": "private"}, "car", (True, 60, 60)),
        ({"barrier": "gate"}, "foot", (False, 0, 0)),
        ({"barrier": "kerb", "kerb": "lowered"}, "car", (False, 0, 0)),
        ({"barrier": "wall"}, "foot", (True, 0, 0)),
        ({"barrier": "stile"}, "bike", (True, 0, 0)),
        ({"highway": "crossing", "bicycle": "no"}, "bike", (False, 0, 0)),
        ({}, "car", (False, 0, 0)),
    ],
)
def test_nodes(tags: dict[str, str], mode: str, expected: tuple[bool, float, float]) -> None:
    use = node_use(tags, BY_NAME[mode])
    assert (use.blocked, use.forward_seconds, use.backward_seconds) == expected


VALUES = (
    "yes",
    "no",
    "-1",
    "private",
    "destination",
    "opposite",
    "50",
    "gravel",
    "roundabout",
    "ferry",
    "forward",
    "x;y",
)


@given(
    st.dictionaries(st.sampled_from(sorted(WAY_KEYS | NODE_KEYS)), st.sampled_from(VALUES) | st.text(max_size=8)),
    st.sampled_from(["car", "bike", "foot"]),
)
def test_any_tags_give_a_speed_or_none(tags: dict[str, str], mode: str) -> None:
    use = way_use(tags, BY_NAME[mode])
    if use is not None:
        assert use.street_class
        assert max(use.forward_kmh, use.backward_kmh) > 0
        assert min(use.forward_kmh, use.backward_kmh) >= 0
        assert max(use.forward_kmh, use.backward_kmh) <= 1e9
    node = node_use(tags, BY_NAME[mode])
    assert 0 <= node.forward_seconds <= 600
    assert 0 <= node.backward_seconds <= 600


def test_the_hash_is_that_of_the_file() -> None:
    for mode, profile in BY_NAME.items():
        assert profile.sha256 == hashlib.sha256((FOLDER / f"{mode}.yaml").read_bytes()).hexdigest()
    assert len({profile.sha256 for profile in BY_NAME.values()}) == 3


def test_transit_has_no_streets_of_its_own() -> None:
    with pytest.raises(OptionError, match="transit"):
        Profile.load(Mode.TRANSIT)


def test_unknown_country() -> None:
    with pytest.raises(OptionError, match="ZZ") as refused:
        Profile.load("car", country="ZZ")
    assert "FR" in refused.value.way_out


def test_no_profile(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError):
        Profile.load("car", folder=tmp_path)


def changed(tmp_path: Path, old: str, new: str) -> NetworkRefusedError:
    """Return the refusal of a changed profile."""
    text = (FOLDER / "car.yaml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "car.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(NetworkRefusedError) as refused:
        Profile.load("car", folder=tmp_path)
    assert "car.yaml" in refused.value.where
    assert refused.value.way_out
    return refused.value


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("default_kmh: 10", "defualt_kmh: 10", ["defualt_kmh"]),
        ("  tertiary: 40", "  tertiary: -40", ["speeds_kmh.tertiary", "-40"]),
        ("  tertiary: 40", "  tertiary: quick", ["speeds_kmh.tertiary", "quick"]),
        ("  tertiary: 40", "  tertiary: .nan", ["speeds_kmh.tertiary", "nan"]),
        ("  tertiary: 40", "  tertiary: 40\n  tertiary: 50", ["clé répétée", "tertiary"]),
        ("signal_seconds: 2", "signal_seconds: yes", ["signal_seconds", "True"]),
        ('refused: ["no"', "refused: [no", ["refused.0", "False"]),
        ("maxspeed: replace", "maxspeed: guess", ["maxspeed", "guess"]),
        ("mode: car", "mode: bike", ["mode", "bike"]),
        ("mode: car", "mode: plane", ["mode", "plane"]),
        ("  others: blocked", "  others: melted", ["barriers.others", "melted"]),
        ("  FR: {urban: 50", "  FR: {urbain: 50", ["limits_kmh.FR", "urbain"]),
        ("ferry: {kmh: 5", "ferry: {speed: 5", ["ferry"]),
    ],
)
def test_a_damaged_profile_is_refused_with_its_key_and_value(
    tmp_path: Path, old: str, new: str, told: list[str]
) -> None:
    refused = changed(tmp_path, old, new)
    for word in told:
        assert word in str(refused)


def test_a_key_is_missing(tmp_path: Path) -> None:
    assert "time_factor" in str(changed(tmp_path, "time_factor: 1", "# nothing"))


@pytest.mark.parametrize(
    "content", [b"", b"- a\n- b", b"\xff\xfe\x00", b"a: [", b"a: !!python/object:os.system {}", b"42"]
)
def test_files_that_are_no_profile(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "car.yaml").write_bytes(content)
    with pytest.raises(NetworkRefusedError, match=r"car\.yaml"):
        Profile.load("car", folder=tmp_path)


def test_every_number_of_the_readme_is_the_files() -> None:
    # The README explains the key of every profile, and names every source a profile refers to.
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    for mode in BY_NAME:
        text = (FOLDER / f"{mode}.yaml").read_text(encoding="utf-8")
        for key in yaml.safe_load(text):
            assert f"`{key}`" in readme, key
    for number in range(1, 11):
        assert f"[{number}]" in readme
