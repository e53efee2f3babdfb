"""Which offer answers which funded action: identifiers first, then facts that agree, one offer for one action.

The score is a weighted mean of the facts both sides tell, after Fellegi & Sunter (1969), whose weights are here set by
hand and written in :class:`.Rules` rather than estimated: there is no list of true links to estimate them from. Names
are compared by the token-set and token-sort ratios of rapidfuzz (an insertion-deletion similarity of sorted words).
Each action then takes at most one offer, and each offer one action, by the assignment of greatest total (Jonker &
Volgenant 1987, as in scipy).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import linear_sum_assignment

from geo_integration.coverage.referencing.likeness import (
    FACT_LABELS,
    FACTS,
    RULES,
    Flags,
    Floats,
    Rules,
    codes,
    equal,
    facts_of,
    likeness,
    texts,
)
from geo_integration.coverage.referencing.terms import SURE_RULES, MatchRule
from geo_integration.schema import SEPARATOR
from geo_integration.text import fold


@dataclass(frozen=True)
class Links:
    """Every pair worth a look, and the one kept for each action.

    Attributes
    ----------
    pairs : ``action_id``, ``offer_id``, ``rule`` (:class:`MatchRule`), ``score`` (0 to 100), one column per fact (0 to
        1, null where one side is silent), ``sure``, ``agree`` (facts in words); best first for each action.
    kept : the pair kept for each action that has one, by ``action_id``.
    shared : pairs whose offer answers another action, for actions left with none, by ``action_id``.
    """

    pairs: pd.DataFrame
    kept: pd.DataFrame
    shared: pd.DataFrame


def link(actions: pd.DataFrame, offers: pd.DataFrame, sessions: pd.DataFrame, *, rules: Rules = RULES) -> Links:
    """Find the offer that answers each action.

    Parameters
    ----------
    actions : columns of ``sources.funded.FUNDED``, and ``lon``, ``lat`` of their commune (null where unknown).
    offers : the offers layer, and ``lon``, ``lat`` of their commune.
    sessions : the sessions layer.
    rules : weights and thresholds.

    Notes
    -----
    A title never decides: besides it, two of operator, commune, kind and dates must agree, one of them the operator
    or, where a side does not tell it, the commune. Another kind is forgiven only where the titles agree.
    """
    actions = actions.sort_values("action_id").reset_index(drop=True)
    offers = offers.sort_values("offer_id").reset_index(drop=True)
    facts = facts_of(actions, offers, sessions, rules)
    rule = _rules_met(actions, offers, facts, rules)
    score = _score(facts, rules)
    rows, columns = np.nonzero(rule != MatchRule.NONE.value)
    pairs = pd.DataFrame(
        {
            "action_id": actions["action_id"].to_numpy()[rows],
            "offer_id": offers["offer_id"].to_numpy()[columns],
            "rule": rule[rows, columns],
            "score": np.round(score[rows, columns], 1),
            **{name: np.round(facts[name][rows, columns], 3) for name in FACTS},
        }
    )
    pairs["sure"] = pairs["rule"].isin([one.value for one in SURE_RULES])
    pairs["agree"] = [_agreeing(one, rules) for one in pairs[list(FACTS)].to_dict("records")]
    pairs = pairs.astype({"action_id": "str", "offer_id": "str", "rule": "str", "agree": "str", "sure": bool})
    order = pairs.assign(
        identified=pairs["rule"].eq(MatchRule.IDENTIFIER.value),
        rank=pairs["rule"].map({one.value: at for at, one in enumerate(MatchRule)}),
    )
    order = order.sort_values(
        ["action_id", "sure", "identified", "score", "rank", "offer_id"],
        ascending=[True, False, False, False, True, True],
        kind="stable",
    )
    pairs = order.drop(columns=["identified", "rank"]).reset_index(drop=True)
    kept = _assigned(pairs, rules)
    return Links(pairs, kept, _shared(pairs, kept, rules))


def _score(facts: dict[str, Floats], rules: Rules) -> Floats:
    """Return the weighted mean of the facts told, 0 to 100; 0 where too little is told."""
    total = np.zeros_like(facts["title"])
    known = np.zeros_like(total)
    for name in FACTS:
        told = ~np.isnan(facts[name])
        total += np.where(told, facts[name], 0.0) * rules.weights[name]
        known += told * rules.weights[name]
    return np.where(known >= rules.least_known, 100 * total / np.maximum(known, 1.0), 0.0)


def _rules_met(
    actions: pd.DataFrame, offers: pd.DataFrame, facts: dict[str, Floats], rules: Rules
) -> npt.NDArray[np.object_]:
    """Return the first rule each pair meets, as a code; shape (actions, offers)."""
    same_kind, same_place = facts["kind"] == 1, facts["place"] == 1
    same_siret, _ = equal(codes(actions, "provider_siret"), codes(offers, "provider_siret"))
    same_school, _ = equal(codes(actions, "uai"), codes(offers, "uai"))
    titles = np.nan_to_num(facts["title"])
    names = likeness(texts(actions, "provider_name"), texts(offers, "provider_name"), rules) == 1
    agree = {name: np.nan_to_num(facts[name]) >= rules.agreeing for name in FACTS}
    others = sum(agree[name].astype(int) for name in ("operator", "place", "kind", "dates"))
    led = agree["operator"] | (np.isnan(facts["operator"]) & agree["place"])
    likely = (_score(facts, rules) >= rules.least_score) & led & (others >= 2)  # noqa: PLR2004 -- two facts
    likely &= (facts["kind"] != 0) | agree["title"]
    same_operator = names & ~(np.nan_to_num(facts["operator"], nan=1.0) < rules.agreeing)
    return np.select(
        [
            _same_identifier(actions, offers),
            same_school & same_kind,
            same_siret & same_place & same_kind & (titles >= rules.near_title),
            same_operator & same_place & same_kind & (titles >= rules.same_title),
            likely,
        ],
        [one.value for one in (*SURE_RULES, MatchRule.LIKENESS)],
        MatchRule.NONE.value,
    ).astype(object)


def _same_identifier(actions: pd.DataFrame, offers: pd.DataFrame) -> Flags:
    """Say which pairs bear a common identifier: convention, file, or the offer's own number."""
    bearers: dict[str, list[int]] = {}
    for at, row in enumerate(
        offers[["offer_id", "source_records", "alternate_ids", "market_reference"]].itertuples(index=False)
    ):
        for identifier in set(_identifiers(*row)):
            bearers.setdefault(identifier, []).append(at)
    met = np.zeros((len(actions), len(offers)), dtype=np.bool_)
    for at, row in enumerate(actions[["reference", "other_ids"]].itertuples(index=False)):
        for identifier in _identifiers(*row):
            met[at, bearers.get(identifier, [])] = True
    return met


_GENERIC = re.compile(r"(BOP|PROGRAMME|PROG|ACTION|MARCHE|P|N)*0*(104|12|10412)?(20\d\d)?")
_LEAST_CHARACTERS = 5


def _identifiers(*cells: object) -> Iterator[str]:
    """Give identifiers, comparable; « BOP 104 », a year or a short number identify nothing."""
    for cell in cells:
        for item in cell.split(SEPARATOR) if isinstance(cell, str) else ():
            for part in (item, item.partition(":")[2], item.rpartition("--")[2]):
                plain = re.sub(r"[^A-Z0-9]", "", fold(part).upper())
                if len(plain) >= _LEAST_CHARACTERS and any(map(str.isdigit, plain)) and not _GENERIC.fullmatch(plain):
                    yield plain


def _agreeing(facts: Mapping[Any, Any], rules: Rules) -> str:
    return ", ".join(FACT_LABELS[name] for name in FACTS if facts[name] >= rules.agreeing)


_SURE_FIRST = 1000.0
"""Worth of a sure pair over any likeness: as many sure pairs as can be are kept."""
_IDENTIFIED_FIRST = 200.0
"""Worth of a common identifier over other sure pairs: what both sides call by one number is the same course."""


def _assigned(pairs: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Keep one pair per action and per offer: sure ones first, then those farthest above the threshold in total."""
    if pairs.empty:
        return pairs.set_index("action_id", drop=False)
    row, actions = pd.factorize(pairs["action_id"], sort=True)
    column, offers = pd.factorize(pairs["offer_id"], sort=True)
    worth = np.zeros((len(actions), len(offers)))
    above = np.maximum(pairs["score"].to_numpy(dtype=np.float64) - rules.least_score, 0.0) + 1
    identified = pairs["rule"].eq(MatchRule.IDENTIFIER.value).to_numpy(dtype=np.float64)
    sure = pairs["sure"].to_numpy(dtype=np.float64)
    worth[row, column] = above + _SURE_FIRST * sure + _IDENTIFIED_FIRST * identified
    chosen_rows, chosen_columns = linear_sum_assignment(worth, maximize=True)
    chosen = np.zeros_like(worth, dtype=np.bool_)
    chosen[chosen_rows, chosen_columns] = True
    return pairs[chosen[row, column]].set_index("action_id", drop=False)


def _shared(pairs: pd.DataFrame, kept: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Return, for each action left with none, the best pair of like titles in the same place; it answers another."""
    left = pairs[~pairs["action_id"].isin(kept.index)]
    here = (left["place"].eq(1) | left["place"].isna()) & left["title"].ge(rules.near_title)
    return left[left["sure"] | here].drop_duplicates("action_id").set_index("action_id", drop=False)
