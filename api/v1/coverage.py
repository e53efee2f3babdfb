"""Where a course is missing, and why: by commune, and rolled up."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any

import pandas as pd
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from api.answers import GEOJSON, JSON, About, Body, not_modified, send
from api.caller import Caller, CallerDep
from api.computed import computed_of
from api.identity import audited
from api.paging import FormParameter
from api.problems import documented
from api.service import Service, ServiceDep
from api.told import CSV, FORMS, collection, csv_of, form_of, records, tag
from api.v1.answered import Answered, answer
from api.v1.question import QuestionDep, key_of
from geo_integration.errors import NotFoundError
from geo_integration.exports.headings import ROLLUP_HEADINGS
from geo_integration.jobs.request import Request as Asked
from geo_integration.vocabulary import TerritoryLevel
from geo_integration.work.pinned import Pinned

router = APIRouter(tags=["Couverture"])

_PROBLEMS = documented(
    HTTPStatus.NOT_MODIFIED,
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
_FEATURES = {"geojson": GEOJSON, "json": JSON, "csv": CSV}
_PROCESSES = (
    "Les analyses plus longues (`supply`, `equity`, `site`, `scenario`, `change`, `calendar`, `fit`, `housing`, et "
    "`gaps` au-delà d'un département ou par horaires) sont des tâches : `GET /api/v1/processes`, puis "
    "`POST /api/v1/processes/{id}/execution`."
)
_ETAG_NOTE = (
    "Sans `kind` : le type que disent `goal` et `schooling`, sinon l'alphabétisation. "
    "Même question, mêmes données publiées : même réponse et même ETag."
)


class Feature(BaseModel):
    """One commune: its outline, its cause, its minutes, its need as far as this viewer may know it."""

    type: str = Field(examples=["Feature"])
    id: str = Field(description="Code INSEE de la commune.", examples=["62041"])
    geometry: dict[str, Any] | None = Field(description="Contour simplifié (WGS84).")
    properties: dict[str, Any] = Field(
        description="`cause` : situation si seuls comptent les cours sûrs de convenir ; `cause_if_unknown_fits` : si "
        "les cours non précisés convenaient aussi (l'autre borne) ; minutes nulles : rien à portée, ou inconnu ; "
        "`need` nul : inconnu, ou masqué si `withheld`.",
        examples=[{"commune_code": "62041", "cause": "too_far", "out_minutes": 41.2, "need": None, "withheld": True}],
    )


class Gaps(BaseModel):
    """Where a course is missing, a feature a commune."""

    type: str = Field(examples=["FeatureCollection"])
    title: str = Field(description="La question.", examples=["Où manque-t-il un cours d'alphabétisation ?"])
    about: About
    features: list[Feature]


class RollupRow(BaseModel):
    """One territory: how many communes are in each situation, and the need there."""

    model_config = {"extra": "allow"}

    level: str = Field(examples=["epci"])
    code: str = Field(description="Vide : communes hors de tout territoire de ce niveau.", examples=["200033579"])
    name: str = Field(examples=["CU d'Arras"])
    complete: bool = Field(description="Faux si la question ne porte que sur une partie de ses communes.")
    communes: int = Field(examples=[46])
    communes_covered: int = Field(examples=[31])
    need: float | None = Field(description="Besoin ; nul : inconnu ou masqué.")
    need_uncovered: float | None = Field(description="Besoin des communes non couvertes ; nul : inconnu ou masqué.")
    withheld: bool = Field(description="Vrai si des effectifs sont masqués pour ce destinataire.")


class Rollups(BaseModel):
    """The same, summed by territory."""

    title: str
    items: list[RollupRow]
    about: About


@dataclass(frozen=True)
class _Form:
    """One way to show an answer, and what tells it apart."""

    name: str
    media_type: str
    write: Callable[[Answered], bytes]
    by: TerritoryLevel | None = None


@router.get(
    "/gaps",
    response_model=Gaps,
    summary="Où manque-t-il un cours, et pourquoi",
    description="Une commune par ligne : cours adapté et ouvert le plus proche, minutes, cause, besoin, avec une borne "
    f"basse et une borne haute. {_ETAG_NOTE} {_PROCESSES}",
    responses={
        200: {
            "content": {GEOJSON: {"schema": {"$ref": "#/components/schemas/Gaps"}}, CSV: {"schema": {"type": "string"}}}
        },
        **_PROBLEMS,
    },
)
async def gaps(
    request: Request,
    service: ServiceDep,
    caller: CallerDep,
    question: QuestionDep,
    f: Annotated[
        str | None,
        Query(
            description="`geojson` (ou `json`) ou `csv` ; sinon Accept.",
            max_length=40,
            json_schema_extra={"enum": list(_FEATURES)},
        ),
    ] = None,
) -> Response:
    """Answer where a course is missing, commune by commune."""
    name = form_of(request, f, _FEATURES)
    form = _Form("csv", f"{CSV}; charset=utf-8", _features_csv) if name == "csv" else _Form("", GEOJSON, _features)
    return await _answered(request, service, caller, question, form)


@router.get(
    "/gaps/rollups",
    response_model=Rollups,
    summary="Où manque-t-il un cours : sommes par territoire",
    description="Communes par situation, population et besoin, sommés par niveau ; les sommes s'accordent entre "
    f"niveaux, sauf contrats (`ctai`) et quartiers (`qpv`), qui se recouvrent. {_ETAG_NOTE} {_PROCESSES}",
    responses={200: {"content": {CSV: {"schema": {"type": "string"}}}}, **_PROBLEMS},
)
async def gaps_rollups(
    request: Request,
    service: ServiceDep,
    caller: CallerDep,
    question: QuestionDep,
    by: Annotated[TerritoryLevel, Query(description="Niveau des sommes.", examples=["epci"])] = TerritoryLevel.EPCI,
    f: FormParameter = None,
) -> Response:
    """Answer where a course is missing, summed by territory."""
    if form_of(request, f, FORMS) == "csv":
        form = _Form(f"{by}.csv", f"{CSV}; charset=utf-8", lambda found: csv_of(_rows(found, by), ROLLUP_HEADINGS), by)
    else:
        form = _Form(by, JSON, lambda found: _rollups(found, by), by)
    return await _answered(request, service, caller, question, form)


async def _answered(request: Request, service: Service, caller: Caller, asked: Asked, form: _Form) -> Response:
    """Send the answer in a form: held by the client, kept, or computed now. A professional's read is noted first."""
    await run_in_threadpool(
        audited, service, caller, request, "gaps.read", territory=asked.territory, kind=asked.kind.value
    )
    store = await run_in_threadpool(Pinned.of, service.store)
    etag = tag(store, caller, "gaps", form.name, form.media_type, key_of(asked))
    if (held := not_modified(request, etag, caller)) is not None:
        return held
    seconds = 0.95 * service.settings.request_seconds  # so that this problem is told, not the general one

    def compute() -> Body:
        found = answer(store, asked, caller, today=service.today, seconds=seconds, by=form.by)
        return Body(form.write(found), form.media_type)

    body = await computed_of(request).get(etag, compute, seconds=seconds, reserved=not caller.is_public)
    return send(request, body, tag=etag, caller=caller)


def _features(found: Answered) -> bytes:
    return collection(found.coverage, "commune_code", about=found.about, title=found.title)


def _features_csv(found: Answered) -> bytes:
    return csv_of(found.coverage)


def _rows(found: Answered, level: TerritoryLevel) -> pd.DataFrame:
    if level not in found.rollups:
        levels = ", ".join(one.value for one in found.rollups)
        raise NotFoundError(f"pas de sommes par « {level.label} »", where="by", way_out=f"niveaux : {levels}")
    return found.rollups[level]


def _rollups(found: Answered, level: TerritoryLevel) -> bytes:
    items = [RollupRow(**row) for row in records(_rows(found, level))]
    return Rollups(title=found.title, items=items, about=found.about).model_dump_json().encode()
