"""The application as a whole: its addresses, its errors, its description."""

import json
from typing import TYPE_CHECKING

import pytest
from starlette.testclient import TestClient

from api.problems import MEDIA_TYPE, Problem

if TYPE_CHECKING:
    from fastapi import FastAPI


def is_problem(answer: object, status: int) -> dict[str, object]:
    assert answer.status_code == status  # type: ignore[attr-defined]
    assert answer.headers["content-type"] == MEDIA_TYPE  # type: ignore[attr-defined]
    told = Problem.model_validate(answer.json())  # type: ignore[attr-defined]
    assert told.status == status
    assert told.request_id == answer.headers["x-request-id"]  # type: ignore[attr-defined]
    return told.model_dump()


@pytest.mark.parametrize("path", ["/ogc", "/health", "/ready", "/docs", "/openapi.json", "/metrics"])
def test_what_everybody_may_read(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert "content-security-policy" in answer.headers
    assert answer.headers["server-timing"].startswith("app;dur=")
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize("path", ["/rien", "/api/v1/rien", "/api/v2/offers", "/docs/assets/secret.js", "/maps/../etc"])
def test_an_address_that_is_not_there(client: TestClient, path: str) -> None:
    assert is_problem(client.get(path), 404)["title"] == "Introuvable"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE"])
def test_a_method_that_is_not_known(client: TestClient, method: str) -> None:
    answer = client.request(method, "/health")
    assert is_problem(answer, 405)["title"] == "Méthode refusée"
    assert answer.headers["allow"] == "GET"


@pytest.mark.parametrize("path", ["/ogc", "/health", "/openapi.json"])
def test_head_says_what_get_would(client: TestClient, path: str) -> None:
    got, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == got.headers["content-type"]


@pytest.mark.parametrize(
    "said",
    ["Bearer", "Bearer ", "Bearer a.b.c", "Basic YTpi", "bearer\ta", "Bearer é", "Bearer " + "x" * 9000],
)
def test_a_token_nobody_made(client: TestClient, said: str) -> None:
    answer = client.get("/ogc", headers={"Authorization": said.encode()})
    is_problem(answer, 401)
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe\x00", b"[" * 100_000, b'{"a":' * 20_000, b"9" * 5000, b"{}"],
)
def test_a_body_that_makes_no_sense(client: TestClient, content: bytes) -> None:
    answer = client.post("/api/v1/tokens", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 422}
    is_problem(answer, answer.status_code)


@pytest.mark.parametrize("said", ["text/plain", "application/xml", "multipart/form-data", "é", "", "a/b/c;;;"])
def test_a_body_of_another_kind(client: TestClient, said: str) -> None:
    answer = client.post("/api/v1/tokens", content=b"<a/>", headers={"Content-Type": said.encode()})
    assert answer.status_code in {400, 415, 422}
    is_problem(answer, answer.status_code)


def test_a_body_too_large(client: TestClient) -> None:
    is_problem(client.post("/api/v1/tokens", content=b" " * 1_000_001), 413)


@pytest.mark.parametrize("said", ["bytes=0-1", "bytes=a-b", "bytes=-1", "bytes=5-1", "lignes=1", "bytes=0-1,3-4,9-"])
@pytest.mark.parametrize("path", ["/openapi.json", "/docs", "/ogc/collections"])
def test_a_range_well_formed_or_not(client: TestClient, path: str, said: str) -> None:
    answer = client.get(path, headers={"Range": said})
    assert answer.status_code in {200, 206, 400, 416}
    if answer.status_code >= 400:
        is_problem(answer, answer.status_code)


@pytest.mark.parametrize("said", ["*/*", "", "text/html;q=x", "a", "application/json;q=0", "é", ",,,", "x/y"])
def test_an_accept_well_formed_or_not(client: TestClient, said: str) -> None:
    for path in ("/health", "/ogc", "/ogc/collections"):
        answer = client.get(path, headers={"Accept": said.encode()})
        assert answer.status_code in {200, 406}
        if answer.status_code == 406:
            is_problem(answer, 406)


def test_an_unknown_coding_is_answered_plain(client: TestClient) -> None:
    answer = client.get("/openapi.json", headers={"Accept-Encoding": "br;q=1, zstd"})
    assert "content-encoding" not in answer.headers
    assert json.loads(answer.content)


def test_the_description_is_openapi_3_0(app: "FastAPI") -> None:
    described = app.openapi()
    assert described["openapi"] == "3.0.3"
    assert json.dumps(described, allow_nan=False)
    assert "HTTPValidationError" not in json.dumps(described)
    assert set(described["components"]["securitySchemes"]) == {"bearer"}


def test_every_operation_tells_its_errors_and_who_may_ask(app: "FastAPI") -> None:
    operations = {
        f"{method} {path}": one for path, kinds in app.openapi()["paths"].items() for method, one in kinds.items()
    }
    assert {"get /health", "get /ready", "post /api/v1/tokens"} <= set(operations)
    for name, one in operations.items():
        assert {"400", "401", "403", "404", "429", "503"} <= set(one["responses"]), name
        assert ("413" in one["responses"]) == ("requestBody" in one), name
        assert one["security"], name
        assert one.get("summary"), name
    assert operations["get /health"]["security"] == [{}, {"bearer": []}]
    assert operations["get /api/v1/audit"]["security"] == [{"bearer": []}]


def test_every_reference_leads_somewhere(app: "FastAPI") -> None:
    described = app.openapi()
    text = json.dumps(described)
    for name in {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}:
        assert name in described["components"]["schemas"], name


def test_operation_ids_are_unique(app: "FastAPI") -> None:
    ids = [
        one["operationId"]
        for kinds in app.openapi()["paths"].values()
        for one in kinds.values()
        if "operationId" in one
    ]
    assert len(ids) == len(set(ids))
