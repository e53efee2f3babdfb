"""How every page of the finder is sent, what it fetches, and how it can be read: headers, weight, contrast."""

import gzip
import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from lxml import html

from api.finder import needs
from api.finder.assets import assets
from api.finder.pages import POLICY
from geo_integration.settings import settings

if TYPE_CHECKING:
    from starlette.testclient import TestClient

STEPS = ("/", "/{}/lieu", "/{}/besoin?place=commune:62041", "/{}/trajet?place=commune:62041")


def test_headers_of_a_page(finder_client: "TestClient") -> None:
    answer = finder_client.get("/ar/lieu", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["content-language"] == "ar"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "geolocation=(self)" in answer.headers["permissions-policy"]
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["content-encoding"] == "gzip"
    assert "public" not in answer.headers["cache-control"]
    assert "set-cookie" not in answer.headers
    assert "Accept-Language" in finder_client.get("/").headers["vary"]


def test_a_page_held_is_not_sent_again(finder_client: "TestClient") -> None:
    tags = set()
    for coding in ("gzip", "identity"):
        first = finder_client.get("/fr/lieu", headers={"Accept-Encoding": coding})
        tags.add(first.headers["etag"])
        again = finder_client.get(
            "/fr/lieu", headers={"Accept-Encoding": coding, "If-None-Match": first.headers["etag"]}
        )
        assert (again.status_code, again.content) == (304, b"")
    assert len(tags) == 2, "each coding has its own"


def test_a_page_that_is_not_there_says_so_in_the_language_of_the_address(finder_client: "TestClient") -> None:
    answer = finder_client.get("/fr/fiche?offer=rien", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    shown = html.document_fromstring(answer.text)
    assert shown.get("lang") == "fr"
    assert shown.xpath("//h1")[0].text_content().strip() == "Cette page n'existe pas"
    assert shown.xpath("//main//a[@class='button']/@href") == ["/"]
    assert answer.headers["cache-control"] == "no-store"


def test_assets_are_kept_for_ever_and_change_address_when_they_change(finder_client: "TestClient") -> None:
    known = assets()
    answer = finder_client.get(known.address("finder.css"), headers={"Accept-Encoding": "gzip"})
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/css")
    assert answer.text == (settings().static / "finder" / "finder.css").read_text(encoding="utf-8")
    again = finder_client.get(
        known.address("finder.css"), headers={"Accept-Encoding": "gzip", "If-None-Match": answer.headers["etag"]}
    )
    assert again.status_code == 304
    old = finder_client.get("/finder/assets/0123456789abcdef/finder.css")
    assert (old.status_code, old.headers["cache-control"]) == (200, "no-cache")
    for name in ("sw.js", "nothing.css", "..%2Fsw.js"):
        assert finder_client.get(f"/finder/assets/{known.digest}/{name}").status_code == 404


def test_the_service_worker_is_told_what_there_is(finder_client: "TestClient") -> None:
    answer = finder_client.get("/sw.js")
    assert answer.headers["service-worker-allowed"] == "/"
    assert answer.headers["cache-control"] == "no-cache"
    named = re.findall(r'"(/finder/assets/[^"]+)"', answer.text.splitlines()[0])
    assert named
    for address in named:
        assert finder_client.get(address).status_code == 200
    assert not [address for address in named if "leaflet" in address or address.endswith("map.js")]


def test_the_manifest_names_an_icon_that_is_there(finder_client: "TestClient") -> None:
    told = finder_client.get("/manifest.webmanifest").json()
    assert told["start_url"] == "/"
    assert finder_client.get(told["icons"][0]["src"]).headers["content-type"] == "image/svg+xml"


def test_every_pictogram_named_is_drawn() -> None:
    folder = settings().static / "finder"
    drawn = {one.get("id") for one in ET.parse(folder / "icons.svg").getroot()}  # noqa: S314 -- our own file
    named = {one.icon for one in (*needs.NEEDS, *needs.GOALS, *needs.WHO, *needs.MODES, *needs.TIMES, needs.UNSAID)}
    named |= {one.icon for one in needs.EXTRAS.values()}
    for template in (folder / "templates").glob("*.html"):
        text = template.read_text(encoding="utf-8")
        named |= set(re.findall(r'(?:icon|fact)\("([a-z0-9-]+)"', text))
    assert len(named) > 30
    assert named <= drawn


def test_the_style_sheet_is_light_and_has_no_left_nor_right() -> None:
    text = (settings().static / "finder" / "finder.css").read_text(encoding="utf-8")
    assert len(text) < 20_000
    assert (
        re.findall(
            r"(?:margin|padding|border)-(?:left|right)|(?<![\w-])(?:left|right):|text-align: (?:left|right)", text
        )
        == []
    )
    assert "url(" not in text
    assert "@import" not in text


def test_first_visit_is_light(finder_client: "TestClient") -> None:
    """Everything the steps load before a map is asked for, compressed, with the page itself: 100 kB at most."""
    known = assets()
    heavy = {name for name in known.files if "leaflet" in name or name in {"map.js", "map.css"}}
    light = sum(len(one.compressed) for name, one in known.files.items() if name not in heavy)
    pages = sum(len(gzip.compress(finder_client.get(step.format("ti")).content)) for step in STEPS)
    assert light + pages < 100_000


# Contrast of the colours that carry text, light and dark: 7 to 1 (AAA), by WCAG's formula.
TEXT = (
    ("ink", "page"),
    ("ink", "surface"),
    ("ink", "soft"),
    ("muted", "page"),
    ("muted", "surface"),
    ("muted", "soft"),
    ("link", "page"),
    ("link", "surface"),
    ("accent-ink", "accent"),
    ("accent", "surface"),
    ("warn-ink", "warn"),
    ("bad-ink", "bad"),
    ("ink", "unknown-soft"),
)


def _colours(which: int) -> dict[str, str]:
    text = (settings().static / "finder" / "finder.css").read_text(encoding="utf-8")
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]+);", re.findall(r":root \{([^}]+)\}", text)[which]))


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * one for one in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_formula() -> None:
    assert _contrast("#000", "#ffffff") == pytest.approx(21)
    assert _contrast("#767676", "#fff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("which", [0, 1], ids=["light", "dark"])
def test_text_is_read_by_tired_eyes(which: int) -> None:
    colours = _colours(which)
    found = {(ink, on): round(_contrast(colours[ink], colours[on]), 2) for ink, on in TEXT}
    assert {pair: ratio for pair, ratio in found.items() if ratio < 7} == {}
    for part in ("line", "focus", "accent", "unknown"):  # borders and outlines: 3 to 1
        assert _contrast(colours[part], colours["page"]) >= 3, part
        assert _contrast(colours[part], colours["surface"]) >= 3, part
