"""The page for keys that are not here: the command for one's own machine, and a file that goes out and comes back."""

from __future__ import annotations

import re
from html import unescape

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from docsvc.db.people import SigningKeyFile
from signing.keys import open_pkcs12
from tests.signing.test_elsewhere import CERTIFYING, ORGANISATION, PERSONAL, Person, by_pyhanko
from tests.web.office import PASSPHRASE, Browser, Office, text_of, upload


def person(office: Office, username: str | None) -> Person:
    """A person's key, or the commune's."""
    with office.service.database.read() as session:
        owner = SigningKeyFile.user_id == office.actors[username].user_id if username else SigningKeyFile.unit_id > 0
        row = session.scalars(select(SigningKeyFile).where(owner, SigningKeyFile.retired_at.is_(None))).first()
        assert row is not None
        content = row.pkcs12 or b""
    return Person(content, open_pkcs12(content, PASSPHRASE))


def handed_out(browser: Browser, page: str, **fields: str) -> tuple[str, bytes]:
    """Have the file laid out; gives where to hand it in, and the file."""
    answer = browser.send(page, page, **fields)
    assert answer.status_code == 303, text_of(answer)
    shown = browser.get(page)
    address = unescape(re.findall(r'href="([^"]+/file)"', shown.text)[0])
    file = browser.get(address)
    assert (file.status_code, file.mimetype) == (200, "application/pdf")
    assert "attachment" in file.headers["Content-Disposition"]
    return address.removesuffix("/file"), file.data


def handed_in(browser: Browser, page: str, address: str, content: bytes) -> TestResponse:
    return browser.send(page, address, file=upload(content))


def test_a_file_goes_out_and_comes_back_signed_and_then_sealed(office: Office) -> None:
    document_id = office.submitted()
    page = f"/documents/{document_id}/sign-elsewhere"
    leader, clerk = office.browser("khai"), office.browser("hien")
    assert "Ký trên máy của tôi" in leader.get(f"/documents/{document_id}/sign").text
    shown = text_of(leader.get(page))
    assert (
        f"docsvc sign-local --server http://127.0.0.1:8080 --token-file docsvc.token --pkcs12 khoa.p12 {document_id}"
        in (shown)
    )
    address, file = handed_out(leader, page)
    passphrase = {"passphrase": PASSPHRASE}
    good = by_pyhanko(file, person(office, "khai"), PERSONAL, **passphrase, **CERTIFYING)
    refused = handed_in(leader, page, address, by_pyhanko(file, person(office, None), PERSONAL, **passphrase))
    assert refused.status_code == 422
    assert "không phải của chứng thư đang ghi nhận" in text_of(refused)
    assert handed_in(leader, page, address, b"").status_code == 422
    assert handed_in(leader, page, address, good).status_code == 303
    assert office.document(document_id).state == "signed"

    assert "Nộp tệp đã ký ở nơi khác" in clerk.get(f"/documents/{document_id}/issue").text
    bad = clerk.send(page, page, issued_on="31/02/2026")
    assert (bad.status_code, office.document(document_id).number) == (422, None)
    today = f"{office.service.desk.today():%d/%m/%Y}"
    address, file = handed_out(clerk, page, issued_on=today)
    answer = handed_in(clerk, page, address, by_pyhanko(file, person(office, None), ORGANISATION, **passphrase))
    assert answer.status_code == 303, text_of(answer)
    assert office.document(document_id).state == "issued"


@pytest.mark.parametrize("username", ["soan", "doc", "minh", "chinh"])
def test_who_signs_nothing_sees_no_such_page(office: Office, username: str) -> None:
    document_id = office.submitted()
    assert office.browser(username).get(f"/documents/{document_id}/sign-elsewhere").status_code in {403, 404}


def test_where_the_key_is_with_its_holder_no_passphrase_is_asked_for(office: Office) -> None:
    document_id = office.submitted()
    with office.service.database.write() as session:
        for row in session.scalars(select(SigningKeyFile)):
            row.kind, row.pkcs12 = "own", None
    shown = office.browser("khai").get(f"/documents/{document_id}/sign")
    assert 'name="passphrase"' not in shown.text
    assert "Khóa này ở trên máy của người giữ" in text_of(shown)
    answer = office.browser("khai").send(f"/documents/{document_id}/sign-elsewhere", f"/documents/{document_id}/sign")
    assert (answer.status_code, "Ký trên máy của tôi" in text_of(answer)) == (409, True)
