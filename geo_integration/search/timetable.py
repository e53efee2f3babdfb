"""Ways by timetable to each offer: at the hours its sessions meet, the functions of the jobs asked from one point."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo_integration.coverage.points import SMALLEST_RADIUS_METRES
from geo_integration.exports import Source
from geo_integration.jobs.by_timetable import (
    Key,
    Meetings,
    default_slot,
    meetings,
    near_sites,
    not_known,
)
from geo_integration.jobs.by_timetable import (
    Search as TimetableSearch,
)
from geo_integration.jobs.timetables import Days
from geo_integration.jobs.travelled import Origins
from geo_integration.search.found import Search
from geo_integration.search.origin import Origin
from geo_integration.search.told import Hours, Travel
from geo_integration.search.warm import Fitting, Warm
from geo_integration.travel.transit.there_and_back import TransitChunk, transit_not_routable
from geo_integration.vocabulary import OfferStatus

_KEY = "."


@dataclass(frozen=True)
class _Known:
    """What the timetables speak of: the origin or not, the sites but these; what to cite, and to know."""

    origin: bool
    lost_sites: frozenset[str]
    sources: tuple[Source, ...]
    notes: tuple[str, ...]


def timetable_ways(
    warm: Warm, fitting: Fitting, question: Search, opened: Days, only: Sequence[str] | None = None
) -> Travel:
    """Return the ways to each offer by timetable; of its sessions, the one whose longer way is shortest.

    Only offers of a status that is travelled to are timed (open, unknown, full, other), as in the jobs; ``only``
    names those to time, where the others are not asked about.

    Raises OutsideServiceError for a week outside the timetables.
    """
    means = question.means
    start = origins_of(question.origin)
    status = fitting.status_of(warm.offers["offer_id"])
    if only is not None:
        status = status[status.index.isin(only)]
    elif not question.everything:  # what does not fit is in no part of the answer: its ways need no search
        status = status[status.ne(OfferStatus.OTHER.value)]
    offers = warm.offers[warm.offers["offer_id"].isin(status.index)]
    found = meetings(
        offers,
        warm.sessions,
        status,
        as_of=question.as_of,
        supposed=default_slot(means),
        carries=fitting.carries,
    )
    positions = near_sites(found, offers, start, question.horizon)
    search = TimetableSearch(opened, start, means, question.as_of, question.horizon)
    chunks = search.chunks(positions, found.of_sites, waits=False)
    ways = _by_place(chunks, positions, found)
    unreached, told = not_known(positions, start.table, opened)
    lost = transit_not_routable(positions, start.table, walking=opened.walking).sites["site_id"]
    known = _Known(not unreached, frozenset(lost), opened.sources, (*search.told(found), *told))
    return _by_offer(warm, found, ways, known)


def _by_place(chunks: Iterator[TransitChunk], positions: pd.DataFrame, found: Meetings) -> pd.DataFrame:
    """Return the minutes of each place from the one origin; of several meetings, those of the worse day.

    What :func:`geo_integration.jobs.by_timetable.place_pairs` says of many origins. A place that nobody gets to on one
    of its days has no row.
    """
    ids = positions["site_id"].tolist()
    kept: dict[Key, tuple[float, float]] = {}
    for chunk in chunks:
        ends = zip(chunk.site_index.tolist(), chunk.out_minutes.tolist(), chunk.back_minutes.tolist(), strict=True)
        kept |= {(ids[site], chunk.slot): (out, back) for site, out, back in ends}
    rows = []
    for place, slots in found.slots.items():
        known = [kept.get((found.site[place], slot)) for slot in slots]
        ways = [way for way in known if way is not None]
        if len(ways) == len(known):
            rows.append((place, max(out for out, _ in ways), max(back for _, back in ways)))
    return pd.DataFrame(rows, columns=["place", "out", "back"])


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
    hours: list[Hours | None] = [None] * count
    best = timed.merge(ways, left_on="site_id", right_on="place")
    best = best.assign(longer=np.maximum(best["out"], best["back"])).sort_values(["row", "longer", "out", "place"])
    for row, place, there, home in best.drop_duplicates("row")[["row", "place", "out", "back"]].itertuples(index=False):
        told = Hours(found.hours[place], found.slots[place], found.basis[place])
        out[row], back[row], hours[row] = there, home, told
    return Travel(out, back, known.sources, known.notes, hours, no_way_home=np.isfinite(out) & np.isposinf(back))
