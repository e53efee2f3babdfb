"""The gate: what the public never sees."""

import pandas as pd

from geo_integration.disclosure import release, release_beside
from geo_integration.vocabulary import TerritoryLevel, Viewer


def table(basis: list[str], need: list[float]) -> pd.DataFrame:
    half = [value / 2 for value in need]
    return pd.DataFrame(
        {"need_basis": basis, "need": need, "need_uncovered": half, "need_uncovered_if_unknown_fits": half}
    )


def test_official_counts_by_commune_never_leave_to_the_public() -> None:
    before = table(["official", "estimate", "synthetic"], [4000.0, 4.0, 3.0])
    released = release(before, Viewer.PUBLIC)
    assert released["need"].isna().tolist() == [True, False, False]
    assert released["need_uncovered"].isna().tolist() == [True, False, False]
    assert released["need_uncovered_if_unknown_fits"].isna().tolist() == [True, False, False]
    assert released["withheld"].tolist() == [True, False, False]
    assert before["need"].tolist() == [4000.0, 4.0, 3.0]


def test_only_whole_regions_above_the_threshold_leave() -> None:
    rows = table(["official", "official", "official", "estimate+official"], [10.0, 400.0, 400.0, 5.0])
    rows["complete"] = [True, True, False, True]
    released = release(rows, Viewer.PUBLIC, level=TerritoryLevel.REGION)
    assert released["withheld"].tolist() == [True, False, True, True]
    for level in (TerritoryLevel.DEPARTEMENT, TerritoryLevel.ARRONDISSEMENT, TerritoryLevel.EPCI):
        assert release(rows, Viewer.PUBLIC, level=level)["withheld"].all()


def test_a_region_with_one_count_among_estimates_would_give_it_away() -> None:
    # A région of 500 learners whose estimates, published by commune, add up to 440: the one count is 60.
    rows = table(["estimate+official", "official+unknown", "official+synthetic", "official"], [500.0] * 4)
    rows["complete"] = True
    released = release(rows, Viewer.PUBLIC, level=TerritoryLevel.REGION)
    assert released["withheld"].tolist() == [True, True, True, False]


def test_what_two_figures_leave_when_subtracted_counts_too() -> None:
    rows = table(["official"], [400.0]).assign(need_uncovered=395.0, complete=True)
    assert release(rows, Viewer.PUBLIC, level=TerritoryLevel.REGION)["withheld"].all()  # 5 are covered


def test_the_public_is_not_told_where_people_are_housed() -> None:
    tables = {"housing": rows_of(3), "ctai": rows_of(1)}
    assert list(release_beside(tables, Viewer.PUBLIC)) == ["ctai"]
    assert list(release_beside(tables, Viewer.OPERATOR)) == ["housing", "ctai"]


def rows_of(count: int) -> pd.DataFrame:
    return pd.DataFrame({"commune_code": ["62041"] * count})


def test_the_operator_sees_the_files_it_loaded() -> None:
    released = release(table(["official"], [4.0]), Viewer.OPERATOR)
    assert released["need"].tolist() == [4.0]
    assert not released["withheld"].any()
