"""Numbers and short texts in French, for the page."""

import math
import re

NARROW_SPACE = "\u202f"
ABSENT = "—"
WITHHELD = "masqué"


def whole(value: float | None) -> str:
    """Return ``12345.6`` as ``12 346``; a dash where unknown."""
    if _unknown(value):
        return ABSENT
    return f"{value:,.0f}".replace(",", NARROW_SPACE)


def people(value: float | None) -> str:
    """Return a number of people: whole, and « moins de 1 » rather than a misleading 0."""
    if value is not None and 0 < value < 0.5:  # noqa: PLR2004 -- would round to 0
        return "moins de 1"
    return whole(value)


def minutes(value: float | None) -> str:
    """Return minutes rounded up, so that 45.2 never reads as within 45."""
    return ABSENT if value is None or _unknown(value) else whole(math.ceil(round(value, 2)))


def percent(part: float, total: float) -> str:
    """Return a share as « 62 % »; a dash of nothing."""
    return f"{100 * part / total:.0f}{NARROW_SPACE}%" if total else ABSENT


def typeset(words: str) -> str:
    """Return a sentence whose French punctuation never starts or ends a line alone."""
    return re.sub(r" ([?!;:»%])", "\u00a0\\1", words).replace("« ", "«\u00a0")


def _unknown(value: float | None) -> bool:
    return value is None or not math.isfinite(value)
