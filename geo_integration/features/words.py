"""What each property holds, in French, for whoever reads a collection. Layers say the same in English."""

from dataclasses import replace

from geo_integration.exports.headings import COVERAGE_HEADINGS, ROLLUP_HEADINGS
from geo_integration.schema import Column

_NOT_STATED = "Vide : la source ne le dit pas."

MEANINGS: dict[str, str] = {
    "offer_id": "Identifiant du cours : source et numéro.",
    "sources": "Sources qui connaissent ce cours, la meilleure d'abord.",
    "source_records": "Source et numéro dans chacune d'elles.",
    "alternate_ids": f"Autres identifiants de la même action. {_NOT_STATED}",
    "title": "Intitulé, dans les mots de la source.",
    "provider_name": f"Organisme qui enseigne. {_NOT_STATED}",
    "provider_siret": f"SIRET de l'organisme. {_NOT_STATED}",
    "uai": "Code UAI de l'établissement scolaire. Vide : hors d'un établissement, ou non précisé.",
    "kind": "Type de cours.",
    "kind_rule": "Règle qui a lu le type. Vide : aucune.",
    "kind_confidence": "Confiance dans cette lecture, de 0 à 1.",
    "level_entry": "Niveaux acceptés à l'entrée.",
    "level_target": "Niveaux visés.",
    "level_rule": "Règle qui a lu les niveaux. Vide : aucune.",
    "level_confidence": "Confiance dans cette lecture, de 0 à 1.",
    "schooling": "Scolarisation à laquelle le cours s'adresse.",
    "schooling_rule": "Règle qui l'a lue. Vide : aucune.",
    "schooling_confidence": "Confiance dans cette lecture, de 0 à 1.",
    "audience_exclusive": "Réservé à ces publics. Vide : ouvert à d'autres aussi.",
    "audience_priority": "Ces publics d'abord. Vide : aucune priorité dite.",
    "audience_rule": "Règles qui ont lu les publics. Vide : aucune.",
    "modality": "En salle, à distance ou les deux.",
    "place_name": f"Nom du lieu. {_NOT_STATED}",
    "address": f"Adresse du cours. {_NOT_STATED}",
    "postcode": f"Code postal du cours. {_NOT_STATED}",
    "commune_code": "Code INSEE de la commune actuelle. Vide : commune inconnue.",
    "commune_name": "Nom de cette commune. Vide : commune inconnue.",
    "departement_code": "Son département. Vide : commune inconnue.",
    "site_id": "Le lieu pour les temps de trajet : longitude,latitude. Vide : sans lieu.",
    "location_quality": "Précision avec laquelle le lieu est connu.",
    "phone": f"Téléphone. {_NOT_STATED}",
    "email": f"Adresse électronique. {_NOT_STATED}",
    "url": f"Page du cours. {_NOT_STATED}",
    "funders": f"Financeurs, noms ou codes. {_NOT_STATED}",
    "programme": f"Programme de financement, par exemple ASL, OEPRE. {_NOT_STATED}",
    "market_reference": f"Référence du marché, par exemple BOP 104. {_NOT_STATED}",
    "cost_text": f"Ce que paie l'apprenant, dans les mots de la source. {_NOT_STATED}",
    "conditions": f"Conditions d'entrée, dans les mots de la source. {_NOT_STATED}",
    "registration": f"Comment s'inscrire, dans les mots de la source. {_NOT_STATED}",
    "formacodes": f"Domaines FORMACODE. {_NOT_STATED}",
    "updated_on": f"Dernière mise à jour par la source. {_NOT_STATED}",
    "synthetic": "Vrai : ligne inventée pour la démonstration.",
    "session_id": "Identifiant de la session : cours et session de la source.",
    "start_date": f"Premier jour. {_NOT_STATED}",
    "end_date": f"Dernier jour. {_NOT_STATED}",
    "recruitment": "Si elle prend encore des personnes.",
    "entry_mode": "Quand on peut y entrer.",
    "places_funded": f"Places financées. {_NOT_STATED}",
    "places_available": f"Places restantes. {_NOT_STATED}",
    "weekly_hours": f"Heures de cours par semaine. {_NOT_STATED}",
    "total_hours": f"Heures de cours en tout. {_NOT_STATED}",
    "days": f"Jours de la semaine (mon, tue…). {_NOT_STATED}",
    "start_time": f"Heure de début d'un cours. {_NOT_STATED}",
    "end_time": f"Heure de fin d'un cours. {_NOT_STATED}",
    "hours_rule": "Règle qui a lu jours et heures. Vide : dits par la source, ou inconnus.",
    "schedule_text": f"Horaires, dans les mots de la source. {_NOT_STATED}",
    "registration_start": f"Premier jour d'inscription. {_NOT_STATED}",
    "registration_end": f"Dernier jour d'inscription. {_NOT_STATED}",
    "name": "Nom.",
    "type": f"École, collège, lycée… {_NOT_STATED}",
    "sector": f"Public ou privé, dans les mots de la source. {_NOT_STATED}",
    "pupils": f"Élèves. {_NOT_STATED}",
    "rep": f"REP, REP+ ou hors éducation prioritaire. {_NOT_STATED}",
    "contract_id": "Identifiant du contrat : type, commune, année.",
    "signed_year": f"Année de signature. {_NOT_STATED}",
    "end_year": f"Dernière année. {_NOT_STATED}",
    "axes": f"Axes du contrat. {_NOT_STATED}",
    "signatories": f"Signataires. {_NOT_STATED}",
    "source": "D'où vient la ligne.",
    "housing_id": "Ligne de la source.",
    "dwellings": "Logements. Vide : compté autrement, ou non précisé.",
    "places": "Places. Vide : compté autrement, ou non précisé.",
    "period": f"Année ou jour du compte. {_NOT_STATED}",
    "operator": f"Qui gère. {_NOT_STATED}",
    "qpv_code": "Code du quartier : QP (2015) ou QN (2024).",
    "commune_codes": "Communes actuelles où il se trouve.",
    "observed_year": f"Génération des contours : 2015 ou 2024. {_NOT_STATED}",
}

_BY_COLLECTION: dict[tuple[str, str], str] = {
    ("ctai", "kind"): "CTAIR, CTAI ou CAI.",
    ("ctai", "name"): "Commune ou métropole signataire.",
    ("housing", "kind"): "Ce qui est compté.",
    ("schools", "uai"): "Code national de l'établissement.",
    ("sessions", "offer_id"): "Cours dont c'est une session.",
    ("qpv", "departement_code"): "Département de la première de ses communes. Vide : inconnu.",
}


_EMPTY = " Vide : "
_UNKNOWN = "Vide : inconnu ou sans objet"


def in_french(collection: str, column: Column) -> Column:
    """Return a column of a layer with its meaning in French; unchanged where nobody wrote it."""
    told = _BY_COLLECTION.get((collection, column.name)) or _told(collection, column.name)
    return parted(replace(column, meaning=told)) if told else column


def parted(column: Column) -> Column:
    """Return a column whose French meaning is parted from what null means (« Vide : … »)."""
    meaning, said, empty = column.meaning.partition(_EMPTY)
    null = f"{_EMPTY.strip()} {empty.rstrip('.')}" if said else (_UNKNOWN if column.null else "")
    return replace(column, meaning=meaning, null=null)


def _told(collection: str, name: str) -> str | None:
    if collection.startswith("gaps"):
        headings = COVERAGE_HEADINGS if collection == "gaps" else COVERAGE_HEADINGS | ROLLUP_HEADINGS
        return headings[name].meaning if name in headings else None
    return MEANINGS.get(name)
