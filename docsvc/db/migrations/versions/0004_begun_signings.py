"""What was handed out to be signed with a key that is elsewhere; keys of which only the certificate is kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from docsvc.db.base import UtcInstant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Nothing has been begun yet."""
    op.create_table(
        "begun_signings",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("document_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("way", sa.String(length=12), nullable=False),
        sa.Column("begun_by", BIG, nullable=False),
        sa.Column("document_version", sa.Integer(), nullable=False),
        sa.Column("prepared_sha256", sa.String(length=64), nullable=False),
        sa.Column("container_start", BIG, nullable=True),
        sa.Column("container_end", BIG, nullable=True),
        sa.Column("certificates", sa.LargeBinary(), nullable=True),
        sa.Column("begun_at", UtcInstant(), nullable=False),
        sa.Column("expires_at", UtcInstant(), nullable=False),
        sa.Column("finished_at", UtcInstant(), nullable=True),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_begun_signings_document_id")),
        sa.ForeignKeyConstraint(["begun_by"], ["users.id"], name=op.f("fk_begun_signings_begun_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_begun_signings")),
    )
    for column in ("document_id", "expires_at", "prepared_sha256"):
        op.create_index(op.f(f"ix_begun_signings_{column}"), "begun_signings", [column])


def downgrade() -> None:
    """What is under way has to be begun again; keys on their owners' machines stay on record, out of use."""
    keys = sa.table(
        "signing_keys",
        sa.column("kind", sa.String()),
        sa.column("pkcs12", sa.LargeBinary()),
        sa.column("retired_at", sa.DateTime(timezone=True)),
    )
    op.execute(
        sa.update(keys)
        .where(keys.c.kind == "own")
        .values(kind="pkcs12", pkcs12=b"", retired_at=sa.func.coalesce(keys.c.retired_at, sa.func.current_timestamp()))
    )
    op.drop_table("begun_signings")
