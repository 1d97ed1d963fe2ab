"""Keys on tokens and in HSMs, reached through PKCS#11 (OASIS, v2.40): the private key never leaves them.

An opened key holds the PIN, as one from a file holds the private key: for one act, never shown, never logged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pkcs11
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from pkcs11 import Attribute, Mechanism, ObjectClass

from signing._cryptoki import KeyName, Module, OpenToken, TokenName, module
from signing.errors import MechanismRefused, SigningError, TokenKeyMissing, UnusableKey, WrongPin
from signing.keys import (
    DIGESTS,
    PublicKey,
    SigningKey,
    longest_signature,
    signing_key,
    strong_public_key,
    without_roots,
)

_RSA_WITH_DIGEST = {
    "sha256": Mechanism.SHA256_RSA_PKCS,
    "sha384": Mechanism.SHA384_RSA_PKCS,
    "sha512": Mechanism.SHA512_RSA_PKCS,
}
_DIGEST_INFO = {
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "sha384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "sha512": bytes.fromhex("3051300d060960864801650304020305000440"),
}
"""What stands before the digest in an RSA signature (RFC 8017, 9.2, note 1)."""
_MOST_CERTIFICATES = 64
_LONGEST_CHAIN = 8


@dataclass(frozen=True, slots=True)
class TokenKey:
    """A private key on a token, ready to sign."""

    module: Module = field(repr=False, compare=False)
    token: TokenName
    key: KeyName
    pin: str = field(repr=False, compare=False)
    public: PublicKey = field(repr=False, compare=False)

    @property
    def longest_signature(self) -> int:
        """Most bytes that a signature can have."""
        return longest_signature(self.public)

    def sign(self, message: bytes, digest_algorithm: str) -> bytes:
        """The bare signature over a message, made on the token and checked here.

        Raises:
            WrongPin, PinLocked, TokenMissing, TokenKeyMissing, MechanismRefused, TokenFailed: see
                :meth:`signing._cryptoki.Module.use`.
            UnusableKey: the certificate is for another key, or the token made a faulty signature.
        """
        signature = self.module.use(
            self.token, self.pin, lambda opened: self._signed(opened, message, digest_algorithm)
        )
        digest = DIGESTS[digest_algorithm]()
        try:
            if isinstance(self.public, rsa.RSAPublicKey):
                self.public.verify(signature, message, padding.PKCS1v15(), digest)
            elif isinstance(self.public, ed25519.Ed25519PublicKey):
                self.public.verify(signature, message)
            else:
                self.public.verify(signature, message, ec.ECDSA(digest))
        except InvalidSignature as error:
            raise UnusableKey("the certificate is for another key than the token's") from error
        return signature

    def _signed(self, opened: OpenToken, message: bytes, digest_algorithm: str) -> bytes:
        key = opened.key(self.key)
        if not hasattr(key, "sign"):
            raise MechanismRefused("the key may not sign (CKA_SIGN)")
        hashed = hashes.Hash(DIGESTS[digest_algorithm]())
        hashed.update(message)
        digest = hashed.finalize()
        if isinstance(self.public, rsa.RSAPublicKey):
            whole = _RSA_WITH_DIGEST[digest_algorithm]
            if whole in opened.mechanisms:
                return self._operated(key, message, whole)
            return self._operated(key, _DIGEST_INFO[digest_algorithm] + digest, Mechanism.RSA_PKCS)
        if isinstance(self.public, ed25519.Ed25519PublicKey):
            return self._operated(key, message, Mechanism.EDDSA)
        both = self._operated(key, digest, Mechanism.ECDSA)
        half = len(both) // 2
        return encode_dss_signature(int.from_bytes(both[:half], "big"), int.from_bytes(both[half:], "big"))

    def _operated(self, key: Any, content: bytes, mechanism: Mechanism) -> bytes:
        """One operation; a key that asks for the PIN each time gets it (CKA_ALWAYS_AUTHENTICATE)."""
        pin = self.pin if _asks_each_time(key) else None
        return bytes(key.sign(content, mechanism=mechanism, pin=pin))


def open_pkcs11(
    library: Path,
    pin: str,
    *,
    token_label: str = "",
    token_serial: str = "",
    key_label: str = "",
    key_id: bytes = b"",
    certificates: Sequence[x509.Certificate] = (),
) -> SigningKey:
    """Open a key on a token.

    Args:
        library: the PKCS#11 module's file.
        pin: the token's user PIN; a wrong one counts on the token, and too many lock it.
        token_label: which token; this or the serial number.
        token_serial: as printed on the token, or as its software tells.
        key_label: which key (CKA_LABEL); this or the identifier.
        key_id: CKA_ID.
        certificates: the holder's, then the authorities above it. Read from the token where none are given.

    Raises:
        WrongPin, PinLocked, TokenModuleMissing, TokenMissing, TokenKeyMissing, TokenFailed: as named.
        UnusableKey: of a kind that may not sign.
        CertificateNotUsable: the certificate is not meant for signatures.
    """
    if not pin or not _encodes(pin):
        raise WrongPin("no PIN")  # without asking the token, which would count it
    if not (token_label or token_serial):
        raise ValueError("a token needs a label or a serial number")
    if not (key_label or key_id):
        raise TokenKeyMissing("no name of a key")
    token, name, through = TokenName(token_label, token_serial), KeyName(key_label, key_id), module(library)
    found = through.use(token, pin, lambda opened: _found(opened, name, need=not certificates))
    try:
        own, *others = certificates or _chosen(*found)
        key = TokenKey(through, token, name, pin, strong_public_key(own))
        return signing_key(key, own, without_roots(others))
    except SigningError:
        raise
    except Exception as error:
        raise UnusableKey(f"{type(error).__name__}: {error}") from error


def _found(opened: OpenToken, name: KeyName, *, need: bool) -> tuple[bytes, list[tuple[bytes, str, bytes]]]:
    """The key's identifier, and the token's certificates with identifier and label."""
    key = opened.key(name, seen=True)  # the token may be gone though its session is not
    if not need:
        return b"", []
    found: list[tuple[bytes, str, bytes]] = []
    for one in opened.session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE}):
        if len(found) < _MOST_CERTIFICATES:  # to the end, for a search left half-way stays open
            found.append((_told(one, Attribute.ID) or b"", _told(one, Attribute.LABEL) or "", one[Attribute.VALUE]))
    return bytes(_told(key, Attribute.ID) or b"") or name.id, found


def _chosen(key_id: bytes, found: list[tuple[bytes, str, bytes]]) -> list[x509.Certificate]:
    """The certificate with the key's identifier, and those above it."""
    own = [x509.load_der_x509_certificate(der) for one_id, _, der in found if key_id and one_id == key_id]
    if not own:
        raise TokenKeyMissing("no certificate with the key's identifier")
    others = [x509.load_der_x509_certificate(der) for one_id, _, der in found if one_id != key_id]
    chain = [max(own, key=lambda one: one.not_valid_before_utc)]
    while len(chain) < _LONGEST_CHAIN:
        above = [one for one in others if one.subject == chain[-1].issuer and one not in chain]
        if not above:
            break
        chain.append(above[0])
    return chain


def _asks_each_time(key: Any) -> bool:
    return bool(_told(key, Attribute.ALWAYS_AUTHENTICATE))


def _told(thing: Any, attribute: Attribute) -> Any:
    """An attribute, or nothing where the token knows none of the kind."""
    try:
        return thing[attribute]
    except (pkcs11.AttributeTypeInvalid, pkcs11.AttributeSensitive):
        return None


def _encodes(pin: str) -> bool:
    try:
        pin.encode()
    except UnicodeEncodeError:
        return False
    return True
