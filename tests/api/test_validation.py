"""What does not fit is told in French, names the parameter and what is accepted; nothing secret comes back."""

import json
from collections.abc import Iterator
from datetime import date, datetime, time
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

import pytest
from fastapi import FastAPI, Query
from fastapi.exceptions import RequestValidationError
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, HttpUrl, SecretStr, field_validator
from starlette.testclient import TestClient

from api.validation import clean, refused


class Mode(StrEnum):
    CAR = "car"
    FOOT = "foot"


class Inner(BaseModel, extra="forbid"):
    name: Annotated[str, Field(min_length=2, max_length=5, pattern="^[a-z]+$")] = "abc"
    count: int = 1
    ratio: Annotated[float, Field(gt=0, lt=1)] = 0.5
    flag: bool = True
    at: time = time(8)
    moment: datetime = datetime(2026, 1, 1)  # noqa: DTZ001
    parts: Annotated[list[int], Field(min_length=1, max_length=2)] = [1]
    link: HttpUrl = HttpUrl("https://a.example")
    one: UUID = UUID(int=0)
    password: SecretStr = SecretStr("")
    level: Literal["A1", "A2"] = "A1"
    deep: dict[str, int] = {}
    odd: int = 1

    @field_validator("odd")
    @classmethod
    def _odd(cls, value: int) -> int:
        if value % 2 == 0:
            raise ValueError("un nombre impair est attendu")
        return value


@pytest.fixture(scope="module")
def asked() -> Iterator[TestClient]:
    app = FastAPI()
    app.add_exception_handler(RequestValidationError, refused)  # type: ignore[arg-type]

    @app.get("/q")
    def query(
        minutes: Annotated[int, Query(ge=1, le=90)], mode: Mode = Mode.CAR, day: date | None = None
    ) -> dict[str, str]:
        return {"m": str(minutes), "mode": mode, "day": str(day)}

    @app.post("/b")
    def body(inner: Inner) -> dict[str, str]:
        return {"name": inner.name}

    with TestClient(app) as client:
        yield client


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "paramètre « minutes » : valeur obligatoire"),
        ("minutes=beaucoup", "paramètre « minutes » : un nombre entier est attendu (reçu : « beaucoup »)"),
        ("minutes=0", "paramètre « minutes » : au moins 1 (reçu : « 0 »)"),
        ("minutes=91", "paramètre « minutes » : au plus 90 (reçu : « 91 »)"),
        ("minutes=5&mode=ski", "paramètre « mode » : l'une de : car ou foot (reçu : « ski »)"),
        ("minutes=5&day=demain", "paramètre « day » : une date AAAA-MM-JJ est attendue (reçu : « demain »)"),
    ],
)
def test_a_parameter(asked: TestClient, query: str, expected: str) -> None:
    answer = asked.get(f"/q?{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == expected


def test_several_at_once_are_all_named(asked: TestClient) -> None:
    told = asked.get("/q?mode=ski&day=x").json()
    assert told["where"] == "minutes, mode, day"
    assert told["detail"].count(" ; ") == 2


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"name": "a"}, "au moins 2 caractère"),
        ({"name": "abcdef"}, "au plus 5 caractères"),
        ({"name": "ABC"}, "forme attendue"),
        ({"name": 3}, "un texte est attendu"),
        ({"count": 1.5}, "un nombre entier est attendu"),
        ({"ratio": 0}, "plus de 0"),
        ({"ratio": 1}, "moins de 1"),
        ({"ratio": "x"}, "un nombre est attendu"),
        ({"flag": "peut-être"}, "« true » ou « false »"),
        ({"at": "99:99"}, "une heure HH:MM"),
        ({"moment": "x"}, "une date et une heure"),
        ({"parts": []}, "au moins 1 élément"),
        ({"parts": [1, 2, 3]}, "au plus 2 éléments"),
        ({"parts": 3}, "une liste est attendue"),
        ({"link": "::"}, "une adresse web"),
        ({"one": "x"}, "un identifiant UUID"),
        ({"level": "Z9"}, "l'une de : A1 ou A2"),
        ({"deep": [1]}, "un objet JSON"),
        ({"odd": 2}, "un nombre impair est attendu"),
        ({"inconnu": 1}, "ce nom n'est pas connu ici"),
    ],
)
def test_a_field_of_a_body(asked: TestClient, value: dict[str, object], words: str) -> None:
    answer = asked.post("/b", json=value)
    assert answer.status_code == 422
    (name,) = value
    assert f"« {name}" in answer.json()["detail"]
    assert words in answer.json()["detail"]
    assert answer.json()["where"].startswith(name)


@pytest.mark.parametrize("content", [b"{", b"", b"[1,", b"\xff\xfe", b'{"a": 01}'])
def test_a_body_that_is_not_json(asked: TestClient, content: bytes) -> None:
    answer = asked.post("/b", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 422}


def test_a_password_never_comes_back(asked: TestClient) -> None:
    assert "hunter" not in asked.post("/b", json={"password": {"hunter": "hunter2"}}).text
    assert "hunter2" not in asked.post("/b", json={"password": ["hunter2"], "count": "x"}).text
    assert "hunter2" not in asked.post("/b", json=["hunter2"]).text


@pytest.mark.parametrize(
    "content", [b'{"name": "\\ud800\\ud800"}', b'{"\\ud800": 1}', b'{"name": "\\u0000\\n\\n\\n\\n\\n"}']
)
def test_text_that_json_cannot_carry_back(asked: TestClient, content: bytes) -> None:
    answer = asked.post("/b", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    json.loads(answer.content.decode("utf-8"))


def test_numbers_json_cannot_carry_back(asked: TestClient) -> None:
    for content in (b'{"count": NaN}', b'{"ratio": Infinity}', b'{"count": 1e999}'):
        answer = asked.post("/b", content=content, headers={"Content-Type": "application/json"})
        assert answer.status_code == 422
        assert answer.json()["detail"]


def test_a_long_value_is_cut(asked: TestClient) -> None:
    assert len(asked.get("/q", params={"minutes": "9" * 5000}).json()["detail"]) < 250


@given(st.text())
def test_clean_text_is_utf8_without_controls(text: str) -> None:
    found = clean(text)
    found.encode("utf-8")
    assert not any(ord(one) < 32 for one in found)
    assert len(found) == len(text)
