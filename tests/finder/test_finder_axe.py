"""axe-core finds nothing on any page of the finder, at 320, 360 and 1280 pixels, in French and in Arabic."""

from typing import TYPE_CHECKING

import pytest

from tests.finder.axe import faults

if TYPE_CHECKING:
    from fastapi import FastAPI

    from tests.finder.conftest import OpenPage

QUESTION = "place=commune:62041&need=alpha&goal=daily&mode=foot"
PAGES = (
    "/",
    "/{lang}/lieu",
    "/{lang}/lieu?place=zzzzzzzz",
    "/{lang}/lieu?place=Saint",
    "/{lang}/besoin?place=commune:62041&said=aras",
    f"/{{lang}}/trajet?{QUESTION}",
    f"/{{lang}}/cours?{QUESTION}",
    "/{lang}/cours?place=commune:75056&need=beginner&mode=car",
    "/{lang}/cours?place=ici&need=beginner",
    "/{lang}/fiche?offer={offer}&" + QUESTION,
    "/{lang}/signaler?offer={offer}",
    "/{lang}/commune/62041",
    "/{lang}/mentions-legales",
    "/{lang}/accessibilite",
    "/{lang}/sources",
    "/{lang}/hors-ligne",
    "/{lang}/rien",
)


@pytest.mark.browser
@pytest.mark.parametrize("lang", ["fr", "ar"])
@pytest.mark.parametrize("width", [320, 360, 1280])
def test_nothing_is_found(browser_page: "OpenPage", finder_app: "FastAPI", width: int, lang: str) -> None:
    offer = finder_app.state.service.finder.current().cards[0]["offer_id"]
    page = browser_page(width, lang)
    found = {}
    for path in PAGES:
        address = path.format(lang=lang, offer=offer)
        page.goto(address)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        told = faults(page) + ([f"{wide} px too wide"] if wide > 0 else [])
        if told:
            found[address] = told
    assert found == {}


@pytest.mark.browser
@pytest.mark.parametrize("lang", ["fr", "ar"])
def test_nothing_is_found_with_the_map_open(browser_page: "OpenPage", lang: str) -> None:
    page = browser_page(360, lang)
    page.goto(f"/{lang}/cours?{QUESTION}")
    page.locator("[data-map]").click()
    page.wait_for_selector("#map .map-number")
    assert faults(page) == []


@pytest.mark.browser
def test_nothing_is_found_in_the_dark(browser_page: "OpenPage") -> None:
    page = browser_page(360, "fr", color_scheme="dark")
    found = {}
    for path in PAGES[:7]:
        page.goto(path.format(lang="fr"))
        if told := faults(page):
            found[path] = told
    assert found == {}
