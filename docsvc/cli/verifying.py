"""``docsvc verify``: verdicts, their reports, and verdicts come to again from a report."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from docsvc.cli.context import CliContext
from docsvc.issue.reporting import ReportForm, again_from, report_of, written
from docsvc.wiring import Service
from signing.verify import FileReport, Verdict, verify

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_OUT = click.Path(path_type=Path, dir_okay=False)


@click.command("verify")
@click.argument("files", nargs=-1, required=True, type=_FILE)
@click.option("--json", "as_json", is_flag=True, help="Whole verdicts as JSON lines.")
@click.option("--report-pdf", type=_OUT, help="Write the report for people, signed; the other two are inside.")
@click.option("--report-json", type=_OUT, help="Write the report that the verdict can be run again from.")
@click.option("--report-xml", type=_OUT, help="Write the report as ETSI TS 119 102-2 has it.")
@click.option("--again", "report", type=_FILE, help="Come to the verdict of this report again; says what differs.")
@click.pass_obj
def verify_files(
    context: CliContext,
    files: tuple[Path, ...],
    as_json: bool,  # noqa: FBT001 - a click flag
    report_pdf: Path | None,
    report_json: Path | None,
    report_xml: Path | None,
    report: Path | None,
) -> None:
    """Verify the signatures of PDF FILES.

    Ends with 0 only if every file is valid; with --again, only if the outcome is the same.
    """
    wanted = {ReportForm.PDF: report_pdf, ReportForm.JSON: report_json, ReportForm.XML: report_xml}
    if (report or any(wanted.values())) and len(files) != 1:
        raise click.UsageError("a report is about one file")
    with context.service() as service:
        if report is not None:
            good = _again(service, files[0], report)
        elif any(wanted.values()):
            good = _reported(service, files[0], wanted)
        else:
            verdicts = [_verified(service, file, as_json=as_json) for file in files]
            good = all(verdicts)
    if not good:
        raise SystemExit(1)


def _verified(service: Service, file: Path, *, as_json: bool) -> bool:
    report = verify(file.read_bytes(), trust=service.desk.trust)
    if as_json:
        click.echo(json.dumps({"file": str(file), **asdict(report)}, ensure_ascii=False, default=str))
    else:
        _tell(file, report)
    return report.verdict == Verdict.VALID


def _tell(file: Path, report: FileReport) -> None:
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


def _reported(service: Service, file: Path, wanted: dict[ReportForm, Path | None]) -> bool:
    report = report_of(service.desk, file.read_bytes(), file.name)
    _tell(file, report.file)
    for form, place in wanted.items():
        if place is not None:
            place.write_bytes(written(service.desk, report, form))
    return report.file.verdict == Verdict.VALID


def _again(service: Service, file: Path, report: Path) -> bool:
    rerun = again_from(service.desk, file.read_bytes(), report.read_bytes(), file.name)
    listed = rerun.listed
    _tell(file, rerun.report.file)
    for subject in rerun.strange_anchors:
        click.echo(f"  không được tin ở đây / not trusted here: {subject}")
    when = listed.judged_for.isoformat()
    if rerun.same:
        click.echo(f"giống báo cáo / same as the report: {when}, {listed.program}")
    else:
        click.echo(f"khác báo cáo / not as in the report: {when}, {listed.program}")
    for one in rerun.differences:
        click.echo(f"  {one.line}: {one.then or '(-)'} → {one.now or '(-)'}")
    return rerun.same


COMMANDS = (verify_files,)
