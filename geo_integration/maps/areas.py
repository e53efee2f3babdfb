"""The coloured areas of the map and all they say, as arrays: communes, or EPCI for a whole country."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo_integration.errors import MissingDataError
from geo_integration.exports.meta import Meta, label_of
from geo_integration.exports.values import cells
from geo_integration.maps.shapes import Geometries, encoded, lightened
from geo_integration.maps.style import Swatch, cause_swatches, class_of, minute_swatches, share_swatches
from geo_integration.schema import WGS84
from geo_integration.travel.transit.there_and_back import LONG_WAIT_MINUTES
from geo_integration.vocabulary import Cause, Engine, Mode, NeedBasis

MOST_COMMUNES = 6_000
"""Above this, EPCI are drawn instead of communes."""


@dataclass(frozen=True)
class Areas:
    """What is drawn: simplified shapes, two ways of colouring them, and the arrays the page reads."""

    unit: str
    """« commune » or « epci »."""
    shapes: Geometries
    codes: "pd.Series[str]"
    departements: "pd.Series[str]"
    first: list[Swatch]
    """Swatches of the default colouring (cause)."""
    second: list[Swatch]
    """Swatches of the other (minutes, or share of communes not covered)."""
    first_class: list[int]
    second_class: list[int]
    data: dict[str, Any]

    def counts(self, classes: list[int], swatches: list[Swatch]) -> list[int]:
        """Return how many areas each swatch colours."""
        return np.bincount(classes, minlength=len(swatches)).tolist()


def commune_areas(gaps: gpd.GeoDataFrame, meta: Meta) -> Areas:
    """Return one area per commune of a coverage table with polygons."""
    table = gpd.GeoDataFrame(gaps).to_crs(WGS84).sort_values("commune_code", kind="stable").reset_index(drop=True)
    causes = cause_swatches(meta["cutoff"])
    limits, classes = minute_swatches(meta["cutoff"])
    shapes = lightened(np.asarray(table.geometry.array, dtype=object))
    cause_numbers = _cause_numbers(table["cause"], causes)
    out = _minutes(table["out_minutes"])
    second = [
        _minute_class(minute, causes[number].code, limits) for minute, number in zip(out, cause_numbers, strict=True)
    ]
    offers, offer_numbers = _nearest_offers(table)
    data = {
        "unit": "commune",
        "name": cells(table["commune_name"]),
        "code": cells(table["commune_code"]),
        "group": cells(table["departement_code"]),
        "shape": [encoded(shape) for shape in shapes],
        "first": cause_numbers,
        "second": second,
        "otherwise": _cause_numbers(table["cause_if_unknown_fits"], causes),
        "out": out,
        "back": _minutes(table["back_minutes"]),
        **_timetable(table),
        "offers": offers,
        "offer": offer_numbers,
        "population": cells(table["population"]),
        "need": [None if value is None else round(float(value), 1) for value in cells(table["need"])],
        "basis": [label_of(NeedBasis, str(code)).lower() for code in cells(table["need_basis"])],
        "withheld": [int(bool(value)) for value in cells(table["withheld"])],
        "synthetic": [int(bool(value)) for value in cells(table["synthetic"])],
        "engine": _engine(meta),
    }
    return Areas(
        "commune",
        shapes,
        table["commune_code"],
        table["departement_code"],
        causes,
        classes,
        cause_numbers,
        second,
        data,
    )


def epci_areas(
    gaps: pd.DataFrame, rollups: Mapping[str, pd.DataFrame], boundaries: Mapping[str, gpd.GeoDataFrame], meta: Meta
) -> Areas:
    """Return one area per EPCI: its most frequent cause, and the share of its communes not covered.

    Raises MissingDataError unless both the roll-up and the polygons of EPCI are given.
    """
    if "epci" not in rollups or "epci" not in boundaries:
        raise MissingDataError(
            f"plus de {MOST_COMMUNES} communes : la carte se dessine par intercommunalité",
            way_out="fournir le regroupement et les contours « epci », ou réduire le territoire",
        )
    polygons = boundaries["epci"].to_crs(WGS84)[["code", "geometry"]]
    known = polygons.merge(pd.DataFrame(rollups["epci"]).drop(columns="geometry", errors="ignore"), on="code")
    table = gpd.GeoDataFrame(known, geometry="geometry", crs=WGS84).sort_values("code").reset_index(drop=True)
    causes = cause_swatches(meta["cutoff"])
    counts = np.column_stack([_count(table, swatch.code) for swatch in causes])
    first = [int(number) for number in counts.argmax(axis=1)]
    limits, classes = share_swatches()
    silent = (counts[:, _index(causes, Cause.NO_DATA)] == counts.sum(axis=1)).tolist()
    shares = (100 * (1 - counts[:, 0] / np.maximum(counts.sum(axis=1), 1))).tolist()
    second = [len(limits) if none else class_of(share, limits) or 0 for share, none in zip(shares, silent, strict=True)]
    home = gaps.dropna(subset=["epci_code"]).groupby("epci_code")["departement_code"].agg(lambda codes: codes.mode()[0])
    departements = table["code"].map(home).fillna("")
    shapes = lightened(np.asarray(table.geometry.array, dtype=object))
    data = {
        "unit": "epci",
        "name": cells(table["name"]),
        "code": cells(table["code"]),
        "group": cells(departements),
        "shape": [encoded(shape) for shape in shapes],
        "first": first,
        "second": second,
        "counts": counts.tolist(),
        "population": cells(table["population"]),
        "need": [None if value is None else round(float(value), 1) for value in cells(table["need"])],
        "uncovered": [None if value is None else round(float(value), 1) for value in cells(table["need_uncovered"])],
        "synthetic": [int(meta["synthetic"])] * len(table),
    }
    return Areas("epci", shapes, table["code"], departements, causes, classes, first, second, data)


def swatches_for_page(swatches: list[Swatch]) -> list[dict[str, Any]]:
    """Return swatches as plain dicts for the script."""
    return [asdict(swatch) for swatch in swatches]


def _engine(meta: Meta) -> str:
    """Return what computed the minutes, in as few words as a card holds."""
    if meta["engine"] == Engine.OUTLINE.value:
        return "estimation, réseau simplifié" if meta["mode"] == Mode.CAR.value else "estimation, à vol d'oiseau"
    return label_of(Engine, meta["engine"]).lower()


def _timetable(table: pd.DataFrame) -> dict[str, Any]:
    """Return what only timetables say: class hours, waits, and the way in of a class nobody comes home from."""
    if table["class_hours"].isna().all() and table["one_way_minutes"].isna().all():
        return {}
    hours = cells(table["class_hours"])
    told = list(dict.fromkeys(text for text in hours if text))
    numbers: dict[Any, int] = {text: number for number, text in enumerate(told)}
    return {
        "hours": told,
        "hour": [numbers.get(text) if text else None for text in hours],
        "waits": [list(pair) for pair in zip(*(_long_waits(table[name]) for name in _WAITS), strict=True)],
        "stranded": _minutes(table["one_way_minutes"].where(table["cause"].eq(Cause.NO_RETURN.value))),
    }


_WAITS = ("out_wait_minutes", "back_wait_minutes")


def _long_waits(column: "pd.Series[Any]") -> list[int | None]:
    """Return the waits worth a warning, in whole minutes; null for the others."""
    return _minutes(column.where(column.gt(LONG_WAIT_MINUTES)))


def _minute_class(minute: int | None, cause: str, limits: list[float]) -> int:
    """Return the number of the swatch in :func:`minute_swatches`: limits, more, none, no data, not routable."""
    number = class_of(minute, limits)
    if number is not None:
        return number
    special = {Cause.NO_DATA.value: 2, Cause.NOT_ROUTABLE.value: 3}
    return len(limits) + special.get(cause, 1)


def _minutes(column: "pd.Series[Any]") -> list[int | None]:
    """Return minutes rounded up, so that 45.2 never reads as within 45."""
    return [None if value is None else math.ceil(float(value)) for value in cells(column)]


def _cause_numbers(column: "pd.Series[Any]", swatches: list[Swatch]) -> list[int]:
    numbers = {swatch.code: number for number, swatch in enumerate(swatches)}
    return [numbers[str(code)] for code in column]


def _nearest_offers(table: pd.DataFrame) -> tuple[list[list[Any]], list[int | None]]:
    """Each course once (title, commune), and its number for every commune."""
    pairs = list(zip(cells(table["offer_title"]), cells(table["offer_commune_name"]), strict=True))
    numbers = {pair: number for number, pair in enumerate(dict.fromkeys(pair for pair in pairs if pair[0]))}
    return [list(pair) for pair in numbers], [numbers.get(pair) for pair in pairs]


def _count(table: pd.DataFrame, cause: str) -> "np.ndarray[Any, np.dtype[np.int64]]":
    name = "communes_covered" if cause == Cause.COVERED.value else f"communes_{cause}"
    if name not in table.columns:
        return np.zeros(len(table), dtype=np.int64)
    return table[name].fillna(0).to_numpy(dtype=np.int64)


def _index(swatches: list[Swatch], cause: Cause) -> int:
    return next(number for number, swatch in enumerate(swatches) if swatch.code == cause.value)
