"""People by 200 m cell (INSEE's grid) or by any point with a weight: where need is, below the commune.

A row is a cell known by its INSPIRE identifier (``CRS3035RES200mN3075400E3838000``: projection, side, south-west
corner), whose centre is computed, or a longitude, a latitude and a number of people. Its commune is the one whose
outline holds it; a stated one is used to check it, and settles it near a border.
"""

import re
from collections.abc import Iterable
from itertools import batched
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geo_integration.errors import InputRefusedError
from geo_integration.layers import POINTS
from geo_integration.sources import fields, fields_french
from geo_integration.sources.cells import SYNTHETIC_NAMES, Cells, RejectedRowError, View
from geo_integration.sources.fields import BadValueError, Repaired
from geo_integration.sources.grid_cells import DECIMALS, GridCell, cell_of, column, placed
from geo_integration.sources.imports import Import, ProblemLog, hash_file
from geo_integration.sources.plain import COMMUNE_NAMES, open_table
from geo_integration.sources.rows import Cell, TableRows

COLUMNS = {
    "point_id": (
        "point_id",
        "idcar_200m",
        "idinspire",
        "id_inspire",
        "idcar_1km",
        "id_carreau",
        "identifiant",
        "id",
    ),
    "persons": (
        "persons",
        "ind",
        "personnes",
        "nombre de personnes",
        "individus",
        "population",
        "pop",
        "habitants",
        "poids",
        "weight",
    ),
    "longitude": ("lon", "longitude", "lng"),
    "latitude": ("lat", "latitude"),
    "commune_code": (*COMMUNE_NAMES, "lcog_geo"),
    "imputed": ("imputed", "i_est_200", "i_est_cr", "i_est_1km", "imputé", "valeur imputée"),
    "observed_year": ("observed_year", "année", "year", "millésime"),
    "source": ("source",),
    "synthetic": SYNTHETIC_NAMES,
}
REQUIRED = ("persons",)

_BATCH = 50_000
_CODE_LENGTH = 5


def read(path: Path) -> Import:
    """Read a table of cells or points with people (any table format).

    Parameters
    ----------
    path : people (``ind``, ``population``, ``poids``…), and an INSPIRE cell identifier (``idcar_200m``…) or
        ``longitude`` and ``latitude``; commune, imputed flag (``i_est_200``…), year where there are any.

    Returns
    -------
    The ``population_points`` layer, one row per point. Rejected: a point in the sea or outside France, people that
    are absent, masked, negative or unreadable (a point without weight has no use, and 0 would be false), an
    identifier read before.

    Raises
    ------
    InputRefusedError
        No column of people, or none that says where they are.
    """
    log = ProblemLog(path.name)
    table, view = open_table(path, log, COLUMNS, REQUIRED)
    return build(path, table, view, log, source="grid")


def build(path: Path, table: TableRows, view: View, log: ProblemLog, *, source: str) -> Import:
    """Build the layer from rows seen through a view (usual column names, or a mapping file)."""
    _require_a_place(table, view)
    parts = [
        found
        for rows in batched(view(iter(table)), _BATCH)
        if len(found := placed(_shaped(rows, path.name), view, log))
    ]
    points = _one_per_identifier(pd.concat(parts, ignore_index=True), view, log) if parts else POINTS.empty()
    frame = POINTS.conform(points) if len(points) else POINTS.empty()
    synthetic = bool(len(frame)) and bool(frame["synthetic"].any())
    return Import(source, path.name, hash_file(path), {POINTS.name: frame}, log, table.read, synthetic)


def _require_a_place(table: TableRows, view: View) -> None:
    known = set(view.columns) | set(view.constants)
    if "point_id" in known or {"longitude", "latitude"} <= known:
        return
    raise InputRefusedError(
        "rien ne dit où sont les personnes : ni identifiant de carreau, ni longitude et latitude",
        where=table.file,
        way_out=f"colonnes lues ({table.detail}) : {', '.join(table.columns)} ; "
        "donner idcar_200m (carreaux de l'INSEE), ou longitude et latitude en degrés WGS84",
    )


def _shaped(rows: Iterable[Cells], file: str) -> pd.DataFrame:
    """Shape the rows one by one; those that cannot be kept are noted."""
    shaped = []
    for cells in rows:
        try:
            shaped.append(_shape(cells, file))
        except RejectedRowError as error:
            cells.reject(error)
    return pd.DataFrame(shaped)


def _shape(cells: Cells, file: str) -> dict[str, Any]:
    identifier = cells.need("point_id", fields.record_text) if cells.has("point_id") else ""
    cell = _cell(cells, identifier)
    longitude, latitude = _point(cells, cell)
    return {
        "where": cells.where,
        "point_id": cell.name if cell else identifier or f"{longitude:.{DECIMALS}f},{latitude:.{DECIMALS}f}",
        "epsg": cell.epsg if cell else 0,
        "cell_metres": float(cell.side) if cell else np.nan,
        "east": cell.east + cell.side / 2 if cell else np.nan,
        "north": cell.north + cell.side / 2 if cell else np.nan,
        "lon": longitude,
        "lat": latitude,
        "persons": cells.need("persons", _persons),
        "stated": cells.get("commune_code", _commune_codes) or (),
        "imputed": cells.get("imputed", fields.boolean),
        "observed_year": cells.get("observed_year", fields.year),
        "source": cells.text("source") or file,
        "synthetic": bool(cells.get("synthetic", fields.boolean)),
    }


def _cell(cells: Cells, identifier: str) -> GridCell | None:
    try:
        return cell_of(identifier)
    except BadValueError as error:
        cells.refuse("point_id", str(error))


def _point(cells: Cells, cell: GridCell | None) -> tuple[float, float]:
    """Return the stated point, NaN where a cell states none or a bad one; any other row cannot do without."""
    longitude, latitude = cells.raw("longitude"), cells.raw("latitude")
    if longitude is None and latitude is None:
        if cell is None:
            cells.refuse("point_id", "ni identifiant de carreau de l'INSEE, ni longitude et latitude")
        return np.nan, np.nan
    try:
        return cells.kept("longitude", longitude, _degrees(longitude, latitude))
    except BadValueError as error:
        if cell is None:
            name = next((n for n in ("longitude", "latitude") if cells.raw(n) is None), "longitude")
            cells.refuse(name, str(error))
        cells.drop("longitude", f"{error} : l'identifiant du carreau suffit")
        return np.nan, np.nan


def _degrees(longitude: Cell, latitude: Cell) -> tuple[float, float] | Repaired[tuple[float, float]]:
    if longitude is None or latitude is None:
        raise BadValueError("longitude ou latitude absente")
    return fields_french.coordinates(longitude, latitude)


def _persons(value: Cell) -> float:
    """Return a number of people, fractions included: INSEE's cells hold some."""
    try:
        persons = fields.number(value)
    except BadValueError:
        if _masked(value):
            raise BadValueError("effectif masqué (secret statistique) : le poids du point n'est pas connu") from None
        raise
    if isinstance(value, str) and value.endswith("%"):
        raise BadValueError("pourcentage au lieu d'un nombre de personnes")
    if persons < 0:
        raise BadValueError("nombre négatif")
    return persons


def _masked(value: Cell) -> bool:
    try:
        return fields.masked_count(value) is None
    except BadValueError:
        return False


def _commune_codes(value: Cell) -> tuple[str, ...] | Repaired[tuple[str, ...]]:
    """Return one commune code, or all those of a cell on a border: INSEE's ``lcog_geo`` writes them end to end."""
    raw = re.sub(r"[\s;,|/]", "", fields.text(value)).removesuffix(".0")
    padded = "0" + raw if len(raw) % _CODE_LENGTH == _CODE_LENGTH - 1 else raw
    parts = [padded[start : start + _CODE_LENGTH] for start in range(0, len(padded), _CODE_LENGTH)]
    codes = tuple(str(fields_french.commune_code(part)) for part in parts)
    return codes if padded == raw else Repaired(codes, "zéro initial rétabli (perdu dans un tableur)")


def _one_per_identifier(points: pd.DataFrame, view: View, log: ProblemLog) -> pd.DataFrame:
    """Keep one row of each identifier, none where they contradict one another; the others are noted."""
    twice = points["point_id"].duplicated(keep=False)
    rejected: list[object] = []
    for identifier, group in points[twice].groupby("point_id", sort=False):
        first, second, *_ = group["where"]
        clash = len(group.drop(columns="where").drop_duplicates()) > 1
        for index, where in group["where"].iloc[0 if clash else 1 :].items():
            verb, twin = ("contredit", second if where == first else first) if clash else ("répète", first)
            log.reject(where, column(view, "point_id"), identifier, f"identifiant déjà lu : {verb} {twin}")
            rejected.append(index)
    return points.drop(index=rejected)
