"""A copy of the demonstration's store with public results of two kinds of course, and its catalogue."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from geo_integration.disclosure import Viewer
from geo_integration.features import Catalogue
from geo_integration.jobs import demo, gaps
from geo_integration.jobs.outputs import describe
from geo_integration.store import FolderStore
from geo_integration.vocabulary import Kind

type SharedOnce = Callable[[str, Callable[[Path], None]], Path]

KINDS = (Kind.ALPHABETISATION, Kind.FLE)
TERRITORY = "62,80"


def compute(store: FolderStore, kind: Kind, *, viewer: Viewer = Viewer.PUBLIC) -> gaps.Gaps:
    """Answer the standard question, by car on the outline."""
    return gaps.compute(
        store, gaps.Request(territory=TERRITORY, kind=kind, minutes=45, as_of=demo.as_of(), viewer=viewer)
    )


@pytest.fixture(scope="session")
def results_folder(demo_store_folder: Path, shared_once: SharedOnce) -> Path:
    """Return the folder of a store with public results: for reading only."""

    def fill(folder: Path) -> None:
        shutil.copytree(demo_store_folder, folder)
        store = FolderStore(folder)
        for kind in KINDS:
            answer = compute(store, kind)
            meta = describe(answer.studied)
            told: dict[str, Any] = dict(meta)
            store.publish(
                {f"coverage.{kind.value}": answer.studied.coverage},
                meta=told,
                report=None,
                now=datetime(2026, 10, 1, 1, tzinfo=UTC),
            )

    return shared_once("features-results", fill)


@pytest.fixture(scope="session")
def catalogue(results_folder: Path) -> Catalogue:
    """Return the catalogue of that store, loaded."""
    found = Catalogue(FolderStore(results_folder), today=demo.as_of, refresh_seconds=0)
    found.warm()
    assert found.trouble == ""
    return found
