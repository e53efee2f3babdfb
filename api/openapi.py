"""The OpenAPI document: what FastAPI makes of the routes, with the errors every route may answer and who may ask."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts

from api import caller
from api.openapi30 import lowered
from api.problems import MEDIA_TYPE, Problem

DESCRIPTION = """\
Quel cours de français une personne peut-elle vraiment rejoindre, et où en manque-t-il ?

* **/ogc** : OGC API - Features, pour QGIS, GDAL et les autres services.
* **/api/v1** : recherche de cours, temps de trajet, manques, calculs différés, import.
* **/maps** : les cartes.

Chaque réponse dit ses sources, sa date, sa méthode, ses bornes, et si une valeur est estimée, calculée sur un réseau
simplifié, ou fictive. Les erreurs ont toutes la même forme (`application/problem+json`, RFC 9457).
Ce qui porte sur des personnes passe par le secret statistique ; un compte professionnel (jeton *Bearer*) en voit
davantage, et ses lectures sont consignées.
"""

TAGS = [
    {"name": "OGC API - Features", "description": "Couches et résultats, pour les outils géographiques."},
    {"name": "Recherche", "description": "Cours, temps de trajet, lieux."},
    {"name": "Exploitation", "description": "Santé et mesures du service."},
]

_EVERYWHERE = {
    HTTPStatus.BAD_REQUEST: "Paramètre mal formé ou hors limites.",
    HTTPStatus.UNAUTHORIZED: "Connexion requise, ou jeton refusé.",
    HTTPStatus.FORBIDDEN: "Ce rôle ne le permet pas, ou le secret statistique l'interdit.",
    HTTPStatus.NOT_FOUND: "Cela n'existe pas.",
    HTTPStatus.CONFLICT: "L'état présent ne le permet pas.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "Demande comprise, et impossible.",
    HTTPStatus.TOO_MANY_REQUESTS: "Trop de demandes ; l'en-tête Retry-After dit quand revenir.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Erreur interne ; request_id permet à l'exploitant de la retrouver.",
    HTTPStatus.SERVICE_UNAVAILABLE: "Base absente, disque plein, chargement en cours, ou calcul trop long.",
}
_WITH_BODY = {
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "Corps trop volumineux.",
}
_HEADERS: Mapping[HTTPStatus, Mapping[str, tuple[str, dict[str, Any], bool]]] = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": ("Bearer", {"type": "string"}, True)},
    HTTPStatus.TOO_MANY_REQUESTS: {"Retry-After": ("Secondes à attendre.", {"type": "integer", "minimum": 1}, True)},
    HTTPStatus.SERVICE_UNAVAILABLE: {"Retry-After": ("Secondes à attendre.", {"type": "integer", "minimum": 1}, False)},
}
"""Headers of an error: what each says, its schema, whether it is always there."""
_PLAIN = {"Problem", "HTTPValidationError"}
"""Bodies of errors that say no more than what every route answers."""
_METHODS = {"get", "put", "post", "delete", "patch", "head", "options", "trace"}


def document(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document of an application; made once."""
    if app.openapi_schema is None:
        made = get_openapi(title=app.title, version=app.version, description=DESCRIPTION, routes=app.routes, tags=TAGS)
        _components(made)
        guarded = set(_guarded(app))
        for path, operations in made.get("paths", {}).items():
            for method, operation in operations.items():
                if method in _METHODS:
                    _errors(operation)
                    _who(operation, guarded=(path, method.upper()) in guarded)
        app.openapi_schema = lowered(made)
    return app.openapi_schema


def _components(made: dict[str, Any]) -> None:
    components = made.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = Problem.model_json_schema()
    for schema in schemas.values():
        schema.pop("description", None)  # a docstring: for who reads the code, in English
    every = _EVERYWHERE | _WITH_BODY
    components["responses"] = {_name(status): _problem(status, text) for status, text in every.items()}
    components["securitySchemes"] = {
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "Jeton obtenu par POST /api/v1/tokens, ou par « geo-integration users token ».",
        }
    }


def _errors(operation: dict[str, Any]) -> None:
    responses = operation.setdefault("responses", {})
    for said in responses.values():
        if said.get("description") == "Successful Response":
            said["description"] = "La réponse."
    for status in (*_EVERYWHERE, *(_WITH_BODY if "requestBody" in operation else ())):
        said = responses.get(str(status.value))
        if said is None or _PLAIN & set(_schemas(said)):
            responses[str(status.value)] = {"$ref": f"#/components/responses/{_name(status)}"}
    operation["responses"] = dict(sorted(responses.items()))


def _schemas(said: dict[str, Any]) -> Iterator[str]:
    """Give the names of the schemas of a response."""
    for content in said.get("content", {}).values():
        yield str(content.get("schema", {}).get("$ref", "")).rpartition("/")[2]


def _problem(status: HTTPStatus, description: str) -> dict[str, Any]:
    made: dict[str, Any] = {"description": description}
    if status in _HEADERS:
        made["headers"] = {
            name: {"description": text, "schema": schema, "required": always}
            for name, (text, schema, always) in _HEADERS[status].items()
        }
    return made | {"content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}


def _name(status: HTTPStatus) -> str:
    return f"Problem{status.value}"  # not its phrase: Python 3.13 words some otherwise


def _who(operation: dict[str, Any], *, guarded: bool) -> None:
    operation["security"] = [{"bearer": []}] if guarded else [{}, {"bearer": []}]


def _guarded(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Give the path and method of each route that asks for an account."""
    for context in iter_route_contexts(app.routes):
        dependant = getattr(context, "dependant", None)
        if dependant is not None and _asks(dependant):
            for method in context.methods or ():
                yield str(context.path_format), method


def _asks(dependant: Dependant) -> bool:
    return any(one.call in {caller.professional, caller.administrator} or _asks(one) for one in dependant.dependencies)
