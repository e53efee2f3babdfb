"""What every test shares: hypothesis without deadlines, for timings belong in benchmarks; and the demonstration."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings

from geo_integration.jobs import demo
from geo_integration.store import FolderStore

settings.register_profile("project", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("project")

type SharedOnce = Callable[[str, Callable[[Path], None]], Path]
"""Takes a name and what fills a folder; returns the folder, filled once for all workers."""


@pytest.fixture(scope="session")
def shared_once(tmp_path_factory: pytest.TempPathFactory) -> SharedOnce:
    """Give a way to make a folder once, whichever worker comes first; it is for reading only."""
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent

    def once(name: str, fill: Callable[[Path], None]) -> Path:
        folder, done = root / f"shared-{name}", root / f"shared-{name}.done"
        with FileLock(root / f"shared-{name}.lock"):
            if not done.exists():
                fill(folder)
                done.touch()
        return folder

    return once


@pytest.fixture(scope="session")
def demo_store_folder(shared_once: SharedOnce) -> Path:
    """Return the folder of a store that holds the demonstration: for reading only, all workers share it."""

    def fill(folder: Path) -> None:
        for _ in demo.load(FolderStore(folder)):
            pass

    return shared_once("demo-store", fill)
