"""The contract of the API, kept as reviewed files: its OpenAPI description, and the shape of each kind of error.

A change of it shows in review. ``RENEW_SNAPSHOTS=1 uv run pytest -n 0 tests/api/test_contract.py`` writes them again.
"""

import difflib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from starlette.testclient import TestClient

from geo_integration.ledger import open_ledger
from geo_integration.settings import ServiceSettings
from geo_integration.store import FolderStore
from tests.api.conftest import PASSWORD, Accounts, service_on

if TYPE_CHECKING:
    from fastapi import FastAPI

    from api.service import Service

SNAPSHOTS = Path(__file__).parent / "snapshots"
RENEW = "RENEW_SNAPSHOTS=1 uv run pytest -n 0 tests/api/test_contract.py"
MOST_LINES = 60
KEPT_HEADERS = ("content-type", "cache-control", "www-authenticate", "retry-after", "allow", "content-range")
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Service"]:
    """Return a service on an empty store, with the limits of the documentation but two."""
    folder = tmp_path_factory.mktemp("contract")
    chosen = ServiceSettings(as_of="2026-10-01", public_requests_per_minute=0, login_attempts_per_minute=1)
    ledger = open_ledger(f"sqlite:///{folder / 'ledger.sqlite3'}", settings=chosen)
    yield service_on(FolderStore(folder / "store"), ledger, chosen)
    ledger.close()


def compare(name: str, found: object) -> None:
    """Compare with a reviewed file; the failure shows what changed, and how to accept it."""
    path = SNAPSHOTS / name
    text = json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    if "RENEW_SNAPSHOTS" in os.environ:
        path.write_text(text, encoding="utf-8")
    kept = path.read_text(encoding="utf-8") if path.exists() else ""
    if text != kept:
        lines = list(difflib.unified_diff(kept.splitlines(), text.splitlines(), "reviewed", "now", lineterm="", n=3))
        shown = "\n".join(lines[:MOST_LINES] + (["…"] if len(lines) > MOST_LINES else []))
        pytest.fail(f"{name} is not as reviewed ({len(lines)} lines of difference). If it is meant: {RENEW}\n{shown}")


def test_the_description(app: "FastAPI") -> None:
    document = json.loads(json.dumps(app.openapi()))
    assert document["info"]["version"]
    document["info"]["version"] = "…"
    compare("openapi.json", document)


def test_every_reference_of_the_description_leads_somewhere(app: "FastAPI") -> None:
    document = json.loads(json.dumps(app.openapi()))
    named = set(re.findall(r'"\$ref": "([^"]*)"', json.dumps(document)))
    assert len(named) > 50
    for one in named:
        found = document
        for part in one.removeprefix("#/").split("/"):
            assert part in found, one
            found = found[part]


def test_every_kind_of_error(app: "FastAPI", accounts: Accounts) -> None:
    compare("problems.json", dict(sorted(problems(app, accounts))))


def problems(app: "FastAPI", accounts: Accounts) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give what each kind of error answers, by its name."""
    client = TestClient(app, raise_server_exceptions=False)  # not started: nothing is loaded
    referent, administrator = (accounts.headers_of(name) for name in ("referent62", "administrator"))
    user = {"name": "somebody", "password": PASSWORD, "role": "administrator"}
    client.post("/api/v1/users", json=user, headers=administrator)
    sign_in = {"username": "somebody", "password": "not that one"}

    @app.get("/of-a-test/broken")
    def broken() -> None:
        raise RuntimeError("a detail nobody should see")

    yield told("400 parameter", client.get("/api/v1/offers", params={"place": "Lille", "minutes": "x", "limit": 0}))
    yield told("400 option", client.get("/api/v1/offers"))
    yield told("400 not JSON", client.post("/api/v1/processes/gaps/execution", content=b"{", headers=JSON))
    yield told("400 secret body", client.post("/api/v1/tokens/refresh", json={"refresh": "gir_secret"}))
    yield told("400 range", client.get("/docs", headers={"Range": "bytes=x"}))
    yield told("401 no account", client.get("/api/v1/jobs"))
    yield told("401 bad token", client.get("/ogc", headers={"Authorization": "Bearer a.b.c"}))
    yield told("401 sign-in", client.post("/api/v1/tokens", json=sign_in))
    yield told("403 role", client.get("/api/v1/users", headers=referent))
    yield told("404 address", client.get("/nowhere"))
    yield told("404 domain", client.get("/api/v1/processes/nothing"))
    yield told("404 job", client.get("/api/v1/jobs/00000000-0000-4000-8000-000000000000"))
    yield told("405", client.delete("/health"))
    yield told("409", client.post("/api/v1/users", json=user, headers=administrator))
    yield told("413", client.post("/api/v1/tokens/refresh", content=b" " * 1_000_001))
    yield told("400 another kind of body", client.post("/api/v1/imports", json={}, headers=administrator))
    yield told("416", client.get("/docs", headers={"Range": "bytes=9999999-"}))
    yield told("422 body", client.post("/api/v1/processes/gaps/execution", json={"inputs": 1}))
    yield told("429", client.post("/api/v1/tokens", json=sign_in))
    yield told("500", client.get("/of-a-test/broken"))
    yield told("503 loading", client.get("/ogc/collections"))
    yield told("503 readiness", client.get("/ready"))


def told(name: str, answer: httpx.Response) -> tuple[str, dict[str, Any]]:
    """Return the name, and what an answer says but for what changes from one to the next."""
    assert answer.status_code == int(name[:3]), (name, answer.status_code, answer.text)
    body = answer.json()
    assert body.pop("request_id", "") in {answer.headers["x-request-id"], ""}, name
    headers = {one: answer.headers[one] for one in KEPT_HEADERS if one in answer.headers}
    masked = {key: re.sub(r"\d+ s\b", "… s", value) if isinstance(value, str) else value for key, value in body.items()}
    if "content-range" in headers:
        headers["content-range"] = re.sub(r"\d+", "…", headers["content-range"])
    if "retry-after" in headers:
        assert int(headers["retry-after"]) >= 1
        headers["retry-after"] = "…"
    return name, {"headers": headers, "body": masked | {"request_id": "…"}}
