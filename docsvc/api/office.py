"""The office around the documents: oneself, units, document types, registers."""

from __future__ import annotations

from flask import Response
from sqlalchemy import select

from config.document_types import document_types
from docsvc.api.answers import answer
from docsvc.api.blueprint import OFFICE, api
from docsvc.api.context import actor, parts
from docsvc.api.models.authority import Delegation, DelegationQuery, Delegations
from docsvc.api.models.documents import DocumentSummary, TypeRef
from docsvc.api.models.office import (
    HeldRole,
    Me,
    Register,
    RegisterEntry,
    RegisterPage,
    RegisterPath,
    RegisterQuery,
    Registers,
    Types,
    Unit,
    Units,
)
from docsvc.db import people
from docsvc.db.records import Series
from docsvc.records import delegations
from docsvc.records.books import BookEntry, books, open_book


@api.get("/me", tags=[OFFICE], responses={200: Me})
def get_me() -> Response:
    """Tell whose token this is, and what roles that person holds."""
    person = actor()
    return answer(
        Me(
            user_id=person.user_id,
            username=person.username,
            full_name=person.full_name,
            language=person.language,
            roles=tuple(HeldRole(role=role, unit_id=unit) for role, unit in sorted(person.roles)),
        )
    )


@api.get("/units", tags=[OFFICE], responses={200: Units})
def list_units() -> Response:
    """List the units of the tree."""
    with parts().database.read() as session:
        units = session.scalars(select(people.Unit).order_by(people.Unit.id)).all()
    return answer(
        Units(
            units=tuple(
                Unit(
                    id=unit.id,
                    code=unit.code,
                    name=unit.name,
                    abbreviation=unit.abbreviation,
                    kind=unit.kind,
                    parent_id=unit.parent_id,
                    place=unit.place,
                    issues=unit.issues,
                    active_from=unit.active_from,
                    active_to=unit.active_to,
                )
                for unit in units
            )
        )
    )


@api.get("/delegations", tags=[OFFICE], responses={200: Delegations})
def list_delegations(query: DelegationQuery) -> Response:
    """List authorities to sign: of units that this person administers, audits or leads, and one's own."""
    now = parts().desk.clock()
    with parts().database.read() as session:
        rows = delegations.visible(session, actor(), unit_id=query.unit_id)
    return answer(Delegations(delegations=tuple(Delegation.of(row, now) for row in rows)))


@api.get("/document-types", tags=[OFFICE], responses={200: Types})
def list_document_types() -> Response:
    """List the types of documents (NĐ 30, appendix III)."""
    return answer(Types(types=tuple(TypeRef.of(key) for key in document_types())))


@api.get("/registers", tags=[OFFICE], responses={200: Registers})
def list_registers() -> Response:
    """List the registers that this person may open."""
    with parts().database.read() as session:
        found = books(session, actor())
    return answer(Registers(registers=tuple(_register(book.series) for book in found)))


@api.get("/registers/<register_id>", tags=[OFFICE], responses={200: RegisterPage})
def get_register(path: RegisterPath, query: RegisterQuery) -> Response:
    """Read a page of a register."""
    with parts().database.read() as session:
        found = open_book(session, actor(), path.register_id, page=query.page, per_page=query.per_page)
        page = RegisterPage(
            register=_register(found.book.series),
            page=found.page,
            pages=found.pages,
            entries=tuple(_entry(entry) for entry in found.entries),
        )
    return answer(page)


def _register(series: Series) -> Register:
    return Register(
        id=series.id,
        unit_id=series.unit_id,
        year=series.year,
        code=series.code,
        types=tuple(series.type_keys.split()),
        secret=series.secret,
        last_number=series.last_number,
        last_on=series.last_on,
        closed_at=series.closed_at,
    )


def _entry(entry: BookEntry) -> RegisterEntry:
    return RegisterEntry(
        reference=entry.reference,
        on=entry.on,
        type=entry.type_key,
        document=DocumentSummary.of(entry.document) if entry.document else None,
        recipients=entry.recipients,
        paper_copies=entry.paper_copies,
        sent_at=entry.sent_at,
    )
