"""A question about courses near a place, and its answer."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

from geo_integration.coverage.learner.profile import Profile
from geo_integration.errors import OptionError
from geo_integration.jobs.means import Means
from geo_integration.search.origin import Origin
from geo_integration.travel.transit.class_hours import HoursBasis, Slot
from geo_integration.vocabulary import Criterion, Fit, OfferStatus

HORIZON_MINUTES = 90.0
"""How far the nearest courses are looked for when nothing is in reach."""


class Reach(StrEnum):
    """Whether a course can be reached in the time accepted, there and back."""

    WITHIN = "within"
    REMOTE = "remote"
    NOT_KNOWN = "not_known"
    TOO_FAR = "too_far"

    @property
    def label(self) -> str:
        """Return it in French."""
        return _REACH[self]


_REACH = {
    Reach.WITHIN: "à portée",
    Reach.REMOTE: "à distance",
    Reach.NOT_KNOWN: "trajet non connu",
    Reach.TOO_FAR: "trop loin",
}


@dataclass(frozen=True)
class Search:
    """Who asks, from where, how they travel, how far, on which day.

    Attributes
    ----------
    origin : where they leave from.
    profile : the learner; its own ``minutes`` play no part.
    means : how they travel.
    minutes : longest trip accepted, each way.
    as_of : the day the offers are looked at.
    limit, offset : which part of the list.
    everything : also what does not fit or is too far, last.
    """

    origin: Origin
    as_of: date
    profile: Profile = field(default_factory=Profile)
    means: Means = field(default_factory=Means)
    minutes: float = 45.0
    limit: int = 20
    offset: int = 0
    everything: bool = False

    def __post_init__(self) -> None:
        """Refuse what makes no sense (OptionError)."""
        if not 0 < self.minutes <= 600:  # noqa: PLR2004 -- minutes, as the command line
            raise OptionError(
                f"une durée de {self.minutes:g} minutes", where="minutes", way_out="donner de 1 à 600 minutes"
            )
        if self.limit < 1 or self.offset < 0:
            raise OptionError("page vide", where="limit, offset", way_out="limit de 1 ou plus, offset de 0 ou plus")

    @property
    def learner(self) -> Profile:
        """Return what fit depends on of the profile."""
        return replace(self.profile, minutes=None)

    @property
    def horizon(self) -> float:
        """Return how far courses are looked for."""
        return max(HORIZON_MINUTES, self.minutes)


@dataclass(frozen=True)
class FoundOffer:
    """One course, for this learner, from this place.

    Attributes
    ----------
    card : what the source says of it, in plain fields (:mod:`geo_integration.search.cards`).
    fit, reasons : whether it fits, and why not or what is not known, in French.
    status : what it is to the learner that day; ``full``: it fits and refuses people.
    reach : whether it is in reach.
    out_minutes, back_minutes : there and back; None: not known, or beyond what was looked for (``too_far``).
    distance_metres : straight line; None without a place.
    class_hours : hours these minutes are for (timetables only).
    no_way_home : by timetable, one gets there and not back.
    sessions : the sessions to go to, else those under way, soonest first.
    unknown, refused : criteria behind ``reasons``: what the source does not say, and what refuses the learner; the
        offer's own and those of the session that fits best, in the order of the vocabulary.
    slot : the first meeting of the week these minutes are for; None but by timetable, and where no way was found.
    basis : where its hours come from: what of them is supposed.
    slots : every meeting these minutes are for, in the order of the week; of several, the minutes are those of the
        worse day.
    """

    card: Mapping[str, Any]
    fit: Fit
    reasons: str
    status: OfferStatus
    reach: Reach
    out_minutes: float | None
    back_minutes: float | None
    distance_metres: float | None
    class_hours: str | None = None
    no_way_home: bool = False
    sessions: tuple[Mapping[str, Any], ...] = ()
    unknown: tuple[Criterion, ...] = ()
    refused: tuple[Criterion, ...] = ()
    slot: Slot | None = None
    basis: HoursBasis | None = None
    slots: tuple[Slot, ...] = ()

    @property
    def offer_id(self) -> str:
        """Return its identifier."""
        return str(self.card["offer_id"])

    def plain(self) -> dict[str, Any]:
        """Return it as JSON takes it; minutes to a tenth, metres whole."""
        return {
            **self.card,
            "fit": self.fit.value,
            "fit_label": self.fit.label,
            "reasons": self.reasons,
            "status": self.status.value,
            "status_label": self.status.label,
            "full": self.status is OfferStatus.FULL,
            "reach": self.reach.value,
            "reach_label": self.reach.label,
            "out_minutes": _rounded(self.out_minutes),
            "back_minutes": _rounded(self.back_minutes),
            "distance_metres": None if self.distance_metres is None else round(self.distance_metres),
            "class_hours": self.class_hours,
            "no_way_home": self.no_way_home,
            "sessions": [dict(session) for session in self.sessions],
        }


@dataclass(frozen=True)
class Counts:
    """How many courses are what, over the whole list and not only the part shown.

    ``fits``, ``unknown``, ``full`` : in reach, remote ones included where the learner takes them. ``not_known`` : they
    fit or may, and their trip is not known. ``too_far`` : they fit or may, beyond the time. ``does_not_fit`` : refused.
    """

    fits: int
    unknown: int
    full: int
    not_known: int
    too_far: int
    does_not_fit: int


@dataclass(frozen=True)
class Near:
    """What the sources say of the place asked from.

    ``covered`` : ``yes``, ``partly`` (some of the kinds asked for), ``no`` (no source speaks of this département:
    finding nothing then says nothing), ``outside`` (not in France).
    """

    departement: str | None
    covered: str


@dataclass(frozen=True)
class Found:
    """The courses found.

    Attributes
    ----------
    items : the part of the list asked for, best first. total : length of the list.
    nearest : where no course sure to fit is in reach, the nearest that fit or may, however far.
    summary : the answer in one French sentence.
    near : whether any source covers the place.
    notes : what must be known of it. sources : what to cite. method : how it is made.
    snapshots, published_at : the data read. estimated, outline, synthetic : as in every answer.
    """

    question: Search
    items: tuple[FoundOffer, ...]
    total: int
    counts: Counts
    nearest: tuple[FoundOffer, ...]
    summary: str
    near: Near
    notes: tuple[str, ...]
    sources: tuple[Mapping[str, Any], ...]
    method: str
    snapshots: Mapping[str, str]
    published_at: str
    estimated: bool
    outline: bool
    synthetic: bool


def _rounded(minutes: float | None) -> float | None:
    return None if minutes is None or not math.isfinite(minutes) else round(minutes, 1)
