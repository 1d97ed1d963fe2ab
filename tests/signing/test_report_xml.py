"""The XML report is what ETSI TS 119 102-2 asks for: valid against its schema, with every reference resolved."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from signing.reports.forms import as_json, as_xml
from signing.reports.verification import VerificationReport, again, read_report, report_on
from signing.verify import Trust
from tests.signing.drafts import draw
from tests.signing.test_preserve import Office, make_office

CORPUS = Path(os.environ.get("DOCSVC_CORPORA", Path(__file__).parents[3] / "shared" / "corpora")) / "pdf-signatures"
_SCHEMAS = Path(__file__).parents[1] / "schemas"
_PLACES = {
    "xmldsig-core-schema.xsd": "xmldsig-core-schema.xsd",
    "xml.xsd": "xml.xsd",
    "XAdES.xsd": "XAdES01903v132-202407.xsd",
    "ts_119612v020201_201601xsd.xsd": "ts_119612v020301_xsd.xsd",
}
_VR = {"vr": "http://uri.etsi.org/19102/v1.4.1#", "ds": "http://www.w3.org/2000/09/xmldsig#"}


class _Beside(etree.Resolver):  # type: ignore[misc]
    """Imported schemas lie beside the first one; nothing is fetched."""

    def resolve(self, system_url: str, public_id: str, context: Any) -> Any:
        name = _PLACES.get(system_url.rsplit("/", 1)[-1])
        return self.resolve_filename(str(_SCHEMAS / name), context) if name else None


@pytest.fixture(scope="module")
def schema() -> Any:
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_Beside())
    return etree.XMLSchema(etree.parse(_SCHEMAS / "TS119102-2-v141.xsd", parser))


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return make_office(tmp_path_factory.mktemp("xml"))


@pytest.fixture(scope="module")
def archived(office: Office) -> VerificationReport:
    return report_on(office.archived.content, trust=office.trust, program="docsvc")


def _valid(report: VerificationReport, schema: Any, validator: bytes | None = None) -> Any:
    root = etree.fromstring(as_xml(report, validator=validator))
    schema.assertValid(root)
    return root


def _texts(root: Any, path: str) -> list[str]:
    return [one.text for one in root.iterfind(path, _VR)]


def test_the_report_of_an_archived_file_is_valid_and_refers_to_what_it_holds(
    archived: VerificationReport, office: Office, schema: Any
) -> None:
    root = _valid(archived, schema)
    assert _texts(root, "vr:SignatureValidationReport/vr:SignatureValidationStatus/vr:MainIndication") == [
        "urn:etsi:019102:mainindication:total-passed",
        "urn:etsi:019102:mainindication:total-passed",
    ]
    names = set(root.xpath("//@id"))
    referred = set(root.xpath("//@VOReference"))
    assert referred and referred <= names
    certificates = {
        base64.b64decode(one)
        for one in _texts(root, ".//vr:ValidationObject/vr:ValidationObjectRepresentation/vr:base64")
    }
    assert office.pki.certificate("root") in certificates
    kinds = {one.rsplit(":", 1)[-1] for one in _texts(root, ".//vr:ValidationObject/vr:ObjectType")}
    assert kinds == {"certificate", "timestamp", "CRL", "OCSPResponse"}
    of_timestamps = _texts(root, ".//vr:ValidationObject/vr:ValidationReport//vr:MainIndication")
    assert of_timestamps == ["urn:etsi:019102:mainindication:total-passed"] * 3, "two signatures' and the document's"


def test_what_was_signed_and_when_stands_in_it(archived: VerificationReport, schema: Any) -> None:
    root = _valid(archived, schema)
    for element, one in zip(root.iterfind("vr:SignatureValidationReport", _VR), archived.file.signatures, strict=True):
        container = archived.container_of(one.field_name)
        assert container is not None and one.timestamped_at is not None
        (signed,) = _texts(element, "vr:SignatureIdentifier/vr:DigestAlgAndValue/ds:DigestValue")
        assert base64.b64decode(signed) == container.to_be_signed
        (best,) = _texts(element, "vr:ValidationTimeInfo/vr:BestSignatureTime/vr:POETime")
        assert datetime.fromisoformat(best) == one.timestamped_at
        (proof,) = element.xpath("vr:ValidationTimeInfo/vr:BestSignatureTime/vr:POEObject/@VOReference", namespaces=_VR)
        assert proof == f"T-{hashlib.sha256(container.tokens[0].der).hexdigest()}"
        assert _texts(element, "vr:SignerInformation/vr:Signer") == [one.holder]
        assert _texts(element, "vr:SignatureQuality/vr:SignatureQualityInformation") == ["urn:docsvc:pades-level:B-LTA"]
        (algorithm,) = _texts(element, ".//vr:CryptoInformation/vr:Algorithm")
        assert algorithm == "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"


def _cases(office: Office) -> Iterator[VerificationReport]:
    issued = office.issued
    spoilt = bytearray(issued)
    spoilt[len(issued) // 3] ^= 1
    late = datetime.now(UTC) + timedelta(days=365 * 30)
    for content, at in (
        (b"", None),
        (draw(), None),
        (bytes(spoilt), None),
        (issued[: len(issued) // 2], None),
        (issued + b"\n", None),
        (office.sealed(), late),
    ):
        yield report_on(content, trust=office.trust, program="docsvc", at=at)
    yield report_on(issued, trust=Trust(roots=(), revocation_required=True), program="docsvc")


def test_reports_of_unsigned_broken_untrusted_and_expired_files_are_valid_too(office: Office, schema: Any) -> None:
    for report in _cases(office):
        root = _valid(report, schema)
        assert set(root.xpath("//@VOReference")) <= set(root.xpath("//@id"))
        told = _texts(root, "vr:SignatureValidationReport/vr:SignatureValidationStatus/vr:MainIndication")
        assert len(told) == max(len(report.file.signatures), 1)


def test_names_that_xml_cannot_hold_do_not_break_it(archived: VerificationReport, office: Office, schema: Any) -> None:
    first = replace(archived.file.signatures[0], holder="A\x00\x1b\ud800<&>", reason="\x08")
    file = replace(archived.file, signatures=(first, *archived.file.signatures[1:]))
    root = _valid(replace(archived, file=file), schema, validator=office.pki.certificate("issuing"))
    assert _texts(root, ".//vr:Signer")[0] == "A\ufffd\ufffd\ufffd<&>"


@pytest.mark.parametrize(
    "name",
    ["BadEncodedCMS.pdf", "Signature-P-PK7-2.pdf", "pades-ltv.pdf", "pades-tst-with-orphan-refs.pdf", "replace.pdf"],
)
def test_files_of_other_peoples_making_have_valid_reports_that_name_every_signature(name: str, schema: Any) -> None:
    """One holds a CMS that is not DER, and would take for ever to encode anew."""
    if not CORPUS.is_dir():
        pytest.skip(f"no corpus of signed files at {CORPUS}: set DOCSVC_CORPORA")
    content = (CORPUS / name).read_bytes()
    report = report_on(content, trust=Trust(roots=()), program="docsvc")
    root = _valid(report, schema)
    assert set(root.xpath("//@VOReference")) <= set(root.xpath("//@id"))
    assert all(report.container_of(one.field_name) is not None for one in report.file.signatures)
    assert again(content, read_report(as_json(report)), trust=Trust(roots=()), program="docsvc").same
