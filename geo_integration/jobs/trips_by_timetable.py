"""Questions about one place, by timetable."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo_integration.errors import OptionError
from geo_integration.jobs.by_timetable import Search, default_slot, latest_return, meetings, near_sites, place_pairs
from geo_integration.jobs.means import Means, street_network
from geo_integration.jobs.timetables import clock, days
from geo_integration.jobs.travelled import Origins
from geo_integration.jobs.whereabouts import Spot
from geo_integration.store import Store
from geo_integration.travel.transit.class_hours import (
    DEFAULT_SLOT,
    WEEKDAYS,
    HoursBasis,
    Slot,
    hour_text,
    service_date,
    slots_of,
)
from geo_integration.travel.transit.engine import Journey, Ride
from geo_integration.travel.transit.isochrone import transit_isochrones
from geo_integration.travel.transit.itinerary import detail

_POINT_RADIUS_METRES = 1.0
_DAY = 24 * 3600


def week_of(means: Means) -> date:
    """Return a day of the week asked for; OptionError where none was given."""
    if means.week_of is None:
        raise OptionError(
            "de quelle semaine lire les horaires ?",
            where="--week-of",
            way_out="donner un jour de cette semaine, ex. --week-of 2025-02-04 (voir transit list)",
        )
    return means.week_of


def nearest_by_timetable(
    where: Spot,
    offers: gpd.GeoDataFrame,
    sessions: pd.DataFrame,
    status: "pd.Series[str]",
    *,
    means: Means,
    as_of: date,
    minutes: float,
    k: int,
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the k classes nearest to a place by the longer of there and back, and what must be known of them.

    Columns ``rank``, ``site_id``, ``out_minutes``, ``back_minutes`` (``inf``: no way home, listed after the others),
    ``class_hours``, ``offer_ids``.
    """
    start = Origins(
        pd.DataFrame(
            {"commune_code": ["."], "lon": [where.lon], "lat": [where.lat], "radius_metres": [_POINT_RADIUS_METRES]}
        ),
        1,
        inside_commune=False,
    )
    found = meetings(offers, sessions, status, as_of=as_of, supposed=default_slot(means))
    places = pd.Index(sorted(found.slots), dtype="str")
    with days(means) as opened:
        positions = near_sites(found, offers, start, minutes)
        search = Search(opened, start, means, as_of, minutes)
        chunks = search.chunks(positions, found.of_sites, waits=False)
        pairs = [pair for pair in place_pairs(chunks, positions, found, places, start.rows) if len(pair.site)]
        notes = search.told(found)
    table = pd.DataFrame(
        {
            "place": places[[int(pair.site[0]) for pair in pairs]],
            "out_minutes": [float(pair.out_minutes[0]) for pair in pairs],
            "back_minutes": [float(pair.back_minutes[0]) for pair in pairs],
        }
    )
    longer = np.maximum(table["out_minutes"], table["back_minutes"])
    table = table[(longer <= minutes) | (np.isposinf(table["back_minutes"]) & (table["out_minutes"] <= minutes))]
    order = np.lexsort((table["place"], table["out_minutes"], longer[table.index]))
    ordered = table.iloc[order]
    table = ordered[~ordered["place"].map(found.site).duplicated()].head(k).reset_index(drop=True)
    held = found.offers.groupby("site_id")["offer_id"].agg(list)
    return (
        table.assign(
            rank=np.arange(1, len(table) + 1),
            site_id=table["place"].map(found.site),
            class_hours=table["place"].map(found.hours),
            offer_ids=table["place"].map(held),
        ),
        notes,
    )


def class_hours(store: Store, end: Spot, means: Means) -> list[tuple[Slot, HoursBasis]]:
    """Return when one must be at a place: the hours asked for, or those its course states, or the supposed ones."""
    asked = default_slot(means)
    if asked != DEFAULT_SLOT:
        return [(asked, HoursBasis.STATED)]
    if end.offer_id is not None and "sessions" in store.layers():
        sessions = store.read("sessions")
        stated = slots_of(sessions[sessions["offer_id"].eq(end.offer_id)], {end.offer_id: "here"})
        found = {
            (Slot.parse(day, start, finish), HoursBasis(basis))
            for day, start, finish, basis in zip(
                *(stated[name].tolist() for name in ("weekday", "start_time", "end_time", "hours_basis")), strict=True
            )
        }
        if found:
            return sorted(found)
    return [(asked, HoursBasis.DEFAULT)]


def there_and_back(
    start: Spot, end: Spot, *, hours: list[tuple[Slot, HoursBasis]], means: Means
) -> tuple[str, bool, dict[str, Any]]:
    """Return both journeys of each meeting in French, whether all exist, and their lines as a FeatureCollection."""
    week = week_of(means)
    texts, possible = [], True
    features: list[dict[str, Any]] = []
    with days(means) as opened:
        for slot, basis in hours:
            found = detail(
                opened.engine(service_date(slot, week)),
                (start.lon, start.lat),
                (end.lon, end.lat),
                slot,
                basis=basis,
                latest_return=latest_return(means),
            )
            texts.append(found.to_text())
            possible &= found.out is not None and found.back is not None
            features += [*_lines("aller", found.out, start, end), *_lines("retour", found.back, end, start)]
        notes = "\n".join(opened.told())
    text = "\n\n".join([*texts, notes])
    return text, possible, {"type": "FeatureCollection", "features": features}


def _lines(name: str, journey: Journey | None, start: Spot, end: Spot) -> list[dict[str, Any]]:
    """Return one line per leg, from stop to stop: neither streets walked nor tracks ridden are known between."""
    if journey is None:
        return []
    features = []
    at = (start.lon, start.lat)
    for number, leg in enumerate(journey.legs):
        if isinstance(leg, Ride):
            points = leg.path
            told = {"ligne": leg.route_name, "montée": leg.board, "descente": leg.alight}
        else:
            following = [ride.path[0] for ride in journey.legs[number:] if isinstance(ride, Ride)]
            points = (at, following[0] if following else (end.lon, end.lat))
            told = {"à pied": "ligne droite"}
        hours = {"départ": hour_text(leg.start), "arrivée": hour_text(leg.end)}
        geometry = {"type": "LineString", "coordinates": [list(point) for point in points]}
        features.append({"type": "Feature", "geometry": geometry, "properties": {"sens": name, **hours, **told}})
        at = points[-1]
    return features


def reachable_by_timetable(
    where: Spot, minutes: Sequence[float], *, means: Means, towards: bool, at: str
) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """Return the ground within so many minutes of a place, leaving (or, ``towards``, arriving) at an hour."""
    moment = clock(at, where="--at")
    slot = Slot(WEEKDAYS.index(means.weekday), 0, _DAY)
    day = service_date(slot, week_of(means))
    with days(means) as opened:
        found = transit_isochrones(
            opened.engine(day),
            opened.stops,
            where.lon,
            where.lat,
            minutes,
            at=moment,
            towards=towards,
            network=street_network(means) if means.network else None,
        )
        return found, opened.told()
