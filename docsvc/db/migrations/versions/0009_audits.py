"""Audits of the archive: runs, what was found of every file, alarms."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from docsvc.db.base import BigId, UtcInstant

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing was audited yet."""
    op.create_table(
        "audit_runs",
        sa.Column("id", BigId, nullable=False),
        sa.Column("origin", sa.String(length=12), nullable=False),
        sa.Column("started_by", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("scope", sa.String(length=10), nullable=False),
        sa.Column("unit_ids", sa.Text(), nullable=False),
        sa.Column("type_keys", sa.String(length=200), nullable=False),
        sa.Column("issued_from", sa.Date(), nullable=True),
        sa.Column("issued_to", sa.Date(), nullable=True),
        sa.Column("created_at", UtcInstant(), nullable=False),
        sa.Column("planned_at", UtcInstant(), nullable=True),
        sa.Column("moved_at", UtcInstant(), nullable=False),
        sa.Column("ended_at", UtcInstant(), nullable=True),
        sa.Column("holder", sa.String(length=200), nullable=False),
        sa.Column("stop_asked", sa.Boolean(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("handled", sa.Integer(), nullable=False),
        sa.Column("findings", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_runs")),
    )
    op.create_index(op.f("ix_audit_runs_state"), "audit_runs", ["state"])
    op.create_table(
        "audit_results",
        sa.Column("id", BigId, nullable=False),
        sa.Column("run_id", BigId, nullable=False),
        sa.Column("rendition_id", BigId, nullable=True),
        sa.Column("document_id", sa.String(length=32), nullable=True),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("stored", sa.String(length=10), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("cause", sa.String(length=60), nullable=False),
        sa.Column("detail_vi", sa.Text(), nullable=False),
        sa.Column("detail_en", sa.Text(), nullable=False),
        sa.Column("checked_at", UtcInstant(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["audit_runs.id"], name=op.f("fk_audit_results_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_results")),
        sa.UniqueConstraint("run_id", "rendition_id", name=op.f("uq_audit_results_run_id_rendition_id")),
    )
    op.create_index(op.f("ix_audit_results_run_id_cause_id"), "audit_results", ["run_id", "cause", "id"])
    op.create_index(op.f("ix_audit_results_rendition_id"), "audit_results", ["rendition_id"])
    op.create_index(op.f("ix_audit_results_document_id"), "audit_results", ["document_id"])
    op.create_table(
        "audit_alarms",
        sa.Column("id", BigId, nullable=False),
        sa.Column("run_id", BigId, nullable=False),
        sa.Column("rendition_id", BigId, nullable=False),
        sa.Column("document_id", sa.String(length=32), nullable=False),
        sa.Column("unit_id", BigId, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=60), nullable=False),
        sa.Column("detail_vi", sa.Text(), nullable=False),
        sa.Column("detail_en", sa.Text(), nullable=False),
        sa.Column("raised_at", UtcInstant(), nullable=False),
        sa.Column("acknowledged_at", UtcInstant(), nullable=True),
        sa.Column("acknowledged_by", sa.String(length=60), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["audit_runs.id"], name=op.f("fk_audit_alarms_run_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_audit_alarms_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_alarms")),
    )
    op.create_index(op.f("ix_audit_alarms_acknowledged_at_unit_id"), "audit_alarms", ["acknowledged_at", "unit_id"])
    op.create_index(op.f("ix_audit_alarms_rendition_id"), "audit_alarms", ["rendition_id"])


def downgrade() -> None:
    """What audits found is forgotten; the archive itself is untouched."""
    for table in ("audit_alarms", "audit_results", "audit_runs"):
        op.drop_table(table)
