"""INSPIRE grid cells, and where a cell or a point is: its centre, and the commune that holds it."""

import re
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from pyproj import Transformer

from geo_integration import territories
from geo_integration.sources.cells import View
from geo_integration.sources.fields import BadValueError
from geo_integration.sources.imports import ProblemLog
from geo_integration.sources.locate import TOLERANCE_METRES

CELL_PROJECTIONS = frozenset({3035, 2975, 5490, 32620, 2973, 2972, 4471})
"""Projections of grids of France: the mainland (LAEA), La Réunion, Antilles (today and before), Guyane, Mayotte."""

DECIMALS = 6
"""Of a degree: a tenth of a metre."""

_EDGE_METRES = 1.0
_CELL = re.compile(r"CRS(\d{4,5})RES(\d{2,5})M?N(\d{1,8})E(\d{1,8})", re.ASCII)
_LIKE_A_CELL = re.compile(r"CRS\d*RES", re.ASCII)


def column(view: View, *names: str) -> str:
    """Return the columns that hold some fields, as the report names them."""
    return ", ".join(view.columns.get(name, name) for name in names)


class GridCell(NamedTuple):
    """A square cell: EPSG code of its projection, side and south-west corner in metres."""

    epsg: int
    side: int
    north: int
    east: int

    @property
    def name(self) -> str:
        """The identifier as INSEE writes it, so that a cell has one whatever the file."""
        return f"CRS{self.epsg}RES{self.side}mN{self.north}E{self.east}"


def cell_of(identifier: str) -> GridCell | None:
    """Return the cell an INSPIRE identifier names; None for any other identifier.

    Raises
    ------
    BadValueError
        It is written like one, and names no cell of INSEE's grids.
    """
    plain = re.sub(r"\s", "", identifier).upper()
    found = _CELL.fullmatch(plain)
    if found:
        cell = GridCell(*(int(part) for part in found.groups()))
        if cell.epsg in CELL_PROJECTIONS and cell.side:
            return cell
        raise BadValueError(f"carreau d'un quadrillage inconnu (CRS{cell.epsg}, {cell.side} m)")
    if _LIKE_A_CELL.match(plain):
        raise BadValueError("identifiant de carreau illisible (attendu CRS3035RES200mN…E…)")
    return None


def placed(rows: pd.DataFrame, view: View, log: ProblemLog) -> pd.DataFrame:
    """Give each row its centre and its commune; leave out, and note, those that have none.

    Parameters
    ----------
    rows : ``where``, ``point_id``, ``lon``, ``lat`` (WGS84 degrees; NaN for a cell that states none), ``epsg`` (0 for
        a point), ``east``, ``north`` (of a cell's centre, metres), ``cell_metres`` (NaN for a point), ``stated`` (tuple
        of commune codes of any year).
    view : names the columns in the report.
    log : receives what is left out.

    Returns
    -------
    The rows kept, with ``lon``, ``lat`` of the centre and ``commune_code``, without ``epsg``, ``east``, ``north``,
    ``stated``.
    """
    if rows.empty:
        return rows
    rows = _centred(rows, view, log)
    rows["commune_code"] = _communes(rows, view, log)
    kept: pd.DataFrame = rows[rows["commune_code"].notna()].drop(columns=["epsg", "east", "north", "stated"])
    return kept


@cache
def _to_degrees(epsg: int) -> Transformer:
    return Transformer.from_crs(epsg, 4326, always_xy=True)


def _centred(rows: pd.DataFrame, view: View, log: ProblemLog) -> pd.DataFrame:
    """Put cells at their centre; a stated point that is not in its cell contradicts it: nobody knows which is right."""
    lon, lat = rows["lon"].to_numpy(dtype=np.float64, copy=True), rows["lat"].to_numpy(dtype=np.float64, copy=True)
    kept = np.ones(len(rows), dtype=np.bool_)
    for epsg in sorted(set(rows["epsg"]) - {0}):
        at = np.flatnonzero(rows["epsg"].eq(epsg))
        projection, part = _to_degrees(int(epsg)), rows.iloc[at]
        x, y = projection.transform(lon[at], lat[at], direction="INVERSE")
        outside = np.maximum(np.abs(x - part["east"]), np.abs(y - part["north"])) - part["cell_metres"] / 2
        for position in np.flatnonzero(outside > _EDGE_METRES):
            row = part.iloc[position]
            reason = f"point à {outside.iloc[position]:.0f} m du carreau {row['point_id']}"
            log.reject(row["where"], column(view, "longitude", "latitude"), f"{row['lon']}, {row['lat']}", reason)
            kept[at[position]] = False
        centre = projection.transform(part["east"].to_numpy(), part["north"].to_numpy())
        lon[at], lat[at] = (np.where(np.isfinite(degrees), degrees, np.nan) for degrees in centre)
    return rows.assign(lon=np.round(lon, DECIMALS), lat=np.round(lat, DECIMALS))[kept].reset_index(drop=True)


def _communes(rows: pd.DataFrame, view: View, log: ProblemLog) -> npt.NDArray[np.object_]:
    """Return the commune of each point, None (noted) where there is none.

    The outline that holds the point decides. Outlines are simplified, and a cell may straddle a border: a stated
    commune within ``TOLERANCE_METRES`` is kept, as for every other source.
    """
    found = territories.communes_at(rows["lon"], rows["lat"])
    stated = _current(rows, view, log)
    for position, codes in stated.items():
        if found[position] in codes:
            continue
        row, inside = rows.iloc[position], found[position]
        metres = territories.distance_to_commune_metres(codes, *([row[name]] * len(codes) for name in ("lon", "lat")))
        metres = np.where(np.isnan(metres), np.inf, metres)
        if metres.min() <= TOLERANCE_METRES:
            found[position] = codes[int(metres.argmin())]
        elif inside is not None:
            far = f" (à {metres.min() / 1000:.1f} km)" if np.isfinite(metres.min()) else ""
            reason = f"le point est dans la commune {inside}, pas dans celle indiquée{far} : le point l'emporte"
            log.drop(row["where"], column(view, "commune_code"), ";".join(row["stated"]), reason)
    for nowhere in np.flatnonzero(pd.isna(found)).tolist():
        row = rows.iloc[nowhere]
        names = ("point_id",) if row["epsg"] else ("longitude", "latitude")
        value = row["point_id"] if row["epsg"] else f"{row['lon']}, {row['lat']}"
        log.reject(row["where"], column(view, *names), value, "point hors de toute commune de France (mer, étranger)")
    return found


def _current(rows: pd.DataFrame, view: View, log: ProblemLog) -> dict[int, list[str]]:
    """Return the stated communes of each row as current codes, by position; unknown ones are noted."""
    codes = rows["stated"].explode().dropna()
    current = territories.resolve_many(codes.astype("str"))
    for position, code in codes[current.isna().to_numpy()].items():
        where = rows["where"].iloc[int(str(position))]
        log.drop(where, column(view, "commune_code"), code, "code commune inconnu du COG")
    by_row: dict[int, list[str]] = {}
    for position, code in current.dropna().items():
        by_row.setdefault(int(str(position)), []).append(code)
    return by_row
