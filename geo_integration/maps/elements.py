"""The parts folium does not have: coloured areas on one canvas and symbols from arrays, as its elements."""

from typing import TYPE_CHECKING, Any

import folium
from branca.element import Element, MacroElement
from folium.map import Layer
from folium.plugins import MarkerCluster
from folium.template import Template

from geo_integration.maps.points import Symbols
from geo_integration.maps.shapes import Geometries, outlines

if TYPE_CHECKING:
    import pandas as pd


BORDERS: dict[str, dict[str, Any]] = {
    "commune": {"color": "#8a93a0", "weight": 0.6, "opacity": 0.8, "fill": False},
    "epci": {"color": "#3b3b3b", "weight": 0.7, "opacity": 0.7, "fill": False},
    "departement": {"color": "#111111", "weight": 2.2, "opacity": 0.95, "fill": False},
}
"""Lines between territories, thinnest first."""


class AreaLayer(Layer):
    """The choropleth, drawn by ``GI.areas`` from the arrays of the page."""

    _template = Template(
        "{% macro script(this, kwargs) %}var {{ this.get_name() }} = GI.areas({{ this._parent.get_name() }});"
        "{% endmacro %}"
    )

    def __init__(self) -> None:
        super().__init__(name="Communes", overlay=True, control=False)
        self._name = "AreaLayer"


class SymbolFill(MacroElement):
    """Fill its parent (a cluster or a group) with the symbols of one layer of the page's arrays."""

    _template = Template(
        "{% macro script(this, kwargs) %}GI.symbols({{ this._parent.get_name() }}, {{ this.number|tojson }});"
        "{% endmacro %}"
    )

    def __init__(self, number: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "SymbolFill"
        self.number = number


def base_map(*, tiles: str | None, attribution: str) -> folium.Map:
    """Return an empty folium map: canvas, no tiles unless asked for, nothing from a CDN."""
    drawn = folium.Map(
        location=[46.5, 2.5],
        tiles=None,
        prefer_canvas=True,
        control_scale=False,
        zoom_control=False,
        zoom_start=6,
        minZoom=4,
        maxZoom=14,
        zoomSnap=0.25,
        scrollWheelZoom=False,
    )
    named(drawn, "gaps")
    drawn.default_js, drawn.default_css = [], []
    if tiles:
        named(folium.TileLayer(tiles=tiles, attr=attribution or "Fond de carte", control=False), "tiles").add_to(drawn)
    return drawn


def add_borders(
    drawn: folium.Map, level: str, shapes: Geometries, codes: "pd.Series[str]", style: dict[str, Any]
) -> None:
    """Add the lines between the territories of one level, each border once, above the areas."""
    lines = folium.GeoJson(
        outlines(shapes, codes),
        name=level,
        control=False,
        style_function=lambda _: style,
        interactive=False,
        smooth_factor=0.5,
    )
    named(lines, f"borders_{level}").add_to(drawn)


def add_symbols(drawn: folium.Map, found: list[Symbols]) -> None:
    """Add one switchable layer per kind of symbol, clustered where places are many."""
    for number, symbols in enumerate(found):
        group = _cluster(symbols) if symbols.clustered else folium.FeatureGroup(name=symbols.switch, show=symbols.shown)
        named(group, symbols.key)
        named(SymbolFill(number), symbols.key).add_to(group)
        group.add_to(drawn)


def _cluster(symbols: Symbols) -> MarkerCluster:
    cluster = MarkerCluster(  # type: ignore[no-untyped-call]
        name=symbols.switch,
        show=symbols.shown,
        icon_create_function=f"GI.clusterIcon({symbols.mark!r})",
        options={"maxClusterRadius": 44, "showCoverageOnHover": False, "chunkedLoading": False, "animate": False},
    )
    cluster.default_js, cluster.default_css = [], []
    return cluster


def add_layer_control(drawn: folium.Map) -> None:
    """Add the switches; the page moves them into its panel."""
    control = folium.LayerControl(position="topright", collapsed=False)
    named(control, "layers").add_to(drawn)


def rendered(drawn: folium.Map) -> tuple[str, str]:
    """Return the map's element and its script; folium's own header (CDN links, fixed zoom) is left out."""
    figure: Any = drawn.get_root()
    figure.render()
    return figure.html.render(), figure.script.render()


def named[E: Element](element: E, name: str) -> E:
    """Give an element a fixed name instead of a random one: same inputs, same bytes."""
    element._id = name  # noqa: SLF001 -- folium has no other way
    return element
