"""The command that audits the stored files: audit archive."""

from __future__ import annotations

from datetime import datetime

import click

from config.document_types import document_types
from docsvc.accounts import SYSTEM
from docsvc.cli.context import CliContext, unit_coded
from docsvc.cli.progress import Progress
from docsvc.db.inspection import AuditRun
from docsvc.inspection import runs
from docsvc.inspection.carrying import carry, processors
from docsvc.inspection.choice import Choice, Scope, choice_of
from docsvc.inspection.runs import Origin, State
from docsvc.wiring import Service

_DAY = click.DateTime(formats=["%Y-%m-%d", "%d/%m/%Y"])


@click.command("archive")
@click.option("--unit", "unit_codes", multiple=True, help="Only this unit and those below; may be given several times.")
@click.option("--from", "start", type=_DAY, help="Only documents issued on this day or later.")
@click.option("--to", "end", type=_DAY, help="Only documents issued on this day or earlier.")
@click.option("--type", "type_keys", multiple=True, help="Only this type of document, for example qd.")
@click.option(
    "--files",
    "scope",
    type=click.Choice([one.value for one in Scope]),
    default=Scope.ALL.value,
    show_default=True,
    help="issued: the newest issued files; records: annexes, copies and scans too; all: every file ever kept.",
)
@click.option("--resume", "run_id", type=click.IntRange(min=1), help="Go on with this run; other choices do not count.")
@click.option(
    "--at-once", type=click.IntRange(min=1, max=64), help="Files verified at once; as many as processors if not given."
)
@click.pass_obj
def archive(
    context: CliContext,
    *,
    unit_codes: tuple[str, ...],
    start: datetime | None,
    end: datetime | None,
    type_keys: tuple[str, ...],
    scope: str,
    run_id: int | None,
    at_once: int | None,
) -> None:
    """Hash every stored file again and verify its signatures; ends with 0 only if nothing is wrong.

    Stopped or killed, it goes on with --resume.
    """
    unknown = [key for key in type_keys if key not in document_types()]
    if unknown:
        raise click.UsageError(f"there is no type {unknown[0]!r}")
    with context.service() as service:
        if run_id is None:
            with service.database.write() as session:
                units = tuple(unit_coded(session, code).id for code in unit_codes)
                days = (start.date() if start else None, end.date() if end else None)
                choice = Choice(units, *days, type_keys, Scope(scope))
                run_id = runs.begin(session, service.desk, choice, by=SYSTEM, origin=Origin.COMMAND).id
        done = _carried(service, run_id, at_once or processors())
        wrong = _told(service, run_id)
    if wrong or not done:
        raise SystemExit(1)


def _carried(service: Service, run_id: int, at_once: int) -> bool:
    progress = Progress()
    click.echo(f"lượt / run {run_id}")
    try:
        for at in carry(service.desk, run_id, at_once=at_once):
            wrong = f", {at.findings} sai / wrong" if at.findings else ""
            progress.tell(f"{_bar(at.handled, at.total)} {at.handled}/{at.total} tệp / files{wrong}")
    except KeyboardInterrupt:
        progress.line("")
    with service.database.read() as session:
        run = session.get_one(AuditRun, run_id)
        progress.line(f"{_bar(run.handled, run.total)} {run.handled}/{run.total} tệp / files")
        if run.state != State.DONE:
            click.echo(f"chưa xong; làm tiếp: / not done; go on with: docsvc audit archive --resume {run_id}")
        return run.state == State.DONE


def _bar(handled: int, total: int, width: int = 24) -> str:
    filled = width * handled // total if total else width
    return f"[{'#' * filled}{'.' * (width - filled)}]"


def _told(service: Service, run_id: int) -> int:
    """Print how many files ended how, and each that is wrong; gives how many are."""
    with service.database.read() as session:
        run = session.get_one(AuditRun, run_id)
        for cause in runs.causes(session, run):
            click.echo(f"{cause.files}\t{cause.code}")
        last = 0
        while found := runs.wrong_after(session, run, last):
            for result in found:
                name = result.document_id or "-"
                click.echo(f"!! {result.cause}\t{result.role or '-'}\t{name}\t{result.sha256}\t{result.detail_en}")
                last = result.id
        if not choice_of(run).everything:
            click.echo("objects that no record names were not looked for: only a run over everything does")
        return run.findings
