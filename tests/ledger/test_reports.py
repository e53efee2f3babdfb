"""Reports of the public: kept for the référents of their département, settled, forgotten in time."""

import unicodedata
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo_integration.disclosure import Viewer
from geo_integration.errors import NotFoundError, OptionError, UnavailableError, UnknownTermError
from geo_integration.ledger import Ledger
from geo_integration.ledger import reports as module
from geo_integration.ledger.reports import LONGEST_TEXT, Reason, Report, ReportStatus, readable, storable
from geo_integration.ledger.tables import SCHEMA
from geo_integration.settings import ServiceSettings
from geo_integration.store import FolderStore
from geo_integration.work.upkeep import Upkeep
from tests.ledger.conftest import NOON, WORDS, opened


def sent(ledger: Ledger, offer: str = "lheo:1", departement: str = "62", text: str = "", minutes: int = 0) -> Report:
    moment = NOON + timedelta(minutes=minutes)
    return ledger.reports.add(offer, departement, Reason.PHONE, text, "ar", now=moment)


def test_a_report_is_kept_as_it_was_sent(ledger: Ledger) -> None:
    made = ledger.reports.add("lheo:1", "62", "closed", "  Fermé,\r\nمغلق depuis mars 😀 ", "fr", now=NOON)
    assert made == Report(
        id=made.id,
        offer_id="lheo:1",
        departement="62",
        reason=Reason.CLOSED,
        text="Fermé,\nمغلق depuis mars 😀",
        language="fr",
        status=ReportStatus.NEW,
        created_at=NOON,
        settled_at=None,
        settled_by="",
    )
    assert ledger.reports.get(made.id) == made


def test_what_is_kept_says_nothing_of_who_sent_it(ledger: Ledger) -> None:
    columns = {one["name"] for one in sa.inspect(ledger.engine).get_columns("reports", schema=_schema(ledger))}
    told = {"id", "offer_id", "departement", "reason", "text", "language", "status"}
    assert columns == told | {"created_at", "settled_at", "settled_by"}


def test_each_sees_its_departements_latest_first(ledger: Ledger) -> None:
    first, other, nowhere, last = (
        sent(ledger, departement=code, minutes=minutes) for minutes, code in enumerate(("62", "59", "", "62"))
    )
    assert ledger.reports.list(frozenset({"62"})) == [last, first]
    assert ledger.reports.list(frozenset({"62", "59"}), limit=2, offset=1) == [other, first]
    assert ledger.reports.list(frozenset()) == []
    assert ledger.reports.list(None) == [last, nowhere, other, first]
    assert ledger.reports.count(frozenset({"62"})) == 2
    assert ledger.reports.count(None) == 4
    assert ledger.reports.count(frozenset()) == 0


def test_a_report_is_settled_and_settled_otherwise(ledger: Ledger) -> None:
    first, second = sent(ledger), sent(ledger, minutes=1)
    later = NOON + timedelta(days=1)
    seen = ledger.reports.settle(first.id, "seen", by="anne", now=later)
    assert (seen.status, seen.settled_by, seen.settled_at) == (ReportStatus.SEEN, "anne", later)
    assert ledger.reports.list(None, status=ReportStatus.NEW) == [second]
    assert ledger.reports.count(None, status="seen") == 1
    mended = ledger.reports.settle(first.id, ReportStatus.MENDED, by="paul", now=later)
    assert (mended.status, mended.settled_by, mended.created_at) == (ReportStatus.MENDED, "paul", NOON)
    assert ledger.reports.get(first.id) == mended


@pytest.mark.parametrize("name", ["nothing", "", "a\0b", "\ud800", "x" * 10_000])
def test_what_is_not_there_is_said_so(ledger: Ledger, name: str) -> None:
    with pytest.raises(NotFoundError, match="n'existe pas") as caught:
        ledger.reports.get(name)
    assert len(caught.value.where) < 100
    with pytest.raises(NotFoundError):
        ledger.reports.settle(name, "seen", by="anne", now=NOON)


def test_what_is_wrong_is_refused_and_nothing_is_kept(ledger: Ledger) -> None:
    with pytest.raises(OptionError, match="501"):
        sent(ledger, text="é" * 501)
    with pytest.raises(OptionError, match="absent"):
        sent(ledger, offer="")
    with pytest.raises(OptionError, match="trop long"):
        sent(ledger, offer="x" * 501)
    with pytest.raises(UnknownTermError, match="because"):
        ledger.reports.add("a", "62", "because", "", "fr", now=NOON)
    assert ledger.reports.list(None) == []
    made = sent(ledger, text="é" * LONGEST_TEXT, offer="x" * 500)
    assert ledger.reports.get(made.id).text == "é" * 500
    with pytest.raises(UnknownTermError):
        ledger.reports.settle(made.id, "done", by="anne", now=NOON)
    with pytest.raises(OptionError, match="nouveau"):
        ledger.reports.settle(made.id, "new", by="anne", now=NOON)
    with pytest.raises(UnknownTermError):
        ledger.reports.list(None, status="done")
    assert ledger.reports.get(made.id) == made


def test_reports_do_not_fill_the_disk(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_KEPT", 2)
    sent(ledger)
    sent(ledger)
    with pytest.raises(UnavailableError, match="trop de signalements"):
        sent(ledger)
    assert ledger.reports.forget(NOON + timedelta(seconds=1)) == 2
    sent(ledger)


def test_a_report_is_removed_at_once(ledger: Ledger) -> None:
    first, second = sent(ledger), sent(ledger)
    ledger.reports.remove(first.id)
    assert ledger.reports.list(None) == [second]
    with pytest.raises(NotFoundError):
        ledger.reports.remove(first.id)


def test_old_reports_are_forgotten_whatever_became_of_them(ledger: Ledger) -> None:
    old, younger = sent(ledger), sent(ledger, minutes=1)
    ledger.reports.settle(old.id, "seen", by="anne", now=NOON + timedelta(days=100))
    assert ledger.reports.forget(NOON) == 0
    assert ledger.reports.forget(NOON + timedelta(seconds=30)) == 1
    assert ledger.reports.list(None) == [younger]


def test_the_upkeep_forgets_them_after_the_days_of_the_settings(
    ledger: Ledger, tmp_path_factory: pytest.TempPathFactory
) -> None:
    upkeep = Upkeep(
        FolderStore(tmp_path_factory.mktemp("store")), ledger, ServiceSettings(as_of="2026-10-01", report_keep_days=30)
    )
    made = sent(ledger)
    upkeep.tick(NOON + timedelta(days=30))
    assert ledger.reports.list(None) == [made]
    upkeep.tick(NOON + timedelta(days=30, minutes=11))
    assert ledger.reports.list(None) == []


def test_a_ledger_of_before_is_brought_to_date_and_keeps_what_it_had(ledger_url: str) -> None:
    """As the first release left it: migrated to 0001 only, with an account."""
    first = opened(ledger_url)
    first.accounts.add("anne", WORDS, _referent(), now=NOON)
    with first.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text(f"SET LOCAL search_path TO {SCHEMA}"))
        connection.exec_driver_sql("DROP TABLE reports")
        connection.exec_driver_sql("UPDATE ledger_version SET version_num = '0001'")
    first.close()
    second = opened(ledger_url)
    assert second.accounts.get("anne").viewer == _referent()
    made = sent(second)
    assert second.reports.list(None) == [made]
    second.close()


def _referent() -> Viewer:
    return Viewer.referent(["62"])


def _schema(ledger: Ledger) -> str | None:
    return SCHEMA if ledger.engine.dialect.name == "postgresql" else None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(
    text=st.text(max_size=LONGEST_TEXT), offer=st.text(min_size=1, max_size=60).filter(lambda one: bool(storable(one)))
)
def test_any_text_is_kept_and_comes_back(ledger: Ledger, text: str, offer: str) -> None:
    made = ledger.reports.add(offer, "62", Reason.OTHER, text, "fr", now=NOON)
    assert ledger.reports.get(made.id) == made
    assert made.text == storable(text)


@given(st.text())
def test_any_text_is_made_readable(text: str) -> None:
    shown = readable(text)
    assert readable(shown) == shown
    assert not [one for one in shown if unicodedata.category(one) in {"Cc", "Cs"} and one != "\n"]
    assert not {"\u202e", "\u2066", "\u200f"} & set(shown)


def test_readable_by_hand() -> None:
    assert readable("a\x1b[31mb\0c\r\nd\u202ee") == "a [31mb\N{REPLACEMENT CHARACTER}c\nde"
    assert readable("می\u200cروم") == "می\u200cروم"
    assert readable("\ud800") == "?"
