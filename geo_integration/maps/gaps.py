"""The coverage-gap map: where a course cannot be reached, and why, in one file that needs no network."""

from collections.abc import Mapping
from pathlib import Path

import folium
import geopandas as gpd
import numpy as np
import pandas as pd

from geo_integration.exports.meta import Meta
from geo_integration.exports.values import replacing
from geo_integration.maps.areas import MOST_COMMUNES, Areas, commune_areas, epci_areas, swatches_for_page
from geo_integration.maps.elements import (
    BORDERS,
    AreaLayer,
    add_borders,
    add_layer_control,
    add_symbols,
    base_map,
    named,
    rendered,
)
from geo_integration.maps.page import page
from geo_integration.maps.points import Symbols, symbol_layers
from geo_integration.maps.shapes import Geometries, corners, inner_places, lightened
from geo_integration.schema import WGS84


def gaps_map(
    gaps: gpd.GeoDataFrame,
    *,
    layers: Mapping[str, pd.DataFrame],
    boundaries: Mapping[str, gpd.GeoDataFrame],
    rollups: Mapping[str, pd.DataFrame],
    meta: Meta,
    tiles: str | None = None,
    attribution: str = "",
) -> str:
    """Return the map of a coverage table as one self-contained HTML page in French.

    Parameters
    ----------
    gaps : COVERAGE columns and the polygon of each commune. Beyond 6,000 communes, EPCI are drawn.
    layers : ``offers``, ``oepre``, ``schools``, ``ctai``, ``housing``, each optional; see
        :func:`geo_integration.maps.points.symbol_layers`.
    boundaries : by level, columns ``code, name, geometry``; ``epci`` is needed beyond 6,000 communes,
        names of other levels are used where the roll-ups lack them.
    rollups : by level, the aggregated tables (``epci``, ``departement``, …), with ``communes_<cause>``.
    meta : the question and where the figures come from.
    tiles : URL template of a tile layer; nothing is fetched unless one is given.
    attribution : credit the tile layer's licence asks for.

    Raises
    ------
    MissingDataError
        More than 6,000 communes without roll-up and polygons of EPCI.
    """
    areas = commune_areas(gaps, meta) if len(gaps) <= MOST_COMMUNES else epci_areas(gaps, rollups, boundaries, meta)
    symbols = symbol_layers(layers, meta, inner_places(gaps.to_crs(WGS84)))
    element, script = rendered(_drawn(_borders(areas, gaps, boundaries), symbols, tiles=tiles, attribution=attribution))
    data = {
        "areas": areas.data,
        "first": swatches_for_page(areas.first),
        "second": swatches_for_page(areas.second),
        "symbols": [{"mark": found.mark, "label": found.label, "rows": found.rows} for found in symbols],
        "cutoff": meta["cutoff"],
        "bounds": corners(areas.shapes),
    }
    return page(
        gaps,
        areas=areas,
        symbols=symbols,
        rollups=rollups,
        names=_names(rollups, boundaries),
        meta=meta,
        parts={"element": element, "script": script, "data": data, "tiles": bool(tiles)},
    )


def write_map(
    gaps: gpd.GeoDataFrame,
    path: Path,
    *,
    layers: Mapping[str, pd.DataFrame],
    boundaries: Mapping[str, gpd.GeoDataFrame],
    rollups: Mapping[str, pd.DataFrame],
    meta: Meta,
    tiles: str | None = None,
    attribution: str = "",
) -> None:
    """Write :func:`gaps_map` to a file, which is replaced at once when the page is whole."""
    text = gaps_map(
        gaps, layers=layers, boundaries=boundaries, rollups=rollups, meta=meta, tiles=tiles, attribution=attribution
    )
    with replacing(path) as partial:
        partial.write_text(text, encoding="utf-8", newline="\n", errors="replace")


def _drawn(
    borders: Mapping[str, tuple[Geometries, "pd.Series[str]"]],
    symbols: list[Symbols],
    *,
    tiles: str | None,
    attribution: str,
) -> folium.Map:
    drawn = base_map(tiles=tiles, attribution=attribution)
    named(AreaLayer(), "areas").add_to(drawn)
    for level, (shapes, codes) in borders.items():
        thin = {} if "epci" in borders else {"weight": 1.2}  # a whole country: lines must not hide the areas
        add_borders(drawn, level, shapes, codes, {**BORDERS[level], **thin})
    add_symbols(drawn, symbols)
    add_layer_control(drawn)
    return drawn


def _borders(
    areas: Areas, gaps: pd.DataFrame, boundaries: Mapping[str, gpd.GeoDataFrame]
) -> dict[str, tuple[Geometries, "pd.Series[str]"]]:
    """Shapes to dissolve and their codes, by level: the areas themselves, so that lines fall on their edges.

    An EPCI may lie in two départements: with EPCI as areas, départements come from their own polygons.
    """
    if areas.unit == "commune":
        epci = gaps.set_index("commune_code")["epci_code"].reindex(areas.codes).reset_index(drop=True)
        return {"epci": (areas.shapes, epci), "departement": (areas.shapes, areas.departements)}
    if "departement" not in boundaries:
        return {"departement": (areas.shapes, areas.departements)}
    table = boundaries["departement"].to_crs(WGS84).sort_values("code").reset_index(drop=True)
    return {"departement": (lightened(np.asarray(table.geometry.array, dtype=object), most=60_000), table["code"])}


def _names(rollups: Mapping[str, pd.DataFrame], boundaries: Mapping[str, pd.DataFrame]) -> dict[str, dict[str, str]]:
    """Names by level and code, from the roll-ups or, failing that, the boundaries."""
    names: dict[str, dict[str, str]] = {}
    for tables in (boundaries, rollups):
        for level, table in tables.items():
            if {"code", "name"} <= set(table.columns):
                names.setdefault(level, {}).update(zip(table["code"], table["name"], strict=True))
    return names
