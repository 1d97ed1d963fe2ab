"""A small, real office for tests: a province, two communes below it, people in every role, keys, registers.

It is made once per test process through the use cases that people use, and copied for each test. Ask for
``embedded`` (SQLite and a folder), ``cluster`` (PostgreSQL and an S3 server) or ``office`` (both, one after the other).
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from config.settings import Settings
from docsvc.accounts import SYSTEM, Actor, NewUser, Role, actor_of, create_user, grant_role
from docsvc.db.people import Unit, User
from docsvc.db.records import Document
from docsvc.example.drafts import Draft, draft_pdf
from docsvc.example.images import seal_png, signature_png
from docsvc.issue import drafting, steps
from docsvc.issue.desk import Desk
from docsvc.issue.form import DocumentForm, RecipientEntry
from docsvc.issue.keys import add_key, read_key
from docsvc.records.indexing import index_pending
from docsvc.records.registers import open_series
from docsvc.records.units import NewUnit, create_unit
from docsvc.wiring import Service, open_service
from signing.pki import TestPki
from tests.services.postgres import PostgresServer
from tests.services.s3 import S3Server

PASSWORD = "mat-khau-dai-lam"
"""Of every user."""

PASSPHRASE = "mo-khoa-de-ky"
"""Of every signing key."""

PROVINCE, COMMUNE, STAFF, ECONOMY, OTHER = "H01", "H01.1", "H01.1.VP", "H01.1.KT", "H01.2"
"""Unit codes: the commune has two departments, its office (``STAFF``) and ``ECONOMY``; ``OTHER`` is another commune."""

UNITS = (
    NewUnit(PROVINCE, "Ủy ban nhân dân tỉnh Sông Giang", "UBND", "province", place="Sông Giang", issues=True),
    NewUnit(COMMUNE, "Ủy ban nhân dân xã Tân Lập", "UBND", "commune", place="Tân Lập", issues=True),
    NewUnit(STAFF, "Văn phòng HĐND và UBND xã Tân Lập", "VP", "department"),
    NewUnit(ECONOMY, "Phòng Kinh tế xã Tân Lập", "KT", "department"),
    NewUnit(OTHER, "Ủy ban nhân dân xã Bình An", "UBND", "commune", place="Bình An", issues=True),
)

PEOPLE = {
    "drafter": ("Nguyễn Thị Soạn", "Chuyên viên", Role.DRAFTER, STAFF),
    "drafter.kt": ("Vũ Đức Thịnh", "Chuyên viên", Role.DRAFTER, ECONOMY),
    "leader": ("Lê Đình Khải", "Chủ tịch", Role.LEADER, COMMUNE),
    "deputy": ("Phạm Thu Hạnh", "Phó Chủ tịch", Role.LEADER, COMMUNE),
    "clerk": ("Đỗ Thị Mai Hiên", "Văn thư", Role.CLERK, COMMUNE),
    "auditor": ("Bùi Văn Chính", "Thanh tra viên", Role.AUDITOR, PROVINCE),
    "administrator": ("Trịnh Gia Minh", "Quản trị viên", Role.ADMINISTRATOR, PROVINCE),
    "reader": ("Đặng Thùy Dương", "Chuyên viên", Role.READER, ECONOMY),
    "outsider": ("Phan Anh Tú", "Chuyên viên", Role.READER, OTHER),
    "other.drafter": ("Mai Văn Xa", "Chuyên viên", Role.DRAFTER, OTHER),
    "other.leader": ("Ngô Bá Tùng", "Chủ tịch", Role.LEADER, OTHER),
    "other.clerk": ("Lý Thị Kim Oanh", "Văn thư", Role.CLERK, OTHER),
    "province.leader": ("Hà Minh Đạt", "Phó Chủ tịch", Role.LEADER, PROVINCE),
    "province.clerk": ("Mai Thị Quyên", "Văn thư", Role.CLERK, PROVINCE),
}
"""Username to full name, position, role and unit code."""

WITH_KEYS = ("leader", "deputy", "other.leader")
"""People who can sign; the commune and the other commune can seal."""

ABSTRACT = "Về việc kiện toàn Ban Chỉ đạo chuyển đổi số"


def make_service(folder: Path, *back_ends: Any, **settings: Any) -> Service:
    """Open a service through the wiring: with an empty database, or on what an earlier one left in the folder.

    Takes what :func:`make_settings` takes.
    """
    return open_service(make_settings(folder, *back_ends, **settings))


def make_settings(
    folder: Path, database_url: str = "", store: S3Server | None = None, bucket: str = "docsvc", **settings: Any
) -> Settings:
    """Settings of a service without a worker and, unless ``pki="none"``, with the test PKI that this process shares."""
    if store is not None:
        settings |= {
            "store": "s3",
            "s3_endpoint": store.endpoint,
            "s3_access_key": store.access_key,
            "s3_secret_key": store.secret_key,
            "s3_bucket": bucket,
            "s3_secure": False,
        }
    pki = folder / "pki"
    if settings.get("pki") != "none" and not pki.exists():
        shutil.copytree(_keys().pki, pki)
    return Settings(data_dir=folder, database_url=database_url, worker=False, **settings)


@dataclass
class Office:
    """The service with short ways to act for its people."""

    service: Service
    again: Callable[[], Service]
    """Opens the same service once more, as another process would."""
    units: dict[str, int] = field(default_factory=dict)
    """Code to id."""
    people: dict[str, int] = field(default_factory=dict)
    """Username to id."""

    def __post_init__(self) -> None:
        with self.service.database.read() as session:
            self.units = {unit.code: unit.id for unit in session.scalars(select(Unit))}
            self.people = {user.username: user.id for user in session.scalars(select(User))}

    @property
    def desk(self) -> Desk:
        """What the steps work with."""
        return self.service.desk

    @property
    def today(self) -> date:
        """Today where the office is."""
        return self.desk.today()

    def at(self, moment: datetime) -> Desk:
        """A desk whose clock and timestamps tell ``moment``."""
        assert self.service.pki is not None
        stamps = self.service.pki.timestamper(lambda: moment)
        return replace(self.desk, clock=lambda: moment, timestamper=stamps)

    def actor(self, username: str) -> Actor:
        """The person with the roles held now."""
        with self.service.database.read() as session:
            return actor_of(session, session.scalars(select(User).where(User.username == username)).one())

    def form(self, abstract: str = ABSTRACT, **changes: Any) -> DocumentForm:
        """The facts of a decision of the commune, drafted in its office and signed by its leader."""
        facts: dict[str, Any] = {
            "drafting_unit_id": self.units[STAFF],
            "type_key": "qd",
            "abstract": abstract,
            "signatory_id": self.people["leader"],
            "authority": "TM.",
            "recipients": (RecipientEntry("Các thôn"),),
        }
        return DocumentForm(**(facts | changes))

    def draft(
        self, abstract: str = ABSTRACT, *, by: str = "drafter", content: bytes | None = None, **facts: Any
    ) -> str:
        """Upload a draft; gives its id."""
        content = content or draft_file(abstract, self.today.year)
        form = self.form(abstract, **facts)
        return drafting.create_draft(self.desk, form, content, "bản thảo.pdf", by=self.actor(by))

    def submitted(self, abstract: str = ABSTRACT, *, by: str = "drafter", **facts: Any) -> str:
        """A document that waits for its leader."""
        document_id = self.draft(abstract, by=by, **facts)
        drafting.submit(self.desk, document_id, by=self.actor(by))
        return document_id

    def signed(self, abstract: str = ABSTRACT, **facts: Any) -> str:
        """A document that waits for the clerk."""
        document_id = self.submitted(abstract, **facts)
        steps.sign(self.desk, document_id, PASSPHRASE, by=self.actor("leader"))
        return document_id

    def issued(self, abstract: str = ABSTRACT, **facts: Any) -> str:
        """An issued document, found by :meth:`index`."""
        document_id = self.signed(abstract, **facts)
        steps.issue(self.desk, document_id, self.today, PASSPHRASE, by=self.actor("clerk"))
        return document_id

    def index(self) -> None:
        """Do all the work that the worker would."""
        while index_pending(self.service.database, self.service.engine):
            pass

    def document(self, document_id: str) -> Document:
        """The record as it is now, with everything that hangs on it."""
        with self.service.database.read() as session:
            return session.scalars(
                select(Document)
                .where(Document.id == document_id)
                .options(
                    selectinload(Document.renditions),
                    selectinload(Document.deliveries),
                    selectinload(Document.signatures),
                    selectinload(Document.unit),
                    selectinload(Document.drafting_unit),
                )
            ).one()


@cache
def draft_file(abstract: str = ABSTRACT, year: int = 2026, signatory: str = PEOPLE["leader"][0]) -> bytes:
    """A decision of the commune, laid out as the decree asks."""
    return draft_pdf(
        Draft(
            type_key="qd",
            abstract=abstract,
            superior="",
            agency="Ủy ban nhân dân\nxã Tân Lập",
            symbol="QĐ-UBND",
            place="Tân Lập",
            year=year,
            decided_by="Ủy ban nhân dân xã Tân Lập",
            bases=("Căn cứ Luật Tổ chức chính quyền địa phương ngày 16 tháng 6 năm 2025;",),
            body=(f"**Điều 1.** {abstract}.", "**Điều 2.** Quyết định này có hiệu lực kể từ ngày ký."),
            signing=("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"),
            signatory=signatory,
            recipients=("Như Điều 2;", "Các thôn;", "Lưu: VT."),
        )
    )


@dataclass(frozen=True)
class _Keys:
    """The PKI's folder and the key files it issued."""

    pki: Path
    people: dict[str, bytes]
    units: dict[str, bytes]


def _folder(prefix: str) -> Path:
    """A folder that goes when this process ends."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def _keys() -> _Keys:
    """Made once per test process: keys of 2048 bits take their time."""
    folder = _folder("docsvc-pki-") / "pki"
    pki = TestPki.create(folder, base_url="http://127.0.0.1:8080/pki")
    names = {unit.code: unit.name for unit in UNITS}
    people = {
        username: pki.issue_person(PEOPLE[username][0], PASSPHRASE, organisation=names[PEOPLE[username][3]])
        for username in WITH_KEYS
    }
    seals = {code: pki.issue_organisation(names[code], PASSPHRASE, code=code) for code in (COMMUNE, OTHER)}
    return _Keys(folder, people, seals)


def shared_pki() -> TestPki:
    """The infrastructure of which every office of this process has a copy."""
    return TestPki.load(_keys().pki)


def issued_keys() -> dict[str, bytes]:
    """The key files that people hold, by username."""
    return _keys().people


@cache
def _picture(name: str) -> bytes:
    return seal_png(name, "tỉnh Sông Giang") if name.startswith("Ủy ban") else signature_png(name)


def _fill(service: Service) -> None:
    """Units, people with their roles, keys and this year's registers."""
    above = {COMMUNE: PROVINCE, OTHER: PROVINCE, STAFF: COMMUNE, ECONOMY: COMMUNE}
    with service.database.write() as session:
        units: dict[str, Unit] = {}
        for new in UNITS:
            parent = units[above[new.code]].id if new.code in above else None
            units[new.code] = create_unit(session, replace(new, parent_id=parent), by=SYSTEM)
            if new.issues:
                open_series(session, units[new.code], service.desk.today().year)
        people: dict[str, User] = {}
        for username, (full_name, position, role, code) in PEOPLE.items():
            people[username] = create_user(session, NewUser(username, full_name, PASSWORD, position), by=SYSTEM)
            grant_role(session, people[username].id, units[code].id, role, by=SYSTEM)
        owners: list[tuple[User | Unit, bytes, str]] = [
            *((people[name], pkcs12, name) for name, pkcs12 in _keys().people.items()),
            *((units[code], pkcs12, units[code].name) for code, pkcs12 in _keys().units.items()),
        ]
        for owner, pkcs12, name in owners:
            add_key(session, read_key(pkcs12, PASSPHRASE, _picture(name)), owner=owner, by=SYSTEM)


@pytest.fixture(scope="session")
def office_folder() -> Path:
    """The data folder of an office that nobody has worked in yet, on SQLite; to be copied."""
    folder = _folder("docsvc-office-")
    service = make_service(folder)
    try:
        _fill(service)
    finally:
        service.close()
    return folder


@pytest.fixture
def embedded(tmp_path: Path, office_folder: Path) -> Iterator[Office]:
    """The office on SQLite and a folder."""
    folder = tmp_path / "var"
    shutil.copytree(office_folder, folder)
    yield from _opened(lambda: make_service(folder))


@pytest.fixture(scope="session")
def office_database(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Name of the same office's database, to be copied: PostgreSQL does that quickly while nobody is connected."""
    name = postgres_server.create_database()
    service = make_service(tmp_path_factory.mktemp("office"), postgres_server.url(name))
    try:
        _fill(service)
    finally:
        service.close()
    yield name
    postgres_server.drop_database(name)


@pytest.fixture
def cluster(
    tmp_path: Path,
    postgres_server: PostgresServer,
    office_database: str,
    s3_server: S3Server,
    s3_bucket: str,
) -> Iterator[Office]:
    """The office on PostgreSQL and an S3 server."""
    name = f"{s3_bucket.replace('-', '_')}"
    with psycopg.connect(postgres_server.conninfo("postgres"), autocommit=True) as connection:
        copied = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(copied.format(sql.Identifier(name), sql.Identifier(office_database)))
    yield from _opened(lambda: make_service(tmp_path / "var", postgres_server.url(name), s3_server, s3_bucket))
    postgres_server.drop_database(name)


@pytest.fixture(params=["embedded", "cluster"])
def office(request: pytest.FixtureRequest) -> Office:
    """The office on each pair of back ends."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Office)
    return found


def _opened(again: Callable[[], Service]) -> Iterator[Office]:
    service = again()
    try:
        yield Office(service, again)
    finally:
        service.close()
