"""Until when algorithms and key lengths are relied upon (EN 319 102-1, 5.2.8; ETSI TS 119 312)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from asn1crypto import algos, keys
from pyhanko.sign.validation.utils import CMSAlgorithmUsagePolicy
from pyhanko_certvalidator.policy_decl import AlgorithmUsageConstraint, DisallowWeakAlgorithmsPolicy

Ends = tuple[tuple[str, datetime], ...]
"""Names such as ``sha1`` and ``rsa-2048``, each with the last instant it is relied upon; crosses processes."""


def instants(ends: Mapping[str, date]) -> Ends:
    """A table of ends; a date counts to its end, in UTC."""
    return tuple((name, _last_instant(end)) for name, end in ends.items())


def _last_instant(end: date) -> datetime:
    if isinstance(end, datetime):
        return end.replace(tzinfo=UTC) if end.tzinfo is None else end.astimezone(UTC)
    return datetime.combine(end, time.max, UTC)


class Algorithms(DisallowWeakAlgorithmsPolicy, CMSAlgorithmUsagePolicy):
    """What a table says decides by time; what it leaves out is weak always, or never.

    Weak always: MD2, MD5, SHA-1, and RSA below 2048 bits.
    """

    def __init__(self, ends: Ends = ()) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._ends = dict(ends)

    def digest_algorithm_allowed(
        self, algo: algos.DigestAlgorithm, moment: datetime | None
    ) -> AlgorithmUsageConstraint:
        """Whether a digest is relied upon at a moment."""
        known = self._until(str(algo["algorithm"].native), moment)
        return known if known is not None else super().digest_algorithm_allowed(algo, moment)

    def signature_algorithm_allowed(
        self, algo: algos.SignedDigestAlgorithm, moment: datetime | None, public_key: keys.PublicKeyInfo | None
    ) -> AlgorithmUsageConstraint:
        """Whether a signature of this kind, by this key, is relied upon at a moment."""
        of_key = self._until(name_of_key(public_key), moment) if public_key is not None else None
        if of_key is not None and not of_key:
            return of_key
        return super().signature_algorithm_allowed(algo, moment, public_key if of_key is None else None)

    def sound(self, digest: Any, key: Any, moment: datetime) -> bool:
        """The same question about a digest and a key as :mod:`cryptography` has them."""
        name = str(digest.name).replace("-", "_") if digest is not None else ""
        of_digest = self._until(name, moment)
        if not (of_digest if of_digest is not None else name not in self.weak_hash_algos):
            return False
        bits = int(getattr(key, "key_size", 0))
        rsa = type(key).__name__.startswith("RSA")
        of_key = self._until(f"{'rsa' if rsa else 'ec'}-{bits}", moment)
        return bool(of_key) if of_key is not None else not rsa or bits >= self.rsa_key_size_threshold

    def _until(self, name: str, moment: datetime | None) -> AlgorithmUsageConstraint | None:
        end = self._ends.get(name)
        if end is None:
            return None
        allowed = moment is None or moment <= end
        return AlgorithmUsageConstraint(allowed, not_allowed_after=end, failure_reason=f"{name} ended")


def name_of_key(key: keys.PublicKeyInfo) -> str:
    """Kind and bits, as in ``rsa-2048``; empty if unreadable."""
    try:
        return f"{key.algorithm.replace('_', '-')}-{key.bit_size}"
    except Exception:  # noqa: BLE001 - keys may lie about anything
        return ""
