"""The words of supply and demand: headings, method, figures to read first, what a reader must know."""

from collections.abc import Mapping, Sequence

import pandas as pd

from geo_integration.coverage.capacity_bounds import HYPOTHESES, CapacityBasis
from geo_integration.coverage.decay import Decay
from geo_integration.coverage.residual import Order
from geo_integration.exports.headings import COVERAGE_HEADINGS, Heading
from geo_integration.jobs.counting import (
    UNKNOWN_NEED,
    UNKNOWN_NUMBER,
    amount,
    between,
    counted,
    learners,
    lowered,
    number,
    plural,
    span,
    total,
)
from geo_integration.vocabulary import Cause

FROM_COVERAGE = (
    "commune_code",
    "commune_name",
    "epci_code",
    "departement_code",
    "population",
    "cause",
    "need",
    "need_basis",
)
"""Columns of the coverage table the supply and equity tables begin with."""

HOURS_HEADINGS: dict[str, Heading] = {
    "hours_low": Heading(
        "Heures à portée (au moins)",
        "Heures de cours par apprenant et par an : cours sûrs de convenir, borne basse des capacités (une hypothèse si "
        "rien ne les dit). Vide : inconnu (aucune source, aucun réseau, besoin inconnu autour des mêmes cours).",
        12,
    ),
    "hours_high": Heading(
        "Heures à portée (au plus)",
        "Les mêmes, en comptant les cours non précisés et la borne haute des capacités. Vide : inconnu.",
        12,
    ),
}

HEADINGS: dict[str, Heading] = {
    **{name: COVERAGE_HEADINGS[name] for name in (*FROM_COVERAGE, "withheld", "synthetic")},
    **HOURS_HEADINGS,
    "places_reached": Heading("Lieux à portée", "Lieux de cours dans le bassin, aller et retour.", 9),
    "demand_partial": Heading(
        "Demande partielle",
        "Oui : le besoin de communes voisines est inconnu ; les heures sont alors un maximum.",
        10,
    ),
    "residual_low": Heading(
        "Besoin restant (au moins)",
        "Apprenants sans place une fois les cours remplis. Vide : besoin inconnu, ou des cours peuvent exister (aucune "
        "source, aucun réseau).",
        11,
    ),
    "residual_high": Heading(
        "Besoin restant (au plus)",
        "Les mêmes, avec la borne basse des places ; où le besoin est inconnu et sans borne, il prend toutes celles "
        "qui lui viennent. Vide : besoin inconnu.",
        11,
    ),
}

SITE_HEADINGS: dict[str, Heading] = {
    "place": Heading("Lieu ou cours", "Identifiant du lieu (par horaires : du cours).", 22),
    "label": Heading("Cours", "Intitulé du cours, ou nombre de cours du lieu.", 40),
    "commune_name": Heading("Commune", "Commune du lieu. Vide : inconnue.", 22),
    "sessions": Heading("Sessions", "Sessions comptées.", 9),
    "sessions_stated": Heading("Sessions déclarées", "Sessions dont places et heures sont déclarées.", 10),
    "capacity_basis": Heading("Origine de la capacité", "La moins sûre de ses sessions.", 28, CapacityBasis),
    "places_low": Heading("Places (au moins)", "Apprenants par an, cours sûrs de convenir.", 9),
    "places_high": Heading("Places (au plus)", "Apprenants par an, cours non précisés compris.", 9),
    "learner_hours_low": Heading("Heures-apprenants (au moins)", "Places fois heures par an.", 12),
    "learner_hours_high": Heading("Heures-apprenants (au plus)", "Places fois heures par an.", 12),
    "ratio_low": Heading(
        "Heures par apprenant alentour (au moins)", "Vide : aucun apprenant connu dans le bassin.", 12
    ),
    "ratio_high": Heading("Heures par apprenant alentour (au plus)", "Vide : aucun apprenant connu.", 12),
    "communes_reached": Heading("Communes à portée", "Communes dans le bassin, aller et retour.", 10),
    "served_low": Heading("Places prises (borne basse)", "Par des apprenants, avec la borne basse des places.", 10),
    "served_high": Heading("Places prises (borne haute)", "Les mêmes, avec la borne haute des places.", 10),
}


CAPACITY_NOTE = (
    "Capacité : places financées fois heures par an ; si la source ne les dit pas, du 10e au 90e centile des cours du "
    f"même type qui les disent (s'il y en a dix au moins). {HYPOTHESES.describe()} Les cours complets ne comptent "
    "pas. La borne haute compte les cours dont on ne sait pas s'ils conviennent."
)

BORDER_NOTE = (
    "Les apprenants des départements voisins (à deux fois la durée du bassin, à 60 km/h à vol d'oiseau) partagent les "
    "mêmes cours : ils comptent, où leur nombre est connu."
)

METHOD = (
    "Heures à portée : bassins flottants en deux temps améliorés (E2SFCA, Luo et Qi, 2009). La capacité annuelle de "
    "chaque lieu (places fois heures) est partagée entre les apprenants des communes de son bassin, d'autant moins que "
    "le trajet (le plus long de l'aller et du retour) est long ; chaque commune additionne ensuite les parts des lieux "
    "à sa portée. Besoin restant : chaque lieu, l'un après l'autre, prend les apprenants les plus proches jusqu'à "
    "épuiser ses places (Ray et Ebener, 2008)."
)


BOUNDS = (
    "Au moins (heures) : cours sûrs de convenir, capacités basses, partagées entre le plus d'apprenants possible.",
    "Au plus (heures) : cours non précisés compris, capacités hautes, partagées entre les seuls apprenants connus.",
    "Besoin restant : au moins, avec les places hautes ; au plus, avec les places basses.",
    UNKNOWN_NEED,
)
"""What both bounds count."""

BASES: Mapping[str, str] = {basis.value: lowered(basis.label) for basis in CapacityBasis}


def places(low: float, high: float) -> str:
    """Return a number of places in French."""
    return f"{between(low, high)} place{'s' if high > 1 else ''}"


def figures(sites: pd.DataFrame, table: pd.DataFrame, *, minutes: float) -> tuple[tuple[str, str], ...]:
    """Return the figures to read first; what is not known is said to be, and never reads 0."""
    need = table["need"].astype("float64")
    rows = [_taught(sites, table, need), *_stated(sites), _without(table, need), _left(table, minutes=minutes)]
    unknown = int(need.isna().sum())
    if unknown:
        text = f"{plural(unknown, 'commune')} dont le besoin est inconnu : aucun besoin restant n'y est dit."
        rows.append((number(unknown), text))
    return tuple(rows)


def _taught(sites: pd.DataFrame, table: pd.DataFrame, need: "pd.Series[float]") -> tuple[str, str]:
    known = total(need)
    here = "besoin inconnu ici" if pd.isna(known) else f"{_known(known)} ici"
    if sites.empty and table["hours_high"].isna().all():
        return (
            UNKNOWN_NUMBER,
            f"d'heures-apprenants par an : aucun cours connu à portée, sans qu'on sache s'il y en a ; {here}.",
        )
    low, high = float(sites["learner_hours_low"].sum()), float(sites["learner_hours_high"].sum())
    return between(low, high), f"heures-apprenants par an dans les cours à portée ; {here}."


def _stated(sites: pd.DataFrame) -> list[tuple[str, str]]:
    every = int(sites["sessions"].sum())
    if not every:
        return []
    stated = int(sites["sessions_stated"].sum())
    told = f"{plural(every, 'session')} dont la source déclare les places et les heures"
    rest = "" if stated == every else " ; la capacité des autres est encadrée"
    return [(f"{number(stated)} sur {number(every)}", f"{told}{rest}.")]


def _without(table: pd.DataFrame, need: "pd.Series[float]") -> tuple[str, str]:
    """Count the communes sure to have no hour within the catchment, among those whose hours are known."""
    known = int(table["hours_high"].notna().sum())
    if not known:
        return (
            UNKNOWN_NUMBER,
            "de communes sans aucune heure de cours dans le bassin : les heures ne sont connues nulle part.",
        )
    nothing = table["hours_high"].eq(0)
    count = int(nothing.sum())
    who = f" ({learners(total(need[nothing]), 'apprenant connu', 'apprenants connus')})" if count else ""
    among = "" if known == len(table) else f", parmi les {number(known)} dont la borne haute est connue"
    return number(count), f"{plural(count, 'commune')} sans aucune heure de cours dans le bassin{who}{among}."


def _left(table: pd.DataFrame, *, minutes: float) -> tuple[str, str]:
    """Say who is left without a place: null bounds are unknown, not nobody."""
    low, high = total(table["residual_low"]), total(table["residual_high"])
    where = f"sans place une fois les cours remplis, à {_minutes(minutes)} au plus"
    if pd.isna(high):
        return UNKNOWN_NUMBER, f"d'apprenants {where} : le besoin n'est connu dans aucune commune."
    if pd.isna(low):
        return f"{amount(high)} au plus", f"{plural(high, 'apprenant connu', 'apprenants connus')} {where}."
    return span(low, high), f"{plural(high, 'apprenant connu', 'apprenants connus')} {where}."


def _known(value: float) -> str:
    return learners(value, "apprenant connu", "apprenants connus")


def _minutes(value: float) -> str:
    return f"{value:g} {plural(value, 'minute')}".replace(".", ",")


def notes(
    table: pd.DataFrame,
    sites: pd.DataFrame,
    *,
    decay: Decay,
    order: Order,
    masked: "pd.Series[float]",
    silent_near: Sequence[str] = (),
) -> list[str]:
    """Return what a reader must know; ``silent_near`` as for :func:`silent_note`."""
    told = [
        f"Décroissance : {decay.describe()}.",
        f"Ordre de remplissage des lieux : {lowered(order.label)}.",
        CAPACITY_NOTE,
        BORDER_NOTE,
        *silent_note(silent_near),
    ]
    hidden = int(masked.notna().sum())
    if hidden:
        each = f"{learners(float(masked.max()))}{' chacune' if hidden > 1 else ''}"
        told.append(
            f"{counted(hidden, 'commune a', 'communes ont')} un effectif masqué par sa source : au plus {each}, "
            "qui ne comptent que dans les bornes prudentes."
        )
    partial = int(table["demand_partial"].sum())
    if partial:
        told.append(
            f"Dans {counted(partial, 'commune')}, le besoin est inconnu autour des mêmes cours : les heures sont un "
            "maximum, et la borne basse n'est pas dite."
        )
    empty = int((sites["ratio_high"].isna() & sites["communes_reached"].gt(0)).sum())
    if empty:
        told.append(
            f"{counted(empty, "lieu n'a", "lieux n'ont")} aucun apprenant connu dans {plural(empty, 'son', 'leur')} "
            f"bassin : {plural(empty, 'ses', 'leurs')} heures ne sont pas comptées."
        )
    silent = int(table["cause"].eq(Cause.NO_DATA.value).sum())
    if silent:
        told.append(f"{counted(silent, 'commune')} où aucune source ne renseigne : heures inconnues.")
    return told


def silent_note(departements: Sequence[str]) -> list[str]:
    """Say near which départements courses may exist that nobody reports; nothing where there is none."""
    if not departements:
        return []
    told = (
        f"Aucune source ne renseigne ces départements, ici ou alentour : {', '.join(departements)}. Des cours peuvent "
        "y exister : près d'eux, la borne haute des heures peut être trop basse, et la borne basse du besoin restant "
        "trop haute."
    )
    return [told]
