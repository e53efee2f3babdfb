"""Long analyses: what there is, what each is given, and asking for one (OGC API - Processes, part 1)."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Header, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from api.caller import Caller, CallerDep
from api.problems import documented
from api.service import Service, ServiceDep
from api.v1.jobs import Link, StatusInfo, root, status_info
from geo_integration import __version__
from geo_integration.errors import OptionError, TooManyRequestsError, UnavailableError
from geo_integration.ledger.tasks import Task
from geo_integration.work.outputs import GEOJSON, MEDIA_TYPES
from geo_integration.work.processes import PROCESSES, Process, find, prepare
from geo_integration.work.questions import Answered

router = APIRouter(tags=["Processus"])

_EXECUTE = "http://www.opengis.net/def/rel/ogc/1.0/execute"
_RETRY_SECONDS = 30
_EXAMPLES: Mapping[str, Any] = {
    "gaps": {
        "summary": "Où manque-t-il un cours d'alphabétisation dans le Pas-de-Calais, avec un classeur",
        "value": {"inputs": {"territory": "62", "kind": "alphabetisation", "minutes": 45}, "outputs": {"xlsx": {}}},
    },
    "site": {
        "summary": "Trois lieux où ouvrir un cours",
        "value": {"inputs": {"territory": "62", "kind": "alphabetisation", "minutes": 30, "count": 3}},
    },
    "supply": {
        "summary": "Heures de cours à portée, par commune",
        "value": {"inputs": {"territory": "80", "kind": "fle", "minutes": 45, "decay": "slow"}},
    },
}

ProcessId = Annotated[str, Path(max_length=64, description="Identifiant du processus.", examples=["gaps"])]


class ProcessSummary(BaseModel):
    """One process."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True, serialize_by_alias=True)

    id: str = Field(examples=["gaps"])
    title: str = Field(examples=["Où manque-t-il un cours, et pourquoi"])
    description: str
    version: str = Field(description="Version du programme.")
    job_control_options: list[str] = Field(alias="jobControlOptions", default=["async-execute", "dismiss"])
    output_transmission: list[str] = Field(alias="outputTransmission", default=["reference"])
    roles: list[str] = Field(description="Qui peut le demander.", examples=[["public", "referent"]])
    links: list[Link]


class ProcessDescription(ProcessSummary):
    """One process, with what it is given and what it gives."""

    inputs: dict[str, Any] = Field(description="Entrées : titre, description et schéma JSON de chacune.")
    outputs: dict[str, Any] = Field(description="Sorties.")


class Processes(BaseModel):
    """The processes a caller may ask for."""

    processes: list[ProcessSummary]
    links: list[Link]


class Execution(BaseModel):
    """What somebody asks of a process (execute of OGC API - Processes)."""

    model_config = ConfigDict(extra="forbid")

    inputs: dict[str, Any] = Field(default_factory=dict, description="Entrées, voir la description du processus.")
    outputs: dict[str, Any] = Field(
        default_factory=dict,
        description="Sorties voulues en plus de `result` : csv, xlsx, gpkg, html.",
        examples=[{"xlsx": {}}],
        max_length=20,
    )
    response: Literal["document"] = Field(
        default="document", description="Toujours `document` : les résultats sont donnés par leur adresse."
    )


@router.get("/processes", summary="Les analyses longues", responses=documented(HTTPStatus.SERVICE_UNAVAILABLE))
def list_processes(request: Request, service: ServiceDep, caller: CallerDep) -> Processes:
    """Celles que ce destinataire peut demander. Toutes s'exécutent en tâche de fond."""
    here = f"{root(request, service)}/processes"
    found = [one for one in PROCESSES.values() if caller.viewer.role in one.roles]
    return Processes(
        processes=[ProcessSummary(**_summary(one, here)) for one in found], links=[Link(href=here, rel="self")]
    )


@router.get(
    "/processes/{process_id}",
    summary="Une analyse : entrées et sorties",
    responses=documented(
        HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.SERVICE_UNAVAILABLE
    ),
)
def one_process(process_id: ProcessId, request: Request, service: ServiceDep, caller: CallerDep) -> ProcessDescription:
    """Schéma JSON de chaque entrée, et médias de chaque sortie."""
    process = find(process_id)
    process.refuse_others(caller.viewer)
    told = _summary(process, f"{root(request, service)}/processes")
    return ProcessDescription(**told, inputs=_inputs(process), outputs=_outputs(process))


@router.post(
    "/processes/{process_id}/execution",
    status_code=HTTPStatus.CREATED,
    summary="Demander une analyse",
    response_description="La tâche ; son adresse est aussi dans l'en-tête Location",
    responses=documented(
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.SERVICE_UNAVAILABLE,
    ),
)
async def execute(
    process_id: ProcessId,
    asked: Annotated[Execution, Body(openapi_examples=dict(_EXAMPLES))],
    request: Request,
    response: Response,
    service: ServiceDep,
    caller: CallerDep,
    prefer: Annotated[
        str | None, Header(description="`respond-async` : c'est toujours le cas.", max_length=200)
    ] = None,
) -> StatusInfo:
    """Vérifie la question et la met en file ; `GET` sur l'adresse rendue dit où elle en est.

    La tâche garde ce que ce destinataire peut voir : ses résultats ne montrent rien de plus.
    """
    task = await run_in_threadpool(_submit, service, caller, process_id, asked)
    info = status_info(request, service, task)
    response.headers["Location"] = info.links[0].href
    response.headers["Cache-Control"] = "no-store"
    if prefer is not None and "respond-async" in prefer:
        response.headers["Preference-Applied"] = "respond-async"
    return info


def _submit(service: Service, caller: Caller, process_id: str, asked: Execution) -> Task:
    process = find(process_id)
    inputs = dict(asked.inputs)
    if wanted := [name for name in asked.outputs if name != "result"]:
        known = list(MEDIA_TYPES) if issubclass(process.inputs, Answered) else []
        if unknown := sorted(set(wanted) - set(known)):
            raise OptionError(
                f"sortie inconnue : {', '.join(unknown)[:80]}",
                where="outputs",
                way_out=f"sorties : {', '.join(['result', *known])}",
            )
        already = inputs.get("outputs", [])
        inputs["outputs"] = [*(already if isinstance(already, list) else [already]), *wanted]
    told = prepare(process_id, inputs, viewer=caller.viewer, today=service.today)
    return submit(service, caller, process_id, told)


def submit(service: Service, caller: Caller, process_id: str, told: Mapping[str, Any]) -> Task:
    """Put a checked question in the queue; TooManyRequestsError for one too many of the public."""
    tasks, most = service.ledger.tasks, service.settings.public_jobs_queued
    if caller.is_public and tasks.waiting(caller.client) >= most:
        error = TooManyRequestsError(
            f"{most} tâche(s) au plus en attente ou en cours sans compte",
            way_out="attendre la fin d'une tâche, ou l'arrêter (DELETE)",
        )
        error.retry_after_seconds = _RETRY_SECONDS
        raise error
    if caller.is_public and tasks.of_nobody() >= service.settings.public_jobs_kept:
        raise UnavailableError(
            "trop de tâches sans compte sont gardées", way_out="revenir plus tard, ou demander un compte"
        )
    # The jobs of an account are counted under no address: its colleagues there without one keep their own share.
    client = caller.client if caller.is_public else ""
    return tasks.submit(process_id, told, viewer=caller.viewer, owner=caller.name, client=client, now=service.clock())


def _summary(process: Process, here: str) -> dict[str, Any]:
    return {
        "id": process.id,
        "title": process.title,
        "description": process.description,
        "version": __version__,
        "roles": sorted(role.value for role in process.roles),
        "links": [
            Link(href=f"{here}/{process.id}", rel="self", title=process.title),
            Link(href=f"{here}/{process.id}/execution", rel=_EXECUTE, title="Demander cette analyse"),
        ],
    }


def _inputs(process: Process) -> dict[str, Any]:
    """Return each input as the standard describes it; its schema holds the definitions it refers to."""
    schema = process.inputs.model_json_schema()
    required = set(schema.get("required", []))
    # What a class says of itself is for who reads the code, in English; what a field says is for who asks.
    definitions = {
        name: {word: said for word, said in one.items() if word != "description"}
        for name, one in schema.get("$defs", {}).items()
    }
    return {
        name: {
            "title": told.get("title", name),
            "description": told.get("description", ""),
            "minOccurs": 1 if name in required else 0,
            "maxOccurs": 1,
            "schema": told | ({"$defs": _named_in(told, definitions)} if _named_in(told, definitions) else {}),
        }
        for name, told in schema.get("properties", {}).items()
        if name != "outputs"
    }


def _named_in(told: Any, definitions: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ANN401 -- any JSON schema
    """Return the definitions a schema refers to, and those they refer to."""
    found: dict[str, Any] = {}
    waiting = [told]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            waiting += one.values()
            name = str(one.get("$ref", "")).removeprefix("#/$defs/")
            if name in definitions and name not in found:
                found[name] = definitions[name]
                waiting.append(definitions[name])
    return dict(sorted(found.items()))


def _outputs(process: Process) -> dict[str, Any]:
    if not issubclass(process.inputs, Answered):
        return {
            "result": {"title": "Compte rendu", "schema": {"type": "object", "contentMediaType": "application/json"}}
        }
    files = {
        name: {
            "title": f"Fichier {name}",
            "schema": {"type": "string", "contentEncoding": "binary", "contentMediaType": media},
        }
        for name, media in MEDIA_TYPES.items()
    }
    result = {
        "title": "Résultat, avec ses sources, sa méthode et ses bornes (`about`)",
        "schema": {"type": "object", "contentMediaType": GEOJSON},
    }
    return {"result": result, **files}
