"""One day of service: by hand, by properties, and real feeds counted another way."""

import csv
import io
import zipfile
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from feeds import EPTC, SMALL, TAM, TER_HDF, TER_NATIONAL, TRENSURB, changed, replaced, shared, write_zip
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_integration.errors import OptionError, OutsideServiceError
from geo_integration.travel.transit.gtfs import Feed, read_feed
from geo_integration.travel.transit.timetable import (
    LAST_SECOND,
    DayTimetable,
    day_notes,
    day_timetable,
    mirror,
    write_gtfs,
)

TUESDAY = date(2025, 2, 4)
ARRAYS = ("trip", "stop", "arrival", "departure", "boards", "alights")


def same(one: DayTimetable, other: DayTimetable) -> None:
    assert one.day == other.day
    pd.testing.assert_frame_equal(one.stops, other.stops)
    pd.testing.assert_frame_equal(one.trips, other.trips)
    for name in ARRAYS:
        left, right = getattr(one, name), getattr(other, name)
        assert left.dtype == right.dtype
        np.testing.assert_array_equal(left, right)


def sound(day: DayTimetable, latest: int = LAST_SECOND) -> None:
    """Check the contract, word by word."""
    assert [getattr(day, name).dtype for name in ARRAYS] == [np.int32] * 4 + [np.bool_] * 2
    assert list(day.stops.columns) == ["stop_id", "name", "lon", "lat", "station"]
    assert list(day.trips.columns) == ["trip_id", "feed", "route_id", "route_name", "route_type", "headsign", "agency"]
    assert day.stops["stop_id"].is_unique
    assert day.trips["trip_id"].is_unique
    assert not day.stops.isna().any().any()
    assert not day.trips.isna().any().any()
    assert (np.bincount(day.trip, minlength=len(day.trips)) >= 2).all()
    assert (np.diff(day.trip) >= 0).all()
    assert (day.arrival >= 0).all()
    assert (day.departure <= latest).all()
    assert (day.departure >= day.arrival).all()
    assert (day.arrival[1:] >= day.departure[:-1])[np.diff(day.trip) == 0].all()
    assert (day.stop >= 0).all()
    assert (day.stop < len(day.stops)).all()


def calls(day: DayTimetable, trip_id: str) -> list[tuple[str, int, int, bool, bool]]:
    """Stop, arrival and departure in minutes, boards and alights of each call of a trip."""
    number = list(day.trips["trip_id"]).index(trip_id)
    ids = day.stops["stop_id"].to_numpy()
    rows = zip(
        ids[day.stop], day.arrival / 60, day.departure / 60, day.boards.tolist(), day.alights.tolist(), strict=True
    )
    return [row for row, trip in zip(rows, day.trip, strict=True) if trip == number]


@pytest.fixture
def small(tmp_path: Path) -> Feed:
    return read_feed(write_zip(tmp_path / "f.zip"))


# --- by hand ---------------------------------------------------------------------------------------------------


def test_a_tuesday_by_hand(small: Feed) -> None:
    day = day_timetable([small], TUESDAY)
    sound(day)
    assert list(day.trips["trip_id"]) == [
        "f:a1",
        "f:a1+1d",
        "f:f1@06:00:00",
        "f:f1@06:00:00+1d",
        "f:f1@06:20:00",
        "f:f1@06:20:00+1d",
        "f:f1@06:40:00",
        "f:f1@06:40:00+1d",
        "f:n1",
        "f:n1-1d",
    ]
    # 8:00 = minute 480; getting off is not allowed at the first call, getting on not at the last
    assert calls(day, "f:a1") == [
        ("f:S1", 480, 480, True, False),
        ("f:S2", 490, 491, True, True),
        ("f:S3", 500, 500, False, True),
    ]
    assert [row[1] for row in calls(day, "f:a1+1d")] == [480 + 1440, 490 + 1440, 500 + 1440]
    assert [row[1] for row in calls(day, "f:f1@06:20:00")] == [380, 395]  # 6:20, and a quarter of an hour later
    assert [row[1] for row in calls(day, "f:n1")] == [1430, 1450, 1470]  # 23:50, 24:10, 24:30
    # that of the day before: 23:50 is yesterday and cut; 0:10 to 0:12, then 0:30
    assert calls(day, "f:n1-1d") == [("f:S2", 10, 12, True, True), ("f:S1", 30, 30, True, True)]
    # n1 of the day after leaves at 47:50: after 36:00
    assert list(day.stops["stop_id"]) == ["f:S1", "f:S2", "f:S3"]
    assert list(day.stops["station"]) == ["f:S1", "f:G", "f:S3"]
    night = day.trips[day.trips["trip_id"] == "f:n1"].iloc[0]
    assert night[["feed", "route_id", "route_name", "headsign", "agency"]].tolist() == [
        "f",
        "RN",
        "Ligne de nuit",
        "Mairie",
        "Réseau des Tilleuls",
    ]
    assert night["route_type"] == 3


def test_the_days_around_an_exception(small: Feed) -> None:
    # Friday 7: Thursday 6 does not run, so nothing comes from before midnight; Saturday 8 has a2 at 9:00
    friday = day_timetable([small], date(2025, 2, 7))
    assert set(friday.trips["trip_id"]) == {
        "f:a1",
        "f:a2+1d",
        "f:f1@06:00:00",
        "f:f1@06:20:00",
        "f:f1@06:40:00",
        "f:n1",
    }
    saturday = day_timetable([small], date(2025, 2, 8))
    assert set(saturday.trips["trip_id"]) == {"f:a2", "f:n1-1d"}


def test_the_end_of_the_day_is_cut_where_asked(small: Feed) -> None:
    day = day_timetable([small], TUESDAY, latest_second=8 * 3600 + 10 * 60)
    sound(day, 8 * 3600 + 600)
    # a1 stands at S2 from 8:10 to 8:11: it is there at 8:10, and its last hour is 8:10
    assert [row[:3] for row in calls(day, "f:a1")] == [("f:S1", 480, 480), ("f:S2", 490, 490)]
    # one second earlier one call is left of it, and a trip has two
    assert "f:a1" not in set(day_timetable([small], TUESDAY, latest_second=8 * 3600 + 599).trips["trip_id"])


def test_frequencies_start_at_the_first_departure_and_end_before_the_end(tmp_path: Path) -> None:
    files = replaced("stop_times.txt", "f1,00:00:00,00:00:00", "f1,05:58:00,06:00:00")
    files["stop_times.txt"] = files["stop_times.txt"].replace("f1,00:15:00,00:15:00", "f1,06:15:00,06:15:00")
    files["frequencies.txt"] = (
        "trip_id,start_time,end_time,headway_secs\nf1,06:00:00,06:40:00,1200\nf1,06:20:00,06:30:00,600\nf1,23:50:00,24:10:00,900\n"
    )
    feed = read_feed(write_zip(tmp_path / "f.zip", files))
    day = day_timetable([feed], TUESDAY)
    runs = [one for one in day.trips["trip_id"] if one.startswith("f:f1") and not one.endswith("+1d")]
    # 6:40 is the end, left out; 6:20 of both rows is one run; 24:05 of the day before is 0:05
    assert runs == [
        "f:f1@06:00:00",
        "f:f1@06:20:00",
        "f:f1@23:50:00",
        "f:f1@24:05:00",
        "f:f1@24:05:00-1d",
    ]
    assert [row[1:3] for row in calls(day, "f:f1@06:20:00")] == [
        (378, 380),
        (395, 395),
    ]  # arrives 2 min before it leaves
    assert [row[1:3] for row in calls(day, "f:f1@24:05:00-1d")] == [(3, 5), (20, 20)]
    # 23:50 the day before: it stands at the first stop from 23:48 to 23:50, cut; one call is left of two
    assert "not_exact" in {note.code for note in day_notes([feed], TUESDAY)}


def test_calls_to_phone_for_board_and_are_counted(tmp_path: Path) -> None:
    feed = read_feed(write_zip(tmp_path / "f.zip", replaced("stop_times.txt", "S2,2,0,0", "S2,2,2,3")))
    assert calls(day_timetable([feed], TUESDAY), "f:a1")[1] == ("f:S2", 490, 491, True, True)
    notes = {note.code: note for note in day_notes([feed], TUESDAY)}
    assert notes["phone_ahead"].count == 1
    assert notes["phone_ahead"].feed == "f"


def test_feeds_are_kept_apart_and_in_order(tmp_path: Path, small: Feed) -> None:
    twin = read_feed(write_zip(tmp_path / "twin.zip"), name="b")
    together = day_timetable([small, twin], TUESDAY)
    sound(together)
    same(together, day_timetable([twin, small], TUESDAY))
    assert len(together.trips) == 20
    assert list(together.stops["stop_id"]) == ["b:S1", "b:S2", "b:S3", "f:S1", "f:S2", "f:S3"]
    assert [row[1] for row in calls(together, "f:a1")] == [row[1] for row in calls(together, "b:a1")]


# --- days that are not covered ---------------------------------------------------------------------------------


def test_a_day_outside_the_window_is_an_error_that_names_it(small: Feed) -> None:
    for day in (date(2025, 2, 2), date(2025, 2, 15), date(2026, 2, 4)):
        with pytest.raises(OutsideServiceError) as caught:
            day_timetable([small], day, allow_partial=True)
        assert caught.value.where == "f : du 03/02/2025 au 14/02/2025"
        assert f"{day:%d/%m/%Y}" in caught.value.what


def test_a_covered_day_without_service_says_that_it_is_covered(small: Feed) -> None:
    with pytest.raises(OutsideServiceError, match="aucun véhicule ne circule le 09/02/2025, jour pourtant couvert"):
        day_timetable([small], date(2025, 2, 9))


def test_service_is_never_thinned_in_silence(tmp_path: Path, small: Feed) -> None:
    files = replaced("calendar.txt", "20250203,20250214", "20250201,20250331")
    longer = read_feed(write_zip(tmp_path / "longer.zip", files))
    with pytest.raises(OutsideServiceError) as caught:
        day_timetable([small, longer], date(2025, 3, 4))
    assert "de f" in caught.value.what
    assert caught.value.where == "f : du 03/02/2025 au 14/02/2025"
    assert "--feed" in caught.value.way_out
    day = day_timetable([small, longer], date(2025, 3, 4), allow_partial=True)
    assert set(day.trips["feed"]) == {"longer"}
    missing = [
        note for note in day_notes([small, longer], date(2025, 3, 4), allow_partial=True) if note.code == "missing_feed"
    ]
    assert [note.feed for note in missing] == ["f"]
    assert "14/02/2025" in missing[0].message


def test_a_feed_that_does_not_run_that_day_is_noted(tmp_path: Path, small: Feed) -> None:
    weekend = replaced("calendar.txt", "week,1,1,1,1,1,0,0,20250203", "week,0,0,0,0,0,1,1,20250201")
    other = read_feed(write_zip(tmp_path / "weekend.zip", weekend))
    day = day_timetable([small, other], TUESDAY)
    assert set(day.trips["feed"]) == {"f"}
    codes = {(note.code, note.feed) for note in day_notes([small, other], TUESDAY)}
    assert ("no_service", "weekend") in codes


def test_the_edges_of_the_window_are_noted(small: Feed) -> None:
    messages = [note.message for note in day_notes([small], date(2025, 2, 14)) if note.code == "edge"]
    assert messages == ["horaires du lendemain inconnus : la nuit peut manquer de courses"]
    assert not [note for note in day_notes([small], TUESDAY) if note.code == "edge"]


def test_wrong_options_are_refused(small: Feed) -> None:
    for feeds in ([], [small, small]):
        with pytest.raises(OptionError):
            day_timetable(feeds, TUESDAY)
    for latest in (0, LAST_SECOND + 1):
        with pytest.raises(OptionError):
            day_timetable([small], TUESDAY, latest_second=latest)
    with pytest.raises(OptionError):
        mirror(day_timetable([small], TUESDAY), 0)


# --- written, and in mirror ------------------------------------------------------------------------------------


def read_back(day: DayTimetable, folder: Path) -> DayTimetable:
    """Read a written day and take off the feed's name that reading puts in front."""
    again = day_timetable([read_feed(folder, name="w")], day.day)
    sound(again)
    stops = again.stops.assign(stop_id=again.stops["stop_id"].str.removeprefix("w:"))
    trips = again.trips.assign(trip_id=again.trips["trip_id"].str.removeprefix("w:"))
    return replace(again, stops=stops, trips=trips)


def rides(day: DayTimetable) -> dict[str, list[tuple[str, int, int, bool, bool]]]:
    rows = defaultdict(list)
    ids, names = day.stops["stop_id"].to_numpy(), day.trips["trip_id"].to_numpy()
    for number in range(len(day.trip)):
        rows[str(names[day.trip[number]])].append(
            (
                str(ids[day.stop[number]]),
                int(day.arrival[number]),
                int(day.departure[number]),
                bool(day.boards[number]),
                bool(day.alights[number]),
            )
        )
    return dict(rows)


def test_mirror_by_hand(small: Feed) -> None:
    # at 9:00 (minute 540): 8:20 becomes 0:40, 8:11 → 0:49, 8:10 → 0:50, 8:00 → 1:00
    turned = mirror(day_timetable([small], TUESDAY), 9 * 3600)
    sound(turned, 9 * 3600)
    assert calls(turned, "f:a1") == [
        ("f:S3", 40, 40, True, False),
        ("f:S2", 49, 50, True, True),
        ("f:S1", 60, 60, False, True),
    ]
    # only what is over by 9:00 is left: not n1 (23:50) nor what runs the day after
    assert set(turned.trips["trip_id"]) == {"f:a1", "f:f1@06:00:00", "f:f1@06:20:00", "f:f1@06:40:00", "f:n1-1d"}


def test_a_written_day_is_read_as_it_was(tmp_path: Path, small: Feed) -> None:
    day = day_timetable([small], TUESDAY)
    folder = write_gtfs(day, tmp_path / "out")
    assert rides(read_back(day, folder)) == rides(day)
    again = write_gtfs(day, tmp_path / "out2")
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == {p.name: p.read_bytes() for p in again.iterdir()}
    turned = read_back(day, write_gtfs(day, tmp_path / "mirror", mirrored_at=LAST_SECOND))
    assert rides(turned) == rides(mirror(day, LAST_SECOND))


def test_extra_stops_are_written(tmp_path: Path, small: Feed) -> None:
    day = day_timetable([small], TUESDAY)
    extra = pd.DataFrame({"stop_id": ["home"], "name": ["Chez moi, ici"], "lon": [3.0], "lat": [50.0]})
    write_gtfs(day, tmp_path / "out", extra_stops=extra)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out" / "stops.txt").read_text(encoding="utf-8"))))
    assert rows[-1] == {"stop_id": "home", "stop_name": "Chez moi, ici", "stop_lat": "50.0", "stop_lon": "3.0"}
    with pytest.raises(OptionError):
        write_gtfs(day, tmp_path / "out", extra_stops=extra.assign(stop_id="f:S1"))


@st.composite
def timetables(draw: st.DrawFn) -> DayTimetable:
    """Any day that keeps the contract: four stops, up to five trips of two to five calls."""
    rows: list[tuple[int, int, int, int, bool, bool]] = []
    count = draw(st.integers(1, 5))
    for trip in range(count):
        hours = sorted(draw(st.lists(st.integers(0, LAST_SECOND), min_size=4, max_size=10)))
        hours = hours[: len(hours) // 2 * 2]
        for arrival, departure in zip(hours[::2], hours[1::2], strict=True):
            rows.append((trip, draw(st.integers(0, 3)), arrival, departure, draw(st.booleans()), draw(st.booleans())))
    columns = list(zip(*rows, strict=True))
    numbers = [np.array(column, dtype=np.int32) for column in columns[:4]]
    ids = pd.Series([f"f:s{number}" for number in range(4)], dtype="str")
    stops = pd.DataFrame({"stop_id": ids, "name": ids, "lon": [3.0, 3.1, 3.2, 3.3], "lat": 50.0, "station": ids})
    trips = pd.DataFrame(
        {
            "trip_id": pd.Series([f'f:t"{number},' for number in range(count)], dtype="str"),
            "feed": pd.Series(["f"] * count, dtype="str"),
            "route_id": pd.Series(["r"] * count, dtype="str"),
            "route_name": pd.Series(["1"] * count, dtype="str"),
            "route_type": 3,
            "headsign": pd.Series(["Là-bas"] * count, dtype="str"),
            "agency": pd.Series(["all"] * count, dtype="str"),
        }
    )
    flags = [np.array(column, dtype=np.bool_) for column in columns[4:]]
    return DayTimetable(TUESDAY, stops, trips, *numbers, *flags)


@given(timetables(), st.integers(1, LAST_SECOND))
def test_mirrored_twice_a_day_is_itself(day: DayTimetable, at: int) -> None:
    sound(day)
    same(mirror(mirror(day, LAST_SECOND), LAST_SECOND), day)
    once = mirror(day, at)
    sound(once, at)
    same(mirror(mirror(once, at), at), once)  # what is left after the cut is whole


@settings(max_examples=15)
@given(timetables())
def test_any_day_comes_back_from_its_files(tmp_path_factory: pytest.TempPathFactory, day: DayTimetable) -> None:
    folder = tmp_path_factory.mktemp("day")
    assert rides(read_back(day, write_gtfs(day, folder / "there"))) == rides(day)
    turned = write_gtfs(day, folder / "back", mirrored_at=LAST_SECOND)
    assert rides(mirror(read_back(day, turned), LAST_SECOND)) == rides(day)


def test_inputs_are_not_changed(small: Feed) -> None:
    before = {
        name: getattr(small, name).copy() for name in ("stops", "trips", "calls", "calendar_dates", "frequencies")
    }
    day = day_timetable([small], TUESDAY)
    arrays = {name: getattr(day, name).copy() for name in ARRAYS}
    mirror(day, 9 * 3600)
    for name, table in before.items():
        pd.testing.assert_frame_equal(getattr(small, name), table)
    for name, array in arrays.items():
        np.testing.assert_array_equal(getattr(day, name), array)


def test_clock_changes_keep_local_hours(tmp_path: Path) -> None:
    # the night of 29 to 30 March 2025 has no 2:00 to 3:00; hours stay as printed
    feed = read_feed(
        write_zip(
            tmp_path / "f.zip",
            changed(
                {
                    "calendar.txt": SMALL["calendar.txt"].replace(
                        "1,1,1,1,1,0,0,20250203,20250214", "1,1,1,1,1,1,1,20250325,20250405"
                    )
                }
            ),
        )
    )
    day = day_timetable([feed], date(2025, 3, 30))
    assert [row[1] for row in calls(day, "f:n1-1d")] == [10, 30]
    assert [row[1] for row in calls(day, "f:a1")] == [480, 490, 500]


# --- real feeds ------------------------------------------------------------------------------------------------


def rows_of(path: Path, name: str) -> list[dict[str, str]]:
    with zipfile.ZipFile(path) as package:
        if name not in package.namelist():
            return []
        return list(csv.DictReader(io.StringIO(package.read(name).decode("utf-8-sig"))))


def to_seconds(text: str) -> int:
    hours, minutes, rest = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + int(rest)


def services_on(path: Path, day: date) -> set[str]:
    text, weekday = f"{day:%Y%m%d}", f"{day:%A}".lower()
    names = {
        row["service_id"]
        for row in rows_of(path, "calendar.txt")
        if row[weekday] == "1" and row["start_date"] <= text <= row["end_date"]
    }
    for row in rows_of(path, "calendar_dates.txt"):
        if row["date"] == text:
            (names.add if row["exception_type"] == "1" else names.discard)(row["service_id"])
    return names


def counted(path: Path, day: date) -> dict[str, int]:
    """Count the calls of each run of a day by a plain reading of the files, without frequencies or blank hours."""
    times = defaultdict(list)
    for row in rows_of(path, "stop_times.txt"):
        times[row["trip_id"]].append((to_seconds(row["arrival_time"]), to_seconds(row["departure_time"])))
    trips = rows_of(path, "trips.txt")
    found = {}
    for offset, suffix in ((-1, "-1d"), (0, ""), (1, "+1d")):
        names = services_on(path, day + timedelta(days=offset))
        for trip in (row["trip_id"] for row in trips if row["service_id"] in names):
            shift = offset * 86_400
            kept = sum(departure + shift >= 0 and arrival + shift <= 129_600 for arrival, departure in times[trip])
            if kept > 1:
                found[trip + suffix] = kept
    return found


@pytest.mark.parametrize(
    ("name", "day"),
    [
        (TER_HDF, date(2025, 2, 4)),
        (TER_HDF, date(2025, 2, 9)),
        pytest.param(TER_NATIONAL, date(2025, 2, 4), marks=pytest.mark.slow),
        pytest.param(TAM, date(2025, 11, 16), marks=pytest.mark.slow),
    ],
)
def test_real_days_agree_with_an_independent_count(name: str, day: date) -> None:
    path = shared(name)
    timetable = day_timetable([read_feed(path, name="r")], day)
    sound(timetable)
    counts = np.bincount(timetable.trip, minlength=len(timetable.trips)).tolist()
    ours = dict(zip(timetable.trips["trip_id"].str.removeprefix("r:"), counts, strict=True))
    assert ours == counted(path, day)


def test_the_ter_of_a_tuesday() -> None:
    day = day_timetable([read_feed(shared(TER_HDF), name="ter")], TUESDAY)
    today = ~day.trips["trip_id"].str.contains(r"[+-]1d$")
    services = services_on(shared(TER_HDF), TUESDAY)
    assert int(today.sum()) == sum(row["service_id"] in services for row in rows_of(shared(TER_HDF), "trips.txt"))
    assert set(day.trips["route_type"]) == {2, 3}


def test_bus_and_rail_of_porto_alegre_together() -> None:
    day_asked = date(2019, 5, 14)
    feeds = [read_feed(shared(TRENSURB), name="trensurb"), read_feed(shared(EPTC), name="eptc")]
    day = day_timetable(feeds, day_asked)
    sound(day)
    assert day.trips["feed"].drop_duplicates().tolist() == ["eptc", "trensurb"]
    rail = {one.removeprefix("trensurb:") for one in day.trips.loc[day.trips["feed"] == "trensurb", "trip_id"]}
    assert rail == set(counted(shared(TRENSURB), day_asked))
    # every bus trip gives its first and last hour only: they are kept, and all the others lie between
    ends = defaultdict(list)
    for row in rows_of(shared(EPTC), "stop_times.txt"):
        if row["arrival_time"]:
            ends[row["trip_id"]].append(to_seconds(row["arrival_time"]))
    bus = day.trips.index[(day.trips["feed"] == "eptc") & ~day.trips["trip_id"].str.contains(r"[+-]1d$")]
    assert len(bus) > 500
    for number in bus[::50]:
        hours = day.arrival[day.trip == number]
        given_hours = ends[day.trips["trip_id"][number].removeprefix("eptc:")]
        assert (hours[0], hours[-1]) == (min(given_hours), max(given_hours))
        assert set(given_hours) <= set(hours.tolist())
    assert {note.code for note in day_notes(feeds, day_asked)} >= {"interpolated", "timezone"}
    with pytest.raises(OutsideServiceError, match="eptc"):
        day_timetable(feeds, date(2019, 8, 1))
