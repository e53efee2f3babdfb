"""The answer of the finder as pages and cards show it: a list of courses, one course, the courses of a commune."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import ceil

from api.finder import needs
from api.finder.asked import Asked
from api.finder.contacts import Contact, contacts
from api.finder.course import FITS, FULL, NO, UNKNOWN, CourseView, Told, course_view
from api.finder.telling import Notice, covered_notice, headline, method, notices
from api.service import Service
from geo_integration.errors import (
    NetworkRefusedError,
    NetworkUnavailableError,
    OutsideServiceError,
    TimetableRefusedError,
)
from geo_integration.jobs.means import Means
from geo_integration.messages import N_, Speech
from geo_integration.search import Found, FoundOffer, Origin, Reach, Search
from geo_integration.search.home import WayHome
from geo_integration.search.origin import at_commune, departement_at
from geo_integration.vocabulary import Mode

__all__ = [
    "CourseView",
    "ListView",
    "Notice",
    "Section",
    "Travelling",
    "commune_view",
    "course_view",
    "list_view",
    "offer_view",
    "travelling",
]

PAGE = 10
"""Courses of one page."""
AROUND_MINUTES = 30.0
"""By road: how far courses are looked for where no bus is known. Only distances are told of it."""
_REMOTE = 3
"""Remote courses told where nothing is in reach."""
_NO_ROUTE = (NetworkUnavailableError, NetworkRefusedError, OutsideServiceError, TimetableRefusedError)


@dataclass(frozen=True)
class Travelling:
    """How minutes are counted for a question.

    Attributes
    ----------
    means : asked of the library. minutes : longest trip looked for.
    distances : no bus timetable is known: the order is that of roads, and only distances are told.
    week : a day of the week whose timetables answer; None but by timetable.
    """

    means: Means
    minutes: float
    distances: bool = False
    week: date | None = None


@dataclass(frozen=True)
class Section:
    """Courses alike under one heading; ``first`` is the number of its first course in the page."""

    kind: str
    heading: str
    courses: tuple[CourseView, ...]
    first: int


@dataclass(frozen=True)
class ListView:
    """The answer to a question, in words of one language.

    Attributes
    ----------
    courses : of this page, by :attr:`sections`. nearest : nothing sure is in reach: the nearest that may do.
    remote : nothing is in reach, and remote courses were not asked for: those that may do.
    total, pages, page : how long the list is, which part this is.
    headline : the answer in a sentence. notices : what must be known before trusting it.
    covered : ``yes``, ``partly``, ``no`` or ``outside``. contacts : whom to turn to.
    origin_label : where the trips leave from. method, sources : for the foot of the page.
    """

    courses: tuple[CourseView, ...]
    sections: tuple[Section, ...]
    nearest: tuple[CourseView, ...]
    remote: tuple[CourseView, ...]
    total: int
    pages: int
    page: int
    headline: str
    notices: tuple[Notice, ...]
    covered: str
    contacts: tuple[Contact, ...]
    origin_label: str
    method: tuple[str, ...]
    sources: tuple[str, ...]


def travelling(service: Service, asked: Asked) -> Travelling:
    """Return how to count the minutes of a question."""
    mode = needs.mode_of(asked.mode, service)
    network = service.settings.finder_network or None
    if mode is not Mode.TRANSIT:
        return Travelling(Means(mode=mode, network=network), float(asked.minutes))
    week = service.finder.timetable_week(service.today)
    if week is None:
        return _around()
    return Travelling(Means(mode=mode, network=network, week_of=week), float(asked.minutes), week=week)


def list_view(service: Service, asked: Asked, speech: Speech, origin: Origin) -> ListView:
    """Answer a question: what fits first, then minutes.

    Raises what :meth:`geo_integration.search.Finder.offers` does, but for networks: without them minutes are estimated,
    or distances told.
    """
    found, by = _found(service, asked, origin)
    ways = _ways(service, by, found.question, (*found.items, *found.nearest))
    first = next((one.offer_id for one in found.items if asked.page == 1), "")
    told = Told(service.today, by.means, by.distances, found.question.horizon, first)
    view = _Viewer(speech, asked, ways, told)
    courses = view.all(found.items)
    question = found.question
    return ListView(
        courses=courses,
        sections=_sections(speech, courses),
        nearest=view.all(found.nearest),
        remote=view.all(_remote(service, found)),
        total=found.total,
        pages=ceil(found.total / PAGE),
        page=1 + question.offset // PAGE,
        headline=headline(speech, found, distances=by.distances),
        notices=notices(speech, found, asked, by.week, distances=by.distances, today=service.today),
        covered=found.near.covered,
        contacts=contacts(speech, found.near.departement),
        origin_label=origin_label(speech, origin),
        method=method(speech, origin, by.means, distances=by.distances),
        sources=tuple(dict.fromkeys(str(one["name"]) for one in found.sources)),
    )


def offer_view(service: Service, asked: Asked, speech: Speech, offer_id: str, origin: Origin | None) -> CourseView:
    """Return one course for who asks; from nowhere without an origin. NotFoundError for no such course."""
    if origin is None:
        found = service.finder.offer(offer_id, _nowhere(service, asked), service.today)
        return course_view(found, speech, asked, None, Told(service.today))
    by = travelling(service, asked)
    for one in (by, *_instead(by)):
        question = _question(service, asked, origin, one)
        try:
            found = service.finder.offer(offer_id, question, service.today)
        except _NO_ROUTE:
            continue
        ways = _ways(service, one, question, (found,))
        told = Told(service.today, one.means, one.distances, question.horizon)
        return course_view(found, speech, asked, ways.get(offer_id), told)
    return offer_view(service, asked, speech, offer_id, None)


def commune_view(service: Service, speech: Speech, code: str) -> tuple[tuple[Section, ...], Notice | None]:
    """Return the open courses of a commune by kind, and what to say where no source covers it."""
    finder = service.finder
    found = finder.commune_offers(code, service.today)
    view = _Viewer(speech, Asked(), {}, Told(service.today))
    sections: list[Section] = []
    number = 1
    for kind in dict.fromkeys(one.card["kind"] for one in found):
        courses = view.all([one for one in found if one.card["kind"] == kind])
        sections.append(Section(kind, courses[0].kind, courses, number))
        number += len(courses)
    return tuple(sections), covered_notice(speech, *_covered(service, code))


def _covered(service: Service, code: str) -> tuple[str, str | None]:
    """Return whether some source speaks of a commune's département, whatever the kind of course."""
    departement = departement_at(at_commune(code))
    return service.finder.current().covered(departement, frozenset()), departement


def origin_label(speech: Speech, origin: Origin) -> str:
    """Return where trips leave from: the name of a commune, or that it is a position or an address."""
    if origin.commune_code is None:
        return speech.say(N_("votre position"))
    return origin.label.removesuffix(" (mairie)")


@dataclass(frozen=True)
class _Viewer:
    """What the words of every course of a page have in common."""

    speech: Speech
    asked: Asked
    ways: Mapping[str, WayHome]
    told: Told

    def all(self, offers: Iterable[FoundOffer]) -> tuple[CourseView, ...]:
        return tuple(
            course_view(one, self.speech, self.asked, self.ways.get(one.offer_id), self.told) for one in offers
        )


def _found(service: Service, asked: Asked, origin: Origin) -> tuple[Found, Travelling]:
    """Search; where the network or the timetables do not answer, count more simply and say so."""
    by = travelling(service, asked)
    for one in _instead(by):
        try:
            return _page(service, _question(service, asked, origin, by)), by
        except _NO_ROUTE:
            by = one
    return _page(service, _question(service, asked, origin, by)), by


def _instead(by: Travelling) -> tuple[Travelling, ...]:
    """Return how else to count: by timetable, distances; by streets, an estimate."""
    if by.means.mode is Mode.TRANSIT:
        return (_around(),)
    return (replace(by, means=replace(by.means, network=None)),) if by.means.network else ()


def _around() -> Travelling:
    return Travelling(Means(mode=Mode.CAR), AROUND_MINUTES, distances=True)


def _page(service: Service, question: Search) -> Found:
    """Search; a page past the last is the last."""
    found = service.finder.offers(question)
    if found.items or not found.total or not question.offset:
        return found
    return service.finder.offers(replace(question, offset=(found.total - 1) // PAGE * PAGE))


def _question(service: Service, asked: Asked, origin: Origin, by: Travelling) -> Search:
    return Search(
        origin=origin,
        as_of=service.today,
        profile=asked.profile()[0],
        means=by.means,
        minutes=by.minutes,
        limit=PAGE,
        offset=(asked.page - 1) * PAGE,
    )


def _nowhere(service: Service, asked: Asked) -> Search | None:
    """Return the question of who says what they need and not from where: judged, from a point that plays no part."""
    profile = asked.profile()[0]
    if not profile.described:
        return None
    return Search(Origin(0.0, 0.0, ""), service.today, profile, Means(mode=Mode.FOOT))


def _ways(service: Service, by: Travelling, question: Search, offers: Sequence[FoundOffer]) -> Mapping[str, WayHome]:
    if by.means.mode is not Mode.TRANSIT:
        return {}
    try:
        return service.finder.ways_home(question, offers)
    except _NO_ROUTE:
        return {}


def _remote(service: Service, found: Found) -> list[FoundOffer]:
    """Return remote courses where nothing sure is in reach and none were asked for."""
    question = found.question
    if found.counts.fits or question.profile.remote or question.offset:
        return []
    wider = replace(
        question, profile=replace(question.profile, remote=True), means=Means(mode=Mode.FOOT), limit=10 * PAGE
    )
    return [one for one in service.finder.offers(wider).items if one.reach is Reach.REMOTE][:_REMOTE]


_HEADINGS = {
    FITS: N_("Ces cours vous conviennent"),
    UNKNOWN: N_("À vérifier par téléphone"),
    "far": N_("On ne connaît pas le trajet"),
    FULL: N_("Ces cours sont complets"),
    NO: N_("Autres cours"),
}


def _sections(speech: Speech, courses: Sequence[CourseView]) -> tuple[Section, ...]:
    """Group courses that stand together in the list under a heading."""
    groups: list[tuple[str, list[CourseView]]] = []
    for course in courses:
        kind = "far" if course.reach is Reach.NOT_KNOWN and course.fit in {FITS, UNKNOWN} else course.fit
        if not groups or groups[-1][0] != kind:
            groups.append((kind, []))
        groups[-1][1].append(course)
    sections, number = [], 1
    for kind, members in groups:
        sections.append(Section(kind, speech.say(_HEADINGS[kind]), tuple(members), number))
        number += len(members)
    return tuple(sections)
