"""Territories of France: outlines, codes, names, places. What ships is described in docs/territories.md.

Every table read here is read once per process and handed out as a copy.
"""

from geo_integration.territories.codes import resolve, resolve_many
from geo_integration.territories.names import Place, alike, normalise, resolve_by_postcode_and_name, search
from geo_integration.territories.places import (
    commune_at,
    communes_at,
    distance_to_commune_metres,
    legal_crs,
    to_metric,
)
from geo_integration.territories.selection import Selection, select
from geo_integration.territories.tables import (
    arrondissements,
    communes,
    departements,
    epci,
    former_codes,
    meta,
    regions,
)

__all__ = [
    "Place",
    "Selection",
    "alike",
    "arrondissements",
    "commune_at",
    "communes",
    "communes_at",
    "departements",
    "distance_to_commune_metres",
    "epci",
    "former_codes",
    "legal_crs",
    "meta",
    "normalise",
    "regions",
    "resolve",
    "resolve_by_postcode_and_name",
    "resolve_many",
    "search",
    "select",
    "to_metric",
]
