"""French headings of the referencing check: actions, facts to send back, actions to add, the reverse list."""

from geo_integration.coverage.referencing.terms import FactKind, MatchRule, ReferencingState
from geo_integration.exports.headings import Heading
from geo_integration.vocabulary import Kind

_SILENT = "Vide : la liste ne le dit pas."
_NO_OFFER = "Vide : aucune offre."

_ACTION = {
    "action_id": Heading("Action", "Numéro de convention ou de dossier ; à défaut, nom fait de ses faits.", 20),
    "title": Heading("Intitulé", "Intitulé de l'action dans la liste.", 40),
    "provider_name": Heading("Organisme", f"Opérateur de l'action. {_SILENT}", 30),
    "provider_siret": Heading("SIRET", f"SIRET de l'opérateur. {_SILENT}", 16),
    "kind": Heading("Type de cours", "Type dit par la liste, sinon lu dans l'intitulé.", 18, Kind),
    "commune_code": Heading("Code commune", "Code INSEE. Vide : commune inconnue.", 10),
    "commune_name": Heading("Commune", "Vide : commune inconnue.", 22),
    "departement_code": Heading("Département", "Vide : commune inconnue.", 9),
    "start_date": Heading("Début", f"Premier jour. {_SILENT}", 11),
    "end_date": Heading("Fin", f"Dernier jour. {_SILENT}", 11),
    "places": Heading("Places", f"Places financées. {_SILENT}", 8),
    "amount_euros": Heading("Montant (€)", f"Subvention. {_SILENT}", 11),
}
ACTIONS: dict[str, Heading] = {
    **_ACTION,
    "state": Heading("Référencement", "Ce que l'action est à la cartographie.", 22, ReferencingState),
    "rule": Heading("Reconnue par", "Ce qui a rapproché l'action de l'offre.", 24, MatchRule),
    "score": Heading("Ressemblance", f"Note sur 100, sur les faits que les deux disent. {_NO_OFFER}", 10),
    "agree": Heading("Faits d'accord", f"Faits que la liste et l'offre disent pareil. {_NO_OFFER}", 30),
    "offer_id": Heading("Offre", f"Identifiant de l'offre. {_NO_OFFER}", 28),
    "offer_title": Heading("Intitulé de l'offre", _NO_OFFER, 40),
    "offer_provider_name": Heading("Organisme de l'offre", "Vide : aucune offre, ou organisme non indiqué.", 30),
    "offer_commune_name": Heading("Commune de l'offre", "Vide : aucune offre, ou lieu inconnu.", 22),
    "others": Heading("Autres offres possibles", "Identifiant et ressemblance. Vide : aucune autre.", 40),
    "offer_answers": Heading("Actions de cette offre", f"Nombre d'actions que cette offre couvre ici. {_NO_OFFER}", 9),
    "elsewhere_id": Heading("Connue ailleurs", "Offre d'une source hors cartographie. Vide : aucune.", 24),
    "facts": Heading("Faits qui diffèrent", "Ce que l'offre dit, au lieu de ce qui est attendu. Vide : aucun.", 60),
    "advice": Heading("Que faire", "Suite proposée.", 50),
    "row": Heading("Ligne", "Où l'action est dans la liste.", 10),
    "synthetic": Heading("Donnée fictive", "Oui : ligne inventée.", 9),
}
FACTS: dict[str, Heading] = {
    "offer_id": Heading("Identifiant de l'offre", "Celui de la source importée.", 28),
    "title": Heading("Intitulé", "Intitulé de l'offre.", 40),
    "provider_name": Heading("Organisme", "Organisme de l'offre. Vide : non indiqué.", 30),
    "commune_name": Heading("Commune", "Commune de l'offre. Vide : lieu inconnu.", 22),
    "departement_code": Heading("Département", "Vide : lieu inconnu.", 9),
    "fact": Heading("Fait à corriger", "Ce qui est dépassé, absent ou différent.", 26, FactKind),
    "shown": Heading("Valeur affichée", "Ce que montre la cartographie.", 34),
    "expected": Heading("Valeur attendue", "Ce que dit la liste, ou ce qu'il faudrait.", 34),
    "source": Heading("Source", "Qui le dit : la cartographie elle-même, ou la liste et sa ligne.", 24),
    "action_id": Heading("Action financée", "Action à laquelle l'offre répond.", 20),
    "state": Heading(
        "Rapprochement", "« Probablement référencée » : faire confirmer avant de corriger.", 22, ReferencingState
    ),
}
TO_ADD: dict[str, Heading] = {
    **_ACTION,
    "reference": Heading("Convention ou dossier", _SILENT, 20),
    "other_ids": Heading("Autres identifiants", _SILENT, 20),
    "kind_text": Heading("Type dans la liste", _SILENT, 24),
    "uai": Heading("UAI", f"Établissement qui l'accueille. {_SILENT}", 10),
    "address": Heading("Adresse du cours", _SILENT, 34),
    "postcode": Heading("Code postal", _SILENT, 9),
    "phone": Heading("Téléphone", _SILENT, 16),
    "email": Heading("Courriel", _SILENT, 28),
    "elsewhere_id": ACTIONS["elsewhere_id"],
    "advice": ACTIONS["advice"],
    "row": ACTIONS["row"],
}
OFFERS_UNLISTED: dict[str, Heading] = {
    "offer_id": Heading("Identifiant de l'offre", "Présente sur la cartographie, absente de la liste.", 28),
    "title": Heading("Intitulé", "Intitulé de l'offre.", 40),
    "provider_name": Heading("Organisme", "Vide : non indiqué.", 30),
    "commune_name": Heading("Commune", "Vide : lieu inconnu.", 22),
    "departement_code": Heading("Département", "Vide : lieu inconnu.", 9),
    "kind": Heading("Type de cours", "Type de l'offre.", 18, Kind),
    "says": Heading("Ce qui le dit", "Mots de l'offre qui nomment le BOP 104 ou l'ASL.", 24),
    "over": Heading("Terminée", "Oui : toutes ses sessions sont finies.", 9),
    "updated_on": Heading("Mise à jour", "Vide : la source ne le dit pas.", 11),
    "resembles": Heading("Ressemble à l'action", "Action de la liste qui a une autre offre. Vide : aucune.", 20),
}
PAIRS: dict[str, Heading] = {
    "action_id": Heading("Action", "Action de la liste.", 20),
    "offer_id": Heading("Offre", "Offre qui peut y répondre.", 28),
    "offer_title": Heading("Intitulé de l'offre", "Intitulé.", 40),
    "offer_provider_name": Heading("Organisme de l'offre", "Vide : non indiqué.", 30),
    "offer_commune_name": Heading("Commune de l'offre", "Vide : lieu inconnu.", 22),
    "rule": Heading("Reconnue par", "Ce qui les rapproche.", 24, MatchRule),
    "score": Heading("Ressemblance", "Note sur 100.", 10),
    "agree": Heading("Faits d'accord", "Faits que les deux disent pareil.", 30),
    "kept": Heading("Retenue", "Oui : c'est l'offre retenue pour cette action.", 9),
}


def by_headings(column: str) -> dict[str, Heading]:
    """Return the headings of the counts by département or operator."""
    return {
        column: _ACTION[column],
        "actions": Heading("Actions", "Actions de la liste.", 9),
        **{state.value: Heading(state.label, f"Actions : {state.label.lower()}.", 12) for state in ReferencingState},
        "share_low": Heading("Part référencée, au moins", "Part sûrement référencée (0 à 1).", 11),
        "share_high": Heading("Part référencée, au plus", "La même avec les probables (0 à 1).", 11),
        "amount_missing_euros": Heading(
            "Montant des absentes (€)", "Subventions des actions absentes. Vide : l'une n'est pas connue.", 13
        ),
    }
