"""The finder's pages alone, on a copy of the demonstration: in this process, as a server, in Chromium.

The whole service takes half a minute of processor time to warm; this one has only the routes a newcomer's pages need,
behind the same middleware.
"""

import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
import uvicorn
from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from geo_integration.errors import GeoIntegrationError
from geo_integration.features import Catalogue
from geo_integration.jobs import demo
from geo_integration.ledger import open_ledger
from geo_integration.search import Finder
from geo_integration.settings import ServiceSettings
from geo_integration.store import FolderStore

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from api.service import Service

CHROMIUM = shutil.which("chromium")
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
_START_SECONDS = 60.0
_PATIENCE_MILLISECONDS = 90_000
"""For a browser on a machine that does other things too."""

type OpenPage = "Callable[..., Page]"
"""``browser_page(width=360, lang="fr", javascript=True)``: a page of its own context, at the server's address."""


@pytest.fixture(scope="session")
def finder_service(demo_store_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Service]":
    """Return a service on a copy of the demonstration, its finder warm, on the demonstration's day."""
    from api.service import Service  # noqa: PLC0415 -- prometheus_client reads the environment when imported

    folder = tmp_path_factory.mktemp("finder")
    chosen = ServiceSettings(as_of=demo.as_of().isoformat(), public_requests_per_minute=0, refresh_seconds=3600)
    store = FolderStore(Path(shutil.copytree(demo_store_folder, folder / "store")))
    ledger = open_ledger(f"sqlite:///{folder / 'ledger.sqlite3'}", settings=chosen)
    finder = Finder(store, refresh_seconds=chosen.refresh_seconds)
    finder.warm()
    catalogue = Catalogue(store, today=demo.as_of, refresh_seconds=chosen.refresh_seconds)
    yield Service(store, ledger, chosen, catalogue, finder, lambda: datetime.now(tz=UTC))
    ledger.close()


@pytest.fixture(scope="session")
def finder_app(finder_service: "Service") -> FastAPI:
    """Return the application: the finder's routes, the suggestions of places, collections for the map's outlines."""
    import api.finder  # noqa: PLC0415
    import api.ogc  # noqa: PLC0415
    from api import middleware, problems  # noqa: PLC0415
    from api.faults import ErrorsMiddleware  # noqa: PLC0415
    from api.finder.problems import page_of_problem  # noqa: PLC0415
    from api.identity import IdentityMiddleware  # noqa: PLC0415
    from api.v1 import places  # noqa: PLC0415

    passed = [
        Middleware(middleware.RequestIdMiddleware),
        Middleware(middleware.SecurityHeadersMiddleware),
        Middleware(ErrorsMiddleware),
        Middleware(IdentityMiddleware),
        Middleware(
            middleware.BodyLimitMiddleware,
            most=finder_service.settings.max_body_bytes,
            most_upload=finder_service.settings.max_upload_bytes,
        ),
        Middleware(middleware.HeadMiddleware),
    ]

    def told(request: Request, error: Exception) -> Response:
        return problems.problem(request, cast("GeoIntegrationError", error))

    def missing(request: Request, error: Exception) -> Response:
        status = HTTPStatus(cast("HTTPException", error).status_code)
        return problems.answer(request, status, title=status.phrase, detail=status.phrase, way_out="")

    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, middleware=passed)
    app.state.service = finder_service
    app.state.page_of_problem = page_of_problem
    app.add_exception_handler(GeoIntegrationError, told)
    app.add_exception_handler(HTTPException, missing)
    app.include_router(places.router, prefix="/api/v1")
    app.include_router(api.ogc.router, prefix="/ogc")
    app.include_router(api.finder.router)
    return app


@pytest.fixture(scope="session")
def finder_client(finder_app: FastAPI) -> Iterator[TestClient]:
    """Return a client of the application; it follows no redirection."""
    with TestClient(finder_app, follow_redirects=False, raise_server_exceptions=True) as client:
        yield client


@pytest.fixture(scope="session")
def finder_server(finder_app: FastAPI) -> Iterator[str]:
    """Return the address of a server of the application, in a thread of this process."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(finder_app, log_level="warning", access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        end = time.monotonic() + _START_SECONDS
        while not server.started and thread.is_alive() and time.monotonic() < end:
            time.sleep(0.02)
        if not server.started:
            pytest.fail("the finder's server does not start")
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


@pytest.fixture(scope="module")
def chromium() -> "Iterator[Browser]":
    """Return Debian's Chromium; skipped where it is not installed. It ends with its module.

    While Playwright is open its event loop runs in this thread: no other test could start one.
    """
    if CHROMIUM is None:
        pytest.skip("chromium absent : apt-get install chromium")
    from playwright.sync_api import expect, sync_playwright  # noqa: PLC0415 -- only here

    expect.set_options(timeout=_PATIENCE_MILLISECONDS)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield opened
        opened.close()


@pytest.fixture
def browser_page(chromium: "Browser", finder_server: str) -> "Iterator[OpenPage]":
    """Give pages, each in a browser of its own (nothing kept), closed after the test.

    ``lang`` is what the browser asks for; addresses are relative (``page.goto("/")``). ``page.troubles`` lists what the
    console and the pages complained of: assert that it is empty. Other options are those of Playwright's
    ``new_context`` (``service_workers="block"``, ``geolocation=…``).
    """
    contexts = []

    def opened(
        width: int = 360,
        lang: str = "fr",
        *,
        javascript: bool = True,
        height: int = 800,
        **more: Any,  # noqa: ANN401 -- Playwright's
    ) -> "Page":
        options = {"base_url": finder_server, "locale": lang, "viewport": {"width": width, "height": height}, **more}
        context = chromium.new_context(java_script_enabled=javascript, **options)
        context.set_default_timeout(_PATIENCE_MILLISECONDS)
        contexts.append(context)
        page = context.new_page()
        troubles: list[str] = []
        page.on("console", lambda said: troubles.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.troubles = troubles  # type: ignore[attr-defined]
        return page

    yield opened
    for context in contexts:
        context.close()
