"""Copies of documents: sao y, trích sao and sao lục (NĐ 30, art. 25-27).

A copy is a document of the copying organisation, with a number of its own. Its file is made of the source's pages as
they look (see docs/decisions/011), waits for its number like a signed document, and is then numbered, signed in its
corner and published by the steps that every document takes.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import delete
from sqlalchemy.orm import Session

from config.document_types import document_types, is_copy
from docsvc import audit
from docsvc.accounts import Actor, Role
from docsvc.db.records import CopySource, Document, DocumentText, Job, Rendition
from docsvc.errors import Forbidden, Invalid
from docsvc.issue import repeats
from docsvc.issue.annex_files import UploadedAnnex, attach_annexes
from docsvc.issue.check_marking import WORDS_OF_COPY, Drawn, Markable, draw, record_marks
from docsvc.issue.desk import Desk
from docsvc.issue.drafting import UploadedPdf, add_rendition, at_step, attach, current_rendition
from docsvc.issue.errors import NotAPdf, NotCopyable, TooManyPages
from docsvc.issue.form import DocumentForm, RecipientEntry, apply_form
from docsvc.records.annexes import annex_file, annexes_of
from docsvc.records.check_codes import forget_code, give_code, new_code
from docsvc.records.reading import fetch
from docsvc.records.terms import Access, Medium, RenditionRole, State
from docsvc.records.units import issuing_unit
from docsvc.texts import one_line
from signing.texts import read_text
from signing.transcripts import transcribe

SAO_Y, TRICH_SAO, SAO_LUC = "sy", "trs", "sl"
_SECRECY = (Access.PUBLIC, Access.INTERNAL, Access.RESTRICTED)
_RANGE = re.compile(r"(\d{1,5})(?:\s*[-–]\s*(\d{1,5}))?", re.ASCII)
_LONGEST_PAGES = 200


@dataclass(frozen=True, slots=True)
class CopyRequest:
    """What the clerk fills in."""

    form: str
    """``sy``, ``trs`` or ``sl``."""
    unit_id: int
    """The unit that makes the copy."""
    signatory_id: int
    """The leader who certifies it (NĐ 30, art. 27)."""
    authority: str = ""
    pages: str = ""
    """Of an excerpt: ``1-3, 5``."""
    recipients: tuple[RecipientEntry, ...] = ()
    access: Access = Access.PUBLIC
    copies: int = 0
    check_mark: bool = True
    """Draw the QR code of the public check, where the service does so."""


@dataclass(frozen=True, slots=True)
class OutsideSource:
    """A document from elsewhere, as its file and what the clerk reads on it."""

    content: bytes
    file_name: str
    reference: str
    agency: str
    abstract: str
    issued_on: date | None = None


@dataclass(frozen=True, slots=True)
class _Source:
    """What is copied, from wherever it came."""

    document_id: str | None
    file: UploadedPdf
    """``pages`` and ``places`` are not known yet."""
    annexes: tuple[UploadedAnnex, ...]
    reference: str
    agency: str
    abstract: str
    issued_on: date | None
    access: Access


def make_copy(
    desk: Desk, request: CopyRequest, source: str | OutsideSource, *, by: Actor, request_key: str = ""
) -> str:
    """Make a copy of a document here, named by its id, or of one from outside; it then waits for its number.

    Gives the copy's id; sent again with the same ``request_key``, it makes nothing new.

    Raises:
        Forbidden: only a clerk of the copying unit may.
        NotFound: there is no such document for this person.
        NotCopyable: it is not in force, has no file, or the form of copy does not fit it.
        Invalid: a field cannot be used, or more people could read the copy than the source.
        NotAPdf, TooManyPages, NoRegister, SigningError: the file cannot be copied.
    """
    identifier = repeats.document_id(by, request_key)
    with desk.database.read() as session:
        if repeats.made_before(session, identifier, by):
            return identifier
        found = _outside(source) if isinstance(source, OutsideSource) else _inside(session, by, source)
        if not by.holds(Role.CLERK, [issuing_unit(session, request.unit_id).id]):
            raise Forbidden
        if found.document_id is not None:
            require_form(request.form, session.get_one(Document, found.document_id))
    chosen = read_pages(request.pages) if request.form == TRICH_SAO else ()
    if request.form == TRICH_SAO and not chosen:
        raise Invalid("Hãy ghi các trang cần trích sao.", "Give the pages to be excerpted.")
    content = source.content if isinstance(source, OutsideSource) else desk.store.get(found.file.sha256)
    if isinstance(source, OutsideSource):
        desk.store.put(content)
    copied = _taken_over(desk, content, chosen, found.file.file_name)
    annexes = tuple(_annex_taken_over(desk, one) for one in found.annexes) if not chosen else ()
    code = new_code()
    marked, annexes = _marked(desk, request, code, copied, annexes)
    now = desk.clock()
    with desk.database.write() as session:
        repeats.queue(session, by, request_key)
        if repeats.made_before(session, identifier, by):
            return identifier
        if found.document_id is not None:
            at_step(session, by, found.document_id, State.ISSUED)
        document = Document(
            id=identifier,
            state=State.SIGNED,
            medium=Medium.ELECTRONIC,
            created_by=by.user_id,
            created_at=now,
            changed_at=now,
        )
        with session.no_autoflush:
            session.add(document)
            apply_form(session, document, _form(request, found), copy=True)
            if not by.holds(Role.CLERK, [document.unit_id]) or document.signatory_id is None:
                raise Forbidden
        document.copied_from = CopySource(
            source_id=found.document_id,
            sha256=found.file.sha256,
            reference=found.reference,
            issued_on=found.issued_on,
            agency=found.agency,
            pages=pages_text(chosen),
        )
        session.flush()
        if isinstance(source, OutsideSource):
            add_rendition(
                desk, document, RenditionRole.SOURCE, found.file.sha256, len(content), found.file.file_name, by=by
            )
            session.flush()
        attach(session, desk, document, copied, RenditionRole.DRAFT, by=by)
        _record_mark(session, desk, document, code, marked, by)
        audit.append(
            session,
            actor=by.username,
            act="copy-made",
            object_kind="document",
            object_id=document.id,
            form=request.form,
            source=found.document_id or found.reference,
            sha256=found.file.sha256,
        )
        attach_annexes(session, desk, document, annexes, by=by)
        return document.id


def _record_mark(
    session: Session, desk: Desk, document: Document, code: str, marked: tuple[Drawn, ...], by: Actor
) -> None:
    session.flush()
    if marked:
        give_code(session, document, desk.clock(), by=by.username, code=code)
        record_marks(session, desk, document, current_rendition(document), marked, by=by)


def discard_copy(desk: Desk, document_id: str, *, by: Actor) -> None:
    """Throw a copy away that has no number yet; the log keeps that it was made and thrown away.

    Raises:
        WrongState, NotFound: it has its number, or there is none for this person.
        Forbidden: it is no copy, or this person is no clerk of its unit.
    """
    with desk.database.write() as session:
        document = at_step(session, by, document_id, State.SIGNED)
        if not is_copy(document.type_key) or not by.holds(Role.CLERK, [document.unit_id]):
            raise Forbidden
        audit.append(session, actor=by.username, act="copy-discarded", object_kind="document", object_id=document.id)
        forget_code(session, document.id)
        session.execute(delete(Job).where(Job.document_id == document.id))
        text = session.get(DocumentText, document.id)
        if text is not None:
            session.delete(text)
        session.delete(document)


def require_form(form: str, source: Document) -> None:
    """Whether a document here can be copied in this form.

    Raises:
        NotCopyable: it is not issued, has no file, or the form does not fit: a sao y and a trích sao are made from the
            original, a sao lục from a sao y (NĐ 30, art. 3.10-12, 25.2.b).
    """
    if source.state != State.ISSUED or _newest_file(source) is None:
        raise NotCopyable
    if form == SAO_LUC and source.type_key != SAO_Y:
        raise NotCopyable("Sao lục chỉ thực hiện từ bản sao y.", "A sao lục is made from a sao y only.")
    if form != SAO_LUC and is_copy(source.type_key):
        raise NotCopyable(
            "Sao y và trích sao thực hiện từ bản gốc hoặc bản chính, không từ bản sao. Từ bản sao y chỉ sao lục.",
            "Certified copies and excerpts are made from the original, not from a copy.",
        )


def forms_for(source: Document) -> tuple[str, ...]:
    """The forms of copy that fit a document; none where it cannot be copied."""
    fitting = []
    for form in (SAO_Y, TRICH_SAO, SAO_LUC):
        try:
            require_form(form, source)
        except NotCopyable:
            continue
        fitting.append(form)
    return tuple(fitting)


def read_pages(text: str) -> tuple[int, ...]:
    """Pages as people write them, ``1-3, 5``; from 0, in rising order.

    Raises:
        Invalid: it is no list of pages.
    """
    pages: set[int] = set()
    for part in filter(None, (part.strip() for part in re.split(r"[,;]", one_line(text)))):
        found = _RANGE.fullmatch(part)
        first = int(found[1]) if found else 0
        last = int(found[2] or found[1]) if found else 0
        if not 1 <= first <= last <= first + 20_000:
            raise Invalid(
                f"«{part[:30]}» không phải là trang. Hãy ghi ví dụ: 1-3, 5.",
                f"“{part[:30]}” is no range of pages. Write for example: 1-3, 5.",
            )
        pages.update(range(first - 1, last))
    return tuple(sorted(pages))


def pages_text(pages: tuple[int, ...]) -> str:
    """As written for people: runs of pages joined.

    Raises:
        Invalid: these are too many pieces.
    """
    runs: list[list[int]] = []
    for page in pages:
        if runs and page == runs[-1][1] + 1:
            runs[-1][1] = page
        else:
            runs.append([page, page])
    text = ", ".join(str(first + 1) if first == last else f"{first + 1}-{last + 1}" for first, last in runs)
    if len(text) > _LONGEST_PAGES:
        raise Invalid("Danh sách trang quá dài.", "The list of pages is too long.")
    return text


def _newest_file(source: Document) -> Rendition | None:
    files = [one for one in source.renditions if one.role in (RenditionRole.ISSUED, RenditionRole.SCAN)]
    return files[-1] if files else None


def _inside(session: Session, by: Actor, document_id: str) -> _Source:
    document = fetch(session, by, document_id)
    file = _newest_file(document)
    if file is None:
        raise NotCopyable
    annexes = annexes_of(document)
    return _Source(
        document_id=document.id,
        file=UploadedPdf(file.sha256, file.size_bytes, file.file_name, (), {}),
        annexes=tuple(
            UploadedAnnex(annex_file(one).sha256, 0, annex_file(one).file_name, one.title, ()) for one in annexes
        ),
        reference=document.reference or "",
        agency=document.unit.name,
        abstract=document.abstract,
        issued_on=document.issued_on,
        access=Access(document.access),
    )


def _outside(source: OutsideSource) -> _Source:
    if not source.content.startswith(b"%PDF-"):
        raise NotAPdf
    reference, agency = one_line(source.reference), one_line(source.agency)
    if not 0 < len(reference) <= 45 or not 0 < len(agency) <= 200:  # noqa: PLR2004 - as the columns hold
        raise Invalid(
            "Hãy ghi số, ký hiệu (nhiều nhất 45 ký tự) và cơ quan ban hành (nhiều nhất 200 ký tự) của bản nguồn.",
            "Give the source's reference (at most 45 characters) and who issued it (at most 200).",
        )
    name = one_line(source.file_name.replace("\\", "/").rsplit("/", 1)[-1])[-200:] or "ban-nguon.pdf"
    return _Source(
        document_id=None,
        file=UploadedPdf(hashlib.sha256(source.content).hexdigest(), len(source.content), name, (), {}),
        annexes=(),
        reference=reference,
        agency=agency,
        abstract=source.abstract,
        issued_on=source.issued_on,
        access=Access.PUBLIC,
    )


def _form(request: CopyRequest, found: _Source) -> DocumentForm:
    if request.form not in document_types() or not is_copy(request.form):
        raise Invalid("Chưa chọn hình thức sao.", "Choose the form of copy.")
    if _SECRECY.index(Access(request.access)) < _SECRECY.index(found.access):
        raise Invalid(
            "Bản sao không được có phạm vi xem rộng hơn văn bản được sao.",
            "No more people may read the copy than may read its source.",
        )
    return DocumentForm(
        drafting_unit_id=request.unit_id,
        type_key=request.form,
        abstract=found.abstract,
        signatory_id=request.signatory_id,
        authority=request.authority,
        access=request.access,
        recipients=request.recipients,
        copies=request.copies,
        check_mark=request.check_mark,
    )


def _taken_over(desk: Desk, content: bytes, chosen: tuple[int, ...], file_name: str) -> UploadedPdf:
    """The copy's file, its bytes in the store."""
    made = transcribe(content, chosen, limits=desk.limits)
    pages = read_text(made, limits=desk.limits)
    if len(pages) > desk.page_limit:
        raise TooManyPages(
            f"Văn bản có {len(pages)} trang, nhiều hơn mức cho phép là {desk.page_limit}.",
            f"The document has {len(pages)} pages, more than the {desk.page_limit} allowed.",
        )
    return UploadedPdf(desk.store.put(made), len(made), file_name, pages, {})


def _annex_taken_over(desk: Desk, annex: UploadedAnnex) -> UploadedAnnex:
    made = _taken_over(desk, desk.store.get(annex.sha256), (), annex.file_name)
    return UploadedAnnex(made.sha256, made.size_bytes, made.file_name, annex.title, made.pages)


def _marked(
    desk: Desk, request: CopyRequest, code: str, copied: UploadedPdf, annexes: tuple[UploadedAnnex, ...]
) -> tuple[tuple[Drawn, ...], tuple[UploadedAnnex, ...]]:
    """The copy's file with the mark of the public check, and its annexes with it, where one is wanted."""
    if not desk.check_address or not request.check_mark:
        return (), annexes
    marked = draw(desk, code, [Markable(None, copied.sha256)], WORDS_OF_COPY)
    return marked, tuple(_annex_marked(desk, code, one) for one in annexes)


def _annex_marked(desk: Desk, code: str, annex: UploadedAnnex) -> UploadedAnnex:
    """With the mark of the public check; as it is where that cannot be drawn."""
    (made,) = draw(desk, code, [Markable(None, annex.sha256)], WORDS_OF_COPY)
    return annex if made.problem else replace(annex, sha256=made.marked_sha256, size_bytes=made.size_bytes)
