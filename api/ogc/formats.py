"""Which form an answer takes: what ``f`` says, else what ``Accept`` prefers, else JSON."""

from functools import lru_cache
from typing import Literal

from geo_integration.errors import OptionError

type Format = Literal["json", "html"]

HTML = "text/html"
_ALSO_JSON = {"geojson", "application/json", "application/geo+json"}
_JSON_RANGES = ("application/geo+json", "application/json", "application/schema+json", "application/*", "*/*")
_HTML_RANGES = (HTML, "text/*", "*/*")
_LONGEST = 1_000
"""Characters of an Accept header that are read: no browser sends half as many."""


def format_of(said: str | None, accept: str) -> Format:
    """Return the format asked for; OptionError for an ``f`` that is neither ``json`` nor ``html``."""
    if said is None:
        return preferred(accept[:_LONGEST])
    if said == "html":
        return "html"
    if said == "json" or said in _ALSO_JSON:
        return "json"
    raise OptionError(f"format inconnu : {said[:40]}", where="f", way_out="json ou html")


@lru_cache(maxsize=256)
def preferred(accept: str) -> Format:
    """Return what an ``Accept`` header prefers; JSON for equals, for silence, and for whatever is not served.

    A client that takes neither gets JSON too, as RFC 9110 (12.5.1) allows, for that helps it more than a refusal.
    """
    weights = dict(_weight(one) for one in accept.split(",") if one.strip())
    return "html" if _best(weights, _HTML_RANGES) > _best(weights, _JSON_RANGES) else "json"


def _best(weights: dict[str, float], ranges: tuple[str, ...]) -> float:
    """Return the weight of the most precise range that a client named."""
    named = [weights[one] for one in ranges[:-1] if one in weights]
    return max(named) if named else weights.get(ranges[-1], 0.0)


def _weight(one: str) -> tuple[str, float]:
    media, *parameters = (part.strip().lower() for part in one.split(";"))
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return media, float(parameter[2:])
            except ValueError:
                return media, 0.0
    return media, 1.0
