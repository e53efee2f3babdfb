"""OpenStreetMap files drawn by hand: nodes in hundredths of a degree around (0, 0), ways, restrictions."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import osmium
from osmium.osm.mutable import Node, Relation, Way

UNIT = 0.01
"""Degrees between neighbours of the drawings."""

STAMP = "2026-05-01T00:00:00Z"
Drawn = Mapping[int, tuple[float, float]]
Ways = Sequence[tuple[int, Sequence[int], Mapping[str, str]]]
Restrictions = Sequence[tuple[int, Mapping[str, str], Sequence[tuple[str, int, str]]]]


def write(
    path: Path,
    nodes: Drawn,
    ways: Ways,
    *,
    node_tags: Mapping[int, Mapping[str, str]] | None = None,
    restrictions: Restrictions = (),
    dated: bool = True,
) -> Path:
    """Write a file; ``nodes`` are (east, north) in hundredths of a degree."""
    header = osmium.io.Header()
    if dated:
        header.set("osmosis_replication_timestamp", STAMP)
        header.set("timestamp", STAMP)
    writer = osmium.SimpleWriter(str(path), header=header, overwrite=True)
    for number, (east, north) in sorted(nodes.items()):
        tags = dict((node_tags or {}).get(number, {}))
        writer.add_node(Node(id=number, location=(east * UNIT, north * UNIT), tags=tags, version=1))
    for number, members, tags in ways:
        writer.add_way(Way(id=number, nodes=list(members), tags=dict(tags), version=1))
    for number, tags, of in restrictions:
        members = [(kind, ref, role) for kind, ref, role in of]
        writer.add_relation(Relation(id=number, members=members, tags={"type": "restriction", **tags}, version=1))
    writer.close()
    return path


def turn(number: int, kind: str, start: int, via: int, end: int, **tags: str) -> tuple[int, dict[str, str], list]:
    """Return a restriction from a way to a way at a node."""
    return number, {"restriction": kind, **tags}, [("w", start, "from"), ("n", via, "via"), ("w", end, "to")]
