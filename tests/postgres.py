"""A real PostgreSQL with PostGIS for the tests: a private cluster of Debian's binaries, one per pytest worker.

``postgres_url`` gives a fresh database with PostGIS, ``postgres_server`` the cluster itself;
``lone_postgres`` a cluster of one's own, on real disk guarantees, to stop, kill and start again.
Skipped, with the reason, where PostgreSQL or PostGIS is absent.
"""

import itertools
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

_USER = "postgres"
_TEMPLATE = "with_postgis"
_START_SECONDS = 60
_FAST = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")
_numbers = itertools.count()


@dataclass
class Server:
    """A PostgreSQL cluster in a temporary folder, on 127.0.0.1 and a Unix socket in that folder."""

    binaries: Path
    folder: Path
    port: int
    options: tuple[str, ...] = _FAST
    _process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    def url(self, database: str = "postgres", *, user: str = _USER) -> str:
        """Return the address of a database of this cluster."""
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def create(self) -> None:
        """Make the cluster (initdb) in its folder."""
        command = [self.binaries / "initdb", "-D", self.folder / "data", "-U", _USER, "-A", "trust", "-E", "UTF8"]
        _run([*command, "--locale", "C.UTF-8", "--no-sync"])

    def start(self) -> None:
        """Start it and wait until it answers."""
        address = ("-h", "127.0.0.1", "-p", str(self.port), "-k", str(self.folder))
        command = [str(self.binaries / "postgres"), "-D", str(self.folder / "data"), *address, *self.options]
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end:
            if self._process is None or self._process.poll() is not None:  # those killed with it may still be leaving
                with (self.folder / "log").open("ab") as log:
                    self._process = subprocess.Popen(command, stdout=log, stderr=log, **_as_user())  # noqa: S603
            try:
                psycopg.connect(self.url(), connect_timeout=2).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        self.stop()
        raise RuntimeError((self.folder / "log").read_text(errors="replace")[-2000:])

    def stop(self, *, kill: bool = False) -> None:
        """Stop it: at once but in order, or as a power cut would (its children end by themselves)."""
        if self._process is not None:
            if kill:
                self._process.kill()
            else:
                self._process.send_signal(2)
            self._process.wait()
            self._process = None

    def database(self, *, template: str = "template0") -> str:
        """Make an empty database and return its name."""
        name = f"d{os.getpid()}_{next(_numbers)}"
        query = "CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY"
        self.execute(sql.SQL(query).format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def drop(self, database: str) -> None:
        """Remove a database, whoever is connected to it."""
        self.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))

    def execute(self, query: sql.Composed | sql.SQL, database: str = "postgres") -> None:
        """Run one statement as the superuser."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(query)


def _as_user() -> dict[str, object]:
    """Return how a child stops being root: PostgreSQL refuses to run as root."""
    return {"user": _USER, "group": _USER, "extra_groups": []} if os.geteuid() == 0 else {}


def _run(command: list[str | Path]) -> None:
    done = subprocess.run([*map(str, command)], check=False, capture_output=True, cwd="/", **_as_user())  # type: ignore[call-overload]  # noqa: S603
    if done.returncode:
        raise RuntimeError(done.stderr.decode(errors="replace")[-2000:])


def _binaries() -> Path:
    """Return the folder of the newest PostgreSQL that has PostGIS; skip the test where there is none."""
    if os.name == "nt":
        pytest.skip("the tests of PostGIS need Debian's PostgreSQL")
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    found = [path.parent for path in folders if _has_postgis(path.parts[-3])]
    if not found:
        pytest.skip("PostgreSQL or PostGIS is absent: apt-get install postgresql postgis postgresql-15-postgis-3")
    return found[-1]


def _has_postgis(version: str) -> bool:
    return Path(f"/usr/share/postgresql/{version}/extension/postgis.control").is_file()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _serving(options: tuple[str, ...]) -> Iterator[Server]:
    binaries = _binaries()
    folder = Path(tempfile.mkdtemp(prefix="geo-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, _USER, _USER)
    server = Server(binaries, folder, _free_port(), options)
    try:
        server.create()
        server.start()
        server.execute(sql.SQL(f"CREATE DATABASE {_TEMPLATE} TEMPLATE template0"))
        server.execute(sql.SQL("CREATE EXTENSION postgis"), _TEMPLATE)
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """Give a running cluster without guarantees on disk, shared by the tests of a worker: never stop it."""
    yield from _serving(_FAST)


@pytest.fixture(scope="module")
def lone_postgres() -> Iterator[Server]:
    """Give a cluster of a module's own, that writes as a real one does: it may be stopped and killed."""
    yield from _serving(())


@pytest.fixture
def postgres_url(postgres_server: Server) -> Iterator[str]:
    """Give the address of a fresh database with PostGIS, removed at the end."""
    name = postgres_server.database(template=_TEMPLATE)
    yield postgres_server.url(name)
    postgres_server.drop(name)


@pytest.fixture(scope="module")
def postgres_module_url(postgres_server: Server) -> Iterator[str]:
    """Give the address of a database with PostGIS that lasts for a module."""
    name = postgres_server.database(template=_TEMPLATE)
    yield postgres_server.url(name)
    postgres_server.drop(name)
