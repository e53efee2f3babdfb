"""Each middleware alone, around the smallest application, by hand."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api import middleware
from api.faults import ErrorsMiddleware
from api.problems import MEDIA_TYPE
from geo_integration.logs import REQUEST_ID

HELLO = Path(__file__).parent / "data" / "hello.txt"
LATE = threading.Event()
"""Set when a computation went on to its end after its time."""


async def hello(request: Request) -> Response:
    return JSONResponse({"id": getattr(request.state, "request_id", ""), "at": REQUEST_ID.get()})


async def body(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


async def broken(_request: Request) -> Response:
    raise KeyError("48.1 2.3 Amina")


async def broken_late(_request: Request) -> Response:
    async def parts() -> AsyncIterator[bytes]:
        yield b"half"
        raise KeyError("secret")

    return StreamingResponse(parts())


async def own_policy(_request: Request) -> Response:
    return PlainTextResponse("map", headers={"Content-Security-Policy": middleware.INLINE_POLICY})


async def file(_request: Request) -> Response:
    return FileResponse(HELLO)


def slow(_request: Request) -> Response:
    threading.Event().wait(1.0)
    LATE.set()
    return PlainTextResponse("too late")


async def slow_parts(_request: Request) -> Response:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(4):
            yield b"x"
            await asyncio.sleep(0.2)

    return StreamingResponse(parts())


ROUTES = [
    Route("/", hello, methods=["GET", "POST"]),
    Route("/body", body, methods=["POST"]),
    Route("/api/v1/imports", body, methods=["POST"]),
    Route("/api/v1/importsx", body, methods=["POST"]),
    Route("/broken", broken),
    Route("/late", broken_late),
    Route("/own", own_policy),
    Route("/file", file),
    Route("/slow", slow),
    Route("/parts", slow_parts),
]


def asking(
    *passed: Middleware, base: str = "http://testserver", client: tuple[str, int] = ("192.0.2.1", 1)
) -> TestClient:
    return TestClient(Starlette(routes=ROUTES, middleware=list(passed)), base_url=base, client=client)


def test_a_sane_request_id_is_kept_and_told() -> None:
    asked = asking(Middleware(middleware.RequestIdMiddleware))
    answer = asked.get("/", headers={"X-Request-ID": "abc-123.DEF_4"})
    assert answer.headers["x-request-id"] == "abc-123.DEF_4"
    assert answer.json() == {"id": "abc-123.DEF_4", "at": "abc-123.DEF_4"}
    assert REQUEST_ID.get() == ""


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "a b c d e f g", "évident-évident", "{'a':1}-------"])
def test_any_other_request_id_is_replaced(given: str) -> None:
    asked = asking(Middleware(middleware.RequestIdMiddleware))
    first, second = (asked.get("/", headers={"X-Request-ID": given.encode()}) for _ in range(2))
    assert len(first.headers["x-request-id"]) == 16
    assert first.headers["x-request-id"] not in {given, second.headers["x-request-id"]}


def test_security_headers() -> None:
    answer = asking(Middleware(middleware.SecurityHeadersMiddleware)).get("/")
    assert answer.headers["content-security-policy"] == middleware.POLICY
    assert "frame-ancestors 'none'" in middleware.POLICY
    assert "unsafe-inline" not in middleware.POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "geolocation=()" in answer.headers["permissions-policy"]
    assert "strict-transport-security" not in answer.headers


def test_hsts_over_https_only() -> None:
    asked = asking(Middleware(middleware.SecurityHeadersMiddleware), base="https://testserver")
    assert asked.get("/").headers["strict-transport-security"].startswith("max-age=")


def test_hsts_behind_a_trusted_proxy_that_speaks_https() -> None:
    passed = (
        Middleware(ProxyHeadersMiddleware, trusted_hosts="10.0.0.1"),
        Middleware(middleware.SecurityHeadersMiddleware),
    )
    said = {"X-Forwarded-Proto": "https"}
    assert "strict-transport-security" in asking(*passed, client=("10.0.0.1", 1)).get("/", headers=said).headers
    assert "strict-transport-security" not in asking(*passed, client=("10.0.0.2", 1)).get("/", headers=said).headers


def test_a_policy_an_answer_sets_is_kept() -> None:
    answer = asking(Middleware(middleware.SecurityHeadersMiddleware)).get("/own")
    assert answer.headers.get_list("content-security-policy") == [middleware.INLINE_POLICY]


def test_any_origin_may_read_without_credentials() -> None:
    asked = asking(Middleware(middleware.PublicReadsMiddleware))
    answer = asked.get("/", headers={"Origin": "https://autre.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers
    exposed = set(answer.headers["access-control-expose-headers"].split(", "))
    assert {"ETag", "Link", "Content-Crs", "X-Request-ID"} <= exposed


def test_no_origin_may_write() -> None:
    asked = asking(Middleware(middleware.PublicReadsMiddleware))
    answer = asked.post("/", headers={"Origin": "https://autre.example"})
    assert "access-control-allow-origin" not in answer.headers
    wanted = {"Origin": "https://autre.example", "Access-Control-Request-Method": "POST"}
    assert asked.options("/", headers=wanted).status_code == 400
    allowed = asked.options("/", headers=wanted | {"Access-Control-Request-Method": "GET"})
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-methods"] == "GET, HEAD"


def test_what_nobody_expected_is_a_problem_without_details(caplog: pytest.LogCaptureFixture) -> None:
    passed = (Middleware(middleware.RequestIdMiddleware), Middleware(ErrorsMiddleware))
    answer = asking(*passed).get("/broken", headers={"X-Request-ID": "abcdefgh"})
    assert answer.status_code == 500
    assert answer.headers["content-type"] == MEDIA_TYPE
    told = answer.json()
    assert told["request_id"] == "abcdefgh"
    assert "Amina" not in answer.text
    assert "KeyError" not in answer.text
    assert [one.getMessage() for one in caplog.records if one.exc_info] == ["unexpected error"]


def test_a_library_s_plain_text_is_told_in_our_words() -> None:
    asked = asking(Middleware(ErrorsMiddleware))
    answer = asked.get("/file", headers={"Range": "bytes=900-"})
    assert answer.status_code == 416
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert answer.headers["content-range"].endswith("/5")
    assert answer.json()["detail"] == "l'en-tête Range sort du document"
    assert asked.get("/file", headers={"Range": "bytes=3-1"}).json()["title"] == "Intervalle illisible"
    assert asked.get("/file", headers={"Range": "bytes=1-2"}).text == "el"
    assert asked.get("/nowhere").json()["detail"] == "code HTTP 404"


def test_an_answer_cut_short_is_not_made_to_look_whole() -> None:
    asked = asking(Middleware(ErrorsMiddleware))
    with pytest.raises(KeyError):
        asked.get("/late")


def limited(most: int = 10, most_upload: int = 100) -> TestClient:
    return asking(Middleware(middleware.BodyLimitMiddleware, most=most, most_upload=most_upload))


@pytest.mark.parametrize(("path", "most"), [("/body", 10), ("/api/v1/imports", 100), ("/api/v1/importsx", 10)])
def test_a_body_at_the_limit_passes_and_one_byte_more_does_not(path: str, most: int) -> None:
    asked = limited()
    assert asked.post(path, content=b"x" * most).text == str(most)
    answer = asked.post(path, content=b"x" * (most + 1))
    assert answer.status_code == 413
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert str(most) in answer.json()["detail"]
    assert answer.headers["connection"] == "close"


def test_a_body_of_unknown_length_is_counted_as_it_comes() -> None:
    def parts(count: int) -> Iterator[bytes]:
        for _ in range(count):
            yield b"xxxxx"

    assert limited().post("/body", content=parts(2)).text == "10"
    assert limited().post("/body", content=parts(3)).status_code == 413


def raw(app: ASGIApp, headers: list[tuple[bytes, bytes]], messages: list[Message]) -> list[Message]:
    """Speak ASGI, with what no client would send."""
    sent: list[Message] = []

    async def receive() -> Message:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {
        "type": "http", "method": "POST", "path": "/body", "raw_path": b"/body", "query_string": b"",
        "headers": headers, "http_version": "1.1", "scheme": "http", "server": ("x", 80), "client": ("1.2.3.4", 5),
    }  # fmt: skip
    asyncio.run(app(scope, receive, send))
    return sent


async def swallowing(scope: Scope, receive: Receive, send: Send) -> None:
    """Read everything, whatever is raised, and answer 200 all the same: like a framework that catches too much."""
    count = 0
    try:
        while True:
            message = await receive()
            count += len(message.get("body", b""))
            if not message.get("more_body"):
                break
    except Exception:  # noqa: BLE001 -- what is tested
        count = -1
    await PlainTextResponse(str(count))(scope, receive, send)


def test_an_application_that_catches_everything_cannot_hide_the_refusal() -> None:
    app = middleware.BodyLimitMiddleware(swallowing, most=4, most_upload=4)
    sent = raw(app, [], [{"type": "http.request", "body": b"12345", "more_body": True}])
    assert [one.get("status") for one in sent if one["type"] == "http.response.start"] == [413]


def test_a_length_that_lies_is_not_believed() -> None:
    app = middleware.BodyLimitMiddleware(swallowing, most=4, most_upload=4)
    sent = raw(app, [(b"content-length", b"1")], [{"type": "http.request", "body": b"12345"}])
    assert sent[0]["status"] == 413
    for odd in (b"-1", b"1e3", "²".encode("latin-1"), b""):
        sent = raw(app, [(b"content-length", odd)], [{"type": "http.request", "body": b"1234"}])
        assert (sent[0]["status"], sent[1]["body"]) == (200, b"4")


def test_a_computation_past_its_time_is_answered_503_and_ends_unheard() -> None:
    LATE.clear()
    with asking(Middleware(middleware.TimeLimitMiddleware, seconds=0.1)) as asked:
        answer = asked.get("/slow")
        assert answer.status_code == 503
        assert answer.headers["content-type"] == MEDIA_TYPE
        assert answer.headers["retry-after"]
        assert not LATE.is_set()
        assert asked.get("/").status_code == 200
        assert LATE.wait(10)


def test_an_answer_under_way_may_take_its_time() -> None:
    asked = asking(Middleware(middleware.TimeLimitMiddleware, seconds=0.1))
    assert asked.get("/parts").text == "xxxx"


def test_a_slow_body_is_not_a_slow_computation() -> None:
    waits = iter([0.15, 0.15, 0.15])

    async def receive() -> Message:
        await asyncio.sleep(next(waits, 0))
        parts.append(b"x")
        return {"type": "http.request", "body": b"x", "more_body": len(parts) < 3}

    parts: list[bytes] = []
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    app = middleware.TimeLimitMiddleware(swallowing, seconds=0.3)
    scope: Scope = {"type": "http", "method": "POST", "path": "/", "headers": [], "query_string": b""}
    asyncio.run(app(scope, receive, send))
    assert (sent[0]["status"], sent[1]["body"]) == (200, b"3")


def test_errors_pass_through_the_time_limit() -> None:
    passed = (Middleware(ErrorsMiddleware), Middleware(middleware.TimeLimitMiddleware, seconds=5))
    assert asking(*passed).get("/broken").status_code == 500


def test_head_is_get_without_the_body() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["method"] == "GET"
        scope["route"] = "seen"
        await JSONResponse({"a": 1})(scope, receive, send)

    scope: Scope = {"type": "http", "method": "HEAD", "path": "/", "headers": []}
    asyncio.run(middleware.HeadMiddleware(app)(scope, receive, send))
    assert (scope["method"], scope["route"]) == ("HEAD", "seen")
    assert dict(sent[0]["headers"])[b"content-length"] == str(len(json.dumps({"a": 1}, separators=(",", ":")))).encode()
    assert [one.get("body") for one in sent[1:]] == [b""]
