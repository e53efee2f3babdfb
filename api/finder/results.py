"""The answer: the list of courses, one course, the courses of a commune.

A page about a commune is kept and given again; one about a position or an address is of one person, and kept nowhere.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.convertors import StringConvertor, register_url_convertor

from api.answers import takes_gzip
from api.finder import needs
from api.finder.asked import HERE, Asked
from api.finder.pages import Elsewhere, SpeechDep, error_page, render
from api.finder.places import Settled, commune, settled
from api.finder.views import commune_view, list_view, offer_view, travelling
from api.service import Service, ServiceDep
from geo_integration import territories
from geo_integration.errors import MissingDataError, OptionError
from geo_integration.jobs.networks import OSRM_NETWORK
from geo_integration.messages import LANGUAGES, N_, Speech
from geo_integration.search import Origin
from geo_integration.search.kept import Kept
from geo_integration.search.origin import at_point
from geo_integration.search.timetables import Timetables

router = APIRouter(include_in_schema=False)

_HEAVIEST = 32_000_000
"""Bytes of pages kept."""
_MOST = 4096
_OF_A_PAGE = ("etag", "content-encoding")
_NOTHING = (
    N_("Pas encore de cours ici"),
    N_("Aucune liste de cours n'est dans ce service. Cela ne veut pas dire qu'il n'y a pas de cours."),
    N_("Essayez plus tard."),
)


class _CommuneConvertor(StringConvertor):
    """A part of an address that may be the code of a commune."""

    regex = "[0-9][0-9AaBb][0-9]{3}"


register_url_convertor("commune", _CommuneConvertor())

OfferId = Annotated[str, Query(alias="offer")]
Coordinate = Annotated[str, Form()]


@router.get("/{lang:language}/cours")
def courses(lang: SpeechDep, request: Request, service: ServiceDep) -> Response:
    """List the courses for who asks; where the place is not known, ask for it."""
    asked = Asked.of(request.query_params)
    if asked.here:
        return _waiting(request, lang, asked, failed=False)
    where = settled(asked.place, service)
    if where is None:
        return _to_place(lang, asked)
    page = _Page(request, lang, service, asked, where)
    return page.given("cours", lambda: page.courses(_origin(service, where)))


@router.post("/{lang:language}/cours")
def courses_here(
    lang: SpeechDep, request: Request, service: ServiceDep, lon: Coordinate = "", lat: Coordinate = ""
) -> Response:
    """List the courses from a position, which is in no address and kept nowhere."""
    asked = Asked.of(request.query_params)
    origin = _position(lon, lat)
    if origin is None:
        return _waiting(request, lang, asked, failed=True)
    page = _Page(request, lang, service, asked, Settled(HERE), position=_as_sent(origin))
    return page.safely(lambda: page.courses(origin))


@router.get("/{lang:language}/fiche")
def course(lang: SpeechDep, request: Request, service: ServiceDep, offer: OfferId = "") -> Response:
    """Show one course, from the place of the question where it is a commune; 404 for no such course."""
    asked = Asked.of(request.query_params)
    where = None if asked.here else settled(asked.place, service)
    page = _Page(request, lang, service, asked, where)
    return page.given(f"fiche {offer}", lambda: page.course(offer, _origin(service, where) if where else None))


@router.post("/{lang:language}/fiche")
def course_from_here(
    lang: SpeechDep,
    request: Request,
    service: ServiceDep,
    offer: OfferId = "",
    lon: Coordinate = "",
    lat: Coordinate = "",
) -> Response:
    """Show one course from a position."""
    origin = _position(lon, lat)
    sent = _as_sent(origin) if origin else None
    page = _Page(request, lang, service, Asked.of(request.query_params), Settled(HERE), position=sent)
    return page.safely(lambda: page.course(offer, origin))


@router.get("/{lang:language}/commune/{code:commune}")
def commune_courses(lang: SpeechDep, code: str, request: Request, service: ServiceDep) -> Response:
    """List every open course of a commune, by kind, for nobody in particular; 404 for no such commune."""
    where = commune(territories.resolve(code.upper()))
    page = _Page(request, lang, service, Asked(place=where.place), where)
    return page.given(f"commune {where.place}", page.commune)


@dataclass(frozen=True)
class _Page:
    """One question, and the page that answers it.

    ``where`` : where it is asked from; None: from nowhere. ``position`` : longitude and latitude, to send them again.
    """

    request: Request
    lang: Speech
    service: Service
    asked: Asked
    where: Settled | None
    position: tuple[str, str] | None = None

    def courses(self, origin: Origin) -> Response:
        """Answer with the list."""
        view = list_view(self.service, self.asked, self.lang, origin)
        return self._render("results.html", view=view, **self._question())

    def course(self, offer_id: str, origin: Origin | None) -> Response:
        """Answer with one course."""
        found = offer_view(self.service, self.asked, self.lang, offer_id, origin)
        return self._render("course.html", course=found, offer=offer_id, timed=origin is not None)

    def commune(self) -> Response:
        """Answer with the courses of a commune."""
        code = self.asked.commune or ""
        sections, notice = commune_view(self.service, self.lang, code)
        total = sum(len(section.courses) for section in sections)
        return self._render("commune.html", code=code, sections=sections, total=total, notice=notice)

    def given(self, what: str, make: Callable[[], Response]) -> Response:
        """Return a page, kept where it is of no one in particular."""
        if self.private:
            return self.safely(make)
        return self.safely(lambda: _kept(self.request, self._key(what), make))

    def safely(self, make: Callable[[], Response]) -> Response:
        """Return a page; where no course was ever loaded, one that says so."""
        try:
            return make()
        except MissingDataError:
            return error_page(self.request, HTTPStatus.SERVICE_UNAVAILABLE, *_NOTHING)

    @property
    def private(self) -> bool:
        """Say whether the page is about where somebody stands: a position, an address (known or not)."""
        if self.where is None:
            return self.asked.typed
        return not self.where.place.startswith("commune:")

    def _render(self, template: str, **context: Any) -> Response:  # noqa: ANN401 -- whatever it shows
        context |= {
            "asked": self.asked,
            "where": self.where,
            "position": self.position,
            "settings": self.service.settings,
            "languages": self._languages(context.get("offer")),
        }
        return render(_fresh(self.request), self.lang, template, private=self.private, **context)

    def _languages(self, offer: str | None) -> "list[Elsewhere]":
        """Return this page in each language, of what was understood: a page that is kept repeats nobody's words."""
        rest = self.request.url.path.removeprefix("/").partition("/")[2]
        query = "" if rest.startswith("commune/") else self.asked.query(offer=offer)
        return [Elsewhere(one, f"/{one.code}/{quote(rest)}{query}", one == self.lang.language) for one in LANGUAGES]

    def _question(self) -> dict[str, Any]:
        """Return the choices made, to show and to change."""
        by = {name: {one.code: one for one in choices} for name, choices in needs.CHOICES.items()}
        mode = needs.mode_of(self.asked.mode, self.service)
        return {
            "need": by["need"].get(self.asked.need),
            "goal": by["goal"].get(self.asked.goal),
            "mode": by["mode"][mode.value],
        }

    def _key(self, what: str) -> tuple[object, ...]:
        """Return what a page depends on: the question, the courses, the day, timetables or streets as they are."""
        by = travelling(self.service, self.asked)
        files = Timetables().stamp(by.means)
        minute = time.monotonic() // 60 if by.means.network == OSRM_NETWORK else 0  # it may not answer for a while
        version = self.service.finder.current().version
        return what, self.lang.language.code, self.asked.query(), version, self.service.today, by.week, files, minute


def _kept(request: Request, key: tuple[object, ...], make: Callable[[], Response]) -> Response:
    """Return a page from memory, made once however many ask; one that is not as it should be is not kept."""
    compressed = takes_gzip(request)
    pages: Kept[tuple[object, ...], Response] | None = getattr(request.app.state, "finder_pages", None)
    if pages is None:
        pages = request.app.state.finder_pages = Kept(_MOST, heaviest=_HEAVIEST, weigh=lambda one: len(one.body))
    found = pages.get((*key, compressed), make)
    headers = {name: value for name, value in found.headers.items() if name not in {"content-length", "content-type"}}
    if found.headers.get("etag", "none") in request.headers.get("if-none-match", ""):
        headers = {name: value for name, value in headers.items() if name != "content-encoding"}
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(found.body, found.status_code, headers, media_type=found.headers["content-type"])


def _fresh(request: Request) -> Request:
    """Return a request that has no version of the page: what is kept is the page, never « unchanged »."""
    headers = [(name, value) for name, value in request.scope["headers"] if name != b"if-none-match"]
    return Request({**request.scope, "headers": headers})


def _waiting(request: Request, lang: Speech, asked: Asked, *, failed: bool) -> Response:
    """Return the page on which the browser is asked for its position."""
    return render(request, lang, "waiting.html", private=True, asked=asked, failed=failed)


def _to_place(lang: Speech, asked: Asked) -> Response:
    return RedirectResponse(f"/{lang.language.code}/lieu{asked.query(said='')}", HTTPStatus.SEE_OTHER)


def _origin(service: Service, where: Settled) -> Origin:
    if where.place.startswith("commune:"):
        return service.finder.origin(place=where.place)
    return service.finder.origin(address=where.place)


def _as_sent(origin: Origin) -> tuple[str, str]:
    """Return a position as forms send it again: numbers, whatever else was sent with them."""
    return f"{origin.lon:.6f}", f"{origin.lat:.6f}"


def _position(lon: str, lat: str) -> Origin | None:
    """Return the position of a device; None for what is none."""
    try:
        found = float(lon[:40]), float(lat[:40])
        return at_point(*found) if all(map(math.isfinite, found)) else None
    except (ValueError, OptionError):
        return None
