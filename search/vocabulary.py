"""The names that a query may use: document types, agencies, signatories."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from search.folding import fold, forms
from search.names import NameTable
from search.synonyms import Synonyms

NORMATIVE_NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "NĐ": ("Nghị định",),
        "TT": ("Thông tư",),
        "TTLT": ("Thông tư liên tịch",),
        "NQLT": ("Nghị quyết liên tịch",),
        "L": ("Luật", "Bộ luật"),
        "PL": ("Pháp lệnh",),
        "LCT": ("Lệnh",),
    }
)
NORMATIVE_CODES = tuple(NORMATIVE_NAMES)
"""Types of normative acts, which NĐ 30 does not list because it leaves them out; always understood in symbols."""


_SHORTEST_SLIP = 4
"""Shorter abbreviations differ by one letter from too many others."""


def _by_fold(codes: Mapping[str, object] | tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for code in codes:
        if code:
            table[fold(code)] = (*table.get(fold(code), ()), code)
    return table


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the office knows by name. Built once and shared; all of it is data of the caller's."""

    type_codes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Code of a document type to its names: ``{"QĐ": ("Quyết định",)}``. A type without code has a code of the
    caller's making, for example ``{"CV": ("Công văn",)}``."""

    agencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Abbreviation of an agency, as in symbols, to its names: ``{"UBND": ("Ủy ban nhân dân",)}``."""

    units: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Key of a unit, of the caller's making, to its names; several may bear one name. Without any, agencies serve."""

    signatories: tuple[str, ...] = ()
    """Full names of those who sign."""

    synonym_groups: tuple[tuple[str, ...], ...] = ()
    """Phrases that mean the same, group by group."""

    type_names: NameTable = field(init=False, repr=False, compare=False)
    normative_names: NameTable = field(init=False, repr=False, compare=False)
    """Names of types, those of normative acts among them, as they stand before a reference."""

    agency_names: NameTable = field(init=False, repr=False, compare=False)
    unit_names: NameTable = field(init=False, repr=False, compare=False)
    signatory_names: NameTable = field(init=False, repr=False, compare=False)
    synonyms: Synonyms = field(init=False, repr=False, compare=False)
    types_by_fold: Mapping[str, tuple[str, ...]] = field(init=False, repr=False, compare=False)
    agencies_by_fold: Mapping[str, tuple[str, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        def put(name: str, value: object) -> None:
            object.__setattr__(self, name, value)

        put("type_names", NameTable(self.type_codes))
        put("normative_names", NameTable({**NORMATIVE_NAMES, **self.type_codes}))
        put("agency_names", NameTable({code: (code, *names) for code, names in self.agencies.items()}))
        put("unit_names", NameTable(self.units) if self.units else self.agency_names)
        put("signatory_names", NameTable({name: (name,) for name in self.signatories}))
        put("synonyms", Synonyms(self.synonym_groups))
        extra = tuple(code for code in NORMATIVE_CODES if code not in self.type_codes)
        put("types_by_fold", MappingProxyType(_by_fold((*self.type_codes, *extra))))
        put("agencies_by_fold", MappingProxyType(_by_fold(self.agencies)))

    def type_candidates(self, typed: str) -> tuple[str, ...]:
        """Return the type codes that ``typed`` may mean, the likeliest first; see :func:`candidates`."""
        return candidates(typed, self.types_by_fold)

    def agency_candidates(self, typed: str) -> tuple[str, ...]:
        """Return the agency abbreviations that ``typed`` may mean, the likeliest first."""
        return candidates(typed, self.agencies_by_fold)

    def agency_slips(self, typed: str) -> tuple[str, ...]:
        """Return the one agency that ``typed`` is but for a slip of one letter or two that changed places: UBDN."""
        folded = fold(typed)
        if len(folded) < _SHORTEST_SLIP:
            return ()
        found = [code for known, codes in self.agencies_by_fold.items() if _is_slip(folded, known) for code in codes]
        return tuple(found) if len(found) == 1 else ()


def _is_slip(typed: str, meant: str) -> bool:
    """Tell whether one letter was changed, left out or put in, or two neighbours were swapped."""
    if len(meant) < _SHORTEST_SLIP or abs(len(typed) - len(meant)) > 1:
        return False
    same = next((place for place, (one, other) in enumerate(zip(typed, meant, strict=False)) if one != other), None)
    if same is None:
        return True
    one, other = typed[same:], meant[same:]
    swapped = one[:2] == other[1::-1] and one[2:] == other[2:]
    return swapped or one[1:] == other[1:] or one[1:] == other or one == other[1:]


def candidates(typed: str, by_fold: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the codes that ``typed`` may mean.

    Typed with diacritics, only the very code: ``hđ`` is HĐ, never HD. Without, every code that folds to it, and the
    one spelled like it first: ``hd`` is HD, then HĐ.
    """
    exact, folded = forms(typed)
    found = by_fold.get(folded, ())
    if exact != folded:
        return tuple(code for code in found if forms(code)[0] == exact)
    return tuple(sorted(found, key=lambda code: (code != typed, forms(code)[0] != exact)))
