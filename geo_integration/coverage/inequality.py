"""How unequally courses are within reach: need-weighted Gini, Theil, Palma and Lorenz curve, with intervals.

Each learner counts once: a commune weighs what its known learners weigh. Values are hours within reach (more is
better) or minutes of travel (less is better): the indices are the same, only their reading differs.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo_integration.errors import LayerError, OptionError
from geo_integration.vocabulary import Term

type Numbers = npt.NDArray[np.float64]

RICH, POOR = 0.1, 0.4
"""Palma: what the highest tenth holds, over what the lowest four tenths hold."""

_CHUNK = 200
"""Bootstrap samples weighed at once."""


class Index(Term):
    """A measure of inequality; 0 is perfect equality for all but Palma, for which it is 0.25."""

    GINI = ("gini", "Indice de Gini", "mean difference between two learners over twice the mean (Gini, 1912)")
    THEIL = ("theil", "Indice de Theil (T)", "mean of x/m ln(x/m) (Theil, 1967)")
    BETWEEN = ("theil_between", "dont entre territoires", "Theil of the means of the territories")
    WITHIN = ("theil_within", "dont à l'intérieur des territoires", "the rest of it")
    PALMA = ("palma", "Ratio de Palma", "share of the highest tenth over the share of the lowest four tenths")


class Better(Term):
    """Which end of a value is the good one."""

    MORE = ("more", "Plus c'est mieux", "hours within reach")
    LESS = ("less", "Moins c'est mieux", "minutes of travel")


@dataclass(frozen=True)
class Inequality:
    """How unequal a value is among learners.

    Attributes
    ----------
    indices : index :class:`Index` codes: ``estimate``, ``low``, ``high`` (percentile interval). Null: not defined
        (nobody has anything, or nobody is known). Palma is ``inf`` where the lowest four tenths have nothing.
    groups : one row per territory, sorted: ``group``, ``communes``, ``need``, ``mean``, ``theil`` (within it),
        ``within`` (what that adds to the Theil index) and ``between``; all ``within`` and ``between`` add up to it.
    curve : Lorenz curve: ``share_learners``, ``share_value``, both from 0 to 1, lowest values first.
    mean : mean of the value per learner.
    counted, need : communes and learners counted.
    unknown, need_unknown : communes left out because the value is not known, and their known learners.
    unreached, need_unreached : communes left out because the value is infinite (no course within the horizon), and
        their learners: the inequality told is only among the others.
    no_need : communes whose learners are not known: they have no weight.
    confidence, replicates, seed : of the intervals.
    """

    indices: pd.DataFrame
    groups: pd.DataFrame
    curve: pd.DataFrame
    mean: float
    counted: int
    need: float
    unknown: int
    need_unknown: float
    unreached: int
    need_unreached: float
    no_need: int
    confidence: float
    replicates: int
    seed: int


def inequality(
    values: "pd.Series[float]",
    need: "pd.Series[float]",
    groups: "pd.Series[str]",
    *,
    seed: int,
    replicates: int = 1000,
    confidence: float = 0.95,
    points: int = 101,
) -> Inequality:
    """Return the indices of inequality of a value among learners, with bootstrap intervals.

    Parameters
    ----------
    values : hours or minutes by commune; null: not known; ``inf``: no course within the horizon.
    need : learners, same index; null: not known, and the commune has no weight.
    groups : territory of each commune, same index, for the Theil index; null: a group of its own, of communes in none.
    seed : of the bootstrap: the same inputs and seed give the same intervals.
    replicates : bootstrap samples of communes (Efron & Tibshirani, 1993, percentile intervals); 0: no interval.
    confidence : of the intervals, 0 to 1.
    points : points of the Lorenz curve.

    Raises
    ------
    OptionError
        Options out of range.
    LayerError
        Negative values or needs, or different indexes.

    Notes
    -----
    Communes are drawn, each with its learners: the interval says how much the figure hangs on a few communes. It says
    nothing of errors in the need or in the times.
    """
    if replicates < 0 or not 0 < confidence < 1 or points <= 1:
        raise OptionError(
            f"{replicates} tirages, confiance {confidence:g}, {points} points", where="inégalités", way_out="vérifier"
        )
    if not (values.index.equals(need.index) and values.index.equals(groups.index)):
        raise LayerError("valeurs, besoins et territoires ne sont pas des mêmes communes", where="inégalités")
    value, people = _array(values), _array(need)
    if (value < 0).any() or (people < 0).any():
        raise LayerError("valeur ou besoin négatif", where="inégalités")
    no_need, unknown, unreached = np.isnan(people), np.isnan(value), np.isposinf(value)
    kept = np.flatnonzero(np.isfinite(value) & (people > 0))
    kept = kept[np.argsort(value[kept], kind="stable")]
    label = groups.astype("object").where(groups.notna(), "").astype(str).to_numpy()[kept]
    names, member = np.unique(label.astype(np.str_), return_inverse=True)
    x, w = value[kept], people[kept]
    estimate = _indices(x, w[np.newaxis, :], member, len(names))[:, 0]
    low, high = _interval(x, w, member, len(names), replicates=replicates, confidence=confidence, seed=seed)
    indices = pd.DataFrame(
        {"estimate": estimate, "low": low, "high": high}, index=pd.Index([one.value for one in Index], name="index")
    )
    known_people = np.nan_to_num(people)
    return Inequality(
        indices,
        _by_group(x, w, member, names),
        lorenz(values, need, points=points),
        float(x @ w / w.sum()) if len(x) else float("nan"),
        len(kept),
        float(w.sum()),
        int(unknown.sum()),
        float(known_people[unknown].sum()),
        int(unreached.sum()),
        float(known_people[unreached].sum()),
        int(no_need.sum()),
        confidence,
        replicates,
        seed,
    )


def lorenz(values: "pd.Series[float]", need: "pd.Series[float]", *, points: int = 101) -> pd.DataFrame:
    """Return the Lorenz curve (Lorenz, 1905): share of the total held by the share of learners who have least.

    Communes without a known, finite value or without learners are left out. ``points`` evenly spread shares of
    learners, both ends included; between two communes the curve is a straight line. Empty where there is no total.
    """
    x, w = _array(values), _array(need)
    kept = np.isfinite(x) & (w > 0)
    order = np.argsort(x[kept], kind="stable")
    x, w = x[kept][order], w[kept][order]
    total = float(x @ w)
    if total <= 0:
        return pd.DataFrame({"share_learners": [], "share_value": []}, dtype=np.float64)
    learners, held = _cumulated(x, w[np.newaxis, :])
    at = np.linspace(0, 1, points)
    return pd.DataFrame({"share_learners": at, "share_value": np.interp(at, learners[0], held[0])})


def _array(values: "pd.Series[float]") -> Numbers:
    return np.asarray(values, dtype=np.float64)


def _cumulated(x: Numbers, w: Numbers) -> tuple[Numbers, Numbers]:
    """Return cumulated shares of learners and of value, from 0 to 1; shapes (samples, communes + 1)."""
    zero = np.zeros((len(w), 1))
    learners, held = (np.concatenate([zero, np.cumsum(one, axis=1)], axis=1) for one in (w, w * x))
    with np.errstate(invalid="ignore", divide="ignore"):
        return learners / learners[:, -1:], held / held[:, -1:]


def _indices(x: Numbers, w: Numbers, member: npt.NDArray[np.intp], groups: int) -> Numbers:
    """Return the indices in the order of :class:`Index`, shape (indices, samples).

    Parameters
    ----------
    x : values, rising, shape (communes,).
    w : learners of each commune in each sample, shape (samples, communes).
    member : group of each commune.
    """
    if not len(x):
        return np.full((len(Index), len(w)), np.nan)
    learners, held = _cumulated(x, w)
    gini = 1 - np.sum(np.diff(learners, axis=1) * (held[:, 1:] + held[:, :-1]), axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (w @ x) / w.sum(axis=1)
        theil = (w @ _x_log_x(x)) / w.sum(axis=1) / mean - np.log(mean)
        of_group = np.zeros((groups, len(x)))
        of_group[member, np.arange(len(x))] = 1.0
        people, total = w @ of_group.T, (w * x) @ of_group.T
        share = total / total.sum(axis=1, keepdims=True)
        parity = people / people.sum(axis=1, keepdims=True)
        between = np.sum(np.where(share > 0, share * np.log(np.where(share > 0, share / parity, 1.0)), 0.0), axis=1)
        between = np.where(mean > 0, between, np.nan)
    poor, rich = (_share_of_lowest(learners, held, part) for part in (POOR, 1 - RICH))
    with np.errstate(invalid="ignore", divide="ignore"):
        palma = (1 - rich) / poor
    # Equality comes out as a few last bits on either side of 0.
    gini, theil, between = (np.where(np.isnan(one), np.nan, np.maximum(one, 0.0)) for one in (gini, theil, between))
    between = np.minimum(between, theil)
    return np.array([gini, theil, between, theil - between, palma])


def _x_log_x(x: Numbers) -> Numbers:
    return np.where(x > 0, x * np.log(np.where(x > 0, x, 1.0)), 0.0)


def _share_of_lowest(learners: Numbers, held: Numbers, part: float) -> Numbers:
    """Read the Lorenz curve of each sample at a share of learners."""
    return np.array([np.interp(part, across, up) for across, up in zip(learners, held, strict=True)])


def _interval(
    x: Numbers,
    w: Numbers,
    member: npt.NDArray[np.intp],
    groups: int,
    *,
    replicates: int,
    confidence: float,
    seed: int,
) -> tuple[Numbers, Numbers]:
    """Return the percentile interval of each index over samples of communes drawn with replacement."""
    if not replicates or not len(x):
        none = np.full(len(Index), np.nan)
        return none, none
    generator = np.random.default_rng(seed)
    even = np.full(len(x), 1 / len(x))
    parts = []
    for start in range(0, replicates, _CHUNK):
        times = generator.multinomial(len(x), even, size=min(_CHUNK, replicates - start))
        parts.append(_indices(x, w * times, member, groups))
    samples = np.concatenate(parts, axis=1)
    tail = (1 - confidence) / 2
    ends = np.full((2, len(Index)), np.nan)
    for at, sample in enumerate(samples):
        known = np.sort(sample[~np.isnan(sample)])
        if len(known):
            # Nearest rank: between two samples, one of which may be infinite, there is nothing to interpolate.
            ends[:, at] = np.quantile(known, [tail, 1 - tail], method="nearest")
    return ends[0], ends[1]


def _by_group(x: Numbers, w: Numbers, member: npt.NDArray[np.intp], names: npt.NDArray[np.str_]) -> pd.DataFrame:
    """Return what each territory adds to the Theil index."""
    rows = []
    mean = float(x @ w / w.sum()) if len(x) else float("nan")
    for at, name in enumerate(names):
        here = member == at
        people, total = float(w[here].sum()), float(x[here] @ w[here])
        theil = float(_indices(x[here], w[np.newaxis, here], np.zeros(int(here.sum()), dtype=np.intp), 1)[1, 0])
        share = total / (w.sum() * mean) if mean > 0 else float("nan")
        own = total / people
        within = share * theil if total > 0 else 0.0
        between = share * float(np.log(own / mean)) if total > 0 else 0.0
        rows.append((str(name), int(here.sum()), people, own, theil, within, between))
    columns = ["group", "communes", "need", "mean", "theil", "within", "between"]
    return pd.DataFrame(rows, columns=columns)
