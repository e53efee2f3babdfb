"""The shipped tables, read once per process and handed out as copies."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow.parquet as pq

from geo_integration.errors import MissingDataError, OptionError
from geo_integration.settings import settings


def _path(name: str) -> Path:
    """Return the path of a shipped file, or raise MissingDataError."""
    path = settings().data / "territories" / name
    if not path.is_file():
        raise MissingDataError(
            f"le fichier {name} des territoires est absent",
            where=str(path),
            way_out="Réinstallez le projet, ou reconstruisez-le : "
            "uv run --group build python -m data.build.territories",
        )
    return path


@cache
def outlines(level: str) -> gpd.GeoDataFrame:
    """Return the one shared table of a level. Internal: never change what it returns."""
    return gpd.read_parquet(_path(f"{level}.parquet"))


@cache
def attributes(level: str) -> pd.DataFrame:
    """Return the one shared table of a level without outlines. Internal: never change what it returns."""
    path = _path(f"{level}.parquet")
    # Read apart from the outlines: codes and names are needed at once, outlines often not at all.
    names = [name for name in pq.read_schema(path).names if name != "geometry"]
    return pd.read_parquet(path, columns=names)


def _table(level: str, columns: Sequence[str] | None, *, geometry: bool) -> gpd.GeoDataFrame:
    source = outlines(level) if geometry else attributes(level)
    if columns is None:
        return source.copy()
    unknown = [name for name in columns if name not in source.columns]
    if unknown:
        raise OptionError(
            f"colonne inconnue : {', '.join(unknown)}",
            where=f"territoires, {level}",
            way_out=f"Colonnes possibles : {', '.join(source.columns)}.",
        )
    wanted = [name for name in columns if name != "geometry"]
    return source[[*wanted, "geometry"] if geometry else wanted].copy()


def communes(columns: Sequence[str] | None = None, *, geometry: bool = True) -> gpd.GeoDataFrame:
    """Return the current communes, sorted by code.

    Parameters
    ----------
    columns : which columns (all by default); ``geometry`` is added or left out by the next option.
    geometry : ``False`` gives a plain table, read in a tenth of the time.

    Returns
    -------
    GeoDataFrame (DataFrame without geometry), EPSG:4326, one row per current commune of the COG of the
    year (34,969), index 0…n-1. Columns: ``code, name, population`` (Int64, null if unknown), ``epci_code,
    arrondissement_code, departement_code, region_code, postcodes`` (``;`` separated), ``mairie_lon,
    mairie_lat`` (degrees), ``mairie_quality, geometry_quality, area_km2, radius_metres`` (radius of the
    disc of the same area), ``geometry`` (MultiPolygon; null in the overseas collectivities).
    The first call reads the file (about 0.4 s); each call copies the table (about 5 ms).

    Raises
    ------
    MissingDataError
        The shipped file is absent.
    OptionError
        Unknown column.
    """
    return _table("communes", columns, geometry=geometry)


def epci(columns: Sequence[str] | None = None, *, geometry: bool = True) -> gpd.GeoDataFrame:
    """Return the EPCI with own taxation: ``code, name, kind, population, communes, geometry``."""
    return _table("epci", columns, geometry=geometry)


def arrondissements(columns: Sequence[str] | None = None, *, geometry: bool = True) -> gpd.GeoDataFrame:
    """Return the arrondissements: ``code, name, departement_code, region_code, population, communes, geometry``."""
    return _table("arrondissements", columns, geometry=geometry)


def departements(columns: Sequence[str] | None = None, *, geometry: bool = True) -> gpd.GeoDataFrame:
    """Return départements and collectivities: ``code, name, region_code, capital_code, zone, population, …``.

    ``zone`` is ``metro``, ``drom`` or ``com``; the last have no outline.
    """
    return _table("departements", columns, geometry=geometry)


def regions(columns: Sequence[str] | None = None, *, geometry: bool = True) -> gpd.GeoDataFrame:
    """Return régions and collectivities: ``code, name, capital_code, zone, population, communes, geometry``."""
    return _table("regions", columns, geometry=geometry)


@cache
def _former_codes() -> pd.DataFrame:
    return pd.read_parquet(_path("former_codes.parquet"))


def former_codes() -> pd.DataFrame:
    """Return the codes and names that are no current commune.

    Returns
    -------
    DataFrame ``code, name`` (null for some), ``kind`` (``deleguee, associee, arrondissement_municipal,
    ancienne``), ``current_code, lon, lat, point_quality, postcodes``. A delegated commune may bear the code
    of the current one.
    """
    return _former_codes().copy()


@cache
def _meta() -> str:
    return _path("meta.json").read_text(encoding="utf-8")


def meta() -> dict[str, Any]:
    """Return where the territories come from: packages, COG year, licences, counts, tolerance."""
    parsed: dict[str, Any] = json.loads(_meta())
    return parsed
