"""Geometry of the outline network: projecting, cutting long roads, joining places to nodes."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer
from scipy.spatial import cKDTree

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

LEGAL_PROJECTION = 2154
"""RGF93 v1 / Lambert-93: the legal projection of metropolitan France, Corsica included."""


@dataclass(frozen=True)
class Edges:
    """Undirected edges, each once.

    Attributes
    ----------
    source, target : node positions, int64, shape (edges,).
    metres : length by road for a main road, straight line for a local link, shape (edges,).
    is_local : whether the edge is a local link rather than a main road, shape (edges,).
    """

    source: Integers
    target: Integers
    metres: Floats
    is_local: Booleans


@dataclass(frozen=True)
class Access:
    """How places reach the network: ``legs`` nodes each, nearest first.

    Attributes
    ----------
    points : projected coordinates in metres, shape (places, 2); NaN where the place has none.
    nodes : node positions, int64, shape (places, legs); 0 where a leg does not exist.
    metres : straight-line length of each leg, shape (places, legs); inf where it does not exist.
    component : component of the nearest node, shape (places,); -1 where there is no network.
    """

    points: Floats
    nodes: Integers
    metres: Floats
    component: Integers

    @property
    def routable(self) -> Booleans:
        """Whether each place has the network within reach of its legs, shape (places,)."""
        return self.component >= 0


@cache
def _to_metres() -> Transformer:
    """Return the projection, which takes longer to find than to use."""
    return Transformer.from_crs(4326, LEGAL_PROJECTION, always_xy=True)


def project(lon: Floats, lat: Floats) -> Floats:
    """Project WGS84 degrees to metres of the legal projection.

    Parameters
    ----------
    lon, lat : degrees, shape (points,); NaN allowed.

    Returns
    -------
    Metres, shape (points, 2); NaN where the projection is not defined (and where the input is NaN).
    """
    x, y = _to_metres().transform(lon, lat)
    points = np.column_stack([np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)])
    points[~np.isfinite(points).all(axis=1)] = np.nan
    return points


def cut_long_roads(points: Floats, edges: Edges, *, spacing_metres: float) -> tuple[Floats, Edges]:
    """Cut main roads into equal parts no longer than ``spacing_metres``.

    A road can be joined all along, not only at its ends: the parts' ends are the nodes that access
    legs aim at. They lie on the straight line between the road's ends, which is what is known of
    its shape; its length by road is kept.

    Parameters
    ----------
    points : projected node coordinates in metres, shape (nodes, 2).
    edges : the network; local links are never cut.
    spacing_metres : longest part allowed.

    Returns
    -------
    The points, the new ones after the old ones, and the edges. The inputs are not changed.
    """
    parts = np.where(edges.is_local, 1, np.maximum(1, np.ceil(edges.metres / spacing_metres))).astype(np.int64)
    edge = np.repeat(np.arange(len(parts)), parts)
    part = np.arange(len(edge)) - np.repeat(np.cumsum(parts) - parts, parts)
    is_last = part == parts[edge] - 1
    end = np.where(is_last, edges.target[edge], len(points) + np.cumsum(~is_last) - 1)
    start = np.where(part == 0, edges.source[edge], np.roll(end, 1))
    along = ((part + 1) / parts[edge])[~is_last, np.newaxis]
    first, last = points[edges.source[edge[~is_last]]], points[edges.target[edge[~is_last]]]
    cut = Edges(
        source=start,
        target=end,
        metres=(edges.metres / parts)[edge],
        is_local=edges.is_local[edge],
    )
    return np.vstack([points, first + (last - first) * along]), cut


def nearest_nodes(points: Floats, tree: cKDTree, components: Integers, *, legs: int, limit_metres: float) -> Access:
    """Join each place to its nearest nodes.

    All legs of a place lead to the component of its nearest node: an islander never drives to the
    mainland, nor the reverse, because a few nodes happen to be near as the crow flies.

    Parameters
    ----------
    points : projected places in metres, shape (places, 2); NaN where there is no position.
    tree : the projected nodes.
    components : component of each node, shape (nodes,).
    legs : how many nodes each place is joined to, at most.
    limit_metres : a place whose nearest node is farther has no network; longer legs are not made.
    """
    known = np.isfinite(points).all(axis=1)
    legs = min(legs, tree.n)
    nodes = np.zeros((len(points), legs), dtype=np.int64)
    metres = np.full((len(points), legs), np.inf)
    if known.any():
        found_metres, found = tree.query(points[known], k=np.arange(1, legs + 1), distance_upper_bound=limit_metres)
        nodes[known], metres[known] = np.where(np.isfinite(found_metres), found, 0), found_metres
    component = np.where(np.isfinite(metres[:, 0]), components[nodes[:, 0]], -1)
    metres[components[nodes] != component[:, np.newaxis]] = np.inf
    return Access(points=points, nodes=nodes, metres=metres, component=component)
