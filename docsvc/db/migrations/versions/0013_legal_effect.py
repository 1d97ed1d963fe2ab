"""Legal effect: from when to when a document is in force, and what later documents do to it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_LIVE = sa.text("withdrawn_at IS NULL")
_DATES = ("in_force_from", "in_force_until", "amended_on", "ended_on")


def _big() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Documents are in force from their date, without end, until somebody records otherwise."""
    # Columns that may be empty need no copy of the table, which may hold a million rows.
    for name in _DATES:
        op.add_column("documents", sa.Column(name, sa.Date(), nullable=True))
    op.add_column("documents", sa.Column("ended_how", sa.String(length=12), nullable=True))
    for columns in (["ended_how", "ended_on"], ["amended_on"], ["in_force_from"]):
        known = sa.text(f"{columns[-1]} IS NOT NULL")
        name = op.f(f"ix_documents_{'_'.join(columns)}")
        op.create_index(name, "documents", columns, sqlite_where=known, postgresql_where=known)
    op.create_table(
        "document_effects",
        sa.Column("id", _big(), nullable=False),
        sa.Column("document_id", sa.String(length=32), nullable=False),
        sa.Column("target_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("recorded_by", _big(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by", _big(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_document_effects_document_id_documents")
        ),
        sa.ForeignKeyConstraint(["target_id"], ["documents.id"], name=op.f("fk_document_effects_target_id_documents")),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.id"], name=op.f("fk_document_effects_recorded_by_users")),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["users.id"], name=op.f("fk_document_effects_withdrawn_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_effects")),
    )
    op.create_index(
        op.f("ix_document_effects_document_id_target_id_kind"),
        "document_effects",
        ["document_id", "target_id", "kind"],
        unique=True,
        sqlite_where=_LIVE,
        postgresql_where=_LIVE,
    )
    op.create_index(op.f("ix_document_effects_target_id"), "document_effects", ["target_id"])


def downgrade() -> None:
    """The program before knows withdrawals alone; what documents do to others is forgotten."""
    op.drop_table("document_effects")
    for name in ("ended_how_ended_on", "amended_on", "in_force_from"):
        op.drop_index(op.f(f"ix_documents_{name}"), "documents")
    with op.batch_alter_table("documents") as table:
        for column in (*_DATES, "ended_how"):
            table.drop_column(column)
