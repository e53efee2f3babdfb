"""What the tests of reliability break, and how: processes, disks, raw lines; and what they say of the service after."""

import contextlib
import errno
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from geo_integration.disclosure import Viewer
from geo_integration.jobs import demo
from geo_integration.ledger import Ledger, ledger_location, open_ledger
from geo_integration.ledger.tasks import SERVICE
from geo_integration.settings import ServiceSettings, settings
from geo_integration.store import FolderStore
from geo_integration.work.upkeep import PUBLISH_RESULTS
from tests.api.conftest import PASSWORD, LiveServer, start_server, viewer_of

PROBLEM = "application/problem+json"
WAIT_SECONDS = 120.0
"""How long what must happen is waited for: a limit, not a measure."""
_BLOCK = 65_536
_GROUND = 40_000_000
"""Bytes of a small disk."""

type Json = dict[str, Any]


def until[T](look: Callable[[], T], seconds: float = WAIT_SECONDS) -> T:
    """Look again and again until there is something to see."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.05)
    return found


@dataclass
class Disk:
    """A filesystem of its own, small: really full when filled."""

    path: Path
    real: bool

    @property
    def filler(self) -> Path:
        return self.path / "filler"

    def fill(self) -> None:
        """Take every block that is left."""
        with contextlib.suppress(OSError), self.filler.open("wb", buffering=0) as file:
            size = _BLOCK
            while size:
                try:
                    file.write(b"x" * size)
                except OSError as error:
                    assert error.errno == errno.ENOSPC  # noqa: PT017
                    size //= 2

    def free(self) -> None:
        """Give them back."""
        self.filler.unlink(missing_ok=True)


def without_results(store: Path) -> None:
    """Leave the public results alone in a store that is served with jobs, where no test looks at them."""
    with contextlib.closing(open_ledger(ledger_location(str(store), ServiceSettings()))) as ledger:
        block_results(ledger)


@contextlib.contextmanager
def small_disk(path: Path) -> Iterator[Disk]:
    """Mount a small disk where this machine allows it; a plain folder elsewhere (``real`` says which)."""
    path.mkdir()
    mount = shutil.which("mount")
    command = [str(mount), "-t", "tmpfs", "-o", f"size={_GROUND}", "none", str(path)]
    real = os.geteuid() == 0 and mount is not None
    real = real and subprocess.run(command, check=False, capture_output=True).returncode == 0  # noqa: S603
    try:
        yield Disk(path, real)
    finally:
        if real:
            subprocess.run(["umount", "-l", str(path)], check=False)  # noqa: S603, S607


def block_results(ledger: Ledger) -> None:
    """Have the runner leave the public results alone: it waits ten minutes after they failed."""
    now = datetime.now(tz=UTC)
    task = ledger.tasks.submit(PUBLISH_RESULTS, {}, viewer=Viewer.ADMINISTRATOR, owner=SERVICE, client="", now=now)
    claimed = ledger.tasks.claim("test", now=now)
    assert claimed is not None
    ledger.tasks.fail(task.id, "test", {"title": "", "detail": "", "where": "", "way_out": ""}, now=now)


@dataclass
class Ground:
    """A store, a ledger and temporary files, each on a small disk, and the service on them, started again at will."""

    store_disk: Disk
    ledger_disk: Disk
    temporary: Disk
    logs: Path
    servers: list[LiveServer] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)
    """What no log may hold: everything said to the service that is somebody's."""
    later: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)
    """Identifiers of the requests that were answered."""

    @property
    def store(self) -> FolderStore:
        return FolderStore(self.store_disk.path / "store")

    @property
    def ledger_location(self) -> str:
        return f"sqlite:///{self.ledger_disk.path / 'ledger.sqlite3'}"

    @property
    def server(self) -> LiveServer:
        return self.servers[-1]

    @contextlib.contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """Open the ledger from here, beside the service."""
        found = open_ledger(self.ledger_location)
        try:
            yield found
        finally:
            found.close()

    def start(self, *options: str) -> LiveServer:
        """Start the service; it lives, but is not ready yet."""
        self.servers.append(
            start_server(
                self.store_disk.path / "store",
                self.logs / f"log{len(self.servers)}",
                "--as-of",
                demo.as_of().isoformat(),
                *options,
                GEO_INTEGRATION_LEDGER=self.ledger_location,
                GEO_INTEGRATION_PUBLIC_REQUESTS_PER_MINUTE="0",
                GEO_INTEGRATION_LOGIN_ATTEMPTS_PER_MINUTE="0",
                GEO_INTEGRATION_PUBLIC_JOBS_QUEUED="50",
                GEO_INTEGRATION_REFRESH_SECONDS="0.3",
                TMPDIR=str(self.temporary.path),
            )
        )
        until(self.lives)
        return self.server

    def lives(self) -> bool:
        """Say whether the service answers at all."""
        try:
            return self.server.get("/health").status_code == httpx.codes.OK
        except httpx.TransportError:
            assert self.server.process.poll() is None, self.server.log.read_text()[-3000:]
            return False

    def sign_in(self) -> None:
        """Get a token with the password, as people do."""
        told = self.post("/api/v1/tokens", json={"username": "administrator", "password": PASSWORD})
        assert told.status_code == httpx.codes.OK, told.text
        self.headers = {"Authorization": f"Bearer {told.json()['access_token']}"}
        self.secrets |= {told.json()["access_token"], told.json()["refresh_token"], PASSWORD}

    def get(self, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401
        return self._noted(httpx.get(f"{self.server.url}{path}", headers=self.headers, timeout=60, **options))

    def post(self, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401
        options = {"headers": self.headers} | options
        return self._noted(httpx.post(f"{self.server.url}{path}", timeout=60, **options))

    def _noted(self, answer: httpx.Response) -> httpx.Response:
        self.answered.add(answer.headers["x-request-id"])
        return answer

    def send(self, content: bytes) -> httpx.Response:
        """Send a file to be imported."""
        fields = {"format": "lheo", "name": "lheo-demo", "synthetic": "true"}
        return self.post("/api/v1/imports", data=fields, files={"file": ("offres.xml", content)})

    def job(self, process: str, **inputs: Any) -> str:  # noqa: ANN401
        """Ask for an analysis; return where it is."""
        asked = self.post(f"/api/v1/processes/{process}/execution", json={"inputs": inputs})
        assert asked.status_code == httpx.codes.CREATED, asked.text
        return asked.headers["location"].removeprefix(self.server.url)

    def state(self, path: str) -> Json:
        found: Json = self.get(path).json()
        return found

    def ended(self, path: str) -> Json:
        """Wait for the end of a job."""
        return until(lambda: (told := self.state(path))["status"] not in {"accepted", "running"} and told)

    def published(self) -> dict[str, str]:
        return {layer: history[-1].snapshot for layer, history in self.store.histories().items()}


@contextlib.contextmanager
def ground_at(folder: Path, source: Path) -> Iterator[Ground]:
    """Prepare disks, a copy of a store and accounts; end every server at the end."""
    with contextlib.ExitStack() as stack:
        store, ledgers, temporary = (
            stack.enter_context(small_disk(folder / name)) for name in ("store", "ledger", "temporary")
        )
        ground = Ground(store, ledgers, temporary, folder)
        shutil.copytree(source, ground.store_disk.path / "store")
        with ground.ledger() as ledger:
            block_results(ledger)
            ledger.accounts.add("administrator", PASSWORD, viewer_of("administrator"), now=datetime.now(tz=UTC))
        try:
            yield ground
        finally:
            for server in ground.servers:
                server.stop()
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(server.process.pid, signal.SIGKILL)


def shorter_lheo(padding: int, *, courses: int = 1) -> bytes:
    """Return the demonstration's LHEO file without its first courses, with so many bytes that mean nothing."""
    root = ET.parse(settings().data / "demo" / "lheo_demo.xml").getroot()  # noqa: S314 -- our own file
    offers = next(iter(root.iter(f"{root.tag.partition('}')[0]}}}offres")))
    for _ in range(courses):
        offers.remove(offers[0])
    blank = b"<!--" + b" " * 1000 + b"-->\n"
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n" + blank * (padding // len(blank))


def half_an_upload(ground: Ground, content: bytes) -> socket.socket:
    """Send the beginning of a form with a file, and keep the line open."""
    mark = "frontiere"
    parts = [f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
             for name, value in {"format": "lheo", "name": "lheo-demo", "synthetic": "true"}.items()]  # fmt: skip
    parts.append(f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="offres.xml"\r\n\r\n')
    head = "".join(parts).encode()
    lines = {
        "Host": "x",
        "Content-Type": f"multipart/form-data; boundary={mark}",
        "Content-Length": str(len(head) + len(content) + len(mark) + 8),
        **ground.headers,
    }
    line = connect(ground.server)
    said = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    line.sendall(f"POST /api/v1/imports HTTP/1.1\r\n{said}\r\n".encode() + head + content[: len(content) * 3 // 4])
    return line


def connect(server: LiveServer) -> socket.socket:
    host, port = server.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=60)


@dataclass(frozen=True)
class Raw:
    """An answer, as it came over the line."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Json:
        found: Json = json.loads(self.body)
        return found


def raw(server: LiveServer, request: bytes) -> Raw:
    """Send bytes and read the whole answer; what is asked must close the line."""
    with connect(server) as line:
        with contextlib.suppress(OSError):  # refused before all was sent
            line.sendall(request)
        return read_raw(line)


def read_raw(line: socket.socket) -> Raw:
    """Read the answer to the end of a line."""
    found = b""
    with contextlib.suppress(ConnectionResetError):
        while part := line.recv(_BLOCK):
            found += part
    head, _, body = found.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (one.partition(":") for one in lines)}
    return Raw(int(first.split()[1]) if first else 0, headers, body)


def told(answer: httpx.Response | Raw, *statuses: int) -> Json:
    """Return a problem, once it is one people can use: French words, a way out, the same identifier as the header."""
    status = answer.status if isinstance(answer, Raw) else answer.status_code
    text = answer.body if isinstance(answer, Raw) else answer.content
    assert status in statuses, (status, text[:500])
    assert answer.headers["content-type"] == PROBLEM, answer.headers
    problem: Json = json.loads(text)
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    assert problem["way_out"], problem
    assert problem["request_id"] == answer.headers["x-request-id"]
    return problem


def family(pid: int) -> dict[int, list[int]]:
    """Return each process below one, with its own children."""
    found: dict[int, list[int]] = {}
    waiting = [pid]
    while waiting:
        one = waiting.pop()
        found[one] = []
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{one}/task").iterdir():
                found[one] += [int(child) for child in (task / "children").read_text().split()]
        waiting += found[one]
    return found


def gone(pid: int) -> bool:
    """Say whether a process is no more, or is only waited for."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def runner_of(server: LiveServer) -> int:
    """Return the job runner of a service."""
    (found,) = (pid for pid in family(server.process.pid)[server.process.pid] if "work.runner" in words_of(pid))
    return found


def words_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def computing(server: LiveServer) -> int | None:
    """Return the process that computes a job now: a child of the fork server of the runner."""
    tree = family(runner_of(server))
    below = [child for helper in tree.get(runner_of(server), []) for child in tree.get(helper, [])]
    return below[0] if below else None


def log_lines(server: LiveServer) -> list[Json]:
    """Return the log of a service, line by line; what the command says to whoever starts it comes first, in plain."""
    lines = server.log.read_text().splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("{"))
    return [json.loads(line) for line in lines[first:]]
