"""Settings, read once from the environment (prefix ``GEO_INTEGRATION_``)."""

from functools import cache
from pathlib import Path
from typing import Annotated

import platformdirs
from pydantic import Field, SecretStr
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

    store: str = Field(
        default_factory=lambda: platformdirs.user_data_dir("geo_integration", appauthor=False),
        description="Where the snapshots are: a folder (GeoParquet), or postgresql://… (PostGIS).",
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
    addresses: str = Field(
        default="", description="Street addresses of the service: a CSV, or https://… of a geocoder like the BAN; none."
    )
    contacts: Path | None = Field(
        default=None,
        description="CSV of whom to call where nothing fits: departement_code, name, phone, url, role; added to ours.",
    )
    fonts: Path | None = Field(
        default=None, description="Folder of more fonts for printed cards, beside those of the system."
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


class ServiceSettings(BaseSettings):
    """How the service (``geo-integration serve``) behaves: addresses, limits, secrets.

    Same prefix, e.g. ``GEO_INTEGRATION_PUBLIC_REQUESTS_PER_MINUTE=120``. Sizes are bytes, durations seconds.
    """

    model_config = SettingsConfigDict(env_prefix="GEO_INTEGRATION_", frozen=True)

    ledger: str = Field(
        default="",
        description="Where accounts, audit, jobs and uploads are: sqlite:///… or postgresql://… ; beside the store by "
        "default.",
    )
    base_url: str = Field(
        default="", description="Public address of the service, for links; that of each request by default."
    )
    trusted_proxies: str = Field(
        default="127.0.0.1", description="Addresses allowed to say who the client is (X-Forwarded-For)."
    )
    as_of: str = Field(
        default="", description="Day the offers are looked at, YYYY-MM-DD; today by default. For demonstrations."
    )
    secret: SecretStr = Field(
        default=SecretStr(""), description="Key tokens are signed with; made and kept in the ledger by default."
    )
    access_token_seconds: int = Field(default=900, gt=0, description="Life of an access token.")
    refresh_token_seconds: int = Field(default=30 * 86_400, gt=0, description="Life of a refresh token.")
    public_requests_per_minute: int = Field(default=600, ge=0, description="Per client without account; 0: no limit.")
    login_attempts_per_minute: int = Field(default=10, ge=0, description="Per client; 0: no limit.")
    public_jobs_queued: int = Field(default=2, ge=0, description="Jobs one public client may have waiting or running.")
    public_jobs_kept: int = Field(
        default=500, ge=0, description="Jobs without account kept in all, done or not: they take disk."
    )
    max_upload_bytes: int = Field(default=200_000_000, gt=0, description="Largest file accepted.")
    max_body_bytes: int = Field(default=1_000_000, gt=0, description="Largest body of any other request.")
    max_rows: int = Field(default=2_000_000, gt=0, description="Most rows accepted in an uploaded file.")
    max_features: int = Field(default=10_000, gt=0, description="Most features in one page of a collection.")
    request_seconds: float = Field(default=30, gt=0, description="Longest time one request is computed for.")
    job_seconds: float = Field(default=1_800, gt=0, description="Longest time one job runs.")
    job_keep_seconds: int = Field(default=7 * 86_400, gt=0, description="How long the results of a job are kept.")
    graceful_seconds: int = Field(default=20, gt=0, description="Time left to requests under way at a stop.")
    finder_network: str = Field(
        default="", description="Street network of the public pages (network list); outlined times without one."
    )
    tiles_url: str = Field(
        default="", description="Map background, https://…/{z}/{x}/{y}.png; none by default: outlines of communes."
    )
    tiles_attribution: str = Field(default="", description="Whom the map background is owed to; shown on the map.")
    reports_per_hour: int = Field(
        default=10, ge=0, description="« C'est faux » reports one public client may send; 0: no limit."
    )
    report_keep_days: int = Field(default=180, gt=0, description="How long those reports are kept.")
    publisher: str = Field(default="", description="Who publishes this service, for the legal notice.")
    publisher_contact: str = Field(default="", description="How to reach them: address, telephone or e-mail.")
    host: str = Field(default="", description="Who hosts it: name, address, telephone.")
    refresh_seconds: float = Field(
        default=1, ge=0, description="How often a worker looks whether something was published."
    )


@cache
def settings() -> Settings:
    """Return the settings of this process (read once)."""
    return Settings()


@cache
def service_settings() -> ServiceSettings:
    """Return the settings of the service in this process (read once)."""
    return ServiceSettings()
