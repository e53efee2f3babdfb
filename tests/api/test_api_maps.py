"""The maps over HTTP: listed, drawn for who asks, and running under a policy without exceptions."""

import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from starlette.testclient import TestClient

from geo_integration.jobs import demo
from geo_integration.settings import ServiceSettings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from api.service import Service
    from tests.api.conftest import Accounts

ARRAS = "/maps/manques-62041-alphabetisation"


@pytest.fixture(scope="module")
def service_settings(service_settings: ServiceSettings) -> ServiceSettings:
    """Give computations all the time they need on a busy machine: nothing here is about how fast they are."""
    return service_settings.model_copy(update={"request_seconds": 600.0})


def test_the_list_holds_what_the_sources_cover(client: TestClient, service: "Service") -> None:
    told = client.get("/maps").json()
    names = {item["name"] for item in told["items"]}
    covers = service.store.info("offers").covers
    kinds = set(service.store.read("offers")["kind"]) - {"unknown"}
    assert names == {f"manques-{code}-{kind}" for code in covers for kind in kinds}
    assert told["about"]["synthetic"]
    assert told["about"]["as_of"] == demo.as_of().isoformat()


def test_the_list_is_a_page_for_a_browser(client: TestClient) -> None:
    page = client.get("/maps", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert 'href="http://testserver/maps/manques-62-alphabetisation"' in page.text
    assert "DONNÉES FICTIVES" in page.text
    held = client.get("/maps", headers={"Accept": "text/html", "If-None-Match": page.headers["etag"]})
    assert held.status_code == 304
    assert held.headers["content-security-policy"] == page.headers["content-security-policy"]


@pytest.mark.parametrize(
    "name",
    [
        "x",
        "manques-62",
        "manques-62-danse",
        "manques-62-unknown",
        "manques-999-fle",
        "manques-62-fle.pdf",
        "manques-62,59-fle",
        "manques-..-fle",
        "manques-62-fle%0d%0aX-A: b",
    ],
)
def test_a_name_that_is_none_lists_what_there_is(client: TestClient, name: str) -> None:
    answer = client.get(f"/maps/{name}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert "manques-02-alphabetisation" in answer.json()["way_out"]


def test_a_region_is_a_job(client: TestClient) -> None:
    answer = client.get("/maps/manques-R32-alphabetisation")
    assert answer.status_code == 400
    assert "processes/gaps/execution" in answer.json()["way_out"]


def test_a_map_shows_each_what_they_may_see(client: TestClient, service: "Service", accounts: "Accounts") -> None:
    public = client.get(ARRAS)
    assert public.status_code == 200, public.text
    mine = client.get(f"{ARRAS}.html", headers=accounts.headers_of("referent62"))
    assert "Effectifs protégés" in public.text
    assert "Effectifs protégés" not in mine.text
    assert mine.headers["cache-control"] == "private, no-cache"
    entry = service.ledger.audit.entries(1)[0]
    assert (entry.action, entry.user_name, entry.what["territory"]) == ("map.read", "referent62", "62041")
    again = client.get(ARRAS, headers={"If-None-Match": public.headers["etag"]})
    assert again.status_code == 304
    assert again.headers["content-security-policy"] == public.headers["content-security-policy"]
    assert "script-src 'sha256-" in public.headers["content-security-policy"]


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 -- only here

    found = shutil.which("chromium")
    assert found, "Debian's chromium is needed (README)"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield opened
        opened.close()


def test_the_page_works_in_a_browser_under_its_policy(client: TestClient, browser: "Browser") -> None:
    answer = client.get(ARRAS)
    page = browser.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    headers = {name: answer.headers[name] for name in ("content-type", "content-security-policy")}
    page.route("**/*", lambda route: route.fulfill(body=answer.text, headers=headers))
    page.goto("http://carte.invalid/")
    page.wait_for_selector(".leaflet-container canvas", state="attached")
    assert page.locator("#layers input").count() > 0  # the scripts ran to their end
    assert page.evaluate("getComputedStyle(document.querySelector('.leaflet-container')).overflow") == "hidden"
    page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.evil = 1';"
        " document.body.append(s); }"
    )
    assert page.evaluate("window.evil") is None  # what is not in the page as it was made does not run
    (refusal,) = said  # that script, and nothing of the page itself
    assert "Content Security Policy" in refusal
    page.close()
