"""What the verdicts of an offer come to: one line for a page, and counts with both bounds."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from geo_integration.coverage.fit.judges import RANK
from geo_integration.vocabulary import Criterion, Fit

PRIORITY = "priorité aux"
"""How a priority begins: worth telling even where everything fits."""

_JOINT = " ; "
_CODE = {one.value: rank for one, rank in RANK.items()}
_FITS = {rank: one for one, rank in RANK.items()}


class Row(NamedTuple):
    """One verdict: on what (:class:`Criterion` code), its :data:`RANK`, and why."""

    criterion: str
    rank: int
    reason: str


class Told(NamedTuple):
    """What the verdicts of one offer come to.

    Attributes
    ----------
    fit : the worst of its own criteria and of its best session.
    rows : the verdicts behind it: its own, then those of the session that fits best; where none fits, of all that fit
        as badly.
    sessions_fit, sessions_may_fit : sessions through which it fits for sure, and may fit.
    """

    fit: Fit
    rows: tuple[Row, ...]
    sessions_fit: int
    sessions_may_fit: int

    @property
    def reasons(self) -> str:
        """Return, in French, refusals, then what is not known, then a priority."""
        return _told(self.rows)

    def criteria(self, fit: Fit) -> tuple[Criterion, ...]:
        """Return the criteria of that verdict, in the order of the vocabulary."""
        found = {row.criterion for row in self.rows if row.rank == RANK[fit]}
        return tuple(one for one in Criterion if one.value in found)


def summary(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Say of each offer whether it fits, and why not.

    Parameters
    ----------
    verdicts : what :func:`geo_integration.coverage.fit.judgement.verdicts` gives.

    Returns
    -------
    ``offer_id`` (sorted), ``fit`` (:class:`Fit`: the worst of the offer's own criteria and of its best session),
    ``reasons`` (French: refusals first, then what is not known, then a priority), ``sessions_fit`` and
    ``sessions_may_fit`` (sessions through which the offer fits for sure, and may fit; an offer without sessions counts
    as one).
    """
    found = {str(offer): told(table) for offer, table in _grouped(verdicts).items()}
    return pd.DataFrame(
        {
            "offer_id": pd.Series(list(found), dtype="str"),
            "fit": pd.Series([one.fit.value for one in found.values()], dtype="str"),
            "reasons": pd.Series([one.reasons for one in found.values()], dtype="str"),
            "sessions_fit": pd.Series([one.sessions_fit for one in found.values()], dtype="int64"),
            "sessions_may_fit": pd.Series([one.sessions_may_fit for one in found.values()], dtype="int64"),
        }
    ).sort_values("offer_id", ignore_index=True)


def bounds(
    fits: "pd.Series[str]", *, by: "pd.Series[str] | None" = None, weights: "pd.Series[float] | None" = None
) -> pd.DataFrame:
    """Count what fits, between what is sure and what is not ruled out.

    Parameters
    ----------
    fits : :class:`Fit` codes.
    by : what to count by (a commune, a kind…), same index; None for one row.
    weights : what each counts for (places, hours…), same index; 1 by default. One that is null is not known: it counts
        for nothing in ``low``, and ``high`` is then null.

    Returns
    -------
    ``low`` (only sure fits) and ``high`` (what is not known included), by value of ``by``, sorted; null last, for what
    has none.
    """
    group = pd.Series("", index=fits.index, dtype="str") if by is None else by
    unit = pd.Series(1.0, index=fits.index) if weights is None else weights.astype("float64")
    table = pd.DataFrame(
        {
            "group": group,
            "low": unit.where(fits.eq(Fit.FITS.value), 0.0).fillna(0.0),
            "high": unit.where(fits.ne(Fit.DOES_NOT_FIT.value), 0.0),
        }
    )
    by_group = table.groupby("group", dropna=False)
    return pd.DataFrame(
        {"low": by_group["low"].sum(), "high": by_group["high"].agg(lambda part: part.sum(skipna=False))}
    )


def _grouped(verdicts: pd.DataFrame) -> dict[str, dict[str | None, list[Row]]]:
    """Gather rows by offer, then by session; None: the offer's own."""
    found: dict[str, dict[str | None, list[Row]]] = {}
    session = verdicts["session_id"].astype(object).where(verdicts["session_id"].notna(), None)
    for offer, its, criterion, verdict, reason in zip(
        verdicts["offer_id"].tolist(),
        session.tolist(),
        verdicts["criterion"].tolist(),
        verdicts["verdict"].tolist(),
        verdicts["reason"].tolist(),
        strict=True,
    ):
        found.setdefault(offer, {}).setdefault(its, []).append(Row(criterion, _CODE[verdict], reason))
    return found


def told(parts: Mapping[str | None, Sequence[Row]]) -> Told:
    """Sum up the verdicts of one offer, given by session (None: its own), sessions by identifier."""
    own = parts.get(None, [])
    own_rank = _worst(own)
    sessions = [rows for session, rows in parts.items() if session is not None]
    ranks = [max(own_rank, _worst(rows)) for rows in sessions] or [own_rank]
    best = min((_worst(rows) for rows in sessions), default=0)
    behind: Sequence[Row] = [row for rows in sessions if _worst(rows) == best for row in rows]
    if best < RANK[Fit.DOES_NOT_FIT]:  # one session is enough: the others' unknowns are not this one's
        behind = min((rows for rows in sessions if _worst(rows) == best), key=_unknowns, default=())
    whole = _FITS[max(own_rank, best)]
    return Told(whole, (*own, *behind), ranks.count(0), sum(rank < RANK[Fit.DOES_NOT_FIT] for rank in ranks))


def _worst(rows: Iterable[Row]) -> int:
    return max((row.rank for row in rows), default=0)


def _unknowns(rows: Iterable[Row]) -> int:
    return sum(row.rank for row in rows)


def _told(rows: Sequence[Row]) -> str:
    reasons = [row.reason for rank in (RANK[Fit.DOES_NOT_FIT], RANK[Fit.UNKNOWN]) for row in rows if row.rank == rank]
    notes = [
        row.reason
        for row in rows
        if row.criterion == Criterion.AUDIENCE and not row.rank and row.reason.startswith(PRIORITY)
    ]
    return _JOINT.join(dict.fromkeys([*reasons, *notes]))
