"""Minutes from a place to named courses, communes or points; and the ground within so many minutes of it."""

import json
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from api.answers import GEOJSON, About, dumps
from api.caller import CallerDep
from api.parameters import DayDep, MeansDep, MinutesParam, OriginDep, by_parameter
from api.problems import documented
from api.service import ServiceDep
from api.v1.offers import sent
from geo_integration.jobs.means import Means
from geo_integration.search import Named
from geo_integration.search.reaching import MOST
from geo_integration.search.told import is_outline, travel_method

router = APIRouter(tags=["Trajets"])

_ERRORS = documented(
    HTTPStatus.NOT_MODIFIED,
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
_MOST_ISOCHRONES = 6


class ReachItem(BaseModel):
    """The trip to one place."""

    kind: str = Field(description="offer, commune ou point.")
    id: str
    label: str
    reach: str = Field(description="within, too_far, not_known (le trajet n'est pas connu) ou remote.")
    reach_label: str
    out_minutes: float | None = Field(description="Aller ; null : non connu, ou au-delà de la durée.")
    back_minutes: float | None = Field(description="Retour ; null comme à l'aller.")
    no_way_home: bool = Field(description="Par les horaires : on peut y aller, et non en revenir.")
    distance_metres: int | None = Field(description="À vol d'oiseau.")


class ReachAnswer(BaseModel):
    """Trips from one place, in the order asked: courses, communes, points."""

    origin: str
    items: list[ReachItem]
    about: About


@router.get("/reach", summary="Temps de trajet", response_model=ReachAnswer, responses=_ERRORS)
def reach(  # noqa: PLR0913 -- one parameter per part of the question
    *,
    request: Request,
    service: ServiceDep,
    caller: CallerDep,
    origin: OriginDep,
    means: MeansDep,
    as_of: DayDep,
    offer: Annotated[
        list[Annotated[str, Query(max_length=200)]], Query(max_length=MOST, description="Cours (offer_id), répétable.")
    ] = [],  # noqa: B006 -- FastAPI copies it
    commune: Annotated[
        list[Annotated[str, Query(max_length=5)]],
        Query(max_length=MOST, description="Communes (code INSEE), répétable : leur mairie.", examples=[["62041"]]),
    ] = [],  # noqa: B006 -- FastAPI copies it
    point: Annotated[
        list[Annotated[str, Query(max_length=60)]],
        Query(max_length=MOST, description="Points « lon,lat », répétable.", examples=[["2.777,50.291"]]),
    ] = [],  # noqa: B006 -- FastAPI copies it
    minutes: MinutesParam = 90.0,
) -> Response:
    """Dire combien de temps il faut pour aller à des cours, des communes ou des points, et en revenir.

    En transports en commun, pour les heures de cours données (`weekday`, `arrive_by`, `until`) la semaine de `week_of`.
    """
    with by_parameter():
        found = service.finder.reach(
            origin, Named(tuple(offer), tuple(commune), tuple(point)), means=means, minutes=minutes
        )
    about = _about(means, as_of.isoformat(), found.sources, found.notes)
    content = dumps({"origin": origin.label, "items": [dict(item) for item in found.items], "about": about})
    return sent(request, content, caller, exact=origin.commune_code is None or bool(point))


class IsochroneProperties(BaseModel):
    """What one polygon is."""

    minutes: float
    mode: str
    towards: bool
    area_km2: float


class IsochroneFeature(BaseModel):
    """One polygon."""

    type: str = "Feature"
    properties: IsochroneProperties
    geometry: dict[str, Any] = Field(description="MultiPolygon, WGS84.")


class IsochroneAnswer(BaseModel):
    """Polygons, shortest time first, each inside the next."""

    type: str = "FeatureCollection"
    features: list[IsochroneFeature]
    about: About


class _GeoJson(JSONResponse):
    media_type = GEOJSON


@router.get(
    "/isochrone",
    summary="Ce qu'on atteint en tant de minutes",
    response_class=_GeoJson,
    response_model=IsochroneAnswer,
    responses=_ERRORS,
)
def isochrone(  # noqa: PLR0913 -- one parameter per part of the question
    *,
    request: Request,
    service: ServiceDep,
    caller: CallerDep,
    origin: OriginDep,
    means: MeansDep,
    as_of: DayDep,
    minutes: Annotated[
        list[Annotated[float, Query(gt=0, le=600, allow_inf_nan=False)]],
        Query(min_length=1, max_length=_MOST_ISOCHRONES, description="Durées, répétable.", examples=[[15, 30, 45]]),
    ] = [30.0],  # noqa: B006 -- FastAPI copies it
    towards: Annotated[bool, Query(description="D'où l'on peut venir, plutôt que jusqu'où l'on peut aller.")] = False,
    at: Annotated[
        str | None,
        Query(
            pattern=r"^([01]?\d|2[0-3]):[0-5]\d$",
            description="Heure de départ (d'arrivée avec towards), transports en commun seulement, ex. 08:30.",
        ),
    ] = None,
) -> Response:
    """Dessiner en GeoJSON ce qu'on atteint ; il faut un réseau de rues (`network`) ou des horaires (`mode=transit`)."""
    with by_parameter():
        table, sources, notes = service.finder.isochrone(origin, minutes, means=means, towards=towards, at=at)
    collection = json.loads(table.to_json(drop_id=True))
    content = dumps(
        {
            "type": "FeatureCollection",
            "features": collection["features"],
            "about": _about(means, as_of.isoformat(), sources, (*origin.notes, *notes)),
        }
    )
    return sent(request, content, caller, exact=origin.commune_code is None, media_type=GEOJSON)


def _about(means: Means, day: str, sources: tuple[Any, ...], notes: tuple[str, ...]) -> dict[str, Any]:
    return About(
        sources=[dict(source) for source in sources],
        as_of=day,
        method=travel_method(means),
        notes=list(notes),
        estimated=is_outline(means),
        outline=is_outline(means),
        synthetic=False,
    ).model_dump()
