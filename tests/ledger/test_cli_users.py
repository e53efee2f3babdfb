"""``geo-integration users …``: the whole life of an account from a terminal, and no secret in an argument."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from geo_integration import settings as settings_module
from geo_integration.cli_options import now
from geo_integration.cli_users import users_app
from geo_integration.disclosure import Viewer
from geo_integration.errors import ConflictError, NotFoundError, OptionError, SignInError
from geo_integration.ledger import Ledger, ledger_location, open_ledger
from geo_integration.settings import ServiceSettings
from tests.ledger.conftest import OTHER_WORDS, WORDS


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return a store nothing is in yet, with no setting of this machine."""
    monkeypatch.delenv("GEO_INTEGRATION_LEDGER", raising=False)
    monkeypatch.delenv("GEO_INTEGRATION_SECRET", raising=False)
    settings_module.service_settings.cache_clear()
    return str(tmp_path / "store")


@pytest.fixture
def ledger(store: str) -> Ledger:
    return open_ledger(ledger_location(store, ServiceSettings()), settings=ServiceSettings())


def users(store: str, *words: str, typed: str = "") -> Result:
    return CliRunner().invoke(users_app, [*words, "--store", store], input=typed)


def added(store: str, name: str = "anne", viewer: str = "referent:62") -> None:
    done = users(store, "add", name, "--viewer", viewer, "--password-stdin", typed=WORDS + "\n")
    assert done.exit_code == 0, done.output
    assert WORDS not in done.output


def test_an_account_is_made_listed_closed_and_opened_again(store: str, ledger: Ledger) -> None:
    assert "Aucun compte" in users(store, "list").output
    added(store)
    added(store, "paul", "contractor:AGIR:62,59")
    assert ledger.accounts.authenticate("anne", WORDS, now=now()).viewer == Viewer.referent(["62"])
    assert ledger.accounts.get("paul").viewer == Viewer.contractor("AGIR", ["59", "62"])
    listed = users(store, "list").output
    assert "anne" in listed
    assert "59, 62" in listed
    assert users(store, "disable", "anne").exit_code == 0
    assert "désactivé" in users(store, "list").output
    with pytest.raises(SignInError):
        ledger.accounts.authenticate("anne", WORDS, now=now())
    assert users(store, "enable", "anne").exit_code == 0
    assert ledger.accounts.authenticate("anne", WORDS, now=now())


def test_a_password_and_rights_change(store: str, ledger: Ledger) -> None:
    added(store)
    done = users(store, "password", "anne", "--password-stdin", typed=OTHER_WORDS + "\r\n")
    assert done.exit_code == 0
    assert ledger.accounts.authenticate("anne", OTHER_WORDS, now=now())
    assert users(store, "rights", "anne", "--viewer", "administrator").exit_code == 0
    assert ledger.accounts.get("anne").viewer == Viewer.ADMINISTRATOR


def test_a_token_is_alone_on_the_output_and_shown_once(store: str, ledger: Ledger) -> None:
    added(store)
    done = users(store, "token", "anne", "--label", "QGIS", "--days", "7")
    token = done.stdout.strip()
    assert ledger.tokens.verify(token, now=now()).name == "anne"
    with pytest.raises(SignInError):
        ledger.tokens.verify(token, now=now() + timedelta(days=7))
    listed = users(store, "tokens").output
    jti = token.split("_")[1]
    assert jti in listed
    assert token not in listed
    assert "actif" in listed
    assert users(store, "revoke", jti).exit_code == 0
    assert "révoqué" in users(store, "tokens", "anne").output
    with pytest.raises(SignInError):
        ledger.tokens.verify(token, now=now())


def test_the_key_turns_and_sessions_go_on(store: str, ledger: Ledger) -> None:
    added(store)
    pair = ledger.tokens.issue(ledger.accounts.get("anne"), now=now())
    done = users(store, "rotate-key")
    assert done.exit_code == 0
    assert "900 s" in done.output
    assert ledger.tokens.verify(pair.access, now=now())
    assert ledger.tokens.refresh(pair.refresh, now=now())


def test_what_is_done_here_is_noted_without_secrets(store: str, ledger: Ledger) -> None:
    added(store)
    users(store, "password", "anne", "--password-stdin", typed=OTHER_WORDS + "\n")
    users(store, "token", "anne", "--label", "QGIS")
    users(store, "disable", "anne")
    entries = ledger.audit.entries()
    assert [entry.action for entry in entries] == ["users.disable", "users.token", "users.password", "users.add"]
    assert {entry.user_name for entry in entries} == {"(console)"}
    told = json.dumps([dict(entry.what) for entry in entries])
    assert WORDS not in told
    assert OTHER_WORDS not in told
    shown = users(store, "audit", "--limit", "2").output
    assert "users.token" in shown
    assert "users.add" not in shown
    assert "users.add" in users(store, "audit", "--before", str(entries[2].id)).output


@pytest.mark.parametrize(
    ("words", "typed", "error"),
    [
        (("add", "anne", "--viewer", "public", "--password-stdin"), WORDS, OptionError),
        (("add", "anne", "--viewer", "referent:999", "--password-stdin"), WORDS, OptionError),
        (("add", "Anne !", "--viewer", "referent:62", "--password-stdin"), WORDS, OptionError),
        (("add", "anne", "--viewer", "referent:62", "--password-stdin"), "sesame", OptionError),
        (("add", "anne", "--viewer", "referent:62", "--password-stdin"), "", OptionError),
        (("add", "anne", "--viewer", "referent:62"), WORDS, OptionError),  # no terminal to ask on
        (("add", "paul", "--viewer", "referent:62", "--password-stdin"), WORDS, ConflictError),
        (("password", "nobody", "--password-stdin"), WORDS, NotFoundError),
        (("rights", "nobody", "--viewer", "referent:62"), "", NotFoundError),
        (("disable", "nobody"), "", NotFoundError),
        (("enable", "nobody"), "", NotFoundError),
        (("token", "nobody", "--label", "a"), "", NotFoundError),
        (("revoke", "0" * 24), "", NotFoundError),
    ],
)
def test_what_cannot_be_done_is_said(store: str, words: tuple[str, ...], typed: str, error: type[Exception]) -> None:
    added(store, "paul")
    done = users(store, *words, typed=typed)
    assert isinstance(done.exception, error)
    assert not typed or typed not in str(done.exception)


def test_no_option_takes_a_password(store: str) -> None:
    done = users(store, "add", "anne", "--viewer", "referent:62", "--password", WORDS)
    assert done.exit_code != 0
