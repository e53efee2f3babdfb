"""When classes meet, and on which date to look at the timetable."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Self

import pandas as pd

from geo_integration.errors import OptionError
from geo_integration.schema import SEPARATOR

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FRENCH = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")

DEFAULT_DAY, DEFAULT_START, DEFAULT_END = "tue", "09:00", "11:30"
"""What is supposed of a session that does not say: a weekday morning, outside Wednesday, when schools differ."""


_SUPPOSED_SECONDS = 9_000
"""Length of a class whose source says when it begins and not when it ends: that of the supposed one, 2 h 30."""

_LAST_MINUTE = 23 * 3600 + 59 * 60


class HoursBasis(StrEnum):
    """Where the day and the hours of a class come from."""

    STATED = "stated"
    DEFAULT_TIMES = "default_times"
    DEFAULT_DAY = "default_day"
    DEFAULT = "default"


_SUPPOSED = {
    HoursBasis.STATED: "",
    HoursBasis.DEFAULT_TIMES: " (heures supposées)",
    HoursBasis.DEFAULT_DAY: " (jour supposé)",
    HoursBasis.DEFAULT: " (horaire supposé)",
}


@dataclass(frozen=True, order=True)
class Slot:
    """One meeting of a class in the week.

    Attributes
    ----------
    weekday : 0 for Monday to 6 for Sunday.
    start, end : seconds from midnight; the end is after the start, on the same day.
    """

    weekday: int
    start: int
    end: int

    def __post_init__(self) -> None:
        """Refuse what is no meeting."""
        if not (0 <= self.weekday < len(WEEKDAYS) and 0 <= self.start < self.end <= 24 * 3600):
            raise OptionError(
                f"jour {self.weekday}, de {self.start} s à {self.end} s",
                where="horaire de cours",
                way_out="donner un jour de 0 (lundi) à 6 (dimanche), et une fin après le début, le même jour",
            )

    @classmethod
    def parse(cls, weekday: str, start: str, end: str) -> Self:
        """Read ``tue``, ``09:00``, ``11:30``.

        Raises
        ------
        OptionError
            No such day, no such hour, or an end that is not after the start.
        """
        if weekday not in WEEKDAYS:
            raise OptionError(
                f"jour inconnu : « {weekday} »",
                where="horaire de cours",
                way_out=f"valeurs acceptées : {', '.join(WEEKDAYS)}",
            )
        times = [_seconds(text) for text in (start, end)]
        if (problem := _problem(*times)) is not None:
            raise OptionError(
                f"de {start} à {end} : {problem}",
                where="horaire de cours",
                way_out="donner HH:MM, la fin après le début",
            )
        return cls(WEEKDAYS.index(weekday), times[0] or 0, times[1] or 0)

    def label(self, basis: HoursBasis = HoursBasis.STATED) -> str:
        """Say it in French: « mardi 9 h – 11 h 30 (horaire supposé) »."""  # noqa: RUF002
        return f"{_FRENCH[self.weekday]} {hour_text(self.start)} – {hour_text(self.end)}{_SUPPOSED[basis]}"  # noqa: RUF001


DEFAULT_SLOT = Slot(1, 9 * 3600, 11 * 3600 + 30 * 60)


def hour_text(second: int) -> str:
    """Return an hour as one says it in French, to the minute below.

    >>> hour_text(9 * 3600), hour_text(42_300), hour_text(24 * 3600 + 600)
    ('9 h', '11 h 45', '0 h 10 (le lendemain)')
    """
    minutes = second // 60
    days, minutes = divmod(minutes, 24 * 60)
    hours, rest = divmod(minutes, 60)
    after = {0: "", 1: " (le lendemain)", -1: " (la veille)"}[days]
    return (f"{hours} h {rest:02d}" if rest else f"{hours} h") + after


def weekday_of(text: str) -> str:
    """Return ``mon`` … ``sun`` for a day said in French or by its code.

    Raises OptionError for any other word.

    >>> weekday_of("Mardi"), weekday_of("tue")
    ('tue', 'tue')
    """
    word = text.strip().lower()
    for code, name in zip(WEEKDAYS, _FRENCH, strict=True):
        if word in {code, name}:
            return code
    raise OptionError(
        f"jour inconnu : « {text} »",
        where="horaire de cours",
        way_out=f"valeurs acceptées : {', '.join((*_FRENCH, *WEEKDAYS))}",
    )


def slots_of(sessions: pd.DataFrame, site_of_offer: Mapping[str, str]) -> pd.DataFrame:
    """Return when every session meets, one row per session and day.

    A person must come every day: the travel time of a session is the worst of its rows.

    Parameters
    ----------
    sessions : layer SESSIONS; ``session_id``, ``offer_id``, ``days``, ``start_time`` and ``end_time`` are read.
    site_of_offer : where each offer is held; sessions of other offers (remote, place unknown) are left out.

    Returns
    -------
    ``site_id``, ``offer_id``, ``session_id``, ``weekday`` (mon … sun), ``start_time``, ``end_time`` (HH:MM),
    ``hours_basis`` (:class:`HoursBasis`: the session says both, only its days, only its hours, or neither; what
    it does not say is Tuesday 9:00 to 11:30) and ``note`` (French; what the session says and cannot be so, else ""),
    in the order of the sessions, then of the week.
    """
    rows = []
    columns = ("session_id", "offer_id", "days", "start_time", "end_time")
    for session, offer, days, start, end in zip(*(_texts(sessions, name) for name in columns), strict=True):
        if offer not in site_of_offer:
            continue
        found, unknown = _days(days)
        times, wrong = _times(start, end)
        note = " ; ".join(text for text in (unknown, wrong) if text)
        basis = _basis(known_days=bool(found), known_times=times is not None)
        shown = times or (DEFAULT_START, DEFAULT_END)
        rows += [
            (site_of_offer[offer], offer, session, day, *shown, basis.value, note) for day in found or [DEFAULT_DAY]
        ]
    names = ["site_id", "offer_id", "session_id", "weekday", "start_time", "end_time", "hours_basis", "note"]
    return pd.DataFrame({name: pd.Series([row[at] for row in rows], dtype="str") for at, name in enumerate(names)})


def service_date(slot: Slot, week_of: date) -> date:
    """Return the date of a slot's weekday in the ISO week (Monday to Sunday) of a date.

    So a Wednesday class is looked up on a Wednesday, a class of the school holidays in the holidays.
    """
    return week_of + timedelta(days=slot.weekday - week_of.weekday())


def _texts(sessions: pd.DataFrame, name: str) -> list[str]:
    """Return a column as text, "" where null."""
    return ["" if pd.isna(value) else str(value).strip() for value in sessions[name]]


def _days(text: str) -> tuple[list[str], str]:
    """Return the days of a list, in the order of the week, and what is wrong with it."""
    given = [part.strip() for part in text.split(SEPARATOR) if part.strip()]
    unknown = [part for part in given if part not in WEEKDAYS]
    return [day for day in WEEKDAYS if day in given], f"jour illisible : {', '.join(unknown)}" if unknown else ""


def _times(start: str, end: str) -> tuple[tuple[str, str] | None, str]:
    """Return both hours as HH:MM, or None and what is wrong with them."""
    if not start and not end:
        return None, ""
    begins = _seconds(start)
    if begins is not None and not end:
        ends = min(begins + _SUPPOSED_SECONDS, _LAST_MINUTE)
        return (_text(begins), _text(ends)), f"fin du cours non précisée : {_SUPPOSED_SECONDS // 60} minutes supposées"
    seconds = begins, _seconds(end)
    if (problem := _problem(*seconds)) is not None:
        return None, f"heures de « {start or '?'} » à « {end or '?'} » : {problem}"
    hours = [_text(second) for second in seconds if second is not None]
    return (hours[0], hours[1]), ""


def _text(second: int) -> str:
    return f"{second // 3600:02d}:{second // 60 % 60:02d}"


def _problem(start: int | None, end: int | None) -> str | None:
    if start is None or end is None:
        return "heure absente ou impossible"
    return "la fin n'est pas après le début" if end <= start else None


def _seconds(text: str) -> int | None:
    found = _TIME.fullmatch(text)
    return int(found[1]) * 3600 + int(found[2]) * 60 if found else None


def _basis(*, known_days: bool, known_times: bool) -> HoursBasis:
    if known_days:
        return HoursBasis.STATED if known_times else HoursBasis.DEFAULT_TIMES
    return HoursBasis.DEFAULT_DAY if known_times else HoursBasis.DEFAULT
