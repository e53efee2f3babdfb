"""Class hours against the half-days somebody is free in."""

import re
from itertools import product

from geo_integration.coverage.fit import wording as say
from geo_integration.coverage.fit.judges import Verdict
from geo_integration.coverage.learner.profile import WEEKDAYS, Free
from geo_integration.schema import SEPARATOR
from geo_integration.sources.schedule_words import read_schedule
from geo_integration.vocabulary import Fit, HalfDay

NOON, EVENING = 13 * 3600, 18 * 3600
"""Seconds at which the afternoon and the evening begin."""

_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")

type _Time = tuple[int, int | None]
"""Start and end of a class, seconds of the day; None: the end is not known."""


def half_days(start: int, end: int | None) -> frozenset[HalfDay]:
    """Return the half-days a class asks for; with no end known, the one it starts in."""
    last = start + 1 if end is None else end
    bounds = ((HalfDay.MORNING, 0, NOON), (HalfDay.AFTERNOON, NOON, EVENING), (HalfDay.EVENING, EVENING, 48 * 3600))
    return frozenset(half for half, opens, closes in bounds if start < closes and last > opens)


def judge_hours(
    free: Free, days: str | None, start: str | None, end: str | None, schedule: str | None = None
) -> Verdict:
    """Say whether somebody is free at every meeting of a session.

    Days and hours are those the source gives as such, else those its words plainly say
    (:func:`geo_integration.sources.schedule_words.read_schedule`). Where one of them is missing, a meeting that no
    day or no hour could save does not fit; anything else is unknown.
    """
    meets = [day for day in WEEKDAYS if days and day in days.split(SEPARATOR)]
    times = _times(start, end)
    if not (meets and times) and schedule and (read := read_schedule(schedule)):
        meets, times = list(read.days), list(read.times)
    for day, (begins, ends) in product(meets, times):
        for half in sorted(half_days(begins, ends), key=list(HalfDay).index):
            if (day, half) not in free:
                return Fit.DOES_NOT_FIT, _busy(f"{say.DAYS_FR[day]} {say.half_day_text(half)}", begins, ends)
    if meets and times:
        if any(ends is None for _, ends in times):
            return Fit.UNKNOWN, "l'heure de fin n'est pas précisée"
        return Fit.FITS, f"{say.listed((say.DAYS_FR[day] for day in meets), 'et')}, {_hours(times)}"
    return _half_told(free, meets, times, schedule)


def _half_told(free: Free, meets: list[str], times: list[_Time], schedule: str | None) -> Verdict:
    """Judge a session that says its days, or its hours, or neither."""
    lost = next((day for day in meets if not any(day == one for one, _ in free)), None)
    if lost is not None:
        return Fit.DOES_NOT_FIT, f"cours le {say.DAYS_FR[lost]} : jour non libre"
    halves = {half for begins, ends in times for half in half_days(begins, ends)}
    if halves and not any(all((day, half) in free for half in halves) for day in WEEKDAYS):
        return Fit.DOES_NOT_FIT, f"cours à {_hours(times)} : libre aucun jour à ces heures"
    missing = "le jour" if not meets else "l'heure"
    told = "ni le jour ni l'heure ne sont précisés" if not meets and not times else f"{missing} n'est pas précisé"
    if missing == "l'heure" and meets:
        told += "e"
    return Fit.UNKNOWN, f"{told} ({say.quoted(schedule)})" if schedule else told


def _busy(when: str, begins: int, ends: int | None) -> str:
    return f"cours le {when} ({say.times_text(begins, ends)}) : demi-journée non libre"


def _hours(times: list[_Time]) -> str:
    return say.listed((say.times_text(begins, ends) for begins, ends in times), "et")


def _times(start: str | None, end: str | None) -> list[_Time]:
    """Return the hours stated; none where the start is, or where the end is not after it."""
    begins, ends = _seconds(start), _seconds(end)
    if begins is None or (end is not None and (ends is None or ends <= begins)):
        return []
    return [(begins, ends)]


def _seconds(text: str | None) -> int | None:
    found = _TIME.fullmatch(text.strip()) if text else None
    return int(found[1]) * 3600 + int(found[2]) * 60 if found else None
