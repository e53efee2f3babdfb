"""From arcs travelled to the steps people are told.

A step is a stretch of one street. A new one begins where the name changes (the class, where there is no name),
at a stair or a ferry, and where the way turns off at a junction. A few metres without a name between two streets
(a crossing, a dropped kerb) are told with the street that follows.

Turns come from the shape of the streets alone: the way over the last metres before the junction against the
way over the first metres after it. Roundabouts are not known as such in a network, so none is announced.
"""

import math
from dataclasses import dataclass

import numpy as np

from geo_integration.travel.snapping import Floats, Integers
from geo_integration.travel.streets.network import RoadNetwork
from geo_integration.travel.streets.router import Way
from geo_integration.travel.streets.router_cache import kept
from geo_integration.travel.streets.snap import Snapped, arriving, leaving

LOOK_METRES = 15.0
"""How much street on either side of a junction tells how one turns there."""

CROSSING_METRES = 15.0
"""A stretch without a name shorter than this is no step of its own."""

STRAIGHT, SLIGHT, PLAIN, SHARP = 25.0, 60.0, 120.0, 165.0
"""Largest turns, in degrees, called so; beyond the last it is a U-turn."""

FORK_DEGREES = 60.0
"""A turn this strong at a junction is told even when the street's name stays the same."""

METRES_PER_DEGREE = 111_195.0
"""Of latitude, on the sphere: for directions, and for shares of a street."""

_APART = frozenset({"steps", "ferry"})
"""Classes told apart from the rest of a street of the same name."""

type Label = tuple[str, str]
"""Name and class; the class is "" where the name says enough."""


@dataclass(frozen=True, eq=False)
class Piece:
    """An arc travelled, whole or in part.

    Attributes
    ----------
    label, kind, milliseconds, metres : of the street, and of the part travelled.
    points : lon and lat in the direction of travel, shape (points, 2), at least two.
    fork : whether three streets or more meet where the arc ends.
    """

    label: Label
    kind: str
    milliseconds: int
    metres: float
    points: Floats
    fork: bool


@dataclass(frozen=True, eq=False)
class Stretch:
    """Consecutive pieces told as one step; the first ``led_by`` ones only lead to its street."""

    pieces: tuple[Piece, ...]
    led_by: int = 0

    @property
    def label(self) -> Label:
        """Of the street it is about."""
        return self.pieces[self.led_by].label

    @property
    def metres(self) -> float:
        """Length."""
        return sum(piece.metres for piece in self.pieces)

    @property
    def points(self) -> Floats:
        """Lon and lat, each point once."""
        return chained([piece.points for piece in self.pieces])

    @property
    def bearing(self) -> float:
        """Direction over its street's first metres, degrees clockwise from north."""
        return bearing(chained([piece.points for piece in self.pieces[self.led_by :]]))

    @property
    def last_bearing(self) -> float:
        """Direction over its last metres."""
        return (bearing(self.points[::-1]) + 180) % 360


def pieces(network: RoadNetwork, way: Way, source: Snapped, target: Snapped) -> list[Piece]:
    """Return what is travelled, in order, nothing of no length; their times sum to the way's without its accesses."""
    start, end = float(source.fraction[0]), float(target.fraction[0])
    access_out, access_in = int(source.access_milliseconds[0]), int(target.access_milliseconds[0])
    if way.along:
        found = [_piece(network, way.first, start, end, way.milliseconds - access_out - access_in)]
    else:
        leave, arrive = leaving(network, source), arriving(network, target)
        first = int(leave.milliseconds[leave.arc == way.first][0]) - access_out
        last = int(arrive.milliseconds[arrive.arc == way.last][0]) - access_in
        found = [_piece(network, way.first, start, _finish(network, way.first), first)]
        for arc in way.arcs.tolist():
            finish = _finish(network, arc)
            found.append(_piece(network, arc, 1 - finish, finish, int(network.milliseconds[arc])))
        found.append(_piece(network, way.last, 1 - _finish(network, way.last), end, last))
    found = [piece for piece in found if piece.metres > 0 or piece.milliseconds > 0]
    if found:
        found[0].points[0] = source.lon[0], source.lat[0]
        found[-1].points[-1] = target.lon[0], target.lat[0]
    return found


def stretches(found: list[Piece]) -> list[Stretch]:
    """Group pieces into the steps people are told."""
    grouped = _merged([Stretch((piece,)) for piece in found])
    led: list[Stretch] = []
    leading: tuple[Piece, ...] = ()
    for number, stretch in enumerate(grouped):
        name, kind = stretch.label
        crossing = not name and kind not in _APART and stretch.metres < CROSSING_METRES
        if crossing and number + 1 < len(grouped):
            leading += stretch.pieces
        elif crossing and led:
            led[-1] = Stretch(led[-1].pieces + leading + stretch.pieces, led[-1].led_by)
            leading = ()
        else:
            led.append(Stretch(leading + stretch.pieces, len(leading)))
            leading = ()
    return _merged(led)


def turn(before: float, after: float) -> str:
    """Return what turning from one bearing to another is called: a key of the wording."""
    angle = (after - before + 180) % 360 - 180
    size, side = abs(angle), "right" if angle > 0 else "left"
    if size <= STRAIGHT:
        return "straight"
    if size <= SLIGHT:
        return f"slight_{side}"
    if size <= PLAIN:
        return side
    return f"sharp_{side}" if size <= SHARP else "uturn"


def bearing(points: Floats) -> float:
    """Return the direction of the first :data:`LOOK_METRES` of a line, degrees clockwise from north."""
    x, y = _flat(points)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
    look = min(LOOK_METRES, float(along[-1]))
    east, north = np.interp(look, along, x) - x[0], np.interp(look, along, y) - y[0]
    return math.degrees(math.atan2(float(east), float(north))) % 360


def chained(lines: list[Floats]) -> Floats:
    """Return one line from lines that follow each other, each shared point once."""
    return np.vstack([lines[0], *(line[1:] for line in lines[1:])])


def _merged(found: list[Stretch]) -> list[Stretch]:
    """Join neighbours on the same street, unless the way turns off there."""
    kept_apart: list[Stretch] = []
    for stretch in found:
        if kept_apart and kept_apart[-1].label == stretch.label and not _turns_off(kept_apart[-1], stretch):
            before = kept_apart[-1]
            kept_apart[-1] = Stretch(before.pieces + stretch.pieces, before.led_by)
        else:
            kept_apart.append(stretch)
    return kept_apart


def _turns_off(before: Stretch, after: Stretch) -> bool:
    """Say whether one has to be told to turn between two stretches of the same street."""
    angle = abs((after.bearing - before.last_bearing + 180) % 360 - 180)
    return angle > SHARP or (angle >= FORK_DEGREES and (before.pieces[-1].fork or after.led_by > 0))


def _finish(network: RoadNetwork, arc: int) -> float:
    """Return the end of its shape that an arc leads to: 1 along it, 0 against it."""
    return 1.0 if network.forward[arc] else 0.0


def _piece(network: RoadNetwork, arc: int, start: float, end: float, milliseconds: int) -> Piece:
    """Return the part of an arc between two fractions of its edge's shape."""
    edge = int(network.edge[arc])
    kind = str(network.classes[network.edge_class[edge]])
    name = str(network.names[network.edge_name[edge]])
    label = (name, kind if not name or kind in _APART else "")
    forks = kept(network, "forks", _forks)
    return Piece(
        label,
        kind,
        milliseconds,
        float(network.edge_metres[edge]) * abs(end - start),
        _cut(network, edge, start, end),
        bool(forks[edge, int(network.forward[arc])]),
    )


def _cut(network: RoadNetwork, edge: int, start: float, end: float) -> Floats:
    """Return the part of an edge's shape between two fractions of its length, in that order."""
    first, last = network.shape_offsets[edge], network.shape_offsets[edge + 1]
    points = np.column_stack([network.shape_lon[first:last], network.shape_lat[first:last]])
    x, y = _flat(points)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
    along = along / along[-1] if along[-1] > 0 else along
    low, high = min(start, end), max(start, end)
    between = (along > low) & (along < high)
    at = np.concatenate([[low], along[between], [high]])
    cut = np.column_stack([np.interp(at, along, points[:, 0]), np.interp(at, along, points[:, 1])])
    return np.ascontiguousarray(cut if start <= end else cut[::-1])


def _flat(points: Floats) -> tuple[Floats, Floats]:
    """Return metres east and north, good over the length of a street."""
    scale = METRES_PER_DEGREE * math.cos(math.radians(float(points[:, 1].mean())))
    return points[:, 0] * scale, points[:, 1] * METRES_PER_DEGREE


def _forks(network: RoadNetwork) -> Integers:
    """Return whether three ends of streets or more meet at the start and at the end of each edge, shape (edges, 2)."""
    ends = np.column_stack([network.shape_offsets[:-1], network.shape_offsets[1:] - 1]).ravel()
    points = np.column_stack([network.shape_lon[ends], network.shape_lat[ends]])
    _, junction, meeting = np.unique(points, axis=0, return_inverse=True, return_counts=True)
    forks: Integers = (meeting[junction.reshape(-1)] > 2).astype(np.int64).reshape(-1, 2)  # noqa: PLR2004
    return forks
