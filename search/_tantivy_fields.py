"""How documents are laid down in tantivy, and questions put to it.

Tantivy cuts our texts at blanks and nothing else: words are cut, folded and joined here. Zones are values of their
own in one field, so that no phrase reaches from one into the next; compounds stand whole in a further value.
"""

from __future__ import annotations

from collections import defaultdict
from math import log, log2

from tantivy import Document, FieldType, Occur, Query, Schema, SchemaBuilder

from search._laid_out import Clause, Tier, days, newness_of, words_of, zone
from search.engine import IndexedDocument, Narrowing

_HEAD_BOOST = 2.0
"""What a word weighs more in reference, abstract and extra than in the text alone."""
_TWICE = 2
"""Reference and abstract weigh twice what extra does."""
_MOST_A_WORD = 2.2 * (1 + _HEAD_BOOST)
"""BM25 gives a word at most 2.2 times its rarity, in the text and once more in the head."""
_NONE = "-"
"""The kind of labels that name none."""

Wanted = list[tuple[Occur, Query]]


def schema() -> Schema:
    """Return the layout: the id, the words in exact and in folded form, and what narrows and is counted."""
    layout = SchemaBuilder()
    layout.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    for form in ("exact", "folded"):
        layout.add_text_field(form, tokenizer_name="whitespace", index_option="position")
        layout.add_text_field(f"{form}_head", tokenizer_name="whitespace", index_option="freq")
    layout.add_text_field("labels", tokenizer_name="raw", index_option="basic")
    layout.add_json_field("counted", tokenizer_name="raw", index_option="basic", fast=True)
    layout.add_integer_field("newness", fast=True)
    return layout.build()


def document_of(document: IndexedDocument) -> Document:
    """Return a document as tantivy takes it."""
    made = Document()
    made.add_text("id", document.id)
    made.add_integer("newness", newness_of(document.issued_on, document.number))
    zones = [(zone(document.reference), _TWICE), (zone(document.abstract), _TWICE), (zone(document.extra), 1)]
    for laid_out, times in [*zones, (zone(document.text), 0)]:
        if laid_out.exact:
            made.add_text("exact", laid_out.exact)
            made.add_text("folded", laid_out.folded)
        if laid_out.whole_exact:
            made.add_text("exact", laid_out.whole_exact)
            made.add_text("folded", laid_out.whole_folded)
        for _ in range(times):
            made.add_text("exact_head", f"{laid_out.exact} {laid_out.whole_exact}")
            made.add_text("folded_head", f"{laid_out.folded} {laid_out.whole_folded}")
    if document.labels:
        counted: defaultdict[str, list[str]] = defaultdict(list)
        for label in dict.fromkeys(document.labels):
            made.add_text("labels", label)
            kind, colon, value = label.partition(":")
            counted[kind if colon else _NONE].append(value if colon else kind)
        made.add_json("counted", counted)
    return made


def _field(clause: Clause) -> str:
    return "exact" if clause.exact else "folded"


def _standing(layout: Schema, clause: Clause) -> Query:
    if len(clause.keys) == 1:
        return Query.term_query(layout, _field(clause), clause.keys[0])
    return Query.phrase_query(layout, _field(clause), list(clause.keys))


def holding(layout: Schema, tier: Tier) -> Wanted:
    """Return what a document must hold to stand in a group, or in one before it."""
    wanted: Wanted = []
    for each in tier.wanted:
        either = [_standing(layout, one) for one in each]
        query = either[0] if len(either) == 1 else Query.boolean_query([(Occur.Should, one) for one in either])
        wanted.append((Occur.Must, query))
    if not wanted:
        wanted.append((Occur.Must, Query.all_query()))
    wanted += [(Occur.MustNot, _standing(layout, clause)) for clause in tier.excluded]
    return wanted


def weighing(layout: Schema, tier: Tier, documents: int) -> Wanted:
    """Return what lifts a document within its group; each phrase near lifts it above all that lack it."""
    lifts: Wanted = [
        (
            Occur.Should,
            Query.boost_query(Query.term_query(layout, f"{'exact' if exact else 'folded'}_head", word), _HEAD_BOOST),
        )
        for exact, word in words_of(tier)
    ]
    if tier.near:
        # A power of two, so that adding it costs as few digits of the score as can be.
        step = 2.0 ** (1 + int(log2(1 + log(2 + documents) * _MOST_A_WORD * len(words_of(tier)))))
        lifts += [(Occur.Should, Query.const_score_query(_standing(layout, one), step)) for one in tier.near]
    return lifts


def narrowed(layout: Schema, narrowing: Narrowing) -> Wanted | None:
    """Return what a narrowing lets through, without weight; ``None`` if nothing."""
    if narrowing.ids is not None and not narrowing.ids:
        return None
    passing: list[Query] = []
    for either in narrowing.labels:
        if not either:
            return None
        passing.append(Query.term_set_query(layout, "labels", sorted(either)))
    if narrowing.ids is not None:
        passing.append(Query.term_set_query(layout, "id", sorted(narrowing.ids)))
    period = days(narrowing.first, narrowing.last)
    if period is not None:
        passing.append(Query.range_query(layout, "newness", FieldType.Integer, *period))
    wanted: Wanted = [(Occur.Must, Query.const_score_query(query, 0.0)) for query in passing]
    if narrowing.without:
        wanted.append((Occur.MustNot, Query.term_set_query(layout, "labels", sorted(narrowing.without))))
    return wanted
