"""References (số và ký hiệu) that are written with their marks.

NĐ 30, appendix III gives the printed forms: ``138/QĐ-UBND``; a công văn carries no type, ``15/UBND-VP``; normative
acts carry the year, ``15/2021/QĐ-UBND``; laws ``63/2025/QH15``; the Party writes ``18-NQ/TW``. People also type
``138/qd-ubnd``, ``QĐ 138``, ``qd138 ubnd``, ``138 qd ubnd``, ``số 138``, ``quyết định số 138/QĐ-UBND``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from search.folding import fold, forms, tokens, unify_dashes
from search.vocabulary import Vocabulary

FIRST_YEAR, LAST_YEAR = 1930, 2199
_CENTURY_ENDS = 70
_MOST_SYMBOL_LETTERS = 12


@dataclass(frozen=True, slots=True)
class Reference:
    """What was understood of a reference; ``None`` means: not said."""

    number: int | None = None
    year: int | None = None
    """Year inside a normative act's symbol; not the year of issue."""

    type_code: str | None = None
    """First of ``type_candidates``."""

    agency: str | None = None
    """First of ``agency_candidates``."""

    unit: str | None = None
    """Drafting unit in a công văn's symbol, ``VP`` in ``15/UBND-VP``."""

    exact: bool = False
    """The symbol was typed with diacritics, so nothing else can be meant by it."""

    type_candidates: tuple[str, ...] = ()
    """All types that may be meant, likeliest first: ``hd`` is HD or HĐ, ``hđ`` only HĐ."""

    agency_candidates: tuple[str, ...] = ()
    """All agencies that may be meant, likeliest first."""

    party: bool = False
    """Written the Party's way, ``18-NQ/TW``."""


@dataclass(frozen=True, slots=True)
class FoundReference:
    """A reference and its place in ``nfc(text)``."""

    reference: Reference
    start: int
    end: int


_SYMBOL = r"[^\W\d_][^\W_]*"
_STRICT = re.compile(
    rf"(?<![\w/])(?<!\w[.\-])(?P<number>\d{{1,7}})\s*/\s*(?:(?P<year>\d{{4}}|\d{{2}})\s*/\s*)?"
    rf"(?P<symbol>{_SYMBOL}(?:\s*-\s*{_SYMBOL})*)(?:/(?P<late>\d{{4}}))?(?![\w/])"
)
_PARTY = re.compile(
    rf"(?<![\w/])(?<!\w[.\-])(?P<number>\d{{1,7}})\s*-\s*(?P<type>{_SYMBOL})\s*/\s*"
    rf"(?P<agency>{_SYMBOL}(?:-{_SYMBOL})*)(?![\w/])"
)
_YEARED = re.compile(r"(?<![\w/])(?<!\w[.\-])(?P<number>\d{1,7})/(?P<year>\d{4})(?![\w/])(?![.\-]\w)")
_BARE_SYMBOL = re.compile(
    rf"(?<![\w/\-.,])(?:(?P<before>\d{{1,7}})\s*)?(?P<symbol>{_SYMBOL}(?:\s*[\-/]\s*{_SYMBOL})+)(?![\w/\-])"
    r"(?:\s*(?:số\s*:?|so\s*:?|\s)\s*(?P<after>\d{1,7})(?![\w/])(?![.,\-]\w))?",
    re.IGNORECASE,
)
NUMBER = re.compile(r"\d{1,7}")
_VOWELS = frozenset("aeiouy")
NUMBER_SIGN = frozenset({"số", "so"})
"""Words before a number."""


def _year(text: str | None) -> int | None:
    if text is None:
        return None
    year = int(text) + (0 if len(text) > 2 else 2000 if int(text) < _CENTURY_ENDS else 1900)  # noqa: PLR2004
    return year if FIRST_YEAR <= year <= LAST_YEAR else None


def has_diacritics(*typed: str) -> bool:
    """Tell whether any of the words was typed with diacritics."""
    return any(exact != folded for exact, folded in map(forms, typed))


def _canonical(typed: str) -> str:
    """Spell a symbol that the vocabulary does not know."""
    return typed.upper() if typed.islower() else typed


def _looks_like_symbol(parts: list[str], vocabulary: Vocabulary) -> bool:
    if any(len(part) > _MOST_SYMBOL_LETTERS for part in parts):
        return False
    if vocabulary.type_candidates(parts[0]) or any(vocabulary.agency_candidates(part) for part in parts):
        return True
    if len(parts) == 1:
        return len(parts[0]) > 1 and parts[0].isupper()
    # "12/abc-xyz" may be a symbol in lower case, "3/công-tơ" is not: symbols know no marks but đ's.
    return all(part.isupper() or fold(part) == part.lower().replace("đ", "d") for part in parts)


def _longest_agency(parts: list[str], vocabulary: Vocabulary) -> tuple[tuple[str, ...], int]:
    for length in range(len(parts), 0, -1):
        found = vocabulary.agency_candidates("-".join(parts[:length]))
        if found:
            return found, length
    return (), 0


def parted(parts: list[str], vocabulary: Vocabulary) -> list[str]:
    """Part a type and an agency that were written together: ``QĐUBND``."""
    whole = parts[0]
    if vocabulary.type_candidates(whole) or vocabulary.agency_candidates(whole):
        return parts
    for place in range(2, min(len(whole) - 1, 6)):
        if vocabulary.type_candidates(whole[:place]) and vocabulary.agency_candidates(whole[place:]):
            return [whole[:place], whole[place:], *parts[1:]]
    return parts


def _read_symbol(parts: list[str], vocabulary: Vocabulary, *, with_year: bool) -> Reference:
    exact = has_diacritics(*parts)
    parts = parted(parts, vocabulary)
    types = vocabulary.type_candidates(parts[0])
    agencies, length = _longest_agency(parts, vocabulary)
    if not types and not agencies and _longest_agency(parts[1:], vocabulary)[0]:
        types = (_canonical(parts[0]),)
    if len(parts) > 1 and (types or with_year) and not (agencies and not types):
        # Type, then agency; what follows a known agency is the drafting unit: 123/QĐ-UBND-HC.
        types = types or (_canonical(parts[0]),)
        agencies, length = _longest_agency(parts[1:], vocabulary)
        rest = parts[1:]
    elif len(parts) == 1 and types and not agencies:
        return Reference(type_code=types[0], type_candidates=types, exact=exact)
    else:
        types, rest = (), parts
    if not agencies:
        agencies, length = vocabulary.agency_slips(rest[0]), 1
    if not agencies:
        length = len(rest) if types else 1
        agencies = ("-".join(_canonical(part) for part in rest[:length]),)
    unit = "-".join(_canonical(part) for part in rest[length:]) or None
    return Reference(
        type_code=types[0] if types else None,
        agency=agencies[0],
        unit=unit,
        exact=exact,
        type_candidates=types,
        agency_candidates=agencies,
    )


def _strict_at(found: re.Match[str], vocabulary: Vocabulary) -> FoundReference | None:
    year_text = found.group("year") or found.group("late")
    year = _year(year_text)
    if year_text is not None and year is None:
        return None
    pieces = list(re.finditer(_SYMBOL, found.group("symbol")))
    parts = [pieces[0].group()]
    end = found.start("symbol") + pieces[0].end()
    for before, piece in pairwise(pieces):
        spaced = piece.start() - before.end() > 1
        known = vocabulary.agency_candidates(piece.group()) or piece.group().isupper()
        if spaced and not known:
            break  # "138/QĐ-UBND - về việc ..." goes on in words
        parts.append(piece.group())
        end = found.start("symbol") + piece.end()
    if year is None and not _looks_like_symbol(parts, vocabulary):
        return None
    reference = replace(
        _read_symbol(parts, vocabulary, with_year=year is not None),
        number=int(found.group("number")),
        year=year,
    )
    whole = end == found.end("symbol") and found.group("late") is not None
    return FoundReference(reference, found.start(), found.end() if whole else end)


def _party_at(found: re.Match[str], vocabulary: Vocabulary) -> FoundReference | None:
    typed, agency = found.group("type"), found.group("agency")
    types = vocabulary.type_candidates(typed)
    agencies = vocabulary.agency_candidates(agency)
    if not types and not agencies and not (typed.isupper() and agency.isupper()):
        return None
    types, agencies = types or (_canonical(typed),), agencies or (_canonical(agency),)
    reference = Reference(
        number=int(found.group("number")),
        type_code=types[0],
        agency=agencies[0],
        exact=has_diacritics(typed, agency),
        type_candidates=types,
        agency_candidates=agencies,
        party=True,
    )
    return FoundReference(reference, found.start(), found.end())


def find_strict(text: str, vocabulary: Vocabulary) -> Iterator[FoundReference]:
    """Yield references that are written with their marks, wherever they stand in ``text`` (NFC)."""
    unified = unify_dashes(text)
    position = 0
    while True:
        best: FoundReference | None = None
        for pattern, read in ((_PARTY, _party_at), (_STRICT, _strict_at)):
            start = position
            while (found := pattern.search(unified, start)) is not None:
                if best is not None and found.start() >= best.start:
                    break
                candidate = read(found, vocabulary)
                if candidate is not None:
                    best = candidate
                    break
                start = found.start("number") + len(found.group("number"))
        if best is None:
            return
        yield best
        position = best.end


def find_yeared(text: str) -> Iterator[FoundReference]:
    """Yield ``15/2021``: a normative act's number and year without its symbol."""
    for found in _YEARED.finditer(unify_dashes(text)):
        year = _year(found.group("year"))
        if year is not None:
            yield FoundReference(Reference(int(found.group("number")), year), *found.span())


def find_symbols(text: str, vocabulary: Vocabulary) -> Iterator[FoundReference]:
    """Yield symbols without a slash after the number, when both the type and the agency are known.

    ``QĐ-UBND`` alone, or with a number beside it: ``138 QĐ-UBND``, ``138QĐ-UBND``, ``QĐ-UBND số 138``, ``18 NQ/TW``.
    """
    for found in _BARE_SYMBOL.finditer(unify_dashes(text)):
        pieces = list(re.finditer(_SYMBOL, found.group("symbol")))
        parts = [piece.group() for piece in pieces]
        numbered = found.group("before") is not None or found.group("after") is not None
        if not vocabulary.type_candidates(parts[0]):
            if not numbered or not vocabulary.agency_candidates(parts[0]) or not all(map(is_code, parts[1:])):
                continue
        elif not _longest_agency(parts[1:], vocabulary)[0] and not (numbered and all(map(is_code, parts))):
            continue
        before, after = found.group("before"), found.group("after")
        number = int(before or after) if before or after else None
        end = found.end() if after and not before else found.end("symbol")
        party = "/" in found.group("symbol") and len(parts) == 2  # noqa: PLR2004 - type and agency
        reference = replace(_read_symbol(parts, vocabulary, with_year=False), number=number, party=party)
        yield FoundReference(reference, found.start(), end)


def is_code(typed: str) -> bool:
    """Tell whether a word is an abbreviation by its look: capitals, or letters that make no syllable."""
    if not 1 < len(typed) <= _MOST_SYMBOL_LETTERS or not typed[0].isalpha():
        return False
    return typed.isupper() or not any(letter in _VOWELS for letter in fold(typed))


def with_type_name(text: str, found: FoundReference, vocabulary: Vocabulary) -> FoundReference:
    """Take "quyết định số" or "QĐ" before a strict reference into it, when it names the same type or the only one."""
    before = list(tokens(text[: found.start]))
    if text[before[-1].end if before else 0 : found.start].strip(" :."):
        return found
    end = len(before)
    if end and before[-1].text in NUMBER_SIGN:
        end -= 1
    for start in range(max(0, end - 6), end):
        if "\0" in text[before[start].start : found.start]:
            continue
        words = [(token.text, token.folded) for token in before[start:end]]
        codes = tuple(name.code for name in vocabulary.normative_names.at(words) if len(name.words) == len(words))
        if not codes and len(words) == 1:
            codes = vocabulary.type_candidates(text[before[start].start : before[start].end])
        if not codes:
            continue
        known = found.reference.type_candidates
        meant = tuple(code for code in codes if code in known) if known else codes
        if not meant:
            break
        return FoundReference(_typed_as(found.reference, meant), before[start].start, found.end)
    if end < len(before):
        return FoundReference(found.reference, before[end].start, found.end)
    return found


def _typed_as(reference: Reference, codes: tuple[str, ...]) -> Reference:
    agency = reference.agency
    # Laws (63/2025/QH15) and letters (12/UBND-VX) carry no type in their symbols.
    bare = agency is not None and (reference.year is None or reference.unit is not None or agency.startswith("QH"))
    if bare and not reference.type_candidates:
        return reference
    return replace(reference, type_code=codes[0], type_candidates=codes)


def format_reference(reference: Reference) -> str:
    """Write a reference as it is printed; a number below 10 gets its leading zero (NĐ 30, appendix I)."""
    number = "" if reference.number is None else f"{reference.number:02d}"
    if reference.party and reference.type_code and reference.agency:
        return f"{number}-{reference.type_code}/{reference.agency}"
    symbol = "-".join(part for part in (reference.type_code, reference.agency, reference.unit) if part)
    year = "" if reference.year is None else str(reference.year)
    return "/".join(part for part in (number, year, symbol) if part)
