"""The documents are true: every command, option worth knowing and setting is described; every link leads somewhere."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from geo_integration.cli import app
from geo_integration.jobs.imports import Format
from geo_integration.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")


def test_every_command_is_described() -> None:
    for name in get_command(app).commands:  # type: ignore[attr-defined]
        assert f"`{name}" in COMMANDS, name


def test_every_import_option_and_format_is_described() -> None:
    importing = get_command(app).commands["import"]  # type: ignore[attr-defined]
    options = {option for parameter in importing.params for option in parameter.opts if option.startswith("--")}
    for option in options - {"--store"}:
        assert f"`{option}" in COMMANDS, option
    for one in Format:
        assert f"`{one.value}`" in COMMANDS, one


def test_every_setting_is_described() -> None:
    for name in Settings.model_fields:
        assert f"`GEO_INTEGRATION_{name.upper()}`" in COMMANDS, name


@pytest.mark.parametrize(
    "path", [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("data/**/*.md")], ids=lambda path: path.name
)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target


def test_the_readme_shows_the_two_commands_that_ci_runs() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "pip install uv && uv run geo-integration demo" in readme
    assert "\nuv run pytest\n" in readme
    assert "uv run geo-integration demo" in script
    assert script.rstrip().endswith("uv run pytest")
