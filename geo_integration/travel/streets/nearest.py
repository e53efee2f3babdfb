"""The nearest places to any point, there and back.

Two bounded searches from the point, one along the streets and one against them, give the times to and from
every place at once; they are exactly those of the reach table.
"""

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd

from geo_integration.errors import OptionError
from geo_integration.travel.snapping import Floats
from geo_integration.travel.streets.cells import place_milliseconds
from geo_integration.travel.streets.ends import MINUTE, joined_place
from geo_integration.travel.streets.network import RoadNetwork
from geo_integration.travel.streets.router import node_milliseconds
from geo_integration.travel.streets.snap import Snapped, arriving, leaving, snap
from geo_integration.travel.tables import Sites

By = Literal["worst", "out", "back"]

NO_POSITION = "no_position"
NO_STREET = "no_street"


@dataclass(frozen=True)
class Nearest:
    """The nearest places, and those nothing can be said of.

    Attributes
    ----------
    found : nearest first: ``rank`` (from 1), ``site_id``, ``out_minutes`` (from the point to the place),
        ``back_minutes``, ``worst_minutes`` (the longer of the two). A way found to be longer than the
        limit is ``inf``; it occurs only where ranking does not depend on it.
    not_routable : ``site_id``, ``reason``: ``no_position`` (the table gives none) or ``no_street`` (none within
        the network's snapping limit), in the order of the places. They may be near: no time is known.
    beyond : how many places have a street and are farther than the limit.
    """

    found: pd.DataFrame
    not_routable: pd.DataFrame
    beyond: int


def nearest(
    network: RoadNetwork,
    lon: float,
    lat: float,
    places: pd.DataFrame,
    *,
    k: int,
    limit_minutes: float,
    by: By = "worst",
) -> Nearest:
    """Return the k places nearest to a point.

    Parameters
    ----------
    network : the streets, and through them the mode.
    lon, lat : the point, WGS84 degrees.
    places : ``site_id``, ``lon``, ``lat`` (both null where the position is not known); other columns are left alone.
    k : how many, at most.
    limit_minutes : places farther than this, by ``by``, are not found.
    by : what is compared: ``worst`` of there and back, ``out`` (there) or ``back``. Equal times are ranked by
        ``site_id``.

    Raises
    ------
    OptionError
        ``k``, the limit, ``by`` or the point's position out of range.
    LayerError
        A column of the places is missing, an identifier repeated or a position impossible.
    NetworkUnavailableError
        The point is farther from every street than the network's snapping limit.
    """
    _check(k, limit_minutes, by)
    sites = Sites.from_table(places)
    point = joined_place(network, lon, lat)
    joined = snap(network, sites.lon, sites.lat)
    limit = limit_minutes * MINUTE
    out = _minutes(network, point, joined, limit, towards=False)
    back = _minutes(network, point, joined, limit, towards=True)
    compared = {"worst": np.maximum(out, back), "out": out, "back": back}[by]
    ids = np.array(sites.ids, dtype=np.str_)
    within = np.flatnonzero(compared <= limit_minutes)
    order = within[np.lexsort((ids[within], compared[within]))][:k]
    lost = np.flatnonzero(~joined.routable)
    reasons = np.where(np.isnan(sites.lon[lost]), NO_POSITION, NO_STREET)
    return Nearest(
        found=pd.DataFrame(
            {
                "rank": np.arange(1, len(order) + 1, dtype=np.int64),
                "site_id": pd.Series(ids[order].tolist(), dtype="str"),
                "out_minutes": out[order],
                "back_minutes": back[order],
                "worst_minutes": np.maximum(out, back)[order],
            }
        ),
        not_routable=pd.DataFrame(
            {
                "site_id": pd.Series(ids[lost].tolist(), dtype="str"),
                "reason": pd.Series(reasons.tolist(), dtype="str"),
            }
        ),
        beyond=int(joined.routable.sum()) - len(within),
    )


def _minutes(network: RoadNetwork, point: Snapped, joined: Snapped, limit: float, *, towards: bool) -> Floats:
    """Return minutes between the point and the places, inf beyond the limit (milliseconds) and where not routable."""
    entries = arriving(network, point) if towards else leaving(network, point)
    times = node_milliseconds(network, entries, limit_milliseconds=limit, towards=towards)
    found = place_milliseconds(network, point, times, joined, towards=towards)
    # A bounded search knows some longer ways and not others: none of them is shown.
    return np.where(found <= limit, found, np.inf) / MINUTE


def _check(k: int, limit_minutes: float, by: str) -> None:
    """Refuse options out of range."""
    if k < 1:
        raise OptionError(f"{k} lieux demandés", where="k", way_out="demander au moins 1 lieu")
    if not 0 < limit_minutes < math.inf:
        raise OptionError(
            f"une durée limite de {limit_minutes} minutes n'a pas de sens",
            where="limit_minutes",
            way_out="donner un nombre de minutes supérieur à 0, par exemple 45",
        )
    if by not in get_args(By):
        raise OptionError(
            f"« {by} » n'est pas une façon de comparer", where="by", way_out=f"choisir parmi {', '.join(get_args(By))}"
        )
