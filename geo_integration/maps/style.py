"""What each colour and hatching of the map means: never colour alone, safe for colour-blind eyes.

Hues are those of Okabe and Ito (2008) and ColorBrewer's YlGnBu (Brewer, 2013). A hatching is an SVG path
on an 8 by 8 tile: the legend draws it as an SVG pattern and the map as a canvas pattern, from the same text.
"""

import math
from dataclasses import dataclass

from geo_integration.exports.colours import CAUSE_COLOURS, SEQUENCE
from geo_integration.vocabulary import Cause, Kind

_DIAGONAL = "M-1,9L9,-1M-1,1L1,-1M7,9L9,7"
_BACK_DIAGONAL = "M-1,-1L9,9M7,-1L9,1M-1,7L1,9"
_LINES = "M0,2H8M0,6H8"
_CROSSED = "M0,4H8M4,0V8"
_DOTS = "M1,2H3M5,6H7"

HATCHES: dict[str, str] = {
    "dot": "M3,4H5",
    "dots": _DOTS,
    "lines": _LINES,
    "columns": "M2,0V8M6,0V8",
    "diagonal": _DIAGONAL,
    "diagonal_dense": _DIAGONAL + "M-1,5L5,-1M3,9L9,3",
    "back": _BACK_DIAGONAL,
    "back_dense": _BACK_DIAGONAL + "M3,-1L9,5M-1,3L5,9",
    "crossed": _CROSSED,
    "lattice": "M0,0L8,8M8,0L0,8",
}
"""Hatchings a class may ask for by name (``exports.result.Swatch.hatch``)."""


@dataclass(frozen=True)
class Swatch:
    """One class of the choropleth: fill, hatching and the words of the legend."""

    code: str
    label: str
    fill: str
    hatch: str = ""
    ink: str = ""
    width: float = 1.0
    sentence: str = ""


def cause_swatches(cutoff: float) -> list[Swatch]:
    """Return one swatch per cause, in the order of the legend; sentences name the cut-off."""
    limit = f"{cutoff:g} minutes"
    return [
        _swatch(Cause.COVERED, f"un cours adapté, qui accueille encore, est à {limit} au plus."),
        _swatch(Cause.TOO_FAR, f"aucun cours adapté à moins de {limit}."),
        _swatch(
            Cause.WRONG_FIT,
            f"des cours existent à moins de {limit}, aucun de ce type et de ce niveau.",
            hatch=_DIAGONAL,
            ink="#5c4000",
        ),
        _swatch(
            Cause.FULL,
            f"des cours adaptés existent à moins de {limit}, aucun n'accueille plus.",
            hatch=_LINES,
            ink="#ffffff",
        ),
        _swatch(
            Cause.NO_RETURN,
            "on peut se rendre au cours, pas en revenir.",
            hatch=_DOTS,
            ink="#4a1237",
            width=2,
        ),
        _swatch(
            Cause.NO_DATA,
            "aucune source ne décrit les cours ici ; il peut y en avoir.",
            hatch=_BACK_DIAGONAL,
            ink="#8c8c8c",
        ),
        _swatch(
            Cause.NOT_ROUTABLE,
            "le réseau utilisé ne dessert pas cette commune.",
            hatch=_CROSSED,
            ink="#e8e8e8",
        ),
    ]


def _swatch(cause: Cause, sentence: str, *, hatch: str = "", ink: str = "", width: float = 1.0) -> Swatch:
    return Swatch(cause.value, cause.label, CAUSE_COLOURS[cause], hatch, ink, width, f"{cause.label} : {sentence}")


_BREAKS = (15, 30, 45, 60, 90)


def minute_swatches(cutoff: float) -> tuple[list[float], list[Swatch]]:
    """Return class limits (minutes, upper bound included) and swatches; the cut-off is always a limit.

    The last three swatches stand for no minutes: beyond every search, no data, not routable. Classes
    beyond the cut-off are dotted.
    """
    limits = sorted({float(value) for value in _BREAKS} | {float(cutoff)})
    swatches = []
    for number, limit in enumerate(limits):
        below = limits[number - 1] if number else 0.0
        label = f"{below:g} à {limit:g} min" if number else f"{limit:g} min ou moins"
        fill = SEQUENCE[min(number, len(SEQUENCE) - 1)]
        swatches.append(_minutes(f"to_{limit:g}", label, fill, beyond=limit > cutoff))
    swatches.append(_minutes("more", f"plus de {limits[-1]:g} min", SEQUENCE[-1], beyond=True))
    causes = {swatch.code: swatch for swatch in cause_swatches(cutoff)}
    none = Swatch("none", "aucun cours adapté trouvé", "#4d2d52", _CROSSED, "#f3e6f5")
    return limits, [*swatches, none, causes[Cause.NO_DATA.value], causes[Cause.NOT_ROUTABLE.value]]


def _minutes(code: str, label: str, fill: str, *, beyond: bool) -> Swatch:
    if not beyond:
        return Swatch(code, label, fill)
    return Swatch(code, f"{label} (hors limite)", fill, _DOTS, "#ffffff", 1.6)


def share_swatches() -> tuple[list[float], list[Swatch]]:
    """Return class limits (percent of communes not covered) and swatches, for maps of whole EPCI."""
    limits = [0.0, 25.0, 50.0, 75.0, 100.0]
    labels = ("0 %", "jusqu'à 25 %", "25 à 50 %", "50 à 75 %", "plus de 75 %")
    fills = (SEQUENCE[0], SEQUENCE[1], SEQUENCE[3], SEQUENCE[5], SEQUENCE[6])
    swatches = [
        Swatch(f"share_{number}", label, fill, _DOTS if number > 2 else "", "#ffffff")  # noqa: PLR2004 -- the two darkest
        for number, (label, fill) in enumerate(zip(labels, fills, strict=True))
    ]
    causes = {swatch.code: swatch for swatch in cause_swatches(0)}
    return limits, [*swatches, causes[Cause.NO_DATA.value]]


def class_of(value: float | None, limits: list[float]) -> int | None:
    """Return the number of the class a value falls in (``len(limits)`` beyond the last), None if unknown."""
    if value is None or math.isnan(value):
        return None
    return next((number for number, limit in enumerate(limits) if value <= limit), len(limits))


def ink_on(colour: str) -> str:
    """Return black or white, whichever stands out most on ``#rrggbb`` (WCAG 2.2 relative luminance)."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]  # noqa: PLR2004 -- sRGB
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#ffffff" if 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05 else "#101820"


KIND_LETTERS: dict[str, str] = {
    Kind.ALPHABETISATION.value: "A",
    Kind.ILLETTRISME.value: "I",
    Kind.FLE.value: "F",
    Kind.FLE_PRO.value: "P",
    Kind.ASL.value: "S",
    Kind.OEPRE.value: "O",
    Kind.CIR.value: "C",
    Kind.CERTIFICATION.value: "D",
    Kind.REMISE_A_NIVEAU.value: "R",
    Kind.UNKNOWN.value: "?",
}
