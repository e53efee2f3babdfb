"""cafein behind our protocol: one day forwards and in mirror, walks of our own making."""

import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from geo_integration.errors import OptionError
from geo_integration.travel.snapping import Integers
from geo_integration.travel.transit.cafein_day import (
    LEAD,
    Asker,
    Doors,
    build_network,
    left,
    reached,
    star_network,
    stretched,
)
from geo_integration.travel.transit.cafein_journeys import Decoder, best_first, direct_walks
from geo_integration.travel.transit.engine import HORIZON, NEVER, Joined, Journey
from geo_integration.travel.transit.links import Links, Points, Walking
from geo_integration.travel.transit.timetable import DayTimetable
from geo_integration.vocabulary import Engine

WALK_LIMIT_SECONDS = 1800
"""Longest walk to the first stop, and from the last one."""

DIRECT_LIMIT_SECONDS = 3600
"""Longest walk all the way."""

MAX_RIDES = 12
"""Most vehicles of a journey: more than anyone would take, so that no journey is missed."""


class CafeinEngine:
    """Searches one day with cafein. Use it as a context, or close it."""

    day: date
    label: Engine

    def __init__(
        self,
        timetable: DayTimetable,
        walking: Walking,
        changes: Links,
        *,
        walk_limit_seconds: int = WALK_LIMIT_SECONDS,
        direct_limit_seconds: int = DIRECT_LIMIT_SECONDS,
        max_rides: int = MAX_RIDES,
    ) -> None:
        """Prepare the searches.

        Parameters
        ----------
        timetable : the day.
        walking : how people walk to and from stops, and all the way.
        changes : walks between two rides (:func:`~.changes.change_links`). Changing at one stop takes no time.
        walk_limit_seconds : longest walk to the first stop and from the last one.
        direct_limit_seconds : longest walk all the way.
        max_rides : most vehicles of a journey.

        Raises
        ------
        OptionError
            A limit that makes no sense.
        TimetableRefusedError
            The engine leaves trips of this day out.
        """
        if not 0 <= walk_limit_seconds < LEAD - 1 or direct_limit_seconds < 0 or max_rides < 1:
            raise OptionError(
                f"marche de {walk_limit_seconds} s vers un arrêt, de {direct_limit_seconds} s en tout, "
                f"{max_rides} véhicules",
                where="recherche d'horaires",
                way_out=f"donner une marche de 0 à {LEAD - 2} s vers un arrêt, et au moins un véhicule",
            )
        self.day, self.label = timetable.day, walking.label
        self._timetable, self._walking = timetable, walking
        self._stretched = stretched(timetable)
        self._stops = Points.of(timetable.stops)
        self._limits = walk_limit_seconds, direct_limit_seconds
        self._joined: Joined | None = None
        self._doors = Doors.of(0), Doors.of(0)
        self._decoder = Decoder(timetable, self._stretched.base, changes)
        self._forward, self._mirror = self._askers(changes, walk_limit_seconds, max_rides)

    def _askers(self, changes: Links, walk_limit: int, max_rides: int) -> tuple[Asker, Asker]:
        """Build both networks; the files are gone as soon as cafein has read them."""
        with tempfile.TemporaryDirectory(prefix="geo-integration-day-") as name:
            forward = build_network(self._stretched, Path(name) / "day", changes)
            turned = build_network(self._stretched.mirrored(), Path(name) / "mirror", changes, mirrored=True)
        return Asker(forward, self.day, walk_limit, max_rides), Asker(turned, self.day, walk_limit, max_rides)

    @property
    def calls(self) -> int:
        """Return how many calls at stops the day has: what its memory grows with."""
        return len(self._timetable.trip)

    def join(self, sites: Points, origins: Points) -> Joined:
        """Find the walks of places, once for all questions about them."""
        places = Points(np.concatenate([sites.lon, origins.lon]), np.concatenate([sites.lat, origins.lat]))
        near, direct = self._limits
        return Joined(
            sites,
            origins,
            to_stops=self._walking.links(places, self._stops, limit_seconds=near),
            from_stops=self._walking.links(self._stops, places, limit_seconds=near),
            there=self._walking.links(origins, sites, limit_seconds=direct),
            back=self._walking.links(sites, origins, limit_seconds=direct),
        )

    def there(self, joined: Joined, rows: Integers, *, arrive_by: int) -> NDArray[np.int32]:
        """Return how long before a deadline people must set out to be at some sites in time.

        The mirror is searched forwards from the sites: cafein's own ``arrival=`` gives the length of the journey
        instead, and searches every pair again for it (13 s a site in Porto Alegre, against 0.02 s).
        """
        _within_horizon(arrive_by)
        sites, origins = self._installed(joined, rows)
        raw = self._mirror.matrix(sites.reach, origins.leave, departure=HORIZON + LEAD - arrive_by)
        return _totals(raw, joined.there.turned(), rows, HORIZON)

    def back(self, joined: Joined, rows: Integers, *, depart_at: int) -> NDArray[np.int32]:
        """Return how long after class people are back at every origin from some sites."""
        _within_horizon(depart_at)
        sites, origins = self._installed(joined, rows)
        raw = self._forward.matrix(sites.leave, origins.reach, departure=depart_at + LEAD)
        return _totals(raw, joined.back, rows, HORIZON - depart_at)

    def journeys(
        self,
        origin: Points,
        destination: Points,
        *,
        arrive_by: int | None = None,
        depart_at: int | None = None,
        walked: bool = True,
    ) -> list[Journey]:
        """Return the ways from one place to one other, best first."""
        joined = self.join(destination, origin)
        return self.between(joined, 1, 0, arrive_by=arrive_by, depart_at=depart_at, walked=walked)

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
        """Return the ways between an origin and a site, or back, best first.

        The mirror tells when to leave at the latest, the day as it runs which way then arrives first; and the reverse.
        (cafein's own ``arrival=`` gives the same, and takes fifty times as long late in the day.)
        """
        if (arrive_by is None) == (depart_at is None):
            raise OptionError(
                "une heure d'arrivée ou une heure de départ est attendue, et une seule",
                where="itinéraire",
                way_out="donner arrive_by ou depart_at",
            )
        moment = arrive_by if arrive_by is not None else depart_at or 0
        _within_horizon(moment)
        self._install(joined)
        ways = joined, start, end
        if arrive_by is not None:
            found = self._latest(*ways, arrive_by)
            again = [one for at in {one.start for one in found} for one in self._earliest(*ways, at)]
            found += [one for one in again if one.end <= arrive_by]
        else:
            found = self._earliest(*ways, moment)
            again = [one for at in {one.end for one in found} for one in self._latest(*ways, at)]
            found += [one for one in again if one.start >= moment]
        walks = direct_walks(*ways, arrive_by=arrive_by, depart_at=depart_at) if walked else []
        return best_first([*found, *walks], arrive_by=arrive_by, depart_at=depart_at)

    def _earliest(self, joined: Joined, start: int, end: int, at: int) -> list[Journey]:
        """Return the rides that leave from a second on and arrive first, within the horizon."""
        places = len(joined.sites) + len(joined.origins)
        raw = self._forward.journeys(left(start), reached(end, places), departure=at + LEAD)
        found = [self._decoder.forwards(one, joined, start, end) for one in raw]
        return [one for one in found if one.end <= HORIZON]

    def _latest(self, joined: Joined, start: int, end: int, by: int) -> list[Journey]:
        """Return the rides that arrive by a second and leave last."""
        places = len(joined.sites) + len(joined.origins)
        raw = self._mirror.journeys(reached(end, places), left(start), departure=HORIZON + LEAD - by)
        return [self._decoder.mirrored(one, joined, start, end) for one in raw]

    def close(self) -> None:
        """Let go of the networks."""
        self._forward, self._mirror = (replace(asker, network=None) for asker in (self._forward, self._mirror))
        self._joined = None

    def __enter__(self) -> Self:
        """Return the engine."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the networks."""
        self.close()

    def _installed(self, joined: Joined, rows: Integers) -> tuple[Doors, Doors]:
        """Give cafein the walks of these places; return the doors of the sites and origins."""
        self._install(joined)
        return self._doors[0].take(np.asarray(rows, dtype=np.int64)), self._doors[1]

    def _install(self, joined: Joined) -> None:
        """Give cafein the walks of these places, unless it has them."""
        sites, places = len(joined.sites), len(joined.sites) + len(joined.origins)
        if self._joined is not joined:
            doors = Doors.of(places)
            self._doors = doors.take(np.arange(sites)), doors.take(np.arange(sites, places))
            streets = star_network(places, self._stretched.base, joined.to_stops, joined.from_stops)
            for asker in (self._forward, self._mirror):
                if asker.network is not None:
                    asker.network.set_street_network(*streets)
            self._joined = joined


def _within_horizon(second: int) -> None:
    if not 0 <= second <= HORIZON:
        raise OptionError(
            f"seconde {second} depuis minuit",
            where="recherche d'horaires",
            way_out=f"donner une heure de 0 h à {HORIZON // 3600} h (30 h : 6 h du matin le lendemain)",
        )


def _totals(raw: NDArray[np.uint32], walks: Links, rows: Integers, longest: int) -> NDArray[np.int32]:
    """Take the leads off, drop what ends beyond the horizon, and walk where that is quicker.

    ``walks`` lead from or to sites first, origins second; ``rows`` are the sites asked for.
    """
    total = raw - np.uint32(2 * LEAD)
    # No journey is a huge number still.
    total[total > np.uint32(longest)] = NEVER
    found = total.astype(np.int32, copy=False)
    size = int(max(rows, default=-1)) + 1
    position = np.full(size + 1, -1, dtype=np.int64)
    position[rows] = np.arange(len(rows))
    row = position[np.minimum(walks.start, size)]
    asked = (row >= 0) & (walks.seconds <= longest)
    pair = row[asked], walks.end[asked]
    found[pair] = np.minimum(found[pair], walks.seconds[asked])
    return found
