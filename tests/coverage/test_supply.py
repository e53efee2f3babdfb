"""Hours within reach of each learner: worked out on paper, then against PySAL ``access``, then for any table.

    learners      P1: 5 min     15 min      P2: 25 min     8 min
    Amont 10      1             -           -              -
    Bourg 20      -             0.68        0.22           -
    Coteau 5      -             -           -              1

P1 teaches 300 learner-hours a year, P2 120. With the slow weights of Luo & Qi (2009):

    R1 = 300 / (10 · 1 + 20 · 0.68) = 300 / 23.6 = 12.711864     R2 = 120 / (20 · 0.22 + 5 · 1) = 120 / 9.4 = 12.765957
    A(Amont) = 12.711864    A(Bourg) = 0.68 · 12.711864 + 0.22 · 12.765957 = 11.452579    A(Coteau) = 12.765957
    10 · 12.711864 + 20 · 11.452579 + 5 · 12.765957 = 420 = 300 + 120
"""

import numpy as np
import pandas as pd
import pytest
from access import Access, weights
from hypothesis import given
from hypothesis import strategies as st

from geo_integration.coverage.decay import LUO_QI_SLOW, Binary, Gaussian
from geo_integration.coverage.gaps import ReachPairs
from geo_integration.coverage.supply import Supply, merged_ways, supply
from geo_integration.coverage.ways import Ways
from geo_integration.errors import LayerError, OptionError

type Pair = tuple[str, str, float, float]

BY_HAND: list[Pair] = [
    ("Amont", "P1", 5, 5),
    ("Bourg", "P1", 12, 15),  # the longer way counts
    ("Bourg", "P2", 25, 20),
    ("Coteau", "P2", 8, 8),
]
NEED = pd.Series({"Amont": 10.0, "Bourg": 20.0, "Coteau": 5.0})


def ways(pairs: list[Pair], communes: list[str], places: list[str], *, routable: list[bool] | None = None) -> Ways:
    part = ReachPairs(
        np.array([places.index(place) for _, place, _, _ in pairs], dtype=np.int32),
        np.array([communes.index(commune) for commune, _, _, _ in pairs], dtype=np.int32),
        np.array([out for _, _, out, _ in pairs], dtype=np.float32),
        np.array([back for _, _, _, back in pairs], dtype=np.float32),
    )
    served = np.array(routable if routable is not None else [True] * len(communes))
    return Ways.of([part], communes=communes, places=places, routable=served, horizon_minutes=90)


def capacity(**bounds: tuple[float, float]) -> pd.DataFrame:
    return pd.DataFrame.from_dict(bounds, orient="index", columns=["learner_hours_low", "learner_hours_high"])


GROUND = ways(BY_HAND, ["Amont", "Bourg", "Coteau"], ["P1", "P2"])
CAPACITY = capacity(P1=(300, 300), P2=(120, 120))


def test_by_hand() -> None:
    found = supply(GROUND, CAPACITY, NEED, decay=LUO_QI_SLOW)
    np.testing.assert_allclose(found.communes["hours_low"], [12.711864, 11.452579, 12.765957], rtol=1e-6)
    np.testing.assert_allclose(found.communes["hours_high"], found.communes["hours_low"])
    np.testing.assert_allclose(found.places["ratio_low"], [12.711864, 12.765957], rtol=1e-6)
    np.testing.assert_allclose(found.places["demand_low"], [23.6, 9.4])
    assert found.communes["places_reached"].tolist() == [1, 2, 1]
    assert found.places["communes_reached"].tolist() == [2, 2]
    assert not found.communes["demand_partial"].any()
    assert float((NEED * found.communes["hours_low"]).sum()) == pytest.approx(420)


def test_capacity_bounds_give_hours_bounds() -> None:
    found = supply(GROUND, capacity(P1=(300, 600), P2=(0, 120)), NEED, decay=LUO_QI_SLOW)
    # R1 12.711864 to 25.423729, R2 0 to 12.765957
    np.testing.assert_allclose(found.communes["hours_low"], [12.711864, 8.644068, 0], rtol=1e-6)
    np.testing.assert_allclose(found.communes["hours_high"], [25.423729, 20.096646, 12.765957], rtol=1e-6)


def test_unknown_need_is_not_zero() -> None:
    """Bourg is not known: P1 is shared by Amont's 10 at least, P2 by Coteau's 5; Bourg's own hours are still told."""
    need = NEED.mask(NEED.index == "Bourg")
    found = supply(GROUND, CAPACITY, need, decay=LUO_QI_SLOW)
    # R1 = 300 / 10 = 30, R2 = 120 / 5 = 24; Bourg 0.68 · 30 + 0.22 · 24 = 25.68
    np.testing.assert_allclose(found.communes["hours_high"], [30, 25.68, 24])
    assert found.communes["demand_partial"].all()
    assert found.places["communes_need_unknown"].tolist() == [1, 1]


def test_a_masked_need_is_bounded() -> None:
    """Bourg's count is masked, 20 at most: the low bound is the table by hand, the high one has nobody in Bourg."""
    need, at_most = NEED.mask(NEED.index == "Bourg"), pd.Series({"Bourg": 20.0})
    found = supply(GROUND, CAPACITY, need, decay=LUO_QI_SLOW, need_high=at_most)
    np.testing.assert_allclose(found.communes["hours_low"], [12.711864, 11.452579, 12.765957], rtol=1e-6)
    np.testing.assert_allclose(found.communes["hours_high"], [30, 25.68, 24])
    assert not found.communes["demand_partial"].any()


def test_no_way_home_and_no_network_are_not_short_trips() -> None:
    pairs: list[Pair] = [("A", "P", 5, 5), ("B", "P", 5, np.inf), ("C", "P", 31, 5)]
    ground = ways(pairs, ["A", "B", "C", "D"], ["P"], routable=[True, True, True, False])
    need = pd.Series({"A": 10.0, "B": 10.0, "C": 10.0, "D": 10.0})
    found = supply(ground, capacity(P=(100, 100)), need, decay=Binary(30))
    # Only A shares P: 100 / 10. B cannot come home, C is too far: 0 hours, known. D: nobody knows.
    np.testing.assert_array_equal(found.communes["hours_low"], [10, 0, 0, np.nan])
    np.testing.assert_array_equal(found.communes["hours_high"], [10, 0, 0, np.nan])


def test_a_place_nobody_known_shares_gives_no_infinite_hours() -> None:
    pairs: list[Pair] = [("A", "P", 5, 5), ("Z", "P", 5, 5), ("Z", "Q", 5, 5), ("Y", "Q", 5, 5), ("Y", "E", 5, 5)]
    ground = ways(pairs, ["A", "Y", "Z"], ["E", "P", "Q"])
    need = pd.Series({"A": 10.0, "Y": 0.0, "Z": 0.0})
    found = supply(ground, capacity(P=(100, 100), Q=(50, 50)), need, decay=Binary(30))
    np.testing.assert_array_equal(found.places["ratio_high"], [0, 10, np.nan])  # E teaches nothing: 0, not 0 / 0
    # Z reaches P (10 hours) and Q (nobody): at least 10. Y reaches E (nothing taught) and Q: at least 0.
    np.testing.assert_array_equal(found.communes["hours_low"], [10, 0, 10])
    np.testing.assert_array_equal(found.communes["hours_high"], [10, np.nan, np.nan])
    alone = supply(ground.of_places([2]), capacity(Q=(50, 50)), need, decay=Binary(30))
    np.testing.assert_array_equal(alone.communes["hours_low"], [0, np.nan, np.nan])  # A reaches no place: 0, known


def test_a_catchment_beyond_the_trips_looked_for_is_refused() -> None:
    with pytest.raises(OptionError, match="120"):
        supply(GROUND, CAPACITY, NEED, decay=Binary(120))


@pytest.mark.parametrize("bounds", [(-1.0, 2.0), (3.0, 2.0), (np.nan, 2.0)])
def test_wrong_capacities_are_refused(bounds: tuple[float, float]) -> None:
    with pytest.raises(LayerError, match="capacité"):
        supply(GROUND, capacity(P1=bounds), NEED, decay=LUO_QI_SLOW)


def test_negative_need_is_refused() -> None:
    with pytest.raises(LayerError, match="négatif"):
        supply(GROUND, CAPACITY, NEED - 11, decay=LUO_QI_SLOW)


def test_an_offer_at_several_places_is_reached_by_the_shortest() -> None:
    pairs: list[Pair] = [("A", "tue", 20, 25), ("A", "thu", 10, 12), ("B", "tue", 5, np.inf), ("B", "thu", 8, 9)]
    merged = merged_ways(ways(pairs, ["A", "B"], ["thu", "tue"]), {"o1": [0, 1], "o2": [1], "o3": []})
    assert merged.places == ("o1", "o2", "o3")
    assert merged.place.tolist() == [0, 0, 1, 1]
    assert merged.commune.tolist() == [0, 1, 0, 1]
    assert merged.out_minutes.tolist() == [10, 8, 20, 5]
    assert merged.back_minutes.tolist() == [12, 9, 25, np.inf]


def random_ground(seed: int, communes: int = 12, places: int = 5) -> tuple[Ways, pd.DataFrame, "pd.Series[float]"]:
    """Return made-up ways, with pairs missing, capacities and need."""
    generator = np.random.default_rng(seed)
    names, sites = [f"c{n:02d}" for n in range(communes)], [f"p{n}" for n in range(places)]
    pairs: list[Pair] = [
        (commune, site, float(np.round(generator.uniform(0, 60), 1)), float(np.round(generator.uniform(0, 60), 1)))
        for site in sites
        for commune in names
        if generator.random() < 0.7
    ]
    low = generator.uniform(0, 500, places)
    bounds = pd.DataFrame({"learner_hours_low": low, "learner_hours_high": low * 2}, index=sites)
    return ways(pairs, names, sites), bounds, pd.Series(np.round(generator.uniform(0, 30, communes), 2), index=names)


def by_access(ground: Ways, bounds: pd.DataFrame, need: "pd.Series[float]") -> "pd.Series[float]":
    """Return E2SFCA by PySAL ``access``, on the longer of both ways."""
    cost = pd.DataFrame(
        {
            "origin": np.array(ground.communes)[ground.commune],
            "dest": np.array(ground.places)[ground.place],
            "cost": np.round(ground.longer_minutes.astype(float), 1),
        }
    )
    model = Access(
        demand_df=pd.DataFrame({"geoid": need.index, "need": need.to_numpy()}),
        demand_index="geoid",
        demand_value="need",
        supply_df=pd.DataFrame({"geoid": bounds.index, "hours": bounds["learner_hours_low"].to_numpy()}),
        supply_index="geoid",
        supply_value="hours",
        cost_df=cost,
        cost_origin="origin",
        cost_dest="dest",
        cost_name="cost",
    )
    found = model.enhanced_two_stage_fca(name="e", weight_fn=weights.step_fn({10: 1, 20: 0.68, 30: 0.22}))
    return found["e_hours"]


@pytest.mark.parametrize("seed", range(5))
def test_access_agrees(seed: int) -> None:
    """PySAL ``access`` gives the same hours wherever a commune has a pair and every place has a learner around."""
    ground, bounds, need = random_ground(seed)
    ours = supply(ground, bounds, need, decay=LUO_QI_SLOW)
    theirs = by_access(ground, bounds, need)
    known = theirs.notna()
    assert known.sum() >= 10
    np.testing.assert_allclose(ours.communes["hours_low"].to_numpy()[known], theirs[known], rtol=1e-9)
    assert (ours.communes["hours_low"][~known.to_numpy()] == 0).all()


def test_where_access_differs() -> None:
    """It leaves out a commune that reaches nothing (ours: 0 hours) and divides by the 0 learners around a place."""
    pairs: list[Pair] = [("A", "P", 5, 5), ("Z", "Q", 5, 5)]
    ground = ways(pairs, ["A", "N", "Z"], ["P", "Q"])
    need = pd.Series({"A": 10.0, "N": 3.0, "Z": 0.0})
    bounds = capacity(P=(100, 100), Q=(50, 50))
    theirs = by_access(ground, bounds, need)
    assert theirs["A"] == 10
    assert np.isnan(theirs["N"])
    assert np.isinf(theirs["Z"])
    ours = supply(ground, bounds, need, decay=LUO_QI_SLOW).communes
    np.testing.assert_array_equal(ours["hours_high"], [10, 0, np.nan])


def reached_capacity(found: Supply, column: str) -> float:
    return float(found.places.loc[found.places["demand_low"] > 0, column].sum())


@given(seed=st.integers(0, 10_000))
def test_hours_are_conserved(seed: int) -> None:
    ground, bounds, need = random_ground(seed, communes=8, places=4)
    need = need.where(np.random.default_rng(seed).random(len(need)) < 0.7, 0.0)
    for decay in (LUO_QI_SLOW, Gaussian(45, 20)):
        found = supply(ground, bounds, need, decay=decay)
        for bound in ("low", "high"):
            given_out = float((need * found.communes[f"hours_{bound}"]).sum())  # a null has nobody
            assert given_out == pytest.approx(reached_capacity(found, f"capacity_{bound}"))


@given(seed=st.integers(0, 10_000))
def test_what_is_not_known_only_widens_the_bounds(seed: int) -> None:
    ground, bounds, need = random_ground(seed, communes=8, places=4)
    hidden = np.random.default_rng(seed).random(len(need)) < 0.4
    truth = supply(ground, bounds, need, decay=LUO_QI_SLOW).communes
    found = supply(ground, bounds, need.mask(hidden), decay=LUO_QI_SLOW, need_high=need.where(hidden) + 3).communes
    low, high = found["hours_low"].fillna(0), found["hours_high"].fillna(np.inf)
    assert (low <= truth["hours_low"].fillna(np.inf) + 1e-9).all()
    assert (high >= truth["hours_high"].fillna(0) - 1e-9).all()


def test_inputs_are_not_changed_and_the_answer_is_the_same_twice() -> None:
    ground, bounds, need = random_ground(1)
    before = bounds.copy(), need.copy(), ground.out_minutes.copy()
    first = supply(ground, bounds, need, decay=LUO_QI_SLOW)
    second = supply(ground, bounds, need, decay=LUO_QI_SLOW)
    pd.testing.assert_frame_equal(first.communes, second.communes, check_exact=True)
    pd.testing.assert_frame_equal(bounds, before[0])
    pd.testing.assert_series_equal(need, before[1])
    np.testing.assert_array_equal(ground.out_minutes, before[2])
