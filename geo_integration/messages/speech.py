"""What is said in one language: messages, numbers, times, days.

Numbers of a sentence are written in the language's own digits (CLDR's default numbering). What a person compares
with a sign, a ticket or a phone (clock times, telephone numbers, lines, postcodes, prices) stays in Latin digits.

Words of time and length are messages of our catalogues, not CLDR's units: Babel 2.18 has no "minutes" in Persian
("35 duration-minute") and no "hours" in Pashto ("2 h"). Nor are CLDR's stand-alone weekdays used: reading Pashto
first leaves Pashto days in every language.
"""

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from gettext import NullTranslations

from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal

from geo_integration.messages.catalogue import French, translations
from geo_integration.messages.languages import FRENCH, Language, language

_HOUR, _DAY_SECONDS = 60, 86_400
_KM, _METRES_STEP = 1000, 10
_FAR_KM = 10
_EPSILON = 1e-6
"""Minutes this close above a whole one are that one: they come from sums of floats."""
_OPEN, _CLOSE = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
_PLAIN_NUMBER = re.compile(r"[\d:.,\N{ARABIC DECIMAL SEPARATOR}\N{ARABIC THOUSANDS SEPARATOR}]*")
_DIGITS = {"latn": "0123456789", "arab": "٠١٢٣٤٥٦٧٨٩", "arabext": "۰۱۲۳۴۵۶۷۸۹"}
"""Babel writes a numbering system's separators, and leaves Latin digits between them."""
_CLOCK = re.compile(r"(\d{1,2}):([0-5]\d)(?::[0-5]\d)?")


def N_(message: str) -> str:  # noqa: N802 -- the name gettext's tools know
    """Mark a constant for extraction; it is translated where it is said."""
    return message


WEEKDAYS = {
    "mon": N_("lundi"),
    "tue": N_("mardi"),
    "wed": N_("mercredi"),
    "thu": N_("jeudi"),
    "fri": N_("vendredi"),
    "sat": N_("samedi"),
    "sun": N_("dimanche"),
}


class Speech:
    """One language, ready to speak.

    ``gettext`` and ``ngettext`` are what Jinja's i18n extension asks for.
    """

    def __init__(self, spoken: Language, catalogue: NullTranslations) -> None:
        self.language = spoken
        self.gettext = catalogue.gettext
        self.ngettext = catalogue.ngettext
        self._digits = str.maketrans(_DIGITS["latn"], _DIGITS[spoken.locale.default_numbering_system])

    def say(self, message: str, **values: object) -> str:
        """Return ``message`` in this language, its ``%(name)s`` filled; a per cent sign is written ``%%``."""
        return self.gettext(message) % self._isolated_values(values)

    def say_n(self, one: str, many: str, count: int, **values: object) -> str:
        """Return the form for ``count``; ``%(count)s`` is ``count`` in the language's digits."""
        filled = {"count": self.number(count), **self._isolated_values(values)}
        return self.ngettext(one, many, count) % filled

    def isolated(self, text: str) -> str:
        """Return ``text`` so that it keeps its own direction inside a sentence of this language.

        In Arabic, Persian and Pashto a bare "06 12 34 56 78" would be shown from its last pair to its first.
        """
        if self.language.direction == "ltr" or _PLAIN_NUMBER.fullmatch(text) or text.startswith(_OPEN):
            return text
        if any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in text):
            return text
        return f"{_OPEN}{text}{_CLOSE}"

    def number(self, value: float, digits: int = 0) -> str:
        """Return a number in the language's digits, with at most ``digits`` decimals; ValueError if not finite."""
        return self._written(value, "#,##0" + ("." + "#" * digits if digits else ""))

    def minutes(self, minutes: float) -> str:
        """Return a length of time, rounded up to the minute: "35 minutes", "1 h 10"; ValueError if not finite."""
        hours, rest = divmod(math.ceil(_finite(minutes) - _EPSILON), _HOUR)
        if hours == 0:
            return self._minutes(rest)
        if self.language == FRENCH:
            return f"{self.number(hours)} h {rest:02d}" if rest else f"{self.number(hours)} h"
        said = self.say_n("%(count)s heure", "%(count)s heures", hours)
        return self.say("%(hours)s et %(minutes)s", hours=said, minutes=self._minutes(rest)) if rest else said

    def distance(self, metres: float) -> str:
        """Return a distance: "800 m" (to 10 m), "3,4 km" (to 100 m), "12 km"; ValueError if not finite."""
        rounded = round(_finite(metres) / _METRES_STEP) * _METRES_STEP
        if rounded < _KM:
            return self.say("%(count)s m", count=self.number(rounded))
        kilometres = metres / _KM
        return self.say("%(count)s km", count=self.number(kilometres, 0 if round(kilometres, 1) >= _FAR_KM else 1))

    def clock(self, hhmm_or_seconds: str | int) -> str:
        """Return "20:10" in Latin digits, from "20:10", "20:10:00" or seconds since midnight.

        Timetables count on after midnight ("25:10"): the hour shown is the clock's. ValueError for anything else.
        """
        if isinstance(hhmm_or_seconds, str):
            read = _CLOCK.fullmatch(hhmm_or_seconds.strip())
            if read is None:
                raise ValueError(f"not a clock time: {hhmm_or_seconds!r}")
            hours, minutes = int(read[1]), int(read[2])
        else:
            hours, minutes = divmod(hhmm_or_seconds // _HOUR, _HOUR)
        return f"{hours % 24:02d}:{minutes:02d}"

    def day(self, iso: str) -> str:
        """Return "12 mars 2026" from "2026-03-12" (Gregorian, as French administrations date)."""
        date = dt.date.fromisoformat(iso[:10])
        if self.language == FRENCH and date.day == 1:
            return "1er" + self._dated(date, " MMMM y")
        return self._dated(date, "d MMMM y")

    def month(self, iso: str) -> str:
        """Return "mars 2026" from "2026-03" or "2026-03-12"."""
        return self._dated(dt.date.fromisoformat(f"{iso[:7]}-01"), "LLLL y")

    def weekday(self, code: str) -> str:
        """Return "lundi" from "mon"; KeyError for another code."""
        return self.say(WEEKDAYS[code])

    def weekdays(self, codes: Sequence[str]) -> str:
        """Return "lundi et jeudi", in the order of the week, each once."""
        return self.listed([self.weekday(code) for code in WEEKDAYS if code in {*codes}])

    def listed(self, words: Sequence[str]) -> str:
        """Return "a, b et c"; an empty text for no word."""
        return format_list([self.isolated(word) for word in words], style="standard", locale=self.language.locale)

    def _minutes(self, minutes: int) -> str:
        return self.say_n("%(count)s minute", "%(count)s minutes", minutes)

    def _written(self, value: float, pattern: str) -> str:
        locale = self.language.locale
        written = format_decimal(_finite(value), format=pattern, locale=locale, numbering_system="default")
        return written.translate(self._digits)

    def _dated(self, date: dt.date, pattern: str) -> str:
        return format_date(date, pattern, locale=self.language.locale).translate(self._digits)

    def _isolated_values(self, values: dict[str, object]) -> dict[str, object]:
        return {name: self.isolated(value) if isinstance(value, str) else value for name, value in values.items()}


@cache
def speech(code: str) -> Speech:
    """Return the speech of a language, its catalogue read once; :class:`NotFoundError` for any other code."""
    spoken = language(code)
    return Speech(spoken, French() if spoken == FRENCH else translations(code))


def _finite(value: float) -> float:
    """Return ``value``: neither "not known" nor "not reachable" has a number to say."""
    if not math.isfinite(value):
        raise ValueError(f"not a number to say: {value}")
    return value
