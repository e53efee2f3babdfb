"""Any order of signing in, renewing, stealing, revoking, rotating and waiting: what is revoked never verifies again.

The machine keeps its own account of what should be good, and asks the ledger about every token after every step.
"""

import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from geo_integration.disclosure import Viewer
from geo_integration.errors import SignInError
from geo_integration.ledger import Ledger
from geo_integration.ledger.tokens import Pair
from tests.ledger.conftest import NOON, OTHER_WORDS, SETTINGS, WORDS

LIFE = timedelta(seconds=SETTINGS.access_token_seconds)
LONG = timedelta(seconds=SETTINGS.refresh_token_seconds)
NAMES = itertools.count()


@dataclass
class Refresh:
    token: str
    expires: datetime
    used: bool = False
    forgotten: bool = False


@dataclass
class Session:
    user: str
    alive: bool = True
    refreshes: list[Refresh] = field(default_factory=list)
    accesses: list[tuple[str, datetime]] = field(default_factory=list)


@dataclass
class Api:
    user: str
    token: str
    expires: datetime
    alive: bool = True


class Machine(RuleBasedStateMachine):
    def __init__(self, ledger: Ledger) -> None:
        super().__init__()
        self.ledger, self.now = ledger, NOON
        self.users = [f"user-{next(NAMES)}" for _ in range(2)]
        self.disabled = dict.fromkeys(self.users, False)
        self.words = dict.fromkeys(self.users, WORDS)
        self.sessions: list[Session] = []
        self.apis: list[Api] = []
        for name in self.users:
            ledger.accounts.add(name, WORDS, Viewer.referent(["62"]), now=NOON)

    def took(self, session: Session, pair: Pair) -> None:
        session.refreshes.append(Refresh(pair.refresh, self.now + LONG))
        session.accesses.append((pair.access, self.now + LIFE))

    def fails(self, doing: Any) -> None:  # noqa: ANN401
        with pytest.raises(SignInError):
            doing()

    @rule(which=st.integers(0, 1))
    def sign_in(self, which: int) -> None:
        name = self.users[which]
        if self.disabled[name]:
            self.fails(lambda: self.ledger.accounts.authenticate(name, self.words[name], now=self.now))
            return
        account = self.ledger.accounts.authenticate(name, self.words[name], now=self.now)
        session = Session(name)
        self.took(session, self.ledger.tokens.issue(account, now=self.now))
        for kept in (one for other in self.sessions if other.user == name for one in other.refreshes):
            kept.forgotten = kept.forgotten or kept.expires < self.now - LIFE
        self.sessions.append(session)

    @precondition(lambda self: self.sessions)
    @rule(data=st.data())
    def show_a_refresh_token(self, data: st.DataObject) -> None:
        session = data.draw(st.sampled_from(self.sessions))
        held = data.draw(st.sampled_from(session.refreshes))
        good = session.alive and not self.disabled[session.user] and not held.forgotten
        if good and not held.used and self.now < held.expires:
            held.used = True
            self.took(session, self.ledger.tokens.refresh(held.token, now=self.now))
            return
        self.fails(lambda: self.ledger.tokens.refresh(held.token, now=self.now))
        if good and held.used:
            session.alive = False

    @precondition(lambda self: self.sessions)
    @rule(data=st.data())
    def sign_out(self, data: st.DataObject) -> None:
        session = data.draw(st.sampled_from(self.sessions))
        held = data.draw(st.sampled_from(session.refreshes))
        self.ledger.tokens.revoke(held.token, now=self.now)
        session.alive = session.alive and held.forgotten

    @rule(which=st.integers(0, 1))
    def change_password(self, which: int) -> None:
        name = self.users[which]
        self.words[name] = OTHER_WORDS if self.words[name] == WORDS else WORDS
        self.ledger.accounts.change_password(name, self.words[name], now=self.now)
        self.end_sessions(name)

    @rule(which=st.integers(0, 1))
    def disable(self, which: int) -> None:
        name = self.users[which]
        self.ledger.accounts.disable(name, now=self.now)
        self.disabled[name] = True
        self.end_sessions(name)
        for api in self.apis:
            api.alive = api.alive and api.user != name

    @rule(which=st.integers(0, 1))
    def enable(self, which: int) -> None:
        self.ledger.accounts.enable(self.users[which])
        self.disabled[self.users[which]] = False

    @rule()
    def rotate(self) -> None:
        self.ledger.tokens.rotate_key(now=self.now)

    @rule(seconds=st.sampled_from([1, 300, 899, 900, 43_200, 86_400, 172_800]))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(which=st.integers(0, 1), days=st.integers(1, 2))
    def make_api_token(self, which: int, days: int) -> None:
        name = self.users[which]
        if self.disabled[name]:
            self.fails(lambda: self.ledger.tokens.make_api_token(name, label="a", days=days, now=self.now))
            return
        token = self.ledger.tokens.make_api_token(name, label="a", days=days, now=self.now)
        self.apis.append(Api(name, token, self.now + timedelta(days=days)))

    @precondition(lambda self: self.apis)
    @rule(data=st.data())
    def revoke_api_token(self, data: st.DataObject) -> None:
        api = data.draw(st.sampled_from(self.apis))
        self.ledger.tokens.revoke_api_token(api.token.split("_")[1], now=self.now)
        api.alive = False

    @invariant()
    def every_token_is_what_it_should_be(self) -> None:
        for session in self.sessions:
            for access, expires in session.accesses:
                self.check(access, session.user, good=session.alive and self.now < expires)
        for api in self.apis:
            self.check(api.token, api.user, good=api.alive and self.now < api.expires)

    def check(self, token: str, name: str, *, good: bool) -> None:
        if good:
            assert self.ledger.tokens.verify(token, now=self.now).name == name
        else:
            self.fails(lambda: self.ledger.tokens.verify(token, now=self.now))

    def end_sessions(self, name: str) -> None:
        for session in self.sessions:
            session.alive = session.alive and session.user != name


def test_what_is_revoked_never_verifies_again(ledger: Ledger) -> None:
    run_state_machine_as_test(lambda: Machine(ledger), settings=settings(max_examples=25, stateful_step_count=25))
