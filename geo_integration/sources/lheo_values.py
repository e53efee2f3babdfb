"""Read one value of an LHEO element: a function returns it, None when it is not stated, or raises ValueError.

The reason carried by the ValueError is in French: it goes to the import report as it is.
"""

import html
import re
from datetime import date
from typing import Final

from geo_integration.sources.lheo_tables import FRENCH_BOXES

_FIRST_YEAR, _LAST_YEAR, _OPEN_ENDED_YEAR = 1990, 2060, 2090
_MOST_HOURS, _MOST_PLACES = 10_000, 10_000
_MOST_WEEKLY_HOURS = 60
_NO_DATE: Final = frozenset({"00000000", "99999999"})

_BREAKS = re.compile(r"<\s*(?:br|/?p|/?div|/?li|/?ul|/?ol|/?tr|/?h[1-6])\b[^<>]*>", re.IGNORECASE)
_TAGS = re.compile(
    r"<\s*/?\s*(?:a|abbr|b|blockquote|center|code|em|font|hr|i|img|label|small|span|strong|sub|sup|table|tbody|td"
    r"|th|thead|u|style|script|iframe|o:p)\b[^<>]*>",
    re.IGNORECASE,
)
_SCRIPTS = re.compile(r"<\s*(script|style)\b.*?<\s*/\s*\1\s*>", re.IGNORECASE | re.DOTALL)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\ufeff]")
_WEEKLY = re.compile(
    r"(?<![\d,.])(\d{1,2}(?:[,.]\d{1,2})?)\s*(?:h|heures?)\s*(?:/|par|de cours par|à la)?\s*"
    r"(?:semaine|sem\b|hebdo\w*)",
    re.IGNORECASE,
)


def plain_text(value: str) -> str:
    """Return a text without its HTML (escaped once or twice), one paragraph a line."""
    for _ in range(2):
        value = _SCRIPTS.sub(" ", value)
        value = _TAGS.sub("", _BREAKS.sub("\n", value))
        unescaped = html.unescape(value)
        if unescaped == value:
            break
        value = unescaped
    lines = (" ".join(line.split()) for line in _CONTROLS.sub("", value).replace("\xa0", " ").splitlines())
    return "\n".join(line for line in lines if line)


def read_date(value: str) -> str | None:
    """Return an AAAAMMJJ date in ISO 8601; 00000000 and 99999999 mean that it is not stated."""
    if value in _NO_DATE:
        return None
    if not re.fullmatch(r"\d{8}", value):
        raise ValueError("date AAAAMMJJ attendue (8 chiffres)")
    year, month, day = int(value[:4]), int(value[4:6]), int(value[6:])
    if year >= _OPEN_ENDED_YEAR:
        raise ValueError("année conventionnelle (« sans fin ») : lue comme une date non précisée")
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise ValueError(f"année hors de {_FIRST_YEAR}-{_LAST_YEAR}")
    if month in {0, 99} or day in {0, 99}:
        raise ValueError("date incomplète : le jour ou le mois n'est pas précisé")
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        raise ValueError("cette date n'existe pas dans le calendrier") from None


def _number(value: str, most: float, unit: str) -> float:
    try:
        number = float(value.replace(",", ".").replace(" ", ""))
    except ValueError:
        raise ValueError(f"nombre attendu ({unit})") from None
    if not 0 <= number <= most:
        raise ValueError(f"hors de 0-{most:g} {unit}")
    return number


def read_hours(value: str) -> float | None:
    """Return a number of hours; 0 means that it is not stated."""
    return _number(value, _MOST_HOURS, "heures") or None


def read_places(value: str) -> int | None:
    """Return a whole number of places."""
    number = _number(value, _MOST_PLACES, "places")
    if number != int(number):
        raise ValueError("nombre entier attendu (places)")
    return int(number)


def read_weekly_hours(text: str | None) -> float | None:
    """Return the hours a week that a text states, when it states one figure only."""
    found = {float(match.replace(",", ".")) for match in _WEEKLY.findall(text or "")}
    hours = found.pop() if len(found) == 1 else None
    return hours if hours is not None and 0 < hours <= _MOST_WEEKLY_HOURS else None


def read_postcode(value: str) -> str:
    """Return a postcode of 5 digits."""
    if not re.fullmatch(r"\d{5}", value):
        raise ValueError("code postal de 5 chiffres attendu")
    return value


def read_commune_code(value: str) -> str:
    """Return an INSEE code of a commune."""
    if not re.fullmatch(r"(?:\d\d|2[AB])\d{3}", value):
        raise ValueError("code INSEE de 5 caractères attendu")
    return value


def read_siret(value: str) -> str | None:
    """Return a SIRET of 14 digits; a row of zeros means that it is not stated."""
    digits = value.replace(" ", "")
    if not re.fullmatch(r"\d{14}", digits):
        raise ValueError("SIRET de 14 chiffres attendu")
    return digits if digits.strip("0") else None


def read_uai(value: str) -> str:
    """Return a UAI code: 7 digits and a letter."""
    if not re.fullmatch(r"\d{7}[A-Z]", value.upper()):
        raise ValueError("code UAI attendu (7 chiffres et une lettre)")
    return value.upper()


def read_code(value: str) -> str:
    """Return a FORMACODE code of 5 digits."""
    if not re.fullmatch(r"\d{5}", value):
        raise ValueError("code FORMACODE de 5 chiffres attendu")
    return value


def read_degrees(value: str) -> float:
    """Return a latitude or a longitude, decimal point or comma."""
    try:
        degrees = float(value.replace(",", "."))
    except ValueError:
        raise ValueError("degrés décimaux attendus") from None
    if not -180 <= degrees <= 180:  # noqa: PLR2004 -- degrees of a circle; refuses NaN too
        raise ValueError("degrés hors de -180-180")
    return degrees


def in_france(longitude: float, latitude: float) -> bool:
    """Say whether a point lies in the bounding box of a French territory, overseas included."""
    return any(west <= longitude <= east and south <= latitude <= north for _, west, south, east, north in FRENCH_BOXES)


def departement_of(code: str) -> str:
    """Return the département that a postcode or an INSEE code begins with, on the postcodes' terms."""
    if code[:2] in {"2A", "2B"}:
        return "20"  # postcodes of Corsica begin with 20
    if code[:3] in {"977", "978"}:
        return "971"  # Saint-Barthélemy and Saint-Martin keep postcodes of Guadeloupe
    return code[:3] if code[:2] in {"97", "98"} else code[:2]
