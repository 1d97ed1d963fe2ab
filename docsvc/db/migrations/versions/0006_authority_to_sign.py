"""Authorities to sign with their dates; identifiers of holders, to hold certificates against."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No authority is on record yet; nobody's identifier is known."""
    op.create_table(
        "delegations",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("authority", sa.String(length=10), nullable=False),
        sa.Column("giver_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("giver_position", sa.String(length=100), nullable=False),
        sa.Column("type_keys", sa.String(length=200), nullable=False),
        sa.Column("basis", sa.String(length=300), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=60), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["giver_id"], ["users.id"], name=op.f("fk_delegations_giver_id_users")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_delegations_unit_id_units")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_delegations_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegations")),
    )
    op.create_index(op.f("ix_delegations_unit_id_user_id"), "delegations", ["unit_id", "user_id"])
    op.create_index(op.f("ix_delegations_user_id"), "delegations", ["user_id"])
    with op.batch_alter_table("users") as table:
        table.add_column(sa.Column("identifier", sa.String(length=60), nullable=True))
    with op.batch_alter_table("units") as table:
        table.add_column(sa.Column("tax_code", sa.String(length=20), nullable=True))
    with op.batch_alter_table("signing_keys") as table:
        table.add_column(sa.Column("holder_identifier", sa.String(length=100), nullable=True))
        table.add_column(sa.Column("holder_confirmed_by", sa.String(length=60), nullable=True))


def downgrade() -> None:
    """The program before asks nobody for an authority."""
    with op.batch_alter_table("signing_keys") as table:
        table.drop_column("holder_confirmed_by")
        table.drop_column("holder_identifier")
    with op.batch_alter_table("units") as table:
        table.drop_column("tax_code")
    with op.batch_alter_table("users") as table:
        table.drop_column("identifier")
    op.drop_table("delegations")
