"""Documents of the archive are verified with what may be asked for, where the setting allows it."""

from __future__ import annotations

from dataclasses import replace

from docsvc.wiring import fetching
from signing.verify import Revocation, Verdict
from tests.office import Office


def test_the_service_s_own_authority_is_asked_about_the_archive_s_documents(embedded: Office) -> None:
    rendition = embedded.document(embedded.issued()).renditions[-1]
    content = embedded.service.store.get(rendition.sha256)
    offline = embedded.desk.verified(content)
    assert {one.revocation for one in offline.signatures} == {Revocation.NOT_CHECKED}
    asking = replace(embedded.desk, fetching=fetching(embedded.service.settings, embedded.service.pki))
    report = asking.verified(content, at=asking.clock())
    assert report.verdict is Verdict.VALID
    assert {one.revocation for one in report.signatures} == {Revocation.GOOD}
    assert {one.level for one in report.signatures} == {one.level for one in offline.signatures}
    assert {(one.kind, one.url, one.problem) for one in report.fetched} == {("ocsp", "", ""), ("crl", "", "")}
    assert asking.verified(content, fetch=False).fetched == ()
