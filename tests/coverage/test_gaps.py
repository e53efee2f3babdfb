"""Three communes and two places, by hand; then what must hold for any table."""

from collections.abc import Iterator
from datetime import date

import numpy as np
import pandas as pd
from coverage_samples import needed
from hypothesis import given
from hypothesis import strategies as st

from geo_integration.coverage.gaps import Question, ReachPairs, causes, coverage_table, nearest, site_offers
from geo_integration.coverage.need import NeedModel, attach
from geo_integration.coverage.rollup import rollup
from geo_integration.layers import COVERAGE
from geo_integration.vocabulary import Kind, OfferStatus, TerritoryLevel


def pairs(rows: list[tuple[int, int, float, float]]) -> ReachPairs:
    table = np.array(rows, dtype=float).reshape(-1, 4)
    return ReachPairs(
        table[:, 0].astype(np.int32),
        table[:, 1].astype(np.int32),
        table[:, 2].astype(np.float32),
        table[:, 3].astype(np.float32),
    )


COMMUNES = pd.DataFrame(
    {
        "code": ["62001", "62002", "80001", "80002"],
        "name": ["Amont", "Bourg", "Coteau", "Dune"],
        "epci_code": ["200000001", "200000001", "200000002", None],
        "arrondissement_code": ["621", "621", "801", "801"],
        "departement_code": ["62", "62", "80", "80"],
        "region_code": ["32", "32", "32", "32"],
        "population": pd.array([1000, 3000, 500, 200], dtype="Int64"),
    }
)
OFFERS = pd.DataFrame(
    {
        "offer_id": ["x:1", "x:2", "x:3"],
        "site_id": ["s1", "s2", "s2"],
        "title": ["Alphabétisation", "FLE A1", "Alphabétisation du soir"],
        "commune_name": ["Amont", "Bourg", "Bourg"],
    }
)
# s1 in Amont holds an open alphabétisation; s2 in Bourg holds FLE and a full alphabétisation.
STATUS = pd.Series({"x:1": "open", "x:2": "other", "x:3": "full"})
# Minutes there and back; Dune has no road at all.
REACH = [
    (0, 0, 5.0, 5.0),
    (0, 1, 30.0, 44.0),
    (0, 2, 40.0, 46.0),
    (1, 0, 40.0, 30.0),
    (1, 1, 6.0, 6.0),
    (1, 2, 35.0, 35.0),
]
QUESTION = Question(Kind.ALPHABETISATION, 45, date(2026, 10, 1))


def golden(status: pd.Series = STATUS, *, reported: tuple[str, ...] = ("62", "80")) -> pd.DataFrame:
    sites = site_offers(status, OFFERS).reindex(["s1", "s2"])
    near = nearest([pairs(REACH)], sites, len(COMMUNES))
    routable = np.array([True, True, True, False])
    table = coverage_table(COMMUNES, near, sites, OFFERS, QUESTION, reported_departements=reported, routable=routable)
    needs = needed(
        COMMUNES,
        NeedModel(share=0.5, share_source="test"),
        bpi=pd.DataFrame(
            {
                "commune_code": ["62001", "62002", "80001"],
                "persons": pd.array([10, None, 8], dtype="Int64"),
                "synthetic": [False, False, False],
            }
        ),
        bpi_departements=["62", "80"],
    )
    table = attach(table, needs).assign(synthetic=False, withheld=False)
    return COVERAGE.conform(table)


def test_three_communes_two_sites_by_hand() -> None:
    table = golden().set_index("commune_code")
    # Amont: 5 minutes. Bourg: the longer of 30 and 44 is within 45. Coteau: 46 is not, but the full
    # course at 35 is. Dune: no road.
    assert table["cause"].to_dict() == {
        "62001": "covered",
        "62002": "covered",
        "80001": "full",
        "80002": "not_routable",
    }
    assert table.loc["62002", ["out_minutes", "back_minutes", "offer_id"]].tolist() == [30.0, 44.0, "x:1"]
    assert table.loc["80001", "full_minutes"] == 35.0
    assert table.loc["80001", "other_minutes"] == 35.0
    assert np.isnan(table.loc["80002", "out_minutes"])


def test_need_by_hand_masked_is_unknown_absent_is_nobody() -> None:
    table = golden().set_index("commune_code")
    assert table["need"].to_dict() | {"62002": None} == {"62001": 5.0, "62002": None, "80001": 4.0, "80002": 0.0}
    assert np.isnan(table.loc["62002", "need"])
    assert table["need_uncovered"].fillna(-1).to_dict() == {"62001": 0, "62002": -1, "80001": 4.0, "80002": 0}
    assert set(table["need_basis"]) == {"official"}


def test_rollup_by_hand() -> None:
    names = pd.DataFrame({"code": ["62", "80"], "name": ["Pas-de-Calais", "Somme"], "communes": [2, 771]})
    table = rollup(golden(), names, TerritoryLevel.DEPARTEMENT).set_index("code")
    assert table["name"].tolist() == ["Pas-de-Calais", "Somme (partie : 2 sur 771 communes)"]
    assert table["complete"].tolist() == [True, False]
    assert table["communes"].tolist() == [2, 2]
    assert table["communes_covered"].tolist() == [2, 0]
    assert table["communes_full"].tolist() == [0, 1]
    assert table["communes_not_routable"].tolist() == [0, 1]
    assert table["population"].tolist() == [4000, 700]
    assert table["population_covered"].tolist() == [4000, 0]
    assert table["need"].tolist() == [5.0, 4.0]
    assert table["need_uncovered"].tolist() == [0.0, 4.0]
    assert table["communes_need_unknown"].tolist() == [1, 0]


def test_the_need_of_a_territory_nobody_counted_is_unknown_not_zero() -> None:
    table = golden()
    table.loc[table["departement_code"] == "80", ["need", "need_uncovered"]] = None
    names = pd.DataFrame({"code": ["62", "80"], "name": ["Pas-de-Calais", "Somme"], "communes": [2, 2]})
    summed = rollup(table, names, TerritoryLevel.DEPARTEMENT).set_index("code")
    assert summed["need"].isna().tolist() == [False, True]
    assert summed["need_uncovered"].isna().tolist() == [False, True]


def test_communes_outside_every_epci_keep_the_sum() -> None:
    names = pd.DataFrame({"code": ["200000001", "200000002"], "name": ["Une", "Deux"], "communes": [2, 1]})
    table = rollup(golden(), names, TerritoryLevel.EPCI).set_index("code")
    assert table.loc["", "name"] == "Hors intercommunalité"
    assert table["communes"].sum() == 4


def test_a_count_speaks_only_where_it_was_said_to_be_complete() -> None:
    counts = pd.DataFrame({"commune_code": ["62001"], "persons": pd.array([10], dtype="Int64"), "synthetic": [False]})
    model = NeedModel(share=0.5, share_source="test", totals={"32": 470.0})
    table = needed(COMMUNES, model, bpi=counts).set_index("commune_code")
    # 62002 is not in the file: nobody said that nobody lives there. 80 has no count: the estimate stands.
    assert table["need_basis"].to_dict() == {
        "62001": "official",
        "62002": "unknown",
        "80001": "estimate",
        "80002": "estimate",
    }
    assert np.isnan(table.loc["62002", "need"])
    assert table.loc["80001", "need"] == 25.0  # 470 people x 500/4700 x a half
    assert table.loc["62001", "need_share"] == 0.5


def test_silence_of_a_source_is_not_absence_of_a_course() -> None:
    table = golden(reported=("62",)).set_index("commune_code")
    assert table.loc["80001", "cause"] == "no_data"
    assert table.loc["80002", "cause"] == "no_data"
    assert np.isnan(table.loc["80001", "need_uncovered"])
    covered = golden(reported=()).set_index("commune_code")
    assert covered.loc["62001", "cause"] == "covered"  # a course known to be near is near, whoever reports


def test_unknown_fit_is_a_bound_not_a_guess() -> None:
    table = golden(pd.Series({"x:1": "unknown", "x:2": "other", "x:3": "other"})).set_index("commune_code")
    assert table.loc["62001", "cause"] == "wrong_fit"
    assert table.loc["62001", "cause_if_unknown_fits"] == "covered"
    assert table.loc["62001", "possible_offer_id"] == "x:1"
    assert table.loc["62001", "need_uncovered"] == 5.0
    assert table.loc["62001", "need_uncovered_if_unknown_fits"] == 0.0


def test_nothing_near_is_too_far() -> None:
    table = golden(pd.Series({"x:1": "open", "x:2": "over", "x:3": "over"})).set_index("commune_code")
    assert table.loc["80001", "cause"] == "too_far"
    assert table.loc["80001", "back_minutes"] == 46.0


reaches = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 5), st.floats(0, 99, width=32), st.floats(0, 99, width=32)),
    max_size=40,
    unique_by=lambda row: row[:2],
)
statuses = st.lists(st.sampled_from(["open", "unknown", "full", "other", "over", "remote"]), min_size=5, max_size=5)


def five_sites(chosen: list[str]) -> pd.DataFrame:
    offers = pd.DataFrame({"offer_id": [f"o{i}" for i in range(5)], "site_id": [f"s{i}" for i in range(5)]})
    table = site_offers(pd.Series(chosen, index=offers["offer_id"]), offers)
    return table.reindex([f"s{i}" for i in range(5)])


@given(reaches, statuses, st.integers(1, 7))
def test_how_the_reach_table_is_cut_changes_nothing(
    rows: list[tuple[int, int, float, float]], chosen: list[str], size: int
) -> None:
    sites = five_sites(chosen)

    def parts() -> Iterator[ReachPairs]:
        for start in range(0, len(rows), size):
            yield pairs(rows[start : start + size])

    whole, cut = nearest([pairs(rows)], sites, 6), nearest(parts(), sites, 6)
    for status, found in whole.items():
        np.testing.assert_array_equal(found.site, cut[status].site)
        np.testing.assert_array_equal(found.minutes, cut[status].minutes)


@given(reaches, statuses)
def test_nearest_is_the_minimum(rows: list[tuple[int, int, float, float]], chosen: list[str]) -> None:
    near = nearest([pairs(rows)], five_sites(chosen), 6)
    for status in (OfferStatus.OPEN, OfferStatus.FULL):
        for commune in range(6):
            mine = [
                np.float32(max(row[2], row[3])) for row in rows if row[1] == commune and chosen[row[0]] == status.value
            ]
            assert near[status].minutes[commune] == min(mine, default=np.inf)


@given(reaches, statuses, st.floats(1, 98), st.floats(0, 50))
def test_a_longer_trip_never_uncovers(
    rows: list[tuple[int, int, float, float]], chosen: list[str], minutes: float, more: float
) -> None:
    near = nearest([pairs(rows)], five_sites(chosen), 6)
    yes = np.ones(6, dtype=bool)
    short = causes(near, cutoff_minutes=minutes, reported=yes, routable=yes)
    longer = causes(near, cutoff_minutes=minutes + more, reported=yes, routable=yes)
    assert not ((short == "covered") & (longer != "covered")).any()
    optimistic = causes(near, cutoff_minutes=minutes, reported=yes, routable=yes, unknown_fits=True)
    assert not ((short == "covered") & (optimistic != "covered")).any()
