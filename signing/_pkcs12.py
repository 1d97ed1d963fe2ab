"""Taking a PKCS#12 file apart; runs in the sandbox.

A few hostile bytes can ask for years of key derivation, or for the primes of a monstrous number to be checked.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12

from signing.errors import UnusableKey, WrongPassphrase


@dataclass(frozen=True, slots=True)
class Parts:
    """What the file holds, DER."""

    key: bytes = field(repr=False)
    """PKCS#8, not encrypted; found whole by the parser's own checks."""
    certificate: bytes
    others: tuple[bytes, ...]


def take_apart(content: bytes, passphrase: str) -> Parts:
    """Open the file with the passphrase.

    Raises:
        WrongPassphrase: it does not open with it.
        UnusableKey: no PKCS#12 file, or no private key with its certificate.
    """
    refusal = ""
    for attempt in _attempts(passphrase):
        try:
            found = pkcs12.load_pkcs12(content, attempt)
        except Exception as error:  # noqa: BLE001 - the parser's errors have many roots, and the file is untrusted
            refusal = str(error)
            if "password" in refusal.lower():
                continue
            break
        if found.key is None:
            raise UnusableKey("no private key")
        if found.cert is None:
            raise UnusableKey("no certificate for the private key")
        return Parts(
            found.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
            found.cert.certificate.public_bytes(Encoding.DER),
            tuple(other.certificate.public_bytes(Encoding.DER) for other in found.additional_certs),
        )
    if "password" in refusal.lower():
        raise WrongPassphrase
    raise UnusableKey(f"PKCS#12: {refusal}")


def _attempts(passphrase: str) -> Iterator[bytes | None]:
    """The passphrase as typed, then composed: keyboards differ in how they send ``ế``."""
    for form in dict.fromkeys((passphrase, unicodedata.normalize("NFC", passphrase))):
        try:
            yield form.encode()
        except UnicodeEncodeError as error:
            raise WrongPassphrase from error
    if not passphrase:
        yield None
