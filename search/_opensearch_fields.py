"""How documents are laid down in OpenSearch, and questions put to it.

OpenSearch cuts our texts at blanks and nothing else. Zones are values of their own in one field, a hundred positions
apart, so that no phrase reaches from one into the next; compounds stand whole in a further value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from math import ceil, log2
from typing import Any

from search._laid_out import Clause, Tier, days, newness_of, words_of, zone
from search.engine import IndexedDocument, Narrowing, Order

Json = dict[str, Any]

_HEAD_BOOST = 2.0
_TWICE = 2
_MOST_A_WORD = 21 * 2.2 * (1 + _HEAD_BOOST)
"""BM25 gives a word at most 2.2 times its rarity, among a milliard documents 21, in the text and again in the head."""
MOST_LABELS = 60_000
_ANY = 2_000_000_000
_RESERVED = re.compile(r'([.?+*|{}\[\]()"\\#@&<>~^$-])')


def layout() -> Json:
    """Return settings and mappings of an index.

    One shard, refreshed only when a commit is whole: readers see all of it or nothing.
    """
    words: Json = {"type": "text", "analyzer": "whitespace", "position_increment_gap": 100}
    head: Json = {"type": "text", "analyzer": "whitespace", "index_options": "freqs"}
    return {
        "settings": {
            "number_of_shards": 1,
            "auto_expand_replicas": "0-1",
            "refresh_interval": "-1",
            "max_result_window": _ANY,
            "max_terms_count": _ANY,
        },
        "mappings": {
            "dynamic": "strict",
            "_source": {"enabled": False},
            "properties": {
                "id": {"type": "keyword"},
                "exact": words,
                "folded": words,
                "exact_head": head,
                "folded_head": head,
                "labels": {"type": "keyword"},
                "newness": {"type": "long"},
            },
        },
    }


def lines_of(document: IndexedDocument) -> bytes:
    """Return a document as two lines of a bulk request."""
    zones = [
        (zone(document.reference), _TWICE),
        (zone(document.abstract), _TWICE),
        (zone(document.extra), 1),
        (zone(document.text), 0),
    ]
    made: Json = {
        "id": document.id,
        "labels": list(dict.fromkeys(document.labels)),
        "newness": newness_of(document.issued_on, document.number),
    }
    forms = {
        "exact": [((one.exact, one.whole_exact), times) for one, times in zones],
        "folded": [((one.folded, one.whole_folded), times) for one, times in zones],
    }
    for name, values in forms.items():
        made[name] = [value for both, _ in values for value in both if value]
        made[f"{name}_head"] = [value for both, times in values for value in both * times if value]
    action = json.dumps({"index": {"_id": document.id}})
    return f"{action}\n{json.dumps(made)}\n".encode()


def deletion_of(identifier: str) -> bytes:
    """Return the line of a bulk request that removes a document."""
    return f"{json.dumps({'delete': {'_id': identifier}})}\n".encode()


def _standing(clause: Clause) -> Json:
    field = "exact" if clause.exact else "folded"
    if len(clause.keys) == 1:
        return {"term": {field: {"value": clause.keys[0]}}}
    return {"match_phrase": {field: " ".join(clause.keys)}}


def _either(each: Sequence[Clause]) -> Json:
    if len(each) == 1:
        return _standing(each[0])
    return {"bool": {"should": [_standing(one) for one in each], "minimum_should_match": 1}}


def _constant(query: Json, score: float) -> Json:
    return {"constant_score": {"filter": query, "boost": score}}


def _held(tier: Tier) -> list[Json]:
    return [_either(each) for each in tier.wanted] or [{"match_all": {}}]


def narrowed(narrowing: Narrowing) -> tuple[list[Json], list[Json]] | None:
    """Return what a document must pass and what it must not bear; ``None`` where nothing passes."""
    if narrowing.ids is not None and not narrowing.ids:
        return None
    passing: list[Json] = []
    for either in narrowing.labels:
        if not either:
            return None
        passing.append({"terms": {"labels": sorted(either)}})
    if narrowing.ids is not None:
        passing.append({"terms": {"id": sorted(narrowing.ids)}})
    period = days(narrowing.first, narrowing.last)
    if period is not None:
        passing.append({"range": {"newness": {"gte": period[0], "lte": period[1]}}})
    return passing, [{"terms": {"labels": sorted(narrowing.without)}}] if narrowing.without else []


def question(groups: Sequence[Tier], open_to: tuple[list[Json], list[Json]], order: Order) -> Json:
    """Return the query and the order of an answer.

    The score is that of the best group that holds the document. Each group's floor lies above all that the weights
    and phrases near of the one below can add up to; all are powers of two, which cost a score the fewest digits.
    """
    passing, barred = open_to
    barred = [*barred, *(_standing(clause) for clause in groups[-1].excluded)]
    if order != "best":
        query: Json = {"bool": {"filter": [*passing, *_held(groups[-1])], "must_not": barred}}
        direction = "desc" if order == "newest" else "asc"
        return {"query": query, "sort": [{"newness": direction}, {"id": "asc"}]}
    most_words = max(len(words_of(tier)) for tier in groups)
    step = 2.0 ** ceil(log2(1 + 2 * _MOST_A_WORD * (most_words + 1)))
    floor = step * 2.0 ** ceil(log2(1 + len(groups[-1].near)))
    ranked: list[Json] = []
    for rank, tier in enumerate(reversed(groups)):
        weights: list[Json] = []
        for exact, word in words_of(tier):
            field = "exact" if exact else "folded"
            weights.append({"term": {field: {"value": word}}})
            weights.append({"term": {f"{field}_head": {"value": word, "boost": _HEAD_BOOST}}})
        lifts = [_constant(_standing(one), step) for one in tier.near]
        must = [_constant({"match_all": {}}, floor * rank)]
        ranked.append({"bool": {"filter": _held(tier), "must": must, "should": [*weights, *lifts]}})
    query = {"bool": {"must": [{"dis_max": {"queries": ranked}}], "filter": passing, "must_not": barred}}
    return {"query": query, "sort": [{"_score": "desc"}, {"newness": "desc"}, {"id": "asc"}]}


def figures(counted: Collection[str]) -> Json:
    """Return what counts the labels of each kind."""
    return {
        f"kind {number}": {
            "terms": {"field": "labels", "include": _RESERVED.sub(r"\\\1", kind) + ":.*", "size": MOST_LABELS}
        }
        for number, kind in enumerate(sorted(set(counted)))
    }
