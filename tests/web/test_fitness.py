"""What people are told about their certificates: on adding a key and on signing."""

from __future__ import annotations

from io import BytesIO

from docsvc.issue import steps
from signing.pki import KeyKind, TestPki
from tests.web.office import Office, text_of
from tests.web.test_administration import done


def pki_of(office: Office) -> TestPki:
    assert office.service.pki is not None
    return office.service.pki


def test_another_name_is_refused_until_an_administrator_ticks_that_it_is_one(office: Office) -> None:
    pkcs12 = pki_of(office).issue_person("Le Khai", "mot-khoa-moi", key_kind=KeyKind.ED25519)
    browser, owner = office.browser("minh"), f"user:{office.actors['khai'].user_id}"

    def fields() -> dict[str, object]:
        return {"owner": owner, "pkcs12": (BytesIO(pkcs12), "x.p12"), "passphrase": "mot-khoa-moi"}

    refused = browser.send("/admin/keys", "/admin/keys", **fields())
    assert refused.status_code == 409
    assert "cấp cho «Le Khai», không phải «Lê Đình Khải»" in text_of(refused)
    page = done(browser.send("/admin/keys", "/admin/keys", **fields(), holder_confirmed="1"), browser)
    assert "Đã nạp khóa ký của Le Khai." in page
    assert "tên khác, minh xác nhận là chủ khóa" in page
    document_id = office.submitted()
    steps.sign(office.service.desk, document_id, "mot-khoa-moi", by=office.actors["khai"])
    own = office.browser("khai").send("/account", "/account/key", **fields(), holder_confirmed="1")
    assert own.status_code == 409, "nobody confirms the own name"


def test_an_identifier_is_recorded_by_the_administrator(office: Office) -> None:
    browser, address = office.browser("minh"), f"/admin/users/{office.actors['khai'].user_id}"
    kept = browser.send(address, f"{address}/identifier", identifier="001085012345")
    assert "Đã ghi số định danh." in done(kept, browser)
    assert "001085012345" in browser.get(address).text
    assert browser.send(address, f"{address}/identifier", identifier="<b>").status_code == 422
    pkcs12 = pki_of(office).issue_person(
        "Lê Đình Khải", "mot-khoa-moi", identifier="CCCD:9", key_kind=KeyKind.ECDSA_P256
    )
    fields = {"pkcs12": (BytesIO(pkcs12), "x.p12"), "passphrase": "mot-khoa-moi"}
    refused = office.browser("khai").send("/account", "/account/key", **fields)
    assert refused.status_code == 409
    assert "khác với số đã ghi" in text_of(refused)
