"""The pages about the service say what is so: publisher, what is kept, sources, minutes; and no more."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from geo_integration import settings as settings_module
from geo_integration.messages import LANGUAGES
from tests.finder.conftest import OpenPage

if TYPE_CHECKING:
    from api.service import Service

PAGES = ("mentions-legales", "accessibilite", "sources", "hors-ligne", "signaler/merci")
MISSING = "ne l'a pas encore écrit"

type SetTo = Callable[..., None]


@pytest.fixture
def set_to(finder_app: FastAPI, finder_service: "Service") -> Any:  # noqa: ANN401 -- a generator of a function
    """Serve with other settings, for one test."""

    def chosen(**changes: object) -> None:
        changed = finder_service.settings.model_copy(update=changes)
        finder_app.state.service = replace(finder_service, settings=changed)

    yield chosen
    finder_app.state.service = finder_service


@pytest.mark.parametrize("page", PAGES)
def test_each_page_is_there_in_each_language(page: str, finder_client: TestClient) -> None:
    for language in LANGUAGES:
        answer = finder_client.get(f"/{language.code}/{page}")
        assert answer.status_code == 200
        assert f'<html lang="{language.code}" dir="{language.direction}">' in answer.text
        assert "style=" not in answer.text
        assert "onclick" not in answer.text
        assert answer.text.count("<h1") == 1


def test_what_the_operator_did_not_say_is_said_to_be_missing(finder_client: TestClient) -> None:
    text = finder_client.get("/fr/mentions-legales").text
    assert text.count(MISSING) == 3
    for name in ("PUBLISHER", "PUBLISHER_CONTACT", "HOST"):
        assert f"<code>GEO_INTEGRATION_{name}</code>" in text


def test_what_the_operator_said_is_shown_as_text(finder_client: TestClient, set_to: SetTo) -> None:
    set_to(publisher="Préfecture <b>du</b> 62", publisher_contact="03 00 00 00 00", host="Chez & nous")
    text = finder_client.get("/fr/mentions-legales").text
    assert MISSING not in text
    assert "Préfecture &lt;b&gt;du&lt;/b&gt; 62" in text
    assert "Chez &amp; nous" in text
    statement = finder_client.get("/ar/accessibilite").text
    assert "Préfecture &lt;b&gt;du&lt;/b&gt; 62" in statement
    assert statement.count("03 00 00 00 00") == 2


def test_the_days_reports_are_kept_are_those_of_the_settings(finder_client: TestClient, set_to: SetTo) -> None:
    assert "180 jours" in finder_client.get("/fr/mentions-legales").text
    set_to(report_keep_days=30)
    assert "30 jours" in finder_client.get("/fr/mentions-legales").text


def test_who_else_is_told_something_is_named(
    finder_client: TestClient, set_to: SetTo, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = "Ces pages ne demandent rien à un autre site."
    assert nobody in finder_client.get("/fr/mentions-legales").text
    set_to(tiles_url="https://tuiles.example.org/{z}/{x}/{y}.png")
    text = finder_client.get("/fr/mentions-legales").text
    assert "tuiles.example.org" in text
    assert nobody not in text
    set_to(tiles_url="")
    for said, host in (("ban", "data.geopf.fr"), ("https://adresses.example.org/search", "adresses.example.org")):
        monkeypatch.setenv("GEO_INTEGRATION_ADDRESSES", said)
        settings_module.settings.cache_clear()
        text = finder_client.get("/fr/mentions-legales").text
        assert host in text
        assert nobody not in text
    monkeypatch.setenv("GEO_INTEGRATION_ADDRESSES", "/some/adresses.csv")
    settings_module.settings.cache_clear()
    assert nobody in finder_client.get("/fr/mentions-legales").text
    monkeypatch.undo()
    settings_module.settings.cache_clear()


def test_the_sources_are_those_of_the_store(finder_client: TestClient, finder_service: "Service") -> None:
    text = finder_client.get("/fr/sources").text
    warm = finder_service.finder.current()
    sources: Any = warm.loaded.infos["offers"].meta["sources"]
    for source in sources:
        assert f">{source['source']}</bdi>" in text
        assert source["file"] in text
        number = sum(source["source"] in card["sources"] for card in warm.cards)
        assert f">{source['source']}</bdi> : {number} cours" in text
    assert text.count("DONNÉES FICTIVES") >= len(sources)
    for name in ("Nord (59)", "Pas-de-Calais (62)", "Aisne (02)"):
        assert name in text
    assert "Gironde (33)" not in text
    assert "Ailleurs, nous ne savons pas" in text
    assert "1 octobre 2026" in text or "1er octobre 2026" in text


def test_estimates_and_missing_timetables_are_said(
    finder_client: TestClient, set_to: SetTo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GEO_INTEGRATION_NETWORKS", str(tmp_path))
    settings_module.settings.cache_clear()
    text = finder_client.get("/fr/sources").text
    assert "nous estimons le temps" in text
    assert "Cela ne veut pas dire qu'il n'y a pas de bus" in text.replace("&#39;", "'")
    assert "n'a pas pu être ouvert" not in text
    set_to(finder_network="not-built")
    text = finder_client.get("/fr/sources").text
    assert "nous estimons le temps" in text
    assert "n'a pas pu être ouvert" in text
    monkeypatch.undo()
    settings_module.settings.cache_clear()


def test_timetables_are_named_with_their_days() -> None:
    from api.finder.legal import _timetable  # noqa: PLC0415

    row = {
        "name": "tadao",
        "agencies": ["Tadao", "TER"],
        "licence": None,
        "first_day": date(2026, 9, 1),
        "last_day": date(2026, 9, 30),
    }
    told = _timetable(row, date(2026, 9, 30))
    assert (told.networks, told.first_day, told.last_day, told.covers_today) == (
        "Tadao, TER",
        "2026-09-01",
        "2026-09-30",
        True,
    )
    assert not _timetable(row, date(2026, 10, 1)).covers_today
    unknown = _timetable(row | {"first_day": None, "last_day": None}, date(2026, 9, 30))
    assert (unknown.first_day, unknown.covers_today) == ("", False)


def test_which_departements_are_named() -> None:
    from api.finder.legal import _covered  # noqa: PLC0415
    from geo_integration.territories import departements  # noqa: PLC0415

    every = set(departements(geometry=False)["code"])
    assert _covered(every).everywhere
    most = _covered(every - {"62"})
    assert (most.everywhere, most.missing) == (False, ("Pas-de-Calais (62)",))
    few = _covered({"62"})
    assert (few.everywhere, few.names, few.missing) == (False, ("Pas-de-Calais (62)",), ())
    assert _covered(set()).names == ()


def test_a_page_about_an_empty_store_says_that_it_knows_nothing(
    finder_app: FastAPI, finder_service: "Service", finder_client: TestClient, tmp_path: Path
) -> None:
    from geo_integration.search import Finder  # noqa: PLC0415
    from geo_integration.store import FolderStore  # noqa: PLC0415

    store = FolderStore(tmp_path / "empty")
    empty = replace(finder_service, store=store, finder=Finder(store, refresh_seconds=60))
    finder_app.state.service = empty
    try:
        text = finder_client.get("/fr/sources").text.replace("&#39;", "'")
        assert "Aucun cours ne peut être lu maintenant" in text
        assert "0 cours" not in text
        for page in ("mentions-legales", "accessibilite", "hors-ligne"):
            assert finder_client.get(f"/fr/{page}").status_code == 200
    finally:
        finder_app.state.service = finder_service


@pytest.mark.parametrize("lang", ["fr", "ar"])
@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_wider_than_a_small_screen(page: str, lang: str, browser_page: OpenPage) -> None:
    opened = browser_page(320, lang)
    opened.goto(f"/{lang}/{page}")
    assert opened.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert opened.troubles == []  # type: ignore[attr-defined]
