"""The question in four steps, one per screen: language, where, what I need, how and when I can go."""

from http import HTTPStatus
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from api.finder import needs
from api.finder.asked import Asked
from api.finder.pages import SpeechDep, render
from api.finder.places import Settled, settle, settled
from api.service import ServiceDep
from geo_integration.messages import negotiated, speech

router = APIRouter(include_in_schema=False)

MINUTES = (15, 30, 45, 60, 90, 120)
"""Longest trips offered."""


@router.get("/")
def language(request: Request) -> Response:
    """Ask for the language (step 1): each by its own name, the browser's first."""
    lang = speech(negotiated(request.headers.get("accept-language", "")).code)
    return render(request, lang, "language.html", step=1)


@router.get("/{lang:language}")
def start(lang: str, request: Request) -> Response:
    """Go to step 2."""
    query = Asked.of(request.query_params).query()
    return RedirectResponse(f"/{lang}/lieu{query}", HTTPStatus.TEMPORARY_REDIRECT)


@router.get("/{lang:language}/lieu")
def place(lang: SpeechDep, request: Request, service: ServiceDep) -> Response:
    """Ask where somebody is (step 2); once it is known, go on to step 3."""
    asked = Asked.of(request.query_params)
    found = settle(asked.place, service)
    if isinstance(found, Settled):
        return _go(lang.language.code, "besoin", asked.query(place=found.place, said=found.said))
    return render(
        request,
        lang,
        "place.html",
        step=2,
        private=asked.typed,
        asked=asked,
        found=found,
        tried="place" in request.query_params,
        addresses=service.finder.has_addresses,
    )


@router.get("/{lang:language}/besoin")
def need(lang: SpeechDep, request: Request, service: ServiceDep) -> Response:
    """Ask what somebody needs (step 3)."""
    asked = Asked.of(request.query_params)
    where = settled(asked.place, service)
    if where is None:
        return _go(lang.language.code, "lieu", asked.query(said=""))
    return render(
        request,
        lang,
        "need.html",
        step=3,
        private=asked.typed,
        asked=asked,
        where=where,
        needs=needs.NEEDS,
        goals=needs.GOALS,
        who=needs.WHO,
        unsaid=needs.UNSAID,
    )


@router.get("/{lang:language}/trajet")
def travel(lang: SpeechDep, request: Request, service: ServiceDep) -> Response:
    """Ask how and when somebody can go (step 4)."""
    asked = Asked.of(request.query_params)
    where = settled(asked.place, service)
    if where is None:
        return _go(lang.language.code, "lieu", asked.query(said=""))
    timetables = needs.has_timetables(service)
    return render(
        request,
        lang,
        "travel.html",
        step=4,
        private=asked.typed,
        asked=asked,
        where=where,
        modes=[one for one in needs.MODES if timetables or one.code != "transit"],
        mode=needs.mode_of(asked.mode, service).value,
        times=needs.TIMES,
        minutes=sorted({*MINUTES, asked.minutes}),
        timetables=timetables,
        extras=[(name, one, getattr(asked, name)) for name, one in needs.EXTRAS.items()],
    )


def _go(lang: str, step: str, query: str) -> Response:
    """Send to another step; ``see other`` so that the address of the answer is that step's."""
    return RedirectResponse(f"/{quote(lang)}/{step}{query}", HTTPStatus.SEE_OTHER)
