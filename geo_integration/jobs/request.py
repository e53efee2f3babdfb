"""A question as a user puts it."""

from dataclasses import dataclass, field, replace
from datetime import date

from geo_integration.coverage.gaps import Question
from geo_integration.coverage.learner.profile import Profile
from geo_integration.disclosure import Viewer
from geo_integration.jobs.means import Means
from geo_integration.vocabulary import Kind, Level

HORIZON_MINUTES = 90.0
"""How far a nearest course is looked for when the cutoff is shorter; beyond, minutes are null."""


@dataclass(frozen=True)
class Request:
    """Where, which course, for whom, how far, by what means, when, and who asks."""

    territory: str
    kind: Kind
    minutes: float
    as_of: date
    level: Level | None = None
    means: Means = field(default_factory=Means)
    """How people travel."""
    viewer: Viewer = Viewer.ADMINISTRATOR
    share: float | None = None
    """Part of the people counted who need this kind of course; the shipped one by default."""
    learner: Profile | None = None
    """What else is known of the learner; its kind and level are those of the request."""

    def __post_init__(self) -> None:
        """Refuse a learner the kind or level contradicts (ProfileError)."""
        _ = self.profile

    @property
    def profile(self) -> Profile:
        """Return the learner who asks for this kind and level."""
        level = self.level or (self.learner.level if self.learner else None)
        return replace(self.learner or Profile(), kind=self.kind, level=level, minutes=self.minutes)

    def question(self) -> Question:
        """Return the part of it that coverage understands."""
        return Question(self.kind, self.minutes, self.as_of, self.profile.level, self.means.mode, self.means.engine)

    @property
    def horizon(self) -> float:
        """Return how far a nearest course is looked for, minutes."""
        return max(HORIZON_MINUTES, self.minutes)
