"""What ``bbox`` and ``datetime`` of OGC API - Features mean: read, and applied."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import isfinite

import numpy as np
import shapely

from geo_integration.errors import OptionError
from geo_integration.features import crs
from geo_integration.features.columns import Columns, Mask

type BBox = str | Sequence[float]

_FLAT, _SOLID = 4, 6
_OPEN = {"..", ""}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_FORM = (
    "une date (2026-10-01), un instant (2026-10-01T08:00:00Z) ou un intervalle (2026-01-01/2026-12-31, 2026-01-01/..)"
)


def area(bbox: BBox, bbox_crs: str) -> shapely.Geometry:
    """Return in longitude and latitude the area a ``bbox`` names.

    Parameters
    ----------
    bbox : four numbers (six with heights, which are not looked at), as a sequence or as ``a,b,c,d``.
    bbox_crs : URI of their system, in the order of its axes.

    Raises
    ------
    OptionError
        ``where`` is ``bbox`` or ``bbox-crs``.
    """
    system = crs.known(bbox_crs, where="bbox-crs")
    numbers = _numbers(bbox)
    if len(numbers) == _SOLID:
        numbers = [numbers[0], numbers[1], numbers[3], numbers[4]]
    if len(numbers) != _FLAT:
        raise _bad_bbox(f"{len(numbers)} nombres")
    first, second, third, fourth = numbers
    return crs.area_of((first, second, third, fourth), system)


def _numbers(bbox: BBox) -> list[float]:
    parts = bbox.split(",") if isinstance(bbox, str) else bbox
    try:
        numbers = [float(part) for part in parts]
    except (TypeError, ValueError) as error:
        raise _bad_bbox("un nombre est illisible") from error
    if not all(isfinite(number) for number in numbers):
        raise _bad_bbox("un nombre n'est pas fini")
    return numbers


def _bad_bbox(what: str) -> OptionError:
    return OptionError(
        f"emprise illisible : {what}", where="bbox", way_out="donner quatre nombres, par exemple 2.5,50.2,3.1,50.6"
    )


@dataclass(frozen=True)
class Period:
    """Days from one to another, both included; None is open."""

    start: np.datetime64 | None
    end: np.datetime64 | None


def period(text: str) -> Period:
    """Read ``datetime``: a date, an instant, or an interval of two of them, where ``..`` or nothing is open.

    The service knows days, not hours: an instant is the day that is written in it.

    Raises
    ------
    OptionError
        ``where`` is ``datetime``.
    """
    parts = text.split("/")
    if len(parts) == 1:
        day = _day(text)
        return Period(day, day)
    if len(parts) != 2 or not any(part not in _OPEN or part == ".." for part in parts):  # noqa: PLR2004
        raise OptionError(f"« {text} » n'est pas un intervalle", where="datetime", way_out=f"donner {_FORM}")
    start, end = (None if part in _OPEN else _day(part) for part in parts)
    if start is not None and end is not None and start > end:
        raise OptionError("le début suit la fin", where="datetime", way_out="donner le début, puis la fin")
    return Period(start, end)


def _day(text: str) -> np.datetime64:
    try:
        found = date.fromisoformat(text) if _DAY.fullmatch(text) else _instant(text)
    except ValueError as error:
        raise OptionError(f"« {text} » n'est pas une date", where="datetime", way_out=f"donner {_FORM}") from error
    return np.datetime64(found, "D")


def _instant(text: str) -> date:
    """Read an RFC 3339 instant."""
    if not _DAY.match(text) or text[10:11] not in {"T", "t", " "}:
        raise ValueError(text)
    return datetime.fromisoformat(text.upper().replace(" ", "T")).date()


def during(columns: Columns, names: Sequence[str], wanted: Period) -> Mask:
    """Say which features have a time that meets a period.

    Parameters
    ----------
    columns : the values.
    names : none (nothing has a time, so nothing meets it), one column (a day), or two (first and last day; one that
        is not known is open, neither known is no time).
    wanted : days.
    """
    if not names:
        return np.zeros(len(columns), dtype=np.bool_)
    start, end = columns.days(names[0]), columns.days(names[-1])
    missing_start, missing_end = np.isnat(start), np.isnat(end)
    found = ~(missing_start & missing_end)
    if wanted.end is not None:
        found &= missing_start | (start <= wanted.end)
    if wanted.start is not None:
        found &= missing_end | (end >= wanted.start)
    return np.asarray(found, dtype=np.bool_)
