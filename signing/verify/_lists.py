"""Lists of revoked certificates, whole, of other authorities, and with what changed since (RFC 5280, 5.2 and 6.3).

- A list counts where the authority that issued the certificate signed it, or one that the certificate names for it and
  that stands under the same authority (indirect lists, 6.3.3 b and f).
- A list of changes counts on top of a whole list of the same scope that is not older than it builds on (6.3.3 c);
  what it says is revoked is revoked also without.
- A list for some reasons only says for nobody that he is good.

Runs in the sandbox.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

FAULTS = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, UnsupportedAlgorithm)
_MOST_ENTRIES = 500_000
_MOST_SIGNERS = 20


@dataclass(frozen=True, slots=True)
class Listed:
    """What one list, or one with the changes to it, says about one certificate."""

    issued_at: datetime
    fresh_until: datetime
    revoked_at: datetime | None
    signer: x509.Certificate
    digest: Any
    """That its signature relies on, as :mod:`cryptography` has it."""
    end: int
    """Of the part of the file that holds it."""


@dataclass(slots=True)
class Roll:
    """A list that was read, and what is found out about it as questions come."""

    revocations: x509.CertificateRevocationList
    end: int
    scope: x509.IssuingDistributionPoint | None = None
    number: int | None = None
    builds_on: int | None = None
    """Number of the list that this one tells the changes to."""
    key: bytes = b""
    """Identifier of the signing key, as it says."""
    strange: bool = False
    """It has an extension that must be understood, and is not."""
    entries: dict[tuple[x509.Name, int], x509.RevokedCertificate] | None = None

    @classmethod
    def of(cls, revocations: x509.CertificateRevocationList, end: int) -> Roll:
        """A list with its own extensions read."""
        roll = cls(revocations, end)
        for extension in revocations.extensions:
            value = extension.value
            if isinstance(value, x509.IssuingDistributionPoint):
                roll.scope = value
            elif isinstance(value, x509.DeltaCRLIndicator):
                roll.builds_on = value.crl_number
            elif isinstance(value, x509.CRLNumber):
                roll.number = value.crl_number
            elif isinstance(value, x509.AuthorityKeyIdentifier):
                roll.key = value.key_identifier or b""
            elif extension.critical:
                roll.strange = True
        return roll

    @property
    def indirect(self) -> bool:
        """It tells of certificates of several authorities."""
        return self.scope is not None and self.scope.indirect_crl

    def entry(self, subject: x509.Certificate) -> x509.RevokedCertificate | None:
        """The entry of a certificate; ``None`` if there is none."""
        if not self.indirect:
            return self.revocations.get_revoked_certificate_by_serial_number(subject.serial_number)
        if self.entries is None:
            self.entries = dict(self._owned())
        return self.entries.get((subject.issuer, subject.serial_number))

    def _owned(self) -> Iterator[tuple[tuple[x509.Name, int], x509.RevokedCertificate]]:
        """Entries with whose certificates they are: of the authority last named above them (5.3.3)."""
        owner = self.revocations.issuer
        if len(self.revocations) > _MOST_ENTRIES:
            raise ValueError("too many entries")
        for entry in self.revocations:
            named = _extension(entry, x509.CertificateIssuer)
            if named is not None:
                owner = next(iter(named.get_values_for_type(x509.DirectoryName)))
            yield (owner, entry.serial_number), entry

    def only_for_some(self) -> bool:
        """It tells of some reasons for revocation only."""
        return self.scope is not None and bool(self.scope.only_some_reasons)


@dataclass(frozen=True, slots=True)
class Telling:
    """A list that tells of a certificate."""

    roll: Roll
    signer: x509.Certificate
    entry: x509.RevokedCertificate | None
    """The certificate's; ``None``: it is not on the list."""


@dataclass(slots=True)
class Rolls:
    """All lists of a file."""

    rolls: Sequence[Roll]
    certificates: Sequence[bytes] = ()
    """DER of all certificates at hand: those of lists' signers are among them."""
    _named: dict[x509.Name, list[x509.Certificate]] | None = field(default=None, repr=False)

    def about(self, subject: x509.Certificate, authority: x509.Certificate) -> Iterator[Listed]:
        """What the lists say about a certificate of an authority."""
        telling = list(self._telling(subject, authority))
        changes = [one for one in telling if one.roll.builds_on is not None]
        for base in (one for one in telling if one.roll.builds_on is None):
            freed = False
            for change in changes:
                if change.signer != base.signer or not _follows(change.roll, base.roll):
                    continue
                kept = change.entry is None or _is(change.entry, "remove_from_crl")
                freed = freed or (_is(change.entry, "remove_from_crl") and _is(base.entry, "certificate_hold"))
                entry = None if freed else base.entry if kept else change.entry
                yield from _said(replace(change, entry=entry), base.roll)
            if not freed:
                yield from _said(base)
        for change in changes:
            if change.entry is not None and not _is(change.entry, "remove_from_crl"):
                yield from _said(change)

    def _telling(self, subject: x509.Certificate, authority: x509.Certificate) -> Iterator[Telling]:
        for roll in self.rolls:
            with contextlib.suppress(InvalidSignature, *FAULTS):
                if roll.strange or not _covers(roll, subject, authority):
                    continue
                signer = self._signer(roll, authority)
                if signer is not None:
                    yield Telling(roll, signer, roll.entry(subject))

    def _signer(self, roll: Roll, authority: x509.Certificate) -> x509.Certificate | None:
        own = [authority] if authority.subject == roll.revocations.issuer else []
        for signer in (*own, *self._by_name(roll.revocations.issuer)[:_MOST_SIGNERS]):
            with contextlib.suppress(InvalidSignature, *FAULTS):
                known = signer == authority or self._beside(signer, authority, roll.revocations.last_update_utc)
                key: Any = signer.public_key()
                if known and _lists(signer) and roll.revocations.is_signature_valid(key):
                    return signer
        return None

    def _beside(self, signer: x509.Certificate, authority: x509.Certificate, at: datetime) -> bool:
        """A list's signer stands under the authority, or under the one that stands above it (6.3.3 f)."""
        if not signer.not_valid_before_utc <= at <= signer.not_valid_after_utc:
            return False
        if _issued(signer, authority):
            return True
        above = self._by_name(signer.issuer)[:_MOST_SIGNERS] if signer.issuer == authority.issuer else []
        return any(_issued(signer, one) and _issued(authority, one) for one in above)

    def _by_name(self, name: x509.Name) -> list[x509.Certificate]:
        if self._named is None:
            self._named = {}
            for der in dict.fromkeys(self.certificates):
                with contextlib.suppress(*FAULTS):
                    certificate = x509.load_der_x509_certificate(der)
                    self._named.setdefault(certificate.subject, []).append(certificate)
        return self._named.get(name, [])


def _said(one: Telling, base: Roll | None = None) -> Iterator[Listed]:
    roll, entry = one.roll, one.entry
    if entry is None and (roll.only_for_some() or (base is None and roll.builds_on is not None)):
        return
    issued = roll.revocations.last_update_utc
    yield Listed(
        issued,
        max(roll.revocations.next_update_utc or issued, issued),
        entry.revocation_date_utc if entry is not None else None,
        one.signer,
        roll.revocations.signature_hash_algorithm,
        max(roll.end, base.end if base is not None else 0),
    )


def _follows(change: Roll, base: Roll) -> bool:
    """A list of changes may be laid on a whole one (6.3.3 c; 5.2.4)."""
    if base.number is None or change.number is None or change.builds_on is None:
        return False
    same = (
        change.revocations.issuer == base.revocations.issuer and change.scope == base.scope and change.key == base.key
    )
    return same and change.builds_on <= base.number < change.number


def _covers(roll: Roll, subject: x509.Certificate, authority: x509.Certificate) -> bool:
    """The list tells of certificates such as the subject (5.2.5; 6.3.3 b)."""
    own, scope = roll.revocations.issuer == subject.issuer, roll.scope
    if authority.subject != subject.issuer or (not own and not roll.indirect):
        return False
    points = _points(subject, roll.revocations.issuer, own=own)
    if not own and not points:
        return False  # the certificate does not send anybody there
    if scope is None:
        return True
    constraints = _extension(subject, x509.BasicConstraints)
    is_authority = constraints is not None and constraints.ca
    if scope.only_contains_attribute_certs:
        return False
    if (scope.only_contains_user_certs and is_authority) or (scope.only_contains_ca_certs and not is_authority):
        return False
    if scope.full_name:
        return points is None or _named_for(scope.full_name, points)
    if scope.relative_name is not None:
        return points is None or any(point.relative_name == scope.relative_name for point in points)
    return True


def _points(subject: x509.Certificate, issuer: x509.Name, *, own: bool) -> list[x509.DistributionPoint] | None:
    """Where the certificate sends for this issuer's lists; ``None``: nowhere, so that any of its authority's serves."""
    points = _extension(subject, x509.CRLDistributionPoints)
    if points is None:
        return None
    name = x509.DirectoryName(issuer)
    return [point for point in points if (name in point.crl_issuer if point.crl_issuer else own)]


def _named_for(names: Iterable[x509.GeneralName], points: Iterable[x509.DistributionPoint]) -> bool:
    wanted = set(names)
    return any(not wanted.isdisjoint(point.full_name or point.crl_issuer or ()) for point in points)


def _issued(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    with contextlib.suppress(InvalidSignature, *FAULTS):
        certificate.verify_directly_issued_by(authority)
        constraints = _extension(authority, x509.BasicConstraints)
        return constraints is not None and bool(constraints.ca)
    return False


def _lists(authority: x509.Certificate) -> bool:
    usage = _extension(authority, x509.KeyUsage)
    return usage is None or bool(usage.crl_sign)


def _is(entry: x509.RevokedCertificate | None, reason: str) -> bool:
    found = _extension(entry, x509.CRLReason) if entry is not None else None
    return found is not None and found.reason is getattr(x509.ReasonFlags, reason)


def _extension(one: Any, kind: Any) -> Any:
    try:
        return one.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
