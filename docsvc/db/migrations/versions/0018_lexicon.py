"""Words of public documents, for spelling suggestions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Empty: the worker counts the words."""
    op.create_table(
        "lexicon_words",
        sa.Column("word", sa.String(length=64), nullable=False),
        sa.Column("folded", sa.String(length=64), nullable=False),
        sa.Column("documents", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("word", name=op.f("pk_lexicon_words")),
    )
    op.create_index(op.f("ix_lexicon_words_folded_documents"), "lexicon_words", ["folded", "documents"])
    op.create_table(
        "lexicon_state",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("documents", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lexicon_state")),
    )


def downgrade() -> None:
    """Drop the words; they are counted again after the next upgrade."""
    op.drop_table("lexicon_state")
    op.drop_index(op.f("ix_lexicon_words_folded_documents"), table_name="lexicon_words")
    op.drop_table("lexicon_words")
