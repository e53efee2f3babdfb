"""Layers, versions, differences and the way back, over HTTP."""

import csv
import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from starlette.testclient import TestClient

from geo_integration.store.contract import REPORT_COLUMNS

if TYPE_CHECKING:
    from api.service import Service
    from tests.api.conftest import Accounts

NOW = datetime(2026, 10, 2, tzinfo=UTC)
ABOUT_PEOPLE = ("bpi", "bpi.bpi-demo", "housing", "housing.housing-demo", "merges")


@pytest.fixture(scope="module")
def without_one(service: "Service", client: TestClient) -> str:
    """Publish the courses without the first of them; return its id. What is published is then what this module says."""
    del client  # everything is loaded first
    store = service.store
    layers = store.read_together(["offers", "sessions", "merges"])
    gone = str(layers["offers"]["offer_id"].iloc[0])
    layers["offers"] = layers["offers"][layers["offers"]["offer_id"].ne(gone)]
    layers["sessions"] = layers["sessions"][layers["sessions"]["offer_id"].ne(gone)]
    store.publish(layers, meta=store.info("offers").meta, report=None, now=NOW)
    return gone


def test_the_public_is_told_of_no_layer_about_people(client: TestClient) -> None:
    answer = client.get("/api/v1/layers")
    told = answer.json()
    names = {item["layer"] for item in told["items"]}
    assert {"offers", "sessions", "schools", "ctai", "offers.lheo-demo"} <= names
    assert not names & set(ABOUT_PEOPLE)
    assert not set(told["about"]["snapshots"]) & set(ABOUT_PEOPLE)
    assert told["about"]["synthetic"]
    for layer in ABOUT_PEOPLE:
        for path in (f"/api/v1/layers/{layer}", f"/api/v1/layers/{layer}/snapshots", f"/api/v1/layers/{layer}/diff"):
            refused = client.get(path)
            unknown = client.get(path.replace(layer, "zzz"))
            assert refused.status_code == unknown.status_code == 404
            assert refused.json()["detail"] == unknown.json()["detail"].replace("zzz", layer)


def test_an_administrator_is_told_of_all(client: TestClient, accounts: "Accounts") -> None:
    told = client.get("/api/v1/layers", headers=accounts.headers_of("administrator")).json()
    by_name = {item["layer"]: item for item in told["items"]}
    assert set(ABOUT_PEOPLE) <= set(by_name)
    (source,) = by_name["bpi"]["sources"]
    assert len(source["sha256"]) == 64


def test_nothing_the_public_is_told_depends_on_the_content_of_a_file_about_people(
    client: TestClient, service: "Service"
) -> None:
    store = service.store
    secrets = {store.info("bpi").id, str(store.info("bpi.bpi-demo").meta["sha256"])[:12], store.info("housing").id}
    for path in ("/api/v1/layers", "/api/v1/layers/offers", "/api/v1/layers/offers/snapshots"):
        text = client.get(path).text
        assert not [secret for secret in secrets if secret in text]


def test_a_layer_says_its_rows_and_its_version(client: TestClient, service: "Service") -> None:
    told = client.get("/api/v1/layers/ctai").json()
    info = service.store.info("ctai")
    assert (told["rows"], told["snapshot"], told["label"]) == (
        info.layers["ctai"],
        info.id,
        "Contrats territoriaux d'accueil et d'intégration",
    )


def test_an_answer_the_client_holds_is_not_sent_again(client: TestClient) -> None:
    first = client.get("/api/v1/layers")
    again = client.get("/api/v1/layers", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_difference_between_two_versions(client: TestClient, service: "Service", without_one: str) -> None:
    told = client.get("/api/v1/layers/offers/diff").json()
    before, after = (entry.snapshot for entry in service.store.history("offers")[-2:])
    assert (told["before"], told["after"]) == (before, after)
    assert (told["added"], told["removed"], told["changed"]) == (0, 1, 0)
    assert told["unchanged"] == service.store.info("offers").layers["offers"]
    (item,) = told["items"]
    assert (item["offer_id"], item["change"], item["column"]) == (without_one, "removed", None)


def test_the_same_difference_as_a_spreadsheet_and_by_pages(client: TestClient, without_one: str) -> None:
    assert without_one
    answer = client.get("/api/v1/layers/sessions/diff", headers={"Accept": "text/csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    whole = client.get("/api/v1/layers/sessions/diff").json()
    assert len(rows) - 1 == whole["matched"] == whole["removed"] > 0
    page = client.get("/api/v1/layers/sessions/diff", params={"limit": 1, "offset": whole["matched"] - 1}).json()
    assert page["items"] == whole["items"][-1:]
    assert page["matched"] == whole["matched"]


def test_history_tells_publications_and_the_way_back(
    client: TestClient, service: "Service", accounts: "Accounts", without_one: str
) -> None:
    assert without_one
    store = service.store
    before, after = (entry.snapshot for entry in store.history("offers")[-2:])
    done = client.post(
        "/api/v1/layers/offers/rollback",
        json={"snapshot": "previous"},
        headers=accounts.headers_of("administrator"),
    )
    assert done.status_code == 200, done.text
    assert done.json()["snapshot"] == before == store.info("offers").id
    told = client.get("/api/v1/layers/offers/snapshots").json()["items"]
    assert [(one["snapshot"], one["reason"], one["current"]) for one in told[:2]] == [
        (before, "rollback", True),
        (after, "publish", False),
    ]
    assert service.ledger.audit.entries(1)[0].action == "layer.rollback"
    store.rollback("offers", after, now=NOW)


@pytest.mark.parametrize("name", ["referent62", "contractor62"])
def test_only_an_administrator_goes_back_or_reads_reports(
    client: TestClient, service: "Service", accounts: "Accounts", name: str
) -> None:
    snapshot = service.store.info("offers.lheo-demo").id
    history = service.store.history("offers")
    for headers, status in (({}, 401), (accounts.headers_of(name), 403)):
        back = client.post("/api/v1/layers/offers/rollback", json={"snapshot": "previous"}, headers=headers)
        report = client.get(f"/api/v1/snapshots/{snapshot}/report", headers=headers)
        assert (back.status_code, report.status_code) == (status, status)
    assert service.store.history("offers") == history


def test_a_report_is_what_the_store_kept(client: TestClient, service: "Service", accounts: "Accounts") -> None:
    snapshot = service.store.info("offers.lheo-demo").id
    kept = service.store.report(snapshot)
    headers = accounts.headers_of("administrator")
    told = client.get(f"/api/v1/snapshots/{snapshot}/report", params={"limit": 3, "offset": 1}, headers=headers)
    assert told.headers["cache-control"] == "no-store"
    assert told.json()["matched"] == len(kept) > 4
    assert [tuple(item[name] for name in REPORT_COLUMNS) for item in told.json()["items"]] == [
        tuple(row) for row in kept.iloc[1:4][list(REPORT_COLUMNS)].itertuples(index=False)
    ]
    sheet = client.get(f"/api/v1/snapshots/{snapshot}/report", params={"f": "csv"}, headers=headers)
    rows = list(csv.reader(io.StringIO(sheet.content.decode("utf-8-sig")), delimiter=";"))
    assert rows[0] == ["Fichier", "Où", "Champ", "Valeur", "Raison", "Suite"]
    assert len(rows) - 1 == min(len(kept), 1000)


@pytest.mark.parametrize(
    ("path", "status", "where"),
    [
        ("/api/v1/layers/offers/diff?before=zzzz", 404, ""),
        ("/api/v1/layers/offers/diff?before=-99", 404, ""),
        ("/api/v1/layers/offers/diff?f=pdf", 400, "f"),
        ("/api/v1/layers/offers/diff?limit=0", 400, "limit"),
        ("/api/v1/layers/offers/diff?offset=-1", 400, "offset"),
        ("/api/v1/layers/..%2Foffers", 404, ""),
    ],
)
def test_what_cannot_be_read_is_told(client: TestClient, path: str, status: int, where: str) -> None:
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]
    if where:
        assert answer.json()["where"] == where
