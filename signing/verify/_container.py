"""Where a signature lies in the file, and that nothing foreign lies there with it (ISO 32000-2, 12.8.1).

Everything outside a signature's container is protected by its digest. The container is not: the digits of the CMS and
the padding behind it could be changed without breaking the signature. So they are looked at here, byte for byte, and
so are the bytes after the last revision.
"""

from __future__ import annotations

import re
from collections import deque
from typing import Any

from asn1crypto import cms, core, parser
from pyhanko.pdf_utils import generic

from signing.verify._findings import Refused, require
from signing.verify._report import SubIndication

_ONE_CASE = re.compile(rb"[0-9a-f]*|[0-9A-F]*")
_LATER_ATTRIBUTES = {
    "signature_time_stamp_token",
    "counter_signature",
    *(f"0.4.0.1733.2.{kind}" for kind in (2, 4, 5)),  # long-term-validation, archive-time-stamp-v3, ats-hash-index
    *(f"0.4.0.19122.1.{kind}" for kind in (3, 4, 5)),  # sig-policy-store, ats-hash-index-v2 and -v3
    "adobe_revocation_info_archival",
    "pdf_mac_data",  # ISO/TS 32004, 6.2: of encrypted files
    *(f"1.2.840.113549.1.9.16.2.{kind}" for kind in (21, 22, 23, 24, 25, 26, 27, 48, 49, 50)),
}
"""Attributes that may be added to a signature after it was made (ETSI EN 319 122-1)."""
_REVISION_END = re.compile(rb"startxref\s{1,9}\d{1,15}\s{1,9}%%EOF(?:\r\n|\n|\r)?")
_LAST_LINE_END = re.compile(rb"(?:\r\n|\n|\r)?")


def covered_span(content: bytes, embedded: Any) -> tuple[int, int]:
    """The half-open span that a signature covers, its container included; its byte range is settled with it.

    Raises:
        Refused: the byte range is not [0 a b c] around exactly the signature's own container.
    """
    try:
        numbers = [int(number) for number in embedded.sig_object["/ByteRange"]]
    except (TypeError, ValueError, KeyError) as error:
        raise Refused(SubIndication.FORMAT_FAILURE, "byte-range") from error
    require(len(numbers) == 4 and numbers[0] == 0, SubIndication.FORMAT_FAILURE, "byte-range")  # noqa: PLR2004 - [0 a b c]
    _, first, second, length = numbers
    end = second + length
    require(0 < first < second < end <= len(content), SubIndication.FORMAT_FAILURE, "byte-range")
    gap = content[first:second]
    own = gap[:1] == b"<" and gap[-1:] == b">" and _unhexed(gap[1:-1]) == bytes(embedded.pkcs7_content)
    require(own, SubIndication.FORMAT_FAILURE, "byte-range")
    embedded.byte_range = numbers
    return 0, end


def written(dictionary: Any) -> Any:
    """A signature dictionary's ``/Contents`` as it stands; in encrypted files, too, it is never encrypted (7.6.2)."""
    return dictionary.raw_get("/Contents", decrypt=generic.EncryptedObjAccess.RAW)


def require_untouched(content: bytes, embedded: Any) -> None:
    """The container holds one CMS in DER and zeros behind it, written in hexadecimal digits of one case.

    Raises:
        Refused: it does not.
    """
    _, first, second, _ = embedded.byte_range
    container = bytes(embedded.pkcs7_content)
    end = _der_length(container)
    one_case = _ONE_CASE.fullmatch(content, first + 1, second - 1) is not None
    only_zeros = not container[end:].strip(b"\0")
    whole = _whole(cms.ContentInfo.load(container[:end]))
    require(one_case and only_zeros and whole, SubIndication.SIG_CONSTRAINTS_FAILURE, "container-altered")


def require_consistent(signed_data: Any, certificate: Any) -> None:
    """Parts of a CMS that its signature does not protect are as they must be (RFC 5652, 5.1 and 5.3).

    They repeat what protected parts say, so that any other value was put there later.

    Args:
        signed_data: with one signer.
        certificate: the signer's.

    Raises:
        Refused: they are not.
    """
    signer = signed_data["signer_infos"][0]
    by_key = signer["sid"].name == "subject_key_identifier"
    kinds = {choice.name for choice in signed_data["certificates"]} if signed_data["certificates"] else set()
    if kinds - {"certificate", "v2_attr_cert"}:
        versions = {"v5"}
    elif "v2_attr_cert" in kinds:
        versions = {"v3", "v4"}  # authorities that were there before RFC 3852 say 3
    else:
        versions = {"v3" if by_key or signed_data["encap_content_info"]["content_type"].native != "data" else "v1"}
    digests = list(signed_data["digest_algorithms"])
    names = [algorithm["algorithm"].native for algorithm in digests]
    algorithms = (*digests, signer["digest_algorithm"], signer["signature_algorithm"])
    fits = (
        signed_data["version"].native in versions
        and signer["version"].native == ("v3" if by_key else "v1")
        and (by_key or signer["sid"].chosen["issuer"].dump() == certificate.issuer.dump())
        and signer["digest_algorithm"]["algorithm"].native in names
        and len(names) == len(set(names))
        and all(_plain_parameters(algorithm) for algorithm in algorithms)
        and all(_may_come_later(attribute["type"]) for attribute in signer["unsigned_attrs"] or ())
        and all(_whole(sequence) for sequence in (signed_data, signer, signed_data["encap_content_info"]))
    )
    require(fits, SubIndication.SIG_CONSTRAINTS_FAILURE, "cms-inconsistent")


def _may_come_later(kind: Any) -> bool:
    return not _LATER_ATTRIBUTES.isdisjoint((kind.native, kind.dotted))


def _plain_parameters(algorithm: Any) -> bool:
    encoded = algorithm["parameters"].dump()
    return encoded in {b"", b"\x05\x00"} or encoded[:1] == b"\x30"  # none, NULL, or those of RSASSA-PSS


def _whole(sequence: Any) -> bool:
    """Every element of a sequence was read as one of its fields."""
    encoded, elements = sequence.contents, 0
    while encoded:
        encoded = encoded[parser.peek(encoded) :]
        elements += 1
    return elements == sum(not isinstance(sequence[name], core.Void) for name in sequence)


def foreign_bytes_at_end(content: bytes, covered_end: int, readable_end: int, *, later_revisions: bool) -> bytes:
    """The bytes behind the last revision of the file, which belong to nothing."""
    if not later_revisions:
        return content[covered_end:]
    tail = content[content.rfind(b"%%EOF", 0, readable_end) + len(b"%%EOF") :]
    return b"" if _LAST_LINE_END.fullmatch(tail) else tail


def ends_of_revisions(content: bytes, most: int) -> list[int]:
    """Where the last revisions seem to end, last first."""
    return list(deque((found.end() for found in _REVISION_END.finditer(content)), maxlen=most))[::-1]


def loaded_cms(container: bytes) -> Any:
    """The CMS of a container, its parts read.

    Raises:
        Refused: it is none.
    """
    try:
        message = cms.ContentInfo.load(container[: _der_length(container)], strict=True)
        kind = message["content_type"].native
        signed_data = message["content"]
        signers = len(signed_data["signer_infos"]) if kind == "signed_data" else 0
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError) as error:
        raise Refused(SubIndication.FORMAT_FAILURE, "signature-unreadable") from error
    require(kind == "signed_data", SubIndication.FORMAT_FAILURE, "signature-unreadable")
    require(signers == 1, SubIndication.FORMAT_FAILURE, "not-one-signer")
    return signed_data


def _der_length(container: bytes) -> int:
    """Length of the first DER value.

    Raises:
        Refused: there is none.
    """
    try:
        return int(parser.peek(container))
    except ValueError as error:
        raise Refused(SubIndication.FORMAT_FAILURE, "signature-unreadable") from error


def _unhexed(digits: bytes) -> bytes | None:
    try:
        return bytes.fromhex(digits.decode("ascii"))
    except ValueError:
        return None
