"""The search itself: what the store holds is kept warm, followed, and asked."""

import time
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from threading import BoundedSemaphore, Lock, Thread

import geopandas as gpd
import numpy as np

from geo_integration.coverage.learner.profile import Profile
from geo_integration.errors import GeoIntegrationError, MissingDataError, NotFoundError, StoreError, UnavailableError
from geo_integration.exports import Source
from geo_integration.jobs.means import Means, network_source, street_network
from geo_integration.jobs.trips import isochrone_table
from geo_integration.jobs.trips_by_timetable import week_of
from geo_integration.jobs.whereabouts import Spot
from geo_integration.search import areas
from geo_integration.search.cards import Card
from geo_integration.search.found import Found, FoundOffer, Search
from geo_integration.search.home import WayHome, timetable_week, ways_home
from geo_integration.search.kept import Kept
from geo_integration.search.listing import listed, one, untravelled
from geo_integration.search.origin import Origin, at_point, departement_at, origin_of
from geo_integration.search.reaching import Named, Reached, destinations, reach
from geo_integration.search.roads import outline
from geo_integration.search.timetable import timetable_ways
from geo_integration.search.timetables import Timetables
from geo_integration.search.told import Travel, travel_of
from geo_integration.search.warm import Fitting, Warm
from geo_integration.sources.geocode import AddressBase
from geo_integration.store import Store
from geo_integration.text import fold
from geo_integration.vocabulary import Fit, Kind, Mode

_SLOW_AT_ONCE = 2
"""Timetables and isochrones computed at a time by one process: more would slow the quick answers."""
_SLOW_WAIT_SECONDS = 10.0
_FROM_COMMUNES = 64
"""Answers of timetables kept: people of one commune ask alike, and turn pages."""


class Finder:
    """Courses near a place.

    Reads the store once (:meth:`warm`), looks at most every ``refresh_seconds`` whether something was published, reads
    it in the background and swaps; meanwhile, and when the store does not answer, the last version read is served and
    :attr:`trouble` says why. Threads may share one.

    Parameters
    ----------
    store : where offers and sessions are.
    refresh_seconds : how often the store is looked at, at most; 0: at every question.
    addresses : base street addresses are looked up in; without one they are refused.
    """

    def __init__(self, store: Store, *, refresh_seconds: float, addresses: AddressBase | None = None) -> None:
        self._store, self._refresh_seconds, self._addresses = store, refresh_seconds, addresses
        self._warm: Warm | None = None
        self._loading = Lock()
        self._looked_at = float("-inf")
        self._timetables = Timetables()
        self._communes: Kept[tuple[Hashable, ...], Travel] = Kept(_FROM_COMMUNES)
        self._slow = BoundedSemaphore(_SLOW_AT_ONCE)
        self.trouble = ""

    def warm(self) -> None:
        """Read the store, the outline network and the territories; blocks. A store without offers is no error."""
        outline()
        departement_at(at_point(3.06, 50.63))
        areas.warm()
        with self._loading:
            try:
                self._read()
            except MissingDataError as error:
                self.trouble = error.what

    def refresh(self) -> None:
        """Look whether something was published, and read it in the background; never blocks, never fails."""
        now = time.monotonic()
        if now - self._looked_at < self._refresh_seconds or not self._loading.acquire(blocking=False):
            return
        self._looked_at = now
        reading = False
        try:
            if self._warm is None or self._store.version() != self._warm.version:
                Thread(target=self._follow, name="finder", daemon=True).start()
                reading = True
            else:
                self.trouble = ""  # a store that was gone is back as it was
        except GeoIntegrationError as error:
            self.trouble = error.what
        finally:
            if not reading:
                self._loading.release()

    def origin(
        self,
        *,
        lon: float | None = None,
        lat: float | None = None,
        place: str | None = None,
        address: str | None = None,
    ) -> Origin:
        """Return where someone asks from (:func:`geo_integration.search.origin.origin_of`)."""
        return origin_of(lon=lon, lat=lat, place=place, address=address, addresses=self._addresses)

    def offers(self, question: Search) -> Found:
        """Find the courses that fit a learner, and how long it takes to get there and back.

        Raises
        ------
        MissingDataError
            The store has no offers.
        UnavailableError
            The store was never read and does not answer; or too many slow questions (timetables) are under way.
        ProfileError, OptionError
            A question that contradicts itself.
        NetworkUnavailableError, OutsideServiceError
            The network or the week asked for is not there; or, on streets, no street is near the origin.
        """
        warm = self.current()
        fitting = warm.fitting(question.learner, question.as_of)
        travel = self._travel(warm, fitting, question)
        return listed(warm, fitting, travel, question, departement_at(question.origin))

    def offer(self, offer_id: str, question: Search | None, as_of: date) -> FoundOffer:
        """Return one course; judged and timed where a question is given, else as :meth:`commune_offers`.

        Parameters
        ----------
        offer_id : its identifier.
        question : who asks, from where; its own day counts then. None: nobody in particular, from nowhere.
        as_of : the day the offer is looked at.

        Raises
        ------
        NotFoundError
            No such course.
        """
        warm = self.current()
        if offer_id not in warm.row:
            raise NotFoundError(
                f"aucun cours « {offer_id[:100]} »", where="offer", way_out="revenir à la liste des cours"
            )
        if question is None:
            return untravelled(warm, warm.fitting(Profile(), as_of), [warm.row[offer_id]])[0]
        fitting = warm.fitting(question.learner, question.as_of)
        return one(warm, fitting, self._travel(warm, fitting, question, offer_id), question, offer_id)

    def commune_offers(self, code: str, as_of: date) -> tuple[FoundOffer, ...]:
        """Return the courses held in a commune that take people, or are not said to refuse them.

        For nobody in particular: no profile, no trip. By kind, in the order of the vocabulary, then title. Remote
        courses are not held anywhere.
        """
        warm = self.current()
        fitting = warm.fitting(Profile(), as_of)
        here = np.flatnonzero(warm.offers["commune_code"].eq(code).to_numpy(dtype=bool) & ~warm.remote)
        rows = [int(row) for row in here if fitting.fits[row] is not Fit.DOES_NOT_FIT]
        return untravelled(warm, fitting, sorted(rows, key=lambda row: _by_kind(warm.cards[row])))

    def ways_home(self, question: Search, offers: Sequence[FoundOffer]) -> Mapping[str, WayHome]:
        """Return the journeys to some courses found and home, and the last one home (:func:`home.ways_home`).

        Empty but by public transport. Raises what :meth:`offers` does.
        """
        if question.means.mode is not Mode.TRANSIT:
            return {}
        with self.slowly(), self._timetables.days(question.means) as opened:
            return ways_home(self.current(), opened, question, offers)

    def timetable_week(self, today: date) -> date | None:
        """Return a day of the week whose timetables answer today (:func:`home.timetable_week`); None: none kept."""
        return timetable_week(Means(mode=Mode.TRANSIT), today)

    @property
    def has_addresses(self) -> bool:
        """Say whether street addresses can be looked up."""
        return self._addresses is not None

    def reach(self, origin: Origin, named: Named, *, means: Means, minutes: float) -> Reached:
        """Return the minutes to named courses, communes or points, and back (:func:`reaching.reach`)."""
        places = destinations(self.current() if named.offers else None, named)
        if means.mode is not Mode.TRANSIT:
            return reach(origin, places, means=means, minutes=minutes)
        with self.slowly(), self._timetables.days(means) as opened:
            return reach(origin, places, means=means, minutes=minutes, opened=opened)

    def isochrone(
        self, origin: Origin, minutes: Sequence[float], *, means: Means, towards: bool, at: str | None
    ) -> tuple[gpd.GeoDataFrame, tuple[Source, ...], tuple[str, ...]]:
        """Return the ground within so many minutes, what to cite, and what must be known of it.

        Raises what :func:`geo_integration.jobs.trips.isochrone_table` does; UnavailableError as :meth:`offers`.
        """
        where = Spot(origin.lon, origin.lat, origin.label, is_mairie=origin.commune_code is not None)
        with self.slowly():
            found, notes = isochrone_table(where, minutes, means=means, towards=towards, at=at)
            return found, self._sources(means), notes

    def prepare(self, means: Means) -> None:
        """Join the places to a network before anybody asks; or open every day of a week's timetables."""
        if means.mode is not Mode.TRANSIT:
            self.current().side(means)
            return
        week = week_of(means)
        with self._timetables.days(means) as opened:
            for weekday in range(7):
                opened.engine(week + timedelta(days=weekday - week.weekday()))

    def current(self) -> Warm:
        """Return the version served; MissingDataError without offers, UnavailableError where nothing can be read."""
        found = self._warm
        if found is not None:
            return found
        with self._loading:
            if self._warm is None:
                try:
                    self._read()
                except MissingDataError:
                    raise
                except StoreError as error:
                    raise UnavailableError(
                        "les données ne peuvent pas être lues", way_out="réessayer dans quelques instants"
                    ) from error
            if self._warm is None:
                raise UnavailableError("premier chargement en cours", way_out="réessayer dans quelques instants")
            return self._warm

    def _travel(self, warm: Warm, fitting: Fitting, question: Search, only: str | None = None) -> Travel:
        """Return the ways to every offer, or to one only."""
        if question.means.mode is not Mode.TRANSIT:
            side = warm.side(question.means)
            return travel_of(side, side.ways(question.origin, question.horizon), warm)
        week_of(question.means)
        if only is not None or question.origin.commune_code is None:  # where somebody stands is not kept, even here
            return self._timed(warm, fitting, question, only)
        key = (
            warm.version,
            self._timetables.stamp(question.means),
            question.origin.commune_code,
            question.learner,
            question.means,
            question.as_of,
            question.horizon,
            question.everything,
        )
        return self._communes.get(key, lambda: self._timed(warm, fitting, question, None))

    def _timed(self, warm: Warm, fitting: Fitting, question: Search, only: str | None) -> Travel:
        with self.slowly(), self._timetables.days(question.means) as opened:
            return timetable_ways(warm, fitting, question, opened, None if only is None else [only])

    def _sources(self, means: Means) -> tuple[Source, ...]:
        """Return the streets or the timetables of some means of travel, to cite."""
        if means.mode is not Mode.TRANSIT:
            return (network_source(street_network(means)),)
        with self._timetables.days(means) as opened:
            return opened.sources

    @contextmanager
    def slowly(self) -> Iterator[None]:
        """Let few slow computations run at a time; UnavailableError where others keep their turn too long."""
        if not self._slow.acquire(timeout=_SLOW_WAIT_SECONDS):
            raise UnavailableError("trop de calculs longs sont en cours", way_out="réessayer dans quelques instants")
        try:
            yield
        finally:
            self._slow.release()

    def _follow(self) -> None:
        try:
            self._read()
        except GeoIntegrationError as error:
            self.trouble = error.what
        finally:
            self._loading.release()

    def _read(self) -> None:
        """Read the store under ``_loading``; the version is asked first: what is published meanwhile is read next."""
        version = self._store.version()
        found = Warm.read(self._store, version)
        found.heat(self._warm)
        self._warm, self.trouble = found, ""


def _by_kind(card: Card) -> tuple[int, str, str]:
    return _KINDS[card["kind"]], fold(card["title"] or ""), card["offer_id"]


_KINDS = {kind.value: number for number, kind in enumerate(Kind)}
