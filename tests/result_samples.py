"""A made answer with all that goes wrong: unknowns, formulas, a script in a name, no geometry, an empty table."""

from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo_integration.exports import Meta
from geo_integration.exports.colours import causes, diverging, of_terms, sequential
from geo_integration.exports.headings import COVERAGE_HEADINGS, Heading
from geo_integration.exports.result import Beside, Colouring, Result
from geo_integration.vocabulary import Fit
from tests.coverage_samples import META

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
FORMULA = "=HYPERLINK(0)"

HEADINGS = {
    **{name: COVERAGE_HEADINGS[name] for name in ("commune_code", "commune_name", "departement_code", "cause")},
    "out_minutes": COVERAGE_HEADINGS["out_minutes"],
    "need": COVERAGE_HEADINGS["need"],
    "hours": Heading("Heures par apprenant (h/an)", "Heures de cours accessibles. Vide : capacité inconnue.", 12),
    "share": Heading("Part servie", "Part des apprenants servis (0 à 1). Vide : inconnue.", 9),
    "change": Heading("Évolution (min)", "Après moins avant. Vide : inconnue.", 9),
    "fit": Heading("Adéquation", "Ce que le cours est pour cette personne.", 14, Fit),
    "remark": Heading("Remarque", "En clair. Vide : rien à dire.", 30),
    "withheld": COVERAGE_HEADINGS["withheld"],
    "synthetic": COVERAGE_HEADINGS["synthetic"],
}

RESULT_META: Meta = {**META, "bounds": ["Bas : seuls les cours sûrs.", "Haut : les cours non précisés aussi."]}


def communes() -> gpd.GeoDataFrame:
    """Return five communes: 01002 to 01006, out of order, the last without outline, one name hostile."""
    table = pd.DataFrame(
        {
            "commune_code": ["01005", "01002", "01004", "01003", "01006"],
            "commune_name": ["Œuf-en-Ternois", "L'Abergement", HOSTILE, FORMULA, "Sans contour"],
            "departement_code": ["01"] * 5,
            "cause": ["no_data", "covered", "too_far", "no_return", "full"],
            "out_minutes": [np.nan, 12.34, 45.2, np.inf, 30.0],
            "need": pd.Series([np.nan, 0.0, np.nan, 12.5, 1234.25], dtype="float64"),
            "hours": [np.nan, 0.0, 40.5, 120.0, 0.004],
            "share": [np.nan, 0.0, 0.125, 1.0, 0.5],
            "change": [np.nan, 0.0, -12.0, 5.0, 30.0],
            "fit": ["unknown", "fits", "does_not_fit", "fits", None],
            "remark": [None, "élève à « l'École »", "@SUM(A1)", "-1", "+33 1"],
            "withheld": [False, False, True, False, False],
            "synthetic": [True] * 5,
        }
    )
    squares = {
        code: shapely.box(2 + n / 10, 50, 2.1 + n / 10, 50.1) for n, code in enumerate(sorted(table["commune_code"]))
    }
    squares["01006"] = None
    return gpd.GeoDataFrame(table, geometry=[squares[code] for code in table["commune_code"]], crs="EPSG:4326")


def sample(**changes: Any) -> Result:  # noqa: ANN401 -- any field
    """Return the answer; ``changes`` replace whole fields."""
    table = communes()
    points = gpd.GeoDataFrame(
        {
            "label": ["École Jules-Ferry", HOSTILE, "Maison pour tous", "Nulle part"],
            "text": ["Groupe du soir\nréservé aux parents", "=1+1", "Alphabétisation", "inconnu"],
            "mark": ["chosen", "candidate", "site", "site"],
        },
        geometry=[shapely.Point(2.05, 50.05), shapely.Point(2.15, 50.05), shapely.Point(2.25, 50.02), None],
        crs="EPSG:4326",
    )
    curve = pd.DataFrame({"sites": [0, 1, 2, 3], "need": [0.0, 40.0, 65.5, 70.0], "gap": [None, 0.0, 0.0, None]})
    lorenz = pd.DataFrame({"people": [0.0, 0.5, 1.0], "hours": [0.0, 0.2, 1.0]})
    result = Result(
        "essai",
        "commune_code",
        table,
        HEADINGS,
        RESULT_META,
        colourings=(
            Colouring("hours", "Heures par apprenant et par an", sequential(table["hours"], unit="h", bad="low")),
            Colouring("cause", "Situation", causes()),
            Colouring("need", "Besoin (apprenants)", sequential(table["need"])),
            Colouring("change", "Évolution du trajet", diverging(table["change"], unit="min")),
            Colouring("out_minutes", "Aller", sequential(table["out_minutes"], unit="min", breaks=[15, 30, 45])),
        ),
        figures=(("62 %", "des apprenants « servis » par deux groupes"), ("1 247", HOSTILE)),
        beside={
            "courbe": Beside(
                "Besoin couvert selon le nombre de lieux",
                curve,
                {
                    "sites": Heading("Lieux", "Lieux ouverts."),
                    "need": Heading("Besoin couvert (%)", "En pour cent du besoin."),
                    "gap": Heading("Écart", "À l'optimum. Vide : non calculé."),
                },
                curve=("sites", "need"),
            ),
            "lorenz": Beside(
                "Courbe de Lorenz",
                lorenz,
                {
                    "people": Heading("Part des apprenants", "Cumulée."),
                    "hours": Heading("Part des heures", "Cumulée."),
                },
                curve=("people", "hours"),
                diagonal=True,
            ),
            "raisons": Beside(
                "Raisons : aucune",
                pd.DataFrame({"reason": pd.Series([], dtype="str")}),
                {"reason": Heading("Raison", "")},
            ),
        },
        points=points,
    )
    return replace(result, **changes)


def courses() -> Result:
    """Return an answer whose rows are places: two in one spot, one elsewhere, one nowhere."""
    table = gpd.GeoDataFrame(
        {
            "offer_id": ["x:1", "x:2", "x:3", "x:4"],
            "offer_title": ["Lire et écrire", "FLE du soir", "Atelier des parents", "À distance"],
            "fit": ["fits", "unknown", "does_not_fit", "fits"],
            "reasons": ["niveau adapté", "niveau non précisé", "réservé aux parents d'élèves", None],
            "out_minutes": [12.2, 12.2, 31.0, None],
        },
        geometry=[shapely.Point(2.05, 50.05), shapely.Point(2.05, 50.05), shapely.Point(2.3, 50.1), None],
        crs="EPSG:4326",
    )
    return Result(
        "fit",
        "offer_id",
        table,
        {
            "offer_title": COVERAGE_HEADINGS["offer_title"],
            "fit": Heading("Adéquation", "Ce que le cours est pour cette personne.", 14, Fit),
            "reasons": Heading("Pourquoi", "Toutes les raisons. Vide : aucune.", 40),
            "out_minutes": COVERAGE_HEADINGS["out_minutes"],
        },
        {**META, "synthetic": False, "engine": "streets"},
        colourings=(Colouring("fit", "Adéquation", of_terms(Fit)),),
        figures=(("2", "cours conviennent"),),
    )
