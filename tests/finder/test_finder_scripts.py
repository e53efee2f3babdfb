"""The finder's scripts in Chromium: their weight and words, suggestions, position."""

import json
import re

import pytest

from geo_integration.settings import settings
from tests.finder.browsing import FROM_HERE, HERE, ROUNDED, asked_of
from tests.finder.conftest import OpenPage

_FOLDER = settings().static / "finder"
_BEFORE_THE_MAP = 28 * 1024  # raw; the pages as they travel are weighed in test_finder_journeys


class TestFiles:
    def test_small_enough_for_a_poor_network(self) -> None:
        sizes = {path.name: path.stat().st_size for path in _FOLDER.glob("*.js")}
        del sizes["map.js"], sizes["kept.js"]  # when the map is asked for; on the page without network
        assert sum(sizes.values()) < _BEFORE_THE_MAP, sizes

    def test_every_word_the_scripts_say_is_on_the_page_and_no_other(self) -> None:
        text = "".join(path.read_text(encoding="utf-8") for path in _FOLDER.glob("*.js"))
        said = set(re.findall(r'say\([^)]*?"(\w+)"', text)) | set(re.findall(r'why = "(\w+)"', text))
        said |= {"listen", "here_refused", "here_failed", *re.findall(r'items\.length \? say\("(\w+)"', text)}
        words = set(re.findall(r'^  "(\w+)": _\(', (_FOLDER / "templates/words.html").read_text("utf-8"), re.MULTILINE))
        assert said == words

    def test_no_script_names_another_host(self) -> None:
        for path in _FOLDER.glob("*.js"):
            assert "//" not in re.sub(r"^.*// .*$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE), path.name


class TestSuggestions:
    def test_keyboard_alone(self, browser_page: OpenPage) -> None:
        page = browser_page()
        page.goto("/fr/lieu")
        page.wait_for_selector("#place[role=combobox]")
        for _ in range(20):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.id") == "place":
                break
        page.keyboard.type("Hazebrouk")
        page.wait_for_selector("#places [role=option]")
        field = page.locator("#place")
        count = page.locator("#places [role=option]").count()
        assert field.get_attribute("aria-expanded") == "true"
        assert field.get_attribute("aria-activedescendant") is None
        assert page.locator("#places ~ [role=status]").inner_text() == f"Communes proposées : {count}"
        page.keyboard.press("ArrowDown")
        active = page.locator("#places [aria-selected=true]")
        assert active.get_attribute("id") == field.get_attribute("aria-activedescendant")
        assert active.inner_text() == "Hazebrouck (59)"
        page.keyboard.press("Enter")
        assert field.input_value() == "Hazebrouck (59)"
        assert field.get_attribute("aria-expanded") == "false"
        page.keyboard.press("Enter")
        page.wait_for_url("**/fr/besoin?*")
        assert "place=commune%3A59295" in page.url or "place=commune:59295" in page.url
        assert page.troubles == []  # type: ignore[attr-defined]

    def test_arrows_go_round_and_escape_keeps_what_was_typed(self, browser_page: OpenPage) -> None:
        page = browser_page()
        page.goto("/fr/lieu")
        page.locator("#place").press_sequentially("Arr")
        page.wait_for_selector("#places [role=option]")
        page.keyboard.press("ArrowUp")
        assert page.locator("#places [role=option]").last.get_attribute("aria-selected") == "true"
        page.keyboard.press("ArrowDown")
        assert page.locator("#places [role=option]").first.get_attribute("aria-selected") == "true"
        page.keyboard.press("Escape")
        assert page.locator("#places").is_hidden()
        assert page.input_value("#place") == "Arr"

    @pytest.mark.parametrize("broken", [False, True])
    def test_what_is_typed_goes_on_without_choosing(self, browser_page: OpenPage, broken: bool) -> None:  # noqa: FBT001
        page = browser_page(service_workers="block")
        if broken:
            page.route("**/api/v1/places*", lambda route: route.abort())
        page.goto("/fr/lieu")
        page.locator("#place").press_sequentially("62000 Arras")
        page.get_by_role("button", name="Continuer").click()
        page.wait_for_url("**/fr/besoin?*")

    def test_changed_after_choosing(self, browser_page: OpenPage) -> None:
        page = browser_page()
        page.goto("/fr/lieu")
        page.locator("#place").press_sequentially("Hazebrouck")
        page.locator("#places [role=option]").first.click()
        page.fill("#place", "Lens")
        page.keyboard.press("Enter")
        page.wait_for_url("**/fr/besoin?*")
        assert re.search(r"place=commune(:|%3A)62498", page.url)

    def test_one_question_for_one_word_and_none_for_an_address(self, browser_page: OpenPage) -> None:
        page = browser_page(service_workers="block")
        page.goto("/fr/lieu")
        seen = asked_of(page)
        page.locator("#place").press_sequentially("Lens", delay=20)
        page.wait_for_selector("#places [role=option]")
        assert len([one for one in seen if "/api/v1/places" in one.url]) == 1
        page.fill("#place", "12 rue de la Paix")
        page.wait_for_timeout(600)
        assert page.locator("#places").is_hidden()
        assert len([one for one in seen if "/api/v1/places" in one.url]) == 1


class TestPosition:
    def test_refused(self, browser_page: OpenPage) -> None:
        page = browser_page()
        page.goto("/fr/lieu")
        page.click("[data-here]")
        page.wait_for_selector("text=ne donne pas votre position")
        assert page.evaluate("document.activeElement.id") == "place"
        page.keyboard.type("Arras")
        page.keyboard.press("Enter")
        page.wait_for_url("**/fr/besoin?*")

    def test_refused_on_the_list(self, browser_page: OpenPage) -> None:
        page = browser_page()
        page.goto(FROM_HERE)
        page.click("[data-here]")
        page.wait_for_selector("text=ne donne pas votre position")
        assert page.evaluate("document.activeElement.pathname") == "/fr/lieu"

    def test_given_it_is_only_ever_in_the_body_of_a_post(self, browser_page: OpenPage) -> None:
        page = browser_page(permissions=["geolocation"], geolocation=HERE)
        seen = asked_of(page)
        page.goto("/fr/lieu")
        page.click("[data-here]")
        page.wait_for_url("**/fr/besoin?place=ici*")
        assert json.loads(page.evaluate("sessionStorage.getItem('position')")) == ROUNDED
        page.goto(FROM_HERE)
        page.wait_for_selector("li.course")
        assert page.url.endswith(FROM_HERE)
        assert page.evaluate("document.activeElement.localName") == "h1"
        posts = [one for one in seen if one.method == "POST"]
        assert [one.post_data for one in posts] == ["lon=2.7778&lat=50.2912"]
        page.locator("li.course [name=lon] ~ button").first.click()
        page.wait_for_url("**/fiche?*")
        page.wait_for_selector("main .there")  # its minutes come by a POST of their own
        page.go_back()
        page.wait_for_selector("li.course")
        assert {one.post_data for one in seen if one.method == "POST"} == {"lon=2.7778&lat=50.2912"}
        carried = [one.url for one in seen if re.search(r"2[.]7[78]|50[.]29", one.url + one.headers.get("referer", ""))]
        assert carried == []
        assert page.troubles == []  # type: ignore[attr-defined]
