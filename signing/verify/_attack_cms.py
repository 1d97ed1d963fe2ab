"""Attacks inside a signature: signers, algorithms, attributes, certificates and timestamps. Runs in the sandbox."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from asn1crypto import cms, core, parser, tsp

from signing.verify._attack_objects import entry
from signing.verify._attack_places import Place
from signing.verify._attack_words import Effect, Suspicion
from signing.verify._container import written

_PADES = ("/ETSI.CAdES.detached", "/ETSI.CAdES.Detached")
_DIGEST_BYTES = {"md5": 16, "sha1": 20, "sha224": 28, "sha256": 32, "sha384": 48, "sha512": 64}
_ONCE = ("content_type", "message_digest")
_NAMING = ("signing_certificate", "signing_certificate_v2")


def of_cms(place: Place, reasons: frozenset[str]) -> Iterator[Suspicion]:
    """What is wrong with a signature's CMS.

    Args:
        place: of the signature.
        reasons: codes of what the other checks found against it.
    """
    signed_data = _signed_data(place)
    if signed_data is None:
        return
    signers = list(signed_data["signer_infos"])
    if not signers:
        yield Suspicion("universal-signature-forgery", Effect.BROKEN, place.field)
        return
    if len(signers) > 1:
        yield Suspicion("double-signer", Effect.BROKEN, place.field)
        return
    kind = str(entry(place.value, "/SubFilter", ""))
    signer = signers[0]
    if _algorithms_differ(signed_data, signer):
        yield Suspicion("algorithm-mismatch", Effect.OPEN, place.field)
    if _attributes_wrong(signed_data, signer, kind):
        yield Suspicion("forged-attributes", Effect.OPEN, place.field)
    elif kind in _PADES and not any(_attribute(signer, name) for name in _NAMING):
        yield Suspicion("certificate-substitution", Effect.OPEN, place.field)
    if "no-certificate" in reasons and signed_data["certificates"]:
        yield Suspicion("certificate-substitution", Effect.OPEN, place.field)
    if any(_copied(signer, token) for token in _tokens(signer)):
        yield Suspicion("copied-timestamp", Effect.OPEN, place.field)


def copies(found: list[Place]) -> Iterator[Suspicion]:
    """Signatures that stand in several dictionaries; no two signings give the same value."""
    seen: dict[bytes, Place] = {}
    for place in found:
        signed_data = _signed_data(place)
        if signed_data is None or not len(signed_data["signer_infos"]):
            continue
        value = signed_data["signer_infos"][0]["signature"].native
        first = seen.setdefault(value, place)
        if first.reference != place.reference:
            of_timestamp = signed_data["encap_content_info"]["content_type"].native == "tst_info"
            yield Suspicion("copied-timestamp" if of_timestamp else "copied-signature", Effect.BROKEN, place.field)


def copied_document_timestamp(place: Place, *, intact_before: bool, broken: bool) -> Iterator[Suspicion]:
    """A timestamp over the document that is about another one, though this one's signatures are intact."""
    signed_data = _signed_data(place)
    if signed_data is None or not (intact_before and broken):
        return
    if signed_data["encap_content_info"]["content_type"].native == "tst_info":
        yield Suspicion("copied-timestamp", Effect.OPEN, place.field)


def _signed_data(place: Place) -> Any:
    try:
        container = bytes(written(place.value).original_bytes)
        message = cms.ContentInfo.load(container[: parser.peek(container)])
        signed_data = message["content"] if message["content_type"].native == "signed_data" else None
        _ = signed_data and signed_data["signer_infos"]
    except Exception:  # noqa: BLE001 - no CMS, which others tell
        return None
    return signed_data


def _algorithms_differ(signed_data: Any, signer: Any) -> bool:
    digest = signer["digest_algorithm"]["algorithm"].native
    algorithm = signer["signature_algorithm"]
    names = [one["algorithm"].native for one in signed_data["digest_algorithms"]]
    if names and digest not in names:
        return True
    try:
        hashed = algorithm.hash_algo
    except ValueError:
        hashed = digest  # none of its own
    if hashed != digest or _key_differs(signed_data, signer, algorithm):
        return True
    told = _attribute(signer, "message_digest")
    if told and digest in _DIGEST_BYTES and any(len(one.native) != _DIGEST_BYTES[digest] for one in told[0]["values"]):
        return True
    protection = _attribute(signer, "cms_algorithm_protection")
    return any(
        value["digest_algorithm"]["algorithm"].native != digest
        or value["signature_algorithm"]["algorithm"].native != algorithm["algorithm"].native
        for one in protection
        for value in one["values"]
    )


def _key_differs(signed_data: Any, signer: Any, algorithm: Any) -> bool:
    """The signature's algorithm is for other keys than the signer's certificate has."""
    try:
        family = algorithm.signature_algo
    except ValueError:
        return False
    wanted = {"rsassa_pkcs1v15": "rsa", "rsassa_pss": "rsa", "ecdsa": "ec", "dsa": "dsa"}.get(family)
    identifier = signer["sid"]
    if wanted is None or identifier.name != "issuer_and_serial_number":
        return False
    for choice in signed_data["certificates"] or ():
        certificate = choice.chosen
        if choice.name == "certificate" and certificate.serial_number == identifier.chosen["serial_number"].native:
            found = certificate.public_key.algorithm
            return found in {"rsa", "ec", "dsa"} and found != wanted
    return False


def _attributes_wrong(signed_data: Any, signer: Any, kind: str) -> bool:
    attributes = signer["signed_attrs"]
    content_type = signed_data["encap_content_info"]["content_type"].native
    if isinstance(attributes, core.Void) or not len(attributes):
        return kind in _PADES or content_type != "data"
    for name in _ONCE:
        found = _attribute(signer, name)
        if len(found) != 1 or len(found[0]["values"]) != 1:
            return True
    if _attribute(signer, "content_type")[0]["values"][0].native != content_type:
        return True
    # Their order is not looked at: large services do not sort them, and the signature is over them as they stand.
    return not all(_minimal(one.dump()) for one in (attributes, *attributes))


def _minimal(encoded: bytes) -> bool:
    """The length is written in as few bytes as it needs."""
    first = encoded[1]
    if first < 0x80:  # noqa: PLR2004 - short form
        return True
    size = first - 0x80
    length = encoded[2 : 2 + size]
    return size > 0 and length[0] != 0 and int.from_bytes(length, "big") >= 0x80  # noqa: PLR2004 - as above


def _attribute(signer: Any, name: str) -> list[Any]:
    attributes = signer["signed_attrs"]
    if isinstance(attributes, core.Void):
        return []
    return [one for one in attributes if one["type"].native == name]


def _tokens(signer: Any) -> Iterator[Any]:
    attributes = signer["unsigned_attrs"]
    if isinstance(attributes, core.Void):
        return
    for one in attributes:
        if one["type"].native == "signature_time_stamp_token":
            yield from one["values"]


def _copied(signer: Any, token: Any) -> bool:
    """A timestamp that is well formed, and of something else."""
    try:
        stamped = token["content"]["encap_content_info"]["content"].parsed
        if not isinstance(stamped, tsp.TSTInfo):
            return False
        asked = stamped["message_imprint"]
        algorithm = asked["hash_algorithm"]["algorithm"].native
        about = hashlib.new(algorithm, signer["signature"].native, usedforsecurity=False).digest()
    except Exception:  # noqa: BLE001 - no timestamp, which others tell
        return False
    return bool(about != asked["hashed_message"].native)
