"""Schools: the directory of the éducation nationale, with the REP and REP+ networks joined by UAI."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo_integration.layers import SCHOOLS
from geo_integration.schema import WGS84
from geo_integration.sources import fields, fields_french
from geo_integration.sources.cells import SYNTHETIC_NAMES, Cells, View
from geo_integration.sources.fields import BadValueError
from geo_integration.sources.imports import Import, ProblemLog, hash_file
from geo_integration.sources.offer_rows import point
from geo_integration.sources.plain import COMMUNE_NAMES, Shaped, open_table, shape_rows, unique_by
from geo_integration.sources.rows import Cell, TableRows, normalise
from geo_integration.vocabulary import Modality

type Locator = Callable[[pd.DataFrame, ProblemLog], pd.DataFrame]
"""As :func:`geo_integration.sources.locate.locate`."""

COLUMNS = {
    "uai": ("uai", "code uai", "numero_uai", "identifiant_de_l_etablissement", "rne"),
    "name": ("nom_etablissement", "nom", "name", "appellation_officielle", "établissement"),
    "type": ("type_etablissement", "type", "nature"),
    "sector": ("statut_public_prive", "sector", "secteur", "statut"),
    "commune_code": tuple(COMMUNE_NAMES),
    "commune_name": ("nom_commune", "commune", "libelle_commune"),
    "postcode": ("code_postal", "cp"),
    "pupils": ("nombre_d_eleves", "pupils", "élèves", "effectif"),
    "rep": ("classement_rep", "rep", "appartenance_education_prioritaire"),
    "longitude": ("lon", "longitude"),
    "latitude": ("lat", "latitude"),
    "synthetic": SYNTHETIC_NAMES,
}
REQUIRED = ("uai", "name")
_REP = {"rep": "REP", "rep+": "REP+", "hors ep": "none", "hors rep": "none", "non": "none", "none": "none"}


def read(path: Path, *, rep: Path | None = None, locate: Locator | None = None) -> Import:
    """Read a directory of schools (any table format).

    Parameters
    ----------
    path : columns UAI and name; type, sector, commune, pupils, point where there are any.
    rep : list of schools with their network (REP, REP+), joined by UAI; a school it names without a network has none.
    locate : finds commune and point of each place; :func:`sources.locate.locate` by default.

    Returns
    -------
    The ``schools`` layer, one row per UAI.
    """
    log = ProblemLog(path.name)
    table, view = open_table(path, log, COLUMNS, REQUIRED)
    networks = read_networks(rep, log) if rep else {}
    return build(path, table, view, log, source="schools", networks=networks, locate=locate)


def build(
    path: Path,
    table: TableRows,
    view: View,
    log: ProblemLog,
    *,
    source: str,
    networks: Mapping[str, str] | None = None,
    locate: Locator | None = None,
) -> Import:
    """Build the layer from rows seen through a view (usual column names, or a mapping file)."""
    networks = networks or {}
    rows = unique_by(shape_rows(view(iter(table)), _shape), log, "uai")
    known = {row.fields["uai"] for row in rows}
    for uai, network in networks.items():
        if uai not in known:
            log.drop("réseaux REP", "uai", uai, f"établissement absent de l'annuaire ({network})")
    for row in rows:
        row.fields["rep"] = networks.get(row.fields["uai"]) or row.fields["rep"]
    frame = SCHOOLS.conform(_located(rows, log, locate)) if rows else SCHOOLS.empty()
    synthetic = bool(len(frame)) and bool(frame["synthetic"].any())
    return Import(source, path.name, hash_file(path), {"schools": frame}, log, table.read, synthetic)


def read_networks(path: Path, log: ProblemLog) -> dict[str, str]:
    """Return UAI → REP, REP+ or none, from a list of schools and their network."""
    table, view = open_table(path, log, COLUMNS, ("uai", "rep"))
    found: dict[str, str] = {}
    for cells in view(iter(table)):
        uai = cells.get("uai", fields_french.uai)
        network = "none" if cells.raw("rep") is None else cells.get("rep", _network)
        if uai and network:
            found[uai] = network
    return found


def _network(value: Cell) -> str:
    network = _REP.get(normalise(fields.text(value)))
    if network is None:
        raise BadValueError("réseau inconnu ; acceptés : REP, REP+, hors EP")
    return network


def _shape(cells: Cells) -> dict[str, Any]:
    longitude, latitude = point(cells)
    return {
        "where": cells.where,
        "uai": cells.need("uai", fields_french.uai),
        "name": _name(cells),
        "type": cells.get("type", fields.record_text),
        "sector": cells.get("sector", fields.record_text),
        "commune_code": cells.get("commune_code", fields_french.commune_code),
        "commune_name": cells.get("commune_name", fields.record_text),
        "postcode": cells.get("postcode", fields_french.postcode),
        "pupils": cells.get("pupils", fields.count),
        "rep": cells.get("rep", _network),
        "longitude": longitude,
        "latitude": latitude,
        "synthetic": bool(cells.get("synthetic", fields.boolean)),
    }


def _name(cells: Cells) -> str:
    """Return the name; a school without one is named after its type and commune."""
    name = cells.get("name", fields.record_text)
    if name:
        return name
    made = (
        " ".join(part for part in (cells.text("type"), cells.text("commune_name")) if part) or cells.text("uai") or ""
    )
    cells.repair("name", f"établissement sans nom, nommé « {made} »")
    return made


def _located(rows: Sequence[Shaped], log: ProblemLog, locate: Locator | None) -> gpd.GeoDataFrame:
    if locate is None:
        from geo_integration.sources.locate import locate as in_communes  # noqa: PLC0415 -- reads the territories

        locate = in_communes
    frame = pd.DataFrame([row.fields for row in rows])
    places = frame[["where", "commune_code", "postcode", "commune_name"]].astype("str")
    places = places.assign(address=pd.Series(index=frame.index, dtype="str"), modality=Modality.IN_PERSON.value)
    places[["longitude", "latitude"]] = frame[["longitude", "latitude"]].astype("float64")
    found = locate(places, log)
    for name in ("commune_code", "departement_code", "location_quality"):
        frame[name] = found[name]
    longitude, latitude = (found[name].to_numpy(dtype=float, na_value=np.nan) for name in ("longitude", "latitude"))
    placed = np.isfinite(longitude) & np.isfinite(latitude)
    frame["site_id"] = [
        f"{x:.5f},{y:.5f}" if ok else None for x, y, ok in zip(longitude, latitude, placed, strict=True)
    ]
    geometry = gpd.GeoSeries(gpd.points_from_xy(longitude, latitude), index=frame.index, crs=WGS84)
    geometry[~placed] = None
    return gpd.GeoDataFrame(frame, geometry=geometry, crs=WGS84)
