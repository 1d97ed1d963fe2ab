"""A digest is handed out, a client signs it, and only that signature is put into the file."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import algos, cms, core
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from signing._cms import signed_data
from signing.errors import CertificateNotUsable, TimestampUnavailable, UnusableKey
from signing.external import (
    Announced,
    Prepared,
    announce,
    complete,
    lay_out_personal,
    lay_out_seal,
    prepared_in,
    require_shown,
)
from signing.keys import SigningKey, open_pkcs12
from signing.pki import KeyKind, TestPki
from signing.places import find_places
from signing.refusals import CmsRefused, HandedOutRefused
from signing.sandbox import Limits
from signing.timestamp import Timestamper
from signing.verify import Trust, Verdict, verify
from tests.services.second_opinions import SecondOpinions
from tests.signing.drafts import LEADER, Sketch, draw

PASSPHRASE = "mat-khau-khoa"


def pem_of(key: SigningKey) -> bytes:
    return b"".join(one.public_bytes(Encoding.PEM) for one in (key.certificate, *key.chain))


@dataclass(frozen=True)
class Ground:
    """People with keys of their own, and a draft laid out for one of them."""

    pki: TestPki
    leader: SigningKey
    other: SigningKey
    organisation: SigningKey
    signer: Announced
    prepared: Prepared

    @property
    def trust(self) -> Trust:
        return Trust(self.pki.roots())

    def lay_out_over(self, content: bytes) -> Prepared:
        return lay_out_personal(
            content,
            signer=self.signer,
            places=find_places(content, signatory_name=LEADER, limits=Limits()),
            image_png=None,
            timestamped=True,
            position="Chủ tịch",
        )


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    pki = TestPki.create(tmp_path_factory.mktemp("pki") / "pki", base_url="http://127.0.0.1:9/pki")
    kind = KeyKind.ECDSA_P256
    leader = open_pkcs12(pki.issue_person(LEADER, PASSPHRASE), PASSPHRASE)
    other = open_pkcs12(pki.issue_person("Trần Văn Khác", PASSPHRASE, key_kind=kind), PASSPHRASE)
    organisation = open_pkcs12(
        pki.issue_organisation("UBND xã Tân Lập", PASSPHRASE, code="H9", key_kind=kind), PASSPHRASE
    )
    signer = announce(pem_of(leader))
    made = Ground(pki, leader, other, organisation, signer, Prepared(b"", b"", 0, 0))
    return replace(made, prepared=made.lay_out_over(draw()))


def test_leader_and_organisation_sign_elsewhere_and_every_program_accepts_it(ground: Ground, tmp_path: Path) -> None:
    stamps = ground.pki.timestamper()
    # What is kept between the two requests is the file and the place of its container.
    prepared = prepared_in(ground.prepared.content, ground.prepared.container_start, ground.prepared.container_end)
    assert prepared.digest == ground.prepared.digest
    returned = signed_data(ground.leader, prepared.digest, None)
    require_shown(prepared, draw(), ground.prepared.digest)
    signed = complete(prepared, returned, signer=ground.signer, timestamper=stamps)
    clerk = announce(pem_of(ground.organisation))
    laid = lay_out_seal(
        signed.content, signer=clerk, number="05", issued_on=date(2026, 3, 7), image_png=None, timestamped=True
    )
    require_shown(laid, signed.content, laid.digest)
    bare = ground.organisation.sign(clerk.to_sign(laid.digest), "sha256")
    sealed = complete(laid, bare, signer=clerk, timestamper=stamps, bare=True)
    report = verify(sealed.content, trust=ground.trust)
    assert report.verdict is Verdict.VALID, report.message_en
    assert [one.level for one in report.signatures] == ["B-T", "B-T"]
    assert [one.holder for one in report.signatures] == [LEADER, "UBND xã Tân Lập"]
    assert report.signatures[0].certification == 2
    assert sealed.certificate_sha256 == ground.organisation.fingerprint_sha256
    SecondOpinions(tmp_path, ground.pki.roots()[0], [ground.pki.certificate("issuing")]).all_of(sealed.content)


def edited(ground: Ground, change: Callable[[Any], None]) -> bytes:
    """The leader's attributes changed by ``change``, and then rightly signed."""
    message = cms.ContentInfo.load(signed_data(ground.leader, ground.prepared.digest, None))
    signer = message["content"]["signer_infos"][0]
    change(signer["signed_attrs"])
    attributes = cms.CMSAttributes(list(signer["signed_attrs"]))
    signer["signature"] = ground.leader.sign(attributes.dump(force=True), "sha256")
    signer["signed_attrs"] = attributes
    return bytes(message.dump(force=True))


def attribute(attributes: Any, name: str) -> Any:
    return next(one for one in attributes if one["type"].native == name)


def without(name: str) -> Callable[[Any], None]:
    def change(attributes: Any) -> None:
        del attributes[next(place for place, one in enumerate(attributes) if one["type"].native == name)]

    return change


def with_other_digest(attributes: Any) -> None:
    attribute(attributes, "message_digest")["values"] = [core.OctetString(hashlib.sha256(b"other").digest())]


def with_other_content_type(attributes: Any) -> None:
    attribute(attributes, "content_type")["values"] = [cms.ContentType("tst_info")]


def with_signing_time(attributes: Any) -> None:
    moment = cms.Time({"utc_time": core.UTCTime(datetime(2026, 1, 1, tzinfo=UTC))})
    attributes.append(cms.CMSAttribute({"type": "signing_time", "values": [moment]}))


def with_weak_protection(attributes: Any) -> None:
    protection = cms.CMSAlgorithmProtection(
        {
            "digest_algorithm": algos.DigestAlgorithm({"algorithm": "sha1"}),
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha1_rsa"}),
        }
    )
    attributes.append(cms.CMSAttribute({"type": "cms_algorithm_protection", "values": [protection]}))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (with_other_digest, "other-digest"),
        (with_other_content_type, "content-type"),
        (without("signing_certificate_v2"), "no-signing-certificate"),
        (without("message_digest"), "other-attribute"),
        (with_signing_time, "other-attribute"),
        (with_weak_protection, "algorithm"),
    ],
)
def test_attributes_that_say_anything_else_are_refused(
    ground: Ground, change: Callable[[Any], None], reason: str
) -> None:
    refused(ground, edited(ground, change), reason)


def refused(ground: Ground, returned: bytes, reason: str) -> None:
    with pytest.raises(CmsRefused) as told:
        complete(ground.prepared, returned, signer=ground.signer, timestamper=ground.pki.timestamper())
    assert told.value.reason == reason
    assert told.value.message_vi != CmsRefused.message_vi, "the reason is told in words"


def rewritten(returned: bytes, change: Callable[[Any], None]) -> bytes:
    message = cms.ContentInfo.load(returned)
    change(message["content"])
    return bytes(message.dump(force=True))


def with_content(signed: Any) -> None:
    signed["encap_content_info"] = {"content_type": "data", "content": core.OctetString(b"other")}


def with_two_signers(signed: Any) -> None:
    signed["signer_infos"] = [signed["signer_infos"][0], signed["signer_infos"][0]]


def with_sha1(signed: Any) -> None:
    signed["signer_infos"][0]["digest_algorithm"] = {"algorithm": "sha1"}


def with_another_value(signed: Any) -> None:
    signed["signer_infos"][0]["signature"] = bytes(256)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (with_content, "not-detached"),
        (with_two_signers, "not-one-signer"),
        (with_sha1, "algorithm"),
        (with_another_value, "wrong-signature"),
    ],
)
def test_a_cms_of_another_make_is_refused(ground: Ground, change: Callable[[Any], None], reason: str) -> None:
    refused(ground, rewritten(signed_data(ground.leader, ground.prepared.digest, None), change), reason)


def test_another_key_and_what_is_no_cms_are_refused(ground: Ground) -> None:
    refused(ground, signed_data(ground.other, ground.prepared.digest, None), "algorithm")
    namesake = open_pkcs12(ground.pki.issue_person(LEADER, PASSPHRASE), PASSPHRASE)
    refused(ground, signed_data(namesake, ground.prepared.digest, None), "other-certificate")
    refused(ground, b"", "unreadable")
    refused(ground, b"%PDF-1.7", "unreadable")
    refused(ground, bytes(60_000), "too-long")
    with pytest.raises(CmsRefused) as told:
        complete(ground.prepared, bytes(256), signer=ground.signer, timestamper=None, bare=True)
    assert told.value.reason == "wrong-signature"


def test_what_a_signature_does_not_protect_is_written_anew(ground: Ground) -> None:
    def change(signed: Any) -> None:
        stray = ground.other.certificate.public_bytes(Encoding.DER)
        signed["certificates"] = [*signed["certificates"], cms.CertificateChoices.load(stray)]
        signed["version"] = "v3"
        signed["signer_infos"][0]["unsigned_attrs"] = [{"type": "1.2.3.4", "values": [core.Integer(1)]}]

    returned = rewritten(signed_data(ground.leader, ground.prepared.digest, None), change)
    plain = complete(
        ground.prepared,
        signed_data(ground.leader, ground.prepared.digest, None),
        signer=ground.signer,
        timestamper=None,
    )
    assert complete(ground.prepared, returned, signer=ground.signer, timestamper=None).content == plain.content
    assert plain.level == "B-B"


def test_without_its_timestamp_nothing_is_completed(ground: Ground) -> None:
    def no_answer(_request: bytes) -> bytes:
        raise TimestampUnavailable("down")

    returned = signed_data(ground.leader, ground.prepared.digest, None)
    with pytest.raises(TimestampUnavailable):
        complete(ground.prepared, returned, signer=ground.signer, timestamper=Timestamper(no_answer))


def test_a_certificate_that_could_not_sign_is_refused_before_anything_is_laid_out(
    ground: Ground, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    ground.signer.require_usable(ground.trust, now)
    with pytest.raises(CertificateNotUsable):
        ground.signer.require_usable(ground.trust, now + timedelta(days=5000))
    strangers = TestPki.create(tmp_path / "pki", base_url="http://127.0.0.1:9/pki")
    with pytest.raises(CertificateNotUsable):
        ground.signer.require_usable(Trust(strangers.roots()), now)
    for wrong in (b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", ground.signer.pem * 9):
        with pytest.raises(UnusableKey):
            announce(wrong)


def test_a_server_cannot_have_something_else_signed_than_it_showed(ground: Ground) -> None:
    def refuses(reason: str, prepared: Prepared, shown: bytes | None = None, digest: bytes | None = None) -> None:
        with pytest.raises(HandedOutRefused) as told:
            require_shown(prepared, shown or draw(), digest or prepared.digest)
        assert told.value.reason == reason

    good = ground.prepared
    refuses("other-file", good, shown=draw(Sketch(body=("Khác hẳn.",))))
    refuses("other-digest", good, digest=bytes(32))
    shifted = prepared_in(good.content, good.container_start - 10, good.container_end)
    refuses("other-range", shifted)
    filled = good.filled(b"something")
    refuses("other-range", prepared_in(filled, good.container_start, good.container_end))
    # A hostile server appends another page's content before it lays the form over it.
    for change in (other_words, an_annotation_over_the_text, a_page_less):
        changed = change(draw(Sketch(pages=2)))
        laid = ground.lay_out_over(changed)
        refuses("pages-changed", laid, shown=draw(Sketch(pages=2)))


def other_words(draft: bytes) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(draft))
    page, _ = writer.find_page_for_modification(0)
    words = writer.add_object(generic.StreamObject(stream_data=b"BT ET"))
    page.get_object()["/Contents"] = words
    writer.update_container(page.get_object())
    return appended(writer)


def an_annotation_over_the_text(draft: bytes) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(draft))
    page, _ = writer.find_page_for_modification(0)
    box = generic.ArrayObject(map(generic.NumberObject, (0, 0, 500, 700)))
    square = {"/Type": "/Annot", "/Subtype": "/Square", "/Rect": box}
    made = {
        generic.pdf_name(key): generic.pdf_name(value) if isinstance(value, str) else value
        for key, value in square.items()
    }
    writer.register_annotation(page, writer.add_object(generic.DictionaryObject(made)))
    return appended(writer)


def a_page_less(draft: bytes) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(draft))
    pages = writer.root["/Pages"]
    del pages["/Kids"][0]
    pages["/Count"] = generic.NumberObject(1)
    writer.update_container(pages["/Kids"])
    writer.update_container(pages)
    return appended(writer)


def appended(writer: IncrementalPdfFileWriter) -> bytes:
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()
