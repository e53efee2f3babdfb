"""Groups of under-served communes: local Moran, with care for the many tests it makes.

Anselin L. (1995), Local indicators of spatial association (LISA), Geographical Analysis 27(2). Each commune is one
test; false discoveries are held to a stated share of what is announced (Benjamini & Hochberg, 1995; Caldas de Castro
& Singer, 2006).
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geo_integration.coverage.inequality import Better
from geo_integration.errors import LayerError, OptionError
from geo_integration.vocabulary import Term

FEWEST = 8
"""Fewest communes with a known value and a neighbour: with fewer, chance has too few ways to deal them."""

FALSE_DISCOVERIES = 0.05
"""Share of the groups announced that may be due to chance."""

_ROUND = 999
"""Permutations drawn at once, which are kept: 8 bytes for each and each commune."""

_TIE = 1e-9
"""Two statistics this near are equal: the observed one and the drawn ones are not summed in the same order."""

type Numbers = npt.NDArray[np.float64]


class Cluster(Term):
    """What a commune is among its neighbours."""

    UNDER_SERVED = (
        "under_served",
        "Groupe mal desservi",
        "under-served among under-served neighbours, more than chance explains",
    )
    WELL_SERVED = ("well_served", "Groupe bien desservi", "well served among well-served neighbours")
    ALONE_UNDER_SERVED = (
        "alone_under_served",
        "Mal desservie, voisines bien desservies",
        "under-served among well-served neighbours",
    )
    ALONE_WELL_SERVED = (
        "alone_well_served",
        "Bien desservie, voisines mal desservies",
        "well served among under-served neighbours",
    )
    NOT_TOLD = (
        "not_told_from_chance",
        "Non distinguable du hasard",
        "the test cannot tell: it does not say that there is no group, nor that the commune is well served",
    )
    NO_NEIGHBOUR = ("no_neighbour", "Sans voisine : non testée", "no neighbouring commune with a known value: no test")
    TOO_FEW = ("too_few", "Trop peu de communes : non testée", "too few communes with a known value to test")
    UNKNOWN = ("unknown", "Valeur inconnue", "the value is not known here")


class Neighbours(Term):
    """Who is whose neighbour."""

    TOUCHING = ("touching", "Communes qui se touchent", "queen contiguity: a common border or point")
    NEAREST = ("nearest", "Les plus proches", "the k nearest, between points inside the communes")


@dataclass(frozen=True)
class Clusters:
    """Groups found, and how sure they are.

    Attributes
    ----------
    communes : index as the values: ``cluster`` (:class:`Cluster` codes), ``local_moran``, ``p_value`` (of the test of
        this commune alone), ``q_value`` (once all tests are counted, Benjamini-Hochberg); null: not tested.
    moran, moran_p_value : global Moran's I and its two-sided p-value under randomisation; null: too few, or all equal.
    tested, islands, unknown : communes tested, without a neighbour, without a known value.
    fewest_detectable : fewest communes that must stand out as much as these permutations can show for any of them to
        be announced: smaller groups cannot be seen.
    permutations, seed, false_discoveries : of the test.
    """

    communes: pd.DataFrame
    moran: float
    moran_p_value: float
    tested: int
    islands: int
    unknown: int
    fewest_detectable: int
    permutations: int
    seed: int
    false_discoveries: float


def clusters(
    values: "pd.Series[float]",
    communes: gpd.GeoDataFrame,
    *,
    better: Better,
    seed: int,
    permutations: int = 9990,
    false_discoveries: float = FALSE_DISCOVERIES,
    neighbours: Neighbours = Neighbours.TOUCHING,
    nearest: int = 6,
) -> Clusters:
    """Return the groups of under-served communes that chance alone would not make.

    Parameters
    ----------
    values : hours or minutes by commune; null: not known. Finite: say beforehand what stands for an unreachable course.
    communes : same index; polygons (in a projected CRS for ``NEAREST``). A commune without one has no neighbour.
    better : which end of the values is the good one.
    seed : of the permutations.
    permutations : drawn for each commune; rounded up to a multiple of 999.
    false_discoveries : share of the communes announced that may be there by chance, 0 to 1.
    neighbours : who is a neighbour; ``nearest`` : how many, where it is by nearness.

    Raises
    ------
    OptionError
        Options out of range.
    LayerError
        Infinite values, different indexes, or no CRS that can tell which are nearest.

    Notes
    -----
    The p-value is two-sided: twice the smaller tail. It is counted here from the permutations ``esda`` keeps, equal
    values within rounding being ties: its own counts take a tie for a win or a loss by the last bit of a sum, which
    makes a third of the communes without any hour significant. Without numba or with it, esda may draw other
    permutations: the same installation gives the same bytes.
    """
    _check(values, communes, permutations, false_discoveries, nearest)
    if neighbours is Neighbours.NEAREST and (communes.crs is None or communes.crs.is_geographic):
        raise LayerError("contours sans projection en mètres", where="groupes de communes")
    drawn_up = (communes.geometry.notna() & ~communes.geometry.is_empty).to_numpy()
    known = np.flatnonzero(values.notna().to_numpy() & drawn_up)
    graph = _graph(communes.iloc[known], neighbours, nearest)
    has_neighbour = ~pd.Index(range(len(known))).isin(graph.isolates)
    alone = np.flatnonzero(values.notna().to_numpy() & ~drawn_up)
    islands, tested = np.concatenate([known[~has_neighbour], alone]), known[has_neighbour]
    rounds = -(-permutations // _ROUND)
    word = np.full(len(values), Cluster.UNKNOWN.value, dtype=object)
    figures = np.full((3, len(values)), np.nan)
    word[islands] = Cluster.NO_NEIGHBOUR.value
    y: Numbers = np.asarray(values, dtype=np.float64)[tested]
    moran = (float("nan"), float("nan"))
    if len(tested) < FEWEST:
        word[tested] = Cluster.TOO_FEW.value
    elif np.ptp(y) <= _TIE * np.abs(y).max():
        word[tested] = Cluster.NOT_TOLD.value
    else:
        if len(tested) < len(known):  # positions are those of the communes tested
            graph = _graph(communes.iloc[tested], neighbours, nearest)
        moran = _global(y, graph)
        found = _local(y, graph, rounds=rounds, seed=seed)
        q = _false_discoveries(found["p_value"].to_numpy())
        word[tested] = _named(found["quadrant"], q <= false_discoveries, better)
        figures[:, tested] = found["local_moran"], found["p_value"], q
    drawn = rounds * _ROUND
    return Clusters(
        pd.DataFrame(
            {
                "cluster": pd.Series(word, index=values.index, dtype="str"),
                **dict(zip(("local_moran", "p_value", "q_value"), figures, strict=True)),
            },
            index=values.index,
        ),
        *moran,
        len(tested),
        len(islands),
        int(values.isna().sum()),
        int(np.ceil(2 / (drawn + 1) * len(tested) / false_discoveries)) if len(tested) else 0,
        drawn,
        seed,
        false_discoveries,
    )


def _check(
    values: "pd.Series[float]",
    communes: gpd.GeoDataFrame,
    permutations: int,
    false_discoveries: float,
    nearest: int,
) -> None:
    if permutations <= 0 or not 0 < false_discoveries < 1 or nearest <= 0:
        raise OptionError(
            f"{permutations} permutations, {false_discoveries:g} de fausses découvertes, {nearest} voisines",
            where="groupes de communes",
            way_out="par exemple 9990 permutations, 0.05, 6 voisines",
        )
    if not values.index.equals(communes.index):
        raise LayerError("les valeurs et les contours ne sont pas des mêmes communes", where="groupes de communes")
    if np.isinf(values.to_numpy(dtype=np.float64)).any():
        raise LayerError("valeur infinie", where="groupes de communes", way_out="dire ce qui tient lieu d'inaccessible")


def _graph(communes: gpd.GeoDataFrame, neighbours: Neighbours, nearest: int) -> Any:  # noqa: ANN401 -- untyped library
    """Return who is whose neighbour, among these communes only, by position."""
    from libpysal.graph import Graph  # noqa: PLC0415 -- a second that `--help` need not pay

    plain = communes.geometry.reset_index(drop=True)
    if neighbours is Neighbours.TOUCHING:
        return Graph.build_contiguity(plain, rook=False)
    if len(plain) <= nearest:
        return Graph.from_arrays(np.arange(len(plain)), np.arange(len(plain)), np.zeros(len(plain)))
    return Graph.build_knn(plain.representative_point(), k=nearest)


def _global(y: Numbers, graph: Any) -> tuple[float, float]:  # noqa: ANN401 -- untyped library
    from esda.moran import Moran  # noqa: PLC0415 -- slow to load

    with _quiet():
        found = Moran(y, graph, transformation="r", permutations=0)
    return float(found.I), float(found.p_rand)


def _local(y: Numbers, graph: Any, *, rounds: int, seed: int) -> pd.DataFrame:  # noqa: ANN401 -- untyped library
    """Return ``local_moran``, ``quadrant`` (1 high-high, 2 low-high, 3 low-low, 4 high-low) and ``p_value``."""
    from esda.moran import Moran_Local  # noqa: PLC0415 -- slow to load

    above, below = np.zeros(len(y)), np.zeros(len(y))
    seeds = np.random.default_rng(seed).integers(0, 2**31 - 1, size=rounds)
    for one in seeds.tolist():
        with _quiet():
            found = Moran_Local(
                y, graph, permutations=_ROUND, seed=one, n_jobs=1, keep_simulations=True, alternative="greater"
            )
        margin = _TIE * np.maximum(1.0, np.abs(found.Is))[:, np.newaxis]
        observed = found.Is[:, np.newaxis]
        above += (found.rlisas >= observed - margin).sum(axis=1)
        below += (found.rlisas <= observed + margin).sum(axis=1)
    p = np.minimum(1.0, 2 * (np.minimum(above, below) + 1) / (rounds * _ROUND + 1))
    return pd.DataFrame({"local_moran": found.Is, "quadrant": found.q, "p_value": p})


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep esda from changing the warnings and numpy's shared generator of whoever calls."""
    state = np.random.get_state()  # noqa: NPY002 -- esda seeds the shared one
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        np.random.set_state(state)  # noqa: NPY002 -- the same


def _named(quadrant: "pd.Series[int]", significant: npt.NDArray[np.bool_], better: Better) -> "pd.Series[str]":
    """Turn quadrants into words, by which end is the good one."""
    more = {
        1: Cluster.WELL_SERVED,
        2: Cluster.ALONE_UNDER_SERVED,
        3: Cluster.UNDER_SERVED,
        4: Cluster.ALONE_WELL_SERVED,
    }
    less = {
        1: Cluster.UNDER_SERVED,
        2: Cluster.ALONE_WELL_SERVED,
        3: Cluster.WELL_SERVED,
        4: Cluster.ALONE_UNDER_SERVED,
    }
    words = {at: word.value for at, word in (more if better is Better.MORE else less).items()}
    return quadrant.map(words).where(significant, Cluster.NOT_TOLD.value).astype("str")


def _false_discoveries(p: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the p-values corrected by Benjamini and Hochberg (1995)."""
    from scipy.stats import false_discovery_control  # noqa: PLC0415 -- a second that `--help` need not pay

    return np.asarray(false_discovery_control(p, method="bh"), dtype=np.float64)
