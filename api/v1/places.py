"""Territories, and places by what people type of their name."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from api.answers import JSON, About, Body, dumps, etag_of, not_modified, send
from api.caller import Caller, CallerDep
from api.parameters import OffsetParam
from api.problems import documented
from api.service import ServiceDep
from geo_integration.search import areas
from geo_integration.vocabulary import TerritoryLevel

router = APIRouter(tags=["Territoires"])


class TerritoryAnswer(BaseModel):
    """One territory."""

    code: str
    name: str
    level: str
    level_label: str
    population: int | None = Field(default=None, description="Null : non publiée.")
    parents: dict[str, str] = Field(default_factory=dict, description="Niveau → code de ce dont il fait partie.")
    postcodes: list[str] | None = Field(default=None, description="D'une commune.")
    lon: float | None = Field(default=None, description="Mairie d'une commune, degrés WGS84.")
    lat: float | None = None


class TerritoriesAnswer(BaseModel):
    """A list of territories, by code."""

    items: list[TerritoryAnswer]
    total: int
    limit: int
    offset: int
    about: About


class ParentAnswer(BaseModel):
    """A territory another one lies in as a whole."""

    level: str
    code: str
    name: str


class TerritoryDetail(BaseModel):
    """One territory, looked at."""

    code: str
    name: str
    level: str
    level_label: str
    label: str
    communes: int = Field(description="Nombre de communes.")
    population: int | None = None
    parents: list[ParentAnswer]
    bbox: list[float] | None = Field(description="Ouest, sud, est, nord, degrés WGS84 ; null sans contour.")
    postcodes: list[str] | None = None
    lon: float | None = None
    lat: float | None = None
    about: About


class SuggestionAnswer(BaseModel):
    """One commune, or a former one that is part of it."""

    code: str = Field(description="Code INSEE de la commune actuelle.")
    name: str
    kind: str = Field(description="commune, deleguee, associee, arrondissement_municipal ou ancienne.")
    departement: str
    departement_name: str | None
    label: str
    score: float = Field(description="1 : exact ; 0,95 : début du nom ; moins : ressemblance.")
    lon: float | None
    lat: float | None
    population: int


class PlacesAnswer(BaseModel):
    """Places somebody may mean."""

    items: list[SuggestionAnswer]
    about: About


@router.get(
    "/territories",
    summary="Territoires d'un niveau",
    response_model=TerritoriesAnswer,
    responses=documented(HTTPStatus.NOT_MODIFIED, HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND),
)
def territories(
    *,
    request: Request,
    service: ServiceDep,
    caller: CallerDep,
    level: Annotated[
        TerritoryLevel,
        Query(
            description="region, departement, arrondissement, epci ou commune.",
            examples=["epci"],
            json_schema_extra={"enum": [one.value for one in areas.LEVELS]},
        ),
    ] = TerritoryLevel.DEPARTEMENT,
    parent: Annotated[
        str | None,
        Query(max_length=200, description="Ceux qui ont une commune dans ce territoire.", examples=["R32", "62"]),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=5_000, description="Nombre de lignes au plus.")] = 100,
    offset: OffsetParam = 0,
) -> Response:
    """Lister les communes, intercommunalités, arrondissements, départements ou régions, par code."""
    found = areas.listed(level, parent, limit=limit, offset=offset)
    answer = {"items": found.items, "total": found.total, "limit": limit, "offset": offset}
    return _sent(request, service.today.isoformat(), caller, answer)


@router.get(
    "/territories/{code}",
    summary="Un territoire",
    response_model=TerritoryDetail,
    responses=documented(HTTPStatus.NOT_MODIFIED, HTTPStatus.NOT_FOUND),
)
def territory(
    *,
    request: Request,
    service: ServiceDep,
    caller: CallerDep,
    code: Annotated[
        str,
        Path(
            max_length=200,
            description="Code ou nom : 62041, 62, R32, SIREN d'EPCI, arrondissement:621…",
            examples=["62041"],
        ),
    ],
) -> Response:
    """Dire ce qu'est un territoire, de quoi il fait partie, et ses limites."""
    return _sent(request, service.today.isoformat(), caller, areas.detail(code))


@router.get(
    "/places",
    summary="Chercher une commune",
    response_model=PlacesAnswer,
    responses=documented(HTTPStatus.NOT_MODIFIED),
)
def places(
    *,
    request: Request,
    service: ServiceDep,
    caller: CallerDep,
    q: Annotated[
        str,
        Query(
            min_length=1,
            max_length=100,
            description="Début d'un nom ou d'un code postal ; fautes de frappe pardonnées.",
            examples=["haz", "62000", "Hazebrouk"],
        ),
    ],
    limit: Annotated[int, Query(ge=1, le=50, description="Nombre de lignes au plus.")] = areas.SUGGESTIONS,
) -> Response:
    """Proposer les communes qu'une personne peut vouloir dire, les plus probables d'abord."""
    return _sent(request, service.today.isoformat(), caller, {"items": areas.suggested(q, limit)})


def _sent(request: Request, day: str, caller: Caller, answer: dict[str, Any]) -> Response:
    about = About(
        sources=areas.sources(),
        as_of=day,
        method=areas.METHOD.format(year=areas.cog_year()),
        notes=_notes(answer.get("items", ())),
        estimated=False,
        outline=False,
        synthetic=False,
    )
    content = dumps({**answer, "about": about.model_dump()})
    tag = etag_of("territories", content.decode())
    fresh = not_modified(request, tag, caller)
    return fresh or send(request, Body(content, JSON), tag=tag, caller=caller)


def _notes(items: Sequence[Any]) -> list[str]:
    return [] if items else ["Les populations sont celles de l'INSEE ; null : non publiée."]
