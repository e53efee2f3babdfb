"""The words of the change: headings, method, classes of the map, figures to read first."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from geo_integration.coverage.change import ABSENT, Change, Changes, MinutesChange
from geo_integration.exports.colours import causes, diverging, of_terms
from geo_integration.exports.headings import COVERAGE_HEADINGS, Heading
from geo_integration.exports.result import Colouring
from geo_integration.jobs.counting import counted, learners
from geo_integration.vocabulary import Cause, Term


class Bound(Term):
    """Which courses a sum counts."""

    SURE = ("sure", "Cours sûrs de convenir", "courses sure to fit")
    IF_UNKNOWN_FITS = ("if_unknown_fits", "Cours non précisés comptés aussi", "and those that may")


FROM_COVERAGE = ("commune_name", "epci_code", "departement_code", "population")

METHOD = (
    "Changement : la couverture est calculée deux fois, à la même question, puis comparée commune par commune. Une "
    "commune sans source ou sans réseau l'une des deux fois est « inconnue » : ni gagnée, ni perdue. Le besoin compté "
    "est celui d'aujourd'hui."
)

SAME_LAYERS = (
    "Deux jours, les mêmes données : seules les dates des sessions, de leurs entrées et de leurs inscriptions font la "
    "différence, et une session à venir compte déjà. Recrutement et places sont ceux que la source dit aujourd'hui."
)
AS_PUBLISHED = (
    "Deux jours, les données telles que publiées chacun de ces jours : les offres, les effectifs et leur étendue "
    "peuvent tous différer."
)

HEADINGS: dict[str, Heading] = {
    "commune_code": COVERAGE_HEADINGS["commune_code"],
    **{name: COVERAGE_HEADINGS[name] for name in FROM_COVERAGE},
    "change": Heading("Changement", "Ce qu'il est advenu de la commune (cours sûrs de convenir).", 20, Change),
    "cause_before": Heading("Situation avant", "Situation de la commune la première fois.", 20, Cause),
    "cause_after": Heading("Situation après", "Situation de la commune la seconde fois.", 20, Cause),
    "change_if_unknown_fits": Heading(
        "Changement si les cours non précisés convenaient", "La même question, à l'autre borne.", 20, Change
    ),
    "cause_before_if_unknown_fits": Heading("Situation avant (autre borne)", "Cours non précisés comptés.", 20, Cause),
    "cause_after_if_unknown_fits": Heading("Situation après (autre borne)", "Cours non précisés comptés.", 20, Cause),
    "minutes_change": Heading("Trajet", "Ce qu'il est advenu du trajet vers le plus proche.", 20, MinutesChange),
    "minutes_before": Heading(
        "Minutes avant", "Le plus long de l'aller et du retour. Vide : aucun cours, ou inconnu (voir « Trajet »).", 9
    ),
    "minutes_after": Heading(
        "Minutes après", "Le plus long de l'aller et du retour. Vide : aucun cours, ou inconnu (voir « Trajet »).", 9
    ),
    "minutes_difference": Heading("Différence (min)", "Après moins avant. Vide : l'un des deux manque.", 9),
    "offer_title_before": Heading("Cours le plus proche avant", "Vide : aucun trouvé.", 32),
    "offer_title_after": Heading("Cours le plus proche après", "Vide : aucun trouvé.", 32),
    "need_before": Heading("Besoin avant", "Apprenants de ce profil. Vide : inconnu.", 9),
    "need_after": Heading("Besoin après", "Apprenants de ce profil. Vide : inconnu.", 9),
    "need_gained": Heading("Besoin gagné", "Apprenants nouvellement couverts. Vide : inconnu.", 10),
    "need_lost": Heading("Besoin perdu", "Apprenants qui ne sont plus couverts. Vide : inconnu.", 10),
    "need_difference": Heading("Besoin non couvert, différence", "Après moins avant. Vide : inconnu.", 11),
    "need_basis": COVERAGE_HEADINGS["need_basis"],
    "withheld": COVERAGE_HEADINGS["withheld"],
    "synthetic": COVERAGE_HEADINGS["synthetic"],
}

TRANSITION_HEADINGS: dict[str, Heading] = {
    "cause_before": Heading("Avant", "Situation la première fois.", 24),
    "cause_after": Heading("Après", "Situation la seconde fois.", 24),
    "communes": Heading("Communes", "Communes passées de l'une à l'autre.", 10),
    "need_before": Heading("Besoin avant", "Apprenants de ces communes. Vide : inconnu.", 10),
    "need_after": Heading("Besoin après", "Apprenants de ces communes. Vide : inconnu.", 10),
    "communes_need_unknown": Heading("Communes au besoin inconnu", "L'une des deux fois.", 12),
}

SUMS_HEADINGS: dict[str, Heading] = {
    "bound": Heading("Borne", "Quels cours comptent.", 26, Bound),
    "communes": Heading("Communes", "Communes comparées.", 10),
    **{f"communes_{one.value}": Heading(f"Communes : {one.label}", f"Communes « {one.label} ».", 12) for one in Change},
    "need_gained": HEADINGS["need_gained"],
    "need_lost": HEADINGS["need_lost"],
    "need_uncovered_before": Heading("Besoin non couvert avant", "Apprenants. Vide : inconnu.", 11),
    "need_uncovered_after": Heading("Besoin non couvert après", "Apprenants. Vide : inconnu.", 11),
    "communes_need_unknown": Heading("Communes au besoin inconnu", "Elles ne sont dans aucune somme.", 11),
}


COLOURS = {
    Change.GAINED.value: "#009e73",
    Change.LOST.value: "#d55e00",
    Change.COVERED.value: "#c9e3f1",
    Change.OTHER_CAUSE.value: "#cc79a7",
    Change.UNCOVERED.value: "#e6c9a8",
}
"""What changed stands out; what did not is pale."""


def colourings(table: pd.DataFrame) -> tuple[Colouring, ...]:
    """Return what the map may show: what changed, by how many minutes, and both situations."""
    return (
        Colouring("change", "Ce qui a changé", of_terms(Change, COLOURS)),
        Colouring(
            "change_if_unknown_fits",
            "Ce qui a changé, si les cours non précisés convenaient",
            of_terms(Change, COLOURS),
        ),
        Colouring(
            "minutes_difference",
            "Minutes jusqu'au cours le plus proche : après moins avant",
            diverging(table["minutes_difference"], unit="min"),
        ),
        Colouring("cause_before", "Situation avant", causes()),
        Colouring("cause_after", "Situation après", causes()),
    )


def shown_causes(transitions: pd.DataFrame) -> pd.DataFrame:
    """Return the transitions with French labels."""
    labels = {one.value: one.label for one in Cause} | {ABSENT: "Absente"}
    return transitions.assign(**{name: transitions[name].map(labels) for name in ("cause_before", "cause_after")})


def figures(found: Changes, *, before: str, after: str) -> tuple[tuple[str, str], ...]:
    """Return what to read first: sure courses, then the other bound where it differs."""
    low, high = found.sums.set_index("bound").loc[["sure", "if_unknown_fits"]].to_dict("records")
    told = [
        _said(low, "gained", f"avec un cours à portée {after}, mais pas {before}{_other(low, high, 'gained')}"),
        _said(low, "lost", f"avec un cours à portée {before}, mais plus {after}{_other(low, high, 'lost')}"),
        _said(low, "other_cause", "sans cours à portée les deux fois, mais pour une autre raison"),
    ]
    if low["communes_unknown"]:
        told.append(_said(low, "unknown", "dont on ne sait rien l'une des deux fois"))
    if low["communes_need_unknown"]:
        told.append((counted(low["communes_need_unknown"], "commune"), "au besoin inconnu : dans aucune somme"))
    return tuple(told)


def _said(sums: Mapping[Any, Any], what: str, sentence: str) -> tuple[str, str]:
    """Return a figure: the communes first, their learners in the sentence."""
    communes, *people = _counted(sums, what).split(" (", maxsplit=1)
    return communes, " ".join([*(f"({part}" for part in people), sentence])


def _counted(sure: Mapping[Any, Any], what: str) -> str:
    """Return a number of communes, with their learners where they are known."""
    communes, need = int(sure[f"communes_{what}"]), sure.get(f"need_{what}")
    told = counted(communes, "commune")
    return told if not communes or need is None else f"{told} ({learners(need)})"


def _other(low: Mapping[Any, Any], high: Mapping[Any, Any], what: str) -> str:
    """Return the other bound where it is another number."""
    if low[f"communes_{what}"] == high[f"communes_{what}"]:
        return ""
    return f" ; {_counted(high, what)} si les cours non précisés convenaient"
