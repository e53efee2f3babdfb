"""Classes to colour a map by: how a column is cut, the words of each class, colours safe for colour-blind eyes.

Sequential and diverging ramps are ColorBrewer's YlGnBu and PuOr (Brewer, 2013), categories are those of Okabe and
Ito (2008). Each class has its hatching too: a map printed in grey still tells them apart.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo_integration.errors import OptionError
from geo_integration.exports.result import Swatch
from geo_integration.vocabulary import Cause, Term

SEQUENCE = ("#ffffcc", "#c7e9b4", "#7fcdbb", "#41b6c4", "#1d91c0", "#225ea8", "#0c2c84")
"""YlGnBu, light to dark."""
_STEPS = ("", "", "dot", "dots", "lines", "diagonal", "crossed")
"""Hatchings of the same, lightest to densest."""
_FALL, _RISE = ("#fdb863", "#e66101", "#9c3a00"), ("#b2abd2", "#7b6bb0", "#4a2a83")
"""PuOr, from the middle outwards; the sign is told by the slant of the hatching, the size by how dense it is."""
_FALL_HATCH, _RISE_HATCH = ("diagonal", "diagonal", "diagonal_dense"), ("back", "back", "back_dense")
_SAME = "#f7f7f7"
_CATEGORIES = (
    ("#56b4e9", ""),
    ("#e69f00", "diagonal"),
    ("#009e73", "lines"),
    ("#cc79a7", "dots"),
    ("#f0e442", "crossed"),
    ("#0072b2", "back"),
    ("#d55e00", "dot"),
    ("#999999", "columns"),
)
_SILENT = ("#d9d9d9", "crossed")
"""A value that says the source does not say."""

CAUSE_COLOURS: dict[Cause, str] = {
    Cause.COVERED: "#c9e3f1",
    Cause.TOO_FAR: "#d55e00",
    Cause.WRONG_FIT: "#f0b93a",
    Cause.FULL: "#0072b2",
    Cause.NO_RETURN: "#cc79a7",
    Cause.NO_DATA: "#f6f6f6",
    Cause.NOT_ROUTABLE: "#6e6e6e",
}
"""In the order of every legend."""

_CLASSES = 5

type Numbers = npt.NDArray[np.float64]
type Values = Iterable[Any]


def sequential(
    values: Values, *, unit: str = "", breaks: Sequence[float] | None = None, bad: str = "high"
) -> tuple[Swatch, ...]:
    """Return the classes of numbers that go one way: minutes, hours, learners, rates.

    Parameters
    ----------
    values : numbers; null and infinite ones belong to no class (the page gives them their own).
    unit : written after the numbers, e.g. « min ».
    breaks : highest number of each class, rising; a last open class is added where values exceed them. Without them:
        zero apart, then up to five classes with as many areas in each as possible (quantiles), at round numbers.
    bad : « high » or « low »: the end drawn darkest.

    Raises
    ------
    OptionError
        Breaks that do not rise, or a ``bad`` that is neither.
    """
    if bad not in {"high", "low"}:
        raise OptionError(f"« {bad} » n'est pas un sens", where="bad", way_out="dire « high » ou « low »")
    numbers = _finite(values)
    if not len(numbers):
        return ()
    limits = _given(breaks, numbers) if breaks is not None else _quantiles(numbers)
    labels = _labels(limits, numbers, unit)
    steps = np.rint(np.linspace(0, len(SEQUENCE) - 1, len(limits))).astype(int) if len(limits) > 1 else np.array([2])
    order = steps if bad == "high" else steps[::-1]
    return tuple(
        Swatch(limit, label, SEQUENCE[step], _STEPS[step])
        for limit, label, step in zip(limits, labels, order.tolist(), strict=True)
    )


def diverging(values: Values, *, unit: str = "") -> tuple[Swatch, ...]:
    """Return the classes of differences: up to three falls, no change, up to three rises, cut at the same sizes.

    ``values`` are signed numbers, after minus before. A class cut at 10 holds 10 on both sides; only an exact 0 is
    « no change ».
    """
    numbers = _finite(values)
    if not len(numbers):
        return ()
    sizes = np.abs(numbers[numbers != 0])
    cuts = _quantiles(sizes, classes=3)[:-1] if len(sizes) else []
    whole = _whole(numbers)
    found = [Swatch(0.0, "aucun changement", _SAME)]
    labels = _sizes(cuts, unit, whole=whole)
    if (numbers < 0).any():
        # The upper bound of a fall is the number just under its inner cut, so that the cut belongs to the inner class.
        bounds = [math.nextafter(-cut, -math.inf) for cut in (0.0, *cuts)]
        falls = zip(bounds, labels, _FALL, _FALL_HATCH, strict=False)
        found = [Swatch(bound, f"baisse {label}", *look) for bound, label, *look in falls][::-1] + found
    if (numbers > 0).any():
        rises = zip([*cuts, math.inf], labels, _RISE, _RISE_HATCH, strict=False)
        found += [Swatch(bound, f"hausse {label}", *look) for bound, label, *look in rises]
    return tuple(found)


def of_terms(terms: type[Term], colours: Mapping[str, str] | None = None) -> tuple[Swatch, ...]:
    """Return one class per value of a closed list, in its order, with its French label.

    ``colours`` (``#rrggbb`` by value) replace ours; ``unknown`` is always grey and crossed, like no answer.
    """
    if terms is Cause and colours is None:
        return causes()
    chosen = colours or {}
    found = []
    for number, term in enumerate(member for member in terms if member.value != "unknown"):
        colour, hatch = _CATEGORIES[number % len(_CATEGORIES)]
        found.append(Swatch(term.value, term.label, chosen.get(term.value, colour), hatch))
    silent = [Swatch(term.value, term.label, *_SILENT) for term in terms if term.value == "unknown"]
    return (*found, *silent)


def of_texts(labels: Mapping[str, str]) -> tuple[Swatch, ...]:
    """Return one class per text that is no closed list: French label by value, in that order."""
    looks = (_CATEGORIES[number % len(_CATEGORIES)] for number in range(len(labels)))
    return tuple(Swatch(value, label, *look) for (value, label), look in zip(labels.items(), looks, strict=True))


def causes() -> tuple[Swatch, ...]:
    """Return the causes of a gap in their usual colours; the page gives them their usual hatchings."""
    return tuple(Swatch(cause.value, cause.label, colour) for cause, colour in CAUSE_COLOURS.items())


def class_of_each(column: "pd.Series[Any]", swatches: Sequence[Swatch]) -> list[int | None]:
    """Return the number of the class of each row; None where it is null, infinite or in no class."""
    if not swatches:
        return [None] * len(column)
    if isinstance(swatches[0].value, str):
        numbers = {swatch.value: number for number, swatch in enumerate(swatches)}
        return [None if pd.isna(value) else numbers.get(str(value)) for value in column]
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    limits = np.array([float(swatch.value) for swatch in swatches])
    found = np.searchsorted(limits, values, side="left")
    known = np.isfinite(values) & (found < len(limits))
    return [int(number) if sure else None for number, sure in zip(found.tolist(), known.tolist(), strict=True)]


def _finite(values: Values) -> Numbers:
    column = pd.to_numeric(pd.Series(list(values), dtype="object"), errors="coerce")
    numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
    return numbers[np.isfinite(numbers)]


def _given(breaks: Sequence[float], numbers: Numbers) -> list[float]:
    limits = [float(value) for value in breaks]
    if not limits or any(not low < high for low, high in pairwise(limits)) or math.isnan(limits[0]):
        raise OptionError(
            f"bornes de classes qui ne montent pas : {', '.join(f'{value:g}' for value in limits) or 'aucune'}",
            where="breaks",
            way_out="donner des bornes croissantes",
        )
    return limits if numbers.max() <= limits[-1] else [*limits, math.inf]


def _quantiles(numbers: Numbers, *, classes: int = _CLASSES) -> list[float]:
    """Return round limits that share the numbers out evenly; zero has its own where nothing is below it."""
    lowest, highest = float(numbers.min()), float(numbers.max())
    zero = lowest == 0 < highest
    others = numbers[numbers > 0] if zero else numbers
    cuts = np.quantile(others, np.arange(1, classes) / classes)
    rounded = sorted({_round(float(cut), whole=_whole(numbers)) for cut in cuts})
    kept = [cut for cut in rounded if (0 if zero else lowest) <= cut < highest and not (zero and cut == 0)]
    return [*([0.0] if zero else []), *kept, math.inf]


def _round(value: float, *, whole: bool) -> float:
    """Round to two significant digits; whole numbers stay whole."""
    if value == 0:
        return 0.0
    digits = 1 - math.floor(math.log10(abs(value)))
    return float(round(value, min(digits, 0) if whole else digits))


def _whole(numbers: Numbers) -> bool:
    return bool((numbers == np.rint(numbers)).all())


def _labels(limits: Sequence[float], numbers: Numbers, unit: str) -> list[str]:
    """Return the words of each class: whole numbers by their first and last, others by their bounds."""
    whole = _whole(numbers) and all(math.isinf(limit) or limit == round(limit) for limit in limits)
    if len(limits) == 1:
        low, high = float(numbers.min()), float(numbers.max())
        return [_text(low, unit) if low == high else f"{_text(low)} à {_text(high, unit)}"]
    first = _text(limits[0], unit) if limits[0] == numbers.min() else f"{_text(limits[0], unit)} ou moins"
    return [first, *(_between(low, high, unit, whole=whole) for low, high in pairwise(limits))]


def _between(low: float, high: float, unit: str, *, whole: bool) -> str:
    """Return the words of a class that holds its upper bound and not its lower one."""
    if math.isinf(high):
        return f"{_text(low + 1, unit)} et plus" if whole else f"plus de {_text(low, unit)}"
    if whole:
        return _text(high, unit) if high == low + 1 else f"{_text(low + 1)} à {_text(high, unit)}"
    return f"{_text(low)} à {_text(high, unit)}" if low else f"jusqu'à {_text(high, unit)}"


def _sizes(cuts: Sequence[float], unit: str, *, whole: bool) -> list[str]:
    """Return the words of the sizes of a change, smallest first."""
    if not cuts:
        return [""]
    words = [f"de {_text(cuts[0], unit)} au plus"]
    words += [_change(low, high, unit, whole=whole) for low, high in pairwise([*cuts, math.inf])]
    return words


def _change(low: float, high: float, unit: str, *, whole: bool) -> str:
    if math.isinf(high):
        return f"de plus de {_text(low, unit)}"
    return f"de {_text(low + 1) if whole else _text(low)} à {_text(high, unit)}"


def _text(value: float, unit: str = "") -> str:
    """Return a number in French, with its unit."""
    number = f"{value:,.10g}".replace(",", "\u202f").replace(".", ",").replace("-", "−")  # noqa: RUF001 -- true minus
    return f"{number}\u00a0{unit}" if unit else number
