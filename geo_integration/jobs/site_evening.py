"""What one more hour of evening bus would do, instead of a new course.

The assumption, said wherever the figures are: the last minutes of return service are repeated later. Somebody whose
class ends at 20:30 then goes home, with 60 minutes more, as who leaves at 19:30 today, an hour later; the way in, the
class and what people accept do not change. It is a bound on what the operator could do, not a timetable.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo_integration.coverage.fit.judgement import fitting_sessions
from geo_integration.jobs.by_timetable import Meetings, Search, default_slot, latest_return, meetings
from geo_integration.jobs.ground import site_positions
from geo_integration.jobs.studied import Studied
from geo_integration.jobs.timetables import days
from geo_integration.jobs.travelled import Origins
from geo_integration.travel.transit.class_hours import Slot, service_date
from geo_integration.travel.transit.engine import NEVER, Joined
from geo_integration.travel.transit.links import Points
from geo_integration.vocabulary import Cause, OfferStatus

if TYPE_CHECKING:
    from datetime import date

_COLUMNS = ("commune_code", "cause", "place", "out_minutes", "back_minutes", "extended_back_minutes", "sure")


@dataclass(frozen=True)
class Evening:
    """Who a longer evening service would bring home.

    Attributes
    ----------
    minutes : by how much return service is extended.
    table : one row per commune it would cover: ``commune_code``, ``cause`` today, ``place`` (the open class, with its
        hours), ``out_minutes``, ``back_minutes`` today (``inf``: none), ``extended_back_minutes``, ``sure`` (whether
        the class is sure to fit).
    """

    minutes: int
    table: pd.DataFrame


def evening(studied: Studied, *, minutes: int) -> Evening:
    """Look up the way home ``minutes`` before the end of every open class that people reach and do not come home from.

    Looked at: communes not covered, and classes whose way in is within the time asked for and whose way home is
    missing or too long. The class of a commune is the one sure to fit if there is one, then the one with the shortest
    trip.
    """
    request, ways = studied.request, studied.ways
    found = meetings(
        studied.offers,
        studied.sessions,
        studied.status,
        as_of=request.as_of,
        supposed=default_slot(request.means),
        carries=fitting_sessions(studied.offers, studied.sessions, request.profile, as_of=request.as_of)["carries"],
    )
    sure = studied.places[OfferStatus.OPEN.value].notna().to_numpy()
    may = sure | studied.places[OfferStatus.UNKNOWN.value].notna().to_numpy()
    cause = studied.coverage["cause"].to_numpy()
    uncovered = ~np.isin(cause, [Cause.COVERED.value, Cause.NO_DATA.value, Cause.NOT_ROUTABLE.value])
    there = np.round(ways.out_minutes.astype(np.float64), 1) <= request.minutes
    home = np.round(ways.back_minutes.astype(np.float64), 1) <= request.minutes
    stranded = np.flatnonzero(there & ~home & may[ways.place] & uncovered[ways.commune])
    if not len(stranded):
        return Evening(minutes, pd.DataFrame(columns=list(_COLUMNS)))
    places = np.unique(ways.place[stranded])
    names = [studied.ways.places[at] for at in places]
    with days(request.means) as opened:
        search = Search(opened, Origins.of_communes(studied.communes), request.means, request.as_of, request.horizon)
        later = dict(zip(places.tolist(), later_homes(search, studied, found, names, minutes=minutes), strict=True))
    pairs = zip(ways.place[stranded].tolist(), ways.commune[stranded].tolist(), strict=True)
    back = np.array([later[place][row] for place, row in pairs])
    table = pd.DataFrame(
        {
            "commune_code": studied.coverage["commune_code"].to_numpy()[ways.commune[stranded]],
            "cause": cause[ways.commune[stranded]],
            "place": np.array(ways.places, dtype=object)[ways.place[stranded]],
            "out_minutes": np.round(ways.out_minutes[stranded].astype(np.float64), 1),
            "back_minutes": np.round(ways.back_minutes[stranded].astype(np.float64), 1),
            "extended_back_minutes": np.round(back, 1),
            "sure": sure[ways.place[stranded]],
        }
    )
    return Evening(minutes, _best(table[table["extended_back_minutes"] <= request.minutes]))


def later_homes(
    search: Search, studied: Studied, found: Meetings, places: list[str], *, minutes: int
) -> Iterator[npt.NDArray[np.float64]]:
    """Give, place by place, the minutes home to each commune with the extended service; ``inf`` for none.

    A place that meets several times counts its worst day. Today's way home is kept where it is the quicker one.
    """
    sites = sorted({found.site[place] for place in places})
    positions = site_positions(pd.Index(sites, dtype="str"), studied.offers)
    row_of_site = {site: row for row, site in enumerate(sites)}
    homes = _Homes(search, Points.of(positions), minutes)
    for place in places:
        row = row_of_site[found.site[place]]
        whole = np.full(search.origins.count, np.inf)
        whole[search.origins.rows] = np.max([homes.minutes_of(row, slot) for slot in found.slots[place]], axis=0)
        yield whole


class _Homes:
    """Ways home from some sites to every origin; places are joined to the stops once a day."""

    def __init__(self, search: Search, sites: Points, minutes: int) -> None:
        self.search, self.sites, self.minutes = search, sites, minutes
        self.origins = Points.of(search.origins.table)
        self.week = search.means.week_of or search.as_of
        self.latest = latest_return(search.means)
        self.joined: dict[date, Joined] = {}

    def minutes_of(self, site: int, slot: Slot) -> npt.NDArray[np.float64]:
        """Return the minutes home from one meeting, by the better of today's service and the repeated one."""
        day = service_date(slot, self.week)
        engine = self.search.opened.engine(day)
        if day not in self.joined:
            self.joined[day] = engine.join(self.sites, self.origins)
        best = np.full(len(self.origins), np.inf)
        for earlier in (0, self.minutes):
            leaves = max(slot.end - earlier * 60, 0)
            found = engine.back(self.joined[day], np.array([site], dtype=np.int64), depart_at=leaves)
            seconds = found[0].astype(np.int64)
            arrives = (seconds < NEVER) & (slot.end + seconds <= self.latest)
            best = np.minimum(best, np.where(arrives, seconds / 60, np.inf))
        return best


def _best(table: pd.DataFrame) -> pd.DataFrame:
    """Keep one class per commune: sure to fit first, then the shortest trip, then the first in order."""
    trip = table[["out_minutes", "extended_back_minutes"]].max(axis=1)
    ordered = table.assign(trip=trip).sort_values(
        ["commune_code", "sure", "trip", "place"], ascending=[True, False, True, True], kind="stable"
    )
    return ordered.drop_duplicates("commune_code")[list(_COLUMNS)].reset_index(drop=True)
