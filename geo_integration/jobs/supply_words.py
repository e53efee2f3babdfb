"""The words of supply and demand: headings, method, figures to read first, what a reader must know."""

from collections.abc import Mapping

import pandas as pd

from geo_integration.coverage.capacity_bounds import HYPOTHESES, CapacityBasis
from geo_integration.coverage.decay import Decay
from geo_integration.coverage.residual import Order
from geo_integration.exports.headings import COVERAGE_HEADINGS, Heading
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


BASES: Mapping[str, str] = {basis.value: basis.label.lower() for basis in CapacityBasis}


def number(value: float, decimals: int = 0) -> str:
    """Return a number in French."""
    return f"{value:,.{decimals}f}".replace(",", "\u202f").replace(".", ",")


def between(low: float, high: float, decimals: int = 0) -> str:
    """Return two bounds in French; once where they read the same."""
    first, last = number(low, decimals), number(high, decimals)
    return first if first == last else f"{first} à {last}"


def places(low: float, high: float) -> str:
    """Return a number of places in French."""
    return f"{between(low, high)} place{'s' if high > 1 else ''}"


def figures(sites: pd.DataFrame, table: pd.DataFrame, *, minutes: float) -> tuple[tuple[str, str], ...]:
    """Return the figures to read first."""
    need = table["need"].astype("float64")
    nothing = table["hours_high"].eq(0)
    rows = [
        (
            between(float(sites["learner_hours_low"].sum()), float(sites["learner_hours_high"].sum())),
            f"heures-apprenants par an dans les cours à portée ; {number(float(need.sum()))} apprenants connus ici.",
        ),
        (
            f"{sites['sessions_stated'].sum()} sur {sites['sessions'].sum()}",
            "sessions dont la source déclare les places et les heures ; la capacité des autres est encadrée.",
        ),
        (
            number(float(nothing.sum())),
            f"communes sans aucune heure de cours dans le bassin ({number(float(need[nothing].sum()))} apprenants).",
        ),
        (
            between(float(table["residual_low"].sum()), float(table["residual_high"].sum())),
            f"apprenants sans place une fois les cours remplis, à {minutes:g} minutes au plus.",
        ),
    ]
    if need.isna().any():
        rows.append(
            (
                number(float(need.isna().sum())),
                "communes dont le besoin est inconnu : aucun besoin restant n'y est dit.",
            )
        )
    return tuple(rows)


def notes(
    table: pd.DataFrame, sites: pd.DataFrame, *, decay: Decay, order: Order, masked: "pd.Series[float]"
) -> list[str]:
    """Return what a reader must know."""
    told = [
        f"Décroissance : {decay.describe()}.",
        f"Ordre de remplissage des lieux : {order.label[:1].lower()}{order.label[1:]}.",
        CAPACITY_NOTE,
        BORDER_NOTE,
    ]
    if masked.notna().any():
        told.append(
            f"{number(float(masked.notna().sum()))} communes ont un effectif masqué par sa source : au plus "
            f"{number(float(masked.max()), 2)} apprenants chacune, comptés dans les bornes prudentes seulement."
        )
    partial = int(table["demand_partial"].sum())
    if partial:
        told.append(
            f"Dans {number(partial)} communes, le besoin est inconnu autour des mêmes cours : les heures sont un "
            "maximum, et la borne basse n'est pas dite."
        )
    empty = int((sites["ratio_high"].isna() & sites["communes_reached"].gt(0)).sum())
    if empty:
        told.append(f"{empty} lieux n'ont aucun apprenant connu dans leur bassin : leurs heures ne sont pas comptées.")
    silent = int(table["cause"].eq(Cause.NO_DATA.value).sum())
    if silent:
        told.append(f"{number(silent)} communes où aucune source ne renseigne : heures inconnues.")
    return told
