"""The rarer kinds of made-up courses, and those that are not courses for learners at all."""

from demo_recipes import ALPHABETISATION, ASL, FLE, FLE_PRO, Recipe

_OFII = ("CIR", "Marché OFII", ("4",))
_OEPRE = ("Ouvrir l'école aux parents pour la réussite des enfants", "", ("12", "19"))
_NONE = ("", "", ())
_REGION = ("", "", ("2",))

CIR = Recipe(
    titles=(
        "Formation linguistique CIR - parcours A1",
        "Parcours OFII {level}",
        "Contrat d'intégration républicaine (CIR) - formation linguistique {level}",
        "Formation linguistique OFII vers le niveau {level}",
    ),
    levels=("A1", "A2", "B1", "A1", "A2"),
    objectives=("Atteindre le niveau prescrit par l'OFII dans le cadre du contrat d'intégration républicaine.",),
    results=("Atteinte du niveau visé", "Attestation d'assiduité OFII"),
    contents=("Forfait de 100, 200, 400 ou 600 heures selon le positionnement.", "Vie pratique, vie publique, emploi."),
    conditions=(
        "Réservé aux signataires du CIR, sur prescription de l'OFII.",
        "Signataire du contrat d'intégration républicaine uniquement.",
    ),
    formacodes=(("15235",),),
    publics=(("81023",), ("81022", "81023")),
    financing=(_OFII,),
    weekly_hours=(12, 18, 20, 30),
)
ILLETTRISME = Recipe(
    titles=(
        "Lutte contre l'illettrisme",
        "Réapprendre à lire et à écrire - {level}",
        "Atelier de lutte contre l'illettrisme - groupe {number}",
        "Savoirs de base : lecture, écriture, calcul",
    ),
    levels=("", "degré 1", "degré 2"),
    objectives=("Réacquérir la lecture et l'écriture après une scolarité en France.",),
    results=("Maîtrise des savoirs de base", "Préparation au certificat CléA"),
    contents=("Lecture, écriture, numératie, gestes de la vie courante.",),
    conditions=(
        "Personnes scolarisées en France en situation d'illettrisme.",
        "Public ayant été scolarisé en français.",
    ),
    formacodes=(("15022",), ("15022", "15041")),
    publics=(("81019",), ("81019", "83056")),
    financing=(_REGION, _NONE),
    weekly_hours=(3, 6, 14),
)
CERTIFICATION = Recipe(
    titles=(
        "Examen DELF {level} - Diplôme d'études en langue française",
        "Préparation au TCF - Test de connaissance du français",
        "DILF - Diplôme initial de langue française A1.1",
        "Passation TCF IRN (intégration, résidence, nationalité)",
        "Préparation et passage du DELF Tout Public {level}",
    ),
    levels=("A1", "A2", "B1", "B2"),
    objectives=("Obtenir une certification officielle de niveau de français.",),
    results=("Diplôme ou attestation de niveau",),
    contents=("Épreuves blanches, passage des épreuves orales et écrites.",),
    conditions=("Tout public, paiement à l'inscription.", "Pièce d'identité en cours de validité."),
    formacodes=(("15235",),),
    publics=(("83056",),),
    financing=(_NONE,),
    weekly_hours=(2, 7, 14),
)
REMISE_A_NIVEAU = Recipe(
    titles=("Français mise à niveau", "Remise à niveau en français et mathématiques", "Dispositif compétences de base"),
    levels=("",),
    objectives=("Consolider ses connaissances générales avant une formation ou un concours.",),
    results=("Entrée en formation qualifiante",),
    contents=("Français, mathématiques, raisonnement logique, numérique.",),
    conditions=("Demandeurs d'emploi, maîtriser le français oral.", "Avoir été scolarisé en France."),
    formacodes=(("15040",), ("15041",), ("15281",)),
    publics=(("83056",),),
    financing=(_REGION,),
    weekly_hours=(7, 14, 21),
)
OEPRE = Recipe(
    titles=(
        "Ouvrir l'école aux parents pour la réussite des enfants",
        "Ouvrir l'école aux parents pour la réussite des enfants - OEPRE",
        "OEPRE - atelier parents - groupe {number}",
    ),
    levels=("",),
    objectives=("Apprendre le français, connaître l'école et les valeurs de la République pour suivre ses enfants.",),
    results=("Suivi de la scolarité des enfants", "Attestation d'assiduité"),
    contents=("Français, fonctionnement de l'école, principes et valeurs de la République.",),
    conditions=(
        "Être primo-arrivants, immigrés ou étrangers hors Union européenne.",
        "Avoir un enfant scolarisé dans l'établissement ou dans un établissement proche.",
    ),
    formacodes=(("15235",),),
    publics=(("81022",), ("81023", "81042")),
    financing=(_OEPRE,),
    weekly_hours=(2, 3, 4),
)
UNKNOWN = Recipe(
    titles=(
        "Cours de français",
        "Atelier de conversation",
        "Français pour adultes - groupe {number}",
        "Parler en ville",
    ),
    levels=("",),
    objectives=("Se retrouver chaque semaine pour parler français.",),
    results=("Attestation de présence",),
    contents=("Échanges, jeux, sorties.",),
    conditions=("Nous contacter", "Ouvert à tous"),
    formacodes=(("15031",),),
    publics=(("83056",), ("81022",)),
    financing=(_NONE,),
    weekly_hours=(1, 2),
)
TRAINERS = Recipe(
    titles=(
        "Devenir formateur FLE",
        "Former les bénévoles aux cours d'alphabétisation",
        "Certificat de capacité à l'enseignement du français langue étrangère - FLE",
        "Formation de formateurs en français langue étrangère et alphabétisation",
    ),
    levels=("",),
    objectives=("Concevoir et animer des séances de français pour un public adulte allophone.",),
    results=("Attestation de formation de formateur",),
    contents=("Didactique du FLE, progression, évaluation, animation de groupe.",),
    conditions=("Formateurs et bénévoles, niveau baccalauréat.",),
    formacodes=(("44501", "15235"), ("44501", "15043"), ("44501",)),
    publics=(("83056",),),
    financing=(_NONE,),
    weekly_hours=(14, 35),
)

RECIPES = {
    "alphabetisation": ALPHABETISATION,
    "fle": FLE,
    "fle_pro": FLE_PRO,
    "asl": ASL,
    "cir": CIR,
    "illettrisme": ILLETTRISME,
    "certification": CERTIFICATION,
    "remise_a_niveau": REMISE_A_NIVEAU,
    "oepre": OEPRE,
    "unknown": UNKNOWN,
    "trainers": TRAINERS,
}
OTHER_KINDS = {
    "fle": 44,
    "asl": 14,
    "fle_pro": 10,
    "cir": 9,
    "illettrisme": 7,
    "certification": 6,
    "remise_a_niveau": 5,
    "unknown": 2,
    "trainers": 3,
}
"""Weights of the kinds that are drawn; alphabétisation and OEPRE are placed by hand and by school."""
SCHEDULES = {
    1: ("Mercredi de 18h à 19h",),
    2: ("Mardi de 14h à 16h", "Jeudi de 18h à 20h", "Lundi de 9h30 à 11h30"),
    3: ("Vendredi de 9h à 12h", "Mercredi de 13h30 à 16h30"),
    4: ("Mardi et jeudi de 14h à 16h", "Lundi et vendredi de 9h30 à 11h30", "Lundi et mercredi de 18h à 20h"),
    6: ("Lundi et jeudi de 9h à 12h", "Mardi et vendredi de 13h30 à 16h30", "Lundi, mardi et jeudi de 14h à 16h"),
    7: ("Samedi de 9h à 12h et de 13h à 17h", "Mardi de 9h à 12h et de 13h à 17h"),
    8: ("Lundi, mardi, jeudi et vendredi de 14h à 16h",),
    9: ("Lundi, mercredi et vendredi de 9h à 12h",),
    12: ("Lundi, mardi, jeudi et vendredi de 9h à 12h",),
    14: ("Lundi et mardi de 9h à 12h et de 13h à 17h",),
    15: ("Du lundi au vendredi de 9h à 12h",),
    18: ("Lundi, mardi et jeudi de 9h à 12h et de 13h30 à 16h30",),
    20: ("Du lundi au jeudi de 9h à 12h et de 14h à 16h",),
    24: ("Du lundi au jeudi de 9h à 12h et de 13h30 à 16h30",),
    30: ("Du lundi au vendredi de 9h à 12h et de 13h30 à 16h30",),
    35: ("Du lundi au vendredi de 9h à 12h et de 13h à 17h",),
}
"""Weekly hours → days and hours that add up to them."""
