"""Territories and place search over HTTP."""

import pytest
from starlette.testclient import TestClient

from api.v1.places import PlacesAnswer, TerritoriesAnswer, TerritoryDetail


def test_departments_of_a_region(client: TestClient) -> None:
    found = client.get("/api/v1/territories", params={"level": "departement", "parent": "R32"})
    assert found.status_code == 200, found.text[:500]
    body = found.json()
    TerritoriesAnswer.model_validate(body, extra="forbid")
    assert [one["code"] for one in body["items"]] == ["02", "59", "60", "62", "80"]
    assert body["total"] == 5
    assert body["items"][0]["parents"] == {"region": "32"}


@pytest.mark.parametrize(
    ("level", "total"), [("region", 26), ("departement", 109), ("arrondissement", 333), ("epci", 1255)]
)
def test_every_level_is_listed(client: TestClient, level: str, total: int) -> None:
    body = client.get("/api/v1/territories", params={"level": level, "limit": 5000}).json()
    assert body["total"] == total == len(body["items"])
    TerritoriesAnswer.model_validate(body, extra="forbid")


def test_communes_come_in_pages(client: TestClient) -> None:
    first, second = (
        client.get("/api/v1/territories", params={"level": "commune", "parent": "62", "limit": 2, "offset": at}).json()
        for at in (0, 2)
    )
    codes = [one["code"] for one in (*first["items"], *second["items"])]
    assert codes == sorted(set(codes))
    assert len(codes) == 4
    assert first["total"] == second["total"] == 887
    assert first["items"][0]["lon"] is not None


@pytest.mark.parametrize(
    ("code", "name", "level"),
    [("62041", "Arras", "commune"), ("62", "Pas-de-Calais", "departement"), ("R32", "Hauts-de-France", "region")],
)
def test_one_territory(client: TestClient, code: str, name: str, level: str) -> None:
    found = client.get(f"/api/v1/territories/{code}")
    assert found.status_code == 200, found.text[:500]
    body = found.json()
    TerritoryDetail.model_validate(body, extra="forbid")
    assert (body["name"], body["level"]) == (name, level)
    west, south, east, north = body["bbox"]
    assert 1 < west < east < 5
    assert 48 < south < north < 52
    held = client.get(f"/api/v1/territories/{code}", headers={"If-None-Match": found.headers["etag"]})
    assert held.status_code == 304


def test_what_a_commune_lies_in(client: TestClient) -> None:
    body = client.get("/api/v1/territories/62041").json()
    assert [(one["level"], one["code"]) for one in body["parents"]][1:] == [
        ("arrondissement", "621"),
        ("departement", "62"),
        ("region", "32"),
    ]
    assert body["communes"] == 1
    assert "62000" in body["postcodes"]


def test_a_collectivity_without_an_outline_has_no_bounds(client: TestClient) -> None:
    assert client.get("/api/v1/territories/987").json()["bbox"] is None


def test_france(client: TestClient) -> None:
    body = client.get("/api/v1/territories/france").json()
    TerritoryDetail.model_validate(body, extra="forbid")
    assert body["communes"] == 34969


@pytest.mark.parametrize("code", ["99999", "nulle-part", "62,59", "R99", "%00"])
def test_no_such_territory(client: TestClient, code: str) -> None:
    found = client.get(f"/api/v1/territories/{code}")
    assert found.status_code == 404, found.text[:500]
    assert found.headers["content-type"].startswith("application/problem+json")


def test_a_level_without_a_list(client: TestClient) -> None:
    found = client.get("/api/v1/territories", params={"level": "qpv"})
    assert found.status_code == 400
    assert found.json()["where"] == "level"


@pytest.mark.parametrize(
    ("typed", "first"),
    [("haz", "59295"), ("Hazebrouk", "59295"), ("62000", "62041"), ("lil", "59350"), ("st om", "62765"), ("802", None)],
)
def test_places_are_suggested(client: TestClient, typed: str, first: str | None) -> None:
    found = client.get("/api/v1/places", params={"q": typed})
    assert found.status_code == 200, found.text[:500]
    body = found.json()
    PlacesAnswer.model_validate(body, extra="forbid")
    assert body["items"]
    if first is not None:
        assert body["items"][0]["code"] == first
    assert found.headers["etag"]


def test_nothing_like_it_is_an_empty_list(client: TestClient) -> None:
    assert client.get("/api/v1/places", params={"q": "xqzzyw"}).json()["items"] == []
    assert client.get("/api/v1/places", params={"q": ""}).status_code == 400
    assert client.get("/api/v1/places", params={"q": "a" * 101}).status_code == 400
    assert client.get("/api/v1/places", params={"q": "((("}).json()["items"] == []
