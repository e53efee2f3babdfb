"""Tables of the ledger: accounts, tokens, audit, jobs, uploads and reports, the same on SQLite and on PostgreSQL.

Tables name no schema: :func:`geo_integration.ledger.engine.open_engine` maps them to ``geo_service`` on PostgreSQL.
What is written here and what the migrations make are compared by a test.
"""

from datetime import UTC, datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

SCHEMA: Final = "geo_service"
"""PostgreSQL schema of the ledger."""

METADATA: Final = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(sa.types.TypeDecorator[datetime]):
    """An instant with its time zone: UTC on the way in and on the way out, SQLite included, which has no zones."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.engine.Dialect) -> datetime | None:
        """Return the instant in UTC; ValueError without time zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: sa.engine.Dialect) -> datetime | None:  # noqa: ARG002
        """Return the instant in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


JSON: Final = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
BIG_ID: Final = sa.BigInteger().with_variant(sa.Integer, "sqlite")
"""SQLite numbers rows by itself only where the type is INTEGER."""

USERS: Final = sa.Table(
    "users",
    METADATA,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("password_hash", sa.String(255), nullable=False),
    sa.Column("role", sa.String(32), nullable=False),
    sa.Column("departements", JSON, nullable=False),
    sa.Column("study", sa.String(200), nullable=False),
    sa.Column("disabled", sa.Boolean, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("password_changed_at", Instant, nullable=False),
    # Counts what ends every session: a token of an older generation is refused.
    sa.Column("generation", sa.Integer, nullable=False),
)

SIGNING_KEYS: Final = sa.Table(
    "signing_keys",
    METADATA,
    sa.Column("kid", sa.String(32), primary_key=True),
    sa.Column("secret", sa.String(128), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("retired_at", Instant),
)

REFRESH_TOKENS: Final = sa.Table(
    "refresh_tokens",
    METADATA,
    sa.Column("hash", sa.String(64), primary_key=True),
    sa.Column("family", sa.String(32), nullable=False, index=True),
    sa.Column("user_name", sa.String(64), sa.ForeignKey("users.name"), nullable=False, index=True),
    sa.Column("issued_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("used_at", Instant),
    sa.Column("revoked_at", Instant),
)

API_TOKENS: Final = sa.Table(
    "api_tokens",
    METADATA,
    sa.Column("jti", sa.String(32), primary_key=True),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Column("user_name", sa.String(64), sa.ForeignKey("users.name"), nullable=False, index=True),
    sa.Column("label", sa.String(200), nullable=False),
    sa.Column("issued_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("revoked_at", Instant),
    # A day, not an instant: enough to find tokens nobody uses, too coarse to follow anybody.
    sa.Column("last_used_on", sa.Date),
)

AUDIT: Final = sa.Table(
    "audit",
    METADATA,
    sa.Column("id", BIG_ID, primary_key=True, autoincrement=True),
    sa.Column("at", Instant, nullable=False, index=True),
    sa.Column("user_name", sa.String(64), nullable=False),
    sa.Column("role", sa.String(32), nullable=False),
    sa.Column("departements", JSON, nullable=False),
    sa.Column("study", sa.String(200), nullable=False),
    sa.Column("action", sa.String(64), nullable=False),
    sa.Column("what", JSON, nullable=False),
    sa.Column("request_id", sa.String(64), nullable=False),
    sqlite_autoincrement=True,
)

TASKS: Final = sa.Table(
    "tasks",
    METADATA,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("process", sa.String(64), nullable=False),
    sa.Column("inputs", JSON, nullable=False),
    sa.Column("viewer", JSON, nullable=False),
    sa.Column("owner", sa.String(64), nullable=False),
    sa.Column("client", sa.String(128), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("progress", sa.Integer, nullable=False, default=0),
    sa.Column("message", sa.String(1000), nullable=False, default=""),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("started_at", Instant),
    sa.Column("finished_at", Instant),
    sa.Column("updated_at", Instant, nullable=False),
    sa.Column("lease_until", Instant),
    sa.Column("runner", sa.String(128)),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("cancel_requested", sa.Boolean, nullable=False, default=False),
    sa.Column("problem", JSON),
    sa.Column("expires_at", Instant),
    sa.Index(None, "status", "created_at"),
    sa.Index(None, "owner", "created_at"),
    sa.Index(None, "client", "status"),
)

TASK_OUTPUTS: Final = sa.Table(
    "task_outputs",
    METADATA,
    sa.Column("task_id", sa.String(36), sa.ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("media_type", sa.String(128), nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)

UPLOADS: Final = sa.Table(
    "uploads",
    METADATA,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("owner", sa.String(64), nullable=False, index=True),
    sa.Column("format", sa.String(32), nullable=False),
    sa.Column("options", JSON, nullable=False),
    sa.Column("file_name", sa.String(255), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False, default=0),
    sa.Column("sha256", sa.String(64), nullable=False, default=""),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("summary", JSON),
    sa.Column("problem", JSON),
    sa.Column("task_id", sa.String(36)),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
)

UPLOAD_CHUNKS: Final = sa.Table(
    "upload_chunks",
    METADATA,
    sa.Column("upload_id", sa.String(36), sa.ForeignKey("uploads.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)

REPORTS: Final = sa.Table(
    "reports",
    METADATA,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("offer_id", sa.String(500), nullable=False),
    # Empty where the département of the course is not known.
    sa.Column("departement", sa.String(3), nullable=False),
    sa.Column("reason", sa.String(16), nullable=False),
    sa.Column("text", sa.String(500), nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("created_at", Instant, nullable=False, index=True),
    sa.Column("settled_at", Instant),
    sa.Column("settled_by", sa.String(64), nullable=False),
    sa.Index(None, "departement", "status", "created_at"),
)
