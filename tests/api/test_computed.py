"""Answers computed on request: once, few at a time, the latest kept; and the forms they are shown in."""

import asyncio
import gzip
import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import geopandas as gpd
import pytest
from fastapi import Request
from shapely import Point

from api.answers import About, Body
from api.computed import Computed
from api.policy import policy
from api.told import collection, form_of, held
from api.v1.question import key_of
from geo_integration.coverage.learner.profile import Profile
from geo_integration.disclosure import Viewer
from geo_integration.errors import OptionError, UnavailableError
from geo_integration.jobs import demo
from geo_integration.jobs.request import Request as Asked
from geo_integration.store import HistoryEntry
from geo_integration.vocabulary import Audience, Kind

FORMS = {"json": "application/json", "csv": "text/csv"}
ABOUT = About(sources=[], as_of="2026-10-01", method="à la main", estimated=False, outline=False, synthetic=True)


def counting(text: bytes = b"ici") -> tuple[list[int], Callable[[], Body]]:
    calls: list[int] = []

    def compute() -> Body:
        calls.append(1)
        return Body(text, "text/plain")

    return calls, compute


def test_an_answer_is_computed_once_and_packed() -> None:
    calls, compute = counting()
    computed = Computed()

    async def ask() -> list[Body]:
        first = await computed.get("a", compute, seconds=5)
        return [first, await computed.get("a", compute, seconds=5)]

    first, second = asyncio.run(ask())
    assert (len(calls), first) == (1, second)
    assert gzip.decompress(first.compressed or b"") == b"ici"


def test_those_who_ask_at_once_share_one_computation() -> None:
    calls, compute = counting()
    go = threading.Event()

    def slow() -> Body:
        assert go.wait(10)
        return compute()

    async def ask() -> list[Body]:
        computed = Computed(at_once=1)
        waiting = [asyncio.create_task(computed.get("a", slow, seconds=10)) for _ in range(5)]
        await asyncio.sleep(0)
        go.set()
        return await asyncio.gather(*waiting)

    assert len({body.content for body in asyncio.run(ask())}) == 1
    assert len(calls) == 1


def test_one_computation_too_many_is_refused_and_the_others_go_on() -> None:
    go = threading.Event()

    def slow() -> Body:
        assert go.wait(10)
        return Body(b"", "text/plain")

    async def ask() -> None:
        computed = Computed(at_once=1)
        first = asyncio.create_task(computed.get("a", slow, seconds=10))
        await asyncio.sleep(0)
        with pytest.raises(UnavailableError, match="trop de calculs") as refused:
            await computed.get("b", slow, seconds=10)
        assert "processes/gaps/execution" in refused.value.way_out
        go.set()
        await first
        await computed.get("b", slow, seconds=10)  # there is room again

    asyncio.run(ask())


def test_what_takes_too_long_is_told_and_is_there_afterwards() -> None:
    go = threading.Event()

    def slow() -> Body:
        assert go.wait(10)
        return Body(b"enfin", "text/plain")

    async def ask() -> Body:
        computed = Computed()
        with pytest.raises(UnavailableError, match="dure plus de"):
            await computed.get("a", slow, seconds=0.01)
        go.set()
        return await computed.get("a", slow, seconds=10)

    assert asyncio.run(ask()).content == b"enfin"


def test_a_failure_is_not_kept() -> None:
    def fail() -> Body:
        raise OptionError("non", where="ici")

    async def ask() -> Body:
        computed = Computed()
        with pytest.raises(OptionError):
            await computed.get("a", fail, seconds=5)
        return await computed.get("a", counting()[1], seconds=5)

    assert asyncio.run(ask()).content == b"ici"


def test_the_answer_used_longest_ago_goes_first() -> None:
    one, make_one = counting(b"1" * 100)
    two, make_two = counting(b"2" * 100)

    async def ask() -> None:
        computed = Computed(most_bytes=150)
        for make in (make_one, make_two, make_two, make_one):
            await computed.get(str(make()), make, seconds=5)

    asyncio.run(ask())
    # each `make()` outside counts once: the first was forgotten when the second came, the second served twice
    assert (len(one) - 2, len(two) - 2) == (2, 1)


@pytest.mark.parametrize(
    ("said", "accept", "form"),
    [
        (None, "", "json"),
        (None, "*/*", "json"),
        (None, "text/csv", "csv"),
        (None, "text/csv;q=0.5, application/json", "json"),
        (None, "text/csv;q=0", "json"),
        (None, "text/csv;q=never", "json"),
        ("csv", "application/json", "csv"),
    ],
)
def test_the_form_asked_for(said: str | None, accept: str, form: str) -> None:
    request = Request({"type": "http", "headers": [(b"accept", accept.encode())]})
    assert form_of(request, said, FORMS) == form


def test_a_form_that_is_none_is_refused() -> None:
    with pytest.raises(OptionError) as refused:
        form_of(Request({"type": "http", "headers": []}), "pdf", FORMS)
    assert (refused.value.where, refused.value.way_out) == ("f", "json ou csv")


def test_two_features_by_hand() -> None:
    table = gpd.GeoDataFrame(
        {"code": ["b", "a"], "out_minutes": [float("inf"), 3.14159], "need": [None, 0.0]},
        geometry=[Point(2.12345678, 50.0), None],
        crs=4326,
    )
    told: dict[str, Any] = json.loads(collection(table, "code", about=ABOUT, title="Deux"))
    assert told["features"] == [
        {
            "type": "Feature",
            "id": "b",
            "geometry": {"type": "Point", "coordinates": [2.123457, 50.0]},
            "properties": {"code": "b", "out_minutes": None, "need": None},
        },
        {
            "type": "Feature",
            "id": "a",
            "geometry": None,
            "properties": {"code": "a", "out_minutes": 3.14, "need": 0.0},
        },
    ]
    assert (told["title"], told["about"]["synthetic"]) == ("Deux", True)


def test_the_key_of_what_is_held_says_nothing_of_the_content_about_people() -> None:
    at = HistoryEntry("0123456789abcdef", datetime(2026, 10, 1, tzinfo=UTC), "publish")
    key = held({"bpi": [at], "offers": [at]})
    assert key.count("0123456789abcdef") == 1
    assert held({"bpi": [at, at], "offers": [at]}) != key


def test_questions_that_differ_have_keys_that_differ_and_sets_have_no_order() -> None:
    def asked(*statuses: Audience, kind: Kind = Kind.FLE) -> str:
        learner = Profile(kind=kind, statuses=frozenset(statuses))
        viewer = Viewer.referent(["62", "59"])
        return key_of(Asked("62", kind, 30, demo.as_of(), learner=learner, viewer=viewer))

    assert asked(Audience.BPI, Audience.WOMEN) == asked(Audience.WOMEN, Audience.BPI)
    assert len({asked(Audience.BPI), asked(), asked(kind=Kind.ASL)}) == 3


def test_a_policy_lets_only_the_scripts_and_styles_of_the_page_run() -> None:
    page = '<style>a{}</style><script type="application/json">{"x":"</b>"}</script><script>x=1 < 2</script>'
    told = policy(page)
    # echo -n 'x=1 < 2' | openssl dgst -sha256 -binary | base64
    assert "script-src 'sha256-bm1wF7DHMzMufaVDXJemZUP3CpGgGKYRMrqKQ0X3qiw='" in told
    assert "style-src 'sha256-X1RutGBrXCt9KkSaXMK7tHftWiRscFHOhxsS8tv8hBk='" in told
    assert "unsafe" not in told.replace("style-src-attr 'unsafe-inline'", "")
    assert "script-src 'none'" in policy("<p>")
