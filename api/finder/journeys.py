"""The way there and home in plain words: how long, by what, and what leaves last. How one gets home is always told."""

from collections.abc import Mapping
from dataclasses import dataclass

from api.finder.vehicles import ANY, BUS, Vehicle, kinds_of, steps_of
from geo_integration.jobs.means import Means
from geo_integration.messages import N_, Speech
from geo_integration.search.found import HORIZON_MINUTES, FoundOffer, Reach
from geo_integration.search.home import WayHome
from geo_integration.travel.transit.class_hours import WEEKDAYS, HoursBasis, Slot
from geo_integration.travel.transit.engine import Journey
from geo_integration.travel.transit.there_and_back import LONG_WAIT_MINUTES
from geo_integration.vocabulary import Engine, Mode


@dataclass(frozen=True)
class Trip:
    """The way to one course and home, in words of one language.

    Attributes
    ----------
    there, back : « 35 minutes en bus »; None where not known.
    home : how one gets home: always a sentence. icon : its pictogram. bad : there is no good way home.
    by : pictogram of the way there.
    warnings : what must not be missed: hours that are supposed, a long wait. notes : what these minutes are for.
    out_steps, back_steps : the journeys, one sentence a leg; by timetable only.
    """

    there: str | None
    back: str | None
    home: str
    icon: str
    bad: bool = False
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    out_steps: tuple[str, ...] = ()
    back_steps: tuple[str, ...] = ()
    by: str = "pin"


@dataclass(frozen=True)
class _Said:
    """What is said of one means of travel; ``%(time)s`` is a length of time, « plus de 1 h 30 » included."""

    icon: str
    there: str
    back: str


_MODES: Mapping[Mode, _Said] = {
    Mode.FOOT: _Said("walk", N_("%(time)s à pied"), N_("Retour à pied : %(time)s")),
    Mode.BIKE: _Said("bike", N_("%(time)s à vélo"), N_("Retour à vélo : %(time)s")),
    Mode.CAR: _Said("car", N_("%(time)s en voiture"), N_("Retour en voiture : %(time)s")),
    Mode.TRANSIT: _Said("bus", N_("%(time)s en transports en commun"), N_("Retour : %(time)s")),
}


def nowhere(speech: Speech, found: FoundOffer) -> Trip:
    """Return what is said of a trip from nowhere in particular."""
    if found.reach is Reach.REMOTE:
        return _remote(speech)
    return Trip(None, None, speech.say(N_("Pour le trajet et le retour, dites d'où vous partez.")), "question")


def far(speech: Speech, found: FoundOffer) -> Trip:
    """Return how far a course is, where no bus is known: never minutes of another means of travel."""
    if found.reach is Reach.REMOTE:
        return _remote(speech)
    there = _straight(speech, found)
    home = speech.say(N_("On ne connaît pas les bus ici : demandez comment venir et rentrer."))
    return Trip(there, None, home, "question")


def trip(
    speech: Speech, found: FoundOffer, means: Means, way: WayHome | None, horizon: float = HORIZON_MINUTES
) -> Trip:
    """Return the way to a course and home.

    Parameters
    ----------
    found : the course, its minutes by ``means``.
    way : its journeys, by timetable; None where there are none.
    horizon : minutes up to which courses were looked for.
    """
    if found.reach is Reach.REMOTE:
        return _remote(speech)
    if found.reach is Reach.NOT_KNOWN:
        home = speech.say(N_("Trajet non connu : demandez comment venir et rentrer."))
        return Trip(None, None, home, "question")
    if means.mode is Mode.TRANSIT:
        return _by_timetable(speech, found, means, way, horizon)
    said = _MODES[means.mode]
    out, back = (_length(speech, one, means, horizon) for one in (found.out_minutes, found.back_minutes))
    return Trip(
        there=speech.say(said.there, time=out) if found.out_minutes is not None else _straight(speech, found),
        back=speech.say(said.there, time=back),
        home=speech.say(said.back, time=back),
        icon=said.icon,
        bad=found.back_minutes is None,
        by=said.icon,
    )


def _straight(speech: Speech, found: FoundOffer) -> str | None:
    if found.distance_metres is None:
        return None
    return speech.say(N_("%(distance)s en ligne droite"), distance=speech.distance(found.distance_metres))


def _remote(speech: Speech) -> Trip:
    return Trip(None, None, speech.say(N_("Cours par internet, de chez vous : pas de trajet.")), "remote")


def _by_timetable(speech: Speech, found: FoundOffer, means: Means, way: WayHome | None, horizon: float) -> Trip:
    out, back = (_length(speech, one, means, horizon) for one in (found.out_minutes, found.back_minutes))
    if way is None:
        return _untimed(speech, found, out, back, horizon)
    home, icon, bad = _home(speech, way, back)
    rides = any(one is not None and one.rides for one in (way.trip.out, way.trip.back))
    return Trip(
        there=_taking(speech, way.trip.out, out),
        back=_taking(speech, way.trip.back, back) if found.back_minutes is not None else None,
        home=home,
        icon=icon,
        bad=bad,
        warnings=_warnings(speech, found, way),
        notes=_notes(speech, found, way),
        out_steps=steps_of(speech, way.trip.out, N_("Marchez %(time)s jusqu'au cours.")) if rides else (),
        back_steps=_back_steps(speech, way) if rides else (),
        by=next((one.icon for one in kinds_of(way.trip.out)), "walk"),
    )


def _untimed(speech: Speech, found: FoundOffer, out: str, back: str, horizon: float) -> Trip:
    """Return what is said where no journey was looked up, or none was found there and back."""
    if found.no_way_home:
        return Trip(speech.say(BUS.there, time=out), None, speech.say(BUS.none), "no-home", bad=True)
    if found.out_minutes is None or found.back_minutes is None:
        there = speech.say(N_("Pas de trajet en bus de %(time)s ou moins"), time=speech.minutes(horizon))
        return Trip(there, None, speech.say(N_("Pas de bus connu pour venir et rentrer")), "no-home", bad=True)
    said = _MODES[Mode.TRANSIT]
    return Trip(speech.say(said.there, time=out), None, speech.say(said.back, time=back), said.icon)


def _home(speech: Speech, way: WayHome, length: str) -> tuple[str, str, bool]:
    """Return how one gets home, its pictogram, and whether that is bad news; ``length`` of the way back, in words.

    Who can walk there walks home; who rides there and has nothing to ride home is told so first, however near it is.
    """
    out, back = way.trip.out, way.trip.back
    rides_out = out is not None and bool(out.rides)
    rides_back = back is None or bool(back.rides)
    if way.last_ride is not None and (rides_out or rides_back):
        leaving = _first(way.last_ride)
        return speech.say(leaving.last, clock=speech.clock(way.last_ride.rides[0].start)), leaving.icon, False
    none = speech.say(_any_of(out).none if rides_out else BUS.none)
    if back is None or back.rides:
        return none, "no-home", True
    foot = speech.say(_MODES[Mode.FOOT].back, time=length)
    return (f"{none}. {foot}", "no-home", True) if rides_out else (foot, "walk", False)


def _first(journey: Journey) -> Vehicle:
    """Return what one boards first: it leaves at the time told."""
    return kinds_of(journey)[0]


def _any_of(journey: Journey | None) -> Vehicle:
    kinds = kinds_of(journey)
    return kinds[0] if len(kinds) == 1 else ANY


def _taking(speech: Speech, journey: Journey | None, time: str) -> str:
    """Say how long, by what: « 35 minutes en bus », « 50 minutes : train et bus »."""
    kinds = kinds_of(journey)
    if not kinds:
        return speech.say(_MODES[Mode.FOOT if journey is not None else Mode.TRANSIT].there, time=time)
    if len(kinds) == 1:
        return speech.say(kinds[0].there, time=time)
    return speech.say(
        N_("%(time)s : %(vehicles)s"), time=time, vehicles=speech.listed([speech.say(one.name) for one in kinds])
    )


def _notes(speech: Speech, found: FoundOffer, way: WayHome) -> tuple[str, ...]:
    slot = way.trip.slot
    hours = {
        "day": speech.weekday(WEEKDAYS[slot.weekday]),
        "start": speech.clock(slot.start),
        "end": speech.clock(slot.end),
    }
    basis = found.basis or HoursBasis.STATED
    notes = [speech.say(_COUNTED[basis], **hours)]
    if len(found.slots) > 1:
        notes.append(speech.say(N_("C'est le jour où le retour est le plus difficile.")))
    return tuple(notes)


def _warnings(speech: Speech, found: FoundOffer, way: WayHome) -> tuple[str, ...]:
    told = []
    if supposed(found.basis):
        told.append(speech.say(N_("Trajet compté avec des heures d'exemple : demandez les vraies heures.")))
    wait = max(way.trip.out_wait, way.trip.back_wait) / 60
    if wait > LONG_WAIT_MINUTES:
        told.append(speech.say(N_("Attention : une attente de %(time)s."), time=speech.minutes(wait)))
    return tuple(told)


_COUNTED: Mapping[HoursBasis, str] = {
    HoursBasis.STATED: N_("Trajet compté pour le cours : %(day)s, de %(start)s à %(end)s."),
    HoursBasis.DEFAULT_TIMES: N_(
        "On ne connaît pas les heures du cours. Trajet compté avec un exemple : %(day)s, de %(start)s à %(end)s."
    ),
    HoursBasis.DEFAULT_DAY: N_(
        "On ne connaît pas les jours du cours. Trajet compté avec un exemple : %(day)s, de %(start)s à %(end)s."
    ),
    HoursBasis.DEFAULT: N_(
        "On ne connaît pas les jours et les heures du cours. Trajet compté avec un exemple : "
        "%(day)s, de %(start)s à %(end)s."
    ),
}


def supposed(basis: HoursBasis | None) -> bool:
    """Say whether the hours a trip is counted for are an example."""
    return basis is not None and basis is not HoursBasis.STATED


def _back_steps(speech: Speech, way: WayHome) -> tuple[str, ...]:
    steps = steps_of(speech, way.trip.back, N_("Marchez %(time)s pour rentrer."))
    slot: Slot = way.trip.slot
    ends = speech.say(N_("Le cours finit à %(clock)s."), clock=speech.clock(slot.end))
    return (ends, *steps) if steps else ()


def _length(speech: Speech, minutes: float | None, means: Means, horizon: float) -> str:
    """Return a length of time; an estimate says so, and what is beyond the horizon is more than that."""
    if minutes is None:
        return speech.say(N_("plus de %(time)s"), time=speech.minutes(horizon))
    told = speech.minutes(minutes)
    outlined = means.engine in {Engine.OUTLINE, Engine.TIMETABLE_OUTLINE}
    return speech.say(N_("environ %(time)s"), time=told) if outlined else told
