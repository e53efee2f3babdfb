"""Read-aloud, with a ``speechSynthesis`` that records what it is given to say: Chromium here has no voices."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.finder.browsing import LIST
from tests.finder.conftest import OpenPage

if TYPE_CHECKING:
    from playwright.sync_api import Page

_VOICES: Mapping[str, Mapping[str, Any]] = {
    "fr": {"lang": "fr_FR", "localService": True},
    "ar": {"lang": "ar-SA", "localService": True},
    "distant": {"lang": "fr-FR", "localService": False},
}
_RECORDER = (Path(__file__).parent / "data" / "speech.js").read_text(encoding="utf-8")


def speaking(page: "Page", *voices: str) -> None:
    """Give the page a ``speechSynthesis`` with these voices, which records what it is given."""
    page.add_init_script(_RECORDER.replace("VOICES", json.dumps([_VOICES[name] for name in voices])))


def said(page: "Page") -> list[dict[str, str]]:
    """Return what was given to say: ``lang``, ``voice``, ``text``."""
    found: list[dict[str, str]] = page.evaluate("window.said")
    return found


class TestReadAloud:
    @pytest.mark.parametrize(
        ("lang", "voices", "offered"),
        [
            ("fr", ("fr",), True),
            ("fr", ("ar",), False),
            ("fr", (), False),
            ("fr", ("distant",), False),
            ("ar", ("ar",), True),
        ],
    )
    def test_offered_only_where_the_device_has_a_voice(
        self, browser_page: OpenPage, lang: str, voices: tuple[str, ...], *, offered: bool
    ) -> None:
        page = browser_page(lang=lang)
        speaking(page, *voices)
        page.goto(f"/{lang}/lieu")
        page.wait_for_selector("[data-listen][aria-pressed]", state="attached")
        page.wait_for_timeout(1200)  # longer than what waits for late voices
        assert page.locator("[data-listen]").first.is_visible() is offered

    def test_the_browser_as_it_is_offers_nothing_and_complains_of_nothing(self, browser_page: OpenPage) -> None:
        page = browser_page()
        page.goto("/fr/lieu")
        page.wait_for_selector("#place[role=combobox]")
        assert page.evaluate("speechSynthesis.getVoices().length") == 0
        assert page.locator("[data-listen]").first.is_hidden()
        assert page.troubles == []  # type: ignore[attr-defined]

    def test_reads_the_main_part_in_order_and_stops_at_the_second_press(self, browser_page: OpenPage) -> None:
        page = browser_page()
        speaking(page, "fr")
        page.goto("/fr/lieu")
        button = page.locator("[data-listen]").first
        button.click()
        texts = [one["text"] for one in said(page)]
        assert texts[0] == page.locator("main h1").inner_text()
        assert any(page.locator("label[for=place]").inner_text() in one for one in texts)
        assert not any("Mentions légales" in one or "Écouter" in one for one in texts)
        assert button.get_attribute("aria-pressed") == "true"
        assert button.locator("[data-label]").inner_text() == "Arrêter"
        assert page.locator(".is-spoken").inner_text() == page.locator("main h1").inner_text()
        button.click()
        assert page.evaluate("window.stopped") == 1
        assert button.get_attribute("aria-pressed") == "false"
        assert page.locator(".is-spoken").count() == 0

    def test_each_part_in_its_own_language_and_none_in_a_wrong_voice(self, browser_page: OpenPage) -> None:
        both, only = browser_page(lang="ar"), browser_page(lang="ar")
        speaking(both, "ar", "fr")
        speaking(only, "ar")
        for page in (both, only):
            page.goto("/ar/cours?place=commune:62041&need=beginner&mode=bike&minutes=60")
            page.locator("li.course [data-listen], [data-listen]").first.click()
        title = both.locator("li.course [lang=fr]").first.inner_text()
        assert title in {one["text"] for one in said(both) if one["voice"] == "fr_FR"}
        assert {one["voice"] for one in said(only)} == {"ar-SA"}
        assert title not in " ".join(one["text"] for one in said(only))

    def test_one_course_alone(self, browser_page: OpenPage) -> None:
        page = browser_page()
        speaking(page, "fr")
        page.goto(LIST)
        button = page.locator("[data-listen='#course-1']")
        button.click()
        heard = {one["text"] for one in said(page)}
        assert page.locator("#course-1 h3 [lang=fr]").inner_text() in " ".join(heard)
        assert not heard & set(page.locator("#course-1 .actions a").all_inner_texts())
        other = set(page.locator("#course-2 p").all_inner_texts()) - set(page.locator("#course-1 p").all_inner_texts())
        assert other
        assert not heard & other

    def test_stops_at_the_end_and_on_leaving(self, browser_page: OpenPage) -> None:
        page = browser_page()
        speaking(page, "fr")
        page.goto("/fr/lieu")
        button = page.locator("[data-listen]").first
        button.click()
        page.evaluate("window.finish()")
        assert button.get_attribute("aria-pressed") == "false"
        button.click()
        page.evaluate("window.dispatchEvent(new PageTransitionEvent('pagehide'))")
        assert page.evaluate("window.stopped") == 1
        assert button.get_attribute("aria-pressed") == "false"
