"""The card of a course reached by bus, from a timetable on disk: the last bus, or that there is none, in large."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.finder.course import CourseView
from api.finder.printed import course_card
from geo_integration.cards import CourseCard, course_pdf, course_pictures
from geo_integration.messages import speech
from geo_integration.settings import settings
from tests.finder.card_samples import DAY, LINK, POPPLER, decoded, elements, opened, words_of
from tests.finder.test_finder_views import by_bus

pytestmark = pytest.mark.skipif(not POPPLER, reason="apt-get install poppler-utils")

LAST = ("last", "Centre social", "21:40", "Mairie", "22:05")
EARLY = ("early", "Centre social", "19:30", "Mairie", "19:55")


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a folder whose timetables are those of the service."""
    monkeypatch.setenv("GEO_INTEGRATION_NETWORKS", str(tmp_path / "networks"))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def printed(view: CourseView) -> CourseCard:
    """Return the card of a course, in French."""
    return course_card([(speech("fr"), view)], LINK, DAY)


def test_the_last_bus_and_the_journeys_are_printed(kept: Path) -> None:
    _, view = by_bus(kept, LAST)
    card = printed(view)
    said = " ".join(words_of(course_pdf(card)).split())
    for words in ("Dernier bus : 21:40", "environ 35 minutes en bus", "de 18:00 à 20:00", *view.itinerary):
        assert words in said
    assert decoded(course_pictures(card)[0]) == [LINK]
    (home,) = [line for line in card.faces[0].lines if line.text == view.home]
    assert home.big
    assert not home.alarm


def test_no_bus_after_class_is_an_alarm(kept: Path) -> None:
    _, view = by_bus(kept, EARLY)
    content = course_pdf(printed(view))
    (home,) = [line for line in printed(view).faces[0].lines if line.text == view.home]
    assert (home.text, home.icon, home.big, home.alarm) == ("Pas de bus après le cours", "no-home", True, True)
    assert "Pas de bus après le cours" in words_of(content)
    assert "Retour" in {one.alt for one in elements(opened(content))}
