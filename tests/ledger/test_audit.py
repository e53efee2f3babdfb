"""The audit: what is noted is kept, in order, by the database itself."""

from datetime import timedelta, timezone

import pytest
import sqlalchemy as sa

from geo_integration.disclosure import Viewer
from geo_integration.ledger import Ledger
from geo_integration.ledger.audit import NEVER
from geo_integration.ledger.tables import AUDIT
from tests.ledger.conftest import NOON

CONTRACTOR = Viewer.contractor("AGIR 2026", ["62", "59"])


def note(ledger: Ledger, action: str = "coverage.read", **what: object) -> None:
    ledger.audit.record(viewer=CONTRACTOR, name="anne", action=action, what=what, request_id="r-1", now=NOON)


def test_an_entry_says_who_what_when_and_with_which_rights(ledger: Ledger) -> None:
    what = {"route": "/api/v1/gaps", "territory": "62", "kinds": ["fle", "asl"], "level": None}
    note(ledger, **what)
    (entry,) = ledger.audit.entries()
    assert (entry.user_name, entry.action, entry.request_id) == ("anne", "coverage.read", "r-1")
    assert entry.viewer == CONTRACTOR
    assert entry.what == what
    assert entry.at == NOON
    assert entry.at.utcoffset() == timedelta(0)


def test_what_a_client_typed_never_keeps_its_note_from_being_written(ledger: Ledger) -> None:
    typed = "6\0" + "\ud800" + "2" * 10_000
    ledger.audit.record(
        viewer=CONTRACTOR, name="anne", action="a", what={"territory": [typed]}, request_id=typed, now=NOON
    )
    (entry,) = ledger.audit.entries()
    assert entry.what["territory"][0].startswith("6\N{REPLACEMENT CHARACTER}?22")
    assert len(entry.what["territory"][0]) == 500
    assert len(entry.request_id) == 64


def test_an_instant_of_another_zone_is_the_same_instant(ledger: Ledger) -> None:
    cayenne = NOON.astimezone(timezone(timedelta(hours=-3)))
    ledger.audit.record(viewer=CONTRACTOR, name="anne", action="a", what={}, request_id="", now=cayenne)
    assert ledger.audit.entries()[0].at == NOON


def test_entries_come_the_latest_first_page_by_page(ledger: Ledger) -> None:
    for number in range(5):
        note(ledger, f"read.{number}")
    first = ledger.audit.entries(2)
    second = ledger.audit.entries(2, first[-1].id)
    last = ledger.audit.entries(2, second[-1].id)
    assert [e.action for e in (*first, *second, *last)] == ["read.4", "read.3", "read.2", "read.1", "read.0"]


def test_the_database_refuses_to_change_or_remove_an_entry(ledger: Ledger) -> None:
    note(ledger)
    for statement in (sa.update(AUDIT).values(user_name="paul"), sa.delete(AUDIT)):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), ledger.engine.begin() as connection:
            connection.execute(statement)
    if ledger.engine.dialect.name == "postgresql":
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), ledger.engine.begin() as connection:
            connection.execute(sa.text("TRUNCATE geo_service.audit"))
    assert [entry.user_name for entry in ledger.audit.entries()] == ["anne"]


@pytest.mark.parametrize("key", ["lat", "BBOX", "q", "password"])
def test_positions_and_secrets_never_enter(ledger: Ledger, key: str) -> None:
    assert key.lower() in NEVER
    with pytest.raises(ValueError, match=key.lower()):
        note(ledger, **{key: 1})
    assert ledger.audit.entries() == []
