"""The words of siting: headings, method, figures to read first, what a reader must know."""

import pandas as pd

from geo_integration.coverage.siting.candidates import CandidateOrigin
from geo_integration.coverage.siting.problem import Plan
from geo_integration.exports.headings import COVERAGE_HEADINGS, Heading
from geo_integration.jobs.counting import (
    UNKNOWN_NEED,
    UNKNOWN_NUMBER,
    amount,
    counted,
    lowered,
    number,
    plural,
    total,
)
from geo_integration.jobs.site_options import Asked, By, Model
from geo_integration.vocabulary import Term


class After(Term):
    """What a commune would be once the sites chosen are open."""

    COVERED = ("covered", "Couverte aujourd'hui", "covered by what exists")
    NEWLY = ("newly_covered", "Nouvellement couverte", "covered by a site chosen")
    PARTLY = ("partly_covered", "En partie couverte", "part of its learners fit in the groups chosen")
    NOT = ("not_covered", "Toujours non couverte", "nothing within the time")
    UNKNOWN = ("unknown", "Inconnue", "no source reports here, no network, or (groups) need not known")


AFTER_COLOURS = {
    After.COVERED.value: "#c9e3f1",
    After.NEWLY.value: "#009e73",
    After.PARTLY.value: "#b7d67a",
    After.NOT.value: "#d55e00",
}

FROM_COVERAGE = (
    "commune_code",
    "commune_name",
    "epci_code",
    "departement_code",
    "population",
    "cause",
    "cause_if_unknown_fits",
    "need",
    "need_basis",
    "need_uncovered",
    "need_uncovered_if_unknown_fits",
)

HEADINGS: dict[str, Heading] = {
    **{name: COVERAGE_HEADINGS[name] for name in (*FROM_COVERAGE, "withheld", "synthetic")},
    "after": Heading("Avec les lieux choisis", "Situation de la commune une fois les lieux ouverts.", 22, After),
    "site_rank": Heading("Rang du lieu", "Rang du lieu choisi où elle irait. Vide : aucun.", 8),
    "site_name": Heading("Lieu choisi", "Lieu choisi le plus proche qui la couvre. Vide : aucun.", 34),
    "site_minutes": Heading("Trajet (min)", "Minutes jusqu'à ce lieu, le plus long des deux sens. Vide : aucun.", 9),
    "minutes_today": Heading(
        "Trajet aujourd'hui (min)", "Minutes jusqu'au cours le plus proche aujourd'hui. Vide : aucun, ou inconnu.", 10
    ),
    "need_newly_covered": Heading(
        "Besoin nouvellement couvert",
        "Apprenants que les lieux choisis couvriraient, en ne comptant couverts aujourd'hui que ceux qui le sont "
        "sûrement. Vide : besoin inconnu.",
        12,
    ),
    "need_newly_covered_if_unknown_fits": Heading(
        "Besoin nouvellement couvert (au moins)",
        "Les mêmes si les cours non précisés convenaient déjà. Vide : besoin inconnu.",
        13,
    ),
}

SITE_HEADINGS: dict[str, Heading] = {
    "rank": Heading("Rang", "Le lieu qui apporte le plus, puis celui qui apporte le plus en sus, etc.", 6),
    "candidate_id": Heading("Identifiant", "Identifiant du lieu candidat.", 20),
    "name": Heading("Lieu", "Nom du lieu.", 36),
    "origin": Heading("Nature", "D'où vient ce candidat.", 20, CandidateOrigin),
    "commune_code": COVERAGE_HEADINGS["commune_code"],
    "commune_name": Heading("Commune", "Commune du lieu.", 24),
    "slots": Heading("Horaires", "Jour et heures du cours. Vide : le trajet n'en dépend pas.", 20),
    "hours_supposed": Heading("Horaires supposés", "Oui : personne n'a demandé ces horaires.", 9),
    "capacity": Heading("Places", "Apprenants que le groupe accueille. Vide : sans limite.", 9),
    "gain": Heading("Apport", "Ce qu'il apporte en sus des lieux d'avant (unité du modèle).", 10),
    "cumulated": Heading("Cumul", "Apport de ce lieu et de ceux d'avant.", 10),
    "share": Heading("Part cumulée", "Part du besoin non couvert connu (0 à 1). Vide : aucun besoin connu.", 9),
    "communes": Heading("Communes nouvellement couvertes", "Celles dont il est le lieu choisi le plus proche.", 10),
    "need_assigned": Heading("Besoin de ces communes", "Apprenants connus de ces communes qu'il couvre.", 11),
    "communes_need_unknown": Heading("Dont besoin inconnu", "Communes dont le besoin n'est pas connu.", 10),
    "commune_names": Heading("Lesquelles", "Noms de ces communes, la plus proche d'abord.", 60),
}

CANDIDATE_HEADINGS: dict[str, Heading] = {
    **{name: SITE_HEADINGS[name] for name in ("candidate_id", "name", "origin", "commune_code", "slots", "capacity")},
    "communes": Heading("Communes à portée", "Communes non couvertes dans le temps demandé.", 10),
    "need_within": Heading("Besoin à portée", "Apprenants connus de ces communes, s'il ouvrait seul.", 11),
    "rank": Heading("Rang", "Rang parmi les lieux choisis. Vide : non choisi.", 6),
    "synthetic": COVERAGE_HEADINGS["synthetic"],
}

CURVE_HEADINGS: dict[str, Heading] = {
    "sites": Heading("Lieux ouverts", "Nombre de lieux (ou de groupes) ouverts.", 8),
    "need_covered": Heading("Besoin couvert", "Apprenants nouvellement couverts, au mieux connu.", 11),
    "bound": Heading("Au plus", "Aucun choix de ce nombre de lieux ne couvre davantage.", 11),
    "proven": Heading("Optimum prouvé", "Oui : aucun choix ne fait mieux.", 9),
    "marginal": Heading("De plus", "Apprenants de plus qu'avec un lieu de moins.", 9),
    "share": Heading("Part", "Part du besoin non couvert connu (0 à 1). Vide : aucun besoin connu.", 8),
}

EVENING_HEADINGS: dict[str, Heading] = {
    **{name: COVERAGE_HEADINGS[name] for name in ("commune_code", "commune_name", "cause", "need")},
    "place": Heading("Cours", "Cours ouvert (lieu et horaires) d'où l'on rentrerait.", 36),
    "sure": Heading("Convient", "Oui : sûr de convenir. Non : on ne sait pas.", 9),
    "out_minutes": Heading("Aller (min)", "Minutes pour y aller.", 9),
    "back_minutes": Heading("Retour aujourd'hui (min)", "Minutes pour en rentrer. Vide : rien ne ramène.", 11),
    "extended_back_minutes": Heading("Retour prolongé (min)", "Le même avec le service prolongé.", 11),
}

LEFT_HEADINGS: dict[str, Heading] = {
    name: COVERAGE_HEADINGS[name] for name in ("commune_code", "commune_name", "cause", "need")
}

_METHODS = {
    Model.MCLP: (
        "Choix des lieux qui couvrent le plus de besoin non couvert (couverture maximale, Church et ReVelle, 1974), "
        "les cours existants restant en place."
    ),
    Model.LSCP: (
        "Choix du plus petit nombre de lieux qui couvrent toute commune non couverte pouvant l'être (Toregas, Swain, "
        "ReVelle et Bergman, 1971), les cours existants restant en place ; une commune au besoin inconnu est à "
        "couvrir, une commune au besoin nul ne l'est pas."
    ),
    Model.P_MEDIAN: (
        "Choix des lieux qui rendent le plus petit le total des minutes de tous les apprenants jusqu'au cours le plus "
        "proche (p-médiane, Hakimi, 1964 ; ReVelle et Swain, 1970), les cours existants restant en place."
    ),
}
_GROUPS = (
    " Par groupe : chaque groupe n'accueille que ses places, les apprenants d'une commune peuvent se partager "
    "(couverture maximale à capacités, Current et Storbeck, 1988)."
)
_SOLVED = (
    " Une commune est couverte si l'aller et le retour tiennent dans le temps demandé. Choix un à un puis échanges, "
    "bornes par relaxation lagrangienne, optimum par programmation en nombres entiers (HiGHS)."
)


def method(asked: Asked) -> str:
    """Say how the sites were chosen."""
    return _METHODS[asked.model] + (_GROUPS if asked.by is By.GROUP else "") + _SOLVED


def status(plan: Plan, *, bonus: bool) -> tuple[str, str]:
    """Say how sure the answer is to be the best; with a bonus, another choice may do better where it is not counted."""
    if plan.proven and bonus:
        return (
            "Optimum prouvé",
            "bonus demandé compris ; sans lui, un autre choix peut faire mieux (voir la courbe, s'il y en a une).",
        )
    if plan.proven:
        return "Optimum prouvé", "pour ces données : aucun choix de lieux ne fait mieux."
    return (
        f"Écart de {number(100 * plan.gap, 1)} % au plus",
        (
            f"entre ce choix ({amount(plan.value)}) et ce qu'aucun choix ne dépasse ({amount(plan.bound)}) : "
            f"{'bonus demandé compris, ' if bonus else ''}l'optimum n'est pas prouvé dans le temps accordé."
        ),
    )


def figures(plan: Plan, table: pd.DataFrame, asked: Asked, other: Plan | None) -> tuple[tuple[str, str], ...]:
    """Return the figures to read first; what nobody counted is not told as 0."""
    new = table["after"].isin([After.NEWLY.value, After.PARTLY.value])
    count = int(new.sum())
    rows = [
        _gained(plan, table, asked, new),
        status(plan, bonus=asked.priority_bonus > 0),
        (number(count), f"{plural(count, 'commune nouvellement couverte', 'communes nouvellement couvertes')}."),
        *_uncounted(table, new),
    ]
    impossible = int(plan.impossible.sum())
    if impossible:
        rows.append((number(impossible), f"{plural(impossible, 'commune')} qu'aucun candidat ne peut couvrir."))
    if other is not None:
        same = set(other.chosen) == set(plan.chosen)
        told = "les mêmes lieux seraient choisis." if same else "d'autres lieux seraient choisis (voir la table)."
        who = plural(other.value, "apprenant nouvellement couvert", "apprenants nouvellement couverts")
        rows.append((amount(other.value), f"{who} si les cours non précisés convenaient déjà : {told}"))
    return tuple(rows)


def _gained(plan: Plan, table: pd.DataFrame, asked: Asked, new: "pd.Series[bool]") -> tuple[str, str]:
    """Say how many learners the sites chosen cover that nothing covers today."""
    one = "groupe" if asked.by is By.GROUP else "lieu"
    opened = counted(len(plan.chosen), one, "groupes" if asked.by is By.GROUP else "lieux")
    gained, sure = (
        total(table.loc[new, name]) for name in ("need_newly_covered", "need_newly_covered_if_unknown_fits")
    )
    if pd.isna(gained):
        return UNKNOWN_NUMBER, f"d'apprenants nouvellement couverts par {opened} : aucun besoin n'y est connu."
    known = total(table["need_uncovered"])
    today = f"{amount(known)} non {plural(known, 'couvert')} aujourd'hui" if known > 0 else ""
    share = f" sur {today} ({number(100 * gained / known)} %)" if today else ""
    least = f" ; {amount(sure)} au moins si les cours non précisés convenaient déjà" if sure != gained else ""
    who = plural(gained, "apprenant nouvellement couvert", "apprenants nouvellement couverts")
    return amount(gained), f"{who} par {opened}{share}{least}."


def _uncounted(table: pd.DataFrame, new: "pd.Series[bool]") -> list[tuple[str, str]]:
    """Count the communes not covered whose need is not known."""
    without = table["need_uncovered"].isna() & table["after"].ne(After.COVERED.value)
    count, near = int(without.sum()), int((new & table["need_uncovered"].isna()).sum())
    if not count:
        return []
    what = plural(count, "commune au besoin inconnu, qui ne compte", "communes au besoin inconnu, qui ne comptent")
    served = plural(near, "serait", "seraient")
    who = plural(count, "", f" {number(near)} d'entre elles {served} à portée d'un lieu choisi.")
    alone = " Un lieu choisi la mettrait à portée." if near else " Aucun lieu choisi ne la met à portée."
    return [(number(count), f"{what} pour rien dans ce choix.{who or alone}")]


def _plain(value: float) -> str:
    return f"{value:g}".replace(".", ",")


def notes(asked: Asked, candidates: pd.DataFrame, plan: Plan, unreachable: float) -> list[str]:
    """Return what a reader must know."""
    counts = candidates["origin"].value_counts()
    told = ", ".join(f"{lowered(o.label)} : {number(counts[o.value])}" for o in CandidateOrigin if o.value in counts)
    notes = [
        f"Candidats : {number(len(candidates))} ({told}). Rien ne dit qu'une salle y soit libre.",
        "Ordre de préférence (liste de l'utilisateur, école avec OEPRE, REP+, REP, autres écoles, mairies) : il ne "
        "sert qu'à trier et à départager des choix équivalents, à un échange près."
        if not asked.priority_bonus
        else f"Chaque école avec OEPRE, REP+ ou REP compte {_plain(asked.priority_bonus)} de plus dans le choix "
        "(demandé) ; ce bonus n'est dans aucun chiffre montré.",
        "Trajets depuis la mairie de chaque commune, même là où la situation d'aujourd'hui est comptée par carreaux.",
    ]
    if asked.by is By.GROUP:
        notes.append(
            f"Un groupe dont la liste ne dit pas les places en a {_plain(asked.group_size)} (hypothèse) ; au plus "
            f"{counted(asked.groups_per_site, 'groupe')} par lieu et horaire."
        )
    elif asked.model is not Model.P_MEDIAN:
        notes.append("Par lieu : un lieu est supposé accueillir tous ceux qui peuvent y venir.")
    if asked.model is Model.P_MEDIAN:
        notes.append(
            f"Une personne sans cours à portée compte {_plain(unreachable)} minutes : ce nombre pèse sur le choix. Les "
            "apprenants des communes déjà couvertes comptent aussi."
        )
    if asked.model is not Model.LSCP and len(plan.chosen) < asked.p:
        notes.append(
            f"{counted(len(plan.chosen), 'choisi')} sur {counted(asked.p, 'demandé')} : davantage n'apporterait rien."
        )
    return notes


def evening_note(minutes: int) -> str:
    """Say what is supposed of the evening service."""
    return (
        f"Service du soir prolongé : on suppose que les {minutes} dernières minutes de service vers chez soi sont "
        f"répétées {minutes} minutes plus tard ; le retour est donc cherché {minutes} minutes avant la fin du cours, "
        "les correspondances comprises. C'est un ordre de grandeur, pas un horaire."
    )


BOUNDS = [
    (
        "Le choix compte comme non couvertes les communes sans cours sûr de convenir ; « au moins » ne garde que "
        "celles qui le resteraient si tous les cours non précisés convenaient."
    ),
    UNKNOWN_NEED,
]
