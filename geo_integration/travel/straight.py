"""Walking and cycling where no street network is loaded: the straight line, lengthened.

    minutes = detour * distance / speed

An outline: a river, a railway or a motorway in between is not seen. The detour factor of 1.3 is the usual one of
towns (Boscoe, Henry and Zdeb, *A Nationwide Comparison of Driving Distance Versus Straight-Line Distance*, The
Professional Geographer 64, 2012, find 1.4 for cars); docs/accuracy.md gives its error against walked routes.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from geo_integration.errors import OptionError
from geo_integration.travel.pairs import Pairs, Places, Progress, ReachChunk, home_of, in_chunks, on_sphere
from geo_integration.travel.snapping import Floats, Integers
from geo_integration.travel.tables import Origins, Sites, check_options
from geo_integration.vocabulary import Mode

ENGINE = "outline"
"""As for cars where no street network is loaded: an estimate, and shown as one."""

DETOUR = 1.3
"""Way by the streets over straight line."""

SPEED_KMH = {Mode.FOOT: 4.5, Mode.BIKE: 15.0}
"""On foot: 4.5 km/h, as in the profile of streets; by bike: OSRM's default on streets, 15 km/h."""


def straight_minutes(metres: Floats, mode: Mode) -> Floats:
    """Return the minutes of a straight-line distance, never 0: whoever is there still comes in.

    Raises OptionError for a mode nobody travels in a straight line.
    """
    if mode not in SPEED_KMH:
        raise OptionError(
            f"pas d'estimation en ligne droite pour le mode « {mode.label.lower()} »",
            where="mode",
            way_out="à pied ou à vélo",
        )
    return np.maximum(metres * DETOUR * 0.06 / SPEED_KMH[mode], 1e-3)


def iter_straight(
    sites: pd.DataFrame,
    origins: pd.DataFrame,
    *,
    mode: Mode,
    cutoff_minutes: float,
    chunk_size: int = 500,
    progress: Progress | None = None,
) -> Iterator[ReachChunk]:
    """Yield the reach table on foot or by bike, chunk by chunk: :func:`geo_integration.travel.reach.iter_reach`.

    A trip inside the site's own commune takes at least two thirds of the commune's radius, as there.
    Anything with a position is routable.
    """
    check_options(mode=mode.value, served=mode.value, cutoff_minutes=cutoff_minutes, chunk_size=chunk_size)
    straight_minutes(np.zeros(1), mode)  # refuses the mode before the first chunk is asked for
    places, communes = Sites.from_table(sites), Origins.from_table(origins)
    return _chunks(places, communes, mode, cutoff_minutes, chunk_size, progress)


def _chunks(
    sites: Sites, origins: Origins, mode: Mode, cutoff_minutes: float, chunk_size: int, progress: Progress | None
) -> Iterator[ReachChunk]:
    home = home_of(sites, origins)
    inside = straight_minutes(origins.radius_metres * (2 / 3), mode)
    known = np.flatnonzero(np.isfinite(origins.lon))
    tree = cKDTree(on_sphere(origins.lon[known], origins.lat[known]))
    farthest = cutoff_minutes * SPEED_KMH[mode] / 0.06 / DETOUR

    def search(rows: Integers) -> Pairs:
        placed = np.flatnonzero(np.isfinite(sites.lon[rows]))
        here = cKDTree(on_sphere(sites.lon[rows[placed]], sites.lat[rows[placed]]))
        near = here.sparse_distance_matrix(tree, farthest, output_type="ndarray")
        minutes = np.full((len(rows), len(origins.codes)), np.inf)
        minutes[placed[near["i"]], known[near["j"]]] = straight_minutes(near["v"], mode)
        own = np.flatnonzero(home[rows] >= 0)
        commune = home[rows[own]]
        placed_both = np.isfinite(sites.lon[rows[own]]) & np.isfinite(origins.lon[commune])
        at_least = np.maximum(minutes[own, commune], inside[commune])
        minutes[own, commune] = np.where(placed_both, at_least, inside[commune])
        place, commune = np.nonzero(minutes <= cutoff_minutes)
        return Pairs(place, commune, minutes[place, commune], minutes[place, commune])

    points = np.column_stack([sites.lon, sites.lat]) * 111_000.0  # only to keep neighbours together
    yield from in_chunks(Places.of(sites, home), points, search, chunk_size=chunk_size, progress=progress)
