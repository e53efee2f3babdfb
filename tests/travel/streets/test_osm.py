"""Extracts: what is read, dates, cuts, and files that are no extract."""

import bz2
import hashlib
from pathlib import Path

import numpy as np
import osm_files
import osmium
import pytest
import shapely
from town import PLACES, SIGNAL, TOWN, A, B, C

from geo_integration.errors import MissingDataError, NetworkRefusedError, OptionError
from geo_integration.travel.streets.build import build
from geo_integration.travel.streets.cutting import buffered
from geo_integration.travel.streets.osm import read_osm

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
EXTRACTS = SHARED / "osm" / "extracts"


def test_ways_nodes_and_signs_are_read(town_file: Path) -> None:
    extract = read_osm(town_file)
    assert len(extract.lon) == 6
    assert extract.way_ids.tolist() == [10, 11, 12, 13, 14, 15, 16]
    assert np.diff(extract.way_offsets).tolist() == [2] * 7
    row = int(np.flatnonzero(extract.way_ids == 15)[0])
    assert extract.tag_sets[extract.way_tags[row]] == {"highway": "residential", "oneway": "yes"}
    assert extract.names[extract.way_names[row]] == "Rue du Sud"
    tagged = np.flatnonzero(extract.node_tags >= 0)
    assert [extract.tag_sets[extract.node_tags[node]] for node in tagged] == [SIGNAL[C]]
    assert (extract.lon[tagged[0]], extract.lat[tagged[0]]) == (0.03, 0)
    (turn,) = extract.restrictions
    assert (turn.from_ways, turn.to_ways) == ((10,), (12,))
    assert extract.bounds == (0, -0.01, 0.03, 0.01)
    assert extract.sha256 == hashlib.sha256(town_file.read_bytes()).hexdigest()


@pytest.mark.parametrize("name", ["town.osm.pbf", "town.pbf", "town.osm.bz2", "town.osm.gz"])
def test_every_format_gives_the_same_streets(name: str, town_file: Path, tmp_path: Path) -> None:
    other = osm_files.write(tmp_path / name, PLACES, TOWN, node_tags=SIGNAL)
    one, same = read_osm(town_file), read_osm(other)
    for field in ("lon", "lat", "way_offsets", "way_nodes", "way_ids", "way_tags", "way_names", "node_tags"):
        assert np.array_equal(getattr(one, field), getattr(same, field)), field


def test_what_is_no_street_is_passed_over(tmp_path: Path) -> None:
    ways = [
        *TOWN,
        (90, [A, B], {"building": "yes"}),
        (91, [A, B], {"highway": "construction", "construction": "primary"}),
        (92, [A, B], {"railway": "rail"}),
        (93, [A, B], {"route": "bus"}),
    ]
    assert read_osm(osm_files.write(tmp_path / "town.osm", PLACES, ways)).way_ids.max() == 16


def test_the_date_is_the_headers_else_the_newest_objects_else_unknown(tmp_path: Path) -> None:
    assert read_osm(osm_files.write(tmp_path / "a.osm.pbf", PLACES, TOWN)).date == osm_files.STAMP
    assert read_osm(osm_files.write(tmp_path / "b.osm.pbf", PLACES, TOWN, dated=False)).date is None
    path = tmp_path / "c.osm"
    nodes = '<node id="1" lat="0" lon="0" version="1"/><node id="2" lat="0" lon="0.01" version="1"/>'
    refs = '<nd ref="1"/><nd ref="2"/><tag k="highway" v="path"/>'
    path.write_text(
        f'<osm version="0.6">{nodes}<way id="1" version="1" timestamp="2024-03-01T10:00:00Z">{refs}</way>'
        f'<way id="2" version="1" timestamp="2025-07-09T08:07:06Z">{refs}</way></osm>'
    )
    assert read_osm(path).date == "2025-07-09T08:07:06Z"


def test_nodes_that_are_missing_cut_the_way(tmp_path: Path) -> None:
    nodes = {number: place for number, place in PLACES.items() if number != B}
    extract = read_osm(
        osm_files.write(tmp_path / "holes.osm", nodes, [(1, [A, B, C], {"highway": "path"}), *TOWN[3:5]])
    )
    assert extract.way_nodes[:3].tolist() == [0, -1, 1]


def test_a_margin_is_in_metres_wherever_it_is() -> None:
    # A quarter of a degree squared in northern France: one degree north is 111.2 km there, one east 71.4 km.
    area = shapely.box(2.5, 50, 2.75, 50.25)
    west, south, east, north = buffered(area, 10_000).bounds
    assert 50 - south == pytest.approx(10 / 111.2, rel=0.01)
    assert north - 50.25 == pytest.approx(10 / 111.2, rel=0.01)
    assert 2.5 - west == pytest.approx(10 / 71.4, rel=0.02)
    assert east - 2.75 == pytest.approx(10 / 71.4, rel=0.02)
    assert buffered(area, 0).symmetric_difference(area).area < 1e-12


@pytest.mark.parametrize(
    ("area", "margin"),
    [
        (shapely.Point(0, 0), 0),
        (shapely.Polygon(), 0),
        (shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]), 0),
        (shapely.box(650_000, 6_800_000, 660_000, 6_810_000), 0),
        (shapely.box(0, 0, 1, 1), -1),
        (shapely.box(0, 0, 1, 1), float("nan")),
    ],
)
def test_what_is_no_area(town_file: Path, area: shapely.Geometry, margin: float) -> None:
    with pytest.raises(OptionError) as refused:
        read_osm(town_file, within=area, margin_metres=margin)
    assert refused.value.way_out


def refusal(path: Path, **options: object) -> NetworkRefusedError:
    with pytest.raises(NetworkRefusedError) as refused:
        build(path, mode="car", area="ville", **options)
    assert str(path) in str(refused.value) or path.name in str(refused.value)
    assert refused.value.way_out
    return refused.value


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match=r"nowhere\.osm\.pbf"):
        read_osm(tmp_path / "nowhere.osm.pbf")


@pytest.mark.parametrize("content", [b"", b"bonjour\n" * 100, b"\x00" * 4096, b"PK\x03\x04zip", bytes(range(256)) * 40])
@pytest.mark.parametrize("name", ["x.osm.pbf", "x.osm", "x.osm.bz2"])
def test_files_that_are_no_extract(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert "abîmé" in refusal(path).what or "aucune rue" in refusal(path).what
    assert sorted(tmp_path.iterdir()) == [path]


def test_another_suffix(tmp_path: Path) -> None:
    path = tmp_path / "town.shp"
    path.write_bytes(b"x")
    assert ".osm.pbf" in refusal(path).way_out


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_an_extract_cut_short(tmp_path: Path, share: float) -> None:
    whole = osm_files.write(tmp_path / "whole.osm.pbf", PLACES, TOWN).read_bytes()
    path = tmp_path / "cut.osm.pbf"
    path.write_bytes(whole[: int(len(whole) * share)])
    assert "abîmé" in refusal(path).what


def test_an_extract_with_a_byte_changed_is_refused_or_says_another_hash(tmp_path: Path) -> None:
    whole = bytearray(osm_files.write(tmp_path / "whole.osm.pbf", PLACES, TOWN).read_bytes())
    path = tmp_path / "changed.osm.pbf"
    before = read_osm(tmp_path / "whole.osm.pbf").sha256
    for position in range(0, len(whole), 7):
        changed = bytearray(whole)
        changed[position] ^= 0xFF
        path.write_bytes(changed)
        try:
            assert read_osm(path).sha256 != before
        except NetworkRefusedError as refused:
            assert refused.way_out  # noqa: PT017 -- one of two outcomes allowed


def test_truncated_compressed_xml(tmp_path: Path) -> None:
    whole = osm_files.write(tmp_path / "whole.osm", PLACES, TOWN).read_bytes()
    path = tmp_path / "cut.osm.bz2"
    path.write_bytes(bz2.compress(whole)[:-20])
    assert "abîmé" in refusal(path).what


def test_an_extract_without_streets(tmp_path: Path) -> None:
    path = osm_files.write(tmp_path / "fields.osm.pbf", PLACES, [(1, [A, B], {"landuse": "farmland"})])
    assert "aucune rue" in refusal(path).what


def test_streets_without_nodes(tmp_path: Path) -> None:
    path = osm_files.write(tmp_path / "ways.osm", {}, TOWN)
    assert "nœuds" in refusal(path).what


def test_an_extract_of_elsewhere(town_file: Path) -> None:
    refused = refusal(town_file, within=shapely.box(2.5, 50, 2.75, 50.25))
    assert "0 % du territoire" in refused.what


def test_an_area_without_streets(town_file: Path) -> None:
    refused = refusal(town_file, within=shapely.box(0.015, 0.004, 0.02, 0.006), margin_metres=100)
    assert "aucune rue dans ce territoire" in refused.what


def test_a_header_without_streets_around(tmp_path: Path) -> None:
    path = tmp_path / "boxed.osm.pbf"
    header = osmium.io.Header()
    header.add_box(osmium.osm.Box(-1, -1, 1, 1))
    writer = osmium.SimpleWriter(str(path), header=header)
    writer.close()
    assert "aucune rue" in refusal(path).what


@pytest.mark.parametrize(
    ("name", "date"),
    [
        ("monaco", "2016-03-05T00:26:02Z"),  # as its header says
        ("saint_barthelemy", "2014-01-04T21:57:04Z"),  # its header says nothing: the newest street or sign
    ],
)
def test_real_extracts_say_their_date(name: str, date: str) -> None:
    path = EXTRACTS / f"{name}.osm.pbf"
    if not path.is_file():
        pytest.skip("the extracts are not in a clone: ../shared/data is absent")
    assert read_osm(path).date == date


def test_a_real_extract_cut_short(tmp_path: Path) -> None:
    path = EXTRACTS / "monaco.osm.pbf"
    if not path.is_file():
        pytest.skip("the extracts are not in a clone: ../shared/data is absent")
    cut = tmp_path / "monaco.osm.pbf"
    cut.write_bytes(path.read_bytes()[:1_000_000])
    assert "abîmé" in refusal(cut).what


def test_a_real_extract_cut_to_the_harbour() -> None:
    path = EXTRACTS / "monaco.osm.pbf"
    if not path.is_file():
        pytest.skip("the extracts are not in a clone: ../shared/data is absent")
    harbour = shapely.box(7.418, 43.733, 7.428, 43.740)
    small, large = (
        build(path, mode="foot", area="port", within=harbour, margin_metres=m, country="MC") for m in (200, 800)
    )
    assert 0 < small.nodes < large.nodes
    zone = buffered(harbour, 200)
    shapely.prepare(zone)
    assert shapely.contains_xy(zone, small.shape_lon, small.shape_lat).all()
