"""The words of equity: headings, method, figures to read first, what a reader must know."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from geo_integration.coverage.clusters import Cluster, Clusters
from geo_integration.coverage.decay import Decay
from geo_integration.coverage.inequality import Index, Inequality
from geo_integration.exports.headings import COVERAGE_HEADINGS, Heading
from geo_integration.exports.result import Swatch
from geo_integration.jobs.counting import (
    UNKNOWN_NEED,
    UNKNOWN_NUMBER,
    counted,
    learners,
    lowered,
    number,
    plural,
    total,
)
from geo_integration.jobs.supply_words import (
    BORDER_NOTE,
    CAPACITY_NOTE,
    FROM_COVERAGE,
    HOURS_HEADINGS,
    silent_note,
)

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
    "estimate": Heading("Valeur", "Vide : non calculable, ou infini (voir la lecture).", 9),
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


BOUNDS = (
    "Heures, au moins : cours sûrs de convenir, capacités basses ; au plus : cours non précisés, capacités hautes.",
    "Un indice est dit pour chaque borne des heures : le vrai n'est pas toujours entre les deux.",
    "Crochets : intervalle d'un indice, selon les communes tirées.",
    UNKNOWN_NEED,
)
"""What the bounds are, and what they are not."""

_LOOKS: Mapping[Cluster, tuple[str, str]] = {
    Cluster.UNDER_SERVED: ("#d55e00", "diagonal_dense"),
    Cluster.WELL_SERVED: ("#9ecae1", "lines"),
    Cluster.ALONE_UNDER_SERVED: ("#f0a36b", "diagonal"),
    Cluster.ALONE_WELL_SERVED: ("#d6e8f2", "dot"),
    Cluster.NOT_TOLD: ("#f2f2f2", ""),
    Cluster.NO_NEIGHBOUR: ("#e4e4e4", "columns"),
    Cluster.TOO_FEW: ("#e4e4e4", "back"),
    Cluster.UNKNOWN: ("#d9d9d9", "crossed"),
}
"""Badly served warm and strong, well served calm, what the test cannot tell pale, what is not known hatched."""


def cluster_swatches() -> tuple[Swatch, ...]:
    """Return the classes of the groups, in the order of the list."""
    return tuple(Swatch(one.value, one.label, *_LOOKS[one]) for one in Cluster)


_FEWEST = 2
"""Fewest communes to compare: in one alone every learner counts the same, which says nothing of equality."""


def computable(one: Inequality) -> bool:
    """Say whether a measure of inequality means something: two communes at least, and something to share."""
    return not why_not(one)


def why_not(one: Inequality) -> str:
    """Return why an inequality cannot be computed, in French; empty where it can."""
    if one.counted < _FEWEST:
        who = "une seule commune a" if one.counted else "aucune commune n'a"
        return f"{who} un besoin connu et une valeur connue"
    if not np.isfinite(one.indices["estimate"][Index.GINI.value]):
        return "rien à partager entre les apprenants connus"
    return ""


def curve_headings(measure: str) -> dict[str, Heading]:
    """Return the headings of a Lorenz curve."""
    what = _named(measure)
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
            sure = computable(one)
            told = [value if sure and np.isfinite(value) else None for value in (estimate, low, high)]
            rows.append((CURVE_HEADINGS[name].label, index.value, *told, reading(index, estimate, one)))
    table = pd.DataFrame(rows, columns=list(INDEX_HEADINGS))
    return table.astype({"estimate": float, "low": float, "high": float}).round(6)


def reading(index: Index, value: float, one: Inequality) -> str:
    """Return what an index says, in one French sentence."""
    if why_not(one):
        return f"Non calculable : {why_not(one)}."
    if np.isnan(value):
        return "Non défini : les apprenants connus n'ont pas de quoi être comparés ainsi."
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
    rows = [_gini(name, one) for name, one in measured.items()]
    hours = measured["hours_low"].indices["estimate"]
    if computable(measured["hours_low"]) and hours[Index.THEIL.value] > 0:
        between = 100 * hours[Index.BETWEEN.value] / hours[Index.THEIL.value]
        rows.append(
            (f"{number(between)} %", "de l'inégalité des heures (Theil) se joue entre territoires, pas dedans.")
        )
    need = table["need"].astype("float64")
    for measure, what in (("minutes", "en minutes de trajet"), ("hours", "en heures de cours")):
        here = table[f"cluster_{measure}"].eq(Cluster.UNDER_SERVED.value)
        rows.append(_under_served(table[f"cluster_{measure}"], here, need, what))
    minutes = measured["minutes"]
    if minutes.unreached:
        rows.append(
            (
                number(minutes.unreached),
                (
                    f"{plural(minutes.unreached, 'commune')} sans cours dans l'horizon "
                    f"({_people(minutes.need_unreached)}), hors indices."
                ),
            )
        )
    return tuple(rows)


def _under_served(
    groups: "pd.Series[str]", here: "pd.Series[bool]", need: "pd.Series[float]", what: str
) -> tuple[str, str]:
    """Count the communes in groups of under-served ones; where none could be tested, that is not none."""
    if groups.isin([Cluster.NO_NEIGHBOUR.value, Cluster.TOO_FEW.value, Cluster.UNKNOWN.value]).all():
        return UNKNOWN_NUMBER, f"de communes dans un groupe mal desservi {what} : aucune n'a pu être testée."
    count = int(here.sum())
    who = f" ({_people(total(need[here]))})" if count else ""
    return number(count), f"{plural(count, 'commune')} dans un groupe mal desservi {what}{who}."


def _people(value: float) -> str:
    return learners(value, "apprenant connu", "apprenants connus")


def notes(
    measured: Mapping[str, Inequality],
    grouped: Mapping[str, Clusters],
    decay: Decay,
    *,
    horizon: float,
    silent_near: Sequence[str] = (),
) -> list[str]:
    """Return what a reader must know; ``silent_near``: départements no source reports on, here or around."""
    one = measured["hours_low"]
    told = [
        f"Décroissance des heures : {decay.describe()}.",
        CAPACITY_NOTE,
        BORDER_NOTE,
        *silent_note(silent_near),
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
        f"{CURVE_HEADINGS[measure].label}, hors des indices : {counted(one.unknown, 'commune')} de valeur inconnue"
        f"{f' ({_people(one.need_unknown)})' if one.need_unknown else ''} et {number(one.no_need)} de besoin inconnu."
    )


def _test_note(what: str, found: Clusters) -> str:
    if not np.isfinite(found.moran):
        return f"Groupes ({what}) : non testés (valeurs toutes égales, ou trop peu de communes)."
    islands = (
        f" ; {number(found.islands)} sans voisine, {plural(found.islands, 'non testée', 'non testées')}"
        if found.islands
        else ""
    )
    unseen = (
        f"Un ensemble de moins de {counted(found.fewest_detectable, 'commune')} ne peut pas être vu. "
        if found.fewest_detectable > 1
        else ""
    )
    return (
        f"Groupes ({what}) : {counted(found.tested, 'commune testée', 'communes testées')}{islands}, "
        f"{number(found.permutations)} permutations, graine {found.seed}, au plus "
        f"{number(100 * found.false_discoveries)} % de fausses découvertes. {unseen}Moran global "
        f"{number(found.moran, 2)} (p {_p_value(found.moran_p_value)})."
    )


def _p_value(value: float) -> str:
    smallest = 0.001
    return "< 0,001" if value < smallest else f"= {number(value, 3)}"


def _named(measure: str) -> str:
    return lowered(CURVE_HEADINGS[measure].label)


def _gini(measure: str, one: Inequality) -> tuple[str, str]:
    """Return the Gini index of a measure, or why there is none."""
    if not computable(one):
        return "Non calculable", f"indice de Gini, {_named(measure)} : {why_not(one)}."
    return _with_interval(one, Index.GINI), f"indice de Gini : {_named(measure)}."


def _with_interval(one: Inequality, index: Index) -> str:
    estimate, low, high = one.indices.loc[index.value, ["estimate", "low", "high"]].to_numpy(dtype=np.float64)
    if not (np.isfinite(low) and np.isfinite(high)):
        return number(float(estimate), 2)
    return f"{number(float(estimate), 2)} [{number(float(low), 2)} ; {number(float(high), 2)}]"
