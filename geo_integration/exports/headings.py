"""French headings of the columns a user sees, with what each holds; the only place they are written."""

from collections.abc import Mapping
from typing import NamedTuple

from geo_integration.vocabulary import Cause, Term


class Heading(NamedTuple):
    """One column in French: header, what it holds (unit, meaning of an empty cell), width in characters.

    ``terms`` is the closed list of a column that no layer has: its values are then shown by their labels.
    """

    label: str
    meaning: str
    width: int = 12
    terms: type[Term] | None = None


_EMPTY = "Vide : aucun cours trouvé, ou temps inconnu."

COVERAGE_HEADINGS: dict[str, Heading] = {
    "commune_code": Heading("Code commune", "Code INSEE de la commune (COG de l'année).", 10),
    "commune_name": Heading("Commune", "Nom de la commune.", 28),
    "epci_code": Heading("Code EPCI", "SIREN de l'intercommunalité. Vide : commune hors EPCI.", 12),
    "arrondissement_code": Heading("Code arrondissement", "Arrondissement départemental. Vide : inconnu.", 11),
    "departement_code": Heading("Département", "Code du département.", 9),
    "region_code": Heading("Région", "Code de la région. Vide : collectivité d'outre-mer sans région.", 9),
    "population": Heading("Population", "Population légale, habitants. Vide : non publiée.", 11),
    "cause": Heading("Situation", "Pourquoi la commune est couverte ou non (seuls cours sûrs de convenir).", 22),
    "cause_if_unknown_fits": Heading(
        "Situation si les cours non précisés convenaient",
        "Même question, en comptant les cours dont le type ou le niveau n'est pas précisé.",
        22,
    ),
    "basis": Heading("Point de départ", "D'où partent les habitants : la mairie, ou les carreaux où ils vivent.", 16),
    "share_covered": Heading(
        "Part couverte", "Part des habitants dont le carreau est couvert (0 à 1). Vide : calcul depuis la mairie.", 9
    ),
    "share_unknown": Heading(
        "Part inconnue", "Part des habitants dont le trajet n'est pas connu (0 à 1). Vide : calcul depuis la mairie.", 9
    ),
    "median_minutes": Heading(
        "Durée médiane (min)",
        "La moitié des habitants vivent à cette durée ou moins (le plus long des deux). Vide : aucun, ou mairie.",
        11,
    ),
    "out_minutes": Heading("Aller (min)", f"Minutes jusqu'au cours adapté ouvert le plus proche. {_EMPTY}", 9),
    "back_minutes": Heading("Retour (min)", f"Minutes pour rentrer de ce cours. {_EMPTY}", 9),
    "out_wait_minutes": Heading(
        "Attente à l'aller (min)", "Dans l'aller : attente sur place avant le cours. Vide : sans horaires.", 10
    ),
    "back_wait_minutes": Heading(
        "Attente au retour (min)", "Dans le retour : attente avant de partir. Vide : sans horaires.", 10
    ),
    "long_wait": Heading("Attente longue", "Oui : une attente de plus de 45 minutes. Vide : sans horaires.", 9),
    "class_hours": Heading(
        "Horaires du cours", "Jour et heures du trajet calculé ; « supposé » : la source ne dit rien.", 24
    ),
    "offer_id": Heading("Identifiant du cours", "Cours adapté ouvert le plus proche. Vide : aucun trouvé.", 22),
    "offer_title": Heading("Cours le plus proche", "Intitulé de ce cours. Vide : aucun trouvé.", 40),
    "offer_commune_name": Heading("Commune du cours", "Commune où il a lieu. Vide : aucun trouvé.", 22),
    "one_way_minutes": Heading(
        "Aller sans retour (min)", "Minutes jusqu'au cours adapté d'où rien ne ramène après le cours. Vide : aucun.", 10
    ),
    "one_way_offer_id": Heading("Identifiant du cours sans retour", "Ce cours. Vide : aucun.", 22),
    "possible_minutes": Heading(
        "Cours non précisé (min)", f"Minutes jusqu'au cours dont on ne sait pas s'il convient. {_EMPTY}", 11
    ),
    "possible_offer_id": Heading("Identifiant du cours non précisé", "Ce cours. Vide : aucun trouvé.", 22),
    "full_minutes": Heading("Cours complet (min)", f"Minutes jusqu'au cours adapté mais complet. {_EMPTY}", 11),
    "other_minutes": Heading("Autre cours (min)", f"Minutes jusqu'au cours d'un autre type. {_EMPTY}", 11),
    "mode": Heading("Mode", "Mode de déplacement.", 12),
    "engine": Heading("Calcul des temps", "Ce qui a calculé les minutes.", 28),
    "kind": Heading("Type de cours", "Type de cours demandé.", 18),
    "level": Heading("Niveau", "Niveau demandé. Vide : tous niveaux.", 10),
    "cutoff_minutes": Heading("Durée maximale (min)", "Trajet le plus long accepté, en minutes.", 11),
    "as_of": Heading("Date d'observation", "Jour auquel les offres sont regardées.", 12),
    "need": Heading("Besoin", "Apprenants de ce profil habitant la commune. Vide : inconnu.", 10),
    "need_basis": Heading("Origine du besoin", "D'où vient ce nombre : effectif, estimation ou fiction.", 18),
    "need_share": Heading(
        "Part appliquée", "Part des personnes comptées retenue comme besoin (hypothèse ou source). Vide : inconnu.", 9
    ),
    "need_uncovered": Heading("Besoin non couvert", "Apprenants des communes non couvertes. Vide : inconnu.", 11),
    "need_uncovered_if_unknown_fits": Heading(
        "Besoin non couvert (au moins)", "Le même si les cours non précisés convenaient. Vide : inconnu.", 13
    ),
    "withheld": Heading("Effectif masqué", "Oui : chiffre tenu secret pour ce destinataire (secret statistique).", 10),
    "synthetic": Heading("Donnée fictive", "Oui : des lignes inventées entrent dans le calcul.", 10),
}

ROLLUP_HEADINGS: dict[str, Heading] = {
    "level": Heading("Échelon", "Échelon de regroupement.", 18),
    "code": Heading("Code", "Code officiel du territoire.", 12),
    "name": Heading("Territoire", "Nom du territoire.", 36),
    "communes": Heading("Communes", "Nombre de communes.", 10),
    "communes_covered": Heading("Communes couvertes", "Communes où un cours adapté est à portée.", 11),
    "population": COVERAGE_HEADINGS["population"],
    "need": Heading("Besoin", "Apprenants de ce profil habitant le territoire. Vide : inconnu.", 10),
    "need_uncovered": COVERAGE_HEADINGS["need_uncovered"],
    "need_uncovered_if_unknown_fits": COVERAGE_HEADINGS["need_uncovered_if_unknown_fits"],
    **{
        f"communes_{cause.value}": Heading(f"Communes : {cause.label}", f"Communes en situation « {cause.label} ».", 12)
        for cause in Cause
    },
    **{
        f"need_{cause.value}": Heading(
            f"Besoin : {cause.label}",
            f"Apprenants des communes en situation « {cause.label} ». Vide : il y en a, aucun besoin connu.",
            12,
        )
        for cause in Cause
    },
    **{
        f"need_{cause.value}_share": Heading(
            f"Part du besoin : {cause.label}",
            f"Part du besoin connu qui est en situation « {cause.label} » (0 à 1). Vide : inconnu ou nul.",
            10,
        )
        for cause in Cause
    },
    "basis": Heading(
        "Ce qui est connu",
        "Quartier : ses habitants (points de population), ou seulement la situation de ses communes.",
        16,
    ),
    "cause": Heading(
        "Situation",
        "De la moitié au moins de ses habitants ; à défaut, de ses communes. Vide : elles diffèrent.",
        18,
    ),
    "persons": Heading("Habitants comptés", "Habitants des points de population du quartier. Vide : aucun point.", 10),
    **{
        f"persons_{cause.value}": Heading(
            f"Habitants : {cause.label}", f"Habitants du quartier en situation « {cause.label} ». Vide : inconnu.", 11
        )
        for cause in Cause
    },
    "share_covered": Heading("Part couverte", "Part des habitants du quartier qui sont couverts (0 à 1).", 9),
    "share_unknown": Heading("Part inconnue", "Part des habitants dont le trajet n'est pas connu (0 à 1).", 9),
    "median_minutes": Heading(
        "Durée médiane (min)", "La moitié des habitants du quartier vivent à cette durée ou moins.", 11
    ),
    "complete": Heading("Territoire entier", "Non : seule une partie de ses communes est comptée.", 9),
    "communes_need_unknown": Heading("Communes au besoin inconnu", "Communes dont le besoin n'est pas connu.", 12),
    "population_covered": Heading("Population couverte", "Habitants des communes couvertes.", 11),
    "need_basis": COVERAGE_HEADINGS["need_basis"],
    "withheld": COVERAGE_HEADINGS["withheld"],
    "synthetic": COVERAGE_HEADINGS["synthetic"],
}


def heading(column: str, headings: Mapping[str, Heading]) -> Heading:
    """Return the heading of a column; a column nobody described keeps its own name."""
    return headings.get(column, Heading(column, ""))
