"""Need: the spread of a total by hand, then that it always adds up."""

import numpy as np
import pandas as pd
import pytest
from coverage_samples import needed
from hypothesis import given
from hypothesis import strategies as st

from geo_integration.coverage.need import NeedModel
from geo_integration.errors import OptionError
from geo_integration.jobs.model import need_model
from geo_integration.vocabulary import Kind


def communes(population: list[int | None], region: str = "32") -> pd.DataFrame:
    count = len(population)
    return pd.DataFrame(
        {
            "code": [f"62{i:03d}" for i in range(count)],
            "departement_code": ["62"] * count,
            "region_code": [region] * count,
            "population": pd.array(population, dtype="Int64"),
        }
    )


MODEL = NeedModel(share=0.1, share_source="test", totals={"32": 1000.0}, totals_source="test")


def test_spread_by_population_by_hand() -> None:
    # 1000 newcomers, 10 % of them: 100 learners; three quarters of the people live in the first commune.
    table = needed(communes([3000, 1000]), MODEL)
    assert table["need"].tolist() == [75.0, 25.0]
    assert set(table["need_basis"]) == {"estimate"}


def test_spread_half_by_social_housing_by_hand() -> None:
    # Half by population (3/4, 1/4), half by dwellings (1/5, 4/5): 0.475 and 0.525 of 100.
    table = needed(communes([3000, 1000]), MODEL, social=pd.Series({"62000": 10.0, "62001": 40.0}))
    assert table["need"].tolist() == [47.5, 52.5]


def test_no_published_total_is_unknown_not_zero() -> None:
    table = needed(communes([3000], region="84"), MODEL)
    assert np.isnan(table["need"].iloc[0])
    assert table["need_basis"].tolist() == ["unknown"]


def test_no_share_for_the_kind_is_unknown() -> None:
    table = needed(communes([3000]), NeedModel(share=None, share_source="rien", totals={"32": 1000.0}))
    assert table["need"].isna().all()
    assert table["need_basis"].tolist() == ["unknown"]


def test_made_up_counts_stay_made_up() -> None:
    bpi = pd.DataFrame({"commune_code": ["62000"], "persons": pd.array([40], dtype="Int64"), "synthetic": [True]})
    table = needed(communes([3000, 1000]), MODEL, bpi=bpi, bpi_departements=["62"])
    assert table["need"].tolist() == [4.0, 0.0]
    assert set(table["need_basis"]) == {"synthetic"}


def test_one_real_count_makes_a_departement_official() -> None:
    people = pd.array([40, 5], dtype="Int64")
    bpi = pd.DataFrame({"commune_code": ["62000", "62001"], "persons": people, "synthetic": [True, False]})
    assert set(needed(communes([3000, 1000]), MODEL, bpi=bpi)["need_basis"]) == {"official"}


def test_a_departement_counted_in_full_where_nobody_is_listed_has_nobody() -> None:
    # The source covers 62 and 80 in full and lists one commune of 80: nobody in 62, which is no estimate of 750.
    table = communes([3000, 1000])
    table["departement_code"] = ["62", "80"]
    bpi = pd.DataFrame({"commune_code": ["62001"], "persons": pd.array([40], dtype="Int64"), "synthetic": [False]})
    found = needed(table, MODEL, bpi=bpi, bpi_departements=["62", "80"])
    assert found["need"].tolist() == [0.0, 4.0]
    assert found["need_basis"].tolist() == ["official", "official"]
    made_up = needed(table, MODEL, bpi=bpi.assign(synthetic=True), bpi_departements=["62", "80"])
    assert made_up["need_basis"].tolist() == ["synthetic", "synthetic"]
    # Not said to cover 62: its silence proves nothing, and the estimate stays.
    assert needed(table, MODEL, bpi=bpi, bpi_departements=["80"])["need_basis"].tolist() == ["estimate", "official"]


def test_social_housing_of_half_a_region_moves_nobody() -> None:
    table = communes([3000, 1000])
    table["departement_code"] = ["62", "80"]
    assert needed(table, MODEL, social=pd.Series({"62000": 10.0}))["need"].tolist() == [75.0, 25.0]


@given(st.lists(st.integers(0, 100_000), min_size=1, max_size=30).filter(lambda people: sum(people) > 0))
def test_the_spread_adds_up_to_the_total(population: list[int]) -> None:
    table = needed(communes(list(population)), MODEL)
    assert table["need"].sum() == pytest.approx(100.0, abs=0.01 * len(population))


def test_a_share_is_a_part() -> None:
    with pytest.raises(OptionError, match="entre 0 et 1"):
        NeedModel(share=15, share_source="test")


def test_shipped_model_says_that_the_share_is_a_hypothesis() -> None:
    model = need_model(Kind.ALPHABETISATION)
    assert "hypothèse" in model.share_source
    assert model.totals["32"] == 5053
    assert need_model(Kind.OEPRE).share is None
