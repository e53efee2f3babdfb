"""The map of a three-commune table: what the page says, that nothing in it is fetched, and how Chromium sees it."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo_integration.errors import MissingDataError
from geo_integration.maps import areas, gaps_map, write_map
from geo_integration.maps.shapes import encoded, lightened
from geo_integration.maps.style import cause_swatches, class_of, minute_swatches
from geo_integration.maps.text import minutes, people, typeset
from geo_integration.vocabulary import Cause
from tests.coverage_samples import META, rollups, three_communes

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
CHROMIUM = shutil.which("chromium")


def offers(title: str = "Lire et écrire") -> gpd.GeoDataFrame:
    table = pd.DataFrame(
        {
            "title": [title, "FLE du soir", "À distance"],
            "provider_name": ["Association des Carrés"] * 3,
            "kind": ["alphabetisation", "fle", "alphabetisation"],
            "place_name": ["Maison de quartier"] * 3,
            "commune_name": ["Abbé-Saint-Éloi"] * 3,
            "phone": ["03 21 00 00 00"] * 3,
            "location_quality": ["mairie", "point", "remote"],
            "fit": ["open", "other", "remote"],
            "synthetic": [True, True, True],
        }
    )
    return gpd.GeoDataFrame(table, geometry=[shapely.Point(2.05, 50.05), shapely.Point(2.06, 50.04), None], crs=4326)


def ctai() -> pd.DataFrame:
    row = {"commune_code": "62001", "name": "Abbé-Saint-Éloi", "kind": "CAI", "signed_year": 2022}
    return pd.DataFrame([{**row, "axes": "emploi;santé", "source": "Bilan 2024", "synthetic": False}])


def housing() -> pd.DataFrame:
    row = {"commune_code": "62002", "dwellings": 12, "places": None, "synthetic": True}
    return pd.DataFrame([{**row, "kind": "captured"}, {**row, "kind": "social", "dwellings": 9000}])


def page(**changes: Any) -> str:  # noqa: ANN401 -- any argument of gaps_map
    layers = {"offers": offers(), "ctai": ctai(), "housing": housing()}
    given = {"layers": layers, "boundaries": {}, "rollups": rollups(), "meta": META, **changes}
    return gaps_map(given.pop("gaps", three_communes()), **given)


def data_of(html: str) -> Any:  # noqa: ANN401 -- JSON
    text = re.search(r'<script id="gi-data" type="application/json">(.*?)</script>', html, re.DOTALL)
    assert text is not None
    return json.loads(text[1], parse_constant=pytest.fail)


def test_arrays_by_hand() -> None:
    data = data_of(page())
    found = data["areas"]
    assert found["code"] == ["62001", "62002", "62003"]
    assert [data["first"][number]["code"] for number in found["first"]] == ["covered", "too_far", "no_data"]
    assert [data["second"][number]["code"] for number in found["second"]] == ["to_15", "to_60", "no_data"]
    assert found["out"] == [13, 46, None]  # rounded up: 45.2 minutes are not 45
    assert found["back"] == [13, 46, None]
    assert found["offers"] == [["Lire et écrire", "Abbé-Saint-Éloi"]]
    assert found["offer"] == [0, 0, None]
    assert found["basis"] == ["estimation", "estimation", "inconnu"]
    assert found["engine"] == "estimation, réseau simplifié"
    assert found["shape"][0] == [[[21000, 500000, 0, 1000, -1000, 0, 0, -1000]]]
    symbols = {layer["mark"]: layer["rows"] for layer in data["symbols"]}
    assert symbols["fit"][0][:4] == [2.05, 50.05, "A", "Lire et écrire"]
    assert "Lieu exact inconnu : placé à la mairie." in symbols["fit"][0][4]
    assert symbols["other"][0][2] == "F"
    assert symbols["housing"][0][4] == ["Logement capté : 12 logements"]  # social dwellings are another matter


def test_words_a_reader_needs() -> None:
    html = page()
    for words in (
        '<html lang="fr">',
        "<title>DONNÉES FICTIVES — démonstration : Où manque-t-il un cours d&#39;alphabétisation ?</title>",
        "Pays des carrés · tous niveaux · 45 minutes au plus · voiture · offres au 22/11/2026",
        "des communes couvertes (1 sur 3)",
        "1 cours à distance ou sans lieu connu",
        "Sources et méthode",
        "Offres de démonstration · 2026-11-01 · Licence Ouverte 2.0",
        '<tr><th scope="row">Pas-de-Calais</th><td>3</td><td>1</td>',
        '<tr><th scope="row">Bois-d&#39;Été</th><td>Trop loin</td><td>46</td><td>46</td>',
    ):
        assert words in html, words


def test_real_data_has_no_fictitious_mark() -> None:
    real = page(gaps=three_communes(synthetic=False), layers={}, meta={**META, "synthetic": False})
    assert "FICTIVES" not in real.split("<script", 1)[0]


def test_same_table_same_bytes(tmp_path: Path) -> None:
    for name in ("one.html", "two.html"):
        write_map(three_communes(), tmp_path / name, layers={"offers": offers()}, boundaries={}, rollups={}, meta=META)
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()
    assert len(list(tmp_path.iterdir())) == 2


def fetched(html: str) -> list[str]:
    """Every address a browser would fetch by itself: attributes, style sheets, imports."""
    markup = re.sub(r"<script\b.*?</script>", "", html, flags=re.DOTALL)
    found = re.findall(r"<(?:link|img|script|iframe|source|object|embed)\b[^>]*?(?:src|href|data)\s*=[^>]*>", markup)
    found += re.findall(r"<script[^>]+src[^>]*>", html)
    found += [url for url in re.findall(r"url\(([^)]*)\)", markup) if not url.startswith(("data:", "#"))]
    return found + re.findall(r"@import[^;]*;|sourceMappingURL=", markup) + re.findall("sourceMappingURL", html)


def test_nothing_is_fetched() -> None:
    html = page()
    assert fetched(html) == []
    assert "default-src 'none'" in html
    for host in ("cdn.", "jsdelivr", "cdnjs", "bootstrap", "jquery", "openstreetmap.org/"):
        assert host not in html, host


def test_tiles_only_when_asked_for() -> None:
    html = page(tiles="/tiles/{z}/{x}/{y}.png", attribution="Fond libre")
    assert "/tiles/{z}/{x}/{y}.png" in html
    assert "L.tileLayer(" not in page().rsplit("<script>", 1)[1]


def test_hostile_texts_stay_texts() -> None:
    gaps = three_communes(commune_name=[HOSTILE] * 3, offer_title=[HOSTILE] * 3)
    named = rollups()
    named["epci"]["name"] = HOSTILE
    meta = {**META, "title": HOSTILE, "method": HOSTILE, "notes": [HOSTILE], "territory": HOSTILE}
    html = page(gaps=gaps, rollups=named, meta=meta, layers={"offers": offers(HOSTILE)})
    assert HOSTILE not in html
    assert html.count("</script>") == page().count("</script>")
    assert "<img" not in re.sub(r"<script\b.*?</script>", "", html, flags=re.DOTALL)
    assert data_of(html)["areas"]["name"] == [HOSTILE] * 3


def test_withheld_is_not_unknown() -> None:
    html = page(gaps=three_communes(withheld=True, need=None, need_uncovered=None))
    assert "masqué" in html
    assert "hors effectifs masqués" in html
    assert data_of(html)["areas"]["withheld"] == [1, 1, 1]


def test_every_cause_has_its_own_look_and_sentence() -> None:
    swatches = cause_swatches(45)
    assert {swatch.code for swatch in swatches} == {cause.value for cause in Cause}
    assert len({swatch.fill for swatch in swatches}) == len(swatches)
    hatched = [swatch.hatch for swatch in swatches if swatch.hatch]
    assert len(set(hatched)) == len(hatched) == len(swatches) - 2  # covered and too far differ by lightness
    assert all(swatch.sentence.startswith(swatch.label) for swatch in swatches)


def test_minutes_never_round_down_to_the_cutoff() -> None:
    limits, swatches = minute_swatches(40)
    assert limits == [15, 30, 40, 45, 60, 90]
    assert class_of(40.0, limits) == 2
    assert class_of(40.1, limits) == 3
    assert "hors limite" in swatches[3].label
    assert "hors limite" not in swatches[2].label
    assert minutes(45.01) == "46"
    assert minutes(None) == "—"
    assert people(0.2) == "moins de 1"
    assert people(0.0) == "0"
    assert typeset("Où « ici » ?") == "Où «\u00a0ici\u00a0»\u00a0?"


def test_shapes_share_their_borders_when_simplified() -> None:
    east = shapely.Polygon(
        [(2, 50), (2.1, 50), *[(2.1 + 0.0002 * (i % 2), 50 + i * 0.001) for i in range(100)], (2, 51)]
    )
    west = shapely.box(2, 50, 2.5, 51).difference(east)
    light = lightened(np.array([east, west], dtype=object), most=60)
    assert shapely.get_num_coordinates(light).sum() <= 60
    assert shapely.area(shapely.intersection(*light)) == 0
    assert encoded(shapely.box(2, 50, 2 + 1e-6, 50 + 1e-6)) == [[[20000, 500000, 1, 0, 0, 1, -1, 0]]]


def test_country_draws_epci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("geo_integration.maps.gaps.MOST_COMMUNES", 2)
    whole = gpd.GeoDataFrame(
        {"code": ["200000001"], "name": ["CC des Carrés"]}, geometry=[shapely.box(2, 50, 2.3, 50.1)]
    )
    found = data_of(page(boundaries={"epci": whole.set_crs(4326)}))["areas"]
    assert (found["unit"], found["name"], found["counts"]) == ("epci", ["CC des Carrés"], [[1, 1, 0, 0, 0, 1, 0]])
    with pytest.raises(MissingDataError, match="intercommunalité"):
        page()
    assert areas.MOST_COMMUNES == 6000


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("chromium absent : apt-get install chromium")
    api = pytest.importorskip("playwright.sync_api")
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--headless", *quiet, "--disable-sync", "--no-first-run"]
        )
        yield launched
        launched.close()


@pytest.fixture
def opened(browser: Any, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Any]:  # noqa: ANN401 -- playwright
    """Open the page at a width, the cable pulled; errors and requests make the test fail."""
    (tmp_path / "map.html").write_text(page(), "utf-8")
    context = browser.new_context(viewport={"width": request.param, "height": 800})
    context.set_offline(True)
    context.route("**/*", lambda route: route.continue_() if route.request.url.startswith("file:") else route.abort())
    shown = context.new_page()
    problems: list[str] = []
    shown.on("console", lambda message: problems.append(message.text) if message.type in {"error", "warning"} else None)
    shown.on("pageerror", lambda error: problems.append(str(error)))
    requests: list[str] = []
    shown.on("request", lambda sent: requests.append(sent.url))
    shown.goto((tmp_path / "map.html").as_uri())
    shown.wait_for_selector("html.ready", state="attached")
    yield shown
    context.close()
    assert problems == []
    assert len(requests) == 1, requests


both_widths = pytest.mark.parametrize("opened", [360, 1280], indirect=True)


@pytest.mark.browser
@both_widths
def test_in_chromium(opened: Any) -> None:  # noqa: ANN401 -- playwright
    assert opened.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    if not opened.locator("details.legend").evaluate("it => it.open"):
        opened.click("details.legend summary")
        opened.click("details.layers summary")
    assert opened.locator(".classes[data-mode=first]").is_visible()
    assert opened.locator(".classes[data-mode=second]").is_hidden()
    assert opened.locator(".classes[data-mode=first] li", has_text="Trop loin").locator("b").inner_text() == "1"
    # search by keyboard, accents forgotten
    opened.locator("#place").focus()
    opened.keyboard.type("oeuf en")
    assert opened.locator("#places li").all_inner_texts() == ["Œuf-en-Ternois (62)"]
    opened.keyboard.press("ArrowDown")
    assert opened.locator("#place").get_attribute("aria-activedescendant") == "place-0"
    opened.keyboard.press("Enter")
    card = opened.locator(".leaflet-popup-content")
    assert "Aucune donnée : aucune source ne décrit les cours ici" in card.inner_text()
    assert "Besoin : inconnu" in card.inner_text()
    opened.fill("#place", "bois d ete")
    opened.keyboard.press("Enter")
    text = opened.locator(".leaflet-popup-content").last.inner_text()
    assert "Aller 46 min · retour 46 min" in text
    assert "(estimation, réseau simplifié)" in text
    assert "Cours le plus proche : Lire et écrire, à Abbé-Saint-Éloi" in text
    assert "Données fictives" in text
    assert opened.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.browser
@both_widths
def test_switches_and_table_in_chromium(opened: Any) -> None:  # noqa: ANN401 -- playwright
    if not opened.locator("details.layers").evaluate("it => it.open"):
        opened.click("details.layers summary")
    symbols = opened.locator(".leaflet-marker-icon")
    before = symbols.count()
    opened.locator("#layers label", has_text="Contrats d'accueil").locator("input").check()
    assert symbols.count() == before + 1
    opened.locator("input[name=mode][value=second]").check()
    assert opened.locator(".classes[data-mode=first]").is_hidden()
    assert opened.evaluate("GI.paths[0].options.fillColor") == "#ffffcc"
    opened.locator("summary", has_text="Pas-de-Calais : 3 communes").click()
    table = opened.locator("table", has=opened.locator("caption", has_text="Pas-de-Calais : 3 communes"))
    table.locator("button", has_text="Aller").click()
    assert [row.split()[0] for row in table.locator("tbody tr").all_inner_texts()] == [
        "Abbé-Saint-Éloi",
        "Bois-d'Été",
        "Œuf-en-Ternois",
    ]
    table.locator("button", has_text="Aller").click()
    assert table.locator("tbody th").first.inner_text() == "Bois-d'Été"
