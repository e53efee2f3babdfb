"""Why a course is told, in one sentence: what it answers of the question, what it does not."""

from typing import TYPE_CHECKING

from api.finder.words import ANSWERS
from geo_integration.messages import N_, Speech
from geo_integration.search.found import FoundOffer, Reach
from geo_integration.vocabulary import Criterion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api.finder.asked import Asked

FITS, UNKNOWN, FULL, NO = "fits", "unknown", "full", "no"

_REFUSED: "Mapping[Criterion, str]" = {
    Criterion.KIND: N_("c'est un autre type de cours"),
    Criterion.LEVEL: N_("c'est un autre niveau"),
    Criterion.SCHOOLING: N_("c'est pour des personnes avec une autre scolarité"),
    Criterion.AUDIENCE: N_("il est réservé à d'autres personnes"),
    Criterion.AGE: N_("l'âge demandé est différent"),
    Criterion.MODALITY: N_("il est par internet"),
    Criterion.COST: N_("il est payant"),
    Criterion.CHILD_CARE: N_("on ne garde pas les enfants"),
    Criterion.HOURS: N_("vous n'êtes pas libre à ces heures"),
    Criterion.START: N_("il commence trop tard"),
    Criterion.RECRUITMENT: N_("il ne prend plus personne"),
    Criterion.PLACE: N_("son adresse n'est pas connue"),
}
_FAR = {
    FITS: N_("C'est plus loin que ce que vous voulez. Ce cours convient."),
    UNKNOWN: N_("C'est plus loin que ce que vous voulez. Ce cours peut convenir : téléphonez."),
}
_NEAR = {
    (FITS, True, True): N_("C'est le plus proche qui convient pour : %(what)s."),
    (FITS, True, False): N_("C'est le cours le plus proche."),
    (FITS, False, True): N_("Ce cours convient pour : %(what)s."),
    (FITS, False, False): N_("Ce cours est ouvert."),
    (UNKNOWN, False, True): N_("Ce cours peut convenir pour : %(what)s. Téléphonez pour le reste."),
    (UNKNOWN, False, False): N_("Ce cours peut convenir. Téléphonez pour savoir."),
}
"""By fit, whether it comes first of those that fit, and whether it is known to answer something."""


def why(found: FoundOffer, fit: str, speech: Speech, asked: "Asked", *, first: bool, far: bool) -> str:
    """Say in one sentence why this course is told.

    Parameters
    ----------
    fit : what it is to who asks (:func:`api.finder.course.fit_of`).
    asked : the question: only what it asks about is said to be answered.
    first : the list's first. far : it takes longer than what is accepted; not so where no minutes are told of it.
    """
    if fit == NO:
        return _refused(found, speech)
    if fit == FULL:
        return speech.say(N_("Ce cours est complet. Demandez s'il y a une liste d'attente."))
    if far:
        return speech.say(_FAR[fit])
    what = speech.listed(_answered(found, speech, asked))
    nearest = first and fit == FITS and found.reach is Reach.WITHIN  # of a trip nobody knows, or none, nothing is near
    return speech.say(_NEAR[fit, nearest, bool(what)], what=what)


def _refused(found: FoundOffer, speech: Speech) -> str:
    what = speech.listed([speech.say(_REFUSED[one]) for one in found.refused])
    if not what:
        return speech.say(N_("Ce cours n'est pas pour vous, ou il est fini."))
    return speech.say(N_("Ce cours ne va pas : %(what)s."), what=what)


def _answered(found: FoundOffer, speech: Speech, asked: "Asked") -> list[str]:
    """Return what was asked and this course is sure to answer: judged, and neither refused nor unknown."""
    profile, dropped = asked.profile()
    judged = {
        Criterion.LEVEL: profile.level is not None,
        Criterion.KIND: bool(asked.goal) and profile.goal is not None and not dropped,
        Criterion.AUDIENCE: bool(profile.statuses),
        Criterion.HOURS: profile.free is not None,
        Criterion.CHILD_CARE: profile.child_care,
        Criterion.COST: profile.free_of_charge,
    }
    doubted = {*found.unknown, *found.refused}
    return [speech.say(ANSWERS[one]) for one, was in judged.items() if was and one not in doubted]
