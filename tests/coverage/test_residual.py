"""Who is left once every place is taken: by hand, where the order changes the answer, then for any table.

Two places and three communes, minutes both ways, 30 at most:

                 P (6 places)    Q (4 places)
    Amont  5     10              12
    Bourg  5     5               -
    Coteau 5     -               20

*Largest capacity first*: P takes Bourg's 5 (5 min) then 1 of Amont (10 min); Q takes Amont's 4 left (12 min). Left:
Coteau 5. *Most people first*: P has Amont and Bourg around, 10; Q has Amont and Coteau, 10: equal, so P is first again.
With 6 learners in Coteau Q has 11 and is first: it takes 4 of Amont (12 min), P then takes Bourg's 5 (5 min) and
Amont's last 1. Left: Coteau 6.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_integration.coverage.gaps import ReachPairs
from geo_integration.coverage.residual import Order, residual
from geo_integration.coverage.ways import Ways
from geo_integration.errors import LayerError, OptionError

type Minutes = dict[tuple[str, str], float]


def ground(minutes: Minutes, communes: str, places: str) -> Ways:
    """Return ways between things named by one letter; the same time both ways."""
    pairs = list(minutes)
    longer = np.array([minutes[pair] for pair in pairs], dtype=np.float32)
    part = ReachPairs(
        np.array([places.index(place) for _, place in pairs], dtype=np.int32),
        np.array([communes.index(commune) for commune, _ in pairs], dtype=np.int32),
        longer,
        longer,
    )
    served = np.ones(len(communes), dtype=np.bool_)
    return Ways.of([part], communes=list(communes), places=list(places), routable=served, horizon_minutes=90)


def places(**bounds: tuple[float, float]) -> pd.DataFrame:
    return pd.DataFrame.from_dict(bounds, orient="index", columns=["places_low", "places_high"])


GROUND = ground({("A", "P"): 10, ("B", "P"): 5, ("A", "Q"): 12, ("C", "Q"): 20}, "ABC", "PQ")
PLACES = places(P=(6, 6), Q=(4, 4))
NEED = pd.Series({"A": 5.0, "B": 5.0, "C": 5.0})


def left(need: "pd.Series[float]", order: Order, capacity: pd.DataFrame = PLACES, at: Ways = GROUND) -> list[float]:
    found = residual(at, capacity, need, cutoff_minutes=30, order=order)
    assert found.order is order
    assert found.communes["residual_low"].tolist() == found.communes["residual_high"].tolist()
    return found.communes["residual_low"].tolist()


def test_by_hand() -> None:
    assert left(NEED, Order.LARGEST_CAPACITY) == [0, 0, 5]
    assert left(NEED, Order.MOST_PEOPLE) == [0, 0, 5]
    found = residual(GROUND, PLACES, NEED.replace({"C": 6}), cutoff_minutes=30)
    assert found.places["served_low"].tolist() == [6, 4]
    assert found.places["left_low"].tolist() == [0, 0]


def test_each_order_has_its_own_answer() -> None:
    """One learner more makes an order out of a tie.

        P 3 places: A 10 min, B 5 min        Q 4 places: A 6 min, C 8 min        A 4, B 3, C 4

    *Largest capacity*: Q takes A's 4 (6 min), P takes B's 3. Left C 4.
    *Most people*: P has 7 around, Q 8: Q first, the same. With B 6: P has 10, Q 8: P takes 3 of B, Q takes A's 4. Left
    B 3, C 4. *Nearest pair*: B-P 5 min takes 3 of B; A-Q 6 min takes 4; C-Q: no place; A-P: none. The same.
    With A at P in 4 min the nearest pair fills P with A's 3, then Q takes A's last (6 min) and 3 of C (8 min): left
    B 3, C 1; while the largest capacity first fills Q with A's 4, and P with B's 3: left C 4.
    """
    near = ground({("A", "P"): 4, ("B", "P"): 5, ("A", "Q"): 6, ("C", "Q"): 8}, "ABC", "PQ")
    capacity, need = places(P=(3, 3), Q=(4, 4)), pd.Series({"A": 4.0, "B": 3.0, "C": 4.0})
    assert left(need, Order.LARGEST_CAPACITY, capacity, near) == [0, 0, 4]
    assert left(need, Order.NEAREST_PAIR, capacity, near) == [0, 3, 1]
    # Most people, with B 6: P has 10 around and goes first: A's 3 (4 min); Q: A's last, then 3 of C. Left B 6, C 1.
    crowded = need.where(need.index != "B", 6.0)
    assert left(crowded, Order.MOST_PEOPLE, capacity, near) == [0, 6, 1]
    assert left(crowded, Order.LARGEST_CAPACITY, capacity, near) == [0, 3, 4]


def test_the_low_capacity_gives_the_high_residual() -> None:
    found = residual(GROUND, places(P=(6, 10), Q=(2, 4)), NEED, cutoff_minutes=30)
    # Low: P takes B 5 and A 1, Q takes 2 of A: left A 2, C 5. High: P takes B 5 and A 5, Q takes 4 of C: left C 1.
    assert found.communes["residual_high"].tolist() == [2, 0, 5]
    assert found.communes["residual_low"].tolist() == [0, 0, 1]
    assert found.communes["served_low"].tolist() == [3, 5, 0]
    assert found.places["left_high"].tolist() == [0, 0]


def test_the_time_is_a_limit_as_shown() -> None:
    found = residual(GROUND, PLACES, NEED, cutoff_minutes=10)
    assert found.communes["residual_low"].tolist() == [4, 0, 5]  # Q is beyond for both


def test_unknown_need_may_take_every_place_unless_it_is_bounded() -> None:
    need = NEED.mask(NEED.index == "B")
    found = residual(GROUND, PLACES, need, cutoff_minutes=30)
    # Nobody in B: P serves A's 5, Q 4 of C. Six or more in B: P is theirs, Q serves 4 of A.
    assert found.communes["residual_low"].fillna(-1).tolist() == [0, -1, 1]
    assert found.communes["residual_high"].fillna(-1).tolist() == [1, -1, 5]
    assert found.communes["served_high"].isna().tolist() == [False, True, False]
    assert found.places["served_low"].tolist() == [6, 4]
    assert (found.communes_need_unknown, found.communes_unbounded) == (1, 1)
    found = residual(GROUND, PLACES, need, cutoff_minutes=30, need_high=pd.Series({"B": 5.0}))
    assert found.communes["residual_high"].fillna(-1).tolist() == [0, -1, 5]  # as if B had its 5
    assert found.communes["residual_low"].fillna(-1).tolist() == [0, -1, 1]  # as if it had none
    assert (found.communes_need_unknown, found.communes_unbounded) == (1, 0)


def test_wrong_options_are_refused() -> None:
    for minutes in (0, -5, 91):
        with pytest.raises(OptionError, match="minutes"):
            residual(GROUND, PLACES, NEED, cutoff_minutes=minutes)
    for wrong in ((-1.0, 2.0), (3.0, 2.0), (float("nan"), 2.0)):
        with pytest.raises(LayerError, match="capacité"):
            residual(GROUND, places(P=wrong), NEED, cutoff_minutes=30)
    with pytest.raises(LayerError, match="négatif"):
        residual(GROUND, PLACES, NEED - 6, cutoff_minutes=30)


@given(seed=st.integers(0, 100_000))
def test_the_bounds_hold_whatever_the_unknown_is(seed: int) -> None:
    """Trip by trip the order hangs on minutes alone: the residual of the true world is between the bounds."""
    generator = np.random.default_rng(seed)
    communes, sites = "ABCDE", "PQR"
    trips = {(c, p): float(generator.integers(1, 45)) for c in communes for p in sites if generator.random() < 0.6}
    at = ground(trips or {("A", "P"): 5.0}, communes, sites)
    true_need = pd.Series(generator.choice([0, 1, 2.5, 7, 40], len(communes)), list(communes))
    true_places = generator.choice([0.0, 1, 5, 12], len(sites))
    hidden, bounded = generator.random(len(communes)) < 0.4, generator.random(len(communes)) < 0.5
    told = places(
        **{
            name: (max(one - generator.choice([0, 3, 20]), 0), one + generator.choice([0, 4]))
            for name, one in zip(sites, true_places, strict=True)
        }
    )
    need_high = (true_need + generator.integers(0, 3, len(communes))).where(hidden & bounded)
    found = residual(
        at, told, true_need.mask(hidden), cutoff_minutes=30, order=Order.NEAREST_PAIR, need_high=need_high
    ).communes[~hidden]
    exact = places(**{name: (one, one) for name, one in zip(sites, true_places, strict=True)})
    truth = residual(at, exact, true_need, cutoff_minutes=30, order=Order.NEAREST_PAIR).communes[~hidden]
    assert (found["residual_low"] <= truth["residual_low"] + 1e-9).all()
    assert (truth["residual_low"] <= found["residual_high"] + 1e-9).all()


@given(seed=st.integers(0, 100_000), order=st.sampled_from(Order))
def test_nobody_is_lost_and_more_places_leave_nobody_more(seed: int, order: Order) -> None:
    generator = np.random.default_rng(seed)
    communes, sites = "ABCDEFG", "PQRS"
    trips = {(c, p): float(generator.integers(1, 60)) for c in communes for p in sites if generator.random() < 0.6}
    trips = trips or {("A", "P"): 5.0}
    low = generator.integers(0, 8, len(sites)).astype(float)
    capacity = pd.DataFrame({"places_low": low, "places_high": low + generator.integers(0, 8, len(sites))}, list(sites))
    need = pd.Series(generator.integers(0, 10, len(communes)).astype(float), list(communes))
    before = capacity.copy(), need.copy()
    at = ground(trips, communes, sites)
    hidden = need.mask(generator.random(len(need)) < 0.3)
    found = residual(at, capacity, hidden, cutoff_minutes=30, order=order, need_high=need)
    assert (found.communes["residual_low"].dropna() <= found.communes["residual_high"].dropna()).all()
    assert (found.communes["residual_low"].dropna() >= 0).all()
    whole = residual(at, capacity, need, cutoff_minutes=30, order=order)
    for bound in ("low", "high"):
        served = whole.communes[f"served_{bound}"]
        assert served.sum() == whole.places[f"served_{bound}"].sum()
        assert (whole.places[f"served_{bound}"] <= whole.places[f"places_{bound}"]).all()
        other = "high" if bound == "low" else "low"
        np.testing.assert_allclose(served + whole.communes[f"residual_{other}"], need)
    # No trip within the time is left with both a learner and a place.
    free, waiting = whole.places["left_low"], whole.communes["residual_high"]
    assert not any(free[place] > 0 and waiting[commune] > 0 for (commune, place), t in trips.items() if t <= 30)
    pd.testing.assert_frame_equal(capacity, before[0])
    pd.testing.assert_series_equal(need, before[1])
