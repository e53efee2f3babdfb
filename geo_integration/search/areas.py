"""Territories as lists and one by one, and places by what people type of their name."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from string import ascii_lowercase
from typing import Any

import numpy as np

from geo_integration import territories
from geo_integration.errors import OptionError, UnknownTerritoryError
from geo_integration.exports.values import cells
from geo_integration.territories import Selection
from geo_integration.territories.tables import attributes, outlines
from geo_integration.vocabulary import TerritoryLevel

LEVELS: Mapping[TerritoryLevel, str] = {
    TerritoryLevel.REGION: "regions",
    TerritoryLevel.DEPARTEMENT: "departements",
    TerritoryLevel.ARRONDISSEMENT: "arrondissements",
    TerritoryLevel.EPCI: "epci",
    TerritoryLevel.COMMUNE: "communes",
}
"""Levels that are listed, and their tables."""

_BY_CODE = {one.value: one for one in TerritoryLevel}
_ABOVE = ("epci", "arrondissement", "departement", "region")
_KEPT = 4096
SUGGESTIONS = 8
"""Places suggested where nobody says how many."""

_DEGREES = 6

METHOD = "Code officiel géographique de l'année (COG {year}) ; codes et noms actuels."


@dataclass(frozen=True)
class Listed:
    """A part of a list of territories, and its whole length."""

    items: list[dict[str, Any]]
    total: int


def listed(level: TerritoryLevel, parent: str | None, *, limit: int, offset: int) -> Listed:
    """Return the territories of a level, by code; within another, those that share a commune with it.

    Raises
    ------
    OptionError
        A level that is not listed.
    UnknownTerritoryError
        No such parent.
    """
    if level not in LEVELS:
        raise OptionError(
            f"le niveau « {level.value} » n'a pas de liste",
            where="level",
            way_out=f"choisir parmi {', '.join(one.value for one in LEVELS)}",
        )
    table = attributes(LEVELS[level])
    codes = table["code"].tolist()
    if parent is not None:
        inside = _inside(level, territories.select(parent))
        codes = [code for code in codes if code in inside]
    page = codes[offset : offset + limit]
    return Listed([_unit(level, code) for code in page], len(codes))


def detail(text: str) -> dict[str, Any]:
    """Return one territory: what it belongs to, its bounds, how many communes; UnknownTerritoryError for none."""
    selection = territories.select(text)
    level = _BY_CODE.get(selection.level)
    if level is None:
        raise UnknownTerritoryError("un territoire à la fois", way_out="donner un seul code ou nom")
    unit = (
        {"code": "france", "name": selection.name, "level": level.value, "level_label": level.label}
        if level is TerritoryLevel.FRANCE
        else _unit(level, selection.code)
    )
    return {
        **unit,
        "label": selection.label_fr,
        "communes": len(selection.commune_codes),
        "parents": _parents(level, selection),
        "bbox": _bounds(level, selection.code),
    }


def warm() -> None:
    """Prepare the search of names, and the answers to the beginnings most names have, which take longest."""
    for beginning in (*ascii_lowercase, "sa", "sai", "sain", "saint", "saint "):
        suggested(beginning, SUGGESTIONS)


def suggested(text: str, limit: int) -> tuple[Mapping[str, Any], ...]:
    """Return the communes a person may mean: beginning of a name or postcode, typing errors forgiven, best first."""
    return _suggested(text.strip().lower(), limit)


@lru_cache(maxsize=_KEPT)
def _suggested(text: str, limit: int) -> tuple[Mapping[str, Any], ...]:
    names = _names("departements")
    return tuple(
        {
            "code": place.code,
            "name": place.name,
            "kind": place.kind,
            "departement": place.departement,
            "departement_name": names.get(place.departement),
            "label": f"{place.name} ({place.departement})",
            "score": round(place.score, 4),
            "lon": _rounded(place.lon),
            "lat": _rounded(place.lat),
            "population": place.population,
        }
        for place in territories.search(text, limit=limit)
    )


def cog_year() -> int:
    """Return the year of the official codes."""
    return int(territories.meta()["cog_year"])


def sources() -> list[dict[str, Any]]:
    """Return what the territories come from, to cite."""
    words = {
        "codes": "Codes et noms",
        "outlines": "Contours",
        "population": "Population",
        "postcodes": "Codes postaux",
        "town_halls": "Mairies",
    }
    licences = territories.meta()["licences"]
    return [{"name": f"{words.get(key, key)} : {text}", "date": str(cog_year())} for key, text in licences.items()]


def _unit(level: TerritoryLevel, code: str) -> dict[str, Any]:
    row = _rows(LEVELS[level])[code]
    unit = {"code": code, "name": row["name"], "level": level.value, "level_label": level.label}
    unit["population"] = row["population"]
    unit["parents"] = {one: row[f"{one}_code"] for one in _ABOVE if row.get(f"{one}_code") is not None}
    if level is TerritoryLevel.COMMUNE:
        unit["postcodes"] = [one for one in (row["postcodes"] or "").split(";") if one]
        unit["lon"], unit["lat"] = row["mairie_lon"], row["mairie_lat"]
    return unit


def _parents(level: TerritoryLevel, selection: Selection) -> list[dict[str, str]]:
    """Return what the whole territory lies in, smallest first."""
    if level is TerritoryLevel.FRANCE:
        return []
    communes = _rows("communes")
    found = []
    for one in _ABOVE:
        codes = {communes[code][f"{one}_code"] for code in selection.commune_codes}
        if len(codes) == 1 and one != level.value and (code := codes.pop()) is not None:
            parent = _BY_CODE[one]
            found.append({"level": one, "code": code, "name": _names(LEVELS[parent]).get(code, "")})
    return found


@lru_cache(maxsize=_KEPT)
def _bounds(level: TerritoryLevel, code: str) -> tuple[float, ...] | None:
    """Return west, south, east, north; None without an outline."""
    table = outlines(LEVELS.get(level, "regions"))
    shapes = table.geometry if level is TerritoryLevel.FRANCE else table.geometry[table["code"].eq(code)]
    bounds = shapes.dropna().total_bounds
    return tuple(round(float(one), _DEGREES) for one in bounds) if np.isfinite(bounds).all() else None


def _inside(level: TerritoryLevel, parent: Selection) -> set[str]:
    if level is TerritoryLevel.COMMUNE:
        return set(parent.commune_codes)
    communes = _rows("communes")
    return {communes[code][f"{level.value}_code"] for code in parent.commune_codes}


@cache
def _rows(table: str) -> dict[str, dict[str, Any]]:
    """Return the units of a level by code, plain values."""
    frame = attributes(table)
    names = [str(name) for name in frame.columns]
    rows = zip(*(cells(frame[name]) for name in names), strict=True)
    return {str(row[names.index("code")]): dict(zip(names, row, strict=True)) for row in rows}


@cache
def _names(table: str) -> dict[str, str]:
    frame = attributes(table)
    return dict(zip(frame["code"], frame["name"], strict=True))


def _rounded(degrees: float) -> float | None:
    return round(degrees, _DEGREES) if np.isfinite(degrees) else None
