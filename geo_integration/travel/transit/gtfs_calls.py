"""stop_times.txt: every call of every trip, in order, with both hours known.

Method: the GTFS Schedule reference (gtfs.org). Hours that are blank between two timepoints are
interpolated in a straight line: along ``shape_dist_traveled`` where every call between them has it, else
by number of stops.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo_integration.travel.transit.gtfs_problems import Integers, Log
from geo_integration.travel.transit.gtfs_tables import BAD, BLANK, Table, degrees, seconds, whole_numbers

_FIX = "corriger la ligne, ou demander au transporteur un fichier conforme"
MUST_PHONE = (2, 3)
"""pickup_type and drop_off_type: phone the agency, ask the driver."""


def read_calls(table: Table, trip: Integers, stop: Integers, log: Log) -> pd.DataFrame:
    """Check the calls and put them in order.

    Parameters
    ----------
    table : stop_times.txt.
    trip : position of each row's trip; -1 where the row is not a timed call (unknown trip, flexible zone).
    stop : position of each row's stop; -1 where unknown.
    log : where faults and repairs go.

    Returns
    -------
    ``trip``, ``stop`` (int32), ``arrival``, ``departure`` (int32, seconds), ``pickup``, ``drop_off``
    (int8, 0 to 3), sorted by trip then along it. Trips of a single call are still there.
    """
    sequence = _sequence(table, trip, log)
    rows = np.flatnonzero((trip >= 0) & (stop >= 0) & (sequence >= 0))
    rows = rows[np.lexsort((sequence[rows], trip[rows]))]
    _refuse_repeats(table, rows, trip[rows], sequence[rows], log)
    arrival, departure = _hours(table, rows, log)
    _refuse_order(table, rows, trip[rows], arrival, departure, log)
    arrival, departure = _between(table, rows, trip[rows], arrival, departure, log)
    if "timepoint" in table.present and (about := int((table["timepoint"].to_numpy()[rows] == "0").sum())):
        log.note("approximate", "passages dont l'heure est approximative (timepoint 0)", table.file, about)
    return pd.DataFrame(
        {
            "trip": trip[rows].astype(np.int32),
            "stop": stop[rows].astype(np.int32),
            "arrival": arrival.astype(np.int32),
            "departure": departure.astype(np.int32),
            "pickup": _kind(table, "pickup_type", rows, log),
            "drop_off": _kind(table, "drop_off_type", rows, log),
        }
    )


def _sequence(table: Table, trip: Integers, log: Log) -> Integers:
    numbers = whole_numbers(table["stop_sequence"])
    reason = "rang illisible : un nombre entier, 0 ou plus, est attendu"
    log.refuse(table, (numbers < 0) & (trip >= 0), "stop_sequence", reason, _FIX)
    return numbers


def _refuse_repeats(table: Table, rows: Integers, trip: Integers, sequence: Integers, log: Log) -> None:
    repeated = (np.diff(trip) == 0) & (np.diff(sequence) == 0)
    log.refuse(table, rows[1:][repeated], "stop_sequence", "rang donné deux fois dans la même course", _FIX)


def _hours(table: Table, rows: Integers, log: Log) -> tuple[Integers, Integers]:
    """Return both hours of each call; where only one is given, it is both."""
    both = []
    bad = np.zeros(len(rows), dtype=np.bool_)
    for column in ("arrival_time", "departure_time"):
        hours = seconds(table[column])[rows]
        log.refuse(table, rows[hours == BAD], column, "heure impossible : HH:MM:SS attendu", _FIX)
        bad |= hours == BAD
        both.append(np.where(hours == BAD, BLANK, hours))
    arrival, departure = both
    half = ((arrival == BLANK) != (departure == BLANK)) & ~bad
    if half.any():
        log.note(
            "one_hour", "passages dont une seule heure est donnée : elle vaut pour les deux", table.file, half.sum()
        )
    return np.where(arrival == BLANK, departure, arrival), np.where(departure == BLANK, arrival, departure)


def _refuse_order(
    table: Table, rows: Integers, trip: Integers, arrival: Integers, departure: Integers, log: Log
) -> None:
    """Refuse hours that go back in time, and ends of trips without an hour."""
    backwards = departure < arrival
    log.refuse(table, rows[backwards], "departure_time", "départ avant l'arrivée au même arrêt", _FIX)
    known = np.flatnonzero(arrival != BLANK)
    same = np.diff(trip[known]) == 0
    earlier = same & (arrival[known][1:] < departure[known][:-1])
    reason = "heure antérieure à celle de l'arrêt précédent de la course"
    log.refuse(table, rows[known[1:][earlier]], "arrival_time", reason, _FIX)
    begins, ends = _ends(trip)
    blank = arrival == BLANK
    given = _given(table, rows)
    reason = "la première et la dernière heure d'une course sont obligatoires"
    log.refuse(table, rows[blank & begins & ~given], "departure_time", reason, _FIX)
    log.refuse(table, rows[blank & ends & ~begins & ~given], "arrival_time", reason, _FIX)


def _given(table: Table, rows: Integers) -> NDArray[np.bool_]:
    """Return whether a row has some text for its hours: a bad hour is one fault, not two."""
    texts = (table["arrival_time"] != "") | (table["departure_time"] != "")
    given: NDArray[np.bool_] = texts.to_numpy(dtype=np.bool_)[rows]
    return given


def _ends(trip: Integers) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    begins = np.ones(len(trip), dtype=np.bool_)
    begins[1:] = np.diff(trip) != 0
    return begins, np.append(begins[1:], True)[: len(trip)]


def _between(
    table: Table, rows: Integers, trip: Integers, arrival: Integers, departure: Integers, log: Log
) -> tuple[Integers, Integers]:
    """Fill the hours that are blank between two timepoints."""
    blank = np.flatnonzero(arrival == BLANK)
    if not len(blank) or log.problems:
        return arrival, departure
    everywhere = np.arange(len(trip))
    known = arrival != BLANK
    before = np.maximum.accumulate(np.where(known, everywhere, 0))[blank]
    after = np.minimum.accumulate(np.where(known, everywhere, len(trip) - 1)[::-1])[::-1][blank]
    share = (blank - before) / (after - before)
    along = _distance_share(degrees(table["shape_dist_traveled"])[rows], blank, before, after)
    share = np.where(np.isnan(along), share, along)
    hours = np.rint(departure[before] + share * (arrival[after] - departure[before])).astype(np.int64)
    arrival, departure = arrival.copy(), departure.copy()
    arrival[blank] = departure[blank] = hours
    by_distance = int((~np.isnan(along)).sum())
    how = "selon la distance" if by_distance == len(blank) else "selon le nombre d'arrêts"
    if 0 < by_distance < len(blank):
        how = "selon la distance ou, à défaut, le nombre d'arrêts"
    log.note(
        "interpolated", f"passages sans heure, calculée entre deux arrêts qui en ont une, {how}", table.file, len(blank)
    )
    return arrival, departure


def _distance_share(
    metres: NDArray[np.float64], blank: Integers, before: Integers, after: Integers
) -> NDArray[np.float64]:
    """Return how far along its stretch each blank call is; NaN where distances are absent or go back."""
    usable = np.isfinite(metres)
    bad_step = np.ones(len(metres), dtype=np.bool_)
    bad_step[1:] = ~(usable[1:] & usable[:-1] & (metres[1:] >= metres[:-1]))
    bad = np.concatenate([[0], np.cumsum(bad_step)])
    sound = bad[after + 1] - bad[before + 1] == 0
    with np.errstate(invalid="ignore", divide="ignore"):
        share = (metres[blank] - metres[before]) / (metres[after] - metres[before])
    return np.where(sound & (metres[after] > metres[before]), share, np.nan)


def _kind(table: Table, column: str, rows: Integers, log: Log) -> NDArray[np.int8]:
    numbers = whole_numbers(table[column], blank=0)[rows]
    wrong = (numbers < 0) | (numbers > max(MUST_PHONE))
    log.refuse(table, rows[wrong], column, "valeur hors de 0, 1, 2, 3", _FIX)
    return np.where(wrong, 0, numbers).astype(np.int8)
