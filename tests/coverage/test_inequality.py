"""Indices of inequality: by hand, against PySAL ``inequality``, on a published example, then for any table."""

import math

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inequality.gini import Gini
from inequality.theil import TheilD
from libpysal import examples

from geo_integration.coverage.inequality import Index, Inequality, inequality, lorenz
from geo_integration.errors import LayerError, OptionError


def measured(
    values: list[float], need: list[float], groups: list[str | None] | None = None, *, replicates: int = 0
) -> Inequality:
    index = pd.Index([f"c{n:04d}" for n in range(len(values))])
    labels = pd.Series(groups if groups is not None else ["g"] * len(values), index=index, dtype="object")
    return inequality(
        pd.Series(values, index, dtype=float),
        pd.Series(need, index, dtype=float),
        labels,
        seed=7,
        replicates=replicates,
    )


def index(found: Inequality, one: Index) -> float:
    return float(found.indices["estimate"][one.value])


def test_gini_and_lorenz_by_hand() -> None:
    """Four learners have 1, 1, 2, 4 hours: 8 in all.

    Gini: differences of the 16 ordered pairs: |1-2| four times (2 · 2) = 4, |1-4| four times = 12, |2-4| twice = 4: 20;
    20 / (2 · 16 · 2) = 0.3125. Lorenz: 0, 1/8, 2/8, 4/8, 1.
    """
    found = measured([4, 1, 2], [1, 2, 1])
    assert index(found, Index.GINI) == pytest.approx(0.3125)
    assert found.mean == 2
    curve = lorenz(pd.Series([4.0, 1.0, 2.0]), pd.Series([1.0, 2.0, 1.0]), points=5)
    assert curve["share_learners"].tolist() == [0, 0.25, 0.5, 0.75, 1]
    np.testing.assert_allclose(curve["share_value"], [0, 0.125, 0.25, 0.5, 1])


def test_theil_by_hand() -> None:
    """Groups of two: {1, 3} and {2, 6}; mean 3, means 2 and 4, shares of the total 4/12 and 8/12.

    Between: 1/3 ln(2/3) + 2/3 ln(4/3) = 0.056633. Within: in both groups halves of 1/2 and 3/2 of the mean:
    1/4 ln(1/2) + 3/4 ln(3/2) = 0.130812, and the shares add up to 1. Theil: 0.187445.
    """
    found = measured([1, 3, 2, 6], [1, 1, 1, 1], ["x", "x", "y", "y"])
    assert index(found, Index.BETWEEN) == pytest.approx(1 / 3 * math.log(2 / 3) + 2 / 3 * math.log(4 / 3))
    assert index(found, Index.WITHIN) == pytest.approx(0.130812, abs=1e-6)
    assert index(found, Index.THEIL) == pytest.approx(0.187445, abs=1e-6)
    assert found.groups["group"].tolist() == ["x", "y"]
    np.testing.assert_allclose(found.groups["within"], [0.130812 / 3, 0.130812 * 2 / 3], atol=1e-6)
    np.testing.assert_allclose(found.groups["between"], [math.log(2 / 3) / 3, math.log(4 / 3) * 2 / 3])


def test_palma_by_hand() -> None:
    """Ten learners: 1, 1, 1, 1, 2, 2, 2, 2, 2, 6: the last tenth has 6, the first four 4: 1.5. Equality: 0.1 / 0.4."""
    found = measured([1, 2, 6], [4, 5, 1])
    assert index(found, Index.PALMA) == pytest.approx(1.5)
    assert index(measured([3, 3], [2, 8]), Index.PALMA) == pytest.approx(0.25)
    assert index(measured([0, 5], [5, 5]), Index.PALMA) == math.inf


def test_equality_is_zero_and_nothing_is_not_defined() -> None:
    equal = measured([3, 3, 3], [1, 5, 2], ["x", "y", "y"])
    assert equal.indices["estimate"].tolist()[:4] == [0, 0, 0, 0]
    for nothing in (measured([0, 0], [1, 2]), measured([1, 2], [0, 0]), measured([], [])):
        assert nothing.indices["estimate"].isna().all()
        assert nothing.curve.empty


def test_what_is_not_known_is_left_out_and_counted() -> None:
    found = measured([1, 3, math.nan, math.inf, 5, 7], [1, 1, 4, 2, math.nan, 0])
    assert index(found, Index.GINI) == pytest.approx(0.25)  # of 1 and 3: |1-3| · 2 / (2 · 4 · 2)
    assert (found.counted, found.need) == (2, 2)
    assert (found.unknown, found.need_unknown) == (1, 4)
    assert (found.unreached, found.need_unreached) == (1, 2)
    assert found.no_need == 1


def test_a_group_without_a_name_is_one_group() -> None:
    found = measured([1, 3, 2], [1, 1, 1], ["x", None, None])
    assert found.groups["group"].tolist() == ["", "x"]


def test_pysal_agrees_on_replicated_learners() -> None:
    generator = np.random.default_rng(3)
    values = np.round(generator.gamma(2, 30, 40), 2)
    need = generator.integers(1, 12, 40)
    groups = np.array(["x", "y", "z"])[generator.integers(0, 3, 40)]
    found = measured(values.tolist(), need.tolist(), groups.tolist())
    each = np.repeat(values, need)
    theirs = TheilD(each, np.repeat(groups, need))
    assert index(found, Index.GINI) == pytest.approx(Gini(each).g)
    assert index(found, Index.THEIL) == pytest.approx(theirs.T)
    assert index(found, Index.BETWEEN) == pytest.approx(float(theirs.bg[0]))
    assert index(found, Index.WITHIN) == pytest.approx(float(theirs.wg[0]))


def test_mexico_1940_as_published() -> None:
    """Income per head of the Mexican states, 1940, in Hanson's regions: 0.209 = 0.035 between + 0.174 within.

    Rey S. J. & Sastré-Gutiérrez M. L. (2010), Interregional inequality dynamics in Mexico, Spatial Economic Analysis
    5(3); the figures are those of the documentation of PySAL ``inequality`` (Theil, TheilD).
    """
    states = pd.read_csv(examples.get_path("mexico.csv"))
    need = [1.0] * len(states)
    found = measured(states["pcgdp1940"].astype(float).tolist(), need, states["hanson98"].astype(str).tolist())
    assert index(found, Index.THEIL) == pytest.approx(0.20894344, abs=1e-8)
    assert index(found, Index.BETWEEN) == pytest.approx(0.0345889, abs=1e-7)
    assert index(found, Index.WITHIN) == pytest.approx(0.17435454, abs=1e-7)


def test_intervals_are_those_of_the_seed_and_hold_the_estimate() -> None:
    generator = np.random.default_rng(5)
    values, need = generator.gamma(2, 30, 200).tolist(), generator.uniform(1, 20, 200).tolist()
    groups: list[str | None] = ["x", "y", "z", "t"] * 50
    first, second = (measured(values, need, groups, replicates=300) for _ in range(2))
    pd.testing.assert_frame_equal(first.indices, second.indices, check_exact=True)
    told = first.indices
    assert (told["low"] < told["high"]).all()
    assert told["estimate"][Index.GINI.value] > told["low"][Index.GINI.value]
    assert told["estimate"][Index.GINI.value] < told["high"][Index.GINI.value]


def test_the_bootstrap_draws_communes_with_replacement() -> None:
    """Of two learners with 0 and 1 hour, a sample holds both (Gini 1/2) or one of them twice (0, or not defined)."""
    found = measured([0, 1], [1, 1], replicates=200)
    assert (found.indices["low"]["gini"], found.indices["high"]["gini"]) == (0, 0.5)


@pytest.mark.parametrize(
    "options", [{"replicates": -1}, {"confidence": 0}, {"confidence": 1}, {"confidence": 1.5}, {"points": 1}]
)
def test_options_out_of_range_are_refused(options: dict[str, float]) -> None:
    one = pd.Series([1.0, 2.0])
    with pytest.raises(OptionError):
        inequality(one, one, one.astype(str), seed=1, **options)  # type: ignore[arg-type]


def test_negative_and_mismatched_tables_are_refused() -> None:
    one = pd.Series([1.0, 2.0])
    for value, need in ((-one, one), (one, -one), (one, one.set_axis(["a", "b"]))):
        with pytest.raises(LayerError):
            inequality(value, need, one.astype(str), seed=1)


WHOLE = st.lists(
    st.tuples(st.floats(0, 500), st.floats(0.01, 50), st.sampled_from(["x", "y", "z"])), min_size=2, max_size=40
)


@given(WHOLE, st.floats(0.1, 10))
def test_any_table(rows: list[tuple[float, float, str]], scale: float) -> None:
    values, need, groups = (list(column) for column in zip(*rows, strict=True))
    if sum(v * n for v, n in zip(values, need, strict=True)) < 1e-6:
        return
    found = measured(values, need, groups)
    told: npt.NDArray[np.float64] = found.indices["estimate"].to_numpy()
    assert 0 <= told[0] < 1
    assert told[1] >= 0
    # Parts add up to the whole, and territories to the parts.
    assert told[2] + told[3] == pytest.approx(told[1], abs=1e-12)
    assert found.groups["between"].sum() == pytest.approx(told[2], abs=1e-9)
    assert found.groups["within"].sum() == pytest.approx(told[3], abs=1e-9)
    # The unit of the value and of the need do not matter.
    other = measured([v * scale for v in values], [n * scale for n in need], groups)
    np.testing.assert_allclose(other.indices["estimate"], told, rtol=1e-6, atol=1e-9)
    assert (np.diff(found.curve["share_value"]) >= -1e-12).all()
    assert (found.curve["share_value"] <= found.curve["share_learners"] + 1e-9).all()
