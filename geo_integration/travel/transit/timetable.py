"""One day of service, with every question of calendars already answered.

Days are flattened: what the service of the day before still runs after midnight, what the day after runs
before noon, frequencies and exceptions are all trips of one day, in seconds from its midnight. Engines
then need no calendar of their own.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FIRST_SECOND = 0
LAST_SECOND = 36 * 3600
"""A day timetable holds what happens from its midnight to noon of the day after."""


@dataclass(frozen=True)
class DayTimetable:
    """Every trip that can be ridden on one day.

    Attributes
    ----------
    day : the day; second 0 is its midnight (GTFS: noon minus 12 h).
    stops : one row per place where some trip of the feeds stops, in the order ``stop`` counts them: ``stop_id``
        (``feed:id``, unique), ``name``, ``lon``, ``lat`` (WGS84 degrees), ``station`` (``feed:id`` of the parent
        station, or of the stop itself).
    trips : one row per run, in the order ``trip`` counts them: ``trip_id`` (``feed:id``, with ``@HH:MM:SS`` for a
        run of a frequency and ``-1d`` or ``+1d`` for a run of the day before or after; unique), ``feed``,
        ``route_id``, ``route_name`` (short or else long), ``route_type`` (GTFS), ``headsign`` ("" if none), ``agency``.
    trip, stop : int32, shape (calls,). Sorted by trip, then along it; at least two calls per trip.
    arrival, departure : seconds from midnight, int32, shape (calls,). Never earlier than the call before;
        within 0 and 36 h (a trip that crosses either end is cut there).
    boards, alights : whether one may get on, and off, bool, shape (calls,).
    """

    day: date
    stops: pd.DataFrame
    trips: pd.DataFrame
    trip: NDArray[np.int32]
    stop: NDArray[np.int32]
    arrival: NDArray[np.int32]
    departure: NDArray[np.int32]
    boards: NDArray[np.bool_]
    alights: NDArray[np.bool_]
