"""The command that tells check codes."""

from __future__ import annotations

import click
from sqlalchemy import select

from docsvc.accounts import SYSTEM
from docsvc.cli.context import CliContext, unit_coded
from docsvc.db.records import Document
from docsvc.records.check_codes import address_of, give_code
from docsvc.records.folding import reference_key
from docsvc.records.terms import REGISTERED


@click.command("code")
@click.argument("reference")
@click.option("--unit", "unit_code", help="Code of the issuing unit, where several use the same reference.")
@click.option("--year", type=int, help="Of the number.")
@click.pass_obj
def code(context: CliContext, reference: str, unit_code: str | None, year: int | None) -> None:
    """Tell the address of the public check for REFERENCE (or a document's id); give a code if there is none yet."""
    with context.service() as service, service.database.write() as session:
        wanted = (
            select(Document)
            .where(
                (Document.reference_key == reference_key(reference)) | (Document.id == reference),
                Document.state.in_(REGISTERED),
            )
            .order_by(Document.issued_on, Document.id)
            .with_for_update(key_share=True, of=Document)
        )
        if unit_code:
            wanted = wanted.where(Document.unit_id == unit_coded(session, unit_code).id)
        if year:
            wanted = wanted.where(Document.year == year)
        found = session.scalars(wanted).all()
        found = [one for one in found if one.reference == reference] or found
        if not found:
            raise click.ClickException(f"no document {reference!r} stands in the register")
        for document in found:
            given = give_code(session, document, service.desk.clock(), by=SYSTEM.username)
            address = address_of(service.settings.check_address or service.settings.address, given)
            click.echo(f"{document.reference}\t{document.issued_on:%d/%m/%Y}\t{document.unit.name}\t{address}")


COMMANDS = (code,)
