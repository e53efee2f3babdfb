"""Cards and lists asked of the service: in every language, from the demonstration, two at once at most."""

import re
import threading
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from api.finder import cards, words
from api.finder.asked import Asked
from api.finder.printed import course_card
from api.finder.views import commune_view, offer_view
from api.service import Service
from geo_integration import cards as library
from geo_integration.cards import Press, course_pictures
from geo_integration.cards.pictures import symbols
from geo_integration.errors import MissingDataError, UnavailableError
from geo_integration.jobs import demo
from geo_integration.messages import LANGUAGES, speech
from tests.finder.card_samples import POPPLER, decoded, elements, flat, opened, words_of

pytestmark = pytest.mark.skipif(not POPPLER, reason="apt-get install poppler-utils")

FROM_ARRAS = "place=commune:62041&need=alpha&mode=car"
CODES = [one.code for one in LANGUAGES]


@pytest.fixture(scope="module")
def offer(finder_client: TestClient) -> str:
    """Return a course of the list around Arras, as an address writes it."""
    found = re.search(r"/fr/fiche\?offer=([^&\"]+)", finder_client.get(f"/fr/cours?{FROM_ARRAS}").text)
    assert found
    return found[1]


@pytest.fixture(autouse=True)
def press(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give each test a press that remembers nothing."""
    monkeypatch.setattr(cards, "_PRESS", Press())
    return


@pytest.mark.parametrize("code", CODES)
def test_a_card_in_every_language(finder_client: TestClient, offer: str, code: str) -> None:
    answer = finder_client.get(f"/{code}/fiche.pdf?offer={offer}&{FROM_ARRAS}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-language"] == ("fr" if code == "fr" else f"{code}, fr")
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in answer.headers
    name = re.fullmatch(r'inline; filename="([a-z0-9-]+)\.pdf"', answer.headers["content-disposition"])
    assert name
    assert name[1].startswith("cours-")
    assert name[1].endswith(f"-{code}")
    document = opened(answer.content)
    assert str(document.Root.Lang) == code
    assert len(document.pages) == (1 if code == "fr" else 2)
    assert all(one.alt for one in elements(document) if one.role == "Figure")
    pages = words_of(answer.content).split("\f")[:-1]
    assert "DONNÉES FICTIVES" in pages[-1]
    assert "scolarisées" in pages[0]
    assert "Photographiez" in pages[-1]
    assert code == "fr" or "Photographiez" not in pages[0]


def test_a_card_says_what_the_page_says(finder_client: TestClient, finder_service: Service, offer: str) -> None:
    said = flat(words_of(finder_client.get(f"/fr/fiche.pdf?offer={offer}&{FROM_ARRAS}").content))
    asked = Asked.of({"place": "commune:62041", "need": "alpha", "mode": "car"})
    origin = finder_service.finder.origin(place="commune:62041")
    view = offer_view(finder_service, asked, speech("fr"), _plain(offer), origin)
    assert view.there
    told = [view.kind, view.title, view.address, view.commune, view.there, view.home, view.level, view.for_whom]
    for words_said in [*told, view.cost, view.phone, view.fresh, "Imprimé le 1er octobre 2026"]:
        assert words_said is None or flat(words_said) in said
    for line in view.when:
        assert flat(line.replace(",", "")) in said.replace(",", "")


def test_the_code_opens_the_page_of_the_course(
    finder_client: TestClient, offer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[list[str]] = []

    def watched(card: library.CourseCard) -> bytes:
        drawn.extend(decoded(picture) for picture in course_pictures(card))
        return library.course_pdf(card)

    monkeypatch.setattr(cards, "course_pdf", watched)
    finder_client.get(f"/ar/fiche.pdf?offer={offer}&{FROM_ARRAS}&page=3&said=aras")
    first, second = drawn
    assert first == second
    (link,) = first
    address = urlsplit(link)
    assert address.path == "/ar/fiche"
    asked = parse_qs(address.query)
    assert asked == {"offer": [_plain(offer)], "place": ["commune:62041"], "need": ["alpha"], "mode": ["car"]}
    page = finder_client.get(f"{address.path}?{address.query}")
    assert page.status_code == 200
    drawn.clear()
    finder_client.get(f"/fr/fiche.pdf?offer={offer}&place=12 rue des Écoles Arras&need=alpha")
    finder_client.get(f"/fr/fiche.pdf?offer={offer}&place=ici&need=alpha")
    assert drawn
    for (link,) in drawn:
        assert "place" not in parse_qs(urlsplit(link).query)


def test_without_a_place_the_way_is_asked_for(finder_client: TestClient, offer: str) -> None:
    said = " ".join(words_of(finder_client.get(f"/fr/fiche.pdf?offer={offer}").content).split())
    assert "dites d'où vous partez" in said


def test_the_same_document_is_the_same_bytes_and_not_sent_twice(finder_client: TestClient, offer: str) -> None:
    for address in (f"/ar/fiche.pdf?offer={offer}&{FROM_ARRAS}", "/ar/commune/62041.pdf"):
        first = finder_client.get(address)
        cards._PRESS = Press()
        again = finder_client.get(address)
        assert first.content == again.content
        unchanged = finder_client.get(address, headers={"If-None-Match": first.headers["etag"]})
        assert (unchanged.status_code, unchanged.content) == (304, b"")


def test_no_such_course_or_commune(finder_client: TestClient) -> None:
    for address in (
        "/fr/fiche.pdf",
        "/fr/fiche.pdf?offer=",
        "/fr/fiche.pdf?offer=nothing",
        "/ar/fiche.pdf?offer=%00%22",
        "/fr/commune/99999.pdf",
    ):
        answer = finder_client.get(address)
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("text/html")
    assert finder_client.get("/xx/fiche.pdf").status_code == 404


@hypothesis_settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(["place", "need", "goal", "who", "mode", "when", "minutes", "page", "said", "x"]),
        st.one_of(st.text(max_size=30), st.sampled_from(["commune:62041", "ici", "alpha", "refugee", "transit", "-1"])),
    )
)
def test_a_strange_question_never_breaks_a_card(finder_client: TestClient, offer: str, query: dict[str, str]) -> None:
    answer = finder_client.get("/fr/fiche.pdf", params={"offer": _plain(offer), **_encodable(query)})
    assert answer.status_code == 200
    assert answer.content.startswith(b"%PDF")


@pytest.mark.parametrize("code", CODES)
def test_the_list_of_a_commune_has_every_open_course(
    finder_client: TestClient, finder_service: Service, code: str
) -> None:
    answer = finder_client.get(f"/{code}/commune/62041.pdf")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == f'inline; filename="cours-arras-{code}.pdf"'
    sections, _ = commune_view(finder_service, speech(code), "62041")
    courses = [course for section in sections for course in section.courses]
    assert len(courses) > 5
    document = opened(answer.content)
    assert str(document.Root.Lang) == code
    roles = [one.role for one in elements(document)]
    assert (roles.count("H1"), roles.count("H2"), roles.count("H3")) == (1, len(sections), len(courses))
    links = {str(one.A.URI) for page in document.pages for one in page.get("/Annots", ())}
    assert {course.tel for course in courses if course.tel} <= links
    assert any(link.endswith(f"/{code}/commune/62041") for link in links)
    if code in {"fr", "ti", "ru"}:
        said = flat(words_of(answer.content))
        assert all(flat(course.title)[:60] in said for course in courses)


def test_a_commune_without_a_course_says_so(finder_client: TestClient, finder_service: Service) -> None:
    assert not finder_service.finder.commune_offers("29019", demo.as_of())
    said = " ".join(words_of(finder_client.get("/fr/commune/29019.pdf").content).split())
    assert "Nous ne connaissons pas de cours ouvert dans cette commune." in said
    assert "source" in said


def test_where_nothing_was_published(finder_client: TestClient, offer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_: object) -> None:
        raise MissingDataError("aucune offre")

    monkeypatch.setattr(cards, "offer_view", nothing)
    monkeypatch.setattr(cards, "commune_view", nothing)
    for address in (f"/fr/fiche.pdf?offer={offer}", "/fr/commune/62041.pdf"):
        answer = finder_client.get(address)
        assert answer.status_code == 503
        assert "ne veut pas dire qu'il n'y a pas de cours" in answer.text.replace("&#39;", "'")


def test_what_tells_of_an_address_is_remembered_nowhere(
    finder_client: TestClient, offer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_now: list[str] = []
    monkeypatch.setattr(cards, "course_pdf", lambda card: set_now.append(card.link) or library.course_pdf(card))
    typed = "12 rue des Écoles, Arras"
    monkeypatch.setattr(cards, "settled", lambda text, _: cards.Settled(text, text))
    monkeypatch.setattr(cards, "_origin", lambda service, _: service.finder.origin(place="commune:62041"))
    for _ in range(2):
        answer = finder_client.get("/fr/fiche.pdf", params={"offer": _plain(offer), "place": typed, "mode": "car"})
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers
    assert len(set_now) == 2
    assert "coles" not in set_now[0]


def test_two_documents_are_set_at_once_and_a_third_is_refused() -> None:
    press = Press(at_once=2, wait_seconds=0.05)
    entered, leave = threading.Semaphore(0), threading.Event()

    def slow() -> bytes:
        entered.release()
        leave.wait(20)
        return b"done"

    threads = [threading.Thread(target=press.printed, args=(name, slow)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert entered.acquire(timeout=20)
    with pytest.raises(UnavailableError, match="en même temps"):
        press.printed("c", slow)
    with pytest.raises(UnavailableError):
        press.unkept(slow)
    leave.set()
    for thread in threads:
        thread.join(20)
    assert press.printed("a", lambda: b"never") == b"done"
    assert press.printed("c", lambda: b"now") == b"now"


def test_a_failure_is_not_remembered_and_gives_its_turn_back() -> None:
    press = Press(at_once=1, wait_seconds=0.05)

    def broken() -> bytes:
        raise UnavailableError("police")

    for _ in range(3):
        with pytest.raises(UnavailableError, match="police"):
            press.printed("a", broken)
    assert press.printed("a", lambda: b"done") == b"done"


def test_finished_documents_are_few_bytes() -> None:
    press = Press(kept_bytes=100)
    made = [0]

    def forty() -> bytes:
        made[0] += 1
        return b"x" * 40

    for name in (1, 2, 3, 3, 2, 1):
        press.printed(name, forty)
    assert made[0] == 4


def test_a_font_that_is_missing_is_told_to_who_runs_the_service(
    finder_client: TestClient, offer: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(library.fonts, "FAMILIES", library.fonts.FAMILIES | {"ARABIC": ("Nothing",)})
    answer = finder_client.get(f"/ar/fiche.pdf?offer={offer}&{FROM_ARRAS}")
    assert answer.status_code == 503
    assert "fonts-noto-core" in caplog.text
    assert _plain(offer) not in caplog.text


def test_every_pictogram_a_card_may_show_is_in_the_sheet(finder_service: Service) -> None:
    wanted = {icon for icon, _, _ in words.KINDS.values()}
    for row in range(0, 400, 7):
        ids = sorted(finder_service.finder.current().row)
        view = offer_view(finder_service, Asked(), speech("fr"), ids[row % len(ids)], None)
        (face,) = course_card([(speech("fr"), view)], "https://x.org", demo.as_of()).faces
        wanted |= {face.icon, *(line.icon for line in face.lines)}
    wanted |= {
        "walk",
        "bus",
        "train",
        "bike",
        "car",
        "home",
        "no-home",
        "question",
        "remote",
        "warning",
        "info",
        "full",
    }
    wanted |= {"clock", "phone", "person", "people", "level", "euro", "calendar", "pin", "fresh"}
    assert not wanted - set(symbols())


def _plain(offer: str) -> str:
    return parse_qs(f"offer={offer}")["offer"][0]


def _encodable(query: dict[str, str]) -> dict[str, str]:
    return {name: value.encode("utf-8", "ignore").decode() for name, value in query.items()}
