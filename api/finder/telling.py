"""What the list says of itself: its headline, what must be known before trusting it, how it was made."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from api.finder.asked import Asked
from geo_integration.jobs.means import Means
from geo_integration.messages import N_, Speech
from geo_integration.search import Found, Origin
from geo_integration.territories.tables import attributes
from geo_integration.vocabulary import Engine, Mode

INFO, WARNING, UNKNOWN = "info", "warning", "unknown"


@dataclass(frozen=True)
class Notice:
    """Something to know; ``kind`` is ``info``, ``warning`` or ``unknown`` (sources are silent: it is not « no »)."""

    kind: str
    text: str


def headline(speech: Speech, found: Found, *, distances: bool) -> str:
    """Return the answer in a sentence; finding nothing where nobody speaks is not said as « no course »."""
    counts = found.counts
    if counts.fits:
        time = speech.minutes(found.question.minutes)
        said = _counted(speech, counts.fits, described=found.question.profile.described)
        remote = found.question.profile.remote  # no trip to a remote course: the time is not of all of them
        return (
            said if distances or remote else speech.say(N_("%(courses)s, à %(time)s ou moins"), courses=said, time=time)
        )
    if found.near.covered in {"no", "outside"} and not counts.unknown and not counts.full:
        return speech.say(N_("Nous ne savons pas s'il y a des cours ici"))
    return _nothing_sure(speech, found, distances=distances)


def _nothing_sure(speech: Speech, found: Found, *, distances: bool) -> str:
    counts = found.counts
    if counts.unknown:
        return speech.say_n(
            "Aucun cours sûr pour vous. %(count)s cours à vérifier par téléphone.",
            "Aucun cours sûr pour vous. %(count)s cours à vérifier par téléphone.",
            counts.unknown,
        )
    if counts.full and not counts.not_known:
        return speech.say(N_("Les cours pour vous sont complets"))
    if counts.not_known:
        return speech.say_n(
            "%(count)s cours peut-être pour vous. On ne connaît pas le trajet.",
            "%(count)s cours peut-être pour vous. On ne connaît pas le trajet.",
            counts.not_known,
        )
    if distances:
        return speech.say(N_("Nous ne connaissons pas de cours pour vous près d'ici"))
    time = speech.minutes(found.question.minutes)
    return speech.say(N_("Nous ne connaissons pas de cours pour vous à %(time)s ou moins"), time=time)


def _counted(speech: Speech, count: int, *, described: bool) -> str:
    if described:
        return speech.say_n("%(count)s cours pour vous", "%(count)s cours pour vous", count)
    return speech.say_n("%(count)s cours ouvert", "%(count)s cours ouverts", count)


def notices(
    speech: Speech, found: Found, asked: Asked, week: date | None, *, distances: bool, today: date
) -> tuple[Notice, ...]:
    """Return what must be known before trusting a list, what matters most first."""
    told: list[Notice | None] = [covered_notice(speech, found.near.covered, found.near.departement)]
    if distances:
        told.append(Notice(UNKNOWN, speech.say(_NO_BUS)))
    elif week is not None:
        if _monday(week) != _monday(today):
            told.append(Notice(WARNING, speech.say(_OTHER_WEEK, day=speech.day(_monday(week).isoformat()))))
        told.append(Notice(INFO, speech.say(_ONLY_THESE)))
    told += [Notice(WARNING, speech.say(note)) for note in asked.profile()[1]]
    if asked.said:
        told.append(Notice(INFO, speech.say(N_("Vous avez écrit : « %(text)s »."), text=asked.said)))
    return tuple(one for one in told if one is not None)


_NO_BUS = N_(
    "On ne connaît pas les horaires de bus et de train ici. "
    "On montre la distance, pas le temps. Demandez comment venir et rentrer."
)
_ONLY_THESE = N_("On compte seulement les bus et les trains que nous connaissons. Il y en a peut-être d'autres.")
_OTHER_WEEK = N_(
    "Les heures de bus et de train sont celles de la semaine du %(day)s. Elles ont peut-être changé : vérifiez."
)


def covered_notice(speech: Speech, covered: str, departement: str | None = None) -> Notice | None:
    """Return the notice that sources are silent about a place, or about a part of what is asked there."""
    name = _departement(departement) if departement else ""
    if covered == "outside":
        return Notice(UNKNOWN, speech.say(N_("Aucune source ne couvre cet endroit : il est hors de France.")))
    if covered == "no":
        message = N_(
            "Aucune source ne couvre cet endroit (%(name)s). Il y a peut-être des cours que nous ne connaissons pas. "
            "Demandez aux contacts de cette page."
        )
        return Notice(UNKNOWN, speech.say(message, name=name))
    if covered == "partly":
        message = N_("Nous ne connaissons qu'une partie des cours ici (%(name)s). Il y a peut-être d'autres cours.")
        return Notice(UNKNOWN, speech.say(message, name=name))
    return None


def method(speech: Speech, origin: Origin, means: Means, *, distances: bool) -> tuple[str, ...]:
    """Say how the list was made, a sentence each."""
    told = [
        N_("D'abord les cours qui conviennent, puis les plus proches."),
        N_("Ce qu'un cours ne dit pas n'est ni oui ni non : il faut demander."),
    ]
    if distances:
        told.append(N_("Distance en ligne droite. L'ordre suit les routes."))
    else:
        told.append(_ENGINES[means.engine] if means.mode is Mode.CAR or means.engine is not Engine.OUTLINE
                    else N_("Temps estimé en ligne droite, plus 30 %%."))  # fmt: skip
        told.append(N_("Le plus long des deux trajets compte : aller ou retour."))
    if origin.commune_code is not None:
        told.append(N_("Le trajet part de la mairie. Chez vous, c'est peut-être plus long ou plus court."))
    return tuple(speech.say(one) for one in told)


_ENGINES = {
    Engine.OUTLINE: N_("Temps en voiture estimé sur les grandes routes."),
    Engine.STREETS: N_("Temps compté rue par rue."),
    Engine.OSRM: N_("Temps compté rue par rue."),
    Engine.TIMETABLE: N_("Temps compté avec les horaires des bus et des trains, et la marche rue par rue."),
    Engine.TIMETABLE_OUTLINE: N_(
        "Temps compté avec les horaires des bus et des trains. La marche est estimée en ligne droite, plus 30 %%."
    ),
}


@cache
def _departement(code: str) -> str:
    table = attributes("departements").set_index("code")["name"]
    return f"{table.get(code, '')}, {code}"


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
