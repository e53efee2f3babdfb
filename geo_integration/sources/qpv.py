"""Quartiers prioritaires de la politique de la ville: their outlines (GeoJSON, GeoPackage or Shapefile).

The national files of the ANCT, of 2015 (``code_qp``, ``nom_qp``) and of 2024 (``code_qp``, ``lib_qp``, ``insee_com``),
and what departments make of them. A quarter over several communes may be given in several pieces: they are joined.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyogrio
import shapely

from geo_integration.errors import InputRefusedError
from geo_integration.layers import QPV
from geo_integration.schema import SEPARATOR, WGS84
from geo_integration.sources import fields, fields_french
from geo_integration.sources.cells import SYNTHETIC_NAMES, Cells
from geo_integration.sources.fields import BadValueError, Repaired
from geo_integration.sources.imports import Import, ProblemLog, hash_file
from geo_integration.sources.plain import COMMUNE_NAMES, Resolver, Shaped, open_table, shape_rows
from geo_integration.sources.rows import Cell, TableRows

COLUMNS = {
    "qpv_code": ("qpv_code", "code_qp", "codeqp", "code_qpv", "codgeo_qpv", "id_qp", "code quartier", "code"),
    "name": ("name", "lib_qp", "nom_qp", "libqp", "nom_qpv", "lib_qpv", "nom du quartier", "libellé", "nom"),
    "commune_codes": (*COMMUNE_NAMES, "commune_codes", "insee_commune", "code_com"),
    "observed_year": ("observed_year", "millésime", "année", "year"),
    "source": ("source",),
    "longitude": ("longitude",),
    "latitude": ("latitude",),
    "synthetic": SYNTHETIC_NAMES,
}
REQUIRED = ("qpv_code",)

_CODE = re.compile(r"Q[PN][0-9A-Z]{6}")
_AREAL = {"Polygon", "MultiPolygon"}
_FIRST_NEW, _OLD = "QN", "QP"
_YEARS = {_OLD: 2015, _FIRST_NEW: 2024}
"""Generation a code says: decrees of 30 December 2014 and of 28 December 2023."""


def read(path: Path, *, resolve: Resolver | None = None) -> Import:
    """Read the outlines of quarters.

    Parameters
    ----------
    path : polygons with the code of the quarter (``QP062001``, ``QN06201M``); name and commune where there are any. A
        commune that is not stated is that of a point inside the quarter: noted, for a quarter may cross a border.
    resolve : commune codes of any year → current ones; the project's territories by default.

    Returns
    -------
    The ``qpv`` layer, one row per quarter. Rejected: no code or a wrong one, no outline or one that is no polygon, a
    quarter outside France, the same piece twice. An outline that crosses itself is put right, and noted.

    Raises
    ------
    InputRefusedError
        No outlines (a CSV), no projection, no column of codes, or a file that cannot be read.
    """
    log = ProblemLog(path.name)
    table, view = open_table(path, log, COLUMNS, REQUIRED)
    if table.kind != "geography":
        raise InputRefusedError(
            "pas de contours dans ce fichier",
            where=path.name,
            way_out="donner un fichier géographique (GeoJSON, GeoPackage ou Shapefile) des quartiers",
        )
    shapes = _outlines(path, table)
    rows = list(shape_rows(view(iter(table)), lambda cells: _shape(cells, shapes, path.name)))
    _settle_communes(rows, log, resolve)
    quarters = _joined([row for row in rows if row.fields["commune_codes"]], log)
    frame = QPV.conform(_frame(quarters)) if quarters else QPV.empty()
    synthetic = bool(len(frame)) and bool(frame["synthetic"].any())
    covers = tuple(sorted(set(frame["departement_code"].dropna())))
    return Import("qpv", path.name, hash_file(path), {QPV.name: frame}, log, table.read, synthetic, covers)


def _outlines(path: Path, table: TableRows) -> npt.NDArray[np.object_]:
    """Return the outline of each entity, in the order of the file, flat and in WGS84."""
    frame = pyogrio.read_dataframe(path, layer=table.detail.removeprefix("couche "), columns=[])
    return np.asarray(shapely.force_2d(frame.geometry.to_crs(WGS84).to_numpy()), dtype=object)


def _shape(cells: Cells, shapes: npt.NDArray[np.object_], file: str) -> dict[str, Any]:
    code = cells.need("qpv_code", _code)
    return {
        "qpv_code": code,
        "name": cells.get("name", fields.record_text) or code,
        "commune_codes": cells.get("commune_codes", _communes) or (),
        "observed_year": cells.get("observed_year", fields.year) or _YEARS[code[:2]],
        "source": cells.text("source") or file,
        "synthetic": bool(cells.get("synthetic", fields.boolean)),
        "geometry": _outline(cells, shapes[int(cells.where.rpartition(" ")[2]) - 1]),
        "point": (cells.raw("longitude"), cells.raw("latitude")),
    }


def _code(value: Cell) -> str | Repaired[str]:
    """Return the code of a quarter: QP (2015) or QN (2024), then six characters."""
    raw = re.sub(r"\s", "", fields.text(value)).upper()
    if _CODE.fullmatch(raw):
        return raw
    raise BadValueError("code de quartier illisible (QP ou QN, puis six caractères, par exemple QN06201M)")


def _communes(value: Cell) -> tuple[str, ...] | Repaired[tuple[str, ...]]:
    """Return one commune code, or several joined by a comma, a semicolon, a bar or a space."""
    parts = [part for part in re.split(r"[\s,;|/]+", fields.text(value)) if part]
    found = [fields_french.commune_code(part) for part in parts]
    reasons = [one.reason for one in found if isinstance(one, Repaired)]
    codes = tuple(dict.fromkeys(one.value if isinstance(one, Repaired) else one for one in found))
    return Repaired(codes, reasons[0]) if reasons else codes


def _outline(cells: Cells, shape: Any) -> Any:  # noqa: ANN401 -- a shapely geometry
    if shape is None or shape.is_empty:
        cells.refuse("geometry", "sans contour")
    if shape.geom_type not in _AREAL:
        cells.refuse("geometry", f"un contour est attendu, pas « {shape.geom_type} »")
    if shape.is_valid:
        return shape
    mended = _areas(shapely.make_valid(shape))
    if mended is None:
        cells.refuse("geometry", f"contour sans surface ({shapely.is_valid_reason(shape)})")
    cells.repair("geometry", f"contour qui se croise, remis en ordre ({shapely.is_valid_reason(shape)})")
    return mended


def _areas(shape: Any) -> Any:  # noqa: ANN401 -- a shapely geometry, or None
    """Return the areas of a geometry, None where it has none."""
    parts = [part for part in shapely.get_parts(shape, return_index=False) if part.geom_type in _AREAL]
    joined = shapely.union_all(parts)
    return joined if parts and not joined.is_empty else None


def _settle_communes(rows: Sequence[Shaped], log: ProblemLog, resolve: Resolver | None) -> None:
    """Replace commune codes by current ones, in place; a quarter in no commune of today is rejected."""
    from geo_integration import territories  # noqa: PLC0415 -- reads the territories only when needed

    stated = sorted({code for row in rows for code in row.fields["commune_codes"]})
    series = pd.Series(stated, dtype="str")
    current = dict(zip(stated, (resolve or territories.resolve_many)(series), strict=True))
    points = [row.fields.pop("point") for row in rows]
    inside = territories.communes_at(*np.array(points, dtype=float).reshape(-1, 2).T)
    for row, found in zip(rows, inside, strict=True):
        cells, codes = row.cells, row.fields["commune_codes"]
        known = tuple(sorted({str(current[code]) for code in codes if not pd.isna(current[code])}))
        for code in codes:
            if pd.isna(current[code]):
                log.drop(cells.where, cells.label("commune_codes"), code, "code commune inconnu du COG")
        row.fields["commune_codes"] = known or ((str(found),) if found else ())
        if not row.fields["commune_codes"]:
            log.reject(cells.where, cells.label("qpv_code"), row.fields["qpv_code"], "quartier hors de France")
        elif not known:
            reason = f"commune absente, lue d'un point du quartier : {found}"
            log.repair(cells.where, cells.label("commune_codes"), "", reason)


def _joined(rows: Sequence[Shaped], log: ProblemLog) -> list[dict[str, Any]]:
    """Join the pieces of each quarter; the same piece twice is noted."""
    found: dict[str, list[Shaped]] = {}
    for row in rows:
        code = row.fields["qpv_code"]
        same = [one for one in found.get(code, []) if one.fields["geometry"].equals(row.fields["geometry"])]
        if same:
            log.reject(row.cells.where, row.cells.label("qpv_code"), code, f"contour déjà lu ({same[0].cells.where})")
        else:
            found.setdefault(code, []).append(row)
    quarters = []
    for code, pieces in found.items():
        first = dict(pieces[0].fields)
        if len(pieces) > 1:
            first["geometry"] = shapely.union_all([piece.fields["geometry"] for piece in pieces])
            where = ", ".join(piece.cells.where for piece in pieces[1:])
            log.repair(pieces[0].cells.where, pieces[0].cells.label("qpv_code"), code, f"joint à {where}")
        codes = sorted({code for piece in pieces for code in piece.fields["commune_codes"]})
        quarters.append(first | {"commune_codes": codes})
    return quarters


def _frame(quarters: Sequence[dict[str, Any]]) -> gpd.GeoDataFrame:
    from geo_integration import territories  # noqa: PLC0415 -- as above

    departement = territories.communes(geometry=False).set_index("code")["departement_code"]
    table = pd.DataFrame([{name: value for name, value in row.items() if name != "geometry"} for row in quarters])
    table["departement_code"] = table["commune_codes"].str[0].map(departement)
    table["commune_codes"] = table["commune_codes"].str.join(SEPARATOR)
    return gpd.GeoDataFrame(table, geometry=[row["geometry"] for row in quarters], crs=WGS84)
