"""Is the service alive, and is it ready: for whoever starts, watches and balances it."""

from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import anyio
from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from api.problems import MEDIA_TYPE
from api.service import ServiceDep
from geo_integration import __version__
from geo_integration.errors import GeoIntegrationError

if TYPE_CHECKING:
    from api.warm import Readiness

_SECONDS = 3.0
"""Longest time a part is waited for: a database that does not even refuse would hold the answer back."""

router = APIRouter(tags=["Exploitation"])


class Health(BaseModel):
    """The process answers."""

    status: str = Field(default="ok", description="« ok » : le processus répond.")
    version: str = Field(description="Version du service.")


class Part(BaseModel):
    """One thing the service needs."""

    ready: bool = Field(description="Vrai si elle répond.")
    detail: str = Field(description="Son état, en clair.")


class Ready(BaseModel):
    """What this worker needs, part by part."""

    title: str = Field(description="L'état, en clair.")
    status: int = Field(description="Code HTTP : 200 prêt, 503 pas encore ou plus.")
    detail: str = Field(description="Ce qui manque, s'il manque quelque chose.")
    parts: dict[str, Part] = Field(description="store (données), ledger (registre), catalogue, finder (recherche).")


@router.get("/health", summary="Le service est-il vivant ?")
async def health() -> Health:
    """Répond tant que le processus vit, même sans base de données."""
    return Health(version=__version__)


@router.get(
    "/ready",
    summary="Le service est-il prêt ?",
    response_model=Ready,
    responses={
        503: {"description": "Pas prêt.", "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Ready"}}}}
    },
)
async def ready(request: Request, service: ServiceDep) -> JSONResponse:
    """Données lisibles, registre joignable, couches et recherche chargées par le processus qui répond."""
    warm: Readiness = request.app.state.keeper.readiness
    parts: dict[str, Part] = {}
    async with anyio.create_task_group() as group:
        group.start_soon(_look, parts, "store", service.store.version)
        group.start_soon(_look, parts, "ledger", service.ledger.ping)
    loading = warm.trouble or "chargement en cours"
    loaded = " ; ".join(filter(None, ("chargé", warm.notes)))
    parts["catalogue"] = Part(ready=warm.catalogue, detail=loaded if warm.catalogue else loading)
    parts["finder"] = Part(ready=warm.finder, detail="chargé" if warm.finder else loading)
    missing = [f"{name} : {part.detail}" for name, part in sorted(parts.items()) if not part.ready]
    status = HTTPStatus.SERVICE_UNAVAILABLE if missing else HTTPStatus.OK
    told = Ready(
        title="Pas prêt" if missing else "Prêt",
        status=status.value,
        detail=" ; ".join(missing),
        parts=dict(sorted(parts.items())),
    )
    headers = {"Cache-Control": "no-store"} | ({"Retry-After": "5"} if missing else {})
    media_type = MEDIA_TYPE if missing else "application/json"
    return JSONResponse(told.model_dump(), status.value, headers, media_type)


async def _look(parts: dict[str, Part], name: str, ask: Callable[[], Any]) -> None:
    part = Part(ready=False, detail=f"pas de réponse en {_SECONDS:g} s")
    with anyio.move_on_after(_SECONDS):
        try:
            await run_sync(ask, abandon_on_cancel=True)
            part = Part(ready=True, detail="répond")
        except GeoIntegrationError as error:
            part = Part(ready=False, detail=error.what)
        except Exception as error:  # noqa: BLE001 -- the answer must come, whatever is broken
            part = Part(ready=False, detail=f"erreur imprévue ({type(error).__name__})")
    parts[name] = part
