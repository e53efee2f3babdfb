"""Where a place is: the source's point only inside its commune, else the address, else the mairie."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geo_integration import territories
from geo_integration.errors import InputRefusedError, NetworkUnavailableError
from geo_integration.sources.geocode import AddressTable, BanClient
from geo_integration.sources.imports import ProblemLog
from geo_integration.sources.locate import locate
from geo_integration.vocabulary import Outcome

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
ARRAS = (2.7770, 50.2910)


def place(**stated: object) -> pd.DataFrame:
    empty = dict.fromkeys(["commune_code", "postcode", "commune_name", "address", "longitude", "latitude"])
    row = {"where": "ligne 2", "modality": "in_person"} | empty | stated
    table = pd.DataFrame([row])
    text = ["where", "commune_code", "postcode", "commune_name", "address", "modality"]
    return table.astype(dict.fromkeys(text, "str") | {"longitude": "float64", "latitude": "float64"})


def located(log: ProblemLog | None = None, **stated: object) -> pd.Series:
    return locate(place(**stated), log or ProblemLog("f.csv")).iloc[0]


def test_a_point_inside_its_commune_is_kept() -> None:
    row = located(commune_code="62041", longitude=ARRAS[0], latitude=ARRAS[1])
    assert (row["location_quality"], row["longitude"], row["latitude"]) == ("point", *ARRAS)
    assert (row["commune_name"], row["departement_code"]) == ("Arras", "62")


def test_a_point_elsewhere_is_dropped_for_the_mairie_and_named() -> None:
    log = ProblemLog("f.csv")
    row = located(log, commune_code="62041", longitude=3.06, latitude=50.63)  # Lille
    mairie = territories.communes(geometry=False).set_index("code").loc["62041"]
    assert row["location_quality"] == "mairie"
    assert (row["longitude"], row["latitude"]) == (mairie["mairie_lon"], mairie["mairie_lat"])
    (problem,) = log.problems
    assert (problem.where, problem.outcome) == ("ligne 2", Outcome.FIELD_DROPPED)
    assert "km de sa commune (62041)" in problem.reason
    assert "3.06" in problem.value


def test_exchanged_coordinates_are_put_right() -> None:
    log = ProblemLog("f.csv")
    row = located(log, commune_code="62041", longitude=ARRAS[1], latitude=ARRAS[0])
    assert (row["location_quality"], row["longitude"]) == ("point", ARRAS[0])
    assert log.problems[0].outcome is Outcome.REPAIRED


def test_another_hemisphere_is_not_a_place() -> None:
    log = ProblemLog("f.csv")
    row = located(log, commune_code="62041", longitude=-177.0, latitude=-14.3)
    assert row["location_quality"] == "mairie"
    assert "62041" in log.problems[0].reason
    assert "contour" not in log.problems[0].reason
    row = located(longitude=140.0, latitude=-70.0)
    assert row["location_quality"] == "none"
    assert np.isnan(row["longitude"])


def test_a_point_gives_the_commune_that_nobody_stated() -> None:
    row = located(longitude=ARRAS[0], latitude=ARRAS[1])
    assert (row["commune_code"], row["location_quality"]) == ("62041", "point_only")


def test_postcode_and_name_give_the_commune() -> None:
    row = located(postcode="62000", commune_name="ARRAS CEDEX")
    assert (row["commune_code"], row["location_quality"]) == ("62041", "mairie")


def test_former_communes_and_arrondissements_fold() -> None:
    assert located(commune_code="75118")["commune_code"] == "75056"
    assert located(commune_code="59355")["commune_code"] == "59350"  # Lomme, associated with Lille


def test_a_code_that_contradicts_postcode_and_name() -> None:
    log = ProblemLog("f.csv")
    row = located(log, commune_code="68297", postcode="94140", commune_name="Alfortville")
    assert row["commune_code"] == "94002"
    assert "contredit" in log.problems[0].reason
    row = located(commune_code="62041", postcode="59000", commune_name="Lille", longitude=ARRAS[0], latitude=ARRAS[1])
    assert (row["commune_code"], row["location_quality"]) == ("62041", "point")  # the point decides


def test_an_unknown_code_is_said_and_nothing_is_guessed() -> None:
    log = ProblemLog("f.csv")
    row = located(log, commune_code="99999")
    assert row["location_quality"] == "none"
    assert pd.isna(row["commune_code"])
    assert log.problems[0].reason == "code commune inconnu du COG"


def test_remote_has_no_place() -> None:
    row = located(commune_code="62041", modality="remote")
    assert row["location_quality"] == "remote"
    assert np.isnan(row["longitude"])


def test_an_address_base_comes_before_the_mairie() -> None:
    base = AddressTable(
        pd.DataFrame(
            {
                "commune_code": ["62041", "62041"],
                "address": ["12 rue de la Paix, 62000 Arras", "3 place des Héros, 62000 Arras"],
                "longitude": [2.78, 2.7765],
                "latitude": [50.29, 50.2915],
            }
        )
    )
    table = place(commune_code="62041", address="3 PLACE DES HÉROS", longitude=3.06, latitude=50.63)
    row = locate(table, ProblemLog("f.csv"), addresses=base).iloc[0]
    assert (row["location_quality"], row["longitude"]) == ("address", 2.7765)
    row = locate(place(commune_code="62041", address="rue inconnue"), ProblemLog("f.csv"), addresses=base).iloc[0]
    assert row["location_quality"] == "mairie"


def test_an_address_outside_its_commune_is_no_better_than_a_point_outside() -> None:
    table = {"commune_code": ["62041"], "address": ["1 rue X"], "longitude": [3.06], "latitude": [50.63]}
    row = locate(
        place(commune_code="62041", address="1 rue X"), ProblemLog("f.csv"), addresses=AddressTable(pd.DataFrame(table))
    ).iloc[0]
    assert row["location_quality"] == "mairie"


def test_an_unreadable_address_base_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "base.csv"
    path.write_bytes(bytes(range(256)) * 40)
    with pytest.raises(InputRefusedError) as error:
        AddressTable.from_csv(path)
    assert error.value.way_out
    path.write_text("code;voie\n02041;x\n", encoding="utf-8")
    with pytest.raises(InputRefusedError, match="colonne absente"):
        AddressTable.from_csv(path)
    path.write_text(
        "address;commune_code;longitude;latitude\n1 rue X;01004;5.36;45.95\n2 rue Y;01004;?;\n", encoding="utf-8"
    )
    assert AddressTable.from_csv(path).match("1 rue x", postcode=None, commune_code="01004") is not None


def test_ban_answer_of_another_commune_is_no_match() -> None:
    recorded = SHARED / "references" / "ban_api" / "adresseResponse.json"
    if not recorded.is_file():
        pytest.skip("shared/data/references/ban_api absent")
    asked: list[str] = []

    def fetch(url: str) -> bytes:
        asked.append(url)
        return recorded.read_bytes()

    client = BanClient(fetch=fetch)
    found = client.match("Rue Jean Jaurès", postcode="59000", commune_code="59350")
    assert found is not None
    assert (found.longitude, found.latitude) == (3.015595, 50.639719)
    assert "citycode=59350" in asked[0]
    assert client.match("Rue Jean Jaurès", postcode="62000", commune_code="62041") is None


def test_ban_out_of_reach_says_what_to_do() -> None:
    def fetch(url: str) -> bytes:
        raise TimeoutError(url)

    with pytest.raises(NetworkUnavailableError, match="géocodeur ne répond pas") as error:
        BanClient(fetch=fetch).match("1 rue X", postcode=None, commune_code="62041")
    assert "mairie" in error.value.way_out


def test_ban_low_score_is_no_match() -> None:
    feature = {
        "properties": {"score": 0.5, "citycode": "62041", "type": "street"},
        "geometry": {"coordinates": [2.7, 50.2]},
    }
    client = BanClient(fetch=lambda _: json.dumps({"features": [feature]}).encode())
    assert client.match("x", postcode=None, commune_code="62041") is None
