"""Whom signatures are believed from, and the trusted lists that say so."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def _big() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Nobody but the roots of the settings, as before."""
    op.create_table(
        "trusted_lists",
        sa.Column("id", _big(), nullable=False),
        sa.Column("territory", sa.String(length=10), nullable=False),
        sa.Column("scheme", sa.String(length=300), nullable=False),
        sa.Column("operator", sa.String(length=300), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_update", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("signer_sha256", sa.String(length=64), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_by", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trusted_lists")),
    )
    op.create_index(op.f("ix_trusted_lists_territory_scheme"), "trusted_lists", ["territory", "scheme"], unique=True)
    op.create_table(
        "trust_anchors",
        sa.Column("id", _big(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("in_use", sa.String(length=64), nullable=True),
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("holder", sa.String(length=300), nullable=False),
        sa.Column("issuer", sa.String(length=300), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("purposes", sa.String(length=40), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("list_id", _big(), nullable=True),
        sa.Column("service", sa.String(length=300), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.String(length=60), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_by", sa.String(length=60), nullable=False),
        sa.Column("removal_reason", sa.String(length=300), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["list_id"], ["trusted_lists.id"], name=op.f("fk_trust_anchors_list_id_trusted_lists")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trust_anchors")),
    )
    op.create_index(op.f("ix_trust_anchors_list_id"), "trust_anchors", ["list_id"])
    op.create_index(op.f("ix_trust_anchors_sha256"), "trust_anchors", ["sha256"])
    op.create_index(op.f("ix_trust_anchors_in_use"), "trust_anchors", ["in_use"], unique=True)


def downgrade() -> None:
    """The program before knows only the roots of the settings."""
    op.drop_table("trust_anchors")
    op.drop_table("trusted_lists")
