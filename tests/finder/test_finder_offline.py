"""What can be read without network, what is never kept, and how a new version comes: Chromium, its network cut."""

import re

import pytest

from tests.finder.browsing import FROM_HERE, HERE, LIST, cached, ready_worker
from tests.finder.conftest import OpenPage


class TestWithoutNetwork:
    def test_the_list_after_the_first_visit(self, browser_page: OpenPage) -> None:
        page = browser_page()
        page.goto(LIST)
        ready_worker(page, LIST)
        courses = page.locator("li.course").all_inner_texts()
        page.context.set_offline(True)
        page.reload()
        assert page.locator("li.course").all_inner_texts() == courses
        assert "Page gardée le" in page.locator("main > [role=status]").inner_text()
        assert page.evaluate("getComputedStyle(document.body).fontFamily") != "serif"  # the style sheet is there
        assert [one for one in page.troubles if "ERR_INTERNET_DISCONNECTED" not in one] == []  # type: ignore[attr-defined]

    def test_an_address_never_seen_shows_what_was_kept_not_another_answer(self, browser_page: OpenPage) -> None:
        page = browser_page(lang="ar")
        page.goto(LIST.replace("/fr/", "/ar/"))
        ready_worker(page, LIST.replace("/fr/", "/ar/"))
        title = page.title()
        page.context.set_offline(True)
        page.goto("/ar/cours?place=commune:59350")
        page.wait_for_selector("[data-kept] a")
        assert page.locator("li.course").count() == 0
        assert page.evaluate("document.documentElement.lang") == "ar"
        assert title in page.locator("[data-kept]").inner_text()
        page.locator("[data-kept] a").first.click()
        page.wait_for_selector("li.course")
        assert page.url.endswith("/finder/last")

    def test_the_last_list_from_a_position(self, browser_page: OpenPage) -> None:
        page = browser_page(permissions=["geolocation"], geolocation=HERE)
        page.goto(FROM_HERE)
        page.click("[data-here]")
        page.wait_for_selector("li.course")
        page.wait_for_function("() => navigator.serviceWorker.controller && caches.has('finder-last')")
        kept = page.evaluate("caches.match('/finder/last').then((one) => one.text())")
        assert "2.7778" not in kept
        assert "50.2912" not in kept
        page.goto("/fr/lieu")  # the page without network comes with the first page kept
        ready_worker(page, "/fr/lieu")
        page.context.set_offline(True)
        page.goto(FROM_HERE)
        page.click("[data-kept] a[href='/finder/last']")
        page.wait_for_selector("li.course")
        assert "Page gardée le" in page.locator("main").inner_text()

    def test_nothing_is_kept_of_posts_documents_and_the_api(self, browser_page: OpenPage) -> None:
        page = browser_page(permissions=["geolocation"], geolocation=HERE)
        page.goto("/fr/lieu")
        ready_worker(page, "/fr/lieu")
        page.locator("#place").press_sequentially("Lens")
        page.wait_for_selector("#places [role=option]")
        page.goto(FROM_HERE)
        page.click("[data-here]")
        page.wait_for_selector("li.course")
        page.evaluate(
            "async () => { for (const path of ['/fr/commune/62041.pdf', '/ogc/collections?f=json', '/sw.js'])"
            " await fetch(path); }"
        )
        found = cached(page)
        assert found
        assert [one for one in found if re.search(r"\.pdf|/api/|/ogc/|sw\.js", one)] == []

    def test_forgotten_when_asked(self, browser_page: OpenPage) -> None:
        page = browser_page(permissions=["geolocation"], geolocation=HERE)
        page.goto(FROM_HERE)
        page.click("[data-here]")
        page.wait_for_selector("li.course")
        page.wait_for_function("() => navigator.serviceWorker.controller && caches.has('finder-last')")
        page.click("[data-forget]")
        page.wait_for_selector("text=effacé de cet appareil.")
        assert {"finder-pages", "finder-last"} & set(page.evaluate("caches.keys()")) == set()
        assert page.evaluate("sessionStorage.length + localStorage.length") == 0


class TestNewVersion:
    def test_takes_over_where_one_page_is_open_and_waits_for_the_last_of_two(
        self, browser_page: OpenPage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from api.finder import assets  # noqa: PLC0415 -- prometheus_client reads the environment when imported

        page = browser_page()
        page.goto("/fr/lieu")
        ready_worker(page, "/fr/lieu")
        other = page.context.new_page()
        other.goto("/fr/lieu")
        old = assets._worker()
        digest = assets.assets().digest
        newer = assets._packed(
            old.content.replace(f'"digest": "{digest}"'.encode(), b'"digest": "newer"'), old.media_type
        )
        monkeypatch.setattr(assets, "_worker", lambda: newer)
        page.evaluate("navigator.serviceWorker.getRegistration().then((one) => one.update())")
        page.wait_for_function("() => navigator.serviceWorker.getRegistration().then((one) => Boolean(one.waiting))")
        page.reload()
        page.wait_for_timeout(500)
        assert page.evaluate("navigator.serviceWorker.getRegistration().then((one) => Boolean(one.waiting))")
        other.close()
        page.reload()
        page.wait_for_function(
            "() => navigator.serviceWorker.getRegistration()"
            ".then((one) => !one.waiting && one.active.state === 'activated')"
        )
        page.wait_for_function(f"() => caches.keys().then((all) => !all.includes('finder-assets-{digest}'))")
        assert "finder-assets-newer" in page.evaluate("caches.keys()")
        page.context.set_offline(True)
        page.reload()
        assert page.locator("#place").is_visible()
