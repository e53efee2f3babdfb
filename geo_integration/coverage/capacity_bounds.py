"""What stands for the places and hours a source does not state: bounds that say what they rest on."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo_integration.errors import OptionError
from geo_integration.vocabulary import Kind, Term

SCHOOL_WEEKS = 36.0
"""Weeks of class in a school year (Code de l'éducation, article L521-1)."""

ENOUGH = 10
"""Fewest sessions of a kind that state a figure for it to say something of the others."""

QUANTILES = (0.1, 0.9)
"""Which of them bound what the others do not state."""


class CapacityBasis(Term):
    """Where the capacity of a course comes from, surest first."""

    STATED = ("stated", "Déclarée", "places and hours are stated by the source")
    BOUNDED = ("bounded", "Encadrée par les cours comparables", "bounded by what courses of the same kind state")
    HYPOTHESIS = ("hypothesis", "Hypothèse", "too few comparable courses state it: a supposed range")


@dataclass(frozen=True)
class Range:
    """A low and a high bound, both above 0; OptionError otherwise."""

    low: float
    high: float

    def __post_init__(self) -> None:
        """Refuse a range that is empty, or that holds 0."""
        if not 0 < self.low <= self.high < float("inf"):
            raise OptionError(
                f"fourchette de {self.low:g} à {self.high:g}",
                where="hypothèses de capacité",
                way_out="donner deux nombres au-dessus de 0, le plus petit d'abord",
            )


@dataclass(frozen=True)
class Hypotheses:
    """What is supposed of a session where neither its source nor comparable ones say anything.

    Attributes
    ----------
    places : learners in a group, by kind.
    hours : hours a learner is taught in a year, by kind.
    weeks : weeks a session lasts when only its weekly hours are known.
    other_places, other_hours : the same for the other kinds.
    """

    places: Mapping[str, Range] = field(default_factory=lambda: {Kind.OEPRE.value: Range(8, 15)})
    hours: Mapping[str, Range] = field(
        default_factory=lambda: {Kind.OEPRE.value: Range(60, 120), Kind.CIR.value: Range(100, 600)}
    )
    weeks: Range = field(default_factory=lambda: Range(12, SCHOOL_WEEKS))
    other_places: Range = field(default_factory=lambda: Range(8, 20))
    other_hours: Range = field(default_factory=lambda: Range(60, 400))

    def describe(self) -> str:
        """Return them in one French sentence."""
        return (
            f"À défaut, hypothèses : groupes de {self.other_places.low:g} à {self.other_places.high:g} personnes, "
            f"{self.other_hours.low:g} à {self.other_hours.high:g} heures par an, sessions de {self.weeks.low:g} à "
            f"{self.weeks.high:g} semaines ; pour l'OEPRE, groupes de 8 à 15 et 60 à 120 heures (Éduscol, 2023)."
        )


HYPOTHESES = Hypotheses()
"""Those of the project. OEPRE: groups of 8 to 15, 60 to 120 hours a year (Éduscol, June 2023)."""


def reference(
    stated: npt.NDArray[np.float64],
    kind: "pd.Series[str]",
    supposed: Mapping[str, Range],
    other: Range,
) -> pd.DataFrame:
    """Return what bounds a figure that is not stated, by kind.

    Parameters
    ----------
    stated : the figure of every session, NaN where it is not stated, shape (sessions,).
    kind : kind of each session.
    supposed, other : what is supposed of a kind fewer than :data:`ENOUGH` sessions of which state it.

    Returns
    -------
    Index kind: ``low``, ``high``, ``basis`` (:class:`CapacityBasis`). Sessions that state 0 are left out.
    """
    rows = {}
    known = stated > 0
    for one in Kind:
        values = stated[known & kind.eq(one.value).to_numpy()]
        if len(values) >= ENOUGH:
            low, high = np.quantile(values, QUANTILES)
            rows[one.value] = (low, high, CapacityBasis.BOUNDED.value)
        else:
            bounds = supposed.get(one.value, other)
            rows[one.value] = (bounds.low, bounds.high, CapacityBasis.HYPOTHESIS.value)
    return pd.DataFrame.from_dict(rows, orient="index", columns=["low", "high", "basis"])
