"""The gate: what the public never sees."""

import pandas as pd

from geo_integration.disclosure import release
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


def test_small_departements_are_withheld_and_mixed_bases_count_as_official() -> None:
    released = release(
        table(["official", "official", "estimate+official"], [10.0, 400.0, 5.0]),
        Viewer.PUBLIC,
        level=TerritoryLevel.DEPARTEMENT,
    )
    assert released["withheld"].tolist() == [True, False, True]


def test_the_operator_sees_the_files_it_loaded() -> None:
    released = release(table(["official"], [4.0]), Viewer.OPERATOR)
    assert released["need"].tolist() == [4.0]
    assert not released["withheld"].any()
