"""The page around the map: title, key figures, legend, tables, sources. Every text goes through Jinja's escaping."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import jinja2
import pandas as pd
from markupsafe import Markup

from geo_integration.exports.meta import FICTITIOUS, Meta, french_date, label_of, question, source_line
from geo_integration.exports.values import cells
from geo_integration.maps import text
from geo_integration.maps.areas import Areas
from geo_integration.maps.assets import json_in_script, scripts, styles
from geo_integration.maps.points import Symbols
from geo_integration.maps.style import KIND_LETTERS, ink_on
from geo_integration.settings import settings
from geo_integration.vocabulary import Cause, Kind, Level, Mode, NeedBasis, TerritoryLevel

_LEVELS = (
    TerritoryLevel.REGION,
    TerritoryLevel.DEPARTEMENT,
    TerritoryLevel.ARRONDISSEMENT,
    TerritoryLevel.EPCI,
    TerritoryLevel.CTAI,
    TerritoryLevel.QPV,
)
_LONG_TABLE = 12
"""Rows above which a table starts folded."""


def page(
    gaps: pd.DataFrame,
    *,
    areas: Areas,
    symbols: list[Symbols],
    rollups: Mapping[str, pd.DataFrame],
    names: Mapping[str, Mapping[str, str]],
    meta: Meta,
    parts: Mapping[str, Any],
) -> str:
    """Return the whole page; ``parts`` holds the map's element, script, data and whether it has tiles."""
    communes = areas.unit == "commune"
    return template("page.html").render(
        meta=meta,
        fictitious=FICTITIOUS if meta["synthetic"] else "",
        subtitle=_subtitle(meta, names, gaps),
        question=[pair for pair in question(meta) if pair[1]],
        sources=[source_line(source) for source in meta["sources"]],
        bounds=meta.get("bounds", []),
        figures=_figures(gaps),
        unit="communes" if communes else "intercommunalités",
        legends=_legends(areas),
        symbols=symbols,
        undrawn=0 if communes else int(gaps["epci_code"].isna().sum()),
        letters=_letters(symbols),
        unplaced=sum(found.unplaced for found in symbols),
        rollups=list(_rollup_tables(rollups)),
        communes=list(_commune_tables(gaps, names.get("departement", {}))) if communes else [],
        styles=Markup(styles()),  # noqa: S704 -- our own files
        scripts=Markup(scripts()),  # noqa: S704 -- our own files and Leaflet's
        data=Markup(json_in_script(parts["data"])),  # noqa: S704 -- escaped for scripts
        element=Markup(parts["element"]),  # noqa: S704 -- folium's template of constants
        script=Markup(parts["script"]),  # noqa: S704 -- folium's template of constants and numbers
        tiles=parts["tiles"],
    )


@cache
def template(name: str) -> jinja2.Template:
    """Return a template of ``static/map``: every text escaped, an absent one an error."""
    loader = jinja2.FileSystemLoader(settings().static / "map")
    environment = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.undefined = jinja2.StrictUndefined
    environment.filters["whole"] = text.whole
    environment.filters["typeset"] = text.typeset
    environment.filters["ink_on"] = ink_on
    return environment.get_template(name)


def _subtitle(meta: Meta, names: Mapping[str, Mapping[str, str]], gaps: pd.DataFrame) -> str:
    codes = sorted(gaps["departement_code"].dropna().unique())
    known = names.get("departement", {})
    listed = ", ".join(known.get(code, code) for code in codes) if len(codes) <= 6 else f"{len(codes)} départements"  # noqa: PLR2004 -- one line
    parts = [
        meta.get("territory") or listed,
        label_of(Level, meta["level"], absent="tous niveaux"),
        f"{meta['cutoff']:g} minutes au plus",
        label_of(Mode, meta["mode"]).lower(),
        f"offres au {french_date(meta['as_of'])}",
    ]
    return " · ".join(parts)


def _figures(gaps: pd.DataFrame) -> list[tuple[str, str]]:
    """Return the three figures to read first, each with its sentence."""
    total = len(gaps)
    covered = int((gaps["cause"] == Cause.COVERED.value).sum())
    silent = int((gaps["cause"] == Cause.NO_DATA.value).sum())
    need, low = gaps["need_uncovered"], gaps["need_uncovered_if_unknown_fits"]
    bases = sorted(set(gaps.loc[gaps["need"].notna(), "need_basis"]))
    basis = ", ".join(label_of(NeedBasis, str(code)).lower() for code in bases) or "inconnu"
    least = f" ; au moins {text.people(low.sum(min_count=1))} si les cours non précisés convenaient"
    if gaps["withheld"].any():
        basis += ", hors effectifs masqués"
    unknown = int((need.isna() & ~gaps["withheld"].astype(bool)).sum())
    if unknown:
        basis += f", sans {text.whole(unknown)} commune{'s' if unknown > 1 else ''} au besoin inconnu"
    differs = low.notna().any() and round(low.sum()) != round(need.sum())
    return [
        (text.percent(covered, total), f"des communes couvertes ({text.whole(covered)} sur {text.whole(total)})"),
        (text.people(need.sum(min_count=1)), f"apprenants non couverts ({basis}){least if differs else ''}"),
        (text.whole(silent), "communes sans aucune donnée : ce n'est pas « aucun cours »"),
    ]


def _legends(areas: Areas) -> list[dict[str, Any]]:
    """Return the two legends: each class with its swatch and how many areas it colours."""
    second = "Minutes pour aller" if areas.unit == "commune" else "Part des communes non couvertes"
    first = "Situation" if areas.unit == "commune" else "Situation la plus fréquente"
    return [
        {"key": key, "title": title, "rows": list(zip(swatches, areas.counts(classes, swatches), strict=True))}
        for key, title, swatches, classes in (
            ("first", first, areas.first, areas.first_class),
            ("second", second, areas.second, areas.second_class),
        )
    ]


def _letters(symbols: list[Symbols]) -> str:
    """Say what the letters of the courses on the map stand for."""
    courses = [row[2] for found in symbols if found.mark in {"fit", "full", "unsure", "other"} for row in found.rows]
    kinds = [f"{letter} : {label_of(Kind, code)}" for code, letter in KIND_LETTERS.items() if letter in courses]
    return f"Lettres : {' · '.join(kinds)}." if kinds else ""


def _rollup_tables(rollups: Mapping[str, pd.DataFrame]) -> Iterator[dict[str, Any]]:
    causes = [cause for cause in Cause if cause is not Cause.COVERED]
    for level in _LEVELS:
        table = rollups.get(level.value)
        if table is None or table.empty:
            continue
        present = [cause for cause in causes if f"communes_{cause.value}" in table.columns]
        # A cause that no commune has would only push the need out of sight; "no data" is always told.
        shown = [c for c in present if c is Cause.NO_DATA or table[f"communes_{c.value}"].sum() > 0]
        headers = [
            "Communes",
            "Couvertes",
            *(cause.label for cause in shown),
            "Population",
            "Besoin",
            "Besoin non couvert",
            "Communes au besoin inconnu",
        ]
        columns = ["communes", "communes_covered", *(f"communes_{cause.value}" for cause in shown), "population"]
        numbers = [[text.whole(_number(value)) for value in cells(table[name])] for name in columns]
        numbers += [_people(table, name) for name in ("need", "need_uncovered")]
        numbers.append([text.whole(_number(value)) for value in cells(table["communes_need_unknown"])])
        rows = [list(row) for row in zip([str(name) for name in table["name"]], *numbers, strict=True)]
        title = f"Par {level.label[:1].lower()}{level.label[1:]}"
        if level is TerritoryLevel.CTAI:
            title += " (une commune peut être de plusieurs contrats : ne pas additionner)"
        yield {"title": title, "headers": ["Territoire", *headers], "rows": rows, "open": len(rows) <= _LONG_TABLE}


def _commune_tables(gaps: pd.DataFrame, names: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """One folded table per département: light to open, and readable without a script."""
    headers = ["Commune", "Situation", "Aller (min)", "Retour (min)", "Cours le plus proche", "Besoin", "Origine"]
    ordered = gaps.sort_values("commune_code", kind="stable")
    for code, group in ordered.groupby("departement_code", sort=True):
        rows = zip(
            cells(group["commune_name"]),
            [label_of(Cause, str(value)) for value in cells(group["cause"])],
            [text.minutes(_number(value)) for value in cells(group["out_minutes"])],
            [text.minutes(_number(value)) for value in cells(group["back_minutes"])],
            [value or text.ABSENT for value in cells(group["offer_commune_name"])],
            _people(group, "need"),
            [label_of(NeedBasis, str(value)) for value in cells(group["need_basis"])],
            strict=True,
        )
        title = f"{names.get(str(code), code)} : {text.whole(len(group))} communes"
        yield {"title": title, "headers": headers, "rows": [list(row) for row in rows], "open": False}


def _people(table: pd.DataFrame, name: str) -> list[str]:
    """Return a column of people; what is withheld from this viewer says so."""
    withheld = cells(table["withheld"]) if "withheld" in table.columns else [False] * len(table)
    values = [text.people(_number(value)) for value in cells(table[name])]
    return [text.WITHHELD if hidden else value for value, hidden in zip(values, withheld, strict=True)]


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
