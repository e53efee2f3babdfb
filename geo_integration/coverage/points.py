"""Coverage below the commune: people by cell or point, reached or not, rolled up to communes and beyond.

A commune judged from its mairie alone is wholly covered or wholly not. Where people by 200 m cell (or by any point
with a weight) are loaded, each point is an origin of its own, with its minutes and its cause (computed as for a
commune, by :mod:`geo_integration.coverage.gaps`), and the commune's figures are sums over its people.

Sums add up: people by cause add up to people, and a roll-up of roll-ups equals the direct one. Quantiles do not add up,
so :func:`roll_up` has none; :func:`over_points` gives those of any territory from its points.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo_integration.coverage.point_checks import (
    CAUSES,
    check_communes,
    check_points,
    check_threshold,
    fail,
    need_columns,
    refuse_option,
)
from geo_integration.vocabulary import Basis, Cause

type Floats = npt.NDArray[np.float64]

THRESHOLD = 0.5
"""Part of its people who must be covered for a territory to be called covered."""

LEAST_COUNTED = 0.5
"""Part of its population that the points of a commune must hold to speak for it."""

SMALLEST_RADIUS_METRES = 1.0
"""Of a bare point: the reach engines ask for a disc."""

_QUANTILES = {"median_minutes": 0.5, "p90_minutes": 0.9}
_TOLERANCE = 1e-9
"""Relative: sums of decimal fractions (0.1 + 0.2) must not decide."""

PERSONS_BY_CAUSE = tuple(f"persons_{cause}" for cause in CAUSES)
"""One column per cause; ``persons_covered`` is one of them."""


def origins_of_points(points: pd.DataFrame, communes: pd.DataFrame) -> pd.DataFrame:
    """Return points as places to leave from, for the engines that compute reach tables.

    Parameters
    ----------
    points : the ``population_points`` layer.
    communes : the communes asked for, columns ``code`` and ``departement_code``; points of others are left out.

    Returns
    -------
    One row per point, by ``point_id``, numbered from 0: ``commune_code`` (the engines' name for the key of an origin:
    here the **point_id**), ``lon``, ``lat``, ``radius_metres``, then ``home_commune_code``, ``departement_code``,
    ``persons``. The radius is that of the disc of the cell's area, 112.8 m for 200 m; 1 m for a bare point.

    Raises
    ------
    LayerError
        A column is missing or a ``point_id`` repeated.
    """
    need_columns(points, ("point_id", "commune_code", "lon", "lat", "cell_metres", "persons"), "points")
    need_columns(communes, ("code", "departement_code"), "communes")
    if points["point_id"].duplicated().any():
        fail("identifiants répétés", points["point_id"].duplicated(), points)
    departement = points["commune_code"].map(communes.set_index("code")["departement_code"])
    chosen = points[points["commune_code"].isin(set(communes["code"]))].sort_values("point_id")
    radius = chosen["cell_metres"].to_numpy(dtype=np.float64, na_value=np.nan) / np.sqrt(np.pi)
    return pd.DataFrame(
        {
            "commune_code": chosen["point_id"],
            "lon": chosen["lon"],
            "lat": chosen["lat"],
            "radius_metres": np.fmax(radius, SMALLEST_RADIUS_METRES),
            "home_commune_code": chosen["commune_code"],
            "departement_code": departement,
            "persons": chosen["persons"].astype("float64"),
        },
        index=chosen.index,
    ).reset_index(drop=True)


def sites_beside_points(sites: pd.DataFrame) -> pd.DataFrame:
    """Return the sites without their commune, for origins that are points.

    The engines give a trip inside a site's own commune at least the minutes of crossing it. No point bears the code of
    a commune; without one, the engines take for a site's own the nearest point in whose disc it lies.
    """
    return sites.assign(commune_code="")


def longer_minutes(out_minutes: npt.ArrayLike, back_minutes: npt.ArrayLike, *, routable: npt.ArrayLike) -> Floats:
    """Return the longer of there and back, as every face reports it.

    Parameters
    ----------
    out_minutes, back_minutes : shape (n,); ``inf`` where there is no way, NaN where it is not known.
    routable : whether a network reaches each place, shape (n,). Where none does, ``inf`` says nothing.

    Returns
    -------
    Shape (n,): ``inf`` where one of the ways does not exist (whatever the other), NaN where it is not known, that is
    where a way is not known, or no network reaches the place and no time is known all the same.
    """
    out, back = np.asarray(out_minutes, dtype=np.float64), np.asarray(back_minutes, dtype=np.float64)
    longer = np.where(np.isinf(out) | np.isinf(back), np.inf, np.maximum(out, back))
    return np.where(np.isinf(longer) & ~np.asarray(routable, dtype=np.bool_), np.nan, longer)


def over_points(points: pd.DataFrame, *, by: str = "commune_code", threshold: float = THRESHOLD) -> pd.DataFrame:
    """Roll points up to the territories that a column names.

    Parameters
    ----------
    points : one row per point: ``persons`` (0 or more, fractions allowed), ``minutes`` (what :func:`longer_minutes`
        gives), ``cause`` (of :class:`Cause`; what a commune at this point would have), and the column ``by``.
    by : column of territory codes.
    threshold : part of its people who must be covered for a territory to be called covered, above 0 and up to 1.

    Returns
    -------
    One row per territory that has points, by code:

    - ``points`` (how many), ``persons``, and ``persons_<cause>`` for every cause, which add up to ``persons``;
    - ``share_covered``: people whose point is covered ÷ all people, those of unknown minutes included: what is not
      known is not counted as covered;
    - ``share_unknown``: people whose minutes are not known ÷ all people;
    - ``median_minutes``, ``p90_minutes``: the smallest minutes such that at least half (nine tenths) of the people
      whose minutes are known live at or under them. The unreachable (``inf``) count, so the answer may be ``inf``;
      the unknown are left out; NaN where nobody is left. No interpolation: it is always the minutes of some point;
    - ``cause``: ``covered`` if ``share_covered`` is at least ``threshold``; otherwise, of the other causes, the one
      held by most people (of two that tie, the first of the vocabulary).

    Shares, quantiles and cause are null where ``persons`` is 0: nobody lives there as far as the points tell. Minutes
    and shares are not rounded. Sums do not depend on the order of the rows.

    Raises
    ------
    LayerError
        A column is missing; people or minutes that are negative or (people) absent; a cause outside the vocabulary.
    OptionError
        A threshold outside its range.
    """
    check_threshold(threshold)
    check_points(points, by)
    territory, codes = pd.factorize(points[by], sort=True)
    people = points["persons"].to_numpy(dtype=np.float64)
    minutes = points["minutes"].to_numpy(dtype=np.float64, na_value=np.nan)
    cause = pd.Index(CAUSES).get_indexer(pd.Index(points["cause"]))
    # One order whatever the order of the rows, so that sums are the same to the last bit.
    order = np.lexsort((people, cause, minutes, territory))
    territory, people, minutes, cause = territory[order], people[order], minutes[order], cause[order]
    size, kinds = len(codes), len(CAUSES)
    by_cause = np.bincount(territory * kinds + cause, weights=people, minlength=size * kinds).reshape(size, kinds)
    summed = pd.DataFrame(by_cause, columns=list(PERSONS_BY_CAUSE), index=pd.Index(codes, name=by))
    summed.insert(0, "points", np.bincount(territory, minlength=size))
    summed.insert(1, "persons", by_cause.sum(axis=1))
    unknown = np.isnan(minutes)
    summed["persons_unknown"] = np.bincount(territory[unknown], weights=people[unknown], minlength=size)
    result = _concluded(summed, threshold)
    known = ~unknown & (people > 0)
    for name, found in _quantiles(territory[known], minutes[known], people[known], size).items():
        result[name] = found
    return result.reset_index()


def by_commune(
    points: pd.DataFrame,
    communes: pd.DataFrame,
    *,
    threshold: float = THRESHOLD,
    least_counted: float = LEAST_COUNTED,
) -> pd.DataFrame:
    """Roll points up to communes; a commune that points do not speak for stands at its mairie.

    Parameters
    ----------
    points : as for :func:`over_points`, with ``commune_code``.
    communes : every commune wanted, one row each: ``commune_code``, ``population`` (null: not published), ``cause`` and
        ``minutes`` computed from the mairie (``minutes`` as :func:`longer_minutes` gives them).
    threshold : as for :func:`over_points`.
    least_counted : the points of a commune must hold at least this part of its population, 0 to 1. A grid cut at
        the edge of a town leaves nine people of a neighbouring commune of 7,758; they must not speak for the others.
        Where the population is not published any points do.

    Returns
    -------
    One row per commune, in the order given: ``commune_code``, ``basis`` (``points``, or ``commune``: no points, nobody
    in them, or too few), the columns of :func:`over_points`, ``share_counted`` (people of the points ÷ population, null
    where either is not known; above 1 happens: the two counts are of different years). With basis ``commune`` all its
    population stands at the mairie: shares are 0 or 1, both quantiles are its minutes, and ``points`` still says how
    many points there were.

    Raises
    ------
    LayerError
        As :func:`over_points`; also a commune repeated, or points of a commune that is not there.
    OptionError
        ``threshold`` or ``least_counted`` outside its range.
    """
    if not 0 <= least_counted <= 1:
        refuse_option("least_counted", least_counted, "donner une part de 0 à 1, par exemple 0.5")
    check_communes(points, communes)
    counted = over_points(points, threshold=threshold).set_index("commune_code").reindex(communes["commune_code"])
    population = communes["population"].to_numpy(dtype=np.float64, na_value=np.nan)
    persons = counted["persons"].to_numpy()
    share = np.divide(persons, population, out=np.full(len(persons), np.nan), where=population > 0)
    enough = ~(share < least_counted - _TOLERANCE)  # unknown: enough
    spoken = (persons > 0) & enough
    at_mairie = _at_mairie(communes, population, threshold).assign(points=counted["points"].fillna(0))
    result = pd.DataFrame(pd.concat([counted[spoken], at_mairie[~spoken]]).loc[counted.index])
    result["points"] = result["points"].astype("int64")
    result["share_counted"] = share
    result.insert(0, "basis", np.where(spoken, Basis.POINTS.value, Basis.COMMUNE.value))
    result.index.name = "commune_code"
    return result.reset_index()


def roll_up(rolled: pd.DataFrame, territories: "pd.Series[str]", *, threshold: float = THRESHOLD) -> pd.DataFrame:
    """Roll roll-ups up: communes to EPCI, départements to a région.

    Parameters
    ----------
    rolled : what :func:`over_points`, :func:`by_commune` or this function gave.
    territories : code of the territory each row belongs to, same index as ``rolled``; rows without one are left out.
    threshold : as for :func:`over_points`.

    Returns
    -------
    One row per territory, by ``code``: the columns of :func:`over_points` without quantiles, which do not add up. A row
    whose people are not known (no points, population not published) adds its points and nothing else.
    """
    check_threshold(threshold)
    columns = ["points", "persons", *PERSONS_BY_CAUSE, "persons_unknown"]
    need_columns(rolled, tuple(columns), "regroupement")
    summed = rolled[columns].groupby(territories, sort=True).sum()
    summed.index.name = "code"
    return _concluded(summed, threshold).reset_index()


def _concluded(summed: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """Add shares and cause to sums of people."""
    persons = summed["persons"].where(summed["persons"] > 0)
    result = summed.assign(
        share_covered=summed[f"persons_{Cause.COVERED.value}"] / persons,
        share_unknown=summed["persons_unknown"] / persons,
    )
    others = [cause for cause in CAUSES if cause != Cause.COVERED.value]
    held = summed[[f"persons_{cause}" for cause in others]].to_numpy(dtype=np.float64)
    most = held.max(axis=1, initial=0.0)
    # argmax gives the first of the vocabulary among those that tie.
    first = np.argmax(held >= (most - _TOLERANCE * summed["persons"].to_numpy())[:, None], axis=1)
    covered = result["share_covered"].to_numpy() >= threshold - _TOLERANCE
    cause = np.where(covered, Cause.COVERED.value, np.array(others)[first])
    result["cause"] = pd.Series(cause, index=result.index, dtype="str").where(persons.notna())
    return result


def _quantiles(territory: npt.NDArray[np.intp], minutes: Floats, people: Floats, size: int) -> dict[str, Floats]:
    """Return the weighted quantiles of each territory, NaN where it has no point; rows by territory, then minutes."""
    # Points at the same minutes are one: splitting one in two changes nothing.
    changed = np.ones(len(territory), dtype=np.bool_)
    changed[1:] = (territory[1:] != territory[:-1]) | (minutes[1:] != minutes[:-1])
    of, at = territory[changed], minutes[changed]
    weights = np.bincount(np.cumsum(changed) - 1, weights=people, minlength=len(of))
    so_far = pd.Series(weights).groupby(of).cumsum().to_numpy()
    total = np.bincount(of, weights=weights, minlength=size)[of]
    found = {}
    for name, part in _QUANTILES.items():
        enough = np.flatnonzero(so_far >= (part - _TOLERANCE) * total)
        owners, first = np.unique(of[enough], return_index=True)
        found[name] = np.full(size, np.nan)
        found[name][owners] = at[enough[first]]
    return found


def _at_mairie(communes: pd.DataFrame, population: Floats, threshold: float) -> pd.DataFrame:
    """Return the rows of communes whose whole population stands at the mairie."""
    unknown = communes["minutes"].isna().to_numpy()
    sums = {
        f"persons_{cause}": np.where(communes["cause"].eq(cause).to_numpy(), population, population * 0)
        for cause in CAUSES
    }
    sums["persons_unknown"] = np.where(unknown, population, population * 0)
    index = pd.Index(communes["commune_code"])
    result = _concluded(pd.DataFrame({"points": 0, "persons": population, **sums}, index=index), threshold)
    # Also where nobody is counted: the mairie's answer is the only one.
    result["share_covered"] = communes["cause"].eq(Cause.COVERED.value).to_numpy().astype(np.float64)
    result["share_unknown"] = unknown.astype(np.float64)
    result["cause"] = communes["cause"].to_numpy()
    for name in _QUANTILES:
        result[name] = communes["minutes"].to_numpy(dtype=np.float64, na_value=np.nan)
    return result
