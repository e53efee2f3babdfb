"""Files sent to be published: received, checked, looked at, published. For administrators."""

import io
from http import HTTPStatus
from typing import Annotated, Any

import pandas as pd
from fastapi import APIRouter, Path, Request, Response
from starlette.concurrency import run_in_threadpool

from api.caller import AdministratorDep, Caller
from api.identity import audited
from api.paging import FormParameter, PagedDep
from api.problems import Problem, documented
from api.service import Service, ServiceDep
from api.told import CSV, FORMS, form_of
from api.v1.import_models import FORM, ImportInfo, Imports
from api.v1.jobs import Link, StatusInfo, root, status_info
from api.v1.processes import submit
from api.v1.receiving import receive
from api.v1.snapshot_models import Report
from api.v1.snapshots import report_answer
from geo_integration.errors import ConflictError, NotFoundError
from geo_integration.ledger.tasks import Task
from geo_integration.ledger.uploads import Upload, UploadStatus
from geo_integration.store.contract import REPORT_COLUMNS
from geo_integration.work.staged import FUNDED

router = APIRouter(tags=["Imports"])

_REFUSALS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.SERVICE_UNAVAILABLE)

ImportId = Annotated[
    str,
    Path(max_length=64, description="Identifiant de l'import.", examples=["0b8ef1a6-3f63-4c33-9a5c-6d9f0f2f6f11"]),
]


@router.post(
    "/imports",
    status_code=HTTPStatus.CREATED,
    summary="Envoyer un fichier à importer (administrateur)",
    response_description="L'import ; son adresse est aussi dans l'en-tête Location",
    openapi_extra={"requestBody": FORM},
    responses=documented(
        *_REFUSALS,
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    ),
)
async def send_file(request: Request, response: Response, service: ServiceDep, caller: AdministratorDep) -> ImportInfo:
    """Reçoit le fichier au fil de l'eau, puis en demande le contrôle. Rien n'est publié à ce stade."""
    upload = await receive(request, service, caller)
    await run_in_threadpool(audited, service, caller, request, "import.sent", upload=upload.id, format=upload.format)
    if upload.format != FUNDED:
        upload = (await run_in_threadpool(_ask, service, caller, upload, "check-import"))[0]
    info = _info(request, service, upload)
    response.headers["Location"] = info.links[0].href
    return info


@router.get(
    "/imports", summary="Les imports, le plus récent d'abord (administrateur)", responses=documented(*_REFUSALS)
)
def list_imports(request: Request, service: ServiceDep, _: AdministratorDep, page: PagedDep) -> Imports:
    """Fichiers envoyés, où ils en sont, et ce que publier changerait."""
    found = service.ledger.uploads.list(limit=page.offset + page.limit)[page.offset :]
    return Imports(items=[_info(request, service, one) for one in found])


@router.get(
    "/imports/{import_id}",
    summary="Où en est un import (administrateur)",
    responses=documented(*_REFUSALS, HTTPStatus.NOT_FOUND),
)
def one_import(import_id: ImportId, request: Request, service: ServiceDep, _: AdministratorDep) -> ImportInfo:
    """État, comptes, problèmes et différences avec ce qui est publié."""
    return _info(request, service, service.ledger.uploads.get(import_id))


@router.get(
    "/imports/{import_id}/report",
    response_model=Report,
    summary="Le rapport d'un import, problème par problème (administrateur)",
    responses={
        200: {"content": {CSV: {"schema": {"type": "string"}}}},
        **documented(*_REFUSALS, HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
    },
)
def import_report(
    import_id: ImportId,
    request: Request,
    service: ServiceDep,
    caller: AdministratorDep,
    page: PagedDep,
    f: FormParameter = None,
) -> Response:
    """Chaque ligne rejetée ou réparée : fichier, endroit, valeur, raison. En JSON ou en CSV, par pages."""
    form = form_of(request, f, FORMS)
    upload = service.ledger.uploads.get(import_id)
    audited(service, caller, request, "report.read", upload=upload.id)
    return report_answer(_report(service, upload), page, form=form)


@router.post(
    "/imports/{import_id}/check",
    status_code=HTTPStatus.CREATED,
    summary="Contrôler de nouveau (administrateur)",
    responses=documented(*_REFUSALS, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def check_import(
    import_id: ImportId, request: Request, response: Response, service: ServiceDep, caller: AdministratorDep
) -> StatusInfo:
    """Compare de nouveau le fichier à ce qui est publié maintenant."""
    upload = service.ledger.uploads.get(import_id)
    if upload.status is UploadStatus.PUBLISHED:
        raise ConflictError("cet envoi est déjà publié", where=f"envoi {upload.id}", way_out="envoyer un autre fichier")
    return _asked(request, response, service, caller, upload, "check-import")


@router.post(
    "/imports/{import_id}/publication",
    status_code=HTTPStatus.CREATED,
    summary="Publier un import contrôlé (administrateur)",
    responses=documented(*_REFUSALS, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def publish_import(
    import_id: ImportId, request: Request, response: Response, service: ServiceDep, caller: AdministratorDep
) -> StatusInfo:
    """Demande la publication des octets contrôlés. La version d'avant reste lisible, et on peut y revenir."""
    upload = service.ledger.uploads.get(import_id)
    if upload.status is not UploadStatus.CHECKED:
        raise ConflictError(
            f"cet envoi n'est pas à l'état « checked » mais « {upload.status.value} »",
            where=f"envoi {upload.id}",
            way_out="attendre la fin du contrôle ; un fichier refusé se corrige et s'envoie de nouveau",
        )
    audited(service, caller, request, "import.publish", upload=upload.id, sha256=upload.sha256)
    return _asked(request, response, service, caller, upload, "publish-import")


@router.delete(
    "/imports/{import_id}",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Effacer un envoi (administrateur)",
    responses=documented(*_REFUSALS, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def remove_import(import_id: ImportId, request: Request, service: ServiceDep, caller: AdministratorDep) -> None:
    """Efface le fichier reçu. Ce qui en est publié reste publié ; un contrôle en cours s'arrête."""
    upload = service.ledger.uploads.get(import_id)
    audited(service, caller, request, "import.removed", upload=upload.id)
    task = _task(service, upload)
    if task is not None and not task.done:
        service.ledger.tasks.dismiss(task.id, now=service.clock())  # ConflictError while it publishes
    service.ledger.uploads.remove(upload.id)


def _ask(service: Service, caller: Caller, upload: Upload, process: str) -> tuple[Upload, Task]:
    """Ask for a check or a publication; ConflictError while another one is under way."""
    task = _task(service, upload)
    if task is not None and not task.done:
        raise ConflictError(
            "une tâche s'occupe déjà de cet envoi", where=f"tâche {task.id}", way_out="attendre qu'elle finisse"
        )
    asked = submit(service, caller, process, {"upload": upload.id})
    return service.ledger.uploads.attach(upload.id, asked.id, now=service.clock()), asked


def _asked(
    request: Request, response: Response, service: Service, caller: Caller, upload: Upload, process: str
) -> StatusInfo:
    info = status_info(request, service, _ask(service, caller, upload, process)[1])
    response.headers["Location"] = info.links[0].href
    return info


def _task(service: Service, upload: Upload) -> Task | None:
    """Return the latest task of an upload; None where there was none, or it is forgotten by now."""
    try:
        return service.ledger.tasks.get(upload.task_id) if upload.task_id else None
    except NotFoundError:
        return None


def _report(service: Service, upload: Upload) -> pd.DataFrame:
    """Return the problems found: of the version published, else those the check told."""
    snapshot = (upload.summary or {}).get("snapshot")
    if snapshot:
        return service.store.report(str(snapshot))
    if not upload.task_id:
        raise ConflictError("cet envoi n'est pas contrôlé", where=f"envoi {upload.id}", way_out="le contrôler d'abord")
    body = service.ledger.tasks.output(upload.task_id, "report").body
    return pd.read_csv(
        io.BytesIO(body),
        sep=";",
        encoding="utf-8-sig",
        dtype="str",
        keep_default_na=False,
        header=0,
        names=list(REPORT_COLUMNS),
    )


def _info(request: Request, service: Service, upload: Upload) -> ImportInfo:
    here = f"{root(request, service)}/imports/{upload.id}"
    links = [Link(href=here, rel="self", title="Cet import")]
    if upload.task_id:
        job = f"{root(request, service)}/jobs/{upload.task_id}"
        links.append(Link(href=job, rel="monitor", title="Contrôle ou publication"))
    if upload.status in {UploadStatus.CHECKED, UploadStatus.PUBLISHED}:
        links.append(Link(href=f"{here}/report", rel="describedby", title="Rapport"))
    if upload.status is UploadStatus.CHECKED:
        links.append(Link(href=f"{job}/results/changes", rel="related", type="text/csv", title="Différences"))
        links.append(Link(href=f"{here}/publication", rel="edit", title="Publier (POST)"))
    known = {name: value for name, value in (upload.summary or {}).items() if name in _SUMMARY}
    return ImportInfo(
        **known,
        id=upload.id,
        status=upload.status,
        format=upload.format,
        file=upload.file_name,
        size=upload.size,
        sha256=upload.sha256,
        options={name: value for name, value in upload.options.items() if name != "mapping"},
        created=upload.created_at,
        updated=upload.updated_at,
        problem=_problem(upload),
        links=links,
    )


_SUMMARY = (
    "read",
    "accepted",
    "rejected",
    "out_of_scope",
    "problems",
    "covers",
    "synthetic",
    "replaces",
    "layers",
    "rebuilds",
    "snapshot",
)


def _problem(upload: Upload) -> Problem | None:
    if upload.problem is None:
        return None
    told: dict[str, Any] = {"status": HTTPStatus.UNPROCESSABLE_ENTITY.value, "title": "Refusé", "detail": ""}
    return Problem(**{**told, **upload.problem})
