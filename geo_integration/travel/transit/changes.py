"""Changing vehicles: walks from stop to stop between two rides.

By rising authority: what walking says within a limit; stops of one station, joined whatever the streets
say; the operator's own word (``transfers.txt``), which may also forbid a walk. Changing at one and the same stop
takes no time, and nothing said of it is heard: cafein has no such time (:mod:`.cafein_day`).
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from geo_integration.errors import OptionError
from geo_integration.travel.transit.links import Links, OutlineWalking, Points, Walking
from geo_integration.travel.transit.timetable import DayTimetable

CHANGE_SECONDS = 60
"""Least time to change between two stops of one station: the shortest boarding wait of the R5 engine
(``MINIMUM_BOARD_WAIT_SEC`` of its FastRaptorWorker, "to account for schedule variation")."""

LIMIT_SECONDS = 600
"""Longest walk between two vehicles."""

_MINIMUM, _FORBIDDEN = 2, 3
"""``transfer_type``: a least time is given; no change is possible."""


def change_links(
    timetable: DayTimetable,
    walking: Walking,
    *,
    transfers: pd.DataFrame | None = None,
    limit_seconds: int = LIMIT_SECONDS,
    change_seconds: int = CHANGE_SECONDS,
) -> Links:
    """Return how long it takes to change vehicles, from a stop to others.

    Parameters
    ----------
    timetable : the day; only its stops are looked at.
    walking : how people walk between stops.
    transfers : the operators' rules, ``from_stop``, ``to_stop`` (``feed:id`` of stops, or of stations for all their
        stops), ``transfer_type``, ``min_seconds`` (GTFS). Of several rules for a pair, one between stops counts
        more than one of a station, then the last. A minimum replaces the walk, as GTFS means it to; type 3 removes it.
    limit_seconds : longest walk; a station's stops and the operators' minima may be beyond.
    change_seconds : least time for a change between two stops of one station.

    Returns
    -------
    Links among stops.

    Raises
    ------
    OptionError
        ``change_seconds`` is negative.
    """
    if change_seconds < 0:
        raise OptionError(f"{change_seconds} s pour changer", where="change_seconds", way_out="donner 0 ou plus")
    stops = Points.of(timetable.stops)
    walks = walking.links(stops, stops, limit_seconds=limit_seconds)
    walks = walks.where(walks.start != walks.end)
    found = {
        (start, end): (seconds, metres)
        for start, end, seconds, metres in zip(
            walks.start.tolist(), walks.end.tolist(), walks.seconds.tolist(), walks.metres.tolist(), strict=True
        )
    }
    for pair, (seconds, metres) in _inside_stations(timetable.stops["station"], stops).items():
        walk = found.get(pair, (seconds, metres))
        found[pair] = max(walk[0], change_seconds), walk[1]
    if transfers is not None:
        _obey(found, timetable.stops, transfers)
    return _links(found)


def qualified_transfers(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the rules of several feeds in one table, every id with its feed in front.

    Parameters
    ----------
    tables : by feed name, the ``transfers`` of each: ids without their feed.
    """
    parts = [
        table.assign(from_stop=f"{name}:" + table["from_stop"], to_stop=f"{name}:" + table["to_stop"])
        for name, table in sorted(tables.items())
        if len(table)
    ]
    columns = ["from_stop", "to_stop", "transfer_type", "min_seconds"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _inside_stations(station: "pd.Series[str]", stops: Points) -> dict[tuple[int, int], tuple[int, float]]:
    """Return the pairs of distinct stops of one station, with the walk along a lengthened straight line."""
    groups = pd.Series(np.arange(len(station))).groupby(station.to_numpy(), sort=True)
    found = {}
    for _, members in groups:
        rows = members.to_numpy()
        if len(rows) < 2:  # noqa: PLR2004
            continue
        local = OutlineWalking().links(stops.take(rows), stops.take(rows), limit_seconds=10**6)
        for start, end, seconds, metres in zip(local.start, local.end, local.seconds, local.metres, strict=True):
            if start != end:
                found[int(rows[start]), int(rows[end])] = int(seconds), float(metres)
    return found


def _obey(found: dict[tuple[int, int], tuple[int, float]], stops: pd.DataFrame, transfers: pd.DataFrame) -> None:
    """Apply the operators' rules, those of stations first."""
    own = {str(stop): [row] for row, stop in enumerate(stops["stop_id"])}
    stations = pd.Series(range(len(stops))).groupby(stops["station"].to_numpy())
    every = {str(station): rows.tolist() for station, rows in stations} | own
    names = transfers[["from_stop", "to_stop"]].astype(str).to_numpy().tolist()
    kinds = transfers["transfer_type"].to_numpy(dtype=np.int64)
    minima = transfers["min_seconds"].to_numpy(dtype=np.float64, na_value=np.nan)
    by_width = sorted(range(len(names)), key=lambda row: -sum(name not in own for name in names[row]))
    for row in by_width:
        starts, ends = (every.get(name, []) for name in names[row])
        for pair in ((start, end) for start in starts for end in ends):
            if pair[0] == pair[1]:
                continue
            if kinds[row] == _FORBIDDEN:
                found.pop(pair, None)
            elif kinds[row] == _MINIMUM and minima[row] >= 0:
                found[pair] = int(minima[row]), found.get(pair, (0, float("nan")))[1]


def _links(found: dict[tuple[int, int], tuple[int, float]]) -> Links:
    pairs = np.array(list(found), dtype=np.int64).reshape(-1, 2)
    values = np.array(list(found.values()), dtype=np.float64).reshape(-1, 2)
    return Links.sorted(pairs[:, 0], pairs[:, 1], values[:, 0].astype(np.int64), values[:, 1])
