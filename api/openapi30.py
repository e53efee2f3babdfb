"""From OpenAPI 3.1, which FastAPI writes, to 3.0.3, which OGC API asks for (class ``oas30``) and Swagger UI 4 reads.

Only what the two say differently, and pydantic says at all: absence (``null``), exclusive bounds, constants, examples,
tuples, binary bodies, and words beside a ``$ref``.
"""

from collections.abc import Mapping
from typing import Any

VERSION = "3.0.3"
_UNKNOWN = (
    "$schema",
    "$id",
    "$comment",
    "propertyNames",
    "patternProperties",
    "unevaluatedProperties",
    "contentEncoding",
)
"""Keywords 3.0 does not have; they only narrow, so that without them the description stays true."""

_NULL = {"type": "null"}

type Json = dict[str, Any]


def lowered(document: Mapping[str, Any]) -> Json:
    """Return a description in OpenAPI 3.0.3; the given one (3.1) is not changed."""
    made: Json = dict(document)
    made["openapi"] = VERSION
    made.pop("jsonSchemaDialect", None)
    components = dict(made.get("components", {}))
    components["schemas"] = {name: schema(one) for name, one in components.get("schemas", {}).items()}
    rest = {name: _walk(one) for name, one in components.items() if name != "schemas"}
    made["components"] = components | rest
    made["paths"] = _walk(made.get("paths", {}))
    return made


def schema(given: Any) -> Any:  # noqa: ANN401 -- true, false or an object
    """Return one schema as OpenAPI 3.0 says it."""
    if given is True:
        return {}
    if given is False:
        return {"not": {}}
    made: Json = {key: value for key, value in given.items() if key not in _UNKNOWN}
    _tuple(made)
    _inside(made)
    _plain(made)
    _null_type(made)
    for key in ("anyOf", "oneOf"):
        _null_choice(made, key)
    if made.get("nullable") and "enum" in made and None not in made["enum"]:
        made["enum"] = [*made["enum"], None]
    if "$ref" in made and len(made) > 1:
        made["allOf"] = [{"$ref": made.pop("$ref")}, *made.get("allOf", [])]
    return made


def _inside(made: Json) -> None:
    if "properties" in made:
        made["properties"] = {name: schema(one) for name, one in made["properties"].items()}
    for key in ("items", "not", "additionalProperties"):
        if isinstance(made.get(key), Mapping) or (key != "additionalProperties" and key in made):
            made[key] = schema(made[key])
    for key in ("anyOf", "oneOf", "allOf"):
        if key in made:
            made[key] = [one if one == _NULL else schema(one) for one in made[key]]


def _walk(value: Any) -> Any:  # noqa: ANN401 -- any JSON
    """Return part of a description with the schemas in it lowered; examples are left alone."""
    if isinstance(value, Mapping):
        return {key: _part(key, one) for key, one in value.items()}
    return [_walk(one) for one in value] if isinstance(value, list) else value


def _part(key: str, value: Any) -> Any:  # noqa: ANN401 -- any JSON
    if key == "schema":
        return schema(value)
    return value if key in {"example", "examples", "default"} else _walk(value)


def _plain(made: Json) -> None:
    for bound in ("Minimum", "Maximum"):
        value = made.get(f"exclusive{bound}")
        if value is not None and not isinstance(value, bool):
            made[bound.lower()] = value
            made[f"exclusive{bound}"] = True
    if "const" in made:
        made["enum"] = [made.pop("const")]
    examples = made.pop("examples", None)
    if isinstance(examples, list) and examples:
        made.setdefault("example", examples[0])
    if "contentMediaType" in made:
        del made["contentMediaType"]
        made["format"] = "binary"


def _tuple(made: Json) -> None:
    """Say a tuple as a list of any of its kinds, as many as there are."""
    kinds = made.pop("prefixItems", None)
    if kinds is None:
        return
    distinct = [one for index, one in enumerate(kinds) if one not in kinds[:index]]
    made["items"] = distinct[0] if len(distinct) == 1 else {"anyOf": distinct}
    made.setdefault("minItems", len(kinds))
    made.setdefault("maxItems", len(kinds))


def _null_type(made: Json) -> None:
    """Say ``null`` among the types as ``nullable``: it is not a type in 3.0."""
    types = made.pop("type", None)
    if isinstance(types, list):
        kept = [one for one in types if one != "null"]
        if len(kept) < len(types):
            made["nullable"] = True
        made |= {"type": kept[0]} if len(kept) == 1 else {"anyOf": [{"type": one} for one in kept]}
    elif types == "null":
        made |= {"nullable": True, "enum": [None]}
    elif types is not None:
        made["type"] = types


def _null_choice(made: Json, key: str) -> None:
    """Say ``null`` among the choices as ``nullable``; a choice of one is no choice."""
    choices = made.get(key, [])
    kept = [one for one in choices if one != _NULL]
    if len(kept) == len(choices):
        return
    made["nullable"] = True
    del made[key]
    if len(kept) != 1:
        made[key] = kept
    elif "$ref" in kept[0]:
        made["allOf"] = kept
    else:
        made.update({name: value for name, value in kept[0].items() if name not in made})
