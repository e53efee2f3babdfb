"""Supply against demand: teaching hours within reach of each learner in a year (enhanced two-step catchments).

Luo W. & Qi Y. (2009), An enhanced two-step floating catchment area (E2SFCA) method for measuring spatial accessibility
to primary care physicians, Health & Place 15(4). First step, at each place: its capacity over the learners around,
each weighted by the decay of their trip. Second step, at each commune: the sum of these ratios, weighted again.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from geo_integration.coverage.decay import Decay
from geo_integration.coverage.ways import Ways
from geo_integration.errors import LayerError, OptionError

type Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Supply:
    """Hours within reach, and what they were computed from.

    Attributes
    ----------
    communes : index commune code, in the order of the ways:

        - ``hours_low``: least capacity over most learners, teaching hours within reach per learner and year;
          ``hours_high``: most capacity over fewest learners. 0: no place within the catchment, there and back. Null:
          not known: no network serves the commune, or nobody known shares the places it reaches, so that hours *per
          learner* mean nothing (one such place takes away the high bound, only all of them the low one);
        - ``places_reached``: places within the catchment;
        - ``demand_partial``: around these places the need is neither known nor bounded everywhere. Learners who
          compete are then left out: ``hours_low`` is no lower bound;
        - ``undefined``: of the places reached, those with some capacity and no known learner around.
    places : index place, in the order of the ways: ``capacity_low``, ``capacity_high`` (learner-hours a year),
        ``demand_low``, ``demand_high`` (learners around, weighted), ``ratio_low``, ``ratio_high`` (hours per weighted
        learner; null where nobody is known to share some capacity), ``communes_reached``, ``communes_need_unknown``.
    """

    communes: pd.DataFrame
    places: pd.DataFrame


def supply(
    ways: Ways,
    capacity: pd.DataFrame,
    need: "pd.Series[float]",
    *,
    decay: Decay,
    need_high: "pd.Series[float] | None" = None,
    columns: tuple[str, str] = ("learner_hours_low", "learner_hours_high"),
) -> Supply:
    """Return the hours within reach of each learner: R_j = S_j / sum_k P_k W(d_kj), A_i = sum_j R_j W(d_ij).

    Parameters
    ----------
    ways : every trip between communes and places; the longer of there and back is the distance, so that a place nobody
        comes home from is not reached.
    capacity : index place, the ``columns``: low and high capacity, learner-hours a year. A place of the ways that is
        absent teaches nothing to who asks.
    need : learners by commune code; null: not known, and then not in the demand of the high bound.
    decay : weight of a trip; its catchment must be within the horizon of the ways.
    need_high : by commune code, most learners there can be where the need is not known (a masked count is below the
        threshold of its source); they count in the low bound. Null or absent: no bound, see ``demand_partial``.
    columns : names of the bounds.

    Raises
    ------
    OptionError
        A catchment longer than the trips looked for.
    LayerError
        Negative or missing capacity, negative need, or a low bound above the high one.

    Notes
    -----
    Where every need is known, hours are conserved: over communes, learners times hours is the capacity of the places
    that any learner reaches. Only learners of ``ways.communes`` are counted: near its border, hours are overstated.
    """
    _within_horizon(ways, decay)
    low, high = _capacities(ways, capacity, columns)
    fewest, most, unbounded = learners(ways, need, need_high)
    weight = _weights(ways, decay)
    reached = sparse.csr_array((np.ones_like(weight.data), weight.indices, weight.indptr), shape=weight.shape)
    demands = weight @ fewest, weight @ most
    partial = reached @ unbounded.astype(np.float64)
    ratios = _ratio(low, demands[1]), _ratio(high, demands[0])
    count = reached.T @ np.ones(len(ways.places))
    undefined = [reached.T @ np.isnan(ratio).astype(np.float64) for ratio in ratios]
    silent = ~ways.routable | ((count > 0) & (undefined[0] == count)), ~ways.routable | (undefined[1] > 0)
    hours = [
        np.where(none, np.nan, weight.T @ np.nan_to_num(ratio)) for none, ratio in zip(silent, ratios, strict=True)
    ]
    return Supply(
        pd.DataFrame(
            {
                "hours_low": hours[0],
                "hours_high": hours[1],
                "places_reached": count.astype(np.int64),
                "demand_partial": (reached.T @ (partial > 0).astype(np.float64)) > 0,
                "undefined": undefined[1].astype(np.int64),
            },
            index=pd.Index(ways.communes, name="commune_code"),
        ),
        pd.DataFrame(
            {
                "capacity_low": low,
                "capacity_high": high,
                "demand_low": demands[0],
                "demand_high": demands[1],
                "ratio_low": ratios[0],
                "ratio_high": ratios[1],
                "communes_reached": (reached @ np.ones(len(ways.communes))).astype(np.int64),
                "communes_need_unknown": partial.astype(np.int64),
            },
            index=pd.Index(ways.places, name="place"),
        ),
    )


def learners(
    ways: Ways, need: "pd.Series[float]", need_high: "pd.Series[float] | None" = None
) -> tuple[Numbers, Numbers, npt.NDArray[np.bool_]]:
    """Return the fewest and the most learners of each commune of the ways, and where there is no bound to them.

    LayerError for a negative number.
    """
    found = np.asarray(need.reindex(list(ways.communes)), dtype=np.float64)
    bound = np.full(len(found), np.nan)
    if need_high is not None:
        bound = np.asarray(need_high.reindex(list(ways.communes)), dtype=np.float64)
    for numbers in (found, bound):
        if (numbers < 0).any():
            raise LayerError(f"besoin négatif ({np.nanmin(numbers):g})", where="besoin par commune")
    most = np.where(np.isnan(found), bound, found)
    return np.nan_to_num(found), np.nan_to_num(most), np.isnan(most)


def merged_ways(ways: Ways, members: Mapping[str, list[int]]) -> Ways:
    """Return ways to things that are at several places, by the shortest of the longer ways.

    Parameters
    ----------
    ways : ways to places. By timetable a place is a site and class hours, and an offer may be at several.
    members : for each thing (an offer), the positions of its places; in the order the result counts them.
    """
    owner = np.repeat(np.arange(len(members), dtype=np.int32), [len(own) for own in members.values()])
    place = np.array([at for own in members.values() for at in own], dtype=np.int64)
    order = np.argsort(place, kind="stable")
    first = np.searchsorted(place[order], ways.place, side="left")
    past = np.searchsorted(place[order], ways.place, side="right")
    times = past - first
    pair = np.repeat(np.arange(len(ways.place)), times)
    within = np.arange(len(pair)) - np.repeat(np.cumsum(times) - times, times)
    thing = owner[order][first[pair] + within]
    ranked = np.lexsort((ways.out_minutes[pair], ways.longer_minutes[pair], ways.commune[pair], thing))
    pair, thing = pair[ranked], thing[ranked]
    commune = ways.commune[pair]
    new = np.ones(len(pair), dtype=np.bool_)
    new[1:] = (np.diff(thing) != 0) | (np.diff(commune) != 0)
    return Ways(
        ways.communes,
        tuple(members),
        commune[new],
        thing[new].astype(np.int32),
        ways.out_minutes[pair[new]],
        ways.back_minutes[pair[new]],
        ways.routable,
        ways.horizon_minutes,
    )


def _within_horizon(ways: Ways, decay: Decay) -> None:
    if decay.catchment_minutes > ways.horizon_minutes:
        raise OptionError(
            f"bassin de {decay.catchment_minutes:g} minutes, alors que les trajets ne sont cherchés que jusqu'à "
            f"{ways.horizon_minutes:g}",
            where="décroissance",
            way_out="raccourcir le bassin, ou augmenter la durée maximale",
        )


def _capacities(ways: Ways, capacity: pd.DataFrame, columns: tuple[str, str]) -> tuple[Numbers, Numbers]:
    """Return the low and high capacity of each place of the ways."""
    here = capacity[capacity.index.isin(list(ways.places))]
    bounds = here[list(columns)].to_numpy(dtype=np.float64)
    wrong = np.isnan(bounds).any(axis=1) | (bounds < 0).any(axis=1) | (bounds[:, 0] > bounds[:, 1])
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        raise LayerError(
            f"capacité de {bounds[at, 0]:g} à {bounds[at, 1]:g} : deux nombres positifs sont attendus, le plus petit "
            "d'abord",
            where=f"lieu {here.index[at]}",
        )
    every = here[list(columns)].reindex(list(ways.places)).fillna(0.0).to_numpy(dtype=np.float64)
    return every[:, 0], every[:, 1]


def _weights(ways: Ways, decay: Decay) -> sparse.csr_array:
    """Return the weight of each pair within the catchment, (places, communes), sparse."""
    weight = decay.weight(ways.longer_minutes)
    kept = weight > 0
    shape = (len(ways.places), len(ways.communes))
    return sparse.csr_array((weight[kept], (ways.place[kept], ways.commune[kept])), shape=shape)


def _ratio(capacity: Numbers, demand: Numbers) -> Numbers:
    """Return hours per weighted learner: 0 where nothing is taught, NaN where nobody known is there to share it."""
    shared = np.divide(capacity, demand, out=np.full(len(capacity), np.nan), where=demand > 0)
    return np.where(capacity == 0, 0.0, shared)
