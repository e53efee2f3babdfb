"""What a page or a card shows of one course, in words of one language: the same everywhere."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from api.finder import journeys, words
from api.finder.asked import Asked
from api.finder.why import FITS, FULL, NO, UNKNOWN, why
from geo_integration.jobs.means import Means
from geo_integration.messages import N_, Speech
from geo_integration.search.found import HORIZON_MINUTES, FoundOffer, Reach
from geo_integration.search.home import WayHome
from geo_integration.vocabulary import Criterion, Fit, LocationQuality, OfferStatus

__all__ = ["FITS", "FULL", "NO", "UNKNOWN", "CourseView", "Told", "course_view", "fit_of"]


@dataclass(frozen=True)
class CourseView:
    """One course, in words of one language; None where the source says nothing.

    Attributes
    ----------
    title, place, address, commune, provider, schedule, cost_text, conditions, registration : in the source's French.
    kind, for_whom, level : plain words.
    fit : ``fits``, ``unknown`` (nothing refuses, not all is said), ``full`` or ``no``. why : why this one.
    to_ask : what is not known, to ask by telephone. reserved, first : only for whom; for whom before others.
    there, back : « 35 minutes en bus » (``there_icon`` : by what). home : how one gets home, always a sentence;
        ``home_bad`` : badly, or not.
    trip_warnings : what of the trip must not be missed (hours supposed, a long wait). trip_notes : what the minutes are
        for. reach : whether it is within the time accepted (:class:`Reach`).
    out_steps, back_steps : the journeys by timetable, one sentence a leg.
    when : days and hours, a line a group; ``schedule`` : those only the source's own words give.
    phone, tel : as one reads it, as a phone calls it. email, url : checked.
    fresh : when it was last updated. lon, lat, place_quality : where it is, and what must be known of that.
    """

    offer_id: str
    title: str
    kind: str
    kind_icon: str
    for_whom: str
    level: str
    place: str | None
    address: str | None
    commune: str | None
    provider: str | None
    fit: str
    why: str
    to_ask: tuple[str, ...]
    reserved: str | None
    first: str | None
    reach: Reach
    there: str | None
    there_icon: str
    back: str | None
    home: str
    home_icon: str
    home_bad: bool
    trip_warnings: tuple[str, ...]
    trip_notes: tuple[str, ...]
    out_steps: tuple[str, ...]
    back_steps: tuple[str, ...]
    when: tuple[str, ...]
    schedule: tuple[str, ...]
    starts: str | None
    hours_per_week: str | None
    cost: str
    cost_text: str | None
    conditions: str | None
    registration: str | None
    phone: str | None
    tel: str | None
    email: str | None
    url: str | None
    fresh: str
    sources: str
    remote: bool
    full: bool
    lon: float | None
    lat: float | None
    place_quality: str | None
    synthetic: bool

    @property
    def itinerary(self) -> tuple[str, ...]:
        """Return there, then back, in words; by timetable only."""
        return (*self.out_steps, *self.back_steps)


@dataclass(frozen=True)
class Told:
    """What words about a course depend on besides the course.

    Attributes
    ----------
    today : the day the offers are looked at.
    means : how one travels; None: from nowhere. distances : no bus is known here: distances instead of minutes.
    horizon : minutes up to which courses were looked for.
    first : the course that comes first of those sure to fit.
    """

    today: date
    means: Means | None = None
    distances: bool = False
    horizon: float = HORIZON_MINUTES
    first: str = ""


def course_view(found: FoundOffer, speech: Speech, asked: Asked, way: WayHome | None, told: Told) -> CourseView:
    """Return what is shown of a course.

    Parameters
    ----------
    found : the course, judged for who asks.
    asked : the question: only what it asks about is said to be answered.
    way : its journeys by timetable, where there are some.
    told : the day, the means of travel.
    """
    card = found.card
    icon, kind, whom = words.kind_words(speech, card["kind"])
    when, schedule = words.when_words(speech, found.sessions)
    session = found.sessions[0] if found.sessions else None
    phone, tel = words.telephone(card["phone"])
    trip = _trip(found, speech, way, told)
    fit = fit_of(found)
    return CourseView(
        offer_id=found.offer_id,
        title=card["title"] or kind,
        kind=kind,
        kind_icon=icon,
        for_whom=whom,
        level=words.level_words(speech, card["level_entry"]),
        place=card["place_name"],
        address=card["address"],
        commune=_commune(card),
        provider=card["provider_name"],
        fit=fit,
        why=why(found, fit, speech, asked, first=found.offer_id == told.first, far=_too_far(found, told)),
        to_ask=tuple(words.questions(speech, _unknown(found, fit))),
        reserved=_people(speech, N_("Réservé : %(people)s"), card["audience_exclusive"]),
        first=_people(speech, N_("D'abord pour : %(people)s"), card["audience_priority"]),
        reach=found.reach,
        there=trip.there,
        there_icon=trip.by,
        back=trip.back,
        home=trip.home,
        home_icon=trip.icon,
        home_bad=trip.bad,
        trip_warnings=trip.warnings,
        trip_notes=trip.notes,
        out_steps=trip.out_steps,
        back_steps=trip.back_steps,
        when=when,
        schedule=schedule,
        starts=words.start_words(speech, session, told.today, taking=fit in {FITS, UNKNOWN}),
        hours_per_week=words.weekly_words(speech, session),
        cost=words.cost_words(speech, card),
        cost_text=card["cost_text"],
        conditions=card["conditions"],
        registration=card["registration"],
        phone=phone,
        tel=tel,
        email=words.mail(card["email"]),
        url=words.web(card["url"]),
        fresh=words.fresh_words(speech, card["updated_on"], told.today),
        sources=", ".join(card["sources"]),
        remote=found.reach is Reach.REMOTE,
        full=fit == FULL,
        lon=card["lon"],
        lat=card["lat"],
        place_quality=_place_quality(speech, card),
        synthetic=bool(card["synthetic"]),
    )


def fit_of(found: FoundOffer) -> str:
    """Return what a course is to who asks, as the list groups it."""
    if found.status is OfferStatus.FULL:
        return FULL
    if found.status is OfferStatus.OVER or found.fit is Fit.DOES_NOT_FIT:
        return NO
    return FITS if found.fit is Fit.FITS else UNKNOWN


def _too_far(found: FoundOffer, told: Told) -> bool:
    """Say whether a course takes too long.

    Not from nowhere, not where only distances are told, nor for want of a bus home, which is told as such.
    """
    return found.reach is Reach.TOO_FAR and told.means is not None and not told.distances and not found.no_way_home


def _trip(found: FoundOffer, speech: Speech, way: WayHome | None, told: Told) -> journeys.Trip:
    if told.distances:
        return journeys.far(speech, found)
    if told.means is None:
        return journeys.nowhere(speech, found)
    return journeys.trip(speech, found, told.means, way, told.horizon)


def _unknown(found: FoundOffer, fit: str) -> Iterable[Criterion]:
    """Return what to ask of a course: what no source says, its hours where they are supposed, its place."""
    asked = list(found.unknown) if fit != NO else []
    if journeys.supposed(found.basis):
        asked.append(Criterion.HOURS)
    if found.card["location_quality"] in {LocationQuality.MAIRIE, LocationQuality.NONE}:
        asked.append(Criterion.PLACE)
    return sorted(set(asked), key=list(Criterion).index)


def _people(speech: Speech, message: str, codes: list[str]) -> str | None:
    people = words.audience_words(speech, codes)
    return speech.say(message, people=people) if people else None


def _place_quality(speech: Speech, card: Mapping[str, Any]) -> str | None:
    if card["location_quality"] == LocationQuality.MAIRIE:
        return speech.say(N_("L'adresse exacte n'est pas connue : le trajet va à la mairie."))
    if card["location_quality"] == LocationQuality.NONE:
        return speech.say(N_("Le lieu n'est pas connu."))
    return None


def _commune(card: Mapping[str, Any]) -> str | None:
    name, postcode = card["commune_name"], card["postcode"]
    return f"{postcode} {name}" if name and postcode else name
