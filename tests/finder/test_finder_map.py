"""The map of a list, in Chromium: asked for, over outlines of this service or tiles, by keyboard too."""

import re
from typing import TYPE_CHECKING

import pytest

from tests.finder.browsing import FROM_HERE, HERE, LIST, asked_of
from tests.finder.conftest import OpenPage

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from api.service import Service


@pytest.fixture(scope="module")
def outlines(finder_service: "Service") -> None:
    """Have the outlines of communes ready, as a warm service has."""
    finder_service.catalogue.warm()


def shown_map(page: "Page") -> int:
    """Ask for the map; return how many courses it shows."""
    page.click("[data-map]")
    page.wait_for_selector("#map[data-markers]")
    return page.locator("#map .map-number").count()


@pytest.mark.usefixtures("outlines")
class TestMap:
    @pytest.mark.parametrize("lang", ["fr", "ar"])
    def test_every_placed_course_with_its_number_over_outlines_of_this_service(
        self, browser_page: OpenPage, lang: str
    ) -> None:
        page = browser_page(lang=lang)
        seen = asked_of(page)
        page.goto(LIST.replace("/fr/", f"/{lang}/"))
        placed = page.locator("li.course[data-lon][data-lat]")
        numbers = placed.locator("h3 .number").all_inner_texts()
        assert numbers
        assert not [one.url for one in seen if "leaflet" in one.url or "map." in one.url]
        assert shown_map(page) == len(numbers)
        assert page.locator("#map .map-number").all_inner_texts() == numbers
        page.wait_for_selector(".map-name span")
        assert page.locator("#map .leaflet-control-attribution").inner_text().startswith("Insee, IGN")
        assert {re.sub(r"^(https?://[^/]+).*", r"\1", one.url) for one in seen} == {page.evaluate("location.origin")}
        assert page.locator("li.course").first.is_visible()
        assert page.troubles == []  # type: ignore[attr-defined]

    def test_keyboard_opens_reads_and_closes_a_course(self, browser_page: OpenPage) -> None:
        page = browser_page(width=1280)
        page.goto(LIST)
        shown_map(page)
        page.locator("#map .map-number").first.focus()
        page.keyboard.press("Enter")
        page.wait_for_selector(".leaflet-popup a[href='#course-1']")
        assert page.evaluate("document.activeElement.getAttribute('href')") == "#course-1"
        assert page.locator(".leaflet-popup-close-button").get_attribute("aria-label") == "Fermer"
        page.keyboard.press("Escape")
        page.wait_for_selector(".leaflet-popup", state="detached")
        assert page.evaluate("document.activeElement.classList.contains('map-number')")
        page.keyboard.press("Enter")
        page.wait_for_selector(".leaflet-popup a[href='#course-1']")
        page.keyboard.press("Enter")
        page.wait_for_function("() => document.activeElement.id === 'course-1'")

    def test_opens_and_shuts(self, browser_page: OpenPage) -> None:
        page = browser_page()
        page.goto(LIST)
        button = page.locator("[data-map]")
        assert button.get_attribute("aria-expanded") == "false"
        shown_map(page)
        assert button.get_attribute("aria-expanded") == "true"
        button.click()
        assert page.locator("#map").is_hidden()
        button.click()
        assert page.locator("#map").is_visible()
        assert page.locator("#map .leaflet-marker-pane").count() == 1

    def test_says_so_where_it_does_not_come_and_leaves_the_list(self, browser_page: OpenPage) -> None:
        page = browser_page(service_workers="block")
        page.route("**/leaflet.js", lambda route: route.abort())
        page.goto(LIST)
        page.click("[data-map]")
        page.wait_for_selector("text=Tous les cours sont dans la liste.")
        assert page.locator("#map").is_hidden()
        assert page.locator("li.course").first.is_visible()

    def test_courses_are_shown_where_outlines_do_not_come(self, browser_page: OpenPage) -> None:
        page = browser_page(service_workers="block")
        page.route("**/ogc/**", lambda route: route.abort())
        page.goto(LIST)
        assert shown_map(page) == page.locator("li.course[data-lon]").count()
        page.wait_for_selector("text=Les limites des communes ne sont pas arrivées")

    def test_a_background_of_tiles_takes_the_place_of_outlines(self, browser_page: OpenPage) -> None:
        page = browser_page(service_workers="block")
        page.route(
            "**/tiles/**",
            lambda route: route.fulfill(body="<svg xmlns='http://www.w3.org/2000/svg'/>", content_type="image/svg+xml"),
        )
        seen = asked_of(page)
        page.goto(LIST)
        page.evaluate("Object.assign(map.dataset, {tiles: '/tiles/{z}/{x}/{y}.svg', attribution: 'Fond de carte'})")
        shown_map(page)
        page.wait_for_selector(".leaflet-tile-loaded")
        assert [one.url for one in seen if "/ogc/" in one.url] == []
        assert page.locator(".leaflet-control-attribution").inner_text() == "Fond de carte"

    def test_the_policy_lets_in_the_host_of_the_tiles_and_nothing_else(self) -> None:
        from api.finder.pages import POLICY, policy  # noqa: PLC0415

        assert policy("") == POLICY
        assert policy("chemin/{z}") == POLICY
        assert "img-src 'self' data: https://*.exemple.fr:8443; " in policy(
            "https://{s}.exemple.fr:8443/{z}/{x}/{y}.png"
        )
        assert "script-src *" not in policy("https://a.fr; script-src */{z}")

    def test_the_position_is_marked_in_the_browser_alone(self, browser_page: OpenPage) -> None:
        page = browser_page(permissions=["geolocation"], geolocation=HERE)
        seen = asked_of(page)
        page.goto(FROM_HERE)
        page.click("[data-here]")
        page.wait_for_selector("li.course")
        shown_map(page)
        page.wait_for_selector(".map-me")
        page.wait_for_selector(".map-name span")
        boxes = [one.url for one in seen if "bbox" in one.url]
        assert boxes
        for one in boxes:
            assert all(
                re.fullmatch(r"-?\d+(\.\d)?", edge)
                for edge in re.findall(r"-?\d+(?:\.\d+)?", one.split("bbox=")[1].split("&")[0].replace("%2C", " "))
            )
