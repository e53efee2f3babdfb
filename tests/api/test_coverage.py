"""Where a course is missing, over HTTP: the figures of the job, for who asks, and never more."""

import csv
import io
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from ogc_support import store_with_gaps
from starlette.testclient import TestClient

from api.caller import Caller
from api.v1.answered import answer
from api.v1.question import MOST_COMMUNES
from geo_integration import territories
from geo_integration.disclosure import Viewer
from geo_integration.jobs import demo
from geo_integration.jobs.gaps import Gaps, compute
from geo_integration.jobs.request import Request
from geo_integration.layers import COVERAGE
from geo_integration.settings import ServiceSettings
from geo_integration.store import FolderStore
from geo_integration.vocabulary import Kind, NeedBasis, TerritoryLevel

if TYPE_CHECKING:
    from pathlib import Path

    from api.service import Service
    from tests.api.conftest import Accounts

ARRAS, ARRAS_EPCI, LILLE = "62041", "200033579", "59350"
QUESTION = {"territory": ARRAS_EPCI, "kind": "fle", "minutes": 30}
COUNTED = {NeedBasis.OFFICIAL.value, NeedBasis.SYNTHETIC.value}


@pytest.fixture(scope="module")
def service_settings(service_settings: ServiceSettings) -> ServiceSettings:
    """Give computations all the time they need on a busy machine: nothing here is about how fast they are."""
    return service_settings.model_copy(update={"request_seconds": 600.0})


@pytest.fixture(scope="module")
def job(service: "Service") -> Gaps:
    """Return what the job says of the same question, for the public."""
    request = Request(ARRAS_EPCI, Kind.FLE, 30, demo.as_of(), viewer=Viewer.PUBLIC)
    return compute(service.store, request)


def by_commune(client: TestClient, headers: dict[str, str] | None = None, **question: Any) -> dict[str, dict[str, Any]]:  # noqa: ANN401
    answer = client.get("/api/v1/gaps", params={**QUESTION, **question}, headers=headers or {})
    assert answer.status_code == 200, answer.text
    return {feature["id"]: feature["properties"] for feature in answer.json()["features"]}


def test_the_figures_are_those_of_the_job(client: TestClient, job: Gaps) -> None:
    told = by_commune(client)
    table = job.coverage.set_index("commune_code")
    assert list(told) == sorted(table.index)
    for code, properties in told.items():
        assert set(properties) == set(COVERAGE.names)
        for name in ("cause", "cause_if_unknown_fits", "need_basis", "offer_id"):
            expected = table.loc[code, name]
            assert properties[name] == (None if pd.isna(expected) else expected)
        for name, decimals in (("out_minutes", 2), ("back_minutes", 2), ("need", 6), ("need_uncovered", 6)):
            expected = table.loc[code, name]
            assert properties[name] == (None if pd.isna(expected) else pytest.approx(expected, abs=10**-decimals))


def test_every_answer_says_where_it_comes_from(client: TestClient) -> None:
    answer = client.get("/api/v1/gaps", params=QUESTION)
    assert answer.headers["content-type"] == "application/geo+json"
    about = answer.json()["about"]
    assert about["as_of"] == demo.as_of().isoformat()
    assert (about["outline"], about["estimated"], about["synthetic"]) == (True, True, True)
    assert len(about["bounds"]) == 2
    assert {"offers", "sessions"} <= set(about["snapshots"])
    assert not {"bpi", "housing"} & set(about["snapshots"])
    assert any("FICTIVES" in note for note in about["notes"])


def test_the_same_as_a_spreadsheet(client: TestClient, job: Gaps) -> None:
    answer = client.get("/api/v1/gaps", params=QUESTION, headers={"Accept": "text/csv"})
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert rows[0][:2] == ["Code commune", "Commune"]
    assert [row[0] for row in rows[1:]] == sorted(job.coverage["commune_code"])


def test_sums_are_those_of_the_job(client: TestClient, job: Gaps) -> None:
    for level in (TerritoryLevel.EPCI, TerritoryLevel.DEPARTEMENT, TerritoryLevel.CTAI):
        told = client.get("/api/v1/gaps/rollups", params={**QUESTION, "by": level.value}).json()["items"]
        table = job.rollups[level]
        assert [item["code"] for item in told] == list(table["code"])
        assert [item["communes_covered"] for item in told] == list(table["communes_covered"])
        assert [item["need"] for item in told] == pytest.approx([float(need) for need in table["need"]], abs=1e-6)
    sheet = client.get("/api/v1/gaps/rollups", params={**QUESTION, "f": "csv"})
    assert sheet.content.decode("utf-8-sig").count("\r\n") == 1 + len(job.rollups[TerritoryLevel.EPCI])


def test_a_referent_sees_their_departement_in_full_and_the_public_only_classes(
    client: TestClient, service: "Service", accounts: "Accounts"
) -> None:
    own, public = by_commune(client, accounts.headers_of("referent62")), by_commune(client)
    everything = by_commune(client, accounts.headers_of("administrator"))
    assert {row["need_basis"] for row in own.values()} <= COUNTED
    assert {code: row["need"] for code, row in own.items()} == {code: row["need"] for code, row in everything.items()}
    assert not {row["need_basis"] for row in public.values()} & COUNTED
    assert {code: row["need"] for code, row in public.items()} != {code: row["need"] for code, row in own.items()}

    strange = by_commune(client, accounts.headers_of("referent59"))
    assert not {row["need_basis"] for row in strange.values()} & COUNTED
    assert by_commune(client, accounts.headers_of("referent62"), territory=LILLE)[LILLE]["need_basis"] not in COUNTED

    entries = [one for one in service.ledger.audit.entries(20) if one.action == "gaps.read"]
    assert {one.user_name for one in entries} == {"referent62", "referent59", "administrator"}
    assert (entries[0].what["territory"], entries[0].what["kind"]) == (LILLE, "fle")


def test_what_one_sees_is_never_served_to_another(client: TestClient, accounts: "Accounts") -> None:
    mine = client.get("/api/v1/gaps", params=QUESTION, headers=accounts.headers_of("referent62"))
    theirs = client.get("/api/v1/gaps", params=QUESTION, headers={"If-None-Match": mine.headers["etag"]})
    assert theirs.status_code == 200
    assert mine.headers["cache-control"] == "private, no-cache"
    assert theirs.headers["cache-control"].startswith("public")
    assert "Authorization" in theirs.headers["vary"]
    held = {**accounts.headers_of("referent62"), "If-None-Match": mine.headers["etag"]}
    assert client.get("/api/v1/gaps", params=QUESTION, headers=held).status_code == 304


def test_a_learner_changes_the_answer(client: TestClient) -> None:
    params = {**QUESTION, "schooling": "none", "kind": "fle"}
    refused = client.get("/api/v1/gaps", params=params)
    assert refused.status_code == 400  # FLE is not for who never went to school
    asked = client.get("/api/v1/gaps", params={**QUESTION, "free_of_charge": True, "status": "bpi"}).json()
    assert any(note.startswith("Profil demandé") for note in asked["about"]["notes"])


@pytest.mark.parametrize(
    ("question", "status", "where"),
    [
        ({}, 400, "territory"),
        ({"territory": "zzzz"}, 404, ""),
        ({"territory": "62041", "minutes": 0}, 400, "minutes"),
        ({"territory": "62041", "kind": "danse"}, 400, "kind"),
        ({"territory": "62041", "goal": "work"}, 400, "kind"),
        ({"territory": "62041", "f": "pdf"}, 400, "f"),
        ({"territory": "62041", "network": "../../etc"}, 400, "network"),
        ({"territory": "62041", "as_of": "hier"}, 400, "as_of"),
        ({"territory": "R32", "minutes": 31}, 400, "territory"),
        ({"territory": "62041", "mode": "transit"}, 400, "mode"),
        ({"territory": "62041", "network": "absent"}, 422, ""),
    ],
)
def test_what_cannot_be_answered_is_told(
    client: TestClient, question: dict[str, object], status: int, where: str
) -> None:
    for path in ("/api/v1/gaps", "/api/v1/gaps/rollups"):
        answer = client.get(path, params=question)  # type: ignore[arg-type]
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        if where:
            assert answer.json()["where"] == where
    if question.get("territory") == "R32" or question.get("mode") == "transit":
        assert "POST /api/v1/processes/gaps/execution" in answer.json()["way_out"]


def test_a_goal_names_the_kind_where_nobody_does(client: TestClient) -> None:
    told = client.get("/api/v1/gaps", params={"territory": ARRAS, "goal": "parent"}).json()
    assert {feature["properties"]["kind"] for feature in told["features"]} == {"oepre"}


def test_every_departement_is_small_enough_and_no_region_of_several_is() -> None:
    counts = territories.departements(geometry=False)["communes"]
    assert counts.max() <= MOST_COMMUNES < territories.regions(geometry=False)["communes"].max()


def test_no_sums_by_quarter_without_quarters(client: TestClient) -> None:
    answer = client.get("/api/v1/gaps/rollups", params={**QUESTION, "by": "qpv"})
    assert answer.status_code == 404
    assert "epci" in answer.json()["way_out"]


@pytest.fixture(scope="module")
def published(demo_store_folder: "Path", tmp_path_factory: pytest.TempPathFactory) -> FolderStore:
    return FolderStore(store_with_gaps(demo_store_folder, tmp_path_factory))


def test_a_published_result_answers_as_the_computation_does(published: FolderStore, service: "Service") -> None:
    caller, today = Caller(Viewer.PUBLIC), demo.as_of()
    request = Request(ARRAS_EPCI, Kind.ALPHABETISATION, 45, today, viewer=Viewer.PUBLIC)
    kept = answer(published, request, caller, today=today, seconds=60)
    made = answer(service.store, request, caller, today=today, seconds=60)
    assert "coverage.alphabetisation" in kept.about.snapshots
    assert "coverage.alphabetisation" not in made.about.snapshots
    assert not {"bpi", "housing"} & set(kept.about.snapshots)
    pd.testing.assert_frame_equal(pd.DataFrame(kept.coverage), pd.DataFrame(made.coverage), check_dtype=False)
    assert set(kept.rollups) == set(made.rollups)
    for level, table in made.rollups.items():
        pd.testing.assert_frame_equal(kept.rollups[level], table, check_dtype=False)
    assert kept.about.notes == made.about.notes
    assert (kept.about.estimated, kept.about.outline, kept.about.method) == (
        made.about.estimated,
        made.about.outline,
        made.about.method,
    )


def test_a_published_result_answers_for_a_whole_region_and_only_for_the_public(published: FolderStore) -> None:
    today = demo.as_of()
    region = Request("R32", Kind.ALPHABETISATION, 45, today, viewer=Viewer.PUBLIC)
    found = answer(published, region, Caller(Viewer.PUBLIC), today=today, seconds=60)
    assert len(found.coverage) == len(territories.select("R32").commune_codes)
    own = Request(ARRAS, Kind.ALPHABETISATION, 45, today, viewer=Viewer.referent(["62"]))
    computed = answer(published, own, Caller(Viewer.referent(["62"])), today=today, seconds=60)
    assert "coverage.alphabetisation" not in computed.about.snapshots
    assert set(computed.coverage["need_basis"]) <= COUNTED
