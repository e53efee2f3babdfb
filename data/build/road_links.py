"""Local links: the mesh that stands for every road that is not a main road.

Neighbouring points (mairies, and points of main roads) are joined in a straight line where their Gabriel
graph joins them: no third point lies in the circle drawn on the link (Gabriel and Sokal, *Systematic
Zoology* 18, 1969; on such graphs as stand-ins for road networks: Watanabe, *Forma* 23, 2008). Links
do not cross the sea, a border, or the few wide estuaries that the outlines of communes hide.
"""

import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Delaunay, cKDTree

from data.build.road_source import Territory
from geo_integration.travel.snapping import Booleans, Edges, Floats, Integers, project

LONGEST_METRES = 15_000.0
MOST_WATER_METRES = 400.0
MOST_WATER_SHARE = 0.15
NEIGHBOURS_TRIED = 40

ESTUARIES = {
    # Typed by hand from general geography: the middle of the water between the last bridge and the sea.
    "Gironde and lower Garonne, from the pont d'Aquitaine": (
        (-1.25, 45.62), (-1.10, 45.57), (-0.98, 45.50), (-0.85, 45.38), (-0.765, 45.28), (-0.71, 45.18),
        (-0.67, 45.10), (-0.61, 45.06), (-0.56, 45.03), (-0.547, 45.0), (-0.52, 44.95), (-0.53, 44.90),
    ),
    # The limit shared by the communes of the two banks, simplified.
    "Loire, between the bridges of Cheviré and Saint-Nazaire": (
        (-1.642, 47.191), (-1.695, 47.206), (-1.79, 47.21), (-1.831, 47.227), (-1.846, 47.25), (-1.899, 47.28),
        (-1.991, 47.298), (-2.01, 47.30), (-2.125, 47.293), (-2.18, 47.276),
    ),
}  # fmt: skip
"""Wide water inside the outlines of communes that no local road crosses: (lon, lat) in degrees."""

BRIDGES = (
    ("17297", "17300"),  # pont de l'île de Ré
    ("17019", "17121"),  # isthme du Martray
    ("17207", "17121"),  # route de Loix
    ("85011", "85012"),  # pont de Noirmoutier
    ("44154", "44184"),  # pont de Saint-Nazaire
    ("56234", "56168"),  # isthme de Penthièvre
    ("56005", "56240"),  # presqu'île de Rhuys
    ("56062", "56169"),  # tombolo de Gâvres
    ("29104", "29001"),  # Landévennec, by Argol
    ("29238", "29042"),  # Roscanvel, by Crozon
    ("33236", "33011"),  # Lège-Cap-Ferret, by Arès
    ("83153", "83126"),  # isthme des Sablettes
)
"""Communes joined by a road, not among the main roads, that no straight line over land can stand for.

All that is left apart afterwards are islands without a road to the mainland.
"""


def local_links(points: Floats, roads: Edges, territory: Territory, bridges: Integers) -> Edges:
    """Return the local links between points, with their straight-line lengths.

    Parameters
    ----------
    points : projected points of roads and mairies in metres, all distinct, shape (points, 2).
    roads : the main roads between them.
    territory : whose land the links stay on.
    bridges : pairs of points joined whatever lies between, shape (bridges, 2).
    """
    pairs = usable_pairs(points, gabriel_pairs(points), territory)
    pairs = np.unique(np.vstack([pairs, np.sort(bridges, axis=1)]), axis=0)
    joined = np.vstack([np.column_stack([roads.source, roads.target]), pairs])
    pairs = np.vstack([pairs, missing_pairs(points, joined, territory)])
    metres = lengths(points, pairs)
    return Edges(source=pairs[:, 0], target=pairs[:, 1], metres=metres, is_local=np.ones(len(pairs), np.bool_))


def usable_pairs(points: Floats, pairs: Integers, territory: Territory) -> Integers:
    """Keep the pairs that are close enough and joined by land."""
    pairs = pairs[lengths(points, pairs) <= LONGEST_METRES]
    return pairs[stays_on_land(points, pairs, territory)]


def missing_pairs(points: Floats, joined: Integers, territory: Territory) -> Integers:
    """Return the pairs that join what the Gabriel graph left apart although land joins it.

    On a peninsula the nearest neighbours are across the water, and keep the graph from joining those
    further along the land. Each small component gets its shortest link over land to another one.
    """
    tree = cKDTree(points)
    added = [np.empty((0, 2), dtype=np.int64)]
    while True:
        label = components(len(points), np.vstack([joined, *added]))
        apart = np.flatnonzero(label != np.bincount(label).argmax())
        near = tree.query(points[apart], k=NEIGHBOURS_TRIED, distance_upper_bound=LONGEST_METRES)[1]
        one, other = np.repeat(apart, NEIGHBOURS_TRIED), near.ravel()
        found = other < len(points)
        pairs = np.column_stack([one[found], other[found]])
        pairs = usable_pairs(points, pairs[label[pairs[:, 0]] != label[pairs[:, 1]]], territory)
        if not len(pairs):
            return np.vstack(added)
        pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0], lengths(points, pairs)))]
        _, shortest = np.unique(label[pairs[:, 0]], return_index=True)
        added.append(np.unique(np.sort(pairs[shortest], axis=1), axis=0))


def components(size: int, pairs: Integers) -> Integers:
    """Return the number of the connected component of each point, shape (size,)."""
    matrix = csr_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(size, size))
    label: Integers = connected_components(matrix, directed=False)[1].astype(np.int64)
    return label


def lengths(points: Floats, pairs: Integers) -> Floats:
    """Return the straight-line length of each pair in metres."""
    across = points[pairs[:, 0]] - points[pairs[:, 1]]
    return np.asarray(np.hypot(across[:, 0], across[:, 1]))


def gabriel_pairs(points: Floats) -> Integers:
    """Return the Gabriel graph of points, each pair once and sorted, shape (pairs, 2)."""
    triangles = Delaunay(points).simplices
    sides = np.vstack([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [0, 2]]])
    pairs: Integers = np.unique(np.sort(sides, axis=1), axis=0).astype(np.int64)
    nearest, _ = cKDTree(points).query(points[pairs].mean(axis=1))
    return pairs[nearest >= lengths(points, pairs) / 2 * (1 - 1e-9)]


def stays_on_land(points: Floats, pairs: Integers, territory: Territory) -> Booleans:
    """Say which links hold to the land of France and cross no estuary, shape (pairs,)."""
    metres = lengths(points, pairs)
    lines = shapely.linestrings(points[pairs])
    outlines = shapely.simplify(territory.outlines, 50)
    line, outline = shapely.STRtree(outlines).query(lines, predicate="intersects")
    on_land = np.zeros(len(pairs))
    np.add.at(on_land, line, shapely.length(shapely.intersection(lines[line], outlines[outline])))
    water = np.maximum(metres - on_land, 0)
    dry: Booleans = water <= np.minimum(MOST_WATER_METRES, MOST_WATER_SHARE * metres) + 1
    for degrees in ESTUARIES.values():
        lon, lat = np.array(degrees).T
        dry &= ~shapely.intersects(lines, shapely.LineString(project(lon, lat)))
    return dry
