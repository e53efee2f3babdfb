"""One run of the demonstration, shared by every test that looks at what it wrote."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from geo_integration.cli import app


def run(*words: str | Path) -> Result:
    """Run the command line in this process; domain errors come back as exceptions."""
    return CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=True)


@pytest.fixture(scope="session")
def demo(shared_once: Callable[[str, Callable[[Path], None]], Path]) -> Path:
    """Return the folder of results of ``geo-integration demo``; for reading only, all workers share it."""

    def make(folder: Path) -> None:
        result = run("demo", "--out", folder)
        assert result.exit_code == 0, result.output

    return shared_once("demo", make)
