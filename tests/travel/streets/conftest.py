"""What the tests of street networks share."""

from pathlib import Path

import osm_files
import pytest
from town import NO_LEFT, PLACES, SIGNAL, TOWN


@pytest.fixture
def town_file(tmp_path: Path) -> Path:
    """Return the town as an OpenStreetMap file."""
    return osm_files.write(tmp_path / "town.osm", PLACES, TOWN, node_tags=SIGNAL, restrictions=[NO_LEFT])
