"""The page around the map of a result. Every text goes through Jinja's escaping."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
from markupsafe import Markup

from geo_integration import territories
from geo_integration.exports.headings import Heading, heading
from geo_integration.exports.meta import EMPTY, Meta, french_date, label_of, question, source_line, warnings
from geo_integration.exports.result import Beside, Result
from geo_integration.exports.values import Cell, cells, in_french
from geo_integration.maps import text
from geo_integration.maps.areas import MOST_COMMUNES
from geo_integration.maps.assets import RESULT, json_in_script, scripts, styles
from geo_integration.maps.curve import curve_svg
from geo_integration.maps.legends import Legend
from geo_integration.maps.page import template
from geo_integration.maps.points import Symbols
from geo_integration.maps.told import columns_of, context, is_text, rows
from geo_integration.vocabulary import Kind, Level, Mode

_LONG_TABLE = 12
"""Rows above which a table starts folded."""
_UNITS = {
    "commune_code": "communes",
    "epci_code": "intercommunalités",
    "departement_code": "départements",
    "offer_id": "cours",
    "site_id": "lieux",
    "action_id": "actions",
}


def page(result: Result, *, legends: list[Legend], symbols: list[Symbols], parts: Mapping[str, Any]) -> str:
    """Return the whole page.

    ``parts`` holds the map's element, script and data (empty without a place to show), the levels its lines are of,
    whether it has tiles and rows to search, whether its rows are pins, and how many rows have no place.
    """
    meta = result.meta
    return template("result.html").render(
        meta=meta,
        warnings=warnings(meta),
        fictitious=warnings(meta)[0] if meta["synthetic"] else "",
        subtitle=" · ".join(part for part in _subtitle(meta) if part),
        question=[pair for pair in question(meta) if pair[1]],
        sources=[source_line(source) for source in meta["sources"]],
        bounds=meta.get("bounds", []),
        figures=result.figures,
        unit=_UNITS.get(result.key, "lignes"),
        legends=[legend for legend in legends if legend.label],
        symbols=symbols,
        beside=list(_besides(result.beside)),
        constants=list(_constants(result)),
        tables=list(_tables(result)),
        columns=_meanings(result.table, result.headings),
        empty=EMPTY,
        lines=parts["lines"],
        styles=Markup(styles(("map.css", "result.css"))),  # noqa: S704 -- our own files
        scripts=Markup(scripts(RESULT)),  # noqa: S704 -- our own files and Leaflet's
        data=Markup(json_in_script(parts["data"])),  # noqa: S704 -- escaped for scripts
        element=Markup(parts["element"]),  # noqa: S704 -- folium's template of constants
        script=Markup(parts["script"]),  # noqa: S704 -- folium's template of constants, numbers and escaped names
        tiles=parts["tiles"],
        areas=parts["areas"],
        pins=parts["pins"],
        unplaced=parts["unplaced"],
    )


def _subtitle(meta: Meta) -> Iterator[str]:
    if meta.get("territory"):
        yield meta["territory"]
    if meta["kind"]:
        yield label_of(Kind, meta["kind"])
        yield label_of(Level, meta["level"], absent="tous niveaux")
        yield f"{meta['cutoff']:g} minutes au plus" if meta["cutoff"] else ""
        yield label_of(Mode, meta["mode"]).lower()
    yield f"offres au {french_date(meta['as_of'])}"


def _besides(beside: Mapping[str, Beside]) -> Iterator[dict[str, Any]]:
    for number, found in enumerate(beside.values()):
        names = [str(name) for name in found.table.columns if name != "geometry"]
        content = _table(found.table, names, found.headings)
        curve = curve_svg(found, f"curve-{number}")
        yield {**content, "title": found.title, "curve": curve, "columns": _meanings(found.table, found.headings)}


def _constants(result: Result) -> Iterator[tuple[str, str]]:
    """Give what is the same on every row and the subtitle does not say."""
    for name in context(result.table) if len(result.table) else []:
        if name in {"basis", "need_basis", "need_share"}:
            found = heading(name, result.headings)
            value = in_french(name, cells(result.table[name].head(1)), found.terms)[0]
            if value is not None:
                yield found.label, str(value)


def _tables(result: Result) -> Iterator[dict[str, Any]]:
    """Give the main table, one folded part per département where it has them: light to open, no script needed."""
    if len(result.table) > MOST_COMMUNES:
        return
    names = columns_of(result.table, result.headings, first=[result.name_column])
    if "departement_code" not in result.table.columns:
        content = _table(result.table, names, result.headings)
        yield {**content, "title": _count(result, len(result.table)), "open": len(result.table) <= _LONG_TABLE}
        return
    known = dict(zip(*_departements(), strict=True))
    groups = result.table.groupby(result.table["departement_code"].fillna(""), sort=True)
    for code, group in groups:
        title = known.get(str(code), str(code)) or "Sans département"
        content = _table(group, names, result.headings)
        yield {**content, "title": f"{title} : {_count(result, len(group))}", "open": False}


def _departements() -> tuple[list[Cell], list[Cell]]:
    table = pd.DataFrame(territories.departements(geometry=False))
    return cells(table["code"]), cells(table["name"])


def _count(result: Result, number: int) -> str:
    unit = _UNITS.get(result.key, "lignes")
    return f"{text.whole(number)} {unit.removesuffix('s') if number == 1 and unit != 'cours' else unit}"


def _table(table: pd.DataFrame, names: list[str], headings: Mapping[str, Heading]) -> dict[str, Any]:
    """Return one HTML table: headers with what they mean, whether each holds words, and the rows."""
    headers = [(heading(name, headings).label, heading(name, headings).meaning, is_text(table[name])) for name in names]
    return {"headers": headers, "rows": rows(table, names, headings)}


def _meanings(table: pd.DataFrame, headings: Mapping[str, Heading]) -> list[tuple[str, str]]:
    described = [headings[str(name)] for name in table.columns if str(name) in headings]
    return [(found.label, found.meaning) for found in described if found.meaning]
