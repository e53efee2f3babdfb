"""The search itself: what the store holds is kept warm, followed, and asked."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock, Thread

import geopandas as gpd

from geo_integration import territories
from geo_integration.errors import GeoIntegrationError, MissingDataError, StoreError, UnavailableError
from geo_integration.exports import Source
from geo_integration.jobs.means import Means, network_source, street_network
from geo_integration.jobs.trips import isochrone_table
from geo_integration.jobs.whereabouts import Spot
from geo_integration.search import areas
from geo_integration.search.found import Found, Search
from geo_integration.search.listing import listed
from geo_integration.search.origin import Origin, departement_at, origin_of
from geo_integration.search.reaching import Named, Reached, destinations, reach
from geo_integration.search.roads import outline
from geo_integration.search.timetable import timetable_sources, timetable_ways
from geo_integration.search.told import travel_of
from geo_integration.search.warm import Warm
from geo_integration.sources.geocode import AddressBase
from geo_integration.store import Store
from geo_integration.vocabulary import Mode

_SLOW_AT_ONCE = 2
"""Timetables and isochrones computed at a time by one process: more would slow the quick answers."""
_SLOW_WAIT_SECONDS = 10.0


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
        self._slow = BoundedSemaphore(_SLOW_AT_ONCE)
        self.trouble = ""

    def warm(self) -> None:
        """Read the store, the outline network and the territories; blocks. A store without offers is no error."""
        outline()
        territories.commune_at(3.06, 50.63)
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
        if question.means.mode is Mode.TRANSIT:
            with self.slowly():
                travel = timetable_ways(warm, fitting, question)
        else:
            side = warm.side(question.means)
            travel = travel_of(side, side.ways(question.origin, question.horizon), warm)
        return listed(warm, fitting, travel, question, departement_at(question.origin))

    def reach(self, origin: Origin, named: Named, *, means: Means, minutes: float) -> Reached:
        """Return the minutes to named courses, communes or points, and back (:func:`reaching.reach`)."""
        places = destinations(self.current() if named.offers else None, named)
        if means.mode is not Mode.TRANSIT:
            return reach(origin, places, means=means, minutes=minutes)
        with self.slowly():
            return reach(origin, places, means=means, minutes=minutes)

    def isochrone(
        self, origin: Origin, minutes: Sequence[float], *, means: Means, towards: bool, at: str | None
    ) -> tuple[gpd.GeoDataFrame, tuple[Source, ...], tuple[str, ...]]:
        """Return the ground within so many minutes, what to cite, and what must be known of it.

        Raises what :func:`geo_integration.jobs.trips.isochrone_table` does; UnavailableError as :meth:`offers`.
        """
        where = Spot(origin.lon, origin.lat, origin.label, is_mairie=origin.commune_code is not None)
        with self.slowly():
            found, notes = isochrone_table(where, minutes, means=means, towards=towards, at=at)
            return found, sources_of(means), notes

    def prepare(self, means: Means) -> None:
        """Join the places to a network before anybody asks."""
        self.current().side(means)

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


def sources_of(means: Means) -> tuple[Source, ...]:
    """Return the streets or the timetables of some means of travel, to cite."""
    return timetable_sources(means) if means.mode is Mode.TRANSIT else (network_source(street_network(means)),)
