"""Inside the signature: algorithms, attributes, certificates, signers and timestamps that do not belong together."""

from __future__ import annotations

from datetime import timedelta

from asn1crypto import cms, core

from tests.signing.attacks.case import BROKEN, OPEN, attack, office, person, put, roomy, signed, stamped, with_container
from tests.signing.attacks.forging import Attributes, Recipe, attribute, made, resigned, signing_certificate
from tests.signing.authority import NOW, container, issue, new_key, page, sign, standard

EITHER = BROKEN | OPEN


# --- algorithms


@attack("algorithm-mismatch", BROKEN)
def digest_of_another_algorithm() -> bytes:
    """The message digest is SHA-512's, and SHA-256 is named."""
    return resigned(signed(), Recipe(digest="sha512"))


@attack("algorithm-mismatch", EITHER)
def signature_with_a_weaker_digest() -> bytes:
    """The document by SHA-256, the attributes by SHA-1."""
    return resigned(signed(), Recipe(signed_with="sha1"))


@attack("algorithm-mismatch", EITHER)
def signature_with_another_digest() -> bytes:
    return resigned(signed(), Recipe(signed_with="sha384"))


@attack("algorithm-mismatch", BROKEN)
def signature_algorithm_of_another_key() -> bytes:
    return resigned(signed(), Recipe(claimed_signature="sha256_rsa"))


@attack("algorithm-mismatch", BROKEN)
def signature_algorithm_said_wrong() -> bytes:
    return resigned(signed(), Recipe(claimed_signature="sha512_ecdsa"))


@attack("algorithm-mismatch", EITHER)
def digest_list_without_it() -> bytes:
    def other(signed_data: cms.SignedData) -> None:
        signed_data["digest_algorithms"] = [{"algorithm": "sha1"}]

    return resigned(signed(), Recipe(frame=other))


@attack("algorithm-mismatch", EITHER)
def protected_algorithm_differs() -> bytes:
    """The attribute that protects the algorithms (RFC 6211) names others."""
    told = cms.CMSAlgorithmProtection(
        {"digest_algorithm": {"algorithm": "sha512"}, "signature_algorithm": {"algorithm": "sha512_ecdsa"}}
    )
    protection = attribute("cms_algorithm_protection", told)
    return resigned(signed(), Recipe(attributes=lambda told: [*told, protection]))


# --- signed attributes


def _without(kind: str) -> bytes:
    def left(told: Attributes) -> Attributes:
        return [one for one in told if one["type"].native != kind]

    return resigned(signed(), Recipe(attributes=left))


@attack("forged-attributes", EITHER)
def no_signed_attributes() -> bytes:
    return resigned(signed(), Recipe(attributes=lambda _: None))


@attack("forged-attributes", EITHER)
def no_content_type() -> bytes:
    return _without("content_type")


@attack("forged-attributes", EITHER)
def no_message_digest() -> bytes:
    return _without("message_digest")


@attack("forged-attributes", EITHER)
def content_type_of_something_else() -> bytes:
    other = attribute("content_type", "tst_info")
    return resigned(signed(), Recipe(attributes=lambda told: [other, *told[1:]]))


@attack("forged-attributes", EITHER, same=True, other=False)
def message_digest_twice(same: object) -> bytes:
    def twice(told: Attributes) -> Attributes:
        return [*told, told[1] if same else attribute("message_digest", b"\1" * 32)]

    return resigned(signed(), Recipe(attributes=twice))


@attack("forged-attributes", EITHER)
def message_digest_of_two_values() -> bytes:
    def two(told: Attributes) -> Attributes:
        return [told[0], attribute("message_digest", told[1]["values"][0].native, b"\1" * 32), told[2]]

    return resigned(signed(), Recipe(attributes=two))


@attack("forged-attributes", EITHER)
def attributes_with_a_long_length() -> bytes:
    """A length in more bytes than it needs: BER, but not DER."""

    def longer(encoded: bytes) -> bytes:
        inside = bytes(core.SetOf.load(encoded, spec=core.Any).contents)
        return b"\x31\x84" + len(inside).to_bytes(4, "big") + inside

    return resigned(signed(), Recipe(encoded=longer))


# --- certificates


@attack("certificate-substitution", EITHER)
def certificate_not_named() -> bytes:
    """Without signing-certificate, any certificate for the key may take its place."""
    return _without("signing_certificate_v2")


@attack("certificate-substitution", EITHER)
def another_certificate_named() -> bytes:
    other = signing_certificate(office().asn1)
    return resigned(signed(), Recipe(attributes=lambda told: [*told[:2], other]))


@attack("certificate-substitution", EITHER)
def certificate_of_the_same_key() -> bytes:
    """A second certificate, of another name for the same key, in the place of the signer's."""
    other = issue("Kẻ khác", under=standard().issuing, key=person().key)
    return resigned(signed(), Recipe(certificate=other.asn1))


@attack("certificate-substitution", EITHER)
def certificate_of_another_key() -> bytes:
    return resigned(signed(), Recipe(certificate=office().asn1))


# --- signers and timestamps


@attack("double-signer", BROKEN)
def two_signers() -> bytes:
    def doubled(signed_data: cms.SignedData) -> None:
        second = cms.ContentInfo.load(made(Recipe(by=office()), b"x"))["content"]["signer_infos"][0]
        signed_data["signer_infos"] = [signed_data["signer_infos"][0], second]

    return resigned(signed(), Recipe(frame=doubled))


@attack("double-signer", BROKEN)
def same_signer_twice() -> bytes:
    def doubled(signed_data: cms.SignedData) -> None:
        signed_data["signer_infos"] = [signed_data["signer_infos"][0]] * 2

    return resigned(signed(), Recipe(frame=doubled))


@attack("universal-signature-forgery", BROKEN)
def no_signer() -> bytes:
    def none(signed_data: cms.SignedData) -> None:
        signed_data["signer_infos"] = []

    start, end = container(signed())
    message = cms.ContentInfo.load(bytes.fromhex(signed()[start:end].decode("ascii")))
    none(message["content"])
    return with_container(signed(), message.dump(force=True))


def _cms(content: bytes) -> cms.ContentInfo:
    start, end = container(content)
    return cms.ContentInfo.load(bytes.fromhex(content[start:end].decode("ascii")))


@attack("copied-timestamp", EITHER)
def timestamp_of_another_signature() -> bytes:
    message, other = _cms(roomy()), _cms(stamped())
    message["content"]["signer_infos"][0]["unsigned_attrs"] = other["content"]["signer_infos"][0]["unsigned_attrs"]
    return with_container(roomy(), message.dump(force=True))


@attack("copied-timestamp", EITHER)
def timestamp_of_an_earlier_signature_of_the_file() -> bytes:
    """So that the later signature seems as old as the earlier."""
    early = standard().timestamper(NOW - timedelta(days=300))
    content = sign(sign(page(), person(), timestamper=early), office(), field_name="Sig2", bytes_reserved=20_000)
    first = content[: content.index(b"/Contents <") + len(b"/Contents <")]
    digits = content[len(first) : content.index(b">", len(first))]
    earlier = cms.ContentInfo.load(bytes.fromhex(digits.decode("ascii")))
    message = _cms(content)
    message["content"]["signer_infos"][0]["unsigned_attrs"] = earlier["content"]["signer_infos"][0]["unsigned_attrs"]
    return with_container(content, message.dump(force=True))


@attack("copied-signature", BROKEN)
def signature_of_the_same_file_again() -> bytes:
    """A second signature field holds a copy of the first signature."""
    content = sign(signed(), office(), field_name="Sig2")
    start, end = container(content)
    first = content.index(b"/Contents <") + len(b"/Contents <")
    digits = content[first : content.index(b">", first)].rstrip(b"0")
    return put(content, start, digits[: end - start].ljust(end - start, b"0"))


@attack("algorithm-mismatch", EITHER)
def rsa_key_under_an_ecdsa_name() -> bytes:
    holder = standard().person("Khóa RSA", key=new_key(2048))
    return resigned(signed(), Recipe(by=holder, claimed_signature="sha256_ecdsa"))
