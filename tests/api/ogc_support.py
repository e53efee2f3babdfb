"""A store with the demonstration and some standard public results, computed once for all who test collections."""

import math
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from filelock import FileLock

from geo_integration.jobs import demo
from geo_integration.store import FolderStore
from geo_integration.work.published import publish_results

KINDS = 3
"""Alphabétisation, illettrisme, FLE: the first of the vocabulary."""

NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)


def first_kinds() -> Callable[[], float]:
    """Return a clock that lets the first kinds be computed, and no more: enough for every test, and in less time."""
    ticks = count(-KINDS)  # once for the end, then before each kind
    return lambda: 0.0 if next(ticks) <= 0 else math.inf


def store_with_gaps(demo_store_folder: Path, factory: pytest.TempPathFactory) -> Path:
    """Return the folder of such a store, for reading only: all workers share it."""
    shared = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / "demo-store-with-gaps"
    with FileLock(shared / "demo-store-with-gaps.lock"):
        if not (shared / "demo-store-with-gaps.done").exists():
            shutil.copytree(demo_store_folder, folder)
            publish_results(
                FolderStore(folder), today=demo.as_of(), now=lambda: NOW, seconds_each=600, clock=first_kinds()
            )
            (shared / "demo-store-with-gaps.done").touch()
    return folder
