"""Parameters and bodies that do not fit, told in French: which one, what was given, what is accepted."""

import unicodedata
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError

from api import problems

_WHERE = {
    "query": "paramètre",
    "path": "partie de l'adresse",
    "header": "en-tête",
    "cookie": "cookie",
    "body": "corps",
}
_LONGEST = 80
_MOST = 5
"""Problems told one by one; the rest are counted."""
_SECRET = ("password", "passe", "token", "secret", "authorization")

_TEXTS: Mapping[str, str] = {
    "missing": "valeur obligatoire",
    "int_parsing": "un nombre entier est attendu",
    "int_type": "un nombre entier est attendu",
    "int_from_float": "un nombre entier est attendu",
    "int_parsing_size": "ce nombre est trop grand",
    "float_parsing": "un nombre est attendu",
    "float_type": "un nombre est attendu",
    "finite_number": "un nombre fini est attendu",
    "decimal_parsing": "un nombre est attendu",
    "decimal_type": "un nombre est attendu",
    "bool_parsing": "« true » ou « false » est attendu",
    "bool_type": "« true » ou « false » est attendu",
    "string_type": "un texte est attendu",
    "string_unicode": "un texte est attendu (UTF-8)",
    "string_too_short": "au moins {min_length} caractère(s)",
    "string_too_long": "au plus {max_length} caractères",
    "string_pattern_mismatch": "forme attendue : {pattern}",
    "greater_than": "plus de {gt}",
    "greater_than_equal": "au moins {ge}",
    "less_than": "moins de {lt}",
    "less_than_equal": "au plus {le}",
    "multiple_of": "un multiple de {multiple_of}",
    "enum": "l'une de : {expected}",
    "literal_error": "l'une de : {expected}",
    "date_type": "une date AAAA-MM-JJ est attendue",
    "date_parsing": "une date AAAA-MM-JJ est attendue",
    "date_from_datetime_parsing": "une date AAAA-MM-JJ est attendue",
    "date_from_datetime_inexact": "une date AAAA-MM-JJ, sans heure, est attendue",
    "datetime_type": "une date et une heure (ISO 8601) sont attendues",
    "datetime_parsing": "une date et une heure (ISO 8601) sont attendues",
    "datetime_from_date_parsing": "une date et une heure (ISO 8601) sont attendues",
    "datetime_object_invalid": "une date et une heure (ISO 8601) sont attendues",
    "timezone_aware": "une heure avec son fuseau est attendue",
    "time_type": "une heure HH:MM est attendue",
    "time_parsing": "une heure HH:MM est attendue",
    "list_type": "une liste est attendue",
    "tuple_type": "une liste est attendue",
    "set_type": "une liste est attendue",
    "frozen_set_type": "une liste est attendue",
    "dict_type": "un objet JSON est attendu",
    "mapping_type": "un objet JSON est attendu",
    "model_type": "un objet JSON est attendu",
    "model_attributes_type": "un objet JSON est attendu",
    "too_short": "au moins {min_length} élément(s)",
    "too_long": "au plus {max_length} éléments",
    "extra_forbidden": "ce nom n'est pas connu ici",
    "none_required": "aucune valeur n'est attendue",
    "uuid_parsing": "un identifiant UUID est attendu",
    "uuid_type": "un identifiant UUID est attendu",
    "url_parsing": "une adresse web est attendue",
    "union_tag_invalid": "« {discriminator} » est l'un de : {expected_tags}",
    "union_tag_not_found": "« {discriminator} » est obligatoire",
    "bytes_type": "un fichier est attendu",
    "json_invalid": "ce n'est pas du JSON (position {position})",
    "json_type": "du JSON est attendu",
}


def refused(request: Request, error: RequestValidationError) -> Response:
    """Return the problem that tells what does not fit: 400, or 422 where the body is well-formed but refused."""
    found: Sequence[Mapping[str, Any]] = error.errors()
    told = [_sentence(one) for one in found[:_MOST]]
    if len(found) > _MOST:
        told.append(f"et {len(found) - _MOST} autre(s)")
    in_body = all(one["loc"][:1] == ("body",) and one["type"] != "json_invalid" for one in found)
    return problems.answer(
        request,
        HTTPStatus.UNPROCESSABLE_ENTITY if in_body else HTTPStatus.BAD_REQUEST,
        title="Demande refusée",
        detail=" ; ".join(told) or "la demande n'a pas la forme attendue",
        where=", ".join(dict.fromkeys(_name(one) for one in found[:_MOST])),
        way_out="corriger ; /docs décrit chaque paramètre, avec des exemples",
    )


def clean(text: str) -> str:
    """Return text fit for JSON and for a log line: no lone surrogate, no control character."""
    safe = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(" " if unicodedata.category(one) == "Cc" else one for one in safe)


def _sentence(one: Mapping[str, Any]) -> str:
    kind, _, _ = str(one["loc"][0] if one["loc"] else "body").partition(".")
    name = _name(one)
    head = _WHERE.get(kind, kind) + (f" « {name} »" if name and name != "body" else "")
    given = _value(one, name)
    return f"{head} : {_expected(one)}" + (f" (reçu : {given})" if given else "")


def _expected(one: Mapping[str, Any]) -> str:
    kind, context = str(one["type"]), dict(one.get("ctx") or {})
    if kind in {"value_error", "assertion_error"}:
        return clean(str(context.get("error", "valeur refusée")))  # our own validators speak French
    if "expected" in context:
        context["expected"] = str(context["expected"]).replace("'", "").replace(" or ", " ou ")
    if kind == "json_invalid":
        context["position"] = one["loc"][1] if len(one["loc"]) > 1 else "inconnue"
    try:
        return clean(_TEXTS.get(kind, "valeur refusée").format(**context))
    except (KeyError, IndexError):
        return "valeur refusée"


def _name(one: Mapping[str, Any]) -> str:
    parts = [str(part) for part in one["loc"][1:]]
    if one["type"] == "json_invalid" or not parts:
        return "body"
    return clean(".".join(parts))[:_LONGEST]


def _value(one: Mapping[str, Any], name: str) -> str:
    value = one.get("input")
    if one["type"] in {"missing", "json_invalid", "extra_forbidden"} or any(word in name.lower() for word in _SECRET):
        return ""
    if isinstance(value, bool | int | float | str):
        text = clean(str(value))
        return f"« {text if len(text) <= _LONGEST else text[:_LONGEST] + '…'} »"
    return ""
