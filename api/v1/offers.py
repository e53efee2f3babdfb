"""Courses near a place: which fit this learner, how long to get there and back."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from api.answers import JSON, About, Body, dumps, etag_of, not_modified, send
from api.caller import Caller, CallerDep
from api.parameters import (
    DayDep,
    LearnerDep,
    LimitParam,
    MeansDep,
    MinutesParam,
    OffsetParam,
    OriginDep,
    by_parameter,
)
from api.problems import documented
from api.service import ServiceDep
from geo_integration.search import Found, Origin, Search

router = APIRouter(tags=["Cours"])

PRIVATE = {"Cache-Control": "private, no-store"}
"""Of the answer to a question about a point: nobody keeps where somebody stands."""


class SessionAnswer(BaseModel):
    """One session; null where the source says nothing."""

    session_id: str
    start_date: str | None = Field(description="Premier jour.")
    end_date: str | None = Field(description="Dernier jour.")
    days: list[str] = Field(description="Jours de cours : mon, tue… ; vide : non précisés.")
    days_label: str | None
    start_time: str | None = Field(description="Début du cours, HH:MM.")
    end_time: str | None = Field(description="Fin du cours, HH:MM.")
    schedule_text: str | None = Field(description="Horaires dans les mots de la source.")
    weekly_hours: float | None
    total_hours: float | None
    recruitment: str | None
    recruitment_label: str | None
    entry_mode: str | None
    entry_mode_label: str | None
    places_available: int | None
    registration_start: str | None
    registration_end: str | None


class OfferAnswer(BaseModel):
    """One course, for this learner, from this place; null: the source does not say."""

    offer_id: str
    title: str
    fit: str = Field(description="fits : convient à coup sûr ; unknown : la source ne dit pas tout ; does_not_fit.")
    fit_label: str
    reasons: str = Field(description="Ce qui écarte d'abord, puis ce qu'on ne sait pas ; vide : rien à dire.")
    status: str = Field(description="Ce que le cours est pour cette personne, ce jour-là.")
    status_label: str
    full: bool = Field(description="Convient, et toutes ses sessions refusent du monde.")
    reach: str = Field(description="within, remote, not_known (le trajet n'est pas connu) ou too_far.")
    reach_label: str
    out_minutes: float | None = Field(description="Aller, en minutes ; null : non connu, ou au-delà de ce qui est lu.")
    back_minutes: float | None = Field(description="Retour, en minutes ; null comme à l'aller.")
    no_way_home: bool = Field(description="Par les horaires : on peut y aller, et non en revenir.")
    class_hours: str | None = Field(description="Heures de cours pour lesquelles le trajet est compté (horaires).")
    distance_metres: int | None = Field(description="À vol d'oiseau.")
    kind: str
    kind_label: str | None
    level_entry: list[str]
    level_target: list[str]
    level_label: str | None
    audience_exclusive: list[str]
    audience_priority: list[str]
    modality: str | None
    modality_label: str | None
    provider_name: str | None
    place_name: str | None
    address: str | None
    postcode: str | None
    commune_code: str | None
    commune_name: str | None
    departement_code: str | None
    site_id: str | None
    lon: float | None
    lat: float | None
    location_quality: str | None
    location_quality_label: str | None = Field(description="Comment le lieu est connu.")
    phone: str | None
    email: str | None
    url: str | None
    cost_text: str | None = Field(description="Ce que paie l'apprenant, dans les mots de la source.")
    free_of_charge: bool | None = Field(description="Gratuit, payant, ou null : la source ne le dit pas clairement.")
    conditions: str | None
    registration: str | None
    programme: str | None
    updated_on: str | None
    sources: list[str]
    synthetic: bool
    sessions: list[SessionAnswer] = Field(description="Sessions à rejoindre, sinon celles en cours ; cinq au plus.")


class CountsAnswer(BaseModel):
    """How many courses are what, over the whole list."""

    fits: int = Field(description="À portée, sûrs de convenir.")
    unknown: int = Field(description="À portée, que rien n'écarte.")
    full: int = Field(description="À portée, qui conviendraient et refusent du monde.")
    not_known: int = Field(description="Conviennent ou pourraient ; trajet non connu.")
    too_far: int = Field(description="Conviennent ou pourraient ; au-delà de la durée.")
    does_not_fit: int = Field(description="Écartés.")


class PlaceAnswer(BaseModel):
    """Where the question was asked from, as it was understood."""

    label: str
    commune_code: str | None = Field(description="Commune dont la mairie tient lieu ; null pour un point.")
    departement: str | None
    covered: str = Field(description="yes, partly, no (aucune source n'y parle de ces cours) ou outside (hors France).")


class OffersAnswer(BaseModel):
    """Courses near a place."""

    summary: str = Field(description="La réponse en une phrase.")
    origin: PlaceAnswer
    total: int = Field(description="Longueur de la liste, dont items est une partie.")
    limit: int
    offset: int
    counts: CountsAnswer
    items: list[OfferAnswer] = Field(
        description="À portée : sûrs, puis possibles ; puis ceux dont le trajet n'est pas connu ; puis les complets. "
        "Avec all=true, ensuite les trop lointains et ceux qui ne conviennent pas."
    )
    nearest: list[OfferAnswer] = Field(description="Rien de sûr à portée : les plus proches malgré tout, cinq au plus.")
    about: About


@router.get(
    "/offers",
    summary="Cours près d'un lieu",
    response_model=OffersAnswer,
    responses=documented(
        HTTPStatus.NOT_MODIFIED,
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.SERVICE_UNAVAILABLE,
    ),
)
def offers(  # noqa: PLR0913 -- one parameter per part of the question
    *,
    request: Request,
    service: ServiceDep,
    caller: CallerDep,
    origin: OriginDep,
    learner: LearnerDep,
    means: MeansDep,
    as_of: DayDep,
    minutes: MinutesParam = 45.0,
    limit: LimitParam = 20,
    offset: OffsetParam = 0,
    everything: Annotated[
        bool, Query(alias="all", description="Aussi les cours trop loin ou qui ne conviennent pas, avec la raison.")
    ] = False,
) -> Response:
    """Dire quels cours conviennent à une personne, et combien de temps il faut pour y aller et en revenir.

    Le lieu de départ est un point (`lon` et `lat`), une commune (`place`) ou une adresse (`address`). Ce que la source
    d'un cours ne dit pas reste inconnu : ni un oui, ni un non. Rien de trouvé ne veut pas dire qu'il n'y a pas de
    cours là où aucune source ne parle : voir `origin.covered`. Une position n'est ni écrite ni gardée.
    """
    question = Search(
        origin=origin,
        as_of=as_of,
        profile=learner,
        means=means,
        minutes=minutes,
        limit=limit,
        offset=offset,
        everything=everything,
    )
    with by_parameter():
        found = service.finder.offers(question)
    return sent(request, answer_of(found), caller, exact=origin.commune_code is None, personal=learner.described)


def sent(
    request: Request,
    content: bytes,
    caller: Caller,
    *,
    exact: bool,
    personal: bool = False,
    media_type: str = JSON,
) -> Response:
    """Return an answer about a place.

    Parameters
    ----------
    exact : it is about a point or an address: nobody keeps it.
    personal : it says something of who asks: shared caches do not keep it.
    """
    if exact:
        return Response(content, headers=PRIVATE, media_type=media_type)
    tag = etag_of(caller.key, content.decode())  # of the answer itself: networks and timetables have no snapshot
    answer = not_modified(request, tag, caller) or send(request, Body(content, media_type), tag=tag, caller=caller)
    if personal:
        answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def answer_of(found: Found) -> bytes:
    """Return an answer as JSON."""
    question = found.question
    return dumps(
        {
            "summary": found.summary,
            "origin": place_of(question.origin, found),
            "total": found.total,
            "limit": question.limit,
            "offset": question.offset,
            "counts": vars(found.counts),
            "items": [offer.plain() for offer in found.items],
            "nearest": [offer.plain() for offer in found.nearest],
            "about": about_of(found),
        }
    )


def place_of(origin: Origin, found: Found) -> dict[str, Any]:
    """Return where the question was asked from; a point is not repeated."""
    return {
        "label": origin.label,
        "commune_code": origin.commune_code,
        "departement": found.near.departement,
        "covered": found.near.covered,
    }


def about_of(found: Found) -> dict[str, Any]:
    """Return what must be known of the answer."""
    return About(
        sources=[dict(source) for source in found.sources],
        as_of=found.question.as_of.isoformat(),
        published_at=found.published_at,
        snapshots=dict(found.snapshots),
        method=found.method,
        notes=list(found.notes),
        estimated=found.estimated,
        outline=found.outline,
        synthetic=found.synthetic,
    ).model_dump()
