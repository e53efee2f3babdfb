"""From what a page shows of a course to what is printed of it, in words of one language."""

from collections.abc import Iterable, Sequence
from datetime import date

from api.finder.course import CourseView
from api.finder.views import Notice, Section
from api.finder.why import NO
from geo_integration.cards import CourseCard, Face, Line, Wall, WallCourse, WallGroup
from geo_integration.messages import N_, Speech

FICTITIOUS = N_("DONNÉES FICTIVES : ces cours n'existent pas. Cette page est une démonstration.")
_SCAN = N_("Photographiez ce code avec un téléphone : la page s'ouvre.")
_PRINTED = N_("Imprimé le %(day)s.")
_NONE = N_("Nous ne connaissons pas de cours ouvert dans cette commune.")
_SIGNS_OF_HOME = ("question", "remote")
"""Pictograms of the way home that a house would hide."""


def course_card(views: Sequence[tuple[Speech, CourseView]], link: str, day: date) -> CourseCard:
    """Return the card of a course.

    Parameters
    ----------
    views : the same course in the language of each page: the reader's, then French.
    link : its page, for the QR code.
    day : the day it is printed.
    """
    speech, first = views[0]
    return CourseCard(
        faces=tuple(_face(speech, view, day) for speech, view in views),
        time="\n".join(first.when),
        phone=first.phone,
        link=link,
        synthetic=speech.say(FICTITIOUS) if first.synthetic else None,
        printed=speech.say(_PRINTED, day=speech.day(day.isoformat())),
        day=day,
        tel=first.tel,
    )


def wall(
    speech: Speech, commune: str, sections: Sequence[Section], notice: Notice | None, link: str, day: date
) -> Wall:
    """Return the list of a commune, in one language; titles and addresses are those of the sources, in French."""
    courses = [course for section in sections for course in section.courses]
    return Wall(
        language=speech.language,
        title=speech.say(N_("Cours de français : %(commune)s"), commune=commune),
        subtitle=speech.say_n(
            "%(count)s cours ouvert ou peut-être ouvert", "%(count)s cours ouverts ou peut-être ouverts", len(courses)
        )
        if courses
        else "",
        groups=tuple(_group(speech, section) for section in sections),
        empty=speech.say(_NONE),
        notice=notice.text if notice else "",
        link=link,
        scan=speech.say(_SCAN),
        time_label=speech.say(N_("Quand ?")),
        phone_label=speech.say(N_("Appeler")),
        foot=" ".join(
            (speech.say(N_("Les cours changent. Téléphonez toujours avant de partir.")), *_sources(speech, courses))
        ),
        synthetic=speech.say(FICTITIOUS) if any(course.synthetic for course in courses) else None,
        printed=speech.say(_PRINTED, day=speech.day(day.isoformat())),
        day=day,
    )


def _face(speech: Speech, view: CourseView, day: date) -> Face:
    return Face(
        language=speech.language,
        title=view.kind,
        name=view.title if view.title != view.kind else "",
        icon=view.kind_icon,
        time="\n".join(view.when),
        time_label=speech.say(N_("Quand ?")),
        lines=tuple(_lines(speech, view)),
        phone_label=speech.say(N_("Appeler")),
        no_phone=view.email or speech.say(N_("Téléphone non connu")),
        scan=speech.say(_SCAN),
        foot=" ".join((f"{view.fresh}.", *_sources(speech, [view]))),
        synthetic=speech.say(FICTITIOUS) if view.synthetic else None,
        printed=speech.say(_PRINTED, day=speech.day(day.isoformat())),
    )


def _lines(speech: Speech, view: CourseView) -> Iterable[Line]:
    """Give what a card says, most needed first: the last lines are the first to go where room lacks."""
    yield from _refusals(speech, view)
    yield from _hours(speech, view)
    yield from _where(speech, view, big=True)
    if view.place_quality:
        yield Line("warning", view.place_quality)
    if view.there:
        yield Line(view.there_icon, view.there, label=speech.say(N_("Aller")))
    sign = view.home_icon if view.home_bad or view.home_icon in _SIGNS_OF_HOME else "home"
    yield Line(sign, view.home, label=speech.say(N_("Retour")), big=True, alarm=view.home_bad)
    yield from (Line("warning", text) for text in view.trip_warnings)
    if view.to_ask:
        yield Line("question", speech.listed(view.to_ask), head=speech.say(N_("Demandez au téléphone :")))
    yield Line("person", view.for_whom, label=speech.say(N_("Pour qui ?")))
    if view.first:
        yield Line("people", view.first)
    yield Line("level", view.level, label=speech.say(N_("le niveau du cours")))
    yield Line("euro", view.cost, label=speech.say(N_("le prix")))
    if view.starts:
        yield Line("calendar", view.starts)
    yield from _journeys(speech, view)


def _refusals(speech: Speech, view: CourseView) -> Iterable[Line]:
    if view.fit == NO:
        yield Line("warning", view.why, alarm=True)
    if view.full:
        yield Line("full", speech.say(N_("Complet")), big=True, alarm=True)
    if view.reserved:
        yield Line("person", view.reserved, alarm=True)


def _hours(speech: Speech, view: CourseView) -> Iterable[Line]:
    """Give the hours that only the words of the source tell; the large time holds the others."""
    label = speech.say(N_("Quand ?"))
    yield from (Line("clock", text, label=label, big=not view.when, foreign=True) for text in view.schedule)


def _where(speech: Speech, view: CourseView, *, big: bool) -> Iterable[Line]:
    place = ", ".join(filter(None, (view.place, view.address, view.commune)))
    if place:
        yield Line("pin", place, big=big, foreign=True, label=speech.say(N_("l'adresse")))


def _journeys(speech: Speech, view: CourseView) -> Iterable[Line]:
    if view.out_steps:
        yield Line(view.there_icon, " ".join(view.out_steps), head=speech.say(N_("Aller")), small=True)
    if view.back_steps:
        yield Line("home", " ".join(view.back_steps), head=speech.say(N_("Retour")), small=True)
    if view.out_steps or view.back_steps:
        yield from (Line("info", text, small=True) for text in view.trip_notes)


def _group(speech: Speech, section: Section) -> WallGroup:
    return WallGroup(
        title=section.heading,
        icon=section.courses[0].kind_icon,
        courses=tuple(_wall_course(speech, course) for course in section.courses),
    )


def _wall_course(speech: Speech, view: CourseView) -> WallCourse:
    lines = [*_refusals(speech, view), *_hours(speech, view), *_where(speech, view, big=False)]
    lines.append(Line("level", view.level, label=speech.say(N_("le niveau du cours"))))
    return WallCourse(
        name=view.title,
        lines=tuple(lines),
        aside=(Line("euro", view.cost, label=speech.say(N_("le prix"))), Line("fresh", view.fresh, small=True)),
        time="\n".join(view.when),
        phone=view.phone,
        tel=view.tel,
        no_phone=view.email or speech.say(N_("Téléphone non connu")),
    )


def _sources(speech: Speech, views: Iterable[CourseView]) -> tuple[str, ...]:
    names = list(dict.fromkeys(name for view in views for name in view.sources.split(", ") if name))
    return (speech.say(N_("Sources :")), f"{', '.join(map(speech.isolated, names))}.") if names else ()
