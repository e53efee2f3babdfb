"""How often one client may ask: by hand, then that the shares of several workers never add up to more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import Scope
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api.limits import ClientKeys, LimitsMiddleware, Rates, workers_of
from geo_integration.errors import TooManyRequestsError


async def hello(request: Request) -> Response:
    status = 401 if request.headers.get("authorization") == "Bearer bad" else 200
    seen = request.client.host if request.client else ""
    return JSONResponse({"client": request.state.client, "seen": seen}, status)


def asking(rates: Rates, *, trusted: str = "10.0.0.1", client: tuple[str, int] = ("192.0.2.1", 1)) -> TestClient:
    passed = [
        Middleware(ProxyHeadersMiddleware, trusted_hosts=trusted),
        Middleware(LimitsMiddleware, rates=rates, clients=ClientKeys("key")),
    ]
    paths = ("/", "/health", "/api/v1/tokens")
    routes = [Route(path, hello, methods=["GET", "POST"]) for path in paths]
    return TestClient(Starlette(routes=routes, middleware=passed), client=client)


def statuses(asked: TestClient, count: int, path: str = "/", method: str = "GET", **headers: str) -> list[int]:
    return [asked.request(method, path, headers=headers).status_code for _ in range(count)]


def rates(per_minute: int = 3, logins: int = 2, workers: int = 1) -> Rates:
    return Rates(per_minute=per_minute, logins_per_minute=logins, workers=workers)


def test_past_the_limit_is_429_and_says_when_to_come_back() -> None:
    asked = asking(rates())
    assert statuses(asked, 3) == [200, 200, 200]
    answer = asked.get("/")
    # two windows may weigh on each other at the turn of a minute: one more may pass, never four
    seen = [answer, *(asked.get("/") for _ in range(4))]
    refused = [one for one in seen if one.status_code == 429]
    assert len(refused) >= 2
    assert 1 <= int(refused[-1].headers["retry-after"]) <= 60
    assert refused[-1].json()["title"] == "Trop de demandes"


def test_clients_are_counted_apart() -> None:
    shared = rates()
    assert 429 in statuses(asking(shared, client=("192.0.2.1", 1)), 8)
    assert statuses(asking(shared, client=("192.0.2.2", 1)), 2) == [200, 200]


def test_no_limit_where_the_settings_say_0() -> None:
    asked = asking(rates(per_minute=0, logins=0))
    assert set(statuses(asked, 30)) == {200}
    assert set(statuses(asked, 30, "/api/v1/tokens", "POST")) == {200}


def test_who_watches_the_service_is_not_counted() -> None:
    assert set(statuses(asking(rates()), 10, "/health")) == {200}


def test_passwords_have_a_limit_of_their_own() -> None:
    asked = asking(rates(per_minute=100, logins=2))
    assert 429 in statuses(asked, 6, "/api/v1/tokens", "POST")
    assert statuses(asked, 2) == [200, 200]
    assert 429 in statuses(asked, 1, "/api/v1/tokens", "POST", Authorization="Bearer good")


def test_a_good_token_is_not_counted_a_bad_one_is() -> None:
    asked = asking(rates())
    assert set(statuses(asked, 10, Authorization="Bearer good")) == {200}
    guesses = statuses(asked, 10, Authorization="Bearer bad")
    assert guesses[:3] == [401, 401, 401]
    assert guesses[-1] == 429
    assert statuses(asked, 1) == [200]


def test_the_address_goes_no_further_than_its_hash() -> None:
    told = asking(rates(), client=("192.0.2.7", 1)).get("/").json()
    assert told["client"] == told["seen"]
    assert len(told["client"]) == 32
    assert "192.0.2.7" not in str(told)


def test_a_forwarded_address_counts_from_a_trusted_proxy_only() -> None:
    said = {"X-Forwarded-For": "198.51.100.9"}

    def client_of(address: str, headers: dict[str, str]) -> str:
        return str(asking(rates(), client=(address, 1)).get("/", headers=headers).json()["client"])

    behind, direct = client_of("10.0.0.1", said), client_of("198.51.100.9", {})
    assert behind == direct
    assert client_of("203.0.113.5", said) == client_of("203.0.113.5", {})


def scope(address: str) -> Scope:
    return {"client": (address, 1)}


def test_one_ipv6_subscriber_is_one_client() -> None:
    keys = ClientKeys("key")
    assert keys.of(scope("2001:db8::1")) == keys.of(scope("2001:db8::ffff:1"))
    assert keys.of(scope("2001:db8::1")) != keys.of(scope("2001:db8:0:1::1"))
    assert keys.of(scope("::ffff:192.0.2.1")) == keys.of(scope("192.0.2.1"))


def test_the_key_makes_the_client() -> None:
    assert ClientKeys("a").of(scope("192.0.2.1")) != ClientKeys("b").of(scope("192.0.2.1"))
    assert ClientKeys().of(scope("192.0.2.1")) != ClientKeys().of(scope("192.0.2.1"))
    assert ClientKeys().of({}) != ""


@pytest.mark.parametrize(("said", "workers"), [("", 1), ("0", 1), ("4", 4), ("x", 1), ("-2", 1)])
def test_number_of_workers(said: str, workers: int) -> None:
    assert workers_of(said) == workers


@given(per_minute=st.integers(1, 40), workers=st.integers(1, 8), asked=st.integers(0, 60))
def test_workers_together_let_through_no_more_than_the_limit(per_minute: int, workers: int, asked: int) -> None:
    several = [rates(per_minute, 0, workers) for _ in range(workers)]
    passed = 0
    for number in range(asked):
        try:
            several[number % workers].hit_public("client")
            passed += 1
        except TooManyRequestsError:
            pass
    # each worker lets one through at least; windows at the turn of a minute may let one more
    assert passed <= 2 * max(per_minute, workers)
    assert passed >= min(asked, per_minute // workers)
