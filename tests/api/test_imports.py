"""A file from upload to publication, and everything that goes wrong on the way."""

import csv
import hashlib
import io
import socket
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from starlette.testclient import TestClient
from work_support import Queue

from geo_integration.ledger.uploads import UploadStatus
from geo_integration.settings import settings

if TYPE_CHECKING:
    from api.service import Service
    from tests.api.conftest import Accounts, LiveServer


@pytest.fixture(scope="module")
def queue(service: "Service", client: TestClient) -> Queue:
    return Queue(service, client)


@pytest.fixture(scope="module")
def admin(accounts: "Accounts") -> dict[str, str]:
    return accounts.headers_of("administrator")


@pytest.fixture(scope="module")
def shorter() -> tuple[bytes, set[str]]:
    """Return the demonstration's LHEO file without its first course, and the offers that makes fewer."""
    tree = ET.parse(settings().data / "demo" / "lheo_demo.xml")  # noqa: S314 -- our own file
    root = tree.getroot()
    space = root.tag.partition("}")[0] + "}"
    offers = next(iter(root.iter(f"{space}offres")))
    gone = {f"lheo-demo:{action.get('numero')}" for action in offers[0].iter(f"{space}action")}
    offers.remove(offers[0])
    return ET.tostring(root, encoding="utf-8", xml_declaration=True), gone


def send(
    client: TestClient,
    headers: Mapping[str, str],
    content: bytes,
    *,
    file_name: str = "offres.xml",
    **fields: str,
) -> Any:  # noqa: ANN401 -- the answer of the client
    return client.post(
        "/api/v1/imports",
        data=fields,
        files={"file": (file_name, content, "application/octet-stream")},
        headers=dict(headers),
    )


def everything_published(service: "Service") -> dict[str, str]:
    return {layer: history[-1].snapshot for layer, history in service.store.histories().items()}


def test_upload_check_publish_and_the_difference_shows(
    client: TestClient, service: "Service", admin: dict[str, str], queue: Queue, shorter: tuple[bytes, set[str]]
) -> None:
    before = everything_published(service)
    content, gone = shorter
    digest = hashlib.sha256(content).hexdigest()
    ids = set(service.store.read("offers.lheo-demo")["offer_id"])
    assert gone
    assert gone <= ids
    sent = send(client, admin, content, format="lheo", name="lheo-demo", synthetic="true", sha256=digest)
    assert sent.status_code == 201, sent.text
    told = sent.json()
    assert (told["status"], told["size"], told["sha256"], told["file"]) == (
        "received",
        len(content),
        digest,
        "offres.xml",
    )
    path = sent.headers["location"].removeprefix("http://testserver")
    too_early = client.post(f"{path}/publication", headers=admin)
    assert (too_early.status_code, too_early.json()["title"]) == (409, "Impossible dans cet état")

    queue.work()
    told = client.get(path, headers=admin).json()
    assert told["status"] == "checked", told
    assert told["accepted"] > 0
    changes = told["layers"]["offers.lheo-demo"]
    assert (changes["added"], changes["removed"], changes["changed"]) == (0, len(gone), 0)
    assert changes["unchanged"] == changes["rows"] == len(ids) - len(gone)
    assert "offers" in told["rebuilds"]
    assert everything_published(service) == before  # a check publishes nothing
    problems = client.get(f"{path}/report", headers=admin, params={"limit": 2}).json()
    assert problems["matched"] == sum(told["problems"].values())
    sheet = client.get(f"{path}/report", headers=admin, params={"f": "csv"})
    assert len(list(csv.reader(io.StringIO(sheet.content.decode("utf-8-sig")), delimiter=";"))) > 1

    publication = client.post(f"{path}/publication", headers=admin)
    assert publication.status_code == 201, publication.text
    twice = client.post(f"{path}/publication", headers=admin)
    assert twice.status_code == 409
    job = publication.headers["location"].removeprefix("http://testserver")
    assert queue.done(job, admin)["status"] == "successful"

    told = client.get(path, headers=admin).json()
    assert (told["status"], told["snapshot"]) == ("published", service.store.info("offers.lheo-demo").id)
    report = client.get(f"{path}/report", headers=admin).json()
    assert report["matched"] == len(service.store.report(told["snapshot"]))
    difference = client.get("/api/v1/layers/offers.lheo-demo/diff").json()
    assert difference["before"] == before["offers.lheo-demo"]
    assert {(item["offer_id"], item["change"]) for item in difference["items"]} == {(one, "removed") for one in gone}
    joined = client.get("/api/v1/layers/offers/diff").json()
    assert (joined["before"], joined["after"]) == (before["offers"], service.store.info("offers").id)
    actions = [entry.action for entry in service.ledger.audit.entries(20)]
    assert {"import.sent", "import.publish", "report.read"} <= set(actions)

    assert client.delete(path, headers=admin).status_code == 204
    assert client.get(path, headers=admin).status_code == 404
    assert service.store.info("offers.lheo-demo").id == told["snapshot"]  # what is published stays


@pytest.mark.parametrize(
    ("file_format", "content"),
    [("lheo", b"<lheo>coup"), ("lheo", b"<autre/>"), ("bpi", b"\x00\x01\x02"), ("data-inclusion", b"{}\n")],
)
def test_a_bad_file_is_refused_in_clear_and_nothing_changes(
    client: TestClient,
    service: "Service",
    admin: dict[str, str],
    queue: Queue,
    file_format: str,
    content: bytes,
) -> None:
    before = everything_published(service)
    sent = send(client, admin, content, format=file_format)
    assert sent.status_code == 201, sent.text
    path = sent.headers["location"].removeprefix("http://testserver")
    queue.work()
    told = client.get(path, headers=admin).json()
    assert told["status"] == "refused", told
    assert told["problem"]["detail"]
    assert told["problem"]["way_out"]
    assert client.post(f"{path}/publication", headers=admin).status_code == 409
    assert client.get(f"{path}/report", headers=admin).status_code == 409
    assert everything_published(service) == before
    client.delete(path, headers=admin)


def test_only_an_administrator_sends_or_sees_files(
    client: TestClient, service: "Service", accounts: "Accounts"
) -> None:
    before = service.ledger.uploads.list()
    for headers, status in (({}, 401), (accounts.headers_of("referent62"), 403)):
        assert send(client, headers, b"x", format="lheo").status_code == status
        for path in ("/api/v1/imports", "/api/v1/imports/x", "/api/v1/imports/x/report"):
            assert client.get(path, headers=headers).status_code == status
    assert service.ledger.uploads.list() == before


@pytest.mark.parametrize(
    ("fields", "content", "status", "where"),
    [
        ({}, b"x", 400, "format"),
        ({"format": "pdf"}, b"x", 400, "format"),
        ({"format": "lheo", "covers": "999"}, b"x", 404, ""),
        ({"format": "lheo", "name": "../x"}, b"x", 400, "name"),
        ({"format": "lheo", "synthetic": "peut-être"}, b"x", 400, "synthetic"),
        ({"format": "lheo", "colour": "blue"}, b"x", 400, "corps"),
        ({"format": "lheo", "sha256": "0" * 64}, b"x", 422, "sha256"),
        ({"format": "lheo"}, b"", 422, ""),
        ({"format": "table", "mapping": "x" * 300_000}, b"x", 400, "mapping"),
    ],
)
def test_a_form_that_makes_no_sense_leaves_nothing(
    client: TestClient,
    service: "Service",
    admin: dict[str, str],
    fields: dict[str, str],
    content: bytes,
    status: int,
    where: str,
) -> None:
    before = service.ledger.uploads.list()
    answer = client.post("/api/v1/imports", data=fields, files={"file": ("a.xml", content)}, headers=admin)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    if where:
        assert answer.json()["where"].endswith(where)
    assert service.ledger.uploads.list() == before


def body(*parts: tuple[str, str, bytes]) -> bytes:
    """Return a multipart body; each part is a name, what follows it in its header, and its content."""
    made = b""
    for name, more, content in parts:
        made += f'--B\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + content + b"\r\n"
    return made + b"--B--\r\n"


FORMAT, FILE = ("format", "", b"lheo"), ("file", '; filename="a.xml"', b"<x/>")


@pytest.mark.parametrize(
    ("content", "said", "detail"),
    [
        (body(FILE, FORMAT), "multipart/form-data; boundary=B", "format non donné"),
        (body(FORMAT, FILE, ("covers", "", b"62")), "multipart/form-data; boundary=B", "champ donné après le fichier"),
        (body(FORMAT, FILE, FILE), "multipart/form-data; boundary=B", "plusieurs fichiers"),
        (body(FORMAT, FORMAT, FILE), "multipart/form-data; boundary=B", "champ donné deux fois"),
        (body(FORMAT), "multipart/form-data; boundary=B", "pas de fichier"),
        (body(FORMAT, ("covers", "", b"\xff"), FILE), "multipart/form-data; boundary=B", "ce n'est pas du texte"),
        (body(FORMAT, FILE)[:-12], "multipart/form-data; boundary=B", "formulaire incomplet"),
        (b"n'importe quoi", "multipart/form-data; boundary=B", "formulaire illisible"),
        (b"", "multipart/form-data; boundary=B", "formulaire incomplet"),
        (body(FORMAT, FILE), "multipart/form-data", "un formulaire est attendu"),
        (b"{}", "application/json", "un formulaire est attendu"),
        (
            body(("format", "; x=" + "y" * 9_000, b"lheo"), FILE),
            "multipart/form-data; boundary=B",
            "formulaire illisible",
        ),
    ],
)
def test_a_damaged_form_is_told_and_leaves_nothing(
    client: TestClient, service: "Service", admin: dict[str, str], content: bytes, said: str, detail: str
) -> None:
    before = service.ledger.uploads.list()
    answer = client.post("/api/v1/imports", content=content, headers={**admin, "Content-Type": said})
    assert answer.status_code == 400, answer.text
    assert detail in answer.json()["detail"]
    assert service.ledger.uploads.list() == before


def test_a_file_name_keeps_no_folder(client: TestClient, admin: dict[str, str]) -> None:
    told = send(client, admin, b"x", file_name="..\\..//etc/passwd", format="lheo").json()
    assert told["file"] == "passwd"
    client.delete(f"/api/v1/imports/{told['id']}", headers=admin)


def test_a_large_file_arrives_byte_for_byte(client: TestClient, service: "Service", admin: dict[str, str]) -> None:
    content = bytes(range(256)) * 10_000  # more than two pieces, with line ends and dashes in it
    told = send(client, admin, content, format="funded").json()
    assert told["sha256"] == hashlib.sha256(content).hexdigest()
    assert told["links"][1:] == []  # a list of funded actions is compared, not published
    assert service.ledger.uploads.get(told["id"]).status is UploadStatus.RECEIVED
    client.delete(f"/api/v1/imports/{told['id']}", headers=admin)


def test_a_check_can_be_asked_again_but_not_twice_at_once(
    client: TestClient, service: "Service", admin: dict[str, str], queue: Queue
) -> None:
    told = send(client, admin, b"<lheo>", format="lheo").json()
    path = f"/api/v1/imports/{told['id']}"
    assert client.post(f"{path}/check", headers=admin).status_code == 409
    queue.work()
    again = client.post(f"{path}/check", headers=admin)
    assert again.status_code == 201
    assert client.delete(path, headers=admin).status_code == 204  # and what looks at it is stopped
    job = again.headers["location"].removeprefix("http://testserver")
    assert client.get(job, headers=admin).json()["status"] == "dismissed"
    assert service.ledger.tasks.get(job.rpartition("/")[2]).done


def test_an_upload_cut_short_leaves_nothing_published_and_a_living_service(live_server: "LiveServer") -> None:
    """Without an account the refusal comes before any byte is kept; the line is cut in the middle of the body."""
    host, _, port = live_server.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=30) as line:
        head = "POST /api/v1/imports HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=B\r\n"
        line.sendall(f"{head}Content-Length: 1000000\r\n\r\n".encode() + body(FORMAT, FILE)[:60])
    assert live_server.get("/health").status_code == 200
