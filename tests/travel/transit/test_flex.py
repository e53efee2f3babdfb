"""On-demand lines: shown with their phone, never timed."""

import json
from datetime import date
from pathlib import Path

import pytest
import shapely
from feeds import SMALL, changed, write_zip

from geo_integration.travel.transit.flex import COLUMNS, on_demand
from geo_integration.travel.transit.gtfs import Feed, read_feed
from geo_integration.travel.transit.timetable import day_notes, day_timetable

_ZONE = {"type": "Polygon", "coordinates": [[[3.0, 50.0], [3.2, 50.0], [3.2, 50.2], [3.0, 50.2], [3.0, 50.0]]]}
_HEADER = (
    "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type,location_id,location_group_id,"
    "start_pickup_drop_off_window,end_pickup_drop_off_window,pickup_booking_rule_id\n"
)


def _stop_times() -> str:
    rows = [line + ",,,,,\n" for line in SMALL["stop_times.txt"].rstrip("\n").split("\n")[1:]]
    return (
        _HEADER
        + "".join(rows)
        + "z1,,,,1,2,1,zone,,08:00:00,12:30:00,eve\n"
        + "z1,,,,2,1,2,zone,,08:00:00,12:30:00,eve\n"
        + "g1,,,,1,2,1,,group,14:00:00,18:00:00,hour\n"
        + "g1,,,S1,2,1,2,,,14:00:00,18:00:00,hour\n"
    )


FILES = changed(
    {
        "stop_times.txt": _stop_times(),
        "trips.txt": SMALL["trips.txt"] + "TAD,week,z1,\nTAD,sat,g1,\n",
        "routes.txt": SMALL["routes.txt"] + "TAD,A,TAD,Allô Tilleuls,715\n",
        "booking_rules.txt": "booking_rule_id,booking_type,prior_notice_duration_min,prior_notice_last_day,"
        "prior_notice_last_time,message,phone_number,info_url\n"
        "eve,2,,1,17:00:00,Fermé les jours fériés,03 21 00 00 00,https://example.org/tad\n"
        "hour,1,90,,,,,\n",
        "location_groups.txt": "location_group_id,location_group_name\ngroup,Villages du nord\n",
        "location_group_stops.txt": "location_group_id,stop_id\ngroup,S2\ngroup,S3\n",
        "locations.geojson": json.dumps(
            {
                "type": "FeatureCollection",
                "features": [
                    {"type": "Feature", "id": "zone", "properties": {"stop_name": "Canton"}, "geometry": _ZONE}
                ],
            }
        ),
    }
)


@pytest.fixture
def feed(tmp_path: Path) -> Feed:
    return read_feed(write_zip(tmp_path / "tad.zip", FILES))


def test_what_exists_is_shown(feed: Feed) -> None:
    table = on_demand([feed])
    assert list(table.columns) == [*COLUMNS, "geometry"]
    assert str(table.crs) == "EPSG:4326"
    by_area = table.set_index("area")
    zone = by_area.loc["Canton"]
    assert zone["line"] == "TAD - Allô Tilleuls"
    assert zone["agency"] == "Réseau des Tilleuls"
    assert zone["phone"] == "03 21 00 00 00"
    assert zone["info_url"] == "https://example.org/tad"
    assert (zone["days"], zone["hours"]) == ("du lundi au vendredi", "de 8 h à 12 h 30")
    assert (zone["first_day"], zone["last_day"]) == (date(2025, 2, 3), date(2025, 2, 14))
    assert zone["geometry"].equals(shapely.geometry.shape(_ZONE))
    assert zone["message"] == (
        "Transport à la demande TAD - Allô Tilleuls (Canton) : du lundi au vendredi, de 8 h à 12 h 30. "
        "Réserver au 03 21 00 00 00, au plus tard la veille avant 17 h 00. « Fermé les jours fériés » "
        "Durée du trajet non connue."
    )
    group = by_area.loc["Villages du nord"]
    assert group["geometry"].equals(shapely.MultiPoint([(3.1, 50.2), (3.2, 50.3)]))
    assert "auprès du transporteur (numéro non donné), au moins 1 h 30 avant." in group["message"]
    assert group["days"] == "samedi"
    assert by_area.loc["Mairie"]["geometry"].equals(shapely.MultiPoint([(3.0, 50.1)]))


def test_on_demand_trips_are_never_timed(feed: Feed) -> None:
    day = day_timetable([feed], date(2025, 2, 4))
    assert not day.trips["route_id"].eq("TAD").any()
    assert len(day.trips) == 10
    notes = {note.code: note for note in day_notes([feed], date(2025, 2, 4))}
    assert notes["flex"].count == 1
    assert feed.counts["flex"] == 1


def test_a_feed_without_on_demand_lines_gives_an_empty_table(tmp_path: Path) -> None:
    table = on_demand([read_feed(write_zip(tmp_path / "f.zip"))])
    assert len(table) == 0
    assert list(table.columns) == [*COLUMNS, "geometry"]


@pytest.mark.parametrize(
    "damage", ["{", "[]", '{"features": [{"id": "zone"}]}', '{"features": [{"id": "z", "geometry": 3}]}']
)
def test_zones_that_cannot_be_read_leave_the_line_shown(tmp_path: Path, damage: str) -> None:
    feed = read_feed(write_zip(tmp_path / "f.zip", {**FILES, "locations.geojson": damage}))
    assert "flex_zones" in {note.code for note in feed.notes}
    table = on_demand([feed])
    assert table["geometry"].isna().any()
    assert "03 21 00 00 00" in table.loc[table["geometry"].isna(), "message"].iloc[0]


def test_drafts_of_the_standard_put_zones_in_stop_id(tmp_path: Path) -> None:
    rows = SMALL["stop_times.txt"] + "z1,,,zone,1,2,1\nz1,,,zone,2,1,2\n"
    files = {**FILES, "stop_times.txt": rows, "trips.txt": SMALL["trips.txt"] + "TAD,week,z1,\n"}
    feed = read_feed(write_zip(tmp_path / "f.zip", files))
    table = on_demand([feed])
    assert table["area"].tolist() == ["Canton"]
    assert table["hours"].tolist() == [""]
