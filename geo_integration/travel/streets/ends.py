"""The two ends of a question: one place joined to its street, or a clear word on why it cannot be."""

import math

from geo_integration.errors import NetworkUnavailableError, OptionError
from geo_integration.travel.streets.network import RoadNetwork
from geo_integration.travel.streets.snap import Snapped, snap

MINUTE = 60_000
"""Milliseconds in one."""

_FARTHEST_METRES = 20_000_000.0
"""Half-way round the world: the nearest street, however far."""


def joined_place(network: RoadNetwork, lon: float, lat: float, *, label: str = "lieu demandé") -> Snapped:
    """Return one place joined to its street.

    Parameters
    ----------
    lon, lat : WGS84 degrees.
    label : how to call the place in a message.

    Raises
    ------
    OptionError
        The position is not one.
    NetworkUnavailableError
        No street within the network's snapping limit; the message gives the distance to the nearest.
    """
    where = f"{label}, lon {lon}, lat {lat}"
    if not (math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):  # noqa: PLR2004
        raise OptionError(
            "position impossible",
            where=where,
            way_out="donner des degrés WGS84 (longitude de -180 à 180, latitude de -90 à 90)",
        )
    found = snap(network, lon, lat)
    if found.routable[0]:
        return found
    raise NetworkUnavailableError(
        f"aucune rue ({network.mode.label.lower()}) à moins de {float(network.meta['snap_limit_metres']):.0f} m ; "
        f"{_distance(network, lon, lat)}",
        where=where,
        way_out=f"choisir un lieu de la zone « {network.area} », ou charger le réseau de la zone du lieu",
    )


def seconds_per_metre(network: RoadNetwork) -> float:
    """Return how long a metre off the streets takes."""
    return 3.6 / float(network.meta["access_speed_kmh"])


def _distance(network: RoadNetwork, lon: float, lat: float) -> str:
    """Say how far the nearest street is."""
    found = snap(network, lon, lat, limit_metres=_FARTHEST_METRES)
    if not found.routable[0]:
        return "le réseau n'a aucune rue où s'arrêter"
    metres = float(found.metres[0])
    return f"la plus proche est à {metres:.0f} m" if metres < 1000 else f"la plus proche est à {metres / 1000:.1f} km"  # noqa: PLR2004
