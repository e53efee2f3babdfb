"""An extract as one mode sees it: straight segments between neighbouring nodes, with their times."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyproj import Geod

from geo_integration.travel.streets.extract import Extract, Floats, Integers
from geo_integration.travel.streets.profiles import Profile
from geo_integration.travel.streets.usage import node_use, way_use

_EARTH = Geod(ellps="WGS84")
KMH = 3.6


@dataclass(frozen=True)
class Segments:
    """Straight pieces of street, in the order of the extract's ways.

    Attributes
    ----------
    node : position in the extract of each point, int64, shape (points,). A node that a barrier closes is as many
        points as it has segments, which do not meet.
    tail, head : points, in the direction the way is drawn, int64, shape (segments,).
    way : position in the extract, int64, shape (segments,).
    metres : length on the WGS84 ellipsoid, shape (segments,).
    kmh : speed forward and backward, 0 where it may not be travelled, shape (2, segments).
    seconds : time forward and backward, delays at the node arrived at included; inf where it may not be travelled,
        shape (2, segments).
    street_class : position in ``classes``, int32, shape (segments,).
    snaps : whether a place may be joined to it, bool, shape (segments,).
    classes : sorted.
    """

    node: Integers
    tail: Integers
    head: Integers
    way: Integers
    metres: Floats
    kmh: Floats
    seconds: Floats
    street_class: NDArray[np.int32]
    snaps: NDArray[np.bool_]
    classes: tuple[str, ...]

    def __len__(self) -> int:
        """Return the number of segments."""
        return len(self.way)


@dataclass(frozen=True)
class _Uses:
    """What a profile makes of each distinct set of tags, shape (sets,)."""

    kmh: Floats
    snaps: NDArray[np.bool_]
    street_class: NDArray[np.int32]
    seconds: Floats
    classes: tuple[str, ...]


def segments_of(extract: Extract, profile: Profile) -> Segments:
    """Return the segments a mode may travel, with their times; none where it may travel nowhere."""
    uses = _way_uses(extract, profile)
    way_of = np.repeat(np.arange(len(extract.way_ids)), np.diff(extract.way_offsets))
    first, second = extract.way_nodes[:-1], extract.way_nodes[1:]
    way: Integers = way_of[:-1]
    travelled = uses.kmh.max(axis=0) > 0
    kept = (way == way_of[1:]) & (first >= 0) & (second >= 0) & (first != second) & travelled[extract.way_tags[way]]
    tail, head, way = first[kept].astype(np.int64), second[kept].astype(np.int64), way[kept]
    metres = np.asarray(
        _EARTH.inv(extract.lon[tail], extract.lat[tail], extract.lon[head], extract.lat[head])[2], dtype=np.float64
    )
    use = extract.way_tags[way]
    kmh = _timed_ways(uses.kmh[:, use], uses.seconds[use], metres, way, len(extract.way_ids))
    delays, blocked = _node_delays(extract, profile)
    seconds = np.full(kmh.shape, np.inf)
    for row, arrived in enumerate((head, tail)):
        np.divide(metres * KMH, kmh[row], out=seconds[row], where=kmh[row] > 0)
        seconds[row] += delays[row, arrived]
    node, tail, head = _closed(tail, head, blocked)
    return Segments(node, tail, head, way, metres, kmh, seconds, uses.street_class[use], uses.snaps[use], uses.classes)


def _way_uses(extract: Extract, profile: Profile) -> _Uses:
    """Apply the profile once to each distinct set of tags."""
    found = [way_use(tags, profile) for tags in extract.tag_sets]
    classes = sorted({use.street_class for use in found if use is not None})
    return _Uses(
        kmh=np.array([(use.forward_kmh, use.backward_kmh) if use else (0.0, 0.0) for use in found]).reshape(-1, 2).T,
        snaps=np.array([use is not None and use.snaps for use in found], dtype=np.bool_),
        street_class=np.array([classes.index(use.street_class) if use else 0 for use in found], dtype=np.int32),
        seconds=np.array([use.seconds if use else 0.0 for use in found]),
        classes=tuple(classes),
    )


def _timed_ways(kmh: Floats, seconds: Floats, metres: Floats, way: Integers, ways: int) -> Floats:
    """Give the ways that tell their own duration (ferries) the speed that makes it."""
    length = np.bincount(way, weights=metres, minlength=ways)[way]
    told = (seconds > 0) & (length > 0)
    own = np.divide(length * KMH, seconds, out=np.zeros(len(way)), where=told)
    return np.where(told & (kmh > 0), own, kmh)


def _node_delays(extract: Extract, profile: Profile) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the seconds lost at each node, by direction, shape (2, nodes), and whether a barrier closes it."""
    uses = [node_use(tags, profile) for tags in extract.tag_sets]
    by_set = np.array([(use.forward_seconds, use.backward_seconds) for use in uses]).reshape(-1, 2).T
    closes = np.array([use.blocked for use in uses], dtype=np.bool_)
    tagged = extract.node_tags >= 0
    delays, blocked = np.zeros((2, len(tagged))), np.zeros(len(tagged), dtype=np.bool_)
    delays[:, tagged] = by_set[:, extract.node_tags[tagged]]
    blocked[tagged] = closes[extract.node_tags[tagged]]
    return delays, blocked


def _closed(tail: Integers, head: Integers, blocked: NDArray[np.bool_]) -> tuple[Integers, Integers, Integers]:
    """Give the points their numbers: the nodes used, and one more per segment end that a barrier closes."""
    ends = np.concatenate([tail, head])
    shut = blocked[ends]
    used = np.unique(ends[~shut])
    point = np.empty(len(ends), dtype=np.int64)
    point[~shut] = np.searchsorted(used, ends[~shut])
    point[shut] = len(used) + np.arange(int(shut.sum()))
    return np.concatenate([used, ends[shut]]), point[: len(tail)], point[len(tail) :]
