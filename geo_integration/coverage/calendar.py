"""Coverage month by month: when a fitting course within reach can be started, and when it only goes on.

A commune is covered today by a group that took its last learner in September, or by a workshop that stops for the
holidays; this says in which months somebody could begin, and on which day the next course begins.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_matrix

from geo_integration.coverage.openings import Flags, Openings
from geo_integration.coverage.ways import Ways
from geo_integration.errors import LayerError
from geo_integration.vocabulary import Term

_NOWHERE = -1
_NO_DAY = np.iinfo(np.int64).max
NOW_DAYS = 7
"""A first class within a week of the day asked about is « dès maintenant »."""


class MonthState(Term):
    """What a month is for somebody who wants to begin a course there."""

    START = ("start", "Entrée possible", "a fitting course within reach can be started or joined")
    MAY_START = ("may_start", "Entrée peut-être possible", "perhaps: fit, dates, entries or holidays are not known")
    MEETS = ("meets", "Cours en marche, sans entrée", "a fitting course within reach meets, or may, and takes nobody")
    NONE = ("none", "Aucun cours adapté à portée", "no fitting course within reach meets that month")
    NO_DATA = ("no_data", "Aucune donnée", "no source reports courses here: not the same as no course")
    NOT_ROUTABLE = ("not_routable", "Trajet non calculable", "no network reaches this commune")


class NextStart(Term):
    """When the next course within reach begins."""

    NOW = ("now", "Dès maintenant", "the first class is within seven days")
    LATER = ("later", "À une date connue", "a first class is sure, later in the months looked at")
    MAYBE = ("maybe", "Peut-être : dates ou adéquation inconnues", "nothing is sure, something may begin")
    NONE = ("none", "Aucune entrée sur la période", "nothing within reach can be joined in the months looked at")
    NO_DATA = ("no_data", "Aucune donnée", "no source reports courses here: not the same as no course")
    NOT_ROUTABLE = ("not_routable", "Trajet non calculable", "no network reaches this commune")


@dataclass(frozen=True)
class Calendar:
    """The answer.

    Attributes
    ----------
    table : one row per commune, in the order of the ways: ``commune_code``; ``next_start`` (:class:`NextStart`);
        ``next_start_date``, ``next_start_session_id`` and ``next_start_minutes`` (the earliest sure first class; of
        two on one day the nearest; null: none is sure); ``may_start_date`` and ``may_start_session_id`` (the earliest
        if all that is not known goes well, never later); ``months_low`` and ``months_high`` (months one is sure to be
        able to begin in, or may), ``meeting_low`` and ``meeting_high`` (months a fitting course meets in).
    months : ``2026-11`` and on.
    states : :class:`MonthState` codes, shape (communes, months).
    """

    table: pd.DataFrame
    months: tuple[str, ...]
    states: npt.NDArray[np.object_]


def calendar(
    ways: Ways,
    session_ids: "pd.Series[str]",
    opened: Openings,
    *,
    places: npt.NDArray[np.int32],
    fits: Flags,
    may_fit: Flags,
    cutoff_minutes: float,
    reported: Flags,
) -> Calendar:
    """Say, for each commune and month, whether a fitting course within reach both ways can be begun.

    Parameters
    ----------
    ways : between the communes and the places.
    session_ids : the sessions, in the order of all that follows.
    opened : when each can be joined and when it meets.
    places : position of the place of each in ``ways.places``; -1: nowhere one can travel to. Shape (sessions,).
    fits, may_fit : whether each fits who asks for sure, or is not known not to. Shape (sessions,).
    cutoff_minutes : longest trip, the longer of there and back.
    reported : whether some source reports on each commune: elsewhere silence proves nothing. Shape (communes,).

    Returns
    -------
    The low bound counts what is sure (fit, dates, entries, holidays); the high one what nothing excludes.

    Raises
    ------
    LayerError
        Arrays of different lengths, or a place that is not there.
    """
    _check(ways, len(session_ids), places, fits, may_fit, reported, opened)
    pairs = np.flatnonzero(ways.within(cutoff_minutes))
    shape = len(ways.communes), len(ways.places)
    near = csr_matrix((np.ones(len(pairs), np.int32), (ways.commune[pairs], ways.place[pairs])), shape=shape)
    placed = places != _NOWHERE
    sure, maybe = placed & fits, placed & (fits | may_fit)

    def reached(flags: Flags, which: Flags) -> Flags:
        at = csr_matrix(
            (np.ones(int(which.sum()), np.int32), (places[which], np.flatnonzero(which))),
            shape=(shape[1], len(places)),
        )
        return np.asarray((near @ (at @ flags.astype(np.int32))) > 0, dtype=np.bool_)

    start, may_start = reached(opened.join_low, sure), reached(opened.join_high, maybe)
    meets, may_meet = reached(opened.meet_low, sure), reached(opened.meet_high, maybe)
    states = _states(start, may_start, may_meet, reported=reported, routable=ways.routable)
    table = pd.DataFrame({"commune_code": pd.Series(ways.communes, dtype="str")})
    first = _next(ways, pairs, opened.first_low, places, sure)
    possible = _next(ways, pairs, opened.first_high, places, maybe)
    soon = int(opened.as_of.astype(np.int64)) + NOW_DAYS
    table["next_start"] = _next_states(first.day, possible.day, soon, reported=reported, routable=ways.routable)
    table["next_start_date"] = _iso(first.day)
    table["next_start_session_id"] = _named(first.session, session_ids)
    table["next_start_minutes"] = first.minutes
    table["may_start_date"] = _iso(possible.day)
    table["may_start_session_id"] = _named(possible.session, session_ids)
    counts = (("months_low", start), ("months_high", may_start), ("meeting_low", meets), ("meeting_high", may_meet))
    for name, flags in counts:
        table[name] = flags.sum(axis=1).astype("int64")
    return Calendar(table, opened.months, states)


def by_month(found: Calendar, need: "pd.Series[float]") -> pd.DataFrame:
    """Count communes and learners by month.

    Parameters
    ----------
    found : the calendar.
    need : learners of each commune, in its order; null: not known. What the viewer may see of it.

    Returns
    -------
    One row per month: ``month``; ``communes_<state>`` for each :class:`MonthState`; ``need_start_low`` and
    ``need_start_high``, the learners who are sure to be able to begin that month, or may; ``need_none``, those
    of communes sure to have nothing to begin; ``need_not_known``, those of communes without data or network. The first,
    the difference of the first two, and the last two add up to the need that is known. ``communes_need_unknown``.
    Null where the need of no commune is known.
    """
    known = need.astype("float64").to_numpy()
    counted = bool(np.isfinite(known).any())
    rows = []
    for number, month in enumerate(found.months):
        state = found.states[:, number]

        learners = {one: float(np.nansum(known[state == one.value])) for one in MonthState}
        start, may = learners[MonthState.START], learners[MonthState.MAY_START]
        sums = {
            "need_start_low": start,
            "need_start_high": start + may,
            "need_none": learners[MonthState.MEETS] + learners[MonthState.NONE],
            "need_not_known": learners[MonthState.NO_DATA] + learners[MonthState.NOT_ROUTABLE],
        }
        row: dict[str, object] = {"month": month}
        row |= {f"communes_{one.value}": int((state == one.value).sum()) for one in MonthState}
        row |= {name: round(value, 2) if counted else np.nan for name, value in sums.items()}
        rows.append(row | {"communes_need_unknown": int(np.isnan(known).sum())})
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class _Next:
    """Each commune's earliest session; -1 and no day where there is none."""

    day: npt.NDArray[np.int64]
    session: npt.NDArray[np.int64]
    minutes: npt.NDArray[np.float64]


def _next(
    ways: Ways, pairs: npt.NDArray[np.intp], first: npt.NDArray[np.datetime64], places: npt.NDArray[np.int32], of: Flags
) -> _Next:
    """Find the earliest session of each commune among those at its places; of two on one day, the nearest."""
    day = first.astype(np.int64)
    counted = np.flatnonzero(of & ~np.isnat(first))
    of_place = np.full((2, len(ways.places)), _NO_DAY)
    of_place[1] = _NOWHERE
    order = counted[np.lexsort((counted, day[counted], places[counted]))]
    place, at = np.unique(places[order], return_index=True)
    of_place[0, place], of_place[1, place] = day[order[at]], order[at]
    kept = pairs[of_place[0, ways.place[pairs]] != _NO_DAY]
    minutes = np.round(ways.longer_minutes[kept].astype(np.float64), 1)
    begins = of_place[0, ways.place[kept]]
    order = kept[np.lexsort((ways.place[kept], minutes, begins, ways.commune[kept]))]
    commune, at = np.unique(ways.commune[order], return_index=True)
    best = order[at]
    size = len(ways.communes)
    found = _Next(np.full(size, _NO_DAY), np.full(size, _NOWHERE), np.full(size, np.nan))
    found.day[commune], found.session[commune] = of_place[:, ways.place[best]]
    found.minutes[commune] = np.round(ways.longer_minutes[best].astype(np.float64), 1)
    return found


def _states(
    start: Flags, may_start: Flags, may_meet: Flags, *, reported: Flags, routable: Flags
) -> npt.NDArray[np.object_]:
    """Give each commune and month its state, the first that applies."""
    silent = np.broadcast_to(~reported[:, None], start.shape)
    cut_off = np.broadcast_to(~routable[:, None], start.shape)
    rules = [
        (start, MonthState.START),
        (may_start, MonthState.MAY_START),
        (silent, MonthState.NO_DATA),
        (cut_off, MonthState.NOT_ROUTABLE),
        (may_meet, MonthState.MEETS),
    ]
    codes = np.select([rule for rule, _ in rules], [one.value for _, one in rules], MonthState.NONE.value)
    return codes.astype(object)


def _next_states(
    first: npt.NDArray[np.int64], possible: npt.NDArray[np.int64], soon: int, *, reported: Flags, routable: Flags
) -> npt.NDArray[np.str_]:
    rules = [
        ((first != _NO_DAY) & (first < soon), NextStart.NOW),
        (first != _NO_DAY, NextStart.LATER),
        (possible != _NO_DAY, NextStart.MAYBE),
        (~reported, NextStart.NO_DATA),
        (~routable, NextStart.NOT_ROUTABLE),
    ]
    return np.select([rule for rule, _ in rules], [one.value for _, one in rules], NextStart.NONE.value)


def _iso(days: npt.NDArray[np.int64]) -> "pd.Series[str]":
    known = days != _NO_DAY
    text = np.where(known, days, 0).astype("datetime64[D]").astype(str)
    return pd.Series(text, dtype="str").where(known)


def _named(session: npt.NDArray[np.int64], session_ids: "pd.Series[str]") -> "pd.Series[str]":
    return pd.Series(session_ids.reset_index(drop=True).reindex(session).array, dtype="str")


def _check(
    ways: Ways,
    count: int,
    places: npt.NDArray[np.int32],
    fits: Flags,
    may_fit: Flags,
    reported: Flags,
    opened: Openings,
) -> None:
    lengths = {len(places), len(fits), len(may_fit), len(opened.first_low), count}
    if len(lengths) > 1 or len(reported) != len(ways.communes):
        raise LayerError("des tables de longueurs différentes", where="calendrier")
    if count and (places.min() < _NOWHERE or places.max() >= len(ways.places)):
        raise LayerError("une session dans un lieu qui n'existe pas", where="calendrier")
