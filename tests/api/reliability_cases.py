"""Requests no client should send, byte by byte, and the statuses they may be answered with."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass

_HOST = b"Host: x\r\nConnection: close\r\n"
_ITEMS = b"/ogc/collections/communes/items"
_EXECUTION = b"/api/v1/processes/gaps/execution"
_TOKENS = b"/api/v1/tokens"


@dataclass(frozen=True)
class Case:
    """One request; 200 among the statuses: it may be answered as if the odd part were not there."""

    request: bytes
    statuses: tuple[int, ...] = (400,)


def get(path: bytes, *headers: bytes, statuses: tuple[int, ...] = (400,)) -> Case:
    lines = b"".join(one + b"\r\n" for one in headers)
    return Case(b"GET " + path + b" HTTP/1.1\r\n" + _HOST + lines + b"\r\n", statuses)


def post(
    path: bytes, body: bytes, *headers: bytes, kind: bytes = b"application/json", statuses: tuple[int, ...] = (400,)
) -> Case:
    given = (b"Content-Type: " + kind, b"Content-Length: %d" % len(body), *headers)
    lines = b"".join(one + b"\r\n" for one in given)
    return Case(b"POST " + path + b" HTTP/1.1\r\n" + _HOST + lines + b"\r\n" + body, statuses)


def announcing(*headers: bytes, statuses: tuple[int, ...] = (400,)) -> Case:
    lines = b"".join(one + b"\r\n" for one in headers)
    head = b"POST " + _TOKENS + b" HTTP/1.1\r\n" + _HOST + b"Content-Type: application/json\r\n"
    return Case(head + lines + b"\r\n{}", statuses)


def _deep(inside: bytes, times: int) -> bytes:
    return b'{"inputs":{"territory":"62041","profile":' + inside * times + b"1" + b"}" * times + b"}}"


CASES: Mapping[str, Case] = {
    # Not HTTP, or not quite.
    "garbage": Case(b"\x00\x01\x02 garbage\r\n\r\n"),
    "method": Case(b"FOO / HTTP/1.1\r\n" + _HOST + b"\r\n"),
    "version": Case(b"GET / HTTP/9.9\r\n" + _HOST + b"\r\n"),
    "tunnel": Case(b"CONNECT example.org:443 HTTP/1.1\r\n" + _HOST + b"\r\n"),
    "port": Case(b"GET http://:99999999/ HTTP/1.1\r\n" + _HOST + b"\r\n"),
    "websocket": get(
        b"/ogc", b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        b"Sec-WebSocket-Version: 13", statuses=(200, 400, 426),
    ),
    # Lengths.
    "length: negative": announcing(b"Content-Length: -5"),
    "length: a word": announcing(b"Content-Length: abc"),
    "length: beyond 64 bits": announcing(b"Content-Length: 99999999999999999999999"),
    "length: too much": announcing(b"Content-Length: 99999999999", statuses=(413,)),
    "length: twice": announcing(b"Content-Length: 2", b"Content-Length: 3"),
    "length: and chunks": announcing(b"Content-Length: 2", b"Transfer-Encoding: chunked"),
    "chunk": announcing(b"Transfer-Encoding: chunked"),
    # Sizes.
    "header: huge": get(b"/health", b"X-Big: " + b"a" * 300_000, statuses=(431,)),
    "header: without end": Case(b"GET /health HTTP/1.1\r\nHost: x\r\nX-Big: " + b"a" * 3_000_000, (431,)),
    "headers: many": get(b"/health", *(b"X-%d: a" % number for number in range(40_000)), statuses=(431,)),
    "url: huge": get(b"/health?" + b"a" * 300_000, statuses=(414,)),
    "url: without end": Case(b"GET /health?" + b"a" * 3_000_000, (414, 431)),
    "path: long": get(b"/ogc/collections/" + b"a" * 50_000, statuses=(404, 414)),
    "parameter: long": get(b"/api/v1/places?q=" + b"a" * 50_000),
    # Bytes that are no text.
    "url: NUL": get(b"/ogc/\x00"),
    "url: not ASCII": get(b"/ogc/collections/\xe9"),
    "path: %00": get(b"/ogc/collections/%00/items", statuses=(404,)),
    "path: not UTF-8": get(b"/ogc/collections/%ff%fe/items", statuses=(404,)),
    "path: of files": get(b"/api/v1/layers/%2e%2e%2f%2e%2e/diff", statuses=(400, 404)),
    "parameter: %00": get(b"/api/v1/places?q=%00", statuses=(200, 400)),
    "parameter: not UTF-8": get(b"/api/v1/places?q=%ff%fe", statuses=(200, 400)),
    "parameter: half escaped": get(b"/api/v1/places?q=%zz%", statuses=(200, 400)),
    "job: %00": get(b"/api/v1/jobs/%00", statuses=(404,)),
    "map: not UTF-8": get(b"/maps/%ff", statuses=(404,)),
    "token: control": get(b"/health", b"Authorization: Bearer \xff\x01"),
    "token: not one": get(b"/ogc", b"Authorization: Bearer a.b.c", statuses=(401,)),
    "token: long": get(b"/ogc", b"Authorization: Bearer " + b"a" * 50_000, statuses=(401,)),
    "if-none-match: not text": get(_ITEMS + b"?limit=1", b'If-None-Match: \xff\xfe"', statuses=(200, 400)),
    "accept: nonsense": get(_ITEMS + b"?limit=1", b"Accept: \xff;q=nan,,,;;q=1e999", statuses=(200, 400, 406)),
    # Ranges.
    "range: word": get(_ITEMS + b"?limit=1", b"Range: bytes=abc", statuses=(200, 400, 416)),
    "range: outside": get(_ITEMS + b"?limit=1", b"Range: bytes=9999999999999-", statuses=(200, 416)),
    "range: of a file": get(b"/docs", b"Range: bytes=abc", statuses=(200, 400, 416)),
    "range: thousands": get(
        b"/docs", b"Range: bytes=" + b",".join(b"%d-%d" % (at, at) for at in range(5_000)), statuses=(200, 400, 416)
    ),
    # Parameters of collections.
    "bbox: three": get(_ITEMS + b"?bbox=1,2,3"),
    "bbox: NaN": get(_ITEMS + b"?bbox=nan,1,2,3"),
    "bbox: infinite": get(_ITEMS + b"?bbox=1e400,1,2,3"),
    "bbox: words": get(_ITEMS + b"?bbox=a,b,c,d"),
    "bbox: thousands": get(_ITEMS + b"?bbox=" + b"1," * 20_000),
    "bbox: upside down": get(_ITEMS + b"?bbox=5,5,4,1"),
    "bbox: crs": get(_ITEMS + b"?bbox=1,2,3,4&bbox-crs=nowhere"),
    "datetime": get(_ITEMS + b"?datetime=2026-99-99"),
    "limit: huge": get(_ITEMS + b"?limit=99999999999999999999999999"),
    "limit: negative": get(_ITEMS + b"?limit=-1"),
    "offset: huge": get(_ITEMS + b"?offset=99999999999999999999999999"),
    "filter: deep": get(_ITEMS + b"?filter=" + b"(" * 900 + b"code='1'" + b")" * 900),
    "filter: long": get(_ITEMS + b"?filter=" + b"%20OR%20".join([b"code='1'"] * 2_000)),
    "filter: long not": get(_ITEMS + b"?filter=" + b"NOT%20" * 400 + b"code='1'", statuses=(200, 400)),
    # JSON.
    "json: cut": post(_TOKENS, b"{"),
    "json: not UTF-8": post(_TOKENS, b'{"username":"\xff\xfe","password":"x"}'),
    "json: NUL": post(_TOKENS, b'{"username":"a\\u0000b","password":"x\\u0000"}', statuses=(400, 401)),
    "json: half a sign": post(_TOKENS, b'{"username":"\\ud800","password":"\\udfff"}', statuses=(400, 401)),
    "json: deep": post(_TOKENS, b"[" * 400_000 + b"]" * 400_000),
    "job: deep list": post(_EXECUTION, b"[" * 400_000 + b"]" * 400_000),
    "job: deep object": post(_EXECUTION, _deep(b'{"a":', 500)),
    "job: deeper object": post(_EXECUTION, _deep(b'{"a":', 100_000)),
    "job: NaN": post(_EXECUTION, b'{"inputs":{"territory":"62041","minutes":NaN}}'),
    "job: too many digits": post(_EXECUTION, b'{"inputs":{"territory":"62041","minutes":' + b"9" * 5_000 + b"}}"),
    "job: NUL territory": post(_EXECUTION, b'{"inputs":{"territory":"\\u0000"}}', statuses=(400, 404)),
    "job: half a sign": post(_EXECUTION, b'{"inputs":{"territory":"\\ud800"}}', statuses=(400, 404)),
    "job: too large": post(_EXECUTION, b" " * 2_000_000, statuses=(413,)),
    # Bodies of other kinds.
    "gzip": post(_TOKENS, gzip.compress(b"{" * 50_000_000, 6), b"Content-Encoding: gzip", statuses=(400, 415)),
    "form: nonsense": post(_TOKENS, b"%%%=&&&\xff", kind=b"application/x-www-form-urlencoded"),
    "form: thousands": post(_TOKENS, b"a=1&" * 100_000, kind=b"application/x-www-form-urlencoded"),
    "file: of nobody": post(b"/api/v1/imports", b"x", kind=b"multipart/form-data", statuses=(401,)),
}  # fmt: skip

_MARK = "multipart/form-data; boundary=f"
_FILE = b'--f\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
_FORMAT = b'--f\r\nContent-Disposition: form-data; name="format"\r\n\r\nlheo\r\n'

MALFORMED_FORMS: Mapping[str, tuple[str, bytes]] = {
    "no boundary": ("multipart/form-data", _FORMAT + _FILE + b"x\r\n--f--\r\n"),
    "empty boundary": ("multipart/form-data; boundary=", _FORMAT + _FILE + b"x\r\n--f--\r\n"),
    "json": ("application/json", b"{}"),
    "nothing": (_MARK, b""),
    "no first mark": (_MARK, b"hello"),
    "another boundary": (_MARK, b"--g\r\n\r\n--g--\r\n"),
    "no file": (_MARK, _FORMAT + b"--f--\r\n"),
    "no format": (_MARK, _FILE + b"x\r\n--f--\r\n"),
    "empty file": (_MARK, _FORMAT + _FILE + b"\r\n--f--\r\n"),
    "cut": (_MARK, _FORMAT + _FILE + b"half"),
    "field after file": (_MARK, _FORMAT + _FILE + b"x\r\n" + _FORMAT + b"--f--\r\n"),
    "two files": (_MARK, _FORMAT + _FILE + b"x\r\n" + _FILE + b"y\r\n--f--\r\n"),
    "format: NUL": (_MARK, _FORMAT.replace(b"lheo", b"\x00") + _FILE + b"x\r\n--f--\r\n"),
    "format: not UTF-8": (_MARK, _FORMAT.replace(b"lheo", b"\xff\xfe") + _FILE + b"x\r\n--f--\r\n"),
    "name: not UTF-8": (_MARK, _FORMAT.replace(b'"format"', b'"\xff"') + _FILE + b"x\r\n--f--\r\n"),
    "headers without end": (_MARK, b"--f\r\n" + b"X-Header: " + b"a" * 500_000),
    "many headers": (_MARK, b"--f\r\n" + b"X-Header: a\r\n" * 50_000),
    "field: huge": (_MARK, _FORMAT.replace(b"lheo", b"l" * 500_000) + _FILE + b"x\r\n--f--\r\n"),
}
