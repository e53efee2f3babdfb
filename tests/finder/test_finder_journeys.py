"""From the first page to the telephone number in six taps at most: in French, in Arabic, without JavaScript."""

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.finder.conftest import OpenPage

MOST_TAPS = 6


class Thumb:
    """Somebody who taps, counted; writing a name of a place is no tap."""

    def __init__(self, page: Page) -> None:
        self.page, self.taps = page, 0

    def tap(self, what: "Locator") -> None:
        """Tap something that can be seen and is large enough for a thumb."""
        self.taps += 1
        what.scroll_into_view_if_needed()
        expect(what).to_be_visible()
        box = what.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 44, box
        what.click()


@pytest.mark.browser
@pytest.mark.parametrize("javascript", [True, False], ids=["js", "no-js"])
@pytest.mark.parametrize(("lang", "own"), [("fr", "Français"), ("ar", "العربية")])
def test_to_the_telephone_in_six_taps(browser_page: "OpenPage", lang: str, own: str, *, javascript: bool) -> None:
    page = browser_page(360, lang, javascript=javascript)
    thumb = Thumb(page)
    page.goto("/")
    thumb.tap(page.get_by_role("link", name=own, exact=True))
    expect(page.locator("html")).to_have_attribute("dir", "rtl" if lang == "ar" else "ltr")
    expect(page.locator("html")).to_have_attribute("lang", lang)
    page.locator("#place").fill("Arrass")  # a letter too many
    page.keyboard.press("Escape")  # whatever is suggested, writing and going on works
    thumb.tap(page.locator(".onward button"))
    page.wait_for_url(f"**/{lang}/besoin?**")
    expect(page.locator("main")).to_contain_text("Arras")
    thumb.tap(page.locator("label.choice", has=page.locator("input[name=need][value=alpha]")))
    thumb.tap(page.locator(".onward button"))
    thumb.tap(page.locator(".onward button"))
    call = page.locator("li.course a[href^='tel:']").first
    expect(call).to_be_visible()
    assert (call.get_attribute("href") or "").startswith("tel:+33")
    course = page.locator("li.course").first
    expect(course.locator(".way")).to_be_visible()
    thumb.taps += 1  # a telephone is not dialled here
    assert thumb.taps <= MOST_TAPS
    assert page.troubles == []  # type: ignore[attr-defined]


@pytest.mark.browser
def test_a_tap_is_not_lost_under_the_suggestions(browser_page: "OpenPage") -> None:
    page = browser_page(360, "fr")
    page.goto("/fr/lieu")
    page.locator("#place").press_sequentially("Arras")
    expect(page.locator("#places [role=option]").first).to_be_visible()
    button = page.locator(".onward button")
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.wait_for_timeout(100)  # a finger stays a moment: the button must not move away under it
    page.mouse.up()
    page.wait_for_url("**/fr/besoin**")


@pytest.mark.browser
def test_everything_by_keyboard(browser_page: "OpenPage") -> None:
    page = browser_page(1280, "fr")
    page.goto("/fr/lieu")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#place")).to_be_focused()
    page.keyboard.type("Arras")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    page.wait_for_url("**/fr/besoin**")
    page.locator("input[name=need]").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url("**/fr/trajet**")
    page.locator("input[name=mode][value=car]").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url("**/fr/cours**")
    assert page.locator("li.course a[href^='tel:']").count() > 0
    assert page.troubles == []  # type: ignore[attr-defined]


@pytest.mark.browser
def test_nobody_else_is_asked_and_nothing_is_kept_about_anyone(browser_page: "OpenPage", finder_server: str) -> None:
    page = browser_page(360, "fr")
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    for path in ("/", "/fr/lieu", "/fr/cours?place=commune:62041&need=beginner&mode=car"):
        page.goto(path)
    page.locator("[data-map]").click()
    page.wait_for_selector("#map .map-number")
    assert asked
    assert all(url.startswith((finder_server, "data:", "blob:")) for url in asked)
    assert page.context.cookies() == []


@pytest.mark.browser
@pytest.mark.parametrize("lang", ["fr", "ar"])
def test_less_than_100_kb_before_the_map(browser_page: "OpenPage", lang: str) -> None:
    page = browser_page(360, lang, service_workers="block")
    weights: dict[str, float] = {}
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda told: weights.update({told["requestId"]: told["encodedDataLength"]}))
    question = "place=commune:62041&need=beginner&mode=car"
    for path in ("/", "/lieu", f"/besoin?{question}", f"/trajet?{question}", f"/cours?{question}"):
        page.goto(f"/{lang}{path}" if path != "/" else "/", wait_until="networkidle")
    assert 10_000 < sum(weights.values()) < 100_000, weights
