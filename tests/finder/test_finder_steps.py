"""The four steps: what they ask, where they lead, what they say of the place."""

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from lxml import html

from api.finder import needs
from api.finder.places import Settled, Unsettled, settle, settled
from geo_integration import territories
from geo_integration.errors import OptionError
from geo_integration.messages import LANGUAGES
from geo_integration.search import Finder, Origin

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from api.service import Service
    from tests.finder.conftest import OpenPage

STEPS = ("/", "/{}/lieu", "/{}/besoin?place=commune:62041", "/{}/trajet?place=commune:62041")
CODES = [one.code for one in LANGUAGES]


def page(client: "TestClient", address: str, **headers: str) -> html.HtmlElement:
    answer = client.get(address, headers=headers)
    assert answer.status_code == 200, address
    return html.document_fromstring(answer.text)


def sent_to(client: "TestClient", address: str, status: int = 303) -> str:
    answer = client.get(address)
    assert answer.status_code == status, address
    return str(answer.headers["location"])


def words(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def test_languages_by_their_own_names_that_of_the_browser_first(finder_client: "TestClient") -> None:
    for asked, first in (("", "fr"), ("uk-UA,uk;q=0.9,en;q=0.5", "uk"), ("prs", "fa"), ("xx", "fr")):
        shown = page(finder_client, "/", **{"Accept-Language": asked})
        links = shown.xpath("//main//a[@hreflang]")
        assert {link.get("href") for link in links} == {f"/{code}/lieu" for code in CODES}
        assert links[0].get("hreflang") == first
        assert shown.get("lang") == first
        for link in links:
            language = next(one for one in LANGUAGES if one.code == link.get("lang"))
            assert (words(link), link.get("dir")) == (language.name, language.direction)


@pytest.mark.parametrize("lang", CODES)
@pytest.mark.parametrize("step", STEPS)
def test_every_step_in_every_language(finder_client: "TestClient", step: str, lang: str) -> None:
    address = step.format(lang)
    shown = page(finder_client, address, **{"Accept-Language": lang})
    language = next(one for one in LANGUAGES if one.code == lang)
    assert (shown.get("lang"), shown.get("dir")) == (lang, language.direction)
    assert len(shown.xpath("//h1")) == len(shown.xpath("//main")) == 1
    assert shown.xpath("//a[@class='skip']/@href") == ["#main"]
    assert len(words(shown.xpath("//title")[0])) > len("Cours de français")
    assert shown.xpath("//*[@style or @onclick or @onload]") == []
    assert shown.xpath("//script[not(@src)]/@type") in ([], ["application/json"])
    for uri in shown.xpath("//@src | //link/@href | //*[local-name()='use']/@href"):
        assert uri.startswith("/"), "nothing from elsewhere"
    if step != "/":
        elsewhere = shown.xpath("//footer//a[@hreflang]/@href")
        assert {path.split("/")[1] for path in elsewhere} == set(CODES)
        assert {urlsplit(path).query for path in elsewhere} == {urlsplit(address.replace(":", "%3A")).query}


def test_a_language_alone_leads_to_its_second_step(finder_client: "TestClient") -> None:
    assert sent_to(finder_client, "/ar?need=alpha&x=1", 307) == "/ar/lieu?need=alpha"
    assert finder_client.get("/xx/lieu").status_code == 404
    assert finder_client.get("/xx").status_code == 404


@pytest.mark.parametrize(
    ("typed", "code", "said"),
    [
        ("Arras", "62041", None),
        ("  ARRAS ", "62041", None),
        ("62100", "62193", None),
        ("75010", "75056", None),
        ("31000", "31555", None),
        ("Arras 62000", "62041", None),
        ("arras (62 000)", "62041", None),
        ("٦٢٠٠٠ arras", "62041", None),
        ("62041", "62041", "62041"),
        ("62000 Arras", "62041", None),
        ("62000 Aras", "62041", "62000 Aras"),
        ("lile", "59350", "lile"),
        ("Hazebrouk", "59295", "Hazebrouk"),
        ("commune:62041", "62041", None),
        ("Commune: 62041", "62041", None),
    ],
)
def test_a_place_that_is_clear_leads_on(finder_client: "TestClient", typed: str, code: str, said: str | None) -> None:
    address = finder_client.get("/fr/lieu", params={"place": typed, "need": "alpha"}).headers["location"]
    query = parse_qs(urlsplit(address).query)
    assert address.startswith("/fr/besoin?")
    assert query["place"] == [f"commune:{code}"]
    assert query["need"] == ["alpha"]
    assert query.get("said", [None]) == [said]


def test_a_typo_corrected_is_told_loudly_once(finder_client: "TestClient") -> None:
    shown = page(finder_client, sent_to(finder_client, "/fr/lieu?place=Hazebrouk"))
    (told,) = shown.xpath("//main//*[contains(@class, 'notice-warning')]")
    assert "Vous avez écrit : Hazebrouk." in words(told)
    assert "Nous avons compris : Hazebrouck." in words(told)
    assert shown.xpath("//form//input[@name='said']") == [], "the next page does not tell it again"
    quiet = page(finder_client, sent_to(finder_client, "/fr/lieu?place=Arras"))
    assert quiet.xpath("//main//*[contains(@class, 'notice')]") == []


@pytest.mark.parametrize("step", ["besoin", "trajet"])
def test_the_commune_understood_is_shown_and_can_be_changed(finder_client: "TestClient", step: str) -> None:
    shown = page(finder_client, f"/fr/{step}?place=commune:62041&need=alpha&minutes=60")
    (where,) = shown.xpath("//main//p[@class='where']")
    assert words(where).startswith("Arras 62000, Pas-de-Calais")
    assert where.xpath(".//bdi[@lang='fr']")
    (change,) = where.xpath(".//a/@href")
    assert change == "/fr/lieu?need=alpha&minutes=60"
    assert page(finder_client, change).xpath("//input[@id='place']/@value") == [""]


def test_several_communes_are_a_choice(finder_client: "TestClient") -> None:
    shown = page(finder_client, "/fr/lieu?place=Saint-Denis&need=little")
    links = shown.xpath("//ul[@class='communes']//a")
    found = {words(link): link.get("href") for link in links}
    assert "/fr/besoin?place=commune%3A93066&need=little" in found.values()
    assert "/fr/besoin?place=commune%3A97411&need=little" in found.values()
    assert len(found) == len(links), "two of one name are told apart"
    assert shown.xpath("//input[@id='place']/@value") == ["Saint-Denis"]


def test_every_commune_of_a_postcode_can_be_chosen(finder_client: "TestClient") -> None:
    shown = page(finder_client, "/fr/lieu?place=59190")  # it is also the code of another commune
    table = communes_of("59190")
    assert len(table) > 3
    assert {href.rpartition("%3A")[2] for href in shown.xpath("//ul[@class='communes']//a/@href")} == table


def communes_of(postcode: str) -> set[str]:
    communes = territories.communes(geometry=False)
    return set(communes.loc[[postcode in one.split(";") for one in communes["postcodes"]], "code"])


@pytest.mark.parametrize("typed", ["zzzzzzzz", "commune:99999", "commune:", "<script>alert(1)</script>", "99999", "?"])
def test_nothing_found_is_said_kindly(finder_client: "TestClient", typed: str) -> None:
    answer = finder_client.get("/fr/lieu", params={"place": typed})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    shown = html.document_fromstring(answer.text)
    (told,) = shown.xpath("//*[@role='alert']")
    assert "Nous ne trouvons pas" in words(told)
    (field,) = shown.xpath("//input[@id='place']")
    assert field.get("aria-invalid") == "true"
    assert "trouble" in field.get("aria-describedby")


def test_nothing_typed_asks_again(finder_client: "TestClient") -> None:
    assert "Écrivez votre commune" in words(page(finder_client, "/fr/lieu?place=").xpath("//*[@role='alert']")[0])
    assert page(finder_client, "/fr/lieu").xpath("//*[@role='alert']") == []


@pytest.mark.parametrize("step", ["besoin", "trajet"])
@pytest.mark.parametrize("place", ["", "Saint", "zzzzzzzz", "commune:99999", "Aras"])
def test_a_step_without_a_settled_place_asks_for_it(finder_client: "TestClient", step: str, place: str) -> None:
    answer = finder_client.get(f"/fr/{step}", params={"place": place, "need": "good"})
    assert answer.status_code == 303
    assert (
        answer.headers["location"]
        == "/fr/lieu?" + (f"place={place.replace(':', '%3A')}&" if place else "") + "need=good"
    )


def test_the_position_is_a_word_and_never_in_an_address(finder_client: "TestClient") -> None:
    assert sent_to(finder_client, "/fr/lieu?place=ici&lon=2.78&lat=50.29") == "/fr/besoin?place=ici"
    shown = page(finder_client, "/fr/trajet?place=ici&lon=2.78")
    assert "Ma position" in words(shown.xpath("//main//p[@class='where']")[0])
    assert "2.78" not in html.tostring(shown, encoding="unicode")


def test_steps_carry_what_the_others_asked(finder_client: "TestClient") -> None:
    question = "place=commune:62041&need=alpha&goal=work&who=asylum&mode=bike&when=evening&minutes=60&care=1"
    for step, own in (
        ("besoin", {"need", "goal", "who"}),
        ("trajet", {"mode", "when", "minutes", "care", "free", "remote"}),
    ):
        shown = page(finder_client, f"/fr/{step}?{question}")
        (form,) = shown.xpath("//main//form")
        assert form.get("method") == "get"
        said = [(one, value[0]) for one, value in parse_qs(question).items()]
        hidden = [(one.get("name"), one.get("value")) for one in form.xpath(".//input[@type='hidden']")]
        assert hidden == [pair for pair in said if pair[0] not in own]
        checked = {(one.get("name"), one.get("value")) for one in form.xpath(".//input[@checked]")}
        assert checked == {pair for pair in said if pair[0] in own}


def test_what_is_said_of_one_self_has_pictogram_and_words(finder_client: "TestClient") -> None:
    shown = page(finder_client, "/fr/besoin?place=commune:62041")
    choices = shown.xpath("//label[@class='choice']")
    assert len(choices) == len(needs.NEEDS) + len(needs.GOALS) + len(needs.WHO) + 2
    for choice in choices:
        assert choice.xpath(".//*[local-name()='use']")
        assert words(choice)
    assert shown.xpath("//details[not(@open)]//input[@name='who']")
    assert page(finder_client, "/fr/besoin?place=commune:62041&who=asylum").xpath("//details[@open]")


def test_buses_are_offered_only_where_their_hours_are_known(
    finder_client: "TestClient", finder_service: "Service", monkeypatch: pytest.MonkeyPatch
) -> None:
    address = "/fr/trajet?place=commune:62041"
    monkeypatch.setattr(Finder, "timetable_week", lambda _self, _today: None)
    shown = page(finder_client, address)
    assert shown.xpath("//input[@name='mode']/@value") == ["foot", "bike", "car"]
    assert shown.xpath("//input[@name='mode'][@checked]/@value") == ["foot"]
    assert "Nous ne connaissons pas les horaires des bus" in words(shown.xpath("//main")[0])
    monkeypatch.setattr(Finder, "timetable_week", lambda _self, _today: finder_service.today)
    shown = page(finder_client, address)
    assert shown.xpath("//input[@name='mode']/@value")[0] == "transit"
    assert shown.xpath("//input[@name='mode'][@checked]/@value") == ["transit"]
    assert "Nous ne connaissons pas les horaires des bus" not in words(shown.xpath("//main")[0])


class _WithAddresses:
    """A finder with a base of addresses that knows one street."""

    def __init__(self, *, has: bool) -> None:
        self.has_addresses = has

    def origin(self, *, place: str = "", address: str = "") -> Origin:
        if address == "3 rue des Écoles, Arras" and self.has_addresses:
            return Origin(2.77, 50.29, "adresse donnée")
        raise OptionError(f"rien de tel : {place or address}")


@pytest.mark.parametrize("has", [True, False])
def test_an_address_is_accepted_only_with_a_base_of_addresses(*, has: bool) -> None:
    service = SimpleNamespace(finder=_WithAddresses(has=has))
    text = "3 rue des Écoles, Arras"
    found = settle(text, service)  # type: ignore[arg-type]
    assert found == (Settled(text, text) if has else Unsettled())
    assert settled(text, service) == (found if has else None)  # type: ignore[arg-type]
    assert settle("rue sans numéro", service) == Unsettled()  # type: ignore[arg-type]


@pytest.mark.browser
@pytest.mark.parametrize("lang", ["fr", "ar"])
@pytest.mark.parametrize("width", [320, 360, 1280])
def test_steps_in_chromium(browser_page: "OpenPage", width: int, lang: str, tmp_path: Path) -> None:
    shown = browser_page(width, lang, service_workers="block")
    for number, step in enumerate(STEPS):
        shown.goto(step.format(lang))
        shown.screenshot(path=tmp_path / f"{number}.png", full_page=True)
        assert shown.evaluate("document.documentElement.scrollWidth <= innerWidth"), step
        assert shown.evaluate(_SMALL) == [], step
        assert shown.evaluate(_UNDRAWN) == [], step
    shown.goto(STEPS[1].format(lang))
    start = shown.locator("h1 .icon").bounding_box()
    assert start is not None
    assert (start["x"] > width / 2) == (lang == "ar"), "what is read first stands on the side reading starts from"


_SMALL = """[...document.querySelectorAll('a, button, label.choice, label.chip, summary, input[type=text]')]
    .filter((one) => one.getClientRects().length && !one.matches('.skip'))
    .map((one) => [one.textContent.trim(), one.getBoundingClientRect()])
    .filter(([, box]) => box.height < 48 || box.width < 44).map(([text]) => text)"""
"""What is touched and is smaller than 48 pixels high (44 wide)."""
_UNDRAWN = """[...document.querySelectorAll('svg.icon use')].filter((one) => one.getClientRects().length)
    .filter((one) => { const box = one.getBBox(); return box.width === 0 || box.height === 0; })
    .map((one) => one.getAttribute('href'))"""
"""Pictograms that are blank: the sprite has none of that name, or the policy of the page stops it."""
