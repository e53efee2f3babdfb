"""The words of the calendar: headings, method, classes of the map, figures to read first."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd

from geo_integration.coverage.calendar import MonthState, NextStart
from geo_integration.exports.colours import SEQUENCE, of_terms, sequential
from geo_integration.exports.headings import COVERAGE_HEADINGS, Heading
from geo_integration.exports.result import Colouring, Swatch
from geo_integration.jobs.counting import counted, learners
from geo_integration.vocabulary import Term

_MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
FROM_COVERAGE = ("commune_code", "commune_name", "epci_code", "departement_code", "population", "cause")
NEED_COLUMNS = ("need", "need_basis", "withheld", "synthetic")
START_CLASS = "next_start_class"
"""Column the map is coloured by: the class of the month of the next start."""

_CLASSES = 6
_HATCHES = ("", "dot", "dots", "lines", "diagonal", "crossed")
_NOW = ("#ffffcc", "")
_OTHERS = {
    NextStart.MAYBE: ("#e69f00", "back"),
    NextStart.NONE: ("#d55e00", "back_dense"),
    NextStart.NO_DATA: ("#f6f6f6", ""),
    NextStart.NOT_ROUTABLE: ("#6e6e6e", "lattice"),
}

METHOD = (
    "Calendrier : pour chaque commune, les cours adaptés à portée (aller et retour), et pour chaque mois : peut-on y "
    "entrer ? Entrées à dates fixes : au premier cours, ou jusqu'à la fin des inscriptions si elle est dite ; entrées "
    "permanentes : tout jour de cours. Une session commencée que sa source dit encore ouverte compte comme "
    "« peut-être » le premier mois. Un atelier OEPRE s'arrête aux vacances scolaires de sa zone. « Sûr » ne compte "
    "que ce que les sources disent ; « au plus » ajoute tout ce que rien n'exclut (cours non précisés, dates, entrées "
    "ou fin de session inconnues, places qui se libéreraient dans les entrées permanentes)."
)
BOUNDS = (
    "Au moins (« sûr ») : seulement ce que les sources disent d'une session : dates, entrées, places, public.",
    (
        "Au plus : tout ce que rien n'exclut compte aussi (cours non précisés, dates ou entrées "
        "inconnues, entrées permanentes complètes)."
    ),
)
HOLIDAYS_NOTE = (
    "Vacances et fermetures connues : celles des écoles, pour les seuls ateliers OEPRE. Celles des autres cours et les "
    "jours fériés ne sont pas connus : ces cours sont supposés se tenir chaque semaine entre leurs dates."
)
OVERSEAS_NOTE = (
    "Corse et outre-mer fixent leur propre calendrier scolaire, absent ici : les jours des ateliers OEPRE y sont "
    "inconnus, comme partout après la dernière année publiée."
)
RECRUITMENT_NOTE = (
    "Recrutement et places sont ceux du jour d'observation : une session complète à entrées permanentes compte comme "
    "« peut-être » à partir du mois suivant. Une session sans date de fin n'est sûre que pour une semaine."
)
DAYS_NOTE = (
    "Le jour de cours n'est pas toujours dit : il est alors supposé du lundi au vendredi, et la date de prochaine "
    "entrée vaut à la semaine près."
)
TIMETABLE_NOTE = "Les trajets sont ceux d'une seule semaine : les horaires d'autres saisons peuvent différer."

_NEXT = {
    "next_start": Heading("Prochaine entrée", "Quand on peut commencer un cours adapté à portée.", 22, NextStart),
    "next_start_date": Heading(
        "Date de la prochaine entrée", "Premier cours sûr auquel on peut se joindre. Vide : aucun n'est sûr.", 12
    ),
    "next_start_minutes": Heading("Trajet de ce cours (min)", "Le plus long de l'aller et du retour.", 10),
    "next_offer_id": Heading("Identifiant de ce cours", "Vide : aucun.", 20),
    "next_offer_title": Heading("Cours de la prochaine entrée", "Vide : aucun.", 38),
    "next_offer_commune_name": Heading("Commune de ce cours", "Vide : aucun.", 22),
    "may_start_date": Heading(
        "Au plus tôt", "Première entrée si tout ce qui n'est pas connu s'y prête. Vide : rien sur la période.", 12
    ),
    "may_offer_id": Heading("Identifiant du cours au plus tôt", "Vide : aucun.", 20),
    "may_offer_title": Heading("Cours au plus tôt", "Vide : aucun.", 38),
    "months_low": Heading("Mois avec entrée (sûr)", "Mois de la période où l'on peut commencer à coup sûr.", 9),
    "months_high": Heading("Mois avec entrée (au plus)", "Les mêmes si tout ce qui n'est pas connu s'y prête.", 9),
    "meeting_low": Heading("Mois avec cours (sûr)", "Mois où un cours adapté à portée a lieu, avec ou sans entrée.", 9),
    "meeting_high": Heading("Mois avec cours (au plus)", "Les mêmes si tout ce qui n'est pas connu s'y prête.", 9),
}

MONTHS_HEADINGS: dict[str, Heading] = {
    "month": Heading("Mois", "Le premier commence au jour d'observation.", 16),
    **{
        f"communes_{one.value}": Heading(f"Communes : {one.label}", f"Communes dans cet état : {one.label}.", 12)
        for one in MonthState
    },
    "need_start_low": Heading("Besoin pouvant commencer (au moins)", "Apprenants. Vide : besoin inconnu.", 13),
    "need_start_high": Heading("Besoin pouvant commencer (au plus)", "Apprenants. Vide : besoin inconnu.", 13),
    "need_none": Heading("Besoin sans entrée", "Apprenants sûrs de ne rien pouvoir commencer ce mois-là.", 12),
    "need_not_known": Heading("Besoin, situation inconnue", "Apprenants des communes sans source ou sans réseau.", 12),
    "communes_need_unknown": Heading("Communes au besoin inconnu", "Elles ne sont dans aucune somme d'apprenants.", 11),
}


def month_text(month: str) -> str:
    """Return ``2026-12`` as « décembre 2026 »."""
    year, number = month.split("-")
    return f"{_MONTHS[int(number) - 1]} {year}"


def month_column(month: str) -> str:
    """Return the column that holds the state of a month."""
    return f"month_{month.replace('-', '_')}"


def headings(months: Sequence[str]) -> dict[str, Heading]:
    """Return the headings of the main table."""
    states = {
        month_column(month): Heading(
            month_text(month).capitalize(), "Ce que ce mois est pour qui veut commencer.", 16, MonthState
        )
        for month in months
    }
    around = {name: COVERAGE_HEADINGS[name] for name in (*FROM_COVERAGE, *NEED_COLUMNS)}
    return {
        **{name: around[name] for name in FROM_COVERAGE},
        **_NEXT,
        START_CLASS: Heading(
            "Classe de la carte", "Mois de la prochaine entrée, groupés pour la carte.", 22, _class_terms(months)
        ),
        **states,
        **{name: around[name] for name in NEED_COLUMNS},
    }


def start_classes(months: Sequence[str]) -> dict[str, str]:
    """Return the class of the map each month belongs to: at most six, of neighbouring months."""
    size = -(-len(months) // _CLASSES)
    return {month: months[number - number % size] for number, month in enumerate(months)}


def colourings(table: pd.DataFrame, months: Sequence[str]) -> tuple[Colouring, ...]:
    """Return what the map may show: the next start first, then how many months, then each month."""
    return (
        Colouring(START_CLASS, "Prochaine entrée sûre dans un cours à portée", _swatches(months)),
        Colouring("months_low", "Mois où l'on peut commencer (sûr)", sequential(table["months_low"], bad="low")),
        Colouring("months_high", "Mois où l'on peut commencer (au plus)", sequential(table["months_high"], bad="low")),
        *(Colouring(month_column(month), month_text(month).capitalize(), of_terms(MonthState)) for month in months),
    )


def _class_labels(months: Sequence[str]) -> dict[str, str]:
    """Return the words of each class of months: « novembre 2026 à décembre 2026 »."""
    held: dict[str, list[str]] = {}
    for month, start in start_classes(months).items():
        held.setdefault(start, []).append(month_text(month))
    return {start: mine[0] if len(mine) == 1 else f"{mine[0]} à {mine[-1]}" for start, mine in held.items()}


def _class_terms(months: Sequence[str]) -> type[Term]:
    """Return the classes of the map as a closed list, which depends on the months asked for."""
    said = {one.name: (one.value, one.label, one.meaning) for one in NextStart if one is not NextStart.LATER}
    dated = {f"FROM_{start}": (start, label, "months") for start, label in _class_labels(months).items()}
    enumeration: Any = Term  # type checkers take the call for that of a member
    found: type[Term] = enumeration("StartClass", said | dated)
    return found


def _swatches(months: Sequence[str]) -> tuple[Swatch, ...]:
    found = [Swatch(NextStart.NOW.value, NextStart.NOW.label, *_NOW)]
    for number, (start, label) in enumerate(_class_labels(months).items()):
        found.append(Swatch(start, label, SEQUENCE[number + 1], _HATCHES[number]))
    return (*found, *(Swatch(one.value, one.label, *look) for one, look in _OTHERS.items()))


def figures(table: pd.DataFrame, by_month: pd.DataFrame) -> tuple[tuple[str, str], ...]:
    """Return what to read first."""
    last = month_text(str(by_month["month"].iloc[-1]))
    told = (
        (
            NextStart.NOW,
            "avec un cours adapté à portée où entrer dès maintenant (premier cours sous 7 jours)",
        ),
        (NextStart.LATER, f"avec une première entrée sûre, plus tard, d'ici fin {last}"),
        (NextStart.MAYBE, "sans entrée sûre, mais peut-être une : appeler les organismes"),
        (NextStart.NONE, f"sans aucune entrée d'ici fin {last}"),
        (NextStart.NO_DATA, "sans aucune source : on ne sait pas"),
    )
    return tuple(
        (counted(int(mine.sum()), "commune"), f"{_learners(table.loc[mine, 'need'])} {text}")
        for one, text in told
        if (mine := table["next_start"].eq(one.value)).any()
    )


_KNOWN_ONLY = ("apprenant connu", "apprenants connus")


def _learners(need: "pd.Series[float]") -> str:
    known = need.astype("float64").sum(min_count=1)
    if pd.isna(known):
        return "(besoin inconnu)"
    return f"({learners(known, *_KNOWN_ONLY) if need.isna().any() else learners(known)})"


def span_text(as_of: date, months: Sequence[str]) -> str:
    """Return the span looked at, in words."""
    return f"du {as_of:%d/%m/%Y} à fin {month_text(months[-1])}"
