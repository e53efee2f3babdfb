"""docs/api.md is true: its blocks are run against a real server."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from geo_integration.jobs import demo
from tests.api.conftest import LiveServer, start_server
from tests.api.reliability_support import without_results

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "api.md"
TEXT = DOCUMENT.read_text(encoding="utf-8")
ADDRESS = "http://127.0.0.1:8000"
BLOCKS = re.findall(r"^```(sh|python)\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
WORDS = {"v1/offers": "summary", "v1/gaps?": "alphabetisation", "collections/communes": "numberMatched"}


@pytest.fixture(scope="module")
def server(demo_store_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """Return a server on a copy of the demonstration, with the job runner that the document's jobs need."""
    folder = tmp_path_factory.mktemp("documented")
    store = Path(shutil.copytree(demo_store_folder, folder / "store"))
    without_results(store)
    started = start_server(
        store,
        folder / "log",
        "--as-of",
        demo.as_of().isoformat(),
        GEO_INTEGRATION_REQUEST_SECONDS="280",  # a slow machine makes no document false
    )
    try:
        started.wait_ready()
        yield started
    finally:
        started.stop()


def test_there_are_blocks_to_run() -> None:
    assert len(BLOCKS) >= 6
    assert {language for language, _ in BLOCKS} == {"sh", "python"}


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_a_block_runs(number: int, server: LiveServer, tmp_path: Path) -> None:
    language, text = BLOCKS[number]
    script = tmp_path / "block"
    script.write_text(text.replace(ADDRESS, server.url), encoding="utf-8")
    command = ["bash", "-euo", "pipefail"] if language == "sh" else [sys.executable]
    done = subprocess.run(  # noqa: S603 -- our own document
        [*command, str(script)],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        cwd=tmp_path,
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
    )
    assert done.returncode == 0, done.stdout[-500:] + done.stderr
    for part, word in WORDS.items():
        if part in text and language == "sh":
            assert word in done.stdout, (part, done.stdout[:500])
