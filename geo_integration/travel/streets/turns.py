"""Turn restrictions: junctions are copied so that an arc leads only to the arcs it may turn into.

An arc that may not turn everywhere leads to a copy of its junction, from which only the allowed arcs leave. Arcs
with the same forbidden turns share a copy. Lessons taken from Geisberger and Vetter, *Efficient Routing in Road
Networks with Turn Costs* (2011): expanding only the junctions that have restrictions keeps the graph small.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo_integration.travel.streets.extract import Extract, Integers, Restriction
from geo_integration.travel.streets.junctions import Edges
from geo_integration.travel.streets.segments import Segments


@dataclass(frozen=True)
class Arcs:
    """Edges as they may be travelled.

    Attributes
    ----------
    tail, head : positions of nodes, int64, shape (arcs,).
    edge : int64. forward : bool. Shapes (arcs,).
    point : point of the segments at which each node lies, int64, shape (nodes,): the edges' ends, then the copies.
    applied, skipped : turn restrictions that took effect, and that could not.
    """

    tail: Integers
    head: Integers
    edge: Integers
    forward: NDArray[np.bool_]
    point: Integers
    applied: int = 0
    skipped: int = 0


@dataclass(frozen=True)
class Rule:
    """A restriction that concerns a mode.

    Attributes
    ----------
    via : point of the segments; -1 where the restriction has no such single node.
    only : whether every other turn is forbidden, rather than this one.
    back : whether it forbids to turn back.
    from_ways, to_ways : positions in the extract; -1 for a way that is not in it.
    """

    via: int
    only: bool
    back: bool
    from_ways: tuple[int, ...]
    to_ways: tuple[int, ...]


def rules_of(extract: Extract, segments: Segments, kinds: list[str]) -> tuple[list[Rule], int]:
    """Return the restrictions for vehicles of some kinds, and how many cannot be applied (no single node, no sense).

    Parameters
    ----------
    kinds : keys of the mode, the most particular first (``motorcar``, ``motor_vehicle``…); none: no restriction.
    """
    rules, skipped = [], 0
    order = np.argsort(extract.way_ids, kind="stable")
    ids = extract.way_ids[order]
    point_of = np.full(len(extract.lon), -1, dtype=np.int64)
    point_of[segments.node] = np.arange(len(segments.node))

    def positions(wanted: Iterable[int]) -> tuple[int, ...]:
        rows = [(int(np.searchsorted(ids, way)), way) for way in wanted]
        return tuple(int(order[row]) if row < len(ids) and ids[row] == way else -1 for row, way in rows)

    for restriction in extract.restrictions:
        kind = _kind(restriction, kinds)
        if not kind:
            continue
        known_kind = (
            kind.startswith(("no_", "only_")) and "@" not in kind and restriction.from_ways and restriction.to_ways
        )
        if restriction.via < 0 or not known_kind:
            skipped += _in_zone(restriction, positions)
            continue
        rules.append(
            Rule(
                int(point_of[restriction.via]),
                kind.startswith("only_"),
                kind == "no_u_turn",
                positions(restriction.from_ways),
                positions(restriction.to_ways),
            )
        )
    return [rule for rule in rules if rule.via >= 0], skipped


def _in_zone(restriction: Restriction, positions: Callable[[Iterable[int]], tuple[int, ...]]) -> int:
    """Count a restriction that cannot be applied, where one of its ways is in the zone."""
    return int(any(way >= 0 for way in positions((*restriction.from_ways, *restriction.to_ways))))


def _kind(restriction: Restriction, kinds: list[str]) -> str:
    """Return what a restriction says to vehicles of some kinds; "" where it does not concern them."""
    tags = dict(restriction.tags)
    for key in kinds:
        if value := tags.get(f"restriction:{key}"):
            return value
    excepted = [part.strip() for part in tags.get("except", "").split(";")]
    if not kinds or set(kinds) & set(excepted):
        return ""
    return tags.get("restriction", tags.get("restriction:conditional", ""))


def arcs_of(edges: Edges, segments: Segments, rules: list[Rule]) -> Arcs:
    """Return the arcs, with junctions copied where turns are forbidden."""
    points = np.unique(np.concatenate([edges.tail, edges.head]))
    number = np.searchsorted(points, np.stack([edges.tail, edges.head]))
    allowed = np.isfinite(edges.seconds)
    edge = np.concatenate([np.flatnonzero(allowed[0]), np.flatnonzero(allowed[1])])
    forward = np.arange(len(edge)) < allowed[0].sum()
    plain = Arcs(
        tail=np.where(forward, number[0, edge], number[1, edge]),
        head=np.where(forward, number[1, edge], number[0, edge]),
        edge=edge,
        forward=forward,
        point=points,
    )
    if not rules:
        return plain
    way = segments.way[np.stack([edges.first_segment, edges.last_segment])]
    local = _Junctions(plain, way, {int(row) for row in np.searchsorted(points, [rule.via for rule in rules])})
    forbidden, applied, skipped = _forbidden(local, rules, points)
    return _copied(plain, local, forbidden, applied, skipped)


class _Junctions:
    """The arcs around the junctions that have restrictions."""

    def __init__(self, arcs: Arcs, way: Integers, nodes: set[int]) -> None:
        self.edge, self.head = arcs.edge, arcs.head
        self.entering: dict[int, list[int]] = defaultdict(list)
        self.leaving: dict[int, list[int]] = defaultdict(list)
        watched = np.zeros(len(arcs.point), dtype=np.bool_)
        watched[list(nodes)] = True
        self.way_in = way[np.where(arcs.forward, 1, 0), arcs.edge]
        self.way_out = way[np.where(arcs.forward, 0, 1), arcs.edge]
        for arc in np.flatnonzero(watched[arcs.head]).tolist():
            self.entering[int(arcs.head[arc])].append(arc)
        for arc in np.flatnonzero(watched[arcs.tail]).tolist():
            self.leaving[int(arcs.tail[arc])].append(arc)

    def by_way(self, rule: Rule, node: int) -> tuple[list[int], list[int]]:
        """Return the arcs that come from the rule's first ways, and those that leave by its last ways."""
        return (
            [arc for arc in self.entering[node] if self.way_in[arc] in rule.from_ways],
            [arc for arc in self.leaving[node] if self.way_out[arc] in rule.to_ways],
        )


def _forbidden(local: _Junctions, rules: list[Rule], points: Integers) -> tuple[dict[int, set[int]], int, int]:
    """Return the arcs each arc may not turn into, and how many rules were applied and skipped."""
    forbidden: dict[int, set[int]] = defaultdict(set)
    only: dict[int, set[int]] = defaultdict(set)
    applied = skipped = 0
    for rule in rules:
        node = int(np.searchsorted(points, rule.via))
        coming, going = local.by_way(rule, node)
        if not coming or (not going and not rule.only):
            continue  # this mode does not come from there, or could not go there anyway
        if not _clear(rule, coming, going, local):
            skipped += 1
            continue
        for arc in coming:
            if rule.only:
                only[arc].update(going)
            elif rule.back and rule.from_ways == rule.to_ways:
                forbidden[arc].update(turn for turn in going if local.edge[turn] == local.edge[arc])
            else:
                forbidden[arc].update(going)
        applied += 1
    for arc, ways_on in only.items():
        forbidden[arc].update(set(local.leaving[int(local.head[arc])]) - ways_on)
    return {arc: turns for arc, turns in forbidden.items() if turns}, applied, skipped


def _clear(rule: Rule, coming: list[int], going: list[int], local: _Junctions) -> bool:
    """Whether a rule says which arcs it means: a way that passes through the junction has two ends there."""
    if not going:
        return False  # only_ towards a street this mode has not got
    if rule.back and rule.from_ways == rule.to_ways:
        return True
    in_edges, out_edges = ({int(local.edge[arc]) for arc in arcs} for arcs in (coming, going))
    return len(in_edges) <= len(rule.from_ways) and (rule.only or len(out_edges) <= len(rule.to_ways))


def _copied(plain: Arcs, local: _Junctions, forbidden: dict[int, set[int]], applied: int, skipped: int) -> Arcs:
    """Lead each arc with forbidden turns to a copy of its junction."""
    copies: dict[tuple[int, frozenset[int]], int] = {}
    head = plain.head.copy()
    for arc in sorted(forbidden):
        key = (int(plain.head[arc]), frozenset(forbidden[arc]))
        head[arc] = copies.setdefault(key, len(plain.point) + len(copies))
    more = [(copy, arc) for (node, turns), copy in copies.items() for arc in local.leaving[node] if arc not in turns]
    tails, arcs = (np.array([pair[side] for pair in more], dtype=np.int64) for side in (0, 1))
    return Arcs(
        tail=np.concatenate([plain.tail, tails]),
        head=np.concatenate([head, head[arcs]]),
        edge=np.concatenate([plain.edge, plain.edge[arcs]]),
        forward=np.concatenate([plain.forward, plain.forward[arcs]]),
        point=np.concatenate([plain.point, plain.point[[node for node, _ in copies]]]).astype(np.int64),
        applied=applied,
        skipped=skipped,
    )
