"""From segments to edges: what lies between two junctions, and where streets change, becomes one edge.

A *step* is a segment as travelled in one direction: step ``2 s`` runs along segment s, step ``2 s + 1`` against it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo_integration.travel.streets.extract import Floats, Integers
from geo_integration.travel.streets.segments import Segments

Booleans = NDArray[np.bool_]


@dataclass(frozen=True)
class Edges:
    """Pieces of street between junctions, in the order of the ways.

    Attributes
    ----------
    tail, head : points of the segments, int64, shape (edges,).
    seconds : time along and against the shape, inf where it may not be travelled, shape (2, edges).
    metres : length, shape (edges,).
    first_segment, last_segment : segments at both ends, int64, shape (edges,).
    shape_offsets : int64, shape (edges + 1,). shape : points, both ends included, int64, shape (shape points,).
    """

    tail: Integers
    head: Integers
    seconds: Floats
    metres: Floats
    first_segment: Integers
    last_segment: Integers
    shape_offsets: Integers
    shape: Integers

    def __len__(self) -> int:
        """Return the number of edges."""
        return len(self.tail)


def edges_of(segments: Segments, *, names: NDArray[np.int32], split: Integers) -> Edges:
    """Join the segments that follow each other, as long as the street stays the same.

    Parameters
    ----------
    segments : at least one.
    names : name of each segment's way, shape (segments,).
    split : points where an edge must end all the same (turn restrictions).
    """
    following = _following(segments, names=names, split=split)
    start, rank = _ranked(following)
    chosen = _one_way_each(start, following)
    number = np.full(len(start), -1, dtype=np.int64)
    number[chosen] = np.arange(len(chosen))
    steps = np.flatnonzero(number[start] >= 0)
    steps = steps[np.lexsort((rank[steps], number[start[steps]]))]
    edge = number[start[steps]]
    first = np.searchsorted(edge, np.arange(len(chosen)))
    last = np.append(first[1:], len(steps)) - 1
    shape_offsets = np.append(first, len(steps)) + np.arange(len(chosen) + 1)
    shape = np.empty(shape_offsets[-1], dtype=np.int64)
    shape[np.arange(len(steps)) + edge] = _tails(segments)[steps]
    shape[shape_offsets[1:] - 1] = _tails(segments)[steps[last] ^ 1]
    seconds = np.stack([segments.seconds[way & 1, way >> 1] for way in (steps, steps ^ 1)])
    return Edges(
        tail=shape[shape_offsets[:-1]],
        head=shape[shape_offsets[1:] - 1],
        seconds=np.add.reduceat(seconds, first, axis=1),
        metres=np.add.reduceat(segments.metres[steps >> 1], first),
        first_segment=steps[first] >> 1,
        last_segment=steps[last] >> 1,
        shape_offsets=shape_offsets,
        shape=shape,
    )


def degrees(segments: Segments) -> Integers:
    """Return how many segments meet at each point."""
    found: Integers = np.bincount(np.concatenate([segments.tail, segments.head]), minlength=len(segments.node))
    return found


def _tails(segments: Segments) -> Integers:
    """Return the point each step leaves, shape (2 * segments,)."""
    found: Integers = np.stack([segments.tail, segments.head], axis=1).ravel()
    return found


def _following(segments: Segments, *, names: NDArray[np.int32], split: Integers) -> Integers:
    """Return the step that each step goes on as, -1 where an edge ends."""
    tails = _tails(segments)
    speeds = segments.kmh.T.ravel()
    leaving = np.argsort(tails, kind="stable")
    degree = degrees(segments)
    offsets = np.cumsum(degree) - degree
    two = degree == 2  # noqa: PLR2004 -- one segment comes, one goes on
    two[split] = False
    points = np.flatnonzero(two)
    one, other = leaving[offsets[points]], leaving[offsets[points] + 1]
    a, b = one >> 1, other >> 1
    same = (
        (a != b)
        & (names[a] == names[b])
        & (segments.street_class[a] == segments.street_class[b])
        & (segments.snaps[a] == segments.snaps[b])
        & (speeds[one ^ 1] == speeds[other])
        & (speeds[other ^ 1] == speeds[one])
    )
    same[_first_of_rings(segments, points[same], np.flatnonzero(same))] = False
    following = np.full(len(tails), -1, dtype=np.int64)
    following[one[same] ^ 1] = other[same]
    following[other[same] ^ 1] = one[same]
    return following


def _first_of_rings(segments: Segments, passed: Integers, rows: Integers) -> Integers:
    """Return the rows of the points where rings without any junction are to be opened."""
    size = len(segments.node)
    matrix = coo_array((np.ones(len(segments), dtype=np.int32), (segments.tail, segments.head)), shape=(size, size))
    count, component = connected_components(matrix, directed=False)
    has_end = np.bincount(component, minlength=count) > np.bincount(component[passed], minlength=count)
    in_ring = ~has_end[component[passed]]
    _, first = np.unique(component[passed[in_ring]], return_index=True)
    opened: Integers = rows[in_ring][first]
    return opened


def _ranked(following: Integers) -> tuple[Integers, Integers]:
    """Return the first step of each step's chain, and how far from it the step is (Wyllie, 1979: list ranking)."""
    start = np.arange(len(following))
    continued = np.flatnonzero(following >= 0)
    start[following[continued]] = continued
    rank = (start != np.arange(len(following))).astype(np.int64)
    while True:
        further = start[start]
        if np.array_equal(further, start):
            return start, rank
        rank += rank[start]
        start = further


def _one_way_each(start: Integers, following: Integers) -> Integers:
    """Choose, of the two chains along the same segments, the one drawn forward at its start, else the first."""
    ends = np.flatnonzero(following < 0)
    first, opposite = start[ends], ends ^ 1
    along, against = first & 1, opposite & 1
    chosen = first[(along < against) | ((along == against) & (first < opposite))]
    ordered: Integers = chosen[np.argsort(chosen >> 1, kind="stable")]
    return ordered
