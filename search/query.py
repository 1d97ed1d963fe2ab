"""One box: what a clerk types, taken apart into references, a period, types, units, words, phrases and exclusions.

Nothing is ever refused: what is not understood is words. The rules, in this order:

1. ``"thu hồi đất"`` is a phrase; ``-"…"`` and ``-từ`` exclude. An open quotation mark is ignored.
2. ``loại:``, ``đơn vị:`` (``cơ quan:``) and ``người ký:`` (``ký bởi``) name a type, a unit, a signatory of the
   vocabulary. A name that is not in it becomes words.
3. The first date or period is the period; later ones stay words.
4. References with their marks (``138/QĐ-UBND``, ``18-NQ/TW``, ``15/2021``, ``138QĐ-UBND``) are taken anywhere, together
   with "quyết định số" before them and the rest of the agency's name after them. Without marks (``qd138 ubnd``,
   ``138 qd``) only where the query begins; a code spelled exactly or a type by name, followed by a number, anywhere.
   A number that may be a year is one only after "số" or with an agency.
5. Names of units, signatories and types without a prefix are *mentions*.
6. A bare number that is all there is but for other understood parts is a reference by number *and* a word: take the
   documents of either. A bare year beside understood parts is the period; ``QĐ 2014`` is either.
7. Where nothing but understood parts and mentions is left, two or more (or a type's code alone), mentions are what they
   name: ``báo cáo sở xây dựng quý 1/2024``. Where there are words, mentions stay words, for documents are full of such
   names; documents that such a name describes are *preferred*. So is a type by name that the words begin with, and the
   one year among them.
8. What is left is words. Those that have another name (``gpmb``, ``giải phóng mặt bằng``) may stand under any of them.
   Little words that only joined the parts (``ngày``, ``của``, ``và``) are dropped when nothing else is left, and
   those that say nothing (``của``, ``về``, ``tại``) when other words are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from search.chips import Chip, Kind, as_words, cut
from search.dates import Period
from search.engine import Phrase, WordQuery
from search.folding import Term, nfc, terms
from search.reading import LITTLE, MOST_TERMS, Mention, Reading
from search.references import Reference, format_reference
from search.vocabulary import Vocabulary
from search.words import Alternatives, side_by_side

__all__ = [
    "LONGEST_QUERY",
    "MOST_TERMS",
    "Chip",
    "Kind",
    "Period",
    "Preferred",
    "Query",
    "Reference",
    "Term",
    "Vocabulary",
    "as_words",
    "cut",
    "parse_query",
]

LONGEST_QUERY = 2_000
"""Letters read of a query; what follows is ignored."""


@dataclass(frozen=True, slots=True)
class Preferred:
    """Facts of documents that come first; the others are found as well."""

    type_codes: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    signatories: tuple[str, ...] = ()
    period: Period | None = None

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.type_codes or self.units or self.signatories or self.period)


@dataclass(frozen=True, slots=True)
class Query:
    """What was understood. All parts hold at once, except a bare number's two readings; see ``number_or_word``."""

    references: tuple[Reference, ...] = ()
    """Any of these."""

    period: Period | None = None
    type_codes: tuple[str, ...] = ()
    """Any of these."""

    units: tuple[str, ...] = ()
    """Keys of units in the vocabulary (abbreviations of agencies if it knows no units), any of these."""

    signatories: tuple[str, ...] = ()
    words: tuple[Term, ...] = ()
    phrases: tuple[Phrase, ...] = ()
    excluded: tuple[Phrase, ...] = ()
    chips: tuple[Chip, ...] = field(default=(), repr=False)
    alternatives: tuple[Alternatives, ...] = ()
    """Each must hold in one of its phrases; what they were typed as is not among the words."""

    near: tuple[Phrase, ...] = ()
    """Words typed side by side, which had better stand side by side in the document, too. They exclude nothing."""

    preferred: Preferred = Preferred()

    @property
    def number_or_word(self) -> bool:
        """Whether the query is a bare number: its reference and its word are two readings, either of which holds."""
        return (
            len(self.references) == len(self.words) == 1
            and self.words[0].text.isdigit()
            and self.references[0] == Reference(number=int(self.words[0].text))
        )

    @property
    def asks_words(self) -> bool:
        """Whether there is anything that an engine must find."""
        return bool(self.words or self.phrases or self.alternatives)

    @property
    def word_query(self) -> WordQuery:
        """The part that an engine answers."""
        return WordQuery(
            self.words,
            self.phrases,
            self.excluded,
            alternatives=tuple(one.phrases for one in self.alternatives),
            near=side_by_side(self.near),
        )

    @property
    def period_may_be_told(self) -> bool:
        """Whether the abstract may name the period instead: a plan for 2025 is issued in 2024."""
        return self.period is not None and not self.references and (self.asks_words or bool(self.type_codes))

    @property
    def mentions(self) -> tuple[Term, ...]:
        """The full references as words, to find documents that cite them."""
        return tuple(
            term
            for reference in self.references
            if reference.number is not None and reference.agency is not None
            for term in terms(format_reference(reference))
        )


def parse_query(text: str, vocabulary: Vocabulary, today: date | None = None) -> Query:
    """Understand ``text``; see the module for the rules. Never raises, whatever the text.

    Without ``today`` what counts from it (``tháng trước``) stays words.
    """
    reading = Reading(nfc(text[:LONGEST_QUERY]), vocabulary, today)
    reading.quotations()
    reading.prefixes()
    reading.exclusions()
    reading.dates()
    reading.marked_references()
    if not reading.references:
        reading.loose_references()
    reading.name_mentions()
    reading.numbers()
    reading.settle()
    runs = reading.words()
    words, alternatives = _spelled_out(runs, reading)
    return Query(
        references=tuple(dict.fromkeys(reading.references)),
        period=reading.period,
        type_codes=tuple(dict.fromkeys(reading.types)),
        units=tuple(dict.fromkeys(reading.units)),
        signatories=tuple(dict.fromkeys(reading.signatories)),
        words=words[:MOST_TERMS],
        phrases=tuple(dict.fromkeys(reading.phrases))[:MOST_TERMS],
        excluded=tuple(dict.fromkeys(reading.excluded))[:MOST_TERMS],
        chips=tuple(sorted(reading.chips, key=lambda chip: chip.start)),
        alternatives=alternatives[:MOST_TERMS],
        near=tuple(dict.fromkeys(tuple(run[:MOST_TERMS]) for run in runs if len(run) > 1))[:MOST_TERMS],
        preferred=_preferred(reading),
    )


def _preferred(reading: Reading) -> Preferred:
    def codes(kind: Kind) -> tuple[str, ...]:
        return tuple(dict.fromkeys(code for one in reading.mentions if one.kind == kind for code in one.codes))

    return Preferred(codes("type"), codes("unit"), codes("signatory"), reading.preferred_period)


def _spelled_out(runs: Sequence[Sequence[Term]], reading: Reading) -> tuple[tuple[Term, ...], tuple[Alternatives, ...]]:
    """Part words that have other names from those that have none."""
    words: dict[Term, None] = {}
    found: dict[Alternatives, None] = {}
    abbreviations = _abbreviations(reading.mentions)
    bare = any(chip.kind == "reference" and chip.text.isdigit() for chip in reading.chips)
    for number, run in enumerate(runs):
        # "văn bản của …" asks for documents, not for these words.
        place = 2 if not number and [one.folded for one in run[:2]] == ["van", "ban"] and _is_little(run[2:3]) else 0
        while place < len(run):
            same = None if bare else reading.vocabulary.synonyms.at(run[place:])
            if same is None and run[place].text in abbreviations:
                same = Alternatives(((run[place],), *abbreviations[run[place].text])), 1
            if same is None:
                words[run[place]] = None
                place += 1
            else:
                found[same[0]] = None
                place += same[1]
    telling = tuple(word for word in words if word.text not in LITTLE)
    return (telling if telling or found else tuple(words)), tuple(found)


def _is_little(words: Sequence[Term]) -> bool:
    return bool(words) and all(word.text in LITTLE for word in words)


def _abbreviations(mentions: Sequence[Mention]) -> dict[str, tuple[Phrase, ...]]:
    return {mention.abbreviation: mention.phrases for mention in mentions if mention.abbreviation}
