"""Streets and timetables by the command line: one class, three trains, every minute on paper.

The class is at the mairie of Arras. A train stops at the mairies of Lens and Arras (nobody walks):

    t1  Lens 08:00 - Arras 08:20      t2  Arras 12:00 - Lens 12:20      t3  Lens 18:00 - Arras 18:20

Class 9:00 to 11:30: at the door at 8:55. From Lens one leaves at 8:00, 55 minutes before, of which 35 at the door;
one is home at 12:20, 50 minutes after the end, of which 30 before the train leaves. The longer is 55.
Class 18:30 to 20:30: at the door at 18:25. One leaves at 18:00, 25 minutes before; no train goes home.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geo_integration import territories
from geo_integration.errors import (
    GeoIntegrationError,
    MissingDataError,
    NetworkRefusedError,
    NetworkUnavailableError,
    OptionError,
    OutsideServiceError,
    TimetableRefusedError,
)
from geo_integration.exports.headings import COVERAGE_HEADINGS
from geo_integration.settings import settings
from geo_integration.store import open_store
from geo_integration.vocabulary import Cause, Engine
from tests.jobs.conftest import run
from tests.jobs.test_cli import dian, line

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
MONACO = DATA / "osm" / "extracts" / "monaco.osm.pbf"
LENS, ARRAS = "62498", "62041"
DAY = "2026-10-06"
TRAINS = [
    ("t1", LENS, "08:00", ARRAS, "08:20"),
    ("t2", ARRAS, "12:00", LENS, "12:20"),
    ("t3", LENS, "18:00", ARRAS, "18:20"),
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Keep networks, timetables and layers in a folder of this test."""
    monkeypatch.setenv("GEO_INTEGRATION_NETWORKS", str(tmp_path / "networks"))
    monkeypatch.setenv("GEO_INTEGRATION_STORE", str(tmp_path / "store"))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


@pytest.fixture
def trains(folder: Path) -> Path:
    """Write the three trains as GTFS and import the class."""
    gtfs = folder / "gtfs"
    gtfs.mkdir()
    communes = territories.communes(geometry=False).set_index("code")
    stops = [
        f"{code},{communes.at[code, 'name']},{communes.at[code, 'mairie_lat']},{communes.at[code, 'mairie_lon']}"
        for code in (LENS, ARRAS)
    ]
    calls = [
        f"{trip},{time}:00,{time}:00,{stop},{number}"
        for trip, start, leaves, end, arrives in TRAINS
        for number, (stop, time) in enumerate(((start, leaves), (end, arrives)))
    ]
    files = {
        "agency": ["agency_id,agency_name,agency_url,agency_timezone", "a,TER,http://example.org,Europe/Paris"],
        "stops": ["stop_id,stop_name,stop_lat,stop_lon", *stops],
        "routes": ["route_id,agency_id,route_short_name,route_type", "r,a,K1,2"],
        "trips": ["route_id,service_id,trip_id", *(f"r,s,{trip[0]}" for trip in TRAINS)],
        "stop_times": ["trip_id,arrival_time,departure_time,stop_id,stop_sequence", *calls],
        "calendar": [
            "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date",
            "s,1,1,0,1,1,0,0,20260901,20261218",
        ],
    }
    for name, rows in files.items():
        (gtfs / f"{name}.txt").write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert run("import", "dian", dian(folder, line(1)), "--covers", "59,62").exit_code == 0
    return gtfs


def gaps(*words: str, minutes: int = 60) -> pd.DataFrame:
    out = Path(settings().store).parent / "gaps.csv"
    base = ("gaps", "--territory", f"{LENS},{ARRAS},59350", "--mode", "transit", "--minutes", str(minutes))
    result = run(*base, "--as-of", "2026-10-01", "--out", out, *words)
    if result.exception:
        raise result.exception
    return _read(out)


def _read(path: Path) -> pd.DataFrame:
    """Read the CSV as a spreadsheet would, and take its French words back to codes."""
    table = pd.read_csv(path, sep=";", decimal=",", dtype={"Code commune": str})
    table = table.rename(columns={heading.label: code for code, heading in COVERAGE_HEADINGS.items()})
    codes = {one.label: one.value for kind in (Cause, Engine) for one in kind}
    return table.replace({"cause": codes, "engine": codes}).set_index("commune_code")


def add(trains: Path) -> None:
    result = run("transit", "add", trains, "--name", "ter")
    assert result.exit_code == 0, result.output
    assert "3 courses, du 01/09/2026 au 18/12/2026" in result.output


def test_there_and_back_by_hand(trains: Path) -> None:
    add(trains)
    lens = gaps("--week-of", DAY).loc[LENS]
    assert lens["cause"] == "covered"
    assert lens["out_minutes"] == 55
    assert lens["back_minutes"] == 50
    assert lens["out_wait_minutes"] == 35
    assert lens["back_wait_minutes"] == 30
    assert lens["class_hours"].startswith("mardi 9 h")
    assert lens["class_hours"].endswith("(horaire supposé)")
    assert lens["engine"] == "timetable_outline"
    assert gaps("--week-of", DAY, minutes=54).loc[LENS, "cause"] == "too_far"


def test_an_evening_class_nobody_comes_home_from(trains: Path) -> None:
    add(trains)
    found = gaps("--week-of", DAY, "--arrive-by", "18:30", "--until", "20:30", minutes=45)
    assert found.loc[LENS, "cause"] == "no_return"
    assert found.loc[LENS, "one_way_minutes"] == 25
    assert found.loc[ARRAS, "cause"] == "covered"  # one walks home
    assert found.loc["59350", "cause"] == "not_routable"  # no stop within 20 km of Lille


def test_wednesday_is_asked_as_wednesday(trains: Path) -> None:
    add(trains)
    found = gaps("--week-of", DAY, "--weekday", "mercredi")  # no train runs on a Wednesday: that is known
    assert found["cause"].to_dict() == {LENS: "too_far", ARRAS: "covered", "59350": "not_routable"}
    words = ("itinerary", "--from", "Lens", "--to", "Arras", "--mode", "transit", "--week-of", DAY)
    told = run(*words, "--weekday", "mercredi")
    assert told.exit_code == 1
    assert "ter : ne circule pas le 07/10/2026" in " ".join(told.output.split())


def test_a_week_outside_the_timetables_names_their_window(trains: Path) -> None:
    add(trains)
    with pytest.raises(OutsideServiceError) as refusal:
        gaps("--week-of", "2027-01-05")
    assert "du 01/09/2026 au 18/12/2026" in str(refusal.value)


def test_without_timetables_nothing_is_guessed(trains: Path) -> None:
    del trains
    with pytest.raises(MissingDataError, match="registre"):
        gaps("--week-of", DAY)


def test_a_reach_table_says_its_hours(trains: Path) -> None:
    add(trains)
    words = ("reach", "--territory", f"{LENS},{ARRAS}", "--mode", "transit", "--minutes", "60", "--week-of", DAY)
    result = run(*words)
    assert result.exit_code == 0, result.output
    table = open_store(settings().store).read("reach").set_index("commune_code")
    assert table.loc[LENS, ["class_hours", "out_minutes", "back_minutes"]].tolist() == ["tue 09:00-11:30", 55.0, 50.0]
    assert set(table["engine"]) == {"timetable_outline"}


def test_a_refused_feed_loses_nothing(trains: Path) -> None:
    add(trains)
    (trains / "stop_times.txt").write_text(
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\nt1,08:00:00,08:00:00,ailleurs,1\n", encoding="utf-8"
    )
    refused = run("transit", "add", trains, "--name", "ter")
    assert isinstance(refused.exception, TimetableRefusedError)
    assert "stop_times.txt" in str(refused.exception)
    assert run("transit", "check", trains).exit_code == 1
    assert "18/12/2026" in run("transit", "list").output.replace("2026-12-18", "18/12/2026")
    assert gaps("--week-of", DAY).loc[LENS, "out_minutes"] == 55


def test_itinerary_in_words(trains: Path, folder: Path) -> None:
    add(trains)
    out = folder / "trajet.geojson"
    words = ("itinerary", "--from", "Lens", "--to", "dian:32_1", "--mode", "transit", "--week-of", DAY, "--out", out)
    result = run(*words)
    assert result.exit_code == 0, result.output
    said = " ".join(result.output.split())
    assert "8 h, à « Lens »" in said
    assert "K1" in said
    assert "12 h 20" in said
    found = json.loads(out.read_text(encoding="utf-8"))
    way = [feature for feature in found["features"] if feature["properties"]["sens"] == "aller"]
    ride = next(feature for feature in way if feature["properties"].get("ligne") == "K1")
    lens, arras = (territories.communes(geometry=False).set_index("code").loc[code] for code in (LENS, ARRAS))
    ends = [[one["mairie_lon"], one["mairie_lat"]] for one in (lens, arras)]
    np.testing.assert_allclose(ride["geometry"]["coordinates"], ends, atol=1e-4)
    assert ride["properties"]["départ"] == "8 h"
    evening = run(*words[:-2], "--arrive-by", "18:30", "--until", "20:30")
    assert evening.exit_code == 1
    assert "Retour : aucun avant 23 h 59" in evening.output


def test_nearest_course_by_train(trains: Path) -> None:
    add(trains)
    words = ("nearest", "--from", "Lens", "--mode", "transit", "--week-of", DAY, "--as-of", "2026-10-01")
    result = run(*words, "--kind", "alphabetisation", "--minutes", "60")
    assert result.exit_code == 0, result.output
    assert "55.0" in result.output
    assert "dian:32_1" in result.output


def test_isochrone_by_train_jumps_to_the_other_town(trains: Path, folder: Path) -> None:
    add(trains)
    out = folder / "zone.geojson"
    words = ("isochrone", "--from", "Lens", "--mode", "transit", "--week-of", DAY, "--out", out)
    result = run(*words, "--at", "08:00", "--minutes", "10", "--minutes", "30")
    assert result.exit_code == 0, result.output
    features = json.loads(out.read_text(encoding="utf-8"))["features"]
    assert [len(feature["geometry"]["coordinates"]) for feature in features] == [1, 2]  # Lens; Lens and Arras


class TestStreets:
    """On the real extract of Monaco and its French neighbours."""

    pytestmark = pytest.mark.skipif(not MONACO.is_file(), reason="the shared test data is not beside the checkout")

    @pytest.fixture
    def network(self, folder: Path) -> Path:
        words = ("network", "build", "--area", "riviera", "--osm", MONACO, "--mode", "foot", "--country", "FR")
        result = run(*words)
        assert result.exit_code == 0, result.output
        return folder

    def test_build_list_check(self, network: Path) -> None:
        assert [path.name for path in (network / "networks").glob("*.npz")] == ["riviera.foot.network.npz"]
        assert "riviera" in run("network", "list").output
        assert run("network", "check", "riviera", "--territory", "06012").exit_code == 0
        assert run("network", "check", "riviera", "--territory", "62041").exit_code == 1

    def test_isochrone_itinerary_and_gaps(self, network: Path) -> None:
        out = network / "zone.geojson"
        result = run("isochrone", "--from", "Beausoleil", "--minutes", "15", "--network", "riviera", "--out", out)
        assert result.exit_code == 0, result.output
        feature = json.loads(out.read_text(encoding="utf-8"))["features"][0]
        assert feature["geometry"]["type"] == "MultiPolygon"
        told = run("itinerary", "--from", "Beausoleil", "--to", "06032", "--network", "riviera")
        assert told.exit_code == 0, told.output
        assert "ALLER" in told.output
        assert "RETOUR" in told.output
        assert run("import", "dian", dian(network, line(1, postcode="06240", town="Beausoleil"))).exit_code == 0
        words = (
            "gaps",
            "--territory",
            "06012,06032",
            "--mode",
            "foot",
            "--network",
            "riviera",
            "--as-of",
            "2026-10-01",
        )
        found = run(*words, "--out", network / "gaps.csv")
        assert found.exit_code == 0, found.output
        table = _read(network / "gaps.csv")
        assert set(table["engine"]) == {"streets"}

    def test_the_sea_and_other_areas_are_refused(self, network: Path) -> None:
        words = ("isochrone", "--minutes", "15", "--network", "riviera", "--out", network / "x.geojson", "--from")
        for spot in ("43.70,7.50", "Arras"):
            refused = run(*words, spot)
            assert isinstance(refused.exception, NetworkUnavailableError)
            assert "aucune rue" in str(refused.exception)
        assert not (network / "x.geojson").exists()
        wide = run("network", "build", "--area", "riviera", "--osm", MONACO, "--mode", "foot", "--territory", "62")
        assert isinstance(wide.exception, NetworkRefusedError)
        assert run("network", "check", "riviera").exit_code == 0  # what was there is there


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (["isochrone", "--from", "Lens", "--minutes", "15", "--out", "zone.geojson"], NetworkUnavailableError),
        (
            ["isochrone", "--from", "Lens", "--minutes", "15", "--at", "8:00", "--out", "z.geojson", "--network", "n"],
            OptionError,
        ),
        (["itinerary", "--from", "Lens", "--to", "Atlantide"], OptionError),
        (["itinerary", "--from", "Lens", "--to", "Arras", "--mode", "transit"], OptionError),
        (["nearest", "--from", "91,0"], OptionError),
        (["nearest", "--from", "Lens", "--weekday", "octidi", "--mode", "transit"], OptionError),
        (["itinerary", "--from", "1 rue du Bac, 62300 Lens", "--to", "Arras"], OptionError),
        (["network", "build", "--area", "Nord !", "--osm", "FILE"], OptionError),
        (["network", "build", "--area", "nord"], OptionError),
        (["network", "build", "--area", "nord", "--osm", "FILE", "--mode", "transit"], OptionError),
        (["network", "build", "--area", "nord", "--osm", "FILE"], NetworkRefusedError),
        (["transit", "add", "FILE", "--name", "ter"], TimetableRefusedError),
    ],
)
def test_refusals_say_the_way_out(folder: Path, words: list[str], kind: type[GeoIntegrationError]) -> None:
    path = folder / "rien.osm.pbf"
    path.write_text("rien\n", encoding="utf-8")
    refused = run(*[path if word == "FILE" else word for word in words])
    assert isinstance(refused.exception, kind), refused.output
    assert refused.exception.way_out
    assert not (folder / "networks").exists() or not list((folder / "networks").glob("*.npz"))
