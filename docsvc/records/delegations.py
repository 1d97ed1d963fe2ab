"""Authority to sign: on behalf of the collective, in the head's place, by order, by authorisation (NĐ 30, art. 13).

The head of a unit signs by that position. Others sign by a record: for whom, which types, from when to when. A unit
without any record has not begun to keep them: its leaders then sign for the head as their role says, and only what the
decree ties to a written act (TL., TUQ.) still needs one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, joinedload

from config.document_types import document_types
from docsvc import audit
from docsvc.accounts import Actor, Role
from docsvc.db.authority import Delegation
from docsvc.db.people import Membership, Unit, User
from docsvc.db.records import Document
from docsvc.errors import Invalid, NotFound
from docsvc.records.administration import require_unit
from docsvc.records.errors import DelegationEnded, DelegationNotYet, DelegationOtherTypes, NotAuthorised
from docsvc.records.units import subtree
from docsvc.texts import one_line

DELEGABLE = ("TM.", "Q.", "KT.", "TL.", "TUQ.")
"""What a record can give; signing in one's own name it cannot."""
_OF_THE_HEAD = ("", "TM.", "Q.")
_BY_RECORD_ONLY = ("TL.", "TUQ.")
_VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
_LONGEST_BASIS = 300
_LONGEST_POSITION = 100
_LONGEST_TYPES = 200


class Standing(StrEnum):
    """Where a record stands at a moment."""

    IN_FORCE = "in-force"
    NOT_YET = "not-yet"
    RAN_OUT = "ran-out"
    """Its last day is over."""
    ENDED = "ended"
    """Before its time, by somebody."""


@dataclass(frozen=True, slots=True)
class NewDelegation:
    """What an administrator types."""

    unit_id: int
    user_id: int
    authority: str
    valid_from: date
    valid_to: date | None = None
    giver_id: int | None = None
    giver_position: str = ""
    """Where the head does not sign in here."""
    type_keys: tuple[str, ...] = ()
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Basis:
    """What a signature's authority rests on; without a record, on the signatory's own position."""

    delegation: Delegation | None = None


def standing(row: Delegation, at: datetime) -> Standing:
    """Where the record stands; days are those of Viet Nam."""
    on = at.astimezone(_VIETNAM).date()
    if row.ended_at is not None and row.ended_at <= at:
        return Standing.ENDED
    if on < row.valid_from:
        return Standing.NOT_YET
    if row.valid_to is not None and on > row.valid_to:
        return Standing.RAN_OUT
    return Standing.IN_FORCE


def is_head(user: User) -> bool:
    """Whether the position is no deputy's; nobody else in a unit is told by it."""
    return head_by(user.position)


def head_by(position: str) -> bool:
    """Whether a position is no deputy's."""
    letters = unicodedata.normalize("NFD", position.strip().lower())
    return not "".join(letter for letter in letters if not unicodedata.combining(letter)).startswith("pho ")


def grant(session: Session, new: NewDelegation, *, by: Actor) -> Delegation:
    """Record an authority in a unit that this person administers.

    Raises:
        Forbidden: the unit lies outside.
        Invalid: something is missing or does not fit together; see :func:`record`.
    """
    require_unit(session, new.unit_id, by)
    return record(session, new, by=by)


def record(session: Session, new: NewDelegation, *, by: Actor) -> Delegation:
    """Record an authority; who may, the caller has seen to.

    Raises:
        Invalid: the unit issues nothing; person and giver do not fit the authority; dates or types are wrong; or TUQ.
            has no written basis or no end, or TL. no basis (NĐ 30, art. 13.3 and 13.4).
    """
    unit, user, giver = _people(session, new)
    position, basis, types = _terms(new, giver)
    row = Delegation(
        unit_id=unit.id,
        user_id=user.id,
        authority=new.authority,
        giver_id=giver.id if giver is not None else None,
        giver_position=position,
        type_keys=types,
        basis=basis,
        valid_from=new.valid_from,
        valid_to=new.valid_to,
        created_at=datetime.now(UTC),
        created_by=by.username,
    )
    session.add(row)
    session.flush()
    audit.append(
        session,
        actor=by.username,
        act="authority-given",
        object_kind="unit",
        object_id=unit.id,
        delegation=row.id,
        username=user.username,
        authority=row.authority,
        basis=basis,
        types=row.type_keys,
        **{"from": row.valid_from.isoformat(), "to": row.valid_to.isoformat() if row.valid_to else ""},
    )
    return row


def _people(session: Session, new: NewDelegation) -> tuple[Unit, User, User | None]:
    unit, user = session.get(Unit, new.unit_id), session.get(User, new.user_id)
    if unit is None or not unit.issues:
        raise Invalid("Hãy chọn cơ quan ban hành văn bản.", "Choose a unit that issues documents.")
    if new.authority not in DELEGABLE:
        raise Invalid("Hãy chọn quyền hạn ký: TM., Q., KT., TL. hoặc TUQ.", "Choose TM., Q., KT., TL. or TUQ.")
    below = new.authority in _BY_RECORD_ONLY
    if user is None or not user.active or not _leads(session, user.id, unit.id, below=below):
        raise Invalid(
            "Người được giao ký phải đang giữ vai trò lãnh đạo của cơ quan, hoặc của đơn vị thuộc cơ quan nếu ký "
            "thừa lệnh, thừa ủy quyền.",
            "Who signs must hold the role of leader in the unit, or below it for TL. and TUQ.",
        )
    giver = session.get(User, new.giver_id) if new.giver_id is not None else None
    if giver is not None and (giver.id == user.id or not is_head(giver) or not _leads(session, giver.id, unit.id)):
        raise Invalid(
            "Người giao ký phải là người đứng đầu cơ quan; người được ủy quyền không được ủy quyền lại.",
            "Only the head of the unit gives authority; what was given cannot be given on.",
        )
    return unit, user, giver


def _terms(new: NewDelegation, giver: User | None) -> tuple[str, str, str]:
    position = one_line(giver.position if giver is not None else new.giver_position)
    basis = one_line(new.basis)
    if not 0 < len(position) <= _LONGEST_POSITION:
        raise Invalid("Hãy chọn người giao ký hoặc ghi chức vụ.", "Choose who gives the authority, or a position.")
    if len(basis) > _LONGEST_BASIS or (new.authority in _BY_RECORD_ONLY and not basis):
        raise Invalid(
            f"Hãy ghi văn bản giao ký (tối đa {_LONGEST_BASIS} ký tự): ký thừa lệnh theo quy chế, ký thừa ủy quyền "
            "theo văn bản ủy quyền.",
            f"Name the act that gives the authority, in at most {_LONGEST_BASIS} characters: working rules for TL., a "
            "written authorisation for TUQ.",
        )
    if new.authority == "TUQ." and new.valid_to is None:
        raise Invalid("Ủy quyền (TUQ.) phải có ngày hết hạn.", "A TUQ. authorisation needs a last day.")
    if new.valid_to is not None and new.valid_to < new.valid_from:
        raise Invalid("Ngày hết hạn trước ngày bắt đầu.", "The last day lies before the first.")
    types = " ".join(dict.fromkeys(new.type_keys))
    if any(key not in document_types() for key in new.type_keys) or len(types) > _LONGEST_TYPES:
        raise Invalid(
            "Loại văn bản không đúng hoặc quá nhiều; để trống để giao tất cả.",
            "The types of documents are wrong or too many; leave them out for all.",
        )
    return position, basis, types


def end(session: Session, delegation_id: int, reason: str, *, by: Actor) -> Delegation:
    """End an authority now, in a unit that this person administers.

    Raises:
        NotFound: there is none.
        Forbidden: the unit lies outside.
        Invalid: it is ended already.
    """
    row = session.get(Delegation, delegation_id, with_for_update=True)
    if row is None:
        raise NotFound
    require_unit(session, row.unit_id, by)
    return close(session, row, reason, by=by)


def close(session: Session, row: Delegation, reason: str, *, by: Actor) -> Delegation:
    """End an authority now; who may, the caller has seen to.

    Raises:
        Invalid: it is ended already.
    """
    if row.ended_at is not None:
        raise Invalid("Việc giao ký này đã chấm dứt.", "This authority is ended already.")
    row.ended_at, row.end_reason = datetime.now(UTC), one_line(reason)[:300]
    audit.append(
        session,
        actor=by.username,
        act="authority-ended",
        object_kind="unit",
        object_id=row.unit_id,
        delegation=row.id,
        reason=row.end_reason,
    )
    return row


def visible(session: Session, by: Actor, *, unit_id: int | None = None) -> tuple[Delegation, ...]:
    """Records of units that this person administers, audits or leads, and one's own; the newest first."""
    overseen = subtree(by.units(Role.ADMINISTRATOR, Role.AUDITOR))
    seen = or_(
        Delegation.unit_id.in_(overseen),
        Delegation.unit_id.in_(by.units(Role.LEADER)),
        Delegation.user_id == by.user_id,
    )
    conditions: list[ColumnElement[bool]] = [seen, *([Delegation.unit_id == unit_id] if unit_id is not None else [])]
    return everyone(session, *conditions)


def everyone(session: Session, *conditions: ColumnElement[bool]) -> tuple[Delegation, ...]:
    """Every record that meets the conditions, the newest first."""
    rows = session.scalars(
        select(Delegation)
        .where(*conditions)
        .order_by(Delegation.ended_at.is_not(None), Delegation.id.desc())
        .options(joinedload(Delegation.unit), joinedload(Delegation.user), joinedload(Delegation.giver))
    )
    return tuple(rows)


def require_authority(session: Session, document: Document, at: datetime) -> Basis:
    """What lets the document's signatory sign it at a moment, with the authority it names.

    Raises:
        NotAuthorised: nothing does.
        DelegationEnded, DelegationNotYet, DelegationOtherTypes: a record would, were it in force or of this type; the
            error names it.
    """
    signatory = session.get(User, document.signatory_id) if document.signatory_id is not None else None
    authority, unit_id = document.signatory_authority, document.unit_id
    if signatory is None or not signatory.active:
        raise NotAuthorised
    below = authority in _BY_RECORD_ONLY
    if not _leads(session, signatory.id, unit_id, below=below):
        raise NotAuthorised
    if authority in _OF_THE_HEAD and is_head(signatory):
        return Basis()
    if not below and not _keeps_records(session, unit_id):
        return Basis()
    rows = session.scalars(
        select(Delegation)
        .where(Delegation.unit_id == unit_id, Delegation.user_id == signatory.id, Delegation.authority == authority)
        .order_by(Delegation.id.desc())
    ).all()
    return Basis(_one_that_holds(rows, document, at))


def authority_detail(document: Document, basis: Basis) -> dict[str, object]:
    """For the event log: in what capacity, and by which record."""
    detail: dict[str, object] = {"authority": document.signatory_authority} if document.signatory_authority else {}
    if basis.delegation is not None:
        detail["delegation"] = basis.delegation.id
    return detail


def _one_that_holds(rows: Sequence[Delegation], document: Document, at: datetime) -> Delegation:
    of_type = [row for row in rows if not row.type_keys or document.type_key in row.type_keys.split()]
    for row in of_type:
        if standing(row, at) is Standing.IN_FORCE:
            return row
    for row in of_type:
        if standing(row, at) is Standing.NOT_YET:
            raise DelegationNotYet.of(*_named(row), row.valid_from)
    if of_type:
        row = of_type[0]
        ended = row.ended_at if standing(row, at) is Standing.ENDED else None
        last = ended.astimezone(_VIETNAM).date() if ended is not None else row.valid_to
        assert last is not None  # noqa: S101 - it is over
        raise DelegationEnded.of(*_named(row), last)
    if rows:
        raise DelegationOtherTypes.of(*_named(rows[0]))
    raise NotAuthorised


def _named(row: Delegation) -> tuple[str, str]:
    """A record in words, Vietnamese and English."""
    basis = f", {row.basis}" if row.basis else ""
    return f"số {row.id} ({row.authority} {row.giver_position}{basis})", (
        f"no. {row.id} ({row.authority} {row.giver_position}{basis})"
    )


def _leads(session: Session, user_id: int, unit_id: int, *, below: bool = False) -> bool:
    units = subtree([unit_id]) if below else [unit_id]
    held = select(Membership.id).where(
        Membership.user_id == user_id, Membership.role == Role.LEADER, Membership.unit_id.in_(units)
    )
    return session.scalar(held.limit(1)) is not None


def _keeps_records(session: Session, unit_id: int) -> bool:
    return session.scalar(select(Delegation.id).where(Delegation.unit_id == unit_id).limit(1)) is not None
