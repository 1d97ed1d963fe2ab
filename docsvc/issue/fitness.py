"""Whether a certificate may sign for its owner: asked when a key is added and before each signature.

Every way of signing calls :func:`require_fit` before anything is written.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from cryptography import x509
from sqlalchemy import select
from sqlalchemy.orm import Session

from docsvc.db.people import SigningKeyFile, Unit, User
from docsvc.db.records import Event
from docsvc.issue.desk import Desk
from docsvc.issue.errors import OtherHolder, OtherIdentifier
from search.folding import fold
from signing.errors import RevocationUnavailable
from signing.fitness import Fit, Subject, require_certificate, subject_of

_LONGEST_COMMON_NAME = 64
"""X.520: longer names of offices are cut off there."""
_TAX = "mst"


@dataclass(frozen=True, slots=True)
class Fitness:
    """A certificate that may sign for its owner."""

    fit: Fit
    holder_confirmed: bool = False
    """It names somebody else, and an administrator has said that they are one."""

    def detail(self) -> dict[str, str]:
        """For the event log."""
        told = {"holder_confirmed": "yes"} if self.holder_confirmed else {}
        if self.fit.status_known:
            return told | {"revocation": "good"}
        return told | {"revocation": "unknown", "revocation_problem": self.fit.revocation_problem}


def require_fit(
    desk: Desk,
    certificate: x509.Certificate,
    chain: tuple[x509.Certificate, ...],
    owner: User | Unit,
    *,
    confirmed: bool = False,
) -> Fitness:
    """See whether the certificate may sign for its owner now.

    Args:
        desk: the collaborators: whom to trust, whom to ask, the time.
        certificate: the holder's.
        chain: authorities above it that came with the key.
        owner: the person or organisation that signs.
        confirmed: an administrator has said that a holder of another name is the owner.

    Raises:
        OtherIdentifier: it has another identifier than the one on record; nobody can confirm that away.
        OtherHolder: it names somebody else.
        SigningError: see :func:`signing.fitness.require_certificate`.
        RevocationUnavailable: nobody said whether it was revoked, and the office wants to know.
    """
    differs = _require_holder(subject_of(certificate), owner, confirmed=confirmed)
    fit = require_certificate(
        certificate,
        chain,
        trust=desk.trust,
        status=desk.revocation,
        at=desk.clock(),
        seconds=desk.status_seconds,
        recent=desk.recent,
    )
    if desk.unknown_status_refused and not fit.status_known:
        raise RevocationUnavailable(fit.revocation_problem)
    return Fitness(fit, holder_confirmed=differs)


def holder_confirmed(session: Session, owner: User | Unit, certificate_sha256: str) -> bool:
    """Whether an administrator has said so when the key was added."""
    column = SigningKeyFile.user_id if isinstance(owner, User) else SigningKeyFile.unit_id
    kept = select(SigningKeyFile.id).where(
        column == owner.id,
        SigningKeyFile.certificate_sha256 == certificate_sha256,
        SigningKeyFile.holder_confirmed_by.is_not(None),
    )
    return session.scalar(kept.limit(1)) is not None


def status_unknown(session: Session, document_id: str) -> bool:
    """Whether the document's last signature was made without knowing that its certificate was not revoked."""
    newest = select(Event.detail).where(
        Event.object_kind == "document", Event.object_id == document_id, Event.act.in_(("signed", "sealed"))
    )
    detail = session.scalar(newest.order_by(Event.id.desc()).limit(1))
    return detail is not None and json.loads(detail).get("revocation") == "unknown"


def _require_holder(subject: Subject, owner: User | Unit, *, confirmed: bool) -> bool:
    """Gives whether the names differ, which somebody has confirmed."""
    own = _own_identifiers(owner)
    named = {_plain(one) for one in subject.identifiers}
    if isinstance(owner, User):
        if own and named and named.isdisjoint(own):
            raise OtherIdentifier
        same = fold(subject.common_name) == fold(owner.full_name)
        shown = owner.full_name
    else:
        taxes = {_plain(one) for one in subject.identifiers if fold(one).startswith(_TAX)}
        if owner.tax_code and taxes and _plain(owner.tax_code) not in taxes:
            raise OtherIdentifier
        own_name = fold(subject.common_name) in {fold(owner.name), fold(owner.name[:_LONGEST_COMMON_NAME])}
        # A person's certificate names the organisation too: its identifier counts only on the organisation's own.
        of_office = bool(subject.common_name) and fold(subject.organisation).startswith(fold(subject.common_name))
        same = own_name or (of_office and not named.isdisjoint(own))
        shown = owner.name
    if not same and not confirmed:
        raise OtherHolder.of(subject.common_name or subject.organisation, shown)
    return not same


def _own_identifiers(owner: User | Unit) -> set[str]:
    known = (owner.identifier,) if isinstance(owner, User) else (owner.code, owner.tax_code)
    return {_plain(one) for one in known if one}


def _plain(identifier: str) -> str:
    """Letters and digits alone, without what says of which kind it is: ``CCCD:0010…`` and ``0010…`` are one."""
    value = identifier.rsplit(":", 1)[-1]
    return re.sub(r"\W", "", fold(value))
