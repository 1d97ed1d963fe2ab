"""Values of signatures, also of kinds that pyHanko does not know. Runs in the sandbox."""

from __future__ import annotations

from typing import Any

from asn1crypto import parser
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from pyhanko_certvalidator.errors import AlgorithmNotSupported
from pyhanko_certvalidator.sig_validate import (
    DEFAULT_VALIDATION_CONTEXT,
    DefaultSignatureValidator,
    SignatureValidationContext,
)

_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
    "sha3_224": hashes.SHA3_224,
    "sha3_256": hashes.SHA3_256,
    "sha3_384": hashes.SHA3_384,
    "sha3_512": hashes.SHA3_512,
}
_SHA3 = ("sha3_224", "sha3_256", "sha3_384", "sha3_512")
_NIST = "2.16.840.1.101.3.4.3"
_BSI = "0.4.0.127.0.7.1.1.4.1"
_KINDS: dict[str, tuple[str, str]] = {
    # NIST, Computer Security Objects Register; RFC 8702
    **{f"{_NIST}.{number}": ("ecdsa", name) for number, name in enumerate(_SHA3, 9)},
    **{f"{_NIST}.{number}": ("rsa", name) for number, name in enumerate(_SHA3, 13)},
    # BSI TR-03111, 5.2.1.1: both numbers side by side, of the order's length each
    **{f"{_BSI}.{number}": ("plain", name) for number, name in enumerate(("sha224", "sha256", "sha384", "sha512"), 2)},
    **{f"{_BSI}.{number}": ("plain", name) for number, name in enumerate(_SHA3, 8)},
    # the key's own number, with the digest of the container (RFC 5753, as older services have it)
    "1.2.840.10045.2.1": ("ecdsa", ""),
}
"""Signature algorithms by their numbers: the kind, and the digest where the number names one."""
_SET = 0x31
_MOST_ATTRIBUTES = 200


class Values(DefaultSignatureValidator):
    """Checks the value of one container, and of the certificates on its path."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self.rearranged = False
        """The attributes do not stand in the file as they were signed."""

    def validate_signature(
        self,
        signature: bytes,
        signed_data: bytes,
        public_key_info: Any,
        signature_algorithm: Any,
        context: SignatureValidationContext = DEFAULT_VALIDATION_CONTEXT,
    ) -> None:
        """Check a value; signed attributes also as DER sorts them, which is what is signed (RFC 5652, 5.4).

        Raises:
            InvalidSignature: it does not fit.
        """
        try:
            self._check(signature, signed_data, public_key_info, signature_algorithm, context)
        except AlgorithmNotSupported:
            raise
        except InvalidSignature:
            in_order = None if context.prehashed else _sorted(signed_data)
            if in_order is None or in_order == signed_data:
                raise
            self._check(signature, in_order, public_key_info, signature_algorithm, context)
            self.rearranged = True

    def _check(
        self, signature: bytes, content: bytes, key_info: Any, algorithm: Any, context: SignatureValidationContext
    ) -> None:
        kind, digest = _KINDS.get(algorithm["algorithm"].dotted, ("", ""))
        if not kind:
            super().validate_signature(signature, content, key_info, algorithm, context)
            return
        told = context.contextual_md_algorithm
        digest = digest or told or ""
        if digest not in _HASHES or (told is not None and told.replace("-", "_") != digest):
            raise AlgorithmNotSupported(f"{algorithm['algorithm'].dotted} with {told}")
        hashed = _HASHES[digest]()
        taken: Any = utils.Prehashed(hashed) if context.prehashed else hashed
        key = serialization.load_der_public_key(key_info.dump())
        if kind == "rsa" and isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, content, padding.PKCS1v15(), taken)
        elif kind != "rsa" and isinstance(key, ec.EllipticCurvePublicKey):
            value = _der(signature, key) if kind == "plain" else signature
            key.verify(value, content, ec.ECDSA(taken))
        else:
            raise AlgorithmNotSupported("a key of another kind than the algorithm's")


def digest_of(algorithm: Any) -> hashes.HashAlgorithm | None:
    """The digest that a signature algorithm names; ``None`` if it names none, or one that is unknown here."""
    kind, digest = _KINDS.get(algorithm["algorithm"].dotted, ("", ""))
    try:
        name = digest if kind else algorithm.hash_algo
    except ValueError:
        return None
    return (_HASHES | {"sha1": hashes.SHA1}).get(name, lambda: None)()


def _der(signature: bytes, key: ec.EllipticCurvePublicKey) -> bytes:
    size = (key.curve.key_size + 7) // 8
    if len(signature) != 2 * size:
        raise InvalidSignature
    halves = signature[:size], signature[size:]
    return utils.encode_dss_signature(*(int.from_bytes(half, "big") for half in halves))


def _sorted(attributes: bytes) -> bytes | None:
    """A SET OF as DER has it (X.690, 11.6), its members as they are; ``None`` if it is none."""
    try:
        _, _, _, header, contents, _ = parser.parse(attributes, strict=True)
    except ValueError:
        return None
    if header[:1] != bytes([_SET]):
        return None
    members: list[bytes] = []
    place = 0
    while place < len(contents) and len(members) < _MOST_ATTRIBUTES:
        try:
            length = parser.peek(contents[place:])
        except ValueError:
            return None
        members.append(contents[place : place + length])
        place += length
    if place < len(contents):
        return None
    return bytes(parser.emit(0, 1, 17, b"".join(sorted(members))))
