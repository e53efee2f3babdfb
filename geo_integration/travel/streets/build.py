"""From an OpenStreetMap extract to the street network of one area for one mode."""

import importlib.util
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo_integration.errors import NetworkRefusedError
from geo_integration.travel.streets.cutting import MARGIN_METRES
from geo_integration.travel.streets.extract import Extract, Floats, Integers
from geo_integration.travel.streets.junctions import Edges, degrees, edges_of
from geo_integration.travel.streets.network import LARGEST_MILLISECONDS, RoadNetwork
from geo_integration.travel.streets.osm import Progress, read_osm
from geo_integration.travel.streets.profiles import Profile
from geo_integration.travel.streets.segments import Segments, segments_of
from geo_integration.travel.streets.turns import Arcs, arcs_of, rules_of
from geo_integration.vocabulary import Mode, term

LICENCE = "ODbL 1.0, © les contributeurs d'OpenStreetMap"
LARGEST_CLASSES = 255
_CHECK_EXTRACT = "vérifier l'extrait OpenStreetMap, ou en donner un autre"
JUNCTION = 3
"""Streets that meet at a junction, at least."""


def build(
    extract: Path | Extract,
    *,
    mode: Mode | str,
    area: str,
    within: shapely.Geometry | None = None,
    margin_metres: float = MARGIN_METRES,
    country: str = "FR",
    profile: Profile | None = None,
    progress: Progress | None = None,
) -> RoadNetwork:
    """Build the network of an area for a mode.

    Parameters
    ----------
    extract : the file, or what :func:`~geo_integration.travel.streets.osm.read_osm` read of it (which serves every
        mode; ``within`` and ``margin_metres`` are then those it was read with).
    mode : ``car``, ``bike`` or ``foot``.
    area : what the network is called.
    within, margin_metres : the area, a polygon in WGS84 degrees, and what is kept around it; the whole extract by
        default.
    country : whose legal limits hold where a street does not tell its own; ignored where ``profile`` is given.
    profile : how the mode travels; the project's by default.
    progress : called now and then.

    Raises
    ------
    NetworkRefusedError
        The extract cannot be used (see :func:`read_osm`), or this mode can travel nowhere in it.
    OptionError, MissingDataError
        The profile, the area or the file is not one.
    """
    mode = mode if isinstance(mode, Mode) else term(Mode, mode)
    profile = Profile.load(mode, country=country) if profile is None else profile
    told = progress or (lambda _step, _done, _all: None)
    if isinstance(extract, Path):
        extract = read_osm(extract, within=within, margin_metres=margin_metres, progress=progress)
    told("rues", 0, 3)
    segments = segments_of(extract, profile)
    if not len(segments):
        raise _nothing(extract, mode)
    rules, no_node = rules_of(extract, segments, profile.turn_restrictions)
    split = np.unique(np.array([rule.via for rule in rules], dtype=np.int64))
    edges = edges_of(segments, names=extract.way_names[segments.way], split=split)
    edges = _with_delays(edges, segments, profile)
    told("carrefours", 1, 3)
    arcs = arcs_of(edges, segments, rules)
    kept = _largest_component(arcs)
    if not kept.arcs.any():
        raise _nothing(extract, mode)
    told("ordre", 2, 3)
    meta = _meta(extract, profile) | {
        "restrictions_applied": arcs.applied,
        "restrictions_skipped": arcs.skipped + no_node,
        "nodes_dropped_unconnected": int((~kept.nodes).sum()),
    }
    network = _network(_Parts(extract, segments, edges, arcs, kept, profile), area=area, mode=mode, meta=meta)
    network = replace(network, order=_order(network))
    told("ordre", 3, 3)
    return network


@dataclass(frozen=True)
class _Kept:
    """What belongs to the largest strongly connected component."""

    nodes: NDArray[np.bool_]
    arcs: NDArray[np.bool_]


@dataclass(frozen=True)
class _Parts:
    """All that a network is put together from."""

    extract: Extract
    segments: Segments
    edges: Edges
    arcs: Arcs
    kept: _Kept
    profile: Profile


def _nothing(extract: Extract, mode: Mode) -> NetworkRefusedError:
    return NetworkRefusedError(
        f"aucune rue praticable pour le mode « {mode.label} » dans cette zone",
        where=extract.name,
        way_out="vérifier le territoire et le mode, ou donner un autre extrait OpenStreetMap",
    )


def _with_delays(edges: Edges, segments: Segments, profile: Profile) -> Edges:
    """Add what depends on the junctions: passing one, boarding a ferry."""
    ends = np.stack([edges.tail, edges.head])
    seconds = edges.seconds + np.where(degrees(segments)[ends[::-1]] >= JUNCTION, profile.junction_seconds, 0.0)
    if "ferry" in segments.classes:
        at_sea = segments.street_class == segments.classes.index("ferry")
        ashore = np.zeros(len(segments.node), dtype=np.bool_)
        ashore[segments.tail[~at_sea]] = ashore[segments.head[~at_sea]] = True
        boards = at_sea[edges.first_segment] & ashore[ends]
        seconds = seconds + np.where(boards, profile.ferry.boarding_seconds, 0.0)
    return replace(edges, seconds=seconds * profile.time_factor)


def _largest_component(arcs: Arcs) -> _Kept:
    """Return the nodes that can all reach each other, and their arcs; of equal components, the one drawn first."""
    size = len(arcs.point)
    matrix = coo_array((np.ones(len(arcs.tail), dtype=np.int32), (arcs.tail, arcs.head)), shape=(size, size))
    count, component = connected_components(matrix, directed=True, connection="strong")
    inside = component[arcs.tail] == component[arcs.head]
    sizes = np.bincount(component, minlength=count)
    _, first = np.unique(component, return_index=True)
    nodes = component == np.lexsort((first, -sizes))[0]
    return _Kept(nodes, inside & nodes[arcs.tail])


def _meta(extract: Extract, profile: Profile) -> dict[str, Any]:
    """Return what travels with every minute."""
    return {
        "extract": extract.name,
        "extract_date": extract.date,
        "extract_sha256": extract.sha256,
        "profile": profile.name,
        "profile_sha256": profile.sha256,
        "country": profile.country,
        "margin_metres": extract.margin_metres,
        "covered_share": extract.covered_share,
        "bounds": list(extract.bounds),
        "licence": LICENCE,
        "snap_limit_metres": profile.snaps.limit_metres,
        "access_speed_kmh": profile.snaps.access_kmh,
    }


def _network(parts: _Parts, *, area: str, mode: Mode, meta: dict[str, Any]) -> RoadNetwork:
    """Give what is kept its numbers, and order the arcs."""
    extract, segments, edges, arcs = parts.extract, parts.segments, parts.edges, parts.arcs
    node_number = np.cumsum(parts.kept.nodes) - 1
    edge, forward = arcs.edge[parts.kept.arcs], arcs.forward[parts.kept.arcs]
    used, edge_number = np.unique(edge, return_inverse=True)
    tail, head = node_number[arcs.tail[parts.kept.arcs]], node_number[arcs.head[parts.kept.arcs]]
    order = np.lexsort((head, tail, ~forward, edge_number))
    edge, forward = edge[order], forward[order]
    shape_offsets, shape = _shapes(edges, used)
    place = segments.node[shape]
    node_place = segments.node[arcs.point[parts.kept.nodes]]
    names, edge_name = _names(extract, segments, edges.first_segment[used])
    classes, edge_class = np.unique(segments.street_class[edges.first_segment[used]], return_inverse=True)
    if len(classes) > LARGEST_CLASSES:
        raise NetworkRefusedError(
            f"{len(classes)} classes de rues (highway) différentes", where=extract.name, way_out=_CHECK_EXTRACT
        )
    return RoadNetwork(
        area=area,
        mode=mode,
        meta=meta,
        lon=extract.lon[node_place],
        lat=extract.lat[node_place],
        tail=tail[order].astype(np.int32),
        head=head[order].astype(np.int32),
        milliseconds=_milliseconds(edges.seconds[np.where(forward, 0, 1), edge]),
        edge=edge_number[order].astype(np.int32),
        forward=forward,
        edge_metres=edges.metres[used].astype(np.float32),
        edge_name=edge_name,
        edge_class=edge_class.astype(np.uint8),
        edge_snaps=segments.snaps[edges.first_segment[used]],
        shape_offsets=shape_offsets,
        shape_lon=extract.lon[place],
        shape_lat=extract.lat[place],
        names=names,
        classes=np.array([segments.classes[row] for row in classes], dtype=np.str_),
        order=np.empty(0, dtype=np.uint32),
    )


def _milliseconds(seconds: Floats) -> NDArray[np.uint32]:
    """Round to whole milliseconds, at least 1."""
    return np.clip(np.rint(seconds * 1000), 1, LARGEST_MILLISECONDS).astype(np.uint32)


def _shapes(edges: Edges, used: Integers) -> tuple[Integers, Integers]:
    """Return the shapes of some edges."""
    lengths = np.diff(edges.shape_offsets)[used]
    offsets = np.zeros(len(used) + 1, dtype=np.int64)
    np.cumsum(lengths, out=offsets[1:])
    rows = np.arange(offsets[-1]) + np.repeat(edges.shape_offsets[used] - offsets[:-1], lengths)
    return offsets, edges.shape[rows]


def _names(extract: Extract, segments: Segments, first_segment: Integers) -> tuple[NDArray[np.str_], NDArray[np.int32]]:
    """Return the names in use, "" first then sorted, and the position of each edge's."""
    of_edge = extract.way_names[segments.way[first_segment]]
    used = np.unique(np.append(of_edge, 0))
    ordered = sorted(used.tolist(), key=lambda row: extract.names[row])
    number = np.zeros(len(extract.names), dtype=np.int32)
    number[ordered] = np.arange(len(ordered))
    return np.array([extract.names[row] for row in ordered], dtype=np.str_), number[of_edge]


def _order(network: RoadNetwork) -> NDArray[np.uint32]:
    """Return a nested dissection order, where the library that computes it is installed.

    Inertial flow: Schild and Sommer, *On Balanced Separators in Road Networks* (2015).
    """
    if importlib.util.find_spec("routingkit_cch") is None:
        return np.empty(0, dtype=np.uint32)
    from routingkit_cch import compute_order_inertial  # noqa: PLC0415 -- not installable everywhere

    through = network.tail != network.head
    return np.array(
        compute_order_inertial(
            network.nodes,
            network.tail[through].tolist(),
            network.head[through].tolist(),
            network.lat.tolist(),
            network.lon.tolist(),
        ),
        dtype=np.uint32,
    )
