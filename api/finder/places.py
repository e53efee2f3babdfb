"""Where somebody is, from what they typed: settled, or a choice between communes, or nothing, kindly."""

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from api.finder.asked import HERE
from api.service import Service
from geo_integration import territories
from geo_integration.errors import GeoIntegrationError
from geo_integration.search import areas

_CHOICES = 40
"""Communes looked at: no postcode has more."""
_SHOWN = 12
_EXACT = 0.999
_SPACED = re.compile(r"\b([0-9]{2}) ([0-9]{3})\b")
_POSTCODE = re.compile(r"\b[0-9]{5}\b")
_LAST = re.compile(r"(.*[^0-9(, ])[(, ]+([0-9]{5})\)?")


@dataclass(frozen=True)
class Settled:
    """A place that is known.

    Attributes
    ----------
    place : for addresses: ``commune:CODE``, ``ici``, or an address as typed.
    label : of the commune: "Arras"; the address as typed; empty for the device's position.
    about : what tells it from others of that name: its postcode and département; empty but for a commune.
    said : what was typed, where it was understood as another name; else empty.
    """

    place: str
    label: str = ""
    about: str = ""
    said: str = ""

    @property
    def code(self) -> str | None:
        """Return the code of the commune; None for another place."""
        prefix, _, code = self.place.partition(":")
        return code if prefix == "commune" and code else None


@dataclass(frozen=True)
class Unsettled:
    """Communes that may be meant, likeliest first; none where nothing is called so."""

    choices: tuple[Settled, ...] = ()


def settled(text: str, service: Service) -> Settled | None:
    """Return the place an address names, where it is settled; None where it must be asked (again)."""
    found = settle(text, service)
    return found if isinstance(found, Settled) and not found.said else None


def settle(text: str, service: Service) -> Settled | Unsettled:
    """Return where somebody is who typed this; never raises."""
    if not text:
        return Unsettled()
    if text == HERE:
        return Settled(HERE)
    tidied = tidy(text)
    try:
        code = service.finder.origin(place=tidied).commune_code
    except GeoIntegrationError:
        found = _address(text, service) or _choices(tidied)
        # A postcode of one commune that is also the code of another: people know their postcode, not codes.
        code = found.choices[0].code if isinstance(found, Unsettled) and len(found.choices) == 1 else None
        if code is None:
            return found
    if code is None:
        return Unsettled()
    understood = commune(code)
    return replace(understood, said=text if _corrected(tidied, code) else "")


def tidy(text: str) -> str:
    """Return what was typed as places are looked up: Latin digits, « 62 000 » in one, the postcode first.

    >>> tidy("Arras (62 000)"), tidy("٦٢٠٠٠")
    ('62000 Arras', '62000')
    """
    latin = "".join(str(unicodedata.decimal(one, one)) for one in text)
    joined = _SPACED.sub(r"\1\2", latin)
    last = _LAST.fullmatch(joined)
    return f"{last[2]} {last[1]}" if last and "commune:" not in joined.lower() else joined


@lru_cache(maxsize=4096)
def commune(code: str) -> Settled:
    """Return a commune by its current code, as it is shown; UnknownTerritoryError for none."""
    unit: dict[str, Any] = areas.detail(code)
    departement = next((one["name"] for one in unit["parents"] if one["level"] == "departement"), "")
    postcodes = unit["postcodes"] or []
    shown = [*postcodes[:1], departement]
    return Settled(f"commune:{unit['code']}", unit["name"], ", ".join(one for one in shown if one))


def _corrected(text: str, code: str) -> bool:
    """Say whether what was typed is neither that name nor a postcode of it: that it was understood so must be told."""
    if text.lower().startswith("commune:"):
        return False
    unit = areas.detail(code)
    postcode = _POSTCODE.search(text)
    if postcode is not None and postcode[0] not in unit["postcodes"]:
        return True
    words = territories.normalise(_POSTCODE.sub(" ", text))
    return bool(words) and words != territories.normalise(unit["name"])


def _address(text: str, service: Service) -> Settled | None:
    """Return an address, where a base of addresses knows it; it needs a number and letters to be one."""
    if not service.finder.has_addresses or not any(one.isdigit() for one in text):
        return None
    try:
        service.finder.origin(address=text)
    except GeoIntegrationError:
        return None
    return Settled(text, text)


def _choices(text: str) -> Unsettled:
    if text.lower().startswith("commune:"):
        return Unsettled()  # a code is right or wrong, not nearly right
    found = [one for one in areas.suggested(text, _CHOICES) if one["lon"] is not None]
    exact = [one for one in found if one["score"] >= _EXACT]
    codes = list(dict.fromkeys(str(one["code"]) for one in exact or found[:_SHOWN]))
    if not codes:  # written as it is heard
        codes = list(dict.fromkeys(one.code for one in territories.alike(text, _SHOWN)))
    return Unsettled(tuple(commune(code) for code in codes))
