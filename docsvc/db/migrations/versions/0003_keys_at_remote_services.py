"""Keys may lie at remote signing services (CSC API v2): their name there instead of a file or a token."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No key there is, is a remote one."""
    with op.batch_alter_table("signing_keys") as table:
        table.add_column(sa.Column("remote_service", sa.String(length=60), nullable=True))
        table.add_column(sa.Column("remote_credential", sa.String(length=255), nullable=True))
        table.add_column(sa.Column("remote_otp", sa.Boolean(), nullable=True))
        table.add_column(sa.Column("remote_certificates", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """The program before knows no such services: their keys stay on record, out of use and without a file."""
    keys = sa.table(
        "signing_keys",
        sa.column("kind", sa.String()),
        sa.column("pkcs12", sa.LargeBinary()),
        sa.column("retired_at", sa.DateTime(timezone=True)),
    )
    op.execute(
        sa.update(keys)
        .where(keys.c.kind == "csc")
        .values(kind="pkcs12", pkcs12=b"", retired_at=sa.func.coalesce(keys.c.retired_at, sa.func.current_timestamp()))
    )
    with op.batch_alter_table("signing_keys") as table:
        for name in ("certificates", "otp", "credential", "service"):
            table.drop_column(f"remote_{name}")
