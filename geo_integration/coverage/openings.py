"""On which days a session can be joined, and on which it meets: what is sure, and what may be.

Rules, for want of anything published: a fixed entry is joined at its first class, or until the end of registration
where one is stated; a permanent one any day it runs. What is not stated is never guessed: it widens the high bound and
leaves the low one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo_integration.coverage.fit.sessions import STALE_DAYS
from geo_integration.coverage.learner.profile import WEEKDAYS
from geo_integration.errors import OptionError
from geo_integration.schema import SEPARATOR
from geo_integration.vocabulary import EntryMode, Kind, Recruitment

type Days = npt.NDArray[np.datetime64]
type Flags = npt.NDArray[np.bool_]

MOST_MONTHS = 36
_WEEK = 7
_A_DAY = np.timedelta64(1, "D")
_CHUNK = 2_000
"""Sessions looked at together: each takes a byte a day in a dozen tables."""

_WORKING_DAYS = range(5)
"""Monday to Friday."""


@dataclass(frozen=True)
class SchoolTerms:
    """School holidays by zone, and the days they are known for.

    Attributes
    ----------
    holidays : zone → (first day off, last day off) of each holiday.
    known : zone → (first, last) day the calendar speaks of. A zone that is absent is not known at all.
    """

    holidays: Mapping[str, tuple[tuple[date, date], ...]] = field(default_factory=dict)
    known: Mapping[str, tuple[date, date]] = field(default_factory=dict)

    def in_class(self, zone: str, days: Days) -> tuple[Flags, Flags]:
        """Say on which days schools are sure to be open, and may be; shape (days,) each."""
        if zone not in self.known:
            return np.zeros(len(days), dtype=np.bool_), np.ones(len(days), dtype=np.bool_)
        off = np.zeros(len(days), dtype=np.bool_)
        for first, last in self.holidays.get(zone, ()):
            off |= (days >= np.datetime64(first)) & (days <= np.datetime64(last))
        first, last = self.known[zone]
        told = (days >= np.datetime64(first)) & (days <= np.datetime64(last))
        return told & ~off, ~off


@dataclass(frozen=True)
class Openings:
    """What each session offers, month by month.

    Attributes
    ----------
    as_of : the day asked about.
    months : ``2026-11`` and on; the first one begins on that day.
    join_low, join_high : somebody is sure to be able to, or may, start or join that month; shape (sessions, months).
    meet_low, meet_high : it is sure to meet, or may; somebody already in it then has a class. Same shape.
    first_low, first_high : first day one is sure to be able to start, or may; shape (sessions,), NaT for none.
    """

    as_of: np.datetime64
    months: tuple[str, ...]
    join_low: Flags
    join_high: Flags
    meet_low: Flags
    meet_high: Flags
    first_low: Days
    first_high: Days


def span(as_of: date, months: int) -> tuple[Days, tuple[str, ...]]:
    """Return the days from ``as_of`` to the end of the last month, and the months; OptionError outside 1 to 36."""
    if not 1 <= months <= MOST_MONTHS:
        raise OptionError(f"{months} mois", where="--months", way_out=f"donner de 1 à {MOST_MONTHS} mois")
    names = np.datetime64(as_of, "M") + np.arange(months + 1).astype("timedelta64[M]")
    days = np.arange(np.datetime64(as_of, "D"), names[-1].astype("datetime64[D]"), _A_DAY)
    return days, tuple(str(name) for name in names[:-1])


def openings(
    sessions: pd.DataFrame, *, as_of: date, months: int = 12, terms: SchoolTerms, silence_is_open: bool = True
) -> Openings:
    """Say when each session can be joined and when it meets.

    Parameters
    ----------
    sessions : the columns of that layer, and of its offer ``kind`` and ``zone`` (school zone of the place: A, B or C;
        null: none, or not known). A session without dates is kept: nothing of it is sure.
    as_of : first day looked at; recruitment, places and registration are what the source said then.
    months : how many, the month of ``as_of`` included.
    terms : school holidays; only OEPRE stops in them. Holidays of other courses and public holidays are not known.
    silence_is_open : a session whose source says nothing of recruitment is believed to take people.

    Returns
    -------
    In the order of the sessions. In words:

    - **runs** from its start to its end. Without a start: it may run. Without an end it is sure for a week from its
      start (or from ``as_of``, if it had started), and may run on: 548 days from its start, or for ever with permanent
      entries. Permanent entries, open, without a start: it runs now.
    - **meets** on its days; where they are not stated, from Monday to Friday (and on the weekday of its start).
    - **is joined** at its first class (fixed entries), up to the end of registration if that is later; any day it
      meets (permanent entries). Entries not stated: as fixed for sure, as permanent perhaps. Never outside
      registration, where stated. A fixed session that has begun, and whose source still says that it recruits, may be
      joined in the month of ``as_of``; one whose registration opens after its start, perhaps any day from then.
    - **takes people** unless recruitment is closed or suspended, or no place is left. That is what it is on ``as_of``:
      from the next month on a permanent or suspended one may take people again; a fixed one that is closed does not.

    Raises
    ------
    OptionError
        ``months`` outside 1 to 36.
    """
    days, names = span(as_of, months)
    parts = [
        _part(sessions.iloc[start : start + _CHUNK], days, len(names), terms, silence_is_open=silence_is_open)
        for start in range(0, max(len(sessions), 1), _CHUNK)
    ]
    return Openings(days[0], names, *(np.concatenate(same) for same in zip(*parts, strict=True)))


def _part(
    sessions: pd.DataFrame, days: Days, months: int, terms: SchoolTerms, *, silence_is_open: bool
) -> tuple[Flags, Flags, Flags, Flags, Days, Days]:
    """Return the six arrays of :class:`Openings` for some sessions."""
    dates = _Dates.of(sessions, days[0])
    sure, may = dates.runs(days)
    class_sure, class_may = _class_days(sessions, dates, days, terms)
    meet_low, meet_high = sure & class_sure, may & class_may
    join_low, join_high = _joined(dates, days, meet_low, meet_high)
    takes, may_take = _taking(sessions, days, silence_is_open=silence_is_open)
    join_low, join_high = join_low & takes[:, None] & may_take, join_high & may_take
    month = days.astype("datetime64[M]").astype(np.int64)
    starts = np.flatnonzero(np.r_[True, month[1:] != month[:-1]])
    if not len(sessions):
        none = np.zeros((0, months), dtype=np.bool_)
        return none, none, none, none, days[:0], days[:0]
    by_month = [np.logical_or.reduceat(flags, starts, axis=1) for flags in (join_low, join_high, meet_low, meet_high)]
    first_low, first_high = (_first(flags, days) for flags in (join_low, join_high))
    return by_month[0], by_month[1], by_month[2], by_month[3], first_low, first_high


@dataclass(frozen=True)
class _Dates:
    """Dates of some sessions, shape (sessions, 1); NaT where not stated."""

    as_of: np.datetime64
    start: Days
    end: Days
    opens: Days
    closes: Days
    permanent: Flags
    fixed: Flags
    is_open: Flags

    @classmethod
    def of(cls, sessions: pd.DataFrame, as_of: np.datetime64) -> "_Dates":
        start, end, opens, closes = (
            pd.to_datetime(sessions[name]).to_numpy("datetime64[D]")[:, None]
            for name in ("start_date", "end_date", "registration_start", "registration_end")
        )
        permanent, fixed = (
            sessions["entry_mode"].eq(mode.value).to_numpy(dtype=bool)[:, None]
            for mode in (EntryMode.PERMANENT, EntryMode.FIXED)
        )
        is_open = sessions["recruitment"].eq(Recruitment.OPEN.value).to_numpy(dtype=bool)[:, None]
        # It takes people at any time, says the source of today.
        start = np.where(permanent & is_open & np.isnat(start), as_of, start)
        return cls(as_of, start, end, opens, closes, permanent, fixed, is_open)

    def runs(self, days: Days) -> tuple[Flags, Flags]:
        """Say on which days each session is sure to run, and may, shape (sessions, days)."""
        no_start, no_end = np.isnat(self.start), np.isnat(self.end)
        believed = np.where(self.permanent | no_start, days[-1], self.start + STALE_DAYS * _A_DAY)
        may = (no_start | (self.start <= days)) & (days <= np.where(no_end, believed, self.end))
        week = np.where(no_start, self.as_of, np.maximum(self.start, self.as_of)) + (_WEEK - 1) * _A_DAY
        return may & (self.start <= days) & (days <= np.where(no_end, week, self.end)), may


def _class_days(sessions: pd.DataFrame, dates: _Dates, days: Days, terms: SchoolTerms) -> tuple[Flags, Flags]:
    """Say on which days each session is sure to meet if it runs, and may, shape (sessions, days)."""
    weekday = (days.astype(np.int64) + 3) % _WEEK  # 1970-01-01 was a Thursday
    start_day = np.where(np.isnat(dates.start), -1, (dates.start.astype(np.int64) + 3) % _WEEK)[:, 0]
    meets = np.array(
        [_weekdays(text, day) for text, day in zip(sessions["days"].fillna(""), start_day, strict=True)], dtype=np.bool_
    ).reshape(len(sessions), _WEEK)[:, weekday]
    sure, may = meets.copy(), meets.copy()
    in_schools = sessions["kind"].eq(Kind.OEPRE.value).to_numpy(dtype=bool)
    zones = sessions["zone"].astype("object").fillna("").to_numpy()
    for zone in sorted(set(zones[in_schools])):
        rows = in_schools & (zones == zone)
        open_sure, open_may = terms.in_class(str(zone), days)
        sure[rows] &= open_sure
        may[rows] &= open_may
    return sure, may


def _weekdays(text: str, start_day: int) -> list[bool]:
    """Return the days of the week it meets, Monday first; those supposed where none is stated."""
    stated = [part.strip() for part in text.split(SEPARATOR)]
    found = [day in stated for day in WEEKDAYS]
    return found if any(found) else [day in _WORKING_DAYS or day == start_day for day in range(_WEEK)]


def _joined(dates: _Dates, days: Days, meet_low: Flags, meet_high: Flags) -> tuple[Flags, Flags]:
    """Say on which days each session can be joined if it takes people, shape (sessions, days)."""
    no_close = np.isnat(dates.closes)
    registering = (np.isnat(dates.opens) | (dates.opens <= days)) & (no_close | (dates.closes >= dates.as_of))
    registering &= np.isnat(dates.opens) | no_close | (dates.opens <= dates.closes)
    in_window = registering & (no_close | (days <= dates.closes))
    # At the first class; known to be the first only where nothing can have met before.
    ahead = dates.start >= dates.as_of
    first = _only_first(meet_high) & ahead & registering
    late = ~no_close & (dates.closes > dates.start)
    fixed_low = np.where(late, meet_low & in_window, first & meet_low)
    # Begun, and still said to recruit: one of the two is wrong.
    still = dates.is_open & no_close & (dates.start < dates.as_of) & _month_of(days, dates.as_of)
    # Registration that opens once it has begun: late entries, or a wrong date.
    after_start = dates.opens > dates.start
    any_time = np.isnat(dates.start) | late | still | after_start
    fixed_high = np.where(any_time, meet_high & in_window, first)
    any_day_low, any_day_high = meet_low & in_window, meet_high & in_window
    low = np.where(dates.permanent, any_day_low, fixed_low)
    high = np.where(dates.permanent, any_day_high, np.where(dates.fixed, fixed_high, any_day_high | fixed_high))
    return low, high | low


def _month_of(days: Days, day: np.datetime64) -> Flags:
    """Say which days are in the month of a day."""
    return np.asarray(days.astype("datetime64[M]") == day.astype("datetime64[M]"))


def _only_first(flags: Flags) -> Flags:
    """Keep the first true of each row."""
    return np.asarray(flags & (np.cumsum(flags, axis=1) == 1))


def _taking(sessions: pd.DataFrame, days: Days, *, silence_is_open: bool) -> tuple[Flags, Flags]:
    """Say which sessions take people, shape (sessions,), and on which days they may, shape (sessions, days)."""
    suspended = sessions["recruitment"].eq(Recruitment.SUSPENDED.value).to_numpy(dtype=bool)
    closed = sessions["recruitment"].eq(Recruitment.CLOSED.value).to_numpy(dtype=bool)
    full = sessions["places_available"].eq(0).fillna(value=False).to_numpy(dtype=bool)
    stated = sessions["recruitment"].eq(Recruitment.OPEN.value).to_numpy(dtype=bool)
    fixed = sessions["entry_mode"].eq(EntryMode.FIXED.value).to_numpy(dtype=bool)
    refuses = suspended | closed | full
    again = (suspended & ~full & ~closed) | ~fixed
    later = ~_month_of(days, days[0])
    return ~refuses & (stated | silence_is_open), ~refuses[:, None] | (again[:, None] & later)


def _first(flags: Flags, days: Days) -> Days:
    found = days[np.argmax(flags, axis=1)]
    found[~flags.any(axis=1)] = np.datetime64("NaT", "D")
    return found


def holidays_of(rows: Iterable[tuple[str, date, date]], known: Mapping[str, tuple[date, date]]) -> SchoolTerms:
    """Gather holidays given as zone, first day off and day classes resume."""
    found: dict[str, list[tuple[date, date]]] = {}
    for zone, first, resumes in rows:
        found.setdefault(zone, []).append((first, resumes - timedelta(days=1)))
    return SchoolTerms({zone: tuple(sorted(its)) for zone, its in found.items()}, dict(known))
