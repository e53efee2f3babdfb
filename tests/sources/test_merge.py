"""The same course from two sources: what is recognised, what is not, what is kept, and undoing it."""

import geopandas as gpd
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_integration.layers import OFFERS, SESSIONS
from geo_integration.sources.merge import Merged, merge, merge_id


def offer(record: str, title: str = "Alphabétisation niveau 1", **more: object) -> dict[str, object]:
    source = record.partition(":")[0]
    stated: dict[str, object] = {
        "offer_id": record,
        "sources": source,
        "source_records": record,
        "title": title,
        "provider_name": "Centre social d'Arras",
        "kind": "alphabetisation",
        "kind_rule": "titre",
        "kind_confidence": 0.9,
        "level_entry": "unknown",
        "level_target": "unknown",
        "level_confidence": 0.0,
        "schooling": "unknown",
        "schooling_confidence": 0.0,
        "modality": "in_person",
        "commune_code": "62041",
        "location_quality": "mairie",
        "synthetic": False,
        "lon": 2.77,
        "lat": 50.29,
    }
    return stated | more


def layer(*rows: dict[str, object]) -> pd.DataFrame:
    table = pd.DataFrame(list(rows))
    points = gpd.points_from_xy(table["lon"], table["lat"], crs=4326)
    return OFFERS.conform(gpd.GeoDataFrame(table.drop(columns=["lon", "lat"]), geometry=points, crs=4326))


def session(offer_id: str, start: str, number: int = 1) -> dict[str, object]:
    return {
        "session_id": f"{offer_id}#{number}",
        "offer_id": offer_id,
        "start_date": start,
        "recruitment": "open",
        "entry_mode": "fixed",
        "synthetic": False,
    }


def joined(first: dict[str, object], second: dict[str, object], *, undone: tuple[str, ...] = ()) -> Merged:
    offers = {"lheo": layer(first), "dian": layer(second)}
    return merge(offers, {name: SESSIONS.empty() for name in offers}, undone=undone)


def test_a_shared_identifier_is_enough() -> None:
    found = joined(
        offer("lheo:01_A", alternate_ids="SE_77"),
        offer("dian:9", "Apprendre à lire et écrire", alternate_ids="SE_77;X", provider_name=None, phone="0321"),
    )
    assert found.offers["offer_id"].tolist() == ["lheo:01_A"]
    row = found.offers.iloc[0]
    assert row["sources"] == "lheo;dian"
    assert row["source_records"] == "lheo:01_A;dian:9"
    assert row["title"] == "Alphabétisation niveau 1"  # the better source's words win
    assert row["phone"] == "0321"  # what it leaves empty comes from the other
    assert found.merges["rule"].tolist() == ["identifiant commun"]


def test_provider_place_and_title_together() -> None:
    found = joined(
        offer("lheo:1"), offer("dian:9", "ALPHABETISATION - Niveau 1", provider_name="CENTRE SOCIAL d'Arras")
    )
    assert len(found.offers) == 1
    assert found.merges.iloc[0]["score"] >= 85


def test_the_same_siret_is_the_same_provider_whatever_its_name() -> None:
    siret = {"provider_siret": "77897285100068"}
    assert len(joined(offer("lheo:1", **siret), offer("dian:9", **siret, provider_name=None)).offers) == 1
    other = {"provider_siret": "43751505900032"}
    assert len(joined(offer("lheo:1", **siret), offer("dian:9", **other)).offers) == 2


def test_a_remote_course_gets_no_place_from_its_copy() -> None:
    remote = offer("lheo:1", modality="remote", location_quality="remote", alternate_ids="N")
    found = joined(remote, offer("dian:9", alternate_ids="N", modality="unknown", location_quality="mairie"))
    assert found.offers["location_quality"].tolist() == ["remote"]


def test_what_tells_courses_apart() -> None:
    different = [
        {"title": "Alphabétisation niveau 2"},
        {"provider_name": "Greta Artois"},
        {"commune_code": "62160"},
        {"kind": "fle"},
        {"provider_name": None},
    ]
    for change in different:
        assert len(joined(offer("lheo:1"), offer("dian:9") | change).offers) == 2, change


def test_precise_places_must_be_near() -> None:
    here = {"location_quality": "point"}
    near = joined(offer("lheo:1", **here), offer("dian:9", **here, lon=2.774))
    far = joined(offer("lheo:1", **here), offer("dian:9", **here, lon=2.79))
    assert len(near.offers) == 1
    assert 250 < near.merges.iloc[0]["distance_metres"] < 320  # 0.004° of longitude at 50.29°N: 285 m
    assert len(far.offers) == 2


def test_the_better_place_and_the_known_kind_win() -> None:
    found = joined(
        offer("lheo:1", kind="unknown", kind_rule=None, kind_confidence=0.0),
        offer("dian:9", location_quality="point", site_id="2.77500,50.29000", lon=2.775),
    )
    row = found.offers.iloc[0]
    assert (row["kind"], row["kind_rule"]) == ("alphabetisation", "titre")
    assert (row["location_quality"], row["site_id"], row.geometry.x) == ("point", "2.77500,50.29000", 2.775)


def test_records_of_one_source_stay_apart() -> None:
    found = merge({"lheo": layer(offer("lheo:1"), offer("lheo:2"))}, {"lheo": SESSIONS.empty()})
    assert len(found.offers) == 2
    assert found.merges.empty


def test_an_identifier_that_several_courses_share_is_not_enough() -> None:
    two = layer(offer("lheo:1", "Alphabétisation", alternate_ids="N"), offer("lheo:2", "FLE B1", alternate_ids="N"))
    one = layer(offer("dian:9", "Atelier cuisine et parole", alternate_ids="N", provider_name=None))
    found = merge({"lheo": two, "dian": one}, {"lheo": SESSIONS.empty(), "dian": SESSIONS.empty()})
    assert len(found.offers) == 3
    same = layer(offer("dian:9", "FLE B1", alternate_ids="N", provider_name=None))
    found = merge({"lheo": two, "dian": same}, {"lheo": SESSIONS.empty(), "dian": SESSIONS.empty()})
    assert found.merges["kept_record"].tolist() == ["lheo:2"]


def test_three_sources_end_in_one_and_sessions_follow() -> None:
    offers = {
        "dian": layer(offer("dian:9")),
        "lheo": layer(offer("lheo:1")),
        "data-inclusion": layer(offer("data-inclusion:5")),
    }
    sessions = {
        "lheo": SESSIONS.conform(pd.DataFrame([session("lheo:1", "2026-09-01")])),
        "dian": SESSIONS.conform(pd.DataFrame([session("dian:9", "2026-09-01"), session("dian:9", "2027-01-04", 2)])),
        "data-inclusion": SESSIONS.empty(),
    }
    found = merge(offers, sessions)
    assert found.offers["sources"].tolist() == ["lheo;data-inclusion;dian"]
    assert found.sessions["offer_id"].tolist() == ["lheo:1", "lheo:1"]
    assert sorted(found.sessions["start_date"]) == ["2026-09-01", "2027-01-04"]  # the same day told twice counts once


def test_a_session_told_twice_says_all_that_either_says() -> None:
    told = session("lheo:1", "2026-09-01") | {"recruitment": "unknown", "weekly_hours": 6.0}
    again = session("dian:9", "2026-09-01") | {"recruitment": "closed", "places_funded": 12, "weekly_hours": 9.0}
    undated = session("dian:9", "2026-09-01", 2) | {"start_date": None}
    sessions = {
        "lheo": SESSIONS.conform(pd.DataFrame([told])),
        "dian": SESSIONS.conform(pd.DataFrame([again, undated])),
    }
    found = merge({"lheo": layer(offer("lheo:1")), "dian": layer(offer("dian:9"))}, sessions).sessions
    assert len(found) == 2
    row = found.dropna(subset=["start_date"]).iloc[0]
    assert row[["session_id", "recruitment", "places_funded", "weekly_hours"]].tolist() == ["lheo:1#1", "closed", 12, 6]


def test_hours_a_source_states_win_over_hours_read_from_words() -> None:
    read = session("lheo:1", "2026-09-01") | {
        "days": "mon",
        "start_time": "09:00",
        "end_time": "12:00",
        "hours_rule": "h_words",
    }
    stated = session("dian:9", "2026-09-01") | {"days": "thu", "start_time": "18:30", "end_time": "20:30"}
    for first, second in ((read, stated), (stated, read)):
        sessions = {str(one["offer_id"])[:4]: SESSIONS.conform(pd.DataFrame([one])) for one in (first, second)}
        found = merge({"lheo": layer(offer("lheo:1")), "dian": layer(offer("dian:9"))}, sessions).sessions
        assert found[["days", "start_time", "end_time"]].to_numpy().tolist() == [["thu", "18:30", "20:30"]]
        assert found["hours_rule"].isna().all()


def test_an_undone_merge_stays_listed_and_is_not_applied() -> None:
    identifier = merge_id("lheo:1", "dian:9")
    found = joined(offer("lheo:1"), offer("dian:9"), undone=(identifier,))
    assert found.offers["offer_id"].tolist() == ["dian:9", "lheo:1"]
    assert found.merges[["merge_id", "undone"]].to_numpy().tolist() == [[identifier, True]]


titles = st.sampled_from(["Alphabétisation", "FLE A1", "FLE A2", "Alphabétisation groupe 2"])


@settings(max_examples=8)
@given(st.lists(titles, min_size=1, max_size=6), st.lists(titles, max_size=6))
def test_no_offer_is_lost(first: list[str], second: list[str]) -> None:
    offers = {
        "lheo": layer(*(offer(f"lheo:{i}", title) for i, title in enumerate(first))),
        "dian": layer(*(offer(f"dian:{i}", title) for i, title in enumerate(second))) if second else OFFERS.empty(),
    }
    found = merge(offers, {name: SESSIONS.empty() for name in offers})
    records = sorted(record for cell in found.offers["source_records"] for record in cell.split(";"))
    assert records == sorted([f"lheo:{i}" for i in range(len(first))] + [f"dian:{i}" for i in range(len(second))])
    again = merge(offers, {name: SESSIONS.empty() for name in offers})
    pd.testing.assert_frame_equal(pd.DataFrame(found.offers), pd.DataFrame(again.offers))
