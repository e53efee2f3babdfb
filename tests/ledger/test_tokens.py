"""Tokens by hand, on both databases: issue, use once, revoke, rotate, and what is refused."""

import base64
import json
from datetime import timedelta

import jwt
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from geo_integration.disclosure import Viewer
from geo_integration.errors import ConflictError, NotFoundError, OptionError, SignInError
from geo_integration.ledger import Ledger
from geo_integration.ledger.accounts import Account
from geo_integration.ledger.tables import API_TOKENS, REFRESH_TOKENS, SIGNING_KEYS
from geo_integration.settings import ServiceSettings
from tests.ledger.conftest import NOON, OTHER_WORDS, SETTINGS, WORDS, opened

REFERENT = Viewer.referent(["62"])
LIFE = timedelta(seconds=SETTINGS.access_token_seconds)
LONG = timedelta(seconds=SETTINGS.refresh_token_seconds)
SECOND = timedelta(seconds=1)


@pytest.fixture
def anne(ledger: Ledger) -> Account:
    return ledger.accounts.add("anne", WORDS, REFERENT, now=NOON)


def refused(ledger: Ledger, access: str, *, now: object = NOON) -> bool:
    try:
        ledger.tokens.verify(access, now=now)  # type: ignore[arg-type]
    except SignInError:
        return True
    return False


def test_a_pair_opens_the_account_until_it_is_over(ledger: Ledger, anne: Account) -> None:
    pair = ledger.tokens.issue(anne, now=NOON)
    assert pair.expires_in == 900
    assert ledger.tokens.verify(pair.access, now=NOON) == anne
    assert ledger.tokens.verify(pair.access, now=NOON + LIFE - SECOND) == anne
    assert refused(ledger, pair.access, now=NOON + LIFE)
    assert pair.access not in repr(pair)
    assert pair.refresh not in repr(pair)


def test_an_access_token_is_a_jwt_with_its_key_named_and_nothing_about_rights(ledger: Ledger, anne: Account) -> None:
    pair = ledger.tokens.issue(anne, now=NOON)
    head = jwt.get_unverified_header(pair.access)
    claims = jwt.decode(pair.access, options={"verify_signature": False})
    assert (head["alg"], sorted(head)) == ("HS256", ["alg", "kid", "typ"])
    assert sorted(claims) == ["exp", "gen", "iat", "iss", "sid", "sub"]
    assert (claims["sub"], claims["iat"], claims["exp"]) == ("anne", NOON.timestamp(), (NOON + LIFE).timestamp())


def test_a_refresh_token_works_once_and_its_second_use_ends_the_session(ledger: Ledger, anne: Account) -> None:
    first = ledger.tokens.issue(anne, now=NOON)
    other = ledger.tokens.issue(anne, now=NOON)
    second = ledger.tokens.refresh(first.refresh, now=NOON)
    third = ledger.tokens.refresh(second.refresh, now=NOON)
    assert len({first.refresh, second.refresh, third.refresh}) == 3
    assert not refused(ledger, first.access)
    with pytest.raises(SignInError):
        ledger.tokens.refresh(first.refresh, now=NOON)
    for pair in (first, second, third):
        assert refused(ledger, pair.access)
        with pytest.raises(SignInError):
            ledger.tokens.refresh(pair.refresh, now=NOON)
    # The other session goes on.
    assert ledger.tokens.verify(other.access, now=NOON) == anne
    assert ledger.tokens.refresh(other.refresh, now=NOON)


def test_a_refresh_token_is_over_after_its_life(ledger: Ledger, anne: Account) -> None:
    pair = ledger.tokens.issue(anne, now=NOON)
    with pytest.raises(SignInError):
        ledger.tokens.refresh(pair.refresh, now=NOON + LONG)
    again = ledger.tokens.refresh(pair.refresh, now=NOON + LONG - SECOND)
    assert ledger.tokens.verify(again.access, now=NOON + LONG) == anne


def test_signing_out_ends_the_session_at_once(ledger: Ledger, anne: Account) -> None:
    first, other = ledger.tokens.issue(anne, now=NOON), ledger.tokens.issue(anne, now=NOON)
    second = ledger.tokens.refresh(first.refresh, now=NOON)
    ledger.tokens.revoke(first.refresh, now=NOON)  # an old one of the session does as well
    assert refused(ledger, first.access)
    assert refused(ledger, second.access)
    with pytest.raises(SignInError):
        ledger.tokens.refresh(second.refresh, now=NOON)
    assert not refused(ledger, other.access)
    ledger.tokens.revoke("unknown", now=NOON)
    ledger.tokens.revoke("\ud800", now=NOON)


def test_a_changed_password_ends_every_session_and_keeps_api_tokens(ledger: Ledger, anne: Account) -> None:
    pair = ledger.tokens.issue(anne, now=NOON)
    api = ledger.tokens.make_api_token("anne", label="QGIS", days=1, now=NOON)
    ledger.accounts.change_password("anne", OTHER_WORDS, now=NOON)
    assert refused(ledger, pair.access)
    with pytest.raises(SignInError):
        ledger.tokens.refresh(pair.refresh, now=NOON)
    assert ledger.tokens.verify(api, now=NOON).name == "anne"
    with pytest.raises(SignInError):  # signed in before the change
        ledger.tokens.issue(anne, now=NOON)


def test_a_disabled_account_opens_nothing_and_old_tokens_stay_refused(ledger: Ledger, anne: Account) -> None:
    pair = ledger.tokens.issue(anne, now=NOON)
    api = ledger.tokens.make_api_token("anne", label="QGIS", days=1, now=NOON)
    ledger.accounts.disable("anne", now=NOON)
    ledger.accounts.enable("anne")
    assert refused(ledger, pair.access)
    assert refused(ledger, api)
    with pytest.raises(SignInError):
        ledger.tokens.refresh(pair.refresh, now=NOON)
    ledger.accounts.disable("anne", now=NOON)
    with pytest.raises(SignInError):
        ledger.tokens.issue(ledger.accounts.get("anne"), now=NOON)
    with pytest.raises(SignInError):
        ledger.tokens.make_api_token("anne", label="QGIS", days=1, now=NOON)


def test_rights_changed_count_for_tokens_already_given(ledger: Ledger, anne: Account) -> None:
    pair = ledger.tokens.issue(anne, now=NOON)
    ledger.accounts.change_viewer("anne", Viewer.referent(["59"]))
    assert ledger.tokens.verify(pair.access, now=NOON).viewer == Viewer.referent(["59"])


def test_an_api_token_lives_its_days_and_is_revoked_alone(ledger: Ledger, anne: Account) -> None:
    one = ledger.tokens.make_api_token("anne", label=" QGIS ", days=2, now=NOON)
    two = ledger.tokens.make_api_token("anne", label="autre", days=366, now=NOON)
    day = timedelta(days=1)
    assert ledger.tokens.verify(one, now=NOON + 2 * day - SECOND) == anne
    assert refused(ledger, one, now=NOON + 2 * day)
    kept = {token.label: token for token in ledger.tokens.list_api_tokens("anne")}
    assert kept["QGIS"].last_used_on == (NOON + 2 * day).date()
    assert kept["autre"].last_used_on is None
    ledger.tokens.revoke_api_token(kept["autre"].jti, now=NOON)
    ledger.tokens.revoke_api_token(kept["autre"].jti, now=NOON + day)  # twice changes nothing
    assert refused(ledger, two)
    assert not refused(ledger, one)
    assert ledger.tokens.get_api_token(kept["autre"].jti).revoked_at == NOON


@pytest.mark.usefixtures("anne")
def test_api_tokens_refused(ledger: Ledger) -> None:
    made = ledger.tokens.make_api_token("anne", label="QGIS", days=1, now=NOON)
    other = ledger.tokens.make_api_token("anne", label="autre", days=1, now=NOON)
    head, secret = made.rsplit("_", 1)[0], other.split("_", 2)[2]
    for wrong in (
        f"{made}x",
        made[:-1],
        f"{head[:28]}_{secret}",
        made.upper(),
        "gia_",
        "gia_" + "0" * 24 + "_" + "a" * 43,
    ):
        assert refused(ledger, wrong)
    for days, label in ((0, "a"), (367, "a"), (1, " "), (1, "a\nb"), (1, "x" * 201)):
        with pytest.raises(OptionError):
            ledger.tokens.make_api_token("anne", label=label, days=days, now=NOON)
    for jti in ("0" * 24, "", "a\0b"):
        with pytest.raises(NotFoundError):
            ledger.tokens.revoke_api_token(jti, now=NOON)
    for name in ("nobody", "a\0b"):
        with pytest.raises(NotFoundError):
            ledger.tokens.make_api_token(name, label="a", days=1, now=NOON)


def test_a_rotated_key_verifies_for_one_access_life_more(ledger: Ledger, anne: Account) -> None:
    before = ledger.tokens.issue(anne, now=NOON)
    rotated = NOON + timedelta(minutes=1)
    kid = ledger.tokens.rotate_key(now=rotated)
    after = ledger.tokens.issue(anne, now=rotated)
    assert jwt.get_unverified_header(after.access)["kid"] == kid
    assert jwt.get_unverified_header(before.access)["kid"] != kid
    assert not refused(ledger, before.access, now=NOON + LIFE - SECOND)
    assert not refused(ledger, after.access, now=rotated + LIFE - SECOND)
    # The session goes on with the new key.
    again = ledger.tokens.refresh(before.refresh, now=rotated)
    assert jwt.get_unverified_header(again.access)["kid"] == kid


def test_a_key_retired_longer_ago_verifies_nothing_and_is_forgotten(ledger: Ledger, anne: Account) -> None:
    old = jwt.get_unverified_header(ledger.tokens.issue(anne, now=NOON).access)["kid"]
    with ledger.engine.connect() as connection:
        leaked = connection.execute(sa.select(SIGNING_KEYS.c.secret)).scalar_one()
    ledger.tokens.rotate_key(now=NOON)
    pair = ledger.tokens.issue(anne, now=NOON)
    claims = jwt.decode(pair.access, options={"verify_signature": False})
    later = NOON + timedelta(days=2)
    forged = jwt.encode(claims | {"exp": later.timestamp() + 900}, leaked, algorithm="HS256", headers={"kid": old})
    assert not refused(ledger, forged, now=NOON + LIFE - SECOND)
    assert refused(ledger, forged, now=NOON + LIFE)
    ledger.tokens.rotate_key(now=later)
    with ledger.engine.connect() as connection:
        assert old not in connection.execute(sa.select(SIGNING_KEYS.c.kid)).scalars().all()


def test_a_key_of_the_settings_alone_signs_and_verifies(ledger_url: str) -> None:
    kept = opened(ledger_url)
    anne = kept.accounts.add("anne", WORDS, REFERENT, now=NOON)
    before = kept.tokens.issue(anne, now=NOON)
    given = opened(ledger_url, ServiceSettings(secret="sesame" * 6))  # type: ignore[arg-type]
    assert refused(given, before.access)
    after = given.tokens.refresh(before.refresh, now=NOON)  # sessions go on
    assert given.tokens.verify(after.access, now=NOON) == anne
    assert refused(kept, after.access)
    other = opened(ledger_url, ServiceSettings(secret="1" * 32))  # type: ignore[arg-type]
    assert refused(other, after.access)
    with pytest.raises(ConflictError):
        given.tokens.rotate_key(now=NOON)
    assert "sesame" not in repr(given)
    for ledger in (kept, given, other):
        ledger.close()


def test_no_token_and_no_password_is_kept(ledger: Ledger, anne: Account) -> None:
    pair = ledger.tokens.issue(anne, now=NOON)
    api = ledger.tokens.make_api_token("anne", label="QGIS", days=1, now=NOON)
    with ledger.engine.connect() as connection:
        rows = [*connection.execute(sa.select(REFRESH_TOKENS)), *connection.execute(sa.select(API_TOKENS))]
    text = repr(rows)
    assert pair.refresh not in text
    assert pair.refresh[4:] not in text
    assert api.rsplit("_", 1)[1] not in text
    assert pair.access not in text


def test_over_refresh_tokens_are_forgotten_at_the_next_sign_in(ledger: Ledger, anne: Account) -> None:
    ledger.tokens.issue(anne, now=NOON)
    ledger.tokens.issue(anne, now=NOON + LONG)
    ledger.tokens.issue(anne, now=NOON + LONG + LIFE + SECOND)
    with ledger.engine.connect() as connection:
        assert len(connection.execute(sa.select(REFRESH_TOKENS)).all()) == 2


def test_forged_tokens_are_refused(ledger: Ledger, anne: Account) -> None:
    pair = ledger.tokens.issue(anne, now=NOON)
    head, body, signature = pair.access.split(".")
    claims = jwt.decode(pair.access, options={"verify_signature": False})
    kid = jwt.get_unverified_header(pair.access)["kid"]
    with ledger.engine.connect() as connection:
        secret = connection.execute(sa.select(SIGNING_KEYS.c.secret)).scalar_one()

    def signed(key: str, kid: object = kid, algorithm: str = "HS256", **changes: object) -> str:
        told = {name: value for name, value in (claims | changes).items() if value is not None}
        return jwt.encode(told, key, algorithm=algorithm, headers={"kid": kid})

    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    assert not refused(ledger, signed(secret))
    wrong = [
        signed("another key of at least 32 bytes, no less"),
        signed(secret, kid="0" * 16),
        signed(secret, kid="a\0b"),
        signed(secret, kid="é" * 3),
        signed(secret, algorithm="HS384"),
        signed(secret, iss="somebody else"),
        signed(secret, sub="paul"),
        signed(secret, sid="0" * 24),
        signed(secret, gen=1),
        *(signed(secret, **{name: None}) for name in ("iss", "sub", "sid", "gen", "iat", "exp")),
        f"{part({'alg': 'none', 'kid': kid})}.{body}.",
        f"{part({'alg': 'none', 'kid': kid})}.{body}.{signature}",
        f"{part({'alg': 'HS256'})}.{body}.{signature}",
        f"{head}.{part(claims | {'sub': 'root'})}.{signature}",
        f"{head}.{body}",
        pair.refresh,
        "a" * 100_000,
        "",
        "...",
        "\ud800",
    ]
    for token in wrong:
        assert refused(ledger, token), token[:80]


@given(st.one_of(st.text(max_size=80), st.text(max_size=30).map(lambda text: f"gia_{text}")))
def test_any_text_is_refused_and_breaks_nothing(any_ledger: Ledger, text: str) -> None:
    assert refused(any_ledger, text)
    with pytest.raises(SignInError):
        any_ledger.tokens.refresh(text, now=NOON)


@pytest.fixture(scope="module")
def any_ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    return opened(f"sqlite:///{tmp_path_factory.mktemp('tokens') / 'ledger.sqlite3'}")
