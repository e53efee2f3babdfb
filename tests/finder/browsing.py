"""What the tests of the finder's scripts share: a question, a position, what the browser asked for and kept."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page, Request

HERE = {"longitude": 2.777_771_9, "latitude": 50.291_234_5}
ROUNDED = {"lon": 2.7778, "lat": 50.2912}
LIST = "/fr/cours?place=commune:62041&need=beginner&mode=bike&minutes=60"
FROM_HERE = "/fr/cours?place=ici&need=beginner&mode=bike&minutes=60"


def ready_worker(page: "Page", kept: str) -> None:
    """Wait until the worker rules the page, and has kept an address and the page shown without network."""
    page.wait_for_function("() => navigator.serviceWorker.controller")
    page.wait_for_function(
        "async (end) => { const all = []; for (const name of await caches.keys())"
        " for (const one of await (await caches.open(name)).keys()) all.push(one.url);"
        " return [end, '/hors-ligne'].every((one) => all.some((url) => url.endsWith(one))); }",
        arg=kept,
    )


def cached(page: "Page") -> list[str]:
    """Return every address the browser's caches hold."""
    found: list[str] = page.evaluate(
        "async () => { const all = []; for (const name of await caches.keys())"
        " for (const one of await (await caches.open(name)).keys()) all.push(one.url); return all; }"
    )
    return found


def asked_of(page: "Page") -> "list[Request]":
    """Return the list that every request of the page's browser joins, those of its worker too."""
    seen: list[Request] = []
    page.context.on("request", lambda one: seen.append(one))  # noqa: PLW0108 -- Playwright marks what it is given
    return seen
