"""What a person may do next with a document, as the steps themselves will decide."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy.orm import Session

from config.document_types import is_copy
from docsvc.accounts import Actor, Role
from docsvc.db.records import Document
from docsvc.issue.copying import forms_for
from docsvc.records.errors import WrongState
from docsvc.records.reading import fetch
from docsvc.records.terms import State


class Act(StrEnum):
    """A step that somebody can take."""

    REVISE = "revise"
    PLACE = "place"
    """Move the places of number, date, signature and seal."""
    SUBMIT = "submit"
    SIGN = "sign"
    SEND_BACK = "send-back"
    TAKE_BACK = "take-back"
    ISSUE = "issue"
    WITHDRAW = "withdraw"
    COPY = "copy"
    DISCARD = "discard"


def open_acts(actor: Actor, document: Document) -> frozenset[Act]:
    """The acts open to this person at the document's present step."""
    state = State(document.state)
    copying = {Act.COPY} if actor.has(Role.CLERK) and forms_for(document) else set()
    drafts = document.created_by == actor.user_id and actor.holds(Role.DRAFTER, [document.drafting_unit_id])
    if state == State.DRAFT:
        return frozenset({Act.REVISE, Act.PLACE, Act.SUBMIT} if drafts else set())
    if state == State.SUBMITTED:
        acts = {Act.TAKE_BACK} if drafts else set()
        if document.signatory_id == actor.user_id:
            acts.add(Act.SEND_BACK)
            by_order = document.signatory_authority in ("TL.", "TUQ.") and actor.has(Role.LEADER)
            if by_order or actor.holds(Role.LEADER, [document.unit_id]):
                acts |= {Act.SIGN, Act.PLACE}
        return frozenset(acts)
    if not actor.holds(Role.CLERK, [document.unit_id]):
        return frozenset(copying)
    if state == State.SIGNED and is_copy(document.type_key):
        return frozenset({Act.ISSUE, Act.DISCARD})
    if state in (State.SIGNED, State.NUMBERED, State.SEALED):
        return frozenset({Act.ISSUE})
    return frozenset({Act.WITHDRAW, *copying} if state == State.ISSUED else set())


def look_at(session: Session, actor: Actor, document_id: str, *states: State) -> Document:
    """The document, for showing a step's form: not locked, so the step itself looks again.

    Raises:
        NotFound: there is none for this person.
        WrongState: it is at another step.
    """
    document = fetch(session, actor, document_id)
    if document.state not in states:
        raise WrongState
    return document
