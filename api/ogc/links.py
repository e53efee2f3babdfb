"""Addresses and links of the OGC API, always absolute."""

from collections.abc import Iterable
from typing import NotRequired, TypedDict
from urllib.parse import quote, urlencode

from fastapi import Request

from api.answers import GEOJSON, JSON
from api.ogc.formats import HTML, Format
from api.service import Service

ROOT = "/ogc"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
SCHEMA = "application/schema+json"
QUERYABLES = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
CONFORMANCE = "http://www.opengis.net/def/rel/ogc/1.0/conformance"
DATA = "http://www.opengis.net/def/rel/ogc/1.0/data"

type Given = tuple[tuple[str, str], ...]
"""Parameters as they came, in order."""


class Link(TypedDict):
    """A link, as OGC API - Common writes it."""

    rel: str
    type: str
    title: NotRequired[str]
    href: str


def base_of(service: Service, request: Request) -> str:
    """Return the public address of the service without a closing slash: that of the settings, else the request's."""
    said = service.settings.base_url
    return (said or str(request.base_url)).rstrip("/")


def address(base: str, *parts: str, given: Iterable[tuple[str, str]] = ()) -> str:
    """Return an address under the API, each part and parameter encoded."""
    path = "".join(f"/{quote(part, safe='')}" for part in parts)
    query = urlencode(list(given))
    return f"{base}{ROOT}{path}{'?' if query else ''}{query}"


def link(rel: str, media: str, title: str, href: str) -> Link:
    """Return a link."""
    return {"rel": rel, "type": media, "title": title, "href": href}


def same_in_both(base: str, parts: tuple[str, ...], given: Given, shown: Format, media: str = JSON) -> list[Link]:
    """Return the links of a resource to itself and to its other form, every other parameter kept."""
    kept = [(name, value) for name, value in given if name != "f"]
    forms: dict[Format, tuple[str, str]] = {"json": (media, "Ce document en JSON"), "html": (HTML, "En page à lire")}
    if media == GEOJSON:
        forms["json"] = (media, "Ce document en GeoJSON")
    other: Format = "html" if shown == "json" else "json"
    return [
        link("self", *forms[shown], address(base, *parts, given=given)),
        link("alternate", *forms[other], address(base, *parts, given=[*kept, ("f", other)])),
    ]


def turned(given: Given, offset: int, limit: int) -> Given:
    """Return the parameters of another page: all those given, with another offset and the limit in force."""
    kept = [(name, value) for name, value in given if name not in {"offset", "limit"}]
    more = [("offset", str(offset))] if offset else []
    return (*kept, ("limit", str(limit)), *more)
