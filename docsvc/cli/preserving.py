"""The command that keeps the archive's signatures provable: preserve."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import click

from docsvc.cli.context import CliContext, unit_coded
from docsvc.cli.progress import Progress
from docsvc.issue import upkeep
from docsvc.issue.extending import Done, Outcome
from docsvc.issue.preserving import count_issued, preserve
from docsvc.wiring import Service
from signing.preserve import Level


@click.command("preserve")
@click.option("--level", type=click.Choice(["B-T", "B-LT", "B-LTA"]), help="If not given, as in signature_level.")
@click.option("--unit", "unit_code", help="Only documents of this unit and those below.")
@click.option(
    "--within-days",
    type=click.IntRange(min=1),
    help="Renew where the last timestamp ends so soon.",
)
@click.option("--due", is_flag=True, help="Only what is due by the records, as the worker does on its schedule.")
@click.option("--status", is_flag=True, help="Do nothing; tell how many documents are due, done and failed, and why.")
@click.pass_obj
def preserve_signatures(
    context: CliContext,
    level: str | None,
    unit_code: str | None,
    within_days: int | None,
    due: bool,  # noqa: FBT001 - a click flag
    status: bool,  # noqa: FBT001 - as above
) -> None:
    """Add what keeps the signatures of issued documents provable; can be stopped and run again."""
    wanted = Level(level or context.settings.signature_level)
    if not wanted.covers(Level.B_LT) and level is None and not (due or status):
        raise click.UsageError("name a --level: signature_level is B-T")
    if within_days is not None and wanted is not Level.B_LTA:
        raise click.UsageError("--within-days renews timestamps: it needs B-LTA")
    if (due or status) and unit_code:
        raise click.UsageError("--due and --status are for all units")
    days = context.settings.renew_within_days if within_days is None else within_days
    plan = upkeep.Plan(wanted, timedelta(days=days))
    within = timedelta(days=within_days) if within_days is not None else None
    with context.service() as service:
        if status:
            _tell_status(service, plan)
            return
        if due:
            failed = _worked_off(upkeep.run(service.desk, plan))
        else:
            with service.database.read() as session:
                unit_id = unit_coded(session, unit_code).id if unit_code else None
            total = count_issued(service.desk, unit_id)
            outcomes = preserve(service.desk, wanted, unit_id=unit_id, within=within)
            failed = _worked_off(zip(outcomes, itertools.repeat(total), strict=False))
    if failed:
        raise SystemExit(1)


def _worked_off(outcomes: Iterator[tuple[Outcome, int]]) -> int:
    """Tell of each; gives how many failed."""
    counted, progress, total = Counter[Done](), Progress(), 0
    for outcome, total in outcomes:
        counted[outcome.done] += 1
        if outcome.problem is not None:
            problem, detail = outcome.problem, getattr(outcome.problem, "detail", "")
            told = f"{problem.message_vi} / {problem.message_en} [{problem.code}] {detail}".rstrip()
            progress.line(f"{outcome.reference}\t{outcome.document_id}\t{told}")
        progress.tell(f"{counted.total()}/{total} văn bản / documents")
    progress.line(f"{counted.total()}/{total} văn bản / documents")
    click.echo(", ".join(f"{counted[done]} {done}" for done in Done))
    return counted[Done.FAILED]


def _tell_status(service: Service, plan: upkeep.Plan) -> None:
    with service.database.read() as session:
        found = upkeep.standing(session, service.desk, plan)
    click.echo(
        f"{found.issued} issued, {found.done} at {plan.level}, {found.due} due "
        f"({found.below} below {plan.level}, {found.ending} to be renewed), {found.failed} failed at the last try"
    )
    for reason in found.failing:
        click.echo(
            f"{reason.documents}\t{reason.code}\t{reason.server or '-'}\t"
            f"since {reason.since:%Y-%m-%d %H:%M}Z, last tried {reason.tried_at:%Y-%m-%d %H:%M}Z"
        )
    last = found.last
    if last is None:
        click.echo("no run yet")
        return
    ended = (
        f"ended {last.ended_at:%Y-%m-%d %H:%M}Z" if last.ended_at else f"last at work {last.moved_at:%Y-%m-%d %H:%M}Z"
    )
    stopped = f", stopped by {last.stopped_by}" if last.stopped_by else ""
    click.echo(
        f"last run: began {last.started_at:%Y-%m-%d %H:%M}Z, {ended}{stopped}: {last.due} due, "
        f"{last.extended} extended, {last.renewed} renewed, {last.kept} kept, {last.failed} failed"
    )


COMMANDS = (preserve_signatures,)
