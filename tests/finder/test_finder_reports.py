"""« C'est faux »: a report goes from the page to the référent, and nothing of it comes back to the public."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from geo_integration.errors import LedgerError
from geo_integration.ledger.reports import LONGEST_TEXT, Reason, Report
from geo_integration.messages import LANGUAGES
from tests.finder.conftest import OpenPage

if TYPE_CHECKING:
    from api.service import Service

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
FAR = datetime(2200, 1, 1, tzinfo=UTC)


@pytest.fixture
def offer(finder_service: "Service") -> str:
    """Return a course whose département is known."""
    return next(str(one["offer_id"]) for one in finder_service.finder.current().cards if one["departement_code"])


@pytest.fixture
def departement(finder_service: "Service", offer: str) -> str:
    warm = finder_service.finder.current()
    return str(warm.cards[warm.row[offer]]["departement_code"])


@pytest.fixture(autouse=True)
def nothing_sent(finder_app: FastAPI, finder_service: "Service") -> Iterator[None]:
    """Start each test, and leave the others, with no report and nobody counted."""

    def clear() -> None:
        finder_service.ledger.reports.forget(FAR)
        if hasattr(finder_app.state, "report_rates"):
            del finder_app.state.report_rates

    clear()
    yield
    clear()


def kept(service: "Service") -> list[Report]:
    return service.ledger.reports.list(None)


def test_the_form_says_every_reason_in_every_language(finder_client: TestClient, offer: str) -> None:
    for language in LANGUAGES:
        answer = finder_client.get(f"/{language.code}/signaler", params={"offer": offer})
        assert answer.status_code == 200
        assert set(re.findall(r'name="reason" value="([a-z]+)"', answer.text)) == {one.value for one in Reason}
        assert f'lang="{language.code}" dir="{language.direction}"' in answer.text
        assert 'maxlength="500"' in answer.text
        assert "set-cookie" not in answer.headers


def test_a_report_is_kept_and_thanked_for(
    finder_client: TestClient, finder_service: "Service", offer: str, departement: str
) -> None:
    answer = finder_client.post(
        "/ar/signaler",
        params={"offer": offer, "place": "commune:62041", "need": "alpha"},
        data={"reason": "phone", "text": " الرقم خطأ\r\n<b>numéro</b> "},
    )
    assert answer.status_code == 303, answer.text
    assert answer.headers["cache-control"] == "no-store"
    where = answer.headers["location"]
    assert where.startswith("/ar/signaler/merci?")
    (made,) = kept(finder_service)
    assert (made.offer_id, made.departement, made.reason, made.language) == (offer, departement, Reason.PHONE, "ar")
    assert made.text == "الرقم خطأ\n<b>numéro</b>"
    thanks = finder_client.get(where)
    assert thanks.status_code == 200
    assert "/ar/cours?place=commune%3A62041&amp;need=alpha" in thanks.text
    assert "/ar/fiche?offer=" in thanks.text


def test_what_is_sent_shows_on_no_public_page(finder_client: TestClient, offer: str) -> None:
    words = "zzyzx-4711"
    sent = finder_client.post("/fr/signaler", params={"offer": offer}, data={"reason": "other", "text": words})
    assert sent.status_code == 303
    pages = (
        sent.headers["location"],
        f"/fr/signaler?offer={offer}",
        f"/fr/fiche?offer={offer}",
        "/fr/sources",
        "/fr/cours",
    )
    for page in pages:
        answer = finder_client.get(page, follow_redirects=True)
        assert words not in answer.text, page


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, "Choisissez ce qui est faux."),
        ({"reason": "because", "text": "gardé"}, "Choisissez ce qui est faux."),
        ({"reason": "full", "text": "é" * 501}, "trop long"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_written_stays(
    data: dict[str, str], said: str, finder_client: TestClient, finder_service: "Service", offer: str
) -> None:
    answer = finder_client.post("/fr/signaler", params={"offer": offer}, data=data)
    assert answer.status_code == 422
    assert said in answer.text
    assert 'role="alert"' in answer.text
    assert data.get("text", "")[:20] in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert ('value="full" checked' in answer.text) == (data.get("reason") == "full")
    assert kept(finder_service) == []


def test_the_longest_text_is_kept(finder_client: TestClient, finder_service: "Service", offer: str) -> None:
    """As a browser counts it: the end of a line is one character, though two are sent."""
    text = "é\r\n" * (LONGEST_TEXT // 2 - 1) + "ab"
    answer = finder_client.post("/fr/signaler", params={"offer": offer}, data={"reason": "full", "text": text})
    assert answer.status_code == 303
    assert len(kept(finder_service)[0].text) == LONGEST_TEXT


def test_a_program_is_thanked_for_nothing(finder_client: TestClient, finder_service: "Service", offer: str) -> None:
    data = {"reason": "full", "text": "buy", "more": "http://spam.example"}
    answer = finder_client.post("/fr/signaler", params={"offer": offer}, data=data)
    assert answer.status_code == 303
    assert kept(finder_service) == []


def test_a_course_that_is_not_there(finder_client: TestClient, finder_service: "Service") -> None:
    for offer in ("", "nothing", "\0", "x" * 5000, "<script>"):
        assert finder_client.get("/fr/signaler", params={"offer": offer}).status_code == 404
        answer = finder_client.post("/fr/signaler", params={"offer": offer}, data={"reason": "full"})
        assert answer.status_code == 404
        assert "<script>alert" not in answer.text
        assert finder_client.get("/fr/signaler/merci", params={"offer": offer}).status_code == 200
    assert kept(finder_service) == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 303),
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 303),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://testserver"}, 303),
        ({"Origin": "null"}, 303),  # ours, as browsers before Sec-Fetch-Site say it of pages without referrer
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Origin": "http://testserver.elsewhere.example"}, 403),
        ({"Origin": "http://[bad"}, 403),
    ],
)
def test_a_form_of_another_site_is_refused(
    headers: dict[str, str], status: int, finder_client: TestClient, finder_service: "Service", offer: str
) -> None:
    answer = finder_client.post("/fr/signaler", params={"offer": offer}, data={"reason": "full"}, headers=headers)
    assert answer.status_code == status
    assert len(kept(finder_service)) == (status == 303)


def test_one_client_sends_so_many_and_no_more(
    finder_client: TestClient, finder_app: FastAPI, finder_service: "Service", offer: str
) -> None:
    from api.finder.reports import ReportRates  # noqa: PLC0415

    finder_app.state.report_rates = ReportRates(2)

    def send(reason: str = "full") -> int:
        sent = finder_client.post("/fr/signaler", params={"offer": offer}, data={"reason": reason, "text": "encore"})
        if sent.status_code == 429:
            assert "encore" in sent.text  # what was written is not lost
            assert int(sent.headers["retry-after"]) > 0
        return sent.status_code

    assert [send("nothing"), send(), send(), send()] == [422, 303, 303, 429]  # what is not sent is not counted
    assert len(kept(finder_service)) == 2
    other = TestClient(finder_app, follow_redirects=False, client=("10.9.8.7", 1))
    assert other.post("/fr/signaler", params={"offer": offer}, data={"reason": "full"}).status_code == 303


def test_no_limit_is_none() -> None:
    from api.finder.reports import ReportRates  # noqa: PLC0415

    assert all(ReportRates(0).allows("a") for _ in range(100))
    shared = ReportRates(10, workers=4)
    assert [shared.allows("a") for _ in range(3)] == [True, True, False]


def test_a_ledger_that_is_gone_loses_nothing_of_what_was_written(
    finder_client: TestClient, finder_app: FastAPI, finder_service: "Service", offer: str
) -> None:
    class Gone:
        def add(self, *_: object, **__: object) -> None:
            raise LedgerError("le disque est plein")

    ledger = replace(finder_service.ledger, reports=Gone())  # type: ignore[arg-type]
    finder_app.state.service = replace(finder_service, ledger=ledger)
    try:
        answer = finder_client.post("/fr/signaler", params={"offer": offer}, data={"reason": "full", "text": "écrit"})
    finally:
        finder_app.state.service = finder_service
    assert answer.status_code == 503
    assert "écrit" in answer.text
    assert 'value="full" checked' in answer.text


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(body=st.binary(max_size=400) | st.text(max_size=300).map(lambda text: f"reason=other&text={text}".encode()))
def test_any_body_is_answered(body: bytes, finder_client: TestClient, finder_app: FastAPI, offer: str) -> None:
    from api.finder.reports import ReportRates  # noqa: PLC0415

    finder_app.state.report_rates = ReportRates(0)
    answer = finder_client.post("/fr/signaler", params={"offer": offer}, content=body, headers=FORM)
    assert answer.status_code in {303, 422}


def test_every_reason_of_the_ledger_has_a_sentence_and_a_pictogram() -> None:
    from api.finder.assets import assets  # noqa: PLC0415
    from api.finder.reports import CHOICES  # noqa: PLC0415

    assert [one.code for one in CHOICES] == [one.value for one in Reason]
    drawn = set(re.findall(r'id="([a-z-]+)"', assets().files["icons.svg"].content.decode()))
    assert {one.icon for one in CHOICES} <= drawn


@pytest.mark.parametrize("javascript", [True, False])
def test_a_person_reports_and_comes_back(
    javascript: bool,  # noqa: FBT001 -- a parameter of the test
    browser_page: OpenPage,
    finder_service: "Service",
    offer: str,
) -> None:
    page = browser_page(360, "fr", javascript=javascript)
    page.goto(f"/fr/signaler?offer={offer}&place=commune:62041")
    page.get_by_text("Il n'y a plus de place").click()
    page.get_by_label("Je veux expliquer").fill("On m'a dit\nnon.")
    page.get_by_role("button", name="Envoyer").click()
    page.wait_for_url("**/fr/signaler/merci?**")
    assert page.get_by_role("heading", name="Merci").is_visible()
    (made,) = kept(finder_service)
    assert (made.reason, made.text) == (Reason.FULL, "On m'a dit\nnon.")
    page.reload()
    assert len(kept(finder_service)) == 1
    assert page.troubles == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("lang", ["fr", "ar"])
def test_the_form_is_no_wider_than_a_small_screen(lang: str, browser_page: OpenPage, finder_service: "Service") -> None:
    """With the longest title of the demonstration."""
    longest = max(finder_service.finder.current().cards, key=lambda one: max(map(len, str(one["title"]).split())))
    page = browser_page(320, lang)
    page.goto(f"/{lang}/signaler?offer={longest['offer_id']}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
