"""Days and hours of a class, read in the words of its source: « Du lundi au jeudi de 9h à 12h ».

Only a plain sentence is read. A wrong hour sends somebody to a closed door, or counts a bus that is gone: what may
mean two things stays unknown, and whoever asks is shown the words.
"""

import re
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from geo_integration.sources.fields_french import DAYS
from geo_integration.sources.lheo_values import read_weekly_hours
from geo_integration.text import fold

WORDS: Final = "h_words"
"""Rule: one range of hours, the same on each day."""
PAUSE: Final = "h_words_pause"
"""Rule: two ranges a day, and the weekly hours say that a learner comes to both; from the first hour to the last."""
DAYS_ONLY: Final = "h_words_days"
"""Rule: two ranges a day, which may be two groups: only the days are sure."""

_DAY = r"(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)s?"
_HOUR = r"(?:[01]?\d|2[0-3]) ?(?:h(?:eures?)?|:) ?(?:[0-5]\d)?"
_RANGE = rf"(?:de )?{_HOUR} ?(?:a|-|\u2013) ?{_HOUR}"
_LIST = rf"{_DAY}(?:(?:, | et | et le | et les ){_DAY})*"
_DAYS = rf"(?:(?:le|les|tous les|chaque) )?(?P<days>(?:du )?{_DAY} au {_DAY}|{_LIST})"
_TIMES = rf"(?P<times>{_RANGE}(?: et {_RANGE})?)"
_REST = r"(?P<rest>$|[,;.(\u2014].*| \u2014.*)"
_SENTENCES = (
    re.compile(rf"{_DAYS}(?: (?P<part>matin|apres-midi|soir)s?)?(?:,| :)? {_TIMES}{_REST}"),
    re.compile(rf"{_TIMES},? {_DAYS}{_REST}"),
)
_ANY_DAY, _ANY_RANGE = re.compile(_DAY), re.compile(_RANGE)
_CLOCK = re.compile(r"(\d{1,2}) ?(?:h(?:eures?)?|:) ?([0-5]\d)?")

_COUNT = r"(?:\d+|une?|deux|trois|quatre|cinq)"
_DOUBT = re.compile(
    r"\b(?:ou|sauf|selon|environ|puis|exemple|ex|parfois|certain(?:e?s)?|groupes?|variables?|varie\w*|choix|carte)\b"
    r"|\b(?:altern|eventuel|possib|previsionnel|indicati|susceptib|modifi|modul|adapt|flexib|souple|individualis"
    r"|personnalis|a (?:confirmer|definir|preciser|fixer|convenir))"
    r"|\b(?:sur (?:deux|trois|2|3)|quinzaine|tous les (?:15|quinze)|semaines? ?(?:paire|impaire|[ab]\b|/|\d))"
    r"|\b(?:matin|soir|apres-midi|midi|journee)"
    r"|\b(?:rendez-vous|rdv|permanences?|accueil|inscriptions?|secretariat|renseignements?|positionnement|tests?)\b"
    rf"|\b{_COUNT} (?:fois|jours?|seances?|cours|ateliers?|demi-journees?)(?: de [\dh ]+)? ?(?:par|/|a la|chaque|hebdo)"
    r"|\b(?:a|des|vers|apres|avant|partir de) \d{1,2} ?h"
)
"""Words beside the days and hours that may change them, or say that they are not those of the class."""

_EARLIEST: Final = 7 * 3600
"""Seconds: « de 1h à 2h » is how long, not when."""
_PARTS: Final = {"matin": (0, 14 * 3600), "apres-midi": (12 * 3600, 20 * 3600), "soir": (16 * 3600, 24 * 3600)}


class Meeting(NamedTuple):
    """Days on which a class meets, and its hours on each of them, in seconds of the day."""

    days: tuple[str, ...]
    times: tuple[tuple[int, int], ...]


class Hours(NamedTuple):
    """What the columns of a session say of its days and hours; HH:MM, null where not known.

    ``rule`` is null where the source states them, or where nothing is known.
    """

    days: tuple[str, ...] = ()
    start_time: str | None = None
    end_time: str | None = None
    rule: str | None = None

    @property
    def stated(self) -> bool:
        """Whether the source itself says something of them, apart from its sentences."""
        return self.rule is None and bool(self.days or self.start_time or self.end_time)


@lru_cache(maxsize=16_384)
def read_schedule(text: str) -> Meeting | None:
    """Read « Lundi, mardi et jeudi de 9h à 12h et de 14h à 16h, 6h par semaine »; None for anything less plain."""
    words = " ".join(fold(text).split())
    found = next((match for one in _SENTENCES if (match := one.fullmatch(words))), None)
    if found is None or any(doubt.search(found["rest"]) for doubt in (_DOUBT, _ANY_DAY, _ANY_RANGE)):
        return None
    days = tuple(_ordered(found["days"]))
    times = tuple(_seconds(one) for one in _ANY_RANGE.findall(found["times"]))
    bounds = [second for one in times for second in one]
    if not days or bounds[0] < _EARLIEST or any(one >= other for one, other in pairwise(bounds)):
        return None
    opens, closes = _PARTS.get(found.groupdict().get("part") or "", (0, 24 * 3600))
    return Meeting(days, times) if opens <= bounds[0] and bounds[-1] <= closes else None


def read_hours(text: str | None, weekly_hours: float | None = None) -> Hours:
    """Return the days and hours that the words of a session plainly say, as its columns can hold them.

    Parameters
    ----------
    text : the words of the source.
    weekly_hours : hours a week that the source states; without them, those its words state. Where they differ from
        days times hours by one meeting or more, people do not come to all of it and nothing is read: « du lundi au
        vendredi de 9h à 12h, 3h par semaine » is one morning, and nobody knows which.

    Returns
    -------
    Two ranges a day (« de 9h à 12h et de 14h à 16h ») are one class with a pause where the weekly hours say so, from
    the first hour to the last; else they may be two groups, and only the days are told.
    """
    meeting = read_schedule(text) if text else None
    if meeting is None:
        return Hours()
    weekly = read_weekly_hours(text) if weekly_hours is None else weekly_hours
    lengths = [(end - start) / 3600 for start, end in meeting.times]
    if weekly is not None and abs(len(meeting.days) * sum(lengths) - weekly) >= min(lengths):
        return Hours()
    if len(lengths) > 1 and weekly is None:
        return Hours(meeting.days, rule=DAYS_ONLY)
    start, end = _clock(meeting.times[0][0]), _clock(meeting.times[-1][1])
    return Hours(meeting.days, start, end, WORDS if len(lengths) == 1 else PAUSE)


def _ordered(text: str) -> list[str]:
    at = [_FRENCH.index(name.rstrip("s")) for name in _ANY_DAY.findall(text)]
    if " au " in text:
        at = list(range(at[0], at[1] + 1))
    return [DAYS[day] for day in sorted(set(at))]


_FRENCH: Final = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


def _seconds(text: str) -> tuple[int, int]:
    start, end = (int(hour) * 3600 + int(minute or 0) * 60 for hour, minute in _CLOCK.findall(text))
    return start, end


def _clock(second: int) -> str:
    return f"{second // 3600:02d}:{second // 60 % 60:02d}"
