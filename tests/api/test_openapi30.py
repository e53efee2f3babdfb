"""OpenAPI 3.1 said in the words of 3.0.3: each difference by hand, then that no word of 3.1 is left."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from api.openapi30 import lowered, schema

REF = {"$ref": "#/components/schemas/A"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"type": "string"}, {"type": "string"}),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, {"type": "string", "nullable": True}),
        ({"anyOf": [REF, {"type": "null"}]}, {"allOf": [REF], "nullable": True}),
        (
            {"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}], "title": "T"},
            {"anyOf": [{"type": "string"}, {"type": "integer"}], "nullable": True, "title": "T"},
        ),
        ({"type": ["string", "null"]}, {"type": "string", "nullable": True}),
        ({"type": ["string", "integer"]}, {"anyOf": [{"type": "string"}, {"type": "integer"}]}),
        ({"type": "null"}, {"nullable": True, "enum": [None]}),
        ({"exclusiveMinimum": 0}, {"minimum": 0, "exclusiveMinimum": True}),
        ({"exclusiveMaximum": 1.5}, {"maximum": 1.5, "exclusiveMaximum": True}),
        ({"const": "Feature"}, {"enum": ["Feature"]}),
        ({"examples": ["a", "b"]}, {"example": "a"}),
        ({"type": "string", "contentMediaType": "application/octet-stream"}, {"type": "string", "format": "binary"}),
        (
            {"type": "array", "prefixItems": [{"type": "number"}, {"type": "number"}]},
            {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
        ),
        (REF, REF),
        ({**REF, "description": "d"}, {"allOf": [REF], "description": "d"}),
        ({"additionalProperties": True}, {"additionalProperties": True}),
        (
            {"properties": {"const": {"const": 1}, "type": {"type": "null"}}},
            {"properties": {"const": {"enum": [1]}, "type": {"nullable": True, "enum": [None]}}},
        ),
        ({"items": {"examples": [1]}}, {"items": {"example": 1}}),
        (True, {}),
        (False, {"not": {}}),
    ],
)
def test_each_difference(given: Any, expected: Any) -> None:  # noqa: ANN401 -- any schema
    before = copy.deepcopy(given)
    assert schema(given) == expected
    assert given == before


def test_a_document() -> None:
    example = {"x": {"value": {"const": 1}}}
    parameter = {"name": "q", "in": "query", "schema": {"const": 1}, "examples": example}
    text = {"a/b": {"schema": {"type": ["string", "null"]}}}
    given = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/a": {"get": {"parameters": [parameter], "responses": {"200": {"content": text}}}}},
        "components": {"schemas": {"A": {"exclusiveMinimum": 1}}, "securitySchemes": {"b": {"type": "http"}}},
    }
    made = lowered(given)
    get = made["paths"]["/a"]["get"]
    assert made["openapi"] == "3.0.3"
    assert get["parameters"][0]["schema"] == {"enum": [1]}
    assert get["parameters"][0]["examples"] == example
    assert get["responses"]["200"]["content"]["a/b"]["schema"] == {"type": "string", "nullable": True}
    assert made["components"]["schemas"]["A"] == {"minimum": 1, "exclusiveMinimum": True}
    assert made["components"]["securitySchemes"] == {"b": {"type": "http"}}


class Sample(BaseModel):
    """A model with what ours have."""

    name: str | None = Field(default=None, examples=["x"], min_length=1)
    point: tuple[float, float] | None = None
    size: int = Field(default=1, gt=0)
    inner: "Sample | None" = None
    anything: dict[str, str | None] = {}


def test_what_pydantic_writes_keeps_no_word_of_3_1() -> None:
    made = schema(Sample.model_json_schema()["$defs"]["Sample"])
    assert words_of_3_1(made) == []


@given(
    st.recursive(
        st.sampled_from([{"type": "null"}, {"type": "string"}, {"const": 1}, {"exclusiveMinimum": 2}, REF]),
        lambda inner: st.one_of(
            st.builds(lambda one: {"anyOf": one}, st.lists(inner, min_size=1, max_size=3)),
            st.builds(lambda one: {"items": one}, inner),
            st.builds(lambda one: {"properties": {"a": one}}, inner),
            st.builds(lambda one: {"prefixItems": one}, st.lists(inner, min_size=1, max_size=2)),
        ),
        max_leaves=8,
    )
)
def test_no_word_of_3_1_is_left(given: dict[str, Any]) -> None:
    assert words_of_3_1(schema(given)) == []


def words_of_3_1(made: Any) -> list[str]:  # noqa: ANN401 -- any JSON
    """Return what 3.0 does not know, wherever it is."""
    if isinstance(made, list):
        return [word for one in made for word in words_of_3_1(one)]
    if not isinstance(made, dict):
        return []
    found = [word for word in ("const", "prefixItems", "examples", "$defs", "contentMediaType") if word in made]
    if isinstance(made.get("type"), list) or made.get("type") == "null":
        found.append("type")
    if type(made.get("exclusiveMinimum")) in {int, float}:
        found.append("exclusiveMinimum")
    if "$ref" in made and len(made) > 1:
        found.append("$ref")
    named = made.get("properties", {}).values()  # names of properties are not keywords
    values = [value for key, value in made.items() if key != "properties"]
    return found + [word for one in [*named, *values] for word in words_of_3_1(one)]
