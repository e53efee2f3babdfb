"""What is written in each kind of made-up course, in the many ways real offers say it.

``{level}`` and ``{number}`` are filled in; an empty level leaves no trace (see ``demo_courses``).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """The words and codes of one kind of course."""

    titles: tuple[str, ...]
    levels: tuple[str, ...]
    objectives: tuple[str, ...]
    results: tuple[str, ...]
    contents: tuple[str, ...]
    conditions: tuple[str, ...]
    formacodes: tuple[tuple[str, ...], ...]
    publics: tuple[tuple[str, ...], ...]
    financing: tuple[tuple[str, str, tuple[str, ...]], ...]
    """Programme, reference of the market, codes of the funders (LHEO financeur)."""
    weekly_hours: tuple[int, ...]


_ASL_104 = ("ASL", "BOP 104", ("19",))
_NONE = ("", "", ())
_REGION = ("", "", ("2",))
_STATE = ("", "BOP 104", ("19",))
_INTERIOR = ("", "", ("19",))
_TOWN = ("", "", ("8",))

ALPHABETISATION = Recipe(
    titles=(
        "Alphabétisation",
        "Cours d'alphabétisation",
        "Alphabétisation - Groupe {number}",
        "Alphabétisation {level}",
        "Atelier d'alphabétisation pour adultes",
        "Alpha - personnes non scolarisées dans leur pays d'origine",
        "Apprendre à lire et à écrire (personnes jamais scolarisées)",
        "Alphabétisation - Lire et écrire - {level}",
        "Français Alphabétisation {level} - session {number}",
        "ALPHABETISATION ADULTES",
        "Atelier sociolinguistique - Formation en français - Alphabétisation {level} - Groupe {number} (ASL)",
    ),
    levels=("", "", "niveau A1.1", "débutant", "grand débutant", "niveau 1", "(alpha 1)"),
    objectives=(
        "Permettre à des personnes n'ayant jamais été scolarisées d'entrer dans la lecture et l'écriture.",
        "Acquérir les bases de la lecture, de l'écriture et du calcul pour les adultes non scolarisés.",
        "Apprendre à lire et à écrire en français à des adultes peu ou pas scolarisés dans leur langue.",
    ),
    results=("Attestation de suivi", "Lire et écrire des messages simples", "Préparation au DILF (A1.1)"),
    contents=(
        "Découverte de l'alphabet, graphisme, lecture de mots du quotidien, expression orale.",
        "Se repérer dans le temps et l'espace, remplir un formulaire simple, lire une adresse, un plan.",
    ),
    conditions=(
        "Personnes non scolarisées ou très peu scolarisées dans leur pays d'origine. Aucun prérequis.",
        "Public analphabète, non lecteur et non scripteur. Test de positionnement à l'entrée.",
        "Ne savoir ni lire ni écrire dans aucune langue. Priorité aux signataires du CIR.",
        "Bénéficiaires de la protection internationale non scolarisés, en priorité.",
        "Femmes uniquement, non scolarisées. Garde d'enfants sur place.",
    ),
    formacodes=(("15043",), ("15043",), ("15043", "15235"), ("15043", "15041")),
    publics=(("81021",), ("81021", "81022"), ("81022", "81023", "81042"), ("83056",)),
    financing=(_ASL_104, _STATE, _TOWN, _NONE),
    weekly_hours=(4, 6, 6, 8, 12),
)
FLE = Recipe(
    titles=(
        "Français langue étrangère (FLE)",
        "Français langue étrangère - {level}",
        "FLE {level}",
        "Cours de français langue étrangère {level} - Session {number}",
        "Français Langue Étrangère - {level} - découverte",
        "Cours de FLE intensif {level}",
        "FLE : progresser en français {level}",
        "Français langue d'intégration {level}",
        "Cours de français pour étrangers",
        "FLE - oral et écrit - groupe {number}",
        "Parcours FLE {level} (bénéficiaires de la protection internationale)",
        "Français langue étrangère du soir {level}",
    ),
    levels=(
        "",
        "",
        "A1",
        "niveau A1",
        "niveau A2",
        "A1/A2",
        "A1 vers A2",
        "du A2 au B1",
        "niveaux A1 à B1",
        "B1",
        "B2",
        "débutant",
        "grand débutant",
        "intermédiaire",
        "tous niveaux",
        "infra A1",
        "niveau A1.1",
        "objectif A2",
    ),
    objectives=(
        "Développer les compétences de communication à l'oral et à l'écrit pour gagner en autonomie.",
        "Atteindre le niveau supérieur du CECRL en compréhension et en expression.",
        "Favoriser l'intégration sociale et professionnelle par l'apprentissage du français.",
    ),
    results=("Attestation de suivi ou de présence", "Atteindre le niveau supérieur", "Préparation au DELF"),
    contents=(
        "Proposition de cours de niveau A1, A2, B1 et de cours de conversation.",
        "Compréhension et expression orales, compréhension et expression écrites, phonétique.",
        "Vie quotidienne, démarches, santé, logement, emploi.",
    ),
    conditions=(
        "Être scolarisé dans sa langue d'origine. Test de positionnement.",
        "Savoir lire et écrire dans sa langue maternelle.",
        "Personnes de nationalité étrangère en situation régulière, 16 ans et plus.",
        "Réservé aux bénéficiaires de la protection internationale (réfugiés, protection subsidiaire).",
        "Ouvert aux demandeurs d'asile dans la limite des places.",
        "Jeunes de 16 à 25 ans suivis par la mission locale.",
        "Demandeurs d'emploi inscrits à France Travail, bénéficiaires du RSA.",
        "Pas de prérequis",
    ),
    formacodes=(("15235",), ("15235",), ("15235",), ("15235", "15040")),
    publics=(("81022",), ("81022", "81023", "81042"), ("81042",), ("83056",), ("81023",)),
    financing=(_NONE, _INTERIOR, _REGION, _TOWN, _NONE),
    weekly_hours=(3, 4, 6, 9, 12, 15, 20),
)
FLE_PRO = Recipe(
    titles=(
        "FLE à visée professionnelle {level}",
        "Français à visée professionnelle - métiers du bâtiment {level}",
        "Français sur objectifs spécifiques (FOS) - aide à la personne {level}",
        "Du FLE (Français langue étrangère) à l'emploi",
        "Français langue professionnelle - logistique et préparation de commandes",
        "Préparation professionnelle langagière - phase {number}",
    ),
    levels=("", "A2", "niveau A2", "A2/B1", "B1", "objectif A2"),
    objectives=(
        "Apprendre le français du métier et découvrir le fonctionnement d'une entreprise en France.",
        "Lever les freins linguistiques à l'emploi, avec une période d'immersion en entreprise.",
    ),
    results=("Projet professionnel validé", "Entrée en formation qualifiante ou en emploi"),
    contents=("180 h en centre et 1 semaine d'immersion en entreprise.", "Vocabulaire du métier, sécurité, consignes."),
    conditions=(
        "Demandeurs d'emploi étrangers en situation régulière, niveau A1 acquis.",
        "Réfugiés inscrits à France Travail. Niveau A1 acquis à l'oral.",
        "Salariés allophones en contrat d'insertion.",
    ),
    formacodes=(("15235",), ("15235", "15031")),
    publics=(("81022", "82060"), ("81042",), ("82060",)),
    financing=(_REGION, _INTERIOR, _NONE),
    weekly_hours=(12, 17, 20, 24, 30),
)
ASL = Recipe(
    titles=(
        "Atelier sociolinguistique {level}",
        "Ateliers socio-linguistiques (ASL) - groupe {number}",
        "Actions socio-linguistiques complémentaires du CIR - {level}",
        "ASL - autonomie dans la vie quotidienne",
        "Atelier de savoirs sociolinguistiques - démarches et santé",
        "Actions socio-linguistiques complémentaires du CIR (ASL) - Ateliers linguistiques du soir",
    ),
    levels=("", "", "A1.1", "A1", "objectif A2", "débutant"),
    objectives=(
        "Communiquer dans les espaces de la vie quotidienne : école, santé, administration, transports.",
        "Développer son autonomie dans les démarches et sa participation à la vie sociale.",
    ),
    results=("Autonomie dans les démarches", "Attestation de présence"),
    contents=("Simulations globales, visites de services publics, sorties.", "Ateliers thématiques et oral."),
    conditions=(
        "CECRL Oral : A1.1, A1 - Ecrit : A1.1, A1",
        "Femmes primo-arrivantes ayant des problèmes de garde d'enfant, en priorité.",
        "Primo-arrivants signataires du CIR depuis moins de cinq ans.",
        "Pas de prérequis",
    ),
    formacodes=(("15235",), ("15235", "15031"), ("15031",)),
    publics=(("81022", "81023", "81042"), ("81023",), ("81022",)),
    financing=(_ASL_104,),
    weekly_hours=(2, 3, 4, 6),
)
