"""Headless QGIS reads every collection through its own OGC API - Features provider."""

import os
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

# Debian's wrapper passes an option of the desktop program, which this one refuses: the program itself comes first.
QGIS = shutil.which("qgis_process.bin") or shutil.which("qgis_process")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(QGIS is None, reason="qgis_process absent : apt-get install qgis-providers qgis python3-qgis"),
]
_LONGEST_SECONDS = 540


def uri(server: "LiveServer", name: str) -> str:
    """Return a layer as QGIS names its source."""
    return f"OAPIF://url='{server.url}/ogc' typename='{name}'"


def process(folder: Path, algorithm: str, **parameters: str) -> str:
    """Run an algorithm of QGIS as somebody who never ran it before, without display; return what it says."""
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700, exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV", "UV"))}
    said = kept | {
        "PATH": "/usr/bin:/bin",
        "QT_QPA_PLATFORM": "offscreen",
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(runtime),
    }
    command = [str(QGIS), "run", algorithm, "--", *(f"{name}={value}" for name, value in parameters.items())]
    done = subprocess.run(  # noqa: S603 -- our own server
        command, capture_output=True, text=True, check=False, env=said, timeout=_LONGEST_SECONDS
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_qgis_reads_a_collection(name: str, server: "LiveServer", catalogue: "Catalogue", tmp_path: Path) -> None:
    target = tmp_path / "read.gpkg"
    said = process(tmp_path, "native:savefeatures", INPUT=uri(server, name), OUTPUT=str(target))
    assert target.exists(), said
    held = collection_of(catalogue, name)
    info = pyogrio.read_info(target)
    assert info["crs"] in {"EPSG:4326", "OGC:CRS84"}
    assert info["geometry_type"] in {held.geometry_type, "Unknown"}
    check_same(pyogrio.read_dataframe(target), held)


def test_qgis_projects_what_it_reads(server: "LiveServer", catalogue: "Catalogue", tmp_path: Path) -> None:
    target = tmp_path / "read.gpkg"
    process(
        tmp_path, "native:reprojectlayer", INPUT=uri(server, "departements"), TARGET_CRS="EPSG:2154", OUTPUT=str(target)
    )
    read = pyogrio.read_dataframe(target)
    assert read.crs.to_epsg() == 2154
    assert len(read) == collection_of(catalogue, "departements").count
