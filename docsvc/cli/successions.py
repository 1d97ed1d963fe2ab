"""Command for units that took over from others."""

from __future__ import annotations

from datetime import datetime

import click

from docsvc.accounts import SYSTEM
from docsvc.cli.context import CliContext, unit_coded
from docsvc.cli.people import unit
from docsvc.records.successions import succeed


@unit.command("succeed")
@click.argument("predecessor")
@click.argument("successor")
@click.option("--from", "start", type=click.DateTime(["%Y-%m-%d", "%d/%m/%Y"]), required=True, help="First day.")
@click.option("--basis", required=True, help="The document that ordered it.")
@click.pass_obj
def succeed_unit(context: CliContext, predecessor: str, successor: str, start: datetime, basis: str) -> None:
    """Record that SUCCESSOR took over from PREDECESSOR: the earlier unit's documents are found under the later."""
    with context.service() as service, service.database.write() as session:
        earlier, later = unit_coded(session, predecessor), unit_coded(session, successor)
        succeed(session, earlier.id, later.id, start.date(), basis, by=SYSTEM)
    click.echo(f"{predecessor} → {successor}")


COMMANDS: tuple[click.Command, ...] = ()
"""It joins the group ``unit``."""
