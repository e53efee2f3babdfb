"""Real days: our engine and a plain connection scan of the raw files, given the same walks, agree to the second.

Nothing is shared but the walks: the scan reads the GTFS files itself, with its own calendar and its own interpolation.
"""

import numpy as np
import pytest
from connection_scan import connections
from hand_made import clock, runs_of
from real_days import RealDay, SameWalks, homes, real_day

from geo_integration.travel.transit.class_hours import Slot
from geo_integration.travel.transit.engine import NEVER
from geo_integration.travel.transit.itinerary import detail

# Name, number of sites, hours: the sample of Porto Alegre runs mostly after noon.
DAYS = [("ter", 12, "8:55", "11:30"), ("ter", 6, "17:55", "20:00"), ("porto_alegre", 4, "17:55", "19:30")]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ter", "porto_alegre"])
def test_both_read_the_same_day(name: str) -> None:
    """Up to eleven in the morning of the day after: each cuts the vehicles that run at noon in its own way."""
    day = real_day(name)
    ours, theirs = (
        sorted(
            (c.departure, c.arrival, c.start, c.end, c.boards, c.alights)
            for c in connections(runs)
            if c.arrival <= clock("35:00")
        )
        for runs in (runs_of(day.timetable), day.runs)
    )
    assert len(ours) > 10_000
    assert ours == theirs


@pytest.mark.slow
@pytest.mark.parametrize(("name", "count", "arrive_by", "depart_at"), DAYS)
def test_every_sampled_pair_is_the_same_to_the_second(name: str, count: int, arrive_by: str, depart_at: str) -> None:
    day, origins = real_day(name), homes(name)
    sites = origins.take(_served(day, name, count))
    joined = day.engine.join(sites, origins)
    oracle = SameWalks(day, joined)
    rows = np.arange(count)
    there = day.engine.there(joined, rows, arrive_by=clock(arrive_by))
    back = day.engine.back(joined, rows, depart_at=clock(depart_at))
    assert (there != NEVER).sum() > 20 * count
    assert (back != NEVER).sum() > 20 * count
    for site in rows.tolist():
        assert (there[site] == oracle.there(site, clock(arrive_by))).all()
        assert (back[site] == oracle.back(site, clock(depart_at))).all()


@pytest.mark.slow
def test_the_itinerary_of_a_pair_has_the_minutes_of_the_table() -> None:
    day, origins = real_day("ter"), homes("ter")
    slot = Slot(1, clock("9:00"), clock("11:30"))
    sites = origins.take(_served(day, "ter", 3))
    joined = day.engine.join(sites, origins)
    there = day.engine.there(joined, np.arange(3), arrive_by=clock("8:55"))
    back = day.engine.back(joined, np.arange(3), depart_at=clock("11:30"))
    seen = 0
    for site, home in np.argwhere(there != NEVER)[::40].tolist():
        place, door = ((float(one.lon[row]), float(one.lat[row])) for one, row in ((origins, home), (sites, site)))
        both = detail(day.engine, place, door, slot)
        assert both.out_minutes * 60 == pytest.approx(there[site, home])
        late = clock("11:30") + int(back[site, home]) > both.latest_return
        assert (both.back is None) == late
        assert late or both.back_minutes * 60 == pytest.approx(back[site, home])
        seen += 1
    assert seen > 10


def _served(day: RealDay, name: str, count: int) -> np.ndarray:  # type: ignore[type-arg]
    """Return homes with a stop in walking range, drawn once and for all."""
    everywhere = homes(name)
    near = np.unique(day.engine.join(everywhere.take(np.empty(0, np.int64)), everywhere).to_stops.start)
    return np.sort(np.random.default_rng(3).choice(near, count, replace=False))
