"""How well the text of a document was read, by what; and what was recognised on scanned pages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_TABLES = ("document_texts", "annexes")
_COLUMNS = ("text_quality", "text_pages", "text_extractor", "text_extracted_at")


def upgrade() -> None:
    """Texts read before stay as they are; ``docsvc extract`` reads them again."""
    for name in _TABLES:
        # New columns without a value: no row is touched, however many there are.
        op.add_column(name, sa.Column("text_quality", sa.String(length=10), nullable=True))
        op.add_column(
            name, sa.Column("text_pages", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True)
        )
        op.add_column(name, sa.Column("text_extractor", sa.String(length=40), nullable=True))
        op.add_column(name, sa.Column("text_extracted_at", sa.DateTime(timezone=True), nullable=True))
        op.create_index(op.f(f"ix_{name}_text_quality"), name, ["text_quality"])
    op.create_table(
        "recognised_pages",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("boxes", sa.LargeBinary(), nullable=True),
        sa.Column("confidence", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(length=40), nullable=False),
        sa.Column("recogniser", sa.String(length=40), nullable=False),
        sa.Column("recognised_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", "page", name=op.f("pk_recognised_pages")),
    )


def downgrade() -> None:
    """The texts themselves stay, recognised ones too; how good they are is forgotten."""
    op.execute("DELETE FROM jobs WHERE kind = 'ocr'")
    op.drop_table("recognised_pages")
    for name in _TABLES:
        op.drop_index(op.f(f"ix_{name}_text_quality"), name)
        with op.batch_alter_table(name) as table:
            for column in _COLUMNS:
                table.drop_column(column)
