"""What a feed may look like and still be read, and what is repaired, with the arithmetic written out."""

import csv
import hashlib
import io
import zipfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from feeds import EPTC, SMALL, TAM, TER_HDF, TER_NATIONAL, TRENSURB, changed, replaced, shared, write_folder, write_zip
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_integration.travel.transit.calendar import running, service_days, window
from geo_integration.travel.transit.gtfs import Feed, feed_name, read_feed

TABLES = ("agencies", "stops", "routes", "trips", "calls", "calendar", "calendar_dates", "frequencies", "transfers")


def same(one: Feed, other: Feed) -> None:
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))
    assert (one.first_day, one.last_day) == (other.first_day, other.last_day)


def codes(feed: Feed) -> dict[str, int]:
    return {note.code: note.count for note in feed.notes}


@pytest.fixture
def small(tmp_path: Path) -> Feed:
    return read_feed(write_zip(tmp_path / "small.zip"))


def test_the_small_feed_by_hand(small: Feed) -> None:
    assert small.name == "small"
    assert small.agency_names == "Réseau des Tilleuls"
    assert (small.first_day, small.last_day) == (date(2025, 2, 3), date(2025, 2, 14))
    assert small.counts == {"routes": 2, "trips": 4, "calls": 10, "stops": 3, "flex": 0}
    assert small.languages == ("fr",)
    assert small.timezones == ("Europe/Paris",)
    assert list(small.trips["trip_id"]) == ["a1", "a2", "f1", "n1"]
    night = small.calls[small.calls["trip"] == 3]
    # 23:50 = 85 800 s; 24:10 = 87 000, leaves 87 120; 24:30 = 88 200
    assert night["arrival"].tolist() == [85_800, 87_000, 88_200]
    assert night["departure"].tolist() == [85_800, 87_120, 88_200]
    assert small.stops["stop_id"].to_numpy()[night["stop"]].tolist() == ["S3", "S2", "S1"]
    assert list(small.routes["name"]) == ["1", "Ligne de nuit"]  # short, or else long
    assert dict(zip(small.stops["stop_id"], small.stops["station"], strict=True))["S2"] == "G"
    assert not small.notes


def _crlf(text: str) -> str:
    return text.replace("\n", "\r\n")


def _quoted(text: str) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, quoting=csv.QUOTE_ALL).writerows(csv.reader(io.StringIO(text)))
    return buffer.getvalue()


def _spaced(text: str) -> str:
    header, rest = text.split("\n", 1)
    return header.replace(",", ", ") + " \n" + rest.replace(",", ", ")


def _wider(text: str) -> str:
    lines = text.rstrip("\n").split("\n")
    return "\n".join([f"extra,{lines[0]},more", *(f'"x, y",{line},' for line in lines[1:])])


def _reversed_columns(text: str) -> str:
    return "\n".join(",".join(reversed(line.split(","))) for line in text.rstrip("\n").split("\n"))


def _gaps(text: str) -> str:
    return "\n\n" + text.replace("\n", "\n\n") + "  \n"


@pytest.mark.parametrize(
    "change", [_crlf, _quoted, _spaced, _wider, _reversed_columns, _gaps, lambda text: "\ufeff" + text]
)
def test_the_same_feed_written_otherwise_is_the_same(tmp_path: Path, small: Feed, change: object) -> None:
    files = {name: change(text) for name, text in SMALL.items()}  # type: ignore[operator]
    same(read_feed(write_zip(tmp_path / "small2.zip", files)), small)


def test_folder_and_sub_folder_are_read_alike(tmp_path: Path, small: Feed) -> None:
    same(read_feed(write_folder(tmp_path / "a")), small)
    nested = write_zip(tmp_path / "b.zip", {**SMALL, "readme.md": "x"}, inside="export/gtfs/")
    with zipfile.ZipFile(nested, "a") as package:
        package.writestr("__MACOSX/export/gtfs/._stops.txt", b"\0\1")
    same(read_feed(nested), small)
    write_folder(tmp_path / "c" / "inside")
    same(read_feed(tmp_path / "c"), small)


def test_the_order_of_rows_does_not_matter(tmp_path: Path, small: Feed) -> None:
    files = {}
    for name, text in SMALL.items():
        header, *rows = text.rstrip("\n").split("\n")
        files[name] = "\n".join([header, *reversed(rows)])
    other = read_feed(write_zip(tmp_path / "o.zip", files))
    for name in ("stops", "routes", "trips", "calls"):
        pd.testing.assert_frame_equal(getattr(other, name), getattr(small, name))


def test_hashes_are_those_of_the_bytes(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "small.zip")
    assert read_feed(path).sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    one, two = write_folder(tmp_path / "one"), write_folder(tmp_path / "two")
    assert read_feed(one).sha256 == read_feed(two).sha256
    (two / "stops.txt").write_text(SMALL["stops.txt"].replace("Mairie", "Marie"), encoding="utf-8")
    assert read_feed(one).sha256 != read_feed(two).sha256


def test_optional_files_may_be_missing_and_agency_too(tmp_path: Path) -> None:
    feed = read_feed(write_zip(tmp_path / "f.zip", changed({"agency.txt": None, "frequencies.txt": None})))
    assert codes(feed) == {
        "no_agency": 0,
    }
    assert len(feed.frequencies) == 0
    assert len(feed.transfers) == 0


def test_calendar_dates_alone_are_enough(tmp_path: Path) -> None:
    files = changed(
        {
            "calendar.txt": None,
            "calendar_dates.txt": "service_id,date,exception_type\nweek,20250204,1\nsat,20250208,1\n",
        }
    )
    feed = read_feed(write_zip(tmp_path / "f.zip", files))
    assert (feed.first_day, feed.last_day) == (date(2025, 2, 4), date(2025, 2, 8))


@pytest.mark.parametrize(
    ("given_name", "name"), [("Réseau TAM (2025).gtfs.zip", "reseau-tam-2025"), ("é.zip", "e"), ("-.zip", "gtfs")]
)
def test_feed_names(given_name: str, name: str) -> None:
    assert feed_name(Path(given_name)) == name


def test_licence_given_or_stated(tmp_path: Path) -> None:
    info = "feed_publisher_name,feed_publisher_url,feed_lang,feed_license\nSyndicat,https://example.org,fr,ODbL\n"
    path = write_zip(tmp_path / "f.zip", changed({"feed_info.txt": info}))
    assert read_feed(path).licence == "ODbL"
    assert read_feed(path, licence="LO").licence == "LO"
    assert read_feed(path).publisher == "Syndicat"
    assert read_feed(write_zip(tmp_path / "g.zip")).licence is None


# --- repairs ---------------------------------------------------------------------------------------------------


def with_times(
    rows: str, header: str = "trip_id,arrival_time,departure_time,stop_id,stop_sequence"
) -> Mapping[str, str]:
    """Return a feed of the one trip a1, whose calls are given."""
    return changed(
        {
            "trips.txt": "route_id,service_id,trip_id\nR1,week,a1\n",
            "stop_times.txt": f"{header}\n{rows}",
            "frequencies.txt": None,
        }
    )


def test_blank_hours_are_interpolated_by_number_of_stops(tmp_path: Path) -> None:
    # leaves at 8:00, arrives at 8:09 three stops later: 8:03 and 8:06
    rows = "a1,08:00:00,08:00:00,S1,1\na1,,,S2,2\na1,,,S1,3\na1,08:09:00,08:10:00,S3,4\na1,08:20:00,08:20:00,S1,9\n"
    feed = read_feed(write_zip(tmp_path / "f.zip", with_times(rows)))
    assert feed.calls["arrival"].tolist() == [28_800, 28_980, 29_160, 29_340, 30_000]
    assert feed.calls["departure"].tolist() == [28_800, 28_980, 29_160, 29_400, 30_000]
    assert codes(feed) == {"interpolated": 2}


def test_blank_hours_are_interpolated_by_distance_where_it_is_given(tmp_path: Path) -> None:
    header = "trip_id,arrival_time,departure_time,stop_id,stop_sequence,shape_dist_traveled"
    # 10 min over 5 km: after 1 km, 2 min; after 4.5 km, 9 min
    rows = "a1,08:00:00,08:00:00,S1,1,0\na1,,,S2,2,1.0\na1,,,S1,3,4.5\na1,08:10:00,08:10:00,S3,4,5.0\n"
    feed = read_feed(write_zip(tmp_path / "f.zip", with_times(rows, header)))
    assert feed.calls["arrival"].tolist() == [28_800, 28_920, 29_340, 29_400]
    # a distance missing in the stretch, or going back: by number of stops, 200 s apart
    for wrong in (rows.replace("4.5", ""), rows.replace("4.5", "0.5"), rows.replace("4.5", "x")):
        other = read_feed(write_zip(tmp_path / "g.zip", with_times(wrong, header)))
        assert other.calls["arrival"].tolist() == [28_800, 29_000, 29_200, 29_400]


def test_one_hour_of_two_counts_for_both(tmp_path: Path) -> None:
    rows = "a1,,08:00:00,S1,1\na1,08:05:00,,S2,2\na1,08:10:00,08:10:00,S3,3\n"
    feed = read_feed(write_zip(tmp_path / "f.zip", with_times(rows)))
    assert feed.calls["arrival"].tolist() == feed.calls["departure"].tolist() == [28_800, 29_100, 29_400]
    assert codes(feed) == {"one_hour": 2}


def test_hours_may_have_one_digit(tmp_path: Path) -> None:
    rows = "a1,8:00:00,8:00:00,S1,1\na1,8:05:00,8:05:00,S2,2\n"
    assert read_feed(write_zip(tmp_path / "f.zip", with_times(rows))).calls["arrival"].tolist() == [28_800, 29_100]


def test_trips_of_fewer_than_two_calls_are_left_out(tmp_path: Path) -> None:
    files = replaced("trips.txt", "RN,week,n1,Mairie\n", "RN,week,n1,Mairie\nRN,week,none,\nRN,week,one,\n")
    files["stop_times.txt"] += "one,10:00:00,10:00:00,S1,1,,\n"
    feed = read_feed(write_zip(tmp_path / "f.zip", files))
    assert list(feed.trips["trip_id"]) == ["a1", "a2", "f1", "n1"]
    assert codes(feed) == {"short_trips": 2}


def test_a_platform_without_coordinates_takes_those_of_its_station(tmp_path: Path) -> None:
    feed = read_feed(write_zip(tmp_path / "f.zip", replaced("stops.txt", "quai 1,50.20,3.10", "quai 1,,")))
    platform = feed.stops[feed.stops["stop_id"] == "S2"].iloc[0]
    assert (platform["lon"], platform["lat"]) == (3.10, 50.20)
    assert codes(feed) == {"parent_place": 1}


def test_a_station_that_does_not_exist_is_noted(tmp_path: Path) -> None:
    feed = read_feed(
        write_zip(tmp_path / "f.zip", replaced("stops.txt", "S1,Mairie,50.10,3.00,0,", "S1,Mairie,50.10,3.00,0,X"))
    )
    assert dict(zip(feed.stops["stop_id"], feed.stops["station"], strict=True))["S1"] == "S1"
    assert codes(feed) == {"no_station": 1}


def test_short_rows_are_filled_and_other_encodings_read(tmp_path: Path) -> None:
    feed = read_feed(write_zip(tmp_path / "f.zip", replaced("trips.txt", "R1,week,f1,\n", "R1,week,f1\n")))
    assert codes(feed) == {"short_rows": 1}
    latin = {**SMALL, "stops.txt": SMALL["stops.txt"].encode("latin-1")}
    feed = read_feed(write_zip(tmp_path / "g.zip", latin))
    assert "Lycée" in set(feed.stops["name"])
    assert "encoding" in codes(feed)


def test_timezones_outside_france_are_noted(tmp_path: Path) -> None:
    feed = read_feed(write_zip(tmp_path / "f.zip", replaced("agency.txt", "Europe/Paris", "Europe/Brussels")))
    assert [note.message[:22] for note in feed.notes] == ["fuseau Europe/Brussels"]
    assert not codes(read_feed(write_zip(tmp_path / "g.zip", replaced("agency.txt", "Europe/Paris", "Indian/Reunion"))))


def test_transfers_are_kept_for_the_walking_links(tmp_path: Path) -> None:
    text = (
        "from_stop_id,to_stop_id,transfer_type,min_transfer_time,from_route_id\n"
        "S1,S2,2,180,\nS2,S3,3,,\nG,S1,,,\nS1,S3,2,60,R1\nS1,nowhere,0,,\nS1,S2,4,,\n"
    )
    feed = read_feed(write_zip(tmp_path / "f.zip", changed({"transfers.txt": text})))
    assert feed.transfers["from_stop"].tolist() == ["S1", "S2", "G"]
    assert feed.transfers["transfer_type"].tolist() == [2, 3, 0]
    assert feed.transfers["min_seconds"].tolist()[0] == 180
    assert feed.transfers["min_seconds"].isna().tolist() == [False, True, True]
    assert codes(feed) == {"partial_transfers": 2, "unknown_transfers": 1}


def test_repeated_exceptions_and_backward_ranges_are_noted(tmp_path: Path) -> None:
    files = replaced("calendar_dates.txt", "sat,20250208,1\n", "sat,20250208,1\nsat,20250208,1\n")
    files["calendar.txt"] += "never,1,1,1,1,1,1,1,20250301,20250201\n"
    feed = read_feed(write_zip(tmp_path / "f.zip", files))
    assert codes(feed) == {"backwards": 1, "repeated": 1}
    assert feed.last_day == date(2025, 2, 14)


def test_a_feed_that_never_runs_is_read_and_says_so(tmp_path: Path) -> None:
    files = changed(
        {
            "calendar.txt": None,
            "calendar_dates.txt": "service_id,date,exception_type\nweek,20250206,2\nsat,20250208,2\n",
        }
    )
    feed = read_feed(write_zip(tmp_path / "f.zip", files))
    assert feed.first_day is None
    assert "never_runs" in codes(feed)


# --- calendars -------------------------------------------------------------------------------------------------


def test_service_days_by_hand(small: Feed) -> None:
    days = service_days(small)
    week = days.loc[days["service_id"] == "week", "day"].dt.strftime("%d").tolist()
    # Monday 3 to Friday 14 February 2025 without week-ends (8, 9) nor Thursday 6
    assert week == ["03", "04", "05", "07", "10", "11", "12", "13", "14"]
    assert days.loc[days["service_id"] == "sat", "day"].dt.strftime("%d").tolist() == ["08"]
    assert running(small, date(2025, 2, 4)) == {"week"}
    assert running(small, date(2025, 2, 6)) == frozenset()
    assert running(small, date(2025, 2, 8)) == {"sat"}


_DAYS = st.integers(0, 40).map(lambda offset: np.datetime64("2025-02-01") + np.timedelta64(offset, "D"))


@st.composite
def _calendars(draw: st.DrawFn) -> tuple[str, str]:
    header = SMALL["calendar.txt"].split("\n")[0]
    calendar, dates = [header], ["service_id,date,exception_type"]
    for service in ("week", "sat", "other"):
        if draw(st.booleans()):
            flags = draw(st.lists(st.integers(0, 1), min_size=7, max_size=7))
            ends = [str(draw(_DAYS)).replace("-", "") for _ in range(2)]
            calendar.append(",".join([service, *map(str, flags), *ends]))
        exceptions = draw(st.lists(_DAYS, max_size=4, unique=True))
        dates += [f"{service},{str(day).replace('-', '')},{draw(st.integers(1, 2))}" for day in exceptions]
    dates += [f"{service},20250501,2" for service in ("week", "sat")]  # so that every service is known
    return "\n".join(calendar), "\n".join(dates)


@settings(max_examples=20)
@given(_calendars())
def test_days_of_service_agree_with_the_rule_applied_day_by_day(
    tmp_path_factory: pytest.TempPathFactory, texts: tuple[str, str]
) -> None:
    files = changed({"calendar.txt": texts[0], "calendar_dates.txt": texts[1]})
    feed = read_feed(write_zip(tmp_path_factory.mktemp("c") / "f.zip", files))
    ranges = list(csv.DictReader(io.StringIO(texts[0])))
    exceptions = {
        (row["service_id"], row["date"]): row["exception_type"] for row in csv.DictReader(io.StringIO(texts[1]))
    }
    expected = set()
    for day in pd.date_range("2025-01-31", "2025-03-15"):
        text, weekday = day.strftime("%Y%m%d"), day.day_name().lower()
        for service in ("week", "sat", "other"):
            runs = any(
                row["service_id"] == service and row["start_date"] <= text <= row["end_date"] and row[weekday] == "1"
                for row in ranges
            )
            kind = exceptions.get((service, text))
            if kind == "1" or (runs and kind != "2"):
                expected.add((service, day))
        assert running(feed, day.date()) == {service for service, on in expected if on == day}
    assert set(service_days(feed).itertuples(index=False, name=None)) == expected
    used = [day.date() for service, day in expected if service in {"week", "sat"}]
    assert window(feed, feed.trips["service_id"]) == ((min(used), max(used)) if used else None)


# --- real feeds ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "counts", "first", "last"),
    [
        (TER_HDF, (81, 3710, 29897), date(2025, 1, 22), date(2025, 4, 22)),
        (TER_NATIONAL, (650, 33280, 299983), date(2025, 1, 22), date(2025, 4, 22)),
        (TAM, (45, 17284, 349512), date(2025, 10, 13), date(2025, 12, 19)),
        (EPTC, (115, 2374, 130019), date(2019, 4, 15), date(2019, 7, 15)),
        (TRENSURB, (2, 1248, 14855), date(2019, 3, 1), date(2019, 12, 31)),
    ],
)
def test_real_feeds_are_read_whole(name: str, counts: tuple[int, int, int], first: date, last: date) -> None:
    feed = read_feed(shared(name))
    assert (len(feed.routes), len(feed.trips), len(feed.calls)) == counts
    assert (feed.first_day, feed.last_day) == (first, last)
    along = np.diff(feed.calls["trip"]) == 0
    arrival, departure = feed.calls["arrival"].to_numpy(), feed.calls["departure"].to_numpy()
    assert (arrival >= 0).all()
    assert (departure >= arrival).all()
    assert (arrival[1:] >= departure[:-1])[along].all()
