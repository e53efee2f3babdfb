"""Trips to named places, and isochrones, over HTTP; on the streets of Monaco where they are at hand."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import shapely
from starlette.testclient import TestClient

from api.v1.reach import IsochroneAnswer, ReachAnswer
from geo_integration.jobs.networks import Wanted, construct
from geo_integration.settings import settings
from geo_integration.vocabulary import Mode

MONACO = Path(__file__).resolve().parents[3] / "shared" / "data" / "osm" / "extracts" / "monaco.osm.pbf"
LILLE = {"lon": 3.0586, "lat": 50.6365}


def test_courses_communes_and_points(client: TestClient) -> None:
    offers = client.get("/api/v1/offers", params={**LILLE, "limit": 2}).json()["items"]
    found = client.get(
        "/api/v1/reach",
        params={
            **LILLE,
            "offer": [one["offer_id"] for one in offers],
            "commune": ["62041", "97411"],
            "point": "3.0586,50.6365",
        },
    )
    assert found.status_code == 200, found.text[:500]
    body = found.json()
    ReachAnswer.model_validate(body, extra="forbid")
    assert [one["kind"] for one in body["items"]] == ["offer", "offer", "commune", "commune", "point"]
    assert [one["out_minutes"] for one in body["items"][:2]] == [one["out_minutes"] for one in offers]
    arras, reunion, here = body["items"][2:]
    assert 30 < arras["out_minutes"] < 60
    assert (reunion["reach"], reunion["out_minutes"]) == ("not_known", None)  # no network there: not « too far »
    assert here["out_minutes"] == pytest.approx(2.3, abs=0.1)  # what any trip by car takes
    assert found.headers["cache-control"] == "private, no-store"
    assert body["about"]["outline"] is True


def test_from_a_commune_an_answer_is_kept(client: TestClient) -> None:
    found = client.get("/api/v1/reach", params={"place": "Arras", "commune": "62041", "mode": "foot"})
    assert found.status_code == 200, found.text[:500]
    assert found.headers["etag"]
    assert found.json()["items"][0]["out_minutes"] > 5  # across the commune, not 0
    pointed = client.get("/api/v1/reach", params={"place": "Arras", "point": "2.77,50.29"})
    assert pointed.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize(
    ("question", "status", "where"),
    [
        (LILLE, 400, "offer"),
        ({**LILLE, "offer": "x:1"}, 404, "offer"),
        ({**LILLE, "commune": "99999"}, 404, ""),
        ({**LILLE, "point": "ici"}, 400, "point"),
        ({**LILLE, "point": "nan,50"}, 400, "lon"),
        ({**LILLE, "point": "50.6,3.0"}, 400, "lon"),
        ({"commune": "62041"}, 400, "place"),
    ],
)
def test_what_is_wrong_is_told(client: TestClient, question: dict[str, str], status: int, where: str) -> None:
    found = client.get("/api/v1/reach", params=question)
    assert found.status_code == status, found.text[:500]
    assert found.headers["content-type"].startswith("application/problem+json")
    assert where in found.json()["where"]


def test_no_isochrone_without_streets(client: TestClient) -> None:
    found = client.get("/api/v1/isochrone", params=LILLE)
    assert found.status_code == 422, found.text[:500]
    assert found.json()["where"] == "network"
    assert "réseau de rues" in found.json()["detail"]
    for wrong in ({"minutes": 0}, {"minutes": "nan"}, {"at": "9h"}):
        refused = client.get("/api/v1/isochrone", params={**LILLE, **wrong})
        assert refused.status_code == 400


@pytest.fixture
def monaco(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give the service the streets of Monaco."""
    if not MONACO.is_file():
        pytest.skip(f"needs {MONACO.name}, which is shared beside the checkout")
    folder = tmp_path_factory.mktemp("networks")
    construct(Wanted(area="monaco", osm=MONACO, modes=(Mode.FOOT,), country="MC"), folder)
    monkeypatch.setenv("GEO_INTEGRATION_NETWORKS", str(folder))
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.mark.usefixtures("monaco")
def test_isochrones_on_streets(client: TestClient) -> None:
    here = {"lon": 7.4246, "lat": 43.7347, "mode": "foot", "network": "monaco"}
    found = client.get("/api/v1/isochrone", params={**here, "minutes": [10, 5]})
    assert found.status_code == 200, found.text[:500]
    assert found.headers["content-type"] == "application/geo+json"
    assert found.headers["cache-control"] == "private, no-store"
    body = found.json()
    IsochroneAnswer.model_validate(body)
    five, ten = (shapely.from_geojson(json.dumps(one["geometry"])) for one in body["features"])
    assert [one["properties"]["minutes"] for one in body["features"]] == [5, 10]
    assert ten.contains(five)
    assert five.contains(shapely.Point(here["lon"], here["lat"]))
    assert body["about"]["outline"] is False
    assert body["about"]["sources"][0]["licence"] == "ODbL 1.0"
    towards = client.get("/api/v1/isochrone", params={**here, "minutes": 10, "towards": True}).json()
    assert towards["features"][0]["properties"]["towards"] is True
    far = client.get("/api/v1/isochrone", params={**here, **LILLE})
    assert far.status_code == 422
    hour = client.get("/api/v1/isochrone", params={**here, "at": "09:00"})
    assert hour.status_code == 400
    assert hour.json()["where"] == "at"


@pytest.mark.usefixtures("monaco")
def test_courses_on_streets_that_are_elsewhere(client: TestClient) -> None:
    here = {"lon": 7.4246, "lat": 43.7347, "mode": "foot", "network": "monaco"}
    body = client.get("/api/v1/offers", params=here).json()
    assert {one["reach"] for one in body["items"]} == {"not_known"}  # no street of this network near any course
    assert body["about"]["outline"] is False
