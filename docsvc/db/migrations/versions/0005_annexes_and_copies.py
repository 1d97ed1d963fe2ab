"""Annexes in files of their own; copies and what they were made from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from docsvc.db.base import BigId, UtcInstant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No document has an annex yet, and none is a copy."""
    op.create_table(
        "annexes",
        sa.Column("id", BigId, nullable=False),
        sa.Column("document_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("removed_at", UtcInstant(), nullable=True),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_annexes_document_id_documents")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_annexes")),
    )
    op.create_index(op.f("ix_annexes_document_id"), "annexes", ["document_id"])
    op.create_table(
        "copy_sources",
        sa.Column("document_id", sa.String(length=32), nullable=False),
        sa.Column("source_id", sa.String(length=32), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("reference", sa.String(length=45), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("agency", sa.String(length=200), nullable=False),
        sa.Column("pages", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_copy_sources_document_id_documents")),
        sa.ForeignKeyConstraint(["source_id"], ["documents.id"], name=op.f("fk_copy_sources_source_id_documents")),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_copy_sources")),
    )
    op.create_index(op.f("ix_copy_sources_source_id"), "copy_sources", ["source_id"])
    with op.batch_alter_table("renditions") as table:
        table.add_column(sa.Column("annex_id", BigId, nullable=True))
        table.create_foreign_key(op.f("fk_renditions_annex_id_annexes"), "annexes", ["annex_id"], ["id"])
        table.create_index(op.f("ix_renditions_annex_id"), ["annex_id"])


def downgrade() -> None:
    """The program before knows neither.

    Sealed annexes stay on record as files of their documents; drafts of annexes would be taken for the documents' own,
    and go.
    """
    op.execute("DELETE FROM renditions WHERE role = 'annex-draft'")
    with op.batch_alter_table("renditions") as table:
        table.drop_index(op.f("ix_renditions_annex_id"))
        table.drop_constraint(op.f("fk_renditions_annex_id_annexes"), type_="foreignkey")
        table.drop_column("annex_id")
    op.drop_table("copy_sources")
    op.drop_table("annexes")
