"""What a reviewer found: a question asked is the question answered, and an error names what was asked."""

from typing import TYPE_CHECKING, Any

import pytest

from api.v1.question import key_of, question_of
from geo_integration.coverage.learner.profile import Profile
from geo_integration.disclosure import Viewer
from geo_integration.jobs import demo
from geo_integration.jobs.means import Means
from geo_integration.search import Search
from geo_integration.search.found import Counts, Near
from geo_integration.search.origin import Origin
from geo_integration.search.told import summary_text

if TYPE_CHECKING:
    from starlette.testclient import TestClient

YES = Near("62", "yes")


def asked(learner: Profile) -> Any:  # noqa: ANN401 -- the question of the jobs
    class Public:
        viewer = Viewer.PUBLIC

    return question_of(Public(), demo.as_of(), Means(), learner, "62")  # type: ignore[arg-type]


def test_a_silence_that_is_not_believed_is_part_of_the_question() -> None:
    doubting = asked(Profile(silence_is_open=False))
    assert doubting.profile.silence_is_open is False
    assert key_of(doubting) != key_of(asked(Profile()))
    assert asked(Profile()).learner is None  # the published result answers


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("gaps?territory=62041&minuts=30", "minuts"),
        ("gaps?territory=62041&by=epci", "by"),
        ("offers?place=62041&kinds=fle", "kinds"),
        ("territories/62041?level=epci", "level"),
        ("me?verbose=1", "verbose"),
    ],
)
def test_a_parameter_nobody_knows_is_refused_by_its_name(client: "TestClient", path: str, name: str) -> None:
    answer = client.get(f"/api/v1/{path}")
    assert answer.status_code == 400, answer.text
    assert answer.json()["where"] == name


def test_parameters_of_every_kind_are_known(client: "TestClient") -> None:
    told = "place=commune:62041&kind=fle&all=true&status=bpi&status=parent&silence_is_open=false&mode=foot"
    assert client.get(f"/api/v1/offers?{told}").status_code == 200


@pytest.mark.parametrize("route", ["gaps", "gaps/rollups"])
def test_an_unknown_territory_is_said_to_be_the_territory(client: "TestClient", route: str) -> None:
    answer = client.get(f"/api/v1/{route}", params={"territory": "zzz"})
    assert (answer.status_code, answer.json()["where"]) == (404, "territory")


def test_so_is_that_of_a_process(client: "TestClient") -> None:
    answer = client.post("/api/v1/processes/gaps/execution", json={"inputs": {"territory": "zzz"}})
    assert (answer.status_code, answer.json()["where"]) == (404, "territory")


@pytest.mark.parametrize(
    ("path", "name"),
    [("gaps?territory=62041&network=nope", "network"), ("offers?place=commune:62041&mode=transit", "week_of")],
)
def test_no_option_of_the_command_line_is_spoken_of(client: "TestClient", path: str, name: str) -> None:
    told = client.get(f"/api/v1/{path}").json()
    assert told["where"] == name
    assert "--week-of" not in told["way_out"]


@pytest.mark.parametrize(
    ("fits", "unknown", "full", "begins"),
    [
        (2, 0, 0, "2 cours conviennent, à"),
        (0, 3, 0, "3 cours pourraient convenir, à"),
        (1, 1, 1, "1 cours convient, 1 autre pourrait convenir, 1 autre est complet, à"),
        (132, 0, 14, "132 cours conviennent, 14 autres sont complets, à"),
        (0, 0, 2, "2 cours sont complets, à"),
        (0, 0, 0, "Aucun cours qui convienne à"),
    ],
)
def test_what_is_full_is_not_counted_among_what_fits(fits: int, unknown: int, full: int, begins: str) -> None:
    question = Search(Origin(2.78, 50.29, "Arras"), demo.as_of(), minutes=1)
    said = summary_text(Counts(fits, unknown, full, 0, 0, 0), YES, question)
    assert said.startswith(begins)
    assert "1 minute au plus" in said


def test_no_docstring_of_the_code_is_shown(client: "TestClient") -> None:
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    assert [name for name, schema in schemas.items() if "description" in schema] == []
    told = client.get("/api/v1/processes/site").json()["inputs"]
    shown = [
        name
        for one in told.values()
        for name, schema in one["schema"].get("$defs", {}).items()
        if "description" in schema
    ]
    assert shown == []
