"""On-demand lines (GTFS-Flex): "exists here, call". Shown beside the minutes, never among them."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo_integration.travel.transit.calendar import service_days
from geo_integration.travel.transit.gtfs import Feed

COLUMNS = (
    "feed",
    "line",
    "agency",
    "area",
    "days",
    "hours",
    "first_day",
    "last_day",
    "phone",
    "info_url",
    "booking_url",
    "message",
)
"""Columns of :func:`on_demand`, besides the geometry."""

_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_REAL_TIME, _SAME_DAY, _DAYS_BEFORE = "0", "1", "2"
_MINUTES_PER_HOUR = 60


def on_demand(feeds: Sequence[Feed]) -> gpd.GeoDataFrame:
    """Return what runs on demand: one row per line, area, booking rule, days and hours.

    Parameters
    ----------
    feeds : sound feeds.

    Returns
    -------
    ``feed``, ``line``, ``agency``, ``area`` (name of the zone, group or stop), ``days``, ``hours`` (French, "" if not
    said), ``first_day``, ``last_day`` (None when it never runs), ``phone``, ``info_url``, ``booking_url`` ("" if none),
    ``message`` (French, everything in one sentence or two), geometry (EPSG:4326: polygons of zones, points of
    stops, null where the feed does not say).
    """
    rows = [row for feed in sorted(feeds, key=lambda feed: feed.name) for row in _feed_rows(feed)]
    table = pd.DataFrame(rows, columns=[*COLUMNS, "geometry"])
    return gpd.GeoDataFrame(table[[*COLUMNS]], geometry=list(table["geometry"]), crs="EPSG:4326")


def _feed_rows(feed: Feed) -> list[dict[str, object]]:
    calls = feed.flex.calls
    if calls.empty:
        return []
    days = service_days(feed)
    rules = feed.flex.rules.drop_duplicates("booking_rule_id").set_index("booking_rule_id")
    routes = feed.routes.set_index("route_id")
    rows: dict[tuple[str, ...], dict[str, object]] = {}
    keys = ["route_id", "place", "service_id", "start", "end", "rule"]
    for route, place, service, start, end, rule in (
        calls[keys].drop_duplicates().sort_values(keys).itertuples(index=False)
    ):
        name, geometry = _place(feed, place)
        running = days.loc[days["service_id"] == service, "day"]
        booking = rules.loc[rule].to_dict() if rule in rules.index else {}
        row: dict[str, object] = {
            "feed": feed.name,
            "line": _line(routes, route),
            "agency": routes.loc[route, "agency"] if route in routes.index else "",
            "area": name,
            "days": _weekdays(running),
            "hours": _hours(int(start), int(end)),
            "first_day": None if running.empty else running.min().date(),
            "last_day": None if running.empty else running.max().date(),
            "phone": booking.get("phone_number") or _agency_phone(feed),
            "info_url": booking.get("info_url", ""),
            "booking_url": booking.get("booking_url", ""),
            "geometry": geometry,
        }
        row["message"] = _message(row, booking)
        rows.setdefault((str(route), str(place), str(row["message"])), row)
    return list(rows.values())


def _line(routes: pd.DataFrame, route: str) -> str:
    if route not in routes.index:
        return route
    names = [str(routes.loc[route, column]) for column in ("name", "long_name")]
    return " - ".join(dict.fromkeys(name for name in names if name)) or route


def _place(feed: Feed, place: str) -> tuple[str, shapely.Geometry | None]:
    """Return the name and the shape of a zone, a group of stops or a stop."""
    zones, groups = feed.flex.zones, feed.flex.groups
    if (zone := zones[zones["zone_id"] == place]).size:
        return str(zone["name"].iloc[0] or place), zone.geometry.iloc[0]
    members = groups[groups["location_group_id"] == place]
    ids = list(members["stop_id"]) if len(members) else [place]
    stops = feed.stops[feed.stops["stop_id"].isin(ids)]
    placed = stops[np.isfinite(stops["lon"]) & np.isfinite(stops["lat"])]
    shape = shapely.MultiPoint(placed[["lon", "lat"]].to_numpy()) if len(placed) else None
    names = [str(members["name"].iloc[0])] if len(members) and members["name"].iloc[0] else list(stops["name"])
    return ", ".join(names) or place, shape


def _agency_phone(feed: Feed) -> str:
    """Return the phone of the agency, where there is one agency and no other number."""
    return str(feed.agencies["phone"].iloc[0]) if len(feed.agencies) == 1 else ""


def _weekdays(days: "pd.Series[pd.Timestamp]") -> str:
    """Return the days of the week on which a service runs at least once."""
    numbers = sorted(set(days.dt.day_of_week)) if len(days) else []
    if len(numbers) == len(_DAYS):
        return "tous les jours"
    if len(numbers) > 2 and numbers == list(range(numbers[0], numbers[-1] + 1)):  # noqa: PLR2004 -- "du … au …"
        return f"du {_DAYS[numbers[0]]} au {_DAYS[numbers[-1]]}"
    return ", ".join(_DAYS[number] for number in numbers)


def _hours(start: int, end: int) -> str:
    if start < 0 or end < 0:
        return ""
    return f"de {_clock(start)} à {_clock(end)}"


def _clock(seconds: int) -> str:
    hours, minutes = seconds // 3600 % 24, seconds // 60 % 60
    return f"{hours} h {minutes:02d}" if minutes else f"{hours} h"


def _message(row: dict[str, object], booking: dict[str, str]) -> str:
    """Say in French that the line exists, when, and how to call it."""
    when = ", ".join(str(row[name]) for name in ("days", "hours") if row[name])
    parts = [f"Transport à la demande {row['line']}" + (f" ({row['area']})" if row["area"] else "")]
    parts[0] += f" : {when}." if when else " : jours et heures non précisés."
    parts.append(_booking(str(row["phone"]), str(row["booking_url"]), booking))
    parts += [f"« {text} »" for text in (booking.get("message"), booking.get("pickup_message")) if text]
    return " ".join([*parts, "Durée du trajet non connue."])


def _booking(phone: str, url: str, booking: dict[str, str]) -> str:
    how = " ou ".join(([f"au {phone}"] if phone else []) + ([f"sur {url}"] if url else []))
    if not how:
        how = "auprès du transporteur (numéro non donné)"
    return f"Réserver {how}{_notice(booking)}."


def _notice(booking: dict[str, str]) -> str:
    """Return how long before one has to book."""
    kind = booking.get("booking_type", "")
    if kind == _REAL_TIME:
        return ", au moment de partir"
    minutes = booking.get("prior_notice_duration_min", "")
    if kind == _SAME_DAY and minutes.isdigit():
        return f", au moins {_duration(int(minutes))} avant"
    number = booking.get("prior_notice_last_day", "")
    if kind == _DAYS_BEFORE and number.isdigit():
        before = "la veille" if number == "1" else f"{number} jours avant"
        last = booking.get("prior_notice_last_time", "")
        return f", au plus tard {before}" + (f" avant {last[:-3].replace(':', ' h ')}" if last.count(":") > 1 else "")
    return ""


def _duration(minutes: int) -> str:
    if minutes < _MINUTES_PER_HOUR:
        return f"{minutes} minutes"
    hours, rest = divmod(minutes, _MINUTES_PER_HOUR)
    return f"{hours} h {rest:02d}" if rest else f"{hours} h"
