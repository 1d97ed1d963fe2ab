"""The command that makes copies."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from docsvc.cli.context import CliContext, actor_named, unit_coded, user_named
from docsvc.issue import copying, steps
from docsvc.issue.copying import CopyRequest, OutsideSource
from docsvc.issue.form import RecipientEntry
from docsvc.records.terms import Access

_DAY = click.DateTime(formats=["%Y-%m-%d", "%d/%m/%Y"])


@click.command("copy")
@click.argument("document_id", required=False)
@click.option("--form", type=click.Choice(["sy", "trs", "sl"]), required=True, help="Sao y, trích sao or sao lục.")
@click.option("--as", "username", required=True, help="The clerk.")
@click.option("--unit", "unit_code", required=True, help="The organisation that makes the copy.")
@click.option("--signatory", required=True, help="User name of the leader who certifies it.")
@click.option("--authority", default="", help="TM., Q., KT., TL. or TUQ.")
@click.option("--pages", default="", help="Of an excerpt, for example 1-3,5.")
@click.option("--to", "recipients", multiple=True, help="A recipient; may be given several times.")
@click.option(
    "--access",
    type=click.Choice([one.value for one in Access]),
    default=Access.PUBLIC.value,
    show_default=True,
    help="Who may read it; no wider than the source's.",
)
@click.option("--file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="A PDF from outside.")
@click.option("--reference", default="", help="Of the document from outside.")
@click.option("--agency", default="", help="Who issued the document from outside.")
@click.option("--abstract", default="", help="Of the document from outside.")
@click.option("--issued-on", type=_DAY, help="Of the document from outside.")
@click.option("--without-mark", is_flag=True, help="Draw no QR code of the public check.")
@click.option("--passphrase", prompt=True, hide_input=True, help="Opens the organisation's key.")
@click.pass_obj
def copy(  # noqa: PLR0913 - one for each option
    context: CliContext,
    document_id: str | None,
    *,
    form: str,
    username: str,
    unit_code: str,
    signatory: str,
    authority: str,
    pages: str,
    recipients: tuple[str, ...],
    access: str,
    file: Path | None,
    reference: str,
    agency: str,
    abstract: str,
    issued_on: datetime | None,
    without_mark: bool,
    passphrase: str,
) -> None:
    """Copy the document DOCUMENT_ID, or a --file from outside; number, sign and publish the copy."""
    if (document_id is None) == (file is None):
        raise click.UsageError("give either DOCUMENT_ID or --file")
    with context.service() as service:
        with service.database.read() as session:
            clerk = actor_named(session, username)
            request = CopyRequest(
                form=form,
                unit_id=unit_coded(session, unit_code).id,
                signatory_id=user_named(session, signatory).id,
                authority=authority,
                pages=pages,
                recipients=tuple(RecipientEntry(name) for name in recipients),
                access=Access(access),
                check_mark=not without_mark,
            )
        source: str | OutsideSource = document_id or ""
        if file is not None:
            day = issued_on.date() if issued_on else None
            source = OutsideSource(file.read_bytes(), file.name, reference, agency, abstract, day)
        made = copying.make_copy(service.desk, request, source, by=clerk)
        click.echo(f"{made}\t{steps.issue(service.desk, made, service.desk.today(), passphrase, by=clerk)}")


COMMANDS = (copy,)
