"""First tables: units and people, registers and documents, work to do, and the event log with its head."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from docsvc.db.base import UtcInstant

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TABLES = (
    "event_head",
    "events",
    "failed_sign_ins",
    "units",
    "users",
    "api_tokens",
    "documents",
    "memberships",
    "series",
    "sign_ins",
    "signing_keys",
    "deliveries",
    "document_texts",
    "jobs",
    "numbers",
    "renditions",
    "signatures",
)
"""Each after those that it names."""


def upgrade() -> None:
    """Make every table, and the one row of the event log's head, on which its writers queue."""
    op.create_table(
        "event_head",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("last_id", BIG, nullable=False),
        sa.Column("last_sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_head")),
    )
    op.create_table(
        "events",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("happened_at", UtcInstant(), nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("object_kind", sa.String(length=20), nullable=False),
        sa.Column("object_id", sa.String(length=64), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("previous_sha256", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_index(op.f("ix_events_happened_at"), "events", ["happened_at"])
    op.create_index(op.f("ix_events_object_kind_object_id"), "events", ["object_kind", "object_id"])

    op.create_table(
        "failed_sign_ins",
        sa.Column("id", BIG, nullable=False),
        sa.Column("subject", sa.String(length=100), nullable=False),
        sa.Column("failed_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failed_sign_ins")),
    )
    op.create_index(op.f("ix_failed_sign_ins_subject_failed_at"), "failed_sign_ins", ["subject", "failed_at"])

    op.create_table(
        "units",
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.String(length=35), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("abbreviation", sa.String(length=30), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("parent_id", BIG, nullable=True),
        sa.Column("place", sa.String(length=100), nullable=False),
        sa.Column("issues", sa.Boolean(), nullable=False),
        sa.Column("active_from", sa.Date(), nullable=True),
        sa.Column("active_to", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["parent_id"], ["units.id"], name=op.f("fk_units_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_units")),
        sa.UniqueConstraint("code", name=op.f("uq_units_code")),
    )
    op.create_index(op.f("ix_units_parent_id"), "units", ["parent_id"])

    op.create_table(
        "users",
        sa.Column("id", BIG, nullable=False),
        sa.Column("username", sa.String(length=60), nullable=False),
        sa.Column("full_name", sa.String(length=50), nullable=False),
        sa.Column("position", sa.String(length=100), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("username", name=op.f("uq_users_username")),
    )
    op.create_table(
        "api_tokens",
        sa.Column("id", BIG, nullable=False),
        sa.Column("user_id", BIG, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcInstant(), nullable=False),
        sa.Column("expires_at", UtcInstant(), nullable=True),
        sa.Column("used_at", UtcInstant(), nullable=True),
        sa.Column("revoked_at", UtcInstant(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_api_tokens_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_api_tokens_token_sha256")),
    )
    op.create_index(op.f("ix_api_tokens_user_id"), "api_tokens", ["user_id"])

    op.create_table(
        "documents",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("unit_id", BIG, nullable=False),
        sa.Column("drafting_unit_id", BIG, nullable=False),
        sa.Column("type_key", sa.String(length=10), nullable=False),
        sa.Column("abstract", sa.String(length=500), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("medium", sa.String(length=12), nullable=False),
        sa.Column("access", sa.String(length=12), nullable=False),
        sa.Column("urgency", sa.String(length=12), nullable=False),
        sa.Column("language", sa.String(length=30), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("signatory_id", BIG, nullable=True),
        sa.Column("signatory_name", sa.String(length=50), nullable=False),
        sa.Column("signatory_position", sa.String(length=100), nullable=False),
        sa.Column("signatory_authority", sa.String(length=10), nullable=False),
        sa.Column("symbol", sa.String(length=30), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("reference", sa.String(length=45), nullable=True),
        sa.Column("reference_key", sa.String(length=45), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("places", JSON, nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_by", BIG, nullable=False),
        sa.Column("created_at", UtcInstant(), nullable=False),
        sa.Column("changed_at", UtcInstant(), nullable=False),
        sa.Column("submitted_at", UtcInstant(), nullable=True),
        sa.Column("signed_at", UtcInstant(), nullable=True),
        sa.Column("numbered_at", UtcInstant(), nullable=True),
        sa.Column("sealed_at", UtcInstant(), nullable=True),
        sa.Column("published_at", UtcInstant(), nullable=True),
        sa.Column("withdrawn_at", UtcInstant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_documents_created_by")),
        sa.ForeignKeyConstraint(["drafting_unit_id"], ["units.id"], name=op.f("fk_documents_drafting_unit_id")),
        sa.ForeignKeyConstraint(["signatory_id"], ["users.id"], name=op.f("fk_documents_signatory_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_documents_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
    )
    op.create_index(op.f("ix_documents_created_by"), "documents", ["created_by"])
    op.create_index(op.f("ix_documents_issued_on"), "documents", ["issued_on"])
    op.create_index(op.f("ix_documents_number_year"), "documents", ["number", "year"])
    op.create_index(op.f("ix_documents_reference"), "documents", ["reference"])
    op.create_index(op.f("ix_documents_reference_key"), "documents", ["reference_key"])
    op.create_index(op.f("ix_documents_signatory_id"), "documents", ["signatory_id"])
    op.create_index(op.f("ix_documents_state_unit_id"), "documents", ["state", "unit_id"])
    op.create_index(op.f("ix_documents_unit_id_issued_on"), "documents", ["unit_id", "issued_on"])

    op.create_table(
        "memberships",
        sa.Column("id", BIG, nullable=False),
        sa.Column("user_id", BIG, nullable=False),
        sa.Column("unit_id", BIG, nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_memberships_unit_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_memberships_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
        sa.UniqueConstraint("user_id", "unit_id", "role", name=op.f("uq_memberships_user_id_unit_id_role")),
    )
    op.create_index(op.f("ix_memberships_unit_id"), "memberships", ["unit_id"])

    op.create_table(
        "series",
        sa.Column("id", BIG, nullable=False),
        sa.Column("unit_id", BIG, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("type_keys", sa.String(length=200), nullable=False),
        sa.Column("secret", sa.Boolean(), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=True),
        sa.Column("closed_at", UtcInstant(), nullable=True),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_series_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
        sa.UniqueConstraint("unit_id", "year", "code", name=op.f("uq_series_unit_id_year_code")),
    )
    op.create_table(
        "sign_ins",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("user_id", BIG, nullable=False),
        sa.Column("address", sa.String(length=60), nullable=False),
        sa.Column("created_at", UtcInstant(), nullable=False),
        sa.Column("expires_at", UtcInstant(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sign_ins_user_id")),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_sign_ins")),
    )
    op.create_index(op.f("ix_sign_ins_user_id"), "sign_ins", ["user_id"])

    op.create_table(
        "signing_keys",
        sa.Column("id", BIG, nullable=False),
        sa.Column("user_id", BIG, nullable=True),
        sa.Column("unit_id", BIG, nullable=True),
        sa.Column("pkcs12", sa.LargeBinary(), nullable=False),
        sa.Column("holder", sa.String(length=200), nullable=False),
        sa.Column("certificate_sha256", sa.String(length=64), nullable=False),
        sa.Column("not_before", UtcInstant(), nullable=False),
        sa.Column("not_after", UtcInstant(), nullable=False),
        sa.Column("image_png", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", UtcInstant(), nullable=False),
        sa.Column("retired_at", UtcInstant(), nullable=True),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_signing_keys_unit_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_signing_keys_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_keys")),
    )
    op.create_index(op.f("ix_signing_keys_unit_id"), "signing_keys", ["unit_id"])
    op.create_index(op.f("ix_signing_keys_user_id"), "signing_keys", ["user_id"])

    op.create_table(
        "deliveries",
        sa.Column("id", BIG, nullable=False),
        sa.Column("document_id", sa.String(length=32), nullable=False),
        sa.Column("recipient", sa.String(length=200), nullable=False),
        sa.Column("unit_id", BIG, nullable=True),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("sent_at", UtcInstant(), nullable=True),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_deliveries_document_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_deliveries_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
    )
    op.create_index(op.f("ix_deliveries_document_id"), "deliveries", ["document_id"])
    op.create_index(op.f("ix_deliveries_unit_id"), "deliveries", ["unit_id"])

    op.create_table(
        "document_texts",
        sa.Column("document_id", sa.String(length=32), nullable=False),
        sa.Column("rendition_sha256", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_document_texts_document_id")),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_document_texts")),
    )
    op.create_table(
        "jobs",
        sa.Column("id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("document_id", sa.String(length=32), nullable=False),
        sa.Column("due_at", UtcInstant(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_jobs_document_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_jobs_document_id"), "jobs", ["document_id"])
    op.create_index(op.f("ix_jobs_kind_due_at"), "jobs", ["kind", "due_at"])

    op.create_table(
        "numbers",
        sa.Column("id", BIG, nullable=False),
        sa.Column("series_id", BIG, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("type_key", sa.String(length=10), nullable=False),
        sa.Column("document_id", sa.String(length=32), nullable=True),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column("taken_at", UtcInstant(), nullable=False),
        sa.Column("taken_by", BIG, nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_numbers_document_id")),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f("fk_numbers_series_id")),
        sa.ForeignKeyConstraint(["taken_by"], ["users.id"], name=op.f("fk_numbers_taken_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_numbers")),
        sa.UniqueConstraint("document_id", name=op.f("uq_numbers_document_id")),
        sa.UniqueConstraint("series_id", "number", name=op.f("uq_numbers_series_id_number")),
    )
    op.create_table(
        "renditions",
        sa.Column("id", BIG, nullable=False),
        sa.Column("document_id", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", BIG, nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("store", sa.String(length=12), nullable=False),
        sa.Column("created_at", UtcInstant(), nullable=False),
        sa.Column("created_by", BIG, nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_renditions_created_by")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_renditions_document_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_renditions")),
    )
    op.create_index(op.f("ix_renditions_document_id"), "renditions", ["document_id"])
    op.create_index(op.f("ix_renditions_sha256"), "renditions", ["sha256"])

    op.create_table(
        "signatures",
        sa.Column("id", BIG, nullable=False),
        sa.Column("document_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("holder", sa.String(length=200), nullable=False),
        sa.Column("certificate_sha256", sa.String(length=64), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("signed_at", UtcInstant(), nullable=False),
        sa.Column("indication", sa.String(length=20), nullable=False),
        sa.Column("checked_at", UtcInstant(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_signatures_document_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signatures")),
    )
    op.create_index(op.f("ix_signatures_document_id"), "signatures", ["document_id"])
    head = sa.table("event_head", sa.column("id"), sa.column("last_id"), sa.column("last_sha256"))
    op.execute(head.insert().values(id=1, last_id=0, last_sha256="0" * 64))


def downgrade() -> None:
    """Drop every table, those that name others first."""
    for table in TABLES[::-1]:
        op.drop_table(table)
