"""The engine: a three-trip timetable on paper, then random ones against the plain connection scan."""

import itertools
from collections.abc import Mapping

import numpy as np
import pytest
from connection_scan import INFINITY, Call, Run
from hand_made import Oracle, TableWalking, clock, day_of
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_integration.errors import OptionError
from geo_integration.travel.transit.cafein_engine import CafeinEngine
from geo_integration.travel.transit.engine import HORIZON, NEVER, Journey, Ride, Walk
from geo_integration.travel.transit.links import Links, Points

ROW = np.zeros(1, np.int64)
HOME, SITE, LOST = -10.0, -20.0, -30.0
"""Longitudes by which the table of walks knows the places; the stops have 0, 1, 2…"""

THREE = [
    [
        Call("A", clock("8:00"), clock("8:00")),
        Call("B", clock("8:20"), clock("8:21")),
        Call("C", clock("8:40"), clock("8:40")),
    ],
    [Call("C", clock("12:00"), clock("12:00")), Call("A", clock("12:30"), clock("12:30"))],
    [Call("C", clock("24:10"), clock("24:10")), Call("A", clock("25:00"), clock("25:00"))],
]
WALKS = {(HOME, 0.0): 300, (0.0, HOME): 310, (SITE, 2.0): 120, (2.0, SITE): 120}


def points(*lon: float) -> Points:
    return Points(np.array(lon), np.full(len(lon), 40.0))


def links_of(found: Mapping[tuple[int, int], int]) -> Links:
    pairs = np.array(sorted(found), dtype=np.int64).reshape(-1, 2)
    return Links.sorted(
        pairs[:, 0], pairs[:, 1], np.array([found[start, end] for start, end in pairs.tolist()]), np.zeros(len(pairs))
    )


def engine_of(
    runs: list[Run],
    stops: str,
    walks: Mapping[tuple[float, float], int],
    between: Mapping[tuple[int, int], int] | None = None,
    **limits: int,
) -> CafeinEngine:
    return CafeinEngine(day_of(runs, stops), TableWalking(walks), links_of(between or {}), **limits)


def one(engine: CafeinEngine, *, by: str | None = None, at: str | None = None) -> int:
    joined = engine.join(points(SITE), points(HOME))
    if by is not None:
        return int(engine.there(joined, ROW, arrive_by=clock(by))[0, 0])
    return int(engine.back(joined, ROW, depart_at=clock(at or ""))[0, 0])


@pytest.fixture(scope="module")
def three() -> CafeinEngine:
    return engine_of(THREE, "ABCX", WALKS)


@pytest.mark.parametrize(
    ("by", "seconds"),
    [
        # The 8:00 is at C at 8:40 and at the site at 8:42; it is boarded by whoever leaves home at 7:55.
        ("8:42", 47 * 60),
        ("8:55", 60 * 60),
        ("8:41:59", NEVER),
        ("13:00", 5 * 3600 + 5 * 60),
        ("26:00", 18 * 3600 + 5 * 60),
    ],
)
def test_there_counts_from_setting_out_to_the_deadline(three: CafeinEngine, by: str, seconds: int) -> None:
    assert one(three, by=by) == seconds


@pytest.mark.parametrize(
    ("at", "seconds"),
    [
        # The 12:00 is caught by leaving at 11:58; it is at A at 12:30 and 310 s later one is home.
        ("11:58", 32 * 60 + 310),
        ("8:55", 3 * 3600 + 35 * 60 + 310),
        # One second late, and the next vehicle leaves at 0:10 the next day, to be at A at 1:00.
        ("11:58:01", 13 * 3600 + 60 + 59 + 310),
        ("24:08", 52 * 60 + 310),
        ("24:08:01", NEVER),
    ],
)
def test_back_counts_from_the_end_of_class_to_being_home(three: CafeinEngine, at: str, seconds: int) -> None:
    assert one(three, at=at) == seconds


def test_places_without_a_stop_or_a_position_reach_nothing(three: CafeinEngine) -> None:
    joined = three.join(points(SITE, LOST), points(HOME, LOST, np.nan))
    found = three.there(joined, np.arange(2), arrive_by=clock("8:55"))
    assert found.tolist() == [[3600, NEVER, NEVER], [NEVER, NEVER, NEVER]]


def test_a_walk_all_the_way_counts_also_at_night_and_beyond_the_reach_of_stops() -> None:
    walks = {**WALKS, (HOME, SITE): 3500, (SITE, HOME): 3400}
    with engine_of(THREE, "ABCX", walks) as engine:
        assert one(engine, by="4:00") == 3500
        assert one(engine, by="8:42") == 47 * 60  # the bus is quicker
        assert one(engine, by="8:55") == 3500  # leaving for the bus at 7:55 is earlier than walking from 7:56:40
        assert one(engine, at="20:00") == 3400
    with engine_of(THREE, "ABCX", walks, direct_limit_seconds=3450) as engine:
        assert one(engine, by="4:00") == NEVER
        assert one(engine, at="20:00") == 3400


def test_a_stop_is_walked_to_within_the_limit_only() -> None:
    with engine_of(THREE, "ABCX", WALKS, walk_limit_seconds=300) as engine:
        assert one(engine, by="8:55") == 3600  # 300 s to A
        assert one(engine, at="11:58") == NEVER  # 310 s from A
    with engine_of(THREE, "ABCX", WALKS, walk_limit_seconds=299) as engine:
        assert one(engine, by="8:55") == NEVER


def test_walks_are_never_chained() -> None:
    """Home is 5 min from B, B is 5 min from A, where the bus leaves: nobody said that home is near A."""
    walks = {(HOME, 1.0): 300, (SITE, 2.0): 120, (2.0, SITE): 120}
    runs = [[Call("A", clock("8:00"), clock("8:00")), Call("C", clock("8:40"), clock("8:40"))]]
    between = {(1, 0): 300, (0, 1): 300}
    with engine_of(runs, "ABC", walks, between) as engine:
        assert one(engine, by="8:55") == NEVER
    # Nor at the other end, nor past another place that is near both.
    walks = {(HOME, 0.0): 300, (1.0, SITE): 120, (LOST, 0.0): 1, (2.0, LOST): 1, (LOST, SITE): 1}
    between = {(2, 1): 60}
    with engine_of(runs, "ABC", walks, between) as engine:
        joined = engine.join(points(SITE, LOST), points(HOME, LOST))
        assert engine.there(joined, np.arange(2), arrive_by=clock("8:55"))[0, 0] == NEVER


def change_runs(second: str) -> list[Run]:
    return [
        [Call("A", clock("8:00"), clock("8:00")), Call("B", clock("8:20"), clock("8:20"))],
        [Call("B", clock(second), clock(second)), Call("C", clock("8:40"), clock("8:40"))],
    ]


def test_changing_at_one_stop_takes_no_time_and_elsewhere_the_walk_does() -> None:
    for second, expected in (("8:20", 2820), ("8:19:59", NEVER)):
        with engine_of(change_runs(second), "ABC", WALKS) as engine:
            assert one(engine, by="8:42") == expected, second
    apart = [change_runs("8:20")[0], [Call("X", clock("8:23"), clock("8:23")), Call("C", clock("8:40"), clock("8:40"))]]
    for seconds, expected in ((180, 2820), (181, NEVER)):
        with engine_of(apart, "ABCX", WALKS, {(1, 3): seconds}) as engine:
            assert one(engine, by="8:42") == expected, seconds
            # The walk leads from B to X only.
        with engine_of(apart, "ABCX", WALKS, {(3, 1): seconds}) as engine:
            assert one(engine, by="8:42") == NEVER


def test_getting_on_or_off_may_be_forbidden() -> None:
    runs = [
        [
            Call("A", clock("8:00"), clock("8:00"), boards=False),
            Call("B", clock("8:10"), clock("8:10")),
            Call("C", clock("8:40"), clock("8:40")),
        ]
    ]
    with engine_of(runs, "ABC", {**WALKS, (HOME, 1.0): 900}) as engine:
        assert one(engine, by="8:55") == clock("8:55") - clock("7:55")  # 8:10 at B, 900 s away
    with engine_of([*runs, [*runs[0][:1], Call("X", clock("9:00"), clock("9:00"))]], "ABCX", WALKS) as engine:
        assert one(engine, by="8:55") == NEVER
    runs[0][2] = Call("C", clock("8:40"), clock("8:40"), alights=False)
    with engine_of(runs, "ABC", {**WALKS, (HOME, 1.0): 900}) as engine:
        assert one(engine, by="8:55") == NEVER


def test_where_one_may_not_get_off_one_cannot_change_either() -> None:
    """The library itself does not look: both vehicles are at B together."""
    for alights, boards, expected in ((True, True, 2820), (False, True, NEVER), (True, False, NEVER)):
        runs = [
            [
                Call("A", clock("8:00"), clock("8:00")),
                Call("B", clock("8:20"), clock("8:20"), alights=alights),
                Call("X", clock("8:50"), clock("8:50")),
            ],
            [
                Call("X", clock("8:10"), clock("8:10")),
                Call("B", clock("8:20"), clock("8:20"), boards=boards),
                Call("C", clock("8:40"), clock("8:40")),
            ],
        ]
        with engine_of(runs, "ABCX", WALKS) as engine:
            assert one(engine, by="8:42") == expected, (alights, boards)
            assert one(engine, by="8:42") == expected


def test_a_day_without_service_leaves_walking() -> None:
    with engine_of([], "ABC", {**WALKS, (HOME, SITE): 600}) as engine:
        assert one(engine, by="8:55") == 600
        assert one(engine, at="8:55") == NEVER
        assert [len(journey.legs) for journey in engine.journeys(points(HOME), points(SITE), arrive_by=8 * 3600)] == [1]


def test_places_at_the_very_same_point_do_not_borrow_each_others_walks() -> None:
    walks = {(HOME, 0.0): 300, (2.0, SITE): 120}
    with engine_of(THREE, "ABCX", walks) as engine:
        lon = np.array([HOME, HOME])
        joined = engine.join(points(SITE, SITE), Points(lon, np.array([40.0, 40.0])))
        assert engine.there(joined, np.array([1]), arrive_by=clock("8:55")).tolist() == [[3600, 3600]]


def test_rows_are_answered_in_the_order_asked() -> None:
    walks = {**WALKS, (2.0, LOST): 600}
    with engine_of(THREE, "ABCX", walks) as engine:
        joined = engine.join(points(SITE, LOST), points(HOME))
        assert engine.there(joined, np.array([1, 0]), arrive_by=clock("8:50")).tolist() == [[3300], [3300]]
        assert engine.there(joined, np.array([1]), arrive_by=clock("8:49")).tolist() == [[NEVER]]
        assert engine.there(joined, np.array([0]), arrive_by=clock("8:49")).tolist() == [[3240]]
        assert engine.there(joined, np.empty(0, np.int64), arrive_by=clock("8:49")).shape == (0, 1)


def test_journeys_have_their_legs_hours_and_waits() -> None:
    runs = [
        *change_runs("8:26"),
        [Call("C", clock("24:10"), clock("24:10")), Call("A", clock("25:00"), clock("25:00"))],
    ]
    with engine_of(runs, "ABC", WALKS) as engine:
        (journey,) = engine.journeys(points(HOME), points(SITE), arrive_by=clock("8:55"))
        ride = {"feed": "f", "route_type": 3, "agency": "Réseau"}
        assert journey == Journey(
            clock("7:55"),
            clock("8:42"),
            (
                Walk(clock("7:55"), clock("8:00"), "", "Arrêt A"),
                Ride("f:t0", route_id="r0", route_name="Ligne 0", headsign="vers B", board="Arrêt A", alight="Arrêt B",
                     start=clock("8:00"), end=clock("8:20"), wait=0, **ride),
                Ride("f:t1", route_id="r1", route_name="Ligne 1", headsign="vers C", board="Arrêt B", alight="Arrêt C",
                     start=clock("8:26"), end=clock("8:40"), wait=360, **ride),
                Walk(clock("8:40"), clock("8:42"), "Arrêt C", ""),
            ),
        )  # fmt: skip
        assert journey.longest_wait == 360
        # The way home leaves as late as it may, and crosses midnight.
        (home,) = engine.journeys(points(SITE), points(HOME), depart_at=clock("20:00"))
        assert (home.start, home.end) == (clock("24:08"), clock("25:05:10"))
        assert [leg.start for leg in home.legs] == [clock("24:08"), clock("24:10"), clock("25:00")]


def test_a_walk_between_two_stops_is_a_leg_of_its_own() -> None:
    runs = [
        [Call("A", clock("8:00"), clock("8:00")), Call("B", clock("8:20"), clock("8:20"))],
        [Call("X", clock("8:30"), clock("8:30")), Call("C", clock("8:40"), clock("8:40"))],
    ]
    with engine_of(runs, "ABCX", WALKS, {(1, 3): 240}) as engine:
        for asked in ({"arrive_by": clock("8:55")}, {"depart_at": clock("7:00")}):
            (journey,) = engine.journeys(points(HOME), points(SITE), **asked)
            assert journey.legs[2] == Walk(clock("8:20"), clock("8:24"), "Arrêt B", "Arrêt X", 0.0)
            assert journey.rides[1].wait == 360


def test_a_quicker_journey_with_more_rides_comes_before_a_slower_one_with_fewer() -> None:
    direct = [Call("A", clock("7:50"), clock("7:50")), Call("C", clock("8:45"), clock("8:45"))]
    with engine_of([*change_runs("8:26"), direct], "ABC", WALKS) as engine:
        found = engine.journeys(points(HOME), points(SITE), arrive_by=clock("8:55"))
        assert [(journey.start, len(journey.rides)) for journey in found] == [(clock("7:55"), 2), (clock("7:45"), 1)]


@pytest.mark.parametrize("second", [-1, HORIZON + 1])
def test_hours_outside_the_day_are_refused(three: CafeinEngine, second: int) -> None:
    joined = three.join(points(SITE), points(HOME))
    for asked in (
        lambda: three.there(joined, ROW, arrive_by=second),
        lambda: three.back(joined, ROW, depart_at=second),
    ):
        with pytest.raises(OptionError):
            asked()


def test_impossible_limits_and_questions_are_refused(three: CafeinEngine) -> None:
    for limits in ({"walk_limit_seconds": 7200}, {"walk_limit_seconds": -1}, {"max_rides": 0}):
        with pytest.raises(OptionError):
            engine_of(THREE, "ABCX", WALKS, **limits)
    with pytest.raises(OptionError):
        three.journeys(points(HOME), points(SITE))
    with pytest.raises(OptionError):
        three.journeys(points(HOME), points(SITE), arrive_by=0, depart_at=0)


# Random timetables: few stops, few trips, little time, so that journeys meet.
STOPS = "ABCDE"
MINUTES = st.integers(0, 40)


@st.composite
def run(draw: st.DrawFn) -> Run:
    places = draw(st.lists(st.sampled_from(STOPS), min_size=2, max_size=5))
    time = draw(MINUTES) * 60 + draw(st.sampled_from([0, 0, 30, 3600 * 23]))
    calls = []
    for stop in places:
        arrival = time
        time += draw(st.sampled_from([0, 0, 0, 60]))
        calls.append(
            Call(
                stop,
                arrival,
                time,
                draw(st.sampled_from([True, True, False])),
                draw(st.sampled_from([True, True, False])),
            )
        )
        time += draw(st.integers(1, 10)) * 60
    return calls


@st.composite
def world(draw: st.DrawFn) -> tuple[list[Run], dict[tuple[int, int], int], dict[tuple[float, float], int]]:
    runs = draw(st.lists(run(), min_size=0, max_size=7))
    pairs = list(itertools.product(range(len(STOPS)), repeat=2))
    between = draw(st.dictionaries(st.sampled_from(pairs), st.integers(0, 700), max_size=12))
    doors = [-10.0, -11.0, -20.0, -21.0]
    to_stop = [(door, float(stop)) for door in doors for stop in range(len(STOPS))]
    ways = [*to_stop, *((end, start) for start, end in to_stop), *itertools.product(doors[:2], doors[2:])]
    walks = draw(st.dictionaries(st.sampled_from(ways), st.integers(0, 1900), min_size=6, max_size=30))
    return runs, between, walks


type World = tuple[list[Run], dict[tuple[int, int], int], dict[tuple[float, float], int]]


def oracle_of(runs: list[Run], between: Mapping[tuple[int, int], int]) -> Oracle:
    table: dict[str, list[tuple[str, int]]] = {}
    for (start, end), seconds in between.items():
        table.setdefault(STOPS[start], []).append((STOPS[end], seconds))
    return Oracle(runs, table)


def doors(walks: Mapping[tuple[float, float], int], door: float, *, leaves: bool) -> dict[str, int]:
    """Return the seconds between a door and stops, within half an hour."""
    found = {}
    for stop, name in enumerate(STOPS):
        seconds = walks.get((door, float(stop)) if leaves else (float(stop), door), INFINITY)
        if seconds <= 1800:
            found[name] = seconds
    return found


def journey_is_real(journey: Journey, runs: list[Run], between: Mapping[tuple[int, int], int]) -> None:
    """Check that each ride is in the timetable and each change possible."""
    rides = journey.rides
    for ride in rides:
        calls = runs[int(ride.trip_id.removeprefix("f:t"))]
        starts = [
            n
            for n, c in enumerate(calls)
            if (f"Arrêt {c.stop}", c.departure, c.boards) == (ride.board, ride.start, True)
        ]
        ends = [
            n for n, c in enumerate(calls) if (f"Arrêt {c.stop}", c.arrival, c.alights) == (ride.alight, ride.end, True)
        ]
        assert any(start < end for start in starts for end in ends)
    for before, after in itertools.pairwise(rides):
        pair = STOPS.index(before.alight[-1]), STOPS.index(after.board[-1])
        assert before.end + (0 if pair[0] == pair[1] else between[pair]) <= after.start
    for before, after in itertools.pairwise(journey.legs):
        wait = after.wait if isinstance(after, Ride) else 0
        assert before.end + wait == after.start
    assert (journey.start, journey.end) == (journey.legs[0].start, journey.legs[-1].end)


@given(world(), st.integers(0, 80), st.sampled_from([0, 23 * 3600]))
@settings(max_examples=60)
def test_every_answer_is_the_oracles_to_the_second(world_: World, minute: int, shift: int) -> None:
    runs, between, walks = world_
    oracle, instant = oracle_of(runs, between), minute * 60 + shift
    with engine_of(runs, STOPS, walks, between) as engine:
        origins, sites = (-10.0, -11.0), (-20.0, -21.0)
        joined = engine.join(points(*sites), points(*origins))
        there = engine.there(joined, np.arange(2), arrive_by=instant)
        back = engine.back(joined, np.arange(2), depart_at=instant)
        for (row, site), (column, home) in itertools.product(enumerate(sites), enumerate(origins)):
            leave, reach = doors(walks, home, leaves=True), doors(walks, site, leaves=False)
            walk = walks.get((home, site), INFINITY)
            expected = oracle.there(leave, reach, walk, instant)
            assert there[row, column] == expected
            found = engine.journeys(points(home), points(site), arrive_by=instant)
            assert (instant - found[0].start if found else NEVER) == expected
            for journey in found:
                assert journey.end <= instant
                journey_is_real(journey, runs, between)
            if found and found[0].rides:
                shortest = oracle.shortest(leave, reach, found[0].start, instant)
                assert found[0].end - found[0].start == shortest
            leave, reach = doors(walks, site, leaves=True), doors(walks, home, leaves=False)
            expected = oracle.back(leave, reach, walks.get((site, home), INFINITY), instant)
            assert back[row, column] == expected
            found = engine.journeys(points(site), points(home), depart_at=instant)
            assert (found[0].end - instant if found else NEVER) == expected
            for journey in found:
                assert journey.start >= instant
                journey_is_real(journey, runs, between)


@given(world(), run(), st.integers(0, 80))
@settings(max_examples=25)
def test_one_more_trip_never_makes_anything_longer(world_: World, more: Run, minute: int) -> None:
    runs, between, walks = world_
    answers = []
    for timetable in (runs, [*runs, more]):
        with engine_of(timetable, STOPS, walks, between) as engine:
            joined = engine.join(points(-20.0, -21.0), points(-10.0, -11.0))
            asked = np.arange(2)
            there = engine.there(joined, asked, arrive_by=minute * 60)
            answers.append(np.stack([there, engine.back(joined, asked, depart_at=minute * 60)]))
    assert (answers[1] <= answers[0]).all()


@given(world(), st.integers(0, 80))
@settings(max_examples=10)
def test_same_inputs_same_answers(world_: World, minute: int) -> None:
    runs, between, walks = world_
    answers = []
    for _ in range(2):
        with engine_of(runs, STOPS, walks, between) as engine:
            found = engine.journeys(points(-10.0), points(-20.0), arrive_by=minute * 60)
            joined = engine.join(points(-20.0, -21.0), points(-10.0, -11.0))
            answers.append((found, engine.there(joined, np.arange(2), arrive_by=minute * 60).tobytes()))
    assert answers[0] == answers[1]
