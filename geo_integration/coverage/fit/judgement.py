"""Fit before minutes: which offers answer a learner, through which sessions, and why not the others.

Criterion by criterion, a course ``fits``, ``does_not_fit`` or is ``unknown``; the whole is the worst of them. A
criterion nobody asks about is not judged: it gives no row and refuses nothing. Modality, place and recruitment always
are; audience and age as soon as something is said of the learner (:attr:`Profile.described`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo_integration.coverage.fit.criteria import Asked, offer_rules
from geo_integration.coverage.fit.judges import CODES, Judged, judged, worst
from geo_integration.coverage.fit.sessions import STALE_DAYS, availability, session_rules, session_states
from geo_integration.coverage.fit.summary import bounds, summary
from geo_integration.coverage.learner.profile import Profile
from geo_integration.errors import MissingDataError, OptionError, ProfileError
from geo_integration.vocabulary import Criterion, Kind, Level, LocationQuality, Modality, OfferStatus

__all__ = [
    "STALE_DAYS",
    "availability",
    "bounds",
    "fit",
    "fitting_sessions",
    "session_states",
    "summary",
    "verdicts",
]

_ELSEWHERE = {Criterion.MODALITY, Criterion.PLACE}
"""Told by statuses of their own: remote and unplaced."""

_SURE, _MAYBE = 0, 1


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
    return _status(_judge(offers, sessions, _asked(kind, level, profile), as_of=as_of))


def verdicts(offers: pd.DataFrame, sessions: pd.DataFrame, profile: Profile, *, as_of: date) -> pd.DataFrame:
    """Judge every offer and session, criterion by criterion.

    Returns
    -------
    ``offer_id``, ``session_id`` (null for a criterion of the offer itself, and for an offer without sessions),
    ``criterion`` (:class:`Criterion`), ``verdict`` (:class:`Fit`), ``reason`` (French); by offer, session, then in the
    order of the vocabulary. What the profile does not ask about has no row.
    """
    found = _judge(offers, sessions, _asked(None, None, profile), as_of=as_of)
    judged_rows = [
        (one, subject)
        for subject, every in ((found.offers, found.of_offers), (found.subjects, found.of_sessions))
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
    rank = table["criterion"].map({one.value: position for position, one in enumerate(Criterion)})
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
    found = _judge(offers, sessions, _asked(kind, level, profile), as_of=as_of)
    whole = np.maximum(found.rank, worst(found.of_offers, len(found.offers))[found.offer])
    status = _status(found).reindex(found.offers["offer_id"]).to_numpy()[found.offer]
    table = session_states(sessions, as_of=as_of)
    for name, values in (
        ("fits", whole == _SURE),
        ("may_fit", whole <= _MAYBE),
        ("carries", _carries(found, status)),
    ):
        stated = pd.Series(values[~found.virtual], index=found.row[~found.virtual])
        table[name] = stated.reindex(range(len(sessions)), fill_value=False).to_numpy(dtype=bool)
    return table


@dataclass(frozen=True)
class _Judgement:
    """Every offer and session, judged.

    Attributes
    ----------
    offers : by ``offer_id``. of_offers : their criteria.
    subjects : the sessions of these offers, then one row per offer without any. of_sessions : their criteria.
    offer : position of each subject's offer. row : its position in the sessions given (-1: none).
    virtual : it has none.
    live : whether it runs. recruits : rank of recruitment.
    rank : worst of all but recruitment, and but modality and place, with those of the offer.
    """

    offers: pd.DataFrame
    of_offers: list[Judged]
    subjects: pd.DataFrame
    of_sessions: list[Judged]
    offer: npt.NDArray[np.intp]
    row: npt.NDArray[np.intp]
    virtual: npt.NDArray[np.bool_]
    live: npt.NDArray[np.bool_]
    recruits: npt.NDArray[np.int8]
    rank: npt.NDArray[np.int8]


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


def _judge(offers: pd.DataFrame, sessions: pd.DataFrame, asked: Asked, *, as_of: date) -> _Judgement:
    if "kind" not in offers:
        raise MissingDataError("la couche des offres n'a pas été classée", way_out="réimporter les offres")
    table = pd.DataFrame(offers).sort_values("offer_id", kind="stable").reset_index(drop=True)
    at = pd.Index(table["offer_id"]).get_indexer(pd.Index(sessions["offer_id"]))
    row = np.flatnonzero(at >= 0)
    silent = np.setdiff1d(np.arange(len(table)), at[row])
    offer = np.concatenate([at[row], silent])
    subjects = pd.DataFrame(sessions).iloc[row].reset_index(drop=True).reindex(range(len(offer)))
    subjects["offer_id"] = table["offer_id"].to_numpy()[offer]
    for name in ("title", "conditions", "registration"):
        if name in table:
            subjects[name] = table[name].to_numpy()[offer]
    virtual = np.arange(len(offer)) >= len(row)
    live = np.concatenate([session_states(sessions, as_of=as_of)["live"].to_numpy()[row], np.ones(len(silent), bool)])
    of_offers = [judged(table, rule) for rule in offer_rules(asked)]
    of_sessions = [judged(subjects, rule) for rule in session_rules(asked.profile, as_of=as_of)]
    *others, recruitment = of_sessions
    own = worst([one for one in of_offers if one.criterion not in _ELSEWHERE], len(table))
    rank = np.maximum(worst(others, len(offer)), own[offer])
    rows = np.concatenate([row, np.full(len(silent), -1)])
    return _Judgement(table, of_offers, subjects, of_sessions, offer, rows, virtual, live, recruitment.rank, rank)


def _status(found: _Judgement) -> "pd.Series[str]":
    table, count = found.offers, len(found.offers)

    def through(which: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        return np.bincount(found.offer, weights=which, minlength=count) > 0

    status = np.full(count, OfferStatus.OTHER.value, dtype=object)
    status[through((found.rank == _SURE) & found.live)] = OfferStatus.FULL.value
    status[through((found.rank <= _MAYBE) & (found.recruits <= _MAYBE))] = OfferStatus.UNKNOWN.value
    status[through((found.rank == _SURE) & (found.recruits == _SURE))] = OfferStatus.OPEN.value
    status[~through(found.live)] = OfferStatus.OVER.value
    status[table["location_quality"].eq(LocationQuality.NONE.value)] = OfferStatus.UNPLACED.value
    status[table["modality"].eq(Modality.REMOTE.value)] = OfferStatus.REMOTE.value
    return pd.Series(status, index=pd.Index(table["offer_id"], name="offer_id"), dtype="str")


def _carries(found: _Judgement, status: npt.NDArray[np.object_]) -> npt.NDArray[np.bool_]:
    sure, maybe = found.rank == _SURE, found.rank <= _MAYBE
    return np.select(
        [status == one.value for one in (OfferStatus.OPEN, OfferStatus.UNKNOWN, OfferStatus.FULL, OfferStatus.OTHER)],
        [
            sure & (found.recruits == _SURE),
            maybe & (found.recruits <= _MAYBE),
            sure & found.live,
            found.live,
        ],
        default=False,
    )


def _sessions_of(subject: pd.DataFrame) -> npt.ArrayLike:
    """Return the session of each row; null where the offers themselves are judged, or have none."""
    return subject["session_id"] if "session_id" in subject else np.full(len(subject), None, dtype=object)


def _joined(parts: Sequence[npt.ArrayLike]) -> npt.NDArray[np.object_]:
    return np.concatenate([np.asarray(part, dtype=object) for part in parts])
