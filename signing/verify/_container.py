"""Where a signature lies in the file, and that nothing foreign lies there with it (ISO 32000-2, 12.8.1).

Everything outside a signature's container is protected by its digest. The container is not: the digits of the CMS and
the padding behind it could be changed without breaking the signature. So they are looked at here, byte for byte, and
so are the bytes after the last revision.
"""

from __future__ import annotations

import re
from typing import Any

from asn1crypto import cms, parser

from signing.verify._findings import Refused
from signing.verify._report import SubIndication

_ONE_CASE = re.compile(rb"[0-9a-f]*|[0-9A-F]*")
_LAST_LINE_END = re.compile(rb"(?:\r\n|\n|\r)\Z")


def covered_span(content: bytes, embedded: Any) -> tuple[int, int]:
    """The half-open span that a signature covers, its container included.

    Raises:
        Refused: the byte range is not [0 a b c] around exactly the signature's own container.
    """
    try:
        numbers = [int(number) for number in embedded.sig_object["/ByteRange"]]
    except (TypeError, ValueError, KeyError) as error:
        raise Refused(SubIndication.FORMAT_FAILURE, "byte-range") from error
    if len(numbers) != 4 or numbers[0] != 0:  # noqa: PLR2004 - [0 a b c]
        raise Refused(SubIndication.FORMAT_FAILURE, "byte-range")
    _, first, second, length = numbers
    if not 0 < first < second <= second + length <= len(content) or length == 0:
        raise Refused(SubIndication.FORMAT_FAILURE, "byte-range")
    gap = content[first:second]
    if gap[:1] != b"<" or gap[-1:] != b">" or _unhexed(gap[1:-1]) != bytes(embedded.pkcs7_content):
        raise Refused(SubIndication.FORMAT_FAILURE, "byte-range")
    return 0, second + length


def require_untouched(content: bytes, embedded: Any) -> None:
    """The container holds one CMS in DER and zeros behind it, written in hexadecimal digits of one case.

    Raises:
        Refused: it does not.
    """
    _, first, second, _ = (int(number) for number in embedded.sig_object["/ByteRange"])
    container = bytes(embedded.pkcs7_content)
    if not _ONE_CASE.fullmatch(content, first + 1, second - 1) or container[_der_length(container) :].strip(b"\0"):
        raise Refused(SubIndication.SIG_CONSTRAINTS_FAILURE, "container-altered")


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
    if not fits:
        raise Refused(SubIndication.SIG_CONSTRAINTS_FAILURE, "cms-inconsistent")


def foreign_bytes_at_end(content: bytes, covered_end: int, *, later_revisions: bool) -> int:
    """How many bytes lie behind the last revision of the file, belonging to nothing."""
    if covered_end >= len(content):
        return 0
    if not later_revisions:
        return len(content) - covered_end
    end = content.rfind(b"%%EOF") + len(b"%%EOF")
    tail = content[end:]
    found = _LAST_LINE_END.match(tail)
    return 0 if not tail or found else len(tail)


def loaded_cms(container: bytes) -> Any:
    """The CMS of a container, its parts read.

    Raises:
        Refused: it is none.
    """
    try:
        message = cms.ContentInfo.load(container[: _der_length(container)], strict=True)
        if message["content_type"].native != "signed_data":
            raise Refused(SubIndication.FORMAT_FAILURE, "signature-unreadable")
        signed_data = message["content"]
        signers = len(signed_data["signer_infos"])
        _ = message.native  # everything in it can be read
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError) as error:
        raise Refused(SubIndication.FORMAT_FAILURE, "signature-unreadable") from error
    if signers != 1:
        raise Refused(SubIndication.FORMAT_FAILURE, "not-one-signer")
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
