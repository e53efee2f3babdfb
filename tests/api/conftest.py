"""A service on a copy of the demonstration: in this process, or a real server process."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from starlette.testclient import TestClient

from geo_integration.disclosure import Viewer, parse_viewer
from geo_integration.features import Catalogue
from geo_integration.jobs import demo
from geo_integration.ledger import Ledger, open_ledger
from geo_integration.search import Finder
from geo_integration.settings import ServiceSettings
from geo_integration.store import FolderStore

if TYPE_CHECKING:
    from fastapi import FastAPI

    from api.service import Service

PASSWORD = "une phrase assez longue pour un mot de passe"  # noqa: S105 -- of tests only
VIEWERS: Mapping[str, str] = {
    "referent62": "referent:62",
    "referent59": "referent:59",
    "contractor62": "contractor:ETUDE-1:62",
    "administrator": "administrator",
}
"""Account → who it is, as the command line says it."""
_WARM_SECONDS = 240.0
_SERVE = ("-c", "from geo_integration.cli import main; main()", "serve")
_ROOT = Path(__file__).parents[2]


@dataclass
class Accounts:
    """One account per role, with what its requests carry."""

    ledger: Ledger
    now: Callable[[], datetime]
    _headers: dict[str, dict[str, str]] = field(default_factory=dict)

    def headers_of(self, name: str) -> dict[str, str]:
        """Return ``{"Authorization": "Bearer …"}`` for a name of :data:`VIEWERS`; the account is made at first use."""
        if name not in self._headers:
            account = self.ledger.accounts.add(name, PASSWORD, viewer_of(name), now=self.now())
            pair = self.ledger.tokens.issue(account, now=self.now())
            self._headers[name] = {"Authorization": f"Bearer {pair.access}"}
        return self._headers[name]


def viewer_of(name: str) -> Viewer:
    """Return what an account of :data:`VIEWERS` may see."""
    return parse_viewer(VIEWERS[name], known_departements=("59", "62"))


@pytest.fixture
def demo_copy(demo_store_folder: Path, tmp_path: Path) -> Path:
    """Return a store with the demonstration that one test may write to."""
    return Path(shutil.copytree(demo_store_folder, tmp_path / "store"))


@pytest.fixture(scope="module")
def service_settings() -> ServiceSettings:
    """Return the settings of the service under test: the demonstration's day, no limit per minute."""
    return ServiceSettings(
        as_of=demo.as_of().isoformat(),
        public_requests_per_minute=0,
        login_attempts_per_minute=0,
        refresh_seconds=0.2,
    )


@pytest.fixture(scope="module")
def service(
    demo_store_folder: Path, service_settings: ServiceSettings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator["Service"]:
    """Return a service on a copy of the demonstration, one per module: publish in it only what the module expects."""
    folder = tmp_path_factory.mktemp("service")
    store = FolderStore(Path(shutil.copytree(demo_store_folder, folder / "store")))
    ledger = open_ledger(f"sqlite:///{folder / 'ledger.sqlite3'}", settings=service_settings)
    yield service_on(store, ledger, service_settings)
    ledger.close()


def service_on(store: FolderStore, ledger: Ledger, chosen: ServiceSettings) -> "Service":
    """Return a service on these parts; nothing is loaded yet."""
    from api.service import Service  # noqa: PLC0415 -- prometheus_client reads the environment when imported

    return Service(
        store,
        ledger,
        chosen,
        Catalogue(store, today=demo.as_of, refresh_seconds=chosen.refresh_seconds),
        Finder(store, refresh_seconds=chosen.refresh_seconds),
        lambda: datetime.now(tz=UTC),
    )


@pytest.fixture(scope="module")
def app(service: "Service") -> "FastAPI":
    """Return the application on that service."""
    from api.app import create  # noqa: PLC0415

    return create(service=service)


@pytest.fixture(scope="module")
def client(app: "FastAPI") -> Iterator[TestClient]:
    """Return a client of the application, once everything is loaded."""
    with TestClient(app, raise_server_exceptions=False) as found:
        if not app.state.keeper.wait(_WARM_SECONDS):
            pytest.fail(f"the service does not become ready: {app.state.keeper.readiness}")
        yield found


@pytest.fixture(scope="module")
def accounts(service: "Service") -> Accounts:
    """Return one account per role: ``accounts.headers_of("referent62")``."""
    return Accounts(service.ledger, service.clock)


@dataclass
class LiveServer:
    """A ``geo-integration serve`` of its own."""

    process: subprocess.Popen[str]
    url: str
    store: Path
    log: Path

    def get(self, path: str, **options: object) -> httpx.Response:
        """Ask for an address of it."""
        return httpx.get(f"{self.url}{path}", timeout=60, **options)  # type: ignore[arg-type]

    def wait_ready(self, seconds: float = _WARM_SECONDS) -> None:
        """Wait until it says that it is ready; RuntimeError with its log where it does not."""
        self._wait("/ready", seconds)

    def wait_alive(self, seconds: float = _WARM_SECONDS) -> None:
        """Wait until it answers at all: what needs nothing loaded need not wait for it."""
        self._wait("/health", seconds)

    def _wait(self, path: str, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            try:
                if self.get(path).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.2)
        raise RuntimeError(f"no {path} ({self.process.poll()}):\n{self.log.read_text()[-4000:]}")

    def stop(self, seconds: float = 40) -> int:
        """Ask it to end and wait; return its exit code. Killed, with what it started, where it does not."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            return self.process.wait(10)


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_server(store: Path | str, log: Path, *options: str, **environment: str) -> LiveServer:
    """Start ``geo-integration serve`` on a store; :meth:`LiveServer.stop` it."""
    port = free_port()
    command = [sys.executable, *_SERVE, "--port", str(port), "--store", str(store), *options]
    said = {key: value for key, value in os.environ.items() if not key.startswith("GEO_INTEGRATION_")}
    with log.open("w") as out:
        process = subprocess.Popen(  # noqa: S603 -- our own command
            command,
            stdout=out,
            stderr=subprocess.STDOUT,
            text=True,
            env=said | environment,
            cwd=_ROOT,
            start_new_session=True,
        )
    return LiveServer(process, f"http://127.0.0.1:{port}", Path(store), log)


@pytest.fixture(scope="module")
def live_server(demo_store_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """Return a real server on a copy of the demonstration, alive, without job runner; one per module."""
    folder = tmp_path_factory.mktemp("live")
    store = Path(shutil.copytree(demo_store_folder, folder / "store"))
    server = start_server(
        store,
        folder / "log",
        "--no-jobs",
        "--as-of",
        demo.as_of().isoformat(),
        GEO_INTEGRATION_PUBLIC_REQUESTS_PER_MINUTE="0",
    )
    try:
        server.wait_alive()
        yield server
    finally:
        server.stop()
