"""French headings of the columns of collections; what they mean is said by the library itself."""

from geo_integration.exports.headings import COVERAGE_HEADINGS, ROLLUP_HEADINGS

LABELS: dict[str, str] = {
    # offers
    "offer_id": "Identifiant de l'offre",
    "sources": "Sources",
    "source_records": "Fiches des sources",
    "alternate_ids": "Autres identifiants",
    "title": "Intitulé",
    "provider_name": "Organisme",
    "provider_siret": "SIRET",
    "uai": "Établissement (UAI)",
    "kind": "Type",
    "kind_rule": "Règle du type",
    "kind_confidence": "Confiance du type",
    "level_entry": "Niveau d'entrée",
    "level_target": "Niveau visé",
    "level_rule": "Règle du niveau",
    "level_confidence": "Confiance du niveau",
    "schooling": "Scolarité",
    "schooling_rule": "Règle de la scolarité",
    "schooling_confidence": "Confiance de la scolarité",
    "audience_exclusive": "Réservé à",
    "audience_priority": "Priorité à",
    "audience_rule": "Règle du public",
    "modality": "Modalité",
    "place_name": "Lieu",
    "address": "Adresse",
    "postcode": "Code postal",
    "commune_code": "Code commune",
    "commune_name": "Commune",
    "commune_codes": "Codes commune",
    "departement_code": "Département",
    "departement_name": "Nom du département",
    "departement_codes": "Départements",
    "region_code": "Région",
    "region_name": "Nom de la région",
    "epci_code": "Code EPCI",
    "epci_name": "Intercommunalité",
    "arrondissement_code": "Code arrondissement",
    "site_id": "Lieu de trajet",
    "location_quality": "Précision du lieu",
    "phone": "Téléphone",
    "email": "Courriel",
    "url": "Page",
    "funders": "Financeurs",
    "programme": "Programme",
    "market_reference": "Marché",
    "cost_text": "Coût",
    "conditions": "Conditions",
    "registration": "Inscription",
    "formacodes": "FORMACODE",
    "updated_on": "Mise à jour",
    "synthetic": "Donnée fictive",
    # sessions
    "session_id": "Identifiant de session",
    "start_date": "Début",
    "end_date": "Fin",
    "recruitment": "Recrutement",
    "entry_mode": "Entrées",
    "places_funded": "Places financées",
    "places_available": "Places libres",
    "weekly_hours": "Heures par semaine",
    "total_hours": "Heures en tout",
    "days": "Jours",
    "start_time": "De",
    "end_time": "À",
    "hours_rule": "Règle des horaires",
    "schedule_text": "Horaires",
    "registration_start": "Inscriptions dès",
    "registration_end": "Inscriptions jusqu'au",
    # schools
    "name": "Nom",
    "type": "Nature",
    "sector": "Secteur",
    "pupils": "Élèves",
    "rep": "Éducation prioritaire",
    # housing
    "housing_id": "Identifiant",
    "dwellings": "Logements",
    "places": "Places",
    "period": "Période",
    "operator": "Opérateur",
    "source": "Source",
    # ctai
    "contract_id": "Identifiant du contrat",
    "signed_year": "Signé en",
    "end_year": "Jusqu'en",
    "axes": "Axes",
    "signatories": "Signataires",
    # qpv
    "qpv_code": "Code du quartier",
    "observed_year": "Année",
    # territories
    "code": "Code",
    "population": "Population",
    "postcodes": "Codes postaux",
    "mairie_lon": "Longitude de la mairie",
    "mairie_quality": "Précision de la mairie",
    "capital_code": "Chef-lieu",
    "radius_metres": "Rayon (m)",
    "zone": "Zone",
    "area_km2": "Superficie (km²)",
    "geometry_quality": "Origine du contour",
    "mairie_lat": "Latitude de la mairie",
}


def label_of_column(name: str, *, of_coverage: bool = False) -> str:
    """Return the heading of a column in French; its own name where nobody wrote one.

    Parameters
    ----------
    of_coverage : whether the collection counts what is covered: ``kind`` or ``offer_id`` then mean the question's or
        the nearest course's, not a row's.
    """
    if of_coverage or name not in LABELS:
        heading = COVERAGE_HEADINGS.get(name) or ROLLUP_HEADINGS.get(name)
        if heading is not None:
            return heading.label
    return LABELS.get(name, name)
