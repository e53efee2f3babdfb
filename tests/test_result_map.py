"""The page of any answer: what it says without a script, that nothing is fetched, and how Chromium sees it."""

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geo_integration.errors import LayerError
from geo_integration.exports.headings import COVERAGE_HEADINGS, Heading
from geo_integration.exports.result import Beside, Colouring, Result, Swatch
from geo_integration.maps.curve import curve_svg
from geo_integration.maps.legends import legends
from geo_integration.maps.result import result_map
from geo_integration.maps.style import HATCHES, ink_on
from geo_integration.maps.told import empty_words, label_and_unit, texts
from geo_integration.vocabulary import Fit
from tests.result_samples import HEADINGS, HOSTILE, courses, sample

CHROMIUM = shutil.which("chromium")


def data_of(html: str) -> Any:  # noqa: ANN401 -- JSON
    text = re.search(r'<script id="gi-data" type="application/json">(.*?)</script>', html, re.DOTALL)
    assert text is not None
    return json.loads(text[1], parse_constant=pytest.fail)


class Reader(HTMLParser):
    """The words of a page, as a browser without scripts would show them, and its tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._hidden = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in {"script", "style"}:
            self._hidden = tag

    def handle_endtag(self, tag: str) -> None:
        if tag == self._hidden:
            self._hidden = ""

    def handle_data(self, data: str) -> None:
        if not self._hidden and data.strip():
            self.words.append(re.sub(r"\s+", " ", data.strip()))


def test_classes_by_hand() -> None:
    found = {legend.column: legend for legend in legends(sample())}
    # rows: 01005 silent, 01002 zero, 01004 withheld, 01003, 01006
    hours = found["hours"]
    labels = [hours.swatches[number].label.replace("\u00a0", " ") for number in hours.classes]
    assert labels[0] == "capacité inconnue"  # the words of its heading
    assert labels[1] == "0 h"
    assert hours.swatches[hours.classes[0]].hatch == HATCHES["lattice"]
    need = found["need"]
    assert [need.swatches[number].label for number in need.classes][:3] == [
        "inconnu",
        "0",
        "masqué (secret statistique)",
    ]
    cause = found["cause"]
    assert [cause.swatches[number].label for number in cause.classes] == [
        "Aucune donnée",
        "Couverte",
        "Trop loin",
        "Pas de retour",
        "Complet",
    ]
    out = found["out_minutes"]
    assert [out.swatches[number].label for number in out.classes] == [
        "aucun cours trouvé, ou temps inconnu",
        "15\u00a0min ou moins",
        "plus de 45\u00a0min",
        "hors d'atteinte",
        "15 à 30\u00a0min",
    ]


def test_no_two_classes_look_alike() -> None:
    for legend in legends(sample()):
        looks = {(swatch.fill, swatch.hatch) for swatch in legend.swatches}
        assert len(looks) == len(legend.swatches), legend.column
        assert len(legend.letters) == len(legend.swatches)
        assert sum(count for _, _, count in legend.rows) == 5


def test_swatches_without_hatching_get_one_each() -> None:
    plain = tuple(Swatch(code, code, "#cccccc") for code in ("fits", "unknown", "does_not_fit"))
    found = legends(sample(colourings=(Colouring("fit", "Adéquation", plain),)))[0]
    assert len({swatch.hatch for swatch in found.swatches}) == len(found.swatches)


@pytest.mark.parametrize(
    ("column", "colour", "words"), [("absent", "#cccccc", "absente : absent"), ("fit", "red;x:1", "refusée")]
)
def test_bad_colourings_are_refused(column: str, colour: str, words: str) -> None:
    with pytest.raises(LayerError, match=words):
        result_map(sample(colourings=(Colouring(column, "x", (Swatch("fits", "x", colour),)),)))


def test_cards_by_hand() -> None:
    data = data_of(result_map(sample()))
    columns = {column["name"]: column for column in data["columns"]}
    assert list(columns)[:5] == ["hours", "cause", "need", "change", "out_minutes"]  # what can be coloured first
    assert "commune_code" not in columns
    assert (columns["hours"]["label"], columns["hours"]["unit"]) == ("Heures par apprenant", "h/an")
    told = {name: [None if n is None else column["texts"][n] for n in column["at"]] for name, column in columns.items()}
    assert told["hours"] == [None, "0", "40,5", "120", "moins de 0,01"]
    assert told["out_minutes"] == [None, "13", "46", None, "30"]  # rounded up
    assert told["share"] == [None, "0\u202f%", "12,5\u202f%", "100\u202f%", "50\u202f%"]
    assert told["change"] == [None, "0", "−12", "5", "30"]  # noqa: RUF001 -- true minus
    assert told["fit"] == ["Inconnu", "Convient", "Ne convient pas", "Convient", None]
    areas = data["areas"]
    assert areas["name"][0] == "Œuf-en-Ternois"
    assert areas["code"][1] == "01002"
    assert areas["shape"][4] == []
    assert [layer["mark"] for layer in data["symbols"]] == ["site", "chosen", "candidate"]
    assert data["symbols"][1]["rows"][0][2:5] == ["★", "École Jules-Ferry", ["Groupe du soir", "réservé aux parents"]]


def test_words_of_cells() -> None:
    assert label_and_unit(Heading("Besoin (au moins)", "")) == ("Besoin (au moins)", "")
    assert empty_words(Heading("x", "Rien. Vide : non publié. Et plus.")) == "non publié"
    assert empty_words(Heading("x", "Rien.")) == "inconnu"
    column = pd.Series(["2026-11-22", "a", None], name="day")
    assert texts(column, Heading("Jour", "")) == ["22/11/2026", "a", None]
    assert texts(pd.Series(["fits;unknown"], name="x"), Heading("x", "", 9, Fit)) == ["Convient, Inconnu"]
    assert texts(pd.Series([2024], name="signed_year"), Heading("x", "")) == ["2024"]
    assert texts(pd.Series([True], name="x"), Heading("x", "")) == ["oui"]
    assert ink_on("#ffffcc") == "#101820"
    assert ink_on("#0c2c84") == "#ffffff"


def test_the_page_says_all_without_a_script() -> None:
    reader = Reader(result_map(sample()))
    page = " | ".join(reader.words).replace("\u00a0", " ")
    for words in (
        "DONNÉES FICTIVES — démonstration",
        "Temps estimés sur un réseau simplifié : ce ne sont pas des itinéraires.",
        "Où manque-t-il un cours d'alphabétisation ?",
        "Pays des carrés · Alphabétisation · tous niveaux · 45 minutes au plus · voiture · offres au 22/11/2026",
        "62 % | des apprenants « servis » par deux groupes",
        "capacité inconnue | 1",
        "Besoin couvert selon le nombre de lieux",
        "Raisons : aucune",
        "Aucune ligne.",
        "Ain : 5 communes",
        "Œuf-en-Ternois | Aucune donnée | — | — | — | — | — | Inconnu | —",
        "L'Abergement | Couverte | 13 | 0 | 0 | 0\u202f% | 0 | Convient",
        "Trop loin | 46 | masqué |",
        "Bas : seuls les cours sûrs.",
        "Offres de démonstration · 2026-11-01 · Licence Ouverte 2.0",
        "1 ligne sans lieu connu : absente de la carte, présente dans les tableaux.",
    ):
        assert words.replace("\u202f", " ") in page.replace("\u202f", " "), words
    assert ("html", {"lang": "fr"}) in reader.tags


def test_nothing_is_fetched_and_hostile_texts_stay_texts() -> None:
    html = result_map(sample(meta={**sample().meta, "title": HOSTILE, "notes": [HOSTILE], "territory": HOSTILE}))
    assert HOSTILE not in html
    reader = Reader(html)
    assert not [tag for tag, _ in reader.tags if tag in {"img", "link", "iframe", "object", "embed"}]
    assert not [attributes for _, attributes in reader.tags if "src" in attributes or "onerror" in attributes]
    assert len([tag for tag, _ in reader.tags if tag == "script"]) == 3
    assert HOSTILE in data_of(html)["areas"]["name"]
    for words in ("cdn.", "jsdelivr", "@import", "sourceMappingURL"):
        assert words not in html
    assert "default-src 'none'" in html
    assert "/tiles/{z}" in result_map(sample(), tiles="/tiles/{z}/{x}/{y}.png", attribution="Fond libre")


def test_same_answer_same_page() -> None:
    assert result_map(sample()) == result_map(sample())
    assert result_map(courses()) == result_map(courses())


def test_marks_of_ours_and_of_others() -> None:
    points = sample().points
    assert points is not None
    html = result_map(sample(points=gpd.GeoDataFrame(points.assign(mark=HOSTILE))))
    assert HOSTILE not in html
    assert data_of(html)["symbols"][0]["mark"] == "place"
    assert data_of(html)["symbols"][0]["rows"][0][2] == "<"
    known = data_of(result_map(sample(points=gpd.GeoDataFrame(points.assign(mark="too_far")))))
    assert known["symbols"][0]["rows"][0][2] == "T"  # « Trop loin », as in the legend


def test_answers_without_a_map() -> None:
    bare = replace(courses(), table=gpd.GeoDataFrame(courses().table.assign(geometry=None), crs=4326))
    html = result_map(bare)
    assert "Aucun lieu à dessiner" in html
    assert "GI.start" not in html.rsplit("<script>", 1)[1]
    assert "Lire et écrire" in html
    empty = result_map(replace(bare, table=bare.table.iloc[:0]))
    assert "Aucune ligne." in empty


def test_a_country_is_drawn_lighter(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("result", "result_page"):
        monkeypatch.setattr(f"geo_integration.maps.{module}.MOST_COMMUNES", 4)
    html = result_map(sample())
    assert "Le détail ligne par ligne est dans les fichiers" in html
    assert "Ain : 5 communes" not in html
    assert len(data_of(html)["columns"]) == 8


def svg_of(x: list[Any], y: list[Any], *, diagonal: bool = False) -> str:
    table = pd.DataFrame({"x": x, "y": y})
    headings = {"x": Heading("Lieux <n>", ""), "y": Heading("Besoin", "")}
    return str(curve_svg(Beside("Courbe & co", table, headings, curve=("x", "y"), diagonal=diagonal), "c"))


def test_curve_by_hand() -> None:
    # Drawing from x = 52 to 346 and y = 222 up to 34; axes 0 to 2 and 0 to 80: (1, 40) is in the middle.
    svg = svg_of([0, 1, 2], [0.0, 40.0, 80.0])
    assert 'points="52.0,222.0 199.0,128.0 346.0,34.0"' in svg
    assert '<title id="c-t">Courbe &amp; co</title>' in svg
    assert "Courbe de 3 points, de Lieux &lt;n&gt; 0, Besoin 0 à Lieux &lt;n&gt; 2, Besoin 80." in svg
    assert "Lieux &lt;n&gt; →" in svg
    assert svg.count("<circle") == 3
    assert "diagonal" not in svg


def test_curve_breaks_where_a_point_is_unknown() -> None:
    svg = svg_of([0, 1, 2, 3, 4], [0, 1, None, 3, 4])
    assert svg.count('<polyline class="line"') == 2
    assert svg.count("<circle") == 4


def test_lorenz_has_its_diagonal() -> None:
    svg = svg_of([0.0, 0.5, 1.0], [0.0, 0.2, 1.0], diagonal=True)
    assert '<polyline class="diagonal" points="52.0,222.0 346.0,34.0"/>' in svg
    assert "égalité parfaite" in svg
    assert ">0,2</text>" in svg


@pytest.mark.parametrize(("x", "y"), [([], []), ([1], [1]), ([1, None], [None, 2])])
def test_no_curve_of_less_than_two_points(x: list[Any], y: list[Any]) -> None:
    assert svg_of(x, y) == ""


@pytest.mark.parametrize("y", [[5, 5], [-3, 4], [0, 0], [1e-6, 2e-6], [1e7, 3e7]])
def test_a_curve_stays_in_its_frame(y: list[float]) -> None:
    points = re.search(r'class="line" points="([^"]+)"', svg_of([1, 2], y))
    assert points is not None
    for pair in points[1].split():
        x, up = map(float, pair.split(","))
        assert 52 <= x <= 346
        assert 34 <= up <= 222


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


PAGES = {"sample": sample, "courses": courses}


@pytest.fixture
def opened(browser: Any, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Any]:  # noqa: ANN401 -- playwright
    """Open a page at a width, the cable pulled; errors and requests make the test fail."""
    name, width, script = request.param
    (tmp_path / "map.html").write_text(result_map(PAGES[name]()), "utf-8")
    context = browser.new_context(viewport={"width": width, "height": 800}, java_script_enabled=script)
    context.set_offline(True)
    shown = context.new_page()
    problems: list[str] = []
    shown.on("console", lambda message: problems.append(message.text) if message.type in {"error", "warning"} else None)
    shown.on("pageerror", lambda error: problems.append(str(error)))
    requests: list[str] = []
    shown.on("request", lambda sent: requests.append(sent.url))
    shown.goto((tmp_path / "map.html").as_uri())
    if script:
        shown.wait_for_selector("html.ready", state="attached")
    yield shown
    context.close()
    assert problems == []
    assert len(requests) == 1, requests


def at(name: str, *, script: bool = True) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("opened", [(name, width, script) for width in (360, 1280)], indirect=True)


def fits(page: Any) -> bool:  # noqa: ANN401 -- playwright
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.mark.browser
@at("sample")
def test_switch_and_card_in_chromium(opened: Any) -> None:  # noqa: ANN401 -- playwright
    assert fits(opened)
    if not opened.locator("details.legend").evaluate("it => it.open"):
        opened.click("details.legend summary")
        opened.click("details.layers summary")
    assert opened.locator(".classes[data-mode=c0]").is_visible()
    assert opened.evaluate("GI.paths[1].options.fillColor instanceof CanvasPattern")  # 0 hours: darkest, crossed
    # by keyboard: the second colouring, then the third
    opened.locator("input[name=mode][value=c0]").focus()
    opened.keyboard.press("ArrowDown")
    assert opened.locator(".classes[data-mode=c0]").is_hidden()
    assert opened.evaluate("GI.paths[1].options.fillColor") == "#c9e3f1"  # covered
    opened.keyboard.press("ArrowDown")
    legend = opened.locator(".classes[data-mode=c2]")
    assert legend.locator("li", has_text="masqué").locator("b").inner_text() == "1"
    assert opened.evaluate("GI.paths[1].options.fillColor") == "#ffffcc"  # 0 learners
    # search, accents and hyphens forgotten
    opened.fill("#place", "oeuf en")
    opened.keyboard.press("Enter")
    card = opened.locator(".leaflet-popup-content").last
    assert card.locator("h3").inner_text() == "Œuf-en-Ternois (01005)"
    lines = card.locator("dl div").all_inner_texts()
    assert "Heures par apprenant : capacité inconnue" in lines
    assert "Besoin : inconnu" in lines
    assert "Situation : Aucune donnée" in lines
    assert len(lines) <= 12
    opened.fill("#place", "01006")
    opened.keyboard.press("Enter")
    assert "Lieu inconnu : absent de la carte" in opened.locator(".leaflet-popup-content").last.inner_text()
    opened.fill("#place", "script")
    opened.keyboard.press("Enter")
    assert HOSTILE in opened.locator(".leaflet-popup-content h3").last.inner_text()
    assert fits(opened)


@pytest.mark.browser
@at("sample")
def test_marks_and_tables_in_chromium(opened: Any) -> None:  # noqa: ANN401 -- playwright
    if not opened.locator("details.layers").evaluate("it => it.open"):
        opened.click("details.layers summary")
    markers = opened.locator(".leaflet-marker-icon")
    before = markers.count()
    assert before == 2  # the site and the chosen one; candidates wait for their switch
    opened.locator("#layers label", has_text="Lieux possibles").locator("input").check()
    assert markers.count() == before + 1
    chosen = opened.locator(".leaflet-marker-icon", has=opened.locator(".pin.chosen"))
    chosen.focus()
    opened.keyboard.press("Enter")
    card = opened.locator(".leaflet-popup-content").last
    assert card.locator("p").all_inner_texts() == ["Groupe du soir", "réservé aux parents"]
    opened.locator("summary", has_text="Ain : 5 communes").click()
    table = opened.locator("table", has=opened.locator("caption", has_text="Ain : 5 communes"))
    table.locator("button", has_text="Heures").click()
    assert table.locator("tbody th").first.inner_text() == "L'Abergement"  # 0 first
    assert table.locator("tbody th").last.inner_text() == "Œuf-en-Ternois"  # unknown last, never as 0
    assert opened.locator("svg.curve").count() == 2
    assert fits(opened)


@pytest.mark.browser
@at("courses")
def test_places_in_chromium(opened: Any) -> None:  # noqa: ANN401 -- playwright
    assert fits(opened)
    assert opened.locator(".pin.group").inner_text().startswith("2")  # two courses in one spot
    single = opened.locator(".leaflet-marker-icon", has=opened.locator(".pin.area"))
    assert single.count() == 1
    assert single.get_attribute("aria-label") == "Atelier des parents, Adéquation : Ne convient pas"
    single.focus()
    opened.keyboard.press("Enter")
    lines = opened.locator(".leaflet-popup-content dl div").all_inner_texts()
    assert lines == ["Adéquation : Ne convient pas", "Pourquoi : réservé aux parents d'élèves", "Aller : 31\u00a0min"]
    opened.fill("#place", "lire")
    opened.keyboard.press("Enter")
    assert "Lire et écrire" in opened.locator(".leaflet-popup-content h3").last.inner_text()


@pytest.mark.browser
@at("sample", script=False)
def test_without_javascript_in_chromium(opened: Any) -> None:  # noqa: ANN401 -- playwright
    assert fits(opened)
    assert opened.locator(".figures li").count() == 2
    assert opened.locator(".classes").count() == 5
    assert opened.locator(".classes").last.is_visible()
    assert opened.locator("noscript").count() == 1
    opened.locator("summary", has_text="Ain : 5 communes").click()
    assert opened.locator("caption", has_text="Ain : 5 communes").count() == 1
    assert opened.locator("td", has_text="masqué").is_visible()


POOR_CONTRASTS = r"""() => {
  const linear = (x) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
  const luminance = ([r, g, b]) => 0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
  const channels = (text) => text.match(/[\d.]+/g).map(Number);
  const ground = (node) => {
    for (let n = node; n; n = n.parentElement) {
      const colour = channels(getComputedStyle(n).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const node of document.querySelectorAll("body *")) {
    const words = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
    if (!words || node.closest("svg, script, .leaflet-container")) continue;
    const [a, b] = [luminance(channels(getComputedStyle(node).color)), luminance(ground(node))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.push(`${node.tagName}.${node.className} ${ratio.toFixed(2)}`);
  }
  return found;
}"""
"""Every text under 4.5 to 1."""


@pytest.mark.browser
@at("sample")
def test_texts_stand_out_in_chromium(opened: Any) -> None:  # noqa: ANN401 -- playwright
    """WCAG 2.2, 1.4.3: every text at 4.5 to 1 on its background."""
    for folded in opened.locator("details").all():
        folded.evaluate("it => { it.open = true; }")
    poor = opened.evaluate(POOR_CONTRASTS)
    assert poor == []


def test_real_territory_is_light_enough() -> None:
    """Every commune of a département, from the shipped outlines, in a page that can be sent by mail."""
    from geo_integration import territories  # noqa: PLC0415

    table = territories.communes(["code", "name", "departement_code", "epci_code"])
    table = table[table["departement_code"] == "62"].rename(columns={"code": "commune_code", "name": "commune_name"})
    table = table.assign(hours=np.arange(len(table)) % 7 * 10.0).reset_index(drop=True)
    table.loc[::9, "hours"] = np.nan
    names = ("commune_code", "commune_name", "departement_code", "hours")
    headings = {**{name: HEADINGS[name] for name in names}, "epci_code": COVERAGE_HEADINGS["epci_code"]}
    result = Result(
        "supply",
        "commune_code",
        table,
        headings,
        sample().meta,
        (Colouring("hours", "Heures", sample().colourings[0].swatches),),
    )
    html = result_map(result)
    assert len(html.encode()) < 3_000_000
    assert len(data_of(html)["areas"]["shape"]) == len(table) > 850
    assert all(shape for shape in data_of(html)["areas"]["shape"])
