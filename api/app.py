"""The application: what is opened, in which order a request passes, which router answers where. Wiring only."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from http import HTTPStatus
from typing import cast

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

import api.ogc
import api.v1

# isort: split
import api.maps  # last: it shares parts of api.v1, which shares parts of it
from api import docs_page, finder, health, middleware, observe, problems, validation
from api.faults import ErrorsMiddleware
from api.finder.problems import page_of_problem
from api.identity import IdentityMiddleware
from api.limits import ClientKeys, LimitsMiddleware, Rates
from api.openapi import document
from api.serve import in_worker, opened
from api.service import Service, utc_now
from api.warm import Keeper
from geo_integration import __version__
from geo_integration.errors import GeoIntegrationError
from geo_integration.features import Catalogue
from geo_integration.jobs.imports import address_base
from geo_integration.ledger import ledger_location, open_ledger
from geo_integration.search import Finder
from geo_integration.settings import ServiceSettings, service_settings, settings
from geo_integration.store import open_store

_SPOKEN = {
    HTTPStatus.BAD_REQUEST: ("Demande illisible", "le corps de la demande n'a pas pu être lu"),
    HTTPStatus.NOT_FOUND: ("Introuvable", "cette adresse n'existe pas"),
    HTTPStatus.METHOD_NOT_ALLOWED: ("Méthode refusée", "cette adresse n'accepte pas cette méthode"),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: ("Type refusé", "ce type de corps n'est pas accepté ici"),
}


def create(chosen: ServiceSettings | None = None, *, service: Service | None = None) -> FastAPI:
    """Return the application.

    Parameters
    ----------
    chosen : those of this process by default.
    service : what to serve; opened as the settings say by default (StoreError or LedgerError where that cannot be).
    """
    chosen = chosen or (service.settings if service else service_settings())
    service = service or opened(lambda: open_service(chosen))
    metrics = observe.Metrics()
    app = FastAPI(
        title="geo_integration",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=_lifespan,
        middleware=_passed(chosen, metrics),
    )
    app.state.service = service
    app.state.metrics = metrics
    app.state.keeper = Keeper(service, metrics)
    app.state.page_of_problem = page_of_problem
    app.openapi = lambda: document(app)  # type: ignore[method-assign]
    app.add_exception_handler(GeoIntegrationError, _domain)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.include_router(api.ogc.router, prefix="/ogc")
    app.include_router(api.v1.router, prefix="/api/v1")
    app.include_router(api.maps.router, prefix="/maps")
    for part in (health, observe, docs_page, finder):
        app.include_router(part.router)
    return app


def open_service(chosen: ServiceSettings) -> Service:
    """Open the store and the ledger as the settings say; nothing is loaded yet."""
    location = settings().store
    store = open_store(location)
    ledger = open_ledger(ledger_location(location, chosen), settings=chosen)
    addresses = address_base(settings().addresses or None)
    finder = Finder(store, refresh_seconds=chosen.refresh_seconds, addresses=addresses)

    def today() -> date:
        return service.today

    catalogue = Catalogue(store, today=today, refresh_seconds=chosen.refresh_seconds)
    service = Service(store, ledger, chosen, catalogue, finder, utc_now)
    return service


def _passed(chosen: ServiceSettings, metrics: observe.Metrics) -> list[Middleware]:
    """Return what every request passes, outermost first.

    Limits come before identity, so that guessing tokens is limited too; the size of bodies comes last, so that who may
    not send one at all is told so first.
    """
    return [
        Middleware(ProxyHeadersMiddleware, trusted_hosts=chosen.trusted_proxies),
        Middleware(middleware.RequestIdMiddleware),
        Middleware(observe.ObserveMiddleware, metrics=metrics),
        Middleware(middleware.SecurityHeadersMiddleware),
        Middleware(middleware.PublicReadsMiddleware),
        Middleware(ErrorsMiddleware),
        Middleware(LimitsMiddleware, rates=Rates.of(chosen), clients=ClientKeys.shared()),
        Middleware(middleware.TimeLimitMiddleware, seconds=chosen.request_seconds),
        Middleware(IdentityMiddleware),
        Middleware(middleware.BodyLimitMiddleware, most=chosen.max_body_bytes, most_upload=chosen.max_upload_bytes),
        Middleware(middleware.HeadMiddleware),
    ]


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    keeper: Keeper = app.state.keeper
    in_worker()
    keeper.start()
    yield
    keeper.stop()


def _domain(request: Request, error: Exception) -> Response:
    told = cast("GeoIntegrationError", error)
    told.what, told.where, told.way_out = map(validation.clean, (told.what, told.where, told.way_out))
    return problems.problem(request, told)


def _validation(request: Request, error: Exception) -> Response:
    return validation.refused(request, cast("RequestValidationError", error))


def _http(request: Request, error: Exception) -> Response:
    told = cast("HTTPException", error)
    status = HTTPStatus(told.status_code)
    title, detail = _SPOKEN.get(status, ("Demande refusée", f"code HTTP {status.value}"))
    way_out = "voir /docs" if status is not HTTPStatus.BAD_REQUEST else "envoyer du JSON (UTF-8) bien formé"
    return problems.answer(request, status, title=title, detail=detail, way_out=way_out, headers=told.headers)
