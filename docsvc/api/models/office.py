"""Units, types, registers and the person whose token it is."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from docsvc.accounts import Role
from docsvc.api.models.base import Asked, Id, Told
from docsvc.api.models.documents import DocumentSummary, TypeRef, UnitRef
from docsvc.api.models.finding import PageNumber, PerPage


class HeldRole(Told):
    """A role and where it is held."""

    role: Role
    unit_id: Id


class Me(Told):
    """The person whose token this is."""

    user_id: Id
    username: str = Field(json_schema_extra={"example": "van.thu"})
    full_name: str
    language: str
    roles: tuple[HeldRole, ...]


class Unit(UnitRef):
    """A unit of the tree."""

    kind: str = Field(json_schema_extra={"example": "commune"})
    parent_id: Id | None
    place: str = Field(description="Written before the date on documents.", json_schema_extra={"example": "Ea Kly"})
    issues: bool = Field(description="Has registers and a seal of its own.")
    active_from: date | None
    active_to: date | None


class Units(Told):
    """Every unit; the tree is in `parent_id`."""

    units: tuple[Unit, ...]


class Types(Told):
    """Every type of document, in the decree's order."""

    types: tuple[TypeRef, ...]


class RegisterPath(Asked):
    """Names a register."""

    register_id: Id


class RegisterQuery(Asked):
    """Which page of a register."""

    page: PageNumber = 1
    per_page: PerPage = 50


class Register(Told):
    """One run of numbers of a unit for a year."""

    id: Id
    unit_id: Id
    year: int
    code: str = Field(json_schema_extra={"example": "chung"})
    types: tuple[str, ...] = Field(description="Keys of the types it serves; empty: every type without its own.")
    secret: bool
    last_number: int
    last_on: date | None
    closed_at: datetime | None


class Registers(Told):
    """The registers that this person may open: of units where clerk or leader, and of units audited."""

    registers: tuple[Register, ...]


class RegisterEntry(Told):
    """One line of a register; of a document that is not for this person only number, date and type are told."""

    reference: str = Field(description="Number and symbol; the number alone of what is secret or hidden.")
    on: date
    type: str = Field(description="Key of the document type.", json_schema_extra={"example": "qd"})
    document: DocumentSummary | None
    recipients: str
    paper_copies: int
    sent_at: datetime | None


class RegisterPage(Told):
    """One page of a register, in the order of its numbers (NĐ 30, appendix IV)."""

    register_: Register = Field(alias="register")
    page: int
    pages: int
    entries: tuple[RegisterEntry, ...]


class SecretNumberTaken(Told):
    """The number that was taken."""

    number: int
    on: date
