"""The fixed words of a record: states, media, access, urgency, channels, renditions."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """A document's life. Steps only go forward, but for a return to the drafter before signing."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    SIGNED = "signed"
    NUMBERED = "numbered"
    SEALED = "sealed"
    ISSUED = "issued"
    WITHDRAWN = "withdrawn"


REGISTERED = (State.ISSUED, State.WITHDRAWN)
"""States of documents that stand in the register for others to find."""


class Medium(StrEnum):
    """How the document itself exists."""

    ELECTRONIC = "electronic"
    PAPER = "paper"


class Access(StrEnum):
    """Who may read a registered document."""

    PUBLIC = "public"
    """Everybody who signs in; its facts are shown on the public check page."""
    INTERNAL = "internal"
    """People of the issuing unit, of units that received it, and those who oversee it."""
    RESTRICTED = "restricted"
    """Its author, its signatory, clerks and auditors of the issuing unit, clerks and leaders it was sent to."""


class Urgency(StrEnum):
    """NĐ 30 appendix I: khẩn, thượng khẩn, hỏa tốc."""

    NORMAL = "normal"
    URGENT = "urgent"
    VERY_URGENT = "very-urgent"
    EXPRESS = "express"


class Channel(StrEnum):
    """How a recipient gets the document."""

    ELECTRONIC = "electronic"
    PAPER = "paper"
    BOTH = "both"


class RenditionRole(StrEnum):
    """What a file of a document is."""

    DRAFT = "draft"
    SIGNED = "signed"
    ISSUED = "issued"
    SCAN = "scan"
    SOURCE = "source"
    """What a copy was made from, where that came from outside."""
    ANNEX_DRAFT = "annex-draft"
    ANNEX = "annex"
    """Sealed."""


class LegalEffect(StrEnum):
    """Whether a registered document is in force on a day (NĐ 30, appendix VI)."""

    IN_FORCE = "in-force"
    AMENDED = "amended"
    """In force, with changes or corrections by later documents."""
    NOT_YET = "not-yet"
    REPLACED = "replaced"
    REPEALED = "repealed"
    EXPIRED = "expired"
    """Its own last day is over."""
    WITHDRAWN = "withdrawn"


STANDING = (LegalEffect.IN_FORCE, LegalEffect.AMENDED)
"""In force, wholly or as changed."""


class EffectKind(StrEnum):
    """What a later document does to another."""

    REPLACES = "replaces"
    AMENDS = "amends"
    CORRECTS = "corrects"
    """Đính chính: form, presentation or procedure, never the content (NĐ 30, art. 18.3)."""
    REPEALS = "repeals"
    REPEALS_PART = "repeals-part"


AUTHORITIES = ("", "TM.", "Q.", "KT.", "TL.", "TUQ.")
"""In whose place the signatory signs (NĐ 30 appendix I, part I, II.7b)."""
