"""The form of a document's facts: what may be chosen, what was typed, and the use case's form of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage, MultiDict

from config.document_types import drafted_types
from docsvc.accounts import Actor, Role
from docsvc.db.people import Unit
from docsvc.db.records import Delivery, Document
from docsvc.errors import Invalid
from docsvc.issue.form import DocumentForm, RecipientEntry, leaders_of
from docsvc.records.errors import NoRegister
from docsvc.records.periods import read_day
from docsvc.records.terms import AUTHORITIES, Access, Channel, Urgency
from docsvc.records.units import drafting_units, issuing_unit, unit_labels
from docsvc.web import words
from docsvc.web.i18n import N_, gettext, pick

Option = tuple[object, str]
read_date = read_day
Word = TypeVar("Word", Access, Urgency, Channel)
SPARE_ROWS = 3
FEWEST_ROWS = 5
MOST_ROWS = 200
AUTHORITY_NAMES = {
    "": N_("Ký trực tiếp"),
    "TM.": N_("TM. – thay mặt tập thể"),
    "Q.": N_("Q. – quyền cấp trưởng"),
    "KT.": N_("KT. – ký thay cấp trưởng"),
    "TL.": N_("TL. – thừa lệnh"),
    "TUQ.": N_("TUQ. – thừa ủy quyền"),
}


@dataclass(frozen=True, slots=True)
class Choices:
    """What the fields offer to this person."""

    types: tuple[Option, ...]
    drafting: tuple[Option, ...]
    signatories: tuple[tuple[str, tuple[Option, ...]], ...]
    """Leaders, grouped by issuing unit."""
    authorities: tuple[Option, ...]
    accesses: tuple[Option, ...]
    urgencies: tuple[Option, ...]
    channels: tuple[Option, ...]
    units: tuple[str, ...]
    """Labels of units to send to."""


@dataclass(frozen=True, slots=True)
class RecipientRow:
    """One line of «Nơi nhận» as typed."""

    name: str = ""
    channel: str = Channel.ELECTRONIC


@dataclass(frozen=True, slots=True)
class Typed:
    """The form as typed, kept word for word so that a refused form comes back whole."""

    type_key: str = ""
    abstract: str = ""
    drafting_unit_id: str = ""
    signatory_id: str = ""
    signatory_name: str = ""
    signatory_position: str = ""
    authority: str = ""
    access: str = Access.PUBLIC
    urgency: str = Urgency.NORMAL
    copies: str = "0"
    issued_on: str = ""
    """Only on the form of paper documents."""
    without_mark: bool = False
    """No QR code is wanted in this document's files."""
    recipients: tuple[RecipientRow, ...] = field(default=())

    @property
    def rows(self) -> tuple[RecipientRow, ...]:
        """The recipients with some empty lines below."""
        spare = max(SPARE_ROWS, FEWEST_ROWS - len(self.recipients))
        return (*self.recipients, *(RecipientRow() for _ in range(spare)))


def choices(session: Session, drafting: Iterable[Unit], today: date) -> Choices:
    """What may be chosen, given the units in whose name the person drafts or registers."""
    drafting = tuple(drafting)
    issuing: dict[int, Unit] = {}
    for unit in drafting:
        try:
            above = issuing_unit(session, unit.id)
        except NoRegister:
            continue  # the form says so when this unit is chosen
        issuing[above.id] = above
    return Choices(
        types=tuple((kind.key, pick(kind.name, kind.name_en)) for kind in drafted_types().values()),
        drafting=tuple((unit.id, unit.name) for unit in drafting),
        signatories=tuple(
            (
                unit.name,
                tuple(
                    (leader.id, f"{leader.full_name} – {leader.position}") for leader in leaders_of(session, unit.id)
                ),
            )
            for unit in issuing.values()
        ),
        authorities=tuple((code, gettext(AUTHORITY_NAMES[code])) for code in AUTHORITIES),
        accesses=_named(Access, "access"),
        urgencies=_named(Urgency, "urgency"),
        channels=_named(Channel, "channel"),
        units=tuple(unit_labels(session, today)),
    )


def units_drafted_for(session: Session, actor: Actor) -> tuple[Unit, ...]:
    """Units in which the person is a drafter."""
    return tuple(unit for id_ in sorted(actor.units(Role.DRAFTER)) if (unit := session.get(Unit, id_)) is not None)


def units_registered_for(session: Session, actor: Actor) -> tuple[Unit, ...]:
    """Units whose paper documents the clerk may register."""
    return drafting_units(session, actor.units(Role.CLERK))


def typed_from(values: MultiDict[str, str]) -> Typed:
    """What came from the browser."""
    names, channels = values.getlist("recipient"), values.getlist("channel")
    rows = tuple(
        RecipientRow(name.strip(), channel)
        for name, channel in zip(names[:MOST_ROWS], channels[:MOST_ROWS], strict=False)
        if name.strip()
    )
    return Typed(
        type_key=values.get("type_key", ""),
        abstract=values.get("abstract", ""),
        drafting_unit_id=values.get("drafting_unit_id", ""),
        signatory_id=values.get("signatory_id", ""),
        signatory_name=values.get("signatory_name", ""),
        signatory_position=values.get("signatory_position", ""),
        authority=values.get("authority", ""),
        access=values.get("access", ""),
        urgency=values.get("urgency", ""),
        copies=values.get("copies", ""),
        issued_on=values.get("issued_on", ""),
        without_mark=bool(values.get("without_mark")),
        recipients=rows,
    )


def typed_of(session: Session, document: Document, today: date) -> Typed:
    """The form as it was last saved."""
    labels = {id_: label for label, id_ in unit_labels(session, today).items()}
    return Typed(
        type_key=document.type_key,
        abstract=document.abstract,
        drafting_unit_id=str(document.drafting_unit_id),
        signatory_id=str(document.signatory_id or ""),
        signatory_name=document.signatory_name,
        signatory_position=document.signatory_position,
        authority=document.signatory_authority,
        access=document.access,
        urgency=document.urgency,
        copies=str(document.copies),
        without_mark=not document.check_mark,
        recipients=tuple(
            RecipientRow(_as_typed(session, delivery, labels), delivery.channel) for delivery in document.deliveries
        ),
    )


def _as_typed(session: Session, delivery: Delivery, labels: Mapping[int, str]) -> str:
    """The unit's label, unless the recipient has a wording of its own: «Như Điều 3»."""
    unit = session.get(Unit, delivery.unit_id or 0)
    return labels.get(unit.id, unit.name) if unit and unit.name == delivery.recipient else delivery.recipient


def form_of(session: Session, typed: Typed, today: date, *, kept: Iterable[Delivery] = ()) -> DocumentForm:
    """The use case's form of what was typed; a recipient named like a unit is that unit.

    One of the recipients ``kept`` so far whose own wording was left alone keeps its unit.

    Raises:
        Invalid: something is no number, or none of the words offered.
    """
    labels = unit_labels(session, today)
    units: dict[str, list[int | None]] = {}
    for delivery in kept:
        units.setdefault(delivery.recipient, []).append(delivery.unit_id)
    return DocumentForm(
        drafting_unit_id=whole_number(typed.drafting_unit_id, gettext("Đơn vị soạn thảo")),
        type_key=typed.type_key,
        abstract=typed.abstract,
        signatory_id=whole_number(typed.signatory_id, gettext("Người ký")) or None,
        signatory_name=typed.signatory_name,
        signatory_position=typed.signatory_position,
        authority=typed.authority,
        access=_one_of(Access, typed.access),
        urgency=_one_of(Urgency, typed.urgency),
        recipients=tuple(
            RecipientEntry(
                name=_unit_name(session, labels, row.name),
                channel=_one_of(Channel, row.channel),
                unit_id=labels.get(_squeezed(row.name)) or _next(units.get(_squeezed(row.name))),
            )
            for row in typed.recipients
        ),
        copies=whole_number(typed.copies, gettext("Số bản giấy")),
        check_mark=not typed.without_mark,
    )


def whole_number(text: str, name: str) -> int:
    """A number typed or chosen; 0 where nothing was.

    Raises:
        Invalid: it is no number.
    """
    text = text.strip()
    if not text:
        return 0
    if not text.isascii() or not text.isdigit() or len(text) > 9:  # noqa: PLR2004 - far beyond any of them
        raise Invalid(f"Mục «{name}» phải là một số.", f"«{name}» must be a number.")
    return int(text)


def uploaded(file: FileStorage | None) -> tuple[bytes, str]:
    """The uploaded bytes and their name; empty where nothing was chosen."""
    return (file.read(), file.filename or "") if file is not None else (b"", "")


def _one_of(kind: type[Word], value: str) -> Word:
    try:
        return kind(value)
    except ValueError as error:
        raise Invalid from error


def _named(kind: type[Access | Urgency | Channel], name: str) -> tuple[Option, ...]:
    return tuple((member.value, words.word(member, name)) for member in kind)


def _leaders(session: Session, unit: Unit) -> tuple[Option, ...]:
    return tuple(
        (leader.id, f"{leader.full_name} – {leader.position}" if leader.position else leader.full_name)
        for leader in leaders_of(session, unit.id)
    )


def _next(unit_ids: list[int | None] | None) -> int | None:
    return unit_ids.pop(0) if unit_ids else None


def _squeezed(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).split())


def _unit_name(session: Session, labels: dict[str, int], name: str) -> str:
    """The unit's own name instead of the label that tells it from its namesakes."""
    unit = session.get(Unit, labels.get(_squeezed(name), 0))
    return unit.name if unit else name
