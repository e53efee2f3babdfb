"""How many people are likely in a block of which only « fewer than the threshold » is told.

The middle of the class would be wrong: most small blocks have nobody or nearly, and there are many of them. So counts
are supposed to follow a negative binomial law whose mean grows with population (overdispersed counts: Greenwood and
Yule, 1920), fitted in each département to the *published classes* of its blocks (maximum likelihood of interval
censored counts). Nothing but published classes and populations enters, so nothing more is told.
"""

import numpy as np
import numpy.typing as npt
from scipy.special import betainc

type Floats = npt.NDArray[np.float64]

# A grid rather than an optimiser: the same point is chosen on every machine.
_SIZES = np.geomspace(0.02, 8, 9)  # the smaller, the more unequal
_RATES = 13
_LEAST = 1e-300


def likely(population: Floats, low: Floats, high: Floats) -> Floats:
    """Return the likely number of people of each block of one département.

    Parameters
    ----------
    population : inhabitants of each block; shape (blocks,).
    low, high : bounds of the class its people are told in; at least one low is above 0.

    Returns
    -------
    The expected number given that it is in the *lowest* class, under the law fitted to all blocks; shape (blocks,).
    Meant for the blocks in that class: for those above, the middle will do.
    """
    from scipy.stats import nbinom  # noqa: PLC0415 -- a second that `--help` need not pay

    inhabitants = max(population.sum(), 1.0)
    rates = np.geomspace(low.sum(), high.sum(), _RATES) / inhabitants  # the total lies between the two
    size, rate = (axis.ravel()[:, None] for axis in np.meshgrid(_SIZES, rates, indexing="ij"))
    best = int(np.argmax(_likelihood(low, high, rate * population, size)))
    size, mean = size[best, 0], rate[best, 0] * population
    counts = np.arange(low.min(), high.min() + 1)[:, None]
    weights = nbinom.pmf(counts, size, size / (size + mean))
    expected: Floats = (counts * weights).sum(axis=0) / np.maximum(weights.sum(axis=0), _LEAST)
    return expected


def _likelihood(low: Floats, high: Floats, mean: Floats, size: Floats) -> Floats:
    """Return the log-likelihood of the classes, by point of the grid.

    The negative binomial's probability of at most k is the regularised incomplete beta of (size, k + 1).
    """
    success = size / (size + mean)
    below = betainc(size, high + 1, success) - np.where(low > 0, betainc(size, np.maximum(low, 1), success), 0)
    above = betainc(np.maximum(low, 1), size, 1 - success) - betainc(high + 1, size, 1 - success)
    of_class = np.where(low > mean, above, below)  # each exact in its own tail
    likelihood: Floats = np.log(np.maximum(of_class, _LEAST)).sum(axis=1)
    return likelihood
