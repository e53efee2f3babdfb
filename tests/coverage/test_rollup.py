"""Need by cause, contracts and quarters: five communes by hand, then what must hold for any table."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from geo_integration.coverage.rollup import NEED_BY_CAUSE, NEED_SHARES, contracts, quarters, rollup, rollups
from geo_integration.layers import CTAI, QPV
from geo_integration.vocabulary import Cause, TerritoryLevel

CAUSES = [cause.value for cause in Cause]


def coverage(**columns: Any) -> pd.DataFrame:  # noqa: ANN401 -- any column
    """Five communes of two départements; the need of 62003 and 80002 is not known."""
    table = {
        "commune_code": ["62001", "62002", "62003", "80001", "80002"],
        "epci_code": ["200000001", "200000001", None, "200000002", "200000002"],
        "arrondissement_code": ["621", "621", "621", "801", "801"],
        "departement_code": ["62", "62", "62", "80", "80"],
        "region_code": ["32"] * 5,
        "population": pd.array([1000, 3000, 500, 200, 100], dtype="Int64"),
        "cause": ["covered", "too_far", "too_far", "full", "no_data"],
        "need": [10.0, 4.0, np.nan, 6.0, np.nan],
        "need_uncovered": [0.0, 4.0, np.nan, 6.0, np.nan],
        "need_uncovered_if_unknown_fits": [0.0, 0.0, np.nan, 6.0, np.nan],
        "need_basis": ["official", "official", "unknown", "estimate", "unknown"],
        "synthetic": [False] * 5,
    }
    return pd.DataFrame(table | columns)


NAMES = pd.DataFrame({"code": ["62", "80"], "name": ["Pas-de-Calais", "Somme"], "communes": [3, 2]})


def test_need_by_cause_by_hand() -> None:
    table = rollup(coverage(), NAMES, TerritoryLevel.DEPARTEMENT).set_index("code")
    # Pas-de-Calais: 10 covered; too far: 4 and somebody not counted, so 4; nobody is full there, so 0. 10 + 4 = 14.
    assert table.loc["62", ["need_covered", "need_too_far", "need_full", "need"]].tolist() == [10.0, 4.0, 0.0, 14.0]
    assert table.loc["62", "need_covered_share"] == pytest.approx(10 / 14)
    assert table.loc["62", "need_too_far_share"] == pytest.approx(4 / 14)
    assert table.loc["62", "communes_need_unknown"] == 1
    # Somme: 6 full; the only commune without data was not counted: nobody knows, which is not 0.
    assert table.loc["80", "need_full"] == 6.0
    assert np.isnan(table.loc["80", "need_no_data"])
    assert np.isnan(table.loc["80", "need_no_data_share"])
    assert table.loc["80", "need_too_far"] == 0.0


def test_a_territory_nobody_counted_has_no_share_and_a_need_of_nobody_neither() -> None:
    unknown = rollup(coverage(need=[np.nan] * 5), NAMES, TerritoryLevel.DEPARTEMENT)
    assert unknown["need"].isna().all()
    assert unknown[list(NEED_SHARES)].isna().all(axis=None)
    nobody = rollup(coverage(need=[0.0] * 5), NAMES, TerritoryLevel.DEPARTEMENT)
    assert nobody[list(NEED_BY_CAUSE)].eq(0).all(axis=None)
    assert nobody[list(NEED_SHARES)].isna().all(axis=None)


def test_the_coverage_table_is_left_unchanged() -> None:
    table = coverage()
    rollup(table, NAMES, TerritoryLevel.DEPARTEMENT)
    contracts(table, ctai([("CTAI", "Un", "62001", 2022)]))
    pd.testing.assert_frame_equal(table, coverage())


def ctai(rows: list[tuple[str, str, str, int]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["kind", "name", "commune_code", "signed_year"])
    keys = table["kind"] + ":" + table["commune_code"] + ":" + table["signed_year"].astype("str")
    return CTAI.conform(table.assign(contract_id=keys, source="test", synthetic=False))


def test_contracts_overlap_and_are_never_added_up() -> None:
    layer = ctai(
        [
            ("CTAI", "Grand Un", "62001", 2022),
            ("CTAI", "Grand Un", "62002", 2022),
            ("CTAIR", "Deux", "62002", 2019),
            ("CTAIR", "Deux", "62002", 2021),  # renewed: the same territory
            ("CTAIR", "Deux", "59350", 2019),  # not in the table
            ("CAI", "Ailleurs", "59350", 2020),
        ]
    )
    table = contracts(coverage(), layer).set_index("code")
    assert table.index.tolist() == ["", "CTAI:Grand Un", "CTAIR:Deux"]
    assert table["level"].unique().tolist() == ["ctai"]
    assert table["name"].tolist() == ["Hors contrat", "CTAI Grand Un", "CTAIR Deux (partie : 1 sur 2 communes)"]
    assert table["complete"].tolist() == [False, True, False]
    # Bourg (62002) is in both: 10 + 4 in one, 4 in the other, and 6 outside any. Their sum, 24, is not the need, 20.
    assert table["need"].tolist() == [6.0, 14.0, 4.0]
    assert table["need_too_far"].fillna(-1).tolist() == [-1, 4.0, 4.0]
    assert table["communes"].tolist() == [3, 2, 1]


def test_no_contract_here_is_one_row_outside() -> None:
    table = contracts(coverage(), CTAI.empty())
    assert table["name"].tolist() == ["Hors contrat"]
    assert table["need"].tolist() == [20.0]


def qpv(rows: list[tuple[str, str, Any]]) -> gpd.GeoDataFrame:
    table = pd.DataFrame({"qpv_code": [r[0] for r in rows], "commune_codes": [r[1] for r in rows]})
    table = table.assign(name="Quartier " + table["qpv_code"], source="test", synthetic=False)
    return QPV.conform(gpd.GeoDataFrame(table, geometry=[r[2] for r in rows], crs="EPSG:4326"))


QUARTERS = qpv(
    [
        ("QN06201M", "62001", box(0, 0, 1, 1)),
        ("QN06202M", "62002;62003", box(2, 0, 3, 1)),
        ("QN08001M", "80001;80002", box(4, 0, 5, 1)),
        ("QN05901M", "59350", box(8, 0, 9, 1)),
    ]
)
POINTS = pd.DataFrame(
    {
        "point_id": ["a", "b", "c", "d"],
        "lon": [0.5, 0.6, 0.7, 7.0],
        "lat": [0.5] * 4,
        "persons": [30.0, 10.0, 60.0, 99.0],
        "minutes": [50.0, 20.0, np.nan, 5.0],
        "cause": ["too_far", "covered", "not_routable", "covered"],
    }
)


def test_a_quarter_without_points_is_told_by_its_communes_and_never_by_a_need() -> None:
    table = quarters(coverage(), QUARTERS).set_index("code")
    assert table.index.tolist() == ["QN06201M", "QN06202M", "QN08001M"]  # the other has no commune here
    assert table["basis"].eq("commune").all()
    # Both communes of the second are too far; those of the third differ.
    assert table["cause"].fillna("").tolist() == ["covered", "too_far", ""]
    assert table["communes_too_far"].tolist() == [0, 2, 0]
    assert table[["need", *NEED_BY_CAUSE, "population", "persons"]].isna().all(axis=None)
    assert table["communes_need_unknown"].tolist() == table["communes"].tolist()


def test_a_quarter_is_told_by_its_own_people_where_points_are_loaded() -> None:
    table = quarters(coverage(), QUARTERS, POINTS).set_index("code")
    row = table.loc["QN06201M"]
    # 30 too far, 10 covered, 60 not known: 10/100 covered, so not; most of the others are not routable.
    assert row["basis"] == "points"
    assert row["cause"] == "not_routable"
    assert row[["persons", "persons_too_far", "persons_covered"]].tolist() == [100.0, 30.0, 10.0]
    assert row[["share_covered", "share_unknown"]].tolist() == [0.1, 0.6]
    # Of the 40 whose minutes are known, 10 live at 20, and 30 at 50: half is reached at 50.
    assert row["median_minutes"] == 50.0
    assert np.isnan(row["need"])
    assert table.loc["QN06202M", ["basis", "cause"]].tolist() == ["commune", "too_far"]


def test_a_point_in_two_quarters_is_of_the_first() -> None:
    twice = qpv([("QN06202M", "62001", box(0, 0, 1, 1)), ("QN06201M", "62001", box(0, 0, 1, 1))])
    table = quarters(coverage(), twice, POINTS).set_index("code")
    assert table["persons"].fillna(0).tolist() == [100.0, 0.0]


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    size = draw(st.integers(1, 12))
    one_of = lambda *values: draw(st.lists(st.sampled_from(values), min_size=size, max_size=size))  # noqa: E731
    need = one_of(np.nan, 0.0, 1.25, 7.0, 40.0)
    return pd.DataFrame(
        {
            "commune_code": [f"{number:05d}" for number in range(size)],
            "epci_code": one_of("a", "b", None),
            "arrondissement_code": one_of("a", "b"),
            "departement_code": one_of("a", "b"),
            "region_code": one_of("a", None),
            "population": pd.array(one_of(0, 12, 500), dtype="Int64"),
            "cause": one_of(*CAUSES),
            "need": need,
            "need_uncovered": need,
            "need_uncovered_if_unknown_fits": need,
            "need_basis": one_of("official", "estimate"),
            "synthetic": [False] * size,
        }
    )


@settings(max_examples=20)
@given(tables())
def test_need_by_cause_adds_up_to_the_need_at_every_level(table: pd.DataFrame) -> None:
    names = pd.DataFrame({"code": ["a", "b"], "name": ["A", "B"], "communes": [99, 99]})
    total = table["need"].sum()
    for level, summed in rollups(table, dict.fromkeys(TerritoryLevel, names)).items():
        by_cause = summed[list(NEED_BY_CAUSE)]
        np.testing.assert_allclose(by_cause.sum(axis=1), summed["need"].fillna(0), err_msg=level)
        np.testing.assert_allclose(by_cause.sum().sum(), total)
        shares = summed[list(NEED_SHARES)]
        np.testing.assert_allclose(shares.sum(axis=1), summed["need"].gt(0).astype(float))
        # 0 only where no commune has that cause, or the need known is 0.
        for cause, column in zip(CAUSES, NEED_BY_CAUSE, strict=True):
            none = summed[f"communes_{cause}"].eq(0)
            assert summed.loc[none, column].eq(0).all()
