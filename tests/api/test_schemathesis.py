"""The service answers as its OpenAPI says, whoever asks and whatever: schemathesis over the application.

No 5xx, no status, media type, body or header that is not documented; nothing that the description forbids is accepted;
the examples of the documentation work as they stand. ``SCHEMATHESIS_EXAMPLES=200`` asks 200 good and 200 bad questions
of each operation, instead of the five of every day.
"""

import os
import shutil
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from ogc_support import store_with_gaps
from schemathesis.core.result import Ok
from schemathesis.generation.modes import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from geo_integration.ledger import open_ledger
from geo_integration.settings import ServiceSettings
from geo_integration.store import FolderStore
from tests.api.conftest import PASSWORD, VIEWERS, Accounts, service_on

if TYPE_CHECKING:
    from fastapi import FastAPI
    from schemathesis import Case
    from schemathesis.schemas import APIOperation, BaseSchema

    from api.service import Service

ROLES = ("public", "referent62", "administrator")
EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "5"))
CONFORMANCE = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
    unsupported_method,
]
LENIENT: Mapping[str, str] = {
    "GET /ogc/collections/{collection}/items": "a limit over the largest is no error (OGC 17-069r4, 7.15.2)",
    "POST /api/v1/imports": "0 in a form is false",
}
"""Operations that accept more than their schema says, and why."""
NEVER_WELL: Mapping[str, str] = {
    "GET /api/v1/isochrone": "the demonstration has no street network",
    "GET /api/v1/jobs/{job_id}/results": "nothing is computed: there is no runner",
    "GET /api/v1/jobs/{job_id}/results/{name}": "nothing is computed",
    "GET /api/v1/imports/{import_id}/report": "nothing is checked",
    "POST /api/v1/imports/{import_id}/check": "a check is asked for already",
    "POST /api/v1/imports/{import_id}/publication": "nothing is checked",
    "POST /api/v1/tokens": "nobody guesses a password",
    "POST /api/v1/tokens/refresh": "nobody guesses a token",
    "POST /api/v1/me/password": "nobody guesses a password",
    "POST /api/v1/layers/{layer}/rollback": "layers of the demonstration have one version",
    "DELETE /api/v1/users/{name}/tokens/{jti}": "nobody guesses the name of a token",
}
"""Operations that may have no answer of 2xx here, and why."""
OWN = ("{job_id}", "{import_id}", "{report_id}", "{snapshot}", "{name}", "/diff")
"""Parts of addresses that are of one service only: their examples name nothing here."""
SETTLED: Mapping[str, Sequence[Any]] = {
    "place": ("Lille", "62000", "commune:62041"),
    "territory": ("200033579", "62041"),
    "mode": ("car", "foot", "bike"),
    "status": (["bpi"], ["cir", "parent"]),
    "free": (["lundi-matin"], ["soir"]),
    "commune": (["62041"], ["59350", "62193"]),
    "point": (["2.777,50.291"],),
    "parent": ("R32", "62"),
    "crs": tuple(f"http://www.opengis.net/def/crs/{one}" for one in ("EPSG/0/2154", "EPSG/0/4326", "OGC/1.3/CRS84")),
    "bbox": ([2.5, 50.2, 2.9, 50.5], [-180, -90, 180, 90]),
    "datetime": ("2026-09-01/..", "2026-10-01"),
}
"""Values that mean something here, of parameters whose schema takes any word."""
NOT_TOGETHER = {"lon", "lat", "address", "network", "offer", "bbox-crs", "filter", "properties"} | {
    "feed",
    "week_of",
    "weekday",
    "arrive_by",
    "until",
    "latest_return",
    "at",
    "goal",
    "schooling",
}
"""Parameters that go with some values of the others only."""
HEAVY = ("GET /api/v1/gaps", "GET /api/v1/gaps/rollups", "GET /maps/{name}", "POST /api/v1/tokens")
"""Operations that compute for seconds, asked five times less."""
ASKING = settings(
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)

type Tally = dict[str, Counter[int]]
"""Operation → status → answers."""


@pytest.fixture(scope="module", params=ROLES)
def role(request: pytest.FixtureRequest) -> str:
    """Return who asks."""
    return str(request.param)


@pytest.fixture(scope="module")
def service(
    role: str, demo_store_folder: Path, tmp_path_factory: pytest.TempPathFactory, service_settings: ServiceSettings
) -> Iterator["Service"]:
    """Return a service of its own for each role: an administrator changes things. Nothing computes jobs."""
    folder = tmp_path_factory.mktemp(role)
    store = Path(shutil.copytree(store_with_gaps(demo_store_folder, tmp_path_factory), folder / "store"))
    many = {"public_jobs_queued": 1_000_000, "public_jobs_kept": 1_000_000}
    chosen = service_settings.model_copy(update={**many, "request_seconds": 600.0})
    ledger = open_ledger(f"sqlite:///{folder / 'ledger.sqlite3'}", settings=chosen)
    yield service_on(FolderStore(store), ledger, chosen)
    ledger.close()


@pytest.fixture(scope="module")
def headers(role: str, accounts: Accounts) -> dict[str, str]:
    """Return what the requests of the role carry."""
    return accounts.headers_of(role) if role in VIEWERS else {}


@pytest.fixture(scope="module")
def client_of(client: TestClient, headers: dict[str, str]) -> TestClient:
    """Return a client of the role; the application is started and everything is loaded."""
    client.headers.update(headers)
    return client


@pytest.fixture(scope="module")
def described(app: "FastAPI", client_of: TestClient) -> "BaseSchema":
    """Return the application as its OpenAPI describes it."""
    _ = client_of  # started

    async def started(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":  # schemathesis would start it again for each test
            raise NotImplementedError
        await app(scope, receive, send)

    schema = schemathesis.openapi.from_asgi("/openapi.json", started)
    schema.config.update(request_timeout=600)
    schema.config.generation.update(with_security_parameters=False)
    return schema


@pytest.fixture(scope="module")
def known(client_of: TestClient, role: str, service: "Service") -> dict[str, Sequence[str]]:
    """Return names that exist, by the name of the part of an address."""
    client = client_of
    inputs = {"inputs": {"territory": "62", "kind": "fle", "minutes": 45}}
    job = client.post("/api/v1/processes/gaps/execution", json=inputs).json()["jobID"]
    names: dict[str, Sequence[str]] = {
        "collection": [one["id"] for one in client.get("/ogc/collections").json()["collections"]],
        "layer": [one["layer"] for one in client.get("/api/v1/layers").json()["items"]],
        "process_id": [one["id"] for one in client.get("/api/v1/processes").json()["processes"]],
        "code": ["62", "62041", "R32", "200033579"],
        "job_id": [job],
        "feature": ["62041", "59350"],
    }
    if role in VIEWERS:
        reported = [service.ledger.reports.add("a", "62", "full", "", "fr", now=service.clock()).id for _ in "ab"]
        names |= {"report_id": reported[:1], "removed_report": reported[1:]}
    if role == "administrator":
        lists = [{"file": (f"{one}.xml", f"<lheo>{one}</lheo>".encode())} for one in "ab"]
        sent = [client.post("/api/v1/imports", data={"format": "lheo"}, files=one).json()["id"] for one in lists]
        client.post("/api/v1/users", json={"name": "somebody", "password": PASSWORD, "role": "administrator"})
        version = client.get("/api/v1/layers/offers").json()["snapshot"]
        names |= {"import_id": sent[:1], "removed": sent[1:], "name": ["somebody"], "snapshot": [version]}
    return names


@pytest.fixture(scope="module")
def tally(role: str) -> Tally:
    """Return the answers of each operation, counted by status as they come."""
    _ = role  # one each
    return defaultdict(Counter)


def operations(described: "BaseSchema") -> Iterator["APIOperation"]:
    """Give every operation; the test fails at one that is badly described."""
    for found in described.get_all_operations():
        yield found.ok() if isinstance(found, Ok) else pytest.fail(str(found.err()))


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_every_answer_is_as_documented(
    described: "BaseSchema",
    mode: GenerationMode,
    headers: dict[str, str],
    known: dict[str, Sequence[str]],
    tally: Tally,
    subtests: pytest.Subtests,
) -> None:
    for operation in operations(described):
        with subtests.test(operation.label):
            ask(operation, mode, headers, known, tally[operation.label])


def ask(
    operation: "APIOperation",
    mode: GenerationMode,
    headers: dict[str, str],
    known: Mapping[str, Sequence[str]],
    answers: Counter[int],
) -> None:
    """Ask questions of one operation, good or bad ones."""
    checks = [*CONFORMANCE, *([] if operation.label in LENIENT else [negative_data_rejection])]

    @settings(ASKING, max_examples=max(1, EXAMPLES // 5) if operation.label in HEAVY else EXAMPLES)
    @given(case=operation.as_strategy(generation_mode=mode))
    def one(case: "Case") -> None:
        if mode is GenerationMode.POSITIVE:
            settle(case, known)
        answer = case.call(headers=headers)
        answers[answer.status_code] += 1
        case.validate_response(answer, checks=checks, headers=headers)

    try:
        one()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE, operation.label  # where nothing is asked for, nothing can be wrong


def test_every_operation_was_also_answered_well(role: str, described: "BaseSchema", tally: Tally) -> None:
    """Nothing was hidden behind refusals: each operation the role may use gave its own answer at least once."""
    if not tally:
        pytest.skip("nothing was asked")
    print(role, sum(one.total() for one in tally.values()), {label: dict(one) for label, one in tally.items()})  # noqa: T201
    for operation in operations(described):
        answers = tally[operation.label]
        if operation.label in NEVER_WELL or (role != "administrator" and answers[401] + answers[403]):
            continue
        assert any(200 <= status < 400 for status in answers), (operation.label, answers)


def test_the_examples_of_the_documentation_work(
    described: "BaseSchema", client_of: TestClient, role: str, subtests: pytest.Subtests
) -> None:
    """The page of the documentation fills its forms with them, all of one operation together."""
    for operation in operations(described):
        if operation.method != "get" or operation.label in NEVER_WELL:
            continue
        if role != "public" and operation.label in HEAVY:
            continue
        with subtests.test(operation.label):
            told = operation.definition.raw.get("parameters", ())
            path = operation.path.format_map({one["name"]: example_of(one) for one in told if one["in"] == "path"})
            query: dict[str, Any] = {}
            for one in told:
                if one["in"] == "query" and (found := example_of(one)) is not None:
                    query |= found if isinstance(found, dict) else {one["name"]: found}
            answer = client_of.get(path, params=query, follow_redirects=False)
            own = any(part in operation.path for part in OWN)
            assert answer.status_code in ({200, 303, 401, 403, 404} if own else {200, 303, 401, 403}), answer.text
            held = {"If-None-Match": answer.headers.get("etag", "none")}
            unchanged = client_of.get(path, params=query, headers=held, follow_redirects=False).status_code == 304
            assert unchanged == ("etag" in answer.headers)
            assert "304" in operation.definition.raw["responses"] or not unchanged


def example_of(parameter: Mapping[str, Any]) -> Any:  # noqa: ANN401 -- any JSON
    """Return what the page of the documentation fills in for a parameter; None for nothing."""
    found = parameter.get("example", parameter["schema"].get("example", parameter["schema"].get("default")))
    if isinstance(found, list) and parameter.get("explode") is False:
        return ",".join(map(str, found))
    return found


def settle(case: "Case", known: Mapping[str, Sequence[str]]) -> None:
    """Make a well-formed question one that can be answered: places that exist, parameters that go together."""
    seed = zlib.crc32(repr((case.path_parameters, case.query, case.body)).encode())
    settle_path(case, known, seed)
    query, asked = case.query, {one.name for one in case.operation.query}
    for name in NOT_TOGETHER & set(query):
        del query[name]
    for name, values in SETTLED.items() if "/reports" not in case.operation.label else ():
        if name in asked and (name in query or name in {"place", "territory"}):
            query[name] = values[seed % len(values)]
    if "before" in query and "after" in asked:
        query["before"] = query["after"] = "current"
    if isinstance(case.body, dict):
        settle_body(case.operation.label, case.body)


def settle_path(case: "Case", known: Mapping[str, Sequence[str]], seed: int) -> None:
    """Put names that exist into the address."""
    path = case.path_parameters
    for name in path:
        if name in known:
            path[name] = known[name][seed % len(known[name])]
    if case.operation.label == "DELETE /api/v1/imports/{import_id}" and "removed" in known:
        path["import_id"] = known["removed"][0]  # the other one is still to be read
    if case.operation.label == "DELETE /api/v1/reports/{report_id}" and "removed_report" in known:
        path["report_id"] = known["removed_report"][0]
    if case.operation.label == "GET /maps/{name}":
        path["name"] = "manques-62041-fle"
    if "feature" in path:
        path["collection"] = "communes"


def settle_body(label: str, body: dict[str, Any]) -> None:
    """Give a body what its schema cannot say: words that exist, the file last."""
    if label.startswith("POST /api/v1/processes"):
        body |= {"inputs": {"territory": "200033579", "kind": "fle"}, "outputs": {"csv": {}}}
    if label == "POST /api/v1/users":
        body |= {"password": PASSWORD, "role": "referent", "departements": ["62"], "study": ""}
    if label == "POST /api/v1/imports":
        for name in ("sha256", "mapping", "covers", "name"):
            body.pop(name, None)
        body |= {"format": "lheo", "file": body.pop("file")}
