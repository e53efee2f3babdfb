"""Single values as sources write them: dates, numbers, codes, coordinates, lists.

Each function returns a value, or a :class:`Repaired` one with what was put right, or raises
:class:`BadValueError` with the reason in French. None of them is ever given a blank.
"""

import datetime as dt
import json
import re
from typing import Any, NamedTuple

from geo_integration.sources.rows import Cell, normalise

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "janvier janv jan",
            "fevrier fevr fev",
            "mars",
            "avril avr",
            "mai",
            "juin",
            "juillet juil",
            "aout",
            "septembre sept sep",
            "octobre oct",
            "novembre nov",
            "decembre dec",
        ),
        start=1,
    )
    for name in names.split()
}
_FIRST_YEAR, _LAST_YEAR = 1950, 2100
_FIRST_SERIAL, _LAST_SERIAL = 18264, 73415  # 1950 and 2100 as days since 1899-12-30, as spreadsheets count
_MAX_NUMBER = 1e15
_MASKED = re.compile(r"(<|≤|moins de|inf[ée]rieur [àa])\s*\d+|s\.?|ss|secret( stat\w*)?|n\.?\s*d\.?|n/d|c|\*+|x+")
_TRUE = {"oui", "o", "vrai", "true", "yes", "y", "x", "1", "ok"}
_FALSE = {"non", "n", "faux", "false", "no", "0"}


class BadValueError(ValueError):
    """A value that cannot be read; the message is the reason, in French."""


class Repaired[T](NamedTuple):
    """A value put right, and how."""

    value: T
    reason: str


def text(value: Cell) -> str:
    """Return the value as text: 59260 for 59260.0, ISO 8601 for dates, ``;`` between list items."""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return ";".join(text(item) for item in value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value).strip()


def date(value: Cell) -> str | Repaired[str]:
    """Return AAAA-MM-JJ from AAAA-MM-JJ, JJ/MM/AAAA, AAAAMMJJ, « 12 mars 2026 », a datetime or a spreadsheet serial."""
    if isinstance(value, dt.datetime | dt.date):
        return _iso(value.year, value.month, value.day)
    if isinstance(value, int | float) and not isinstance(value, bool) and _FIRST_SERIAL <= value <= _LAST_SERIAL:
        return (dt.date(1899, 12, 30) + dt.timedelta(days=int(value))).isoformat()
    return _date_text(text(value))


def _date_text(raw: str) -> str | Repaired[str]:
    found = re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?", raw, re.ASCII)
    found = found or re.fullmatch(r"(\d{4})(\d{2})(\d{2})", raw, re.ASCII)
    if found:
        return _iso(int(found[1]), int(found[2]), int(found[3]))
    if found := re.fullmatch(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})(?:[T ].*)?", raw, re.ASCII):
        return _french_date(int(found[1]), int(found[2]), found[3])
    found = re.fullmatch(r"(?:[a-z]+ )?(\d{1,2})(?:er)? ([a-z]+) (\d{4})", normalise(raw))
    if found and found[2] in _MONTHS:
        return _iso(int(found[3]), _MONTHS[found[2]], int(found[1]))
    if raw.isascii() and raw.isdecimal() and _FIRST_SERIAL <= int(raw) <= _LAST_SERIAL:
        day = dt.date(1899, 12, 30) + dt.timedelta(days=int(raw))
        return Repaired(day.isoformat(), f"nombre de jours d'un tableur, lu {day.isoformat()}")
    raise BadValueError("date illisible (attendu AAAA-MM-JJ ou JJ/MM/AAAA)")


def date_or_year(value: Cell) -> str | Repaired[str]:
    """Return a date; a year alone stands for its last day."""
    if re.fullmatch(r"(19|20)\d{2}", text(value), re.ASCII):
        return Repaired(f"{text(value)}-12-31", "année seule : comptée au 31 décembre")
    return date(value)


def year(value: Cell) -> int:
    """Return a year, from a year or a date."""
    raw = text(value)
    return int(raw) if re.fullmatch(r"(19|20)\d{2}", raw, re.ASCII) else int(str(_plain(date(value)))[:4])


def _plain(value: str | Repaired[str]) -> str:
    return str(value.value) if isinstance(value, Repaired) else value


def _french_date(day: int, month: int, year: str) -> str | Repaired[str]:
    if len(year) == 4:  # noqa: PLR2004 -- a year
        return _iso(int(year), month, day)
    iso = _iso(2000 + int(year), month, day)
    return Repaired(iso, f"année sur deux chiffres, lue {iso[:4]}")


def _iso(year: int, month: int, day: int) -> str:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise BadValueError(f"date impossible : année {year}")
    try:
        return dt.date(year, month, day).isoformat()
    except ValueError:
        raise BadValueError(f"date impossible : {day:02}/{month:02}/{year}") from None


def number(value: Cell) -> float:
    """Return a number from 1234.5, « 1 234,5 » or « 12 % » (12.0: the sign is only dropped)."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        result = float(value)
    else:
        digits = re.sub(r"[\s\u00a0\u202f]|%$|€$", "", text(value))
        if "," in digits and "." in digits:
            digits = digits.replace(".", "")
        if not re.fullmatch(r"[+-]?\d+([.,]\d+)?", digits):
            raise BadValueError("nombre illisible")
        result = float(digits.replace(",", "."))
    if not abs(result) < _MAX_NUMBER:
        raise BadValueError("nombre démesuré")
    return result


def integer(value: Cell) -> int:
    """Return a whole number; « 1.234 » and « 1,234 » are refused: thousands or decimals, nobody knows."""
    if isinstance(value, str) and re.fullmatch(r"[+-]?\d{1,3}[.,]\d{3}", value):
        raise BadValueError("nombre ambigu : milliers ou décimales ?")
    if isinstance(value, str) and value.endswith("%"):
        raise BadValueError("pourcentage au lieu d'un nombre entier")
    result = number(value)
    if not result.is_integer():
        raise BadValueError("nombre entier attendu")
    return int(result)


def count(value: Cell) -> int:
    """Return a whole number that is not negative."""
    result = integer(value)
    if result < 0:
        raise BadValueError("nombre négatif")
    return result


def masked_count(value: Cell) -> int | None:
    """Return a count; None where the source masks it: « <5 », s, nd, *** (secret statistique is not zero)."""
    if isinstance(value, str) and _MASKED.fullmatch(value.strip().casefold()):
        return None
    return count(value)


def hours(value: Cell) -> float:
    """Return hours from 3, « 3,5 », « 3 h » or « 3h30 »; never negative."""
    if found := re.fullmatch(r"(\d+)\s*h(?:eures?)?\s*(\d{2})?", text(value).casefold()):
        return int(found[1]) + int(found[2] or 0) / 60
    result = number(value)
    if result < 0:
        raise BadValueError("durée négative")
    return result


def boolean(value: Cell) -> bool:
    """Return True for oui, vrai, x, 1…; False for non, faux, 0…."""
    if isinstance(value, bool):
        return value
    word = normalise(text(value))
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise BadValueError("oui ou non attendu")


def items(value: Cell) -> tuple[str, ...]:
    """Return the items of a list: a JSON list, ``["a", "b"]``, ``{a,b}``, or a text cut at ``; , |`` or lines."""
    if isinstance(value, list | tuple | set | frozenset):
        parts = [text(item) for item in value if item is not None]
    else:
        raw = text(value)
        if found := re.fullmatch(r"[\[{](.*)[\]}]", raw, re.DOTALL):
            raw = found[1]
        parts = [part.strip().strip("'\"") for part in re.split(r"[;,|\n]", raw)]
    return tuple(dict.fromkeys(part for part in parts if part))


def phone(value: Cell) -> str | Repaired[str]:
    """Return a telephone as « 03 20 00 00 00 », a short number as it is, a foreign one as +32…."""
    raw = text(value)
    numbers = [_phone(part) for part in re.split(r"\s*(?:/|;|,|\bou\b|\n)\s*", raw) if part]
    if not numbers:
        raise BadValueError("téléphone illisible")
    joined = " / ".join(str(one.value if isinstance(one, Repaired) else one) for one in numbers)
    repairs = [one.reason for one in numbers if isinstance(one, Repaired)]
    return Repaired(joined, repairs[0]) if repairs else joined


def _phone(raw: str) -> str | Repaired[str]:
    digits = re.sub(r"[^\d+]", "", raw.replace("(0)", ""))
    if found := re.fullmatch(r"(?:\+33|0033)(\d{9})", digits):
        digits = "0" + found[1]
    if re.fullmatch(r"0[1-9]\d{8}", digits):
        return " ".join(digits[i : i + 2] for i in range(0, 10, 2))
    if re.fullmatch(r"\d{3,4}|\+[1-9]\d{7,14}", digits):
        return digits
    if re.fullmatch(r"[1-9]\d{8}", digits):
        return Repaired(str(_phone("0" + digits)), "zéro initial rétabli (perdu dans un tableur)")
    raise BadValueError("téléphone illisible")


def email(value: Cell) -> str:
    """Return an e-mail address, in lower case."""
    raw = text(value).removeprefix("mailto:").casefold()
    if not re.fullmatch(r"[^@\s,;<>]+@[^@\s,;<>]+\.[a-z]{2,}", raw):
        raise BadValueError("adresse électronique illisible")
    return raw


def url(value: Cell) -> str | Repaired[str]:
    """Return a web address with http or https; nothing else, least of all ``javascript:``."""
    raw = text(value)
    if re.fullmatch(r"https?://[^\s<>\"']+", raw, re.IGNORECASE):
        return raw
    if re.fullmatch(r"(www\.)?[\w-]+(\.[\w-]+)*\.[a-z]{2,}(/[^\s<>\"']*)?", raw, re.IGNORECASE):
        return Repaired(f"https://{raw}", "adresse complétée par https://")
    raise BadValueError("adresse web illisible")


def record_text(value: Any) -> str:  # noqa: ANN401 -- any cell
    """Return a text on one line."""
    return re.sub(r"\s+", " ", text(value))
