"""The documents are true: every command, option worth knowing and setting is described; every link leads somewhere."""

import json
import os
import re
from datetime import date
from pathlib import Path

import pytest
from typer.main import get_command

from geo_integration.cli import app
from geo_integration.coverage.learner.file import KEYS, read_profile
from geo_integration.coverage.scenario.actions import (
    AddSite,
    ChangeCapacity,
    ChangeHours,
    CloseSite,
    MoveSite,
    OpenLine,
)
from geo_integration.coverage.scenario.model import Asked, parse_scenario
from geo_integration.jobs.imports import Format
from geo_integration.jobs.scenario_question import request_of
from geo_integration.settings import ServiceSettings, Settings
from geo_integration.sources import candidates, funded
from geo_integration.vocabulary import Audience, Goal, Kind, Schooling

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
    for name in (*Settings.model_fields, *ServiceSettings.model_fields):
        assert f"`GEO_INTEGRATION_{name.upper()}`" in COMMANDS, name


def test_every_setting_of_the_service_is_described_with_its_default() -> None:
    for name, field in ServiceSettings.model_fields.items():
        found = re.search(rf"^\| `GEO_INTEGRATION_{name.upper()}` \|.*\| ([^|]+) \|$", COMMANDS, re.MULTILINE)
        assert found, name
        default = field.get_default(call_default_factory=True)
        if isinstance(default, int | float):
            assert re.match(rf"{default:,g}(?![\d,])" if default < 1e6 else f"{default:,}", found[1]), (name, default)


@pytest.mark.parametrize("group", ["users", "store", "reports"])
def test_every_command_of_a_group_is_described(group: str) -> None:
    for name, command in get_command(app).commands[group].commands.items():  # type: ignore[attr-defined]
        assert f"`{group} {name}" in COMMANDS, name
        for parameter in command.params:
            if parameter.name not in {"help", "store", "password_stdin"}:
                words = [*parameter.opts, str(parameter.metavar or "").strip("[]")]
                assert any(word and word in COMMANDS for word in words), (name, parameter.name)


def test_every_option_of_serve_is_described() -> None:
    for parameter in get_command(app).commands["serve"].params:  # type: ignore[attr-defined]
        for option in (*parameter.opts, *parameter.secondary_opts):
            assert f"`{option}" in COMMANDS or f"/`{option}`" in COMMANDS, option


ROUTES = re.compile(r"(?<=<!-- section: routes -->\n).*?(?=<!-- end: routes -->)", re.DOTALL)


def test_every_route_is_in_the_document_of_the_api() -> None:
    """The table is made of the description of the API; RENEW_SNAPSHOTS=1 writes it again, as in tests/api."""
    path = ROOT / "docs" / "api.md"
    told = path.read_text(encoding="utf-8")
    description = json.loads((ROOT / "tests/api/snapshots/openapi.json").read_text(encoding="utf-8"))
    table = routes(description["paths"])
    if "RENEW_SNAPSHOTS" in os.environ:
        told = ROUTES.sub(lambda _: table, told)
        path.write_text(told, encoding="utf-8")
    found = ROUTES.search(told)
    assert found, "docs/api.md has no section of routes"
    assert found[0] == table, "if it is meant: RENEW_SNAPSHOTS=1 uv run pytest -n 0 tests/test_documents.py"


def routes(paths: dict[str, dict[str, dict[str, object]]]) -> str:
    """Return the table of the routes: who may ask, and what each does, in the words of the description."""
    rows = []
    for path, operations in paths.items():
        for method, said in operations.items():
            who = "public" if {} in said["security"] else "account"  # type: ignore[operator]
            rows.append(f"| `{method.upper()} {path}` | {who} | {said['summary']} |")
    return "\n".join(["| route | open to | does |", "|---|---|---|", *rows]) + "\n"


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


def example(name: str, language: str) -> str:
    """Return the first block of a language in a document."""
    found = re.search(rf"```{language}\n(.*?)```", (ROOT / "docs" / name).read_text(encoding="utf-8"), re.DOTALL)
    assert found, f"{name}: no {language} block"
    return found[1]


def test_the_profile_of_the_documents_is_read_and_every_key_of_it_is_described(tmp_path: Path) -> None:
    path = tmp_path / "profil.yaml"
    path.write_text(example("profiles.md", "yaml"), encoding="utf-8")
    found = read_profile(path)
    assert found.kind is Kind.ALPHABETISATION
    assert found.schooling is Schooling.NONE
    assert found.goal is Goal.DAILY_LIFE
    assert found.statuses == {Audience.BPI, Audience.WOMEN}
    assert len(found.free or ()) == 5  # Monday morning, all of Tuesday, Thursday afternoon
    assert (found.age, found.minutes, found.starts_by) == (34, 40, date(2026, 12, 1))
    told = (ROOT / "docs" / "profiles.md").read_text(encoding="utf-8")
    for key in KEYS:
        assert f"`{key}`" in told, key


def test_the_scenario_of_the_documents_is_read_and_every_action_and_field_is_described() -> None:
    found = parse_scenario(example("scenarios.md", "json"), where="scenarios.md")
    assert [action.action for action in found.actions] == ["add_site", "add_site", "close_site"]
    assert request_of(found).profile.schooling is Schooling.NONE
    assert parse_scenario(found.to_json()) == found  # what is saved is read again
    told = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")
    for action in (AddSite, MoveSite, CloseSite, ChangeHours, ChangeCapacity, OpenLine):
        for field in action.model_fields:
            name = action.model_fields["action"].default if field == "action" else field
            assert f"`{name}`" in told, (action, field)
    for field in Asked.model_fields:
        assert f"`{field}`" in told, field


@pytest.mark.parametrize("words", ["Salle des fêtes", "C-2026-01"])
def test_the_lists_of_the_documents_are_read(words: str, tmp_path: Path) -> None:
    text = (ROOT / "docs" / "sources-tables.md").read_text(encoding="utf-8")
    block = next(found for found in re.findall(r"```csv\n(.*?)```", text, re.DOTALL) if words in found)
    path = tmp_path / "liste.csv"
    path.write_text(block, encoding="utf-8")
    rows = len(block.strip().splitlines()) - 1
    if words.startswith("C-"):
        read = funded.read(path)
        assert read.accepted == rows
        assert read.tables["funded"]["places"].tolist() == [12]
    else:
        assert candidates.read(path).table["capacity"].tolist() == [12, 10]


ANALYSES = ("gaps", "fit", "change", "calendar", "supply", "equity", "site", "scenario", "referencing", "housing")


@pytest.mark.parametrize("name", ANALYSES)
def test_every_option_of_an_analysis_is_described(name: str) -> None:
    command = get_command(app).commands[name]  # type: ignore[attr-defined]
    options = {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
    for option in options - {"--store", "--help"}:
        assert f"`{option}" in COMMANDS or f"/`{option}" in COMMANDS or f"/{option}`" in COMMANDS, option
