"""Trusted lists as sources of anchors: chosen, followed by newer ones, never by older ones."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import select

from config.settings import Settings
from docsvc.accounts import SYSTEM
from docsvc.db.records import Event
from docsvc.db.trust import TrustAnchor, TrustedList
from docsvc.errors import Forbidden, Invalid
from docsvc.trust import anchors, lists
from docsvc.trust.errors import ListBeingImported, ListOutdated
from docsvc.trust.lists import Taken
from docsvc.wiring import open_service
from signing.anchors import BOTH
from signing.authorities import read_authority
from signing.trusted_lists import read_trusted_list
from signing.verify import Verdict, verify
from tests.office import Office
from tests.signing.authority import DAY, NOW, Authority, Holder, page, sign
from tests.signing.lists import Scheme, Service


def sha256(holder: Holder) -> str:
    return anchors.fingerprint_of(holder.certificate.fingerprint(hashes.SHA256()).hex(":"))


def take(office: Office, scheme: Scheme, content: bytes, *chosen: Holder, username: str = "administrator") -> Taken:
    read = read_trusted_list(content, signer_sha256=scheme.fingerprint, at=NOW)
    by = SYSTEM if username == "system" else office.actor(username)
    with office.service.database.write() as session:
        return lists.take(session, read, [sha256(one) for one in chosen], by=by)


def test_what_is_chosen_is_believed_as_the_list_says_and_follows_newer_lists(office: Office) -> None:
    scheme, first, second = Scheme(), Authority("CA một"), Authority("CA hai")
    signed, unseen = sign(page(), first.person()), sign(page(), second.person())

    def verdicts() -> tuple[Verdict, Verdict]:
        trust = office.service.desk.trust
        return verify(signed, trust=trust).verdict, verify(unseen, trust=trust).verdict

    both = (Service("Một", [first.root]), Service("Hai", [second.root]))
    assert take(office, scheme, scheme.list(*both), first.root).added == ("CA một",)
    assert verdicts() == (Verdict.VALID, Verdict.INDETERMINATE)
    history = [("withdrawn", NOW - DAY), ("granted", NOW - 300 * DAY)]
    ended = (Service("Một", [first.root], history=history), both[1])
    taken = take(office, scheme, scheme.list(*ended, sequence=2), second.root)
    assert (taken.added, taken.changed) == (("CA hai",), ("CA một",))
    assert verdicts() == (Verdict.INDETERMINATE, Verdict.VALID)
    past = sign(page(), first.person(), timestamper=second.timestamper(NOW - 5 * DAY))
    assert verify(past, trust=office.service.desk.trust).signatures[0].timestamped_at is None
    with pytest.raises(ListOutdated):
        take(office, scheme, scheme.list(*both))
    gone = take(office, scheme, scheme.list(ended[0], sequence=3))
    assert (gone.withdrawn, gone.kept) == (("CA hai",), 1)
    assert verdicts()[1] is Verdict.INDETERMINATE
    with office.service.database.read() as session:
        (row,) = session.scalars(select(TrustedList)).all()
        reasons = session.scalars(select(TrustAnchor.removal_reason).where(TrustAnchor.in_use.is_(None))).all()
        acts = session.scalars(select(Event.act).order_by(Event.id.desc()).limit(2)).all()
    assert (row.sequence, reasons) == (3, ["không còn trong danh sách tin cậy XV số 3"])
    assert acts == ["anchor-withdrawn", "trusted-list-imported"]


def test_what_signed_before_the_end_of_a_service_stays_believed(embedded: Office) -> None:
    scheme, authority, clocks = Scheme(), Authority("CA đã thôi"), Authority("Giờ")
    services = (
        Service("CA", [authority.root], history=[("withdrawn", NOW - DAY), ("granted", NOW - 300 * DAY)]),
        Service("TSA", [clocks.stamping], "TSA/QTST"),
    )
    take(embedded, scheme, scheme.list(*services), authority.root, clocks.stamping, username="system")
    before = sign(page(), authority.person(), timestamper=clocks.timestamper(NOW - 5 * DAY))
    after = sign(page(), authority.person(), timestamper=clocks.timestamper(NOW - DAY / 2))
    trust = embedded.service.desk.trust
    assert (verify(before, trust=trust).verdict, verify(after, trust=trust).verdict) == (
        Verdict.VALID,
        Verdict.INDETERMINATE,
    )


def test_anchors_added_by_hand_are_left_alone_by_lists(embedded: Office) -> None:
    scheme, authority = Scheme(), Authority()
    described = read_authority(authority.root.certificate.public_bytes(Encoding.PEM), NOW)
    with embedded.service.database.write() as session:
        row = anchors.add(
            session, described, anchors.Terms(BOTH), fingerprint=described.sha256, doubts_accepted=False, by=SYSTEM
        )
    taken = take(embedded, scheme, scheme.list(Service("CA", [authority.root])), authority.root)
    assert (taken.added, taken.changed) == ((), ())
    take(embedded, scheme, scheme.list(sequence=2))
    with embedded.service.database.read() as session:
        assert session.get_one(TrustAnchor, row.id).in_use is not None


def test_what_a_list_decides_is_not_changed_by_hand_but_may_be_withdrawn(embedded: Office) -> None:
    scheme, authority = Scheme(), Authority()
    content = scheme.list(Service("CA", [authority.root]))
    take(embedded, scheme, content, authority.root)
    with embedded.service.database.write() as session:
        row = session.scalars(select(TrustAnchor)).one()
        with pytest.raises(Invalid):
            anchors.change(session, row.id, anchors.Terms(BOTH), by=SYSTEM)
        anchors.withdraw(session, row.id, "Không tin cơ quan này nữa", by=SYSTEM)
    assert take(embedded, scheme, content).added == ()
    assert take(embedded, scheme, content, authority.root).added == (authority.name,)


def test_only_administrators_of_the_whole_tree_import_lists(embedded: Office) -> None:
    scheme = Scheme()
    for username in ("auditor", "clerk"):
        with pytest.raises(Forbidden):
            take(embedded, scheme, scheme.list(), username=username)


def test_two_who_import_the_same_new_list_at_once_are_both_answered(postgres_url: str, tmp_path: Path) -> None:
    scheme, authority = Scheme(), Authority("CA hai người")
    read = read_trusted_list(scheme.list(Service("Một", [authority.root])), signer_sha256=scheme.fingerprint, at=NOW)
    service = open_service(Settings(data_dir=tmp_path / "var", database_url=postgres_url))
    told: list[object] = []

    def import_it() -> None:
        try:
            with service.database.write() as session:
                told.append(lists.take(session, read, [sha256(authority.root)], by=SYSTEM))
        except ListBeingImported as error:
            told.append(error)

    try:
        other = threading.Thread(target=import_it)
        with service.database.write() as session:
            told.append(lists.take(session, read, [sha256(authority.root)], by=SYSTEM))
            other.start()
            other.join(1)
        other.join(30)
        with service.database.read() as session:
            assert len(lists.lists(session)) == 1
    finally:
        service.close()
    first, second = told
    assert isinstance(first, Taken)
    assert isinstance(second, ListBeingImported)
