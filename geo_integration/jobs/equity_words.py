"""The words of equity: headings, method, figures to read first, what a reader must know."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from geo_integration.coverage.clusters import Cluster, Clusters
from geo_integration.coverage.decay import Decay
from geo_integration.coverage.inequality import Index, Inequality
from geo_integration.exports.headings import COVERAGE_HEADINGS, Heading
from geo_integration.jobs.supply_words import BORDER_NOTE, CAPACITY_NOTE, FROM_COVERAGE, HOURS_HEADINGS, number

_GROUP_OF = (
    "Place de la commune parmi ses voisines (Moran local). « Non distinguable du hasard » ne dit pas bien desservie."
)
_Q_VALUE = "Part de fausses découvertes à partir de laquelle la commune serait retenue. Vide : non testée."

HEADINGS: dict[str, Heading] = {
    **{name: COVERAGE_HEADINGS[name] for name in (*FROM_COVERAGE, "withheld", "synthetic")},
    **HOURS_HEADINGS,
    "minutes": Heading(
        "Trajet (min)",
        "Minutes jusqu'au cours adapté le plus proche, le plus long de l'aller et du retour (médiane des habitants si "
        "des carreaux sont chargés). Vide : aucun cours dans l'horizon, ou inconnu.",
        9,
    ),
    "cluster_hours": Heading("Groupe (heures)", _GROUP_OF, 26, Cluster),
    "q_value_hours": Heading("Valeur q (heures)", _Q_VALUE, 9),
    "cluster_minutes": Heading("Groupe (minutes)", _GROUP_OF, 26, Cluster),
    "q_value_minutes": Heading("Valeur q (minutes)", _Q_VALUE, 9),
}

CURVE_HEADINGS: dict[str, Heading] = {
    "hours_low": Heading(
        "Heures à portée (au moins)", "Heures de cours par apprenant et par an : cours sûrs, capacités basses."
    ),
    "hours_high": Heading("Heures à portée (au plus)", "Les mêmes, cours non précisés compris."),
    "minutes": Heading("Minutes de trajet", "Jusqu'au cours adapté le plus proche."),
}
"""What is measured, in the order it is told."""

INDEX_HEADINGS: dict[str, Heading] = {
    "measure": Heading("Mesure", "Ce qui est comparé entre apprenants.", 26),
    "index": Heading("Indice", "Indice d'inégalité. 0 : égalité (Palma : 0,25).", 30, Index),
    "estimate": Heading("Valeur", "Vide : non défini (rien à partager) ou infini (voir la lecture).", 9),
    "low": Heading("De", "Borne basse de l'intervalle (bootstrap sur les communes). Vide : non défini.", 9),
    "high": Heading("À", "Borne haute de l'intervalle. Vide : non défini, ou infinie.", 9),
    "reading": Heading("Lecture", "Ce que dit la valeur.", 60),
}

GROUP_HEADINGS: dict[str, Heading] = {
    "group": Heading("Code", "Code du territoire. Vide : communes hors de tout territoire.", 12),
    "name": Heading("Territoire", "Nom. Vide : communes hors de tout territoire.", 36),
    "communes": Heading("Communes", "Communes comptées : besoin et valeur connus.", 10),
    "need": Heading("Besoin", "Leurs apprenants.", 10),
    "mean": Heading("Moyenne", "Moyenne par apprenant.", 10),
    "theil": Heading("Theil du territoire", "Inégalité à l'intérieur. Vide : rien à partager.", 10),
    "within": Heading("Part interne", "Ce que l'inégalité interne ajoute au Theil d'ensemble.", 10),
    "between": Heading("Part externe", "Ce que l'écart à la moyenne y ajoute (négatif au-dessous d'elle).", 10),
}

METHOD = (
    "Inégalités entre apprenants : chaque commune pèse son besoin connu. Gini, Theil (T) et sa décomposition exacte "
    "entre et dans les territoires, ratio de Palma, courbe de Lorenz ; intervalles par rééchantillonnage des communes "
    "(bootstrap, centiles). Groupes de communes : Moran local (Anselin, 1995) sur les communes qui se touchent, "
    "permutations conditionnelles, taux de fausses découvertes maîtrisé (Benjamini et Hochberg, 1995 ; Caldas de "
    "Castro et Singer, 2006)."
)


def curve_headings(measure: str) -> dict[str, Heading]:
    """Return the headings of a Lorenz curve."""
    what = CURVE_HEADINGS[measure].label.lower()
    return {
        "share_learners": Heading("Part des apprenants", "De ceux qui en ont le moins à ceux qui en ont le plus."),
        "share_value": Heading(f"Part du total : {what}", "Part cumulée (0 à 1)."),
    }


def index_rows(measured: Mapping[str, Inequality]) -> pd.DataFrame:
    """Return every index of every measure, with its reading."""
    rows = []
    for name, one in measured.items():
        for index, (estimate, low, high) in zip(
            Index, one.indices[["estimate", "low", "high"]].to_numpy().tolist(), strict=True
        ):
            told = [value if np.isfinite(value) else None for value in (estimate, low, high)]
            rows.append((CURVE_HEADINGS[name].label, index.value, *told, reading(index, estimate, one)))
    table = pd.DataFrame(rows, columns=list(INDEX_HEADINGS))
    return table.astype({"estimate": float, "low": float, "high": float}).round(6)


def reading(index: Index, value: float, one: Inequality) -> str:
    """Return what an index says, in one French sentence."""
    if np.isnan(value):
        return "Non défini : rien à partager entre les apprenants connus, ou aucun n'est connu."
    theil = float(one.indices["estimate"][Index.THEIL.value])
    share = f"{number(100 * value / theil)} % de l'indice de Theil." if theil > 0 else "Aucune inégalité."
    if index is Index.PALMA and np.isinf(value):
        return "Infini : les 40 % d'apprenants qui en ont le moins n'ont rien."
    texts = {
        Index.GINI: f"Deux apprenants au hasard diffèrent en moyenne de {number(200 * value)} % de la moyenne.",
        Index.THEIL: "0 : tous pareils ; il n'a pas de maximum fixe et se lit par ses parts.",
        Index.BETWEEN: share,
        Index.WITHIN: share,
        Index.PALMA: (
            f"Les 10 % qui en ont le plus cumulent {number(value, 2)} fois ce qu'ont les 40 % qui en ont le moins."
        ),
    }
    return texts[index]


def figures(measured: Mapping[str, Inequality], table: pd.DataFrame) -> tuple[tuple[str, str], ...]:
    """Return the figures to read first."""
    rows = [(_with_interval(one, Index.GINI), f"indice de Gini : {_named(name)}.") for name, one in measured.items()]
    hours = measured["hours_low"].indices["estimate"]
    if hours[Index.THEIL.value] > 0:
        between = 100 * hours[Index.BETWEEN.value] / hours[Index.THEIL.value]
        rows.append(
            (f"{number(between)} %", "de l'inégalité des heures (Theil) se joue entre territoires, pas dedans.")
        )
    need = table["need"].astype("float64")
    for measure, what in (("minutes", "en minutes de trajet"), ("hours", "en heures de cours")):
        here = table[f"cluster_{measure}"].eq(Cluster.UNDER_SERVED.value)
        rows.append(
            (
                number(float(here.sum())),
                f"communes dans un groupe mal desservi {what} ({number(float(need[here].sum()))} apprenants connus).",
            )
        )
    minutes = measured["minutes"]
    if minutes.unreached:
        rows.append(
            (
                number(minutes.unreached),
                f"communes sans cours dans l'horizon ({number(minutes.need_unreached)} apprenants), hors indices.",
            )
        )
    return tuple(rows)


def notes(
    measured: Mapping[str, Inequality], grouped: Mapping[str, Clusters], decay: Decay, *, horizon: float
) -> list[str]:
    """Return what a reader must know."""
    one = measured["hours_low"]
    told = [
        f"Décroissance des heures : {decay.describe()}.",
        CAPACITY_NOTE,
        BORDER_NOTE,
        (
            f"Intervalles à {number(100 * one.confidence)} % : {number(one.replicates)} tirages de communes, graine "
            f"{one.seed}. Ils disent si le chiffre tient à quelques communes, non l'erreur sur le besoin ou les temps."
        ),
        (
            "Des communes voisines partagent les mêmes cours et les mêmes routes : une ressemblance entre voisines est "
            "attendue. Les groupes disent où elle est la plus forte, non pourquoi."
        ),
        f"Dans les groupes, une commune sans cours dans l'horizon compte pour {horizon:g} minutes, au moins.",
    ]
    for name, these in measured.items():
        if these.unknown or these.no_need:
            told.append(_left_out(name, these))
    for measure, found in grouped.items():
        told.append(_test_note("heures" if measure == "hours" else "minutes", found))
    return told


def _left_out(measure: str, one: Inequality) -> str:
    return (
        f"{CURVE_HEADINGS[measure].label} : {number(one.unknown)} communes de valeur inconnue "
        f"({number(one.need_unknown)} apprenants) et {number(one.no_need)} de besoin inconnu ne sont pas comptées dans "
        "les indices."
    )


def _test_note(what: str, found: Clusters) -> str:
    if not np.isfinite(found.moran):
        return f"Groupes ({what}) : non testés (valeurs toutes égales, ou trop peu de communes)."
    islands = f" ; {number(found.islands)} sans voisine, non testées" if found.islands else ""
    return (
        f"Groupes ({what}) : {number(found.tested)} communes testées{islands}, {number(found.permutations)} "
        f"permutations, graine {found.seed}, au plus {number(100 * found.false_discoveries)} % de fausses découvertes. "
        f"Un ensemble de moins de {number(found.fewest_detectable)} communes ne peut pas être vu. Moran global "
        f"{number(found.moran, 2)} (p {_p_value(found.moran_p_value)})."
    )


def _p_value(value: float) -> str:
    smallest = 0.001
    return "< 0,001" if value < smallest else f"= {number(value, 3)}"


def _named(measure: str) -> str:
    label = CURVE_HEADINGS[measure].label
    return f"{label[:1].lower()}{label[1:]}"


def _with_interval(one: Inequality, index: Index) -> str:
    estimate, low, high = one.indices.loc[index.value, ["estimate", "low", "high"]].to_numpy(dtype=np.float64)
    if not np.isfinite(estimate):
        return "non défini"
    if not (np.isfinite(low) and np.isfinite(high)):
        return number(float(estimate), 2)
    return f"{number(float(estimate), 2)} [{number(float(low), 2)} ; {number(float(high), 2)}]"
