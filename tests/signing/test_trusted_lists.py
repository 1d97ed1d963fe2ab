"""Trusted lists: read if rightly signed by whom it should, whatever else is done to them."""

from __future__ import annotations

import re

import pytest
from lxml import etree

from signing.anchors import Purpose
from signing.errors import ListNotSigned, SigningError, UnreadableList
from signing.trusted_lists import Choice, TrustedList, read_trusted_list
from tests.signing.authority import DAY, NOW, Authority, issue
from tests.signing.lists import Scheme, Service


@pytest.fixture(scope="module")
def scheme() -> Scheme:
    return Scheme()


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority("CA thử")


def read(scheme: Scheme, content: bytes) -> TrustedList:
    return read_trusted_list(content, signer_sha256=scheme.fingerprint, at=NOW)


def only(scheme: Scheme, *services: Service) -> Choice:
    (choice,) = read(scheme, scheme.list(*services)).choices()
    return choice


def test_a_list_tells_its_scheme_and_what_can_be_believed(scheme: Scheme, authority: Authority) -> None:
    content = scheme.list(
        Service("Chứng thư", [authority.root]),
        Service("Giờ", [authority.stamping], "TSA/QTST"),
        Service("OCSP", [authority.issuing], "Certstatus/OCSP/QC"),
        Service("Người", [authority.person()]),
        sequence=7,
    )
    found = read(scheme, content)
    assert (found.territory, found.operator, found.sequence) == ("XV", "Cơ quan giám sát thử", 7)
    assert found.next_update == NOW + 180 * DAY
    assert (found.services[0].name, found.services[0].status) == ("Chứng thư", "granted")
    told = {choice.authority.holder: choice.purposes for choice in found.choices()}
    assert told == {"CA thử": {Purpose.SIGNATURES}, "Dấu thời gian thử": {Purpose.TIMESTAMPS}}
    assert found.services[3].authorities[0].problem == "no-authority"


def test_times_follow_the_statuses(scheme: Scheme, authority: Authority) -> None:
    begin, end = NOW - 300 * DAY, NOW - 100 * DAY
    history = [("withdrawn", end), ("granted", NOW - 200 * DAY), ("undersupervision", begin)]
    ended = only(scheme, Service("Đã thôi", [authority.root], history=history))
    assert (ended.since, ended.until, ended.status) == (begin, end, "withdrawn")
    again = [("granted", NOW - 50 * DAY), *history]
    assert only(scheme, Service("Lại được", [authority.root], history=again)).since == NOW - 50 * DAY
    never = Service("Chưa bao giờ", [authority.root], history=[("withdrawn", begin)])
    assert read(scheme, scheme.list(never)).choices() == ()


def test_a_certificate_of_two_services_is_believed_for_both_while_both_are_approved(
    scheme: Scheme, authority: Authority
) -> None:
    choice = only(
        scheme,
        Service("CA", [authority.root], history=[("withdrawn", NOW - 10 * DAY), ("granted", NOW - 300 * DAY)]),
        Service("TSA", [authority.root], "TSA/QTST", history=[("granted", NOW - 200 * DAY)]),
    )
    assert choice.purposes == set(Purpose)
    assert (choice.since, choice.until) == (NOW - 200 * DAY, NOW - 10 * DAY)


def test_a_list_of_another_signer_or_of_none_is_refused(scheme: Scheme, authority: Authority) -> None:
    text = scheme.unsigned(Service("CA", [authority.root]))
    for content in (
        text.encode(),
        scheme.sign(text, by=issue("Kẻ mạo danh")),
        scheme.sign(text, by=issue("Hết hạn", until=NOW - DAY)),
    ):
        with pytest.raises(ListNotSigned):
            read(scheme, content)
    expired = Scheme(signer=issue("Hết hạn", until=NOW - DAY))
    with pytest.raises(ListNotSigned):
        read(expired, expired.list())


def test_a_word_changed_added_or_wrapped_is_noticed(scheme: Scheme, authority: Authority) -> None:
    content = scheme.list(Service("CA", [authority.root]))
    other = scheme.unsigned(Service("Kẻ khác", [Authority("Kẻ khác").root]), sequence=9)
    root, forged = etree.fromstring(content), etree.fromstring(other)
    signature = root.find("{http://www.w3.org/2000/09/xmldsig#}Signature")
    forged.append(signature)  # somebody else's list with a right signature
    hidden = etree.fromstring(other)
    holder = etree.SubElement(hidden, "{http://uri.etsi.org/02231/v2#}Extensions")
    holder.append(etree.fromstring(content))  # the right list inside another
    beside = etree.fromstring(other)
    beside.append(etree.fromstring(content).find("{http://www.w3.org/2000/09/xmldsig#}Signature"))
    beside.append(etree.fromstring(content))
    for changed in (
        content.replace(b"granted", b"withdrawn"),
        content.replace(b"<TSPServices>", b"<TSPServices><x/>"),
        etree.tostring(forged),
        etree.tostring(hidden),
        etree.tostring(beside),
        re.sub(rb"<ds:SignatureValue>.{8}", b"<ds:SignatureValue>AAAAAAAA", content),
    ):
        assert changed != content
        with pytest.raises(ListNotSigned):
            read(scheme, changed)


def test_weak_algorithms_are_refused(scheme: Scheme, authority: Authority) -> None:
    content = scheme.list(Service("CA", [authority.root]))
    for weak in (b"http://www.w3.org/2000/09/xmldsig#sha1", b"http://www.w3.org/2001/04/xmldsig-more#sha224"):
        with pytest.raises(ListNotSigned):
            read(scheme, content.replace(b"http://www.w3.org/2001/04/xmlenc#sha256", weak))


def test_entities_external_files_and_bombs_are_refused(scheme: Scheme, authority: Authority) -> None:
    content = scheme.list(Service("CA", [authority.root]))
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha">' + b"".join(
        b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
    )
    for hostile in (
        laughs + b"]>" + content.replace(b"granted", b"&j;"),
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + content.replace(b"granted", b"&a;"),
        b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">' + content,
        b"<a>" * 300_000,
        b"",
        b"%PDF-1.7",
        b"<html/>",
        content[:-20],
        content.replace(b"<TSLSequenceNumber>1</TSLSequenceNumber>", b""),
    ):
        with pytest.raises((UnreadableList, ListNotSigned)):
            read(scheme, hostile)


def test_nothing_but_named_errors_comes_of_signed_nonsense(scheme: Scheme, authority: Authority) -> None:
    text = scheme.unsigned(Service("CA", [authority.root]))
    for old, new in (
        ("<TSLSequenceNumber>1<", "<TSLSequenceNumber>một<"),
        ("<SchemeTerritory>XV</SchemeTerritory>", ""),
        ("<ListIssueDateTime>", "<ListIssueDateTime>x"),
        ("<StatusStartingTime>", "<StatusStartingTime>x"),
        ("<TSPInformation>", "<TSPInformation/><y>"),
    ):
        changed = text.replace(old, new)
        if "<y>" in new:
            changed = changed.replace("</TSPInformation>", "</y>")
        with pytest.raises(SigningError) as refused:
            read(scheme, scheme.sign(changed))
        assert refused.value.code == "unreadable-trusted-list"
    nothing = text.replace("<X509Certificate>", "<X509Certificate>MAA=")
    assert read(scheme, scheme.sign(nothing)).choices() == ()
