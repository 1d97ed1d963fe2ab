"""Keeping trust anchors: looked at before they are believed, limited to a purpose and a time, withdrawn with a reason.

They count for every unit, so only administrators of the whole tree may change them; other administrators and auditors
may look.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from docsvc import audit
from docsvc.accounts import SYSTEM, Actor, Role
from docsvc.db.trust import TrustAnchor
from docsvc.errors import Forbidden, Invalid, NotFound
from docsvc.records.units import covers_all
from docsvc.texts import one_line
from docsvc.trust.errors import AlreadyTrusted, Doubtful, OtherFingerprint
from signing.anchors import Purpose
from signing.authorities import Authority

HAND, LIST = "hand", "list"
"""Sources of anchors."""
_VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
_LONGEST = 300
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Terms:
    """For what and for which time an authority is to be believed."""

    purposes: frozenset[Purpose]
    since_on: date | None = None
    """First day in Viet Nam; ``None``: from the beginning."""
    until_on: date | None = None
    """Last day."""
    name: str = ""
    """For people; empty: the holder's."""


def may_change(session: Session, by: Actor) -> bool:
    """Whether this person may say whom everybody believes."""
    return by == SYSTEM or covers_all(session, by.units(Role.ADMINISTRATOR))


def fingerprint_of(typed: str) -> str:
    """A SHA-256 fingerprint as people write it, with colons or blanks, as 64 hexadecimal digits.

    Raises:
        Invalid: it is none.
    """
    found = re.sub(r"[\s:]", "", typed).lower()
    if not _FINGERPRINT.fullmatch(found):
        raise Invalid(
            "Hãy nhập đủ dấu vân tay SHA-256 của chứng thư: 64 chữ số thập lục phân.",
            "Type the certificate's whole SHA-256 fingerprint: 64 hexadecimal digits.",
        )
    return found


def add(
    session: Session, authority: Authority, terms: Terms, *, fingerprint: str, doubts_accepted: bool, by: Actor
) -> TrustAnchor:
    """Believe an authority from now on.

    Args:
        session: the caller's transaction.
        authority: as read from the file.
        terms: for what and for which time.
        fingerprint: SHA-256 of the certificate as had from the authority itself; colons and blanks are passed over.
        doubts_accepted: whether the person has read the doubts about it.
        by: who.

    Raises:
        Forbidden: this person administers less than the whole tree.
        Invalid: the fingerprint is none, or purposes and dates do not fit.
        OtherFingerprint, AlreadyTrusted, Doubtful: as named.
    """
    require_keeper(session, by)
    if fingerprint_of(fingerprint) != authority.sha256:
        raise OtherFingerprint
    if session.scalar(select(TrustAnchor.id).where(TrustAnchor.in_use == authority.sha256)) is not None:
        raise AlreadyTrusted
    _require_fitting(terms, authority.purposes)
    if authority.doubts and not doubts_accepted:
        raise Doubtful(authority.doubts)
    row = _row(authority, terms, source=HAND, by=by)
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:  # somebody else was first, a moment ago
        raise AlreadyTrusted from error
    tell(session, "anchor-added", row, by, doubts=" ".join(authority.doubts))
    return row


def change(session: Session, anchor_id: int, terms: Terms, *, by: Actor) -> TrustAnchor:
    """Believe an authority for another purpose or another time.

    Raises:
        Forbidden: this person administers less than the whole tree.
        NotFound: there is no such anchor, or it was withdrawn.
        Invalid: purposes and dates do not fit, or it follows a trusted list.
    """
    require_keeper(session, by)
    row = _in_use(session, anchor_id)
    if row.source == LIST:
        raise Invalid(
            "Gốc này theo danh sách tin cậy: mục đích và thời gian do danh sách quyết định.",
            "This anchor follows a trusted list, which decides on purpose and time.",
        )
    _require_fitting(terms, frozenset(Purpose))
    before = terms_of(row)
    row.purposes = words_of(terms.purposes)
    row.since, row.until = _first_instant(terms.since_on), _last_instant(terms.until_on)
    row.name = one_line(terms.name)[:_LONGEST] or row.holder
    if terms_of(row) != before:
        row.version += 1
        tell(session, "anchor-changed", row, by, before=before)
    return row


def withdraw(session: Session, anchor_id: int, reason: str, *, by: Actor) -> TrustAnchor:
    """Believe an authority no longer, whatever was signed when; the row stays.

    Raises:
        Forbidden: this person administers less than the whole tree.
        NotFound: there is no such anchor, or it was withdrawn.
        Invalid: no reason was given.
    """
    require_keeper(session, by)
    row = _in_use(session, anchor_id)
    reason = one_line(reason)[:_LONGEST]
    if not reason:
        raise Invalid("Hãy ghi lý do thôi tin cậy.", "Say why it is withdrawn.")
    take_out(row, reason, by=by)
    tell(session, "anchor-withdrawn", row, by, reason=reason)
    return row


def take_out(row: TrustAnchor, reason: str, *, by: Actor) -> None:
    """Mark a row as withdrawn; the caller tells the log."""
    row.in_use, row.removed_at, row.removed_by, row.removal_reason = None, datetime.now(UTC), by.username, reason
    row.version += 1


def visible(session: Session, by: Actor) -> tuple[TrustAnchor, ...]:
    """Every anchor there is or was, those in use first.

    Raises:
        Forbidden: for who neither administers nor audits.
    """
    if by != SYSTEM and not (by.has(Role.ADMINISTRATOR) or by.has(Role.AUDITOR)):
        raise Forbidden
    rows = select(TrustAnchor).options(joinedload(TrustAnchor.list))
    return tuple(session.scalars(rows.order_by(TrustAnchor.removed_at.is_not(None), TrustAnchor.name, TrustAnchor.id)))


def purposes_of(row: TrustAnchor) -> frozenset[Purpose]:
    """What the row is believed for."""
    return frozenset(Purpose(word) for word in row.purposes.split())


def first_day(row: TrustAnchor) -> date | None:
    """The first day in Viet Nam."""
    return row.since.astimezone(_VIETNAM).date() if row.since else None


def last_day(row: TrustAnchor) -> date | None:
    """The last day in Viet Nam."""
    return row.until.astimezone(_VIETNAM).date() if row.until else None


def _row(authority: Authority, terms: Terms, *, source: str, by: Actor) -> TrustAnchor:
    return TrustAnchor(
        sha256=authority.sha256,
        in_use=authority.sha256,
        certificate=authority.certificate,
        name=one_line(terms.name)[:_LONGEST] or authority.holder,
        holder=authority.holder,
        issuer=authority.issuer,
        not_before=authority.not_before,
        not_after=authority.not_after,
        purposes=words_of(terms.purposes),
        since=_first_instant(terms.since_on),
        until=_last_instant(terms.until_on),
        source=source,
        added_at=datetime.now(UTC),
        added_by=by.username,
    )


def require_keeper(session: Session, by: Actor) -> None:
    """Let those pass who may change anchors.

    Raises:
        Forbidden: this person administers less than the whole tree.
    """
    if not may_change(session, by):
        raise Forbidden(
            "Gốc tin cậy dùng chung cho mọi đơn vị: chỉ quản trị viên của toàn hệ thống được thay đổi.",
            "Trust anchors count for every unit: only administrators of the whole tree may change them.",
        )


def _require_fitting(terms: Terms, possible: frozenset[Purpose]) -> None:
    if not terms.purposes:
        raise Invalid("Hãy chọn ít nhất một mục đích tin cậy.", "Choose at least one purpose.")
    if not terms.purposes <= possible:
        raise Invalid(
            "Chứng thư của máy chủ dấu thời gian chỉ tin cậy được cho dấu thời gian.",
            "A timestamp server's own certificate can be trusted for timestamps only.",
        )
    if terms.since_on and terms.until_on and terms.until_on < terms.since_on:
        raise Invalid("Ngày cuối sớm hơn ngày đầu.", "The last day lies before the first.")


def _in_use(session: Session, anchor_id: int) -> TrustAnchor:
    row = session.get(TrustAnchor, anchor_id, with_for_update=True)
    if row is None or row.in_use is None:
        raise NotFound
    return row


def tell(session: Session, act: str, row: TrustAnchor, by: Actor, **detail: str) -> None:
    """Tell the event log what was done to an anchor, and how it stands now."""
    audit.append(
        session,
        actor=by.username,
        act=act,
        object_kind="anchor",
        object_id=row.id,
        holder=row.holder,
        certificate=row.sha256,
        terms=terms_of(row),
        **{name: text for name, text in detail.items() if text},
    )


def terms_of(row: TrustAnchor) -> str:
    """For what and for which time it is believed, for the log."""
    first, last = first_day(row), last_day(row)
    return f"{row.purposes}; {first or '…'} – {last or '…'}; {row.name}"


def words_of(purposes: frozenset[Purpose]) -> str:
    """As the row keeps them."""
    return " ".join(sorted(purposes))


def _first_instant(day: date | None) -> datetime | None:
    return datetime.combine(day, time.min, _VIETNAM).astimezone(UTC) if day else None


def _last_instant(day: date | None) -> datetime | None:
    return datetime.combine(day, time.max, _VIETNAM).astimezone(UTC) if day else None
