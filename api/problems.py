"""Errors as ``application/problem+json`` (RFC 9457): what, where, the way out; only here is an HTTP status known."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from geo_integration import errors
from geo_integration.errors import GeoIntegrationError
from geo_integration.work.problems import problem_of

MEDIA_TYPE = "application/problem+json"

STATUS: Mapping[type[GeoIntegrationError], HTTPStatus] = {
    errors.SignInError: HTTPStatus.UNAUTHORIZED,
    errors.ForbiddenError: HTTPStatus.FORBIDDEN,
    errors.DisclosureError: HTTPStatus.FORBIDDEN,
    errors.NotFoundError: HTTPStatus.NOT_FOUND,
    errors.UnknownTerritoryError: HTTPStatus.NOT_FOUND,
    errors.SnapshotNotFoundError: HTTPStatus.NOT_FOUND,
    errors.MergeNotFoundError: HTTPStatus.NOT_FOUND,
    errors.MissingDataError: HTTPStatus.NOT_FOUND,
    errors.ConflictError: HTTPStatus.CONFLICT,
    errors.CancelledError: HTTPStatus.CONFLICT,
    errors.TooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.TooManyRequestsError: HTTPStatus.TOO_MANY_REQUESTS,
    errors.UnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.LedgerError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.StoreError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.OptionError: HTTPStatus.BAD_REQUEST,
    errors.UnknownTermError: HTTPStatus.BAD_REQUEST,
    errors.NetworkUnavailableError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.OutsideServiceError: HTTPStatus.UNPROCESSABLE_ENTITY,
}
"""The nearest ancestor of an error that is listed decides; 422 for the others: understood, and not possible."""


class Problem(BaseModel):
    """One error, the same shape everywhere (RFC 9457), in French."""

    type: str = Field(default="about:blank", description="Nature de l'erreur.")
    title: str = Field(description="Nature de l'erreur, en clair.")
    status: int = Field(description="Code HTTP.")
    detail: str = Field(description="Ce qui ne va pas, avec la valeur en cause.")
    where: str = Field(default="", description="Paramètre, fichier, ligne ou couche en cause.")
    way_out: str = Field(default="", description="Ce qu'il faut faire.")
    request_id: str = Field(default="", description="À citer à l'exploitant ; le journal le porte aussi.")


type PageOf = Callable[[Request, Problem], Response | None]
"""What ``app.state.page_of_problem`` is: the same problem for people, or None where a program asks."""


def status_of(error: GeoIntegrationError) -> HTTPStatus:
    """Return the status of a domain error."""
    found = (STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    return next(found, HTTPStatus.UNPROCESSABLE_ENTITY)


def problem(request: Request, error: GeoIntegrationError) -> Response:
    """Return the answer that tells a domain error."""
    status = status_of(error)
    return answer(
        request,
        status,
        **problem_of(error),  # options of the command line are named as parameters are
        headers=_headers(error),
    )


def answer(
    request: Request,
    status: HTTPStatus,
    *,
    title: str,
    detail: str,
    where: str = "",
    way_out: str = "",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a problem document; the page of it where the application has one for who asks (a newcomer)."""
    told = Problem(
        title=title,
        status=status.value,
        detail=detail,
        where=where,
        way_out=way_out,
        request_id=str(getattr(request.state, "request_id", "")),
    )
    plain = {"Cache-Control": "no-store", **(headers or {})}
    page = _page(request, told)
    if page is not None:
        page.headers.update(plain)
        return page
    return JSONResponse(told.model_dump(), status_code=status.value, media_type=MEDIA_TYPE, headers=plain)


def documented(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """Return what OpenAPI says of the errors (and 304) a route may answer with, besides those every route has."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    told: dict[int | str, dict[str, Any]] = {
        status.value: {"description": status.phrase, "content": content} for status in sorted(set(statuses))
    }
    if HTTPStatus.NOT_MODIFIED in statuses:
        told[HTTPStatus.NOT_MODIFIED.value] = {"description": "Inchangé depuis l'ETag donné (If-None-Match)."}
    return told


def _page(request: Request, told: Problem) -> Response | None:
    app = request.scope.get("app")
    draw: PageOf | None = getattr(app.state, "page_of_problem", None) if app is not None else None
    return draw(request, told) if draw is not None else None


def _headers(error: GeoIntegrationError) -> dict[str, str]:
    if isinstance(error, errors.SignInError):
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(error, errors.TooManyRequestsError):
        return {"Retry-After": str(error.retry_after_seconds)}
    return {"Retry-After": "5"} if isinstance(error, errors.UnavailableError | errors.StoreError) else {}
