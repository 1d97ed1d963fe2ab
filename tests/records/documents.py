"""Records put straight into the database, where the issue flow would take seconds for each."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from docsvc.db.records import Delivery, Document, Signature
from docsvc.records.terms import Access, Channel, Medium, State, Urgency
from tests.office import COMMUNE, PEOPLE, STAFF, Office

NOW = datetime(2026, 5, 4, 3, 0, tzinfo=UTC)
VALID, DOUBTFUL = "TOTAL-PASSED", "INDETERMINATE"


def put(office: Office, **facts: Any) -> str:
    """An issued, public, unsigned record of the commune, unless ``facts`` say otherwise; gives its id."""
    with office.service.database.write() as session:
        return add(session, office, **facts).id


def add(
    session: Session,
    office: Office,
    *,
    signed: Iterable[tuple[str, str]] = (),
    sent: Iterable[tuple[str | None, Channel]] = (),
    **facts: Any,
) -> Document:
    """As :func:`put`, in a given transaction; ``signed``: kind and indication, ``sent``: unit code and channel."""
    drafter, leader = office.people["drafter"], office.people["leader"]
    document = Document(
        id=uuid.uuid4().hex,
        **{
            "unit_id": office.units[COMMUNE],
            "drafting_unit_id": office.units[STAFF],
            "type_key": "qd",
            "abstract": "Về việc thử",
            "state": State.ISSUED,
            "medium": Medium.ELECTRONIC,
            "access": Access.PUBLIC,
            "urgency": Urgency.NORMAL,
            "symbol": "QĐ-UBND",
            "signatory_id": leader,
            "signatory_name": PEOPLE["leader"][0],
            "created_by": drafter,
            "created_at": NOW,
            "changed_at": NOW,
            "issued_on": NOW.date(),
        }
        | facts,
    )
    document.signatures = [
        Signature(
            kind=kind,
            holder="x",
            certificate_sha256="0" * 64,
            level="B-T",
            signed_at=NOW,
            indication=indication,
            checked_at=NOW,
        )
        for kind, indication in signed
    ]
    document.deliveries = [
        Delivery(recipient="nơi nhận", unit_id=office.units[code] if code else None, channel=channel)
        for code, channel in sent
    ]
    session.add(document)
    return document
