"""An organisation's seal has a real size (NĐ 30, appendix I, II.8a)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Unknown for every unit: as its seal's picture says, else the usual size, as before."""
    with op.batch_alter_table("units") as table:
        table.add_column(sa.Column("seal_mm", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Sizes are forgotten; what was sealed stays as it is."""
    with op.batch_alter_table("units") as table:
        table.drop_column("seal_mm")
