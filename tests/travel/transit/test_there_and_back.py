"""There and back at class hours: a small day on paper, then what must hold of any day."""

from collections.abc import Callable, Collection, Mapping
from datetime import date

import numpy as np
import pandas as pd
import pytest
from connection_scan import Call, Run
from hand_made import TUESDAY, TableWalking, clock, day_of
from hypothesis import example, given, settings
from hypothesis import strategies as st

from geo_integration.errors import OptionError
from geo_integration.travel.transit.cafein_engine import CafeinEngine
from geo_integration.travel.transit.class_hours import Slot
from geo_integration.travel.transit.itinerary import detail
from geo_integration.travel.transit.links import Links, OutlineWalking, StreetWalking
from geo_integration.travel.transit.there_and_back import (
    LONGEST_WAIT,
    WAITS_MINUTES,
    TransitChunk,
    transit_not_routable,
    transit_reach,
)
from geo_integration.vocabulary import Engine
from tests.travel.streets.drawn_network import both_ways, draw, place

HOME, NEAR, LOST, SITE, OTHER = -10.0, -11.0, -12.0, -20.0, -21.0


def trip(*calls: tuple[str, str]) -> Run:
    return [Call(stop, clock(time), clock(time)) for stop, time in calls]


TRIPS = [
    trip(("A", "8:00"), ("C", "8:40")),
    trip(("C", "12:00"), ("A", "12:30")),
    trip(("C", "24:10"), ("A", "25:00")),
]
WALKS = {
    (HOME, 0.0): 300,
    (0.0, HOME): 300,
    (SITE, 2.0): 120,
    (2.0, SITE): 120,
    (OTHER, 2.0): 600,
    (2.0, OTHER): 600,
    (NEAR, SITE): 900,
    (SITE, NEAR): 900,
}
NO_CHANGE = Links.sorted(*(np.empty(0, np.int64),) * 3, np.empty(0))
MORNING, EVENING = Slot.parse("tue", "09:00", "11:30"), Slot.parse("tue", "18:00", "20:00")


def engine(runs: list[Run] = TRIPS, walks: Mapping[tuple[float, float], int] = WALKS) -> CafeinEngine:
    return CafeinEngine(day_of(runs, "ABC"), TableWalking(walks), NO_CHANGE)


def sites(*lon: float, communes: str = "") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "site_id": [f"s{n}" for n in range(len(lon))],
            "lon": lon,
            "lat": np.where(np.isnan(lon), np.nan, 40.0),
            "commune_code": list(communes) or pd.Series([None] * len(lon), dtype="object"),
        }
    )


def origins(*lon: float, radius: float = 100.0) -> pd.DataFrame:
    codes = [chr(ord("a") + n) for n in range(len(lon))]
    lat = np.where(np.isnan(lon), np.nan, 40.0)
    return pd.DataFrame({"commune_code": codes, "lon": lon, "lat": lat, "radius_metres": radius})


def reach(
    places: pd.DataFrame,
    homes: pd.DataFrame,
    slots: Slot | Mapping[str, Collection[Slot]] = MORNING,
    *,
    cutoff: float = 90,
    open_day: Callable[[date], CafeinEngine] | None = None,
    **options: object,
) -> list[TransitChunk]:
    return list(
        transit_reach(
            places,
            homes,
            slots=slots,
            engine_for_day=open_day or (lambda _: engine()),
            week_of=TUESDAY,
            cutoff_minutes=cutoff,
            **options,  # type: ignore[arg-type]
        )
    )


def only(chunks: list[TransitChunk]) -> TransitChunk:
    (chunk,) = chunks
    return chunk


def pairs(chunk: TransitChunk) -> dict[tuple[int, int], tuple[float, float, float, float]]:
    columns = (chunk.out_minutes, chunk.back_minutes, chunk.out_wait_minutes, chunk.back_wait_minutes)
    keys = zip(chunk.site_index.tolist(), chunk.commune_index.tolist(), strict=True)
    return dict(zip(keys, zip(*(column.tolist() for column in columns), strict=True), strict=True))


def test_a_morning_class_counts_waits_on_both_sides() -> None:
    """Deadline 8:55. Leave at 7:55, at the door at 8:42: 60 minutes, of which 13 waiting (told as 15).

    The end is at 11:30; the 12:00 is caught by leaving at 11:58 (28 minutes: told as 30), home is at 12:35: 65 minutes.
    """
    chunk = only(reach(sites(SITE), origins(HOME, NEAR, LOST, np.nan)))
    assert pairs(chunk) == {(0, 0): (60, 65, 15, 30), (0, 1): (15, 15, 0, 0)}
    assert (chunk.slot, chunk.day, chunk.label) == (MORNING, TUESDAY, Engine.TIMETABLE_OUTLINE)
    assert not chunk.long_wait.any()


def test_an_evening_class_without_a_way_home_is_kept_as_such() -> None:
    """The last way in is the 8:00 of the morning; after 20:00 nothing until 0:10, which is home at 1:05."""
    chunk = only(reach(sites(SITE), origins(HOME, NEAR), EVENING, cutoff=700))
    found = pairs(chunk)
    assert found.pop((0, 1)) == (15, 15, 0, 0)  # on foot, at night too
    ((out, back, out_wait, back_wait),) = found.values()
    assert (out, back, out_wait) == (600, np.inf, LONGEST_WAIT)
    assert np.isnan(back_wait)
    assert chunk.long_wait.tolist() == [True, False]
    # Whoever may be home at 1:05 is.
    later = only(reach(sites(SITE), origins(HOME), EVENING, cutoff=700, latest_return=clock("25:05")))
    assert pairs(later) == {(0, 0): (600, 305, LONGEST_WAIT, LONGEST_WAIT)}
    sooner = only(reach(sites(SITE), origins(HOME), EVENING, cutoff=700, latest_return=clock("25:04")))
    assert pairs(sooner)[0, 0][1] == np.inf


def test_pairs_are_kept_by_the_way_in_or_by_the_way_back_if_there_is_a_way_in() -> None:
    for cutoff, kept in ((65, True), (62, True), (60, True), (59, False)):
        assert bool(pairs(only(reach(sites(SITE), origins(HOME), cutoff=cutoff)))) == kept
    # The way in is 365 minutes, the way back 65: kept at 65.
    afternoon = Slot.parse("tue", "14:05", "15:00")
    later = [*TRIPS, trip(("C", "15:30"), ("A", "16:00"))]
    chunk = only(reach(sites(SITE), origins(HOME), afternoon, cutoff=65, open_day=lambda _: engine(later)))
    assert pairs(chunk)[0, 0][:2] == (365, 65)
    # No way in at all: not kept, however short the way back.
    chunk = only(reach(sites(SITE), origins(HOME), open_day=lambda _: engine(TRIPS[1:])))
    assert pairs(chunk) == {}
    assert chunk.sites.tolist() == [0]


@pytest.mark.parametrize(
    ("minutes", "told"),
    [
        (0, 0),
        (1, 5),
        (5, 5),
        (6, 10),
        (45, 45),
        (45.5, 50),
        (60, 60),
        (61, 75),
        (90, 90),
        (120, 120),
        (121, 121),
        (200, 121),
    ],
)
def test_waits_are_rounded_up_and_those_over_45_minutes_told(minutes: float, told: float) -> None:
    end = clock("15:00")
    leaves = round(end + minutes * 60 + 120)
    runs = [TRIPS[0], [Call("C", leaves, leaves), Call("A", leaves + 3600, leaves + 3600)]]
    slot = Slot(1, clock("9:00"), end)
    chunk = only(reach(sites(SITE), origins(HOME), slot, cutoff=600, open_day=lambda _: engine(runs)))
    assert pairs(chunk)[0, 0][1:] == (pytest.approx(minutes + 67, abs=0.01), 15, told)
    assert chunk.long_wait.tolist() == [minutes > 45]


def test_the_margin_is_the_callers_and_a_class_at_midnight_does_not_crash() -> None:
    assert pairs(only(reach(sites(SITE), origins(HOME), margin_minutes=18)))[0, 0][:3] == (47, 65, 0)
    assert pairs(only(reach(sites(SITE), origins(HOME), margin_minutes=19))) == {}
    chunk = only(reach(sites(SITE), origins(HOME, NEAR), Slot(1, 0, 24 * 3600), latest_return=30 * 3600))
    assert pairs(chunk) == {(0, 1): (15, 15, 0, 0)}


def test_each_site_is_asked_at_its_own_hours_on_its_own_day() -> None:
    opened = []

    def open_day(day: date) -> CafeinEngine:
        opened.append(day)
        found = engine(TRIPS if day == TUESDAY else TRIPS[:1])
        found.day = day
        return found

    wednesday = Slot.parse("wed", "09:00", "11:30")
    slots = {"s0": [wednesday, MORNING, MORNING], "s1": [MORNING], "unknown": [MORNING]}
    chunks = reach(sites(SITE, OTHER, SITE), origins(HOME), slots, open_day=open_day)
    assert opened == [TUESDAY, date(2025, 2, 5)]
    assert [(chunk.day, chunk.slot, chunk.sites.tolist()) for chunk in chunks] == [
        (TUESDAY, MORNING, [0, 1]),
        (date(2025, 2, 5), wednesday, [0]),
    ]
    # OTHER is 10 minutes from C: at 8:50, and back by leaving at 11:50.
    assert pairs(chunks[0]) == {(0, 0): (60, 65, 15, 30), (1, 0): (60, 65, 5, 20)}
    assert pairs(chunks[1])[0, 0][1] == np.inf  # no vehicle home on Wednesday


def test_chunks_do_not_change_the_answer_and_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    places = sites(SITE, OTHER, np.nan, SITE, LOST)
    whole = only(reach(places, origins(HOME, NEAR)))
    parts = reach(places, origins(HOME, NEAR), chunk_size=2, progress=lambda *counts: told.append(counts))
    assert told == [(2, 5), (4, 5), (5, 5)]
    assert {pair: value for part in parts for pair, value in pairs(part).items()} == pairs(whole)
    assert [row for part in parts for row in part.sites.tolist()] == whole.sites.tolist() == [0, 1, 2, 3, 4]
    assert np.lexsort((whole.commune_index, whole.site_index)).tolist() == list(range(len(whole.site_index)))


def test_waits_may_be_left_out() -> None:
    chunk = only(reach(sites(SITE), origins(HOME), waits=False))
    assert np.isnan(chunk.out_wait_minutes).all()
    assert chunk.out_minutes.tolist() == [60]
    assert not chunk.long_wait.any()


def test_a_trip_inside_a_commune_takes_the_walk_over_its_mean_distance() -> None:
    # Radius 1,500 m: 1,000 m on average, 1,300 m to walk, at 1.25 m/s: 1,040 s.
    chunk = only(reach(sites(SITE, communes="b"), origins(HOME, NEAR, radius=1500.0)))
    assert pairs(chunk)[0, 1][:2] == (pytest.approx(1040 / 60), pytest.approx(1040 / 60))
    assert pairs(chunk)[0, 0][:2] == (60, 65)
    # At most half an hour; a longer trip stays as it is; who reaches nothing still does not.
    chunk = only(reach(sites(SITE, communes="b"), origins(HOME, NEAR, radius=30_000.0)))
    assert pairs(chunk)[0, 1][:2] == (30, 30)
    chunk = only(reach(sites(SITE, communes="a"), origins(HOME, radius=3000.0)))
    assert pairs(chunk)[0, 0][:2] == (60, 65)
    assert pairs(only(reach(sites(SITE, communes="a"), origins(LOST, radius=3000.0)))) == {}
    # A point of 150 m or less is a door, not a commune.
    chunk = only(reach(sites(SITE, communes="b"), origins(HOME, NEAR, radius=150.0)))
    assert pairs(chunk)[0, 1][:2] == (15, 15)


def test_places_of_which_nothing_is_known_are_listed() -> None:
    walking = OutlineWalking()
    found = transit_not_routable(sites(SITE, np.nan), origins(np.nan, HOME), walking=walking)
    assert found.sites.to_numpy().tolist() == [["s1", "no_position"]]
    assert found.communes.to_numpy().tolist() == [["a", "no_position"]]
    network = draw({"a": (0.0, 0.0), "b": (300.0, 0.0)}, [both_ways("a", "b", 300)], snap_limit_metres=100)
    (lon, lat), (far_lon, far_lat) = place(0.0, 50.0), place(0.0, 150.0)
    homes = origins(lon, far_lon).assign(lat=[lat, far_lat])
    found = transit_not_routable(sites(), homes, walking=StreetWalking(network))
    assert found.communes.to_numpy().tolist() == [["b", "no_network"]]
    assert found.sites.empty


@pytest.mark.parametrize(
    "wrong",
    [{"cutoff": 0}, {"margin_minutes": -1}, {"latest_return": 0}, {"latest_return": 30 * 3600 + 1}, {"chunk_size": 0}],
)
def test_options_that_make_no_sense_are_refused_before_anything_is_searched(wrong: dict[str, int]) -> None:
    cutoff = wrong.get("cutoff", 60)
    rest = {name: value for name, value in wrong.items() if name != "cutoff"}
    with pytest.raises(OptionError):
        transit_reach(
            sites(SITE),
            origins(HOME),
            slots=MORNING,
            engine_for_day=lambda _: engine(),
            week_of=TUESDAY,
            cutoff_minutes=cutoff,
            **rest,  # type: ignore[arg-type]
        )


@st.composite
def days(draw: st.DrawFn) -> list[Run]:
    runs = []
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, 22 * 12)) * 300
        ride = draw(st.integers(1, 60)) * 60
        runs.append(
            [
                Call(*place_)
                for place_ in zip(
                    draw(st.permutations("AC")), (start, start + ride), (start, start + ride), strict=True
                )
            ]
        )
    return runs


@given(days(), st.integers(7, 19), st.integers(1, 4))
@example([[Call("A", 0, 0), Call("C", 60, 60)], [Call("C", 48_900, 48_900), Call("A", 48_960, 48_960)]], 8, 4)
@settings(max_examples=25)
def test_the_table_is_what_every_single_pair_is_told(runs: list[Run], hour: int, hours: int) -> None:
    slot = Slot(1, hour * 3600, (hour + hours) * 3600)
    with engine(runs) as opened:
        places, homes = sites(SITE, OTHER), origins(HOME, NEAR)
        found = pairs(only(reach(places, homes, slot, cutoff=240, open_day=lambda _: opened)))
        for site, (_, door) in enumerate(places.iterrows()):
            for home, (_, origin) in enumerate(homes.iterrows()):
                both = detail(opened, (origin.lon, origin.lat), (door.lon, door.lat), slot)
                kept = both.out_minutes <= 240 or (both.back_minutes <= 240 and both.out is not None)
                assert ((site, home) in found) == kept
                if not kept:
                    continue
                out, back, out_wait, back_wait = found[site, home]
                assert (out, back) == pytest.approx((both.out_minutes, both.back_minutes), abs=1e-4)
                for told, wait, trip, ridden in (
                    (out_wait, both.out_wait, out, both.out),
                    (back_wait, both.back_wait, back, both.back),
                ):
                    if ridden is not None:
                        scale = [minutes for minutes in (*WAITS_MINUTES, LONGEST_WAIT) if minutes * 60 >= wait]
                        # Rounded up, and never longer than the trip it is part of.
                        assert told == pytest.approx(min(scale[0] if scale else LONGEST_WAIT, trip), abs=1e-4)
