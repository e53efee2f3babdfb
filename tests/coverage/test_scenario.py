"""The scenario file, and what its actions make of the courses: by hand."""

import copy
import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_integration.coverage.scenario.apply import Applied, apply
from geo_integration.coverage.scenario.model import Scenario, parse_scenario, read_scenario
from geo_integration.errors import ScenarioRefusedError
from geo_integration.layers import LAYERS

GROUP = {
    "action": "add_site",
    "name": "Groupe du soir",
    "kind": "alphabetisation",
    "commune_code": "62498",
    "levels": ["alpha"],
    "places": 12,
    "days": ["tue", "thu"],
    "start": "18:00",
    "end": "20:00",
}
FILE: dict[str, Any] = {
    "version": 1,
    "name": "Deux groupes du soir",
    "question": {"territory": "62", "kind": "alphabetisation", "minutes": 45, "as_of": "2026-10-01"},
    "made_on": {"offers": "aaaaaaaaaaaaaaaa", "sessions": "aaaaaaaaaaaaaaaa"},
    "actions": [GROUP, {"action": "close_site", "site_id": "2.83210,50.42890"}],
}
COMMUNES = pd.DataFrame(
    {
        "code": ["62041", "62498", "98711"],
        "name": ["Arras", "Lens", "Anaa"],
        "departement_code": ["62", "62", "987"],
        "mairie_lon": [2.7772, 2.8321, None],
        "mairie_lat": [50.2910, 50.4289, None],
    }
)


def scenario(*actions: dict[str, Any]) -> Scenario:
    return parse_scenario(json.dumps({**FILE, "actions": list(actions)}))


def offers() -> gpd.GeoDataFrame:
    """Two courses at Lens, of two providers; one at Arras; one without a place."""
    lon, lat = [2.8321, 2.8321, 2.7772, None], [50.4289, 50.4289, 50.2910, None]
    table = pd.DataFrame(
        {
            "offer_id": ["x:1", "x:2", "x:3", "x:4"],
            "sources": "x",
            "source_records": ["x:1", "x:2", "x:3", "x:4"],
            "title": ["Alphabétisation", "FLE", "Alphabétisation", "À distance"],
            "provider_name": ["Les Tilleuls", "Coté Mots", "Les Tilleuls", None],
            "kind": ["alphabetisation", "fle", "alphabetisation", "fle"],
            "kind_confidence": 1.0,
            "level_entry": "unknown",
            "level_target": "unknown",
            "level_confidence": 0.0,
            "schooling": "unknown",
            "schooling_confidence": 0.0,
            "modality": "in_person",
            "location_quality": ["point", "point", "mairie", "none"],
            "address": ["1 rue Haute", None, None, None],
            "commune_code": ["62498", "62498", "62041", None],
            "commune_name": ["Lens", "Lens", "Arras", None],
            "departement_code": ["62", "62", "62", None],
            "site_id": ["2.83210,50.42890", "2.83210,50.42890", "2.77720,50.29100", None],
            "synthetic": False,
        }
    )
    points = gpd.GeoSeries(gpd.points_from_xy(lon, lat)).where(pd.Series(lon).notna(), None)
    return LAYERS["offers"].conform(gpd.GeoDataFrame(table, geometry=points.array, crs=4326))


def sessions() -> pd.DataFrame:
    rows = [
        {"session_id": "x:1#a", "offer_id": "x:1", "recruitment": "closed", "places_available": 0, "places_funded": 10},
        {"session_id": "x:1#b", "offer_id": "x:1", "recruitment": "open", "places_available": 3, "places_funded": 30},
        {"session_id": "x:2#a", "offer_id": "x:2", "recruitment": "open", "days": "mon", "start_time": "09:00"},
    ]
    rows[2]["end_time"] = "11:00"
    return LAYERS["sessions"].conform(pd.DataFrame(rows).assign(entry_mode="fixed", synthetic=False))


def done(*actions: dict[str, Any]) -> Applied:
    layers = {"offers": offers(), "sessions": sessions()}
    kept = {name: table.copy() for name, table in layers.items()}
    found = apply(layers, scenario(*actions).actions, communes=COMMUNES, where="essai.json")
    for name, table in kept.items():
        pd.testing.assert_frame_equal(layers[name], table)  # what was given is left as it was
        LAYERS[name].validate(found.layers[name])
        assert found.layers[name][LAYERS[name].key[0]].is_monotonic_increasing
    return found


def course(found: Applied, name: str) -> "pd.Series[Any]":
    return found.layers["offers"].set_index("offer_id").loc[name]


def its_sessions(found: Applied, name: str) -> pd.DataFrame:
    table = found.layers["sessions"]
    return table[table["offer_id"].eq(name)].set_index("session_id")


class TestFile:
    def test_what_is_written_is_read_back(self, tmp_path: Path) -> None:
        one = parse_scenario(json.dumps(FILE))
        one.save(tmp_path / "essai.json")
        assert read_scenario(tmp_path / "essai.json") == one
        assert (tmp_path / "essai.json").read_text(encoding="utf-8") == one.to_json()
        assert [action.action for action in one.actions] == ["add_site", "close_site"]

    def test_it_says_which_data_changed_since(self) -> None:
        one = parse_scenario(json.dumps(FILE))
        assert one.changed_since(one.made_on) == []
        told = one.changed_since({"offers": "bbbbbbbbbbbbbbbb", "bpi": "cccccccccccccccc"})
        assert told == [
            "« offers » a changé depuis : aaaaaaaaaaaa alors, bbbbbbbbbbbb aujourd'hui.",
            "« sessions » n'est plus là (c'était aaaaaaaaaaaa).",
            "« bpi » est venu s'ajouter depuis.",
        ]

    @pytest.mark.parametrize(
        ("change", "where", "what"),
        [
            ({"places": -1}, "champ places, valeur « -1 »", "nombre hors des limites"),
            ({"places": "3"}, "champ places, valeur « 3 »", "pas un nombre entier"),
            ({"kind": "flé"}, "champ kind, valeur « flé »", "hors de la liste"),
            ({"kind": "unknown"}, "champ kind", "un cours qu'on ouvre a un type"),
            ({"colour": "red"}, "champ colour, valeur « red »", "champ inconnu"),
            ({"end": "17:30"}, "champ end, valeur « 17:30 »", "avant d'avoir commencé à 18:00"),
            ({"end": "18:00"}, "champ end, valeur « 18:00 »", "avant d'avoir commencé"),
            ({"start": "25:00"}, "champ start, valeur « 25:00 »", "pas une heure"),
            ({"days": ["mardi"]}, "champ days.0, valeur « mardi »", "hors de la liste"),
            ({"days": ["tue", "tue"]}, "champ days", "deux fois"),
            ({"commune_code": None}, "champ commune_code", "aucun lieu"),
            ({"lon": 2.8}, "champ lat", "lon et lat"),
            ({"lon": 200.0, "lat": 50.0}, "champ lon", "position impossible"),
            ({"start_date": "2026-10-02", "end_date": "2026-10-01"}, "champ end_date", "avant d'avoir commencé"),
            ({"action": "add_course"}, "valeur « add_course »", "hors de la liste"),
        ],
    )
    def test_a_refusal_names_file_action_field_value_and_way_out(
        self, change: dict[str, Any], where: str, what: str
    ) -> None:
        with pytest.raises(ScenarioRefusedError) as raised:
            parse_scenario(
                json.dumps({**FILE, "actions": [FILE["actions"][1], {**GROUP, **change}]}), where="essai.json"
            )
        error = raised.value
        assert error.where.startswith("essai.json, action n° 2")
        assert where in error.where
        assert what in error.what
        assert error.way_out

    @pytest.mark.parametrize(
        ("change", "what"),
        [
            ({"version": 2}, "hors de la liste"),
            ({"actions": []}, "rien à faire"),
            ({"name": ""}, "trop court"),
            ({"author": "moi"}, "champ inconnu"),
            ({"question": {"territory": "62"}}, "champ absent"),
            ({"question": {**FILE["question"], "minutes": 0}}, "hors des limites"),
        ],
    )
    def test_a_file_of_another_shape_is_refused(self, change: dict[str, Any], what: str) -> None:
        with pytest.raises(ScenarioRefusedError, match=what):
            parse_scenario(json.dumps({**FILE, **change}))

    @pytest.mark.parametrize(
        "action",
        [
            {"action": "close_site"},
            {"action": "close_site", "offer_id": "x:1", "site_id": "0,0"},
            {"action": "close_site", "provider": "Les Tilleuls"},
            {"action": "move_site", "offer_id": "x:1"},
            {"action": "change_hours", "offer_id": "x:1"},
            {"action": "change_capacity", "offer_id": "x:1"},
            {"action": "open_line", "name": "Bus"},
        ],
    )
    def test_an_action_that_says_too_little_or_too_much_is_refused(self, action: dict[str, Any]) -> None:
        with pytest.raises(ScenarioRefusedError):
            scenario(action)

    @given(st.binary(max_size=200))
    def test_no_bytes_crash_it(self, content: bytes) -> None:
        with pytest.raises(ScenarioRefusedError):
            parse_scenario(content)

    @given(data=st.data())
    def test_no_value_crashes_it(self, data: st.DataObject) -> None:
        said = copy.deepcopy(FILE)
        anything = st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.lists(st.integers()), st.floats())
        part = data.draw(st.sampled_from([said, said["question"], said["actions"][0], said["actions"][1]]))
        part[data.draw(st.sampled_from(sorted(part)))] = data.draw(anything)
        try:
            read = parse_scenario(json.dumps(said))
        except ScenarioRefusedError:
            return
        assert parse_scenario(read.to_json()) == read

    def test_a_field_given_twice_is_refused(self) -> None:
        text = json.dumps(FILE)
        assert parse_scenario(text)
        for said, field in (('"minutes": 45', "minutes"), ('"kind": "alphabetisation"', "kind")):
            with pytest.raises(ScenarioRefusedError, match="deux fois") as raised:
                parse_scenario(text.replace(said, f"{said}, {said}", 1), where="essai.json")
            assert raised.value.where == f"essai.json, champ {field}"

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(ScenarioRefusedError, match="ne peut pas être lu"):
            read_scenario(tmp_path / "rien.json")


class TestApply:
    def test_opening_a_course(self) -> None:
        found = done(GROUP)
        row, (meeting,) = course(found, "scenario:1"), its_sessions(found, "scenario:1").to_dict("records")
        assert row[["sources", "title", "kind", "level_entry", "commune_name"]].tolist() == [
            "scenario",
            "Groupe du soir",
            "alphabetisation",
            "alpha",
            "Lens",
        ]
        assert (row["site_id"], row["location_quality"], row["synthetic"]) == ("2.83210,50.42890", "mairie", False)
        assert (row.geometry.x, row.geometry.y) == (2.8321, 50.4289)
        assert {name: meeting[name] for name in ("days", "start_time", "end_time", "places_available")} == {
            "days": "tue;thu",
            "start_time": "18:00",
            "end_time": "20:00",
            "places_available": 12,
        }
        assert len(found.layers["offers"]) == 5
        told = found.touched.to_dict("records")
        assert told == [
            {
                "action": 1,
                "what": "added",
                "offer_id": "scenario:1",
                "title": "Groupe du soir",
                "commune_name": "Lens",
                "lon": 2.8321,
                "lat": 50.4289,
            }
        ]

    def test_a_point_lies_in_the_commune_that_holds_it(self) -> None:
        at_lens = {name: value for name, value in GROUP.items() if name != "commune_code"} | {"lon": 2.83, "lat": 50.43}
        row = course(done(at_lens), "scenario:1")
        assert (row["commune_code"], row["site_id"], row["location_quality"]) == ("62498", "2.83000,50.43000", "point")

    def test_moving_a_course_and_a_place(self) -> None:
        found = done({"action": "move_site", "offer_id": "x:1", "commune_code": "62041"})
        row = course(found, "x:1")
        assert row[["commune_name", "site_id", "sources"]].tolist() == ["Arras", "2.77720,50.29100", "x;scenario"]
        assert pd.isna(row["address"])  # that of the place it left
        assert course(found, "x:2")["commune_name"] == "Lens"
        assert found.touched["what"].tolist() == ["moved_from", "moved_to"]
        whole = done({"action": "move_site", "site_id": "2.83210,50.42890", "commune_code": "62041"})
        assert set(whole.layers["offers"]["site_id"].dropna()) == {"2.77720,50.29100"}

    def test_closing_takes_the_sessions_away(self) -> None:
        by_offer = done({"action": "close_site", "offer_id": "x:1"})
        assert by_offer.layers["offers"]["offer_id"].tolist() == ["x:2", "x:3", "x:4"]
        assert by_offer.layers["sessions"]["session_id"].tolist() == ["x:2#a"]
        by_site = done({"action": "close_site", "site_id": "2.83210,50.42890"})
        assert by_site.layers["offers"]["offer_id"].tolist() == ["x:3", "x:4"]
        # By name, accents and case left out, in that commune only.
        by_provider = done({"action": "close_site", "provider": "COTE MOTS", "commune_code": "62498"})
        assert by_provider.layers["offers"]["offer_id"].tolist() == ["x:1", "x:3", "x:4"]

    def test_hours_of_a_session_and_of_a_course_that_has_none(self) -> None:
        found = done({"action": "change_hours", "session_id": "x:2#a", "days": ["tue"], "end": "12:00"})
        row = its_sessions(found, "x:2").loc["x:2#a"]
        assert row[["days", "start_time", "end_time"]].tolist() == ["tue", "09:00", "12:00"]
        silent = done({"action": "change_hours", "offer_id": "x:3", "days": ["sat"], "start": "10:00", "end": "12:00"})
        (row,) = its_sessions(silent, "x:3").to_dict("records")
        assert (row["days"], row["start_time"], row["recruitment"]) == ("sat", "10:00", "unknown")

    def test_capacity_fills_a_course_or_reopens_it(self) -> None:
        full = its_sessions(done({"action": "change_capacity", "offer_id": "x:1", "places": 0}), "x:1")
        assert full["places_available"].tolist() == [0, 0]
        assert full["places_funded"].tolist() == [10, 30]
        more = its_sessions(done({"action": "change_capacity", "offer_id": "x:1", "places": 20}), "x:1")
        # The first was closed with 10 places funded: it takes 20, so at least 20 are. The second had 30 already.
        assert more["recruitment"].tolist() == ["open", "open"]
        assert more["places_funded"].tolist() == [20, 30]

    def test_an_action_sees_what_those_before_it_did(self) -> None:
        found = done(GROUP, {"action": "move_site", "offer_id": "scenario:1", "commune_code": "62041"})
        assert course(found, "scenario:1")["commune_name"] == "Arras"
        assert course(found, "scenario:1")["sources"] == "scenario"
        none = done(GROUP, {"action": "close_site", "offer_id": "scenario:1"})
        pd.testing.assert_frame_equal(none.layers["offers"], offers())
        pd.testing.assert_frame_equal(none.layers["sessions"], sessions())

    def test_a_remote_course_is_nowhere_to_be_moved_from(self) -> None:
        remote = offers()
        remote.loc[remote["offer_id"].eq("x:1"), "modality"] = "remote"
        layers = {"offers": remote, "sessions": sessions()}
        move = {"action": "move_site", "commune_code": "62041"}
        alone = scenario({**move, "offer_id": "x:1"}).actions
        with pytest.raises(ScenarioRefusedError, match="à distance") as raised:
            apply(layers, alone, communes=COMMUNES, where="essai.json")
        assert "champ offer_id, valeur « x:1 »" in raised.value.where
        assert raised.value.way_out
        # With the courses of its place, which do move, it goes along.
        whole = scenario({**move, "site_id": "2.83210,50.42890"}).actions
        moved = apply(layers, whole, communes=COMMUNES).layers["offers"].set_index("offer_id")
        assert moved.loc[["x:1", "x:2"], "commune_code"].tolist() == ["62041", "62041"]

    @pytest.mark.parametrize(
        ("action", "where", "way_out"),
        [
            ({**GROUP, "commune_code": "99999"}, "champ commune_code, valeur « 99999 »", "INSEE"),
            ({**GROUP, "commune_code": "1004"}, "champ commune_code, valeur « 1004 »", "texte"),
            ({**GROUP, "commune_code": "98711"}, "champ commune_code", "lon et lat"),
            ({**GROUP, "lon": 2.7772, "lat": 50.2910}, "champ commune_code, valeur « 62498 »", "enlever"),
            ({**GROUP, "commune_code": None, "lon": -30.0, "lat": 40.0}, "champ lon", "en France"),
            ({"action": "close_site", "offer_id": "x:9"}, "champ offer_id, valeur « x:9 »", "x:1"),
            ({"action": "close_site", "site_id": "0.0,0.0"}, "champ site_id", "offres"),
            (
                {"action": "close_site", "provider": "Personne", "commune_code": "62498"},
                "champ provider, valeur « Personne »",
                "Coté Mots, Les Tilleuls",
            ),
            ({"action": "move_site", "offer_id": "x:9", "commune_code": "62041"}, "champ offer_id", "x:1"),
            ({"action": "change_capacity", "session_id": "x:1#c", "places": 1}, "champ session_id", "x:1#a"),
            ({"action": "change_hours", "session_id": "x:2#a", "end": "08:00"}, "champ end, valeur « 08:00 »", "après"),
        ],
    )
    def test_what_cannot_be_done_is_refused_with_the_way_out(
        self, action: dict[str, Any], where: str, way_out: str
    ) -> None:
        with pytest.raises(ScenarioRefusedError) as raised:
            done(action)
        assert raised.value.where.startswith("essai.json, action n° 1 (")
        assert where in raised.value.where
        assert way_out in raised.value.way_out
