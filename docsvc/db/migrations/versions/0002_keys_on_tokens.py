"""Keys may lie on tokens (PKCS#11): their place instead of a PKCS#12 file."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Every key there is, is a PKCS#12 file."""
    with op.batch_alter_table("signing_keys") as table:
        table.add_column(sa.Column("kind", sa.String(length=10), nullable=False, server_default="pkcs12"))
        table.add_column(sa.Column("token_module", sa.String(length=60), nullable=True))
        table.add_column(sa.Column("token_label", sa.String(length=32), nullable=True))
        table.add_column(sa.Column("token_serial", sa.String(length=16), nullable=True))
        table.add_column(sa.Column("token_key_label", sa.String(length=100), nullable=True))
        table.add_column(sa.Column("token_key_id", sa.String(length=64), nullable=True))
        table.add_column(sa.Column("token_certificates", sa.LargeBinary(), nullable=True))
        table.alter_column("pkcs12", existing_type=sa.LargeBinary(), nullable=True)
    with op.batch_alter_table("signing_keys") as table:
        table.alter_column("kind", existing_type=sa.String(length=10), existing_nullable=False, server_default=None)


def downgrade() -> None:
    """The program before knows no tokens: their keys stay on record, out of use and without a file."""
    keys = sa.table(
        "signing_keys",
        sa.column("kind", sa.String()),
        sa.column("pkcs12", sa.LargeBinary()),
        sa.column("created_at", sa.DateTime(timezone=True)),
        sa.column("retired_at", sa.DateTime(timezone=True)),
    )
    op.execute(
        sa.update(keys)
        .where(keys.c.kind == "pkcs11")
        .values(pkcs12=b"", retired_at=sa.func.coalesce(keys.c.retired_at, sa.func.current_timestamp()))
    )
    with op.batch_alter_table("signing_keys") as table:
        table.alter_column("pkcs12", existing_type=sa.LargeBinary(), nullable=False)
        for name in ("certificates", "key_id", "key_label", "serial", "label", "module"):
            table.drop_column(f"token_{name}")
        table.drop_column("kind")
