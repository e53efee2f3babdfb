"""What is printed: the card of a course (A5), the list of a commune to pin on a wall (A4). PDF/UA, set by typst."""

import hashlib
import logging
import re
import unicodedata
from collections.abc import Callable, Hashable
from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from api.finder.asked import Asked
from api.finder.pages import SpeechDep
from api.finder.places import Settled, commune, settled
from api.finder.printed import course_card, wall
from api.finder.results import OfferId  # its module knows what a commune's code in an address looks like
from api.finder.views import CourseView, commune_view, offer_view
from api.service import Service, ServiceDep
from geo_integration import territories
from geo_integration.cards import Press, course_pdf, wall_pdf
from geo_integration.errors import MissingDataError, UnavailableError
from geo_integration.messages import Speech, speech
from geo_integration.messages.languages import FRENCH
from geo_integration.search import Origin

router = APIRouter(include_in_schema=False)

_LOG = logging.getLogger(__name__)
_PRESS = Press()
_PDF = "application/pdf"
_KEPT, _PRIVATE = "private, no-cache", "no-store"
_LONGEST_NAME = 60
_NOT_NAME = re.compile(r"[^a-z0-9]+")


@router.get("/{lang:language}/fiche.pdf")
def course_document(lang: SpeechDep, request: Request, service: ServiceDep, offer: OfferId = "") -> Response:
    """Give the card of a course: a page in the reader's language, then one in French; 404 for no such course."""
    asked = Asked.of(request.query_params)
    where = None if asked.here else settled(asked.place, service)
    languages = [lang] if lang.language == FRENCH else [lang, speech(FRENCH.code)]
    views = [(one, _course(service, asked, one, offer, where)) for one in languages]
    card = course_card(views, _page_of_course(request, service, lang, asked, offer), service.today)
    private = where is not None and not where.place.startswith("commune:")
    content = _printed(None if private else card, lambda: course_pdf(card))
    name = f"cours {views[-1][1].title} {lang.language.code}"
    return _sent(request, content, name, [one.language.code for one in languages], private=private)


@router.get("/{lang:language}/commune/{code:commune}.pdf")
def commune_document(lang: SpeechDep, code: str, request: Request, service: ServiceDep) -> Response:
    """Give the list of every open course of a commune; 404 for no such commune."""
    where = commune(territories.resolve(code.upper()))
    number = where.place.removeprefix("commune:")
    try:
        sections, notice = commune_view(service, lang, number)
    except MissingDataError as error:
        raise _nothing() from error
    link = f"{_base(request, service)}/{lang.language.code}/commune/{number}"
    document = wall(lang, where.label, sections, notice, link, service.today)
    content = _printed(document, lambda: wall_pdf(document))
    return _sent(request, content, f"cours {where.label} {lang.language.code}", [lang.language.code], private=False)


def _course(service: Service, asked: Asked, lang: Speech, offer: str, where: Settled | None) -> CourseView:
    try:
        return offer_view(service, asked, lang, offer, _origin(service, where) if where else None)
    except MissingDataError as error:
        raise _nothing() from error


def _nothing() -> UnavailableError:
    return UnavailableError(
        "Aucune liste de cours n'est dans ce service.", way_out="Publier des offres, ou charger la démonstration."
    )


def _origin(service: Service, where: Settled) -> Origin:
    if where.place.startswith("commune:"):
        return service.finder.origin(place=where.place)
    return service.finder.origin(address=where.place)


def _printed(document: Hashable, set_it: Callable[[], bytes]) -> bytes:
    """Return a finished document; None for ``document``: what tells of somebody's address is not remembered."""
    try:
        return _PRESS.unkept(set_it) if document is None else _PRESS.printed(document, set_it)
    except UnavailableError as error:
        _LOG.warning("document not printed: %s", error)  # a font to install: the operator must read which
        raise


def _page_of_course(request: Request, service: Service, lang: Speech, asked: Asked, offer: str) -> str:
    """Return the page a card leads to, as it may be shared: a commune is told, what somebody typed is not."""
    place = asked.place if asked.commune else ""
    return (
        f"{_base(request, service)}/{lang.language.code}/fiche{asked.query(offer=offer, place=place, said='', page=1)}"
    )


def _base(request: Request, service: Service) -> str:
    return (service.settings.base_url or str(request.base_url)).rstrip("/")


def _sent(request: Request, content: bytes, name: str, languages: list[str], *, private: bool) -> Response:
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {
        "Cache-Control": _PRIVATE if private else _KEPT,
        "Content-Disposition": f'inline; filename="{_file_name(name)}"',
        "Content-Language": ", ".join(languages),
        "Referrer-Policy": "no-referrer",
    }
    if not private:
        headers["ETag"] = tag
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(content, headers=headers, media_type=_PDF)


def _file_name(text: str) -> str:
    """Return a name every system takes: "cours-alphabetisation-arras-ar.pdf"; never more than a title's first words."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = _NOT_NAME.sub("-", plain).strip("-")
    head, _, end = words.rpartition("-")
    return f"{head[:_LONGEST_NAME].strip('-')}-{end}.pdf"
