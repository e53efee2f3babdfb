"""Fixtures of the tests of the store."""

from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from store_children import warm_up

from geo_integration.schema import Layer
from geo_integration.store import FolderStore


@pytest.fixture
def checked_store(tmp_path: Path) -> FolderStore:
    """Return an empty store, as users have it."""
    return FolderStore(tmp_path / "entrepôt" / "un")


@pytest.fixture
def store(checked_store: FolderStore) -> Iterator[FolderStore]:
    """Give an empty store that takes the samples at their word: checking each cell is slow, and tested elsewhere."""
    with mock.patch.object(Layer, "validate"):
        yield checked_store


@pytest.fixture(scope="session")
def fork_server() -> None:
    """Start the server the children come from."""
    warm_up()
