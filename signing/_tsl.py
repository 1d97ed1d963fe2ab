"""Parsing a trusted list and checking its signature. Runs in the sandbox: lists come from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.xades.xades import XAdESSignatureConfiguration, XAdESVerifier

from signing.authorities import describe
from signing.errors import ListNotSigned, NotACertificate, SigningError, UnreadableList
from signing.trusted_lists import ListedService, Span, TrustedList, Trustworthy

_TSL = "http://uri.etsi.org/02231/v2#"
_DS = "http://www.w3.org/2000/09/xmldsig#"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_ROOT = f"{{{_TSL}}}TrustServiceStatusList"
_ALLOWED_TRANSFORMS = {
    f"{_DS}enveloped-signature",
    "http://www.w3.org/2001/10/xml-exc-c14n#",
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
    "http://www.w3.org/2006/12/xml-c14n11",
}
_WEAK = ("SHA1", "224")
_METHODS = frozenset(
    one
    for one in SignatureMethod
    if one.name.startswith(("RSA_", "ECDSA_", "SHA")) and not any(weak in one.name for weak in _WEAK)
)
_DIGESTS = frozenset(one for one in DigestAlgorithm if one.name in {"SHA256", "SHA384", "SHA512"})
_MOST_SERVICES = 20_000
_MOST_TEXT = 300


def read_signed(content: bytes, signer_sha256: str, at: datetime) -> TrustedList:
    """The list, if it is signed by that certificate; see :func:`signing.trusted_lists.read_trusted_list`."""
    root = _parsed(content)
    signer = _signer(root, signer_sha256)
    signed = _verified(content, signer, at)
    try:
        return _list(signed, hashlib.sha256(content).hexdigest(), signer_sha256, at)
    except SigningError:
        raise
    except Exception as error:
        raise UnreadableList(f"{type(error).__name__}: {error}"[:300]) from error


def _parsed(content: bytes) -> Any:
    """Without entities, DTD or network; of usual depth."""
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableList(str(error)[:300]) from error
    document = root.getroottree().docinfo
    if document.internalDTD is not None or document.externalDTD is not None or document.doctype:
        raise UnreadableList("a document type declaration")
    if root.tag != _ROOT:
        raise UnreadableList(f"no trusted list: {root.tag}"[:300])
    return root


def _signer(root: Any, sha256: str) -> x509.Certificate:
    signatures = root.findall(f"{{{_DS}}}Signature")
    if len(signatures) != 1:
        raise ListNotSigned(f"{len(signatures)} signatures")
    for element in signatures[0].iterfind(f"{{{_DS}}}KeyInfo/{{{_DS}}}X509Data/{{{_DS}}}X509Certificate"):
        try:
            certificate = x509.load_der_x509_certificate(_decoded(element.text))
        except ValueError:
            continue
        if certificate.fingerprint(hashes.SHA256()).hex() == sha256:
            return certificate
    raise ListNotSigned("not by the certificate with this fingerprint")


def _verified(content: bytes, signer: x509.Certificate, at: datetime) -> Any:
    """The element that the signature covers (XAdES, enveloped; TS 119 612, 5.7.1 and annex B)."""
    configuration = XAdESSignatureConfiguration(
        location="./",
        expect_references=False,  # whatever number; which ones is looked at below
        signature_methods=_METHODS,
        digest_algorithms=_DIGESTS,
        verification_time=at,
    )
    try:
        results = XAdESVerifier().verify(content, x509_cert=signer, expect_config=configuration)
        covered = [one for one in results if one.signed_xml is not None and one.signed_xml.tag == _ROOT]
        transforms = {
            str(one.get("Algorithm")) for result in covered for one in result.signature_xml.iter(f"{{{_DS}}}Transform")
        }
    except Exception as error:
        raise ListNotSigned(f"{type(error).__name__}: {error}"[:300]) from error
    if len(covered) != 1 or not transforms <= _ALLOWED_TRANSFORMS:
        raise ListNotSigned("the signature does not cover the list as a whole")
    return covered[0].signed_xml


def _list(root: Any, sha256: str, signer_sha256: str, at: datetime) -> TrustedList:
    scheme = _child(root, "SchemeInformation")
    return TrustedList(
        territory=_text(scheme, "SchemeTerritory")[:10].upper(),
        scheme=_name(scheme, "SchemeName"),
        operator=_name(scheme, "SchemeOperatorName"),
        sequence=_number(_text(scheme, "TSLSequenceNumber")),
        issued_at=_moment(_text(scheme, "ListIssueDateTime")),
        next_update=_next_update(scheme),
        sha256=sha256,
        signer_sha256=signer_sha256,
        services=tuple(_services(root, at)),
    )


def _services(root: Any, at: datetime) -> Iterator[ListedService]:
    count = 0
    for provider in root.iterfind(f"{_t('TrustServiceProviderList')}/{_t('TrustServiceProvider')}"):
        of = _name(_child(provider, "TSPInformation"), "TSPName")
        for service in provider.iterfind(f"{_t('TSPServices')}/{_t('TSPService')}"):
            count += 1
            if count > _MOST_SERVICES:
                raise UnreadableList(f"more than {_MOST_SERVICES} services")
            told = _child(service, "ServiceInformation")
            yield ListedService(
                provider=of,
                name=_name(told, "ServiceName"),
                kind=_text(told, "ServiceTypeIdentifier"),
                status=_text(told, "ServiceStatus").rstrip("/").rpartition("/")[2][:60],
                spans=_spans([told, *service.iterfind(f"{_t('ServiceHistory')}/{_t('ServiceHistoryInstance')}")]),
                authorities=tuple(_authorities(told, at)),
            )


def _spans(told: list[Any]) -> tuple[Span, ...]:
    """Each status with the time it began at and, but for the last, ended at (TS 119 612, 5.5.4, 5.5.5, 5.6)."""
    found = sorted((_moment(_text(one, "StatusStartingTime")), _text(one, "ServiceStatus")) for one in told)
    ends = [begin for begin, _ in found[1:]] + [None]
    return tuple(
        Span(status.rstrip("/").rpartition("/")[2][:60], begin, end)
        for (begin, status), end in zip(found, ends, strict=True)
    )


def _authorities(told: Any, at: datetime) -> Iterator[Trustworthy]:
    path = f"{_t('ServiceDigitalIdentity')}/{_t('DigitalId')}/{_t('X509Certificate')}"
    for element in told.iterfind(path):
        try:
            yield Trustworthy(describe(_decoded(element.text), at), "")
        except SigningError as error:
            yield Trustworthy(None, error.code)  # one service of another kind must not hide the others
        except ValueError:
            yield Trustworthy(None, NotACertificate.code)


def _decoded(text: str | None) -> bytes:
    return base64.b64decode("".join((text or "").split()), validate=True)


def _next_update(scheme: Any) -> datetime | None:
    found = scheme.find(f"{_t('NextUpdate')}/{_t('dateTime')}")
    return _moment(found.text) if found is not None and found.text else None


def _moment(text: str | None) -> datetime:
    moment = datetime.fromisoformat((text or "").strip())
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:  # noqa: PLR2004 - far beyond any list
        raise UnreadableList("a sequence number that is none")
    return int(text)


def _name(parent: Any, kind: str) -> str:
    """In Vietnamese if it is there, else in English, else the first."""
    names = [
        (str(one.get(_XML_LANG, "")).lower(), " ".join((one.text or "").split()))
        for one in _child(parent, kind).iterfind(_t("Name"))
    ]
    by_language = dict(reversed(names))
    found = by_language.get("vi") or by_language.get("en") or (names[0][1] if names else "")
    return "".join(letter for letter in found if letter.isprintable())[:_MOST_TEXT]


def _text(parent: Any, kind: str) -> str:
    return " ".join((_child(parent, kind).text or "").split())[:_MOST_TEXT]


def _child(parent: Any, kind: str) -> Any:
    found = parent.find(_t(kind))
    if found is None:
        raise UnreadableList(f"{kind} is missing")
    return found


def _t(kind: str) -> str:
    return f"{{{_TSL}}}{kind}"
