"""What a siting question is: who is not covered, where a course could open, and the minutes between them.

Demand is a row (a commune), a candidate a column (a site, or a group at its hours). The models are in
:mod:`geo_integration.coverage.siting.models`.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from geo_integration.errors import LayerError, OptionError

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]
type Booleans = npt.NDArray[np.bool_]

PROOF = 1e-6
"""Relative difference below which a value and its bound are the same: that of the solver (HiGHS)."""

NOBODY = -1
"""No candidate."""


@dataclass(frozen=True)
class Covering:
    """A covering problem; what exists already is in it, and fixed.

    Attributes
    ----------
    weight : need of each row, learners; NaN where it is not known, which is not zero. Shape (demands,).
    candidates : number of candidates, in the order in which they are preferred where nothing else tells them apart.
    demand, candidate : positions, each pair once; shape (pairs,).
    minutes : the longer of there and back, finite; shape (pairs,). A pair that is absent is out of reach.
    covered : rows that what exists covers; shape (demands,).
    existing_minutes : to the nearest course that exists, ``inf`` for none, NaN for not known; shape (demands,).
    """

    weight: Floats
    candidates: int
    demand: Integers
    candidate: Integers
    minutes: Floats
    covered: Booleans
    existing_minutes: Floats

    def __post_init__(self) -> None:
        """Refuse what is no problem (LayerError)."""
        for wrong, what in _WRONG:
            if wrong(self):
                raise LayerError(what, where="problème d'implantation")

    @property
    def demands(self) -> int:
        """Return the number of rows."""
        return len(self.weight)

    def within(self, cutoff_minutes: float) -> Booleans:
        """Say which pairs are within a time, as shown: 45.04 reads 45.0 and is within 45; shape (pairs,)."""
        return np.asarray(np.round(self.minutes, 1) <= cutoff_minutes, dtype=np.bool_)


def _twice(problem: Covering) -> bool:
    pair = problem.demand.astype(np.int64) * max(problem.candidates, 1) + problem.candidate
    return len(np.unique(pair)) < len(pair)


def _lengths(problem: Covering) -> bool:
    rows = {len(problem.weight), len(problem.covered), len(problem.existing_minutes)}
    return len(rows) > 1 or len({len(problem.demand), len(problem.candidate), len(problem.minutes)}) > 1


def _outside(problem: Covering) -> bool:
    return any(
        len(at) and (at.min() < 0 or at.max() >= count)
        for at, count in ((problem.demand, len(problem.weight)), (problem.candidate, problem.candidates))
    )


_WRONG: tuple[tuple[Callable[[Covering], bool], str], ...] = (
    (_lengths, "les colonnes n'ont pas toutes la même longueur"),
    (_outside, "un trajet nomme une commune ou un lieu candidat qui n'existe pas"),
    (lambda p: bool((p.weight < 0).any() or np.isinf(p.weight).any()), "un besoin est négatif ou infini"),
    (lambda p: not bool((np.isfinite(p.minutes) & (p.minutes >= 0)).all()), "une durée n'est pas un nombre positif"),
    (_twice, "un même trajet est donné deux fois"),
)


@dataclass(frozen=True)
class Limit:
    """When to stop looking for a better answer and give the best known with its gap.

    Attributes
    ----------
    seconds : of computation. An answer that the clock stopped may differ from one machine to another.
    nodes : branches the solver looks at, None for any number: the same on every machine.
    clock : gives seconds.
    """

    seconds: float = 60.0
    nodes: int | None = None
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        """Refuse a limit that is none (OptionError)."""
        if not self.seconds >= 0 or (self.nodes is not None and self.nodes < 0):
            raise OptionError(
                f"limite de {self.seconds:g} s", where="--seconds", way_out="donner un nombre de secondes positif"
            )

    def started(self) -> "Running":
        """Start the clock."""
        return Running(self, self.clock() + self.seconds)


@dataclass(frozen=True)
class Running:
    """A limit whose clock runs."""

    limit: Limit
    end: float

    @property
    def left(self) -> float:
        """Return the seconds left, 0 for none."""
        return max(self.end - self.limit.clock(), 0.0)

    def part(self, share: float) -> "Running":
        """Return a clock that stops after a part of what is left."""
        return Running(self.limit, self.limit.clock() + share * self.left)


@dataclass(frozen=True)
class Plan:
    """Where to open, what that brings, and how sure it is to be the best.

    Attributes
    ----------
    model : ``mclp``, ``mclp_groups``, ``lscp`` or ``p_median``.
    chosen : candidates to open, the one that brings most first, then the one that brings most beside it, and so on.
        Fewer than asked where more would bring nothing. A candidate may come several times where it holds
        several groups.
    gains : what each brings beside those before it, in the unit of the model: learners newly covered, learner-minutes
        spared; for ``lscp`` the learners of known need newly covered.
    value : the objective: learners newly covered (to be large); number of sites, or learner-minutes (to be small).
    bound : proved bound: no choice can do better than this. Where candidates have a bonus, "better" counts it, for
        other choices too; the bonus of this choice is then taken off, as it is in ``value``.
    proven : whether no choice does better than ``value``, bonuses counted as above.
    found_by : ``greedy`` (one by one, then exchanges) or ``solver`` (HiGHS found better). Says nothing of the proof.
    assigned : candidate each newly covered row goes to, the nearest one chosen; -1 for none. Shape (demands,).
        For groups, the one that takes most of its learners.
    minutes : to it, NaN for none; shape (demands,).
    served : learners newly covered in each row, NaN where the need of a newly covered row is not known.
    impossible : rows that no candidate can cover and nothing covers; shape (demands,).
    """

    model: str
    chosen: tuple[int, ...]
    gains: tuple[float, ...]
    value: float
    bound: float
    proven: bool
    found_by: str
    assigned: Integers
    minutes: Floats
    served: Floats
    impossible: Booleans
    flows: tuple[tuple[int, int, float], ...] = field(default=(), repr=False)
    """For groups: row, candidate and learners, where there are any."""

    @property
    def gap(self) -> float:
        """Return how far the best answer can be, as a part of this one; 0 where it is proved."""
        if self.proven:
            return 0.0
        return abs(self.bound - self.value) / max(abs(self.value), PROOF)


def same(value: float, bound: float) -> bool:
    """Say whether a bound proves a value, to the precision of the solver."""
    return abs(bound - value) <= PROOF * max(1.0, abs(value))


def check_choice(problem: Covering, p: int) -> None:
    """Refuse a number of sites that cannot be chosen (OptionError)."""
    if problem.candidates == 0:
        raise OptionError(
            "aucun lieu candidat",
            where="--candidates",
            way_out="importer les établissements scolaires, ajouter « mairies », ou donner une liste de lieux",
        )
    if p < 1:
        raise OptionError(f"{p} lieu à choisir", where="-p", way_out="en demander au moins un")
    if p > problem.candidates:
        raise OptionError(
            f"{p} lieux à choisir parmi {problem.candidates} candidats",
            where="-p",
            way_out=f"en demander au plus {problem.candidates}, ou ajouter des candidats (mairies, liste de lieux)",
        )


def nearest_chosen(
    problem: Covering, chosen: tuple[int, ...], among: Booleans
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return each row's nearest chosen candidate over some pairs (-1: none), and its minutes (NaN: none).

    Of two as near, the one chosen first.
    """
    order_of = np.full(problem.candidates, -1, dtype=np.int64)
    for at, candidate in reversed(list(enumerate(chosen))):
        order_of[candidate] = at
    kept = np.flatnonzero(among & (order_of[problem.candidate] >= 0))
    order = kept[np.lexsort((order_of[problem.candidate[kept]], problem.minutes[kept], problem.demand[kept]))]
    row, first = np.unique(problem.demand[order], return_index=True)
    assigned = np.full(problem.demands, NOBODY, dtype=np.int64)
    minutes = np.full(problem.demands, np.nan)
    assigned[row] = problem.candidate[order[first]]
    minutes[row] = problem.minutes[order[first]]
    return assigned, minutes
