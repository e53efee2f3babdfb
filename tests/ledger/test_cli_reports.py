"""``geo-integration reports …``: what the public said is read, settled and noted in the audit."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from geo_integration import settings as settings_module
from geo_integration.cli_options import now
from geo_integration.cli_reports import reports_app
from geo_integration.errors import NotFoundError, OptionError
from geo_integration.ledger import Ledger, ledger_location, open_ledger
from geo_integration.ledger.reports import Reason, ReportStatus
from geo_integration.settings import ServiceSettings


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.delenv("GEO_INTEGRATION_LEDGER", raising=False)
    settings_module.service_settings.cache_clear()
    return str(tmp_path / "store")


@pytest.fixture
def ledger(store: str) -> Ledger:
    return open_ledger(ledger_location(store, ServiceSettings()), settings=ServiceSettings())


def reports(store: str, *words: str) -> Result:
    return CliRunner().invoke(reports_app, [*words, "--store", store])


def sent(ledger: Ledger, text: str = "", departement: str = "62", days: int = 0) -> str:
    moment = now() - timedelta(days=days)
    return ledger.reports.add("lheo:1", departement, Reason.HOURS, text, "fr", now=moment).id


def test_reports_are_listed_settled_and_removed(store: str, ledger: Ledger) -> None:
    assert "Aucun signalement" in reports(store, "list").output
    old, new = sent(ledger, days=1), sent(ledger, departement="59")
    assert [json.loads(line)["id"] for line in reports(store, "list", "--json").output.splitlines()] == [new, old]
    assert old in reports(store, "list", "--departement", "62").output
    assert new not in reports(store, "list", "--departement", "62").output
    done = reports(store, "settle", old, "mended")
    assert done.exit_code == 0
    assert "corrigé" in done.output
    kept = ledger.reports.get(old)
    assert (kept.status, kept.settled_by) == (ReportStatus.MENDED, "(console)")
    listed = [json.loads(line) for line in reports(store, "list", "--json", "--status", "mended").output.splitlines()]
    assert [(one["id"], one["reason"], one["settled_by"]) for one in listed] == [(old, "hours", "(console)")]
    assert "1 plus ancien" in reports(store, "list", "--limit", "1").output
    assert reports(store, "remove", old).exit_code == 0
    with pytest.raises(NotFoundError):
        ledger.reports.get(old)


def test_words_of_a_stranger_do_nothing_to_the_terminal(store: str, ledger: Ledger) -> None:
    sent(ledger, "\x1b[2Jperdu\x07 [red]rouge[/red]\nligne")
    for words in (("list",), ("list", "--json")):
        shown = reports(store, *words).output
        assert "\x1b" not in shown
        assert "\x07" not in shown
    (one,) = (json.loads(line) for line in reports(store, "list", "--json").output.splitlines())
    assert one["text"] == "[2Jperdu  [red]rouge[/red]\nligne"


def test_every_read_and_act_is_noted_without_the_text(store: str, ledger: Ledger) -> None:
    made = sent(ledger, "Madame X")
    reports(store, "list", "--departement", "62")
    reports(store, "settle", made, "seen")
    reports(store, "remove", made)
    noted = [(entry.user_name, entry.action, dict(entry.what)) for entry in reversed(ledger.audit.entries())]
    assert noted == [
        ("(console)", "reports.read", {"departements": ["62"], "status": ""}),
        ("(console)", "reports.settle", {"report": made, "status": "seen"}),
        ("(console)", "reports.remove", {"report": made}),
    ]


def test_what_is_wrong_is_said(store: str, ledger: Ledger) -> None:
    made = sent(ledger)
    assert isinstance(reports(store, "list", "--departement", "99").exception, OptionError)
    assert isinstance(reports(store, "settle", "nothing", "seen").exception, NotFoundError)
    assert isinstance(reports(store, "settle", made, "new").exception, OptionError)
    assert reports(store, "settle", made, "done").exit_code == 2
    assert ledger.reports.get(made).status is ReportStatus.NEW
