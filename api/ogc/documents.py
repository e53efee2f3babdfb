"""The documents of the OGC API, as plain dicts: what JSON sends and pages draw."""

from typing import TYPE_CHECKING, Any

from api.answers import GEOJSON, JSON
from api.ogc.formats import HTML, Format
from api.ogc.links import (
    CONFORMANCE,
    DATA,
    OPENAPI,
    QUERYABLES,
    SCHEMA,
    Given,
    Link,
    address,
    link,
    same_in_both,
)
from api.ogc.question import CRS84
from api.ogc.spec import CONFORMANCE as CLASSES

if TYPE_CHECKING:
    from geo_integration.features import Collection

type Json = dict[str, Any]

_GREGORIAN = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"
_JSON_SCHEMA = "https://json-schema.org/draft/2020-12/schema"
_DESCRIBED_BY = "http://www.opengis.net/def/rel/ogc/1.0/schema"
TITLE = "Cours de français et intégration : données ouvertes"
DESCRIPTION = (
    "Où sont les cours de français pour les nouveaux arrivants, qui peut les atteindre, et où il en manque. "
    "Chaque collection dit ses sources, ses dates, sa méthode, et ce qui y est estimé ou fictif."
)


def landing(base: str, given: Given, shown: Format) -> Json:
    """Return the landing page."""
    return {
        "title": TITLE,
        "description": DESCRIPTION,
        "links": [
            *same_in_both(base, (), given, shown),
            link("service-desc", OPENAPI, "Définition de l'interface (OpenAPI 3.0)", address(base, "api")),
            link("service-doc", HTML, "Mode d'emploi de l'interface", f"{base}/docs"),
            link("conformance", JSON, "Classes de conformité", address(base, "conformance")),
            link(CONFORMANCE, JSON, "Classes de conformité", address(base, "conformance")),
            link("data", JSON, "Collections", address(base, "collections")),
            link(DATA, JSON, "Collections", address(base, "collections")),
        ],
    }


def conformance(base: str, given: Given, shown: Format) -> Json:
    """Return the classes of the standards that the service respects."""
    return {"conformsTo": list(CLASSES), "links": same_in_both(base, ("conformance",), given, shown)}


def collections(base: str, given: Given, shown: Format, found: "list[Collection]") -> Json:
    """Return every collection the caller may read."""
    return {
        "links": same_in_both(base, ("collections",), given, shown),
        "collections": [described(one, _short_links(base, one)) for one in found],
    }


def collection(base: str, given: Given, shown: Format, one: "Collection") -> Json:
    """Return one collection, with what each column means and where everything comes from."""
    parts = ("collections", one.name)
    links = [*same_in_both(base, parts, given, shown), *_links(base, one)]
    return described(one, links) | {"about": dict(one.about)}


def described(one: "Collection", links: list[Link]) -> Json:
    """Return what every mention of a collection says of it."""
    extent: Json = {}
    if one.bbox is not None:
        extent["spatial"] = {"bbox": [list(one.bbox)], "crs": CRS84}
    if one.interval is not None:
        extent["temporal"] = {"interval": [_instants(one.interval)], "trs": _GREGORIAN}
    told: Json = {
        "id": one.name,
        "title": one.title,
        "description": one.description,
        "attribution": " ; ".join(_source(source) for source in one.about.get("sources", ())),
        "itemType": "feature",
        "crs": list(one.crs),
        "storageCrs": CRS84,
        "links": links,
    }
    return told | ({"extent": extent} if extent else {})


def queryables(base: str, one: "Collection") -> Json:
    """Return the columns to filter on, as a JSON Schema that names itself."""
    address_here = address(base, "collections", one.name, "queryables")
    return {**one.queryables(), "$schema": _JSON_SCHEMA, "$id": address_here, "title": one.title}


def schema(base: str, one: "Collection") -> Json:
    """Return every column a feature has, and its geometry, as a JSON Schema."""
    address_here = address(base, "collections", one.name, "schema")
    told = one.queryables()
    properties = dict(told.get("properties", {}))
    if one.key in properties:
        properties[one.key] = properties[one.key] | {"x-ogc-role": "id"}
    return {**told, "$schema": _JSON_SCHEMA, "$id": address_here, "title": one.title, "properties": properties}


def _links(base: str, one: "Collection") -> list[Link]:
    here = ("collections", one.name)
    return [
        *_short_links(base, one),
        link(QUERYABLES, SCHEMA, "Colonnes sur lesquelles filtrer", address(base, *here, "queryables")),
        link(_DESCRIBED_BY, SCHEMA, "Schéma des objets", address(base, *here, "schema")),
        link("describedby", SCHEMA, "Schéma des objets", address(base, *here, "schema")),
    ]


def _short_links(base: str, one: "Collection") -> list[Link]:
    here = ("collections", one.name)
    items = address(base, *here, "items")
    return [
        link("collection", JSON, one.title, address(base, *here)),
        link("items", GEOJSON, f"{one.title} : objets en GeoJSON", items),
        link("items", HTML, f"{one.title} : objets en tableau", f"{items}?f=html"),
    ]


def _instants(interval: tuple[str | None, str | None]) -> list[str | None]:
    first, last = interval
    return [f"{first}T00:00:00Z" if first else None, f"{last}T23:59:59Z" if last else None]


def _source(source: Any) -> str:  # noqa: ANN401 -- a mapping of text
    words = [str(source.get(name)) for name in ("name", "publisher", "date", "licence") if source.get(name)]
    return ", ".join(words)
