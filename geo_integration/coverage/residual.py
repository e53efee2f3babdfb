"""Need that is left once every place is taken: coverage after capacity, in the way of AccessMod.

Ray N. & Ebener S. (2008), AccessMod 3.0, International Journal of Health Geographics 7:63; "geographic coverage
analysis" of AccessMod 5. Places are filled one after the other, each by the nearest learners that are left, until its
places are used. The order decides who is left out, not only how many: it is a rule, stated with the result.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo_integration.coverage.supply import learners
from geo_integration.coverage.ways import Ways
from geo_integration.errors import LayerError, OptionError
from geo_integration.vocabulary import Term

type Numbers = npt.NDArray[np.float64]


class Order(Term):
    """Which place is filled first; between equals, the first in the order of the ways."""

    LARGEST_CAPACITY = (
        "largest_capacity",
        "Le plus de places d'abord",
        "by sure capacity, then possible capacity, largest first",
    )
    MOST_PEOPLE = (
        "most_people",
        "Le plus d'apprenants à portée d'abord",
        "by known learners within the time before anybody is served, most first",
    )
    NEAREST_PAIR = (
        "nearest_pair",
        "Le trajet le plus court d'abord",
        "trip by trip over all places, shortest first; then by commune and place",
    )


@dataclass(frozen=True)
class Residual:
    """Who is served and who is left, between the bounds of the capacity.

    Attributes
    ----------
    order : the rule.
    cutoff_minutes : longest trip, both ways.
    communes : index commune code, in the order of the ways: ``need``, ``served_low``, ``served_high``,
        ``residual_low``, ``residual_high`` (learners). The low capacity gives the high residual. Null: need not known.
    places : index place: ``places_low``, ``places_high``, ``served_low``, ``served_high``, ``left_low``,
        ``left_high`` (places nobody takes): with the low and with the high capacity. Not bounds place by place: more
        places elsewhere may leave this one emptier.
    communes_need_unknown : communes whose learners are not known: they have no residual here.
    communes_unbounded : of which those with no upper bound either: in the high bound of the residual of the others,
        they take every place they come to.
    """

    order: Order
    cutoff_minutes: float
    communes: pd.DataFrame
    places: pd.DataFrame
    communes_need_unknown: int
    communes_unbounded: int


@dataclass(frozen=True)
class _Trips:
    """Pairs within the time: commune, place and minutes of each."""

    commune: npt.NDArray[np.int32]
    place: npt.NDArray[np.int32]
    minutes: npt.NDArray[np.float32]


def residual(
    ways: Ways,
    capacity: pd.DataFrame,
    need: "pd.Series[float]",
    *,
    cutoff_minutes: float,
    order: Order = Order.LARGEST_CAPACITY,
    need_high: "pd.Series[float] | None" = None,
    columns: tuple[str, str] = ("places_low", "places_high"),
) -> Residual:
    """Fill the places with the nearest learners, in a stated order; one learner takes one place.

    Parameters
    ----------
    ways : every trip between communes and places.
    capacity : index place, the ``columns``: low and high number of learners in a year. A place that is absent has none.
    need : learners by commune code, fractions allowed; null: not known.
    cutoff_minutes : longest trip, there and back, as shown; within the horizon of the ways.
    order : see :class:`Order`; the same for both bounds, so that more places or fewer learners elsewhere never leave
        more people anywhere.
    need_high : by commune code, most learners there can be where the need is not known: they take places too in the
        high bound of the residual. Null or absent: no bound, and there may be any number of them.
    columns : names of the bounds.

    Raises
    ------
    OptionError
        A time that is not positive, or longer than the trips looked for.
    LayerError
        Negative or missing capacity, negative need, or a low bound above the high one.
    """
    if not 0 < cutoff_minutes <= ways.horizon_minutes:
        raise OptionError(
            f"durée de {cutoff_minutes:g} minutes, alors que les trajets sont cherchés jusqu'à "
            f"{ways.horizon_minutes:g}",
            where="besoin résiduel",
            way_out="donner une durée positive, au plus celle de la recherche",
        )
    fewest, most, unbounded = learners(ways, need, need_high)
    bounds = capacity[list(columns)].reindex(list(ways.places))
    low, high = (np.asarray(bounds[name].fillna(0.0), dtype=np.float64) for name in columns)
    given = capacity.loc[capacity.index.isin(list(ways.places)), list(columns)]
    if (low < 0).any() or (low > high).any() or bool(given.isna().to_numpy().any()):
        raise LayerError(
            "capacité absente, négative ou à l'envers",
            where="besoin résiduel",
            way_out="donner des nombres positifs, la borne basse avant la haute",
        )
    trips = _ordered(ways, cutoff_minutes, order, fewest, low, high)
    # Any number of learners is possible where there is no bound: nothing less bounds the residual of the others.
    served = _fill(trips, np.where(unbounded, np.inf, most), low), _fill(trips, fewest, high)
    by_commune, by_place = ([one[axis] for one in served] for axis in (0, 1))
    known: Numbers = np.asarray(need.reindex(list(ways.communes)), dtype=np.float64)
    unknown = np.isnan(known)
    taken = [np.where(unknown, np.nan, one) for one in by_commune]
    return Residual(
        order,
        cutoff_minutes,
        pd.DataFrame(
            {
                "need": known,
                "served_low": taken[0],
                "served_high": taken[1],
                "residual_low": known - taken[1],
                "residual_high": known - taken[0],
            },
            index=pd.Index(ways.communes, name="commune_code"),
        ),
        pd.DataFrame(
            {
                "places_low": low,
                "places_high": high,
                "served_low": by_place[0],
                "served_high": by_place[1],
                "left_low": low - by_place[0],
                "left_high": high - by_place[1],
            },
            index=pd.Index(ways.places, name="place"),
        ),
        int(unknown.sum()),
        int(unbounded.sum()),
    )


def _ordered(ways: Ways, cutoff_minutes: float, order: Order, need: Numbers, low: Numbers, high: Numbers) -> _Trips:
    """Return the trips within the time, in the order in which they are served."""
    within = np.flatnonzero(ways.within(cutoff_minutes))
    commune, place, minutes = ways.commune[within], ways.place[within], ways.longer_minutes[within]
    if order is Order.NEAREST_PAIR:
        ranked = np.lexsort((place, commune, minutes))
    else:
        around = np.bincount(place, weights=need[commune], minlength=len(ways.places))
        keys = (-around,) if order is Order.MOST_PEOPLE else (-high, -low)
        rank = np.empty(len(ways.places), dtype=np.int64)
        rank[np.lexsort((np.arange(len(rank)), *keys))] = np.arange(len(rank))
        ranked = np.lexsort((commune, minutes, rank[place]))
    return _Trips(commune[ranked], place[ranked], minutes[ranked])


def _fill(trips: _Trips, need: Numbers, places: Numbers) -> tuple[Numbers, Numbers]:
    """Serve learners trip by trip; return those served in each commune (NaN for an infinite need) and at each place."""
    left, free = need.tolist(), places.tolist()
    for commune, place in zip(trips.commune.tolist(), trips.place.tolist(), strict=True):
        taken = min(left[commune], free[place])
        if taken > 0:
            left[commune] -= taken
            free[place] -= taken
    finite = np.where(np.isfinite(need), need, np.nan)
    return finite - np.array(left, dtype=np.float64), places - np.array(free, dtype=np.float64)
