"""Long computations under way and done: their state, their results, and how to stop them (OGC API - Processes)."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from api.answers import Body, etag_of, not_modified, send
from api.caller import Caller, CallerDep, ProfessionalDep
from api.identity import audited
from api.paging import PagedDep
from api.policy import policy
from api.problems import Problem, documented
from api.service import Service, ServiceDep
from geo_integration.errors import ConflictError, NotFoundError
from geo_integration.ledger.tasks import Output, Status, Task

router = APIRouter(tags=["Tâches"])

_ENDINGS = {
    "application/geo+json": "geojson",
    "application/json": "json",
    "text/csv": "csv",
    "text/html": "html",
    "application/zip": "zip",
    "application/geopackage+sqlite3": "gpkg",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}
_PACKED = {"application/zip", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
_PRIVATE = "private, no-cache"
"""Whoever holds a job's id may read it: no cache on the way may keep it for others."""

JobId = Annotated[
    str,
    Path(max_length=64, description="Identifiant de la tâche.", examples=["0b8ef1a6-3f63-4c33-9a5c-6d9f0f2f6f11"]),
]


class Link(BaseModel):
    """One link (RFC 8288)."""

    href: str = Field(examples=["https://exemple.fr/api/v1/jobs/0b8ef1a6-3f63-4c33-9a5c-6d9f0f2f6f11"])
    rel: str = Field(examples=["self"])
    type: str = Field(default="application/json", examples=["application/json"])
    title: str = ""


class StatusInfo(BaseModel):
    """Where a job is (statusInfo of OGC API - Processes)."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True, serialize_by_alias=True)

    job_id: str = Field(alias="jobID", description="Identifiant.", examples=["0b8ef1a6-3f63-4c33-9a5c-6d9f0f2f6f11"])
    process_id: str = Field(alias="processID", description="Processus.", examples=["gaps"])
    type: str = Field(default="process")
    status: Status = Field(description="accepted, running, successful, failed ou dismissed.")
    progress: int = Field(ge=0, le=100, description="Avancement, 0 à 100.")
    message: str = Field(description="Ce qui se fait.", examples=["Trajets : 40 lieux sur 120"])
    created: datetime
    started: datetime | None = None
    finished: datetime | None = None
    updated: datetime
    expires: datetime | None = Field(default=None, description="Oubliée après cet instant, avec ses résultats.")
    problem: Problem | None = Field(default=None, description="Ce qui n'allait pas, pour une tâche en échec.")
    links: list[Link]


class Jobs(BaseModel):
    """Jobs, latest first."""

    jobs: list[StatusInfo]
    links: list[Link]


class ResultLink(BaseModel):
    """Where one output is."""

    href: str
    rel: str = "http://www.opengis.net/def/rel/ogc/1.0/results"
    type: str = Field(examples=["application/geo+json"])
    length: int = Field(description="Octets.")


@router.get(
    "/jobs",
    summary="Ses tâches, la plus récente d'abord",
    responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.SERVICE_UNAVAILABLE),
)
def list_jobs(request: Request, service: ServiceDep, caller: ProfessionalDep, page: PagedDep) -> Jobs:
    """Celles du compte ; toutes, pour l'administrateur. Sans compte, garder l'adresse de chaque tâche."""
    owner = None if caller.viewer.sees_everything else caller.name
    found = service.ledger.tasks.list(owner, page.limit, offset=page.offset)
    here = f"{root(request, service)}/jobs"
    return Jobs(jobs=[status_info(request, service, task) for task in found], links=[Link(href=here, rel="self")])


@router.get(
    "/jobs/{job_id}",
    summary="Où en est une tâche",
    responses=documented(HTTPStatus.NOT_FOUND, HTTPStatus.SERVICE_UNAVAILABLE),
)
def one_job(job_id: JobId, request: Request, response: Response, service: ServiceDep, caller: CallerDep) -> StatusInfo:
    """État, avancement et liens. La tâche d'un compte n'est visible que de lui et de l'administrateur."""
    response.headers["Cache-Control"] = "no-store"
    return status_info(request, service, allowed(service, caller, job_id))


@router.get(
    "/jobs/{job_id}/results",
    summary="Les résultats d'une tâche, par leur adresse",
    responses=documented(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE),
)
def job_results(
    job_id: JobId, request: Request, response: Response, service: ServiceDep, caller: CallerDep
) -> dict[str, ResultLink]:
    """Chaque sortie par référence : `result` est du GeoJSON ; les autres sont les fichiers demandés."""
    task = _done(allowed(service, caller, job_id))
    response.headers["Cache-Control"] = "no-store"
    base = f"{root(request, service)}/jobs/{task.id}/results"
    return {
        name: ResultLink(href=f"{base}/{quote(name)}", type=media_type, length=size)
        for name, media_type, size in service.ledger.tasks.outputs(task.id)
    }


def _shape(media: str) -> dict[str, str]:
    return {"type": "object"} if media.endswith("json") else {"type": "string", "format": "binary"}


@router.get(
    "/jobs/{job_id}/results/{name}",
    response_class=Response,
    summary="Un résultat",
    responses={
        200: {"description": "Le fichier", "content": {media: {"schema": _shape(media)} for media in _ENDINGS}},
        **documented(
            HTTPStatus.NOT_MODIFIED, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE
        ),
    },
)
async def job_result(
    job_id: JobId,
    name: Annotated[str, Path(max_length=64, description="Nom de la sortie.", examples=["result"])],
    request: Request,
    service: ServiceDep,
    caller: CallerDep,
) -> Response:
    """Le fichier lui-même. La lecture par un compte est notée au registre d'audit."""
    task = _done(await run_in_threadpool(allowed, service, caller, job_id))
    await run_in_threadpool(
        audited, service, caller, request, "job.result", job=task.id, process=task.process, output=name
    )
    tag = etag_of(task.id, name, str(task.finished_at))
    output = await run_in_threadpool(service.ledger.tasks.output, task.id, name)
    answer = not_modified(request, tag, caller)
    if answer is None:
        answer = await run_in_threadpool(_file, request, caller, task, output, tag)
    answer.headers["Cache-Control"] = _PRIVATE  # on 304 too: its headers replace those that were kept
    if output.media_type.startswith("text/html"):
        answer.headers["Content-Security-Policy"] = await run_in_threadpool(policy, output.body.decode())
    return answer


@router.delete(
    "/jobs/{job_id}",
    summary="Arrêter une tâche, ou en effacer les résultats",
    responses=documented(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE),
)
def dismiss_job(job_id: JobId, request: Request, service: ServiceDep, caller: CallerDep) -> StatusInfo:
    """Une tâche en cours s'arrête ; d'une tâche finie, les résultats sont effacés. Une publication va à son terme."""
    task = allowed(service, caller, job_id)
    return status_info(request, service, service.ledger.tasks.dismiss(task.id, now=service.clock()))


def allowed(service: Service, caller: Caller, job_id: str) -> Task:
    """Return a job this caller may read.

    NotFoundError in the same words where there is none and where it is another's: an account's job is for that
    account, as long as it may see what the job was computed for, and for administrators; a public one for whoever
    has its id.
    """
    try:
        task = service.ledger.tasks.get(job_id)
    except NotFoundError:
        task = None
    if task is not None and (not task.owner or caller.viewer.sees_everything or _own(task, caller)):
        return task
    raise NotFoundError(
        "cette tâche n'existe pas, ou plus, ou n'est pas la vôtre",
        where=f"tâche {job_id[:64]}",
        way_out="se connecter avec le compte qui l'a demandée, ou la demander de nouveau",
    )


def _own(task: Task, caller: Caller) -> bool:
    """Say whether a job is the caller's, and for no more than they may see today."""
    mine, today = task.viewer, caller.viewer
    same = (mine.role, mine.study) == (today.role, today.study) and mine.departements <= today.departements
    return bool(caller.name) and task.owner == caller.name and same


def status_info(request: Request, service: Service, task: Task) -> StatusInfo:
    """Return where a job is, with links."""
    here = f"{root(request, service)}/jobs/{task.id}"
    links = [Link(href=here, rel="self", title="Cette tâche")]
    if task.status is Status.SUCCESSFUL:
        results = "http://www.opengis.net/def/rel/ogc/1.0/results"
        links.append(Link(href=f"{here}/results", rel=results, title="Ses résultats"))
    return StatusInfo(
        jobID=task.id,
        processID=task.process,
        status=task.status,
        progress=task.progress,
        message=task.message,
        created=task.created_at,
        started=task.started_at,
        finished=task.finished_at,
        updated=task.updated_at,
        expires=task.expires_at,
        problem=_problem(task),
        links=links,
    )


def root(request: Request, service: Service) -> str:
    """Return the address of this API."""
    base = service.settings.base_url or str(request.base_url)
    return f"{base.rstrip('/')}/api/v1"


def _problem(task: Task) -> Problem | None:
    if task.problem is None:
        return None
    told: dict[str, Any] = {"status": HTTPStatus.UNPROCESSABLE_ENTITY.value, "title": "Échec", "detail": ""}
    return Problem(**{**told, **task.problem})


def _done(task: Task) -> Task:
    """Return a job that has results; NotFoundError before its end, as the standard asks, ConflictError if it failed."""
    if task.status is Status.SUCCESSFUL:
        return task
    where = f"tâche {task.id}"
    if not task.done:
        raise NotFoundError("résultats pas encore prêts", where=where, way_out="redemander l'état de la tâche")
    what = "cette tâche a échoué" if task.status is Status.FAILED else "cette tâche a été annulée"
    why = str((task.problem or {}).get("detail", ""))
    raise ConflictError(
        f"{what} : {why}" if why else what, where=where, way_out="corriger, puis la demander de nouveau"
    )


def _file(request: Request, caller: Caller, task: Task, output: Output, tag: str) -> Response:
    plain = output.media_type.partition(";")[0]
    name = f"{task.process}-{output.name}.{_ENDINGS.get(plain, 'bin')}"
    shown = "inline" if plain in {"text/html", "application/geo+json", "application/json"} else "attachment"
    headers = {"Content-Disposition": f'{shown}; filename="{name}"'}
    if plain in _PACKED:
        return Response(output.body, media_type=output.media_type, headers={"ETag": f'"{tag}"', **headers})
    return send(request, Body(output.body, output.media_type), tag=tag, caller=caller, headers=headers)
