"""References (số và ký hiệu) in the ways people write them.

NĐ 30, appendix III gives the printed forms: ``138/QĐ-UBND``; a công văn carries no type, ``15/UBND-VP``; normative
acts carry the year, ``15/2021/QĐ-UBND``; laws ``63/2025/QH15``; the Party writes ``18-NQ/TW``. People also type
``138/qd-ubnd``, ``QĐ 138``, ``qd138 ubnd``, ``138 qd ubnd``, ``số 138``, ``quyết định số 138/QĐ-UBND``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from search.dates import find_periods
from search.folding import fold, forms, nfc, tokens, unify_dashes
from search.vocabulary import Name, Vocabulary

FIRST_YEAR, LAST_YEAR = 1930, 2199
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
    rf"(?<![\w/])(?<!\w[.\-])(?P<number>\d{{1,7}})\s*/\s*(?:(?P<year>\d{{4}})\s*/\s*)?"
    rf"(?P<symbol>{_SYMBOL}(?:\s*-\s*{_SYMBOL})*)(?![\w/])"
)
_PARTY = re.compile(
    rf"(?<![\w/])(?<!\w[.\-])(?P<number>\d{{1,7}})\s*-\s*(?P<type>{_SYMBOL})\s*/\s*"
    rf"(?P<agency>{_SYMBOL}(?:-{_SYMBOL})*)(?![\w/])"
)
_YEARED = re.compile(r"(?<![\w/])(?<!\w[.\-])(?P<number>\d{1,7})/(?P<year>\d{4})(?![\w/])(?![.\-]\w)")
_BARE_SYMBOL = re.compile(
    rf"(?<![\w/\-.,])(?:(?P<before>\d{{1,7}})\s+)?(?<![\w/\-])(?P<symbol>{_SYMBOL}(?:-{_SYMBOL})+)(?![\w/\-])"
    r"(?:\s+(?:số\s+|so\s+)?(?P<after>\d{1,7})(?![\w/])(?![.,\-]\w))?",
    re.IGNORECASE,
)
_LOOSE_WORD = re.compile(r"\w+")
_GLUED = re.compile(r"([^\W\d_]+)(\d{1,7})")
_NUMBER = re.compile(r"\d{1,7}")
_NUMBER_SIGN = frozenset({"số", "so"})


def _year(text: str | None) -> int | None:
    return int(text) if text is not None and FIRST_YEAR <= int(text) <= LAST_YEAR else None


def _has_diacritics(*typed: str) -> bool:
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


def _read_symbol(parts: list[str], vocabulary: Vocabulary, *, with_year: bool) -> Reference:
    exact = _has_diacritics(*parts)
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
    year_text = found.group("year")
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
    return FoundReference(reference, found.start(), end)


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
        exact=_has_diacritics(typed, agency),
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
    """Yield symbols without a slash, when both the type and the agency are known.

    ``QĐ-UBND`` alone, or with a number beside it: ``138 QĐ-UBND``, ``QĐ-UBND số 138``.
    """
    for found in _BARE_SYMBOL.finditer(unify_dashes(text)):
        parts = found.group("symbol").split("-")
        if not vocabulary.type_candidates(parts[0]) or not _longest_agency(parts[1:], vocabulary)[0]:
            continue
        before, after = found.group("before"), found.group("after")
        number = int(before or after) if before or after else None
        end = found.end() if after and not before else found.end("symbol")
        yield FoundReference(
            replace(_read_symbol(parts, vocabulary, with_year=False), number=number), found.start(), end
        )


def name_at(words: list[tuple[str, str]], names: tuple[Name, ...]) -> Name | None:
    """Return the longest name that ``words`` (exact, folded) begin with.

    Words typed with diacritics must stand so in the name; the others may lack them.
    """
    best: Name | None = None
    for name in names:
        if best is not None and (len(name.words) < len(best.words)):
            break
        head = words[: len(name.words)]
        if len(head) < len(name.words) or tuple(folded for _, folded in head) != name.folded:
            continue
        if all(exact in (word, folded) for (exact, folded), word in zip(head, name.words, strict=True)):
            spelled = tuple(exact for exact, _ in head) == name.words
            if best is None or spelled:
                best = name
    return best


@dataclass(frozen=True, slots=True)
class _Words:
    typed: tuple[str, ...]
    forms: tuple[tuple[str, str], ...]
    spans: tuple[tuple[int, int], ...]


def _split(text: str) -> _Words:
    typed: list[str] = []
    places: list[tuple[int, int]] = []
    for found in _LOOSE_WORD.finditer(text):
        glued = _GLUED.fullmatch(found.group())
        pieces = [glued.span(1), glued.span(2)] if glued else [(0, len(found.group()))]
        for start, end in pieces:
            typed.append(found.group()[start:end])
            places.append((found.start() + start, found.start() + end))
    return _Words(tuple(typed), tuple(forms(word) for word in typed), tuple(places))


def _type_at(words: _Words, index: int, vocabulary: Vocabulary) -> tuple[tuple[str, ...], int, bool]:
    """Return the types that the words at ``index`` may name, how many words that takes, and whether in full."""
    name = name_at(list(words.forms[index:]), vocabulary.type_names)
    if name is not None:
        codes = tuple(dict.fromkeys(one.code for one in vocabulary.type_names if one.folded == name.folded))
        return tuple(sorted(codes, key=lambda code: code != name.code)), len(name.words), True
    if index < len(words.typed):
        # Of codes only those that the office gives numbers under: "NĐ 30" is looked for where it is cited.
        known = vocabulary.type_candidates(words.typed[index])
        return tuple(code for code in known if code in vocabulary.type_codes), 1, False
    return (), 0, False


def _number_at(words: _Words, index: int) -> tuple[int | None, int]:
    """Return the number at ``index``, after an optional "số", and how many words that takes."""
    taken = 0
    if index < len(words.typed) and words.forms[index][0] in _NUMBER_SIGN:
        taken = 1
    if index + taken < len(words.typed) and _NUMBER.fullmatch(words.typed[index + taken]):
        return int(words.typed[index + taken]), taken + 1
    return None, 0


def find_loose(text: str, vocabulary: Vocabulary) -> FoundReference | None:
    """Return the reference that ``text`` (NFC) begins with, written without its marks.

    A type and a number in either order, an agency after them; "số" and a number. What follows may be words:
    ``quyết định 138 thu hồi đất``; but a number and a lower-case code alone (``12 da``) must end the text, for
    Vietnamese syllables look like codes.
    """
    # What others have taken out of a query stands as NUL: it may come before, but nothing reaches across it.
    start = len(text) - len(text.lstrip(" \t\r\n\f,;:.\0"))
    text = text[:start] + text[start:].partition("\0")[0]
    words = _split(text)
    if not words.typed or words.spans[0][0] != start:
        return None
    number, index = _number_at(words, 0)
    numbered_first, in_full = number is not None, True
    types, taken, in_full = _type_at(words, index, vocabulary)
    if types:
        index += taken
        if number is None:
            number, taken = _number_at(words, index)
            index += taken
    if number is None:
        return None
    if not types and not (words.forms[0][0] in _NUMBER_SIGN or _agency_follows(words, index, vocabulary)):
        return None
    typed = list(words.typed[:index])
    agencies: tuple[str, ...] = ()
    if _agency_follows(words, index, vocabulary):
        agencies = vocabulary.agency_candidates(words.typed[index])
        typed.append(words.typed[index])
        index += 1
    elif types and numbered_first and not in_full and index < len(words.typed) and typed[-1] not in types:
        return None
    if index < len(words.spans) and _joined(text, words, index):
        return None
    reference = Reference(
        number=number,
        type_code=types[0] if types else None,
        agency=agencies[0] if agencies else None,
        exact=bool(types or agencies) and _has_diacritics(*typed) and not _only_sign(typed),
        type_candidates=types,
        agency_candidates=agencies,
    )
    return FoundReference(reference, words.spans[0][0], words.spans[index - 1][1])


def _only_sign(typed: list[str]) -> bool:
    return not _has_diacritics(*(word for word in typed if forms(word)[0] not in _NUMBER_SIGN))


def _agency_follows(words: _Words, index: int, vocabulary: Vocabulary) -> bool:
    return index < len(words.typed) and bool(vocabulary.agency_candidates(words.typed[index]))


def _joined(text: str, words: _Words, index: int) -> bool:
    """Tell whether the next word hangs on the last by a mark: "138/24", "138.000" are no loose references."""
    return unify_dashes(text[words.spans[index - 1][1] : words.spans[index][0]]) in {"/", ".", "-", ","}


def with_type_name(text: str, found: FoundReference, vocabulary: Vocabulary) -> FoundReference:
    """Take "quyết định số" before a strict reference into it, when it names the same type or the only one."""
    before = list(tokens(text[: found.start]))
    if text[before[-1].end if before else 0 : found.start].strip(" :"):
        return found
    end = len(before)
    if end and before[-1].text in _NUMBER_SIGN:
        end -= 1
    for start in range(max(0, end - 6), end):
        name = name_at([(token.text, token.folded) for token in before[start:end]], vocabulary.type_names)
        if name is None or len(name.words) != end - start or "\0" in text[before[start].start : found.start]:
            continue
        known = found.reference.type_candidates
        if known and name.code not in known:
            break
        reference = found.reference
        if known or reference.agency is None:
            reference = replace(reference, type_code=name.code, type_candidates=(name.code,))
        return FoundReference(reference, before[start].start, found.end)
    if end < len(before):
        return FoundReference(found.reference, before[end].start, found.end)
    return found


def parse_reference(text: str, vocabulary: Vocabulary) -> Reference | None:
    """Read ``text`` as one reference, a date after it allowed; None when it is anything else or more.

    A bare number is a reference by number alone.
    """
    composed = nfc(text)
    for period in reversed(find_periods(composed)):
        composed = composed[: period.start] + " " + composed[period.end :]
    composed = composed.strip(" \t\r\n\f\v,;:.")
    if _NUMBER.fullmatch(composed):
        return Reference(number=int(composed))
    for found in (
        *find_strict(composed, vocabulary),
        *find_yeared(composed),
        *find_symbols(composed, vocabulary),
    ):
        whole = with_type_name(composed, found, vocabulary)
        if whole.start == 0 and whole.end == len(composed):
            return whole.reference
    loose = find_loose(composed, vocabulary)
    return loose.reference if loose is not None and loose.end == len(composed) else None


def format_reference(reference: Reference) -> str:
    """Write a reference as it is printed; a number below 10 gets its leading zero (NĐ 30, appendix I)."""
    number = "" if reference.number is None else f"{reference.number:02d}"
    if reference.party and reference.type_code and reference.agency:
        return f"{number}-{reference.type_code}/{reference.agency}"
    symbol = "-".join(part for part in (reference.type_code, reference.agency, reference.unit) if part)
    year = "" if reference.year is None else str(reference.year)
    return "/".join(part for part in (number, year, symbol) if part)


@dataclass(frozen=True, slots=True)
class MatchKey:
    """A reference in the form in which columns are compared: folded, ``None`` where not said."""

    number: int | None
    year: int | None
    type_code: str | None
    agency: str | None
    unit: str | None


def match_key(reference: Reference | str, vocabulary: Vocabulary | None = None) -> MatchKey:
    """Return the key under which a reference is found by folded columns.

    Two references typed differently but meant alike have one key. It finds candidates only: HD and HĐ share a
    key, so compare ``type_candidates`` with the exact column before believing it.
    """
    if isinstance(reference, str):
        reference = parse_reference(reference, vocabulary or Vocabulary()) or Reference()
    return MatchKey(
        reference.number,
        reference.year,
        fold(reference.type_code) if reference.type_code else None,
        fold(reference.agency) if reference.agency else None,
        fold(reference.unit) if reference.unit else None,
    )
