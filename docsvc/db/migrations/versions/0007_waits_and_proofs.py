"""Who waits for which authority, until when archive timestamps prove, and runs over the archive."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from docsvc.db.base import BigId, UtcInstant

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing waits yet; how long a proof lasts is learnt when a document is looked at."""
    op.create_table(
        "waits",
        sa.Column("document_id", sa.String(length=32), nullable=False),
        sa.Column("step", sa.String(length=10), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("server", sa.String(length=200), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("since", UtcInstant(), nullable=False),
        sa.Column("tried_at", UtcInstant(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_waits_document_id")),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_waits")),
    )
    op.create_index(op.f("ix_waits_code"), "waits", ["code"])
    op.create_table(
        "proofs",
        sa.Column("document_id", sa.String(length=32), nullable=False),
        sa.Column("certificate_until", UtcInstant(), nullable=False),
        sa.Column("algorithms", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_proofs_document_id")),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_proofs")),
    )
    op.create_index(op.f("ix_proofs_certificate_until"), "proofs", ["certificate_until"])
    op.create_table(
        "preserve_runs",
        sa.Column("id", BigId, nullable=False),
        sa.Column("started_at", UtcInstant(), nullable=False),
        sa.Column("moved_at", UtcInstant(), nullable=False),
        sa.Column("ended_at", UtcInstant(), nullable=True),
        sa.Column("holder", sa.String(length=200), nullable=False),
        sa.Column("due", sa.Integer(), nullable=False),
        sa.Column("extended", sa.Integer(), nullable=False),
        sa.Column("renewed", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("stopped_by", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_preserve_runs")),
    )


def downgrade() -> None:
    """The documents themselves are untouched."""
    for table in ("preserve_runs", "proofs", "waits"):
        op.drop_table(table)
