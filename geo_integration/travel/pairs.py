"""The pairs of a reach table, chunk by chunk; and the search behind them on the outline network."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from geo_integration.travel.outline import OutlineNetwork
from geo_integration.travel.snapping import Access, Floats, Integers
from geo_integration.travel.tables import Origins, Sites

Progress = Callable[[int, int], None]
"""Called after each chunk with the number of sites done and the number of sites in all."""

EARTH_RADIUS_METRES = 6_371_008.8
STRIP_METRES = 60_000.0


@dataclass(frozen=True)
class ReachChunk:
    """The pairs within the cutoff for some of the sites.

    Attributes
    ----------
    sites : rows of the sites table this chunk is complete for, whether they reach anyone or not,
        ascending, int64, shape (sites of the chunk,).
    site_index, commune_index : rows of the sites and origins tables, int32, shape (pairs,), sorted by
        site then commune, each pair once.
    out_minutes, back_minutes : from the commune to the site, and from the site to the commune, float32,
        shape (pairs,). The outline network is symmetric: there, both are the same array.
    """

    sites: Integers
    site_index: NDArray[np.int32]
    commune_index: NDArray[np.int32]
    out_minutes: NDArray[np.float32]
    back_minutes: NDArray[np.float32]


@dataclass(frozen=True)
class Pairs:
    """What a search finds for some of the distinct places, both arrays of minutes float64.

    Attributes
    ----------
    place : position among the places searched, ascending, int64, shape (pairs,).
    commune : row of the origins table, int64; ascending for each place.
    out_minutes, back_minutes : float64.
    """

    place: Integers
    commune: Integers
    out_minutes: Floats
    back_minutes: Floats


@dataclass(frozen=True)
class Places:
    """Sites at exactly the same place, which are searched once.

    Attributes
    ----------
    place : number of each site's place, int64, shape (sites,).
    first : first site of each place, int64, shape (places,).
    members : rows of the sites of each place.
    """

    place: Integers
    first: Integers
    members: list[Integers]

    @classmethod
    def of(cls, sites: Sites, home: Integers) -> Self:
        """Find them: same position, and same commune, whose intra-commune time they share."""
        keys = np.column_stack([sites.lon, sites.lat, home])
        if not len(keys):
            return cls(np.empty(0, np.int64), np.empty(0, np.int64), [])
        _, first, place = np.unique(np.nan_to_num(keys, nan=999.0), axis=0, return_index=True, return_inverse=True)
        place = place.reshape(-1)
        by_place = np.argsort(place, kind="stable")
        return cls(place, first, np.split(by_place, np.cumsum(np.bincount(place))[:-1]))


@dataclass(frozen=True)
class Ends:
    """Both sides of the table, joined to the network.

    Attributes
    ----------
    sites, origins : the checked inputs.
    site_access, origin_access : their legs.
    site_minutes, origin_minutes : minutes of each leg, inf where there is none, shape (places, legs).
    home : row of the commune each site lies in, -1 where unknown, shape (sites,).
    intra_minutes : minutes of a trip inside each commune, shape (communes,).
    """

    sites: Sites
    origins: Origins
    site_access: Access
    origin_access: Access
    site_minutes: Floats
    origin_minutes: Floats
    home: Integers
    intra_minutes: Floats


@dataclass(frozen=True)
class JoinedOrigins:
    """Places to leave from, checked and joined to the outline network: made once, for many tables of sites.

    Attributes
    ----------
    origins : the checked input.
    access : their legs.
    minutes : minutes of each leg, inf where there is none, shape (communes, legs).
    intra_minutes : minutes of a trip inside each commune, shape (communes,).
    """

    origins: Origins
    access: Access
    minutes: Floats
    intra_minutes: Floats

    @classmethod
    def of(cls, origins: Origins, network: OutlineNetwork) -> Self:
        """Join them to a network."""
        access = network.access(origins.lon, origins.lat)
        inside = network.parameters.intra_commune_minutes(origins.radius_metres, slowness_at(access, network))
        return cls(origins, access, leg_minutes(access, network), inside)


def join(sites: Sites, joined: JoinedOrigins, network: OutlineNetwork) -> Ends:
    """Join sites to the network, beside communes that are, and find the commune each site lies in."""
    site_access = network.access(sites.lon, sites.lat)
    return Ends(
        sites=sites,
        origins=joined.origins,
        site_access=site_access,
        origin_access=joined.access,
        site_minutes=leg_minutes(site_access, network),
        origin_minutes=joined.minutes,
        home=home_of(sites, joined.origins),
        intra_minutes=joined.intra_minutes,
    )


def leg_minutes(access: Access, network: OutlineNetwork) -> Floats:
    """Return the minutes of each leg, inf where there is none, shape (places, legs)."""
    return network.parameters.local_minutes(access.metres) * network.slowness[access.nodes]


def slowness_at(access: Access, network: OutlineNetwork) -> Floats:
    """Return the slowness of the nearest node, 1 where there is no network, shape (places,)."""
    return np.where(access.routable, network.slowness[access.nodes[:, 0]], 1.0)


def chunks(
    ends: Ends, network: OutlineNetwork, *, cutoff_minutes: float, chunk_size: int, progress: Progress | None
) -> Iterator[ReachChunk]:
    """Yield one chunk per ``chunk_size`` distinct places, neighbours together."""

    def search(rows: Integers) -> Pairs:
        place, commune, minutes = _pairs(ends, network, rows, cutoff_minutes)
        return Pairs(place, commune, minutes, minutes)

    places = Places.of(ends.sites, ends.home)
    return in_chunks(places, ends.site_access.points, search, chunk_size=chunk_size, progress=progress)


def in_chunks(
    places: Places,
    points: Floats,
    search: Callable[[Integers], Pairs],
    *,
    chunk_size: int,
    progress: Progress | None,
) -> Iterator[ReachChunk]:
    """Search ``chunk_size`` distinct places at a time, neighbours together, and spread what is found over sites.

    Parameters
    ----------
    places : the distinct places of the sites.
    points : metres of a plane, shape (sites, 2); NaN where there is no position.
    search : from rows of the sites table, one per place, to the pairs to keep.
    chunk_size, progress : as in :func:`~geo_integration.travel.reach.iter_reach`.
    """
    ordered = places.first[_map_order(points[places.first])]
    done = 0
    for start in range(0, len(ordered), chunk_size):
        rows = ordered[start : start + chunk_size]
        chunk = _spread(rows, search(rows), places)
        done += len(chunk.sites)
        if progress is not None:
            progress(done, len(places.place))
        yield chunk


def home_of(sites: Sites, origins: Origins) -> Integers:
    """Find the commune each site lies in: its code, or else the nearest mairie if within the radius."""
    rows = {code: row for row, code in enumerate(origins.codes)}
    home = np.array([rows.get(code, -1) for code in sites.commune_codes], dtype=np.int64)
    known = np.flatnonzero(np.isfinite(origins.lon))
    search = np.array([code == "" for code in sites.commune_codes], dtype=np.bool_) & np.isfinite(sites.lon)
    if len(known) and search.any():
        # Straight lines through a sphere: overseas too, where the projection of the mainland means nothing.
        tree = cKDTree(on_sphere(origins.lon[known], origins.lat[known]))
        metres, nearest = tree.query(on_sphere(sites.lon[search], sites.lat[search]))
        nearest = known[nearest]
        home[search] = np.where(metres <= origins.radius_metres[nearest], nearest, -1)
    return home


def on_sphere(lon: Floats, lat: Floats) -> Floats:
    """Return points on a sphere, in metres, shape (points, 3)."""
    x, y = np.radians(lon), np.radians(lat)
    unit = np.column_stack([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)])
    return unit * EARTH_RADIUS_METRES


def _map_order(points: Floats) -> Integers:
    """Order points by strips from west to east, each from south to north: chunks stay compact."""
    return np.lexsort((points[:, 1], np.floor(points[:, 0] / STRIP_METRES)))


def _pairs(
    ends: Ends, network: OutlineNetwork, rows: Integers, cutoff_minutes: float
) -> tuple[Integers, Integers, Floats]:
    """Return position in ``rows``, commune and minutes of every pair within the cutoff."""
    overhead = network.parameters.overhead_minutes
    minutes = np.full((len(rows), len(ends.origins.codes)), np.inf)
    routable = ends.site_access.routable[rows]
    if routable.any() and cutoff_minutes > overhead:
        to_nodes = _node_minutes(network, ends, rows[routable], cutoff_minutes - overhead)
        reached = np.isfinite(to_nodes).any(axis=0)[ends.origin_access.nodes] & np.isfinite(ends.origin_minutes)
        communes = np.flatnonzero(reached.any(axis=1))
        best = np.full((len(to_nodes), len(communes)), np.inf)
        for leg in range(ends.origin_minutes.shape[1]):
            nodes = ends.origin_access.nodes[communes, leg]
            np.minimum(best, to_nodes[:, nodes] + ends.origin_minutes[communes, leg], out=best)
        minutes[np.ix_(routable, communes)] = best
    _shorten_by_direct_legs(minutes, ends, network, rows)
    minutes += overhead
    _settle_at_home(minutes, ends, rows)
    place, commune = np.nonzero(minutes <= cutoff_minutes)
    return place, commune, minutes[place, commune]


def _node_minutes(network: OutlineNetwork, ends: Ends, rows: Integers, limit: float) -> Floats:
    """Return minutes from each site to each node, inf beyond the limit, shape (sites, nodes).

    Each site is added to the graph as a node with one-way edges along its legs, so that the search
    starts at the site itself.
    """
    graph = network.graph
    size, extra = graph.shape[0], len(rows)
    exists = np.isfinite(ends.site_minutes[rows])
    extended = csr_array(
        (
            np.concatenate([graph.data, ends.site_minutes[rows][exists]]),
            np.concatenate([graph.indices, ends.site_access.nodes[rows][exists].astype(graph.indices.dtype)]),
            np.concatenate([graph.indptr, graph.indptr[-1] + np.cumsum(exists.sum(axis=1), dtype=graph.indptr.dtype)]),
        ),
        shape=(size + extra, size + extra),
    )
    found: Floats = dijkstra(extended, indices=np.arange(size, size + extra), limit=limit)
    return found[:, :size]


def _shorten_by_direct_legs(minutes: Floats, ends: Ends, network: OutlineNetwork, rows: Integers) -> None:
    """Lower ``minutes`` in place for pairs so close that the straight way, lengthened, is quicker."""
    sites = np.flatnonzero(ends.site_access.routable[rows])
    communes = np.flatnonzero(ends.origin_access.routable)
    limit = network.parameters.direct_limit_metres
    if not len(sites) or not len(communes) or limit == 0:
        return
    near = cKDTree(ends.site_access.points[rows[sites]]).sparse_distance_matrix(
        cKDTree(ends.origin_access.points[communes]), limit, output_type="ndarray"
    )
    site, commune = sites[near["i"]], communes[near["j"]]
    together = ends.site_access.component[rows[site]] == ends.origin_access.component[commune]
    site, commune = site[together], commune[together]
    ends_slowness = (
        slowness_at(ends.site_access, network)[rows[site]] + slowness_at(ends.origin_access, network)[commune]
    )
    direct = network.parameters.local_minutes(near["v"][together]) * ends_slowness / 2
    minutes[site, commune] = np.minimum(minutes[site, commune], direct)


def _settle_at_home(minutes: Floats, ends: Ends, rows: Integers) -> None:
    """Give ``minutes`` in place to each site's own commune: never under its intra-commune time.

    Where no network joins the two, the intra-commune time is the time.
    """
    site = np.flatnonzero(ends.home[rows] >= 0)
    commune = ends.home[rows[site]]
    of_site, of_commune = ends.site_access.component[rows[site]], ends.origin_access.component[commune]
    joined = (of_site == of_commune) & (of_site >= 0)
    intra = ends.intra_minutes[commune]
    minutes[site, commune] = np.where(joined, np.maximum(minutes[site, commune], intra), intra)


def _spread(rows: Integers, found: Pairs, places: Places) -> ReachChunk:
    """Give every site at the same place the same pairs, and sort."""
    pieces = np.searchsorted(found.place, np.arange(len(rows) + 1))
    sites = [places.members[places.place[row]] for row in rows]
    site_index = [np.repeat(own, pieces[i + 1] - pieces[i]) for i, own in enumerate(sites)]
    repeats = [np.tile(np.arange(pieces[i], pieces[i + 1]), len(own)) for i, own in enumerate(sites)]
    taken = np.concatenate(repeats)
    index = np.concatenate(site_index)
    order = np.lexsort((found.commune[taken], index))
    taken = taken[order]
    out = found.out_minutes[taken].astype(np.float32)
    same = found.back_minutes is found.out_minutes
    return ReachChunk(
        sites=np.sort(np.concatenate(sites)),
        site_index=index[order].astype(np.int32),
        commune_index=found.commune[taken].astype(np.int32),
        out_minutes=out,
        back_minutes=out if same else found.back_minutes[taken].astype(np.float32),
    )
