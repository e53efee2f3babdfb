"""Fixtures of the tests of the store: ``store`` is each kind of store in turn, ``folder`` and ``postgis`` one kind."""

from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from store_children import warm_up

from geo_integration.schema import Layer
from geo_integration.store import FolderStore, Store
from geo_integration.store.postgis import PostgisStore
from tests.postgres import lone_postgres, postgres_server, postgres_url  # noqa: F401 -- fixtures

KINDS = ("folder", "postgis")


@pytest.fixture(params=KINDS)
def checked_store(request: pytest.FixtureRequest) -> Store:
    """Return an empty store of each kind, as users have it."""
    made: Store = request.getfixturevalue(f"checked_{request.param}")
    return made


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest) -> Store:
    """Return an empty store of each kind that takes the samples at their word."""
    made: Store = request.getfixturevalue(request.param)
    return made


@pytest.fixture
def checked_folder(tmp_path: Path) -> FolderStore:
    """Return an empty folder store."""
    return FolderStore(tmp_path / "entrepôt" / "un")


@pytest.fixture
def checked_postgis(postgres_url: str) -> Iterator[PostgisStore]:  # noqa: F811
    """Give an empty store in a fresh database."""
    made = PostgisStore(postgres_url)
    yield made
    made.close()


@pytest.fixture
def folder(checked_folder: FolderStore, unchecked: None) -> FolderStore:  # noqa: ARG001
    """Return an empty folder store that takes the samples at their word."""
    return checked_folder


@pytest.fixture
def postgis(checked_postgis: PostgisStore, unchecked: None) -> PostgisStore:  # noqa: ARG001
    """Return an empty store in a fresh database that takes the samples at their word."""
    return checked_postgis


@pytest.fixture
def unchecked() -> Iterator[None]:
    """Check no cell of the samples: it is slow, and tested elsewhere."""
    with mock.patch.object(Layer, "validate"):
        yield


@pytest.fixture(scope="session")
def fork_server() -> None:
    """Start the server the children come from."""
    warm_up()
