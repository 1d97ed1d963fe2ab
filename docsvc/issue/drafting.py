"""Drafts: upload, change, submit to the leader, take back, send back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from docsvc import audit
from docsvc.accounts import Actor, Role
from docsvc.db.people import User
from docsvc.db.records import Document, DocumentText, Rendition
from docsvc.errors import Forbidden, Invalid
from docsvc.issue import places, repeats
from docsvc.issue.annex_files import UploadedAnnex, attach_annexes, remove_annexes
from docsvc.issue.check_marking import Drawn, draw, leave_out_marks, markable_files, record_marks
from docsvc.issue.desk import Desk
from docsvc.issue.errors import NotAPdf, PlacesMissing, TooManyPages
from docsvc.issue.form import DocumentForm, apply_form, leaders_of
from docsvc.records.check_codes import give_code
from docsvc.records.delegations import authority_detail, require_authority
from docsvc.records.effect_keeping import require_still_competent
from docsvc.records.errors import WrongState
from docsvc.records.reading import fetch
from docsvc.records.readings import text_columns
from docsvc.records.terms import Medium, RenditionRole, State
from docsvc.texts import one_line
from signing.errors import SigningError
from signing.places import find_places
from signing.texts import PageText, read_text


@dataclass(frozen=True, slots=True)
class UploadedPdf:
    """A draft's file after it was read within limits, its bytes already in the store."""

    sha256: str
    size_bytes: int
    file_name: str
    pages: tuple[PageText, ...]
    """The text of each page."""

    places: dict[str, Any]
    """Boxes for number, date, signature and seal that were found, as kept in the database."""


def take_in(desk: Desk, content: bytes, file_name: str, signatory_name: str = "") -> UploadedPdf:
    """Read an untrusted PDF in the sandbox and put its bytes into the store.

    Parsing happens here, before any transaction: a slow file must not hold a lock.

    Raises:
        NotAPdf: damaged, encrypted or no PDF at all.
        TooManyPages: over the office's limit.
        SigningError: it took more time or memory than allowed.
    """
    if not content.startswith(b"%PDF-"):
        raise NotAPdf
    pages = read_text(content, limits=desk.limits)
    if not pages:
        raise NotAPdf
    if len(pages) > desk.page_limit:
        raise TooManyPages(
            f"Tệp có {len(pages)} trang, nhiều hơn mức cho phép là {desk.page_limit}.",
            f"The file has {len(pages)} pages, more than the {desk.page_limit} allowed.",
        )
    name = one_line(file_name.replace("\\", "/").rsplit("/", 1)[-1])[-200:] or "van-ban.pdf"
    return UploadedPdf(
        sha256=desk.store.put(content),
        size_bytes=len(content),
        file_name=name,
        pages=pages,
        places=places_found(desk, content, signatory_name),
    )


def create_draft(
    desk: Desk,
    form: DocumentForm,
    content: bytes,
    file_name: str,
    *,
    by: Actor,
    request_key: str = "",
    annexes: Sequence[UploadedAnnex] = (),
) -> str:
    """Upload a draft and its facts, and annexes that were taken in; gives the document's id.

    Sent again with the same ``request_key``, it makes nothing new and gives the id from the first time.

    Raises:
        Forbidden: the person does not draft for that unit.
        Invalid, NotAPdf, TooManyPages, NoRegister: see :func:`apply_form` and :func:`take_in`.
    """
    if not by.holds(Role.DRAFTER, [form.drafting_unit_id]):
        raise Forbidden
    identifier = repeats.document_id(by, request_key)
    with desk.database.read() as session:
        if repeats.made_before(session, identifier, by):
            return identifier
    uploaded = take_in(desk, content, file_name, _signatory_name(desk, form))
    now = desk.clock()
    with desk.database.write() as session:
        repeats.queue(session, by, request_key)
        if repeats.made_before(session, identifier, by):
            return identifier
        document = Document(
            id=identifier,
            state=State.DRAFT,
            medium=Medium.ELECTRONIC,
            created_by=by.user_id,
            created_at=now,
            changed_at=now,
        )
        with session.no_autoflush:
            session.add(document)
            apply_form(session, document, form)
            _require_signatory(document)
        session.flush()
        attach(session, desk, document, uploaded, RenditionRole.DRAFT, by=by)
        document.places = uploaded.places
        attach_annexes(session, desk, document, annexes, by=by)
        audit.append(
            session,
            actor=by.username,
            act="draft-created",
            object_kind="document",
            object_id=document.id,
            sha256=uploaded.sha256,
        )
        return document.id


def revise_draft(
    desk: Desk,
    document_id: str,
    form: DocumentForm,
    content: bytes | None,
    file_name: str = "",
    *,
    by: Actor,
    annexes: Sequence[UploadedAnnex] = (),
    removed: Collection[int] = (),
) -> None:
    """Change a draft's facts, its annexes, and its file if ``content`` is given; earlier files stay in its history.

    Raises:
        WrongState: it is no draft any more, or was changed meanwhile.
        Forbidden: it is not this person's draft, or this person does not draft for that unit.
        NotCompetent: its new unit could not do to others what was recorded with the draft.
        Invalid, NotAPdf, TooManyPages, NoRegister: as for :func:`create_draft`.
    """
    if not by.holds(Role.DRAFTER, [form.drafting_unit_id]):
        raise Forbidden
    signatory = _signatory_name(desk, form)
    with desk.database.read() as session:
        document = at_step(session, by, document_id, State.DRAFT)
        _require_author(document, by)
        seen, kept = document.version, current_rendition(document).sha256
    uploaded = take_in(desk, content, file_name, signatory) if content else None
    found = uploaded.places if uploaded else places_found(desk, desk.store.get(kept), signatory)
    with desk.database.write() as session:
        document = at_step(session, by, document_id, State.DRAFT)
        _require_author(document, by)
        if document.version != seen:
            raise WrongState
        with session.no_autoflush:
            apply_form(session, document, form)
            _require_signatory(document)
            require_still_competent(session, document, by=by)
        if uploaded is not None:
            attach(session, desk, document, uploaded, RenditionRole.DRAFT, by=by)
        document.places = found if uploaded else places.carried_over(document.places, found)
        document.changed_at = desk.clock()
        remove_annexes(session, desk, document, removed, by=by)
        attach_annexes(session, desk, document, annexes, by=by)
        audit.append(session, actor=by.username, act="draft-changed", object_kind="document", object_id=document.id)


def submit(desk: Desk, document_id: str, *, by: Actor) -> None:
    """Hand the draft to its signatory.

    Raises:
        PlacesMissing: the pages have no place for the number, the date or the signature.
        Invalid: the signatory can no longer sign for the unit.
        NotAuthorised: not in the capacity that the document names; see :func:`require_authority`.
        WrongState, Forbidden, NotFound: it is no draft, or not this person's, or was changed meanwhile.
    """
    seen, marked = _with_marks(desk, document_id, by)
    with desk.database.write() as session:
        document = at_step(session, by, document_id, State.DRAFT)
        _require_author(document, by)
        if document.version != seen:
            raise WrongState
        if document.signatory_id not in {leader.id for leader in leaders_of(session, document.unit_id)}:
            raise Invalid(
                "Người ký được chọn không còn là lãnh đạo của cơ quan ban hành. Hãy chọn người khác.",
                "The chosen signatory is no leader of the issuing unit any more. Choose another.",
            )
        basis = require_authority(session, document, desk.clock())
        absent = places.missing(document.places)
        if absent:
            raise PlacesMissing(
                "Không tìm thấy trên trang: " + "; ".join(places.NAMES[name][0] for name in absent) + ". "
                "Hãy đặt bằng tay trên hình trang, hoặc sửa bản thảo theo mẫu của Nghị định 30/2020 rồi tải lên lại.",
                "Not found on the pages: " + "; ".join(places.NAMES[name][1] for name in absent) + ". "
                "Set them by hand on the pages, or lay the draft out as Decree 30/2020 asks and upload it again.",
            )
        if marked is not None:
            record_marks(session, desk, document, current_rendition(document), marked, by=by)
        else:
            files = markable_files(session, document, current_rendition(document))
            leave_out_marks(desk, document, current_rendition(document), files, by=by)
        document.state = State.SUBMITTED
        document.submitted_at = document.changed_at = desk.clock()
        document.note = ""
        audit.append(
            session,
            actor=by.username,
            act="submitted",
            object_kind="document",
            object_id=document.id,
            signatory=document.signatory_name,
            **authority_detail(document, basis),
        )


def _with_marks(desk: Desk, document_id: str, by: Actor) -> tuple[int, tuple[Drawn, ...] | None]:
    """The draft's version, and its files with the mark of the public check; ``None`` where none is wanted."""
    with desk.database.read() as session:
        document = at_step(session, by, document_id, State.DRAFT)
        _require_author(document, by)
        seen = document.version
        if not desk.check_address or not document.check_mark or places.missing(document.places):
            return seen, None
        files = markable_files(session, document, current_rendition(document))
    with desk.database.write() as session:
        document = at_step(session, by, document_id, State.DRAFT)
        code = give_code(session, document, desk.clock(), by=by.username)
    return seen, draw(desk, code, files)


def send_back(desk: Desk, document_id: str, reason: str, *, by: Actor) -> None:
    """The signatory returns the draft with an opinion.

    Raises:
        Invalid: no reason was given.
        WrongState, Forbidden, NotFound: it does not wait for this person.
    """
    reason = one_line(reason)
    if not reason:
        raise Invalid("Hãy ghi lý do trả lại.", "Say why it is sent back.")
    with desk.database.write() as session:
        document = at_step(session, by, document_id, State.SUBMITTED)
        if document.signatory_id != by.user_id:
            raise Forbidden
        document.state = State.DRAFT
        document.note = reason[:2000]
        document.changed_at = desk.clock()
        audit.append(
            session,
            actor=by.username,
            act="sent-back",
            object_kind="document",
            object_id=document.id,
            reason=document.note,
        )


def take_back(desk: Desk, document_id: str, *, by: Actor) -> None:
    """The author takes a submitted draft back while it is not signed: to mend it, or because nobody can sign it.

    Raises:
        WrongState, Forbidden, NotFound: it is not submitted, or not this person's.
    """
    with desk.database.write() as session:
        document = at_step(session, by, document_id, State.SUBMITTED)
        _require_author(document, by)
        document.state = State.DRAFT
        document.note = ""
        document.changed_at = desk.clock()
        audit.append(session, actor=by.username, act="taken-back", object_kind="document", object_id=document.id)


def at_step(session: Session, by: Actor, document_id: str, *states: State) -> Document:
    """The document, locked for this transaction, if this person may see it and it is at one of the steps.

    Raises:
        NotFound: there is none for this person.
        WrongState: it is at another step, perhaps because somebody was faster.
    """
    session.execute(select(Document.id).where(Document.id == document_id).with_for_update(key_share=True))
    document = fetch(session, by, document_id)
    if document.state not in states:
        raise WrongState
    return document


def current_rendition(document: Document) -> Rendition:
    """The newest file of a document; those of its annexes are not meant."""
    return [one for one in document.renditions if one.annex_id is None][-1]


def _require_author(document: Document, by: Actor) -> None:
    if document.created_by != by.user_id or not by.holds(Role.DRAFTER, [document.drafting_unit_id]):
        raise Forbidden


def _require_signatory(document: Document) -> None:
    if document.signatory_id is None:
        raise Invalid("Chưa chọn người ký.", "Choose the signatory.")


def add_rendition(
    desk: Desk, document: Document, role: RenditionRole, sha256: str, size_bytes: int, file_name: str, *, by: Actor
) -> None:
    """Name one more file of the document; its bytes lie in the store already."""
    document.renditions.append(
        Rendition(
            role=role,
            sha256=sha256,
            size_bytes=size_bytes,
            file_name=file_name,
            store=desk.store.name,
            created_at=desk.clock(),
            created_by=by.user_id,
        )
    )


def attach(
    session: Session, desk: Desk, document: Document, uploaded: UploadedPdf, role: RenditionRole, *, by: Actor
) -> None:
    """Name an uploaded file, with its pages and their text."""
    add_rendition(desk, document, role, uploaded.sha256, uploaded.size_bytes, uploaded.file_name, by=by)
    document.pages = len(uploaded.pages)
    session.merge(
        DocumentText(
            document_id=document.id,
            rendition_sha256=uploaded.sha256,
            **text_columns(uploaded.pages, desk.clock()),
        )
    )


def _signatory_name(desk: Desk, form: DocumentForm) -> str:
    with desk.database.read() as session:
        signatory = session.get(User, form.signatory_id) if form.signatory_id is not None else None
        return signatory.full_name if signatory else form.signatory_name


def places_found(desk: Desk, content: bytes, signatory_name: str) -> dict[str, Any]:
    """Places found on the pages; none where the file resists: a person is told on submission."""
    try:
        return places.to_json(find_places(content, signatory_name=signatory_name, limits=desk.limits))
    except SigningError:
        return {}
