"""French headings of housing and language: communes ranked, dwellings captured, communes under contract."""

from geo_integration.coverage.housing import Met, Placement
from geo_integration.exports.headings import COVERAGE_HEADINGS, Heading
from geo_integration.vocabulary import HousingKind, Mode

_MODES = {Mode.FOOT: "à pied", Mode.BIKE: "à vélo", Mode.TRANSIT: "en transports", Mode.CAR: "en voiture"}
_UNKNOWN = "Vide : mode inconnu ici."


def _of_mode(mode: Mode, how: str) -> dict[str, Heading]:
    name = mode.value
    return {
        f"{name}_courses": Heading(f"Cours {how}", f"Cours adaptés ouverts, aller et retour. {_UNKNOWN}", 9),
        f"{name}_courses_high": Heading(
            f"Cours {how}, au plus", f"Les mêmes et ceux dont la source ne dit pas s'ils conviennent. {_UNKNOWN}", 9
        ),
        f"{name}_full": Heading(f"Cours complets {how}", f"Cours adaptés qui ne prennent personne. {_UNKNOWN}", 9),
        f"{name}_out_minutes": Heading(
            f"Aller {how} (min)", "Au cours adapté le plus proche. Vide : aucun, ou inconnu.", 9
        ),
        f"{name}_back_minutes": Heading(f"Retour {how} (min)", "De ce cours. Vide : aucun, ou inconnu.", 9),
        f"{name}_centre": Heading(f"Centre d'examen {how}", "Atteint, aller et retour.", 9, Met),
        f"{name}_prefecture": Heading(f"Préfecture {how}", "Atteinte, aller et retour.", 9, Met),
    }


_CODE = {
    "commune_code": COVERAGE_HEADINGS["commune_code"],
    "commune_name": COVERAGE_HEADINGS["commune_name"],
    "departement_code": COVERAGE_HEADINGS["departement_code"],
}
_JUDGED = {
    "placement": Heading("Situation sans voiture", "Ce que la commune offre à qui n'a pas de voiture.", 16, Placement),
    "course": Heading("Cours sans voiture", "Un cours adapté ouvert, aller et retour, par un mode au moins.", 10, Met),
    "centre": Heading("Centre d'examen sans voiture", "Une offre de certification, aller et retour.", 10, Met),
    "prefecture": Heading("Préfecture sans voiture", "Celle du département, aller et retour.", 10, Met),
    "criteria_low": Heading("Critères remplis", "Sûrement remplis, sur trois.", 9),
    "criteria_high": Heading("Critères, au plus", "Avec ceux qu'on ne connaît pas, sur trois.", 9),
    "minutes": Heading(
        "Cours le plus proche (min)", "Sans voiture, le plus long des deux trajets. Vide : aucun, ou inconnu.", 10
    ),
    "by_mode": Heading("Mode de ce trajet", "Le plus rapide des modes connus. Vide : aucun.", 12, Mode),
    "why": Heading("Pourquoi", "Ce qui est atteint, ce qui ne l'est pas, ce qu'on ne sait pas.", 70),
}
_NEED = {
    "cause": COVERAGE_HEADINGS["cause"],
    "need": COVERAGE_HEADINGS["need"],
    "need_basis": COVERAGE_HEADINGS["need_basis"],
    "need_uncovered": COVERAGE_HEADINGS["need_uncovered"],
    "need_uncovered_if_unknown_fits": COVERAGE_HEADINGS["need_uncovered_if_unknown_fits"],
}
_HELD = {
    "dwellings": Heading("Logements", "Logements captés ou suivis. Vide : aucun connu, ou non compté.", 10),
    "places": Heading("Places", "Places d'hébergement ou de logement. Vide : aucune connue, ou non compté.", 9),
}
COMMUNES: dict[str, Heading] = {
    "rank": Heading("Rang", "Ordre pour les prochaines captations ; à égalité, même rang.", 7),
    **_CODE,
    **_JUDGED,
    "courses_low": Heading("Cours à portée", "Cours adaptés, du mode sans voiture qui en atteint le plus.", 9),
    "courses_high": Heading("Cours à portée, au plus", "Avec les cours non précisés. Vide : un mode est inconnu.", 9),
    **{column: found for mode, how in _MODES.items() for column, found in _of_mode(mode, how).items()},
    **_HELD,
    **_NEED,
    "synthetic": COVERAGE_HEADINGS["synthetic"],
}
HOUSED: dict[str, Heading] = {
    "housing_row": Heading("N°", "Rang de la ligne, les moins bien placés d'abord.", 6),
    **{name: _CODE[name] for name in ("commune_code", "commune_name")},
    "kind": Heading("Dispositif", "Ce qui est compté.", 26, HousingKind),
    **_HELD,
    "not_counted": Heading("Lignes sans nombre", "Lignes dont le nombre est inconnu : le total est un minimum.", 9),
    "period": Heading("Période", "Année ou jour du compte. Vide : non indiqué.", 12),
    **_JUDGED,
    "rank": COMMUNES["rank"],
    "synthetic": COVERAGE_HEADINGS["synthetic"],
}
CTAI: dict[str, Heading] = {
    "contract_id": Heading("Contrat", "Type, commune et année.", 18),
    **_CODE,
    "kind": Heading("Type de contrat", "CTAIR, CTAI ou CAI.", 10),
    "signed_year": Heading("Signé en", "Vide : non indiqué.", 8),
    "end_year": Heading("Jusqu'en", "Vide : non indiqué.", 8),
    "over": Heading("Échu", "Oui : la dernière année est passée. Vide : fin inconnue.", 8),
    "axes_fr": Heading("Axes", "Axes du contrat. Vide : non indiqués.", 50),
    "language_axis": Heading("Axe langue", "Oui : l'apprentissage du français en est un axe. Vide : axes inconnus.", 9),
    **_NEED,
    **_HELD,
    **_JUDGED,
    "source": Heading("Source", "Document et section.", 30),
}
