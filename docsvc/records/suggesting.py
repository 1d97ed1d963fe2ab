"""What a query that is still being typed may become.

References come from documents that the person may read, names from the office's own tree and from signatories of such
documents, words from public documents only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from docsvc.accounts import Actor
from docsvc.db.records import Document
from docsvc.records.folding import reference_key
from docsvc.records.lexicon import beginning
from docsvc.records.reading import readable
from docsvc.records.terms import REGISTERED
from docsvc.records.vocabulary import vocabulary
from search.folding import fold, nfc, tokens

SHORTEST, LONGEST = 2, 200
MOST, MOST_OF_A_KIND = 8, 4
_LOOKED_AT = 40
Kind = Literal["document", "type", "unit", "signatory", "word"]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One way to go on."""

    kind: Kind
    text: str
    """The whole query as it would then read."""
    label: str
    """What it is: an abstract, a name."""
    document_id: str = ""
    """Of a document that is meant itself."""


def suggest(session: Session, actor: Actor, typed: str) -> tuple[Suggestion, ...]:
    """At most :data:`MOST` suggestions, the surest first. Never raises, whatever was typed."""
    text = nfc(typed)[:LONGEST].replace("\x00", "").encode(errors="ignore").decode()
    if len(text.strip()) < SHORTEST:
        return ()
    documents = tuple(islice(_documents(session, actor, text.strip()), MOST_OF_A_KIND))
    kinds = (documents, () if documents else _names(session, actor, text), () if documents else _words(session, text))
    found = {one.text: one for kind in kinds for one in islice(kind, MOST_OF_A_KIND)}
    return tuple(found.values())[:MOST]


def _documents(session: Session, actor: Actor, text: str) -> Iterator[Suggestion]:
    """Documents whose reference begins so."""
    key = reference_key(text)
    if not key[:1].isdigit():
        return
    rows = session.execute(
        select(Document.id, Document.reference, Document.abstract, Document.issued_on)
        .where(
            Document.reference_key >= key,
            Document.reference_key < key + "\U0010ffff",
            Document.state.in_(REGISTERED),
            readable(session, actor),
        )
        .order_by(Document.reference_key)
        .limit(_LOOKED_AT)
    ).all()
    # The same number was given by many offices and years: of those looked at, the newest are meant more often.
    for row in sorted(rows, key=lambda row: row.issued_on, reverse=True):
        day = f"{row.issued_on:%d/%m/%Y}"
        yield Suggestion("document", f"{row.reference} ngày {day}", row.abstract, row.id)


def _names(session: Session, actor: Actor, text: str) -> Iterator[Suggestion]:
    """Types, units and signatories that the last words may be the beginning of."""
    known = vocabulary(session)
    named: tuple[tuple[Kind, str, Iterable[str]], ...] = (
        ("type", "loại: ", (names[0] for names in known.type_codes.values() if names)),
        ("unit", "đơn vị: ", dict.fromkeys(names[0] for names in known.units.values() if names)),
        ("signatory", "người ký: ", known.signatories),
    )
    starts = [token.start for token in tokens(text)]
    # From the longest run of last words on: "kế hoạch sở tài" goes on from "sở tài".
    for start in starts[-6:]:
        wanted = fold(text[start:]).strip()
        if len(wanted) < SHORTEST:
            continue
        before = text[:start]
        hits = [
            Suggestion(kind, f"{before}{prefix}{name}", name)
            for kind, prefix, names in named
            for name in names
            if _begins(fold(name), wanted)
        ]
        hits = [one for one in hits[:_LOOKED_AT] if one.kind != "signatory" or _has_signed(session, actor, one.label)]
        if hits:
            yield from sorted(hits, key=lambda one: (not fold(one.label).startswith(wanted), len(one.label)))
            return


def _has_signed(session: Session, actor: Actor, name: str) -> bool:
    """Whether this person may read a document with that signature; others' names are nobody's business."""
    signed = (Document.signatory_name == name, Document.state.in_(REGISTERED), readable(session, actor))
    return session.scalar(select(Document.id).where(*signed).limit(1)) is not None


def _begins(name: str, wanted: str) -> bool:
    """Whether the name, or a later word of it, begins so."""
    return name.startswith(wanted) or (len(wanted) > SHORTEST and f" {wanted}" in name)


def _words(session: Session, text: str) -> Iterator[Suggestion]:
    """Words that the last one may become."""
    last = list(tokens(text))[-1:]
    if not last or last[0].end != len(text) or not last[0].text.isalpha() or len(last[0].text) < SHORTEST:
        return
    accented = last[0].text != last[0].folded
    for word in beginning(session, last[0].folded, MOST * 4):
        if word != last[0].text and (not accented or word.startswith(last[0].text)):
            yield Suggestion("word", text[: last[0].start] + word, word)
