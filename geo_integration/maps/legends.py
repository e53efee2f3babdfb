"""The legends of a result: which class each row is in, and what a row with no value is called."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from geo_integration.errors import LayerError
from geo_integration.exports import result as exports
from geo_integration.exports.colours import CAUSE_COLOURS, class_of_each
from geo_integration.exports.headings import heading
from geo_integration.exports.values import cells
from geo_integration.maps.style import HATCHES, Swatch, cause_swatches, ink_on
from geo_integration.maps.told import empty_words, is_about_people

_COLOUR = re.compile(r"^#[0-9a-f]{6}$", re.IGNORECASE)
_STEPS = ("", "dot", "dots", "lines", "diagonal", "crossed", "diagonal_dense", "back_dense")
"""Hatchings of classes that bring none, in the order of the classes."""
_SOFT = {"#ffffff": "#ffffff", "#101820": "#4b5666"}
"""Ink of a hatching, by the ink of a text on the same colour: never so strong that it hides the colour."""

UNKNOWN = ("#efefef", HATCHES["lattice"], "#8a8a8a")
WITHHELD = ("#ffffff", HATCHES["columns"], "#4b5666")
BEYOND = ("#4d2d52", HATCHES["crossed"], "#f3e6f5")
OTHER = ("#bdbdbd", HATCHES["dots"], "#333333")
"""Fill, hatching and ink of what is in no class: none of them looks like a class of numbers, zero least of all."""


@dataclass(frozen=True)
class Legend:
    """One way of colouring: its classes, those of rows without a value last, and the class of each row."""

    key: str
    label: str
    column: str
    swatches: list[Swatch]
    classes: list[int]
    letters: list[str]
    """One per class, for places that are too small for a hatching."""
    numbers: bool = False
    """Whether the classes cut numbers."""

    @property
    def rows(self) -> list[tuple[Swatch, str, int]]:
        """Each class with its letter and how many rows it holds."""
        counts = np.bincount(self.classes, minlength=len(self.swatches)).tolist()
        return list(zip(self.swatches, self.letters, counts, strict=True))


def legends(result: exports.Result) -> list[Legend]:
    """Return the legends of a result; one class for all where it has no colouring (LayerError on a bad colour)."""
    if not result.colourings:
        swatch = Swatch("c0-0", "lieu" if result.points is None else "territoire", "#56b4e9")
        return [Legend("c0", "", "", [swatch], [0] * len(result.table), ["•"])]
    return [_legend(result, colouring, f"c{number}") for number, colouring in enumerate(result.colourings)]


def _legend(result: exports.Result, colouring: exports.Colouring, key: str) -> Legend:
    if colouring.column not in result.table.columns:
        raise LayerError(
            f"colonne à colorer absente : {colouring.column}", where=result.name, way_out="nommer une colonne"
        )
    swatches = list(_painted(colouring, key))
    letters = ["?" if one.value == "unknown" else chr(65 + n % 26) for n, one in enumerate(colouring.swatches)]
    named: dict[str, int] = {}
    classes = []
    special = _special(result, colouring.column)
    for number, (label, look, letter) in zip(
        class_of_each(result.table[colouring.column], colouring.swatches), special, strict=True
    ):
        if number is None and label not in named:
            named[label] = len(swatches)
            swatches.append(Swatch(f"{key}-{len(swatches)}", label, *look))
            letters.append(letter)
        classes.append(named[label] if number is None else number)
    numbers = any(not isinstance(swatch.value, str) for swatch in colouring.swatches)
    return Legend(key, colouring.label, colouring.column, swatches, classes, letters, numbers)


type Special = tuple[str, tuple[str, str, str], str]
"""Label, look and letter of a class outside the colouring."""


def _special(result: exports.Result, column: str) -> Iterator[Special]:
    """Give, for each row, the class it has if its value is in none."""
    table = result.table
    values = table[column]
    withheld = cells(table["withheld"]) if "withheld" in table.columns else [False] * len(table)
    unknown: Special = (empty_words(heading(column, result.headings)), UNKNOWN, "?")
    masked: Special = ("masqué (secret statistique)", WITHHELD, "✕")
    either: Special = ("masqué ou inconnu", WITHHELD, "✕")
    people = is_about_people(column)
    for value, absent, hidden in zip(values.tolist(), values.isna().tolist(), withheld, strict=True):
        if absent:
            yield (masked if people else either) if hidden else unknown
        elif isinstance(value, float) and np.isinf(value):
            yield "hors d'atteinte", BEYOND, "∞"
        else:
            yield "autre valeur", OTHER, "#"


def _painted(colouring: exports.Colouring, key: str) -> Iterator[Swatch]:
    """Give each class with its hatching: a cause its usual one, its own, or one by its place in the legend."""
    usual = {swatch.code: swatch for swatch in cause_swatches(0)}
    plain = not any(swatch.hatch for swatch in colouring.swatches)
    for number, swatch in enumerate(colouring.swatches):
        if not _COLOUR.match(swatch.colour):
            raise LayerError(f"couleur « {swatch.colour} » refusée", where=colouring.column, way_out="écrire #rrggbb")
        code, value = f"{key}-{number}", str(swatch.value)
        if value in usual and swatch.colour == CAUSE_COLOURS.get(next(c for c in CAUSE_COLOURS if c.value == value)):
            cause = usual[value]
            yield Swatch(code, swatch.label, cause.fill, cause.hatch, cause.ink, cause.width)
            continue
        name = _STEPS[number % len(_STEPS)] if plain else swatch.hatch
        yield Swatch(code, swatch.label, swatch.colour, HATCHES.get(name, ""), _SOFT[ink_on(swatch.colour)])
