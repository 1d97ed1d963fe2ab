"""Trusted lists as sources of anchors: chosen one by one, followed when a newer list comes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from docsvc import audit
from docsvc.accounts import Actor
from docsvc.db.trust import TrustAnchor, TrustedList
from docsvc.trust.anchors import LIST, purposes_of, require_keeper, take_out, tell, terms_of, words_of
from docsvc.trust.errors import ListBeingImported, ListOutdated
from signing import trusted_lists
from signing.trusted_lists import Choice

_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Taken:
    """What an import did."""

    list_id: int
    added: tuple[str, ...]
    changed: tuple[str, ...]
    withdrawn: tuple[str, ...]
    kept: int
    """Anchors of this list that are as they were."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One certificate of a list, and how it stands here."""

    choice: Choice
    in_use: bool
    """It is an anchor already."""


def known_list(session: Session, read: trusted_lists.TrustedList) -> TrustedList | None:
    """The record of an earlier list of the same scheme."""
    return session.scalar(
        select(TrustedList).where(TrustedList.territory == read.territory, TrustedList.scheme == read.scheme[:_LONGEST])
    )


def offers(session: Session, read: trusted_lists.TrustedList) -> tuple[Offer, ...]:
    """What can be chosen from a list."""
    in_use = set(session.scalars(select(TrustAnchor.in_use).where(TrustAnchor.in_use.is_not(None))))
    return tuple(Offer(choice, choice.authority.sha256 in in_use) for choice in read.choices())


def lists(session: Session) -> tuple[TrustedList, ...]:
    """Every scheme whose list was imported."""
    return tuple(session.scalars(select(TrustedList).order_by(TrustedList.territory, TrustedList.scheme)))


def overdue(row: TrustedList, at: datetime) -> bool:
    """Whether a newer list should be there by now: what this one says may no longer be true (TS 119 612, 5.3.15)."""
    return row.next_update is not None and row.next_update < at


def foreseen(session: Session, read: trusted_lists.TrustedList) -> tuple[tuple[TrustAnchor, Choice | None], ...]:
    """Anchors of this scheme that following the list would change; with ``None`` where it would withdraw them."""
    row = known_list(session, read)
    if row is None:
        return ()
    choices = {choice.authority.sha256: choice for choice in read.choices()}
    anchors = session.scalars(select(TrustAnchor).where(TrustAnchor.list_id == row.id, TrustAnchor.in_use.is_not(None)))
    found = ((anchor, choices.get(anchor.sha256)) for anchor in anchors)
    return tuple((anchor, choice) for anchor, choice in found if choice is None or _differs(anchor, choice))


def take(session: Session, read: trusted_lists.TrustedList, chosen: Collection[str], *, by: Actor) -> Taken:
    """Record a list, follow it with the anchors that came from it, and add those chosen by their SHA-256.

    An anchor whose service the newer list limits is limited; one that it no longer names is withdrawn.

    Raises:
        Forbidden: this person administers less than the whole tree.
        ListOutdated: a newer list of the same scheme was imported before.
        ListBeingImported: somebody else was first, a moment ago.
    """
    require_keeper(session, by)
    try:
        return _taken(session, read, chosen, by)
    except IntegrityError as error:  # asked of the database itself: two may import it at once
        raise ListBeingImported from error


def _taken(session: Session, read: trusted_lists.TrustedList, chosen: Collection[str], by: Actor) -> Taken:
    row = known_list(session, read)
    if row is not None:
        session.refresh(row, with_for_update=True)
    if row is not None and read.sequence < row.sequence:
        raise ListOutdated
    row = _recorded(session, row, read, by)
    choices = {choice.authority.sha256: choice for choice in read.choices()}
    changed, withdrawn, kept = [], [], 0
    followed = select(TrustAnchor).where(TrustAnchor.list_id == row.id, TrustAnchor.in_use.is_not(None))
    for anchor in session.scalars(followed.order_by(TrustAnchor.id).with_for_update()).all():
        choice = choices.get(anchor.sha256)
        if choice is None:
            _dropped(session, anchor, read, by)
            withdrawn.append(anchor.name)
        elif _follows(session, anchor, choice, by):
            changed.append(anchor.name)
        else:
            kept += 1
    added = []
    for sha256 in dict.fromkeys(chosen):
        known = session.scalar(select(TrustAnchor.id).where(TrustAnchor.in_use == sha256))
        if sha256 in choices and known is None:
            added.append(_added(session, choices[sha256], row, by).name)
    return Taken(row.id, tuple(added), tuple(changed), tuple(withdrawn), kept)


def _recorded(session: Session, row: TrustedList | None, read: trusted_lists.TrustedList, by: Actor) -> TrustedList:
    if row is None:
        row = TrustedList(territory=read.territory, scheme=read.scheme[:_LONGEST])
        session.add(row)
    row.operator, row.sequence = read.operator[:_LONGEST], read.sequence
    row.issued_at, row.next_update = read.issued_at, read.next_update
    row.sha256, row.signer_sha256 = read.sha256, read.signer_sha256
    row.imported_at, row.imported_by = datetime.now(UTC), by.username
    session.flush()
    audit.append(
        session,
        actor=by.username,
        act="trusted-list-imported",
        object_kind="trusted-list",
        object_id=row.id,
        name=f"{row.territory}: {row.scheme}",
        number=row.sequence,
        sha256=row.sha256,
        certificate=row.signer_sha256,
    )
    return row


def _dropped(session: Session, anchor: TrustAnchor, read: trusted_lists.TrustedList, by: Actor) -> None:
    reason = f"không còn trong danh sách tin cậy {read.territory} số {read.sequence}"
    take_out(anchor, reason, by=by)
    tell(session, "anchor-withdrawn", anchor, by, reason=reason)


def _follows(session: Session, anchor: TrustAnchor, choice: Choice, by: Actor) -> bool:
    """Take over what the list now says; whether that is anything new."""
    if not _differs(anchor, choice):
        return False
    before = terms_of(anchor)
    anchor.purposes, anchor.since, anchor.until = words_of(choice.purposes), choice.since, choice.until
    anchor.service = _service(choice)
    anchor.version += 1
    tell(session, "anchor-changed", anchor, by, before=before)
    return True


def _differs(anchor: TrustAnchor, choice: Choice) -> bool:
    now = (purposes_of(anchor), anchor.since, anchor.until)
    return now != (choice.purposes, choice.since, choice.until)


def _added(session: Session, choice: Choice, row: TrustedList, by: Actor) -> TrustAnchor:
    authority = choice.authority
    anchor = TrustAnchor(
        sha256=authority.sha256,
        in_use=authority.sha256,
        certificate=authority.certificate,
        name=authority.holder,
        holder=authority.holder,
        issuer=authority.issuer,
        not_before=authority.not_before,
        not_after=authority.not_after,
        purposes=words_of(choice.purposes),
        since=choice.since,
        until=choice.until,
        source=LIST,
        list_id=row.id,
        service=_service(choice),
        added_at=datetime.now(UTC),
        added_by=by.username,
    )
    session.add(anchor)
    session.flush()
    tell(session, "anchor-added", anchor, by, doubts=" ".join(authority.doubts))
    return anchor


def _service(choice: Choice) -> str:
    return f"{choice.provider}: {', '.join(choice.services)} – {choice.status}"[:_LONGEST]
