"""Transit beside a plain connection scan of the raw files, cafein as it comes, and ferrobus.

The connection scan and the two real days are those of the tests (``tests/travel/transit``).
"""

import argparse
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cafein
import ferrobus
import geopandas as gpd
import numpy as np
import pandas as pd
from cafein.streets import walking_footpaths
from numpy.typing import NDArray
from pages import markdown_table

from geo_integration.travel.streets.build import build
from geo_integration.travel.transit.cafein_engine import CafeinEngine
from geo_integration.travel.transit.changes import change_links
from geo_integration.travel.transit.engine import HORIZON, NEVER
from geo_integration.travel.transit.links import Links, OutlineWalking, Points, StreetWalking, Walking
from geo_integration.travel.transit.timetable import DayTimetable, write_gtfs
from geo_integration.vocabulary import Engine, Mode

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "travel" / "transit"))
from hand_made import clock
from real_days import SHARED, RealDay, SameWalks, homes, real_day

OSM = SHARED / "street_transit_pair_porto_alegre" / "poa_osm.pbf"
NAMES = {"ter": "TER Hauts-de-France, Tue 2025-02-04", "porto_alegre": "Porto Alegre, Tue 2019-05-14"}
SAMPLES = (
    ("ter", 40, "8:55", "11:30"),
    ("ter", 40, "17:55", "20:00"),
    ("porto_alegre", 12, "13:55", "16:00"),
    ("porto_alegre", 12, "17:55", "19:30"),
)
"""Day, number of sites, deadline, end of class. The sample of Porto Alegre runs mostly after noon."""
PLACES, DEPARTURE = 100, "18:00"
WALK, CHANGE = 1800, 600
CLOSE_MINUTES = 2

type Seconds = NDArray[np.int64]


def section(cache: Path) -> str:
    """Measure and return the section."""
    del cache
    return f"## Transit\n\n{INTRODUCTION}\n\n{_same_walks()}\n\n{_own_walks()}\n\n{_overhead()}"


def _same_walks() -> str:
    """Compare every sampled pair with the connection scan, given the same walks."""
    rows = []
    for name, count, arrive_by, depart_at in SAMPLES:
        day, origins = real_day(name), homes(name)
        near = np.unique(day.engine.join(origins.take(np.empty(0, np.int64)), origins).to_stops.start)
        sites = origins.take(np.sort(np.random.default_rng(11).choice(near, count, replace=False)))
        joined, asked = day.engine.join(sites, origins), np.arange(count)
        oracle = SameWalks(day, joined)
        for way, ours, theirs in (
            (
                f"there by {arrive_by}",
                day.engine.there(joined, asked, arrive_by=clock(arrive_by)),
                [oracle.there(site, clock(arrive_by)) for site in asked],
            ),
            (
                f"back from {depart_at}",
                day.engine.back(joined, asked, depart_at=clock(depart_at)),
                [oracle.back(site, clock(depart_at)) for site in asked],
            ),
        ):
            reached = int((ours != NEVER).sum())
            rows.append(
                [NAMES[name], way, f"{ours.size:,}", f"{reached:,}", str(int((ours != np.array(theirs)).sum()))]
            )
    table = markdown_table(["day", "question", "pairs", "joined", "differing by a second or more"], rows, words=2)
    return f"### The same walks: a plain connection scan\n\n{SAME}\n\n{table}"


def _own_walks() -> str:
    """Compare departures at one hour when each engine finds its own walks."""
    day = real_day("porto_alegre")
    places = _inside_extract()
    at = clock(DEPARTURE)
    streets = StreetWalking(build(OSM, mode=Mode.FOOT, area="porto_alegre", country="BR"))
    ours = _ours(day.timetable, streets, places, at)
    peer = _Cafein.open(day.timetable)
    theirs = peer.matrix(places, at)
    their_links = peer.walking(places, day.timetable)
    fed_access = _ours(day.timetable, their_links, places, at, change_links(day.timetable, streets))
    footpaths = peer.footpaths(day.timetable)
    fed_both = _ours(day.timetable, their_links, places, at, footpaths)
    sizes = len(places), len(day.timetable.stops)
    past = their_links.past_stops(*sizes)
    fed_past = _ours(day.timetable, past, places, at, footpaths)
    fed_rules = _ours(
        day.timetable, past.with_last_walk(footpaths, *sizes), places, at, footpaths, walk_limit=WALK + CHANGE
    )
    ferro = _ferrobus(day.timetable, places, at, HORIZON - at)
    pace = _pace(peer.at_rest(places), _ferrobus(day.timetable, places, clock("45:00"), WALK))
    outline = _ours(day.timetable, OutlineWalking(), places, at)
    rows = [
        _row("ours, walks on our streets — cafein as it comes", ours, theirs),
        _row("ours, given cafein's walks to stops and doors — cafein", fed_access, theirs),
        _row("ours, given all of cafein's walks — cafein", fed_both, theirs),
        _row("the same, and walks past a stop — cafein", fed_past, theirs),
        _row("the same, and its longer last walk — cafein", fed_rules, theirs),
        _row("ours, walks on our streets — ferrobus", ours, ferro),
        _row("cafein as it comes — ferrobus", theirs, ferro),
        _row("ours, outline walks — ours, walks on our streets", outline, ours),
    ]
    head = [
        "first — second",
        "both",
        "only first",
        "only second",
        "same minute",
        "within 2 min",
        "median, min",
        "p90",
        "bias",
    ]
    text = OWN.format(places=PLACES, hour=DEPARTURE)
    return f"### Each its own walks\n\n{text}\n\n{markdown_table(head, rows)}\n\n{WHY.format(speed=4.5 * pace)}"


def _row(name: str, first: Seconds, second: Seconds) -> list[str]:
    apart = ~np.eye(len(first), dtype=bool)
    one, other = first[apart], second[apart]
    both = (one < NEVER) & (other < NEVER)
    minutes = (one[both] - other[both]) / 60
    return [
        name,
        f"{int(both.sum()):,}",
        str(int(((one < NEVER) & (other == NEVER)).sum())),
        str(int(((one == NEVER) & (other < NEVER)).sum())),
        f"{(np.abs(minutes) < 1).mean():.1%}",
        f"{(np.abs(minutes) <= CLOSE_MINUTES).mean():.1%}",
        f"{np.median(np.abs(minutes)):.2f}",
        f"{np.percentile(np.abs(minutes), 90):.1f}",
        f"{minutes.mean():+.2f}",
    ]


def _pace(slow: Seconds, quick: Seconds) -> float:
    """Return the median ratio of the same walks from door to door, of five minutes or more."""
    walked = (slow < NEVER) & (quick < NEVER) & (slow >= CHANGE / 2) & ~np.eye(len(slow), dtype=bool)
    return float(np.median(slow[walked] / quick[walked]))


def _inside_extract() -> Points:
    """Return hexagons well inside the OSM extract, drawn once and for all."""
    every = homes("porto_alegre")
    west, south, east, north = -51.255, -30.105, -51.145, -30.0
    inside = np.flatnonzero((every.lon > west) & (every.lon < east) & (every.lat > south) & (every.lat < north))
    return every.take(np.sort(np.random.default_rng(5).choice(inside, PLACES, replace=False)))


def _ours(
    day: DayTimetable,
    walking: Walking,
    places: Points,
    at: int,
    changes: Links | None = None,
    *,
    walk_limit: int = WALK,
) -> Seconds:
    between = change_links(day, walking) if changes is None else changes
    with CafeinEngine(day, walking, between, walk_limit_seconds=walk_limit, direct_limit_seconds=2 * WALK) as engine:
        joined = engine.join(places, places)
        return engine.back(joined, np.arange(len(places)), depart_at=at).astype(np.int64)


@dataclass(frozen=True)
class _Given:
    """Walks found by another engine."""

    between: dict[tuple[int, int], Links]
    label: Engine = Engine.TIMETABLE

    def links(self, starts: Points, ends: Points, *, limit_seconds: int) -> Links:
        """Return the walks of one of the questions that were asked before."""
        found = self.between[len(starts), len(ends)]
        return found.where(found.seconds <= limit_seconds)

    def with_last_walk(self, footpaths: Links, places: int, stops: int) -> "_Given":
        """Return these walks, those from a stop to a place led past any other stop near it."""
        walks = self.between[stops, 2 * places]
        seconds = np.full((stops, 2 * places), NEVER, dtype=np.int64)
        seconds[walks.start, walks.end] = walks.seconds
        closed = seconds.copy()
        np.minimum.at(closed, footpaths.start, seconds[footpaths.end] + footpaths.seconds[:, None])
        found = [(i, j, int(closed[i, j])) for i, j in np.argwhere(closed <= WALK + CHANGE).tolist()]
        return _Given({**self.between, (stops, 2 * places): _links(found)})

    def past_stops(self, places: int, stops: int) -> "_Given":
        """Return these walks, those from door to door led past any stop near both."""
        direct, walks = self.between[places, places], self.between[stops, 2 * places]
        seconds = np.full((stops, places), NEVER, dtype=np.int64)
        own = walks.end < places
        seconds[walks.start[own], walks.end[own]] = walks.seconds[own]
        longer = np.full((places, places), NEVER, dtype=np.int64)
        longer[direct.start, direct.end] = direct.seconds
        for place in range(places):
            near = np.flatnonzero(seconds[:, place] <= WALK)
            past = (seconds[near, place, None] + seconds[near]).min(axis=0, initial=NEVER)
            longer[place] = np.minimum(longer[place], past)
        found = [(i, j, int(longer[i, j])) for i, j in np.argwhere(longer < NEVER).tolist()]
        return _Given({**self.between, (places, places): _links(found)})


@dataclass(frozen=True)
class _Cafein:
    """cafein with its own streets, on the same flattened day."""

    network: cafein.TransportNetwork
    day: str

    @classmethod
    def open(cls, day: DayTimetable) -> "_Cafein":
        with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            write_gtfs(day, Path(folder))
            network = cafein.TransportNetwork.from_gtfs(
                [folder],
                osm_pbf=str(OSM),
                walking_speed_kmph=4.5,
                max_walking_time=CHANGE / 60,
                trip_distances=False,
                leg_geometries=False,
            )
        return cls(network, day.day.isoformat())

    def matrix(self, places: Points, at: int) -> Seconds:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            raw = self.network.travel_time_matrix(
                _frame(places),
                departure=f"{self.day} {at // 3600:02d}:{at // 60 % 60:02d}:00",
                max_rides=12,
                walking_speed_kmph=4.5,
                max_walking_time=WALK / 60,
            )
        return np.where(raw > HORIZON - at, NEVER, raw.astype(np.int64))

    def at_rest(self, places: Points) -> Seconds:
        """Return its walks from door to door: what it answers on a day when nothing runs."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            raw = self.network.travel_time_matrix(
                _frame(places), departure="2000-01-01 12:00", walking_speed_kmph=4.5, max_walking_time=WALK / 60
            )
        return np.where(raw > WALK, NEVER, raw.astype(np.int64))

    def walking(self, places: Points, day: DayTimetable) -> _Given:
        """Return its walks between places and stops, and from place to place (asked when nothing runs)."""
        position = {stop: row for row, stop in enumerate(day.stops["stop_id"])}
        found = []
        for row, (lon, lat) in enumerate(zip(places.lon.tolist(), places.lat.tolist(), strict=True)):
            near = self.network.access_stops(lat, lon, walking_speed_kmph=4.5, max_walking_time=WALK / 60)
            found += [(row, position[stop], seconds) for stop, seconds in near.items()]
        walks = _links(found)
        alone = self.at_rest(places)
        direct = _links([(i, j, int(alone[i, j])) for i, j in np.argwhere(alone < NEVER).tolist()])
        size, stops = len(places), len(day.stops)
        twice = Links.sorted(
            np.concatenate([walks.start, walks.start + size]),
            np.concatenate([walks.end, walks.end]),
            np.concatenate([walks.seconds, walks.seconds]),
            np.zeros(2 * len(walks)),
        )
        return _Given({(2 * size, stops): twice, (stops, 2 * size): twice.turned(), (size, size): direct})

    def footpaths(self, day: DayTimetable) -> Links:
        """Return its walks from stop to stop."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            paths = walking_footpaths(
                str(OSM), self.network.stops, walking_speed_kmph=4.5, max_walking_time=CHANGE / 60
            )
        rows = pd.Index(day.stops["stop_id"]).get_indexer(paths.stop_ids)
        start, end = rows[paths.from_index], rows[paths.to_index]
        return Links.sorted(start, end, paths.seconds.astype(np.int64), paths.meters)


def _links(found: list[tuple[int, int, int]]) -> Links:
    start, end, seconds = np.array(found, dtype=np.int64).reshape(-1, 3).T
    return Links.sorted(start, end, seconds, np.zeros(len(found)))


def _ferrobus(day: DayTimetable, places: Points, at: int, longest: int) -> Seconds:
    """Ask ferrobus, which refuses the feed itself (blank hours) and takes our flattened day."""
    with tempfile.TemporaryDirectory() as folder:
        write_gtfs(day, Path(folder))
        stamp = f"{day.day:%Y%m%d}"
        calendar = "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
        (Path(folder) / "calendar.txt").write_text(f"{calendar}day,1,1,1,1,1,1,1,{stamp},{stamp}\n", encoding="utf-8")
        (Path(folder) / "calendar_dates.txt").unlink()
        model = ferrobus.create_transit_model(str(OSM), [folder], day.day, CHANGE)
    seconds = np.full((len(places), len(places)), NEVER, dtype=np.int64)
    points, rows = [], []
    for row, (lon, lat) in enumerate(zip(places.lon.tolist(), places.lat.tolist(), strict=True)):
        try:
            points.append(ferrobus.create_transit_point(lat, lon, model, WALK, 1000))
        except ValueError:
            continue
        rows.append(row)
    answers = ferrobus.travel_time_matrix(model, points, at, 11)
    for row, answer in zip(rows, answers, strict=True):
        for column, found in zip(rows, answer, strict=True):
            if found is not None and found <= longest:
                seconds[row, column] = found
    return seconds


def _overhead() -> str:
    """Time our departures beside those of cafein on the same day with the same walks to stops."""
    rows = []
    for name, at in (("ter", "11:30"), ("porto_alegre", "18:00")):
        day, origins = real_day(name), homes(name)
        sites = origins.take(np.arange(0, len(origins), 16))
        joined = day.engine.join(sites, origins)
        raw = _raw(day, joined.sites, joined.origins, at)
        asked = np.arange(len(sites))
        ours, theirs = [], []
        day.engine.back(joined, asked, depart_at=clock(at))
        for _ in range(7):  # in turn, so that both meet the same machine
            theirs.append(_seconds(raw))
            ours.append(_seconds(lambda: day.engine.back(joined, asked, depart_at=clock(at))))  # noqa: B023
        best, other = min(ours), min(theirs)
        pairs = f"{len(sites)} x {len(origins):,}"
        rows.append([NAMES[name], pairs, f"{other:.2f} s", f"{best:.2f} s", f"{best / other - 1:+.0%}"])
    table = markdown_table(["day", "pairs", "cafein alone", "ours", "overhead"], rows)
    return f"### What our protocol costs\n\n{OVERHEAD}\n\n{table}"


def _raw(day: RealDay, sites: Points, origins: Points, at: str) -> Callable[[], object]:
    """Return the same question put to cafein itself: one stop per stop, real coordinates, no doors, no leads."""
    joined = day.engine.join(sites, origins)
    stops = Points.of(day.timetable.stops)
    ids: list[str] = day.timetable.stops["stop_id"].tolist()
    with tempfile.TemporaryDirectory() as folder:
        write_gtfs(day.timetable, Path(folder))
        network = cafein.TransportNetwork.from_gtfs([folder], trip_distances=False, leg_geometries=False)
    changes = list(zip(*(a.tolist() for a in (day.changes.start, day.changes.end, day.changes.seconds)), strict=True))
    network.set_transfers([(ids[a], ids[b], seconds, float(seconds)) for a, b, seconds in changes])
    lon, lat = (np.concatenate([getattr(p, axis) for p in (sites, origins, stops)]) for axis in ("lon", "lat"))
    places, count = len(sites) + len(origins), len(lon)
    edges = [(i, count + i, 0.0) for i in range(count)]
    walks = joined.to_stops
    edges += zip(walks.start.tolist(), (places + walks.end).tolist(), (walks.seconds - 0.5).tolist(), strict=True)
    shape = np.column_stack([np.full(len(edges), 0.0), np.full(len(edges), -80.0)])
    shape[:count] = np.column_stack([lon, lat])
    shape = np.repeat(shape, 2, axis=0)
    links = [(stop, places + row, 0.0, 0.0) for row, stop in enumerate(ids)]
    offsets = list(range(0, 2 * len(edges) + 1, 2))
    network.set_street_network(2 * count, edges, offsets, shape[:, 0].tolist(), shape[:, 1].tolist(), links)
    frames = _frame(sites), _frame(origins)
    when = f"{day.timetable.day} {at}"

    def ask() -> object:
        return network.travel_time_matrix(
            frames[0], destinations=frames[1], departure=when, max_rides=12, walking_speed_kmph=3.6, max_walking_time=30
        )

    ask()
    return ask


def _seconds(ask: Callable[[], object]) -> float:
    start = time.perf_counter()
    ask()
    return time.perf_counter() - start


def _frame(places: Points) -> gpd.GeoDataFrame:
    ids = np.arange(len(places)).astype(str)
    return gpd.GeoDataFrame({"id": ids}, geometry=gpd.points_from_xy(places.lon, places.lat), crs="EPSG:4326")


INTRODUCTION = (
    "Two real days. The TER of Hauts-de-France (1,967 trips) from every mairie; the buses and the train of Porto "
    "Alegre (3,143 trips, mostly after noon: the sample is cut) from hexagons of the city. Porto Alegre is not in "
    "France: it is the one place with streets and timetables at hand."
)
SAME = (
    "The scan (`tests/travel/transit/connection_scan.py`, Dibbelt et al., 2018) reads the raw files with its own "
    "calendar; it shares nothing with the engine but the walks, straight lines lengthened. Pairs are sites drawn "
    "at random against every origin; those that no journey joins must be so for both."
)
OWN = (
    "{places} hexagons against each other, departure at {hour}, walks of 30 minutes at most to and from stops and of "
    "10 between them, on the OpenStreetMap extract. Ours and cafein walk at 4.5 km/h, ferrobus at its own speed, which "
    "cannot be set. Arrivals after six in the morning do not count. *Bias* is the first minus the second, in minutes."
)
WHY = """What explains the differences from cafein, step by step. Given cafein's own walks to stops and
from door to door, then its walks between stops, two of its rules are left. Its tables let people walk to any stop and
on from it without riding, up to 30 minutes twice, where we take the walk from door to door or none. And after the
last ride it lets them walk to another stop first (10 minutes) and then 30 minutes more, where we stop at 30
minutes in all. Given both rules as well, nothing is left (the fifth row). So every other difference is a walk: where a
place is joined to the streets, which streets may be walked, how stairs and crossings are timed. The extract is cut
closer than the timetable: 41 % of the stops have no street near (ferrobus's own count).

ferrobus is off by the same from cafein as from us: over the same walks from door to door it is as quick as
someone who walks at {speed:.1f} km/h (median), and every journey has two walks at least. The rest was not looked
into."""
OVERHEAD = (
    "The same departures, the best of seven runs of each in turn. Ours has two stops where cafein has one, and doors "
    "of its own; cafein alone walks on the same links. Ours also answers *arrive by*: cafein's own takes seconds for "
    "each site of Porto Alegre (it searches every pair again), which is why the mirrored day is searched instead."
)


def main() -> None:
    """Print the section."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    print(section(Path()))


if __name__ == "__main__":
    main()
