"""What is shown of courses: by hand on a store of a few, with trains on paper; nothing is kind to a wrong minute."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from api.finder import journeys
from api.finder.asked import Asked
from api.finder.views import CourseView, ListView, commune_view, list_view, offer_view
from api.service import Service
from geo_integration.errors import NotFoundError
from geo_integration.jobs.means import Means
from geo_integration.messages import LANGUAGES, speech
from geo_integration.search import FoundOffer, Origin, Reach
from geo_integration.search.home import WayHome
from geo_integration.search.origin import at_commune
from geo_integration.settings import ServiceSettings, settings
from geo_integration.travel.transit.class_hours import HoursBasis, Slot
from geo_integration.travel.transit.engine import Journey, Ride, Walk
from geo_integration.travel.transit.itinerary import ThereAndBack
from geo_integration.vocabulary import Engine, Fit, Mode, OfferStatus
from tests.finder.buses import Bus, buses
from tests.search.small_store import DAY, finder_of, north, offer, session, store_of

FR = speech("fr")
LILLE = at_commune("59350")
BUS = Means(mode=Mode.TRANSIT, network="streets", week_of=date(2026, 10, 6))
SLOT = Slot.parse("mon", "18:00", "20:00")


def service_of(folder: Path, offers: Sequence[dict[str, Any]], *more: Any, **coverage: Any) -> Service:  # noqa: ANN401
    """Return a service of these courses: views read its finder, its day and its settings only."""
    finder = finder_of(store_of(folder / "store", offers, *more, **coverage))
    chosen = ServiceSettings(as_of=DAY.isoformat())
    nothing = cast("Any", None)
    return Service(nothing, nothing, chosen, nothing, finder, lambda: datetime.now(tz=UTC))


def at_lille(metres: float) -> tuple[float, float]:
    """Return a place so far north of the town hall of Lille."""
    _, lat = north(metres)
    return LILLE.lon, LILLE.lat + lat - north(0)[1]


POINT = Origin(LILLE.lon, LILLE.lat, "point donné")


def asking(service: Service, origin: Origin = POINT, code: str = "fr", **more: Any) -> ListView:  # noqa: ANN401
    """Ask on foot from the town hall of Lille."""
    return list_view(service, Asked(**{"mode": "foot"} | more), speech(code), origin)


def titles(courses: Sequence[CourseView]) -> list[str]:
    return [course.title for course in courses]


def of(view: ListView, title: str) -> CourseView:
    """Return the course of a title."""
    every = (*view.courses, *view.nearest, *view.remote)
    return next(course for course in every if course.title == title)


# --- fit first, then minutes


def test_fit_comes_before_minutes_each_group_under_its_heading(tmp_path: Path) -> None:
    offers = [
        offer(1, at_lille(100), level_entry="unknown"),  # nearest, and nobody knows for whom
        offer(2, at_lille(200)),
        offer(3, at_lille(1500)),
        offer(4, at_lille(900)),
        offer(5, at_lille(50), level_entry="B2"),  # another level: not told
    ]
    sessions = [session(1), session(2, "closed"), session(3), session(4), session(5)]
    view = asking(service_of(tmp_path, offers, sessions), need="little")
    assert [(one.kind, one.heading, titles(one.courses), one.first) for one in view.sections] == [
        ("fits", "Ces cours vous conviennent", ["Cours 4", "Cours 3"], 1),
        ("unknown", "À vérifier par téléphone", ["Cours 1"], 3),
        ("full", "Ces cours sont complets", ["Cours 2"], 4),
    ]
    assert view.headline == "2 cours pour vous, à 45 minutes ou moins"
    assert (view.total, view.pages, view.page, view.nearest, view.remote) == (4, 1, 1, (), ())
    assert of(view, "Cours 4").why == "C'est le plus proche qui convient pour : votre niveau."
    assert of(view, "Cours 3").why == "Ce cours convient pour : votre niveau."
    assert of(view, "Cours 1").to_ask == ("le niveau du cours",)
    assert of(view, "Cours 1").why == "Ce cours peut convenir. Téléphonez pour savoir."
    assert of(view, "Cours 2").full


def test_minutes_in_a_straight_line_say_that_they_are_estimates(tmp_path: Path) -> None:
    view = asking(service_of(tmp_path, [offer(1, at_lille(900))], [session(1)]))
    (course,) = view.courses
    # 900 m lengthened by 30 %, at 4.5 km/h: 15.6 minutes, rounded up
    assert (course.there, course.home) == ("environ 16 minutes à pied", "Retour à pied : environ 16 minutes")
    assert not course.home_bad
    assert "Temps estimé en ligne droite, plus 30 %." in view.method


def test_ten_a_page_and_a_page_past_the_end_is_the_last(tmp_path: Path) -> None:
    service = service_of(tmp_path, [offer(n, at_lille(100 * n)) for n in range(1, 13)])
    pages = [asking(service, page=page) for page in (1, 2, 99)]
    assert [len(view.courses) for view in pages] == [10, 2, 2]
    assert [(view.page, view.pages, view.total) for view in pages] == [(1, 2, 12), (2, 2, 12), (2, 2, 12)]
    assert titles(pages[1].courses) == titles(pages[2].courses) == ["Cours 11", "Cours 12"]


# --- nothing found is not « no course »


def test_nothing_in_reach_gives_the_nearest_the_remote_and_whom_to_call(tmp_path: Path) -> None:
    remote = offer(2, None, modality="remote", location_quality="remote")
    service = service_of(tmp_path, [offer(1, at_lille(4000)), remote], [session(1), session(2)])
    view = asking(service, need="little", minutes=30)
    assert view.headline == "Nous ne connaissons pas de cours pour vous à 30 minutes ou moins"
    assert view.courses == ()
    assert titles(view.nearest) == ["Cours 1"]
    assert view.nearest[0].there == "environ 1 h 10 à pied"
    assert view.nearest[0].why == "C'est plus loin que ce que vous voulez. Ce cours convient."
    assert titles(view.remote) == ["Cours 2"]
    assert view.remote[0].home == "Cours par internet, de chez vous : pas de trajet."
    assert [one.name for one in view.contacts] == ["OFII", "Réseau des Carif-Oref", "France services"]
    assert view.notices == ()


def test_remote_courses_asked_for_are_in_the_list_and_not_told_twice(tmp_path: Path) -> None:
    remote = offer(2, None, modality="remote", location_quality="remote")
    view = asking(service_of(tmp_path, [remote], [session(2)]), need="little", remote=True)
    assert (titles(view.courses), view.remote) == (["Cours 2"], ())


def test_where_no_source_speaks_it_is_said_and_is_not_no_course(tmp_path: Path) -> None:
    service = service_of(tmp_path, [offer(1, at_lille(900))])
    paris = asking(service, at_commune("75056"))
    assert paris.covered == "no"
    assert paris.headline == "Nous ne savons pas s'il y a des cours ici"
    assert [notice.kind for notice in paris.notices] == ["unknown"]
    assert paris.notices[0].text.startswith("Aucune source ne couvre cet endroit (Paris, 75).")
    abroad = asking(service, Origin(13.4, 52.5, "point donné"))
    assert abroad.covered == "outside"
    assert abroad.notices[0].text == "Aucune source ne couvre cet endroit : il est hors de France."


def test_sources_of_some_kinds_only_are_said_so(tmp_path: Path) -> None:
    service = service_of(tmp_path, [offer(1, at_lille(900))], [session(1)], kinds=["fle"])
    view = asking(service, need="little")
    assert view.covered == "partly"
    assert view.notices[0].text.startswith("Nous ne connaissons qu'une partie des cours ici (Nord, 59).")


def test_a_course_without_a_known_place_is_told_apart(tmp_path: Path) -> None:
    view = asking(service_of(tmp_path, [offer(1, None), offer(2, at_lille(900))]))
    assert [(one.kind, titles(one.courses)) for one in view.sections] == [("fits", ["Cours 2"]), ("far", ["Cours 1"])]
    lost = of(view, "Cours 1")
    assert lost.home == "Trajet non connu : demandez comment venir et rentrer."
    assert lost.there is None
    assert "l'adresse" in lost.to_ask
    assert lost.place_quality == "Le lieu n'est pas connu."


# --- buses


@pytest.fixture
def networks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Keep timetables where the settings say."""
    monkeypatch.setenv("GEO_INTEGRATION_NETWORKS", str(tmp_path / "networks"))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def test_without_timetables_distances_are_told_and_never_minutes(networks: Path) -> None:
    offers = [offer(1, at_lille(2400)), offer(2, at_lille(900))]
    view = asking(service_of(networks, offers), mode="transit")
    assert titles(view.courses) == ["Cours 2", "Cours 1"]
    assert [course.there for course in view.courses] == ["900 m en ligne droite", "2,4 km en ligne droite"]
    assert {course.home for course in view.courses} == {
        "On ne connaît pas les bus ici : demandez comment venir et rentrer."
    }
    assert view.headline == "2 cours ouverts"
    assert view.notices[0].kind == "unknown"
    assert "minute" not in " ".join([view.headline, *(str(course) for course in view.courses)])


EVENING = session(1, days="mon", start_time="18:00", end_time="20:00", entry_mode="permanent")
FAR = at_lille(15_000)
"""Too far to walk home from in 90 minutes."""
STOPS = {"Mairie": (LILLE.lon, LILLE.lat), "Centre social": FAR}
IN: Bus = ("in", "Mairie", "17:20", "Centre social", "17:45")


def by_bus(folder: Path, *runs: Bus, mode: int = 3, today: date = DAY, code: str = "fr") -> tuple[ListView, CourseView]:
    """Ask by bus for the evening course at the end of the line."""
    buses(folder, [IN, *runs], STOPS, route_type=mode)
    service = service_of(folder, [offer(1, FAR)], [EVENING])
    object.__setattr__(service, "settings", ServiceSettings(as_of=today.isoformat()))
    view = asking(service, mode="transit", minutes=60, code=code)
    (course,) = (*view.courses, *view.nearest)
    return view, course


def test_the_last_bus_home_and_the_journey_in_words(networks: Path) -> None:
    view, course = by_bus(
        networks,
        ("soon", "Centre social", "20:10", "Mairie", "20:35"),
        ("last", "Centre social", "21:40", "Mairie", "22:05"),
    )
    assert titles(view.courses) == ["Cours 1"]
    assert (course.home, course.home_icon, course.home_bad) == ("Dernier bus : 21:40", "bus", False)
    assert course.there == "environ 35 minutes en bus"  # 17:20 to 17:55, five minutes before class
    assert course.back == "environ 35 minutes en bus"  # 20:00 to 20:35
    assert course.itinerary == (
        "Partez à 17:20.",
        "17:20 : montez à « Mairie ». Prenez : bus 12, direction « Centre social ».",
        "17:45 : descendez à « Centre social ».",
        "Arrivée à 17:45.",
        "Le cours finit à 20:00.",
        "Partez à 20:10.",
        "20:10 : montez à « Centre social ». Prenez : bus 12, direction « Mairie ».",
        "20:35 : descendez à « Mairie ».",
        "Arrivée à 20:35.",
    )
    assert course.trip_notes == ("Trajet compté pour le cours : lundi, de 18:00 à 20:00.",)
    assert course.trip_warnings == ()
    assert [notice.kind for notice in view.notices] == ["info"]


def test_no_bus_after_class_is_said_loudly(networks: Path) -> None:
    _, course = by_bus(networks, ("early", "Centre social", "19:30", "Mairie", "19:55"))
    assert (course.home, course.home_icon, course.home_bad) == ("Pas de bus après le cours", "no-home", True)
    assert course.back is None


def test_a_train_is_called_a_train(networks: Path) -> None:
    _, course = by_bus(networks, ("last", "Centre social", "20:10", "Mairie", "20:35"), mode=2)
    assert (course.home, course.home_icon) == ("Dernier train : 20:10", "train")


def test_hours_nobody_states_are_an_example_and_said_so(networks: Path) -> None:
    runs = [("in", "Mairie", "08:20", "Centre social", "08:45"), ("out", "Centre social", "12:00", "Mairie", "12:25")]
    buses(networks, runs, STOPS)
    view = asking(service_of(networks, [offer(1, FAR)], [session(1)]), mode="transit", minutes=60)
    course = of(view, "Cours 1")
    assert course.home == "Dernier bus : 12:00"
    assert course.trip_warnings == ("Trajet compté avec des heures d'exemple : demandez les vraies heures.",)
    assert course.trip_notes[0].startswith("On ne connaît pas les jours et les heures du cours.")
    assert course.when == ("Jours et heures non précisés : demandez.",)
    assert "les jours et les heures" in course.to_ask


def test_timetables_of_another_week_are_said_so(networks: Path) -> None:
    view, _ = by_bus(networks, ("last", "Centre social", "20:10", "Mairie", "20:35"), today=date(2027, 1, 6))
    assert view.notices[0].kind == "warning"
    assert "la semaine du 7 décembre 2026" in view.notices[0].text


# --- the way home, journey by journey


def second(time: str) -> int:
    hour, minute = time.split(":")
    return int(hour) * 3600 + int(minute) * 60


def ride(start: str, end: str, route_type: int = 3) -> Ride:
    return Ride("t", "f", "r", "12", route_type, "Mairie", "A", "Centre", "Mairie", second(start), second(end), 0)


def journey(*legs: Walk | Ride) -> Journey:
    return Journey(legs[0].start, legs[-1].end, legs)


def way(out: Journey | None, back: Journey | None, last: Journey | None, ride_home: Journey | None) -> WayHome:
    trip = ThereAndBack(SLOT, HoursBasis.STATED, date(2026, 10, 5), out, back, 64_500, 86_340, Engine.TIMETABLE)
    return WayHome(trip, last, ride_home)


WALK = Walk(72_000, 73_500, "", "")
RIDE_IN = journey(ride("17:20", "17:45"))
RIDE_HOME = journey(ride("20:10", "20:35"))
LAST = journey(ride("22:10", "22:35"))


@pytest.mark.parametrize(
    ("there_and_back", "home", "bad"),
    [
        (way(RIDE_IN, RIDE_HOME, LAST, LAST), "Dernier bus : 22:10", False),
        (way(RIDE_IN, None, None, None), "Pas de bus après le cours", True),
        (
            way(RIDE_IN, journey(WALK), journey(WALK), None),
            "Pas de bus après le cours. Retour à pied : 25 minutes",
            True,
        ),
        (way(journey(WALK), journey(WALK), journey(WALK), None), "Retour à pied : 25 minutes", False),
        (way(journey(WALK), journey(WALK), LAST, LAST), "Retour à pied : 25 minutes", False),
        (way(RIDE_IN, journey(WALK), LAST, LAST), "Dernier bus : 22:10", False),
        (way(journey(ride("17:20", "17:45", 2)), None, None, None), "Pas de train après le cours", True),
        (
            way(journey(ride("17:00", "17:15", 2), ride("17:20", "17:45", 0)), None, None, None),
            "Pas de bus ni de train après le cours",
            True,
        ),
        (
            way(RIDE_IN, RIDE_HOME, LAST, journey(ride("21:00", "21:15", 0), ride("21:20", "21:45", 2))),
            "Dernier tram : 21:00",
            False,
        ),
    ],
)
def test_how_one_gets_home_is_always_told(there_and_back: WayHome, home: str, *, bad: bool) -> None:
    found = FoundOffer({}, Fit.FITS, "", OfferStatus.OPEN, Reach.WITHIN, 35.0, 25.0, 9000.0, basis=HoursBasis.STATED)
    told = journeys.trip(FR, found, BUS, there_and_back)
    assert (told.home, told.bad) == (home, bad)


def test_a_long_wait_is_not_hidden() -> None:
    found = FoundOffer({}, Fit.FITS, "", OfferStatus.OPEN, Reach.WITHIN, 35.0, 95.0, 9000.0, basis=HoursBasis.STATED)
    late = journey(ride("21:10", "21:35"))
    told = journeys.trip(FR, found, BUS, way(RIDE_IN, late, late, late))
    assert told.warnings == ("Attention : une attente de 1 h 10.",)


# --- one course, one commune


def test_one_course_from_a_place_and_from_nowhere(tmp_path: Path) -> None:
    service = service_of(tmp_path, [offer(1, at_lille(900), level_entry="B1")], [session(1)])
    asked = Asked(mode="foot", need="beginner")
    here = offer_view(service, asked, FR, "s:1", POINT)
    assert (here.fit, here.why) == ("no", "Ce cours ne va pas : c'est un autre niveau.")
    assert here.there == "environ 16 minutes à pied"
    nowhere = offer_view(service, asked, FR, "s:1", None)
    assert (nowhere.fit, nowhere.there) == ("no", None)
    assert nowhere.home == "Pour le trajet et le retour, dites d'où vous partez."
    with pytest.raises(NotFoundError):
        offer_view(service, asked, FR, "s:2", None)


def test_a_commune_lists_every_open_course_by_kind(tmp_path: Path) -> None:
    offers = [
        offer(1, at_lille(900)),
        offer(2, at_lille(100), kind="alphabetisation", level_entry="alpha"),
        offer(3, at_lille(200), commune_code="59009"),
        offer(4, at_lille(300)),
    ]
    service = service_of(tmp_path, offers, [session(n) for n in (1, 2, 3)] + [session(4, end_date="2026-09-01")])
    sections, notice = commune_view(service, FR, "59350")
    assert [(one.heading, titles(one.courses), one.first) for one in sections] == [
        ("Apprendre à lire et à écrire", ["Cours 2"], 1),
        ("Apprendre le français", ["Cours 1"], 2),
    ]
    assert notice is None
    sections, notice = commune_view(service, FR, "75056")
    assert sections == ()
    assert notice is not None
    assert notice.kind == "unknown"


def test_every_language_tells_how_one_gets_home(networks: Path) -> None:
    for language in LANGUAGES:
        _, course = by_bus(networks, ("last", "Centre social", "20:10", "Mairie", "20:35"), code=language.code)
        assert "20:10" in course.home
        assert all(course.itinerary)
        assert course.phone is None
