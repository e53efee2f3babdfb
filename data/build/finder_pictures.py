"""Take the pictures of docs/finder.md again: the finder on the demonstration, in Debian's Chromium.

``uv run python data/build/finder_pictures.py --url http://127.0.0.1:8000 [--only map,list]``: of a service that runs
on the demonstration (``geo-integration demo``, then ``serve``, with ``GEO_INTEGRATION_AS_OF`` set to its day). The
printed cards need poppler's ``pdftoppm``. Look at each picture before it is kept.
"""

import argparse
import io
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "images"
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
LARGEST = 150_000
COLOURS = 64
QUESTION = "place=commune:62041&need=alpha&goal=daily&mode=foot"
PHONE, DESK = (360, 800), (1280, 900)

type Ready = Callable[[Page], object]


def _at(selector: str) -> Ready:
    return lambda page: page.locator(selector).first.evaluate("one => one.scrollIntoView({block: 'start'})")


def _map(page: Page) -> None:
    page.locator("[data-map]").click()
    page.wait_for_selector("#map .map-number")
    page.wait_for_timeout(500)  # the outlines are drawn after the numbers
    _at("#map")(page)


_COURSE = _at("li.course")
PICTURES: dict[str, tuple[str, str, tuple[int, int], Ready | None]] = {
    "language": ("fr", "/", PHONE, None),
    "place": ("fr", "/fr/lieu", PHONE, None),
    "need": ("fr", "/fr/besoin?place=commune:62041", PHONE, None),
    "travel": ("fr", "/fr/trajet?place=commune:62041&need=alpha", PHONE, None),
    "list-fr": ("fr", f"/fr/cours?{QUESTION}", PHONE, _COURSE),
    "list-ar": ("ar", f"/ar/cours?{QUESTION}", PHONE, _COURSE),
    "course-ar": ("ar", "/ar/fiche?offer={offer}&" + QUESTION, PHONE, None),
    "map": ("fr", f"/fr/cours?{QUESTION}", PHONE, _map),
    "list-wide": ("fr", f"/fr/cours?{QUESTION}", DESK, None),
}
CARDS = ("fr", "ar")


def main() -> None:
    """Take each picture, or those named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--only", default="", help="names, with commas")
    chosen = parser.parse_args()
    only = set(chosen.only.split(",")) - {""}
    offer = first_course(chosen.url)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name, shot in shots(browser, chosen.url, offer, only):
            keep(name, shot)
        browser.close()
    for lang in CARDS:
        if not only or f"card-{lang}" in only:
            keep(f"card-{lang}", card(f"{chosen.url}/{lang}/fiche.pdf?offer={offer}&{QUESTION}"))


def first_course(url: str) -> str:
    """Return the course that the list of the pictures begins with."""
    page = httpx.get(f"{url}/fr/cours?{QUESTION}", timeout=60).raise_for_status().text
    return page.partition("/fr/fiche?offer=")[2].partition("&")[0]


def shots(browser: Browser, url: str, offer: str, only: set[str]) -> Iterator[tuple[str, bytes]]:
    """Give one screen of each page: name, PNG."""
    for name, (lang, path, (width, height), ready) in PICTURES.items():
        if only and name not in only:
            continue
        context = browser.new_context(base_url=url, locale=lang, viewport={"width": width, "height": height})
        page = context.new_page()
        page.goto(path.format(offer=offer), wait_until="networkidle")
        if ready is not None:
            ready(page)
        yield name, page.screenshot()
        context.close()


def card(address: str) -> bytes:
    """Return the first page of a printed card, as a PNG."""
    document = httpx.get(address, timeout=60).raise_for_status().content
    command = ["pdftoppm", "-png", "-r", "110", "-f", "1", "-l", "1", "-singlefile", "-"]
    return subprocess.run(command, input=document, capture_output=True, check=True).stdout  # noqa: S603 -- no shell


def keep(name: str, shot: bytes) -> None:
    """Write a picture with few colours; ValueError where it is still too heavy."""
    picture = Image.open(io.BytesIO(shot)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    if out.tell() > LARGEST:
        msg = f"{name}: {out.tell():,} bytes"
        raise ValueError(msg)
    (FOLDER / f"finder-{name}.png").write_bytes(out.getvalue())


if __name__ == "__main__":
    main()
