"""Several at once, each with its own connection as two web workers have: exactly one wins, and the database decides."""

import threading
from collections.abc import Callable, Sequence
from functools import partial

import pytest
import sqlalchemy as sa

from geo_integration.disclosure import Viewer
from geo_integration.errors import SignInError
from geo_integration.ledger import Ledger
from geo_integration.ledger.tables import REFRESH_TOKENS, SIGNING_KEYS
from geo_integration.ledger.tokens import Pair
from tests.ledger.conftest import NOON, OTHER_WORDS, WORDS, opened

REFERENT = Viewer.referent(["62"])


def at_once[T](doings: Sequence[Callable[[], T]]) -> list[T | SignInError]:
    """Do things at the same instant; what each gave, or that it was refused. Any other error is raised."""
    ready, given = threading.Barrier(len(doings)), dict[int, T | Exception]()

    def go(number: int) -> None:
        ready.wait()
        try:
            given[number] = doings[number]()
        except Exception as error:  # noqa: BLE001 -- raised below
            given[number] = error

    threads = [threading.Thread(target=go, args=(number,)) for number in range(len(doings))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    results: list[T | SignInError] = []
    for number in range(len(doings)):
        one = given[number]
        if isinstance(one, Exception) and not isinstance(one, SignInError):
            raise one
        results.append(one)
    return results


@pytest.fixture
def pair_of_ledgers(ledger_url: str) -> tuple[Ledger, Ledger]:
    return opened(ledger_url), opened(ledger_url)


def good(ledger: Ledger, access: str) -> bool:
    try:
        ledger.tokens.verify(access, now=NOON)
    except SignInError:
        return False
    return True


def test_of_many_who_show_the_same_token_one_wins_and_its_session_is_over(
    pair_of_ledgers: tuple[Ledger, Ledger],
) -> None:
    account = pair_of_ledgers[0].accounts.add("anne", WORDS, REFERENT, now=NOON)
    for _ in range(10):
        token = pair_of_ledgers[0].tokens.issue(account, now=NOON).refresh
        doings = [partial(one.tokens.refresh, token, now=NOON) for one in (*pair_of_ledgers, *pair_of_ledgers)]
        results = at_once(doings)
        won = [one for one in results if isinstance(one, Pair)]
        assert len(won) == 1
        # The three others showed a used token: as after a theft, nobody keeps the session.
        assert not good(pair_of_ledgers[0], won[0].access)
        with pytest.raises(SignInError):
            pair_of_ledgers[1].tokens.refresh(won[0].refresh, now=NOON)


def test_a_session_ended_while_it_is_renewed_is_over_whoever_came_first(
    pair_of_ledgers: tuple[Ledger, Ledger],
) -> None:
    one, two = pair_of_ledgers
    account = one.accounts.add("anne", WORDS, REFERENT, now=NOON)
    for ending in [two.tokens.revoke, two.tokens.refresh] * 5:  # signed out, or a used token shown
        first = one.tokens.issue(account, now=NOON)
        second = one.tokens.refresh(first.refresh, now=NOON)
        doings: list[Callable[[], Pair | None]] = [partial(one.tokens.refresh, second.refresh, now=NOON)]
        renewed, _ = at_once([*doings, partial(ending, first.refresh, now=NOON)])
        if isinstance(renewed, Pair):
            assert not good(two, renewed.access)
            with pytest.raises(SignInError):
                two.tokens.refresh(renewed.refresh, now=NOON)
        assert not good(two, second.access)


def test_a_sign_in_during_a_change_of_password_opens_nothing_after_it(pair_of_ledgers: tuple[Ledger, Ledger]) -> None:
    one, two = pair_of_ledgers
    account = one.accounts.add("anne", WORDS, REFERENT, now=NOON)
    words = [OTHER_WORDS, WORDS] * 5
    for new in words:
        changed = partial(two.accounts.change_password, "anne", new, now=NOON)
        issued, _ = at_once([partial(one.tokens.issue, account, now=NOON), changed])
        if isinstance(issued, Pair):
            assert not good(two, issued.access)
            with pytest.raises(SignInError):
                two.tokens.refresh(issued.refresh, now=NOON)
        account = one.accounts.authenticate("anne", new, now=NOON)


def test_an_api_token_made_while_its_account_is_disabled_is_refused(pair_of_ledgers: tuple[Ledger, Ledger]) -> None:
    one, two = pair_of_ledgers
    one.accounts.add("anne", WORDS, REFERENT, now=NOON)
    for _ in range(10):
        made, _ = at_once(
            [
                lambda: one.tokens.make_api_token("anne", label="a", days=1, now=NOON),
                lambda: two.accounts.disable("anne", now=NOON),
            ]
        )
        two.accounts.enable("anne")
        assert isinstance(made, SignInError) or not good(one, made)


def test_keys_made_at_once_all_verify(pair_of_ledgers: tuple[Ledger, Ledger]) -> None:
    one, two = pair_of_ledgers
    account = one.accounts.add("anne", WORDS, REFERENT, now=NOON)
    results = at_once([partial(each.tokens.issue, account, now=NOON) for each in (one, two)])
    for pair in results:
        assert isinstance(pair, Pair)
        assert good(one, pair.access)
        assert good(two, pair.access)
    one.tokens.rotate_key(now=NOON)
    with two.engine.connect() as connection:
        active = connection.execute(sa.select(SIGNING_KEYS).where(SIGNING_KEYS.c.retired_at.is_(None))).all()
        assert len(active) == 1
        assert len(connection.execute(sa.select(REFRESH_TOKENS)).all()) == 2
