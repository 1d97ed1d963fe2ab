"""Who may read which document: every access level against every person."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from docsvc.accounts import SYSTEM, Actor, Role, grant_role
from docsvc.db.records import Document
from docsvc.errors import NotFound
from docsvc.records.checking import Standing, match
from docsvc.records.handling import fetch_file, files_of, handles, history
from docsvc.records.queues import recently_issued
from docsvc.records.reading import fetch, readable
from docsvc.records.suggestions import signatories
from docsvc.records.terms import Access, Channel, RenditionRole, State
from tests.office import COMMUNE, ECONOMY, OTHER, PEOPLE, PROVINCE, STAFF, Office
from tests.records.documents import put

EVERYBODY = frozenset(PEOPLE)
INSIDE = frozenset({"drafter", "drafter.kt", "leader", "deputy", "clerk", "reader"})
"""People of the commune."""
OVERSEE = frozenset({"auditor", "province.leader"})
HANDLE = frozenset({"drafter", "leader", "clerk", "auditor"})
"""Author, signatory, clerk of the unit, auditor above it."""


def readers(office: Office, document_id: str) -> frozenset[str]:
    """Everybody who gets the document, by fetching and by listing alike."""
    fetched, listed = set(), set()
    with office.service.database.read() as session:
        for username in PEOPLE:
            actor = office.actor(username)
            if document_id in session.scalars(select(Document.id).where(readable(session, actor))).all():
                listed.add(username)
            try:
                fetch(session, actor, document_id)
            except NotFound:
                continue
            fetched.add(username)
    assert fetched == listed
    return frozenset(fetched)


@pytest.mark.parametrize("state", [State.ISSUED, State.WITHDRAWN])
@pytest.mark.parametrize(
    ("access", "expected"),
    [(Access.PUBLIC, EVERYBODY), (Access.INTERNAL, INSIDE | OVERSEE), (Access.RESTRICTED, HANDLE)],
)
def test_registered_documents_follow_their_access(
    office: Office, access: Access, state: State, expected: frozenset[str]
) -> None:
    assert readers(office, put(office, access=access, state=state)) == expected


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (State.DRAFT, {"drafter"}),
        (State.SUBMITTED, {"drafter", "leader"}),
        (State.SIGNED, {"drafter", "leader", "clerk"}),
        (State.NUMBERED, {"drafter", "leader", "clerk"}),
        (State.SEALED, {"drafter", "leader", "clerk"}),
    ],
)
@pytest.mark.parametrize("access", Access)
def test_until_it_is_issued_only_who_works_on_it_sees_it(
    embedded: Office, access: Access, state: State, expected: set[str]
) -> None:
    assert readers(embedded, put(embedded, access=access, state=state)) == expected


def sent(office: Office, code: str, access: Access) -> str:
    return put(office, access=access, sent=[(code, Channel.ELECTRONIC)])


@pytest.mark.parametrize(
    ("code", "access", "more"),
    [
        (OTHER, Access.INTERNAL, {"outsider", "other.drafter", "other.leader", "other.clerk"}),
        (OTHER, Access.RESTRICTED, {"other.leader", "other.clerk"}),
        (PROVINCE, Access.INTERNAL, {"province.clerk"}),
        (PROVINCE, Access.RESTRICTED, {"province.leader", "province.clerk"}),
    ],
)
def test_a_unit_that_received_it_reads_it(office: Office, code: str, access: Access, more: set[str]) -> None:
    expected = (INSIDE | OVERSEE if access == Access.INTERNAL else HANDLE) | more
    assert readers(office, sent(office, code, access)) == expected


def test_what_went_to_one_department_is_not_for_another_agency(embedded: Office) -> None:
    assert readers(embedded, sent(embedded, ECONOMY, Access.RESTRICTED)) == HANDLE


def test_the_provinces_own_papers_are_not_for_the_communes_below(office: Office) -> None:
    document_id = put(
        office,
        access=Access.INTERNAL,
        unit_id=office.units[PROVINCE],
        drafting_unit_id=office.units[PROVINCE],
        signatory_id=office.people["province.leader"],
        created_by=office.people["province.clerk"],
    )
    assert readers(office, document_id) == {"province.leader", "province.clerk", "auditor"}


def test_an_administrator_reads_nothing_by_that_role_but_may_hold_another(embedded: Office) -> None:
    document_id = put(embedded, access=Access.INTERNAL)
    with embedded.service.database.write() as session:
        administrator = embedded.actor("administrator")
        grant_role(session, administrator.user_id, embedded.units[COMMUNE], Role.ADMINISTRATOR, by=SYSTEM)
    assert "administrator" not in readers(embedded, document_id)
    with embedded.service.database.write() as session:
        grant_role(session, administrator.user_id, embedded.units[STAFF], Role.READER, by=SYSTEM)
    assert "administrator" in readers(embedded, document_id)


def test_without_any_role_not_even_public_documents_are_listed(embedded: Office) -> None:
    document_id = put(embedded)
    with embedded.service.database.read() as session:
        for nobody in (SYSTEM, Actor(embedded.actor("reader").user_id, "reader", "x")):
            with pytest.raises(NotFound):
                fetch(session, nobody, document_id)


def test_lists_and_suggestions_tell_nothing_that_may_not_be_read(embedded: Office) -> None:
    put(embedded, access=Access.RESTRICTED, signatory_name="Tên Kín")
    public = put(embedded, signatory_name="Tên Ngỏ")
    with embedded.service.database.read() as session:
        outsider = embedded.actor("outsider")
        assert signatories(session, outsider) == ("Tên Ngỏ",)
        assert [document.id for document in recently_issued(session, outsider)] == [public]
        assert signatories(session, embedded.actor("clerk")) == ("Tên Kín", "Tên Ngỏ")


def test_readers_get_the_issued_file_alone_and_no_history(office: Office) -> None:
    document_id = office.issued()
    with office.service.database.read() as session:
        for username in PEOPLE:
            actor = office.actor(username)
            document = fetch(session, actor, document_id)
            roles = [rendition.role for rendition in files_of(session, actor, document)]
            acts = [entry.act for entry in history(session, actor, document)]
            if username in HANDLE:
                assert handles(session, actor, document)
                assert roles == [RenditionRole.ISSUED, RenditionRole.SIGNED, RenditionRole.DRAFT]
                assert acts == ["draft-created", "submitted", "signed", "number-taken", "sealed", "published"]
            else:
                assert (roles, acts) == ([RenditionRole.ISSUED], [])
                with pytest.raises(NotFound):
                    fetch_file(session, actor, document_id, document.renditions[0].id)


def test_a_file_is_known_as_current_earlier_or_withdrawn_and_only_to_those_it_is_shown(office: Office) -> None:
    document_id = office.issued()
    draft, _, issued = (rendition.sha256 for rendition in office.document(document_id).renditions)
    hidden = office.issued("Về việc hạn chế", access=Access.RESTRICTED)
    with office.service.database.read() as session:
        found = match(session, issued)
        assert found is not None
        assert (found.standing, found.reference, found.may_open) == (Standing.CURRENT, "01/QĐ-UBND", False)
        earlier = match(session, draft)
        assert earlier is not None
        assert earlier.standing == Standing.EARLIER
        secret = office.document(hidden).renditions[-1].sha256
        assert match(session, secret) is None
        assert match(session, secret, office.actor("outsider")) is None
        opened = match(session, secret, office.actor("auditor"))
        assert opened is not None
        assert opened.may_open
        assert match(session, "0" * 64) is None
