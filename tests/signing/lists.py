"""Trusted lists (ETSI TS 119 612) of invented countries, signed as scheme operators sign them."""
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureConstructionMethod
from signxml.xades.xades import XAdESSigner

from tests.signing.authority import DAY, NOW, Holder, issue

TYPE = "http://uri.etsi.org/TrstSvc/Svctype/"
STATUS = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/"
DS = "http://www.w3.org/2000/09/xmldsig#"
NAMESPACE = "http://uri.etsi.org/02231/v2#"


@dataclass(frozen=True)
class Service:
    """One service; ``history`` is its statuses, newest first, with their beginnings."""

    name: str
    certificates: Sequence[Holder]
    kind: str = "CA/QC"
    history: Sequence[tuple[str, datetime]] = (("granted", NOW - 300 * DAY),)


@dataclass
class Scheme:
    """A supervisor that publishes lists."""

    name: str = "Danh sách tin cậy thử"
    territory: str = "XV"
    signer: Holder = field(default_factory=lambda: issue("Cơ quan giám sát thử"))

    @property
    def fingerprint(self) -> str:
        return self.signer.certificate.fingerprint(hashes.SHA256()).hex()

    def list(self, *services: Service, sequence: int = 1, next_update: datetime | None = NOW + 180 * DAY) -> bytes:
        """The list, signed."""
        return self.sign(self.unsigned(*services, sequence=sequence, next_update=next_update))

    def unsigned(self, *services: Service, sequence: int = 1, next_update: datetime | None = NOW + 180 * DAY) -> str:
        update = f"<dateTime>{_time(next_update)}</dateTime>" if next_update else ""
        return f"""<TrustServiceStatusList xmlns="{NAMESPACE}" Id="danh-sach" TSLTag="http://uri.etsi.org/19612/TSLTag">
<SchemeInformation><TSLVersionIdentifier>5</TSLVersionIdentifier><TSLSequenceNumber>{sequence}</TSLSequenceNumber>
<TSLType>http://uri.etsi.org/TrstSvc/TrustedList/TSLType/CClist</TSLType>
<SchemeOperatorName><Name xml:lang="en">Test supervisor</Name><Name xml:lang="vi">Cơ quan giám sát thử</Name>
</SchemeOperatorName><SchemeName><Name xml:lang="vi">{self.name}</Name></SchemeName>
<SchemeTerritory>{self.territory}</SchemeTerritory><HistoricalInformationPeriod>65535</HistoricalInformationPeriod>
<ListIssueDateTime>{_time(NOW)}</ListIssueDateTime><NextUpdate>{update}</NextUpdate></SchemeInformation>
<TrustServiceProviderList><TrustServiceProvider><TSPInformation><TSPName><Name xml:lang="en">Provider</Name></TSPName>
</TSPInformation><TSPServices>{"".join(map(_service, services))}</TSPServices></TrustServiceProvider>
</TrustServiceProviderList></TrustServiceStatusList>"""

    def sign(self, text: str, by: Holder | None = None) -> bytes:
        """Put the signature (XAdES, enveloped) at the end of the root."""
        holder = by or self.signer
        signer = _Signer(
            method=SignatureConstructionMethod.enveloped,
            digest_algorithm=DigestAlgorithm.SHA256,
            signature_algorithm="ecdsa-sha256",
            c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
        )
        root = etree.fromstring(text)
        signed = signer.sign(root, key=holder.key, cert=[holder.certificate], always_add_key_value=False)
        return bytes(etree.tostring(signed))


class _Signer(XAdESSigner):
    """Names the canonicalization of its own parts, too, as schemes' signatures do."""

    def _add_reference_to_signed_info(self, sig_root: Any, node_to_reference: Any, **attributes: Any) -> None:
        super()._add_reference_to_signed_info(sig_root, node_to_reference, **attributes)
        reference = self._findall(self._find(sig_root, "SignedInfo"), "Reference")[-1]
        transforms = etree.Element(f"{{{DS}}}Transforms")
        etree.SubElement(transforms, f"{{{DS}}}Transform", Algorithm=self.c14n_alg.value)
        reference.insert(0, transforms)


def _service(service: Service) -> str:
    identity = "".join(
        f"<DigitalId><X509Certificate>{base64.b64encode(one.certificate.public_bytes(Encoding.DER)).decode()}"
        "</X509Certificate></DigitalId>"
        for one in service.certificates
    )

    def told(status: str, begin: datetime) -> str:
        return f"""<ServiceTypeIdentifier>{TYPE}{service.kind}</ServiceTypeIdentifier>
<ServiceName><Name xml:lang="en">{service.name}</Name></ServiceName>
<ServiceDigitalIdentity>{identity}</ServiceDigitalIdentity>
<ServiceStatus>{STATUS}{status}</ServiceStatus><StatusStartingTime>{_time(begin)}</StatusStartingTime>"""

    current, *earlier = service.history
    instances = "".join(f"<ServiceHistoryInstance>{told(*one)}</ServiceHistoryInstance>" for one in earlier)
    history = f"<ServiceHistory>{instances}</ServiceHistory>" if instances else ""
    return f"<TSPService><ServiceInformation>{told(*current)}</ServiceInformation>{history}</TSPService>"


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
