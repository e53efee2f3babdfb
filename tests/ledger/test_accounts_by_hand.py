"""Accounts by hand, on both databases: who may sign in, and what a refusal never tells."""

import unicodedata
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher, extract_parameters
from hypothesis import given
from hypothesis import strategies as st

from geo_integration.disclosure import Viewer
from geo_integration.errors import ConflictError, NotFoundError, OptionError, SignInError
from geo_integration.ledger import Ledger
from geo_integration.ledger.accounts import Accounts
from geo_integration.ledger.passwords import check_name, check_password
from geo_integration.ledger.tables import USERS
from tests.ledger.conftest import CHEAP, NOON, OTHER_WORDS, WORDS

REFERENT = Viewer.referent(["62", "59"])
CONTRACTOR = Viewer.contractor("AGIR 2026", ["62"])


def kept_hash(ledger: Ledger, name: str) -> str:
    with ledger.engine.connect() as connection:
        found: str = connection.execute(sa.select(USERS.c.password_hash).where(USERS.c.name == name)).scalar_one()
    return found


@pytest.mark.parametrize("viewer", [REFERENT, CONTRACTOR, Viewer.ADMINISTRATOR])
def test_an_account_gives_back_what_it_was_made_with(ledger: Ledger, viewer: Viewer) -> None:
    made = ledger.accounts.add("ref.62_a-b", WORDS, viewer, now=NOON)
    assert (made.name, made.viewer, made.disabled, made.generation) == ("ref.62_a-b", viewer, False, 0)
    assert made.created_at == made.password_changed_at == NOON
    assert made.created_at.utcoffset() == timedelta(0)
    assert ledger.accounts.get("ref.62_a-b") == made
    assert ledger.accounts.list() == (made,)
    assert ledger.accounts.authenticate("ref.62_a-b", WORDS, now=NOON) == made


def test_what_is_kept_is_argon2id_and_not_the_password(ledger: Ledger) -> None:
    real = replace(ledger, accounts=Accounts(ledger.engine))
    real.accounts.add("anne", WORDS, REFERENT, now=NOON)
    held = kept_hash(real, "anne")
    assert held.startswith("$argon2id$")
    assert WORDS not in held
    parameters = extract_parameters(held)
    # RFC 9106, section 4, second recommended option.
    assert (parameters.memory_cost, parameters.time_cost, parameters.parallelism) == (65536, 3, 4)
    assert real.accounts.authenticate("anne", WORDS, now=NOON).name == "anne"


def test_every_refusal_says_the_same(ledger: Ledger) -> None:
    ledger.accounts.add("anne", WORDS, REFERENT, now=NOON)
    ledger.accounts.add("paul", WORDS, REFERENT, now=NOON)
    ledger.accounts.disable("paul", now=NOON)
    said = set()
    tried = [("anne", OTHER_WORDS), ("paul", WORDS), ("nobody", WORDS), ("Anne", WORDS), ("a\0b", WORDS), ("", "")]
    for name, words in [*tried, ("anne", ""), ("anne", "\ud800"), ("anne", WORDS + " "), ("é" * 5000, WORDS)]:
        with pytest.raises(SignInError) as refused:
            ledger.accounts.authenticate(name, words, now=NOON)
        said.add((str(refused.value), refused.value.where))
    assert len(said) == 1


def test_an_unknown_name_costs_a_verification_of_the_same_parameters(ledger: Ledger) -> None:
    class Counting(PasswordHasher):
        seen: list[str] = []  # noqa: RUF012

        def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # noqa: A002
            self.seen.append(str(hash))
            return super().verify(hash, password)

    hasher = Counting(time_cost=1, memory_cost=8, parallelism=1)
    accounts = Accounts(ledger.engine, hasher)
    accounts.add("anne", WORDS, REFERENT, now=NOON)
    accounts.add("paul", WORDS, REFERENT, now=NOON)
    accounts.disable("paul", now=NOON)
    for name in ("anne", "paul", "nobody", "not a name"):
        with pytest.raises(SignInError):
            accounts.authenticate(name, OTHER_WORDS, now=NOON)
    assert len(hasher.seen) == 4
    assert {str(extract_parameters(one)) for one in hasher.seen} == {str(extract_parameters(hasher.seen[0]))}


def test_a_hash_of_older_parameters_is_made_anew_at_the_next_sign_in(ledger: Ledger) -> None:
    ledger.accounts.add("anne", WORDS, REFERENT, now=NOON)
    before = kept_hash(ledger, "anne")
    newer = Accounts(ledger.engine, PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    with pytest.raises(SignInError):
        newer.authenticate("anne", OTHER_WORDS, now=NOON)
    assert kept_hash(ledger, "anne") == before
    account = newer.authenticate("anne", WORDS, now=NOON)
    after = kept_hash(ledger, "anne")
    assert extract_parameters(after).time_cost == 2
    assert newer.authenticate("anne", WORDS, now=NOON) == account
    assert kept_hash(ledger, "anne") == after


def test_a_changed_password_replaces_the_old_one(ledger: Ledger) -> None:
    ledger.accounts.add("anne", WORDS, REFERENT, now=NOON)
    later = NOON + timedelta(days=1)
    ledger.accounts.change_password("anne", OTHER_WORDS, now=later)
    account = ledger.accounts.authenticate("anne", OTHER_WORDS, now=later)
    assert (account.created_at, account.password_changed_at, account.generation) == (NOON, later, 1)
    with pytest.raises(SignInError):
        ledger.accounts.authenticate("anne", WORDS, now=later)


def test_accents_count_the_same_however_a_keyboard_composes_them(ledger: Ledger) -> None:
    words = "forêt éclair côté château"
    ledger.accounts.add("anne", unicodedata.normalize("NFD", words), REFERENT, now=NOON)
    assert ledger.accounts.authenticate("anne", unicodedata.normalize("NFC", words), now=NOON).name == "anne"


def test_disabled_then_enabled(ledger: Ledger) -> None:
    ledger.accounts.add("anne", WORDS, REFERENT, now=NOON)
    ledger.accounts.disable("anne", now=NOON)
    assert ledger.accounts.get("anne").disabled
    ledger.accounts.enable("anne")
    assert ledger.accounts.authenticate("anne", WORDS, now=NOON).generation == 1


def test_rights_can_change(ledger: Ledger) -> None:
    ledger.accounts.add("anne", WORDS, REFERENT, now=NOON)
    ledger.accounts.change_viewer("anne", CONTRACTOR)
    assert ledger.accounts.get("anne").viewer == CONTRACTOR
    with pytest.raises(OptionError):
        ledger.accounts.change_viewer("anne", Viewer.PUBLIC)


def test_a_name_is_taken_once(ledger: Ledger) -> None:
    ledger.accounts.add("anne", WORDS, REFERENT, now=NOON)
    with pytest.raises(ConflictError, match="anne"):
        ledger.accounts.add("anne", OTHER_WORDS, CONTRACTOR, now=NOON)
    assert ledger.accounts.get("anne").viewer == REFERENT
    assert ledger.accounts.authenticate("anne", WORDS, now=NOON)


def test_an_account_of_the_public_makes_no_sense(ledger: Ledger) -> None:
    with pytest.raises(OptionError, match="public"):
        ledger.accounts.add("anne", WORDS, Viewer.PUBLIC, now=NOON)
    assert ledger.accounts.list() == ()


@pytest.mark.parametrize("name", ["nobody", "Not A Name", "a\0b", "x" * 10_000])
def test_what_is_done_to_nobody_is_refused(ledger: Ledger, name: str) -> None:
    accounts = ledger.accounts
    for done in (
        lambda: accounts.get(name),
        lambda: accounts.change_password(name, WORDS, now=NOON),
        lambda: accounts.change_viewer(name, REFERENT),
        lambda: accounts.disable(name, now=NOON),
        lambda: accounts.enable(name),
    ):
        with pytest.raises(NotFoundError):
            done()


@pytest.mark.parametrize("name", ["a", "x" * 65, "Anne", "anne b", "anne@62", "é", "anne\n", ""])
def test_names_refused(name: str) -> None:
    with pytest.raises(OptionError):
        check_name(name)


@pytest.mark.parametrize(
    "words",
    [
        "onze lettre",
        "aaaaaaaaaaaaaaaa",
        "abcabcabcabcabc",
        "MotDePasse123",
        "correct horse battery staple",
        "referent-62referent-62",
        "referent-62!!!",
        "x" * 1025,
        "\ud800abcdefghijklm",
        "",
    ],
)
def test_passwords_refused_without_repeating_them(words: str) -> None:
    with pytest.raises(OptionError) as refused:
        check_password(words, name="referent-62")
    assert not words or words not in str(refused.value)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=12, max_size=60))
def test_what_is_long_and_varied_is_accepted_whatever_its_letters(words: str) -> None:
    normal = unicodedata.normalize("NFC", words)
    if len(normal) >= 12 and len(set(normal.casefold().strip())) >= 5 and "anne" not in normal.casefold():
        check_password(words, name="anne")


def test_nothing_secret_shows(ledger: Ledger) -> None:
    account = ledger.accounts.add("anne", WORDS, REFERENT, now=NOON)
    shown = repr(ledger) + repr(account) + str(ledger)
    assert "argon2" not in shown
    assert CHEAP.verify(kept_hash(ledger, "anne"), WORDS)
    assert kept_hash(ledger, "anne") not in shown
