"""Answers that are computed once: bytes with a strong ETag keyed by what they were computed from, also compressed."""

import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response
from pydantic import BaseModel, Field

from api.caller import Caller
from geo_integration import __version__

GEOJSON = "application/geo+json"
JSON = "application/json"
_SMALL = 1024
"""Bytes below which compressing costs more than it saves."""


class About(BaseModel):
    """What must be known of any answer: where it comes from, of when it is, how it was made, how sure it is."""

    sources: list[dict[str, Any]] = Field(description="Sources à citer : name, publisher, date, licence, note.")
    as_of: str = Field(description="Jour auquel les offres sont regardées (AAAA-MM-JJ).")
    published_at: str | None = Field(default=None, description="Publication la plus récente des données lues (UTC).")
    snapshots: dict[str, str] = Field(default_factory=dict, description="Couche → version lue.")
    method: str = Field(description="Comment les valeurs sont obtenues.")
    bounds: list[str] = Field(default_factory=list, description="Ce que comptent la borne basse et la borne haute.")
    notes: list[str] = Field(default_factory=list, description="Ce qu'il faut savoir avant de s'en servir.")
    estimated: bool = Field(description="Vrai si une valeur est estimée et non observée.")
    outline: bool = Field(description="Vrai si des temps sont calculés sur un réseau simplifié.")
    synthetic: bool = Field(description="Vrai si une ligne inventée y entre.")


@dataclass(frozen=True)
class Body:
    """The bytes of an answer; ``compressed`` is the same as a gzip stream, where that was made beforehand.

    One made for a client that takes gzip may hold nothing but ``compressed``.
    """

    content: bytes
    media_type: str
    compressed: bytes | None = None


def etag_of(*parts: str) -> str:
    """Return a strong entity tag of what an answer depends on: snapshots, question, viewer, version of the library."""
    return hashlib.sha256("\n".join((__version__, *parts)).encode()).hexdigest()[:32]


def dumps(value: Any) -> bytes:  # noqa: ANN401 -- any JSON
    """Return compact JSON; NaN and infinity are errors, for JSON has no word for them."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def not_modified(request: Request, tag: str, caller: Caller) -> Response | None:
    """Return 304 where the client already holds this answer, in either coding; None otherwise."""
    held = {one.strip().removeprefix("W/").strip('"') for one in request.headers.get("if-none-match", "").split(",")}
    for coding in ("", "-gzip"):
        if f"{tag}{coding}" in held:
            return Response(status_code=304, headers=_headers(f"{tag}{coding}", caller))
    return Response(status_code=304, headers=_headers(tag, caller)) if "*" in held else None


def send(
    request: Request,
    body: Body,
    *,
    tag: str,
    caller: Caller,
    headers: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    """Return a body with its ETag, compressed where the client takes it.

    Parameters
    ----------
    tag : from :func:`etag_of`; the compressed form has its own, as strong tags must.
    caller : professional answers are never kept by shared caches.
    """
    compress = takes_gzip(request) and (body.compressed is not None or len(body.content) >= _SMALL)
    told = _headers(f"{tag}-gzip" if compress else tag, caller) | dict(headers or {})
    if not compress:
        return Response(body.content, status, told, media_type=body.media_type)
    packed = body.compressed or gzip.compress(body.content, compresslevel=1, mtime=0)
    return Response(packed, status, told | {"Content-Encoding": "gzip"}, media_type=body.media_type)


def takes_gzip(request: Request) -> bool:
    """Say whether the client takes answers as gzip."""
    for one in request.headers.get("accept-encoding", "").split(","):
        coding, _, quality = one.partition(";")
        if coding.strip().lower() in {"gzip", "*"} and quality.replace(" ", "") not in {
            "q=0",
            "q=0.0",
            "q=0.00",
            "q=0.000",
        }:
            return True
    return False


def _headers(tag: str, caller: Caller) -> dict[str, str]:
    kept = "public, max-age=0, must-revalidate" if caller.is_public else "private, no-cache"
    return {"ETag": f'"{tag}"', "Cache-Control": kept, "Vary": "Accept, Accept-Encoding, Authorization"}
