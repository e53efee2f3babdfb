"""Courses near a place, over HTTP: what is answered, what is kept by nobody, what is refused and how."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from api.v1.offers import OffersAnswer

LILLE = {"lon": 3.0586, "lat": 50.6365}


def get(client: TestClient, /, **question: Any) -> dict[str, Any]:  # noqa: ANN401 -- any parameter
    """Ask; return the JSON of the answer."""
    found = client.get("/api/v1/offers", params=question)
    assert found.status_code == 200, found.text[:500]
    body: dict[str, Any] = found.json()
    return body


def test_the_answer_is_the_one_documented(client: TestClient) -> None:
    body = get(client, **LILLE, kind="fle", level="A1", minutes=30)
    OffersAnswer.model_validate(body, extra="forbid")
    assert body["items"]
    first = body["items"][0]
    assert first["fit"] == "fits"
    assert first["reach"] == "within"
    assert 0 < first["out_minutes"] <= 30
    assert first["kind"] == "fle"
    assert body["origin"] == {
        "label": "point donné",
        "commune_code": None,
        "departement": "59",
        "covered": "yes",
    }
    about = body["about"]
    assert about["as_of"] == "2026-10-01"
    assert about["synthetic"] is True
    assert about["outline"] is True
    assert "FICTIVES" in about["notes"][0]
    assert {"offers", "sessions"} == set(about["snapshots"])
    assert any("Routes principales" in source["name"] for source in about["sources"])


def test_all_the_reasons_are_there_on_demand(client: TestClient) -> None:
    body = get(client, **LILLE, kind="oepre", age=17, status="bpi", all=True, limit=200, offset=200)
    OffersAnswer.model_validate(body, extra="forbid")
    assert body["items"]
    refused = [one for one in body["items"] if one["fit"] == "does_not_fit"]
    assert refused
    assert all(one["reasons"] for one in refused)


def test_nobody_keeps_the_answer_about_a_point(client: TestClient) -> None:
    found = client.get("/api/v1/offers", params=LILLE)
    assert found.headers["cache-control"] == "private, no-store"
    assert "etag" not in found.headers
    assert "50.63" not in str({key: value for key, value in found.json().items() if key != "items"}["origin"])


def test_the_answer_about_a_commune_is_kept_until_it_changes(client: TestClient) -> None:
    found = client.get("/api/v1/offers", params={"place": "Arras", "kind": "fle"})
    assert found.status_code == 200, found.text[:500]
    tag = found.headers["etag"]
    again = client.get("/api/v1/offers", params={"place": "Arras", "kind": "fle"}, headers={"If-None-Match": tag})
    assert again.status_code == 304
    other = client.get("/api/v1/offers", params={"place": "Lens", "kind": "fle"})
    assert other.headers["etag"] != tag
    personal = client.get("/api/v1/offers", params={"place": "Arras", "status": "bpi"})
    assert personal.headers["cache-control"].startswith("private")


def test_a_place_is_forgiven_its_typos_and_says_so(client: TestClient) -> None:
    body = get(client, place="Hazebrouk")
    assert body["origin"]["commune_code"] == "59295"
    assert any("Hazebrouck" in note for note in body["about"]["notes"])


def test_where_no_source_speaks_it_is_said(client: TestClient) -> None:
    body = get(client, lon=5.37, lat=43.30, kind="fle")  # Marseille
    assert body["origin"]["covered"] == "no"
    assert "Aucune source chargée ne couvre" in body["summary"]
    assert body["items"] == []
    assert body["nearest"]  # far away all the same
    assert get(client, lon=4.35, lat=50.85)["origin"]["covered"] == "outside"


@pytest.mark.parametrize(
    ("question", "status", "where"),
    [
        ({}, 400, "place"),
        ({"lon": 3.06}, 400, "lat"),
        ({"lon": 50.63, "lat": 3.06}, 400, "lon"),
        ({**LILLE, "place": "Lille"}, 400, "place"),
        ({"place": "Saint-Denis"}, 400, "place"),
        ({"place": "xqzzyw"}, 404, "place"),
        ({"address": "3 rue de Paris 59000 Lille"}, 400, "address"),
        ({**LILLE, "lat": "nan"}, 400, "lat"),
        ({**LILLE, "lon": 181}, 400, "lon"),
        ({**LILLE, "minutes": 0}, 400, "minutes"),
        ({**LILLE, "minutes": "inf"}, 400, "minutes"),
        ({**LILLE, "kind": "chinois"}, 400, "kind"),
        ({**LILLE, "limit": 0}, 400, "limit"),
        ({**LILLE, "kind": "fle", "schooling": "none"}, 400, "profil"),
        ({**LILLE, "status": "martien"}, 400, "status"),
        ({**LILLE, "free": "jamais"}, 400, "free"),
        ({**LILLE, "network": "nowhere"}, 422, "network"),
        ({**LILLE, "network": "../../etc"}, 400, "network"),
        ({**LILLE, "network": "osrm"}, 400, "network"),
        ({**LILLE, "mode": "transit"}, 400, "week_of"),
        ({**LILLE, "mode": "transit", "week_of": "2026-10-06", "weekday": "octidi"}, 400, "weekday"),
        ({**LILLE, "week_of": "2026-10-06"}, 400, "week_of"),
    ],
)
def test_what_is_wrong_is_told(client: TestClient, question: dict[str, Any], status: int, where: str) -> None:
    found = client.get("/api/v1/offers", params=question)
    assert found.status_code == status, found.text[:500]
    assert found.headers["content-type"].startswith("application/problem+json")
    body = found.json()
    assert where in body["where"]
    assert body["detail"]
    assert body["way_out"]
    assert found.headers["cache-control"] == "no-store"


def test_several_ways_to_say_a_learner_agree(client: TestClient) -> None:
    one = get(client, **LILLE, status=["bpi", "parent"], free=["lundi-matin", "soir"])
    joined = get(client, **LILLE, status="bpi,parent", free="mon-morning,evening")
    assert one["items"] == joined["items"]
    nobody = get(client, **LILLE, status="aucune")
    assert nobody["counts"] != one["counts"]


def test_pages(client: TestClient) -> None:
    whole = get(client, **LILLE, limit=6)["items"]
    parts = [get(client, **LILLE, limit=3, offset=offset)["items"] for offset in (0, 3)]
    assert [*parts[0], *parts[1]] == whole


def test_openapi_says_what_is_accepted(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    for path in ("/offers", "/reach", "/isochrone", "/territories", "/territories/{code}", "/places"):
        route = document["paths"][f"/api/v1{path}"]["get"]
        assert all(parameter.get("description") for parameter in route["parameters"]), path
        assert route["responses"]["200"]["content"]
