"""Two real days of service, as our engine sees them and as the plain connection scan does, with the same walks."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from connection_scan import INFINITY, Run, connections, earliest_arrivals, mirrored, read_day
from numpy.typing import NDArray

from geo_integration.travel.transit.cafein_engine import CafeinEngine
from geo_integration.travel.transit.changes import change_links
from geo_integration.travel.transit.engine import HORIZON, NEVER, Joined
from geo_integration.travel.transit.gtfs import read_feed
from geo_integration.travel.transit.links import Links, OutlineWalking, Points
from geo_integration.travel.transit.timetable import DayTimetable, day_timetable

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
TER = {"ter": "gtfs/ter_hdf/ter_hauts_de_france_2025-01-22_2025-04-22.gtfs.zip"}
PORTO_ALEGRE = {
    "eptc": "street_transit_pair_porto_alegre/poa_eptc.zip",
    "trensurb": "street_transit_pair_porto_alegre/poa_trensurb.zip",
}


def real(name: str) -> Path:
    """Return a file of the real data; skip the test where it is not on this machine."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"real sample not on this machine: ../shared/data/{name}")
    return path


@dataclass(frozen=True, eq=False)
class RealDay:
    """One day, its walks, and the oracle's reading of the same files."""

    timetable: DayTimetable
    changes: Links
    engine: CafeinEngine
    runs: list[Run]


@cache
def real_day(name: str) -> RealDay:
    """Open a Tuesday of ``ter`` (Hauts-de-France, 2025) or of ``porto_alegre`` (2019)."""
    files, day = (TER, date(2025, 2, 4)) if name == "ter" else (PORTO_ALEGRE, date(2019, 5, 14))
    paths = {feed: real(path) for feed, path in files.items()}
    timetable = day_timetable([read_feed(path, name=feed) for feed, path in paths.items()], day)
    changes = change_links(timetable, OutlineWalking())
    return RealDay(timetable, changes, CafeinEngine(timetable, OutlineWalking(), changes), read_day(paths, day))


def homes(name: str) -> Points:
    """Return the mairies of Hauts-de-France, or the hexagons of Porto Alegre."""
    if name == "ter":
        return Points.of(pd.read_csv(real("geocodage/mairies_hdf_adresses_geolocalisees.csv")))
    return Points.of(pd.read_csv(real("street_transit_pair_porto_alegre/poa_hexgrid.csv")))


class SameWalks:
    """The oracle's answers for places whose walks are those of our engine, link by link."""

    def __init__(self, day: RealDay, joined: Joined) -> None:
        ids: list[str] = day.timetable.stops["stop_id"].tolist()
        sites = len(joined.sites)
        self._to_stops, self._from_stops = (defaultdict(dict) for _ in range(2))
        for place, stop, seconds in _rows(joined.to_stops):
            self._to_stops[place][ids[stop]] = seconds
        for stop, place, seconds in _rows(joined.from_stops):
            self._from_stops[place][ids[stop]] = seconds
        self._there = {(site, home): seconds for home, site, seconds in _rows(joined.there)}
        self._back = {(site, home): seconds for site, home, seconds in _rows(joined.back)}
        self._homes = range(sites, sites + len(joined.origins))
        between: dict[str, list[tuple[str, int]]] = defaultdict(list)
        turned: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for start, end, seconds in _rows(day.changes):
            between[ids[start]].append((ids[end], seconds))
            turned[ids[end]].append((ids[start], seconds))
        self._forward = connections(day.runs), between
        self._mirror = connections(mirrored(day.runs, HORIZON)), turned

    def back(self, site: int, depart_at: int) -> NDArray[np.int64]:
        """Return what our engine's ``back`` returns for one site."""
        stands = {stop: depart_at + walk for stop, walk in self._to_stops[site].items()}
        ridden = earliest_arrivals(self._forward[0], stands, self._forward[1])
        return self._totals(ridden, self._from_stops, self._back, site, depart_at, HORIZON - depart_at)

    def there(self, site: int, arrive_by: int) -> NDArray[np.int64]:
        """Return what our engine's ``there`` returns for one site."""
        at = HORIZON - arrive_by
        stands = {stop: at + walk for stop, walk in self._from_stops[site].items()}
        ridden = earliest_arrivals(self._mirror[0], stands, self._mirror[1])
        return self._totals(ridden, self._to_stops, self._there, site, at, HORIZON)

    def _totals(
        self,
        ridden: Mapping[str, int],
        walks: Mapping[int, Mapping[str, int]],
        direct: Mapping[tuple[int, int], int],
        site: int,
        at: int,
        longest: int,
    ) -> NDArray[np.int64]:
        found = []
        for home in self._homes:
            last = walks[home].items() if home in walks else ()
            total = min((ridden[stop] + walk - at for stop, walk in last if stop in ridden), default=INFINITY)
            total = min(total, direct.get((site, home - self._homes.start), INFINITY))
            found.append(total if total <= longest else NEVER)
        return np.array(found)


def _rows(links: Links) -> list[tuple[int, int, int]]:
    return list(zip(links.start.tolist(), links.end.tolist(), links.seconds.tolist(), strict=True))
