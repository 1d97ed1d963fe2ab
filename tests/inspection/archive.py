"""Ways to spoil a store, and to look at what an audit found."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from docsvc.accounts import SYSTEM
from docsvc.db.inspection import AuditResult, AuditRun
from docsvc.inspection import runs
from docsvc.inspection.carrying import carry
from docsvc.inspection.choice import Choice, Scope
from docsvc.inspection.runs import Origin
from docsvc.wiring import Service
from tests.office import Office

EVERYTHING = Choice(scope=Scope.ALL)


def begun(service: Service, choice: Choice = EVERYTHING, origin: Origin = Origin.PERSON) -> int:
    """A run that waits; gives its number."""
    with service.database.write() as session:
        return runs.begin(session, service.desk, choice, by=SYSTEM, origin=origin).id


def audited(office: Office, choice: Choice = EVERYTHING) -> AuditRun:
    """A run carried to its end."""
    run_id = begun(office.service, choice)
    for _ in carry(office.desk, run_id):
        pass
    return row(office.service, run_id)


def row(service: Service, run_id: int) -> AuditRun:
    with service.database.read() as session:
        return session.get_one(AuditRun, run_id)


def results(service: Service, run_id: int) -> list[AuditResult]:
    with service.database.read() as session:
        return list(session.scalars(select(AuditResult).where(AuditResult.run_id == run_id).order_by(AuditResult.id)))


def causes(service: Service, run_id: int) -> dict[str, int]:
    with service.database.read() as session:
        return {one.code: one.files for one in runs.causes(session, session.get_one(AuditRun, run_id))}


def object_file(service: Service, sha256: str) -> Path:
    """Where a folder store keeps an object."""
    return service.settings.data_dir / "objects" / "objects" / sha256[:2] / sha256[2:4] / sha256


def alter(service: Service, sha256: str, at: int = 500) -> None:
    """Change one byte of a stored object behind the store's back."""
    file = object_file(service, sha256)
    content = bytearray(file.read_bytes())
    content[at] ^= 1
    file.chmod(0o600)
    file.write_bytes(content)


def issued_sha256(office: Office, document_id: str, role: str = "issued") -> str:
    return [one.sha256 for one in office.document(document_id).renditions if one.role == role][-1]
