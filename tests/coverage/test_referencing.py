"""The referencing check by hand.

The score, weights 40 operator, 25 place, 15 kind, 15 title, 5 dates; names worth (ratio - 50) / 50, 0 to 1.

  a2: operator « Asociation Demo » against « Association Demo », no SIRET. 15 and 16 letters, one to insert:
      ratio 100 x (1 - 1 / 31) = 96.77, worth (96.77 - 50) / 50 = 0.935. Place 1, kind 1, title 1, dates unknown:
      (40 x 0.935 + 25 + 15 + 15) / 95 = 92.42 / 95 = 97.3.
  a3: another SIRET, another name, Lille: the operator is worth little, and must agree: nothing.
"""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_integration.coverage.referencing.check import check, count, counts_by, on_the_map
from geo_integration.coverage.referencing.facts import Freshness, differing, says_bop104
from geo_integration.coverage.referencing.match import link
from geo_integration.layers import OFFERS, SESSIONS
from geo_integration.sources.funded import FUNDED

DAY = date(2026, 10, 1)
FRESH = Freshness(DAY)
POINTS = {"62041": (2.777, 50.291), "62498": (2.832, 50.432), "59350": (3.063, 50.637)}  # Arras, Lens, Lille
NAMES = {"62041": "Arras", "62498": "Lens", "59350": "Lille"}
SIRET = {"demo": "00000078600012", "autre": "00000087700019"}

OFFER = {
    "title": "FLE niveau A1",
    "provider_name": "Association Demo",
    "provider_siret": SIRET["demo"],
    "kind": "fle",
    "commune_code": "62041",
    "location_quality": "point",
    "modality": "in_person",
    "phone": "03 21 00 00 00",
    "market_reference": "BOP 104",
    "updated_on": "2026-09-01",
}
ACTION = {
    "title": "FLE niveau A1",
    "provider_name": "Association Demo",
    "provider_siret": SIRET["demo"],
    "kind": "fle",
    "commune_code": "62041",
    "bop104": True,
}


def offers(*changes: dict[str, object]) -> pd.DataFrame:
    rows = []
    for number, change in enumerate(changes, start=1):
        row = {"offer_id": f"lheo:o{number}"} | OFFER | change
        row.setdefault("source_records", row["offer_id"])
        rows.append(row)
    table = pd.DataFrame(rows, columns=list(OFFERS.names)[:-1]).astype(object)
    return placed(table.where(table.notna(), None))


def actions(*changes: dict[str, object]) -> pd.DataFrame:
    rows = [{"action_id": f"a{n}", "row": f"ligne {n + 1}"} | ACTION | c for n, c in enumerate(changes, start=1)]
    table = pd.DataFrame(rows, columns=list(FUNDED.names)).astype({"synthetic": "boolean"})
    table["synthetic"] = False
    return placed(FUNDED.conform(table))


def placed(table: pd.DataFrame) -> pd.DataFrame:
    codes = table["commune_code"]
    return table.assign(
        commune_name=codes.map(NAMES),
        departement_code=codes.str[:2],
        lon=[POINTS[c][0] if c in POINTS else np.nan for c in codes],
        lat=[POINTS[c][1] if c in POINTS else np.nan for c in codes],
    )


def sessions(*rows: dict[str, object]) -> pd.DataFrame:
    live = {"start_date": "2026-09-01", "end_date": "2027-06-30", "recruitment": "open", "entry_mode": "fixed"}
    made = [{"session_id": f"s{n}", "synthetic": False} | live | row for n, row in enumerate(rows)]
    table = pd.DataFrame(made, columns=list(SESSIONS.names))
    return table.astype(SESSIONS.empty().dtypes.to_dict())  # not conform: it refuses the negative places told of here


def each(table: pd.DataFrame) -> pd.DataFrame:
    return sessions(*({"offer_id": offer} for offer in table["offer_id"]))


def checked(acts: pd.DataFrame, offs: pd.DataFrame, its: pd.DataFrame | None = None) -> pd.DataFrame:
    found = check(acts, offs, each(offs) if its is None else its, freshness=FRESH, file="liste.csv")
    return found.actions.set_index("action_id")


def test_the_golden_table() -> None:
    acts = actions(
        {"reference": "24-00117", "title": "Parcours emploi", "provider_siret": None},  # a1: convention number
        {"provider_name": "Asociation Demo", "provider_siret": None, "commune_code": "62498"},  # a2: by likeness
        {"commune_code": "59350", "provider_name": "Inconnu", "provider_siret": SIRET["autre"]},  # a3: nothing
        {"kind": "asl", "title": "Ateliers de quartier", "commune_code": "62498", "provider_name": "CCAS",
         "provider_siret": None},  # a4: names
        {"kind": "oepre", "uai": "0620001A", "provider_name": None, "provider_siret": None, "title": "OEPRE"},  # a5
    )  # fmt: skip
    offs = offers(
        {"market_reference": "2400117 / lot 2", "alternate_ids": "24-00117", "title": "Parcours emploi FLE"},
        {"commune_code": "62498", "provider_siret": None},
        {"kind": "asl", "title": "Atelier de quartier", "commune_code": "62498", "provider_name": "C.C.A.S.",
         "provider_siret": None},
        {"kind": "oepre", "uai": "0620001A", "title": "Ouvrir l'école aux parents", "provider_name": None,
         "provider_siret": None},
    )  # fmt: skip
    offs.loc[2, "provider_name"] = "CCAS"
    found = checked(acts, offs)
    assert found["rule"].tolist() == ["identifier", "likeness", "none", "names", "school"]
    assert found["offer_id"].fillna("").tolist() == ["lheo:o1", "lheo:o2", "", "lheo:o3", "lheo:o4"]
    assert found["state"].tolist() == ["found", "probably_found", "missing", "found", "stale_or_wrong"]
    assert found.loc["a2", "score"] == 97.3
    assert found.loc["a2", "agree"] == "organisme, commune, type de cours, intitulé"
    assert found.loc["a5", "facts"].startswith("Intitulé différent : Ouvrir l'école aux parents au lieu de OEPRE")
    counted = count(found)
    assert (counted.sure, counted.right, counted.probable, counted.missing) == (3, 2, 1, 1)
    assert (counted.share(counted.sure), counted.share(counted.sure + counted.probable)) == (0.6, 0.8)


def test_a_title_alone_decides_nothing() -> None:
    acts = actions({"provider_name": None, "provider_siret": None, "commune_code": None, "kind": "unknown"})
    assert checked(acts, offers({}))["state"].tolist() == ["missing"]
    elsewhere = actions({"provider_name": "Tout autre organisme", "provider_siret": SIRET["autre"]})
    assert checked(elsewhere, offers({}))["state"].tolist() == ["missing"]  # same place, kind and title, another body


def test_bop_104_is_no_identifier() -> None:
    acts = actions({"reference": "BOP 104", "provider_name": "X", "provider_siret": None, "commune_code": "59350"})
    assert checked(acts, offers({}))["state"].tolist() == ["missing"]


def test_another_kind_is_never_taken_for_this_one() -> None:
    acts = actions({"kind": "alphabetisation", "title": "Alphabétisation"})
    assert checked(acts, offers({"title": "FLE débutants"}))["state"].tolist() == ["missing"]


def test_the_same_siret_elsewhere_is_probable_and_says_so() -> None:
    # operator 1, Lens is about 16 km from Arras: 0; kind 1, title 1: (40 + 15 + 15) / 95 = 73.7
    found = checked(actions({"commune_code": "62498"}), offers({})).loc["a1"]
    assert (found["state"], found["score"]) == ("probably_found", 73.7)
    assert "Commune différente : Arras (62041) au lieu de Lens (62498)" in found["facts"]


def test_one_offer_answers_one_action_and_the_rest_is_told() -> None:
    both = actions({"title": "FLE niveau A1"}, {"title": "FLE niveau A1 soir"}, {"title": "FLE niveau B2 groupe 7"})
    found = checked(both, offers({}, {"title": "FLE niveau A1 soir"}))
    assert found["offer_id"].tolist()[:2] == ["lheo:o1", "lheo:o2"]
    assert found.loc["a3", "state"] == "missing"  # the numbers of its title contradict both, and both are taken
    assert found.loc["a1", "others"].startswith("lheo:o2 (")
    shared = checked(actions({}, {}), offers({}))
    assert shared["rule"].tolist() == ["siret", "shared"]
    assert shared["state"].tolist() == ["found", "probably_found"]
    assert shared["offer_answers"].tolist() == [2, 2]
    assert "Une seule fiche" in shared.loc["a2", "advice"]


def test_a_strong_pair_is_not_broken_for_two_weak_ones() -> None:
    """By hand: o1 is a1's own; a2 resembles o1 only. The total keeps (a1, o1), and a2 is left."""
    acts = actions({}, {"commune_code": "62498", "title": "FLE niveau A1"})
    found = checked(acts, offers({}))
    assert found.loc["a1", "offer_id"] == "lheo:o1"
    assert found.loc["a2", "state"] == "missing"


FACTS = [
    ({"phone": None}, {}, {}, "phone_missing"),
    ({"phone": "03 20 11 11 11"}, {"phone": "03 21 00 00 00"}, {}, "phone_differs"),
    ({"updated_on": "2025-09-30"}, {}, {}, "not_updated"),  # more than twelve months before 1 October 2026
    ({"location_quality": "none"}, {}, {}, "place_unknown"),
    ({}, {}, {"end_date": "2026-06-30"}, "sessions_over"),
    ({"updated_on": "2026-01-01"}, {}, {"recruitment": "closed"}, "closed_long"),
    ({}, {"start_date": "2028-01-01", "end_date": "2028-06-30"}, {}, "dates_differ"),
    ({}, {}, {"places_available": -2}, "places_impossible"),
    ({}, {}, {"places_funded": 10, "places_available": 12}, "places_impossible"),
    ({}, {"places": 12}, {"places_funded": 10}, "places_differ"),
    ({}, {"address": "3 rue Neuve"}, {}, "address_missing"),
    ({"market_reference": None}, {}, {}, "funding_not_stated"),
]


@pytest.mark.parametrize(("offer", "action", "session", "fact"), FACTS, ids=[f"{f[3]}{n}" for n, f in enumerate(FACTS)])
def test_each_fact_alone(
    offer: dict[str, object], action: dict[str, object], session: dict[str, object], fact: str
) -> None:
    offs, acts = offers(offer), actions(action)
    its = sessions({"offer_id": "lheo:o1"} | session)
    facts = differing(link(acts, offs, its).kept, acts, offs, its, freshness=FRESH, file="liste.csv")
    assert facts["fact"].tolist() == [fact]
    state = checked(acts, offs, its)["state"].tolist()
    minor = {"places_differ", "address_missing", "funding_not_stated"}
    assert state == ["found" if fact in minor else "stale_or_wrong"]


def test_facts_that_are_right_or_not_told_are_no_facts() -> None:
    offs, acts = offers({"updated_on": None}), actions({"end_date": "2026-06-30", "phone": "03 21 00 00 00"})
    its = sessions({"offer_id": "lheo:o1", "end_date": "2026-06-30"})  # over, as the action is
    assert differing(link(acts, offs, its).kept, acts, offs, its, freshness=FRESH, file="f").empty
    nothing = sessions()
    facts = differing(link(acts, offs, nothing).kept, acts, offs, nothing, freshness=FRESH, file="f")
    assert facts["fact"].tolist() == ["no_session"]


def test_the_file_for_the_carif_says_what_is_shown_expected_and_by_whom() -> None:
    acts, offs = actions({"phone": "03 21 99 99 99"}), offers({})
    found = check(acts, offs, each(offs), freshness=FRESH, file="liste.csv").facts
    row = found[["offer_id", "title", "provider_name", "commune_name", "fact", "shown", "expected", "source"]].iloc[0]
    assert row.tolist() == [
        "lheo:o1", "FLE niveau A1", "Association Demo", "Arras", "phone_differs", "03 21 00 00 00", "03 21 99 99 99",
        "liste.csv, ligne 2",
    ]  # fmt: skip


def test_only_the_cartography_counts() -> None:
    offs = offers({"source_records": "referent:x"}, {"source_records": "data-inclusion:carif-oref--9", "title": "ASL"})
    assert on_the_map(offs).tolist() == [False, True]
    found = check(actions({}), offs[:1], each(offs), freshness=FRESH, file="f").actions.iloc[0]
    assert (found["state"], found["elsewhere_id"]) == ("missing", "lheo:o1")
    assert "autre source" in found["advice"]


def test_the_reverse_list() -> None:
    offs = offers(
        {},
        {"title": "Alphabétisation", "kind": "alphabetisation"},  # BOP 104, in no list
        {"title": "Autre", "kind": "asl", "market_reference": None, "programme": "ASL"},
        {"title": "Région", "kind": "illettrisme", "market_reference": "Marché 2026"},  # paid by others
        {"title": "Ailleurs", "kind": "cir", "commune_code": "59350"},  # where the list says nothing
    )
    found = check(actions({}), offs, each(offs), freshness=FRESH, file="f").unlisted
    assert found[["offer_id", "says", "over"]].to_numpy().tolist() == [
        ["lheo:o2", "BOP 104", False],
        ["lheo:o3", "ASL", False],
    ]
    wider = check(actions({}), offs, each(offs), freshness=FRESH, file="f", departements=["59"]).unlisted
    assert wider["offer_id"].tolist() == ["lheo:o5"]


@pytest.mark.parametrize(
    ("words", "says"),
    [("BOP 104", True), ("BOP104 action 12", True), ("programme 104", True), ("BOP 147", False), ("lot 104", False),
     ("Marché OFII", False), (None, False)],
)  # fmt: skip
def test_words_that_say_who_pays(words: str | None, says: object) -> None:
    row = {"market_reference": words, "programme": None, "funders": None}
    assert bool(says_bop104(row)) is says


def test_counts_by_operator_and_departement() -> None:
    acts = actions({"amount_euros": 1000.0}, {"commune_code": "59350", "provider_siret": None, "provider_name": "Z"})
    table = checked(acts, offers({})).reset_index()
    found = counts_by(table, "departement_code").set_index("departement_code")
    assert found.loc["62", ["actions", "found", "missing", "share_low", "share_high"]].tolist() == [1, 1, 0, 1.0, 1.0]
    assert found.loc["59", ["actions", "missing", "share_low"]].tolist() == [1, 1, 0.0]
    assert found.loc["62", "amount_missing_euros"] == 0
    assert pd.isna(found.loc["59", "amount_missing_euros"])  # not told: not zero


def test_nothing_to_check_and_nothing_to_check_against() -> None:
    none = check(actions({}), offers({})[:0], sessions(), freshness=FRESH, file="f")
    assert none.actions["state"].tolist() == ["missing"]
    assert none.facts.empty
    assert count(none.actions.iloc[:0]).share(0) is None


titles = st.sampled_from(["FLE niveau A1", "FLE B1", "Alphabétisation", "Ateliers", "FLE A1 soir"])
communes = st.sampled_from([None, *POINTS])
bodies = st.sampled_from(["Association Demo", "Asso Demo", "CCAS", None])
rows = st.fixed_dictionaries(
    {"title": titles, "commune_code": communes, "provider_name": bodies,
     "provider_siret": st.sampled_from([None, *SIRET.values()]), "kind": st.sampled_from(["fle", "asl", "unknown"])}
)  # fmt: skip


@settings(max_examples=12)
@given(st.lists(rows, min_size=1, max_size=5), st.lists(rows, min_size=1, max_size=5), st.integers(0, 99))
def test_one_to_one_whatever_the_order_of_the_rows(
    some: list[dict[str, object]], others: list[dict[str, object]], seed: int
) -> None:
    acts, offs = actions(*some), offers(*others)
    its = each(offs)
    before = acts.copy(), offs.copy()
    found = link(acts, offs, its)
    pd.testing.assert_frame_equal(acts, before[0])
    pd.testing.assert_frame_equal(offs, before[1])
    assert found.kept["action_id"].is_unique
    assert found.kept["offer_id"].is_unique
    assert found.pairs["score"].between(0, 100).all()
    assert not set(found.kept.index) & set(found.shared.index)
    mixed = link(acts.sample(frac=1, random_state=seed), offs.sample(frac=1, random_state=seed), its)
    pd.testing.assert_frame_equal(found.pairs, mixed.pairs)
    pd.testing.assert_frame_equal(found.kept, mixed.kept)
