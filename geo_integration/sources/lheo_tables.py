"""The dictionaries and the order of elements of LHEO 2.3, as far as this service reads them.

Labels of ``dict-financeurs`` are those published with LHEO by the Carif-Oref network; codes 18 to 20 came
with LHEO 2.3. The order of elements is that of ``lheo-2.3.xsd``.
"""

from typing import Final

from geo_integration.vocabulary import EntryMode, Modality, Recruitment

MODALITIES: Final = {"0": Modality.IN_PERSON, "1": Modality.MIXED, "2": Modality.REMOTE}
ENTRY_MODES: Final = {"0": EntryMode.FIXED, "1": EntryMode.PERMANENT}
RECRUITMENTS: Final = {"1": Recruitment.OPEN, "2": Recruitment.CLOSED, "3": Recruitment.SUSPENDED}

FUNDERS: Final = {
    "0": "Autre",
    "1": "Code obsolète",
    "2": "Collectivité territoriale - Conseil régional",
    "3": "Fonds européens - FSE",
    "4": "France Travail",
    "5": "Entreprise",
    "6": "ACSÉ (anciennement FASILD)",
    "7": "AGEFIPH",
    "8": "Collectivité territoriale - Conseil départemental",
    "9": "Collectivité territoriale - Commune",
    "10": "Bénéficiaire de l'action",
    "11": "État - Ministère chargé de l'emploi",
    "12": "État - Ministère de l'éducation nationale",
    "13": "État - Autre",
    "14": "Fonds européens - Autre",
    "15": "Collectivité territoriale - Autre",
    "16": "OPCO",
    "17": "Transitions Pro",
    "18": "LADOM",
    "19": "État - Ministère de l'intérieur",
    "20": "OFII - Office français de l'immigration et de l'intégration",
}

VERSIONS_WITH_THIS_ORDER: Final = frozenset({"", "2.3"})
"""LHEO versions whose order of elements is checked; older ones had another."""

_EXTRAS = " extras"
ORDER: Final = {
    name: {child: rank for rank, child in enumerate((children + _EXTRAS).split())}
    for name, children in {
        "formation": (
            "domaine-formation intitule-formation objectif-formation resultats-attendus contenu-formation "
            "certifiante contact-formation parcours-de-formation code-niveau-entree objectif-general-formation "
            "certification code-type-formation code-niveau-sortie url-formation action "
            "organisme-formation-responsable identifiant-module positionnement sous-modules modules-prerequis"
        ),
        "action": (
            "rythme-formation code-public-vise info-public-vise niveau-entree-obligatoire modalites-alternance "
            "modalites-enseignement conditions-specifiques prise-en-charge-frais-possible lieu-de-formation "
            "modalites-entrees-sorties url-action duree-cycle session adresse-information date-information "
            "restauration hebergement transport acces-handicapes langue-formation modalites-recrutement "
            "modalites-pedagogiques code-modalite-pedagogique equipement frais-restants "
            "code-perimetre-recrutement infos-perimetre-recrutement prix-horaire-TTC prix-total-TTC "
            "duree-indicative nombre-heures-centre nombre-heures-entreprise nombre-heures-total "
            "detail-conditions-prise-en-charge conventionnement duree-conventionnee organisme-formateur "
            "organisme-financeur enseignement"
        ),
        "session": (
            "periode adresse-inscription modalites-inscription periode-inscription etat-recrutement recrutement "
            "url-session contact-session reference-certification blocs-competences cycle"
        ),
        "domaine-formation": "code-FORMACODE code-NSF code-ROME",
        "periode": "debut fin",
        "lieu-de-formation": "SIRET-lieu-formation code-UAI-lieu-formation coordonnees",
        "coordonnees": "civilite nom prenom ligne adresse telfixe portable fax courriel web",
        "adresse": (
            "denomination ligne codepostal ville departement code-INSEE-commune code-INSEE-canton region pays "
            "geolocalisation"
        ),
        "geolocalisation": "latitude longitude",
        "organisme-financeur": "code-financeur nb-places-financees",
        "organisme-formateur": (
            "SIRET-formateur raison-sociale-formateur contact-formateur potentiel code-UAI-formateur "
            "reference-certification"
        ),
        "organisme-formation-responsable": (
            "numero-activite SIRET-organisme-formation nom-organisme raison-sociale coordonnees-organisme "
            "contact-organisme renseignements-specifiques potentiel code-UAI-organisme-formation"
        ),
    }.items()
}

ATTRIBUTES: Final = frozenset(
    {
        "numero",
        "info",
        "ref",
        "id",
        "idref",
        "tag",
        "uri",
        "href",
        "datecrea",
        "datemaj",
        "horodatage-creation",
        "horodatage-modification",
        "horodatage-export",
    }
)
"""Attributes of the schema, and those that Carif-Oref feeds add."""

FRENCH_BOXES: Final = (
    ("métropole", -5.3, 41.2, 9.7, 51.2),
    ("Guadeloupe, Saint-Martin, Saint-Barthélemy", -63.3, 15.7, -60.9, 18.2),
    ("Martinique", -61.3, 14.3, -60.7, 15.0),
    ("Guyane", -54.7, 2.0, -51.5, 6.0),
    ("Saint-Pierre-et-Miquelon", -56.6, 46.6, -56.0, 47.2),
    ("La Réunion", 55.1, -21.5, 55.9, -20.8),
    ("Mayotte", 44.9, -13.1, 45.4, -12.5),
    ("Wallis-et-Futuna", -178.3, -14.5, -176.0, -13.1),
    ("Nouvelle-Calédonie", 158.0, -23.0, 172.2, -18.0),
    ("Polynésie française", -154.9, -28.1, -134.0, -7.7),
)
"""Name, west, south, east, north: a point in none of them is not in France."""
