"""What is found, and the bytes of it: by hand, then against shapely and pandas over every feature."""

import gzip
import json
import zlib
from typing import Any

import numpy as np
import pytest
import shapely
from feature_samples import COLUMNS, SQUARES, collection, ids, table_of
from hypothesis import given
from hypothesis import strategies as st

from geo_integration.errors import OptionError
from geo_integration.features import CRS84, Packed

HAND = collection()


@pytest.mark.parametrize(
    ("bbox", "found"),
    [
        ((0.2, 0.2, 0.4, 0.4), "a"),
        ((1, 0.2, 1.5, 0.4), "ab"),  # the shared edge belongs to both
        ((2, 1, 3, 3), "b"),  # a corner is enough
        ((2.0001, 0, 3, 3), ""),
        ((11.5, 1.5, 12.5, 2.5), ""),  # inside the hole
        ((11.5, 1.5, 13, 2.5), "c"),  # the edge of the hole
        ((22, 0, 29, 1), ""),  # inside the envelope of the island, in the sea
        ((22, 0, 30, 1), "d"),
        ((-180, -90, 180, 90), "abcd"),  # what is nowhere is in no bbox
        ((0.5, 0.5, 0.5, 0.5), "a"),  # a point
        ((0.5, 0.5, 11, 0.5), "abc"),  # a line
        ((29, -1, 1.5, 2), "abd"),  # across the antimeridian, west of 1.5 or east of 29
        ("0.2,0.2,0.4,0.4", "a"),
        ((0.2, 0.2, -5, 0.4, 0.4, 5), "a"),  # heights are not looked at
    ],
)
def test_bbox_by_hand(bbox: tuple[float, ...] | str, found: str) -> None:
    page = HAND.find(bbox=bbox)
    assert "".join(ids(page)) == found
    assert page.matched == page.returned == len(found)


@pytest.mark.parametrize(
    "bbox", ["", "1,2,3", "1,2,3,4,5", "a,0,1,1", "nan,0,1,1", "0,0,inf,1", "0,2,1,1", (0, 0, 1), (0, None, 1, 1)]
)
def test_a_bbox_that_cannot_be_read_is_said(bbox: str) -> None:
    with pytest.raises(OptionError) as told:
        HAND.find(bbox=bbox)
    assert told.value.where == "bbox"
    assert told.value.way_out


@pytest.mark.parametrize(
    ("properties", "found"),
    [
        ({"name": "Arras"}, "d"),
        ({"people": "0"}, "d"),
        ({"people": "10", "open": "true"}, "a"),
        ({"minutes": "2.5"}, "b"),
        ({"minutes": "0"}, "e"),
        ({"open": "false"}, "b"),
        ({"kinds": "asl"}, "b"),
        ({"kinds": "fle;asl"}, ""),
        ({"kinds": ""}, "e"),
        ({"first_day": "2026-02-01"}, "e"),
        ({"name": ""}, ""),
        ({}, "abcde"),
    ],
)
def test_properties_by_hand(properties: dict[str, str], found: str) -> None:
    assert "".join(ids(HAND.find(properties=properties))) == found


@pytest.mark.parametrize(
    ("properties", "where"), [({"nom": "a"}, "nom"), ({"people": "dix"}, "people"), ({"open": "oui"}, "open")]
)
def test_a_property_that_cannot_be_read_is_said(properties: dict[str, str], where: str) -> None:
    with pytest.raises(OptionError) as told:
        HAND.find(properties=properties)
    assert told.value.where == where


@pytest.mark.parametrize(
    ("datetime", "found"),
    [
        ("2026-02-01", "ae"),
        ("2026-02-01T23:59:59Z", "ae"),
        ("2026-04-01/..", "b"),
        ("../2025-12-31", "d"),
        ("/2026-01-01", "ad"),
        ("2026-03-31/2026-04-01", "ab"),
        ("2030-01-01", "b"),  # no last day: open
        ("1990-01-01", "d"),  # no first day: open
        ("../..", "abde"),  # what has no date at all is in no period
        ("2026-02-01T00:00:00Z/2026-02-02T00:00:00+01:00", "ae"),
    ],
)
def test_datetime_by_hand(datetime: str, found: str) -> None:
    assert "".join(ids(HAND.find(datetime=datetime))) == found


@pytest.mark.parametrize(
    "datetime", ["", "/", "2026", "2026-13-01", "2026-02-01/2026-01-01", "a/b/c", "2026-02-01T25:00:00Z", "2026-02-01x"]
)
def test_a_datetime_that_cannot_be_read_is_said(datetime: str) -> None:
    with pytest.raises(OptionError) as told:
        HAND.find(datetime=datetime)
    assert told.value.where == "datetime"


def test_a_collection_without_dates_has_nothing_in_any_period() -> None:
    timeless = collection(datetime_columns=())
    assert timeless.find(datetime="2026-02-01").matched == 0
    assert timeless.interval is None


def test_a_day_alone_is_looked_for_as_such() -> None:
    daily = collection(datetime_columns=("first_day",))
    assert ids(daily.find(datetime="2026-02-01/2026-04-01")) == ["b", "e"]
    assert daily.interval == ("2026-01-01", "2026-04-01")


def test_features_by_hand() -> None:
    features = json.loads(b"[" + HAND.find().features + b"]")
    assert features[0]["geometry"]["coordinates"] == [[[1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 0.0], [1.0, 0.0]]]
    assert features[1]["properties"] == {
        "code": "b",
        "name": "Été 100%",
        "people": 20,
        "minutes": 2.5,
        "open": False,
        "kinds": ["fle", "asl"],
        "first_day": "2026-04-01",
        "last_day": None,
    }
    assert features[2]["properties"]["kinds"] is None
    assert features[3]["properties"]["minutes"] is None  # infinity has no word in JSON
    assert features[4]["geometry"] is None
    assert features[4]["type"] == "Feature"


def test_one_feature_is_the_same_as_on_a_page() -> None:
    on_page = json.loads(b"[" + HAND.find().features + b"]")
    assert [json.loads(HAND.one(feature["id"]) or b"") for feature in on_page] == on_page
    assert HAND.one("z") is None
    with pytest.raises(OptionError, match="système"):
        HAND.one("a", crs="EPSG:4326")


@pytest.mark.parametrize("wanted", [{"limit": -1}, {"offset": -1}])
def test_negative_pages_are_refused(wanted: dict[str, Any]) -> None:
    with pytest.raises(OptionError) as told:
        HAND.find(**wanted)
    assert told.value.where == next(iter(wanted))


def test_extent_and_queryables() -> None:
    assert HAND.bbox == (0.0, 0.0, 31.0, 4.0)
    assert HAND.interval == ("2026-01-01", "2026-03-31")
    schema = HAND.queryables()
    assert set(schema["properties"]) == {*(one.name for one in COLUMNS), "geometry"}
    assert schema["properties"]["kinds"]["items"]["enum"][0] == "alphabetisation"
    assert schema["properties"]["people"]["type"] == "integer"
    assert schema["additionalProperties"] is False
    empty = collection(SQUARES[SQUARES["code"] == "e"])
    assert empty.bbox is None


def test_an_empty_collection_answers() -> None:
    nobody = collection(SQUARES.head(0))
    page = nobody.find(bbox=(0, 0, 1, 1), cql2="people > 1", datetime="2026-01-01", properties={"kinds": "fle"})
    assert (page.matched, page.features) == (0, b"")
    assert gzip.decompress(page.wrap(b"[", b"]").gzip) == b"[]"


# ---------------------------------------------------------------- properties

_AXIS = st.integers(-20, 20).map(lambda number: number / 4)
_SQUARE = st.tuples(_AXIS, _AXIS, st.integers(1, 12), st.integers(1, 12)).map(
    lambda given: shapely.box(given[0], given[1], given[0] + given[2] / 4, given[1] + given[3] / 4)
)
_RING = _SQUARE.map(lambda box: box.difference(box.buffer(-0.2)))
_TRIANGLE = st.tuples(_AXIS, _AXIS).map(
    lambda at: shapely.Polygon([at, (at[0] + 2, at[1]), (at[0], at[1] + 2)])  # half of its envelope is empty
)
_SHAPES = st.lists(st.one_of(_SQUARE, _RING, _TRIANGLE, st.none()), max_size=12)


@given(shapes=_SHAPES, corner=st.tuples(_AXIS, _AXIS), size=st.tuples(st.integers(0, 20), st.integers(0, 20)))
def test_a_bbox_finds_what_shapely_finds_over_all(
    shapes: list[shapely.Geometry | None], corner: tuple[float, float], size: tuple[int, int]
) -> None:
    made = collection(table_of(shapes), columns=COLUMNS[:1], datetime_columns=())
    west, south = corner
    bbox = (west, south, west + size[0] / 4, south + size[1] / 4)
    told = [json.loads(made.one(f"{number:05}") or b"")["geometry"] for number in range(len(shapes))]
    rectangle = shapely.MultiPoint([bbox[:2], bbox[2:], (bbox[0], bbox[3]), (bbox[2], bbox[1])]).convex_hull
    expected = [
        f"{number:05}"
        for number, geometry in enumerate(told)
        if geometry is not None and shapely.from_geojson(json.dumps(geometry)).intersects(rectangle)
    ]
    assert ids(made.find(bbox=bbox)) == expected


@given(
    count=st.integers(0, 40),
    limit=st.integers(1, 15),
    kept=st.one_of(st.none(), st.sets(st.integers(0, 39))),
    head=st.binary(max_size=50),
    tail=st.binary(max_size=50),
)
def test_pages_cover_everything_once_and_gzip_holds_the_same(
    count: int, limit: int, kept: set[int] | None, head: bytes, tail: bytes
) -> None:
    made = collection(table_of([shapely.Point(n, n) for n in range(count)]), columns=COLUMNS[:1], datetime_columns=())
    wanted = None if kept is None else f"code IN ({','.join(repr(f'{n:05}') for n in sorted(kept)) or repr('-')})"
    seen: list[str] = []
    for offset in range(0, count + limit, limit):
        page = made.find(cql2=wanted, limit=limit, offset=offset)
        seen += ids(page)
        packed = page.wrap(head, tail)
        assert packed.content == head + page.features + tail
        _assert_one_member(packed)
        assert page.returned == min(limit, max(0, page.matched - offset))
    expected = [f"{n:05}" for n in range(count) if kept is None or n in kept]
    assert seen == expected
    assert page.matched == len(expected)


def _assert_one_member(packed: Packed) -> None:
    """Read it as gzip does, and as clients do that know one member only and wait for its end."""
    assert gzip.decompress(packed.gzip) == packed.content
    reader = zlib.decompressobj(wbits=31)
    assert reader.decompress(packed.gzip) == packed.content
    assert reader.eof
    assert not reader.unused_data


def test_a_page_in_metres_is_packed_too() -> None:
    page = HAND.find(crs="http://www.opengis.net/def/crs/EPSG/0/3857")
    packed = page.wrap(b'{"features":[', b"]}")
    assert json.loads(packed.content)["features"][0]["id"] == "a"
    _assert_one_member(packed)


@given(
    people=st.lists(st.one_of(st.none(), st.integers(-3, 3)), min_size=1, max_size=20),
    asked=st.integers(-3, 3),
    sign=st.sampled_from(["<", "<=", "=", "<>", ">", ">="]),
)
def test_filters_agree_with_pandas(people: list[int | None], asked: int, sign: str) -> None:
    table = table_of([None] * len(people)).assign(people=np.array(people, dtype=object))
    made = collection(table, columns=(COLUMNS[0], COLUMNS[2]), datetime_columns=())
    query = {"=": "==", "<>": "!="}.get(sign, sign)
    known = made.table[made.table["people"].notna()]
    expected = list(known.query(f"people {query} {asked}")["code"])
    assert ids(made.find(cql2=f"people {sign} {asked}")) == expected
    assert ids(made.find(cql2=f"NOT NOT ({asked} {_mirrored(sign)} people)")) == expected
    if sign == "=":
        assert ids(made.find(properties={"people": str(asked)})) == expected


def _mirrored(sign: str) -> str:
    return {"<": ">", "<=": ">=", ">": "<", ">=": "<="}.get(sign, sign)


def test_the_default_is_longitude_and_latitude() -> None:
    assert HAND.find(crs=CRS84, bbox_crs=CRS84).features == HAND.find().features
