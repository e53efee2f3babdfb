"""The classes figures about people are told in, and what one row of a released table may say."""

import numpy as np
import numpy.typing as npt

from geo_integration.vocabulary import Term

FEWEST = 3
"""No threshold may be lower: with 2, « fewer than 2 » would tell nobody from one person."""


class PersonsClass(Term):
    """What a viewer is told of the people of one commune."""

    EXACT = ("exact", "Effectif transmis", "the count as the source gave it: this viewer may see it")
    ESTIMATE = ("estimate", "Estimation publiée", "spread from a published total: describes nobody")
    ROUNDED = ("rounded", "Effectif arrondi", "the commune's own count, known to its class")
    GROUPED = ("grouped", "Effectif d'un groupe de communes", "part of the count of a group, spread by population")
    FEWER = ("fewer", "Moins que le seuil", "the commune, or its whole group, has fewer people than the threshold")
    WITHHELD = ("withheld", "Effectif masqué", "too few people counted in the département, or too little known there")
    UNKNOWN = ("unknown", "Inconnu", "no count and no published total")


def bounds(counts: npt.NDArray[np.float64], threshold: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the lowest and highest count of the class each count falls in.

    Classes are 0 to threshold-1, then threshold-1 values each: 0-10, 11-20, 21-30… for a threshold of 11. They are
    fixed, so that the class of one group never depends on another group.

    Parameters
    ----------
    counts : whole numbers of people, 0 or more; shape (n,).
    threshold : fewest people a figure may be about.
    """
    base = threshold - 1
    rank = np.maximum(np.ceil(counts / base), 1)
    high = rank * base
    return np.where(rank == 1, 0.0, high - base + 1), high
