"""What a profile makes of the tags of a way or a node: speeds in both directions, class, delays, refusals.

Tags are those of OpenStreetMap. Directions are those in which a way is drawn. The conventions (which tag wins,
what a missing one means) are those of OSRM's profiles, so that times can be compared; the values are data.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from geo_integration.travel.streets.profiles import Profile

Tags = Mapping[str, str]

FORWARD, BACKWARD = "forward", "backward"
_YES, _REVERSED, _NO = ("yes", "true", "1"), ("-1", "reverse"), ("no", "false", "0")
_OPPOSITE = ("opposite", "opposite_lane", "opposite_track", "opposite_share_busway")
_MPH = 1.609344
_NUMBER = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(mph|mp/h|km/h|kmh|kph)?\s*(?:$|[;|,])")
_CODED = re.compile(r"[a-z]{2}(?:-[a-z]+)?:(?:zone:?)?([a-z_]+|\d+)")
_SPEED_TAGS = ("maxspeed:advisory", "maxspeed", "source:maxspeed", "maxspeed:type", "zone:maxspeed")
_ISO = re.compile(r"pt(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$")


@dataclass(frozen=True)
class WayUse:
    """How a way may be travelled.

    Attributes
    ----------
    forward_kmh, backward_kmh : speed; 0 where it may not be travelled in that direction.
    street_class : value of ``highway``; ``platform``, ``pier``, ``ferry``.
    snaps : whether a place may be joined to it.
    seconds : time of the whole way where the way itself says it (ferries), else 0.
    """

    forward_kmh: float
    backward_kmh: float
    street_class: str
    snaps: bool
    seconds: float = 0.0


@dataclass(frozen=True)
class NodeUse:
    """What passing a node costs: whether it is closed, and seconds by direction of the way it lies on."""

    blocked: bool
    forward_seconds: float
    backward_seconds: float


def way_use(tags: Tags, profile: Profile) -> WayUse | None:
    """Return how a way may be travelled, None where it may not."""
    if any(tags.get(key) == value for key, value in profile.refused_where.items()):
        return None
    reversible = tags.get("oneway") == "reversible" and profile.mode != "foot"  # whoever walks goes both ways
    if reversible or tags.get("service") in profile.refused_services:
        return None
    street_class = class_of(tags)
    if street_class in ("", *profile.refused_classes):
        return None
    directions = [_speed(tags, street_class, direction, profile) for direction in (FORWARD, BACKWARD)]
    directions = _one_way(directions, tags, street_class, profile)
    if profile.pushing is not None and street_class != "ferry":
        directions = _pushed(directions, tags, street_class, profile)
    if not any(directions):
        return None
    in_tunnel = tags.get("tunnel", "no") not in ("no", "building_passage")
    return WayUse(
        directions[0],
        directions[1],
        street_class,
        street_class not in profile.snaps.not_on and (profile.snaps.tunnels or not in_tunnel),
        (duration_seconds(tags.get("duration", "")) or 0.0) if street_class == "ferry" else 0.0,
    )


def class_of(tags: Tags) -> str:
    """Return the class of a way, "" for what is no street."""
    if tags.get("route") == "ferry":
        return "ferry"
    if highway := tags.get("highway"):
        return highway
    if tags.get("railway") == "platform" or tags.get("public_transport") == "platform":
        return "platform"
    return "pier" if tags.get("man_made") == "pier" else ""


def _speed(tags: Tags, street_class: str, direction: str, profile: Profile) -> float:
    """Return the speed in one direction, 0 where access is refused."""
    key, value = _first(tags, profile.access, direction)
    if _refused(value, profile):
        return 0.0
    if street_class == "ferry":
        return profile.ferry.kmh
    speed = profile.speeds_kmh.get(street_class)
    if speed is None:
        if key == "access" or not _allowed(value, profile):
            return 0.0
        speed = profile.default_kmh
    legal = profile.limits.get(profile.limit_of_class.get(street_class, "none"))
    if legal is not None:
        speed = min(speed, legal)
    signed = _signed(tags, direction, profile)
    if signed is not None and profile.maxspeed == "replace":
        speed = signed * profile.maxspeed_factor
    elif signed is not None and profile.maxspeed == "cap":
        speed = min(speed, signed * profile.maxspeed_factor)
    for caps, tag in (
        (profile.surface_kmh, "surface"),
        (profile.tracktype_kmh, "tracktype"),
        (profile.smoothness_kmh, "smoothness"),
        (profile.service_kmh, "service"),
    ):
        speed = min(speed, caps.get(tags.get(tag, ""), speed))
    return speed


def _first(tags: Tags, keys: list[str], direction: str) -> tuple[str, str]:
    """Return the first key that has a value in a direction, and the value; "" for both where none has."""
    for key in keys:
        if value := tags.get(f"{key}:{direction}", tags.get(key, "")):
            return key, value
    return "", ""


def _refused(value: str, profile: Profile) -> bool:
    """Whether every one of the values (``a;b``) is refused."""
    return bool(value) and all(part.strip() in profile.refused for part in value.split(";"))


def _allowed(value: str, profile: Profile) -> bool:
    """Whether one of the values says yes."""
    return any(part.strip() in profile.allowed for part in value.split(";"))


def _signed(tags: Tags, direction: str, profile: Profile) -> float | None:
    """Return the signed limit in a direction, km/h; None where there is none that can be read."""
    for key in _SPEED_TAGS:
        value = tags.get(f"{key}:{direction}", tags.get(key))
        if value is not None and (speed := maxspeed_kmh(value, profile)) is not None:
            return speed
    return None


def maxspeed_kmh(value: str, profile: Profile) -> float | None:
    """Read a value of ``maxspeed``: ``50``, ``30 mph``, ``FR:urban``, ``FR:zone30``, ``none``, ``walk``.

    None for what says no number (``signals``, ``variable``), or 0. A coded value of a country the profile does not
    know takes the limits of the profile's country.
    """
    text = value.strip().lower()
    if found := _NUMBER.match(text):
        number = float(found[1]) * (_MPH if found[2] in ("mph", "mp/h") else 1.0)
        return number or None
    if text == "walk":
        return profile.maxspeed_walk_kmh
    if text == "none":
        return profile.limits.get("none")
    if not (found := _CODED.match(text)):
        return None
    if found[1].isdecimal():
        return float(found[1]) or None
    limits = profile.limits_kmh.get(text[:2].upper(), profile.limits)
    kind = _KINDS.get(found[1], found[1])
    return next((speed for name, speed in limits.items() if name == kind), None)


_KINDS = {
    "nsl_single": "rural",
    "nsl_dual": "trunk",
    "expressway": "trunk",
    "highway": "trunk",
    "pedestrian_zone": "pedestrian",
    "walk": "pedestrian",
    "bicycle_road": "zone",
}
"""Names some countries give to the kinds of limits."""


def _one_way(directions: list[float], tags: Tags, street_class: str, profile: Profile) -> list[float]:
    """Close the direction against a one-way street."""
    forward, backward = directions
    key, value = next(((key, tags[key]) for key in profile.oneway if key in tags), ("", ""))
    if key == "oneway" and profile.opposite_cycleway and _has_opposite(tags):
        return directions
    if not value and _conveyed(tags):
        value = _conveyed(tags)
    if value in _REVERSED:
        return [0.0, backward]
    if value in _YES or (value not in _NO and _implied(tags, street_class, profile)):
        return [forward, 0.0]
    return directions


def _has_opposite(tags: Tags) -> bool:
    """Whether bikes may ride against the one-way street."""
    return any(tags.get(key) in _OPPOSITE for key in ("cycleway", "cycleway:left", "cycleway:right", "cycleway:both"))


def _conveyed(tags: Tags) -> str:
    """Return the one-way of an escalator or a moving walkway."""
    return {"forward": "yes", "backward": "-1"}.get(tags.get("conveying", ""), "")


def _implied(tags: Tags, street_class: str, profile: Profile) -> bool:
    """Whether a way is one-way without saying so."""
    implied = profile.implied_oneway
    return street_class in implied.classes or tags.get("junction") in implied.junctions


def _pushed(directions: list[float], tags: Tags, street_class: str, profile: Profile) -> list[float]:
    """Push the bike where it may not be ridden and people may walk."""
    pushing = profile.pushing
    if pushing is None or _refused(_first(tags, ["foot", "access"], "")[1], profile):
        return directions
    if tags.get("bicycle") == "dismount":
        return [pushing.kmh, pushing.kmh]
    if _refused(_first(tags, profile.access, "")[1], profile):
        return directions
    if street_class in pushing.classes:
        return [speed or pushing.kmh for speed in directions]
    if pushing.against_oneway and any(directions) and not _implied(tags, street_class, profile):
        return [speed or pushing.kmh for speed in directions]
    return directions


def duration_seconds(value: str) -> float | None:
    """Read a value of ``duration``: ``20`` (minutes), ``00:20``, ``1:30:00``, ``PT1H30M``; None where unreadable."""
    text = value.strip().lower()
    if found := _ISO.match(text):
        hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return 3600.0 * hours + 60 * minutes + seconds or None
    parts = text.split(":")
    if not all(part.isdecimal() for part in parts) or len(parts) > len(("h", "m", "s")):
        return None
    numbers = [int(part) for part in parts]
    if len(numbers) == 1:
        return 60.0 * numbers[0] or None
    hours, minutes, seconds = (*numbers, 0)[:3]
    return 3600.0 * hours + 60 * minutes + seconds or None


def node_use(tags: Tags, profile: Profile) -> NodeUse:
    """Return what passing a node costs."""
    seconds, blocked = _barrier(tags, profile)
    if tags.get("railway") in ("level_crossing", "crossing"):
        seconds += profile.level_crossing_seconds
    sign = tags.get("highway", "")
    if sign == "stop" and tags.get("stop") == "minor":
        sign = ""  # only minor roads stop; which they are is not known here
    by_direction = {
        "traffic_signals": profile.signal_seconds,
        "stop": profile.stop_seconds,
        "give_way": profile.give_way_seconds,
    }.get(sign, 0.0)
    faces = tags.get("traffic_signals:direction") if sign == "traffic_signals" else None
    faces = (faces or tags.get("direction", "")) if profile.mode != "foot" else ""
    return NodeUse(
        blocked,
        seconds + (0.0 if faces == BACKWARD else by_direction),
        seconds + (0.0 if faces == FORWARD else by_direction),
    )


def _barrier(tags: Tags, profile: Profile) -> tuple[float, bool]:
    """Return the seconds a barrier costs, and whether it closes the way."""
    barrier, barriers = tags.get("barrier", ""), profile.barriers
    _, value = _first(tags, profile.access, "")
    seconds = barriers.seconds.get(barrier, 0.0)
    if value and tags.get("highway") != "crossing":
        return seconds, _refused(value, profile)
    if not barrier or barrier in barriers.passable or barrier in barriers.seconds or _sunk(tags):
        return seconds, False
    return 0.0, barrier in barriers.blocked or barriers.others == "blocked"


def _sunk(tags: Tags) -> bool:
    """Whether a barrier is one that wheels roll over: a rising bollard, a flat kerb."""
    return (
        tags.get("bollard") == "rising"
        or (tags.get("barrier") == "kerb" and tags.get("kerb", "") in ("lowered", "flush"))
        or (tags.get("barrier") == "kerb" and tags.get("highway") == "crossing")
    )


WAY_KEYS = frozenset(
    f"{key}{suffix}"
    for key in (
        *("highway", "route", "railway", "public_transport", "man_made", "area", "impassable", "status", "motorroad"),
        *("access", "vehicle", "motor_vehicle", "motorcar", "bicycle", "foot", "service", "tunnel", "junction"),
        *("oneway", "oneway:motorcar", "oneway:motor_vehicle", "oneway:vehicle", "oneway:bicycle", "oneway:foot"),
        *("cycleway", "cycleway:left", "cycleway:right", "cycleway:both", "conveying"),
        *("surface", "tracktype", "smoothness", "duration", *_SPEED_TAGS),
    )
    for suffix in ("", f":{FORWARD}", f":{BACKWARD}")
)
"""Tags of ways that any profile looks at."""

NODE_KEYS = frozenset(
    (
        *("highway", "barrier", "railway", "access", "vehicle", "motor_vehicle", "motorcar", "bicycle", "foot"),
        *("bollard", "kerb", "stop", "direction", "traffic_signals:direction"),
    )
)
"""Tags of nodes that any profile looks at."""
