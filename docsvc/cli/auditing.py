"""Commands about what can be proven to others: audit verify, audit anchor, audit anchors."""

from __future__ import annotations

from pathlib import Path

import click

from docsvc.audit import anchoring, telling
from docsvc.audit.evidence import MOST_FILE_BYTES, NotAnchors
from docsvc.audit.portable import written_file, written_zip
from docsvc.audit.verifying import verify
from docsvc.cli.audit_archive import archive
from docsvc.cli.context import CliContext
from docsvc.cli.progress import Progress


@click.group()
def audit() -> None:
    """The event log, its anchors, and what they prove."""


@audit.command("verify")
@click.option(
    "--anchors",
    "kept",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Also compare with anchors exported before (a .json file).",
)
@click.option("--named-only", is_flag=True, help="Do not look through the whole object store for further anchors.")
@click.pass_obj
def verify_log(context: CliContext, kept: Path | None, named_only: bool) -> None:  # noqa: FBT001 - a click flag
    """Read the whole log again, compare it with its anchors, and name the first entry that is not what was written.

    Ends with 1 if anything is wrong.
    """
    content = _read(kept) if kept is not None else None
    progress = Progress()
    with context.service() as service:
        report = verify(
            service.desk,
            kept_file=content,
            whole_store=not named_only,
            told=lambda done: progress.tell(f"{done} dòng / entries"),
        )
    progress.line(f"{report.entries} dòng / entries, {report.seconds:.1f} s")
    for vi, en in telling.summary(report):
        click.echo(vi)
        click.echo(f"  {en}")
    if not report.is_sound:
        raise SystemExit(1)


@audit.command("anchor")
@click.pass_obj
def anchor_log(context: CliContext) -> None:
    """Prove with a timestamp how the log stands now; the worker does so once a day."""
    with context.service() as service:
        made = anchoring.anchor(service.desk)
    moment = telling.told_moment(made.proven_at) if made.proven_at else "-"
    click.echo(
        f"Mốc {made.number}: đến dòng {made.last_event_id}, {moment}, {made.authority} / "
        f"anchor {made.number}: through entry {made.last_event_id}, {moment}, {made.authority}"
    )


@audit.command("anchors")
@click.option(
    "--export",
    "target",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write all to a file to be kept elsewhere: .json for audit verify --anchors, .zip with files for openssl.",
)
@click.pass_obj
def list_anchors(context: CliContext, target: Path | None) -> None:
    """List the newest anchors and what is not anchored yet, or write all of them to a file."""
    with context.service() as service, service.database.read() as session:
        if target is not None:
            if target.suffix == ".zip":
                content = written_zip(session, service.desk.trust, service.desk.clock())
            else:
                content = written_file(session, service.desk.clock())
            target.write_bytes(content)
            click.echo(f"{target}: {len(content)} bytes")
            return
        found = anchoring.standing(session)
        for row in anchoring.newest(session, 20):
            moment = telling.told_moment(row.proven_at) if row.proven_at else "-"
            click.echo(f"{row.number}\t{row.last_event_id}\t{moment}\t{row.authority}\t{row.statement_sha256}")
    if found.waiting is not None:
        problem = found.waiting.problem or "-"
        click.echo(f"Mốc {found.waiting.number} chờ dấu thời gian / waits for its timestamp: {problem}")
    click.echo(f"{found.not_anchored} dòng chưa có mốc / entries not anchored yet")


def _read(file: Path) -> bytes:
    if file.stat().st_size > MOST_FILE_BYTES:
        raise NotAnchors
    return file.read_bytes()


audit.add_command(archive)

COMMANDS = (audit,)
