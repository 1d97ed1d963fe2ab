"""Commands for authority to sign."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from docsvc.accounts import SYSTEM
from docsvc.cli.context import CliContext, unit_coded, user_named
from docsvc.db.authority import Delegation
from docsvc.records import delegations

_DAY = click.DateTime(["%Y-%m-%d", "%d/%m/%Y"])


@click.group()
def delegation() -> None:
    """Authority to sign in another's place (TM., Q., KT., TL., TUQ.)."""


@delegation.command("grant")
@click.argument("username")
@click.argument("unit_code")
@click.argument("authority", type=click.Choice(delegations.DELEGABLE))
@click.option("--for", "giver", help="User name of the head in whose place is signed.")
@click.option("--position", default="", help="That head's position, where the head does not sign in here.")
@click.option("--type", "types", multiple=True, help="Key of a document type, such as qd; several times for several.")
@click.option("--basis", default="", help="The act that gives the authority; needed for TL. and TUQ.")
@click.option("--from", "first", type=_DAY, help="First day; today if left out.")
@click.option("--to", "last", type=_DAY, help="Last day; needed for TUQ.")
@click.pass_obj
def grant(
    context: CliContext,
    /,
    username: str,
    unit_code: str,
    authority: str,
    giver: str | None,
    position: str,
    types: tuple[str, ...],
    basis: str,
    first: datetime | None,
    last: datetime | None,
) -> None:
    """Let USERNAME sign documents of a unit with an AUTHORITY."""
    with context.service() as service, service.database.write() as session:
        row = delegations.record(
            session,
            delegations.NewDelegation(
                unit_id=unit_coded(session, unit_code).id,
                user_id=user_named(session, username).id,
                authority=authority,
                giver_id=user_named(session, giver).id if giver else None,
                giver_position=position,
                type_keys=types,
                basis=basis,
                valid_from=first.date() if first else service.desk.today(),
                valid_to=last.date() if last else None,
            ),
            by=SYSTEM,
        )
        click.echo(_line(row, datetime.now(UTC)))


@delegation.command("end")
@click.argument("number", type=int)
@click.option("--reason", default="", help="Why.")
@click.pass_obj
def end(context: CliContext, number: int, reason: str) -> None:
    """End the authority of a NUMBER now."""
    with context.service() as service, service.database.write() as session:
        row = session.get(Delegation, number, with_for_update=True)
        if row is None:
            raise click.ClickException(f"there is no authority {number}")
        click.echo(_line(delegations.close(session, row, reason, by=SYSTEM), datetime.now(UTC)))


@delegation.command("list")
@click.option("--unit", "unit_code", help="Only of this unit.")
@click.pass_obj
def list_all(context: CliContext, unit_code: str | None) -> None:
    """List authorities with their dates."""
    with context.service() as service, service.database.read() as session:
        conditions = [Delegation.unit_id == unit_coded(session, unit_code).id] if unit_code else []
        for row in delegations.everyone(session, *conditions):
            click.echo(_line(row, datetime.now(UTC)))


def _line(row: Delegation, now: datetime) -> str:
    dates = f"{row.valid_from:%d/%m/%Y} – {row.valid_to:%d/%m/%Y}" if row.valid_to else f"{row.valid_from:%d/%m/%Y} –"
    types = row.type_keys or "*"
    where = delegations.standing(row, now)
    whom = f"{row.user.username}  {row.authority} {row.giver_position}"
    return f"{row.id}  {row.unit.code}  {whom}  {types}  {dates}  {where}"


COMMANDS = (delegation,)
