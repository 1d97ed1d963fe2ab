"""Codes by which anybody can look a public document up, and marks drawn into files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No document has a code yet; one is given when it is first needed. Drafts get marks from now on."""
    op.create_table(
        "check_codes",
        sa.Column("document_id", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=13), nullable=False),
        sa.Column("code_sha256", sa.String(length=64), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_check_codes_document_id_documents")),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_check_codes")),
        sa.UniqueConstraint("code", name=op.f("uq_check_codes_code")),
        sa.UniqueConstraint("code_sha256", name=op.f("uq_check_codes_code_sha256")),
    )
    op.create_table(
        "check_marks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("document_id", sa.String(length=32), nullable=False),
        sa.Column("annex_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("base_sha256", sa.String(length=64), nullable=False),
        sa.Column("marked_sha256", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("place", sa.String(length=40), nullable=False),
        sa.Column("problem", sa.String(length=20), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["annex_id"], ["annexes.id"], name=op.f("fk_check_marks_annex_id_annexes")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_check_marks_document_id_documents")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_marks")),
    )
    op.create_index(op.f("ix_check_marks_annex_id"), "check_marks", ["annex_id"])
    op.create_index(op.f("ix_check_marks_document_id"), "check_marks", ["document_id"])
    with op.batch_alter_table("documents") as table:
        table.add_column(sa.Column("check_mark", sa.Boolean(), server_default=sa.true(), nullable=False))
    with op.batch_alter_table("documents") as table:
        table.alter_column("check_mark", existing_type=sa.Boolean(), existing_nullable=False, server_default=None)


def downgrade() -> None:
    """Codes are forgotten: what is printed on documents leads nowhere."""
    with op.batch_alter_table("documents") as table:
        table.drop_column("check_mark")
    op.drop_table("check_marks")
    op.drop_table("check_codes")
