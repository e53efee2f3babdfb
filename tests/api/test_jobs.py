"""Jobs over HTTP: their state, their results, who may read them, and how to stop them."""

import io
import zipfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient
from work_support import Queue, ask

from geo_integration.disclosure import Viewer
from geo_integration.ledger.tasks import Output

if TYPE_CHECKING:
    from api.service import Service
    from tests.api.conftest import Accounts

ARRAS = {"territory": "62041", "kind": "fle"}
NOW = datetime(2026, 10, 1, tzinfo=UTC)
COUNTED = {"official", "synthetic"}
GHOST = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def queue(service: "Service", client: TestClient) -> Queue:
    return Queue(service, client)


def needs(client: TestClient, location: str, headers: dict[str, str]) -> dict[str, Any]:
    told = client.get(f"{location}/results/result", headers=headers).json()
    return {feature["id"]: feature["properties"] for feature in told["features"]}


def test_a_job_from_question_to_files(client: TestClient, queue: Queue) -> None:
    asked = ask(client, "gaps", ARRAS, outputs={"csv": {}, "html": {}})
    location = str(asked["location"])
    early = client.get(f"{location}/results")
    assert (early.status_code, early.json()["detail"]) == (404, "résultats pas encore prêts")
    done = queue.done(location, {})
    assert (done["status"], done["progress"]) == ("successful", 100), done
    links = {link["rel"]: link["href"] for link in done["links"]}  # type: ignore[attr-defined]
    assert links["http://www.opengis.net/def/rel/ogc/1.0/results"].endswith(f"{location}/results")

    results = client.get(f"{location}/results").json()
    assert set(results) == {"result", "csv", "html"}
    result = client.get(results["result"]["href"].removeprefix("http://testserver"))
    assert result.headers["content-type"] == results["result"]["type"] == "application/geo+json"
    assert result.json()["about"]["synthetic"]
    assert not {row["need_basis"] for row in needs(client, location, {}).values()} & COUNTED
    sheet = client.get(f"{location}/results/csv")
    assert "attachment" in sheet.headers["content-disposition"]
    assert zipfile.ZipFile(io.BytesIO(sheet.content)).testzip() is None
    page = client.get(f"{location}/results/html")
    assert "script-src 'sha256-" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "private, no-cache"
    again = client.get(f"{location}/results/html", headers={"If-None-Match": page.headers["etag"]})
    assert again.status_code == 304
    assert again.headers["content-security-policy"] == page.headers["content-security-policy"]
    absent = client.get(f"{location}/results/pdf")
    assert absent.status_code == 404


def test_a_job_shows_what_its_account_may_see_and_nobody_else_reads_it(
    client: TestClient, service: "Service", accounts: "Accounts", queue: Queue
) -> None:
    mine = accounts.headers_of("referent62")
    location = str(ask(client, "gaps", ARRAS, mine)["location"])
    queue.done(location, mine)
    assert {row["need_basis"] for row in needs(client, location, mine).values()} <= COUNTED
    entry = service.ledger.audit.entries(1)[0]
    assert (entry.action, entry.user_name, entry.what["process"]) == ("job.result", "referent62", "gaps")

    for headers in ({}, accounts.headers_of("referent59"), accounts.headers_of("contractor62")):
        for path in (location, f"{location}/results", f"{location}/results/result"):
            hidden = client.get(path, headers=headers)
            ghost = client.get(path.replace(location.rpartition("/")[2], GHOST), headers=headers)
            assert (hidden.status_code, ghost.status_code) == (404, 404)
            assert hidden.json()["detail"] == ghost.json()["detail"]
        assert client.delete(location, headers=headers).status_code == 404
    assert client.get(location, headers=accounts.headers_of("administrator")).status_code == 200

    listed = client.get("/api/v1/jobs", headers=mine).json()["jobs"]
    assert [job["jobID"] for job in listed] == [location.rpartition("/")[2]]
    assert client.get("/api/v1/jobs", headers=accounts.headers_of("referent59")).json()["jobs"] == []
    everything = client.get("/api/v1/jobs", headers=accounts.headers_of("administrator")).json()["jobs"]
    assert location.rpartition("/")[2] in {job["jobID"] for job in everything}
    assert client.get("/api/v1/jobs").status_code == 401


def test_an_account_that_lost_a_departement_no_longer_reads_what_it_had_computed(
    client: TestClient, service: "Service", accounts: "Accounts"
) -> None:
    headers = accounts.headers_of("referent62")
    for viewer, status in (
        (Viewer.referent(["62"]), 200),
        (Viewer.referent(["62", "59"]), 404),
        (Viewer.ADMINISTRATOR, 404),
        (Viewer.contractor("ETUDE-1", ["62"]), 404),
    ):
        task = service.ledger.tasks.submit("gaps", {}, viewer=viewer, owner="referent62", client="", now=NOW)
        assert client.get(f"/api/v1/jobs/{task.id}", headers=headers).status_code == status
        service.ledger.tasks.dismiss(task.id, now=NOW)


def test_a_job_is_stopped_and_its_results_are_gone(client: TestClient, service: "Service") -> None:
    location = str(ask(client, "gaps", ARRAS)["location"])
    assert client.delete(location).json()["status"] == "dismissed"
    assert client.get(location).json()["status"] == "dismissed"
    gone = client.get(f"{location}/results")
    assert (gone.status_code, gone.json()["title"]) == (409, "Impossible dans cet état")
    assert service.ledger.tasks.cancelled(location.rpartition("/")[2])


def test_a_failed_job_says_why(client: TestClient, service: "Service") -> None:
    tasks = service.ledger.tasks
    task = tasks.submit("gaps", {}, viewer=Viewer.PUBLIC, owner="", client="", now=NOW)
    assert tasks.claim("me", now=NOW)
    problem = {"title": "Donnée absente", "detail": "aucune offre", "where": "ici", "way_out": "importer"}
    assert tasks.fail(task.id, "me", problem, now=NOW)
    told = client.get(f"/api/v1/jobs/{task.id}").json()
    assert (told["status"], told["problem"]["detail"], told["problem"]["way_out"]) == (
        "failed",
        "aucune offre",
        "importer",
    )
    result = client.get(f"/api/v1/jobs/{task.id}/results/result")
    assert result.status_code == 409
    assert "aucune offre" in result.json()["detail"]


def test_progress_is_told(client: TestClient, service: "Service") -> None:
    tasks = service.ledger.tasks
    task = tasks.submit("gaps", {}, viewer=Viewer.PUBLIC, owner="", client="", now=NOW)
    tasks.claim("me", now=NOW)
    tasks.heartbeat(task.id, "me", 40, "Trajets", now=NOW)
    told = client.get(f"/api/v1/jobs/{task.id}").json()
    assert (told["status"], told["progress"], told["message"]) == ("running", 40, "Trajets")
    assert told["started"]
    tasks.succeed(task.id, "me", [Output("result", "application/json", b'{"a":1}')], now=NOW)
    assert client.get(f"/api/v1/jobs/{task.id}/results/result").json() == {"a": 1}
