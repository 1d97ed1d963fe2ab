"""``docsvc verify`` with reports: written, and come to again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from docsvc.cli.context import CliContext
from docsvc.issue.reporting import ReportForm, again_from, report_of, written
from docsvc.wiring import Service, fetching
from signing.verify import FileReport, Verdict

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_OUT = click.Path(path_type=Path, dir_okay=False)
_OPTIONS = (
    click.option("--report-pdf", type=_OUT, help="Write the report for people, signed; the other two are inside."),
    click.option("--report-json", type=_OUT, help="Write the report that the verdict can be come to again from."),
    click.option("--report-xml", type=_OUT, help="Write the report as ETSI TS 119 102-2 has it."),
    click.option("--again", type=_FILE, help="Come to the verdict of this report again; says what differs."),
)


def report_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that :func:`reported` takes."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def reported(
    context: CliContext,
    files: tuple[Path, ...],
    *,
    fetch: bool,
    report_pdf: Path | None,
    report_json: Path | None,
    report_xml: Path | None,
    again: Path | None,
) -> None:
    """Write reports on a file, or come to the verdict of one again."""
    if len(files) != 1:
        raise click.UsageError("a report is about one file")
    wanted = {ReportForm.PDF: report_pdf, ReportForm.JSON: report_json, ReportForm.XML: report_xml}
    if again is not None and any(wanted.values()):
        raise click.UsageError("--again writes no report")
    with context.service() as service:
        good = _again(service, files[0], again) if again else _reports(service, files[0], wanted, fetch=fetch)
    if not good:
        raise SystemExit(1)


def _reports(service: Service, file: Path, wanted: dict[ReportForm, Path | None], *, fetch: bool) -> bool:
    desk = service.desk
    if fetch and desk.fetching is None:
        desk = replace(desk, fetching=fetching(service.settings, service.pki))
    report = report_of(desk, file.read_bytes(), file.name, fetch=fetch)
    _tell(file, report.file)
    for form, place in wanted.items():
        if place is not None:
            place.write_bytes(written(desk, report, form))
    return report.file.verdict == Verdict.VALID


def _again(service: Service, file: Path, report: Path) -> bool:
    rerun = again_from(service.desk, file.read_bytes(), report.read_bytes(), file.name)
    _tell(file, rerun.report.file)
    for subject in rerun.strange_anchors:
        click.echo(f"  không được tin ở đây / not trusted here: {subject}")
    told = "giống báo cáo / same as the report" if rerun.same else "khác báo cáo / not as in the report"
    click.echo(f"{told}: {rerun.listed.judged_for.isoformat()}, {rerun.listed.program}")
    for one in rerun.differences:
        click.echo(f"  {one.line}: {one.then or '(-)'} → {one.now or '(-)'}")
    return rerun.same


def _tell(file: Path, report: FileReport) -> None:
    click.echo(f"{file}: {report.verdict}: {report.message_vi}")
