"""Settings, read once from the environment (prefix ``GEO_INTEGRATION_``)."""

from functools import cache
from pathlib import Path
from typing import Annotated

import platformdirs
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

_PACKAGE = Path(__file__).resolve().parent


def _shipped(name: str) -> Path:
    """Where a top-level folder of the project is: beside the package in a checkout, inside it in a wheel."""
    in_wheel = _PACKAGE / "_shipped" / name
    return in_wheel if in_wheel.is_dir() else _PACKAGE.parent / name


class Settings(BaseSettings):
    """Where things are and how much is accepted.

    Every field can be set by an environment variable, e.g. ``GEO_INTEGRATION_STORE=/srv/geo``.
    """

    model_config = SettingsConfigDict(env_prefix="GEO_INTEGRATION_", frozen=True)

    store: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("geo_integration", appauthor=False)),
        description="Folder of the snapshots (GeoParquet).",
    )
    data: Path = Field(
        default_factory=lambda: _shipped("data"),
        description="Folder of what ships with the project: territories, main roads, reference tables, demo.",
    )
    static: Path = Field(
        default_factory=lambda: _shipped("static"),
        description="Folder of the style sheets and scripts of maps and pages.",
    )
    networks: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("geo_integration", appauthor=False)) / "networks",
        description="Folder of the street networks and timetables.",
    )
    osrm_url: str | None = Field(
        default=None, description="Address of an OSRM-compatible server, used with --network osrm; none by default."
    )
    max_cell_characters: int = Field(
        default=100_000, gt=0, description="Longest text accepted in one cell or XML element."
    )
    max_rejections_kept: int = Field(
        default=100_000,
        gt=0,
        description="Most problems kept one by one in an import report; the rest are counted.",
    )
    disclosure_threshold: int = Field(
        default=11, ge=3, description="Fewest people a figure may be about in a release (secret statistique)."
    )
    disclosure_thresholds: dict[str, Annotated[int, Field(ge=3)]] = Field(
        default_factory=dict,
        description="The same by source name, where a contract asks for more or fewer (JSON object).",
    )


@cache
def settings() -> Settings:
    """Return the settings of this process (read once)."""
    return Settings()
