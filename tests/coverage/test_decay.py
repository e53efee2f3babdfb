"""What a trip weighs: by hand, then for any decay."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_integration.coverage.decay import (
    DECAYS,
    LUO_QI_QUICK,
    LUO_QI_SLOW,
    Binary,
    Decay,
    Exponential,
    Gaussian,
    Linear,
    Step,
    decay_named,
)
from geo_integration.errors import OptionError

MINUTES = np.array([0.0, 10.0, 10.04, 10.1, 20.0, 30.0, 30.04, 30.1, np.inf, np.nan])


def test_the_zones_of_luo_and_qi_2009() -> None:
    """Zones 0-10, 10-20, 20-30; as shown, 10.04 reads 10.0 and is in the first, 10.1 is in the second."""
    slow = [1, 1, 1, 0.68, 0.68, 0.22, 0.22, 0, 0, np.nan]
    quick = [1, 1, 1, 0.42, 0.42, 0.09, 0.09, 0, 0, np.nan]
    np.testing.assert_array_equal(LUO_QI_SLOW.weight(MINUTES), slow)
    np.testing.assert_array_equal(LUO_QI_QUICK.weight(MINUTES), quick)


def test_weights_by_hand() -> None:
    minutes = np.array([0.0, 15.0, 30.0, 30.1], dtype=np.float32)
    np.testing.assert_array_equal(Binary(30).weight(minutes), [1, 1, 1, 0])
    np.testing.assert_allclose(Linear(30).weight(minutes), [1, 0.5, 0, 0])
    np.testing.assert_allclose(Exponential(30, 15).weight(minutes), [1, 0.5, 0.25, 0])
    # exp(-15² / (2 · 15²)) = exp(-0.5) = 0.60653; exp(-30² / (2 · 15²)) = exp(-2) = 0.13534
    np.testing.assert_allclose(Gaussian(30, 15).weight(minutes), [1, 0.60653066, 0.13533528, 0])


def test_a_stretched_step_keeps_its_weights_and_says_so() -> None:
    wide = LUO_QI_SLOW.stretched(45)
    assert wide.ends == (15.0, 30.0, 45.0)
    assert wide.weights == LUO_QI_SLOW.weights
    assert "étirées" in wide.describe()
    assert LUO_QI_SLOW.stretched(30) is LUO_QI_SLOW
    assert "0,68 de 10 à 20 min" in LUO_QI_SLOW.describe()


@given(
    name=st.sampled_from(sorted(DECAYS)),
    catchment=st.floats(1, 180),
    minutes=st.lists(st.floats(0, 400) | st.just(float("inf")), min_size=1, max_size=20),
)
def test_any_decay_starts_at_one_and_never_rises(name: str, catchment: float, minutes: list[float]) -> None:
    decay: Decay = decay_named(name, catchment)
    weight = decay.weight(np.array([0.0, *sorted(minutes)]))
    assert weight[0] == 1
    assert (np.diff(weight) <= 0).all()
    assert ((weight >= 0) & (weight <= 1)).all()
    assert (decay.weight(np.array([decay.catchment_minutes + 0.2, np.inf])) == 0).all()
    assert decay.describe()


@pytest.mark.parametrize(
    ("ends", "weights"),
    [
        ((), ()),
        ((10.0, 20.0), (1.0,)),
        ((20.0, 10.0), (1.0, 0.5)),
        ((10.0, 20.0), (1.0, 1.2)),
        ((10.0, 20.0), (0.9, 0.5)),
        ((10.0, 20.0), (1.0, 0.0)),
        ((-1.0, 20.0), (1.0, 0.5)),
        ((10.0, float("inf")), (1.0, 0.5)),
        ((10.0, 20.0), (1.0, float("nan"))),
    ],
)
def test_zones_that_make_no_sense_are_refused(ends: tuple[float, ...], weights: tuple[float, ...]) -> None:
    with pytest.raises(OptionError):
        Step(ends, weights)


@pytest.mark.parametrize("minutes", [0, -5, float("inf"), float("nan")])
def test_a_catchment_out_of_range_is_refused(minutes: float) -> None:
    for name in DECAYS:
        with pytest.raises(OptionError, match="minutes"):
            decay_named(name, minutes)
    with pytest.raises(OptionError):
        Gaussian(30, minutes)
    with pytest.raises(OptionError):
        Exponential(30, minutes)


def test_unknown_names_and_negative_trips_are_refused() -> None:
    with pytest.raises(OptionError, match="douce") as error:
        decay_named("douce", 30)
    assert "slow" in error.value.way_out
    with pytest.raises(OptionError, match="-3"):
        Binary(30).weight(np.array([5.0, -3.0]))
