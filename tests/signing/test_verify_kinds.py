"""Kinds of signed files that other people's tests have: each is judged, and what is whole is told to be whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from signing.verify import FileReport, Indication, SubIndication, Trust, Verdict, verify
from tests.signing.attacks.forging import chain
from tests.signing.authority import Holder, issue, new_key, page, sign, standard, updated
from tests.signing.forms import plain, with_container
from tests.signing.kinds import (
    PLAIN_ECDSA,
    Kind,
    by_ecdsa,
    by_plain_ecdsa,
    by_rsa,
    by_rsa_of_sha3,
    encrypted,
    in_ber,
    made,
    of_kind,
    signed_again,
    with_store,
)

SHA3_RSA = "2.16.840.1.101.3.4.3.14"
DETACHED = b"/adbe.pkcs7.detached"


@pytest.fixture(scope="module")
def person() -> Holder:
    return standard().person()


@pytest.fixture(scope="module")
def rsa() -> Holder:
    return standard().person("Người ký RSA", key=new_key(2048))


def check(content: bytes) -> FileReport:
    return verify(content, trust=Trust((standard().root.certificate,)))


def codes(report: FileReport) -> set[str]:
    return {reason.code for signature in report.signatures for reason in signature.reasons if reason.against}


@pytest.mark.parametrize("curve", [ec.SECP256R1, ec.BrainpoolP256R1, ec.BrainpoolP512R1])
def test_plain_ecdsa_is_checked(curve: Callable[[], ec.EllipticCurve]) -> None:
    by = standard().person(key=ec.generate_private_key(curve()))
    report = check(of_kind(by, Kind(algorithm=PLAIN_ECDSA, signs=by_plain_ecdsa)))
    assert report.verdict is Verdict.VALID

    def spoilt(key: Any, attributes: bytes) -> bytes:
        value = by_plain_ecdsa(key, attributes)
        return value[:-1] + bytes([value[-1] ^ 1])

    for wrong in (spoilt, lambda key, attributes: by_plain_ecdsa(key, attributes)[:-1]):
        (signature,) = check(of_kind(by, Kind(algorithm=PLAIN_ECDSA, signs=wrong))).signatures
        assert signature.sub_indication is SubIndication.SIG_CRYPTO_FAILURE


def test_edwards_curves_are_checked() -> None:
    by = standard().person(key=ed25519.Ed25519PrivateKey.generate())
    assert check(sign(page(), by, md_algorithm="sha512")).verdict is Verdict.VALID


def test_sha3_is_checked_and_the_digest_must_be_the_one_said(rsa: Holder) -> None:
    report = check(of_kind(rsa, Kind(algorithm=SHA3_RSA, digest="sha3_256", signs=by_rsa_of_sha3)))
    assert report.verdict is Verdict.VALID
    other = check(of_kind(rsa, Kind(algorithm=SHA3_RSA, digest="sha3_256", signs=by_rsa)))
    assert other.signatures[0].sub_indication is SubIndication.SIG_CRYPTO_FAILURE
    mixed = check(of_kind(rsa, Kind(algorithm=SHA3_RSA, digest="sha256", signs=by_rsa_of_sha3)))
    assert mixed.signatures[0].intact is not True, "RFC 8933: one digest for both"


def test_algorithms_named_by_the_key_alone_are_checked(person: Holder, rsa: Holder) -> None:
    assert check(of_kind(person, Kind(algorithm="1.2.840.10045.2.1"))).verdict is Verdict.VALID
    assert check(of_kind(rsa, Kind(algorithm="rsassa_pkcs1v15", signs=by_rsa))).verdict is Verdict.VALID


def test_signatures_without_signed_attributes_are_checked(person: Holder, rsa: Holder) -> None:
    for by, algorithm, signs in ((person, "sha256_ecdsa", by_ecdsa), (rsa, "rsassa_pkcs1v15", by_rsa)):
        report = check(of_kind(by, Kind(algorithm, signs=signs, attributes=False), said=DETACHED))
        assert report.verdict is Verdict.VALID
        assert report.signatures[0].level is None
        other = by_plain_ecdsa if by is person else by_rsa_of_sha3
        assert (
            check(of_kind(by, Kind(algorithm, signs=other, attributes=False), said=DETACHED)).verdict is Verdict.INVALID
        )


def test_attributes_that_were_not_signed_as_they_stand_are_told(person: Holder) -> None:
    report = check(of_kind(person, Kind(in_order=False)))
    (signature,) = report.signatures
    assert signature.intact, "RFC 5652, 5.4: what DER makes of them is signed"
    assert signature.sub_indication is SubIndication.SIG_CONSTRAINTS_FAILURE
    assert codes(report) == {"cms-inconsistent"}


def test_indefinite_lengths_hold(person: Holder) -> None:
    content = with_container(
        plain(person, kind=b"/ETSI.CAdES.detached"), lambda covered: in_ber(made(person, covered, Kind()))
    )
    assert check(content).signatures[0].intact


def test_the_signer_s_certificate_is_taken_from_the_file_s_store(person: Holder) -> None:
    bare = of_kind(person, Kind(certificates=False))
    (signature,) = check(bare).signatures
    assert signature.sub_indication is SubIndication.NO_SIGNING_CERTIFICATE_FOUND
    assert signature.intact is None
    kept = [person.certificate.public_bytes(Encoding.DER), *chain(person)]
    report = check(with_store(bare, kept))
    (signature,) = report.signatures
    assert (signature.intact, signature.trusted) == (True, True)
    assert signature.sub_indication is SubIndication.SIG_CONSTRAINTS_FAILURE
    assert codes(report) == {"certificate-elsewhere"}
    assert signature.holder
    stranger = standard().person("Người khác")
    assert check(with_store(bare, [stranger.certificate.public_bytes(Encoding.DER)])).signatures[0].intact is None


def test_a_subfilter_that_nobody_knows_leaves_it_open_and_tells_whether_it_is_whole(person: Holder) -> None:
    report = check(of_kind(person, Kind(), said=b"/Foo.detached"))
    (signature,) = report.signatures
    assert (signature.intact, signature.sub_indication) == (True, SubIndication.GENERIC)
    assert codes(report) == {"unknown-signature-kind"}
    other = of_kind(person, Kind(signs=by_plain_ecdsa), said=b"/Foo.detached")
    assert check(other).verdict is Verdict.INVALID


def test_a_signer_under_no_authority_has_no_path(person: Holder) -> None:
    under = issue("Không phải CA", under=standard().issuing)
    (signature,) = check(of_kind(issue("Người ký", under=under), Kind())).signatures
    assert signature.intact
    assert signature.sub_indication is SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE


@pytest.mark.parametrize("strength", ["rc4", "aes"])
def test_encrypted_files_that_open_without_a_password_are_judged(person: Holder, strength: str) -> None:
    report = check(signed_again(encrypted(person, strength=strength), person))
    assert [signature.indication for signature in report.signatures] == [Indication.TOTAL_PASSED] * 2
    assert not report.attacks
    assert [change.code for change in report.signatures[0].changes] == ["signature-added"]
    twice = signed_again(encrypted(person, strength=strength), person)

    def annotate(writer: IncrementalPdfFileWriter) -> None:
        writer.encrypt("")
        reference = writer.root["/Pages"]["/Kids"].raw_get(0)
        note = generic.DictionaryObject({generic.pdf_name("/Subtype"): generic.pdf_name("/FreeText")})
        reference.get_object()["/Annots"].append(writer.add_object(note))
        writer.mark_update(reference)

    assert check(updated(twice, annotate)).verdict is Verdict.INVALID
    assert check(encrypted(person, strength=strength, user="mo")).verdict is Verdict.ENCRYPTED
