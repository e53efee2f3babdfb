"""The folium maps, as standalone pages: ``/maps`` lists them, ``/maps/manques-62-alphabetisation`` is one."""

import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from itertools import groupby
from pathlib import Path as File
from typing import Annotated

import jinja2
from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from api.answers import JSON, About, Body, not_modified, send
from api.caller import Caller, CallerDep
from api.computed import computed_of
from api.identity import audited
from api.policy import policy
from api.problems import documented
from api.service import Service, ServiceDep
from api.told import about_layers, form_of, tag
from api.v1.answered import hurry
from api.v1.question import check_size, key_of
from geo_integration import territories
from geo_integration.errors import NotFoundError, UnknownTerritoryError
from geo_integration.exports.meta import FICTITIOUS, french_date
from geo_integration.jobs import pictures
from geo_integration.jobs.gaps import compute
from geo_integration.jobs.request import Request as Asked
from geo_integration.settings import settings
from geo_integration.store import Store
from geo_integration.vocabulary import Kind, term
from geo_integration.work.pinned import Pinned
from geo_integration.work.questions import DEFAULT_MINUTES

router = APIRouter(tags=["Cartes"])

HTML = "text/html"
_FORMS = {"json": JSON, "html": HTML}
_NAME = re.compile(r"manques-(?P<territory>[0-9A-Z]{2,9})-(?P<kind>[a-z_]+)(?:\.html)?")
_KINDS = tuple(kind for kind in Kind if kind is not Kind.UNKNOWN)
_METHOD = "Une carte par département que les sources couvrent et par type de cours qu'elles nomment."


class MapLink(BaseModel):
    """One map."""

    name: str = Field(examples=["manques-62-alphabetisation"])
    title: str = Field(examples=["Pas-de-Calais : Alphabétisation"])
    territory: str = Field(description="Code du territoire.", examples=["62"])
    territory_name: str = Field(examples=["Pas-de-Calais"])
    kind: Kind = Field(description="Type de cours.")
    kind_label: str = Field(examples=["Alphabétisation"])
    href: str = Field(
        description="Adresse de la page.", examples=["https://exemple.fr/maps/manques-62-alphabetisation"]
    )


class Maps(BaseModel):
    """The maps there are."""

    items: list[MapLink]
    about: About


@dataclass(frozen=True)
class Page(Body):
    """A page, and the policy that lets its own scripts and styles run, and nothing else."""

    policy: str = ""


@router.get(
    "",
    response_model=Maps,
    summary="Cartes disponibles",
    responses={
        200: {"content": {HTML: {"schema": {"type": "string"}}}},
        **documented(HTTPStatus.NOT_MODIFIED, HTTPStatus.SERVICE_UNAVAILABLE),
    },
)
def list_maps(
    request: Request,
    service: ServiceDep,
    caller: CallerDep,
    f: Annotated[
        str | None,
        Query(
            description="`html` ou `json` ; sinon Accept.", max_length=40, json_schema_extra={"enum": ["html", "json"]}
        ),
    ] = None,
) -> Response:
    """Une carte par département couvert et par type de cours ; en page ou en JSON."""
    form = form_of(request, f, _FORMS)
    etag = tag(service.store, caller, "maps", form, service.today.isoformat(), str(request.base_url))
    links = list(_links(request, service))
    if form == "html":
        page = _list_page(service, links)
        held = not_modified(request, etag, caller)
        return _with_policy(held or send(request, page, tag=etag, caller=caller), page)
    if (held := not_modified(request, etag, caller)) is not None:
        return held
    infos = {"offers": service.store.info("offers")} if links else {}
    about = about_layers(infos, caller, as_of=service.today, method=_METHOD)
    body = Body(Maps(items=links, about=about).model_dump_json().encode(), JSON)
    return send(request, body, tag=etag, caller=caller)


@router.get(
    "/{name}",
    response_class=Response,
    summary="Une carte : où manque-t-il un cours ?",
    responses={
        200: {"description": "Page autonome", "content": {HTML: {"schema": {"type": "string"}}}},
        **documented(
            HTTPStatus.NOT_MODIFIED,
            HTTPStatus.BAD_REQUEST,
            HTTPStatus.NOT_FOUND,
            HTTPStatus.UNPROCESSABLE_ENTITY,
            HTTPStatus.SERVICE_UNAVAILABLE,
        ),
    },
)
async def one_map(
    name: Annotated[
        str,
        Path(
            max_length=80,
            description="`manques-TERRITOIRE-TYPE`, p. ex. `manques-62-alphabetisation` ; code de commune, d'EPCI ou "
            "de département, puis type de cours.",
            examples=["manques-62-alphabetisation"],
        ),
    ],
    request: Request,
    service: ServiceDep,
    caller: CallerDep,
) -> Response:
    """Carte et tableaux d'un département au plus, pour qui la demande : le public ne voit que des classes."""
    asked = _asked(name, service, caller)
    if asked is None:
        raise await run_in_threadpool(_unknown, request, service, name)
    check_size(asked)
    await run_in_threadpool(
        audited, service, caller, request, "map.read", territory=asked.territory, kind=asked.kind.value
    )
    store = await run_in_threadpool(Pinned.of, service.store)
    etag = tag(store, caller, "map", key_of(asked))
    seconds = 0.95 * service.settings.request_seconds  # so that this problem is told, not the general one
    page = await computed_of(request).get(
        etag, lambda: _draw(store, asked, seconds), seconds=seconds, reserved=not caller.is_public
    )
    held = not_modified(request, etag, caller)
    return _with_policy(held or send(request, page, tag=etag, caller=caller), page)


def _asked(name: str, service: Service, caller: Caller) -> Asked | None:
    """Return the question a name stands for; None for a name that is none."""
    found = _NAME.fullmatch(name)
    if found is None or found["kind"] not in {kind.value for kind in _KINDS}:
        return None
    try:
        territories.select(found["territory"])
    except UnknownTerritoryError:
        return None
    return Asked(
        territory=found["territory"],
        kind=term(Kind, found["kind"]),
        minutes=DEFAULT_MINUTES,
        as_of=service.today,
        viewer=caller.viewer,
    )


def _unknown(request: Request, service: Service, name: str) -> NotFoundError:
    listed = ", ".join(link.name for link in _links(request, service)) or "aucune"
    return NotFoundError(
        f"aucune carte « {name[:80]} »", where="name", way_out=f"manques-CODE-TYPE ; p. ex. : {listed[:600]}"
    )


def _draw(store: Store, asked: Asked, seconds: float) -> Page:
    gaps = compute(store, asked, progress=hurry(4 * seconds))
    with tempfile.TemporaryDirectory(prefix="geo-integration-") as folder:
        path = File(folder) / "map.html"
        pictures.write(gaps, path, tiles=None)
        content = path.read_bytes()
    return Page(content, f"{HTML}; charset=utf-8", policy=policy(content.decode()))


def _links(request: Request, service: Service) -> Iterable[MapLink]:
    """Give the maps of the départements the offers' sources cover, for the kinds they name."""
    if "offers" not in service.store.layers():
        return
    names = territories.departements(geometry=False).set_index("code")["name"]
    kinds = _kinds(service, service.store.info("offers").id)
    base = (service.settings.base_url or str(request.base_url)).rstrip("/")
    for code in service.store.info("offers").covers:
        for kind in kinds:
            name = f"manques-{code}-{kind.value}"
            yield MapLink(
                name=name,
                title=f"{names[code]} : {kind.label}",
                territory=code,
                territory_name=names[code],
                kind=kind,
                kind_label=kind.label,
                href=f"{base}/maps/{name}",
            )


_LATEST_KINDS: dict[str, tuple[Kind, ...]] = {}


def _kinds(service: Service, snapshot: str) -> tuple[Kind, ...]:
    """Return the kinds that some offer of a version is of; read once per version."""
    if snapshot not in _LATEST_KINDS:
        present = set(service.store.read("offers", snapshot)["kind"])
        _LATEST_KINDS.clear()
        _LATEST_KINDS[snapshot] = tuple(kind for kind in _KINDS if kind.value in present)
    return _LATEST_KINDS[snapshot]


def _list_page(service: Service, links: list[MapLink]) -> Page:
    rows = [(place, list(maps)) for place, maps in groupby(links, key=lambda link: link.territory_name)]
    synthetic = bool(links) and service.store.info("offers").synthetic
    text = _template("list.html").render(
        rows=rows, day=french_date(service.today.isoformat()), fictitious=FICTITIOUS if synthetic else ""
    )
    return Page(text.encode(), f"{HTML}; charset=utf-8", policy=policy(text))


@cache
def _template(name: str) -> jinja2.Template:
    loader = jinja2.FileSystemLoader(settings().static / "api" / "maps")
    environment = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.undefined = jinja2.StrictUndefined
    return environment.get_template(name)


def _with_policy(response: Response, page: Page) -> Response:
    """Set the page's policy, also on 304: a browser replaces the headers it kept by those of the 304."""
    response.headers["Content-Security-Policy"] = page.policy
    return response
