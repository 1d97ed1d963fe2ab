"""Commands for legal effect: what documents do to others, and from when to when they are in force."""

from __future__ import annotations

from datetime import date, datetime

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from docsvc.accounts import Actor
from docsvc.cli.context import CliContext, actor_named, unit_coded
from docsvc.db.records import Document
from docsvc.records.effect_keeping import record, set_period, take_back
from docsvc.records.effects import Effect, acting_on, acts_of, effect_of, starts_on
from docsvc.records.folding import reference_key
from docsvc.records.reading import readable
from docsvc.records.terms import EffectKind, State

_DAY = click.DateTime(["%Y-%m-%d", "%d/%m/%Y"])
_KINDS = click.Choice([kind.value for kind in EffectKind])


@click.group()
def effect() -> None:
    """Legal effect: in force, amended, replaced, repealed.

    Documents are named by their id, or by their reference where no other has the same (add @2026 for its year and
    @CODE for its unit, as in 138/QĐ-UBND@2026@H77.VK).
    """


@effect.command("list")
@click.argument("document")
@click.option("--on", type=_DAY, help="The day asked about; today if left out.")
@click.pass_obj
def list_effects(context: CliContext, document: str, on: datetime | None) -> None:
    """Tell whether DOCUMENT is in force, and what documents do to each other."""
    with context.service() as service, service.database.read() as session:
        found = _named(session, document)
        day = on.date() if on else service.desk.today()
        known = effect_of(session, found, day)
        click.echo(f"{found.reference or found.id}\t{_told(known) if known else found.state}")
        for row in acting_on(session, found) if found.state == State.ISSUED else ():
            click.echo(f"{row.id}\t{row.kind} it\t{_name(row.document)}\t{_shown(starts_on(row))}")
        for row in acts_of(session, found.id):
            click.echo(f"{row.id}\tit {row.kind}\t{_name(row.target)}\t{_shown(starts_on(row))}")


@effect.command("add")
@click.argument("document")
@click.argument("kind", type=_KINDS)
@click.argument("target")
@click.option("--as", "username", required=True, help="The clerk, or the drafter of a draft.")
@click.option("--from", "first", type=_DAY, help="From which day; from when DOCUMENT is in force if left out.")
@click.pass_obj
def add(context: CliContext, document: str, kind: str, target: str, *, username: str, first: datetime | None) -> None:
    """Record what DOCUMENT does to the older TARGET."""
    with context.service() as service:
        with service.database.read() as session:
            by = actor_named(session, username)
            acting, other = _named(session, document, by).id, _named(session, target, by).id
        with service.database.write() as session:
            row = record(session, acting, other, EffectKind(kind), by=by, from_on=first.date() if first else None)
            click.echo(f"{row.id}\t{_name(row.document)}\t{row.kind}\t{_name(row.target)}\t{_shown(starts_on(row))}")


@effect.command("take-back")
@click.argument("number", type=int)
@click.option("--as", "username", required=True, help="The clerk, or the drafter of a draft.")
@click.option("--reason", default="", help="Why.")
@click.pass_obj
def remove(context: CliContext, number: int, *, username: str, reason: str) -> None:
    """Take back what was recorded by mistake under a NUMBER; that stays in the event log."""
    with context.service() as service:
        with service.database.read() as session:
            by = actor_named(session, username)
        with service.database.write() as session:
            take_back(session, number, by=by, reason=reason)


@effect.command("period")
@click.argument("document")
@click.option("--as", "username", required=True, help="The clerk, or the drafter of a draft.")
@click.option("--from", "first", type=_DAY, help="First day in force; the document's date if left out.")
@click.option("--to", "last", type=_DAY, help="Last day in force; without end if left out.")
@click.pass_obj
def period(context: CliContext, document: str, *, username: str, first: datetime | None, last: datetime | None) -> None:
    """Record from when to when DOCUMENT is in force by its own words."""
    with context.service() as service:
        with service.database.read() as session:
            by = actor_named(session, username)
            found = _named(session, document, by).id
        start, end = (day.date() if day else None for day in (first, last))
        with service.database.write() as session:
            set_period(session, found, start, end, by=by)


def _named(session: Session, name: str, by: Actor | None = None) -> Document:
    """The one document of that id or reference, of those the person may read; else a clear end of the command."""
    reference, *more = name.split("@")
    wanted = select(Document).where((Document.reference_key == reference_key(reference)) | (Document.id == reference))
    for part in more:
        if part.isdecimal():
            wanted = wanted.where(Document.year == int(part))
        else:
            wanted = wanted.where(Document.unit_id == unit_coded(session, part).id)
    if by is not None:
        wanted = wanted.where(readable(session, by))
    found = session.scalars(wanted.order_by(Document.issued_on, Document.id)).all()
    found = [one for one in found if one.reference == reference] or found
    if len(found) == 1:
        return found[0]
    if not found:
        raise click.ClickException(f"there is no document {name!r}")
    those = "; ".join(f"{one.id} ({one.reference}, {_shown(one.issued_on)}, {one.unit.code})" for one in found[:10])
    raise click.ClickException(f"several documents are named {name!r}: {those}")


def _name(document: Document) -> str:
    return f"{document.reference or document.id}@{document.unit.code}, {_shown(document.issued_on)}"


def _told(known: Effect) -> str:
    return f"{known.state}\t{_shown(known.start)} – {_shown(known.until) if known.until else ''}".rstrip()


def _shown(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else "–"


COMMANDS = (effect,)
