"""Alive, ready, and what is said when a part is missing."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest
from starlette.testclient import TestClient

from api.app import create
from api.problems import MEDIA_TYPE
from api.service import Service
from geo_integration.errors import StoreError
from geo_integration.ledger import open_ledger
from geo_integration.settings import ServiceSettings
from geo_integration.store import FolderStore
from tests.api.conftest import service_on


def test_ready_says_each_part(client: TestClient) -> None:
    told = client.get("/ready").json()
    assert (told["status"], told["title"], told["detail"]) == (200, "Prêt", "")
    assert {name: part["ready"] for name, part in told["parts"].items()} == dict.fromkeys(
        ("catalogue", "finder", "ledger", "store"), True
    )


def test_alive_says_the_version(client: TestClient) -> None:
    told = client.get("/health").json()
    assert told["status"] == "ok"
    assert told["version"]


@pytest.fixture
def unready(tmp_path: Path) -> Service:
    """Return a service on a store that holds something else than was published: nothing can be loaded."""
    chosen = ServiceSettings(public_requests_per_minute=0, refresh_seconds=0.2)
    (tmp_path / "store").write_text("not a folder")
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite3'}", settings=chosen)
    return service_on(FolderStore(tmp_path / "store"), ledger, chosen)


def test_not_ready_says_what_is_missing_and_the_service_lives(unready: Service) -> None:
    with TestClient(create(service=unready)) as asked:
        answer = asked.get("/ready")
        assert answer.status_code == 503
        assert answer.headers["content-type"] == MEDIA_TYPE
        assert answer.headers["retry-after"]
        told = answer.json()
        assert told["parts"]["ledger"]["ready"]
        assert not told["parts"]["catalogue"]["ready"]
        assert "catalogue" in told["detail"]
        assert asked.get("/health").status_code == 200
        assert asked.get("/metrics").status_code == 200


class Gone:
    """A store whose database is gone."""

    def version(self) -> str:
        raise StoreError("la base ne répond pas")


class Silent:
    """A store whose database neither answers nor refuses."""

    def version(self) -> str:
        import threading  # noqa: PLC0415

        threading.Event().wait(6)
        return ""


@pytest.mark.parametrize(("store", "words"), [(Gone(), "la base ne répond pas"), (Silent(), "pas de réponse en 3 s")])
def test_a_store_that_is_gone(service: Service, store: object, words: str) -> None:
    app = create(service=service)
    app.state.service = replace(service, store=cast("FolderStore", store), clock=lambda: datetime.now(tz=UTC))
    answer = TestClient(app).get("/ready")  # no lifespan: nothing is loaded either
    assert answer.status_code == 503
    assert answer.json()["parts"]["store"] == {"ready": False, "detail": words}
    assert answer.json()["parts"]["finder"]["detail"] == "chargement en cours"
