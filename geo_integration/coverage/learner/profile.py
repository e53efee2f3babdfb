"""Who asks: what a learner has, wants and can do. A profile that contradicts itself is refused, never mended."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from geo_integration.errors import ProfileError
from geo_integration.vocabulary import Audience, Goal, HalfDay, Kind, Level, Schooling

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

type Free = frozenset[tuple[str, HalfDay]]
"""Weekday (``mon`` to ``sun``) and half-day, for each half-day somebody is free in."""

KINDS_OF_GOAL: dict[Goal, frozenset[Kind]] = {
    Goal.DAILY_LIFE: frozenset({Kind.FLE, Kind.ASL, Kind.ALPHABETISATION}),
    Goal.WORK: frozenset({Kind.FLE_PRO, Kind.FLE, Kind.ALPHABETISATION}),
    Goal.PARENT: frozenset({Kind.OEPRE}),
    Goal.DIPLOMA: frozenset({Kind.CERTIFICATION, Kind.FLE}),
    Goal.CIR: frozenset({Kind.CIR}),
    Goal.LITERACY: frozenset({Kind.ALPHABETISATION, Kind.ILLETTRISME}),
}
"""Kinds that answer a goal when no kind is asked by name; schooling then narrows them (see :attr:`Profile.kinds`)."""

KINDS_OF_SCHOOLING: dict[Schooling, frozenset[Kind]] = {
    Schooling.NONE: frozenset({Kind.ALPHABETISATION, Kind.ASL, Kind.OEPRE, Kind.CIR, Kind.CERTIFICATION}),
    Schooling.ELSEWHERE: frozenset(
        {Kind.FLE, Kind.FLE_PRO, Kind.ASL, Kind.OEPRE, Kind.CIR, Kind.CERTIFICATION, Kind.REMISE_A_NIVEAU}
    ),
    Schooling.FRENCH: frozenset({Kind.ILLETTRISME, Kind.REMISE_A_NIVEAU, Kind.OEPRE, Kind.CERTIFICATION}),
}
"""Kinds made for a schooling: alphabétisation for who never went to school, FLE for who did in another language,
illettrisme for who did in French. They never stand in for each other."""

IMPLIED: dict[Audience, frozenset[Audience]] = {
    Audience.BPI: frozenset({Audience.FOREIGNER}),
    Audience.CIR: frozenset({Audience.FOREIGNER}),
    Audience.ASYLUM_SEEKER: frozenset({Audience.FOREIGNER}),
    Audience.UNDER_18: frozenset({Audience.UNDER_25}),
}
"""What somebody also is."""

EXCLUDED: dict[Audience, frozenset[Audience]] = {
    Audience.BPI: frozenset({Audience.ASYLUM_SEEKER}),
    Audience.CIR: frozenset({Audience.ASYLUM_SEEKER}),
    Audience.ASYLUM_SEEKER: frozenset({Audience.BPI, Audience.CIR}),
}
"""What somebody cannot be as well."""

STATUS_OF_GOAL: dict[Goal | None, frozenset[Audience]] = {
    Goal.PARENT: frozenset({Audience.PARENT}),
    Goal.CIR: frozenset({Audience.CIR}),
}
"""What a goal says of who has it."""


@dataclass(frozen=True)
class Profile:
    """A learner. What is None is not asked, and then no course is refused for it.

    Attributes
    ----------
    kind : the kind of course asked for by name.
    level : entry level asked for.
    schooling : ``none``, ``elsewhere`` or ``french``.
    goal : what French is wanted for; it chooses kinds where none is asked by name.
    statuses : what the learner is (BPI, parent of a pupil, woman…), when it is known: a course reserved to others
        does not fit. None: not known, and a reserved course is ``unknown``. An empty set: none of them.
    age : years.
    free : half-days free for a class; None: any.
    child_care : needs somebody to look after children during class.
    free_of_charge : can pay nothing.
    remote : takes a remote course.
    starts_by : latest first day of class wanted.
    minutes : longest trip, minutes.
    silence_is_open : a source that says nothing of recruitment is believed to take people (what the project has
        always supposed, and says); if false, such a session is ``unknown``.
    others_unknown : what is not among ``statuses`` is not known, but for what they exclude; if false, it is not so.
    """

    kind: Kind | None = None
    level: Level | None = None
    schooling: Schooling | None = None
    goal: Goal | None = None
    statuses: frozenset[Audience] | None = None
    age: int | None = None
    free: Free | None = None
    child_care: bool = False
    free_of_charge: bool = False
    remote: bool = False
    starts_by: date | None = None
    minutes: float | None = None
    silence_is_open: bool = True
    others_unknown: bool = False

    def __post_init__(self) -> None:
        """Refuse a profile that contradicts itself (ProfileError)."""
        for wrong, what, way_out in _CONTRADICTIONS:
            if wrong(self):
                raise ProfileError(what(self), where="profil", way_out=way_out)

    @property
    def described(self) -> bool:
        """Say whether anything is said of the learner besides the course asked for and the trip.

        Where nothing is, nobody in particular asks, and courses reserved to some are not judged on it.
        """
        said = (self.schooling, self.goal, self.statuses, self.age, self.free, self.starts_by)
        return any(one is not None for one in said) or self.child_care or self.free_of_charge or self.remote

    @property
    def known_statuses(self) -> tuple[frozenset[Audience], frozenset[Audience]]:
        """Return what the learner is for sure, and what they are for sure not.

        A refugee, a CIR signatory, an asylum seeker are foreigners; who wants French for the children's school is a
        parent of a pupil, who wants the course the OFII prescribes has signed the CIR. An age decides on ages,
        and is not known where it is not given. Where no status is given, nothing else is known; where some are, what
        is not among them is not so — or, with ``others_unknown``, only what they exclude is not (:data:`EXCLUDED`).
        """
        given = (self.statuses or frozenset()) | STATUS_OF_GOAL.get(self.goal, frozenset())
        yes = given.union(*(IMPLIED.get(one, frozenset()) for one in given))
        no = self._not_so(yes)
        if self.age is not None:
            yes, no = yes - _AGES, no - _AGES
            minor, young = self.age < _ADULT, self.age <= _YOUNG
            yes |= {one for one, so in _of_age(minor=minor, young=young and self.age >= _YOUNGEST) if so}
            no |= {one for one, so in _of_age(minor=not minor, young=not young) if so}
        return yes, no

    def _not_so(self, yes: frozenset[Audience]) -> frozenset[Audience]:
        """Return what the learner is not, ages aside."""
        if self.statuses is None:
            return frozenset()
        if self.others_unknown:
            return frozenset().union(*(EXCLUDED.get(one, frozenset()) for one in yes))
        return frozenset(Audience) - yes - _AGES - {Audience.ANY}

    @property
    def kinds(self) -> frozenset[Kind]:
        """Return the kinds that answer; an empty set for any kind.

        The kind asked by name; else those of the goal, of the schooling, or of both.
        """
        if self.kind is not None:
            return frozenset({self.kind})
        of_goal = KINDS_OF_GOAL[self.goal] if self.goal is not None else None
        of_schooling = KINDS_OF_SCHOOLING.get(self.schooling) if self.schooling is not None else None
        if of_goal is None:
            return of_schooling or frozenset()
        return of_goal if of_schooling is None else of_goal & of_schooling


def _no_kind_left(profile: Profile) -> bool:
    return profile.kind is None and profile.goal is not None and not profile.kinds


def _kind_against_schooling(profile: Profile) -> bool:
    if profile.kind is None or profile.schooling is None:
        return False
    accepted = KINDS_OF_SCHOOLING.get(profile.schooling)
    return accepted is not None and profile.kind not in accepted


def _has(profile: Profile, *statuses: Audience) -> bool:
    return profile.statuses is not None and set(statuses) <= profile.statuses


def _wrong_free(profile: Profile) -> bool:
    return profile.free is not None and (not profile.free or any(day not in WEEKDAYS for day, _ in profile.free))


_OLDEST, _ADULT, _YOUNG, _YOUNGEST = 120, 18, 25, 16
_AGES = frozenset({Audience.UNDER_25, Audience.UNDER_18})


def _of_age(*, minor: bool, young: bool) -> tuple[tuple[Audience, bool], ...]:
    return (Audience.UNDER_18, minor), (Audience.UNDER_25, young)


_CONTRADICTIONS: tuple[tuple[Callable[[Profile], bool], Callable[[Profile], str], str], ...] = (
    (
        _kind_against_schooling,
        lambda p: (
            f"« {p.kind.label if p.kind else ''} » n'est pas fait pour une personne de scolarité "
            f"« {p.schooling.label if p.schooling else ''} »"
        ),
        "alphabétisation : jamais scolarisé ; FLE : scolarisé à l'étranger ; illettrisme : scolarisé en français",
    ),
    (
        _no_kind_left,
        lambda p: (
            f"aucun type de cours ne répond à la fois au but « {p.goal.label if p.goal else ''} » et à la scolarité "
            f"« {p.schooling.label if p.schooling else ''} »"
        ),
        "retirer l'un des deux, ou nommer le type de cours",
    ),
    (
        lambda p: p.kind is Kind.UNKNOWN or p.level is Level.UNKNOWN,
        lambda _: "« non précisé » ne peut pas être demandé",
        "ne rien demander accepte tous les types et tous les niveaux",
    ),
    (
        lambda p: p.schooling in {Schooling.ANY, Schooling.UNKNOWN},
        lambda p: f"« {p.schooling.label if p.schooling else ''} » n'est pas la scolarité d'une personne",
        "choisir none, elsewhere ou french, ou ne rien dire",
    ),
    (
        lambda p: p.level is Level.ALPHA and p.schooling is Schooling.FRENCH,
        lambda _: "niveau alpha (ne lit ni n'écrit aucune langue) et scolarité en français",
        "illettrisme : ne pas demander le niveau alpha",
    ),
    (
        lambda p: p.statuses is not None and Audience.ANY in p.statuses,
        lambda _: "« tout public » n'est pas la situation d'une personne",
        "nommer sa situation, ou ne rien dire",
    ),
    (
        lambda p: _has(p, Audience.ASYLUM_SEEKER, Audience.BPI) or _has(p, Audience.ASYLUM_SEEKER, Audience.CIR),
        lambda _: "un demandeur d'asile n'est ni bénéficiaire de la protection internationale ni signataire du CIR",
        "garder l'une des deux situations",
    ),
    (
        lambda p: p.goal is Goal.CIR and _has(p, Audience.ASYLUM_SEEKER),
        lambda _: "un demandeur d'asile n'est pas signataire du contrat d'intégration (CIR)",
        "changer de but, ou retirer la situation",
    ),
    (
        lambda p: p.age is not None and not 0 < p.age <= _OLDEST,
        lambda p: f"âge de {p.age} ans",
        "donner un âge de 1 à 120 ans",
    ),
    (
        lambda p: p.age is not None and p.age >= _ADULT and _has(p, Audience.UNDER_18),
        lambda p: f"{p.age} ans et mineur",
        "retirer l'un des deux",
    ),
    (
        lambda p: p.age is not None and p.age > _YOUNG and _has(p, Audience.UNDER_25),
        lambda p: f"{p.age} ans et moins de 25 ans",
        "retirer l'un des deux",
    ),
    (
        _wrong_free,
        lambda _: "aucune demi-journée libre, ou un jour inconnu",
        f"donner au moins une demi-journée, par exemple mon-morning ; jours : {', '.join(WEEKDAYS)}",
    ),
    (
        lambda p: p.minutes is not None and not 0 < p.minutes < float("inf"),
        lambda p: f"trajet de {p.minutes} minutes au plus",
        "donner une durée positive, en minutes",
    ),
)
