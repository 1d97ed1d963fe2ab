"""The event log is anchored by timestamps, and checks of it are kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from docsvc.db.base import BigId, UtcInstant

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is anchored yet; the worker's first anchor covers the whole log up to then."""
    op.create_table(
        "event_anchors",
        sa.Column("number", BigId, autoincrement=False, nullable=False),
        sa.Column("last_event_id", BigId, nullable=False),
        sa.Column("last_event_sha256", sa.String(length=64), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("statement_sha256", sa.String(length=64), nullable=False),
        sa.Column("hashes_sha256", sa.String(length=64), nullable=False),
        sa.Column("stated_at", UtcInstant(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=True),
        sa.Column("token_sha256", sa.String(length=64), nullable=True),
        sa.Column("proven_at", UtcInstant(), nullable=True),
        sa.Column("authority", sa.String(length=200), nullable=False),
        sa.Column("certificate_until", UtcInstant(), nullable=True),
        sa.Column("tried_at", UtcInstant(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_event_anchors")),
        sa.UniqueConstraint("statement_sha256", name=op.f("uq_event_anchors_statement_sha256")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_event_anchors_token_sha256")),
    )
    op.create_index(op.f("ix_event_anchors_hashes_sha256"), "event_anchors", ["hashes_sha256"])
    op.create_table(
        "event_checks",
        sa.Column("id", BigId, nullable=False),
        sa.Column("asked_by", sa.String(length=60), nullable=False),
        sa.Column("asked_at", UtcInstant(), nullable=False),
        sa.Column("started_at", UtcInstant(), nullable=True),
        sa.Column("ended_at", UtcInstant(), nullable=True),
        sa.Column("is_sound", sa.Boolean(), nullable=True),
        sa.Column("report", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_checks")),
    )
    op.create_index(op.f("ix_event_checks_ended_at"), "event_checks", ["ended_at"])


def downgrade() -> None:
    """The rows go; the statements and tokens stay in the object store, and the log itself is as it was."""
    op.drop_table("event_checks")
    op.drop_table("event_anchors")
