"""Anchors in the database: who may change them, what is refused by name, and that everybody sees a change at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import select
from sqlalchemy.orm import Session

from docsvc.accounts import SYSTEM, Actor, Role
from docsvc.db.records import Event
from docsvc.db.trust import TrustAnchor
from docsvc.errors import Forbidden, Invalid, NotFound
from docsvc.trust import anchors
from docsvc.trust.anchors import Terms
from docsvc.trust.errors import AlreadyTrusted, Doubtful, OtherFingerprint
from signing.anchors import BOTH, Anchor, Purpose
from signing.authorities import Authority as Described
from signing.authorities import Doubt, read_authority
from signing.errors import NoAuthority, NotACertificate
from signing.verify import Trust, Verdict, verify
from tests.office import COMMUNE, Office
from tests.signing.authority import DAY, NOW, Authority, Holder, issue, new_key, page, sign


def der(holder: Holder) -> bytes:
    return holder.certificate.public_bytes(Encoding.DER)


def pem(holder: Holder) -> bytes:
    return holder.certificate.public_bytes(Encoding.PEM)


def believe(office: Office, holder: Holder, terms: Terms | None = None, *, by: Actor = SYSTEM) -> TrustAnchor:
    described = read_authority(pem(holder), NOW)
    with office.service.database.write() as session:
        return anchors.add(
            session,
            described,
            terms or Terms(BOTH),
            fingerprint=described.sha256,
            doubts_accepted=True,
            by=by,
        )


# --- reading certificates


def test_an_authority_is_read_from_pem_and_from_der() -> None:
    root = Authority("Gốc quốc gia").root
    described = read_authority(b"Subject: ...\n" + pem(root), NOW)
    assert described == read_authority(der(root), NOW)
    assert (described.holder, described.issuer, described.key) == ("Gốc quốc gia", "Gốc quốc gia", "EC 256")
    assert (described.purposes, described.doubts) == (BOTH, ())


def test_what_may_vouch_for_nobody_is_refused() -> None:
    authority = Authority()
    for holder in (authority.person(), issue("web", under=authority.issuing, use="web")):
        with pytest.raises(NoAuthority):
            read_authority(pem(holder), NOW)
    for content in (b"", b"\x30\x82", b"not a certificate", pem(authority.root) * 2, der(authority.root)[:-9]):
        with pytest.raises(NotACertificate):
            read_authority(content, NOW)


def test_a_timestamp_server_s_own_certificate_is_good_for_timestamps_only(embedded: Office) -> None:
    server = Authority().stamping
    described = read_authority(pem(server), NOW)
    assert described.purposes == {Purpose.TIMESTAMPS}
    with pytest.raises(Invalid):
        believe(embedded, server, Terms(BOTH))
    believe(embedded, server, Terms(frozenset({Purpose.TIMESTAMPS})))


def test_doubts_are_named() -> None:
    def doubts(holder: Holder) -> tuple[Doubt, ...]:
        return read_authority(der(holder), NOW).doubts

    old = issue("Gốc cũ", use="authority", until=NOW - DAY)
    assert doubts(old) == (Doubt.ENDED,)
    assert doubts(issue("Gốc mới", use="authority", since=NOW + DAY)) == (Doubt.NOT_YET,)
    assert doubts(issue("Gốc yếu", use="authority", key=new_key(1024))) == (Doubt.WEAK_KEY,)


# --- believing


def test_the_fingerprint_typed_must_be_the_certificate_s(embedded: Office) -> None:
    described = read_authority(pem(Authority().root), NOW)

    def add(fingerprint: str) -> None:
        with embedded.service.database.write() as session:
            anchors.add(session, described, Terms(BOTH), fingerprint=fingerprint, doubts_accepted=False, by=SYSTEM)

    with pytest.raises(OtherFingerprint):
        add("0" * 64)
    with pytest.raises(Invalid):
        add(described.sha256[:40])
    pairs = [described.sha256[at : at + 2].upper() for at in range(0, 64, 2)]
    add(" " + ":".join(pairs))
    with pytest.raises(AlreadyTrusted):
        add(described.sha256)


def test_what_is_doubtful_is_believed_only_by_who_says_so(embedded: Office) -> None:
    described = read_authority(pem(issue("Gốc cũ", use="authority", until=NOW - DAY)), NOW)
    with embedded.service.database.write() as session:
        with pytest.raises(Doubtful, match="ended"):
            _add(session, described, accepted=False)
        _add(session, described, accepted=True)
    with embedded.service.database.read() as session:
        event = session.scalars(select(Event).where(Event.act == "anchor-added")).one()
    assert '"doubts":"ended"' in event.detail


def _add(session: Session, described: Described, *, accepted: bool) -> None:
    anchors.add(
        session,
        described,
        Terms(BOTH),
        fingerprint=described.sha256,
        doubts_accepted=accepted,
        by=SYSTEM,
    )


def test_only_administrators_of_the_whole_tree_say_whom_everybody_believes(office: Office) -> None:
    root = Authority().root
    administrator, auditor, clerk = (office.actor(name) for name in ("administrator", "auditor", "clerk"))
    of_a_commune = replace(administrator, roles=frozenset({(Role.ADMINISTRATOR, office.units[COMMUNE])}))
    for person in (clerk, auditor, of_a_commune):
        with pytest.raises(Forbidden):
            believe(office, root, by=person)
    believe(office, root, by=administrator)
    with office.service.database.read() as session:
        assert len(anchors.visible(session, auditor)) == len(anchors.visible(session, of_a_commune)) == 1
        with pytest.raises(Forbidden):
            anchors.visible(session, clerk)


def test_every_process_sees_a_change_at_its_next_file(office: Office) -> None:
    authority = Authority()
    signed = sign(page(), authority.person())
    other = office.again()

    def verdicts() -> set[Verdict]:
        return {verify(signed, trust=one.desk.trust).verdict for one in (office.service, other)}

    try:
        assert verdicts() == {Verdict.INDETERMINATE}
        row = believe(office, authority.root)
        assert verdicts() == {Verdict.VALID}
        with other.database.write() as session:
            anchors.change(session, row.id, Terms(frozenset({Purpose.TIMESTAMPS})), by=SYSTEM)
        assert verdicts() == {Verdict.INDETERMINATE}
        with other.database.write() as session:
            anchors.change(session, row.id, Terms(BOTH, until_on=office.today + timedelta(days=1)), by=SYSTEM)
        assert verdicts() == {Verdict.VALID}
        with office.service.database.write() as session:
            anchors.withdraw(session, row.id, "Khóa bị lộ", by=SYSTEM)
        assert verdicts() == {Verdict.INDETERMINATE}
    finally:
        other.close()


def test_a_withdrawn_anchor_stays_on_record_and_can_be_believed_anew(embedded: Office) -> None:
    root = Authority().root
    row = believe(embedded, root)
    with embedded.service.database.write() as session:
        with pytest.raises(Invalid):
            anchors.withdraw(session, row.id, "  ", by=SYSTEM)
        anchors.withdraw(session, row.id, "Nhầm tổ chức", by=SYSTEM)
        with pytest.raises(NotFound):
            anchors.change(session, row.id, Terms(BOTH), by=SYSTEM)
    believe(embedded, root)
    with embedded.service.database.read() as session:
        found = anchors.visible(session, SYSTEM)
        acts = session.scalars(select(Event.act).where(Event.object_kind == "anchor").order_by(Event.id)).all()
    assert [(one.in_use is None, one.removal_reason) for one in found] == [(False, ""), (True, "Nhầm tổ chức")]
    assert acts == ["anchor-added", "anchor-withdrawn", "anchor-added"]


def test_days_are_those_of_viet_nam(embedded: Office) -> None:
    row = believe(embedded, Authority().root, Terms(BOTH, date(2024, 1, 1), date(2024, 12, 31)))
    assert row.since is not None
    assert row.until is not None
    assert (row.since.isoformat(), row.until.isoformat()[:19]) == ("2023-12-31T17:00:00+00:00", "2024-12-31T16:59:59")
    assert (anchors.first_day(row), anchors.last_day(row)) == (date(2024, 1, 1), date(2024, 12, 31))


def test_a_timestamp_server_is_believed_by_its_own_certificate() -> None:
    authority, clocks = Authority(), Authority("Gốc khác")
    stamped = sign(page(), authority.person(), timestamper=clocks.timestamper(NOW - DAY))
    given = Anchor(clocks.stamping.certificate, frozenset({Purpose.TIMESTAMPS}))
    report = verify(stamped, trust=Trust((authority.root.certificate,), anchors=(given,)))
    assert report.verdict is Verdict.VALID
