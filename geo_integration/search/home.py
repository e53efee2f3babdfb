"""The way home from a course by public transport: the journeys there and back, and the last one home."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from geo_integration.jobs.by_timetable import latest_return
from geo_integration.jobs.means import Means
from geo_integration.jobs.timetables import Days, register
from geo_integration.jobs.trips_by_timetable import week_of
from geo_integration.search.found import FoundOffer, Search
from geo_integration.search.warm import Warm
from geo_integration.travel.transit.cafein_journeys import best_first, direct_walks
from geo_integration.travel.transit.class_hours import HoursBasis, Slot, service_date
from geo_integration.travel.transit.engine import Joined, Journey, TransitEngine
from geo_integration.travel.transit.itinerary import ThereAndBack, detail_of
from geo_integration.travel.transit.links import Points

_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class WayHome:
    """The ways to and from one course, at the hours its minutes are for.

    A course that meets on several days is told by the worst of them: no way there, then no way home, then the earliest
    last ride, then the earliest last journey, then the longest way back.
    Minutes are from door to door: in a course's own commune they may be less
    than those of the list, which takes its people to live anywhere in it.

    Attributes
    ----------
    trip : legs there and back.
    last : the journey home that leaves latest, from the end of class on, home before ``latest_return``; None: none. It
        may be a walk all the way.
    last_ride : the same among journeys with a vehicle; None: none.
    """

    trip: ThereAndBack
    last: Journey | None
    last_ride: Journey | None


def ways_home(warm: Warm, opened: Days, question: Search, offers: Sequence[FoundOffer]) -> Mapping[str, WayHome]:
    """Return the way home from each course that was timed (:attr:`FoundOffer.slots`), by ``offer_id``.

    Raises OptionError where no week is given, OutsideServiceError for one outside the timetables.
    """
    site = {one.offer_id: int(warm.site[warm.row[one.offer_id]]) for one in offers if one.offer_id in warm.row}
    timed = [one for one in offers if one.slots and site.get(one.offer_id, -1) >= 0]
    asked = _Asked(warm, opened, question, sorted({site[one.offer_id] for one in timed}))
    return {one.offer_id: asked.way(site[one.offer_id], one.slots, one.basis) for one in timed}


class _Asked:
    """The places of one question, joined once a day; courses of one place at the same hours are searched once."""

    def __init__(self, warm: Warm, opened: Days, question: Search, sites: list[int]) -> None:
        self._opened, self._means = opened, question.means
        self._sites = Points(warm.places.lon[sites], warm.places.lat[sites])
        self._home = Points(np.array([question.origin.lon]), np.array([question.origin.lat]))
        self._number = {site: number for number, site in enumerate(sites)}
        self._joined: dict[date, tuple[TransitEngine, Joined]] = {}
        self._known: dict[tuple[int, tuple[Slot, ...], HoursBasis | None], WayHome] = {}

    def way(self, site: int, slots: tuple[Slot, ...], basis: HoursBasis | None) -> WayHome:
        """Return the way of the worst day."""
        key = site, slots, basis
        if key not in self._known:
            ways = [self._of_slot(self._number[site], slot, basis or HoursBasis.STATED) for slot in slots]
            self._known[key] = min(ways, key=_worst_first)
        return self._known[key]

    def _of_slot(self, site: int, slot: Slot, basis: HoursBasis) -> WayHome:
        engine, joined = self._day(service_date(slot, week_of(self._means)))
        until = latest_return(self._means)
        trip = detail_of(engine, joined, site, slot, basis=basis, latest_return=until)
        home = len(joined.sites)
        rides = engine.between(joined, site, home, arrive_by=until, walked=False)
        every = best_first([*rides, *direct_walks(joined, site, home, arrive_by=until)], arrive_by=until)
        # One that leaves before class ends is no way home.
        last, ride = (next((one for one in ways[:1] if one.start >= slot.end), None) for ways in (every, rides))
        return WayHome(trip, last, ride)

    def _day(self, day: date) -> tuple[TransitEngine, Joined]:
        if day not in self._joined:
            engine = self._opened.engine(day)
            self._joined[day] = engine, engine.join(self._sites, self._home)
        return self._joined[day]


def timetable_week(means: Means, today: date) -> date | None:
    """Return a day of the week whose timetables answer: today's where all of them cover it, else the nearest week.

    Weeks are whole, Monday to Sunday, and covered by every timetable. None where none is kept, or where they have no
    week in common.
    """
    kept = register(means.networks).list()
    if means.feeds is not None:
        kept = kept[kept["name"].isin(means.feeds)]
    starts, ends = ([day for day in kept[name] if day is not None] for name in ("first_day", "last_day"))
    if not len(kept) or len(starts) < len(kept) or len(ends) < len(kept):
        return None
    first, last = max(starts), min(ends)
    earliest = first + timedelta(days=-first.weekday() % 7)  # Monday of the first whole week
    latest = last - timedelta(days=(last.weekday() + 1) % 7) - timedelta(days=6)  # and of the last
    if latest < earliest:
        return None
    monday = today - timedelta(days=today.weekday())
    return today if earliest <= monday <= latest else latest if monday > latest else earliest


def _worst_first(way: WayHome) -> tuple[bool, bool, int, int, float, float]:
    """Sort ways by how bad they are; of days alike, the first of the week counts."""
    ride, last = (one.start if one else -1 for one in (way.last_ride, way.last))
    return (
        way.trip.out is not None,
        way.trip.back is not None,
        ride,  # before a walk, which leaves as late any day: the last bus told must be true of every day
        last,
        -way.trip.back_minutes,
        -way.trip.out_minutes,
    )
