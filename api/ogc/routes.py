"""Routes of the OGC API - Features: parameters read by hand and answers kept, for speed; documented in ``spec``."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from api.answers import GEOJSON, JSON, Body, dumps, etag_of, not_modified, send, takes_gzip
from api.caller import Caller, caller_of
from api.identity import audited
from api.ogc import documents, pages
from api.ogc.formats import HTML, Format
from api.ogc.items import body_of, body_of_one
from api.ogc.links import OPENAPI, SCHEMA, base_of
from api.ogc.prepared import Prepared, shelf_of
from api.ogc.question import CRS84, only_format, question_of, with_format
from api.ogc.spec import OPERATIONS, document, operation
from api.service import Service, service_of
from geo_integration.disclosure import Viewer
from geo_integration.errors import GeoIntegrationError
from geo_integration.settings import ServiceSettings

if TYPE_CHECKING:
    from fastapi.types import DecoratedCallable

router = APIRouter()
_MOST_USUAL: int = ServiceSettings.model_fields["max_features"].default


def _get(key: str) -> "Callable[[DecoratedCallable], DecoratedCallable]":
    told = operation(key, most=_MOST_USUAL)
    return router.get(
        OPERATIONS[key][0],
        response_class=Response,
        operation_id=told.pop("operationId"),
        openapi_extra=told,
    )


@_get("landing")
async def landing(request: Request) -> Response:
    """Answer with what there is, and where."""
    given, shown = only_format(request)
    told = documents.landing(_base(request), given, shown)
    return _document(request, "landing", told, shown)


router.add_api_route("/", landing, methods=["GET"], include_in_schema=False, response_class=Response)


@router.get("/style.css", include_in_schema=False, response_class=Response)
async def style(request: Request) -> Response:
    """Answer with the style sheet of the pages."""
    return _sent(request, pages.style(), "text/css; charset=utf-8")


@_get("conformance")
async def conformance(request: Request) -> Response:
    """Answer with the classes of the standards that are respected."""
    given, shown = only_format(request)
    told = documents.conformance(_base(request), given, shown)
    return _document(request, "conformance", told, shown)


@_get("api")
async def api(request: Request) -> Response:
    """Answer with the OpenAPI 3.0 description, or lead to the page that shows it."""
    _, shown = only_format(request)
    service, caller = service_of(request), caller_of(request)
    if shown == "html":
        return RedirectResponse(f"{base_of(service, request)}/docs", status_code=303)
    names = service.catalogue.names(caller.viewer)
    told = document(base_of(service, request), names, most=service.settings.max_features)
    return _sent(request, dumps(told), OPENAPI)


@_get("collections")
async def collections(request: Request) -> Response:
    """Answer with the collections that the caller may read."""
    given, shown = only_format(request)
    catalogue, viewer = service_of(request).catalogue, caller_of(request).viewer
    found = [catalogue.get(name, viewer) for name in catalogue.names(viewer)]
    told = documents.collections(_base(request), given, shown, found)
    return _document(request, "collections", told, shown)


@_get("collection")
async def collection(request: Request) -> Response:
    """Answer with what one collection is."""
    given, shown = only_format(request)
    prepared = _prepared(request)
    told = documents.collection(_base(request), given, shown, prepared.collection)
    return _document(request, "collection", told, shown, prepared)


@_get("queryables")
async def queryables(request: Request) -> Response:
    """Answer with the columns to filter on."""
    _, shown = only_format(request)
    prepared = _prepared(request)
    told = documents.queryables(_base(request), prepared.collection)
    return _document(request, "queryables", told, shown, prepared)


@_get("schema")
async def schema(request: Request) -> Response:
    """Answer with every column of the features."""
    _, shown = only_format(request)
    prepared = _prepared(request)
    told = documents.schema(_base(request), prepared.collection)
    return _document(request, "schema", told, shown, prepared)


@_get("items")
async def items(request: Request) -> Response:
    """Answer with a page of features."""
    service = service_of(request)
    prepared = _prepared(request)
    question = question_of(request, prepared.columns, most=service.settings.max_features)
    base = base_of(service, request)
    tag = etag_of(prepared.tag, base, question.key, str(question.limit))
    compressed = takes_gzip(request)

    def make() -> Body:
        return body_of(prepared, question, base, compressed=compressed)

    return await _kept(request, prepared, tag, question.crs, make, light=question.light)


@_get("item")
async def item(request: Request) -> Response:
    """Answer with one feature."""
    given, shown = with_format(request, {"f", "crs"})
    base, prepared = _base(request), _prepared(request)
    feature_id: str = request.path_params["feature"]
    crs = dict(given).get("crs", CRS84)
    tag = etag_of(prepared.tag, base, "item", feature_id, shown, repr(given))
    return await _kept(request, prepared, tag, crs, lambda: body_of_one(prepared, feature_id, crs, given, shown, base))


async def _kept(
    request: Request, prepared: Prepared, tag: str, crs: str, make: Callable[[], Body], *, light: bool = False
) -> Response:
    """Answer from memory, or make the answer; a professional reading about people is written down first.

    What takes less time than to hand it over (``light``) is made at once, the rest in a thread.
    """
    caller = caller_of(request)
    await _audit(request, caller, prepared)
    unchanged = not_modified(request, tag, caller)
    if unchanged is not None:
        return unchanged
    answers, key = shelf_of(request).answers, f"{tag}-gzip" if takes_gzip(request) else tag
    body = answers.get(key)
    if body is None:
        body = make() if light else await run_in_threadpool(make)
        answers.put(key, body)
    headers = {"Content-Crs": f"<{crs}>"} if body.media_type == GEOJSON else None
    return send(request, body, tag=tag, caller=caller, headers=headers)


async def _audit(request: Request, caller: Caller, prepared: Prepared) -> None:
    if caller.is_public or _is_public(request, prepared):
        return
    what = {"collection": prepared.collection.name, "feature": request.path_params.get("feature")}
    await run_in_threadpool(audited, service_of(request), caller, request, "collection.read", **what)


def _is_public(request: Request, prepared: Prepared) -> bool:
    """Say whether the public would be given the very same collection."""
    try:
        return service_of(request).catalogue.get(prepared.collection.name, Viewer.PUBLIC) is prepared.collection
    except GeoIntegrationError:
        return False


def _base(request: Request) -> str:
    return base_of(service_of(request), request)


def _prepared(request: Request) -> Prepared:
    """Return the collection named in the address; NotFoundError, or SignInError where an account would see it."""
    service: Service = service_of(request)
    caller = caller_of(request)
    one = service.catalogue.get(request.path_params["collection"], caller.viewer)
    return shelf_of(request).prepared(one, caller, service.today)


def _document(
    request: Request, template: str, told: dict[str, Any], shown: Format, prepared: Prepared | None = None
) -> Response:
    if shown == "html":
        return _sent(request, pages.page(template, told, _base(request), prepared), HTML)
    media = SCHEMA if template in {"queryables", "schema"} else JSON
    return _sent(request, dumps(told), media)


def _sent(request: Request, content: bytes, media: str) -> Response:
    """Send a small document: made at each request, for it costs less than looking it up; its tag is its hash."""
    caller = caller_of(request)
    tag = etag_of(content.decode(), caller.key)
    return not_modified(request, tag, caller) or send(request, Body(content, media), tag=tag, caller=caller)
