"""``/docs`` (Swagger UI from the installed package, no CDN, no inline script) and ``/openapi.json``."""

from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse
from swagger_ui_bundle import swagger_ui_path

from api import answers
from api.caller import CallerDep
from api.openapi import document
from geo_integration.errors import NotFoundError
from geo_integration.settings import settings

_PACKAGED = ("swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png")
_OURS = ("start.js", "docs.css")
_HOUR = {"Cache-Control": "public, max-age=3600"}

router = APIRouter(include_in_schema=False)


@router.get("/docs")
def docs() -> FileResponse:
    """Show the API, and let it be tried."""
    return FileResponse(_own("index.html"), media_type="text/html; charset=utf-8", headers=_HOUR)


@router.get("/docs/assets/{name}")
def asset(name: str) -> FileResponse:
    """Give one file of that page."""
    if name in _PACKAGED:
        return FileResponse(Path(swagger_ui_path) / name, headers=_HOUR)
    if name in _OURS:
        return FileResponse(_own(name), headers=_HOUR)
    raise NotFoundError(f"fichier « {name} » absent de la documentation")


@router.get("/openapi.json")
def openapi(request: Request, caller: CallerDep) -> Response:
    """Describe the API (OpenAPI 3.0), computed once per process."""
    state = request.app.state
    body = getattr(state, "openapi_body", None)
    if body is None:
        content = answers.dumps(document(request.app))
        body = state.openapi_body = answers.Body(content, "application/vnd.oai.openapi+json;version=3.0")
    tag = answers.etag_of("openapi", body.content.decode())
    return answers.not_modified(request, tag, caller) or answers.send(request, body, tag=tag, caller=caller)


def _own(name: str) -> Path:
    return settings().static / "api" / "docs" / name
