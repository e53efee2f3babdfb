"""The small files of a feed, checked: agencies, stops, routes, calendars, frequencies, transfers."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo_integration.travel.transit.gtfs_problems import Integers, Log
from geo_integration.travel.transit.gtfs_tables import BAD, Table, days, degrees, seconds, whole_numbers

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
STATION = 1
_FIX = "corriger la ligne, ou demander au transporteur un fichier conforme"
_NULL_ISLAND = 1e-6
_FRENCH_ZONES = frozenset(
    {
        "Europe/Paris",
        "Europe/Monaco",
        *(
            f"America/{city}"
            for city in ("Guadeloupe", "Martinique", "Cayenne", "Miquelon", "St_Barthelemy", "Marigot")
        ),
        *(f"Indian/{city}" for city in ("Reunion", "Mayotte", "Kerguelen")),
        *(f"Pacific/{city}" for city in ("Noumea", "Tahiti", "Marquesas", "Gambier", "Wallis")),
    }
)


def refuse_repeated_ids(table: Table, column: str, log: Log) -> None:
    """Refuse ids that are absent or given twice."""
    log.refuse(table, (table[column] == "").to_numpy(dtype=np.bool_), column, "identifiant absent", _FIX)
    twice = table[column].duplicated() & (table[column] != "")
    log.refuse(table, twice.to_numpy(dtype=np.bool_), column, "identifiant donné deux fois", _FIX)


def codes(table: Table, column: str, known: pd.Index, reason: str, log: Log) -> Integers:
    """Return the position of each id among those known; -1, and a fault, where it is unknown."""
    found = known.drop_duplicates().get_indexer(pd.Index(table[column])).astype(np.int64)
    if known.has_duplicates:  # refused already; positions must still point at true rows
        found = np.where(found < 0, -1, np.flatnonzero(~known.duplicated())[found])
    log.refuse(table, found < 0, column, reason, _FIX)
    return found


def read_agencies(table: Table, log: Log) -> pd.DataFrame:
    """Return ``agency_id``, ``name``, ``timezone``, ``language``, ``phone``, ``url``."""
    if not len(table):
        log.note("no_agency", "aucun transporteur nommé ; heures prises comme heures locales", "agency.txt")
    if table["agency_id"].duplicated().any():
        refuse_repeated_ids(table, "agency_id", log)
    for zone in sorted(set(table["agency_timezone"]) - _FRENCH_ZONES):
        label = f"fuseau {zone}, hors de France" if zone else "fuseau non donné"
        log.note("timezone", f"{label} : les heures restent celles du réseau", table.file)
    columns = {
        "agency_id": "agency_id",
        "name": "agency_name",
        "timezone": "agency_timezone",
        "language": "agency_lang",
        "phone": "agency_phone",
        "url": "agency_url",
    }
    return pd.DataFrame({name: table[column].to_numpy() for name, column in columns.items()}, dtype="str")


def read_stops(table: Table, called: NDArray[np.bool_], log: Log) -> pd.DataFrame:
    """Check the stops.

    Parameters
    ----------
    table : stops.txt.
    called : whether some timed trip calls there, shape (rows,).
    log : where faults and repairs go.

    Returns
    -------
    ``stop_id``, ``name``, ``lon``, ``lat``, ``location_type``, ``station`` (id of the topmost parent, or of
    the stop itself), in the order of the file. Places without calls may lack coordinates (NaN).
    """
    refuse_repeated_ids(table, "stop_id", log)
    kind = whole_numbers(table["location_type"], blank=0)
    log.refuse(table, (kind < 0) | (kind > 4), "location_type", "valeur hors de 0, 1, 2, 3, 4", _FIX)  # noqa: PLR2004
    lon, lat = degrees(table["stop_lon"]), degrees(table["stop_lat"])
    for column, values, limit in (("stop_lat", lat, 90), ("stop_lon", lon, 180)):
        wrong = np.abs(values) > limit
        log.refuse(table, wrong, column, f"coordonnée impossible : entre -{limit} et {limit} degrés", _FIX)
    absent = np.isnan(lon) | np.isnan(lat) | (np.hypot(lon, lat) < _NULL_ISLAND)
    lon, lat = np.where(absent, np.nan, lon), np.where(absent, np.nan, lat)
    parent = _parents(table, log)
    borrowed = absent & called & (parent >= 0) & ~absent[parent]
    lon, lat = np.where(borrowed, lon[parent], lon), np.where(borrowed, lat[parent], lat)
    if borrowed.any():
        log.note("parent_place", "arrêts sans coordonnées : celles de leur station", table.file, int(borrowed.sum()))
    log.refuse(table, absent & called & ~borrowed, "stop_lat", "arrêt desservi sans coordonnées", _FIX)
    if unplaced := int((absent & ~called & (kind <= STATION)).sum()):
        log.note("no_place", "arrêts non desservis et sans coordonnées", table.file, unplaced)
    ids = table["stop_id"].to_numpy()
    return pd.DataFrame(
        {
            "stop_id": pd.Series(ids, dtype="str"),
            "name": pd.Series(table["stop_name"].to_numpy(), dtype="str"),
            "lon": lon,
            "lat": lat,
            "location_type": kind.astype(np.int8),
            "station": pd.Series(ids[_topmost(parent)], dtype="str"),
        }
    )


def _parents(table: Table, log: Log) -> Integers:
    """Return the position of each stop's parent, -1 if none."""
    known = pd.Index(table["stop_id"])
    if known.has_duplicates:
        return np.full(len(table), -1)
    parent = known.get_indexer(pd.Index(table["parent_station"])).astype(np.int64)
    parent[(table["parent_station"] == "").to_numpy(dtype=np.bool_)] = -1
    if lost := int(((parent < 0) & (table["parent_station"] != "").to_numpy(dtype=np.bool_)).sum()):
        log.note("no_station", "arrêts dont la station (parent_station) n'existe pas : pris seuls", table.file, lost)
    return parent


def _topmost(parent: Integers) -> Integers:
    """Follow parents to the top: a boarding area is in a platform, which is in a station."""
    top = np.arange(len(parent))
    for _ in range(3):  # the standard has three levels; a circle of parents stops here too
        top = np.where(parent[top] >= 0, parent[top], top)
    return top


def read_routes(table: Table, agencies: pd.DataFrame, log: Log) -> pd.DataFrame:
    """Return ``route_id``, ``name`` (short or else long), ``long_name``, ``route_type``, ``agency``."""
    refuse_repeated_ids(table, "route_id", log)
    kind = whole_numbers(table["route_type"])
    log.refuse(table, kind < 0, "route_type", "type de ligne absent ou illisible", _FIX)
    names = dict(zip(agencies["agency_id"], agencies["name"], strict=True))
    only = agencies["name"].iloc[0] if len(agencies) == 1 else ""
    agency = [names.get(one, "") if one else only for one in table["agency_id"]]
    strangers = {one for one in table["agency_id"] if one and one not in names}
    if strangers and len(agencies):
        log.note("unknown_agency", "lignes d'un transporteur absent d'agency.txt", table.file, len(strangers))
    short = table["route_short_name"]
    return pd.DataFrame(
        {
            "route_id": table["route_id"],
            "name": short.where(short != "", table["route_long_name"]),
            "long_name": table["route_long_name"],
            "route_type": np.maximum(kind, 0).astype(np.int32),
            "agency": pd.Series(agency, index=table.frame.index, dtype="str"),
        }
    )


def read_calendar(table: Table, log: Log) -> pd.DataFrame:
    """Return ``service_id``, the seven weekdays (bool), ``start``, ``end`` (days, both included)."""
    refuse_repeated_ids(table, "service_id", log)
    calendar = pd.DataFrame({"service_id": table["service_id"]})
    for weekday in WEEKDAYS:
        flags = whole_numbers(table[weekday])
        log.refuse(table, (flags < 0) | (flags > 1), weekday, "0 ou 1 attendu", _FIX)
        calendar[weekday] = flags == 1
    for name, column in (("start", "start_date"), ("end", "end_date")):
        calendar[name] = _days(table, column, log)
    if backwards := int((calendar["end"] < calendar["start"]).sum()):
        log.note("backwards", "services dont la fin précède le début : ne circulent jamais", table.file, backwards)
    return calendar


def read_exceptions(table: Table, log: Log) -> pd.DataFrame:
    """Return ``service_id``, ``day``, ``added`` (bool): the exceptions of calendar_dates.txt, each once."""
    kind = whole_numbers(table["exception_type"])
    log.refuse(table, (kind != 1) & (kind != 2), "exception_type", "1 (ajouté) ou 2 (supprimé) attendu", _FIX)  # noqa: PLR2004
    found = pd.DataFrame({"service_id": table["service_id"], "day": _days(table, "date", log), "added": kind == 1})
    both = found.duplicated(["service_id", "day"]) & ~found.duplicated()
    reason = "le même jour est ajouté et supprimé pour ce service"
    log.refuse(table, both.to_numpy(dtype=np.bool_), "exception_type", reason, _FIX)
    if again := int(found.duplicated().sum()):
        log.note("repeated", "exceptions données deux fois", table.file, again)
    return found.drop_duplicates(ignore_index=True)


def _days(table: Table, column: str, log: Log) -> NDArray[np.datetime64]:
    found = days(table[column])
    log.refuse(table, np.isnat(found), column, "date impossible : AAAAMMJJ attendu", _FIX)
    return found.astype("datetime64[s]")


def read_frequencies(table: Table, trip: Integers, log: Log) -> pd.DataFrame:
    """Return ``trip`` (position), ``start``, ``end``, ``headway`` (seconds), ``exact`` (bool)."""
    start, end = seconds(table["start_time"]), seconds(table["end_time"])
    headway = whole_numbers(table["headway_secs"])
    for column, values in (("start_time", start), ("end_time", end)):
        log.refuse(table, values < 0, column, "heure impossible : HH:MM:SS attendu", _FIX)
    log.refuse(table, headway < 1, "headway_secs", "intervalle illisible : un nombre de secondes, 1 ou plus", _FIX)
    backwards = (end <= start) & (start >= 0) & (end >= 0)
    log.refuse(table, backwards, "end_time", "la fin de la fréquence n'est pas après son début", _FIX)
    exact = whole_numbers(table["exact_times"], blank=0)
    log.refuse(table, (exact < 0) | (exact > 1), "exact_times", "0 ou 1 attendu", _FIX)
    if loose := int((exact == 0).sum()):
        message = "fréquences sans heures exactes (exact_times 0) : l'attente est une hypothèse"
        log.note("not_exact", message, table.file, loose)
    columns = {"trip": trip, "start": start, "end": end, "headway": headway}
    return pd.DataFrame({**columns, "exact": exact == 1})[trip >= 0].reset_index(drop=True)


def read_transfers(table: Table, stop_ids: pd.Index, log: Log) -> pd.DataFrame:
    """Return ``from_stop``, ``to_stop`` (ids of stops or stations), ``transfer_type``, ``min_seconds`` (NaN if none).

    Rules that hold for certain routes or trips only, and in-seat transfers, are left out and noted.
    """
    kind = whole_numbers(table["transfer_type"], blank=0)
    log.refuse(table, kind == BAD, "transfer_type", "type de correspondance illisible", _FIX)
    wait = whole_numbers(table["min_transfer_time"])
    log.refuse(table, wait == BAD, "min_transfer_time", "durée illisible : un nombre de secondes", _FIX)
    partial = np.zeros(len(table), dtype=np.bool_)
    for column in ("from_route_id", "to_route_id", "from_trip_id", "to_trip_id"):
        partial |= (table[column] != "").to_numpy(dtype=np.bool_)
    partial |= kind > 3  # noqa: PLR2004 -- 4 and 5: staying in the vehicle
    known = (table["from_stop_id"].isin(stop_ids) & table["to_stop_id"].isin(stop_ids)).to_numpy(dtype=np.bool_)
    if partial.any():
        message = "correspondances propres à une ligne ou à une course, ou sans descendre : non lues"
        log.note("partial_transfers", message, table.file, int(partial.sum()))
    if (lost := ~known & ~partial).any():
        log.note("unknown_transfers", "correspondances d'arrêts inconnus : non lues", table.file, int(lost.sum()))
    kept = known & ~partial
    return pd.DataFrame(
        {
            "from_stop": table["from_stop_id"].to_numpy()[kept],
            "to_stop": table["to_stop_id"].to_numpy()[kept],
            "transfer_type": kind[kept].astype(np.int8),
            "min_seconds": np.where(wait < 0, np.nan, wait)[kept],
        }
    )
