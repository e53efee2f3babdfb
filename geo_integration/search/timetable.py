"""Ways by timetable to each offer: at the hours its sessions meet, the functions of the jobs asked from one point."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo_integration.coverage.points import SMALLEST_RADIUS_METRES
from geo_integration.exports import Source
from geo_integration.jobs.by_timetable import (
    Meetings,
    default_slot,
    meetings,
    near_sites,
    not_known,
    place_pairs,
)
from geo_integration.jobs.by_timetable import (
    Search as TimetableSearch,
)
from geo_integration.jobs.means import Means
from geo_integration.jobs.timetables import days
from geo_integration.jobs.travelled import Origins
from geo_integration.jobs.trips_by_timetable import week_of
from geo_integration.search.found import Search
from geo_integration.search.origin import Origin
from geo_integration.search.told import Travel
from geo_integration.search.warm import Fitting, Warm
from geo_integration.travel.transit.there_and_back import transit_not_routable

_KEY = "."


@dataclass(frozen=True)
class _Known:
    """What the timetables speak of: the origin or not, the sites but these; what to cite, and to know."""

    origin: bool
    lost_sites: frozenset[str]
    sources: tuple[Source, ...]
    notes: tuple[str, ...]


def timetable_ways(warm: Warm, fitting: Fitting, question: Search) -> Travel:
    """Return the ways to each offer by timetable; of its sessions, the one whose longer way is shortest.

    Only offers of a status that is travelled to are timed (open, unknown, full, other), as in the jobs.

    Raises
    ------
    OptionError
        No week given.
    OutsideServiceError, MissingDataError
        A week outside the timetables; no timetable.
    """
    means = question.means
    week_of(means)
    start = origins_of(question.origin)
    status = fitting.status_of(warm.offers["offer_id"])
    found = meetings(
        warm.offers,
        warm.sessions,
        status,
        as_of=question.as_of,
        supposed=default_slot(means),
        carries=fitting.carries,
    )
    places = pd.Index(sorted(found.slots), dtype="str")
    with days(means) as opened:
        positions = near_sites(found, warm.offers, start, question.horizon)
        search = TimetableSearch(opened, start, means, question.as_of, question.horizon)
        chunks = search.chunks(positions, found.of_sites, waits=False)
        pairs = [pair for pair in place_pairs(chunks, positions, found, places, start.rows) if len(pair.site)]
        unreached, told = not_known(positions, start.table, opened)
        lost = transit_not_routable(positions, start.table, walking=opened.walking).sites["site_id"]
        known = _Known(not unreached, frozenset(lost), opened.sources, (*search.told(found), *told))
    ways = pd.DataFrame(
        {
            "place": places[[int(pair.site[0]) for pair in pairs]],
            "out": [float(pair.out_minutes[0]) for pair in pairs],
            "back": [float(pair.back_minutes[0]) for pair in pairs],
        }
    )
    return _by_offer(warm, found, ways, known)


def timetable_sources(means: Means) -> tuple[Source, ...]:
    """Return the timetables asked, and the streets walked on, to cite."""
    with days(means) as opened:
        return opened.sources


def origins_of(origin: Origin) -> Origins:
    """Return one place to leave from, as the jobs take it: a commune, or a point that stands for itself."""
    key = origin.commune_code or _KEY
    radius = origin.radius_metres or SMALLEST_RADIUS_METRES
    table = pd.DataFrame({"commune_code": [key], "lon": [origin.lon], "lat": [origin.lat], "radius_metres": [radius]})
    return Origins(table, 1, inside_commune=origin.commune_code is not None)


def _by_offer(warm: Warm, found: Meetings, ways: pd.DataFrame, known: _Known) -> Travel:
    """Give each offer its best meeting; ``inf`` where it was timed and none is near enough, NaN where it is unknown."""
    count = len(warm.offers)
    out, back = np.full(count, np.nan), np.full(count, np.nan)
    timed = found.offers.assign(
        row=found.offers["offer_id"].map(warm.row), site=found.offers["site_id"].map(found.site)
    )
    if known.origin:
        reached = timed.loc[~timed["site"].isin(known.lost_sites), "row"].to_numpy()
        out[reached], back[reached] = np.inf, np.inf
    hours: list[str | None] = [None] * count
    best = timed.merge(ways, left_on="site_id", right_on="place")
    best = best.assign(longer=np.maximum(best["out"], best["back"])).sort_values(["row", "longer", "out", "place"])
    for row, place, there, home in best.drop_duplicates("row")[["row", "place", "out", "back"]].itertuples(index=False):
        out[row], back[row], hours[row] = there, home, found.hours[place]
    return Travel(out, back, known.sources, known.notes, hours, no_way_home=np.isfinite(out) & np.isposinf(back))
