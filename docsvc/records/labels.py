"""What the search engine is told of a document besides its words, so that it can narrow and count by itself.

Labels are ``kind:value`` in plain ASCII. Those of the kind ``read`` say who may read the document, as
:func:`docsvc.records.reading.readable` does; the database has the last word, for it fetches every page of results
under that condition.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from docsvc.accounts import Actor, Role
from docsvc.db.records import Delivery, Document
from docsvc.records.effects import effect_column
from docsvc.records.lineage import Lineage, lineage
from docsvc.records.reading import WHO_READ
from docsvc.records.registers import today_here
from docsvc.records.signature_results import signature_result
from docsvc.records.terms import Access
from docsvc.records.units import covers_all
from search.folding import nfc
from search.said import about

WITHIN, BELOW = "within", "below"
"""Units under which a document is found: with and without those that took over from its own."""
TYPE, STATE, MEDIUM, YEAR, SIGNATORY, SIGNED = "type", "state", "medium", "year", "signatory", "signed"
EFFECT = "effect"
"""Legal effect on the day of indexing; see :func:`docsvc.records.effects.owe_turned`."""
NUMBER, REFERENCE = "number", "ref"
ABOUT = "about"
"""Months, quarters, half-years and years of the issue, and those that the abstract names."""
READ = "read"
COUNTED = (WITHIN, BELOW, TYPE, STATE, EFFECT, MEDIUM, YEAR, SIGNATORY, SIGNED)
_PUBLIC = f"{READ}:public"

_COLUMNS = (
    Document.id,
    Document.unit_id,
    Document.drafting_unit_id,
    Document.type_key,
    Document.state,
    Document.medium,
    Document.access,
    Document.signatory_id,
    Document.signatory_name,
    Document.number,
    Document.year,
    Document.reference,
    Document.created_by,
    Document.issued_on,
    Document.abstract,
)


def label(kind: str, value: object) -> str:
    """A label whose value is plain ASCII by itself: an id, a key, a fixed word."""
    return f"{kind}:{value}"


def named(kind: str, name: str) -> str:
    """A label for a name in any letters, compared as it is written."""
    return f"{kind}:{sha256(nfc(name).encode(errors='ignore')).hexdigest()[:16]}"


def labels_of(session: Session, ids: Collection[str], *, reading: bool = True) -> dict[str, tuple[str, ...]]:
    """The labels of each document; without ``reading`` only those that are counted."""
    told = (signature_result().label("signed"), effect_column(today_here()).label("effect"))
    rows = session.execute(select(*_COLUMNS, *told).where(Document.id.in_(ids))).all()
    received: dict[str, set[int]] = {}
    if reading:
        sent = select(Delivery.document_id, Delivery.unit_id).where(Delivery.document_id.in_(ids))
        for document_id, unit_id in session.execute(sent):
            if unit_id is not None:
                received.setdefault(document_id, set()).add(unit_id)
    tree = lineage(session)
    found_under: dict[tuple[int, int], tuple[str, ...]] = {}
    labels = {}
    for row in rows:
        units = (row.unit_id, row.drafting_unit_id)
        if units not in found_under:
            found_under[units] = tuple(_unit_labels(tree, units))
        own = (*found_under[units], *_facts(row))
        labels[row.id] = (*own, *_keys(row), *_readers(row, received.get(row.id, ()))) if reading else own
    return labels


def _unit_labels(tree: Lineage, units: Iterable[int]) -> Iterable[str]:
    for kind, predecessors in ((WITHIN, True), (BELOW, False)):
        for unit in sorted(tree.found_under(units, predecessors=predecessors)):
            yield label(kind, unit)


def _facts(row: Any) -> Iterable[str]:
    yield label(TYPE, row.type_key)
    yield label(STATE, row.state)
    yield label(EFFECT, row.effect)
    yield label(MEDIUM, row.medium)
    yield label(SIGNED, row.signed)
    if row.year is not None:
        yield label(YEAR, row.year)
    if row.signatory_name:
        yield named(SIGNATORY, row.signatory_name)


def _keys(row: Any) -> Iterable[str]:
    if row.number is not None:
        yield label(NUMBER, row.number)
    if row.reference:
        yield named(REFERENCE, row.reference)
    if row.issued_on is not None:
        yield from (label(ABOUT, period) for period in sorted(about(row.issued_on, row.abstract)))


def _readers(row: Any, received: Iterable[int]) -> Iterable[str]:
    inside = row.access == Access.INTERNAL
    if row.access == Access.PUBLIC:
        yield _PUBLIC
    yield _of("user", row.created_by)
    if row.signatory_id is not None:
        yield _of("user", row.signatory_id)
    yield issued_by(row.unit_id)
    if inside:
        yield _of("inside", row.unit_id)
    for unit in sorted(received):
        yield _of("received", unit)
        if inside:
            yield _of("received-inside", unit)


def issued_by(unit_id: int) -> str:
    """The label of documents that a unit itself issued."""
    return _of("issuer", unit_id)


def _of(whom: str, identifier: int) -> str:
    return f"{READ}:{whom}-{identifier}"


def open_to(session: Session, actor: Actor) -> frozenset[str] | None:
    """The labels of which a registered document bears at least one exactly if this person may read it.

    ``None`` for somebody who may read them all.
    """
    audited = actor.units(Role.AUDITOR)
    if covers_all(session, audited):
        return None
    tree = lineage(session)
    own = tree.agencies(actor.units(*WHO_READ))
    in_office = actor.units(Role.CLERK, Role.LEADER)
    overseen = tree.within(actor.units(Role.AUDITOR, Role.LEADER), predecessors=False)
    issuers = actor.units(Role.CLERK) | tree.within(audited, predecessors=False)
    return frozenset(
        (
            *((_PUBLIC,) if actor.roles else ()),
            _of("user", actor.user_id),
            *map(issued_by, issuers),
            *(_of("inside", unit) for unit in own | overseen),
            *(_of("received-inside", unit) for unit in own),
            *(_of("received", unit) for unit in in_office),
        )
    )


def counts_of(labels: Mapping[str, Collection[str]], kinds: Collection[str]) -> dict[str, int]:
    """How many of the documents bear each label of these kinds."""
    counts: dict[str, int] = {}
    for borne in labels.values():
        for one in borne:
            if one.partition(":")[0] in kinds:
                counts[one] = counts.get(one, 0) + 1
    return counts
