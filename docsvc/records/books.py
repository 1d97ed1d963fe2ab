"""The register of outgoing documents as a book (NĐ 30, appendix IV, I), one per series and year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, selectinload

from docsvc.accounts import Actor, Role
from docsvc.db.people import Unit
from docsvc.db.records import Delivery, Document, Number, Series
from docsvc.errors import NotFound
from docsvc.records.reading import readable
from docsvc.records.registers import padded
from docsvc.records.terms import Channel
from docsvc.records.units import subtree


@dataclass(frozen=True, slots=True)
class Book:
    """A register that this person may open."""

    series: Series
    unit: Unit
    entries: int


@dataclass(frozen=True, slots=True)
class BookEntry:
    """One line of the book; a document that is not for this reader shows its number and date alone."""

    reference: str
    """Number and symbol; the number alone where the document is unknown or hidden."""
    on: date
    type_key: str
    document: Document | None
    """``None`` for secret documents and for those this person may not read."""
    recipients: str
    paper_copies: int
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class BookPage:
    """One page of a book, in the order of its numbers."""

    book: Book
    entries: tuple[BookEntry, ...]
    page: int
    pages: int


def books(session: Session, actor: Actor) -> tuple[Book, ...]:
    """Registers of units where this person is clerk or leader, and of units audited; newest year first."""
    counted = select(func.count()).select_from(Number).where(Number.series_id == Series.id).scalar_subquery()
    rows = session.execute(
        select(Series, Unit, counted)
        .join(Unit, Unit.id == Series.unit_id)
        .where(_visible(actor))
        .order_by(Unit.id, Series.year.desc(), Series.secret, Series.id)
    )
    return tuple(Book(series, unit, entries) for series, unit, entries in rows)


def open_book(session: Session, actor: Actor, series_id: int, *, page: int = 1, per_page: int = 50) -> BookPage:
    """A page of a register, each document checked for this person like everywhere else.

    Raises:
        NotFound: there is no such register, or it is not for this person.
    """
    found = next((book for book in books(session, actor) if book.series.id == series_id), None)
    if found is None:
        raise NotFound
    pages = max(1, -(-found.entries // per_page))
    page = min(max(page, 1), pages)
    numbers = session.scalars(
        select(Number)
        .where(Number.series_id == series_id)
        .order_by(Number.number)
        .offset((page - 1) * per_page)
        .limit(per_page)
    ).all()
    wanted = [number.document_id for number in numbers if number.document_id]
    documents = {
        document.id: document
        for document in session.scalars(
            select(Document)
            .where(Document.id.in_(wanted), readable(session, actor))
            .options(selectinload(Document.deliveries), selectinload(Document.drafting_unit))
        )
    }
    entries = tuple(_entry(number, documents.get(number.document_id or "")) for number in numbers)
    return BookPage(found, entries, page, pages)


def _entry(number: Number, document: Document | None) -> BookEntry:
    deliveries: list[Delivery] = document.deliveries if document else []
    sent = [delivery.sent_at for delivery in deliveries if delivery.sent_at]
    by_paper = [delivery for delivery in deliveries if delivery.channel in (Channel.PAPER, Channel.BOTH)]
    return BookEntry(
        reference=(document.reference if document else None) or padded(number.number),
        on=number.taken_on,
        type_key=number.type_key,
        document=document,
        recipients="; ".join(delivery.recipient for delivery in deliveries),
        paper_copies=max(document.copies, len(by_paper)) if document else 0,
        sent_at=max(sent) if sent else (document.published_at if document else None),
    )


def _visible(actor: Actor) -> ColumnElement[bool]:
    return or_(
        Series.unit_id.in_(actor.units(Role.CLERK, Role.LEADER)),
        Series.unit_id.in_(subtree(actor.units(Role.AUDITOR))),
    )
