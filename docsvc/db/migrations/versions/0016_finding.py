"""Which unit took over from which, and indexes for questions without words."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_INDEXES = (
    ("issued_on", "number", "id"),
    ("type_key", "issued_on"),
    ("drafting_unit_id", "issued_on"),
    ("unit_id", "year", "number"),
    ("signatory_name", "issued_on"),
    ("state", "issued_on"),
    ("medium", "issued_on"),
    ("number", "issued_on"),
)


def _big() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Every registered document is owed to the search index: it now knows who may read what, and what narrows."""
    op.create_table(
        "unit_successions",
        sa.Column("id", _big(), nullable=False),
        sa.Column("predecessor_id", _big(), nullable=False),
        sa.Column("successor_id", _big(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("legal_basis", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["predecessor_id"], ["units.id"], name=op.f("fk_unit_successions_predecessor_id_units")
        ),
        sa.ForeignKeyConstraint(["successor_id"], ["units.id"], name=op.f("fk_unit_successions_successor_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_successions")),
        sa.UniqueConstraint(
            "predecessor_id", "successor_id", name=op.f("uq_unit_successions_predecessor_id_successor_id")
        ),
    )
    op.create_index(op.f("ix_unit_successions_successor_id"), "unit_successions", ["successor_id"])
    op.create_index(op.f("ix_deliveries_document_id_unit_id"), "deliveries", ["document_id", "unit_id"])
    op.drop_index(op.f("ix_deliveries_document_id"), "deliveries")
    op.drop_index(op.f("ix_documents_issued_on"), "documents")
    for columns in _INDEXES:
        op.create_index(op.f(f"ix_documents_{'_'.join(columns)}"), "documents", list(columns))
    op.execute(
        "INSERT INTO jobs (kind, document_id, due_at, attempts, problem) "
        "SELECT 'index', id, changed_at, 0, '' FROM documents WHERE state IN ('issued', 'withdrawn')"
    )


def downgrade() -> None:
    """What took over from what is forgotten."""
    for columns in reversed(_INDEXES):
        op.drop_index(op.f(f"ix_documents_{'_'.join(columns)}"), "documents")
    op.create_index(op.f("ix_documents_issued_on"), "documents", ["issued_on"])
    op.create_index(op.f("ix_deliveries_document_id"), "deliveries", ["document_id"])
    op.drop_index(op.f("ix_deliveries_document_id_unit_id"), "deliveries")
    op.drop_table("unit_successions")
