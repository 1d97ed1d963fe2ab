"""What is found out about one signature on the way to its report. Lives in the sandbox only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from signing.verify import _words
from signing.verify._report import Change, Indication, Reason, SubIndication


class Refused(Exception):
    """This signature cannot be TOTAL-PASSED, and looking further makes no sense."""

    def __init__(self, sub_indication: SubIndication, code: str, **facts: str) -> None:
        super().__init__(code)
        self.sub_indication = sub_indication
        self.reason = _words.reason(code, **facts)


@dataclass(slots=True)
class Findings:
    """Collected as the checks go on; the first failure found is the one that is told."""

    sub_indication: SubIndication | None = None
    reasons: list[Reason] = field(default_factory=list)
    changes: tuple[Change, ...] = ()
    covered_bytes: tuple[int, int] = (0, 0)
    intact: bool | None = None

    @property
    def indication(self) -> Indication:
        """The main status."""
        return self.sub_indication.indication if self.sub_indication else Indication.TOTAL_PASSED

    def refuse(self, refused: Refused) -> None:
        """Keep a failure; one that breaks the signature outweighs one that leaves it open."""
        broken = refused.sub_indication.indication == "TOTAL-FAILED"
        if self.sub_indication is None or (broken and self.sub_indication.indication != "TOTAL-FAILED"):
            self.sub_indication = refused.sub_indication
            self.reasons.insert(0, refused.reason)
        elif refused.reason not in self.reasons:
            self.reasons.append(refused.reason)

    def replace(self, refused: Refused) -> None:
        """Say more exactly what the first failure was."""
        self.sub_indication = refused.sub_indication
        self.reasons[:1] = [refused.reason]

    def add(self, others: Findings) -> None:
        """Failures of a part of the signature, behind its own."""
        if self.sub_indication is None:
            self.sub_indication = others.sub_indication
        self.reasons.extend(others.reasons)


@dataclass(frozen=True, slots=True)
class Signed:
    """A filled signature field of the file."""

    field_names: tuple[str, ...]
    kind: str
    """The signature dictionary's ``/SubFilter``."""
    embedded: Any
    """pyHanko's ``EmbeddedPdfSignature``; ``None`` if it could not be read."""
    problem: Refused | None
    """Why it could not."""
    covered_end: int
    """Where in the file its covered part ends; the file's end if that cannot be known."""

    @property
    def is_timestamp(self) -> bool:
        """A timestamp over the document (PAdES calls it DocTimeStamp; some files lack that name)."""
        return self.kind == "/ETSI.RFC3161"


def require(condition: bool, sub_indication: SubIndication, code: str, **facts: str) -> None:  # noqa: FBT001 - a sentence
    """Refuse the signature unless the condition holds.

    Raises:
        Refused: it does not.
    """
    if not condition:
        raise Refused(sub_indication, code, **facts)
