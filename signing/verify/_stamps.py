"""Timestamps, each judged by itself (EN 319 102-1, 5.4; RFC 3161). Runs in the sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from asn1crypto import algos, cms, core, tsp
from pyhanko.pdf_utils.misc import PdfStrictReadError
from pyhanko.sign.general import extract_certificate_info
from pyhanko.sign.validation import generic_cms

from signing.verify._algorithms import name_of_key
from signing.verify._case import Case
from signing.verify._findings import Findings, Refused, Signed, require
from signing.verify._report import (
    Indication,
    ProofOfExistence,
    Revocation,
    SubIndication,
    TimestampReport,
)
from signing.verify._trust import TIMESTAMP_USE, Judged, Trusted, algorithm_names, judge, name_of, utc, validity

_CLOCKS_DIFFER = timedelta(minutes=5)
_MOST_TOKENS = 50


@dataclass(slots=True)
class Stamped:
    """A timestamp token, looked at."""

    token: cms.SignedData
    moment: datetime
    """That it was judged for: since when it is itself proven to exist."""
    findings: Findings
    at: datetime | None = None
    """As it says."""
    revocation: Revocation = Revocation.NOT_CHECKED

    @property
    def believed(self) -> bool:
        """It proves something."""
        return self.findings.sub_indication is None and self.at is not None

    @property
    def authority(self) -> str:
        """Whose it is; empty if unreadable."""
        certificate = _certificate(self.token)
        return name_of(certificate.subject) if certificate is not None else ""

    @property
    def against(self) -> Refused | None:
        """What it counts against the signature or document that it was made for.

        A timestamp that fails does not make a signature fail: the sub-indication is one that leaves it open.
        """
        found = self.findings.sub_indication
        if found is None:
            return None
        failed = found.indication is Indication.TOTAL_FAILED
        code = _CODES.get(found, "timestamp-broken" if failed else "timestamp-untrusted")
        return Refused(SubIndication.SIG_CONSTRAINTS_FAILURE if failed else found, code)


_CODES = {
    SubIndication.TIMESTAMP_ORDER_FAILURE: "timestamp-in-future",
    SubIndication.OUT_OF_BOUNDS_NO_POE: "timestamp-expired",
    SubIndication.OUT_OF_BOUNDS_NOT_REVOKED: "timestamp-expired",
    SubIndication.REVOKED_NO_POE: "timestamp-revoked",
    SubIndication.REVOKED_CA_NO_POE: "timestamp-revoked",
    SubIndication.CRYPTO_CONSTRAINTS_FAILURE: "timestamp-weak",
    SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE: "timestamp-weak",
    SubIndication.SIG_CONSTRAINTS_FAILURE: "timestamp-broken",
}


async def judged(case: Case, token: cms.SignedData, imprint: Callable[[str], bytes], moment: datetime) -> Stamped:
    """Look at a token.

    1. It is about what it must be about, and that digest was sound when the token is proven to exist.
    2. It is not younger than its own proof (5.5.4, step 6).
    3. Its signature holds, under a trusted authority's certificate for timestamps, in force then.
    4. That certificate and those above were not revoked by then.

    Args:
        case: the file.
        token: its CMS.
        imprint: digests what the token must be about.
        moment: since when the token is proven to exist; that of the check where nothing proves it.
    """
    stamped, by = await held(case.trusted, token, imprint, moment)
    if by is not None and by.path is not None:
        standing = case.standing(by.path, moment)
        stamped.revocation = standing.revocation
        if standing.sub_indication is not None:
            stamped.findings.refuse(Refused(standing.sub_indication, "timestamp-revoked"))
    return stamped


async def held(
    trusted: Trusted, token: cms.SignedData, imprint: Callable[[str], bytes], moment: datetime
) -> tuple[Stamped, Judged | None]:
    """Look at a token but for revocation: steps 1 to 3 of :func:`judged`, and who signed it."""
    stamped = Stamped(token, moment, Findings())
    findings = stamped.findings
    try:
        content = token["encap_content_info"]["content"]
        told: Any = content.parsed if isinstance(content, core.ParsableOctetString) else None
        require(isinstance(told, tsp.TSTInfo), SubIndication.FORMAT_FAILURE, "timestamp-broken")
        stamped.at = utc(told["gen_time"].native)
        asked = told["message_imprint"]
        digest = str(asked["hash_algorithm"]["algorithm"].native)
        require(imprint(digest) == asked["hashed_message"].native, SubIndication.HASH_FAILURE, "timestamp-broken")
        timely = stamped.at <= moment + _CLOCKS_DIFFER
        require(timely, SubIndication.TIMESTAMP_ORDER_FAILURE, "timestamp-in-future")
        require_sound(trusted, digest, moment)
    except Refused as refused:
        findings.refuse(refused)
        return stamped, None
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - parsers raise nearly anything on hostile bytes
        findings.refuse(Refused(SubIndication.FORMAT_FAILURE, "timestamp-broken"))
        return stamped, None
    return stamped, await judge(token, None, trusted, moment, findings, use=TIMESTAMP_USE)


def require_sound(trusted: Trusted, digest: str, moment: datetime) -> None:
    """A digest is relied upon at a moment (5.2.8).

    Raises:
        Refused: it is not.
    """
    allowed = trusted.algorithms.digest_algorithm_allowed(algos.DigestAlgorithm({"algorithm": digest}), moment)
    ended = allowed.not_allowed_after
    found = SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE if ended else SubIndication.CRYPTO_CONSTRAINTS_FAILURE
    require(bool(allowed), found, "algorithm-weak", algorithm=digest)


def tokens_of(embedded: Any, *, signed: bool) -> list[cms.SignedData]:
    """A signature's timestamps: over its value, or, with ``signed``, over its content before it was made.

    Raises:
        Refused: there are too many.
    """
    found: list[cms.SignedData] = []
    for token in _tokens(embedded, signed=signed):
        require(len(found) < _MOST_TOKENS, SubIndication.FORMAT_FAILURE, "timestamp-broken")
        found.append(token)
    return found


def _tokens(embedded: Any, *, signed: bool) -> Iterator[cms.SignedData]:
    if not embedded.signer_info["signed_attrs" if signed else "unsigned_attrs"]:
        return
    yield from generic_cms.extract_tst_data_iter(embedded.signer_info, signed=signed)


async def of_signature(case: Case, embedded: Any, moment: datetime) -> list[Stamped]:
    """A signature's own timestamps, in the order they stand there."""
    imprint: Callable[[str], bytes] = generic_cms.message_imprint_checker(embedded.signer_info)
    return [await judged(case, token, imprint, moment) for token in tokens_of(embedded, signed=False)]


async def of_content(case: Case, embedded: Any, moment: datetime) -> list[Stamped]:
    """Timestamps that a signature was made over: it is younger than they are."""
    return [
        await judged(case, token, lambda algorithm: case.digest(embedded, algorithm), moment)
        for token in tokens_of(embedded, signed=True)
    ]


async def of_document(case: Case, one: Signed, covered: tuple[int, int]) -> Stamped:
    """A timestamp over the document; if it is to be believed, what it covers is proven to be that old."""
    embedded = one.embedded
    kind = embedded.sig_object.get("/Type", "/DocTimeStamp")
    require(kind == "/DocTimeStamp", SubIndication.FORMAT_FAILURE, "timestamp-broken")  # EN 319 142-1, 5.4.3
    proof = case.proof_for(covered[1])
    moment = proof.at if proof is not None else case.at
    return await judged(case, embedded.signed_data, lambda algorithm: case.digest(embedded, algorithm), moment)


def told(stamped: Stamped, one: Signed, kind: str) -> TimestampReport:
    """The report on a signature's own timestamp."""
    return TimestampReport(
        field_name=one.field_names[0],
        authority=stamped.authority,
        certificate_until=validity(_certificate(stamped.token))[1],
        at=stamped.at,
        indication=stamped.findings.indication,
        sub_indication=stamped.findings.sub_indication,
        covered_bytes=(0, 0),
        covers_whole_file=False,
        changes=(),
        reasons=(stamped.against.reason,) if stamped.against is not None else (),
        algorithms=stamp_algorithms(stamped.token),
        kind=kind,
        judged_for=stamped.moment,
        revocation=stamped.revocation,
    )


def proof(stamped: Stamped, one: Signed, kind: str, covered: tuple[int, int] = (0, 0)) -> ProofOfExistence:
    """What a believed timestamp proves."""
    assert stamped.at is not None  # noqa: S101 - it is believed
    return ProofOfExistence(kind, stamped.at, stamped.authority, one.field_names[0], covered)


def stamp_algorithms(token: cms.SignedData) -> tuple[str, ...]:
    """Digests and key a timestamp relies on, each as ``sha256``, ``rsa-2048``, ``ec-256``; empty if unreadable."""
    try:
        imprint = token["encap_content_info"]["content"].parsed["message_imprint"]["hash_algorithm"]["algorithm"]
        kind = name_of_key(extract_certificate_info(token).signer_cert.public_key)
        return tuple(dict.fromkeys((str(imprint.native), algorithm_names(token)[0], kind)))
    except Exception:  # noqa: BLE001 - a token may lie about anything
        return ()


def _certificate(token: cms.SignedData) -> Any:
    try:
        return extract_certificate_info(token).signer_cert
    except (MemoryError, PdfStrictReadError):
        raise
    except Exception:  # noqa: BLE001 - then nobody is named
        return None
