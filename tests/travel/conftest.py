"""What the tests of travel times share."""

import pytest

from geo_integration.travel.outline import OutlineNetwork


@pytest.fixture(scope="session")
def shipped() -> OutlineNetwork:
    """Return the network that ships with the project."""
    return OutlineNetwork.load()
