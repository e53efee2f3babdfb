"""What the reach table is made from, checked once at the door."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from geo_integration.errors import LayerError, OptionError
from geo_integration.travel.snapping import Floats


@dataclass(frozen=True)
class Sites:
    """Places where courses are held.

    Attributes
    ----------
    ids : site identifiers, unique, shape (sites,).
    lon, lat : WGS84 degrees, shape (sites,); NaN where a site has no position.
    commune_codes : INSEE code of the commune of each site, "" where unknown, shape (sites,).
    """

    ids: list[str]
    lon: Floats
    lat: Floats
    commune_codes: list[str]

    @classmethod
    def from_table(cls, table: pd.DataFrame) -> Self:
        """Check a table with columns ``site_id``, ``lon``, ``lat`` and, optionally, ``commune_code``."""
        lon, lat = _checked_positions(table, "site_id", where="sites")
        codes = [""] * len(table)
        if "commune_code" in table:
            codes = ["" if pd.isna(code) else str(code) for code in table["commune_code"]]
        return cls(ids=[str(value) for value in table["site_id"]], lon=lon, lat=lat, commune_codes=codes)


@dataclass(frozen=True)
class Origins:
    """Communes that people set out from.

    Attributes
    ----------
    codes : INSEE codes, unique, shape (communes,).
    lon, lat : mairie, WGS84 degrees, shape (communes,); NaN where it is not known.
    radius_metres : radius of the disc of the commune's area, shape (communes,).
    """

    codes: list[str]
    lon: Floats
    lat: Floats
    radius_metres: Floats

    @classmethod
    def from_table(cls, table: pd.DataFrame) -> Self:
        """Check a table with columns ``commune_code``, ``lon``, ``lat``, ``radius_metres``."""
        lon, lat = _checked_positions(table, "commune_code", where="communes", needed=("radius_metres",))
        radius = table["radius_metres"].to_numpy(dtype=np.float64, na_value=np.nan)
        if not (np.isfinite(radius) & (radius > 0)).all():
            rows = table.loc[~(np.isfinite(radius) & (radius > 0)), "commune_code"].astype(str).head(3)
            raise LayerError(
                f"rayon absent, nul ou négatif : {', '.join(rows)}",
                where="communes, radius_metres",
                way_out="donner le rayon en mètres du disque de même surface que la commune",
            )
        return cls(codes=[str(value) for value in table["commune_code"]], lon=lon, lat=lat, radius_metres=radius)


def check_options(*, mode: str, served: str, cutoff_minutes: float, chunk_size: int) -> None:
    """Refuse a mode the network does not serve, and a cutoff or chunk that makes no sense."""
    if mode != served:
        raise OptionError(
            f"le réseau « outline » ne connaît que la voiture, pas le mode « {mode} »",
            where="mode",
            way_out=f"demander le mode « {served} », ou charger un réseau de rues ou des horaires",
        )
    if not 0 < cutoff_minutes < np.inf:
        raise OptionError(
            f"une durée limite de {cutoff_minutes} minutes n'a pas de sens",
            where="cutoff_minutes",
            way_out="donner un nombre de minutes supérieur à 0, par exemple 90",
        )
    if chunk_size < 1:
        raise OptionError(
            f"un lot de {chunk_size} sites n'a pas de sens",
            where="chunk_size",
            way_out="donner 1 ou plus, par exemple 50",
        )


def _checked_positions(
    table: pd.DataFrame, key: str, *, where: str, needed: tuple[str, ...] = ()
) -> tuple[Floats, Floats]:
    """Return lon and lat of a table whose key is complete and unique."""
    if missing := [column for column in (key, "lon", "lat", *needed) if column not in table.columns]:
        raise LayerError(f"colonnes absentes : {', '.join(missing)}", where=where)
    if table[key].isna().any():
        raise LayerError(
            f"{int(table[key].isna().sum())} lignes sans identifiant",
            where=f"{where}, {key}",
            way_out="donner un identifiant à chaque ligne",
        )
    repeated = table[key].astype(str)
    repeated = repeated[repeated.duplicated()]
    if not repeated.empty:
        raise LayerError(
            f"identifiants répétés : {', '.join(repeated.unique()[:3])}",
            where=f"{where}, {key}",
            way_out="ne garder qu'une ligne par identifiant",
        )
    lon, lat = (table[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in ("lon", "lat"))
    wrong = (np.isnan(lon) != np.isnan(lat)) | (np.abs(lon) > 180) | (np.abs(lat) > 90)  # noqa: PLR2004
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise LayerError(
            f"position impossible : lon {lon[row]}, lat {lat[row]}",
            where=f"{where}, {key} {table[key].iloc[row]}",
            way_out="donner des degrés WGS84 (longitude de -180 à 180, latitude de -90 à 90), ou aucun des deux",
        )
    return lon, lat
