"""Where a signature lies in the file, and that nothing foreign lies there with it (ISO 32000-2, 12.8.1).

Everything outside a signature's container is protected by its digest. The container is not: the digits of the CMS and
the padding behind it could be changed without breaking the signature. So they are looked at here, byte for byte, and
so are the bytes after the last revision.
"""

from __future__ import annotations

import re
from typing import Any

from asn1crypto import cms, parser

from signing.verify._findings import Refused, require
from signing.verify._report import SubIndication

_ONE_CASE = re.compile(rb"[0-9a-f]*|[0-9A-F]*")
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


def require_untouched(content: bytes, embedded: Any) -> None:
    """The container holds one CMS in DER and zeros behind it, written in hexadecimal digits of one case.

    Raises:
        Refused: it does not.
    """
    _, first, second, _ = embedded.byte_range
    container = bytes(embedded.pkcs7_content)
    one_case = _ONE_CASE.fullmatch(content, first + 1, second - 1) is not None
    only_zeros = not container[_der_length(container) :].strip(b"\0")
    require(one_case and only_zeros, SubIndication.SIG_CONSTRAINTS_FAILURE, "container-altered")


def require_consistent(signed_data: Any) -> None:
    """Parts of a CMS that its signature does not protect say what those say that it does (RFC 5652, 5.1 and 5.3).

    Raises:
        Refused: they contradict each other.
    """
    signer = signed_data["signer_infos"][0]
    by_key = signer["sid"].name == "subject_key_identifier"
    kinds = {choice.name for choice in signed_data["certificates"]} if signed_data["certificates"] else set()
    if kinds - {"certificate", "v2_attr_cert"}:
        expected = "v5"
    elif "v2_attr_cert" in kinds:
        expected = "v4"
    else:
        expected = "v3" if by_key or signed_data["encap_content_info"]["content_type"].native != "data" else "v1"
    digests = [algorithm["algorithm"].native for algorithm in signed_data["digest_algorithms"]]
    fits = (
        signed_data["version"].native == expected
        and signer["version"].native == ("v3" if by_key else "v1")
        and signer["digest_algorithm"]["algorithm"].native in digests
        and len(digests) == len(set(digests))
    )
    require(fits, SubIndication.SIG_CONSTRAINTS_FAILURE, "cms-inconsistent")


def foreign_bytes_at_end(content: bytes, covered_end: int, *, later_revisions: bool) -> bytes:
    """The bytes behind the last revision of the file, which belong to nothing."""
    if not later_revisions:
        return content[covered_end:]
    tail = content[content.rfind(b"%%EOF") + len(b"%%EOF") :]
    return b"" if _LAST_LINE_END.fullmatch(tail) else tail


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
