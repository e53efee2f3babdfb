"""Run the service: web workers (uvicorn), one job runner beside them, one stop for all."""

import contextlib
import logging
import logging.config
import multiprocessing
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import connection

import uvicorn

from api.limits import CLIENT_KEY
from api.observe import MULTIPROCESS
from geo_integration.errors import GeoIntegrationError, OptionError
from geo_integration.logs import catch_all, log_config

_LOG = logging.getLogger("geo_integration.service")
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
"""Seconds before a runner that died is started again; doubled each time it dies young."""
_YOUNG_SECONDS = 60.0
_HUNG_SECONDS = 45
"""Silence after which a worker is replaced; uvicorn's 5 s ended workers that were only loading on a busy machine."""
RUNNER = (sys.executable, "-m", "geo_integration.work.runner")


@dataclass(frozen=True)
class Options:
    """How to run; ``jobs``: with a job runner beside the web workers."""

    host: str
    port: int
    workers: int
    graceful_seconds: int
    jobs: bool = True


def run(options: Options) -> None:
    """Serve until SIGTERM or SIGINT; requests under way then have ``graceful_seconds`` to end.

    The store, the day and the rest are read by each worker from the environment. OptionError where the address
    cannot be listened on; SystemExit where a worker cannot start.
    """
    check_free(options.host, options.port)
    logging.config.dictConfig(log_config())
    catch_all()
    with _environment(options.workers), _quiet_signals():
        keeper = RunnerKeeper((*RUNNER, "--parent", str(os.getpid())), graceful_seconds=options.graceful_seconds)
        if options.jobs:
            keeper.start()
        try:
            uvicorn.run(
                "api.app:create",
                factory=True,
                host=options.host,
                port=options.port,
                workers=options.workers,
                log_config=log_config(),
                access_log=False,
                http="api.protocol:Protocol",
                ws="none",
                proxy_headers=False,  # the application does it, with its own list of proxies
                server_header=False,
                timeout_graceful_shutdown=options.graceful_seconds,
                timeout_worker_healthcheck=_HUNG_SECONDS,
            )
        finally:
            keeper.stop()


def opened[T](opening: Callable[[], T]) -> T:
    """Open what a worker needs; SystemExit where a worker cannot, once the log says so: another is started then.

    The database may be gone for a while; the words of the error are for whoever starts a service by hand.
    """
    try:
        return opening()
    except GeoIntegrationError as error:
        if multiprocessing.parent_process() is None:
            raise
        _LOG.error("worker cannot start: %s", error.title)
        time.sleep(_FIRST_PAUSE)
        raise SystemExit(1) from None


def in_worker() -> None:
    """Make a worker log what nobody caught, and stop when the process over it is gone: killed, it could not say so.

    Nothing in a process that is no worker.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    catch_all()

    def watch() -> None:
        connection.wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent", daemon=True).start()


def check_free(host: str, port: int) -> None:
    """Refuse an address that cannot be listened on (OptionError), before anything is started."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            what = f"impossible d'écouter sur {host}, port {port} ({getattr(error, 'strerror', None) or error})"
            raise OptionError(what, where="--port", way_out="choisir un autre port, ou arrêter ce qui l'occupe") from (
                error
            )


class RunnerKeeper:
    """Keep one process running: start it again when it dies, end it at a stop.

    Parameters
    ----------
    command : what to run; in a process group of its own, so that Ctrl-C reaches it once, through us.
    graceful_seconds : left to it to end before it is killed.
    """

    def __init__(self, command: Sequence[str], *, graceful_seconds: float, pause: float = _FIRST_PAUSE) -> None:
        self._command = tuple(command)
        self._graceful = graceful_seconds
        self._first_pause = pause
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="runner-keeper", daemon=True)

    @property
    def pid(self) -> int | None:
        """Return the process under way, if one is."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def start(self) -> None:
        """Start the process and whoever watches it; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """End the process: asked first, killed after ``graceful_seconds``. Nothing where it was not started."""
        self._stopping.set()
        with self._lock:
            process = self._process
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(self._graceful)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _run(self) -> None:
        pause = self._first_pause
        while True:
            with self._lock:
                if self._stopping.is_set():
                    return
                self._process = subprocess.Popen(self._command, process_group=0)  # noqa: S603 -- our own command
            begun = time.monotonic()
            code = self._process.wait()
            if self._stopping.is_set():
                return
            pause = self._first_pause if time.monotonic() - begun > _YOUNG_SECONDS else min(pause * 2, _LONGEST_PAUSE)
            _LOG.warning("job runner ended, started again", extra={"code": code, "pause_seconds": pause})
            self._stopping.wait(pause)


@contextlib.contextmanager
def _environment(workers: int) -> Iterator[None]:
    """Give the workers what they share: their number, the key of clients, the folder of metrics."""
    os.environ["WEB_CONCURRENCY"] = str(workers)
    os.environ[CLIENT_KEY] = secrets.token_hex(32)
    folder = tempfile.mkdtemp(prefix="geo-metrics-") if workers > 1 else None
    if folder:
        os.environ[MULTIPROCESS] = folder
    try:
        yield
    finally:
        for name in (CLIENT_KEY, MULTIPROCESS):
            os.environ.pop(name, None)
        if folder:
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _quiet_signals() -> Iterator[None]:
    """Let uvicorn alone act on a stop: it raises the signal again once done, which would end us before the runner."""
    kept = {one: signal.signal(one, lambda *_: None) for one in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for one, handler in kept.items():
            signal.signal(one, handler)
