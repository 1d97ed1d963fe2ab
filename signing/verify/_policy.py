"""Whether a signature allows what was done to a file after it (ISO 32000-2, 12.8.2.2). Runs in the sandbox.

pyHanko's policy, but for the store of validation data, the ways to an object, and what P = 3 allows besides:

- Annotations may be made, altered and taken out (table 257).
- A new signature field that is seen is an annotation as well, so it may be made there. Under P = 2 it may not: the
  table has filling in and *signing*, so that a field to sign in must be there, or show nothing.
- The approval signatures of such a document bear what whoever certified it allows.
"""

from __future__ import annotations

from typing import Any

from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader
from pyhanko.sign.diff_analysis import (
    CatalogModificationRule,
    DiffResult,
    DocInfoRule,
    FormUpdatingRule,
    GenericFieldModificationRule,
    MetadataUpdateRule,
    ModificationLevel,
    ObjectStreamRule,
    SigFieldCreationRule,
    SigFieldModificationRule,
    StandardDiffPolicy,
    SuspiciousModification,
    XrefStreamRule,
)
from pyhanko.sign.fields import FieldMDPSpec, MDPPerm

from signing.verify._annotation_rule import only_annotations
from signing.verify._same import OutOfBudget
from signing.verify._store_rule import StoreRule
from signing.verify._usages import Revision


class Policy(StandardDiffPolicy):
    """Reviews a file revision by revision."""

    def review_file(
        self,
        reader: PdfFileReader,
        base_revision: int | HistoricalResolver,
        field_mdp_spec: FieldMDPSpec | None = None,
        doc_mdp: MDPPerm | None = None,
    ) -> DiffResult | SuspiciousModification:
        """What the revisions after one come to; or the first that is too much.

        Each is held against the one before it, which is done once for all signatures of a file: what is allowed step
        by step is allowed altogether. Where a step is not, the whole way is looked at, as pyHanko does.
        """
        base = base_revision if isinstance(base_revision, int) else base_revision.revision
        certified = doc_mdp if doc_mdp is not None else _certified(reader)
        policy = _ANNOTATING if certified is MDPPerm.ANNOTATE else self
        level, fields = ModificationLevel.NONE, set[str]()
        for revision in range(base + 1, reader.xrefs.total_revisions):
            found = policy.step(reader, revision, field_mdp_spec, doc_mdp)
            if isinstance(found, SuspiciousModification) and revision > base + 1:
                found = policy.way(Revision.of(reader, base), Revision.of(reader, revision), field_mdp_spec, doc_mdp)
            if isinstance(found, SuspiciousModification):
                return found
            level, fields = max(level, found.modification_level), fields | found.changed_form_fields
        return DiffResult(level, fields)

    def step(
        self, reader: PdfFileReader, revision: int, field_mdp_spec: FieldMDPSpec | None, doc_mdp: MDPPerm | None
    ) -> DiffResult | SuspiciousModification:
        """A revision beside the one before it; remembered."""
        old, new = Revision.of(reader, revision - 1), Revision.of(reader, revision)
        locks = (field_mdp_spec.action, tuple(field_mdp_spec.fields or ())) if field_mdp_spec is not None else None
        key = (id(self), locks, doc_mdp)
        if key not in new.steps:
            found = self.way(old, new, field_mdp_spec, doc_mdp)
            if isinstance(found, SuspiciousModification) and self is _ANNOTATING and _annotated(old, new):
                found = DiffResult(ModificationLevel.ANNOTATIONS, set())
            new.steps[key] = found
        kept: DiffResult | SuspiciousModification = new.steps[key]
        return kept

    def way(
        self,
        old: HistoricalResolver,
        new: HistoricalResolver,
        field_mdp_spec: FieldMDPSpec | None,
        doc_mdp: MDPPerm | None,
    ) -> DiffResult | SuspiciousModification:
        """As :meth:`apply`, with its refusal for an answer."""
        try:
            return self.apply(old, new, field_mdp_spec, doc_mdp)
        except SuspiciousModification as refused:
            return refused

    def apply(
        self,
        old: HistoricalResolver,
        new: HistoricalResolver,
        field_mdp_spec: FieldMDPSpec | None = None,
        doc_mdp: MDPPerm | None = None,
    ) -> DiffResult:
        """As pyHanko's, which takes for granted that no revision refers to objects of later ones."""
        lit = old.brought_to_light(new) if isinstance(old, Revision) else []
        if lit:
            raise SuspiciousModification(f"references led to nothing before: {lit[:10]}")
        return super().apply(old, new, field_mdp_spec, doc_mdp)


def _annotated(old: HistoricalResolver, new: HistoricalResolver) -> bool:
    try:
        return only_annotations(old, new)
    except OutOfBudget:
        return False


def _certified(reader: PdfFileReader) -> MDPPerm | None:
    """What the document's certifying signature allows; ``None`` where there is none, or that cannot be read."""
    try:
        reference: Any = reader.root["/Perms"]["/DocMDP"]["/Reference"][0]
        return MDPPerm(int(reference["/TransformParams"].get("/P", 2)))
    except Exception:  # noqa: BLE001 - no certification, or one of a wrong kind
        return None


def _made(*, annotating: bool) -> Policy:
    creating = SigFieldCreationRule(allow_new_visible_after_certify=annotating)
    return Policy(
        global_rules=[
            CatalogModificationRule(),
            *(
                rule.as_qualified(ModificationLevel.LTA_UPDATES)
                for rule in (DocInfoRule(), XrefStreamRule(), ObjectStreamRule(), StoreRule(), MetadataUpdateRule())
            ),
        ],
        form_rule=FormUpdatingRule(field_rules=[creating, SigFieldModificationRule(), GenericFieldModificationRule()]),
    )


_ANNOTATING = _made(annotating=True)
POLICY = _made(annotating=False)
