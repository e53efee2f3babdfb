"""What a newcomer can say of themselves, in plain sentences with a pictogram, and the learner each answer means."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geo_integration.coverage.learner.profile import WEEKDAYS, Free, Profile
from geo_integration.errors import ProfileError
from geo_integration.messages import N_
from geo_integration.vocabulary import Audience, Goal, HalfDay, Level, Mode, Schooling

if TYPE_CHECKING:
    from api.service import Service


@dataclass(frozen=True)
class Choice:
    """One answer: its code in addresses, its pictogram, what it says and what helps to choose it (messages)."""

    code: str
    icon: str
    label: str
    hint: str = ""


NEEDS = (
    Choice(
        "alpha",
        "letters",
        N_("Je ne lis et je n'écris dans aucune langue"),
        N_("Je ne suis pas allé à l'école, ou très peu."),
    ),
    Choice(
        "beginner",
        "speech-1",
        N_("Je lis ma langue. Je ne parle pas français."),
        N_("Je commence."),
    ),
    Choice(
        "little",
        "speech-2",
        N_("Je parle un peu français"),
        N_("Je sais dire mon nom, mon adresse, ce que je veux."),
    ),
    Choice(
        "everyday",
        "speech-3",
        N_("Je parle français tous les jours"),
        N_("Je me débrouille au magasin ou chez le médecin."),
    ),
    Choice(
        "good",
        "speech-4",
        N_("Je parle bien français"),
        N_("Je veux encore progresser."),
    ),
    Choice(
        "reading",
        "book",
        N_("Je parle français, mais lire et écrire est difficile"),
        N_("Je suis allé à l'école en français."),
    ),
)
GOALS = (
    Choice("daily", "basket", N_("Pour la vie de tous les jours"), N_("Les magasins, le médecin, la mairie.")),
    Choice("work", "briefcase", N_("Pour travailler"), N_("Trouver un travail, ou parler au travail.")),
    Choice("parent", "family", N_("Pour l'école de mes enfants"), N_("Parler avec l'école, aider mes enfants.")),
    Choice("diploma", "diploma", N_("Pour un diplôme ou un test"), N_("Carte de séjour, nationalité, études.")),
    Choice(
        "contract", "contract", N_("Pour mon contrat d'intégration (CIR)"), N_("L'OFII me demande d'aller en cours.")
    ),
)
WHO = (
    Choice("refugee", "shield", N_("Je suis réfugié, ou j'ai la protection subsidiaire")),
    Choice("asylum", "hourglass", N_("Je demande l'asile. J'attends la réponse.")),
    Choice("contract", "contract", N_("J'ai signé le contrat d'intégration (CIR)")),
    Choice("other", "question", N_("Autre situation")),
)
MODES = (
    Choice("transit", "bus", N_("En bus ou en train")),
    Choice("foot", "walk", N_("À pied")),
    Choice("bike", "bike", N_("À vélo")),
    Choice("car", "car", N_("En voiture")),
)
TIMES = (
    Choice("morning", "sunrise", N_("Le matin"), N_("avant 13 heures")),
    Choice("afternoon", "sun", N_("L'après-midi"), N_("de 13 heures à 18 heures")),
    Choice("evening", "moon", N_("Le soir"), N_("après 18 heures")),
    Choice("weekend", "weekend", N_("Samedi et dimanche")),
)
EXTRAS: Mapping[str, Choice] = {
    "care": Choice("1", "child", N_("Quelqu'un garde mes enfants pendant le cours")),
    "free": Choice("1", "free", N_("Le cours est gratuit"), N_("Je ne peux pas payer.")),
    "remote": Choice("1", "remote", N_("Les cours à distance aussi"), N_("Par téléphone ou par ordinateur.")),
}
"""What else may be asked, by name in addresses."""
UNSAID = Choice("", "question", N_("Je ne sais pas"))
"""The answer that says nothing."""
CHOICES: Mapping[str, tuple[Choice, ...]] = {"need": NEEDS, "goal": GOALS, "who": WHO, "mode": MODES}
"""Answers of which one is given, by name in addresses."""

_NEED: Mapping[str, tuple[Schooling | None, Level | None, Goal | None]] = {
    "": (None, None, None),
    "alpha": (Schooling.NONE, Level.ALPHA, None),
    "reading": (Schooling.FRENCH, None, Goal.LITERACY),
    "beginner": (Schooling.ELSEWHERE, Level.A1_1, None),
    "little": (Schooling.ELSEWHERE, Level.A1, None),
    "everyday": (Schooling.ELSEWHERE, Level.A2, None),
    "good": (Schooling.ELSEWHERE, Level.B1, None),
}
"""Schooling, level of entry, and the goal where none is said."""
_GOAL: Mapping[str, Goal] = {
    "daily": Goal.DAILY_LIFE,
    "work": Goal.WORK,
    "parent": Goal.PARENT,
    "diploma": Goal.DIPLOMA,
    "contract": Goal.CIR,
}
_WHO: Mapping[str, frozenset[Audience]] = {
    "refugee": frozenset({Audience.BPI}),
    "asylum": frozenset({Audience.ASYLUM_SEEKER}),
    "contract": frozenset({Audience.CIR}),
}
_MODE: Mapping[str, Mode] = {"foot": Mode.FOOT, "transit": Mode.TRANSIT, "bike": Mode.BIKE, "car": Mode.CAR}
_WEEKEND = ("sat", "sun")


def profile_of(need: str, goal: str, who: str, **rest: Any) -> Profile:  # noqa: ANN401 -- attributes of a profile
    """Return the learner these answers mean, "" being no answer; ProfileError where they contradict each other.

    Who reads no language and wants a diploma first needs to read: courses to pass a test alone would hide those.
    """
    if (need, goal) == ("alpha", "diploma"):
        raise ProfileError("un diplôme avant de savoir lire", where="goal", way_out="chercher sans ce but")
    schooling, level, meant = _NEED[need]
    statuses = _WHO.get(who)
    return Profile(
        schooling=schooling,
        level=level,
        goal=_GOAL.get(goal, meant),
        statuses=statuses,
        others_unknown=statuses is not None,
        **rest,
    )


def half_days(when: tuple[str, ...]) -> Free | None:
    """Return the half-days somebody is free in; None where nothing is said: any."""
    week = [day for day in WEEKDAYS if day not in _WEEKEND]
    found = {(day, half) for half in HalfDay if half.value in when for day in week}
    if "weekend" in when:
        found |= {(day, half) for day in _WEEKEND for half in HalfDay}
    return frozenset(found) or None


def mode_of(code: str, service: "Service") -> Mode:
    """Return the means of travel asked; not said: buses where a timetable is kept, else on foot."""
    return _MODE.get(code) or (Mode.TRANSIT if has_timetables(service) else Mode.FOOT)


def has_timetables(service: "Service") -> bool:
    """Say whether some timetable answers for this week, or for one like it."""
    return service.finder.timetable_week(service.today) is not None
