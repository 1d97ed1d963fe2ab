"""Trust anchors on the pages: added with a fingerprint, limited, withdrawn with a reason, seen by auditors."""

from __future__ import annotations

from io import BytesIO

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from werkzeug.test import TestResponse

from docsvc.accounts import SYSTEM, Role, grant_role
from signing.authorities import read_authority
from signing.verify import Verdict, verify
from tests.signing.authority import DAY, NOW, Authority, Holder, issue, page, sign
from tests.signing.lists import Scheme, Service
from tests.web.office import Browser, Office, text_of

PLACE = "/admin/trust"


@pytest.fixture
def administrator(office: Office) -> Browser:
    """Administers both communes, and so the whole tree."""
    with office.service.database.write() as session:
        grant_role(session, office.actors["minh"].user_id, office.units["TL"], Role.ADMINISTRATOR, by=SYSTEM)
    return office.browser("minh")


def add(browser: Browser, holder: Holder, **changes: object) -> TestResponse:
    content = holder.certificate.public_bytes(Encoding.PEM)
    fields: dict[str, object] = {
        "certificate": (BytesIO(content), "goc.pem"),
        "fingerprint": holder.certificate.fingerprint(holder.certificate.signature_hash_algorithm).hex(),  # type: ignore[arg-type]
        "purposes": ["signatures", "timestamps"],
    }
    return browser.send(PLACE, PLACE, **(fields | changes))


def test_an_anchor_is_added_limited_and_withdrawn(office: Office, administrator: Browser) -> None:
    authority = Authority("Gốc chứng thực quốc gia")
    signed = sign(page(), authority.person())
    answer = add(administrator, authority.root)
    assert answer.status_code == 303
    shown = text_of(administrator.get(answer.location))
    assert "Gốc chứng thực quốc gia" in shown
    assert read_authority(authority.root.certificate.public_bytes(Encoding.DER), NOW).sha256 in shown
    assert verify(signed, trust=office.service.desk.trust).verdict is Verdict.VALID
    place = answer.location
    changed = administrator.send(place, f"{place}/change", purposes=["signatures"], until="31/12/2020", name="Gốc cũ")
    assert changed.status_code == 303
    assert "31/12/2020" in text_of(administrator.get(PLACE))
    assert verify(signed, trust=office.service.desk.trust).verdict is Verdict.INDETERMINATE
    assert administrator.send(place, f"{place}/withdraw", reason="").status_code == 422
    assert administrator.send(place, f"{place}/withdraw", reason="Khóa bị lộ").status_code == 303
    assert "Khóa bị lộ" in text_of(administrator.get(PLACE))
    certificate = administrator.get(f"{place}/certificate")
    assert certificate.data == authority.root.certificate.public_bytes(Encoding.PEM)


def test_what_cannot_be_believed_comes_back_with_the_reason(administrator: Browser) -> None:
    authority = Authority()
    assert "không phải của chứng thư này" in text_of(add(administrator, authority.root, fingerprint="0" * 64))
    assert "không thể làm gốc tin cậy" in text_of(add(administrator, authority.person()))
    old = issue("Gốc đã hết hạn", use="authority", until=NOW - DAY)
    assert "chứng thư đã hết hạn" in text_of(add(administrator, old))
    assert add(administrator, old, doubts="1").status_code == 303
    broken = add(administrator, authority.root, certificate=(BytesIO(b"x"), "x.pem"))
    assert "không phải là một chứng thư số" in text_of(broken)


def test_others_look_but_change_nothing(office: Office, administrator: Browser) -> None:
    authority = Authority("Gốc ai cũng thấy")
    place = add(administrator, authority.root).location
    auditor = office.browser("chinh")
    for address in (PLACE, place):
        shown = auditor.get(address)
        assert "Gốc ai cũng thấy" in text_of(shown)
        assert 'method="post" action="/admin' not in shown.text
    assert auditor.send("/", f"{place}/withdraw", reason="x").status_code == 403
    assert "Thêm gốc tin cậy" in text_of(auditor.get("/admin/events?kind=anchor"))
    drafter = office.browser("soan")
    assert drafter.get(place).status_code == 403


def test_who_administers_one_commune_may_not_say_whom_the_others_believe(office: Office) -> None:
    browser = office.browser("minh")
    assert add(browser, Authority().root).status_code == 403
    assert 'name="fingerprint"' not in browser.get(PLACE).text


def test_a_trusted_list_is_checked_chosen_from_and_followed(office: Office, administrator: Browser) -> None:
    place = f"{PLACE}/lists"
    scheme, authority, other = Scheme(), Authority("CA trong danh sách"), Authority("CA khác")
    services = (Service("Một", [authority.root]), Service("Hai", [other.root]))
    content = scheme.list(*services, next_update=NOW - DAY)

    def upload(content: bytes, signer: str = scheme.fingerprint) -> TestResponse:
        return administrator.send(place, place, list=(BytesIO(content), "ds.xml"), signer=signer)

    assert "không được ký đúng" in text_of(upload(content, "0" * 64))
    assert "không được ký đúng" in text_of(upload(content.replace(b"granted", b"withdrawn")))
    assert "không phải danh sách tin cậy" in text_of(upload(b"<a/>"))
    answer = upload(content)
    assert answer.status_code == 303
    shown = text_of(administrator.get(answer.location))
    assert "CA trong danh sách" in shown
    assert "quá ngày phải có bản mới" in shown
    chosen = read_authority(authority.root.certificate.public_bytes(Encoding.DER), NOW).sha256
    target = answer.location.partition("?")[0]
    assert administrator.send(answer.location, target, signer=scheme.fingerprint, chosen=[chosen]).status_code == 303
    overview = text_of(administrator.get(PLACE))
    assert "CA trong danh sách" in overview
    assert "Quá hạn, cần bản mới" in overview
    assert "CA khác" not in overview
    assert verify(sign(page(), authority.person()), trust=office.service.desk.trust).verdict is Verdict.VALID
    newer = upload(scheme.list(services[1], sequence=2))
    assert "không còn trong danh sách" in text_of(administrator.get(newer.location))
    auditor = office.browser("chinh")
    assert auditor.get(newer.location).status_code == 403


def test_no_stored_file_is_read_as_a_list_by_its_sha256(office: Office, administrator: Browser) -> None:
    sha256 = office.document(office.draft()).renditions[0].sha256
    answer = administrator.get(f"{PLACE}/lists/{sha256}?signer={'0' * 64}")
    assert answer.status_code == 422
    assert administrator.get(f"{PLACE}/lists/{'0' * 64}?signer={'0' * 64}").status_code == 404
