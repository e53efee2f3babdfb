"""Parts of the OGC API that need no data: formats, parameters, links, what is kept, drawings."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from fastapi import Request
from hypothesis import given, strategies

from api.answers import Body
from api.ogc.formats import format_of, preferred
from api.ogc.kept import Kept
from api.ogc.links import address, same_in_both, turned
from api.ogc.picture import drawn
from api.ogc.question import RESERVED, given_of, only_format, question_of
from api.ogc.spec import OPERATIONS, document, operation, parameters
from api.ogc.values import number, plural
from geo_integration.errors import OptionError

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
GDAL = "application/geo+json, application/json"


def asked(query: str, accept: str = "*/*") -> Request:
    headers = [(b"accept", accept.encode())]
    return Request({"type": "http", "query_string": query.encode(), "headers": headers})


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("", "json"),
        ("*/*", "json"),
        (BROWSER, "html"),
        (GDAL, "json"),
        ("text/html", "html"),
        ("text/html;q=0.4, application/json;q=0.5", "json"),
        ("text/html;q=0, */*", "json"),
        ("text/html;q=0.5, */*;q=0.1", "html"),
        ("application/json;q=0, text/html", "html"),
        ("application/xml", "json"),
        ("text/html;q=beaucoup", "json"),
        ("application/vnd.oai.openapi+json;version=3.0, application/json", "json"),
    ],
)
def test_the_format_a_client_prefers(accept: str, wanted: str) -> None:
    assert preferred(accept) == wanted


@given(strategies.text(max_size=200))
def test_any_accept_header_gives_a_format(accept: str) -> None:
    assert preferred(accept) in {"json", "html"}


def test_f_wins_over_accept_and_says_what_it_takes() -> None:
    assert format_of("json", BROWSER) == "json"
    assert format_of("html", GDAL) == "html"
    with pytest.raises(OptionError, match="xml") as refused:
        format_of("xml", "")
    assert refused.value.where == "f"


def test_a_question_is_read() -> None:
    question = question_of(asked("limit=20&offset=40&bbox=1,2,3,4&departement_code=62"), {"departement_code"}, most=50)
    assert (question.limit, question.offset, question.bbox) == (20, 40, "1,2,3,4")
    assert question.properties == {"departement_code": "62"}
    assert question.format == "json"


def test_a_limit_above_the_greatest_is_the_greatest_as_the_standard_asks() -> None:
    assert question_of(asked("limit=1000000"), set(), most=50).limit == 50


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("limit=0", "limit"),
        ("limit=-1", "limit"),
        ("limit=dix", "limit"),
        ("limit=", "limit"),
        ("limit=1.5", "limit"),
        ("limit=%C2%B2", "limit"),
        ("offset=-1", "offset"),
        ("offset=99999999999999999999", "offset"),
        ("inconnu=1", "inconnu"),
        ("limit=1&limit=2", "limit"),
        ("filter-lang=cql2-json", "filter-lang"),
        ("filter-crs=http://www.opengis.net/def/crs/EPSG/0/2154", "filter-crs"),
        ("f=gml", "f"),
        ("departement_code=%FF", "adresse"),
    ],
)
def test_what_cannot_be_understood_is_refused_by_name(query: str, where: str) -> None:
    with pytest.raises(OptionError) as refused:
        question_of(asked(query), {"departement_code"}, most=50)
    assert refused.value.where == where
    assert refused.value.way_out


def test_documents_take_only_a_format() -> None:
    assert only_format(asked("f=html"))[1] == "html"
    with pytest.raises(OptionError) as refused:
        only_format(asked("limit=3"))
    assert refused.value.where == "limit"


@given(strategies.binary(max_size=80))
def test_any_query_is_read_or_refused(raw: bytes) -> None:
    request = Request({"type": "http", "query_string": raw, "headers": []})
    try:
        pairs = given_of(request)
    except OptionError:
        return
    assert len({name for name, _ in pairs}) == len(pairs)


NAMES = strategies.text(min_size=1, max_size=8)
VALUES = strategies.text(max_size=12)
PAIRS = strategies.dictionaries(NAMES, VALUES, max_size=6)


@given(PAIRS, strategies.integers(0, 10**6), strategies.integers(1, 10_000))
def test_links_keep_every_parameter(said: dict[str, str], offset: int, limit: int) -> None:
    href = address("http://h", "collections", "a", "items", given=turned(tuple(said.items()), offset, limit))
    back = dict(parse_qsl(urlsplit(href).query, keep_blank_values=True))
    kept = {name: value for name, value in said.items() if name not in {"limit", "offset"}}
    assert back == kept | {"limit": str(limit)} | ({"offset": str(offset)} if offset else {})


@given(NAMES)
def test_an_identifier_stays_one_part_of_an_address(name: str) -> None:
    path = urlsplit(address("http://h", "collections", "a", "items", name)).path
    assert path.startswith("/ogc/collections/a/items/")
    assert path.count("/") == 5


def test_self_is_what_was_asked_and_alternate_the_other_form() -> None:
    links = same_in_both("http://h", ("collections",), (("f", "json"),), "json")
    assert [(one["rel"], one["href"]) for one in links] == [
        ("self", "http://h/ogc/collections?f=json"),
        ("alternate", "http://h/ogc/collections?f=html"),
    ]


def body(size: int) -> Body:
    return Body(b"x" * size, "text/plain")


def test_the_answer_asked_for_longest_ago_leaves_first() -> None:
    kept = Kept(limit=8 * 1_300)
    for name in "abcdefgh":
        kept.put(name, body(1_000))
    assert kept.get("a") is not None
    kept.put("i", body(1_000))
    assert kept.get("b") is None
    assert kept.get("a") is not None
    assert kept.size <= kept.limit


def test_an_answer_that_would_take_it_all_is_not_kept() -> None:
    kept = Kept(limit=8_000)
    kept.put("large", body(2_000))
    assert kept.get("large") is None
    assert kept.size == 0


@given(strategies.lists(strategies.tuples(strategies.integers(0, 20), strategies.integers(0, 1_500)), max_size=60))
def test_what_is_kept_never_weighs_more_than_its_limit(puts: list[tuple[int, int]]) -> None:
    kept = Kept(limit=10_000)
    for name, size in puts:
        kept.put(str(name), body(size))
        assert 0 <= kept.size <= kept.limit


def feature(kind: str, coordinates: Any) -> dict[str, Any]:  # noqa: ANN401 -- GeoJSON
    return {"type": "Feature", "geometry": {"type": kind, "coordinates": coordinates}}


SQUARE = [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]


@pytest.mark.parametrize(
    ("shape", "paths", "dots"),
    [
        (feature("Point", [2.5, 50.4]), 0, 1),
        (feature("MultiPoint", [[2.5, 50.4], [3, 50]]), 0, 2),
        (feature("Polygon", [SQUARE]), 1, 0),
        (feature("MultiPolygon", [[SQUARE], [SQUARE]]), 1, 0),
    ],
)
def test_shapes_are_drawn_inside_their_frame(shape: dict[str, Any], paths: int, dots: int) -> None:
    picture = drawn([shape, {"type": "Feature", "geometry": None}], "dessin")
    assert picture is not None
    assert (len(picture.paths), len(picture.dots)) == (paths, dots)
    numbers = [
        float(word) for path in picture.paths for word in path.replace("M", " ").replace("L", " ").split("Z")[0].split()
    ]
    places = [*zip(numbers[::2], numbers[1::2], strict=True), *picture.dots]
    assert all(0 <= x <= picture.width and 0 <= y <= picture.height for x, y in places)


def test_north_is_up_and_east_is_right() -> None:
    picture = drawn([feature("Point", [0, 0]), feature("Point", [1, 1])], "dessin")
    assert picture is not None
    (west, south), (east, north) = picture.dots
    assert west < east
    assert north < south


def test_nothing_is_drawn_of_nothing() -> None:
    assert drawn([{"type": "Feature", "geometry": None}], "dessin") is None


def test_numbers_and_plurals_are_french() -> None:
    assert number(1234.5) == "1\u202f234,5"
    assert number(-0.25) == "-0,25"
    assert number(3.0) == "3"
    assert plural(1, "objet", "objets") == "1 objet"
    assert plural(2, "objet", "objets") == "2 objets"


def test_every_parameter_read_is_documented_and_the_other_way_round() -> None:
    documented = {one["name"] for one in operation("items", most=10)["parameters"]} - {"collection", "properties"}
    assert documented == RESERVED


def test_the_description_for_clients_is_openapi_3_0_and_points_nowhere_empty() -> None:
    told = document("http://h", ["communes"], most=10)
    assert told["openapi"].startswith("3.0")
    assert told["components"]["parameters"]["limit"]["schema"]["maximum"] == 10
    assert len(told["paths"]) == len(OPERATIONS)
    known = set(parameters(10))
    for path in told["paths"].values():
        for reference in path["get"]["parameters"]:
            assert reference["$ref"].removeprefix("#/components/parameters/") in known
