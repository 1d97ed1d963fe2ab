"""Tables of records: registers and their numbers, documents with renditions, deliveries and signatures."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from docsvc.db.base import Base, BigId
from docsvc.db.people import Unit, User


def _sparse(*columns: str) -> Index:
    """An index of the few rows that have a value in its last column."""
    known = text(f"{columns[-1]} IS NOT NULL")
    return Index(None, *columns, sqlite_where=known, postgresql_where=known)


class Series(Base):
    """One run of numbers of a unit for a year: a register (NĐ 30, art. 15)."""

    __tablename__ = "series"
    __table_args__ = (UniqueConstraint("unit_id", "year", "code"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    year: Mapped[int]
    code: Mapped[str] = mapped_column(String(20))
    """Names the series within the unit and year: ``chung`` for the common one, ``mat`` for the secret one."""
    type_keys: Mapped[str] = mapped_column(String(200), default="")
    """Document types it serves, separated by spaces; empty means every type without a series of its own."""
    secret: Mapped[bool] = mapped_column(default=False)
    last_number: Mapped[int] = mapped_column(default=0)
    last_on: Mapped[date | None]
    closed_at: Mapped[datetime | None]

    unit: Mapped[Unit] = relationship()


class Number(Base):
    """One number taken from a series; never taken back, never given again."""

    __tablename__ = "numbers"
    __table_args__ = (UniqueConstraint("series_id", "number"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"))
    number: Mapped[int]
    type_key: Mapped[str] = mapped_column(String(10))
    document_id: Mapped[str | None] = mapped_column(ForeignKey("documents.id"), unique=True)
    """Unknown for secret documents: docsvc keeps neither file nor abstract of them."""
    taken_on: Mapped[date]
    taken_at: Mapped[datetime]
    taken_by: Mapped[int] = mapped_column(ForeignKey("users.id"))

    series: Mapped[Series] = relationship()


class Document(Base):
    """One official document, from draft to archive (fields: NĐ 30, appendices IV and VI)."""

    __tablename__ = "documents"
    __table_args__ = (
        Index(None, "unit_id", "issued_on"),
        Index(None, "number", "year"),
        Index(None, "state", "unit_id"),
        _sparse("ended_how", "ended_on"),
        _sparse("amended_on"),
        _sparse("in_force_from"),
        # What questions without words begin with; the day beside it gives the newest without sorting.
        Index(None, "issued_on", "number", "id"),
        Index(None, "type_key", "issued_on"),
        Index(None, "drafting_unit_id", "issued_on"),
        Index(None, "unit_id", "year", "number"),
        Index(None, "signatory_name", "issued_on"),
        Index(None, "state", "issued_on"),
        Index(None, "medium", "issued_on"),
        Index(None, "number", "issued_on"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    drafting_unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    type_key: Mapped[str] = mapped_column(String(10))
    abstract: Mapped[str] = mapped_column(String(500))
    state: Mapped[str] = mapped_column(String(12))
    medium: Mapped[str] = mapped_column(String(12))
    """``electronic``, or ``paper`` for a document signed by hand and only registered here."""
    access: Mapped[str] = mapped_column(String(12))
    urgency: Mapped[str] = mapped_column(String(12))
    language: Mapped[str] = mapped_column(String(30), default="vi")
    pages: Mapped[int] = mapped_column(default=0)
    copies: Mapped[int] = mapped_column(default=0)
    """Paper copies made; 0 for none."""

    signatory_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    signatory_name: Mapped[str] = mapped_column(String(50), default="")
    signatory_position: Mapped[str] = mapped_column(String(100), default="")
    signatory_authority: Mapped[str] = mapped_column(String(10), default="")
    """TM., KT., TL., TUQ., Q. or empty (NĐ 30 appendix I, II.7b)."""

    symbol: Mapped[str] = mapped_column(String(30))
    """Without the number: ``QĐ-UBND``."""
    number: Mapped[int | None]
    year: Mapped[int | None]
    reference: Mapped[str | None] = mapped_column(String(45), index=True)
    """Number and symbol together, as printed: ``138/QĐ-UBND``. Unknown until the clerk has taken the number."""
    reference_key: Mapped[str | None] = mapped_column(String(45), index=True)
    """The reference folded, for people who type without diacritics; never used alone to tell two apart."""
    issued_on: Mapped[date | None]

    places: Mapped[dict[str, Any] | None]
    """Boxes on the pages for number, date, signature and seal; unknown ones must be shown by hand."""
    check_mark: Mapped[bool] = mapped_column(default=True)
    """Whether a QR code for the public check is drawn into its file, where the service draws them."""
    note: Mapped[str] = mapped_column(Text, default="")
    """Why it was returned or withdrawn."""
    created_by: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    signed_at: Mapped[datetime | None]
    numbered_at: Mapped[datetime | None]
    sealed_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=0)
    """Raised with every change: two people cannot act on the same state."""

    in_force_from: Mapped[date | None]
    """``None``: from its date on."""
    in_force_until: Mapped[date | None]
    """Its last day, where it has one."""
    amended_on: Mapped[date | None]
    """First day on which a later document amends or corrects it; kept by docsvc.records.effects, as the next two."""
    ended_on: Mapped[date | None]
    """First day on which it is not in force any more; empty while it is not issued, or was withdrawn."""
    ended_how: Mapped[str | None] = mapped_column(String(12))
    """``replaced``, ``repealed`` or ``expired``."""

    unit: Mapped[Unit] = relationship(foreign_keys=[unit_id])
    drafting_unit: Mapped[Unit] = relationship(foreign_keys=[drafting_unit_id])
    signatory: Mapped[User | None] = relationship(foreign_keys=[signatory_id])
    author: Mapped[User] = relationship(foreign_keys=[created_by])
    renditions: Mapped[list[Rendition]] = relationship(
        back_populates="document", order_by="Rendition.id", cascade="all, delete-orphan"
    )
    deliveries: Mapped[list[Delivery]] = relationship(
        back_populates="document", order_by="Delivery.id", cascade="all, delete-orphan"
    )
    signatures: Mapped[list[Signature]] = relationship(
        back_populates="document", order_by="Signature.id", cascade="all, delete-orphan"
    )
    annexes: Mapped[list[Annex]] = relationship(
        order_by="Annex.position, Annex.id", cascade="all, delete-orphan", back_populates="document"
    )
    """Those taken out again among them."""
    copied_from: Mapped[CopySource | None] = relationship(
        foreign_keys="CopySource.document_id", cascade="all, delete-orphan", single_parent=True
    )
    """``None`` for a document that is no copy."""

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's declared form


class Rendition(Base):
    """One file of a document; its bytes lie in the object store under their SHA-256."""

    __tablename__ = "renditions"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"), index=True)
    role: Mapped[str] = mapped_column(String(12))
    """``draft``, ``signed`` (by the leader), ``issued`` (sealed), ``scan`` (of a paper document), ``source`` (what a
    copy was made from); of an annex ``annex-draft`` and ``annex`` (sealed)."""
    annex_id: Mapped[int | None] = mapped_column(ForeignKey("annexes.id"), index=True)
    """The annex whose file it is; ``None`` for the document's own files."""
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size_bytes: Mapped[int] = mapped_column(BigId)
    media_type: Mapped[str] = mapped_column(String(100), default="application/pdf")
    file_name: Mapped[str] = mapped_column(String(255))
    store: Mapped[str] = mapped_column(String(12))
    """Backend that holds the bytes, so that a move between backends can be told."""
    created_at: Mapped[datetime]
    created_by: Mapped[int] = mapped_column(ForeignKey("users.id"))

    document: Mapped[Document] = relationship(back_populates="renditions")
    annex: Mapped[Annex | None] = relationship(back_populates="renditions")


class ReadText:
    """What is known of a text that was read from a file; ``None`` where it was read before this was kept."""

    text: Mapped[str] = mapped_column(Text)
    """Pages are separated by form feeds."""
    text_quality: Mapped[str | None] = mapped_column(String(10), index=True)
    """Of its worst page: ``garbled``, ``scan``, ``ocr``, ``good`` or ``blank``."""
    text_pages: Mapped[dict[str, Any] | None] = mapped_column(deferred=True)
    """``pages``: what was measured on each."""
    text_extractor: Mapped[str | None] = mapped_column(String(40))
    """What read it, with its version, so that texts can be read again by a better one."""
    text_extracted_at: Mapped[datetime | None]


class Annex(ReadText, Base):
    """An annex in a file of its own (NĐ 30, appendix I, part I, III.1)."""

    __tablename__ = "annexes"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"), index=True)
    position: Mapped[int]
    """From 1 in the order in which they were added; those taken out keep theirs."""
    title: Mapped[str] = mapped_column(String(200))
    pages: Mapped[int]
    level: Mapped[str] = mapped_column(String(10), default="")
    """PAdES level of the signature on it; empty until it is sealed."""
    removed_at: Mapped[datetime | None]
    """When the drafter took it out again; its file stays in the history."""

    document: Mapped[Document] = relationship(back_populates="annexes")
    renditions: Mapped[list[Rendition]] = relationship(back_populates="annex", order_by="Rendition.id")


class CopySource(Base):
    """What a copy (sao y, trích sao, sao lục) was made from; its row is the relation between the two documents."""

    __tablename__ = "copy_sources"

    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"), primary_key=True)
    """The copy."""
    source_id: Mapped[str | None] = mapped_column(ForeignKey("documents.id"), index=True)
    """The document it was made from; ``None`` for one from outside, whose file is kept with the copy."""
    sha256: Mapped[str] = mapped_column(String(64))
    """Of the very file that was copied."""
    reference: Mapped[str] = mapped_column(String(45))
    issued_on: Mapped[date | None]
    agency: Mapped[str] = mapped_column(String(200))
    """Who issued the source."""
    pages: Mapped[str] = mapped_column(String(200))
    """Of an excerpt, as ``1-3, 5``; empty where all of it was copied."""

    source: Mapped[Document | None] = relationship(foreign_keys=[source_id])


class Delivery(Base):
    """A recipient and the channel the document goes by."""

    __tablename__ = "deliveries"
    # Whether a document went to a unit is asked of every document that is not public.
    __table_args__ = (Index(None, "document_id", "unit_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"))
    recipient: Mapped[str] = mapped_column(String(200))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    """Unknown for recipients outside the tree of units."""
    channel: Mapped[str] = mapped_column(String(12))
    """``electronic``, ``paper`` or ``both``."""
    sent_at: Mapped[datetime | None]

    document: Mapped[Document] = relationship(back_populates="deliveries")


class Signature(Base):
    """A digital signature on the issued file, as verified when it was made."""

    __tablename__ = "signatures"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    """``personal`` or ``organisation``."""
    holder: Mapped[str] = mapped_column(String(200))
    certificate_sha256: Mapped[str] = mapped_column(String(64))
    level: Mapped[str] = mapped_column(String(10))
    signed_at: Mapped[datetime]
    indication: Mapped[str] = mapped_column(String(20))
    """ETSI EN 319 102-1 main indication at the last check."""
    checked_at: Mapped[datetime]

    document: Mapped[Document] = relationship(back_populates="signatures")


class BegunSigning(Base):
    """Something handed out to be signed with a key that is elsewhere; kept until it is finished or has expired."""

    __tablename__ = "begun_signings"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    """``personal`` or ``organisation``."""
    way: Mapped[str] = mapped_column(String(12))
    """``digest``: a client returns a CMS; ``file``: a file signed by another program comes back."""
    begun_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    document_version: Mapped[int]
    prepared_sha256: Mapped[str] = mapped_column(String(64), index=True)
    """What was handed out; its bytes lie in the object store."""
    container_start: Mapped[int | None] = mapped_column(BigId)
    container_end: Mapped[int | None] = mapped_column(BigId)
    """Span of the container left empty, angle brackets included; only for ``digest``."""
    certificates: Mapped[bytes | None] = mapped_column(LargeBinary)
    """PEM of who announced to sign; only for ``digest``."""
    begun_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    finished_at: Mapped[datetime | None]


class DocumentText(ReadText, Base):
    """Text of a document, beside the signed bytes."""

    __tablename__ = "document_texts"

    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"), primary_key=True)
    rendition_sha256: Mapped[str] = mapped_column(String(64))


class RecognisedPage(Base):
    """What was recognised on the picture of one page; by the file's content, so that it is never done twice."""

    __tablename__ = "recognised_pages"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    page: Mapped[int] = mapped_column(primary_key=True)
    """From 1."""
    text: Mapped[str] = mapped_column(Text)
    boxes: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    """Where each word stands; compressed."""
    confidence: Mapped[int]
    """0 to 100."""
    problem: Mapped[str] = mapped_column(String(40), default="")
    """Code of what kept it from being recognised; empty where nothing did."""
    recogniser: Mapped[str] = mapped_column(String(40))
    recognised_at: Mapped[datetime]


class Job(Base):
    """Work to do after a transaction, written in that same transaction."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index(None, "kind", "due_at"),
        # SQLite would give the id of a finished job to the next: a worker that is late would take that one away.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"), index=True)
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str] = mapped_column(Text, default="")


class Event(Base):
    """One entry of the audit log; each holds the hash of the one before."""

    __tablename__ = "events"
    __table_args__ = (Index(None, "object_kind", "object_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    """1, 2, 3 … without a gap, so that a missing entry shows."""
    happened_at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(60))
    """Username, or ``system``."""
    act: Mapped[str] = mapped_column(String(40))
    object_kind: Mapped[str] = mapped_column(String(20))
    object_id: Mapped[str] = mapped_column(String(64))
    detail: Mapped[str] = mapped_column(Text)
    """Canonical JSON, kept as text so that the hash can be made again from it."""
    previous_sha256: Mapped[str] = mapped_column(String(64))
    sha256: Mapped[str] = mapped_column(String(64))


class EventHead(Base):
    """The one row that writers of the log queue on; the first migration makes it."""

    __tablename__ = "event_head"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    last_id: Mapped[int] = mapped_column(BigId)
    last_sha256: Mapped[str] = mapped_column(String(64))
