"""Doing the work the queue holds, in a test: the real runner, one task at a time, when the test says so."""

from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING

from starlette.testclient import TestClient

from geo_integration.work.runner import Runner

if TYPE_CHECKING:
    from api.service import Service

type Json = dict[str, object]


@dataclass
class Queue:
    """The queue of one service, and what works it off."""

    service: "Service"
    client: TestClient

    def work(self) -> None:
        """Have the next task done, in a process of its own as always."""
        ledger = self.service.ledger
        location = ledger.engine.url.render_as_string(hide_password=False)
        runner = Runner(self.service.store.location, location, ledger, self.service.settings, Event())
        assert runner.step()

    def done(self, address: str, headers: dict[str, str]) -> Json:
        """Have the job at an address done; return its last state."""
        self.work()
        found: Json = self.client.get(address, headers=headers).json()
        assert found["status"] in {"successful", "failed"}, found
        return found


def ask(client: TestClient, process: str, inputs: Json, headers: dict[str, str] | None = None, **more: object) -> Json:
    """Ask for an analysis; return its status and where it is (``location``)."""
    answer = client.post(
        f"/api/v1/processes/{process}/execution", json={"inputs": inputs, **more}, headers=headers or {}
    )
    assert answer.status_code == 201, answer.text
    return {**answer.json(), "location": answer.headers["location"].removeprefix("http://testserver")}
