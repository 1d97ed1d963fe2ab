"""A small office with people in every role, made once and copied for each test; and a browser without scripts."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape
from io import BytesIO
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from docsvc.accounts import SYSTEM, Actor, NewUser, Role, actor_of, create_user, grant_role
from docsvc.accounts.sign_in import token_digest
from docsvc.db.people import SignIn, Unit, User
from docsvc.db.records import Document
from docsvc.example.drafts import Draft, draft_pdf
from docsvc.example.images import seal_png, signature_png
from docsvc.issue import drafting, steps
from docsvc.issue.form import DocumentForm, RecipientEntry
from docsvc.issue.keys import add_key, read_key
from docsvc.records.registers import open_series
from docsvc.records.terms import Access
from docsvc.records.units import NewUnit, create_unit
from docsvc.wiring import Service
from signing.pki import KeyKind

PASSWORD = "mot-mat-khau-dai"
PASSPHRASE = "mo-khoa-de-ky"
PEOPLE = {
    "soan": ("Nguyễn Thị Soạn", Role.DRAFTER, "VK.VP"),
    "khai": ("Lê Đình Khải", Role.LEADER, "VK"),
    "hien": ("Đỗ Thị Mai Hiên", Role.CLERK, "VK"),
    "chinh": ("Bùi Văn Chính", Role.AUDITOR, "VK"),
    "minh": ("Trịnh Gia Minh", Role.ADMINISTRATOR, "VK"),
    "doc": ("Đặng Thùy Dương", Role.READER, "VK.VP"),
    "soan2": ("Phan Anh Tú", Role.DRAFTER, "TL"),
    "tung": ("Ngô Bá Tùng", Role.LEADER, "TL"),
    "oanh": ("Lý Thị Kim Oanh", Role.CLERK, "TL"),
    "doc2": ("Vũ Thị Xa", Role.READER, "TL"),
}
"""Username to full name, role and unit: two communes that know nothing of each other."""


@dataclass
class Office:
    """The service with short ways to act for people behind the pages' back."""

    service: Service
    app: Flask
    actors: dict[str, Actor] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with self.service.database.read() as session:
            self.units = {unit.code: unit.id for unit in session.scalars(select(Unit))}
            self.actors = {user.username: actor_of(session, user) for user in session.scalars(select(User))}

    def browser(self, username: str | None = None) -> Browser:
        """A browser, signed in if a name is given (without the work of checking a password)."""
        browser = Browser(self.app.test_client())
        if username:
            token, now = secrets.token_urlsafe(), datetime.now(UTC)
            with self.service.database.write() as session:
                session.add(
                    SignIn(
                        token_sha256=token_digest(token),
                        user_id=self.actors[username].user_id,
                        address="127.0.0.1",
                        created_at=now,
                        expires_at=now + timedelta(hours=1),
                    )
                )
            browser.client.set_cookie("docsvc_sign_in", token)
        return browser

    def draft(self, abstract: str = "Về việc kiện toàn Ban Chỉ đạo chuyển đổi số", **changes: Any) -> str:
        """A draft of the first commune; gives its id."""
        form = DocumentForm(
            **{
                "drafting_unit_id": self.units["VK.VP"],
                "type_key": "qd",
                "abstract": abstract,
                "signatory_id": self.actors["khai"].user_id,
                "authority": "TM.",
                "access": Access.PUBLIC,
                "recipients": (RecipientEntry("Các thôn"),),
                **changes,
            }
        )
        return drafting.create_draft(
            self.service.desk, form, draft_file(abstract), "ban-thao.pdf", by=self.actors["soan"]
        )

    def submitted(self, abstract: str = "Về việc kiện toàn Ban Chỉ đạo chuyển đổi số", **changes: Any) -> str:
        """A document that waits for the leader."""
        document_id = self.draft(abstract, **changes)
        drafting.submit(self.service.desk, document_id, by=self.actors["soan"])
        return document_id

    def signed(self, abstract: str = "Về việc kiện toàn Ban Chỉ đạo chuyển đổi số", **changes: Any) -> str:
        """A document that waits for the clerk."""
        document_id = self.submitted(abstract, **changes)
        steps.sign(self.service.desk, document_id, PASSPHRASE, by=self.actors["khai"])
        return document_id

    def issued(self, abstract: str = "Về việc kiện toàn Ban Chỉ đạo chuyển đổi số", **changes: Any) -> str:
        """An issued document."""
        document_id = self.signed(abstract, **changes)
        steps.issue(self.service.desk, document_id, self.service.desk.today(), PASSPHRASE, by=self.actors["hien"])
        return document_id

    def document(self, document_id: str) -> Document:
        """The row as it is now, with its files."""
        with self.service.database.read() as session:
            document = session.get_one(Document, document_id)
            assert document.renditions is not None
            assert document.deliveries is not None
            assert document.signatures is not None
            return document


@dataclass
class Browser:
    """Follows no redirects, runs no scripts, sends the hidden fields of the page's form."""

    client: FlaskClient

    def sign_in(self, username: str, password: str = PASSWORD, **fields: str) -> TestResponse:
        """Fill in the sign-in page."""
        return self.send("/sign-in", "/sign-in", username=username, password=password, **fields)

    def get(self, address: str, **more: Any) -> TestResponse:
        """Open an address."""
        return self.client.get(address, buffered=True, **more)

    def send(self, page: str, address: str, **fields: Any) -> TestResponse:
        """Open a page and send its form, with its token, to an address."""
        return self.post(address, csrf_token=self.token(page), **fields)

    def post(self, address: str, **fields: Any) -> TestResponse:
        """Send fields as they are."""
        return self.client.post(address, data=fields, content_type="multipart/form-data", buffered=True)

    def token(self, page: str) -> str:
        """The form token on a page."""
        answer = self.get(page)
        found = re.search(r'name="csrf_token" value="([^"]+)"', answer.text)
        assert found, f"{page}: {answer.status_code}"
        return found[1]


def text_of(answer: TestResponse) -> str:
    """What a person reads on the page."""
    body = re.sub(r"<(script|style|head)\b.*?</\1>", " ", answer.text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def draft_file(abstract: str = "Về việc kiện toàn Ban Chỉ đạo chuyển đổi số", signatory: str = "Lê Đình Khải") -> bytes:
    """A decision as a drafter lays it out."""
    return draft_pdf(
        Draft(
            type_key="qd",
            abstract=abstract,
            superior="UBND HUYỆN MẪU",
            agency="ỦY BAN NHÂN DÂN\nXÃ VÂN KHÊ",
            symbol="QĐ-UBND",
            place="Vân Khê",
            year=2026,
            body=("**Điều 1.** Kiện toàn Ban Chỉ đạo.",),
            signing=("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"),
            signatory=signatory,
            recipients=("Như Điều 3;",),
        )
    )


def upload(content: bytes | None = None, name: str = "quyet-dinh.pdf") -> tuple[BytesIO, str]:
    """A file for a form."""
    return BytesIO(draft_file() if content is None else content), name


def furnish(service: Service) -> None:
    """Units, people, roles and keys."""
    assert service.pki is not None
    with service.database.write() as session:
        units: dict[str, Unit] = {}
        for code, name, abbreviation, above, issues in (
            ("VK", "Ủy ban nhân dân xã Vân Khê", "UBND", None, True),
            ("VK.VP", "Văn phòng HĐND và UBND xã Vân Khê", "VP", "VK", False),
            ("TL", "Ủy ban nhân dân xã Thượng Lạc", "UBND", None, True),
        ):
            new = NewUnit(code, name, abbreviation, "agency", units[above].id if above else None, issues=issues)
            units[code] = create_unit(session, new, by=SYSTEM)
            if issues:
                open_series(session, units[code], service.desk.today().year)
        users = {}
        for username, (full_name, role, code) in PEOPLE.items():
            users[username] = create_user(session, NewUser(username, full_name, PASSWORD, "Chủ tịch"), by=SYSTEM)
            grant_role(session, users[username].id, units[code].id, role, by=SYSTEM)
        kind = KeyKind.ECDSA_P256
        for owner, pkcs12, image in (
            (users["khai"], service.pki.issue_person("Lê Đình Khải", PASSPHRASE, key_kind=kind), signature_png("khai")),
            (
                units["VK"],
                service.pki.issue_organisation("Ủy ban nhân dân xã Vân Khê", PASSPHRASE, code="VK", key_kind=kind),
                seal_png("ỦY BAN NHÂN DÂN XÃ VÂN KHÊ", "TỈNH MẪU"),
            ),
        ):
            add_key(session, read_key(pkcs12, PASSPHRASE, image), owner=owner, by=SYSTEM)
