"""What is read of an OpenStreetMap extract, for every mode."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Restriction:
    """A turn that is forbidden, or the only one allowed.

    Attributes
    ----------
    tags : the relation's tags, among them ``restriction`` or ``restriction:motorcar``, and ``except``.
    from_ways, to_ways : ids of the ways.
    via : position of the node in the extract; -1 where it is a way, is missing, or there are several.
    """

    tags: tuple[tuple[str, str], ...]
    from_ways: tuple[int, ...]
    to_ways: tuple[int, ...]
    via: int


@dataclass(frozen=True)
class Extract:
    """Streets of an extract, for every mode.

    Attributes
    ----------
    name : file name.
    date : day and hour the extract says it is of (ISO 8601, UTC); else those of the newest street or sign in it;
        None where nothing says.
    sha256 : of the file, in hexadecimal.
    bounds : west, south, east, north of the area without its margin, WGS84 degrees.
    margin_metres : kept around the area; 0 where the whole extract is the area.
    covered_share : part of the area and its margin that lies in the extract's rectangle, 0 to 1.
    lon, lat : nodes, WGS84 degrees, float64, shape (nodes,).
    way_offsets : first node reference of each way, int64, shape (ways + 1,).
    way_nodes : position of each referenced node, int32; -1 where it is not in the extract or outside the margin.
    way_ids : OSM ids, int64, shape (ways,).
    way_tags : position in ``tag_sets``, int32, shape (ways,).
    way_names : position in ``names``, int32, shape (ways,).
    node_tags : position in ``tag_sets``, -1 where a node has no tag that matters, int32, shape (nodes,).
    tag_sets : distinct sets of tags. names : distinct names, "" first.
    restrictions : turn restrictions whose node is in the margin, or which have no node.
    """

    name: str
    date: str | None
    sha256: str
    bounds: tuple[float, float, float, float]
    margin_metres: float
    covered_share: float
    lon: Floats
    lat: Floats
    way_offsets: Integers
    way_nodes: NDArray[np.int32]
    way_ids: Integers
    way_tags: NDArray[np.int32]
    way_names: NDArray[np.int32]
    node_tags: NDArray[np.int32]
    tag_sets: tuple[dict[str, str], ...]
    names: tuple[str, ...]
    restrictions: tuple[Restriction, ...]
