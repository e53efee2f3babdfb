"""Snapshots, their parts (one per layer, and one for the import report), and the history of each layer."""

import sqlalchemy as sa
from alembic import context, op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the three tables every snapshot needs; those of the layers follow the code (``shape``)."""
    schema = context.config.attributes["schema"]
    op.create_table(
        "snapshot",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("manifest", sa.dialects.postgresql.JSON, nullable=False),
        schema=schema,
    )
    op.create_table(
        "part",
        sa.Column("id", sa.Integer, sa.Identity(always=True), primary_key=True),
        sa.Column("snapshot", sa.Text, sa.ForeignKey(f"{schema}.snapshot.id"), nullable=False),
        sa.Column("layer", sa.Text, nullable=False),
        sa.UniqueConstraint("snapshot", "layer", name="part_snapshot_layer"),
        schema=schema,
    )
    op.create_table(
        "history",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("layer", sa.Text, nullable=False),
        sa.Column("snapshot", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["snapshot", "layer"], [f"{schema}.part.snapshot", f"{schema}.part.layer"], name="history_part"
        ),
        sa.CheckConstraint("reason IN ('publish', 'rollback')", name="history_reason"),
        schema=schema,
    )
    op.create_index("history_layer", "history", ["layer", "id"], schema=schema)
