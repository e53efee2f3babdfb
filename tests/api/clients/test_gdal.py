"""GDAL's OAPIF driver reads every collection: Debian's, and that of the wheel the project reads files with."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pyogrio
import pytest

from tests.api.clients.held import NAMES, check_same, collection_of

if TYPE_CHECKING:
    from geo_integration.features import Catalogue
    from tests.api.conftest import LiveServer

pytestmark = [pytest.mark.gdal, pytest.mark.slow]
debian = pytest.mark.skipif(shutil.which("ogr2ogr") is None, reason="gdal-bin absent : apt-get install gdal-bin")
wheel = pytest.mark.skipif(
    "r" not in str(pyogrio.list_drivers().get("OAPIF")), reason="this build of pyogrio has no OAPIF driver"
)
_PAGE = 1000
"""Debian's GDAL (3.6) asks for ten features at a time unless told otherwise."""


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 -- our own server
    assert done.returncode == 0, done.stderr
    assert "ERROR" not in done.stderr, done.stderr
    return done.stdout


@debian
def test_debians_gdal_lists_every_collection(server: "LiveServer", catalogue: "Catalogue") -> None:
    told = run("ogrinfo", "-ro", f"OAPIF:{server.url}/ogc")
    for name in NAMES:
        assert f": {name} " in told, told
    assert told.count("\n") - 2 == len(NAMES), told
    assert catalogue.trouble == ""


@debian
@pytest.mark.parametrize("name", NAMES)
def test_debians_gdal_reads_a_collection(
    name: str, server: "LiveServer", catalogue: "Catalogue", tmp_path: Path
) -> None:
    held = collection_of(catalogue, name)
    source = f"OAPIF:{server.url}/ogc"
    summary = run("ogrinfo", "-ro", "-so", source, name)
    assert f"Feature Count: {held.count}" in summary
    assert "WGS 84" in summary
    target = tmp_path / "read.gpkg"
    run(
        "ogr2ogr",
        "-q",
        "-f",
        "GPKG",
        "-oo",
        f"PAGE_SIZE={_PAGE}",
        "-mapFieldType",
        "StringList=String",
        str(target),
        source,
        name,
    )
    check_same(pyogrio.read_dataframe(target), held)


@debian
def test_debians_gdal_asks_the_server_for_a_rectangle(
    server: "LiveServer", catalogue: "Catalogue", tmp_path: Path
) -> None:
    target, box = tmp_path / "read.geojson", (2.70, 50.24, 2.80, 50.30)
    rectangle = [str(value) for value in box]
    run("ogr2ogr", "-q", "-f", "GeoJSON", "-spat", *rectangle, str(target), f"OAPIF:{server.url}/ogc", "communes")
    page = collection_of(catalogue, "communes").find(bbox=box, limit=1_000)
    expected = {feature["id"] for feature in json.loads(b"[" + page.features + b"]")}
    assert set(pyogrio.read_dataframe(target)["code"]) == expected
    assert len(expected) > 10


@wheel
@pytest.mark.parametrize("name", NAMES)
def test_the_wheels_gdal_reads_a_collection(name: str, server: "LiveServer", catalogue: "Catalogue") -> None:
    read = pyogrio.read_dataframe(f"OAPIF:{server.url}/ogc", layer=name)
    assert read.crs.to_string() == "OGC:CRS84"
    check_same(read, collection_of(catalogue, name))


@wheel
def test_the_wheels_gdal_asks_in_lambert_93(server: "LiveServer", catalogue: "Catalogue") -> None:
    read = pyogrio.read_dataframe(f"OAPIF:{server.url}/ogc", layer="departements", CRS="EPSG:2154")
    assert read.crs.to_epsg() == 2154
    pas_de_calais = read[read["code"] == "62"].to_crs(4326).total_bounds
    held = collection_of(catalogue, "departements")
    position = held._encoded.ids.index("62")
    assert pas_de_calais == pytest.approx(held._encoded.shapes[position].bounds, abs=1e-6)
