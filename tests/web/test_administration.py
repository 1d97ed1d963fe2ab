"""The administration and account pages: units, users, roles, keys, tokens, passwords, the log."""

from __future__ import annotations

import re
from html import unescape
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from sqlalchemy import select, text, update
from werkzeug.test import TestResponse

from config.settings import Settings
from docsvc.accounts import SYSTEM, Role, create_token, grant_role
from docsvc.accounts.users import password_matches
from docsvc.db.people import ApiToken, SigningKeyFile, Unit, User
from docsvc.example.images import signature_png
from docsvc.issue import steps
from docsvc.pace import Pace
from docsvc.web.tries import EXTENSION, Secret
from signing.pki import KeyKind
from tests.services.csc import CLIENT_ID, CLIENT_SECRET, CscService
from tests.services.softhsm import SoftHsm
from tests.web.office import PASSPHRASE, PASSWORD, Browser, Office, text_of

NEW_PASSWORD = "mat-khau-khac-han"
NEW_UNIT = {"kind": "department", "name": "Phòng Kinh tế", "code": "VK.KT", "abbreviation": "KT", "place": ""}


def user_id(office: Office, username: str) -> int:
    with office.service.database.read() as session:
        return session.scalars(select(User.id).where(User.username == username)).one()


def done(answer: TestResponse, browser: Browser) -> str:
    """The page after a successful act."""
    assert answer.status_code == 303, text_of(answer)
    return text_of(browser.get(answer.location))


class TestUnits:
    def test_a_unit_is_added_below_an_administered_one(self, office: Office) -> None:
        browser = office.browser("minh")
        answer = browser.send("/admin/units", "/admin/units", parent=str(office.units["VK"]), **NEW_UNIT)
        page = done(answer, browser)
        assert "Đã lập đơn vị Phòng Kinh tế." in page
        assert "VK.KT" in page
        assert "Thượng Lạc" not in page, "the other commune is not this administrator's"

    def test_a_unit_s_seal_has_its_size(self, office: Office) -> None:
        browser, address = office.browser("minh"), f"/admin/units/{office.units['VK']}/seal"
        page = browser.get("/admin/units")
        assert "Dấu 36 mm" in text_of(page)
        page_after = done(browser.send("/admin/units", address, seal_mm="38"), browser)
        assert "Con dấu của Ủy ban nhân dân xã Vân Khê: 38 mm." in page_after
        assert "Dấu 38 mm" in page_after
        for wrong in ("19", "61", "ba", ""):
            assert browser.send("/admin/units", address, seal_mm=wrong).status_code == 422
        other = f"/admin/units/{office.units['TL']}/seal"
        assert browser.send("/admin/units", other, seal_mm="38").status_code == 403
        assert office.browser("hien").get("/admin/units").status_code == 403

    def test_a_unit_of_somebody_else_gets_none(self, office: Office) -> None:
        browser = office.browser("minh")
        answer = browser.send("/admin/units", "/admin/units", parent=str(office.units["TL"]), **NEW_UNIT)
        assert answer.status_code == 403
        assert "Bạn không có quyền thực hiện việc này." in text_of(answer)

    @pytest.mark.parametrize(
        ("fields", "status"),
        [
            ({"code": "VK"}, 422),
            ({"name": ""}, 422),
            ({"name": "x" * 201}, 422),
            ({"kind": "kingdom"}, 422),
            ({"parent": ""}, 403),
            ({"parent": "x"}, 422),
        ],
    )
    def test_what_cannot_be_used_is_told_and_comes_back_as_typed(
        self, office: Office, fields: dict[str, str], status: int
    ) -> None:
        browser = office.browser("minh")
        sent = {**NEW_UNIT, "parent": str(office.units["VK"]), **fields}
        answer = browser.send("/admin/units", "/admin/units", **sent)
        assert answer.status_code == status
        assert 'value="KT"' in answer.text
        with office.service.database.read() as session:
            assert len(session.scalars(select(Unit)).all()) == 3


class TestUsers:
    def fields(self, office: Office, **changes: str) -> dict[str, str]:
        fields = {
            "full_name": "Hồ Thị Mới",
            "username": "moi.ho",
            "position": "Chuyên viên",
            "password": NEW_PASSWORD,
            "unit": str(office.units["VK.VP"]),
            "role": "drafter",
            "language": "vi",
        }
        return fields | changes

    def test_a_new_user_signs_in_with_the_first_role(self, office: Office) -> None:
        browser = office.browser("minh")
        page = done(browser.send("/admin/users", "/admin/users", **self.fields(office)), browser)
        assert "Hồ Thị Mới" in page
        assert "Chuyên viên soạn thảo Văn phòng HĐND và UBND xã Vân Khê" in page
        newcomer = office.browser()
        assert newcomer.sign_in("moi.ho", NEW_PASSWORD).status_code == 303
        assert newcomer.get("/drafts").status_code == 200

    @pytest.mark.parametrize(
        ("changes", "status"),
        [
            ({"username": "minh"}, 422),
            ({"username": "Ông Lớn"}, 422),
            ({"password": "ngan"}, 422),
            ({"full_name": ""}, 422),
            ({"role": "king"}, 422),
            ({"role": ""}, 422),
            ({"unit": "3"}, 403),
            ({"unit": "987654321"}, 403),
            ({"unit": ""}, 403),
        ],
    )
    def test_what_cannot_be_used_is_told_and_no_user_is_left(
        self, office: Office, changes: dict[str, str], status: int
    ) -> None:
        browser = office.browser("minh")
        answer = browser.send("/admin/users", "/admin/users", **self.fields(office, **changes))
        assert answer.status_code == status
        assert 'role="alert"' in answer.text
        assert NEW_PASSWORD not in answer.text
        with office.service.database.read() as session:
            assert len(session.scalars(select(User)).all()) == 10

    def test_roles_are_given_and_withdrawn_and_count_at_once(self, office: Office) -> None:
        browser, person = office.browser("minh"), office.browser("doc")
        address = f"/admin/users/{user_id(office, 'doc')}"
        assert person.get("/to-issue").status_code == 403
        role = {"unit": str(office.units["VK"]), "role": "clerk"}
        assert "Đã giao vai trò." in done(browser.send(address, f"{address}/roles", **role), browser)
        assert person.get("/to-issue").status_code == 200
        assert "Đã thu hồi vai trò." in done(browser.send(address, f"{address}/roles/withdraw", **role), browser)
        assert person.get("/to-issue").status_code == 403

    def test_after_the_last_role_is_withdrawn_the_list_is_shown(self, office: Office) -> None:
        browser = office.browser("minh")
        address = f"/admin/users/{user_id(office, 'doc')}"
        role = {"unit": str(office.units["VK.VP"]), "role": "reader"}
        answer = browser.send(address, f"{address}/roles/withdraw", **role)
        assert (answer.status_code, answer.location) == (303, "/admin/users")

    def test_somebody_of_another_office_gets_a_role_by_user_name_only(self, office: Office) -> None:
        browser = office.browser("minh")
        other = f"/admin/users/{user_id(office, 'doc2')}"
        assert browser.get(other).status_code == 404
        asked = {"known_username": "doc2", "known_unit": str(office.units["VK"]), "known_role": "reader"}
        page = done(browser.send("/admin/users", "/admin/users/invite", **asked), browser)
        assert "Đã giao vai trò cho Vũ Thị Xa." in page
        assert "nên bạn không đặt lại mật khẩu hay đóng tài khoản này được" in page
        assert "ngoài phạm vi của bạn" in page
        answer = browser.send(other, f"{other}/password", password=NEW_PASSWORD)
        assert answer.status_code == 403
        unknown = browser.send("/admin/users", "/admin/users/invite", **{**asked, "known_username": "khong-co"})
        assert unknown.status_code == 404
        assert "Không có tài khoản đang mở nào" in text_of(unknown)

    def test_a_new_password_ends_the_old_sign_ins(self, office: Office) -> None:
        browser, person = office.browser("minh"), office.browser("doc")
        address = f"/admin/users/{user_id(office, 'doc')}"
        done(browser.send(address, f"{address}/password", password=NEW_PASSWORD), browser)
        assert person.get("/").status_code == 303
        assert office.browser().sign_in("doc").status_code == 401
        assert office.browser().sign_in("doc", NEW_PASSWORD).status_code == 303
        weak = browser.send(address, f"{address}/password", password="ngan")
        assert weak.status_code == 422

    def test_a_closed_account_opens_nothing_any_more(self, office: Office) -> None:
        browser, person = office.browser("minh"), office.browser("doc")
        address = f"/admin/users/{user_id(office, 'doc')}"
        page = done(browser.send(address, f"{address}/close"), browser)
        assert "Tài khoản này đã đóng." in page
        assert person.get("/").status_code == 303
        assert office.browser().sign_in("doc").status_code == 401

    def test_nobody_closes_the_own_account(self, office: Office) -> None:
        browser = office.browser("minh")
        address = f"/admin/users/{user_id(office, 'minh')}"
        assert f"{address}/close" not in browser.get(address).text
        assert browser.send(address, f"{address}/close").status_code == 422
        role = {"unit": str(office.units["VK"]), "role": "administrator"}
        assert browser.send(address, f"{address}/roles/withdraw", **role).status_code == 422

    def test_users_are_found_by_name(self, office: Office) -> None:
        page = text_of(office.browser("minh").get("/admin/users?q=Soạn"))
        assert "Nguyễn Thị Soạn" in page
        assert "Lê Đình Khải" not in page
        assert "Không có người dùng nào." in text_of(office.browser("minh").get("/admin/users?q=%25"))


class TestKeys:
    def test_an_uploaded_key_replaces_the_one_before_and_signs(self, office: Office) -> None:
        assert office.service.pki is not None
        pkcs12 = office.service.pki.issue_person("Lê Đình Khải", "mot-khoa-moi", key_kind=KeyKind.ECDSA_P256)
        browser = office.browser("minh")
        fields = {
            "owner": f"user:{user_id(office, 'khai')}",
            "source": "file",
            "pkcs12": (BytesIO(pkcs12), "khai.p12"),
            "passphrase": "mot-khoa-moi",
            "image": (BytesIO(signature_png("khai")), "chu-ky.png"),
            "on_paper": "1",
        }
        page = done(browser.send("/admin/keys", "/admin/keys", **fields), browser)
        assert "Đã nạp khóa ký của Lê Đình Khải." in page
        document_id = office.submitted()
        steps.sign(office.service.desk, document_id, "mot-khoa-moi", by=office.actors["khai"])
        with office.service.database.read() as session:
            rows = session.scalars(select(SigningKeyFile).where(SigningKeyFile.user_id.is_not(None))).all()
        assert [row.retired_at is None for row in rows] == [False, True]
        assert rows[-1].image_png == signature_png("khai"), "it had no paper to take away"

    def test_a_scan_on_white_paper_becomes_transparent_if_wished(self, office: Office) -> None:
        browser = office.browser("minh")
        scanned = Image.new("RGB", (200, 100), "white")
        ImageDraw.Draw(scanned).line((20, 50, 180, 50), fill=(20, 50, 150), width=8)
        kept = BytesIO()
        scanned.save(kept, "PNG")
        owner = {"owner": f"unit:{office.units['VK']}", "source": "test", "passphrase": "dau-moi-cua-xa"}
        for wish, corner in (({"on_paper": "1"}, 0), ({}, 255)):
            picture = (BytesIO(kept.getvalue()), "quet.png")
            done(browser.send("/admin/keys", "/admin/keys", **owner, image=picture, **wish), browser)
            with office.service.database.read() as session:
                row = session.scalars(select(SigningKeyFile).order_by(SigningKeyFile.id.desc())).first()
                assert row
                with Image.open(BytesIO(row.image_png or b"")) as shown:
                    transparent = shown.convert("RGBA")
            assert transparent.getchannel("A").getpixel((0, 0)) == corner
            assert transparent.getpixel((100, 50)) == (20, 50, 150, 255)

    def test_a_unit_gets_a_test_certificate_on_the_spot(self, office: Office) -> None:
        browser = office.browser("minh")
        fields = {"owner": f"unit:{office.units['VK']}", "source": "test", "passphrase": "dau-moi-cua-xa"}
        page = done(browser.send("/admin/keys", "/admin/keys", **fields), browser)
        assert "Đã nạp khóa ký của Ủy ban nhân dân xã Vân Khê." in page
        document_id = office.signed()
        today = office.service.desk.today()
        steps.issue(office.service.desk, document_id, today, "dau-moi-cua-xa", by=office.actors["hien"])

    @pytest.mark.parametrize(
        ("fields", "status", "words"),
        [
            ({"owner": "unit:2", "source": "test", "passphrase": "du-dai-roi-day"}, 422, "không có con dấu riêng"),
            ({"owner": "unit:3", "source": "test", "passphrase": "du-dai-roi-day"}, 403, "không có quyền"),
            ({"owner": "user:987654", "source": "test", "passphrase": "du-dai-roi-day"}, 404, "Không tìm thấy"),
            ({"owner": "", "source": "test", "passphrase": "du-dai-roi-day"}, 422, "Hãy chọn một người"),
            ({"owner": "unit:1", "source": "test", "passphrase": "ngan"}, 422, "ít nhất 8 ký tự"),
            ({"owner": "unit:1", "source": "file", "passphrase": "x"}, 422, "Hãy chọn tệp khóa"),
        ],
    )
    def test_what_cannot_be_used_is_told(self, office: Office, fields: dict[str, str], status: int, words: str) -> None:
        answer = office.browser("minh").send("/admin/keys", "/admin/keys", **fields)
        assert answer.status_code == status
        assert words in text_of(answer)
        assert "du-dai-roi-day" not in answer.text

    def test_a_broken_file_a_wrong_passphrase_and_a_bad_picture_are_told_at_once(self, office: Office) -> None:
        assert office.service.pki is not None
        pkcs12 = office.service.pki.issue_organisation("UBND", "mat-khau-dung", code="VK", key_kind=KeyKind.ECDSA_P256)
        browser = office.browser("minh")
        for content, passphrase, picture, words in (
            (b"no key at all", "x", b"", "không có khóa bí mật"),
            (pkcs12, "mat-khau-sai", b"", "Mật khẩu khóa ký không đúng."),
            (pkcs12, "mat-khau-dung", b"no picture", "Ảnh chữ ký hoặc con dấu không dùng được."),
        ):
            fields = {"owner": f"unit:{office.units['VK']}", "source": "file", "passphrase": passphrase}
            files = {"pkcs12": (BytesIO(content), "k.p12"), "image": (BytesIO(picture), "a.png")}
            answer = browser.send("/admin/keys", "/admin/keys", **fields, **files)
            assert answer.status_code == 422
            assert words in text_of(answer)

    def test_a_key_is_taken_out_of_use(self, office: Office) -> None:
        browser = office.browser("minh")
        address = re.findall(r'action="(/admin/keys/\d+/retire)"', browser.get("/admin/keys").text)[0]
        assert "Khóa đã ngừng dùng." in done(browser.send("/admin/keys", address), browser)
        assert browser.send("/admin/keys", address).status_code == 404

    def test_keys_of_others_are_neither_shown_nor_touched(self, office: Office) -> None:
        with office.service.database.write() as session:
            grant_role(session, office.actors["doc2"].user_id, office.units["TL"], Role.ADMINISTRATOR, by=SYSTEM)
            key_id = session.scalars(select(SigningKeyFile.id)).first()
        browser = office.browser("doc2")
        assert "Lê Đình Khải" not in browser.get("/admin/keys").text
        assert browser.send("/admin/keys", f"/admin/keys/{key_id}/retire").status_code in {403, 404}

    def test_a_leader_keeps_the_own_key_without_an_administrator(self, office: Office) -> None:
        browser = office.browser("khai")
        fields = {"source": "test", "passphrase": "chi-minh-toi-biet"}
        page = done(browser.send("/account", "/account/key", **fields), browser)
        assert "Đã nạp khóa ký của Lê Đình Khải." in page
        document_id = office.submitted()
        steps.sign(office.service.desk, document_id, "chi-minh-toi-biet", by=office.actors["khai"])
        address = re.findall(r'action="(/account/key/\d+/retire)"', browser.get("/account").text)[0]
        assert "Khóa đã ngừng dùng." in done(browser.send("/account", address), browser)
        assert office.browser("doc").send("/account", address).status_code == 404

    def test_key_files_and_passphrases_never_come_back(self, office: Office) -> None:
        page = office.browser("minh").get("/admin/keys").text
        assert "BEGIN" not in page
        assert PASSPHRASE not in page


class TestKeysOnTokens:
    PIN = "975310"

    @pytest.fixture
    def settings(self, tmp_path: Path, softhsm: SoftHsm) -> Settings:
        return Settings(data_dir=tmp_path / "var", pkcs11_modules=f"hsm={softhsm.library}")

    def test_an_administrator_adds_them_and_leader_and_clerk_type_the_pin(
        self, office: Office, softhsm: SoftHsm
    ) -> None:
        pki, kind = office.service.pki, KeyKind.ECDSA_P256
        assert pki is not None
        person = pki.issue_person("Lê Đình Khải", "x", key_kind=kind)
        seal = pki.issue_organisation("Ủy ban nhân dân xã Vân Khê", "x", code="VK", key_kind=kind)
        softhsm.add_token("web", self.PIN, {"khai": (person, "x"), "dau": (seal, "x")})
        browser, leader, clerk = office.browser("minh"), office.browser("khai"), office.browser("hien")
        fields = {"source": "token", "module": "hsm", "token": "web"}
        owner = {"owner": f"user:{user_id(office, 'khai')}", "key_label": "khai"}
        wrong = browser.send("/admin/keys", "/admin/keys", **fields, **owner, passphrase="000000")
        assert wrong.status_code == 422
        assert "Mã PIN không đúng. Thiết bị sẽ tự khóa" in text_of(wrong)
        assert 'value="khai"' in wrong.text
        assert "000000" not in wrong.text
        absent = browser.send(
            "/admin/keys", "/admin/keys", **fields | {"module": str(softhsm.library)}, **owner, passphrase=self.PIN
        )
        assert absent.status_code == 503, "a path is no module"
        page = done(browser.send("/admin/keys", "/admin/keys", **fields, **owner, passphrase=self.PIN), browser)
        assert "Đã nạp khóa ký của Lê Đình Khải." in page
        assert "trên thiết bị web" in page
        owner = {"owner": f"unit:{office.units['VK']}", "key_label": "dau"}
        done(browser.send("/admin/keys", "/admin/keys", **fields, **owner, passphrase=self.PIN), browser)
        document_id = office.submitted()
        address = f"/documents/{document_id}/sign"
        assert "Mã PIN của thiết bị" in text_of(leader.get(address))
        assert "Mã PIN không đúng" in text_of(leader.send(address, address, passphrase="000000"))
        assert leader.send(address, address, passphrase=self.PIN).status_code == 303
        address = f"/documents/{document_id}/issue"
        assert "Mã PIN thiết bị của cơ quan" in text_of(clerk.get(address))
        today = f"{office.service.desk.today():%d/%m/%Y}"
        assert clerk.send(address, address, issued_on=today, passphrase=self.PIN).status_code == 303
        assert office.document(document_id).state == "issued"

    def test_they_are_not_for_everybody_to_add(self, office: Office) -> None:
        assert "Mô-đun PKCS#11" in office.browser("minh").get("/admin/keys").text
        leader = office.browser("khai")
        assert "PKCS#11" not in leader.get("/account").text
        fields = {"source": "token", "module": "hsm", "token": "web", "key_label": "k", "passphrase": self.PIN}
        assert leader.send("/account", "/account/key", **fields).status_code == 404

    def test_pins_are_not_guessed_here(self, office: Office) -> None:
        browser = office.browser("minh")
        fields = {"source": "token", "module": "none", "token": "web", "key_label": "k", "passphrase": "1"}
        sent = {**fields, "owner": f"unit:{office.units['VK']}", "csrf_token": browser.token("/admin/keys")}
        answers = [browser.post("/admin/keys", **sent).status_code for _ in range(30)]
        assert answers[:20] == [503] * 20
        assert 429 in answers[20:]


class TestKeysAtRemoteServices:
    PIN = "864213"

    @pytest.fixture
    def settings(self, tmp_path: Path, csc: CscService) -> Settings:
        secret = tmp_path / "csc.toml"
        secret.write_text(f'client_id = "{CLIENT_ID}"\nclient_secret = "{CLIENT_SECRET}"\n', encoding="utf-8")
        return Settings(data_dir=tmp_path / "var", csc_services=f"ky-xa={csc.url} {secret}")

    def test_an_administrator_adds_them_and_leader_and_clerk_type_pin_and_code(
        self, office: Office, csc: CscService
    ) -> None:
        pki, kind = office.service.pki, KeyKind.ECDSA_P256
        assert pki is not None
        csc.add_key("web-khai", pki.issue_person("Lê Đình Khải", "x", key_kind=kind), "x", self.PIN, otp=True)
        seal = pki.issue_organisation("Ủy ban nhân dân xã Vân Khê", "x", code="VK", key_kind=kind)
        csc.add_key("web-dau", seal, "x", self.PIN)
        browser, leader, clerk = office.browser("minh"), office.browser("khai"), office.browser("hien")
        fields = {"source": "remote", "service": "ky-xa"}
        owner = {"owner": f"user:{user_id(office, 'khai')}", "credential": "web-khai"}
        wrong = browser.send("/admin/keys", "/admin/keys", **fields, **owner, passphrase=self.PIN, otp="111111")
        assert wrong.status_code == 422
        assert "không nhận mã PIN hoặc mã OTP" in text_of(wrong)
        assert 'value="web-khai"' in wrong.text
        assert self.PIN not in wrong.text and "111111" not in wrong.text
        unnamed = browser.send(
            "/admin/keys", "/admin/keys", **fields | {"service": csc.url}, **owner, passphrase=self.PIN
        )
        assert unnamed.status_code == 503, "an address is no service"
        code = csc.code("web-khai")
        page = done(
            browser.send("/admin/keys", "/admin/keys", **fields, **owner, passphrase=self.PIN, otp=code), browser
        )
        assert "Đã nạp khóa ký của Lê Đình Khải." in page
        assert "ở dịch vụ ký số từ xa ky-xa" in page
        owner = {"owner": f"unit:{office.units['VK']}", "credential": "web-dau"}
        done(browser.send("/admin/keys", "/admin/keys", **fields, **owner, passphrase=self.PIN), browser)
        document_id = office.submitted()
        address = f"/documents/{document_id}/sign"
        page = text_of(leader.get(address))
        assert "Mã PIN ở dịch vụ ký số từ xa" in page and "Mã OTP" in page
        pile = text_of(leader.get(f"/to-sign/pile?document={document_id}"))
        assert "một mã OTP mới cho mỗi chữ ký nên không ký một lượt được" in pile
        assert "Mã PIN" not in pile
        used = leader.send(address, address, passphrase=self.PIN, otp=code)
        assert (used.status_code, code in used.text) == (422, False)
        assert "không nhận mã PIN hoặc mã OTP" in text_of(used)
        assert leader.send(address, address, passphrase=self.PIN, otp=csc.code("web-khai")).status_code == 303
        assert "Mã PIN ở dịch vụ" in text_of(clerk.get(f"/to-issue/pile?document={document_id}"))
        address = f"/documents/{document_id}/issue"
        page = text_of(clerk.get(address))
        assert "Mã PIN ở dịch vụ ký số từ xa" in page and "Mã OTP" not in page
        today = f"{office.service.desk.today():%d/%m/%Y}"
        assert "không nhận mã PIN này" in text_of(clerk.send(address, address, issued_on=today, passphrase="000000"))
        csc.fail("signatures/signHash", "500")
        assert "không trả lời được" in text_of(clerk.send(address, address, issued_on=today, passphrase=self.PIN))
        csc.mend()
        assert "Số đã cấp được giữ nguyên" in text_of(clerk.get(address))
        assert clerk.send(address, address, passphrase=self.PIN).status_code == 303
        assert office.document(document_id).state == "issued"

    def test_they_are_not_for_everybody_to_add(self, office: Office) -> None:
        assert "Mã khóa ở dịch vụ" in text_of(office.browser("minh").get("/admin/keys"))
        leader = office.browser("khai")
        assert "từ xa" not in text_of(leader.get("/account"))
        fields = {"source": "remote", "service": "ky-xa", "credential": "web-khai", "passphrase": self.PIN}
        assert leader.send("/account", "/account/key", **fields).status_code == 404

    def test_pins_are_not_guessed_here(self, office: Office) -> None:
        browser = office.browser("minh")
        fields = {"source": "remote", "service": "none", "credential": "k", "passphrase": "1"}
        sent = {**fields, "owner": f"unit:{office.units['VK']}", "csrf_token": browser.token("/admin/keys")}
        answers = [browser.post("/admin/keys", **sent).status_code for _ in range(30)]
        assert answers[:20] == [503] * 20
        assert 429 in answers[20:]


def test_without_a_service_in_the_settings_none_is_offered(office: Office) -> None:
    browser = office.browser("minh")
    assert "từ xa" not in text_of(browser.get("/admin/keys"))
    fields = {"owner": "unit:1", "source": "remote", "service": "ky-xa", "credential": "k", "passphrase": "1"}
    assert browser.send("/admin/keys", "/admin/keys", **fields).status_code == 404


def test_without_a_module_in_the_settings_no_token_is_offered(office: Office) -> None:
    browser = office.browser("minh")
    assert "PKCS#11" not in browser.get("/admin/keys").text.replace("PKCS#12", "")
    fields = {"owner": "unit:1", "source": "token", "module": "hsm", "token": "a", "key_label": "k", "passphrase": "1"}
    assert browser.send("/admin/keys", "/admin/keys", **fields).status_code == 404


class TestWithoutTheTestPki:
    @pytest.fixture
    def settings(self, tmp_path: Path) -> Settings:
        return Settings(data_dir=tmp_path / "var", pki="none")

    def test_no_test_certificates_are_offered_or_made(self, office: Office) -> None:
        browser = office.browser("minh")
        assert "Cấp chứng thư thử" not in browser.get("/admin/keys").text
        fields = {"owner": f"unit:{office.units['VK']}", "source": "test", "passphrase": "du-dai-roi-day"}
        assert browser.send("/admin/keys", "/admin/keys", **fields).status_code == 404


class TestAccount:
    def test_the_own_password_is_changed_with_the_current_one(self, office: Office) -> None:
        browser, elsewhere = office.browser("doc"), office.browser("doc")
        for fields, words in (
            ({"current": "sai", "new": NEW_PASSWORD, "again": NEW_PASSWORD}, "Mật khẩu hiện tại không đúng."),
            ({"current": PASSWORD, "new": NEW_PASSWORD, "again": "khac"}, "không giống nhau"),
            ({"current": PASSWORD, "new": "ngan", "again": "ngan"}, "ít nhất 10 ký tự"),
        ):
            answer = browser.send("/account", "/account/password", **fields)
            assert answer.status_code == 422
            assert words in text_of(answer)
        answer = browser.send("/account", "/account/password", current=PASSWORD, new=NEW_PASSWORD, again=NEW_PASSWORD)
        assert "Đã đổi mật khẩu." in done(answer, browser)
        assert elsewhere.get("/").status_code == 303, "every other sign-in has ended"
        with office.service.database.read() as session:
            assert password_matches(session.get_one(User, user_id(office, "doc")), NEW_PASSWORD)

    def test_the_current_password_cannot_be_guessed_in_an_open_browser(self, office: Office) -> None:
        office.app.extensions[EXTENSION][Secret.PASSWORD] = Pace(10, clock=lambda: 0.0)  # however slow the machine is
        browser = office.browser("doc")
        fields = {"csrf_token": browser.token("/account"), "current": "sai", "new": NEW_PASSWORD, "again": NEW_PASSWORD}
        answers = [browser.post("/account/password", **fields).status_code for _ in range(11)]
        assert answers == [422] * 10 + [429]

    def test_a_token_is_shown_once_works_and_is_revoked(self, office: Office) -> None:
        browser = office.browser("hien")
        answer = browser.send("/account", "/account/tokens", name="Cổng thông tin", days="90")
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        token = unescape(re.findall(r'<code class="token">([^<]+)</code>', answer.text)[0])
        assert token.startswith("docsvc_")
        page = browser.get("/account")
        assert token not in page.text
        assert "Cổng thông tin" in page.text
        program = office.app.test_client()
        headers = {"Authorization": f"Bearer {token}"}
        assert program.get("/api/v1/me", headers=headers).get_json()["username"] == "hien"
        address = re.findall(r'action="(/account/tokens/\d+/revoke)"', page.text)[0]
        assert "Mã truy cập đã bị hủy." in done(browser.send("/account", address), browser)
        assert program.get("/api/v1/me", headers=headers).status_code == 401

    def test_a_token_needs_a_name_and_one_of_the_times(self, office: Office) -> None:
        browser = office.browser("hien")
        for fields in ({"name": " ", "days": "90"}, {"name": "x", "days": "9999"}, {"name": "x", "days": ""}):
            assert browser.send("/account", "/account/tokens", **fields).status_code == 422
        with office.service.database.read() as session:
            assert session.scalars(select(ApiToken)).all() == []

    def test_tokens_of_others_are_neither_shown_nor_revoked(self, office: Office) -> None:
        with office.service.database.write() as session:
            hien = office.actors["hien"]
            create_token(session, user_id=hien.user_id, name="Của Hiên", lasts=None, by=hien)
            token_id = session.scalars(select(ApiToken.id)).one()
        browser = office.browser("minh")
        assert "Của Hiên" not in browser.get("/account").text
        assert browser.send("/account", f"/account/tokens/{token_id}/revoke").status_code == 404

    def test_the_header_leads_to_the_account(self, office: Office) -> None:
        assert 'href="/account"' in office.browser("doc").get("/").text


class TestLog:
    @pytest.fixture
    def auditor(self, office: Office) -> Browser:
        """An auditor of every unit."""
        with office.service.database.write() as session:
            grant_role(session, office.actors["chinh"].user_id, office.units["TL"], Role.AUDITOR, by=SYSTEM)
        return office.browser("chinh")

    def test_the_log_tells_acts_people_and_details_in_words(self, office: Office, auditor: Browser) -> None:
        document_id = office.issued()
        page = text_of(auditor.get("/admin/events"))
        for words in ("Phát hành", "Đóng dấu, ký số của cơ quan", "Cấp số và ngày", "Lãnh đạo ký số", "Trình ký"):
            assert words in page
        assert str(office.document(document_id).reference) in page
        assert "Giao vai trò" in text_of(auditor.get("/admin/events?act=role-granted"))

    def test_it_is_narrowed_by_person_act_and_object(self, office: Office, auditor: Browser) -> None:
        first, second = office.draft("Về việc một"), office.draft("Về việc hai")
        answer = auditor.get(f"/admin/events?kind=document&object={first}")
        assert first in answer.text
        assert second not in answer.text
        assert "Đăng nhập" not in text_of(auditor.get("/admin/events?actor=soan")).split("Chi tiết")[1]
        assert "Không có dòng nào khớp." in text_of(auditor.get("/admin/events?actor=nobody"))

    def test_an_untouched_log_is_told_sound(self, auditor: Browser) -> None:
        assert "còn nguyên như khi ghi" not in text_of(auditor.get("/admin/events"))
        assert auditor.send("/admin/events", "/admin/events/check").status_code == 303
        assert "còn nguyên như khi ghi" in text_of(auditor.get("/admin/events"))

    @pytest.mark.parametrize(
        ("harm", "words"),
        [
            ("UPDATE events SET detail = '{}' WHERE id = 5", "Dòng 5 đã bị sửa"),
            ("UPDATE events SET actor = 'minh' WHERE id = 3", "Dòng 3 đã bị sửa"),
            ("DELETE FROM events WHERE id = 4", "Dòng 4 đã bị xóa"),
        ],
    )
    def test_a_log_that_somebody_changed_is_told(self, office: Office, auditor: Browser, harm: str, words: str) -> None:
        with office.service.database.write() as session:
            session.execute(text(harm))
        auditor.send("/admin/events", "/admin/events/check")
        assert words in text_of(auditor.get("/admin/events"))
        assert "không còn như khi ghi" in text_of(office.browser("minh").get("/admin"))

    def test_an_auditor_of_one_unit_does_not_read_of_the_other(self, office: Office) -> None:
        browser = office.browser("chinh")
        page = text_of(browser.get("/admin/events?kind=user")).split("Chi tiết")[1]
        assert "soan" in page
        assert "soan2" not in page


@pytest.mark.parametrize(
    "address",
    [
        "/admin",
        "/admin/units",
        "/admin/users",
        "/admin/users/1",
        "/admin/keys",
        "/admin/events",
        "/admin/events/anchors.zip",
    ],
)
def test_administration_is_closed_to_everybody_else(office: Office, address: str) -> None:
    assert office.browser().get(address).status_code == 303
    for username in ("soan", "khai", "hien", "doc"):
        assert office.browser(username).get(address).status_code == 403


def test_an_auditor_finds_the_log_and_an_administrator_the_rest(office: Office) -> None:
    auditor, administrator = office.browser("chinh"), office.browser("minh")
    assert auditor.get("/admin").location == "/admin/events"
    assert auditor.get("/admin/users").status_code == 403
    assert administrator.get("/admin/events").status_code == 403
    page = text_of(administrator.get("/admin"))
    assert "2 Đơn vị" in page
    assert "6 Người dùng" in page
    assert "Nhật ký" not in page


def test_no_act_is_done_without_its_form_token(office: Office) -> None:
    browser = office.browser("minh")
    browser.get("/admin")
    for address in (
        "/admin/units",
        "/admin/users",
        "/admin/users/invite",
        "/admin/users/1/roles",
        "/admin/users/1/roles/withdraw",
        "/admin/users/1/password",
        "/admin/users/1/close",
        "/admin/keys",
        "/admin/keys/1/retire",
        "/account/password",
        "/account/tokens",
        "/account/tokens/1/revoke",
        "/account/key",
        "/account/key/1/retire",
    ):
        assert browser.post(address, parent="1").status_code == 400, address


def test_names_are_shown_as_text(office: Office) -> None:
    with office.service.database.write() as session:
        session.execute(update(User).where(User.username == "doc").values(full_name="<script>alert(1)</script>"))
        session.execute(update(Unit).where(Unit.code == "VK.VP").values(name="<img src=x onerror=alert(1)>"))
    browser = office.browser("minh")
    for address in ("/admin/users", "/admin/units", "/admin/keys", f"/admin/users/{user_id(office, 'doc')}"):
        page = browser.get(address).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
