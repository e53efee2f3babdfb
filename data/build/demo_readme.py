"""The README of data/demo: what each file is, its size, its deliberate defects."""

from typing import Any

_FILES = {
    "lheo_demo.xml": "formations au format LHEO 2.3, comme un flux Carif-Oref ; c'est la source la plus détaillée",
    "dian_demo.csv": "sessions au format de l'export DIAN (`;`, UTF-8 avec BOM, l'en-tête `Adressse` d'origine)",
    "data_inclusion_demo.jsonl": "services data·inclusion v1 de la source carif-oref, un objet JSON par ligne",
    "schools_demo.csv": "établissements scolaires, colonnes de l'annuaire de l'éducation nationale",
    "oepre_demo.csv": "groupes OEPRE par UAI : 31 établissements, 42 groupes, 653 ateliers, comme en 2018-2019",
    "bpi_demo.csv": "bénéficiaires de la protection internationale par commune ; effectifs masqués sous 5 (`<5`)",
    "housing_demo.csv": "places et logements par commune (CPH, CADA, HUDA, IML, pensions de famille, logements captés)",
    "truth.csv": "ce que chaque enregistrement est vraiment (type, doublon entre sources) : pour mesurer seulement",
    "demo.json": "graine, date de la démonstration, effectifs, défauts avec les enregistrements qui les portent",
}
_DEFECTS = {
    "cedex_town": "ville en capitales suivie de CEDEX",
    "comma_decimals": "nombre à virgule",
    "cp1252_characters": "apostrophes et tirets de Windows mal décodés",
    "double_spaces": "espaces doubles dans l'intitulé",
    "duplicate_action": "formation répétée à l'identique",
    "duplicate_row": "ligne répétée",
    "empty_coordinates": "coordonnées vides",
    "empty_title": "intitulé vide",
    "end_before_start": "fin avant le début",
    "far_away_point": "point en Afrique (21.57773, 1.959829), comme dans l'exemple réel",
    "former_commune_code": "code d'une commune associée (Lomme, Hellemmes, Saint-Pol-sur-Mer, Fort-Mardyck)",
    "html_in_text": "balises HTML dans un texte",
    "impossible_date": "date impossible (202560212, 31/02/2027…)",
    "insee_contradicts_postcode": "code INSEE d'une autre commune que le code postal",
    "line_cut_short": "ligne JSON coupée",
    "misplaced_element": "duree-indicative à une place que le schéma n'admet pas",
    "missing_coordinates": "sans coordonnées",
    "missing_insee": "sans code INSEE",
    "missing_postcode": "sans code postal",
    "missing_separator": "séparateur manquant : onze cellules au lieu de douze",
    "modalities_exchanged": "mixte et à distance échangés, comme dans la base réelle",
    "negative_count": "effectif négatif",
    "negative_places": "nombre de places négatif",
    "negative_pupils": "nombre d'élèves négatif",
    "no_place": "cours en présence sans lieu de formation",
    "number_as_text": "nombre écrit avec une espace ou une virgule",
    "other_hemisphere": "latitude négative : point dans l'hémisphère sud",
    "point_outside_commune": "point dans une commune voisine, à 8-15 km",
    "postcode_without_zero": "zéro initial du code postal perdu",
    "shared_action_number": "numéro d'action porté par deux formations (entre parenthèses, le vrai numéro)",
    "swapped_coordinates": "longitude et latitude échangées",
    "unknown_commune": "code commune qui n'existe pas (59999)",
    "unknown_formacode": "FORMACODE inconnu (00000)",
    "unknown_insee": "code INSEE qui n'existe pas (59999)",
    "unknown_kind": "type de logement inconnu",
    "unknown_public_code": "code public inconnu (99999)",
    "unknown_recruitment_state": "état de recrutement hors du dictionnaire (9)",
    "unknown_theme": "thématique qui n'existe pas",
    "unknown_uai": "établissement absent de l'annuaire",
}


def readme(summary: dict[str, Any]) -> str:
    """Return the text; a defect without a description is a KeyError, so that none goes untold."""
    records = summary["records"]
    files = [f"| `{name}` | {records.get(name, '')} | {what} |" for name, what in _FILES.items()]
    defects = [
        f"| `{file}` | {name} | {found['count']} | {_DEFECTS[name]} |"
        for file, kinds in summary["defects"].items()
        for name, found in kinds.items()
    ]
    return "\n".join((_HEAD.format(**summary), *files, _MIDDLE, *defects, ""))


_HEAD = """# Données de démonstration {mark}

**Tout est inventé ici** : cours, organismes, établissements scolaires, effectifs, logements. Seules les communes sont
réelles (Hauts-de-France : 02, 59, 60, 62, 80), et les totaux restent dans les bornes des chiffres publiés
(`data/reference`). Aucun fichier ouvert ne situe ces cours : ceux-ci ont la forme des vrais, défauts compris.

Chaque enregistrement porte sa marque : « {mark} » dans l'intitulé ou le nom, `synthetic` dans les `extras` de LHEO,
`donnee_fictive` dans les tables et les services ; organismes, lieux et rues au nom d'exemple ; téléphones dans les
tranches 03 53 01 et 06 39 98, que le plan de numérotation réserve à la fiction ; courriels et pages à example.org ;
SIRET dont le SIREN commence par 00000 (clés justes, mais plus bas que le plus petit connu, 000 199 968) ; numéros
Carif-Oref en `99_`, que personne ne porte.

La démonstration se passe le {as_of}. Pour refaire ces fichiers, aux mêmes octets (graine {seed}) :
`uv run python data/build/demo.py`. Les choix sont expliqués dans `docs/demo.md`. Licence : celle du projet.

## Fichiers

| fichier | enregistrements | contenu |
|---|---|---|"""
_MIDDLE = """
## Défauts volontaires

| fichier | défaut | nombre | ce que c'est |
|---|---|---|---|"""
