"""Groups of under-served communes: on a made-up chessboard, by hand, and against what chance alone gives."""

import itertools
import warnings
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from esda.moran import Moran_Local
from libpysal.graph import Graph
from scipy import stats
from shapely import box

from geo_integration.coverage.clusters import Cluster, Clusters, Neighbours, clusters
from geo_integration.coverage.inequality import Better
from geo_integration.errors import LayerError, OptionError

SIDE = 12


def board(side: int = SIDE) -> gpd.GeoDataFrame:
    """Return square communes of a kilometre, by row then column."""
    cells = list(itertools.product(range(side), range(side)))
    squares = [box(1000 * column, 1000 * row, 1000 * column + 1000, 1000 * row + 1000) for row, column in cells]
    names = [f"{row:02d}{column:02d}" for row, column in cells]
    return gpd.GeoDataFrame(geometry=squares, index=names, crs="EPSG:2154")


def noisy(seed: int = 1, side: int = SIDE) -> "pd.Series[float]":
    generator = np.random.default_rng(seed)
    return pd.Series(generator.uniform(20, 40, side * side), index=board(side).index)


def found_in(values: "pd.Series[float]", **options: Any) -> Clusters:  # noqa: ANN401 -- any option
    shapes = options.pop("communes", board())
    return clusters(values, shapes, **{"better": Better.MORE, "seed": 3, "permutations": 1998, **options})


def patch(values: "pd.Series[float]", low: float) -> "pd.Series[float]":
    """Return the values with a corner of five by five communes far below the others."""
    result = values.copy()
    for row, column in itertools.product(range(5), range(5)):
        result[f"{row:02d}{column:02d}"] = low + (row + column) / 10
    return result


def test_local_moran_by_hand() -> None:
    """Three by three, 1 in the middle and 0 around: mean 1/9, deviations 8/9 and -1/9, sum of squares 72/81 = 8/9.

    I of the middle: (n - 1) z_i · mean of its 8 neighbours' z / sum of z² = 8 · 8/9 · (-1/9) / (8/9) = -8/9.
    A corner has three neighbours, one of them the middle: mean of z (8/9 - 1/9 - 1/9) / 3 = 2/9; I = 8 · (-1/9) · 2/9 /
    (8/9) = -2/9.
    """
    values = pd.Series(0.0, index=board(3).index)
    values["0101"] = 1.0
    found = found_in(values, communes=board(3))
    assert found.communes["local_moran"]["0101"] == pytest.approx(-8 / 9)
    assert found.communes["local_moran"]["0000"] == pytest.approx(-2 / 9)


def test_an_under_served_corner_is_found_and_named_by_which_end_is_bad() -> None:
    inside = [f"{row:02d}{column:02d}" for row, column in itertools.product(range(4), range(4))]
    hours = found_in(patch(noisy(), 0.0))
    assert (hours.communes["cluster"][inside] == Cluster.UNDER_SERVED.value).all()
    assert hours.moran > 0.3
    assert hours.moran_p_value < 0.001
    minutes = found_in(-patch(noisy(), 0.0) + 100, better=Better.LESS)
    assert (minutes.communes["cluster"][inside] == Cluster.UNDER_SERVED.value).all()
    upside_down = found_in(-patch(noisy(), 0.0) + 100, better=Better.MORE)
    assert (upside_down.communes["cluster"][inside] == Cluster.WELL_SERVED.value).all()


def test_a_lone_commune_is_named_for_what_it_is() -> None:
    values = noisy() * 0.01 + 30
    for row, column in itertools.product(range(7), range(7)):
        values[f"{row:02d}{column:02d}"] += 30
    values["0303"] = 0.0
    found = found_in(values)
    assert found.communes["cluster"]["0303"] == Cluster.ALONE_UNDER_SERVED.value


def test_what_chance_deals_is_not_announced() -> None:
    """On ten boards of pure noise hardly anything is announced; uncorrected, one commune in twenty would be."""
    announced = raw = 0
    for seed in range(10):
        found = found_in(noisy(seed), permutations=999)
        announced += int(found.communes["cluster"].ne(Cluster.NOT_TOLD.value).sum())
        raw += int(found.communes["p_value"].le(0.05).sum())
    assert raw > 20
    assert announced <= 5


def test_the_q_value_is_benjamini_and_hochberg() -> None:
    """Q of the k-th smallest of m p-values: the least of p m / k over it and the larger ones; at most 1."""
    found = found_in(patch(noisy(), 0.0)).communes
    p = np.sort(found["p_value"].to_numpy())
    by_hand = np.minimum.accumulate((p * len(p) / np.arange(1, len(p) + 1))[::-1])[::-1]
    np.testing.assert_allclose(np.sort(found["q_value"].to_numpy()), np.minimum(by_hand, 1))


def test_equal_values_are_ties_to_us_and_significant_to_esda() -> None:
    """Two thirds of the board have no hour at all: a commune without any, among such, is what chance deals often.

    Counting its permutations as esda does, by exact comparison of sums made in another order, some of them come out as
    the most extreme of all.
    """
    values = noisy()
    values[np.random.default_rng(8).random(len(values)) < 0.7] = 0.0
    graph = Graph.build_contiguity(board().geometry.reset_index(drop=True), rook=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = Moran_Local(values.to_numpy(), graph, permutations=999, seed=3, alternative="greater")
    around = np.asarray(graph.transform("r").lag((values > 0).to_numpy().astype(float)))
    nothing = (values.to_numpy() == 0) & (around == 0)
    assert nothing.sum() >= 3
    margin = 1e-9
    exact = (theirs.rlisas >= theirs.Is[:, None]).mean(axis=1)[nothing]
    ties = (theirs.rlisas >= theirs.Is[:, None] - margin).mean(axis=1)[nothing]
    assert (exact < ties - 0.01).any()
    # What chance deals: k neighbours drawn among the others, all of them without any hour.
    others, empty = len(values) - 1, int((values == 0).sum()) - 1
    expected = stats.hypergeom(others, empty, graph.cardinalities.to_numpy()[nothing])
    ours = found_in(values, permutations=9990).communes["p_value"].to_numpy()[nothing]
    np.testing.assert_allclose(
        ours, np.minimum(1, 2 * expected.pmf(graph.cardinalities.to_numpy()[nothing])), atol=0.03
    )


def test_unknown_islands_and_too_few_are_said_apart() -> None:
    values = patch(noisy(), 0.0)
    shapes = board()
    far = gpd.GeoDataFrame(geometry=[box(90_000, 0, 91_000, 1000), None], index=["far", "none"], crs="EPSG:2154")
    shapes = gpd.GeoDataFrame(pd.concat([shapes, far]), crs="EPSG:2154")
    values = pd.concat([values, pd.Series({"far": 0.0, "none": 1.0})])
    values["1111"] = np.nan
    found = found_in(values, communes=shapes)
    told = found.communes["cluster"]
    assert (told["far"], told["none"], told["1111"]) == ("no_neighbour", "no_neighbour", "unknown")
    assert (found.tested, found.islands, found.unknown) == (SIDE * SIDE - 1, 2, 1)
    assert found.communes.loc[["far", "1111"], ["p_value", "q_value"]].isna().all(axis=None)
    few = found_in(noisy(side=2), communes=board(2))
    assert (few.communes["cluster"] == Cluster.TOO_FEW.value).all()
    flat = found_in(noisy() * 0 + 5)
    assert (flat.communes["cluster"] == Cluster.NOT_TOLD.value).all()
    assert np.isnan(flat.moran)


def test_the_fewest_communes_that_can_be_seen() -> None:
    """1998 permutations: p is 2/1999 at least; of 144 tests at 5 %, k must reach 2/1999 · 144 / 0.05 = 2.88: 3."""
    assert found_in(noisy()).fewest_detectable == 3


def test_the_nearest_may_be_neighbours() -> None:
    found = found_in(patch(noisy(), 0.0), neighbours=Neighbours.NEAREST)
    assert found.communes["cluster"]["0101"] == Cluster.UNDER_SERVED.value


def test_same_seed_same_answer_and_nothing_else_is_touched() -> None:
    values = patch(noisy(), 0.0)
    before = values.copy()
    np.random.seed(5)  # noqa: NPY002 -- the shared generator must be left where it was
    expected = np.random.random()  # noqa: NPY002 -- the same
    np.random.seed(5)  # noqa: NPY002 -- the same
    first = found_in(values)
    assert np.random.random() == expected  # noqa: NPY002 -- the same
    second = found_in(values)
    pd.testing.assert_frame_equal(first.communes, second.communes, check_exact=True)
    pd.testing.assert_series_equal(values, before)


def test_wrong_inputs_are_refused() -> None:
    values = noisy()
    for options in ({"permutations": 0}, {"false_discoveries": 0}, {"false_discoveries": 1}, {"nearest": 0}):
        with pytest.raises(OptionError):
            found_in(values, **options)
    with pytest.raises(LayerError, match="infinie"):
        found_in(values.where(values > 25, np.inf))
    with pytest.raises(LayerError, match="mêmes communes"):
        found_in(values.iloc[1:])
    with pytest.raises(LayerError, match="projection"):
        found_in(values, communes=board().to_crs(4326), neighbours=Neighbours.NEAREST)
