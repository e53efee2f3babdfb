"""Logs and metrics: what is written, and above all what never is."""

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from geo_integration.logs import Formatter, log_config, where_was


def samples(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (one.name, tuple(sorted(one.labels.items()))): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


def count(client: TestClient, route: str, status: str, method: str = "GET") -> float:
    labels = (("method", method), ("route", route), ("status", status))
    return samples(client.get("/metrics").text).get(("geo_requests_total", labels), 0)


def test_requests_are_counted_by_template_and_status(client: TestClient) -> None:
    template = "/ogc/collections/{collection}"
    before = count(client, template, "404")
    client.get("/ogc/collections/inconnue-1")
    client.get("/ogc/collections/inconnue-2")
    assert count(client, template, "404") == before + 2
    assert "inconnue-1" not in client.get("/metrics").text


def test_an_address_that_is_not_there_has_no_name(client: TestClient) -> None:
    before = count(client, "(inconnue)", "404")
    client.get("/Amina-Diallo/48.85,2.35")
    assert count(client, "(inconnue)", "404") == before + 1


def test_state_of_the_service(client: TestClient) -> None:
    found = samples(client.get("/metrics").text)
    assert found["geo_store_up", ()] == 1
    assert found["geo_ledger_up", ()] == 1
    assert found["geo_ready", ()] == 1
    assert found["geo_snapshot_age_seconds", (("layer", "offers"),)] > 0


def test_head_is_counted_as_such(client: TestClient) -> None:
    before = count(client, "/health", "200", "HEAD")
    client.head("/health")
    assert count(client, "/health", "200", "HEAD") == before + 1


def test_one_line_per_request_without_path_query_or_client(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="geo_integration.access"):
        client.get(
            "/ogc/collections/communes/items?bbox=2.31,48.71,2.32,48.72&nom=Amina",
            headers={"X-Request-ID": "visible-id-1"},
        )
    (record,) = [one for one in caplog.records if one.name == "geo_integration.access"]
    line = Formatter().format(record)
    told = json.loads(line)
    assert told["route"] == "/ogc/collections/{collection}/items"
    assert (told["method"], told["status"], told["role"]) == ("GET", 400, "public")
    assert told["milliseconds"] > 0
    assert told["level"] == "INFO"
    assert set(told) == {"at", "level", "logger", "message", "route", "method", "status", "milliseconds", "role"}
    for hidden in ("2.31", "48.7", "Amina", "communes", "testclient", "bbox"):
        assert hidden not in line


def test_an_error_is_logged_without_its_words() -> None:
    def inner() -> None:
        raise KeyError("48.85 Amina")

    try:
        try:
            inner()
        except KeyError as error:
            raise RuntimeError("chez Amina") from error
    except RuntimeError as error:
        lines = list(where_was(error))
        record = logging.LogRecord(
            "a", logging.ERROR, "", 0, "failed", None, (RuntimeError, error, error.__traceback__)
        )
    assert lines[0] == "builtins.RuntimeError"
    assert "builtins.KeyError" in lines
    assert any("inner" in line for line in lines)
    line = Formatter().format(record)
    assert "Amina" not in line
    assert json.loads(line)["exc_info"] == lines


def test_the_log_says_the_request() -> None:
    script = """
import logging, logging.config
from geo_integration.logs import REQUEST_ID, log_config
logging.config.dictConfig(log_config())
logging.getLogger("geo_integration.service").info("without")
REQUEST_ID.set("abcdefgh")
logging.getLogger("geo_integration.access").info("with", extra={"status": 200})
logging.getLogger("uvicorn.access").info("never")
logging.getLogger("httpx").info("never")
"""
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True)  # noqa: S603
    first, second = map(json.loads, done.stderr.splitlines())
    assert first["message"] == "without"
    assert "request_id" not in first
    assert (second["request_id"], second["status"]) == ("abcdefgh", 200)


def test_uvicorn_takes_the_configuration() -> None:
    assert log_config()["loggers"]["uvicorn.access"] == {"handlers": [], "propagate": False}


def test_two_processes_count_together(tmp_path: Path) -> None:
    """Two workers each count; whichever is asked tells both, and forgets the gauge of the one that ended."""
    script = """
import sys
from prometheus_client import CollectorRegistry
from api.observe import Metrics
class Nothing:
    def collect(self): return []
counts = Metrics()
counts.requests.labels("GET", "/health", "200").inc(int(sys.argv[1]))
counts.ready.set(int(sys.argv[2]))
print(counts.page(Nothing()).decode())
"""
    root = Path(__file__).parents[2]

    def worker(requests: str, ready: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
        command = [sys.executable, "-c", script, requests, ready]
        environment = {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "PATH": ""}
        done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=True)  # noqa: S603
        return samples(done.stdout)

    labels = (("method", "GET"), ("route", "/health"), ("status", "200"))
    worker("3", "0")
    found = worker("4", "1")
    assert found["geo_requests_total", labels] == 7
    assert found["geo_ready", ()] == 1  # the first, not ready, is gone
