"""The answer of the finder, asked over HTTP of the demonstration: addresses, what is kept, what is never kept."""

import gzip
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from api.finder import contacts as contacts_module
from api.finder import results
from api.finder.asked import Asked
from api.finder.contacts import contacts
from api.finder.views import ListView, list_view
from geo_integration.messages import LANGUAGES, Speech, speech
from geo_integration.search import Finder, Origin
from geo_integration.settings import settings
from geo_integration.store import FolderStore

if TYPE_CHECKING:
    from api.service import Service

ARRAS = "/fr/cours?place=commune:62041&need=little&mode=car"
LILLE = "/fr/cours?place=commune:59350&need=little&mode=car"
TEXT = re.compile(r"<[^>]+>")


class _Elements(HTMLParser):
    """Every element of a page: its name, its attributes, the text it holds; what is open may be told."""

    VOID = frozenset({"meta", "link", "input", "br", "hr", "img", "use"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.wrong: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def page(client: TestClient, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.text[:500]
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return answer.text


def elements(html: str, name: str) -> list[dict[str, str | None]]:
    return [attributes for tag, attributes in _Elements(html).found if tag == name]


@pytest.mark.parametrize(
    "address",
    [
        ARRAS,
        LILLE,
        "/ar/cours?place=commune:59350&need=alpha&mode=foot",
        "/fr/cours?place=commune:75056&mode=car",
        "/fr/cours?place=ici",
        "/fr/commune/59350",
        "/fr/commune/75056",
    ],
)
def test_pages_are_well_formed_without_script_or_style_in_line(finder_client: TestClient, address: str) -> None:
    html = page(finder_client, address)
    read = _Elements(html)
    assert (read.wrong, read.open) == ([], [])
    identifiers = [str(attributes["id"]) for _, attributes in read.found if "id" in attributes]
    assert len(identifiers) == len(set(identifiers))
    names = {name for _, attributes in read.found for name in attributes}
    assert not {name for name in names if name.startswith("on") or name == "style"}
    assert all(one.get("type") in {"application/json", "module"} for one in elements(html, "script"))
    assert html.count("<h1") == 1
    symbols = set(re.findall(r'<symbol id="([\w-]+)"', sprite()))
    used = set(re.findall(r'icons\.svg#([\w-]+)"', html))
    assert used - symbols == set()


def sprite() -> str:
    return (settings().static / "finder" / "icons.svg").read_text(encoding="utf-8")


def test_every_course_tells_how_one_gets_home_how_to_call_and_how_fresh_it_is(finder_client: TestClient) -> None:
    html = page(finder_client, LILLE)
    cards = re.findall(r'<li class="course".*?\n</li>', html, re.DOTALL)
    assert len(cards) == 10
    for number, card in enumerate(cards, start=1):
        assert f'id="course-{number}"' in card
        home = re.search(r'<p class="fact home-(?:way|bad)">.*?<span>(.+?)</span>', card, re.DOTALL)
        assert home is not None
        assert home[1].startswith(("Retour en voiture : environ ", "Trajet non connu", "Cours par internet"))
        assert 'href="tel:+33' in card or "Téléphone non connu" in card
        assert re.search(r'<p class="fresh">(Mis à jour en|Date de mise à jour non connue)', card)
        assert f'data-listen="#course-{number}"' in card
        assert "/fr/fiche.pdf?offer=" in card
        assert "/fr/signaler?offer=" in card
        assert '<bdi lang="fr" dir="ltr">' in card


def test_pages_follow_each_other(finder_client: TestClient) -> None:
    first, second = page(finder_client, LILLE), page(finder_client, f"{LILLE}&page=2")
    assert 'href="/fr/cours?place=commune%3A59350&amp;need=little&amp;mode=car&amp;page=2"' in first
    offers = [set(re.findall(r"/fr/fiche\?offer=([^&]+)&", html)) for html in (first, second)]
    assert len(offers[0]) == 10
    assert not offers[0] & offers[1]
    assert page(finder_client, f"{LILLE}&page=999").count('class="course"') > 0


def test_ten_courses_weigh_little(finder_client: TestClient) -> None:
    for code in ("fr", "ar", "ti"):
        html = page(finder_client, LILLE.replace("/fr/", f"/{code}/"))
        assert len(gzip.compress(html.encode(), 6)) < 12_000


def test_a_place_that_is_not_settled_is_asked_for(finder_client: TestClient) -> None:
    for query in ("", "?place=", "?place=nulle%20part%20du%20tout&need=little", "?place=commune:99999", "?place=Saint"):
        answer = finder_client.get(f"/fr/cours{query}")
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/fr/lieu")


def test_a_name_that_is_exact_is_answered(finder_client: TestClient) -> None:
    assert "Arras" in page(finder_client, "/fr/cours?place=Arras&mode=car")


# --- a position


def test_a_position_is_in_no_address_and_kept_nowhere(finder_client: TestClient, finder_app: FastAPI) -> None:
    page(finder_client, ARRAS)
    kept = len(finder_app.state.finder_pages.latest(10_000))
    answer = finder_client.post("/fr/cours?place=ici&need=little&mode=car", data={"lon": "3.06341", "lat": "50.63112"})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers
    assert answer.text.count('class="course"') == 10
    addresses = [
        str(one.get("href") or one.get("action")) for tag in ("a", "form") for one in elements(answer.text, tag)
    ]
    assert not [one for one in addresses if "50.63" in one or "3.06" in one or "lon" in one]
    assert len(finder_app.state.finder_pages.latest(10_000)) == kept


def test_a_course_is_asked_for_from_the_same_position(finder_client: TestClient) -> None:
    listed = finder_client.post("/fr/cours?place=ici&mode=car", data={"lon": "3.06341", "lat": "50.63112"}).text
    forms = [one for one in elements(listed, "form") if "/fiche" in str(one["action"])]
    assert forms
    assert {one["method"] for one in forms} == {"post"}
    answer = finder_client.post(str(forms[0]["action"]), data={"lon": "3.06341", "lat": "50.63112"})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert "en voiture" in answer.text


@pytest.mark.parametrize(
    "sent", [{}, {"lon": "x", "lat": "y"}, {"lon": "nan", "lat": "inf"}, {"lon": "50.6", "lat": "3.06"}, {"lon": "3"}]
)
def test_a_position_that_is_none_is_asked_for_again(finder_client: TestClient, sent: dict[str, str]) -> None:
    answer = finder_client.post("/fr/cours?place=ici", data=sent)
    assert answer.status_code == 200
    assert "data-wait-position" in answer.text
    assert "Nous ne comprenons pas votre position." in answer.text
    assert answer.headers["cache-control"] == "no-store"


# --- what is kept


def test_a_page_is_made_once_and_the_same_for_one_question(
    finder_client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def counted(service: "Service", asked: Asked, spoken: Speech, origin: Origin) -> ListView:
        made.append(asked.need)
        return list_view(service, asked, spoken, origin)

    monkeypatch.setattr(results, "list_view", counted)
    address = "/fr/cours?place=commune:62041&need=everyday&mode=bike"
    first = finder_client.get(address)
    again = finder_client.get("/fr/cours?unknown=1&mode=bike&need=everyday&minutes=45&place=commune:62041")
    assert first.content == again.content
    assert len(made) == 1
    unchanged = finder_client.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    finder_client.get(address, headers={"Accept-Encoding": "identity"})
    assert len(made) == 2  # compressed or not are two pages


def test_who_asks_whether_a_page_changed_does_not_spoil_it_for_others(finder_client: TestClient) -> None:
    address = "/fr/cours?place=commune:62041&need=good&mode=bike"
    tag = finder_client.get(address).headers["etag"]
    other = address.replace("good", "beginner")
    assert finder_client.get(other, headers={"If-None-Match": tag}).status_code == 200
    assert finder_client.get(other).text.count("</html>") == 1


def test_a_page_that_is_kept_repeats_nobodys_words(finder_client: TestClient) -> None:
    finder_client.get("/fr/cours?place=commune:59512&mode=car&need=evilword&goal=%3Cscript%3E")
    assert "evilword" not in page(finder_client, "/fr/cours?place=commune:59512&mode=car")


# --- one course


def test_one_course(finder_client: TestClient) -> None:
    listed = page(finder_client, LILLE)
    address = next(str(one["href"]) for one in elements(listed, "a") if "/fiche?" in str(one.get("href")))
    html = page(finder_client, address)
    assert "Retour en voiture : environ " in html
    assert 'href="/fr/cours?place=commune%3A59350&amp;need=little&amp;mode=car"' in html
    assert "/fr/fiche.pdf?offer=" in html
    assert "/fr/signaler?offer=" in html


def test_a_course_that_is_not_there_is_a_kind_page(finder_client: TestClient) -> None:
    for offer in ("", "x", "%00", "é" * 300):
        html = page(finder_client, f"/fr/fiche?offer={offer}", 404)
        assert elements(html, "a")


def test_a_commune_leads_to_its_printed_list(finder_client: TestClient) -> None:
    html = page(finder_client, "/fr/commune/62041")
    assert 'href="/fr/commune/62041.pdf"' in html
    assert html.count('class="course"') > 3
    page(finder_client, "/fr/commune/99999", 404)


def test_no_offer_at_all_is_said_and_is_not_no_course(finder_service: "Service", tmp_path: Path) -> None:
    from dataclasses import replace  # noqa: PLC0415

    import api.finder  # noqa: PLC0415

    empty = replace(finder_service, finder=Finder(FolderStore(tmp_path), refresh_seconds=3600))
    app = FastAPI(openapi_url=None)
    app.state.service = empty
    app.include_router(api.finder.router)
    with TestClient(app, raise_server_exceptions=True) as client:
        html = page(client, "/fr/cours?place=commune:62041&mode=car", 503)
    assert "Cela ne veut pas dire qu" in TEXT.sub("", html)


# --- any query


TRICKY = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "ici",
            "commune:62041",
            "commune:",
            "commune:é",
            "0",
            "-1",
            "999999999999",
            "\uff11\uff12",
            "alpha",
            "car",
            "nan",
            "\x00",
        ]
    ),
)
NAMES = (
    "place",
    "need",
    "goal",
    "who",
    "mode",
    "when",
    "minutes",
    "care",
    "free",
    "remote",
    "page",
    "said",
    "offer",
    "x",
)


@given(
    pairs=st.lists(st.tuples(st.sampled_from(NAMES), TRICKY), max_size=8),
    path=st.sampled_from(["cours", "fiche"]),
    lang=st.sampled_from([language.code for language in LANGUAGES]),
)
@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_no_question_breaks_the_page(
    finder_client: TestClient, pairs: list[tuple[str, str]], path: str, lang: str
) -> None:
    encodable = [(name, value.encode("utf-8", "surrogatepass").decode("utf-8", "replace")) for name, value in pairs]
    answer = finder_client.get(f"/{lang}/{path}", params=[*encodable, ("place", "commune:62041")])
    assert answer.status_code in ({200, 303} if path == "cours" else {200, 404}), answer.text[:300]


# --- contacts


def test_a_deployment_adds_its_own_contacts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "contacts.csv"
    path.write_text(
        "departement_code,name,phone,url,role\n"
        "62,Plateforme du Pas-de-Calais,03 53 01 00 99,https://example.org,Tests de niveau\n"
        "59,Plateforme du Nord,,javascript:alert(1),\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("GEO_INTEGRATION_CONTACTS", str(path))
    for cached in (settings, contacts_module._rows):
        cached.cache_clear()
    try:
        near = contacts(speech("fr"), "62")
        assert [one.name for one in near] == [
            "Plateforme du Pas-de-Calais", "OFII", "Réseau des Carif-Oref", "France services",
        ]  # fmt: skip
        assert (near[0].tel, near[0].role, near[0].foreign) == ("tel:+33353010099", "Tests de niveau", True)
        assert contacts(speech("fr"), "59")[0].url is None
        path.unlink()
        contacts_module._rows.cache_clear()
        assert len(contacts(speech("fr"), "62")) == 3
    finally:
        monkeypatch.undo()
        for cached in (settings, contacts_module._rows):
            cached.cache_clear()
