"""Signing in over HTTP, what a bad token meets, the administration of accounts, and the audit of reads."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from fastapi import FastAPI, Request, Response
from starlette.testclient import TestClient

from api import problems
from api.caller import ProfessionalDep
from api.identity import IdentityMiddleware, audited
from api.service import Service, ServiceDep
from api.v1.accounts import router
from geo_integration.disclosure import Viewer
from geo_integration.errors import GeoIntegrationError
from geo_integration.ledger import Ledger, open_ledger
from geo_integration.ledger.accounts import Accounts
from geo_integration.settings import ServiceSettings

NOON = datetime(2026, 10, 1, 12, 0, tzinfo=UTC)
WORDS = "cheval agrafe pile rivage"
OTHER_WORDS = "lampe girafe neige sentier"
FORM = "application/x-www-form-urlencoded"


class Clock:
    """A clock tests move."""

    now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite3'}", settings=ServiceSettings())
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    made = replace(made, accounts=Accounts(made.engine, cheap))
    made.accounts.add("anne", WORDS, Viewer.referent(["62"]), now=NOON)
    made.accounts.add("root", WORDS, Viewer.ADMINISTRATOR, now=NOON)
    yield made
    made.close()


@pytest.fixture
def client(ledger: Ledger, clock: Clock) -> Iterator[TestClient]:
    """Give a small application: these routes and one audited read, nothing else."""
    app = FastAPI()
    nothing = cast("Any", None)
    app.state.service = Service(nothing, ledger, ServiceSettings(), nothing, nothing, clock)
    app.add_middleware(IdentityMiddleware)
    app.include_router(router, prefix="/api/v1")

    @app.exception_handler(GeoIntegrationError)
    def told(request: Request, error: GeoIntegrationError) -> Response:
        return problems.problem(request, error)

    @app.get("/read/{territory}")
    def read(request: Request, service: ServiceDep, caller: ProfessionalDep, territory: str) -> int:
        audited(service, caller, request, "coverage.read", territory=territory, level=None)
        return 7

    with TestClient(app, raise_server_exceptions=False) as found:
        yield found


def sign_in(client: TestClient, name: str = "anne", words: str = WORDS) -> dict[str, Any]:
    answer = client.post("/api/v1/tokens", json={"username": name, "password": words})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def bearing(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def as_(client: TestClient, name: str) -> dict[str, str]:
    return bearing(sign_in(client, name)["access_token"])


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == problems.MEDIA_TYPE
    found: dict[str, Any] = answer.json()
    assert found["status"] == status
    return found


def test_json_and_form_both_sign_in(client: TestClient) -> None:
    told = sign_in(client)
    assert sorted(told) == ["access_token", "expires_in", "refresh_token", "token_type"]
    assert (told["token_type"], told["expires_in"]) == ("bearer", 900)
    form = {"grant_type": "password", "username": "anne", "password": WORDS}
    answer = client.post("/api/v1/tokens", data=form)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    me = client.get("/api/v1/me", headers=bearing(answer.json()["access_token"])).json()
    assert (me["name"], me["role"], me["departements"], me["study"]) == ("anne", "referent", ["62"], "")


def test_without_a_token_one_is_the_public(client: TestClient) -> None:
    answer = client.get("/api/v1/me")
    assert (answer.json()["role"], answer.json()["name"]) == ("public", "")
    told = problem(client.get("/read/62"), 401)
    assert "compte" in told["detail"]


def test_a_wrong_name_and_a_wrong_password_meet_the_same_answer(client: TestClient) -> None:
    given = [{"username": "anne", "password": OTHER_WORDS}, {"username": "nobody", "password": WORDS}]
    said = [problem(client.post("/api/v1/tokens", json=body), 401) for body in given]
    assert said[0] == said[1]


@pytest.mark.parametrize(
    "header",
    ["Bearer nonsense", "Bearer", "Bearer ", "Basic YW5uZTphbm5l", "nonsense", "Bearer a b", "Bearer gia_x", ""],
)
def test_a_bad_token_is_refused_and_never_taken_for_the_public(client: TestClient, header: str) -> None:
    for path in ("/api/v1/me", "/read/62", "/nowhere"):
        answer = client.get(path, headers={"Authorization": header})
        problem(answer, 401)
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.headers["cache-control"] == "no-store"


def test_two_tokens_or_one_that_is_not_text_are_refused(client: TestClient) -> None:
    good = sign_in(client)["access_token"]
    twice = [("Authorization", f"Bearer {good}"), ("Authorization", f"Bearer {good}")]
    problem(client.get("/api/v1/me", headers=twice), 401)
    problem(client.get("/api/v1/me", headers=[(b"authorization", b"Bearer \xff\xfe")]), 401)


def test_a_token_is_over_after_its_life_and_renewed(client: TestClient, clock: Clock) -> None:
    told = sign_in(client)
    clock.now += timedelta(seconds=900)
    assert "expiré" in problem(client.get("/api/v1/me", headers=bearing(told["access_token"])), 401)["detail"]
    again = client.post("/api/v1/tokens/refresh", json={"refresh_token": told["refresh_token"]})
    assert again.headers["cache-control"] == "no-store"
    assert client.get("/api/v1/me", headers=bearing(again.json()["access_token"])).json()["name"] == "anne"
    problem(client.post("/api/v1/tokens/refresh", data={"refresh_token": told["refresh_token"]}), 401)
    problem(client.get("/api/v1/me", headers=bearing(again.json()["access_token"])), 401)


def test_signing_out_ends_the_session(client: TestClient) -> None:
    told = sign_in(client)
    answer = client.post("/api/v1/tokens/revoke", data={"token": told["refresh_token"]})
    problem(answer, 400)
    answer = client.post("/api/v1/tokens/revoke", data={"refresh_token": told["refresh_token"]})
    assert (answer.status_code, answer.content) == (204, b"")
    problem(client.get("/api/v1/me", headers=bearing(told["access_token"])), 401)
    assert client.post("/api/v1/tokens/revoke", json={"refresh_token": "unknown"}).status_code == 204


SECRET = "un-secret-qui-ne-doit-pas-revenir"  # noqa: S105


@pytest.mark.parametrize(
    "sent",
    [
        {"content": b"{", "headers": {"Content-Type": "application/json"}},
        {"content": b"\xff\xfe", "headers": {"Content-Type": "application/json"}},
        {"content": b"", "headers": {"Content-Type": "application/json"}},
        {"content": b"[" * 100_000, "headers": {"Content-Type": "application/json"}},
        {"content": b"null"},
        {"json": []},
        {"json": {"password": SECRET}},
        {"json": {"username": ["anne"], "password": [SECRET]}},
        {"json": {"username": "anne", "password": {"a": SECRET}}},
        {"json": {"username": "anne", "password": SECRET, "role": "administrator"}},
        {"json": {"username": "anne", "password": SECRET * 100}},
        {"data": {"password": SECRET}},
        {"content": b"%ff%fe", "headers": {"Content-Type": FORM}},
        {"json": {"username": "anne", "password": SECRET, "grant_type": "refresh_token"}},
    ],
)
def test_a_malformed_body_is_a_problem_that_repeats_nothing(client: TestClient, sent: dict[str, Any]) -> None:
    answer = client.post("/api/v1/tokens", **sent)
    problem(answer, 400)
    assert SECRET not in answer.text


def test_ones_own_password_is_changed_with_the_old_one(client: TestClient) -> None:
    mine = as_(client, "anne")
    wrong = {"current": OTHER_WORDS, "new": OTHER_WORDS}
    problem(client.post("/api/v1/me/password", json=wrong, headers=mine), 403)
    problem(client.post("/api/v1/me/password", json={"current": WORDS, "new": "court"}, headers=mine), 400)
    answer = client.post("/api/v1/me/password", json={"current": WORDS, "new": OTHER_WORDS}, headers=mine)
    assert answer.status_code == 204
    problem(client.get("/api/v1/me", headers=mine), 401)
    sign_in(client, words=OTHER_WORDS)
    problem(client.post("/api/v1/me/password", json={"current": WORDS, "new": OTHER_WORDS}), 401)


ADMIN_ROUTES = [
    ("GET", "/api/v1/users"),
    ("POST", "/api/v1/users"),
    ("PATCH", "/api/v1/users/anne"),
    ("GET", "/api/v1/users/anne/tokens"),
    ("POST", "/api/v1/users/anne/tokens"),
    ("DELETE", f"/api/v1/users/anne/tokens/{'0' * 24}"),
    ("GET", "/api/v1/audit"),
]


@pytest.mark.parametrize(("method", "path"), ADMIN_ROUTES)
def test_only_an_administrator_administers(client: TestClient, ledger: Ledger, method: str, path: str) -> None:
    body = {"name": "paul", "password": WORDS, "role": "administrator", "label": "a"}
    sent: dict[str, Any] = {} if method in {"GET", "DELETE"} else {"json": body}
    problem(client.request(method, path, **sent), 401)
    problem(client.request(method, path, headers=as_(client, "anne"), **sent), 403)
    assert [account.name for account in ledger.accounts.list()] == ["anne", "root"]
    assert ledger.tokens.list_api_tokens() == ()


def test_every_route_of_administration_is_in_that_list() -> None:
    asked = {(method, route.path) for route in router.routes for method in route.methods}  # type: ignore[attr-defined]
    known = {(method, path.replace("/api/v1", "")) for method, path in ADMIN_ROUTES}
    named = {(m, p.replace("{name}", "anne").replace("{jti}", "0" * 24)) for m, p in asked}
    assert {one for one in named if one[1].startswith(("/users", "/audit"))} == known


def test_an_account_lives_over_http(client: TestClient) -> None:
    root = as_(client, "root")
    new = {"name": "paul", "password": WORDS, "role": "contractor", "departements": ["62", "59"], "study": "AGIR"}
    made = client.post("/api/v1/users", json=new, headers=root)
    assert made.status_code == 201
    assert "password" not in made.json()
    assert (made.json()["departements"], made.json()["study"]) == (["59", "62"], "AGIR")
    problem(client.post("/api/v1/users", json=new, headers=root), 409)
    paul = as_(client, "paul")
    changed = client.patch("/api/v1/users/paul", json={"role": "referent", "departements": ["59"]}, headers=root)
    assert (changed.json()["role"], changed.json()["study"]) == ("referent", "")
    assert client.get("/api/v1/me", headers=paul).json()["departements"] == ["59"]
    assert client.patch("/api/v1/users/paul", json={"disabled": True}, headers=root).json()["disabled"] is True
    problem(client.get("/api/v1/me", headers=paul), 401)
    again = client.patch("/api/v1/users/paul", json={"disabled": False, "password": OTHER_WORDS}, headers=root)
    assert again.json()["disabled"] is False
    sign_in(client, "paul", OTHER_WORDS)
    assert [one["name"] for one in client.get("/api/v1/users", headers=root).json()["items"]] == [
        "anne",
        "paul",
        "root",
    ]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"role": "referent"}, 400),
        ({"role": "referent", "departements": ["999"]}, 400),
        ({"role": "administrator", "departements": ["62"]}, 400),
        ({"role": "contractor", "departements": ["62"], "study": " "}, 400),
        ({"role": "public"}, 400),
        ({"departements": ["62"]}, 400),
        ({"password": "court"}, 400),
        ({"disabled": "peut-être"}, 400),
        ({"name": "other"}, 400),
        ([], 400),
    ],
)
def test_changes_refused_change_nothing(client: TestClient, ledger: Ledger, change: object, status: int) -> None:
    before = ledger.accounts.list()
    problem(client.patch("/api/v1/users/anne", json=change, headers=as_(client, "root")), status)
    assert ledger.accounts.list() == before


def test_an_api_token_over_http(client: TestClient) -> None:
    root = as_(client, "root")
    made = client.post("/api/v1/users/anne/tokens", json={"label": "QGIS", "days": 1}, headers=root)
    assert made.status_code == 201
    token = made.json()["token"]
    assert client.get("/api/v1/me", headers=bearing(token)).json()["name"] == "anne"
    (kept,) = client.get("/api/v1/users/anne/tokens", headers=root).json()["items"]
    assert kept["label"] == "QGIS"
    assert token not in str(kept)
    problem(client.delete(f"/api/v1/users/root/tokens/{kept['jti']}", headers=root), 404)
    assert client.delete(f"/api/v1/users/anne/tokens/{kept['jti']}", headers=root).status_code == 204
    problem(client.get("/api/v1/me", headers=bearing(token)), 401)
    problem(client.post("/api/v1/users/anne/tokens", json={"label": "a", "days": 400}, headers=root), 400)
    for path in ("/api/v1/users/nobody/tokens", "/api/v1/users/a%00b/tokens"):
        problem(client.get(path, headers=root), 404)


def test_a_read_is_noted_before_it_is_answered(client: TestClient, ledger: Ledger, clock: Clock) -> None:
    clock.now += timedelta(minutes=1)
    assert client.get("/read/62", headers=as_(client, "anne")).json() == 7
    (entry,) = ledger.audit.entries()
    assert (entry.user_name, entry.viewer, entry.action) == ("anne", Viewer.referent(["62"]), "coverage.read")
    assert entry.at == clock.now
    assert entry.what == {"route": "/read/{territory}", "territory": "62"}


def test_a_read_that_cannot_be_noted_is_refused(client: TestClient, ledger: Ledger) -> None:
    mine = as_(client, "anne")
    with ledger.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE audit RENAME TO gone"))
    told = problem(client.get("/read/62", headers=mine), 503)
    assert "7" not in told["detail"]
    with ledger.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE gone RENAME TO audit"))
    assert client.get("/read/62", headers=mine).json() == 7


def test_the_audit_is_read_page_by_page(client: TestClient) -> None:
    mine, root = as_(client, "anne"), as_(client, "root")
    for territory in ("62", "59", "80"):
        client.get(f"/read/{territory}", headers=mine)
    first = client.get("/api/v1/audit?limit=2", headers=root).json()
    assert [one["what"]["territory"] for one in first["items"]] == ["80", "59"]
    rest = client.get(f"/api/v1/audit?limit=2&before={first['before']}", headers=root).json()
    assert [one["what"]["territory"] for one in rest["items"]] == ["62"]
    assert rest["before"] is None


def test_a_ledger_that_does_not_answer_is_said_and_comes_back(client: TestClient, ledger: Ledger) -> None:
    mine = as_(client, "anne")
    with ledger.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE signing_keys RENAME TO gone"))
    problem(client.get("/api/v1/me", headers=mine), 503)
    assert client.get("/api/v1/me").json()["role"] == "public"
    with ledger.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE gone RENAME TO signing_keys"))
    assert client.get("/api/v1/me", headers=mine).json()["name"] == "anne"


def test_nothing_secret_is_logged(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    told = sign_in(client)
    client.post("/api/v1/tokens", json={"username": "anne", "password": OTHER_WORDS})
    client.get("/api/v1/me", headers=bearing(told["access_token"]))
    client.post("/api/v1/tokens/refresh", json={"refresh_token": told["refresh_token"]})
    for secret in (WORDS, OTHER_WORDS, told["access_token"], told["refresh_token"]):
        assert secret not in caplog.text


def test_openapi_shows_both_ways_to_send_a_password_and_the_problems(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    asked = paths["/api/v1/tokens"]["post"]
    assert sorted(asked["requestBody"]["content"]) == ["application/json", FORM]
    assert {"200", "400", "401", "503"} <= set(asked["responses"])
