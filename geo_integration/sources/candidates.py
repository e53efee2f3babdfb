"""A user's list of places where a course could open: any table, one row a place, or a place and its hours.

Nothing is left out in silence: the best choice among part of a list is not the best choice. A list with a bad row is
refused, with every bad row, its line, its column, its value and the way out.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geo_integration import territories
from geo_integration.errors import InputRefusedError
from geo_integration.schema import SEPARATOR
from geo_integration.sources import fields, fields_french
from geo_integration.sources.cells import SYNTHETIC_NAMES, Cells, Parser, RejectedRowError
from geo_integration.sources.fields import BadValueError
from geo_integration.sources.imports import Problem, ProblemLog, hash_file
from geo_integration.sources.locate import TOLERANCE_METRES
from geo_integration.sources.offer_rows import one_term
from geo_integration.sources.plain import COMMUNE_NAMES, open_table, shape_rows
from geo_integration.sources.rows import Cell
from geo_integration.vocabulary import Kind, Outcome

COLUMNS: dict[str, tuple[str, ...]] = {
    "name": ("nom", "name", "lieu", "nom du lieu", "intitulé", "structure", "libellé", "nom de la structure", "site"),
    "commune_code": tuple(COMMUNE_NAMES),
    "commune_name": ("commune_name", "commune", "ville", "nom de la commune"),
    "postcode": ("postcode", "code postal", "cp", "code_postal"),
    "longitude": ("longitude", "lon", "lng", "x"),
    "latitude": ("latitude", "lat", "y"),
    "capacity": ("capacity", "places", "capacité", "nombre de places", "apprenants", "taille du groupe"),
    "days": ("days", "jours", "jour"),
    "hours": ("hours", "horaires", "horaire", "heures"),
    "start_time": ("start_time", "début", "heure de début"),
    "end_time": ("end_time", "fin", "heure de fin"),
    "kind": ("kind", "type", "type de cours"),
    "synthetic": SYNTHETIC_NAMES,
}
"""Field → names its column usually has."""

FIELDS = ("name", "commune_code", "lon", "lat", "capacity", "days", "start_time", "end_time", "kind", "synthetic")
_SHOWN = 5
_WAY_OUT = (
    "corriger ces lignes : rien n'est calculé sur une liste incomplète. Il faut un nom, et un code commune INSEE "
    "ou une longitude et une latitude (WGS84) ; places (entier, 1 ou plus), jours, horaires (9h-11h30) et type de "
    "cours sont facultatifs"
)


@dataclass(frozen=True)
class Listed:
    """A list of places, read.

    Attributes
    ----------
    table : one row a place: ``name``, ``commune_code``, ``lon``, ``lat`` (the mairie where only the commune is
        given), ``capacity`` (learners; null: not stated), ``days`` (``mon;thu``), ``start_time``, ``end_time`` (HH:MM;
        null: not stated), ``kind`` (null: not stated), ``synthetic``, ``where`` (its line).
    file, sha256 : what was read.
    log : values that were put right.
    """

    table: pd.DataFrame
    file: str
    sha256: str
    log: ProblemLog


def read(path: Path, *, sheet: str | None = None) -> Listed:
    """Read a list of places (CSV, XLSX, GeoJSON…).

    Raises
    ------
    InputRefusedError
        The file cannot be read, has no column of names, no row, or a bad one: unknown INSEE code, negative places, a
        point outside its commune or outside France, hours that make no sense.
    """
    log = ProblemLog(path.name)
    table, view = open_table(path, log, COLUMNS, ("name",), sheet)
    rows = [row.fields for row in shape_rows(view(iter(table)), _shape)]
    _refuse_bad(path, log)
    if not rows:
        raise InputRefusedError("aucune ligne", where=path.name, way_out="donner au moins un lieu")
    frame = pd.DataFrame(rows)
    for name in ("lon", "lat", "capacity"):
        frame[name] = frame[name].astype("float64")
    for name in ("name", "commune_code", "days", "start_time", "end_time", "kind", "where"):
        frame[name] = frame[name].astype("str")
    return Listed(frame[[*FIELDS, "where"]], path.name, hash_file(path), log)


def _shape(cells: Cells) -> dict[str, Any]:
    code, longitude, latitude = _position(cells)
    days, times = _meets(cells)
    return {
        "where": cells.where,
        "name": cells.need("name", fields.record_text),
        "commune_code": code,
        "lon": longitude,
        "lat": latitude,
        "capacity": _strict(cells, "capacity", _learners),
        "days": SEPARATOR.join(days) if days else None,
        "start_time": times[0] if times else None,
        "end_time": times[1] if times else None,
        "kind": _strict(cells, "kind", one_term(Kind)),
        "synthetic": bool(_strict(cells, "synthetic", fields.boolean)),
    }


def _strict[T](cells: Cells, name: str, parser: Parser[T]) -> T | None:
    """Return a value, None where it is blank; a bad one condemns its row."""
    return None if cells.raw(name) is None else cells.need(name, parser)


def _learners(value: Cell) -> int:
    places = fields.integer(value)
    if places < 1:
        raise BadValueError("nombre de places nul ou négatif")
    return places


def _meets(cells: Cells) -> tuple[tuple[str, ...], tuple[str, str] | None]:
    """Return the days and the hours a row states."""
    times = _strict(cells, "hours", fields_french.time_range)
    days = _strict(cells, "days", fields_french.days)
    if times is not None and days is None:
        try:
            days = fields_french.days(cells.raw("hours"))
        except BadValueError:
            days = None  # « 9h-11h30 » says no day, and need not
    start, end = (_strict(cells, name, fields_french.time_of_day) for name in ("start_time", "end_time"))
    if (start is None) != (end is None):
        cells.refuse("end_time" if end is None else "start_time", "début ou fin du cours manquant")
    if start is not None and end is not None:
        if end <= start:
            cells.refuse("end_time", f"fin du cours ({end}) avant son début ({start})")
        times = start, end
    return days or (), times


def _position(cells: Cells) -> tuple[str, float, float]:
    """Return the commune and the point of a row; the mairie where it gives no point."""
    code = _commune(cells)
    point = _point(cells)
    if point is None:
        if code is None:
            cells.refuse("commune_code", "ni code commune, ni longitude et latitude")
        longitude, latitude = _mairies().get(code, (np.nan, np.nan))
        if not np.isfinite(longitude):
            cells.refuse("commune_code", "commune sans mairie connue : donner une longitude et une latitude")
        return code, longitude, latitude
    longitude, latitude = point
    shown = f"{longitude:g}, {latitude:g}"
    if code is None:
        found = territories.commune_at(longitude, latitude)
        if found is None:
            raise RejectedRowError(_named(cells), shown, "point hors de toute commune de France")
        return found, longitude, latitude
    (metres,) = territories.distance_to_commune_metres([code], [longitude], [latitude]).tolist()
    if not metres <= TOLERANCE_METRES:
        far = f"à {metres / 1000:.1f} km" if np.isfinite(metres) else "très loin"
        raise RejectedRowError(_named(cells), shown, f"point {far} de sa commune ({code})")
    return code, longitude, latitude


@cache
def _mairies() -> dict[str, tuple[float, float]]:
    table = territories.communes(["code", "mairie_lon", "mairie_lat"], geometry=False)
    points = zip(table["mairie_lon"].astype(float), table["mairie_lat"].astype(float), strict=True)
    return dict(zip(table["code"].astype(str), points, strict=True))


def _commune(cells: Cells) -> str | None:
    """Return the current commune a row names by its code, or by its postcode and name; None where it names none."""
    stated = _strict(cells, "commune_code", fields_french.commune_code)
    if stated is not None:
        (current,) = territories.resolve_many(pd.Series([stated], dtype="str"))
        if pd.isna(current):
            cells.refuse("commune_code", "code commune inconnu du COG")
        return str(current)
    postcode = _strict(cells, "postcode", fields_french.postcode)
    name = _strict(cells, "commune_name", fields.record_text)
    if postcode is None or name is None:
        return None
    found = territories.resolve_by_postcode_and_name(postcode, name)
    if found is None:
        cells.refuse("commune_name", f"commune inconnue au code postal {postcode}")
    return found


def _point(cells: Cells) -> tuple[float, float] | None:
    longitude, latitude = cells.raw("longitude"), cells.raw("latitude")
    if longitude is None and latitude is None:
        return None
    if longitude is None or latitude is None:
        cells.refuse("longitude" if longitude is None else "latitude", "coordonnée seule, sans l'autre")
    shown = f"{longitude}, {latitude}"
    try:
        return cells.kept("longitude", shown, fields_french.coordinates(longitude, latitude))
    except BadValueError as error:
        raise RejectedRowError(_named(cells), shown, str(error)) from error


def _named(cells: Cells) -> str:
    return f"{cells.label('longitude')}, {cells.label('latitude')}"


def _refuse_bad(path: Path, log: ProblemLog) -> None:
    """Refuse a list that has a bad row, and name them."""
    bad = [problem for problem in log.problems if problem.outcome is Outcome.ROW_REJECTED]
    count = log.counts[Outcome.ROW_REJECTED]
    if not bad:
        return
    told = [_told(problem) for problem in bad[:_SHOWN]]
    more = [f"et {count - len(told)} autre(s)"] if count > len(told) else []
    raise InputRefusedError(
        f"{count} ligne(s) refusée(s)\n" + "\n".join([*told, *more]), where=path.name, way_out=_WAY_OUT
    )


def _told(problem: Problem) -> str:
    column = f", colonne {problem.field}" if problem.field else ""
    value = f", « {problem.value} »" if problem.value else ""
    return f"{problem.where}{column}{value} : {problem.reason}"
