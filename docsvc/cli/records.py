"""Commands on records: issue, find, report."""

from __future__ import annotations

from datetime import date, datetime

import click

from docsvc.cli.context import CliContext, actor_named, unit_coded
from docsvc.issue import steps
from docsvc.records.finder import find
from docsvc.records.shares import Metric, shares

_DAY = click.DateTime(formats=["%Y-%m-%d", "%d/%m/%Y"])


@click.command("issue")
@click.argument("document_id")
@click.option("--as", "username", required=True, help="The clerk.")
@click.option("--on", type=_DAY, help="Date of the document; today if not given.")
@click.option("--passphrase", prompt=True, hide_input=True, help="Opens the organisation's key.")
@click.option("--otp", default="", help="One-time code, where a remote key asks for it.")
@click.pass_obj
def issue(context: CliContext, document_id: str, username: str, on: datetime | None, passphrase: str, otp: str) -> None:
    """Number, seal and publish a signed document, going on from where it stopped."""
    with context.service() as service:
        with service.database.read() as session:
            clerk = actor_named(session, username)
        day = on.date() if on else service.desk.today()
        click.echo(steps.issue(service.desk, document_id, day, passphrase, by=clerk, otp=otp))


@click.command("find")
@click.argument("text")
@click.option("--as", "username", required=True, help="Whose permissions count.")
@click.option("--page", type=click.IntRange(min=1), default=1, show_default=True, help="Page of the results.")
@click.pass_obj
def find_documents(context: CliContext, text: str, username: str, page: int) -> None:
    """Find documents by reference, date or words."""
    with context.service() as service:
        with service.database.read() as session:
            actor = actor_named(session, username)
        found = find(service.database, service.engine, actor, text, page=page)
        click.echo(f"{found.total} văn bản / documents, trang / page {found.page}/{found.pages}")
        for result in found.results:
            document = result.document
            click.echo(f"{document.reference}\t{document.issued_on:%d/%m/%Y}\t{document.abstract}\t{document.id}")


@click.command("report")
@click.option("--from", "start", type=_DAY, required=True, help="First day.")
@click.option("--to", "end", type=_DAY, required=True, help="Last day.")
@click.option("--unit", "unit_code", help="Only this unit and those below.")
@click.pass_obj
def report(context: CliContext, start: datetime, end: datetime, unit_code: str | None) -> None:
    """Print the electronic, paperless and personally signed shares per unit."""
    with context.service() as service, service.database.read() as session:
        root = unit_coded(session, unit_code).id if unit_code else None
        first, last = _day(start), _day(end)
        click.echo("đơn vị / unit\tvăn bản / documents\tđiện tử\tkhông giấy\tký cá nhân")
        for row in shares(session, first, last, root):
            cells = "\t".join(
                f"{row.share(metric).percent()} ({row.share(metric).counted}/{row.share(metric).total})"
                for metric in Metric
            )
            click.echo(f"{'  ' * row.depth}{row.name}\t{row.documents}\t{cells}")


def _day(moment: datetime) -> date:
    return moment.date()


COMMANDS = (issue, find_documents, report)
