"""Authorities fail while an office works: what the leader and the clerk see, and what they can do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from config.settings import Settings
from docsvc.app import create_app
from docsvc.issue import upkeep
from docsvc.issue.desk import Desk
from docsvc.issue.extending import Done
from docsvc.records.scrubbing import scrub
from docsvc.wiring import open_service
from signing.outage import Resting
from signing.pki import TestPki
from signing.preserve import Level
from signing.questions import Question
from signing.revocation import HttpRevocation, RevocationSource
from signing.timestamp import Authority, Expected, Timestamper
from signing.verify import Verdict, verify
from tests.signing.responders import Responders, responding
from tests.web.office import PASSPHRASE, Browser, Office, text_of

NO_REST = 0.0


@dataclass(frozen=True)
class There:
    """Asks at a responder's address whatever the certificates name."""

    responders: Responders

    def ocsp(self, question: Question) -> bytes | None:
        return self._source.ocsp(replace(question, ocsp_urls=(f"{self.responders.url}/ocsp",)))

    def crl(self, question: Question) -> bytes | None:
        urls = tuple(f"{self.responders.url}/{url.rpartition('/')[2]}" for url in question.crl_urls)
        return self._source.crl(replace(question, crl_urls=urls))

    @property
    def _source(self) -> RevocationSource:
        return HttpRevocation(timeout_seconds=0.5, private_addresses=True, resting=Resting(NO_REST))


@dataclass
class Outage:
    """An office whose authorities are across the network, where a test decides how they fare."""

    office: Office
    first: Responders
    second: Responders

    def with_desk(self, **changes: Any) -> Office:
        """The pages over another desk."""
        service = replace(self.office.service, desk=self.desk(**changes))
        return Office(service, create_app(service))

    def desk(self, **changes: Any) -> Desk:
        expected = Expected(roots=self.office.service.desk.trust.roots)
        authorities = [
            Authority.http(f"{one.url}/tsa", timeout_seconds=0.6, expected=expected)
            for one in (self.first, self.second)
        ]
        stamper = Timestamper.in_turn(authorities, total_seconds=1.0, resting=Resting(NO_REST))
        desk = replace(self.office.service.desk, timestamper=stamper, revocation=There(self.first), status_seconds=2)
        return replace(desk, **changes)

    def all_stamps(self, manner: str) -> None:
        self.first.stamps = self.second.stamps = manner

    @property
    def server(self) -> str:
        return f"127.0.0.1:{self.first.server.server_port}"


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> TestPki:
    return TestPki.create(tmp_path_factory.mktemp("foreign") / "pki", base_url="http://127.0.0.1:9/pki")


@pytest.fixture
def outage(office: Office, foreign: TestPki) -> Iterator[Outage]:
    assert office.service.pki is not None
    with responding(office.service.pki, foreign) as first, responding(office.service.pki, foreign) as second:
        yield Outage(office, first, second)


def levels(office: Office, document_id: str) -> list[str]:
    return [signature.level for signature in office.document(document_id).signatures]


def issue(office: Office, clerk: Browser, document_id: str) -> int:
    address = f"/documents/{document_id}/issue"
    today = f"{office.service.desk.today():%d/%m/%Y}"
    return clerk.send(address, address, issued_on=today, passphrase=PASSPHRASE).status_code


@pytest.mark.parametrize("manner", ["closed", "hangs", "other imprint", "other signer", "clock ahead"])
def test_a_document_waits_for_its_timestamp_with_its_number_and_the_clerk_sees_why(outage: Outage, manner: str) -> None:
    office = outage.with_desk()
    document_id = office.signed()
    clerk = office.browser("hien")
    outage.all_stamps(manner)
    assert issue(office, clerk, document_id) == 503
    document = office.document(document_id)
    assert (document.state, document.reference) == ("numbered", "01/QĐ-UBND")
    assert [one.role for one in document.renditions] == ["draft", "signed"]
    for page in ("/to-issue", f"/documents/{document_id}", f"/documents/{document_id}/issue"):
        told = text_of(clerk.get(page))
        assert "Chờ dấu thời gian: máy chủ" in told, page
        assert outage.server in told
        assert "không trả lời đúng từ" in told
    assert "Thử lại: đóng dấu và phát hành" in text_of(clerk.get(f"/documents/{document_id}/issue"))
    assert issue(office, clerk, document_id) == 503
    outage.all_stamps("well")
    assert issue(office, clerk, document_id) == 303
    assert office.document(document_id).reference == "01/QĐ-UBND", "the number is taken once"
    assert levels(office, document_id) == ["B-T", "B-T"]
    assert "Chờ dấu thời gian" not in text_of(clerk.get(f"/documents/{document_id}"))
    assert scrub(office.service.database, office.service.store).sound


def test_the_leader_sees_why_it_could_not_be_signed(outage: Outage) -> None:
    office = outage.with_desk()
    document_id = office.submitted()
    leader = office.browser("khai")
    outage.all_stamps("refuses")
    address = f"/documents/{document_id}/sign"
    assert leader.send(address, address, passphrase=PASSPHRASE).status_code == 503
    assert len(office.document(document_id).renditions) == 1
    for page in ("/to-sign", address):
        assert "Chờ dấu thời gian" in text_of(leader.get(page)), page
    outage.first.stamps, outage.second.stamps = "refuses", "well"
    assert leader.send(address, address, passphrase=PASSPHRASE).status_code == 303, "the second one answers"
    assert levels(office, document_id) == ["B-T"]


def test_where_the_office_prefers_it_the_document_goes_out_at_b_b_and_is_raised_later(outage: Outage) -> None:
    office = outage.with_desk(floor=Level.B_B)
    outage.all_stamps("closed")
    document_id = office.signed()
    clerk = office.browser("hien")
    assert levels(office, document_id) == ["B-B"]
    assert issue(office, clerk, document_id) == 303
    assert levels(office, document_id) == ["B-B", "B-B"]
    address = f"/documents/{document_id}"
    told = text_of(clerk.get(address))
    assert "PAdES B-B" in told
    assert "Chờ nâng lên mức B-T" in told
    assert "Hệ thống sẽ tự thử lại." in told
    assert "Văn bản đã phát hành ở mức chữ ký thấp hơn" in text_of(clerk.get("/to-issue"))
    assert clerk.send(address, f"{address}/preserve").status_code == 303
    assert levels(office, document_id) == ["B-B", "B-B"], "still no server"
    outage.all_stamps("well")
    assert clerk.send(address, f"{address}/preserve").status_code == 303
    assert levels(office, document_id) == ["B-T", "B-T"]
    told = text_of(clerk.get(address))
    assert "Chữ ký của văn bản đang ở mức B-T." in told
    assert "Chờ nâng lên" not in told


@pytest.mark.parametrize("manner", ["hangs", "garbage", "other signer", "stale"])
def test_without_revocation_data_it_goes_out_at_b_t_and_is_extended_later(outage: Outage, manner: str) -> None:
    office = outage.with_desk(level=Level.B_LT)
    document_id, clerk = office.signed(), office.browser("hien")
    outage.first.status = manner
    assert issue(office, clerk, document_id) == 303
    assert levels(office, document_id) == ["B-T", "B-T"]
    assert "Chờ nâng lên mức B-LT" in text_of(clerk.get(f"/documents/{document_id}"))
    admin = office.browser("minh")
    assert "revocation-unavailable" in text_of(admin.get("/admin/archive"))
    desk, plan = office.service.desk, upkeep.plan_of(office.service.desk)
    assert [outcome.done for outcome, _ in upkeep.run(desk, plan)] == [Done.FAILED]
    outage.first.status = "well"
    assert [(outcome.done, due) for outcome, due in upkeep.run(desk, plan)] == [(Done.EXTENDED, 1)]
    assert list(upkeep.run(desk, plan)) == []
    assert levels(office, document_id) == ["B-LT", "B-LT"]
    assert "Chờ nâng lên" not in text_of(clerk.get(f"/documents/{document_id}"))
    told = text_of(admin.get("/admin/archive"))
    assert "revocation-unavailable" not in told
    assert "1 Đã đủ mức B-LT 0 Đến hạn làm" in told
    content = office.service.store.get(office.document(document_id).renditions[-1].sha256)
    assert verify(content, trust=desk.trust).verdict is Verdict.VALID


def test_only_a_clerk_of_the_office_may_ask_for_another_try(outage: Outage) -> None:
    office = outage.with_desk(level=Level.B_LT)
    outage.first.status = "refuses"
    document_id = office.issued()
    outage.first.status = "well"
    for name in ("doc", "khai", "oanh"):
        assert office.browser(name).send("/account", f"/documents/{document_id}/preserve").status_code == 403, name
    assert levels(office, document_id) == ["B-T", "B-T"]
    assert "Chờ nâng lên" not in text_of(office.browser("doc").get(f"/documents/{document_id}"))


def test_settings_name_further_servers_and_what_is_required_of_them(outage: Outage) -> None:
    outage.first.stamps = "other nonce"
    settings = Settings(
        data_dir=outage.office.service.settings.data_dir,
        tsa_url=f"{outage.first.url}/tsa",
        tsa_further_urls=f"{outage.second.url}/tsa",
        tsa_timeout_seconds=2,
    )
    service = open_service(settings)
    try:
        assert service.desk.timestamper is not None
        assert service.desk.timestamper.token(bytes(32))
        assert (outage.first.asked, outage.second.asked) == (["tsa"], ["tsa"])
    finally:
        service.close()
