"""What a file's signatures are made of: bytes that a report names so that others can find and judge them again.

Runs in the sandbox. It concludes nothing; that is :mod:`signing.verify`'s. What cannot be read is left out.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from asn1crypto import cms, core, crl, ocsp, parser, x509
from cryptography import x509 as certificates_of
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.general import extract_certificate_info

from signing.verify._container import written
from signing.verify._evidence import stored

_MOST = 200
"""Signatures, certificates and answers of one kind that are listed; hostile files hold any number."""


@dataclass(frozen=True, slots=True)
class Token:
    """A timestamp token (RFC 3161)."""

    der: bytes
    at: datetime
    certificate: bytes | None
    """Of its authority, DER; ``None`` if it is not in the token."""
    imprint_algorithm: str
    digest_algorithm: str


@dataclass(frozen=True, slots=True)
class Container:
    """The CMS of one signature field."""

    field_name: str
    kind: str
    """The signature dictionary's ``/SubFilter``."""
    der: bytes
    """The ContentInfo as it stands, without the padding behind it; mostly DER."""
    byte_range: tuple[int, ...]
    certificate: bytes | None
    """The signer's, DER."""
    signature_value: bytes
    digest_algorithm: str
    to_be_signed: bytes
    """Digest of the signed attributes, which are what the key signed (RFC 5652, 5.4)."""
    document_digest: bytes
    """Of the covered bytes, as the signed attributes say it."""
    tokens: tuple[Token, ...]
    """Timestamps over this signature; of a timestamp over the document, the token itself."""


@dataclass(frozen=True, slots=True)
class StatusAnswer:
    """An OCSP answer or a CRL that the file holds."""

    kind: str
    """``ocsp`` or ``crl``."""
    der: bytes
    issuer: str
    """Whose CRL it is, or who answered."""
    at: datetime | None
    """When it was made."""
    until: datetime | None
    """When a newer one was due."""
    in_file: bool = True
    """Otherwise it was given to the verification, as by fetching."""


@dataclass(frozen=True, slots=True)
class Described:
    """A certificate, with what it says."""

    der: bytes
    sha256: str
    subject: str
    """As RFC 4514 writes names."""
    issuer: str
    common_name: str
    serial: str
    """Hexadecimal."""
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True)
class Evidence:
    """All of it."""

    containers: tuple[Container, ...] = ()
    certificates: tuple[Described, ...] = ()
    """Those asked for and those of the file, each once."""
    answers: tuple[StatusAnswer, ...] = ()


def collect(content: bytes, further: tuple[bytes, ...], given: tuple[tuple[str, bytes], ...] = ()) -> Evidence:
    """What the file's signature fields and its stores of validation data hold.

    ``further`` certificates and ``given`` answers are described with them. What cannot be read is left out.
    """
    found, certificates = _read(content)
    every = dict.fromkeys((*further, *certificates[:_MOST]))
    answers = (*found.answers, *(one for kind, der in given for one in _answer(kind, der, in_file=False)))
    return replace(found, certificates=tuple(filter(None, map(_described, every))), answers=answers)


def _read(content: bytes) -> tuple[Evidence, tuple[bytes, ...]]:
    for strict in (True, False):
        try:
            reader = PdfFileReader(io.BytesIO(content), strict=strict)
            if reader.encrypted:
                reader.decrypt("")
            return _collected(reader)
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001, S112 - parsers raise nearly anything on hostile bytes
            continue
    return Evidence(), ()


def _collected(reader: PdfFileReader) -> tuple[Evidence, tuple[bytes, ...]]:
    containers: dict[bytes, Container] = {}
    certificates: dict[bytes, None] = {}
    if "/AcroForm" in reader.root:
        for name, _, reference in enumerate_sig_fields(reader, filled_status=True):
            found = _container(str(name), reference.get_object(), certificates)
            if found is not None:
                containers.setdefault(found.der, found)
            if len(containers) >= _MOST:
                break
    answers: list[StatusAnswer] = []
    for piece in islice(stored(reader).pieces.values(), _MOST):
        if piece.kind == "certificate":
            certificates.setdefault(piece.der)
        else:
            answers.extend(_answer(piece.kind, piece.der))
    return Evidence(tuple(containers.values()), (), tuple(answers)), tuple(certificates)


def _container(name: str, field: Any, certificates: dict[bytes, None]) -> Container | None:
    try:
        dictionary = field["/V"]
        padded = bytes(written(dictionary).original_bytes)
        der = padded[: parser.peek(padded)]  # as it stands: what is not DER would take for ever to encode anew
        info = cms.ContentInfo.load(der)
        signed = info["content"]
        for one in signed["certificates"] or ():
            certificates.setdefault(one.chosen.dump())
        kind = str(dictionary.get("/SubFilter", ""))[:60]
        signer = signed["signer_infos"][0]
        algorithm = str(signer["digest_algorithm"]["algorithm"].native)
        attributes = signer["signed_attrs"]
        untagged = attributes.untag().dump() if isinstance(attributes, cms.CMSAttributes) else b""
        return Container(
            field_name=name,
            kind=kind,
            der=der,
            byte_range=tuple(int(one) for one in dictionary["/ByteRange"])[:4],
            certificate=_signer(signed),
            signature_value=signer["signature"].native,
            digest_algorithm=algorithm,
            to_be_signed=_digest(algorithm, untagged),
            document_digest=_attribute(attributes, "message_digest"),
            tokens=_tokens(info, der, certificates, of_document=kind == "/ETSI.RFC3161"),
        )
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - no signature that could be named
        return None


def _tokens(info: Any, der: bytes, certificates: dict[bytes, None], *, of_document: bool) -> tuple[Token, ...]:
    if of_document:
        return tuple(filter(None, [_token(info, der, certificates)]))
    found = []
    for attribute in info["content"]["signer_infos"][0]["unsigned_attrs"] or ():
        if attribute["type"].native == "signature_time_stamp_token":
            found += [_token(value, value.dump(), certificates) for value in attribute["values"]]
    return tuple(filter(None, found[:_MOST]))


def _token(info: Any, der: bytes, certificates: dict[bytes, None]) -> Token | None:
    try:
        signed = info["content"]
        for one in signed["certificates"] or ():
            certificates.setdefault(one.chosen.dump())
        content = signed["encap_content_info"]["content"]
        stamped: Any = content.parsed if isinstance(content, core.ParsableOctetString) else content
        return Token(
            der=der,
            at=_utc(stamped["gen_time"].native),
            certificate=_signer(signed),
            imprint_algorithm=str(stamped["message_imprint"]["hash_algorithm"]["algorithm"].native),
            digest_algorithm=str(signed["signer_infos"][0]["digest_algorithm"]["algorithm"].native),
        )
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - no timestamp that could be named
        return None


def _signer(signed: Any) -> bytes | None:
    try:
        return bytes(extract_certificate_info(signed).signer_cert.dump())
    except Exception:  # noqa: BLE001 - it is not there, or there are several signers
        return None


def _attribute(attributes: Any, name: str) -> bytes:
    for attribute in attributes or ():
        if attribute["type"].native == name:
            return bytes(attribute["values"][0].native)
    return b""


def _digest(algorithm: str, message: bytes) -> bytes:
    try:
        return hashlib.new(algorithm.replace("-", "_"), message, usedforsecurity=False).digest() if message else b""
    except ValueError:
        return b""


def _answer(kind: str, der: bytes, *, in_file: bool = True) -> list[StatusAnswer]:
    try:
        if kind == "crl":
            listed = crl.CertificateList.load(der)["tbs_cert_list"]
            until = listed["next_update"].native
            return [
                StatusAnswer(
                    kind,
                    der,
                    _name(listed["issuer"]),
                    _utc(listed["this_update"].native),
                    _utc(until) if until else None,
                    in_file,
                )
            ]
        said = ocsp.OCSPResponse.load(der).response_data
        single = said["responses"][0]
        responder = said["responder_id"]
        until = single["next_update"].native
        return [
            StatusAnswer(
                kind,
                der,
                _name(responder.chosen) if responder.name == "by_name" else responder.native.hex(),
                _utc(said["produced_at"].native),
                _utc(until) if until else None,
                in_file,
            )
        ]
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - no answer that could be named
        return []


def _described(der: bytes) -> Described | None:
    try:
        read = certificates_of.load_der_x509_certificate(der)
        names = read.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return Described(
            der=der,
            sha256=hashlib.sha256(der).hexdigest(),
            subject=read.subject.rfc4514_string(),
            issuer=read.issuer.rfc4514_string(),
            common_name=str(names[0].value) if names else read.subject.rfc4514_string(),
            serial=f"{read.serial_number:x}",
            not_before=read.not_valid_before_utc,
            not_after=read.not_valid_after_utc,
        )
    except Exception:  # noqa: BLE001 - names and dates may be anything
        return None


def _name(name: x509.Name) -> str:
    return str(name.human_friendly)[:500]


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
