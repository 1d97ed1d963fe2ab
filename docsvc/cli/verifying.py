"""``docsvc verify``: files, one by one or many; their reports; what was signed beside what is there now."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import click

from docsvc.cli.comparing import write_pages, write_revision
from docsvc.cli.context import CliContext
from docsvc.cli.reporting import report_options, reported
from docsvc.db.records import Document
from docsvc.wiring import Service, fetching
from signing.verify import FileReport, Verdict


@click.command("verify")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--document", "document_id", help="Verify the newest stored file of this document again.")
@click.option("--json", "as_json", is_flag=True, help="Whole reports as JSON lines.")
@click.option("--fetch", is_flag=True, help="Ask for missing authorities, OCSP and CRLs, whatever the setting.")
@click.option("--signed-revision", type=click.IntRange(min=1), help="Write what this signature covers to --out.")
@click.option(
    "--compare", type=click.IntRange(min=1), help="Write pages as signed and as now, marked, to folder --out."
)
@click.option("--out", type=click.Path(path_type=Path), help="File or folder to write.")
@report_options
@click.pass_obj
def verify_files(
    context: CliContext,
    /,
    files: tuple[Path, ...],
    document_id: str | None,
    as_json: bool,  # noqa: FBT001 - a click flag
    fetch: bool,  # noqa: FBT001 - a click flag
    signed_revision: int | None,
    compare: int | None,
    out: Path | None,
    **reports: Path | None,
) -> None:
    """Verify the signatures of PDF FILES.

    Ends with 0 only if every file is valid; with --again, only if the outcome is the same.
    """
    more = any(reports.values()) or signed_revision or compare
    if bool(files) is bool(document_id) or (document_id and more):
        raise click.UsageError("give FILES, or --document with no more than --json and --fetch")
    if any(reports.values()):
        reported(context, files, fetch=fetch, **reports)
        return
    if (signed_revision or compare) and (out is None or len(files) != 1 or (signed_revision and compare)):
        raise click.UsageError("--signed-revision or --compare takes one file and --out")
    all_valid = True
    with context.service() as service:
        desk = service.desk
        if fetch and desk.fetching is None:
            desk = replace(desk, fetching=fetching(service.settings, service.pki))
        for file in files or (Path(str(document_id)),):
            content = file.read_bytes() if files else _stored(service, str(document_id))
            report = desk.verified(content, fetch=fetch)
            all_valid &= report.verdict == Verdict.VALID
            if out is not None and signed_revision:
                write_revision(content, report, signed_revision, out)
            if out is not None and compare:
                write_pages(content, report, compare, out)
            if as_json:
                click.echo(json.dumps({"file": str(file), **asdict(report)}, ensure_ascii=False, default=str))
                continue
            _tell(file, report)
    if not all_valid:
        raise SystemExit(1)


def _stored(service: Service, document_id: str) -> bytes:
    with service.database.read() as session:
        document = session.get(Document, document_id)
        if document is None or not document.renditions:
            raise click.ClickException(f"there is no document {document_id!r} with a file")
        own = [one for one in document.renditions if one.annex is None]
        return service.store.get((own or document.renditions)[-1].sha256)


def _tell(file: Path, report: FileReport) -> None:
    click.echo(f"{file}: {report.verdict}: {report.message_vi}")
    for attack in report.attacks:
        click.echo(f"  ! {attack.text_vi}")
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
        for change in signature.changes:
            click.echo(f"    {'+' if change.allowed else '!'} {change.text_vi}")
    for one in report.fetched:
        click.echo(f"  {one.at:%Y-%m-%dT%H:%M:%SZ}  {one.kind}  {one.url or '-'}  {one.problem or 'ok'}")


COMMANDS = (verify_files,)
