"""A real server with the demonstration and its results, and what its collections hold, for programs that read it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from geo_integration.features import Catalogue
from geo_integration.jobs import demo
from geo_integration.store import FolderStore
from tests.api.ogc_support import store_with_gaps

if TYPE_CHECKING:
    from tests.api.conftest import LiveServer


@pytest.fixture(scope="session")
def gaps_folder(demo_store_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the store that is served; for reading only."""
    return store_with_gaps(demo_store_folder, tmp_path_factory)


@pytest.fixture(scope="session")
def catalogue(gaps_folder: Path) -> Catalogue:
    """Return what the collections hold, read without any server."""
    found = Catalogue(FolderStore(gaps_folder), today=demo.as_of, refresh_seconds=3600)
    found.warm()
    assert not found.trouble
    return found


@pytest.fixture(scope="session")
def server(gaps_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator["LiveServer"]:
    """Return a server process of its own on 127.0.0.1, everything loaded."""
    from tests.api.conftest import LiveServer, free_port  # noqa: PLC0415 -- a conftest is imported once pytest has

    folder, port = tmp_path_factory.mktemp("served"), free_port()
    log = folder / "log"
    said = {key: value for key, value in os.environ.items() if not key.startswith("GEO_INTEGRATION_")} | {
        "GEO_INTEGRATION_STORE": str(gaps_folder),
        "GEO_INTEGRATION_LEDGER": f"sqlite:///{folder / 'ledger.sqlite3'}",
        "GEO_INTEGRATION_AS_OF": demo.as_of().isoformat(),
        "GEO_INTEGRATION_PUBLIC_REQUESTS_PER_MINUTE": "0",
    }
    command = [sys.executable, "-m", "uvicorn", "--factory", "api.app:create", "--port", str(port)]
    with log.open("w") as out:
        process = subprocess.Popen(  # noqa: S603 -- our own command
            command, stdout=out, stderr=subprocess.STDOUT, text=True, env=said, start_new_session=True
        )
    started = LiveServer(process, f"http://127.0.0.1:{port}", gaps_folder, log)
    try:
        started.wait_ready()
        yield started
    finally:
        started.stop()
