"""The example's documents, read from the TOML files beside this module and dated backwards from today."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import resources
from typing import Any

from config.document_types import document_types
from docsvc.example.drafts import Draft, Table
from docsvc.example.office import (
    Person,
    issuing_code,
    person_named,
    unit_named,
)
from docsvc.records.terms import Channel, EffectKind

FILES = ("giang-khe.toml", "van-khe.toml", "thuong-lac.toml")
_STAMPS = {"urgent": "KHẨN", "very-urgent": "THƯỢNG KHẨN", "express": "HỎA TỐC"}
_COLUMNS = {3: (30.0, 95.0, 40.0), 4: (13.0, 82.0, 40.0, 30.0)}
_SATURDAY = 5
"""As ``date.weekday`` counts."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """A line of "Nơi nhận"."""

    name: str
    unit_code: str | None
    channel: Channel


@dataclass(frozen=True, slots=True)
class Paper:
    """One document of the example."""

    drafter: Person
    type_key: str
    on: date
    """Its date; that of its last step where it is not issued."""
    stage: str
    """``issued``, ``signed``, ``submitted``, ``sent back`` or ``draft``."""
    on_paper: bool
    signatory: Person
    authority: str
    signing: tuple[str, ...]
    decided_by: str
    abstract: str
    bases: tuple[str, ...]
    addressees: tuple[str, ...]
    body: tuple[str | Table, ...]
    recipients: tuple[Recipient, ...]
    access: str
    urgency: str
    opinion: str
    withdrawn_on: date | None
    withdrawn_because: str
    effect: EffectKind | None
    """What it does to an older document of its unit; ``None``: to none."""
    target: str
    """How that one's abstract begins."""

    @property
    def unit_code(self) -> str:
        """The drafting unit."""
        return self.drafter.roles[0][1]

    @property
    def issuer_code(self) -> str:
        """The issuing unit."""
        return issuing_code(self.unit_code)

    @property
    def file_name(self) -> str:
        """A name as drafters give."""
        plain = unicodedata.normalize("NFD", self.abstract.lower().replace("đ", "d"))
        words = re.findall(r"[a-z0-9]+", "".join(sign for sign in plain if not unicodedata.combining(sign)))
        return f"{self.type_key}-{'-'.join(words)[:60].rstrip('-')}.pdf"

    def draft(self) -> Draft:
        """What stands on its pages."""
        issuer, drafting = unit_named(self.issuer_code), unit_named(self.unit_code)
        code = document_types()[self.type_key].code
        return Draft(
            type_key=self.type_key,
            abstract=self.abstract,
            superior=unit_named(issuer.above).short_name if issuer.above else "",
            agency=issuer.name.replace(" nhân dân ", " nhân dân\n"),
            symbol=f"{code}-{issuer.abbreviation}" if code else f"{issuer.abbreviation}-{drafting.abbreviation}",
            place=issuer.place,
            year=self.on.year,
            body=self.body,
            signing=self.signing,
            signatory=self.signatory.full_name,
            recipients=(*(entry.name for entry in self.recipients), f"Lưu: VT, {drafting.abbreviation}"),
            bases=self.bases,
            decided_by=self.decided_by,
            addressees=self.addressees,
            stamp=_STAMPS.get(self.urgency, ""),
        )


def papers(today: date) -> tuple[Paper, ...]:
    """Every document of the example, in the order of their dates."""
    found = []
    for name in FILES:
        text = (resources.files("docsvc.example") / name).read_text("utf-8")
        found += [_paper(entry, today) for entry in tomllib.loads(text)["document"]]
    return tuple(sorted(found, key=lambda paper: paper.on))


def working_day(today: date, days_ago: int) -> date:
    """The day so long ago, or the Friday before where it falls on a weekend; today stays today."""
    day = today - timedelta(days=days_ago)
    return day - timedelta(days=day.weekday() - _SATURDAY + 1) if days_ago and day.weekday() >= _SATURDAY else day


def _paper(entry: Mapping[str, Any], today: date) -> Paper:
    on = working_day(today, entry["days_ago"])
    words = _dates(on)
    drafter, signatory = person_named(entry["drafter"]), person_named(entry["signatory"])
    issuer = unit_named(issuing_code(drafter.roles[0][1]))
    collective, deputy = entry["signing"] == "collective", signatory.position == "Phó Chủ tịch"
    withdrawn = entry.get("withdrawn_days_ago")
    return Paper(
        drafter=drafter,
        type_key=entry["type"],
        on=on,
        stage=entry.get("stage", "issued"),
        on_paper=entry.get("medium") == "paper",
        signatory=signatory,
        authority="KT." if deputy else "TM." if collective else "",
        signing=(
            *(("TM. ỦY BAN NHÂN DÂN",) if collective else ()),
            *(("KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH") if deputy else ("CHỦ TỊCH",)),
        ),
        decided_by=(issuer.name if collective else f"Chủ tịch {issuer.name}") if entry["type"] == "qd" else "",
        abstract=entry["abstract"].format_map(words),
        bases=tuple(entry.get("bases", ())),
        addressees=tuple(entry.get("addressees", ())),
        body=tuple(_parts(entry.get("body", "").format_map(words))),
        recipients=tuple(_recipient(line) for line in entry["recipients"]),
        access=entry.get("access", "public"),
        urgency=entry.get("urgency", "normal"),
        opinion=entry.get("opinion", ""),
        withdrawn_on=working_day(today, withdrawn) if withdrawn else None,
        withdrawn_because=entry.get("withdrawn_because", ""),
        effect=EffectKind(entry["effect"]) if "effect" in entry else None,
        target=entry.get("target", ""),
    )


def _dates(on: date) -> dict[str, int]:
    before = on.replace(day=1) - timedelta(days=1)
    return {
        "year": on.year,
        "next_year": on.year + 1,
        "month": on.month,
        "quarter": (on.month + 2) // 3,
        "last_month": before.month,
        "last_month_year": before.year,
    }


def _parts(body: str) -> list[str | Table]:
    """Paragraphs and tables, which a blank line ends."""
    parts: list[str | Table] = []
    for block in filter(None, (block.strip() for block in body.split("\n\n"))):
        if block.startswith("|"):
            rows = tuple(tuple(cell.strip() for cell in row.strip("| ").split("|")) for row in block.splitlines())
            parts.append(Table(rows, _COLUMNS[len(rows[0])]))
        else:
            parts.append(block)
    return parts


def _recipient(line: str) -> Recipient:
    name, _, rest = (part.strip() for part in line.partition("|"))
    channel = Channel(rest) if rest in set(Channel) else Channel.ELECTRONIC
    return Recipient(name, rest if rest and rest not in set(Channel) else None, channel)
