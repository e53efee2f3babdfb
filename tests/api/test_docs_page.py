"""/docs works without another host and under the policy it is sent with; in a real browser too."""

import re
import shutil

import pytest
from playwright.sync_api import sync_playwright
from starlette.testclient import TestClient

from api.middleware import POLICY
from tests.api.conftest import LiveServer

CHROMIUM = shutil.which("chromium")


def test_the_page_names_only_files_of_ours(client: TestClient) -> None:
    page = client.get("/docs")
    assert page.headers["content-security-policy"] == POLICY
    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert links
    for link in links:
        assert client.get(f"/{link}").status_code == 200, link
    assert not re.search(r"<script(?![^>]*src=)", page.text)
    assert "style=" not in page.text


@pytest.mark.parametrize("name", ["../index.html", "%2e%2e%2fpyproject.toml", "swagger-ui.js.map", "index.html", ""])
def test_no_other_file(client: TestClient, name: str) -> None:
    assert client.get(f"/docs/assets/{name}").status_code == 404


def test_the_description_is_kept_by_its_tag(client: TestClient) -> None:
    first = client.get("/openapi.json", headers={"Accept-Encoding": "identity"})
    assert first.headers["content-type"].startswith("application/vnd.oai.openapi+json")
    tag = first.headers["etag"]
    assert client.get("/openapi.json", headers={"If-None-Match": tag}).status_code == 304
    assert client.get("/openapi.json", headers={"If-None-Match": '"other"'}).json() == first.json()
    packed = client.get("/openapi.json", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["etag"] != tag
    assert packed.json() == first.json()


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed")
def test_a_browser_shows_the_operations_and_asks_nobody_else(live_server: LiveServer) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            page = browser.new_page()
            asked, complaints = [], []
            page.on("request", lambda one: asked.append(one.url))
            page.on("console", lambda one: complaints.append(one.text) if one.type == "error" else None)
            page.on("pageerror", lambda one: complaints.append(str(one)))
            page.goto(f"{live_server.url}/docs")
            page.wait_for_selector(".opblock", timeout=60_000)
            assert page.locator(".opblock").count() > 5
            page.locator(".opblock", has_text="/health").first.click()
            page.locator(".try-out__btn").first.click()
            page.locator(".execute").first.click()
            page.wait_for_selector(".live-responses-table", timeout=60_000)
            assert complaints == []
            assert all(url.startswith((live_server.url, "data:", "blob:")) for url in asked)
        finally:
            browser.close()


def test_the_bare_address_is_the_finder_and_its_foot_leads_here(client: TestClient) -> None:
    answer = client.get("/", follow_redirects=False)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert 'href="/fr/lieu' in answer.text
    assert 'href="/docs"' in client.get("/fr/sources").text
