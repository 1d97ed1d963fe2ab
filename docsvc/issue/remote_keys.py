"""Keys at remote signing services, named in the settings: where they are, opening them, and seeing that all is well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cryptography import x509
from sqlalchemy import select

from docsvc.db import Database
from docsvc.db.people import SigningKeyFile
from docsvc.errors import Invalid
from signing.errors import RemoteKeyUnusable, RemoteServiceMissing, SigningError, WrongOtp
from signing.keys import SigningKey
from signing.remote import RemoteService, open_csc

KIND_REMOTE = "csc"
LONGEST_CREDENTIAL = 255
_PROOF = b"docsvc: is this the certificate's key?"

Services = Mapping[str, RemoteService]


@dataclass(frozen=True, slots=True)
class RemotePlace:
    """Where a key at a remote service is found."""

    service: str
    """Name of a service in the settings."""
    credential: str
    """The service's own name of the key."""

    def __post_init__(self) -> None:
        """Refuse what cannot name a key."""
        if not self.credential or len(self.credential) > LONGEST_CREDENTIAL or not self.credential.isprintable():
            raise Invalid(
                "Hãy ghi mã khóa (credentialID) do dịch vụ ký số từ xa cấp.",
                "Give the key's identifier (credentialID) at the remote signing service.",
            )


def prove_remote_key(services: Services, place: RemotePlace, pin: str, otp: str = "") -> SigningKey:
    """Open a key at a service and let it sign once, before it is kept. Takes as long as the service does.

    Raises:
        SigningError: wrong PIN or code; service or key are missing or unusable; or the certificate is for another key.
    """
    key = open_csc(_service(services, place), place.credential, pin, otp=otp)
    key.sign(_PROOF, "sha256")
    return key


def open_remote_key(services: Services, row: SigningKeyFile, pin: str, otp: str) -> SigningKey:
    """A kept key, for one act.

    Raises:
        SigningError: as :func:`prove_remote_key`.
    """
    place = RemotePlace(row.remote_service or "", row.remote_credential or "")
    try:
        return open_csc(_service(services, place), place.credential, pin, otp=otp, certificates=_kept(row))
    except WrongOtp as error:
        if row.remote_otp:
            raise
        raise RemoteKeyUnusable("asks for one-time codes now: add it anew") from error


def ailing(database: Database, services: Services) -> Iterator[tuple[str, SigningError | None]]:
    """Ask every service, and about every key of it in use; names each, with what is wrong."""
    for name, service in sorted(services.items()):
        yield name, _fault(service)
    with database.read() as session:
        rows = session.scalars(
            select(SigningKeyFile).where(SigningKeyFile.kind == KIND_REMOTE, SigningKeyFile.retired_at.is_(None))
        ).all()
    for row in rows:
        yield f"{row.remote_service}: {row.remote_credential} ({row.holder})", _fault_of_key(services, row)


def _fault(service: RemoteService) -> SigningError | None:
    try:
        service.check()
    except SigningError as error:
        return error
    return None


def _fault_of_key(services: Services, row: SigningKeyFile) -> SigningError | None:
    place = RemotePlace(row.remote_service or "", row.remote_credential or "")
    try:
        found = _service(services, place).credential(place.credential)
        if list(found.certificates[:1]) != list(_kept(row)[:1]):
            return RemoteKeyUnusable("another certificate than the one kept")
    except SigningError as error:
        return error
    return None


def _service(services: Services, place: RemotePlace) -> RemoteService:
    if place.service not in services:
        raise RemoteServiceMissing(f"no service {place.service!r} in the settings")
    return services[place.service]


def _kept(row: SigningKeyFile) -> Sequence[x509.Certificate]:
    return x509.load_pem_x509_certificates(row.remote_certificates or b"")
