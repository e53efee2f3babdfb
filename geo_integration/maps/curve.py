"""A curve as a small inline SVG: axes, line, points, words for screen readers. No script."""

import math
from itertools import pairwise

import numpy as np
import pandas as pd
from markupsafe import Markup

from geo_integration.exports.headings import heading
from geo_integration.exports.result import Beside
from geo_integration.maps.told import axis

_WIDTH, _HEIGHT = 360, 270
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 14, 34, 48
_MOST_DOTS = 40
"""Above this many points, the line goes without dots."""
_TICKS = 5


def curve_svg(beside: Beside, identifier: str) -> Markup:
    """Return the curve of a table beside, or nothing where it has none or fewer than two known points.

    Parameters
    ----------
    beside : its ``curve`` names the columns of x and y; rows where either is unknown break the line.
    identifier : of the title and description, unique in the page.
    """
    if beside.curve is None:
        return Markup("")
    x, y = (pd.to_numeric(beside.table[name], errors="coerce").to_numpy(np.float64) for name in beside.curve)
    known = np.isfinite(x) & np.isfinite(y)
    if known.sum() < 2:  # noqa: PLR2004 -- a line
        return Markup("")
    across, up = _Axis(x[known], _LEFT, _WIDTH - _RIGHT), _Axis(y[known], _HEIGHT - _BOTTOM, _TOP)
    labels = [heading(name, beside.headings).label for name in beside.curve]
    body = [*_grid(across, up), *_axis_labels(labels)]
    if beside.diagonal:
        # Equality: the same share of both, whatever the ends of the axes.
        ends = [(max(across.low, up.low),) * 2, (min(across.high, up.high),) * 2]
        body.append(_line([(across.at(a), up.at(b)) for a, b in ends], "diagonal"))
    places = [(across.at(a), up.at(b)) if sure else None for a, b, sure in zip(x, y, known, strict=True)]
    body += [_line(run, "line") for run in _runs(places)]
    if known.sum() <= _MOST_DOTS:
        body += [
            Markup('<circle class="dot" cx="{:.1f}" cy="{:.1f}" r="3.5"/>').format(*place) for place in places if place
        ]
    return Markup(
        '<svg class="curve" viewBox="0 0 {w} {h}" role="img" aria-labelledby="{i}-t {i}-d" focusable="false">'
        '<title id="{i}-t">{t}</title><desc id="{i}-d">{d}</desc>{b}</svg>'
    ).format(
        w=_WIDTH,
        h=_HEIGHT,
        i=identifier,
        t=beside.title,
        d=_description(labels, x[known], y[known], diagonal=beside.diagonal),
        b=Markup("").join(body),
    )


class _Axis:
    """One axis: round ticks that hold every value, and where each falls in the drawing."""

    def __init__(self, values: "np.ndarray[tuple[int], np.dtype[np.float64]]", start: float, end: float) -> None:
        low, high = min(0.0, float(values.min())), float(values.max())
        span = (high - low) or 1.0
        power = 10 ** math.floor(math.log10(span / _TICKS))
        self.step = next(power * n for n in (1, 2, 2.5, 5, 10) if power * n * _TICKS >= span * 0.999)
        if (values == np.rint(values)).all():
            self.step = max(1.0, float(math.ceil(self.step)))
        self.low = math.floor(low / self.step) * self.step
        self.high = math.ceil(high / self.step - 1e-9) * self.step or self.step
        self._start, self._end = start, end

    def at(self, value: float) -> float:
        return float(self._start + (value - self.low) / (self.high - self.low) * (self._end - self._start))

    @property
    def ticks(self) -> list[float]:
        return [self.low + self.step * n for n in range(round((self.high - self.low) / self.step) + 1)]


def _grid(across: _Axis, up: _Axis) -> list[Markup]:
    found = []
    for value in up.ticks:
        y = up.at(value)
        found.append(
            Markup('<path class="grid" d="M{},{:.1f}H{}"/><text x="{}" y="{:.1f}" text-anchor="end">{}</text>').format(
                _LEFT, y, _WIDTH - _RIGHT, _LEFT - 6, y + 4, axis(value, up.step)
            )
        )
    for value in across.ticks:
        x = across.at(value)
        found.append(
            Markup(
                '<path class="grid" d="M{:.1f},{}V{}"/><text x="{:.1f}" y="{}" text-anchor="middle">{}</text>'
            ).format(x, _HEIGHT - _BOTTOM, _HEIGHT - _BOTTOM + 4, x, _HEIGHT - _BOTTOM + 18, axis(value, across.step))
        )
    return found


def _axis_labels(labels: list[str]) -> list[Markup]:
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    return [
        Markup('<text class="name" x="{:.0f}" y="{}" text-anchor="middle">{} →</text>').format(
            middle, _HEIGHT - 8, labels[0]
        ),
        Markup('<text class="name" x="6" y="16">↑ {}</text>').format(labels[1]),
    ]


def _line(places: list[tuple[float, float]], kind: str) -> Markup:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return Markup('<polyline class="{}" points="{}"/>').format(kind, points)


def _runs(places: list[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    """Return the stretches between unknown points, each a line of its own."""
    breaks = [-1, *(number for number, place in enumerate(places) if place is None), len(places)]
    runs = [[place for place in places[a + 1 : b] if place] for a, b in pairwise(breaks)]
    return [run for run in runs if run]


def _description(
    labels: list[str],
    x: "np.ndarray[tuple[int], np.dtype[np.float64]]",
    y: "np.ndarray[tuple[int], np.dtype[np.float64]]",
    *,
    diagonal: bool,
) -> str:
    ends = [f"{labels[0]} {_plain(a)}, {labels[1]} {_plain(b)}" for a, b in ((x[0], y[0]), (x[-1], y[-1]))]
    equality = " La diagonale pointillée est l'égalité parfaite." if diagonal else ""
    return f"Courbe de {len(x)} points, de {ends[0]} à {ends[1]}.{equality} Les mêmes chiffres sont dans le tableau."


def _plain(value: float) -> str:
    return f"{value:.4g}".replace(".", ",")
