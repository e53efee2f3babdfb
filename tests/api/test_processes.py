"""Long analyses asked for over HTTP: what there is, what is refused, and quotas."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import TypeAdapter
from starlette.testclient import TestClient
from work_support import ask

from geo_integration.ledger.tasks import Status
from geo_integration.work.processes import PROCESSES

if TYPE_CHECKING:
    from api.service import Service
    from tests.api.conftest import Accounts

PUBLIC = {"gaps", "fit", "change", "calendar", "supply", "equity", "site", "scenario"}
ARRAS = {"territory": "62041", "kind": "fle"}


@pytest.fixture(autouse=True)
def nothing_left(service: "Service") -> Iterator[None]:
    """Stop what a test asked for, so that the next one's quota is whole."""
    yield
    for task in service.ledger.tasks.list():
        if not task.done:
            service.ledger.tasks.dismiss(task.id, now=service.clock())


def names(client: TestClient, headers: dict[str, str] | None = None) -> set[str]:
    return {one["id"] for one in client.get("/api/v1/processes", headers=headers or {}).json()["processes"]}


def test_everybody_is_shown_what_they_may_ask_for(client: TestClient, accounts: "Accounts") -> None:
    assert names(client) == PUBLIC
    assert names(client, accounts.headers_of("referent62")) == PUBLIC | {"housing"}
    assert names(client, accounts.headers_of("administrator")) == set(PROCESSES)


def test_a_description_is_that_of_the_model(client: TestClient, accounts: "Accounts") -> None:
    for process in PROCESSES.values():
        told = client.get(f"/api/v1/processes/{process.id}", headers=accounts.headers_of("administrator")).json()
        fields = process.inputs.model_fields
        assert set(told["inputs"]) == set(fields) - {"outputs"}
        for name, one in told["inputs"].items():
            assert one["minOccurs"] == int(fields[name].is_required())
            assert "$ref" not in str(one["schema"]) or one["schema"]["$defs"]
        assert "result" in told["outputs"]
        assert told["jobControlOptions"] == ["async-execute", "dismiss"]
    assert "$ref" in str(TypeAdapter(PROCESSES["gaps"].inputs).json_schema())  # the check above is of something


def test_asking_gives_a_job_and_its_address(client: TestClient, service: "Service") -> None:
    answer = client.post(
        "/api/v1/processes/gaps/execution",
        json={"inputs": ARRAS, "outputs": {"xlsx": {}, "result": {}}},
        headers={"Prefer": "respond-async"},
    )
    assert answer.status_code == 201
    assert answer.headers["preference-applied"] == "respond-async"
    told = answer.json()
    assert answer.headers["location"].endswith(f"/api/v1/jobs/{told['jobID']}")
    assert (told["processID"], told["type"], told["status"], told["progress"]) == ("gaps", "process", "accepted", 0)
    kept = service.ledger.tasks.get(told["jobID"])
    assert kept.inputs["outputs"] == ["xlsx"]
    assert kept.inputs["as_of"] == "2026-10-01"  # the day is settled when it is asked
    assert (kept.owner, kept.viewer.role.value) == ("", "public")
    assert "testclient" not in kept.client


def test_the_public_waits_for_its_jobs_and_an_account_does_not(
    client: TestClient, service: "Service", accounts: "Accounts"
) -> None:
    most = service.settings.public_jobs_queued
    jobs = [ask(client, "gaps", ARRAS) for _ in range(most)]
    refused = client.post("/api/v1/processes/gaps/execution", json={"inputs": ARRAS})
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    for _ in range(most + 1):
        ask(client, "gaps", ARRAS, accounts.headers_of("referent62"))
    stopped = client.delete(str(jobs[0]["location"]))
    assert (stopped.status_code, stopped.json()["status"]) == (200, "dismissed")
    ask(client, "gaps", ARRAS)
    assert [task.status for task in service.ledger.tasks.list()].count(Status.DISMISSED) >= 1


def test_the_public_has_so_much_room_and_no_more(client: TestClient, service: "Service", accounts: "Accounts") -> None:
    kept = service.ledger.tasks.of_nobody()
    full = replace(service, settings=service.settings.model_copy(update={"public_jobs_kept": kept}))
    client.app.state.service = full  # type: ignore[attr-defined]
    try:
        refused = client.post("/api/v1/processes/gaps/execution", json={"inputs": ARRAS})
        ask(client, "gaps", ARRAS, accounts.headers_of("referent62"))
    finally:
        client.app.state.service = service  # type: ignore[attr-defined]
    assert refused.status_code == 503
    assert service.ledger.tasks.of_nobody() == kept


@pytest.mark.parametrize(
    ("process", "body", "status", "where"),
    [
        ("zzz", {"inputs": {}}, 404, ""),
        ("gaps", {"inputs": {}}, 400, "territory"),
        ("gaps", {"inputs": {"territory": "zzzz"}}, 404, ""),
        ("gaps", {"inputs": {**ARRAS, "viewer": "administrator"}}, 400, "viewer"),
        ("gaps", {"inputs": {**ARRAS, "minutes": 1e9}}, 400, "minutes"),
        ("gaps", {"inputs": {**ARRAS, "network": "../x"}}, 400, "network"),
        ("gaps", {"inputs": ARRAS, "outputs": {"pdf": {}}}, 400, "outputs"),
        ("gaps", {"inputs": {**ARRAS, "outputs": "xlsx"}, "outputs": {"csv": {}}}, 201, ""),
        ("gaps", {"inputs": [], "outputs": {}}, 422, "inputs"),
        ("gaps", {"inputs": ARRAS, "response": "raw"}, 422, "response"),
        ("gaps", {"inputs": ARRAS, "subscriber": {"successUri": "http://x"}}, 422, "subscriber"),
        ("scenario", {"inputs": {"scenario": {"actions": []}}}, 422, ""),
        ("housing", {"inputs": ARRAS}, 401, ""),
        ("publish-import", {"inputs": {"upload": "x"}}, 401, ""),
        ("publish-results", {"inputs": {}}, 401, ""),
    ],
)
def test_what_cannot_be_asked_is_told_and_leaves_nothing(
    client: TestClient, service: "Service", process: str, body: dict[str, Any], status: int, where: str
) -> None:
    before = len(service.ledger.tasks.list(limit=1000))
    answer = client.post(f"/api/v1/processes/{process}/execution", json=body)
    assert answer.status_code == status, answer.text
    if status == 201:
        return
    assert answer.headers["content-type"] == "application/problem+json"
    if where:
        assert answer.json()["where"].endswith(where)
    assert len(service.ledger.tasks.list(limit=1000)) == before


def test_a_referent_may_not_publish(client: TestClient, accounts: "Accounts") -> None:
    headers = accounts.headers_of("referent62")
    for process in ("publish-import", "check-import", "referencing", "publish-results"):
        answer = client.post(f"/api/v1/processes/{process}/execution", json={"inputs": {}}, headers=headers)
        described = client.get(f"/api/v1/processes/{process}", headers=headers)
        assert (answer.status_code, described.status_code) == (403, 403)


def test_a_body_that_is_no_json_is_told(client: TestClient) -> None:
    answer = client.post("/api/v1/processes/gaps/execution", content=b"{", headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
