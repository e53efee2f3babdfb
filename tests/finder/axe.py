"""axe-core from npm, at test time only: what it finds wrong with a page."""

import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs
import pytest
from filelock import FileLock

if TYPE_CHECKING:
    from playwright.sync_api import Page

VERSION = "4.14.1"
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@cache
def axe_source() -> str:
    """Return the script; the test is skipped, with the reason, where npm is not there or does not answer."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed: axe-core cannot be had")
    folder = Path(platformdirs.user_cache_dir("geo_integration", appauthor=False)) / f"axe-core-{VERSION}"
    script = folder / "node_modules" / "axe-core" / "axe.min.js"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "lock"):
        if not script.exists():
            done = subprocess.run(  # noqa: S603 -- found by which
                [npm, "install", "--no-audit", "--no-fund", "--prefix", str(folder), f"axe-core@{VERSION}"],
                capture_output=True,
                text=True,
                check=False,
                timeout=300,
            )
            if done.returncode != 0:
                pytest.skip(f"npm cannot give axe-core {VERSION}: {done.stderr[-300:]}")
    return script.read_text(encoding="utf-8")


def faults(page: "Page") -> list[str]:
    """Return what axe-core finds wrong with a page: rule, help, the first elements."""
    page.evaluate(axe_source())
    found: dict[str, Any] = page.evaluate(
        "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']})", _RULES
    )
    return [
        f"{one['id']} ({one['impact']}): {one['help']}: {[node['target'] for node in one['nodes'][:4]]}"
        for one in found["violations"]
    ]
