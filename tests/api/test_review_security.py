"""What a hostile reader tried: versions of counts told, reads nobody notes, rights given up, places and queues held."""

import asyncio
import io
import threading
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyogrio
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from api.answers import Body
from api.computed import Computed
from api.limits import LOGIN, PASSWORD, ClientKeys, LimitsMiddleware, Rates
from geo_integration.errors import InputRefusedError, LedgerError, MissingDataError, StoreError, UnavailableError
from geo_integration.sources.imports import ProblemLog
from geo_integration.sources.tables import read_rows
from geo_integration.store import Store
from geo_integration.work.problems import place_of
from tests.api.work_support import Queue, ask

if TYPE_CHECKING:
    from api.service import Service
    from tests.api.conftest import Accounts

PEOPLE = ("bpi", "housing")
NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)


def fingerprints(store: Store) -> set[bytes]:
    """Return every version and file hash (its first digits) of the layers about people."""
    found: set[str] = set()
    for layer in store.layers():
        if layer.partition(".")[0] in PEOPLE:
            info = store.info(layer)
            found |= {info.id} | {one[:12] for one in info.sha256.values()}
            sources: Any = info.meta.get("sources", ())
            found |= {str(meta["sha256"])[:12] for meta in (info.meta, *sources) if "sha256" in meta}
    return {one.encode() for one in found}


def unpacked(content: bytes) -> Iterator[bytes]:
    """Give the bytes of an answer, and of the files in it where it is an archive."""
    yield content
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield from map(archive.read, archive.namelist())


@pytest.fixture(scope="module")
def wanted(service: "Service") -> set[bytes]:
    found = fingerprints(service.store)
    assert len(found) >= 6
    return found


@pytest.mark.parametrize("who", ["", "referent62"])
def test_no_output_of_a_job_tells_a_version_of_counts(
    client: TestClient, service: "Service", accounts: "Accounts", wanted: set[bytes], who: str
) -> None:
    """A version is made from the content: whoever holds one can check a guess of every count behind it."""
    headers = accounts.headers_of(who) if who else {}
    files: dict[str, dict[str, str]] = {"csv": {}, "xlsx": {}, "gpkg": {}, "html": {}}
    asked = ask(client, "gaps", {"territory": "62041"}, headers, outputs=files)
    assert Queue(service, client).done(str(asked["location"]), headers)["status"] == "successful"
    names = client.get(f"{asked['location']}/results", headers=headers).json()
    assert set(names) == {"result", *files}
    for name in names:
        content = client.get(f"{asked['location']}/results/{name}", headers=headers).content
        for part in unpacked(content):
            assert not [one for one in wanted if one in part], name
    answer = client.get(f"{asked['location']}/results/result", headers=headers)
    assert "offers" in answer.json()["about"]["snapshots"]
    again = client.get(
        f"{asked['location']}/results/result", headers={**headers, "If-None-Match": answer.headers["etag"]}
    )
    assert (again.status_code, again.headers["cache-control"]) == (304, "private, no-cache")


def test_an_administrator_is_told_which_counts_a_job_read(
    client: TestClient, service: "Service", accounts: "Accounts"
) -> None:
    headers = accounts.headers_of("administrator")
    asked = ask(client, "gaps", {"territory": "62041"}, headers)
    assert Queue(service, client).done(str(asked["location"]), headers)["status"] == "successful"
    about = client.get(f"{asked['location']}/results/result", headers=headers).json()["about"]
    assert about["snapshots"]["bpi"] == service.store.info("bpi").id


ADDRESSES = (
    "/api/v1/layers",
    "/api/v1/layers/offers",
    "/api/v1/layers/offers/snapshots",
    "/api/v1/gaps?territory=62041",
    "/api/v1/gaps/rollups?territory=62041&by=epci",
    "/maps",
    "/maps/manques-62041-alphabetisation",
    "/ogc",
    "/ogc/collections",
    "/ogc/collections/housing",
    "/ogc/collections/housing/items",
    "/ogc/collections/housing/items?f=html",
    "/ogc/collections/offers/items?limit=5",
    "/api/v1/offers?place=62041",
    "/ready",
    "/metrics",
)


@pytest.mark.parametrize("who", ["", "referent62"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_no_address_tells_a_version_of_counts(
    client: TestClient, accounts: "Accounts", wanted: set[bytes], who: str, address: str
) -> None:
    answer = client.get(address, headers=accounts.headers_of(who) if who else {})
    assert answer.status_code in {200, 401}, answer.text[:500]
    told = answer.content + str(dict(answer.headers)).encode()
    assert not [one for one in wanted if one in told]


def test_a_difference_of_counts_is_noted_before_it_is_read(
    client: TestClient, service: "Service", accounts: "Accounts", monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = accounts.headers_of("administrator")
    bpi = service.store.read("bpi")
    info = service.store.info("bpi")
    fewer = bpi.assign(persons=bpi["persons"].where(bpi.index != bpi.index[0], 3))
    service.store.publish({"bpi": fewer}, meta=info.meta, report=None, now=NOON)
    address = "/api/v1/layers/bpi/diff"
    assert client.get(address).status_code == 404
    assert client.get(address, headers=accounts.headers_of("referent62")).status_code == 404
    answer = client.get(address, headers=headers)
    assert answer.json()["changed"] == 1
    entry = service.ledger.audit.entries(1)[0]
    assert (entry.action, entry.what["layer"], entry.user_name) == ("layer.diff", "bpi", "administrator")
    again = client.get(address, headers=headers | {"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    assert service.ledger.audit.entries(1)[0].id > entry.id

    def full(*_: object, **__: object) -> None:
        raise LedgerError("disque plein")

    monkeypatch.setattr(type(service.ledger.audit), "record", full)
    refused = client.get(address, headers=headers)
    assert refused.status_code == 503
    assert "items" not in refused.json()
    assert client.get("/api/v1/layers/offers/diff?before=current", headers=headers).status_code == 200


_READ = (
    "/api/v1/gaps?territory=62041",
    "/api/v1/gaps/rollups?territory=62041&by=epci",
    "/maps/manques-62041-alphabetisation",
    "/ogc/collections/housing/items?limit=1",
)


@pytest.mark.parametrize("address", _READ)
def test_every_professional_read_is_noted_or_refused(
    client: TestClient,
    service: "Service",
    accounts: "Accounts",
    monkeypatch: pytest.MonkeyPatch,
    address: str,
) -> None:
    """Fresh, kept, held by the client, or only its headers: one note each, and no byte where none can be written."""

    def noted() -> int:
        return max((entry.id for entry in service.ledger.audit.entries(1)), default=0)

    headers = accounts.headers_of("referent62")
    fresh = client.get(address, headers=headers)
    assert fresh.status_code == 200, fresh.text[:300]
    held = headers | {"If-None-Match": fresh.headers["etag"]}
    for method, sent, status in (("GET", headers, 200), ("GET", held, 304), ("HEAD", headers, 200)):
        before = noted()
        assert client.request(method, address, headers=sent).status_code == status
        assert noted() == before + 1

    def full(*_: object, **__: object) -> None:
        raise LedgerError("disque plein")

    monkeypatch.setattr(type(service.ledger.audit), "record", full)
    for method, sent in (("GET", headers), ("GET", held), ("HEAD", headers)):
        answer = client.request(method, address, headers=sent)
        assert answer.status_code == 503
        assert "features" not in answer.text


@pytest.mark.parametrize(
    "change",
    [{"disabled": True}, {"role": "referent", "departements": ["62"]}, {"disabled": True, "role": "administrator"}],
)
def test_an_administrator_does_not_lock_everybody_out(
    client: TestClient, accounts: "Accounts", change: dict[str, Any]
) -> None:
    headers = accounts.headers_of("administrator")
    answer = client.patch("/api/v1/users/administrator", json=change, headers=headers)
    assert (answer.status_code, answer.json()["where"]) == (409, "name")
    assert client.get("/api/v1/users", headers=headers).status_code == 200


def test_a_found_token_does_not_let_guess_the_password_without_end() -> None:
    async def hello(_: Request) -> Response:
        return JSONResponse({})

    rates = Rates(per_minute=100, logins_per_minute=2)
    passed = [Middleware(LimitsMiddleware, rates=rates, clients=ClientKeys("key"))]
    routes = [Route(path, hello, methods=["POST"]) for path in (LOGIN, PASSWORD)]
    asked = TestClient(Starlette(routes=routes, middleware=passed))
    headers = {"Authorization": "Bearer good"}
    assert 429 in [asked.post(PASSWORD, headers=headers).status_code for _ in range(6)]


@pytest.mark.parametrize("address", ["/api/v1/me", "/ogc/collections", "/api/v1/gaps?territory=62041"])
def test_a_token_in_the_address_is_not_taken_for_the_public(client: TestClient, address: str) -> None:
    answer = client.get(address + ("&" if "?" in address else "?") + "access_token=abc")
    assert (answer.status_code, answer.json()["where"]) == (401, "access_token")
    assert "abc" not in answer.text


def test_a_personal_answer_stays_private_when_it_did_not_change(client: TestClient) -> None:
    address = "/api/v1/offers?place=62041&age=34"
    answer = client.get(address)
    again = client.get(address, headers={"If-None-Match": answer.headers["etag"]})
    assert [one.status_code for one in (answer, again)] == [200, 304]
    assert {one.headers["cache-control"] for one in (answer, again)} == {"private, no-cache"}


def test_the_address_of_the_limit_is_the_one_that_takes_a_password(client: TestClient) -> None:
    assert client.post(PASSWORD, json={}).status_code == 401


def test_the_public_cannot_hold_every_place_of_computing() -> None:
    computed, go = Computed(at_once=2), threading.Event()

    def slow() -> Body:
        go.wait(30)
        return Body(b"lent", "text/plain")

    async def ask_for_more() -> bytes:
        waiting = [asyncio.create_task(computed.get(key, slow, seconds=30)) for key in "ab"]
        await asyncio.sleep(0)
        with pytest.raises(UnavailableError):
            await computed.get("c", slow, seconds=30)
        mine = await computed.get("c", lambda: Body(b"ici", "text/plain"), seconds=30, reserved=True)
        go.set()
        await asyncio.gather(*waiting)
        return mine.content

    assert asyncio.run(ask_for_more()) == b"ici"


_VIRTUAL = (
    '<OGRVRTDataSource><OGRVRTLayer name="kept"><SrcDataSource>{path}</SrcDataSource>'
    "<GeometryType>wkbPoint</GeometryType><LayerSRS>WGS84</LayerSRS>"
    '<GeometryField encoding="PointFromColumns" x="x" y="y"/></OGRVRTLayer></OGRVRTDataSource>'
)


@pytest.mark.parametrize(("name", "before"), [("a.shp", ""), ("a.geojson", '{"type":"FeatureCollection"} '), ("a", "")])
def test_an_uploaded_file_opens_no_other(tmp_path: Path, name: str, before: str) -> None:
    """GDAL goes by the content, not by the name: a « GeoJSON » can be a list of files and addresses to open."""
    kept = tmp_path / "kept.csv"
    kept.write_text("secret,x,y\nSECRET,3,50\n")
    path = tmp_path / name
    path.write_text(before + _VIRTUAL.format(path=kept))
    assert pyogrio.read_dataframe(path)["secret"].tolist() == ["SECRET"]  # what it would do
    with pytest.raises(InputRefusedError):
        read_rows(path, log=ProblemLog(name))


def test_where_the_store_is_kept_is_nobody_s_business() -> None:
    path = "/srv/geo/store/snapshots/8697684cf7c36544/bpi.parquet"
    assert place_of(StoreError("fichier abîmé", where=path)) == "entrepôt"
    assert place_of(MissingDataError("aucune offre", where="postgresql://geo@db/geo")) == "entrepôt"
    assert place_of(StoreError("abîmée", where="couche offers")) == "couche offers"


def test_what_was_uploaded_is_no_formula_in_the_table_of_changes(tmp_path: Path) -> None:
    import pandas as pd  # noqa: PLC0415

    from geo_integration.work import runs  # noqa: PLC0415

    table = pd.DataFrame({"label": ['=HYPERLINK("http://x")', "+1", "Cours"], "new": [None, "@A1", "3"]})
    produced = runs._csv(tmp_path / "changes.csv", "changes", table)
    lines = produced.path.read_text().splitlines()
    assert lines == ["label,new", '"\'=HYPERLINK(""http://x"")",', "'+1,'@A1", "Cours,3"]
