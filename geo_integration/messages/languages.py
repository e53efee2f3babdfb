"""The eight languages: their own name, their direction, the CLDR locale that counts and dates for them."""

from dataclasses import dataclass
from typing import Literal

from babel import Locale

from geo_integration.errors import NotFoundError

_MOST_ASKED = 30
"""How many languages of an Accept-Language header are read: browsers send fewer, only an attack sends more."""


@dataclass(frozen=True)
class Language:
    """One language of the finder.

    Attributes
    ----------
    code : ISO 639-1 code, as in the addresses and in ``lang``.
    name : the language's name in itself.
    direction : the way it is written.
    locale : whose numbers, months and lists are used.
    reviewed : whether a native speaker has read the whole catalogue (docs/languages.md).
    """

    code: str
    name: str
    direction: Literal["ltr", "rtl"]
    locale: Locale
    reviewed: bool


LANGUAGES: tuple[Language, ...] = (
    Language("fr", "Français", "ltr", Locale("fr", "FR"), reviewed=True),
    # Days before months, as on every French paper.
    Language("en", "English", "ltr", Locale("en", "GB"), reviewed=False),
    Language("ar", "العربية", "rtl", Locale("ar"), reviewed=False),
    Language("ps", "پښتو", "rtl", Locale("ps"), reviewed=False),
    # Most who read it in France come from Afghanistan: Dari's names of the Gregorian months (جنوری, not ژانویه).
    Language("fa", "دری / فارسی", "rtl", Locale("fa", "AF"), reviewed=False),
    # Most come from Eritrea, which counts in the Gregorian calendar.
    Language("ti", "ትግርኛ", "ltr", Locale("ti", "ER"), reviewed=False),
    Language("ru", "Русский", "ltr", Locale("ru"), reviewed=False),
    Language("uk", "Українська", "ltr", Locale("uk"), reviewed=False),
)
"""In the order in which the first page offers them."""
FRENCH = LANGUAGES[0]
_BY_CODE = {one.code: one for one in LANGUAGES}
_SAME = {"prs": "fa", "pus": "ps", "tir": "ti"}
"""Codes some phones send: Dari, and the three-letter codes of Pashto and Tigrinya."""


def language(code: str) -> Language:
    """Return the language of ``code``; :class:`NotFoundError` for any other word."""
    found = _BY_CODE.get(code)
    if found is None:
        raise NotFoundError(
            f"La langue « {code} » n'est pas proposée.", way_out=f"Langues proposées : {', '.join(_BY_CODE)}."
        )
    return found


def negotiated(accept_language: str) -> Language:
    """Return the language a browser likes best among ours, by its Accept-Language; French where it names none."""
    asked = [_weighed(part) for part in accept_language.split(",", _MOST_ASKED)[:_MOST_ASKED]]
    for tag, weight in sorted(asked, key=lambda one: -one[1]):  # sorted is stable: the first named wins a tie
        primary = tag.partition("-")[0].lower()
        found = _BY_CODE.get(_SAME.get(primary, primary))
        if found is not None and weight > 0:
            return found
    return FRENCH


def _weighed(part: str) -> tuple[str, float]:
    """Return the tag and the quality (RFC 9110, 12.4.2) of ``fa-AF;q=0.8``; an unreadable quality is none."""
    tag, _, parameter = part.strip().partition(";")
    name, _, quality = parameter.strip().partition("=")
    if name.strip().lower() != "q":
        return tag.strip(), 1.0
    try:
        weight = float(quality)
    except ValueError:
        return tag.strip(), 0.0
    return tag.strip(), weight if 0 <= weight <= 1 else 0.0
