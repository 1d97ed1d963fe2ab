"""What a drafter fills in about a document, checked before anything is stored."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from config.document_types import document_types, is_copy
from docsvc.accounts import Role
from docsvc.db.authority import Delegation
from docsvc.db.people import Membership, Unit, User
from docsvc.db.records import Delivery, Document
from docsvc.errors import Invalid
from docsvc.records.registers import symbol_of
from docsvc.records.terms import AUTHORITIES, Access, Channel, Urgency
from docsvc.records.units import issuing_unit, subtree
from docsvc.texts import one_line

LONGEST_ABSTRACT = 500
"""Subject, NĐ 30 appendix VI."""
LONGEST_RECIPIENTS = 1000
"""ToPlaces, NĐ 30 appendix VI."""
LONGEST_SYMBOL = 30
"""CodeNotation, NĐ 30 appendix VI."""
MOST_COPIES = 100_000


@dataclass(frozen=True, slots=True)
class RecipientEntry:
    """One line of "Nơi nhận" with its channel."""

    name: str
    channel: Channel = Channel.ELECTRONIC
    unit_id: int | None = None


@dataclass(frozen=True, slots=True)
class DocumentForm:
    """The facts of a document that a person types."""

    drafting_unit_id: int
    type_key: str
    abstract: str
    signatory_id: int | None = None
    """A user who signs here; ``None`` only for paper documents, whose signatory may be named instead."""
    signatory_name: str = ""
    signatory_position: str = ""
    authority: str = ""
    access: Access = Access.PUBLIC
    urgency: Urgency = Urgency.NORMAL
    recipients: tuple[RecipientEntry, ...] = ()
    copies: int = 0
    language: str = "vi"
    check_mark: bool = True
    """Draw the QR code of the public check into its files, where the service does so."""


def apply_form(session: Session, document: Document, form: DocumentForm, *, copy: bool = False) -> None:
    """Write the form onto the document, normalised to NFC; ``copy`` takes the types of copies instead of the others.

    Raises:
        Invalid: a field is empty, too long or names something that does not exist.
        NoRegister: no unit above the drafting unit issues documents.
    """
    drafting = session.get(Unit, form.drafting_unit_id)
    if drafting is None:
        raise Invalid("Chưa chọn đơn vị soạn thảo.", "Choose the drafting unit.")
    if form.type_key not in document_types() or is_copy(form.type_key) != copy:
        raise Invalid("Chưa chọn loại văn bản.", "Choose the type of document.")
    abstract = one_line(form.abstract)
    if not 0 < len(abstract) <= LONGEST_ABSTRACT:
        raise Invalid(
            f"Trích yếu cần từ 1 đến {LONGEST_ABSTRACT} ký tự.",
            f"The abstract needs 1 to {LONGEST_ABSTRACT} characters.",
        )
    if form.authority not in AUTHORITIES:
        raise Invalid("Quyền hạn người ký không đúng.", "The signatory's authority is not one of the list.")
    if not 0 <= form.copies <= MOST_COPIES:
        raise Invalid(f"Số bản cần từ 0 đến {MOST_COPIES}.", f"Copies are 0 to {MOST_COPIES}.")
    unit = issuing_unit(session, drafting.id)
    symbol = symbol_of(form.type_key, unit, drafting)
    if len(symbol) > LONGEST_SYMBOL:
        raise Invalid(
            f"Ký hiệu «{symbol}» dài quá {LONGEST_SYMBOL} ký tự: hãy rút gọn chữ viết tắt của đơn vị.",
            f"The symbol “{symbol}” is longer than {LONGEST_SYMBOL} characters: shorten the unit's abbreviation.",
        )
    document.unit_id, document.drafting_unit_id = unit.id, drafting.id
    document.type_key, document.abstract = form.type_key, abstract
    document.symbol = symbol
    document.access, document.urgency = Access(form.access), Urgency(form.urgency)
    document.copies, document.language = form.copies, one_line(form.language)[:30] or "vi"
    document.signatory_authority = form.authority
    document.check_mark = form.check_mark
    _apply_signatory(session, document, form, unit)
    document.deliveries = _deliveries(session, form)


def leaders_of(session: Session, unit_id: int) -> list[User]:
    """People who may sign for an issuing unit: its leaders, and leaders below it who were given authority."""
    leading = select(Membership.user_id).where(Membership.unit_id == unit_id, Membership.role == Role.LEADER)
    below = select(Membership.user_id).where(Membership.unit_id.in_(subtree([unit_id])), Membership.role == Role.LEADER)
    given = select(Delegation.user_id).where(Delegation.unit_id == unit_id, Delegation.ended_at.is_(None))
    chosen = or_(User.id.in_(leading), and_(User.id.in_(below), User.id.in_(given)))
    return list(session.scalars(select(User).where(chosen, User.active).order_by(User.id)))


def _apply_signatory(session: Session, document: Document, form: DocumentForm, unit: Unit) -> None:
    document.signatory_id = form.signatory_id
    if form.signatory_id is None:
        document.signatory_name = one_line(form.signatory_name)
        document.signatory_position = one_line(form.signatory_position)
        if len(document.signatory_name) > 50 or len(document.signatory_position) > 100:  # noqa: PLR2004 - as above
            raise Invalid(
                "Họ và tên người ký dài nhất 50 ký tự, chức vụ 100 ký tự.",
                "The signatory's name has 50 characters at most, the position 100.",
            )
        return
    signatory = next((user for user in leaders_of(session, unit.id) if user.id == form.signatory_id), None)
    if signatory is None:
        raise Invalid(
            "Người ký được chọn không phải lãnh đạo của cơ quan ban hành.",
            "The chosen signatory is not a leader of the issuing unit.",
        )
    document.signatory_name, document.signatory_position = signatory.full_name, signatory.position


def _deliveries(session: Session, form: DocumentForm) -> list[Delivery]:
    rows = []
    for entry in form.recipients:
        name = one_line(entry.name)
        if entry.unit_id is not None:
            unit = session.get(Unit, entry.unit_id)
            if unit is None:
                raise Invalid("Nơi nhận không có trong cây đơn vị.", "A recipient is not in the tree of units.")
            name = name or unit.name
        if not name:
            continue
        if len(name) > 200:  # noqa: PLR2004 - OrganName, NĐ 30 appendix VI
            raise Invalid("Tên nơi nhận dài quá 200 ký tự.", "A recipient's name is longer than 200 characters.")
        rows.append(Delivery(recipient=name, unit_id=entry.unit_id, channel=Channel(entry.channel), sent_at=None))
    if sum(len(row.recipient) + 2 for row in rows) > LONGEST_RECIPIENTS:
        raise Invalid(
            f"Danh sách nơi nhận dài quá {LONGEST_RECIPIENTS} ký tự.",
            f"The list of recipients is longer than {LONGEST_RECIPIENTS} characters.",
        )
    return rows
