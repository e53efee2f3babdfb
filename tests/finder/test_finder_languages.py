"""Every page in every language: nothing left in French but what a source wrote, and what is marked as French."""

import re
from collections.abc import Iterable
from functools import cache

import pytest
from lxml import html
from starlette.testclient import TestClient

from tests.test_messages import french, messages

_ASKED = "place=commune:62041&need=beginner&goal=work&who=refugee&mode=transit&when=morning&when=evening&care=1"
_PAGES = (
    "lieu",
    "lieu?place=saint",
    "lieu?place=zzzzzz",
    "besoin?place=commune:62041",
    f"trajet?{_ASKED}",
    f"cours?{_ASKED}",
    "cours?place=commune:62041&need=alpha&mode=foot&minutes=15&remote=1",
    "cours?place=commune:75056&need=good&goal=contract&who=asylum&mode=car",
    "cours?place=ici&mode=bike",
    "commune/62041",
    "fiche?offer=no-such-offer",
    "mentions-legales",
    "accessibilite",
    "sources",
    "hors-ligne",
)
_NAMES = {
    "carif-oref",
    "france",
    "travail",
    "services",
    "mairie",
    "département",
    "départements",
    "protection",
    "subsidiaire",
}
_NAMES |= {"réfugié", "cookie", "courriers", "réseau", "autoriser", "saint", "tab", "nord"}
"""Words of names and signs, French in every language, that our own French also uses."""
_SPOKEN = ("aria-label", "title", "alt", "placeholder")


def _french_left(page: str, code: str) -> set[str]:
    """Return the words of a page that our French messages use, outside what is marked as another language."""
    tree = html.document_fromstring(page)
    for element in tree.xpath("//script | //style | //svg"):
        if element.get("id") != "words":
            element.drop_tree()
    for element in tree.xpath("//body//*[@lang]"):
        if element.getparent() is not None and element.get("lang") != code:
            element.drop_tree()
    texts = [*tree.xpath("//body//text()")]  # the page's title may be the source's
    texts += [element.get(name) for name in _SPOKEN for element in tree.xpath(f"//body//*[@{name}]")]
    return _words(re.sub(r"\S+[.@]\S+|\{\w+\}", " ", str(text)) for text in texts) & _french() - _NAMES


def _words(texts: Iterable[str]) -> set[str]:
    return {word.casefold() for text in texts for word in re.findall(r"[A-Za-zÀ-ÿ][a-zà-ÿ-]{3,}", text)}


@cache
def _french() -> set[str]:
    """Return the words our messages are made of: hard-coded French is not made of others."""
    return _words(re.sub(r"%\(\w+\)s", " ", text) for message in messages("en") for text in french(message))


@pytest.mark.parametrize("code", ["ar", "ru"])
@pytest.mark.parametrize("address", _PAGES)
def test_no_french_is_left_on_a_page(finder_client: TestClient, code: str, address: str) -> None:
    answer = finder_client.get(f"/{code}/{address}")
    assert _french_left(answer.text, code) == set()


@pytest.mark.parametrize("code", ["ar", "ru"])
@pytest.mark.parametrize("page", ["fiche", "signaler"])
def test_no_french_is_left_on_the_pages_of_a_course(finder_client: TestClient, code: str, page: str) -> None:
    answer = finder_client.get(f"/{code}/cours?{_ASKED}")
    links = re.findall(rf'href="(/{code}/fiche\?[^"]+)"', answer.text)
    assert links
    for link in links[:4]:
        shown = finder_client.get(html.fromstring(f'<a href="{link}"/>').get("href").replace("/fiche?", f"/{page}?"))
        assert shown.status_code == 200
        assert _french_left(shown.text, code) == set()
