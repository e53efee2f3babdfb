"""On which days each service of a feed runs: ranges of calendar.txt, then the exceptions of calendar_dates.txt."""

from datetime import date
from typing import Protocol

import numpy as np
import pandas as pd

from geo_integration.travel.transit.gtfs_checks import WEEKDAYS

_EPOCH_WEEKDAY = 3  # 1970-01-01 was a Thursday


class Calendars(Protocol):
    """What has calendars: a feed."""

    @property
    def calendar(self) -> pd.DataFrame:
        """``service_id``, seven weekdays (bool), ``start``, ``end``."""
        ...

    @property
    def calendar_dates(self) -> pd.DataFrame:
        """``service_id``, ``day``, ``added`` (bool)."""
        ...


def service_days(feed: Calendars) -> pd.DataFrame:
    """Return every day each service runs: ``service_id``, ``day``, sorted; a service that never runs has no row."""
    parts = [_ranges(feed.calendar)]
    dates = feed.calendar_dates
    parts.append(dates.loc[dates["added"], ["service_id", "day"]])
    running = pd.concat(parts, ignore_index=True).drop_duplicates()
    removed = dates.loc[~dates["added"], ["service_id", "day"]]
    if len(removed):
        gone = pd.MultiIndex.from_frame(running).isin(pd.MultiIndex.from_frame(removed))
        running = running[~gone]
    return running.sort_values(["service_id", "day"], ignore_index=True)


def _ranges(calendar: pd.DataFrame) -> pd.DataFrame:
    """Unfold the ranges of calendar.txt, all services at once."""
    start = calendar["start"].to_numpy().astype("datetime64[D]").astype(np.int64)
    end = calendar["end"].to_numpy().astype("datetime64[D]").astype(np.int64)
    lengths = np.maximum(end - start + 1, 0)
    service = np.repeat(np.arange(len(calendar)), lengths)
    first = np.repeat(np.cumsum(lengths) - lengths, lengths)
    day = np.repeat(start, lengths) + np.arange(len(service)) - first
    flags = calendar[list(WEEKDAYS)].to_numpy(dtype=np.bool_)
    runs = flags[service, (day + _EPOCH_WEEKDAY) % 7]
    names = calendar["service_id"].to_numpy()
    return pd.DataFrame(
        {
            "service_id": pd.Series(names[service[runs]], dtype="str"),
            "day": day[runs].astype("datetime64[D]").astype("datetime64[s]"),
        }
    )


def running(feed: Calendars, day: date) -> frozenset[str]:
    """Return the services that run on a day."""
    instant = pd.Timestamp(day)
    calendar, dates = feed.calendar, feed.calendar_dates
    within = (calendar["start"] <= instant) & (instant <= calendar["end"]) & calendar[WEEKDAYS[day.weekday()]]
    today = dates[dates["day"] == instant]
    base = set(calendar.loc[within, "service_id"]) | set(today.loc[today["added"], "service_id"])
    return frozenset(base - set(today.loc[~today["added"], "service_id"]))


def window(feed: Calendars, services: "pd.Series[str]") -> tuple[date, date] | None:
    """Return the first and the last day on which one of the services runs; None when none ever does."""
    days = service_days(feed)
    found = days.loc[days["service_id"].isin(services), "day"]
    if found.empty:
        return None
    return found.min().date(), found.max().date()
