"""The test infrastructure as a whole: one root, one issuing CA, a TSA and an OCSP responder."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Literal

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from signing.errors import WrongPassphrase
from signing.keys import PrivateKey
from signing.pki import _certificates as certificates
from signing.pki import _files as files
from signing.pki import _status as status
from signing.pki._certificates import NOTICE, Extension, KeyKind, Member
from signing.pki._stamps import StampAuthority
from signing.pki._status import Reason, UnknownCertificate
from signing.questions import Question
from signing.revocation import RevocationSource
from signing.timestamp import Timestamper

Authority = Literal["root", "issuing"]
MemberName = Literal["root", "issuing", "tsa", "ocsp"]

_NAMES: tuple[MemberName, ...] = ("root", "issuing", "tsa", "ocsp")
_YEAR = timedelta(days=365)
_EARLIER = timedelta(days=1)
"""Certificates hold from the day before: clocks differ."""
_AUTHORITIES_EARLIER = 3 * _YEAR
"""The authorities hold for longer back, so that records of an invented past can be made."""


class TestPki:
    """Certificates without legal value, for trials and tests."""

    __test__: ClassVar[bool] = False
    """No test case, whatever its name looks like to pytest."""

    def __init__(self, directory: Path, base_url: str, members: dict[str, Member]) -> None:
        """Use :meth:`create` or :meth:`load`."""
        self._base_url = base_url
        self._members = members
        self._ledger = status.Ledger(
            directory, frozenset(members[name].certificate.serial_number for name in ("issuing", "tsa", "ocsp"))
        )
        self._stamps = StampAuthority(members["tsa"], members["issuing"])
        self._timestamper = Timestamper(self.timestamp_response)

    @classmethod
    def create(cls, directory: Path, *, base_url: str) -> TestPki:
        """Make a new infrastructure in ``directory``; one that stands there already is loaded instead.

        Killed at any moment, it leaves either the whole folder or none; of two processes, one wins and both
        go on with the same keys.

        Args:
            directory: must not exist, or be empty.
            base_url: where the answers of this object can be had by others; written into certificates.

        Raises:
            PkiDamaged: something else stands there.
        """
        if not directory.is_dir() or not any(directory.iterdir()):
            files.make(directory, base_url.rstrip("/"), _new_members(base_url.rstrip("/")))
        return cls.load(directory)

    @classmethod
    def load(cls, directory: Path) -> TestPki:
        """Open an infrastructure made before.

        Raises:
            PkiDamaged: it is not whole.
        """
        base_url, members = files.read(directory, _NAMES)
        return cls(directory, base_url, members)

    def roots(self) -> tuple[x509.Certificate, ...]:
        """What to trust."""
        return (x509.load_der_x509_certificate(self._members["root"].der),)

    def certificate(self, name: MemberName) -> bytes:
        """A certificate of the infrastructure's own, DER.

        Raises:
            UnknownCertificate: no such name.
        """
        if name not in self._members:
            raise UnknownCertificate(name)
        return self._members[name].der

    def timestamper(self, clock: Callable[[], datetime] | None = None) -> Timestamper:
        """Timestamps from this object itself, without a network.

        Args:
            clock: tells the time of the stamps, for records of an invented past; ``None`` means the real one.
        """
        if clock is None:
            return self._timestamper
        return Timestamper(lambda request: self._stamps.answer(request, at=clock()))

    def timestamp_response(self, request: bytes) -> bytes:
        """Answer an RFC 3161 request; anything else gets a rejection."""
        return self._stamps.answer(request)

    def ocsp_response(self, request: bytes) -> bytes:
        """Answer an OCSP request (RFC 6960); anything else gets an error status."""
        return status.ocsp_answer(
            request, ledger=self._ledger, issuing=self._members["issuing"], responder=self._members["ocsp"]
        )

    def crl(self, authority: Authority) -> bytes:
        """The CRL of an authority, DER, made now.

        Raises:
            UnknownCertificate: no such authority.
        """
        if authority not in {"root", "issuing"}:
            raise UnknownCertificate(authority)
        of_root = self._members["issuing"].certificate.serial_number
        revoked = (one for one in self._ledger.revocations() if (one.serial == of_root) == (authority == "root"))
        return status.revocation_list(self._members[authority], revoked)

    def revocation(self) -> RevocationSource:
        """Status of certificates from this object itself, without a network; of others' it knows nothing."""
        return _OwnStatus(self)

    def revoke(self, serial: int, reason: Reason = Reason.UNSPECIFIED, *, at: datetime | None = None) -> None:
        """Revoke a certificate for good, from now or from ``at`` on; a second time changes nothing.

        Raises:
            UnknownCertificate: it was not issued here.
        """
        self._ledger.revoke(serial, reason, at or datetime.now(UTC))

    def issue_person(
        self,
        name: str,
        passphrase: str,
        *,
        organisation: str = "",
        position: str = "",
        identifier: str = "",
        email: str | None = None,
        valid_days: int = 3 * 365,
        valid_from: datetime | None = None,
        key_kind: KeyKind = KeyKind.RSA_2048,
    ) -> bytes:
        """A new key and certificate for a person, as PKCS#12; ``identifier`` stands in it as UID (``CCCD:…``).

        Raises:
            WrongPassphrase: an empty one.
        """
        subject = certificates.name_of(name, organization_name=organisation, title=position, user_id=identifier)
        return self._issue(name, passphrase, subject, email, valid_from, valid_days, key_kind)

    def issue_organisation(
        self,
        name: str,
        passphrase: str,
        *,
        code: str,
        email: str | None = None,
        valid_days: int = 5 * 365,
        valid_from: datetime | None = None,
        key_kind: KeyKind = KeyKind.RSA_2048,
    ) -> bytes:
        """A new key and certificate for an organisation's seal, as PKCS#12.

        Args:
            name: the organisation's full name.
            passphrase: opens the file.
            code: the organisation's identifier (OrganId).
            email: the organisation's address.
            valid_days: length of validity.
            valid_from: its start; ``None`` means since yesterday.
            key_kind: of the new key.

        Raises:
            WrongPassphrase: an empty one.
        """
        subject = certificates.name_of(name, organization_name=name, organization_identifier=code)
        return self._issue(name, passphrase, subject, email, valid_from, valid_days, key_kind)

    def _issue(
        self,
        name: str,
        passphrase: str,
        subject: Any,
        email: str | None,
        valid_from: datetime | None,
        valid_days: int,
        key_kind: KeyKind,
    ) -> bytes:
        if not passphrase:
            raise WrongPassphrase("a key needs a passphrase")
        issuing = self._members["issuing"]
        start = valid_from or datetime.now(UTC) - _EARLIER
        end = min(start + timedelta(days=valid_days), issuing.certificate.not_valid_after)
        key = key_kind.generate()
        extensions = certificates.for_signing() + certificates.where_to_ask(self._base_url, "issuing", ocsp=True)
        made = certificates.certificate(
            subject=subject,
            public_key=key.public_key(),
            issuer=issuing.certificate.subject,
            issuer_key=issuing.key,
            valid=(start, end),
            extensions=extensions + ([certificates.email_address(email)] if email else []),
        )
        # On record before anybody can sign with it: OCSP must never call a certificate in use unknown.
        self._ledger.issue(made.serial_number, made.dump())
        return pkcs12.serialize_key_and_certificates(
            name.encode(),
            key,
            x509.load_der_x509_certificate(made.dump()),
            [x509.load_der_x509_certificate(issuing.der)],
            BestAvailableEncryption(passphrase.encode()),
        )


class _OwnStatus:
    def __init__(self, pki: TestPki) -> None:
        self._pki = pki

    def ocsp(self, question: Question) -> bytes | None:
        ours = question.issuer == self._pki.certificate("issuing")
        return self._pki.ocsp_response(question.ocsp_request) if ours else None

    def crl(self, question: Question) -> bytes | None:
        authorities: tuple[Authority, ...] = ("root", "issuing")
        return next((self._pki.crl(one) for one in authorities if question.issuer == self._pki.certificate(one)), None)


def _new_members(base_url: str) -> dict[str, Member]:
    start = datetime.now(UTC) - _AUTHORITIES_EARLIER
    root_key = KeyKind.RSA_2048.generate()
    root_name = certificates.name_of(f"CA gốc {NOTICE}", organization_name="docsvc")
    root = Member(
        root_key,
        certificates.certificate(
            subject=root_name,
            public_key=root_key.public_key(),
            issuer=root_name,
            issuer_key=root_key,
            valid=(start, start + 20 * _YEAR),
            extensions=certificates.for_authority(path_length=None),
        ),
    )
    issuing = _member(
        f"CA {NOTICE}",
        root,
        (start, start + 15 * _YEAR),
        certificates.for_authority(path_length=0) + certificates.where_to_ask(base_url, "root", ocsp=False),
    )
    below = (start, start + 10 * _YEAR)
    asking = certificates.where_to_ask(base_url, "issuing", ocsp=True)
    tsa = _member(f"Dấu thời gian {NOTICE}", issuing, below, certificates.for_timestamps() + asking)
    ocsp = _member(f"OCSP {NOTICE}", issuing, below, certificates.for_ocsp() + asking)
    return {"root": root, "issuing": issuing, "tsa": tsa, "ocsp": ocsp}


def _member(name: str, issuer: Member, valid: tuple[datetime, datetime], extensions: list[Extension]) -> Member:
    key: PrivateKey = KeyKind.RSA_2048.generate()
    made: asn1_x509.Certificate = certificates.certificate(
        subject=certificates.name_of(name, organization_name="docsvc"),
        public_key=key.public_key(),
        issuer=issuer.certificate.subject,
        issuer_key=issuer.key,
        valid=valid,
        extensions=extensions,
    )
    return Member(key, made)
