"""Coverage by the people of each commune, where cells or points are loaded, instead of from its mairie."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo_integration.coverage.gaps import Nearest, causes
from geo_integration.coverage.points import by_commune, longer_minutes, origins_of_points
from geo_integration.jobs.travelled import Origins, Travelled
from geo_integration.vocabulary import Basis, OfferStatus

_SHOWN = {"share_covered": 4, "share_unknown": 4, "median_minutes": 1}
"""Columns given where points speak for a commune, and their decimals."""


def by_people(
    coverage: pd.DataFrame,
    at_mairies: Travelled,
    points: pd.DataFrame,
    communes: pd.DataFrame,
    *,
    travel: Callable[[Origins], Travelled],
    reported: set[str],
    cutoff_minutes: float,
) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Return the coverage table with the cause of each commune decided by where its people live; and those people.

    Parameters
    ----------
    coverage : one row per commune, from its mairie.
    at_mairies : what it was made from.
    points : the ``population_points`` layer.
    communes : in the order of ``coverage``.
    travel : from places to leave from to each one's nearest places.
    reported : départements some source reports on.
    cutoff_minutes : longest trip accepted.

    Returns
    -------
    A copy with ``cause`` and ``cause_if_unknown_fits`` by people, ``basis``, ``share_covered``, ``share_unknown`` and
    ``median_minutes``. A commune its points do not speak for keeps its mairie's cause (``basis`` is ``commune``).
    And the points, counting only courses sure to fit: ``point_id``, ``commune_code``, ``lon``, ``lat``, ``persons``,
    ``minutes``, ``cause``; None where there is none.
    """
    origins = origins_of_points(points, communes)
    if origins.empty:
        return coverage.assign(basis=Basis.COMMUNE.value), None
    found = travel(Origins(origins, len(origins), inside_commune=False))
    known = origins["departement_code"].isin(reported).to_numpy()
    result = coverage.copy()
    sure = None
    for column, unknown_fits in (("cause", False), ("cause_if_unknown_fits", True)):
        judged = pd.DataFrame(
            {
                "point_id": origins["commune_code"],
                "commune_code": origins["home_commune_code"],
                "persons": origins["persons"],
                "minutes": _longer(found.near, found.routable, unknown_fits=unknown_fits),
                "cause": causes(
                    found.near,
                    cutoff_minutes=cutoff_minutes,
                    reported=known,
                    routable=found.routable,
                    unknown_fits=unknown_fits,
                ),
            }
        )
        fallback = pd.DataFrame(
            {
                "commune_code": coverage["commune_code"],
                "population": coverage["population"],
                "cause": coverage[column],
                "minutes": _longer(at_mairies.near, at_mairies.routable, unknown_fits=unknown_fits),
            }
        )
        rolled = by_commune(judged, fallback).set_index("commune_code").loc[coverage["commune_code"]]
        result[column] = rolled["cause"].to_numpy()
        if not unknown_fits:
            sure = judged.assign(lon=origins["lon"], lat=origins["lat"])
            by_points = rolled["basis"].eq(Basis.POINTS.value)
            result["basis"] = rolled["basis"].to_numpy()
            for name, digits in _SHOWN.items():
                result[name] = _told(rolled[name].where(by_points), digits)
    return result, sure


def _longer(
    near: dict[OfferStatus, Nearest], routable: npt.NDArray[np.bool_], *, unknown_fits: bool
) -> npt.NDArray[np.float64]:
    """Return the longer of there and back to the nearest class, ``inf`` for none, NaN where nothing is known."""
    sure = near[OfferStatus.OPEN]
    longer = longer_minutes(sure.out_minutes, sure.back_minutes, routable=routable)
    if not unknown_fits:
        return longer
    perhaps = near[OfferStatus.UNKNOWN]
    return np.fmin(longer, longer_minutes(perhaps.out_minutes, perhaps.back_minutes, routable=routable))


def _told(column: "pd.Series[float]", digits: int) -> npt.NDArray[np.float64]:
    """Round what is shown; minutes nobody can travel are null."""
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.round(np.where(np.isfinite(values), values, np.nan), digits)
