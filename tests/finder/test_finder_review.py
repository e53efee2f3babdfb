"""The finder against who would make it lie, break or tell: strange questions, sources that attack, pages kept."""

import html.parser
import re
from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from api.finder.asked import Asked
from api.finder.course import Told, course_view
from api.finder.printed import course_card
from api.finder.results import _as_sent, _position
from api.finder.telling import headline
from api.finder.views import offer_view
from api.service import Service
from geo_integration.jobs.means import Means
from geo_integration.messages import LANGUAGES, speech
from geo_integration.search import Origin, Search
from geo_integration.search.found import Counts, Found, FoundOffer, Near, Reach
from geo_integration.search.home import WayHome, _worst_first
from geo_integration.travel.transit.engine import Walk
from geo_integration.vocabulary import Mode, OfferStatus
from tests.finder.test_finder_views import journey, ride, second, way

FR = speech("fr")
CAR = Means(mode=Mode.CAR)
CODES = [one.code for one in LANGUAGES]
PAGES: tuple[str, ...] = (
    "",
    "/lieu",
    "/besoin",
    "/trajet",
    "/cours",
    "/fiche",
    "/signaler",
    "/signaler/merci",
    "/commune/62041",
)
PAGES += ("/mentions-legales", "/accessibilite", "/sources", "/hors-ligne")
NAMES = ("place", "said", "need", "goal", "who", "mode", "when", "minutes", "care", "free", "remote", "page", "offer")
VALUES: tuple[str, ...] = (
    *("commune:62041", "Arras", "Aras", "ici", "62000", "commune:", "commune:99999", "commune:2a004", "COMMUNE: 62041"),
    *(
        "alpha",
        "reading",
        "work",
        "contract",
        "asylum",
        "other",
        "transit",
        "foot",
        "car",
        "bike",
        "evening",
        "weekend",
    ),
    *(
        "1",
        "0",
        "-1",
        "120",
        "15",
        "1000",
        "9" * 5000,
        "٣",
        "²",
        "1e3",
        "NaN",
        "\0",
        "%00",
        "\ud7ff",
        "\u202e",
        "a" * 9000,
    ),
    *('"><script>alert(7)</script>', "javascript:alert(7)", "'; DROP TABLE reports; --", "{{7*7}}", "%(time)s", "%"),
)
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
EVIL = '"><script>alert(7)</script><img src=x onerror=alert(7)>'


class _Tags(html.parser.HTMLParser):
    """Tags that do not close, and what no page may hold: scripts of its own, handlers, strange schemes, styles."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.wrong += [f"{tag} {name}" for name in given if name.startswith("on") or name == "style"]
        if tag == "script" and not (given.get("src") or "").startswith("/finder/assets/"):
            self.wrong += [f"script {given}"] if given.get("type") != "application/json" else []
        for name in ("href", "src", "action"):
            where = given.get(name)
            if where is not None:
                self.links.append(where)
                allowed = re.match(r"/(?!/)|#|tel:\+?\d|mailto:|https?://", where)
                self.wrong += [] if allowed else [f"{tag} {name}={where[:80]}"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}>")


def _read(text: str) -> _Tags:
    tags = _Tags()
    tags.feed(text)
    tags.close()
    tags.wrong += [f"<{tag}> not closed" for tag in tags.open]
    return tags


def _sound(text: str) -> _Tags:
    tags = _read(text)
    assert tags.wrong == []
    return tags


@pytest.fixture(scope="module")
def an_offer(finder_service: Service) -> str:
    return str(next(card["offer_id"] for card in finder_service.finder.current().cards if card["lon"] is not None))


def test_the_reader_of_tags_sees_what_is_wrong() -> None:
    assert _read("<p><a href='javascript:x'>a</a></p>").wrong == ["a href=javascript:x"]
    assert _read("<p onclick=x><script>y</script>").wrong == ["p onclick", "script {}", "<p> not closed"]
    assert _read("<a href='//evil.example'></a>").wrong


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lang=st.sampled_from(CODES),
    page=st.sampled_from(PAGES),
    pairs=st.lists(
        st.tuples(
            st.one_of(st.sampled_from(NAMES), st.text(max_size=5)),
            st.one_of(st.sampled_from(VALUES), st.text(st.characters(exclude_categories=["Cs"]), max_size=30)),
        ),
        max_size=8,
    ),
    method=st.sampled_from(["HEAD", "GET"]),
)
def test_a_strange_question_never_breaks_a_page(
    finder_client: TestClient, an_offer: str, lang: str, page: str, pairs: list[tuple[str, str]], method: str
) -> None:
    needs_offer = page in {"/fiche", "/signaler"} and not any(name == "offer" for name, _ in pairs)
    query = urlencode([*pairs, *([("offer", an_offer)] if needs_offer else [])])
    address = f"/{lang}{page}?{query}"
    answer = finder_client.request(method, address)
    fine = {200, 303, 307, *([404] if any(name == "offer" for name, _ in pairs) else [])}
    assert answer.status_code in fine, (address[:500], answer.status_code)
    if answer.is_redirect:
        assert re.match(rf"/{lang}/[a-z]", answer.headers["location"])
    elif method == "HEAD":
        assert answer.content == b""
    else:
        assert answer.headers["content-language"] == lang
        assert f'<html lang="{lang}"' in answer.text
        _sound(answer.text)


@pytest.mark.parametrize(
    "query",
    [
        "place=%ff%fe",
        "place=%00",
        "place=" + "a" * 60_000,
        "&".join(["place=Arras"] * 500),
        "place[]=Arras",
        "=&&;=",
        "%",
        "when=morning" + "&when=evening" * 300,
        "page=" + "9" * 4300,
    ],
)
@pytest.mark.parametrize("page", ["lieu", "besoin", "trajet", "cours", "commune/62041"])
def test_raw_queries_are_read_or_ignored(finder_client: TestClient, page: str, query: str) -> None:
    answer = finder_client.get(f"/fr/{page}?{query}")
    assert answer.status_code in {200, 303}
    if answer.status_code == 200:
        _sound(answer.text)


@pytest.mark.parametrize(
    "path", ["/fr//evil.example", "/fr/%2f%2fevil.example", "/fr/cours%3Fa", "/fr/<script>", "/%0d%0a"]
)
def test_an_address_that_is_none_leads_nowhere_else(finder_client: TestClient, path: str) -> None:
    answer = finder_client.get(path)
    assert answer.status_code == 404
    assert "evil.example" not in answer.headers.get("location", "")


# Positions


SECRET = ("2.777123", "50.291456")


def test_a_position_is_only_in_forms_of_the_page_that_was_sent_it(
    finder_client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    answer = finder_client.post(
        "/fr/cours?place=ici&need=beginner&minutes=60", data={"lon": SECRET[0], "lat": SECRET[1]}
    )
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers
    tags = _sound(answer.text)
    for secret in SECRET:
        assert not [link for link in tags.links if secret[:6] in link]
        assert secret[:6] not in str(answer.headers)
        assert secret[:6] not in caplog.text
        left = re.sub(r'<input type="hidden" name="(lon|lat)" value="[^"]*">', "", answer.text)
        assert secret[:6] not in left
    again = finder_client.get("/fr/cours?place=ici&need=beginner&minutes=60")
    assert SECRET[0][:6] not in again.text


def test_nothing_of_a_position_is_kept_by_the_service(finder_client: TestClient) -> None:
    finder_client.post("/fr/cours?place=ici", data={"lon": SECRET[0], "lat": SECRET[1]})
    pages = getattr(finder_client.app.state, "finder_pages", None)  # type: ignore[attr-defined]
    assert "2.777" not in repr(pages.latest(5000) if pages else "")


@pytest.mark.parametrize(
    ("lon", "lat"),
    [
        ("", ""),
        ("x", "50"),
        ("nan", "50"),
        ("inf", "-inf"),
        ("1e999", "50"),
        ("181", "50"),
        ("50.29", "2.77"),
        (EVIL, "50"),
        ("2.77\0", "50.29"),
        ("2" * 5000, "50"),
    ],
)
@pytest.mark.parametrize("page", ["cours", "fiche"])
def test_a_position_that_is_none_is_said_so_and_not_repeated(
    finder_client: TestClient, an_offer: str, page: str, lon: str, lat: str
) -> None:
    answer = finder_client.post(f"/fr/{page}?place=ici&offer={quote(an_offer)}", data={"lon": lon, "lat": lat})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    _sound(answer.text)
    assert "alert(7)" not in answer.text
    assert 'name="lon"' not in answer.text


def test_what_follows_a_position_is_not_repeated(finder_client: TestClient) -> None:
    sent = "2.777".ljust(40) + EVIL * 200
    answer = finder_client.post("/fr/cours?place=ici", data={"lon": sent, "lat": "50.29"})
    assert answer.status_code == 200
    assert "alert(7)" not in answer.text


def test_a_position_far_away_is_outside_and_never_no_course(finder_client: TestClient) -> None:
    answer = finder_client.post("/fr/cours?place=ici", data={"lon": "-74.0", "lat": "40.7"})
    assert answer.status_code == 200
    assert "Nous ne savons pas s&#39;il y a des cours ici" in answer.text
    assert "Aucune source ne couvre cet endroit" in answer.text


def test_numbers_are_sent_again_as_numbers() -> None:
    found = _position(" 2.7771234567 ", "50.29")
    assert found is not None
    assert _as_sent(found) == ("2.777123", "50.290000")


def test_a_body_that_is_no_form_waits_for_a_position(finder_client: TestClient) -> None:
    answer = finder_client.post(
        "/fr/cours?place=ici", content=b'{"lon": 2.7}', headers={"content-type": "application/json"}
    )
    assert answer.status_code == 200
    assert "data-wait-position" in answer.text


# What is kept


@pytest.mark.parametrize("page", ["besoin", "trajet", "lieu", "cours"])
@pytest.mark.parametrize("place", ["12 rue des Secrets 62000 Arras", "Rue Inconnue 7"])
def test_what_somebody_typed_is_in_no_page_that_is_kept(finder_client: TestClient, page: str, place: str) -> None:
    answer = finder_client.get(f"/fr/{page}?place={quote(place)}")
    if answer.status_code == 200:
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers


def test_a_course_asked_from_unknown_words_is_kept_nowhere(finder_client: TestClient, an_offer: str) -> None:
    answer = finder_client.get(f"/fr/fiche?offer={quote(an_offer)}&place={quote('7 rue des Secrets')}")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    pages = finder_client.app.state.finder_pages if hasattr(finder_client.app.state, "finder_pages") else None  # type: ignore[attr-defined]
    assert "Secrets" not in repr(pages.latest(5000) if pages else "")


def test_each_language_and_question_has_its_own_page(finder_client: TestClient) -> None:
    addresses = [
        f"/{code}/cours?place=commune:62041&need={need}" for code in ("fr", "ar") for need in ("alpha", "good")
    ]
    first = [finder_client.get(one) for one in addresses]
    again = [finder_client.get(one) for one in reversed(addresses)][::-1]
    assert [one.text for one in first] == [one.text for one in again]
    assert len({one.headers["etag"] for one in first}) == len(addresses)


def test_a_kept_page_is_not_told_unchanged_to_who_has_another(finder_client: TestClient) -> None:
    address = "/fr/cours?place=commune:62041"
    tag = finder_client.get(address).headers["etag"]
    assert finder_client.get(address, headers={"if-none-match": tag}).status_code == 304
    assert finder_client.get("/ar/cours?place=commune:62041", headers={"if-none-match": tag}).status_code == 200
    plain = finder_client.get(address, headers={"accept-encoding": "identity"})
    assert plain.status_code == 200
    assert "content-encoding" not in plain.headers


def test_no_error_is_kept(finder_client: TestClient) -> None:
    for code in ("fr", "ar"):
        answer = finder_client.get(f"/{code}/fiche?offer={quote(EVIL)}")
        assert answer.status_code == 404
        assert answer.headers["cache-control"] == "no-store"
        assert "alert(7)" not in answer.text.replace(quote(EVIL), "")
        _sound(answer.text)
    pages = getattr(finder_client.app.state, "finder_pages", None)  # type: ignore[attr-defined]
    assert "alert(7)" not in repr(pages.latest(5000) if pages else "")


def test_one_who_asks_of_a_commune_gets_no_words_of_another(finder_client: TestClient) -> None:
    finder_client.get("/fr/commune/62041?said=Secrets&place=Secrets")
    assert "Secrets" not in finder_client.get("/fr/commune/62041").text


# Sources that attack


def test_what_a_source_writes_is_text(
    finder_service: Service, finder_client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    warm = finder_service.finder.current()
    row = next(row for row, card in enumerate(warm.cards) if card["commune_code"] == "62041")
    card = warm.cards[row]
    words = (
        "title",
        "place_name",
        "address",
        "provider_name",
        "cost_text",
        "conditions",
        "registration",
        "phone",
        "email",
    )
    for name in words:
        monkeypatch.setitem(card, name, EVIL)
    monkeypatch.setitem(card, "url", "javascript:alert(7)")
    offer = quote(str(card["offer_id"]))
    for page in (f"fiche?offer={offer}&need=good&x=1", f"signaler?offer={offer}"):
        answer = finder_client.get(f"/ar/{page}", headers={"cache-control": "no-cache"})
        assert answer.status_code == 200
        _sound(answer.text)
        assert "javascript:" not in answer.text
    if hasattr(finder_client.app.state, "finder_pages"):  # type: ignore[attr-defined]
        finder_client.app.state.finder_pages.drop(lambda _: True)  # type: ignore[attr-defined]


def test_every_page_has_its_policy_and_no_cookie(finder_client: TestClient, an_offer: str) -> None:
    for page in PAGES[1:]:
        answer = finder_client.get(f"/fr{page}?place=commune:62041&offer={quote(an_offer)}")
        assert "set-cookie" not in answer.headers
        if answer.status_code == 200:
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert answer.headers["permissions-policy"].startswith("geolocation=(self)")


# Exactness: what a card says of one course


def _found(service: Service, **changes: Any) -> tuple[FoundOffer, Asked]:  # noqa: ANN401 -- of a FoundOffer
    finder = service.finder
    asked = Asked(need="beginner")
    search = Search(finder.origin(place="commune:62041"), service.today, asked.profile()[0], Means(mode=Mode.CAR))
    one = next(one for one in finder.offers(search).items if one.fit.value == "fits")
    return replace(one, **changes), asked


def _why(service: Service, means: Means | None = CAR, *, distances: bool = False, **changes: Any) -> str:  # noqa: ANN401
    found, asked = _found(service, **changes)
    told = Told(service.today, means, distances, first=found.offer_id)
    return course_view(found, FR, asked, None, told).why


def test_only_a_course_with_known_minutes_is_the_nearest(finder_service: Service) -> None:
    assert "le plus proche" in _why(finder_service)
    assert "proche" not in _why(finder_service, reach=Reach.REMOTE)
    assert "proche" not in _why(finder_service, reach=Reach.NOT_KNOWN, out_minutes=None, back_minutes=None)


def test_far_is_only_said_of_minutes(finder_service: Service) -> None:
    far: dict[str, Any] = {"reach": Reach.TOO_FAR, "out_minutes": 80.0, "back_minutes": 80.0}
    assert "plus loin" in _why(finder_service, **far)
    assert "plus loin" not in _why(finder_service, None, **far)
    assert "plus loin" not in _why(finder_service, distances=True, **far)
    assert "plus loin" not in _why(finder_service, **far | {"no_way_home": True})


def test_a_course_asked_from_nowhere_is_not_far(finder_service: Service, finder_client: TestClient) -> None:
    found, _ = _found(finder_service)
    answer = finder_client.get(f"/fr/fiche?offer={quote(found.offer_id)}&need=beginner")
    assert "plus loin" not in answer.text


def test_a_goal_that_was_dropped_is_not_said_to_be_answered(finder_service: Service) -> None:
    found, _ = _found(finder_service, unknown=(), refused=())
    for need, said in (("beginner", True), ("reading", False)):
        asked = Asked(need=need, goal="daily")
        why = course_view(found, FR, asked, None, Told(finder_service.today, Means(mode=Mode.CAR))).why
        assert ("ce que vous voulez faire" in why) is said


def test_a_course_that_is_over_says_so_even_to_nobody(
    finder_service: Service, finder_client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A card printed long ago leads there."""
    later = date(2040, 1, 1)
    finder = finder_service.finder
    every = [str(card["offer_id"]) for card in finder.current().cards]
    over = next(one for one in every if finder.offer(one, None, later).status is OfferStatus.OVER)
    monkeypatch.setattr(Service, "today", later)
    answer = finder_client.get(f"/fr/fiche?offer={quote(over)}")
    assert answer.status_code == 200
    assert "il ne prend plus personne" in answer.text
    view = offer_view(finder_service, Asked(), FR, over, None)
    first = course_card([(FR, view)], "x", later).faces[0].lines[0]
    assert first.alarm
    assert "il ne prend plus personne" in first.text


def test_no_course_that_is_over_or_full_is_in_the_list_of_a_commune(finder_service: Service) -> None:
    for code in {str(card["commune_code"]) for card in finder_service.finder.current().cards if card["commune_code"]}:
        for day in (finder_service.today, date(2040, 1, 1)):
            found = finder_service.finder.commune_offers(code, day)
            assert {one.card["commune_code"] for one in found} <= {code}
            assert not [one for one in found if one.status in {OfferStatus.OVER, OfferStatus.FULL}]


def test_a_full_course_is_not_said_to_let_people_in(finder_service: Service) -> None:
    found, asked = _found(finder_service, status=OfferStatus.FULL)
    session = {**found.sessions[0], "entry_mode": "permanent", "recruitment": "open", "start_date": "2020-01-01"}
    view = course_view(replace(found, sessions=(session,)), FR, asked, None, Told(finder_service.today))
    assert view.full
    assert "toute l'année" not in (view.starts or "")
    assert "encore entrer." not in (view.starts or "").replace("demandez si on peut encore entrer.", "")


def test_a_remote_course_told_in_the_list_is_still_fit_on_its_page(finder_client: TestClient) -> None:
    shown = finder_client.get("/fr/cours?place=commune:62041&need=beginner&mode=foot&minutes=15&when=weekend").text
    part = shown.partition("group-remote")[2]
    links = re.findall(r'href="(/fr/fiche\?[^"]*)"', part)
    if not links:
        pytest.skip("no remote course told there")
    page = finder_client.get(links[0].replace("&amp;", "&")).text
    assert "il est par internet" not in page


def test_origins_of_pages_are_what_they_say() -> None:
    assert Asked(place="commune:62041").typed is False
    assert Asked(place="ici").typed is False
    assert Asked(place="").typed is False
    assert Asked(place="7 rue").typed is True
    assert Origin(0.0, 0.0, "").commune_code is None


def test_the_last_bus_told_is_that_of_the_worst_day_even_where_one_could_walk() -> None:
    walk = journey(Walk(second("22:30"), second("23:20"), "", ""))

    def day(last_bus: str) -> WayHome:
        home = journey(ride(last_bus, "22:00"))
        return way(home, home, walk, home)

    worst = min((day("21:00"), day("20:10")), key=_worst_first)
    assert worst.last_ride is not None
    assert worst.last_ride.rides[0].start == second("20:10")


def test_a_headline_never_hides_courses_whose_trip_is_not_known() -> None:
    counts = Counts(fits=0, unknown=0, full=1, not_known=2, too_far=0, does_not_fit=0)
    found = SimpleNamespace(counts=counts, near=Near("62", "yes"), question=SimpleNamespace(minutes=45.0))
    assert (
        headline(FR, cast("Found", found), distances=False)
        == "2 cours peut-être pour vous. On ne connaît pas le trajet."
    )
