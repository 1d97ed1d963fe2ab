"""Whether a timestamp comes from somebody trusted, under the right policy, and tells a time that can be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from signing.anchors import Anchor, Purpose
from signing.errors import TimestampUnavailable

_LONGEST_PATH = 6
CLOCKS_DIFFER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Expected:
    """What a timestamp must be, beside well-formed and about the digest (RFC 3161, 2.2 and 2.4.2)."""

    roots: tuple[x509.Certificate, ...] = ()
    """The authority's certificate must lead to one of them; none of them: whoever it is will do."""
    intermediates: tuple[x509.Certificate, ...] = ()
    """Further authorities that tokens may leave out."""
    anchors: Sequence[Anchor] = ()
    """Further roots, as far as they are believed for timestamps; read anew for each answer."""
    policy: str = ""
    """Asked for and required, as a dotted number; empty: whichever the authority has."""
    tolerance: timedelta = CLOCKS_DIFFER
    """How far its clock may be from ours. Ours is not better than its: beyond this, one of them lies."""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def require(self, signed: Any, asked_at: datetime) -> None:
        """Check a token (SignedData) whose signature holds.

        Raises:
            TimestampUnavailable: it is another.
        """
        stamp = signed["encap_content_info"]["content"].parsed
        if self.policy and stamp["policy"].native != self.policy and stamp["policy"].dotted != self.policy:
            raise TimestampUnavailable(f"another policy: {stamp['policy'].dotted}")
        answered_at, told = self.clock(), stamp["gen_time"].native
        # Whole seconds are told, cut off.
        if not asked_at - self.tolerance - timedelta(seconds=1) <= told <= answered_at + self.tolerance:
            raise TimestampUnavailable(f"its clock is wrong: it says {told:%Y-%m-%d %H:%M:%S}Z")
        if self.roots or self.anchors:
            self._require_trusted(signed, answered_at)

    def _require_trusted(self, signed: Any, now: datetime) -> None:
        found = [
            x509.load_der_x509_certificate(choice.chosen.dump())
            for choice in signed["certificates"]
            if choice.name == "certificate"
        ]
        signer = signer_certificate(signed, signed["signer_infos"][0])
        certificate = x509.load_der_x509_certificate(signer.dump())
        authorities = [one for one in (*found, *self.intermediates) if _certifies(one)]
        anchored = (one.certificate for one in self.anchors if one.holds(Purpose.TIMESTAMPS, now))
        if not _leads_to(certificate, (*self.roots, *anchored), authorities, now, _LONGEST_PATH):
            raise TimestampUnavailable("its certificate leads to no trusted root, or is not in force")


def _leads_to(
    certificate: x509.Certificate,
    roots: Sequence[x509.Certificate],
    authorities: Sequence[x509.Certificate],
    now: datetime,
    most: int,
) -> bool:
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        return False
    der = certificate.public_bytes(Encoding.DER)
    if any(root.public_bytes(Encoding.DER) == der for root in roots):
        return True
    if any(_issued(certificate, root) for root in roots):
        return True
    return most > 0 and any(
        _issued(certificate, one) and _leads_to(one, roots, authorities, now, most - 1)
        for one in authorities
        if one.public_bytes(Encoding.DER) != der
    )


def _issued(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    if certificate.issuer != authority.subject:
        return False
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _certifies(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False


def signer_certificate(signed: Any, signer: Any) -> Any:
    """The certificate of a signer, which must be in the token."""
    sid = signer["sid"]
    for choice in signed["certificates"]:
        if choice.name != "certificate":
            continue
        certificate = choice.chosen
        if sid.name == "subject_key_identifier":
            found = certificate.key_identifier == sid.chosen.native
        else:
            serial, issuer = sid.chosen["serial_number"].native, sid.chosen["issuer"]
            same = certificate.issuer.dump() == issuer.dump()  # nearly always; comparing names by the rules is slow
            found = certificate.serial_number == serial and (same or certificate.issuer == issuer)
        if found:
            return certificate
    raise TimestampUnavailable("the token lacks its certificate")
