"""One answer of an analysis, ready for any face: a table by territory, what to draw of it, what to say with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import pandas as pd

from geo_integration.exports.headings import Heading
from geo_integration.exports.meta import Meta

NAMES = ("commune_name", "name", "title", "offer_title", "label")
"""Columns that usually name a row, most telling first."""


@dataclass(frozen=True)
class Swatch:
    """One class of a legend: the value it stands for (or its upper bound), its French label, its colour."""

    value: str | float
    label: str
    colour: str
    """``#rrggbb``."""
    hatch: str = ""
    """Name of a hatching of ``maps.style.HATCHES``, so that the class is never told by colour alone; plain if empty."""


@dataclass(frozen=True)
class Colouring:
    """One way to colour the areas of a result.

    Attributes
    ----------
    column : column of the table.
    label : French title of the legend, with the unit.
    swatches : for text, one per value; for numbers, one per class in rising order, whose ``value`` is the highest
        number in it (``inf`` for the last). Never told by colour alone: the page shows label and count of each.
    """

    column: str
    label: str
    swatches: tuple[Swatch, ...]


@dataclass(frozen=True)
class Beside:
    """A table told beside the main one: a curve, the reasons, the sites chosen.

    Attributes
    ----------
    title : French caption.
    curve : columns of x and y to draw as a line on the page, in the order of the rows; the axes take their headings.
    diagonal : whether to draw the line of equality with it (a Lorenz curve).
    """

    title: str
    table: pd.DataFrame
    headings: Mapping[str, Heading]
    curve: tuple[str, str] | None = None
    diagonal: bool = False


@dataclass(frozen=True)
class Result:
    """What ``supply``, ``equity``, ``site``, ``scenario``, ``referencing``, ``housing``… give.

    Attributes
    ----------
    name : of the command; files and sheets take it.
    key : column that identifies a row: never empty, never twice.
    table : one row per territory (or site, or action), with its geometry in EPSG:4326 (polygons, points, or missing).
        Figures about people in it have been released for the viewer.
    headings : every column in French, with what it holds, its unit and what empty means.
    colourings : ways to colour the map, the first one shown first; none for a table of points.
    figures : key figures to read first: value and the sentence that goes with it.
    beside : other tables, by the name their file or sheet takes.
    points : places to mark on the map: ``label``, ``text`` (French, a line each), ``mark`` (``site``, ``candidate``,
        ``chosen``, ``closed``…), geometry; None for none.
    meta : question, method, sources, bounds, warnings.
    called : column that names a row for a reader; where empty, the first of the usual ones (:data:`NAMES`).
    """

    name: str
    key: str
    table: gpd.GeoDataFrame
    headings: Mapping[str, Heading]
    meta: Meta
    colourings: tuple[Colouring, ...] = ()
    figures: tuple[tuple[str, str], ...] = ()
    beside: Mapping[str, Beside] = field(default_factory=dict)
    points: gpd.GeoDataFrame | None = None
    called: str = ""

    @property
    def name_column(self) -> str:
        """Column that names a row for a reader: ``called``, else a usual one, else the key."""
        return self.called or next((name for name in NAMES if name in self.table.columns), self.key)
