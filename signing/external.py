"""Signing with a key that is somewhere else: on the official's own machine, with a client that builds the CMS.

1. The certificate is announced, and refused if it could not sign.
2. The revision is laid out with a container of fixed room; its digest, or the attributes to be signed, are handed out.
3. What comes back is checked against exactly that, and completed: of a returned CMS only the signed attributes and
   the signature value are kept. All that a CMS's signature does not protect is written anew, as in our own signatures.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from signing._cms import assembled, signed_attributes, signed_data
from signing._laid import require_laid_over
from signing._prepare import DIGEST, Prepared, prepare_personal, prepare_seal
from signing._returned import Returned, read_returned, require_path
from signing.anchors import Purpose
from signing.errors import CertificateNotUsable, UnusableKey
from signing.keys import SigningKey, digest_of, holder_of, require_signing_use, strong_public_key, without_roots
from signing.places import IssuePlaces
from signing.refusals import CmsRefused, HandedOutRefused
from signing.sandbox import Limits, run
from signing.sign import ATTRIBUTE_BYTES, SignedFile, field_values, request_by
from signing.timestamp import Timestamper
from signing.verify import Trust, verify

__all__ = [
    "Announced",
    "Prepared",
    "announce",
    "client_cms",
    "complete",
    "lay_out_personal",
    "lay_out_seal",
    "prepared_in",
    "require_shown",
]

_BYTE_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d{1,15})\s+(\d{1,15})\s+(\d{1,15})\s+(\d{1,15})\s*\]")
_MOST_CERTIFICATES = 8
_MOST_PEM_BYTES = 64 * 1024
_TIMESTAMP_ROOM = 16 * 1024
"""The room is fixed before the timestamp is known: more than any usual token with its chain."""
_LIMITS = Limits(seconds=10, memory_bytes=256 * 1024 * 1024, input_bytes=256 * 1024, output_bytes=256 * 1024)
"""For reading a CMS or a chain."""


@dataclass(frozen=True, slots=True)
class Announced:
    """Who is going to sign: a certificate whose key is elsewhere."""

    holder: str
    certificate: x509.Certificate = field(repr=False)
    chain: tuple[x509.Certificate, ...] = field(repr=False)

    @property
    def fingerprint_sha256(self) -> str:
        """Hexadecimal SHA-256 of the certificate's DER."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    @property
    def pem(self) -> bytes:
        """The certificate and those above it."""
        return b"".join(one.public_bytes(Encoding.PEM) for one in (self.certificate, *self.chain))

    def to_sign(self, digest: bytes) -> bytes:
        """The attributes (SET, DER) that a bare signature is made over, for clients that build no CMS."""
        return signed_attributes(self.certificate, digest)

    def require_usable(self, trust: Trust, now: datetime) -> None:
        """Refuse a certificate that could not sign now: before anything is written or a number is taken.

        Raises:
            CertificateNotUsable: not in force, not for signatures, or not under a trusted root.
        """
        if not self.certificate.not_valid_before_utc <= now <= self.certificate.not_valid_after_utc:
            raise CertificateNotUsable(f"not in force at {now}")
        run(
            require_path,
            self.certificate.public_bytes(Encoding.DER),
            tuple(one.public_bytes(Encoding.DER) for one in self.chain),
            tuple(root.public_bytes(Encoding.DER) for root in trust.roots_for(Purpose.SIGNATURES, now)),
            tuple(one.public_bytes(Encoding.DER) for one in trust.intermediates),
            now,
            limits=_LIMITS,
        )


def announce(pem: bytes) -> Announced:
    """Read the certificate of who is going to sign, followed by those above it.

    Raises:
        UnusableKey: no certificates, too many, or for a key of a kind that may not sign.
        CertificateNotUsable: the certificate is not meant for signatures.
    """
    if len(pem) > _MOST_PEM_BYTES:
        raise UnusableKey(f"{len(pem)} bytes of certificates")
    try:
        certificates = x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise UnusableKey(f"no certificates in PEM: {error}") from error
    if len(certificates) > _MOST_CERTIFICATES:
        raise UnusableKey(f"{len(certificates)} certificates")
    certificate, *others = certificates
    strong_public_key(certificate)
    require_signing_use(certificate)
    if digest_of(certificate) != DIGEST:
        raise UnusableKey("Ed25519 keys sign only where the service reaches them")
    return Announced(holder_of(certificate), certificate, without_roots(others))


def lay_out_personal(
    content: bytes,
    *,
    signer: Announced,
    places: IssuePlaces,
    image_png: bytes | None,
    timestamped: bool,
    position: str = "",
    seal_mm: float | None = None,
    limits: Limits | None = None,
    now: datetime | None = None,
) -> Prepared:
    """Lay a draft out for the competent person's signature, as :func:`signing.sign.sign_personal` does.

    Raises:
        AlreadySigned, PlaceNotFound, EncryptedPdf, UnreadablePdf, UnusablePicture, TimedOut, OutOfMemory, Crashed:
            as for signing.
    """
    request = request_by(
        signer.holder,
        now or datetime.now(UTC),
        reason=position,
        room=_room(signer, timestamped=timestamped),
        image_png=image_png,
        seal_mm=seal_mm,
    )
    return run(prepare_personal, content, places, request, limits=limits or Limits())


def lay_out_seal(
    content: bytes,
    *,
    signer: Announced,
    number: str,
    issued_on: date,
    image_png: bytes | None,
    timestamped: bool,
    seal_mm: float | None = None,
    limits: Limits | None = None,
    now: datetime | None = None,
) -> Prepared:
    """Fill number and date in and lay the file out for the organisation's signature, as :func:`signing.sign.seal` does.

    Raises:
        PlaceNotFound, EncryptedPdf, UnreadablePdf, UnusablePicture, TimedOut, OutOfMemory, Crashed: as for sealing.
    """
    request = request_by(
        signer.holder,
        now or datetime.now(UTC),
        room=_room(signer, timestamped=timestamped),
        image_png=image_png,
        seal_mm=seal_mm,
    )
    return run(prepare_seal, content, field_values(number, issued_on), request, limits=limits or Limits())


def prepared_in(content: bytes, container_start: int, container_end: int) -> Prepared:
    """A file kept since it was laid out, its digest taken anew."""
    digest = hashlib.sha256(memoryview(content)[:container_start])
    digest.update(memoryview(content)[container_end:])
    return Prepared(content, digest.digest(), container_start, container_end)


def require_shown(prepared: Prepared, shown: bytes, digest: bytes, *, limits: Limits | None = None) -> None:
    """On the client's side: the digest handed out is that of the file shown, with a form and one container added.

    Args:
        prepared: the file that was handed out; see :func:`prepared_in`.
        shown: the file as it was before, which the person looked at.
        digest: as it was handed out.
        limits: for reading the files.

    Raises:
        HandedOutRefused: it is not; do not sign.
    """
    content, start, end = prepared.content, prepared.container_start, prepared.container_end
    if not content.startswith(shown):
        raise HandedOutRefused("other-file")
    if prepared.digest != digest:
        raise HandedOutRefused("other-digest")
    ranges = [tuple(map(int, found.groups())) for found in _BYTE_RANGE.finditer(content, len(shown))]
    empty = content[start : start + 1] == b"<" and content[end - 1 : end] == b">"
    empty = empty and not content[start + 1 : end - 1].strip(b"0")
    if not len(shown) < start < end <= len(content) or not empty or ranges != [(0, start, end, len(content) - end)]:
        raise HandedOutRefused("other-range")
    if b"/ByteRange" in shown:
        report = verify(content, trust=Trust(()), limits=limits)
        earlier = report.signatures[:-1]
        if not earlier or not all(one.intact and all(change.allowed for change in one.changes) for one in earlier):
            raise HandedOutRefused("pages-changed")
    else:
        run(require_laid_over, shown, content, limits=limits or Limits())


def client_cms(key: SigningKey, digest: bytes) -> bytes:
    """On the client's side: the CMS over a digest handed out; the server adds the timestamp."""
    return signed_data(key, digest, None)


def complete(
    prepared: Prepared,
    returned: bytes,
    *,
    signer: Announced,
    timestamper: Timestamper | None,
    bare: bool = False,
) -> SignedFile:
    """Put a client's signature into the file that was laid out for it.

    Args:
        prepared: what was handed out.
        returned: a CMS; or, if ``bare``, the signature value over :meth:`Announced.to_sign`.
        signer: as announced.
        timestamper: adds the timestamp, as for our own signatures.
        bare: see ``returned``.

    Raises:
        CmsRefused: it does not sign exactly what was handed out, with the key announced; or it is too long.
        TimestampUnavailable: no timestamp could be had.
    """
    room = (prepared.container_end - prepared.container_start - 2) // 2
    if len(returned) > max(room, ATTRIBUTE_BYTES):
        raise CmsRefused("too-long")
    if bare:
        made = Returned(signer.to_sign(prepared.digest), returned)
    else:
        certificate = signer.certificate.public_bytes(Encoding.DER)
        made = run(read_returned, returned, prepared.digest, certificate, limits=_LIMITS)
    _require_valid(signer.certificate, made)
    cms = assembled(signer.certificate, signer.chain, made.attributes, made.signature, timestamper)
    if len(cms) > room:
        raise CmsRefused("too-long")
    return SignedFile(prepared.filled(cms), signer.fingerprint_sha256, "B-T" if timestamper else "B-B")


def _require_valid(certificate: x509.Certificate, made: Returned) -> None:
    public = strong_public_key(certificate)
    try:
        if isinstance(public, rsa.RSAPublicKey):
            public.verify(made.signature, made.attributes, padding.PKCS1v15(), hashes.SHA256())
        elif isinstance(public, ec.EllipticCurvePublicKey):
            public.verify(made.signature, made.attributes, ec.ECDSA(hashes.SHA256()))
        else:
            public.verify(made.signature, made.attributes)
    except InvalidSignature as error:
        raise CmsRefused("wrong-signature") from error


def _room(signer: Announced, *, timestamped: bool) -> int:
    certificates = sum(len(one.public_bytes(Encoding.DER)) for one in (signer.certificate, *signer.chain))
    return ATTRIBUTE_BYTES + certificates + (_TIMESTAMP_ROOM if timestamped else 0)
