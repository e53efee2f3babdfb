"""The way home: the last train on paper, by hand; then on the real timetables of the TER, against a plain reading."""

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from small_store import DAY, finder_of, north, offer, session, store_of
from small_trains import ARRAS, LENS, NOW, TRAINS, at, home, means_of, school

from geo_integration.coverage.learner.profile import Profile
from geo_integration.errors import OptionError, OutsideServiceError
from geo_integration.jobs.means import Means
from geo_integration.jobs.timetables import add_feeds
from geo_integration.search import Finder, Found, Origin, Reach, Search, WayHome
from geo_integration.search.origin import at_commune
from geo_integration.settings import settings
from geo_integration.travel.transit.class_hours import HoursBasis, Slot
from geo_integration.travel.transit.engine import Ride
from geo_integration.travel.transit.there_and_back import LATEST_RETURN
from geo_integration.vocabulary import Mode

TER = sorted((Path(__file__).resolve().parents[3] / "shared" / "data" / "gtfs" / "ter_hdf").glob("ter_hauts_*.zip"))


def test_the_last_train_by_hand(tmp_path: Path) -> None:
    one, way = home(school(tmp_path), means_of(tmp_path))
    assert (one.out_minutes, one.back_minutes) == (55, 50)
    assert one.slot == Slot.parse("tue", "09:00", "11:30")
    assert one.slots == (one.slot,)
    assert one.basis is HoursBasis.DEFAULT
    assert way.trip.out is not None
    assert way.trip.back is not None
    assert [leg.start for leg in way.trip.out.rides] == [at("8:00")]
    assert (way.trip.back.rides[0].start, way.trip.back.end) == (at("12:00"), at("12:20"))
    assert way.trip.basis is HoursBasis.DEFAULT
    assert way.last is not None
    assert way.last == way.last_ride
    assert (way.last.start, way.last.end) == (at("20:10"), at("20:30"))


def test_what_brings_home_later_than_that_is_no_way_home(tmp_path: Path) -> None:
    finder = school(tmp_path)
    _, way = home(finder, means_of(tmp_path, latest_return="24:10"))
    assert way.last is not None
    assert way.last.end == at("24:10")
    _, way = home(finder, means_of(tmp_path, latest_return="20:29"))
    assert way.last is not None
    assert way.last.start == at("17:00")


def test_after_an_evening_class_nobody_comes_home(tmp_path: Path) -> None:
    late = [*TRAINS, ("dusk", "all", LENS, "19:30", ARRAS, "19:50")]
    one, way = home(
        school(tmp_path, session(1, days="tue", start_time="20:00", end_time="22:00")), means_of(tmp_path, late)
    )
    assert one.no_way_home
    assert way.trip.no_return
    assert (way.last, way.last_ride) == (None, None)


def test_a_class_that_ends_as_the_last_train_leaves(tmp_path: Path) -> None:
    for end, leaves in (("20:10", "20:10"), ("20:11", None)):
        _, way = home(school(tmp_path, session(1, days="tue", start_time="09:00", end_time=end)), means_of(tmp_path))
        assert (way.last and way.last.start) == (leaves and at(leaves))


def test_of_several_days_the_worst_is_told(tmp_path: Path) -> None:
    twice = session(1, days="tue;thu", start_time="09:00", end_time="11:30")
    one, way = home(school(tmp_path, twice), means_of(tmp_path))
    assert [slot.weekday for slot in one.slots] == [1, 3]
    assert one.basis is HoursBasis.STATED
    assert way.trip.slot.weekday == 3
    assert way.trip.day == date(2026, 10, 8)
    assert way.last is not None
    assert way.last.start == at("17:00")


def test_a_walk_home_does_not_hide_the_last_bus(tmp_path: Path) -> None:
    """Home is 2 km away, 34.67 minutes on foot: one may leave later than the last bus."""
    door = north(0)
    stops = {LENS: north(2000), ARRAS: door}
    means = means_of(tmp_path, stops=stops)
    finder = finder_of(store_of(tmp_path / "store", [offer(1, door)], [session(1)]))
    _, way = home(finder, means, origin=Origin(*north(2000), "point donné"))
    assert way.last is not None
    assert way.last.rides == ()
    assert way.last.end == LATEST_RETURN
    assert way.last.end - way.last.start == pytest.approx(2 * 1.3 * 60 / 4.5 * 60, abs=2)
    assert way.last_ride is not None
    assert way.last_ride.start == at("20:10")


def test_where_no_way_is_known_nothing_is_told(tmp_path: Path) -> None:
    means, finder = means_of(tmp_path), school(tmp_path)
    question = Search(at_commune("59350"), DAY, means=means)  # no stop within 20 km
    found = finder.offers(question)
    assert [one.reach for one in found.items] == [Reach.NOT_KNOWN]
    assert finder.ways_home(question, found.items) == {}
    on_foot = Search(at_commune(LENS), DAY, means=Means(mode=Mode.FOOT))
    assert finder.ways_home(on_foot, finder.offers(on_foot).items) == {}
    with pytest.raises(OptionError, match="quelle semaine"):
        finder.offers(Search(at_commune(LENS), DAY, means=Means(mode=Mode.TRANSIT, folder=means.folder)))
    far = Means(mode=Mode.TRANSIT, week_of=date(2030, 1, 1), folder=means.folder)
    with pytest.raises(OutsideServiceError):
        finder.offers(Search(at_commune(LENS), DAY, means=far))


def test_timetables_written_anew_are_read_anew(tmp_path: Path) -> None:
    finder, means = school(tmp_path), means_of(tmp_path)
    _, way = home(finder, means)
    assert way.last is not None
    assert way.last.start == at("20:10")
    means_of(tmp_path, [*TRAINS, ("ten", "all", ARRAS, "22:00", LENS, "22:20")])
    one, way = home(finder, means)
    assert way.last is not None
    assert way.last.start == at("22:00")
    means_of(tmp_path, TRAINS[:1] + TRAINS[2:])  # no noon train any more: the answer kept of the commune goes too
    again, _ = home(finder, means)
    assert (one.back_minutes, again.back_minutes) == (50, 350)
    assert len(finder._timetables._sets.latest(99)) == 1


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Keep timetables where the settings say."""
    monkeypatch.setenv("GEO_INTEGRATION_NETWORKS", str(tmp_path / "networks"))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def test_the_week_whose_timetables_answer(kept: Path) -> None:
    finder = school(kept)
    assert finder.timetable_week(date(2026, 10, 1)) is None
    means_of(kept)  # runs from Tuesday 1 September to Friday 18 December 2026
    for today, expected in (
        (date(2026, 10, 1), date(2026, 10, 1)),
        (date(2026, 9, 7), date(2026, 9, 7)),  # the first whole week: from Monday 7
        (date(2026, 9, 3), date(2026, 9, 7)),
        (date(2026, 12, 13), date(2026, 12, 13)),  # Sunday of the last whole week
        (date(2026, 12, 14), date(2026, 12, 7)),  # 19 and 20 December are not covered
        (date(2027, 3, 1), date(2026, 12, 7)),
        (date(2025, 3, 1), date(2026, 9, 7)),
    ):
        assert finder.timetable_week(today) == expected
        assert finder.timetable_week(expected) == expected


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Means:
    """Keep the timetables of the TER Hauts-de-France."""
    if not TER:
        pytest.skip("needs the timetables of the TER, which are shared beside the checkout")
    folder = tmp_path_factory.mktemp("ter")
    add_feeds(TER[:1], folder, now=NOW)
    return Means(mode=Mode.TRANSIT, week_of=date(2025, 2, 4), folder=folder)


def table(name: str) -> list[dict[str, str]]:
    with zipfile.ZipFile(TER[0]) as archive, archive.open(f"{name}.txt") as file:
        return list(csv.DictReader(io.TextIOWrapper(file, "utf-8-sig")))


def departures(day: str) -> list[tuple[int, int, str, str, str]]:
    """Return every move from a stop area to the next on a day: leaves, arrives, from, to, trip."""
    dated = [row for row in table("calendar_dates") if row["date"] == day]
    assert {row["exception_type"] for row in dated} == {"1"}  # this feed has no calendar.txt, and takes no day away
    running = {row["service_id"] for row in dated}
    trips = {row["trip_id"] for row in table("trips") if row["service_id"] in running}
    area = {row["stop_id"]: row["parent_station"] or row["stop_id"] for row in table("stops")}
    calls: dict[str, list[tuple[int, int, int, str]]] = {}
    for row in table("stop_times"):
        if row["trip_id"] in trips:
            arrives, leaves = (at(row[name][:5]) for name in ("arrival_time", "departure_time"))
            calls.setdefault(row["trip_id"], []).append(
                (int(row["stop_sequence"]), arrives, leaves, area[row["stop_id"]])
            )
    return [
        (one[2], other[1], one[3], other[3], trip)
        for trip, its in calls.items()
        for one, other in pairwise(sorted(its))
    ]


def latest_departure(moves: list[tuple[int, int, str, str, str]], start: str, end: str, by: int) -> int:
    """Scan backwards for the last departure that still arrives, changing at once anywhere in a station."""
    latest, ridden, best = {end: by}, set(), -1
    for leaves, arrives, here, there, trip in sorted(moves, reverse=True):
        if trip in ridden or arrives <= latest.get(there, -1):
            ridden.add(trip)
            latest[here] = max(latest.get(here, -1), leaves)
            if here == start:
                best = max(best, leaves)
    return best


def station(name: str) -> tuple[str, float, float]:
    (row,) = [row for row in table("stops") if row["stop_name"] == name and row["location_type"] == "1"]
    train = next(r for r in table("stops") if r["parent_station"] == row["stop_id"] and "Train" in r["stop_id"])
    return row["stop_id"], float(train["stop_lon"]), float(train["stop_lat"])


def real_way(real: Means, tmp_path: Path, start: str, end: str, end_time: str) -> WayHome:
    """Return the way home from a class at one station to another, on Tuesday 4 February 2025."""
    _, *door = station(start)
    _, *to = station(end)
    rows = [session(1, days="tue", start_time="09:00", end_time=end_time, start_date="2025-01-06")]
    finder = school(tmp_path, *rows, at=(door[0], door[1]))
    question = Search(Origin(to[0], to[1], "point donné"), date(2025, 2, 4), means=real, minutes=120, everything=True)
    found: Found = finder.offers(question)
    return finder.ways_home(question, found.items)["s:1"]


def test_the_last_train_from_arras_to_lens_on_paper(real: Means, tmp_path: Path) -> None:
    """Tuesday 4 February 2025: Arras 20:55, Lens 21:07, as the poster says; nothing later, by any way."""
    way = real_way(real, tmp_path, "Arras", "Lens", "11:30")
    assert way.last_ride is not None
    (ride,) = way.last_ride.rides
    assert (ride.board, ride.alight, ride.start, ride.end) == ("Arras", "Lens", at("20:55"), at("21:07"))
    assert way.last == way.last_ride
    assert real_way(real, tmp_path, "Arras", "Lens", "21:30").trip.no_return


@pytest.mark.parametrize(
    ("start", "end"),
    [("Arras", "Lens"), ("Arras", "Béthune"), ("Amiens", "Abbeville"), ("Lille Flandres", "Lens"), ("Arras", "Douai")],
)
def test_the_last_departure_is_that_of_a_plain_reading(real: Means, tmp_path: Path, start: str, end: str) -> None:
    moves = departures("20250204")
    way = real_way(real, tmp_path, start, end, "11:30")
    assert way.last_ride is not None
    first = way.last_ride.rides[0]
    assert isinstance(first, Ride)
    # Each stands at a train platform: a walk inside the station may cost the coach that stops across the square.
    assert first.start == latest_departure(moves, station(start)[0], station(end)[0], LATEST_RETURN - 300)
    assert way.trip.back is not None
    assert way.trip.slot.end <= way.trip.back.start <= way.last_ride.start
    assert way.last_ride.end <= LATEST_RETURN


@pytest.fixture(scope="module")
def everywhere(real: Means, demo_store_folder: Path) -> tuple[Finder, Means]:
    from geo_integration.store import FolderStore  # noqa: PLC0415

    return finder_of(FolderStore(demo_store_folder)), real


@given(code=st.sampled_from([ARRAS, LENS, "80021", "62119", "59178", "02691"]), late=st.booleans())
@hypothesis_settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_ways_home_say_what_the_list_says(everywhere: tuple[Finder, Means], code: str, late: bool) -> None:  # noqa: FBT001
    from geo_integration.jobs import demo  # noqa: PLC0415

    finder, means = everywhere
    if late:
        means = Means(
            mode=Mode.TRANSIT,
            week_of=means.week_of,
            folder=means.folder,
            class_start="18:30",
            class_end="20:30",
        )
    place = at_commune(code)
    question = Search(Origin(place.lon, place.lat, "point donné"), demo.as_of(), Profile(), means, minutes=90)
    found = finder.offers(question)
    ways = finder.ways_home(question, found.items)
    assert set(ways) == {one.offer_id for one in found.items if one.slots}
    for one in found.items:
        if (way := ways.get(one.offer_id)) is None:
            continue
        assert one.out_minutes is not None
        # Of several days the list takes the longer of each way; the way home is that of one day.
        assert way.trip.out_minutes <= one.out_minutes + 1e-3
        assert len(one.slots) > 1 or way.trip.out_minutes == pytest.approx(one.out_minutes, abs=1e-3)
        assert len(one.slots) > 1 or (way.trip.back is None) == one.no_way_home
        assert (way.last is None) == (way.trip.back is None)
        for last in (way.last, way.last_ride):
            if last is not None:
                assert way.trip.slot.end <= last.start
                assert last.end <= LATEST_RETURN
        if way.last_ride is not None:
            assert way.last is not None
            assert way.last.start >= way.last_ride.start
    for one in found.items[:2]:
        assert finder.offer(one.offer_id, question, demo.as_of()) == one
