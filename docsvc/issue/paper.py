"""Documents on paper, registered so that the shares' denominators are true; and withdrawal."""

from __future__ import annotations

from datetime import date

from docsvc import audit
from docsvc.accounts import Actor, Role
from docsvc.db.records import Document
from docsvc.errors import Forbidden, Invalid
from docsvc.issue import repeats
from docsvc.issue.desk import Desk
from docsvc.issue.drafting import at_step, attach, take_in
from docsvc.issue.errors import DateNotAllowed
from docsvc.issue.form import DocumentForm, apply_form
from docsvc.issue.steps import make_public, number_document
from docsvc.records.effects import cease_to_act, lock_with_targets
from docsvc.records.terms import Medium, RenditionRole, State
from docsvc.records.units import issuing_unit
from docsvc.texts import one_line


def register_paper(
    desk: Desk,
    form: DocumentForm,
    on: date,
    *,
    scan: bytes | None = None,
    file_name: str = "",
    by: Actor,
    request_key: str = "",
) -> str:
    """Register a document that was signed by hand: it takes its number from the same register.

    A scan may be added; it is kept as it is and never counted as an electronic document.
    Gives the document's id; sent again with the same ``request_key``, that of the first time, and no second number.

    Raises:
        Forbidden: only a clerk of the issuing unit may.
        DateNotAllowed: the date lies in the future.
        Invalid, NoRegister, NotAPdf, TooManyPages, SeriesClosed, DateOutOfOrder: as for electronic documents.
    """
    if on > desk.today():
        raise DateNotAllowed
    identifier = repeats.document_id(by, request_key)
    with desk.database.read() as session:
        if repeats.made_before(session, identifier, by):
            return identifier
        if not by.holds(Role.CLERK, [issuing_unit(session, form.drafting_unit_id).id]):
            raise Forbidden
    uploaded = take_in(desk, scan, file_name or "ban-quet.pdf") if scan else None
    now = desk.clock()
    with desk.database.write() as session:
        repeats.queue(session, by, request_key)
        if repeats.made_before(session, identifier, by):
            return identifier
        document = Document(
            id=identifier,
            state=State.NUMBERED,
            medium=Medium.PAPER,
            created_by=by.user_id,
            created_at=now,
            changed_at=now,
            numbered_at=now,
            pages=0,
        )
        with session.no_autoflush:
            session.add(document)
            apply_form(session, document, form)
            if not by.holds(Role.CLERK, [document.unit_id]):
                raise Forbidden
            if not document.signatory_name:
                raise Invalid("Hãy ghi họ tên người ký.", "Give the signatory's full name.")
        session.flush()
        session.refresh(document, ["unit"])
        if uploaded:
            attach(session, desk, document, uploaded, RenditionRole.SCAN, by=by)
        number_document(session, document, on, by=by)
        make_public(session, document, desk, by=by)
        return document.id


def withdraw(desk: Desk, document_id: str, reason: str, *, by: Actor) -> None:
    """Withdraw an issued document: it keeps its number and its files and stays in the register.

    Raises:
        Invalid: no reason was given.
        Forbidden, WrongState, NotFound: this person is no clerk of the unit, or it is not issued.
    """
    reason = one_line(reason)
    if not reason:
        raise Invalid("Hãy ghi căn cứ, lý do thu hồi.", "Give the grounds for the withdrawal.")
    with desk.database.write() as session:
        lock_with_targets(session, document_id)
        document = at_step(session, by, document_id, State.ISSUED)
        if not by.holds(Role.CLERK, [document.unit_id]):
            raise Forbidden
        document.state = State.WITHDRAWN
        document.note = reason[:2000]
        document.withdrawn_at = document.changed_at = desk.clock()
        cease_to_act(session, document, document.changed_at, by=by)
        audit.append(
            session,
            actor=by.username,
            act="withdrawn",
            object_kind="document",
            object_id=document.id,
            reason=document.note,
        )
