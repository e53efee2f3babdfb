"""The reach table on streets: minutes there and minutes back between every site and every commune.

``out_minutes`` is the way from the commune to the course, ``back_minutes`` the way home: one-way streets make
them differ. A pair is kept when the longer of the two is within the cutoff. Absent rows mean what they mean in
:mod:`geo_integration.travel.reach`, and :func:`street_not_routable` lists what nothing is known of.

Trips inside a commune: its people live all over it, not at the mairie, so a trip to a site of one's own
commune takes at least as long as it takes from an average point of it to its middle, at local speed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo_integration.errors import OptionError
from geo_integration.travel.pairs import Pairs, Places, Progress, ReachChunk, home_of, in_chunks, on_sphere
from geo_integration.travel.reach import NotRoutable, as_table, not_routable_of
from geo_integration.travel.snapping import Booleans, Floats, Integers
from geo_integration.travel.streets.network import RoadNetwork
from geo_integration.travel.streets.router import NO_PATH, Router, open_router, shorten_along
from geo_integration.travel.streets.router_cache import kept
from geo_integration.travel.streets.snap import Entries, Snapped, arriving, leaving, snap
from geo_integration.travel.tables import Origins, Sites, check_options
from geo_integration.vocabulary import Engine, Mode

LOCAL_SPEED_KMH = {Mode.CAR: 30.0, Mode.BIKE: 15.0, Mode.FOOT: 4.5}
"""Inside a commune, door to door: a town street's limit of 50 km/h with its crossings, corners and parking, an
unhurried cyclist, and the 4.5 km/h at which the foot profile walks. Assumptions, not measures."""

LOCAL_DETOUR = 1.3
"""Length by street over straight line. An assumption for short trips in town, below the 1.4 that Boscoe, Henry and Zdeb
(*The Professional Geographer*, 2012) found over longer trips by car."""

MINUTE = 60_000
"""Milliseconds in one."""

METRES_PER_DEGREE = 111_195.0
"""Of latitude, on a sphere; only to keep neighbours in the same chunk."""


@dataclass(frozen=True)
class _Ends:
    """Both sides of the table, joined to the streets."""

    sites: Snapped
    origins: Snapped
    home: Integers
    inside: Booleans
    intra_minutes: Floats
    leave: Entries
    arrive: Entries


def iter_street_reach(
    sites: pd.DataFrame,
    origins: pd.DataFrame,
    *,
    network: RoadNetwork,
    cutoff_minutes: float,
    router: Router | None = None,
    chunk_size: int = 50,
    progress: Progress | None = None,
) -> Iterator[ReachChunk]:
    """Yield the reach table chunk by chunk, as row numbers and minutes.

    Parameters
    ----------
    sites, origins : as in :func:`~geo_integration.travel.reach.reach_table`.
    network : the streets of one mode.
    cutoff_minutes : longest trip kept: there and back must both be within it.
    router : of that network; the first engine installed by default.
    chunk_size, progress : as in :func:`~geo_integration.travel.reach.iter_reach`.

    Raises
    ------
    LayerError
        A column is missing, an identifier repeated, a position or a radius impossible.
    OptionError
        A cutoff that is not positive and finite, an empty chunk, the router of another network.
    """
    mode = network.mode.value
    check_options(mode=mode, served=mode, cutoff_minutes=cutoff_minutes, chunk_size=chunk_size)
    places, communes = Sites.from_table(sites), Origins.from_table(origins)
    if router is not None and router.network is not network:
        raise OptionError(
            "le calculateur d'itinéraires est celui d'un autre réseau",
            where="router",
            way_out="donner celui de ce réseau : open_router(network)",
        )
    search = router or open_router(network)
    ends = _join(places, communes, network)

    def pairs(rows: Integers) -> Pairs:
        out, back = _both_ways(ends, search, rows)
        return pairs_within(
            out, back, ends.home[rows], ends.intra_minutes, inside=ends.inside[rows], cutoff_minutes=cutoff_minutes
        )

    points = flat_points(places.lon, places.lat)
    return in_chunks(Places.of(places, ends.home), points, pairs, chunk_size=chunk_size, progress=progress)


def street_reach_table(
    sites: pd.DataFrame,
    origins: pd.DataFrame,
    *,
    network: RoadNetwork,
    cutoff_minutes: float,
    router: Router | None = None,
    chunk_size: int = 50,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Return the whole reach table: columns of :data:`geo_integration.layers.REACH`, engine ``streets``.

    Parameters and errors are those of :func:`iter_street_reach`. One row per pair within the cutoff, in the order
    of the sites then of the origins.
    """
    found = list(
        iter_street_reach(
            sites,
            origins,
            network=network,
            cutoff_minutes=cutoff_minutes,
            router=router,
            chunk_size=chunk_size,
            progress=progress,
        )
    )
    return as_table(found, sites, origins, mode=network.mode.value, engine=Engine.STREETS.value)


def street_not_routable(sites: pd.DataFrame, origins: pd.DataFrame, *, network: RoadNetwork) -> NotRoutable:
    """Say which sites and which communes no time can be given for, and why; the order of the inputs is kept."""
    places, communes = Sites.from_table(sites), Origins.from_table(origins)
    return not_routable_of(
        places,
        communes,
        snap(network, places.lon, places.lat).routable,
        snap(network, communes.lon, communes.lat).routable,
    )


def intra_commune_minutes(radius_metres: Floats, mode: Mode) -> Floats:
    """Return the least minutes of a trip inside a commune, shape (communes,).

    The mean distance from the centre of a disc to a point of it is two thirds of its radius (Larson and
    Odoni, *Urban Operations Research*, 1981, chapter 3).
    """
    return radius_metres * (2 / 3 * LOCAL_DETOUR * 0.06 / LOCAL_SPEED_KMH[mode])


def inside_home(sites: Sites, origins: Origins, home: Integers) -> Booleans:
    """Say which sites surely lie in the disc of their commune: nothing more is known of a trip there than its radius.

    So it is where one of the two has no position, or where they are no farther apart than the radius.

    Parameters
    ----------
    home : row of the commune each site lies in, -1 where unknown, shape (sites,).
    """
    inside = home >= 0
    rows = np.flatnonzero(inside & np.isfinite(sites.lon))
    rows = rows[np.isfinite(origins.lon[home[rows]])]
    there, here = home[rows], on_sphere(sites.lon[rows], sites.lat[rows])
    metres = np.linalg.norm(here - on_sphere(origins.lon[there], origins.lat[there]), axis=1)
    inside[rows] = metres <= origins.radius_metres[there]
    return inside


def pairs_within(
    out: Floats, back: Floats, home: Integers, intra_minutes: Floats, *, inside: Booleans, cutoff_minutes: float
) -> Pairs:
    """Settle trips inside a commune, and keep the pairs of which both ways are within the cutoff.

    Parameters
    ----------
    out, back : minutes from each origin to each site and back, inf where there is no way, shape (sites, origins).
    home : row of the commune each site lies in, -1 where unknown, shape (sites,).
    intra_minutes : least minutes inside each commune, shape (origins,). They stand alone where no way joins
        the site to its commune's mairie and back, and the site is ``inside``.
    inside : what :func:`inside_home` says of each site, shape (sites,). A site that is not, and that no way joins, is
        one nothing is known of.
    """
    out, back = out.copy(), back.copy()
    site = np.flatnonzero(home >= 0)
    commune = home[site]
    least = intra_minutes[commune]
    joined = np.isfinite(out[site, commune]) & np.isfinite(back[site, commune])
    alone = np.where(inside[site], least, np.inf)
    for minutes in (out, back):
        minutes[site, commune] = np.where(joined, np.maximum(minutes[site, commune], least), alone)
    place, other = np.nonzero(np.maximum(out, back) <= cutoff_minutes)
    return Pairs(place, other, out[place, other], back[place, other])


def flat_points(lon: Floats, lat: Floats) -> Floats:
    """Return rough metres, good enough to say who is whose neighbour, shape (points, 2)."""
    middle = np.radians(np.nanmean(lat)) if np.isfinite(lat).any() else 0.0
    return np.column_stack([lon * np.cos(middle), lat]) * METRES_PER_DEGREE


def _join(sites: Sites, origins: Origins, network: RoadNetwork) -> _Ends:
    """Join both sides to the streets, once for all chunks."""
    communes, leave, arrive = _joined_origins(network, origins)
    home = home_of(sites, origins)
    return _Ends(
        sites=snap(network, sites.lon, sites.lat),
        origins=communes,
        home=home,
        inside=inside_home(sites, origins, home),
        intra_minutes=intra_commune_minutes(origins.radius_metres, network.mode),
        leave=leave,
        arrive=arrive,
    )


def _joined_origins(network: RoadNetwork, origins: Origins) -> tuple[Snapped, Entries, Entries]:
    """Return the origins' streets and entries. The last ones are kept: a new site comes with the same origins."""
    last = kept(network, "joined origins", lambda _: list[tuple[bytes, tuple[Snapped, Entries, Entries]]]())
    key = np.concatenate([origins.lon, origins.lat]).tobytes()
    for known, joined in last:
        if known == key:
            return joined
    communes = snap(network, origins.lon, origins.lat)
    joined = communes, leaving(network, communes), arriving(network, communes)
    last[:] = [(key, joined)]
    return joined


def _both_ways(ends: _Ends, router: Router, rows: Integers) -> tuple[Floats, Floats]:
    """Return minutes there and back between some sites and every origin, shape (sites, origins) each."""
    network, sites = router.network, ends.sites.take(rows)
    out = router.table(ends.leave, arriving(network, sites))
    back = router.table(leaving(network, sites), ends.arrive)
    return (
        _minutes(shorten_along(out, network, ends.origins, sites)).T,
        _minutes(shorten_along(back, network, sites, ends.origins)),
    )


def _minutes(milliseconds: NDArray[np.uint32]) -> Floats:
    """Return minutes, inf where there is no way."""
    return np.where(milliseconds == NO_PATH, np.inf, milliseconds / MINUTE)
