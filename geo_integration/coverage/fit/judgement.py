"""Fit before minutes: which offers answer a learner, through which sessions, and why not the others.

Criterion by criterion, a course ``fits``, ``does_not_fit`` or is ``unknown``; the whole is the worst of them. A
criterion nobody asks about is not judged: it gives no row and refuses nothing. Modality, place and recruitment always
are; audience and age as soon as something is said of the learner (:attr:`Profile.described`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo_integration.coverage.fit.criteria import Asked, offer_rules
from geo_integration.coverage.fit.judges import CODES, Judged, worst
from geo_integration.coverage.fit.sessions import STALE_DAYS, availability, session_rules, session_states
from geo_integration.coverage.fit.subjects import Subjects
from geo_integration.coverage.fit.summary import Row, Told, bounds, summary, told
from geo_integration.coverage.learner.profile import Profile
from geo_integration.errors import OptionError, ProfileError
from geo_integration.vocabulary import Criterion, Kind, Level, LocationQuality, Modality, OfferStatus

__all__ = [
    "STALE_DAYS",
    "Judgement",
    "Subjects",
    "Told",
    "availability",
    "bounds",
    "fit",
    "fitting_sessions",
    "judge",
    "session_states",
    "summary",
    "verdicts",
]

_ELSEWHERE = {Criterion.MODALITY, Criterion.PLACE}
"""Told by statuses of their own: remote and unplaced."""

_SURE, _MAYBE, _NOT = 0, 1, 2
_ORDER = {one.value: number for number, one in enumerate(Criterion)}


def fit(
    offers: pd.DataFrame,
    sessions: pd.DataFrame,
    *,
    kind: Kind | None = None,
    level: Level | None = None,
    as_of: date,
    profile: Profile | None = None,
) -> "pd.Series[str]":
    """Say what each offer is to someone who asks for a kind and a level, or to a learner.

    Parameters
    ----------
    offers, sessions : the layers of those names.
    kind : the kind asked for; it must be the offer's own kind, for no kind stands in for another.
    level : the entry level asked for; None takes every level.
    as_of : the day asked about; a session that ends before it is over.
    profile : who asks; its kind and level, where it has them, must be those given.

    Returns
    -------
    :class:`OfferStatus` codes, indexed by ``offer_id``, sorted: ``open`` where one session at least fits on every
    criterion and takes people; else ``unknown`` where nothing refuses; else ``full`` where only recruitment does, at
    every session that would fit; else ``other``. ``over``, ``remote`` and ``unplaced`` whatever the rest.

    Raises
    ------
    MissingDataError
        Offers that were not classified.
    OptionError, ProfileError
        Nothing asked; a kind or level that contradicts the profile.

    Notes
    -----
    A session whose recruitment state the source does not state counts as open, unless the profile says otherwise; so
    does an offer with no session. A kind or level that is ``unknown`` gives ``unknown``, never a guess either way.
    """
    return _judge(Subjects(offers, sessions), _asked(kind, level, profile), as_of=as_of).status


def verdicts(offers: pd.DataFrame, sessions: pd.DataFrame, profile: Profile, *, as_of: date) -> pd.DataFrame:
    """Judge every offer and session, criterion by criterion.

    Returns
    -------
    ``offer_id``, ``session_id`` (null for a criterion of the offer itself, and for an offer without sessions),
    ``criterion`` (:class:`Criterion`), ``verdict`` (:class:`Fit`), ``reason`` (French); by offer, session, then in the
    order of the vocabulary. What the profile does not ask about has no row.
    """
    found = judge(Subjects(offers, sessions), profile, as_of=as_of)
    judged_rows = [
        (one, subject.table)
        for subject, every in (
            (found.subjects.offers, found.of_offers),
            (found.subjects.sessions, found.of_sessions),
        )
        for one in every
    ]
    table = pd.DataFrame(
        {
            "offer_id": _joined([subject["offer_id"] for _, subject in judged_rows]),
            "session_id": _joined([_sessions_of(subject) for _, subject in judged_rows]),
            "criterion": _joined([np.full(len(one.rank), one.criterion.value, dtype=object) for one, _ in judged_rows]),
            "verdict": _joined([CODES[one.rank] for one, _ in judged_rows]),
            "reason": _joined([one.reasons for one, _ in judged_rows]),
        },
        dtype="str",
    )
    rank = table["criterion"].map(_ORDER)
    table = table.assign(rank=rank).sort_values(["offer_id", "session_id", "rank"], na_position="first", kind="stable")
    return table.drop(columns="rank").reset_index(drop=True)


def fitting_sessions(
    offers: pd.DataFrame,
    sessions: pd.DataFrame,
    profile: Profile | None = None,
    *,
    kind: Kind | None = None,
    level: Level | None = None,
    as_of: date,
) -> pd.DataFrame:
    """Say of each session what it is to who asks; same index as ``sessions``, boolean columns.

    Returns
    -------
    ``live`` : still runs. ``takes`` : still takes people, or is not said to refuse them. ``fits``, ``may_fit`` : fits
    for sure, or nothing refuses, on every criterion but recruitment, the offer's own included. ``carries`` : the offer
    has its status (:func:`fit`) through this session, so this is one to go to; for ``other`` offers every live one.
    Sessions of no offer given are none of these but ``live`` and ``takes``.
    """
    return _judge(Subjects(offers, sessions), _asked(kind, level, profile), as_of=as_of).sessions


def judge(subjects: Subjects, profile: Profile, *, as_of: date) -> "Judgement":
    """Judge offers and sessions laid out beforehand: the status, the sessions and the reasons of one judgement."""
    return _judge(subjects, _asked(None, None, profile), as_of=as_of)


@dataclass(frozen=True, eq=False)
class Judgement:
    """Every offer and session judged for one learner, on one day.

    Attributes
    ----------
    subjects : the offers, by ``offer_id``, and their sessions.
    as_of : the day.
    of_offers, of_sessions : their criteria; recruitment is the last of the sessions'.
    live : whether each session runs.
    rank : of each session, worst of all criteria but recruitment, and but modality and place, with the offer's.
    """

    subjects: Subjects
    as_of: date
    of_offers: tuple[Judged, ...]
    of_sessions: tuple[Judged, ...]
    live: npt.NDArray[np.bool_]
    rank: npt.NDArray[np.int8]

    @property
    def status(self) -> "pd.Series[str]":
        """Return what each offer is (:func:`fit`)."""
        index = pd.Index(self.subjects.offers.table["offer_id"], name="offer_id")
        return pd.Series(self.codes, index=index, dtype="str")

    @cached_property
    def codes(self) -> npt.NDArray[np.object_]:
        """Return the :class:`OfferStatus` code of each offer."""
        found, table, recruits = self.subjects, self.subjects.offers.table, self.of_sessions[-1].rank

        def through(which: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
            return np.bincount(found.offer, weights=which, minlength=len(found.offers)) > 0

        status = np.full(len(found.offers), OfferStatus.OTHER.value, dtype=object)
        status[through((self.rank == _SURE) & self.live)] = OfferStatus.FULL.value
        status[through((self.rank <= _MAYBE) & (recruits <= _MAYBE))] = OfferStatus.UNKNOWN.value
        status[through((self.rank == _SURE) & (recruits == _SURE))] = OfferStatus.OPEN.value
        status[~through(self.live)] = OfferStatus.OVER.value
        status[table["location_quality"].eq(LocationQuality.NONE.value)] = OfferStatus.UNPLACED.value
        status[table["modality"].eq(Modality.REMOTE.value)] = OfferStatus.REMOTE.value
        return status

    @property
    def fits(self) -> npt.NDArray[np.int8]:
        """Return the rank of each offer: the worst of its own criteria and of its best session, as :meth:`told`."""
        found = self.subjects
        own = worst(self.of_offers, len(found.offers))
        whole = worst(self.of_sessions, len(found.sessions))
        alone = found.virtual
        own[found.offer[alone]] = np.maximum(own[found.offer[alone]], whole[alone])
        best = np.full(len(own), _NOT, dtype=np.int8)
        np.minimum.at(best, found.offer[~alone], whole[~alone])
        best[found.offer[alone]] = _SURE
        return np.maximum(own, best)

    @property
    def sessions(self) -> pd.DataFrame:
        """Return what each session given is (:func:`fitting_sessions`)."""
        found = self.subjects
        whole = np.maximum(self.rank, worst(self.of_offers, len(found.offers))[found.offer])
        table = found.states(self.as_of).copy()
        for name, values in (
            ("fits", whole == _SURE),
            ("may_fit", whole <= _MAYBE),
            ("carries", self._carries(self.codes[found.offer])),
        ):
            stated = np.zeros(len(found.given), dtype=bool)
            stated[found.row[~found.virtual]] = values[~found.virtual]
            table[name] = stated
        return table

    def told(self, offer: int) -> Told:
        """Return what the verdicts of one offer, by position, come to; as :func:`summary`."""
        found = self.subjects
        parts: dict[str | None, list[Row]] = {None: [_row(one, offer) for one in self.of_offers]}
        if offer in found.alone:
            parts[None] += [_row(one, found.alone[offer]) for one in self.of_sessions]
            parts[None].sort(key=lambda row: _ORDER[row.criterion])
        for session in found.of_offer[offer].tolist():
            parts[found.ids[session]] = [_row(one, session) for one in self.of_sessions]
        return told(parts)

    def _carries(self, status: npt.NDArray[np.object_]) -> npt.NDArray[np.bool_]:
        sure, maybe, recruits = self.rank == _SURE, self.rank <= _MAYBE, self.of_sessions[-1].rank
        statuses = (OfferStatus.OPEN, OfferStatus.UNKNOWN, OfferStatus.FULL, OfferStatus.OTHER)
        return np.select(
            [status == one.value for one in statuses],
            [sure & (recruits == _SURE), maybe & (recruits <= _MAYBE), sure & self.live, self.live],
            default=False,
        )


def _asked(kind: Kind | None, level: Level | None, profile: Profile | None) -> Asked:
    """Join what is asked by name and by profile."""
    if profile is None:
        if kind is None:
            raise OptionError("ni type de cours ni profil", where="fit", way_out="donner l'un des deux")
        return Asked(frozenset({kind}), level, Profile())
    for name, given, own in (("type de cours", kind, profile.kind), ("niveau", level, profile.level)):
        if given is not None and own is not None and given is not own:
            raise ProfileError(
                f"{name} « {own.label} » dans le profil, « {given.label} » dans la question",
                where="profil",
                way_out="n'en garder qu'un",
            )
    whole = replace(profile, kind=kind or profile.kind, level=level or profile.level)
    return Asked(whole.kinds, whole.level, whole)


def _judge(subjects: Subjects, asked: Asked, *, as_of: date) -> Judgement:
    live = np.ones(len(subjects.offer), dtype=bool)
    stated = ~subjects.virtual
    live[stated] = subjects.states(as_of)["live"].to_numpy(dtype=bool)[subjects.row[stated]]
    of_offers = tuple(subjects.offers.judged(rule) for rule in offer_rules(asked))
    of_sessions = tuple(subjects.sessions.judged(rule) for rule in session_rules(asked.profile, as_of=as_of))
    own = worst([one for one in of_offers if one.criterion not in _ELSEWHERE], len(subjects.offers))
    rank = np.maximum(worst(of_sessions[:-1], len(subjects.offer)), own[subjects.offer])
    return Judgement(subjects, as_of, of_offers, of_sessions, live, rank)


def _row(judged: Judged, row: int) -> Row:
    return Row(judged.criterion.value, int(judged.rank[row]), judged.reason(row))


def _sessions_of(subject: pd.DataFrame) -> npt.ArrayLike:
    """Return the session of each row; null where the offers themselves are judged, or have none."""
    return subject["session_id"] if "session_id" in subject else np.full(len(subject), None, dtype=object)


def _joined(parts: Sequence[npt.ArrayLike]) -> npt.NDArray[np.object_]:
    return np.concatenate([np.asarray(part, dtype=object) for part in parts])
