"""The inspection view: what a unit signed rightly, and every fault where it lies."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from docsvc.accounts import SYSTEM, Role
from docsvc.db.people import SigningKeyFile
from docsvc.db.records import Document, Signature
from docsvc.errors import Forbidden, NotFound
from docsvc.inspection.standards import Standard, documents_behind, standards
from docsvc.records import delegations
from docsvc.records.delegations import NewDelegation
from docsvc.records.terms import Access
from signing.preserve import Level
from tests.inspection.archive import alter, audited, issued_sha256
from tests.office import COMMUNE, OTHER, PROVINCE, STAFF, Office

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


def counted(office: Office, unit: str = COMMUNE, level: Level = Level.B_T, by: str = "auditor") -> dict[str, int]:
    """What is not zero, for this year."""
    year = office.today.year
    with office.service.database.read() as session:
        rows = standards(session, office.actor(by), date(year, 1, 1), date(year, 12, 31), level)
    counts = next(row.counts for row in rows if row.unit_id == office.units[unit])
    return {str(one): count for one, count in counts.items() if count}


def behind(office: Office, standard: Standard, by: str = "auditor") -> list[str]:
    year = office.today.year
    with office.service.database.read() as session:
        found = documents_behind(
            session,
            office.actor(by),
            unit_id=office.units[COMMUNE],
            start=date(year, 1, 1),
            end=date(year, 12, 31),
            level=Level.B_T,
            standard=standard,
        )
    return [one.id for one in found.documents]


def change(office: Office, document_id: str, kind: str, **values: object) -> None:
    with office.service.database.write() as session:
        session.execute(
            update(Signature).where(Signature.document_id == document_id, Signature.kind == kind).values(**values)
        )


def moment(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), VIETNAM).astimezone(UTC)


def test_each_fault_is_counted_where_it_lies_on_every_back_end(office: Office) -> None:
    right, late, later, stranger, unstamped, failed = (office.issued(f"Về việc số {number}") for number in range(6))
    assert counted(office) == {"all": 6, "right": 6}
    assert counted(office, PROVINCE) == {"all": 6, "right": 6}
    assert counted(office, STAFF) == {"all": 6, "right": 6}
    assert counted(office, OTHER) == {}
    assert counted(office, level=Level.B_LT) == {"all": 6, "below": 6}
    today, day = office.today, timedelta(days=1)
    change(office, right, "personal", signed_at=moment(today, 23))
    change(office, right, "organisation", signed_at=moment(today + day, 23))
    assert counted(office) == {"all": 6, "right": 6}, "sealed the day after is in time"
    change(office, late, "organisation", signed_at=moment(today + 2 * day, 0))
    change(office, later, "personal", signed_at=moment(today + day, 0))
    change(office, stranger, "personal", certificate_sha256="f" * 64)
    change(office, unstamped, "organisation", level="B-B")
    change(office, failed, "organisation", indication="TOTAL-FAILED")
    assert counted(office) == {
        "all": 6,
        "right": 1,
        "late": 2,
        "unauthorised": 1,
        "unstamped": 1,
        "below": 1,
        "broken": 1,
    }
    assert behind(office, Standard.RIGHT) == [right]
    assert sorted(behind(office, Standard.LATE)) == sorted([late, later])
    assert behind(office, Standard.UNAUTHORISED) == [stranger]
    assert behind(office, Standard.BROKEN) == [failed]


def test_the_last_audit_counts_and_a_mended_file_is_right_again(embedded: Office) -> None:
    document_id = embedded.issued()
    sha256 = issued_sha256(embedded, document_id)
    content = embedded.service.store.get(sha256)
    alter(embedded.service, sha256)
    audited(embedded)
    assert counted(embedded) == {"all": 1, "broken": 1}
    embedded.service.store.put(content)
    audited(embedded)
    assert counted(embedded) == {"all": 1, "right": 1}


def test_a_deputy_needs_a_record_that_was_in_force(embedded: Office) -> None:
    first = embedded.issued("Trước khi ghi giao ký", signatory_id=embedded.people["leader"])
    with embedded.service.database.write() as session:
        keys = session.scalars(select(SigningKeyFile).where(SigningKeyFile.user_id == embedded.people["deputy"])).all()
        certificate = keys[0].certificate_sha256
        session.execute(
            update(Document).values(
                signatory_id=embedded.people["deputy"], signatory_authority="KT.", signatory_position="Phó Chủ tịch"
            )
        )
    change(embedded, first, "personal", certificate_sha256=certificate)
    assert counted(embedded) == {"all": 1, "right": 1}, "the unit keeps no records yet"
    now = datetime.now(UTC)
    with embedded.service.database.write() as session:
        given = delegations.record(
            session,
            NewDelegation(
                embedded.units[COMMUNE],
                embedded.people["deputy"],
                "KT.",
                embedded.today,
                giver_id=embedded.people["leader"],
            ),
            by=SYSTEM,
        )
        given.created_at, given.type_keys = now - timedelta(days=9), "qd kh"
    assert counted(embedded) == {"all": 1, "right": 1}
    with embedded.service.database.write() as session:
        session.merge(given).type_keys = "kh"
    assert counted(embedded) == {"all": 1, "unauthorised": 1}, "not for this type"
    with embedded.service.database.write() as session:
        row = session.merge(given)
        row.type_keys, row.ended_at = "", now - timedelta(days=1)
    assert counted(embedded) == {"all": 1, "unauthorised": 1}, "it had ended"
    with embedded.service.database.write() as session:
        row = session.merge(given)
        row.ended_at, row.valid_from = None, embedded.today + timedelta(days=1)
    assert counted(embedded) == {"all": 1, "unauthorised": 1}, "it had not begun"
    with embedded.service.database.write() as session:
        row = session.merge(given)
        row.valid_from = row.valid_to = embedded.today
    assert counted(embedded) == {"all": 1, "right": 1}, "its only day"


def test_who_may_not_read_a_document_gets_its_count_and_nothing_else(embedded: Office) -> None:
    document_id = embedded.issued("Về việc kỷ luật", access=Access.RESTRICTED)
    assert counted(embedded, by="administrator") == {"all": 1, "right": 1}
    assert behind(embedded, Standard.ALL) == [document_id]
    assert behind(embedded, Standard.ALL, by="administrator") == []
    with embedded.service.database.read() as session:
        days = (embedded.today, embedded.today)
        for username in ("reader", "leader", "clerk"):
            with pytest.raises(Forbidden):
                standards(session, embedded.actor(username), *days, Level.B_T)
        elsewhere = replace(embedded.actor("auditor"), roles=frozenset({(Role.AUDITOR, embedded.units[OTHER])}))
        assert [row.unit_id for row in standards(session, elsewhere, *days, Level.B_T)] == [embedded.units[OTHER]]
        with pytest.raises(NotFound):
            standards(session, elsewhere, *days, Level.B_T, embedded.units[COMMUNE])
