"""Filters beside the search box: choices as links with their counts, and what is chosen as chips."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from flask import request, url_for
from sqlalchemy.orm import Session

from config.document_types import document_types
from docsvc.records.facets import Facet
from docsvc.records.filters import NAMES, Filters, from_values, to_values, without
from docsvc.records.signature_results import SignatureResult
from docsvc.records.suggestions import unit_tree
from docsvc.records.terms import REGISTERED, LegalEffect, Medium
from docsvc.web import words
from docsvc.web.i18n import N_, gettext, pick
from docsvc.web.templating import thousands
from docsvc.web.unit_options import INDENT

TITLES = {
    "unit": N_("Đơn vị"),
    "type": N_("Loại văn bản"),
    "year": N_("Năm"),
    "from": N_("Từ ngày"),
    "to": N_("Đến ngày"),
    "signatory": N_("Người ký"),
    "medium": N_("Hình thức"),
    "state": N_("Hiệu lực trong sổ"),
    "effect": N_("Hiệu lực pháp lý"),
    "signed": N_("Chữ ký số khi kiểm tra lần cuối"),
    "predecessors": N_("Đơn vị tiền thân"),
}
LINKED = ("type", "year", "medium", "state", "effect", "signed")
"""Facets whose choices are links; units and signatories are chosen from lists."""
_SENT_ALONG = frozenset(LINKED) - {"year"}
SHOWN_AT_ONCE = 6


@dataclass(frozen=True, slots=True)
class Link:
    """One choice of a filter: following it chooses it, or takes it back."""

    name: str
    address: str
    chosen: bool
    count: int | None
    """``None`` while it cannot be counted."""


@dataclass(frozen=True, slots=True)
class Group:
    """The choices of one filter."""

    title: str
    links: tuple[Link, ...]
    more: tuple[Link, ...]
    """Those that stand folded away."""


@dataclass(frozen=True, slots=True)
class FilterChip:
    """A filter that is set, with the address of the search without it."""

    title: str
    label: str
    without: str


@dataclass(frozen=True, slots=True)
class Panel:
    """All filters of one search."""

    groups: tuple[Group, ...]
    chips: tuple[FilterChip, ...]
    units: tuple[tuple[str, str], ...]
    signatories: tuple[tuple[str, str], ...]
    kept: tuple[tuple[str, str], ...]
    """Names and values that the form sends along."""
    typed: Mapping[str, str]
    unfiltered: str


def panel(session: Session, filters: Filters, facets: Iterable[Facet]) -> Panel:
    """The filters as they stand on the page."""
    counted = {facet.name: {choice.value: choice.count for choice in facet.choices} for facet in facets}
    tree = unit_tree(session)
    unit_names = {str(unit.id): unit.name for _, unit in tree}
    units = counted.get("unit")
    signed_by = counted.get("signatory", {})
    if filters.signatory:
        signed_by = {filters.signatory: 0, **signed_by}
    return Panel(
        groups=tuple(group for group in (_group(name, filters, counted.get(name)) for name in LINKED) if group.links),
        chips=tuple(_chips(filters, unit_names)),
        units=tuple(
            (str(unit.id), INDENT * depth + unit.name + _of(units, str(unit.id)))
            for depth, unit in tree
            if units is None or str(unit.id) in units
        ),
        signatories=tuple((name, name + _of(counted.get("signatory"), name)) for name in signed_by),
        kept=tuple((name, value) for name, value in to_values(filters) if name in _SENT_ALONG),
        typed={
            "unit": str(filters.unit_id or ""),
            "signatory": filters.signatory,
            "from": _typed_day("from", filters.start),
            "to": _typed_day("to", filters.end),
        },
        unfiltered=address(Filters()),
    )


def address(filters: Filters, **changed: str) -> str:
    """This search with these filters and some values changed, from its first page on."""
    kept = {name: request.args.getlist(name) for name in request.args if name not in NAMES and name != "page"}
    values = {"q": kept.pop("q", [])}
    for name, value in to_values(filters):
        values.setdefault(name, []).append(value)
    values |= kept
    values |= {name: [value] for name, value in changed.items()}
    return url_for("finding.search", **{name: found for name, found in values.items() if any(found)})  # type: ignore[arg-type]


def _group(name: str, filters: Filters, counts: Mapping[str, int] | None) -> Group:
    chosen = _chosen(name, filters)
    if counts is None:
        links = [_link(name, filters, value, chosen, None) for value in _every(name)]
    else:
        links = [_link(name, filters, value, chosen, count) for value, count in counts.items()]
    at_once = [link for place, link in enumerate(links) if place < SHOWN_AT_ONCE or link.chosen]
    return Group(gettext(TITLES[name]), tuple(at_once), tuple(link for link in links if link not in at_once))


def _link(name: str, filters: Filters, value: str, chosen: frozenset[str], count: int | None) -> Link:
    is_chosen = value in chosen
    return Link(_named(name, value), address(_toggled(name, filters, value, off=is_chosen)), is_chosen, count)


def _toggled(name: str, filters: Filters, value: str, *, off: bool) -> Filters:
    if name == "type":
        others = tuple(key for key in filters.type_keys if key != value)
        return replace(filters, type_keys=others if off else (*filters.type_keys, value))
    if off:
        return without(filters, name)
    if name == "year":
        return replace(filters, start=date(int(value), 1, 1), end=date(int(value), 12, 31))
    set_alone = from_values({name: [value]})[0]
    return replace(filters, **{name: getattr(set_alone, name)})


def _chosen(name: str, filters: Filters) -> frozenset[str]:
    values = to_values(filters)
    if name == "year":
        days = {key: value for key, value in values if key in {"from", "to"}}
        year = days.get("from", "")[:4]
        return frozenset((year,)) if days == {"from": f"{year}-01-01", "to": f"{year}-12-31"} else frozenset()
    return frozenset(value for key, value in values if key == name)


def _every(name: str) -> Iterable[str]:
    """What there is to choose while nothing can be counted."""
    if name == "type":
        return tuple(document_types())
    return {
        "medium": tuple(Medium),
        "state": REGISTERED,
        "effect": tuple(LegalEffect),
        "signed": tuple(SignatureResult),
    }.get(name, ())


def _named(name: str, value: str) -> str:
    if name == "type":
        kind = document_types().get(value)
        return pick(kind.name, kind.name_en) if kind else value
    return words.word(value, name) if name in {"medium", "state", "effect", "signed"} else value


def _chips(filters: Filters, unit_names: Mapping[str, str]) -> Iterable[FilterChip]:
    for name, value in to_values(filters):
        if name == "type":
            bare = _toggled(name, filters, value, off=True)
        else:
            bare = replace(filters, predecessors=True) if name == "predecessors" else without(filters, name)
        label = _named(name, value)
        if name == "unit":
            label = unit_names.get(value, value)
        elif name in {"from", "to"}:
            label = f"{date.fromisoformat(value):%d/%m/%Y}"
        elif name == "predecessors":
            label = gettext("không tính")
        yield FilterChip(gettext(TITLES[name]), label, address(bare))


def _typed_day(name: str, day: date | None) -> str:
    """A day as people write it; one that could not be read, as it was typed."""
    return f"{day:%d/%m/%Y}" if day else request.args.get(name, "")


def _of(counts: Mapping[str, int] | None, value: str) -> str:
    return "" if counts is None else f" ({thousands(counts.get(value, 0))})"
