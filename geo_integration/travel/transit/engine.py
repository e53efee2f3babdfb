"""What a transit engine answers, whichever it is.

A *journey* is a walk to a first stop, rides, at most one walk from stop to stop between two rides, and a walk
from the last stop; or a walk all the way. Times are seconds from the midnight of the day searched.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from geo_integration.travel.snapping import Integers
from geo_integration.travel.transit.links import Links, Points
from geo_integration.vocabulary import Engine

NEVER = 2**31 - 1
"""Seconds of a journey that does not exist."""

HORIZON = 30 * 3600
"""Last second of a day that is searched: six in the morning of the day after."""


@dataclass(frozen=True, eq=False)
class Joined:
    """Sites and origins with their walks, ready to be asked about many times.

    Attributes
    ----------
    sites, origins : the places.
    to_stops, from_stops : walks from places to stops and back; sites count first, then origins.
    there, back : walks all the way, from origins to sites and from sites to origins.
    """

    sites: Points
    origins: Points
    to_stops: Links
    from_stops: Links
    there: Links
    back: Links


@dataclass(frozen=True)
class Walk:
    """A walk.

    Attributes
    ----------
    start, end : seconds from midnight.
    origin, destination : names of the stops; "" for the doors at either end of the journey.
    metres : length; None where the walking only knows seconds.
    """

    start: int
    end: int
    origin: str
    destination: str
    metres: float | None = None

    @property
    def seconds(self) -> int:
        """How long it takes."""
        return self.end - self.start


@dataclass(frozen=True)
class Ride:
    """A ride in one vehicle.

    Attributes
    ----------
    trip_id, feed, route_id, route_name, route_type, headsign, agency : those of the day timetable.
    board, alight : names of the stops.
    start, end : when the vehicle leaves one and reaches the other, seconds from midnight.
    wait : seconds spent at the stop before it leaves; 0 for the first ride, which one walks to just in time.
    path : longitude and latitude of the stops called at, both ends included; nothing is known of the way between.
    """

    trip_id: str
    feed: str
    route_id: str
    route_name: str
    route_type: int
    headsign: str
    agency: str
    board: str
    alight: str
    start: int
    end: int
    wait: int
    path: tuple[tuple[float, float], ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True)
class Journey:
    """A way from door to door.

    Attributes
    ----------
    start, end : seconds from midnight.
    legs : in order.
    """

    start: int
    end: int
    legs: tuple[Walk | Ride, ...]

    @property
    def rides(self) -> tuple[Ride, ...]:
        """The rides, in order."""
        return tuple(leg for leg in self.legs if isinstance(leg, Ride))

    @property
    def longest_wait(self) -> int:
        """Seconds of the longest wait between two vehicles."""
        return max((ride.wait for ride in self.rides), default=0)


class TransitEngine(Protocol):
    """Searches the timetables of one day."""

    day: date
    label: Engine
    """What its minutes are called: they depend on how the walking was found."""

    def join(self, sites: Points, origins: Points) -> Joined:
        """Find the walks of places, once for all questions about them."""
        ...

    def there(self, joined: Joined, rows: Integers, *, arrive_by: int) -> NDArray[np.int32]:
        """Return how long before a deadline people must set out from every origin to be at some sites in time.

        Parameters
        ----------
        joined : from :meth:`join`.
        rows : positions of the sites asked for, distinct.
        arrive_by : deadline, seconds from midnight, 0 to HORIZON.

        Returns
        -------
        Seconds from the latest departure to the deadline, NEVER where there is no journey, shape (rows, origins).
        """
        ...

    def back(self, joined: Joined, rows: Integers, *, depart_at: int) -> NDArray[np.int32]:
        """Return how long after class people are back at every origin from some sites.

        Parameters
        ----------
        joined : from :meth:`join`.
        rows : positions of the sites asked for, distinct.
        depart_at : end of class, seconds from midnight, 0 to HORIZON.

        Returns
        -------
        Seconds from the end to the earliest arrival, NEVER where there is no journey that ends before HORIZON,
        shape (rows, origins).
        """
        ...

    def journeys(
        self,
        origin: Points,
        destination: Points,
        *,
        arrive_by: int | None = None,
        depart_at: int | None = None,
        walked: bool = True,
    ) -> list[Journey]:
        """Return the ways from one place to one other, best first.

        With ``arrive_by``, journeys that arrive in time: the one that leaves latest, then those with fewer
        rides. With ``depart_at``, journeys that leave from then on: the one that arrives earliest, then those
        with fewer rides; each leaves as late as its arrival lets it. Give exactly one. Without ``walked``, only
        journeys with a ride: a walk all the way hides the rides that are no better.
        """
        ...

    def between(
        self,
        joined: Joined,
        start: int,
        end: int,
        *,
        arrive_by: int | None = None,
        depart_at: int | None = None,
        walked: bool = True,
    ) -> list[Journey]:
        """Return the ways from an origin to a site, or from a site to an origin, as :meth:`journeys`.

        ``start`` and ``end`` are positions among the places joined: sites count first, then origins.
        """
        ...
