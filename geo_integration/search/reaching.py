"""Minutes from one place to courses, communes or points that are named, and back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from geo_integration.errors import NotFoundError, OptionError
from geo_integration.exports import Source
from geo_integration.jobs.by_timetable import Search as TimetableSearch
from geo_integration.jobs.by_timetable import default_slot, hours_note, not_known
from geo_integration.jobs.means import Means
from geo_integration.jobs.timetables import Days
from geo_integration.jobs.trips_by_timetable import week_of
from geo_integration.search.found import Reach
from geo_integration.search.origin import Origin, at_commune, at_point
from geo_integration.search.roads import Places, Ways, prepare
from geo_integration.search.timetable import origins_of
from geo_integration.search.warm import Warm
from geo_integration.territories import resolve
from geo_integration.travel.transit.there_and_back import transit_not_routable

MOST = 500
"""Places one question may name."""


@dataclass(frozen=True)
class Destination:
    """A place to go to: a course, a commune (its mairie) or a point; ``lon`` and ``lat`` are NaN where not known."""

    kind: str
    id: str
    label: str
    lon: float
    lat: float
    commune_code: str = ""
    remote: bool = False


@dataclass(frozen=True)
class Reached:
    """The answer, in the order asked, and what must be known of it."""

    items: tuple[Mapping[str, Any], ...]
    sources: tuple[Source, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Named:
    """Places to go to, as they are named: courses by ``offer_id``, communes by code, points as ``lon,lat``."""

    offers: tuple[str, ...] = ()
    communes: tuple[str, ...] = ()
    points: tuple[str, ...] = ()


def destinations(warm: Warm | None, named: Named) -> list[Destination]:
    """Return the places named, each once.

    Raises
    ------
    OptionError
        None, too many, or a point that is none.
    NotFoundError, UnknownTerritoryError
        No such course; no such commune.
    """
    count = len(named.offers) + len(named.communes) + len(named.points)
    if not 0 < count <= MOST:
        raise OptionError(
            f"{count} lieux demandés", where="offer, commune, point", way_out=f"nommer de 1 à {MOST} lieux"
        )
    found = [_offer(warm, one) for one in dict.fromkeys(named.offers)]
    found += [_commune(one) for one in dict.fromkeys(named.communes)]
    return found + [_point(one) for one in dict.fromkeys(named.points)]


def reach(
    origin: Origin, places: Sequence[Destination], *, means: Means, minutes: float, opened: Days | None = None
) -> Reached:
    """Return the minutes to each place and back.

    By timetable (``opened``), for the class hours of ``means`` (day, start, end), whatever the courses' own.

    Raises
    ------
    OptionError, OutsideServiceError, MissingDataError
        By timetable: no week given, one outside the timetables, no timetable.
    NetworkUnavailableError
        The network named is not there, or no street is near the origin.
    """
    to = Places(
        np.array([one.lon for one in places]),
        np.array([one.lat for one in places]),
        np.array([one.commune_code for one in places], dtype=object),
    )
    if opened is not None:
        ways, sources, notes = _by_timetable(origin, to, means, minutes, opened)
    else:
        side = prepare(means, to)
        ways, sources, notes = side.ways(origin, minutes), side.sources, side.notes
    metres = to.metres_from(origin.lon, origin.lat)
    items = tuple(_item(place, ways, metres[row], row) for row, place in enumerate(places))
    return Reached(items, sources, (*origin.notes, *notes))


def _offer(warm: Warm | None, offer_id: str) -> Destination:
    if warm is None or offer_id not in warm.row:
        raise NotFoundError(
            f"aucun cours « {offer_id[:100]} »", where="offer", way_out="prendre un offer_id de /offers"
        )
    row = warm.row[offer_id]
    card, site = warm.cards[row], warm.site[row]
    remote = bool(warm.remote[row])
    if site < 0:
        return Destination("offer", offer_id, card["title"], np.nan, np.nan, remote=remote)
    lon, lat, code = warm.places.lon[site], warm.places.lat[site], str(warm.places.commune_codes[site])
    return Destination("offer", offer_id, card["title"], lon, lat, code, remote)


def _commune(code: str) -> Destination:
    found = at_commune(resolve(code))
    return Destination("commune", code, found.label, found.lon, found.lat, found.commune_code or "")


def _point(text: str) -> Destination:
    lon, _, lat = text.partition(",")
    try:
        found = at_point(float(lon), float(lat))
    except ValueError as error:
        raise OptionError(
            f"« {text[:40]} » n'est pas un point", where="point", way_out="donner lon,lat en degrés"
        ) from error
    return Destination("point", text, "point donné", found.lon, found.lat)


def _item(place: Destination, ways: Ways, metres: float, row: int) -> Mapping[str, Any]:
    out, back = float(ways.out[row]), float(ways.back[row])
    state = _reach(out, back)
    if place.remote:
        state = Reach.REMOTE
    told = state is not Reach.REMOTE
    return {
        "kind": place.kind,
        "id": place.id,
        "label": place.label,
        "reach": state.value,
        "reach_label": state.label,
        "out_minutes": round(out, 1) if told and np.isfinite(out) else None,
        "back_minutes": round(back, 1) if told and np.isfinite(back) else None,
        "no_way_home": bool(told and np.isfinite(out) and np.isposinf(back)),
        "distance_metres": round(float(metres)) if told and np.isfinite(metres) else None,
    }


def _reach(out: float, back: float) -> Reach:
    if np.isnan(out) or np.isnan(back):
        return Reach.NOT_KNOWN
    return Reach.WITHIN if np.isfinite(max(out, back)) else Reach.TOO_FAR


def _by_timetable(
    origin: Origin, to: Places, means: Means, minutes: float, opened: Days
) -> tuple[Ways, tuple[Source, ...], tuple[str, ...]]:
    week, start, slot = week_of(means), origins_of(origin), default_slot(means)
    ids = [str(row) for row in range(len(to.lon))]
    positions = pd.DataFrame({"site_id": ids, "lon": to.lon, "lat": to.lat, "commune_code": to.commune_codes})
    out, back = (np.full(len(ids), np.nan) for _ in range(2))
    search = TimetableSearch(opened, start, means, week, minutes)
    chunks = list(search.chunks(positions, {one: [slot] for one in ids}, waits=False))
    unreached, told = not_known(positions, start.table, opened)
    lost = transit_not_routable(positions, start.table, walking=opened.walking).sites["site_id"].astype(int)
    notes = (hours_note(means, week), *opened.told(), *told)
    if not unreached:
        reached = np.setdiff1d(np.arange(len(ids)), lost)
        out[reached], back[reached] = np.inf, np.inf
    for chunk in chunks:
        out[chunk.site_index], back[chunk.site_index] = chunk.out_minutes, chunk.back_minutes
    return Ways(out, back), opened.sources, notes
