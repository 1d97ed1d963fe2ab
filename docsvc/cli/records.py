"""Commands on records: issue, find, verify, report."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import date, datetime
from pathlib import Path

import click

from docsvc.cli.context import CliContext, actor_named, unit_coded
from docsvc.cli.reporting import report_options, reported
from docsvc.issue import steps
from docsvc.records.finder import find
from docsvc.records.shares import Metric, shares
from docsvc.wiring import fetching
from signing.verify import Verdict

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


@click.command("verify")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Whole reports as JSON lines.")
@click.option("--fetch", is_flag=True, help="Ask for missing authorities, OCSP and CRLs, whatever the setting.")
@report_options
@click.pass_obj
def verify_files(
    context: CliContext,
    /,
    files: tuple[Path, ...],
    as_json: bool,  # noqa: FBT001 - a click flag
    fetch: bool,  # noqa: FBT001 - a click flag
    **reports: Path | None,
) -> None:
    """Verify the signatures of PDF FILES.

    Ends with 0 only if every file is valid; with --again, only if the outcome is the same.
    """
    if any(reports.values()):
        reported(context, files, fetch=fetch, **reports)
        return
    all_valid = True
    with context.service() as service:
        desk = service.desk
        if fetch and desk.fetching is None:
            desk = replace(desk, fetching=fetching(service.settings, service.pki))
        for file in files:
            report = desk.verified(file.read_bytes(), fetch=fetch)
            all_valid &= report.verdict == Verdict.VALID
            if as_json:
                click.echo(json.dumps({"file": str(file), **asdict(report)}, ensure_ascii=False, default=str))
                continue
            click.echo(f"{file}: {report.verdict}: {report.message_vi}")
            for signature in report.signatures:
                when = signature.timestamped_at or signature.signed_at
                click.echo(
                    f"  {signature.holder}  {signature.indication}  {signature.level or '-'}"
                    f"  {when.isoformat() if when else '-'}"
                )
                for proof in signature.proofs:
                    click.echo(f"    {proof.kind}  {proof.at.isoformat()}  {proof.authority}")
                for reason in signature.reasons:
                    click.echo(f"    {reason.text_vi}")
            for one in report.fetched:
                click.echo(f"  {one.at:%Y-%m-%dT%H:%M:%SZ}  {one.kind}  {one.url or '-'}  {one.problem or 'ok'}")
    if not all_valid:
        raise SystemExit(1)


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


COMMANDS = (issue, find_documents, verify_files, report)
