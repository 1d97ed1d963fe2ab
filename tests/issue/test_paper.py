"""Paper documents in the register, withdrawals, and keys that are kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from docsvc.db.people import SigningKeyFile
from docsvc.db.records import Document, DocumentText, Job
from docsvc.errors import Forbidden, Invalid, NotFound
from docsvc.issue.errors import DateNotAllowed, NotAPdf
from docsvc.issue.form import RecipientEntry
from docsvc.issue.key_keeping import keep_key, kept_keys, retire_key
from docsvc.issue.paper import register_paper, withdraw
from docsvc.records.books import books, open_book
from docsvc.records.errors import DateOutOfOrder, SeriesClosed, WrongState
from docsvc.records.finder import find
from docsvc.records.terms import Channel, Medium, State
from signing.errors import UnusablePicture, WrongPassphrase
from tests.issue.acting import acts, at_once, numbers
from tests.office import COMMUNE, PASSPHRASE, Office, draft_file


def register(office: Office, abstract: str = "Về việc ký tay", *, days: int = 0, by: str = "clerk", **more: Any) -> str:
    form = office.form(
        abstract, recipients=(RecipientEntry("Các thôn", Channel.PAPER),), copies=2, **more.pop("facts", {})
    )
    return register_paper(office.desk, form, office.today + timedelta(days=days), by=office.actor(by), **more)


def test_paper_takes_its_number_from_the_same_register_and_is_found(office: Office) -> None:
    electronic = office.issued()
    paper = register(office, scan=draft_file("Về việc ký tay"), file_name="quét.pdf")
    document = office.document(paper)
    assert (document.reference, document.medium, document.state) == ("02/QĐ-UBND", Medium.PAPER, State.ISSUED)
    assert [(one.role, one.file_name) for one in document.renditions] == [("scan", "quét.pdf")]
    assert document.signatures == []
    assert document.deliveries[0].sent_at == document.published_at
    office.index()
    found = find(office.service.database, office.service.engine, office.actor("reader"), "ký tay")
    assert [result.document.id for result in found.results] == [paper]
    assert acts(office, paper) == [("clerk", "number-taken"), ("clerk", "published")]
    with office.service.database.read() as session:
        (book,) = books(session, office.actor("clerk"))
        page = open_book(session, office.actor("clerk"), book.series.id)
    assert [(entry.reference, entry.paper_copies) for entry in page.entries] == [("01/QĐ-UBND", 0), ("02/QĐ-UBND", 2)]
    assert [entry.document.id for entry in page.entries if entry.document] == [electronic, paper]


def test_who_is_not_clerk_of_the_unit_registers_nothing_and_no_scan_is_read(office: Office) -> None:
    for username in ("drafter", "leader", "other.clerk", "administrator"):
        with pytest.raises(Forbidden):
            register(office, by=username, scan=b"%PDF- never read")
    assert list(office.service.store.walk()) == []
    assert numbers(office) == []


def test_paper_dated_after_today_or_before_the_last_number_is_refused(office: Office) -> None:
    with pytest.raises(DateNotAllowed):
        register(office, days=1)
    register(office)
    with pytest.raises((DateOutOfOrder, SeriesClosed)):
        register(office, days=-1)
    with pytest.raises(SeriesClosed):
        register(office, days=-800)
    assert numbers(office) == [1]


def test_a_refused_registration_costs_no_number_and_keeps_no_scan(office: Office) -> None:
    with pytest.raises(NotAPdf):
        register(office, scan=b"no pdf")
    with pytest.raises(Invalid):
        register(office, facts={"signatory_id": None, "signatory_name": "  "})
    with pytest.raises(Invalid):
        register(office, facts={"signatory_id": None, "signatory_name": "x" * 51})
    assert numbers(office) == []
    register(office, facts={"signatory_id": None, "signatory_name": " Bà  Ngoài\x00 ", "signatory_position": "Trưởng"})
    with office.service.database.read() as session:
        assert session.scalars(select(Document.signatory_name)).one() == "Bà Ngoài"


def test_a_registration_sent_again_takes_no_second_number_even_at_once(office: Office) -> None:
    made: list[str] = []
    tries = [lambda: made.append(register(office, request_key="sổ-1", scan=draft_file()))] * 4
    assert at_once(*tries) == [None] * 4
    assert len(set(made)) == 1
    assert numbers(office) == [1]
    with office.service.database.read() as session:
        assert session.scalar(select(func.count()).select_from(DocumentText)) == 1


def test_a_withdrawn_document_keeps_number_and_files_and_stays_in_the_register(office: Office) -> None:
    document_id = office.issued()
    clerk = office.actor("clerk")
    withdraw(office.desk, document_id, "  Sai  thẩm quyền ", by=clerk)
    document = office.document(document_id)
    assert (document.state, document.number, document.note) == (State.WITHDRAWN, 1, "Sai thẩm quyền")
    assert len(document.renditions) == 3
    with pytest.raises(WrongState):
        withdraw(office.desk, document_id, "lần nữa", by=clerk)
    assert office.document(office.issued("Thay thế")).reference == "02/QĐ-UBND"
    with office.service.database.read() as session:
        assert session.scalar(select(func.count()).where(Job.document_id == document_id)) == 2
        (book,) = books(session, clerk)
        assert book.entries == 2


@pytest.mark.parametrize("username", ["drafter", "leader", "auditor", "other.clerk", "administrator"])
def test_only_the_clerk_withdraws_and_never_without_a_reason(embedded: Office, username: str) -> None:
    document_id = register(embedded)
    with pytest.raises((Forbidden, NotFound)):
        withdraw(embedded.desk, document_id, "vì", by=embedded.actor(username))
    with pytest.raises(Invalid):
        withdraw(embedded.desk, document_id, " ", by=embedded.actor("clerk"))
    assert embedded.document(document_id).state == State.ISSUED


def test_a_register_shows_to_each_only_what_is_theirs(office: Office) -> None:
    register(office, facts={"access": "restricted"})
    with office.service.database.read() as session:
        for username in ("clerk", "leader", "deputy", "auditor"):
            book = next(one for one in books(session, office.actor(username)) if one.unit.code == COMMUNE)
            (entry,) = open_book(session, office.actor(username), book.series.id, page=10**30).entries
            assert (entry.document is None) == (username == "deputy"), username
            assert entry.reference == ("01" if username == "deputy" else "01/QĐ-UBND")
        for username in ("drafter", "reader", "outsider", "administrator"):
            assert books(session, office.actor(username)) == ()
            with pytest.raises(NotFound):
                open_book(session, office.actor(username), book.series.id)


def own_key(office: Office, username: str) -> SigningKeyFile:
    with office.service.database.read() as session:
        found = select(SigningKeyFile).where(SigningKeyFile.user_id == office.people[username])
        return session.scalars(found.where(SigningKeyFile.retired_at.is_(None))).one()


def test_a_key_file_is_kept_closed_and_the_one_before_it_retired(office: Office) -> None:
    old, leader = own_key(office, "leader"), office.actor("leader")
    new = keep(office, "leader", old.pkcs12, user_id=leader.user_id)
    assert new.holder == "Lê Đình Khải"
    assert own_key(office, "leader").id == new.id
    with office.service.database.read() as session:
        assert session.get_one(SigningKeyFile, old.id).retired_at is not None
        assert [key.id for key in kept_keys(session, leader)] == [new.id]
        assert len(kept_keys(session, office.actor("administrator"))) == 5
        assert kept_keys(session, office.actor("reader")) == ()


def test_a_key_that_cannot_be_opened_or_shown_is_refused_and_the_old_one_stays(office: Office) -> None:
    old, leader = own_key(office, "leader"), office.people["leader"]
    with pytest.raises(WrongPassphrase):
        keep(office, "leader", old.pkcs12, "wrong", user_id=leader)
    with pytest.raises(UnusablePicture):
        keep(office, "leader", old.pkcs12, image_png=b"no picture", user_id=leader)
    assert own_key(office, "leader").id == old.id


def test_keys_given_by_two_at_once_leave_one_in_use(office: Office) -> None:
    old, leader = own_key(office, "leader"), office.people["leader"]
    assert at_once(*[lambda: keep(office, "leader", old.pkcs12, user_id=leader)] * 3) == [None] * 3
    assert own_key(office, "leader").id > old.id


def test_nobody_keeps_a_key_for_somebody_elses_hand_or_seal(embedded: Office) -> None:
    for username in ("clerk", "drafter", "other.leader", "auditor"):
        with pytest.raises((Forbidden, NotFound)):
            keep(embedded, username, b"never read", user_id=embedded.people["leader"])
        with pytest.raises((Forbidden, NotFound)):
            keep(embedded, username, b"never read", unit_id=embedded.units[COMMUNE])
        with pytest.raises((Forbidden, NotFound)), embedded.service.database.write() as session:
            retire_key(session, own_key(embedded, "leader").id, by=embedded.actor(username))
    keep(embedded, "administrator", own_key(embedded, "leader").pkcs12, user_id=embedded.people["leader"])


def keep(
    office: Office,
    by: str,
    pkcs12: bytes | None,
    passphrase: str = PASSPHRASE,
    *,
    image_png: bytes | None = None,
    user_id: int | None = None,
    unit_id: int | None = None,
) -> SigningKeyFile:
    return keep_key(
        office.desk,
        user_id=user_id,
        unit_id=unit_id,
        pkcs12=pkcs12 or b"",
        passphrase=passphrase,
        image_png=image_png,
        by=office.actor(by),
    )
