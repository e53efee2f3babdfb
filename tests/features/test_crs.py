"""Coordinates in and out: axis order, places known by heart, and back again."""

import json
from typing import Any

import numpy as np
import pyproj
import pytest
import shapely
from feature_samples import COLUMNS, SQUARES, collection, ids, table_of
from hypothesis import given
from hypothesis import strategies as st

from geo_integration.errors import OptionError
from geo_integration.features import CRS84, SERVED
from geo_integration.features.crs import area_of, reprojected

LAMBERT = "http://www.opengis.net/def/crs/EPSG/0/2154"
LATITUDE_FIRST = "http://www.opengis.net/def/crs/EPSG/0/4326"
MERCATOR = "http://www.opengis.net/def/crs/EPSG/0/3857"
PLACES = {
    LAMBERT: (2.3488, 48.8534),
    "http://www.opengis.net/def/crs/EPSG/0/2972": (-52.3260, 4.9224),
    "http://www.opengis.net/def/crs/EPSG/0/2975": (55.4504, -20.8789),
    "http://www.opengis.net/def/crs/EPSG/0/5490": (-61.0742, 14.6161),
    "http://www.opengis.net/def/crs/EPSG/0/4471": (45.2279, -12.7806),
    MERCATOR: (2.3488, 48.8534),
}


def _at(crs: str, place: tuple[float, float]) -> list[float]:
    made = collection(table_of([shapely.Point(*place)]), columns=COLUMNS[:1], datetime_columns=())
    coordinates: list[float] = json.loads(made.one("00000", crs=crs) or b"")["geometry"]["coordinates"]
    return coordinates


def test_axes_are_in_the_order_of_the_authority() -> None:
    assert _at(CRS84, (2.3488, 48.8534)) == [2.3488, 48.8534]
    assert _at(LATITUDE_FIRST, (2.3488, 48.8534)) == [48.8534, 2.3488]


def test_known_places() -> None:
    # 3° E, 46.5° N is the origin of Lambert-93: 700 km, 6,600 km.
    assert _at(LAMBERT, (3.0, 46.5)) == [700_000.0, 6_600_000.0]
    east, north = _at(LAMBERT, PLACES[LAMBERT])  # Notre-Dame de Paris
    assert (abs(east - 652_220) < 200, abs(north - 6_861_680) < 200) == (True, True)
    # A degree of the web's Mercator is 111,319.49 m at the equator.
    assert _at(MERCATOR, (1.0, 0.0)) == [111_319.49, 0.0]


@pytest.mark.parametrize(("crs", "place"), PLACES.items())
def test_pyproj_brings_every_projection_back(crs: str, place: tuple[float, float]) -> None:
    back = pyproj.Transformer.from_crs(f"EPSG:{crs.rsplit('/', 1)[1]}", "OGC:CRS84", always_xy=True)
    east, north = _at(crs, place)
    assert np.allclose(back.transform(east, north), place, atol=1e-6)
    assert (east, north) == (round(east, 2), round(north, 2))


@pytest.mark.parametrize(("crs", "place"), PLACES.items())
def test_a_bbox_in_metres_finds_what_is_there(crs: str, place: tuple[float, float]) -> None:
    east, north = _at(crs, place)
    made = collection(
        table_of([shapely.Point(*place), shapely.Point(place[0] + 0.1, place[1])]),
        columns=COLUMNS[:1],
        datetime_columns=(),
    )
    bbox = (east - 500, north - 500, east + 500, north + 500)
    assert ids(made.find(bbox=bbox, bbox_crs=crs)) == ["00000"]


def test_a_bbox_with_latitude_first() -> None:
    hand = collection()
    assert ids(hand.find(bbox=(0.2, 10, 0.4, 10.5), bbox_crs=LATITUDE_FIRST)) == ["c"]
    assert ids(hand.find(bbox=(-1, 29, 2, 1.5), bbox_crs=LATITUDE_FIRST)) == ["a", "b", "d"]


@given(
    at=st.tuples(st.floats(-3, 7), st.floats(43, 50)),
    size=st.tuples(st.floats(1_000, 400_000), st.floats(1_000, 400_000)),
    share=st.tuples(st.floats(0.001, 0.999), st.floats(0.001, 0.999)),
)
def test_the_sides_of_a_bbox_in_metres_are_followed(
    at: tuple[float, float], size: tuple[float, float], share: tuple[float, float]
) -> None:
    """Inside by a metre is inside, outside by a metre is outside, anywhere along the sides."""
    to_metres = pyproj.Transformer.from_crs("OGC:CRS84", "EPSG:2154", always_xy=True)
    back = pyproj.Transformer.from_crs("EPSG:2154", "OGC:CRS84", always_xy=True)
    west, south = to_metres.transform(*at)
    east, north = west + size[0], south + size[1]
    area = area_of((west, south, east, north), LAMBERT)
    along, up = west + share[0] * size[0], south + share[1] * size[1]
    inside = [(along, south + 1), (along, north - 1), (west + 1, up), (east - 1, up)]
    outside = [(along, south - 1), (along, north + 1), (west - 1, up), (east + 1, up)]
    assert all(area.intersects(shapely.Point(*back.transform(*point))) for point in inside)
    assert not any(area.intersects(shapely.Point(*back.transform(*point))) for point in outside)


def test_a_bbox_wider_than_the_world_of_a_projection_is_cut_to_it() -> None:
    paris = collection(table_of([shapely.Point(*PLACES[LAMBERT])]), columns=COLUMNS[:1], datetime_columns=())
    assert paris.find(bbox=(-1e9, -1e9, 1e9, 1e9), bbox_crs=LAMBERT).matched == 1
    assert paris.find(bbox=(-1e9, -1e9, 1e9, 1e9), bbox_crs=MERCATOR).matched == 1


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"crs": "EPSG:2154"}, "crs"),
        ({"bbox": (0, 0, 1, 1), "bbox_crs": "EPSG:2154"}, "bbox-crs"),
        ({"bbox_crs": "x"}, "bbox-crs"),
        ({"bbox": (1e8, 1e8, 1e9, 1e9), "bbox_crs": LAMBERT}, "bbox"),
        ({"bbox": (2, 0, 1, 1), "bbox_crs": LAMBERT}, "bbox"),
    ],
)
def test_what_cannot_be_understood_is_said(given: dict[str, Any], where: str) -> None:
    with pytest.raises(OptionError) as told:
        collection().find(**given)
    assert told.value.where == where


@pytest.mark.parametrize("crs", SERVED)
def test_every_feature_comes_in_every_system(crs: str) -> None:
    hand = collection()
    features = json.loads(b"[" + hand.find(crs=crs).features + b"]")
    plain = json.loads(b"[" + hand.find().features + b"]")
    assert [(one["id"], one["properties"]) for one in features] == [(one["id"], one["properties"]) for one in plain]
    assert features[4]["geometry"] is None


def test_what_has_no_coordinates_in_a_projection_is_null_not_infinite() -> None:
    pole = np.array([shapely.Point(0, -90), shapely.Point(3, 46.5), None], dtype=object)
    south, origin, nowhere = reprojected(pole, LAMBERT)
    assert south is None
    assert nowhere is None
    assert origin == shapely.Point(700_000, 6_600_000)


def test_the_sample_is_not_changed() -> None:
    before = shapely.to_wkb(np.array([shape for shape in SQUARES["geometry"] if shape is not None]))
    collection().find(crs=LAMBERT)
    assert (shapely.to_wkb(np.array([s for s in SQUARES["geometry"] if s is not None])) == before).all()
