"""How units sign: rightly, late, without authority, without a timestamp, below the office's level, broken.

Over electronic documents that were issued in a period, copies aside. Counts are whole numbers, every one opens to its
documents, and the very conditions that count also list. A document may have several faults; it is signed rightly if it
has none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, case, func, literal, not_, or_, select
from sqlalchemy.orm import Session, aliased

from config.document_types import drafted_types
from docsvc.accounts import Actor
from docsvc.db.authority import Delegation
from docsvc.db.days import DayEnd
from docsvc.db.inspection import AuditResult
from docsvc.db.people import SigningKeyFile, Unit
from docsvc.db.records import Document, Rendition, Signature
from docsvc.errors import Forbidden, NotFound
from docsvc.inspection.choice import OVERSEERS
from docsvc.records.delegations import head_by
from docsvc.records.shares import Listing, listing
from docsvc.records.suggestions import unit_tree
from docsvc.records.terms import REGISTERED, Medium, RenditionRole
from docsvc.records.units import subtree
from signing.preserve import Level


class Standard(StrEnum):
    """What a document is counted under."""

    ALL = "all"
    RIGHT = "right"
    """None of the faults below."""
    LATE = "late"
    """The leader's signature is proven after the day that the document bears; or the seal's, after the day behind it
    (NĐ 30, art. 18: registered and issued the same day or the next working day)."""
    UNAUTHORISED = "unauthorised"
    """The certificate is not one of the signatory's; or a record of authority was needed (NĐ 30, art. 13) and none was
    in force when it was signed."""
    UNSTAMPED = "unstamped"
    """A signature without a timestamp: B-B."""
    BELOW = "below"
    """A signature below the office's level."""
    BROKEN = "broken"
    """A signature failed, or the last audit found the issued file INVALID, altered or missing."""
    UNDECIDED = "undecided"
    """Nothing is broken, and the last check could not tell everything."""
    UNSIGNED = "unsigned"
    """The leader's signature or the organisation's is not there."""


FAULTS = tuple(one for one in Standard if one not in {Standard.ALL, Standard.RIGHT})
_OF_THE_HEAD = ("", "TM.", "Q.")
_BY_RECORD_ONLY = ("TL.", "TUQ.")


@dataclass(frozen=True, slots=True)
class UnitStandards:
    """The counts of a unit together with every unit below it."""

    unit_id: int
    name: str
    depth: int
    """0 for the roots of the report."""
    counts: Mapping[Standard, int]


def standards(
    session: Session, by: Actor, start: date, end: date, level: Level, root: int | None = None
) -> tuple[UnitStandards, ...]:
    """Counts of every overseen unit for the days ``start`` to ``end``, both included, each before those below it.

    Raises:
        Forbidden: this person oversees nothing.
        NotFound: the root is none that this person oversees.
    """
    units = _units(session, by, root)
    conditions = _conditions(session, start, end, level)
    rows = session.execute(
        select(Document.drafting_unit_id, *(_count(conditions[one]) for one in Standard))
        .where(_issued(start, end), Document.drafting_unit_id.in_([unit.id for _, unit in units]))
        .group_by(Document.drafting_unit_id)
    )
    own: dict[int, Sequence[int]] = {unit: counts for unit, *counts in rows}
    sums = {unit.id: list(own.get(unit.id, [0] * len(Standard))) for _, unit in units}
    for _, unit in reversed(units):
        if unit.parent_id in sums:
            both = zip(sums[unit.parent_id], sums[unit.id], strict=True)
            sums[unit.parent_id] = [above + below for above, below in both]
    return tuple(
        UnitStandards(unit.id, unit.name, depth, dict(zip(Standard, sums[unit.id], strict=True)))
        for depth, unit in units
    )


def documents_behind(
    session: Session,
    by: Actor,
    *,
    unit_id: int,
    start: date,
    end: date,
    level: Level,
    standard: Standard,
    page: int = 1,
    per_page: int = 50,
) -> Listing:
    """The documents of one count, newest first; a page past the last one gives the last.

    Raises:
        Forbidden: this person oversees nothing.
        NotFound: this person does not oversee the unit.
    """
    units = [unit.id for _, unit in _units(session, by, unit_id)]
    condition = and_(
        _issued(start, end),
        Document.drafting_unit_id.in_(units),
        _conditions(session, start, end, level)[standard],
    )
    return listing(session, by, condition, page=page, per_page=per_page)


def _units(session: Session, by: Actor, root: int | None) -> tuple[tuple[int, Unit], ...]:
    overseen = by.units(*OVERSEERS)
    if not overseen:
        raise Forbidden
    chosen = select(Unit.id).where(Unit.id.in_(subtree(overseen)))
    if root is not None:
        chosen = chosen.where(Unit.id.in_(subtree([root])))
    ids = set(session.scalars(chosen))
    if root is not None and root not in ids:
        raise NotFound
    return unit_tree(session, ids)


def _issued(start: date, end: date) -> ColumnElement[bool]:
    return and_(
        Document.state.in_(REGISTERED),
        Document.medium == Medium.ELECTRONIC,
        Document.issued_on.between(start, end),
        Document.type_key.in_(tuple(drafted_types())),
    )


def _conditions(session: Session, start: date, end: date, level: Level) -> dict[Standard, ColumnElement[bool]]:
    enough = [str(one) for one in Level if one.covers(level)]
    broken = or_(_signed(Signature.indication == "TOTAL-FAILED"), _audited(_is_broken()))
    undecided = and_(
        not_(broken),
        or_(
            _signed(Signature.indication == "INDETERMINATE"),
            _audited(AuditResult.verdict.not_in(("VALID", "INVALID", ""))),
        ),
    )
    faults = {
        Standard.LATE: or_(
            _signed(Signature.kind == "personal", Signature.signed_at >= DayEnd(Document.issued_on)),
            _signed(Signature.kind == "organisation", Signature.signed_at >= DayEnd(Document.issued_on, 1)),
        ),
        Standard.UNAUTHORISED: _unauthorised(session, start, end),
        Standard.UNSTAMPED: _signed(Signature.level.in_((Level.B_B, ""))),
        Standard.BELOW: _signed(Signature.level.not_in(enough)),
        Standard.BROKEN: broken,
        Standard.UNDECIDED: undecided,
        Standard.UNSIGNED: not_(and_(_signed(Signature.kind == "personal"), _signed(Signature.kind == "organisation"))),
    }
    every = literal(1) == 1
    return {Standard.ALL: every, Standard.RIGHT: not_(or_(*faults.values())), **faults}


def _signed(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """There is a signature that meets the conditions."""
    return select(Signature.id).where(Signature.document_id == Document.id, *conditions).correlate(Document).exists()


def _unauthorised(session: Session, start: date, end: date) -> ColumnElement[bool]:
    positions = session.scalars(select(Document.signatory_position).where(_issued(start, end)).distinct())
    deputies = [position for position in positions if not head_by(position)]
    of_signatory = (
        select(SigningKeyFile.id)
        .where(
            SigningKeyFile.user_id == Document.signatory_id,
            SigningKeyFile.certificate_sha256 == Signature.certificate_sha256,
        )
        .correlate(Document, Signature)
        .exists()
    )
    of_unit = Delegation.unit_id == Document.unit_id
    records_kept = (
        select(Delegation.id)
        .where(of_unit, Delegation.created_at <= Signature.signed_at)
        .correlate(Document, Signature)
        .exists()
    )
    in_force = (
        select(Delegation.id)
        .where(
            of_unit,
            Delegation.user_id == Document.signatory_id,
            Delegation.authority == Document.signatory_authority,
            or_(
                Delegation.type_keys == "",
                (literal(" ") + Delegation.type_keys + " ").contains(literal(" ") + Document.type_key + " "),
            ),
            Signature.signed_at >= DayEnd(Delegation.valid_from, -1),
            or_(Delegation.valid_to.is_(None), Signature.signed_at < DayEnd(Delegation.valid_to)),
            or_(Delegation.ended_at.is_(None), Delegation.ended_at > Signature.signed_at),
        )
        .correlate(Document, Signature)
        .exists()
    )
    by_record = Document.signatory_authority.in_(_BY_RECORD_ONLY)
    of_head = and_(Document.signatory_authority.in_(_OF_THE_HEAD), Document.signatory_position.not_in(deputies))
    needs_record = or_(by_record, and_(not_(of_head), records_kept))
    return _signed(
        Signature.kind == "personal",
        or_(
            and_(Document.signatory_id.is_not(None), not_(of_signatory)),
            and_(needs_record, not_(in_force)),
        ),
    )


def _is_broken() -> ColumnElement[bool]:
    return or_(AuditResult.stored.in_(("missing", "altered")), AuditResult.verdict == "INVALID")


def _audited(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """The last audit of the newest issued file found so."""
    newer, later = aliased(Rendition), aliased(AuditResult)
    superseded = (
        select(newer.id)
        .where(
            newer.document_id == AuditResult.document_id,
            newer.role == RenditionRole.ISSUED,
            newer.id > AuditResult.rendition_id,
        )
        .correlate(AuditResult)
        .exists()
    )
    checked_again = (
        select(later.id)
        .where(later.rendition_id == AuditResult.rendition_id, later.cause != "", later.id > AuditResult.id)
        .correlate(AuditResult)
        .exists()
    )
    return (
        select(AuditResult.id)
        .where(
            AuditResult.document_id == Document.id,
            AuditResult.role == RenditionRole.ISSUED,
            AuditResult.cause != "",
            condition,
            not_(superseded),
            not_(checked_again),
        )
        .correlate(Document)
        .exists()
    )


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
