"""A learner's profile in French words, to say beside the figures whom they are about."""

from geo_integration.coverage.learner.profile import WEEKDAYS, Profile
from geo_integration.vocabulary import HalfDay

_DAYS = dict(zip(WEEKDAYS, ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"), strict=True))


def profile_text(profile: Profile) -> str:
    """Return what is asked of a course for this learner, the kind and the level aside.

    >>> from geo_integration.vocabulary import Audience, Schooling
    >>> profile_text(Profile(schooling=Schooling.NONE, statuses=frozenset({Audience.BPI}), child_care=True))
    "jamais scolarisé, bénéficiaire de la protection internationale, avec garde d'enfants"
    """
    parts = [
        profile.schooling.label.lower() if profile.schooling else "",
        f"but : {profile.goal.label[:1].lower()}{profile.goal.label[1:]}" if profile.goal else "",
        _statuses(profile),
        "autres situations non connues" if profile.others_unknown and profile.statuses is not None else "",
        f"{profile.age} ans" if profile.age is not None else "",
        f"libre {_free(profile)}" if profile.free is not None else "",
        "avec garde d'enfants" if profile.child_care else "",
        "gratuit" if profile.free_of_charge else "",
        "à distance accepté" if profile.remote else "",
        f"commence au plus tard le {profile.starts_by:%d/%m/%Y}" if profile.starts_by else "",
        "" if profile.silence_is_open else "recrutement non précisé compté comme inconnu",
    ]
    return ", ".join(part for part in parts if part) or "aucune condition"


def _statuses(profile: Profile) -> str:
    if profile.statuses is None:
        return ""
    return ", ".join(sorted(f"{s.label[:1].lower()}{s.label[1:]}" for s in profile.statuses)) or "aucun public réservé"


def _free(profile: Profile) -> str:
    halves = list(HalfDay)
    ordered = sorted(profile.free or (), key=lambda one: (WEEKDAYS.index(one[0]), halves.index(one[1])))
    return ", ".join(f"{_DAYS[day]} {half.label.lower()}" for day, half in ordered)
