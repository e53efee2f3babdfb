"""What the operator sees: one line of JSON per request, Prometheus metrics, ``Server-Timing``.

Routes are named by their template, never by the path or the query asked for: those hold places and names. No client,
account, position or figure is written either.
"""

import logging
import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import override

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.service import Service
from geo_integration.errors import GeoIntegrationError

MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"
"""Environment variable naming the folder in which several workers put their counts together."""

UNKNOWN = "(inconnue)"
"""Route of an address that is not there."""

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """The counts of one worker; :meth:`page` gives those of all of them."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "geo_requests", "Requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "geo_request_seconds",
            "Time from the request to the start of its answer.",
            ("route",),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.ready = Gauge(
            "geo_ready",
            "1 where what is kept warm is loaded; the lowest of the workers.",
            registry=self.registry,
            multiprocess_mode="livemin",
        )
        self.ready.set(0)

    def page(self, state: Collector) -> bytes:
        """Return all metrics as Prometheus reads them, with ``state`` as it is now."""
        folder = os.environ.get(MULTIPROCESS)
        registry = CollectorRegistry()
        if folder:
            _bury(Path(folder))
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        registry.register(state)
        own = b"" if folder else generate_latest(self.registry)
        return own + generate_latest(registry)


class State(Collector):
    """What is read anew at each visit: the store, the jobs."""

    def __init__(self, service: Service) -> None:
        self._service = service

    @override
    def collect(self) -> Iterable[GaugeMetricFamily]:
        yield from self._store()
        yield from self._jobs()

    def _store(self) -> Iterator[GaugeMetricFamily]:
        up = GaugeMetricFamily("geo_store_up", "1 where the store answers.")
        age = GaugeMetricFamily(
            "geo_snapshot_age_seconds", "Since the current snapshot was published.", labels=["layer"]
        )
        try:
            now = self._service.clock()
            for layer in self._service.store.layers():
                published = self._service.store.history(layer)[-1].at
                age.add_metric([layer], (now - published).total_seconds())
            up.add_metric([], 1)
        except GeoIntegrationError:
            up.add_metric([], 0)
        yield up
        yield age

    def _jobs(self) -> Iterator[GaugeMetricFamily]:
        up = GaugeMetricFamily("geo_ledger_up", "1 where the ledger answers.")
        jobs = GaugeMetricFamily("geo_jobs", "Jobs kept, by status.", labels=["status"])
        try:
            for status, count in self._service.ledger.tasks.counts().items():
                jobs.add_metric([str(status)], count)
            up.add_metric([], 1)
        except GeoIntegrationError:
            up.add_metric([], 0)
        yield up
        yield jobs


class ObserveMiddleware:
    """Time, count and log each request."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics
        self._log = logging.getLogger("geo_integration.access")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = time.perf_counter()
        status, seconds = 0, 0.0

        async def told(message: Message) -> None:
            nonlocal status, seconds
            if message["type"] == "http.response.start":
                status, seconds = message["status"], time.perf_counter() - begun
                MutableHeaders(scope=message)["Server-Timing"] = f"app;dur={seconds * 1000:.2f}"
            await send(message)

        try:
            await self.app(scope, receive, told)
        finally:
            self._note(scope, status, seconds or time.perf_counter() - begun)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = route_of(scope)
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        self.metrics.requests.labels(method, route, str(status)).inc()
        self.metrics.seconds.labels(route).observe(seconds)
        if self._log.isEnabledFor(logging.INFO):
            caller = scope.get("state", {}).get("caller")
            told = {
                "route": route,
                "method": method,
                "status": status,
                "milliseconds": round(seconds * 1000, 2),
                "role": caller.viewer.role.value if caller is not None else "",
            }
            self._log.info("request", extra=told)


def route_of(scope: Scope) -> str:
    """Return the template of the route that answered (``/ogc/collections/{name}/items``)."""
    context = scope.get("fastapi", {}).get("effective_route_context")
    for one in (context, scope.get("route")):
        path = getattr(one, "path_format", None) or getattr(one, "path", None)
        if path:
            return str(path)
    return UNKNOWN


router = APIRouter(tags=["Exploitation"])


@router.get(
    "/metrics",
    summary="Mesures pour Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def metrics(request: Request) -> Response:
    """Demandes, durées, tâches par état, âge des données ; rien sur les personnes ni sur ce qu'elles demandent."""
    kept: Metrics = request.app.state.metrics
    page = kept.page(State(request.app.state.service))
    return Response(page, media_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


def _bury(folder: Path) -> None:
    """Forget the gauges of workers that are gone: nobody tells us when one is killed."""
    for path in folder.glob("gauge_live*_*.db"):
        pid = path.stem.rpartition("_")[2]
        if pid.isdigit() and not _runs(int(pid)):
            mark_process_dead(int(pid), str(folder))  # type: ignore[no-untyped-call]


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
