"""Saved searches and what they found since."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from docsvc.db.base import UtcInstant

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Nobody has saved a search yet."""
    op.create_table(
        "saved_searches",
        sa.Column("id", _ID, nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("alert", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcInstant(), nullable=False),
        sa.Column("checked_event_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_saved_searches_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_searches")),
        sa.UniqueConstraint("user_id", "name", name=op.f("uq_saved_searches_user_id_name")),
    )
    op.create_table(
        "saved_search_hits",
        sa.Column("search_id", _ID, nullable=False),
        sa.Column("document_id", sa.String(length=32), nullable=False),
        sa.Column("found_at", UtcInstant(), nullable=False),
        sa.Column("seen_at", UtcInstant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["search_id"],
            ["saved_searches.id"],
            name=op.f("fk_saved_search_hits_search_id_saved_searches"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_saved_search_hits_document_id_documents")
        ),
        sa.PrimaryKeyConstraint("search_id", "document_id", name=op.f("pk_saved_search_hits")),
    )
    op.create_index(op.f("ix_saved_search_hits_search_id_seen_at"), "saved_search_hits", ["search_id", "seen_at"])


def downgrade() -> None:
    """Saved searches are lost."""
    op.drop_index(op.f("ix_saved_search_hits_search_id_seen_at"), table_name="saved_search_hits")
    op.drop_table("saved_search_hits")
    op.drop_table("saved_searches")
