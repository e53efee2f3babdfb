"""What the answer to a scenario says in French: headings, method, key figures."""

from collections.abc import Mapping

import pandas as pd

from geo_integration.coverage.change import Change, MinutesChange
from geo_integration.coverage.scenario.model import Scenario
from geo_integration.exports.headings import COVERAGE_HEADINGS, Heading
from geo_integration.jobs.counting import counted, span, spanned
from geo_integration.vocabulary import Cause

FAST = (
    "Chemin rapide : les trajets d'aujourd'hui ont été gardés, et seuls les lieux nouveaux ou déplacés ont été "
    "cherchés. Le résultat est celui du calcul complet, à la seconde près."
)
FULL = "Calcul complet : les trajets ont été recalculés pour les cours du scénario."
METHOD = (
    "La même question est posée aux cours d'aujourd'hui et à ceux du scénario, puis les deux réponses sont comparées "
    "commune par commune. Le besoin est le même des deux côtés : un scénario ne déplace personne. {path} "
)
FROM_COVERAGE = ("commune_code", "commune_name", "epci_code", "departement_code", "population")

_CAUSE = "Pourquoi la commune était couverte ou non"
HEADINGS: Mapping[str, Heading] = {
    **{name: COVERAGE_HEADINGS[name] for name in FROM_COVERAGE},
    "change": Heading("Évolution", "Ce que le scénario change à la couverture.", 20, Change),
    "cause_before": Heading("Situation aujourd'hui", f"{_CAUSE}, seuls les cours sûrs comptant.", 20, Cause),
    "cause_after": Heading("Situation dans le scénario", "La même, avec les cours du scénario.", 20, Cause),
    "change_if_unknown_fits": Heading(
        "Évolution si les cours non précisés convenaient", "L'autre borne de l'évolution.", 20, Change
    ),
    "minutes_before": Heading(
        "Minutes aujourd'hui", "Le plus long de l'aller et du retour. Vide : aucun cours, ou trajet inconnu.", 10
    ),
    "minutes_after": Heading("Minutes dans le scénario", "Les mêmes, dans le scénario. Vide : comme ci-contre.", 10),
    "minutes_difference": Heading(
        "Minutes de différence", "Scénario moins aujourd'hui. Vide : l'un des deux n'est pas connu ou n'existe pas.", 10
    ),
    "minutes_change": Heading("Évolution du trajet", "Ce que devient le trajet.", 18, MinutesChange),
    "offer_title": Heading("Cours le plus proche", "Dans le scénario. Vide : aucun trouvé.", 36),
    "need": COVERAGE_HEADINGS["need"],
    "need_basis": COVERAGE_HEADINGS["need_basis"],
    "need_gained": Heading("Besoin gagné", "Apprenants d'une commune qui devient couverte. Vide : inconnu.", 10),
    "need_lost": Heading("Besoin perdu", "Apprenants d'une commune qui n'est plus couverte. Vide : inconnu.", 10),
    "need_difference": Heading("Besoin non couvert : différence", "Scénario moins aujourd'hui. Vide : inconnu.", 12),
    "withheld": COVERAGE_HEADINGS["withheld"],
    "synthetic": COVERAGE_HEADINGS["synthetic"],
}
TRANSITION_HEADINGS: Mapping[str, Heading] = {
    "cause_before": HEADINGS["cause_before"],
    "cause_after": HEADINGS["cause_after"],
    "communes": Heading("Communes", "Communes passées de l'une à l'autre.", 10),
    "need": Heading("Besoin", "Apprenants de ces communes. Vide : inconnu de toutes.", 10),
    "communes_need_unknown": Heading("Dont besoin inconnu", "Communes dont le besoin n'est pas connu.", 12),
}
DONE_HEADINGS: Mapping[str, Heading] = {
    "action": Heading("Action", "Numéro de l'action dans le scénario.", 8),
    "what": Heading("Ce qui est fait", "Ce que l'action fait au cours.", 18),
    "offer_id": Heading("Identifiant du cours", "Cours concerné ; scenario:… : ajouté par le scénario.", 22),
    "title": Heading("Cours", "Intitulé.", 36),
    "commune_name": Heading("Commune", "Commune du cours. Vide : inconnue.", 22),
}
DONE = {
    "added": "ajouté",
    "closed": "fermé",
    "moved_from": "déplacé d'ici",
    "moved_to": "déplacé ici",
    "hours": "autres horaires",
    "capacity": "autre capacité",
}
MARKS = {"added": "added", "closed": "closed", "moved_from": "closed", "moved_to": "moved"}
"""Mark on the map of each thing done; the rest is a place of today."""


def figures(sums: pd.DataFrame) -> tuple[tuple[str, str], ...]:
    """Return the key figures: sure courses and, where it differs, all those that may fit."""
    low, high = sums.set_index("bound").loc[["sure", "if_unknown_fits"]].to_dict("records")

    def ends(name: str) -> tuple[float, float]:
        least, most = sorted([float(low[name]), float(high[name])])
        return least, most

    def people(name: str) -> str:
        return "Besoin inconnu" if pd.isna(ends(name)[1]) else spanned(*ends(name), "apprenant")

    unknown = int(low["communes_need_unknown"])
    known = f" (besoin inconnu dans {counted(unknown, 'commune')})" if unknown else ""
    told = [
        (spanned(*ends("communes_gained"), "commune"), "de plus à portée d'un cours adapté, grâce au scénario"),
        (spanned(*ends("communes_lost"), "commune"), "de moins : un cours à portée aujourd'hui, plus dans le scénario"),
        (people("need_gained"), f"dont la commune devient couverte{known}"),
        (people("need_lost"), f"dont la commune n'est plus couverte{known}"),
    ]
    left = [span(*ends(f"need_uncovered_{when}")) for when in ("before", "after")]
    told.append((" → ".join(left), f"apprenants sans cours à portée, aujourd'hui → dans le scénario{known}"))
    return tuple(told)


def notes(scenario: Scenario, stale: list[str], *, unknown_level: bool) -> list[str]:
    """Return what a reader must know first: what the scenario is, and whether the data have changed since."""
    found = [
        f"Scénario « {scenario.name} » : une hypothèse, pas une prévision. Personne n'a dit que ces cours ouvrent."
    ]
    if stale:
        found.append("Les données ont changé depuis que ce scénario a été écrit : " + " ".join(stale))
    elif not scenario.made_on:
        found.append("Ce scénario ne dit pas sur quelles données il a été fait.")
    if unknown_level:
        found.append("Un cours ajouté ne dit pas son niveau : pour qui en demande un, son adéquation est inconnue.")
    return found
