"""Where a scenario puts a course: the mairie of a commune, or a point, as the offers layer writes it."""

from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
import pandas as pd
from shapely import Point

from geo_integration import territories
from geo_integration.coverage.scenario.actions import Action
from geo_integration.coverage.scenario.model import place_of
from geo_integration.errors import ScenarioRefusedError, UnknownTerritoryError
from geo_integration.vocabulary import LocationQuality


@dataclass(frozen=True)
class Doing:
    """One action being done: what a message must name."""

    where: str
    number: int
    action: Action

    def refuse(self, what: str, field: str, way_out: str, *, value: object = None) -> NoReturn:
        """Raise ScenarioRefusedError."""
        given = getattr(self.action, field, None) if value is None else value
        place = place_of(self.where, number=self.number, action=self.action.action, field=field, value=given)
        raise ScenarioRefusedError(what, where=place, way_out=way_out)


def placed(doing: Doing, communes: pd.DataFrame) -> dict[str, Any]:
    """Return the columns of the offers layer that say where a course is held.

    Parameters
    ----------
    doing : an action with ``commune_code``, ``lon`` and ``lat``; a point without commune lies in the one that holds it.
    communes : ``code``, ``name``, ``departement_code``, ``mairie_lon``, ``mairie_lat``.

    Raises
    ------
    ScenarioRefusedError
        No such commune, a commune without a known mairie, a point in no commune or outside the one named.
    """
    code, lon, lat = (getattr(doing.action, name) for name in ("commune_code", "lon", "lat"))
    code = commune_of(doing, code) if code is not None else territories.commune_at(lon, lat)
    if code is None:
        doing.refuse("ce point n'est dans aucune commune", "lon", "donner lon puis lat en degrés, en France")
    row = communes.loc[communes["code"].eq(code)].iloc[0]
    quality = LocationQuality.POINT
    if lon is None:
        quality, lon, lat = LocationQuality.MAIRIE, row["mairie_lon"], row["mairie_lat"]
        if pd.isna(lon):
            doing.refuse("la mairie de cette commune n'est pas connue", "commune_code", "donner aussi lon et lat")
    elif territories.distance_to_commune_metres([code], [lon], [lat])[0] > _TOLERANCE_METRES:
        there = territories.commune_at(lon, lat)
        doing.refuse(
            f"le point {lon}, {lat} n'est pas dans cette commune (il est dans : {there or 'aucune'})",
            "commune_code",
            "enlever commune_code, ou corriger le point",
        )
    return {
        "commune_code": code,
        "commune_name": row["name"],
        "departement_code": row["departement_code"],
        "site_id": f"{lon:.5f},{lat:.5f}",
        "location_quality": quality.value,
        "geometry": Point(float(lon), float(lat)),
        "place_name": None,
        "address": None,
        "postcode": None,
        "uai": None,
    }


_TOLERANCE_METRES = 500.0
"""Outlines are simplified: a point this near its commune is taken for one in it."""


def commune_of(doing: Doing, code: str) -> str:
    """Return the current commune of a code; ScenarioRefusedError for an unknown one."""
    try:
        return territories.resolve(code)
    except UnknownTerritoryError as error:
        doing.refuse(error.what, "commune_code", error.way_out)


def point_of(offers: pd.DataFrame) -> tuple[float, float]:
    """Return where the first of some offers is, NaN where it has no place."""
    point = offers.geometry.iloc[0]
    return (point.x, point.y) if point is not None and not point.is_empty else (np.nan, np.nan)
