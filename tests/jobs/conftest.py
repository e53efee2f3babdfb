"""One run of the demonstration, shared by every test that looks at what it wrote."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from geo_integration.cli import app


def run(*words: str | Path) -> Result:
    """Run the command line in this process; domain errors come back as exceptions."""
    return CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=True)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of results of ``geo-integration demo``."""
    folder = tmp_path_factory.mktemp("demo")
    result = run("demo", "--out", folder)
    assert result.exit_code == 0, result.output
    return folder
