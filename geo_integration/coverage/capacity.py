"""How much teaching each course gives in a year: places times hours, between what is sure and what is possible.

The unit is the *learner-hour a year*: one place, taught one hour. What a source states is a number; what it does not
state is a bound, from comparable sessions that do state it, or from a hypothesis that says it is one. It is never 0.
"""

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo_integration.coverage.capacity_bounds import (
    HYPOTHESES,
    SCHOOL_WEEKS,
    CapacityBasis,
    Hypotheses,
    Range,
    reference,
)
from geo_integration.coverage.fit.judgement import session_states
from geo_integration.errors import LayerError
from geo_integration.vocabulary import OfferStatus

YEAR_DAYS = 365

_FIGURES = ("places_funded", "places_available", "weekly_hours", "total_hours")

_SUREST = [basis.value for basis in CapacityBasis]


def session_capacity(
    offers: pd.DataFrame, sessions: pd.DataFrame, *, hypotheses: Hypotheses = HYPOTHESES
) -> pd.DataFrame:
    """Return the bounds of places and yearly hours of each session.

    Parameters
    ----------
    offers, sessions : the layers. An offer with no session counts as one session nothing is stated of.
    hypotheses : where comparable sessions do not say.

    Returns
    -------
    One row per session, in their order, then one per offer with none (``session_id`` null): ``session_id``,
    ``offer_id``, ``places_low``, ``places_high``, ``places_basis``, ``hours_low``, ``hours_high`` (hours a learner is
    taught in a year), ``hours_basis``. Index 0…n-1.

    Raises
    ------
    LayerError
        A negative number of places or hours, or a session of no offer.

    Notes
    -----
    *Places*: those funded; where only the places left are stated, there are at least as many. *Hours*: the total
    stated (a session longer than a year counts for one year of it), else the weekly hours times the weeks between the
    dates, :data:`SCHOOL_WEEKS` at most. 0 hours are not a course: they count as not stated. The rest is bounded by the
    quantiles of sessions of the same kind that state it, where there are enough, else by hypothesis (see
    :mod:`geo_integration.coverage.capacity_bounds`).
    """
    table = _all_sessions(offers, sessions)
    kind = table["offer_id"].map(offers.set_index("offer_id")["kind"])
    places, left = _numbers(table, "places_funded"), _numbers(table, "places_available")
    stated_places = np.fmax(places, np.where(np.isnan(places), np.nan, left))
    weeks = _weeks(table)
    weekly = _positive(_numbers(table, "weekly_hours"))
    stated_hours = _stated_hours(_positive(_numbers(table, "total_hours")), weekly, weeks)
    result = table[["session_id", "offer_id"]].copy()
    _bound(result, "places", stated_places, kind, hypotheses.places, hypotheses.other_places)
    _bound(result, "hours", stated_hours, kind, hypotheses.hours, hypotheses.other_hours)
    _at_least(result, left, silent=np.isnan(stated_places))
    _by_the_week(result, weekly, weeks, kind, hypotheses, silent=np.isnan(stated_hours))
    return result


def offer_capacity(
    offers: pd.DataFrame,
    sessions: pd.DataFrame,
    status: "pd.Series[str]",
    *,
    as_of: date,
    sure: "pd.Series[bool] | None" = None,
    possible: "pd.Series[bool] | None" = None,
    hypotheses: Hypotheses = HYPOTHESES,
) -> pd.DataFrame:
    """Return what each offer somebody could join teaches in a year.

    Parameters
    ----------
    offers, sessions : the layers.
    status : what each offer is to who asks; those ``open`` count, and those ``unknown`` in the high bound only.
    as_of : the day; sessions that take people then, and start within a year, count.
    sure, possible : whether each session surely fits who asks, and whether it may; index as ``sessions``. Only the
        high bound counts those that may. All by default.
    hypotheses : see :func:`session_capacity`.

    Returns
    -------
    Index ``offer_id``, sorted; ``sessions``, ``places_low``, ``places_high`` (learners a year), ``learner_hours_low``,
    ``learner_hours_high``, ``sessions_stated`` (of which everything is stated), ``basis`` (:class:`CapacityBasis`, the
    least sure of them).

    Notes
    -----
    A full course is not counted: nobody can join it. Sessions of one offer in one year add up: different learners.
    """
    table = session_capacity(offers, sessions, hypotheses=hypotheses)
    counted, surely = _counted(table, sessions, status, as_of, sure, possible)
    table = table[counted].assign(surely=surely[counted])
    for bound, these in (("low", table["surely"].astype(float)), ("high", 1.0)):
        table[f"learner_hours_{bound}"] = table[f"places_{bound}"] * table[f"hours_{bound}"] * these
        table[f"places_{bound}"] *= these
    order = table[["places_basis", "hours_basis"]].apply(lambda column: column.map(_SUREST.index)).max(axis=1)
    table = table.assign(sessions=1, sessions_stated=order.eq(0).astype(int), basis=order)
    sums = ["sessions", "places_low", "places_high", "learner_hours_low", "learner_hours_high", "sessions_stated"]
    return _summed(table, "offer_id", sums)


def place_capacity(capacity: pd.DataFrame, places_of: pd.DataFrame) -> pd.DataFrame:
    """Add up the offers of each place.

    Parameters
    ----------
    capacity : what :func:`offer_capacity` gave.
    places_of : ``offer_id`` and ``place``: where each offer is; an offer is at one place (LayerError otherwise, for
        its hours would count twice).

    Returns
    -------
    Index ``place``, sorted; ``offers`` and the columns of :func:`offer_capacity`.
    """
    known = places_of.dropna(subset=["place"]).drop_duplicates(["offer_id", "place"])
    twice = known["offer_id"][known["offer_id"].duplicated()]
    if len(twice):
        raise LayerError(f"l'offre {twice.iloc[0]} est à plusieurs endroits", where="capacités par lieu")
    table = capacity.join(known.set_index("offer_id")["place"], how="inner")
    table = table.assign(offers=1, basis=table["basis"].map(_SUREST.index))
    return _summed(table, "place", ["offers", *(name for name in capacity.columns if name != "basis")])


def _summed(table: pd.DataFrame, key: str, sums: list[str]) -> pd.DataFrame:
    groups = table.groupby(key, sort=True)
    result = groups[sums].sum()
    result["basis"] = groups["basis"].max().map(dict(enumerate(_SUREST))).astype("str")
    return result


def _all_sessions(offers: pd.DataFrame, sessions: pd.DataFrame) -> pd.DataFrame:
    """Return the sessions, then an empty one for each offer that has none."""
    strangers = sessions.loc[~sessions["offer_id"].isin(offers["offer_id"]), "session_id"]
    if len(strangers):
        raise LayerError(f"session {strangers.iloc[0]} sans offre", where="couche des sessions")
    for name in _FIGURES:
        wrong = sessions.loc[sessions[name].lt(0).fillna(value=False).astype(bool)]
        if len(wrong):
            raise LayerError(
                f"{name} négatif ({wrong[name].iloc[0]:g})",
                where=f"session {wrong['session_id'].iloc[0]}",
                way_out="corriger la source et la réimporter",
            )
    silent = sorted(set(offers["offer_id"]) - set(sessions["offer_id"]))
    none = pd.DataFrame({"offer_id": silent}).reindex(columns=sessions.columns)
    columns = ["session_id", "offer_id", "start_date", "end_date", *_FIGURES]
    if none.empty:
        return sessions[columns].reset_index(drop=True)
    return pd.concat([sessions[columns].astype(object), none[columns].astype(object)], ignore_index=True)


def _numbers(table: pd.DataFrame, name: str) -> npt.NDArray[np.float64]:
    return np.asarray(pd.to_numeric(table[name]).astype("float64").to_numpy(), dtype=np.float64)


def _positive(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.where(values > 0, values, np.nan)


def _weeks(table: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Return the weeks between the dates, both included; NaN where one is not stated or they go backwards."""
    start, end = (pd.to_datetime(table[name], errors="coerce") for name in ("start_date", "end_date"))
    days = ((end - start).dt.days + 1).to_numpy(dtype=np.float64)
    return _positive(days / 7)


def _stated_hours(
    total: npt.NDArray[np.float64], weekly: npt.NDArray[np.float64], weeks: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return hours a year where the source gives enough to know them."""
    years = np.fmax(weeks * 7 / YEAR_DAYS, 1.0)
    by_week = weekly * np.minimum(weeks, SCHOOL_WEEKS)
    return np.where(np.isnan(total), by_week, total / np.where(np.isnan(years), 1.0, years))


def _bound(
    result: pd.DataFrame,
    name: str,
    stated: npt.NDArray[np.float64],
    kind: "pd.Series[str]",
    supposed: Mapping[str, Range],
    other: Range,
) -> None:
    """Write the bounds of one figure: the number stated, else those of its kind."""
    bounds = reference(stated, kind, supposed, other)
    known = ~np.isnan(stated)
    for bound in ("low", "high"):
        result[f"{name}_{bound}"] = np.where(known, stated, kind.map(bounds[bound]).to_numpy(dtype=np.float64))
    result[f"{name}_basis"] = np.where(known, CapacityBasis.STATED.value, kind.map(bounds["basis"]).to_numpy())


def _at_least(result: pd.DataFrame, left: npt.NDArray[np.float64], *, silent: npt.NDArray[np.bool_]) -> None:
    """Where only the places left are stated, there are at least as many: that is the low bound."""
    told = silent & (left > 0)
    result.loc[told, "places_low"] = left[told]
    result.loc[told, "places_high"] = np.fmax(result["places_high"].to_numpy(), left)[told]


def _by_the_week(
    result: pd.DataFrame,
    weekly: npt.NDArray[np.float64],
    weeks: npt.NDArray[np.float64],
    kind: "pd.Series[str]",
    hypotheses: Hypotheses,
    *,
    silent: npt.NDArray[np.bool_],
) -> None:
    """Where the weekly hours are known and not the dates, only the number of weeks is bounded."""
    lasting = np.minimum(weeks, SCHOOL_WEEKS)
    bounds = reference(lasting, kind, {}, hypotheses.weeks)
    told = silent & ~np.isnan(weekly)
    for bound in ("low", "high"):
        result.loc[told, f"hours_{bound}"] = (weekly * kind.map(bounds[bound]).to_numpy(dtype=np.float64))[told]
    result.loc[told, "hours_basis"] = kind.map(bounds["basis"]).to_numpy()[told]


def _counted(
    table: pd.DataFrame,
    sessions: pd.DataFrame,
    status: "pd.Series[str]",
    as_of: date,
    sure: "pd.Series[bool] | None",
    possible: "pd.Series[bool] | None",
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Say which sessions count at all, and which count in the low bound too."""
    horizon = (as_of + timedelta(days=YEAR_DAYS)).isoformat()
    soon = ~sessions["start_date"].gt(horizon).fillna(value=False).astype(bool)
    takes = session_states(sessions, as_of=as_of)["takes"] & soon
    silent = np.ones(len(table) - len(sessions), dtype=np.bool_)
    may = takes if possible is None else takes & possible
    surely = takes if sure is None else takes & sure
    code = table["offer_id"].map(status)
    is_open = code.eq(OfferStatus.OPEN.value).to_numpy()
    may_fit = is_open | code.eq(OfferStatus.UNKNOWN.value).to_numpy()
    counted = np.concatenate([(may | surely).to_numpy(dtype=np.bool_), silent]) & may_fit
    return counted, np.concatenate([surely.to_numpy(dtype=np.bool_), silent]) & is_open
