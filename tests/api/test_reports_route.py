"""``/api/v1/reports``: each account reads and settles those of its départements, and it is noted."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from starlette.testclient import TestClient

from geo_integration.jobs import demo
from geo_integration.ledger import open_ledger
from geo_integration.ledger.reports import Reason, ReportStatus
from geo_integration.settings import ServiceSettings
from geo_integration.store import FolderStore
from tests.api.conftest import Accounts, service_on

if TYPE_CHECKING:
    from api.service import Service

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)
WHERE = "/api/v1/reports"


@pytest.fixture
def service(demo_store_folder: Path, tmp_path: Path) -> Iterator["Service"]:
    chosen = ServiceSettings(as_of=demo.as_of().isoformat(), public_requests_per_minute=0)
    store = FolderStore(Path(shutil.copytree(demo_store_folder, tmp_path / "store")))
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite3'}", settings=chosen)
    yield service_on(store, ledger, chosen)
    ledger.close()


@pytest.fixture
def client(service: "Service") -> TestClient:
    """Return a client of the application, not started: reports need nothing warm."""
    from api.app import create  # noqa: PLC0415 -- prometheus_client reads the environment when imported

    return TestClient(create(service=service), raise_server_exceptions=False)


@pytest.fixture
def accounts(service: "Service") -> Accounts:
    return Accounts(service.ledger, service.clock)


def sent(service: "Service", offer: str = "gone:1", departement: str = "62", text: str = "") -> str:
    return service.ledger.reports.add(offer, departement, Reason.PHONE, text, "ar", now=NOON).id


def ids(client: TestClient, headers: dict[str, str], **query: str) -> list[str]:
    answer = client.get(WHERE, headers=headers, params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["matched"] == len(answer.json()["items"])
    return sorted(one["id"] for one in answer.json()["items"])


def test_each_reads_the_reports_of_its_departements(client: TestClient, service: "Service", accounts: Accounts) -> None:
    here, there, nowhere = (sent(service, departement=code) for code in ("62", "59", ""))
    for name in ("referent62", "contractor62"):
        assert ids(client, accounts.headers_of(name)) == [here]
    assert ids(client, accounts.headers_of("referent59")) == [there]
    everything = accounts.headers_of("administrator")
    assert ids(client, everything) == sorted((here, there, nowhere))
    assert ids(client, everything, departement="59") == [there]
    assert ids(client, everything, status="seen") == []
    assert client.get(WHERE).status_code == 401
    refused = client.get(WHERE, headers=accounts.headers_of("referent59"), params={"departement": "62"})
    assert refused.status_code == 403


def test_a_report_says_the_course_as_it_is_now(client: TestClient, service: "Service", accounts: Accounts) -> None:
    card = service.finder.current().cards[0]
    sent(service, offer=card["offer_id"], text="\x1b[31mNon\u202e !\r\nMerci\0")
    sent(service)
    first, second = client.get(WHERE, headers=accounts.headers_of("referent62")).json()["items"]
    known, gone = (first, second) if first["offer"] else (second, first)
    assert gone["offer"] is None
    assert known["offer"]["title"] == card["title"]
    assert known["offer"]["sources"] == card["sources"]
    assert known["text"] == " [31mNon !\nMerci\N{REPLACEMENT CHARACTER}".strip()
    assert (known["reason"], known["reason_label"], known["language"]) == ("phone", "Le téléphone ne répond pas", "ar")


def test_a_report_is_settled_and_removed_by_its_own(client: TestClient, service: "Service", accounts: Accounts) -> None:
    made = sent(service)
    mine, other = accounts.headers_of("referent62"), accounts.headers_of("referent59")
    for name, headers, status in ((made, other, 404), ("nothing", mine, 404), (made, {}, 401)):
        where = f"{WHERE}/{name}"
        assert client.get(where, headers=headers).status_code == status
        assert client.patch(where, headers=headers, json={"status": "seen"}).status_code == status
        assert client.delete(where, headers=headers).status_code == status
    assert service.ledger.reports.get(made).status is ReportStatus.NEW
    done = client.patch(f"{WHERE}/{made}", headers=mine, json={"status": "mended"})
    assert done.status_code == 200, done.text
    assert (done.json()["status"], done.json()["settled_by"]) == ("mended", "referent62")
    assert client.get(f"{WHERE}/{made}", headers=mine).json() == done.json()
    assert client.delete(f"{WHERE}/{made}", headers=mine).status_code == 204
    assert client.get(f"{WHERE}/{made}", headers=mine).status_code == 404


@pytest.mark.parametrize(
    "body", [{}, {"status": "new"}, {"status": "done"}, {"status": "seen", "more": 1}, {"status": 3}]
)
def test_what_settles_nothing_is_refused(
    body: dict[str, object], client: TestClient, service: "Service", accounts: Accounts
) -> None:
    made = sent(service)
    answer = client.patch(f"{WHERE}/{made}", headers=accounts.headers_of("referent62"), json=body)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert service.ledger.reports.get(made).status is ReportStatus.NEW


def test_every_read_and_act_is_noted_without_the_text(
    client: TestClient, service: "Service", accounts: Accounts
) -> None:
    made = sent(service, text="Madame X")
    mine = accounts.headers_of("referent62")
    client.get(WHERE, headers=mine, params={"status": "new"})
    client.get(f"{WHERE}/{made}", headers=mine)
    client.patch(f"{WHERE}/{made}", headers=mine, json={"status": "dismissed"})
    client.delete(f"{WHERE}/{made}", headers=mine)
    noted = [(entry.action, dict(entry.what)) for entry in reversed(service.ledger.audit.entries())]
    one = "/api/v1/reports/{report_id}"
    assert noted == [
        ("reports.read", {"route": WHERE, "departements": ["62"], "status": "new"}),
        ("reports.read", {"route": one, "report": made}),
        ("reports.settle", {"route": one, "report": made, "status": "dismissed"}),
        ("reports.remove", {"route": one, "report": made}),
    ]
    assert "Madame X" not in str(noted)
