"""What the OGC API says of itself: conformance, parameters and operations, once for ``/openapi.json`` and ``/ogc/api``.

The application's own description is OpenAPI 3.1; the standard's class ``oas30`` wants 3.0, so ``/ogc/api`` is made
from the same parts, in words both versions share.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from api.answers import GEOJSON, JSON
from api.ogc.formats import HTML
from api.ogc.links import OPENAPI, ROOT, SCHEMA
from api.ogc.question import CQL2_TEXT, CRS84, LIMIT, PARAMETERS
from api.problems import MEDIA_TYPE, Problem
from geo_integration import __version__

CONFORMANCE = (
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables-query-parameters",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/filter",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/features-filter",
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-text",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-cql2",
    "http://www.opengis.net/spec/cql2/1.0/conf/advanced-comparison-operators",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-spatial-functions",
)
TAG = "OGC API - Features"
_LAMBERT = "http://www.opengis.net/def/crs/EPSG/0/2154"

type Json = dict[str, Any]


def _query(name: str, description: str, schema: Json, example: Any = None, **more: Any) -> Json:  # noqa: ANN401 -- JSON
    told = {"name": name, "in": "query", "required": False, "description": description, "schema": schema, **more}
    return told if example is None else told | {"example": example}


def _path(name: str, description: str, example: str) -> Json:
    said = {"name": name, "in": "path", "required": True, "description": description}
    return said | {"schema": {"type": "string"}, "example": example}


def parameters(most: int) -> Mapping[str, Json]:
    """Return every parameter by key; ``most`` is the largest ``limit`` in force."""
    text = {"type": "string"}
    return {
        "f": _query(
            "f",
            "Format : `json` (par défaut) ou `html` ; sans lui, l'en-tête `Accept` décide.",
            {"type": "string", "enum": ["json", "html"]},
        ),
        "collection": _path("collection", "Nom de la collection, voir `/ogc/collections`.", "communes"),
        "feature": _path("feature", "Identifiant de l'objet, celui du membre `id`.", "62041"),
        "limit": _query(
            "limit",
            f"Nombre d'objets d'une page. Au-delà de {most}, {most} objets sont rendus.",
            {"type": "integer", "minimum": 1, "maximum": most, "default": min(LIMIT, most)},
            explode=False,
            style="form",
        ),
        "offset": _query(
            "offset",
            "Rang du premier objet de la page ; suivre plutôt le lien `next`.",
            {"type": "integer", "minimum": 0, "default": 0},
        ),
        "bbox": _query(
            "bbox",
            "Ouest, sud, est, nord : les objets qui coupent vraiment ce rectangle. Un ouest plus grand que l'est passe "
            "par l'antiméridien.",
            {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6},
            [2.5, 50.2, 2.9, 50.5],
            style="form",
            explode=False,
        ),
        "bbox-crs": _query(
            "bbox-crs", f"Projection de `bbox` (URI). Par défaut `{CRS84}` : longitude, latitude.", text, CRS84
        ),
        "datetime": _query(
            "datetime",
            "Instant ou intervalle RFC 3339 : `2026-10-01`, `2026-09-01/2027-06-30`, `../2026-10-01`. "
            "D'une collection sans date, rien ne répond.",
            text,
            "2026-09-01/..",
        ),
        "crs": _query("crs", "Projection des géométries rendues (URI parmi celles de la collection).", text, _LAMBERT),
        "filter": _query(
            "filter", "Expression CQL2 (texte) sur les colonnes de `queryables`.", text, "departement_code = '62'"
        ),
        "filter-lang": _query(
            "filter-lang", "Langage de `filter`.", {"type": "string", "enum": [CQL2_TEXT], "default": CQL2_TEXT}
        ),
        "filter-crs": _query(
            "filter-crs",
            "Projection des géométries de `filter`.",
            {"type": "string", "enum": [CRS84], "default": CRS84},
        ),
        "properties": _query(
            "properties",
            "Un paramètre par colonne de `queryables`, sous son nom : `departement_code=62`. Plusieurs se cumulent.",
            {"type": "object", "additionalProperties": {"type": "string"}},
            {"departement_code": "62"},
            style="form",
            explode=True,
        ),
    }


_ITEMS = (*PARAMETERS, "properties")

_ITEMS_TOLD = (
    "Une page d'objets en GeoJSON. `timeStamp` est l'instant de publication des données, non celui de la réponse : à "
    "question égale, octets égaux tant que rien n'est publié. Une lecture professionnelle de chiffres sur des "
    "personnes est journalisée."
)

OPERATIONS: Mapping[str, tuple[str, str, str, tuple[str, ...], tuple[str, ...], tuple[int, ...]]] = {
    "landing": ("", "Page d'accueil", "Ce que le service offre, et où.", ("f",), (JSON, HTML), (400,)),
    "conformance": (
        "/conformance",
        "Conformité",
        "Les classes de conformité des normes OGC que ce service respecte.",
        ("f",),
        (JSON, HTML),
        (400,),
    ),
    "api": (
        "/api",
        "Définition de l'interface",
        "Cette interface, décrite en OpenAPI 3.0.",
        ("f",),
        (OPENAPI,),
        (400,),
    ),
    "collections": (
        "/collections",
        "Collections",
        "Les collections que vous pouvez lire, avec étendue, dates, projections et sources.",
        ("f",),
        (JSON, HTML),
        (400, 503),
    ),
    "collection": (
        "/collections/{collection}",
        "Une collection",
        "Ce qu'elle contient, ce que veut dire chaque colonne, d'où elle vient.",
        ("collection", "f"),
        (JSON, HTML),
        (400, 401, 404, 503),
    ),
    "queryables": (
        "/collections/{collection}/queryables",
        "Colonnes interrogeables",
        "Les colonnes sur lesquelles filtrer, en JSON Schema.",
        ("collection", "f"),
        (SCHEMA, HTML),
        (400, 401, 404, 503),
    ),
    "schema": (
        "/collections/{collection}/schema",
        "Schéma des objets",
        "Toutes les colonnes rendues, et la géométrie, en JSON Schema.",
        ("collection", "f"),
        (SCHEMA, HTML),
        (400, 401, 404, 503),
    ),
    "items": (
        "/collections/{collection}/items",
        "Objets d'une collection",
        _ITEMS_TOLD,
        ("collection", *_ITEMS),
        (GEOJSON, HTML),
        (400, 401, 403, 404, 503),
    ),
    "item": (
        "/collections/{collection}/items/{feature:path}",
        "Un objet",
        "Un objet en GeoJSON.",
        ("collection", "feature", "crs", "f"),
        (GEOJSON, HTML),
        (400, 401, 403, 404, 503),
    ),
}
"""Key → path, summary, description, parameters, media types of the answer, statuses of its errors."""

_STATUSES = {
    200: "La réponse.",
    304: "Le client tient déjà cette réponse (`If-None-Match`).",
    400: "Un paramètre est inconnu ou illisible.",
    401: "Le jeton n'est pas accepté, ou il faut un compte.",
    403: "Le rôle ne le permet pas.",
    404: "Rien à cette adresse.",
    429: "Trop de demandes.",
    503: "Les données ne sont pas lisibles en ce moment.",
}
_ADDED_HEADERS = {
    "ETag": {"description": "Version de la réponse, forte.", "schema": {"type": "string"}},
}
_CRS_HEADER = {"Content-Crs": {"description": "Projection des géométries.", "schema": {"type": "string"}}}


def operation(key: str, *, most: int, referring: bool = False) -> Json:
    """Return the OpenAPI operation of a route; ``referring`` puts parameters by reference, as ``/ogc/api`` does."""
    _, summary, description, names, media, errors = OPERATIONS[key]
    known = parameters(most)
    said = [{"$ref": f"#/components/parameters/{name}"} if referring else known[name] for name in names]
    told = responses(media, errors)
    if key == "api":
        told["303"] = {"description": "En HTML : le mode d'emploi est à l'adresse `/docs`."}
    return {
        "operationId": f"ogc_{key}",
        "summary": summary,
        "description": description,
        "tags": [TAG],
        "parameters": said,
        "responses": told,
    }


def responses(media: Iterable[str], errors: Iterable[int]) -> Json:
    """Return what a route answers with, each status with its media types."""
    media = tuple(media)
    headers = _ADDED_HEADERS | (_CRS_HEADER if GEOJSON in media else {})
    schemas = {HTML: {"type": "string"}}
    told: Json = {
        "200": {
            "description": _STATUSES[200],
            "headers": headers,
            "content": {one: {"schema": schemas.get(one, {"type": "object"})} for one in media},
        },
        "304": {"description": _STATUSES[304]},
    }
    problem = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status in sorted({*errors, 401, 429}):
        told[str(status)] = {"description": _STATUSES[status], "content": problem}
    return told


def document(base: str, names: Iterable[str], *, most: int) -> Json:
    """Return the OpenAPI 3.0 description of the API, as the standard's class ``oas30`` wants it.

    Parameters
    ----------
    base : public address of the service.
    names : collections the caller may read.
    most : largest ``limit``.
    """
    known = {name: dict(one) for name, one in parameters(most).items()}
    known["collection"]["schema"] = {"type": "string", "enum": list(names)}
    paths = {
        said[0].replace(":path", "") or "/": {"get": operation(key, most=most, referring=True)}
        for key, said in OPERATIONS.items()
    }
    return {
        "openapi": "3.0.3",
        "info": {
            "title": "geo_integration : OGC API - Features",
            "version": __version__,
            "description": "Cours de français pour les nouveaux arrivants : offres, territoires et manques.",
        },
        "servers": [{"url": f"{base}{ROOT}"}],
        "paths": paths,
        "components": {"parameters": known, "schemas": {"Problem": Problem.model_json_schema()}},
    }
