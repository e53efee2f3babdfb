"""The referencing check: which courses funded by BOP 104 are on the national cartography, and with the right facts.

The instruction of 25 January 2022 (INTV2202529J, « Instructions détaillées », les cours de langue) : « toutes les
formations linguistiques financées sur le BOP 104 doivent être référencées obligatoirement sur la cartographie nationale
mise en place par le Réseau des CARIF-OREF ».
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from geo_integration.coverage.fit.judgement import availability
from geo_integration.coverage.referencing.facts import Freshness, differing, says_bop104
from geo_integration.coverage.referencing.likeness import RULES, Rules
from geo_integration.coverage.referencing.match import Links, link
from geo_integration.coverage.referencing.terms import TO_COMPLETE, FactKind, MatchRule, ReferencingState
from geo_integration.vocabulary import Kind, OfferStatus, term

ON_THE_MAP = ("lheo", "dian")
"""Sources that are the national cartography itself; so is any record whose number says Carif-Oref."""

_TOLD = ("title", "provider_name", "commune_code", "commune_name")


@dataclass(frozen=True)
class Checked:
    """The answer.

    Attributes
    ----------
    actions : one row per funded action, with ``state`` (:class:`ReferencingState`), ``rule`` (:class:`MatchRule`),
        ``score``, ``agree``, ``offer_id`` and what the offer is, ``others`` (other offers that may answer it),
        ``facts`` (in words), ``advice``.
    facts : facts to correct, one per line: ``offer_id``, ``fact``, ``shown``, ``expected``, ``source``…
    to_add : actions that no offer answers, with all that is known of them.
    unlisted : offers that say BOP 104 or ASL pays, and answer no action of the list.
    pairs : every pair worth a look (:attr:`.Links.pairs`), with ``kept``.
    """

    actions: pd.DataFrame
    facts: pd.DataFrame
    to_add: pd.DataFrame
    unlisted: pd.DataFrame
    pairs: pd.DataFrame


def on_the_map(offers: pd.DataFrame) -> "pd.Series[bool]":
    """Say which offers the national cartography shows: those of a Carif-Oref source, joined to others or not."""
    records = offers["source_records"].fillna("").str.lower()
    family = "|".join(f"(?:^|;){name}(?:-[^:;]*)?:" for name in ON_THE_MAP)
    return records.str.contains(rf"{family}|carif[-_ ]?oref", regex=True).astype(bool)


def check(
    actions: pd.DataFrame,
    offers: pd.DataFrame,
    sessions: pd.DataFrame,
    *,
    freshness: Freshness,
    file: str,
    departements: Collection[str] | None = None,
    rules: Rules = RULES,
) -> Checked:
    """Check each funded action against the offers.

    Parameters
    ----------
    actions : columns of ``sources.funded.FUNDED``, and ``lon``, ``lat`` of their commune (null where unknown).
    offers : the offers layer, and ``lon``, ``lat`` of their commune.
    sessions : the sessions layer.
    freshness : day the offers are looked at, and how old is too old.
    file : name of the list of funded actions, cited.
    departements : where the list is said to be whole: offers elsewhere are not held against it. Those of the actions
        by default.
    rules : weights and thresholds of the matching.

    Notes
    -----
    Only offers of the national cartography count. An action that is missing there and known to another source of the
    store says so: its facts are at hand.
    """
    shown = on_the_map(offers)
    links = link(actions, offers[shown], sessions, rules=rules)
    elsewhere = link(actions, offers[~shown], sessions, rules=rules)
    kept = pd.concat([links.kept, links.shared.assign(rule=MatchRule.SHARED.value, sure=False)])
    found = differing(links.kept, actions, offers, sessions, freshness=freshness, file=file, rules=rules)
    table = _states(actions, offers, links, kept, found)
    table["elsewhere_id"] = table["action_id"].map(elsewhere.kept["offer_id"]).astype("str")
    table["elsewhere_id"] = table["elsewhere_id"].where(table["offer_id"].isna())
    table["advice"] = [_advice(row) for row in table.to_dict("records")]
    missing = table["state"].eq(ReferencingState.MISSING.value)
    where = set(departements) if departements is not None else set(table["departement_code"].dropna())
    return Checked(
        actions=table,
        facts=_told_facts(found, table, offers),
        to_add=table[missing].reset_index(drop=True),
        unlisted=_unlisted(offers[shown], sessions, links, where, freshness),
        pairs=_told_pairs(links, kept, offers),
    )


def _states(
    actions: pd.DataFrame, offers: pd.DataFrame, links: Links, kept: pd.DataFrame, found: pd.DataFrame
) -> pd.DataFrame:
    """Return the actions with their state, what recognised them, and what differs, in words."""
    table = actions.sort_values("action_id").reset_index(drop=True)
    action = table["action_id"]
    table["score"] = action.map(kept["score"]).astype("float64")
    for name in ("rule", "agree", "offer_id"):
        table[name] = action.map(kept[name]).astype("str")
    table["rule"] = table["rule"].fillna(MatchRule.NONE.value)
    sure = action.isin(kept[kept["sure"]].index)
    told = offers.set_index("offer_id")
    for name in _TOLD:
        table[f"offer_{name}"] = table["offer_id"].map(told[name]).astype("str")
    wrong = found[~found["fact"].isin([fact.value for fact in TO_COMPLETE])]
    stale = action.isin(set(wrong["action_id"]))
    table["state"] = np.select(
        [table["offer_id"].isna(), ~sure, stale],
        [
            state.value
            for state in (ReferencingState.MISSING, ReferencingState.PROBABLY_FOUND, ReferencingState.STALE_OR_WRONG)
        ],
        ReferencingState.FOUND.value,
    )
    table["facts"] = action.map(_in_words(found)).astype("str")
    table["others"] = action.map(_others(links, kept)).astype("str")
    table["offer_answers"] = table["offer_id"].map(table["offer_id"].value_counts()).astype("Int64")
    return table


def _in_words(found: pd.DataFrame) -> "pd.Series[str]":
    words = found["fact"].map({fact.value: fact.label for fact in FactKind})
    said = words + " : " + found["shown"] + " au lieu de " + found["expected"]
    return said.groupby(found["action_id"]).agg(" ; ".join)


def _others(links: Links, kept: pd.DataFrame) -> "pd.Series[str]":
    """Return the other offers that may answer each action, best first."""
    chosen = links.pairs["action_id"].map(kept["offer_id"]).eq(links.pairs["offer_id"])
    left = links.pairs[~chosen]
    said = left["offer_id"] + " (" + left["score"].round().astype("Int64").astype("str") + ")"
    return said.groupby(left["action_id"]).agg(" ; ".join)


_SHARED = "Une seule fiche pour plusieurs actions : demander à l'organisme si elle les couvre toutes."
_ADVICE = {
    ReferencingState.FOUND: "Rien à faire.",
    ReferencingState.STALE_OR_WRONG: "Envoyer les faits à corriger au Carif-Oref.",
    ReferencingState.PROBABLY_FOUND: (
        "Faire confirmer par l'organisme que c'est la même action, puis corriger les faits signalés."
    ),
    ReferencingState.MISSING: (
        "Transmettre l'action au Carif-Oref ; rappeler à l'organisme l'obligation de sa convention."
    ),
}


def _advice(row: Mapping[Any, Any]) -> str:
    """Return what to do about one action."""
    state = term(ReferencingState, row["state"])
    if state is ReferencingState.FOUND and isinstance(row["facts"], str):
        return "Compléter les faits signalés."
    if row["rule"] == MatchRule.SHARED.value:
        return _SHARED
    if state is ReferencingState.MISSING and isinstance(row["elsewhere_id"], str):
        return f"Connue d'une autre source ({row['elsewhere_id']}), absente de la cartographie : la transmettre."
    if state is ReferencingState.MISSING and row["kind"] == Kind.UNKNOWN.value:
        return "Type non reconnu : si c'est une formation linguistique, la transmettre au Carif-Oref."
    return _ADVICE[state]


def _told_facts(found: pd.DataFrame, table: pd.DataFrame, offers: pd.DataFrame) -> pd.DataFrame:
    """Return the facts to correct with what names the offer, as the Carif-Oref reads them: by offer."""
    told = offers.set_index("offer_id")
    result = found.assign(
        **{name: found["offer_id"].map(told[name]) for name in _TOLD},
        departement_code=found["offer_id"].map(told["departement_code"]),
        state=found["action_id"].map(table.set_index("action_id")["state"]),
    )
    return result.sort_values(["offer_id", "action_id"], kind="stable").reset_index(drop=True)


def _told_pairs(links: Links, kept: pd.DataFrame, offers: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs of actions that several offers may answer, and of offers that may answer several actions."""
    pairs = links.pairs
    many = pairs["action_id"].duplicated(keep=False) | pairs["offer_id"].duplicated(keep=False)
    told = offers.set_index("offer_id")
    chosen = pairs["action_id"].map(kept["offer_id"]).eq(pairs["offer_id"])
    result = pairs.assign(kept=chosen, **{f"offer_{name}": pairs["offer_id"].map(told[name]) for name in _TOLD})
    return result[many].reset_index(drop=True)


def _unlisted(
    offers: pd.DataFrame,
    sessions: pd.DataFrame,
    links: Links,
    departements: set[str],
    freshness: Freshness,
) -> pd.DataFrame:
    """Return the offers that say BOP 104 or ASL pays and answer no action; ``resembles`` names one they are like."""
    answering = {*links.kept["offer_id"], *links.shared["offer_id"]}
    here = offers[offers["departement_code"].isin(list(departements)) & ~offers["offer_id"].isin(list(answering))]
    like = links.pairs.drop_duplicates("offer_id").set_index("offer_id")["action_id"]
    plain = here.drop(columns="geometry", errors="ignore").astype(object)
    words = [says_bop104(row) for row in plain.where(plain.notna(), None).to_dict("records")]
    taking = availability(sessions, as_of=freshness.as_of)
    over = here["offer_id"].map(taking).eq(OfferStatus.OVER.value)
    columns = ["offer_id", *_TOLD, "departement_code", "kind", "updated_on"]
    table = pd.DataFrame(here[columns]).assign(says=words, over=over, resembles=here["offer_id"].map(like))
    return table[table["says"].ne("")].sort_values("offer_id").reset_index(drop=True)


@dataclass(frozen=True)
class Count:
    """How many actions are on the cartography, at least and at most."""

    actions: int
    sure: int
    probable: int
    right: int

    @property
    def missing(self) -> int:
        """Actions that nothing resembles."""
        return self.actions - self.sure - self.probable

    def share(self, number: int) -> float | None:
        """Return a part of the actions, 0 to 1; None where there is no action."""
        return number / self.actions if self.actions else None


def count(table: pd.DataFrame) -> Count:
    """Count the states of a table of actions."""
    states = table["state"].value_counts()
    found, stale, probable = (
        int(states.get(state.value, 0))
        for state in (ReferencingState.FOUND, ReferencingState.STALE_OR_WRONG, ReferencingState.PROBABLY_FOUND)
    )
    return Count(len(table), found + stale, probable, found)


def counts_by(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return the counts of each value of a column (``departement_code``, ``provider_name``…), unknown ones together.

    Returns
    -------
    The column, ``actions``, ``found``, ``stale_or_wrong``, ``probably_found``, ``missing``, ``share_low`` (surely
    referenced) and ``share_high`` (probable ones included), 0 to 1; ``amount_missing_euros`` (subsidies of the missing
    ones, null where one of them is not told).
    """
    rows = []
    for value, its in table.groupby(table[column].fillna(""), sort=True):
        counted = count(its)
        missing = its[its["state"].eq(ReferencingState.MISSING.value)]["amount_euros"]
        rows.append(
            {
                column: value or None,
                "actions": counted.actions,
                **{state.value: int(its["state"].eq(state.value).sum()) for state in ReferencingState},
                "share_low": counted.share(counted.sure),
                "share_high": counted.share(counted.sure + counted.probable),
                "amount_missing_euros": None if missing.isna().any() else float(missing.sum()),
            }
        )
    names = [column, "actions", *(s.value for s in ReferencingState), "share_low", "share_high", "amount_missing_euros"]
    return pd.DataFrame(rows, columns=names)
