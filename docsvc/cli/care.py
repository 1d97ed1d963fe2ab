"""Commands that keep the archive sound: scrub, doctor."""

from __future__ import annotations

from collections.abc import Callable

import click
from sqlalchemy import func, select

from docsvc.audit import anchoring as anchors
from docsvc.audit import check_chain
from docsvc.cli.context import CliContext
from docsvc.db.migrate import is_current
from docsvc.db.records import Document
from docsvc.issue.remote_keys import ailing
from docsvc.records.indexing import waiting
from docsvc.records.readings import overview
from docsvc.records.scrubbing import scrub
from docsvc.records.terms import REGISTERED
from docsvc.store import StoreError
from docsvc.wiring import Service
from search.errors import SearchError

_NO_ROOTS = "no trusted root certificates: set DOCSVC_TRUST_DIR or use docsvc trust add"


@click.command("scrub")
@click.option("--delete-orphans", is_flag=True, help="Delete objects that no record names.")
@click.pass_obj
def scrub_store(context: CliContext, delete_orphans: bool) -> None:  # noqa: FBT001 - a click flag
    """Check that every stored object still has its SHA-256, and find leftovers."""
    with context.service() as service:
        report = scrub(service.database, service.store, delete_orphans=delete_orphans)
    for kind, found in (("missing", report.missing), ("damaged", report.damaged), ("orphan", report.orphans)):
        for sha256 in found:
            click.echo(f"{kind}\t{sha256}")
    click.echo(
        f"{report.checked} checked, {len(report.missing)} missing, {len(report.damaged)} damaged, "
        f"{len(report.orphans)} orphans{' deleted' if delete_orphans else ''}"
    )
    if not report.sound:
        raise SystemExit(1)


@click.command()
@click.pass_obj
def doctor(context: CliContext) -> None:
    """Check database, store, index, keys and log, and say what is wrong."""
    problems = 0
    with context.service() as service:
        with service.database.read() as session:
            in_register = session.scalar(
                select(func.count()).select_from(Document).where(Document.state.in_(REGISTERED))
            )
            jobs = waiting(session)
            fault = check_chain(session)
            anchored = anchors.standing(session)
            read = overview(session)
        results = [
            ("database", None if is_current(service.database) else "the schema is not the newest"),
            ("store", _problem_of_store(service.store.check)),
            ("event log", None if fault is None else f"entry {fault.event_id} is {fault.problem}"),
            ("anchors of the event log", _problem_of_anchors(service, anchored)),
            ("trust", None if service.desk.trust.all_roots() else _NO_ROOTS),
            ("timestamps", None if service.desk.timestamper else "no timestamp server: signatures are B-B only"),
        ]
        if service.desk.token_modules:
            absent = [name for name, path in service.desk.token_modules.items() if not path.is_file()]
            results.append(("token modules", f"not installed: {', '.join(absent)}" if absent else None))
        for name, ill in ailing(service.database, service.desk.remote_services):
            results.append((f"remote signing {name}", f"{ill.message_en} ({ill.detail})" if ill else None))
        results.append(("texts", f"{read.outdated} not measured: run docsvc extract" if read.outdated else None))
        if service.settings.ocr == "on":
            recogniser = service.desk.recogniser
            absent_ocr = recogniser.problem or None if recogniser else "tesseract is not installed"
            results.append(("recognition of scans", absent_ocr))
        try:
            indexed = service.engine.count()
            behind = (in_register or 0) - indexed
            results.append(("index", None if behind <= jobs else f"{behind} documents are missing: run docsvc reindex"))
        except SearchError as error:
            results.append(("index", f"{error.message_en} Run docsvc reindex."))
    for name, problem in results:
        problems += problem is not None
        click.echo(f"{'!!' if problem else 'ok'}  {name}{': ' + problem if problem else ''}")
    click.echo(f"    {in_register} documents in the registers, {jobs} waiting to be indexed")
    if problems:
        raise SystemExit(1)


def _problem_of_store(check: Callable[[], None]) -> str | None:
    try:
        check()
    except StoreError as error:
        return error.message_en
    return None


def _problem_of_anchors(service: Service, anchored: anchors.Anchored) -> str | None:
    if service.desk.timestamper is None:
        return None  # told under "timestamps"
    waiting = anchored.waiting
    if waiting is not None and waiting.problem:
        return f"number {waiting.number} waits since {waiting.stated_at:%Y-%m-%d %H:%M}Z: {waiting.problem}"
    if anchored.is_overdue(service.desk.clock()):
        return f"{anchored.not_anchored} entries wait to be anchored: run docsvc audit anchor, or the worker"
    return None


COMMANDS = (scrub_store, doctor)
