"""Three made-up communes in a row, one covered, one too far, one without data: small enough to check by hand."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import box

from geo_integration.coverage.need import NeedModel, need, people
from geo_integration.exports import Meta
from geo_integration.layers import COVERAGE

META: Meta = {
    "title": "Où manque-t-il un cours d'alphabétisation ?",
    "territory": "Pays des carrés",
    "as_of": "2026-11-22",
    "kind": "alphabetisation",
    "level": None,
    "mode": "car",
    "cutoff": 45.0,
    "engine": "outline",
    "sources": [{"name": "Offres de démonstration", "date": "2026-11-01", "licence": "Licence Ouverte 2.0"}],
    "method": "Le cours ouvert le plus proche, à partir de la mairie.",
    "notes": ["Besoin estimé."],
    "synthetic": True,
    "disclaimer": ["Ne tirer aucune conclusion sur le territoire réel."],
}

_COMMON: dict[str, Any] = {
    "epci_code": "200000001",
    "arrondissement_code": "621",
    "departement_code": "62",
    "region_code": "32",
    "mode": "car",
    "engine": "outline",
    "basis": "commune",
    "kind": "alphabetisation",
    "level": None,
    "cutoff_minutes": 45.0,
    "as_of": "2026-11-22",
    "withheld": False,
    "synthetic": True,
}


def three_communes(**changes: Any) -> gpd.GeoDataFrame:  # noqa: ANN401 -- any column
    """Return the coverage table; ``changes`` replace whole columns."""
    table = pd.DataFrame(
        {
            "commune_code": ["62003", "62001", "62002"],
            "commune_name": ["Œuf-en-Ternois", "Abbé-Saint-Éloi", "Bois-d'Été"],
            "population": [300, 1200, None],
            "cause": ["no_data", "covered", "too_far"],
            "cause_if_unknown_fits": ["no_data", "covered", "covered"],
            "out_minutes": [np.nan, 12.34, 45.2],
            "back_minutes": [np.nan, 13.0, 46.0],
            "offer_id": [None, "x:1", "x:1"],
            "offer_title": [None, "Lire et écrire", "Lire et écrire"],
            "offer_commune_name": [None, "Abbé-Saint-Éloi", "Abbé-Saint-Éloi"],
            "need": [np.nan, 2.5, 1.25],
            "need_basis": ["unknown", "estimate", "estimate"],
            "need_uncovered": [np.nan, 0.0, 1.25],
            "need_uncovered_if_unknown_fits": [np.nan, 0.0, 0.0],
            **_COMMON,
        }
    ).assign(**changes)
    squares = {"62001": box(2, 50, 2.1, 50.1), "62002": box(2.1, 50, 2.2, 50.1), "62003": box(2.2, 50, 2.3, 50.1)}
    conform = COVERAGE.conform(table)
    return gpd.GeoDataFrame(conform, geometry=[squares[code] for code in conform["commune_code"]], crs="EPSG:4326")


def rollups() -> dict[str, pd.DataFrame]:
    """Return the sums of the three communes, by hand."""
    common = {"communes": 3, "communes_covered": 1, "communes_too_far": 1, "communes_no_data": 1, "population": 1500}
    sums = {"communes_need_unknown": 1, "need": 3.75, "need_uncovered": 1.25, "need_uncovered_if_unknown_fits": 0.0}
    rows = {"epci": ("200000001", "CC des Carrés"), "departement": ("62", "Pas-de-Calais")}
    return {
        level: pd.DataFrame([{"level": level, "code": code, "name": name, **common, **sums}])
        for level, (code, name) in rows.items()
    }


def needed(communes: pd.DataFrame, model: NeedModel, **known: Any) -> pd.DataFrame:  # noqa: ANN401 -- as people() takes
    """Return the need of each commune: its people, and the share of them."""
    return need(people(communes, model.totals, **known), model)
